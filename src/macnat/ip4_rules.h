/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and DHCP: rules 12 to 15, 21, 22. */
#ifndef VIFI_MACNAT_IP4_RULES_H
#define VIFI_MACNAT_IP4_RULES_H

#include "macnat/arp_rules.h"

#define MN_DHCP_OPTIONS 64 /* options and pads that are read; later ones pass unread */

/* Verifies the header checksum (RFC 791), with options. */
MN_FN int mn_ip4_check_csum(MN_ENV env, struct mn_context *ctx, uint32_t hlen)
{
	ctx->sum = mn_sum(&ctx->ip4, sizeof(ctx->ip4), 0);
	ctx->sum_off = (uint32_t)ctx->l3 + sizeof(ctx->ip4);
	ctx->sum_len = hlen - sizeof(ctx->ip4);
	if (ctx->sum_len && mn_sum_frame(env, ctx))
		return DROP_TRUNCATED;
	return mn_sum_fold(ctx->sum) == 0xffff ? NOT_DROPPED : DROP_IP4_CHECKSUM;
}

/* Reads the header into ctx->ip4 and validates it: sets ctx->l4, l3_end, proto and fragment. */
MN_FN int mn_ip4_read(MN_ENV env, struct mn_context *ctx)
{
	uint32_t hlen, total;

	if (mn_load_l3(env, ctx, &ctx->ip4, sizeof(ctx->ip4)))
		return DROP_TRUNCATED;
	hlen = (ctx->ip4.ver_ihl & 15u) * 4;
	total = be16(ctx->ip4.len);
	if (ctx->ip4.ver_ihl >> 4 != 4 || hlen < sizeof(ctx->ip4))
		return DROP_IP4_MALFORMED;
	ctx->l4 = (uint16_t)(ctx->l3 + hlen);
	ctx->proto = ctx->ip4.proto;
	ctx->fragment = (be16(ctx->ip4.frag) & IP4_FRAG_MASK) != 0;
	if (!ctx->gso) {
		if (total < hlen)
			return DROP_IP4_MALFORMED;
		if (ctx->l3 + total > ctx->len)
			return DROP_TRUNCATED;
		ctx->l3_end = ctx->l3 + total;
	}
	return ctx->gso ? NOT_DROPPED
			: mn_ip4_check_csum(env, ctx, hlen); /* each segment gets its own length and checksum */
}

/* Is the destination a group (rule 21)? Gives the group MAC address (RFC 1112, 6.4). */
MN_FN bool mn_ip4_group_mac(const uint8_t *dst, const struct mn_binding *binding, uint8_t *mac)
{
	if (be32(dst) == 0xffffffff || (binding && binding->kind == MN_BROADCAST)) {
		__builtin_memset(mac, 0xff, MAC_LEN);
		return true;
	}
	if ((dst[0] & 0xf0) != 0xe0)
		return false;
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = dst[1] & 0x7f;
	mac[4] = dst[2];
	mac[5] = dst[3];
	return true;
}

/*
 * Reads a complete, unfragmented DHCP message to the given port into ctx->udp and ctx->dhcp (rule 13: at the actual
 * length of the IP header). Returns 1 for such a message, 0 for any other packet, or a negative drop reason.
 */
MN_FN int mn_dhcp_read(MN_ENV env, struct mn_context *ctx, uint16_t dport, uint8_t op)
{
	uint32_t off = ctx->l4, ulen, sum;

	if (ctx->proto != IPPROTO_N_UDP || ctx->fragment || ctx->gso || mn_load(env, off, &ctx->udp, sizeof(ctx->udp)))
		return 0;
	if (be16(ctx->udp.dport) != dport)
		return 0;
	ulen = be16(ctx->udp.len);
	if (ulen < sizeof(ctx->udp) + DHCP4_OFF_OPTS || off + ulen > ctx->l3_end)
		return 0;
	if (mn_load(env, off + sizeof(ctx->udp) + DHCP4_OFF_COOKIE, ctx->opt, 4) || be32(ctx->opt) != DHCP4_COOKIE)
		return 0;
	if (mn_load(env, off + sizeof(ctx->udp), &ctx->dhcp, sizeof(ctx->dhcp)) || ctx->dhcp.op != op)
		return 0;
	if (be16(ctx->udp.csum) == 0)
		return 1;
	__builtin_memset(ctx->chunk, 0, sizeof(ctx->chunk));
	__builtin_memcpy(ctx->chunk, ctx->ip4.src, 8);
	ctx->chunk[9] = IPPROTO_N_UDP;
	__builtin_memcpy(ctx->chunk + 10, ctx->udp.len, 2);
	sum = mn_sum(ctx->chunk, 12, 0);
	return mn_checksum_ok(env, ctx, off, ulen, sum, ctx->udp.csum) ? 1 : -DROP_DHCP_CHECKSUM;
}

