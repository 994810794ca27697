# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of what users, and programs that they install, do to a host, a guest or a router: Docker, ufw, firewalld, libvirt, VPNs, settings.
As test_why_more.py: one world serves all, and each fault is undone."""

import contextlib
import time

import pytest
from lab import services
from lab.netns import wait_for
from test_why_more import A4, CALL, MAC, NO_BRIDGE, NO_CALL, NO_NETDEV, POLICY, bridged, inject
from why_lab import first, found, healthy_world, injected, innocent, quiet, reach, run, why, worlds_of_both_engines  # pylint: disable=unused-import
from world import ENGINES, HOST4, ROUTER4, World, arp

NO_IP = f"{NO_CALL}iptables-nft -P FORWARD ACCEPT; nft delete table ip filter"
NO_NAT = "nft delete table bridge nat"
TRACKED = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
FIREWALLD = ("nft add table inet firewalld; nft 'add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; }'; "
             "nft 'add rule inet firewalld filter_FORWARD ct state { established, related } accept'; nft 'add rule inet firewalld filter_FORWARD ct status dnat accept'; "
             "nft 'add rule inet firewalld filter_FORWARD iifname lo accept'; nft 'add rule inet firewalld filter_FORWARD ct state invalid drop'; {} "
             "nft 'add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited'")


def iptables(*rules):
    return CALL + "; ".join(f"iptables-nft {rule}" for rule in rules)


def ebtables(*rules):
    return "; ".join(f"ebtables-nft -t nat {rule}" for rule in rules)


def prerouting(rule):
    return f"nft add table bridge g; nft 'add chain bridge g c {{ type filter hook prerouting priority 0; }}'; nft 'add rule bridge g c {rule}'"


def interface(name, *lines):
    return f"ip link add {name} type bridge; ip link set {name} up; " + "; ".join(f"ip {line}" for line in lines)


@pytest.mark.parametrize("fault,undo,cause", [
    (bridged('iifname "vif-a" limit rate over 1/minute drop'), NO_BRIDGE, "firewall"),
    (bridged('iifname "vif-*" ether saddr != { 02:00:00:00:00:11, 02:00:00:00:00:12 } drop'), NO_BRIDGE, "firewall"),
    (bridged('iifname "vif-a" ip saddr != 192.168.157.99 drop'), NO_BRIDGE, "firewall"),
    (iptables("-P FORWARD DROP"), NO_IP, "br_netfilter"),
    (iptables("-N DOCKER-USER", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -i br0 -j DROP"), NO_IP, "br_netfilter"),
    (iptables("-N DOCKER-USER", "-P FORWARD DROP", "-A FORWARD -j DOCKER-USER", f"-A FORWARD -o docker0 {TRACKED}", "-A FORWARD -i docker0 -j ACCEPT"), NO_IP, "br_netfilter"),
    (iptables("-P FORWARD DROP", f"-A FORWARD {TRACKED}", "-A FORWARD -p icmp --icmp-type echo-request -j ACCEPT"), NO_IP, "firewall"),
    (CALL + FIREWALLD.replace("{}", ""), f"{NO_CALL}nft delete table inet firewalld", "firewall"),
    (CALL + FIREWALLD.replace("{}", "nft 'add rule inet firewalld filter_FORWARD icmp type echo-request accept';"), f"{NO_CALL}nft delete table inet firewalld", "firewall"),
    (ebtables("-N I-vif-a -P ACCEPT", "-A PREROUTING -i vif-a -j I-vif-a", "-A I-vif-a -s 52:54:00:00:00:01 -j RETURN", "-A I-vif-a -j DROP"), NO_NAT, "firewall"),
    (ebtables("-N I-vif-a -P ACCEPT", "-A PREROUTING -i vif-a -j I-vif-a", "-A I-vif-a -p ipv4 --ip-src 192.168.122.5 -j RETURN", "-A I-vif-a -p ipv4 -j DROP"), NO_NAT,
     "firewall"),
    (ebtables("-N I-vif-a -P ACCEPT", "-A PREROUTING -i vif-a -j I-vif-a", "-A I-vif-a -p arp --arp-ip-src ! 192.168.122.5 -j DROP"), NO_NAT, "firewall"),
    (f"ebtables-nft -A FORWARD -o vif-a -d {MAC} -j DROP", "nft delete table bridge filter", "firewall"),
    (iptables("-A FORWARD -j NFQUEUE --queue-num 3"), NO_IP, "firewall"),
    (POLICY.format("ingress", "vif-a").replace("; policy drop", "") + "; nft 'add rule netdev g c fwd to \"lo\"'", NO_NETDEV, "firewall"),
    (prerouting("iifname vifi0p ether daddr set 02:00:00:00:00:77"), NO_BRIDGE, "firewall"),
    ("nft add table bridge g; nft 'add chain bridge g c { type filter hook postrouting priority 0; }'; nft 'add rule bridge g c oifname vif-a drop'", NO_BRIDGE, "firewall"),
    ("nft add table bridge g; nft 'add chain bridge g c { type filter hook prerouting priority 0; policy drop; }'; nft 'add rule bridge g c iifname != vif-a accept'", NO_BRIDGE,
     "firewall"),
    (f"{CALL}iptables-legacy -P FORWARD DROP", f"{NO_CALL}iptables-legacy -P FORWARD ACCEPT", "br_netfilter"),
], ids=["limited rate", "list of mac addresses", "list of ip addresses", "policy of docker", "rule for users of docker", "docker", "ufw", "firewalld", "firewalld with echo requests",
        "mac address by libvirt", "ip address by libvirt", "arp by libvirt", "frames to the guest by ebtables", "queue without a program", "forwarding to another interface",
        "rewritten destination", "postrouting of the bridge", "list of ports", "policy of iptables legacy"])
def test_firewall_of_users(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


def test_network_of_docker_that_covers_the_guest(vifi_program):
    with World(vifi=ENGINES["kernel"], capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        assert run(world, interface("docker0", "addr add 192.168.157.1/26 dev docker0"))

        def is_found():
            world.guest_a.wire.send(arp(1, world.guest_a.hw, world.guest_a.hw, A4, ROUTER4))
            return first(world.host, A4) == "foreign_address"

        wait_for("the address of another network is the first cause", is_found, 30, step=0.5)
        found(world.host, A4, "foreign_address")


def test_translation_of_addresses(vifi_program):
    """Masquerading of all that this host forwards, with br_netfilter; the guest seems to use this host's address then."""
    with World(vifi=ENGINES["kernel"], capture=False, dhcp="none", ra="none", guests=1) as world:
        quiet(world.host)
        assert run(world, f"{CALL}iptables-nft -t nat -A POSTROUTING -s 192.168.157.0/24 -j MASQUERADE")
        world.guest_a.ping(ROUTER4, timeout=1)
        assert "translates addresses" in found(world.host, A4, "firewall")


