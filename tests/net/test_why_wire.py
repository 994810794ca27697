# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of the network beyond the uplink, of interfaces, and of what a guest believes of them: as test_why.py.  One world serves all tests: each fault
is undone, and the guest must reach the router again.  nftables at the router's interface stands for an access point that filters."""

import contextlib
import threading

import pytest
import tcx
from lab.netns import inside, wait_for
from scapy.layers.l2 import ARP, Dot1Q, Ether
from test_why import newcomer
from why_lab import first, found, healthy_world, innocent, why, worlds_of_both_engines  # pylint: disable=unused-import
from world import BCAST, ENGINES, HOST4, ROUTER4, ROUTER_MAC, UPLINK_MAC, World, arp

STATION4, STATION_MAC = "192.168.157.77", "00:60:ee:00:00:77"
CLIENT4 = "192.168.157.78"


@contextlib.contextmanager
def access_point(world, *rules):
    """Drops frames as an access point does, before the router receives them."""
    lines = "".join(f"  {rule} drop\n" for rule in rules)
    world.router.run(["nft", "-f", "-"], input=f"table netdev ap {{\n chain in {{\n  type filter hook ingress device \"lan0\" priority 0;\n{lines} }}\n}}\n")
    try:
        yield
    finally:
        world.router.run("nft delete table netdev ap")


@contextlib.contextmanager
def commands(node, *lines, undo):
    """Runs `ip` lines on a node, and at the end those that undo them."""
    node.ip(*lines)
    try:
        yield
    finally:
        node.ip(*undo)


@contextlib.contextmanager
def station(world):
    """Another machine of the network, with an address of its own MAC address at the router's interface."""
    world.router.ip("link add sta0 link lan0 type macvlan mode bridge", f"link set sta0 address {STATION_MAC}", "link set sta0 up",
                    "link set lan0 promisc on")
    try:
        yield
    finally:
        world.router.ip("link del sta0", "link set lan0 promisc off")


def evidence(world, guest):
    return " ".join(why(world.host, guest.ip4)["causes"][0]["evidence"])


# ---- the access point


def test_access_point_that_binds_addresses_and_drops_arp(world):
    """ARP inspection: only the host's address passes."""
    a = world.guest_a
    with access_point(world, f"arp saddr ip != {{ 0.0.0.0, 192.168.157.21 }}", "ip saddr != 192.168.157.21"):
        a.ping(ROUTER4, timeout=1)
        assert a.ip4 in found(world.host, a.ip4, "ip_mac_binding")
        assert "last packet received" in evidence(world, a)
        assert not innocent(world, ROUTER4)


def test_access_point_that_binds_addresses_and_passes_arp(world):
    """IP source guard."""
    a = world.guest_a
    with access_point(world, "ip saddr != 192.168.157.21"):
        a.run(f"ping -c 3 -i 0.5 -W 1 {ROUTER4}", check=False)
        found(world.host, a.ip4, "ip_mac_binding")


def test_stale_neighbour_entry_of_the_gateway(world):
    a = world.guest_a
    with commands(world.router, f"neigh replace {a.ip4} lladdr 02:00:00:00:00:99 nud permanent dev lan0", undo=[f"neigh del {a.ip4} dev lan0"]):
        assert ROUTER4 in found(world.host, a.ip4, "stale_neighbour")
        assert ROUTER_MAC in evidence(world, a) and UPLINK_MAC in why(world.host, a.ip4)["causes"][0]["remedy"]
        assert not innocent(world, world.guest_b.ip4)


def test_gateway_that_answers_no_echo_requests(world):
    """What it forwards between its clients shows the fault, and the healthy network."""
    a = world.guest_a
    world.router.sysctl(net__ipv4__icmp_echo_ignore_all=1)
    try:
        assert not innocent(world, a.ip4)
        with access_point(world, "ip saddr != 192.168.157.21"):
            found(world.host, a.ip4, "ip_mac_binding")
        with commands(world.router, f"neigh replace {a.ip4} lladdr 02:00:00:00:00:99 nud permanent dev lan0", undo=[f"neigh del {a.ip4} dev lan0"]):
            found(world.host, a.ip4, "stale_neighbour")
    finally:
        world.router.sysctl(net__ipv4__icmp_echo_ignore_all=0)


