# SPDX-License-Identifier: GPL-2.0-or-later
"""vifi bridge up --engine=user: the data path over packet sockets, for kernels without eBPF.

   router lan0 ═══ port ═══ wlan0 ─┬─ host stack     br0 ─ guests a b c
                                   └─ packet sockets of vifi ─ vifi0 ⇄ vifi0p ─┘

Both engines share the rules, which other files test.  This file tests what this engine implements differently: all
paths, offloads, the isolation of the host's stack from the guests' traffic, and the cleanup.
"""

import os
import socket
import struct
import time

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Dot1Q, Ether

from lab import LabError, services
from lab.netns import run
from lab.topology import GUEST4, HOST4, HOST6, INET4, INET6, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC
from lab.vifi import program
from world import BCAST, World, arp, checksum_ok, udp4, wait_for

USER = ("--engine=user",)
WORLD = {"vifi": USER, "config": "vlans = 20\n"}


@pytest.fixture(scope="module")
def download(world):
    """Download servers on the internet host, on the host, and in guest a."""
    servers = [services.Download(n, 8000) for n in (world.lab.inet, world.host, world.guest_a)]
    yield
    for server in servers:
        server.close()


def links(node):
    return {line.split()[0].split("@")[0] for line in node.query("-br link").splitlines()}


def leftovers(node):
    """The interfaces and nft rules of the engine."""
    return [x for x in links(node) if x.startswith("vifi")], node.run("nft list ruleset").stdout.strip()


def test_user_engine_loads_no_ebpf_program(world):
    assert world.vifi.show()["engine"] == "user"
    for dev in ("wlan0", "vifi0p"):
        assert "bpf" not in world.host.run(f"tc filter show dev {dev} ingress").stdout
        assert "bpf" not in world.host.run(f"tc filter show dev {dev} egress").stdout
    assert "\tprog" not in world.host.run("bpftool net show dev wlan0").stdout.split("flow_dissector")[0]


def test_forwarding_goes_before_busy_programs(world):
    """Each frame waits for this thread.  With autogroups its nice value counts inside of its session only, which must go before, too."""
    proc = f"/proc/{world.vifi.proc.pid}"
    nices = []
    for thread in os.listdir(f"{proc}/task"):
        with open(f"{proc}/task/{thread}/stat", encoding="utf-8") as file:
            nices.append(int(file.read().rsplit(")", 1)[1].split()[16]))
    assert sorted(nices)[:2] == [-15, 0], nices
    if os.path.exists(f"{proc}/autogroup"):  # CONFIG_SCHED_AUTOGROUP
        with open(f"{proc}/autogroup", encoding="utf-8") as file:
            assert file.read().split()[-2:] == ["nice", "-15"]


@pytest.mark.parametrize("client", ["udhcpc", "dhclient"])
def test_real_clients_get_leases(world, client):
    guest_a = world.guest_a
    run(["ip", "-4", "-n", guest_a.ns, "addr", "flush", "dev", "eth0"])
    try:
        assert services.CLIENTS[client](world.lab, guest_a) == GUEST4, "the server did not find the reservation by chaddr"
        assert guest_a.ping(INET4, count=2) == 2
        wait_for("the binding of the lease", lambda: any(
            b["address"] == GUEST4 and "dhcp" in b["flags"] for b in world.vifi.bindings()), 2)
    finally:
        world.lab.static(guest_a, 41)


def test_slaac_configures_a_guest(world):
    guest_a = world.guest_a
    services.slaac(guest_a)
    assert guest_a.ping(INET6, count=2) == 2


def test_router_sees_only_the_uplink_address(world):
    for guest in world.guests:
        assert guest.ping(ROUTER4) and guest.ping(ROUTER6)
    for family in (4, 6):
        known = world.router.neighbours("lan0", family)
        mine = {k: v for k, v in known.items() if "157" in k and k not in (HOST4, HOST6)}
        assert len(mine) >= 3 and set(mine.values()) == {UPLINK_MAC}, known


def test_bindings_contain_the_bridge_port(world):
    """A packet socket does not report a frame's bridge port; vifi queries the bridge for it."""
    for guest in world.guests:
        guest.ping(ROUTER4)
    where = {b["mac"]: b["port"] for b in world.vifi.bindings() if b["family"] == "ip4" and b["mac"] in [g.hw for g in world.guests]}
    assert where == {g.hw: g.vif for g in world.guests}


@pytest.mark.parametrize("address", [INET4, INET6])
def test_download_is_intact_and_segments_stay_whole(world, download, address):
    """Segments larger than the MTU arrive at the guest unsplit (rule 26)."""
    tap = world.lab.tap(world.guest_a, "eth0", "in", "greater 3000")
    result = services.fetch(world.guest_a, address, size=48 << 20)
    assert result.intact, result
    assert tap.rows("frame.len > 3000", "frame.len"), "every inbound segment was split"


