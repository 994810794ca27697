/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

/* ---- the parser ---- */

static bool is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static void parse_ip4(struct parsed *frame)
{
	const uint8_t *ip = frame->l3;
	uint32_t header, total;

	if (frame->l3_len < 20 || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15u) * 4;
	total = get16(ip + 2);
	if (header < 20 || total < header || total > frame->l3_len)
		return;
	frame->proto = ip[9];
	frame->fragment = get16(ip + 6) & 0x1fff;
	frame->l4 = ip + header;
	frame->l4_len = total - header;
}

static void parse_ip6(struct parsed *frame)
{
	const uint8_t *ip = frame->l3;
	uint32_t at = 40, end;
	uint8_t next;

	if (frame->l3_len < 40 || ip[0] >> 4 != 6)
		return;
	end = 40u + get16(ip + 4);
	if (end > frame->l3_len)
		return;
	next = ip[6];
	while (next == 0 || next == 43 || next == 44 || next == 51 || next == 60) {
		uint8_t here = next;

		if (at + 8 > end)
			return;
		next = ip[at];
		if (here == 44)
			frame->fragment |= (get16(ip + at + 2) & 0xfff8) != 0;
		at += here == 44 ? 8 : here == 51 ? 4u * (ip[at + 1] + 2u) : 8u + 8u * ip[at + 1];
		if (at > end)
			return;
	}
	frame->proto = next;
	frame->l4 = ip + at;
	frame->l4_len = end - at;
}

struct parsed parse_frame(const uint8_t *bytes, uint32_t len)
{
	struct parsed frame = {0};
	uint32_t at = 14;

	if (len < 14)
		return frame;
	frame.group = bytes[0] & 1;
	frame.type = get16(bytes + 12);
	while (is_tag(frame.type) && len >= at + 4) {
		frame.nested = frame.tagged;
		frame.tagged = true;
		frame.vlan = get16(bytes + at) & 0xfff;
		frame.type = get16(bytes + at + 2);
		at += 4;
	}
	if (frame.type <= 1500 && len >= at + 8 && !memcmp(bytes + at, "\xaa\xaa\x03\0\0", 5) &&
	    (bytes[at + 5] == 0 || bytes[at + 5] == 0xf8)) {
		frame.type = get16(bytes + at + 6);
		at += 8;
	}
	frame.l3 = bytes + at;
	frame.l3_len = len - at;
	if (frame.type == 0x0800)
		parse_ip4(&frame);
	else if (frame.type == 0x86dd)
		parse_ip6(&frame);
	return frame;
}

static bool is_icmp6(const struct parsed *frame, uint8_t low, uint8_t high)
{
	return frame->type == 0x86dd && frame->proto == 58 && frame->l4 && !frame->fragment && frame->l4_len >= 4 &&
	       frame->l4[0] >= low && frame->l4[0] <= high;
}

bool is_nd(const struct parsed *frame)
{
	return is_icmp6(frame, RS, REDIRECT);
}

/*
 * A client accepts a reply from any port (RFC 2131, 4.1: to port 68; RFC 8415, 7.2: to port 546). A datagram longer than its
 * packet is invalid to every receiver.
 */
static bool is_to_port(const struct parsed *frame, uint16_t type, uint16_t dport)
{
	return frame->type == type && frame->proto == 17 && frame->l4 && !frame->fragment && frame->l4_len >= 8 &&
	       get16(frame->l4 + 2) == dport && get16(frame->l4 + 4) <= frame->l4_len;
}

static bool is_udp(const struct parsed *frame, uint16_t type, uint16_t sport, uint16_t dport)
{
	return is_to_port(frame, type, dport) && get16(frame->l4) == sport;
}

static bool is_dhcp(const struct parsed *frame, uint16_t dport, uint8_t op)
{
	return is_to_port(frame, 0x0800, dport) && get16(frame->l4 + 4) >= 8 + 240 && frame->l4[8] == op &&
	       get32(frame->l4 + 8 + 236) == 0x63825363;
}

bool is_router_or_server(const struct parsed *frame)
{
	return (is_icmp6(frame, RA, RA) && frame->l3[7] == 255) ||
	       (is_icmp6(frame, REDIRECT, REDIRECT) && frame->l3[7] == 255) || is_dhcp(frame, 68, 2) ||
	       (is_to_port(frame, 0x86dd, 546) && frame->l4_len >= 12);
}

bool is_question_to_routers(const struct parsed *frame)
{
	return is_icmp6(frame, RS, RS) || is_udp(frame, 0x0800, 68, 67) || is_udp(frame, 0x86dd, 546, 547);
}

