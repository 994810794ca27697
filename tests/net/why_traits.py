# SPDX-License-Identifier: GPL-2.0-or-later
"""What a healthy network may have, for test_why_topologies.py: each trait is a function that adds it to a world of three guests, shows that it works,
and returns what `vifi why` may be asked besides the guests' own addresses.  At the end of the world all goes away with its namespaces."""

import time

from lab.netns import Node, wait_for
from lab.topology import INET4, PREFIX6
from field_world import VIRTUAL4, Keepalived
from world import BCAST, HOST4, ROUTER4, ROUTER6, arp

NET4, NET6, INNER4, INNER6 = "10.9.0.0/24", "2001:db8:9::/64", "10.9.0.5", "2001:db8:9::5"


def reaches(node, *targets):
    for target in targets:
        wait_for(f"{node.name} reaches {target}", lambda target=target: node.ping(target, timeout=1), 20)


def node(world, name):
    made = world.lab.nodes[name] = Node(world.lab.prefix, name)
    return made


def nothing(_world):
    """The lab as it is."""
    return []


# ---- what guests do


def _inner(world):
    """A machine behind guest a, and the router's routes to it."""
    guest, inner = world.guest_a, node(world, "inner")
    world.lab._veth(guest, "in0", None, inner, "eth0", None)
    guest.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    guest.ip("addr add 10.9.0.1/24 dev in0", "addr add 2001:db8:9::1/64 dev in0 nodad", "link set in0 up", f"route replace default via {ROUTER6}")
    inner.ip(f"addr add {INNER4}/24 dev eth0", f"addr add {INNER6}/64 dev eth0 nodad", "link set eth0 up", "route add default via 10.9.0.1",
             "route add default via 2001:db8:9::1")
    world.router.ip(f"route add 10.9.0.0/16 via {guest.ip4}", f"route add 2001:db8:9::/48 via {guest.ip6}")
    return inner


def guest_that_routes_a_network(world):
    """vifi learns the addresses behind it from their packets."""
    inner = _inner(world)
    reaches(inner, ROUTER4, ROUTER6, INET4)
    reaches(world.router, INNER4, INNER6)
    return [INNER4, INNER6]


def guest_that_routes_a_pinned_network(world):
    inner = _inner(world)
    world.vifi.call("pin", "wlan0", world.guest_a.hw, NET4, NET6)
    reaches(world.router, INNER4, INNER6)
    reaches(inner, ROUTER4, ROUTER6)
    return [INNER4, INNER6]


def guest_that_routes_for_a_sibling(world):
    """Guest b has an address of a's network only, and a as gateway, on the same bridge."""
    a, b = world.guest_a, world.guest_b
    a.sysctl(net__ipv4__ip_forward=1, net__ipv4__conf__all__send_redirects=0, net__ipv4__conf__eth0__send_redirects=0)
    a.ip("addr add 10.9.0.1/24 dev eth0")
    world.router.ip(f"route add 10.9.0.0/24 via {a.ip4}")
    b.ip("addr add 10.9.0.5/24 dev eth0", "rule add from 10.9.0.5 lookup 9", "route add default via 10.9.0.1 table 9", "route add 10.9.0.0/24 dev eth0 table 9")
    wait_for("b reaches the router by a", lambda: b.run(["ping", "-n", "-q", "-c1", "-W1", "-I", "10.9.0.5", ROUTER4], check=False).returncode == 0, 15)
    return ["10.9.0.5"]


def guest_with_containers_behind_its_address(world):
    """Docker inside a guest: addresses that never leave it."""
    a, box = world.guest_a, node(world, "box")
    world.lab._veth(a, "docker0", None, box, "eth0", None)
    a.sysctl(net__ipv4__ip_forward=1)
    a.ip("addr add 172.17.0.1/16 dev docker0", "link set docker0 up")
    box.ip("addr add 172.17.0.2/16 dev eth0", "link set eth0 up", "route add default via 172.17.0.1")
    a.run(["nft", "-f", "-"], input="table ip nat {\n chain p {\n type nat hook postrouting priority 100;\n ip saddr 172.17.0.0/16 masquerade\n }\n}\n")
    reaches(box, ROUTER4)
    return []


