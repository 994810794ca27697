/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sweep for the failure of 2007: a frame of any length with any room is sealed, whole, and opens again at the other end.
 * TKIP needs 8 bytes for Michael and 4 for the ICV after the payload, and 8 before it; a driver that reserved only the 4
 * lost each SYN+ACK whose buffer happened to have 4 to 11 bytes of slack.
 *
 * Every length × headroom 0..64 × tailroom 0..32 × each cipher × {data, management, fragments, shared buffer} would be
 * about 10^8 frames. Room and length meet only in frame_reserve(), so the sweep is: each headroom and tailroom with the
 * lengths around every boundary, and each length with the rooms around every boundary.
 */
#include "hex.h"

#include "softmac/frag.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"

enum shape { DATA, QOS, FOUR_ADDRESSES, MANAGEMENT, FRAGMENTS, SHARED, UNRESERVED, SHAPES };

struct key_pair {
	struct key out, in;
};

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

static void key_pair_set(struct key_pair *pair, struct crypto *crypto, enum cipher cipher)
{
	uint8_t material[KEY_MAX];
	struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0};

	for (size_t i = 0; i < sizeof(material); i++)
		material[i] = (uint8_t)(i * 11 + 1);
	memset(pair, 0, sizeof(*pair));
	assert_int_equal(key_set(&pair->in, crypto, cipher, material, cipher_key_len(cipher), use), 0);
	use.authenticator = true;
	assert_int_equal(key_set(&pair->out, crypto, cipher, material, cipher_key_len(cipher), use), 0);
}

static void key_pair_wipe(struct key_pair *pair)
{
	key_wipe(&pair->in);
	key_wipe(&pair->out);
}

static bool cipher_takes_shape(enum cipher cipher, enum shape shape)
{
	if (cipher >= CIPHER_BIP_CMAC_128)
		return shape == MANAGEMENT || shape == SHARED || shape == UNRESERVED;
	return shape != MANAGEMENT || cipher >= CIPHER_CCMP_128;
}

/* Returns a frame of that shape with `body` bytes after the MAC header. */
static struct frame *shaped_frame(enum cipher cipher, enum shape shape, size_t body, size_t head, size_t tail)
{
	uint8_t bytes[64 + 2400];
	uint16_t fc = FC_DATA | FC_FROM_DS;
	size_t hdr;

	if (shape == MANAGEMENT || cipher >= CIPHER_BIP_CMAC_128)
		fc = 0x00d0; /* action */
	else if (shape == QOS || shape == SHARED)
		fc |= FC_QOS;
	else if (shape == FOUR_ADDRESSES)
		fc |= FC_QOS | FC_TO_DS | FC_ORDER;
	hdr = dot11_hdr_len(fc);
	for (size_t i = 0; i < hdr + body; i++)
		bytes[i] = (uint8_t)(i * 5 + i / 256);
	put_le16(bytes, fc);
	bytes[DOT11_OFF_ADDR1] &= 0xfe;
	bytes[DOT11_OFF_SEQ] &= 0xf0;
	return frame_from(bytes, hdr + body, head, tail);
}

static bool passes_through(struct key_pair *pair, struct frame *frame, uint64_t *pn)
{
	return !key_seal(&pair->out, frame) && le16(frame->data) & FC_PROTECTED && !key_open(&pair->in, frame, pn);
}

/* Fragments are sealed one by one and reassembled by their numbers. */
static bool passes_in_fragments(struct key_pair *pair, struct frame *frame, size_t head, size_t tail)
{
	struct frame *part[FRAGMENTS_MAX], *whole;
	size_t hdr = dot11_hdr_len(le16(frame->data)), size = (frame->len - hdr) / 5 + 2;
	uint64_t pn = 0;
	bool ok = true;
	int count;

	if (key_seal_msdu(&pair->out, frame))
		return false;
	count = frag_split(frame, size + size % 2, head, tail, part, FRAGMENTS_MAX);
	if (count < 1)
		return false;
	whole = frame_from(frame->data, hdr, 0, 0);
	for (int i = 0; i < count; i++) {
		ok = ok && passes_through(pair, part[i], &pn) &&
		     (le16(part[i]->data + DOT11_OFF_SEQ) & DOT11_FRAG_MASK) == i;
		if (ok)
			memcpy(frame_put(whole, part[i]->len - hdr), part[i]->data + hdr, part[i]->len - hdr);
		frame_free(part[i]);
	}
	ok = ok && whole->len == frame->len && memcmp(whole->data, frame->data, frame->len) == 0 &&
	     !key_open_msdu(&pair->in, whole, pn);
	frame_free(whole);
	return ok;
}

