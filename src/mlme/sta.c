/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the parts work together stands in mlme/sta_state.h. */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

#define PMKSA_ROOM 32

static void add_freq(struct sta *s, uint16_t freq)
{
	for (size_t i = 0; i < s->freq_count; i++)
		if (s->freqs[i] == freq)
			return;
	if (s->freq_count < STA_CHANNELS_MAX)
		s->freqs[s->freq_count++] = freq;
}

/* All channels that are to be listened to: the setup's, those of the networks, else 1 to 13. */
static void collect_freqs(struct sta *s)
{
	for (size_t i = 0; i < STA_CHANNELS_MAX && s->setup.freqs[i]; i++)
		add_freq(s, s->setup.freqs[i]);
	for (size_t n = 0; n < s->setup.network_count; n++)
		for (size_t i = 0; i < STA_CHANNELS_MAX && s->setup.networks[n].freqs[i]; i++)
			add_freq(s, s->setup.networks[n].freqs[i]);
	for (unsigned channel = 1; !s->setup.freqs[0] && !s->freq_count && channel <= 13; channel++)
		s->freqs[channel - 1] = channel_freq(channel);
	if (!s->freq_count)
		s->freq_count = 13;
}

struct sta *sta_new(struct crypto *c, const struct sta_setup *setup, const uint8_t seed[RANDOM_SEED])
{
	struct sta *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->crypto = c;
	s->setup = *setup;
	random_init(&s->random, c, seed);
	s->memory = calloc(setup->network_count + 1, sizeof *s->memory);
	if (!s->memory || pmksa_init(&s->pmksa, PMKSA_ROOM, PMKSA_LIFETIME_NS)) {
		free(s->memory);
		free(s);
		return NULL;
	}
	collect_freqs(s);
	for (int i = 0; i < STA_TIMERS; i++)
		s->due[i] = NEVER;
	s->round = 1;
	random_bytes(&s->random, &s->seq, sizeof s->seq);
	return s;
}

void sta_free(struct sta *s)
{
	if (!s)
		return;
	sta_unlink(s);
	pmksa_free(&s->pmksa);
	bss_free(&s->table);
	tx_queue_free(&s->tx);
	rx_out_free(&s->rx);
	frames_free(&s->waiting);
	free(s->memory);
	crypto_wipe(s, sizeof *s);
	free(s);
}

void sta_drop(struct sta *s, enum drop d, const uint8_t *addr, struct actions *out)
{
	struct action *a = actions_add(out, ACTION_DROP);

	s->drops[d]++;
	if (!a)
		return;
	a->drop = d;
	mac_copy(a->addr, addr);
}

/* Names are bytes, mostly text: what is none is written as \xNN. */
void sta_ssid_text(char *to, size_t room, const uint8_t *ssid, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < len && at + 5 < room; i++) {
		if (ssid[i] >= 0x20 && ssid[i] < 0x7f && ssid[i] != '\\') {
			to[at++] = (char)ssid[i];
			continue;
		}
		to[at++] = '\\';
		to[at++] = 'x';
		to[at++] = digits[ssid[i] >> 4];
		to[at++] = digits[ssid[i] & 15];
	}
	to[at] = 0;
}

/* A note about the access point that we are with; NULL: no memory. */
struct action *sta_note(struct sta *s, enum note n, uint16_t code, struct actions *out)
{
	struct action *a = actions_add(out, ACTION_NOTE);

	if (!a)
		return NULL;
	a->note = n;
	a->code = code;
	mac_copy(a->addr, s->ap.bssid);
	sta_ssid_text(a->about, sizeof a->about, s->ap.ssid, s->ap.ssid_len);
	return a;
}

void sta_tune(struct sta *s, uint16_t freq, struct actions *out)
{
	struct action *a = s->tuned == freq ? NULL : actions_add(out, ACTION_TUNE);

	if (a)
		a->freq = s->tuned = freq;
}