def guest_with_many_macs(world):
    """A nested bridge: three machines by macvlans of the guest's interface."""
    asked = []
    for number in range(3):
        inner, address = node(world, f"nest{number}"), f"192.168.157.{71 + number}"
        world.guest_a.ip(f"link add nest link eth0 type macvlan mode bridge", f"link set nest netns {inner.ns} name eth0")
        inner.ip(f"addr add {address}/24 dev eth0", f"addr add {PREFIX6}:{71 + number}/64 dev eth0 nodad", "link set eth0 up", f"route add default via {ROUTER4}")
        reaches(inner, ROUTER4, ROUTER6)
        asked += [address, f"{PREFIX6}:{71 + number}", inner.mac("eth0")]
    return asked


def guest_with_two_interfaces(world):
    """In one network; each answers for its own address only."""
    a = world.guest_a
    world.lab._veth(world.host, "vif-a2", None, a, "eth1", "00:60:00:00:77:01")
    world.host.ip("link set vif-a2 up master br0")
    a.sysctl(net__ipv4__conf__all__arp_ignore=1, net__ipv4__conf__all__arp_announce=2)
    a.ip("addr add 192.168.157.61/24 dev eth1", f"addr add {PREFIX6}:61/64 dev eth1 nodad", "link set eth1 up", "rule add from 192.168.157.61 lookup 61",
         "route add 192.168.157.0/24 dev eth1 table 61", f"route add default via {ROUTER4} dev eth1 table 61")
    a.run(["sh", "-ec", f"ip -6 rule add from {PREFIX6}:61 lookup 61; ip -6 route add {PREFIX6}:/64 dev eth1 table 61"])
    a.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__eth1__rp_filter=0, net__ipv4__conf__eth0__rp_filter=0)
    for source, target in (("192.168.157.61", ROUTER4), (f"{PREFIX6}:61", ROUTER6)):
        wait_for(f"{source} works", lambda source=source, target=target: a.run(["ping", "-n", "-q", "-c1", "-W1", "-I", source, target], check=False).returncode == 0, 15)
    return ["192.168.157.61", f"{PREFIX6}:61", "vif-a2"]


def guest_with_two_interfaces_by_default(world):
    """In one network, without a sysctl: Linux answers ARP for each address at both."""
    a = world.guest_a
    world.lab._veth(world.host, "vif-a2", None, a, "eth1", "00:60:00:00:77:01")
    world.host.ip("link set vif-a2 up master br0")
    a.ip("addr add 192.168.157.61/24 dev eth1", "link set eth1 up")
    reaches(a, ROUTER4)
    reaches(world.router, a.ip4)
    time.sleep(4)
    return []


def guest_with_addresses_of_its_own(world):
    """Service addresses on its loopback and a second one on eth0."""
    a = world.guest_a
    a.ip("addr add 192.168.157.81/24 dev eth0", f"addr add {PREFIX6}:81/64 dev eth0 nodad", "addr add 10.200.0.1/32 dev lo")
    reaches(world.router, "192.168.157.81", f"{PREFIX6}:81")
    return ["192.168.157.81", f"{PREFIX6}:81"]


