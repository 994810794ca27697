/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sweep of test_room.c through the whole of the two paths: an Ethernet frame of any length with any room around it
 * goes in at one end and comes out at the other, with each cipher; whole, in fragments, and when somebody else holds the
 * same buffer.  Room is asked for once: whatever the frame came with, its bytes move once at the most, and not at all
 * where there was enough.
 */
#include "link.h"

enum shape { DOWN, UP, QOS, TO_ALL, FRAGMENTS, SHARED, SHAPES };

static const enum cipher ciphers[] = {CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,     CIPHER_CCMP_128,
				      CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256, CIPHERS /* none: open */};

/* The SYN+ACK of 2007: IP and TCP with options. */
enum { SYN_ACK = 60, LONGEST = MSDU_MAX - 8, BATCH = 50, HEAD_MAX = 64, TAIL_MAX = 32 };

struct sweep {
	struct link l;
	enum shape shape;
	struct frame *want[BATCH], *other[BATCH];
	size_t count;
};

static bool is_up(enum shape s)
{
	return s == UP || s == FRAGMENTS;
}

static void start(struct sweep *s, struct crypto *c, enum cipher cipher, enum shape shape)
{
	s->shape = shape;
	s->count = 0;
	link_open(&s->l, c, cipher, shape == QOS || shape == SHARED);
}

static struct frame *with_room(enum shape s, size_t len, size_t head, size_t tail)
{
	const uint8_t *to = is_up(s) ? HOST : s == TO_ALL ? ALL : STA;
	struct frame *f = ethernet(to, is_up(s) ? STA : HOST, ETHERTYPE_IP4, len), *fit;

	fit = frame_from(f->data, f->len, head, tail);
	frame_free(f);
	assert_non_null(fit);
	assert_int_equal(frame_headroom(fit), head);
	assert_int_equal(frame_tailroom(fit), tail);
	return fit;
}

static unsigned moved(const struct frame *f)
{
	return f->cost.moves + f->cost.growths;
}

/* All that was sent comes out at the other end as it was, in order. */
static void arrive(struct sweep *s, size_t len, size_t head, size_t tail)
{
	struct link *l = &s->l;

	tx_finish(&l->q);
	for (size_t i = 0; i < l->q.count; i++) {
		const struct frame *f = l->q.mpdu[i].frame;

		assert_true(moved(f) <= 1);
		assert_int_equal(f->cost.copies, s->shape == SHARED);
		assert_int_equal(!(le16(f->data) & FC_PROTECTED), !l->at_ap.rsn && !l->net.gtk[1].set);
	}
	link_carry(l, is_up(s->shape));
	for (size_t i = 0; i < s->count; i++) {
		const struct frame *got = i < l->out.msdus ? l->out.msdu[i].frame : NULL, *want = s->want[i];

		if (!got || got->len != want->len || memcmp(got->data, want->data, want->len) != 0)
			fail_msg("cipher %u, shape %u, about %zu bytes, headroom %zu, tailroom %zu: lost",
				 l->at_ap.rsn ? l->at_ap.pairwise.cipher : l->net.gtk[1].cipher, s->shape, len, head,
				 tail);
		/* Whoever shared the buffer has its frame, in the clear. */
		if (s->other[i])
			assert_memory_equal(s->other[i]->data, want->data, want->len);
		frame_free(s->want[i]);
		frame_free(s->other[i]);
	}
	assert_int_equal(l->out.msdus, s->count);
	assert_int_equal(l->out.drops, 0);
	rx_out_clear(&l->out);
	s->count = 0;
}

