/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The association: keys, EAPOL, management frames, the signal, and the carrier of the interface. The interface is
 * dormant (RFC 2863) until the port is authorised, so that DHCP clients wait for the keys.
 */
#include "nl80211/sta/state.h"

#include "base/mac.h"
#include "nl80211/frame.h"
#include "nl80211/key.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <string.h>

#define SECOND         UINT64_C(1000000000)
#define SIGNAL_NS      (5 * SECOND)  /* between two questions for the signal */
#define SIGNAL_SLOW_NS (60 * SECOND) /* … while it is good, and the driver reports when it is no longer */
#define PORT_NS        SECOND        /* the kernel needs less than a millisecond to pass data */

/* ---- the port ---- */

static void authorise(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	const struct nl80211_sta_flag_update flags = {.mask = 1 << NL80211_STA_FLAG_AUTHORIZED,
						      .set = 1 << NL80211_STA_FLAG_AUTHORIZED};
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_SET_STATION, sta->setup.ifindex);

	nl80211_put_bytes(request, NL80211_ATTR_MAC, sta->link.bssid, MAC_LEN);
	nl80211_put_bytes(request, NL80211_ATTR_STA_FLAGS2, &flags, sizeof(flags));
	if (request)
		request->purpose = STA_AUTHORISE;
}

/* The driver reports when the signal becomes weak or good. Not every driver can. */
static void watch_signal(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_SET_CQM, sta->setup.ifindex);
	struct nlattr *nest = nl80211_nest_begin(request, NL80211_ATTR_CQM);

	nl80211_put_u32(request, NL80211_ATTR_CQM_RSSI_THOLD, (uint32_t)(int32_t)sta->link.watch.weak_dbm);
	nl80211_put_u32(request, NL80211_ATTR_CQM_RSSI_HYST, sta->link.watch.hysteresis_db);
	nl80211_nest_end(request, nest);
	if (request)
		request->purpose = STA_WATCH;
}

void nl80211_sta_watch(struct nl80211_sta *sta, const struct plane_watch *watch, struct nl80211_requests *out)
{
	sta->link.watch = *watch;
	if (sta->authorised)
		watch_signal(sta, out);
}

/* The kernel may learn of the association's carrier after our request: the caller hears when both are so. */
static void open_port(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	sta->port_due_ns = now_ns + PORT_NS;
	if (sta->operstate_up)
		nl80211_sta_port_opened(sta);
	nl80211_sta_carrier(sta, true, out);
	sta->signal_due_ns = now_ns;
	sta->watched = false;
	watch_signal(sta, out);
}

void nl80211_sta_port_opened(struct nl80211_sta *sta)
{
	if (sta->port_due_ns == NEVER)
		return;
	sta->port_due_ns = NEVER;
	nl80211_sta_add_event(sta, PLANE_EVENT_PORT_OPEN);
}

/*
 * The kernel sends nothing by itself to keep an association alive, only some firmwares do. With keys it encrypts the frame,
 * so that an access point that wants protected frames takes it, too.
 */
static void set_keep_alive(struct nl80211_sta *sta, uint64_t interval_ns, uint64_t now_ns)
{
	if (sta->keep_alive_ns == interval_ns)
		return;
	sta->keep_alive_ns = interval_ns;
	sta->keep_alive_due_ns = interval_ns ? now_ns + interval_ns : NEVER;
}

void nl80211_sta_keep_alive_timer(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	struct plane_action action = {.eapol_key = PLANE_EAPOL_PAIRWISE};

	sta->keep_alive_due_ns = now_ns + sta->keep_alive_ns;
	action.frame = plane_new_keep_alive(sta->link.bssid, sta->setup.addr);
	if (action.frame)
		nl80211_sta_send_eapol(sta, &action, out);
	else
		nl80211_sta_drop(sta, DROP_NO_MEMORY, sta->link.bssid);
	frame_free(action.frame);
}

/* Without a pairwise key, for lack of memory, the kernel would send data in the clear. */
void nl80211_sta_set_station(struct nl80211_sta *sta, const struct plane_station *station, uint64_t now_ns,
			     struct nl80211_requests *out)
{
	bool keys = station->rsn && !sta->handshakes;

