# SPDX-License-Identifier: GPL-2.0-or-later
"""Routers of IPv6 that advertise themselves: `vifi why` names one that does not route, guest or station, with a remedy that is run here;
and none that routes."""

import contextlib
import os
import re

import pytest
from lab.netns import wait_for
from why_lab import found, gone, innocent, quiet, why
from why_traits import node
from world import ENGINES, World

BAD6 = "2001:db8:bad:"
OUTSIDE6 = "2001:db8:beef::1"


@pytest.fixture(name="world", params=ENGINES)
def _world(request, vifi_program):
    with World(vifi=ENGINES[request.param], config="uplink = wlan0\nbridge = br0\n", capture=False, dhcp="none", ra="none") as world:
        world.router.ip(f"addr add {OUTSIDE6}/128 dev lo")
        world.router.sysctl(net__ipv6__conf__all__forwarding=1)
        quiet(world.host)
        yield world


@contextlib.contextmanager
def radvd(world, node, interface, lifetime=1800, preference="high", prefix=f"{BAD6}:/64"):
    """As on a router: with forwarding, and an advertisement each three seconds."""
    conf = world.lab.file(f"radvd-{node.name}.conf")
    with open(conf, "w") as file:
        file.write(f"interface {interface} {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime {lifetime};"
                   f" AdvDefaultPreference {preference}; prefix {prefix} {{ AdvOnLink on; AdvAutonomous on; }}; }};\n")
    os.chmod(world.lab.dir, 0o755)
    daemon = node.start(["radvd", "-n", "-d", "1", "-m", "stderr", "-C", conf, "-p", world.lab.file(f"radvd-{node.name}.pid"), "-u", "root"],
                        log=world.lab.file(f"radvd-{node.name}.log"))
    try:
        yield daemon
    finally:
        if daemon.poll() is None:
            node.stop(daemon)


def has_route(guest, via):
    return via in guest.query("-6 -o route show default")


def wait_for_route(guest, via):
    wait_for(f"guest {guest.name} has a default route by {via}", lambda: has_route(guest, via), 20)


def advertised(world, port):
    return [r for r in world.vifi.show()["routers"] if r["port"] == port]


def test_guest_that_advertises_and_does_not_route(world):
    """The siblings lose their way to other networks; `guest-services = drop`, and deletion of the route, mend it."""
    a, b = world.guest_a, world.guest_b
    bad = b.link_local()
    a.ip("route add default via fe80::20 dev eth0 metric 2048")
    b.sysctl(net__ipv6__conf__all__forwarding=1)
    with radvd(world, b, "eth0"):
        wait_for_route(a, bad)
        assert not a.ping(OUTSIDE6, timeout=1), "the fault is none"
        sentence = found(world.host, a.ip6, "rogue_router")
        assert "vif-b" in sentence and b.hw in sentence
        top = why(world.host, a.ip4)["causes"][0]
        assert any("fe80::20" in line for line in top["evidence"]) and any(bad in line and "vif-b" in line for line in top["evidence"]), top
        assert "guest-services = drop" in top["remedy"] and f"ip -6 route del default via {bad} dev eth0" in top["remedy"]
        (row,) = advertised(world, "vif-b")
        assert row["guest"] and row["mac"] == b.hw and row["address"] == bad and row["prefixes"] == [f"{BAD6}:/64"] and row["preference"] == "high", row
        assert "rogue_router" not in [c["id"] for c in why(world.host, b.ip4)["causes"]], "the guest itself is no victim"
        with open(world.lab.file("vifi.conf"), "a") as file:
            file.write("guest-services = drop\n")
        world.vifi.call("reload", "wlan0")
        for command in re.findall(r"`(ip [^`]+)`", top["remedy"]):
            a.run(command)
        wait_for("a reaches other networks", lambda: a.ping(OUTSIDE6, timeout=1), 10)
        gone(world, a.ip6, "rogue_router")


