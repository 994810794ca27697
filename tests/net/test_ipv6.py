# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 16 to 21: neighbour discovery, multicast listener reports, and multicast that an access point converts to unicast."""

import time

import pytest
from scapy.contrib.igmp import IGMP
from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import (ICMPv6MLReport2, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6ND_RS,
                                ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr,
                                ICMPv6NDOptUnknown, ICMPv6MLDMultAddrRec, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrHopByHop, PadN, RouterAlert)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from world import (BCAST, MULTI6, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, checksum_ok, na, ns, solicited, solicited_mac, udp4, wait_for)

WORLD = {"config": "guest-services = all\n"}  # for the translation of router advertisements and Redirects

FE80 = "fe80::99"


def link_local(guest):
    return guest.link_local()


def nd(kind, target=None):
    return lambda p: kind in p and (target is None or p[kind].tgt == target)


def check_translated(got, sent, *options):
    """Checks that `got` is `sent` with the uplink's address as source and in these options, and a right checksum."""
    assert got is not None, "the message did not reach the network"
    assert checksum_ok(got), "the ICMPv6 checksum is wrong"
    want = sent.copy()
    want.src = UPLINK_MAC
    for option in options:
        want[option].lladdr = UPLINK_MAC
    for layer in (ICMPv6ND_NS, ICMPv6ND_NA, ICMPv6ND_RS, ICMPv6ND_RA, ICMPv6ND_Redirect):
        if layer in want:
            del want[layer].cksum  # scapy computes the right one
    assert bytes(got) == bytes(want), f"\n{got!r}\n{Ether(bytes(want))!r}"


# ---- rule 16


def test_rule_16_dad_probe_changes_in_the_ethernet_header_only(world):
    guest_a, target = world.guest_a, world.fresh6()
    sent = ns(guest_a.hw, "::", target)
    got = world.out(guest_a, sent, nd(ICMPv6ND_NS, target))
    assert got is not None and got.src == UPLINK_MAC and bytes(got)[12:] == bytes(sent)[12:]
    assert target not in {b["address"] for b in world.vifi.bindings()}, "a tentative address became a binding"


@pytest.mark.parametrize("dst", [UPLINK_MAC, MULTI6])
def test_rule_16_answer_reaches_the_prober(world, dst):
    """The NA of the owner goes to all nodes, or (from some stacks and access points) to the uplink's MAC address."""
    guest_a, target = world.guest_a, world.fresh6()
    assert world.out(guest_a, ns(guest_a.hw, "::", target), nd(ICMPv6ND_NS, target))
    got = world.into(guest_a, na(OTHER, target, target, tlla=OTHER, dst_mac=dst), nd(ICMPv6ND_NA, target))
    assert got is not None, "the NA did not reach the prober"
    assert got[ICMPv6NDOptDstLLAddr].lladdr == OTHER
    assert got.dst in (guest_a.hw, MULTI6)


def test_rule_16_simultaneous_probe_from_the_wire_reaches_the_prober(world):
    guest_a, target = world.guest_a, world.fresh6()
    assert world.out(guest_a, ns(guest_a.hw, "::", target), nd(ICMPv6ND_NS, target))
    assert world.into(guest_a, ns(OTHER, "::", target), nd(ICMPv6ND_NS, target)) is not None


def test_rule_16_kernel_detects_a_duplicate(world):
    """The kernel of guest a must detect the router's address as a duplicate, and keep a free address."""
    guest_a, free = world.guest_a, world.fresh6()
    guest_a.ip(f"addr add {ROUTER6}/64 dev eth0", f"addr add {free}/64 dev eth0")
    try:
        wait_for("duplicate address detection fails", lambda: "dadfailed" in guest_a.query(f"-6 addr show dev eth0 to {ROUTER6}"), 4)
        wait_for("the free address is usable", lambda: free in guest_a.addresses("eth0", 6), 4)
        assert "dadfailed" not in guest_a.query(f"-6 addr show dev eth0 to {free}")
    finally:
        guest_a.ip(f"addr del {ROUTER6}/64 dev eth0", f"addr del {free}/64 dev eth0")
    assert world.router.ping(world.guest_a.ip6) == 1


