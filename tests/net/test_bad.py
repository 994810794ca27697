# SPDX-License-Identifier: GPL-2.0-or-later
"""Malformed frames: truncated, oversized, nested tags, fragments, wrong checksums, options of length 0.  vifi drops and
counts them, no foreign frame reaches the port, and other traffic continues (rules 5, 13, 17, 22)."""

import random
import time

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_RA, ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

from test_dhcp import discover
from world import BCAST, MULTI6, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, arp, ns, udp4, wait_for


def truncated(frame, size):
    return bytes(frame)[:size]


def patched(frame, at, value):
    raw = bytearray(bytes(frame))
    raw[at:at + len(value)] = value
    return bytes(raw)


def cases(guest):
    """drop reason → malformed frames from a guest; each contains a marker or an address to recognise it by."""
    tcp = Ether(src=guest.hw, dst=ROUTER_MAC) / IP(src=guest.ip4, dst=ROUTER4) / TCP() / b"badframe"
    six = Ether(src=guest.hw, dst=ROUTER_MAC) / IPv6(src=guest.ip6, dst=ROUTER6) / UDP() / b"badframe"
    sol = ns(guest.hw, guest.ip6, "2001:db8:157::bad", slla=guest.hw)
    to_router = sol.copy()
    to_router.dst = ROUTER_MAC  # the bridge's multicast snooping would handle a group frame
    tag = Ether(src=guest.hw, dst=BCAST) / Dot1Q(vlan=1) / Dot1Q(vlan=2) / IP(src=guest.ip4, dst="255.255.255.255") / UDP() / b"badframe"
    triple = Ether(src=guest.hw, dst=BCAST) / Dot1Q(vlan=1) / Dot1Q(vlan=2) / Dot1Q(vlan=3) / IP(src=guest.ip4, dst="255.255.255.255") / b"badframe"
    option0 = ns(guest.hw, guest.ip6, "2001:db8:157::bad") / Raw(b"\x01\x00" + b"badfra")
    beyond = ns(guest.hw, guest.ip6, "2001:db8:157::bad") / Raw(b"\x01\x09" + b"badfra")
    frag = (Ether(src=guest.hw, dst=MULTI6) / IPv6(src=guest.ip6, dst="ff02::1", hlim=255) / IPv6ExtHdrFragment(id=5, m=1, offset=0)
            / ICMPv6ND_RA() / ICMPv6NDOptSrcLLAddr(lladdr=guest.hw))
    return {
        "truncated": [truncated(arp(1, guest.hw, guest.hw, guest.ip4, "192.168.157.9", pad=False), 30), truncated(tcp, 30), truncated(tcp, 14), truncated(six, 50), truncated(to_router, 60), truncated(tcp, 50)],
        "ip4_malformed": [patched(tcp, 14, b"\x65"), patched(tcp, 14, b"\x44"), patched(tcp, 16, b"\x00\x10")],
        "ip4_checksum": [patched(tcp, 24, b"\xba\xad"), patched(tcp, 14, b"\x46")],
        "ip6_malformed": [patched(six, 14, b"\x40"), Ether(src=guest.hw, dst=ROUTER_MAC) / IPv6(src=guest.ip6, dst=ROUTER6, nh=43, plen=8) / Raw(b"\x3a\xff" + b"badframe"[:6])],
        "vlan_nested": [tag, triple],
        "nd_option": [option0, beyond],
        "nd_checksum": [patched(sol, 56, b"\xba\xad")],
        "nd_fragment": [frag],
        "nd_malformed": [patched(ns(guest.hw, guest.ip6, "2001:db8:157::bad"), 55, b"\x07")],
        "arp_malformed": [patched(arp(1, guest.hw, guest.hw, guest.ip4, "192.168.157.9"), 18, b"\x00")],
        "dhcp_checksum": [discover(guest, csum=0xbaad)],
    }


NAMES = ["truncated", "ip4_malformed", "ip4_checksum", "ip6_malformed", "vlan_nested", "nd_option", "nd_checksum", "nd_fragment", "nd_malformed",
         "arp_malformed", "dhcp_checksum"]


@pytest.fixture(autouse=True, scope="module")
def no_bridge_netfilter(world):
    """Disables br_netfilter, which would drop malformed IP packets in the bridge before vifi counts them."""
    for name in ("iptables", "ip6tables", "arptables"):
        world.host.run(f"sysctl -qw net.bridge.bridge-nf-call-{name}=0", check=False)


