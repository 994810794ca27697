/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ciphers with published frames, and the frames that each one refuses. test_room.c covers all frame shapes. */
#include "hex.h"

#include "../vectors/frames.h"
#include "softmac/frag.h"
#include "softmac/mpdu.h"

#include <errno.h>

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

static struct frame *frame_from_hex(const char *text)
{
	uint8_t bytes[512];

	return frame_from(bytes, unhex(bytes, sizeof(bytes), text), 0, 0);
}

/* Sets the packet number of the next frame, which the interface cannot. */
static void set_next_pn(struct key *key, uint64_t pn)
{
	if (key->cipher == CIPHER_TKIP)
		key->tkip.tsc.last = pn - 1;
	else if (key->cipher >= CIPHER_BIP_CMAC_128)
		key->bip.tx_ipn.last = pn - 1;
	else if (key->cipher >= CIPHER_CCMP_128)
		key->aes.pn.last = pn - 1;
	else
		key->wep.last_iv = (uint32_t)pn - 1;
}

static void set_test_key(struct key *key, struct crypto *crypto, enum cipher cipher, struct key_params use,
			 uint8_t fill)
{
	uint8_t material[KEY_MAX];

	memset(material, fill, sizeof(material));
	assert_int_equal(key_set(key, crypto, cipher, material, cipher_key_len(cipher), use), 0);
}

/* A data frame from the access point to a station, or a deauthentication, as the cipher requires. */
static struct frame *sample_frame(enum cipher cipher)
{
	if (cipher >= CIPHER_BIP_CMAC_128)
		return frame_from_hex("c0000000ffffffffffff02000000000002000000000009000200");
	return frame_from_hex(
		"8802000002000000000102000000000002000000000900 00 0500 aaaa030000000800 0102030405060708");
}

static void assert_seal(struct key *key, struct frame *frame)
{
	assert_int_equal(key_seal_msdu(key, frame), NOT_DROPPED);
	assert_int_equal(key_seal(key, frame), NOT_DROPPED);
}

static enum drop open_all(struct key *key, struct frame *frame)
{
	uint64_t pn;
	enum drop drop = key_open(key, frame, &pn);

	return drop ? drop : key_open_msdu(key, frame, pn);
}

static void published_frame_vectors(void **state)
{
	uint8_t material[KEY_MAX];

	for (size_t i = 0; i < COUNT(frame_vectors); i++) {
		struct key key = {0}, peer = {0};
		struct key_params use = frame_vectors[i].use;
		struct frame *frame = frame_from_hex(frame_vectors[i].plain), *plain;
		size_t len = unhex(material, sizeof(material), frame_vectors[i].key);

		print_message("%s: %s\n", cipher_name(frame_vectors[i].cipher), frame_vectors[i].source);
		assert_int_equal(key_set(&key, *state, frame_vectors[i].cipher, material, len, use), 0);
		set_next_pn(&key, frame_vectors[i].pn);
		assert_seal(&key, frame);
		assert_hex(frame->data, frame->len, frame_vectors[i].sealed);

		use.authenticator = !use.authenticator;
		assert_int_equal(key_set(&peer, *state, frame_vectors[i].cipher, material, len, use), 0);
		assert_int_equal(open_all(&peer, frame), NOT_DROPPED);
		/* Some vectors are printed with the Protected bit, which opening clears. */
		plain = frame_from_hex(frame_vectors[i].plain);
		put_le16(frame_make_writable(frame), le16(frame->data) | (le16(plain->data) & FC_PROTECTED));
		frame_free(plain);
		assert_hex(frame->data, frame->len, frame_vectors[i].plain);
		frame_free(frame);
		key_wipe(&key);
		key_wipe(&peer);
	}
}

