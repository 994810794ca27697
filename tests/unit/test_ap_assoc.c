/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point: association, class errors, the end of associations. */
#include "ap_world.h"

/* ---- association ---- */

static uint16_t assoc_status(struct fake_sta *sta)
{
	sta->last[MGMT_ASSOC_RESPONSE >> 4].status = 999;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	return fake_sta_status(sta);
}

static uint16_t append_element(struct fake_sta *sta, const char *element, size_t len)
{
	memcpy(sta->element, element, len);
	sta->element_len = len;
	return assoc_status(sta);
}

#define ELEMENT(s, bytes) append_element(s, bytes, sizeof(bytes) - 1)
#define RSN_HEAD          "\x30\x14\x01\x00\x00\x0f\xac\x04"
#define CCMP_AND_PSK      "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x02"

static void invalid_association_request_is_refused_with_status(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame_writer writer;

	(void)state;
	world_start(world);
	fake_sta_auth(sta);
	fake_sta_assoc_as(sta, MGMT_ASSOC_REQUEST, "other");
	assert_int_equal(fake_sta_status(sta), STATUS_UNSPECIFIED);
	assert_int_equal(ELEMENT(sta, "\xdd\x03\x00\x11\x22"), STATUS_INVALID_ELEMENT); /* no RSN element */
	assert_int_equal(ELEMENT(sta, "\x30\x07\x01\x00\x00\x0f\xac\x04\x01"), STATUS_INVALID_ELEMENT);
	assert_int_equal(ELEMENT(sta, "\x30\x02\x02\x00"), STATUS_RSN_VERSION);
	assert_int_equal(ELEMENT(sta, "\x30\x14\x01\x00\x00\x0f\xac\x02" CCMP_AND_PSK "\0\0"), STATUS_GROUP_CIPHER);
	assert_int_equal(ELEMENT(sta, RSN_HEAD "\x01\x00\x00\x0f\xac\x02\x01\x00\x00\x0f\xac\x02\0\0"),
			 STATUS_PAIRWISE_CIPHER);
	assert_int_equal(ELEMENT(sta, "\x30\x18\x01\x00\x00\x0f\xac\x04\x02\x00\x00\x0f\xac\x04\x00\x0f\xac\x02"
				      "\x01\x00\x00\x0f\xac\x02\0\0"),
			 STATUS_PAIRWISE_CIPHER); /* a request must select one cipher */
	assert_int_equal(ELEMENT(sta, RSN_HEAD "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x06\0\0"), STATUS_AKM);
	assert_int_equal(ELEMENT(sta, RSN_HEAD "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x08\0\0"), STATUS_AKM);
	/* Two AKMs are ambiguous, but a station without the element of a mobility domain does no FT-PSK. */
	assert_int_equal(ELEMENT(sta, "\x30\x18\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04"
				      "\x02\x00\x00\x0f\xac\x02\x00\x0f\xac\x06\0\0"),
			 STATUS_AKM);
	assert_int_equal(ELEMENT(sta, RSN_HEAD CCMP_AND_PSK "\0\0\x36\x03\xa1\xb2\x01"),
			 STATUS_AKM); /* … nor has it one */
	/* The station requires PMF, which the BSS does not offer. */
	assert_int_equal(ELEMENT(sta, RSN_HEAD CCMP_AND_PSK "\xc0\0"), STATUS_POLICY);
	assert_int_equal(world_note_count(world, NOTE_REJECTED), 12);
	assert_int_equal(ELEMENT(sta, RSN_HEAD CCMP_AND_PSK "\x80\0"), STATUS_SUCCESS);
	assert_int_equal(ELEMENT(sta, "\x30\x18\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04"
				      "\x02\x00\x00\x0f\xac\x04\x00\x0f\xac\x02\0\0"),
			 STATUS_SUCCESS);

	/* Not all basic rates. */
	writer = frame_writer_begin(fake_sta_mgmt_frame(sta, MGMT_ASSOC_REQUEST));
	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, 10);
	write_element(&writer, EID_SSID, SSID, 4);
	write_element(&writer, EID_RATES, "\x82\x84\x8b\x0c\x12\x18\x24", 7);
	write_bytes(&writer, sta->element, sta->element_len);
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
	assert_int_equal(fake_sta_status(sta), STATUS_RATES);
	assert_true(world_has_station(world, sta)); /* a refused request does not end the association */
	world_free(world);
}

