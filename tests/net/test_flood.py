# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest floods: 100,000 made-up sources.  Another guest loses nothing (rules 1 and 2)."""

import os
import re
import signal
import time

import pytest

from lab import services
from lab.services import Background
from lab.topology import INET4
from lab.vifi import TOP
from world import ROUTER4, ROUTER6, World, wait_for

# The judge's capture would hold 100,000 frames of no interest; the port's own counter judges here.
WORLD = {"judge": False}
COUNT, RATE = 100000, 25000


def program():
    return os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "tests/lab/flood")


def steady(node, target, seconds):
    """Pings twenty times a second; returns (sent, answered)."""
    out = node.run(["ping", "-n", "-q", "-i", "0.05", "-c", int(seconds * 20), "-W", "1", target], check=False, timeout=seconds + 15).stdout
    return tuple(int(x) for x in re.search(r"(\d+) packets transmitted, (\d+) received", out).groups())


def others(world):
    c = world.c
    index = world.c.vif
    return {b["address"] for b in world.vifi.bindings() if b["mac"] != c.hw and b["port"] != index}


def ready(world):
    for g in (world.a, world.b):
        wait_for(f"guest {g.name} is reachable", lambda g=g: g.ping(ROUTER4, timeout=1) and g.ping(ROUTER6, timeout=1), 10)


def unharmed(world, before):
    """What the others hold is as before, the flooder holds no more than its cap, and a new address of the others is learned."""
    assert before <= others(world), f"others lost {before - others(world)}"
    held = [b for b in world.vifi.bindings() if b["port"] == world.c.vif]
    assert len(held) <= 256, len(held)
    new = world.fresh4()
    world.a.ip(f"addr add {new}/24 dev eth0")
    try:
        assert world.router.ping(new, timeout=2) == 1, "another guest's new address was not learned"
    finally:
        world.a.ip(f"addr del {new}/24 dev eth0")


@pytest.mark.parametrize("kind", ["arp", "ns", "dhcp", "arp-own", "ns-own"])
def test_rule_01_flood_costs_no_other_guest_a_packet(world, kind):
    """Guest c sends 100,000 made-up sources; guests a and b ping at 20/s by IPv4 and IPv6 and lose nothing."""
    ready(world)
    before, limited = others(world), world.drops("learn_rate")
    flood = world.c.start([program(), "eth0", kind, COUNT, RATE])
    jobs = [Background(steady, world.a, ROUTER4, 3), Background(steady, world.b, ROUTER6, 3), Background(steady, world.a, world.b.ip4, 3)]
    for job in jobs:
        sent, answered = job.result(30)
        assert sent == answered, f"{sent - answered} of {sent} lost"
    assert flood.wait(20) == 0
    assert world.drops("learn_rate") - limited > COUNT / 2, "the limit never worked: was there a flood?"
    unharmed(world, before)


def test_rule_01_new_guest_is_served_during_a_flood(world):
    """While c floods, a guest that nobody knew gets its lease and downloads."""
    ready(world)
    flood = world.c.start([program(), "eth0", "arp", COUNT, RATE])
    d = services.Download(world.lab.inet, 8030)
    guest = world.lab.add_guest(9, "fresh")
    try:
        assert services.udhcpc(world.lab, guest, 10)
        r = services.fetch(guest, INET4, 4 << 20, port=8030)
        assert r.intact, str(r)
    finally:
        d.close()
        world.lab.nodes.pop("fresh").delete()
    assert flood.wait(20) == 0


TOOLS = {"thc-ipv6 solicitations": ["atk6-flood_solicitate6", "eth0"], "thc-ipv6 advertisements": ["atk6-flood_advertise6", "eth0"],
         "thc-ipv6 listener reports": ["atk6-flood_mld6", "eth0"], "thc-ipv6 DHCPv6": ["atk6-flood_dhcpc6", "-n", "-N", "eth0"],
         "yersinia DHCP discovers": ["sh", "-c", "sleep 3 | yersinia dhcp -attack 1 -interface eth0"]}


@pytest.mark.parametrize("tool", TOOLS)
def test_rule_01_tools_of_the_trade(world, tool):
    """Two seconds of a real flooding tool at full speed in guest c: nothing of the others is lost, nothing foreign leaves."""
    ready(world)
    before = others(world)
    log = world.lab.file("flood.log")
    tx = "cat /sys/class/net/eth0/statistics/tx_packets"
    sent = int(world.c.run(tx).stdout)
    p = world.c.start(["nice", "-n", "19", *TOOLS[tool]], log=log, env={**os.environ, "TERM": "xterm"}, cwd=world.lab.dir)
    job = Background(steady, world.a, ROUTER4, 2)
    time.sleep(2)
    os.killpg(p.pid, signal.SIGKILL)
    world.c.stop(p)
    got = job.result(20)
    sent = int(world.c.run(tx).stdout) - sent
    with open(log, errors="replace") as f:
        assert sent > 1000, f"{tool} sent only {sent} frames: {f.read()[:500]}"
    assert got[0] == got[1], f"{got[0] - got[1]} of {got[0]} lost while {sent} frames came"
    unharmed(world, before)
    wait_for("the flooder itself can work again", lambda: world.c.ping(ROUTER4, timeout=1), 10)


def test_rule_01_program_stays_awake(world):
    """The bridge has learned hundreds of thousands of made-up addresses. When links change then, vifi still answers at once:
    it asks for an address, never for the whole table."""
    ready(world)
    flood = world.c.start([program(), "eth0", "arp", 300000, 0])
    flood.wait(30)
    guest = world.lab.add_guest(10, "late")
    try:
        time.sleep(0.5)
        with open(f"/proc/{world.vifi.proc.pid}/stat") as f:
            before = sum(int(x) for x in f.read().rsplit(")", 1)[1].split()[11:13])
        time.sleep(1)
        with open(f"/proc/{world.vifi.proc.pid}/stat") as f:
            ticks = sum(int(x) for x in f.read().rsplit(")", 1)[1].split()[11:13]) - before
        assert ticks <= 30, f"vifi is busy: {ticks} % of a processor"
        address = world.fresh4()
        start = time.monotonic()
        world.vifi.call("pin", "wlan0", world.a.hw, address)
        world.vifi.call("forget", "wlan0", address)
        assert time.monotonic() - start < 1.5
        start = time.monotonic()
        assert world.vifi.stop() == 0
        assert time.monotonic() - start < 3, "it took long to stop"
        world.vifi.start()
        ready(world)
    finally:
        world.lab.nodes.pop("late").delete()
