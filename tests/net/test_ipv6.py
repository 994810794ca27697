# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 16 to 21: neighbour discovery, multicast listeners, and multicast that an access point made unicast."""

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

from world import (BCAST, MULTI6, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, W, arp, checksum_ok, na, ns, solicited, solicited_mac, udp4, wait_for)

FE80 = "fe80::99"


def link_local(g):
    return wait_for(f"guest {g.name} has a link-local address", lambda: g.addresses("eth0", 6, "link"), 5)[0]


def nd(kind, target=None):
    return lambda p: kind in p and (target is None or p[kind].tgt == target)


def translated(got, sent, *options):
    """got is sent with W as source and in these options, the checksum right, all else byte for byte the same."""
    assert got is not None, "the message did not leave"
    assert checksum_ok(got), "the ICMPv6 checksum is wrong"
    want = sent.copy()
    want.src = W
    for option in options:
        want[option].lladdr = W
    for layer in (ICMPv6ND_NS, ICMPv6ND_NA, ICMPv6ND_RS, ICMPv6ND_RA, ICMPv6ND_Redirect):
        if layer in want:
            del want[layer].cksum  # scapy writes the right one
    assert bytes(got) == bytes(want), f"\n{got!r}\n{Ether(bytes(want))!r}"


# ---- rule 16


def test_rule_16_duplicate_detection_changes_the_ethernet_header_only(world):
    a, target = world.a, world.fresh6()
    sent = ns(a.hw, "::", target)
    got = world.out(a, sent, nd(ICMPv6ND_NS, target))
    assert got is not None and got.src == W and bytes(got)[12:] == bytes(sent)[12:]
    assert target not in {b["address"] for b in world.vifi.bindings()}, "tentative is not owned"


@pytest.mark.parametrize("dst", [W, MULTI6])
def test_rule_16_answer_reaches_the_prober(world, dst):
    """Somebody has the address: the NA goes to all nodes (or, from a careless stack or an access point, to W)."""
    a, target = world.a, world.fresh6()
    assert world.out(a, ns(a.hw, "::", target), nd(ICMPv6ND_NS, target))
    got = world.into(a, na(OTHER, target, target, tlla=OTHER, dst_mac=dst), nd(ICMPv6ND_NA, target))
    assert got is not None, "the duplicate goes unseen"
    assert got[ICMPv6NDOptDstLLAddr].lladdr == OTHER
    assert got.dst in (a.hw, MULTI6)


def test_rule_16_simultaneous_probe_from_the_wire_reaches_the_prober(world):
    a, target = world.a, world.fresh6()
    assert world.out(a, ns(a.hw, "::", target), nd(ICMPv6ND_NS, target))
    assert world.into(a, ns(OTHER, "::", target), nd(ICMPv6ND_NS, target)) is not None


def test_rule_16_real_duplicate_is_found(world):
    """The kernel of guest a takes the router's address: it must find that it is a duplicate. A free one it keeps."""
    a, free = world.a, world.fresh6()
    a.ip(f"addr add {ROUTER6}/64 dev eth0", f"addr add {free}/64 dev eth0")
    try:
        wait_for("duplicate address detection fails", lambda: "dadfailed" in a.query(f"-6 addr show dev eth0 to {ROUTER6}"), 4)
        wait_for("the free address is usable", lambda: free in a.addresses("eth0", 6), 4)
        assert "dadfailed" not in a.query(f"-6 addr show dev eth0 to {free}")
    finally:
        a.ip(f"addr del {ROUTER6}/64 dev eth0", f"addr del {free}/64 dev eth0")
    assert world.router.ping(world.a.ip6) == 1


def test_rule_16_siblings_find_each_others_duplicates(world):
    a, b = world.a, world.b
    a.ip(f"addr add {b.ip6}/64 dev eth0")
    try:
        wait_for("the sibling's address is refused", lambda: "dadfailed" in a.query(f"-6 addr show dev eth0 to {b.ip6}"), 4)
    finally:
        a.ip(f"addr del {b.ip6}/64 dev eth0")
    assert world.reaches(b, ip6=b.ip6)


