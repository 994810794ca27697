/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication and association by commands of their own, or by CONNECT where the driver has its own SME (station
 * management entity), and their end. mac80211 repeats a request that is not answered, and then reports a timeout.
 *
 * The kernel accepts only BSSs of its table, where they stay for 30 s. For an older one it answers ENOENT: the plane scans
 * its channel and repeats the request. EALREADY and EBUSY mean that the kernel still has an earlier association or attempt:
 * the plane ends it and repeats the request.
 */
#include "nl80211/sta/state.h"

#include "base/mac.h"
#include "nl80211/frame.h"
#include "nl80211/key.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <string.h>

#define SECOND           UINT64_C(1000000000)
#define OWN_DEAUTH_NS    (2 * SECOND) /* the event about a deauthentication of ours comes within this time */
#define AUTH_BODY        6            /* algorithm, transaction, status */
#define OFF_AUTH_STATUS  (DOT11_HDR_MIN + 4)
#define OFF_ASSOC_STATUS (DOT11_HDR_MIN + 2)
#define CONNECT_AID      1 /* a driver with an SME of its own does not tell the AID */

/* ---- requests ---- */

static void put_target(struct nl80211_request *request, const struct plane_link *link)
{
	nl80211_put_bytes(request, NL80211_ATTR_MAC, link->bssid, MAC_LEN);
	nl80211_put_u32(request, NL80211_ATTR_WIPHY_FREQ, link->freq_mhz);
	nl80211_put_bytes(request, NL80211_ATTR_SSID, link->ssid, link->ssid_len);
}

static uint32_t auth_type(uint16_t algorithm)
{
	switch (algorithm) {
	case AUTH_SHARED_KEY:
		return NL80211_AUTHTYPE_SHARED_KEY;
	case AUTH_FT:
		return NL80211_AUTHTYPE_FT;
	case AUTH_SAE:
		return NL80211_AUTHTYPE_SAE;
	}
	return NL80211_AUTHTYPE_OPEN_SYSTEM;
}

static void put_authentication(struct nl80211_request *request, const struct frame *frame)
{
	uint16_t algorithm = le16(frame->data + DOT11_HDR_MIN);

	nl80211_put_u32(request, NL80211_ATTR_AUTH_TYPE, auth_type(algorithm));
	if (algorithm == AUTH_SAE) /* from the transaction number on */
		nl80211_put_bytes(request, NL80211_ATTR_AUTH_DATA, frame->data + DOT11_HDR_MIN + 2,
				  frame->len - DOT11_HDR_MIN - 2);
	else if (frame->len > DOT11_HDR_MIN + AUTH_BODY)
		nl80211_put_bytes(request, NL80211_ATTR_IE, frame->data + DOT11_HDR_MIN + AUTH_BODY,
				  frame->len - DOT11_HDR_MIN - AUTH_BODY);
}

/* The kernel writes these elements itself. */
static bool is_of_the_kernel(const struct element *element)
{
	static const uint8_t wmm[] = {OUI_MICROSOFT, 2};

	return element->id == EID_SSID || element->id == EID_RATES || element->id == EID_EXT_RATES ||
	       (element->id == EID_VENDOR && element->body.len >= sizeof(wmm) &&
		!memcmp(element->body.bytes, wmm, sizeof(wmm)));
}

static void put_elements(struct nl80211_request *request, const struct sta_join_job *job)
{
	struct span rest = {job->frame->data + job->join.elements_offset, job->frame->len - job->join.elements_offset};
	uint8_t elements[1024];
	struct element element;
	size_t len = 0;

	while (element_next(&rest, &element)) {
		if (is_of_the_kernel(&element) || len + element.whole.len > sizeof(elements))
			continue;
		memcpy(elements + len, element.whole.bytes, element.whole.len);
		len += element.whole.len;
	}
	if (len)
		nl80211_put_bytes(request, NL80211_ATTR_IE, elements, len);
}

