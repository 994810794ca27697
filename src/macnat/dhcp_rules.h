/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP for IPv4: rules 13 to 15. ip4_rules.h has read the IP header. */
#ifndef VIFI_MACNAT_DHCP_RULES_H
#define VIFI_MACNAT_DHCP_RULES_H

#include "macnat/arp_rules.h"
#include "macnat/dhcp_options.h"

/*
 * Reads a complete, unfragmented DHCP message to the given port into ctx->udp and ctx->dhcp (rule 13: at the actual
 * length of the IP header). Returns 1 for such a message, 0 for any other packet, or a negative drop reason. A server with a
 * packet socket may ignore the length in the UDP header: a request with a wrong one is none that a client sends.
 */
MN_FN int mn_dhcp_read(MN_ENV env, struct mn_context *ctx, uint16_t dport, uint8_t op)
{
	uint32_t off = ctx->l4, ulen, sum;

	if (ctx->proto != IPPROTO_N_UDP || ctx->fragment || ctx->gso || mn_load(env, off, &ctx->udp, sizeof(ctx->udp)))
		return 0;
	if (be16(ctx->udp.dport) != dport)
		return 0;
	if (mn_load(env, off + sizeof(ctx->udp) + DHCP4_OFF_COOKIE, ctx->opt, 4) || be32(ctx->opt) != DHCP4_COOKIE)
		return 0;
	if (mn_load(env, off + sizeof(ctx->udp), &ctx->dhcp, sizeof(ctx->dhcp)) || ctx->dhcp.op != op)
		return 0;
	ulen = be16(ctx->udp.len);
	if (ulen < sizeof(ctx->udp) + DHCP4_OFF_OPTS || off + ulen > ctx->l3_end)
		return op == DHCP4_REQUEST_OP ? -DROP_DHCP_FORGED : 0;
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
 * The key of a transaction: its number alone does not tell clients apart. They choose it, and some from the clock, so that
 * several that start together choose the same (RFC 2131, 4.1). chaddr: as the server knows the client.
 */
MN_FN void mn_key_dhcp_xid(struct mn_context *ctx, const uint8_t *chaddr)
{
	mn_key_init(&ctx->key, MN_DHCP_XID, ctx->vlan);
	__builtin_memcpy(ctx->key.addr, ctx->dhcp.xid, 4);
	__builtin_memcpy(ctx->key.addr + 4, chaddr, MAC_LEN);
}

/*
 * Does rewrite-chaddr apply to this request? The chaddr of a client behind the guest belongs to that client, not to the
 * guest, and stays.
 */
MN_FN bool mn_dhcp_is_rewritten(const struct mn_config *cfg, const struct mn_context *ctx)
{
	return (cfg->flags & MN_CONFIG_CHADDR) && be16(ctx->udp.sport) == DHCP4_CLIENT_PORT &&
	       !be32(ctx->dhcp.giaddr) && mac_equal(ctx->dhcp.chaddr, ctx->eth.src);
}

/* The chaddr of a guest's request as it leaves. */
MN_FN const uint8_t *mn_dhcp_chaddr_out(const struct mn_config *cfg, const struct mn_context *ctx)
{
	return mn_dhcp_is_rewritten(cfg, ctx) ? cfg->uplink_mac : ctx->dhcp.chaddr;
}

MN_FN uint32_t mn_dhcp_csum_off(const struct mn_context *ctx)
{
	return be16(ctx->udp.csum) ? (uint32_t)ctx->l4 + 6 : 0;
}

MN_FN void mn_dhcp_set_flags(struct mn_context *ctx, uint32_t off, uint16_t flags)
{
	put_be16(ctx->opt, flags);
	mn_edit(ctx, off + DHCP4_OFF_FLAGS, ctx->dhcp.flags, ctx->opt, 2, mn_dhcp_csum_off(ctx), MN_CSUM_UDP);
}

MN_FN void mn_dhcp_set_chaddr(struct mn_context *ctx, uint32_t off, const uint8_t *mac)
{
	mn_edit(ctx, off + DHCP4_OFF_CHADDR, ctx->dhcp.chaddr, mac, MAC_LEN, mn_dhcp_csum_off(ctx), MN_CSUM_UDP);
}

/*
 * Does the sender's port own ctx->key? A tentative claim does not count, because this very message may have made it;
 * but a lease may be released at once.
 */
MN_FN bool mn_dhcp_is_owner(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *binding = mn_find(env, &ctx->key);

	return binding && binding->kind == MN_GUEST && binding->port == ctx->port &&
	       ((binding->flags & MN_F_DHCP) || !mn_is_tentative(binding, ctx->now));
}

/* Has the server given this address to the sender in the transaction of the message? It may decline it then. */
MN_FN bool mn_dhcp_was_offered(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	const struct mn_binding *xid;

	mn_key_dhcp_xid(ctx, mn_dhcp_chaddr_out(cfg, ctx));
	xid = mn_find(env, &ctx->key);
	return xid && xid->kind == MN_GUEST && xid->port == ctx->port && xid->in_peer == be32(ctx->dhcp_opts.requested);
}

/* The guest on another port whose MAC address chaddr is; NULL: none. Changes ctx->key. */
MN_FN const struct mn_binding *mn_dhcp_other_client(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *client = mn_find_guest(env, ctx, ctx->dhcp.chaddr);

	return client && client->port != ctx->port ? client : 0;
}

/*
 * RELEASE and DECLINE end a binding, and only the owner of the address may send them: the server knows all guests by
 * the uplink MAC or believes the chaddr of the message (rule 14). The options are read.
 */
MN_FN int mn_dhcp_release(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
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
	return ctx->dhcp_opts.type == DHCP4_DECLINE && mn_dhcp_was_offered(env, cfg, ctx) &&
			       !mn_dhcp_other_client(env, ctx)
		       ? NOT_DROPPED
		       : DROP_DHCP_FORGED;
}

/* Rule 14: no guest may ask in the name of this host or of a guest on another port, or end the lease of another. */
MN_FN int mn_dhcp_check_sender(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	if (mac_equal(ctx->dhcp.chaddr, cfg->uplink_mac))
		return DROP_DHCP_FORGED;
	if (!be32(ctx->dhcp.giaddr) && !mac_equal(ctx->dhcp.chaddr, ctx->eth.src)) {
		const struct mn_binding *other = mn_dhcp_other_client(env, ctx);

		if (other && mn_is_live(cfg, other, ctx->now))
			return DROP_DHCP_FORGED;
	}
	mn_dhcp_options(env, ctx);
	if (ctx->dhcp_opts.is_ambiguous || (!ctx->dhcp_opts.is_complete && !ctx->fragment))
		return DROP_DHCP_FORGED;
	/* The next fragment may hold another type. A RELEASE names the address here, a DECLINE of it needs a lease. */
	if (!ctx->dhcp_opts.is_complete && be32(ctx->dhcp.ciaddr)) {
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->dhcp.ciaddr);
		if (!mn_dhcp_is_owner(env, ctx))
			return DROP_DHCP_FORGED;
	}
	return mn_dhcp_release(env, cfg, ctx);
}