static void one(struct sweep *s, size_t len, size_t head, size_t tail)
{
	struct frame *f = with_room(s->shape, len, head, tail);
	struct link *l = &s->l;
	size_t before = l->q.count;
	enum drop d;

	s->want[s->count] = frame_from(f->data, f->len, 0, 0);
	s->other[s->count++] = s->shape == SHARED ? frame_clone(f) : NULL;
	l->at_sta.fragment = s->shape == FRAGMENTS ? (uint16_t)((len + 16) / 6 + 2) & ~1u : 0;
	if (s->shape == TO_ALL)
		d = tx_group(&l->q, &l->net, AP, l->at_ap.rsn, f, &plainly);
	else
		d = tx_data(&l->q, is_up(s->shape) ? &l->at_sta : &l->at_ap, f, &plainly);
	assert_drop(d, "none");
	for (size_t i = before; i < l->q.count && s->shape != FRAGMENTS; i++)
		assert_true(!moved(l->q.mpdu[i].frame) || head < 28 + 8 + 6 - 12 || tail < 16);
	assert_true(s->shape != FRAGMENTS || l->q.count > before + 1);
	if (s->count == BATCH || l->q.count > 250)
		arrive(s, len, head, tail);
}

static void the_failing_shape_goes_through_in_every_room(void **state)
{
	struct sweep s = {0};

	for (size_t c = 0; c < COUNT(ciphers); c++)
		for (enum shape shape = 0; shape < SHAPES; shape++) {
			start(&s, *state, ciphers[c], shape);
			for (size_t head = 0; head <= HEAD_MAX; head++)
				for (size_t tail = 0; tail <= TAIL_MAX; tail++)
					one(&s, SYN_ACK, head, tail);
			arrive(&s, SYN_ACK, HEAD_MAX, TAIL_MAX);
			link_close(&s.l);
		}
}

static void every_length_goes_through(void **state)
{
	static const size_t room[] = {0, 3, 4, 7, 8, 11, 12, 25, 32};
	struct sweep s = {0};

	for (size_t c = 0; c < COUNT(ciphers); c++)
		for (enum shape shape = 0; shape < SHAPES; shape++) {
			start(&s, *state, ciphers[c], shape);
			for (size_t len = 0; len <= LONGEST; len++)
				one(&s, len, room[len % COUNT(room)], room[(len / COUNT(room) + shape) % COUNT(room)]);
			arrive(&s, LONGEST, 0, 0);
			link_close(&s.l);
		}
}

/* Protected management frames had the same failure later: no tailroom. */
static void management_frames_go_through_in_every_room(void **state)
{
	static const enum cipher pairwise[] = {CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256};
	static const enum cipher group[] = {CIPHER_BIP_CMAC_128, CIPHER_BIP_CMAC_256, CIPHER_BIP_GMAC_128,
					    CIPHER_BIP_GMAC_256};
	static const uint8_t body[3] = {3, 0, 7};
	struct link l;

	for (size_t c = 0; c < 2 * COUNT(pairwise); c++) {
		link_open(&l, *state, pairwise[c / 2], true);
		link_group_key(&l, group[c / 2], 4, 0x55);
		l.at_ap.mfp = l.at_sta.mfp = true;
		for (size_t head = 0; head <= HEAD_MAX; head++)
			for (size_t tail = 0; tail <= TAIL_MAX; tail++) {
				struct frame *bare = mgmt_new(MGMT_DEAUTH, c & 1 ? ALL : STA, AP, AP), *f;

				f = frame_new(head, bare->len + sizeof body, tail);
				memcpy(bytes_of(f), bare->data, bare->len);
				memcpy(bytes_of(f) + bare->len, body, sizeof body);
				if (c & 1)
					assert_drop(tx_management_group(&l.q, &l.net, true, f), "none");
				else
					assert_drop(tx_management(&l.q, &l.at_ap, f, NULL, &plainly), "none");
				f = link_take(&l, 0);
				assert_true(moved(f) <= 1 && f->len > bare->len + sizeof body);
				assert_drop(rx_management(&l.at_sta, f), "none");
				assert_int_equal(f->len, bare->len + sizeof body);
				assert_memory_equal(f->data + bare->len, body, sizeof body);
				frame_free(f);
				frame_free(bare);
			}
		link_close(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_failing_shape_goes_through_in_every_room),
		cmocka_unit_test(every_length_goes_through),
		cmocka_unit_test(management_frames_go_through_in_every_room),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
