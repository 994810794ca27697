# SPDX-License-Identifier: GPL-2.0-or-later
"""What a healthy network may have, for test_why_topologies.py: each trait is a function that adds it to a world of three guests, shows that it works,
and returns what `vifi why` may be asked besides the guests' own addresses.  At the end of the world all goes away with its namespaces."""

import time

from lab.netns import Node, wait_for
from lab.radio import Network
from lab.topology import INET4, PREFIX6
from lab.vifi import program
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
         "link set vx0 arp off up", "route replace default dev vx0")
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


# ---- other networks


def _world(**options):
    """Options of the world that a trait needs from the start."""
    def decorate(trait):
        trait.options = options
        return trait
    return decorate


@_world(mtu=9000)
def jumbo_frames(world):
    """MTU 9000 at each interface."""
    assert world.guest_a.run(["ping", "-n", "-q", "-c1", "-W2", "-M", "do", "-s", "8972", ROUTER4], check=False).returncode == 0
    return []


@_world(mtu=1280)
def least_mtu_of_ipv6(world):
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(uplink="radio")
def radio_uplink(world):
    """vifi sta, vifi air and vifi ap carry the frames."""
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(uplink="radio", network=Network(more=("ieee80211w=1", "wpa_group_rekey=2", "max_num_sta=3")))
def radio_uplink_with_new_group_keys(world):
    """The group key changes every two seconds."""
    time.sleep(5)
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(uplink="radio", network=Network(tkip=True))
def radio_uplink_of_2007(world):
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(uplink="radio")
def radio_uplink_that_loses_frames(world):
    """One transmission of ten is repeated."""
    air = world.lab.air
    world.lab.ap.run([program(), "air", "rule", "--socket", air.socket, "from=* to=* loss=10%"])
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(uplink="radio")
def radio_uplink_after_a_new_start_of_the_access_point(world):
    ap = world.lab.services["ap"]
    ap.kill()
    ap.start()
    for guest in world.guests:
        reaches(guest, ROUTER4, ROUTER6)
    return []


@_world(port={"proxy_arp": True})
def access_point_with_proxy_arp(world):
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(port={"dms": True})
def access_point_that_sends_groups_as_unicast(world):
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(config="recorder = whole\nshortcut = off\n")
def recorder_on_and_shortcut_off(world):
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


@_world(guests=8)
def eight_guests(world):
    world.guests[:] = world.guests[:3]
    return []


def no_ipv6_at_all(world):
    """On this host and in the guests."""
    world.host.sysctl(net__ipv6__conf__wlan0__disable_ipv6=1, net__ipv6__conf__br0__disable_ipv6=1)
    for guest in world.guests:
        guest.sysctl(net__ipv6__conf__all__disable_ipv6=1)
        guest.ip6 = guest.ip4
    time.sleep(3)
    return []


def virtual_gateway(world):
    """The gateway has the MAC address of VRRP, and forwards with its own one."""
    router = world.router
    router.sysctl(net__ipv4__conf__lan0__arp_ignore=1, net__ipv4__conf__lan0__rp_filter=0, net__ipv4__conf__all__rp_filter=0)
    router.ip("link add vrrp0 link lan0 address 00:00:5e:00:01:14 type macvlan mode private", "link set vrrp0 up", f"addr add {VIRTUAL4}/24 dev vrrp0")
    router.sysctl(net__ipv4__conf__vrrp0__rp_filter=0)
    world.host.ip(f"route replace default via {VIRTUAL4}")
    for guest in world.guests:
        guest.ip(f"route replace default via {VIRTUAL4}")
        reaches(guest, VIRTUAL4, INET4)
    world.no_guests = [VIRTUAL4, HOST4]
    return []


# ---- firewalls and programs that do not harm


def filters_of_libvirt(world):
    """clean-traffic, with the right addresses."""
    lines = []
    for guest in world.guests:
        lines += [f"-N I-{guest.vif} -P DROP", f"-A PREROUTING -i {guest.vif} -j I-{guest.vif}", f"-A I-{guest.vif} -s ! {guest.hw} -j DROP",
                  f"-A I-{guest.vif} -p ipv4 --ip-src {guest.ip4} -j RETURN", f"-A I-{guest.vif} -p arp --arp-ip-src {guest.ip4} -j ACCEPT",
                  f"-A I-{guest.vif} -p arp --arp-ip-src 0.0.0.0 -j ACCEPT", f"-A I-{guest.vif} -p ipv6 -j RETURN", f"-A I-{guest.vif} -p arp -j DROP"]
    for line in lines:
        world.host.run(["ebtables-nft", "-t", "nat", *line.split()])
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def docker_that_lets_the_bridge_through(world):
    """Its policy is to drop, br_netfilter is on, and DOCKER-USER has the rule of our documentation."""
    host = world.host
    host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1"])
    for line in ("-P FORWARD DROP", "-N DOCKER-USER", "-N DOCKER-ISOLATION-STAGE-1", "-A FORWARD -j DOCKER-USER", "-A FORWARD -j DOCKER-ISOLATION-STAGE-1",
                 "-A DOCKER-USER -i br0 -o br0 -j ACCEPT", "-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DROP"):
        host.run(["iptables-nft", *line.split()])
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def tailscale_on_the_host(world):
    """Its rules, its table of routes and its chains."""
    host = world.host
    host.ip("link add tailscale0 type bridge", "addr add 100.64.3.3/32 dev tailscale0", "link set tailscale0 up", "route add 100.100.100.100/32 dev tailscale0 table 52",
            "route add 100.64.9.9/32 dev tailscale0 table 52", "rule add pref 5210 fwmark 0x80000/0xff0000 lookup main", "rule add pref 5230 fwmark 0x80000/0xff0000 lookup default",
            "rule add pref 5250 fwmark 0x80000/0xff0000 unreachable", "rule add pref 5270 lookup 52")
    for line in ("-N ts-input", "-N ts-forward", "-A INPUT -j ts-input", "-A FORWARD -j ts-forward", "-A ts-input -s 100.64.3.3/32 -i lo -j ACCEPT",
                 "-A ts-input -s 100.115.92.0/23 ! -i tailscale0 -j RETURN", "-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP",
                 "-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000", "-A ts-forward -s 100.64.0.0/10 -o tailscale0 -j DROP"):
        host.run(["iptables-nft", *line.split()])
    reaches(host, world.guest_a.ip4)
    return []