/* Rules most packets out before mn_dhcp_read. */
MN_FN bool mn_maybe_dhcp(MN_ENV env, struct mn_context *ctx)
{
	uint16_t dport;

	if (ctx->proto != IPPROTO_N_UDP ||
	    (ctx->l4 == ETHER_HLEN + sizeof(ctx->ip4)
		     ? mn_load(env, ETHER_HLEN + sizeof(ctx->ip4), &ctx->udp, sizeof(ctx->udp))
		     : mn_load(env, ctx->l4, &ctx->udp, sizeof(ctx->udp))))
		return false;
	dport = be16(ctx->udp.dport);
	return dport == DHCP4_SERVER_PORT || dport == DHCP4_CLIENT_PORT;
}

/*
 * Reads the options (RFC 2132) into ctx->dhcp_opts. Stops at the end option, at an option that does not fit, and after
 * MN_DHCP_OPTIONS.
 */
MN_STAGE(mn_dhcp_options)
{
	uint32_t off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr);
	uint32_t end = (uint32_t)ctx->l4 + be16(ctx->udp.len);

	if (end > ctx->l3_end)
		end = ctx->l3_end;
	off += DHCP4_OFF_OPTS;
	__builtin_memset(&ctx->dhcp_opts, 0, sizeof(ctx->dhcp_opts));
	for (int i = 0; i < MN_DHCP_OPTIONS && off + 2 <= end; i++) {
		uint8_t *opt = ctx->opt;
		uint32_t len;

		if (mn_load(env, off, opt, 2) || opt[0] == DHCP4_OPT_END)
			return 0;
		if (opt[0] == DHCP4_OPT_PAD) {
			off++;
			continue;
		}
		len = opt[1];
		if (off + 2 + len > end)
			return 0;
		if (opt[0] == DHCP4_OPT_TYPE && len == 1 && !mn_load(env, off + 2, opt + 4, 1))
			ctx->dhcp_opts.type = opt[4];
		else if (opt[0] == DHCP4_OPT_LEASE && len == 4 && !mn_load(env, off + 2, opt + 4, 4))
			ctx->dhcp_opts.lease = be32(opt + 4);
		else if (opt[0] == DHCP4_OPT_REQUESTED && len == 4 && !mn_load(env, off + 2, opt + 4, 4))
			__builtin_memcpy(ctx->dhcp_opts.requested, opt + 4, 4);
		off += 2 + len;
	}
	return 0;
}

MN_FN void mn_key_dhcp_xid(struct mn_context *ctx)
{
	mn_key_init(&ctx->key, MN_DHCP_XID, ctx->vlan);
	__builtin_memcpy(ctx->key.addr, ctx->dhcp.xid, 4);
}

MN_FN uint32_t mn_dhcp_csum_off(const struct mn_context *ctx)
{
	return be16(ctx->udp.csum) ? (uint32_t)ctx->l4 + 6 : 0;
}

MN_FN void mn_dhcp_set_flags(struct mn_context *ctx, uint32_t off, uint16_t flags)
{
	put_be16(ctx->opt, flags);
	mn_edit(ctx, off + DHCP4_OFF_FLAGS, ctx->dhcp.flags, ctx->opt, 2, mn_dhcp_csum_off(ctx), 1);
}

/*
 * Does the sender's port own ctx->key? A tentative claim is none, since it may have come with this very message; but a
 * lease may be released at once.
 */
