# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 5 to 12: ARP, between guests, host and network."""

import socket

import pytest
from scapy.layers.l2 import ARP, Ether

from lab import services
from world import BCAST, HOST4, HOST6, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, W, arp, na, udp4, wait_for

ZERO, NOBODY = "0.0.0.0", "00:00:00:00:00:00"


def is_arp(op=None, psrc=None, pdst=None):
    return lambda p: ARP in p and (op is None or p.op == op) and (psrc is None or p.psrc == psrc) and (pdst is None or p.pdst == pdst)


# ---- rule 5


def test_rule_05_request_names_the_uplink(world):
    """Source and sender hardware address are W, everything else is as the guest sent it, padding included."""
    a, want = world.a, world.fresh4()
    sent = arp(1, a.hw, a.hw, a.ip4, want)
    got = world.out(a, sent, is_arp(1, pdst=want))
    assert got is not None
    sent.src = sent.hwsrc = W
    assert bytes(got) == bytes(sent)


def test_rule_05_sender_of_another_machine_is_not_made_ours(world):
    """A sender hardware address that is no guest's must not become W, nor leave."""
    a = world.a
    world.dropped("arp_sender", a.wire, arp(1, a.hw, OTHER, a.ip4, world.fresh4()), [world.wire], is_arp())


@pytest.mark.parametrize("change", [{"hwtype": 6}, {"ptype": 0x86dd}, {"hwlen": 8}, {"plen": 16}, {"op": 0}, {"op": 9}])
def test_rule_05_header_is_checked(world, change):
    a, want = world.a, world.fresh4()
    frame = Ether(src=a.hw, dst=BCAST, type=0x0806) / _arp_bytes(arp(1, a.hw, a.hw, a.ip4, want)[ARP], **change)
    world.dropped("arp_malformed", a.wire, frame, [world.wire], lambda p: socket.inet_aton(want) in bytes(p))


def _arp_bytes(packet, **change):
    raw = bytearray(bytes(packet))
    place = {"hwtype": (0, 2), "ptype": (2, 2), "hwlen": (4, 1), "plen": (5, 1), "op": (6, 2)}
    for field, value in change.items():
        at, n = place[field]
        raw[at:at + n] = value.to_bytes(n, "big")
    return bytes(raw)


def test_rule_05_reply_of_a_guest(world):
    """A guest answers the router: the answer says W in header and body."""
    a = world.a
    got = world.out(a, arp(2, a.hw, a.hw, a.ip4, ROUTER4, tha=ROUTER_MAC, dst=ROUTER_MAC), is_arp(2, psrc=a.ip4))
    assert (got.src, got.hwsrc, got.hwdst) == (W, W, ROUTER_MAC)


# ---- rule 6


def test_rule_06_probe_is_translated_and_zero_never_learned(world):
    a, want = world.a, world.fresh4()
    got = world.out(a, arp(1, a.hw, a.hw, ZERO, want), is_arp(1, pdst=want))
    assert (got.src, got.hwsrc, got.psrc) == (W, W, ZERO)
    addresses = {b["address"] for b in world.vifi.bindings()}
    assert ZERO not in addresses and want not in addresses


@pytest.mark.parametrize("target", [ZERO, "probed"])
def test_rule_06_answer_to_a_probe_reaches_the_prober(world, target):
    a, want = world.a, world.fresh4()
    assert world.out(a, arp(1, a.hw, a.hw, ZERO, want), is_arp(1, pdst=want))
    answer = arp(2, OTHER, OTHER, want, want if target == "probed" else ZERO, tha=W, dst=W)
    got = world.into(a, answer, is_arp(2, psrc=want))
    assert got is not None, "the prober never hears that the address is taken"
    assert got.dst == a.hw and got.hwdst == a.hw and got.hwsrc == OTHER


def test_rule_06_duplicate_is_found_by_arping(world):
    """arping -D in a guest: the router's address is taken, a free one is free."""
    taken = world.a.run(["arping", "-D", "-q", "-c", "2", "-w", "2", "-I", "eth0", ROUTER4], check=False)
    assert taken.returncode == 1, "the router's address passed for free"
    free = world.a.run(["arping", "-D", "-q", "-c", "2", "-w", "2", "-I", "eth0", world.fresh4()], check=False)
    assert free.returncode == 0, "a free address passed for taken"


# ---- rule 7


