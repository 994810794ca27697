# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 1 to 4: number, ownership, lifetime and persistence of bindings."""

import signal
import time

import pytest
from scapy.layers.l2 import ARP

from world import HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, World, arp, na, udp4, wait_for

WORLD = {"config": "silent = 2\nlearn-rate = 500\n"}


@pytest.fixture(autouse=True, scope="module")
def ageing(vifi_program):
    """A second lab that ages during the other tests: its guest announces an address once and then stays silent about it."""
    with World(config="age = 60\n", guests=1, capture=False) as world:
        world.requests = world.lab.tap(world.guest_a, "eth0", "in", "arp")
        world.announced, world.started, world.epoch = world.fresh4(), time.monotonic(), time.time()
        world.guest_a.wire.send(garp(world.guest_a.hw, world.announced))
        assert world.reaches(world.guest_a, ip4=world.announced)
        yield world


def garp(mac, ip):
    return arp(1, mac, mac, ip, ip)


def binding(world, address):
    return next((b for b in world.vifi.bindings() if b["address"] == address), None)


# ---- rule 1


def test_rule_01_guest_may_have_many_addresses(world):
    """A guest keeps all of its 120 IPv6 addresses."""
    guest_a = world.guest_a
    addresses = [f"2001:db8:157::a:{i:x}" for i in range(1, 121)]
    guest_a.ip(*[f"addr add {x}/64 dev eth0 nodad" for x in addresses])
    try:
        for address in addresses:  # each address is announced once, at the rate of a well-behaved guest
            guest_a.wire.send(na(guest_a.hw, address, address, tlla=guest_a.hw))
            time.sleep(0.02)
        for address in addresses[:: 7]:
            assert world.router.ping(address, timeout=1) == 1, f"{address} is not reachable"
    finally:
        guest_a.ip(*[f"addr del {x}/64 dev eth0" for x in addresses])


def test_rule_01_guest_over_its_cap_loses_its_oldest_address(world):
    """Guest c invents addresses beyond its cap; guests a and b keep all of theirs, and c keeps its newest."""
    guest_c = world.guest_c
    before = {b["address"] for b in world.vifi.bindings() if b["mac"] != guest_c.hw}
    invented = [f"10.{i >> 8}.{i & 255}.7" for i in range(600)]
    for address in invented:
        guest_c.wire.send(garp(guest_c.hw, address))
        time.sleep(0.012)
    assert world.reaches(guest_c, ip4=invented[-1]), "the newest address was not learned"
    mine = [b for b in world.vifi.bindings() if b["mac"] == guest_c.hw]
    assert 100 < len(mine) <= 256, f"guest c holds {len(mine)} addresses"
    kept = {b["address"] for b in world.vifi.bindings()}
    assert before <= kept, f"others lost {before - kept}"
    assert invented[0] not in kept and invented[-1] in kept
    for guest in (world.guest_a, world.guest_b):
        assert guest.ping(ROUTER4) == 1 and world.reaches(guest, ip4=guest.ip4) and world.reaches(guest, ip6=guest.ip6)
    wait_for("a ping from guest c's real address", lambda: guest_c.ping(ROUTER4), 5)


def test_rule_01_forged_macs_count_towards_their_port(world):
    """Neither new MAC addresses nor repeated announcements bypass the cap."""
    guest_c = world.guest_c
    for i in range(300):
        mac = f"02:77:00:00:{i >> 8:02x}:{i & 255:02x}"
        guest_c.wire.send(garp(mac, f"10.9.{i >> 8}.{i & 255}"))
        guest_c.wire.send(garp(mac, f"10.9.{i >> 8}.{i & 255}"))
        time.sleep(0.012)
    ports = {}
    for guest_b in world.vifi.bindings():
        ports[guest_b.get("port")] = ports.get(guest_b.get("port"), 0) + 1
    assert max(ports.values()) <= 256, ports
    for guest in (world.guest_a, world.guest_b):
        assert guest.ping(ROUTER4) == 1 and guest.ping(ROUTER6) == 1


# ---- rule 2


