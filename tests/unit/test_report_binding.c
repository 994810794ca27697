/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report says of one binding, in virtual time. */
#include "unit.h"

#include "bridge/report_binding.h"
#include "bridge/report_facts.h"

#include <string.h>

enum { NOW_S = 100000, FORGOTTEN_S = 300 };

/* A guest's question that nobody has answered, asked so many seconds ago; returns what the report has of it. */
static const char *asked(uint32_t ago_s, uint32_t address)
{
	static char text[64];
	const struct report_facts facts = {.now = (uint64_t)NOW_S * MN_NS_PER_SEC};
	struct store_item item = {.key = {.family = MN_IP4, .addr = {192, 0, 2, 9}},
				  .binding = {.kind = MN_GUEST, .aux = address, .asked_s = NOW_S - ago_s}};
	json_t *json = json_object(), *value;

	bridge_report_add_address(json, &facts, &item);
	value = json_object_get(json, "asked");
	assert_non_null(value);
	snprintf(text, sizeof(text), "%s", json_is_string(value) ? json_string_value(value) : "");
	json_decref(json);
	return text;
}

static void a_question_in_vain_is_forgotten_after_five_minutes(void **state)
{
	(void)state;
	assert_string_equal(asked(0, 0xc0000207), "192.0.2.7");
	assert_string_equal(asked(FORGOTTEN_S, 0xc0000207), "192.0.2.7");
	assert_string_equal(asked(FORGOTTEN_S + 1, 0xc0000207), "");
	assert_string_equal(asked(0, 0), ""); /* it was answered, or there is none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_in_vain_is_forgotten_after_five_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