uint32_t sta_cookie(const struct sta *s, enum sta_cookie kind)
{
	return kind == COOKIE_NONE ? 0 : s->attempt << 3 | kind;
}

uint64_t sta_jitter(struct sta *s, uint64_t ns)
{
	return ns / 4 * 3 + (ns / 2 / 1024) * random_below(&s->random, 1024);
}

void sta_flush(struct sta *s, struct actions *out)
{
	tx_finish(&s->tx);
	for (size_t i = 0; i < s->tx.count; i++) {
		struct tx_mpdu *m = &s->tx.mpdu[i];
		struct action *a = m->drop ? NULL : actions_add(out, ACTION_TRANSMIT);

		if (!a) {
			sta_drop(s, m->drop ? m->drop : DROP_NO_MEMORY, s->ap.bssid, out);
			continue;
		}
		a->frame = m->frame;
		a->cookie = m->cookie;
		a->freq = s->tuned;
		m->frame = NULL;
	}
	tx_queue_clear(&s->tx);
}

void sta_send_management(struct sta *s, struct frame *f, enum sta_cookie kind, struct actions *out)
{
	struct tx_how how = {.cookie = sta_cookie(s, kind), .power_save = s->peer_alive && sta_power_bit(s)};
	enum drop d = DROP_NO_MEMORY;

	if (f)
		d = tx_management(&s->tx, s->peer_alive ? &s->peer : NULL, f, &s->seq, &how);
	if (d)
		sta_drop(s, d, s->ap.bssid, out);
	sta_flush(s, out);
}

void sta_send_null(struct sta *s, enum sta_cookie kind, bool dozing, struct actions *out)
{
	struct tx_how how = {.cookie = sta_cookie(s, kind), .power_save = dozing};
	enum drop d = tx_null(&s->tx, &s->peer, &how);

	if (d)
		sta_drop(s, d, s->ap.bssid, out);
	sta_flush(s, out);
}

void sta_start(struct sta *s, uint64_t now_ns, struct actions *out)
{
	s->now_ns = now_ns;
	if (s->state != STA_STOPPED)
		return;
	s->failures = 0;
	s->scan.empty = 0;
	s->tuned = 0;
	for (size_t i = 0; i < s->setup.network_count; i++)
		s->memory[i].refusals = 0, s->memory[i].resting_ns = 0;
	sta_scan(s, out);
}

void sta_stop(struct sta *s, uint64_t now_ns, struct actions *out)
{
	bool linked = s->peer_alive;

	s->now_ns = now_ns;
	if (s->state == STA_STOPPED)
		return;
	sta_data_purge(s, DROP_NOT_CONNECTED, out);
	if (linked) {
		sta_deauthenticate(s, REASON_LEAVING, out);
		sta_note(s, NOTE_DISCONNECTED, REASON_LEAVING, out);
	}
	sta_unlink(s);
	for (int i = 0; i < STA_TIMERS; i++)
		s->due[i] = NEVER;
	memset(s->previous, 0, sizeof s->previous);
	s->state = STA_STOPPED;
}

static void heard_network(struct sta *s, const struct mgmt *m, const struct frame_meta *meta, bool ours,
			  struct actions *out)
{
	if (!bss_hear(&s->table, m, meta, s->now_ns))
		return;
	if (ours && s->state == STA_CONNECTED)
		sta_link_beacon(s, m, meta, out);
	if (s->state == STA_CONNECTED)
		sta_roam_heard(s, out);
}

/* A management frame that may be read: PMF has let it pass. */
static void management(struct sta *s, const struct mgmt *m, const struct frame_meta *meta, bool ours,
		       struct actions *out)
{
	bool expected = ours;

