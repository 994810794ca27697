# SPDX-License-Identifier: GPL-2.0-or-later
"""A bridge with a DHCP server of this host, as libvirt's virbr0 or LXD's lxdbr0: `up` refuses it, and if it is told to go on,
the server's answers and router advertisements stay on the bridge (rule 31)."""

import contextlib
import json
import random

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Advertise, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptElapsedTime, DHCP6OptIA_NA, DUID_LL
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6ND_RS, IPv6
from scapy.layers.l2 import Ether

from lab import Vifi, services
from lab.netns import wait_for
from lab.port import mac_bytes
from lab.vifi import program
from world import BCAST, ENGINES, OTHER, World

BRIDGE4 = "192.168.122.1"


class HostDnsmasq(services._Daemon):  # pylint: disable=protected-access
    """dnsmasq on an interface of the host, as libvirt starts it: bound to the device, with router advertisements."""

    def __init__(self, lab, device, net, bind="--bind-dynamic", ra=True):
        lab.router, router = lab.host, lab.router  # the helper starts its daemon on the router
        argv = ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--log-dhcp", "--conf-file=/dev/null", "--user=root", "--port=0", "--pid-file=",
                f"--interface={device}", "--dhcp-authoritative", "--no-ping", f"--dhcp-leasefile={lab.file('own.leases')}",
                f"--dhcp-range={net}.50,{net}.99,255.255.255.0,600"] + ([bind] if bind else [])
        if ra:
            argv += ["--enable-ra", "--dhcp-range=fd00:122::100,fd00:122::1ff,slaac,64,600", f"--ra-param={device},4,600"]
        try:
            super().__init__(lab, "dnsmasq", argv, r"started|DHCP, IP range")
        finally:
            lab.router = router
        self.node = lab.host

    def close(self):
        self.node.stop(self.proc)


@contextlib.contextmanager
def virbr(**kw):
    """A world without vifi in which br0 has an address of its own."""
    with World(start=False, static=False, dhcp="none", ra="none", **kw) as world:
        world.host.ip(f"addr add {BRIDGE4}/24 brd + dev br0", "addr add fd00:122::1/64 dev br0 nodad")
        for name in ("br0", *(guest.vif for guest in world.guests)):  # they follow the carriers of the guests a moment later
            wait_for(f"{name} is up", lambda name=name: "state UP" in world.host.query(f"link show dev {name}"), 10)
        yield world


@pytest.mark.parametrize("bind", ["--bind-dynamic", "--bind-interfaces", ""])
def test_up_and_check_name_the_server(vifi_program, bind):
    with virbr() as world:
        server = HostDnsmasq(world.lab, "br0", "192.168.122", bind, ra=False)
        before = world.host.query("link")
        try:
            result = world.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False)
            assert result.returncode == 1, result
            for word in ("DHCP server for br0", f"dnsmasq (process {server.proc.pid})", "UDP port 67", "--allow-dhcp-server"):
                assert word in result.stderr, result.stderr
            assert world.host.query("link") == before, "a refused `up` changed something"
            found = json.loads(world.host.run([program(), "bridge", "check", "-j", "wlan0", "br0"], check=False).stdout)
            assert any(f["id"] == "dhcp_server" and f["level"] == "fail" for f in found), found
            result = world.host.run([program(), "setup", "wlan0", "br0"], check=False)
            assert result.returncode == 1 and f"dnsmasq (process {server.proc.pid})" in result.stderr, result
            with Vifi(world.lab, options=["--allow-dhcp-server"]) as vifi:
                found = json.loads(vifi.call("check", "-j", check=False).stdout)
                assert any(f["id"] == "dhcp_server" and f["level"] == "warn" for f in found), found
        finally:
            server.close()
        with Vifi(world.lab):
            pass  # without the server it is an ordinary bridge


