/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "softmac/key.h"
#include "softmac/mpdu.h"

#include "softmac/defrag.h"

/* Only compared, never looked into. */
static const struct key one, another;

enum { HDR = 26 };

/* A fragment of MSDU `seq` in `tid`: `len` bytes that count on from `at`. */
static struct frame *part(uint16_t seq, uint8_t tid, uint8_t number, bool more, size_t at, size_t len)
{
	struct frame *f = frame_new(0, HDR + len, 0);
	uint8_t *p = frame_own(f);

	for (int i = 0; i < HDR; i++)
		p[i] = (uint8_t)(2 * i);
	put_le16(p, FC_DATA | FC_QOS | FC_TO_DS | (more ? FC_MORE_FRAGS : 0));
	put_le16(p + DOT11_SEQ, (uint16_t)(seq << 4 | number));
	put_le16(p + 24, tid);
	for (size_t i = 0; i < len; i++)
		p[HDR + i] = (uint8_t)((at + i) * 3 + (at + i) / 256);
	return f;
}

static enum drop add(struct defrag *d, struct frame *f, uint64_t pn, uint64_t now, struct frame **out)
{
	struct defrag_in in = {.now_ns = now, .pn = pn, .key = &one};

	return defrag_add(d, f, &in, out);
}

#define assert_waits(d, f, pn, now)                                         \
	do {                                                                \
		struct frame *whole_;                                       \
		assert_int_equal(add(d, f, pn, now, &whole_), NOT_DROPPED); \
		assert_null(whole_);                                        \
	} while (0)

#define assert_refused(d, f, pn, now, reason)                  \
	do {                                                   \
		struct frame *whole_;                          \
		enum drop drop_ = add(d, f, pn, now, &whole_); \
		assert_string_equal(drop_name(drop_), reason); \
		assert_null(whole_);                           \
	} while (0)

#define assert_whole(d, f, pn, now, want)                                   \
	do {                                                                \
		struct frame *whole_;                                       \
		struct frame *want_ = want;                                 \
		assert_int_equal(add(d, f, pn, now, &whole_), NOT_DROPPED); \
		assert_non_null(whole_);                                    \
		assert_int_equal(whole_->len, want_->len);                  \
		assert_memory_equal(whole_->data, want_->data, want_->len); \
		frame_free(whole_);                                         \
		frame_free(want_);                                          \
	} while (0)

static bool is_empty(const struct defrag *d)
{
	for (int i = 0; i < DEFRAG_AT_ONCE; i++)
		if (d->entry[i].frame)
			return false;
	return true;
}

static void fragments_make_a_whole(void **state)
{
	struct defrag d = {0};

	(void)state;
	for (uint8_t n = 2; n <= 16; n++) {
		for (uint8_t i = 0; i < n - 1; i++)
			assert_waits(&d, part(5, 3, i, true, i * 40u, 40), 100u + i, i);
		assert_whole(&d, part(5, 3, n - 1, false, (n - 1) * 40u, 7), 100u + n - 1, 20,
			     part(5, 3, 0, false, 0, (n - 1) * 40u + 7));
		assert_true(is_empty(&d));
	}
	/* Who is whole already passes, and touches nothing. */
	assert_waits(&d, part(5, 3, 0, true, 0, 40), 1, 0);
	assert_whole(&d, part(5, 3, 0, false, 0, 44), 9, 0, part(5, 3, 0, false, 0, 44));
	assert_false(is_empty(&d));
	defrag_purge(&d);
	assert_true(is_empty(&d));
}

static void the_first_one_makes_the_room_for_all(void **state)
{
	struct defrag d = {0};
	struct frame *whole, *f = part(1, 0, 0, true, 0, 256);

	(void)state;
	assert_waits(&d, f, 1, 0);
	for (uint8_t i = 1; i < 8; i++)
		assert_waits(&d, part(1, 0, i, true, i * 256u, 256), i + 1u, 0);
	assert_int_equal(add(&d, part(1, 0, 8, false, 8 * 256u, 256), 9, 0, &whole), NOT_DROPPED);
	assert_int_equal(whole->cost.growths + whole->cost.moves, 1);
	frame_free(whole);
}

static void msdus_come_side_by_side(void **state)
{
	struct defrag d = {0};

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		for (uint8_t tid = 0; tid < 4; tid++)
			assert_waits(&d, part(7, tid, i, true, i * 10u, 10), i + 1u, 0);
	for (uint8_t tid = 0; tid < 4; tid++)
		assert_whole(&d, part(7, tid, 3, false, 30, 2), 4, 0, part(7, tid, 0, false, 0, 32));
	assert_true(is_empty(&d));
}

static void a_fifth_msdu_takes_the_place_of_the_oldest(void **state)
{
	struct defrag d = {0};

	(void)state;
	for (uint16_t seq = 0; seq < 5; seq++)
		assert_waits(&d, part(seq, 0, 0, true, 0, 10), seq * 2 + 1u, seq);
	assert_refused(&d, part(0, 0, 1, false, 10, 10), 2, 9, "fragment_order");
	for (uint16_t seq = 1; seq < 5; seq++)
		assert_whole(&d, part(seq, 0, 1, false, 10, 10), seq * 2 + 2u, 9, part(seq, 0, 0, false, 0, 20));
}

