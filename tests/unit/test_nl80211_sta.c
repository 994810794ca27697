/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plane of a station over a driver: actions in, requests out; replies and events in, events for control out. The test
 * is the kernel.
 */
#include "nl80211_messages.h"

#include "base/mac.h"
#include "nl80211/key.h"
#include "nl80211/sta/sta.h"

#include <errno.h>

#define IFINDEX 7
#define SECOND  UINT64_C(1000000000)

static const uint8_t own[6] = {2, 0, 0, 0, 0, 1}, bssid[6] = {2, 0, 0, 0, 1, 0};
static const uint8_t rsne[] = {48, 20, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 2, 0, 0};

struct world {
	struct nl80211_wiphy wiphy;
	struct nl80211_sta *sta;
	struct plane_actions actions;
	struct nl80211_requests out;
	struct nl80211_request request; /* the last one taken */
	struct plane_event event;       /* the last one taken */
	uint64_t now_ns;
};

static void allow(struct nl80211_wiphy *wiphy, uint8_t command)
{
	wiphy->commands[command / 64] |= UINT64_C(1) << command % 64;
}

static void have_feature(struct nl80211_wiphy *wiphy, unsigned feature)
{
	wiphy->ext_features[feature / 8] |= (uint8_t)(1 << feature % 8);
}

static void create(struct world *world, bool sme)
{
	static const uint16_t freqs[] = {2412, 2437, 2462, 2417, 2422, 2427, 2432, 5180, 5200};
	struct nl80211_sta_setup setup = {.ifindex = IFINDEX, .wiphy = &world->wiphy, .power_save = -1};

	memset(world, 0, sizeof(*world));
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
	mac_copy(setup.addr, own);
	world->sta = nl80211_sta_new(&setup);
	assert_non_null(world->sta);
	world->now_ns = 100 * SECOND;
}

static void destroy(struct world *world)
{
	nl80211_sta_free(world->sta);
	plane_actions_free(&world->actions);
	nl80211_requests_free(&world->out);
	nl80211_request_free(&world->request);
	plane_event_release(&world->event);
}

static void apply(struct world *world)
{
	nl80211_sta_apply(world->sta, &world->actions, world->now_ns, &world->out);
	plane_actions_clear(&world->actions);
}

/* The next request must be this command. */
static const struct nl80211_request *expect(struct world *world, uint8_t command)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_COMMAND);
	assert_int_equal(world->request.command, command);
	assert_false(world->request.too_long);
	return &world->request;
}

static void expect_operstate(struct world *world, bool up)
{
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_OPERSTATE);
	assert_int_equal(world->request.up, up);
}

static void expect_no_request(const struct world *world)
{
	assert_int_equal(world->out.count, 0);
}

static bool answer(struct world *world, int error)
{
	struct nl80211_reply reply = {.error = error, .explanation = "test"};

	return nl80211_sta_reply(world->sta, &world->request, &reply, world->now_ns, &world->out);
}

static const struct plane_event *expect_event(struct world *world, enum plane_event_kind kind)
{
	plane_event_release(&world->event);
	assert_true(nl80211_sta_take_event(world->sta, &world->event));
	assert_int_equal(world->event.kind, kind);
	return &world->event;
}

static void expect_no_event(struct world *world)
{
	assert_false(nl80211_sta_take_event(world->sta, &world->event));
}

/* Passes an event of the kernel, and frees it. */
static void happen(struct world *world, struct nl_msg *message)
{
	struct nl80211_event event;

	nla_put_u32(message, NL80211_ATTR_IFINDEX, IFINDEX);
	assert_true(nl80211_event_parse(&event, nlmsg_hdr(message)));
	nl80211_sta_event(world->sta, &event, world->now_ns, &world->out);
	nlmsg_free(message);
}

static void happen_frame(struct world *world, uint8_t command, struct frame_writer *writer)
{
	struct nl_msg *message = message_new(command);
	struct frame *frame = frame_writer_end(writer);

	assert_non_null(frame);
	nla_put(message, NL80211_ATTR_FRAME, (int)frame->len, frame->data);
	frame_free(frame);
	happen(world, message);
}

static void happen_timeout(struct world *world, uint8_t command)
{
	struct nl_msg *message = message_new(command);

	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nla_put_flag(message, NL80211_ATTR_TIMED_OUT);
	happen(world, message);
}

static void happen_deauth(struct world *world, const uint8_t *from)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, from == own ? bssid : own, from, bssid);

	write_le16(&writer, REASON_INACTIVE);
	happen_frame(world, NL80211_CMD_DEAUTHENTICATE, &writer);
}

/* ---- the steps of joining ---- */

static void link_to(struct world *world)
{
	struct plane_action *action = plane_actions_add(&world->actions, PLANE_LINK);

	action->link = (struct plane_link){.ssid_len = 4, .freq_mhz = 2437, .signal_dbm = -40};
	mac_copy(action->link.bssid, bssid);
	memcpy(action->link.ssid, "home", 4);
	apply(world);
	expect_no_request(world);
}

