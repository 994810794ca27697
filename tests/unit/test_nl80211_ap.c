/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plane of an access point over nl80211: the actions of control in, requests to the kernel out; replies and messages of
 * the kernel in, events for control out. No kernel. What hostapd sends to it in the same situation is the model.
 */
#include "unit.h"

#include "base/mac.h"
#include "mlme/time.h"
#include "nl80211/ap/ap.h"
#include "nl80211/attributes.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/msg.h>

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

/* ---- requests ---- */

/* Takes the next request, and checks its command. */
static void take(struct world *world, uint8_t command)
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

static void take_to(struct world *world, uint8_t command, const uint8_t *addr)
{
	take(world, command);
	assert_non_null(attribute_mac(world->attrs[NL80211_ATTR_MAC]));
	assert_memory_equal(attribute_mac(world->attrs[NL80211_ATTR_MAC]), addr, 6);
}

static void no_more(struct world *world)
{
	assert_int_equal(world->out.count, 0);
}

static void assert_bytes(const struct nlattr *attr, const void *bytes, size_t len)
{
	assert_non_null(attr);
	assert_int_equal(nla_len(attr), len);
	assert_memory_equal(nla_data(attr), bytes, len);
}

static void assert_flags(const struct world *world, uint32_t mask, uint32_t set)
{
	struct nl80211_sta_flag_update flags = {.mask = mask, .set = set};

	assert_bytes(world->attrs[NL80211_ATTR_STA_FLAGS2], &flags, sizeof(flags));
}

static void answer(struct world *world, struct nl80211_reply reply)
{
	struct nl80211_requests urgent = {0};

	nl80211_ap_reply(world->plane, &world->request, &reply, world->now_ns, &urgent);
	nl80211_requests_put_first(&world->out, &urgent);
	nl80211_requests_free(&urgent);
}

static void kernel_says(struct world *world, struct nl80211_event event)
{
	event.has_ifindex = true;
	event.ifindex = IFINDEX;
	nl80211_ap_event(world->plane, &event, world->now_ns, &world->out);
}

static void next_event(struct world *world, enum plane_event_kind kind, struct plane_event *event)
{
	assert_true(nl80211_ap_take_event(world->plane, event));
	assert_int_equal(event->kind, kind);
	assert_int_equal(event->bss, 0);
}

static void no_event(struct world *world)
{
	struct plane_event event;

	assert_false(nl80211_ap_take_event(world->plane, &event));
}

/* ---- actions ---- */

static struct plane_action *act(struct world *world, enum plane_action_kind kind, const uint8_t *addr)
{
	struct plane_action *action = plane_actions_add(&world->actions, kind);

	assert_non_null(action);
	if (addr)
		mac_copy(action->addr, addr);
	return action;
}

static void apply(struct world *world)
{
	nl80211_ap_apply(world->plane, &world->actions, world->now_ns, &world->out);
	plane_actions_clear(&world->actions);
}

static struct frame *new_beacon(size_t *tim_offset)
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

static struct frame *new_reason_frame(enum mgmt_subtype subtype, const uint8_t *to)
{
	struct frame_writer writer = mgmt_begin(subtype, to, bssid, bssid);

	write_le16(&writer, REASON_LEAVING);
	return frame_writer_end(&writer);
}

static void start_bss(struct world *world)
{
	struct plane_action *action = act(world, PLANE_BSS_START, NULL);

	action->frame = new_beacon(&action->bss_setup.tim_offset);
	memcpy(action->bss_setup.bssid, bssid, 6);
	memcpy(action->bss_setup.ssid, "home", 4);
	action->bss_setup.ssid_len = 4;
	action->bss_setup.freq_mhz = FREQ_MHZ;
	action->bss_setup.width_mhz = 40;
	action->bss_setup.center_mhz = 2422;
	action->bss_setup.beacon_tu = 100;
	action->bss_setup.dtim_period = 2;
	action->bss_setup.rsn = true;
	action->bss_setup.isolate = true;
	apply(world);
}

/* The BSS is on the air, and nothing is left to be done. */
static void start_quietly(struct world *world)
{
	start_bss(world);
	nl80211_requests_clear(&world->out);
}

static void action_set(struct world *world, bool associated, bool authorised)
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
static void hear_request(struct world *world)
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