static void tkip_key_mixing_vectors(void **state)
{
	uint8_t tk[16], ta[6], key[16];
	uint16_t ttak[5];

	(void)state;
	for (size_t i = 0; i < COUNT(mixing_vectors); i++) {
		unhex(tk, sizeof(tk), mixing_vectors[i].tk);
		unhex(ta, sizeof(ta), mixing_vectors[i].ta);
		tkip_phase1(tk, ta, mixing_vectors[i].high, ttak);
		assert_memory_equal(ttak, mixing_vectors[i].ttak, sizeof(ttak));
		tkip_phase2(tk, ttak, mixing_vectors[i].low, key);
		assert_hex(key, sizeof(key), mixing_vectors[i].key);
	}
}

/* Phase 1 is cached; another transmitter or another upper part of the packet number invalidates the cache. */
static void tkip_phase_1_cache_is_invalidated(void **state)
{
	struct key key = {0}, peer = {0};
	struct frame *frame;

	set_test_key(&key, *state, CIPHER_TKIP, (struct key_params){.authenticator = true}, 0x51);
	for (uint64_t pn = 0xfffe; pn < 0x10003; pn++)
		for (uint8_t last = 2; last <= 3; last++) {
			set_test_key(&peer, *state, CIPHER_TKIP, (struct key_params){.rsc = pn - 1}, 0x51);
			frame = sample_frame(CIPHER_TKIP);
			frame_make_writable(frame)[DOT11_OFF_ADDR2 + 5] = last;
			set_next_pn(&key, pn);
			assert_seal(&key, frame);
			assert_int_equal(open_all(&peer, frame), NOT_DROPPED);
			key_wipe(&peer);
			frame_free(frame);
		}
	key_wipe(&key);
}

static void key_is_never_reinstalled(void **state)
{
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 1};
		struct key key = {0};
		uint8_t material[KEY_MAX];
		struct frame *frame = sample_frame(cipher);
		uint64_t left;

		set_test_key(&key, *state, cipher, use, 0x77);
		assert_seal(&key, frame);
		left = key_pn_remaining(&key);
		memset(material, 0x77, sizeof(material));
		assert_int_equal(key_set(&key, *state, cipher, material, cipher_key_len(cipher), use), -EALREADY);
		assert_int_equal(key_pn_remaining(&key), left);
		assert_true(key.set);
		key_wipe(&key);
		frame_free(frame);
	}
}

static void all_zero_key_is_refused(void **state)
{
	static const uint8_t zero[KEY_MAX];

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		struct key key = {0};
		struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 1};

		assert_int_equal(key_set(&key, *state, cipher, zero, cipher_key_len(cipher), use), -EINVAL);
		assert_false(key.set);
		set_test_key(&key, *state, cipher, use, 1);
		assert_int_equal(key_set(&key, *state, cipher, zero, cipher_key_len(cipher), use), -EINVAL);
		assert_false(key.set);
	}
}

static void invalid_key_lengths_and_ids_are_refused(void **state)
{
	static const uint8_t material[KEY_MAX + 1] = {1};

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		struct key key = {0};

		for (size_t len = 0; len <= KEY_MAX + 1; len++)
			if (len != cipher_key_len(cipher))
				assert_int_equal(
					key_set(&key, *state, cipher, material, len,
						(struct key_params){.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 1}),
					-EINVAL);
		assert_int_equal(key_set(&key, *state, cipher, material, cipher_key_len(cipher),
					 (struct key_params){.id = cipher >= CIPHER_BIP_CMAC_128 ? 3 : 4}),
				 -EINVAL);
	}
}

static void no_frame_passes_without_key(void **state)
{
	struct key key = {0};
	struct frame *frame = sample_frame(CIPHER_CCMP_128);
	uint64_t pn;

	(void)state;
	assert_int_equal(key_seal_msdu(&key, frame), DROP_NO_KEY);
	assert_int_equal(key_seal(&key, frame), DROP_NO_KEY);
	assert_int_equal(key_open(&key, frame, &pn), DROP_NO_KEY);
	assert_int_equal(key_open_msdu(&key, frame, pn), DROP_NO_KEY);
	assert_int_equal(key_pn_remaining(&key), 0);
	frame_free(frame);
}