static void ask_to_authenticate(struct world *world)
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

static void authenticated(struct world *world)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, own, bssid, bssid);

	write_le16(&writer, AUTH_OPEN);
	write_le16(&writer, 2);
	write_le16(&writer, STATUS_SUCCESS);
	happen_frame(world, NL80211_CMD_AUTHENTICATE, &writer);
}

/* Control writes SSID, rates and WMM, too; the kernel has its own. */
static void ask_to_associate(struct world *world, bool reassociation)
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
					   .reassociation = reassociation};
	memcpy(action->join.previous_bssid, "\2\0\0\0\1\1", 6);
	write_element(&writer, EID_SSID, "home", 4);
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	write_bytes(&writer, rsne, sizeof(rsne));
	write_element(&writer, EID_VENDOR, wmm, sizeof(wmm));
	action->frame = frame_writer_end(&writer);
	apply(world);
}

static void associated(struct world *world, uint16_t status)
{
	struct frame_writer writer = mgmt_begin(MGMT_ASSOC_RESPONSE, own, bssid, bssid);

	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, status);
	write_le16(&writer, 1);
	happen_frame(world, NL80211_CMD_ASSOCIATE, &writer);
}

/* To the access point of the link: the station then waits for the first message of the handshake. */
static void join(struct world *world)
{
	ask_to_authenticate(world);
	expect(world, NL80211_CMD_AUTHENTICATE);
	answer(world, 0);
	authenticated(world);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(world, false);
	expect(world, NL80211_CMD_ASSOCIATE);
	answer(world, 0);
	associated(world, STATUS_SUCCESS);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_no_request(world);
}

static void associate(struct world *world)
{
	link_to(world);
	join(world);
}

static void act(struct world *world, enum plane_action_kind kind)
{
	plane_actions_add(&world->actions, kind);
	apply(world);
}

static void authorise(struct world *world)
{
	plane_actions_add(&world->actions, PLANE_STATION_SET)->station =
		(struct plane_station){.associated = true, .authorised = true, .rsn = true};
	apply(world);
}

static struct nl_msg *eapol_message(bool unencrypted)
{
	static const uint8_t payload[] = {2, 3, 0, 0};
	struct nl_msg *message = message_new(NL80211_CMD_CONTROL_PORT_FRAME);

	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nla_put_u16(message, NL80211_ATTR_CONTROL_PORT_ETHERTYPE, 0x888e);
	nla_put(message, NL80211_ATTR_FRAME, sizeof(payload), payload);
	if (unencrypted)
		nla_put_flag(message, NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT);
	return message;
}

/* ---- joining ---- */

static void requests_to_join_have_the_terms(void **state)
{
	struct world world;
	const struct nl80211_request *request;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	request = expect(&world, NL80211_CMD_AUTHENTICATE);
	assert_bytes(request_attribute(request, NL80211_ATTR_MAC), bssid, 6);
	assert_bytes(request_attribute(request, NL80211_ATTR_SSID), "home", 4);
	assert_u32(request_attribute(request, NL80211_ATTR_WIPHY_FREQ), 2437);
	assert_u32(request_attribute(request, NL80211_ATTR_AUTH_TYPE), NL80211_AUTHTYPE_OPEN_SYSTEM);
	assert_true(answer(&world, 0));
	authenticated(&world);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);

	ask_to_associate(&world, true);
	request = expect(&world, NL80211_CMD_ASSOCIATE);
	assert_true(request->owner_socket);
	assert_bytes(request_attribute(request, NL80211_ATTR_IE), rsne, sizeof(rsne));
	assert_u32(request_attribute(request, NL80211_ATTR_WPA_VERSIONS), NL80211_WPA_VERSION_2);
	assert_u32(request_attribute(request, NL80211_ATTR_CIPHER_SUITES_PAIRWISE), 0x000fac04);
	assert_u32(request_attribute(request, NL80211_ATTR_CIPHER_SUITE_GROUP), 0x000fac02);
	assert_u32(request_attribute(request, NL80211_ATTR_AKM_SUITES), 0x000fac02);
	assert_u32(request_attribute(request, NL80211_ATTR_USE_MFP), NL80211_MFP_NO);
	assert_bytes(request_attribute(request, NL80211_ATTR_PREV_BSSID), "\2\0\0\0\1\1", 6);
	assert_non_null(request_attribute(request, NL80211_ATTR_SOCKET_OWNER));
	assert_non_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT));
	assert_non_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_OVER_NL80211));
	destroy(&world);
}

static void unanswered_request_is_reported(void **state)
{
	struct world world;
	const struct plane_event *event;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	answer(&world, 0);
	happen_timeout(&world, NL80211_CMD_AUTHENTICATE);
	event = expect_event(&world, PLANE_EVENT_TX_STATUS);
	assert_int_equal(event->cookie, 17);
	assert_false(event->acked);
	expect_no_event(&world);
	destroy(&world);
}

