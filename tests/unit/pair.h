/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An authenticator and a supplicant with a wire between them, in virtual time; what they install is counted. */
#ifndef VIFI_TESTS_PAIR_H
#define VIFI_TESTS_PAIR_H

#include "unit.h"

#include "rsn/authenticator.h"
#include "rsn/supplicant.h"

#define FLYING_MAX 64

/* What links agree on: WPA and WPA2, with all that is different in the handshake. */
__attribute__((unused)) static const struct rsn_suite suites[] = {
	{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
	{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS},
	{false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHERS},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128},
	{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256},
};

struct flying {
	bool to_supplicant, protected;
	uint8_t bytes[RSN_FRAME_MAX];
	size_t len;
	struct rsn_key key; /* the sender's, when it was sent */
};

/* What one end was told to install. */
struct installed {
	unsigned ptks, gtks, igtks, authorised;
	struct rsn_key ptk, gtk, igtk;
	uint16_t disconnect;
	enum rsn_finding finding;
	enum drop drop; /* of the last frame */
	uint64_t wake_ns;
};

struct pair {
	struct crypto *c;
	struct rsn_group group;
	struct authenticator a;
	struct supplicant s;
	struct installed at_a, at_s;
	struct flying flying[FLYING_MAX], log[FLYING_MAX]; /* on the wire; and all that ever was */
	unsigned count, logged;
	uint64_t now, seed;
	uint8_t pmks[3][PMK_LEN];
};

/* Structs have holes: compare what they say. */
bool pair_same_key(const struct rsn_key *a, const struct rsn_key *b);
bool pair_same(const struct flying *a, const struct flying *b);

/* Numbers that are as good as random, and the same in each run. */
uint64_t pair_random(struct pair *p);
void pair_fill(struct pair *p, uint8_t *bytes, size_t len);

/* pair_setup() makes both ends, pair_start() begins a handshake; pair_begin() is both.  drop_pair() in the end. */
void pair_setup(struct pair *p, struct crypto *c, const struct rsn_suite *suite);
void pair_start(struct pair *p);
void pair_begin(struct pair *p, struct crypto *c, const struct rsn_suite *suite);
void drop_pair(struct pair *p);

/* Carries out what one end wants done. */
void pair_take(struct pair *p, bool at_supplicant, struct rsn_out *out);

/* Takes a frame off the wire. */
struct flying pair_next(struct pair *p, unsigned which);

/* Gives a frame to whom it is for. What was protected under a key that the end does not have, it cannot read. */
void pair_deliver(struct pair *p, const struct flying *f);

/* Delivers the next `count` frames; pair_run() all there is, and returns how many that were. */
void pair_pass(struct pair *p, unsigned count);
unsigned pair_run(struct pair *p);

/* Lets the time pass until somebody wants to be woken. Returns false if nobody does. */
bool pair_wake(struct pair *p);

/* Runs to the end, whatever was lost: all are satisfied, or somebody has hung up. */
void settle(struct pair *p);

/* Both are done, and have the same keys. */
bool pair_agrees(const struct pair *p);

/* The group has new keys; the station is told them. */
void new_group(struct pair *p);
void tell_group(struct pair *p);

#endif
