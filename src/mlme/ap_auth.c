/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication (11.3.4): a table of methods, open system (also in BSSs that WEP protects), SAE and fast BSS transition; the address lists;
 * and responses to frames that the state of a station does not allow (11.3.3). All of them are answers to strangers (ap_answers.c).
 *
 * An authentication request does not change an existing association: it may be forged. The association ends only when
 * a new one replaces it.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
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

static struct frame_writer begin_response(const struct ap_bss *bss, const struct mgmt *mgmt, uint16_t status)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, mgmt->sa, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, mgmt->algorithm);
	write_le16(&writer, (uint16_t)(mgmt->sequence + 1));
	write_le16(&writer, status);
	return writer;
}

static void send_response(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, uint16_t status)
{
	struct frame_writer writer = begin_response(bss, mgmt, status);

	ap_answer(ap, AP_ANSWER_AUTH, bss, frame_writer_end(&writer));
}

/* The station has been heard on the radio of `other`, which serves it better. */
static void suggest(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, const struct ap_bss *other)
{
	struct frame_writer writer = begin_response(bss, mgmt, STATUS_SUGGESTED_TRANSITION);
	struct ap_neighbour neighbour;

	if (ap_neighbour_get(other, 0, &neighbour))
		write_element(&writer, EID_NEIGHBOR_REPORT, neighbour.report, neighbour.report_len);
	ap_note(ap, bss, NOTE_REJECTED, mgmt->sa, STATUS_SUGGESTED_TRANSITION);
	ap_answer(ap, AP_ANSWER_AUTH, bss, frame_writer_end(&writer));
}

/* ---- methods ---- */

static bool open_is_offered(const struct ap_bss *bss)
{
	(void)bss; /* with SAE, too: for a PMKSA of the cache */
	return true;
}

static void receive_open(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	(void)sta;
	send_response(ap, bss, mgmt, mgmt->sequence == 1 ? STATUS_SUCCESS : STATUS_AUTH_SEQUENCE);
}

struct auth_method {
	uint16_t algorithm;
	bool (*is_offered)(const struct ap_bss *bss);
	void (*receive)(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);
};

static const struct auth_method methods[] = {
	{AUTH_OPEN, open_is_offered, receive_open},
	{AUTH_SAE, ap_sae_is_offered, ap_sae_receive},
	{AUTH_FT, ap_ft_is_offered, ap_ft_receive},
};

static const struct auth_method *find_method(const struct ap_bss *bss, uint16_t algorithm)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (methods[i].algorithm == algorithm && methods[i].is_offered(bss))
			return &methods[i];
	return NULL;
}

void ap_auth(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	const struct auth_method *method = find_method(bss, mgmt->algorithm);
	const struct ap_bss *other = ap_track_find(ap, bss->setup.no_auth_if_seen_on, mgmt->sa);

	if (ap_acl_denies(bss, mgmt->sa)) {
		ap_note(ap, bss, NOTE_REJECTED_LIST, mgmt->sa, STATUS_UNSPECIFIED);
		send_response(ap, bss, mgmt, STATUS_UNSPECIFIED);
	} else if (other) {
		suggest(ap, bss, mgmt, other);
	} else if (!method) {
		send_response(ap, bss, mgmt, STATUS_AUTH_ALGORITHM);
	} else if (mgmt->sequence == 1 && !(sta && sta->associated) && !ap_bss_has_room(ap, bss)) {
		ap_note(ap, bss, NOTE_REJECTED_FULL, mgmt->sa, STATUS_AP_FULL);
		send_response(ap, bss, mgmt, STATUS_AP_FULL);
	} else {
		method->receive(ap, bss, sta, mgmt);
	}
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
