/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 30 and 33 to 35: virtual routers, borrowed and unknown addresses, guests that arrive, in the user-space engine. */
#include "fixture.h"

enum { VRID = 0x2c };

static const uint8_t mac_virtual[6] = {0, 0, 0x5e, 0, 1, VRID}; /* of a virtual router (RFC 5798, 7.3) */
static const uint8_t mac_vrrp[6] = {1, 0, 0x5e, 0, 0, 18}, ip_vrrp[4] = {224, 0, 0, 18};
static const uint8_t ip_nobody[4] = {192, 168, 157, 199};

/* An advertisement of VRRP version 2, once a second (RFC 3768, 5.1). */
static void put_advert(struct harness *harness, const uint8_t *ip, uint8_t priority)
{
	struct ip4_spec ip4 = {.src = ip, .dst = ip_vrrp, .proto = 112, .ttl = 255};
	const uint8_t body[20] = {0x21, VRID, priority, 1, 0, 1, 0, 0, 192, 168, 157, 250};

	put_ip4(&harness->frame, mac_vrrp, mac_virtual, &ip4, body, sizeof(body));
}

static enum drop advert_from_guest(struct harness *harness, uint32_t port, const uint8_t *ip, uint8_t priority)
{
	put_advert(harness, ip, priority);
	return from_guest(harness, port);
}

static enum drop advert_from_wire(struct harness *harness, uint8_t priority)
{
	put_advert(harness, ip_neighbour, priority);
	return from_wire(harness);
}

static uint32_t owner(struct harness *harness)
{
	const struct mn_binding *binding = harness_find_mac(harness, mac_virtual);

	assert_non_null(binding);
	return binding->port;
}

static void test_rule_33_highest_priority_has_the_address(void **state)
{
	struct harness *harness = *state;

	assert_drop(advert_from_guest(harness, PORT_A, ip_a, 100), "none");
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_int_equal(owner(harness), PORT_A);
	assert_drop(advert_from_guest(harness, PORT_B, ip_b, 90), "none"); /* it passes, so that A defends itself */
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_int_equal(owner(harness), PORT_A);
	assert_drop(advert_from_guest(harness, PORT_B, ip_b, 110), "none");
	assert_int_equal(owner(harness), PORT_B);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	assert_memory_equal(harness_find4(harness, ip_b)->mac, mac_b, 6);
}

/* keepalived's unicast_peer: the advertisements have the addresses of the guest's data, which take the shortcut. */
static void test_rule_33_unicast_advertisement_takes_no_shortcut(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_a, .dst = ip_neighbour, .proto = 1, .ttl = 255};
	const uint8_t body[20] = {0x21, VRID, 100, 1, 0, 1, 0, 0, 192, 168, 157, 250};

	put_ip4(&harness->frame, mac_neighbour, mac_a, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_A), "none");
	put_ip4(&harness->frame, mac_neighbour, mac_a, &ip4, body, sizeof(body));
	harness_run(harness, MN_FROM_PORT, PORT_A, false);
	assert_goes(harness, MN_TO_UPLINK, 0);
	ip4.proto = 112;
	put_ip4(&harness->frame, mac_neighbour, mac_a, &ip4, body, sizeof(body));
	harness_run(harness, MN_FROM_PORT, PORT_A, false);
	assert_goes(harness, 0, 0);
}

static void test_rule_33_master_that_stops_or_falls_silent_is_followed(void **state)
{
	struct harness *harness = *state;

	advert_from_guest(harness, PORT_A, ip_a, 200);
	advert_from_guest(harness, PORT_A, ip_a, 0);
	advert_from_guest(harness, PORT_B, ip_b, 100);
	assert_int_equal(owner(harness), PORT_B);
	harness->now += 3 * SECOND;
	advert_from_guest(harness, PORT_A, ip_a, 50);
	assert_int_equal(owner(harness), PORT_B);
	harness->now += 1 * SECOND / 100;
	advert_from_guest(harness, PORT_A, ip_a, 50);
	assert_int_equal(owner(harness), PORT_A);
}

