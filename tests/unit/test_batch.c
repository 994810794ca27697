/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a batch of any frames, keys and ciphers each frame has the same result as alone. The reference is key_seal() and
 * key_open() with libcrypto (crypto_disable_multibuffer()), frame by frame.
 */
#include "hex.h"

#include "../vectors/frames.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"

#include <errno.h>

enum { STATIONS = 4, HDR_MAX = 36, BODY_MAX = 2304, MANY = 300 };

/* Every cipher has the keys of four stations, each twice: for batches and for single frames. */
struct batch_test {
	struct crypto *crypto, *single_crypto;
	struct key batch[CIPHER_COUNT][STATIONS], single[CIPHER_COUNT][STATIONS];           /* senders */
	struct key batch_open[CIPHER_COUNT][STATIONS], single_open[CIPHER_COUNT][STATIONS]; /* receivers */
	uint32_t rng_state;
};

static uint32_t next_random(struct batch_test *test)
{
	test->rng_state = test->rng_state * 1664525 + 1013904223;
	return test->rng_state >> 8;
}

static void set_test_key(struct key *key, struct crypto *crypto, enum cipher cipher, unsigned station,
			 bool authenticator)
{
	struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : station & 3, .authenticator = authenticator};
	uint8_t material[KEY_MAX];

	for (size_t i = 0; i < sizeof(material); i++)
		material[i] = (uint8_t)(i * 7 + station * 31 + cipher + 1);
	assert_int_equal(key_set(key, crypto, cipher, material, cipher_key_len(cipher), use), 0);
}

static int set_up(void **state)
{
	struct batch_test *test = calloc(1, sizeof(*test));

	test->crypto = crypto_new();
	test->single_crypto = crypto_new();
	assert_non_null(test->crypto);
	assert_non_null(test->single_crypto);
	crypto_disable_multibuffer(test->single_crypto);
	test->rng_state = 1;
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		for (unsigned station = 0; station < STATIONS; station++) {
			set_test_key(&test->batch[cipher][station], test->crypto, cipher, station, true);
			set_test_key(&test->batch_open[cipher][station], test->crypto, cipher, station, false);
			set_test_key(&test->single[cipher][station], test->single_crypto, cipher, station, true);
			set_test_key(&test->single_open[cipher][station], test->single_crypto, cipher, station, false);
		}
	*state = test;
	return 0;
}

static int tear_down(void **state)
{
	struct batch_test *test = *state;

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		for (unsigned station = 0; station < STATIONS; station++) {
			key_wipe(&test->batch[cipher][station]);
			key_wipe(&test->batch_open[cipher][station]);
			key_wipe(&test->single[cipher][station]);
			key_wipe(&test->single_open[cipher][station]);
		}
	crypto_free(test->crypto);
	crypto_free(test->single_crypto);
	free(test);
	return 0;
}

/* Returns a frame of a type that the cipher supports, with varying shape and room. */
static struct frame *random_frame(struct batch_test *test, enum cipher cipher, size_t body)
{
	static const uint16_t shapes[] = {FC_DATA | FC_TO_DS, FC_DATA | FC_QOS | FC_FROM_DS,
					  FC_DATA | FC_QOS | FC_ORDER | FC_TO_DS | FC_FROM_DS};
	uint16_t fc = cipher >= CIPHER_BIP_CMAC_128 || (cipher >= CIPHER_CCMP_128 && next_random(test) % 8 == 0)
			      ? 0x00d0
			      : shapes[next_random(test) % COUNT(shapes)];
	size_t hdr = dot11_hdr_len(fc);
	uint8_t bytes[HDR_MAX + BODY_MAX];

	for (size_t i = 0; i < hdr + body; i++)
		bytes[i] = (uint8_t)next_random(test);
	put_le16(bytes, fc);
	put_le16(bytes + DOT11_OFF_SEQ, 0x0120);
	return frame_from(bytes, hdr + body, next_random(test) % 24, next_random(test) % 24);
}

static struct frame *copy_frame(const struct frame *frame)
{
	return frame_from(frame->data, frame->len, 0, 0);
}

static void assert_same_frame(const struct frame *left, const struct frame *right)
{
	assert_int_equal(left->len, right->len);
	assert_memory_equal(left->data, right->data, left->len);
}

