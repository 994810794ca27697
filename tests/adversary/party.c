/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The honest parties: ARP, neighbour discovery, ping and DHCP, as any host does them.
 *
 * An exchange is a ping without a retry, or a DHCP request; in half of them a resolution precedes the ping. A party
 * believes an answer to a resolution only if it names the right MAC address: a poisoned neighbour cache is a fault of the
 * party and of the bridge between the guests. What counts here: the right answer must arrive.
 */
#include "judge.h"

#include <string.h>

enum { PING_TIMEOUT_MS = 900, DHCP_ID = 0x5a000000 };

/* The MAC address by which one party knows another: for stations, all behind the uplink have the uplink's. */
static const uint8_t *known_mac(const struct party *from, const struct party *to)
{
	return from->side == ON_WIRE && to->side != ON_WIRE ? parties[HOST].mac : to->mac;
}

/* The address to resolve: that of the gateway for a party beyond it. */
static const struct party *next_hop(enum party_id to)
{
	return &parties[to == INTERNET ? GATEWAY : to];
}

const struct party *party_of_mac(const uint8_t *mac)
{
	for (unsigned i = 0; i < PARTIES; i++)
		if (i != INTERNET && !memcmp(parties[i].mac, mac, 6))
			return &parties[i];
	return NULL;
}

/* The delay comes from the frame, not from the random numbers of the schedule: answers to forged frames move nothing. */
static void transmit(struct network *net, const struct party *party, const struct raw_frame *frame)
{
	network_send(net, party->side, party->port, frame,
		     MS / 20 + frame_hash(frame->bytes, frame->len) % 3000 * (MS / 1000), false, false);
}

/* ---- exchanges ---- */

static struct exchange *exchange_find(struct network *net, uint32_t id)
{
	struct exchange *exchange = &net->exchanges[id % EXCHANGES_MAX];

	return id && exchange->id == id ? exchange : NULL;
}

static void send_question(struct network *net, const struct exchange *exchange)
{
	const struct party *from = &parties[exchange->from], *hop = next_hop(exchange->to);
	static struct raw_frame frame;
	uint8_t group[16], mac[6];
	struct nd_spec nd = {.type = NS, .target = hop->ip6, .slla = from->mac};

	if (exchange->kind == EXCHANGE_PING4) {
		const uint8_t *ip = from == &parties[INTERNET] ? parties[GATEWAY].ip4 : from->ip4;

		put_arp(&frame, mac_broadcast, from->mac, 1, from->mac, ip, mac_zero, hop->ip4);
	} else {
		const uint8_t *ip = from == &parties[INTERNET] ? parties[GATEWAY].ip6 : from->ip6;

		solicited_node(group, hop->ip6);
		group_of_ip6(mac, group);
		put_nd(&frame, mac, from->mac, ip, group, &nd);
	}
	transmit(net, from, &frame);
}

static void send_ping(struct network *net, const struct exchange *exchange)
{
	const struct party *from = &parties[exchange->from], *to = &parties[exchange->to];
	const uint8_t *mac = known_mac(from, next_hop(exchange->to));
	uint8_t message[40] = {8,
			       0,
			       0,
			       0,
			       0,
			       1,
			       0,
			       1,
			       (uint8_t)(exchange->id >> 24),
			       (uint8_t)(exchange->id >> 16),
			       (uint8_t)(exchange->id >> 8),
			       (uint8_t)exchange->id};
	static struct raw_frame frame;

	if (exchange->kind == EXCHANGE_PING4) {
		struct ip4_spec ip = {.src = from->ip4, .dst = to->ip4, .proto = 1};
		uint16_t sum = (uint16_t)~fold_sum(sum_bytes(message, sizeof(message), 0));

		message[2] = (uint8_t)(sum >> 8);
		message[3] = (uint8_t)sum;
		put_ip4(&frame, mac, from->mac, &ip, message, sizeof(message));
	} else {
		message[0] = 128;
		put_icmp6(&frame, mac, from->mac, from->ip6, to->ip6, 64, message, sizeof(message), 0, NULL, 0);
	}
	transmit(net, from, &frame);
}

