# SPDX-License-Identifier: GPL-2.0-or-later
"""vifi accepts doc/vifi.conf.example, which lists every key with its default."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "doc/vifi.conf.example"
VIFI = pathlib.Path(os.environ.get("VIFI", ROOT / "build/vifi"))


def parse(path):
    """Parses a file, then fails, because the uplink does not exist."""
    return subprocess.run([VIFI, "bridge", "up", "-c", path, "no-such-if0"], capture_output=True, text=True, timeout=240)


def keys():
    """The keys in the CONFIGURATION section of the man page: {key: default or None}."""
    text = subprocess.run([VIFI, "bridge", "--man"], capture_output=True, text=True, timeout=240, check=True).stdout
    text = text.split(".SH CONFIGURATION", 1)[1].split("\n.SH ", 1)[0].replace("\\-", "-").replace("\\&", "")
    rows = re.findall(r"^\.TP 4\n\\fB([a-z-]+)\\fR = .*\n(.*)$", text, re.M)
    found = {}
    for name, help_ in rows:
        default = re.search(r"Default: (.*)\.$", re.sub(r"\\f[BIRP]", "", help_))
        found[name] = default.group(1) if default else None
    return found


@pytest.fixture(scope="module")
def known():
    found = keys()
    assert len(found) > 10, "the CONFIGURATION section of the man page has another form"
    return found


def test_vifi_accepts_the_example_with_every_line_enabled(tmp_path):
    assert "no interface `no-such-if0`" in parse(EXAMPLE).stderr
    whole = tmp_path / "whole.conf"
    whole.write_text(re.sub(r"^#(\w)", r"\1", EXAMPLE.read_text(), flags=re.M))
    assert "pin = " in whole.read_text()
    assert "no interface has the permanent MAC address" in parse(whole).stderr  # of uplink-mac


def test_example_lists_exactly_the_known_keys(known):
    listed = set(re.findall(r"^#?([a-z-]+) = ", EXAMPLE.read_text(), re.M))
    assert listed == set(known)


def test_example_states_the_defaults(known):
    lines = dict(re.findall(r"^([a-z-]+) = (.*)$", EXAMPLE.read_text(), re.M))
    for key, default in known.items():
        if default is not None:
            assert lines[key] == default, key
