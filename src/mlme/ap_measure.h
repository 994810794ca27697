/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio measurement and BSS transition management at an access point; a part of mlme/ap_state.h. */
#ifndef VIFI_MLME_AP_MEASURE_H
#define VIFI_MLME_AP_MEASURE_H

#include "mlme/ap.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"

struct ap_bss;
struct ap_sta;

struct ap_neighbours;

/* ---- ap_neighbours.c ---- */

bool ap_measures(const struct ap_bss *bss); /* Does the BSS take part in radio measurement? */

void ap_neighbours_free(struct ap_neighbours *neighbours);

/* Describes the BSS itself (number 0), or an access point of its list. Returns false after the last one. */
bool ap_neighbour_get(const struct ap_bss *bss, size_t nth, struct ap_neighbour *neighbour);

/* AP_COMMAND_SET_NEIGHBOUR, …_REMOVE_…, …_GET_… */
bool ap_neighbour_command(struct ap *ap, struct ap_bss *bss, const struct ap_command *command);

/* ---- ap_measure.c ---- */

/* RM Enabled Capabilities (9.4.2.45). */
void ap_write_measurements(const struct ap_bss *bss, struct frame_writer *writer);

/* An action frame of the category from an authorised station. They return false if the BSS does not know it. */
bool ap_measure_receive(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt, const struct frame *frame);
bool ap_transition_receive(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt, const struct frame *frame);

/* AP_COMMAND_SEND_ACTION */
bool ap_measure_send(struct ap *ap, struct ap_sta *sta, const struct ap_command *command);
void ap_measure_tx_status(struct ap *ap, const struct ap_sta *sta, bool acked);

/* The station has not left in the time that it was given. */
void ap_transition_timer(struct ap *ap, struct ap_sta *sta);

#endif
