# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi trace --html`: the page is read by Python's parser for HTML, as text without scripts."""

import os
import re
from html.parser import HTMLParser

import pytest
from lab.netns import wait_for
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from test_trace import tracing
from world import ENGINES, ROUTER4, ROUTER_MAC, World

VOID = {"meta", "br"}


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with World(vifi=ENGINES[request.param], capture=False) as world:
        world.engine = request.param
        yield world


class Page(HTMLParser):
    """Rows of cells, each (class, data-hop, text); every element is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.scripts, self.links = [], [], 0, []
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in attrs)
        self.links += [attrs[name] for name in ("src", "href") if name in attrs]
        if tag == "tr":
            self.rows.append((attrs.get("class"), []))
        if tag in ("td", "th") and self.rows:
            self.rows[-1][1].append([attrs.get("class"), attrs.get("data-hop"), ""])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.rows[-1][1][-1][2] += data


def record(world, action, *arguments):
    path = world.lab.file("page.html")
    if os.path.exists(path):
        os.unlink(path)
    with tracing(world, "--html", path, *arguments) as result:
        action()
    assert result["code"] == 0, result
    with open(path, encoding="utf-8") as file:
        text = file.read()
    page = Page(text)
    assert page.scripts == 0 and page.links == [] and "url(" not in text, "the page needs something else"
    return page


def test_a_ping_from_hop_to_hop(world):
    page = record(world, lambda: world.guest_a.ping(ROUTER4), "-f", "icmp or arp")
    titles = [cell[2] for cell in page.rows[0][1]]
    assert titles[:2] == ["time", "frame"] and {"wlan0 in", "wlan0 out"} <= set(titles) and {"br0", "vif-a"} & set(titles)
    ways = [cells for kind, cells in page.rows if kind == "way"]
    request = next(cells for cells in ways if f"{world.guest_a.ip4} > {ROUTER4} echo request" in cells[1][2])
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{6}", request[0][2]) and len(request) == len(titles)
    at = {cell[1]: cell[2] for cell in request if cell[1]}
    assert "wlan0 out" in at and "delivered" in at["wlan0 out"] and "wlan0 in" not in at, at
    assert any(kind == "name" and cells[1][2] == "ARP" for kind, cells in page.rows) or not any(" who has " in c[1][2] for c in ways)


def test_an_exchange_has_its_name(world):
    guest = world.guest_a
    world.quiet_neighbours()  # else the router's question may come, and is a second exchange
    page = record(world, lambda: guest.run(["arping", "-c", "1", "-w", "2", "-I", "eth0", ROUTER4], check=False), "-f", "arp")
    names = [cells[1][2] for kind, cells in page.rows if kind == "name"]
    assert names == ["ARP"]


def test_drops_are_marked_with_their_sentence(world):
    frame = Ether(src=world.guest_a.hw, dst=ROUTER_MAC) / IP(src="127.0.0.1", dst=ROUTER4) / UDP(dport=9) / b"bad"

    def drop():
        before = world.drops("claim_invalid")
        world.guest_a.wire.send(frame)
        wait_for("the frame is dropped", lambda: world.drops("claim_invalid") > before, 5)
    page = record(world, drop, "-f", "udp port 9")
    rows = [(kind, cells) for kind, cells in page.rows if kind in ("drop", "reason")]
    assert [kind for kind, _ in rows[:2]] == ["drop", "reason"]
    assert any(cell[0] == "hop on end" and "claim_invalid" in cell[2] for cell in rows[0][1])
    assert rows[1][1][1][2].startswith("dropped (claim_invalid): A guest used a source address that is never valid") and "Correct the address in the guest" in rows[1][1][1][2]


def test_formats_exclude_each_other(world):
    from lab.vifi import program
    for options in (["-j", "--html", "x"], ["-w", "x", "--html", "y"], ["-j", "-w", "x"]):
        done = world.host.run([program(), "trace", *options], check=False)
        assert done.returncode == 2 and "exclude each other" in done.stderr and not os.path.exists("x")
    done = world.host.run([program(), "trace", "--html", "/nonexistent/x.html", "bridge", "wlan0"], check=False)
    assert done.returncode == 1 and "cannot create /nonexistent/x.html: No such file or directory" in done.stderr
