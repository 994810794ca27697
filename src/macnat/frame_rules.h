/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common to all rules: bounded reading of the Ethernet and IP headers, edits, and the destination of unicast frames. */
#ifndef VIFI_MACNAT_FRAME_RULES_H
#define VIFI_MACNAT_FRAME_RULES_H

#include "macnat/station_rules.h"
#include "wire/be.h"

#define MN_NO_END 0xffffffffu /* the packet will be segmented: its length field does not bound it */

/*
 * Adds the edit of len (2, 4, 6 or 8) bytes at off. csum: offset of the checksum that covers them, or 0, with its
 * MN_CSUM_… flags. Callers bound the number of their edits; an excess edit is a defect and drops the frame, so that no address
 * leaks.
 */
MN_FN void mn_edit(struct mn_context *ctx, uint32_t off, const uint8_t *from, const uint8_t *to, uint8_t len,
		   uint32_t csum, uint8_t csum_flags)
{
	uint32_t count = ctx->n_edits;
	uint64_t old = 0, new = 0;
	struct mn_edit *edit;

	/* In a register: Linux 6.1 does not apply what the comparison shows to an earlier copy on the stack. */
	asm volatile("" : "+r"(count));
	if (count >= MN_EDITS) {
		ctx->drop = DROP_INTERNAL;
		return;
	}
	edit = &ctx->edits[count];
	edit->off = (uint16_t)off;
	edit->csum_off = (uint16_t)csum;
	edit->len = len;
	edit->csum_flags = csum_flags;
	edit->zero[0] = edit->zero[1] = 0;
	if (len == MAC_LEN) {
		old = mac_to_u64(from);
		new = mac_to_u64(to);
	} else if (len == 8) {
		__builtin_memcpy(&old, from, 8);
		__builtin_memcpy(&new, to, 8);
	} else if (len == 4) {
		__builtin_memcpy(&old, from, 4);
		__builtin_memcpy(&new, to, 4);
	} else {
		__builtin_memcpy(&old, from, 2);
		__builtin_memcpy(&new, to, 2);
	}
	__builtin_memcpy(edit->old, &old, sizeof(old)); /* as one word (see mn_key_set) */
	__builtin_memcpy(edit->new, &new, sizeof(new));
	ctx->n_edits = count + 1;
}

/* The frame keeps its bytes after all. */
MN_FN void mn_discard_edits(struct mn_context *ctx)
{
	ctx->n_edits = 0;
	ctx->grow_to = 0;
}

MN_FN void mn_edit_mac(struct mn_context *ctx, uint32_t off, const uint8_t *from, const uint8_t *to, uint32_t csum)
{
	mn_edit(ctx, off, from, to, MAC_LEN, csum, 0);
}

MN_FN void mn_set_dst(struct mn_context *ctx, const uint8_t *mac)
{
	mn_edit_mac(ctx, 0, ctx->eth.dst, mac, 0);
}

MN_FN void mn_set_src(struct mn_context *ctx, const uint8_t *mac)
{
	mn_edit_mac(ctx, ETHER_ALEN, ctx->eth.src, mac, 0);
}

MN_FN bool mn_is_vlan_type(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN || type == ETHERTYPE_QINQ_OLD;
}

/* Reads len bytes after the Ethernet header and its tag. Most frames have no tag; a constant offset is cheaper. */
MN_FN int mn_load_l3(MN_ENV env, const struct mn_context *ctx, void *to, uint32_t len)
{
	return ctx->l3 == ETHER_HLEN ? mn_load(env, ETHER_HLEN, to, len) : mn_load(env, ctx->l3, to, len);
}

/*
 * An 802.3 frame with LLC and SNAP (RFC 1042, or 802.1H's bridge tunnel) looks on Wi-Fi like the Ethernet II frame of
 * its inner type: there all frames have SNAP. It is treated as that frame; otherwise a guest could hide ARP or EAPOL.
 */
MN_FN void mn_parse_snap(MN_ENV env, struct mn_context *ctx)
{
	const uint8_t *snap = ctx->opt;

	ctx->type = 0;
	if (mn_load(env, ctx->l3, ctx->opt, SNAP_HLEN) || be16(snap) != 0xaaaa || be16(snap + 2) != 0x0300 ||
	    snap[4] != 0 || (snap[5] != 0 && snap[5] != 0xf8))
		return;
	ctx->snap_len = SNAP_HLEN;
	ctx->l3 = (uint16_t)(ctx->l3 + SNAP_HLEN);
	ctx->type = be16(snap + 6);
	if (mn_is_vlan_type(ctx->type))
		ctx->tagged = ctx->nested = 1;
	if (ctx->type < ETHER_TYPE_MIN)
		ctx->type = 0;
}