def guest_that_answers_for_another(world):
    """Proxy ARP of a guest, for a machine behind it with an address of the network."""
    a, box = world.guest_a, node(world, "box")
    world.lab._veth(a, "tap0", None, box, "eth0", None)
    a.sysctl(net__ipv4__ip_forward=1, net__ipv4__conf__eth0__proxy_arp=1, net__ipv4__conf__tap0__proxy_arp=1, net__ipv4__neigh__eth0__proxy_delay=0)
    a.sysctl(net__ipv4__neigh__tap0__proxy_delay=0)
    a.ip("link set tap0 up", "route add 192.168.157.90/32 dev tap0")
    box.ip("addr add 192.168.157.90/24 dev eth0", "link set eth0 up", f"route add default via {ROUTER4}")
    reaches(box, ROUTER4)
    reaches(world.router, "192.168.157.90")
    return ["192.168.157.90"]


def guest_with_a_vpn(world):
    """Its default route leads into a tunnel; what it sends by the bridge is for the tunnel's other end."""
    a = world.guest_a
    a.ip(f"route add {INET4}/32 via {ROUTER4}", f"link add vx0 type vxlan id 7 remote {INET4} local {a.ip4} dstport 4789", "addr add 10.250.0.2/24 dev vx0",
         "link set vx0 up", "route replace default dev vx0")
    reaches(a, ROUTER4, INET4)
    return []


def virtual_router(world):
    """A guest is the VRRP master, with the address on an interface of the virtual MAC address."""
    world.keepalived = Keepalived(world.lab, world.guest_a, 150, True).wait_master()
    reaches(world.router, VIRTUAL4)
    reaches(world.guest_c, VIRTUAL4)
    return [VIRTUAL4]


def virtual_router_without_a_mac(world):
    world.keepalived = Keepalived(world.lab, world.guest_a, 150, False).wait_master()
    reaches(world.router, VIRTUAL4)
    return [VIRTUAL4]


def virtual_address_that_moved(world):
    """A service address that goes from one guest to another with an announcement."""
    a, b = world.guest_a, world.guest_b
    a.ip("addr add 192.168.157.82/24 dev eth0")
    reaches(world.router, "192.168.157.82")
    a.ip("addr del 192.168.157.82/24 dev eth0")
    b.ip("addr add 192.168.157.82/24 dev eth0")
    b.wire.send(arp(2, b.hw, b.hw, "192.168.157.82", "192.168.157.82", dst=BCAST))
    reaches(world.router, "192.168.157.82")
    return ["192.168.157.82"]


def guests_that_look_for_nobody(world):
    """A monitoring system asks for machines that are off, the usual address of a gateway among them."""
    world.guest_a.ping("192.168.157.102", timeout=1)
    world.guest_b.ping("192.168.157.1", timeout=1)
    reaches(world.guest_c, ROUTER4)
    time.sleep(3)
    return []


def guest_that_has_rebooted(world):
    a = world.guest_a
    a.ip("link set eth0 down", "addr flush dev eth0")
    time.sleep(0.3)
    a.ip("link set eth0 up")
    world.lab.static(a, 41)
    reaches(a, ROUTER4, ROUTER6)
    return []


def guest_that_moved_to_another_port(world):
    """Its tap device has a new name after a restart of the virtual machine."""
    a, host = world.guest_a, world.host
    host.ip("link set vif-a down", "link set vif-a name tap99", "link set tap99 up master br0")
    reaches(a, ROUTER4, ROUTER6)
    return ["tap99"]


def guest_with_a_new_address(world):
    a = world.guest_a
    a.ip("addr del 192.168.157.41/24 dev eth0", "addr add 192.168.157.51/24 brd + dev eth0", f"route replace default via {ROUTER4}")
    a.ip4 = "192.168.157.51"
    reaches(a, ROUTER4)
    return []


def guest_with_a_new_mac_address(world):
    """A virtual machine that was made anew at the same port."""
    a = world.guest_a
    a.ip("link set eth0 address 02:12:34:56:78:9a", f"addr replace {a.ip6}/64 dev eth0 nodad", f"route replace default via {ROUTER4}")
    a.hw = "02:12:34:56:78:9a"
    reaches(a, ROUTER4, ROUTER6)
    return ["vif-a"]


