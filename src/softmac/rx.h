/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receive path: MPDUs of one peer in, Ethernet frames out. Its stages, in order:
 *
 *	header     shape, version, the addresses of the direction
 *	duplicate  Retry bit and sequence control as before, by TID
 *	open       pairwise (either of two, while keys are renewed), group or BIP key; what must be protected and is not, is dropped (but EAPOL to ourselves)
 *	defrag     under the FragAttacks rules
 *	Michael    TKIP: and only now the replay counter moves
 *	A-MSDU     taken apart; one whose first destination is the LLC/SNAP header is refused, and EAPOL inside one is too
 *	port       what may pass a closed port: EAPOL between the two
 *	header     Ethernet instead of MAC header and LLC/SNAP
 */
#ifndef VIFI_SOFTMAC_RX_H
#define VIFI_SOFTMAC_RX_H

#include "base/frame_list.h"
#include "softmac/peer.h"

struct rx_in {
	struct peer *peer;
	struct frame *frame; /* an MPDU without FCS; taken over */
};

struct rx_msdu {
	struct frame *frame; /* Ethernet: destination, source, type */
	struct peer *peer;
	bool eapol;         /* to us from the peer itself: for the handshakes, never to be forwarded */
	bool protected;     /* it came protected */
	bool alternate_key; /* … under the other key of the two that the peer has while keys are renewed */
};

struct rx_dropped {
	struct peer *peer;
	enum drop drop; /* DROP_MICHAEL calls for countermeasures */
	bool group;     /* it was a group frame */
};

/* What came of them, in order. All zero bytes: nothing. */
struct rx_out {
	struct rx_msdu *msdus;
	size_t msdu_count, msdu_room;
	struct rx_dropped *drops;
	size_t drop_count, drop_room;
};

/* Takes `count` data MPDUs of authenticated peers, opens them in one batch, and adds to `out`. */
void rx_data(struct rx_in *in, size_t count, uint64_t now_ns, struct rx_out *out);

/*
 * A management frame of a peer: opened where PMF protects it, checked with BIP where it goes to the group. Returns the
 * reason why it must be ignored: DROP_UNPROTECTED for a robust one in the clear where PMF is in force (SA Query may then
 * be due), else *f may be read with mgmt_parse(). `frame` stays the caller's.
 */
enum drop rx_management(struct peer *peer, struct frame *frame);

void rx_out_clear(struct rx_out *out);
void rx_out_free(struct rx_out *out);

#endif