	if (sta->phase != PHASE_ASSOCIATED || !station->authorised || (keys && !sta->pairwise.len))
		return;
	set_keep_alive(sta, station->keep_alive_ns, now_ns);
	if (sta->authorised)
		return;
	sta->authorised = true;
	if (keys)
		authorise(sta, out);
	else
		open_port(sta, now_ns, out);
}

/* Some drivers with an SME cannot change a station: they pass data once they have the keys. */
bool nl80211_sta_port_reply(struct nl80211_sta *sta, const struct nl80211_reply *reply, uint64_t now_ns,
			    struct nl80211_requests *out)
{
	if (!sta->authorised)
		return true; /* a key has failed meanwhile */
	if (!reply->error || reply->error == -EOPNOTSUPP) {
		open_port(sta, now_ns, out);
		return true;
	}
	sta->authorised = false;
	nl80211_sta_add_event(sta, PLANE_EVENT_KEY_FAILED);
	return false;
}

/* ---- keys ---- */

static bool is_installed(struct sta_key_copy *copy, const struct plane_key *key)
{
	return copy->len == key->len && !memcmp(copy->bytes, key->bytes, key->len);
}

static void report_key_failure(struct nl80211_sta *sta, bool group)
{
	struct plane_event *event = nl80211_sta_add_event(sta, PLANE_EVENT_KEY_FAILED);

	if (event)
		event->group = group;
}

void nl80211_sta_install_key(struct nl80211_sta *sta, const struct plane_key *key, struct nl80211_requests *out)
{
	struct sta_key_copy *copy = key->group ? &sta->group[key->id & 7] : &sta->pairwise;
	const uint8_t *addr = key->group ? NULL : sta->link.bssid;
	struct nl80211_request *request;

	if (sta->phase != PHASE_ASSOCIATED || is_installed(copy, key))
		return;
	request = nl80211_key_install(out, sta->setup.ifindex, addr, key, NL80211_SUPPLICANT);
	if (!request) {
		report_key_failure(sta, key->group);
		return;
	}
	copy->len = key->len;
	memcpy(copy->bytes, key->bytes, key->len);
	request->purpose = STA_KEY;
	request->cookie = key->id | (key->group ? 8 : 0);
	if (!key->transmit)
		return;
	request = nl80211_key_set_default(out, sta->setup.ifindex, key->id, key->cipher);
	if (request) {
		request->purpose = STA_KEY;
		request->cookie = key->id | 8;
	}
}

/* A driver may refuse long keys: then the handshake wakes the machine, or fails while it sleeps. */
void nl80211_sta_put_rekey(struct nl80211_sta *sta, const struct plane_rekey *rekey, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_SET_REKEY_OFFLOAD, sta->setup.ifindex);
	struct nlattr *nest = nl80211_nest_begin(request, NL80211_ATTR_REKEY_DATA);
	uint8_t counter[NL80211_REPLAY_CTR_LEN];

	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)(rekey->replay_counter >> (8 * (sizeof(counter) - 1 - i)));
	nl80211_put_bytes(request, NL80211_REKEY_DATA_KEK, rekey->kek, rekey->kek_len);
	nl80211_put_bytes(request, NL80211_REKEY_DATA_KCK, rekey->kck, rekey->kck_len);
	nl80211_put_bytes(request, NL80211_REKEY_DATA_REPLAY_CTR, counter, sizeof(counter));
	nl80211_put_u32(request, NL80211_REKEY_DATA_AKM, nl80211_akm(rekey->akm, rekey->wpa));
	nl80211_nest_end(request, nest);
	if (request)
		request->purpose = STA_IGNORE_ERROR;
}

void nl80211_sta_key_failed(struct nl80211_sta *sta, const struct nl80211_request *request)
{
	bool group = request->cookie & 8;
	struct sta_key_copy *copy = group ? &sta->group[request->cookie & 7] : &sta->pairwise;

	explicit_bzero(copy, sizeof(*copy));
	if (sta->phase == PHASE_ASSOCIATED)
		report_key_failure(sta, group);
}

/* ---- frames ---- */

