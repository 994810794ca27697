/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OWE at an access point (ap_owe.c); a part of mlme/ap_state.h. */
#ifndef VIFI_MLME_AP_OWE_H
#define VIFI_MLME_AP_OWE_H

#include "mlme/ap.h"
#include "rsn/pmksa.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"

struct ap_bss;
struct ap_sta;

/* May the station associate by OWE, with this element, or with a PMKSA that it names and that `cached` then is? */
enum status_code ap_owe_check(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr, struct span pmkids,
			      struct span element, const struct pmksa **cached);

/* Makes our half of the exchange, and the PMK of both. Returns 0 or a negative error. */
int ap_owe_exchange(struct ap *ap, struct ap_sta *sta, struct span element, struct pmksa *fresh);

/* Writes what the association response has of OWE. */
void ap_owe_write(const struct ap_sta *sta, struct frame_writer *writer);

#endif
