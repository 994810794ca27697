# SPDX-License-Identifier: GPL-2.0-or-later
"""The port guard (src/macnat/port_rules.h): frames that vifi refuses do not enter the bridge, so that the bridge neither learns
their source nor delivers them to a sibling. The user-space engine has it as chains of nftables (src/netdev/nft_port_guard.h).

    b (forger) ─ vif-b ┐
    a ────────── vif-a ┼ br0 ── vifi0p ══ wlan0
    c ────────── vif-c ┘
"""

import itertools
import re

import pytest
from scapy.layers.dhcp import BOOTP
from scapy.layers.inet6 import ICMPv6ND_RA

from lab.unavailable import unavailable
from test_trust import dhcp_offer, router_advertisement
from world import HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, World, arp, judged, na, ns, udp4, wait_for

COUNT = 20


@pytest.fixture(name="world", scope="module", params=["tcx", "user"])
def _world(request, vifi_program):
    with judged(World(config="guest-services = drop\n", vifi=("--engine=user",) if request.param == "user" else ())) as world:
        if world.vifi.show()["engine"] != request.param:
            unavailable(f"this kernel has no engine {request.param}")
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
    expect_drops(world, "claim_taken", before + COUNT)
    # What the forger sends under its own address passes.
    assert flood(world, udp4(world.b.hw, world.c.hw, world.b.ip4, world.c.ip4, b"as-another"), forged) == (0, COUNT)


def test_forged_source_of_a_station_does_not_reach_the_siblings(world):
    before = world.drops("claim_station")
    assert flood(world, udp4(ROUTER_MAC, world.c.hw, ROUTER4, world.c.ip4, b"as-another"), forged) == (0, 0)
    assert port_of(world, ROUTER_MAC) == ["vifi0p"]
    expect_drops(world, "claim_station", before + COUNT)


def expect_drops(world, name, count):
    """The user-space engine reads what its guard refuses a moment later."""
    wait_for(f"{count} drops counted as {name}", lambda: world.drops(name) >= count, 3)


def neighbour(guest, ip):
    return guest.run(["ip", "neigh", "show", ip, "dev", "eth0"]).stdout


def test_rule_02_forged_claim_of_the_gateway_or_host_reaches_no_sibling(world):
    """ARP replies, requests and advertisements of b with the router's and this host's addresses: a loses no ping to either."""
    a, b = world.a, world.b
    gateway6 = re.search(r"default.* via (\S+)", world.host.run(["ip", "-6", "route"]).stdout).group(1)
    claims4 = [(arp(2, b.hw, b.hw, ip, a.ip4, tha=a.hw, dst=a.hw), arp(1, b.hw, b.hw, ip, a.ip4)) for ip in (ROUTER4, HOST4)]
    claims6 = [(na(b.hw, ip, ip, tlla=b.hw), ns(b.hw, ip, a.ip6, slla=b.hw)) for ip in (gateway6, HOST6)]
    before = {name: world.drops(name) for name in ("claim_gateway", "claim_host")}
    for ip in (ROUTER4, HOST4, ROUTER6, HOST6):
        assert a.ping(ip)
    for frame in itertools.chain(*claims4, *claims6):
        sent = bytes(frame)
        assert flood(world, frame, lambda p, sent=sent: bytes(p).startswith(sent)) == (0, 0), frame.summary()
    for ip in (ROUTER4, HOST4, ROUTER6, HOST6):
        assert b.hw not in neighbour(a, ip), ip
        assert a.ping(ip, timeout=1), ip
    assert b.hw not in neighbour(a, gateway6)
    expect_drops(world, "claim_gateway", before["claim_gateway"] + 4 * COUNT)
    expect_drops(world, "claim_host", before["claim_host"] + 4 * COUNT)


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
    expect_drops(world, "guest_service", before + 2 * COUNT)
    question = arp(1, world.b.hw, world.b.hw, world.b.ip4, world.a.ip4)
    assert flood(world, question, lambda p: bytes(p)[:60].startswith(bytes(question)[:42]))[0] == COUNT, "other frames pass"


def test_refused_frames_are_charged_to_the_port_of_the_forger(world):
    """Also with the user-space engine, which learns the port from the guard: the owner of the address is not blamed."""
    claims = lambda: {port["port"]: port["drops"].get("claim_taken", 0) for port in world.vifi.show()["ports"]}
    before = claims()
    assert flood(world, udp4(world.a.hw, world.c.hw, world.b.ip4, world.c.ip4, b"as-another"), forged) == (0, 0)
    wait_for("the frames are charged to the port of b", lambda: claims().get("vif-b", 0) >= before.get("vif-b", 0) + COUNT, 3)
    after = claims()
    assert after.get("vif-a", 0) == before.get("vif-a", 0), (before, after)


# ---- without TCX (Linux before 6.6): a filter of an ingress qdisc


@pytest.fixture(name="filtered")
def _filtered(vifi_program):
    with judged(World(vifi=("--engine=clsact",))) as world:
        yield world


def filters(world, port):
    return world.host.run(["tc", "filter", "show", "dev", port, "ingress"]).stdout


def test_filter_of_the_guard_comes_after_others_and_leaves_with_vifi(filtered):
    """libvirt limits a guest by an ingress qdisc of its own, which takes the place of ours (virsh domiftune)."""
    host, port = filtered.host, filtered.guest_b.vif
    wait_for("the guard's filter", lambda: "vifi_from_port" in filters(filtered, port), 10)
    host.run(f"tc qdisc del dev {port} ingress".split())
    host.run(f"tc qdisc add dev {port} ingress".split())
    host.run(["tc", "filter", "add", "dev", port, "parent", "ffff:", "bpf", "bytecode", "1,6 0 0 0"])  # matches nothing
    wait_for("the guard's filter returns", lambda: "vifi_from_port" in filters(filtered, port), 15)
    shown = filters(filtered, port)
    assert shown.index("bytecode") < shown.index("vifi_from_port"), shown
    assert filtered.guest_b.ping(ROUTER4)
    host.run(f"tc filter del dev {filtered.guest_c.vif} ingress".split())
    filtered.vifi.stop()
    assert "vifi" not in filters(filtered, port) and "bytecode" in filters(filtered, port)
    for guest in (filtered.guest_a, filtered.guest_c):
        assert "ingress" not in host.run(f"tc qdisc show dev {guest.vif}".split()).stdout, f"the qdisc of {guest.vif} is left over"
