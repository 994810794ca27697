/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_port_guard.h"

#include "base/mac.h"
#include "netdev/nft_batch.h"
#include "wire/be.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY_LAST "450" /* after the chains of others at the port */

/* nft 1.0.6 does not know the target of a neighbour advertisement, and its source has the same type, a number of 128 bits. */
#define TARGET "@th,64,128"
#define SOURCE "@nh,64,128"

struct nft_port_guard {
	struct nft_batch batch;
	char table[40];
	bool drops_services;
};

static const struct {
	const char *name, *type;
} sets[NFT_PORT_SETS] = {
	[NFT_PORT_MAC_OWNED] = {"owned", "type ether_addr"},
	[NFT_PORT_MAC_HOME] = {"homes", "type ether_addr . iface_index"},
	[NFT_PORT_IP4_OWNED] = {"owned4", "type ipv4_addr"},
	[NFT_PORT_IP4_HOME] = {"homes4", "type ipv4_addr . iface_index"},
	[NFT_PORT_IP4_BOUND] = {"bound4", "type ipv4_addr . ether_addr"},
	[NFT_PORT_IP4_LENT] = {"lent4", "type ipv4_addr"},
	[NFT_PORT_IP4_TWICE] = {"twice4", "type ipv4_addr . ipv4_addr"},
	[NFT_PORT_IP6_OWNED] = {"owned6", "typeof " TARGET},
	[NFT_PORT_IP6_HOME] = {"homes6", "typeof " TARGET " . iif"},
	[NFT_PORT_IP6_BOUND] = {"bound6", "typeof " TARGET " . ether saddr"},
};

/* The frame goes to the engine; or a copy does, and the frame enters the bridge as a probe, which changes no neighbour table. */
static void add_verdicts(struct nft_port_guard *guard, const char *veth_port)
{
	struct nft_batch *batch = &guard->batch;
	const char *table = guard->table;

	nft_batch_add(batch, "add map netdev %s marks { type iface_index : mark; }\n", table);
	nft_batch_add(batch, "add chain netdev %s foreign\n", table);
	nft_batch_add(batch, "add rule netdev %s foreign meta mark set iif map @marks fwd to \"%s\"\n", table,
		      veth_port);
	nft_batch_add(batch, "add chain netdev %s foreign_arp\n", table);
	nft_batch_add(batch,
		      "add rule netdev %s foreign_arp arp operation != request goto foreign\n"
		      "add rule netdev %s foreign_arp arp saddr ip != @lent4 goto foreign\n"
		      "add rule netdev %s foreign_arp arp saddr ip . arp daddr ip @twice4 goto foreign\n",
		      table, table, table);
	nft_batch_add(batch,
		      "add rule netdev %s foreign_arp meta mark set iif map @marks dup to \"%s\" meta mark set 0 "
		      "arp saddr ip set 0.0.0.0 accept\n",
		      table, veth_port);
}

/* A claim of an IP address: `address` is where the message has it, `match` finds the message. */
static void add_claim(struct nft_port_guard *guard, const char *match, const char *address, const char *claimant,
		      char family, const char *target)
{
	nft_batch_add(&guard->batch,
		      "add rule netdev %s claims %s %s @owned%c %s . iif != @homes%c %s . %s != @bound%c goto %s\n",
		      guard->table, match, address, family, address, family, address, claimant, family, target);
}

/*
 * The kernel walks all extension headers to find ICMPv6. Neighbour discovery in fragments, which no host should believe
 * (RFC 6980), is always foreign.
 */
static void add_claims(struct nft_port_guard *guard)
{
	const char *table = guard->table;

	nft_batch_add(&guard->batch, "add chain netdev %s claims\n", table);
	add_claim(guard, "meta protocol arp", "arp saddr ip", "arp saddr ether", '4', "foreign_arp");
	add_claim(guard, "icmp type redirect", "ip saddr", "ether saddr", '4', "foreign");
	nft_batch_add(
		&guard->batch,
		"add rule netdev %s claims icmpv6 type { 133, 134, 135, 136, 137 } exthdr frag exists goto foreign\n",
		table);
	add_claim(guard, "icmpv6 type { 133, 134, 135, 137 }", SOURCE, "ether saddr", '6', "foreign");
	add_claim(guard, "icmpv6 type nd-neighbor-advert", TARGET, "ether saddr", '6', "foreign");
	nft_batch_add(&guard->batch, "add chain netdev %s services\nadd rule netdev %s claims jump services\n", table,
		      table);
}

/*
 * Advertisements of virtual routers pass with a MAC address of another (rule 33). Their mark stays, since the engine must know
 * their port to follow the master. Addresses are those of untagged frames; for a MAC address the bridge does not distinguish. A
 * host ignores any number of priority tags.
 */
static void add_rules(struct nft_port_guard *guard)
{
	struct nft_batch *batch = &guard->batch;
	const char *table = guard->table;

	nft_batch_add(batch, "add chain netdev %s guest\n", table);
	nft_batch_add(batch,
		      "add rule netdev %s guest ether saddr 00:00:5e:00:01:00-00:00:5e:00:02:ff meta l4proto 112 "
		      "meta mark set iif map @marks accept\n",
		      table);
	nft_batch_add(batch, "add rule netdev %s guest ether saddr @owned ether saddr . iif != @homes goto foreign\n",
		      table);
	nft_batch_add(batch, "add rule netdev %s guest ether type { 8021q, 8021ad } @ll,112,16 & 0xfff != 0 accept\n",
		      table);
	nft_batch_add(batch,
		      "add rule netdev %s guest ether type { 8021q, 8021ad } @ll,128,16 { 0x8100, 0x88a8 } "
		      "@ll,144,16 & 0xfff == 0 goto foreign\n",
		      table);
	nft_batch_add(batch, "add rule netdev %s guest jump claims\n", table);
}

