/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication and association (IEEE 802.11-2016 11.3), and how a link ends.  A request is sent up to TRIES times; the
 * wait for the answer begins when the access point has acknowledged it, for on a busy air it takes long to go out.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define TRIES            3
#define COMEBACKS        5
#define SEND_NS          (2 * SECOND)  /* until the radio has told the fate of a request */
#define ANSWER_NS        (400 * MS)    /* from acknowledgement to answer */
#define AGAIN_NS         (20 * MS)     /* after a request that nobody acknowledged */
#define HANDSHAKE_NS     (10 * SECOND) /* from association to message 1: more than its four tries take */
#define STABLE_NS        (10 * SECOND) /* a link that stood so long was a success */
#define AVOID_NS         (10 * SECOND) /* one that it did not work with; twice as long each time */
#define AVOID_MAX_NS     (300 * SECOND)
#define TIMEOUT_COMEBACK 3 /* timeout interval element: association comeback time (Table 9-137) */

static struct bss *entry(struct sta *s)
{
	return bss_find(&s->table, s->ap.bssid, s->ap.ssid, s->ap.ssid_len);
}

static void send_auth(struct sta *s, struct actions *out)
{
	struct frame *f = mgmt_new(MGMT_AUTH, s->ap.bssid, s->setup.addr, s->ap.bssid);

	if (f && (mgmt_put16(f, AUTH_OPEN) || mgmt_put16(f, 1) || mgmt_put16(f, STATUS_SUCCESS))) {
		frame_free(f);
		f = NULL;
	}
	s->due[TIMER_STATE] = s->now_ns + SEND_NS;
	sta_send_management(s, f, COOKIE_JOIN, out);
}

/* What we agree to, as our element says it; and the keys that we had with this access point before (rsn/pmksa.h). */
static void write_element(struct sta *s)
{
	const struct bss_terms *t = &s->terms;
	const struct sta_network *n = &s->setup.networks[s->network];
	bool required = n->pmf == 2;
	const struct pmksa *known;
	struct rsn_pair ends;
	struct rsn_element e = {.wpa = t->suite.wpa,
				.group = t->suite.group,
				.management = t->suite.management,
				.pairwise = 1u << t->suite.pairwise,
				.akms = 1u << t->suite.akm,
				.capabilities = t->mfp ? RSN_MFPC | (required ? RSN_MFPR : 0) : 0};

	mac_copy(ends.aa, s->ap.bssid);
	mac_copy(ends.spa, s->setup.addr);
	known = pmksa_find(&s->pmksa, t->suite.akm, &ends, (struct span){0}, s->now_ns);
	if (!t->suite.wpa && known && crypto_equal(known->pmk, n->pmk, PMK_LEN))
		e.pmkids = (struct span){known->pmkid, PMKID_LEN};
	s->own_element_len = t->kind == BSS_TERMS_RSN ? rsn_write(&e, s->own_element) : 0;
}

static bool wants_qos(const struct sta *s)
{
	return s->setup.wmm && s->ap.wmm;
}

static int put_assoc(struct sta *s, struct frame *f)
{
	static const uint8_t wmm[] = {0x00, 0x50, 0xf2, 2, 0, 1, 0}; /* information element: no U-APSD */
	uint16_t capability = CAPABILITY_ESS | (s->terms.kind != BSS_TERMS_OPEN ? CAPABILITY_PRIVACY : 0);
	uint16_t interval = s->setup.listen_interval ? s->setup.listen_interval : 1;

	if (s->ap.freq_mhz < 3000)
		capability |= s->ap.capability & CAPABILITY_SHORT_SLOT;
	if (mgmt_put16(f, capability) || mgmt_put16(f, interval) || (s->reassociation && mgmt_put(f, s->previous, 6)) ||
	    mgmt_put_element(f, EID_SSID, s->ap.ssid, s->ap.ssid_len) || sta_put_rates(f, s->ap.freq_mhz) ||
	    mgmt_put(f, s->own_element, s->own_element_len))
		return -1;
	return wants_qos(s) ? mgmt_put_element(f, EID_VENDOR, wmm, sizeof wmm) : 0;
}

static void send_assoc(struct sta *s, struct actions *out)
{
	struct frame *f = mgmt_new(s->reassociation ? MGMT_REASSOC_REQUEST : MGMT_ASSOC_REQUEST, s->ap.bssid,
				   s->setup.addr, s->ap.bssid);

	if (f && put_assoc(s, f)) {
		frame_free(f);
		f = NULL;
	}
	s->due[TIMER_STATE] = s->now_ns + SEND_NS;
	sta_send_management(s, f, COOKIE_JOIN, out);
}

