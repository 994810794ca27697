/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_guard.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mac.h"
#include "netdev/netlink.h"
#include "netdev/nft_batch.h"

/* The first of all chains at the ingress of the uplink, the last at its egress. */
#define PRIORITY_FIRST "-450"
#define PRIORITY_LAST  "450"

struct nft_guard {
	struct nft_batch batch;
	char table[32];
	bool egress, networks;
};

static void append_ingress_rules(struct nft_guard *guard, const char *uplink, const char *veth, const char *mac_text,
				 uint32_t mark)
{
	const char *table = guard->table;

	nft_batch_add(&guard->batch, "add table netdev %s { flags owner; }\n", table);
	nft_batch_add(&guard->batch, "add set netdev %s own { type ether_addr; }\nadd element netdev %s own { %s }\n",
		      table, table, mac_text);
	nft_batch_add(&guard->batch, "add set netdev %s guests { type ether_addr; }\n", table);
	nft_batch_add(&guard->batch, "add set netdev %s guests4 { type ipv4_addr; }\n", table);
	nft_batch_add(&guard->batch, "add set netdev %s guests6 { type ipv6_addr; }\n", table);
	nft_batch_add(&guard->batch,
		      "add chain netdev %s from_wire { type filter hook ingress device \"%s\" priority " PRIORITY_FIRST
		      "; }\n",
		      table, uplink);
	nft_batch_add(&guard->batch, "add rule netdev %s from_wire meta mark %u meta mark set 0 accept\n", table, mark);
	nft_batch_add(&guard->batch, "add rule netdev %s from_wire ether saddr @own drop\n", table);
	nft_batch_add(&guard->batch, "add rule netdev %s from_wire arp saddr ether @own drop\n", table);
	nft_batch_add(&guard->batch, "add rule netdev %s from_wire ether daddr @own ip daddr @guests4 drop\n", table);
	nft_batch_add(&guard->batch, "add rule netdev %s from_wire ether daddr @own ip6 daddr @guests6 drop\n", table);
	nft_batch_add(&guard->batch, "add rule netdev %s from_wire ether daddr @own arp daddr ip @guests4 drop\n",
		      table);
	nft_batch_add(
		&guard->batch,
		"add chain netdev %s from_bridge { type filter hook ingress device \"%s\" priority " PRIORITY_FIRST
		"; }\n",
		table, veth);
	nft_batch_add(&guard->batch, "add rule netdev %s from_bridge drop\n", table);
}

/* Packets for pinned networks, except this host's own addresses in them. */
static void append_network_rules(struct nft_guard *guard)
{
	const char *table = guard->table;

	nft_batch_add(&guard->batch, "add set netdev %s networks4 { type ipv4_addr; flags interval; auto-merge; }\n",
		      table);
	nft_batch_add(&guard->batch, "add set netdev %s networks6 { type ipv6_addr; flags interval; auto-merge; }\n",
		      table);
	nft_batch_add(
		&guard->batch,
		"add rule netdev %s from_wire ether daddr @own ip daddr @networks4 fib daddr type != local drop\n",
		table);
	nft_batch_add(
		&guard->batch,
		"add rule netdev %s from_wire ether daddr @own ip6 daddr @networks6 fib daddr type != local drop\n",
		table);
}

/*
 * Rule 38: a packet that this host would send back to where it came from circles until its hop limit. At the ingress the
 * next hop is not known, and at the egress the sender is not: a set remembers that for a moment. A packet for this host
 * itself has no interface in `fib`. Marked frames are those of guests: nobody can stop them by a packet with their addresses.
 */
