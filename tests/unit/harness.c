/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

struct mn_key key_of4(const uint8_t *ip)
{
	struct mn_key key = {.family = MN_IP4};

	memcpy(key.addr, ip, 4);
	return key;
}

struct mn_key key_of6(const uint8_t *ip)
{
	struct mn_key key = {.family = MN_IP6};

	memcpy(key.addr, ip, 16);
	return key;
}

struct mn_key key_of_mac(const uint8_t *mac)
{
	struct mn_key key = {.family = MN_MAC};

	memcpy(key.addr, mac, 6);
	return key;
}

void harness_put_binding(struct harness *harness, const struct mn_key *key, enum mn_kind kind, const uint8_t *mac)
{
	struct mn_binding binding = {
		.kind = (uint8_t)kind, .slot = MN_NO_SLOT, .created = harness->now, .last_seen = harness->now};

	if (mac)
		memcpy(binding.mac, mac, 6);
	if (kind == MN_GUEST)
		binding.flags = MN_F_PIN;
	mn_engine_put(harness->engine, key, &binding);
}

void harness_add_route(struct harness *harness, const uint8_t *addr, uint8_t prefix_length, bool elsewhere)
{
	struct mn_routed_key key = {.prefix_length = 32u + prefix_length, .family = MN_IP4};

	memcpy(key.addr, addr, 4);
	if (mn_engine_routed_add(harness->engine, &key, MN_ROUTED_VALUE(elsewhere, prefix_length)) != 0)
		abort();
}

void harness_init(struct harness *harness)
{
	struct mn_config config = {
		.abi = MN_ABI,
		.uplink = UPLINK,
		.veth_port = UPLINK_PORT,
		.mtu = 1500,
		.silence_ns = 60 * SECOND,
		.port_cap = MN_PORT_CAP_DEFAULT,
		.vlans = {1u << 7},
	};
	struct mn_key key;

	memset(harness, 0, sizeof(*harness));
	memcpy(config.uplink_mac, mac_uplink, 6);
	harness->engine = mn_engine_new(&config, 0);
	if (!harness->engine)
		abort();
	harness->now = 1000 * SECOND;
	key = key_of4(ip_host);
	harness_put_binding(harness, &key, MN_HOST, mac_uplink);
	key = key_of6(ip6_host);
	harness_put_binding(harness, &key, MN_HOST, mac_uplink);
	key = key_of4(ip_router);
	harness_put_binding(harness, &key, MN_GATEWAY, NULL);
	key = key_of6(ip6_router);
	harness_put_binding(harness, &key, MN_GATEWAY, NULL);
	key = key_of4(ip_directed_broadcast);
	harness_put_binding(harness, &key, MN_BROADCAST, NULL);
}

void harness_free(struct harness *harness)
{
	mn_engine_free(harness->engine);
	harness->engine = NULL;
}

void frame_print(const char *what, const struct raw_frame *frame)
{
	fprintf(stderr, "%s (%u bytes): ", what, frame->len);
	for (uint32_t i = 0; i < frame->len; i++)
		fprintf(stderr, "%02x", frame->bytes[i]);
	fprintf(stderr, "\n");
}

/* ---- the invariants ---- */

/* Offset, type and VLAN of the payload, parsed independently of src/. */
struct frame_info {
	uint32_t payload;
	uint16_t type, vlan;
	bool tagged, nested;
};

static bool is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static struct frame_info parse_frame(const struct harness *harness, const struct raw_frame *frame)
{
	struct frame_info info = {.payload = 14};

	if (frame->len < 14)
		return info;
	info.type = get16(frame->bytes + 12);
	info.tagged = harness->tci != 0;
	info.vlan = harness->tci & 0xfff;
	if (is_tag(info.type) && frame->len >= 18) {
		info.nested = info.tagged;
		info.tagged = true;
		info.vlan = get16(frame->bytes + 14) & 0xfff;
		info.type = get16(frame->bytes + 16);
		info.payload = 18;
		info.nested |= is_tag(info.type);
	}
	return info;
}