/* From the beginning, with the access point in s->ap. */
static void authenticate(struct sta *s, struct actions *out)
{
	s->state = STA_AUTHENTICATING;
	s->attempt++;
	send_auth(s, out);
}

void sta_join(struct sta *s, const struct bss *b, size_t network, struct actions *out)
{
	struct bss *in_table;

	sta_unlink(s);
	s->ap = *b;
	bss_match(&s->ap, &s->setup.networks[network], true, &s->terms);
	s->network = network;
	s->tries = s->comebacks = 0;
	s->reassociation =
		network == s->previous_network && !mac_is_zero(s->previous) && !mac_equal(s->previous, s->ap.bssid);
	in_table = entry(s);
	if (in_table)
		in_table->round = s->round;
	write_element(s);
	sta_tune(s, s->ap.freq_mhz, out);
	authenticate(s, out);
}

void sta_join_status(struct sta *s, bool acked)
{
	if (s->state != STA_AUTHENTICATING && s->state != STA_ASSOCIATING)
		return;
	s->due[TIMER_STATE] = s->now_ns + (acked ? ANSWER_NS : sta_jitter(s, AGAIN_NS));
}

void sta_join_timer(struct sta *s, struct actions *out)
{
	if (s->state != STA_HANDSHAKE && ++s->tries < TRIES) {
		if (s->state == STA_AUTHENTICATING)
			send_auth(s, out);
		else
			send_assoc(s, out);
		return;
	}
	sta_note(s, NOTE_SILENT, 0, out);
	if (s->state == STA_HANDSHAKE)
		sta_deauthenticate(s, REASON_4WAY_TIMEOUT, out);
	sta_try_next(s, out);
}

/* It did not work with this one: notes that, and goes on to the next best. */
void sta_try_next(struct sta *s, struct actions *out)
{
	struct bss *b = entry(s);

	if (b) {
		unsigned doublings = b->failures < 5 ? b->failures : 5;
		uint64_t avoid = AVOID_NS << doublings;

		b->failures++;
		b->avoid_ns = s->now_ns + (avoid < AVOID_MAX_NS ? avoid : AVOID_MAX_NS);
		b->round = s->round;
	}
	sta_unlink(s);
	sta_choose(s, out);
}

static void rejected(struct sta *s, uint16_t status, struct actions *out)
{
	sta_note(s, NOTE_REJECTED, status, out);
	sta_try_next(s, out);
}

void sta_auth_response(struct sta *s, const struct mgmt *m, struct actions *out)
{
	if (m->algorithm != AUTH_OPEN || m->sequence != 2) {
		sta_drop(s, DROP_MGMT_UNEXPECTED, m->sa, out);
		return;
	}
	if (m->status != STATUS_SUCCESS) {
		rejected(s, m->status, out);
		return;
	}
	sta_note(s, NOTE_AUTHENTICATED, 0, out);
	s->state = STA_ASSOCIATING;
	s->attempt++;
	s->tries = 0;
	send_assoc(s, out);
}

/* "Not now: first I ask the station whose address you have whether it is still there" (11.3.5.3): later again. */
static bool come_back(struct sta *s, const struct mgmt *m, struct actions *out)
{
	uint64_t wait;

	if (m->timeout.len != 5 || m->timeout.bytes[0] != TIMEOUT_COMEBACK || s->comebacks == COMEBACKS)
		return false;
	s->comebacks++;
	s->tries = 0;
	wait = le32(m->timeout.bytes + 1) * TU;
	wait = wait < 10 * SECOND ? wait : 10 * SECOND;
	s->due[TIMER_STATE] = s->now_ns + (wait > 10 * MS ? wait : 10 * MS);
	s->attempt++; /* the fate of the request that was sent is of no interest */
	sta_note(s, NOTE_REJECTED, m->status, out);
	return true;
}

/* Old and broken, but a configuration asked for it: the keys are there without a handshake. */
static bool set_wep(struct sta *s)
{
	const struct sta_network *n = &s->setup.networks[s->network];
	struct key_use use = {.id = 0};
	size_t len = cipher_key_len(n->wep);

	return group_keys_set(&s->group, s->crypto, n->wep, n->wep_key, len, use, true) == 0;
}