# ---- rule 17


def test_rule_17_neighbour_solicitation(world):
    a, target = world.a, world.fresh6()
    sent = ns(a.hw, a.ip6, target, slla=a.hw)
    translated(world.out(a, sent, nd(ICMPv6ND_NS, target)), sent, ICMPv6NDOptSrcLLAddr)


@pytest.mark.parametrize("flags", [{"R": 0, "S": 1, "O": 0}, {"R": 1, "S": 1, "O": 1}, {"R": 1, "S": 0, "O": 0}])
def test_rule_17_neighbour_advertisement_keeps_its_flags(world, flags):
    a = world.a
    sent = na(a.hw, a.ip6, a.ip6, tlla=a.hw, **flags)
    got = world.out(a, sent, nd(ICMPv6ND_NA, a.ip6))
    translated(got, sent, ICMPv6NDOptDstLLAddr)
    assert {k: getattr(got[ICMPv6ND_NA], k) for k in "RSO"} == flags


def test_rule_17_router_solicitation(world):
    a = world.a
    sent = Ether(src=a.hw, dst="33:33:00:00:00:02") / IPv6(src=link_local(a), dst="ff02::2", hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=a.hw)
    translated(world.out(a, sent, nd(ICMPv6ND_RS)), sent, ICMPv6NDOptSrcLLAddr)


def test_rule_17_router_advertisement_of_a_guest_all_options_walked(world):
    """The link-layer address comes last; the options before it are walked, not only the first looked at."""
    a = world.a
    sent = (Ether(src=a.hw, dst=MULTI6) / IPv6(src=link_local(a), dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=0)
            / ICMPv6NDOptMTU(mtu=1500) / ICMPv6NDOptPrefixInfo(prefix="2001:db8:9::", L=0, A=0, validlifetime=1, preferredlifetime=1)
            / ICMPv6NDOptUnknown(type=200, len=1, data=b"123456") / ICMPv6NDOptSrcLLAddr(lladdr=a.hw))
    got = world.out(a, sent, lambda p: ICMPv6ND_RA in p and p.src == W)
    translated(got, sent, ICMPv6NDOptSrcLLAddr)


def test_rule_17_redirect_of_a_guest(world):
    a, b = world.a, world.b
    sent = (Ether(src=a.hw, dst=ROUTER_MAC) / IPv6(src=link_local(a), dst=ROUTER6, hlim=255) / ICMPv6ND_Redirect(tgt=b.ip6, dst="2001:db8:77::1")
            / ICMPv6NDOptDstLLAddr(lladdr=b.hw))
    translated(world.out(a, sent, lambda p: ICMPv6ND_Redirect in p and p.src == W), sent, ICMPv6NDOptDstLLAddr)
    third = sent.copy()
    third[ICMPv6NDOptDstLLAddr].lladdr = OTHER
    got = world.out(a, third, lambda p: ICMPv6ND_Redirect in p and p.src == W)
    assert got is not None and got[ICMPv6NDOptDstLLAddr].lladdr == OTHER, "a machine of the network itself keeps its address"


@pytest.mark.parametrize("chain", ["hop-by-hop", "destination", "both"])
def test_rule_17_extension_headers_are_walked(world, chain):
    a, target = world.a, world.fresh6()
    head = IPv6(src=a.ip6, dst=solicited(target), hlim=255)
    if chain != "destination":
        head = head / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)])
    if chain != "hop-by-hop":
        head = head / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 12)])
    sent = Ether(src=a.hw, dst=solicited_mac(target)) / head / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=a.hw)
    got = world.out(a, sent, nd(ICMPv6ND_NS, target))
    translated(got, sent, ICMPv6NDOptSrcLLAddr)