	switch (m->subtype) {
	case MGMT_BEACON:
	case MGMT_PROBE_RESPONSE:
		heard_network(s, m, meta, ours, out);
		return;
	case MGMT_AUTH:
		expected = ours && s->state == STA_AUTHENTICATING;
		if (expected)
			sta_auth_response(s, m, out);
		break;
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
		expected = ours && s->state == STA_ASSOCIATING;
		if (expected)
			sta_assoc_response(s, m, out);
		break;
	case MGMT_DEAUTH:
	case MGMT_DISASSOC:
		expected = ours && s->state >= STA_ASSOCIATING;
		if (expected)
			sta_hung_up(s, m, out);
		break;
	case MGMT_ACTION:
		expected = ours && s->peer_alive;
		if (expected)
			sta_action(s, m, out);
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
		sta_drop(s, mac_is_group(m->da) && !ours ? DROP_OTHER_BSS : DROP_MGMT_UNEXPECTED, m->sa, out);
}

/* Is there somebody that the frame may be from, in a state with an access point? */
static bool from_ours(const struct sta *s, const uint8_t *hdr)
{
	bool somebody = s->state >= STA_AUTHENTICATING && s->state <= STA_CONNECTED;

	return somebody && mac_equal(hdr + DOT11_ADDR2, s->ap.bssid) && mac_equal(hdr + DOT11_ADDR3, s->ap.bssid);
}

/* Retries of what has been heard; only what is believed counts as heard. */
static bool is_retry(const struct sta *s, const uint8_t *hdr)
{
	return (le16(hdr) & FC_RETRY) && s->mgmt_seen == le16(hdr + DOT11_SEQ) && !mac_is_group(hdr + DOT11_ADDR1);
}

static void receive_management(struct sta *s, struct frame *f, struct actions *out)
{
	const uint8_t *hdr = f->data;
	enum drop d = NOT_DROPPED;
	struct mgmt m;
	uint16_t control;
	uint8_t from[6];
	bool ours;

	mac_copy(from, hdr + DOT11_ADDR2);
	if (!mac_is_group(hdr + DOT11_ADDR1) && !mac_equal(hdr + DOT11_ADDR1, s->setup.addr)) {
		sta_drop(s, DROP_ADDRESSES, from, out);
		return;
	}
	ours = from_ours(s, hdr);
	control = le16(hdr + DOT11_SEQ);
	if (ours && is_retry(s, hdr))
		d = DROP_DUPLICATE;
	else if (ours && s->peer_alive)
		d = rx_management(&s->peer, f);
	else if (le16(hdr) & FC_PROTECTED)
		d = DROP_NO_KEY;
	/* Somebody without keys says goodbye: a forger, or the access point has forgotten us (11.14). */
	if (d == DROP_UNPROTECTED && (mgmt_parse(&m, f->data, f->len) == NOT_DROPPED) &&
	    (m.subtype == MGMT_DEAUTH || m.subtype == MGMT_DISASSOC))
		sta_sa_query(s, out);
	if (!d)
		d = mgmt_parse(&m, f->data, f->len);
	if (d)
		sta_drop(s, d, from, out);
	if (!d && ours && !mac_is_group(m.da))
		s->mgmt_seen = control;
	if (!d)
		management(s, &m, &f->meta, ours, out);
}

static bool is_data(const struct frame *f)
{
	return f->len >= DOT11_HDR_MIN && dot11_is_data(le16(f->data)) && !(le16(f->data) & FC_VERSION);
}

static void receive_other(struct sta *s, struct frame *f, struct actions *out)
{
	static const uint8_t nobody[6];

	if (f->len >= DOT11_HDR_MIN && dot11_is_management(le16(f->data)) && !(le16(f->data) & FC_VERSION))
		receive_management(s, f, out);
	else
		sta_drop(s, f->len < DOT11_HDR_MIN ? DROP_TRUNCATED : DROP_FRAME_TYPE,
			 f->len < DOT11_HDR_MIN ? nobody : f->data + DOT11_ADDR2, out);
	frame_free(f);
}

void sta_receive(struct sta *s, struct frame **f, size_t n, uint64_t now_ns, struct actions *out)
{
	static const uint8_t nobody[6];
	size_t i = 0, run;

	s->now_ns = now_ns;
	while (i < n) {
		if (s->state == STA_STOPPED) {
			sta_drop(s, DROP_NOT_CONNECTED, nobody, out);
			frame_free(f[i++]);
			continue;
		}
		for (run = 0; i + run < n && is_data(f[i + run]); run++)
			;
		if (run)
			sta_data_receive(s, f + i, run, out);
		else
			receive_other(s, f[i], out);
		i += run ? run : 1;
	}
}

void sta_status(struct sta *s, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum sta_cookie kind = cookie & COOKIE_KIND;

	s->now_ns = now_ns;
	if (kind == COOKIE_DATA && !acked)
		s->tx_lost++;
	if (cookie >> 3 != (s->attempt & UINT32_MAX >> 3) || s->state == STA_STOPPED)
		return;
	if (kind == COOKIE_JOIN)
		sta_join_status(s, acked);
	if (s->state != STA_CONNECTED)
		return;
	sta_link_status(s, kind == COOKIE_POLL, acked, out);
	if (s->state == STA_CONNECTED && kind == COOKIE_LEAVE)
		sta_roam_status(s, acked, out);
	if (s->state == STA_CONNECTED && (kind == COOKIE_DOZE || kind == COOKIE_POLL))
		sta_power_status(s, kind == COOKIE_DOZE, acked, out);
}

uint64_t sta_wake(const struct sta *s)
{
	uint64_t wake = NEVER;

	for (int i = 0; i < STA_TIMERS; i++)
		wake = s->due[i] < wake ? s->due[i] : wake;
	return wake;
}

static void fire(struct sta *s, enum sta_timer t, struct actions *out)
{
	switch (t) {
	case TIMER_STATE:
		if (s->state == STA_SCANNING)
			sta_scan_timer(s, out);
		else if (s->state == STA_WAITING)
			sta_scan(s, out);
		else
			sta_join_timer(s, out);
		break;
	case TIMER_RSN:
		sta_keys_timer(s, out);
		break;
	case TIMER_LINK:
		sta_link_timer(s, out);
		break;
	case TIMER_SA_QUERY:
		sta_sa_query_timer(s, out);
		break;
	case TIMER_ROAM:
		sta_roam_timer(s, out);
		break;
	case TIMER_POWER:
		sta_power_timer(s, out);
		break;
	case TIMER_SWITCH:
		sta_switch_timer(s, out);
		break;
	case TIMER_QUEUE:
		sta_data_timer(s, out);
		break;
	case STA_TIMERS:
		break;
	}
}

void sta_tick(struct sta *s, uint64_t now_ns, struct actions *out)
{
	s->now_ns = now_ns;
	for (enum sta_timer t = 0; t < STA_TIMERS; t++) {
		if (s->due[t] > now_ns)
			continue;
		s->due[t] = NEVER;
		fire(s, t, out);
	}
}

void sta_view(const struct sta *s, struct sta_view *v)
{
	bool somebody = s->state >= STA_AUTHENTICATING && s->state <= STA_CONNECTED;

	*v = (struct sta_view){.state = s->state,
			       .pairwise = CIPHERS,
			       .group = CIPHERS,
			       .rx_frames = s->rx_frames,
			       .rx_bytes = s->rx_bytes,
			       .tx_frames = s->tx_frames,
			       .tx_bytes = s->tx_bytes,
			       .tx_lost = s->tx_lost};
	if (!somebody)
		return;
	v->network = s->network;
	mac_copy(v->bssid, s->ap.bssid);
	v->freq_mhz = s->ap.freq_mhz;
	v->signal_dbm = s->state == STA_CONNECTED ? (int8_t)(s->link.signal16 / 16) : s->ap.signal_dbm;
	v->pairwise = s->terms.suite.pairwise;
	v->group = s->terms.suite.group;
	v->mfp = s->terms.mfp;
	if (!s->peer_alive)
		return;
	v->aid = s->aid;
	v->qos = s->peer.qos;
	v->connected_ns = s->connected_ns;
}

const uint64_t *sta_drops(const struct sta *s)
{
	return s->drops;
}
