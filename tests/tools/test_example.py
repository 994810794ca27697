# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/vifi.conf.example is a configuration that vifi takes, and names every key that there is, with its default."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "doc/vifi.conf.example"
VIFI = pathlib.Path(os.environ.get("VIFI", ROOT / "build/vifi"))


def up(path):
    """Reads a file and goes no further: there is no such uplink."""
    return subprocess.run([VIFI, "bridge", "up", "-c", path, "no-such-if0"], capture_output=True, text=True, timeout=30)


def keys():
    """The rows of the CONFIGURATION section of the man page: {key: default or None}."""
    text = subprocess.run([VIFI, "bridge", "--man"], capture_output=True, text=True, timeout=30, check=True).stdout
    text = text.split("# CONFIGURATION", 1)[1].split("\n# ", 1)[0]
    rows = re.findall(r"^\*([a-z\\-]+)\* = .*\n\t(.*)$", text, re.M)
    found = {}
    for name, help_ in rows:
        default = re.search(r"Default: (.*)\.$", help_)
        found[name.replace("\\", "")] = default.group(1).replace("\\", "") if default else None
    return found


@pytest.fixture(scope="module")
def known():
    found = keys()
    assert len(found) > 10, "the man page is not read rightly"
    return found


def test_vifi_takes_it_with_every_line_switched_on(tmp_path):
    assert "no interface `no-such-if0`" in up(EXAMPLE).stderr
    whole = tmp_path / "whole.conf"
    whole.write_text(re.sub(r"^#(\w)", r"\1", EXAMPLE.read_text(), flags=re.M))
    assert "pin = " in whole.read_text()
    assert "no interface `no-such-if0`" in up(whole).stderr


def test_every_key_is_there_and_no_other(known):
    named = set(re.findall(r"^#?([a-z-]+) = ", EXAMPLE.read_text(), re.M))
    assert named == set(known)


def test_the_defaults_are_the_defaults(known):
    lines = dict(re.findall(r"^([a-z-]+) = (.*)$", EXAMPLE.read_text(), re.M))
    for key, default in known.items():
        if default is not None:
            assert lines[key] == default, key