static void append_return_rules(struct nft_guard *guard, const char *uplink, uint32_t mark)
{
	static const struct {
		const char *suffix, *protocol, *type;
	} families[] = {{"4", "ip", "ipv4_addr"}, {"6", "ip6", "ipv6_addr"}};

	nft_batch_add(&guard->batch, "add counter netdev %s returned\n", guard->table);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const char *suffix = families[i].suffix, *protocol = families[i].protocol, *type = families[i].type;

		nft_batch_add(
			&guard->batch,
			"add set netdev %s passing%s { type %s . %s . ether_addr; size 4096; flags dynamic,timeout; "
			"timeout 2s; }\n",
			guard->table, suffix, type, type);
		nft_batch_add(&guard->batch,
			      "add rule netdev %s from_wire ether daddr @own meta protocol %s fib daddr oifname \"%s\" "
			      "update "
			      "@passing%s { %s saddr . %s daddr . ether saddr }\n",
			      guard->table, protocol, uplink, suffix, protocol, protocol);
		nft_batch_add(
			&guard->batch,
			"add rule netdev %s from_host meta mark != %u %s saddr . %s daddr . ether daddr @passing%s "
			"counter name \"returned\" drop\n",
			guard->table, mark, protocol, protocol, suffix);
	}
}

/* This host's ARP requests for guests go into the bridge, its announcements on behalf of guests out of the uplink. */
static void append_egress_rules(struct nft_guard *guard, const char *uplink, const char *veth, uint32_t mark,
				bool dhcp_server, bool counted)
{
	const char *table = guard->table;

	nft_batch_add(&guard->batch,
		      "add chain netdev %s from_host { type filter hook egress device \"%s\" priority " PRIORITY_LAST
		      "; }\n",
		      table, uplink);
	if (counted)
		nft_batch_add(&guard->batch,
			      "add counter netdev %s foreign\nadd counter netdev %s service\nadd counter netdev %s "
			      "redirects\n",
			      table, table, table);
	nft_batch_add(&guard->batch, "add rule netdev %s from_host ether saddr != @own %s drop\n", table,
		      counted ? "counter name \"foreign\"" : "");
	nft_batch_add(&guard->batch, "add rule netdev %s from_host ether daddr @guests fwd to \"%s\"\n", table, veth);
	nft_batch_add(
		&guard->batch,
		"add rule netdev %s from_host arp operation request arp daddr ip @guests4 arp saddr ip != 0.0.0.0 "
		"arp saddr ip != @guests4 fwd to \"%s\"\n",
		table, veth);
	if (!dhcp_server)
		nft_batch_add(&guard->batch,
			      "add rule netdev %s from_host meta mark != %u udp sport 67 udp dport 68 %s drop\n", table,
			      mark, counted ? "counter name \"service\"" : "");
	/* They name the MAC address by which this host reaches a guest (rule 19). The rules have translated marked ones. */
	nft_batch_add(&guard->batch, "add rule netdev %s from_host meta mark != %u icmpv6 type nd-redirect %s drop\n",
		      table, mark, counted ? "counter name \"redirects\"" : "");
}

struct nft_guard *nft_guard_new(const char *uplink, const char *veth, const uint8_t mac[6], uint32_t mark,
				bool dhcp_server)
{
	struct nft_guard *guard = calloc(1, sizeof(*guard));
	char mac_text[MAC_TEXT_SIZE];

	if (!guard)
		return NULL;
	if (!nft_batch_open(&guard->batch))
		goto err;
	nft_table_name(guard->table, sizeof(guard->table), uplink, "");
	append_ingress_rules(guard, uplink, veth, mac_format(mac_text, mac), mark);
	if (nft_guard_commit(guard) < 0)
		goto err;
	append_network_rules(guard);
	guard->networks = nft_guard_commit(guard) == 0;
	append_egress_rules(guard, uplink, veth, mark, dhcp_server, true);
	guard->egress = nft_guard_commit(guard) == 0;
	if (!guard->egress) { /* before Linux 6.2 named counters are a separate module */
		append_egress_rules(guard, uplink, veth, mark, dhcp_server, false);
		guard->egress = nft_guard_commit(guard) == 0;
	}
	if (guard->egress) {
		append_return_rules(guard, uplink, mark);
		nft_guard_commit(guard); /* needs `fib`, as the networks do */
	}
	return guard;
err:
	nft_guard_free(guard);
	return NULL;
}

void nft_guard_free(struct nft_guard *guard)
{
	if (!guard)
		return;
	nft_batch_close(&guard->batch);
	free(guard);
}

bool nft_guard_has_egress(const struct nft_guard *guard)
{
	return guard && guard->egress;
}

/* ---- the counters, without libnftables, which would read all sets first ---- */

