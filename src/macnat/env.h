/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules ask of an engine.  There are two: src/bpf/env.h over an skb
 * and eBPF maps, and src/macnat/engine.h over a byte array and a hash table.
 * Whoever includes the rules includes one of them first.  Both define
 *
 *   MN_CTX      what is handed through: the skb, or the engine
 *   MN_FN       qualifiers of a function to be inlined
 *   MN_STAGE(name)  head of `int name(MN_CTX c, struct mn_work *w)`, a piece of
 *               the rules that is compiled, and verified, on its own
 *   MN_ADD(p, n)  atomic addition
 *
 *   int mn_load(c, off, to, len)        len constant bytes of the frame; 0, or -1 past its end
 *   int mn_load_some(c, off, to, len)   the same for 1 ≤ len ≤ 63 known at run time
 *   uint32_t mn_sum(p, len, sum)        one's-complement sum (RFC 1071), len a multiple of 4
 *   const struct mn_config *mn_conf(c)  NULL only where the engine is broken
 *   struct mn_binding *mn_find(c, key)  NULL: nobody's
 *   int mn_insert(c, key, binding)      0, 1 where it exists already, -1 where there is no room
 *   void mn_erase(c, key)
 *   struct mn_port *mn_port_find(c, ifindex), *mn_port_of(c, ifindex)   the latter makes it; NULL: no room
 *   void mn_lock_port(port), mn_unlock_port(port)
 *   bool mn_fits(c, ifindex)            would the frame, or each of its segments, fit that interface?
 *   void mn_tell(c, event), mn_tally(c, count)
 *   uint64_t *mn_appearances(c)         how often a guest has appeared; NULL only where the engine is broken
 */
#ifndef VIFI_MACNAT_ENV_H
#define VIFI_MACNAT_ENV_H

#ifndef MN_CTX
#error "include the engine's environment (bpf/env.h or macnat/engine.h) before the rules"
#endif

#endif
