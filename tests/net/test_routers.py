# SPDX-License-Identifier: GPL-2.0-or-later
"""Routers among the guests (rule 36): networks behind a guest, and this host's default route by a guest.

   router ═ ap ═ wlan0 host br0 ─┬─ eth0 guest a in0 ═══ eth0 inner     10.9.0.5, 2001:db8:9::5
                                 ├─ guest b
                                 └─ guest c

The router has routes to 10.9.0.0/16 and 2001:db8:9::/48 by guest a.  `inner` says nothing before it is asked.
"""

import re
import time

import pytest

from lab.netns import Node
from lab.topology import INET4, INET6, PREFIX6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import Ether
from field_world import beside, plain_world
from world import (ENGINES, HOST4, HOST6, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, World, arp, checksum_ok, judged, udp4,
                   wait_for)

NET4, NET6, INNER4, INNER6 = "10.9.0.0/24", "2001:db8:9::/64", "10.9.0.5", "2001:db8:9::5"


def add_inner(world):
    """A machine behind guest a, and the router's routes to it."""
    lab, guest = world.lab, world.guest_a
    inner = lab.nodes["inner"] = Node(lab.prefix, "inner")
    lab._veth(guest, "in0", None, inner, "eth0", None)
    guest.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    guest.ip("addr add 10.9.0.1/24 dev in0", "addr add 2001:db8:9::1/64 dev in0 nodad", "link set in0 up",
             f"route replace default via {ROUTER6}")
    inner.ip(f"addr add {INNER4}/24 dev eth0", f"addr add {INNER6}/64 dev eth0 nodad", "link set eth0 up",
             "route add default via 10.9.0.1", "route add default via 2001:db8:9::1")
    lab.router.ip(f"route add 10.9.0.0/16 via {guest.ip4}", f"route add 2001:db8:9::/48 via {guest.ip6}")
    for address in (INNER4, INNER6):
        wait_for("the guest reaches the machine behind it", lambda address=address: guest.ping(address), 8)
    return inner


def world_of(engine, **arguments):
    return World(vifi=ENGINES[engine], dhcp="none", ra="none", **arguments)


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(world_of(request.param)) as world:
        world.inner = add_inner(world)
        yield world


@pytest.fixture(autouse=True)
def without_pins(request):
    """Each test begins without pins and without learned addresses."""
    yield
    if "world" in request.fixturenames:
        world = request.getfixturevalue("world")
        for guest in world.guests:
            world.vifi.call("forget", world.vifi.uplink, guest.hw, check=False)
        world.warm()


def pin(world, guest, *addresses, check=True):
    return world.vifi.call("pin", world.vifi.uplink, guest.hw, *addresses, check=check)


def owner_of(world, address):
    """The guest that receives a datagram from the network for an address, or None."""
    mark = b"owner%d" % time.monotonic_ns()
    layer = IPv6(src=ROUTER6, dst=address) if ":" in address else IP(src=ROUTER4, dst=address)
    for guest in world.guests:
        guest.wire.drain()
    world.wire.send(Ether(src=ROUTER_MAC, dst=world.port.station) / layer / UDP(sport=7, dport=9) / mark)
    end = time.monotonic() + 0.6
    got = set()
    while time.monotonic() < end and not got:
        for guest in world.guests:
            got |= {guest.name for p in world.received(guest.wire, lambda p: mark in bytes(p), 0.05) if p.dst == guest.hw}
    assert len(got) <= 1, got
    return got.pop() if got else None


def rows(world, address):
    return [b for b in world.vifi.show()["bindings"] if b["address"] == address]


def first_pings(world):
    """How many of the router's first three pings each address of the machine behind guest a answers."""
    return {address: world.router.ping(address, count=3) for address in (INNER4, INNER6)}


def first_pings_of_a_plain_bridge():
    with plain_world() as plain:
        add_inner(plain)
        return first_pings(plain)


def test_rule_36_network_behind_a_guest_is_reachable_at_once(world):
    assert world.router.ping(INNER4, count=2) == 0  # nothing tells vifi of the network
    pin(world, world.guest_a, NET4, NET6)
    ours, theirs = first_pings(world), beside(None, "behind a guest", lambda _: first_pings_of_a_plain_bridge())
    print(f"first three pings to a machine behind a guest: {ours}, plain bridge: {theirs}")
    assert ours == theirs == {INNER4: 3, INNER6: 3}, (ours, theirs, world.vifi.drops())
    assert world.inner.ping(ROUTER4, count=2) == 2
    for address, family in ((NET4, "net4"), (NET6, "net6")):
        row, = rows(world, address)
        assert (row["family"], row["mac"], row["flags"], row["kind"]) == (family, world.guest_a.hw, ["pin"], "guest")
        assert row["port"] == world.guest_a.vif and row["in_packets"] >= 3 and row["out_packets"] >= 1, row
    assert re.search(r"10\.9\.0\.0/24 .*pin", world.vifi.call("show").stdout)
    assert not rows(world, INNER4), "an address of a pinned network takes no binding"


