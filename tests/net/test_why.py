# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory: each test injects one fault, and the first cause that `vifi why` prints must be that one.  On a healthy bridge
it says that nothing stands in the way.  doc/why.schema.json is checked by the jsonschema package."""

import contextlib
import json
import signal

import pytest
import why_lab

from lab.netns import wait_for
from lab.vifi import program
from why_lab import quiet
from world import ENGINES, ROUTER4, World, arp, ns


@pytest.fixture(name="world", params=ENGINES)
def _world(request, vifi_program):
    """A world of its own, because the tests break it."""
    with World(vifi=ENGINES[request.param], capture=False, dhcp="none", ra="none") as world:
        world.engine = request.param
        quiet(world.host)
        yield world


def why(world, asked):
    return why_lab.why(world.host, asked)


def first(world, asked):
    return why_lab.first(world.host, asked)


def found(world, asked, cause, act=lambda: None):
    return why_lab.found(world.host, asked, cause, without_remedy={"uplink"}, act=act)


# ---- healthy


def test_nothing_is_invented(world):
    """By each name of each guest."""
    for number, guest in enumerate(world.guests):
        for asked in (guest.ip4, guest.ip6, guest.hw, guest.hw.upper().replace(":", "-"), f"vif-{'abc'[number]}"):
            causes = why_lab.innocent(world, asked)
            assert causes == [] and why(world, asked)["guest"]["mac"] == guest.hw, (asked, causes)
    text = world.host.run([program(), "why", world.guest_a.ip4]).stdout
    assert text.startswith(f"Nothing stands in the way of {world.guest_a.ip4} ({world.guest_a.hw} on vif-a)") and "Ruled out: " in text


# ---- one fault each


def test_without_a_bridge(vifi_program):
    with World(capture=False, guests=1, start=False) as world:
        assert first(world, world.guest_a.ip4) == "no_bridge"


def test_uplink_down(world):
    world.host.ip("link set wlan0 down")
    found(world, world.guest_a.ip4, "uplink")
    assert [c["id"] for c in why(world, world.guest_a.ip4)["causes"]] == ["uplink"]


def test_uplink_without_carrier(world):
    world.lab.carrier(False)
    found(world, world.guest_a.ip4, "uplink")
    world.lab.carrier(True)
    wait_for("all is well again", lambda: not [c for c in why(world, world.guest_a.ip4)["causes"] if c["id"] == "uplink"], 20)


@pytest.mark.parametrize("asked", ["port", "mac", "ip4"])
def test_port_down(world, asked):
    world.host.ip("link set vif-a down")
    found(world, {"port": "vif-a", "mac": world.guest_a.hw, "ip4": world.guest_a.ip4}[asked], "port_down")


def test_bridge_down(world):
    world.host.ip("link set br0 down")
    found(world, world.guest_a.ip4, "bridge_down")
    world.host.ip("link set br0 up")
    wait_for("all is well again", lambda: first(world, world.guest_a.ip4) is None, 20)


def test_port_without_carrier(world):
    world.guest_a.ip("link set eth0 down")
    found(world, world.guest_a.ip4, "port_no_carrier")


def test_port_that_left_the_bridge(world):
    world.host.ip("link set vif-a nomaster")
    found(world, "vif-a", "port_not_in_bridge")


def test_locked_port(world):
    world.host.run(["bridge", "link", "set", "dev", "vif-a", "locked", "on"])
    found(world, world.guest_a.ip4, "port_locked")


def test_firewall_on_bridged_frames(world):
    world.host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1"])
    world.host.run("iptables-nft -P FORWARD DROP")
    found(world, world.guest_a.ip4, "br_netfilter")


# To ARP and neighbour discovery: one that answers for another of its addresses has given up the one that is contested.
DEAF = "".join(f"table {family} deaf {{\n chain ignore {{\n type filter hook input priority 0; policy drop;\n }}\n}}\n" for family in ("arp", "ip6"))


def contest(world):
    """Guest b claims the address of a.  A contest lasts a second, then b has the address, until a claims it in its turn (doc/trust.md)."""
    for guest in (world.guest_a, world.guest_b):
        guest.wire.send(arp(1, guest.hw, guest.hw, world.guest_a.ip4, world.guest_a.ip4))


def test_contested_address(world):
    world.guest_a.run(["nft", "-f", "-"], input=DEAF)
    found(world, world.guest_a.ip4, "contest", act=lambda: contest(world))


def test_address_of_another_guest(world):
    a, c = world.guest_a, world.guest_c
    c.wire.send(arp(1, c.hw, c.hw, a.ip4, a.ip4))
    found(world, c.ip4, "refused")
    assert not why_lab.innocent(world, world.guest_b.ip4), "another guest is blamed, too"


def test_clone_of_a_mac_address(world):
    a, b = world.guest_a, world.guest_b
    for _ in range(5):
        world.out(a, arp(1, a.hw, a.hw, a.ip4, ROUTER4), lambda p: True, 0.1)
        b.wire.send(arp(1, a.hw, a.hw, "192.168.157.77", ROUTER4))

    def is_found():
        b.wire.send(arp(1, a.hw, a.hw, "192.168.157.77", ROUTER4))
        return first(world, a.ip4) == "clone"

    wait_for("the clone is the first cause", is_found, 20)


def test_address_of_another_network(world):
    a = world.guest_a
    a.ip("addr add 10.55.0.7/24 dev eth0")
    a.wire.send(arp(1, a.hw, a.hw, "10.55.0.7", "10.55.0.1"))
    found(world, "10.55.0.7", "other_network")


@contextlib.contextmanager
def newcomer(world):
    """A guest without an address, of which vifi has seen nothing."""
    guest = world.lab.add_guest(7, "late", up=False)
    guest.sysctl(net__ipv6__conf__eth0__disable_ipv6=1)
    guest.ip("link set eth0 up")
    world.lab.wait_forwarding(guest)
    guest.wire, guest.hw = guest.raw("eth0"), guest.mac("eth0")
    yield guest


def test_guest_whose_link_flaps_is_no_clone(world):
    """Its first frame is read after its link went down, when the bridge has forgotten its port."""
    address = "192.168.157.58"
    with newcomer(world) as guest:
        learned = lambda: any(b["address"] == address for b in world.vifi.show()["bindings"])
        world.vifi.proc.send_signal(signal.SIGSTOP)
        try:
            guest.wire.send(arp(1, guest.hw, guest.hw, address, address))
            world.host.ip("link set vif-late down")
        finally:
            world.vifi.proc.send_signal(signal.SIGCONT)
        wait_for("the address is known", learned)
        world.host.ip("link set vif-late up")

        def known():
            guest.wire.send(arp(1, guest.hw, guest.hw, address, address))
            return f"{guest.hw} dev vif-late" in world.host.run("bridge fdb show br br0").stdout

        wait_for("the bridge knows the port", known)
        assert "clone" not in [cause["id"] for cause in why(world, guest.hw)["causes"]]
        assert {port["port"]: port["refused"] for port in world.vifi.show()["ports"]}["vif-late"] == 0


def test_guest_of_which_nothing_was_seen(world):
    for asked in ("192.168.157.99", "02:99:99:99:99:99", "nobody"):
        assert first(world, asked) == "unknown_guest"


def test_guest_that_has_no_address_and_asks_for_none(world):
    """Neither if it was silent so far, nor if it has turned IPv6 off after it began to look whether its link-local address is free
    (RFC 4862, 5.4.2), as a busy guest may."""
    with newcomer(world) as guest:
        assert first(world, "vif-late") == "unknown_guest"
        guest.wire.send(ns(guest.hw, "::", "fe80::260:ff:fe00:7"))
        wait_for("the guest is known", lambda: any(g["mac"] == guest.hw for g in world.vifi.show()["guests"]), 10)
        assert first(world, "vif-late") == "no_address"


def test_no_answer_to_dhcp(world):
    """The lab's router has no DHCP server."""
    with newcomer(world) as guest:
        client = guest.start(["udhcpc", "-i", "eth0", "-f", "-t", "50", "-T", "1", "-s", "/bin/true"], log=world.lab.file("udhcpc.log"))
        try:
            found(world, guest.hw, "no_lease")
            guest.wire.send(arp(1, guest.hw, guest.hw, "169.254.9.9", "169.254.9.9"))  # the last resort (RFC 3927)
            wait_for("the link-local address", lambda: any(b["address"] == "169.254.9.9" for b in world.vifi.show()["bindings"]), 10)
            assert first(world, guest.hw) == "no_lease"
        finally:
            client.terminate()
            client.wait(10)