/* The kernel has forgotten the BSS: its channel is scanned, once, and the request repeated. */
static void forgotten_bss_is_scanned_again(void **state)
{
	struct world world;
	struct nlattr *freqs;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(&world, -ENOENT));
	freqs = request_attribute(expect(&world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(freqs, 1), 2437);
	answer(&world, 0);
	happen(&world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(&world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(&world, -ENOENT));
	expect_event(&world, PLANE_EVENT_TX_STATUS);
	expect_no_request(&world);
	destroy(&world);
}

static void association_of_before_is_ended_first(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(&world, -EALREADY));
	expect(&world, NL80211_CMD_DEAUTHENTICATE);
	answer(&world, 0);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	happen_deauth(&world, own); /* the event of our own request */
	answer(&world, 0);
	expect_no_event(&world);
	authenticated(&world);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	destroy(&world);
}

static void refused_association_is_passed_on(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	authenticated(&world);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(&world, false);
	expect(&world, NL80211_CMD_ASSOCIATE);
	associated(&world, STATUS_AP_FULL);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	happen(&world, eapol_message(true));
	expect_no_event(&world);
	destroy(&world);
}

/* ---- the handshake ---- */

static void early_eapol_waits_for_the_association(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	authenticated(&world);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(&world, false);
	expect(&world, NL80211_CMD_ASSOCIATE);
	happen(&world, eapol_message(true));
	expect_no_event(&world);
	associated(&world, STATUS_SUCCESS);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	expect_event(&world, PLANE_EVENT_EAPOL);
	assert_int_equal(world.event.frame->len, 18);
	assert_memory_equal(world.event.frame->data + 6, bssid, 6);
	destroy(&world);
}

/* It belongs to the attempt before. */
static void eapol_of_a_refused_association_is_forgotten(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	link_to(&world);
	ask_to_authenticate(&world);
	expect(&world, NL80211_CMD_AUTHENTICATE);
	authenticated(&world);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(&world, false);
	expect(&world, NL80211_CMD_ASSOCIATE);
	happen(&world, eapol_message(true));
	associated(&world, STATUS_REFUSED_TEMPORARILY);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(&world, false);
	expect(&world, NL80211_CMD_ASSOCIATE);
	associated(&world, STATUS_SUCCESS);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	expect_no_event(&world);
	destroy(&world);
}

static void add_key(struct world *world, bool group, uint8_t id, enum cipher cipher, uint64_t rsc)
{
	struct plane_key *key = &plane_actions_add(&world->actions, PLANE_KEY_INSTALL)->key;

	*key = (struct plane_key){
		.group = group, .id = id, .cipher = cipher, .len = (uint8_t)cipher_key_len(cipher), .rsc = rsc};
	for (uint8_t i = 0; i < key->len; i++)
		key->bytes[i] = i;
}

static void message_4_precedes_the_keys(void **state)
{
	static const uint8_t eapol[] = {2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0x88, 0x8e, 2, 3, 0, 0};
	struct world world;
	const struct nl80211_request *request;
	struct plane_action *action;
	struct nlattr *key;

	(void)state;
	create(&world, true);
	associate(&world);
	action = plane_actions_add(&world.actions, PLANE_EAPOL);
	action->frame = frame_from(eapol, sizeof(eapol), 0, 0);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	add_key(&world, true, 2, CIPHER_CCMP_128, 0x010203);
	apply(&world);
	authorise(&world);

	request = expect(&world, NL80211_CMD_CONTROL_PORT_FRAME);
	assert_bytes(request_attribute(request, NL80211_ATTR_FRAME), eapol + 14, 4);
	assert_non_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT));
	request = expect(&world, NL80211_CMD_NEW_KEY);
	assert_bytes(request_attribute(request, NL80211_ATTR_MAC), bssid, 6);
	key = request_attribute(request, NL80211_ATTR_KEY);
	assert_u32(nested_attribute(key, NL80211_KEY_CIPHER), 0x000fac04);
	assert_null(nested_attribute(key, NL80211_KEY_SEQ));
	request = expect(&world, NL80211_CMD_NEW_KEY);
	assert_null(request_attribute(request, NL80211_ATTR_MAC));
	key = request_attribute(request, NL80211_ATTR_KEY);
	assert_bytes(nested_attribute(key, NL80211_KEY_SEQ), "\3\2\1\0\0\0", 6);
	assert_int_equal(nla_get_u8(nested_attribute(key, NL80211_KEY_IDX)), 2);
	request = expect(&world, NL80211_CMD_SET_STATION);
	assert_non_null(request_attribute(request, NL80211_ATTR_STA_FLAGS2));
	expect_no_request(&world);
	assert_true(answer(&world, 0));
	expect_operstate(&world, true);
	request = expect(&world, NL80211_CMD_SET_CQM);
	assert_u32(nested_attribute(request_attribute(request, NL80211_ATTR_CQM), NL80211_ATTR_CQM_RSSI_THOLD),
		   (uint32_t)-65);
	expect_no_request(&world);
	destroy(&world);
}

