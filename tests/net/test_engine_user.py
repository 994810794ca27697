# SPDX-License-Identifier: GPL-2.0-or-later
"""vifi bridge up --engine=user: the data path over packet sockets, for kernels that refuse eBPF.

   router lan0 ═══ port ═══ wlan0 ─┬─ host stack     br0 ─ guests a b c
                                   └─ packet sockets of vifi ─ vifi0 ⇄ vifi0p ─┘

The rules are tested elsewhere, for one text of them; here is tested what this engine does by other means: that every
path is there, that offloads pass, that the host neither sees nor says what is the guests', and what is left when it ends.
"""

import socket
import struct
import time

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Dot1Q, Ether

from lab import LabError, services
from lab.netns import run
from lab.topology import GUEST4, HOST4, HOST6, INET4, INET6, ROUTER4, ROUTER6, ROUTER_MAC, W
from lab.vifi import program
from world import BCAST, World, arp, checksum_ok, udp4, wait_for

USER = ("--engine=user",)
WORLD = {"vifi": USER, "config": "vlans = 20\n"}


@pytest.fixture(scope="module")
def download(world):
    """Sources of bytes on the internet host, on the host, and in guest a."""
    servers = [services.Download(n, 8000) for n in (world.lab.inet, world.host, world.a)]
    yield
    for d in servers:
        d.close()


def links(node):
    return {line.split()[0].split("@")[0] for line in node.query("-br link").splitlines()}


def leftovers(node):
    """What the engine makes and nobody else does."""
    return [x for x in links(node) if x.startswith("vifi")], node.run("nft list ruleset").stdout.strip()


def test_it_is_this_engine(world):
    assert world.vifi.show()["engine"] == "user"
    for dev in ("wlan0", "vifi0p"):
        assert "bpf" not in world.host.run(f"tc filter show dev {dev} ingress").stdout
        assert "bpf" not in world.host.run(f"tc filter show dev {dev} egress").stdout
    assert "\tprog" not in world.host.run("bpftool net show dev wlan0").stdout.split("flow_dissector")[0]


@pytest.mark.parametrize("client", ["udhcpc", "dhclient"])
def test_leases_by_real_clients(world, client):
    a = world.a
    run(["ip", "-4", "-n", a.ns, "addr", "flush", "dev", "eth0"])
    try:
        assert services.CLIENTS[client](world.lab, a) == GUEST4, "the reservation goes by chaddr"
        assert a.ping(INET4, count=2) == 2
        wait_for("the lease is in the table", lambda: any(
            b["address"] == GUEST4 and "dhcp" in b["flags"] for b in world.vifi.bindings()), 2)
    finally:
        world.lab.static(a, 41)


def test_slaac(world):
    a = world.a
    services.slaac(a)
    assert a.ping(INET6, count=2) == 2


def test_router_sees_only_w(world):
    for g in world.guests:
        assert g.ping(ROUTER4) and g.ping(ROUTER6)
    for family in (4, 6):
        known = world.router.neighbours("lan0", family)
        mine = {k: v for k, v in known.items() if "157" in k and k not in (HOST4, HOST6)}
        assert len(mine) >= 3 and set(mine.values()) == {W}, known


def test_ports_are_known(world):
    """The port that a guest's frames came by is not told to a packet socket; the bridge is asked."""
    for g in world.guests:
        g.ping(ROUTER4)
    where = {b["mac"]: b["port"] for b in world.vifi.bindings() if b["family"] == "ip4" and b["mac"] in [g.hw for g in world.guests]}
    assert where == {g.hw: g.vif for g in world.guests}


@pytest.mark.parametrize("address", [INET4, INET6])
def test_download_is_intact_and_segments_stay_whole(world, download, address):
    """Frames longer than the MTU arrive at the guest: nothing was cut on the way (rule 26)."""
    tap = world.lab.tap(world.a, "eth0", "in", "greater 3000")
    r = services.fetch(world.a, address, n=48 << 20)
    assert r.intact, r
    assert tap.rows("frame.len > 3000", "frame.len"), "every frame was cut on its way in"


