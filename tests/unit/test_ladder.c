/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of `vifi trace --html`: journeys, names of exchanges, and text of others that must not become markup. */
#include "unit.h"

#include "base/drop.h"
#include "trace/ladder.h"

#include <stdio.h>

static struct ladder *ladder;

static int fresh(void **state)
{
	(void)state;
	ladder = ladder_new();
	return ladder ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	ladder_free(ladder);
	return 0;
}

static struct trace_event event(uint8_t hop, uint64_t id, uint64_t time)
{
	return (struct trace_event){
		.time = time, .id = id, .hop = hop, .direction = TRACE_OUT, .len = 98, .captured = 64};
}

static void add(struct trace_event one, const char *column, const char *summary)
{
	static const uint8_t bytes[64];

	assert_int_equal(ladder_add(ladder, &one, bytes, column, summary), 0);
}

static const char *no_clock(char text[32], uint64_t time)
{
	snprintf(text, 32, "t%u", (unsigned)time);
	return text;
}

static char *page_of(uint64_t lost)
{
	size_t len;
	char *page = ladder_page(ladder, "title", lost, no_clock, &len);

	assert_non_null(page);
	assert_int_equal(strlen(page), len);
	return page;
}

static unsigned count(const char *page, const char *words)
{
	unsigned found = 0;

	for (const char *at = page; (at = strstr(at, words)); at += strlen(words))
		found++;
	return found;
}

static void events_of_one_id_are_one_row(void **state)
{
	char *page;

	(void)state;
	add(event(TRACE_HOP_UPLINK_OUT, 7, 1), "wlan0 out", "ping");
	add(event(TRACE_HOP_BRIDGE, 7, 2), "br0", "ping");
	add(event(TRACE_HOP_BRIDGE, 8, 3), "br0", "other");
	add(event(TRACE_HOP_BRIDGE, 0, 4), "br0", "without an id");
	add(event(TRACE_HOP_BRIDGE, 0, 5), "br0", "without an id");
	page = page_of(0);
	assert_int_equal(count(page, "<tr class=\"way\">"), 4);
	assert_int_equal(count(page, "ping, 98 bytes"), 1);
	assert_int_equal(count(page, "<td class=\"hop on\""), 5);
	/* the bridge is nearer to the guests than the uplink */
	assert_true(strstr(page, ">br0</th>") < strstr(page, ">wlan0 out</th>"));
	free(page);
}

static void an_exchange_has_its_name_once(void **state)
{
	char *page;

	(void)state;
	add(event(TRACE_HOP_BRIDGE, 1, 1), "br0", "a > b ARP who has");
	add(event(TRACE_HOP_BRIDGE, 2, 2), "br0", "b > a ARP is at");
	add(event(TRACE_HOP_BRIDGE, 3, 3), "br0", "a > b DHCP DISCOVER");
	page = page_of(0);
	assert_int_equal(count(page, "<tr class=\"name\">"), 2);
	assert_int_equal(count(page, ">ARP</td>"), 1);
	assert_int_equal(count(page, ">DHCP</td>"), 1);
	free(page);
}

static void a_drop_has_its_sentence(void **state)
{
	struct trace_event dropped = event(TRACE_HOP_BRIDGE, 1, 1);
	char *page;

	(void)state;
	dropped.reason = DROP_MTU;
	add(dropped, "br0", "long");
	page = page_of(3);
	assert_int_equal(count(page, "<tr class=\"drop\">"), 1);
	assert_non_null(strstr(page, drop_sentence(DROP_MTU)));
	assert_non_null(strstr(page, "The recorders lost 3 more."));
	free(page);
}

static void text_of_others_is_no_markup(void **state)
{
	char *page;

	(void)state;
	add(event(TRACE_HOP_BRIDGE, 1, 1), "<script>\"&", "</td><img src=x>");
	page = page_of(0);
	assert_null(strstr(page, "<script>"));
	assert_null(strstr(page, "<img"));
	assert_non_null(strstr(page, "&lt;script&gt;&quot;&amp;"));
	free(page);
}