MN_FN bool mn_dhcp_is_owner(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *binding = mn_find(env, &ctx->key);

	return binding && binding->kind == MN_GUEST && binding->port == ctx->port &&
	       ((binding->flags & MN_F_DHCP) || !mn_is_tentative(binding, ctx->now));
}

/* Has the server given this address to the sender in the transaction of the message? It may decline it then. */
MN_FN bool mn_dhcp_was_offered(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *xid;

	mn_key_dhcp_xid(ctx);
	xid = mn_find(env, &ctx->key);
	return xid && xid->kind == MN_GUEST && xid->port == ctx->port && xid->in_peer == be32(ctx->dhcp_opts.requested);
}

/* Is chaddr the MAC address of a guest on another port? */
MN_FN bool mn_dhcp_names_another(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *client = mn_find_guest(env, ctx, ctx->dhcp.chaddr);

	return client && client->port != ctx->port;
}

/*
 * RELEASE and DECLINE end a binding, and only the owner of the address may send them: the server knows all guests by
 * the uplink MAC or believes the chaddr of the message (rule 14). The options are read.
 */
MN_FN int mn_dhcp_release(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->dhcp_opts.type == DHCP4_RELEASE)
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->dhcp.ciaddr);
	else if (ctx->dhcp_opts.type == DHCP4_DECLINE)
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->dhcp_opts.requested);
	else
		return NOT_DROPPED;
	if (mn_dhcp_is_owner(env, ctx)) {
		mn_forget(env, ctx);
		return NOT_DROPPED;
	}
	return ctx->dhcp_opts.type == DHCP4_DECLINE && mn_dhcp_was_offered(env, ctx) && !mn_dhcp_names_another(env, ctx)
		       ? NOT_DROPPED
		       : DROP_DHCP_FORGED;
}

/* Rule 14: no guest may ask in this host's name, or end the lease of another. */
MN_FN int mn_dhcp_check_sender(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	if (mac_equal(ctx->dhcp.chaddr, cfg->uplink_mac))
		return DROP_DHCP_FORGED;
	mn_dhcp_options(env, ctx);
	return mn_dhcp_release(env, ctx);
}

/* A fragmented request passes unchanged, but its first fragment must hold all that mn_dhcp_check_sender() needs. */
MN_STAGE(mn_dhcp_fragment)
{
	const struct mn_config *cfg = mn_config_get(env);
	uint32_t off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr);
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	if (be16(ctx->ip4.frag) & IP4_FRAG_OFFSET)
		return NOT_DROPPED;
	if (off + DHCP4_OFF_OPTS > ctx->l3_end || mn_load(env, off, &ctx->dhcp, sizeof(ctx->dhcp)))
		return DROP_DHCP_FORGED;
	if (ctx->dhcp.op != DHCP4_REQUEST_OP)
		return NOT_DROPPED;
	ret = mn_dhcp_check_sender(env, cfg, ctx);
	if (ret)
		return ret;
	return ctx->dhcp_opts.type ? NOT_DROPPED : DROP_DHCP_FORGED;
}

/* Binds the transaction to the guest, with the client's flags, and forgets an earlier answer. */
MN_FN int mn_dhcp_remember(MN_ENV env, struct mn_context *ctx, uint16_t flags)
{
	struct mn_binding *xid;
	int ret;

	mn_key_dhcp_xid(ctx);
	ret = mn_remember(env, ctx, flags);
	if (ret)
		return ret;
	xid = mn_find(env, &ctx->key);
	if (xid && xid->kind == MN_GUEST && xid->port == ctx->port)
		xid->in_peer = 0;
	return NOT_DROPPED;
}

/* A message for DHCP clients, in its first fragment or whole: the guest acts as a DHCP server (rule 31). */
MN_FN int mn_dhcp_server_out(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	if ((be16(ctx->ip4.frag) & IP4_FRAG_OFFSET) ||
	    mn_load(env, (uint32_t)ctx->l4 + sizeof(struct udp_hdr), ctx->opt, 1) || ctx->opt[0] != DHCP4_REPLY_OP)
		return NOT_DROPPED;
	ctx->is_service = 1;
	return cfg->guest_services == MN_SERVICES_DROP ? DROP_GUEST_SERVICE : NOT_DROPPED;
}