/* Reads the Ethernet header and at most one tag; a second tag only sets ctx->nested. */
MN_FN int mn_parse_ether(MN_ENV env, struct mn_context *ctx)
{
	if (mn_load(env, 0, &ctx->eth, sizeof(ctx->eth)))
		return DROP_TRUNCATED;
	ctx->type = be16(ctx->eth.type);
	ctx->l3 = ETHER_HLEN;
	ctx->l3_end = MN_NO_END;
	if (ctx->tci) {
		ctx->tagged = 1;
		ctx->vlan = ctx->tci & 0xfff;
	}
	if (mn_is_vlan_type(ctx->type)) {
		if (mn_load(env, ETHER_HLEN, ctx->opt, 4))
			return DROP_TRUNCATED;
		if (ctx->tagged)
			ctx->nested = 1;
		ctx->tagged = 1;
		ctx->vlan = be16(ctx->opt) & 0xfff;
		ctx->type = be16(ctx->opt + 2);
		ctx->l3 = ETHER_HLEN + ETHER_VLAN_HLEN;
		if (mn_is_vlan_type(ctx->type))
			ctx->nested = 1;
	}
	if (ctx->type < ETHER_TYPE_MIN)
		mn_parse_snap(env, ctx);
	return NOT_DROPPED;
}

/* Rule 23: frames of link-local protocols. 01:80:c2:00:00:00 to :0f are never forwarded (IEEE 802.1Q, 8.6.3). */
MN_FN bool mn_is_link_control(const struct mn_context *ctx)
{
	const uint8_t *dst = ctx->eth.dst;

	if (ctx->type == ETHERTYPE_EAPOL || ctx->type == ETHERTYPE_PREAUTH || ctx->type == ETHERTYPE_TDLS ||
	    ctx->type == ETHERTYPE_LLDP)
		return true;
	return dst[0] == 0x01 && dst[1] == 0x80 && dst[2] == 0xc2 && dst[3] == 0 && dst[4] == 0 && dst[5] < 0x10;
}

/* Rule 22: may frames with this tag cross the uplink? */
MN_FN int mn_vlan_check(const struct mn_config *cfg, const struct mn_context *ctx)
{
	if (!ctx->tagged)
		return NOT_DROPPED;
	if (ctx->nested)
		return DROP_VLAN_NESTED;
	return cfg->vlans[(ctx->vlan >> 6) & 63] >> (ctx->vlan & 63) & 1 ? NOT_DROPPED : DROP_VLAN;
}

MN_FN uint16_t mn_sum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

#define MN_SUM_CHUNK  64
#define MN_SUM_CHUNKS 32 /* 2 KiB: longer than any neighbour discovery or DHCP message on Ethernet */

/*
 * Adds ctx->sum_len bytes at ctx->sum_off to ctx->sum, in 64-byte steps. Returns 0, or -1 if they do not fit the frame
 * or the limit.
 */
MN_STAGE(mn_sum_frame)
{
	uint32_t off = ctx->sum_off, len = ctx->sum_len;

	for (int i = 0; i < MN_SUM_CHUNKS && len >= MN_SUM_CHUNK; i++) {
		if (mn_load(env, off, ctx->chunk, MN_SUM_CHUNK))
			return -1;
		ctx->sum = mn_sum(ctx->chunk, MN_SUM_CHUNK, ctx->sum);
		off += MN_SUM_CHUNK;
		len -= MN_SUM_CHUNK;
	}
	if (len >= MN_SUM_CHUNK)
		return -1;
	if (len) {
		__builtin_memset(ctx->chunk, 0, sizeof(ctx->chunk));
		if (mn_load_some(env, off, ctx->chunk, len))
			return -1;
		ctx->sum = mn_sum(ctx->chunk, MN_SUM_CHUNK, ctx->sum);
	}
	return 0;
}

/*
 * Verifies the checksum of the transport message at off. pseudo is the sum of its pseudo header, field the checksum in
 * the frame (network order). A sender with checksum offload leaves the sum of the pseudo header in the field, for the
 * hardware to complete (CHECKSUM_PARTIAL): that is valid too.
 */