/* The kernel has decrypted it, but leaves the bit that says that it was encrypted. */
static void a_protected_management_frame_is_reported_in_the_clear(void **state)
{
	struct frame *frame = new_reason_frame(MGMT_DEAUTH, bssid);
	uint8_t *bytes = frame_make_writable(frame);
	struct world *world = *state;
	struct plane_event event;
	struct mgmt mgmt;

	put_le16(bytes, le16(bytes) | FC_PROTECTED);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_FRAME, .frame = {frame->data, frame->len}});
	next_event(world, PLANE_EVENT_MANAGEMENT, &event);
	assert_true(event.protected);
	assert_int_equal(mgmt_parse(&mgmt, event.frame->data, event.frame->len), 0);
	assert_int_equal(mgmt.reason, REASON_LEAVING);
	frame_free(frame);
}

/* The station is associated, and nothing is left to be done. */
static void associate_quietly(struct world *world)
{
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	hear_request(world);
	action_set(world, true, false);
	apply(world);
	nl80211_requests_clear(&world->out);
}

/* ---- the world ---- */

static void add_feature(struct nl80211_wiphy *wiphy, unsigned feature)
{
	wiphy->ext_features[feature / 8] |= (uint8_t)(1u << feature % 8);
}

static int setup_with(void **state, bool ap_sme)
{
	struct nl80211_wiphy *wiphy = calloc(1, sizeof(*wiphy));
	struct nl80211_ap_setup plane = {
		.wiphy = wiphy, .bss_count = 1, .bss = {{.ifindex = IFINDEX, .bssid = {2, 0, 0, 0, 1, 0}}}};
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_non_null(wiphy);
	wiphy->features = NL80211_FEATURE_FULL_AP_CLIENT_STATE;
	wiphy->ap_sme = ap_sme;
	add_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211);
	add_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211_TX_STATUS);
	wiphy->commands[NL80211_CMD_PROBE_CLIENT / 64] |= UINT64_C(1) << NL80211_CMD_PROBE_CLIENT % 64;
	world->now_ns = 100 * SECOND;
	world->plane = nl80211_ap_new(&plane, 5);
	assert_non_null(world->plane);
	free(wiphy);
	*state = world;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, false);
}

static int setup_ap_sme(void **state)
{
	return setup_with(state, true);
}

static int teardown(void **state)
{
	struct world *world = *state;

	nl80211_request_free(&world->request);
	nl80211_requests_free(&world->out);
	plane_actions_free(&world->actions);
	nl80211_ap_free(world->plane);
	free(world);
	return 0;
}

/* ---- the BSS ---- */

static void registrations_go_through_the_owner_socket(void **state)
{
	static const uint16_t types[] = {0xb0, 0x00, 0x20, 0xa0, 0xc0, 0x40, 0xd0};
	static const uint8_t sa_query = 8;
	struct world *world = *state;

	nl80211_ap_register(world->plane, 0, &world->out);
	for (size_t i = 0; i < COUNT(types); i++) {
		take(world, NL80211_CMD_REGISTER_FRAME);
		assert_true(world->request.owner_socket);
		assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_FRAME_TYPE]), types[i]);
		assert_bytes(world->attrs[NL80211_ATTR_FRAME_MATCH], &sa_query, types[i] == 0xd0);
	}
	take(world, NL80211_CMD_UNEXPECTED_FRAME);
	assert_true(world->request.owner_socket);
	no_more(world);
}

