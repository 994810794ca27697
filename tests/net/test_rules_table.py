# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/rules.md maps each rule to its tests; a rule without one fails here."""

import pytest

import rules_table


def test_every_rule_has_tests_and_the_table_is_up_to_date():
    assert not rules_table.problems()


def test_the_check_can_fail(monkeypatch):
    """A rule that no test names is reported."""
    monkeypatch.setattr(rules_table, "RULES", rules_table.RULES + [("Nothing", 28, "is demanded by nobody.")])
    said = " ".join(rules_table.problems())
    assert "rule 28 has no end-to-end test" in said and "out of date" in said


@pytest.mark.parametrize("number", range(1, 28))
def test_numbers_are_complete(number):
    assert [n for _, n, _ in rules_table.RULES].count(number) == 1