static void installed_key_is_not_installed_again(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	apply(&world);
	expect(&world, NL80211_CMD_NEW_KEY);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	apply(&world);
	expect_no_request(&world);
	destroy(&world);
}

static void failed_key_is_reported(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	add_key(&world, true, 1, CIPHER_GCMP_256, 0);
	apply(&world);
	expect(&world, NL80211_CMD_NEW_KEY);
	assert_false(answer(&world, -EINVAL));
	assert_true(expect_event(&world, PLANE_EVENT_KEY_FAILED)->group);
	destroy(&world);
}

/* Its request was lost for lack of memory. The kernel would send data in the clear. */
static void port_stays_closed_without_a_pairwise_key(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	authorise(&world);
	expect_no_request(&world);
	destroy(&world);
}

/* The requests that follow the failed one are still carried out. */
static void port_stays_closed_after_a_failed_key(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	authorise(&world);
	expect(&world, NL80211_CMD_NEW_KEY);
	answer(&world, -EINVAL);
	expect_event(&world, PLANE_EVENT_KEY_FAILED);
	expect(&world, NL80211_CMD_SET_STATION);
	act(&world, PLANE_STATION_REMOVE);
	expect(&world, NL80211_CMD_DEAUTHENTICATE);
	expect_no_request(&world);
	destroy(&world);
}

static void port_that_does_not_open_is_a_failure(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	authorise(&world);
	expect(&world, NL80211_CMD_NEW_KEY);
	expect(&world, NL80211_CMD_SET_STATION);
	assert_false(answer(&world, -EIO));
	expect_event(&world, PLANE_EVENT_KEY_FAILED);
	expect_no_request(&world);
	destroy(&world);
}

/* The kernel wants the Michael key for sending first: at a station, the second one of the handshake. */
static void michael_keys_change_places(void **state)
{
	struct nl80211_requests requests = {0};
	struct plane_key key = {.cipher = CIPHER_TKIP, .len = 32};
	const uint8_t *bytes;

	(void)state;
	for (uint8_t i = 0; i < key.len; i++)
		key.bytes[i] = i;
	nl80211_key_install(&requests, IFINDEX, bssid, &key, NL80211_SUPPLICANT);
	nl80211_key_install(&requests, IFINDEX, bssid, &key, NL80211_AUTHENTICATOR);
	bytes = nla_data(nested_attribute(request_attribute(&requests.list[0], NL80211_ATTR_KEY), NL80211_KEY_DATA));
	assert_memory_equal(bytes, key.bytes, 16);
	assert_memory_equal(bytes + 16, key.bytes + 24, 8);
	assert_memory_equal(bytes + 24, key.bytes + 16, 8);
	assert_bytes(nested_attribute(request_attribute(&requests.list[1], NL80211_ATTR_KEY), NL80211_KEY_DATA),
		     key.bytes, 32);
	nl80211_requests_free(&requests);
}

/* ---- the end ---- */

static void deauthentication_of_the_access_point_closes_the_port(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	authorise(&world);
	expect(&world, NL80211_CMD_NEW_KEY);
	expect(&world, NL80211_CMD_SET_STATION);
	answer(&world, 0);
	expect_operstate(&world, true);
	expect(&world, NL80211_CMD_SET_CQM);
	happen_deauth(&world, bssid);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	expect_operstate(&world, false);
	act(&world, PLANE_STATION_REMOVE);
	expect_no_request(&world);
	destroy(&world);
}

/* The driver decrypts it under PMF, and leaves the Protected bit set, as mac80211 does. */
static void protected_goodbye_is_in_the_clear(void **state)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, own, bssid, bssid);
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	write_le16(&writer, REASON_INACTIVE);
	put_le16(frame_make_writable(writer.frame), MGMT_DEAUTH | FC_PROTECTED);
	happen_frame(&world, NL80211_CMD_DEAUTHENTICATE, &writer);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(le16(world.event.frame->data), MGMT_DEAUTH);
	destroy(&world);
}

/* The driver hears no beacons any more. */
static void deauthentication_of_the_driver_is_a_loss(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	happen_deauth(&world, own);
	expect_event(&world, PLANE_EVENT_LOST);
	destroy(&world);
}

static void roaming_station_leaves_without_a_frame(void **state)
{
	struct world world;
	const struct nl80211_request *request;

	(void)state;
	create(&world, true);
	associate(&world);
	act(&world, PLANE_STATION_REMOVE);
	request = expect(&world, NL80211_CMD_DEAUTHENTICATE);
	assert_non_null(request_attribute(request, NL80211_ATTR_LOCAL_STATE_CHANGE));
	answer(&world, 0);
	happen_deauth(&world, own);
	expect_no_event(&world);
	destroy(&world);
}

