# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of addresses, of DHCP and of this host: as test_why.py.  Where the remedy is a command of this host, it is run, and
the cause must go away."""

import contextlib
import re

import pytest
import tcx
from field_world import TapGuest
from lab.dhcp_servers import DnsmasqOnly4
from lab.netns import inside, wait_for
from lab.services import _Daemon
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6
from scapy.layers.l2 import Ether
from test_why import newcomer
from why_lab import first, found, innocent, quiet, why
from world import BCAST, ENGINES, MULTI6, ROUTER4, ROUTER_MAC, UPLINK_MAC, World, arp, udp4


def world_of(engine, *options, **arguments):
    arguments = {"capture": False, "dhcp": "none", "ra": "none", **arguments}
    return World(vifi=ENGINES[engine] + options, **arguments)


@pytest.fixture(name="world", params=ENGINES)
def _world(request, vifi_program):
    with world_of(request.param) as world:
        quiet(world.host)
        yield world


def mended(world, asked, cause, *commands):
    """Runs a remedy, and waits until the cause is gone."""
    for command in commands:
        world.host.run(["sh", "-c", command])
    wait_for(f"{cause} is gone", lambda: cause not in [c["id"] for c in why(world.host, asked)["causes"]], 20, step=0.3)


def command_of(world, asked, number=0):
    """The first command of the remedy."""
    return re.search(r"`([^`]+)`", why(world.host, asked)["causes"][number]["remedy"]).group(1)


# ---- addresses


def test_address_that_is_pinned_to_another_guest(world):
    a, c = world.guest_a, world.guest_c
    world.vifi.call("pin", "wlan0", a.hw, "192.168.157.60")
    c.wire.send(arp(1, c.hw, c.hw, "192.168.157.60", "192.168.157.60"))
    found(world.host, c.hw, "pinned_address")
    assert not innocent(world, a.ip4), "the owner is blamed, too"
    assert command_of(world, c.hw) == "vifi bridge forget wlan0 192.168.157.60"


def test_address_of_this_host(world):
    c = world.guest_c
    c.wire.send(arp(1, c.hw, c.hw, "192.168.157.21", "192.168.157.21"))
    found(world.host, c.hw, "host_address")


def test_address_of_the_gateway(world):
    c = world.guest_c
    c.wire.send(arp(1, c.hw, c.hw, ROUTER4, ROUTER4))
    found(world.host, c.hw, "gateway_address")


def test_address_of_a_network_that_this_host_routes_elsewhere(world):
    c = world.guest_c
    world.host.ip("link add behind type veth peer name far", "addr add 10.77.0.1/24 dev behind", "link set behind up", "link set far up")

    def is_found():
        c.wire.send(arp(1, c.hw, c.hw, "10.77.0.9", "10.77.0.9"))
        return first(world.host, c.hw) == "foreign_address"

    wait_for("the foreign address is the first cause", is_found, 20, step=0.3)
    found(world.host, c.hw, "foreign_address")


def test_more_addresses_than_a_port_may_have(vifi_program):
    with world_of("kernel", config="port-cap = 32\nlearn-rate = 500\nlearn-burst = 500\n") as world:
        quiet(world.host)
        a = world.guest_a
        for last in range(100, 150):
            a.wire.send(arp(1, a.hw, a.hw, f"192.168.157.{last}", ROUTER4))
        found(world.host, "vif-a", "port_cap")
        assert not innocent(world, world.guest_b.ip4)


def test_more_new_addresses_than_a_port_may_learn(vifi_program):
    with world_of("user", config="learn-rate = 1\nlearn-burst = 8\n") as world:
        quiet(world.host)
        a = world.guest_a
        for last in range(100, 150):
            a.wire.send(arp(1, a.hw, a.hw, f"192.168.157.{last}", ROUTER4))
        found(world.host, "vif-a", "learn_rate")
        assert not innocent(world, world.guest_b.ip4)


DEAF = "table arp deaf {\n chain ignore {\n type filter hook input priority 0; policy drop;\n }\n}\n"


@pytest.mark.parametrize("mac,cause", [("00:00:5e:00:01:2c", "virtual_mac"), ("00:60:00:00:00:02", "taken")], ids=["by a virtual router", "by another guest"])
def test_address_that_was_taken(world, mac, cause):
    """Guest a does not answer when it is asked for its address, and guest b gets it."""
    a, b = world.guest_a, world.guest_b
    a.run(["nft", "-f", "-"], input=DEAF)

    def is_found():
        b.wire.send(arp(1, mac, mac, a.ip4, a.ip4))
        return first(world.host, a.hw) == cause

    wait_for(f"{cause} is the first cause", is_found, 30, step=0.3)
    assert mac in found(world.host, a.hw, cause)


def test_uplink_that_roamed_to_another_network(world):
    world.host.ip("addr flush dev wlan0 scope global", "addr add 10.44.0.9/24 dev wlan0", "route replace default via 10.44.0.1")
    assert "10.44.0.0/24" in found(world.host, world.guest_a.hw, "roamed")


# ---- DHCP


@contextlib.contextmanager
def client(world, guest):
    one = guest.start(["udhcpc", "-i", "eth0", "-f", "-t", "100", "-T", "1", "-s", "/bin/true"], log=world.lab.file("udhcpc.log"))
    try:
        yield one
    finally:
        one.terminate()
        one.wait(10)


class SmallPool(_Daemon):
    """dnsmasq with one address."""

    def __init__(self, lab):
        super().__init__(lab, "dnsmasq", ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--log-dhcp", "--conf-file=/dev/null", "--user=root",
                                          "--port=0", "--interface=lan0", "--bind-interfaces", "--pid-file=", f"--dhcp-leasefile={lab.file('leases')}",
                                          "--dhcp-authoritative", "--no-ping", "--dhcp-range=192.168.157.100,192.168.157.100,255.255.255.0,600"],
                         r"started|DHCP, IP range")


def lease(world, guest):
    guest.ip("addr flush dev eth0")
    assert guest.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-s", "/bin/true"], check=False, timeout=30).returncode == 0


def test_exhausted_pool(world):
    server = SmallPool(world.lab)
    try:
        lease(world, world.guest_b)
        world.guest_b.ip("addr add 192.168.157.100/24 dev eth0")
        with newcomer(world) as guest, client(world, guest):
            assert ROUTER4 in found(world.host, guest.hw, "pool_exhausted")
            assert any("inferred" in line for line in why(world.host, guest.hw)["causes"][0]["evidence"])
            assert not innocent(world, world.guest_b.hw)
    finally:
        server.close()


def test_server_that_has_ended(world):
    """It gave leases before; now its port is closed."""
    server = DnsmasqOnly4(world.lab)
    try:
        lease(world, world.guest_b)
    finally:
        server.close()
    with newcomer(world) as guest, client(world, guest):
        found(world.host, guest.hw, "no_lease")
        assert any("closed" in line for line in why(world.host, guest.hw)["causes"][0]["evidence"])


def answer(world, guest, kind, chaddr):
    """Answers the newest DISCOVER of the guest that the network has received, as a server with this idea of its client would."""
    for packet in map(Ether, world.wire.frames(3)):
        if BOOTP in packet and packet[BOOTP].op == 1 and bytes(packet[BOOTP].chaddr)[:6].hex(":") == guest.hw:
            reply = (Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IP(src=ROUTER4, dst="192.168.157.99") / UDP(sport=67, dport=68)
                     / BOOTP(op=2, xid=packet[BOOTP].xid, yiaddr="192.168.157.99", siaddr=ROUTER4, flags=0x8000, chaddr=bytes.fromhex(chaddr.replace(":", "")))
                     / DHCP(options=[("message-type", kind), ("server_id", ROUTER4), "end"]))
            world.wire.send(reply)
            return


def test_answers_that_are_not_for_this_guest(world):
    """An access point that writes the station's MAC address into the requests answers with it, too."""
    with newcomer(world) as guest, client(world, guest):
        def is_found():
            answer(world, guest, "offer", UPLINK_MAC)
            return first(world.host, guest.hw) == "dhcp_astray"
        wait_for("the answers for another client are the first cause", is_found, 30, step=0.1)
        assert "rewrite-chaddr" in why(world.host, guest.hw)["causes"][0]["remedy"]


