/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wi-Fi EasyMesh (Multi-AP Specification 1.0, 5.2 and 9.1): the Multi-AP element, by which the station of another access point
 * announces itself, and the answer that tells it whether this BSS serves it.
 */
#include "mlme/ap_multi_ap.h"

#include "wire/multi_ap.h"

/* A backhaul station that a BSS without backhaul accepts learns that from the response, and leaves. */
enum status_code ap_multi_ap_check(const struct ap_bss_setup *setup, const struct mgmt *request, bool *backhaul)
{
	*backhaul = setup->multi_ap && multi_ap_read(request->body) & MULTI_AP_BACKHAUL_STA;
	return setup->multi_ap == AP_BACKHAUL && !*backhaul ? STATUS_DENIED : STATUS_SUCCESS;
}

void ap_multi_ap_write(const struct ap_bss_setup *setup, struct frame_writer *writer)
{
	multi_ap_write((setup->multi_ap & AP_BACKHAUL ? MULTI_AP_BACKHAUL_BSS : 0) |
			       (setup->multi_ap & AP_FRONTHAUL ? MULTI_AP_FRONTHAUL_BSS : 0),
		       writer);
}