/* The action that removes the station was lost for lack of memory. */
static void association_unknown_to_control_is_ended(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	link_to(&world);
	nl80211_sta_end_association(world.sta, &world.out);
	expect_no_request(&world);
	join(&world);
	add_key(&world, false, 0, CIPHER_CCMP_128, 0);
	authorise(&world);
	expect(&world, NL80211_CMD_NEW_KEY);
	expect(&world, NL80211_CMD_SET_STATION);
	answer(&world, 0);
	expect_operstate(&world, true);
	expect(&world, NL80211_CMD_SET_CQM);
	nl80211_sta_end_association(world.sta, &world.out);
	expect(&world, NL80211_CMD_DEAUTHENTICATE);
	answer(&world, 0);
	expect_operstate(&world, false);
	happen_deauth(&world, own);
	expect_no_event(&world);
	expect_no_request(&world);
	destroy(&world);
}

static void leave_and_come_back(struct world *world, bool reported)
{
	act(world, PLANE_STATION_REMOVE);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	answer(world, 0);
	if (reported)
		happen_deauth(world, own);
	expect_no_event(world);
	associate(world);
}

/* The access point was faster, so the kernel had nothing left to report. */
static void unreported_deauthentication_hides_no_loss(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	leave_and_come_back(&world, false);
	world.now_ns += 60 * SECOND;
	leave_and_come_back(&world, true);
	happen_deauth(&world, own);
	expect_event(&world, PLANE_EVENT_LOST);
	destroy(&world);
}

static void goodbye_has_its_reason(void **state)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, bssid, own, bssid);
	struct world world;
	const struct nl80211_request *request;

	(void)state;
	create(&world, true);
	associate(&world);
	write_le16(&writer, REASON_LEAVING);
	plane_actions_add(&world.actions, PLANE_MANAGEMENT)->frame = frame_writer_end(&writer);
	plane_actions_add(&world.actions, PLANE_STATION_REMOVE);
	apply(&world);
	request = expect(&world, NL80211_CMD_DEAUTHENTICATE);
	assert_null(request_attribute(request, NL80211_ATTR_LOCAL_STATE_CHANGE));
	assert_int_equal(nla_get_u16(request_attribute(request, NL80211_ATTR_REASON_CODE)), REASON_LEAVING);
	expect_no_request(&world);
	destroy(&world);
}

/* ---- what the driver reports ---- */

static void unprotected_goodbye_is_suspect(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	happen(&world, message_new(NL80211_CMD_UNPROT_DEAUTHENTICATE));
	expect_event(&world, PLANE_EVENT_SUSPECT);
	destroy(&world);
}

/* The driver reports a weak signal: how weak, it says when asked. */
static void weak_signal_is_measured(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_NOTIFY_CQM), *answer_message;
	struct nlmsghdr *header;
	struct nlattr *nest = nla_nest_start(message, NL80211_ATTR_CQM);
	struct nl80211_reply reply = {.messages = &header, .count = 1};
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	nla_put_u32(message, NL80211_ATTR_CQM_RSSI_THRESHOLD_EVENT, NL80211_CQM_RSSI_THRESHOLD_EVENT_LOW);
	nla_nest_end(message, nest);
	happen(&world, message);
	expect(&world, NL80211_CMD_GET_STATION);
	answer_message = message_new(NL80211_CMD_NEW_STATION);
	nest = nla_nest_start(answer_message, NL80211_ATTR_STA_INFO);
	nla_put_u8(answer_message, NL80211_STA_INFO_SIGNAL_AVG, (uint8_t)-71);
	nla_nest_end(answer_message, nest);
	header = nlmsg_hdr(answer_message);
	assert_true(nl80211_sta_reply(world.sta, &world.request, &reply, world.now_ns, &world.out));
	assert_int_equal(expect_event(&world, PLANE_EVENT_SIGNAL)->signal_dbm, -71);
	nlmsg_free(answer_message);
	destroy(&world);
}

static void michael_failure_says_which_key(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_MICHAEL_MIC_FAILURE);
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	nla_put_u32(message, NL80211_ATTR_KEY_TYPE, NL80211_KEYTYPE_GROUP);
	happen(&world, message);
	assert_true(expect_event(&world, PLANE_EVENT_MICHAEL)->group);
	destroy(&world);
}

static void channel_switch_is_followed(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_CH_SWITCH_NOTIFY);
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2462);
	happen(&world, message);
	assert_int_equal(expect_event(&world, PLANE_EVENT_CHANNEL)->freq_mhz, 2462);
	destroy(&world);
}

static void forbidden_channel_is_left(void **state)
{
	static const uint16_t freqs[] = {2437, 2412};
	struct nl_msg *message = message_new(NL80211_CMD_CH_SWITCH_NOTIFY);
	struct plane_action *action;
	struct world world;

	(void)state;
	create(&world, true);
	action = plane_actions_add(&world.actions, PLANE_LINK);
	action->link = (struct plane_link){.freq_mhz = 2437, .freqs = freqs, .freq_count = COUNT(freqs)};
	mac_copy(action->link.bssid, bssid);
	apply(&world);
	join(&world);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2412);
	happen(&world, message);
	expect_event(&world, PLANE_EVENT_CHANNEL);
	message = message_new(NL80211_CMD_CH_SWITCH_NOTIFY);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2462);
	happen(&world, message);
	expect_event(&world, PLANE_EVENT_LOST);
	expect_no_event(&world);
	act(&world, PLANE_STATION_REMOVE);
	expect(&world, NL80211_CMD_DEAUTHENTICATE);
	destroy(&world);
}