static void events_beyond_the_limit_are_counted(void **state)
{
	char *page;

	(void)state;
	for (unsigned i = 0; i < LADDER_EVENTS_MAX + 5; i++)
		add(event(TRACE_HOP_BRIDGE, i + 1, i), "br0", "x");
	page = page_of(0);
	assert_int_equal(count(page, "<tr class=\"way\">"), LADDER_EVENTS_MAX);
	assert_non_null(strstr(page, "5 later ones are left out"));
	free(page);
}

static void exchanges_are_recognised(void **state)
{
	static const struct {
		const char *summary, *exchange;
	} rows[] = {
		{"x EAPOL key message 2", "4-way handshake"},
		{"x EAPOL group key message 1", "group key handshake"},
		{"x DHCPv6", "DHCPv6"},
		{"x DHCP ACK", "DHCP"},
		{"x neighbour solicitation of y", "ND"},
		{"x router advertisement", "ND"},
		{"x association request", "association"},
		{"x reassociation response", "association"},
		{"x authentication", "authentication"},
		{"x TCP 1 > 2", ""},
	};
	struct trace_event wifi = event(TRACE_HOP_AIR, 1, 1);
	uint8_t bytes[64] = {0xb0, 0x00};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(ladder_exchange(&wifi, bytes, rows[i].summary), rows[i].exchange);
	wifi.link = TRACE_WIFI;
	bytes[24] = 3;
	assert_string_equal(ladder_exchange(&wifi, bytes, "x authentication"), "SAE");
	wifi.captured = 25; /* cut before the algorithm */
	assert_string_equal(ladder_exchange(&wifi, bytes, "x authentication"), "authentication");
}

static void a_reason_is_explained_once_for_all_retries(void **state)
{
	struct trace_event sent = event(TRACE_HOP_RADIO, 7, 1), lost = event(TRACE_HOP_RADIO, 7, 2);
	char *page;

	(void)state;
	lost.reason = DROP_AIR_LOSS;
	for (int i = 0; i < 3; i++) {
		add(sent, "s1", "data");
		add(lost, "ap0", "data");
	}
	sent.reason = DROP_AIR_RETRIES;
	add(sent, "s1", "data");
	page = page_of(0);
	assert_int_equal(count(page, "dropped: air_loss"), 3);
	assert_int_equal(count(page, "dropped (air_loss)"), 1);
	assert_int_equal(count(page, "dropped (air_retries)"), 1);
	assert_int_equal(count(page, "a column is a radio"), 1);
	free(page);
}

static void frames_after_radiotap_have_their_exchange(void **state)
{
	/* a radiotap header of 8 bytes, and an SAE commit */
	uint8_t bytes[64] = {0, 0, 8, 0, [8] = 0xb0, [8 + 24] = 3};
	struct trace_event sae = event(TRACE_HOP_RADIO, 7, 1);

	(void)state;
	sae.link = TRACE_RADIOTAP;
	assert_string_equal(ladder_exchange(&sae, bytes, "a > b authentication"), "SAE");
	bytes[2] = 255; /* a header that is longer than what was captured */
	assert_string_equal(ladder_exchange(&sae, bytes, "a > b authentication"), "authentication");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_reason_is_explained_once_for_all_retries, fresh, end),
		cmocka_unit_test_setup_teardown(frames_after_radiotap_have_their_exchange, fresh, end),
		cmocka_unit_test_setup_teardown(events_of_one_id_are_one_row, fresh, end),
		cmocka_unit_test_setup_teardown(an_exchange_has_its_name_once, fresh, end),
		cmocka_unit_test_setup_teardown(a_drop_has_its_sentence, fresh, end),
		cmocka_unit_test_setup_teardown(text_of_others_is_no_markup, fresh, end),
		cmocka_unit_test_setup_teardown(events_beyond_the_limit_are_counted, fresh, end),
		cmocka_unit_test(exchanges_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