/*
 * A guest's request (rule 13): its answer must be a broadcast, because the access point does not pass a unicast to the
 * guest's own address. Renewals (ciaddr), relayed requests (giaddr) and all other messages stay unchanged. The
 * transaction is remembered with the client's flags.
 */
MN_STAGE(mn_dhcp_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	uint32_t off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr);
	uint16_t flags;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	if (be16(ctx->udp.dport) == DHCP4_CLIENT_PORT)
		return mn_dhcp_server_out(env, cfg, ctx);
	if (ctx->fragment)
		return mn_dhcp_fragment(env, ctx);
	ret = mn_dhcp_read(env, ctx, DHCP4_SERVER_PORT, DHCP4_REQUEST_OP);
	if (ret <= 0)
		return -ret;
	ret = mn_dhcp_check_sender(env, cfg, ctx);
	if (ret)
		return ret;
	if (be16(ctx->udp.sport) != DHCP4_CLIENT_PORT || be32(ctx->dhcp.giaddr) ||
	    ctx->dhcp_opts.type == DHCP4_RELEASE || ctx->dhcp_opts.type == DHCP4_DECLINE)
		return NOT_DROPPED;
	flags = be16(ctx->dhcp.flags);
	ret = mn_dhcp_remember(env, ctx, flags);
	if (ret || be32(ctx->dhcp.ciaddr))
		return ret;
	if (!(flags & DHCP4_BROADCAST))
		mn_dhcp_set_flags(ctx, off, flags | DHCP4_BROADCAST);
	if ((cfg->flags & MN_CONFIG_CHADDR) && mac_equal(ctx->dhcp.chaddr, ctx->eth.src))
		mn_edit(ctx, off + DHCP4_OFF_CHADDR, ctx->dhcp.chaddr, cfg->uplink_mac, MAC_LEN, mn_dhcp_csum_off(ctx),
			1);
	if (ctx->n_edits)
		mn_count_inc(env, MN_COUNT_DHCP);
	return NOT_DROPPED;
}

/*
 * Learns address and lease from an ACK (rule 14), in an exchange that this guest began and only for the first address
 * given in it. A refused claim is counted and reported; the answer itself passes.
 */
MN_FN void mn_dhcp_learn(MN_ENV env, struct mn_context *ctx, const struct mn_binding *guest, struct mn_binding *xid)
{
	uint32_t address = be32(ctx->dhcp.yiaddr);
	const struct mn_binding *holder;

	if (!xid || xid->port != guest->port || !mn_is_live_key(&ctx->key, xid, ctx->now) ||
	    (xid->in_peer && xid->in_peer != address))
		return;
	mn_dhcp_options(env, ctx);
	if (ctx->dhcp_opts.type != DHCP4_ACK || mn_ip4_is_bad_source(ctx->dhcp.yiaddr))
		return;
	/* No server offers an address of this host or of a gateway: the guest may not decline it, either (rule 14). */
	mn_key_ip4(&ctx->key, ctx->vlan, ctx->dhcp.yiaddr);
	holder = mn_find(env, &ctx->key);
	if (holder && holder->kind != MN_GUEST && holder->kind != MN_STATION)
		return;
	xid->in_peer = address;
	ctx->port = guest->port;
	mac_copy(ctx->claimant, guest->mac);
	mn_key_mac(&ctx->mac_key, ctx->vlan, guest->mac);
	ctx->learned_flags = MN_F_DHCP;
	if (ctx->dhcp_opts.lease && ctx->dhcp_opts.lease != 0xffffffff)
		ctx->lease_end = ctx->now + ctx->dhcp_opts.lease * MN_NS_PER_SEC;
	mn_claim_checked(env, ctx);
}

/*
 * A server's answer (rule 14): finds its guest by chaddr, then by the transaction, before any look at IP, and restores
 * the client's flags. Leaves ctx->send_to 0 for an answer to no guest. Returns a drop reason or NOT_DROPPED.
 */
