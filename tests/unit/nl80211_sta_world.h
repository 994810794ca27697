/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plane of a station over a driver, and the steps of joining: actions in, requests out; replies and events in, events
 * for control out. The test is the kernel.
 */
#ifndef VIFI_TESTS_NL80211_STA_WORLD_H
#define VIFI_TESTS_NL80211_STA_WORLD_H

#include "nl80211_messages.h"

#include "base/mac.h"
#include "nl80211/sta/sta.h"

#define IFINDEX 7
#define SECOND  UINT64_C(1000000000)

static const uint8_t own[6] = {2, 0, 0, 0, 0, 1}, bssid[6] = {2, 0, 0, 0, 1, 0};
static const uint8_t rsne[] = {48, 20, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 2, 0, 0};

struct world {
	uint8_t disabled_modes;    /* of requests to associate */
	bool beacon_is_newer;      /* of answer_results(): and it has the SSID */
	uint64_t seen_boottime_ns; /* … 0: not told */
	struct nl80211_wiphy wiphy;
	struct nl80211_sta *sta;
	struct plane_actions actions;
	struct nl80211_requests out;
	struct nl80211_request request; /* the last one taken */
	struct plane_event event;       /* the last one taken */
	uint64_t now_ns;
};

/* ---- the world ---- */

static inline void allow(struct nl80211_wiphy *wiphy, uint8_t command)
{
	wiphy->commands[command / 64] |= UINT64_C(1) << command % 64;
}

static inline void have_feature(struct nl80211_wiphy *wiphy, unsigned feature)
{
	wiphy->ext_features[feature / 8] |= (uint8_t)(1 << feature % 8);
}

static inline int setup_with(void **state, bool sme)
{
	static const uint16_t freqs[] = {2412, 2437, 2462, 2417, 2422, 2427, 2432, 5180, 5200};
	struct nl80211_sta_setup setup = {.ifindex = IFINDEX, .power_save = -1};
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->wiphy.scan_ssids_max = 2;
	for (size_t i = 0; i < COUNT(freqs); i++) {
		struct nl80211_band_info *band = &world->wiphy.bands[freqs[i] > 3000];

		band->channels[band->channel_count++] = (struct nl80211_channel){.freq_mhz = freqs[i]};
	}
	world->wiphy.bands[1].channels[1].disabled = true;
	allow(&world->wiphy, NL80211_CMD_CONNECT);
	if (sme) {
		allow(&world->wiphy, NL80211_CMD_AUTHENTICATE);
		allow(&world->wiphy, NL80211_CMD_ASSOCIATE);
		have_feature(&world->wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211);
	}
	setup.wiphy = &world->wiphy;
	mac_copy(setup.addr, own);
	world->sta = nl80211_sta_new(&setup);
	assert_non_null(world->sta);
	world->now_ns = 100 * SECOND;
	*state = world;
	return 0;
}

static inline int setup(void **state)
{
	return setup_with(state, true);
}

/* The driver has an SME of its own. */
static inline int setup_sme(void **state)
{
	return setup_with(state, false);
}

static inline int teardown(void **state)
{
	struct world *world = *state;

	nl80211_sta_free(world->sta);
	plane_actions_free(&world->actions);
	nl80211_requests_free(&world->out);
	nl80211_request_free(&world->request);
	plane_event_release(&world->event);
	free(world);
	return 0;
}

/* ---- requests and events ---- */

static inline void apply(struct world *world)
{
	nl80211_sta_apply(world->sta, &world->actions, world->now_ns, &world->out);
	plane_actions_clear(&world->actions);
}

/* The next request must be this command. */
static inline const struct nl80211_request *expect(struct world *world, uint8_t command)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_COMMAND);
	assert_int_equal(world->request.command, command);
	assert_false(world->request.too_long);
	return &world->request;
}

static inline void expect_operstate(struct world *world, bool up)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_OPERSTATE);
	assert_int_equal(world->request.up, up);
}

static inline void expect_no_request(const struct world *world)
{
	assert_int_equal(world->out.count, 0);
}

static inline bool answer(struct world *world, int error)
{
	struct nl80211_reply reply = {.error = error, .explanation = "test"};

	return nl80211_sta_reply(world->sta, &world->request, &reply, world->now_ns, &world->out);
}

static inline const struct plane_event *expect_event(struct world *world, enum plane_event_kind kind)
{
	plane_event_release(&world->event);
	assert_true(nl80211_sta_take_event(world->sta, &world->event));
	assert_int_equal(world->event.kind, kind);
	return &world->event;
}