/*
 * A fragmented request passes unchanged, except that with rewrite-chaddr it would have another identity. Its first
 * fragment must hold all that mn_dhcp_check_sender() needs.
 */
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
	if (!ctx->dhcp_opts.type)
		return DROP_DHCP_FORGED;
	return mn_dhcp_is_rewritten(cfg, ctx) ? DROP_DHCP_IDENTITY : NOT_DROPPED;
}

/* Reports how the guest names itself. The name is a guest's word; user space shows it, and no rule uses it. */
MN_STAGE(mn_dhcp_report_name)
{
	uint32_t off = ctx->dhcp_opts.name, len;

	if (mn_load(env, off, ctx->opt, 2))
		return 0;
	len = ctx->opt[1];
	if (len >= MN_NAME_MAX)
		len = MN_NAME_MAX - 1;
	__builtin_memset(ctx->event.name, 0, sizeof(ctx->event.name));
	if (mn_load_some(env, off + 2, ctx->event.name, len))
		return 0;
	ctx->event.name_len = (uint8_t)len;
	mn_report_event(env, ctx, MN_EV_NAME, (uint16_t)ctx->dhcp_opts.name_code, &ctx->mac_key, 0);
	return 0;
}

/*
 * Binds the transaction to the guest, with the client's flags and address, and forgets an earlier answer. A new transaction
 * tells the guest's name: so the limit of new bindings limits these reports. Two guests cannot have one transaction at the
 * same time where both have the uplink's chaddr: the answer to one would reach the other.
 */