@pytest.mark.parametrize("fault,undo,cause", [
    (interface("ts0", "addr add 100.64.3.3/32 dev ts0", "route add default dev ts0 table 52", "rule add pref 5270 lookup 52"), "ip rule del pref 5270; ip link del ts0", "host_route"),
    (interface("ts0", "addr add 100.64.3.3/32 dev ts0", "route add 192.168.157.0/24 dev ts0 table 52", "rule add pref 5270 lookup 52"), "ip rule del pref 5270; ip link del ts0",
     "host_route"),
    (interface("wg0", "addr add 10.8.0.2/32 dev wg0", "route add default dev wg0 table 51820", "rule add not fwmark 51820 table 51820"),
     "ip rule del not fwmark 51820 table 51820; ip link del wg0", "host_route"),
    (f"nft add table inet f2b; nft 'add set inet f2b s {{ type ipv4_addr; elements = {{ {A4} }} ; }}'; nft 'add chain inet f2b c {{ type filter hook input priority -1; }}'; "
     "nft 'add rule inet f2b c ip saddr @s reject with icmp port-unreachable'", "nft delete table inet f2b", "host_firewall"),
    (f"iptables-nft -A OUTPUT -d {A4} -j REJECT", "nft delete table ip filter", "host_firewall"),
    (POLICY.format("ingress", "wlan0"), NO_NETDEV, "host_firewall"),
    ("bridge link set dev vif-a isolated on; bridge link set dev vifi0p isolated on", "bridge link set dev vif-a isolated off; bridge link set dev vifi0p isolated off",
     "port_isolated"),
    ("ip link set vif-a down; ip link set vif-a name tap7", "ip link set tap7 name vif-a; ip link set vif-a up", "port_down"),
    ("tc qdisc add dev vif-a root tbf rate 8bit burst 60 limit 60", "tc qdisc del dev vif-a root", "qdisc"),
    ("tc qdisc add dev vif-a root blackhole", "tc qdisc del dev vif-a root", "qdisc"),
    ("tc qdisc add dev wlan0 root blackhole", "tc qdisc del dev wlan0 root", "qdisc"),
], ids=["exit node of tailscale", "subnet by tailscale", "wireguard for all", "fail2ban", "rejected by its own output", "ingress of the uplink",
        "isolated ports", "renamed port", "limit of a hypervisor", "black hole of the port", "black hole of the uplink"])