static bool is_link_control(const struct parsed *frame, const uint8_t *dst)
{
	static const uint8_t reserved[5] = {0x01, 0x80, 0xc2, 0, 0};

	return (!memcmp(dst, reserved, 5) && dst[5] < 16) || frame->type == 0x888e || frame->type == 0x88c7 ||
	       frame->type == 0x890d || frame->type == 0x88cc;
}

/* ---- single frames ---- */

static bool is_from_bridge(enum mn_hook hook)
{
	return hook == MN_FROM_GUEST || hook == MN_FROM_PORT;
}

static bool is_guests_mac(const uint8_t *mac)
{
	return !memcmp(parties[GUEST_A].mac, mac, 6) || !memcmp(parties[GUEST_B].mac, mac, 6);
}

void judge_verdict(struct network *net, enum mn_hook hook, const struct mn_context *verdict,
		   const struct stored_frame *input, bool marked)
{
	unsigned to = (unsigned)verdict->copy_to | verdict->send_to;

	if (verdict->drop >= DROP_COUNT || verdict->drop == DROP_INTERNAL)
		network_fail(net, "verdict", input, "the drop reason is %s", drop_name(verdict->drop));
	else if (verdict->drop && to)
		network_fail(net, "verdict", input, "a dropped frame has destinations");
	else if (to & ~(unsigned)(MN_TO_UPLINK | MN_TO_GUESTS | MN_TO_HOST |
				  (hook == MN_FROM_PORT ? MN_TO_RULES | MN_TO_BRIDGE : 0)))
		network_fail(net, "verdict", input, "unknown destinations");
	else if (hook == MN_FROM_WIRE && (to & MN_TO_UPLINK))
		network_fail(net, "verdict", input, "a frame from the uplink returns to the uplink");
	else if (hook == MN_FROM_HOST && !marked && (to & MN_TO_HOST))
		network_fail(net, "verdict", input, "a frame of the host returns to the host");
}

/*
 * RELEASE and DECLINE end a lease: only its owner may send them. A neighbour that plays DHCP server can give a guest the
 * address of a station; it could as well release it itself. It can give it the address of another guest, too: the guest
 * may decline it in its own name, which ends no lease of the other's.
 */
static void judge_dhcp_out(struct network *net, const struct stored_frame *frame, const struct parsed *parsed,
			   uint32_t port)
{
	const uint8_t *dhcp = parsed->l4 + 8, *options = dhcp + 240, *end = parsed->l4 + get16(parsed->l4 + 4),
		      *requested = NULL;
	uint8_t type = 0;

	if (!memcmp(dhcp + 28, parties[HOST].mac, 6))
		network_fail(net, "uplink-dhcp", frame, "chaddr of a guest's message is the uplink's MAC address");
	while (options + 2 <= end && options[0] != 255) {
		if (options[0] && options + 2 + options[1] <= end) {
			if (options[0] == 53 && options[1] == 1)
				type = options[2];
			if (options[0] == 50 && options[1] == 4)
				requested = options + 2;
		}
		options += options[0] ? 2 + options[1] : 1;
	}
	for (unsigned i = 0; i < REGULARS && !parsed->tagged; i++) { /* VLAN 7 is another network */
		const uint8_t *ip = type == 7 ? dhcp + 12 : type == 4 ? requested : NULL;
		bool harmless = parties[i].side == ON_WIRE || (type == 4 && memcmp(dhcp + 28, parties[i].mac, 6));
		bool accomplice = harmless && net->forger.campaign.sources >> FORGER_PORTS & 1;

		if (ip && i != INTERNET && !accomplice && !memcmp(ip, parties[i].ip4, 4) && parties[i].port != port)
			network_fail(net, "uplink-dhcp", frame, "port %u gives back the lease of %s", port,
				     parties[i].name);
	}
}

/* The target of the host's own ARP is its business: it knows guests by their own MAC addresses. */
static void judge_body_out(struct network *net, enum mn_hook hook, const struct stored_frame *frame,
			   const struct parsed *parsed)
{
	const uint8_t *uplink = parties[HOST].mac, *option, *end;
	uint32_t fixed;

	if (parsed->type == 0x0806 && parsed->l3_len >= 28) {
		if (memcmp(parsed->l3 + 8, uplink, 6))
			network_fail(net, "uplink-body", frame, "the ARP sender is not the uplink");
		if (is_from_bridge(hook) && !parsed->tagged && is_guests_mac(parsed->l3 + 18))
			network_fail(net, "uplink-body", frame, "the ARP target is a guest's MAC address");
	}
	if (!is_nd(parsed))
		return;
	fixed = parsed->l4[0] == RS ? 8 : parsed->l4[0] == RA ? 16 : parsed->l4[0] == REDIRECT ? 40 : 24;
	end = parsed->l4 + parsed->l4_len;
	for (option = parsed->l4 + fixed; option + 8 <= end && option[1]; option += 8 * option[1])
		if (option[0] == SLLA || option[0] == TLLA) {
			/* In a VLAN, which is another network, it may be a station's. */
			bool station = parsed->l4[0] == REDIRECT && option[0] == TLLA &&
				       (parsed->tagged || !is_guests_mac(option + 2));

			if (memcmp(option + 2, uplink, 6) && !station)
				network_fail(
					net, "uplink-body", frame,
					"a link-layer address option of type %u of ND message %u is not the uplink's",
					option[0], parsed->l4[0]);
		}
}