MN_FN int mn_dhcp_remember(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, uint32_t aux)
{
	struct mn_binding *xid;
	bool known;
	int ret;

	mn_key_dhcp_xid(ctx, mn_dhcp_chaddr_out(cfg, ctx));
	xid = mn_find(env, &ctx->key);
	known = xid;
	/* Within a port mn_remember() would move it. */
	if (xid && mn_dhcp_is_rewritten(cfg, ctx) && !mac_equal(xid->mac, ctx->claimant) &&
	    mn_is_live_key(&ctx->key, xid, ctx->now))
		return DROP_DHCP_IDENTITY;
	ret = mn_remember(env, ctx, aux);
	if (ret)
		return ret;
	xid = mn_find(env, &ctx->key);
	if (!xid || xid->kind != MN_GUEST || xid->port != ctx->port)
		return mn_dhcp_is_rewritten(cfg, ctx) ? DROP_DHCP_IDENTITY : NOT_DROPPED;
	xid->in_peer = 0;
	xid->out_peer = be32(ctx->dhcp.ciaddr);
	if (!known && ctx->dhcp_opts.name && mac_equal(ctx->dhcp.chaddr, ctx->eth.src))
		mn_dhcp_report_name(env, ctx);
	return NOT_DROPPED;
}

/* Writes the client identifier that vifi adds for a guest: its MAC address (RFC 2132, 9.14). */
MN_FN void mn_dhcp_client_id(uint8_t *option, const uint8_t *mac)
{
	option[0] = DHCP4_OPT_CLIENT_ID;
	option[1] = 1 + MAC_LEN;
	option[2] = 1; /* Ethernet */
	__builtin_memcpy(option + 3, mac, MAC_LEN);
}

/* An edit must begin at an even offset of the datagram, because its checksum sums words of two bytes. */
MN_FN uint32_t mn_dhcp_even(const struct mn_context *ctx, uint32_t off)
{
	return off - ((off - ctx->l4) & 1);
}

/* Writes a longer message into the headers of UDP, which counts its length twice in the checksum, and of IP. */
MN_FN void mn_dhcp_set_length(struct mn_context *ctx, uint32_t end)
{
	uint32_t csum = mn_dhcp_csum_off(ctx);

	put_be16(ctx->opt, (uint16_t)(end - ctx->l4));
	mn_edit(ctx, (uint32_t)ctx->l4 + 4, ctx->udp.len, ctx->opt, 2, csum, MN_CSUM_UDP);
	if (csum)
		mn_edit(ctx, (uint32_t)ctx->l4 + 4, ctx->udp.len, ctx->opt, 2, csum, MN_CSUM_UDP | MN_CSUM_PSEUDO);
	if (end <= ctx->l3_end)
		return;
	put_be16(ctx->opt, (uint16_t)(end - ctx->l3));
	mn_edit(ctx, (uint32_t)ctx->l3 + 2, ctx->ip4.len, ctx->opt, 2, (uint32_t)ctx->l3 + 10, MN_CSUM_IP4);
	if (end > ctx->len)
		ctx->grow_to = end;
}

