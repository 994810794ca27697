/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_guard.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <nftables/libnftables.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mac.h"

/* Before all other chains of the uplink's ingress, behind all of its egress. */
#define PRIORITY_FIRST "-450"
#define PRIORITY_LAST  "450"

struct nft_guard {
	struct nft_ctx *nft;
	char table[32];
	bool egress;
	char *commands; /* commands that wait */
	size_t length, room;
	bool out_of_memory; /* there was no memory for one of them */
};

static bool append_va(struct nft_guard *guard, const char *format, va_list list)
{
	va_list copy;

	va_copy(copy, list);
	int len = vsnprintf(guard->commands + guard->length, guard->room - guard->length, format, list);
	if (len >= 0 && guard->length + (size_t)len >= guard->room) {
		size_t room = 2 * guard->room + (size_t)len + 1;
		char *text = realloc(guard->commands, room);

		if (text) {
			guard->commands = text;
			guard->room = room;
			len = vsnprintf(guard->commands + guard->length, guard->room - guard->length, format, copy);
		} else {
			len = -1;
		}
	}
	va_end(copy);
	if (len < 0)
		guard->out_of_memory = true;
	else
		guard->length += (size_t)len;
	return len >= 0;
}

static void append(struct nft_guard *guard, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(struct nft_guard *guard, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	if (!guard->out_of_memory)
		append_va(guard, format, list);
	va_end(list);
}

static void append_ingress_rules(struct nft_guard *guard, const char *uplink, const char *veth, const char *mac_text,
				 uint32_t mark)
{
	const char *table = guard->table;

	append(guard, "add table netdev %s { flags owner; }\n", table);
	append(guard, "add set netdev %s own { type ether_addr; }\nadd element netdev %s own { %s }\n", table, table,
	       mac_text);
	append(guard, "add set netdev %s guests { type ether_addr; }\n", table);
	append(guard, "add set netdev %s guests4 { type ipv4_addr; }\n", table);
	append(guard, "add set netdev %s guests6 { type ipv6_addr; }\n", table);
	append(guard,
	       "add chain netdev %s from_wire { type filter hook ingress device \"%s\" priority " PRIORITY_FIRST
	       "; }\n",
	       table, uplink);
	append(guard, "add rule netdev %s from_wire meta mark %u meta mark set 0 accept\n", table, mark);
	append(guard, "add rule netdev %s from_wire ether saddr @own drop\n", table);
	append(guard, "add rule netdev %s from_wire arp saddr ether @own drop\n", table);
	append(guard, "add rule netdev %s from_wire ether daddr @own ip daddr @guests4 drop\n", table);
	append(guard, "add rule netdev %s from_wire ether daddr @own ip6 daddr @guests6 drop\n", table);
	append(guard, "add rule netdev %s from_wire ether daddr @own arp daddr ip @guests4 drop\n", table);
	append(guard,
	       "add chain netdev %s from_bridge { type filter hook ingress device \"%s\" priority " PRIORITY_FIRST
	       "; }\n",
	       table, veth);
	append(guard, "add rule netdev %s from_bridge drop\n", table);
}

/* This host asks for a guest by ARP: into the bridge, not onto the air. What it says in a guest's name is for the air.
 */
static void append_egress_rules(struct nft_guard *guard, const char *uplink, const char *veth, bool counted)
{
	const char *table = guard->table;

	append(guard,
	       "add chain netdev %s from_host { type filter hook egress device \"%s\" priority " PRIORITY_LAST "; }\n",
	       table, uplink);
	if (counted)
		append(guard, "add counter netdev %s foreign\n", table);
	append(guard, "add rule netdev %s from_host ether saddr != @own %s drop\n", table,
	       counted ? "counter name \"foreign\"" : "");
	append(guard, "add rule netdev %s from_host ether daddr @guests fwd to \"%s\"\n", table, veth);
	append(guard,
	       "add rule netdev %s from_host arp operation request arp daddr ip @guests4 arp saddr ip != 0.0.0.0 "
	       "arp saddr ip != @guests4 fwd to \"%s\"\n",
	       table, veth);
}

/* libnftables ends the whole process where the kernel has no NETLINK_NETFILTER: ask before it does. */
static bool kernel_has_nfnetlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct nft_guard *nft_guard_new(const char *uplink, const char *veth, const uint8_t mac[6], uint32_t mark)
{
	struct nft_guard *guard = calloc(1, sizeof(*guard));
	char mac_text[MAC_TEXT_SIZE];

	if (!guard)
		return NULL;
	guard->room = 4096;
	guard->commands = malloc(guard->room);
	guard->nft = guard->commands && kernel_has_nfnetlink() ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;
	if (!guard->nft)
		goto err;
	/* What it would print about an old kernel is not for people. */
	nft_ctx_buffer_output(guard->nft);
	nft_ctx_buffer_error(guard->nft);
	snprintf(guard->table, sizeof(guard->table), "vifi-%s", uplink);
	for (char *ch = guard->table; *ch; ch++)
		if (*ch == '.' || *ch == '@') /* an interface may be called so, a table not */
			*ch = '_';
	append_ingress_rules(guard, uplink, veth, mac_format(mac_text, mac), mark);
	if (nft_guard_commit(guard) < 0)
		goto err;
	append_egress_rules(guard, uplink, veth, true);
	guard->egress = nft_guard_commit(guard) == 0;
	if (!guard->egress) { /* named counters are a module of their own before Linux 6.2 */
		append_egress_rules(guard, uplink, veth, false);
		guard->egress = nft_guard_commit(guard) == 0;
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
	if (guard->nft)
		nft_ctx_free(guard->nft);
	free(guard->commands);
	free(guard);
}

bool nft_guard_has_egress(const struct nft_guard *guard)
{
	return guard && guard->egress;
}

/* ---- the counter, asked for without libnftables, which would read all sets first ---- */

static int on_counter(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[NFTA_OBJ_MAX + 1], *data[NFTA_COUNTER_MAX + 1];
	uint64_t packets;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), attrs, NFTA_OBJ_MAX, NULL) < 0 ||
	    !attrs[NFTA_OBJ_DATA] || nla_parse_nested(data, NFTA_COUNTER_MAX, attrs[NFTA_OBJ_DATA], NULL) < 0 ||
	    !data[NFTA_COUNTER_PACKETS] || nla_len(data[NFTA_COUNTER_PACKETS]) < (int)sizeof(packets))
		return NL_SKIP;
	memcpy(&packets, nla_data(data[NFTA_COUNTER_PACKETS]), sizeof(packets));
	*(uint64_t *)arg = be64toh(packets);
	return NL_OK;
}

