/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_MLME_AP_MULTI_AP_H
#define VIFI_MLME_AP_MULTI_AP_H

#include "mlme/ap.h"
#include "wire/mgmt.h"

/*
 * May the sender of the request associate: as a station of the fronthaul, or as the backhaul of another access point? Sets
 * `backhaul` if it says that it is one. Returns STATUS_SUCCESS or STATUS_DENIED.
 */
enum status_code ap_multi_ap_check(const struct ap_bss_setup *setup, const struct mgmt *request, bool *backhaul);

/* The element for the response to a backhaul station. */
void ap_multi_ap_write(const struct ap_bss_setup *setup, struct frame_writer *writer);

#endif
