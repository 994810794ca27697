# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 1 to 4: how many addresses, whose they are, for how long, and across what."""

import time

import pytest
from scapy.layers.l2 import ARP

from world import HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, W, World, arp, na, udp4, wait_for

WORLD = {"config": "silent = 2\nlearn-rate = 500\n"}


@pytest.fixture(autouse=True, scope="module")
def ageing(vifi_program):
    """A second lab, which waits beside the others: a guest says once what address it has, and is silent about it."""
    with World(config="age = 60\n", guests=1, judge=False) as w:
        w.questions = w.lab.tap(w.a, "eth0", "in", "arp")
        w.made, w.started, w.epoch = w.fresh4(), time.monotonic(), time.time()
        w.a.wire.send(garp(w.a.hw, w.made))
        assert w.reaches(w.a, ip4=w.made)
        yield w


def garp(mac, ip):
    return arp(1, mac, mac, ip, ip)


def binding(world, address):
    return next((b for b in world.vifi.bindings() if b["address"] == address), None)


# ---- rule 1


def test_rule_01_many_addresses_for_one_guest(world):
    """A guest with 120 IPv6 addresses keeps them all: more than the 20, 32 or 64 in all seen elsewhere."""
    a = world.a
    addresses = [f"2001:db8:157::a:{i:x}" for i in range(1, 121)]
    a.ip(*[f"addr add {x}/64 dev eth0 nodad" for x in addresses])
    try:
        for x in addresses:  # each is used once, at a rate that an honest guest has
            a.wire.send(na(a.hw, x, x, tlla=a.hw))
            time.sleep(0.02)
        for x in addresses[:: 7]:
            assert world.router.ping(x, timeout=1) == 1, f"{x} is not reachable"
    finally:
        a.ip(*[f"addr del {x}/64 dev eth0" for x in addresses])


def test_rule_01_over_the_cap_a_guest_loses_its_own_oldest(world):
    """Guest c makes up addresses until its cap is passed; guests a and b keep all theirs, and c its newest."""
    c = world.c
    before = {b["address"] for b in world.vifi.bindings() if b["mac"] != c.hw}
    made = [f"10.{i >> 8}.{i & 255}.7" for i in range(600)]
    for x in made:
        c.wire.send(garp(c.hw, x))
        time.sleep(0.012)
    assert world.reaches(c, ip4=made[-1]), "the newest address was not learned"
    mine = [b for b in world.vifi.bindings() if b["mac"] == c.hw]
    assert 100 < len(mine) <= 256, f"guest c holds {len(mine)} addresses"
    kept = {b["address"] for b in world.vifi.bindings()}
    assert before <= kept, f"others lost {before - kept}"
    assert made[0] not in kept and made[-1] in kept
    for g in (world.a, world.b):
        assert g.ping(ROUTER4) == 1 and world.reaches(g, ip4=g.ip4) and world.reaches(g, ip6=g.ip6)
    wait_for("guest c uses its real address again", lambda: c.ping(ROUTER4), 5)


def test_rule_01_forged_macs_count_for_the_port_they_come_by(world):
    """New MAC addresses do not get round the cap, nor does an address that is used again and again."""
    c = world.c
    for i in range(300):
        mac = f"02:77:00:00:{i >> 8:02x}:{i & 255:02x}"
        c.wire.send(garp(mac, f"10.9.{i >> 8}.{i & 255}"))
        c.wire.send(garp(mac, f"10.9.{i >> 8}.{i & 255}"))
        time.sleep(0.012)
    ports = {}
    for b in world.vifi.bindings():
        ports[b.get("port")] = ports.get(b.get("port"), 0) + 1
    assert max(ports.values()) <= 256, ports
    for g in (world.a, world.b):
        assert g.ping(ROUTER4) == 1 and g.ping(ROUTER6) == 1


# ---- rule 2


def test_rule_02_host_address_cannot_be_claimed(world):
    a = world.a
    for frame in (garp(a.hw, HOST4), na(a.hw, HOST6, HOST6, tlla=a.hw), udp4(a.hw, ROUTER_MAC, HOST4, ROUTER4, b"as-the-host")):
        world.dropped("claim_host", a.wire, frame, [world.wire], lambda p: b"as-the-host" in bytes(p) or HOST4 == getattr(p, "psrc", 0))
    assert world.router.ping(HOST4) == 1 and world.router.ping(HOST6) == 1
    assert world.host.ping(ROUTER4) == 1
    for g in world.guests:
        g.ip("neigh flush dev eth0")  # on the bridge itself, siblings have heard the lie


