/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication (11.3.4): open system, also in BSSs that WEP protects; the address lists; and responses to frames that
 * the state of a station does not allow (11.3.3). All of them are answers to strangers (ap_answers.c).
 *
 * An authentication request does not change an existing association: it may be forged. The association ends only when
 * a new one replaces it.
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

/* The deny list has precedence. */
bool ap_acl_denies(const struct ap_bss *bss, const uint8_t *addr)
{
	const struct ap_bss_setup *setup = &bss->setup;

	return list_contains(&setup->deny, addr) || (setup->accept_listed_only && !list_contains(&setup->accept, addr));
}

static void send_response(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, uint16_t status)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, mgmt->sa, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, mgmt->algorithm);
	write_le16(&writer, (uint16_t)(mgmt->sequence + 1));
	write_le16(&writer, status);
	ap_answer(ap, AP_ANSWER_AUTH, bss, frame_writer_end(&writer));
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
	if (!(sta && sta->associated) && !ap_bss_has_room(ap, bss)) {
		ap_note(ap, bss, NOTE_REJECTED_FULL, mgmt->sa, STATUS_AP_FULL);
		return STATUS_AP_FULL;
	}
	return STATUS_SUCCESS;
}

void ap_auth(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	send_response(ap, bss, mgmt, check_request(ap, bss, sta, mgmt));
}

/* ---- error responses ---- */

/* A disassociation for an authenticated station, else a deauthentication. */
void ap_send_class_error(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const uint8_t *addr, uint16_t reason)
{
	ap_answer(ap, AP_ANSWER_ERROR, bss, ap_new_reason_frame(bss, addr, sta ? MGMT_DISASSOC : MGMT_DEAUTH, reason));
}

void ap_return_action(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt)
{
	if (mgmt_is_returnable(mgmt))
		ap_answer(ap, AP_ANSWER_ERROR, bss, mgmt_new_return(mgmt));
}
