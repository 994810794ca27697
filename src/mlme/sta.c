/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's events: dispatches them to its parts and carries out their outcomes. mlme/sta_state.h lists the parts and
 * the states.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

#define PMKSA_MAX             32
#define STABLE_NS             (10 * SECOND) /* a connection that lasted so long was a success */
#define SHORT_CONNECTIONS_MAX 3
#define AVOID_NS              (10 * SECOND) /* pause of a BSS after a failure; doubles each time */
#define AVOID_MAX_NS          (300 * SECOND)
#define AVOID_WORKED_NS       SECOND /* of a BSS that has worked: a forger may be the cause */

static void add_freq(struct sta *sta, uint16_t freq)
{
	for (size_t i = 0; i < sta->freq_count; i++)
		if (sta->freqs[i] == freq)
			return;
	if (sta->freq_count < STA_CHANNELS_MAX)
		sta->freqs[sta->freq_count++] = freq;
}

/* All channels to scan: of the setup and the networks; without any, 1 to 13. */
static void collect_freqs(struct sta *sta)
{
	for (size_t i = 0; i < STA_CHANNELS_MAX && sta->setup.freqs[i]; i++)
		add_freq(sta, sta->setup.freqs[i]);
	for (size_t network = 0; network < sta->setup.network_count; network++)
		for (size_t i = 0; i < STA_CHANNELS_MAX && sta->setup.networks[network].freqs[i]; i++)
			add_freq(sta, sta->setup.networks[network].freqs[i]);
	for (unsigned channel = 1; !sta->setup.freqs[0] && !sta->freq_count && channel <= 13; channel++)
		sta->freqs[channel - 1] = channel_to_freq(channel);
	if (!sta->freq_count)
		sta->freq_count = 13;
}

struct sta *sta_new(struct crypto *crypto, const struct sta_setup *setup, const uint8_t seed[RANDOM_SEED_LEN])
{
	struct sta *sta = calloc(1, sizeof(*sta));

	if (!sta)
		return NULL;
	sta->crypto = crypto;
	sta->setup = *setup;
	random_init(&sta->random, crypto, seed);
	sta->network_state = calloc(setup->network_count + 1, sizeof(*sta->network_state));
	if (!sta->network_state || pmksa_init(&sta->pmksa, PMKSA_MAX, PMKSA_LIFETIME_NS)) {
		free(sta->network_state);
		free(sta);
		return NULL;
	}
	collect_freqs(sta);
	for (int i = 0; i < STA_TIMERS; i++)
		sta->due_ns[i] = NEVER;
	sta->join_round = 1;
	random_bytes(&sta->random, &sta->seq, sizeof(sta->seq));
	return sta;
}

void sta_free(struct sta *sta)
{
	if (!sta)
		return;
	sta_clear_association(sta);
	pmksa_free(&sta->pmksa);
	bss_table_free(&sta->table);
	tx_queue_free(&sta->tx);
	rx_out_free(&sta->rx);
	frame_list_free(&sta->pending);
	free(sta->network_state);
	crypto_wipe(sta, sizeof(*sta));
	free(sta);
}

void sta_start(struct sta *sta, uint64_t now_ns, struct actions *out)
{
	sta->now_ns = now_ns;
	sta->out = out;
	if (sta->state != STA_STOPPED)
		return;
	sta->failed_rounds = 0;
	sta->scan.empty_scans = 0;
	sta->tuned_mhz = 0;
	for (size_t i = 0; i < sta->table.count; i++) {
		sta->table.at[i].passphrase_failures = 0;
		sta->table.at[i].blocked_until_ns = 0;
	}
	sta_start_scan(sta);
}

void sta_stop(struct sta *sta, uint64_t now_ns, struct actions *out)
{
	bool associated = sta->associated;

	sta->now_ns = now_ns;
	sta->out = out;
	if (sta->state == STA_STOPPED)
		return;
	sta_data_purge(sta, DROP_NOT_CONNECTED);
	if (associated) {
		sta_send_deauth(sta, REASON_LEAVING);
		sta_note(sta, NOTE_DISCONNECTED, REASON_LEAVING);
	}
	sta_clear_association(sta);
	for (int i = 0; i < STA_TIMERS; i++)
		sta->due_ns[i] = NEVER;
	memset(sta->previous_bssid, 0, sizeof(sta->previous_bssid));
	sta->state = STA_STOPPED;
}

