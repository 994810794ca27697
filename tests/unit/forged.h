/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of peers and of attackers for the tests of the receive path. */
#ifndef VIFI_TESTS_FORGED_H
#define VIFI_TESTS_FORGED_H

#include "link.h"

__attribute__((unused)) static const uint8_t snap_ip[8] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0},
					     snap_eapol[8] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};

/* Returns an unprotected data frame of that direction with any body, as an attacker sends it. */
__attribute__((unused)) static struct frame *forged_frame(bool to_ap, uint16_t flags, uint16_t control,
							  const void *body, size_t len)
{
	uint16_t fc = FC_DATA | (to_ap ? FC_TO_DS : FC_FROM_DS) | flags;
	size_t hdr = dot11_hdr_len(fc);
	struct frame *frame = frame_new(0, hdr + len, 0);
	uint8_t *bytes = frame_bytes(frame);

	put_le16(bytes, fc);
	mac_copy(bytes + DOT11_OFF_ADDR1, to_ap ? AP : STA);
	mac_copy(bytes + DOT11_OFF_ADDR2, to_ap ? STA : AP);
	mac_copy(bytes + DOT11_OFF_ADDR3, HOST);
	put_le16(bytes + DOT11_OFF_SEQ, control);
	if (len)
		memcpy(bytes + hdr, body, len);
	return frame;
}

/* Returns the same frame under the key of the sender, as an attacker gets it by injecting data, or as a member sends it. */
__attribute__((unused)) static struct frame *sealed_frame(struct test_link *link, bool to_ap, uint16_t flags,
							  uint16_t control, const void *body, size_t len)
{
	struct frame *frame = forged_frame(to_ap, flags, control, body, len);
	struct key *key = to_ap ? &link->at_sta.pairwise : &link->at_ap.pairwise;

	if (!(flags & FC_MORE_FRAGS) && !(control & DOT11_FRAG_MASK))
		assert_int_equal(key_seal_msdu(key, frame), NOT_DROPPED);
	assert_int_equal(key_seal(key, frame), NOT_DROPPED);
	return frame;
}

__attribute__((unused)) static struct frame *sent_frame(struct test_link *link, bool to_ap)
{
	struct frame *frame =
		to_ap ? ethernet_frame(HOST, STA, ETHERTYPE_IP4, 60) : ethernet_frame(STA, HOST, ETHERTYPE_IP4, 60);

	assert_drop(tx_data(&link->queue, to_ap ? &link->at_sta : &link->at_ap, frame, &no_options), "none");
	return link_take_frame(link, 0);
}

__attribute__((unused)) static struct frame *retry_of(const struct frame *frame)
{
	struct frame *again = frame_clone(frame);

	frame_bytes(again)[1] |= FC_RETRY >> 8;
	return again;
}

struct amsdu_subframe {
	const uint8_t *dst, *src;
	size_t len; /* of the IP packet, after LLC/SNAP */
};

__attribute__((unused)) static size_t build_amsdu(uint8_t *out, const struct amsdu_subframe *part, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
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

__attribute__((unused)) static struct frame *amsdu_frame(struct test_link *link, bool to_ap, const uint8_t *body,
							 size_t len)
{
	struct frame *frame = forged_frame(to_ap, FC_QOS, 0x70, body, len);

	frame_bytes(frame)[24] |= DOT11_QOS_AMSDU | 3;
	mac_copy(frame_bytes(frame) + DOT11_OFF_ADDR3, AP);
	if (link->at_ap.pairwise.set)
		assert_int_equal(key_seal(to_ap ? &link->at_sta.pairwise : &link->at_ap.pairwise, frame), NOT_DROPPED);
	return frame;
}

#endif