static bool is_guest(struct harness *harness, const struct frame_info *info, const uint8_t *mac)
{
	struct mn_key key = key_of_mac(mac);
	const struct mn_binding *binding;

	key.vlan = info->vlan;
	binding = mn_engine_get(harness->engine, &key);
	return binding && binding->kind == MN_GUEST;
}

/*
 * Does the frame name a guest in a place that neighbours learn from: ARP hardware addresses, ND link-layer address
 * options?
 */
static bool names_guest(struct harness *harness, const struct raw_frame *frame, const uint8_t *sender)
{
	struct frame_info info = parse_frame(harness, frame);
	const uint8_t *bytes = frame->bytes + info.payload;
	uint32_t len = frame->len - info.payload, at = 40, end;
	uint8_t next;

	if (frame->len < info.payload)
		return false;
	if (info.type <= 1500 && len >= 8 && !memcmp(bytes, "\xaa\xaa\x03\0\0", 5) &&
	    (bytes[5] == 0 || bytes[5] == 0xf8)) {
		info.type = get16(bytes + 6); /* on Wi-Fi the frame has this type (IEEE 802.11, 5.1.4; RFC 1042) */
		bytes += 8;
		len -= 8;
	}
	if (info.type == 0x0806 && len >= 28)
		return is_guest(harness, &info, bytes + 8) || is_guest(harness, &info, bytes + 18) ||
		       !memcmp(bytes + 8, sender, 6) || !memcmp(bytes + 18, sender, 6);
	if (info.type != 0x86dd || len < 40)
		return false;
	end = 40u + get16(bytes + 4);
	if (end > len)
		end = len;
	next = bytes[6];
	while ((next == 0 || next == 43 || next == 60 || next == 51) && at + 8 <= end) {
		uint8_t was = next;

		next = bytes[at];
		at += was == 51 ? 4u * (bytes[at + 1] + 2u) : 8u + 8u * bytes[at + 1];
	}
	if (next != 58 || at + 8 > end || bytes[at] < RS || bytes[at] > REDIRECT || bytes[7] != 255)
		return false;
	at += bytes[at] == RS ? 8 : bytes[at] == RA ? 16 : bytes[at] == REDIRECT ? 40 : 24;
	while (at + 8 <= end && bytes[at + 1]) {
		if ((bytes[at] == SLLA || bytes[at] == TLLA) &&
		    (is_guest(harness, &info, bytes + at + 2) || !memcmp(bytes + at + 2, sender, 6)))
			return true;
		at += 8u * bytes[at + 1];
	}
	return false;
}

static bool is_link_control(const struct frame_info *info, const struct raw_frame *frame)
{
	static const uint8_t reserved[5] = {0x01, 0x80, 0xc2, 0, 0};
	uint16_t type = info->type;

	if (!memcmp(frame->bytes, reserved, 5) && frame->bytes[5] < 0x10)
		return true;
	if (type <= 1500 && frame->len >= info->payload + 8 &&
	    !memcmp(frame->bytes + info->payload, "\xaa\xaa\x03\0\0", 5) &&
	    (frame->bytes[info->payload + 5] == 0 || frame->bytes[info->payload + 5] == 0xf8))
		type = get16(frame->bytes + info->payload + 6);
	return type == 0x888e || type == 0x88c7 || type == 0x890d || type == 0x88cc;
}

