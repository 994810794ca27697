/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a link for programs that judge it: frames in, frames out, one a line, in hexadecimal.
 *
 *	link send ap|sta CIPHER KEY GTK FRAGMENT    Ethernet frames in; prints their MPDUs
 *	link receive ap|sta CIPHER KEY GTK          MPDUs in, in one batch; prints Ethernet frames, then "- REASON" of each drop
 *
 * CIPHER is "open" or a cipher for unicast frames; the group's key has the same one, and id 1.  The station is
 * 02:00:00:00:00:01, its access point 02:00:00:00:00:02; both do QoS.  FRAGMENT is the longest body of an MPDU, or 0.
 */
#include "hex.h"

#include "base/mac.h"
#include "softmac/rx.h"
#include "softmac/tx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1024 };

static const uint8_t station[6] = {2, 0, 0, 0, 0, 1}, access_point[6] = {2, 0, 0, 0, 0, 2};

static void fail(const char *what, enum drop d)
{
	fprintf(stderr, "link: %s: %s\n", what, drop_sentence(d));
	exit(1);
}

static struct frame *next_line(void)
{
	static char line[16384];
	static uint8_t bytes[8192];

	return fgets(line, sizeof line, stdin) ? frame_from(bytes, unhex(bytes, sizeof bytes, line), 0, 0) : NULL;
}

static void send_all(struct peer *p, struct group_keys *g)
{
	static const struct tx_how how = {0};
	struct tx_queue q = {0};
	struct frame *f;

	while ((f = next_line())) {
		bool group = p->ap && f->len && mac_is_group(f->data);
		enum drop d = group ? tx_group(&q, g, p->bssid, p->rsn, f, &how) : tx_data(&q, p, f, &how);

		if (d)
			fail("sending", d);
	}
	tx_finish(&q);
	for (size_t i = 0; i < q.count; i++) {
		if (q.mpdu[i].drop)
			fail("sealing", q.mpdu[i].drop);
		print_frame(q.mpdu[i].frame);
	}
	tx_queue_free(&q);
}

static void receive_all(struct peer *p)
{
	static struct rx_in in[MOST];
	struct rx_out out = {0};
	struct frame *f;
	size_t n = 0;

	while (n < MOST && (f = next_line()))
		in[n++] = (struct rx_in){p, f};
	rx_data(in, n, 0, &out);
	for (size_t i = 0; i < out.msdus; i++)
		print_frame(out.msdu[i].frame);
	for (size_t i = 0; i < out.drops; i++)
		printf("- %s\n", drop_name(out.dropped[i].drop));
	rx_out_free(&out);
}

static void set_keys(struct crypto *c, struct peer *p, struct group_keys *g, char **argv)
{
	struct key_use use = {.authenticator = p->ap};
	uint8_t bytes[KEY_MAX];
	enum cipher cipher = 0;
	size_t len;

	while (cipher < CIPHERS && strcmp(cipher_name(cipher), argv[3]) != 0)
		cipher++;
	p->rsn = cipher < CIPHERS;
	if (!p->rsn)
		return;
	len = unhex(bytes, sizeof bytes, argv[4]);
	if (peer_set_key(p, c, cipher, bytes, len, use))
		fail("the pairwise key", DROP_NO_KEY);
	use.id = 1;
	len = unhex(bytes, sizeof bytes, argv[5]);
	if (group_keys_set(g, c, cipher, bytes, len, use, p->ap))
		fail("the group key", DROP_NO_KEY);
}

int main(int argc, char **argv)
{
	struct crypto *c = crypto_new();
	struct group_keys g = {0};
	struct peer p = {0};
	bool ap;

	if (argc < 6 || !c)
		return 2;
	ap = strcmp(argv[2], "ap") == 0;
	peer_init(&p, ap, ap ? access_point : station, ap ? station : access_point, access_point, &g);
	p.qos = p.authorised = true;
	p.fragment = argc > 6 ? (uint16_t)atoi(argv[6]) : 0;
	set_keys(c, &p, &g, argv);
	if (strcmp(argv[1], "send") == 0)
		send_all(&p, &g);
	else
		receive_all(&p);
	peer_wipe(&p);
	group_keys_wipe(&g);
	crypto_free(c);
	return 0;
}
