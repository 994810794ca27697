# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/rules.md maps each rule to its tests and is up to date."""

import pytest

import rules_table


def test_every_rule_has_tests_and_the_table_is_up_to_date():
    assert not rules_table.problems()


def test_check_reports_problems(monkeypatch):
    """A rule without a test is reported."""
    monkeypatch.setattr(rules_table, "RULES", rules_table.RULES + [("Nothing", 99, "demands nothing.")])
    reported = " ".join(rules_table.problems())
    assert "rule 99 has no end-to-end test" in reported and "out of date" in reported


@pytest.mark.parametrize("number", range(1, len(rules_table.RULES) + 1))
def test_each_rule_number_occurs_once(number):
    assert [n for _, n, _ in rules_table.RULES].count(number) == 1