/* Is it a router advertisement, a Redirect, or a message of a DHCP server to a client? */
static bool is_service(const struct frame_info *info, const struct raw_frame *frame)
{
	const uint8_t *bytes = frame->bytes + info->payload;
	uint32_t len = frame->len - info->payload, at;
	uint8_t next;

	if (frame->len < info->payload + 20)
		return false;
	if (info->type == 0x0800) {
		at = 4u * (bytes[0] & 15);
		return bytes[0] >> 4 == 4 && bytes[9] == 17 && !(get16(bytes + 6) & 0x1fff) && at >= 20 &&
		       at + 9 <= len && get16(bytes + at + 2) == 68 && bytes[at + 8] == 2;
	}
	if (info->type != 0x86dd || len < 48)
		return false;
	next = bytes[6];
	for (at = 40; (next == 0 || next == 43 || next == 60 || next == 51) && at + 8 <= len;) {
		uint8_t was = next;

		next = bytes[at];
		at += was == 51 ? 4u * (bytes[at + 1] + 2u) : 8u + 8u * bytes[at + 1];
	}
	if (at + 8 > len)
		return false;
	return next == 17 ? get16(bytes + at + 2) == 546
			  : next == 58 && (bytes[at] == RA || bytes[at] == REDIRECT) && bytes[7] == 255;
}

static const char *broken_service_invariant(struct harness *harness, const struct frame_info *info)
{
	const struct mn_context *ctx = harness->verdict;

	if (!is_service(info, &harness->input))
		return NULL;
	if ((ctx->send_to | ctx->copy_to) & MN_TO_HOST)
		return "this host hears a router or DHCP server among the guests";
	if (ctx->send_to & MN_TO_UPLINK && mn_engine_config(harness->engine)->guest_services != MN_SERVICES_ALL)
		return "a router or DHCP server among the guests serves the network";
	return NULL;
}

static const char *broken_uplink_invariant(struct harness *harness, enum mn_hook hook, const struct frame_info *info)
{
	const struct mn_config *config = mn_engine_config(harness->engine);

	if (memcmp(harness->frame.bytes + 6, config->uplink_mac, 6))
		return "a frame for the uplink has a source other than the uplink MAC";
	if (hook == MN_FROM_WIRE)
		return "a frame from the uplink goes back to the uplink";
	if (hook != MN_FROM_GUEST && hook != MN_FROM_PORT)
		return NULL;
	if (names_guest(harness, &harness->frame, harness->input.bytes + 6))
		return "a frame for the uplink names a guest in its body";
	if (info->tagged && (info->nested || !(config->vlans[info->vlan / 64] >> info->vlan % 64 & 1)))
		return "a frame for the uplink has a tag that is not configured";
	if (!harness->segment && harness->frame.len > info->payload + config->mtu)
		return "a frame for the uplink is longer than its MTU";
	return NULL;
}

static const char *broken_guest_invariant(struct harness *harness, enum mn_hook hook, const struct frame_info *info,
					  const struct raw_frame *frame)
{
	const struct mn_config *config = mn_engine_config(harness->engine);

	if (!memcmp(frame->bytes, config->uplink_mac, 6))
		return "a frame for guests is addressed to the uplink MAC";
	if (hook == MN_FROM_WIRE && !memcmp(frame->bytes + 6, config->uplink_mac, 6))
		return "a reflection reaches the guests";
	if (is_link_control(info, frame))
		return "a link-local protocol reaches the guests";
	if (hook == MN_FROM_WIRE && info->tagged &&
	    (info->nested || !(config->vlans[info->vlan / 64] >> info->vlan % 64 & 1)))
		return "a tag that is not configured reaches the guests";
	return NULL;
}

