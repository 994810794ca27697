# SPDX-License-Identifier: GPL-2.0-or-later
"""Invalid input: one sentence with cause and remedy, a non-zero exit code, and no change on the machine."""

import json
import os
import re

import pytest

from lab import Lab, Vifi
from lab.netns import wait_for
from lab.topology import ROUTER4, ROUTER_MAC
from lab.vifi import program
from test_survive import difference, settled


@pytest.fixture(scope="module")
def quiet(vifi_program):
    """A lab without vifi, with the initial state of its host."""
    with Lab(guests=1) as lab:
        lab.static(lab.guest("a"), 41)
        lab.before = settled(lab)
        yield lab


def check_rejected(lab, argv, code, *words, **kw):
    """Checks that the command fails with this exit code and one sentence with these words, and does not change the host."""
    result = lab.host.run(argv, check=False, timeout=30, **kw)
    lines = result.stderr.strip().splitlines()
    assert result.returncode == code, f"exit {result.returncode}: {result.stderr}"
    assert len(lines) == 1 and not result.stdout.strip(), f"expected one sentence:\n{result.stdout}{result.stderr}"
    for word in words:
        assert word in lines[0], f"`{word}` is missing in: {lines[0]}"
    after = settled(lab)
    assert after == lab.before, difference(lab.before, after)
    return lines[0]


def up(*args):
    return [program(), "bridge", "up", *args]


def test_missing_uplink_is_reported(quiet):
    check_rejected(quiet, up("eth77", "br0"), 1, "eth77")


def test_misspelt_uplink_suggests_the_nearest_name(quiet):
    check_rejected(quiet, up("wlan1", "br0"), 1, "wlan1", "wlan0")


def test_uplink_that_is_a_bridge_port_is_rejected(quiet):
    lab = quiet
    lab.host.ip("link add br9 type bridge", "link set wlan0 master br9")
    before, lab.before = lab.before, settled(lab)
    try:
        check_rejected(lab, up("wlan0", "br0"), 1, "wlan0", "br9", "nomaster")
    finally:
        lab.host.ip("link set wlan0 nomaster", "link del br9")
        lab.before = before


@pytest.mark.parametrize("args", [("--nonsense", "wlan0", "br0"), ("--engin", "tcx", "wlan0", "br0")])
def test_unknown_option_is_reported(quiet, args):
    sentence = check_rejected(quiet, up(*args), 2, args[0])
    assert "--engine" in sentence if args[0] == "--engin" else True


INVALID_VALUES = [(2, "magic", "--engine", "magic"), (2, "12x", "--age", "12x"), (2, "-5", "--age", "-5"), (2, "5000", "--vlans", "5000"),
                  (2, "100000", "--port-cap", "100000"), (2, "zz", "--pin", "52:54:00:zz:00:01 10.0.0.1"), (2, "10.0.0.256", "--pin", "52:54:00:00:00:01 10.0.0.256")]
INVALID_NAMES = [(2, "more", "wlan0", "br0", "more"), (2, "twice", "wlan0", "wlan0"), (1, "lo is not", "lo", "br0"), (1, "vif-a", "wlan0", "vif-a"),
                 (2, "15 characters", "wlan0", "this-name-is-far-too-long-for-linux")]


@pytest.mark.parametrize("case", INVALID_VALUES, ids=lambda c: f"{c[2]} {c[3]}")
def test_invalid_option_values_are_rejected(quiet, case):
    code, word, *args = case
    check_rejected(quiet, up(*args, "wlan0", "br0"), code, word)


@pytest.mark.parametrize("case", INVALID_NAMES, ids=lambda c: " ".join(c[2:]) or "none")
def test_invalid_interface_names_are_rejected(quiet, case):
    code, word, *args = case
    check_rejected(quiet, up(*args), code, word)


INVALID_LINES = {"unknown key": ("ages = 60", "age"), "no number": ("age = soon", "soon"), "no equals sign": ("nonsense", "KEY = VALUE"),
                 "half a pin": ("pin = 52:54:00:12:34:56", "pin"), "unknown section": ("[section]\nage = 70", "section"),
                 "too large": ("age = 999999999999999999999", "999"), "too long": ("x" * 5000, "too long")}