@pytest.mark.parametrize("address", [f"192.168.157.{41}", "2001:db8:157::41"])
def test_upload_is_intact_and_segments_stay_whole(world, download, address):
    tap = world.lab.tap(world.router, "lan0", "in", "greater 3000")
    r = services.fetch(world.router, address, n=48 << 20)
    assert r.intact, r
    assert tap.rows("frame.len > 3000", "frame.len"), "every frame was cut on its way out"


def test_segments_of_a_tunnel():
    """A guest's VXLAN: its 64 KiB of TCP in UDP cannot be told to a packet socket, so the kernel cuts it before.

    A network of its own without the judge, who would take the tunnel's inner addresses for foreign ones.
    """
    with World(vifi=USER, judge=False, guests=1) as w:
        a, router = w.a, w.router
        a.ip(f"link add vx0 type vxlan id 7 local {a.ip4} remote {ROUTER4} dstport 4789 dev eth0", "addr add 10.77.0.2/24 dev vx0",
             "link set vx0 up")
        router.ip(f"link add vx0 type vxlan id 7 local {ROUTER4} remote {a.ip4} dstport 4789 dev lan0",
                  "addr add 10.77.0.1/24 dev vx0", "link set vx0 up")
        d = services.Download(a, 8003)
        try:
            wait_for("the tunnel is up", lambda: router.ping("10.77.0.2"), 5)
            r = services.fetch(router, "10.77.0.2", n=8 << 20, port=8003)
            assert r.intact, r
        finally:
            d.close()
        # the other way the uplink itself brings such segments; no hardware does, veth may: they are lost by name
        s = services.Download(router, 8004)
        try:
            services.fetch(a, "10.77.0.1", n=1 << 20, port=8004, timeout=2)
        except (LabError, OSError):
            pass
        finally:
            s.close()
        assert w.drops("queue") > 0


def test_segmented_udp(world):
    """UDP segmentation offload (QUIC servers use it): one send of ten datagrams arrives as ten."""
    with world.a.socket(kind=socket.SOCK_DGRAM) as s, world.router.socket(kind=socket.SOCK_DGRAM) as r:
        r.bind((ROUTER4, 5998))
        r.settimeout(1)
        s.setsockopt(socket.IPPROTO_UDP, 103, 1000)  # UDP_SEGMENT
        s.sendto(b"".join(bytes([i]) * 1000 for i in range(10)), (ROUTER4, 5998))
        assert [r.recv(2000) for _ in range(10)] == [bytes([i]) * 1000 for i in range(10)]


def test_checksums_without_offload(world, download):
    """A guest that computes its own checksums, and cuts its own segments."""
    a = world.a
    for what in ("tx", "tso", "gso"):
        a.run(f"ethtool -K eth0 {what} off", check=False)
    tap = world.lab.tap(world.router, "lan0", "in", "tcp and src host 192.168.157.41")
    try:
        assert services.fetch(world.router, a.ip4, n=1 << 20).intact
        f = udp4(a.hw, ROUTER_MAC, a.ip4, ROUTER4, b"sum" * 9)
        got = world.out(a, f, lambda p: b"sumsum" in bytes(p))
        assert got is not None and checksum_ok(got)
    finally:
        for what in ("tx", "tso", "gso"):
            a.run(f"ethtool -K eth0 {what} on", check=False)
    assert tap.rows("tcp.len > 0", "tcp.len")