static void test_rule_33_guest_and_station(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_neighbour, .dst = ip_a, .proto = 1};
	struct mn_event event;

	assert_drop(advert_from_wire(harness, 150), "none");
	assert_int_equal(owner(harness), UPLINK);
	assert_drop(advert_from_guest(harness, PORT_A, ip_a, 100), "none");
	assert_int_equal(owner(harness), UPLINK);
	advert_from_wire(harness, 0);
	assert_drop(advert_from_guest(harness, PORT_A, ip_a, 100), "none");
	assert_int_equal(owner(harness), PORT_A);
	assert_true(harness_take_event(harness, MN_EV_TAKEN, &event));
	assert_int_equal(event.kind, MN_STATION); /* the bridge's entry for the station must go */
	/* a backup router speaks with the address, too */
	put_ip4(&harness->frame, mac_uplink, mac_virtual, &ip4, "\10\0\0\0", 4);
	assert_drop(from_wire(harness), "guest_on_wire");
	assert_int_equal(owner(harness), PORT_A);
	assert_drop(advert_from_wire(harness, 90), "none"); /* the guests must hear it */
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	assert_int_equal(owner(harness), PORT_A);
	assert_drop(advert_from_wire(harness, 150), "none");
	assert_int_equal(owner(harness), UPLINK);
}

/* CARP: the lowest advskew wins, and 255 says that the master stops. */
static void test_rule_33_carp(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_a, .dst = ip_vrrp, .proto = 112, .ttl = 255};
	uint8_t body[36] = {0x21, VRID, 10, 7, 0, 1};
	static const struct {
		uint32_t port, owner;
		uint8_t skew;
	} rows[] = {
		{PORT_A, PORT_A, 10},  {PORT_B, PORT_A, 100}, {PORT_B, PORT_B, 9},
		{PORT_B, PORT_B, 255}, {PORT_A, PORT_A, 200},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		body[2] = rows[i].skew;
		put_ip4(&harness->frame, mac_vrrp, mac_virtual, &ip4, body, sizeof(body));
		assert_drop(from_guest(harness, rows[i].port), "none");
		assert_int_equal(owner(harness), rows[i].owner);
	}
}