@pytest.mark.parametrize("name", NAMES)
def test_malformed_frames_are_dropped_and_counted(world, name):
    for frame in cases(world.guest_a)[name]:
        frame = bytes(frame)
        world.expect_drop(name, world.guest_a.wire, frame, [world.wire], lambda p, tail=frame[20:]: tail in bytes(p) if len(tail) > 8 else False)


@pytest.mark.parametrize("name", ["truncated", "ip4_malformed", "ip4_checksum", "nd_option", "nd_checksum", "nd_fragment"])
def test_malformed_frames_from_the_wire_do_not_reach_the_guest(world, name):
    """The same frames from the network to the uplink's MAC address, for a guest's address, do not reach the guest."""
    class Outsider:
        hw, ip4, ip6 = OTHER, ROUTER4, ROUTER6
    for frame in cases(Outsider)[name]:
        raw = bytearray(bytes(frame))
        if not raw[0] & 1:
            raw[:6] = bytes.fromhex(UPLINK_MAC.replace(":", ""))
        if name in ("truncated", "ip4_checksum") and raw[12:14] == b"\x08\x00" and len(raw) >= 34:
            raw[30:34] = bytes([192, 168, 157, 41])
        before = world.vifi.drops()
        world.guest_a.wire.drain()
        world.wire.send(bytes(raw))
        seen = world.received(world.guest_a.wire, lambda p, tail=bytes(raw[14:]): len(tail) > 8 and tail in bytes(p), 0.1)
        assert not seen, f"{bytes(raw).hex()} reached the guest"
        assert sum(world.vifi.drops().values()) > sum(before.values()), f"{bytes(raw).hex()} was not counted"


def test_oversized_frame_is_dropped(world):
    """A frame that exceeds the uplink's MTU is dropped and counted."""
    guest_a = world.guest_a
    world.host.ip("link set br0 mtu 9000", f"link set {guest_a.vif} mtu 9000", "link set vifi0p mtu 9000")
    guest_a.ip("link set eth0 mtu 9000")
    try:
        for size in (1501, 4000, 8900):
            world.expect_drop("mtu", guest_a.wire, udp4(guest_a.hw, ROUTER_MAC, guest_a.ip4, ROUTER4, b"o" * (size - 28)), [world.wire], lambda p: b"oooooooo" in bytes(p))
    finally:
        guest_a.ip("link set eth0 mtu 1500")
        world.host.ip(f"link set {guest_a.vif} mtu 1500", "link set vifi0p mtu 1500", "link set br0 mtu 1500")


def test_mutated_frames_do_not_affect_other_guests(world):
    """3,000 frames of all kinds with random changes and truncations, from a guest and from the network: no foreign frame
    leaves (checked by the port and tshark), and the other guests keep their connectivity."""
    rnd = random.Random(20071)
    guest_a, guest_b = world.guest_a, world.guest_b
    seeds = [bytes(f) for frames in cases(guest_b).values() for f in frames]
    seeds += [bytes(arp(1, guest_b.hw, guest_b.hw, guest_b.ip4, ROUTER4)), bytes(ns(guest_b.hw, guest_b.ip6, ROUTER6, slla=guest_b.hw)), bytes(discover(guest_b)),
              bytes(Ether(src=guest_b.hw, dst=ROUTER_MAC) / IPv6(src=guest_b.ip6, dst=ROUTER6) / ICMPv6EchoRequest())]
    for i in range(3000):
        raw = bytearray(rnd.choice(seeds))
        for _ in range(rnd.randrange(4)):
            at = rnd.randrange(12, len(raw)) if len(raw) > 12 else 0
            raw[at] = rnd.randrange(256)
        raw = raw[:rnd.randrange(14, len(raw) + 1)] if rnd.random() < 0.3 and len(raw) > 14 else raw
        if i % 2:
            raw[:6] = bytes.fromhex((UPLINK_MAC if rnd.random() < 0.7 else BCAST).replace(":", ""))
            raw[6:12] = bytes.fromhex(OTHER.replace(":", ""))
            world.wire.send(bytes(raw))
        else:
            guest_b.wire.send(bytes(raw))
    time.sleep(0.2)
    for guest in (guest_a, world.guest_c):
        guest.ip("neigh flush dev eth0")
        wait_for(f"guest {guest.name} reaches the router", lambda guest=guest: guest.ping(ROUTER4, timeout=1) and guest.ping(ROUTER6, timeout=1), 10)
    assert world.vifi.drops().get("internal", 0) == 0