def test_rule_02_host_address_cannot_be_claimed(world):
    guest_a = world.guest_a
    world.quiet_neighbours()  # this host would answer with its address
    for frame in (garp(guest_a.hw, HOST4), na(guest_a.hw, HOST6, HOST6, tlla=guest_a.hw), udp4(guest_a.hw, ROUTER_MAC, HOST4, ROUTER4, b"as-the-host")):
        world.expect_drop("claim_host", guest_a.wire, frame, [world.wire], lambda p: b"as-the-host" in bytes(p) or HOST4 == getattr(p, "psrc", 0))
    assert world.router.ping(HOST4) == 1 and world.router.ping(HOST6) == 1
    assert world.host.ping(ROUTER4) == 1
    for guest in world.guests:
        guest.ip("neigh flush dev eth0")  # the forged claim did reach the other guests on the bridge


def test_rule_02_gateway_address_cannot_be_claimed(world):
    guest_a = world.guest_a
    for frame in (garp(guest_a.hw, ROUTER4), na(guest_a.hw, "fe80::20", "fe80::20", tlla=guest_a.hw), udp4(guest_a.hw, ROUTER_MAC, ROUTER4, "192.168.157.9", b"gw")):
        world.expect_drop("claim_gateway", guest_a.wire, frame, [world.wire], lambda p: getattr(p, "psrc", 0) == ROUTER4 or b"gw" in bytes(p)[-2:])
    for guest in world.guests:
        guest.ip("neigh flush dev eth0")  # the forged claim did reach the other guests on the bridge
        assert guest.ping(ROUTER4) == 1


