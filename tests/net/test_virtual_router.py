# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule 33: virtual routers by real programs (keepalived, ucarp); the same on a plain bridge in the same run.

`pytest -rP` prints the figures.
"""

import subprocess
import time

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from field_world import VIRTUAL4, Keepalived, Stream, Ucarp, compare, field_world, outage, undisturbed
from lab.netns import wait_for
from world import ENGINES, judged


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(field_world(request.param)) as world:
        yield world


@pytest.fixture(name="plain", scope="module")
def _plain(machine):
    with field_world("plain") as world:
        yield world


def members(world, pair):
    return [{"a": world.guest_a, "b": world.guest_b, "t": world.station_t}[letter] for letter in pair]


def fail_over(world, first, second, member):
    """The first member is the master, stops, and comes back; pings from R, and whether everybody reaches all addresses."""
    one, two = member(world.lab, first, True), member(world.lab, second, False)
    figures = {}
    try:
        one.wait_master()
        two.wait_backup()
        before = two.masterships()
        for node in (world.router, world.guests[-1], world.host):
            for target in (first.ip4, second.ip4, VIRTUAL4):
                wait_for(f"{node.name} reaches {target}", lambda node=node, target=target: node.ping(target), 10)
        with Stream(world.lab, world.router, VIRTUAL4).wait_answered() as stream:
            time.sleep(1.5)
            two.expect_masterships(before)
            figures["stop"] = outage(stream, one.stop)
            two.wait_master().expect_masterships(before + 1)
            figures["return"] = outage(stream, lambda: one.start() or one.wait_master())
            two.wait_backup()  # else two masters: the advertisements do not reach the other router
            one.expect_masterships(1)
            two.expect_masterships(before + 1)
        for node in (world.router, world.guests[-1], world.host):
            for target in (first.ip4, second.ip4, VIRTUAL4):
                assert node.ping(target, count=3, timeout=2), f"{node.name} does not reach {target} afterwards"
    finally:
        one.stop()
        two.stop()
        for node in (first, second):
            node.run(f"ip addr del {VIRTUAL4}/24 dev eth0", check=False)
            wait_for("the address is gone", lambda node=node: f"{VIRTUAL4}/" not in node.query("-4 addr show"), 10)
    return figures


def keepalived(use_vmac):
    return lambda lab, node, first: Keepalived(lab, node, 150 if first else 100, use_vmac)


def ucarp(lab, node, first):
    return Ucarp(lab, node, node.ip4, 0 if first else 100)


@pytest.mark.parametrize("pair", ["ab", "at", "ta"])
def test_rule_33_virtual_router_with_its_own_mac(world, plain, pair):
    measure = undisturbed(lambda w: fail_over(w, *members(w, pair), keepalived(True)))
    compare(f"VRRP with a virtual MAC {pair}", world, plain, f"vmac {pair}", measure)


@pytest.mark.parametrize("pair", ["ab", "ta"])
def test_rule_33_virtual_router_without_a_mac(world, plain, pair):
    measure = undisturbed(lambda w: fail_over(w, *members(w, pair), keepalived(False)))
    compare(f"VRRP {pair}", world, plain, f"vrrp {pair}", measure)


def return_late(world):
    """The first member stops, and comes back when its successor has had the addresses for long."""
    one, two = Keepalived(world.lab, world.guest_a, 150, False), Keepalived(world.lab, world.guest_b, 100, False)
    figures = {}
    try:
        one.wait_master()
        two.wait_backup()
        before = two.masterships()
        with Stream(world.lab, world.router, VIRTUAL4, 0.02).wait_answered() as stream:
            time.sleep(1.5)
            two.expect_masterships(before)
            figures["stop"] = outage(stream, one.stop)
            two.wait_master().expect_masterships(before + 1)
            time.sleep(11)  # MN_RETURN_NS
            figures["return"] = outage(stream, lambda: one.start() or one.wait_master())
            two.wait_backup()
            one.expect_masterships(1)
            two.expect_masterships(before + 1)
    finally:
        one.stop()
        two.stop()
        time.sleep(1)
    return figures


def test_rule_33_master_returns_after_a_while(world, plain):
    compare("VRRP after 11 s", world, plain, "late", undisturbed(return_late))


@pytest.mark.parametrize("pair", ["ab", "ta"])
def test_rule_33_carp(world, plain, pair):
    measure = undisturbed(lambda w: fail_over(w, *members(w, pair), ucarp))
    compare(f"CARP {pair}", world, plain, f"carp {pair}", measure)


def freeze(node, frozen):
    """The machine stops, and its port stays up, as when a guest crashes."""
    chain = "chain {0} {{\n type filter hook {0} device eth0 priority 0\n policy drop\n }}\n"
    text = f"table netdev frozen {{\n {chain.format('ingress')} {chain.format('egress')} }}\n" if frozen else "delete table netdev frozen\n"
    subprocess.run(["nsenter", f"--net=/run/netns/{node.ns}", "nft", "-f", "-"], input=text, text=True, check=True)


def crash(world):
    """The master crashes.  Returns for how long R waits for the address after the backup has become the master."""
    one, two = Keepalived(world.lab, world.guest_a, 150, False), Keepalived(world.lab, world.guest_b, 100, False)
    try:
        one.wait_master()
        two.wait_backup()
        before = two.masterships()
        with Stream(world.lab, world.router, VIRTUAL4, 0.02).wait_answered() as stream:
            time.sleep(4)  # the claim is no longer tentative
            two.expect_masterships(before)
            freeze(world.guest_a, True)
            start = time.time()
            wait_for("the backup takes over", two.has_address, 15, step=0.005)
            taken = time.time()
            wait_for("R reaches the address", lambda: [t for t in stream.times() if t > start + 1], 10, step=0.02)
            return min(t for t in stream.times() if t > start + 1) - taken
    finally:
        two.stop()
        one.stop()
        freeze(world.guest_a, False)
        for node in (world.guest_a, world.guest_b):
            node.run(f"ip addr del {VIRTUAL4}/24 dev eth0", check=False)
        wait_for("R reaches A", lambda: world.router.ping(world.guest_a.ip4), 15)
        time.sleep(1)


def test_rule_33_backup_of_a_crashed_master_is_believed_at_once(world):
    """The master has missed three advertisements, and sent nothing else: its contest is short."""
    waited = []
    while len(waited) < 3 and min(waited, default=9) > 0.5:  # a busy machine only adds to it
        waited.append(undisturbed(crash)(world))
    print(f"a crashed master, {world.engine}: R waits {min(waited):.2f} s for the backup")
    assert min(waited) < 0.8, waited  # one second before


def advert(source, address, priority):
    body = bytes([0x21, 0x2d, priority, 1, 0, 1, 0, 0]) + bytes(int(x) for x in "192.168.157.251".split(".")) + bytes(8)
    frame = Ether(src=source, dst="01:00:5e:00:00:12") / IP(src=address, dst="224.0.0.18", proto=112, ttl=255) / Raw(body)
    return frame


def test_rule_33_guest_of_lower_priority_takes_nothing(world):
    """A guest that advertises less than the master does not get its MAC address; its advertisement passes."""
    mac = "00:00:5e:00:01:2d"
    a, b = world.guest_a, world.guest_b
    owner = lambda: next((x for x in world.vifi.show()["bindings"] if x["address"] == mac), {}).get("port")
    a.wire.send(advert(mac, a.ip4, 150))
    wait_for("A is the master", lambda: owner() == a.vif, 5)
    a.wire.send(advert(mac, a.ip4, 150))
    assert world.out(b, advert(mac, b.ip4, 100), lambda p: IP in p and p[IP].proto == 112 and p[IP].src == b.ip4) is not None
    assert owner() == a.vif
    b.wire.send(advert(mac, b.ip4, 200))
    wait_for("B is the master", lambda: owner() == b.vif, 5)
    assert world.reaches(a, ip4=a.ip4) and world.reaches(b, ip4=b.ip4), "an advertisement took an IP address"
