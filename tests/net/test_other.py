# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 22 to 27: fragments, VLANs, other protocols, a change of W, offloads, coexistence."""

import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.ppp import PPPoE, PPPoED
from scapy.packet import Raw

import tcx
from lab import Vifi, services
from lab.judge import checksum_errors
from lab.netns import inside
from lab.topology import INET4, INET6
from world import BCAST, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, W, World, arp, udp4, wait_for

NEW_W = "02:5a:5a:01:02:03"


# ---- rule 22


@pytest.mark.parametrize("family", [4, 6])
def test_rule_22_fragmented_pings_both_ways(world, family):
    for g in world.guests:
        router, mine = (ROUTER4, g.ip4) if family == 4 else (ROUTER6, g.ip6)
        assert g.ping(router, size=5000) == 1, f"guest {g.name}"
        assert world.router.ping(mine, size=5000) == 1, f"to guest {g.name}"


def test_rule_22_later_fragment_goes_by_ip_alone(world):
    """A later fragment whose first bytes look like the ports of DHCP: no port is read from it."""
    a = world.a
    body = Raw(bytes(UDP(sport=67, dport=68, len=100)) + b"\x02" + b"later-fragment" * 20)
    sent = Ether(src=ROUTER_MAC, dst=W) / IP(src=ROUTER4, dst=a.ip4, proto=17, frag=100, id=77) / body
    got = world.into(a, sent, lambda p: b"later-fragment" in bytes(p))
    assert got is not None and got.dst == a.hw and bytes(got)[12:] == bytes(sent)[12:]


@pytest.mark.parametrize("tag", [0x8100, 0x88a8])
def test_rule_22_tagged_frames_are_dropped_by_name(world, tag):
    a = world.a
    inner = IP(src=a.ip4, dst="255.255.255.255") / UDP() / b"tagged-out"
    out = Ether(src=a.hw, dst=BCAST, type=tag) / Dot1Q(vlan=10, type=0x800) / inner
    world.dropped("vlan", a.wire, out, [world.wire], lambda p: b"tagged-out" in bytes(p))
    into = Ether(src=ROUTER_MAC, dst=BCAST, type=tag) / Dot1Q(vlan=10, type=0x800) / IP(src=ROUTER4, dst="255.255.255.255") / UDP() / b"tagged-in"
    assert world.into(a, into, lambda p: b"tagged-in" in bytes(p), 0.2) is None, "a tagged frame reached a guest"



@pytest.mark.parametrize("engine", ["tcx", "clsact"])
def test_rule_22_listed_vlans_are_translated_behind_their_tag(vifi_program, engine):
    """vlans = 20: tag, priority and all stay, addresses are translated, and what is known in a VLAN is known only there."""
    with World(vifi=["--engine", engine, "--vlans", "20"]) as w:
        a = w.a
        inside20 = "192.168.20.41"
        asked = w.out(a, Ether(src=a.hw, dst=BCAST) / Dot1Q(vlan=20, prio=3) / ARP(op=1, hwsrc=a.hw, psrc=inside20, pdst="192.168.20.1"),
                      lambda p: ARP in p and p.pdst == "192.168.20.1")
        assert asked is not None and (asked.src, asked.hwsrc) == (W, W) and (asked[Dot1Q].vlan, asked[Dot1Q].prio) == (20, 3)
        answer = Ether(src=ROUTER_MAC, dst=W) / Dot1Q(vlan=20) / ARP(op=2, hwsrc=ROUTER_MAC, psrc="192.168.20.1", hwdst=W, pdst=inside20)
        got = w.into(a, answer, lambda p: ARP in p and p.psrc == "192.168.20.1")
        assert got is not None and (got.dst, got.hwdst, got[Dot1Q].vlan) == (a.hw, a.hw, 20)
        data = IP(src=ROUTER4, dst=inside20) / UDP(sport=2, dport=1) / b"tagged-in"
        got = w.into(a, Ether(src=ROUTER_MAC, dst=W) / Dot1Q(vlan=20) / data, lambda p: b"tagged-in" in bytes(p))
        assert got is not None and got.dst == a.hw and got[Dot1Q].vlan == 20
        assert w.into(a, Ether(src=ROUTER_MAC, dst=W) / data, lambda p: b"tagged-in" in bytes(p), 0.3) is None, "known outside its VLAN"
        w.dropped("vlan", a.wire, Ether(src=a.hw, dst=BCAST) / Dot1Q(vlan=21) / IP(src=inside20, dst="255.255.255.255") / UDP() / b"tagged-out",
                  [w.wire], lambda p: b"tagged-out" in bytes(p))
        verdict = w.verdict()
        assert verdict.clean, str(verdict)