def host_that_forwards_and_takes_advertisements(world):
    """accept_ra=2, as for a router whose uplink is configured by another one."""
    world.host.sysctl(net__ipv6__conf__all__forwarding=1, net__ipv6__conf__wlan0__accept_ra=2)
    world.host.run("ip -6 route replace default via fe80::20 dev wlan0")
    reaches(world.guest_a, ROUTER6)
    return []


def guest_that_announces_itself(world):
    for guest in world.guests:
        for _ in range(5):
            guest.wire.send(arp(1, guest.hw, guest.hw, guest.ip4, guest.ip4))
            guest.wire.send(arp(2, guest.hw, guest.hw, guest.ip4, guest.ip4))
    reaches(world.guest_a, ROUTER4)
    return []


def guest_with_temporary_addresses(world):
    """RFC 8981: several addresses of IPv6 come and go."""
    a = world.guest_a
    for number in range(5):
        address = f"{PREFIX6}:abc{number}"
        a.ip(f"addr add {address}/64 dev eth0 nodad")
        wait_for("the address works", lambda address=address: a.run(["ping", "-6", "-n", "-q", "-c1", "-W1", "-I", address, ROUTER6], check=False).returncode == 0, 15)
        if number:
            a.ip(f"addr del {PREFIX6}:abc{number - 1}/64 dev eth0")
    return ["vif-a"]


# ---- the host


def macvlan_of_the_bridge(world):
    """A container of this host whose interface is a macvlan of br0."""
    box = node(world, "box")
    world.host.ip("link add mv0 link br0 type macvlan mode bridge", f"link set mv0 netns {box.ns} name eth0")
    box.ip("addr add 192.168.157.91/24 dev eth0", f"addr add {PREFIX6}:91/64 dev eth0 nodad", "link set eth0 up", f"route add default via {ROUTER4}")
    reaches(box, ROUTER4, ROUTER6)
    reaches(world.router, "192.168.157.91")
    return ["192.168.157.91", f"{PREFIX6}:91", box.mac("eth0")]


def second_bridge(world):
    """As of Docker: containers of this host behind NAT."""
    box, host = node(world, "box"), world.host
    host.ip("link add docker0 type bridge forward_delay 0", "addr add 172.17.0.1/16 dev docker0", "link set docker0 up")
    world.lab._veth(host, "veth9", None, box, "eth0", None)
    host.ip("link set veth9 up master docker0")
    host.sysctl(net__ipv4__ip_forward=1)
    box.ip("addr add 172.17.0.2/16 dev eth0", "link set eth0 up", "route add default via 172.17.0.1")
    host.run(["nft", "-f", "-"], input="table ip nat {\n chain p {\n type nat hook postrouting priority 100;\n ip saddr 172.17.0.0/16 oifname != \"docker0\" masquerade\n }\n}\n"
             "table ip filter {\n chain FORWARD {\n type filter hook forward priority 0; policy drop;\n iifname \"docker0\" accept\n"
             " oifname \"docker0\" ct state established,related accept\n iifname \"br0\" oifname \"br0\" accept\n }\n}\n")
    reaches(box, ROUTER4)
    return []


def accepting_firewall(world):
    world.host.run(["nft", "-f", "-"], input="table bridge guard {\n chain forward {\n type filter hook forward priority 0; policy drop;\n"
                   " ether type { arp, ip, ip6 } accept\n }\n}\ntable inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n"
                   " ct state established,related accept\n iifname \"lo\" accept\n meta l4proto { icmp, ipv6-icmp } accept\n }\n"
                   " chain forward {\n type filter hook forward priority 0; policy drop;\n }\n}\n")
    return []


