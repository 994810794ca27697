/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operating channel validation (IEEE 802.11-2020, 12.2.9; wire/oci.h) of an access point: with which stations it is used, what we
 * tell them, and what follows from a move to another channel. After that each station must begin an SA Query, in which it says
 * on which channel it is: one that a forged announcement has led to another channel cannot.
 */
#include "mlme/ap_ocv.h"
#include "mlme/ap_state.h"

#define AFTER_SWITCH_NS (15 * SECOND) /* for the SA Query of a station: it may doze */

static struct oci our_channel(const struct ap *ap)
{
	struct plane_channel channel = ap_channel(ap);

	return (struct oci){.freq_mhz = channel.freq_mhz,
			    .width_mhz = channel.width_mhz ? channel.width_mhz : 20,
			    .above = channel.center_mhz > channel.freq_mhz};
}

static struct ocv make(const struct ap *ap, uint16_t width_mhz, bool lenient)
{
	struct oci channel = our_channel(ap);

	return (struct ocv){.used = true,
			    .lenient = lenient,
			    .channel = channel,
			    .tx_width_mhz = channel.width_mhz < width_mhz ? channel.width_mhz : width_mhz};
}

bool ap_ocv_begin(const struct ap_bss *bss, uint16_t width_mhz, uint16_t capabilities, bool mfp, struct ocv *ocv)
{
	*ocv = (struct ocv){0};
	if (!bss->setup.ocv || !(capabilities & RSN_OCVC))
		return true;
	/* Some stations without PMF copy our capability bit: ocv=2 lets them in, without validation. */
	if (!mfp)
		return bss->setup.ocv == 2;
	*ocv = make(bss->ap, width_mhz, bss->setup.ocv == 2);
	return true;
}

const struct ocv *ap_ocv_refresh(struct ap *ap, struct ap_sta *sta)
{
	struct ocv *ocv = &sta->auth.setup.ocv;

	if (ocv->used)
		*ocv = make(ap, sta->radio.width_mhz, ocv->lenient);
	return ocv;
}

void ap_ocv_failed(struct ap *ap, const struct ap_sta *sta, const struct ocv_failure *failure)
{
	struct action *note = ap_note(ap, sta->bss, NOTE_OCV_FAILURE, sta->entry.addr, 0);

	if (note)
		note->ocv = *failure;
}

bool ap_ocv_accepts(struct ap *ap, struct ap_sta *sta, enum oci_frame frame, struct span elements)
{
	struct ocv_failure failure;

	if (ocv_check(ap_ocv_refresh(ap, sta), frame, oci_find_element(elements), &failure))
		return true;
	ap_drop(ap, DROP_OCI, sta->entry.addr);
	ap_ocv_failed(ap, sta, &failure);
	return false;
}

void ap_ocv_switched(struct ap *ap, const struct ap_bss *bss)
{
	for (size_t i = 0; i < ap->associated_count; i++) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss != bss || !sta->authorised || !sta->auth.setup.ocv.used)
			continue;
		sta->due_ns[AP_TIMER_OCV] = ap->now_ns + AFTER_SWITCH_NS;
		ap_sta_schedule(ap, sta);
	}
}

void ap_ocv_timer(struct ap *ap, struct ap_sta *sta)
{
	const struct ocv_failure failure = {.fault = OCI_ABSENT, .frame = OCI_SA_QUERY_REQUEST};

	ap_ocv_failed(ap, sta, &failure);
	ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_AUTH_EXPIRED);
}
