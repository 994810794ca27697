/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication and association (IEEE 802.11-2016 11.3), and how a link ends.  A request is sent up to TRIES times; the
 * wait for the answer begins when the access point has acknowledged it, for on a busy air it takes long to go out.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define TRIES            3
#define COMEBACKS_MAX    5
#define TX_STATUS_NS     (2 * SECOND)  /* until the radio has told the fate of a request */
#define RESPONSE_NS      (400 * MS)    /* from acknowledgement to answer */
#define RETRY_NS         (20 * MS)     /* after a request that nobody acknowledged */
#define HANDSHAKE_NS     (10 * SECOND) /* from association to message 1: more than its four tries take */
#define STABLE_NS        (10 * SECOND) /* a link that stood so long was a success */
#define AVOID_NS         (10 * SECOND) /* one that it did not work with; twice as long each time */
#define AVOID_MAX_NS     (300 * SECOND)
#define TIMEOUT_COMEBACK 3 /* timeout interval element: association comeback time (Table 9-137) */

static struct bss *table_entry(struct sta *sta)
{
	return bss_find(&sta->table, sta->ap.bssid, sta->ap.ssid, sta->ap.ssid_len);
}

static void send_auth(struct sta *sta, struct actions *out)
{
	struct frame *frame = mgmt_new(MGMT_AUTH, sta->ap.bssid, sta->setup.addr, sta->ap.bssid);

	if (frame &&
	    (mgmt_put_le16(frame, AUTH_OPEN) || mgmt_put_le16(frame, 1) || mgmt_put_le16(frame, STATUS_SUCCESS))) {
		frame_free(frame);
		frame = NULL;
	}
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + TX_STATUS_NS;
	sta_send_management(sta, frame, STA_COOKIE_JOIN, out);
}

/* What we agree to, as our element says it; and the keys that we had with this access point before (rsn/pmksa.h). */
static void write_own_element(struct sta *sta)
{
	const struct bss_terms *terms = &sta->terms;
	const struct sta_network *network = &sta->setup.networks[sta->network];
	bool required = network->pmf == 2;
	const struct pmksa *cached;
	struct rsn_addresses ends;
	struct rsn_element rsne = {.wpa = terms->suite.wpa,
				   .group = terms->suite.group,
				   .group_management = terms->suite.group_management,
				   .pairwise = 1u << terms->suite.pairwise,
				   .akms = 1u << terms->suite.akm,
				   .capabilities = terms->mfp ? RSN_MFPC | (required ? RSN_MFPR : 0) : 0};

	mac_copy(ends.aa, sta->ap.bssid);
	mac_copy(ends.spa, sta->setup.addr);
	cached = pmksa_find(&sta->pmksa, terms->suite.akm, &ends, (struct span){0}, sta->now_ns);
	if (!terms->suite.wpa && cached && crypto_equal(cached->pmk, network->pmk, PMK_LEN))
		rsne.pmkids = (struct span){cached->pmkid, PMKID_LEN};
	sta->own_element_len = terms->kind == BSS_TERMS_RSN ? rsn_element_write(&rsne, sta->own_element) : 0;
}

static bool wants_qos(const struct sta *sta)
{
	return sta->setup.wmm && sta->ap.wmm;
}

static int put_assoc(struct sta *sta, struct frame *frame)
{
	static const uint8_t wmm[] = {0x00, 0x50, 0xf2, 2, 0, 1, 0}; /* information element: no U-APSD */
	uint16_t capability = CAPABILITY_ESS | (sta->terms.kind != BSS_TERMS_OPEN ? CAPABILITY_PRIVACY : 0);
	uint16_t interval = sta->setup.listen_interval ? sta->setup.listen_interval : 1;

	if (sta->ap.freq_mhz < 3000)
		capability |= sta->ap.capability & CAPABILITY_SHORT_SLOT;
	if (mgmt_put_le16(frame, capability) || mgmt_put_le16(frame, interval) ||
	    (sta->reassociation && mgmt_put(frame, sta->previous_bssid, 6)) ||
	    mgmt_put_element(frame, EID_SSID, sta->ap.ssid, sta->ap.ssid_len) ||
	    sta_put_rates(frame, sta->ap.freq_mhz) || mgmt_put(frame, sta->own_element, sta->own_element_len))
		return -1;
	return wants_qos(sta) ? mgmt_put_element(frame, EID_VENDOR, wmm, sizeof wmm) : 0;
}

static void send_assoc(struct sta *sta, struct actions *out)
{
	struct frame *frame = mgmt_new(sta->reassociation ? MGMT_REASSOC_REQUEST : MGMT_ASSOC_REQUEST, sta->ap.bssid,
				       sta->setup.addr, sta->ap.bssid);

	if (frame && put_assoc(sta, frame)) {
		frame_free(frame);
		frame = NULL;
	}
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + TX_STATUS_NS;
	sta_send_management(sta, frame, STA_COOKIE_JOIN, out);
}