static void begin_connection(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);

	if (!entry) /* a flood of beacons has evicted it, or changed its terms */
		entry = bss_keep(&sta->table, &sta->ap);

	if (entry) {
		entry->failures = entry->passphrase_failures = 0;
		entry->avoid_until_ns = 0;
		entry->worked = true;
	}
	sta_roam_end(sta, true);
	sta->peer.authorised = true;
	sta->state = STA_CONNECTED;
	sta->due_ns[STA_TIMER_STATE] = NEVER;
	sta->connected_ns = sta->now_ns;
	mac_copy(sta->previous_bssid, sta->ap.bssid);
	sta->previous_network = sta->network;
	sta_keys_cache_pmksa(sta);
	sta_note(sta, NOTE_CONNECTED, 0);
	sta_link_begin(sta);
	sta_roam_begin(sta);
	sta_power_begin(sta);
	sta_data_send_pending(sta);
}

static void try_next(struct sta *sta)
{
	struct bss *entry = sta_bss_entry(sta);

	if (entry) {
		unsigned doublings = entry->failures < 5 ? entry->failures : 5;
		uint64_t avoid_ns = (entry->worked ? AVOID_WORKED_NS : AVOID_NS) << doublings;

		entry->failures++;
		entry->avoid_until_ns = sta->now_ns + (avoid_ns < AVOID_MAX_NS ? avoid_ns : AVOID_MAX_NS);
		entry->tried_round = sta->join_round;
	}
	sta_roam_end(sta, false);
	sta_clear_association(sta);
	sta_join_best(sta);
}

static void end_connection(struct sta *sta, uint16_t reason, bool ap_lost)
{
	bool stable = sta->now_ns - sta->connected_ns >= STABLE_NS;
	struct bss *entry = sta_bss_entry(sta);

	sta_note(sta, NOTE_DISCONNECTED, reason);
	sta_begin_round(sta);
	if (stable)
		sta->failed_rounds = 0;
	if (entry)
		entry->short_connections = stable ? 0 : entry->short_connections + 1;
	/* It may disconnect us each time: try others first. A few times a forger may be the cause. */
	if (entry && entry->short_connections > SHORT_CONNECTIONS_MAX)
		entry->tried_round = sta->join_round;
	sta_clear_association(sta);
	if (ap_lost)
		bss_lost(&sta->table, sta->ap.bssid);
	if (stable)
		sta_join_best_or_scan(sta);
	else
		sta_join_best(sta);
}

static void carry_out(struct sta *sta, struct sta_outcome outcome)
{
	switch (outcome.kind) {
	case STA_OUTCOME_NONE:
		break;
	case STA_OUTCOME_CONNECTED:
		begin_connection(sta);
		break;
	case STA_OUTCOME_FAILED:
		try_next(sta);
		break;
	case STA_OUTCOME_DISCONNECT:
		end_connection(sta, outcome.reason, false);
		break;
	case STA_OUTCOME_AP_LOST:
		end_connection(sta, outcome.reason, true);
		break;
	}
}

static void receive_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, bool ours)
{
	if (!bss_update(&sta->table, mgmt, meta, sta->now_ns))
		return;
	if (ours && sta->state == STA_CONNECTED && sta_link_beacon(sta, mgmt, meta))
		sta_switch_beacon(sta, mgmt, meta->freq_mhz);
	if (sta->state == STA_CONNECTED)
		sta_roam_beacon(sta);
}

/* A management frame that PMF has accepted. */
static void dispatch_management(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, bool ours)
{
	struct sta_outcome outcome = {0};
	bool expected = ours;

	switch (mgmt->subtype) {
	case MGMT_BEACON:
	case MGMT_PROBE_RESPONSE:
		receive_beacon(sta, mgmt, meta, ours);
		return;
	case MGMT_AUTH:
		expected = ours && sta->state == STA_AUTHENTICATING;
		if (expected)
			outcome = sta_auth_response(sta, mgmt);
		break;
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
		expected = ours && sta->state == STA_ASSOCIATING;
		if (expected)
			outcome = sta_assoc_response(sta, mgmt);
		break;
	case MGMT_DEAUTH:
	case MGMT_DISASSOC:
		expected = ours && sta->state >= STA_ASSOCIATING;
		if (expected)
			outcome = sta_receive_deauth(sta, mgmt);
		break;
	case MGMT_ACTION:
		expected = ours && sta->associated;
		if (expected)
			sta_receive_action(sta, mgmt);
		break;
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
	case MGMT_PROBE_REQUEST:
	case MGMT_ATIM:
	case MGMT_ACTION_NO_ACK:
		expected = false;
		break;
	}
	if (!expected)
		sta_drop(sta, mac_is_group(mgmt->da) && !ours ? DROP_OTHER_BSS : DROP_MGMT_UNEXPECTED, mgmt->sa);
	carry_out(sta, outcome);
}

