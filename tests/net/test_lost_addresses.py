# SPDX-License-Identifier: GPL-2.0-or-later
"""vifi asks the network for the addresses of a guest that has gone, also in the names of its siblings (rule 35).  A guest with 200
forged addresses takes none of these questions from the others, whether it stays or goes."""

import time

import pytest
from lab.netns import wait_for
from scapy.layers.l2 import ARP, Ether
from world import ENGINES, ROUTER4, World, arp

FORGED = 200


def garp(mac, ip):
    return arp(1, mac, mac, ip, ip)


@pytest.fixture(name="world", params=ENGINES)
def _world(request, vifi_program):
    with World(vifi=ENGINES[request.param], capture=False, dhcp="none", ra="none") as world:
        for i in range(FORGED):
            for _ in range(2):
                world.guest_b.wire.send(garp(world.guest_b.hw, f"10.9.0.{i + 1}"))

        def forged():
            return sum(b["address"].startswith("10.9.0.") and b["port"] == "vif-b" for b in world.vifi.show()["bindings"])

        wait_for("the forged addresses are bound", lambda: forged() >= FORGED * 3 / 4, 30)
        for guest in (world.guest_a, world.guest_c):
            wait_for("the guest is alive", lambda guest=guest: guest.ping(ROUTER4, source=guest.ip4), 10)
        yield world


def questions(world, seconds):
    """(asker, asked) of the ARP requests of vifi on the network, in order."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for data in world.wire.frames(0.2):
            packet = Ether(data)
            if ARP in packet and packet[ARP].op == 1 and packet.src == world.port.station:
                yield packet[ARP].psrc, packet[ARP].pdst


def wait_question(world, seconds=20):
    """The question for C in the name of A; returns those before it."""
    before = []
    for asker, asked in questions(world, seconds):
        if (asker, asked) == (world.guest_a.ip4, world.guest_c.ip4):
            return before
        before.append((asker, asked))
    raise AssertionError(f"no question for {world.guest_c.ip4} in the name of {world.guest_a.ip4}, but {before}")


def test_rule_35_forger_that_stays_takes_no_question(world):
    world.wire.drain()
    world.host.ip("link set vif-c nomaster")
    before = wait_question(world)
    forged = [asker for asker, asked in before if asked == world.guest_c.ip4 and asker.startswith("10.9.0.")]
    assert len(forged) <= 1, forged


def test_rule_35_forger_that_goes_takes_no_question(world):
    world.wire.drain()
    world.host.ip("link set vif-b nomaster", "link set vif-c nomaster")
    before = wait_question(world)
    forged = {asked for _, asked in before if asked.startswith("10.9.0.")}
    assert len(forged) <= 32, forged  # those of two steps: vifi may see the ports go one after the other