def test_host_and_guest_without_the_air(world, download):
    """Ping and TCP both ways; neither questions nor answers are seen on the port."""
    a, air = world.a, world.lab.tap(world.lab.ap, "port", "in", name="air")
    world.host.ip("neigh flush dev wlan0")
    a.ip("neigh flush dev eth0")
    for node, targets in ((a, (HOST4, HOST6)), (world.host, (a.ip4, a.ip6))):
        for t in targets:
            assert node.ping(t, count=3, interval=0.05) == 3, f"{node.name} → {t}"
    assert world.host.neighbours("wlan0")[a.ip4] == a.hw and a.neighbours("eth0")[HOST4] == W
    for node, target in ((a, HOST4), (a, HOST6), (world.host, a.ip4), (world.host, a.ip6)):
        r = services.fetch(node, target, n=24 << 20)
        assert r.intact, f"{node.name} from {target}: {r}"
    leaked = air.rows(f"eth.dst == {a.hw} || (ip.addr == {a.ip4} && ip.addr == {HOST4}) || "
                      f"(arp && arp.dst.proto_ipv4 == {a.ip4} && arp.src.proto_ipv4 == {HOST4})", "frame.number", "_ws.col.Info")
    assert not leaked, leaked[:5]


def test_host_hears_frames_once(world):
    """A guest's broadcast reaches the host by br0, which it is on, and by wlan0; not by vifi0 as well."""
    with world.host.socket(kind=socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
        s.bind(("", 5999))
        s.settimeout(0.5)
        world.a.wire.send(udp4(world.a.hw, BCAST, world.a.ip4, "255.255.255.255", b"once", dport=5999))
        by = []
        with pytest.raises(TimeoutError):
            while True:
                data, info, _, _ = s.recvmsg(100, 128)
                assert data == b"once"
                by.append(struct.unpack("i", info[0][2][:4])[0])
    assert sorted(by) == sorted(world.host.index(x) for x in ("br0", "wlan0"))


def test_guests_among_themselves(world, download):
    air = world.lab.tap(world.lab.ap, "port", "in", name="air")
    b = world.b
    assert b.ping(world.a.ip4, count=3, interval=0.05) == 3 and b.ping(world.a.ip6, count=3, interval=0.05) == 3
    assert services.fetch(b, world.a.ip4, n=8 << 20).intact
    # a frame to W with a sibling's address is turned around
    got = world.between(b, world.a, udp4(b.hw, W, b.ip4, world.a.ip4, b"turned"), lambda p: b"turned" in bytes(p))
    assert got is not None and got.dst == world.a.hw
    assert not air.rows(f"ip.src == {b.ip4} && ip.dst == {world.a.ip4}", "frame.number")


def test_a_forwarding_host_keeps_out_of_it(world):
    """With ip_forward this host would route what the uplink brings for a guest: twice there, redirects, its own ARP."""
    b = world.b
    world.host.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    try:
        time.sleep(0.3)
        b.wire.drain()
        air = world.lab.tap(world.lab.ap, "port", "in", name="air")
        assert world.router.ping(b.ip4, count=5, interval=0.05) == 5
        assert world.router.ping(b.ip6, count=5, interval=0.05) == 5
        requests = [p for p in map(Ether, b.wire.frames(0.3)) if ICMP in p and p[ICMP].type == 8]
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
    wait_for("it is counted", lambda: world.drops("foreign_source") == before + 1, 2)
    assert not world.seen(world.wire, lambda p: b"smuggled" in bytes(p))


def test_tags_go_through_beside_the_frame(world):
    """VLAN 20 is configured: its frames pass both ways with their tag, VLAN 21 does not."""
    a, inner = world.a, IP(src="192.168.20.41", dst="255.255.255.255") / UDP(sport=1, dport=2) / b"tagged-out"
    got = world.out(a, Ether(src=a.hw, dst=BCAST) / Dot1Q(vlan=20, prio=3) / inner, lambda p: b"tagged-out" in bytes(p))
    assert got is not None and got.src == W and (got[Dot1Q].vlan, got[Dot1Q].prio) == (20, 3) and checksum_ok(got)
    back = Ether(src=ROUTER_MAC, dst=W) / Dot1Q(vlan=20) / IP(src=ROUTER4, dst="192.168.20.41") / UDP(sport=2, dport=1) / b"tagged-in"
    got = world.into(a, back, lambda p: b"tagged-in" in bytes(p))
    assert got is not None and got.dst == a.hw and got[Dot1Q].vlan == 20
    world.dropped("vlan", a.wire, Ether(src=a.hw, dst=BCAST) / Dot1Q(vlan=21) / inner, [world.wire], lambda p: b"tagged-out" in bytes(p))


def test_a_flood_by_one_guest_costs_the_others_nothing(world):
    """3,000 forged senders, as fast as python sends: caps and rates are the port's, whatever the addresses."""
    c = world.c
    with world.a.raw("eth0"):
        job = services.Background(world.a.ping, ROUTER4, 40, 1, 0.05)
        for i in range(3000):
            mac = f"02:99:00:00:{i >> 8:02x}:{i & 255:02x}"
            c.wire.send(bytes(arp(1, mac, mac, f"10.66.{i >> 8}.{i & 255}", ROUTER4)))
        assert job.result() == 40
    held = {}
    for b in world.vifi.bindings():
        held[b["port"]] = held.get(b["port"], 0) + 1
    assert held[c.vif] <= 256 and held.get("br0", 0) < 20, held
    assert world.b.ping(ROUTER4, count=2) == 2


def test_uplink_goes_down_and_comes_back(world):
    world.lab.carrier(False)
    time.sleep(0.4)
    world.lab.carrier(True)
    wait_for("guest a reaches the router again", lambda: world.a.ping(ROUTER4, timeout=1), 10)
    wait_for("the host reaches the router again", lambda: world.host.ping(ROUTER4, timeout=1), 10)


def test_killed_stopped_and_down():
    """kill -9 leaves the host its network and nothing of the engine but the veth; a stop leaves nothing and keeps bindings."""
    with World(vifi=USER) as w:
        w.vifi.kill()
        devices, rules = leftovers(w.host)
        assert sorted(devices) == ["vifi0", "vifi0p"] and not rules
        assert w.host.ping(ROUTER4, count=2) == 2, "the host keeps its network"
        assert w.a.ping(ROUTER4) == 0, "nobody translates"
        w.vifi.start()
        w.warm()
        assert w.vifi.stop() == 0
        assert leftovers(w.host) == ([], "")
        w.c.ip("link set eth0 down")
        w.vifi.start()
        assert any(b["address"] == w.c.ip4 and b["mac"] == w.c.hw for b in w.vifi.bindings()), "kept over a restart"
        w.vifi.kill()
        assert w.vifi.down().returncode == 0
        assert leftovers(w.host) == ([], "")
        w.c.ip("link set eth0 up")


def test_it_needs_no_privilege_for_ebpf():
    """With CAP_NET_ADMIN and CAP_NET_RAW alone the kernel refuses every eBPF program; this engine asks for none."""
    with World(start=False, static=False) as w:
        few = ["setpriv", "--bounding-set", "-all,+net_admin,+net_raw,+dac_override"]
        log = w.lab.file("few.log")
        p = w.host.start(few + [program(), "bridge", "up", "wlan0", "br0"], log=log)
        assert p.wait(5) == 3, "eBPF needs more"
        p = w.host.start(few + [program(), "bridge", "up", "--engine=user", "wlan0", "br0"], log=log)

        def up():
            assert p.poll() is None, open(log).read()
            return w.host.run(few + [program(), "bridge", "show", "-j", "wlan0"], check=False).returncode == 0
        wait_for("it is up", up, 8)
        w.lab.static(w.a, 41)
        wait_for("guest a reaches the router", lambda: w.a.ping(ROUTER4, timeout=1), 8)
        assert w.a.ping(HOST4, count=2) == 2
        r = w.host.run(few + [program(), "bridge", "down", "wlan0"], check=False)
        assert r.returncode == 0, r.stderr
        assert p.wait(5) == 0
        assert leftovers(w.host) == ([], "")
        assert w.verdict().clean