static int parse_counter(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *attrs[NFTA_OBJ_MAX + 1], *data[NFTA_COUNTER_MAX + 1];
	uint64_t packets;

	if (nlmsg_parse(nlh, sizeof(struct nfgenmsg), attrs, NFTA_OBJ_MAX, NULL) < 0 || !attrs[NFTA_OBJ_DATA] ||
	    nla_parse_nested(data, NFTA_COUNTER_MAX, attrs[NFTA_OBJ_DATA], NULL) < 0 || !data[NFTA_COUNTER_PACKETS] ||
	    nla_len(data[NFTA_COUNTER_PACKETS]) < (int)sizeof(packets))
		return 0;
	memcpy(&packets, nla_data(data[NFTA_COUNTER_PACKETS]), sizeof(packets));
	*(uint64_t *)arg = be64toh(packets);
	return 0;
}

uint64_t nft_guard_drops(const struct nft_guard *guard, enum nft_guard_counter counter)
{
	static const char *const names[] = {
		[NFT_GUARD_FOREIGN] = "foreign",
		[NFT_GUARD_SERVICE] = "service",
		[NFT_GUARD_REDIRECT] = "redirects",
		[NFT_GUARD_RETURNED] = "returned",
	};
	struct nfgenmsg nf = {.nfgen_family = NFPROTO_NETDEV, .version = NFNETLINK_V0};
	struct netlink netlink;
	struct nl_msg *msg;
	uint64_t packets = 0;

	if (!nft_guard_has_egress(guard) || netlink_open(&netlink, NETLINK_NETFILTER) < 0)
		return 0;
	msg = netlink_message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ, 0, &nf, sizeof(nf));
	if (msg && nla_put_string(msg, NFTA_OBJ_TABLE, guard->table) == 0 &&
	    nla_put_string(msg, NFTA_OBJ_NAME, names[counter]) == 0 &&
	    nla_put_u32(msg, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER)) == 0)
		netlink_request(&netlink, msg, parse_counter, &packets);
	else
		nlmsg_free(msg);
	netlink_close(&netlink);
	return packets;
}

/* ---- changes ---- */

void nft_guard_set_uplink_mac(struct nft_guard *guard, const uint8_t mac[6])
{
	char mac_text[MAC_TEXT_SIZE];

	nft_batch_add(&guard->batch, "flush set netdev %s own\nadd element netdev %s own { %s }\n", guard->table,
		      guard->table, mac_format(mac_text, mac));
}

void nft_guard_set_guest(struct nft_guard *guard, enum nft_guard_set set, const uint8_t *address, bool guest)
{
	static const char *const name[] = {
		[NFT_GUARD_MAC] = "guests", [NFT_GUARD_IP4] = "guests4", [NFT_GUARD_IP6] = "guests6"};
	char text[INET6_ADDRSTRLEN];

	if (set == NFT_GUARD_MAC)
		mac_format(text, address);
	else
		inet_ntop(set == NFT_GUARD_IP4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	/* Deleting a missing element would fail the whole transaction; after an addition the element exists. */
	nft_batch_add(&guard->batch, "add element netdev %s %s { %s }\n", guard->table, name[set], text);
	if (!guest)
		nft_batch_add(&guard->batch, "delete element netdev %s %s { %s }\n", guard->table, name[set], text);
}

void nft_guard_clear(struct nft_guard *guard)
{
	nft_batch_add(&guard->batch,
		      "flush set netdev %s guests\nflush set netdev %s guests4\nflush set netdev %s guests6\n",
		      guard->table, guard->table, guard->table);
}

void nft_guard_clear_networks(struct nft_guard *guard)
{
	if (guard->networks)
		nft_batch_add(&guard->batch, "flush set netdev %s networks4\nflush set netdev %s networks6\n",
			      guard->table, guard->table);
}

void nft_guard_add_network(struct nft_guard *guard, bool ip6, const uint8_t *address, unsigned length)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(ip6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	/* Of length 0 is what is not here, and this host may be its router. */
	if (guard->networks && length)
		nft_batch_add(&guard->batch, "add element netdev %s networks%c { %s/%u }\n", guard->table,
			      ip6 ? '6' : '4', text, length);
}

int nft_guard_commit(struct nft_guard *guard)
{
	return nft_batch_commit(&guard->batch);
}
