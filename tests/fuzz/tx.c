/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames, each after its length in two bytes, over a link that the first two bytes describe: the receive path of
 * the other end returns each accepted frame unchanged, but for convert_to_expected().
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

static const enum cipher ciphers[8] = {CIPHER_NONE,     CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,
				       CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256};

struct link_end {
	struct group_keys group;
	struct peer peer;
};

static void set_up(struct link_end *end, struct crypto *crypto, bool ap, uint8_t first, uint8_t second)
{
	enum cipher cipher = ciphers[second & 7];
	size_t len = cipher != CIPHER_NONE ? cipher_key_len(cipher) : 0;
	struct key_params use = {.authenticator = ap};
	uint8_t tk[KEY_MAX];

	memset(end, 0, sizeof(*end));
	peer_init(&end->peer, ap, ap ? AP : STA, ap ? STA : AP, AP, &end->group);
	end->peer.qos = first & QOS;
	end->peer.authorised = !(first & PORT);
	end->peer.rsn = cipher > CIPHER_WEP_104 && len;
	end->peer.fragment_body_max = (uint16_t)((first & 0xf0) * 2); /* 0, or 32 to 480 */
	memset(tk, 3, sizeof(tk));
	if (end->peer.rsn)
		must(!peer_set_key(&end->peer, crypto, cipher, tk, len, use));
	use.id = 2;
	tk[0] = 4;
	if (len)
		must(!group_keys_set(&end->group, crypto, cipher, tk, len, use, true));
}

/*
 * Converts a sent frame to the expected one: an 802.3 frame loses its padding, and becomes Ethernet II if its LLC header is
 * that of Ethernet II in 802.11, which does not distinguish them (802.1H).
 */
static void convert_to_expected(struct frame *frame)
{
	uint16_t type = be16(frame->data + 12);
	uint8_t ends[12];

	if (type >= ETHER_TYPE_MIN)
		return;
	frame_trim(frame, frame->len - ETHER_HLEN - type);
	if (!llc_ethertype(frame->data + ETHER_HLEN, type))
		return;
	memcpy(ends, frame->data, sizeof(ends));
	frame_pull(frame, ETHER_HLEN + SNAP_OFF_TYPE - sizeof(ends));
	memcpy(frame_make_writable(frame), ends, sizeof(ends));
}

static void carry_frames(struct tx_queue *queue, struct link_end *to, struct rx_out *out)
{
	struct rx_in in[MOST];

	tx_queue_seal(queue);
	must(queue->count <= MOST);
	for (size_t i = 0; i < queue->count; i++) {
		must(!queue->mpdus[i].drop);
		must(!(to->peer.rsn && !(le16(queue->mpdus[i].frame->data) & FC_PROTECTED)));
		in[i] = (struct rx_in){&to->peer, queue->mpdus[i].frame};
	}
	rx_data(in, queue->count, 0, out);
	queue->count = 0;
}

static void send_and_check(struct link_end *from, struct link_end *to, struct frame *frame, struct tx_queue *queue,
			   struct rx_out *out)
{
	static const struct tx_options how = {0};
	struct frame *want = frame_from(frame->data, frame->len, 0, 0);
	bool group = frame->len >= 6 && from->peer.is_ap && mac_is_group(frame->data);
	enum drop drop;

	must(want);
	drop = group ? tx_group_data(queue, &from->group, AP, from->peer.rsn, frame, &how)
		     : tx_data(queue, &from->peer, frame, &how);
	must(!drop == (queue->count > 0));
	if (!drop) {
		carry_frames(queue, to, out);
		convert_to_expected(want);
		/* A group source address, or the receiver's own, is dropped there. */
		if (to->peer.is_ap || (!mac_is_group(want->data + 6) && !mac_equal(want->data + 6, STA))) {
			if (!out->msdu_count)
				must(group && !to->peer.authorised);
			else
				must(out->msdus[0].frame->len == want->len &&
				     memcmp(out->msdus[0].frame->data, want->data, want->len) == 0);
		}
		rx_out_clear(out);
	}
	frame_free(want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto; /* one for all inputs: making it takes longer than an input */
	struct tx_queue queue = {0};
	struct rx_out out = {0};
	struct link_end from, to;
	uint8_t first;

	if (!crypto)
		crypto = crypto_new();
	must(crypto);
	if (size < 2)
		return 0;
	set_up(&from, crypto, data[0] & AT_AP, data[0], data[1]);
	set_up(&to, crypto, !(data[0] & AT_AP), data[0], data[1]);
	first = data[0];
	for (data += 2, size -= 2; size >= 2;) {
		size_t len = be16(data) < size - 2 ? be16(data) : size - 2;
		struct frame *frame = frame_from(data + 2, len, first & 1, first & 3);

		must(frame);
		if ((first & ADDRESS) && len >= 12)
			mac_copy(frame_make_writable(frame) + (from.peer.is_ap && !mac_is_group(frame->data) ? 0 : 6),
				 STA);
		data += 2 + len;
		size -= 2 + len;
		send_and_check(&from, &to, frame, &queue, &out);
	}
	for (int i = 0; i < 2; i++) {
		peer_wipe(i ? &to.peer : &from.peer);
		group_keys_wipe(i ? &to.group : &from.group);
	}
	tx_queue_free(&queue);
	rx_out_free(&out);
	return 0;
}