@pytest.mark.parametrize("op", [1, 2])
def test_rule_07_gratuitous_arp_is_learned_at_once(world, op):
    a, new = world.a, world.fresh4()
    got = world.out(a, arp(op, a.hw, a.hw, new, new, tha=BCAST if op == 2 else NOBODY), is_arp(op, psrc=new))
    assert (got.src, got.hwsrc) == (W, W)
    assert world.reaches(a, ip4=new)


# ---- rule 8


def test_rule_08_reply_to_the_uplink_reaches_its_guest(world):
    """Destination and target hardware address become the guest's."""
    for g in world.guests:
        got = world.into(g, arp(2, OTHER, OTHER, "192.168.157.99", g.ip4, tha=W, dst=W), is_arp(2, psrc="192.168.157.99"))
        assert got is not None and (got.dst, got.hwdst, got.hwsrc) == (g.hw, g.hw, OTHER)


def test_rule_08_unicast_question_reaches_its_guest(world):
    """The router verifies its entry by a unicast request; the guest's answer names W."""
    b = world.b
    world.wire.drain()
    got = world.into(b, arp(1, ROUTER_MAC, ROUTER_MAC, ROUTER4, b.ip4, dst=W), is_arp(1, pdst=b.ip4))
    assert got.dst == b.hw
    answers = world.seen(world.wire, is_arp(2, psrc=b.ip4))
    assert [p.hwsrc for p in answers if p.dst == ROUTER_MAC] == [W]


# ---- rule 9


def test_rule_09_conflict_from_the_wire_reaches_the_guest(world):
    """Somebody on the network claims a guest's address: the guest hears it, and stays reachable."""
    b = world.b
    got = world.into(b, arp(1, OTHER, OTHER, b.ip4, b.ip4), is_arp(psrc=b.ip4))
    assert got is not None and got.hwsrc == OTHER
    assert world.reaches(b, ip4=b.ip4), "the claim took the guest's binding away"
    got = world.into(b, arp(2, OTHER, OTHER, b.ip4, b.ip4, tha=W, dst=W), is_arp(psrc=b.ip4))
    assert got is not None and got.hwsrc == OTHER
    assert world.reaches(b, ip4=b.ip4)


# ---- rule 10


def test_rule_10_reflected_broadcast_is_dropped(world):
    """The access point sends a guest's broadcast back; siblings hear it once, from its sender, never from the uplink."""
    a, b = world.a, world.b
    before, reflected = world.drops("reflection"), world.port.counters()["reflected"]
    for g in (a, b):
        g.wire.drain()
    a.wire.send(udp4(a.hw, BCAST, a.ip4, "255.255.255.255", b"only-once"))
    heard = world.seen(b.wire, lambda p: b"only-once" in bytes(p), 0.4)
    assert [p.src for p in heard] == [a.hw]
    assert not [f for f in a.wire.frames(0.05) if b"only-once" in f]
    assert world.port.counters()["reflected"] > reflected, "the lab's access point did not reflect"
    assert world.drops("reflection") > before


def test_rule_10_proxy_claim_never_reaches_siblings(world):
    """An access point's proxy ARP says "b is at W": guest a must not believe it, in whatever frame it comes."""
    a, b = world.a, world.b
    for dst in (W, BCAST):
        claim = arp(2, OTHER, W, b.ip4, a.ip4, tha=W if dst == W else a.hw, dst=dst)
        world.dropped("proxy_claim", world.wire, claim, [a.wire, world.c.wire], is_arp(2, psrc=b.ip4))
    for dst in (W, "33:33:00:00:00:01"):
        claim = na(OTHER, b.ip6, b.ip6, tlla=W, dst_mac=dst, dst=a.ip6 if dst == W else "ff02::1", S=int(dst == W))
        world.dropped("proxy_claim", world.wire, claim, [a.wire, world.c.wire], lambda p: b.ip6 in p.summary())


def test_rule_10_siblings_meet_behind_a_proxy_arp_access_point(world):
    a, b = world.a, world.b
    world.port.configure(proxy_arp=True)
    try:
        b.ping(ROUTER4)
        a.ip("neigh flush dev eth0")
        b.ip("neigh flush dev eth0")
        b.run("arping -q -U -c 1 -w 1 -I eth0 " + b.ip4, check=False)  # the access point learns b
        assert a.ping(b.ip4, count=3) == 3
        assert a.neighbours("eth0").get(b.ip4) == b.hw
        assert a.ping(ROUTER4) == 1
    finally:
        world.port.configure(proxy_arp=False)


