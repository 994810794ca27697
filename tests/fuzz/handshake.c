/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both ends of the handshakes, with an attacker between them who has the keys. The first byte selects the suite; each
 * further byte is a step, some with operands: deliver, lose, duplicate or modify a frame, advance the time, rekey, send a
 * Request frame, or send a frame with any contents and a correct MIC.
 *
 * Invariants: no end installs an installed or all-zero key, and a dropped frame installs nothing.
 */
#include "fuzz.h"

#include "rsn/authenticator.h"
#include "rsn/supplicant.h"

struct fuzz_message {
	bool to_supplicant;
	size_t len;
	uint8_t bytes[RSN_FRAME_MAX];
};

struct fuzz_handshake {
	struct crypto *crypto;
	struct rsn_group group;
	struct authenticator a;
	struct supplicant s;
	struct rsn_key ptk[2], gtk;
	struct fuzz_message air[8];
	size_t count;
	uint64_t now, wake[2];
	uint8_t number; /* seed of nonces and keys */
	const uint8_t *in;
	size_t left;
};

static uint8_t next_byte(struct fuzz_handshake *world)
{
	world->left -= world->left > 0;
	return world->left ? *world->in++ : 0;
}

static const uint8_t *fresh_bytes(struct fuzz_handshake *world)
{
	static uint8_t random[RSN_GROUP_RANDOM_LEN];

	memset(random, ++world->number | 1, sizeof(random));
	random[0] = world->number;
	return random;
}

static void install_key(struct rsn_key *held, const struct rsn_key *key)
{
	must(key->len <= KEY_MAX && !rsn_is_zero(key->bytes, key->len));
	must(key->len != held->len || memcmp(key->bytes, held->bytes, key->len) != 0);
	*held = *key;
}

static void apply_output(struct fuzz_handshake *world, bool at_supplicant, struct rsn_out *out)
{
	must(out->frame_len <= RSN_FRAME_MAX);
	must(!out->drop || !(out->ptk.len || out->gtk.len || out->igtk.len || out->authorise));
	if (out->ptk.len)
		install_key(&world->ptk[at_supplicant], &out->ptk);
	if (out->gtk.len)
		install_key(&world->gtk, &out->gtk);
	world->wake[at_supplicant] = out->deadline_ns;
	if (out->frame_len && world->count < 8) {
		struct fuzz_message *flight = &world->air[world->count++];

		*flight = (struct fuzz_message){.to_supplicant = !at_supplicant, .len = out->frame_len};
		memcpy(flight->bytes, out->frame, flight->len);
	}
	rsn_out_wipe(out);
}

static void deliver_message(struct fuzz_handshake *world, const struct fuzz_message *flight)
{
	uint8_t *exact = malloc(flight->len + 1);
	struct rsn_out out;

	must(exact);
	memcpy(exact, flight->bytes, flight->len);
	if (flight->to_supplicant)
		supplicant_receive(&world->s, exact, flight->len, world->s.ptk_installed, fresh_bytes(world),
				   world->now, &out);
	else
		authenticator_receive(&world->a, exact, flight->len, world->now, &out);
	free(exact);
	apply_output(world, flight->to_supplicant, &out);
}

/* Builds a frame with fields from the input and a correct MIC under one of the keys. */
static void send_forged(struct fuzz_handshake *world, bool to_supplicant)
{
	uint8_t data[255], nonce[RSN_NONCE_LEN], iv[16] = {0}, rsc[8] = {0};
	const struct rsn_suite *suite = &world->a.setup.suite;
	struct eapol_key eapol = {.version = 2,
				  .descriptor = suite->wpa ? EAPOL_DESCRIPTOR_WPA : EAPOL_DESCRIPTOR_RSN,
				  .nonce = nonce,
				  .iv = iv,
				  .rsc = rsc,
				  .mic_len = rsn_profile(suite).mic_len};
	struct fuzz_message flight = {.to_supplicant = to_supplicant};
	uint8_t which = next_byte(world);

	eapol.info = (uint16_t)(next_byte(world) << 8);
	eapol.info |= (next_byte(world) & ~KEY_INFO_VERSION) | rsn_descriptor_version(suite);
	eapol.replay_counter = (which & 4 ? world->s.replay_counter : 0) + next_byte(world);
	eapol.data = (struct span){data, next_byte(world)};
	for (size_t i = 0; i < eapol.data.len; i++)
		data[i] = next_byte(world);
	memcpy(nonce, which & 8 ? world->a.anonce : world->s.snonce, sizeof(nonce));
	flight.len = eapol_key_write(&eapol, flight.bytes);
	if (eapol.info & KEY_INFO_MIC)
		must(!rsn_mic_write(world->crypto, suite,
				    which & 1   ? world->a.new_ptk.kck
				    : which & 2 ? world->a.ptk.kck
						: world->s.ptk.kck,
				    flight.bytes, flight.len));
	deliver_message(world, &flight);
}

