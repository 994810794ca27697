# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory, continued: faults of kinds, not of instances, each by the commands that inject it and those that undo it.
`@a`, `@router`: on that node; otherwise on the host.  One world serves all; after each fault the guest must reach the router again."""

import pytest
from lab.netns import wait_for
from lab.vifi import program
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q, Ether
from why_lab import first, found, gone, healthy_world, injected, innocent, quiet, reach, run, why, worlds_of_both_engines  # pylint: disable=unused-import
from world import BCAST, ENGINES, HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, World, arp, guest_mac, ns

A4, A6, MAC = "192.168.157.41", "2001:db8:157::41", guest_mac(0)
CHAIN = "nft add table {0} g; nft 'add chain {0} g c {{ type filter hook {1} priority 0; }}'"
POLICY = "nft add table netdev g; nft 'add chain netdev g c {{ type filter hook {0} device {1} priority 0; policy drop; }}'"
CALL, NO_CALL = "sysctl -qw net.bridge.bridge-nf-call-iptables=1; ", "sysctl -qw net.bridge.bridge-nf-call-iptables=0; "


def bridged(rule):
    return f"{CHAIN.format('bridge', 'forward')}; nft 'add rule bridge g c {rule}'"


def of_router(rule):
    return ("@router nft add table netdev g; nft 'add chain netdev g c { type filter hook ingress device lan0 priority 0; }'; "
            f"nft 'add rule netdev g c {rule} drop'")


NO_BRIDGE, NO_NETDEV, NO_INET, ROUTER_OFF = ("nft delete table bridge g", "nft delete table netdev g", "nft delete table inet g",
                                             "@router nft delete table netdev g")


def inject(world, asked, fault, undo, cause):
    """The fault is the first cause of the guest, and no cause of another one; it is none any more when it is undone."""
    with injected(world, fault, undo):
        world.guest_a.ping(ROUTER6 if asked == A6 else ROUTER4, timeout=1)
        found(world.host, asked, cause)
    gone(world, asked, cause)
    gone(world, asked, "clone", 90)  # a frame of the bridge with the guest's MAC address is remembered for a minute


# ---- the bridge


@pytest.mark.parametrize("fault,undo,cause", [
    (f"bridge fdb replace {MAC} dev vif-b master permanent", f"bridge fdb del {MAC} dev vif-b master", "port_mac"),
    (f"ip link set vif-a address {MAC}", "ip link set vif-a address fe:00:00:00:00:01", "port_mac"),
    (f"ip link set br0 address {MAC}", "ip link set br0 address fe:00:00:00:00:02", "port_mac"),
    (f"bridge link set dev vif-a learning off flood off; bridge fdb del {MAC} dev vif-a master", "bridge link set dev vif-a learning on flood on", "port_flood"),
    ("ip link set vif-a type bridge_slave proxy_arp on", "ip link set vif-a type bridge_slave proxy_arp off", "port_flood"),
    ("ip link set vifi0p type bridge_slave proxy_arp on", "ip link set vifi0p type bridge_slave proxy_arp off", "port_flood"),
    ("bridge link set dev vif-a state 0", "bridge link set dev vif-a state 3", "port_blocked"),
    ("ip link add br9 type bridge; ip link set br9 up; ip link set wlan0 master br9", "ip link set wlan0 nomaster; ip link del br9", "uplink_kind"),
    ("ip addr add 192.168.157.50/24 dev br0", "ip addr del 192.168.157.50/24 dev br0", "two_addresses"),
    ("ip addr add 10.5.5.1/24 dev br0; sysctl -qw net.ipv4.conf.br0.proxy_arp=1 net.ipv4.ip_forward=1",
     "sysctl -qw net.ipv4.conf.br0.proxy_arp=0 net.ipv4.ip_forward=0; ip addr del 10.5.5.1/24 dev br0", "proxy_arp"),
], ids=["local entry of the fdb", "port has the mac address of the guest", "bridge has the mac address of the guest", "port that neither learns nor floods",
        "proxy arp of the port", "proxy arp of the port to the uplink", "disabled port", "uplink in another bridge", "address of the bridge in the network of the uplink",
        "proxy arp of this host"])
def test_bridge(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


# ---- firewalls: what nftables can say, and where


@pytest.mark.parametrize("fault,undo,cause", [
    (bridged("iifname vmap { \"vif-a\" : drop }"), NO_BRIDGE, "firewall"),
    ("nft add table bridge g; nft 'add map bridge g m { type ifname : verdict; elements = { \"vif-a\" : drop } ; }'; "
     "nft 'add chain bridge g c { type filter hook forward priority 0; }'; nft 'add rule bridge g c iifname vmap @m'", NO_BRIDGE, "firewall"),
    (f"nft add table bridge g; nft 'add set bridge g s {{ type ether_addr; elements = {{ {MAC} }} ; }}'; "
     "nft 'add chain bridge g c { type filter hook forward priority 0; }'; nft 'add rule bridge g c ether saddr @s drop'", NO_BRIDGE, "firewall"),
    (bridged(f"iifname . ether saddr {{ \"vif-a\" . {MAC} }} drop"), NO_BRIDGE, "firewall"),
    (bridged("ether type arp drop"), NO_BRIDGE, "firewall"),
    (bridged("meta protocol ip drop"), NO_BRIDGE, "firewall"),
    (bridged("ip saddr 192.168.157.0/26 drop"), NO_BRIDGE, "firewall"),
    (bridged("ip daddr 192.168.157.40-192.168.157.45 drop"), NO_BRIDGE, "firewall"),
    (bridged("meta pkttype broadcast drop"), NO_BRIDGE, "firewall"),
    (bridged("ether daddr ff:ff:ff:ff:ff:ff drop"), NO_BRIDGE, "firewall"),
    (POLICY.format("egress", "wlan0"), NO_NETDEV, "firewall"),
    (POLICY.format("egress", "vifi0p"), NO_NETDEV, "firewall"),
    (POLICY.format("ingress", "vifi0p"), NO_NETDEV, "firewall"),
    (POLICY.format("egress", "vif-a"), NO_NETDEV, "firewall"),
    (f"{CALL}iptables-nft -t raw -A PREROUTING -s {A4} -j DROP", f"{NO_CALL}nft delete table ip raw", "firewall"),
    (f"{CALL}iptables-nft -t mangle -A POSTROUTING -s {A4} -j DROP", f"{NO_CALL}nft delete table ip mangle", "firewall"),
    (f"{CALL}iptables-nft -A FORWARD -m physdev --physdev-in vif-a -j DROP", f"{NO_CALL}nft delete table ip filter", "firewall"),
    (f"{CALL}iptables-nft -A FORWARD -m mac --mac-source {MAC} -j DROP", f"{NO_CALL}nft delete table ip filter", "firewall"),
    (f"{CALL}iptables-legacy -t raw -A PREROUTING -s {A4} -j DROP", f"{NO_CALL}iptables-legacy -t raw -F", "firewall"),
    (f"{CALL}iptables-legacy -t mangle -A POSTROUTING -s {A4} -j DROP", f"{NO_CALL}iptables-legacy -t mangle -F", "firewall"),
], ids=["verdict map", "named verdict map", "named set", "concatenation", "arp", "ipv4", "network of the guest", "range with the guest", "broadcasts by type",
        "broadcasts by address", "egress of the uplink", "egress of the port to the uplink", "ingress of the port to the uplink", "egress of the port", "iptables raw",
        "iptables mangle", "iptables physdev", "iptables mac", "iptables legacy raw", "iptables legacy mangle"])
def test_firewall(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


@pytest.mark.parametrize("fault,undo,cause", [
    (bridged("icmpv6 type { 135, 136 } drop"), NO_BRIDGE, "firewall"),
    (bridged("ether type ip6 drop"), NO_BRIDGE, "firewall"),
    (f"sysctl -qw net.bridge.bridge-nf-call-ip6tables=1; ip6tables-nft -A FORWARD -s {A6} -j DROP",
     "sysctl -qw net.bridge.bridge-nf-call-ip6tables=0; nft delete table ip6 filter", "firewall"),
    (of_router(f"ip6 saddr {A6}"), ROUTER_OFF, "ip_mac_binding"),
    (of_router("icmpv6 type 135 ether saddr 00:60:aa:bb:cc:dd"), ROUTER_OFF, "gateway_silent"),
    (of_router("ip6 length gt 1300"), ROUTER_OFF, "mtu_hole"),
    (f"@router ip neigh replace {A6} lladdr 02:00:00:00:00:99 nud permanent dev lan0", f"@router ip neigh del {A6} dev lan0", "stale_neighbour"),
    ("@a nft add table ip6 g; nft 'add chain ip6 g c { type filter hook input priority 0; policy drop; }'", "@a nft delete table ip6 g", "guest_silent"),
    (f"@a ip addr del {A6}/64 dev eth0", f"@a ip addr add {A6}/64 dev eth0 nodad", "guest_silent"),
    (f"ip -6 route add blackhole {A6}/128", f"ip -6 route del blackhole {A6}/128", "host_route"),
], ids=["neighbour discovery on this host", "ipv6 on this host", "ip6tables", "binding of addresses", "gateway that answers nobody", "black hole of long packets",
        "stale neighbour entry of the gateway", "deaf guest", "guest that has lost the address", "blackhole of this host"])
def test_ipv6(world, fault, undo, cause):
    inject(world, A6, fault, undo, cause)


def test_ipv6_only_guest_and_a_station_with_its_address(worlds):
    """A guest without IPv4; and an address in use twice, which duplicate address detection (RFC 4862, 5.4) would have found."""
    world = worlds["kernel"]
    quiet(world.host)
    guest = world.lab.add_guest(25)
    guest.ip("addr add 2001:db8:157::63/64 dev eth0 nodad")
    wait_for("the guest reaches the router", lambda: guest.ping(ROUTER6, timeout=1), 15)
    assert not innocent(world, "2001:db8:157::63")
    world.router.ip("link add sta0 link lan0 type macvlan mode bridge", "link set sta0 address 00:60:ee:00:00:77", "link set lan0 promisc on",
                    "addr add 2001:db8:157::63/128 dev sta0 nodad", "link set sta0 up")
    found(world.host, "2001:db8:157::63", "contest")
    world.router.ip("link del sta0", "link set lan0 promisc off")


# ---- this host and the guest: the network reaches it


@pytest.mark.parametrize("fault,undo,cause", [
    (f"ip route add blackhole {A4}/32", f"ip route del blackhole {A4}/32", "host_route"),
    (f"ip route add unreachable {A4}/32", f"ip route del unreachable {A4}/32", "host_route"),
    (f"ip rule add to {A4} prohibit", f"ip rule del to {A4} prohibit", "host_route"),
    ("ip link add far type veth peer name far1; ip link set far up; ip link set far1 up; ip route add default dev far table 99; "
     f"ip rule add to {A4} lookup 99", f"ip rule del to {A4} lookup 99; ip link del far", "host_route"),
    (f"{CHAIN.format('inet', 'input')}; nft add rule inet g c ip saddr {A4} counter drop", NO_INET, "host_firewall"),
    (f"{CHAIN.format('inet', 'output')}; nft add rule inet g c ip daddr {A4} drop", NO_INET, "host_firewall"),
    (f"iptables-nft -A INPUT -s {A4} -j REJECT", "nft delete table ip filter", "host_firewall"),
], ids=["blackhole route", "unreachable route", "rule that prohibits", "rule for another table", "input", "output", "iptables"])
def test_this_host(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


# ---- what the guest believes


@pytest.mark.parametrize("fault,undo,cause", [
    ("@a ip route del default", f"@a ip route replace default via {ROUTER4}", "no_default_route"),
    ("@a ip route replace default via 192.168.157.21", f"@a ip route replace default via {ROUTER4}", "guest_gateway"),
    (f"@a ip neigh replace {ROUTER4} lladdr 02:00:00:00:00:99 nud permanent dev eth0", f"@a ip neigh del {ROUTER4} dev eth0", "guest_gateway"),
    ("@a nft add table arp g; nft 'add chain arp g c { type filter hook output priority 0; policy drop; }'", "@a nft delete table arp g", "guest_silent"),
    (f"@a ip rule add from {A4} blackhole", f"@a ip rule del from {A4} blackhole", "guest_firewall"),
    ("@a sysctl -qw net.ipv4.icmp_echo_ignore_all=1", "@a sysctl -qw net.ipv4.icmp_echo_ignore_all=0", "guest_firewall"),
    (f"@a ip addr del {A4}/24 dev eth0", f"@a ip addr add {A4}/24 brd + dev eth0; ip route replace default via {ROUTER4}", "guest_silent"),
], ids=["no default route", "this host as gateway", "stale entry of its gateway", "no answers to arp", "blackhole of its own", "no answers to echo requests",
        "lost address"])
def test_guest(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


# ---- what vifi drops of a guest, and the port to the uplink


@pytest.mark.parametrize("frame,cause", [
    (lambda a: Ether(src=UPLINK_MAC, dst=ROUTER_MAC) / IP(src=A4, dst=ROUTER4) / UDP(dport=9), "uplink_mac"),
    (lambda a: Ether(src=a.hw, dst=BCAST) / Dot1Q(vlan=20) / Dot1Q(vlan=30) / IP(src=A4, dst=ROUTER4) / UDP(dport=9), "vlan_nested"),
    (lambda a: arp(2, a.hw, "02:00:00:00:00:77", "192.168.157.77", ROUTER4), "arp_sender"),
    (lambda a: ns(a.hw, A6, ROUTER6, slla="02:00:00:00:00:77"), "nd_sender"),
], ids=["mac address of the uplink", "nested vlan tags", "arp for another machine", "neighbour discovery for another machine"])
def test_frames_that_are_dropped(vifi_program, frame, cause):
    """Of a guest that has sent little else; a few among many are a note."""
    with World(vifi=ENGINES["kernel"], capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        for _ in range(40):
            world.guest_a.wire.send(frame(world.guest_a))
        found(world.host, A4, cause)


@pytest.mark.parametrize("fault,cause", [
    ("ip link set vifi0p down", "uplink_port"),
    ("ip link set vifi0p nomaster", "uplink_port"),
    ("bridge link set dev vifi0p state 0", "uplink_port"),
], ids=["is down", "has left the bridge", "is disabled"])
def test_port_to_the_uplink(vifi_program, fault, cause):
    """While vifi runs it mends that; after a kill nobody does."""
    with World(vifi=ENGINES["kernel"], capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        world.vifi.kill()
        assert run(world, fault)
        found(world.host, "vif-a", cause)


def test_port_of_another_bridge(worlds):
    """By the MAC address, which that bridge has learned."""
    world = worlds["kernel"]
    quiet(world.host)
    world.host.ip("link add br9 type bridge forward_delay 0", "link set br9 up", "link set vif-b master br9")

    def is_found():
        world.guest_b.wire.send(arp(1, world.guest_b.hw, world.guest_b.hw, world.guest_b.ip4, ROUTER4))
        return first(world.host, world.guest_b.hw) == "port_not_in_bridge"

    wait_for("the port is the first cause", is_found, 20, step=0.3)
    found(world.host, world.guest_b.hw, "port_not_in_bridge")
    world.host.ip("link set vif-b master br0", "link del br9")
    reach(world.guest_b)


# ---- two at once: the deeper one comes first


@pytest.mark.parametrize("fault,undo,cause", [
    (f"ip link set br0 address {MAC}; ip route add blackhole {A4}/32", f"ip link set br0 address fe:00:00:00:00:02; ip route del blackhole {A4}/32", "port_mac"),
    (f"{bridged('ether type arp drop')}; ip link set vif-a mtu 1400", f"{NO_BRIDGE}; ip link set vif-a mtu 1500", "firewall"),
    (f"{bridged('meta protocol ip drop')}; bridge link set dev vif-a state 0", f"{NO_BRIDGE}; bridge link set dev vif-a state 3", "port_blocked"),
    (f"{POLICY.format('egress', 'wlan0')}; ip rule add to {A4} prohibit", f"{NO_NETDEV}; ip rule del to {A4} prohibit", "firewall"),
], ids=["mac address and route", "arp and mtu", "ipv4 and disabled port", "egress and rule"])
def test_two_faults(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


# ---- a guest whose port has gone, and names that nobody has


@pytest.mark.parametrize("fault,undo,cause", [
    ("ip link set vif-a nomaster", "ip link set vif-a master br0", "port_not_in_bridge"),
    ("ip link add br9 type bridge; ip link set br9 up; ip link set vif-a master br9", "ip link set vif-a master br0; ip link del br9", "port_not_in_bridge"),
], ids=["no port any more", "port of another bridge"])
@pytest.mark.parametrize("asked", [A4, A6, MAC])
def test_port_that_has_gone(world, asked, fault, undo, cause):
    """vifi has forgotten the bindings, and still knows whose they were."""
    inject(world, asked, fault, undo, cause)


def test_deleted_port(vifi_program):
    with World(vifi=ENGINES["kernel"], capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        world.host.ip("link del vif-a")
        found(world.host, A4, "port_gone")


def test_uplink_that_has_no_bridge(worlds):
    host = worlds["kernel"].host
    done = host.run([program(), "why", "--uplink", "wlan7", A4], check=False)
    assert done.returncode == 1 and "bridges run on wlan0" in done.stdout, done


@pytest.mark.parametrize("fault,undo,cause", [
    ("ip link set vifi0 down", "ip link set vifi0 up", "uplink_port"),
    ("tc qdisc add dev vifi0 root blackhole", "tc qdisc del dev vifi0 root", "qdisc"),
    ("tc qdisc add dev wlan0 root pfifo limit 0", "tc qdisc del dev wlan0 root", "qdisc"),
    ("tc qdisc add dev vif-a root pfifo limit 0", "tc qdisc del dev vif-a root", "qdisc"),
    ("tc qdisc add dev vif-a root handle 1: htb default 10; tc class add dev vif-a parent 1: classid 1:10 htb rate 8bit burst 1 cburst 1",
     "tc qdisc del dev vif-a root", "qdisc"),
    ("ip link set wlan0 arp off", "ip link set wlan0 arp on", "uplink_arp"),
], ids=["end of the veth is down", "queueing discipline of the veth", "queue of the uplink", "queue of the port", "rate of the port", "uplink without arp"])
def test_host_interfaces(worlds, fault, undo, cause):
    """With the kernel's engine, whose interfaces these are."""
    world = worlds["kernel"]
    quiet(world.host)
    for guest in world.guests:
        reach(guest)
    inject(world, A4, fault, undo, cause)