void judge_uplink(struct network *net, enum mn_hook hook, const struct stored_frame *frame, uint32_t from_port,
		  bool marked)
{
	struct parsed parsed = parse_frame(frame->bytes, frame->len);
	const struct mn_config *config = mn_engine_config(net->engine);
	bool services = config->guest_services == MN_SERVICES_ALL;

	if (frame->len < 14 || memcmp(frame->bytes + 6, parties[HOST].mac, 6))
		network_fail(net, "uplink-source", frame, "a source that is not the uplink's");
	if (parsed.tagged && !marked && is_from_bridge(hook) &&
	    (parsed.nested || !(config->vlans[parsed.vlan / 64] >> parsed.vlan % 64 & 1)))
		network_fail(net, "uplink-tag", frame, "VLAN %u is not configured", parsed.vlan);
	judge_body_out(net, hook, frame, &parsed);
	if (!is_from_bridge(hook))
		return;
	if (is_link_control(&parsed, frame->bytes))
		network_fail(net, "uplink-control", frame, "a link-local protocol of a guest");
	if (is_router_or_server(&parsed) && !services)
		network_fail(net, "uplink-service", frame, "a router or server message of a guest");
	if (is_dhcp(&parsed, 67, 1))
		judge_dhcp_out(net, frame, &parsed, from_port);
}

void judge_guests(struct network *net, enum mn_hook hook, const struct stored_frame *frame)
{
	struct parsed parsed = parse_frame(frame->bytes, frame->len);

	if (!memcmp(frame->bytes, parties[HOST].mac, 6))
		network_fail(net, "guests-address", frame, "a frame for guests is addressed to the uplink");
	if (is_link_control(&parsed, frame->bytes))
		network_fail(net, "guests-control", frame, "a link-local protocol reaches the guests");
	if (hook == MN_FROM_WIRE && !memcmp(frame->bytes + 6, parties[HOST].mac, 6))
		network_fail(net, "guests-reflection", frame, "a reflection reaches the guests");
	if (hook == MN_FROM_HOST && is_question_to_routers(&parsed) && parsed.group)
		network_fail(net, "guests-host-question", frame, "a question of the host to routers or servers");
}

void judge_host(struct network *net, enum mn_hook hook, const struct stored_frame *frame)
{
	struct parsed parsed = parse_frame(frame->bytes, frame->len);

	if (is_from_bridge(hook) && is_router_or_server(&parsed))
		network_fail(net, "host-service", frame, "a router or server message of a guest reaches the host");
}

/* ---- tables ---- */

static const struct mn_binding *find(struct network *net, enum mn_family family, const uint8_t *addr)
{
	struct mn_key key = {.family = (uint8_t)family};

	memcpy(key.addr, addr, family == MN_IP4 ? 4 : family == MN_IP6 ? 16 : 6);
	return mn_engine_get(net->engine, &key);
}

static void judge_guest(struct network *net, const struct party *guest)
{
	const struct mn_binding *bindings[] = {find(net, MN_MAC, guest->mac), find(net, MN_IP4, guest->ip4),
					       find(net, MN_IP6, guest->ip6)};
	static const char *const names[] = {"MAC", "IPv4", "IPv6"};

	for (unsigned i = 0; i < 3; i++) {
		const struct mn_binding *binding = bindings[i];

		if (!binding)
			network_fail(net, "binding", NULL, "the %s address of guest %s is not bound", names[i],
				     guest->name);
		else if (binding->kind != MN_GUEST || memcmp(binding->mac, guest->mac, 6) ||
			 binding->port != guest->port)
			network_fail(net, "binding", NULL,
				     "the %s address of guest %s is bound to kind %u, MAC …:%02x:%02x, port %u",
				     names[i], guest->name, binding->kind, binding->mac[4], binding->mac[5],
				     binding->port);
	}
}