MN_FN bool mn_checksum_ok(MN_ENV env, struct mn_context *ctx, uint32_t off, uint32_t len, uint32_t pseudo,
			  const uint8_t *field)
{
	uint16_t partial = mn_sum_fold(pseudo), actual;

	__builtin_memcpy(&actual, field, 2);
	if (actual == partial)
		return true;
	ctx->sum_off = off;
	ctx->sum_len = len;
	ctx->sum = pseudo;
	return mn_sum_frame(env, ctx) == 0 && mn_sum_fold(ctx->sum) == 0xffff;
}

/* Finds the binding of an IP address or of its pinned network; leaves the key in ctx->key. */
MN_FN struct mn_binding *mn_find_ip4(MN_ENV env, struct mn_context *ctx, const uint8_t *addr)
{
	mn_key_ip4(&ctx->key, ctx->vlan, addr);
	return mn_find_owner(env, ctx);
}

MN_FN struct mn_binding *mn_find_ip6(MN_ENV env, struct mn_context *ctx, const uint8_t *addr)
{
	mn_key_ip6(&ctx->key, ctx->vlan, addr);
	return mn_find_owner(env, ctx);
}

/* Finds the binding of a guest's MAC address; leaves the key in ctx->key. */
MN_FN struct mn_binding *mn_find_guest(MN_ENV env, struct mn_context *ctx, const uint8_t *mac)
{
	struct mn_binding *binding;

	mn_key_mac(&ctx->key, ctx->vlan, mac);
	binding = mn_find(env, &ctx->key);
	return binding && binding->kind == MN_GUEST ? binding : 0;
}

/* Rule 30: the MAC addresses of one port are one party, and a guest may name only those as its own. */
MN_FN bool mn_is_own_mac(MN_ENV env, struct mn_context *ctx, const uint8_t *mac)
{
	const struct mn_binding *binding;

	if (mac_equal(mac, ctx->eth.src))
		return true;
	binding = mn_find_guest(env, ctx, mac);
	return binding && binding->port == ctx->port;
}

/*
 * Rule 10: a message from the uplink names `mac` as its sender's. Does this address exist on this side only, so that
 * the message is a proxy's or forged? That is so for the uplink's address, and for that of a live guest unless it is
 * the source of the frame, which mn_wire_source() has checked.
 */
MN_FN bool mn_is_named_here(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, const uint8_t *mac)
{
	if (mac_equal(mac, cfg->uplink_mac))
		return true;
	return !mac_equal(mac, ctx->eth.src) && !mn_is_virtual_mac(mac) &&
	       mn_is_live_guest(cfg, mn_find_guest(env, ctx, mac), ctx->now);
}

/* Rule 26: does the frame fit the uplink? The kernel checks segments. */
MN_FN bool mn_fits_uplink(MN_ENV env, const struct mn_config *cfg, const struct mn_context *ctx)
{
	if (ctx->gso)
		return mn_fits(env, cfg->uplink);
	return (ctx->grow_to ? ctx->grow_to : ctx->len) <= (uint32_t)ctx->l3 - ctx->snap_len + cfg->mtu;
}

/*
 * The frame is a service of a router or DHCP server, of a guest or of this host's bridge (port 0). Returns whether it goes
 * nowhere.
 */
MN_FN int mn_check_service(const struct mn_config *cfg, struct mn_context *ctx)
{
	ctx->is_service = 1;
	return ctx->port && cfg->guest_services == MN_SERVICES_DROP ? DROP_GUEST_SERVICE : NOT_DROPPED;
}

/* Sends the frame out of the uplink, with the uplink MAC as source; services of guests stay here (rule 31). */
MN_STAGE(mn_send_uplink)
{
	const struct mn_config *cfg = mn_config_get(env);

	if (!cfg)
		return DROP_INTERNAL;
	if (ctx->is_service && !ctx->port)
		return DROP_HOST_SERVICE;
	if (ctx->is_service && cfg->guest_services != MN_SERVICES_ALL)
		return DROP_GUEST_SERVICE;
	if (!mn_fits_uplink(env, cfg, ctx))
		return DROP_MTU;
	mn_set_src(ctx, cfg->uplink_mac);
	ctx->send_to = MN_TO_UPLINK;
	mn_count_inc(env, MN_COUNT_OUT);
	return NOT_DROPPED;
}

/* A guest's group frame: the host gets the unmodified frame, the uplink the edited one. */
MN_FN int mn_send_group(MN_ENV env, struct mn_context *ctx)
{
	ctx->copy_to = ctx->is_service ? 0 : MN_TO_HOST;
	return mn_send_uplink(env, ctx);
}

