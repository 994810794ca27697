/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `--engine=user`: the data path in this process, for kernels that refuse eBPF.
 *
 *   wire ))) wlan0 ─┬────────────────── host stack               br0 ── guests
 *                   │ ▲     fence: not what is a guest's           │
 *            copies │ │ sent                         ▲            vifi0p
 *                   ▼ │                              │             ║ veth
 *           ┌─────────────────────────────┐          │            vifi0
 *           │ one thread: ring, rules     │ ── vifi0h, the         │ ▲
 *           │ (macnat/engine.h), sendmmsg │    side door           │ │
 *           └─────────────────────────────┘ ◄──────────────────────┘ │
 *                          └─────────────────────────────────────────┘
 *
 * The rules are those of the eBPF programs; only the places where frames are got and put differ:
 *
 *   from_guest   what the bridge sends out of its port vifi0p arrives by vifi0, where nobody else listens.  The bridge
 *                port that it came by is not told there; the bridge's forwarding table is asked which port its source
 *                address was seen behind, once a second for each address.  So caps and rates are per port as with
 *                eBPF, for a guest that forges addresses too: the bridge has learned each forged address from that
 *                guest's port just before.  Only where the bridge does not learn (`learning off`, a full table) do all
 *                such guests share the budget of port 0.
 *   from_wire    what wlan0 receives.  This host's stack has it too: what is for the host is not ours to do.
 *   from_host    what this host sends by wlan0: its group frames are copied to the guests.  Its unicast frames for
 *                guests, and its ARP questions for them, the fence sends straight into the bridge; without the egress
 *                fence (before Linux 5.16) they are copied, and leave by the air as well, where nobody takes them.
 *   to the host  a packet socket cannot make a frame arrive; the side door (netdev/sidedoor.h) does, so the host
 *                gets it as received by wlan0, with nothing changed.  It bears the mark MN_MARK until it is past our
 *                own socket; the fence takes the mark off.
 *
 * What is different from the kernel's engine, all told:
 *
 *   - When the process is killed nobody translates: fence and side door go with it, guests are cut off until the next
 *     `up`, the host keeps its network.  The interfaces that `up` made stay for the next one, or for `down`.  A stop by
 *     signal keeps the bindings in the state file, as with the other engines.
 *   - Without nftables (netdev family) nothing keeps this host from seeing guests' frames.  That is harmless unless it
 *     forwards (net.ipv4.ip_forward=1): then it would route them once more.  And the guard of rule 27 is missing:
 *     guests' frames pass only through here, but other programs of this host may send what they like.
 *   - Without u32 and mirred guests and this host cannot reach each other.
 *   - Between a guest's first frame and the change of the fence lies about a millisecond.
 *   - One thread does it all: a flood of one guest takes its time from the others, up to the ring's length.
 *   - A packet socket cannot describe the segments of a tunnel.  A guest's are cut before they come here
 *     (netdev/offload.h); what the uplink's driver has joined to such (GRO of IP in IP) is lost, counted as `queue`.
 *     So are packets above 64 KiB (BIG TCP).
 *
 * Three threads: the caller's (store, events), the one that translates, and one that keeps the fence, because nftables
 * is slow.  One lock around the tables; it is held for a batch of frames.
 */
#ifndef VIFI_BRIDGE_USER_ENGINE_H
#define VIFI_BRIDGE_USER_ENGINE_H

#include "macnat/store.h"
#include "base/error.h"
#include "macnat/model.h"

#include <stdbool.h>

struct user_engine;

struct user_engine_links {
	int uplink, bridge, veth; /* ifindex of wlan0, br0, vifi0 */
	const char *uplink_name, *veth_name, *port_name;
};

/*
 * Starts it: sockets, fence, side door, threads.  Returns 0, or a negative errno with a sentence in `why`, and then
 * nothing is left.  What the kernel lacks, and can be done without, is told in `lacks`: empty where nothing is.
 */
int user_engine_start(struct user_engine **out, const struct user_engine_links *links, const struct mn_config *config,
		      struct error *limits, struct error *error);
/* Ends the threads and takes fence and side door away. NULL is fine. Close the store before. */
void user_engine_stop(struct user_engine *engine);

/* The tables. store_close() only lets go of it. */
struct store *user_engine_store(struct user_engine *engine);

/* Tells the MTU of a bridge port (ifindex), for rule 26; 0 forgets it. */
void user_engine_set_mtu(struct user_engine *engine, int port, int mtu);

/* Readable when there are events; take them until there are none. Events that are not taken in time are lost. */
int user_engine_event_fd(const struct user_engine *engine);
bool user_engine_event_pop(struct user_engine *engine, struct mn_event *event);

#endif