static bool has_ap(const struct sta *sta)
{
	return sta->state >= STA_AUTHENTICATING && sta->state <= STA_CONNECTED;
}

static bool is_from_our_ap(const struct sta *sta, const uint8_t *hdr)
{
	return has_ap(sta) && mac_equal(hdr + DOT11_OFF_ADDR2, sta->ap.bssid) &&
	       mac_equal(hdr + DOT11_OFF_ADDR3, sta->ap.bssid);
}

/* A retry of a frame that was accepted before. */
static bool is_retry(const struct sta *sta, const uint8_t *hdr)
{
	return (le16(hdr) & FC_RETRY) && sta->last_mgmt_seq == le16(hdr + DOT11_OFF_SEQ) &&
	       !mac_is_group(hdr + DOT11_OFF_ADDR1);
}

static void receive_management(struct sta *sta, struct frame *frame)
{
	const uint8_t *hdr = frame->data;
	enum drop drop = NOT_DROPPED;
	struct mgmt mgmt;
	uint16_t seq;
	uint8_t ta[6];
	bool ours;

	mac_copy(ta, hdr + DOT11_OFF_ADDR2);
	if (!mac_is_group(hdr + DOT11_OFF_ADDR1) && !mac_equal(hdr + DOT11_OFF_ADDR1, sta->setup.addr)) {
		sta_drop(sta, DROP_ADDRESSES, ta);
		return;
	}
	ours = is_from_our_ap(sta, hdr);
	seq = le16(hdr + DOT11_OFF_SEQ);
	if (ours && is_retry(sta, hdr))
		drop = DROP_DUPLICATE;
	else if (ours && sta->associated)
		drop = rx_management(&sta->peer, frame);
	else if (le16(hdr) & FC_PROTECTED)
		drop = DROP_NO_KEY;
	/* A forgery, or the access point has lost our association (11.14). */
	if (drop == DROP_UNPROTECTED && mgmt_parse(&mgmt, frame->data, frame->len) == NOT_DROPPED &&
	    (mgmt.subtype == MGMT_DEAUTH || mgmt.subtype == MGMT_DISASSOC))
		sta_sa_query_begin(sta);
	if (!drop)
		drop = mgmt_parse(&mgmt, frame->data, frame->len);
	if (drop) {
		sta_drop(sta, drop, ta);
		return;
	}
	if (ours && !mac_is_group(mgmt.da))
		sta->last_mgmt_seq = seq;
	dispatch_management(sta, &mgmt, &frame->meta, ours);
}

static bool is_data_frame(const struct frame *frame)
{
	return frame->len >= DOT11_HDR_MIN && dot11_is_data(le16(frame->data)) && !(le16(frame->data) & FC_VERSION);
}

static void receive_other(struct sta *sta, struct frame *frame)
{
	static const uint8_t no_addr[6];

	if (frame->len >= DOT11_HDR_MIN && dot11_is_management(le16(frame->data)) && !(le16(frame->data) & FC_VERSION))
		receive_management(sta, frame);
	else
		sta_drop(sta, frame->len < DOT11_HDR_MIN ? DROP_TRUNCATED : DROP_FRAME_TYPE,
			 frame->len < DOT11_HDR_MIN ? no_addr : frame->data + DOT11_OFF_ADDR2);
	frame_free(frame);
}

/* Returns how many frames it took over. */
static size_t receive_data(struct sta *sta, struct frame **frames, size_t count)
{
	struct sta_outcome outcome;
	size_t run_len = 0, taken;

	while (run_len < count && is_data_frame(frames[run_len]))
		run_len++;
	if (!run_len)
		return 0;
	taken = sta_data_receive(sta, frames, run_len, &outcome);
	carry_out(sta, outcome);
	return taken;
}

void sta_receive(struct sta *sta, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	static const uint8_t no_addr[6];
	size_t i = 0;

	sta->now_ns = now_ns;
	sta->out = out;
	while (i < count) {
		size_t taken;

		if (sta->state == STA_STOPPED) {
			sta_drop(sta, DROP_NOT_CONNECTED, no_addr);
			frame_free(frames[i++]);
			continue;
		}
		taken = receive_data(sta, frames + i, count - i);
		if (!taken)
			receive_other(sta, frames[i]);
		i += taken ? taken : 1;
	}
}