/* The kernel wants the suite numbers of RSN, even for WPA. */
static void put_security(struct nl80211_request *request, const struct plane_join *join)
{
	nl80211_put_u32(request, NL80211_ATTR_WPA_VERSIONS, join->wpa ? NL80211_WPA_VERSION_1 : NL80211_WPA_VERSION_2);
	nl80211_put_u32(request, NL80211_ATTR_CIPHER_SUITES_PAIRWISE, nl80211_cipher(join->pairwise));
	nl80211_put_u32(request, NL80211_ATTR_CIPHER_SUITE_GROUP, nl80211_cipher(join->group));
	nl80211_put_u32(request, NL80211_ATTR_AKM_SUITES, nl80211_akm(join->akm, false));
	nl80211_put_u32(request, NL80211_ATTR_USE_MFP, join->mfp ? NL80211_MFP_REQUIRED : NL80211_MFP_NO);
}

/* Until the station is authorised, the kernel lets only EAPOL pass. With SOCKET_OWNER the association ends with us. */
static void put_port(struct nl80211_request *request, const struct nl80211_sta *sta, bool keys)
{
	nl80211_put_flag(request, NL80211_ATTR_SOCKET_OWNER);
	if (!keys)
		return;
	nl80211_put_flag(request, NL80211_ATTR_CONTROL_PORT);
	nl80211_put_u16(request, NL80211_ATTR_CONTROL_PORT_ETHERTYPE, ETHERTYPE_EAPOL);
	if (!sta->control_port)
		return;
	nl80211_put_flag(request, NL80211_ATTR_CONTROL_PORT_OVER_NL80211);
	if (nl80211_wiphy_has_feature(sta->setup.wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_NO_PREAUTH))
		nl80211_put_flag(request, NL80211_ATTR_CONTROL_PORT_NO_PREAUTH);
}

static void put_modes(struct nl80211_request *request, uint8_t disabled)
{
	if (disabled & PLANE_HT)
		nl80211_put_flag(request, NL80211_ATTR_DISABLE_HT);
	if (disabled & PLANE_VHT)
		nl80211_put_flag(request, NL80211_ATTR_DISABLE_VHT);
	if (disabled & PLANE_HE)
		nl80211_put_flag(request, NL80211_ATTR_DISABLE_HE);
}

static void put_association(struct nl80211_request *request, const struct nl80211_sta *sta)
{
	const struct plane_join *join = &sta->job.join;
	bool keys = join->rsn || join->wpa;

	put_elements(request, &sta->job);
	if (keys)
		put_security(request, join);
	if (join->reassociation)
		nl80211_put_bytes(request, NL80211_ATTR_PREV_BSSID, join->previous_bssid, MAC_LEN);
	if (join->measures)
		nl80211_put_flag(request, NL80211_ATTR_USE_RRM);
	put_modes(request, join->disabled_modes);
	put_port(request, sta, keys);
}

/* With the PMK the driver runs the 4-way handshake, too. */
static void put_connection(struct nl80211_request *request, const struct nl80211_sta *sta)
{
	const struct plane_join *join = &sta->job.join;

	nl80211_put_u32(request, NL80211_ATTR_AUTH_TYPE, NL80211_AUTHTYPE_OPEN_SYSTEM);
	if (join->privacy)
		nl80211_put_flag(request, NL80211_ATTR_PRIVACY);
	if (sta->handshakes && (join->rsn || join->wpa))
		nl80211_put_bytes(request, NL80211_ATTR_PMK, join->pmk, sizeof(join->pmk));
}