static inline void expect_no_event(struct world *world)
{
	assert_false(nl80211_sta_take_event(world->sta, &world->event));
}

/* Passes an event of the kernel, and frees it. */
static inline void happen(struct world *world, struct nl_msg *message)
{
	struct nl80211_event event;

	nla_put_u32(message, NL80211_ATTR_IFINDEX, IFINDEX);
	assert_true(nl80211_event_parse(&event, nlmsg_hdr(message)));
	nl80211_sta_event(world->sta, &event, world->now_ns, &world->out);
	nlmsg_free(message);
}

static inline void happen_frame(struct world *world, uint8_t command, struct frame_writer *writer)
{
	struct nl_msg *message = message_new(command);
	struct frame *frame = frame_writer_end(writer);

	assert_non_null(frame);
	nla_put(message, NL80211_ATTR_FRAME, (int)frame->len, frame->data);
	frame_free(frame);
	happen(world, message);
}

static inline void happen_deauth(struct world *world, const uint8_t *from)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, from == own ? bssid : own, from, bssid);

	write_le16(&writer, REASON_INACTIVE);
	happen_frame(world, NL80211_CMD_DEAUTHENTICATE, &writer);
}

/* ---- the steps of joining ---- */

static inline void link_to(struct world *world)
{
	struct plane_action *action = plane_actions_add(&world->actions, PLANE_LINK);

	action->link = (struct plane_link){.ssid_len = 4, .freq_mhz = 2437, .signal_dbm = -40, .watch = {-65, 4}};
	mac_copy(action->link.bssid, bssid);
	memcpy(action->link.ssid, "home", 4);
	apply(world);
	expect_no_request(world);
}

static inline void ask_to_authenticate(struct world *world)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, bssid, own, bssid);
	struct plane_action *action = plane_actions_add(&world->actions, PLANE_AUTHENTICATE);

	write_le16(&writer, AUTH_OPEN);
	write_le16(&writer, 1);
	write_le16(&writer, STATUS_SUCCESS);
	action->frame = frame_writer_end(&writer);
	action->join.cookie = 17;
	apply(world);
}

static inline void authenticated(struct world *world)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, own, bssid, bssid);

	write_le16(&writer, AUTH_OPEN);
	write_le16(&writer, 2);
	write_le16(&writer, STATUS_SUCCESS);
	happen_frame(world, NL80211_CMD_AUTHENTICATE, &writer);
}

/* Control writes SSID, rates and WMM, too; the kernel has its own. */
static inline void ask_to_associate(struct world *world, bool reassociation)
{
	static const uint8_t rates[] = {0x82, 0x84}, wmm[] = {OUI_MICROSOFT, 2, 0, 1, 0};
	struct frame_writer writer =
		mgmt_begin(reassociation ? MGMT_REASSOC_REQUEST : MGMT_ASSOC_REQUEST, bssid, own, bssid);
	struct plane_action *action = plane_actions_add(&world->actions, PLANE_ASSOCIATE);

	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, 1);
	action->join = (struct plane_join){.cookie = 18,
					   .elements_offset = writer.frame->len,
					   .rsn = true,
					   .privacy = true,
					   .akm = AKM_PSK,
					   .pairwise = CIPHER_CCMP_128,
					   .group = CIPHER_TKIP,
					   .disabled_modes = world->disabled_modes,
					   .reassociation = reassociation};
	memcpy(action->join.previous_bssid, "\2\0\0\0\1\1", 6);
	write_element(&writer, EID_SSID, "home", 4);
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	write_bytes(&writer, rsne, sizeof(rsne));
	write_element(&writer, EID_VENDOR, wmm, sizeof(wmm));
	action->frame = frame_writer_end(&writer);
	apply(world);
}

static inline void associated(struct world *world, uint16_t status)
{
	struct frame_writer writer = mgmt_begin(MGMT_ASSOC_RESPONSE, own, bssid, bssid);

	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, status);
	write_le16(&writer, 1);
	happen_frame(world, NL80211_CMD_ASSOCIATE, &writer);
}

/* The kernel is about to associate. */
static inline void request_association(struct world *world)
{
	ask_to_authenticate(world);
	expect(world, NL80211_CMD_AUTHENTICATE);
	answer(world, 0);
	authenticated(world);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(world, false);
	expect(world, NL80211_CMD_ASSOCIATE);
}