/* A hop limit below 255 comes from another network, and the MAC address names the virtual router. */
static void test_rule_33_invalid_advertisement_takes_nothing(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_b, .dst = ip_vrrp, .proto = 112, .ttl = 254};
	uint8_t body[20] = {0x21, VRID, 255, 1, 0, 1};

	advert_from_guest(harness, PORT_A, ip_a, 100);
	put_ip4(&harness->frame, mac_vrrp, mac_virtual, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	ip4.ttl = 255;
	body[1] = VRID + 1;
	put_ip4(&harness->frame, mac_vrrp, mac_virtual, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	put_ip4(&harness->frame, mac_vrrp, mac_virtual, &ip4, body, 7);
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	assert_int_equal(owner(harness), PORT_A);
}

/* Linux asks with any address from any interface: the answer reaches the guest that asked, and the owner. */
/* keepalived without use_vmac: a router uses its own MAC address for the virtual IP address. */
static void test_rule_33_master_that_stops_gives_up_its_addresses(void **state)
{
	static const uint8_t ip_virtual[4] = {192, 168, 157, 250};
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_a, .dst = ip_vrrp, .proto = 112, .ttl = 255};
	uint8_t body[20] = {0x21, VRID, 0, 2, 0, 1, 0, 0, 192, 168, 157, 250, 192, 168, 157, 42};

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_virtual, mac_zero, ip_virtual);
	assert_drop(from_guest(harness, PORT_A), "none");
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_b, mac_zero, ip_router);
	assert_drop(from_guest(harness, PORT_B), "none");

	/* What others say, or with another hop limit, priority or form, gives up nothing. */
	ip4.src = ip_b;
	put_ip4(&harness->frame, mac_vrrp, mac_b, &ip4, body, sizeof(body) - 4);
	body[3] = 1;
	put_ip4(&harness->frame, mac_vrrp, mac_b, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_B), "none");
	ip4.src = ip_a;
	ip4.ttl = 254;
	put_ip4(&harness->frame, mac_vrrp, mac_a, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_A), "none");
	ip4.ttl = 255;
	body[2] = 1;
	put_ip4(&harness->frame, mac_vrrp, mac_a, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_A), "none");
	body[2] = body[3] = 0;
	put_ip4(&harness->frame, mac_vrrp, mac_a, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_int_not_equal(harness_find4(harness, ip_virtual)->last_seen, 0);

	/* The list names an address of another guest, too, which keeps it. */
	body[3] = 2;
	put_ip4(&harness->frame, mac_vrrp, mac_a, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_int_not_equal(harness_find4(harness, ip_b)->last_seen, 0);
	assert_int_not_equal(harness_find4(harness, ip_a)->last_seen, 0);

	/* Packets that A answers before it removes the address keep nothing. */
	ip4 = (struct ip4_spec){.src = ip_virtual, .dst = ip_router, .proto = 1, .ttl = 64};
	put_ip4(&harness->frame, mac_router, mac_a, &ip4, "\0\0\0\0", 4);
	assert_drop(from_guest(harness, PORT_A), "none");
	ip4 = (struct ip4_spec){.src = ip_a, .dst = ip_vrrp, .proto = 112, .ttl = 255};
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_virtual, mac_zero, ip_virtual);
	assert_drop(from_guest(harness, PORT_B), "none");
	assert_memory_equal(harness_find4(harness, ip_virtual)->mac, mac_b, 6);
	assert_int_equal(harness_find4(harness, ip_virtual)->port, PORT_B);

	/* A is the master again. */
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_virtual, mac_zero, ip_virtual);
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_int_equal(harness_find4(harness, ip_virtual)->port, PORT_A);

	/* CARP: 0 is its highest rank, and what follows is no list of addresses. */
	uint8_t carp[36] = {0x21, VRID, 0, 7, 0, 1, 0, 0, 192, 168, 157, 250};
	put_ip4(&harness->frame, mac_vrrp, mac_a, &ip4, carp, sizeof(carp));
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_int_not_equal(harness_find4(harness, ip_virtual)->last_seen, 0);
}

/* Only the contest of an address that its owner advertises is short, and only if another outranks the owner. */
static void test_rule_33_advertisement_of_another_takes_nothing(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_a, .dst = ip_vrrp, .proto = 112, .ttl = 255};
	uint8_t body[20] = {0x21, VRID, 100, 1, 0, 1, 0, 0, 192, 168, 157, 41};
	const struct {
		uint8_t number, rank;
		unsigned after_s;
		bool outranked;
	} rows[] = {{VRID, 99, 0, false},   {VRID, 100, 0, false}, {VRID + 1, 200, 0, false},
		    {VRID, 200, 11, false}, {VRID, 200, 0, true},  {VRID, 0, 0, false}};

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_a);
	assert_drop(from_guest(harness, PORT_A), "none");
	put_ip4(&harness->frame, mac_vrrp, mac_b, &ip4, body, sizeof(body));
	assert_drop(from_guest(harness, PORT_B), "none");
	assert_int_equal(harness_find4(harness, ip_a)->router, 0);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mn_binding *owner = harness_find4(harness, ip_a);

		body[1] = VRID;
		body[2] = 100;
		put_ip4(&harness->frame, mac_vrrp, mac_a, &ip4, body, sizeof(body));
		assert_drop(from_guest(harness, PORT_A), "none");
		assert_false(owner->router & MN_VRRP_OUTRANKED);
		harness->now += rows[i].after_s * SECOND;
		body[1] = rows[i].number;
		body[2] = rows[i].rank;
		put_ip4(&harness->frame, mac_vrrp, mac_b, &ip4, body, sizeof(body));
		assert_drop(from_guest(harness, PORT_B), "none");
		assert_int_equal(!!(owner->router & MN_VRRP_OUTRANKED), rows[i].outranked);
		put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_a);
		assert_drop(from_guest(harness, PORT_B), "claim_taken");
		assert_int_equal(owner->port, PORT_A);
	}
}