# ---- rule 23

LINK = [(0x888e, None), (0x88c7, None), (0x890d, None), (0x88cc, "01:80:c2:00:00:0e"), (0x88b5, "01:80:c2:00:00:00"), (0x8809, "01:80:c2:00:00:02"),
        (0x88b5, "01:80:c2:00:00:03"), (0x88b5, "01:80:c2:00:00:0f")]


@pytest.mark.parametrize("ethertype, dst", LINK)
def test_rule_23_link_protocols_never_leave(world, ethertype, dst):
    """Unicast to the access point, to W, and broadcast; and the reserved group addresses."""
    a = world.a
    mark = b"link-protocol-%04x" % ethertype
    for to in [dst] if dst else [ROUTER_MAC, W, BCAST]:
        world.wire.drain()
        a.wire.send(Ether(src=a.hw, dst=to, type=ethertype) / mark)
        with world.host.raw("wlan0") as up:
            assert not world.seen(up, lambda p: mark in bytes(p), 0.1)
        assert not world.seen(world.wire, lambda p: mark in bytes(p), 0.05), f"to {to}"


@pytest.mark.parametrize("ethertype", [0x888e, 0x88c7, 0x890d, 0x88cc])
def test_rule_23_link_protocols_are_counted_and_never_come_in(world, ethertype):
    a, mark = world.a, b"link-in-%04x" % ethertype
    world.dropped("link_control", a.wire, Ether(src=a.hw, dst=ROUTER_MAC, type=ethertype) / mark, [world.wire], lambda p: mark in bytes(p))
    for dst in (W, BCAST, "01:80:c2:00:00:03"):
        a.wire.drain()
        with world.host.raw("wlan0") as up:
            world.wire.send(Ether(src=ROUTER_MAC, dst=dst, type=ethertype) / mark)
            assert world.seen(up, lambda p: mark in bytes(p), 0.1), "the host's own supplicant must hear it"
        assert not world.seen(a.wire, lambda p: mark in bytes(p), 0.05)


# ---- rule 24


def test_rule_24_other_ethertypes(world):
    """Broadcast out with W; the answer in to who spoke last; nobody spoke: dropped by name."""
    a, b = world.a, world.b
    got = world.out(a, Ether(src=a.hw, dst=BCAST, type=0x88b6) / b"hello-from-a", lambda p: b"hello-from-a" in bytes(p))
    assert got is not None and got.src == W
    got = world.into(a, Ether(src=OTHER, dst=W, type=0x88b6) / b"hello-to-a", lambda p: b"hello-to-a" in bytes(p))
    assert got is not None and got.dst == a.hw
    assert world.out(b, Ether(src=b.hw, dst=OTHER, type=0x88b6) / b"now-b", lambda p: b"now-b" in bytes(p)).src == W
    got = world.into(b, Ether(src=OTHER, dst=W, type=0x88b6) / b"hello-to-b", lambda p: b"hello-to-b" in bytes(p))
    assert got is not None and got.dst == b.hw
    world.dropped("no_owner", world.wire, Ether(src=OTHER, dst=W, type=0x8137) / b"nobody-spoke-this", [a.wire, b.wire],
                  lambda p: b"nobody-spoke" in bytes(p))


def pppoe_tag(kind, value):
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def test_rule_24_pppoe_by_session(world):
    """Two guests dial at once: each hears its own offer (Host-Uniq) and its own session."""
    a, b = world.a, world.b
    for g, sid in ((a, 0x11), (b, 0x22)):
        uniq = pppoe_tag(0x0101, b"") + pppoe_tag(0x0103, b"uniq-" + g.name.encode())
        got = world.out(g, Ether(src=g.hw, dst=BCAST) / PPPoED(code=9, len=len(uniq)) / Raw(uniq), lambda p: p.type == 0x8863)
        assert got is not None and got.src == W
    for g, sid in ((a, 0x11), (b, 0x22)):
        uniq = pppoe_tag(0x0101, b"") + pppoe_tag(0x0103, b"uniq-" + g.name.encode())
        pado = Ether(src=OTHER, dst=W) / PPPoED(code=7, len=len(uniq)) / Raw(uniq)
        got = world.into(g, pado, lambda p: p.type == 0x8863 and p.src == OTHER)
        assert got is not None and got.dst == g.hw, f"the offer for guest {g.name}"
        padr = Ether(src=g.hw, dst=OTHER) / PPPoED(code=0x19, len=len(uniq)) / Raw(uniq)
        assert world.out(g, padr, lambda p: p.type == 0x8863 and p.src == W)
        pads = Ether(src=OTHER, dst=W) / PPPoED(code=0x65, sessionid=sid, len=len(uniq)) / Raw(uniq)
        got = world.into(g, pads, lambda p: p.type == 0x8863 and p.src == OTHER)
        assert got is not None and got.dst == g.hw
    for g, sid in ((a, 0x11), (b, 0x22), (a, 0x11)):
        mark = b"\xc0\x21in-session-%d" % sid
        out = Ether(src=g.hw, dst=OTHER) / PPPoE(sessionid=sid, len=len(mark)) / Raw(mark)
        assert world.out(g, out, lambda p: mark in bytes(p)).src == W
        got = world.into(g, Ether(src=OTHER, dst=W) / PPPoE(sessionid=sid, len=len(mark)) / Raw(mark), lambda p: mark in bytes(p))
        assert got is not None and got.dst == g.hw, f"session {sid:#x} is guest {g.name}'s"