def test_access_point_that_isolates_its_clients(world):
    """The guest asks for another client in vain, and the gateway answers."""
    a = world.guest_a
    a.ping(STATION4, timeout=1)
    assert STATION4 in found(world.host, a.ip4, "ap_isolation")
    assert not innocent(world, world.guest_b.ip4)
    world.router.ip(f"addr add {STATION4}/32 dev lan0")  # it answers: the guest has what it wanted
    wait_for("the client answers", lambda: a.ping(STATION4, timeout=1), 15)
    world.router.ip(f"addr del {STATION4}/32 dev lan0")


@contextlib.contextmanager
def isolated_client(world):
    """Another client of the access point, by what is seen of it: a packet that the gateway has for it arrives, and it asks all for the sender."""
    raw, ended = world.router.raw("lan0"), threading.Event()

    def serve():
        while not ended.is_set():
            for packet in map(Ether, raw.frames(0.1)):
                if packet.type == 0x800 and packet.dst == ROUTER_MAC and packet.payload.dst == CLIENT4:
                    raw.send(arp(1, STATION_MAC, STATION_MAC, CLIENT4, packet.payload.src))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_client_that_is_isolated_and_heard(world):
    """It is in the network, and only what the access point sends by itself reaches it: no guess."""
    a = world.guest_a
    with isolated_client(world):
        a.ping(CLIENT4, timeout=1)

        def is_found():
            top = why(world.host, a.ip4)["causes"][:1]
            return top and top[0]["id"] == "ap_isolation" and top[0]["level"] == "fail" and top[0]

        top = wait_for("the isolation is a cause", is_found, 20, step=0.3)
        assert STATION_MAC in top["sentence"] and "ap_isolate=0" in top["remedy"] and len(top["evidence"]) == 2, top
        assert not innocent(world, world.guest_b.ip4)


def test_gateway_that_is_off(world):
    with access_point(world, "ether type arp"):
        world.host.ip("neigh flush dev wlan0")
        found(world.host, world.guest_a.ip4, "gateway_silent")


def test_black_hole_of_long_packets(world):
    with access_point(world, "ip length > 1400"):
        assert "1500" in found(world.host, world.guest_a.ip4, "mtu_hole")


# ---- other machines of the network


def test_address_that_a_station_has_too(world):
    a = world.guest_c  # of no other test: a refusal is remembered for ten minutes
    with station(world):
        world.router.sysctl(net__ipv4__conf__all__arp_ignore=1)
        with commands(world.router, f"addr add {a.ip4}/32 dev sta0", undo=[f"addr del {a.ip4}/32 dev sta0"]):
            found(world.host, a.ip4, "contest")
        world.router.sysctl(net__ipv4__conf__all__arp_ignore=0)


def test_machine_that_answers_for_all(world):
    """Proxy ARP, with a route of the router for the whole network elsewhere."""
    a = world.guest_a
    with commands(world.router, "route add 192.168.157.0/25 dev wan0", "route add 192.168.157.128/25 dev wan0",
                  undo=["route del 192.168.157.0/25 dev wan0", "route del 192.168.157.128/25 dev wan0"]):
        world.router.sysctl(net__ipv4__conf__lan0__proxy_arp=1, net__ipv4__neigh__lan0__proxy_delay=0)
        assert ROUTER_MAC in found(world.host, a.ip4, "proxy_arp")
        world.router.sysctl(net__ipv4__conf__lan0__proxy_arp=0)
    wait_for("proxy ARP ends", lambda: "proxy_arp" not in [c["id"] for c in why(world.host, a.ip4)["causes"]], 20, step=0.5)


def test_second_machine_with_the_address_of_the_gateway(world):
    """Its answers are those of the network: scapy gives them."""
    stop = threading.Event()

    def answer():
        while not stop.is_set():
            for frame in map(Ether, world.wire.frames(0.1)):
                if ARP in frame and frame[ARP].op == 1 and frame[ARP].pdst == ROUTER4:
                    world.wire.send(arp(2, STATION_MAC, STATION_MAC, ROUTER4, frame[ARP].psrc, UPLINK_MAC, dst=UPLINK_MAC))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        assert STATION_MAC in found(world.host, world.guest_a.ip4, "two_gateways")
    finally:
        stop.set()
        thread.join()
    for node in (world.host, *world.guests):
        node.ip("neigh flush all")


