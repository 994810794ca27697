/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the receive path share: frames of honest senders and of forgers. */
#ifndef VIFI_TESTS_FORGED_H
#define VIFI_TESTS_FORGED_H

#include "link.h"

__attribute__((unused)) static const uint8_t snap_ip[8] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0},
					     snap_eapol[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};

/* What a forger writes: a data frame of that direction in the clear, with a body of his own. */
__attribute__((unused)) static struct frame *forged(bool to_ap, uint16_t flags, uint16_t control, const void *body,
						    size_t len)
{
	uint16_t fc = FC_DATA | (to_ap ? FC_TO_DS : FC_FROM_DS) | flags;
	size_t hdr = dot11_hdr_len(fc);
	struct frame *f = frame_new(0, hdr + len, 0);
	uint8_t *p = bytes_of(f);

	put_le16(p, fc);
	mac_copy(p + DOT11_ADDR1, to_ap ? AP : STA);
	mac_copy(p + DOT11_ADDR2, to_ap ? STA : AP);
	mac_copy(p + DOT11_ADDR3, HOST);
	put_le16(p + DOT11_SEQ, control);
	if (len)
		memcpy(p + hdr, body, len);
	return f;
}

/* The same, sealed with the sender's key: by somebody who makes the network seal what he wants, or is its member. */
__attribute__((unused)) static struct frame *sealed(struct link *l, bool to_ap, uint16_t flags, uint16_t control,
						    const void *body, size_t len)
{
	struct frame *f = forged(to_ap, flags, control, body, len);
	struct key *k = to_ap ? &l->at_sta.pairwise : &l->at_ap.pairwise;

	if (!(flags & FC_MORE_FRAGS) && !(control & DOT11_FRAG))
		assert_int_equal(key_seal_msdu(k, f), NOT_DROPPED);
	assert_int_equal(key_seal(k, f), NOT_DROPPED);
	return f;
}

__attribute__((unused)) static struct frame *sent(struct link *l, bool to_ap)
{
	struct frame *f = to_ap ? ethernet(HOST, STA, ETHERTYPE_IP4, 60) : ethernet(STA, HOST, ETHERTYPE_IP4, 60);

	assert_drop(tx_data(&l->q, to_ap ? &l->at_sta : &l->at_ap, f, &plainly), "none");
	return link_take(l, 0);
}

__attribute__((unused)) static struct frame *retried(const struct frame *f)
{
	struct frame *again = frame_clone(f);

	bytes_of(again)[1] |= FC_RETRY >> 8;
	return again;
}

struct part {
	const uint8_t *dst, *src;
	size_t len; /* of IP, behind the LLC/SNAP */
};

__attribute__((unused)) static size_t aggregate(uint8_t *out, const struct part *part, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		at += -at & 3;
		memcpy(out + at, part[i].dst, 6);
		memcpy(out + at + 6, part[i].src, 6);
		put_be16(out + at + 12, (uint16_t)(8 + part[i].len));
		memcpy(out + at + 14, snap_ip, 8);
		memset(out + at + 22, (int)(0x60 + i), part[i].len);
		at += 22 + part[i].len;
	}
	return at;
}

__attribute__((unused)) static struct frame *amsdu(struct link *l, bool to_ap, const uint8_t *body, size_t len)
{
	struct frame *f = forged(to_ap, FC_QOS, 0x70, body, len);

	bytes_of(f)[24] |= DOT11_AMSDU | 3;
	mac_copy(bytes_of(f) + DOT11_ADDR3, AP);
	if (l->at_ap.pairwise.set)
		assert_int_equal(key_seal(to_ap ? &l->at_sta.pairwise : &l->at_ap.pairwise, f), NOT_DROPPED);
	return f;
}

#endif
