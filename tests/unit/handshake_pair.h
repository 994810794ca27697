/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An authenticator and a supplicant with a link between them in virtual time; counts the keys that they install. */
#ifndef VIFI_TESTS_HANDSHAKE_PAIR_H
#define VIFI_TESTS_HANDSHAKE_PAIR_H

#include "unit.h"

#include "rsn/authenticator.h"
#include "rsn/supplicant.h"

#define FLYING_MAX 64

/* The suites: WPA and WPA2 with all variants of the handshake. */
__attribute__((unused)) static const struct rsn_suite suites[] = {
	{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0},
	{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_NONE, 0},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0},
	{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256, 0},
	{false, AKM_SAE_EXT_KEY, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 32},
	{false, AKM_SAE_EXT_KEY, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 48},
	{false, AKM_SAE_EXT_KEY, CIPHER_GCMP_256, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 64},
	{false, AKM_OWE, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 48},
};

struct handshake_frame {
	bool to_supplicant, protected;
	uint8_t bytes[RSN_FRAME_MAX];
	size_t len;
	struct rsn_key key; /* the sender's key at the time of sending */
};

/* What one end has installed. */
struct installed {
	unsigned ptks, gtks, igtks, authorised;
	struct rsn_key ptk, gtk, igtk;
	uint16_t disconnect;
	enum rsn_event finding;
	enum drop drop; /* of the last frame */
	uint64_t wake_ns;
};

struct handshake_pair {
	struct crypto *crypto;
	struct rsn_group group;
	struct authenticator authenticator;
	struct supplicant supplicant;
	struct installed at_authenticator, at_supplicant;
	struct handshake_frame in_flight[FLYING_MAX], log[FLYING_MAX]; /* frames in flight; and all frames ever sent */
	unsigned count, log_count;
	uint64_t now, seed;
	uint8_t pmks[3][PMK_MAX];
};

/* Compares members: structs have padding. */
bool pair_same_key(const struct rsn_key *left, const struct rsn_key *right);
bool pair_same_frame(const struct handshake_frame *left, const struct handshake_frame *right);

/* Pseudo-random numbers, the same in each run. */
uint64_t pair_random(struct handshake_pair *pair);
void pair_fill(struct handshake_pair *pair, uint8_t *bytes, size_t len);

/* pair_setup() makes both ends, pair_start() begins a handshake, pair_setup_and_start() does both; pair_free() frees all. */
void pair_setup(struct handshake_pair *pair, struct crypto *crypto, const struct rsn_suite *suite);
void pair_start(struct handshake_pair *pair);
void pair_setup_and_start(struct handshake_pair *pair, struct crypto *crypto, const struct rsn_suite *suite);
void pair_free(struct handshake_pair *pair);

/* Applies the output of one end. */
void pair_apply_output(struct handshake_pair *pair, bool at_supplicant, struct rsn_out *out);

/* Removes a frame from the link. */
struct handshake_frame pair_take_frame(struct handshake_pair *pair, unsigned which);

/* Passes a frame to its receiver, which cannot read one that is protected with a key that it lacks. */
void pair_deliver(struct handshake_pair *pair, const struct handshake_frame *message);

/* Deliver the next `count` frames, or with pair_run() all; pair_run() returns their number. */
void pair_deliver_next(struct handshake_pair *pair, unsigned count);
unsigned pair_run(struct handshake_pair *pair);

/* Advances the time to the next deadline. Returns false if there is none. */
bool pair_advance(struct handshake_pair *pair);

/* Runs until both ends are done or one has disconnected, in spite of losses. */
void pair_settle(struct handshake_pair *pair);

/* Are both ends done, with the same keys? */
bool pair_agrees(const struct handshake_pair *pair);

/* Makes new group keys and starts the group key handshake. */
void pair_new_group_keys(struct handshake_pair *pair);
void pair_send_group_keys(struct handshake_pair *pair);

#endif
