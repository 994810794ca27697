/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ciphers of src/softmac, for verification by other programs. Frames are lines of hexadecimal digits.
 *
 *	cipher seal NAME KEY ID PN [BODY]   encrypts each frame, the first one with packet number PN; with BODY, in fragments
 *	                                    of BODY bytes
 *	cipher open NAME KEY ID RSC         decrypts each frame; prints the frame, or "- REASON" of a drop
 *
 * "seal" acts as the authenticator, "open" as the supplicant.
 */
#include "hex.h"

#include "softmac/frag.h"
#include "softmac/key.h"
#include "wire/ieee80211.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require_no_drop(enum drop drop)
{
	if (drop) {
		fprintf(stderr, "cipher: %s\n", drop_sentence(drop));
		exit(1);
	}
}

static void seal_and_print(struct key *key, struct frame *frame, size_t body)
{
	struct frame *fragments[FRAGMENTS_MAX] = {frame};
	size_t head, tail;
	int count = 1;

	key_overhead(key->cipher, &head, &tail);
	if (key->cipher < CIPHER_BIP_CMAC_128 && (frame->data[0] & 0x0c) == FC_DATA)
		require_no_drop(key_seal_msdu(key, frame));
	if (body)
		count = frag_split(frame, body, head, tail, fragments, FRAGMENTS_MAX);
	require_no_drop(count < 1 ? DROP_INTERNAL : NOT_DROPPED);
	for (int i = 0; i < count; i++) {
		require_no_drop(key_seal(key, fragments[i]));
		print_frame(fragments[i]);
		if (body)
			frame_free(fragments[i]);
	}
}

static void open_and_print(struct key *key, struct frame *frame)
{
	uint64_t pn;
	enum drop drop = key_open(key, frame, &pn);

	if (!drop && key->cipher == CIPHER_TKIP)
		drop = key_open_msdu(key, frame, pn);
	if (drop)
		printf("- %s\n", drop_name(drop));
	else
		print_frame(frame);
}

static enum cipher cipher_named(const char *name)
{
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (strcmp(cipher_name(cipher), name) == 0)
			return cipher;
	fprintf(stderr, "cipher: unknown cipher %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	static char line[16384];
	static uint8_t bytes[8192];
	struct crypto *crypto = crypto_new();
	struct key key = {0};
	struct key_params use = {0};
	bool sealing = argc > 1 && strcmp(argv[1], "seal") == 0;
	uint64_t pn;
	int err;

	if (argc < 6 || !crypto)
		return 2;
	pn = strtoull(argv[5], NULL, 0);
	use = (struct key_params){.id = (uint8_t)atoi(argv[4]), .authenticator = sealing, .rsc = sealing ? 0 : pn};
	err = key_set(&key, crypto, cipher_named(argv[2]), bytes, read_hex(bytes, KEY_MAX, argv[3]), use);
	if (err) {
		fprintf(stderr, "cipher: cannot set the key: %s\n", strerror(-err));
		return 1;
	}
	if (sealing && key.cipher == CIPHER_TKIP)
		key.tkip.tsc.last = pn - 1;
	else if (sealing && key.cipher >= CIPHER_BIP_CMAC_128)
		key.bip.tx_ipn.last = pn - 1;
	else if (sealing && key.cipher >= CIPHER_CCMP_128)
		key.aes.pn.last = pn - 1;
	while (fgets(line, sizeof(line), stdin)) {
		struct frame *frame = frame_from(bytes, read_hex(bytes, sizeof(bytes), line), 0, 0);

		if (sealing)
			seal_and_print(&key, frame, argc > 6 ? strtoul(argv[6], NULL, 0) : 0);
		else
			open_and_print(&key, frame);
		frame_free(frame);
	}
	key_wipe(&key);
	crypto_free(crypto);
	return 0;
}
