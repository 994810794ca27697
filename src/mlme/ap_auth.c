/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication (IEEE 802.11-2016 11.3.4): open system, also in networks that WEP protects; the lists of addresses;
 * and what is told to those who send more than their state allows (11.3.3).
 *
 * An authentication changes nothing for a station that is associated: what is behind it may be a forger, and the real
 * one goes on as before until somebody can also associate in its place.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

static bool list_contains(const struct ap_mac_list *list, const uint8_t *addr)
{
	for (size_t i = 0; i < list->count; i++)
		if (mac_equal(list->addrs[i], addr))
			return true;
	return false;
}

/* Deny comes before accept. */
bool ap_acl_denies(const struct ap_bss *bss, const uint8_t *addr)
{
	const struct ap_bss_setup *setup = &bss->setup;

	return list_contains(&setup->deny, addr) || (setup->accept_listed_only && !list_contains(&setup->accept, addr));
}

static void send_response(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, uint16_t status)
{
	struct frame *frame = mgmt_new(MGMT_AUTH, mgmt->sa, bss->setup.bssid, bss->setup.bssid);

	if (frame && (mgmt_put_le16(frame, mgmt->algorithm) || mgmt_put_le16(frame, (uint16_t)(mgmt->sequence + 1)) ||
		      mgmt_put_le16(frame, status))) {
		frame_free(frame);
		frame = NULL;
	}
	ap_send_management(ap, bss, NULL, frame, 0);
}

static uint16_t check_request(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	if (ap_acl_denies(bss, mgmt->sa)) {
		ap_note(ap, bss, NOTE_REJECTED_LIST, mgmt->sa, STATUS_UNSPECIFIED);
		return STATUS_UNSPECIFIED;
	}
	if (mgmt->algorithm != AUTH_OPEN)
		return STATUS_AUTH_ALGORITHM;
	if (mgmt->sequence != 1)
		return STATUS_AUTH_SEQUENCE;
	if (!(sta && sta->associated) && bss->station_count >= bss->setup.max_stations) {
		ap_note(ap, bss, NOTE_REJECTED_FULL, mgmt->sa, STATUS_AP_FULL);
		return STATUS_AP_FULL;
	}
	return STATUS_SUCCESS;
}

void ap_auth(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	uint16_t status = check_request(ap, bss, sta, mgmt);

	if (!status && !sta) {
		sta = ap_sta_new(ap, bss, mgmt->sa);
		if (sta)
			ap_note(ap, bss, NOTE_AUTHENTICATED, mgmt->sa, 0);
		else
			status = STATUS_UNSPECIFIED;
	}
	if (!status && !sta->associated) {
		sta->since_ns = ap->now_ns;
		ap_sta_schedule(ap, sta);
	}
	send_response(ap, bss, mgmt, status);
}

struct frame *ap_new_reason_frame(struct ap_bss *bss, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason)
{
	struct frame *frame = mgmt_new(subtype, to, bss->setup.bssid, bss->setup.bssid);

	if (frame && mgmt_put_le16(frame, reason)) {
		frame_free(frame);
		return NULL;
	}
	return frame;
}

/* A flood of frames that are wrong does not make us flood: a bucket of tokens, for all together. */
static bool take_error_token(struct ap *ap)
{
	uint64_t refill = (ap->now_ns - ap->class_error_refill_ns) / AP_CLASS_ERROR_REFILL_NS;

	ap->class_error_refill_ns += refill * AP_CLASS_ERROR_REFILL_NS;
	ap->class_error_tokens = refill > AP_CLASS_ERROR_BURST - ap->class_error_tokens
					 ? AP_CLASS_ERROR_BURST
					 : ap->class_error_tokens + (unsigned)refill;
	if (!ap->class_error_tokens)
		return false;
	ap->class_error_tokens--;
	return true;
}

/* Deauthentication for who is not authenticated, disassociation for who is but is not associated. */
void ap_send_class_error(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const uint8_t *addr, uint16_t reason)
{
	if (!take_error_token(ap))
		return;
	ap_send_management(ap, bss, NULL, ap_new_reason_frame(bss, addr, sta ? MGMT_DISASSOC : MGMT_DEAUTH, reason), 0);
}

void ap_return_action(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	if (!mgmt_is_returnable(mgmt) || !take_error_token(ap))
		return;
	if (!sta || !sta->dozing)
		ap_send_management(ap, bss, sta, mgmt_new_return(mgmt), 0);
	else if (!sta->buffered_mgmt) /* what we have to say to it ourselves comes first */
		ap_power_buffer_management(ap, sta, mgmt_new_return(mgmt));
}