# ---- what the guest believes


def test_wrong_netmask_of_a_guest(world):
    a = world.guest_a
    with commands(a, f"addr add {a.ip4}/8 dev eth0", undo=[f"addr del {a.ip4}/8 dev eth0"]):
        a.ping("192.1.2.3", timeout=1)
        assert "192.1.2.3" in found(world.host, a.ip4, "wrong_netmask")
    a.run("ip neigh del 192.1.2.3 dev eth0", check=False)  # the kernel would ask again
    # A cloud's guest looks for the metadata service, by a link-local route (RFC 3927): its mask is right.
    with commands(a, "route add 169.254.0.0/16 dev eth0", undo=["route del 169.254.0.0/16 dev eth0"]):
        def asked():  # until the kernel confirms another neighbour
            a.ping("169.254.169.254", timeout=1)
            return [row["asked"] for row in world.vifi.show()["bindings"] if row["address"] == a.ip4] == ["169.254.169.254"]

        wait_for("vifi knows for whom the guest asks", asked, 10)
        assert not innocent(world, a.ip4)
    forget_question(world, a)


def test_wrong_gateway_of_a_guest(world):
    a = world.guest_a
    with commands(a, "route replace default via 192.168.157.1", undo=[f"route replace default via {ROUTER4}"]):
        a.ping("198.51.100.10", timeout=1)
        assert ROUTER4 in found(world.host, a.ip4, "wrong_gateway")
    forget_question(world, a)


def forget_question(world, guest):
    """The next answered question takes the place of the one in vain."""
    guest.ip("neigh flush dev eth0")
    wait_for("the router answers", lambda: guest.ping(ROUTER4, timeout=1), 15)


def test_firewall_of_a_guest(world):
    a = world.guest_a
    a.run(["nft", "-f", "-"], input="table inet guard {\n chain in {\n type filter hook input priority 0; policy drop;\n }\n}\n")
    try:
        found(world.host, a.ip4, "guest_firewall")
        assert why(world.host, a.ip4)["causes"][0]["level"] == "note"
    finally:
        a.run("nft delete table inet guard")


@contextlib.contextmanager
def deaf(guest):
    guest.run(["nft", "-f", "-"], input="table arp deaf {\n chain ignore {\n type filter hook input priority 0; policy drop;\n }\n}\n")
    try:
        yield
    finally:
        guest.run("nft delete table arp deaf")


@contextlib.contextmanager
def answering(guest, frame):
    """The guest sends the frame every 10 ms."""
    ended = threading.Event()

    def send():
        while not ended.wait(0.01):
            guest.wire.send(frame)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_paused_guest(world):
    """It does not answer at its port."""
    with deaf(world.guest_a):
        found(world.host, world.guest_a.ip4, "guest_silent")


# ---- interfaces of this host


def test_ports_that_are_isolated(world):
    with bridge_flags(world.host, "isolated", "vif-a", uplink_port(world)):
        found(world.host, world.guest_a.ip4, "port_isolated")
        assert not innocent(world, world.guest_b.ip4)


def test_port_that_gets_no_broadcasts(world):
    with bridge_flags(world.host, "bcast_flood", "vif-a", on="off", off="on"):
        assert "vif-a" in found(world.host, world.guest_a.ip4, "port_flood")
        assert not innocent(world, world.guest_b.ip4)


def uplink_port(world):
    return next(line.split("@")[0] for line in world.host.run("ip -br link show master br0").stdout.splitlines() if line.startswith("vifi"))


@contextlib.contextmanager
def bridge_flags(host, flag, *ports, on="on", off="off"):
    for port in ports:
        host.run(["bridge", "link", "set", "dev", port, flag, on])
    try:
        yield
    finally:
        for port in ports:
            host.run(["bridge", "link", "set", "dev", port, flag, off])


@contextlib.contextmanager
def foreign_program(host, program, interface, *hook):
    with inside(host.ns):
        one = program(host.index(interface), *hook)
    try:
        yield
    finally:
        with inside(host.ns):
            one.close()


