/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sweep of test_room.c through both paths: an Ethernet frame of any length with any room goes in at one end and comes
 * out at the other, with each cipher, whole or in fragments, and with a shared buffer. Room is reserved once: the bytes
 * of the frame move at most once, and not at all if there is enough room.
 */
#include "link.h"

enum shape { DOWN, UP, QOS, BROADCAST, FRAGMENTS, SHARED, SHAPES };

static const enum cipher ciphers[] = {CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,     CIPHER_CCMP_128,
				      CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256, CIPHER_NONE /* none: open */};

/* The packet of the failure that test_room.c describes: a SYN+ACK, IP and TCP with options. */
enum { SYN_ACK = 60, LONGEST = MSDU_MAX - 8, BATCH = 50, HEAD_MAX = 64, TAIL_MAX = 32 };

struct sweep {
	struct test_link link;
	enum shape shape;
	struct frame *want[BATCH], *clone[BATCH];
	size_t count;
};

static bool is_up(enum shape shape)
{
	return shape == UP || shape == FRAGMENTS;
}

static void sweep_start(struct sweep *sweep, struct crypto *crypto, enum cipher cipher, enum shape shape)
{
	sweep->shape = shape;
	sweep->count = 0;
	link_open(&sweep->link, crypto, cipher, shape == QOS || shape == SHARED);
}

static struct frame *frame_with_room(enum shape shape, size_t len, size_t head, size_t tail)
{
	const uint8_t *to = is_up(shape) ? HOST : shape == BROADCAST ? ALL : STA;
	struct frame *frame = ethernet_frame(to, is_up(shape) ? STA : HOST, ETHERTYPE_IP4, len), *fit;

	fit = frame_from(frame->data, frame->len, head, tail);
	frame_free(frame);
	assert_non_null(fit);
	assert_int_equal(frame_headroom(fit), head);
	assert_int_equal(frame_tailroom(fit), tail);
	return fit;
}

static unsigned move_count(const struct frame *frame)
{
	return frame->cost.moves + frame->cost.growths;
}

/* All sent frames come out at the other end unchanged, in order. */
static void check_arrival(struct sweep *sweep, size_t len, size_t head, size_t tail)
{
	struct test_link *link = &sweep->link;

	tx_queue_seal(&link->queue);
	for (size_t i = 0; i < link->queue.count; i++) {
		const struct frame *frame = link->queue.mpdus[i].frame;

		assert_true(move_count(frame) <= 1);
		assert_int_equal(frame->cost.copies, sweep->shape == SHARED);
		assert_int_equal(!(le16(frame->data) & FC_PROTECTED), !link->at_ap.rsn && !link->ap_group.gtk[1].set);
	}
	link_receive_all(link, is_up(sweep->shape));
	for (size_t i = 0; i < sweep->count; i++) {
		const struct frame *got = i < link->out.msdu_count ? link->out.msdus[i].frame : NULL,
				   *want = sweep->want[i];

		if (!got || got->len != want->len || memcmp(got->data, want->data, want->len) != 0)
			fail_msg("cipher %u, shape %u, about %zu bytes, headroom %zu, tailroom %zu: lost",
				 link->at_ap.rsn ? link->at_ap.pairwise.cipher : link->ap_group.gtk[1].cipher,
				 sweep->shape, len, head, tail);
		/* The other owner of a shared buffer still has its plaintext frame. */
		if (sweep->clone[i])
			assert_memory_equal(sweep->clone[i]->data, want->data, want->len);
		frame_free(sweep->want[i]);
		frame_free(sweep->clone[i]);
	}
	assert_int_equal(link->out.msdu_count, sweep->count);
	assert_int_equal(link->out.drop_count, 0);
	rx_out_clear(&link->out);
	sweep->count = 0;
}

static void send_one(struct sweep *sweep, size_t len, size_t head, size_t tail)
{
	struct frame *frame = frame_with_room(sweep->shape, len, head, tail);
	struct test_link *link = &sweep->link;
	size_t before = link->queue.count;
	enum drop drop;

	sweep->want[sweep->count] = frame_from(frame->data, frame->len, 0, 0);
	sweep->clone[sweep->count++] = sweep->shape == SHARED ? frame_clone(frame) : NULL;
	link->at_sta.fragment_body_max = sweep->shape == FRAGMENTS ? (uint16_t)((len + 16) / 6 + 2) & ~1u : 0;
	if (sweep->shape == BROADCAST)
		drop = tx_group_data(&link->queue, &link->ap_group, AP, link->at_ap.rsn, frame, &no_options);
	else
		drop = tx_data(&link->queue, is_up(sweep->shape) ? &link->at_sta : &link->at_ap, frame, &no_options);
	assert_drop(drop, "none");
	for (size_t i = before; i < link->queue.count && sweep->shape != FRAGMENTS; i++)
		/* The frame does not move if its room suffices for all headers and trailers. */
		assert_true(!move_count(link->queue.mpdus[i].frame) || head < 28 + 8 + 6 - 12 || tail < 16);
	assert_true(sweep->shape != FRAGMENTS || link->queue.count > before + 1);
	if (sweep->count == BATCH || link->queue.count > 250)
		check_arrival(sweep, len, head, tail);
}