/* Sends the pending request to join. */
static void send_job(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	bool associate = sta->job.kind == PLANE_ASSOCIATE;
	uint8_t command = !associate      ? NL80211_CMD_AUTHENTICATE
			  : sta->connects ? NL80211_CMD_CONNECT
					  : NL80211_CMD_ASSOCIATE;
	struct nl80211_request *request = nl80211_requests_add(out, command, sta->setup.ifindex);

	if (!request)
		return; /* control repeats it */
	request->owner_socket = true;
	request->purpose = STA_JOIN;
	put_target(request, &sta->link);
	if (!associate)
		put_authentication(request, sta->job.frame);
	else
		put_association(request, sta);
	if (command == NL80211_CMD_CONNECT)
		put_connection(request, sta);
}

static void clear_job(struct nl80211_sta *sta)
{
	frame_free(sta->job.frame);
	explicit_bzero(&sta->job, sizeof(sta->job)); /* it may hold the PMK */
}

static void forget_early_eapol(struct nl80211_sta *sta)
{
	frame_free(sta->early_eapol);
	sta->early_eapol = NULL;
}

static void send_deauth(struct nl80211_sta *sta, uint16_t reason, bool local, struct nl80211_requests *out)
{
	uint8_t command = sta->connects ? NL80211_CMD_DISCONNECT : NL80211_CMD_DEAUTHENTICATE;
	struct nl80211_request *request = nl80211_requests_add(out, command, sta->setup.ifindex);

	if (!request)
		return;
	request->owner_socket = true;
	request->purpose = STA_LEAVE;
	if (!sta->connects)
		nl80211_put_bytes(request, NL80211_ATTR_MAC, sta->link.bssid, MAC_LEN);
	nl80211_put_u16(request, NL80211_ATTR_REASON_CODE, reason);
	if (local && !sta->connects)
		nl80211_put_flag(request, NL80211_ATTR_LOCAL_STATE_CHANGE);
}

/* The association that was to be replaced ends instead. */
static void end_replaced(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	if (sta->replaces)
		send_deauth(sta, REASON_LEAVING, false, out);
	sta->replaces = false;
}

void nl80211_sta_join(struct nl80211_sta *sta, struct plane_action *action, struct nl80211_requests *out)
{
	if (!action->join.reassociation)
		end_replaced(sta, out);
	clear_job(sta);
	forget_early_eapol(sta);
	if (!sta->linked || action->frame->len < DOT11_HDR_MIN + AUTH_BODY ||
	    action->join.elements_offset > action->frame->len)
		return;
	sta->job = (struct sta_join_job){.kind = action->kind, .frame = action->frame, .join = action->join};
	action->frame = NULL;
	sta->phase = action->kind == PLANE_AUTHENTICATE ? PHASE_AUTHENTICATING : PHASE_ASSOCIATING;
	send_job(sta, out);
}

/* ---- replies ---- */

/* Nobody has answered, or the kernel has refused: control tries again, or another access point. */
static void fail_job(struct nl80211_sta *sta)
{
	struct plane_event *event = sta->job.frame ? nl80211_sta_add_event(sta, PLANE_EVENT_TX_STATUS) : NULL;

	if (event)
		event->cookie = sta->job.join.cookie;
	sta->phase = sta->phase == PHASE_ASSOCIATING && !sta->connects ? PHASE_AUTHENTICATED : PHASE_NONE;
	clear_job(sta);
}

/* Does an earlier association keep the kernel from joining? */
static bool is_in_the_way(int error)
{
	return error == -EALREADY || error == -EEXIST || error == -EBUSY || error == -ENOTCONN;
}

bool nl80211_sta_join_reply(struct nl80211_sta *sta, const struct nl80211_reply *reply, struct nl80211_requests *out)
{
	struct sta_join_job *job = &sta->job;

	if (!reply->error || !job->frame)
		return true;
	if (reply->error == -ENOENT && !job->looked_again) {
		job->looked_again = job->finding = true;
		nl80211_sta_scan_again(sta, out);
		return true;
	}
	if (is_in_the_way(reply->error) && !job->left_previous) {
		job->left_previous = true;
		sta->replaces = false;
		if (reply->error == -ENOTCONN) /* the association that it should replace has ended meanwhile */
			job->join.reassociation = false;
		send_deauth(sta, REASON_LEAVING, false, out);
		send_job(sta, out);
		return true;
	}
	fail_job(sta);
	return reply->error == -ENOENT;
}

