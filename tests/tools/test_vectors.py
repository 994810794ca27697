# SPDX-License-Identifier: GPL-2.0-or-later
"""The golden vectors of the rules are what scapy makes of them today."""
import pathlib
import subprocess

MAKE = pathlib.Path(__file__).parents[1] / "vectors" / "make.py"


def test_rules_txt_is_what_scapy_makes():
    r = subprocess.run(["/usr/bin/python3", MAKE, "--check"], capture_output=True, text=True)
    assert r.returncode == 0, r.stdout + r.stderr
