/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the access point.
 *
 * What is received is looked at in this order: is it for one of our networks; who says that he sent it; then by its
 * type.  Data frames of associated stations are gathered, so that they are opened in one batch; but for a station in a
 * handshake each frame is a batch of its own, as one frame may bring the key for the next.  A frame of another type
 * ends the batch: nothing overtakes anything.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, PS_POLL = 0x00a4, SUBTYPE_AND_TYPE = FC_TYPE | FC_SUBTYPE };

/* ---- what comes of events ---- */

void ap_drop(struct ap *a, enum drop d, const uint8_t *addr)
{
	struct action *x = actions_add(a->out, ACTION_DROP);

	a->drops[d]++;
	if (!x)
		return;
	x->drop = d;
	if (addr)
		mac_copy(x->addr, addr);
}

struct action *ap_note(struct ap *a, struct ap_bss *b, enum note n, const uint8_t *addr, uint16_t code)
{
	struct action *x = actions_add(a->out, ACTION_NOTE);

	if (!x)
		return NULL;
	x->note = n;
	x->bss = b->index;
	x->code = code;
	if (addr)
		mac_copy(x->addr, addr);
	return x;
}

void ap_deliver(struct ap *a, struct ap_bss *b, struct frame *f)
{
	struct action *x = actions_add(a->out, ACTION_DELIVER);

	if (!x) {
		a->drops[DROP_NO_MEMORY]++;
		frame_free(f);
		return;
	}
	x->frame = f;
	x->bss = b->index;
}

void ap_flush(struct ap *a)
{
	tx_finish(&a->tx);
	for (size_t i = 0; i < a->tx.count; i++) {
		struct tx_mpdu *m = &a->tx.mpdu[i];
		enum ap_cookie kind;
		struct ap_sta *s;
		struct action *x;

		if (m->drop) {
			ap_drop(a, m->drop, m->frame->data + DOT11_ADDR1);
			continue;
		}
		x = actions_add(a->out, ACTION_TRANSMIT);
		if (!x) {
			a->drops[DROP_NO_MEMORY]++;
			continue;
		}
		x->frame = m->frame;
		x->cookie = m->cookie;
		x->freq = a->setup.freq_mhz;
		mac_copy(x->addr, m->frame->data + DOT11_ADDR1);
		s = ap_sta_by_cookie(a, m->cookie, &kind);
		if (s && kind == AP_COOKIE_FETCHED)
			ap_power_sent(a, s, m->frame);
		m->frame = NULL;
	}
	tx_queue_clear(&a->tx);
}

void ap_send_management(struct ap *a, struct ap_bss *b, struct ap_sta *s, struct frame *f, uint32_t cookie)
{
	struct tx_how how = {.cookie = cookie};
	enum drop d = DROP_NO_MEMORY;

	if (f && mac_is_group(f->data + DOT11_ADDR1))
		d = tx_management_group(&a->tx, &b->keys, false, f);
	else if (f)
		d = tx_management(&a->tx, s && s->associated ? &s->peer : NULL, f, &b->seq, &how);
	if (d)
		ap_drop(a, d, s ? s->peer.addr : NULL);
}

void ap_begin(struct ap *a, uint64_t now_ns, struct actions *out)
{
	a->now_ns = now_ns;
	a->out = out;
}

void ap_end(struct ap *a)
{
	ap_flush(a);
	ap_sta_bury(a);
	a->out = NULL;
}

/* ---- life ---- */

static bool is_possible(const struct ap_setup *setup)
{
	if (!setup->bss_count || setup->bss_count > AP_BSS_MAX || !freq_channel(setup->freq_mhz) || !setup->beacon_tu ||
	    !setup->dtim_period)
		return false;
	for (unsigned i = 0; i < setup->bss_count; i++)
		for (unsigned k = 0; k < i; k++)
			if (mac_equal(setup->bss[i].bssid, setup->bss[k].bssid))
				return false;
	return true;
}

struct ap *ap_new(struct crypto *c, const struct ap_setup *setup, const uint8_t seed[RANDOM_SEED])
{
	struct ap *a = is_possible(setup) ? calloc(1, sizeof *a) : NULL;
	int e;

	if (!a)
		return NULL;
	a->crypto = c;
	a->setup = *setup;
	crypto_wipe(a->setup.bss, sizeof a->setup.bss);
	a->setup.bss_count = 0;
	a->ps.limit = AP_PS_LIMIT;
	random_init(&a->random, c, seed);
	e = random_bytes(&a->random, &a->hash_key, sizeof a->hash_key);
	if (!e)
		e = pmksa_init(&a->pmksa, AP_PMKSA_ROOM, PMKSA_LIFETIME_NS);
	for (unsigned i = 0; !e && i < setup->bss_count; i++) {
		a->bss[i].index = i;
		e = ap_bss_init(a, &a->bss[i], &setup->bss[i]);
		a->setup.bss_count += !e;
	}
	if (!e)
		return a;
	ap_free(a);
	return NULL;
}