void nl80211_sta_join_found(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	sta->job.finding = false;
	if (sta->job.frame)
		send_job(sta, out);
}

void nl80211_sta_left(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t now_ns)
{
	if (reply->error)
		return;
	if (now_ns > sta->own_deauth_ns + OWN_DEAUTH_NS)
		sta->own_deauths = 0; /* of one that the kernel had no reason to report */
	sta->own_deauths++;
	sta->own_deauth_ns = now_ns;
}

/* ---- events ---- */

static bool is_frame_of_link(const struct nl80211_sta *sta, struct span frame)
{
	return sta->linked && frame.len >= DOT11_HDR_MIN + 2 &&
	       mac_equal(frame.bytes + DOT11_OFF_ADDR3, sta->link.bssid);
}

static void handle_authenticated(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	if (sta->phase != PHASE_AUTHENTICATING)
		return;
	if (event->timed_out) {
		if (event->mac && mac_equal(event->mac, sta->link.bssid))
			fail_job(sta);
		return;
	}
	if (!is_frame_of_link(sta, event->frame) || event->frame.len < DOT11_HDR_MIN + AUTH_BODY)
		return;
	sta->phase = le16(event->frame.bytes + OFF_AUTH_STATUS) ? PHASE_NONE : PHASE_AUTHENTICATED;
	clear_job(sta);
	nl80211_sta_report(sta, nl80211_frame_read(event));
}

static void deliver_early_eapol(struct nl80211_sta *sta)
{
	struct frame *frame = sta->early_eapol;

	sta->early_eapol = NULL;
	if (frame)
		nl80211_sta_receive_eapol(sta, frame, false);
}

/*
 * An association response has come, which is taken over; `status` is its status code. The driver may have sent other
 * `elements` than ours.
 */
static void end_association(struct nl80211_sta *sta, uint16_t status, struct frame *frame, struct span elements)
{
	size_t before = sta->events.count;

	sta->mfp = sta->job.join.mfp;
	sta->phase = !status ? PHASE_ASSOCIATED : sta->connects ? PHASE_NONE : PHASE_AUTHENTICATED;
	clear_job(sta);
	nl80211_sta_report(sta, frame);
	if (sta->events.count > before)
		plane_events_copy_elements(&sta->events.list[before], elements);
	if (!status)
		deliver_early_eapol(sta);
}

static void handle_associated(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	if (sta->phase != PHASE_ASSOCIATING || sta->connects)
		return;
	if (event->timed_out) {
		if (event->mac && mac_equal(event->mac, sta->link.bssid))
			fail_job(sta);
		return;
	}
	if (is_frame_of_link(sta, event->frame) && event->frame.len >= DOT11_HDR_MIN + AUTH_BODY)
		end_association(sta, le16(event->frame.bytes + OFF_ASSOC_STATUS), nl80211_frame_read(event),
				event->request_ie);
}

/* The driver has connected. Control wants the association response, which is made of what the event says of it. */
static void handle_connected(struct nl80211_sta *sta, const struct nl80211_event *event, struct nl80211_requests *out)
{
	enum mgmt_subtype subtype = sta->job.join.reassociation ? MGMT_REASSOC_RESPONSE : MGMT_ASSOC_RESPONSE;
	struct frame_writer writer;
	struct frame *frame;

	if (!sta->connects || sta->phase != PHASE_ASSOCIATING)
		return;
	sta->replaces = false;
	if (event->timed_out) {
		fail_job(sta);
		return;
	}
	if (!event->status && event->mac && !mac_equal(event->mac, sta->link.bssid)) {
		send_deauth(sta, REASON_UNSPECIFIED, false, out); /* we have asked for another BSS */
		fail_job(sta);
		return;
	}
	writer = mgmt_begin(subtype, sta->setup.addr, sta->link.bssid, sta->link.bssid);
	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, event->status);
	write_le16(&writer, CONNECT_AID);
	write_bytes(&writer, event->resp_ie.bytes, event->resp_ie.len);
	frame = frame_writer_end(&writer);
	if (!frame) {
		fail_job(sta);
		return;
	}
	end_association(sta, event->status, frame, event->request_ie);
}

