/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict about radios: facts as the processes report them in, the first cause out. tests/net/test_why_radio.py has real ones. */
#include "unit.h"

#include "why/radio.h"

#define STATION "02:00:00:00:01:01"
#define AP      "02:00:00:00:aa:01"

/* A radio of a station that hears its network, or of an access point; `events` are those of its peer. */
static json_t *radio_of(enum why_role role, const char *events, const char *more)
{
	json_t *list = json_loads(events, 0, NULL), *rest = json_loads(more, 0, NULL);
	json_t *radio =
		json_pack("{s:s, s:s, s:s, s:b, s:s, s:[{s:s}], s:[{s:s, s:s, s:s}], s:[], s:[{s:s, s:o, s:{}}]}",
			  "interface", "wlan0", "kind", "card", "medium", "phy0", "joined", 1, "state", "waiting",
			  "networks", "ssid", "home", "heard", "bssid", AP, "ssid", "home", "match", "fits", "stations",
			  "peers", "address", role == WHY_ACCESS_POINT ? STATION : AP, "events", list, "drops");

	assert_non_null(list);
	assert_non_null(rest);
	assert_non_null(radio);
	json_object_update(radio, rest);
	json_decref(rest);
	return radio;
}

/* The ids of the causes, with blanks between them. */
static void assert_causes(const struct why_radio *facts, const char *expected)
{
	json_t *verdict = why_radio_judge(facts), *cause;
	char ids[300] = "";
	size_t i;

	assert_non_null(verdict);
	json_array_foreach(json_object_get(verdict, "causes"), i, cause)
	{
		const char *sentence = json_string_value(json_object_get(cause, "sentence"));

		if (*ids)
			strcat(ids, " ");
		strcat(ids, json_string_value(json_object_get(cause, "id")));
		assert_false(sentence[0] >= 'a' && sentence[0] <= 'z');
		assert_int_equal(sentence[strlen(sentence) - 1], '.');
		assert_true(json_array_size(json_object_get(cause, "evidence")) > 0);
	}
	assert_string_equal(ids, expected);
	json_decref(verdict);
}

static void judge(enum why_role role, const char *events, const char *more, const char *expected)
{
	struct why_radio facts = {.asked = "wlan0", .role = role, .interface = "wlan0", .exists = true, .up = true};

	facts.radio = radio_of(role, events, more);
	if (role == WHY_ACCESS_POINT)
		strcpy(facts.station, STATION);
	assert_causes(&facts, expected);
	json_decref(facts.radio);
}