def test_address_of_the_guest_on_this_host(world):
    """The refusal is old as soon as the guest has got the address back."""
    with injected(world, f"ip addr add {A4}/32 dev lo", f"ip addr del {A4}/32 dev lo"):
        def is_found():
            world.guest_a.ping(ROUTER4, timeout=1)
            return first(world.host, A4) == "host_address"

        wait_for("the address of this host is the first cause", is_found, 20)
        found(world.host, A4, "host_address")
    reach(world.guest_a)
    gone(world, A4, "host_address")


def test_group_address_as_source(worlds):
    """The kernel's bridge drops such frames of guests itself; not those of this host."""
    world = worlds["kernel"]
    frame = Ether(src="03:00:00:00:00:01", dst=BCAST) / IP(src="10.0.0.1", dst="10.0.0.255") / UDP(dport=9)
    world.expect_drop("bad_source", world.host.raw("br0"), frame, [world.wire], lambda p: p.src == "03:00:00:00:00:01")


def test_multicast_that_does_not_get_to_the_port(world):
    with injected(world, "bridge link set dev vif-a mcast_flood off", "bridge link set dev vif-a mcast_flood on"):
        found(world.host, A6, "port_flood")


def test_addresses_that_a_guest_has_given_up(worlds):
    """It has another one since: nothing is wrong with it."""
    world = worlds["kernel"]
    quiet(world.host)
    b = world.guest_b
    b.ip("addr del 192.168.157.42/24 dev eth0", "addr add 192.168.157.52/24 brd + dev eth0", f"route replace default via {ROUTER4}")
    try:
        reach(b)
        wait_for("the new address is the younger one", lambda: first(world.host, "vif-b") is None, 10)
        assert not innocent(world, "192.168.157.52")
        found(world.host, "192.168.157.42", "guest_silent")
    finally:
        b.ip("addr del 192.168.157.52/24 dev eth0", "addr add 192.168.157.42/24 brd + dev eth0", f"route replace default via {ROUTER4}")
        reach(b)


