# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: one sentence that says what and how to mend it, an exit code that is not 0, and nothing changed on the machine."""

import json
import os
import re

import pytest

from lab import Lab, Vifi
from lab.vifi import program
from test_survive import difference, settled


@pytest.fixture(scope="module")
def quiet(vifi_program):
    """A lab without vifi, and how its host looked before."""
    with Lab(guests=1) as lab:
        lab.static(lab.guest("a"), 41)
        lab.before = settled(lab)
        yield lab


def refused(lab, argv, code, *words, **kw):
    """The command fails with this exit code and one sentence that has these words; the host is as before."""
    r = lab.host.run(argv, check=False, timeout=8, **kw)
    lines = r.stderr.strip().splitlines()
    assert r.returncode == code, f"exit {r.returncode}: {r.stderr}"
    assert len(lines) == 1 and not r.stdout.strip(), f"not one sentence:\n{r.stdout}{r.stderr}"
    for word in words:
        assert word in lines[0], f"`{word}` is not in: {lines[0]}"
    after = settled(lab)
    assert after == lab.before, difference(lab.before, after)
    return lines[0]


def up(*args):
    return [program(), "bridge", "up", *args]


def test_missing_uplink(quiet):
    refused(quiet, up("eth77", "br0"), 1, "eth77")


def test_misspelt_uplink_names_the_nearest(quiet):
    refused(quiet, up("wlan1", "br0"), 1, "wlan1", "wlan0")


def test_uplink_that_is_a_bridge_port(quiet):
    lab = quiet
    lab.host.ip("link add br9 type bridge", "link set wlan0 master br9")
    before, lab.before = lab.before, settled(lab)
    try:
        refused(lab, up("wlan0", "br0"), 1, "wlan0", "br9", "nomaster")
    finally:
        lab.host.ip("link set wlan0 nomaster", "link del br9")
        lab.before = before


@pytest.mark.parametrize("args", [("--nonsense", "wlan0", "br0"), ("--engin", "tcx", "wlan0", "br0")])
def test_unknown_option(quiet, args):
    sentence = refused(quiet, up(*args), 2, args[0])
    assert "--engine" in sentence if args[0] == "--engin" else True


VALUES = [(2, "magic", "--engine", "magic"), (2, "12x", "--age", "12x"), (2, "-5", "--age", "-5"), (2, "5000", "--vlans", "5000"),
          (2, "100000", "--port-cap", "100000"), (2, "zz", "--pin", "52:54:00:zz:00:01 10.0.0.1"), (2, "10.0.0.256", "--pin", "52:54:00:00:00:01 10.0.0.256")]
NAMES = [(2, "uplink"), (2, "more", "wlan0", "br0", "more"), (2, "twice", "wlan0", "wlan0"), (1, "lo is not", "lo", "br0"), (1, "vif-a", "wlan0", "vif-a"),
         (2, "15 characters", "wlan0", "this-name-is-far-too-long-for-linux")]


@pytest.mark.parametrize("case", VALUES, ids=lambda c: f"{c[2]} {c[3]}")
def test_impossible_values(quiet, case):
    code, word, *args = case
    refused(quiet, up(*args, "wlan0", "br0"), code, word)


@pytest.mark.parametrize("case", NAMES, ids=lambda c: " ".join(c[2:]) or "none")
def test_impossible_names(quiet, case):
    code, word, *args = case
    refused(quiet, up(*args), code, word)


LINES = {"unknown key": ("ages = 60", "age"), "no number": ("age = soon", "soon"), "no equals sign": ("nonsense", "KEY = VALUE"),
         "half a pin": ("pin = 52:54:00:12:34:56", "pin"), "unknown section": ("[section]\nage = 70", "section"),
         "too large": ("age = 999999999999999999999", "999"), "too long": ("x" * 5000, "too long")}


