/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the parts work together stands in mlme/sta_state.h. */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

#define PMKSA_MAX 32

static void add_freq(struct sta *sta, uint16_t freq)
{
	for (size_t i = 0; i < sta->freq_count; i++)
		if (sta->freqs[i] == freq)
			return;
	if (sta->freq_count < STA_CHANNELS_MAX)
		sta->freqs[sta->freq_count++] = freq;
}

/* All channels that are to be listened to: the setup's, those of the networks, else 1 to 13. */
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
	struct sta *sta = calloc(1, sizeof *sta);

	if (!sta)
		return NULL;
	sta->crypto = crypto;
	sta->setup = *setup;
	random_init(&sta->random, crypto, seed);
	sta->network_state = calloc(setup->network_count + 1, sizeof *sta->network_state);
	if (!sta->network_state || pmksa_init(&sta->pmksa, PMKSA_MAX, PMKSA_LIFETIME_NS)) {
		free(sta->network_state);
		free(sta);
		return NULL;
	}
	collect_freqs(sta);
	for (int i = 0; i < STA_TIMERS; i++)
		sta->due_ns[i] = NEVER;
	sta->join_round = 1;
	random_bytes(&sta->random, &sta->seq, sizeof sta->seq);
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
	crypto_wipe(sta, sizeof *sta);
	free(sta);
}

void sta_drop(struct sta *sta, enum drop drop, const uint8_t *addr, struct actions *out)
{
	struct action *action = actions_add(out, ACTION_DROP);

	sta->drops[drop]++;
	if (!action)
		return;
	action->drop = drop;
	mac_copy(action->addr, addr);
}

/* Names are bytes, mostly text: what is none is written as \xNN. */
void sta_ssid_text(char *text, size_t room, const uint8_t *ssid, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t pos = 0;

	for (size_t i = 0; i < len && pos + 5 < room; i++) {
		if (ssid[i] >= 0x20 && ssid[i] < 0x7f && ssid[i] != '\\') {
			text[pos++] = (char)ssid[i];
			continue;
		}
		text[pos++] = '\\';
		text[pos++] = 'x';
		text[pos++] = digits[ssid[i] >> 4];
		text[pos++] = digits[ssid[i] & 15];
	}
	text[pos] = 0;
}

/* A note about the access point that we are with; NULL: no memory. */
struct action *sta_note(struct sta *sta, enum note note, uint16_t code, struct actions *out)
{
	struct action *action = actions_add(out, ACTION_NOTE);

	if (!action)
		return NULL;
	action->note = note;
	action->code = code;
	mac_copy(action->addr, sta->ap.bssid);
	sta_ssid_text(action->detail, sizeof action->detail, sta->ap.ssid, sta->ap.ssid_len);
	return action;
}

void sta_tune(struct sta *sta, uint16_t freq, struct actions *out)
{
	struct action *action = sta->tuned_mhz == freq ? NULL : actions_add(out, ACTION_TUNE);

	if (action)
		action->freq = sta->tuned_mhz = freq;
}

uint32_t sta_cookie(const struct sta *sta, enum sta_cookie kind)
{
	return kind == STA_COOKIE_NONE ? 0 : sta->attempt << 3 | kind;
}

uint64_t sta_jitter(struct sta *sta, uint64_t ns)
{
	return ns / 4 * 3 + (ns / 2 / 1024) * random_below(&sta->random, 1024);
}

void sta_flush(struct sta *sta, struct actions *out)
{
	tx_queue_seal(&sta->tx);
	for (size_t i = 0; i < sta->tx.count; i++) {
		struct tx_mpdu *mpdu = &sta->tx.mpdus[i];
		struct action *action = mpdu->drop ? NULL : actions_add(out, ACTION_TRANSMIT);

		if (!action) {
			sta_drop(sta, mpdu->drop ? mpdu->drop : DROP_NO_MEMORY, sta->ap.bssid, out);
			continue;
		}
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = sta->tuned_mhz;
		mpdu->frame = NULL;
	}
	tx_queue_clear(&sta->tx);
}

void sta_send_management(struct sta *sta, struct frame *frame, enum sta_cookie kind, struct actions *out)
{
	struct tx_options options = {.cookie = sta_cookie(sta, kind),
				     .power_save = sta->associated && sta_power_pm_bit(sta)};
	enum drop drop = DROP_NO_MEMORY;

	if (frame)
		drop = tx_management(&sta->tx, sta->associated ? &sta->peer : NULL, frame, &sta->seq, &options);
	if (drop)
		sta_drop(sta, drop, sta->ap.bssid, out);
	sta_flush(sta, out);
}

void sta_send_null(struct sta *sta, enum sta_cookie kind, bool dozing, struct actions *out)
{
	struct tx_options options = {.cookie = sta_cookie(sta, kind), .power_save = dozing};
	enum drop drop = tx_null(&sta->tx, &sta->peer, &options);

	if (drop)
		sta_drop(sta, drop, sta->ap.bssid, out);
	sta_flush(sta, out);
}

