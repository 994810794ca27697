/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operating channel validation of a station (sta_ocv.c). */
#ifndef VIFI_MLME_STA_OCV_H
#define VIFI_MLME_STA_OCV_H

#include "wire/oci.h"

struct sta;

bool sta_ocv_offers(const struct sta *sta); /* our RSN element has the capability */
struct ocv sta_ocv(const struct sta *sta);  /* the validation with the present access point */

/* Does the information among these elements fit? Otherwise the frame is dropped, with a note. */
bool sta_ocv_accepts(struct sta *sta, enum oci_frame frame, struct span elements);
void sta_ocv_failed(struct sta *sta, const struct ocv_failure *failure);
void sta_ocv_switched(struct sta *sta); /* the access point and we are on another channel */

#endif