def bad_nd(a, target, what):
    good = ns(a.hw, a.ip6, target, slla=a.hw)
    if what == "nd_hop_limit":
        return ns(a.hw, a.ip6, target, slla=a.hw, hlim=254)
    if what == "nd_malformed":
        good[ICMPv6ND_NS].code = 1
    if what == "nd_option":
        return ns(a.hw, a.ip6, target) / Raw(b"\x01\x00" + b"\0" * 6)
    if what == "nd_checksum":
        good[ICMPv6ND_NS].cksum = 0x1111
    if what == "nd_sender":
        return ns(a.hw, a.ip6, target, slla=OTHER)
    if what == "nd_signed":
        return good / ICMPv6NDOptUnknown(type=12, len=4, data=b"\x55" * 30)
    if what == "nd_fragment":
        return (Ether(src=a.hw, dst=solicited_mac(target)) / IPv6(src=a.ip6, dst=solicited(target), hlim=255) / IPv6ExtHdrFragment(id=9, m=0, offset=0)
                / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=a.hw))
    if what == "ip6_headers":
        head = IPv6(src=a.ip6, dst=solicited(target), hlim=255)
        for _ in range(16):
            head = head / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
        return Ether(src=a.hw, dst=solicited_mac(target)) / head / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=a.hw)
    return good


@pytest.mark.parametrize("what", ["nd_hop_limit", "nd_malformed", "nd_option", "nd_checksum", "nd_sender", "nd_signed", "nd_fragment", "ip6_headers"])
def test_rule_17_unsound_messages_are_dropped_by_name(world, what):
    a, target = world.a, world.fresh6()
    world.dropped(what, a.wire, bad_nd(a, target, what), [world.wire], lambda p: target in p.summary() or a.hw in bytes(p).hex(":"))


@pytest.mark.parametrize("what", ["nd_hop_limit", "nd_option", "nd_fragment"])
def test_rule_17_unsound_messages_from_the_wire(world, what):
    class Them:
        hw, ip6 = OTHER, "2001:db8:157::99"
    target = world.fresh6()
    frame = bad_nd(Them, target, what)
    world.dropped(what, world.wire, frame, [world.a.wire], lambda p: target in p.summary())


# ---- rule 18


def test_rule_18_unsolicited_na_learns_its_target(world):
    """The source is the link-local address; what is announced is the target."""
    a, target = world.a, world.fresh6()
    sent = na(a.hw, link_local(a), target, tlla=a.hw)
    translated(world.out(a, sent, nd(ICMPv6ND_NA, target)), sent, ICMPv6NDOptDstLLAddr)
    assert world.reaches(a, ip6=target), "the target was not learned"
    assert world.reaches(a, ip6=link_local(a))


def test_rule_18_proxy_ndp(world):
    """A guest answers for an address behind it (proxy NDP): traffic for that address comes to it."""
    b, behind = world.b, "2001:db8:157::b:1"
    b.sysctl(net__ipv6__conf__eth0__proxy_ndp=1, net__ipv6__conf__all__forwarding=1)
    b.ip(f"neigh add proxy {behind} dev eth0", f"addr add {behind}/128 dev lo")
    try:
        assert world.router.ping(behind, count=2, timeout=2) == 2
    finally:
        b.sysctl(net__ipv6__conf__all__forwarding=0)
        b.ip(f"neigh del proxy {behind} dev eth0", f"addr del {behind}/128 dev lo")


# ---- rule 19


def test_rule_19_redirect_to_a_sibling_names_the_sibling(world):
    a, b = world.a, world.b
    sent = (Ether(src=ROUTER_MAC, dst=W) / IPv6(src="fe80::20", dst=a.ip6, hlim=255) / ICMPv6ND_Redirect(tgt=b.ip6, dst=b.ip6)
            / ICMPv6NDOptDstLLAddr(lladdr=W))
    got = world.into(a, sent, lambda p: ICMPv6ND_Redirect in p)
    assert got is not None and got.dst == a.hw and got[ICMPv6NDOptDstLLAddr].lladdr == b.hw and checksum_ok(got)