struct nft_port_guard *nft_port_guard_new(const char *uplink, const char *veth_port)
{
	struct nft_port_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return NULL;
	nft_table_name(guard->table, sizeof(guard->table), uplink, "-ports");
	if (!nft_batch_open(&guard->batch))
		goto err;
	nft_batch_add(&guard->batch, "add table netdev %s { flags owner; }\n", guard->table);
	for (size_t i = 0; i < NFT_PORT_SETS; i++)
		nft_batch_add(&guard->batch, "add set netdev %s %s { %s; }\n", guard->table, sets[i].name,
			      sets[i].type);
	add_verdicts(guard, veth_port);
	add_claims(guard);
	add_rules(guard);
	if (nft_batch_commit(&guard->batch) == 0)
		return guard;
err:
	nft_port_guard_free(guard);
	return NULL;
}

void nft_port_guard_free(struct nft_port_guard *guard)
{
	if (!guard)
		return;
	nft_batch_close(&guard->batch);
	free(guard);
}

/* ---- ports ---- */

int nft_port_guard_add(struct nft_port_guard *guard, int ifindex, const char *name)
{
	if ((uint32_t)ifindex & NFT_PORT_MARK_MASK || strpbrk(name, "\"\\"))
		return -1;
	nft_batch_add(&guard->batch, "add element netdev %s marks { %d : %u }\n", guard->table, ifindex,
		      NFT_PORT_MARK | (uint32_t)ifindex);
	nft_batch_add(&guard->batch,
		      "add chain netdev %s port%d { type filter hook ingress device \"%s\" priority " PRIORITY_LAST
		      "; }\nadd rule netdev %s port%d jump guest\n",
		      guard->table, ifindex, name, guard->table, ifindex);
	return nft_batch_commit(&guard->batch);
}

int nft_port_guard_remove(struct nft_port_guard *guard, int ifindex)
{
	nft_batch_add(&guard->batch, "delete chain netdev %s port%d\ndelete element netdev %s marks { %d }\n",
		      guard->table, ifindex, guard->table, ifindex);
	return nft_batch_commit(&guard->batch);
}

int nft_port_guard_set_services(struct nft_port_guard *guard, bool drop)
{
	const char *table = guard->table;

	if (drop == guard->drops_services)
		return 0;
	nft_batch_add(&guard->batch, "flush chain netdev %s services\n", table);
	if (drop)
		nft_batch_add(&guard->batch,
			      "add rule netdev %s services icmpv6 type { nd-router-advert, nd-redirect } goto foreign\n"
			      "add rule netdev %s services udp sport 67 udp dport 68 goto foreign\n"
			      "add rule netdev %s services udp sport 547 udp dport 546 goto foreign\n",
			      table, table, table);
	if (nft_batch_commit(&guard->batch) < 0)
		return -1;
	guard->drops_services = drop;
	return 0;
}

/* ---- facts ---- */

static void change(struct nft_port_guard *guard, const char *verb, const struct nft_port_fact *fact)
{
	char text[INET6_ADDRSTRLEN], mac[MAC_TEXT_SIZE], more[INET6_ADDRSTRLEN + 4] = "";

	if (fact->set < NFT_PORT_IP4_OWNED)
		mac_format(text, fact->address);
	else if (fact->set < NFT_PORT_IP6_OWNED || fact->set > NFT_PORT_IP6_BOUND)
		inet_ntop(AF_INET, fact->address, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "0x%08x%08x%08x%08x", be32(fact->address), be32(fact->address + 4),
			 be32(fact->address + 8), be32(fact->address + 12));
	if (fact->set == NFT_PORT_MAC_HOME || fact->set == NFT_PORT_IP4_HOME || fact->set == NFT_PORT_IP6_HOME)
		snprintf(more, sizeof(more), " . %u", fact->port);
	else if (fact->set == NFT_PORT_IP4_TWICE)
		snprintf(more, sizeof(more), " . %s", text);
	else if (fact->set == NFT_PORT_IP4_BOUND || fact->set == NFT_PORT_IP6_BOUND)
		snprintf(more, sizeof(more), " . %s", mac_format(mac, fact->mac));
	nft_batch_add(&guard->batch, "%s element netdev %s %s { %s%s }\n", verb, guard->table, sets[fact->set].name,
		      text, more);
}

void nft_port_guard_put(struct nft_port_guard *guard, const struct nft_port_fact *fact)
{
	change(guard, "add", fact);
}

void nft_port_guard_delete(struct nft_port_guard *guard, const struct nft_port_fact *fact)
{
	change(guard, "delete", fact);
}

void nft_port_guard_clear(struct nft_port_guard *guard)
{
	for (size_t i = 0; i < NFT_PORT_SETS; i++)
		nft_batch_add(&guard->batch, "flush set netdev %s %s\n", guard->table, sets[i].name);
}

int nft_port_guard_commit(struct nft_port_guard *guard)
{
	return nft_batch_commit(&guard->batch);
}