struct key_batch {
	size_t count;
	struct key *batch[MANY], *single[MANY];
	struct frame *frame[MANY], *expected[MANY];
	enum drop drop[MANY];
	uint64_t pn[MANY];
};

static void add_frame(struct key_batch *list, struct key *batch, struct key *one, struct frame *frame)
{
	assert_true(list->count < MANY);
	assert_non_null(frame);
	list->batch[list->count] = batch;
	list->single[list->count] = one;
	list->frame[list->count] = frame;
	list->expected[list->count++] = copy_frame(frame);
}

static void seal_batch(struct key_batch *batch)
{
	key_seal_batch(batch->batch, batch->frame, batch->drop, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		assert_int_equal(batch->drop[i], key_seal(batch->single[i], batch->expected[i]));
		if (!batch->drop[i])
			assert_same_frame(batch->frame[i], batch->expected[i]);
	}
}

static void open_batch(struct key_batch *batch)
{
	key_open_batch(batch->batch, batch->frame, batch->pn, batch->drop, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		uint64_t pn;

		assert_int_equal(batch->drop[i], key_open(batch->single[i], batch->expected[i], &pn));
		assert_int_equal(batch->pn[i], batch->drop[i] ? 0 : pn);
		if (!batch->drop[i])
			assert_same_frame(batch->frame[i], batch->expected[i]);
	}
}

static void clear_batch(struct key_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		frame_free(batch->frame[i]);
		frame_free(batch->expected[i]);
	}
	batch->count = 0;
}

/* The keys of the same stations at the other end. */
static void turn_frames_around(struct batch_test *test, struct key_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		size_t at = (size_t)(batch->batch[i] - &test->batch[0][0]);

		batch->batch[i] = &test->batch_open[0][0] + at;
		batch->single[i] = &test->single_open[0][0] + at;
	}
}

/* TKIP frames end with Michael, which the caller adds. */
static void add_sealed_frame(struct batch_test *test, struct key_batch *batch, enum cipher cipher, unsigned station,
			     size_t body)
{
	add_frame(batch, &test->batch[cipher][station], &test->single[cipher][station],
		  random_frame(test, cipher, body));
}

static void batch_matches_single_for_every_length_and_cipher(void **state)
{
	struct batch_test *test = *state;
	struct key_batch batch = {0};

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		for (size_t body = cipher >= CIPHER_BIP_CMAC_128 ? 2 : 0; body <= BODY_MAX;
		     body += body < 300 ? 1 : 37) {
			add_sealed_frame(test, &batch, cipher, (unsigned)body % STATIONS, body);
			if (batch.count < 50 && body + 37 <= BODY_MAX)
				continue;
			seal_batch(&batch);
			turn_frames_around(test, &batch);
			open_batch(&batch);
			clear_batch(&batch);
		}
	}
}

static void batch_mixes_ciphers_keys_and_lengths(void **state)
{
	struct batch_test *test = *state;
	struct key_batch batch = {0};

	for (int round = 0; round < 60; round++) {
		size_t count = next_random(test) % (round < 50 ? 20 : MANY);

		for (size_t i = 0; i < count; i++)
			add_sealed_frame(test, &batch, next_random(test) % CIPHER_COUNT, next_random(test) % STATIONS,
					 2 + next_random(test) % (BODY_MAX - 2));
		seal_batch(&batch);
		turn_frames_around(test, &batch);
		open_batch(&batch);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(batch.drop[i], NOT_DROPPED);
		clear_batch(&batch);
	}
}

/* Only the forged frames are refused, and they advance no replay counter. */
static void forged_frames_within_batch_are_refused(void **state)
{
	struct batch_test *test = *state;
	struct key_batch batch = {0};
	bool forged[MANY] = {0};

	for (int round = 0; round < 30; round++) {
		size_t count = 1 + next_random(test) % 100;

		for (size_t i = 0; i < count; i++)
			add_sealed_frame(test, &batch, CIPHER_CCMP_128 + next_random(test) % 4,
					 next_random(test) % STATIONS, next_random(test) % 1500);
		seal_batch(&batch);
		turn_frames_around(test, &batch);
		for (size_t i = 0; i < count; i++) {
			size_t hdr = dot11_hdr_len(le16(batch.frame[i]->data));
			size_t at = hdr + EXT_IV_LEN + next_random(test) % (batch.frame[i]->len - hdr - EXT_IV_LEN);

			forged[i] = next_random(test) % 4 == 0;
			if (forged[i])
				frame_make_writable(batch.frame[i])[at] = frame_make_writable(batch.expected[i])[at] ^=
					0x10;
		}
		open_batch(&batch);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(batch.drop[i], forged[i] ? DROP_MPDU_MIC : NOT_DROPPED);
		clear_batch(&batch);
	}
}

