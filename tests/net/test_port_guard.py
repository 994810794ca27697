# SPDX-License-Identifier: GPL-2.0-or-later
"""The port guard (src/macnat/port_rules.h): frames that vifi refuses do not enter the bridge, so that the bridge neither learns
their source nor delivers them to a sibling.

    b (forger) ─ vif-b ┐
    a ────────── vif-a ┼ br0 ── vifi0p ══ wlan0
    c ────────── vif-c ┘
"""

import pytest
from scapy.layers.dhcp import BOOTP
from scapy.layers.inet6 import ICMPv6ND_RA

from lab.unavailable import unavailable
from test_trust import dhcp_offer, router_advertisement
from world import ROUTER4, ROUTER_MAC, World, arp, judged, udp4, wait_for

COUNT = 20


@pytest.fixture(name="world", scope="module")
def _world(vifi_program):
    with judged(World(config="guest-services = drop\n")) as world:
        if world.vifi.show()["engine"] != "tcx":
            unavailable("this kernel has no TCX, so there is no program on the guests' ports")
        world.a, world.b, world.c = world.guest_a, world.guest_b, world.guest_c
        for guest in (world.a, world.b, world.c):
            assert guest.ping(ROUTER4)
        yield world


def port_of(world, mac):
    lines = world.host.run(["bridge", "fdb", "show", "br", "br0"]).stdout.splitlines()
    return [line.split()[2] for line in lines if line.startswith(mac) and "permanent" not in line]


def flood(world, frame, heard):
    """Sends a frame of b COUNT times; returns how many of them a and c hear."""
    world.a.wire.drain()
    world.c.wire.drain()
    for _ in range(COUNT):
        world.b.wire.send(frame)
    return len(world.received(world.a.wire, heard, 0.3)), len(world.received(world.c.wire, heard, 0.1))


def forged(packet):
    return b"as-another" in bytes(packet)


def test_forged_source_of_a_sibling_does_not_move_its_forwarding_entry(world):
    before = world.drops("claim_taken")
    assert port_of(world, world.a.hw) == ["vif-a"]
    assert flood(world, udp4(world.a.hw, world.c.hw, world.b.ip4, world.c.ip4, b"as-another"), forged) == (0, 0)
    assert port_of(world, world.a.hw) == ["vif-a"]
    assert world.drops("claim_taken") >= before + COUNT
    # What the forger sends under its own address passes.
    assert flood(world, udp4(world.b.hw, world.c.hw, world.b.ip4, world.c.ip4, b"as-another"), forged) == (0, COUNT)


def test_forged_source_of_a_station_does_not_reach_the_siblings(world):
    before = world.drops("claim_station")
    assert flood(world, udp4(ROUTER_MAC, world.c.hw, ROUTER4, world.c.ip4, b"as-another"), forged) == (0, 0)
    assert port_of(world, ROUTER_MAC) == ["vifi0p"]
    assert world.drops("claim_station") >= before + COUNT


def test_moved_guest_is_heard_when_its_old_port_is_gone(world):
    """The MAC address of c at b's port: refused as long as c answers, accepted when c has left."""
    moved = udp4(world.c.hw, world.a.hw, world.c.ip4, world.a.ip4, b"as-another")
    assert flood(world, moved, forged) == (0, 0)
    world.host.ip("link set vif-c nomaster")
    try:
        wait_for("a hears the moved guest", lambda: flood(world, moved, forged)[0] == COUNT, 20)
    finally:
        world.host.ip("link set vif-c master br0")


def test_dropped_services_do_not_reach_siblings(world):
    before = world.drops("guest_service")
    advertisement = router_advertisement(world.b.hw, "fe80::b", world.b.hw)
    assert flood(world, advertisement, lambda p: ICMPv6ND_RA in p and p.src == world.b.hw) == (0, 0)
    assert flood(world, dhcp_offer(world, world.b.hw), lambda p: BOOTP in p and p[BOOTP].op == 2) == (0, 0)
    assert world.drops("guest_service") >= before + 2 * COUNT
    question = arp(1, world.b.hw, world.b.hw, world.b.ip4, world.a.ip4)
    assert flood(world, question, lambda p: bytes(p)[:60].startswith(bytes(question)[:42]))[0] == COUNT, "other frames pass"
