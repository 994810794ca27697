/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point over nl80211: its BSS and its stations. */
#include "nl80211_ap_world.h"

#include <errno.h>

/* ---- the BSS ---- */

static void registrations_go_through_the_owner_socket(void **state)
{
	static const uint16_t types[] = {0xb0, 0x00, 0x20, 0xa0, 0xc0, 0x40, 0xd0};
	static const uint8_t categories[] = {8, 6, 5, 10}, coexistence[] = {4, 0};
	struct world *world = *state;

	nl80211_ap_register(world->plane, 0, &world->out);
	for (size_t i = 0; i < COUNT(types); i++) {
		take(world, NL80211_CMD_REGISTER_FRAME);
		assert_true(world->request.owner_socket);
		assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_FRAME_TYPE]), types[i]);
		assert_bytes(world->attrs[NL80211_ATTR_FRAME_MATCH], &categories[0], types[i] == 0xd0);
	}
	for (size_t i = 1; i < COUNT(categories); i++) {
		take(world, NL80211_CMD_REGISTER_FRAME);
		assert_bytes(world->attrs[NL80211_ATTR_FRAME_MATCH], &categories[i], 1);
	}
	take(world, NL80211_CMD_REGISTER_FRAME);
	assert_bytes(world->attrs[NL80211_ATTR_FRAME_MATCH], coexistence, sizeof(coexistence));
	take(world, NL80211_CMD_UNEXPECTED_FRAME);
	assert_true(world->request.owner_socket);
	take(world, NL80211_CMD_REGISTER_BEACONS);
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