const char *harness_broken_invariant(struct harness *harness, enum mn_hook hook, bool marked)
{
	const struct mn_context *ctx = harness->verdict;
	struct frame_info info = parse_frame(harness, &harness->input);
	unsigned before = checksums(&harness->input), after;
	const char *broken = NULL;

	if (ctx->drop >= DROP_COUNT || ctx->drop == DROP_INTERNAL)
		return "a drop without a valid reason";
	if (ctx->drop)
		return ctx->send_to || ctx->copy_to || ctx->n_edits ? "a dropped frame goes somewhere" : NULL;
	if (hook == MN_FROM_PORT && !ctx->send_to)
		return ctx->copy_to || ctx->n_edits || ctx->via_port ? "a frame for the bridge has a verdict" : NULL;
	if (harness->input.len < 14)
		return hook == MN_FROM_WIRE && marked ? NULL : "a frame shorter than a header passes";
	if (!ctx->send_to && (hook != MN_FROM_GUEST || ctx->copy_to))
		return "a frame vanishes without a reason";
	if (hook == MN_FROM_PORT && ctx->send_to == MN_TO_RULES)
		return ctx->copy_to || ctx->n_edits || ctx->via_port ? "a frame to refuse has a verdict" : NULL;
	if (hook == MN_FROM_PORT && ctx->send_to == MN_TO_BRIDGE)
		return ctx->copy_to || ctx->n_edits != 2 || ctx->via_port ? "a request becomes more than a probe"
									  : NULL;
	if (ctx->send_to & ~(MN_TO_UPLINK | MN_TO_GUESTS | MN_TO_HOST) ||
	    (ctx->send_to & MN_TO_UPLINK && ctx->send_to != MN_TO_UPLINK))
		return "an impossible set of destinations";
	if (ctx->copy_to && (ctx->copy_to & ctx->send_to))
		return "one destination twice";
	if (hook == MN_FROM_GUEST && ctx->send_to && is_link_control(&info, &harness->input))
		return "a link-local protocol from a guest passes";
	if (hook == MN_FROM_GUEST)
		broken = broken_service_invariant(harness, &info);
	if (!broken && (ctx->send_to | ctx->copy_to) & MN_TO_UPLINK)
		broken = broken_uplink_invariant(harness, hook, &info);
	if (!broken && ctx->copy_to & MN_TO_GUESTS)
		broken = broken_guest_invariant(harness, hook, &info, &harness->input);
	if (!broken && ctx->send_to & MN_TO_GUESTS)
		broken = broken_guest_invariant(harness, hook, &info, &harness->frame);
	after = checksums(&harness->frame);
	if (!broken && !harness->partial && !harness->segment && before != after)
		broken = "the validity of a checksum changed";
	if (!broken && ctx->grow_to &&
	    (!(mn_engine_config(harness->engine)->flags & MN_CONFIG_CHADDR) || hook != MN_FROM_GUEST ||
	     ctx->grow_to <= harness->input.len || ctx->grow_to > harness->input.len + 12))
		broken = "the frame grows without a need";
	if (!broken && harness->frame.len != (ctx->grow_to ? ctx->grow_to : harness->input.len))
		broken = "the length changed";
	return broken;
}

/* ---- running frames ---- */

/* A packet for an unknown address is counted, but not dropped (rule 34). */
static uint64_t harness_all_drops(struct harness *harness)
{
	uint64_t all = 0;

	for (int i = 0; i < DROP_COUNT; i++)
		if (i != DROP_UNKNOWN_ADDRESS)
			all += mn_engine_drops(harness->engine, (enum drop)i);
	return all;
}

static const char *broken_count_invariant(struct harness *harness, uint64_t drops, uint64_t local)
{
	uint64_t all = harness_all_drops(harness);

	if (all - drops != (harness->verdict->drop != NOT_DROPPED))
		return "verdict and drop counters differ";
	if (harness->verdict->hook != MN_FROM_PORT && !harness->verdict->drop && !harness->verdict->send_to &&
	    mn_engine_counts(harness->engine, MN_COUNT_LOCAL) != local + 1)
		return "a frame that stays local is not counted";
	return NULL;
}

enum drop harness_run(struct harness *harness, enum mn_hook hook, uint32_t port, bool marked)
{
	struct mn_frame frame = {.len = harness->frame.len,
				 .port = port,
				 .tci = harness->tci,
				 .segment_len = harness->segment,
				 .csum_partial = harness->partial};
	uint64_t drops = 0, local = mn_engine_counts(harness->engine, MN_COUNT_LOCAL);
	const char *broken;
	int len;
	uint8_t *data =
		malloc(harness->frame.len ? harness->frame.len : 1); /* of the exact size, for the address sanitizer */