# ---- this host without an address


@pytest.mark.parametrize("fault,undo,asked,cause", [
    ("ip -4 addr flush dev wlan0", f"ip addr add {HOST4}/24 brd + dev wlan0; ip route replace default via {ROUTER4}", A4, "no_host_address"),
    ("sysctl -qw net.ipv6.conf.wlan0.disable_ipv6=1", f"sysctl -qw net.ipv6.conf.wlan0.disable_ipv6=0; ip addr replace {HOST6}/64 dev wlan0 nodad; "
     "ip route replace default via fe80::20 dev wlan0", A6, "no_host_address"),
], ids=["ipv4", "ipv6"])
def test_host_without_an_address(world, fault, undo, asked, cause):
    """It does not keep the guest from the network: a note."""
    inject(world, asked, fault, undo, cause)


def test_guest_of_a_network_of_this_host(worlds):
    """This host routes for it, with an address on the bridge: nothing is wrong, whatever addresses the guest had before."""
    world = worlds["kernel"]
    quiet(world.host)
    b = world.guest_b
    world.host.ip("addr add 10.0.50.1/24 dev br0")
    world.host.sysctl(net__ipv4__ip_forward=1)
    b.ip("addr flush dev eth0 scope global", "addr add 10.0.50.5/24 dev eth0", "route replace default via 10.0.50.1")
    try:
        wait_for("the guest reaches its router", lambda: b.ping("10.0.50.1", timeout=1), 15)
        wait_for("its address is known", lambda: first(world.host, "10.0.50.5") is None, 15)
        b.ping("10.0.50.1")
        assert not innocent(world, "vif-b")
    finally:
        b.ip("addr flush dev eth0 scope global", "addr add 192.168.157.42/24 brd + dev eth0", "addr add 2001:db8:157::42/64 dev eth0 nodad",
             f"route replace default via {ROUTER4}")
        world.host.ip("addr del 10.0.50.1/24 dev br0")
        world.host.sysctl(net__ipv4__ip_forward=0)
        reach(b)