static void order_is_kept(void **state)
{
	struct defrag d = {0};

	(void)state;
	assert_refused(&d, part(1, 0, 1, true, 10, 10), 2, 0, "fragment_order"); /* no first one */
	assert_waits(&d, part(1, 0, 0, true, 0, 10), 1, 0);
	assert_refused(&d, part(1, 0, 2, true, 20, 10), 2, 0, "fragment_order"); /* one is missing */
	assert_true(is_empty(&d));
	assert_waits(&d, part(1, 0, 0, true, 0, 10), 1, 0);
	assert_refused(&d, part(2, 0, 1, false, 10, 10), 2, 0, "fragment_order"); /* of another MSDU */
	assert_refused(&d, part(1, 1, 1, false, 10, 10), 2, 0, "fragment_order"); /* of another TID */
	/* The first one again begins again. */
	assert_waits(&d, part(1, 0, 0, true, 0, 10), 3, 0);
	assert_whole(&d, part(1, 0, 1, false, 10, 10), 4, 0, part(1, 0, 0, false, 0, 20));
}

/* FragAttacks: CVE-2020-24587, CVE-2020-26147. */
static void another_key_or_none_is_refused(void **state)
{
	static const struct key *const keys[] = {&one, &another, NULL};
	struct defrag d = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++) {
			struct frame *whole;

			assert_int_equal(
				defrag_add(&d, part(1, 0, 0, true, 0, 10), &(struct defrag_in){0, 1, keys[i]}, &whole),
				NOT_DROPPED);
			assert_int_equal(defrag_add(&d, part(1, 0, 1, false, 10, 10),
						    &(struct defrag_in){0, 2, keys[k]}, &whole),
					 i == k ? NOT_DROPPED : DROP_FRAGMENT_MIXED);
			assert_int_equal(!!whole, i == k);
			frame_free(whole);
			assert_true(is_empty(&d));
		}
}

/* FragAttacks: CVE-2020-26146. */
static void packet_numbers_follow_one_another(void **state)
{
	static const uint64_t wrong[] = {1, 8, 10, 12, PN_MAX};
	struct defrag d = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_waits(&d, part(1, 0, 0, true, 0, 10), 10, 0);
		assert_refused(&d, part(1, 0, 1, false, 10, 10), wrong[i], 0, "fragment_pn");
		assert_true(is_empty(&d));
	}
	/* WEP has none. */
	assert_waits(&d, part(1, 0, 0, true, 0, 10), 0, 0);
	assert_whole(&d, part(1, 0, 1, false, 10, 10), 0, 0, part(1, 0, 0, false, 0, 20));
}

static void addresses_are_those_of_the_first(void **state)
{
	struct defrag d = {0};

	(void)state;
	for (int at = DOT11_ADDR1; at < DOT11_SEQ; at++) {
		struct frame *f = part(1, 0, 1, false, 10, 10);

		assert_waits(&d, part(1, 0, 0, true, 0, 10), 1, 0);
		frame_own(f)[at] ^= 0x40;
		assert_refused(&d, f, 2, 0, "fragment_mixed");
	}
}

static void what_does_not_come_in_time_is_given_up(void **state)
{
	struct defrag d = {0};

	(void)state;
	assert_waits(&d, part(1, 0, 0, true, 0, 10), 1, 50);
	assert_whole(&d, part(1, 0, 1, false, 10, 10), 2, 50 + DEFRAG_NS, part(1, 0, 0, false, 0, 20));
	assert_waits(&d, part(1, 0, 0, true, 0, 10), 1, 50);
	assert_refused(&d, part(1, 0, 1, false, 10, 10), 2, 51 + DEFRAG_NS, "fragment_order");
	assert_true(is_empty(&d));
}

/* An MSDU with its Michael code is the most that there is. */
static void no_whole_is_longer_than_an_msdu(void **state)
{
	struct defrag d = {0};

	(void)state;
	assert_waits(&d, part(1, 0, 0, true, 0, 2000), 1, 0);
	assert_whole(&d, part(1, 0, 1, false, 2000, MSDU_MAX + 8 - 2000), 2, 0, part(1, 0, 0, false, 0, MSDU_MAX + 8));
	assert_waits(&d, part(1, 0, 0, true, 0, 2000), 1, 0);
	assert_refused(&d, part(1, 0, 1, false, 2000, MSDU_MAX + 9 - 2000), 2, 0, "mtu");
	assert_refused(&d, part(1, 0, 0, true, 0, MSDU_MAX + 9), 1, 0, "mtu");
	assert_true(is_empty(&d));
}

static void sixteen_are_the_most(void **state)
{
	struct defrag d = {0};

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		assert_waits(&d, part(1, 0, i, true, i * 10u, 10), i + 1u, 0);
	assert_refused(&d, part(1, 0, 15, false, 160, 10), 17, 0, "fragment_order");
	assert_true(is_empty(&d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_make_a_whole),
		cmocka_unit_test(the_first_one_makes_the_room_for_all),
		cmocka_unit_test(msdus_come_side_by_side),
		cmocka_unit_test(a_fifth_msdu_takes_the_place_of_the_oldest),
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(another_key_or_none_is_refused),
		cmocka_unit_test(packet_numbers_follow_one_another),
		cmocka_unit_test(addresses_are_those_of_the_first),
		cmocka_unit_test(what_does_not_come_in_time_is_given_up),
		cmocka_unit_test(no_whole_is_longer_than_an_msdu),
		cmocka_unit_test(sixteen_are_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