static void each_failure_of_an_attempt_has_its_cause(void **state)
{
	static const struct {
		enum why_role role;
		const char *events, *cause;
	} rows[] = {
		{WHY_STATION, "[{\"event\":\"SILENT\",\"awaited\":\"MESSAGE_3\",\"age_s\":1}]", "handshake_stops"},
		{WHY_STATION, "[{\"event\":\"SILENT\",\"awaited\":\"HANDSHAKE\",\"age_s\":1}]", "handshake_stops"},
		{WHY_STATION, "[{\"event\":\"SILENT\",\"awaited\":\"AUTHENTICATION\",\"age_s\":1}]", "out_of_range"},
		{WHY_STATION, "[{\"event\":\"SILENT\",\"awaited\":\"ASSOCIATION\",\"age_s\":1}]", "out_of_range"},
		{WHY_STATION, "[{\"event\":\"SILENT\",\"awaited\":\"BEACON\",\"age_s\":1}]", "out_of_range"},
		{WHY_ACCESS_POINT, "[{\"event\":\"SILENT\",\"awaited\":\"MESSAGE_4\",\"age_s\":1}]", "handshake_stops"},
		{WHY_ACCESS_POINT, "[{\"event\":\"SILENT\",\"awaited\":\"GROUP_MESSAGE_2\",\"age_s\":1}]",
		 "handshake_stops"},
		{WHY_STATION, "[{\"event\":\"COUNTERMEASURES\",\"age_s\":1}]", "tkip_countermeasures"},
		{WHY_STATION, "[{\"event\":\"DOWNGRADE\",\"age_s\":1}]", "downgrade"},
		{WHY_ACCESS_POINT, "[{\"event\":\"REJECTED_FULL\",\"code\":17,\"age_s\":1}]", "full"},
		{WHY_ACCESS_POINT, "[{\"event\":\"REJECTED_LIST\",\"code\":1,\"age_s\":1}]", "mac_filter"},
		{WHY_STATION, "[{\"event\":\"NO_REKEY\",\"text\":\"The driver cannot\",\"age_s\":1}]", "failed"},
		{WHY_STATION, "[{\"event\":\"DISCONNECTED\",\"code\":14,\"age_s\":1}]", "michael"},
		{WHY_STATION, "[{\"event\":\"DISCONNECTED\",\"code\":4,\"age_s\":1}]", "inactive"},
		{WHY_STATION, "[{\"event\":\"DISCONNECTED\",\"code\":3,\"age_s\":1}]", "disconnected"},
		{WHY_STATION, "[{\"event\":\"ASSOCIATED\",\"age_s\":1}]", "connecting"},
		/* the end of an attempt and its reason */
		{WHY_STATION,
		 "[{\"event\":\"DISCONNECTED\",\"code\":15,\"age_s\":1},{\"event\":\"WRONG_PASSPHRASE\",\"age_s\":4}]",
		 "wrong_passphrase"},
		/* an older attempt tells nothing of the last one */
		{WHY_STATION,
		 "[{\"event\":\"DISCONNECTED\",\"code\":3,\"age_s\":1},{\"event\":\"WRONG_PASSPHRASE\",\"age_s\":60}]",
		 "disconnected"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		judge(rows[i].role, rows[i].events, "{}", rows[i].cause);
}

#define RADIO(events)    "{\"peers\":[{\"address\":\"00:00:00:00:00:00\",\"events\":" events ",\"drops\":{}}]}"
#define EVENT(name, age) "{\"event\":\"" name "\",\"text\":\"-\",\"detail\":\"channel 52\",\"age_s\":" age "}"

/* The newest event comes first. */
static void an_access_point_is_off_the_air_for_a_reason(void **state)
{
	static const struct {
		const char *radio, *causes;
	} rows[] = {
		{RADIO("[" EVENT("ENABLED", "9") "]"), ""},
		{RADIO("[]"), ""},
		{RADIO("[" EVENT("LISTENING", "9") "]"), "radar"},
		{RADIO("[" EVENT("ENABLED", "9") "," EVENT("LISTENING", "69") "]"), ""},
		{RADIO("[" EVENT("DISABLED", "2") "," EVENT("NO_CHANNEL", "2") "," EVENT("RADAR", "2") "]"), "radar"},
		{RADIO("[" EVENT("SWITCHED", "2") "," EVENT("RADAR_MOVE", "3") "," EVENT("RADAR", "3") "]"), "radar"},
		{RADIO("[" EVENT("SWITCHED", "2") "," EVENT("RADAR_MOVE", "3000") "]"), ""},
		{RADIO("[" EVENT("DISABLED", "2") "," EVENT("ENABLED", "9") "]"), "off"},
		{RADIO("[" EVENT("COUNTERMEASURES", "2") "," EVENT("ENABLED", "9") "]"), "tkip_countermeasures"},
		{RADIO("[" EVENT("COUNTERMEASURES", "61") "," EVENT("ENABLED", "99") "]"), ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct why_radio facts = {
			.asked = "wlan0", .role = WHY_ACCESS_POINT, .interface = "wlan0", .exists = true, .up = true};

		facts.radio = radio_of(WHY_ACCESS_POINT, "[]", rows[i].radio);
		assert_causes(&facts, rows[i].causes);
		json_decref(facts.radio);
	}
}

static void each_status_has_its_cause(void **state)
{
	static const struct {
		int code;
		const char *cause;
	} rows[] = {
		{1, "refused"},          {13, "akm_mismatch"},    {17, "full"},
		{18, "rates"},           {30, "sa_query"},        {31, "pmf_required"},
		{41, "cipher_mismatch"}, {42, "cipher_mismatch"}, {43, "akm_mismatch"},
		{45, "pmf_required"},    {77, "sae_group"},       {123, "sae_identifier"},
		{126, "sae_pwe"},        {999, "refused"},
	};
	char events[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(events, sizeof(events),
			 "[{\"event\":\"REJECTED\",\"step\":\"association\",\"code\":%d,\"age_s\":1}]", rows[i].code);
		judge(WHY_STATION, events, "{}", rows[i].cause);
		judge(WHY_ACCESS_POINT, events, "{}", rows[i].cause);
	}
	judge(WHY_STATION, "[{\"event\":\"REJECTED\",\"step\":\"authentication\",\"code\":1,\"age_s\":1}]", "{}",
	      "mac_filter");
}

static void what_is_heard_comes_before_old_attempts(void **state)
{
	static const struct {
		const char *match, *cause;
	} rows[] = {
		{"bssid", "bssid_mismatch"},
		{"channel", "channel_mismatch"},
		{"rates", "rates"},
		{"protection", "akm_mismatch"},
		{"akm", "akm_mismatch"},
		{"pairwise", "cipher_mismatch"},
		{"group", "cipher_mismatch"},
		{"pmf", "pmf_required"},
		{"tkip", "tkip_countermeasures"},
		{"ssid", "not_heard"},
		{"pwe", "sae_pwe"},
	};
	char heard[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(heard, sizeof(heard),
			 "{\"heard\":[{\"bssid\":\"" AP "\",\"ssid\":\"home\",\"match\":\"%s\"}]}", rows[i].match);
		judge(WHY_STATION, "[{\"event\":\"WRONG_PASSPHRASE\",\"age_s\":100}]", heard, rows[i].cause);
	}
	/* the closest of several counts */
	judge(WHY_STATION, "[]",
	      "{\"heard\":[{\"ssid\":\"x\",\"match\":\"ssid\"},{\"ssid\":\"home\",\"match\":\"pmf\"},"
	      "{\"ssid\":\"home\",\"match\":\"bssid\"}]}",
	      "pmf_required");
}

static void connected_station_has_quality_and_drops(void **state)
{
	const char *link =
		"{\"link\":{\"bssid\":\"" AP "\",\"signal_dbm\":-85,\"tx_frames\":80,\"tx_lost\":20},"
		"\"peers\":[{\"address\":\"" AP "\",\"events\":[],\"drops\":{\"replay\":9,\"mpdu_mic\":4}}]}";

	(void)state;
	judge(WHY_STATION, "[]", link, "weak_signal lost_frames replay no_address");
	judge(WHY_ACCESS_POINT, "[]",
	      "{\"stations\":[{\"address\":\"" STATION "\",\"authorised\":true,\"signal_dbm\":-40}],"
	      "\"peers\":[{\"address\":\"" STATION "\",\"events\":[],\"drops\":{\"doze_full\":5,\"isolated\":7}}]}",
	      "isolated dozing");
}

static void this_machine_comes_first(void **state)
{
	struct doctor_card card = {.rfkill_soft = true};
	struct why_radio facts = {.asked = "wlan0", .interface = "wlan0", .exists = true, .up = true, .card = &card};

	(void)state;
	strcpy(card.wiphy.name, "phy0");
	assert_causes(&facts, "rfkill process");
	card.rfkill_soft = false;
	card.rfkill_hard = true;
	assert_causes(&facts, "rfkill process");
	card.rfkill_hard = false;
	assert_causes(&facts, "process");
	card.owners[0] = (struct doctor_owner){.program = "NetworkManager", .certain = true};
	card.owner_count = 1;
	assert_causes(&facts, "owner");
	card.owners[0].certain = false; /* it only runs on this machine */
	assert_causes(&facts, "process");
}

/* The kernel's flags of channels 1, 13 and 36 decide, and what is heard. */
static void rules_of_the_country_come_first(void **state)
{
	static const struct {
		enum why_role role;
		const char *radio, *causes;
		bool no_ir; /* of channel 13; otherwise it is disabled */
	} rows[] = {
		{WHY_ACCESS_POINT, "{\"networks\":[],\"freq_mhz\":2472}", "regulatory", false},
		{WHY_ACCESS_POINT, "{\"networks\":[],\"freq_mhz\":2472}", "regulatory", true},
		{WHY_ACCESS_POINT, "{\"networks\":[],\"freq_mhz\":2412}", "off", false},
		{WHY_ACCESS_POINT, "{\"freq_mhz\":2472}", "connecting", true}, /* it is on the air */
		{WHY_STATION, "{\"heard\":[{\"ssid\":\"home\",\"match\":\"fits\",\"freq_mhz\":2472,\"age_s\":9}]}",
		 "regulatory", false},
		{WHY_STATION, "{\"heard\":[{\"ssid\":\"home\",\"match\":\"fits\",\"freq_mhz\":2472,\"age_s\":9}]}",
		 "connecting", true},
		{WHY_STATION,
		 "{\"heard\":[{\"ssid\":\"other\",\"match\":\"ssid\",\"freq_mhz\":2412,\"country\":\"DE\"}]}",
		 "regulatory", false},
		{WHY_STATION,
		 "{\"heard\":[{\"ssid\":\"other\",\"match\":\"ssid\",\"freq_mhz\":2412,\"country\":\"US\"}]}",
		 "not_heard regulatory", false},
		{WHY_STATION,
		 "{\"heard\":[{\"ssid\":\"other\",\"match\":\"ssid\",\"freq_mhz\":2412,\"country\":\"DE\"}]}",
		 "not_heard", true},
		{WHY_STATION,
		 "{\"networks\":[{\"ssid\":\"home\",\"scan_ssid\":true}],\"heard\":[{\"ssid\":\"\",\"match\":\"ssid\","
		 "\"freq_mhz\":2472}]}",
		 "regulatory", true},
		{WHY_STATION,
		 "{\"heard\":[{\"ssid\":\"home\",\"match\":\"pmf\",\"freq_mhz\":2412,\"country\":\"DE\"}]}",
		 "pmf_required", false},
		{WHY_STATION, "{\"heard\":[]}", "not_heard regulatory", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct doctor_card card = {.country = "US"};
		struct why_radio facts = {.asked = "wlan0",
					  .role = rows[i].role,
					  .interface = "wlan0",
					  .exists = true,
					  .up = true,
					  .card = &card};
		struct nl80211_band_info *band = &card.wiphy.bands[0];

		band->channels[0].freq_mhz = 2412;
		band->channels[1] =
			(struct nl80211_channel){.freq_mhz = 2472, .no_ir = rows[i].no_ir, .disabled = !rows[i].no_ir};
		band->channel_count = 2;
		facts.radio = radio_of(rows[i].role, "[]", rows[i].radio);
		if (rows[i].role == WHY_ACCESS_POINT && !strcmp(rows[i].causes, "connecting"))
			strcpy(facts.station, STATION);
		assert_causes(&facts, rows[i].causes);
		json_decref(facts.radio);
	}
}

/* A process that parses what strangers send names the interface; the verdict goes to a terminal. */
static void names_of_a_process_are_made_printable(void **state)
{
	struct why_radio facts = {.asked = "x\x9b", .role = WHY_STATION, .interface = "\x1b]0;w\xff"};
	json_t *verdict;

	(void)state;
	facts.radio = radio_of(WHY_STATION, "[]", "{}");
	verdict = why_radio_judge(&facts);
	assert_non_null(verdict);
	assert_string_equal(json_string_value(json_object_get(verdict, "asked")), "x?");
	assert_string_equal(json_string_value(json_object_get(verdict, "interface")), "?]0;w?");
	json_decref(verdict);
	json_decref(facts.radio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_failure_of_an_attempt_has_its_cause),
		cmocka_unit_test(an_access_point_is_off_the_air_for_a_reason),
		cmocka_unit_test(each_status_has_its_cause),
		cmocka_unit_test(what_is_heard_comes_before_old_attempts),
		cmocka_unit_test(connected_station_has_quality_and_drops),
		cmocka_unit_test(this_machine_comes_first),
		cmocka_unit_test(rules_of_the_country_come_first),
		cmocka_unit_test(names_of_a_process_are_made_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
