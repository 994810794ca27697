/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Batches: whatever frames, keys and ciphers stand side by side, each frame comes out as if it had been the only one.
 * The measure is key_seal() and key_open() with libcrypto alone (crypto_alone()), frame by frame.
 */
#include "hex.h"

#include "../vectors/frames.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"

#include <errno.h>

enum { STATIONS = 4, BODY_MAX = 2304, MANY = 300 };

/* Every cipher has keys of four stations; each key is there twice: one for the batches, one for the frames alone. */
struct world {
	struct crypto *crypto, *alone;
	struct key batch[CIPHERS][STATIONS], one[CIPHERS][STATIONS];           /* they seal */
	struct key batch_open[CIPHERS][STATIONS], one_open[CIPHERS][STATIONS]; /* the other end */
	uint32_t dice;
};

static uint32_t throw_dice(struct world *w)
{
	w->dice = w->dice * 1664525 + 1013904223;
	return w->dice >> 8;
}

static void set(struct key *k, struct crypto *c, enum cipher cipher, unsigned station, bool authenticator)
{
	struct key_use use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : station & 3, .authenticator = authenticator};
	uint8_t material[KEY_MAX];

	for (size_t i = 0; i < sizeof material; i++)
		material[i] = (uint8_t)(i * 7 + station * 31 + cipher + 1);
	assert_int_equal(key_set(k, c, cipher, material, cipher_key_len(cipher), use), 0);
}

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->crypto = crypto_new();
	w->alone = crypto_new();
	assert_non_null(w->crypto);
	assert_non_null(w->alone);
	crypto_alone(w->alone);
	w->dice = 1;
	for (enum cipher c = 0; c < CIPHERS; c++)
		for (unsigned s = 0; s < STATIONS; s++) {
			set(&w->batch[c][s], w->crypto, c, s, true);
			set(&w->batch_open[c][s], w->crypto, c, s, false);
			set(&w->one[c][s], w->alone, c, s, true);
			set(&w->one_open[c][s], w->alone, c, s, false);
		}
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;

	for (enum cipher c = 0; c < CIPHERS; c++)
		for (unsigned s = 0; s < STATIONS; s++) {
			key_wipe(&w->batch[c][s]);
			key_wipe(&w->batch_open[c][s]);
			key_wipe(&w->one[c][s]);
			key_wipe(&w->one_open[c][s]);
		}
	crypto_free(w->crypto);
	crypto_free(w->alone);
	free(w);
	return 0;
}

/* A frame that the cipher takes, of one of its shapes, with whatever room. */
static struct frame *some_frame(struct world *w, enum cipher c, size_t body)
{
	static const uint16_t shapes[] = {FC_DATA | FC_TO_DS, FC_DATA | FC_QOS | FC_FROM_DS,
					  FC_DATA | FC_QOS | FC_ORDER | FC_TO_DS | FC_FROM_DS};
	uint16_t fc = c >= CIPHER_BIP_CMAC_128 || (c >= CIPHER_CCMP_128 && throw_dice(w) % 8 == 0)
			      ? 0x00d0
			      : shapes[throw_dice(w) % COUNT(shapes)];
	size_t hdr = dot11_hdr_len(fc);
	uint8_t bytes[DOT11_HDR_MAX + BODY_MAX];

	for (size_t i = 0; i < hdr + body; i++)
		bytes[i] = (uint8_t)throw_dice(w);
	put_le16(bytes, fc);
	put_le16(bytes + DOT11_SEQ, 0x0120);
	return frame_from(bytes, hdr + body, throw_dice(w) % 24, throw_dice(w) % 24);
}

static struct frame *copy_of(const struct frame *f)
{
	return frame_from(f->data, f->len, 0, 0);
}

static void assert_same(const struct frame *a, const struct frame *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->data, b->data, a->len);
}

struct lot {
	size_t n;
	struct key *batch[MANY], *one[MANY];
	struct frame *frame[MANY], *twin[MANY];
	enum drop drop[MANY];
	uint64_t pn[MANY];
};