def test_rule_16_duplicate_of_a_sibling_is_detected(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ip(f"addr add {guest_b.ip6}/64 dev eth0")
    try:
        wait_for("duplicate address detection fails", lambda: "dadfailed" in guest_a.query(f"-6 addr show dev eth0 to {guest_b.ip6}"), 4)
    finally:
        guest_a.ip(f"addr del {guest_b.ip6}/64 dev eth0")
    assert world.reaches(guest_b, ip6=guest_b.ip6)


# ---- rule 17


def test_rule_17_neighbour_solicitation_is_translated(world):
    guest_a, target = world.guest_a, world.fresh6()
    sent = ns(guest_a.hw, guest_a.ip6, target, slla=guest_a.hw)
    check_translated(world.out(guest_a, sent, nd(ICMPv6ND_NS, target)), sent, ICMPv6NDOptSrcLLAddr)


@pytest.mark.parametrize("flags", [{"R": 0, "S": 1, "O": 0}, {"R": 1, "S": 1, "O": 1}, {"R": 1, "S": 0, "O": 0}])
def test_rule_17_neighbour_advertisement_keeps_its_flags(world, flags):
    guest_a = world.guest_a
    sent = na(guest_a.hw, guest_a.ip6, guest_a.ip6, tlla=guest_a.hw, **flags)
    world.quiet_neighbours()
    got = world.out(guest_a, sent, nd(ICMPv6ND_NA, guest_a.ip6))
    check_translated(got, sent, ICMPv6NDOptDstLLAddr)
    assert {k: getattr(got[ICMPv6ND_NA], k) for k in "RSO"} == flags


def test_rule_17_router_solicitation_is_translated(world):
    guest_a = world.guest_a
    sent = Ether(src=guest_a.hw, dst="33:33:00:00:00:02") / IPv6(src=link_local(guest_a), dst="ff02::2", hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=guest_a.hw)
    check_translated(world.out(guest_a, sent, nd(ICMPv6ND_RS)), sent, ICMPv6NDOptSrcLLAddr)


def test_rule_17_all_options_of_a_router_advertisement_are_walked(world):
    """The link-layer address is the last option, so all options must be walked."""
    guest_a = world.guest_a
    sent = (Ether(src=guest_a.hw, dst=MULTI6) / IPv6(src=link_local(guest_a), dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=0)
            / ICMPv6NDOptMTU(mtu=1500) / ICMPv6NDOptPrefixInfo(prefix="2001:db8:9::", L=0, A=0, validlifetime=1, preferredlifetime=1)
            / ICMPv6NDOptUnknown(type=200, len=1, data=b"123456") / ICMPv6NDOptSrcLLAddr(lladdr=guest_a.hw))
    got = world.out(guest_a, sent, lambda p: ICMPv6ND_RA in p and p.src == UPLINK_MAC)
    check_translated(got, sent, ICMPv6NDOptSrcLLAddr)


def test_rule_17_redirect_of_a_guest_is_translated(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    sent = (Ether(src=guest_a.hw, dst=ROUTER_MAC) / IPv6(src=link_local(guest_a), dst=ROUTER6, hlim=255) / ICMPv6ND_Redirect(tgt=guest_b.ip6, dst="2001:db8:77::1")
            / ICMPv6NDOptDstLLAddr(lladdr=guest_b.hw))
    check_translated(world.out(guest_a, sent, lambda p: ICMPv6ND_Redirect in p and p.src == UPLINK_MAC), sent, ICMPv6NDOptDstLLAddr)
    third = sent.copy()
    third[ICMPv6NDOptDstLLAddr].lladdr = OTHER
    got = world.out(guest_a, third, lambda p: ICMPv6ND_Redirect in p and p.src == UPLINK_MAC)
    assert got is not None and got[ICMPv6NDOptDstLLAddr].lladdr == OTHER, "the link-layer address of a machine on the network was changed"


@pytest.mark.parametrize("chain", ["hop-by-hop", "destination", "both"])
def test_rule_17_extension_headers_are_walked(world, chain):
    guest_a, target = world.guest_a, world.fresh6()
    head = IPv6(src=guest_a.ip6, dst=solicited(target), hlim=255)
    if chain != "destination":
        head = head / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)])
    if chain != "hop-by-hop":
        head = head / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 12)])
    sent = Ether(src=guest_a.hw, dst=solicited_mac(target)) / head / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=guest_a.hw)
    got = world.out(guest_a, sent, nd(ICMPv6ND_NS, target))
    check_translated(got, sent, ICMPv6NDOptSrcLLAddr)


