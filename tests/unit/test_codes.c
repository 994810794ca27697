/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "wire/codes.h"
#include "wire/mgmt.h"

#include <string.h>

/* Each code that vifi sends or acts on has words, and no two codes of a table have the same ones by mistake. */
static void codes_have_words(void **state)
{
	static const uint16_t used_reasons[] = {REASON_UNSPECIFIED,      REASON_AUTH_EXPIRED,    REASON_LEAVING,
						REASON_INACTIVE,         REASON_AP_BUSY,         REASON_CLASS_2,
						REASON_CLASS_3,          REASON_MIC_FAILURE,     REASON_4WAY_TIMEOUT,
						REASON_DISASSOC_LEAVING, REASON_ELEMENT_MISMATCH};
	static const uint16_t used_statuses[] = {
		STATUS_UNSPECIFIED,  STATUS_AUTH_ALGORITHM,      STATUS_AP_FULL,
		STATUS_POLICY,       STATUS_REFUSED_TEMPORARILY, STATUS_AKM,
		STATUS_GROUP_CIPHER, STATUS_PAIRWISE_CIPHER,     STATUS_UNKNOWN_IDENTIFIER};

	(void)state;
	for (size_t i = 0; i < COUNT(used_reasons); i++)
		assert_non_null(reason_text(used_reasons[i]));
	for (size_t i = 0; i < COUNT(used_statuses); i++)
		assert_non_null(status_text(used_statuses[i]));
	assert_null(reason_text(0));
	assert_null(status_text(0));
	assert_null(reason_text(65535));
	assert_string_equal(status_text(STATUS_AP_FULL), "the access point has no room for more stations");
	assert_non_null(strstr(reason_text(REASON_4WAY_TIMEOUT), "passphrases"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