# ---- rule 25


@pytest.fixture
def other_mac(world):
    """The uplink's address changes for one test, as with a randomised MAC after a new association."""
    world.wire.drain()
    world.station(NEW_W)
    yield NEW_W
    world.station(W)
    world.host.ip("addr replace 2001:db8:157::21/64 dev wlan0 nodad", "route replace default via fe80::20 dev wlan0")
    for g in world.guests:
        wait_for("guests are back", lambda g=g: g.ping(ROUTER4, timeout=1) and g.ping(ROUTER6, timeout=1), 8)


def test_rule_25_new_uplink_address_is_followed_and_announced(world, other_mac):
    """Gratuitous ARP and unsolicited NA (override) for each guest's address, with the new W, without a guest speaking."""
    frames = world.seen(world.wire, lambda p: p.src == NEW_W, 3)
    announced4 = {p.psrc for p in frames if ARP in p and p.psrc == p.pdst and p.hwsrc == NEW_W}
    announced6 = {p[ICMPv6ND_NA].tgt for p in frames if ICMPv6ND_NA in p and p[ICMPv6ND_NA].O and ICMPv6NDOptDstLLAddr in p
                  and p[ICMPv6NDOptDstLLAddr].lladdr == NEW_W}
    for g in world.guests:
        assert g.ip4 in announced4, f"guest {g.name}: announced {announced4}"
        assert g.ip6 in announced6, f"guest {g.name}: announced {announced6}"
    assert world.router.neighbours("lan0")[world.a.ip4] == NEW_W
    got = world.out(world.b, arp(1, world.b.hw, world.b.hw, world.b.ip4, "192.168.157.9"), lambda p: ARP in p and p.pdst == "192.168.157.9")
    assert got.src == NEW_W and got.hwsrc == NEW_W
    for g in world.guests:
        assert g.ping(ROUTER4, timeout=2) == 1, f"guest {g.name}"


def test_rule_25_download_survives_a_new_address(world):
    d = services.Download(world.lab.inet, 8010)
    job = services.Background(services.fetch, world.a, INET4, 12 << 20, 4 << 20, 8010, 30)
    try:
        time.sleep(1)
        world.station(NEW_W)
        r = job.result(40)
        assert r.intact, str(r)
    finally:
        world.station(W)
        d.close()
        wait_for("guest a is back", lambda: world.a.ping(ROUTER4, timeout=1), 8)


def test_rule_25_carrier_shows_on_the_guests_side(world):
    """The uplink loses its carrier: its bridge port does too. After more than three seconds the guests' interfaces
    blink when it is back, so that their DHCP clients ask anew."""
    def port_has_carrier():
        return "LOWER_UP" in world.host.query("link show dev vifi0p")
    with world.a.socket(16, 3, 0) as watch:  # AF_NETLINK, SOCK_RAW, NETLINK_ROUTE
        watch.bind((0, 1))  # RTMGRP_LINK
        watch.settimeout(8)
        world.lab.carrier(False)
        try:
            wait_for("the port of the uplink loses its carrier", lambda: not port_has_carrier(), 3)
            time.sleep(3.3)
        finally:
            world.lab.carrier(True)
        wait_for("the port of the uplink has its carrier again", port_has_carrier, 4)
        lost, end = False, time.monotonic() + 6
        while not lost and time.monotonic() < end:
            data = watch.recv(65536)
            flags = int.from_bytes(data[24:28], "little")
            lost = not flags & 0x10000  # IFF_LOWER_UP
        assert lost, "the guest's interface never lost its carrier"
    for g in world.guests:
        wait_for(f"guest {g.name} is back", lambda g=g: g.ping(ROUTER4, timeout=1), 8)
        g.ip(f"addr replace {g.ip6}/64 dev eth0 nodad", f"route replace default via {ROUTER4}")


