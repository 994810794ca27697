/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operating channel validation at an access point (ap_ocv.c); a part of mlme/ap_state.h. */
#ifndef VIFI_MLME_AP_OCV_H
#define VIFI_MLME_AP_OCV_H

#include "mlme/ap.h"
#include "wire/ie.h"
#include "wire/oci.h"

struct ap_bss;
struct ap_sta;

/* Fills `ocv` for a station that asks to associate so (width in MHz). Returns false if it must be refused. */
bool ap_ocv_begin(const struct ap_bss *bss, uint16_t width_mhz, uint16_t capabilities, bool mfp, struct ocv *ocv);

/* Brings the validation with a station up to date: the channel may have changed. To be called before its authenticator sends. */
const struct ocv *ap_ocv_refresh(struct ap *ap, struct ap_sta *sta);

/* Does the information among these elements fit? Otherwise the frame is dropped, with a note. */
bool ap_ocv_accepts(struct ap *ap, struct ap_sta *sta, enum oci_frame frame, struct span elements);
void ap_ocv_failed(struct ap *ap, const struct ap_sta *sta, const struct ocv_failure *failure);
void ap_ocv_switched(struct ap *ap, const struct ap_bss *bss); /* it is on another channel */
void ap_ocv_timer(struct ap *ap, struct ap_sta *sta);

#endif
