# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of faults is that of the tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "net"))

import faults_table  # noqa: E402


def test_page_is_up_to_date():
    assert faults_table.main(["--check"]) == 0


def test_each_fault_has_a_cause():
    text, count = faults_table.page()
    assert count >= 50 and text.count("\n| ") == count + text.count("\n| fault |")  # and the headings
    assert "| ``" not in text