	if (!data)
		abort();
	drops = harness_all_drops(harness);
	harness->input.len = harness->frame.len;
	memcpy(harness->input.bytes, harness->frame.bytes, harness->frame.len);
	memcpy(data, harness->frame.bytes, harness->frame.len);
	frame.data = data;
	harness->verdict = mn_engine_run(harness->engine, hook, &frame, harness->now, marked);
	broken = memcmp(data, harness->input.bytes, harness->input.len) ? "a rule wrote into the frame" : NULL;
	if (harness->verdict->grow_to > frame.len) {
		frame.room = harness->verdict->grow_to - frame.len;
		frame.data = data = realloc(data, harness->verdict->grow_to);
		if (!data)
			abort();
	}
	len = mn_engine_apply(harness->verdict, &frame);
	if (!broken && len < 0)
		broken = "an edit lies outside the frame";
	harness->frame.len = len < 0 ? frame.len : (uint32_t)len;
	memcpy(harness->frame.bytes, data, harness->frame.len);
	free(data);
	if (!broken)
		broken = harness_broken_invariant(harness, hook, marked);
	if (!broken)
		broken = broken_count_invariant(harness, drops, local);
	if (broken) {
		fprintf(stderr, "broken invariant: %s\n  hook %d, port %u, drop %s, copy %u, to %u, edits %u\n", broken,
			hook, port, drop_name((enum drop)harness->verdict->drop), harness->verdict->copy_to,
			harness->verdict->send_to, harness->verdict->n_edits);
		frame_print("  input", &harness->input);
		frame_print("  output", &harness->frame);
		abort();
	}
	return (enum drop)harness->verdict->drop;
}

enum drop from_guest(struct harness *harness, uint32_t port)
{
	return harness_run(harness, MN_FROM_GUEST, port, false);
}

enum drop from_wire(struct harness *harness)
{
	return harness_run(harness, MN_FROM_WIRE, 0, false);
}

enum drop from_host(struct harness *harness)
{
	return harness_run(harness, MN_FROM_HOST, 0, false);
}

void harness_learn4(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&harness->frame, mac_broadcast, mac, 1, mac, ip, mac_zero, ip);
	from_guest(harness, port);
}

void harness_learn6(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_ip6(&harness->frame, mac_router, mac, ip, ip6_neighbour, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_guest(harness, port);
}

void harness_learn_all(struct harness *harness)
{
	harness_learn4(harness, PORT_A, mac_a, ip_a);
	harness_learn4(harness, PORT_B, mac_b, ip_b);
	harness_learn4(harness, PORT_C, mac_c, ip_c);
	harness_learn6(harness, PORT_A, mac_a, ip6_a);
	harness_learn6(harness, PORT_B, mac_b, ip6_b);
	harness_learn6(harness, PORT_C, mac_c, ip6_c);
	harness->now += 4 * SECOND; /* the claims are no longer tentative (rule 29) */
}

const struct mn_binding *harness_find4(struct harness *harness, const uint8_t *ip)
{
	struct mn_key key = key_of4(ip);

	return mn_engine_get(harness->engine, &key);
}

const struct mn_binding *harness_find6(struct harness *harness, const uint8_t *ip)
{
	struct mn_key key = key_of6(ip);

	return mn_engine_get(harness->engine, &key);
}

const struct mn_binding *harness_find_mac(struct harness *harness, const uint8_t *mac)
{
	struct mn_key key = key_of_mac(mac);

	return mn_engine_get(harness->engine, &key);
}

bool harness_take_event(struct harness *harness, enum mn_event_type type, struct mn_event *event)
{
	while (mn_engine_event_pop(harness->engine, event))
		if (event->type == type)
			return true;
	return false;
}