static void start_ap_has_the_template_in_two_parts(void **state)
{
	static const uint32_t akm = 0x000fac02, ccmp = 0x000fac04;
	static const uint8_t ext_capab[] = {127, 3, 4, 0, 8};
	struct world *world = *state;
	size_t tim_offset;
	struct frame *beacon = new_beacon(&tim_offset);

	start_bss(world);
	take(world, NL80211_CMD_DEL_STATION);
	assert_null(world->attrs[NL80211_ATTR_MAC]);
	take(world, NL80211_CMD_START_AP);
	assert_true(world->request.owner_socket);
	assert_bytes(world->attrs[NL80211_ATTR_BEACON_HEAD], beacon->data, tim_offset);
	assert_bytes(world->attrs[NL80211_ATTR_BEACON_TAIL], beacon->data + tim_offset, beacon->len - tim_offset);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_BEACON_INTERVAL]), 100);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_DTIM_PERIOD]), 2);
	assert_bytes(world->attrs[NL80211_ATTR_SSID], "home", 4);
	assert_non_null(world->attrs[NL80211_ATTR_HIDDEN_SSID]);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_HIDDEN_SSID]), NL80211_HIDDEN_SSID_NOT_IN_USE);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_AUTH_TYPE]), NL80211_AUTHTYPE_OPEN_SYSTEM);
	assert_non_null(world->attrs[NL80211_ATTR_PRIVACY]);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_WPA_VERSIONS]), NL80211_WPA_VERSION_2);
	assert_bytes(world->attrs[NL80211_ATTR_AKM_SUITES], &akm, 4);
	assert_bytes(world->attrs[NL80211_ATTR_CIPHER_SUITES_PAIRWISE], &ccmp, 4);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_CIPHER_SUITE_GROUP]), ccmp);
	assert_bytes(world->attrs[NL80211_ATTR_IE], ext_capab, sizeof(ext_capab));
	assert_bytes(world->attrs[NL80211_ATTR_IE_PROBE_RESP], ext_capab, sizeof(ext_capab));
	assert_bytes(world->attrs[NL80211_ATTR_IE_ASSOC_RESP], ext_capab, sizeof(ext_capab));
	assert_non_null(world->attrs[NL80211_ATTR_SOCKET_OWNER]);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_CONTROL_PORT_ETHERTYPE]), 0x888e);
	assert_non_null(world->attrs[NL80211_ATTR_CONTROL_PORT_OVER_NL80211]);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_WIPHY_FREQ]), FREQ_MHZ);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_CHANNEL_WIDTH]), NL80211_CHAN_WIDTH_40);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_CENTER_FREQ1]), 2422);
	frame_free(beacon);
}

static void set_bss_has_isolation_rates_and_slots(void **state)
{
	static const uint8_t basic[] = {2, 4};
	struct world *world = *state;

	start_bss(world);
	take(world, NL80211_CMD_DEL_STATION);
	assert_null(world->attrs[NL80211_ATTR_MAC]);
	take(world, NL80211_CMD_START_AP);
	take(world, NL80211_CMD_SET_BSS);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_AP_ISOLATE]), 1);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_BSS_SHORT_SLOT_TIME]), 1);
	assert_bytes(world->attrs[NL80211_ATTR_BSS_BASIC_RATES], basic, sizeof(basic));
}

/* A killed process leaves its BSS for a moment. */
static void a_bss_that_is_there_already_is_taken_over_once(void **state)
{
	struct nl80211_ap_failure failure;
	struct world *world = *state;

	start_bss(world);
	take(world, NL80211_CMD_DEL_STATION);
	assert_null(world->attrs[NL80211_ATTR_MAC]);
	take(world, NL80211_CMD_START_AP);
	answer(world, (struct nl80211_reply){.error = -EALREADY});
	take(world, NL80211_CMD_STOP_AP);
	take(world, NL80211_CMD_START_AP);
	assert_false(nl80211_ap_failed(world->plane, &failure));
	answer(world, (struct nl80211_reply){.error = -EALREADY, .explanation = "again"});
	assert_true(nl80211_ap_failed(world->plane, &failure));
	assert_int_equal(failure.error, -EALREADY);
	assert_int_equal(failure.command, NL80211_CMD_START_AP);
	assert_string_equal(failure.explanation, "again");
	assert_false(nl80211_ap_failed(world->plane, &failure));
}

static void a_stop_forgets_the_stations(void **state)
{
	struct nl80211_ap_counters counters;
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	assert_true(nl80211_ap_counters(world->plane, 0, sta_addr, &counters));
	act(world, PLANE_BSS_STOP, NULL);
	apply(world);
	take(world, NL80211_CMD_STOP_AP);
	no_more(world);
	assert_false(nl80211_ap_counters(world->plane, 0, sta_addr, &counters));
}

static void a_bss_that_the_kernel_stops_is_a_failure(void **state)
{
	struct nl80211_ap_failure failure;
	struct world *world = *state;

	start_quietly(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_STOP_AP});
	assert_true(nl80211_ap_failed(world->plane, &failure));
	assert_int_equal(failure.command, 0);
	/* Our own stop is none. */
	start_quietly(world);
	act(world, PLANE_BSS_STOP, NULL);
	apply(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_STOP_AP});
	assert_false(nl80211_ap_failed(world->plane, &failure));
}

/* ---- stations ---- */

#define BIT_OF(name) (1u << NL80211_STA_FLAG_##name)