MN_FN int mn_send_host(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->is_service)
		return DROP_GUEST_SERVICE;
	mn_discard_edits(ctx);
	ctx->copy_to = 0;
	ctx->send_to = MN_TO_HOST;
	mn_count_inc(env, MN_COUNT_TO_HOST);
	return NOT_DROPPED;
}

/* The destination is a guest: the bridge has delivered the frame. */
MN_FN int mn_keep_local(MN_ENV env, struct mn_context *ctx)
{
	mn_discard_edits(ctx);
	ctx->copy_to = 0;
	ctx->send_to = 0;
	mn_count_inc(env, MN_COUNT_LOCAL);
	return NOT_DROPPED;
}

/*
 * The note of a peer (shortcut_rules.h). A processor that reads while another one writes sees no peer, or a peer with the
 * generation of its look-up, in the order of these accesses: never an earlier peer with a later generation.
 */
MN_FN void mn_note_peer(struct mn_binding *binding, uint64_t peer, uint32_t generation)
{
	volatile uint64_t *out_peer = &binding->out_peer;

	*out_peer = 0;
	*(volatile uint32_t *)&binding->peer_generation = generation;
	*out_peer = peer;
}

MN_FN bool mn_is_noted_peer(const struct mn_binding *binding, uint64_t peer, uint32_t generation)
{
	return *(const volatile uint32_t *)&binding->peer_generation == generation &&
	       *(const volatile uint64_t *)&binding->out_peer == peer;
}

/* The note of a peer changes in the binding of an IP address of the packet. */
MN_FN void mn_note_changed(MN_ENV env, struct mn_context *ctx, const uint8_t *ip4, const uint8_t *ip6)
{
	if (ctx->type == ETHERTYPE_IP4)
		mn_key_ip4(&ctx->noted_key, ctx->vlan, ip4);
	else
		mn_key_ip6(&ctx->noted_key, ctx->vlan, ip6);
	mn_changed(env, &ctx->noted_key);
}

MN_STAGE(mn_sender_changed)
{
	mn_note_changed(env, ctx, ctx->ip4.src, ctx->ip6.src);
	return 0;
}

MN_STAGE(mn_receiver_changed)
{
	mn_note_changed(env, ctx, ctx->ip4.dst, ctx->ip6.dst);
	return 0;
}

/*
 * Chooses the destination of a guest's unicast frame. dst_owner: the binding of its IP destination, or NULL. A frame
 * for the uplink MAC is for the host, unless its IP destination is another guest's: then it is turned around (rule 12),
 * with the uplink MAC as source, so that the bridge does not learn the sender's MAC address at the uplink port. sender:
 * the binding of a data frame's source, or NULL; it notes a peer beyond the uplink (shortcut_rules.h).
 */
MN_FN int mn_send_unicast(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *dst_owner,
			  struct mn_binding *sender)
{
	const uint64_t *generation_word = sender ? mn_peer_generation(env) : 0;
	/* Read before the look-up: a guest that appears meanwhile makes the note void. */
	uint32_t generation = generation_word ? (uint32_t)*generation_word : 0;
	const struct mn_binding *dst_guest;
	int ret;

	if (sender && sender->out_peer) {
		sender->out_peer = 0;
		mn_sender_changed(env, ctx);
	}
	if (mac_equal(ctx->eth.dst, cfg->uplink_mac)) {
		if (!dst_owner || dst_owner->kind != MN_GUEST || mac_equal(dst_owner->mac, ctx->eth.src))
			return mn_send_host(env, ctx);
		mn_discard_edits(ctx);
		mn_set_dst(ctx, dst_owner->mac);
		mn_set_src(ctx, cfg->uplink_mac);
		ctx->send_to = MN_TO_GUESTS;
		mn_count_inc(env, MN_COUNT_TURNED);
		return NOT_DROPPED;
	}
	/* The bridge flooded the frame: its entry for that guest had aged out. A silent guest may have moved away. */
	dst_guest = mn_find_guest(env, ctx, ctx->eth.dst);
	if (mn_is_live_guest(cfg, dst_guest, ctx->now) && !mn_is_shared_with_wire(dst_guest, ctx->now))
		return mn_keep_local(env, ctx);
	ret = mn_send_uplink(env, ctx);
	if (generation_word && !ret && !dst_guest) {
		mn_note_peer(sender, mac_to_u64(ctx->eth.dst), generation);
	}
	return ret;
}