def test_rule_02_gateway_address_cannot_be_claimed(world):
    a = world.a
    for frame in (garp(a.hw, ROUTER4), na(a.hw, "fe80::20", "fe80::20", tlla=a.hw), udp4(a.hw, ROUTER_MAC, ROUTER4, "192.168.157.9", b"gw")):
        world.dropped("claim_gateway", a.wire, frame, [world.wire], lambda p: getattr(p, "psrc", 0) == ROUTER4 or b"gw" in bytes(p)[-2:])
    for g in world.guests:
        g.ip("neigh flush dev eth0")  # on the bridge itself, siblings have heard the lie
        assert g.ping(ROUTER4) == 1


def test_rule_02_live_binding_is_not_taken_over(world):
    a, b = world.a, world.b
    a.ping(ROUTER4)
    world.dropped("claim_taken", b.wire, garp(b.hw, a.ip4), [world.wire], lambda p: getattr(p, "psrc", 0) == a.ip4)
    assert world.reaches(a, ip4=a.ip4)
    world.dropped("claim_taken", b.wire, udp4(b.hw, ROUTER_MAC, a.ip4, ROUTER4, b"as-a"), [world.wire], lambda p: b"as-a" in bytes(p))
    assert world.reaches(a, ip4=a.ip4)


def test_rule_02_owner_is_probed_before_it_loses(world):
    """Guest a has been silent for longer than `silent`, but answers the probe: the claim of b does not succeed."""
    a, b = world.a, world.b
    a.ping(ROUTER4)
    time.sleep(2.5)
    a.wire.drain()
    b.wire.send(garp(b.hw, a.ip4))
    time.sleep(0.2)
    for _ in range(3):
        b.wire.send(garp(b.hw, a.ip4))
        time.sleep(0.3)
    asked = world.seen(a.wire, lambda p: ARP in p and p.op == 1 and p.pdst == a.ip4 and p.src == W, 0.1)
    a.ping(ROUTER4)
    assert world.reaches(a, ip4=a.ip4), "a guest that answers lost its address to one that asked"
    assert asked, "the owner was not asked"


def test_rule_02_silent_owner_gives_way(world):
    """The owner is gone (unplugged) for longer than `silent`: another guest may have its address."""
    c, b = world.c, world.b
    new = world.fresh4()
    c.wire.send(garp(c.hw, new))
    assert world.reaches(c, ip4=new)
    time.sleep(2.2)  # nobody answers for `new`: it was forged

    def taken():
        b.wire.send(garp(b.hw, new))
        return world.reaches(b, ip4=new, timeout=0.2)
    wait_for("the address of a guest that is gone", taken, 8, step=0.3)


def test_rule_02_migration_moves_at_once(world):
    """A virtual machine moves: the same MAC address by another port.  Its own gratuitous ARP is enough."""
    lab = world.lab
    guest, new = lab.add_guest(7, "m"), world.fresh4()
    twin = None
    try:
        guest.wire = guest.raw("eth0")
        guest.wire.send(garp(guest.mac(), new))
        guest.hw = guest.mac()
        assert world.reaches(guest, ip4=new)
        twin = lab.add_guest(8, "n", mac=guest.hw)
        twin.wire, twin.hw = twin.raw("eth0"), guest.hw
        guest.ip("link set eth0 down")
        twin.wire.send(garp(guest.hw, new))
        assert world.reaches(twin, ip4=new), "the moved guest is not reached at its new port"
    finally:
        for g in filter(None, (guest, twin)):
            lab.nodes.pop(g.name)
            g.delete()


def test_rule_02_pin_excludes_others(world):
    a, b, address = world.a, world.b, world.fresh4()
    world.vifi.call("pin", world.vifi.uplink, a.hw, address)
    try:
        world.dropped("claim_pinned", b.wire, garp(b.hw, address), [world.wire], lambda p: getattr(p, "psrc", 0) == address)
        assert world.reaches(a, ip4=address), "a pinned address is reached though its guest never spoke"
        assert binding(world, address)
    finally:
        world.vifi.call("forget", world.vifi.uplink, address)
    b.wire.send(garp(b.hw, address))
    assert world.reaches(b, ip4=address)


