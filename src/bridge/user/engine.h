/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `--engine=user`: the data path in this process, for kernels that refuse eBPF.
 *
 *   network ))) wlan0 ─┬────────────────── host stack            br0 ── guests
 *                      │ ▲    nft guard: not the guests' frames   │
 *               copies │ │ sent                       ▲         vifi0p
 *                      ▼ │                            │           ║ veth
 *              ┌─────────────────────────────┐        │         vifi0
 *              │ one thread: ring, rules     │ ── vifi0h         │ ▲
 *              │ (macnat/engine.h), sendmmsg │    (host_inject)  │ │
 *              └─────────────────────────────┘ ◄─────────────────┘ │
 *                             └────────────────────────────────────┘
 *
 * It applies the rules of the eBPF programs; only the sources and destinations of the frames differ:
 *
 *   from_guest   Frames that the bridge sends out of its port vifi0p arrive at vifi0, where only this engine listens.
 *                They do not carry the bridge port that they came by, so the engine asks the bridge's forwarding
 *                database for the port of the source address, once a second for each address. Caps and rates are per
 *                port as with eBPF, also for a guest that forges addresses: the bridge has just learned each forged
 *                address at that guest's port. Only where the bridge does not learn (`learning off`, a full table) do
 *                such guests share the budget of port 0. Frames that the port guard (netdev/nft_port_guard.h) keeps out
 *                of the bridge arrive at vifi0, too, with their port.
 *   from_wire    Frames that wlan0 receives. The host's stack receives them, too, so the engine forwards nothing to it.
 *   from_host    Frames that this host sends out of wlan0. Group frames are copied to the guests. The nft guard
 *                redirects unicast frames for guests, and ARP requests for their addresses, into the bridge. Without
 *                the egress hook (before Linux 5.16) they are copied, and also leave by wlan0, where no station takes
 *                them.
 *   to the host  A packet socket cannot deliver a frame to the host's stack. host_inject (netdev/host_inject.h) can, so
 *                that the host receives the unchanged frame from wlan0. The frame carries MN_MARK so that our own
 *                socket ignores it; the nft guard then removes the mark.
 *
 * Differences to the kernel's engine:
 *
 *   - When the process is killed, translation stops: the nft guard and the injection interface disappear with it, the
 *     guests are cut off until the next `up`, and the host keeps its network. The interfaces that `up` created stay for
 *     the next `up` or for `down`. A stop by signal saves the bindings, as with the other engines.
 *   - Without nftables (netdev family) the host's stack receives the guests' frames. That is harmless unless the host
 *     forwards (net.ipv4.ip_forward=1): it would route them a second time. The guard of rule 27 is missing, too: the
 *     guests' frames pass only through this engine, but other programs of the host can send from any address.
 *   - Without u32 and mirred, guests and this host cannot reach each other.
 *   - Without SO_RCVMARK (Linux 5.19), or `fwd` and `dup` of nftables, there is no port guard: forged frames reach the
 *     bridge, and cost the siblings packets.
 *   - The nft guard and the port guard follow a guest's first frame with a delay of about a millisecond.
 *   - One thread does all the work: a flood of one guest delays the others, up to the length of the ring.
 *   - A packet socket cannot describe the segments of a tunnel. The kernel segments those of a guest beforehand
 *     (netdev/offload.h); those that the uplink's driver has joined (GRO of IP in IP) are dropped and counted as
 *     `queue`, like packets of more than 64 KiB (BIG TCP).
 *
 * There are three threads: the caller's (store, events), the forwarding thread, and one for the nft guard, because
 * nftables is slow. One lock protects the tables; the forwarding thread holds it for a batch of frames.
 */
#ifndef VIFI_BRIDGE_USER_ENGINE_H
#define VIFI_BRIDGE_USER_ENGINE_H

#include "base/error.h"
#include "macnat/model.h"
#include "macnat/store.h"

#include <stdbool.h>
#include <uv.h>

struct user_engine;
struct trace_ring;

#define USER_ENGINE_LIMITS 512 /* size of the text */

struct user_engine_links {
	int uplink, bridge, veth; /* ifindex of wlan0, br0, vifi0 */
	const char *uplink_name, *veth_name, *port_name;
};

/*
 * Opens the engine: sockets, nft guard, injection interface. Returns 0, or a negative errno with an error, and then
 * nothing is left. `limits` names the missing features of the kernel that the engine can do without; it is empty if there
 * are none.
 */
int user_engine_start(struct user_engine **out, const struct user_engine_links *links, const struct mn_config *config,
		      char limits[USER_ENGINE_LIMITS], struct error *error);
/* Starts the threads, which inherit the restrictions of the caller. Returns 0 or a negative errno. */
int user_engine_run(struct user_engine *engine);
/* Stops the threads and removes the nft guard and the injection interface. Close the store before. */
void user_engine_stop(struct user_engine *engine);

/* The tables. The engine owns the store; store_close() only ends its use. */
struct store *user_engine_store(struct user_engine *engine);

/* Sets the MTU of a bridge port (ifindex) for rule 26; 0 removes it. */
void user_engine_set_mtu(struct user_engine *engine, int port, int mtu);

/*
 * The port guard (netdev/nft_port_guard.h): whether the kernel has it, and the ports of the guests, of which unused bytes are
 * zero. It works while the configuration has MN_CONFIG_PORT_GUARD.
 */
struct user_port {
	int ifindex;
	char name[16];
};
bool user_engine_has_port_guard(const struct user_engine *engine);
void user_engine_set_ports(struct user_engine *engine, const struct user_port *ports, size_t count);

/*
 * The ring for the recorder, borrowed until the next call; NULL: none. The mode is in the configuration of the rules. Only the
 * forwarding thread writes to it.
 */
void user_engine_record(struct user_engine *engine, struct trace_ring *ring);

/*
 * Events. The engine calls uv_async_send() on `async` when there are some; NULL ends that, and must precede the close
 * of the handle. user_engine_event_pop() returns false when there are none. A full queue loses new events and sets an
 * overflow flag, which user_engine_take_overflow() returns and clears.
 */
void user_engine_notify(struct user_engine *engine, uv_async_t *async);
bool user_engine_event_pop(struct user_engine *engine, struct mn_event *event);
bool user_engine_take_overflow(struct user_engine *engine);

#endif
