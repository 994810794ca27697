/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames, each behind its length in two bytes, over a link that the first two bytes describe: what the transmit
 * path takes, the receive path of the other end gives back as it was, but for what expect() says.
 */
#include "fuzz.h"

#include "base/mac.h"
#include "softmac/llc.h"
#include "softmac/mpdu.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/ether.h"

enum { AT_AP = 1, QOS = 2, ADDRESS = 4, PORT = 8, MOST = 64 };

static const uint8_t AP[6] = {2, 0, 0, 0, 0, 0x0a}, STA[6] = {2, 0, 0, 0, 0, 1};

static const enum cipher ciphers[8] = {CIPHERS,         CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,
				       CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256};

struct end {
	struct group_keys group;
	struct peer peer;
};

static void set_up(struct end *e, struct crypto *c, bool ap, uint8_t first, uint8_t second)
{
	enum cipher cipher = ciphers[second & 7];
	size_t len = cipher < CIPHERS ? cipher_key_len(cipher) : 0;
	struct key_use use = {.authenticator = ap};
	uint8_t tk[KEY_MAX];

	memset(e, 0, sizeof *e);
	peer_init(&e->peer, ap, ap ? AP : STA, ap ? STA : AP, AP, &e->group);
	e->peer.qos = first & QOS;
	e->peer.authorised = !(first & PORT);
	e->peer.rsn = cipher > CIPHER_WEP_104 && len;
	e->peer.fragment = (uint16_t)((first & 0xf0) * 2); /* 0, or 32 to 480 */
	memset(tk, 3, sizeof tk);
	if (e->peer.rsn)
		must(!peer_set_key(&e->peer, c, cipher, tk, len, use));
	use.id = 2;
	tk[0] = 4;
	if (len)
		must(!group_keys_set(&e->group, c, cipher, tk, len, use, true));
}

/*
 * Makes of what went in what must come out: an 802.3 frame without its padding; and as Ethernet II where its LLC says what
 * Ethernet II becomes on the air, which cannot tell the two (802.1H).
 */
static void expect(struct frame *f)
{
	uint16_t type = be16(f->data + 12);
	uint8_t ends[12];

	if (type >= ETHER_TYPE_MIN)
		return;
	frame_trim(f, f->len - ETHER_HLEN - type);
	if (!llc_type(f->data + ETHER_HLEN, type))
		return;
	memcpy(ends, f->data, sizeof ends);
	frame_pull(f, ETHER_HLEN + LLC_SNAP_OUI - sizeof ends);
	memcpy(frame_own(f), ends, sizeof ends);
}

static void carry(struct tx_queue *q, struct end *to, struct rx_out *out)
{
	struct rx_in in[MOST];

	tx_finish(q);
	must(q->count <= MOST);
	for (size_t i = 0; i < q->count; i++) {
		must(!q->mpdu[i].drop);
		must(!(to->peer.rsn && !(le16(q->mpdu[i].frame->data) & FC_PROTECTED)));
		in[i] = (struct rx_in){&to->peer, q->mpdu[i].frame};
	}
	rx_data(in, q->count, 0, out);
	q->count = 0;
}

static void one(struct end *from, struct end *to, struct frame *f, struct tx_queue *q, struct rx_out *out)
{
	static const struct tx_how how = {0};
	struct frame *want = frame_from(f->data, f->len, 0, 0);
	bool group = f->len >= 6 && from->peer.ap && mac_is_group(f->data);
	enum drop d;

	must(want);
	d = group ? tx_group(q, &from->group, AP, from->peer.rsn, f, &how) : tx_data(q, &from->peer, f, &how);
	must(!d == (q->count > 0));
	if (!d) {
		carry(q, to, out);
		expect(want);
		/* A source that nobody can have, or that is the receiver's own, is stopped there. */
		if (to->peer.ap || (!mac_is_group(want->data + 6) && !mac_equal(want->data + 6, STA))) {
			if (!out->msdus)
				must(group && !to->peer.authorised);
			else
				must(out->msdu[0].frame->len == want->len &&
				     memcmp(out->msdu[0].frame->data, want->data, want->len) == 0);
		}
		rx_out_clear(out);
	}
	frame_free(want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *c; /* one for all inputs: making it takes longer than they do */
	struct tx_queue q = {0};
	struct rx_out out = {0};
	struct end from, to;
	uint8_t first;

	if (!c)
		c = crypto_new();
	must(c);
	if (size < 2)
		return 0;
	set_up(&from, c, data[0] & AT_AP, data[0], data[1]);
	set_up(&to, c, !(data[0] & AT_AP), data[0], data[1]);
	first = data[0];
	for (data += 2, size -= 2; size >= 2;) {
		size_t len = be16(data) < size - 2 ? be16(data) : size - 2;
		struct frame *f = frame_from(data + 2, len, first & 1, first & 3);

		must(f);
		if ((first & ADDRESS) && len >= 12)
			mac_copy(frame_own(f) + (from.peer.ap && !mac_is_group(f->data) ? 0 : 6), STA);
		data += 2 + len;
		size -= 2 + len;
		one(&from, &to, f, &q, &out);
	}
	for (int i = 0; i < 2; i++) {
		peer_wipe(i ? &to.peer : &from.peer);
		group_keys_wipe(i ? &to.group : &from.group);
	}
	tx_queue_free(&q);
	rx_out_free(&out);
	return 0;
}