# ---- rule 26


@pytest.mark.parametrize("address", [INET4, INET6])
def test_rule_26_offloads_stay_on(world, address):
    """Segments larger than the MTU cross both hooks whole, in both directions, and no receiver counts a checksum error."""
    a = world.a
    d, back = services.Download(world.lab.inet, 8011), services.Download(a, 8012)
    taps = [world.lab.tap(a, "eth0", "in", "greater 3000"), world.lab.tap(world.router, "lan0", "in", "greater 3000")]
    before = errors(a), errors(world.lab.inet)
    try:
        wait_for("guest a has its default route", lambda: a.ping(address), 15)
        r = services.fetch(a, address, 24 << 20, port=8011)
        assert r.intact, str(r)
        r = services.fetch(world.lab.inet, a.ip4 if address == INET4 else a.ip6, 24 << 20, port=8012)
        assert r.intact, str(r)
        for tap, what in zip(taps, ("into guest a", "out of the uplink")):
            big = tap.rows("frame.len > 3000", "frame.len")
            assert len(big) > 10, f"{what}: segments were cut: {len(big)} large ones"
        assert (errors(a), errors(world.lab.inet)) == before
    finally:
        d.close()
        back.close()


def errors(node):
    """The receive checksum errors that a node's kernel has counted."""
    out = node.run(["nstat", "-asz", "TcpInCsumErrors", "UdpInCsumErrors", "IcmpInCsumErrors", "Icmp6InCsumErrors", "Udp6InCsumErrors", "IpInHdrErrors"]).stdout
    return {w.split()[0]: int(w.split()[1]) for w in out.splitlines() if w and not w.startswith("#")}


def test_rule_26_checksums_without_offload(world):
    """The guest computes its checksums itself: tshark finds every one right behind the uplink, ARP and ND traffic included."""
    a = world.a
    d = services.Download(world.lab.inet, 8013)
    a.run("ethtool -K eth0 tx off tso off gso off gro off")
    world.lab.inet.run("ethtool -K eth0 tx off tso off gso off")
    a.ip("neigh flush dev eth0")
    tap = world.lab.tap(world.router, "lan0", "in", f"host {a.ip4} or host {a.ip6}")
    into = world.lab.tap(a, "eth0", "in", "not tcp or (src port 8013)")
    try:
        for address in (INET4, INET6):
            wait_for("guest a has its default route", lambda: a.ping(address), 15)
            assert services.fetch(a, address, 1 << 20, port=8013).intact
        assert len(tap.rows("tcp", "frame.number")) > 50
        assert not checksum_errors(tap.stop())
        assert not checksum_errors(into.stop())
    finally:
        a.run("ethtool -K eth0 tx on tso on gso on gro on")
        world.lab.inet.run("ethtool -K eth0 tx on tso on gso on")
        d.close()


def test_rule_26_too_long_for_the_uplink_is_dropped_by_name(world):
    """A guest with a larger MTU than the uplink's: its long frame goes nowhere, and is counted."""
    c = world.c
    world.host.ip("link set br0 mtu 4000", f"link set {c.vif} mtu 4000", "link set vifi0p mtu 4000")
    c.ip("link set eth0 mtu 4000")
    try:
        frame = udp4(c.hw, ROUTER_MAC, c.ip4, ROUTER4, b"L" * 3000)
        world.dropped("mtu", c.wire, frame, [world.wire], lambda p: b"LLLLLL" in bytes(p))
        exact = udp4(c.hw, ROUTER_MAC, c.ip4, ROUTER4, b"E" * (1500 - 28))
        assert world.out(c, exact, lambda p: b"EEEEEE" in bytes(p)) is not None, "an exact fit is a fit"
    finally:
        c.ip("link set eth0 mtu 1500")
        world.host.ip(f"link set {c.vif} mtu 1500", "link set vifi0p mtu 1500", "link set br0 mtu 1500")


