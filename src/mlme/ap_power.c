/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save at the access point (IEEE 802.11-2016 11.2.3).  A station says by the Power Management bit that it dozes.
 * From then on what is for it waits, and its bit in the TIM is set; a PS-Poll fetches one frame, and the bit taken back
 * all of them.  While one dozes, group frames wait for the DTIM.
 *
 * What waits is Ethernet: it is sealed when it is sent, with the keys of that time, so nothing that was kept for a
 * protected link can go out in the clear or under somebody else's key.
 *
 * What was fetched is kept until it is acknowledged, by the MPDUs that were sent: should the station not have heard them,
 * the next PS-Poll fetches them again, as a retry, by which a station that did hear them knows them.  So there is one at
 * a time: its fate comes before the next one goes, or that would have the higher packet number.
 */
#include "mlme/ap_state.h"

#include "wire/ether.h"

#include <string.h>

static bool is_eapol(const struct frame *f)
{
	return f->len >= ETHER_HLEN && f->data[12] == ETHERTYPE_EAPOL >> 8 && f->data[13] == (ETHERTYPE_EAPOL & 0xff);
}

void ap_power_tim(struct ap_sta *s)
{
	bool again = s->fetched.mpdus.count && !s->fetched.under_way;

	tim_set(&s->bss->tim, s->aid, s->dozing && (s->ps.count || s->mgmt_waits || s->poll_waits || again));
}

uint64_t ap_power_patience(const struct ap *a, const struct ap_sta *s)
{
	return 2 * (uint64_t)s->listen * a->setup.beacon_tu * AP_TU_NS;
}

/* When nothing waits any more there is nothing to look at. */
static void changed(struct ap *a, struct ap_sta *s)
{
	/* A message may have gone otherwise than to the station: too old, or pushed out by what came behind it. */
	if (!s->ps.count)
		s->eapol_waits = false;
	if (!s->ps.count && !s->fetched.mpdus.count)
		s->ps_ns = 0;
	else if (!s->ps_ns)
		s->ps_ns = a->now_ns + AP_PS_LOOK_NS;
	ap_power_tim(s);
	ap_sta_schedule(a, s);
}

void ap_power_keep(struct ap *a, struct ap_sta *s, struct frame *f)
{
	bool eapol = is_eapol(f);
	enum drop d = ps_put(&s->ps, &a->ps, f, a->now_ns);

	if (d)
		ap_drop(a, d, s->peer.addr);
	s->eapol_waits |= eapol && s->ps.count;
	changed(a, s);
}

void ap_power_keep_management(struct ap *a, struct ap_sta *s, struct frame *f)
{
	frame_free(s->mgmt_waits);
	s->mgmt_waits = f;
	changed(a, s);
}

/* A frame that waited is on its way. */
static void release(struct ap *a, struct ap_sta *s, struct frame *f, enum ap_cookie kind)
{
	bool eapol = is_eapol(f);
	struct tx_how how = {.cookie = ap_sta_cookie(s, kind),
			     .more_data = kind == AP_COOKIE_FETCHED && s->ps.count,
			     .in_clear = eapol && !s->auth.keyed};

	if (eapol) {
		/* The wait for an answer begins now. */
		s->eapol_waits = false;
		if (s->auth.wake_ns && s->auth.wake_ns < a->now_ns + RSN_AGAIN_NS)
			s->auth.wake_ns = a->now_ns + RSN_AGAIN_NS;
	}
	ap_data_now(a, s, f, &how);
}

static void release_management(struct ap *a, struct ap_sta *s, enum ap_cookie kind)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, kind), .more_data = kind == AP_COOKIE_FETCHED && s->ps.count};
	enum drop d = tx_management(&a->tx, &s->peer, s->mgmt_waits, &s->bss->seq, &how);

	s->mgmt_waits = NULL;
	if (d)
		ap_drop(a, d, s->peer.addr);
}

/* ---- what was fetched ---- */

static void forget_fetched(struct ap_sta *s)
{
	frames_free(&s->fetched.mpdus);
	s->fetched = (struct ap_fetched){0};
}

static void give_up_fetched(struct ap *a, struct ap_sta *s)
{
	ap_drop(a, DROP_DOZE_LATE, s->peer.addr);
	forget_fetched(s);
}

void ap_power_sent(struct ap *a, struct ap_sta *s, struct frame *f)
{
	struct ap_fetched *x = &s->fetched;
	struct frame *kept = frame_clone(f);

	/* What cannot be kept whole is lost as other frames are. */
	if (!kept || frames_add(&x->mpdus, kept))
		return;
	if (!x->since_ns)
		x->since_ns = a->now_ns;
	x->sent_ns = a->now_ns;
	x->under_way++;
	changed(a, s);
}

/* As they were; they come back by ap_power_sent() if they go out for a PS-Poll. */
static void send_again(struct ap *a, struct ap_sta *s, enum ap_cookie kind)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, kind),
			     .more_data = kind == AP_COOKIE_FETCHED && (s->ps.count || s->mgmt_waits)};
	struct frames *l = &s->fetched.mpdus;

	for (size_t i = 0; i < l->count; i++) {
		enum drop d = tx_again(&a->tx, l->at[i], &how);

		if (d)
			ap_drop(a, d, s->peer.addr);
	}
	l->count = 0;
	s->fetched.lost = false;
}