/* A packet number can repeat or be late in a batch: the first authentic frame wins, whatever its neighbours. */
static void replays_within_batch_are_refused(void **state)
{
	struct batch_test *test = *state;
	struct frame *frames[4];

	for (enum cipher cipher = CIPHER_CCMP_128; cipher < CIPHER_BIP_CMAC_128; cipher++) {
		static const int order[] = {0, 1, 1, 0, 3, 2, 3};
		enum drop want[] = {NOT_DROPPED, DROP_MPDU_MIC, NOT_DROPPED, DROP_REPLAY,
				    NOT_DROPPED, DROP_REPLAY,   DROP_REPLAY};
		struct key_batch batch = {0};

		for (int i = 0; i < 4; i++) {
			frames[i] = frame_from("\x08\x01..\2.....\2.....\2.....\0\0body", 28, 0, 0);
			assert_int_equal(key_seal(&test->single[cipher][0], frames[i]), NOT_DROPPED);
		}
		for (size_t i = 0; i < COUNT(order); i++)
			add_frame(&batch, &test->batch_open[cipher][0], &test->single_open[cipher][0],
				  copy_frame(frames[order[i]]));
		frame_make_writable(batch.frame[1])[33] = frame_make_writable(batch.expected[1])[33] ^=
			1; /* a forged frame does not affect the genuine one */
		frame_make_writable(batch.frame[3])[33] = frame_make_writable(batch.expected[3])[33] ^=
			1; /* forged and late: reported as late */
		open_batch(&batch);
		assert_memory_equal(batch.drop, want, sizeof(want));
		clear_batch(&batch);
		for (int i = 0; i < 4; i++)
			frame_free(frames[i]);
	}
}

static void batch_copies_shared_buffers(void **state)
{
	struct batch_test *test = *state;
	struct key_batch batch = {0};
	struct frame *frame = random_frame(test, CIPHER_CCMP_128, 100), *sealed;
	uint8_t before[200];
	size_t len = frame->len;

	memcpy(before, frame->data, len);
	for (unsigned i = 0; i < 9; i++)
		add_frame(&batch, &test->batch[CIPHER_CCMP_128][i % STATIONS],
			  &test->single[CIPHER_CCMP_128][i % STATIONS], frame_clone(frame));
	seal_batch(&batch);
	assert_int_equal(frame->len, len);
	assert_memory_equal(frame->data, before, len);
	turn_frames_around(test, &batch);
	open_batch(&batch);
	clear_batch(&batch);
	assert_int_equal(key_seal(&test->batch[CIPHER_GCMP_128][1], frame), NOT_DROPPED);
	sealed = copy_frame(frame);
	for (int i = 0; i < 3; i++)
		add_frame(&batch, &test->batch_open[CIPHER_GCMP_128][1], &test->single_open[CIPHER_GCMP_128][1],
			  frame_clone(frame));
	open_batch(&batch);
	assert_int_equal(batch.drop[0], NOT_DROPPED);
	assert_int_equal(batch.drop[1], DROP_REPLAY);
	assert_same_frame(frame, sealed);
	clear_batch(&batch);
	frame_free(frame);
	frame_free(sealed);
}

static void unprotected_frames_within_batch_are_refused(void **state)
{
	struct batch_test *test = *state;
	struct key none = {0};
	struct key_batch batch = {0};

	add_frame(&batch, &none, &none, random_frame(test, CIPHER_CCMP_128, 10));
	add_sealed_frame(test, &batch, CIPHER_CCMP_128, 0, 10);
	add_frame(&batch, &test->batch[CIPHER_CCMP_128][0], &test->single[CIPHER_CCMP_128][0],
		  frame_from("\xb4\0........", 10, 0, 0));
	add_frame(&batch, &test->batch[CIPHER_GCMP_256][0], &test->single[CIPHER_GCMP_256][0],
		  frame_from("\x08", 1, 0, 0));
	add_sealed_frame(test, &batch, CIPHER_TKIP, 0, 10);
	seal_batch(&batch);
	assert_int_equal(batch.drop[0], DROP_NO_KEY);
	assert_int_equal(batch.drop[2], DROP_FRAME_TYPE);
	assert_int_equal(batch.drop[3], DROP_TRUNCATED);
	clear_batch(&batch);
	add_frame(&batch, &test->batch_open[CIPHER_CCMP_128][0], &test->single_open[CIPHER_CCMP_128][0],
		  random_frame(test, CIPHER_TKIP, 60));
	open_batch(&batch);
	assert_int_equal(batch.drop[0], DROP_UNPROTECTED);
	clear_batch(&batch);
}