@pytest.mark.parametrize("what", LINES)
def test_broken_configuration_line(quiet, what):
    """The sentence names file and line."""
    line, word = LINES[what]
    path = quiet.file("broken.conf")
    with open(path, "w") as f:
        f.write("# a comment\n\n" + line + "\n")
    sentence = refused(quiet, up("-c", path, "wlan0", "br0"), 2, word)
    number = 4 if "\n" in line else 3
    assert f"{path}:{number}" in sentence, sentence


def test_missing_configuration(quiet):
    refused(quiet, up("-c", "/nonexistent/vifi.conf"), 2, "/nonexistent/vifi.conf")
    refused(quiet, up("-c", "nosuchname"), 2, "/etc/vifi/nosuchname.conf")


def test_no_privilege(quiet):
    unprivileged = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    refused(quiet, unprivileged + up("wlan0", "br0"), 3, "CAP_NET_ADMIN")


@pytest.mark.parametrize("argv", [("down", "wlan0"), ("show", "wlan0"), ("pin", "wlan0", "52:54:00:00:00:01", "10.0.0.1"), ("forget", "wlan0", "10.0.0.1")])
def test_nothing_runs(quiet, argv):
    refused(quiet, [program(), "bridge", *argv], 4, "wlan0")


@pytest.mark.parametrize("argv", [("frobnicate",), ("shwo",), ("down",), ("down", "wlan0", "x", "y")])
def test_wrong_commands(quiet, argv):
    r = quiet.host.run([program(), "bridge", *argv], check=False)
    assert r.returncode == 2 and len(r.stderr.strip().splitlines()) == 1, r


def test_second_up(quiet):
    with Vifi(quiet) as vifi:
        before, quiet.before = quiet.before, settled(quiet)
        refused(quiet, up("wlan0", "br0"), 4, "wlan0", str(vifi.proc.pid))
        quiet.before = before
    after = settled(quiet)
    assert after == quiet.before, difference(quiet.before, after)


def test_wrong_words_for_a_running_bridge(quiet):
    with Vifi(quiet) as vifi:
        for argv, word in ((("pin", "wlan0", "52:54:00:00:00:gg", "10.0.0.1"), "gg"), (("pin", "wlan0", "52:54:00:00:00:01", "10.0.0.999"), "10.0.0.999"),
                           (("pin", "wlan0", "01:00:5e:00:00:01", "10.0.0.9"), "MAC"), (("pin", "wlan0", "52:54:00:00:00:01", "192.168.157.21"), "address of this host"),
                           (("forget", "wlan0", "10.9.9.9"), "10.9.9.9")):
            r = vifi.call(*argv, check=False)
            assert r.returncode in (1, 2) and word in r.stderr and len(r.stderr.strip().splitlines()) == 1, (argv, r)


def test_show_json_is_complete(quiet):
    """Every reason of drop.h is there by name, also those that did not occur."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(top, "src/base/drop.h")) as f:
        names = set(re.findall(r'^\s*X\([A-Z0-9_]+,\s*"(\w+)"', f.read(), re.M))
    with Vifi(quiet) as vifi:
        raw = vifi.call("show", "-j", "wlan0").stdout
        json.loads(raw)
        assert len(names) > 30 and names == set(vifi.show()["drops"])
        text = vifi.call("show", "wlan0").stdout
        assert "wlan0" in text and "\033" not in text


def test_check_tells_what_stands_in_the_way(quiet):
    """`check` names br_netfilter and rp_filter with a remedy when they are on, and not when they are off."""
    quiet.host.sysctl(net__ipv4__conf__all__rp_filter=1, net__ipv4__conf__wlan0__rp_filter=1)
    strict = quiet.host.run([program(), "bridge", "check", "wlan0"], check=False).stdout
    quiet.host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
    loose = quiet.host.run([program(), "bridge", "check", "wlan0"], check=False).stdout
    assert "rp_filter" in strict and strict != loose, f"{strict}\n---\n{loose}"