static void an_authenticated_station_is_made_anew(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_to(world, NL80211_CMD_NEW_STATION, sta_addr);
	assert_bytes(world->attrs[NL80211_ATTR_STA_SUPPORTED_RATES], "", 0);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_STA_AID]), 1);
	assert_non_null(world->attrs[NL80211_ATTR_STA_LISTEN_INTERVAL]);
	assert_flags(world, BIT_OF(AUTHENTICATED) | BIT_OF(ASSOCIATED), 0);
	no_more(world);
}

static void an_association_has_what_the_request_says(void **state)
{
	static const uint8_t rates[] = {0x82, 0x84, 11, 22, 12, 24, 48, 72, 96, 108}, ht[26] = {0x2c, 1},
			     vht[12] = {0x30}, he[21] = {9}, ext_capab[] = {4};
	struct world *world = *state;

	start_quietly(world);
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	nl80211_requests_clear(&world->out);
	hear_request(world);
	action_set(world, true, false);
	apply(world);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_bytes(world->attrs[NL80211_ATTR_STA_SUPPORTED_RATES], rates, sizeof(rates));
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_STA_CAPABILITY]), 0x431);
	assert_bytes(world->attrs[NL80211_ATTR_HT_CAPABILITY], ht, sizeof(ht));
	assert_bytes(world->attrs[NL80211_ATTR_VHT_CAPABILITY], vht, sizeof(vht));
	assert_bytes(world->attrs[NL80211_ATTR_HE_CAPABILITY], he, sizeof(he));
	assert_bytes(world->attrs[NL80211_ATTR_STA_EXT_CAPABILITY], ext_capab, sizeof(ext_capab));
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_OPMODE_NOTIF]), 1);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_STA_AID]), 3);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_STA_LISTEN_INTERVAL]), 10);
	assert_flags(world, BIT_OF(AUTHENTICATED) | BIT_OF(ASSOCIATED) | BIT_OF(WME) | BIT_OF(MFP),
		     BIT_OF(AUTHENTICATED) | BIT_OF(ASSOCIATED) | BIT_OF(WME) | BIT_OF(MFP));
	no_more(world);
	action_set(world, true, true);
	apply(world);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_flags(world, BIT_OF(AUTHORIZED), BIT_OF(AUTHORIZED));
	assert_null(world->attrs[NL80211_ATTR_STA_AID]);
	no_more(world);
}

static void a_station_that_the_kernel_refuses_is_reported(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	nl80211_requests_clear(&world->out);
	action_set(world, true, false);
	apply(world);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	answer(world, (struct nl80211_reply){.error = -ENOENT});
	next_event(world, PLANE_EVENT_KEY_FAILED, &event);
	assert_false(event.group);
	assert_memory_equal(event.addr, sta_addr, 6);
}

static struct plane_action *deauthenticate(struct world *world)
{
	struct plane_action *action = act(world, PLANE_MANAGEMENT, sta_addr);

	action->frame = new_reason_frame(MGMT_DEAUTH, sta_addr);
	action_set(world, false, false);
	return act(world, PLANE_STATION_REMOVE, sta_addr);
}

/* Under PMF the deauthentication is protected by the keys of the station, which the kernel forgets with it. */
static void a_station_goes_when_its_deauthentication_is_acknowledged(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	deauthenticate(world);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	no_more(world);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 77});
	no_more(world);
	assert_int_equal(nl80211_ap_deadline(world->plane), world->now_ns + 200 * MS);
	kernel_says(world,
		    (struct nl80211_event){.command = NL80211_CMD_FRAME_TX_STATUS, .has_cookie = true, .cookie = 76});
	no_more(world);
	kernel_says(world,
		    (struct nl80211_event){
			    .command = NL80211_CMD_FRAME_TX_STATUS, .has_cookie = true, .cookie = 77, .acked = true});
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	no_more(world);
	assert_true(nl80211_ap_deadline(world->plane) == NEVER);
	no_event(world);
}

static void a_station_goes_without_a_tx_status_after_a_while(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	deauthenticate(world);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 77});
	world->now_ns += 200 * MS;
	nl80211_ap_tick(world->plane, world->now_ns, &world->out);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	no_more(world);
}

static void a_station_that_comes_back_during_its_farewell_is_made_anew(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	deauthenticate(world);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 77});
	act(world, PLANE_STATION_ADD, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_to(world, NL80211_CMD_NEW_STATION, sta_addr);
	/* The late TX status concerns the old one. */
	kernel_says(world,
		    (struct nl80211_event){.command = NL80211_CMD_FRAME_TX_STATUS, .has_cookie = true, .cookie = 77});
	no_more(world);
}

