/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a station still there?  Two ways to ask.
 *
 * SA Query (IEEE 802.11-2016 11.14), where management frames are protected: somebody asks for an association in the
 * station's name.  It is sent requests, every 201 TU, that only the holder of its keys can answer.  An answer ends it,
 * and the association stands.  When 1000 TU have passed without one, the next association request replaces it; or, where
 * the station has joined another network of this name, it is over.
 *
 * Polling: who was silent for max_inactivity_s, or did not acknowledge AP_LOST_IN_ROW frames in a row, is sent Null
 * frames, which its radio acknowledges.  After AP_POLLS in vain it is deauthenticated, reason 4.  One that dozes is not
 * sent anything: its TIM bit calls it, and it has twice its listen interval more.
 */
#include "mlme/ap_state.h"

#include <string.h>

/* ---- SA Query ---- */

static void send(struct ap *a, struct ap_sta *s, uint8_t action, uint16_t id)
{
	struct ap_bss *b = s->bss;
	struct frame *f = mgmt_new(MGMT_ACTION, s->peer.addr, b->setup.bssid, b->setup.bssid);
	const uint8_t fields[2] = {ACTION_CATEGORY_SA_QUERY, action};

	if (f && (mgmt_put(f, fields, 2) || mgmt_put16(f, id))) {
		frame_free(f);
		f = NULL;
	}
	if (f && s->dozing)
		ap_power_keep_management(a, s, f);
	else
		ap_send_management(a, b, s, f, ap_sta_cookie(s, AP_COOKIE_DATA));
}

uint32_t ap_query_begin(struct ap *a, struct ap_sta *s)
{
	uint64_t passed;

	if (!s->querying) {
		s->querying = true;
		s->query_id = (uint16_t)random_below(&a->random, 0x10000);
		s->query_began_ns = a->now_ns;
		s->query_ns = a->now_ns + AP_QUERY_EVERY_NS;
		ap_note(a, s->bss, NOTE_SA_QUERY, s->peer.addr, 0);
		send(a, s, SA_QUERY_REQUEST, s->query_id);
		ap_sta_schedule(a, s);
	}
	passed = a->now_ns - s->query_began_ns;
	return (uint32_t)((AP_QUERY_NS - (passed < AP_QUERY_NS ? passed : AP_QUERY_NS)) / AP_TU_NS) + 1;
}

void ap_query_due(struct ap *a, struct ap_sta *s)
{
	if (a->now_ns >= s->query_began_ns + AP_QUERY_NS) {
		s->querying = false;
		s->query_failed = true;
		if (s->elsewhere)
			ap_sta_leave(a, s, REASON_DISASSOC_LEAVING);
		return;
	}
	s->query_ns += AP_QUERY_EVERY_NS;
	if (s->query_ns > s->query_began_ns + AP_QUERY_NS)
		s->query_ns = s->query_began_ns + AP_QUERY_NS;
	send(a, s, SA_QUERY_REQUEST, s->query_id);
}

static bool same_name(const struct ap_bss *b, const struct ap_bss *c)
{
	return b->setup.ssid_len == c->setup.ssid_len && memcmp(b->setup.ssid, c->setup.ssid, b->setup.ssid_len) == 0;
}

/*
 * Who roams says nothing to the access point that it leaves, and its radio acknowledges polls whoever sends them.  Under
 * PMF the other association may be that of a forger who knows the passphrase.
 */
void ap_query_elsewhere(struct ap *a, const struct ap_sta *s)
{
	for (unsigned i = 0; i < a->setup.bss_count; i++) {
		struct ap_bss *b = &a->bss[i];
		struct ap_sta *old = b != s->bss && same_name(b, s->bss) ? ap_sta_find(a, b, s->peer.addr) : NULL;

		if (!old || !old->associated)
			continue;
		if (old->peer.mfp && old->auth.keyed) {
			old->elsewhere = true;
			ap_query_begin(a, old);
		} else {
			ap_sta_leave(a, old, REASON_DISASSOC_LEAVING);
		}
	}
}

void ap_query_action(struct ap *a, struct ap_sta *s, const struct mgmt *m)
{
	uint16_t id = m->body.len >= 2 ? le16(m->body.bytes) : 0;

	if (m->body.len < 2) {
		ap_drop(a, DROP_TRUNCATED, s->peer.addr);
		return;
	}
	/* Without keys, or without PMF, there is nothing that an answer could prove. */
	if (!s->peer.mfp || !s->auth.keyed)
		return;
	if (m->action == SA_QUERY_REQUEST)
		send(a, s, SA_QUERY_RESPONSE, id);
	else if (m->action == SA_QUERY_RESPONSE && s->querying && id == s->query_id)
		s->querying = false;
	s->query_failed = s->elsewhere = false; /* whatever it was, it came under the keys */
	ap_sta_schedule(a, s);
}

/* ---- polling ---- */

static uint64_t grace(const struct ap *a, const struct ap_sta *s)
{
	return AP_POLL_NS + (s->dozing ? ap_power_patience(a, s) : 0);
}

static void poll(struct ap *a, struct ap_sta *s)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, AP_COOKIE_POLL)};
	enum drop d = NOT_DROPPED;

	s->polls++;
	s->poll_ns = a->now_ns + grace(a, s);
	if (s->dozing) {
		s->poll_waits = true;
		ap_power_tim(s);
	} else {
		d = tx_null(&a->tx, &s->peer, &how);
	}
	if (d)
		ap_drop(a, d, s->peer.addr);
	ap_sta_schedule(a, s);
}

void ap_poll_begin(struct ap *a, struct ap_sta *s)
{
	s->polls = 0;
	poll(a, s);
}

static void next(struct ap *a, struct ap_sta *s)
{
	if (s->polls < AP_POLLS)
		poll(a, s);
	else
		ap_sta_expel(a, s, MGMT_DEAUTH, REASON_INACTIVE);
}

void ap_poll_due(struct ap *a, struct ap_sta *s)
{
	uint64_t silent_ns = s->heard_ns + s->bss->setup.max_inactivity_s * AP_SECOND;

	/* The time is not moved with each frame, only looked at here. */
	if (!s->polls && a->now_ns < silent_ns)
		s->poll_ns = silent_ns;
	else
		next(a, s);
}

/* Where the radio says so, there is no need to wait for long: only for a moment's fading to pass. */
void ap_poll_lost(struct ap *a, struct ap_sta *s)
{
	if (!s->polls || s->dozing)
		return;
	s->poll_ns = a->now_ns + AP_POLL_NS;
	ap_sta_schedule(a, s);
}
