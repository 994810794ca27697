/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vifi trace ap|sta` sees of a card: management frames, EAPOL, TX status, refusals and drops. */
#include "unit.h"

#include "base/mac.h"
#include "driver/driver_state.h"
#include "nl80211/frame.h"
#include "trace/summary.h"
#include "wire/ieee80211.h"

#include <errno.h>

enum { IFINDEX = 7, RING = 65536, COOKIE = 99 };

static const uint8_t own[6] = {2, 0, 0, 0, 0, 1}, peer[6] = {2, 0, 0, 0, 0, 2};

struct card {
	struct driver driver;
	struct trace_recorder recorder;
	void *memory;
	struct trace_reader reader;
};

static struct trace_recorder *get_recorder(void *user)
{
	return user;
}

static int set_up(void **state)
{
	struct card *card = calloc(1, sizeof(*card));
	size_t len = trace_ring_memory(RING);

	assert_non_null(card);
	card->memory = calloc(1, len);
	assert_true(trace_ring_init(&card->recorder.ring, card->memory, len));
	assert_true(trace_reader_init(&card->reader, card->memory, len, true));
	card->recorder.mode = TRACE_HEADERS;
	card->driver.owner.recorder = get_recorder;
	card->driver.owner.user = &card->recorder;
	card->driver.interface_count = 1;
	card->driver.interfaces[0].info.ifindex = IFINDEX;
	strcpy(card->driver.interfaces[0].info.name, "wlan0");
	mac_copy(card->driver.interfaces[0].info.addr, own);
	*state = card;
	return 0;
}

static int tear_down(void **state)
{
	struct card *card = *state;

	free(card->memory);
	free(card);
	return 0;
}

/* The next event, and what its frame is. */
static struct trace_event next(struct card *card, char summary[TRACE_SUMMARY_SIZE])
{
	uint8_t bytes[TRACE_HEAD];
	struct trace_event event;

	assert_int_equal(trace_reader_next(&card->reader, &event, bytes, sizeof(bytes)), 1);
	trace_summary(summary, &event, bytes);
	assert_int_equal(event.hop, TRACE_HOP_CARD);
	return event;
}

static void check_no_more(struct card *card)
{
	uint8_t bytes[TRACE_HEAD];
	struct trace_event event;

	assert_int_equal(trace_reader_next(&card->reader, &event, bytes, sizeof(bytes)), 0);
}

static void make_management(uint8_t bytes[30], uint16_t kind, const uint8_t *to, const uint8_t *from)
{
	memset(bytes, 0, 30);
	put_le16(bytes, kind);
	mac_copy(bytes + DOT11_OFF_ADDR1, to);
	mac_copy(bytes + DOT11_OFF_ADDR2, from);
	mac_copy(bytes + 16, to);
}

/* The card's word about a frame that it has sent. */
static void report_status(struct card *card, const uint8_t bytes[30], bool acked)
{
	driver_record_event(&card->driver, &(struct nl80211_event){.command = NL80211_CMD_FRAME_TX_STATUS,
								   .ifindex = IFINDEX,
								   .has_cookie = true,
								   .cookie = COOKIE,
								   .acked = acked,
								   .frame = {bytes, 30}});
}

static void send_management(struct card *card, const uint8_t bytes[30], int error)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request request;
	struct frame *frame = frame_from(bytes, 30, 0, 0);

	nl80211_frame_send(&requests, IFINDEX, frame, &(struct nl80211_frame_options){0});
	assert_true(nl80211_requests_take(&requests, &request));
	driver_record_request(&card->driver, &request,
			      &(struct nl80211_reply){.error = error, .has_cookie = !error, .cookie = COOKIE});
	nl80211_request_free(&request);
	nl80211_requests_free(&requests);
	frame_free(frame);
}

static void a_received_frame_and_its_drop_have_one_id(void **state)
{
	struct card *card = *state;
	char summary[TRACE_SUMMARY_SIZE], name[TRACE_NAME_SIZE];
	struct trace_event event, drop;
	uint8_t bytes[30];

	make_management(bytes, MGMT_AUTH, own, peer);
	driver_record_event(
		&card->driver,
		&(struct nl80211_event){.command = NL80211_CMD_FRAME, .ifindex = IFINDEX, .frame = {bytes, 30}});
	driver_record_drop(&card->driver, DROP_MGMT_UNEXPECTED);
	driver_record_end(&card->driver);
	event = next(card, summary);
	assert_non_null(strstr(summary, "02:00:00:00:00:02 > 02:00:00:00:00:01 authentication"));
	assert_int_equal(event.direction, TRACE_IN);
	assert_int_equal(event.link, TRACE_WIFI);
	assert_int_equal(event.to, TRACE_ARRIVED);
	trace_reader_name(&card->reader, &event, name);
	assert_string_equal(name, "card wlan0");
	drop = next(card, summary);
	assert_int_equal(drop.reason, DROP_MGMT_UNEXPECTED);
	assert_true(drop.id == event.id && event.id);
	check_no_more(card);
}

static void a_sent_frame_and_its_status_have_one_id(void **state)
{
	struct card *card = *state;
	char summary[TRACE_SUMMARY_SIZE];
	struct trace_event sent, status;
	uint8_t bytes[30];

	make_management(bytes, MGMT_DEAUTH, peer, own);
	send_management(card, bytes, 0);
	report_status(card, bytes, true);
	send_management(card, bytes, 0);
	report_status(card, bytes, false);
	sent = next(card, summary);
	assert_non_null(strstr(summary, "deauthentication"));
	assert_int_equal(sent.direction, TRACE_OUT);
	assert_int_equal(sent.to, TRACE_TO_AIR);
	status = next(card, summary);
	assert_int_equal(status.reason, NOT_DROPPED);
	assert_int_equal(status.to, TRACE_ARRIVED);
	assert_true(status.id == sent.id && sent.id);
	sent = next(card, summary);
	status = next(card, summary);
	assert_int_equal(status.reason, DROP_CARD_UNACKED);
	assert_true(status.to == 0 && status.direction == TRACE_OUT);
	check_no_more(card);
}

static void a_refused_frame_is_dropped(void **state)
{
	struct card *card = *state;
	char summary[TRACE_SUMMARY_SIZE];
	struct trace_event event;
	uint8_t bytes[30];

	make_management(bytes, MGMT_DEAUTH, peer, own);
	send_management(card, bytes, -EBUSY);
	event = next(card, summary);
	assert_int_equal(event.reason, DROP_CARD_REFUSED);
	assert_int_equal(event.to, 0);
	check_no_more(card);
}

static void eapol_is_ethernet_in_both_directions(void **state)
{
	static const uint8_t body[] = {2, 3, 0, 5, 2, 0, 0x8a, 0, 0};
	struct card *card = *state;
	struct nl80211_requests requests = {0};
	struct nl80211_request request;
	char summary[TRACE_SUMMARY_SIZE], name[TRACE_NAME_SIZE];
	uint8_t bytes[14 + sizeof(body)];
	struct frame *frame;
	struct trace_event event;

	mac_copy(bytes, peer);
	mac_copy(bytes + 6, own);
	bytes[12] = 0x88;
	bytes[13] = 0x8e;
	memcpy(bytes + 14, body, sizeof(body));
	frame = frame_from(bytes, sizeof(bytes), 0, 0);
	nl80211_frame_send_eapol(&requests, IFINDEX, frame, false);
	assert_true(nl80211_requests_take(&requests, &request));
	driver_record_request(&card->driver, &request, &(struct nl80211_reply){0});
	nl80211_request_free(&request);
	nl80211_requests_free(&requests);
	frame_free(frame);
	driver_record_event(&card->driver, &(struct nl80211_event){.command = NL80211_CMD_CONTROL_PORT_FRAME,
								   .ifindex = IFINDEX,
								   .mac = peer,
								   .ethertype = 0x888e,
								   .frame = {body, sizeof(body)}});
	event = next(card, summary);
	assert_string_equal(summary, "02:00:00:00:00:01 > 02:00:00:00:00:02 EAPOL key message 1");
	assert_int_equal(event.direction, TRACE_OUT);
	assert_int_equal(event.link, TRACE_ETHERNET);
	trace_reader_name(&card->reader, &event, name);
	assert_string_equal(name, "eapol wlan0");
	event = next(card, summary);
	assert_string_equal(summary, "02:00:00:00:00:02 > 02:00:00:00:00:01 EAPOL key message 1");
	assert_int_equal(event.direction, TRACE_IN);
	check_no_more(card);
}

static void nothing_is_noted_while_it_is_off_or_without_a_frame(void **state)
{
	struct card *card = *state;
	uint8_t bytes[30];

	driver_record_event(&card->driver, &(struct nl80211_event){.command = NL80211_CMD_NEW_SCAN_RESULTS});
	card->recorder.mode = TRACE_OFF;
	make_management(bytes, MGMT_AUTH, own, peer);
	driver_record_event(
		&card->driver,
		&(struct nl80211_event){.command = NL80211_CMD_FRAME, .ifindex = IFINDEX, .frame = {bytes, 30}});
	send_management(card, bytes, 0);
	driver_record_drop(&card->driver, DROP_MGMT_UNEXPECTED);
	check_no_more(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_received_frame_and_its_drop_have_one_id, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_sent_frame_and_its_status_have_one_id, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_frame_is_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(eapol_is_ethernet_in_both_directions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_noted_while_it_is_off_or_without_a_frame, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
