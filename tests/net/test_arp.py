# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 5 to 12: ARP between guests, host and network."""

import socket

import pytest
from scapy.layers.l2 import ARP, Ether

from lab import services
from world import BCAST, HOST4, HOST6, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, arp, na, udp4, wait_for

ZERO_IP, ZERO_MAC = "0.0.0.0", "00:00:00:00:00:00"


def is_arp(op=None, psrc=None, pdst=None):
    return lambda p: ARP in p and (op is None or p.op == op) and (psrc is None or p.psrc == psrc) and (pdst is None or p.pdst == pdst)


# ---- rule 5


def test_rule_05_request_has_the_uplink_address(world):
    """Source and sender hardware address become the uplink's; everything else is unchanged, padding included."""
    guest_a, want = world.guest_a, world.fresh4()
    sent = arp(1, guest_a.hw, guest_a.hw, guest_a.ip4, want)
    got = world.out(guest_a, sent, is_arp(1, pdst=want))
    assert got is not None
    sent.src = sent.hwsrc = UPLINK_MAC
    assert bytes(got) == bytes(sent)


def test_rule_05_foreign_sender_address_is_dropped(world):
    """A request with the sender hardware address of another machine is neither rewritten nor forwarded."""
    guest_a, want = world.guest_a, world.fresh4()
    world.expect_drop("arp_sender", guest_a.wire, arp(1, guest_a.hw, OTHER, guest_a.ip4, want), [world.wire], is_arp(pdst=want))


@pytest.mark.parametrize("change", [{"hwtype": 7}, {"ptype": 0x86dd}, {"hwlen": 8}, {"plen": 16}, {"op": 0}, {"op": 9}])
def test_rule_05_header_is_checked(world, change):
    guest_a, want = world.guest_a, world.fresh4()
    frame = Ether(src=guest_a.hw, dst=BCAST, type=0x0806) / _arp_bytes(arp(1, guest_a.hw, guest_a.hw, guest_a.ip4, want)[ARP], **change)
    world.expect_drop("arp_malformed", guest_a.wire, frame, [world.wire], lambda p: socket.inet_aton(want) in bytes(p))


def _arp_bytes(packet, **change):
    raw = bytearray(bytes(packet))
    place = {"hwtype": (0, 2), "ptype": (2, 2), "hwlen": (4, 1), "plen": (5, 1), "op": (6, 2)}
    for field, value in change.items():
        at, size = place[field]
        raw[at:at + size] = value.to_bytes(size, "big")
    return bytes(raw)


def test_rule_05_guest_reply_has_the_uplink_address(world):
    """A guest's reply to the router has the uplink's MAC address in header and body."""
    guest_a = world.guest_a
    got = world.out(guest_a, arp(2, guest_a.hw, guest_a.hw, guest_a.ip4, ROUTER4, tha=ROUTER_MAC, dst=ROUTER_MAC), is_arp(2, psrc=guest_a.ip4))
    assert (got.src, got.hwsrc, got.hwdst) == (UPLINK_MAC, UPLINK_MAC, ROUTER_MAC)


# ---- rule 6


def test_rule_06_probe_is_translated_and_not_learned(world):
    guest_a, want = world.guest_a, world.fresh4()
    got = world.out(guest_a, arp(1, guest_a.hw, guest_a.hw, ZERO_IP, want), is_arp(1, pdst=want))
    assert (got.src, got.hwsrc, got.psrc) == (UPLINK_MAC, UPLINK_MAC, ZERO_IP)
    addresses = {b["address"] for b in world.vifi.bindings()}
    assert ZERO_IP not in addresses and want not in addresses


@pytest.mark.parametrize("target", [ZERO_IP, "probed"])
def test_rule_06_answer_to_a_probe_reaches_the_prober(world, target):
    guest_a, want = world.guest_a, world.fresh4()
    assert world.out(guest_a, arp(1, guest_a.hw, guest_a.hw, ZERO_IP, want), is_arp(1, pdst=want))
    answer = arp(2, OTHER, OTHER, want, want if target == "probed" else ZERO_IP, tha=UPLINK_MAC, dst=UPLINK_MAC)
    got = world.into(guest_a, answer, is_arp(2, psrc=want))
    assert got is not None, "the answer to the probe did not reach the guest"
    assert got.dst == guest_a.hw and got.hwdst == guest_a.hw and got.hwsrc == OTHER


def test_rule_06_arping_detects_a_duplicate(world):
    """arping -D in a guest detects the router's address as a duplicate, and accepts a free address."""
    taken = world.guest_a.run(["arping", "-D", "-q", "-c", "2", "-w", "2", "-I", "eth0", ROUTER4], check=False)
    assert taken.returncode == 1, "the router's address was not detected as a duplicate"
    free = world.guest_a.run(["arping", "-D", "-q", "-c", "2", "-w", "2", "-I", "eth0", world.fresh4()], check=False)
    assert free.returncode == 0, "a free address was detected as a duplicate"


# ---- rule 7