static void syn_ack_passes_with_every_headroom_and_tailroom(void **state)
{
	struct sweep sweep = {0};

	for (size_t cipher_index = 0; cipher_index < COUNT(ciphers); cipher_index++)
		for (enum shape shape = 0; shape < SHAPES; shape++) {
			sweep_start(&sweep, *state, ciphers[cipher_index], shape);
			for (size_t head = 0; head <= HEAD_MAX; head++)
				for (size_t tail = 0; tail <= TAIL_MAX; tail++)
					send_one(&sweep, SYN_ACK, head, tail);
			check_arrival(&sweep, SYN_ACK, HEAD_MAX, TAIL_MAX);
			link_close(&sweep.link);
		}
}

static void path_works_with_every_length(void **state)
{
	static const size_t room[] = {0, 3, 4, 7, 8, 11, 12, 25, 32};
	struct sweep sweep = {0};

	for (size_t cipher_index = 0; cipher_index < COUNT(ciphers); cipher_index++)
		for (enum shape shape = 0; shape < SHAPES; shape++) {
			sweep_start(&sweep, *state, ciphers[cipher_index], shape);
			for (size_t len = 0; len <= LONGEST; len++)
				send_one(&sweep, len, room[len % COUNT(room)],
					 room[(len / COUNT(room) + shape) % COUNT(room)]);
			check_arrival(&sweep, LONGEST, 0, 0);
			link_close(&sweep.link);
		}
}

/* Protected management frames need tailroom for their MIC, too. */
static void management_frames_pass_with_every_headroom_and_tailroom(void **state)
{
	static const enum cipher pairwise[] = {CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256};
	static const enum cipher group[] = {CIPHER_BIP_CMAC_128, CIPHER_BIP_CMAC_256, CIPHER_BIP_GMAC_128,
					    CIPHER_BIP_GMAC_256};
	static const uint8_t body[3] = {3, 0, 7};
	struct test_link link;

	for (size_t cipher_index = 0; cipher_index < 2 * COUNT(pairwise); cipher_index++) {
		link_open(&link, *state, pairwise[cipher_index / 2], true);
		link_group_key(&link, group[cipher_index / 2], 4, 0x55);
		link.at_ap.mfp = link.at_sta.mfp = true;
		for (size_t head = 0; head <= HEAD_MAX; head++)
			for (size_t tail = 0; tail <= TAIL_MAX; tail++) {
				struct frame *bare = mgmt_begin(MGMT_DEAUTH, cipher_index & 1 ? ALL : STA, AP, AP)
							     .frame,
					     *frame;

				frame = frame_new(head, bare->len + sizeof(body), tail);
				memcpy(frame_bytes(frame), bare->data, bare->len);
				memcpy(frame_bytes(frame) + bare->len, body, sizeof(body));
				if (cipher_index & 1)
					assert_drop(tx_management_group(&link.queue, &link.ap_group, true, frame),
						    "none");
				else
					assert_drop(tx_management(&link.queue, &link.at_ap, frame, NULL, &no_options),
						    "none");
				frame = link_take_frame(&link, 0);
				assert_true(move_count(frame) <= 1 && frame->len > bare->len + sizeof(body));
				assert_drop(rx_management(&link.at_sta, frame), "none");
				assert_int_equal(frame->len, bare->len + sizeof(body));
				assert_memory_equal(frame->data + bare->len, body, sizeof(body));
				frame_free(frame);
				frame_free(bare);
			}
		link_close(&link);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_ack_passes_with_every_headroom_and_tailroom),
		cmocka_unit_test(path_works_with_every_length),
		cmocka_unit_test(management_frames_pass_with_every_headroom_and_tailroom),
	};

	return cmocka_run_group_tests(tests, set_up_crypto, tear_down_crypto);
}