void ap_power_fate(struct ap *a, struct ap_sta *s, bool acked)
{
	struct ap_fetched *x = &s->fetched;
	bool polled;

	if (!x->under_way)
		return;
	x->lost |= !acked;
	if (--x->under_way)
		return;
	polled = x->polled;
	x->polled = false;
	if (!x->lost)
		forget_fetched(s);
	else if (x->tries >= AP_FETCH_TRIES)
		give_up_fetched(a, s);
	changed(a, s);
	if (polled)
		ap_power_poll(a, s);
}

void ap_power_rekeyed(struct ap *a, struct ap_sta *s)
{
	if (s->fetched.lost && !s->fetched.under_way)
		give_up_fetched(a, s);
	forget_fetched(s);
	changed(a, s);
}

/* ---- events ---- */

void ap_power_poll(struct ap *a, struct ap_sta *s)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, AP_COOKIE_POLL)};
	struct frame *f;
	enum drop d;

	s->poll_waits = false;
	if (s->fetched.under_way) {
		s->fetched.polled = true;
		return;
	}
	s->fetched.tries++;
	if (s->fetched.mpdus.count) {
		send_again(a, s, AP_COOKIE_FETCHED);
	} else if (s->mgmt_waits) {
		release_management(a, s, AP_COOKIE_FETCHED);
	} else if ((f = ps_take(&s->ps, &a->ps))) {
		release(a, s, f, AP_COOKIE_FETCHED);
	} else { /* it thought that there was something: it must hear that there is not */
		s->fetched.tries = 0;
		d = tx_null(&a->tx, &s->peer, &how);
		if (d)
			ap_drop(a, d, s->peer.addr);
	}
	changed(a, s);
}

void ap_power_set(struct ap *a, struct ap_sta *s, bool dozes)
{
	struct frame *f;

	if (s->dozing == dozes)
		return;
	s->dozing = dozes;
	if (dozes) {
		s->bss->dozing++;
		return;
	}
	s->bss->dozing--;
	s->poll_waits = false;
	if (!s->fetched.under_way)
		send_again(a, s, AP_COOKIE_DATA);
	forget_fetched(s);
	if (s->mgmt_waits)
		release_management(a, s, AP_COOKIE_DATA);
	while ((f = ps_take(&s->ps, &a->ps)))
		release(a, s, f, AP_COOKIE_DATA);
	changed(a, s);
}

static enum drop send_group(struct ap *a, struct ap_bss *b, struct frame *f, bool more)
{
	struct tx_how how = {.more_data = more};

	/* Time for another key, while this one has numbers left. */
	if (b->protected && !b->group_switching && key_left(&b->keys.gtk[b->keys.gtk_id]) < AP_PN_RESERVE)
		b->group_rekey_ns = a->now_ns;
	return tx_group(&a->tx, &b->keys, b->setup.bssid, b->protected, f, &how);
}

/* Group frames never overtake one another: as long as one waits, all wait. */
void ap_power_group(struct ap *a, struct ap_bss *b, struct frame *f)
{
	enum drop d;

	if (b->dozing || b->group_waits.count)
		d = ps_put(&b->group_waits, &a->ps, f, a->now_ns);
	else
		d = send_group(a, b, f, false);
	if (d)
		ap_drop(a, d, NULL);
}

void ap_power_dtim(struct ap *a, struct ap_bss *b)
{
	struct frame *f;

	while ((f = ps_take(&b->group_waits, &a->ps))) {
		enum drop d = send_group(a, b, f, b->group_waits.count);

		if (d)
			ap_drop(a, d, NULL);
	}
}

void ap_power_due(struct ap *a, struct ap_sta *s)
{
	uint64_t age = ap_power_patience(a, s);
	struct ap_fetched *x = &s->fetched;

	age = age > AP_PS_NS ? age : AP_PS_NS;
	if (x->under_way && a->now_ns >= x->sent_ns + AP_FATE_NS) {
		x->under_way = 1;
		ap_power_fate(a, s, false);
	}
	if (x->mpdus.count && !x->under_way && a->now_ns > x->since_ns + age)
		give_up_fetched(a, s);
	for (unsigned n = ps_expire(&s->ps, &a->ps, a->now_ns, age); n--;)
		ap_drop(a, DROP_DOZE_LATE, s->peer.addr);
	s->ps_ns = a->now_ns + AP_PS_LOOK_NS;
	changed(a, s);
}

void ap_power_forget(struct ap *a, struct ap_sta *s)
{
	ps_clear(&s->ps, &a->ps);
	forget_fetched(s);
	frame_free(s->mgmt_waits);
	s->mgmt_waits = NULL;
	s->ps_ns = 0;
	s->poll_waits = false;
	tim_set(&s->bss->tim, s->aid, false);
}
