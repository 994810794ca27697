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

from test_trust import dhcp_offer, router_advertisement
from world import ROUTER4, ROUTER_MAC, World, arp, udp4, wait_for

COUNT = 20


@pytest.fixture(name="guarded", scope="module")
def _guarded():
    with World(config="guest-services = drop\n") as guarded:
        if guarded.vifi.show()["engine"] != "tcx":
            pytest.skip("this kernel has no TCX, so there is no program on the guests' ports")
        guarded.a, guarded.b, guarded.c = guarded.guest_a, guarded.guest_b, guarded.guest_c
        for guest in (guarded.a, guarded.b, guarded.c):
            assert guest.ping(ROUTER4)
        yield guarded
        verdict = guarded.verdict()
        assert verdict is None or verdict.clean, verdict


def port_of(guarded, mac):
    lines = guarded.host.run(["bridge", "fdb", "show", "br", "br0"]).stdout.splitlines()
    return [line.split()[2] for line in lines if line.startswith(mac) and "permanent" not in line]


def flood(guarded, frame, heard):
    """Sends a frame of b COUNT times; returns how many of them a and c hear."""
    guarded.a.wire.drain()
    guarded.c.wire.drain()
    for _ in range(COUNT):
        guarded.b.wire.send(frame)
    return len(guarded.received(guarded.a.wire, heard, 0.3)), len(guarded.received(guarded.c.wire, heard, 0.1))


def forged(packet):
    return b"as-another" in bytes(packet)


def test_forged_source_of_a_sibling_does_not_move_its_forwarding_entry(guarded):
    before = guarded.drops("claim_taken")
    assert port_of(guarded, guarded.a.hw) == ["vif-a"]
    assert flood(guarded, udp4(guarded.a.hw, guarded.c.hw, guarded.b.ip4, guarded.c.ip4, b"as-another"), forged) == (0, 0)
    assert port_of(guarded, guarded.a.hw) == ["vif-a"]
    assert guarded.drops("claim_taken") >= before + COUNT
    # What the forger sends under its own address passes.
    assert flood(guarded, udp4(guarded.b.hw, guarded.c.hw, guarded.b.ip4, guarded.c.ip4, b"as-another"), forged) == (0, COUNT)


def test_forged_source_of_a_station_does_not_reach_the_siblings(guarded):
    before = guarded.drops("claim_station")
    assert flood(guarded, udp4(ROUTER_MAC, guarded.c.hw, ROUTER4, guarded.c.ip4, b"as-another"), forged) == (0, 0)
    assert port_of(guarded, ROUTER_MAC) == ["vifi0p"]
    assert guarded.drops("claim_station") >= before + COUNT


def test_moved_guest_is_heard_when_its_old_port_is_gone(guarded):
    """The MAC address of c at b's port: refused as long as c answers, accepted when c has left."""
    moved = udp4(guarded.c.hw, guarded.a.hw, guarded.c.ip4, guarded.a.ip4, b"as-another")
    assert flood(guarded, moved, forged) == (0, 0)
    guarded.host.ip("link set vif-c nomaster")
    try:
        wait_for("a hears the moved guest", lambda: flood(guarded, moved, forged)[0] == COUNT, 20)
    finally:
        guarded.host.ip("link set vif-c master br0")


def test_dropped_services_do_not_reach_siblings(guarded):
    before = guarded.drops("guest_service")
    advertisement = router_advertisement(guarded.b.hw, "fe80::b", guarded.b.hw)
    assert flood(guarded, advertisement, lambda p: ICMPv6ND_RA in p and p.src == guarded.b.hw) == (0, 0)
    assert flood(guarded, dhcp_offer(guarded, guarded.b.hw), lambda p: BOOTP in p and p[BOOTP].op == 2) == (0, 0)
    assert guarded.drops("guest_service") >= before + 2 * COUNT
    question = arp(1, guarded.b.hw, guarded.b.hw, guarded.b.ip4, guarded.a.ip4)
    assert flood(guarded, question, lambda p: bytes(p)[:60].startswith(bytes(question)[:42]))[0] == COUNT, "other frames pass"