/* The kernel refuses more than two where the driver does not say that it takes them. */
static void third_akm_leaves_the_list_out(void **state)
{
	static const uint8_t rsn[] = {48, 28, 1,  0,    0, 15, 0xac, 4,    1, 0, 0,  15,   0xac, 4, 3,
				      0,  0,  15, 0xac, 2, 0,  15,   0xac, 6, 0, 15, 0xac, 8,    0, 0};
	static const uint32_t ccmp = 0x000fac04;
	struct world *world = *state;
	struct plane_action *action = add_start(world);
	struct frame_writer writer =
		frame_writer_begin(frame_from(action->frame->data, action->bss_setup.tim_offset, 0, sizeof(rsn)));

	write_bytes(&writer, rsn, sizeof(rsn));
	frame_free(action->frame);
	action->frame = frame_writer_end(&writer);
	apply(world);
	take(world, NL80211_CMD_DEL_STATION);
	take(world, NL80211_CMD_START_AP);
	assert_null(world->attrs[NL80211_ATTR_AKM_SUITES]);
	assert_bytes(world->attrs[NL80211_ATTR_CIPHER_SUITES_PAIRWISE], &ccmp, 4);
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

/* As hostapd 2.10 sends them, but in one message: the bytes of its background queue were recorded. */
static void queues_that_the_file_gives_are_set(void **state)
{
	static const uint8_t background[] = {5,  0, 1, 0, 3, 0, 0, 0, 6,   0, 2, 0, 0, 0, 0, 0, 6, 0, 3, 0,
					     15, 0, 0, 0, 6, 0, 4, 0, 255, 3, 0, 0, 5, 0, 5, 0, 9, 0, 0, 0};
	struct nl80211_ap_setup setup = {.bss_count = 1, .bss = {{.ifindex = IFINDEX, .bssid = {2, 0, 0, 0, 1, 0}}}};
	struct nl80211_wiphy *wiphy = calloc(1, sizeof(*wiphy));
	struct nlattr *queues[NL80211_AP_QUEUES + 1];
	struct world *world = *state;

	assert_non_null(wiphy);
	setup.wiphy = wiphy;
	setup.queues[NL80211_AC_VO] = (struct nl80211_ap_queue){true, 1, 3, 7, 47};
	setup.queues[NL80211_AC_BK] = (struct nl80211_ap_queue){true, 9, 15, 1023, 0};
	nl80211_ap_free(world->plane);
	world->plane = nl80211_ap_new(&setup, 5);
	free(wiphy);
	start_bss(world);
	take(world, NL80211_CMD_DEL_STATION);
	take(world, NL80211_CMD_START_AP);
	take(world, NL80211_CMD_SET_BSS);
	take(world, NL80211_CMD_SET_WIPHY);
	assert_non_null(world->attrs[NL80211_ATTR_WIPHY_TXQ_PARAMS]);
	assert_true(nla_parse_nested(queues, NL80211_AP_QUEUES, world->attrs[NL80211_ATTR_WIPHY_TXQ_PARAMS], NULL) >=
		    0);
	assert_non_null(queues[NL80211_AC_VO + 1]);
	assert_null(queues[NL80211_AC_VI + 1]);
	assert_null(queues[NL80211_AC_BE + 1]);
	assert_bytes(queues[NL80211_AC_BK + 1], background, sizeof(background));
	no_more(world);
}

/* hostapd sets its own parameters without being asked, too; that a driver cannot is not worth a line. */
static void a_refusal_of_default_queues_is_silent(void **state)
{
	struct nl80211_ap_setup setup = {.bss_count = 1, .bss = {{.ifindex = IFINDEX, .bssid = {2, 0, 0, 0, 1, 0}}}};
	struct nl80211_wiphy *wiphy = calloc(1, sizeof(*wiphy));
	struct nl80211_reply refusal = {.error = -EOPNOTSUPP};
	struct world *world = *state;

	assert_non_null(wiphy);
	setup.wiphy = wiphy;
	for (int given = 0; given < 2; given++) {
		setup.queues[NL80211_AC_VO] = (struct nl80211_ap_queue){false, 1, 3, 7, 47};
		setup.queues[NL80211_AC_BK] = (struct nl80211_ap_queue){given, 7, 15, 1023, 0};
		nl80211_ap_free(world->plane);
		world->plane = nl80211_ap_new(&setup, 5);
		start_bss(world);
		take(world, NL80211_CMD_DEL_STATION);
		take(world, NL80211_CMD_START_AP);
		take(world, NL80211_CMD_SET_BSS);
		take(world, NL80211_CMD_SET_WIPHY);
		assert_int_equal(nl80211_ap_reply(world->plane, &world->request, &refusal, 0, &world->out), !given);
		no_more(world);
	}
	free(wiphy);
}

/* The driver gets the limits that the beacons announce, those that SR Control names. */
static void limits_of_spatial_reuse_are_set(void **state)
{
	struct nl80211_ap_setup setup = {.bss_count = 1,
					 .bss = {{.ifindex = IFINDEX, .bssid = {2, 0, 0, 0, 1, 0}}},
					 .reuse = {.other_max_offset = 20,
						   .group_min_offset = 5,
						   .group_max_offset = 10,
						   .group_colors = UINT64_C(1) << 63 | 2,
						   .group_bssids = 256}};
	static const uint8_t colors[] = {2, 0, 0, 0, 0, 0, 0, 0x80}, bssids[] = {0, 1, 0, 0, 0, 0, 0, 0};
	struct nlattr *limits[NL80211_HE_OBSS_PD_ATTR_MAX + 1];
	struct nl80211_wiphy *wiphy = calloc(1, sizeof(*wiphy));
	struct world *world = *state;

	assert_non_null(wiphy);
	setup.wiphy = wiphy;
	for (int group = 1; group >= 0; group--) {
		setup.reuse.control = group ? 12 : 4;
		nl80211_ap_free(world->plane);
		world->plane = nl80211_ap_new(&setup, 5);
		start_bss(world);
		take(world, NL80211_CMD_DEL_STATION);
		take(world, NL80211_CMD_START_AP);
		assert_non_null(world->attrs[NL80211_ATTR_HE_OBSS_PD]);
		assert_int_equal(nla_parse_nested(limits, NL80211_HE_OBSS_PD_ATTR_MAX,
						  world->attrs[NL80211_ATTR_HE_OBSS_PD], NULL),
				 0);
		assert_int_equal(nla_get_u8(limits[NL80211_HE_OBSS_PD_ATTR_SR_CTRL]), group ? 12 : 4);
		assert_int_equal(nla_get_u8(limits[NL80211_HE_OBSS_PD_ATTR_NON_SRG_MAX_OFFSET]), 20);
		assert_int_equal(limits[NL80211_HE_OBSS_PD_ATTR_MIN_OFFSET] != NULL, group);
		if (group) {
			assert_int_equal(nla_get_u8(limits[NL80211_HE_OBSS_PD_ATTR_MIN_OFFSET]), 5);
			assert_int_equal(nla_get_u8(limits[NL80211_HE_OBSS_PD_ATTR_MAX_OFFSET]), 10);
			assert_bytes(limits[NL80211_HE_OBSS_PD_ATTR_BSS_COLOR_BITMAP], colors, sizeof(colors));
			assert_bytes(limits[NL80211_HE_OBSS_PD_ATTR_PARTIAL_BSSID_BITMAP], bssids, sizeof(bssids));
		}
		nl80211_requests_free(&world->out);
	}
	free(wiphy);
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
	/* What follows from that is no news. */
	take(world, NL80211_CMD_SET_BSS);
	assert_true(nl80211_ap_reply(world->plane, &world->request, &(struct nl80211_reply){.error = -ENOENT}, 0,
				     &world->out));
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

/* The setting belongs to the interface, which outlasts the network: another one may not want it. */
static void a_stop_ends_multicast_to_unicast(void **state)
{
	struct world *world = *state;

	add_start(world)->bss_setup.multicast_to_unicast = true;
	apply(world);
	take(world, NL80211_CMD_DEL_STATION);
	take(world, NL80211_CMD_START_AP);
	take(world, NL80211_CMD_SET_BSS);
	take(world, NL80211_CMD_SET_MULTICAST_TO_UNICAST);
	assert_non_null(world->attrs[NL80211_ATTR_MULTICAST_TO_UNICAST_ENABLED]);
	act(world, PLANE_BSS_STOP, NULL);
	apply(world);
	take(world, NL80211_CMD_STOP_AP);
	assert_true(world->request.after_goodbye);
	take(world, NL80211_CMD_SET_MULTICAST_TO_UNICAST);
	assert_null(world->attrs[NL80211_ATTR_MULTICAST_TO_UNICAST_ENABLED]);
	no_more(world);
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
	/* The station has 12 to 54 Mbit/s, too, which the network does not announce. */
	static const uint8_t rates[] = {0x82, 0x84, 11, 22, 12}, ht[26] = {0x2c, 1}, vht[12] = {0x30}, he[21] = {9},
			     ext_capab[] = {4};
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
	assert_flags(world,
		     BIT_OF(AUTHENTICATED) | BIT_OF(ASSOCIATED) | BIT_OF(WME) | BIT_OF(MFP) | BIT_OF(SHORT_PREAMBLE),
		     BIT_OF(AUTHENTICATED) | BIT_OF(ASSOCIATED) | BIT_OF(WME) | BIT_OF(MFP) | BIT_OF(SHORT_PREAMBLE));
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

/* A deauthentication is under way to the associated station: cookie 77. */
static void begin_farewell(struct world *world)
{
	start_quietly(world);
	associate_quietly(world);
	deauthenticate(world);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 77});
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

/* The radio would drop the frames that are in its queues when the network ends. */
static void a_network_ends_after_its_goodbyes(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	deauthenticate(world);
	act(world, PLANE_BSS_STOP, NULL);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_true(world->request.goodbye);
	take(world, NL80211_CMD_STOP_AP);
	assert_true(world->request.after_goodbye);
	no_more(world);
}

static void a_station_goes_without_a_tx_status_after_a_while(void **state)
{
	struct world *world = *state;

	begin_farewell(world);
	world->now_ns += 200 * MS;
	nl80211_ap_tick(world->plane, world->now_ns, &world->out);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	no_more(world);
}

static void a_station_that_comes_back_during_its_farewell_is_made_anew(void **state)
{
	struct world *world = *state;

	begin_farewell(world);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(registrations_go_through_the_owner_socket),
		CASE(start_ap_has_the_template_in_two_parts),
		CASE(third_akm_leaves_the_list_out),
		CASE(set_bss_has_isolation_rates_and_slots),
		CASE(queues_that_the_file_gives_are_set),
		CASE(a_refusal_of_default_queues_is_silent),
		CASE(limits_of_spatial_reuse_are_set),
		CASE(a_bss_that_is_there_already_is_taken_over_once),
		CASE(a_stop_forgets_the_stations),
		CASE(a_stop_ends_multicast_to_unicast),
		CASE(a_bss_that_the_kernel_stops_is_a_failure),
		CASE(an_authenticated_station_is_made_anew),
		CASE(an_association_has_what_the_request_says),
		CASE(a_station_that_the_kernel_refuses_is_reported),
		CASE(a_station_goes_when_its_deauthentication_is_acknowledged),
		CASE(a_station_goes_without_a_tx_status_after_a_while),
		CASE(a_network_ends_after_its_goodbyes),
		CASE(a_station_that_comes_back_during_its_farewell_is_made_anew),
		CASE(a_disassociated_station_stays_authenticated),
		CASE(silence_is_asked_of_the_kernel),
		CASE(what_control_does_not_grant_is_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