static void expect_drop(struct world *world, enum drop drop)
{
	struct plane_actions *reports = nl80211_sta_reports(world->sta);

	assert_int_equal(reports->count, 1);
	assert_int_equal(reports->list[0].kind, PLANE_REPORT);
	assert_int_equal(reports->list[0].report.kind, ACTION_DROP);
	assert_int_equal(reports->list[0].report.drop, drop);
	plane_actions_clear(reports);
	expect_no_event(world);
}

static struct nl_msg *eapol_from(const uint8_t *sender, uint16_t ethertype)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONTROL_PORT_FRAME);

	nla_put(message, NL80211_ATTR_MAC, 6, sender);
	nla_put_u16(message, NL80211_ATTR_CONTROL_PORT_ETHERTYPE, ethertype);
	nla_put(message, NL80211_ATTR_FRAME, 4, "\2\3\0\0");
	return message;
}

static void dropped_frames_have_a_reason(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 1, 9},
			     packet[18] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 9, 0x88, 0x8e};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, own, bssid, bssid);
	struct frame *frame = frame_from(packet, sizeof(packet), 0, 0);
	struct world world;

	(void)state;
	create(&world, true);
	write_le32(&writer, 0);
	happen_frame(&world, NL80211_CMD_FRAME, &writer);
	expect_drop(&world, DROP_MGMT_UNEXPECTED);
	link_to(&world);
	happen(&world, eapol_message(true));
	expect_drop(&world, DROP_EAPOL_UNEXPECTED);
	happen(&world, eapol_from(other, 0x888e));
	expect_drop(&world, DROP_OTHER_BSS);
	happen(&world, eapol_from(bssid, 0x88c7));
	expect_drop(&world, DROP_EAPOL_UNEXPECTED);
	nl80211_sta_packet(world.sta, frame);
	expect_drop(&world, DROP_OTHER_BSS);
	frame_free(frame);
	destroy(&world);
}

static void events_of_other_interfaces_are_ignored(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_UNPROT_DEAUTHENTICATE);
	struct nl80211_event event;
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	nla_put_u32(message, NL80211_ATTR_IFINDEX, IFINDEX + 1);
	assert_true(nl80211_event_parse(&event, nlmsg_hdr(message)));
	nl80211_sta_event(world.sta, &event, world.now_ns, &world.out);
	nlmsg_free(message);
	expect_no_event(&world);
	destroy(&world);
}

/* ---- scans ---- */

static void scan(struct world *world, const uint16_t *freqs, size_t count, const struct plane_ssid *ssids,
		 size_t ssid_count)
{
	plane_actions_add(&world->actions, PLANE_SCAN)->scan =
		(struct plane_scan){.freqs = freqs, .freq_count = count, .ssids = ssids, .ssid_count = ssid_count};
	apply(world);
}

/* Answers GET_SCAN with one BSS, seen so long ago. */
static void answer_results(struct world *world, uint32_t seen_ms_ago)
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
	nla_put(message, NL80211_BSS_BEACON_IES, sizeof(hidden), hidden);
	nla_put_u32(message, NL80211_BSS_SIGNAL_MBM, (uint32_t)-4200);
	nla_put_u32(message, NL80211_BSS_SEEN_MS_AGO, seen_ms_ago);
	nla_nest_end(message, bss);
	header = nlmsg_hdr(message);
	assert_true(nl80211_sta_reply(world->sta, &world->request, &reply, world->now_ns, &world->out));
	nlmsg_free(message);
}