static void pn_exhaustion_within_batch(void **state)
{
	struct batch_test *test = *state;
	struct key_batch batch = {0};

	test->batch[CIPHER_CCMP_256][0].aes.pn.last = test->single[CIPHER_CCMP_256][0].aes.pn.last = PN_MAX - 2;
	for (int i = 0; i < 4; i++)
		add_sealed_frame(test, &batch, CIPHER_CCMP_256, 0, 40);
	seal_batch(&batch);
	assert_int_equal(batch.drop[1], NOT_DROPPED);
	assert_int_equal(batch.drop[2], DROP_PN_EXHAUSTED);
	assert_int_equal(batch.drop[3], DROP_PN_EXHAUSTED);
	clear_batch(&batch);
}

/* The published frames, each as often as the library has lanes. */
static void published_vectors_match_in_batch(void **state)
{
	struct batch_test *test = *state;

	for (size_t i = 0; i < COUNT(frame_vectors); i++) {
		uint8_t material[KEY_MAX], bytes[512];
		size_t len = unhex(material, sizeof(material), frame_vectors[i].key);
		struct key key_list[20] = {0}, *keys[20];
		struct frame *frames[20];
		enum drop drops[20];
		uint64_t pns[20];

		if (frame_vectors[i].cipher < CIPHER_CCMP_128 || frame_vectors[i].cipher >= CIPHER_BIP_CMAC_128)
			continue;
		for (int count = 0; count < 20; count++) {
			assert_int_equal(key_set(&key_list[count], test->crypto, frame_vectors[i].cipher, material, len,
						 frame_vectors[i].use),
					 0);
			key_list[count].aes.pn.last = frame_vectors[i].pn - 1;
			keys[count] = &key_list[count];
			frames[count] = frame_from(bytes, unhex(bytes, sizeof(bytes), frame_vectors[i].plain), 0, 0);
		}
		key_seal_batch(keys, frames, drops, 20);
		for (int count = 0; count < 20; count++)
			assert_hex(frames[count]->data, frames[count]->len, frame_vectors[i].sealed);
		key_open_batch(keys, frames, pns, drops, 20);
		for (int count = 0; count < 20; count++) {
			assert_int_equal(drops[count], NOT_DROPPED);
			assert_int_equal(pns[count], frame_vectors[i].pn);
			/* Some vectors are printed with the Protected bit, which opening clears. */
			unhex(bytes, sizeof(bytes), frame_vectors[i].plain);
			put_le16(frame_make_writable(frames[count]),
				 le16(frames[count]->data) | (le16(bytes) & FC_PROTECTED));
			assert_hex(frames[count]->data, frames[count]->len, frame_vectors[i].plain);
			frame_free(frames[count]);
			key_wipe(&key_list[count]);
		}
	}
}

/* Otherwise these tests would compare libcrypto with itself. */
static void multibuffer_is_used_where_supported(void **state)
{
	struct batch_test *test = *state;

#ifdef VIFI_MULTIBUFFER
	assert_int_equal(crypto_has_multibuffer(test->crypto),
			 __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul"));
#else
	assert_false(crypto_has_multibuffer(test->crypto));
#endif
	assert_false(crypto_has_multibuffer(test->single_crypto));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(multibuffer_is_used_where_supported, set_up, tear_down),
		cmocka_unit_test_setup_teardown(batch_matches_single_for_every_length_and_cipher, set_up, tear_down),
		cmocka_unit_test_setup_teardown(batch_mixes_ciphers_keys_and_lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forged_frames_within_batch_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(replays_within_batch_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(batch_copies_shared_buffers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unprotected_frames_within_batch_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pn_exhaustion_within_batch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(published_vectors_match_in_batch, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