static void a_disassociated_station_stays_authenticated(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	action_set(world, false, false);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	take_to(world, NL80211_CMD_NEW_STATION, sta_addr);
	no_more(world);
}

static void silence_is_asked_of_the_kernel(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	associate_quietly(world);
	act(world, PLANE_STATION_PROBE, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_PROBE_CLIENT, sta_addr);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 5});
	kernel_says(world,
		    (struct nl80211_event){
			    .command = NL80211_CMD_PROBE_CLIENT, .has_cookie = true, .cookie = 5, .acked = true});
	next_event(world, PLANE_EVENT_HEARD, &event);
	assert_true(event.acked);
	act(world, PLANE_STATION_PROBE, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_PROBE_CLIENT, sta_addr);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 6});
	kernel_says(world,
		    (struct nl80211_event){.command = NL80211_CMD_PROBE_CLIENT, .has_cookie = true, .cookie = 6});
	next_event(world, PLANE_EVENT_PROBE, &event);
	act(world, PLANE_STATION_QUERY, sta_addr);
	apply(world);
	take_to(world, NL80211_CMD_GET_STATION, sta_addr);
	no_more(world);
}

/* ---- keys ---- */

static void install(struct world *world, const uint8_t *addr, uint8_t id, enum cipher cipher, uint8_t fill)
{
	struct plane_action *action = act(world, PLANE_KEY_INSTALL, addr);

	action->key =
		(struct plane_key){.group = !addr, .id = id, .cipher = cipher, .len = (uint8_t)cipher_key_len(cipher)};
	memset(action->key.bytes, fill, action->key.len);
	apply(world);
}

static void assert_key(struct world *world, uint8_t id, uint32_t cipher, uint8_t fill, size_t len)
{
	struct nlattr *key[NL80211_KEY_MAX + 1];
	uint8_t bytes[KEY_MAX];

	memset(bytes, fill, len);
	assert_int_equal(nla_parse_nested(key, NL80211_KEY_MAX, world->attrs[NL80211_ATTR_KEY], NULL), 0);
	assert_bytes(key[NL80211_KEY_DATA], bytes, len);
	assert_int_equal(attribute_u8(key[NL80211_KEY_IDX]), id);
	assert_int_equal(attribute_u32(key[NL80211_KEY_CIPHER]), cipher);
	assert_null(key[NL80211_KEY_SEQ]);
}

static void group_keys_are_installed_and_used(void **state)
{
	struct nlattr *key[NL80211_KEY_MAX + 1];
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	install(world, NULL, 1, CIPHER_CCMP_128, 0xaa);
	act(world, PLANE_KEY_DEFAULT, NULL)->key = (struct plane_key){.group = true, .id = 1};
	apply(world);
	take(world, NL80211_CMD_NEW_KEY);
	assert_null(world->attrs[NL80211_ATTR_MAC]);
	assert_key(world, 1, 0x000fac04, 0xaa, 16);
	answer(world, (struct nl80211_reply){.error = -ENOENT});
	next_event(world, PLANE_EVENT_KEY_FAILED, &event);
	assert_true(event.group);
	take(world, NL80211_CMD_SET_KEY);
	assert_int_equal(nla_parse_nested(key, NL80211_KEY_MAX, world->attrs[NL80211_ATTR_KEY], NULL), 0);
	assert_non_null(key[NL80211_KEY_DEFAULT]);
	assert_int_equal(attribute_u8(key[NL80211_KEY_IDX]), 1);
	install(world, NULL, 4, CIPHER_BIP_CMAC_128, 0xbb);
	act(world, PLANE_KEY_DEFAULT, NULL)->key = (struct plane_key){.group = true, .id = 4};
	act(world, PLANE_KEY_REMOVE, NULL)->key = (struct plane_key){.group = true, .id = 5};
	apply(world);
	take(world, NL80211_CMD_NEW_KEY);
	assert_key(world, 4, 0x000fac06, 0xbb, 16);
	take(world, NL80211_CMD_SET_KEY);
	assert_int_equal(nla_parse_nested(key, NL80211_KEY_MAX, world->attrs[NL80211_ATTR_KEY], NULL), 0);
	assert_non_null(key[NL80211_KEY_DEFAULT_MGMT]);
	take(world, NL80211_CMD_DEL_KEY);
	no_more(world);
}