@pytest.mark.parametrize("what", INVALID_LINES)
def test_invalid_configuration_line_names_file_and_line(quiet, what):
    """The message contains file and line."""
    line, word = INVALID_LINES[what]
    path = quiet.file("broken.conf")
    with open(path, "w") as file:
        file.write("# a comment\n\n" + line + "\n")
    sentence = check_rejected(quiet, up("-c", path, "wlan0", "br0"), 2, word)
    number = 4 if "\n" in line else 3
    assert f"{path}:{number}" in sentence, sentence


def test_missing_configuration_file_is_reported(quiet):
    check_rejected(quiet, up("-c", "/nonexistent/vifi.conf"), 2, "/nonexistent/vifi.conf")
    check_rejected(quiet, up("-c", "nosuchname"), 2, "/etc/vifi/nosuchname.conf")


def test_missing_privilege_is_reported(quiet):
    unprivileged = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    check_rejected(quiet, unprivileged + up("wlan0", "br0"), 3, "CAP_NET_ADMIN")


@pytest.mark.parametrize("argv", [("down", "wlan0"), ("show", "wlan0"), ("pin", "wlan0", "52:54:00:00:00:01", "10.0.0.1"), ("forget", "wlan0", "10.0.0.1")])
def test_commands_without_a_running_bridge_fail(quiet, argv):
    check_rejected(quiet, [program(), "bridge", *argv], 4, "wlan0")


@pytest.mark.parametrize("argv", [("frobnicate",), ("shwo",), ("down",), ("down", "wlan0", "x", "y")])
def test_invalid_commands_are_rejected(quiet, argv):
    result = quiet.host.run([program(), "bridge", *argv], check=False)
    assert result.returncode == 2 and len(result.stderr.strip().splitlines()) == 1, result


def test_second_up_is_rejected(quiet):
    with Vifi(quiet) as vifi:
        assert quiet.host.ping(ROUTER4)
        # A new station becomes an entry of the bridge within five seconds, which is a change of the host.
        wait_for("the router is a known station", lambda: f"{ROUTER_MAC} dev vifi0p sticky" in quiet.host.run("bridge fdb show br br0").stdout, 30)
        before, quiet.before = quiet.before, settled(quiet)
        check_rejected(quiet, up("wlan0", "br0"), 4, "wlan0", str(vifi.proc.pid))
        quiet.before = before
    after = settled(quiet)
    assert after == quiet.before, difference(quiet.before, after)


def test_invalid_arguments_for_a_running_bridge_are_rejected(quiet):
    with Vifi(quiet) as vifi:
        for argv, word in ((("pin", "wlan0", "52:54:00:00:00:gg", "10.0.0.1"), "gg"), (("pin", "wlan0", "52:54:00:00:00:01", "10.0.0.999"), "10.0.0.999"),
                           (("pin", "wlan0", "01:00:5e:00:00:01", "10.0.0.9"), "MAC"), (("pin", "wlan0", "52:54:00:00:00:01", "192.168.157.21"), "address of this host"),
                           (("forget", "wlan0", "10.9.9.9"), "10.9.9.9")):
            result = vifi.call(*argv, check=False)
            assert result.returncode in (1, 2) and word in result.stderr and len(result.stderr.strip().splitlines()) == 1, (argv, result)


def test_show_json_is_complete(quiet):
    """The output contains every drop reason of drop.h that a bridge can have, including those with a count of 0. Those of IEEE
    802.11 frames, which vifi ap, sta and decrypt have, are not among them."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(top, "src/base/drop.h")) as file:
        rows = file.read().split("/* IEEE 802.11: protected frames */")
    names, wifi = (set(re.findall(r'^\s*X\([A-Z0-9_]+,\s*"(\w+)",\s*[A-Z0-9_]+,', text, re.M)) for text in rows)
    with Vifi(quiet) as vifi:
        raw = vifi.call("show", "-j", "wlan0").stdout
        json.loads(raw)
        assert len(names) > 30 and len(wifi) > 30 and names == set(vifi.show()["drops"])
        text = vifi.call("show", "wlan0").stdout
        assert "wlan0" in text and "\033" not in text


def test_check_reports_rp_filter(quiet):
    """`check` reports rp_filter when it is on, and not when it is off."""
    quiet.host.sysctl(net__ipv4__conf__all__rp_filter=1, net__ipv4__conf__wlan0__rp_filter=1)
    strict = quiet.host.run([program(), "bridge", "check", "wlan0"], check=False).stdout
    quiet.host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
    loose = quiet.host.run([program(), "bridge", "check", "wlan0"], check=False).stdout
    assert "rp_filter" in strict and strict != loose, f"{strict}\n---\n{loose}"
