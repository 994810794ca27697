# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory, continued: each fault is the first cause, and the commands of its remedy, run on this host as they are printed, end it."""

import re

import pytest
from lab.netns import LabError, Node, wait_for
from scapy.layers.l2 import ARP, Dot1Q, Ether
from why_lab import first, found, gone, healthy_world, injected, innocent, quiet, run, top_cause, why, worlds_of_both_engines  # pylint: disable=unused-import
from world import BCAST, ENGINES, HOST4, ROUTER4, ROUTER6, World, arp, guest_mac

A4, A6, MAC = "192.168.157.41", "2001:db8:157::41", guest_mac(0)
NO_MLD = ("@a nft add table netdev m; nft 'add chain netdev m c { type filter hook egress device eth0 priority 0; }'; "
          "nft 'add rule netdev m c icmpv6 type { 131, 132, 143 } drop'")


def commands_of(world, asked, cause):
    """The commands in the remedy of the first cause."""
    return re.findall("`([^`]+)`", top_cause(world.host, asked, cause)["remedy"])


def mended(world, asked, cause, count=1):
    """The first commands of the remedy end the fault."""
    commands = commands_of(world, asked, cause)[:count]
    assert len(commands) == count, commands
    for command in commands:
        done = world.host.run(["sh", "-ec", command], check=False)
        assert done.returncode == 0, (command, done.stderr)
    gone(world, asked, cause)


@pytest.mark.parametrize("fault,undo,asked,count,cause", [
    (f"bridge fdb replace {MAC} dev vif-b master static sticky", f"bridge fdb del {MAC} dev vif-b master || true", A4, 1, "fdb_fixed"),
    ("sysctl -qw net.ipv6.conf.wlan0.accept_ra=1 net.ipv6.conf.all.forwarding=1; ip -6 route del default",
     "sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.wlan0.accept_ra=0; ip -6 route replace default via fe80::20 dev wlan0", A6, 1, "ra_ignored"),
    ("bridge link set dev vif-a locked on", "bridge link set dev vif-a locked off", A4, 1, "port_locked"),
    ("bridge link set dev vif-a bcast_flood off", "bridge link set dev vif-a bcast_flood on", A4, 1, "port_flood"),
    ("bridge link set dev vif-a isolated on; bridge link set dev vifi0p isolated on", "bridge link set dev vif-a isolated off; bridge link set dev vifi0p isolated off",
     A4, 1, "port_isolated"),
    ("ip link set vif-a down", "ip link set vif-a up", A4, 1, "port_down"),
    ("ip link set br0 down", "ip link set br0 up", A4, 1, "bridge_down"),
], ids=["sticky entry of the fdb", "router advertisements that a forwarding host ignores", "locked port", "no broadcasts to the port",
        "isolated ports", "port down", "bridge down"])
def test_remedy(worlds, fault, undo, asked, count, cause):
    """With the kernel's engine: the interfaces are those of its veth."""
    world = worlds["kernel"]
    quiet(world.host)
    wait_for("the guest reaches the router", lambda: world.guest_a.ping(ROUTER4, timeout=1) and world.guest_a.ping(ROUTER6, timeout=1), 20)
    with injected(world, fault, undo):
        world.guest_a.ping(ROUTER4, timeout=1)
        found(world.host, asked, cause)
        mended(world, asked, cause, count)
    wait_for("the guest reaches the router", lambda: world.guest_a.ping(ROUTER4, timeout=1), 20)