/*
 * A station of both protocols may put both elements into its request and into message 2. The one of the protocol that
 * the BSS offers counts, RSN before WPA, in whatever order they come.
 */
static void element_of_negotiated_protocol_is_used(void **state)
{
	enum { RSN = 1, WPA = 2, BOTH = 3 };

	(void)state;
	for (int offered = RSN; offered <= BOTH; offered++)
		for (int wpa_first = 0; wpa_first < 2; wpa_first++) {
			struct world *world = world_new();
			struct ap_bss_setup *bss_setup = &world->setup.bss[0];
			struct rsn_element elements[2] = {{.wpa = false}, {.wpa = true}};
			struct ap_station_info info;
			struct fake_sta *sta;

			bss_setup->rsn = offered & RSN;
			bss_setup->wpa = offered & WPA;
			bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
			bss_setup->group = offered & WPA ? CIPHER_TKIP : CIPHER_CCMP_128;
			sta = fake_sta_new(world);
			sta->suite.pairwise = offered & RSN ? CIPHER_CCMP_128 : CIPHER_TKIP;
			for (int i = 0; i < 2; i++) {
				struct rsn_element *element = &elements[wpa_first ? !i : i];

				element->group = bss_setup->group;
				element->pairwise = 1u << (element->wpa ? CIPHER_TKIP : CIPHER_CCMP_128);
				element->akms = 1u << AKM_PSK;
				element->group_management = CIPHER_NONE;
				sta->element_len += rsn_element_write(element, sta->element + sta->element_len);
			}
			world_start(world);
			fake_sta_join(sta);
			assert_true(world_station_view(world, sta, &info) && info.authorised);
			assert_int_equal(info.pairwise, sta->suite.pairwise);
			fake_sta_send(sta, wire_host, "up");
			assert_true(world_wire_got(world, "up"));
			world_free(world);
		}
}

static void last_of_several_wpa_elements_counts(void **state)
{
	static const uint8_t malformed[] = "\xdd\x05\x00\x50\xf2\x01\x01";
	const struct rsn_element right = {.wpa = true,
					  .group = CIPHER_TKIP,
					  .pairwise = 1u << CIPHER_TKIP,
					  .akms = 1u << AKM_PSK,
					  .group_management = CIPHER_NONE};
	struct world *world = world_new();
	struct ap_bss_setup *bss_setup = &world->setup.bss[0];
	struct fake_sta *sta;
	uint8_t element[ELEMENT_MAX];
	size_t len = rsn_element_write(&right, element);

	(void)state;
	bss_setup->rsn = false;
	bss_setup->wpa = true;
	bss_setup->group = CIPHER_TKIP;
	bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
	sta = fake_sta_new(world);
	sta->suite.pairwise = CIPHER_TKIP;
	world_start(world);
	memcpy(sta->element, element, len);
	memcpy(sta->element + len, malformed, 7);
	sta->element_len = len + 7;
	assert_int_equal(assoc_status(sta), STATUS_INVALID_ELEMENT);
	memcpy(sta->element, malformed, 7);
	memcpy(sta->element + 7, element, len);
	assert_int_equal(assoc_status(sta), STATUS_SUCCESS);
	world_free(world);
}

/* ieee80211w=2 */
static void station_without_pmf_is_refused_where_required(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta;

	(void)state;
	world->setup.bss[0].pmf = 2;
	world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	world->setup.bss[0].rsn_pairwise |= 1u << CIPHER_TKIP;
	sta = fake_sta_new(world);
	world_start(world);
	assert_int_equal(assoc_status(sta), STATUS_POLICY);
	sta->mfp = true;
	sta->element_len = 0;
	sta->suite.group_management = CIPHER_BIP_GMAC_256;
	assert_int_equal(assoc_status(sta), STATUS_CIPHER_POLICY);
	sta->element_len = 0;
	sta->suite.group_management = CIPHER_BIP_CMAC_128;
	sta->suite.pairwise = CIPHER_TKIP;
	assert_int_equal(assoc_status(sta), STATUS_POLICY);
	sta->element_len = 0;
	sta->suite.pairwise = CIPHER_CCMP_128;
	assert_int_equal(assoc_status(sta), STATUS_SUCCESS);
	assert_true(sta->peer.authorised);
	world_free(world);
}