/* From the beginning, with the access point in s->ap. */
static void authenticate(struct sta *sta, struct actions *out)
{
	sta->state = STA_AUTHENTICATING;
	sta->attempt++;
	send_auth(sta, out);
}

void sta_join(struct sta *sta, const struct bss *bss, size_t network, struct actions *out)
{
	struct bss *entry;

	sta_clear_association(sta);
	sta->ap = *bss;
	bss_match(&sta->ap, &sta->setup.networks[network], true, &sta->terms);
	sta->network = network;
	sta->tries = sta->comebacks = 0;
	sta->reassociation = network == sta->previous_network && !mac_is_zero(sta->previous_bssid) &&
			     !mac_equal(sta->previous_bssid, sta->ap.bssid);
	entry = table_entry(sta);
	if (entry)
		entry->tried_round = sta->join_round;
	write_own_element(sta);
	sta_tune(sta, sta->ap.freq_mhz, out);
	authenticate(sta, out);
}

void sta_join_tx_status(struct sta *sta, bool acked)
{
	if (sta->state != STA_AUTHENTICATING && sta->state != STA_ASSOCIATING)
		return;
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + (acked ? RESPONSE_NS : sta_jitter(sta, RETRY_NS));
}

void sta_join_timer(struct sta *sta, struct actions *out)
{
	if (sta->state != STA_HANDSHAKE && ++sta->tries < TRIES) {
		if (sta->state == STA_AUTHENTICATING)
			send_auth(sta, out);
		else
			send_assoc(sta, out);
		return;
	}
	sta_note(sta, NOTE_SILENT, 0, out);
	if (sta->state == STA_HANDSHAKE)
		sta_deauthenticate(sta, REASON_4WAY_TIMEOUT, out);
	sta_try_next(sta, out);
}

/* It did not work with this one: notes that, and goes on to the next best. */
void sta_try_next(struct sta *sta, struct actions *out)
{
	struct bss *bss = table_entry(sta);

	if (bss) {
		unsigned doublings = bss->failures < 5 ? bss->failures : 5;
		uint64_t avoid = AVOID_NS << doublings;

		bss->failures++;
		bss->avoid_until_ns = sta->now_ns + (avoid < AVOID_MAX_NS ? avoid : AVOID_MAX_NS);
		bss->tried_round = sta->join_round;
	}
	sta_clear_association(sta);
	sta_join_best(sta, out);
}

static void handle_rejection(struct sta *sta, uint16_t status, struct actions *out)
{
	sta_note(sta, NOTE_REJECTED, status, out);
	sta_try_next(sta, out);
}

void sta_auth_response(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	if (mgmt->algorithm != AUTH_OPEN || mgmt->sequence != 2) {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa, out);
		return;
	}
	if (mgmt->status != STATUS_SUCCESS) {
		handle_rejection(sta, mgmt->status, out);
		return;
	}
	sta_note(sta, NOTE_AUTHENTICATED, 0, out);
	sta->state = STA_ASSOCIATING;
	sta->attempt++;
	sta->tries = 0;
	send_assoc(sta, out);
}

/* "Not now: first I ask the station whose address you have whether it is still there" (11.3.5.3): later again. */
static bool schedule_comeback(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	uint64_t wait_ns;

	if (mgmt->timeout_interval.len != 5 || mgmt->timeout_interval.bytes[0] != TIMEOUT_COMEBACK ||
	    sta->comebacks == COMEBACKS_MAX)
		return false;
	sta->comebacks++;
	sta->tries = 0;
	wait_ns = le32(mgmt->timeout_interval.bytes + 1) * TU;
	wait_ns = wait_ns < 10 * SECOND ? wait_ns : 10 * SECOND;
	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + (wait_ns > 10 * MS ? wait_ns : 10 * MS);
	sta->attempt++; /* the fate of the request that was sent is of no interest */
	sta_note(sta, NOTE_REJECTED, mgmt->status, out);
	return true;
}

/* Old and broken, but a configuration asked for it: the keys are there without a handshake. */
static bool install_wep(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	struct key_params use = {.id = 0};
	size_t len = cipher_key_len(network->wep);

	return group_keys_set(&sta->group_keys, sta->crypto, network->wep, network->wep_key, len, use, true) == 0;
}

