/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plane of an access point over nl80211: the actions of control in, requests to the kernel out; replies and messages of
 * the kernel in, events for control out. No kernel. What hostapd sends to it in the same situation is the model.
 */
#ifndef VIFI_TESTS_NL80211_AP_WORLD_H
#define VIFI_TESTS_NL80211_AP_WORLD_H

#include "nl80211_messages.h"

#include "base/mac.h"
#include "mlme/time.h"
#include "nl80211/ap/ap.h"
#include "nl80211/attributes.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"

#define IFINDEX  7
#define FREQ_MHZ 2412

static const uint8_t bssid[6] = {2, 0, 0, 0, 1, 0}, sta_addr[6] = {2, 0, 0, 0, 0, 1},
		     broadcast[6] = {255, 255, 255, 255, 255, 255};

struct world {
	struct nl80211_ap *plane;
	struct nl80211_requests out;
	struct plane_actions actions;
	struct nl80211_request request; /* the one that was taken last */
	struct nlattr *attrs[NL80211_ATTR_MAX + 1];
	uint64_t now_ns;
};

#define BIT_OF(name) (1u << NL80211_STA_FLAG_##name)

/* ---- requests and events ---- */

/* Takes the next request, and checks its command. */
static inline void take(struct world *world, uint8_t command)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.command, command);
	assert_int_equal(world->request.ifindex, IFINDEX);
	assert_false(world->request.too_long);
	assert_true(nlmsg_parse(nlmsg_hdr(world->request.message), sizeof(struct genlmsghdr), world->attrs,
				NL80211_ATTR_MAX, NULL) >= 0);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_IFINDEX]), IFINDEX);
}

static inline void take_to(struct world *world, uint8_t command, const uint8_t *addr)
{
	take(world, command);
	assert_non_null(attribute_mac(world->attrs[NL80211_ATTR_MAC]));
	assert_memory_equal(attribute_mac(world->attrs[NL80211_ATTR_MAC]), addr, 6);
}

static inline void no_more(struct world *world)
{
	assert_int_equal(world->out.count, 0);
}

static inline void assert_flags(const struct world *world, uint32_t mask, uint32_t set)
{
	struct nl80211_sta_flag_update flags = {.mask = mask, .set = set};

	assert_bytes(world->attrs[NL80211_ATTR_STA_FLAGS2], &flags, sizeof(flags));
}

static inline void answer(struct world *world, struct nl80211_reply reply)
{
	struct nl80211_requests urgent = {0};

	nl80211_ap_reply(world->plane, &world->request, &reply, world->now_ns, &urgent);
	nl80211_requests_put_first(&world->out, &urgent);
	nl80211_requests_free(&urgent);
}

static inline void kernel_says(struct world *world, struct nl80211_event event)
{
	event.has_ifindex = true;
	event.ifindex = IFINDEX;
	nl80211_ap_event(world->plane, &event, world->now_ns, &world->out);
}

static inline void next_event(struct world *world, enum plane_event_kind kind, struct plane_event *event)
{
	assert_true(nl80211_ap_take_event(world->plane, event));
	assert_int_equal(event->kind, kind);
	assert_int_equal(event->bss, 0);
}

static inline void no_event(struct world *world)
{
	struct plane_event event;

	assert_false(nl80211_ap_take_event(world->plane, &event));
}

/* ---- actions ---- */

static inline struct plane_action *act(struct world *world, enum plane_action_kind kind, const uint8_t *addr)
{
	struct plane_action *action = plane_actions_add(&world->actions, kind);

	assert_non_null(action);
	if (addr)
		mac_copy(action->addr, addr);
	return action;
}

static inline void apply(struct world *world)
{
	nl80211_ap_apply(world->plane, &world->actions, world->now_ns, &world->out);
	plane_actions_clear(&world->actions);
}

static inline struct frame *new_beacon(size_t *tim_offset)
{
	static const uint8_t rates[] = {0x82, 0x84, 11, 22, 12},
			     rsn[] = {48, 20, 1, 0, 0, 15, 0xac, 4, 1, 0, 0, 15, 0xac, 4, 1, 0, 0, 15, 0xac, 2, 0, 0},
			     ext_capab[] = {4, 0, 8};
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, broadcast, bssid, bssid);

	write_le64(&writer, 0);
	write_le16(&writer, 100);
	write_le16(&writer, CAPABILITY_ESS | CAPABILITY_PRIVACY | CAPABILITY_SHORT_SLOT);
	write_element(&writer, EID_SSID, "home", 4);
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	*tim_offset = writer.frame->len;
	write_bytes(&writer, rsn, sizeof(rsn));
	write_element(&writer, 127, ext_capab, sizeof(ext_capab));
	return frame_writer_end(&writer);
}

static inline struct frame *new_reason_frame(enum mgmt_subtype subtype, const uint8_t *to)
{
	struct frame_writer writer = mgmt_begin(subtype, to, bssid, bssid);

	write_le16(&writer, REASON_LEAVING);
	return frame_writer_end(&writer);
}

static inline struct plane_action *add_start(struct world *world)
{
	struct plane_action *action = act(world, PLANE_BSS_START, NULL);

	action->frame = new_beacon(&action->bss_setup.tim_offset);
	memcpy(action->bss_setup.bssid, bssid, 6);
	memcpy(action->bss_setup.ssid, "home", 4);
	action->bss_setup.ssid_len = 4;
	action->bss_setup.channel.freq_mhz = FREQ_MHZ;
	action->bss_setup.channel.width_mhz = 40;
	action->bss_setup.channel.center_mhz = 2422;
	action->bss_setup.beacon_tu = 100;
	action->bss_setup.dtim_period = 2;
	action->bss_setup.rsn = true;
	action->bss_setup.isolate = true;
	return action;
}