def netfilter_on_bridges(world):
    world.host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1", "net.bridge.bridge-nf-call-arptables=1"])
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def forwarding_host(world):
    world.host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    world.host.ip("route replace default via fe80::20 dev wlan0")
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def policy_routing(world):
    world.host.ip(f"rule add from {HOST4} lookup 100", "route add 192.168.157.0/24 dev wlan0 table 100", f"route add default via {ROUTER4} table 100",
                  "rule add fwmark 7 lookup 101", f"route add default via {ROUTER4} table 101", "rule add to 10.8.0.0/16 lookup 102", "route add blackhole 10.8.0.0/16 table 102")
    return []


def vpn_of_the_host(world):
    """A tunnel that takes all but the network of the uplink."""
    world.host.ip(f"route add {INET4}/32 via {ROUTER4}", f"link add vx0 type vxlan id 7 remote {INET4} local {HOST4} dstport 4789", "addr add 10.250.0.2/24 dev vx0",
                  "link set vx0 up", "route add 0.0.0.0/1 dev vx0", "route add 128.0.0.0/1 dev vx0")
    reaches(world.guest_a, ROUTER4, INET4)
    return []


def host_with_another_way_out(world):
    """An Ethernet port with the better default route."""
    other = node(world, "office")
    world.lab._veth(world.host, "eth9", None, other, "eth0", None)
    world.host.ip("addr add 10.1.0.2/24 dev eth9", "link set eth9 up", f"route del default via {ROUTER4}", "route add default via 10.1.0.1 metric 10",
                  f"route add default via {ROUTER4} metric 600")
    other.ip("addr add 10.1.0.1/24 dev eth0", "link set eth0 up")
    reaches(world.host, "10.1.0.1")
    return []


def host_without_a_default_route(world):
    world.host.ip(f"route del default via {ROUTER4}")
    world.host.run("ip -6 route del default")
    world.no_guests = []
    return []


def host_with_two_addresses(world):
    world.host.ip("addr add 192.168.157.29/24 dev wlan0", f"addr add {PREFIX6}:29/64 dev wlan0 nodad")
    reaches(world.guest_a, "192.168.157.29", f"{PREFIX6}:29")
    return []


def loose_reverse_path_filter(world):
    world.host.sysctl(net__ipv4__conf__all__rp_filter=2, net__ipv4__conf__wlan0__rp_filter=2)
    reaches(world.guest_a, ROUTER4, HOST4)
    return []


def stp_on(world):
    world.host.ip("link set br0 type bridge stp_state 1")
    wait_for("the ports forward", lambda: world.host.run("bridge link show").stdout.count("state forwarding") >= 4, 60)
    reaches(world.guest_a, ROUTER4)
    return []


def isolated_guests(world):
    """From each other only, as hypervisors do."""
    for guest in world.guests:
        world.host.run(["bridge", "link", "set", "dev", guest.vif, "isolated", "on"])
    reaches(world.guest_a, ROUTER4)
    return []


def ports_managed_by_a_hypervisor(world):
    """libvirt's macTableManager: static entries, no learning, no flooding of unicast."""
    for guest in world.guests:
        world.host.run(["bridge", "fdb", "replace", guest.hw, "dev", guest.vif, "master", "static"])
        world.host.run(["bridge", "link", "set", "dev", guest.vif, "learning", "off", "flood", "off"])
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


# ---- the network


def gateway_that_answers_no_echo(world):
    world.router.sysctl(net__ipv4__icmp_echo_ignore_all=1)
    reaches(world.guest_a, INET4)
    return []


def gateway_with_a_firewall(world):
    """It accepts what begins inside, and rejects the rest; and it does not let guests speak to itself but for DNS."""
    world.router.run(["nft", "-f", "-"], input="table inet fw {\n chain f {\n type filter hook forward priority 0; policy drop;\n ct state established,related accept\n"
                     " iifname \"lan0\" accept\n }\n chain i {\n type filter hook input priority 0; policy drop;\n ct state established,related accept\n"
                     " icmpv6 type { 133, 134, 135, 136 } accept\n udp dport { 53, 67 } accept\n }\n}\n")
    reaches(world.guest_a, INET4)
    return []