static void scan_has_parts(void **state)
{
	static const uint16_t freqs[] = {2412, 2437, 2462, 2417, 2422, 2427, 2432, 5180, 5200};
	struct world world;
	struct nlattr *nest;

	(void)state;
	create(&world, true);
	scan(&world, freqs, COUNT(freqs), NULL, 0);
	nest = request_attribute(expect(&world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 3), 2462);
	assert_null(nested_attribute(nest, 4));
	answer(&world, 0);
	happen(&world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(&world, NL80211_CMD_GET_SCAN);
	answer_results(&world, 10);
	assert_int_equal(expect_event(&world, PLANE_EVENT_MANAGEMENT)->frame->meta.signal_dbm, -42);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(expect_event(&world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_CHANNEL);
	nl80211_sta_tick(world.sta, world.now_ns, &world.out);
	nest = request_attribute(expect(&world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 1), 2417);
	assert_u32(nested_attribute(nest, 4), 2432);
	assert_null(nested_attribute(nest, 5));
	destroy(&world);
}

static void scan_leaves_out_disabled_channels(void **state)
{
	static const uint16_t freqs[] = {5180, 5200, 5955}, disabled[] = {5200};
	struct world world;
	struct nlattr *nest;

	(void)state;
	create(&world, true);
	scan(&world, freqs, COUNT(freqs), NULL, 0);
	nest = request_attribute(expect(&world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 1), 5180);
	assert_null(nested_attribute(nest, 2));
	scan(&world, disabled, COUNT(disabled), NULL, 0);
	expect(&world, NL80211_CMD_ABORT_SCAN);
	assert_int_equal(expect_event(&world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_DONE);
	expect_no_request(&world);
	destroy(&world);
}

/* The driver takes two SSIDs, of which one is the wildcard: each name has its turn. */
static void hidden_names_take_turns(void **state)
{
	static const uint16_t freqs[] = {2412};
	static const struct plane_ssid ssids[] = {{"one", 3}, {"two", 3}};
	struct world world;
	struct nlattr *nest;

	(void)state;
	create(&world, true);
	for (size_t i = 0; i < 3; i++) {
		scan(&world, freqs, 1, ssids, COUNT(ssids));
		if (i)
			expect(&world, NL80211_CMD_ABORT_SCAN);
		nest = request_attribute(expect(&world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_SSIDS);
		assert_int_equal(nla_len(nested_attribute(nest, 1)), 0);
		assert_bytes(nested_attribute(nest, 2), ssids[i % 2].bytes, 3);
	}
	destroy(&world);
}

/* Another program scans: its results serve, too. */
static void busy_scan_waits_for_the_results_of_others(void **state)
{
	static const uint16_t freqs[] = {2412};
	struct world world;

	(void)state;
	create(&world, true);
	scan(&world, freqs, 1, NULL, 0);
	expect(&world, NL80211_CMD_TRIGGER_SCAN);
	assert_true(answer(&world, -EBUSY));
	expect_no_event(&world);
	world.now_ns = nl80211_sta_deadline(world.sta);
	nl80211_sta_tick(world.sta, world.now_ns, &world.out);
	expect(&world, NL80211_CMD_TRIGGER_SCAN);
	assert_true(answer(&world, -EBUSY));
	happen(&world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(&world, NL80211_CMD_GET_SCAN);
	answer_results(&world, 10000);
	expect_event(&world, PLANE_EVENT_SCANNED); /* without what was seen long ago */
	destroy(&world);
}

static void lost_scan_ends(void **state)
{
	static const uint16_t freqs[] = {2412};
	struct world world;

	(void)state;
	create(&world, true);
	scan(&world, freqs, 1, NULL, 0);
	expect(&world, NL80211_CMD_TRIGGER_SCAN);
	answer(&world, 0);
	world.now_ns = nl80211_sta_deadline(world.sta);
	nl80211_sta_tick(world.sta, world.now_ns, &world.out);
	expect_event(&world, PLANE_EVENT_SCANNED);
	destroy(&world);
}

/* ---- lost events ---- */

static void lost_events_make_it_ask_for_the_association(void **state)
{
	struct world world;

	(void)state;
	create(&world, true);
	associate(&world);
	nl80211_sta_resync(world.sta, &world.out);
	expect(&world, NL80211_CMD_GET_STATION);
	assert_true(answer(&world, -ENOENT));
	expect_event(&world, PLANE_EVENT_LOST);
	destroy(&world);
}

/* ---- drivers with an SME of their own ---- */

static void driver_with_an_sme_connects(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);
	struct world world;
	const struct nl80211_request *request;

	(void)state;
	create(&world, false);
	assert_true(nl80211_sta_capabilities(&world.wiphy).connects);
	assert_false(nl80211_sta_has_control_port(world.sta));
	link_to(&world);
	ask_to_associate(&world, false);
	request = expect(&world, NL80211_CMD_CONNECT);
	assert_non_null(request_attribute(request, NL80211_ATTR_PRIVACY));
	assert_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_OVER_NL80211));
	answer(&world, 0);
	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nla_put_u16(message, NL80211_ATTR_STATUS_CODE, 0);
	happen(&world, message);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(le16(world.event.frame->data) & FC_SUBTYPE, MGMT_ASSOC_RESPONSE);
	destroy(&world);
}

/* Its elements and keys would be those of another access point than control believes. */
static void connection_to_another_bss_is_ended(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 1, 9};
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);
	struct world world;

	(void)state;
	create(&world, false);
	link_to(&world);
	ask_to_associate(&world, false);
	expect(&world, NL80211_CMD_CONNECT);
	answer(&world, 0);
	nla_put(message, NL80211_ATTR_MAC, 6, other);
	nla_put_u16(message, NL80211_ATTR_STATUS_CODE, 0);
	happen(&world, message);
	assert_int_equal(expect_event(&world, PLANE_EVENT_TX_STATUS)->cookie, 18);
	expect_no_event(&world);
	expect(&world, NL80211_CMD_DISCONNECT);
	expect_no_request(&world);
	destroy(&world);
}

