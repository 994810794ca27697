/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station obeys the BSS max idle period of its access point (sta_idle.c). */
#ifndef VIFI_MLME_STA_IDLE_H
#define VIFI_MLME_STA_IDLE_H

#include "wire/frame_writer.h"
#include "wire/mgmt.h"

struct sta;

/* The element of an association request, if the user wants one (max_idle). */
void sta_idle_write_request(const struct sta *sta, struct frame_writer *writer);

/* Reads the response to it. */
void sta_idle_begin(struct sta *sta, const struct mgmt *response);

/* The time between two frames; 0: the access point does not demand any, or the user does not want them. */
uint64_t sta_idle_keep_alive_ns(const struct sta *sta);

#endif
