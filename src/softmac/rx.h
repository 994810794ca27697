/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receive path: MPDUs of a peer in, Ethernet frames out. Its stages, in order:
 *
 *	header     format, and the addresses of the direction; frames with four addresses are opened, then dropped unless
 *	           the peer has that mode
 *	duplicate  Retry bit and repeated sequence control, by TID
 *	open       pairwise key (or the alternate one during a rekey), group key or BIP key; drops unprotected frames of
 *	           a protected link, except EAPOL to ourselves
 *	defrag     reassembly under the FragAttacks rules
 *	Michael    TKIP; then its replay counter advances
 *	A-MSDU     its subframes; drops one that begins with an LLC/SNAP header, and EAPOL inside
 *	port       drops all but EAPOL between the two ends while the port is closed
 *	header     Ethernet header in place of MAC header and LLC/SNAP; drops unicast IP packets in group frames
 */
#ifndef VIFI_SOFTMAC_RX_H
#define VIFI_SOFTMAC_RX_H

#include "base/frame_list.h"
#include "softmac/peer.h"

struct rx_in {
	struct peer *peer;
	struct frame *frame; /* an MPDU without FCS; rx_data() takes ownership */
};

struct rx_msdu {
	struct frame *frame; /* Ethernet */
	struct peer *peer;
	bool eapol;         /* from the peer to us, for the handshakes: never forward it */
	bool protected;     /* received under a key */
	bool alternate_key; /* received under the alternate key (softmac/peer.h) */
};

struct rx_dropped {
	struct peer *peer;
	enum drop drop; /* DROP_MICHAEL: for countermeasures */
	bool group;     /* a group frame */
	uint64_t trace_id;
	bool authentic; /* DROP_FOUR_ADDRESSES: the peer uses 4-address mode */
};

/* The results, in order. A zero struct is empty. */
struct rx_out {
	struct rx_msdu *msdus;
	size_t msdu_count, msdu_room;
	struct rx_dropped *drops;
	size_t drop_count, drop_room;
};

/* Processes `count` data MPDUs of authenticated peers in one batch and appends the results to `out`. */
void rx_data(struct rx_in *in, size_t count, uint64_t now_ns, struct rx_out *out);

/*
 * Opens a management frame of a peer: decrypts a unicast frame that PMF protects, and checks a group frame with BIP. Returns
 * why to ignore the frame, e.g. DROP_UNPROTECTED for a robust frame in the clear with PMF (which can require an SA Query).
 * Otherwise mgmt_parse() can read it. The caller keeps `frame`.
 */
enum drop rx_management(struct peer *peer, struct frame *frame);

/*
 * Checks a beacon of the access point, whose keys these are, and removes its MME. Without a BIGTK every beacon is accepted.
 */
enum drop rx_beacon(struct group_keys *group, struct frame *frame);

void rx_out_clear(struct rx_out *out);
void rx_out_free(struct rx_out *out);

#endif
