/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends of the handshakes, with somebody between them who has the keys.  The first byte picks the suite; then
 * each byte is a step, some with bytes of their own behind it: deliver, lose, double or change a frame, let time pass,
 * renew keys, ask, or send a frame of any content whose MIC is right.
 *
 * Of every input it must be true that nobody installs the key that is installed, or one of zeroes, and that a frame
 * which is dropped installs nothing.
 */
#include "fuzz.h"

#include "rsn/authenticator.h"
#include "rsn/supplicant.h"

struct flight {
	bool to_supplicant;
	size_t len;
	uint8_t bytes[RSN_FRAME_MAX];
};

struct world {
	struct crypto *c;
	struct rsn_group group;
	struct authenticator a;
	struct supplicant s;
	struct rsn_key ptk[2], gtk;
	struct flight air[8];
	size_t count;
	uint64_t now, wake[2];
	uint8_t number; /* what nonces and keys are made of */
	const uint8_t *in;
	size_t left;
};

static uint8_t byte(struct world *w)
{
	w->left -= w->left > 0;
	return w->left ? *w->in++ : 0;
}

static const uint8_t *fresh(struct world *w)
{
	static uint8_t random[RSN_GROUP_RANDOM];

	memset(random, ++w->number | 1, sizeof random);
	random[0] = w->number;
	return random;
}

static void install(struct rsn_key *held, const struct rsn_key *k)
{
	must(k->len <= KEY_MAX && !rsn_all_zero(k->bytes, k->len));
	must(k->len != held->len || memcmp(k->bytes, held->bytes, k->len) != 0);
	*held = *k;
}

static void obey(struct world *w, bool at_supplicant, struct rsn_out *out)
{
	must(out->frame_len <= RSN_FRAME_MAX);
	must(!out->drop || !(out->ptk.len || out->gtk.len || out->igtk.len || out->authorised));
	if (out->ptk.len)
		install(&w->ptk[at_supplicant], &out->ptk);
	if (out->gtk.len)
		install(&w->gtk, &out->gtk);
	w->wake[at_supplicant] = out->wake_ns;
	if (out->frame_len && w->count < 8) {
		struct flight *f = &w->air[w->count++];

		*f = (struct flight){.to_supplicant = !at_supplicant, .len = out->frame_len};
		memcpy(f->bytes, out->frame, f->len);
	}
	rsn_out_wipe(out);
}

static void deliver(struct world *w, const struct flight *f)
{
	uint8_t *exact = malloc(f->len + 1);
	struct rsn_out out;

	must(exact);
	memcpy(exact, f->bytes, f->len);
	if (f->to_supplicant)
		supplicant_receive(&w->s, exact, f->len, w->s.keyed, fresh(w), w->now, &out);
	else
		authenticator_receive(&w->a, exact, f->len, w->now, &out);
	free(exact);
	obey(w, f->to_supplicant, &out);
}

/* A frame whose fields the input says, with a MIC that is right for one of the keys there are. */
static void forge(struct world *w, bool to_supplicant)
{
	uint8_t data[255], nonce[RSN_NONCE], iv[16] = {0}, rsc[8] = {0};
	const struct rsn_suite *suite = &w->a.setup.suite;
	struct eapol_key k = {
		.version = 2, .descriptor = suite->wpa ? EAPOL_WPA : EAPOL_RSN, .nonce = nonce, .iv = iv, .rsc = rsc};
	struct flight f = {.to_supplicant = to_supplicant};
	uint8_t which = byte(w);

	k.info = (uint16_t)(byte(w) << 8);
	k.info |= (byte(w) & ~KEY_VERSION) | rsn_version(suite);
	k.replay = (which & 4 ? w->s.replay : 0) + byte(w);
	k.data = (struct span){data, byte(w)};
	for (size_t i = 0; i < k.data.len; i++)
		data[i] = byte(w);
	memcpy(nonce, which & 8 ? w->a.anonce : w->s.snonce, sizeof nonce);
	f.len = eapol_key_write(&k, f.bytes);
	if (k.info & KEY_MIC)
		must(!rsn_mic_put(w->c, suite,
				  which & 1   ? w->a.fresh.kck
				  : which & 2 ? w->a.ptk.kck
					      : w->s.ptk.kck,
				  f.bytes, f.len));
	deliver(w, &f);
}