def test_host_of_users(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


VPN = "@a ip link add tun0 type bridge; ip addr add 10.8.0.2/24 dev tun0; ip link set tun0 up; ip route add 0.0.0.0/1 dev tun0; ip route add 128.0.0.0/1 dev tun0"


@pytest.mark.parametrize("fault,undo,cause", [
    (f"@a ip route add default via 192.168.157.1 metric 1; ip route del default via {ROUTER4}; ip route add default via {ROUTER4} metric 100; "
     "ping -c 2 -W 1 198.51.100.10 || true", f"@a ip route del default; ip route del default; ip route add default via {ROUTER4}", "wrong_gateway"),
    ("@a ip link add docker0 type bridge; ip addr add 192.168.157.1/24 dev docker0; ip link set docker0 up; ip route del 192.168.157.0/24 dev eth0",
     f"@a ip link del docker0; ip route add 192.168.157.0/24 dev eth0 src {A4}; ip route replace default via {ROUTER4}", "guest_firewall"),
    (f"@a ip addr add {A4}/16 brd + dev eth0; ip addr del {A4}/24 dev eth0; ip route replace default via {ROUTER4}; ping -c1 -W1 192.168.5.5 || true",
     f"@a ip addr add {A4}/24 brd + dev eth0; ip addr del {A4}/16 dev eth0; ip route replace default via {ROUTER4}", "wrong_netmask"),
    ("@a sysctl -qw net.ipv4.conf.all.arp_ignore=8", "@a sysctl -qw net.ipv4.conf.all.arp_ignore=0", "guest_silent"),
    (f"@a ip rule add pref 10 from {A4} lookup 77; ip route add default via 192.168.157.254 table 77; ping -c1 -W1 198.51.100.10 || true",
     "@a ip rule del pref 10; ip route flush table 77", "wrong_gateway"),
    ("@a nft add table ip g; nft 'add chain ip g c { type filter hook input priority 0; policy drop; }'", "@a nft delete table ip g", "guest_firewall"),
    ("@a nft add table ip g; nft 'add chain ip g c { type filter hook output priority 0; policy drop; }'", "@a nft delete table ip g", "guest_firewall"),
    (f"@a ip route add blackhole {HOST4}/32", f"@a ip route del blackhole {HOST4}/32", "guest_firewall"),
    ("@a tc qdisc add dev eth0 root blackhole", "@a tc qdisc del dev eth0 root", "guest_silent"),
    (VPN, "@a ip link del tun0", "no_default_route"),
], ids=["dead gateway before the right one", "network of docker in the guest", "netmask that is too short", "arp that is ignored",
                                                         "policy routing", "input of the guest", "output of the guest", "black hole of this host", "black hole of the interface",
                                                         "vpn that takes all"])
def test_guest_of_users(world, fault, undo, cause):
    """For whom a guest has asked in vain is remembered, until it asks for somebody who answers."""
    inject(world, A4, fault, f"{undo}; ip neigh flush dev eth0; ping -c 1 -W 1 {ROUTER4}", cause)


@pytest.mark.parametrize("fault,undo,cause", [
    (f"@router ip route add blackhole {A4}/32", f"@router ip route del blackhole {A4}/32", "stale_neighbour"),
    ("@router nft add table arp g; nft 'add chain arp g c { type filter hook input priority 0; }'; nft 'add rule arp g c arp saddr ip 192.168.157.41 drop'",
     "@router nft delete table arp g", "ip_mac_binding"),
], ids=["black hole of the guest", "arp inspection"])
def test_router_of_users(world, fault, undo, cause):
    inject(world, A4, fault, undo, cause)


def test_tunnel_is_no_wrong_gateway(world):
    """A guest with a VPN that looks for a printer which is off, with the usual address of a gateway: that is no wrong gateway."""
    with injected(world, VPN, "@a ip link del tun0"):
        world.guest_a.ping("192.168.157.1", timeout=1)
        time.sleep(5)
        causes = {cause["id"]: cause["level"] for cause in why(world.host, A4)["causes"]}
        assert causes == {"no_default_route": "note"}, causes
    world.guest_a.run("ip neigh flush dev eth0")
    reach(world.guest_a)


def test_rule_at_the_way_of_test_frames(worlds):
    """At the end of the veth by which test frames enter the bridge: the guest's do not pass it."""
    world = worlds["kernel"]
    quiet(world.host)
    reach(world.guest_a)
    with injected(world, POLICY.format("egress", "vifi0"), NO_NETDEV):
        assert world.guest_a.ping(ROUTER4, timeout=1)
        assert not innocent(world, A4)


# ---- two at once


@pytest.mark.parametrize("fault,undo,other,undo_other,cause", [
    (CALL + FIREWALLD.replace("{}", ""), f"{NO_CALL}nft delete table inet firewalld", "@a ip route replace default via 192.168.157.250",
     f"@a ip route replace default via {ROUTER4}", "firewall"),
    (ebtables("-A PREROUTING -i vif-a -p arp --arp-ip-src ! 192.168.122.5 -j DROP"), NO_NAT,
     interface("ts0", "addr add 100.64.3.3/32 dev ts0", "route add default dev ts0 table 52", "rule add pref 5270 lookup 52"), "ip rule del pref 5270; ip link del ts0",
     "firewall"),
    (f"@router ip route add blackhole {A4}/32", f"@router ip route del blackhole {A4}/32", VPN, "@a ip link del tun0", "stale_neighbour"),
    ("tc qdisc add dev vif-a root blackhole", "tc qdisc del dev vif-a root", f"iptables-nft -A OUTPUT -d {A4} -j REJECT", "nft delete table ip filter", "qdisc"),
    ("ip link set vif-a mtu 1200", "ip link set vif-a mtu 1500", "@a ip route del default", f"@a ip route replace default via {ROUTER4}", "mtu"),
    ("@router nft add table arp g; nft 'add chain arp g c { type filter hook input priority 0; }'; nft 'add rule arp g c arp saddr ip 192.168.157.41 drop'",
     "@router nft delete table arp g", "@a ip route replace default via 192.168.157.250", f"@a ip route replace default via {ROUTER4}", "ip_mac_binding"),
], ids=["firewalld and a wrong gateway", "libvirt and tailscale", "router that drops and a vpn", "queue and a rule for this host", "mtu and no default route",
        "arp inspection and a wrong gateway"])
def test_two_faults_of_users(world, fault, undo, other, undo_other, cause):
    """The one that keeps all frames back comes first; both are gone when they are undone."""
    with injected(world, other, undo_other):
        inject(world, A4, fault, undo, cause)


# ---- options of DHCP, and machines that were copied


@contextlib.contextmanager
def dhcp(world, *options):
    server = world.router.start(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--interface=lan0", "--bind-interfaces", "--pid-file=",
                                 f"--dhcp-leasefile={world.lab.file('leases')}", "--dhcp-authoritative", "--no-ping",
                                 "--dhcp-range=192.168.157.100,192.168.157.110,255.255.255.0,600", *options], log=world.lab.file("dnsmasq.log"))
    try:
        wait_for("the server listens", lambda: ":67 " in world.router.run(["ss", "-Hlun"]).stdout, 10)
        yield
    finally:
        world.router.stop(server)