def test_strict_reverse_path_filter(world):
    world.host.sysctl(net__ipv4__conf__wlan0__rp_filter=1)
    found(world, world.guest_a.ip4, "rp_filter")


def test_killed_process(world):
    world.vifi.kill()
    found(world, world.guest_a.ip4, "process")
    world.vifi.start()
    wait_for("all is well again", lambda: first(world, world.guest_a.ip4) is None, 20)


def test_stopped_process(world):
    """By a signal: it holds its socket, and answers nothing."""
    world.vifi.proc.send_signal(signal.SIGSTOP)
    try:
        assert "is suspended" in found(world, world.guest_a.ip4, "process")
    finally:
        world.vifi.proc.send_signal(signal.SIGCONT)
    wait_for("all is well again", lambda: first(world, world.guest_a.ip4) is None, 20)


def test_port_with_a_longer_mtu(world):
    world.host.ip("link set vif-a mtu 9000")
    found(world, world.guest_a.ip4, "mtu")


# ---- two faults: the one that hides the other comes first


def test_port_that_is_down_hides_a_contest(world):
    a = world.guest_a
    a.run(["nft", "-f", "-"], input=DEAF)
    found(world, a.ip4, "contest", act=lambda: contest(world))
    world.host.ip("link set vif-a down")
    found(world, a.hw, "port_down")


def test_uplink_that_is_down_hides_the_port(world):
    world.host.ip("link set vif-a down", "link set wlan0 down")
    found(world, "vif-a", "uplink")
    assert "port_down" in [c["id"] for c in why(world, "vif-a")["causes"]]