@pytest.mark.parametrize("op", [1, 2])
def test_rule_07_gratuitous_arp_is_learned_at_once(world, op):
    guest_a, new = world.guest_a, world.fresh4()
    got = world.out(guest_a, arp(op, guest_a.hw, guest_a.hw, new, new, tha=BCAST if op == 2 else ZERO_MAC), is_arp(op, psrc=new))
    assert (got.src, got.hwsrc) == (UPLINK_MAC, UPLINK_MAC)
    assert world.reaches(guest_a, ip4=new)


# ---- rule 8


def test_rule_08_reply_to_the_uplink_reaches_its_guest(world):
    """Destination and target hardware address become those of the guest."""
    for guest in world.guests:
        got = world.into(guest, arp(2, OTHER, OTHER, "192.168.157.99", guest.ip4, tha=UPLINK_MAC, dst=UPLINK_MAC), is_arp(2, psrc="192.168.157.99"))
        assert got is not None and (got.dst, got.hwdst, got.hwsrc) == (guest.hw, guest.hw, OTHER)


def test_rule_08_unicast_request_reaches_its_guest(world):
    """The router verifies its entry with a unicast request; the guest's answer has the uplink's MAC address."""
    guest_b = world.guest_b
    world.quiet_neighbours()
    world.wire.drain()
    got = world.into(guest_b, arp(1, ROUTER_MAC, ROUTER_MAC, ROUTER4, guest_b.ip4, dst=UPLINK_MAC), is_arp(1, pdst=guest_b.ip4))
    assert got.dst == guest_b.hw
    answers = world.received(world.wire, is_arp(2, psrc=guest_b.ip4))
    assert [p.hwsrc for p in answers if p.dst == ROUTER_MAC] == [UPLINK_MAC]


# ---- rule 9


def test_rule_09_conflict_from_the_wire_reaches_the_guest(world):
    """A machine on the network claims a guest's address: the guest receives the claim and stays reachable."""
    guest_b = world.guest_b
    got = world.into(guest_b, arp(1, OTHER, OTHER, guest_b.ip4, guest_b.ip4), is_arp(psrc=guest_b.ip4))
    assert got is not None and got.hwsrc == OTHER
    assert world.reaches(guest_b, ip4=guest_b.ip4), "the claim removed the guest's binding"
    got = world.into(guest_b, arp(2, OTHER, OTHER, guest_b.ip4, guest_b.ip4, tha=UPLINK_MAC, dst=UPLINK_MAC), is_arp(psrc=guest_b.ip4))
    assert got is not None and got.hwsrc == OTHER
    assert world.reaches(guest_b, ip4=guest_b.ip4)


# ---- rule 10


def test_rule_10_reflected_broadcast_is_dropped(world):
    """The access point reflects a guest's broadcast; other guests receive it once, from the sender, never from the uplink."""
    guest_a, guest_b = world.guest_a, world.guest_b
    before, reflected = world.drops("reflection"), world.port.counters()["reflected"]
    for guest in (guest_a, guest_b):
        guest.wire.drain()
    guest_a.wire.send(udp4(guest_a.hw, BCAST, guest_a.ip4, "255.255.255.255", b"only-once"))
    received = world.received(guest_b.wire, lambda p: b"only-once" in bytes(p), 0.4)
    assert [p.src for p in received] == [guest_a.hw]
    assert not [f for f in guest_a.wire.frames(0.05) if b"only-once" in f]
    assert world.port.counters()["reflected"] > reflected, "the lab's access point did not reflect the frame"
    assert world.drops("reflection") > before


def test_rule_10_proxy_claim_never_reaches_siblings(world):
    """Proxy ARP of an access point claims that guest b is at the uplink's MAC address; no such frame reaches guest a."""
    guest_a, guest_b = world.guest_a, world.guest_b
    for dst in (UPLINK_MAC, BCAST):
        claim = arp(2, OTHER, UPLINK_MAC, guest_b.ip4, guest_a.ip4, tha=UPLINK_MAC if dst == UPLINK_MAC else guest_a.hw, dst=dst)
        world.expect_drop("proxy_claim", world.wire, claim, [guest_a.wire, world.guest_c.wire], is_arp(2, psrc=guest_b.ip4))
    for dst in (UPLINK_MAC, "33:33:00:00:00:01"):
        claim = na(OTHER, guest_b.ip6, guest_b.ip6, tlla=UPLINK_MAC, dst_mac=dst, dst=guest_a.ip6 if dst == UPLINK_MAC else "ff02::1", S=int(dst == UPLINK_MAC))
        world.expect_drop("proxy_claim", world.wire, claim, [guest_a.wire, world.guest_c.wire], lambda p: guest_b.ip6 in p.summary())