void ap_free(struct ap *a)
{
	if (!a)
		return;
	tx_queue_free(&a->tx);
	ap_sta_free_all(a);
	for (unsigned i = 0; i < a->setup.bss_count; i++)
		ap_bss_wipe(&a->bss[i]);
	pmksa_free(&a->pmksa);
	rx_out_free(&a->rx);
	crypto_wipe(a, sizeof *a);
	free(a);
}

void ap_start(struct ap *a, uint64_t now_ns, struct actions *out)
{
	struct action *x;

	ap_begin(a, now_ns, out);
	if (!a->started) {
		a->started = true;
		a->class_tokens = AP_CLASS_BURST;
		a->class_ns = now_ns;
		x = actions_add(out, ACTION_TUNE);
		if (x)
			x->freq = a->setup.freq_mhz;
		for (unsigned i = 0; i < a->setup.bss_count; i++)
			ap_bss_start(&a->bss[i]);
	}
	ap_end(a);
}

void ap_stop(struct ap *a, uint64_t now_ns, struct actions *out)
{
	unsigned had[AP_BSS_MAX];

	ap_begin(a, now_ns, out);
	for (unsigned i = 0; i < a->setup.bss_count; i++)
		had[i] = a->bss[i].stations;
	while (a->associated_count)
		ap_sta_expel(a, a->associated[a->associated_count - 1], MGMT_DEAUTH, REASON_LEAVING);
	while (a->oldest)
		ap_sta_leave(a, a->oldest, REASON_LEAVING);
	for (unsigned i = 0; a->started && i < a->setup.bss_count; i++) {
		ps_clear(&a->bss[i].group_waits, &a->ps);
		if (had[i])
			ap_bss_goodbye(&a->bss[i]);
		ap_note(a, &a->bss[i], NOTE_DISABLED, a->bss[i].setup.bssid, 0);
	}
	a->started = false;
	ap_end(a);
}

/* ---- time ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t ap_wake(const struct ap *a)
{
	const struct timer *first = timers_first(&a->timers);
	uint64_t wake = first ? first->at_ns : AP_NEVER;

	if (!a->started)
		return AP_NEVER;
	for (unsigned i = 0; i < a->setup.bss_count; i++) {
		wake = earlier(wake, a->bss[i].beacon_ns);
		if (a->bss[i].group_rekey_ns)
			wake = earlier(wake, a->bss[i].group_rekey_ns);
		if (a->bss[i].group_switching)
			wake = earlier(wake, a->bss[i].switch_ns);
	}
	return wake;
}

void ap_tick(struct ap *a, uint64_t now_ns, struct actions *out)
{
	struct timer *first;

	ap_begin(a, now_ns, out);
	for (unsigned i = 0; a->started && i < a->setup.bss_count; i++) {
		struct ap_bss *b = &a->bss[i];

		if (now_ns >= b->beacon_ns)
			ap_bss_beacon(b);
		if (b->group_switching && now_ns >= b->switch_ns)
			ap_keys_group_switch(a, b);
		if (b->group_rekey_ns && now_ns >= b->group_rekey_ns)
			ap_keys_group(a, b);
	}
	while ((first = timers_first(&a->timers)) && first->at_ns <= now_ns)
		ap_sta_due(a, (struct ap_sta *)((char *)first - offsetof(struct ap_sta, timer)));
	ap_end(a);
}

void ap_status(struct ap *a, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum ap_cookie kind;
	struct ap_sta *s = ap_sta_by_cookie(a, cookie, &kind);

	if (!s)
		return;
	ap_begin(a, now_ns, out);
	if (acked) {
		ap_sta_heard(a, s);
		if (kind == AP_COOKIE_RESPONSE && s->handshake_ns)
			ap_keys_begin(a, s);
		if (kind == AP_COOKIE_FETCHED)
			ap_power_fate(a, s, true);
	} else {
		s->tx_lost++;
		if (kind == AP_COOKIE_POLL)
			ap_poll_lost(a, s);
		else if (kind == AP_COOKIE_FETCHED)
			ap_power_fate(a, s, false);
		else if (s->associated && ++s->lost_in_row >= AP_LOST_IN_ROW && !s->dozing && !s->polls)
			ap_poll_begin(a, s);
	}
	ap_end(a);
}

/* ---- receiving ---- */

static struct ap_bss *bss_of(struct ap *a, const uint8_t *bssid)
{
	for (unsigned i = 0; i < a->setup.bss_count; i++)
		if (mac_equal(a->bss[i].setup.bssid, bssid))
			return &a->bss[i];
	return NULL;
}