MN_STAGE(mn_dhcp_in)
{
	const struct mn_config *cfg = mn_config_get(env);
	uint32_t off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr);
	struct mn_binding *xid, *guest;
	uint16_t flags;
	bool for_host;
	int ret = mn_dhcp_read(env, ctx, DHCP4_CLIENT_PORT, DHCP4_REPLY_OP);

	if (ret <= 0)
		return -ret;
	if (be16(ctx->udp.sport) != DHCP4_SERVER_PORT)
		return NOT_DROPPED;
	if (!cfg)
		return DROP_INTERNAL;
	for_host = mac_equal(ctx->dhcp.chaddr, cfg->uplink_mac);
	mn_key_dhcp_xid(ctx);
	xid = mn_find(env, &ctx->key);
	if (xid && xid->kind != MN_GUEST)
		xid = 0;
	if (for_host && !(cfg->flags & MN_CONFIG_CHADDR && xid))
		return NOT_DROPPED; /* for this host */
	guest = mn_find_guest(env, ctx, ctx->dhcp.chaddr);
	if (!guest)
		guest = xid;
	if (!guest)
		return NOT_DROPPED;
	ret = mn_send_guest(env, ctx, guest);
	if (ret)
		return ret;
	flags = be16(ctx->dhcp.flags);
	if (xid && mac_equal(xid->mac, guest->mac) && flags != (uint16_t)xid->aux) {
		mn_dhcp_set_flags(ctx, off, (uint16_t)xid->aux);
		mn_count_inc(env, MN_COUNT_DHCP);
	}
	if (for_host)
		mn_edit(ctx, off + DHCP4_OFF_CHADDR, ctx->dhcp.chaddr, guest->mac, MAC_LEN, mn_dhcp_csum_off(ctx), 1);
	mn_key_dhcp_xid(ctx);
	mn_dhcp_learn(env, ctx, guest, xid);
	return NOT_DROPPED;
}

/* Is this host's group frame a DHCP request? */
MN_STAGE(mn_is_dhcp_request)
{
	return !mn_ip4_read(env, ctx) && mn_maybe_dhcp(env, ctx) && be16(ctx->udp.dport) == DHCP4_SERVER_PORT;
}

/* IPv4 from a guest. */
MN_STAGE(mn_ip4_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *sender = 0;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_ip4_read(env, ctx);
	if (ret)
		return ret;
	if (be32(ctx->ip4.src) == 0 || ctx->proto == IPPROTO_N_VRRP) { /* VRRP and CARP teach nothing (rule 30) */
		ret = mn_claim_mac(env, ctx);
	} else if (mn_ip4_is_bad_source(ctx->ip4.src)) {
		ret = DROP_CLAIM_INVALID;
	} else {
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->ip4.src);
		ret = mn_claim(env, ctx, &sender);
	}
	if (ret)
		return ret;
	if (mn_maybe_dhcp(env, ctx)) {
		sender = 0; /* this message may release the binding */
		ret = mn_dhcp_out(env, ctx);
		if (ret)
			return ret;
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_send_group(env, cfg, ctx);
	if (!mac_equal(ctx->eth.dst, cfg->uplink_mac))
		return mn_send_unicast(env, cfg, ctx, 0, sender);
	return mn_send_unicast(env, cfg, ctx, mn_find_ip4(env, ctx, ctx->ip4.dst), sender);
}

/* IPv4 from the uplink. */
MN_STAGE(mn_ip4_in)
{
	struct mn_binding *binding;
	int ret;

	ret = mn_ip4_read(env, ctx);
	if (ret)
		return ret;
	binding = mac_is_group(ctx->eth.dst) ? 0 : mn_find_ip4(env, ctx, ctx->ip4.dst);
	if (!mn_is_known_peer(ctx, binding)) {
		ret = mn_wire_source(env, ctx);
		if (ret)
			return ret;
	}
	if (mn_maybe_dhcp(env, ctx)) {
		ret = mn_dhcp_in(env, ctx);
		if (ret || ctx->send_to)
			return ret;
		binding = mn_find_ip4(env, ctx, ctx->ip4.dst);
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_flood(env, ctx);
	if (binding && binding->kind == MN_GUEST)
		return mn_send_data(env, ctx, binding);
	if (mn_ip4_group_mac(ctx->ip4.dst, binding, ctx->opt))
		return mn_restore_group(env, ctx, ctx->opt);
	return mn_send_host_from_wire(env, ctx, binding);
}

#endif