static void a_pairwise_key_is_installed_once(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
	assert_key(world, 0, 0x000fac04, 0x11, 16);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	no_more(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x12);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
	/* The kernel has no key of the next association. */
	action_set(world, false, false);
	apply(world);
	nl80211_requests_clear(&world->out);
	action_set(world, true, false);
	apply(world);
	nl80211_requests_clear(&world->out);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x12);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
}

/* ---- frames ---- */

static void frames_go_out_with_their_cookies(void **state)
{
	struct world *world = *state;
	struct plane_action *action;
	struct plane_event event;
	struct frame *copy;

	start_quietly(world);
	action = act(world, PLANE_MANAGEMENT, sta_addr);
	action->frame = new_reason_frame(MGMT_AUTH, sta_addr);
	action->management.cookie = 1234;
	copy = frame_from(action->frame->data, action->frame->len, 0, 0);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_bytes(world->attrs[NL80211_ATTR_FRAME], copy->data, copy->len);
	frame_free(copy);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_WIPHY_FREQ]), FREQ_MHZ);
	assert_null(world->attrs[NL80211_ATTR_DONT_WAIT_FOR_ACK]);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = UINT64_C(1) << 40});
	no_event(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_FRAME_TX_STATUS,
						  .has_cookie = true,
						  .cookie = UINT64_C(1) << 40,
						  .acked = true});
	next_event(world, PLANE_EVENT_TX_STATUS, &event);
	assert_int_equal(event.cookie, 1234);
	assert_true(event.acked);
}

static void a_refused_frame_was_not_acknowledged(void **state)
{
	struct world *world = *state;
	struct plane_action *action;
	struct plane_event event;

	start_quietly(world);
	action = act(world, PLANE_MANAGEMENT, sta_addr);
	action->frame = new_reason_frame(MGMT_AUTH, sta_addr);
	action->management.cookie = 1234;
	apply(world);
	take(world, NL80211_CMD_FRAME);
	answer(world, (struct nl80211_reply){.error = -EBUSY});
	next_event(world, PLANE_EVENT_TX_STATUS, &event);
	assert_int_equal(event.cookie, 1234);
	assert_false(event.acked);
}

static void nobody_acknowledges_a_group_frame(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	act(world, PLANE_MANAGEMENT, broadcast)->frame = new_reason_frame(MGMT_DEAUTH, broadcast);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_non_null(world->attrs[NL80211_ATTR_DONT_WAIT_FOR_ACK]);
}

static void send_eapol(struct world *world, enum plane_eapol_key key)
{
	static const uint8_t frame[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0x88, 0x8e, 2, 3, 0, 0};
	struct plane_action *action = act(world, PLANE_EAPOL, sta_addr);

	action->frame = frame_from(frame, sizeof(frame), 0, 0);
	action->eapol_key = key;
	apply(world);
	take_to(world, NL80211_CMD_CONTROL_PORT_FRAME, sta_addr);
	assert_bytes(world->attrs[NL80211_ATTR_FRAME], frame + 14, 4);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_CONTROL_PORT_ETHERTYPE]), 0x888e);
	assert_true((world->attrs[NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT] != NULL) == (key == PLANE_EAPOL_CLEAR));
}

static void eapol_goes_through_the_control_port(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	associate_quietly(world);
	send_eapol(world, PLANE_EAPOL_CLEAR);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 9});
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS,
						  .has_cookie = true,
						  .cookie = 9,
						  .acked = true});
	next_event(world, PLANE_EVENT_EAPOL_STATUS, &event);
	assert_int_equal(event.eapol_status, PLANE_EAPOL_ACKED);
	send_eapol(world, PLANE_EAPOL_PAIRWISE);
	answer(world, (struct nl80211_reply){.error = -ENOTCONN});
	next_event(world, PLANE_EVENT_EAPOL_STATUS, &event);
	assert_int_equal(event.eapol_status, PLANE_EAPOL_UNACKED);
}

