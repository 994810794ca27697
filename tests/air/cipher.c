/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ciphers of src/softmac for programs that judge them: frames in, frames out, one a line, in hexadecimal.
 *
 *	cipher seal NAME KEY ID PN [BODY]   prints each frame sealed, from packet number PN on; fragments of BODY bytes
 *	cipher open NAME KEY ID RSC         prints each frame opened, or "- REASON"
 *
 * Sealing is the authenticator's end, opening the supplicant's.
 */
#include "hex.h"

#include "softmac/frag.h"
#include "softmac/key.h"
#include "wire/ieee80211.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(enum drop d)
{
	if (d) {
		fprintf(stderr, "cipher: %s\n", drop_sentence(d));
		exit(1);
	}
}

static void seal(struct key *k, struct frame *f, size_t body)
{
	struct frame *part[FRAGMENTS_MAX] = {f};
	size_t head, tail;
	int n = 1;

	key_room(k->cipher, &head, &tail);
	if (k->cipher < CIPHER_BIP_CMAC_128 && (f->data[0] & 0x0c) == FC_DATA)
		fail(key_seal_msdu(k, f));
	if (body)
		n = frag_split(f, body, head, tail, part, FRAGMENTS_MAX);
	fail(n < 1 ? DROP_INTERNAL : NOT_DROPPED);
	for (int i = 0; i < n; i++) {
		fail(key_seal(k, part[i]));
		print_frame(part[i]);
		if (body)
			frame_free(part[i]);
	}
}

static void open_one(struct key *k, struct frame *f)
{
	uint64_t pn;
	enum drop d = key_open(k, f, &pn);

	if (!d && k->cipher == CIPHER_TKIP)
		d = key_open_msdu(k, f, pn);
	if (d)
		printf("- %s\n", drop_name(d));
	else
		print_frame(f);
}

static enum cipher cipher_named(const char *name)
{
	for (enum cipher c = 0; c < CIPHERS; c++)
		if (strcmp(cipher_name(c), name) == 0)
			return c;
	fprintf(stderr, "cipher: no cipher is called %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	static char line[16384];
	static uint8_t bytes[8192];
	struct crypto *c = crypto_new();
	struct key k = {0};
	struct key_use use = {0};
	bool sealing = argc > 1 && strcmp(argv[1], "seal") == 0;
	uint64_t pn;
	int e;

	if (argc < 6 || !c)
		return 2;
	pn = strtoull(argv[5], NULL, 0);
	use = (struct key_use){.id = (uint8_t)atoi(argv[4]), .authenticator = sealing, .rsc = sealing ? 0 : pn};
	e = key_set(&k, c, cipher_named(argv[2]), bytes, unhex(bytes, KEY_MAX, argv[3]), use);
	if (e) {
		fprintf(stderr, "cipher: the key: %s\n", strerror(-e));
		return 1;
	}
	if (sealing && k.cipher == CIPHER_TKIP)
		k.tkip.tsc.last = pn - 1;
	else if (sealing && k.cipher >= CIPHER_BIP_CMAC_128)
		k.bip.ipn.last = pn - 1;
	else if (sealing && k.cipher >= CIPHER_CCMP_128)
		k.aes.pn.last = pn - 1;
	while (fgets(line, sizeof line, stdin)) {
		struct frame *f = frame_from(bytes, unhex(bytes, sizeof bytes, line), 0, 0);

		if (sealing)
			seal(&k, f, argc > 6 ? strtoul(argv[6], NULL, 0) : 0);
		else
			open_one(&k, f);
		frame_free(f);
	}
	key_wipe(&k);
	crypto_free(c);
	return 0;
}
