/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WNM sleep mode of a station (sta_sleep.c). */
#ifndef VIFI_MLME_STA_SLEEP_H
#define VIFI_MLME_STA_SLEEP_H

#include "wire/mgmt.h"

struct sta;

/*
 * Asks to enter or leave the mode: for at most `interval` DTIM intervals, 0: without limit. `filters` are TFS Request elements.
 * Returns false if the access point does not offer it.
 */
bool sta_sleep_request(struct sta *sta, bool exit, uint16_t interval, struct span filters);

#endif