# ---- rule 11


def test_rule_11_guest_resolves_the_host_without_the_air(world):
    a = world.a
    a.ip("neigh flush dev eth0")
    world.wire.drain()
    assert a.ping(HOST4) == 1 and a.ping(HOST6) == 1
    # a Linux host answers ARP for any of its addresses on any interface, so br0 may have been the first
    assert a.neighbours("eth0")[HOST4] in (W, world.host.mac("br0")) and a.neighbours("eth0", 6)[HOST6] == W
    on_air = world.seen(world.wire, lambda p: is_arp(pdst=HOST4)(p) or HOST6 in p.summary(), 0.2)
    assert not on_air, "the question for the host went out to the network"


def test_rule_11_host_resolves_a_guest_without_the_air(world):
    c = world.c
    world.host.ip("neigh flush dev wlan0")
    world.wire.drain()
    assert world.host.ping(c.ip4) == 1 and world.host.ping(c.ip6) == 1
    assert not world.seen(world.wire, lambda p: is_arp(pdst=c.ip4)(p) or c.ip6 in p.summary(), 0.2)
    assert world.host.ping(ROUTER4) == 1 and world.host.ping(ROUTER6) == 1


def test_rule_11_probe_is_never_answered_for_a_guest(world):
    """A guest probes the address it is about to take (its own, and a free one): silence, or its DHCP client declines."""
    a = world.a
    for target in (a.ip4, world.fresh4()):
        a.wire.drain()
        a.wire.send(arp(1, a.hw, a.hw, ZERO, target))
        assert not world.seen(a.wire, is_arp(2, psrc=target), 0.4), f"the probe for {target} was answered"
    got = a.run(["arping", "-D", "-q", "-c", "2", "-w", "2", "-I", "eth0", HOST4], check=False)
    assert got.returncode == 1, "the host's own address is taken, and a prober must hear it"


def test_rule_11_large_transfers_between_host_and_guest(world):
    for server, client, address in ((world.host, world.a, HOST4), (world.host, world.a, HOST6), (world.a, world.host, world.a.ip4),
                                    (world.a, world.host, world.a.ip6)):
        d = services.Download(server, 8002)
        try:
            got = services.fetch(client, address, 8 << 20, port=8002)
            assert got.intact, f"{client.name} from {address}: {got}"
        finally:
            d.close()


# ---- rule 12


def test_rule_12_siblings_stay_off_the_air(world):
    a, b = world.a, world.b
    a.ping(b.ip4), a.ping(b.ip6)
    world.wire.drain()
    assert a.ping(b.ip4, count=3, interval=0.05) == 3 and a.ping(b.ip6, count=3, interval=0.05) == 3
    assert not world.seen(world.wire, lambda p: b.ip4 in p.summary() or b.ip6 in p.summary(), 0.2)


def test_rule_12_frame_to_the_uplink_for_a_sibling_is_turned_around(world):
    a, b = world.a, world.b
    for frame in (udp4(a.hw, W, a.ip4, b.ip4, b"turn-around"),):
        world.wire.drain()
        got = world.between(a, b, frame, lambda p: b"turn-around" in bytes(p))
        assert got is not None and got.dst == b.hw
        assert not world.seen(world.wire, lambda p: b"turn-around" in bytes(p), 0.2)


def test_rule_12_guests_that_believe_in_the_proxy_still_meet(world):
    """Both have the sibling at W in their neighbour tables (an older proxy answer): traffic flows, by way of the turn."""
    a, b = world.a, world.b
    a.ip(f"neigh replace {b.ip4} lladdr {W} dev eth0 nud permanent")
    b.ip(f"neigh replace {a.ip4} lladdr {W} dev eth0 nud permanent")
    d = services.Download(b, 8003)
    try:
        assert a.ping(b.ip4, count=3, interval=0.05) == 3
        assert services.fetch(a, b.ip4, 8 << 20, port=8003).intact
    finally:
        d.close()
        for g, other in ((a, b), (b, a)):
            g.ip(f"neigh del {other.ip4} dev eth0")
    wait_for("the siblings meet directly again", lambda: a.ping(b.ip4), 5)
