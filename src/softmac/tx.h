/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmit path: an Ethernet frame in, sealed MPDUs out. Its stages, in order:
 *
 *	port       is the controlled port open, or is it EAPOL between the two?
 *	classify   802.1D priority from VLAN tag, DSCP or meta.queue → TID
 *	room       once, for all that comes: header, LLC/SNAP, cipher, Michael, each fragment
 *	header     MAC header and LLC/SNAP (RFC 1042; 802.1H for AARP and IPX) in place of the Ethernet header
 *	Michael    TKIP, over the whole MSDU
 *	fragment   where the peer's threshold asks for it; never for group frames
 *	number     sequence and fragment number
 *	seal       each MPDU: all that wait, in one batch
 *
 * What is to be sealed waits in a `struct tx_queue`, so that ciphers see many frames at once; tx_queue_seal() seals them,
 * in order. It must be called before a key changes.
 */
#ifndef VIFI_SOFTMAC_TX_H
#define VIFI_SOFTMAC_TX_H

#include "softmac/peer.h"

struct tx_mpdu {
	struct frame *frame;
	struct key *key; /* NULL: goes as it is */
	uint32_t cookie; /* the caller's, for acknowledgements */
	enum drop drop;  /* written by tx_queue_seal() */
};

struct tx_queue {
	struct tx_mpdu *mpdus;
	size_t count, room;
};

struct tx_options {
	uint32_t cookie;
	bool more_data;     /* to a dozing station: there is more (9.2.4.1.8) */
	bool power_save;    /* from a station: it dozes after this (9.2.4.1.7) */
	bool cleartext;     /* EAPOL only: before the pairwise key is installed at the peer */
	bool alternate_key; /* EAPOL only: under the other key of the two, where there is one */
};

/*
 * Sends an Ethernet frame to the peer; takes `frame` over. DROP_PORT_CLOSED, DROP_TRUNCATED, DROP_NO_KEY … when it does not
 * go.
 */
enum drop tx_data(struct tx_queue *queue, struct peer *peer, struct frame *frame, const struct tx_options *options);

/* An access point's Ethernet frame to its whole network `group`, under its group key; `rsn`: only with a key. */
enum drop tx_group_data(struct tx_queue *queue, struct group_keys *group, const uint8_t bssid[6], bool rsn,
			struct frame *frame, const struct tx_options *options);

/* A frame that was sent before, as it was sealed then: again, as a retry. Takes `frame` over. */
enum drop tx_retry(struct tx_queue *queue, struct frame *frame, const struct tx_options *options);

/* A Null or QoS Null frame: power management, and to see whether the peer is there. */
enum drop tx_null(struct tx_queue *queue, struct peer *peer, const struct tx_options *options);

/*
 * A management frame; takes `frame` over. A robust one is protected where that was agreed to: the pairwise key to the peer,
 * BIP to a group. `peer` NULL: to nobody in particular, in the clear, numbered by *seq.
 */
enum drop tx_management(struct tx_queue *queue, struct peer *peer, struct frame *frame, uint16_t *seq,
			const struct tx_options *options);
enum drop tx_management_group(struct tx_queue *queue, struct group_keys *group, bool mfp, struct frame *frame);

/* Seals what waits. Afterwards each entry is ready to be sent, in order, or has a drop reason. */
void tx_queue_seal(struct tx_queue *queue);

/* Gives up the frames that are still in it, and its memory is kept: `count` is 0. tx_queue_free() gives up all. */
void tx_queue_clear(struct tx_queue *queue);
void tx_queue_free(struct tx_queue *queue);

#endif