def test_refused_lease(world):
    with newcomer(world) as guest, client(world, guest):
        def is_found():
            answer(world, guest, "nak", guest.hw)
            return first(world.host, guest.hw) == "lease_refused"
        wait_for("the NAK is the first cause", is_found, 30, step=0.1)
        assert any("NAK" in line for line in why(world.host, guest.hw)["causes"][0]["evidence"])


def discover(world, guest, address, server=None):
    """The guest asks by DHCP, and then uses the address of a rogue server."""
    with client(world, guest):
        wait_for("the request is known", lambda: any(b["family"] == "dhcp_xid" and b["mac"] == guest.hw for b in world.vifi.show()["bindings"]), 15)
    guest.wire.send(arp(1, guest.hw, guest.hw, address, address))


def test_dhcp_server_among_the_guests(world):
    """A real dnsmasq in guest b, without another server in the network."""
    b = world.guest_b
    b.ip("addr add 10.66.0.1/24 dev eth0")
    server = b.start(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--interface=eth0", "--pid-file=",
                      f"--dhcp-leasefile={world.lab.file('rogue.leases')}", "--no-ping", "--dhcp-range=10.66.0.50,10.66.0.60,255.255.255.0,600"],
                     log=world.lab.file("rogue.log"))
    try:
        with newcomer(world) as guest:
            script = world.lab.file("set-address.sh")
            with open(script, "w") as file:
                file.write('#!/bin/sh\n[ "$1" = bound ] && ip addr add $ip/24 dev eth0 && ping -c 1 -W 1 10.66.0.1\nexit 0\n')
            guest.run(["chmod", "755", script])
            assert guest.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", script], check=False, timeout=60).returncode == 0
            guest.wire.send(arp(1, guest.hw, guest.hw, guest.query("-4 -o addr show dev eth0").split()[3].split("/")[0], ROUTER4))
            found(world.host, guest.hw, "rogue_server")
    finally:
        world.host.stop(server)