static void take(struct world *w, uint8_t which, bool loses)
{
	size_t n = w->count ? which % w->count : 0;
	struct flight f = w->air[n];

	if (!w->count)
		return;
	memmove(&w->air[n], &w->air[n + 1], (--w->count - n) * sizeof f);
	if (!loses)
		deliver(w, &f);
}

static void pass_time(struct world *w)
{
	bool at_supplicant = w->wake[1] && (!w->wake[0] || w->wake[1] < w->wake[0]);
	struct rsn_out out;

	if (!w->wake[at_supplicant])
		return;
	w->now = w->wake[at_supplicant];
	if (at_supplicant)
		supplicant_timeout(&w->s, w->now, &out);
	else
		authenticator_timeout(&w->a, w->now, &out);
	obey(w, at_supplicant, &out);
}

static void step(struct world *w, uint8_t op)
{
	struct rsn_out out = {0};
	struct flight f;

	switch (op % 10) {
	case 0:
	case 1:
		take(w, op / 10, op % 10);
		break;
	case 2: /* again */
	case 3: /* changed */
		if (!w->count)
			break;
		f = w->air[op / 10 % w->count];
		if (op % 10 == 3)
			f.bytes[byte(w) % f.len] ^= byte(w);
		deliver(w, &f);
		break;
	case 4:
		pass_time(w);
		break;
	case 5:
		if (!authenticator_start(&w->a, fresh(w), w->now, &out))
			obey(w, false, &out);
		break;
	case 6:
		rsn_group_renew(&w->group, &w->a.setup.suite, fresh(w));
		authenticator_group(&w->a, w->now, &out);
		obey(w, false, &out);
		break;
	case 7:
		if (!supplicant_request(&w->s, op / 10 % 4, &out))
			obey(w, true, &out);
		break;
	default:
		forge(w, op % 2);
	}
}

static void set_up(struct world *w, const struct rsn_suite *suite)
{
	static const uint8_t pmks[2][PMK_LEN] = {{1}, {2}};
	struct authenticator_setup au = {
		.suite = *suite, .ends = {{2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}}, .pmks = pmks, .pmk_count = 2};
	struct supplicant_setup su = {.suite = *suite, .ends = au.ends, .pmk = {2}, .ptk_rekey_ns = 1};
	struct rsn_element e = {.wpa = suite->wpa,
				.group = suite->group,
				.pairwise = 1u << suite->pairwise,
				.akms = 1u << suite->akm,
				.management = suite->management,
				.capabilities = suite->management < CIPHERS ? RSN_MFPC : 0};

	au.own_len = su.own_len = au.theirs_len = su.theirs_len = rsn_write(&e, au.own);
	memcpy(au.theirs, au.own, au.own_len);
	memcpy(su.own, au.own, au.own_len);
	memcpy(su.theirs, au.own, au.own_len);
	rsn_group_renew(&w->group, suite, fresh(w));
	authenticator_init(&w->a, w->c, &w->group, &au);
	supplicant_init(&w->s, w->c, &su);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rsn_suite suites[] = {
		{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
		{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
		{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS},
		{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256},
	};
	static struct crypto *c; /* one for all inputs: making it takes longer than they do */
	struct world w;

	c = c ? c : crypto_new();
	must(c);
	if (!size)
		return 0;
	w = (struct world){.c = c, .in = data + 1, .left = size};
	set_up(&w, &suites[data[0] % 4]);
	for (unsigned steps = 0; w.left > 1 && steps < 500; steps++)
		step(&w, byte(&w));
	authenticator_wipe(&w.a);
	supplicant_wipe(&w.s);
	return 0;
}