def lossy_network(world):
    """One frame of twenty is lost, as on a weak radio link."""
    world.router.run(["nft", "-f", "-"], input="table netdev loss {\n chain i {\n type filter hook ingress device \"lan0\" priority 0;\n numgen random mod 20 < 1 drop\n }\n}\n")
    reaches(world.guest_a, ROUTER4)
    return []


def slow_network(world):
    """60 ms to the gateway: a station that sleeps."""
    if world.lab.ap.run("tc qdisc add dev wire root netem delay 60ms", check=False).returncode:
        return []
    reaches(world.guest_a, ROUTER4)
    return []


def second_router(world):
    """IPv4 and IPv6 router advertisements of two routers."""
    world.router.ip("link add r2 link lan0 address 00:60:ee:00:02:02 type macvlan mode bridge")
    other = node(world, "router2")
    world.router.ip(f"link set r2 netns {other.ns} name eth0")
    other.ip("addr add 192.168.157.22/24 dev eth0", f"addr add {PREFIX6}:22/64 dev eth0 nodad", "link set eth0 up")
    other.sysctl(net__ipv4__ip_forward=1)
    reaches(world.guest_b, "192.168.157.22")
    world.guest_b.ip("route replace default via 192.168.157.22")
    return []


# ---- life of the bridge


def killed_and_started(world):
    world.vifi.kill()
    world.vifi.start()
    for guest in world.guests:  # the user-space engine knows nothing of them now
        reaches(guest, ROUTER4, ROUTER6)
    return []


def restarted(world):
    assert world.vifi.stop() == 0
    world.vifi.start()
    for guest in world.guests:
        reaches(guest, ROUTER4, ROUTER6)
    return []


def reloaded(world):
    world.vifi.call("reload", "wlan0", check=False)
    reaches(world.guest_a, ROUTER4)
    return []


def asked_at_once_after_a_start(world):
    """The guests say nothing by themselves."""
    assert world.vifi.stop() == 0
    world.vifi.start()
    return []


def uplink_that_lost_its_network(world):
    world.lab.carrier(False)
    time.sleep(1)
    world.lab.carrier(True)
    for guest in world.guests:
        reaches(guest, ROUTER4, ROUTER6)
    return []


def roamed(world):
    """Guests renew their leases in the new network."""
    world.no_guests = ["192.168.77.20", "192.168.77.21"]
    world.lab.carrier(False)
    world.router.ip("addr add 192.168.77.20/24 dev lan0", f"addr del {ROUTER4}/24 dev lan0")
    world.host.run("ip -4 addr flush dev wlan0")
    world.host.ip("addr add 192.168.77.21/24 brd + dev wlan0")
    world.lab.carrier(True)
    world.host.ip("route replace default via 192.168.77.20 dev wlan0 onlink")
    for number, guest in enumerate(world.guests):
        guest.ip(f"addr del {guest.ip4}/24 dev eth0", f"addr add 192.168.77.{41 + number}/24 brd + dev eth0", "route replace default via 192.168.77.20")
        guest.ip4 = f"192.168.77.{41 + number}"
        reaches(guest, "192.168.77.20", ROUTER6)
    return []


def busy(world):
    world.loads = [guest.start(["ping", "-n", "-q", "-i", "0.002", "-s", "1200", ROUTER4], log=world.lab.file("ping.log")) for guest in world.guests]
    time.sleep(1)
    return []


def idle(world):
    time.sleep(8)
    return []


# What is worth knowing of a healthy network, and no cause: the notes that a trait may bring.
NOTES = {guest_with_a_vpn: {"no_default_route"}, guests_that_look_for_nobody: {"ap_isolation"}}

TRAITS = {name: value for name, value in list(globals().items())
          if callable(value) and getattr(value, "__module__", "") == __name__ and not name.startswith("_") and name not in ("reaches", "node")}