def bad_nd(guest_a, target, what):
    good = ns(guest_a.hw, guest_a.ip6, target, slla=guest_a.hw)
    if what == "nd_hop_limit":
        return ns(guest_a.hw, guest_a.ip6, target, slla=guest_a.hw, hlim=254)
    if what == "nd_malformed":
        good[ICMPv6ND_NS].code = 1
    if what == "nd_option":
        return ns(guest_a.hw, guest_a.ip6, target) / Raw(b"\x01\x00" + b"\0" * 6)
    if what == "nd_checksum":
        good[ICMPv6ND_NS].cksum = 0x1111
    if what == "nd_sender":
        return ns(guest_a.hw, guest_a.ip6, target, slla=OTHER)
    if what == "nd_signed":
        return good / ICMPv6NDOptUnknown(type=12, len=4, data=b"\x55" * 30)
    if what == "nd_fragment":
        return (Ether(src=guest_a.hw, dst=solicited_mac(target)) / IPv6(src=guest_a.ip6, dst=solicited(target), hlim=255) / IPv6ExtHdrFragment(id=9, m=0, offset=0)
                / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=guest_a.hw))
    if what == "ip6_headers":
        head = IPv6(src=guest_a.ip6, dst=solicited(target), hlim=255)
        for _ in range(16):
            head = head / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
        return Ether(src=guest_a.hw, dst=solicited_mac(target)) / head / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=guest_a.hw)
    return good


@pytest.mark.parametrize("what", ["nd_hop_limit", "nd_malformed", "nd_option", "nd_checksum", "nd_sender", "nd_signed", "nd_fragment", "ip6_headers"])
def test_rule_17_invalid_messages_are_dropped_and_counted(world, what):
    guest_a, target = world.guest_a, world.fresh6()
    world.expect_drop(what, guest_a.wire, bad_nd(guest_a, target, what), [world.wire], lambda p: target in p.summary() or guest_a.hw in bytes(p).hex(":"))


@pytest.mark.parametrize("what", ["nd_hop_limit", "nd_option", "nd_fragment"])
def test_rule_17_invalid_messages_from_the_wire_are_dropped(world, what):
    class Outsider:
        hw, ip6 = OTHER, "2001:db8:157::99"
    target = world.fresh6()
    frame = bad_nd(Outsider, target, what)
    world.expect_drop(what, world.wire, frame, [world.guest_a.wire], lambda p: target in p.summary())


# ---- rule 18


def test_rule_18_unsolicited_na_creates_binding_of_its_target(world):
    """The source is the link-local address, but the target address is announced."""
    guest_a, target = world.guest_a, world.fresh6()
    sent = na(guest_a.hw, link_local(guest_a), target, tlla=guest_a.hw)
    check_translated(world.out(guest_a, sent, nd(ICMPv6ND_NA, target)), sent, ICMPv6NDOptDstLLAddr)
    assert world.reaches(guest_a, ip6=target), "the target was not learned"
    assert world.reaches(guest_a, ip6=link_local(guest_a))


def test_rule_18_proxy_na_creates_binding_of_its_target(world):
    """A guest answers for an address behind it (proxy NDP) and receives the traffic for that address."""
    guest_b, behind = world.guest_b, "2001:db8:157::b:1"
    guest_b.sysctl(net__ipv6__conf__eth0__proxy_ndp=1, net__ipv6__conf__all__forwarding=1, net__ipv6__neigh__eth0__proxy_delay=0)
    guest_b.ip(f"neigh add proxy {behind} dev eth0", f"addr add {behind}/128 dev lo")
    try:
        assert world.router.ping(behind, count=2, timeout=2) == 2
    finally:
        guest_b.sysctl(net__ipv6__conf__all__forwarding=0)
        guest_b.ip(f"neigh del proxy {behind} dev eth0", f"addr del {behind}/128 dev lo")


# ---- rule 19