def test_rule_36_forgotten_network_is_unreachable(world):
    pin(world, world.guest_a, NET4)
    assert owner_of(world, "10.9.0.77") == "a"
    world.vifi.call("forget", world.vifi.uplink, NET4)
    assert owner_of(world, "10.9.0.77") is None and not rows(world, NET4)
    pin(world, world.guest_a, NET4)
    world.vifi.call("forget", world.vifi.uplink, world.guest_a.hw)
    assert not rows(world, NET4)


def test_rule_36_longest_match_decides(world):
    pin(world, world.guest_a, "10.9.0.0/16", "2001:db8:9::/48")
    pin(world, world.guest_b, "10.9.1.0/24", "2001:db8:9:1::/64")
    pin(world, world.guest_c, "10.9.1.9", "2001:db8:9:1::9")
    for address, owner in (("10.9.2.1", "a"), ("10.9.1.1", "b"), ("10.9.1.9", "c"), ("10.10.0.1", None), ("2001:db8:9:2::1", "a"),
                           ("2001:db8:9:1::1", "b"), ("2001:db8:9:1::9", "c"), ("2001:db8:a::1", None)):
        assert owner_of(world, address) == owner, address


def test_rule_36_pinned_network_excludes_other_guests(world):
    guest = world.guest_b
    assert world.out(guest, udp4(guest.hw, ROUTER_MAC, "10.9.0.66", ROUTER4, b"before"), lambda p: b"before" in bytes(p))
    pin(world, world.guest_a, NET4)
    assert owner_of(world, "10.9.0.66") == "a", "a learned address of another guest must go"
    world.expect_drop("claim_pinned", guest.wire, udp4(guest.hw, ROUTER_MAC, "10.9.0.66", ROUTER4, b"after"), [world.wire],
                        lambda p: b"after" in bytes(p))
    world.expect_drop("claim_pinned", guest.wire, arp(1, guest.hw, guest.hw, "10.9.0.67", ROUTER4), [world.wire],
                        lambda p: b"\x0a\x09\x00\x43" in bytes(p))


def test_rule_36_default_network_takes_what_is_not_here_and_excludes_nobody(world):
    guest = world.guest_b
    pin(world, world.guest_a, "0.0.0.0/0", "::/0")
    for address, owner in (("203.0.113.9", "a"), ("2001:db8:77::9", "a"), (guest.ip4, "b"), (guest.ip6, "b"),
                           ("192.168.157.222", None), (f"{PREFIX6}:222", None), ("224.0.0.99", None)):
        assert owner_of(world, address) == owner, address
    assert world.host.ping(ROUTER4) and world.router.ping(HOST4)
    other = "172.30.5.5"
    assert world.out(guest, udp4(guest.hw, ROUTER_MAC, other, ROUTER4, b"other"), lambda p: b"other" in bytes(p))
    assert owner_of(world, other) == "b"


def test_rule_36_a_longer_route_of_the_host_precedes_a_pinned_network(world):
    world.host.ip("link add behind type bridge", "link set behind up", "route add 10.9.0.128/25 dev behind")
    try:
        pin(world, world.guest_a, NET4)
        wait_for("the host's network is its own", lambda: owner_of(world, "10.9.0.200") is None, 8)
        assert owner_of(world, "10.9.0.100") == "a"
    finally:
        world.host.ip("link del behind")


def test_rule_36_halves_of_all_addresses(world):
    """As VPN programs route all addresses by two networks that precede the default route."""
    pin(world, world.guest_a, "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")
    for address, owner in (("8.8.8.8", "a"), ("203.0.113.9", "a"), ("2001:db8:77::9", "a"), ("9000::1", "a"), ("224.0.0.99", None),
                           ("127.0.0.1", None), ("0.0.0.1", None)):
        assert owner_of(world, address) == owner, address
    assert world.host.ping(ROUTER4) and world.router.ping(HOST4)


@pytest.mark.parametrize("text", ["0.0.0.0/8", "127.0.0.0/9", "10.9.0.5/24", "10.9.0.0/33", "2001:db8::1/64", "224.0.0.0/4", "10.9.0.0/24%5", "fe80::/10", "/24"])
def test_rule_36_bad_network_is_refused(world, text):
    before = world.vifi.show()["bindings"]
    got = pin(world, world.guest_a, text, check=False)
    assert got.returncode and text in got.stderr, got
    assert {b["address"] for b in world.vifi.show()["bindings"] if "pin" in b["flags"]} == \
        {b["address"] for b in before if "pin" in b["flags"]}