def test_rule_26_smaller_guest_mtu(world):
    """A guest's port with a smaller MTU: what does not fit is dropped by name, TCP finds its size."""
    b = world.b
    world.host.ip(f"link set {b.vif} mtu 1400")
    b.ip("link set eth0 mtu 1400")
    d = services.Download(world.lab.inet, 8014)
    try:
        big = udp4(ROUTER_MAC, W, ROUTER4, b.ip4, b"B" * (1500 - 28))
        world.dropped("mtu", world.wire, big, [b.wire], lambda p: b"BBBBBB" in bytes(p))
        wait_for("guest b has its default route", lambda: b.ping(INET4), 8)
        assert services.fetch(b, INET4, 4 << 20, port=8014).intact
    finally:
        d.close()
        b.ip("link set eth0 mtu 1500", f"addr replace {b.ip6}/64 dev eth0 nodad")
        world.host.ip(f"link set {b.vif} mtu 1500")


# ---- rule 27


def test_rule_27_guard_lets_nothing_foreign_leave(world):
    """Somebody on the host sends on wlan0 with another source: the guard drops it, by name, before the port sees it."""
    with world.host.raw("wlan0") as up:
        for src in (OTHER, world.a.hw):
            world.dropped("foreign_source", up, Ether(src=src, dst=BCAST, type=0x88b5) / b"smuggled", [world.wire], lambda p: b"smuggled" in bytes(p))
        got = World._through(up, world.wire, Ether(src=W, dst=BCAST, type=0x88b5) / b"honest", lambda p: b"honest" in bytes(p), 1)
        assert got is not None


CBPF = ["bpf", "bytecode", "1,6 0 0 0,", "classid", "1:1"]  # a filter that matches nothing, so that frames go on


@pytest.mark.parametrize("engine", ["auto", "clsact"])
def test_rule_27_other_filters_on_the_uplink_live_on(vifi_program, engine):
    """clsact filters of others, from before and after vifi came: traffic flows, and both are there when it has gone."""
    with World(guests=1, judge=False, start=False) as w:
        tc = ["tc", "filter", "add", "dev", "wlan0"]
        w.host.run("tc qdisc add dev wlan0 clsact")
        w.host.run(tc + ["ingress", "pref", "7", "handle", "1"] + CBPF)
        before = w.host.run("tc filter show dev wlan0 ingress").stdout
        with Vifi(w.lab, options=["--engine", engine]) as vifi:
            w.vifi = vifi
            w.host.run(tc + ["egress", "pref", "3", "handle", "1"] + CBPF)
            w.warm()
            assert "pref 7" in w.host.run("tc filter show dev wlan0 ingress").stdout
        w.vifi = None
        assert w.host.run("tc filter show dev wlan0 ingress").stdout == before
        assert "pref 3" in w.host.run("tc filter show dev wlan0 egress").stdout
        assert "clsact" in w.host.run("tc qdisc show dev wlan0").stdout


def test_rule_27_other_tcx_programs_live_on(vifi_program):
    with World(guests=1, judge=False, start=False) as w:
        index = w.host.index("wlan0")
        with inside(w.host.ns):
            try:
                early = tcx.Bystander(index, tcx.INGRESS)
            except OSError as e:
                pytest.skip(f"this kernel has no TCX: {e}")
        with Vifi(w.lab) as vifi:
            w.vifi = vifi
            with inside(w.host.ns):
                late = tcx.Bystander(index, tcx.EGRESS)
            w.warm()
            with inside(w.host.ns):
                assert early.id() in tcx.attached(index, tcx.INGRESS) and late.id() in tcx.attached(index, tcx.EGRESS)
                assert len(tcx.attached(index, tcx.INGRESS)) == 2
        w.vifi = None
        with inside(w.host.ns):
            assert tcx.attached(index, tcx.INGRESS) == [early.id()] and tcx.attached(index, tcx.EGRESS) == [late.id()]
            early.close()
            late.close()


def test_rule_27_bridge_netfilter_is_no_obstacle(world):
    """br_netfilter hands bridged packets to the forward hooks of IP; a rule base with connection tracking sees both ways."""
    on = world.host.run("sysctl -n net.bridge.bridge-nf-call-iptables", check=False).stdout.strip()
    if on != "1":
        pytest.skip("br_netfilter is not there, or off, on this machine")
    rules = ("table ip t {\n chain f {\n  type filter hook forward priority 0; policy drop\n"
             "  ct state established,related accept\n  ct state new accept\n }\n}\n")
    world.host.run(["nft", "-f", "-"], input=rules)
    try:
        assert world.a.ping(ROUTER4, count=2) == 2 and world.a.ping(world.b.ip4, count=2) == 2
        assert world.router.ping(world.a.ip4) == 1
    finally:
        world.host.run("nft delete table ip t")