void sta_start(struct sta *sta, uint64_t now_ns, struct actions *out)
{
	sta->now_ns = now_ns;
	if (sta->state != STA_STOPPED)
		return;
	sta->failed_rounds = 0;
	sta->scan.empty_scans = 0;
	sta->tuned_mhz = 0;
	for (size_t i = 0; i < sta->setup.network_count; i++)
		sta->network_state[i].passphrase_failures = 0, sta->network_state[i].blocked_until_ns = 0;
	sta_start_scan(sta, out);
}

void sta_stop(struct sta *sta, uint64_t now_ns, struct actions *out)
{
	bool associated = sta->associated;

	sta->now_ns = now_ns;
	if (sta->state == STA_STOPPED)
		return;
	sta_data_purge(sta, DROP_NOT_CONNECTED, out);
	if (associated) {
		sta_deauthenticate(sta, REASON_LEAVING, out);
		sta_note(sta, NOTE_DISCONNECTED, REASON_LEAVING, out);
	}
	sta_clear_association(sta);
	for (int i = 0; i < STA_TIMERS; i++)
		sta->due_ns[i] = NEVER;
	memset(sta->previous_bssid, 0, sizeof sta->previous_bssid);
	sta->state = STA_STOPPED;
}

static void receive_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, bool ours,
			   struct actions *out)
{
	if (!bss_update(&sta->table, mgmt, meta, sta->now_ns))
		return;
	if (ours && sta->state == STA_CONNECTED)
		sta_link_beacon(sta, mgmt, meta, out);
	if (sta->state == STA_CONNECTED)
		sta_roam_beacon(sta, out);
}

/* A management frame that may be read: PMF has let it pass. */
static void dispatch_management(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, bool ours,
				struct actions *out)
{
	bool expected = ours;

	switch (mgmt->subtype) {
	case MGMT_BEACON:
	case MGMT_PROBE_RESPONSE:
		receive_beacon(sta, mgmt, meta, ours, out);
		return;
	case MGMT_AUTH:
		expected = ours && sta->state == STA_AUTHENTICATING;
		if (expected)
			sta_auth_response(sta, mgmt, out);
		break;
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
		expected = ours && sta->state == STA_ASSOCIATING;
		if (expected)
			sta_assoc_response(sta, mgmt, out);
		break;
	case MGMT_DEAUTH:
	case MGMT_DISASSOC:
		expected = ours && sta->state >= STA_ASSOCIATING;
		if (expected)
			sta_receive_deauth(sta, mgmt, out);
		break;
	case MGMT_ACTION:
		expected = ours && sta->associated;
		if (expected)
			sta_receive_action(sta, mgmt, out);
		break;
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
	case MGMT_PROBE_REQUEST:
	case MGMT_ATIM:
	case MGMT_ACTION_NO_ACK:
		expected = false;
		break;
	}
	/* What others say to everybody is normal on a channel with neighbours. */
	if (!expected)
		sta_drop(sta, mac_is_group(mgmt->da) && !ours ? DROP_OTHER_BSS : DROP_MGMT_UNEXPECTED, mgmt->sa, out);
}

/* Is there somebody that the frame may be from, in a state with an access point? */
static bool is_from_our_ap(const struct sta *sta, const uint8_t *hdr)
{
	bool has_ap = sta->state >= STA_AUTHENTICATING && sta->state <= STA_CONNECTED;

	return has_ap && mac_equal(hdr + DOT11_OFF_ADDR2, sta->ap.bssid) &&
	       mac_equal(hdr + DOT11_OFF_ADDR3, sta->ap.bssid);
}

/* Retries of what has been heard; only what is believed counts as heard. */
static bool is_retry(const struct sta *sta, const uint8_t *hdr)
{
	return (le16(hdr) & FC_RETRY) && sta->last_mgmt_seq == le16(hdr + DOT11_OFF_SEQ) &&
	       !mac_is_group(hdr + DOT11_OFF_ADDR1);
}

