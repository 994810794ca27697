/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules ask of an engine.  There are two: src/bpf/env.h over an skb
 * and eBPF maps, and src/macnat/engine.h over a byte array and a hash table.
 * Whoever includes the rules includes one of them first.  Both define
 *
 *   MN_ENV      what is handed through: the skb, or the engine
 *   MN_FN       qualifiers of a function to be inlined
 *   MN_STAGE(name)  head of `int name(MN_ENV env, struct mn_context *ctx)`, a piece of
 *               the rules that is compiled, and verified, on its own
 *   MN_ATOMIC_ADD(pointer, value)  atomic addition
 *
 *   int mn_load(env, off, to, len)        len constant bytes of the frame; 0, or -1 past its end
 *   int mn_load_some(env, off, to, len)   the same for 1 ≤ len ≤ 63 known at run time
 *   uint32_t mn_sum(p, len, sum)        one's-complement sum (RFC 1071), len a multiple of 4
 *   const struct mn_config *mn_config_get(env)  NULL only where the engine is broken
 *   struct mn_binding *mn_find(env, key)  NULL: nobody's
 *   int mn_insert(env, key, binding)      0, 1 where it exists already, -1 where there is no room
 *   void mn_erase(env, key)
 *   struct mn_port *mn_port_find(env, ifindex), *mn_port_get(env, ifindex)   the latter makes it; NULL: no room
 *   void mn_lock_port(port), mn_unlock_port(port)
 *   bool mn_fits(env, ifindex)            would the frame, or each of its segments, fit that interface?
 *   void mn_event_push(env, event), mn_count_inc(env, count)
 *   uint64_t *mn_peer_generation(env)         how often a guest has appeared; NULL only where the engine is broken
 */
#ifndef VIFI_MACNAT_ENV_H
#define VIFI_MACNAT_ENV_H

#ifndef MN_ENV
#error "include the engine's environment (bpf/env.h or macnat/engine.h) before the rules"
#endif

#endif