@pytest.mark.parametrize("bind", ["--bind-dynamic", "--bind-interfaces", ""])
def test_servers_of_other_interfaces_are_no_obstacle(vifi_program, bind):
    """This host routes for a network of its own.  A wildcard socket is no server for a bridge without an address."""
    with World(start=False, static=False, dhcp="none", ra="none") as world:
        world.host.ip("link add lan1 type bridge", "addr add 10.9.0.1/24 dev lan1", "addr add fd00:122::1/64 dev lan1 nodad", "link set lan1 up")
        server = HostDnsmasq(world.lab, "lan1", "10.9.0", bind)
        try:
            with Vifi(world.lab):
                pass
        finally:
            server.close()


def discover(mac):
    return (Ether(src=mac, dst=BCAST) / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
            / BOOTP(op=1, chaddr=mac_bytes(mac), xid=random.getrandbits(32)) / DHCP(options=[("message-type", "discover"), "end"]))


def solicit(mac):
    return (Ether(src=mac, dst="33:33:00:01:00:02") / IPv6(src="fe80::260:eeff:fe00:99", dst="ff02::1:2") / UDP(sport=546, dport=547)
            / DHCP6_Solicit(trid=random.getrandbits(24)) / DHCP6OptClientId(duid=DUID_LL(lladdr=mac)) / DHCP6OptElapsedTime() / DHCP6OptIA_NA(iaid=5))


@pytest.mark.parametrize("services_of_guests", ["guests", "all"])
@pytest.mark.parametrize("engine", ENGINES)
def test_rule_31_own_server_does_not_serve_the_network(vifi_program, engine, services_of_guests):
    """A machine of the network asks, and gets no offer; the guests are served."""
    with virbr() as world:
        server = HostDnsmasq(world.lab, "br0", "192.168.122")
        try:
            options = ENGINES[engine] + ("--allow-dhcp-server", f"--guest-services={services_of_guests}")
            with Vifi(world.lab, options=options) as vifi:
                world.vifi = None
                world.wire.drain()
                before = vifi.drops().get("host_service", 0)
                for _ in range(3):
                    world.wire.send(discover(OTHER))
                    world.wire.send(solicit(OTHER))
                    world.wire.send(Ether(src=OTHER, dst="33:33:00:00:00:02") / IPv6(src="fe80::260:eeff:fe00:99", dst="ff02::2", hlim=255) / ICMPv6ND_RS())
                    heard = [p for p in map(Ether, world.wire.frames(1.5))]
                    wrong = [p.summary() for p in heard if (BOOTP in p and p[BOOTP].op == 2) or ICMPv6ND_RA in p or DHCP6_Advertise in p]
                    assert not wrong, wrong
                wait_for("the answers are counted", lambda: vifi.drops().get("host_service", 0) >= before + 3, 3)
                assert "DHCPDISCOVER(br0) 00:60:ee:00:00:99" in server.log_text(), "the server has not heard the request"
                world.guest_a.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "6", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh"])
                assert world.guest_a.addresses("eth0", 4)[0].startswith("192.168.122."), "the guest was not served"
        finally:
            server.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_31_server_on_the_uplink_does_not_serve_the_network(vifi_program, engine):
    """A DHCP server of this host on wlan0 itself: its answers stop at the uplink, named host_service."""
    with World(start=False, static=False, dhcp="none", ra="none") as world:
        server = HostDnsmasq(world.lab, "wlan0", "192.168.157", ra=False)
        try:
            with Vifi(world.lab, options=ENGINES[engine]) as vifi:
                world.wire.drain()
                for _ in range(3):
                    world.wire.send(discover(OTHER))
                wait_for("the server answers", lambda: server.log_text().count("DHCPOFFER(wlan0)") >= 3, 3)
                assert not [p for p in map(Ether, world.wire.frames(0.5)) if BOOTP in p and p[BOOTP].op == 2]
                wait_for("the answers are counted", lambda: vifi.drops().get("host_service", 0) >= 3, 3)
        finally:
            server.close()