static void send_dhcp(struct network *net, const struct exchange *exchange)
{
	const struct party *from = &parties[exchange->from];
	static struct raw_frame frame;
	struct dhcp_spec dhcp = {.op = 1,
				 .type = rng_chance(&net->rng, 50) ? 3 : 1,
				 .xid = DHCP_ID | exchange->id,
				 .chaddr = from->mac,
				 .requested = from->ip4};

	net->forger.last_xid = dhcp.xid; /* the request is broadcast: forgers on the bridge see it */
	put_dhcp(&frame, mac_broadcast, from->mac, ip_zero, ip_broadcast, &dhcp);
	transmit(net, from, &frame);
}

/* known: the neighbour cache has the right entry, and the ping comes first. */
static void send_first(struct network *net, struct exchange *exchange, bool known)
{
	exchange->resolved = known;
	if (known)
		send_ping(net, exchange);
	else
		send_question(net, exchange);
}

/* Pairs that a station of the wire forms with another one are not ours. */
static bool crosses_the_bridge(enum party_id from, enum party_id to)
{
	return from != to && !(parties[from].side == ON_WIRE && parties[to].side == ON_WIRE);
}

void exchange_start(struct network *net)
{
	uint32_t id = ++net->next_id;
	struct exchange *exchange = &net->exchanges[id % EXCHANGES_MAX];
	enum party_id from, to;

	net->next_exchange = net->now + (20 + rng_below(&net->rng, 120)) * MS;
	do {
		from = (enum party_id)rng_below(&net->rng, REGULARS);
		to = (enum party_id)rng_below(&net->rng, REGULARS);
	} while (!crosses_the_bridge(from, to));
	*exchange = (struct exchange){.from = from, .to = to, .id = id, .started = net->now};
	exchange->deadline = net->now + PING_TIMEOUT_MS * MS;
	if (rng_chance(&net->rng, 5)) {
		exchange->kind = EXCHANGE_DHCP;
		exchange->from = rng_chance(&net->rng, 60) ? GUEST_A : HOST;
		exchange->to = GATEWAY;
		send_dhcp(net, exchange);
	} else {
		exchange->kind = rng_chance(&net->rng, 50) ? EXCHANGE_PING4 : EXCHANGE_PING6;
		send_first(net, exchange, rng_chance(&net->rng, 50));
	}
}

static bool is_present(const struct network *net, enum party_id id)
{
	return id < REGULARS || (net->now >= net->newcomers_since && !forger_is_active(net));
}

/* Their schedule has no random numbers, so that the regular one stays the same with fewer attacks. */
void exchange_start_newcomer(struct network *net)
{
	uint32_t id = ++net->next_id, turn = (uint32_t)(net->now / (170 * MS));
	struct exchange *exchange = &net->exchanges[id % EXCHANGES_MAX];

	net->next_newcomer = net->now + 170 * MS;
	if (!is_present(net, GUEST_C)) {
		net->next_newcomer = UINT64_MAX;
		return;
	}
	*exchange = (struct exchange){.id = id, .started = net->now, .deadline = net->now + PING_TIMEOUT_MS * MS};
	exchange->from = turn % 2 ? GUEST_C : STATION_U;
	exchange->to = (enum party_id)(turn / 4 % REGULARS);
	exchange->kind = turn / 2 % 2 ? EXCHANGE_PING4 : EXCHANGE_PING6;
	if (crosses_the_bridge(exchange->from, exchange->to))
		send_first(net, exchange, turn * 2654435761u >> 31);
	else
		exchange->id = 0;
}

void exchange_timeouts(struct network *net)
{
	for (unsigned i = 0; i < EXCHANGES_MAX; i++) {
		struct exchange *exchange = &net->exchanges[i];

		if (exchange->id && exchange->deadline <= net->now) {
			judge_loss(net, exchange);
			exchange->id = 0;
		}
	}
}

uint64_t exchange_next_deadline(const struct network *net)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < EXCHANGES_MAX; i++)
		if (net->exchanges[i].id && net->exchanges[i].deadline < next)
			next = net->exchanges[i].deadline;
	return next;
}

static void exchange_done(struct network *net, struct exchange *exchange)
{
	net->tally.exchanges++;
	exchange->id = 0;
}