/*
 * Writes a client identifier at the end of the options, with a new end option and a pad or two, in place of padding or
 * beyond the end of the message, which then grows by at most 12 bytes (rule 15). A server that tells clients apart by
 * chaddr alone could not tell guests apart that all have the uplink's (RFC 2131, 4.2). Returns a drop reason or NOT_DROPPED.
 */
MN_STAGE(mn_dhcp_add_client_id)
{
	uint32_t csum = mn_dhcp_csum_off(ctx), end = mn_dhcp_end(ctx), at = ctx->dhcp_opts.end, start, present;
	uint8_t *old = ctx->chunk, *new = ctx->chunk + 32;

	if (!at)
		return DROP_DHCP_IDENTITY;
	start = mn_dhcp_even(ctx, at);
	present =
		end - start < 12 ? end - start : 12; /* bytes of the message that are replaced; no others are summed */
	__builtin_memset(ctx->chunk, 0, sizeof(ctx->chunk));
	if (present && mn_load_some(env, start, old, present))
		return DROP_DHCP_IDENTITY;
	if (at == start) {
		mn_dhcp_client_id(new, ctx->eth.src);
		new[9] = DHCP4_OPT_END;
	} else {
		new[0] = old[0];
		mn_dhcp_client_id(new + 1, ctx->eth.src);
		new[10] = DHCP4_OPT_END;
	}
	mn_edit(ctx, start, old, new, 8, csum, MN_CSUM_UDP);
	mn_edit(ctx, start + 8, old + 8, new + 8, 4, csum, MN_CSUM_UDP);
	if (start + 12 > end)
		mn_dhcp_set_length(ctx, start + 12);
	return NOT_DROPPED;
}

/* With rewrite-chaddr a guest has one identity in all its messages, from DISCOVER to RELEASE (RFC 2131, 4.2 and 4.4.5). */
MN_FN int mn_dhcp_rewrite(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, uint32_t off)
{
	mn_dhcp_set_chaddr(ctx, off, cfg->uplink_mac);
	if (ctx->dhcp_opts.client_id)
		return NOT_DROPPED;
	if (mn_dhcp_add_client_id(env, ctx) || !mn_fits_uplink(env, cfg, ctx))
		return DROP_DHCP_IDENTITY;
	return NOT_DROPPED;
}

/* In the answer pads replace a client identifier that the guest has not sent, which it may not accept (RFC 6842, 3). */
MN_STAGE(mn_dhcp_hide_client_id)
{
	uint32_t off = ctx->dhcp_opts.client_id, start = mn_dhcp_even(ctx, off);
	uint8_t *old = ctx->chunk, *new = ctx->chunk + 32, *option = ctx->chunk + 16;
	bool even = start == off;

	__builtin_memset(ctx->chunk, 0, sizeof(ctx->chunk));
	if (start + 10 > mn_dhcp_end(ctx) || mn_load(env, start, old, 10))
		return 0;
	mn_dhcp_client_id(option, ctx->claimant);
	for (uint32_t i = 0; i < 9; i++)
		if (old[even ? i : i + 1] != option[i])
			return 0;
	if (even)
		new[9] = old[9];
	else
		new[0] = old[0];
	mn_edit(ctx, start, old, new, 8, mn_dhcp_csum_off(ctx), MN_CSUM_UDP);
	mn_edit(ctx, start + 8, old + 8, new + 8, 2, mn_dhcp_csum_off(ctx), MN_CSUM_UDP);
	return 0;
}

/*
 * A message for DHCP clients, or for a relay agent (RFC 2131, 4.1), in its first fragment or whole: its sender is a DHCP server
 * (rule 31). Of a frame that will be segmented only the first message is seen, and no server sends such frames to clients.
 */