/* No part of a wiped key remains. */
static void key_wipe_clears_key_material(void **state)
{
	static const struct key nothing;

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		struct key key = {0};

		set_test_key(&key, *state, cipher, (struct key_params){.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 1},
			     0x5a);
		key_wipe(&key);
		assert_memory_equal(&key, &nothing, sizeof(key));
	}
}

/* A repeated frame, and an older one after a newer one; another TID has its own counter. */
static void replayed_frames_are_dropped(void **state)
{
	for (enum cipher cipher = CIPHER_TKIP; cipher < CIPHER_COUNT; cipher++) {
		struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *frames[3], *copy;

		set_test_key(&in, *state, cipher, use, 9);
		use.authenticator = true;
		set_test_key(&out, *state, cipher, use, 9);
		for (int i = 0; i < 3; i++) {
			frames[i] = sample_frame(cipher);
			if (cipher < CIPHER_BIP_CMAC_128)
				frame_make_writable(frames[i])[24] = i == 2 ? 6 : 5;
			assert_seal(&out, frames[i]);
		}
		copy = frame_clone(frames[1]);
		assert_int_equal(open_all(&in, frames[1]), NOT_DROPPED);
		assert_int_equal(open_all(&in, copy), DROP_REPLAY);
		assert_int_equal(open_all(&in, frames[0]), DROP_REPLAY);
		assert_int_equal(open_all(&in, frames[2]), NOT_DROPPED);
		for (int i = 0; i < 3; i++)
			frame_free(frames[i]);
		frame_free(copy);
		/* With an RSC no packet number up to it is new. */
		key_wipe(&in);
		use = (struct key_params){.id = use.id, .rsc = 1000};
		set_test_key(&in, *state, cipher, use, 9);
		for (uint64_t pn = 999; pn <= 1001; pn++) {
			copy = sample_frame(cipher);
			set_next_pn(&out, pn);
			assert_seal(&out, copy);
			assert_int_equal(open_all(&in, copy), pn > 1000 ? NOT_DROPPED : DROP_REPLAY);
			frame_free(copy);
		}
		key_wipe(&in);
		key_wipe(&out);
	}
}

/* A counter advances only for an authentic frame: any flipped bit leaves it unchanged. */
static void forged_frame_leaves_replay_counter(void **state)
{
	for (enum cipher cipher = CIPHER_WEP_40; cipher < CIPHER_COUNT; cipher++) {
		struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *frame = sample_frame(cipher), *copy;
		size_t hdr = dot11_hdr_len(le16(frame->data));
		enum drop drop;

		set_test_key(&in, *state, cipher, use, 9);
		use.authenticator = true;
		set_test_key(&out, *state, cipher, use, 9);
		assert_seal(&out, frame);
		for (size_t bit = 8 * hdr; bit < 8 * frame->len; bit++) {
			copy = frame_clone(frame);
			frame_make_writable(copy)[bit / 8] ^= 1 << bit % 8;
			drop = open_all(&in, copy);
			/* Bits of the cipher header that the receiver ignores. */
			if (cipher <= CIPHER_WEP_104 && bit / 8 == hdr + 3 && bit % 8 < 5)
				assert_int_equal(drop, NOT_DROPPED);
			else if (cipher >= CIPHER_TKIP && cipher < CIPHER_BIP_CMAC_128 &&
				 (bit / 8 == hdr + (cipher == CIPHER_TKIP ? 1 : 2) ||
				  (bit / 8 == hdr + 3 && bit % 8 < 5)))
				; /* WEPSeed and the reserved bits */
			else
				assert_true(drop == DROP_MPDU_MIC || drop == DROP_MPDU_ICV || drop == DROP_NO_KEY ||
					    drop == DROP_REPLAY || drop == DROP_CIPHER_HEADER || drop == DROP_MME);
			frame_free(copy);
			if (!drop && cipher >= CIPHER_TKIP) {
				key_wipe(&in);
				set_test_key(&in, *state, cipher, (struct key_params){.id = use.id}, 9);
			}
		}
		assert_int_equal(open_all(&in, frame), NOT_DROPPED);
		frame_free(frame);
		key_wipe(&in);
		key_wipe(&out);
	}
}