def test_guest_that_stops_advertising(world):
    """The remedy in the guest: radvd says goodbye with a lifetime of 0."""
    a, b = world.guest_a, world.guest_b
    a.ip("route add default via fe80::20 dev eth0 metric 2048")
    b.sysctl(net__ipv6__conf__all__forwarding=1)
    with radvd(world, b, "eth0") as daemon:
        wait_for_route(a, b.link_local())
        found(world.host, a.ip6, "rogue_router")
        b.stop(daemon)
        wait_for("the route is gone", lambda: not has_route(a, b.link_local()), 10)
    gone(world, a.ip6, "rogue_router")


def test_wrong_prefix_of_a_guest(world):
    """It is no default router, and its prefix is of no network: a packet with such an address has no way back."""
    a, b = world.guest_a, world.guest_b
    a.ip("route add default via fe80::20 dev eth0 metric 2048")
    b.sysctl(net__ipv6__conf__all__forwarding=1)
    with radvd(world, b, "eth0", lifetime=0):
        bad = wait_for("the wrong address", lambda: next((x for x in a.addresses("eth0", 6) if x.startswith(BAD6)), None), 20)
        a.run(["ping", "-c1", "-W1", "-I", bad, OUTSIDE6], check=False)
        wait_for("vifi knows it", lambda: any(x["address"] == bad for g in world.vifi.show()["guests"] for x in g["addresses"]), 10)
        assert "vif-b" in found(world.host, bad, "rogue_router")
        causes = {c["id"]: c["level"] for c in why(world.host, a.ip4)["causes"]}
        assert causes["rogue_router"] == "warn", causes


def second_machine(world):
    world.router.ip("link add r2 link lan0 address 00:60:ee:00:02:02 type macvlan mode bridge")
    other = node(world, "router2")
    world.router.ip(f"link set r2 netns {other.ns} name eth0")
    other.ip("link set eth0 up")
    other.sysctl(net__ipv6__conf__all__forwarding=1)
    return other


def test_station_that_advertises_and_does_not_route(world):
    a, other = world.guest_a, second_machine(world)
    a.ip("route add default via fe80::20 dev eth0 metric 2048")
    bad = other.link_local()
    with radvd(world, other, "eth0"):
        wait_for_route(a, bad)
        assert "00:60:ee:00:02:02 of the network" in found(world.host, a.ip6, "rogue_router")
        assert "RA guard" in why(world.host, a.ip6)["causes"][0]["remedy"]
    wait_for("the route is gone", lambda: not has_route(a, bad), 10)
    gone(world, a.ip6, "rogue_router")


def test_second_router_of_the_network_is_no_cause(world):
    a, other = world.guest_a, second_machine(world)
    good = other.link_local()
    other.sysctl(net__ipv6__conf__eth0__accept_ra=0)
    other.ip("route add default via fe80::20 dev eth0")
    with radvd(world, other, "eth0", prefix="2001:db8:157::/64"):
        wait_for_route(a, good)
        wait_for("vifi has seen it", lambda: [r for r in world.vifi.show()["routers"] if not r["guest"]], 10)
        for name in (a.ip4, a.ip6, a.hw):
            assert not innocent(world, name), name


def test_guest_that_routes_is_no_cause(world):
    """A router in guest b: its own network, and the way to others by the router of the network."""
    a, b = world.guest_a, world.guest_b
    b.sysctl(net__ipv6__conf__all__forwarding=1, net__ipv6__conf__eth0__accept_ra=0)
    b.ip("route replace default via fe80::20 dev eth0")
    with radvd(world, b, "eth0", prefix="2001:db8:157::/64"):
        wait_for_route(a, b.link_local())
        wait_for("a reaches other networks by b", lambda: a.ping(OUTSIDE6, timeout=1), 15)
        wait_for("vifi has seen b", lambda: advertised(world, "vif-b"), 10)
        for name in (a.ip4, a.ip6, a.hw, world.guest_c.ip4, b.ip6):
            assert not innocent(world, name), name