static void add(struct lot *l, struct key *batch, struct key *one, struct frame *f)
{
	assert_true(l->n < MANY);
	assert_non_null(f);
	l->batch[l->n] = batch;
	l->one[l->n] = one;
	l->frame[l->n] = f;
	l->twin[l->n++] = copy_of(f);
}

static void seal_lot(struct lot *l)
{
	key_seal_batch(l->batch, l->frame, l->drop, l->n);
	for (size_t i = 0; i < l->n; i++) {
		assert_int_equal(l->drop[i], key_seal(l->one[i], l->twin[i]));
		if (!l->drop[i])
			assert_same(l->frame[i], l->twin[i]);
	}
}

static void open_lot(struct lot *l)
{
	key_open_batch(l->batch, l->frame, l->pn, l->drop, l->n);
	for (size_t i = 0; i < l->n; i++) {
		uint64_t pn;

		assert_int_equal(l->drop[i], key_open(l->one[i], l->twin[i], &pn));
		assert_int_equal(l->pn[i], l->drop[i] ? 0 : pn);
		if (!l->drop[i])
			assert_same(l->frame[i], l->twin[i]);
	}
}

static void clear(struct lot *l)
{
	for (size_t i = 0; i < l->n; i++) {
		frame_free(l->frame[i]);
		frame_free(l->twin[i]);
	}
	l->n = 0;
}

/* The same stations' keys at the other end. */
static void turn(struct world *w, struct lot *l)
{
	for (size_t i = 0; i < l->n; i++) {
		size_t at = (size_t)(l->batch[i] - &w->batch[0][0]);

		l->batch[i] = &w->batch_open[0][0] + at;
		l->one[i] = &w->one_open[0][0] + at;
	}
}

/* TKIP ends with Michael, which is its caller's part. */
static void add_sealed(struct world *w, struct lot *l, enum cipher c, unsigned station, size_t body)
{
	add(l, &w->batch[c][station], &w->one[c][station], some_frame(w, c, body));
}

static void every_length_of_every_cipher(void **state)
{
	struct world *w = *state;
	struct lot l = {0};

	for (enum cipher c = 0; c < CIPHERS; c++) {
		for (size_t body = c >= CIPHER_BIP_CMAC_128 ? 2 : 0; body <= BODY_MAX; body += body < 300 ? 1 : 37) {
			add_sealed(w, &l, c, (unsigned)body % STATIONS, body);
			if (l.n < 50 && body + 37 <= BODY_MAX)
				continue;
			seal_lot(&l);
			turn(w, &l);
			open_lot(&l);
			clear(&l);
		}
	}
}

static void ciphers_keys_and_lengths_mixed(void **state)
{
	struct world *w = *state;
	struct lot l = {0};

	for (int round = 0; round < 60; round++) {
		size_t n = throw_dice(w) % (round < 50 ? 20 : MANY);

		for (size_t i = 0; i < n; i++)
			add_sealed(w, &l, throw_dice(w) % CIPHERS, throw_dice(w) % STATIONS,
				   2 + throw_dice(w) % (BODY_MAX - 2));
		seal_lot(&l);
		turn(w, &l);
		open_lot(&l);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(l.drop[i], NOT_DROPPED);
		clear(&l);
	}
}

/* Only the forged ones are refused, and they move no replay counter. */
static void forged_frames_in_the_middle(void **state)
{
	struct world *w = *state;
	struct lot l = {0};
	bool forged[MANY] = {0};

	for (int round = 0; round < 30; round++) {
		size_t n = 1 + throw_dice(w) % 100;

		for (size_t i = 0; i < n; i++)
			add_sealed(w, &l, CIPHER_CCMP_128 + throw_dice(w) % 4, throw_dice(w) % STATIONS,
				   throw_dice(w) % 1500);
		seal_lot(&l);
		turn(w, &l);
		for (size_t i = 0; i < n; i++) {
			size_t hdr = dot11_hdr_len(le16(l.frame[i]->data));
			size_t at = hdr + EXT_IV_LEN + throw_dice(w) % (l.frame[i]->len - hdr - EXT_IV_LEN);

			forged[i] = throw_dice(w) % 4 == 0;
			if (forged[i])
				frame_own(l.frame[i])[at] = frame_own(l.twin[i])[at] ^= 0x10;
		}
		open_lot(&l);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(l.drop[i], forged[i] ? DROP_MPDU_MIC : NOT_DROPPED);
		clear(&l);
	}
}