/* ---- pings ---- */

/* An answer to a resolution: `ip` is at `mac`. */
static void resolved(struct network *net, enum party_id id, enum exchange_kind kind, const uint8_t *ip,
		     const uint8_t *mac)
{
	for (unsigned i = 0; i < EXCHANGES_MAX; i++) {
		struct exchange *exchange = &net->exchanges[i];
		const struct party *from = &parties[exchange->from], *hop = next_hop(exchange->to);
		bool mine = exchange->id && exchange->kind == kind && !exchange->resolved &&
			    !memcmp(from->mac, parties[id].mac, 6);

		if (!mine || memcmp(mac, known_mac(from, hop), 6) ||
		    memcmp(ip, kind == EXCHANGE_PING4 ? hop->ip4 : hop->ip6, kind == EXCHANGE_PING4 ? 4 : 16))
			continue;
		exchange->resolved = true;
		send_ping(net, exchange);
	}
}

/* The party of this machine that has the address: the gateway also carries packets for the internet. */
static const struct party *owner(enum party_id id, const uint8_t *ip, bool ip6)
{
	for (unsigned i = 0; i < PARTIES; i++)
		if (!memcmp(parties[i].mac, parties[id].mac, 6) &&
		    !memcmp(ip, ip6 ? parties[i].ip6 : parties[i].ip4, ip6 ? 16 : 4))
			return &parties[i];
	return NULL;
}

static void echo_reply(struct network *net, const struct party *me, const uint8_t *src, const uint8_t *message,
		       uint32_t len, bool ip6, const uint8_t *src_mac)
{
	uint8_t answer[256];
	static struct raw_frame frame;

	if (len > sizeof(answer) || !me)
		return;
	memcpy(answer, message, len);
	answer[0] = ip6 ? 129 : 0;
	if (ip6) {
		put_icmp6(&frame, src_mac, me->mac, me->ip6, src, 64, answer, len, 0, NULL, 0);
	} else {
		struct ip4_spec ip = {.src = me->ip4, .dst = src, .proto = 1};
		uint16_t sum;

		answer[2] = answer[3] = 0;
		sum = (uint16_t)~fold_sum(sum_bytes(answer, len, 0));
		answer[2] = (uint8_t)(sum >> 8);
		answer[3] = (uint8_t)sum;
		put_ip4(&frame, src_mac, me->mac, &ip, answer, len);
	}
	transmit(net, me, &frame);
}

static void echo_received(struct network *net, const struct party *me, const uint8_t *src, const uint8_t *message,
			  uint32_t len, bool ip6)
{
	struct exchange *exchange = len >= 12 ? exchange_find(net, get32(message + 8)) : NULL;

	if (exchange && me == &parties[exchange->from] && exchange->resolved &&
	    exchange->kind == (ip6 ? EXCHANGE_PING6 : EXCHANGE_PING4) &&
	    !memcmp(src, ip6 ? parties[exchange->to].ip6 : parties[exchange->to].ip4, ip6 ? 16 : 4))
		exchange_done(net, exchange);
}

/* ---- receiving ---- */

static void receive_arp(struct network *net, enum party_id id, const struct parsed *frame)
{
	const struct party *me = &parties[id];
	const uint8_t *arp = frame->l3;
	static struct raw_frame reply;

	if (frame->l3_len < 28 || get32(arp) != 0x00010800 || get16(arp + 4) != 0x0604)
		return;
	if (get16(arp + 6) == 2)
		resolved(net, id, EXCHANGE_PING4, arp + 14, arp + 8);
	if (get16(arp + 6) != 1 || memcmp(arp + 24, me->ip4, 4))
		return;
	put_arp(&reply, arp + 8, me->mac, 2, me->mac, me->ip4, arp + 8, arp + 14);
	transmit(net, me, &reply);
}

