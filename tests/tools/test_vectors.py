# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/vectors/rules.txt matches the output of make.py."""
import pathlib
import subprocess

MAKE = pathlib.Path(__file__).parents[1] / "vectors" / "make.py"


def test_rules_txt_is_up_to_date():
    result = subprocess.run(["/usr/bin/python3", MAKE, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