static void new_association_replaces_previous(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_station_info info;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_join(sta); /* after a restart */
	fake_sta_assoc_as(sta, MGMT_REASSOC_REQUEST, SSID);
	assert_int_equal(sta->last[MGMT_REASSOC_RESPONSE >> 4].status, STATUS_SUCCESS);
	assert_true(world_station_view(world, sta, &info) && info.authorised && info.aid == 1);
	assert_false(soft_ap_station_info(world->ap, 1, &info));
	assert_int_equal(world_note_count(world, NOTE_CONNECTED), 3);
	fake_sta_send(sta, wire_host, "new keys");
	assert_true(world_wire_got(world, "new keys"));
	world_free(world);
}

/* The acknowledgement was lost: the retry must not restart the association. */
static void retried_association_request_is_duplicate(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame *frame;
	uint8_t *bytes;

	(void)state;
	world_start(world);
	fake_sta_auth(sta);
	frame = fake_sta_assoc_frame(sta, MGMT_ASSOC_REQUEST, SSID);
	bytes = frame_make_writable(frame);
	put_le16(bytes + DOT11_OFF_SEQ, 77 << 4);
	fake_sta_reset_keys(sta);
	fake_sta_probe(sta, SSID);
	fake_sta_transmit(sta, frame_from(frame->data, frame->len, 0, 0));
	assert_true(sta->peer.authorised);
	put_le16(bytes, le16(bytes) | FC_RETRY);
	fake_sta_transmit(sta, frame);
	assert_int_equal(world_drops(world, DROP_DUPLICATE), 1);
	assert_int_equal(sta->count[MGMT_ASSOC_RESPONSE >> 4], 1);
	fake_sta_send(sta, wire_host, "same keys");
	assert_true(world_wire_got(world, "same keys"));
	world_free(world);
}

/* In units of 1000 TU, which are longer than a second: the time is over before that of the access point. */
static void association_response_says_how_long_to_be_silent(void **state)
{
	static const struct {
		uint32_t inactivity_s;
		unsigned max_idle;
		uint16_t expected;
	} cases[] = {{300, 1, 292}, {300, 2, 292}, {300, 0, 0}, {0, 1, 0}, {1, 1, 1}, {10, 1, 9}, {200000, 1, 65535}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = world_new();
		struct fake_sta *sta = fake_sta_new(world);

		world->setup.bss[0].max_inactivity_s = cases[i].inactivity_s;
		world->setup.bss[0].max_idle = cases[i].max_idle;
		world_start(world);
		fake_sta_join(sta);
		assert_int_equal(sta->max_idle, cases[i].expected);
		assert_int_equal(sta->protected_idle, cases[i].max_idle == 2);
		world_free(world);
	}
}

/* The handshake starts when the response is acknowledged, or soon after if the radio does not report that. */
static void handshake_starts_after_association_response(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->no_tx_status = true;
	world_start(world);
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	assert_int_equal(sta->eapols, 0);
	world_advance(world, 100 * MS);
	assert_true(sta->peer.authorised);
	world_free(world);
}

/* ---- class 2 and class 3 errors (11.3.3) ---- */

static void unassociated_station_gets_class_error(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *other = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_reset_keys(sta);
	sta->peer.rsn = false;
	sta->peer.authorised = true;
	fake_sta_send(sta, wire_host, "hello");
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_3);
	fake_sta_send_ps_poll(sta, 1);
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], 3); /* the first one was the broadcast at the start of the BSS */
	fake_sta_auth(sta);
	fake_sta_send(sta, wire_host, "hello");
	assert_int_equal(sta->last[MGMT_DISASSOC >> 4].reason, REASON_CLASS_3);
	assert_int_equal(world_drops(world, DROP_NOT_ASSOCIATED), 3);
	assert_int_equal(world->wire_count, 0);
	fake_sta_assoc(other);
	assert_int_equal(other->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	assert_int_equal(world_drops(world, DROP_NOT_AUTHENTICATED), 1);
	world_free(world);
}