def test_rule_19_real_redirect(world):
    """Guest a is told to send to b by way of the router; the router redirects; then they meet directly."""
    a, b = world.a, world.b
    a.ip(f"route replace {b.ip6}/128 via fe80::20 dev eth0")
    try:
        assert a.ping(b.ip6, count=4, timeout=2) >= 3
    finally:
        a.ip(f"route del {b.ip6}/128 via fe80::20 dev eth0")


# ---- rule 20


def test_rule_20_reports_change_the_ethernet_source_only_and_all_appear(world):
    """Two guests report the same groups: both reports leave, none is suppressed, no byte of them changes."""
    for g in (world.a, world.b):
        mld = (Ether(src=g.hw, dst="33:33:00:00:00:16") / IPv6(src=link_local(g), dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN()])
               / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::4242")]))
        igmp = Ether(src=g.hw, dst="01:00:5e:00:42:42") / IP(src=g.ip4, dst="224.0.66.66", ttl=1, options=[IPOption_Router_Alert()]) / IGMP(type=0x16, gaddr="224.0.66.66")
        for sent in (mld, igmp):
            got = world.out(g, sent, lambda p, sent=sent: bytes(p)[12:] == bytes(sent)[12:])
            assert got is not None and got.src == W, f"guest {g.name}: {sent.summary()}"


def test_rule_20_uplink_hears_all_multicast(world):
    flags = world.host.query("-d link show dev wlan0")
    assert "allmulti 1" in flags or "ALLMULTI" in flags, flags
    got = world.into(world.c, Ether(src=ROUTER_MAC, dst="33:33:00:00:77:77") / IPv6(src="fe80::20", dst="ff02::7777") / UDP() / b"rare-group",
                     lambda p: b"rare-group" in bytes(p))
    assert got is not None and got.dst == "33:33:00:00:77:77"


# ---- rule 21


@pytest.mark.parametrize("dst, group", [("224.0.0.251", "01:00:5e:00:00:fb"), ("239.130.3.4", "01:00:5e:02:03:04"), ("255.255.255.255", BCAST),
                                        ("192.168.157.255", BCAST)])
def test_rule_21_directed_multicast_gets_its_group_address_back(world, dst, group):
    mark = b"dms-" + dst.encode()
    sent = udp4(ROUTER_MAC, W, ROUTER4, dst, mark)
    for g in world.guests:
        g.wire.drain()
    world.wire.send(sent)
    for g in world.guests:
        got = world.seen(g.wire, lambda p: mark in bytes(p), 0.2)
        assert [p.dst for p in got] == [group], f"guest {g.name} saw {[p.dst for p in got]}"


def test_rule_21_directed_multicast_ipv6(world):
    sent = Ether(src=ROUTER_MAC, dst=W) / IPv6(src="fe80::20", dst="ff02::fb") / UDP(sport=5353, dport=5353) / b"dms-six"
    got = world.into(world.b, sent, lambda p: b"dms-six" in bytes(p))
    assert got is not None and got.dst == "33:33:00:00:00:fb" and got.src == ROUTER_MAC


def test_rule_21_the_host_hears_it_too(world):
    import socket
    with world.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", 5999))
        s.settimeout(2)
        world.wire.send(udp4(ROUTER_MAC, W, ROUTER4, "192.168.157.255", b"for-host-too", dport=5999))
        assert s.recv(100) == b"for-host-too"


def test_rule_21_access_point_that_directs_all(world):
    """The port turns every group frame into unicast: guests are found by ARP and ND all the same."""
    world.port.configure(dms=True)
    try:
        world.router.ip("neigh flush dev lan0")
        for g in world.guests:
            assert world.router.ping(g.ip4, timeout=2) == 1, f"guest {g.name}"
            assert world.router.ping(g.ip6, timeout=2) == 1, f"guest {g.name}"
    finally:
        world.port.configure(dms=False)
    time.sleep(0.1)
