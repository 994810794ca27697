/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of VLANs and of 4-address stations: what hostapd sends for them is the model. */
#include "unit.h"

#include "nl80211_ap_world.h"

#include <errno.h>

enum { VLAN_IFINDEX = 20 };

/* A request whose reply comes later. */
struct question {
	int purpose;
	uint64_t cookie;
};

/* ---- helpers ---- */

/* Takes a request whatever its interface. */
static void take_any(struct world *world, uint8_t command, int ifindex)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_COMMAND);
	assert_int_equal(world->request.command, command);
	assert_true(nlmsg_parse(nlmsg_hdr(world->request.message), sizeof(struct genlmsghdr), world->attrs,
				NL80211_ATTR_MAX, NULL) >= 0);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_IFINDEX]), ifindex);
}

static const struct nl80211_port *take_port(struct world *world, bool up)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_PORT);
	assert_int_equal(world->request.ifindex, VLAN_IFINDEX);
	assert_int_equal(world->request.up, up);
	return &world->request.port;
}

static struct question take_creation(struct world *world, const char *name)
{
	take_any(world, NL80211_CMD_NEW_INTERFACE, 0);
	assert_string_equal(nla_get_string(world->attrs[NL80211_ATTR_IFNAME]), name);
	return (struct question){world->request.purpose, world->request.cookie};
}

/* The kernel has created the interface. */
static void answer_created(struct world *world, struct question question)
{
	struct nl_msg *message = message_new(NL80211_CMD_NEW_INTERFACE);
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct nl80211_reply reply = {.messages = &header, .count = 1};

	nla_put_u32(message, NL80211_ATTR_IFINDEX, VLAN_IFINDEX);
	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nl80211_request_free(&world->request);
	world->request =
		(struct nl80211_request){.ifindex = IFINDEX, .purpose = question.purpose, .cookie = question.cookie};
	answer(world, reply);
	nlmsg_free(message);
}

static void set_station(struct world *world, uint16_t vlan, bool four_address)
{
	struct plane_action *action = act(world, PLANE_STATION_SET, sta_addr);

	action->station = (struct plane_station){
		.associated = true, .rsn = true, .aid = 3, .vlan = vlan, .four_address = four_address};
	apply(world);
}

static void associate(struct world *world, uint16_t vlan)
{
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	nl80211_requests_clear(&world->out);
	set_station(world, vlan, false);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
}

static void start_vlan(struct world *world, uint16_t vlan)
{
	struct plane_action *action = act(world, PLANE_VLAN_START, NULL);

	action->vlan = vlan;
	action = act(world, PLANE_KEY_INSTALL, NULL);
	action->key = (struct plane_key){
		.group = true, .vlan = vlan, .id = 1, .cipher = CIPHER_CCMP_128, .len = 16, .bytes = "vlan group key"};
	action = act(world, PLANE_KEY_DEFAULT, NULL);
	action->key = (struct plane_key){.group = true, .vlan = vlan, .id = 1};
	apply(world);
}

static struct world *begin(const struct nl80211_ap_ports *ports)
{
	struct world *world = world_new(false, ports);

	start_bss(world);
	nl80211_requests_clear(&world->out);
	return world;
}

/* ---- cases ---- */

static void four_address_station_gets_an_interface(void **state)
{
	const struct nl80211_ap_ports ports = {.interface = "wlan0", .station_bridge = "br0"};
	struct world *world = begin(&ports);
	struct question creation;
	struct plane_event event;

	(void)state;
	associate(world, 0);
	answer(world, (struct nl80211_reply){0});
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_UNEXPECTED_4ADDR_FRAME, .mac = sta_addr});
	next_event(world, PLANE_EVENT_FOUR_ADDRESS, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	set_station(world, 0, true);
	creation = take_creation(world, "wlan0.sta3");
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_IFTYPE]), NL80211_IFTYPE_AP_VLAN);
	assert_int_equal(nla_get_u8(world->attrs[NL80211_ATTR_4ADDR]), 1);
	assert_non_null(world->attrs[NL80211_ATTR_SOCKET_OWNER]);
	answer_created(world, creation);
	assert_string_equal(take_port(world, true)->bridge, "br0");
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_STA_VLAN]), VLAN_IFINDEX);
	/* Frames of the interface are those of the BSS. */
	nl80211_ap_event(world->plane,
			 &(struct nl80211_event){.command = NL80211_CMD_UNEXPECTED_FRAME,
						 .has_ifindex = true,
						 .ifindex = VLAN_IFINDEX,
						 .mac = sta_addr},
			 0, &world->out);
	next_event(world, PLANE_EVENT_UNEXPECTED, &event);
	/* The interface ends after the station. */
	act(world, PLANE_STATION_REMOVE, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_any(world, NL80211_CMD_DEL_INTERFACE, VLAN_IFINDEX);
	take_port(world, false);
	no_more(world);
	world_free(world);
}