/* A deauthentication that we have asked for is reported like one of the driver's own. */
static bool is_own_deauth(struct nl80211_sta *sta, uint64_t now_ns)
{
	if (!sta->own_deauths || now_ns > sta->own_deauth_ns + OWN_DEAUTH_NS)
		return false;
	sta->own_deauths--;
	return true;
}

/* The association has ended without a frame of the access point: it is out of range, or the driver has given up. */
static void handle_local_end(struct nl80211_sta *sta)
{
	bool associated = sta->phase == PHASE_ASSOCIATED;

	if (!associated) {
		fail_job(sta);
		sta->phase = PHASE_NONE;
		return;
	}
	nl80211_sta_forget(sta);
	nl80211_sta_add_event(sta, PLANE_EVENT_LOST);
}

static void handle_deauth(struct nl80211_sta *sta, const struct nl80211_event *event, uint64_t now_ns)
{
	struct span frame = event->frame;
	bool complete = frame.len >= DOT11_HDR_MIN;
	bool local = complete && mac_equal(frame.bytes + DOT11_OFF_ADDR2, sta->setup.addr);

	/* Ours that has preceded a change of the address: else it would hide the next loss. */
	if (complete && !local && mac_equal(frame.bytes + DOT11_OFF_ADDR2, sta->previous_addr)) {
		is_own_deauth(sta, now_ns);
		return;
	}
	if ((local && is_own_deauth(sta, now_ns)) || !is_frame_of_link(sta, frame) || sta->phase == PHASE_NONE)
		return;
	if (local || sta->phase == PHASE_AUTHENTICATING) {
		handle_local_end(sta);
	} else {
		nl80211_sta_forget(sta);
		nl80211_sta_report(sta, nl80211_frame_read(event));
	}
}

/* Without a reason of the access point it is out of range, unless the driver's own handshake has failed. */
static void handle_disconnected(struct nl80211_sta *sta, const struct nl80211_event *event, uint64_t now_ns)
{
	bool has_reason = event->by_ap || (sta->handshakes && !sta->authorised);
	struct plane_event *disconnected;

	if (sta->phase == PHASE_NONE)
		sta->replaces = false;
	if (!sta->connects || sta->phase == PHASE_NONE || (!event->by_ap && is_own_deauth(sta, now_ns)))
		return;
	if (!has_reason || sta->phase != PHASE_ASSOCIATED) {
		handle_local_end(sta);
		return;
	}
	nl80211_sta_forget(sta);
	disconnected = nl80211_sta_add_event(sta, PLANE_EVENT_DISCONNECTED);
	if (disconnected)
		disconnected->reason = event->reason;
}

/* ---- a driver that roams ---- */

static void clear_roam(struct nl80211_sta *sta)
{
	frame_free(sta->roam.elements);
	sta->roam = (struct sta_roam_job){0};
}

/* The firmware has changed the access point. Control may not know the BSS: the kernel's table has it. */
static void handle_roamed(struct nl80211_sta *sta, const struct nl80211_event *event, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (!sta->connects || sta->phase != PHASE_ASSOCIATED || !event->mac)
		return;
	clear_roam(sta);
	request = nl80211_requests_add(out, NL80211_CMD_GET_SCAN, sta->setup.ifindex);
	if (!request) {
		handle_local_end(sta);
		return;
	}
	request->dump = true;
	request->purpose = STA_ROAMED;
	sta->roam.pending = true;
	mac_copy(sta->roam.bssid, event->mac);
	if (event->request_ie.len)
		sta->roam.elements = frame_from(event->request_ie.bytes, event->request_ie.len, 0, 0);
}

