/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment of the rules: the interface that an engine provides. src/bpf/env.h implements it over an skb and eBPF
 * maps, src/macnat/engine.c over a byte array and hash tables. A file that includes the rules includes one of them
 * first. Both define
 *
 *   MN_ENV      the handle of the environment: the skb, or the engine
 *   MN_FN       qualifiers of an inlined function
 *   MN_STAGE(name)  head of `int name(MN_ENV env, struct mn_context *ctx)`, a part of
 *               the rules that is compiled, and verified, separately
 *   MN_ATOMIC_ADD(pointer, value)  atomic addition
 *
 *   int mn_load(env, off, to, len)        reads a constant number of bytes of the frame; 0, or -1 past its end
 *   int mn_load_some(env, off, to, len)   the same for 1 ≤ len ≤ 63 known at run time
 *   uint32_t mn_sum(p, len, sum)        one's-complement sum (RFC 1071), len a multiple of 4
 *   const struct mn_config *mn_config_get(env)  NULL only in a broken engine
 *   struct mn_binding *mn_find(env, key)  NULL: not bound
 *   int mn_insert(env, key, binding)      0, 1 if the key exists, -1 if the table is full
 *   void mn_erase(env, key)
 *   void mn_changed(env, key)             owner, port, peers or contest of a binding have changed: caches of it are void
 *   struct mn_port *mn_port_find(env, ifindex), *mn_port_get(env, ifindex)   the latter creates it; NULL: table full
 *   uint32_t mn_route_find(env, key)      MN_ROUTED_VALUE of the longest match of an address; 0: none
 *   const struct mn_prefix *mn_prefix_find(env, key)  the longest pinned network of an address; NULL: none
 *   bool mn_is_uplink_mac(env, config, mac)   at the egress of the uplink: is it the uplink's MAC address now?
 *   struct mn_block *mn_block_find(env, ifindex, number), *mn_block_get(env, ifindex, number)   slots of a port; the latter
 *               creates them; NULL: no memory
 *   bool mn_fits(env, ifindex)            does the frame, or each of its segments, fit that interface?
 *   void mn_event_push(env, event), mn_count_inc(env, count)
 *   uint64_t mn_secret(env)               a number that no neighbour knows
 *   struct mn_copy *mn_copy_get(env, index)   0 <= index < MN_COPIES_SIZE
 *   bool mn_returns_to_sender(env, ctx)   would this host's stack send the IP packet of the frame back to its source by the
 *               uplink? false where that is unknown
 *   uint64_t *mn_peer_generation(env)     see MN_SHORTCUT_GENERATION; NULL only in a broken engine
 *   uint64_t *mn_asked(env, index)        one of MN_ASK_WORDS times of events (MN_EV_UNKNOWN)
 *   void mn_count_drop(env, reason)       counts a frame for a drop reason without dropping it
 */
#ifndef VIFI_MACNAT_ENV_H
#define VIFI_MACNAT_ENV_H

#ifndef MN_ENV
#error "include the engine's environment (bpf/env.h or macnat/engine.h) before the rules"
#endif

#endif
