# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/wifi-rules.md maps each rule of the Wi-Fi side to existing tests and is up to date."""
import pytest
import wifi_rules_table


def test_every_rule_has_tests_and_the_table_is_up_to_date():
    assert wifi_rules_table.problems() == []


@pytest.mark.parametrize("words,reason", [
    ("", "has no test"),
    ("a_test_that_nobody_wrote", "there is no test a_test_that_nobody_wrote"),
    ("test_frame.c:duplicates_are_dropped", "there is no test duplicates_are_dropped in test_frame.c"),
    ("message_4_before_message_2_is_refused", "is in test_ap_keys.c and test_handshake_keys.c"),
])
def test_check_reports_problems(words, reason):
    reported = wifi_rules_table.problems([("Nothing", [("demands nothing.", words)])])
    assert reason in reported[0] and "out of date" in reported[-1]