/* Frames of data that wait to be opened together. */
struct batch {
	struct rx_in in[BATCH];
	size_t n;
};

static void open_batch(struct ap *a, struct batch *t)
{
	if (t->n)
		ap_data_receive(a, t->in, t->n);
	t->n = 0;
}

/* The Power Management bit counts where an exchange ends: not in a fragment that others follow (11.2.3.2). */
static void look_at_power(struct ap *a, struct ap_sta *s, uint16_t fc)
{
	if (!(fc & FC_MORE_FRAGS) && s->dozing != !!(fc & FC_PM))
		ap_power_set(a, s, fc & FC_PM);
}

/* Takes the frame over, or puts it into the batch. */
static enum drop receive_data(struct ap *a, struct frame *f, struct batch *t)
{
	uint16_t fc = le16(f->data);
	struct ap_bss *b = bss_of(a, f->data + DOT11_ADDR1);
	const uint8_t *from = f->data + DOT11_ADDR2;
	struct ap_sta *s;

	if (!b)
		return DROP_OTHER_BSS;
	if ((fc & (FC_TO_DS | FC_FROM_DS)) == (FC_TO_DS | FC_FROM_DS))
		return DROP_FOUR_ADDRESSES;
	if (!(fc & FC_TO_DS))
		return DROP_ADDRESSES;
	s = ap_sta_find(a, b, from);
	if (!s || !s->associated) {
		open_batch(a, t);
		ap_class_error(a, b, s, from, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	ap_sta_heard(a, s);
	s->signal_dbm = f->meta.signal_dbm;
	if (s->dozing != !!(fc & FC_PM)) {
		open_batch(a, t);   /* what it sent before comes first, */
		if (!s->associated) /* and may have been its end */
			return DROP_NOT_ASSOCIATED;
	}
	look_at_power(a, s, fc);
	if (fc & FC_NULL) {
		frame_free(f);
		return NOT_DROPPED;
	}
	t->in[t->n++] = (struct rx_in){&s->peer, f};
	if (t->n == BATCH || (b->protected && s->auth.state != AUTHENTICATOR_DONE))
		open_batch(a, t);
	return NOT_DROPPED;
}

static enum drop receive_ps_poll(struct ap *a, const struct frame *f)
{
	struct ap_bss *b;
	struct ap_sta *s;

	if (f->len < 16)
		return DROP_TRUNCATED;
	b = bss_of(a, f->data + DOT11_ADDR1);
	if (!b)
		return DROP_OTHER_BSS;
	s = ap_sta_find(a, b, f->data + DOT11_ADDR2);
	if (!s || !s->associated) {
		ap_class_error(a, b, s, f->data + DOT11_ADDR2, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	/* Its Duration field is the AID, with the two top bits set (9.3.1.5). */
	if (le16(f->data + DOT11_DURATION) != (0xc000 | s->aid))
		return DROP_ADDRESSES;
	ap_sta_heard(a, s);
	ap_power_poll(a, s);
	return NOT_DROPPED;
}

static void receive_deauth(struct ap *a, struct ap_sta *s, const struct mgmt *m)
{
	if (m->subtype == MGMT_DEAUTH)
		ap_sta_leave(a, s, m->reason);
	else if (s->associated)
		ap_sta_disassociate(a, s, m->reason);
}

static enum drop obey_action(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m)
{
	bool first_class = m->category == ACTION_CATEGORY_PUBLIC || m->category == ACTION_CATEGORY_SELF_PROTECTED;

	if (m->category & ACTION_ERROR)
		return DROP_FRAME_TYPE;
	if (!(s && s->associated) && !first_class) {
		ap_class_error(a, b, s, m->sa, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	if (m->category == ACTION_CATEGORY_SA_QUERY) {
		ap_query_action(a, s, m);
		return NOT_DROPPED;
	}
	ap_return_action(a, b, s, m);
	return DROP_FRAME_TYPE;
}

/* A management frame for one of our networks, opened and read. */
static enum drop obey_management(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m)
{
	switch (m->subtype) {
	case MGMT_PROBE_REQUEST:
		ap_bss_probe(b, m);
		return NOT_DROPPED;
	case MGMT_AUTH:
		ap_auth(a, b, s, m);
		return NOT_DROPPED;
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
		if (s)
			ap_assoc(a, b, s, m);
		else
			ap_class_error(a, b, NULL, m->sa, REASON_CLASS_2);
		return s ? NOT_DROPPED : DROP_NOT_AUTHENTICATED;
	case MGMT_DISASSOC:
	case MGMT_DEAUTH:
		if (!s)
			return DROP_NOT_AUTHENTICATED;
		receive_deauth(a, s, m);
		return NOT_DROPPED;
	case MGMT_ACTION:
		return obey_action(a, b, s, m);
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
	case MGMT_PROBE_RESPONSE:
	case MGMT_BEACON:
	case MGMT_ATIM:
	case MGMT_ACTION_NO_ACK:
		break;
	}
	return DROP_OTHER_BSS; /* they come from access points */
}

/* A probe request may ask all networks at once. */
static enum drop receive_probe(struct ap *a, const struct frame *f)
{
	struct mgmt m;
	enum drop d = mgmt_parse(&m, f->data, f->len);

	for (unsigned i = 0; !d && i < a->setup.bss_count; i++)
		ap_bss_probe(&a->bss[i], &m);
	return d;
}

/* Retries of what has been answered: a second association request must not begin everything anew. */
static bool is_retry(const struct ap_sta *s, const struct frame *f)
{
	return (le16(f->data) & FC_RETRY) && s->mgmt_seen == le16(f->data + DOT11_SEQ);
}

static enum drop receive_management(struct ap *a, struct frame *f)
{
	const uint8_t *to = f->data + DOT11_ADDR1, *from = f->data + DOT11_ADDR2, *bssid = f->data + DOT11_ADDR3;
	struct ap_bss *b = bss_of(a, mac_is_group(to) ? bssid : to);
	struct ap_sta *s;
	struct mgmt m;
	enum drop d;

	if ((le16(f->data) & FC_SUBTYPE) == MGMT_PROBE_REQUEST && mac_is_group(to) && mac_is_group(bssid))
		return receive_probe(a, f);
	if (!b || !(mac_equal(bssid, b->setup.bssid) || mac_is_broadcast(bssid)))
		return DROP_OTHER_BSS;
	s = ap_sta_find(a, b, from);
	if (s && is_retry(s, f))
		return DROP_DUPLICATE;
	/* Stations send no group management frames but probe requests: we have no key to believe one. */
	if (mac_is_group(to) && (le16(f->data) & FC_SUBTYPE) != MGMT_PROBE_REQUEST)
		return DROP_ADDRESSES;
	if (s && s->associated)
		d = rx_management(&s->peer, f);
	else /* what it protects is of an association that we do not know */
		d = le16(f->data) & FC_PROTECTED ? DROP_NOT_ASSOCIATED : NOT_DROPPED;
	/* Only what is believed counts as seen: a forger shall make no duplicate of a protected frame. */
	if (!d && s)
		s->mgmt_seen = le16(f->data + DOT11_SEQ);
	if (!d)
		d = mgmt_parse(&m, f->data, f->len);
	return d ? d : obey_management(a, b, s, &m);
}

static enum drop receive_one(struct ap *a, struct frame *f, struct batch *t)
{
	uint16_t fc = f->len < DOT11_ADDR3 ? 0 : le16(f->data);
	const uint8_t *from = f->data + DOT11_ADDR2;
	enum drop d;

	if (f->len < DOT11_ADDR3)
		return DROP_TRUNCATED;
	if (fc & FC_VERSION)
		return DROP_FRAME_TYPE;
	if (mac_is_group(from) || mac_is_zero(from) || bss_of(a, from))
		return DROP_FOREIGN_TRANSMITTER;
	if (!dot11_is_data(fc))
		open_batch(a, t);
	if ((fc & SUBTYPE_AND_TYPE) == PS_POLL)
		d = receive_ps_poll(a, f);
	else if ((fc & FC_TYPE) == FC_CONTROL || (!dot11_is_data(fc) && !dot11_is_management(fc)))
		return DROP_FRAME_TYPE;
	else if (f->len < dot11_hdr_len(fc))
		return DROP_TRUNCATED;
	else if (dot11_is_data(fc))
		return receive_data(a, f, t);
	else
		d = receive_management(a, f);
	if (!d)
		frame_free(f);
	return d;
}

void ap_receive(struct ap *a, struct frame **f, size_t n, uint64_t now_ns, struct actions *out)
{
	struct batch t = {.n = 0};

	ap_begin(a, now_ns, out);
	for (size_t i = 0; i < n; i++) {
		enum drop d = a->started ? receive_one(a, f[i], &t) : DROP_NOT_ASSOCIATED;

		if (d) {
			ap_drop(a, d, f[i]->len < DOT11_ADDR3 ? NULL : f[i]->data + DOT11_ADDR2);
			frame_free(f[i]);
		}
		f[i] = NULL;
	}
	open_batch(a, &t);
	ap_end(a);
}

void ap_send(struct ap *a, unsigned bss, struct frame **f, size_t n, uint64_t now_ns, struct actions *out)
{
	ap_begin(a, now_ns, out);
	for (size_t i = 0; i < n; i++) {
		if (a->started && bss < a->setup.bss_count) {
			ap_data_send(a, &a->bss[bss], f[i]);
		} else {
			ap_drop(a, DROP_NO_STATION, NULL);
			frame_free(f[i]);
		}
		f[i] = NULL;
	}
	ap_end(a);
}