MN_FN bool mn_is_dhcp_reply(MN_ENV env, struct mn_context *ctx)
{
	return !(be16(ctx->ip4.frag) & IP4_FRAG_OFFSET) &&
	       ((ctx->gso && be16(ctx->udp.dport) == DHCP4_CLIENT_PORT) ||
		(!mn_load(env, (uint32_t)ctx->l4 + sizeof(struct udp_hdr), ctx->opt, 1) &&
		 ctx->opt[0] == DHCP4_REPLY_OP));
}

/* The same for any packet whose IP header was read. */
MN_FN bool mn_is_dhcp_server(MN_ENV env, struct mn_context *ctx)
{
	return mn_maybe_dhcp(env, ctx) && be16(ctx->udp.dport) == DHCP4_CLIENT_PORT && mn_is_dhcp_reply(env, ctx);
}

/*
 * A guest's request (rule 13): its answer must be a broadcast, because the access point does not pass a unicast to the
 * guest's own address. That is so in a renewal, too: some servers send its answer to chaddr. Relayed requests (giaddr) and
 * all other messages stay unchanged. The transaction is remembered with the client's flags.
 */
MN_STAGE(mn_dhcp_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	uint32_t off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr);
	bool rewritten, added;
	uint16_t flags;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	if (mn_is_dhcp_reply(env, ctx))
		return mn_check_service(cfg, ctx);
	if (be16(ctx->udp.dport) == DHCP4_CLIENT_PORT)
		return NOT_DROPPED;
	if (ctx->fragment)
		return mn_dhcp_fragment(env, ctx);
	if (ctx->gso)
		return DROP_DHCP_FORGED;
	ret = mn_dhcp_read(env, ctx, DHCP4_SERVER_PORT, DHCP4_REQUEST_OP);
	if (ret <= 0)
		return -ret;
	ret = mn_dhcp_check_sender(env, cfg, ctx);
	if (ret)
		return ret;
	if (be16(ctx->udp.sport) != DHCP4_CLIENT_PORT || be32(ctx->dhcp.giaddr))
		return NOT_DROPPED;
	rewritten = mn_dhcp_is_rewritten(cfg, ctx);
	if (ctx->dhcp_opts.type != DHCP4_RELEASE && ctx->dhcp_opts.type != DHCP4_DECLINE) { /* these have no answer */
		flags = be16(ctx->dhcp.flags);
		added = rewritten && !ctx->dhcp_opts.client_id;
		ret = mn_dhcp_remember(env, cfg, ctx, flags | (added ? MN_XID_ADDED_ID : 0));
		if (ret)
			return ret;
		if (!(flags & DHCP4_BROADCAST))
			mn_dhcp_set_flags(ctx, off, flags | DHCP4_BROADCAST);
	}
	ret = rewritten ? mn_dhcp_rewrite(env, cfg, ctx, off) : NOT_DROPPED;
	if (!ret && ctx->n_edits)
		mn_count_inc(env, MN_COUNT_DHCP);
	return ret;
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
 * Restores what the answer would be without vifi: the client's flags; the destination ciaddr, where the server broadcasts
 * because of the flag (RFC 2131, 4.1), since the socket of a client that renews may be bound to it; and the identity that
 * the guest has sent. The options are read.
 */