def test_rule_36_pin_of_the_gateway_stays(world):
    got = pin(world, world.guest_a, ROUTER4)
    assert "next hop" in got.stderr + world.vifi.log_text(), got
    time.sleep(7)  # the table is compared with the host's routes every five seconds
    row, = rows(world, ROUTER4)
    assert row["kind"] == "guest" and "pin" in row["flags"], row
    world.vifi.call("forget", world.vifi.uplink, ROUTER4)
    wait_for("the gateway is protected again", lambda: [b["kind"] for b in rows(world, ROUTER4)] == ["gateway"], 12)
    assert world.host.ping(ROUTER4)


# ---- with a network of their own


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_36_networks_of_the_configuration(vifi_program, engine):
    config = f"[bridge]\npin = 00:60:00:00:00:01 {NET4} {NET6}\n"
    with world_of(engine, config=config) as world:
        inner = add_inner(world)
        assert world.router.ping(INNER4, count=3) == 3 and world.router.ping(INNER6, count=3) == 3, world.vifi.drops()
        assert sorted(rows(world, NET4)[0]["flags"]) == ["conf", "pin"]
        got = world.vifi.call("forget", world.vifi.uplink, NET4, check=False)
        assert got.returncode and "configuration" in got.stderr
        assert inner.ping(ROUTER6)


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_36_host_that_forwards_leaves_pinned_networks_alone(vifi_program, engine):
    with world_of(engine) as world:
        inner = add_inner(world)
        world.host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        world.host.ip("route replace default via fe80::20 dev wlan0")
        pin(world, world.guest_a, NET4, NET6)
        time.sleep(0.5)
        raw = inner.raw("eth0")
        for target, size in ((INNER4, 71), (INNER6, 73)):
            raw.drain()
            world.wire.drain()
            assert sum(world.lab.inet.ping(target, size=size) for _ in range(2)) == 2  # exactly two requests (ping_command())
            marks = [f for f in world.wire.frames(0.5) if bytes(range(16, 48)) in f and f[6:12] == bytes.fromhex(UPLINK_MAC.replace(":", ""))]
            assert len(marks) == 2, f"{len(marks)} frames on the air for two answers"


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_36_pinned_networks_last_over_a_restart(vifi_program, engine):
    with world_of(engine) as world:
        add_inner(world)
        pin(world, world.guest_a, NET4, NET6)
        world.vifi.stop()
        world.vifi.start()
        assert world.router.ping(INNER4, count=2) == 2 and world.router.ping(INNER6, count=2) == 2
        if engine == "user":
            return
        world.vifi.kill()
        world.vifi.options += ["--port-cap=300"]  # new tables
        world.vifi.start()
        assert world.router.ping(INNER4, count=2) == 2 and world.router.ping(INNER6, count=2) == 2


def pings_by_a_guest(world, device):
    """Guest a is a firewall, and this host's default router: it translates (NAT) what it forwards, as the reply would else
    bypass it.  Returns how many of three pings of the host to each address of the internet are answered."""
    guest = world.guest_a
    guest.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    guest.ip(f"route replace default via {ROUTER6}")
    guest.run(["nft", "add table inet nat; add chain inet nat post { type nat hook postrouting priority 100; }; "
                      "add rule inet nat post counter masquerade"])
    world.host.ip(f"route replace default via {guest.ip4}", f"route replace default via {guest.ip6} dev {device}")
    time.sleep(6)  # until vifi has seen the routes, and compared the table once more
    answered = world.host.ping(INET4, count=3), world.host.ping(INET6, count=3)
    assert re.search(r"counter packets [1-9]", guest.run("nft list table inet nat").stdout)
    return answered


def pings_by_a_guest_of_a_plain_bridge():
    with plain_world() as plain:
        return pings_by_a_guest(plain, "br0")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", ["command", "configuration"])
