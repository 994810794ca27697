/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station and its access point with their peer states, and the frames between them, which tests can modify. */
#ifndef VIFI_TESTS_LINK_H
#define VIFI_TESTS_LINK_H

#include "unit.h"

#include "base/mac.h"
#include "softmac/mpdu.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

__attribute__((unused)) static const uint8_t AP[6] = {2, 0, 0, 0, 0, 0x0a}, STA[6] = {2, 0, 0, 0, 0, 1},
					     HOST[6] = {2, 0, 0, 0, 0, 0x99}, OTHER[6] = {2, 0, 0, 0, 0, 2},
					     ALL[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct test_link {
	struct crypto *crypto;
	struct group_keys ap_group, sta_group; /* group keys of the access point's network, and of the station */
	struct peer at_ap, at_sta;             /* the peer of the access point, and the peer of the station */
	struct tx_queue queue;                 /* frames on the air */
	struct rx_out out;                     /* received MSDUs and drops */
	uint64_t now;
};

static const struct tx_options no_options = {0};

/* Sets the same key at both ends; `seed` selects the key. */
__attribute__((unused)) static void link_key(struct test_link *link, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	memset(material, seed, sizeof(material));
	material[0] = (uint8_t)cipher;
	assert_int_equal(peer_set_key(&link->at_ap, link->crypto, cipher, material, cipher_key_len(cipher),
				      (struct key_params){.authenticator = true}),
			 0);
	assert_int_equal(peer_set_key(&link->at_sta, link->crypto, cipher, material, cipher_key_len(cipher),
				      (struct key_params){0}),
			 0);
}

__attribute__((unused)) static void link_group_key(struct test_link *link, enum cipher cipher, uint8_t id, uint8_t seed)
{
	struct key_params use = {.id = id, .authenticator = true};
	uint8_t material[KEY_MAX];

	memset(material, seed, sizeof(material));
	assert_int_equal(
		group_keys_set(&link->ap_group, link->crypto, cipher, material, cipher_key_len(cipher), use, true), 0);
	use.authenticator = false;
	/* WEP has one key for both directions. */
	assert_int_equal(group_keys_set(&link->sta_group, link->crypto, cipher, material, cipher_key_len(cipher), use,
					cipher <= CIPHER_WEP_104),
			 0);
}

/* Makes a link with that cipher, its keys and an open port; CIPHER_NONE: an open network. */
__attribute__((unused)) static void link_open(struct test_link *link, struct crypto *crypto, enum cipher cipher,
					      bool qos)
{
	memset(link, 0, sizeof(*link));
	link->crypto = crypto;
	link->now = 1000;
	peer_init(&link->at_ap, true, AP, STA, AP, &link->ap_group);
	peer_init(&link->at_sta, false, STA, AP, AP, &link->sta_group);
	link->at_ap.qos = link->at_sta.qos = qos;
	link->at_ap.authorised = link->at_sta.authorised = true;
	link->at_ap.rsn = link->at_sta.rsn = cipher != CIPHER_NONE && cipher > CIPHER_WEP_104;
	if (link->at_ap.rsn)
		link_key(link, cipher, 0x31);
	if (cipher != CIPHER_NONE)
		link_group_key(link, cipher, 1, 0x42);
}

__attribute__((unused)) static void link_close(struct test_link *link)
{
	peer_wipe(&link->at_ap);
	peer_wipe(&link->at_sta);
	group_keys_wipe(&link->ap_group);
	group_keys_wipe(&link->sta_group);
	tx_queue_free(&link->queue);
	rx_out_free(&link->out);
}

/* Returns an Ethernet frame with a payload of that length and varying bytes. */
__attribute__((unused)) static struct frame *ethernet_frame(const uint8_t *dst, const uint8_t *src, uint16_t type,
							    size_t len)
{
	struct frame *frame = frame_new(0, ETHER_HLEN + len, 0);
	uint8_t *bytes = frame_make_writable(frame);

	memcpy(bytes, dst, 6);
	memcpy(bytes + 6, src, 6);
	put_be16(bytes + 12, type);
	for (size_t i = 0; i < len; i++)
		bytes[ETHER_HLEN + i] = (uint8_t)(i * 7 + i / 256 + 1);
	return frame;
}

/* Removes the next frame from the air. The caller frees it. */
__attribute__((unused)) static struct frame *link_take_frame(struct test_link *link, size_t i)
{
	struct frame *frame;

	tx_queue_seal(&link->queue);
	assert_true(i < link->queue.count);
	assert_string_equal(drop_name(link->queue.mpdus[i].drop), "none");
	frame = link->queue.mpdus[i].frame;
	memmove(&link->queue.mpdus[i], &link->queue.mpdus[i + 1],
		(--link->queue.count - i) * sizeof(link->queue.mpdus[0]));
	return frame;
}

/* Passes an MPDU to one end, which takes ownership. */
__attribute__((unused)) static void link_receive(struct test_link *link, bool to_ap, struct frame *frame)
{
	struct rx_in in = {to_ap ? &link->at_ap : &link->at_sta, frame};

	rx_data(&in, 1, link->now, &link->out);
}

/* Passes all frames on the air to one end, in one batch. */
__attribute__((unused)) static void link_receive_all(struct test_link *link, bool to_ap)
{
	struct rx_in in[300];
	size_t count = 0;

	while (link->queue.count)
		in[count++] = (struct rx_in){to_ap ? &link->at_ap : &link->at_sta, link_take_frame(link, 0)};
	rx_data(in, count, link->now, &link->out);
}

/* Returns a frame with writable bytes. */
__attribute__((unused)) static uint8_t *frame_bytes(struct frame *frame)
{
	uint8_t *bytes = frame_make_writable(frame);

	assert_non_null(bytes);
	return bytes;
}

#define assert_drop(reason, name) assert_string_equal(drop_name(reason), name)

/* Asserts the number of MSDUs and the only drop reason, or "none". */
#define assert_came(l, count, reason)                                                                                  \
	do {                                                                                                           \
		assert_drop((l)->out.drop_count ? (l)->out.drops[(l)->out.drop_count - 1].drop : NOT_DROPPED, reason); \
		assert_int_equal((l)->out.msdu_count, count);                                                          \
		rx_out_clear(&(l)->out);                                                                               \
	} while (0)

static int set_up_crypto(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down_crypto(void **state)
{
	crypto_free(*state);
	return 0;
}

#endif