/* Message 3 names the packet numbers of the group keys, which only the kernel knows. */
static void a_received_eapol_frame_waits_for_the_packet_numbers(void **state)
{
	static const uint8_t payload[] = {2, 3, 0, 0};
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	associate_quietly(world);
	install(world, NULL, 1, CIPHER_CCMP_128, 0xaa);
	install(world, NULL, 4, CIPHER_BIP_CMAC_128, 0xbb);
	nl80211_requests_clear(&world->out);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_CONTROL_PORT_FRAME,
						  .mac = sta_addr,
						  .ethertype = 0x888e,
						  .unencrypted = true,
						  .frame = {payload, sizeof(payload)}});
	no_event(world);
	take(world, NL80211_CMD_GET_KEY);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_KEY_IDX]), 1);
	answer(world, (struct nl80211_reply){.error = -EOPNOTSUPP});
	no_event(world);
	take(world, NL80211_CMD_GET_KEY);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_KEY_IDX]), 4);
	answer(world, (struct nl80211_reply){0});
	next_event(world, PLANE_EVENT_GROUP_PN, &event);
	next_event(world, PLANE_EVENT_EAPOL, &event);
	assert_false(event.protected);
	assert_memory_equal(event.addr, sta_addr, 6);
	assert_int_equal(event.frame->len, 14 + sizeof(payload));
	assert_memory_equal(event.frame->data, bssid, 6);
	assert_memory_equal(event.frame->data + 6, sta_addr, 6);
	assert_memory_equal(event.frame->data + 14, payload, sizeof(payload));
	no_event(world);
}

static void expect_drop(struct world *world, enum drop drop, const uint8_t *addr)
{
	struct plane_actions *reports = nl80211_ap_reports(world->plane);

	assert_int_equal(reports->count, 1);
	assert_int_equal(reports->list[0].kind, PLANE_REPORT);
	assert_int_equal(reports->list[0].report.kind, ACTION_DROP);
	assert_int_equal(reports->list[0].report.drop, drop);
	assert_memory_equal(reports->list[0].report.addr, addr, 6);
	plane_actions_clear(reports);
	no_event(world);
}

static void dropped_frames_have_a_reason(void **state)
{
	static const uint8_t payload[] = {2, 3, 0, 0}, nobody[6] = {0};
	struct frame *frame = frame_from(payload, sizeof(payload), 0, 0);
	struct world *world = *state;
	struct nl80211_event event = {.command = NL80211_CMD_CONTROL_PORT_FRAME,
				      .mac = sta_addr,
				      .ethertype = 0x88c7, /* pre-authentication */
				      .frame = {payload, sizeof(payload)}};

	start_quietly(world);
	associate_quietly(world);
	kernel_says(world, event);
	expect_drop(world, DROP_EAPOL_UNEXPECTED, sta_addr);
	event.ethertype = 0x888e;
	event.mac = NULL;
	kernel_says(world, event);
	expect_drop(world, DROP_EAPOL_UNEXPECTED, nobody);
	event.command = NL80211_CMD_FRAME;
	kernel_says(world, event);
	expect_drop(world, DROP_TRUNCATED, nobody);
	nl80211_ap_packet(world->plane, IFINDEX, frame, world->now_ns, &world->out);
	expect_drop(world, DROP_TRUNCATED, nobody);
	frame_free(frame);
}

static void what_strangers_and_forgers_do_is_reported(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_UNEXPECTED_FRAME, .mac = sta_addr});
	next_event(world, PLANE_EVENT_UNEXPECTED, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_MICHAEL_MIC_FAILURE, .mac = sta_addr});
	next_event(world, PLANE_EVENT_MICHAEL, &event);
	kernel_says(world, (struct nl80211_event){
				   .command = NL80211_CMD_NOTIFY_CQM, .mac = sta_addr, .cqm = {.packets_lost = 50}});
	next_event(world, PLANE_EVENT_LOSS, &event);
	assert_int_equal(event.lost, 50);
}

static void events_of_other_interfaces_are_ignored(void **state)
{
	struct world *world = *state;
	struct nl80211_event event = {
		.command = NL80211_CMD_UNEXPECTED_FRAME, .has_ifindex = true, .ifindex = IFINDEX + 1, .mac = sta_addr};

	start_quietly(world);
	nl80211_ap_event(world->plane, &event, world->now_ns, &world->out);
	no_event(world);
}

/* ---- firmware that associates stations by itself ---- */

static void firmware_associates(struct world *world)
{
	static const uint8_t elements[] = {48, 2, 1, 0};
	struct plane_event event;

	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_NEW_STATION,
						  .mac = sta_addr,
						  .ie = {elements, sizeof(elements)}});
	next_event(world, PLANE_EVENT_ASSOCIATED, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	assert_int_equal(event.elements.len, sizeof(elements));
	assert_memory_equal(event.elements.bytes, elements, sizeof(elements));
}

static void firmware_keeps_the_frames_of_strangers(void **state)
{
	struct world *world = *state;

	nl80211_ap_register(world->plane, 0, &world->out);
	no_more(world);
}