static void test_rule_30_request_with_another_guests_address(void **state)
{
	struct harness *harness = *state;
	struct mn_event event;

	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_router);
	assert_drop(from_guest(harness, PORT_B), "none");
	assert_goes(harness, MN_TO_UPLINK, 0); /* this host must not learn that A is at B */
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &event));
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_router, ip_router, mac_uplink, ip_a);
	assert_drop(from_wire(harness), "none");
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_broadcast);
	/* this host's own answers stay its own */
	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_router, ip_router, mac_uplink, ip_host);
	assert_drop(from_wire(harness), "none");
	assert_goes(harness, MN_TO_HOST, 0);
	/* to this host it is a probe (RFC 5227, 1.1) */
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_host);
	assert_drop(from_guest(harness, PORT_B), "none");
	assert_goes(harness, MN_TO_HOST, 0);
	assert_memory_equal(harness->frame.bytes + 28, mac_zero, 4);
	mn_engine_config(harness->engine)->flags |= MN_CONFIG_SOURCE_GUARD;
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_router);
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
}

/* An owner that answered after the contest has its address back, once and for a short time. */
static void test_rule_02_late_answer_returns_the_address(void **state)
{
	static const unsigned seconds[] = {9, 11};
	struct mn_key key = {.family = MN_IP4};

	for (size_t i = 0; i < COUNT(seconds); i++) {
		struct harness *harness = *state;
		struct mn_binding heir = {.kind = MN_GUEST, .port = PORT_B, .slot = MN_NO_SLOT, .home = PORT_A};

		memcpy(key.addr, ip_a, 4);
		memcpy(heir.mac, mac_b, 6);
		heir.created = heir.last_seen = harness->now;
		mn_engine_put(harness->engine, &key, &heir);
		harness->now += seconds[i] * SECOND;
		put_arp(&harness->frame, mac_uplink, mac_a, 2, mac_a, ip_a, mac_uplink, ip_host);
		assert_drop(from_guest(harness, PORT_A), i == 0 ? "none" : "claim_taken");
		assert_memory_equal(harness_find4(harness, ip_a)->mac, i == 0 ? mac_a : mac_b, 6);
	}
}

/* An answer ends a contest, however short the time since the last frame of its owner. */
static void test_rule_02_answer_in_a_contest_counts_at_once(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_uplink, mac_a, 2, mac_a, ip_a, mac_uplink, ip_host);
	from_guest(harness, PORT_A);
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_a);
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	assert_true(harness_find4(harness, ip_a)->flags & MN_F_CONTEST);
	harness->now += 1000000;
	put_arp(&harness->frame, mac_uplink, mac_a, 2, mac_a, ip_a, mac_uplink, ip_host);
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_false(harness_find4(harness, ip_a)->flags & MN_F_CONTEST);
	assert_int_equal(harness_find4(harness, ip_a)->last_seen, harness->now);
}

/* User space asks for an address to learn whether its owner hears questions: what the owner sends anyway is no answer. */
static void test_rule_02_only_an_answer_clears_probing(void **state)
{
	struct harness *harness = *state;
	const struct mn_key keys[] = {key_of4(ip_a), key_of6(ip6_a)};
	struct ip4_spec ip4 = {.src = ip_a, .dst = ip_router, .proto = 1, .ttl = 64};
	struct nd_spec solicitation = {.type = NS, .target = ip6_neighbour, .slla = mac_a},
		       answer = {.type = NA, .flags = 0x60, .target = ip6_a, .tlla = mac_a};

	for (size_t i = 0; i < 2; i++) {
		struct mn_binding binding = *mn_engine_get(harness->engine, &keys[i]);

		binding.flags |= MN_F_PROBING;
		mn_engine_put(harness->engine, &keys[i], &binding);
	}
	harness->now += 2 * SECOND; /* so that a frame refreshes the binding */
	put_ip4(&harness->frame, mac_router, mac_a, &ip4, "\10\0\0\0", 4);
	assert_drop(from_guest(harness, PORT_A), "none");
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_router);
	assert_drop(from_guest(harness, PORT_A), "none");
	put_nd(&harness->frame, mac_neighbour, mac_a, ip6_a, ip6_neighbour, &solicitation);
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_true(harness_find4(harness, ip_a)->flags & MN_F_PROBING);
	assert_true(harness_find6(harness, ip6_a)->flags & MN_F_PROBING);
	put_arp(&harness->frame, mac_uplink, mac_a, 2, mac_a, ip_a, mac_uplink, ip_host);
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_false(harness_find4(harness, ip_a)->flags & MN_F_PROBING);
	put_nd(&harness->frame, mac_uplink, mac_a, ip6_a, ip6_host, &answer);
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_false(harness_find6(harness, ip6_a)->flags & MN_F_PROBING);
}

