/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "softmac/key.h"
#include "softmac/mpdu.h"

#include "softmac/defrag.h"

/* Only compared, never dereferenced. */
static const struct key one, another;

enum { HDR = 26 };

/* Returns a fragment of MSDU `seq` in `tid`: `len` bytes that count from `at`. */
static struct frame *make_fragment(uint16_t seq, uint8_t tid, uint8_t number, bool more, size_t at, size_t len)
{
	struct frame *frame = frame_new(0, HDR + len, 0);
	uint8_t *bytes = frame_make_writable(frame);

	for (int i = 0; i < HDR; i++)
		bytes[i] = (uint8_t)(2 * i);
	put_le16(bytes, FC_DATA | FC_QOS | FC_TO_DS | (more ? FC_MORE_FRAGS : 0));
	put_le16(bytes + DOT11_OFF_SEQ, (uint16_t)(seq << 4 | number));
	put_le16(bytes + 24, tid);
	for (size_t i = 0; i < len; i++)
		bytes[HDR + i] = (uint8_t)((at + i) * 3 + (at + i) / 256);
	return frame;
}

static enum drop add_fragment(struct defrag *defrag, struct frame *frame, uint64_t pn, uint64_t now, struct frame **out)
{
	struct defrag_in in = {.now_ns = now, .pn = pn, .key = &one};

	return defrag_add(defrag, frame, &in, out);
}

#define assert_waits(d, f, pn, now)                                                  \
	do {                                                                         \
		struct frame *whole_;                                                \
		assert_int_equal(add_fragment(d, f, pn, now, &whole_), NOT_DROPPED); \
		assert_null(whole_);                                                 \
	} while (0)

#define assert_refused(d, f, pn, now, reason)                           \
	do {                                                            \
		struct frame *whole_;                                   \
		enum drop drop_ = add_fragment(d, f, pn, now, &whole_); \
		assert_string_equal(drop_name(drop_), reason);          \
		assert_null(whole_);                                    \
	} while (0)

#define assert_whole(d, f, pn, now, want)                                            \
	do {                                                                         \
		struct frame *whole_;                                                \
		struct frame *want_ = want;                                          \
		assert_int_equal(add_fragment(d, f, pn, now, &whole_), NOT_DROPPED); \
		assert_non_null(whole_);                                             \
		assert_int_equal(whole_->len, want_->len);                           \
		assert_memory_equal(whole_->data, want_->data, want_->len);          \
		frame_free(whole_);                                                  \
		frame_free(want_);                                                   \
	} while (0)

static bool is_empty(const struct defrag *defrag)
{
	for (int i = 0; i < DEFRAG_ENTRIES; i++)
		if (defrag->entries[i].frame)
			return false;
	return true;
}

static void fragments_are_reassembled(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	for (uint8_t fragment_count = 2; fragment_count <= 16; fragment_count++) {
		for (uint8_t i = 0; i < fragment_count - 1; i++)
			assert_waits(&defrag, make_fragment(5, 3, i, true, i * 40u, 40), 100u + i, i);
		assert_whole(&defrag, make_fragment(5, 3, fragment_count - 1, false, (fragment_count - 1) * 40u, 7),
			     100u + fragment_count - 1, 20,
			     make_fragment(5, 3, 0, false, 0, (fragment_count - 1) * 40u + 7));
		assert_true(is_empty(&defrag));
	}
	/* An unfragmented MSDU passes and affects no other. */
	assert_waits(&defrag, make_fragment(5, 3, 0, true, 0, 40), 1, 0);
	assert_whole(&defrag, make_fragment(5, 3, 0, false, 0, 44), 9, 0, make_fragment(5, 3, 0, false, 0, 44));
	assert_false(is_empty(&defrag));
	defrag_purge(&defrag);
	assert_true(is_empty(&defrag));
}

static void first_fragment_reserves_room(void **state)
{
	struct defrag defrag = {0};
	struct frame *whole, *frame = make_fragment(1, 0, 0, true, 0, 256);

	(void)state;
	assert_waits(&defrag, frame, 1, 0);
	for (uint8_t i = 1; i < 8; i++)
		assert_waits(&defrag, make_fragment(1, 0, i, true, i * 256u, 256), i + 1u, 0);
	assert_int_equal(add_fragment(&defrag, make_fragment(1, 0, 8, false, 8 * 256u, 256), 9, 0, &whole),
			 NOT_DROPPED);
	assert_int_equal(whole->cost.growths + whole->cost.moves, 1);
	frame_free(whole);
}

static void interleaved_msdus_are_reassembled(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		for (uint8_t tid = 0; tid < 4; tid++)
			assert_waits(&defrag, make_fragment(7, tid, i, true, i * 10u, 10), i + 1u, 0);
	for (uint8_t tid = 0; tid < 4; tid++)
		assert_whole(&defrag, make_fragment(7, tid, 3, false, 30, 2), 4, 0,
			     make_fragment(7, tid, 0, false, 0, 32));
	assert_true(is_empty(&defrag));
}

static void fifth_msdu_evicts_oldest(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	for (uint16_t seq = 0; seq < 5; seq++)
		assert_waits(&defrag, make_fragment(seq, 0, 0, true, 0, 10), seq * 2 + 1u, seq);
	assert_refused(&defrag, make_fragment(0, 0, 1, false, 10, 10), 2, 9, "fragment_order");
	for (uint16_t seq = 1; seq < 5; seq++)
		assert_whole(&defrag, make_fragment(seq, 0, 1, false, 10, 10), seq * 2 + 2u, 9,
			     make_fragment(seq, 0, 0, false, 0, 20));
}