def test_rule_10_siblings_communicate_behind_a_proxy_arp_access_point(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    world.port.configure(proxy_arp=True)
    try:
        guest_b.ping(ROUTER4)
        guest_a.ip("neigh flush dev eth0")
        guest_b.ip("neigh flush dev eth0")
        guest_b.run("arping -q -U -c 1 -w 1 -I eth0 " + guest_b.ip4, check=False)  # teaches the access point the address of b
        assert guest_a.ping(guest_b.ip4, count=3) == 3
        assert guest_a.neighbours("eth0").get(guest_b.ip4) == guest_b.hw
        assert guest_a.ping(ROUTER4) == 1
    finally:
        world.port.configure(proxy_arp=False)


# ---- rule 11


def test_rule_11_guest_resolves_the_host_off_the_air(world):
    guest_a = world.guest_a
    guest_a.ip("neigh flush dev eth0")
    world.quiet_neighbours()
    world.wire.drain()
    assert guest_a.ping(HOST4) == 1 and guest_a.ping(HOST6) == 1
    # Linux answers ARP for any local address on any interface, so br0 may have answered first.
    assert guest_a.neighbours("eth0")[HOST4] in (UPLINK_MAC, world.host.mac("br0")) and guest_a.neighbours("eth0", 6)[HOST6] == UPLINK_MAC
    uplink_frames = world.received(world.wire, lambda p: is_arp(pdst=HOST4)(p) or HOST6 in p.summary(), 0.2)
    assert not uplink_frames, "the request for the host's address left for the network"


def test_rule_11_host_resolves_a_guest_off_the_air(world):
    guest_c = world.guest_c
    world.host.ip("neigh flush dev wlan0")
    world.quiet_neighbours()
    world.wire.drain()
    assert world.host.ping(guest_c.ip4) == 1 and world.host.ping(guest_c.ip6) == 1
    assert not world.received(world.wire, lambda p: is_arp(pdst=guest_c.ip4)(p) or guest_c.ip6 in p.summary(), 0.2)
    assert world.host.ping(ROUTER4) == 1 and world.host.ping(ROUTER6) == 1


def test_rule_11_probe_is_never_answered_for_a_guest(world):
    """A guest probes its own and a free address; an answer would make its DHCP client decline the lease."""
    guest_a = world.guest_a
    for target in (guest_a.ip4, world.fresh4()):
        guest_a.wire.drain()
        guest_a.wire.send(arp(1, guest_a.hw, guest_a.hw, ZERO_IP, target))
        assert not world.received(guest_a.wire, is_arp(2, psrc=target), 0.4), f"the probe for {target} was answered"
    got = guest_a.run(["arping", "-D", "-q", "-c", "2", "-w", "2", "-I", "eth0", HOST4], check=False)
    assert got.returncode == 1, "the probe for the host's address was not answered"


def test_rule_11_large_transfers_between_host_and_guest(world):
    for server, client, address in ((world.host, world.guest_a, HOST4), (world.host, world.guest_a, HOST6), (world.guest_a, world.host, world.guest_a.ip4),
                                    (world.guest_a, world.host, world.guest_a.ip6)):
        download = services.Download(server, 8002)
        try:
            got = services.fetch(client, address, 8 << 20, port=8002)
            assert got.intact, f"{client.name} from {address}: {got}"
        finally:
            download.close()


# ---- rule 12


def test_rule_12_siblings_stay_off_the_air(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ping(guest_b.ip4), guest_a.ping(guest_b.ip6)
    world.quiet_neighbours()
    world.wire.drain()
    assert guest_a.ping(guest_b.ip4, count=3, interval=0.05) == 3 and guest_a.ping(guest_b.ip6, count=3, interval=0.05) == 3
    assert not world.received(world.wire, lambda p: guest_b.ip4 in p.summary() or guest_b.ip6 in p.summary(), 0.2)


def test_rule_12_frame_to_the_uplink_for_a_sibling_is_redirected(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    for frame in (udp4(guest_a.hw, UPLINK_MAC, guest_a.ip4, guest_b.ip4, b"turn-around"),):
        world.wire.drain()
        got = world.between(guest_a, guest_b, frame, lambda p: b"turn-around" in bytes(p))
        assert got is not None and got.dst == guest_b.hw
        assert not world.received(world.wire, lambda p: b"turn-around" in bytes(p), 0.2)


def test_rule_12_siblings_with_proxy_entries_communicate(world):
    """Both guests have the other one at the uplink's MAC address (from an old proxy answer): vifi redirects the traffic."""
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ip(f"neigh replace {guest_b.ip4} lladdr {UPLINK_MAC} dev eth0 nud permanent")
    guest_b.ip(f"neigh replace {guest_a.ip4} lladdr {UPLINK_MAC} dev eth0 nud permanent")
    download = services.Download(guest_b, 8003)
    try:
        assert guest_a.ping(guest_b.ip4, count=3, interval=0.05) == 3
        assert services.fetch(guest_a, guest_b.ip4, 8 << 20, port=8003).intact
    finally:
        download.close()
        for guest, other in ((guest_a, guest_b), (guest_b, guest_a)):
            guest.ip(f"neigh del {other.ip4} dev eth0")
    wait_for("a direct ping between the guests", lambda: guest_a.ping(guest_b.ip4), 5)