static void class_errors_are_rate_limited_and_never_to_groups(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	fake_sta_reset_keys(sta);
	before = sta->count[MGMT_DEAUTH >> 4];
	for (int i = 0; i < 1000; i++)
		fake_sta_send_ps_poll(sta, 1);
	assert_uint_in_range(sta->count[MGMT_DEAUTH >> 4] - before, 1, 64);
	before = sta->count[MGMT_DEAUTH >> 4];
	world->now += SECOND;
	for (int i = 0; i < 1000; i++)
		fake_sta_send_ps_poll(sta, 1);
	assert_uint_in_range(sta->count[MGMT_DEAUTH >> 4] - before, 1, 64);
	/* Impossible transmitters. */
	world->now += SECOND;
	before = world->sent;
	sta->addr[0] |= 1;
	fake_sta_send_ps_poll(sta, 1);
	memcpy(sta->addr, bssid_0, 6);
	fake_sta_send_ps_poll(sta, 1);
	memset(sta->addr, 0, 6);
	fake_sta_send_ps_poll(sta, 1);
	assert_int_equal(world->sent, before);
	assert_int_equal(world_drops(world, DROP_FOREIGN_TRANSMITTER), 3);
	world_free(world);
}

static void frames_for_other_bss_are_ignored(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	before = world->sent;
	sta->bssid[5] = 0x77;
	fake_sta_auth(sta);
	fake_sta_send_ps_poll(sta, 1);
	assert_int_equal(world_drops(world, DROP_OTHER_BSS), 2);
	assert_int_equal(world->sent, before);
	/* Truncated frames. */
	memcpy(sta->bssid, bssid_0, 6);
	for (size_t len = 0; len < 24; len++) {
		struct frame *frame = fake_sta_mgmt_frame(sta, MGMT_AUTH);

		frame_trim(frame, frame->len - len);
		fake_sta_transmit(sta, frame);
	}
	assert_int_equal(world_drops(world, DROP_TRUNCATED), 24);
	world_free(world);
}

/* ---- end of associations ---- */

static void stations_leave_and_return(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame *frame;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	frame = fake_sta_reason_frame(sta, MGMT_DISASSOC, REASON_DISASSOC_LEAVING);
	fake_sta_send_management(sta, frame, true);
	assert_false(world_has_station(world, sta));
	assert_int_equal(world_last_note(world, NOTE_DISCONNECTED)->code, REASON_DISASSOC_LEAVING);
	fake_sta_assoc(sta); /* still authenticated */
	assert_true(sta->peer.authorised);
	frame = fake_sta_reason_frame(sta, MGMT_DEAUTH, REASON_LEAVING);
	fake_sta_send_management(sta, frame, true);
	assert_false(world_has_station(world, sta));
	fake_sta_assoc(sta);
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	fake_sta_join(sta);
	world_free(world);
}

static void stations_are_deauthenticated_on_stop(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	soft_ap_stop(world->ap, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(sta_a->last[MGMT_DEAUTH >> 4].reason, REASON_LEAVING);
	assert_int_equal(sta_b->last[MGMT_DEAUTH >> 4].reason, REASON_LEAVING);
	assert_int_equal(world_note_count(world, NOTE_DISABLED), 1);
	assert_true(soft_ap_deadline(world->ap) == UINT64_MAX);
	before = world->sent;
	fake_sta_probe(sta_a, SSID);
	world_send(world, sta_a->addr, "nobody");
	assert_int_equal(world->sent, before);
	soft_ap_start(world->ap, world->now, &world->out);
	world_apply_actions(world);
	fake_sta_join(sta_a);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invalid_association_request_is_refused_with_status),
		cmocka_unit_test(element_of_negotiated_protocol_is_used),
		cmocka_unit_test(last_of_several_wpa_elements_counts),
		cmocka_unit_test(station_without_pmf_is_refused_where_required),
		cmocka_unit_test(new_association_replaces_previous),
		cmocka_unit_test(retried_association_request_is_duplicate),
		cmocka_unit_test(handshake_starts_after_association_response),
		cmocka_unit_test(association_response_says_how_long_to_be_silent),
		cmocka_unit_test(unassociated_station_gets_class_error),
		cmocka_unit_test(class_errors_are_rate_limited_and_never_to_groups),
		cmocka_unit_test(frames_for_other_bss_are_ignored),
		cmocka_unit_test(stations_leave_and_return),
		cmocka_unit_test(stations_are_deauthenticated_on_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