static void associated(struct sta *s, const struct mgmt *m, struct actions *out)
{
	struct bss *b = entry(s);

	peer_init(&s->peer, false, s->setup.addr, s->ap.bssid, s->ap.bssid, &s->group);
	s->peer_alive = true;
	s->peer.qos = wants_qos(s) && m->wmm;
	s->peer.mfp = s->terms.mfp;
	s->peer.rsn = s->terms.kind == BSS_TERMS_RSN;
	s->peer.fragment = s->setup.fragment;
	s->aid = m->aid;
	s->attempt++;
	if (b)
		b->heard_ns = s->now_ns;
	sta_note(s, NOTE_ASSOCIATED, 0, out);
	if (s->terms.kind == BSS_TERMS_RSN) {
		s->state = STA_HANDSHAKE;
		s->due[TIMER_STATE] = s->now_ns + HANDSHAKE_NS;
		sta_keys_begin(s);
		return;
	}
	if (s->terms.kind == BSS_TERMS_WEP && !set_wep(s)) {
		sta_deauthenticate(s, REASON_UNSPECIFIED, out);
		sta_try_next(s, out);
		return;
	}
	s->peer.authorised = true;
	sta_connected(s, out);
}

void sta_assoc_response(struct sta *s, const struct mgmt *m, struct actions *out)
{
	if ((m->subtype == MGMT_REASSOC_RESPONSE) != s->reassociation) {
		sta_drop(s, DROP_MGMT_UNEXPECTED, m->sa, out);
		return;
	}
	if (m->status == STATUS_REFUSED_TEMPORARILY && come_back(s, m, out))
		return;
	if (m->status == STATUS_NO_ASSOC && s->reassociation) {
		/* It cannot move an association that it cannot find: then a new one. */
		s->reassociation = false;
		s->attempt++;
		send_assoc(s, out);
		return;
	}
	if (m->status != STATUS_SUCCESS)
		rejected(s, m->status, out);
	else if (!m->aid || m->aid > 2007)
		rejected(s, STATUS_UNSPECIFIED, out);
	else
		associated(s, m, out);
}

void sta_connected(struct sta *s, struct actions *out)
{
	struct bss *b = entry(s);

	if (b) {
		b->failures = 0;
		b->avoid_ns = 0;
	}
	s->state = STA_CONNECTED;
	s->due[TIMER_STATE] = NEVER;
	s->connected_ns = s->now_ns;
	s->memory[s->network].refusals = 0;
	mac_copy(s->previous, s->ap.bssid);
	s->previous_network = s->network;
	sta_keys_agreed(s);
	sta_note(s, NOTE_CONNECTED, 0, out);
	sta_link_begin(s);
	sta_roam_begin(s);
	sta_power_begin(s);
	sta_data_waiting(s, out);
}

void sta_unlink(struct sta *s)
{
	for (int i = 0; i < STA_TIMERS; i++)
		if (i != TIMER_QUEUE)
			s->due[i] = NEVER;
	supplicant_wipe(&s->supplicant);
	peer_wipe(&s->peer);
	group_keys_wipe(&s->group);
	s->peer_alive = false;
	s->roam.step = ROAM_IDLE;
	s->change.step = SWITCH_NONE;
	s->mgmt_seen = PEER_SEEN_NONE;
	s->power.step = POWER_AWAKE;
	s->attempt++;
}

void sta_deauthenticate(struct sta *s, uint16_t reason, struct actions *out)
{
	struct frame *f = mgmt_new(MGMT_DEAUTH, s->ap.bssid, s->setup.addr, s->ap.bssid);

	if (f && mgmt_put16(f, reason)) {
		frame_free(f);
		f = NULL;
	}
	sta_tune(s, s->ap.freq_mhz, out);
	sta_send_management(s, f, COOKIE_NONE, out);
}

void sta_lost(struct sta *s, uint16_t reason, bool gone, struct actions *out)
{
	bool stable = s->now_ns - s->connected_ns >= STABLE_NS;
	struct bss *b = entry(s);

	sta_note(s, NOTE_DISCONNECTED, reason, out);
	s->round++;
	if (stable) {
		s->failures = 0;
	} else if (b) {
		b->round = s->round; /* it throws us out each time: not at once again */
	}
	sta_unlink(s);
	if (gone)
		bss_forget(&s->table, s->ap.bssid);
	if (stable)
		sta_choose_or_scan(s, out);
	else
		sta_choose(s, out);
}

void sta_hung_up(struct sta *s, const struct mgmt *m, struct actions *out)
{
	struct bss *b = entry(s);

	if (b)
		b->heard_ns = s->now_ns;
	if (s->state == STA_HANDSHAKE) {
		sta_keys_hung_up(s, m->reason, out);
	} else if (s->state == STA_CONNECTED) {
		sta_lost(s, m->reason, false, out);
	} else if (++s->tries < TRIES) {
		/* It has forgotten that we are authenticated; or this was for what we sent before that. */
		authenticate(s, out);
	} else {
		rejected(s, STATUS_UNSPECIFIED, out);
	}
}