/* The same of a station: its reply to this host clears the flag of its MAC address. */
static void test_rule_02_only_an_answer_of_a_station_clears_probing(void **state)
{
	struct harness *harness = *state;
	const struct mn_key key = key_of_mac(mac_neighbour);
	struct ip4_spec ip4 = {.src = ip_neighbour, .dst = ip_host, .proto = 1, .ttl = 64};
	struct mn_binding binding;

	put_ip4(&harness->frame, mac_uplink, mac_neighbour, &ip4, "\10\0\0\0", 4);
	assert_drop(from_wire(harness), "none");
	binding = *mn_engine_get(harness->engine, &key);
	assert_int_equal(binding.kind, MN_STATION);
	binding.flags |= MN_F_PROBING;
	mn_engine_put(harness->engine, &key, &binding);
	harness->now += 2 * SECOND;
	put_ip4(&harness->frame, mac_uplink, mac_neighbour, &ip4, "\10\0\0\0", 4);
	assert_drop(from_wire(harness), "none");
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_a);
	assert_drop(from_wire(harness), "none");
	put_arp(&harness->frame, mac_broadcast, mac_neighbour, 1, mac_neighbour, ip_neighbour, mac_zero, ip_host);
	assert_drop(from_wire(harness), "none");
	assert_true(mn_engine_get(harness->engine, &key)->flags & MN_F_PROBING);
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_host);
	assert_drop(from_wire(harness), "none");
	assert_false(mn_engine_get(harness->engine, &key)->flags & MN_F_PROBING);
}

static void test_rule_34_unknown_address_is_counted_and_asked_for(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip4 = {.src = ip_neighbour, .dst = ip_nobody, .proto = 1};
	struct mn_event event;

	for (int i = 0; i < 5; i++) {
		put_ip4(&harness->frame, mac_uplink, mac_neighbour, &ip4, "\10\0\0\0", 4);
		assert_drop(from_wire(harness), "none");
		assert_goes(harness, MN_TO_HOST, 0);
	}
	assert_int_equal(mn_engine_drops(harness->engine, DROP_UNKNOWN_ADDRESS), 5);
	assert_true(harness_take_event(harness, MN_EV_UNKNOWN, &event));
	assert_memory_equal(event.key.addr, ip_nobody, 4);
	assert_false(harness_take_event(harness, MN_EV_UNKNOWN, &event));
	harness->now += SECOND;
	put_ip4(&harness->frame, mac_uplink, mac_neighbour, &ip4, "\10\0\0\0", 4);
	from_wire(harness);
	assert_true(harness_take_event(harness, MN_EV_UNKNOWN, &event));
	ip4.dst = ip_host;
	put_ip4(&harness->frame, mac_uplink, mac_neighbour, &ip4, "\10\0\0\0", 4);
	from_wire(harness);
	assert_int_equal(mn_engine_drops(harness->engine, DROP_UNKNOWN_ADDRESS), 6);
	assert_false(harness_take_event(harness, MN_EV_UNKNOWN, &event));
}

