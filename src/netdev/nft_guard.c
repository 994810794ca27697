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
#define FIRST "-450"
#define LAST  "450"

struct fence {
	struct nft_ctx *nft;
	char table[32];
	bool egress;
	char *text; /* commands that wait */
	size_t length, room;
	bool failed; /* there was no memory for one of them */
};

static bool vadd(struct fence *f, const char *format, va_list list)
{
	va_list again;

	va_copy(again, list);
	int n = vsnprintf(f->text + f->length, f->room - f->length, format, list);
	if (n >= 0 && f->length + (size_t)n >= f->room) {
		size_t room = 2 * f->room + (size_t)n + 1;
		char *text = realloc(f->text, room);

		if (text) {
			f->text = text;
			f->room = room;
			n = vsnprintf(f->text + f->length, f->room - f->length, format, again);
		} else {
			n = -1;
		}
	}
	va_end(again);
	if (n < 0)
		f->failed = true;
	else
		f->length += (size_t)n;
	return n >= 0;
}

static void add(struct fence *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct fence *f, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	if (!f->failed)
		vadd(f, format, list);
	va_end(list);
}

static void add_base(struct fence *f, const char *uplink, const char *veth, const char *own, uint32_t mark)
{
	const char *t = f->table;

	add(f, "add table netdev %s { flags owner; }\n", t);
	add(f, "add set netdev %s own { type ether_addr; }\nadd element netdev %s own { %s }\n", t, t, own);
	add(f, "add set netdev %s guests { type ether_addr; }\n", t);
	add(f, "add set netdev %s guests4 { type ipv4_addr; }\n", t);
	add(f, "add set netdev %s guests6 { type ipv6_addr; }\n", t);
	add(f, "add chain netdev %s from_wire { type filter hook ingress device \"%s\" priority " FIRST "; }\n", t,
	    uplink);
	add(f, "add rule netdev %s from_wire meta mark %u meta mark set 0 accept\n", t, mark);
	add(f, "add rule netdev %s from_wire ether saddr @own drop\n", t);
	add(f, "add rule netdev %s from_wire arp saddr ether @own drop\n", t);
	add(f, "add rule netdev %s from_wire ether daddr @own ip daddr @guests4 drop\n", t);
	add(f, "add rule netdev %s from_wire ether daddr @own ip6 daddr @guests6 drop\n", t);
	add(f, "add rule netdev %s from_wire ether daddr @own arp daddr ip @guests4 drop\n", t);
	add(f, "add chain netdev %s from_bridge { type filter hook ingress device \"%s\" priority " FIRST "; }\n", t,
	    veth);
	add(f, "add rule netdev %s from_bridge drop\n", t);
}

/* This host asks for a guest by ARP: into the bridge, not onto the air. What it says in a guest's name is for the air.
 */
static void add_egress(struct fence *f, const char *uplink, const char *veth, bool counted)
{
	const char *t = f->table;

	add(f, "add chain netdev %s from_host { type filter hook egress device \"%s\" priority " LAST "; }\n", t,
	    uplink);
	if (counted)
		add(f, "add counter netdev %s foreign\n", t);
	add(f, "add rule netdev %s from_host ether saddr != @own %s drop\n", t,
	    counted ? "counter name \"foreign\"" : "");
	add(f, "add rule netdev %s from_host ether daddr @guests fwd to \"%s\"\n", t, veth);
	add(f,
	    "add rule netdev %s from_host arp operation request arp daddr ip @guests4 arp saddr ip != 0.0.0.0 "
	    "arp saddr ip != @guests4 fwd to \"%s\"\n",
	    t, veth);
}