/* Correct ICV, wrong Michael: reported as such, and the packet number remains valid for a genuine frame. */
static void michael_failure_is_not_icv_error(void **state)
{
	struct key out = {0}, in = {0};
	struct frame *frame = sample_frame(CIPHER_TKIP);

	set_test_key(&in, *state, CIPHER_TKIP, (struct key_params){.id = 0}, 9);
	set_test_key(&out, *state, CIPHER_TKIP, (struct key_params){.authenticator = true}, 9);
	assert_int_equal(key_seal_msdu(&out, frame), NOT_DROPPED);
	frame_make_writable(frame)[frame->len - 1] ^= 1;
	assert_int_equal(key_seal(&out, frame), NOT_DROPPED);
	assert_int_equal(open_all(&in, frame), DROP_MICHAEL);
	frame_free(frame);
	set_next_pn(&out, 1);
	frame = sample_frame(CIPHER_TKIP);
	assert_seal(&out, frame);
	assert_int_equal(open_all(&in, frame), NOT_DROPPED);
	frame_free(frame);
	key_wipe(&in);
	key_wipe(&out);
}

/*
 * A TSC counter for each TID lets a forger without the key send a captured frame again under another TID: its ICV is
 * valid, and its Michael MIC is wrong, because it covers the priority. Two of those would start countermeasures.
 */
static void tkip_frame_on_other_tid_is_replay(void **state)
{
	struct key out = {0}, in = {0};
	struct frame *frames[4], *copy;

	set_test_key(&in, *state, CIPHER_TKIP, (struct key_params){.id = 0}, 9);
	set_test_key(&out, *state, CIPHER_TKIP, (struct key_params){.authenticator = true}, 9);
	for (size_t i = 0; i < COUNT(frames); i++) {
		frames[i] = sample_frame(CIPHER_TKIP);
		frame_make_writable(frames[i])[24] = i == 2 ? 1 : 5; /* TID */
		assert_seal(&out, frames[i]);
	}
	for (size_t i = 0; i < COUNT(frames); i++) {
		uint64_t order[] = {0, 3, 2, 1}; /* the queue of TID 1 is late, which is no replay */
		enum drop expected = i == 3 ? DROP_REPLAY : NOT_DROPPED;

		copy = frame_from(frames[order[i]]->data, frames[order[i]]->len, 0, 0);
		assert_int_equal(open_all(&in, copy), expected);
		frame_free(copy);
		if (expected)
			continue;
		for (uint8_t tid = 0; tid < 16; tid++) {
			copy = frame_from(frames[order[i]]->data, frames[order[i]]->len, 0, 0);
			frame_make_writable(copy)[24] = tid;
			assert_int_equal(open_all(&in, copy), DROP_REPLAY);
			frame_free(copy);
		}
	}
	for (size_t i = 0; i < COUNT(frames); i++)
		frame_free(frames[i]);
	key_wipe(&in);
	key_wipe(&out);
}