/* A number may stand in a batch twice, or come late: the first good one wins, whatever stands beside it. */
static void replays_within_a_batch(void **state)
{
	struct world *w = *state;
	struct frame *f[4];

	for (enum cipher c = CIPHER_CCMP_128; c < CIPHER_BIP_CMAC_128; c++) {
		static const int order[] = {0, 1, 1, 0, 3, 2, 3};
		enum drop want[] = {NOT_DROPPED, DROP_MPDU_MIC, NOT_DROPPED, DROP_REPLAY,
				    NOT_DROPPED, DROP_REPLAY,   DROP_REPLAY};
		struct lot l = {0};

		for (int i = 0; i < 4; i++) {
			f[i] = frame_from("\x08\x01..\2.....\2.....\2.....\0\0body", 28, 0, 0);
			assert_int_equal(key_seal(&w->one[c][0], f[i]), NOT_DROPPED);
		}
		for (size_t i = 0; i < COUNT(order); i++)
			add(&l, &w->batch_open[c][0], &w->one_open[c][0], copy_of(f[order[i]]));
		frame_own(l.frame[1])[33] = frame_own(l.twin[1])[33] ^=
			1; /* a forged one does not spoil the right one */
		frame_own(l.frame[3])[33] = frame_own(l.twin[3])[33] ^= 1; /* forged and late: late counts */
		open_lot(&l);
		assert_memory_equal(l.drop, want, sizeof want);
		clear(&l);
		for (int i = 0; i < 4; i++)
			frame_free(f[i]);
	}
}

static void frames_that_share_a_store(void **state)
{
	struct world *w = *state;
	struct lot l = {0};
	struct frame *f = some_frame(w, CIPHER_CCMP_128, 100), *sealed;
	uint8_t before[200];
	size_t len = f->len;

	memcpy(before, f->data, len);
	for (unsigned i = 0; i < 9; i++)
		add(&l, &w->batch[CIPHER_CCMP_128][i % STATIONS], &w->one[CIPHER_CCMP_128][i % STATIONS],
		    frame_clone(f));
	seal_lot(&l);
	assert_int_equal(f->len, len);
	assert_memory_equal(f->data, before, len);
	turn(w, &l);
	open_lot(&l);
	clear(&l);
	assert_int_equal(key_seal(&w->batch[CIPHER_GCMP_128][1], f), NOT_DROPPED);
	sealed = copy_of(f);
	for (int i = 0; i < 3; i++)
		add(&l, &w->batch_open[CIPHER_GCMP_128][1], &w->one_open[CIPHER_GCMP_128][1], frame_clone(f));
	open_lot(&l);
	assert_int_equal(l.drop[0], NOT_DROPPED);
	assert_int_equal(l.drop[1], DROP_REPLAY);
	assert_same(f, sealed);
	clear(&l);
	frame_free(f);
	frame_free(sealed);
}

static void what_is_no_sealed_frame(void **state)
{
	struct world *w = *state;
	struct key none = {0};
	struct lot l = {0};

	add(&l, &none, &none, some_frame(w, CIPHER_CCMP_128, 10));
	add_sealed(w, &l, CIPHER_CCMP_128, 0, 10);
	add(&l, &w->batch[CIPHER_CCMP_128][0], &w->one[CIPHER_CCMP_128][0], frame_from("\xb4\0........", 10, 0, 0));
	add(&l, &w->batch[CIPHER_GCMP_256][0], &w->one[CIPHER_GCMP_256][0], frame_from("\x08", 1, 0, 0));
	add_sealed(w, &l, CIPHER_TKIP, 0, 10);
	seal_lot(&l);
	assert_int_equal(l.drop[0], DROP_NO_KEY);
	assert_int_equal(l.drop[2], DROP_FRAME_TYPE);
	assert_int_equal(l.drop[3], DROP_TRUNCATED);
	clear(&l);
	add(&l, &w->batch_open[CIPHER_CCMP_128][0], &w->one_open[CIPHER_CCMP_128][0], some_frame(w, CIPHER_TKIP, 60));
	open_lot(&l);
	assert_int_equal(l.drop[0], DROP_UNPROTECTED);
	clear(&l);
}

