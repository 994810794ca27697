# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi top`: pyte is the terminal that judges the screen; --batch has the same tables as text."""

import os
import re
import signal
import termios
import time

import pyte
import pytest
from lab.terminal import Terminal
from lab.vifi import program
from radio_bench import AP4, Bench, network, wpa2
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw
from test_radio_hostile import mac_of
from world import ROUTER4, World


class Top(Terminal):
    """A program whose screen is that of pyte."""

    def __init__(self, node, argv, columns=100, lines=30):
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        super().__init__(node.argv(argv), columns, lines, {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"})

    def feed(self, data):
        self.stream.feed(data)

    def resize(self, columns, lines):
        super().resize(columns, lines)
        self.screen.resize(lines, columns)

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, pattern, seconds=60):
        """Reads until the screen matches.  Returns the match."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text(), re.M)):
            assert time.monotonic() < end, f"no {pattern!r} on the screen:\n{self.text()}"
            self.read(0.05)
        return found


@pytest.fixture(scope="module")
def world(vifi_program):
    with World(capture=False, guests=2) as one:
        one.guest_a.ping(ROUTER4)
        yield one


@pytest.fixture(scope="module")
def bench():
    with Bench(debug="") as one:
        one.ap(wpa2())
        one.station = one.sta(network()).connected()
        one.station.reaches()
        yield one


def batch(node, *args):
    return node.run([program(), "top", "--batch", "-n", "2", "-i", "1", *args], timeout=60).stdout


def test_guests_and_their_rates(world):
    guest = world.guest_a
    ping = guest.start(["ping", "-i", "0.02", "-s", "1000", ROUTER4])
    try:
        text = batch(world.host)
    finally:
        ping.terminate()
    first, second = re.split(r"\n\n(?=vifi top)", text)
    assert first.startswith("vifi top  2 guests, 0 stations, 0 connections; by rate\n") and "rates of the last" not in first
    row = next(line for line in second.splitlines() if guest.hw in line)
    rates = re.findall(r"(\d+(?:\.\d+)?) kbit", row)
    assert "vif-a → wlan0" in row and len(rates) == 2 and all(100 < float(rate) < 1000 for rate in rates), row
    rows = [line for line in second.splitlines() if "→ wlan0" in line]
    assert rows[0] == row and len(rows) == 2, "the busiest guest comes first"


def test_drops_have_rates_and_sentences(world):
    """While a guest sends frames of a VLAN that the uplink does not carry."""
    frame = bytes(Ether(src=world.guest_a.hw, dst="ff:ff:ff:ff:ff:ff") / Dot1Q(vlan=7) / Raw(bytes(46)))
    log = world.lab.file("top.log")
    proc = world.host.start([program(), "top", "--batch", "-n", "3", "-i", "1"], log=log)
    while proc.poll() is None:
        world.guest_a.wire.send(frame)
        time.sleep(0.02)
    with open(log) as file:
        looks = file.read().split("\n\nvifi top")
    row = next(line for line in looks[-1].splitlines() if re.search(r" wlan0 +vlan ", line))
    assert float(row.split()[0]) > 3 and "VLAN tag that this uplink is not configured" in row, row


def test_stations_and_connections(bench):
    text = batch(bench.node("ap"))
    row = next(line for line in text.splitlines() if mac_of(bench.station) in line)
    assert row.startswith("vifi bench ") and " ap0 " in row and " dBm" in row
    text = batch(bench.station.node)
    assert re.search(r"^connected to .*\n *vifi bench +02:00:00:00:aa:01 +wlan0 ", text, re.M), text


def test_nothing_runs(bench):
    text = bench.node("empty").run([program(), "top", "--batch", "-n", "1"]).stdout
    assert "Nothing of vifi runs in this network namespace" in text


def test_terminal(world):
    """Keys, a change of the size, and the end, which leaves the terminal as it was."""
    with Top(world.host, [program(), "top", "-i", "1"]) as terminal:
        terminal.wait(r"^vifi top  2 guests, .*by rate")
        terminal.wait(re.escape(world.guest_a.hw))
        terminal.wait(r"rates of the last \d")
        terminal.press("s")
        terminal.wait(r"by name")
        terminal.press("p")
        terminal.wait(r"^PAUSED ")
        terminal.press("p")
        terminal.resize(60, 12)
        terminal.wait(r"^q quit")
        assert all(len(line) <= 60 for line in terminal.text().splitlines())
        terminal.wait(r"vif-a → wlan0|vif-b → wlan0")
        terminal.press("q")
        assert terminal.end() == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_leaves_the_terminal_as_it_was(world, number):
    with Top(world.host, [program(), "top"]) as terminal:
        terminal.wait(r"^vifi top ")
        terminal.proc.send_signal(number)
        assert terminal.end() == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before


def test_no_terminal(world):
    done = world.host.run([program(), "top"], check=False)
    assert done.returncode == 1 and "--batch" in done.stderr
    done = world.host.run([program(), "top", "-n", "3"], check=False)
    assert done.returncode == 2 and "--count belongs to --batch" in done.stderr


def test_forged_names_cannot_steer_the_terminal():
    """The name of a network may be any bytes."""
    with Bench(debug="") as bench:
        bench.ap(wpa2().replace("ssid=vifi bench", r'ssid2=P"\x1b[2Jevil"'))
        text = bench.node("ap").run([program(), "top", "--batch", "-n", "1"]).stdout
        assert "\x1b" not in text
        assert AP4 in bench.node("ap").query("address show dev ap0")
