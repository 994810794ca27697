/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data path of one end of a link, for verification by other programs. Frames are lines of hexadecimal digits.
 *
 *	data_path send ap|sta CIPHER KEY GTK FRAGMENT    reads Ethernet frames, prints their MPDUs
 *	data_path receive ap|sta CIPHER KEY GTK          reads a batch of MPDUs, prints Ethernet frames, then "- REASON" of
 *	                                                 each drop
 *
 * CIPHER is "open" or a pairwise cipher; the GTK has the same cipher and key id 1. The station is 02:00:00:00:00:01, its
 * access point 02:00:00:00:00:02; both support QoS. FRAGMENT is the longest body of an MPDU, 0: no fragmentation.
 */
#include "hex.h"

#include "base/mac.h"
#include "softmac/rx.h"
#include "softmac/tx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MAX = 1024 };

static const uint8_t station[6] = {2, 0, 0, 0, 0, 1}, access_point[6] = {2, 0, 0, 0, 0, 2};

static void fail_drop(const char *what, enum drop drop)
{
	fprintf(stderr, "data_path: %s: %s\n", what, drop_sentence(drop));
	exit(1);
}

static struct frame *next_line(void)
{
	static char line[16384];
	static uint8_t bytes[8192];

	return fgets(line, sizeof(line), stdin) ? frame_from(bytes, read_hex(bytes, sizeof(bytes), line), 0, 0) : NULL;
}

static void send_all(struct peer *peer, struct group_keys *keys)
{
	static const struct tx_options options = {0};
	struct tx_queue queue = {0};
	struct frame *frame;

	while ((frame = next_line())) {
		bool group = peer->is_ap && frame->len && mac_is_group(frame->data);
		enum drop drop = group ? tx_group_data(&queue, keys, peer->bssid, peer->rsn, frame, &options)
				       : tx_data(&queue, peer, frame, &options);

		if (drop)
			fail_drop("cannot send", drop);
	}
	tx_queue_seal(&queue);
	for (size_t i = 0; i < queue.count; i++) {
		if (queue.mpdus[i].drop)
			fail_drop("cannot encrypt", queue.mpdus[i].drop);
		print_frame(queue.mpdus[i].frame);
	}
	tx_queue_free(&queue);
}

static void receive_all(struct peer *peer)
{
	static struct rx_in in[BATCH_MAX];
	struct rx_out out = {0};
	struct frame *frame;
	size_t count = 0;

	while (count < BATCH_MAX && (frame = next_line()))
		in[count++] = (struct rx_in){peer, frame};
	rx_data(in, count, 0, &out);
	for (size_t i = 0; i < out.msdu_count; i++)
		print_frame(out.msdus[i].frame);
	for (size_t i = 0; i < out.drop_count; i++)
		printf("- %s\n", drop_name(out.drops[i].drop));
	rx_out_free(&out);
}

static void set_keys(struct crypto *crypto, struct peer *peer, struct group_keys *group, char **argv)
{
	struct key_params use = {.authenticator = peer->is_ap};
	uint8_t bytes[KEY_MAX];
	enum cipher cipher = 0;
	size_t len;

	while (cipher < CIPHER_COUNT && strcmp(cipher_name(cipher), argv[3]) != 0)
		cipher++;
	peer->rsn = cipher != CIPHER_NONE;
	if (!peer->rsn)
		return;
	len = read_hex(bytes, sizeof(bytes), argv[4]);
	if (peer_set_key(peer, crypto, cipher, bytes, len, use))
		fail_drop("cannot set the pairwise key", DROP_NO_KEY);
	use.id = 1;
	len = read_hex(bytes, sizeof(bytes), argv[5]);
	if (group_keys_set(group, crypto, cipher, bytes, len, use, peer->is_ap))
		fail_drop("cannot set the GTK", DROP_NO_KEY);
}

int main(int argc, char **argv)
{
	struct crypto *crypto = crypto_new();
	struct group_keys group = {0};
	struct peer peer = {0};
	bool ap;

	if (argc < 6 || !crypto)
		return 2;
	ap = strcmp(argv[2], "ap") == 0;
	peer_init(&peer, ap, ap ? access_point : station, ap ? station : access_point, access_point, &group);
	peer.qos = peer.authorised = true;
	peer.fragment_body_max = argc > 6 ? (uint16_t)atoi(argv[6]) : 0;
	set_keys(crypto, &peer, &group, argv);
	if (strcmp(argv[1], "send") == 0)
		send_all(&peer, &group);
	else
		receive_all(&peer);
	peer_wipe(&peer);
	group_keys_wipe(&group);
	crypto_free(crypto);
	return 0;
}