static void out_of_order_fragment_is_refused(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	assert_refused(&defrag, make_fragment(1, 0, 1, true, 10, 10), 2, 0, "fragment_order"); /* no first fragment */
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 1, 0);
	assert_refused(&defrag, make_fragment(1, 0, 2, true, 20, 10), 2, 0, "fragment_order"); /* a missing fragment */
	assert_true(is_empty(&defrag));
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 1, 0);
	assert_refused(&defrag, make_fragment(2, 0, 1, false, 10, 10), 2, 0, "fragment_order"); /* of another MSDU */
	assert_refused(&defrag, make_fragment(1, 1, 1, false, 10, 10), 2, 0, "fragment_order"); /* of another TID */
	/* The first fragment again starts again. */
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 3, 0);
	assert_whole(&defrag, make_fragment(1, 0, 1, false, 10, 10), 4, 0, make_fragment(1, 0, 0, false, 0, 20));
}

/* FragAttacks: CVE-2020-24587, CVE-2020-26147. */
static void mixed_key_generation_is_refused(void **state)
{
	static const struct key *const keys[] = {&one, &another, NULL};
	struct defrag defrag = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++)
		for (size_t k = 0; k < COUNT(keys); k++) {
			struct frame *whole;

			assert_int_equal(defrag_add(&defrag, make_fragment(1, 0, 0, true, 0, 10),
						    &(struct defrag_in){0, 1, keys[i]}, &whole),
					 NOT_DROPPED);
			assert_int_equal(defrag_add(&defrag, make_fragment(1, 0, 1, false, 10, 10),
						    &(struct defrag_in){0, 2, keys[k]}, &whole),
					 i == k ? NOT_DROPPED : DROP_FRAGMENT_MIXED);
			assert_int_equal(!!whole, i == k);
			frame_free(whole);
			assert_true(is_empty(&defrag));
		}
}

/* FragAttacks: CVE-2020-26146. */
static void nonconsecutive_pn_is_refused(void **state)
{
	static const uint64_t wrong[] = {1, 8, 10, 12, PN_MAX};
	struct defrag defrag = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 10, 0);
		assert_refused(&defrag, make_fragment(1, 0, 1, false, 10, 10), wrong[i], 0, "fragment_pn");
		assert_true(is_empty(&defrag));
	}
	/* WEP has no packet numbers. */
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 0, 0);
	assert_whole(&defrag, make_fragment(1, 0, 1, false, 10, 10), 0, 0, make_fragment(1, 0, 0, false, 0, 20));
}

static void addresses_must_match_first_fragment(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	for (int at = DOT11_OFF_ADDR1; at < DOT11_OFF_SEQ; at++) {
		struct frame *frame = make_fragment(1, 0, 1, false, 10, 10);

		assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 1, 0);
		frame_make_writable(frame)[at] ^= 0x40;
		assert_refused(&defrag, frame, 2, 0, "fragment_mixed");
	}
}

static void late_fragments_expire(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 1, 50);
	assert_whole(&defrag, make_fragment(1, 0, 1, false, 10, 10), 2, 50 + DEFRAG_TIMEOUT_NS,
		     make_fragment(1, 0, 0, false, 0, 20));
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 10), 1, 50);
	assert_refused(&defrag, make_fragment(1, 0, 1, false, 10, 10), 2, 51 + DEFRAG_TIMEOUT_NS, "fragment_order");
	assert_true(is_empty(&defrag));
}

/* The maximum is an MSDU with its Michael MIC. */
static void oversized_msdu_is_refused(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 2000), 1, 0);
	assert_whole(&defrag, make_fragment(1, 0, 1, false, 2000, MSDU_MAX + 8 - 2000), 2, 0,
		     make_fragment(1, 0, 0, false, 0, MSDU_MAX + 8));
	assert_waits(&defrag, make_fragment(1, 0, 0, true, 0, 2000), 1, 0);
	assert_refused(&defrag, make_fragment(1, 0, 1, false, 2000, MSDU_MAX + 9 - 2000), 2, 0, "mtu");
	assert_refused(&defrag, make_fragment(1, 0, 0, true, 0, MSDU_MAX + 9), 1, 0, "mtu");
	assert_true(is_empty(&defrag));
}

static void at_most_sixteen_fragments(void **state)
{
	struct defrag defrag = {0};

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		assert_waits(&defrag, make_fragment(1, 0, i, true, i * 10u, 10), i + 1u, 0);
	assert_refused(&defrag, make_fragment(1, 0, 15, false, 160, 10), 17, 0, "fragment_order");
	assert_true(is_empty(&defrag));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_are_reassembled),
		cmocka_unit_test(first_fragment_reserves_room),
		cmocka_unit_test(interleaved_msdus_are_reassembled),
		cmocka_unit_test(fifth_msdu_evicts_oldest),
		cmocka_unit_test(out_of_order_fragment_is_refused),
		cmocka_unit_test(mixed_key_generation_is_refused),
		cmocka_unit_test(nonconsecutive_pn_is_refused),
		cmocka_unit_test(addresses_must_match_first_fragment),
		cmocka_unit_test(late_fragments_expire),
		cmocka_unit_test(oversized_msdu_is_refused),
		cmocka_unit_test(at_most_sixteen_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