/* The last packet number is used; the next one is refused for ever. */
static void pn_is_exhausted_and_never_wraps(void **state)
{
	for (enum cipher cipher = CIPHER_TKIP; cipher < CIPHER_COUNT; cipher++) {
		struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *frame = sample_frame(cipher);

		use.rsc = PN_MAX - 1;
		set_test_key(&in, *state, cipher, use, 9);
		use.authenticator = true;
		set_test_key(&out, *state, cipher, use, 9);
		set_next_pn(&out, PN_MAX);
		assert_int_equal(key_pn_remaining(&out), 1);
		assert_seal(&out, frame);
		assert_int_equal(key_pn_remaining(&out), 0);
		assert_int_equal(open_all(&in, frame), NOT_DROPPED);
		frame_free(frame);
		for (int i = 0; i < 3; i++) {
			frame = sample_frame(cipher);
			assert_int_equal(key_seal(&out, frame), DROP_PN_EXHAUSTED);
			frame_free(frame);
		}
		key_wipe(&in);
		key_wipe(&out);
	}
}

static void unprotected_frames_are_refused(void **state)
{
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		struct key key = {0};
		struct frame *frame = sample_frame(cipher);
		uint64_t pn;

		set_test_key(&key, *state, cipher, (struct key_params){.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0}, 9);
		assert_int_equal(key_open(&key, frame, &pn),
				 cipher >= CIPHER_BIP_CMAC_128 ? DROP_MME : DROP_UNPROTECTED);
		frame_free(frame);
		frame = frame_from_hex("b400000002000000000102000000000002000000000900000000"); /* RTS */
		assert_int_equal(key_seal(&key, frame), DROP_FRAME_TYPE);
		assert_int_equal(key_open(&key, frame, &pn), DROP_FRAME_TYPE);
		frame_free(frame);
		frame = frame_from_hex("0942000002000000000102000000000002000000000900000000"); /* protocol version 1 */
		assert_int_equal(key_open(&key, frame, &pn), DROP_FRAME_TYPE);
		frame_free(frame);
		key_wipe(&key);
	}
}

/* A frame truncated anywhere is dropped, and no byte after its end is read (sanitizers). */
static void truncated_frames_are_refused(void **state)
{
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
		struct key_params use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *frame = sample_frame(cipher), *cut;

		set_test_key(&in, *state, cipher, use, 9);
		use.authenticator = true;
		set_test_key(&out, *state, cipher, use, 9);
		assert_seal(&out, frame);
		for (size_t len = 0; len < frame->len; len++) {
			cut = frame_from(frame->data, len, 0, 0);
			assert_int_not_equal(open_all(&in, cut), NOT_DROPPED);
			frame_free(cut);
		}
		assert_int_equal(open_all(&in, frame), NOT_DROPPED);
		frame_free(frame);
		key_wipe(&in);
		key_wipe(&out);
	}
}