static void connect_with_offload(struct world *world)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);

	create(world, false);
	have_feature(&world->wiphy, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_PSK);
	nl80211_sta_free(world->sta);
	world->sta = nl80211_sta_new(&(struct nl80211_sta_setup){
		.ifindex = IFINDEX, .wiphy = &world->wiphy, .power_save = -1, .addr = {2, 0, 0, 0, 0, 1}});
	assert_true(nl80211_sta_capabilities(&world->wiphy).handshakes);
	link_to(world);
	ask_to_associate(world, false);
	assert_int_equal(nla_len(request_attribute(expect(world, NL80211_CMD_CONNECT), NL80211_ATTR_PMK)), 32);
	nla_put(message, NL80211_ATTR_REQ_IE, sizeof(rsne), rsne);
	happen(world, message);
	assert_true(span_equals(expect_event(world, PLANE_EVENT_MANAGEMENT)->elements, rsne, sizeof(rsne)));
}

static void driver_runs_the_handshake(void **state)
{
	struct world world;

	(void)state;
	connect_with_offload(&world);
	happen(&world, message_new(NL80211_CMD_PORT_AUTHORIZED));
	expect_event(&world, PLANE_EVENT_AUTHORISED);
	authorise(&world);
	expect_operstate(&world, true);
	expect(&world, NL80211_CMD_SET_CQM);
	expect_no_request(&world);
	destroy(&world);
}

static void failed_handshake_of_the_driver_has_its_reason(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_DISCONNECT);
	struct world world;

	(void)state;
	connect_with_offload(&world);
	nla_put_u16(message, NL80211_ATTR_REASON_CODE, REASON_4WAY_TIMEOUT);
	happen(&world, message);
	assert_int_equal(expect_event(&world, PLANE_EVENT_DISCONNECTED)->reason, REASON_4WAY_TIMEOUT);
	destroy(&world);
}

/* Control learns of the BSS before it learns that the driver has moved there. */
static void driver_that_roams_is_followed(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 1, 9};
	struct nl_msg *message = message_new(NL80211_CMD_ROAM);
	struct world world;

	(void)state;
	connect_with_offload(&world);
	nla_put(message, NL80211_ATTR_MAC, 6, other);
	happen(&world, message);
	expect(&world, NL80211_CMD_GET_SCAN);
	happen(&world, message_new(NL80211_CMD_PORT_AUTHORIZED));
	expect_no_event(&world);
	answer_results(&world, 10);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	expect_event(&world, PLANE_EVENT_MANAGEMENT);
	assert_memory_equal(expect_event(&world, PLANE_EVENT_ROAMED)->addr, other, 6);
	expect_event(&world, PLANE_EVENT_AUTHORISED);
	destroy(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_to_join_have_the_terms),
		cmocka_unit_test(unanswered_request_is_reported),
		cmocka_unit_test(forgotten_bss_is_scanned_again),
		cmocka_unit_test(association_of_before_is_ended_first),
		cmocka_unit_test(refused_association_is_passed_on),
		cmocka_unit_test(early_eapol_waits_for_the_association),
		cmocka_unit_test(eapol_of_a_refused_association_is_forgotten),
		cmocka_unit_test(message_4_precedes_the_keys),
		cmocka_unit_test(installed_key_is_not_installed_again),
		cmocka_unit_test(failed_key_is_reported),
		cmocka_unit_test(port_stays_closed_without_a_pairwise_key),
		cmocka_unit_test(port_stays_closed_after_a_failed_key),
		cmocka_unit_test(port_that_does_not_open_is_a_failure),
		cmocka_unit_test(michael_keys_change_places),
		cmocka_unit_test(deauthentication_of_the_access_point_closes_the_port),
		cmocka_unit_test(protected_goodbye_is_in_the_clear),
		cmocka_unit_test(deauthentication_of_the_driver_is_a_loss),
		cmocka_unit_test(roaming_station_leaves_without_a_frame),
		cmocka_unit_test(association_unknown_to_control_is_ended),
		cmocka_unit_test(unreported_deauthentication_hides_no_loss),
		cmocka_unit_test(goodbye_has_its_reason),
		cmocka_unit_test(unprotected_goodbye_is_suspect),
		cmocka_unit_test(weak_signal_is_measured),
		cmocka_unit_test(michael_failure_says_which_key),
		cmocka_unit_test(channel_switch_is_followed),
		cmocka_unit_test(forbidden_channel_is_left),
		cmocka_unit_test(dropped_frames_have_a_reason),
		cmocka_unit_test(events_of_other_interfaces_are_ignored),
		cmocka_unit_test(scan_has_parts),
		cmocka_unit_test(scan_leaves_out_disabled_channels),
		cmocka_unit_test(hidden_names_take_turns),
		cmocka_unit_test(busy_scan_waits_for_the_results_of_others),
		cmocka_unit_test(lost_scan_ends),
		cmocka_unit_test(lost_events_make_it_ask_for_the_association),
		cmocka_unit_test(driver_with_an_sme_connects),
		cmocka_unit_test(connection_to_another_bss_is_ended),
		cmocka_unit_test(driver_runs_the_handshake),
		cmocka_unit_test(failed_handshake_of_the_driver_has_its_reason),
		cmocka_unit_test(driver_that_roams_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