static bool passes_whole(struct key_pair *pair, struct frame *frame)
{
	uint64_t pn;

	if (pair->out.cipher < CIPHER_BIP_CMAC_128)
		return !key_seal_msdu(&pair->out, frame) && passes_through(pair, frame, &pn) &&
		       !key_open_msdu(&pair->in, frame, pn);
	return !key_seal(&pair->out, frame) && !key_open(&pair->in, frame, &pn);
}

static void check_frame(struct key_pair *pair, enum shape shape, size_t body, size_t had_head, size_t had_tail)
{
	struct frame *frame = shaped_frame(pair->out.cipher, shape, body, had_head, had_tail);
	struct frame *want = frame_from(frame->data, frame->len, 0, 0),
		     *other = shape == SHARED ? frame_clone(frame) : NULL;
	unsigned moves;
	size_t head, tail;
	bool ok;

	key_overhead(pair->out.cipher, &head, &tail);
	if (shape != UNRESERVED)
		assert_int_equal(frame_reserve(frame, head, tail), 0);
	moves = frame->cost.moves + frame->cost.growths + frame->cost.copies;
	ok = shape == FRAGMENTS ? passes_in_fragments(pair, frame, had_head, had_tail) : passes_whole(pair, frame);
	if (!ok)
		fail_msg("%s, shape %d, %zu bytes, headroom %zu, tailroom %zu: lost", cipher_name(pair->out.cipher),
			 shape, body, had_head, had_tail);
	/* Room was reserved once: no later stage moved the frame. */
	if (shape != UNRESERVED)
		assert_int_equal(frame->cost.moves + frame->cost.growths + frame->cost.copies, moves);
	if (shape != FRAGMENTS) {
		assert_int_equal(frame->len, want->len);
		assert_memory_equal(frame->data, want->data, want->len);
	}
	if (other) { /* the other owner of the buffer still has its frame, in the clear */
		assert_int_equal(other->len, want->len);
		assert_memory_equal(other->data, want->data, want->len);
	}
	frame_free(other);
	frame_free(want);
	frame_free(frame);
}

/* The body of 2007: LLC/SNAP and a SYN+ACK, 92 bytes with the MAC header. */
enum { SYN_ACK = 8 + 60 };

static void cipher_works_with_every_headroom_and_tailroom(void **state)
{
	static const size_t lengths[] = {0, 1, SYN_ACK, 255};
	struct key_pair pair;

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		key_pair_set(&pair, *state, cipher);
		for (enum shape shape = 0; shape < SHAPES; shape++)
			for (size_t head = 0; cipher_takes_shape(cipher, shape) && head <= 64; head++)
				for (size_t tail = 0; tail <= 32; tail++)
					check_frame(&pair, shape, lengths[(head + tail) % COUNT(lengths)], head, tail);
		for (size_t tail = 0; tail <= 32; tail++) /* the failing shape, with all rooms */
			for (size_t head = 0; head <= 64; head++)
				check_frame(&pair, cipher >= CIPHER_BIP_CMAC_128 ? MANAGEMENT : DATA, SYN_ACK, head,
					    tail);
		key_pair_wipe(&pair);
	}
}

static void cipher_works_with_every_length(void **state)
{
	static const size_t room[] = {0, 3, 4, 7, 8, 11, 12, 25, 32};
	struct key_pair pair;

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		key_pair_set(&pair, *state, cipher);
		for (enum shape shape = 0; shape < SHAPES; shape++)
			for (size_t body = 0; cipher_takes_shape(cipher, shape) && body <= 2304; body++)
				check_frame(&pair, shape, body, room[body % COUNT(room)],
					    room[(body / COUNT(room) + shape) % COUNT(room)]);
		key_pair_wipe(&pair);
	}
}

/* key_overhead() returns exactly what sealing adds: less would cost a move for each frame, more would waste memory. */
static void reserved_room_equals_used_room(void **state)
{
	struct key_pair pair;
	size_t head, tail;

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		enum shape shape = cipher >= CIPHER_BIP_CMAC_128 ? MANAGEMENT : DATA;
		struct frame *frame = shaped_frame(cipher, shape, SYN_ACK, 0, 0);
		size_t before = frame->len;

		key_pair_set(&pair, *state, cipher);
		key_overhead(cipher, &head, &tail);
		if (shape == DATA)
			assert_int_equal(key_seal_msdu(&pair.out, frame), NOT_DROPPED);
		assert_int_equal(key_seal(&pair.out, frame), NOT_DROPPED);
		assert_int_equal(frame->len, before + head + tail);
		frame_free(frame);
		key_pair_wipe(&pair);
	}
	key_overhead(CIPHER_TKIP, &head, &tail);
	assert_int_equal(head, 8);
	assert_int_equal(tail, 8 + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cipher_works_with_every_headroom_and_tailroom),
		cmocka_unit_test(cipher_works_with_every_length),
		cmocka_unit_test(reserved_room_equals_used_room),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
