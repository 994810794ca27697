/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stops the frames that the user-space engine handles instead of the kernel. A packet socket gets copies; the originals
 * continue: a guest's into this host's stack, which would forward them again if it routes, and this host's frames for a
 * guest out of the uplink. An nftables table of the family netdev drops them at the same hooks as tc, without eBPF:
 *
 *   ingress of the uplink   drops frames for guests, and reflections of an access point; packet sockets have seen them;
 *                           notes the sender of what this host would route out of the uplink again (rule 38)
 *   egress of the uplink    drops frames with a foreign source, answers of this host's DHCP server, and packets that
 *                           return to their sender; sends frames for guests into the bridge
 *   ingress of the veth     drops everything: frames from the bridge are for the engine's socket alone
 *
 * Sets with the guests' addresses and networks follow the bindings; the rules never change. The table has the flag `owner`: it
 * is removed with the descriptor of this object, also when the process is killed, and `nft flush ruleset` of others
 * does not remove it.
 *
 * Needs CONFIG_NF_TABLES_NETDEV and Linux 5.12; the egress part needs CONFIG_NETFILTER_EGRESS and Linux 5.16.
 */
#ifndef VIFI_NETDEV_NFT_GUARD_H
#define VIFI_NETDEV_NFT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct nft_guard;

enum nft_guard_set { NFT_GUARD_MAC, NFT_GUARD_IP4, NFT_GUARD_IP6 }; /* the sets of guest addresses */

/*
 * Creates the table. mac: the uplink MAC; mark: of the frames that pass into this host's stack, and lose the mark
 * there; dhcp_server: this host may answer DHCP requests of the network. Returns NULL if the kernel or the library does not support it; then only the protection above is missing. Used
 * by one thread at a time.
 */
struct nft_guard *nft_guard_new(const char *uplink, const char *veth, const uint8_t mac[6], uint32_t mark,
				bool dhcp_server);
void nft_guard_free(struct nft_guard *guard);

/* Whether the egress of the uplink is guarded too. */
bool nft_guard_has_egress(const struct nft_guard *guard);

/*
 * The numbers of frames dropped at the egress: with a foreign source, answers of this host's DHCP server, and its Redirects
 * (RFC 4861, 8), packets that return to their sender. Any thread may call it; NULL is fine.
 */
enum nft_guard_counter { NFT_GUARD_FOREIGN, NFT_GUARD_SERVICE, NFT_GUARD_REDIRECT, NFT_GUARD_RETURNED };
uint64_t nft_guard_drops(const struct nft_guard *guard, enum nft_guard_counter counter);

/*
 * Changes are collected, and applied by nft_guard_commit() in one transaction. A new uplink MAC replaces the previous
 * one.
 */
void nft_guard_set_uplink_mac(struct nft_guard *guard, const uint8_t mac[6]);
void nft_guard_set_guest(struct nft_guard *guard, enum nft_guard_set set, const uint8_t *address, bool guest);
void nft_guard_clear(struct nft_guard *guard); /* removes all guests */
/*
 * Replaces the networks that are pinned to guests: nft_guard_clear_networks(), then each of them. A kernel without the
 * expression `fib` has no such rules.
 */
void nft_guard_clear_networks(struct nft_guard *guard);
void nft_guard_add_network(struct nft_guard *guard, bool ip6, const uint8_t *address, unsigned length);
int nft_guard_commit(struct nft_guard *guard); /* 0; -1 if the kernel refused: nothing has changed */

#endif
