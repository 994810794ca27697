/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ciphers on published frames, and what each refuses.  The sweep over all shapes of frames is test_room.c. */
#include "hex.h"

#include "../vectors/frames.h"
#include "softmac/frag.h"
#include "softmac/mpdu.h"

#include <errno.h>

static int begin(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int end(void **state)
{
	crypto_free(*state);
	return 0;
}

static struct frame *frame_of(const char *text)
{
	uint8_t bytes[512];

	return frame_from(bytes, unhex(bytes, sizeof bytes, text), 0, 0);
}

/* The number that the next frame is sealed with: tests set it where nothing else can. */
static void next_pn(struct key *k, uint64_t pn)
{
	if (k->cipher == CIPHER_TKIP)
		k->tkip.tsc.last = pn - 1;
	else if (k->cipher >= CIPHER_BIP_CMAC_128)
		k->bip.ipn.last = pn - 1;
	else if (k->cipher >= CIPHER_CCMP_128)
		k->aes.pn.last = pn - 1;
	else
		k->wep.iv = (uint32_t)pn - 1;
}

static void set(struct key *k, struct crypto *c, enum cipher cipher, struct key_use use, uint8_t fill)
{
	uint8_t material[KEY_MAX];

	memset(material, fill, sizeof material);
	assert_int_equal(key_set(k, c, cipher, material, cipher_key_len(cipher), use), 0);
}

/* A data frame from the access point to a station, or a deauthentication, whichever the cipher takes. */
static struct frame *any_frame(enum cipher c)
{
	if (c >= CIPHER_BIP_CMAC_128)
		return frame_of("c0000000ffffffffffff02000000000002000000000009000200");
	return frame_of("8802000002000000000102000000000002000000000900 00 0500 aaaa030000000800 0102030405060708");
}

static void seal(struct key *k, struct frame *f)
{
	assert_int_equal(key_seal_msdu(k, f), NOT_DROPPED);
	assert_int_equal(key_seal(k, f), NOT_DROPPED);
}

static enum drop open_all(struct key *k, struct frame *f)
{
	uint64_t pn;
	enum drop d = key_open(k, f, &pn);

	return d ? d : key_open_msdu(k, f, pn);
}

static void published_frames(void **state)
{
	uint8_t material[KEY_MAX];

	for (size_t i = 0; i < COUNT(frame_vectors); i++) {
		struct key k = {0}, peer = {0};
		struct key_use use = frame_vectors[i].use;
		struct frame *f = frame_of(frame_vectors[i].plain), *plain;
		size_t len = unhex(material, sizeof material, frame_vectors[i].key);

		print_message("%s: %s\n", cipher_name(frame_vectors[i].cipher), frame_vectors[i].source);
		assert_int_equal(key_set(&k, *state, frame_vectors[i].cipher, material, len, use), 0);
		next_pn(&k, frame_vectors[i].pn);
		seal(&k, f);
		assert_hex(f->data, f->len, frame_vectors[i].sealed);

		use.authenticator = !use.authenticator;
		assert_int_equal(key_set(&peer, *state, frame_vectors[i].cipher, material, len, use), 0);
		assert_int_equal(open_all(&peer, f), NOT_DROPPED);
		/* Some were printed with the Protected bit that opening clears. */
		plain = frame_of(frame_vectors[i].plain);
		put_le16(frame_own(f), le16(f->data) | (le16(plain->data) & FC_PROTECTED));
		frame_free(plain);
		assert_hex(f->data, f->len, frame_vectors[i].plain);
		frame_free(f);
		key_wipe(&k);
		key_wipe(&peer);
	}
}

static void tkip_key_mixing(void **state)
{
	uint8_t tk[16], ta[6], key[16];
	uint16_t ttak[5];

	(void)state;
	for (size_t i = 0; i < COUNT(mixing_vectors); i++) {
		unhex(tk, sizeof tk, mixing_vectors[i].tk);
		unhex(ta, sizeof ta, mixing_vectors[i].ta);
		tkip_phase1(tk, ta, mixing_vectors[i].high, ttak);
		assert_memory_equal(ttak, mixing_vectors[i].ttak, sizeof ttak);
		tkip_phase2(tk, ttak, mixing_vectors[i].low, key);
		assert_hex(key, sizeof key, mixing_vectors[i].key);
	}
}

/* Phase 1 is cached; the cache must notice another transmitter and another upper part of the number. */
static void tkip_mixes_anew_where_it_must(void **state)
{
	struct key k = {0}, peer = {0};
	struct frame *f;

	set(&k, *state, CIPHER_TKIP, (struct key_use){.authenticator = true}, 0x51);
	for (uint64_t pn = 0xfffe; pn < 0x10003; pn++)
		for (uint8_t last = 2; last <= 3; last++) {
			set(&peer, *state, CIPHER_TKIP, (struct key_use){.rsc = pn - 1}, 0x51);
			f = any_frame(CIPHER_TKIP);
			frame_own(f)[DOT11_ADDR2 + 5] = last;
			next_pn(&k, pn);
			seal(&k, f);
			assert_int_equal(open_all(&peer, f), NOT_DROPPED);
			key_wipe(&peer);
			frame_free(f);
		}
	key_wipe(&k);
}

static void a_key_is_never_reinstalled(void **state)
{
	for (enum cipher c = 0; c < CIPHERS; c++) {
		struct key_use use = {.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 1};
		struct key k = {0};
		uint8_t material[KEY_MAX];
		struct frame *f = any_frame(c);
		uint64_t left;

		set(&k, *state, c, use, 0x77);
		seal(&k, f);
		left = key_left(&k);
		memset(material, 0x77, sizeof material);
		assert_int_equal(key_set(&k, *state, c, material, cipher_key_len(c), use), -EALREADY);
		assert_int_equal(key_left(&k), left);
		assert_true(k.set);
		key_wipe(&k);
		frame_free(f);
	}
}

static void no_key_is_all_zero(void **state)
{
	static const uint8_t zero[KEY_MAX];

	for (enum cipher c = 0; c < CIPHERS; c++) {
		struct key k = {0};
		struct key_use use = {.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 1};

		assert_int_equal(key_set(&k, *state, c, zero, cipher_key_len(c), use), -EINVAL);
		assert_false(k.set);
		set(&k, *state, c, use, 1);
		assert_int_equal(key_set(&k, *state, c, zero, cipher_key_len(c), use), -EINVAL);
		assert_false(k.set);
	}
}

static void lengths_and_ids_that_do_not_fit(void **state)
{
	static const uint8_t material[KEY_MAX + 1] = {1};

	for (enum cipher c = 0; c < CIPHERS; c++) {
		struct key k = {0};

		for (size_t len = 0; len <= KEY_MAX + 1; len++)
			if (len != cipher_key_len(c))
				assert_int_equal(key_set(&k, *state, c, material, len,
							 (struct key_use){.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 1}),
						 -EINVAL);
		assert_int_equal(key_set(&k, *state, c, material, cipher_key_len(c),
					 (struct key_use){.id = c >= CIPHER_BIP_CMAC_128 ? 3 : 4}),
				 -EINVAL);
	}
}

static void without_a_key_nothing_passes(void **state)
{
	struct key k = {0};
	struct frame *f = any_frame(CIPHER_CCMP_128);
	uint64_t pn;

	(void)state;
	assert_int_equal(key_seal_msdu(&k, f), DROP_NO_KEY);
	assert_int_equal(key_seal(&k, f), DROP_NO_KEY);
	assert_int_equal(key_open(&k, f, &pn), DROP_NO_KEY);
	assert_int_equal(key_open_msdu(&k, f, pn), DROP_NO_KEY);
	assert_int_equal(key_left(&k), 0);
	frame_free(f);
}

/* A wiped key leaves nothing of itself behind. */
static void wiped_keys_are_gone(void **state)
{
	static const struct key nothing;

	for (enum cipher c = 0; c < CIPHERS; c++) {
		struct key k = {0};

		set(&k, *state, c, (struct key_use){.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 1}, 0x5a);
		key_wipe(&k);
		assert_memory_equal(&k, &nothing, sizeof k);
	}
}

/* The same frame twice, and an older one after a newer one; another TID has its own counter. */
static void replayed_frames_are_dropped(void **state)
{
	for (enum cipher c = CIPHER_TKIP; c < CIPHERS; c++) {
		struct key_use use = {.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *f[3], *copy;

		set(&in, *state, c, use, 9);
		use.authenticator = true;
		set(&out, *state, c, use, 9);
		for (int i = 0; i < 3; i++) {
			f[i] = any_frame(c);
			if (c < CIPHER_BIP_CMAC_128)
				frame_own(f[i])[24] = i == 2 ? 6 : 5;
			seal(&out, f[i]);
		}
		copy = frame_clone(f[1]);
		assert_int_equal(open_all(&in, f[1]), NOT_DROPPED);
		assert_int_equal(open_all(&in, copy), DROP_REPLAY);
		assert_int_equal(open_all(&in, f[0]), DROP_REPLAY);
		assert_int_equal(open_all(&in, f[2]), NOT_DROPPED);
		for (int i = 0; i < 3; i++)
			frame_free(f[i]);
		frame_free(copy);
		/* With what was already seen elsewhere (the RSC), nothing below counts as new. */
		key_wipe(&in);
		use = (struct key_use){.id = use.id, .rsc = 1000};
		set(&in, *state, c, use, 9);
		for (uint64_t pn = 999; pn <= 1001; pn++) {
			copy = any_frame(c);
			next_pn(&out, pn);
			seal(&out, copy);
			assert_int_equal(open_all(&in, copy), pn > 1000 ? NOT_DROPPED : DROP_REPLAY);
			frame_free(copy);
		}
		key_wipe(&in);
		key_wipe(&out);
	}
}

/* A counter moves only for a frame that was authentic: any flipped bit leaves it where it was. */
static void forged_frames_do_not_move_the_counter(void **state)
{
	for (enum cipher c = CIPHER_WEP_40; c < CIPHERS; c++) {
		struct key_use use = {.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *f = any_frame(c), *copy;
		size_t hdr = dot11_hdr_len(le16(f->data));
		enum drop d;

		set(&in, *state, c, use, 9);
		use.authenticator = true;
		set(&out, *state, c, use, 9);
		seal(&out, f);
		for (size_t bit = 8 * hdr; bit < 8 * f->len; bit++) {
			copy = frame_clone(f);
			frame_own(copy)[bit / 8] ^= 1 << bit % 8;
			d = open_all(&in, copy);
			/* Bits of the cipher header that nobody reads, or that only say what we say too. */
			if (c <= CIPHER_WEP_104 && bit / 8 == hdr + 3 && bit % 8 < 5)
				assert_int_equal(d, NOT_DROPPED);
			else if (c >= CIPHER_TKIP && c < CIPHER_BIP_CMAC_128 &&
				 (bit / 8 == hdr + (c == CIPHER_TKIP ? 1 : 2) || (bit / 8 == hdr + 3 && bit % 8 < 5)))
				; /* WEPSeed and the reserved bits: they may change or not */
			else
				assert_true(d == DROP_MPDU_MIC || d == DROP_MPDU_ICV || d == DROP_NO_KEY ||
					    d == DROP_REPLAY || d == DROP_CIPHER_HEADER || d == DROP_MME);
			frame_free(copy);
			if (!d && c >= CIPHER_TKIP) {
				key_wipe(&in);
				set(&in, *state, c, (struct key_use){.id = use.id}, 9);
			}
		}
		assert_int_equal(open_all(&in, f), NOT_DROPPED);
		frame_free(f);
		key_wipe(&in);
		key_wipe(&out);
	}
}

/* ICV right, Michael wrong: named as such, and the frame's number stays unspent until a right one comes. */
static void a_wrong_michael_is_not_an_icv_error(void **state)
{
	struct key out = {0}, in = {0};
	struct frame *f = any_frame(CIPHER_TKIP);

	set(&in, *state, CIPHER_TKIP, (struct key_use){.id = 0}, 9);
	set(&out, *state, CIPHER_TKIP, (struct key_use){.authenticator = true}, 9);
	assert_int_equal(key_seal_msdu(&out, f), NOT_DROPPED);
	frame_own(f)[f->len - 1] ^= 1;
	assert_int_equal(key_seal(&out, f), NOT_DROPPED);
	assert_int_equal(open_all(&in, f), DROP_MICHAEL);
	frame_free(f);
	next_pn(&out, 1);
	f = any_frame(CIPHER_TKIP);
	seal(&out, f);
	assert_int_equal(open_all(&in, f), NOT_DROPPED);
	frame_free(f);
	key_wipe(&in);
	key_wipe(&out);
}

/* The last number is used, the next one is refused, for ever: no wrap. */
static void numbers_are_used_up_but_never_wrap(void **state)
{
	for (enum cipher c = CIPHER_TKIP; c < CIPHERS; c++) {
		struct key_use use = {.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *f = any_frame(c);

		use.rsc = PN_MAX - 1;
		set(&in, *state, c, use, 9);
		use.authenticator = true;
		set(&out, *state, c, use, 9);
		next_pn(&out, PN_MAX);
		assert_int_equal(key_left(&out), 1);
		seal(&out, f);
		assert_int_equal(key_left(&out), 0);
		assert_int_equal(open_all(&in, f), NOT_DROPPED);
		frame_free(f);
		for (int i = 0; i < 3; i++) {
			f = any_frame(c);
			assert_int_equal(key_seal(&out, f), DROP_PN_EXHAUSTED);
			frame_free(f);
		}
		key_wipe(&in);
		key_wipe(&out);
	}
}

static void frames_that_are_no_protected_frames(void **state)
{
	for (enum cipher c = 0; c < CIPHERS; c++) {
		struct key k = {0};
		struct frame *f = any_frame(c);
		uint64_t pn;

		set(&k, *state, c, (struct key_use){.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 0}, 9);
		assert_int_equal(key_open(&k, f, &pn), c >= CIPHER_BIP_CMAC_128 ? DROP_MME : DROP_UNPROTECTED);
		frame_free(f);
		f = frame_of("b400000002000000000102000000000002000000000900000000"); /* RTS */
		assert_int_equal(key_seal(&k, f), DROP_FRAME_TYPE);
		assert_int_equal(key_open(&k, f, &pn), DROP_FRAME_TYPE);
		frame_free(f);
		f = frame_of("0942000002000000000102000000000002000000000900000000"); /* protocol version 1 */
		assert_int_equal(key_open(&k, f, &pn), DROP_FRAME_TYPE);
		frame_free(f);
		key_wipe(&k);
	}
}

/* Whatever is cut off, at the end of the frame, it is dropped, and no byte behind the end is read (sanitizers look). */
static void truncated_frames(void **state)
{
	for (enum cipher c = 0; c < CIPHERS; c++) {
		struct key_use use = {.id = c >= CIPHER_BIP_CMAC_128 ? 4 : 0};
		struct key out = {0}, in = {0};
		struct frame *f = any_frame(c), *cut;

		set(&in, *state, c, use, 9);
		use.authenticator = true;
		set(&out, *state, c, use, 9);
		seal(&out, f);
		for (size_t len = 0; len < f->len; len++) {
			cut = frame_from(f->data, len, 0, 0);
			assert_int_not_equal(open_all(&in, cut), NOT_DROPPED);
			frame_free(cut);
		}
		assert_int_equal(open_all(&in, f), NOT_DROPPED);
		frame_free(f);
		key_wipe(&in);
		key_wipe(&out);
	}
}

/* 12.5.3.3.3: what a retry or a doze changes is not protected; the rest of the header is. */
static void the_header_is_protected(void **state)
{
	/* Byte and bits that may change. */
	static const uint8_t may[26] = {[0] = 0x70,  [1] = 0x38 | 0x80, [2] = 0xff,  [3] = 0xff,
					[22] = 0xf0, [23] = 0xff,       [24] = 0xf0, [25] = 0xff};
	struct key out = {0}, in = {0};
	struct frame *f, *copy;

	for (enum cipher c = CIPHER_CCMP_128; c <= CIPHER_GCMP_256; c++) {
		set(&out, *state, c, (struct key_use){.id = 0}, 9);
		f = any_frame(c);
		seal(&out, f);
		for (unsigned bit = 0; bit < 8 * sizeof may; bit++) {
			bool changes_shape =
				(bit < 8 && bit != 4 && bit != 5) || bit == 8 || bit == 9 || bit == 14 || bit == 15;

			if (changes_shape)
				continue;
			set(&in, *state, c, (struct key_use){.id = 0}, 9);
			copy = frame_clone(f);
			frame_own(copy)[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(open_all(&in, copy),
					 may[bit / 8] & 1 << bit % 8 ? NOT_DROPPED : DROP_MPDU_MIC);
			frame_free(copy);
			key_wipe(&in);
		}
		frame_free(f);
		key_wipe(&out);
	}
}

static void replay_counters_never_move_back(void **state)
{
	struct replay r;

	(void)state;
	replay_init(&r, 8);
	for (unsigned slot = 0; slot < REPLAY_SLOTS; slot++) {
		assert_int_equal(replay_check(&r, slot, 7), DROP_REPLAY);
		assert_int_equal(replay_check(&r, slot, 8), NOT_DROPPED);
		replay_advance(&r, slot, 20 + slot);
		replay_advance(&r, slot, 9);
		assert_int_equal(r.next[slot], 21 + slot);
	}
	assert_int_equal(replay_check(&r, REPLAY_SLOTS, 1000), DROP_REPLAY);
	replay_advance(&r, 0, PN_MAX + 1);
	assert_int_equal(r.next[0], 21);
}

static void fragments_are_made_to_the_rules(void **state)
{
	struct frame *f = any_frame(CIPHER_CCMP_128), *out[FRAGMENTS_MAX + 1];
	size_t body = f->len - 26, seen;
	int n;

	(void)state;
	for (size_t size = 2; size <= body + 4; size += 2) {
		n = frag_split(f, size, 8, 12, out, COUNT(out));
		assert_int_equal(n, (body + size - 1) / size);
		seen = 0;
		for (int i = 0; i < n; i++) {
			bool last = i == n - 1;

			assert_int_equal(out[i]->len - 26, last ? body - seen : size);
			assert_memory_equal(out[i]->data + 26, f->data + 26 + seen, out[i]->len - 26);
			assert_int_equal(le16(out[i]->data) & FC_MORE_FRAGS, last ? 0 : FC_MORE_FRAGS);
			assert_int_equal(le16(out[i]->data + DOT11_SEQ), i);
			assert_true(frame_headroom(out[i]) >= 8 && frame_tailroom(out[i]) >= 12);
			seen += out[i]->len - 26;
			frame_free(out[i]);
		}
		assert_int_equal(seen, body);
	}
	assert_int_equal(frag_split(f, 0, 8, 12, out, COUNT(out)), -EINVAL);
	assert_int_equal(frag_split(f, 3, 8, 12, out, COUNT(out)), -EINVAL);
	assert_int_equal(frag_split(f, 4, 8, 12, out, 3), -EMSGSIZE);
	memset(frame_put(f, 64), 0, 64);
	assert_int_equal(frag_split(f, 2, 8, 12, out, COUNT(out)), -EMSGSIZE); /* 40 of them */
	frame_own(f)[4] = 0xff;                                                /* a group */
	assert_int_equal(frag_split(f, 64, 8, 12, out, COUNT(out)), -EINVAL);
	frame_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_frames),
		cmocka_unit_test(tkip_key_mixing),
		cmocka_unit_test(tkip_mixes_anew_where_it_must),
		cmocka_unit_test(a_key_is_never_reinstalled),
		cmocka_unit_test(no_key_is_all_zero),
		cmocka_unit_test(lengths_and_ids_that_do_not_fit),
		cmocka_unit_test(without_a_key_nothing_passes),
		cmocka_unit_test(wiped_keys_are_gone),
		cmocka_unit_test(replayed_frames_are_dropped),
		cmocka_unit_test(forged_frames_do_not_move_the_counter),
		cmocka_unit_test(a_wrong_michael_is_not_an_icv_error),
		cmocka_unit_test(numbers_are_used_up_but_never_wrap),
		cmocka_unit_test(frames_that_are_no_protected_frames),
		cmocka_unit_test(truncated_frames),
		cmocka_unit_test(the_header_is_protected),
		cmocka_unit_test(replay_counters_never_move_back),
		cmocka_unit_test(fragments_are_made_to_the_rules),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