static void take_message(struct fuzz_handshake *world, uint8_t which, bool loses)
{
	size_t count = world->count ? which % world->count : 0;
	struct fuzz_message flight = world->air[count];

	if (!world->count)
		return;
	memmove(&world->air[count], &world->air[count + 1], (--world->count - count) * sizeof(flight));
	if (!loses)
		deliver_message(world, &flight);
}

static void pass_time(struct fuzz_handshake *world)
{
	bool at_supplicant = world->wake[1] && (!world->wake[0] || world->wake[1] < world->wake[0]);
	struct rsn_out out;

	if (!world->wake[at_supplicant])
		return;
	world->now = world->wake[at_supplicant];
	if (at_supplicant)
		supplicant_timeout(&world->s, world->now, &out);
	else
		authenticator_timeout(&world->a, world->now, &out);
	apply_output(world, at_supplicant, &out);
}

static void step(struct fuzz_handshake *world, uint8_t op)
{
	struct rsn_out out = {0};
	struct fuzz_message flight;

	switch (op % 10) {
	case 0:
	case 1:
		take_message(world, op / 10, op % 10);
		break;
	case 2: /* duplicated */
	case 3: /* modified */
		if (!world->count)
			break;
		flight = world->air[op / 10 % world->count];
		if (op % 10 == 3)
			flight.bytes[next_byte(world) % flight.len] ^= next_byte(world);
		deliver_message(world, &flight);
		break;
	case 4:
		pass_time(world);
		break;
	case 5:
		if (!authenticator_start(&world->a, fresh_bytes(world), world->now, &out))
			apply_output(world, false, &out);
		break;
	case 6:
		rsn_group_rekey(&world->group, &world->a.setup.suite, fresh_bytes(world));
		authenticator_rekey_group(&world->a, world->now, &out);
		apply_output(world, false, &out);
		break;
	case 7:
		if (!supplicant_request(&world->s, op / 10 % 4, &out))
			apply_output(world, true, &out);
		break;
	default:
		send_forged(world, op % 2);
	}
}

static void set_up(struct fuzz_handshake *world, const struct rsn_suite *suite)
{
	static const uint8_t pmks[2][PMK_MAX] = {{1}, {2}};
	struct authenticator_setup au = {
		.suite = *suite, .addresses = {{2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}}, .pmks = pmks, .pmk_count = 2};
	struct supplicant_setup su = {.suite = *suite, .addresses = au.addresses, .pmk = {2}, .ptk_rekey_ns = 1};
	struct rsn_element rsne = {.wpa = suite->wpa,
				   .group = suite->group,
				   .pairwise = 1u << suite->pairwise,
				   .akms = 1u << suite->akm,
				   .group_management = suite->group_management,
				   .capabilities = suite->group_management != CIPHER_NONE ? RSN_MFPC : 0};

	au.own_element_len = su.own_element_len = au.peer_element_len = su.peer_element_len =
		rsn_element_write(&rsne, au.own_element);
	memcpy(au.peer_element, au.own_element, au.own_element_len);
	memcpy(su.own_element, au.own_element, au.own_element_len);
	memcpy(su.peer_element, au.own_element, au.own_element_len);
	rsn_group_rekey(&world->group, suite, fresh_bytes(world));
	authenticator_init(&world->a, world->crypto, &world->group, &au);
	supplicant_init(&world->s, world->crypto, &su);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rsn_suite suites[] = {
		{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0},
		{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0},
		{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0},
		{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0},
	};
	static struct crypto *crypto; /* one for all inputs: making it takes longer than an input */
	struct fuzz_handshake world;

	crypto = crypto ? crypto : crypto_new();
	must(crypto);
	if (!size)
		return 0;
	world = (struct fuzz_handshake){.crypto = crypto, .in = data + 1, .left = size};
	set_up(&world, &suites[data[0] % 4]);
	for (unsigned steps = 0; world.left > 1 && steps < 500; steps++)
		step(&world, next_byte(&world));
	authenticator_wipe(&world.a);
	supplicant_wipe(&world.s);
	return 0;
}