def test_router_advertisements_of_a_guest(world):
    b = world.guest_b
    b.sysctl(net__ipv6__conf__all__forwarding=1)  # else its neighbour advertisements deny that it is a router, and the route goes
    b.link_local()
    frame = (Ether(src=b.hw, dst=MULTI6) / IPv6(src="fe80::260:ff:fe00:2", dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800)
             / ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::", prefixlen=64))
    b.wire.send(frame)
    assert "vif-b" in found(world.host, world.guest_a.ip4, "rogue_router")
    assert {p["port"]: p["drops"] for p in world.vifi.show()["ports"]}["vif-b"] == {"guest_service": 1}


def test_dhcp_server_of_this_host_on_the_bridge(world):
    world.host.ip("addr add 10.66.0.1/24 dev br0")
    server = world.host.start(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--interface=br0", "--bind-interfaces",
                               "--pid-file=", f"--dhcp-leasefile={world.lab.file('own.leases')}", "--no-ping", "--dhcp-range=10.66.0.50,10.66.0.50,255.255.255.0,600"],
                              log=world.lab.file("own.log"))
    try:
        with newcomer(world) as guest, client(world, guest):
            assert "DHCP server" in found(world.host, guest.hw, "dhcp_server")
    finally:
        world.host.stop(server)


def test_no_router_advertisement(world):
    guest = world.lab.add_guest(8, "six")  # it has a link-local address, and waits for a router
    guest.hw = guest.mac("eth0")
    world.router.ping("192.168.157.200", timeout=1)  # a broadcast, so that groups are not filtered
    found(world.host, guest.hw, "ra_absent")


def test_access_point_that_filters_multicast(vifi_program):
    with world_of("kernel", port={"no_group": True}) as world:
        quiet(world.host)
        guest = world.lab.add_guest(8, "six")
        found(world.host, guest.mac("eth0"), "multicast_filtered")


# ---- this host


def test_small_mtu_of_a_port(world):
    world.host.ip("link set vif-a mtu 1200")
    found(world.host, world.guest_a.ip4, "mtu")
    mended(world, world.guest_a.ip4, "mtu", command_of(world, world.guest_a.ip4))


def test_router_of_the_guests_that_does_not_forward(world):
    a = world.guest_a
    world.host.ip("addr add 10.66.0.1/24 dev br0")
    world.host.sysctl(net__ipv4__ip_forward=0)
    a.ip("addr add 10.66.0.7/24 dev eth0")

    def is_found():
        a.wire.send(arp(1, a.hw, a.hw, "10.66.0.7", "10.66.0.1"))
        return first(world.host, "10.66.0.7") == "ip_forward"

    wait_for("ip_forward is the first cause", is_found, 20, step=0.3)
    mended(world, "10.66.0.7", "ip_forward", command_of(world, "10.66.0.7"))


def test_packets_that_this_host_forwards_back_to_the_router(vifi_program):
    """The router has a route to a network behind guest a, of which this host knows nothing."""
    with world_of("kernel") as world:
        quiet(world.host)
        world.host.sysctl(net__ipv4__ip_forward=1)
        world.router.ip(f"route add 10.9.0.0/24 via {world.guest_a.ip4}")

        def is_found():
            world.router.run("ping -c 1 -W 1 10.9.0.7", check=False)
            return first(world.host, world.guest_a.ip4) == "forward_loop"

        wait_for("the loop is the first cause", is_found, 20, step=0.3)


def test_detached_program(vifi_program):
    with world_of("kernel") as world:
        quiet(world.host)
        assert not innocent(world, "vif-a")
        with inside(world.host.ns):
            tcx.detach(world.host.index("wlan0"), tcx.INGRESS, tcx.attached(world.host.index("wlan0"), tcx.INGRESS)[0])
        assert "vifi_from_wire" in found(world.host, "vif-a", "programs")
        world.vifi.kill()
        world.vifi.start()
        mended(world, "vif-a", "programs")


def test_loop_through_an_ethernet_port(world):
    from test_loop import add_switch

    add_switch(world)
    world.host.ip("link set eth0 up master br0")

    def is_found():
        world.router.run("ping -c 1 -W 1 192.168.157.200", check=False)  # a broadcast, which returns
        return first(world.host, world.guest_a.ip4) == "loop"

    wait_for("the loop is the first cause", is_found, 40, step=0.3)
    mended(world, world.guest_a.ip4, "loop", command_of(world, world.guest_a.ip4))


def test_slow_answer_to_this_host_is_no_lost_one(world):
    """A guest that answers after 120 ms, as on a busy machine, is reached by this host like by the network."""
    tap = TapGuest(world, 6, 0.12)
    try:
        tap.node.ip("link set eth0 up")
        slow, _ = world.lab.static(tap.node, 47)
        wait_for("the slow guest reaches the router", lambda: tap.node.ping(ROUTER4))
        wait_for("this host reaches the slow guest", lambda: world.host.ping(slow))
        for _ in range(3):
            causes = why(world.host, slow)["causes"]
            assert "host_path" not in [cause["id"] for cause in causes], causes
    finally:
        tap.close()