static void keys_and_stations_wait_for_the_interface_of_a_vlan(void **state)
{
	const struct nl80211_ap_vlan lines[] = {{.name = "v#x"}, {.id = 9, .name = "nine", .bridge = "br-nine"}};
	const struct nl80211_ap_ports ports = {.interface = "wlan0",
					       .vlans = lines,
					       .vlan_count = 2,
					       .vlan_bridge = "brv",
					       .tagged_interface = "eth0",
					       .tagged_by_interface = true};
	struct world *world = begin(&ports);
	const struct nl80211_port *port;
	struct question creation;

	(void)state;
	start_vlan(world, 5);
	creation = take_creation(world, "v5x");
	assert_null(world->attrs[NL80211_ATTR_4ADDR]);
	no_more(world);
	associate(world, 5);
	answer(world, (struct nl80211_reply){0}); /* the association */
	no_more(world);
	/* As if the reply to NEW_INTERFACE came only now. */
	answer_created(world, creation);
	port = take_port(world, true);
	assert_string_equal(port->bridge, "brv5");
	assert_string_equal(port->tagged, "eth0");
	assert_string_equal(port->tagged_vlan, "eth0.5");
	assert_int_equal(port->vlan, 5);
	take_any(world, NL80211_CMD_NEW_KEY, VLAN_IFINDEX);
	take_any(world, NL80211_CMD_SET_KEY, VLAN_IFINDEX);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_STA_VLAN]), VLAN_IFINDEX);
	no_more(world);
	world_free(world);
}

static void vlan_without_interface_gets_no_station(void **state)
{
	const struct nl80211_ap_ports ports = {.interface = "wlan0"};
	struct world *world = begin(&ports);
	struct question creation;
	struct plane_event event;

	(void)state;
	start_vlan(world, 5);
	creation = take_creation(world, "wlan0.5");
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	set_station(world, 5, false);
	world->request.ifindex = IFINDEX;
	world->request.purpose = creation.purpose;
	world->request.cookie = creation.cookie;
	answer(world, (struct nl80211_reply){.error = -ENFILE});
	next_event(world, PLANE_EVENT_KEY_FAILED, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	assert_false(event.group);
	world_free(world);
}

static void authorise(struct world *world, uint16_t vlan)
{
	act(world, PLANE_STATION_SET, sta_addr)->station =
		(struct plane_station){.associated = true, .authorised = true, .rsn = true, .aid = 3, .vlan = vlan};
	apply(world);
}

/* The interface was refused before the station came: it must not be in the network of the BSS instead. */
static void station_of_a_missing_vlan_stays_closed(void **state)
{
	const struct nl80211_ap_ports ports = {.interface = "wlan0"};
	struct world *world = begin(&ports);
	struct question creation;
	struct plane_event event;

	(void)state;
	start_vlan(world, 5);
	creation = take_creation(world, "wlan0.5");
	world->request.ifindex = IFINDEX;
	world->request.purpose = creation.purpose;
	world->request.cookie = creation.cookie;
	answer(world, (struct nl80211_reply){.error = -EOPNOTSUPP});
	associate(world, 5);
	answer(world, (struct nl80211_reply){0});
	next_event(world, PLANE_EVENT_KEY_FAILED, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	authorise(world, 5);
	next_event(world, PLANE_EVENT_KEY_FAILED, &event);
	no_more(world);
	world_free(world);
}

static void port_opens_once_the_station_is_in_its_vlan(void **state)
{
	const struct nl80211_ap_ports ports = {.interface = "wlan0"};
	struct world *world = begin(&ports);
	struct question creation;

	(void)state;
	start_vlan(world, 5);
	creation = take_creation(world, "wlan0.5");
	associate(world, 5);
	answer(world, (struct nl80211_reply){0}); /* the association */
	authorise(world, 5);
	no_more(world);
	answer_created(world, creation);
	take_port(world, true);
	take_any(world, NL80211_CMD_NEW_KEY, VLAN_IFINDEX);
	take_any(world, NL80211_CMD_SET_KEY, VLAN_IFINDEX);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_STA_VLAN]), VLAN_IFINDEX);
	no_more(world);
	answer(world, (struct nl80211_reply){0}); /* it is there */
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_flags(world, BIT_OF(AUTHORIZED), BIT_OF(AUTHORIZED));
	no_more(world);
	world_free(world);
}