@pytest.mark.parametrize("address", [f"192.168.157.{41}", "2001:db8:157::41"])
def test_upload_is_intact_and_segments_stay_whole(world, download, address):
    tap = world.lab.tap(world.router, "lan0", "in", "greater 3000")
    result = services.fetch(world.router, address, size=48 << 20)
    assert result.intact, result
    assert tap.rows("frame.len > 3000", "frame.len"), "every outbound segment was split"


def test_tunnelled_segments_are_segmented_by_the_kernel():
    """VXLAN in a guest: a packet socket cannot represent 64 KiB of TCP in UDP, so the kernel segments it first.

    This test has its own lab without the capture check, which would report the tunnel's inner addresses as foreign.
    """
    with World(vifi=USER, capture=False, guests=1) as world:
        guest_a, router = world.guest_a, world.router
        guest_a.ip(f"link add vx0 type vxlan id 7 local {guest_a.ip4} remote {ROUTER4} dstport 4789 dev eth0", "addr add 10.77.0.2/24 dev vx0",
                   "link set vx0 up")
        router.ip(f"link add vx0 type vxlan id 7 local {ROUTER4} remote {guest_a.ip4} dstport 4789 dev lan0",
                  "addr add 10.77.0.1/24 dev vx0", "link set vx0 up")
        download = services.Download(guest_a, 8003)
        try:
            wait_for("the tunnel is up", lambda: router.ping("10.77.0.2"), 5)
            result = services.fetch(router, "10.77.0.2", size=8 << 20, port=8003)
            assert result.intact, result
        finally:
            download.close()
        # Inbound, only veth delivers such segments, never hardware; vifi drops and counts them.
        reverse = services.Download(router, 8004)
        try:
            services.fetch(guest_a, "10.77.0.1", size=1 << 20, port=8004, timeout=2)
        except (LabError, OSError):
            pass
        finally:
            reverse.close()
        assert world.drops("queue") > 0


def test_segmented_udp_arrives_as_datagrams(world):
    """UDP segmentation offload, as QUIC servers use it: one send of ten datagrams arrives as ten."""
    with world.guest_a.socket(kind=socket.SOCK_DGRAM) as sock, world.router.socket(kind=socket.SOCK_DGRAM) as result:
        result.bind((ROUTER4, 5998))
        result.settimeout(1)
        sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)  # UDP_SEGMENT
        sock.sendto(b"".join(bytes([i]) * 1000 for i in range(10)), (ROUTER4, 5998))
        assert [result.recv(2000) for _ in range(10)] == [bytes([i]) * 1000 for i in range(10)]


def test_checksums_are_right_without_offload(world, download):
    """The guest computes its checksums and segments its data itself."""
    guest_a = world.guest_a
    for what in ("tx", "tso", "gso"):
        guest_a.run(f"ethtool -K eth0 {what} off", check=False)
    tap = world.lab.tap(world.router, "lan0", "in", "tcp and src host 192.168.157.41")
    try:
        assert services.fetch(world.router, guest_a.ip4, size=1 << 20).intact
        frame = udp4(guest_a.hw, ROUTER_MAC, guest_a.ip4, ROUTER4, b"sum" * 9)
        got = world.out(guest_a, frame, lambda p: b"sumsum" in bytes(p))
        assert got is not None and checksum_ok(got)
    finally:
        for what in ("tx", "tso", "gso"):
            guest_a.run(f"ethtool -K eth0 {what} on", check=False)
    assert tap.rows("tcp.len > 0", "tcp.len")


def test_host_to_guest_traffic_stays_off_the_air(world, download):
    """Ping and TCP in both directions; no request or answer appears on the port."""
    guest_a, air = world.guest_a, world.lab.tap(world.lab.ap, "port", "in", name="air")
    world.host.ip("neigh flush dev wlan0")
    guest_a.ip("neigh flush dev eth0")
    for node, targets in ((guest_a, (HOST4, HOST6)), (world.host, (guest_a.ip4, guest_a.ip6))):
        for address in targets:
            assert node.ping(address, count=3, interval=0.05) == 3, f"{node.name} → {address}"
    assert world.host.neighbours("wlan0")[guest_a.ip4] == guest_a.hw and guest_a.neighbours("eth0")[HOST4] == UPLINK_MAC
    for node, target in ((guest_a, HOST4), (guest_a, HOST6), (world.host, guest_a.ip4), (world.host, guest_a.ip6)):
        result = services.fetch(node, target, size=24 << 20)
        assert result.intact, f"{node.name} from {target}: {result}"
    leaked = air.rows(f"eth.dst == {guest_a.hw} || (ip.addr == {guest_a.ip4} && ip.addr == {HOST4}) || "
                      f"(arp && arp.dst.proto_ipv4 == {guest_a.ip4} && arp.src.proto_ipv4 == {HOST4})", "frame.number", "_ws.col.Info")
    assert not leaked, leaked[:5]