/* libnftables ends the whole process where the kernel has no NETLINK_NETFILTER: ask before it does. */
static bool kernel_has_nfnetlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct fence *fence_new(const char *uplink, const char *veth, const uint8_t mac[6], uint32_t mark)
{
	struct fence *f = calloc(1, sizeof(*f));
	char own[MAC_TEXT];

	if (!f)
		return NULL;
	f->room = 4096;
	f->text = malloc(f->room);
	f->nft = f->text && kernel_has_nfnetlink() ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;
	if (!f->nft)
		goto err;
	/* What it would print about an old kernel is not for people. */
	nft_ctx_buffer_output(f->nft);
	nft_ctx_buffer_error(f->nft);
	snprintf(f->table, sizeof(f->table), "vifi-%s", uplink);
	for (char *c = f->table; *c; c++)
		if (*c == '.' || *c == '@') /* an interface may be called so, a table not */
			*c = '_';
	add_base(f, uplink, veth, mac_format(own, mac), mark);
	if (fence_commit(f) < 0)
		goto err;
	add_egress(f, uplink, veth, true);
	f->egress = fence_commit(f) == 0;
	if (!f->egress) { /* named counters are a module of their own before Linux 6.2 */
		add_egress(f, uplink, veth, false);
		f->egress = fence_commit(f) == 0;
	}
	return f;
err:
	fence_free(f);
	return NULL;
}

void fence_free(struct fence *f)
{
	if (!f)
		return;
	if (f->nft)
		nft_ctx_free(f->nft);
	free(f->text);
	free(f);
}

bool fence_has_egress(const struct fence *f)
{
	return f && f->egress;
}

/* ---- the counter, asked for without libnftables, which would read all sets first ---- */

static int on_counter(struct nl_msg *msg, void *arg)
{
	struct nlattr *at[NFTA_OBJ_MAX + 1], *data[NFTA_COUNTER_MAX + 1];
	uint64_t packets;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), at, NFTA_OBJ_MAX, NULL) < 0 || !at[NFTA_OBJ_DATA] ||
	    nla_parse_nested(data, NFTA_COUNTER_MAX, at[NFTA_OBJ_DATA], NULL) < 0 || !data[NFTA_COUNTER_PACKETS] ||
	    nla_len(data[NFTA_COUNTER_PACKETS]) < (int)sizeof(packets))
		return NL_SKIP;
	memcpy(&packets, nla_data(data[NFTA_COUNTER_PACKETS]), sizeof(packets));
	*(uint64_t *)arg = be64toh(packets);
	return NL_OK;
}

uint64_t fence_foreign(const struct fence *f)
{
	struct nfgenmsg nf = {.nfgen_family = NFPROTO_NETDEV, .version = NFNETLINK_V0};
	struct nl_sock *sock = fence_has_egress(f) ? nl_socket_alloc() : NULL;
	struct nl_msg *msg = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ, NLM_F_REQUEST);
	uint64_t packets = 0;

	if (sock && msg && nlmsg_append(msg, &nf, sizeof(nf), NLMSG_ALIGNTO) == 0 &&
	    nla_put_string(msg, NFTA_OBJ_TABLE, f->table) == 0 && nla_put_string(msg, NFTA_OBJ_NAME, "foreign") == 0 &&
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

void fence_set_own(struct fence *f, const uint8_t mac[6])
{
	char own[MAC_TEXT];

	add(f, "flush set netdev %s own\nadd element netdev %s own { %s }\n", f->table, f->table, mac_format(own, mac));
}

void fence_put(struct fence *f, enum fence_set set, const uint8_t *address, bool guest)
{
	static const char *const name[] = {[FENCE_MAC] = "guests", [FENCE_IP4] = "guests4", [FENCE_IP6] = "guests6"};
	char text[INET6_ADDRSTRLEN];

	if (set == FENCE_MAC)
		mac_format(text, address);
	else
		inet_ntop(set == FENCE_IP4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	/* What is added first is there to be deleted: neither may fail, or the whole transaction would. */
	add(f, "add element netdev %s %s { %s }\n", f->table, name[set], text);
	if (!guest)
		add(f, "delete element netdev %s %s { %s }\n", f->table, name[set], text);
}

void fence_clear(struct fence *f)
{
	add(f, "flush set netdev %s guests\nflush set netdev %s guests4\nflush set netdev %s guests6\n", f->table,
	    f->table, f->table);
}

int fence_commit(struct fence *f)
{
	int r = f->failed ? -1 : 0;

	if (r == 0 && f->length)
		r = nft_run_cmd_from_buffer(f->nft, f->text) ? -1 : 0;
	f->length = 0;
	f->failed = false;
	return r;
}