static void vlan_ends_after_its_last_station(void **state)
{
	const struct nl80211_ap_ports ports = {.interface = "wlan0"};
	struct world *world = begin(&ports);

	(void)state;
	start_vlan(world, 5);
	answer_created(world, take_creation(world, "wlan0.5"));
	nl80211_requests_clear(&world->out);
	associate(world, 5);
	answer(world, (struct nl80211_reply){0});
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	act(world, PLANE_VLAN_STOP, NULL)->vlan = 5;
	apply(world);
	no_more(world); /* its farewell may be under way */
	act(world, PLANE_STATION_REMOVE, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_any(world, NL80211_CMD_DEL_INTERFACE, VLAN_IFINDEX);
	take_port(world, false);
	no_more(world);
	world_free(world);
}

static void packet_number_of_a_vlan_is_asked(void **state)
{
	const struct nl80211_ap_ports ports = {.interface = "wlan0"};
	const uint8_t seq[6] = {7, 1};
	struct world *world = begin(&ports);
	struct plane_action *action;
	struct plane_event event;
	struct nl_msg *message = message_new(NL80211_CMD_NEW_KEY);
	struct nlmsghdr *header = nlmsg_hdr(message);

	(void)state;
	nla_put(message, NL80211_ATTR_KEY_SEQ, sizeof(seq), seq);
	action = act(world, PLANE_KEY_INSTALL, NULL);
	action->key = (struct plane_key){.group = true, .id = 1, .cipher = CIPHER_CCMP_128, .len = 16};
	apply(world);
	nl80211_requests_clear(&world->out);
	start_vlan(world, 5);
	answer_created(world, take_creation(world, "wlan0.5"));
	nl80211_requests_clear(&world->out);
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	nl80211_requests_clear(&world->out);
	nl80211_ap_refresh(world->plane, 0, &world->out);
	take_any(world, NL80211_CMD_GET_KEY, VLAN_IFINDEX);
	answer(world, (struct nl80211_reply){.messages = &header, .count = 1});
	next_event(world, PLANE_EVENT_GROUP_PN, &event);
	assert_int_equal(event.vlan, 5);
	assert_int_equal(event.gtk_pn, 0x107);
	assert_true(nl80211_ap_is_refreshing(world->plane));
	take(world, NL80211_CMD_GET_KEY);
	answer(world, (struct nl80211_reply){.messages = &header, .count = 1});
	next_event(world, PLANE_EVENT_GROUP_PN, &event);
	assert_int_equal(event.vlan, 0);
	assert_false(nl80211_ap_is_refreshing(world->plane));
	nlmsg_free(message);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_address_station_gets_an_interface),
		cmocka_unit_test(keys_and_stations_wait_for_the_interface_of_a_vlan),
		cmocka_unit_test(vlan_without_interface_gets_no_station),
		cmocka_unit_test(station_of_a_missing_vlan_stays_closed),
		cmocka_unit_test(port_opens_once_the_station_is_in_its_vlan),
		cmocka_unit_test(vlan_ends_after_its_last_station),
		cmocka_unit_test(packet_number_of_a_vlan_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
