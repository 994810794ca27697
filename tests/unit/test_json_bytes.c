/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes of a configuration file pass through JSON unchanged. */
#include "daemon/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Through the text of a message, as between two processes. */
static char *round_trip(const char *bytes)
{
	json_t *sent = json_pack("{s:o}", "text", json_bytes(bytes)), *received;
	char *message = json_dumps(sent, JSON_COMPACT), *result;

	received = json_loads(message, 0, NULL);
	result = json_bytes_read(received, "text");
	json_decref(received);
	json_decref(sent);
	free(message);
	return result;
}

static void bytes_pass_unchanged(void **state)
{
	char all[256] = {0}, *result;

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	result = round_trip(all);
	assert_string_equal(result, all);
	free(result);
	result = round_trip("");
	assert_string_equal(result, "");
	free(result);
	result = round_trip("ssid=\xc3\xa4\xff\n");
	assert_string_equal(result, "ssid=\xc3\xa4\xff\n");
	free(result);
}

static void other_strings_are_refused(void **state)
{
	static const char *const texts[] = {"{\"text\": \"\\u0100\"}", "{\"text\": \"a\\u20ac\"}", "{\"text\": 1}",
					    "{}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *json = json_loads(texts[i], 0, NULL);

		assert_non_null(json);
		assert_null(json_bytes_read(json, "text"));
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_pass_unchanged),
		cmocka_unit_test(other_strings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