@contextlib.contextmanager
def leased(guest, *options):
    """The guest uses what the server gives it, and gets its own address back at the end."""
    own = guest.ip4
    guest.run("ip -4 addr flush dev eth0")
    try:
        guest.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "10", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh", *options], timeout=30)
        yield guest.query("-4 -o addr show dev eth0").split()[3].split("/")[0]
    finally:
        guest.run("ip -4 addr flush dev eth0")
        guest.ip(f"addr add {own}/24 brd + dev eth0", f"route replace default via {ROUTER4}")
        guest.run("ip neigh flush dev eth0")
        reach(guest)


@pytest.mark.parametrize("option,cause", [
    ("--dhcp-option=3,192.168.157.250", "wrong_gateway"),
    ("--dhcp-option=3", "no_default_route"),
    ("--dhcp-option=1,255.255.255.240", "guest_firewall"),
], ids=["router that does not exist", "no router", "netmask that is too long"])
def test_dhcp_option(world, option, cause):
    b = world.guest_b
    with dhcp(world, option), leased(b) as address:
        b.run("ping -c 2 -W 1 198.51.100.10", check=False)
        found(world.host, address, cause)
        b.run("ip neigh flush dev eth0")  # what the address has asked for in vain is remembered until it gets an answer
        b.ping(ROUTER4, timeout=1)


def test_copied_machine(world):
    """Two guests with one identifier of DHCP, as of a copied /etc/machine-id, get one address."""
    b, c = world.guest_b, world.guest_c
    with dhcp(world), leased(b, "-x", "0x3d:01aabbccddee") as address, leased(c, "-x", "0x3d:01aabbccddee") as other:
        assert address == other
        b.ping(ROUTER4)

        def is_found():
            c.wire.send(arp(1, c.hw, c.hw, other, ROUTER4))
            return first(world.host, c.hw) == "refused"

        wait_for("the refusal is the first cause", is_found, 20, step=0.3)
        found(world.host, c.hw, "refused")
        assert not innocent(world, b.hw)
