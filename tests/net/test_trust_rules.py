# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 28 to 32: what a guest cannot take from stations, from this host and from other guests (doc/trust.md)."""


from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether

from world import BCAST, MULTI6, OTHER, ROUTER4, ROUTER_MAC, UPLINK_MAC, arp, udp4, wait_for

WORLD = {"config": "silent = 2\nlearn-rate = 500\n"}


def garp(mac, ip4):
    return arp(1, mac, mac, ip4, ip4)


def kind_of(world, address):
    return next((b["kind"] for b in world.vifi.show()["bindings"] if b["address"] == address), None)


def from_other(world, payload):
    return udp4(OTHER, UPLINK_MAC, "192.168.157.99", world.guest_a.ip4, payload)


# ---- rule 28


def test_rule_28_station_keeps_its_mac_address(world):
    """
        OTHER ──── port ── uplink ── bridge ── a
                                        └───── c   sends with OTHER's address

    Frames of OTHER reach guest a before, between and after the frames of guest c.
    """
    guest_a, guest_c = world.guest_a, world.guest_c
    for i in range(5):
        mark = b"station%d" % i
        assert world.into(guest_a, from_other(world, mark), lambda p, mark=mark: mark in bytes(p)), "a lost a frame of the station"
        address = world.fresh4()
        world.expect_drop("claim_station", guest_c.wire, garp(OTHER, address), [world.wire],
                          lambda p, address=address: ARP in p and p.psrc == address)


def test_rule_28_station_wins_from_a_newcomer(world):
    """Guest c has the address first, for a moment; the first frame of the station passes and takes it back."""
    guest_a, guest_c, mac = world.guest_a, world.guest_c, "00:60:ee:00:00:98"
    guest_c.wire.send(garp(mac, world.fresh4()))
    wait_for("the binding of guest c", lambda: kind_of(world, mac) == "guest", 2)
    frame = udp4(mac, UPLINK_MAC, "192.168.157.98", guest_a.ip4, b"back")
    assert world.into(guest_a, frame, lambda p: b"back" in bytes(p)), "the station's frame was lost"
    assert kind_of(world, mac) == "station"
    world.expect_drop("claim_station", guest_c.wire, garp(mac, world.fresh4()))


# ---- rule 29


def test_rule_29_station_that_answers_keeps_its_address(world):
    """Guest b announces an address of a station; vifi asks the network once, and the answer decides."""
    guest_a, guest_b, address = world.guest_a, world.guest_b, world.fresh4()
    world.router.ip(f"addr add {address}/24 dev lan0")
    try:
        guest_b.wire.send(garp(guest_b.hw, address))
        wait_for("the station has its address back", lambda: kind_of(world, address) == "station", 3)
        guest_a.ip("neigh flush dev eth0")  # the bridge carried the announcement to guest a
        assert guest_a.ping(address), "the station is out of reach"
        world.expect_drop("claim_station", guest_b.wire, garp(guest_b.hw, address), [world.wire], lambda p: ARP in p and p.psrc == address)
    finally:
        world.router.ip(f"addr del {address}/24 dev lan0")


# ---- rule 30


def test_rule_30_data_of_anothers_address_pass_and_change_nothing(world):
    """As on Ethernet: a guest with two interfaces uses either address on either of them."""
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ping(ROUTER4)
    frame = udp4(guest_b.hw, ROUTER_MAC, guest_a.ip4, ROUTER4, b"either")
    got = world.out(guest_b, frame, lambda p: b"either" in bytes(p))
    assert got is not None and got.src == UPLINK_MAC, "the frame did not leave"
    assert world.reaches(guest_a, ip4=guest_a.ip4), "the address moved"


def test_rule_30_virtual_router_on_one_port(world):
    """VRRP with a virtual MAC address: the adverts carry the guest's own address, and both addresses stay reachable."""
    guest_a, virtual, address = world.guest_a, "00:00:5e:00:01:2c", world.fresh4()
    advert = Ether(src=virtual, dst="01:00:5e:00:00:12") / IP(src=guest_a.ip4, dst="224.0.0.18", proto=112, ttl=255) / (b"\x21\x2c\x64\x01" + b"\0" * 16)
    assert world.out(guest_a, advert, lambda p: IP in p and p[IP].proto == 112) is not None, "the advert did not leave"
    guest_a.wire.send(garp(virtual, address))
    assert world.reaches(guest_a, ip4=guest_a.ip4), "the guest lost its own address"
    frame = Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IP(src=ROUTER4, dst=address) / UDP(sport=7, dport=9) / b"virtual"
    got = world.into(guest_a, frame, lambda p: b"virtual" in bytes(p))
    assert got is not None and got.dst == virtual, "the virtual address is out of reach"


# ---- rule 31


def test_rule_31_services_of_guests_stay_among_the_guests(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    link_local = guest_b.link_local()
    advertisement = (Ether(src=guest_b.hw, dst=MULTI6) / IPv6(src=link_local, dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=0)
                     / ICMPv6NDOptSrcLLAddr(lladdr=guest_b.hw))
    offer = (Ether(src=guest_b.hw, dst=BCAST) / IP(src=guest_b.ip4, dst="255.255.255.255") / UDP(sport=67, dport=68)
             / BOOTP(op=2, xid=0x31313131, yiaddr="192.168.157.131", chaddr=bytes.fromhex(UPLINK_MAC.replace(":", "")))
             / DHCP(options=[("message-type", "offer"), "end"]))
    host = world.host.raw(world.vifi.uplink)
    for frame, match in ((advertisement, lambda p: ICMPv6ND_RA in p and p[IPv6].src == link_local), (offer, lambda p: BOOTP in p and p[BOOTP].xid == 0x31313131)):
        assert world.between(guest_b, guest_a, frame, match) is not None, "guest a did not hear guest b on the bridge"
        world.expect_drop("guest_service", guest_b.wire, frame, [world.wire, host], match)


# ---- rule 32


def test_rule_32_addresses_and_networks_of_the_host_cannot_be_claimed(world):
    """The host has a network of its own; a guest can claim neither its address there nor another address of it."""
    host, guest_b = world.host, world.guest_b
    host.ip("link add lan7 type veth peer name lan8")
    try:
        host.ip("link set lan7 up")
        host.ip("link set lan8 up")
        host.ip("addr add 10.77.0.1/24 dev lan7")

        unused = iter(range(100, 200))

        def refused():
            guest_b.wire.send(garp(guest_b.hw, f"10.77.0.{next(unused)}"))
            return world.drops("claim_routed") > 0
        wait_for("vifi knows the network", refused, 8, step=0.3)
        for name, address in (("claim_routed", "10.77.0.5"), ("claim_host", "10.77.0.1")):
            for frame in (garp(guest_b.hw, address), udp4(guest_b.hw, ROUTER_MAC, address, ROUTER4, b"routed")):
                world.expect_drop(name, guest_b.wire, frame, [world.wire], lambda p, address=address: b"routed" in bytes(p) or (ARP in p and p.psrc == address))
    finally:
        host.ip("link del lan7")