def test_xdp_program_of_the_uplink(world):
    with foreign_program(world.host, tcx.DroppingXdp, "wlan0"):
        found(world.host, world.guest_a.ip4, "xdp")


def test_xdp_program_of_the_port(world):
    with foreign_program(world.host, tcx.DroppingXdp, "vif-a"):
        found(world.host, world.guest_a.ip4, "xdp")
        assert not innocent(world, world.guest_b.ip4)


def test_traffic_control_program_of_the_port(world):
    with foreign_program(world.host, tcx.DroppingProgram, "vif-a", tcx.EGRESS):
        found(world.host, world.guest_a.ip4, "port_program")


def test_program_before_those_of_vifi(worlds):
    """It drops what the uplink receives; the user-space engine has no programs."""
    world = worlds["kernel"]
    with foreign_program(world.host, tcx.DroppingProgram, "wlan0", tcx.INGRESS, tcx.DroppingProgram.BEFORE):
        found(world.host, world.guest_a.ip4, "program_ahead")


def test_program_in_the_place_of_that_of_vifi(worlds):
    world = worlds["kernel"]
    with inside(world.host.ns):
        index = world.host.index("wlan0")
        own = tcx.attached(index, tcx.INGRESS)[0]
        tcx.detach(index, tcx.INGRESS, own)
    with foreign_program(world.host, tcx.ForeignProgram, "wlan0", tcx.INGRESS):
        found(world.host, world.guest_a.ip4, "programs")
    world.vifi.kill()
    world.vifi.start()
    wait_for("vifi attaches its program", lambda: first(world.host, world.guest_a.ip4) is None, 20)


def test_queueing_discipline_that_drops(world):
    host = world.host
    host.run("tc qdisc add dev wlan0 root tbf rate 8bit burst 1 latency 1ms")
    try:
        world.guest_a.ping(ROUTER4, timeout=1)
        found(host, world.guest_a.ip4, "qdisc")
    finally:
        host.run("tc qdisc del dev wlan0 root")


# ---- what a guest sends


def test_frames_that_a_guest_tags(worlds):
    """Last, because the counter stays."""
    world = worlds["user"]
    a = world.guest_a
    level = ["note", "warn"]  # a single frame among many is a note
    assert a.ping(ROUTER4, count=150, interval=0.01) == 150
    for count in (1, 60):
        for _ in range(count):
            a.wire.send(Ether(src=a.hw, dst=BCAST) / Dot1Q(vlan=30) / ARP(hwsrc=a.hw, psrc="192.168.130.41", pdst="192.168.130.20"))
        found(world.host, a.ip4, "vlan")
        assert why(world.host, a.ip4)["causes"][0]["level"] == level.pop(0)
    assert first(world.host, world.guest_b.ip4) != "vlan"
    # An answer in a VLAN is none in the network of the bridge.
    answer = Ether(src=a.hw, dst=UPLINK_MAC) / Dot1Q(vlan=30) / ARP(op=2, hwsrc=a.hw, psrc=a.ip4, hwdst=UPLINK_MAC, pdst=HOST4)
    with deaf(a), answering(a, answer):
        assert "guest_silent" in [cause["id"] for cause in why(world.host, a.ip4)["causes"]]


def test_lease_of_another_guest_in_the_same_network(worlds):
    """It hands out addresses of the uplink's own network."""
    world = worlds["kernel"]
    host, b = world.host, world.guest_b
    server = b.start(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--interface=eth0", "--bind-interfaces",
                      "--pid-file=", f"--dhcp-leasefile={world.lab.file('leases')}", "--dhcp-authoritative", "--no-ping",
                      "--dhcp-range=192.168.157.120,192.168.157.120,255.255.255.0,600"], log=world.lab.file("rogue.log"))
    try:
        with newcomer(world) as guest:
            wait_for("the rogue's lease", lambda: guest.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-s", "/bin/true"], check=False, timeout=30).returncode == 0, 30)
            guest.ip("addr add 192.168.157.120/24 dev eth0")
            wait_for("the guest reaches the router", lambda: guest.ping(ROUTER4, timeout=1), 15)
            assert "192.168.157.120" in found(host, guest.hw, "rogue_server")
            assert why(host, guest.hw)["causes"][0]["level"] == "warn", "it may have been set by hand"
    finally:
        server.terminate()
        server.wait(10)