static void receive_management(struct sta *sta, struct frame *frame, struct actions *out)
{
	const uint8_t *hdr = frame->data;
	enum drop drop = NOT_DROPPED;
	struct mgmt mgmt;
	uint16_t seq;
	uint8_t ta[6];
	bool ours;

	mac_copy(ta, hdr + DOT11_OFF_ADDR2);
	if (!mac_is_group(hdr + DOT11_OFF_ADDR1) && !mac_equal(hdr + DOT11_OFF_ADDR1, sta->setup.addr)) {
		sta_drop(sta, DROP_ADDRESSES, ta, out);
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
	/* Somebody without keys says goodbye: a forger, or the access point has forgotten us (11.14). */
	if (drop == DROP_UNPROTECTED && (mgmt_parse(&mgmt, frame->data, frame->len) == NOT_DROPPED) &&
	    (mgmt.subtype == MGMT_DEAUTH || mgmt.subtype == MGMT_DISASSOC))
		sta_sa_query_begin(sta, out);
	if (!drop)
		drop = mgmt_parse(&mgmt, frame->data, frame->len);
	if (drop)
		sta_drop(sta, drop, ta, out);
	if (!drop && ours && !mac_is_group(mgmt.da))
		sta->last_mgmt_seq = seq;
	if (!drop)
		dispatch_management(sta, &mgmt, &frame->meta, ours, out);
}

static bool is_data_frame(const struct frame *frame)
{
	return frame->len >= DOT11_HDR_MIN && dot11_is_data(le16(frame->data)) && !(le16(frame->data) & FC_VERSION);
}

static void receive_other(struct sta *sta, struct frame *frame, struct actions *out)
{
	static const uint8_t no_addr[6];

	if (frame->len >= DOT11_HDR_MIN && dot11_is_management(le16(frame->data)) && !(le16(frame->data) & FC_VERSION))
		receive_management(sta, frame, out);
	else
		sta_drop(sta, frame->len < DOT11_HDR_MIN ? DROP_TRUNCATED : DROP_FRAME_TYPE,
			 frame->len < DOT11_HDR_MIN ? no_addr : frame->data + DOT11_OFF_ADDR2, out);
	frame_free(frame);
}

void sta_receive(struct sta *sta, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	static const uint8_t no_addr[6];
	size_t i = 0, run_len;

	sta->now_ns = now_ns;
	while (i < count) {
		if (sta->state == STA_STOPPED) {
			sta_drop(sta, DROP_NOT_CONNECTED, no_addr, out);
			frame_free(frames[i++]);
			continue;
		}
		for (run_len = 0; i + run_len < count && is_data_frame(frames[i + run_len]); run_len++)
			;
		if (run_len)
			sta_data_receive(sta, frames + i, run_len, out);
		else
			receive_other(sta, frames[i], out);
		i += run_len ? run_len : 1;
	}
}

void sta_tx_status(struct sta *sta, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum sta_cookie kind = cookie & STA_COOKIE_KIND;

	sta->now_ns = now_ns;
	if (kind == STA_COOKIE_DATA && !acked)
		sta->tx_lost++;
	if (cookie >> 3 != (sta->attempt & UINT32_MAX >> 3) || sta->state == STA_STOPPED)
		return;
	if (kind == STA_COOKIE_JOIN)
		sta_join_tx_status(sta, acked);
	if (sta->state != STA_CONNECTED)
		return;
	sta_link_tx_status(sta, kind == STA_COOKIE_POLL, acked, out);
	if (sta->state == STA_CONNECTED && kind == STA_COOKIE_OFF_CHANNEL)
		sta_roam_tx_status(sta, acked, out);
	if (sta->state == STA_CONNECTED && (kind == STA_COOKIE_DOZE || kind == STA_COOKIE_POLL))
		sta_power_tx_status(sta, kind == STA_COOKIE_DOZE, acked, out);
}

uint64_t sta_deadline(const struct sta *sta)
{
	uint64_t wake = NEVER;

	for (int i = 0; i < STA_TIMERS; i++)
		wake = sta->due_ns[i] < wake ? sta->due_ns[i] : wake;
	return wake;
}

static void run_timer(struct sta *sta, enum sta_timer timer, struct actions *out)
{
	switch (timer) {
	case STA_TIMER_STATE:
		if (sta->state == STA_SCANNING)
			sta_scan_timer(sta, out);
		else if (sta->state == STA_BACKOFF)
			sta_start_scan(sta, out);
		else
			sta_join_timer(sta, out);
		break;
	case STA_TIMER_RSN:
		sta_keys_timer(sta, out);
		break;
	case STA_TIMER_LINK:
		sta_link_timer(sta, out);
		break;
	case STA_TIMER_SA_QUERY:
		sta_sa_query_timer(sta, out);
		break;
	case STA_TIMER_ROAM:
		sta_roam_timer(sta, out);
		break;
	case STA_TIMER_POWER:
		sta_power_timer(sta, out);
		break;
	case STA_TIMER_SWITCH:
		sta_switch_timer(sta, out);
		break;
	case STA_TIMER_PENDING:
		sta_data_timer(sta, out);
		break;
	case STA_TIMERS:
		break;
	}
}

void sta_tick(struct sta *sta, uint64_t now_ns, struct actions *out)
{
	sta->now_ns = now_ns;
	for (enum sta_timer timer = 0; timer < STA_TIMERS; timer++) {
		if (sta->due_ns[timer] > now_ns)
			continue;
		sta->due_ns[timer] = NEVER;
		run_timer(sta, timer, out);
	}
}

void sta_info(const struct sta *sta, struct sta_info *info)
{
	bool has_ap = sta->state >= STA_AUTHENTICATING && sta->state <= STA_CONNECTED;

	*info = (struct sta_info){.state = sta->state,
				  .pairwise = CIPHER_NONE,
				  .group = CIPHER_NONE,
				  .rx_frames = sta->rx_frames,
				  .rx_bytes = sta->rx_bytes,
				  .tx_frames = sta->tx_frames,
				  .tx_bytes = sta->tx_bytes,
				  .tx_lost = sta->tx_lost};
	if (!has_ap)
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
