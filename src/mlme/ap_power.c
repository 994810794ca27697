/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save at the access point (IEEE 802.11-2016 11.2.3).  A station says by the Power Management bit that it dozes.
 * From then on what is for it waits, and its bit in the TIM is set; a PS-Poll fetches one frame, and the bit taken back
 * all of them.  While one dozes, group frames wait for the DTIM.
 *
 * What waits is Ethernet: it is sealed when it is sent, with the keys of that time, so nothing that was kept for a
 * protected link can go out in the clear or under somebody else's key.
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
	tim_set(&s->bss->tim, s->aid, s->dozing && (s->ps.count || s->mgmt_waits || s->poll_waits));
}

/* When nothing waits any more there is nothing to look at. */
static void changed(struct ap *a, struct ap_sta *s)
{
	if (!s->ps.count)
		s->ps_ns = 0;
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
	if (!s->ps_ns)
		s->ps_ns = a->now_ns + AP_PS_LOOK_NS;
	changed(a, s);
}

void ap_power_keep_management(struct ap *a, struct ap_sta *s, struct frame *f)
{
	frame_free(s->mgmt_waits);
	s->mgmt_waits = f;
	changed(a, s);
}

/* A frame that waited is on its way. */
static void release(struct ap *a, struct ap_sta *s, struct frame *f, bool more)
{
	bool eapol = is_eapol(f);

	if (eapol) {
		/* The wait for an answer begins now. */
		s->eapol_waits = false;
		if (s->auth.wake_ns && s->auth.wake_ns < a->now_ns + RSN_AGAIN_NS)
			s->auth.wake_ns = a->now_ns + RSN_AGAIN_NS;
	}
	ap_data_now(a, s, f, eapol && !s->auth.keyed, more);
}

static void release_management(struct ap *a, struct ap_sta *s, bool more)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, AP_COOKIE_DATA), .more_data = more};
	enum drop d = tx_management(&a->tx, &s->peer, s->mgmt_waits, &s->bss->seq, &how);

	s->mgmt_waits = NULL;
	if (d)
		ap_drop(a, d, s->peer.addr);
}

void ap_power_poll(struct ap *a, struct ap_sta *s)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, AP_COOKIE_POLL)};
	struct frame *f;
	enum drop d;

	s->poll_waits = false;
	if (s->mgmt_waits) {
		release_management(a, s, s->ps.count);
	} else if ((f = ps_take(&s->ps, &a->ps))) {
		release(a, s, f, s->ps.count);
	} else { /* it thought that there was something: it must hear that there is not */
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
	if (s->mgmt_waits)
		release_management(a, s, false);
	while ((f = ps_take(&s->ps, &a->ps)))
		release(a, s, f, false);
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
	uint64_t age = 2 * s->listen * a->setup.beacon_tu * AP_TU_NS;

	for (unsigned n = ps_expire(&s->ps, &a->ps, a->now_ns, age > AP_PS_NS ? age : AP_PS_NS); n--;)
		ap_drop(a, DROP_DOZE_LATE, s->peer.addr);
	if (!s->ps.count)
		s->eapol_waits = false;
	s->ps_ns = a->now_ns + AP_PS_LOOK_NS;
	changed(a, s);
}

void ap_power_forget(struct ap *a, struct ap_sta *s)
{
	ps_clear(&s->ps, &a->ps);
	frame_free(s->mgmt_waits);
	s->mgmt_waits = NULL;
	s->ps_ns = 0;
	s->poll_waits = false;
	tim_set(&s->bss->tim, s->aid, false);
}