def wireguard_on_the_host(world):
    """wg-quick with 0.0.0.0/0: the routes of this network precede it."""
    world.host.ip("link add wg0 type bridge", "addr add 10.8.0.2/32 dev wg0", "link set wg0 up", "route add default dev wg0 table 51820",
                  "rule add not fwmark 51820 table 51820", "rule add table main suppress_prefixlength 0")
    reaches(world.host, world.guest_a.ip4)
    return []


def firewalld_that_lets_the_bridge_through(world):
    """br_netfilter is on, and the zone of br0 forwards."""
    world.host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1"])
    world.host.run(["nft", "-f", "-"], input="table inet firewalld {\n chain filter_FORWARD {\n type filter hook forward priority 10; policy accept;\n"
                   " ct state established,related accept\n ct status dnat accept\n iifname \"lo\" accept\n ct state invalid drop\n"
                   " jump zones\n reject with icmpx admin-prohibited\n }\n chain zones {\n iifname \"br0\" goto home\n }\n chain home {\n oifname \"br0\" accept\n }\n}\n")
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def rules_of_connections_with_iptables(world):
    """Guests may begin connections, and nobody may begin one with them."""
    world.host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"])
    for line in ("-P FORWARD DROP", "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -p icmp -j ACCEPT",
                 "-A FORWARD -s 192.168.157.0/24 -i br0 -j ACCEPT"):
        world.host.run(["iptables-nft", *line.split()])
    reaches(world.guest_a, ROUTER4, INET4)
    return []


def shaper(world):
    """A fair queue on the uplink, and a limit that no guest attains."""
    host = world.host
    host.run("tc qdisc replace dev wlan0 root fq_codel", check=False)
    host.run(["sh", "-c", "tc qdisc add dev vif-a root handle 1: htb default 10 && tc class add dev vif-a parent 1: classid 1:10 htb rate 100mbit"], check=False)
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def options_of_the_bridge(world):
    """Hairpin mode, no ageing, a querier of its own, and group forwarding."""
    host = world.host
    host.ip("link set br0 type bridge ageing_time 0 mcast_snooping 1 mcast_querier 1 group_fwd_mask 8")
    for guest in world.guests:
        host.run(["bridge", "link", "set", "dev", guest.vif, "hairpin", "on", "fastleave", "on"])
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


# ---- guests of clouds and offices


def guest_with_a_host_route(world):
    """Its address is a /32, as clouds give it, with a gateway on the link."""
    a = world.guest_a
    a.ip(f"addr del {a.ip4}/24 dev eth0", f"addr add {a.ip4}/32 dev eth0", f"route add {ROUTER4}/32 dev eth0", f"route add default via {ROUTER4} onlink dev eth0")
    reaches(a, ROUTER4, INET4)
    return []


def guest_with_two_default_routes(world):
    """The better one is right; the other one is of an interface that is down."""
    a = world.guest_a
    a.ip("link add eth5 type bridge", "addr add 10.5.5.5/24 dev eth5", "link set eth5 up", "route add default via 10.5.5.1 metric 600", "link set eth5 down")
    reaches(a, ROUTER4, INET4)
    return []


def guest_with_a_firewall(world):
    """Answers, echo requests and neighbour discovery pass."""
    world.guest_a.run(["nft", "-f", "-"], input="table inet fw {\n chain input {\n type filter hook input priority 0; policy drop;\n ct state established,related accept\n"
                      " icmp type echo-request accept\n icmpv6 type { 128, 133, 134, 135, 136 } accept\n }\n}\n")
    reaches(world.guest_a, ROUTER4, ROUTER6)
    return []


def guest_with_a_vpn_that_looks_for_a_printer(world):
    """Its default route leads into a tunnel, and it asks just now for a machine of the network that is off."""
    guest_with_a_vpn(world)
    world.guest_a.ping("192.168.157.103", timeout=1)
    return []


def guest_whose_machine_sleeps_at_night(world):
    """It answers to ARP and echo requests, and begins no connection."""
    world.guest_a.ip("route del default")
    world.guest_a.ip(f"route add default via {ROUTER4}")
    time.sleep(6)
    return []


# What is worth knowing of a healthy network, and no cause: the notes that a trait may bring.
NOTES = {guest_with_a_vpn: {"no_default_route"}, guests_that_look_for_nobody: {"ap_isolation"},
         guest_with_a_vpn_that_looks_for_a_printer: {"no_default_route", "ap_isolation"}}

TRAITS = {name: value for name, value in list(globals().items())
          if callable(value) and getattr(value, "__module__", "") == __name__ and not name.startswith("_") and name not in ("reaches", "node")}