def test_bridge_that_snoops_without_reports_of_the_guest(vifi_program):
    """A querier makes the bridge forward solicitations to members only, and the guest's reports are lost (RFC 3810)."""
    with World(capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        assert run(world, NO_MLD)
        assert run(world, "ip link set vif-a down; ip link set vif-a up")  # the bridge forgets the groups that the guest has reported
        # As long as its own address is tentative, the bridge sends no query, and without one it forwards to all; the next query would be 125 s later.
        world.host.link_local("br0")
        assert run(world, "ip link set br0 type bridge mcast_snooping 0 mcast_query_interval 100 mcast_startup_query_interval 100 mcast_query_response_interval 100; "
                          "ip link set br0 type bridge mcast_snooping 1 mcast_querier 1")
        try:
            wait_for("the bridge forwards to members only", lambda: first(world.host, A6) == "mcast_snooping", 60, step=0.5)
        except LabError as error:
            state = world.host.run(["sh", "-c", "ip -6 addr show br0; ip -d link show br0; bridge -d mdb show"], check=False).stdout
            raise LabError(f"{error}: {why(world.host, A6)['causes']}\n{state}") from error
        found(world.host, A6, "mcast_snooping")
        mended(world, A6, "mcast_snooping")


def test_station_with_the_address_of_this_host(world):
    with injected(world, f"@router ip link add sta0 link lan0 type macvlan mode bridge; ip link set sta0 address 00:60:ee:00:00:79 up; ip addr add {HOST4}/32 dev sta0; "
                         "sysctl -qw net.ipv4.conf.all.arp_ignore=1; ip link set lan0 promisc on",
                  "@router ip link del sta0; sysctl -qw net.ipv4.conf.all.arp_ignore=0; ip link set lan0 promisc off"):
        world.host.ip("neigh flush dev wlan0")
        assert "00:60:ee:00:00:79" in found(world.host, A4, "host_duplicate")
    world.router.run(["ip", "neigh", "flush", "dev", "lan0"])
    gone(world, A4, "host_duplicate")


def test_address_that_a_guest_gave_up(worlds):
    """Duplicate address detection (RFC 4862, 5.4) has found a station: vifi never sees the address at the guest's port."""
    world, address = worlds["kernel"], "2001:db8:157::64"
    quiet(world.host)
    world.router.ip("link add sta0 link lan0 type macvlan mode bridge", "link set sta0 address 00:60:ee:00:00:78", "link set lan0 promisc on",
                    f"addr add {address}/128 dev sta0 nodad", "link set sta0 up")
    try:
        world.guest_a.ip(f"addr add {address}/64 dev eth0")
        wait_for("the detection fails", lambda: "dadfailed" in world.guest_a.query("-6 addr show dev eth0"), 10)
        assert "00:60:ee:00:00:78" in found(world.host, address, "contest")
    finally:
        world.guest_a.ip(f"addr del {address}/64 dev eth0")
        world.router.ip("link del sta0", "link set lan0 promisc off")
    gone(world, address, "contest")


def test_guest_that_has_changed_its_mac_address(worlds):
    """The same guest at the same port: nobody has taken its address."""
    world = worlds["kernel"]
    quiet(world.host)
    b = world.guest_b
    b.ip("link set eth0 address 02:12:34:56:78:9b", f"route replace default via {ROUTER4}")
    try:
        wait_for("the guest reaches the router", lambda: b.ping(ROUTER4, timeout=1), 15)
        causes = [cause["id"] for cause in why(world.host, "vif-b")["causes"]]
        assert "taken" not in causes and "guest_silent" not in causes, causes
    finally:
        b.ip(f"link set eth0 address {guest_mac(1)}", f"route replace default via {ROUTER4}")


def tagged(guest, vlan, address, target="192.168.120.20"):
    return Ether(src=guest.hw, dst=BCAST) / Dot1Q(vlan=vlan) / ARP(hwsrc=guest.hw, psrc=address, pdst=target)


@pytest.fixture(name="tagging", params=ENGINES)
def _tagging(request, vifi_program):
    """Frames of VLAN 20 pass the uplink."""
    with World(vifi=(*ENGINES[request.param], "--vlans", "20"), capture=False, dhcp="none", ra="none", guests=2) as world:
        quiet(world.host)
        yield world


def test_wrong_vlan_of_a_guest(tagging):
    """The guest tags with 30, and only 20 is allowed."""
    a = tagging.guest_a
    for _ in range(60):
        a.wire.send(tagged(a, 30, "192.168.120.41"))
    found(tagging.host, "vif-a", "vlan")
    assert not innocent(tagging, "vif-b")


def test_network_that_drops_tagged_frames(tagging):
    """The access point, or a switch behind it, does not carry the VLAN: nobody answers the guest there."""
    a = tagging.guest_a
    for _ in range(3):
        a.wire.send(tagged(a, 20, "192.168.120.41"))
    assert "VLAN 20" in found(tagging.host, "192.168.120.41", "vlan_silent")


def test_tagged_address_that_another_guest_has(tagging):
    a, b = tagging.guests
    a.wire.send(tagged(a, 20, "192.168.120.41"))
    wait_for("the address is known", lambda: any(row["address"] == "192.168.120.41" for row in tagging.vifi.show()["bindings"]), 10)
    b.wire.send(Ether(src=b.hw, dst=BCAST) / Dot1Q(vlan=20) / arp(1, b.hw, b.hw, "192.168.120.41", "192.168.120.41", pad=False).payload)
    a.wire.send(tagged(a, 20, "192.168.120.41"))
    wait_for("the claim is refused, or a contest", lambda: first(tagging.host, "vif-b") in ("refused", "contest"), 20)
    found(tagging.host, "vif-b", "refused")


def test_wrong_gateway_is_found_again(vifi_program):
    """The answers to the first questions, which were asked in the guest's name, came to it; it has received nothing else."""
    with World(capture=False, static=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        a = world.guest_a
        a.ip(f"addr add {A4}/24 brd + dev eth0", "route add default via 192.168.157.77")
        for _ in range(3):
            a.ping("198.51.100.10", timeout=1)
            assert ROUTER4 in found(world.host, A4, "wrong_gateway")
        a.run(commands_of(world, A4, "wrong_gateway")[0])
        wait_for("the guest reaches the internet", lambda: a.ping("198.51.100.10", timeout=1), 15)
        gone(world, A4, "wrong_gateway")


def test_two_dhcp_servers_that_disagree(vifi_program):
    """A second server of the network, which knows another network, is the faster one."""
    with World(capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        lab = world.lab
        world.router.ip("link add srv link lan0 address 00:60:ee:00:05:05 type macvlan mode bridge")
        other = lab.nodes["srv"] = Node(lab.prefix, "srv")
        world.router.ip(f"link set srv netns {other.ns} name eth0", "link set lan0 promisc on")
        other.ip("addr add 10.66.0.1/24 dev eth0", "link set eth0 up")
        server = other.start(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--interface=eth0", "--bind-interfaces",
                              "--pid-file=", f"--dhcp-leasefile={lab.file('leases')}", "--dhcp-authoritative", "--no-ping",
                              "--dhcp-range=10.66.0.50,10.66.0.60,255.255.255.0,600"], log=lab.file("second.log"))
        try:
            guest = lab.add_guest(7, "late")
            script = lab.file("lease.sh")
            with open(script, "w") as file:
                file.write('#!/bin/sh\n[ "$1" = bound ] && ip addr add $ip/24 dev eth0\nexit 0\n')
            guest.run(["chmod", "755", script])
            assert guest.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", script], check=False, timeout=60).returncode == 0
            guest.ping(ROUTER4, timeout=1)
            assert "10.66.0." in found(world.host, "vif-late", "two_servers")
            assert "00:60:ee:00:05:05" in why(world.host, "vif-late")["causes"][0]["remedy"]
            assert not innocent(world, A4)
        finally:
            server.terminate()
            server.wait(10)