def test_host_receives_a_broadcast_once_per_interface(world):
    """A guest's broadcast reaches the host on br0 and on wlan0, but not on vifi0 as well."""
    with world.host.socket(kind=socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
        sock.bind(("", 5999))
        sock.settimeout(0.5)
        world.guest_a.wire.send(udp4(world.guest_a.hw, BCAST, world.guest_a.ip4, "255.255.255.255", b"once", dport=5999))
        interfaces = []
        with pytest.raises(TimeoutError):
            while True:
                data, info, _, _ = sock.recvmsg(100, 128)
                assert data == b"once"
                interfaces.append(struct.unpack("i", info[0][2][:4])[0])
    assert sorted(interfaces) == sorted(world.host.index(x) for x in ("br0", "wlan0"))


def test_guest_to_guest_traffic_stays_off_the_air(world, download):
    air = world.lab.tap(world.lab.ap, "port", "in", name="air")
    guest_b = world.guest_b
    assert guest_b.ping(world.guest_a.ip4, count=3, interval=0.05) == 3 and guest_b.ping(world.guest_a.ip6, count=3, interval=0.05) == 3
    assert services.fetch(guest_b, world.guest_a.ip4, size=8 << 20).intact
    # A frame to the uplink's MAC address for another guest is redirected to that guest.
    got = world.between(guest_b, world.guest_a, udp4(guest_b.hw, UPLINK_MAC, guest_b.ip4, world.guest_a.ip4, b"turned"), lambda p: b"turned" in bytes(p))
    assert got is not None and got.dst == world.guest_a.hw
    assert not air.rows(f"ip.src == {guest_b.ip4} && ip.dst == {world.guest_a.ip4}", "frame.number")


def test_forwarding_host_does_not_route_guest_traffic(world):
    """With ip_forward the host must not route frames for a guest, which would cause duplicates, redirects and its own ARP."""
    guest_b = world.guest_b
    world.host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    try:
        time.sleep(0.3)
        guest_b.wire.drain()
        air = world.lab.tap(world.lab.ap, "port", "in", name="air")
        for address in (guest_b.ip4, guest_b.ip6):  # one by one: a series goes on until five are answered (ping_command())
            assert sum(world.router.ping(address) for _ in range(5)) == 5
        requests = [p for p in map(Ether, guest_b.wire.frames(0.3)) if ICMP in p and p[ICMP].type == 8]
        assert len(requests) == 5, f"5 requests, {len(requests)} arrived"
        assert not air.rows("icmp.type == 5 || icmpv6.type == 137 || icmp.type == 8 || icmpv6.type == 128", "frame.number", "_ws.col.Info")
    finally:
        world.host.sysctl(net__ipv4__ip_forward=0, net__ipv6__conf__all__forwarding=0)
        world.host.sysctl(net__ipv6__conf__wlan0__accept_ra=0)
        world.host.ip("route replace default via fe80::20 dev wlan0")


def test_other_programs_cannot_send_foreign_addresses(world):
    before = world.drops("foreign_source")
    with world.host.raw("wlan0") as up:
        up.send(Ether(src="02:00:00:00:00:77", dst=BCAST, type=0x88b5) / b"smuggled")
    wait_for("the drop is counted", lambda: world.drops("foreign_source") == before + 1, 2)
    assert not world.received(world.wire, lambda p: b"smuggled" in bytes(p))


def test_vlan_tags_pass_through(world):
    """VLAN 20 is configured: its frames pass in both directions with their tag; frames of VLAN 21 do not pass."""
    guest_a, inner = world.guest_a, IP(src="192.168.20.41", dst="255.255.255.255") / UDP(sport=1, dport=2) / b"tagged-out"
    got = world.out(guest_a, Ether(src=guest_a.hw, dst=BCAST) / Dot1Q(vlan=20, prio=3) / inner, lambda p: b"tagged-out" in bytes(p))
    assert got is not None and got.src == UPLINK_MAC and (got[Dot1Q].vlan, got[Dot1Q].prio) == (20, 3) and checksum_ok(got)
    back = Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / Dot1Q(vlan=20) / IP(src=ROUTER4, dst="192.168.20.41") / UDP(sport=2, dport=1) / b"tagged-in"
    got = world.into(guest_a, back, lambda p: b"tagged-in" in bytes(p))
    assert got is not None and got.dst == guest_a.hw and got[Dot1Q].vlan == 20
    world.expect_drop("vlan", guest_a.wire, Ether(src=guest_a.hw, dst=BCAST) / Dot1Q(vlan=21) / inner, [world.wire], lambda p: b"tagged-out" in bytes(p))


def test_flood_by_one_guest_does_not_affect_others(world):
    """3,000 forged senders at Python's maximum rate: caps and rates apply per port, whatever the addresses."""
    guest_c = world.guest_c
    with world.guest_a.raw("eth0"):
        job = services.Background(world.guest_a.ping, ROUTER4, 40, 1, 0.05)
        for i in range(3000):
            mac = f"02:99:00:00:{i >> 8:02x}:{i & 255:02x}"
            guest_c.wire.send(bytes(arp(1, mac, mac, f"10.66.{i >> 8}.{i & 255}", ROUTER4)))
        assert job.result() == 40
    held = {}
    for guest_b in world.vifi.bindings():
        held[guest_b["port"]] = held.get(guest_b["port"], 0) + 1
    assert held[guest_c.vif] <= 256 and held.get("br0", 0) < 20, held
    assert world.guest_b.ping(ROUTER4, count=2) == 2


def test_connections_recover_after_an_uplink_outage(world):
    world.lab.carrier(False)
    time.sleep(0.4)
    world.lab.carrier(True)
    wait_for("guest a reaches the router again", lambda: world.guest_a.ping(ROUTER4, timeout=1), 10)
    wait_for("the host reaches the router again", lambda: world.host.ping(ROUTER4, timeout=1), 10)


def test_kill_stop_and_down_clean_up():
    """After kill -9 the host's network works and only the veth pair remains; a stop removes everything and keeps bindings."""
    with World(vifi=USER) as world:
        world.vifi.kill()
        devices, rules = leftovers(world.host)
        assert sorted(devices) == ["vifi0", "vifi0p"] and not rules
        assert world.host.ping(ROUTER4, count=2) == 2, "the host lost its network"
        assert world.guest_a.ping(ROUTER4) == 0, "frames were translated without vifi"
        world.vifi.start()
        world.warm()
        assert world.vifi.stop() == 0
        assert leftovers(world.host) == ([], "")
        world.guest_c.ip("link set eth0 down")
        world.vifi.start()
        assert any(b["address"] == world.guest_c.ip4 and b["mac"] == world.guest_c.hw for b in world.vifi.bindings()), "the binding was lost in the restart"
        world.vifi.kill()
        assert world.vifi.down().returncode == 0
        assert leftovers(world.host) == ([], "")
        world.guest_c.ip("link set eth0 up")


def test_user_engine_runs_without_ebpf_capabilities():
    """CAP_NET_ADMIN and CAP_NET_RAW suffice for this engine, but not for loading eBPF programs."""
    with World(start=False, static=False) as world:
        unprivileged = ["setpriv", "--bounding-set", "-all,+net_admin,+net_raw,+dac_override"]
        log = world.lab.file("unprivileged.log")
        process = world.host.start(unprivileged + [program(), "bridge", "up", "wlan0", "br0"], log=log)
        assert process.wait(30) == 3, "the eBPF engine must fail with these capabilities"
        process = world.host.start(unprivileged + [program(), "bridge", "up", "--engine=user", "wlan0", "br0"], log=log)

        def up():
            assert process.poll() is None, open(log).read()
            return world.host.run(unprivileged + [program(), "bridge", "show", "-j", "wlan0"], check=False).returncode == 0
        wait_for("the start of vifi", up, 8)
        world.lab.static(world.guest_a, 41)
        wait_for("guest a reaches the router", lambda: world.guest_a.ping(ROUTER4, timeout=1), 8)
        assert world.guest_a.ping(HOST4, count=2) == 2
        result = world.host.run(unprivileged + [program(), "bridge", "down", "wlan0"], check=False)
        assert result.returncode == 0, result.stderr
        assert process.wait(30) == 0
        assert leftovers(world.host) == ([], "")
        assert world.verdict().clean


def test_long_frames_between_host_and_guest(vifi_program):
    """Each interface carries 9000 bytes, from the start or from later on; the engine's own ones must not be an exception."""
    with World(vifi=USER, capture=False, dhcp="none", ra="none") as world:
        guest, host = world.guest_a, world.host
        for node, names in ((world.router, ["lan0"]), (world.lab.ap, ["wire", "port"]), (host, ["wlan0", "br0", guest.vif]), (guest, ["eth0"])):
            node.ip(*(f"link set {name} mtu 9000" for name in names))
        wait_for("vifi0p follows", lambda: "mtu 9000" in host.query("link show dev vifi0p"), 10)
        for node, address in ((guest, HOST4), (host, guest.ip4), (guest, ROUTER4), (world.router, guest.ip4)):
            assert node.ping(address, count=2, size=8000) == 2, world.vifi.drops()
        assert not world.drops("queue")