void nl80211_sta_roamed(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t now_ns)
{
	struct sta_roam_job roam = sta->roam;
	struct plane_event *event;

	if (!roam.pending || sta->phase != PHASE_ASSOCIATED)
		return;
	nl80211_sta_scan_report(sta, reply, UINT64_MAX, now_ns);
	explicit_bzero(&sta->pairwise, sizeof(sta->pairwise));
	explicit_bzero(sta->group, sizeof(sta->group));
	sta->authorised = false;
	mac_copy(sta->link.bssid, roam.bssid);
	event = nl80211_sta_add_event(sta, PLANE_EVENT_ROAMED);
	if (event && roam.elements)
		plane_events_copy_elements(event, (struct span){roam.elements->data, roam.elements->len});
	if (roam.authorised)
		nl80211_sta_add_event(sta, PLANE_EVENT_AUTHORISED);
	clear_roam(sta);
}

static void handle_authorised(struct nl80211_sta *sta)
{
	if (sta->roam.pending)
		sta->roam.authorised = true;
	else if (sta->phase == PHASE_ASSOCIATED)
		nl80211_sta_add_event(sta, PLANE_EVENT_AUTHORISED);
}

void nl80211_sta_join_event(struct nl80211_sta *sta, const struct nl80211_event *event, uint64_t now_ns,
			    struct nl80211_requests *out)
{
	switch (event->command) {
	case NL80211_CMD_AUTHENTICATE:
		handle_authenticated(sta, event);
		break;
	case NL80211_CMD_ASSOCIATE:
		handle_associated(sta, event);
		break;
	case NL80211_CMD_CONNECT:
		handle_connected(sta, event, out);
		break;
	case NL80211_CMD_DEAUTHENTICATE:
	case NL80211_CMD_DISASSOCIATE:
		if (!sta->connects)
			handle_deauth(sta, event, now_ns);
		break;
	case NL80211_CMD_DISCONNECT:
		handle_disconnected(sta, event, now_ns);
		break;
	case NL80211_CMD_ROAM:
		handle_roamed(sta, event, out);
		break;
	case NL80211_CMD_PORT_AUTHORIZED:
		handle_authorised(sta);
		break;
	}
}

/* ---- the end ---- */

void nl80211_sta_forget(struct nl80211_sta *sta)
{
	clear_job(sta);
	clear_roam(sta);
	explicit_bzero(&sta->pairwise, sizeof(sta->pairwise));
	explicit_bzero(sta->group, sizeof(sta->group));
	forget_early_eapol(sta);
	sta->phase = PHASE_NONE;
	sta->authorised = sta->mfp = false;
	sta->signal_due_ns = sta->keep_alive_due_ns = sta->port_due_ns = NEVER;
	sta->keep_alive_ns = 0;
	sta->signal_change = PLANE_SIGNAL_SAME;
}

/*
 * To leave for another access point needs no frame: the new one tells the old one (13.2). An attempt that is under way
 * ends only by a deauthentication.
 */
void nl80211_sta_leave(struct nl80211_sta *sta, uint16_t reason, struct nl80211_requests *out)
{
	if (sta->phase == PHASE_NONE)
		end_replaced(sta, out);
	sta->replaces = false;
	if (sta->linked && sta->phase != PHASE_NONE)
		send_deauth(sta, reason ? reason : REASON_LEAVING, !reason && sta->phase == PHASE_ASSOCIATED, out);
	nl80211_sta_forget(sta);
	nl80211_sta_carrier(sta, false, out);
}

void nl80211_sta_replace(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	nl80211_sta_forget(sta);
	nl80211_sta_carrier(sta, false, out);
	sta->replaces = true;
}
