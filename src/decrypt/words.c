/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/words.h"

#include <stddef.h>

const char *decrypt_hint(enum drop drop)
{
	/* Not a switch over the enum: most reasons cannot occur in a capture. */
	switch ((int)drop) {
	case DROP_CAPTURE_CUT:
		return drop_hint(drop);
	case DROP_TRUNCATED:
	case DROP_FRAME_TYPE:
		return "The frame was damaged on the air or by the capturing driver, or it was sent so on purpose.";
	case DROP_NO_KEY:
		return "Its handshake is not in the capture: capture the association, from its beginning, near both "
		       "ends; "
		       "or the keys of its network were not given.";
	case DROP_UNPROTECTED:
		return "The station lost its keys, or the frame was forged.";
	case DROP_CIPHER_HEADER:
		return "The negotiation in the capture is not that of this frame: part of it is missing, or it is "
		       "forged.";
	case DROP_REPLAY:
		return "A retry, or frames of two captures that were merged in another order; else a replay attack.";
	case DROP_MPDU_MIC:
	case DROP_MPDU_ICV:
		return "Damaged on the air, or the keys changed and the capture lacks that handshake.";
	case DROP_MICHAEL:
		return "Damaged on the air, or forged.";
	case DROP_EAPOL_MIC:
		return "Compare the passphrase with that of the network at the time of the capture.";
	case DROP_CIPHER_FAILED:
	case DROP_NO_MEMORY:
		return drop_hint(drop);
	}
	return NULL;
}

const char *decrypt_link_name(uint32_t link_type)
{
	static const struct {
		uint32_t link_type;
		const char *name;
	} names[] = {
		{0, "BSD loopback"},
		{1, "Ethernet"},
		{9, "PPP"},
		{12, "raw IP"},
		{101, "raw IP"},
		{105, "802.11"},
		{113, "Linux \"any\" (cooked)"},
		{119, "802.11 with Prism headers"},
		{127, "802.11 with radiotap headers"},
		{163, "802.11 with AVS headers"},
		{189, "USB"},
		{192, "PPI"},
		{195, "802.15.4"},
		{201, "Bluetooth HCI"},
		{220, "USB"},
		{228, "raw IPv4"},
		{229, "raw IPv6"},
		{230, "802.15.4"},
		{239, "Linux netfilter log"},
		{251, "Bluetooth Low Energy"},
		{253, "Linux netlink"},
		{276, "Linux \"any\" (cooked)"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].link_type == link_type)
			return names[i].name;
	return NULL;
}
