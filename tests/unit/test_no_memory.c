/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is not there.  All that the two paths allocate is refused once, one allocation after the other: each frame
 * still comes out, or is dropped as "no_memory", whole and not in parts; nothing leaks, as the sanitizers see; and the next
 * frame passes.  The linker sends what our libraries allocate through the functions below (meson.build).
 */
#include "forged.h"

static bool armed;
static unsigned long left; /* allocations that still succeed */

static bool refused(void)
{
	if (!armed || left--)
		return false;
	armed = false;
	return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

void *__wrap_malloc(size_t n)
{
	return refused() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return refused() ? NULL : __real_reallocarray(p, n, size);
}

enum { MOST = 64 };

struct run {
	struct link l;
	unsigned sent, lost; /* frames that went in; those that the sender dropped */
};

static void count(struct run *r, enum drop d)
{
	r->sent++;
	r->lost += d != NOT_DROPPED;
	if (d)
		assert_drop(d, "no_memory");
}

/* What is made before memory runs short. */
struct stock {
	struct frame *whole, *parted, *group, *eapol, *shared, *other, *goodbye, *all, *amsdu;
};

static void lay_in(struct link *l, struct stock *s)
{
	static const struct part parts[] = {{STA, HOST, 20}, {ALL, HOST, 30}};
	uint8_t body[256] = {0};

	s->whole = ethernet(STA, HOST, ETHERTYPE_IP4, 60);
	s->parted = ethernet(STA, HOST, ETHERTYPE_IP4, 200);
	s->group = ethernet(ALL, HOST, ETHERTYPE_ARP, 28);
	s->eapol = ethernet(STA, AP, ETHERTYPE_EAPOL, 99);
	s->shared = ethernet(STA, HOST, ETHERTYPE_IP6, 60);
	s->other = frame_clone(s->shared);
	s->goodbye = mgmt_new(MGMT_DEAUTH, STA, AP, AP);
	s->all = mgmt_new(MGMT_DEAUTH, ALL, AP, AP);
	s->amsdu = amsdu(l, false, body, aggregate(body, parts, 2));
}

static void send_all(struct run *r, struct stock *s)
{
	struct link *l = &r->l;

	l->at_ap.fragment = 0;
	count(r, tx_data(&l->q, &l->at_ap, s->whole, &plainly));
	count(r, tx_data(&l->q, &l->at_ap, s->shared, &plainly));
	count(r, tx_group(&l->q, &l->net, AP, true, s->group, &plainly));
	count(r, tx_data(&l->q, &l->at_ap, s->eapol, &plainly));
	count(r, tx_null(&l->q, &l->at_ap, &plainly));
	l->at_ap.fragment = 64;
	count(r, tx_data(&l->q, &l->at_ap, s->parted, &plainly));
	count(r, tx_management(&l->q, &l->at_ap, s->goodbye, NULL, &plainly));
	count(r, tx_management_group(&l->q, &l->net, true, s->all));
	tx_finish(&l->q);
}

/* Returns how many frames a receiver has of it all: MSDUs, and management frames that are believed. */
static unsigned receive_all(struct run *r, struct stock *s)
{
	struct link *l = &r->l;
	struct rx_in in[MOST];
	unsigned believed = 0;
	size_t n = 0;

	in[n++] = (struct rx_in){&l->at_sta, s->amsdu};
	for (size_t i = 0; i < l->q.count; i++) {
		struct tx_mpdu *m = &l->q.mpdu[i];

		if (m->drop)
			assert_drop(m->drop, "no_memory");
		if (m->drop || !dot11_is_data(le16(m->frame->data))) {
			believed += !m->drop && !rx_management(&l->at_sta, m->frame);
			frame_free(m->frame);
		} else {
			in[n++] = (struct rx_in){&l->at_sta, m->frame};
		}
	}
	l->q.count = 0;
	rx_data(in, n, l->now, &l->out);
	return believed + (unsigned)l->out.msdus;
}

/* With the n-th allocation refused.  Returns whether there were so many. */
static bool try(struct crypto *c, enum cipher cipher, unsigned long n)
{
	enum { WHOLE = 5 + 2 + 2 /* data, parts of the A-MSDU, management */ };
	struct run r = {0};
	struct stock s;
	unsigned arrived;
	bool so_many;

	link_open(&r.l, c, cipher, true);
	link_group_key(&r.l, CIPHER_BIP_CMAC_128, 4, 0x55);
	r.l.at_ap.mfp = r.l.at_sta.mfp = true;
	lay_in(&r.l, &s);
	left = n;
	armed = true;
	send_all(&r, &s);
	arrived = receive_all(&r, &s);
	so_many = !armed;
	armed = false;
	/* One was refused: one frame is missing at the most, but for the A-MSDU, which may be missing whole. */
	assert_true(arrived <= WHOLE && arrived + 2 >= WHOLE);
	assert_true(so_many || arrived == WHOLE);
	for (size_t i = 0; i < r.l.out.drops; i++)
		assert_true(r.l.out.dropped[i].drop == DROP_NO_MEMORY ||
			    r.l.out.dropped[i].drop == DROP_FRAGMENT_ORDER ||
			    r.l.out.dropped[i].drop == DROP_FRAGMENT_PN);
	/* Who shared a buffer has what it had. */
	assert_int_equal(s.other->len, ETHER_HLEN + 60);
	assert_int_equal(be16(s.other->data + 12), ETHERTYPE_IP6);
	frame_free(s.other);
	rx_out_clear(&r.l.out);
	/* Afterwards all is as before. */
	r.l.at_ap.fragment = 64;
	assert_drop(tx_data(&r.l.q, &r.l.at_ap, ethernet(STA, HOST, ETHERTYPE_IP4, 200), &plainly), "none");
	link_carry(&r.l, false);
	assert_came(&r.l, 1, "none");
	link_close(&r.l);
	return so_many;
}

static void each_allocation_of_the_paths_may_fail(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_CCMP_128, CIPHER_GCMP_256};

	for (size_t i = 0; i < COUNT(ciphers); i++) {
		unsigned long n = 0;

		while (try(*state, ciphers[i], n))
			n++;
		assert_true(n > 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_of_the_paths_may_fail),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