static inline void start_bss(struct world *world)
{
	add_start(world);
	apply(world);
}

/* The BSS is on the air, and nothing is left to be done. */
static inline void start_quietly(struct world *world)
{
	start_bss(world);
	nl80211_requests_clear(&world->out);
}

static inline void action_set(struct world *world, bool associated, bool authorised)
{
	struct plane_action *action = act(world, PLANE_STATION_SET, sta_addr);

	action->station = (struct plane_station){.associated = associated,
						 .authorised = authorised,
						 .qos = true,
						 .mfp = true,
						 .aid = associated ? 3 : 0,
						 .listen_interval = 10};
}

/* An association request of the station arrives, and is the one that control handles. */
static inline void hear_request(struct world *world)
{
	static const uint8_t rates[] = {0x82, 0x84, 11, 22, 12, 24, 48, 72}, ext_rates[] = {96, 108},
			     ht[26] = {0x2c, 1}, vht[12] = {0x30}, he[22] = {35, 9}, ext_capab[] = {4}, opmode = 1;
	struct frame_writer writer = mgmt_begin(MGMT_ASSOC_REQUEST, bssid, sta_addr, bssid);
	struct plane_event event;
	struct frame *frame;

	write_le16(&writer, 0x431);
	write_le16(&writer, 10);
	write_element(&writer, EID_SSID, "home", 4);
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	write_element(&writer, EID_EXT_RATES, ext_rates, sizeof(ext_rates));
	write_element(&writer, 45, ht, sizeof(ht));
	write_element(&writer, 127, ext_capab, sizeof(ext_capab));
	write_element(&writer, 191, vht, sizeof(vht));
	write_element(&writer, 199, &opmode, 1);
	write_element(&writer, 255, he, sizeof(he));
	frame = frame_writer_end(&writer);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_FRAME,
						  .frame = {frame->data, frame->len},
						  .freq_mhz = FREQ_MHZ,
						  .signal_dbm = -42});
	next_event(world, PLANE_EVENT_MANAGEMENT, &event);
	assert_int_equal(event.frame->len, frame->len);
	assert_memory_equal(event.frame->data, frame->data, frame->len);
	assert_memory_equal(event.addr, sta_addr, 6);
	assert_int_equal(event.frame->meta.signal_dbm, -42);
	frame_free(frame);
}

/* The station is associated, and nothing is left to be done. */
static inline void associate_quietly(struct world *world)
{
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	hear_request(world);
	action_set(world, true, false);
	apply(world);
	nl80211_requests_clear(&world->out);
}

static inline struct plane_action *deauthenticate(struct world *world)
{
	struct plane_action *action = act(world, PLANE_MANAGEMENT, sta_addr);

	action->frame = new_reason_frame(MGMT_DEAUTH, sta_addr);
	action_set(world, false, false);
	return act(world, PLANE_STATION_REMOVE, sta_addr);
}

static inline void install(struct world *world, const uint8_t *addr, uint8_t id, enum cipher cipher, uint8_t fill)
{
	struct plane_action *action = act(world, PLANE_KEY_INSTALL, addr);

	action->key =
		(struct plane_key){.group = !addr, .id = id, .cipher = cipher, .len = (uint8_t)cipher_key_len(cipher)};
	memset(action->key.bytes, fill, action->key.len);
	apply(world);
}

/* ---- the world ---- */

static inline void add_feature(struct nl80211_wiphy *wiphy, unsigned feature)
{
	wiphy->ext_features[feature / 8] |= (uint8_t)(1u << feature % 8);
}

static inline struct world *world_new(bool ap_sme, const struct nl80211_ap_ports *ports)
{
	struct nl80211_wiphy *wiphy = calloc(1, sizeof(*wiphy));
	struct nl80211_ap_setup plane = {
		.wiphy = wiphy, .bss_count = 1, .bss = {{.ifindex = IFINDEX, .bssid = {2, 0, 0, 0, 1, 0}}}};
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_non_null(wiphy);
	if (ports)
		plane.bss[0].ports = *ports;
	wiphy->features = NL80211_FEATURE_FULL_AP_CLIENT_STATE;
	wiphy->ap_sme = ap_sme;
	add_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211);
	add_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211_TX_STATUS);
	wiphy->commands[NL80211_CMD_PROBE_CLIENT / 64] |= UINT64_C(1) << NL80211_CMD_PROBE_CLIENT % 64;
	world->now_ns = 100 * SECOND;
	world->plane = nl80211_ap_new(&plane, 5);
	assert_non_null(world->plane);
	free(wiphy);
	return world;
}

static inline void world_free(struct world *world)
{
	nl80211_request_free(&world->request);
	nl80211_requests_free(&world->out);
	plane_actions_free(&world->actions);
	nl80211_ap_free(world->plane);
	free(world);
}

static inline int setup_with(void **state, bool ap_sme)
{
	*state = world_new(ap_sme, NULL);
	return 0;
}

static inline int setup(void **state)
{
	return setup_with(state, false);
}

static inline int setup_ap_sme(void **state)
{
	return setup_with(state, true);
}

static inline int teardown(void **state)
{
	world_free(*state);
	return 0;
}

#define CASE(name)        cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CASE_AP_SME(name) cmocka_unit_test_setup_teardown(name, setup_ap_sme, teardown)

#endif