static void complete_association(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	struct bss *bss = table_entry(sta);

	peer_init(&sta->peer, false, sta->setup.addr, sta->ap.bssid, sta->ap.bssid, &sta->group_keys);
	sta->associated = true;
	sta->peer.qos = wants_qos(sta) && mgmt->wmm;
	sta->peer.mfp = sta->terms.mfp;
	sta->peer.rsn = sta->terms.kind == BSS_TERMS_RSN;
	sta->peer.fragment_body_max = sta->setup.fragment_threshold;
	sta->aid = mgmt->aid;
	sta->attempt++;
	if (bss)
		bss->heard_ns = sta->now_ns;
	sta_note(sta, NOTE_ASSOCIATED, 0, out);
	if (sta->terms.kind == BSS_TERMS_RSN) {
		sta->state = STA_HANDSHAKE;
		sta->due_ns[STA_TIMER_STATE] = sta->now_ns + HANDSHAKE_NS;
		sta_keys_setup(sta);
		return;
	}
	if (sta->terms.kind == BSS_TERMS_WEP && !install_wep(sta)) {
		sta_deauthenticate(sta, REASON_UNSPECIFIED, out);
		sta_try_next(sta, out);
		return;
	}
	sta->peer.authorised = true;
	sta_connected(sta, out);
}

void sta_assoc_response(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	if ((mgmt->subtype == MGMT_REASSOC_RESPONSE) != sta->reassociation) {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa, out);
		return;
	}
	if (mgmt->status == STATUS_REFUSED_TEMPORARILY && schedule_comeback(sta, mgmt, out))
		return;
	if (mgmt->status == STATUS_NO_ASSOC && sta->reassociation) {
		/* It cannot move an association that it cannot find: then a new one. */
		sta->reassociation = false;
		sta->attempt++;
		send_assoc(sta, out);
		return;
	}
	if (mgmt->status != STATUS_SUCCESS)
		handle_rejection(sta, mgmt->status, out);
	else if (!mgmt->aid || mgmt->aid > 2007)
		handle_rejection(sta, STATUS_UNSPECIFIED, out);
	else
		complete_association(sta, mgmt, out);
}

void sta_connected(struct sta *sta, struct actions *out)
{
	struct bss *bss = table_entry(sta);

	if (bss) {
		bss->failures = 0;
		bss->avoid_until_ns = 0;
	}
	sta->state = STA_CONNECTED;
	sta->due_ns[STA_TIMER_STATE] = NEVER;
	sta->connected_ns = sta->now_ns;
	sta->network_state[sta->network].passphrase_failures = 0;
	mac_copy(sta->previous_bssid, sta->ap.bssid);
	sta->previous_network = sta->network;
	sta_keys_cache_pmksa(sta);
	sta_note(sta, NOTE_CONNECTED, 0, out);
	sta_link_begin(sta);
	sta_roam_begin(sta);
	sta_power_begin(sta);
	sta_data_send_pending(sta, out);
}

void sta_clear_association(struct sta *sta)
{
	for (int i = 0; i < STA_TIMERS; i++)
		if (i != STA_TIMER_PENDING)
			sta->due_ns[i] = NEVER;
	supplicant_wipe(&sta->supplicant);
	peer_wipe(&sta->peer);
	group_keys_wipe(&sta->group_keys);
	sta->associated = false;
	sta->roam.state = ROAM_IDLE;
	sta->channel_switch.state = SWITCH_NONE;
	sta->last_mgmt_seq = PEER_SEQ_CONTROL_NONE;
	sta->power.state = POWER_AWAKE;
	sta->attempt++;
}

void sta_deauthenticate(struct sta *sta, uint16_t reason, struct actions *out)
{
	struct frame *frame = mgmt_new(MGMT_DEAUTH, sta->ap.bssid, sta->setup.addr, sta->ap.bssid);

	if (frame && mgmt_put_le16(frame, reason)) {
		frame_free(frame);
		frame = NULL;
	}
	sta_tune(sta, sta->ap.freq_mhz, out);
	sta_send_management(sta, frame, STA_COOKIE_NONE, out);
}

void sta_disconnect(struct sta *sta, uint16_t reason, bool ap_gone, struct actions *out)
{
	bool stable = sta->now_ns - sta->connected_ns >= STABLE_NS;
	struct bss *bss = table_entry(sta);

	sta_note(sta, NOTE_DISCONNECTED, reason, out);
	sta->join_round++;
	if (stable) {
		sta->failed_rounds = 0;
	} else if (bss) {
		bss->tried_round = sta->join_round; /* it throws us out each time: not at once again */
	}
	sta_clear_association(sta);
	if (ap_gone)
		bss_remove(&sta->table, sta->ap.bssid);
	if (stable)
		sta_join_best_or_scan(sta, out);
	else
		sta_join_best(sta, out);
}

void sta_receive_deauth(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	struct bss *bss = table_entry(sta);

	if (bss)
		bss->heard_ns = sta->now_ns;
	if (sta->state == STA_HANDSHAKE) {
		sta_keys_deauth(sta, mgmt->reason, out);
	} else if (sta->state == STA_CONNECTED) {
		sta_disconnect(sta, mgmt->reason, false, out);
	} else if (++sta->tries < TRIES) {
		/* It has forgotten that we are authenticated; or this was for what we sent before that. */
		authenticate(sta, out);
	} else {
		handle_rejection(sta, STATUS_UNSPECIFIED, out);
	}
}