def test_rule_02_broadcast_and_loopback_are_nobodys(world):
    a = world.a
    for source in ("255.255.255.255", "127.0.0.1", "224.0.0.9"):
        world.dropped("claim_invalid", a.wire, udp4(a.hw, ROUTER_MAC, source, ROUTER4, b"bad-source"), [world.wire],
                      lambda p: b"bad-source" in bytes(p))


def test_rule_02_the_gateways_mac_address(world):
    """A guest that sends with the gateway's MAC address as its own takes the gateway from nobody."""
    assert world.host.ping(ROUTER4), "so the host knows the gateway's MAC address"
    wait_for("the gateway's MAC address stands", lambda: any(
        b["address"] == ROUTER_MAC and b["kind"] == "gateway" for b in world.vifi.show()["bindings"]), 12)
    for _ in range(3):
        world.dropped("claim_gateway", world.c.wire, garp(ROUTER_MAC, world.fresh4()), unseen=[world.wire],
                      match=lambda p: ARP in p and p[ARP].pdst == p[ARP].psrc)
        assert world.host.ping(ROUTER4)
        assert world.reaches(world.a, ip4=world.a.ip4) and world.reaches(world.b, ip6=world.b.ip6)
        world.c.wire.send(garp(ROUTER_MAC, world.fresh4()))
        assert world.a.ping(ROUTER4), "the bridge sent guest a's frames for the gateway to guest c"


# ---- rule 3


def test_rule_03_binding_is_refreshed_by_traffic_and_lives_for_minutes(world):
    a = world.a
    a.ping(ROUTER4)
    young = binding(world, a.ip4)
    time.sleep(2.5)
    older = binding(world, a.ip4)
    a.ping(ROUTER4)
    fresh = binding(world, a.ip4)
    assert older["seen_s"] >= young["seen_s"] + 2, "silence does not show"
    assert fresh["seen_s"] <= 1, "traffic did not refresh the binding"


# ---- rule 4


def test_rule_04_bindings_survive_a_restart(world):
    """A guest that does not speak is reached after vifi was stopped and started again."""
    b = world.b
    b.ping(ROUTER4), b.ping(ROUTER6)
    assert world.vifi.stop() == 0
    world.vifi.start()
    assert world.reaches(b, ip4=b.ip4) and world.reaches(b, ip6=b.ip6)


def test_rule_04_bindings_survive_the_uplink_going_down(world):
    a = world.a
    a.ping(ROUTER4)
    world.host.ip("link set wlan0 down")
    time.sleep(0.3)
    world.host.ip("link set wlan0 up", f"route replace default via {ROUTER4}", f"addr replace {HOST6}/64 dev wlan0 nodad",
                  "route replace default via fe80::20 dev wlan0")
    wait_for("the uplink is up again", lambda: world.reaches(a, ip4=a.ip4, timeout=0.3), 5)
    assert binding(world, a.ip4)
    wait_for("IPv6 works again", lambda: a.ping(ROUTER6), 8)


def test_rule_04_pins_survive_a_restart(world):
    a, address = world.a, world.fresh4()
    world.vifi.call("pin", world.vifi.uplink, a.hw, address)
    world.vifi.stop()
    world.vifi.start()
    assert world.reaches(a, ip4=address)
    world.dropped("claim_pinned", world.b.wire, garp(world.b.hw, address))
    world.vifi.call("forget", world.vifi.uplink, address)


def test_rule_03_owner_is_asked_by_unicast_before_its_binding_expires(ageing):
    """age is 60 s, the question comes 30 s before the end, from W to the guest's own MAC address; none comes earlier."""
    w, a = ageing, ageing.a
    time.sleep(max(0, 36 - (time.monotonic() - w.started)))
    rows = w.questions.rows("arp.opcode == 1 && eth.dst != ff:ff:ff:ff:ff:ff", "frame.time_epoch", "eth.src", "eth.dst", "arp.dst.proto_ipv4")
    asked = [(float(t) - w.epoch, src, dst) for t, src, dst, target in rows if target == w.made]
    assert asked, f"nobody asked for {w.made}: {rows}"
    assert all(src == W and dst == a.hw for _, src, dst in asked), asked
    assert asked[0][0] > 25, f"minutes, not seconds: asked after {asked[0][0]:.0f} s"