static void receive_nd(struct network *net, enum party_id id, const struct parsed *frame, const uint8_t *eth_src)
{
	const struct party *me = &parties[id];
	const uint8_t *nd = frame->l4, *src = frame->l3 + 8, *option = nd + 24, *lladdr = NULL;
	static struct raw_frame reply;
	struct nd_spec spec = {.type = NA, .flags = 0x60, .target = me->ip6, .tlla = me->mac};

	if (frame->l4_len < 24 || frame->l3[7] != 255)
		return;
	for (; option + 8 <= nd + frame->l4_len && option[1]; option += 8 * option[1])
		if (option[0] == (nd[0] == NS ? SLLA : TLLA))
			lladdr = option + 2;
	if (nd[0] == NA && lladdr)
		resolved(net, id, EXCHANGE_PING6, nd + 8, lladdr);
	if (nd[0] != NS || memcmp(nd + 8, me->ip6, 16))
		return;
	if (memcmp(src, ip6_zero, 16)) {
		put_nd(&reply, lladdr ? lladdr : eth_src, me->mac, me->ip6, src, &spec);
	} else {
		spec.flags = 0x20;
		put_nd(&reply, mac_all_nodes, me->mac, me->ip6, ip6_all_nodes, &spec);
	}
	transmit(net, me, &reply);
}

/* The gateway is the DHCP server. */
static void receive_dhcp(struct network *net, enum party_id id, const struct parsed *frame)
{
	const uint8_t *dhcp = frame->l4 + 8;
	struct exchange *exchange;
	static struct raw_frame reply;

	if (frame->l4_len < 8 + 241)
		return;
	if (id == GATEWAY && get16(frame->l4 + 2) == 67 && dhcp[0] == 1) {
		const struct party *client = party_of_mac(dhcp + 28);
		bool broadcast = get16(dhcp + 10) & 0x8000;
		struct dhcp_spec spec = {.op = 2,
					 .type = 5,
					 .flags = get16(dhcp + 10),
					 .xid = get32(dhcp + 4),
					 .chaddr = dhcp + 28,
					 .lease = 3600};

		if (!client || client->side == ON_WIRE || (spec.xid & 0xff000000) != DHCP_ID)
			return;
		spec.yiaddr = client->ip4;
		put_dhcp(&reply, broadcast ? mac_broadcast : dhcp + 28, parties[GATEWAY].mac, parties[GATEWAY].ip4,
			 broadcast ? ip_broadcast : client->ip4, &spec);
		transmit(net, &parties[GATEWAY], &reply);
		return;
	}
	exchange = exchange_find(net, get32(dhcp + 4) & 0xffffff);
	if (get16(frame->l4 + 2) == 68 && dhcp[0] == 2 && exchange && exchange->kind == EXCHANGE_DHCP &&
	    exchange->from == id && !memcmp(dhcp + 28, parties[id].mac, 6) && !memcmp(dhcp + 16, parties[id].ip4, 4))
		exchange_done(net, exchange);
}

static void receive_ip(struct network *net, enum party_id id, const struct parsed *frame, const struct stored_frame *in)
{
	bool ip6 = frame->type == 0x86dd;
	const uint8_t *src = frame->l3 + (ip6 ? 8 : 12), *dst = frame->l3 + (ip6 ? 24 : 16), *message = frame->l4;
	const struct party *me = owner(id, dst, ip6);

	if (ip6 && is_nd(frame)) {
		receive_nd(net, id, frame, in->bytes + 6);
		return;
	}
	if (frame->proto == 17 && !ip6) {
		receive_dhcp(net, id, frame);
		return;
	}
	if (!me || frame->group || frame->l4_len < 8 || frame->proto != (ip6 ? 58 : 1))
		return;
	if (message[0] == (ip6 ? 128 : 8))
		echo_reply(net, me, src, message, frame->l4_len, ip6, in->bytes + 6);
	if (message[0] == (ip6 ? 129 : 0))
		echo_received(net, me, src, message, frame->l4_len, ip6);
}

void party_receive(struct network *net, enum party_id id, const struct stored_frame *frame)
{
	struct parsed parsed = parse_frame(frame->bytes, frame->len);

	if (!is_present(net, id) || parsed.tagged || (frame->bytes[6] & 1))
		return;
	if (parsed.type == 0x0806)
		receive_arp(net, id, &parsed);
	else if (parsed.l4 && !parsed.fragment)
		receive_ip(net, id, &parsed, frame);
}