def test_rule_36_default_route_of_the_host_by_a_guest(vifi_program, engine, by):
    addresses = ["192.168.157.41", "2001:db8:157::41"]
    config = f"[bridge]\npin = 00:60:00:00:00:01 {' '.join(addresses)}\n" if by == "configuration" else None
    theirs = beside(None, "default route by a guest", lambda _: pings_by_a_guest_of_a_plain_bridge())
    with world_of(engine, config=config) as world:
        if by == "command":
            pin(world, world.guest_a, *addresses)
        ours = pings_by_a_guest(world, "wlan0")
        print(f"pings by a guest that is the default router, IPv4 and IPv6, {engine}: {ours} of 3, plain bridge: {theirs}")
        assert ours == theirs == (3, 3), world.vifi.drops()
        assert not world.drops("claim_gateway")


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_38_one_ping_for_an_unknown_network_does_not_circle(vifi_program, engine):
    """The router sends 10.9.0.5 to the host, whose route for it leads back to the router."""
    with world_of(engine) as world:
        world.host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        world.host.ip("route replace default via fe80::20 dev wlan0")
        world.router.ip(f"route add 10.9.0.0/16 via {world.guest_a.ip4}", f"route add 2001:db8:9::/48 via {world.guest_a.ip6}")
        for target, mark in ((INNER4, b"\x0a\x09\x00\x05"), (INNER6, b"\x20\x01\x0d\xb8\x00\x09" + bytes(9) + b"\x05")):
            world.wire.drain()
            assert world.lab.inet.ping(target) == 0
            got = [f for f in world.wire.frames(0.5) if mark in f]
            print(f"{engine}: {len(got)} frames return for one ping to {target}")
            assert len(got) <= 1, f"{len(got)} frames"
        assert world.drops("returned") >= 2, world.vifi.drops()


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_38_packet_with_the_addresses_of_a_guest_stops_nothing(vifi_program, engine):
    """The wire sends a packet with the addresses of a guest's ping, which this host would route back: the pings go on."""
    with world_of(engine) as world:
        a = world.guest_a
        world.host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1, net__ipv4__conf__all__rp_filter=0,
                          net__ipv4__conf__wlan0__rp_filter=0)
        assert a.ping(ROUTER4) and a.ping(ROUTER6)
        for layer in (IP(src=a.ip4, dst=ROUTER4), IPv6(src=a.ip6, dst=ROUTER6)):
            world.wire.send(Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / layer / UDP(sport=7, dport=9) / b"forged")
            assert a.ping(layer.dst, count=3) == 3, (layer.dst, world.vifi.drops())


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_38_host_routes_for_a_station(vifi_program, engine):
    """What this host forwards by the uplink to another machine than the sender passes: a station uses it as its router."""
    with world_of(engine) as world:
        host = world.host
        host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1, net__ipv4__conf__wlan0__send_redirects=0)
        host.ip(f"route replace default via {ROUTER4}", "route replace default via fe80::20 dev wlan0")
        assert host.ping(INET4) and host.ping(INET6)
        for layer in (IP(src=f"{world.fresh4()}", dst=INET4), IPv6(src=world.fresh6(), dst=INET6)):
            mark = f"by the host to {layer.dst}".encode()
            world.wire.drain()
            world.wire.send(Ether(src=OTHER, dst=UPLINK_MAC) / layer / UDP(sport=7, dport=9) / mark)
            got = [f for f in world.wire.frames(1) if mark in f]
            assert len(got) == 1 and got[0][:6] == bytes.fromhex(ROUTER_MAC.replace(":", "")), (layer.dst, got, world.vifi.drops())
        assert not world.drops("returned"), world.vifi.drops()


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_19_redirect_of_the_host_names_no_guest(vifi_program, engine):
    """The router sends packets for guest a by this host, which forwards them, and tells the router of a shorter way."""
    with world_of(engine) as world:
        a = world.guest_a
        world.host.sysctl(net__ipv6__conf__all__forwarding=1)
        assert world.host.ping(a.ip6) and world.host.ping(ROUTER6)
        is_redirect = lambda p: ICMPv6ND_Redirect in p and p[ICMPv6ND_Redirect].tgt == a.ip6
        # The host has it from itself: from the uplink vifi would give it to the guest.
        redirect = (Ether(src=UPLINK_MAC, dst=ROUTER_MAC) / IPv6(src=HOST6, dst=ROUTER6, hlim=255)
                    / ICMPv6ND_Redirect(tgt=a.ip6, dst=a.ip6) / ICMPv6NDOptDstLLAddr(lladdr=a.hw))
        world.wire.drain()
        with world.host.raw("wlan0") as stack:
            stack.send(redirect)
        got = world.received(world.wire, is_redirect, 1)
        if engine == "user":
            assert not got and world.drops("host_redirect") == 1, world.vifi.drops()
            assert "host_redirect" not in world.vifi.call("check", "wlan0", "br0", check=False).stdout, "it is harmless"
            return
        assert len(got) == 1 and got[0][ICMPv6NDOptDstLLAddr].lladdr == UPLINK_MAC, got
        assert checksum_ok(got[0])