/* To the access point of the link: the station then waits for the first message of the handshake. */
static inline void join(struct world *world)
{
	request_association(world);
	answer(world, 0);
	associated(world, STATUS_SUCCESS);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_no_request(world);
}

static inline void associate(struct world *world)
{
	link_to(world);
	join(world);
}

static inline void act(struct world *world, enum plane_action_kind kind)
{
	plane_actions_add(&world->actions, kind);
	apply(world);
}

static inline void authorise(struct world *world)
{
	plane_actions_add(&world->actions, PLANE_STATION_SET)->station =
		(struct plane_station){.associated = true, .authorised = true, .rsn = true};
	apply(world);
}

static inline void add_key(struct world *world, bool group, uint8_t id, enum cipher cipher, uint64_t rsc)
{
	struct plane_key *key = &plane_actions_add(&world->actions, PLANE_KEY_INSTALL)->key;

	*key = (struct plane_key){
		.group = group, .id = id, .cipher = cipher, .len = (uint8_t)cipher_key_len(cipher), .rsc = rsc};
	for (uint8_t i = 0; i < key->len; i++)
		key->bytes[i] = i;
}

/* After associate(): the keys are installed, and data passes. */
static inline void open_port(struct world *world)
{
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	authorise(world);
	expect(world, NL80211_CMD_NEW_KEY);
	expect(world, NL80211_CMD_SET_STATION);
	answer(world, 0);
	expect_operstate(world, true);
	expect(world, NL80211_CMD_SET_CQM);
}

static inline struct nl_msg *eapol_from(const uint8_t *sender, uint16_t ethertype)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONTROL_PORT_FRAME);

	nla_put(message, NL80211_ATTR_MAC, 6, sender);
	nla_put_u16(message, NL80211_ATTR_CONTROL_PORT_ETHERTYPE, ethertype);
	nla_put(message, NL80211_ATTR_FRAME, 4, "\2\3\0\0");
	return message;
}

/* In the clear, from the access point. */
static inline struct nl_msg *eapol_message(void)
{
	struct nl_msg *message = eapol_from(bssid, 0x888e);

	nla_put_flag(message, NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT);
	return message;
}

/* ---- scans ---- */

/* Answers GET_SCAN with one BSS, seen so long ago. */
static inline void answer_results(struct world *world, uint32_t seen_ms_ago)
{
	static const uint8_t elements[] = {0, 4, 'h', 'o', 'm', 'e'}, hidden[] = {0, 0};
	struct nl_msg *message = message_new(NL80211_CMD_NEW_SCAN_RESULTS);
	struct nlattr *bss = nla_nest_start(message, NL80211_ATTR_BSS);
	struct nlmsghdr *header = nlmsg_hdr(message);
	struct nl80211_reply reply = {.messages = &header, .count = 1};

	nla_put(message, NL80211_BSS_BSSID, 6, bssid);
	nla_put_u32(message, NL80211_BSS_FREQUENCY, 2437);
	nla_put_u16(message, NL80211_BSS_BEACON_INTERVAL, 100);
	nla_put(message, NL80211_BSS_INFORMATION_ELEMENTS, sizeof(elements), elements);
	nla_put_flag(message, NL80211_BSS_PRESP_DATA);
	if (world->beacon_is_newer)
		nla_put(message, NL80211_BSS_BEACON_IES, sizeof(elements), elements);
	else
		nla_put(message, NL80211_BSS_BEACON_IES, sizeof(hidden), hidden);
	nla_put_u64(message, NL80211_BSS_TSF, 10);
	nla_put_u64(message, NL80211_BSS_BEACON_TSF, world->beacon_is_newer ? 20 : 5);
	nla_put_u32(message, NL80211_BSS_SIGNAL_MBM, (uint32_t)-4200);
	nla_put_u32(message, NL80211_BSS_SEEN_MS_AGO, seen_ms_ago);
	if (world->seen_boottime_ns)
		nla_put_u64(message, NL80211_BSS_LAST_SEEN_BOOTTIME, world->seen_boottime_ns);
	nla_nest_end(message, bss);
	header = nlmsg_hdr(message);
	assert_true(nl80211_sta_reply(world->sta, &world->request, &reply, world->now_ns, &world->out));
	nlmsg_free(message);
}

#define CASE(name)     cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CASE_SME(name) cmocka_unit_test_setup_teardown(name, setup_sme, teardown)

#endif