/* 12.5.3.3.3: the bits that a retry or power save changes are not protected; the rest of the header is. */
static void header_is_authenticated(void **state)
{
	/* Byte and bits that may change. */
	static const uint8_t may[26] = {[0] = 0x70,  [1] = 0x38 | 0x80, [2] = 0xff,  [3] = 0xff,
					[22] = 0xf0, [23] = 0xff,       [24] = 0xf0, [25] = 0xff};
	struct key out = {0}, in = {0};
	struct frame *frame, *copy;

	for (enum cipher cipher = CIPHER_CCMP_128; cipher <= CIPHER_GCMP_256; cipher++) {
		set_test_key(&out, *state, cipher, (struct key_params){.id = 0}, 9);
		frame = sample_frame(cipher);
		assert_seal(&out, frame);
		for (unsigned bit = 0; bit < 8 * sizeof(may); bit++) {
			bool changes_shape =
				(bit < 8 && bit != 4 && bit != 5) || bit == 8 || bit == 9 || bit == 14 || bit == 15;

			if (changes_shape)
				continue;
			set_test_key(&in, *state, cipher, (struct key_params){.id = 0}, 9);
			copy = frame_clone(frame);
			frame_make_writable(copy)[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(open_all(&in, copy),
					 may[bit / 8] & 1 << bit % 8 ? NOT_DROPPED : DROP_MPDU_MIC);
			frame_free(copy);
			key_wipe(&in);
		}
		frame_free(frame);
		key_wipe(&out);
	}
}

static void replay_counters_never_decrease(void **state)
{
	struct replay replay;

	(void)state;
	replay_init(&replay, 8);
	for (unsigned slot = 0; slot < REPLAY_SLOTS; slot++) {
		assert_int_equal(replay_check(&replay, slot, 7), DROP_REPLAY);
		assert_int_equal(replay_check(&replay, slot, 8), NOT_DROPPED);
		replay_advance(&replay, slot, 20 + slot);
		replay_advance(&replay, slot, 9);
		assert_int_equal(replay.next[slot], 21 + slot);
	}
	assert_int_equal(replay_check(&replay, REPLAY_SLOTS, 1000), DROP_REPLAY);
	replay_advance(&replay, 0, PN_MAX + 1);
	assert_int_equal(replay.next[0], 21);
}

static void fragments_follow_standard(void **state)
{
	struct frame *frame = sample_frame(CIPHER_CCMP_128), *out[FRAGMENTS_MAX + 1];
	size_t body = frame->len - 26, seen;
	int count;

	(void)state;
	for (size_t size = 2; size <= body + 4; size += 2) {
		count = frag_split(frame, size, 8, 12, out, COUNT(out));
		assert_int_equal(count, (body + size - 1) / size);
		seen = 0;
		for (int i = 0; i < count; i++) {
			bool last = i == count - 1;

			assert_int_equal(out[i]->len - 26, last ? body - seen : size);
			assert_memory_equal(out[i]->data + 26, frame->data + 26 + seen, out[i]->len - 26);
			assert_int_equal(le16(out[i]->data) & FC_MORE_FRAGS, last ? 0 : FC_MORE_FRAGS);
			assert_int_equal(le16(out[i]->data + DOT11_OFF_SEQ), i);
			assert_true(frame_headroom(out[i]) >= 8 && frame_tailroom(out[i]) >= 12);
			seen += out[i]->len - 26;
			frame_free(out[i]);
		}
		assert_int_equal(seen, body);
	}
	assert_int_equal(frag_split(frame, 0, 8, 12, out, COUNT(out)), -EINVAL);
	assert_int_equal(frag_split(frame, 3, 8, 12, out, COUNT(out)), -EINVAL);
	assert_int_equal(frag_split(frame, 4, 8, 12, out, 3), -EMSGSIZE);
	memset(frame_put(frame, 64), 0, 64);
	assert_int_equal(frag_split(frame, 2, 8, 12, out, COUNT(out)), -EMSGSIZE); /* 40 of them */
	frame_make_writable(frame)[4] = 0xff;                                      /* a group address */
	assert_int_equal(frag_split(frame, 64, 8, 12, out, COUNT(out)), -EINVAL);
	frame_free(frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_frame_vectors),
		cmocka_unit_test(tkip_key_mixing_vectors),
		cmocka_unit_test(tkip_phase_1_cache_is_invalidated),
		cmocka_unit_test(key_is_never_reinstalled),
		cmocka_unit_test(all_zero_key_is_refused),
		cmocka_unit_test(invalid_key_lengths_and_ids_are_refused),
		cmocka_unit_test(no_frame_passes_without_key),
		cmocka_unit_test(key_wipe_clears_key_material),
		cmocka_unit_test(replayed_frames_are_dropped),
		cmocka_unit_test(forged_frame_leaves_replay_counter),
		cmocka_unit_test(michael_failure_is_not_icv_error),
		cmocka_unit_test(tkip_frame_on_other_tid_is_replay),
		cmocka_unit_test(pn_is_exhausted_and_never_wraps),
		cmocka_unit_test(unprotected_frames_are_refused),
		cmocka_unit_test(truncated_frames_are_refused),
		cmocka_unit_test(header_is_authenticated),
		cmocka_unit_test(replay_counters_never_decrease),
		cmocka_unit_test(fragments_follow_standard),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