def test_rule_19_redirect_to_a_sibling_has_the_siblings_address(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    sent = (Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IPv6(src="fe80::20", dst=guest_a.ip6, hlim=255) / ICMPv6ND_Redirect(tgt=guest_b.ip6, dst=guest_b.ip6)
            / ICMPv6NDOptDstLLAddr(lladdr=UPLINK_MAC))
    got = world.into(guest_a, sent, lambda p: ICMPv6ND_Redirect in p)
    assert got is not None and got.dst == guest_a.hw and got[ICMPv6NDOptDstLLAddr].lladdr == guest_b.hw and checksum_ok(got)


def test_rule_19_router_redirect_keeps_siblings_connected(world):
    """Guest a has a route to b through the router; the router redirects it, and the pings go directly."""
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ip(f"route replace {guest_b.ip6}/128 via fe80::20 dev eth0")
    try:
        assert guest_a.ping(guest_b.ip6, count=4, timeout=2) >= 3
    finally:
        guest_a.ip(f"route del {guest_b.ip6}/128 via fe80::20 dev eth0")


# ---- rule 20


def test_rule_20_reports_change_in_the_ethernet_source_only(world):
    """Two guests report the same groups: both reports leave, neither is suppressed, and their payload is unchanged."""
    for guest in (world.guest_a, world.guest_b):
        mld = (Ether(src=guest.hw, dst="33:33:00:00:00:16") / IPv6(src=link_local(guest), dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN()])
               / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::4242")]))
        igmp = Ether(src=guest.hw, dst="01:00:5e:00:42:42") / IP(src=guest.ip4, dst="224.0.66.66", ttl=1, options=[IPOption_Router_Alert()]) / IGMP(type=0x16, gaddr="224.0.66.66")
        for sent in (mld, igmp):
            got = world.out(guest, sent, lambda p, sent=sent: bytes(p)[12:] == bytes(sent)[12:])
            assert got is not None and got.src == UPLINK_MAC, f"guest {guest.name}: {sent.summary()}"


def test_rule_20_uplink_receives_all_multicast(world):
    flags = world.host.query("-d link show dev wlan0")
    assert "allmulti 1" in flags or "ALLMULTI" in flags, flags
    got = world.into(world.guest_c, Ether(src=ROUTER_MAC, dst="33:33:00:00:77:77") / IPv6(src="fe80::20", dst="ff02::7777") / UDP() / b"rare-group",
                     lambda p: b"rare-group" in bytes(p))
    assert got is not None and got.dst == "33:33:00:00:77:77"


# ---- rule 21


@pytest.mark.parametrize("dst, group", [("224.0.0.251", "01:00:5e:00:00:fb"), ("239.130.3.4", "01:00:5e:02:03:04"), ("255.255.255.255", BCAST),
                                        ("192.168.157.255", BCAST)])
def test_rule_21_directed_multicast_regains_its_group_address(world, dst, group):
    mark = b"dms-" + dst.encode()
    sent = udp4(ROUTER_MAC, UPLINK_MAC, ROUTER4, dst, mark)
    for guest in world.guests:
        guest.wire.drain()
    world.wire.send(sent)
    for guest in world.guests:
        got = world.received(guest.wire, lambda p: mark in bytes(p), 0.2)
        assert [p.dst for p in got] == [group], f"guest {guest.name} saw {[p.dst for p in got]}"


def test_rule_21_directed_ipv6_multicast_regains_its_group_address(world):
    sent = Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IPv6(src="fe80::20", dst="ff02::fb") / UDP(sport=5353, dport=5353) / b"dms-six"
    got = world.into(world.guest_b, sent, lambda p: b"dms-six" in bytes(p))
    assert got is not None and got.dst == "33:33:00:00:00:fb" and got.src == ROUTER_MAC


def test_rule_21_host_receives_directed_broadcast(world):
    import socket
    with world.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", 5999))
        sock.settimeout(2)
        world.wire.send(udp4(ROUTER_MAC, UPLINK_MAC, ROUTER4, "192.168.157.255", b"for-host-too", dport=5999))
        assert sock.recv(100) == b"for-host-too"


def test_rule_21_guests_are_reachable_with_all_multicast_directed(world):
    """The port converts every group frame to unicast; ARP and ND still find the guests."""
    world.port.configure(dms=True)
    try:
        world.router.ip("neigh flush dev lan0")
        for guest in world.guests:
            assert world.router.ping(guest.ip4, timeout=2) == 1, f"guest {guest.name}"
            assert world.router.ping(guest.ip6, timeout=2) == 1, f"guest {guest.name}"
    finally:
        world.port.configure(dms=False)
    time.sleep(0.1)