void judge_tables(struct network *net)
{
	const struct mn_binding *binding;

	if (net->now < net->warm_until)
		return;
	judge_guest(net, &parties[GUEST_A]);
	judge_guest(net, &parties[GUEST_B]);
	for (unsigned i = STATION_S; i <= GATEWAY; i++) {
		binding = find(net, MN_IP4, parties[i].ip4);
		if (i == GATEWAY ? !binding || binding->kind != MN_GATEWAY
				 : binding && binding->kind == MN_GUEST && net->now - binding->created > 5 * SECOND)
			network_fail(net, "binding", NULL, "the address of %s is not its own", parties[i].name);
	}
	binding = find(net, MN_IP4, parties[HOST].ip4);
	if (!binding || binding->kind != MN_HOST)
		network_fail(net, "binding", NULL, "the host's address is not its own");
}

void judge_station(struct network *net, const uint8_t *mac)
{
	const struct mn_binding *binding = find(net, MN_MAC, mac);

	if (net->now >= net->warm_until && binding && binding->kind == MN_GUEST && party_of_mac(mac))
		network_fail(net, "binding", NULL,
			     "the MAC address of %s, which has just spoken, is a guest's at port %u",
			     party_of_mac(mac)->name, binding->port);
}

static void judge_port(struct network *net, const struct mn_port *port, const uint32_t *count)
{
	bool honest = port->ifindex == PORT_A || port->ifindex == PORT_B;

	if (honest && (port->n_refused || port->n_limited || port->n_evicted))
		network_fail(net, "budget", NULL,
			     "an honest port is charged: port %u, refused %llu, limited %llu, evicted %llu",
			     port->ifindex, (unsigned long long)port->n_refused, (unsigned long long)port->n_limited,
			     (unsigned long long)port->n_evicted);
	if (port->ifindex < 32 && count[port->ifindex] > MN_PORT_CAP_DEFAULT)
		network_fail(net, "bounds", NULL, "port %u owns %u bindings", port->ifindex, count[port->ifindex]);
}

void judge_bounds(struct network *net)
{
	struct mn_binding binding;
	struct mn_port port;
	struct mn_key key;
	void *cursor = NULL;
	uint32_t count[32] = {0};
	unsigned ports = 0;

	while (mn_engine_next(net->engine, &cursor, &key, &binding)) {
		if (binding.port < 32 && binding.slot != MN_NO_SLOT)
			count[binding.port]++;
		if (binding.kind == MN_GUEST && key.family == MN_IP4 && key.addr[0] == 10 && key.addr[1] == 77)
			network_fail(net, "binding", NULL,
				     "a guest has an address of a network that the host routes elsewhere");
	}
	cursor = NULL;
	while (mn_engine_next_port(net->engine, &cursor, &port)) {
		judge_port(net, &port, count);
		ports++;
	}
	if (ports > MN_PORTS_MAX || mn_engine_count(net->engine) > MN_TABLE_SIZE(MN_PORT_CAP_DEFAULT))
		network_fail(net, "bounds", NULL, "%u ports, %zu bindings", ports, mn_engine_count(net->engine));
}

/* ---- exchanges ---- */

void judge_loss(struct network *net, const struct exchange *exchange)
{
	static const char *const kinds[] = {"ping (IPv4)", "ping (IPv6)", "DHCP exchange"};
	const struct campaign *campaign = &net->forger.campaign;
	bool warm = exchange->started < net->start + 5 * SECOND;
	bool calm = exchange->started >= net->last_forged + 3 * SECOND && !forger_is_active(net);
	bool settled = exchange->started >= campaign->start + 3 * SECOND && exchange->deadline <= campaign->end;

	net->tally.exchanges++;
	if (exchange->from >= REGULARS) {
		if (exchange->started < net->newcomers_since + 7 * SECOND || forger_is_active(net))
			return;
		network_fail(net, "loss-newcomer", NULL,
			     "a %s from %s to %s got no answer, %llu ms after the last forged frame",
			     kinds[exchange->kind], parties[exchange->from].name, parties[exchange->to].name,
			     (unsigned long long)((exchange->started - net->last_forged) / MS));
		return;
	}
	if (!calm && !(settled && net->sticky)) {
		if (net->sticky)
			net->tally.lost_in_contest++;
		else
			net->tally.lost_by_bridge++;
		return;
	}
	if (warm && !net->last_forged)
		return;
	network_fail(net,
		     !net->last_forged ? "loss-unprovoked"
		     : calm            ? "loss-after"
				       : "loss-during",
		     NULL,
		     "a %s from %s to %s got no %s; it began %lld ms after the last forged frame, %lld ms after the "
		     "attack began",
		     kinds[exchange->kind], parties[exchange->from].name, parties[exchange->to].name,
		     exchange->kind == EXCHANGE_DHCP ? "answer"
		     : exchange->resolved            ? "answer to the ping"
						     : "answer to the resolution",
		     (long long)(exchange->started - net->last_forged) / (long long)MS,
		     (long long)(exchange->started - campaign->start) / (long long)MS);
}
