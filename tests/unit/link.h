/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station and its access point, each with what it keeps for the other, and an air between them that tests can touch. */
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
	struct group_keys ap_group, sta_group; /* the network's at the access point; the station's */
	struct peer at_ap, at_sta;             /* the station, as the access point keeps it; and the other way round */
	struct tx_queue queue;                 /* what is on the air */
	struct rx_out out;                     /* what came of it */
	uint64_t now;
};

static const struct tx_options no_options = {0};

/* Sets the same key at both ends; `seed` makes it another one. */
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
	/* Of WEP there is one key for all. */
	assert_int_equal(group_keys_set(&link->sta_group, link->crypto, cipher, material, cipher_key_len(cipher), use,
					cipher <= CIPHER_WEP_104),
			 0);
}

/* A link of that cipher, with its keys and an open port; CIPHER_NONE: an open network. */
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

/* An Ethernet frame with that much behind its header, of bytes that differ. */
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

/* The next frame on the air, taken off it. To be freed. */
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

/* Gives an MPDU to one end, which takes it over. */
__attribute__((unused)) static void link_receive(struct test_link *link, bool to_ap, struct frame *frame)
{
	struct rx_in in = {to_ap ? &link->at_ap : &link->at_sta, frame};

	rx_data(&in, 1, link->now, &link->out);
}

/* Gives all that is on the air to one end, in one batch. */
__attribute__((unused)) static void link_receive_all(struct test_link *link, bool to_ap)
{
	struct rx_in in[300];
	size_t count = 0;

	while (link->queue.count)
		in[count++] = (struct rx_in){to_ap ? &link->at_ap : &link->at_sta, link_take_frame(link, 0)};
	rx_data(in, count, link->now, &link->out);
}

/* A frame whose bytes may be changed. */
__attribute__((unused)) static uint8_t *frame_bytes(struct frame *frame)
{
	uint8_t *bytes = frame_make_writable(frame);

	assert_non_null(bytes);
	return bytes;
}

#define assert_drop(reason, name) assert_string_equal(drop_name(reason), name)

/* All that came of it: so many MSDUs, and one reason, or "none". */
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
