/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two snapshots in, rows with rates out. */
#include "unit.h"

#include "top/model.h"

#define S UINT64_C(1000000000)

static struct top_snapshot snapshot(uint64_t at_ns, const char *bridges, const char *wifi)
{
	struct top_snapshot made = {json_loads(bridges, 0, NULL), json_loads(wifi, 0, NULL), at_ns};

	assert_non_null(made.bridges);
	assert_non_null(made.wifi);
	return made;
}

static struct top_model model_of(struct top_snapshot *before, struct top_snapshot *now, enum top_order order)
{
	struct top_model model;

	assert_int_equal(top_model_make(&model, before, now, order), 0);
	return model;
}

static void end(struct top_model *model, struct top_snapshot *before, struct top_snapshot *now)
{
	top_model_free(model);
	top_snapshot_free(before);
	top_snapshot_free(now);
}

#define GUEST(mac, out, in)                                                                                \
	"{\"name\":\"n" mac "\",\"mac\":\"" mac "\",\"port\":\"p\",\"out_bytes\":" out ",\"in_bytes\":" in \
	",\"seen_s\":3}"
#define BRIDGE(guests, drops) "[{\"uplink\":\"wlan0\",\"guests\":[" guests "],\"drops\":{" drops "}}]"

static void rates_need_two_snapshots(void **state)
{
	struct top_snapshot none = {0}, now = snapshot(5 * S, BRIDGE(GUEST("a", "700", "30"), "\"vlan\":4"), "[]");
	struct top_model model = model_of(&none, &now, TOP_BY_RATE);

	(void)state;
	assert_int_equal(model.row_count, 1);
	assert_true(model.interval_s == 0);
	assert_int_equal(model.rows[0].out_rate, 0);
	assert_int_equal(model.rows[0].out_bytes, 700);
	assert_string_equal(model.rows[0].place, "p → wlan0");
	assert_true(model.rows[0].idle_s == 3);
	assert_int_equal(model.drop_count, 1);
	assert_true(model.drops[0].rate == 0);
	end(&model, &none, &now);
}

static void rates_are_per_second(void **state)
{
	struct top_snapshot before = snapshot(5 * S, BRIDGE(GUEST("a", "700", "30"), "\"vlan\":4"), "[]"),
			    now = snapshot(7 * S,
					   BRIDGE(GUEST("b", "9", "9") "," GUEST("a", "1700", "130"),
						  "\"vlan\":10,\"mtu\":50,\"truncated\":0"),
					   "[]");
	struct top_model model = model_of(&before, &now, TOP_BY_RATE);

	(void)state;
	assert_int_equal(model.row_count, 2);
	assert_string_equal(model.rows[0].address, "a");
	assert_int_equal(model.rows[0].out_rate, 500);
	assert_int_equal(model.rows[0].in_rate, 50);
	assert_int_equal(model.rows[1].out_rate, 0); /* it was not there before */
	assert_int_equal(model.drop_count, 2);
	assert_string_equal(model.drops[0].reason, "mtu");
	assert_true(model.drops[0].rate == 25);
	assert_true(model.drops[1].rate == 3);
	end(&model, &before, &now);
}

/* A process that was started again counts from zero. */
static void counter_that_begins_anew_is_no_huge_rate(void **state)
{
	struct top_snapshot before = snapshot(1 * S, BRIDGE(GUEST("a", "7000", "30"), "\"vlan\":40"), "[]"),
			    now = snapshot(2 * S, BRIDGE(GUEST("a", "70", "0"), "\"vlan\":2"), "[]");
	struct top_model model = model_of(&before, &now, TOP_BY_RATE);

	(void)state;
	assert_int_equal(model.rows[0].out_rate, 70);
	assert_int_equal(model.rows[0].in_rate, 0);
	assert_true(model.drops[0].rate == 2);
	end(&model, &before, &now);
}

static void order_is_by_name_or_total(void **state)
{
	struct top_snapshot none = {0},
			    now = snapshot(
				    S,
				    BRIDGE(GUEST("b", "1", "1") "," GUEST("c", "5", "5") "," GUEST("a", "3", "3"), ""),
				    "[]");
	struct top_model model = model_of(&none, &now, TOP_BY_NAME);

	(void)state;
	assert_string_equal(model.rows[0].address, "a");
	assert_string_equal(model.rows[2].address, "c");
	top_model_free(&model);
	model = model_of(&none, &now, TOP_BY_TOTAL);
	assert_string_equal(model.rows[0].address, "c");
	assert_string_equal(model.rows[2].address, "b");
	end(&model, &none, &now);
}

#define AP(rx, tx, lost)                                                                                              \
	"[{\"role\":\"ap\",\"name\":\"ap-wlan0\",\"radios\":[{\"interface\":\"wlan0\",\"networks\":[{\"interface\":"  \
	"\"wlan0\",\"ssid\":\"home\"}],\"stations\":[{\"interface\":\"wlan0\",\"address\":\"s\",\"authorised\":true," \
	"\"rx_bytes\":" rx ",\"tx_bytes\":" tx ",\"tx_lost\":" lost ",\"signal_dbm\":-60,\"heard_age_s\":1}],"        \
	"\"drops\":{\"replay\":2}}]}]"
#define STA(rx, tx)                                                                                                   \
	"[{\"role\":\"sta\",\"name\":\"sta-wlan0\",\"radios\":[{\"interface\":\"wlan0\",\"link\":{\"ssid\":\"home\"," \
	"\"bssid\":\"b\",\"rx_bytes\":" rx ",\"tx_bytes\":" tx "}}]}]"

/* "out" is towards the network at both ends. */
static void directions_are_those_of_the_station(void **state)
{
	struct top_snapshot before = snapshot(S, "[]", AP("10", "20", "0")),
			    now = snapshot(2 * S, "[]", AP("110", "60", "5"));
	struct top_model model = model_of(&before, &now, TOP_BY_RATE);

	(void)state;
	assert_int_equal(model.rows[0].kind, TOP_STATION);
	assert_string_equal(model.rows[0].name, "home");
	assert_int_equal(model.rows[0].out_rate, 100);
	assert_int_equal(model.rows[0].in_rate, 40);
	assert_int_equal(model.rows[0].lost_rate, 5);
	assert_int_equal(model.rows[0].signal_dbm, -60);
	end(&model, &before, &now);
	before = snapshot(S, "[]", STA("10", "20"));
	now = snapshot(2 * S, "[]", STA("110", "60"));
	model = model_of(&before, &now, TOP_BY_RATE);
	assert_int_equal(model.rows[0].kind, TOP_LINK);
	assert_int_equal(model.rows[0].out_rate, 40);
	assert_int_equal(model.rows[0].in_rate, 100);
	end(&model, &before, &now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_need_two_snapshots),
		cmocka_unit_test(rates_are_per_second),
		cmocka_unit_test(counter_that_begins_anew_is_no_huge_rate),
		cmocka_unit_test(order_is_by_name_or_total),
		cmocka_unit_test(directions_are_those_of_the_station),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