void nl80211_sta_send_eapol(struct nl80211_sta *sta, struct plane_action *action, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (sta->phase != PHASE_ASSOCIATED)
		return;
	if (sta->control_port) {
		request = nl80211_frame_send_eapol(out, sta->setup.ifindex, action->frame,
						   action->eapol_key == PLANE_EAPOL_CLEAR);
	} else {
		request = nl80211_requests_add_packet(out, sta->setup.ifindex, action->frame);
		action->frame = NULL;
	}
	if (request)
		request->purpose = STA_REPORT_ERROR;
}

void nl80211_sta_send_management(struct nl80211_sta *sta, struct plane_action *action, struct nl80211_requests *out)
{
	const struct frame *frame = action->frame;
	struct nl80211_frame_options options = {.freq_mhz = sta->link.freq_mhz};
	struct nl80211_request *request;

	if (frame->len < DOT11_HDR_MIN + 2 || !sta->linked)
		return;
	if ((le16(frame->data) & FC_SUBTYPE) == MGMT_DEAUTH) {
		nl80211_sta_leave(sta, le16(frame->data + DOT11_HDR_MIN), out);
		return;
	}
	request = nl80211_frame_send(out, sta->setup.ifindex, frame, &options);
	if (request)
		request->purpose = STA_REPORT_ERROR;
}

static const uint8_t *sender_of(const struct nl80211_event *event)
{
	return event->frame.len >= DOT11_HDR_MIN ? event->frame.bytes + DOT11_OFF_ADDR2 : NULL;
}

static void receive_management_event(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	if (sender_of(event))
		nl80211_sta_report(sta, nl80211_frame_read(event));
	else
		nl80211_sta_drop(sta, DROP_TRUNCATED, NULL);
}

static void receive_eapol_event(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	struct frame *frame;

	if (event->ethertype != ETHERTYPE_EAPOL || !event->mac || !event->frame.bytes) {
		nl80211_sta_drop(sta, DROP_EAPOL_UNEXPECTED, event->mac);
		return;
	}
	if (!sta->linked || !mac_equal(event->mac, sta->link.bssid)) {
		nl80211_sta_drop(sta, DROP_OTHER_BSS, event->mac);
		return;
	}
	frame = nl80211_frame_read_eapol(event, sta->setup.addr);
	if (frame)
		nl80211_sta_receive_eapol(sta, frame, !event->unencrypted);
	else
		nl80211_sta_drop(sta, DROP_NO_MEMORY, event->mac);
}

/* ---- events ---- */

void nl80211_sta_query_signal(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_GET_STATION, sta->setup.ifindex);

	nl80211_put_bytes(request, NL80211_ATTR_MAC, sta->link.bssid, MAC_LEN);
	if (request)
		request->purpose = STA_SIGNAL;
}

void nl80211_sta_read_signal(struct nl80211_sta *sta, const struct nl80211_reply *reply)
{
	struct nl80211_event answer;
	struct plane_event *event;

	if (sta->phase != PHASE_ASSOCIATED || !nl80211_reply_event(reply, 0, &answer))
		return;
	if (answer.station.has_signal)
		sta->link.signal_dbm = answer.station.signal_dbm;
	else if (sta->signal_change == PLANE_SIGNAL_SAME)
		return;
	event = nl80211_sta_add_event(sta, PLANE_EVENT_SIGNAL);
	if (event) {
		event->signal_dbm = sta->link.signal_dbm;
		event->tx_kbps = answer.station.tx_kbps;
		event->signal_change = sta->signal_change;
	}
	sta->signal_change = PLANE_SIGNAL_SAME;
}

/* The driver has reported the quality of the link. The report has no average: the station asks for it. */
static void handle_quality(struct nl80211_sta *sta, const struct nl80211_cqm *cqm, struct nl80211_requests *out)
{
	if (cqm->weak || cqm->strong)
		sta->signal_change = cqm->weak ? PLANE_SIGNAL_WEAK : PLANE_SIGNAL_STRONG;
	else if (cqm->beacon_loss)
		sta->signal_change = PLANE_SIGNAL_NO_BEACON;
	nl80211_sta_query_signal(sta, out);
}

void nl80211_sta_signal_timer(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	sta->signal_due_ns = NEVER;
	if (!sta->authorised)
		return;
	sta->signal_due_ns =
		now_ns + (sta->watched && sta->link.signal_dbm > sta->link.watch.weak_dbm ? SIGNAL_SLOW_NS : SIGNAL_NS);
	nl80211_sta_query_signal(sta, out);
}