def test_rule_02_live_binding_is_not_taken_over(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ping(ROUTER4)
    world.quiet_neighbours()  # guest a would answer with its address
    world.expect_drop("claim_taken", guest_b.wire, garp(guest_b.hw, guest_a.ip4), [world.wire], lambda p: getattr(p, "psrc", 0) == guest_a.ip4)
    assert world.reaches(guest_a, ip4=guest_a.ip4)
    guest_b.wire.send(udp4(guest_b.hw, ROUTER_MAC, guest_a.ip4, ROUTER4, b"as-a"))  # data are no claim (rule 30)
    assert world.reaches(guest_a, ip4=guest_a.ip4)


def test_rule_02_owner_is_probed_before_a_takeover(world):
    """Guest a is quiet, but answers the probe, so the claim of b fails."""
    guest_a, guest_b = world.guest_a, world.guest_b
    time.sleep(1.5)  # later than the resolution of last_seen
    guest_a.ping(ROUTER4)
    guest_a.wire.drain()
    guest_b.wire.send(garp(guest_b.hw, guest_a.ip4))
    time.sleep(0.2)
    for _ in range(3):
        guest_b.wire.send(garp(guest_b.hw, guest_a.ip4))
        time.sleep(0.3)
    probes = world.received(guest_a.wire, lambda p: ARP in p and p.op == 1 and p.pdst == guest_a.ip4 and p.src == UPLINK_MAC, 0.1)
    guest_a.ping(ROUTER4)
    assert world.reaches(guest_a, ip4=guest_a.ip4), "guest a answered the probe but lost its address"
    assert probes, "the owner was not probed"


def test_rule_02_owner_keeps_its_address_from_an_eager_claimant(world):
    """Guest b repeats its claim faster than a contest lasts, while a sends data, and while a is quiet and its kernel answers."""
    guest_a, guest_b = world.guest_a, world.guest_b
    for busy in (True, False):
        for i in range(60):
            guest_b.wire.send(garp(guest_b.hw, guest_a.ip4))
            if busy:
                guest_a.wire.send(udp4(guest_a.hw, ROUTER_MAC, guest_a.ip4, ROUTER4, b"busy"))
            time.sleep(0.05)
            if i % 5 == 4:
                owner = binding(world, guest_a.ip4)
                assert owner and owner["mac"] == guest_a.hw, f"{busy=}: after {i + 1} claims the address belongs to {owner}"
    assert world.reaches(guest_a, ip4=guest_a.ip4)


def test_rule_02_answer_before_the_probe_counts(world):
    """The machine is so busy that vifi hears of the claim only after the owner's next frame. No answer is lost by that."""
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_a.ping(ROUTER4)
    world.vifi.proc.send_signal(signal.SIGSTOP)
    try:
        guest_b.wire.send(garp(guest_b.hw, guest_a.ip4))
        time.sleep(0.05)
        guest_a.ping(ROUTER4)
        time.sleep(0.05)
    finally:
        world.vifi.proc.send_signal(signal.SIGCONT)
    time.sleep(1.5)  # longer than a contest
    owner = binding(world, guest_a.ip4)
    assert owner and owner["mac"] == guest_a.hw, f"the address belongs to {owner}"


def test_rule_02_silent_owner_loses_its_address(world):
    """An owner that is gone for longer than `silent` loses its address to another guest."""
    guest_c, guest_b = world.guest_c, world.guest_b
    new = world.fresh4()
    guest_c.wire.send(garp(guest_c.hw, new))
    assert world.reaches(guest_c, ip4=new)
    time.sleep(2.2)  # guest c does not answer for `new`, which it only announced

    def taken():
        guest_b.wire.send(garp(guest_b.hw, new))
        return world.reaches(guest_b, ip4=new, timeout=0.2)
    wait_for("guest b takes over the address of a silent owner", taken, 8, step=0.3)


def test_rule_02_migrated_guest_is_reachable_once_its_old_port_is_silent(world):
    """A virtual machine migrates to another port with the same MAC address and sends one gratuitous ARP. The old port is
    probed before the address moves."""
    lab = world.lab
    guest, new = lab.add_guest(7, "m"), world.fresh4()
    migrated = None
    try:
        guest.wire = guest.raw("eth0")
        guest.wire.send(garp(guest.mac(), new))
        guest.hw = guest.mac()
        assert world.reaches(guest, ip4=new)
        migrated = lab.add_guest(8, "n", mac=guest.hw)
        migrated.wire, migrated.hw = migrated.raw("eth0"), guest.hw
        guest.ip("link set eth0 down")
        migrated.wire.send(garp(guest.hw, new))
        wait_for("the migrated guest is reachable at its new port", lambda: world.reaches(migrated, ip4=new, timeout=0.2), 4, step=0.1)
    finally:
        for node in filter(None, (guest, migrated)):
            lab.nodes.pop(node.name)
            node.delete()


def test_rule_02_pin_excludes_others(world):
    guest_a, guest_b, address = world.guest_a, world.guest_b, world.fresh4()
    # An address that an earlier test has moved to a station is asked for in the names of all guests, that of the pin among them.
    wait_for("vifi asks for nobody", lambda: not world.received(world.wire, lambda p: getattr(p, "hwsrc", 0) == UPLINK_MAC, 1), 10)
    world.vifi.call("pin", world.vifi.uplink, guest_a.hw, address)
    try:
        world.expect_drop("claim_pinned", guest_b.wire, garp(guest_b.hw, address), [world.wire], lambda p: getattr(p, "psrc", 0) == address)
        assert world.reaches(guest_a, ip4=address), "a pinned address is unreachable before its guest speaks"
        assert binding(world, address)
    finally:
        world.vifi.call("forget", world.vifi.uplink, address)
    guest_b.wire.send(garp(guest_b.hw, address))
    assert world.reaches(guest_b, ip4=address)


def test_rule_02_broadcast_and_loopback_cannot_be_claimed(world):
    guest_a = world.guest_a
    for source in ("255.255.255.255", "127.0.0.1", "224.0.0.9"):
        world.expect_drop("claim_invalid", guest_a.wire, udp4(guest_a.hw, ROUTER_MAC, source, ROUTER4, b"bad-source"), [world.wire],
                          lambda p: b"bad-source" in bytes(p))


def test_rule_28_gateway_mac_address_cannot_be_claimed(world):
    """The gateway is a station on the wire: a guest that sends with its MAC address cuts nobody off from it."""
    assert world.host.ping(ROUTER4), "the host cannot reach the gateway"
    wait_for("the binding of the gateway's MAC address", lambda: any(
        b["address"] == ROUTER_MAC and b["kind"] == "station" for b in world.vifi.show()["bindings"]), 12)
    for _ in range(3):
        address = world.fresh4()
        world.expect_drop("claim_station", world.guest_c.wire, garp(ROUTER_MAC, address), absent_on=[world.wire],
                          match=lambda p, address=address: ARP in p and p[ARP].psrc == address)
        assert world.host.ping(ROUTER4)
        assert world.reaches(world.guest_a, ip4=world.guest_a.ip4) and world.reaches(world.guest_b, ip6=world.guest_b.ip6)
        world.guest_c.wire.send(garp(ROUTER_MAC, world.fresh4()))
        assert world.guest_a.ping(ROUTER4), "the bridge sent guest a's frames for the gateway to guest c"


# ---- rule 3


def test_rule_03_traffic_refreshes_the_binding(world):
    guest_a = world.guest_a
    guest_a.ping(ROUTER4)
    # The router may probe its neighbour meanwhile: wait for a silence.
    wait_for("`seen_s` grows during silence", lambda: binding(world, guest_a.ip4)["seen_s"] >= 3, timeout=60)
    wait_for("traffic refreshes the binding", lambda: guest_a.ping(ROUTER4) and binding(world, guest_a.ip4)["seen_s"] <= 1, timeout=30)


# ---- rule 4


def test_rule_04_bindings_survive_a_restart(world):
    """A silent guest is reachable after a restart of vifi."""
    guest_b = world.guest_b
    guest_b.ping(ROUTER4), guest_b.ping(ROUTER6)
    assert world.vifi.stop() == 0
    world.vifi.start()
    assert world.reaches(guest_b, ip4=guest_b.ip4) and world.reaches(guest_b, ip6=guest_b.ip6)


def test_rule_04_bindings_survive_the_uplink_going_down(world):
    guest_a = world.guest_a
    guest_a.ping(ROUTER4)
    world.host.ip("link set wlan0 down")
    time.sleep(0.3)
    world.host.ip("link set wlan0 up", f"route replace default via {ROUTER4}", f"addr replace {HOST6}/64 dev wlan0 nodad",
                  "route replace default via fe80::20 dev wlan0")
    wait_for("guest a is reachable over the uplink", lambda: world.reaches(guest_a, ip4=guest_a.ip4, timeout=0.3), 5)
    assert binding(world, guest_a.ip4)
    wait_for("an IPv6 ping from guest a", lambda: guest_a.ping(ROUTER6), 8)


def test_rule_04_pins_survive_a_restart(world):
    guest_a, address = world.guest_a, world.fresh4()
    world.vifi.call("pin", world.vifi.uplink, guest_a.hw, address)
    world.vifi.stop()
    world.vifi.start()
    assert world.reaches(guest_a, ip4=address)
    world.expect_drop("claim_pinned", world.guest_b.wire, garp(world.guest_b.hw, address))
    world.vifi.call("forget", world.vifi.uplink, address)


def test_rule_03_owner_is_probed_by_unicast_before_its_binding_expires(ageing):
    """With age = 60 s, the request comes 30 s before the expiry, not earlier, from the uplink's to the guest's MAC address."""
    world, guest_a = ageing, ageing.guest_a
    time.sleep(max(0, 36 - (time.monotonic() - world.started)))
    rows = world.requests.rows("arp.opcode == 1 && eth.dst != ff:ff:ff:ff:ff:ff", "frame.time_epoch", "eth.src", "eth.dst", "arp.dst.proto_ipv4")
    requests = [(float(t) - world.epoch, src, dst) for t, src, dst, target in rows if target == world.announced]
    assert requests, f"no request for {world.announced}: {rows}"
    assert all(src == UPLINK_MAC and dst == guest_a.hw for _, src, dst in requests), requests
    assert requests[0][0] > 25, f"request too early, after {requests[0][0]:.0f} s"