static void numbers_are_used_up_within_a_batch(void **state)
{
	struct world *w = *state;
	struct lot l = {0};

	w->batch[CIPHER_CCMP_256][0].aes.pn.last = w->one[CIPHER_CCMP_256][0].aes.pn.last = PN_MAX - 2;
	for (int i = 0; i < 4; i++)
		add_sealed(w, &l, CIPHER_CCMP_256, 0, 40);
	seal_lot(&l);
	assert_int_equal(l.drop[1], NOT_DROPPED);
	assert_int_equal(l.drop[2], DROP_PN_EXHAUSTED);
	assert_int_equal(l.drop[3], DROP_PN_EXHAUSTED);
	clear(&l);
}

/* The published frames, each as many times as lanes can be. */
static void published_frames_side_by_side(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(frame_vectors); i++) {
		uint8_t material[KEY_MAX], bytes[512];
		size_t len = unhex(material, sizeof material, frame_vectors[i].key);
		struct key k[20] = {0}, *keys[20];
		struct frame *frames[20];
		enum drop drops[20];
		uint64_t pns[20];

		if (frame_vectors[i].cipher < CIPHER_CCMP_128 || frame_vectors[i].cipher >= CIPHER_BIP_CMAC_128)
			continue;
		for (int n = 0; n < 20; n++) {
			assert_int_equal(
				key_set(&k[n], w->crypto, frame_vectors[i].cipher, material, len, frame_vectors[i].use),
				0);
			k[n].aes.pn.last = frame_vectors[i].pn - 1;
			keys[n] = &k[n];
			frames[n] = frame_from(bytes, unhex(bytes, sizeof bytes, frame_vectors[i].plain), 0, 0);
		}
		key_seal_batch(keys, frames, drops, 20);
		for (int n = 0; n < 20; n++)
			assert_hex(frames[n]->data, frames[n]->len, frame_vectors[i].sealed);
		key_open_batch(keys, frames, pns, drops, 20);
		for (int n = 0; n < 20; n++) {
			assert_int_equal(drops[n], NOT_DROPPED);
			assert_int_equal(pns[n], frame_vectors[i].pn);
			/* Some were printed with the Protected bit that opening clears. */
			unhex(bytes, sizeof bytes, frame_vectors[i].plain);
			put_le16(frame_own(frames[n]), le16(frames[n]->data) | (le16(bytes) & FC_PROTECTED));
			assert_hex(frames[n]->data, frames[n]->len, frame_vectors[i].plain);
			frame_free(frames[n]);
			key_wipe(&k[n]);
		}
	}
}

/* Else all of this would compare libcrypto with itself. */
static void the_lanes_are_there_where_the_machine_has_them(void **state)
{
	struct world *w = *state;

#ifdef VIFI_LANES
	assert_int_equal(crypto_has_lanes(w->crypto),
			 __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul"));
#else
	assert_false(crypto_has_lanes(w->crypto));
#endif
	assert_false(crypto_has_lanes(w->alone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_lanes_are_there_where_the_machine_has_them, begin, end),
		cmocka_unit_test_setup_teardown(every_length_of_every_cipher, begin, end),
		cmocka_unit_test_setup_teardown(ciphers_keys_and_lengths_mixed, begin, end),
		cmocka_unit_test_setup_teardown(forged_frames_in_the_middle, begin, end),
		cmocka_unit_test_setup_teardown(replays_within_a_batch, begin, end),
		cmocka_unit_test_setup_teardown(frames_that_share_a_store, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_sealed_frame, begin, end),
		cmocka_unit_test_setup_teardown(numbers_are_used_up_within_a_batch, begin, end),
		cmocka_unit_test_setup_teardown(published_frames_side_by_side, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
