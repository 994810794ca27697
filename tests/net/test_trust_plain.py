# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of test_trust.py on a plain Ethernet bridge: what the same frames cost there.

`pytest -rP` prints the figures beside those of vifi.  The assertions say what an Ethernet bridge suffers, so a reader
sees which case is no worse with vifi and which is better.  Cases 6 (entries of the bridge), 8 (addresses taught by
unsolicited DHCP replies), 12 (the old MAC address) and 13 to 15 have no counterpart: a plain bridge binds no IP addresses
and translates nothing.
"""

import time

import pytest
from scapy.layers.dhcp import BOOTP
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether
from scapy.layers.ppp import PPPoED
from scapy.packet import Raw

from lab.netns import wait_for
from lab.topology import HOST4, ROUTER4, ROUTER_MAC
from test_dhcp import discover
from test_trust import LINK_LOCAL_B, dhcp_ack, dhcp_offer, ipv6_routes, lease_frame, router_advertisement, unharmed
from trust_world import STATION_MAC, Forger, plain_world, report, suffer
from world import BCAST, arp, udp4


@pytest.fixture(name="plain", scope="module")
def _plain(machine):
    with plain_world() as world:
        yield world


@pytest.fixture(name="accept_ra")
def _accept_ra(plain):
    plain.host.sysctl(net__ipv6__conf__br0__accept_ra=1)
    yield
    plain.host.sysctl(net__ipv6__conf__br0__accept_ra=0)
    for prefix in ("2001:db8:bad::/64", "default"):
        plain.host.run(f"ip -6 route del {prefix} dev br0 proto ra", check=False)


def test_2a_advertisement_with_a_siblings_mac(plain, accept_ra):
    """The host believes the guest's advertisement and sends through A what is for the world; IPv4 is unharmed."""
    outcomes = suffer(plain.b.wire, [router_advertisement(plain.b.hw, LINK_LOCAL_B, plain.a.hw)],
                      {"A → R": (plain.a, ROUTER4), "R → A": (plain.router, plain.a.ip4), "H → A": (plain.host, plain.a.ip4)})
    report("2a RA with a sibling's MAC", plain.engine, outcomes)
    assert LINK_LOCAL_B in ipv6_routes(plain.host), "an Ethernet bridge lets the guest become a router of this host"


def test_2c_router_among_the_guests(plain):
    outcomes = suffer(plain.c.wire, [router_advertisement(plain.c.hw, "fe80::c", plain.c.hw)],
                      {"C → R": (plain.c, ROUTER4), "C → A": (plain.c, plain.a.ip4), "H → C": (plain.host, plain.c.ip4)})
    report("2c a router among the guests", plain.engine, outcomes)
    unharmed(outcomes)


def test_3_guests_serve_this_host_and_the_network(plain):
    with plain.host.raw("br0") as uplink:
        uplink.drain()
        plain.wire.drain()
        plain.b.wire.send(dhcp_offer(plain, plain.b.hw))
        offer = lambda p: BOOTP in p and p[BOOTP].op == 2 and p[IP].src == plain.b.ip4
        reached = bool(plain.received(uplink, offer, 0.5)), bool(plain.received(plain.wire, offer, 0.1))
    print(f"3 DHCP offer of a guest, plain bridge: reached this host {reached[0]}, the network {reached[1]}")
    assert reached == (True, True)


def test_5_address_of_this_host_on_another_interface(plain):
    """A router of the network that asks for the address takes the guest's answer, if it comes last."""
    host = plain.host
    host.ip("link add far0 type veth peer name far1", "addr add 10.77.0.1/24 dev far0", "link set far0 up", "link set far1 up")
    plain.a.ip("route add 10.77.0.0/24 dev eth0")
    try:
        outcomes = suffer(plain.b.wire, [arp(2, plain.b.hw, plain.b.hw, "10.77.0.1", plain.a.ip4, plain.a.hw, dst=plain.a.hw)],
                          {"A → H": (plain.a, "10.77.0.1")}, rate=100)
        report("5 this host's other address", plain.engine, outcomes)
        assert outcomes["A → H"].answered < outcomes["A → H"].sent, "the guest took no packet of a plain bridge"
    finally:
        plain.a.ip("route del 10.77.0.0/24 dev eth0")
        host.ip("link del far0")


def test_5_data_with_the_address_of_a_sibling(plain):
    frame = udp4(plain.b.hw, ROUTER_MAC, plain.a.ip4, ROUTER4, b"from-a-by-b")
    assert plain.out(plain.b, frame, lambda p: b"from-a-by-b" in bytes(p)) is not None, "a plain bridge forwards it"


def test_7_forged_mac_of_a_sibling(plain):
    """The bridge moves A's MAC address to B's port with each forged frame, and back with each frame of A."""
    a = plain.a
    frames = [udp4(a.hw, ROUTER_MAC, f"10.4.0.{i}", ROUTER4, b"forged") for i in range(1, 5)]
    plain.wire.drain()
    with Forger(plain.b.wire, frames, 20):
        for _ in range(20):
            a.wire.send(discover(a))
            time.sleep(0.1)
        answered = sum(a.ping(ROUTER4, timeout=1) for _ in range(10))
    mac = bytes.fromhex(a.hw.replace(":", ""))
    seen = plain.received(plain.wire, lambda p: BOOTP in p and p[BOOTP].op == 1 and p[BOOTP].chaddr[:6] == mac, 0.5)
    print(f"7 forged MAC, plain bridge: {len(seen)} of 20 discovers, {answered} of 10 pings")
    assert len(seen) >= 18
    wait_for("A reaches the router", lambda: a.ping(ROUTER4), 10)


def test_8_acknowledgement_that_nobody_asked_for(plain):
    """Nothing but A's own client could believe it."""
    for xid in range(20):
        plain.wire.send(dhcp_ack(plain.b, plain.a.ip4, xid))
    assert plain.a.ping(ROUTER4) and plain.b.ping(ROUTER4)


def test_9_other_ethertype_and_pppoe_offer_follow_the_mac_address(plain):
    """Each guest has a MAC address of its own, so no reply can reach another."""
    a, b = plain.a, plain.b
    a.wire.send(Ether(src=a.hw, dst=BCAST, type=0x8863) / PPPoED(code=9, len=0) / Raw(bytes(40)))
    offer = Ether(src=STATION_MAC, dst=a.hw, type=0x8863) / PPPoED(code=7, len=0) / Raw(bytes(40))
    is_offer = lambda p: PPPoED in p and p[PPPoED].code == 7
    b.wire.drain()
    assert plain.into(a, offer, is_offer) is not None
    assert not plain.received(b.wire, is_offer, 0.1)


@pytest.mark.parametrize("what", ["release", "decline"])
def test_10_lease_of_another_is_released(plain, what):
    """The message reaches the server, which cannot tell it from one of A."""
    plain.wire.drain()
    plain.b.wire.send(lease_frame(plain, what))
    assert plain.received(plain.wire, lambda p: BOOTP in p and p[BOOTP].op == 1, 0.5)


def test_11_firewall_rule_on_the_bridge_stops_a_guest(plain):
    host = plain.host
    host.run("nft add table inet guard")
    try:
        host.run("nft add chain inet guard input { type filter hook input priority 0 ; }")
        host.run("nft add rule inet guard input iifname br0 icmp type echo-request drop")
        assert not plain.b.ping(HOST4, timeout=1)
    finally:
        host.run("nft delete table inet guard")
    wait_for("B reaches this host again", lambda: plain.b.ping(HOST4), 10)
