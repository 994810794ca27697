/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmit path: Ethernet frames in, sealed MPDUs out. Its stages, in order:
 *
 *	port       drops all but EAPOL between the two ends while the port is closed
 *	classify   802.1D priority from VLAN tag, meta.priority or DSCP; it becomes the TID
 *	room       reserved once for all stages: header, LLC/SNAP, cipher, Michael
 *	header     MAC header and LLC/SNAP (RFC 1042; 802.1H for AARP and IPX) in place of the Ethernet header
 *	Michael    TKIP, over the whole MSDU
 *	fragment   at the peer's threshold; never for group frames
 *	number     sequence and fragment number
 *	seal       all queued MPDUs in one batch
 *
 * MPDUs wait in a `struct tx_queue`, so that the ciphers process many at once. tx_queue_seal() seals them in order; call it
 * before a key changes.
 */
#ifndef VIFI_SOFTMAC_TX_H
#define VIFI_SOFTMAC_TX_H

#include "softmac/peer.h"

struct tx_mpdu {
	struct frame *frame;
	struct key *key; /* to seal it with; NULL: in the clear, or sealed */
	uint32_t cookie; /* of the caller, for the TX status */
	enum drop drop;  /* written by tx_queue_seal() */
};

struct tx_queue {
	struct tx_mpdu *mpdus;
	size_t count, room;
};

struct tx_options {
	uint32_t cookie;
	bool more_data;     /* set the More Data bit, for a dozing station (9.2.4.1.8) */
	bool power_save;    /* set the Power Management bit: the station dozes after this frame (9.2.4.1.7) */
	bool cleartext;     /* EAPOL only: in the clear, for a peer without the pairwise key */
	bool four_address;  /* tx_null() only: with four addresses, which tells the access point of this mode */
	bool alternate_key; /* EAPOL only: under the alternate key (softmac/peer.h), if there is one */
};

/*
 * Queues an Ethernet frame for the peer; takes ownership of `frame`. Returns why the frame was dropped, e.g.
 * DROP_PORT_CLOSED, DROP_TRUNCATED or DROP_NO_KEY.
 */
enum drop tx_data(struct tx_queue *queue, struct peer *peer, struct frame *frame, const struct tx_options *options);

/* Queues an Ethernet frame for all stations of a network, under its group key; with `rsn` a key is required. */
enum drop tx_group_data(struct tx_queue *queue, struct group_keys *group, const uint8_t bssid[6], bool rsn,
			struct frame *frame, const struct tx_options *options);

/* Queues a sealed frame again as a retry; takes ownership of `frame`. */
enum drop tx_retry(struct tx_queue *queue, struct frame *frame, const struct tx_options *options);

/* Queues a Null or QoS Null frame, for power management or to poll the peer. */
enum drop tx_null(struct tx_queue *queue, struct peer *peer, const struct tx_options *options);

/*
 * Queue a management frame; take ownership of `frame`. With PMF a robust one is protected: unicast with the pairwise key,
 * group with BIP. Without a `peer` the frame goes in the clear, with the sequence number *seq.
 */
enum drop tx_management(struct tx_queue *queue, struct peer *peer, struct frame *frame, uint16_t *seq,
			const struct tx_options *options);
enum drop tx_management_group(struct tx_queue *queue, struct group_keys *group, bool mfp, struct frame *frame);

/* Seals the queued MPDUs. Each is then ready to be sent, in order, or has a drop reason. */
void tx_queue_seal(struct tx_queue *queue);

/* tx_queue_clear() frees the frames and keeps the memory of the queue; tx_queue_free() frees both. */
void tx_queue_clear(struct tx_queue *queue);
void tx_queue_free(struct tx_queue *queue);

#endif