MN_STAGE(mn_dhcp_restore)
{
	uint32_t off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr), csum = mn_dhcp_csum_off(ctx);
	const struct mn_config *cfg = mn_config_get(env);
	const struct mn_binding *xid = mn_find(env, &ctx->key);

	if (!cfg || !xid)
		return 0;
	if (mac_equal(ctx->dhcp.chaddr, cfg->uplink_mac))
		mn_dhcp_set_chaddr(ctx, off, ctx->claimant);
	if (!mac_equal(xid->mac, ctx->claimant))
		return 0;
	if (be16(ctx->dhcp.flags) != (uint16_t)xid->aux)
		mn_dhcp_set_flags(ctx, off, (uint16_t)xid->aux);
	if (xid->out_peer && be32(ctx->ip4.dst) == 0xffffffff && ctx->dhcp_opts.type != DHCP4_NAK) {
		put_be32(ctx->opt, (uint32_t)xid->out_peer);
		mn_edit(ctx, (uint32_t)ctx->l3 + 16, ctx->ip4.dst, ctx->opt, 4, (uint32_t)ctx->l3 + 10, MN_CSUM_IP4);
		if (csum)
			mn_edit(ctx, (uint32_t)ctx->l3 + 16, ctx->ip4.dst, ctx->opt, 4, csum,
				MN_CSUM_UDP | MN_CSUM_PSEUDO);
	}
	if ((xid->aux & MN_XID_ADDED_ID) && ctx->dhcp_opts.client_id)
		mn_dhcp_hide_client_id(env, ctx);
	if (ctx->n_edits > 1) /* more than the guest's MAC address */
		mn_count_inc(env, MN_COUNT_DHCP);
	return 0;
}

/* Notes for `vifi why` that the guest was answered, how, and by whom: the sender is the server, or a relay agent. */
MN_FN void mn_dhcp_note_answer(const struct mn_context *ctx, const struct mn_binding *guest, struct mn_binding *xid)
{
	if (!xid || xid->port != guest->port)
		return;
	xid->in_peer_seen = ctx->now;
	xid->peer_generation = be32(ctx->ip4.src);
	xid->aux = (xid->aux & ((1u << MN_XID_TYPE_SHIFT) - 1)) | (uint32_t)ctx->dhcp_opts.type << MN_XID_TYPE_SHIFT;
}

/* Notes the transaction of an answer for this host: a guest's, if a server takes the uplink's MAC address for its client. */
MN_FN void mn_dhcp_note_astray(MN_ENV env, const struct mn_context *ctx)
{
	struct mn_port *uplink = mn_port_find(env, ctx->port);

	if (uplink)
		uplink->host_xid = be32(ctx->dhcp.xid);
}

/*
 * A server's answer (rule 14): finds its guest by chaddr, then by the transaction, before any look at IP, and restores
 * the answer. Leaves ctx->send_to 0 for an answer to no guest. Returns a drop reason or NOT_DROPPED.
 */
MN_STAGE(mn_dhcp_in)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *xid, *guest;
	bool for_host;
	int ret = mn_dhcp_read(env, ctx, DHCP4_CLIENT_PORT, DHCP4_REPLY_OP);

	if (ret <= 0)
		return -ret;
	if (be16(ctx->udp.sport) != DHCP4_SERVER_PORT)
		return NOT_DROPPED;
	if (!cfg)
		return DROP_INTERNAL;
	for_host = mac_equal(ctx->dhcp.chaddr, cfg->uplink_mac);
	mn_key_dhcp_xid(ctx, ctx->dhcp.chaddr);
	xid = mn_find(env, &ctx->key);
	if (xid && xid->kind != MN_GUEST)
		xid = 0;
	if (for_host && !((cfg->flags & MN_CONFIG_CHADDR) && xid && mn_is_live_key(&ctx->key, xid, ctx->now))) {
		mn_dhcp_note_astray(env, ctx);
		return NOT_DROPPED; /* for this host */
	}
	guest = mn_find_guest(env, ctx, ctx->dhcp.chaddr);
	if (!guest)
		guest = xid;
	if (!guest)
		return NOT_DROPPED;
	ret = mn_send_guest(env, ctx, guest);
	if (ret)
		return ret;
	mac_copy(ctx->claimant, guest->mac);
	mn_dhcp_options(env, ctx);
	mn_key_dhcp_xid(ctx, ctx->dhcp.chaddr);
	mn_dhcp_note_answer(ctx, guest, xid);
	mn_dhcp_restore(env, ctx);
	mn_dhcp_learn(env, ctx, guest, xid);
	return NOT_DROPPED;
}

#endif
