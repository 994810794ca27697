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

struct link {
	struct crypto *c;
	struct group_keys net, own; /* the network's at the access point; the station's */
	struct peer at_ap, at_sta;  /* the station, as the access point keeps it; and the other way round */
	struct tx_queue q;          /* what is on the air */
	struct rx_out out;          /* what came of it */
	uint64_t now;
};

static const struct tx_how plainly = {0};

/* Sets the same key at both ends; `seed` makes it another one. */
__attribute__((unused)) static void link_key(struct link *l, enum cipher cipher, uint8_t seed)
{
	uint8_t material[KEY_MAX];

	memset(material, seed, sizeof material);
	material[0] = (uint8_t)cipher;
	assert_int_equal(peer_set_key(&l->at_ap, l->c, cipher, material, cipher_key_len(cipher),
				      (struct key_use){.authenticator = true}),
			 0);
	assert_int_equal(peer_set_key(&l->at_sta, l->c, cipher, material, cipher_key_len(cipher), (struct key_use){0}),
			 0);
}

__attribute__((unused)) static void link_group_key(struct link *l, enum cipher cipher, uint8_t id, uint8_t seed)
{
	struct key_use use = {.id = id, .authenticator = true};
	uint8_t material[KEY_MAX];

	memset(material, seed, sizeof material);
	assert_int_equal(group_keys_set(&l->net, l->c, cipher, material, cipher_key_len(cipher), use, true), 0);
	use.authenticator = false;
	/* Of WEP there is one key for all. */
	assert_int_equal(
		group_keys_set(&l->own, l->c, cipher, material, cipher_key_len(cipher), use, cipher <= CIPHER_WEP_104),
		0);
}

/* A link of that cipher, with its keys and an open port; CIPHERS: an open network. */
__attribute__((unused)) static void link_open(struct link *l, struct crypto *c, enum cipher cipher, bool qos)
{
	memset(l, 0, sizeof *l);
	l->c = c;
	l->now = 1000;
	peer_init(&l->at_ap, true, AP, STA, AP, &l->net);
	peer_init(&l->at_sta, false, STA, AP, AP, &l->own);
	l->at_ap.qos = l->at_sta.qos = qos;
	l->at_ap.authorised = l->at_sta.authorised = true;
	l->at_ap.rsn = l->at_sta.rsn = cipher < CIPHERS && cipher > CIPHER_WEP_104;
	if (l->at_ap.rsn)
		link_key(l, cipher, 0x31);
	if (cipher < CIPHERS)
		link_group_key(l, cipher, 1, 0x42);
}

__attribute__((unused)) static void link_close(struct link *l)
{
	peer_wipe(&l->at_ap);
	peer_wipe(&l->at_sta);
	group_keys_wipe(&l->net);
	group_keys_wipe(&l->own);
	tx_queue_free(&l->q);
	rx_out_free(&l->out);
}

/* An Ethernet frame with that much behind its header, of bytes that differ. */
__attribute__((unused)) static struct frame *ethernet(const uint8_t *dst, const uint8_t *src, uint16_t type, size_t len)
{
	struct frame *f = frame_new(0, ETHER_HLEN + len, 0);
	uint8_t *p = frame_own(f);

	memcpy(p, dst, 6);
	memcpy(p + 6, src, 6);
	put_be16(p + 12, type);
	for (size_t i = 0; i < len; i++)
		p[ETHER_HLEN + i] = (uint8_t)(i * 7 + i / 256 + 1);
	return f;
}

/* The next frame on the air, taken off it. To be freed. */
__attribute__((unused)) static struct frame *link_take(struct link *l, size_t i)
{
	struct frame *f;

	tx_finish(&l->q);
	assert_true(i < l->q.count);
	assert_string_equal(drop_name(l->q.mpdu[i].drop), "none");
	f = l->q.mpdu[i].frame;
	memmove(&l->q.mpdu[i], &l->q.mpdu[i + 1], (--l->q.count - i) * sizeof l->q.mpdu[0]);
	return f;
}

/* Gives an MPDU to one end, which takes it over. */
__attribute__((unused)) static void link_give(struct link *l, bool to_ap, struct frame *f)
{
	struct rx_in in = {to_ap ? &l->at_ap : &l->at_sta, f};

	rx_data(&in, 1, l->now, &l->out);
}

/* Gives all that is on the air to one end, in one batch. */
__attribute__((unused)) static void link_carry(struct link *l, bool to_ap)
{
	struct rx_in in[300];
	size_t n = 0;

	while (l->q.count)
		in[n++] = (struct rx_in){to_ap ? &l->at_ap : &l->at_sta, link_take(l, 0)};
	rx_data(in, n, l->now, &l->out);
}

/* A frame whose bytes may be changed. */
__attribute__((unused)) static uint8_t *bytes_of(struct frame *f)
{
	uint8_t *p = frame_own(f);

	assert_non_null(p);
	return p;
}

#define assert_drop(reason, name) assert_string_equal(drop_name(reason), name)

/* All that came of it: so many MSDUs, and one reason, or "none". */
#define assert_came(l, count, reason)                                                                          \
	do {                                                                                                   \
		assert_drop((l)->out.drops ? (l)->out.dropped[(l)->out.drops - 1].drop : NOT_DROPPED, reason); \
		assert_int_equal((l)->out.msdus, count);                                                       \
		rx_out_clear(&(l)->out);                                                                       \
	} while (0)

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

#endif