static bool is_asked_for(struct harness *harness, const uint8_t *ip)
{
	struct ip4_spec ip4 = {.src = ip_neighbour, .dst = ip, .proto = 1};
	struct mn_event event;

	put_ip4(&harness->frame, mac_uplink, mac_neighbour, &ip4, "\10\0\0\0", 4);
	from_wire(harness);
	return harness_take_event(harness, MN_EV_UNKNOWN, &event) && !memcmp(event.key.addr, ip, 4);
}

/* Of all that a neighbour or a guest can send once a second, nothing keeps the guests from being asked for an address. */
static void test_rule_34_other_addresses_do_not_prevent_the_question(void **state)
{
	struct harness *harness = *state;
	uint8_t ip[4] = {172, 20, 0, 0}, mac[6] = {0, 0x60, 0, 0, 0x77};
	struct mn_event event;

	for (unsigned i = 0; i < 1024; i++) {
		bool asked = false;

		ip[2] = mac[4] = (uint8_t)(i >> 8);
		ip[3] = mac[5] = (uint8_t)i;
		for (int second = 0; second < 5 && !asked; second++, harness->now += SECOND) {
			is_asked_for(harness, ip);
			put_arp(&harness->frame, mac_broadcast, mac, 3, mac, ip_zero, mac, ip_zero);
			harness->frame.bytes[12] = 0x80;
			harness->frame.bytes[13] = 0x35;
			from_guest(harness, PORT_C);
			harness_take_event(harness, MN_EV_ARRIVED, &event);
			asked = is_asked_for(harness, ip_nobody);
		}
		if (!asked)
			fail_msg("%u.%u.%u.%u or …:%02x:%02x prevents the question", ip[0], ip[1], ip[2], ip[3], mac[4],
				 mac[5]);
	}
}

static void test_rule_34_unicast_request_becomes_a_broadcast(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_uplink, mac_router, 1, mac_router, ip_router, mac_zero, ip_nobody);
	assert_drop(from_wire(harness), "none");
	assert_goes(harness, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_dst(harness, mac_broadcast);
	assert_same_body(harness);
}

static void test_rule_35_arrival_by_rarp_is_reported_once(void **state)
{
	static const uint8_t mac_new[6] = {0, 0x60, 0, 0, 0, 0x77};
	struct harness *harness = *state;
	struct mn_event event;

	for (int i = 0; i < 3; i++) {
		put_arp(&harness->frame, mac_broadcast, mac_new, 3, mac_new, ip_zero, mac_new, ip_zero);
		harness->frame.bytes[12] = 0x80;
		harness->frame.bytes[13] = 0x35;
		assert_drop(from_guest(harness, PORT_C), "rarp");
	}
	assert_true(harness_take_event(harness, MN_EV_ARRIVED, &event));
	assert_memory_equal(event.key.addr, mac_new, 6);
	assert_int_equal(event.port, PORT_C);
	assert_false(harness_take_event(harness, MN_EV_ARRIVED, &event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_33_highest_priority_has_the_address),
		TEST(test_rule_33_unicast_advertisement_takes_no_shortcut),
		TEST(test_rule_33_master_that_stops_or_falls_silent_is_followed),
		TEST(test_rule_33_guest_and_station),
		TEST(test_rule_33_carp),
		TEST(test_rule_33_master_that_stops_gives_up_its_addresses),
		TEST(test_rule_33_advertisement_of_another_takes_nothing),
		TEST(test_rule_33_invalid_advertisement_takes_nothing),
		TEST(test_rule_30_request_with_another_guests_address),
		TEST(test_rule_02_late_answer_returns_the_address),
		TEST(test_rule_02_answer_in_a_contest_counts_at_once),
		TEST(test_rule_02_only_an_answer_clears_probing),
		TEST(test_rule_02_only_an_answer_of_a_station_clears_probing),
		TEST(test_rule_34_unknown_address_is_counted_and_asked_for),
		TEST(test_rule_34_other_addresses_do_not_prevent_the_question),
		TEST(test_rule_34_unicast_request_becomes_a_broadcast),
		TEST(test_rule_35_arrival_by_rarp_is_reported_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
