/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The port guard (macnat/port_rules.h) of the user-space engine, without eBPF: a chain of nftables at the ingress of each
 * guest's port, before the bridge learns and forwards. The chains know by sets which MAC and IP address has an owner, where
 * the owner is, and by which MAC address. A frame that claims an address of another goes to the uplink veth instead of the
 * bridge, with the port of its arrival in its mark, where only the engine hears it; the rules drop it by name, or open a
 * contest. The kernel decides without the engine, so that an engine that stands still delays no guest's frame to a sibling.
 *
 * An ARP request with the address of another guest enters the bridge as a probe (rule 30), and the engine gets a copy of the
 * original; but not an announcement, which has the address twice.
 *
 * Needs what nft_guard.h needs, `fwd` and `dup` (CONFIG_NFT_FWD_NETDEV, CONFIG_NFT_DUP_NETDEV). The chains come after those
 * of others.
 */
#ifndef VIFI_NETDEV_NFT_PORT_GUARD_H
#define VIFI_NETDEV_NFT_PORT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* The mark of a frame from the port guard: its high bits, and the ifindex of the port. A port with a higher index has no guard. */
#define NFT_PORT_MARK      0x76900000u
#define NFT_PORT_MARK_MASK 0xfff00000u

/*
 * The facts: an address has a live owner; a port where it may be; a MAC address that may claim it. A frame is foreign if its
 * source MAC address has an owner and is at another port, or if it claims an IP address that has an owner, at another port
 * and with another MAC address. Requests may borrow an address that is lent.
 */
enum nft_port_set {
	NFT_PORT_MAC_OWNED,
	NFT_PORT_MAC_HOME,
	NFT_PORT_IP4_OWNED,
	NFT_PORT_IP4_HOME,
	NFT_PORT_IP4_BOUND,
	NFT_PORT_IP6_OWNED,
	NFT_PORT_IP6_HOME,
	NFT_PORT_IP6_BOUND,
	NFT_PORT_IP4_LENT,
	NFT_PORT_IP4_TWICE,
	NFT_PORT_SETS,
};

struct nft_port_fact {
	uint8_t set;         /* enum nft_port_set */
	uint8_t address[16]; /* MAC, IPv4 or IPv6 address; zeros follow */
	uint8_t mac[6];      /* of the sets *_BOUND; otherwise zero */
	uint8_t zero;        /* no padding: facts are compared byte by byte */
	uint32_t port;       /* of the sets *_HOME; otherwise 0 */
};

struct nft_port_guard;

/* veth_port: the bridge's port of the uplink veth. Returns NULL if the kernel or the library does not support it. */
struct nft_port_guard *nft_port_guard_new(const char *uplink, const char *veth_port);
void nft_port_guard_free(struct nft_port_guard *guard);

/* Guards one more port, or one less. Returns 0; -1 if the kernel refused. */
int nft_port_guard_add(struct nft_port_guard *guard, int ifindex, const char *name);
int nft_port_guard_remove(struct nft_port_guard *guard, int ifindex);
/* Whether messages of routers and DHCP servers are kept out as well (rule 31). Returns 0, or -1. */
int nft_port_guard_set_services(struct nft_port_guard *guard, bool drop);

/* Changes are collected, and applied by nft_port_guard_commit() in one transaction. */
void nft_port_guard_put(struct nft_port_guard *guard, const struct nft_port_fact *fact);
void nft_port_guard_delete(struct nft_port_guard *guard, const struct nft_port_fact *fact); /* which is there */
void nft_port_guard_clear(struct nft_port_guard *guard);                                    /* removes all facts */
int nft_port_guard_commit(struct nft_port_guard *guard); /* 0; -1 if the kernel refused: nothing has changed */

#endif
