/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of BSSs while the access point runs. A BSS keeps its index, which stations, timers and the plane know it by, for as
 * long as it lives: ap.bss has vacant entries where one has left, or has not come yet.
 */
#ifndef VIFI_MLME_AP_RECONFIGURE_H
#define VIFI_MLME_AP_RECONFIGURE_H

#include "mlme/ap_state.h"

static inline bool ap_bss_is_vacant(const struct ap_bss *bss)
{
	return !bss->ap;
}

/* Makes the entry vacant, in whatever state it is; what belongs to it has been freed. */
void ap_bss_vacate(struct ap_bss *bss, unsigned index);

/* AP_COMMAND_SET_BSS, AP_COMMAND_ADD_BSS. Return 0 or a negative errno; nothing has changed then. */
int ap_bss_reconfigure(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup);
int ap_bss_add(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup);

/* AP_COMMAND_REMOVE_BSS; false: the first BSS stays. */
bool ap_bss_remove(struct ap *ap, struct ap_bss *bss);
void ap_bss_switch_off(struct ap *ap, struct ap_bss *bss); /* AP_COMMAND_STOP_BSS */

#endif