uint64_t nft_guard_foreign_drops(const struct nft_guard *guard)
{
	struct nfgenmsg nf = {.nfgen_family = NFPROTO_NETDEV, .version = NFNETLINK_V0};
	struct nl_sock *sock = nft_guard_has_egress(guard) ? nl_socket_alloc() : NULL;
	struct nl_msg *msg = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ, NLM_F_REQUEST);
	uint64_t packets = 0;

	if (sock && msg && nlmsg_append(msg, &nf, sizeof(nf), NLMSG_ALIGNTO) == 0 &&
	    nla_put_string(msg, NFTA_OBJ_TABLE, guard->table) == 0 &&
	    nla_put_string(msg, NFTA_OBJ_NAME, "foreign") == 0 &&
	    nla_put_u32(msg, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER)) == 0 &&
	    nl_connect(sock, NETLINK_NETFILTER) == 0) {
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_counter, &packets);
		if (nl_send_auto(sock, msg) >= 0)
			nl_recvmsgs_default(sock);
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
	return packets;
}

/* ---- changes ---- */

void nft_guard_set_uplink_mac(struct nft_guard *guard, const uint8_t mac[6])
{
	char mac_text[MAC_TEXT_SIZE];

	append(guard, "flush set netdev %s own\nadd element netdev %s own { %s }\n", guard->table, guard->table,
	       mac_format(mac_text, mac));
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
	/* What is added first is there to be deleted: neither may fail, or the whole transaction would. */
	append(guard, "add element netdev %s %s { %s }\n", guard->table, name[set], text);
	if (!guest)
		append(guard, "delete element netdev %s %s { %s }\n", guard->table, name[set], text);
}

void nft_guard_clear(struct nft_guard *guard)
{
	append(guard, "flush set netdev %s guests\nflush set netdev %s guests4\nflush set netdev %s guests6\n",
	       guard->table, guard->table, guard->table);
}

int nft_guard_commit(struct nft_guard *guard)
{
	int ret = guard->out_of_memory ? -1 : 0;

	if (ret == 0 && guard->length)
		ret = nft_run_cmd_from_buffer(guard->nft, guard->commands) ? -1 : 0;
	guard->length = 0;
	guard->out_of_memory = false;
	return ret;
}