/*
 * Nobody has acknowledged our first authentication request. The BSS was probably invented, if there is another one to
 * try and this one has never worked.
 */
static bool does_not_exist(struct sta *sta)
{
	const struct bss *entry = sta_bss_entry(sta);

	return sta->state == STA_AUTHENTICATING && !sta->tries && !(entry && entry->worked) && sta_has_candidate(sta);
}

void sta_tx_status(struct sta *sta, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum sta_cookie kind = cookie & STA_COOKIE_KIND;

	sta->now_ns = now_ns;
	sta->out = out;
	if (kind == STA_COOKIE_DATA && !acked)
		sta->tx_lost++;
	if (cookie >> 3 != (sta->attempt & UINT32_MAX >> 3) || sta->state == STA_STOPPED)
		return;
	if (kind == STA_COOKIE_JOIN && !acked && does_not_exist(sta)) {
		sta_note(sta, NOTE_SILENT, 0);
		carry_out(sta, (struct sta_outcome){STA_OUTCOME_FAILED, 0});
		return;
	}
	if (kind == STA_COOKIE_JOIN)
		sta_join_tx_status(sta, acked);
	if (sta->state != STA_CONNECTED)
		return;
	carry_out(sta, sta_link_tx_status(sta, kind == STA_COOKIE_POLL, acked));
	if (sta->state == STA_CONNECTED && kind == STA_COOKIE_OFF_CHANNEL)
		sta_roam_tx_status(sta, acked);
	if (sta->state == STA_CONNECTED && (kind == STA_COOKIE_DOZE || kind == STA_COOKIE_POLL))
		sta_power_tx_status(sta, kind == STA_COOKIE_DOZE, acked);
}

uint64_t sta_deadline(const struct sta *sta)
{
	uint64_t wake = NEVER;

	for (int i = 0; i < STA_TIMERS; i++)
		wake = earlier(wake, sta->due_ns[i]);
	return wake;
}

static void run_timer(struct sta *sta, enum sta_timer timer)
{
	switch (timer) {
	case STA_TIMER_STATE:
		if (sta->state == STA_SCANNING)
			sta_scan_timer(sta);
		else if (sta->state == STA_BACKOFF)
			sta_start_scan(sta);
		else
			carry_out(sta, sta_join_timer(sta));
		break;
	case STA_TIMER_RSN:
		carry_out(sta, sta_keys_timer(sta));
		break;
	case STA_TIMER_LINK:
		carry_out(sta, sta_link_timer(sta));
		break;
	case STA_TIMER_SA_QUERY:
		carry_out(sta, sta_sa_query_timer(sta));
		break;
	case STA_TIMER_ROAM:
		sta_roam_timer(sta);
		break;
	case STA_TIMER_POWER:
		sta_power_timer(sta);
		break;
	case STA_TIMER_SWITCH:
		sta_switch_timer(sta);
		break;
	case STA_TIMER_PENDING:
		sta_data_timer(sta);
		break;
	case STA_TIMERS:
		break;
	}
}

void sta_tick(struct sta *sta, uint64_t now_ns, struct actions *out)
{
	sta->now_ns = now_ns;
	sta->out = out;
	for (enum sta_timer timer = 0; timer < STA_TIMERS; timer++) {
		if (sta->due_ns[timer] > now_ns)
			continue;
		sta->due_ns[timer] = NEVER;
		run_timer(sta, timer);
	}
}

void sta_info(const struct sta *sta, struct sta_info *info)
{
	*info = (struct sta_info){.state = sta->state,
				  .pairwise = CIPHER_NONE,
				  .group = CIPHER_NONE,
				  .rx_frames = sta->rx_frames,
				  .rx_bytes = sta->rx_bytes,
				  .tx_frames = sta->tx_frames,
				  .tx_bytes = sta->tx_bytes,
				  .tx_lost = sta->tx_lost};
	if (!has_ap(sta))
		return;
	info->network = sta->network;
	mac_copy(info->bssid, sta->ap.bssid);
	info->freq_mhz = sta->ap.freq_mhz;
	info->signal_dbm = sta->state == STA_CONNECTED ? (int8_t)(sta->link.signal16 / 16) : sta->ap.signal_dbm;
	info->pairwise = sta->terms.suite.pairwise;
	info->group = sta->terms.suite.group;
	info->mfp = sta->terms.mfp;
	if (!sta->associated)
		return;
	info->aid = sta->aid;
	info->qos = sta->peer.qos;
	info->connected_ns = sta->connected_ns;
}

const uint64_t *sta_drops(const struct sta *sta)
{
	return sta->drops;
}