/* Rule 26: does the frame fit the bridge port of the guest? 1280 bytes fit any port. */
MN_FN bool mn_fits_guest(MN_ENV env, const struct mn_context *ctx, const struct mn_binding *binding)
{
	return ctx->len <= ETHER_HLEN + 1280 || !binding->port || binding->port == MN_NO_PORT ||
	       mn_fits(env, binding->port);
}

/* Sends a frame from the uplink to the owner of the binding, if it fits the guest's port. */
MN_FN int mn_send_guest(MN_ENV env, struct mn_context *ctx, struct mn_binding *binding)
{
	if (!mn_fits_guest(env, ctx, binding))
		return DROP_MTU;
	mn_set_dst(ctx, binding->mac);
	ctx->send_to = MN_TO_GUESTS;
	MN_ATOMIC_ADD(&binding->in_packets, 1);
	MN_ATOMIC_ADD(&binding->in_bytes, ctx->len);
	mn_count_inc(env, MN_COUNT_IN);
	return NOT_DROPPED;
}

/*
 * Did the last frame for this guest come from the same station, a moment ago? Then its source was checked (rule 28); the
 * check is repeated once per MN_SEEN_RESOLUTION.
 */
MN_FN bool mn_is_known_peer(const struct mn_context *ctx, const struct mn_binding *binding)
{
	return binding && binding->kind == MN_GUEST && binding->in_peer == mac_to_u64(ctx->eth.src) &&
	       ctx->now - binding->in_peer_seen <= MN_SEEN_RESOLUTION;
}

/*
 * The same for data, which may take the shortcut (shortcut_rules.h) if the bridge has seen both ends lately and the guest
 * was last heard on the port of its binding.
 */
MN_FN int mn_send_data(MN_ENV env, struct mn_context *ctx, struct mn_binding *binding)
{
	uint64_t peer = mac_to_u64(ctx->eth.src);
	int ret = mn_send_guest(env, ctx, binding);

	if (ret || ctx->vlan)
		return ret;
	if (binding->in_peer != peer || ctx->now - binding->in_peer_seen > MN_SEEN_RESOLUTION) {
		bool changes = binding->in_peer != peer;

		binding->in_peer = peer;
		binding->in_peer_seen = ctx->now;
		if (changes)
			mn_receiver_changed(env, ctx);
	} else if (binding->port != MN_NO_PORT && ctx->now - binding->last_seen <= MN_LOCATION_NS) {
		ctx->via_port = binding->port;
	}
	return NOT_DROPPED;
}

/* This host's frame for a guest; both: a station may have the address, too (rule 28). */
MN_FN void mn_send_to_guest_of_host(MN_ENV env, struct mn_context *ctx, bool both)
{
	ctx->send_to = both ? MN_TO_UPLINK : MN_TO_GUESTS;
	ctx->copy_to = both ? MN_TO_GUESTS : 0;
	mn_count_inc(env, MN_COUNT_FROM_HOST);
}

MN_FN int mn_pass_host(struct mn_context *ctx)
{
	mn_discard_edits(ctx);
	ctx->copy_to = 0;
	ctx->send_to = MN_TO_HOST;
	return NOT_DROPPED;
}

/*
 * A unicast packet from the uplink for no guest. `owner`: the binding of its destination, or NULL. Rule 38: this host does
 * not get a packet that it would send back to where it came from, and so on until its hop limit.
 */
MN_FN int mn_send_host_from_wire(MN_ENV env, struct mn_context *ctx, const struct mn_binding *owner)
{
	return !owner && mn_returns_to_sender(env, ctx) ? DROP_RETURNED : mn_pass_host(ctx);
}

/* A group frame from the uplink: guests and host get it unmodified. */
MN_FN int mn_flood(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_config *cfg = mn_config_get(env);

	if (cfg && cfg->loop_port) /* rule 37: that port delivers the frame to the guests */
		return mn_pass_host(ctx);
	ctx->copy_to = MN_TO_GUESTS;
	ctx->send_to = MN_TO_HOST;
	mn_count_inc(env, MN_COUNT_FLOOD);
	return NOT_DROPPED;
}

/* Rule 21: the access point converted a group frame to unicast. Guests and host get it with its group address. */
MN_FN int mn_restore_group(MN_ENV env, struct mn_context *ctx, const uint8_t *group)
{
	mn_set_dst(ctx, group);
	ctx->send_to = MN_TO_GUESTS | MN_TO_HOST;
	mn_count_inc(env, MN_COUNT_RESTORED);
	return NOT_DROPPED;
}

#endif