static void an_association_by_firmware_needs_no_entry(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	firmware_associates(world);
	action_set(world, true, false);
	apply(world);
	no_more(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
	action_set(world, true, true);
	apply(world);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_flags(world, BIT_OF(AUTHORIZED), BIT_OF(AUTHORIZED));
	/* It associates anew: its keys are gone. */
	firmware_associates(world);
	action_set(world, true, false);
	apply(world);
	no_more(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
}

static void firmware_sends_the_deauthentication(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	firmware_associates(world);
	deauthenticate(world);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_MGMT_SUBTYPE]), 12);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_REASON_CODE]), REASON_LEAVING);
	no_more(world);
	/* What the kernel then reports is no news. */
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_DEL_STATION, .mac = sta_addr});
	no_event(world);
}

static void a_station_that_firmware_removes_is_reported(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	firmware_associates(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_DEL_STATION, .mac = sta_addr, .reason = 8});
	next_event(world, PLANE_EVENT_DISCONNECTED, &event);
	assert_int_equal(event.reason, 8);
	no_more(world);
}

/* Without AP_SME the kernel repeats what we have told it. */
static void reports_of_our_own_stations_are_no_news(void **state)
{
	static const uint8_t elements[] = {48, 2, 1, 0};
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_NEW_STATION,
						  .mac = sta_addr,
						  .ie = {elements, sizeof(elements)}});
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_DEL_STATION, .mac = sta_addr});
	no_event(world);
}

/* ---- a lack of memory ---- */

static void what_control_does_not_grant_is_revoked(void **state)
{
	struct world *world = *state;
	uint8_t addr[6];
	unsigned bss;

	start_quietly(world);
	associate_quietly(world);
	action_set(world, true, true);
	apply(world);
	nl80211_requests_clear(&world->out);
	assert_true(nl80211_ap_station(world->plane, 0, &bss, addr));
	assert_memory_equal(addr, sta_addr, 6);
	assert_false(nl80211_ap_station(world->plane, 1, &bss, addr));
	nl80211_ap_revoke(world->plane, 0, sta_addr, true, world->now_ns, &world->out);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_flags(world, BIT_OF(AUTHORIZED), 0);
	nl80211_ap_revoke(world->plane, 0, sta_addr, false, world->now_ns, &world->out);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	assert_false(nl80211_ap_station(world->plane, 0, &bss, addr));
}

#define CASE(name)        cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CASE_AP_SME(name) cmocka_unit_test_setup_teardown(name, setup_ap_sme, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(registrations_go_through_the_owner_socket),
		CASE(start_ap_has_the_template_in_two_parts),
		CASE(set_bss_has_isolation_rates_and_slots),
		CASE(a_bss_that_is_there_already_is_taken_over_once),
		CASE(a_stop_forgets_the_stations),
		CASE(a_bss_that_the_kernel_stops_is_a_failure),
		CASE(an_authenticated_station_is_made_anew),
		CASE(an_association_has_what_the_request_says),
		CASE(a_station_that_the_kernel_refuses_is_reported),
		CASE(a_station_goes_when_its_deauthentication_is_acknowledged),
		CASE(a_station_goes_without_a_tx_status_after_a_while),
		CASE(a_station_that_comes_back_during_its_farewell_is_made_anew),
		CASE(a_disassociated_station_stays_authenticated),
		CASE(silence_is_asked_of_the_kernel),
		CASE(group_keys_are_installed_and_used),
		CASE(a_pairwise_key_is_installed_once),
		CASE(frames_go_out_with_their_cookies),
		CASE(a_refused_frame_was_not_acknowledged),
		CASE(nobody_acknowledges_a_group_frame),
		CASE(eapol_goes_through_the_control_port),
		CASE(a_received_eapol_frame_waits_for_the_packet_numbers),
		CASE(a_protected_management_frame_is_reported_in_the_clear),
		CASE(dropped_frames_have_a_reason),
		CASE(what_strangers_and_forgers_do_is_reported),
		CASE(events_of_other_interfaces_are_ignored),
		CASE_AP_SME(firmware_keeps_the_frames_of_strangers),
		CASE_AP_SME(an_association_by_firmware_needs_no_entry),
		CASE_AP_SME(firmware_sends_the_deauthentication),
		CASE_AP_SME(a_station_that_firmware_removes_is_reported),
		CASE(reports_of_our_own_stations_are_no_news),
		CASE(what_control_does_not_grant_is_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