static void handle_michael(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	struct plane_event *michael = nl80211_sta_add_event(sta, PLANE_EVENT_MICHAEL);

	if (michael)
		michael->group = event->key.type == NL80211_KEYTYPE_GROUP;
}

static void handle_rekeyed(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	struct plane_event *rekeyed;
	uint64_t counter = 0;

	if (!event->mac || !mac_equal(event->mac, sta->link.bssid) || !event->replay_counter.len)
		return;
	for (size_t i = 0; i < event->replay_counter.len; i++)
		counter = counter << 8 | event->replay_counter.bytes[i];
	rekeyed = nl80211_sta_add_event(sta, PLANE_EVENT_REKEYED);
	if (rekeyed)
		rekeyed->replay_counter = counter;
}

/* Has the user allowed the channel? */
static bool may_follow(const struct plane_link *link, uint16_t freq_mhz)
{
	for (size_t i = 0; link->freqs && i < link->freq_count; i++)
		if (link->freqs[i] == freq_mhz)
			return true;
	return !link->freqs;
}

static struct plane_channel channel_of(const struct nl80211_event *event)
{
	return (struct plane_channel){.freq_mhz = event->freq_mhz,
				      .width_mhz = nl80211_width_mhz(event->channel_width),
				      .center_mhz = event->center1_mhz};
}

/* The kernel has followed the access point. On a channel that is not allowed control ends the association. */
static void handle_switch(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	struct plane_event *channel;

	if (!event->freq_mhz || event->freq_mhz == sta->link.freq_mhz)
		return;
	if (!may_follow(&sta->link, event->freq_mhz)) {
		nl80211_sta_add_event(sta, PLANE_EVENT_LOST);
		return;
	}
	sta->link.freq_mhz = event->freq_mhz;
	channel = nl80211_sta_add_event(sta, PLANE_EVENT_CHANNEL);
	if (!channel)
		return;
	channel->freq_mhz = event->freq_mhz;
	channel->channel = channel_of(event);
	channel->acked = true;
}

static void handle_announcement(struct nl80211_sta *sta, const struct nl80211_event *event)
{
	struct plane_event *switching;

	if (!event->freq_mhz || event->freq_mhz == sta->link.freq_mhz || !may_follow(&sta->link, event->freq_mhz))
		return;
	switching = nl80211_sta_add_event(sta, PLANE_EVENT_SWITCHING);
	if (!switching)
		return;
	switching->freq_mhz = event->freq_mhz;
	switching->channel = channel_of(event);
}

void nl80211_sta_link_event(struct nl80211_sta *sta, const struct nl80211_event *event, struct nl80211_requests *out)
{
	if (event->command == NL80211_CMD_CONTROL_PORT_FRAME) {
		receive_eapol_event(sta, event);
		return;
	}
	if (sta->phase != PHASE_ASSOCIATED) {
		if (event->command == NL80211_CMD_FRAME)
			nl80211_sta_drop(sta, DROP_MGMT_UNEXPECTED, sender_of(event));
		return;
	}
	switch (event->command) {
	case NL80211_CMD_FRAME:
		receive_management_event(sta, event);
		break;
	case NL80211_CMD_UNPROT_DEAUTHENTICATE:
	case NL80211_CMD_UNPROT_DISASSOCIATE:
		nl80211_sta_add_event(sta, PLANE_EVENT_SUSPECT);
		break;
	case NL80211_CMD_UNPROT_BEACON:
		nl80211_sta_add_event(sta, PLANE_EVENT_FORGED_BEACON);
		break;
	case NL80211_CMD_MICHAEL_MIC_FAILURE:
		handle_michael(sta, event);
		break;
	case NL80211_CMD_CH_SWITCH_STARTED_NOTIFY:
		handle_announcement(sta, event);
		break;
	case NL80211_CMD_CH_SWITCH_NOTIFY:
		handle_switch(sta, event);
		break;
	case NL80211_CMD_SET_REKEY_OFFLOAD:
		handle_rekeyed(sta, event);
		break;
	case NL80211_CMD_NOTIFY_CQM:
		handle_quality(sta, &event->cqm, out);
		break;
	}
}
