# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 22 to 27: fragments, VLANs, other protocols, a new uplink address, offloads, coexistence."""

import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.ppp import PPPoE, PPPoED
from scapy.packet import Raw

import tcx
from lab import Vifi, services
from lab.oracle import checksum_errors
from lab.netns import inside
from lab.topology import INET4, INET6
from world import BCAST, OTHER, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, World, arp, udp4, wait_for

NEW_UPLINK_MAC = "02:5a:5a:01:02:03"


# ---- rule 22


@pytest.mark.parametrize("family", [4, 6])
def test_rule_22_fragmented_pings_work_both_ways(world, family):
    for guest in world.guests:
        router, mine = (ROUTER4, guest.ip4) if family == 4 else (ROUTER6, guest.ip6)
        assert guest.ping(router, size=5000) == 1, f"guest {guest.name}"
        assert world.router.ping(mine, size=5000) == 1, f"to guest {guest.name}"


def test_rule_22_later_fragment_is_forwarded_by_ip_alone(world):
    """A later fragment whose first bytes look like DHCP ports is forwarded by IP address alone."""
    guest_a = world.guest_a
    body = Raw(bytes(UDP(sport=67, dport=68, len=100)) + b"\x02" + b"later-fragment" * 20)
    sent = Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IP(src=ROUTER4, dst=guest_a.ip4, proto=17, frag=100, id=77) / body
    got = world.into(guest_a, sent, lambda p: b"later-fragment" in bytes(p))
    assert got is not None and got.dst == guest_a.hw and bytes(got)[12:] == bytes(sent)[12:]


@pytest.mark.parametrize("tag", [0x8100, 0x88a8])
def test_rule_22_tagged_frames_are_dropped(world, tag):
    guest_a = world.guest_a
    inner = IP(src=guest_a.ip4, dst="255.255.255.255") / UDP() / b"tagged-out"
    out = Ether(src=guest_a.hw, dst=BCAST, type=tag) / Dot1Q(vlan=10, type=0x800) / inner
    world.expect_drop("vlan", guest_a.wire, out, [world.wire], lambda p: b"tagged-out" in bytes(p))
    into = Ether(src=ROUTER_MAC, dst=BCAST, type=tag) / Dot1Q(vlan=10, type=0x800) / IP(src=ROUTER4, dst="255.255.255.255") / UDP() / b"tagged-in"
    assert world.into(guest_a, into, lambda p: b"tagged-in" in bytes(p), 0.2) is None, "a tagged frame reached a guest"


def test_rule_22_frames_with_a_priority_alone_are_translated(world):
    """VLAN 0 is no VLAN: Windows guests and telephones mark the priority of their frames so, and the answers have no tag."""
    guest = world.guest_a
    for layer, back in ((IP(src=guest.ip4, dst=ROUTER4), IP(src=ROUTER4, dst=guest.ip4)), (IPv6(src=guest.ip6, dst=ROUTER6), IPv6(src=ROUTER6, dst=guest.ip6))):
        sent = world.out(guest, Ether(src=guest.hw, dst=ROUTER_MAC) / Dot1Q(vlan=0, prio=5) / layer / UDP(sport=1, dport=2) / b"priority",
                         lambda p: b"priority" in bytes(p))
        assert sent is not None and sent.src == UPLINK_MAC and (Dot1Q not in sent or sent[Dot1Q].prio == 5)
        got = world.into(guest, Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / Dot1Q(vlan=0, prio=5) / back / UDP(sport=2, dport=1) / b"answer",
                         lambda p: b"answer" in bytes(p))
        assert got is not None and got.dst == guest.hw
    new = world.fresh4()
    asked = world.out(guest, Ether(src=guest.hw, dst=BCAST) / Dot1Q(vlan=0, prio=7) / ARP(op=1, hwsrc=guest.hw, psrc=new, pdst=ROUTER4),
                      lambda p: ARP in p and p.psrc == new)
    assert asked is not None and (asked.src, asked.hwsrc) == (UPLINK_MAC, UPLINK_MAC)
    assert world.reaches(guest, ip4=new), "learned as if the frame had no tag"


@pytest.mark.parametrize("engine", ["tcx", "clsact"])
def test_rule_22_frames_of_listed_vlans_are_translated(vifi_program, engine):
    """vlans = 20: tag and priority stay, addresses are translated, and a binding applies to its VLAN only."""
    with World(vifi=["--engine", engine, "--vlans", "20"]) as world:
        guest_a = world.guest_a
        inside20 = "192.168.20.41"
        request = world.out(guest_a, Ether(src=guest_a.hw, dst=BCAST) / Dot1Q(vlan=20, prio=3) / ARP(op=1, hwsrc=guest_a.hw, psrc=inside20, pdst="192.168.20.1"),
                            lambda p: ARP in p and p.pdst == "192.168.20.1")
        assert request is not None and (request.src, request.hwsrc) == (UPLINK_MAC, UPLINK_MAC) and (request[Dot1Q].vlan, request[Dot1Q].prio) == (20, 3)
        answer = Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / Dot1Q(vlan=20) / ARP(op=2, hwsrc=ROUTER_MAC, psrc="192.168.20.1", hwdst=UPLINK_MAC, pdst=inside20)
        got = world.into(guest_a, answer, lambda p: ARP in p and p.psrc == "192.168.20.1")
        assert got is not None and (got.dst, got.hwdst, got[Dot1Q].vlan) == (guest_a.hw, guest_a.hw, 20)
        data = IP(src=ROUTER4, dst=inside20) / UDP(sport=2, dport=1) / b"tagged-in"
        got = world.into(guest_a, Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / Dot1Q(vlan=20) / data, lambda p: b"tagged-in" in bytes(p))
        assert got is not None and got.dst == guest_a.hw and got[Dot1Q].vlan == 20
        assert world.into(guest_a, Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / data, lambda p: b"tagged-in" in bytes(p), 0.3) is None, "the binding applied outside its VLAN"
        world.expect_drop("vlan", guest_a.wire, Ether(src=guest_a.hw, dst=BCAST) / Dot1Q(vlan=21) / IP(src=inside20, dst="255.255.255.255") / UDP() / b"tagged-out",
                          [world.wire], lambda p: b"tagged-out" in bytes(p))
        verdict = world.verdict()
        assert verdict.clean, str(verdict)


# ---- rule 23

LINK = [(0x888e, None), (0x88c7, None), (0x890d, None), (0x88cc, "01:80:c2:00:00:0e"), (0x88b5, "01:80:c2:00:00:00"), (0x8809, "01:80:c2:00:00:02"),
        (0x88b5, "01:80:c2:00:00:03"), (0x88b5, "01:80:c2:00:00:0f")]


@pytest.mark.parametrize("ethertype, dst", LINK)
def test_rule_23_link_protocols_never_leave(world, ethertype, dst):
    """Unicast to the access point, unicast to the uplink's MAC address, broadcast, and the reserved group addresses."""
    guest_a = world.guest_a
    mark = b"link-protocol-%04x" % ethertype
    for to in [dst] if dst else [ROUTER_MAC, UPLINK_MAC, BCAST]:
        world.wire.drain()
        guest_a.wire.send(Ether(src=guest_a.hw, dst=to, type=ethertype) / mark)
        with world.host.raw("wlan0") as up:
            assert not world.received(up, lambda p: mark in bytes(p), 0.1)
        assert not world.received(world.wire, lambda p: mark in bytes(p), 0.05), f"to {to}"


@pytest.mark.parametrize("ethertype", [0x888e, 0x88c7, 0x890d, 0x88cc])
def test_rule_23_link_protocols_are_counted_and_never_reach_guests(world, ethertype):
    guest_a, mark = world.guest_a, b"link-in-%04x" % ethertype
    world.expect_drop("link_control", guest_a.wire, Ether(src=guest_a.hw, dst=ROUTER_MAC, type=ethertype) / mark, [world.wire], lambda p: mark in bytes(p))
    for dst in (UPLINK_MAC, BCAST, "01:80:c2:00:00:03"):
        guest_a.wire.drain()
        with world.host.raw("wlan0") as up:
            world.wire.send(Ether(src=ROUTER_MAC, dst=dst, type=ethertype) / mark)
            assert world.received(up, lambda p: mark in bytes(p), 0.1), "the frame did not reach the host's supplicant"
        assert not world.received(guest_a.wire, lambda p: mark in bytes(p), 0.05)


# ---- rule 24


def test_rule_24_other_ethertypes_reach_the_last_sender(world):
    """Outbound frames get the uplink's source; an answer reaches the last sender; without a sender it is dropped."""
    guest_a, guest_b = world.guest_a, world.guest_b
    got = world.out(guest_a, Ether(src=guest_a.hw, dst=BCAST, type=0x88b6) / b"hello-from-a", lambda p: b"hello-from-a" in bytes(p))
    assert got is not None and got.src == UPLINK_MAC
    got = world.into(guest_a, Ether(src=OTHER, dst=UPLINK_MAC, type=0x88b6) / b"hello-to-a", lambda p: b"hello-to-a" in bytes(p))
    assert got is not None and got.dst == guest_a.hw
    assert world.out(guest_b, Ether(src=guest_b.hw, dst=OTHER, type=0x88b6) / b"now-b", lambda p: b"now-b" in bytes(p)).src == UPLINK_MAC
    got = world.into(guest_b, Ether(src=OTHER, dst=UPLINK_MAC, type=0x88b6) / b"hello-to-b", lambda p: b"hello-to-b" in bytes(p))
    assert got is not None and got.dst == guest_b.hw
    world.expect_drop("no_owner", world.wire, Ether(src=OTHER, dst=UPLINK_MAC, type=0x8137) / b"nobody-spoke-this", [guest_a.wire, guest_b.wire],
                      lambda p: b"nobody-spoke" in bytes(p))


def pppoe_tag(kind, value):
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def test_rule_24_pppoe_is_forwarded_by_session(world):
    """Two guests dial at the same time: each receives its own offer (Host-Uniq) and its own session."""
    guest_a, guest_b = world.guest_a, world.guest_b
    for guest, sid in ((guest_a, 0x11), (guest_b, 0x22)):
        uniq = pppoe_tag(0x0101, b"") + pppoe_tag(0x0103, b"uniq-" + guest.name.encode())
        got = world.out(guest, Ether(src=guest.hw, dst=BCAST) / PPPoED(code=9, len=len(uniq)) / Raw(uniq), lambda p: p.type == 0x8863)
        assert got is not None and got.src == UPLINK_MAC
    for guest, sid in ((guest_a, 0x11), (guest_b, 0x22)):
        uniq = pppoe_tag(0x0101, b"") + pppoe_tag(0x0103, b"uniq-" + guest.name.encode())
        pado = Ether(src=OTHER, dst=UPLINK_MAC) / PPPoED(code=7, len=len(uniq)) / Raw(uniq)
        got = world.into(guest, pado, lambda p: p.type == 0x8863 and p.src == OTHER)
        assert got is not None and got.dst == guest.hw, f"the offer for guest {guest.name}"
        padr = Ether(src=guest.hw, dst=OTHER) / PPPoED(code=0x19, len=len(uniq)) / Raw(uniq)
        assert world.out(guest, padr, lambda p: p.type == 0x8863 and p.src == UPLINK_MAC)
        pads = Ether(src=OTHER, dst=UPLINK_MAC) / PPPoED(code=0x65, sessionid=sid, len=len(uniq)) / Raw(uniq)
        got = world.into(guest, pads, lambda p: p.type == 0x8863 and p.src == OTHER)
        assert got is not None and got.dst == guest.hw
    for guest, sid in ((guest_a, 0x11), (guest_b, 0x22), (guest_a, 0x11)):
        mark = b"\xc0\x21in-session-%d" % sid
        out = Ether(src=guest.hw, dst=OTHER) / PPPoE(sessionid=sid, len=len(mark)) / Raw(mark)
        assert world.out(guest, out, lambda p: mark in bytes(p)).src == UPLINK_MAC
        got = world.into(guest, Ether(src=OTHER, dst=UPLINK_MAC) / PPPoE(sessionid=sid, len=len(mark)) / Raw(mark), lambda p: mark in bytes(p))
        assert got is not None and got.dst == guest.hw, f"session {sid:#x} did not reach guest {guest.name}"


# ---- rule 25


@pytest.fixture
def other_mac(world):
    """Changes the uplink's address for one test, like MAC randomisation at a new association."""
    world.wire.drain()
    world.station(NEW_UPLINK_MAC)
    yield NEW_UPLINK_MAC
    world.station(UPLINK_MAC)
    world.host.ip("addr replace 2001:db8:157::21/64 dev wlan0 nodad", "route replace default via fe80::20 dev wlan0")
    for guest in world.guests:
        wait_for("a ping from each guest", lambda guest=guest: guest.ping(ROUTER4, timeout=1) and guest.ping(ROUTER6, timeout=1), 8)


def test_rule_25_new_uplink_address_is_followed_and_announced(world, other_mac):
    """vifi sends gratuitous ARP and unsolicited NA (override) with the new address for each silent guest."""
    frames = world.received(world.wire, lambda p: p.src == NEW_UPLINK_MAC, 3)

    def announced():
        frames.extend(world.received(world.wire, lambda p: p.src == NEW_UPLINK_MAC, 0.1))
        return ({p.psrc for p in frames if ARP in p and p.psrc == p.pdst and p.hwsrc == NEW_UPLINK_MAC},
                {p[ICMPv6ND_NA].tgt for p in frames if ICMPv6ND_NA in p and p[ICMPv6ND_NA].O and ICMPv6NDOptDstLLAddr in p
                 and p[ICMPv6NDOptDstLLAddr].lladdr == NEW_UPLINK_MAC})

    wait_for("the announcements of all guests", lambda: all({g.ip4 for g in world.guests} <= four and {g.ip6 for g in world.guests} <= six
                                                            for four, six in [announced()]), 3)
    announced4, announced6 = announced()
    for guest in world.guests:
        assert guest.ip4 in announced4, f"guest {guest.name}: announced {announced4}"
        assert guest.ip6 in announced6, f"guest {guest.name}: announced {announced6}"
    assert world.router.neighbours("lan0")[world.guest_a.ip4] == NEW_UPLINK_MAC
    got = world.out(world.guest_b, arp(1, world.guest_b.hw, world.guest_b.hw, world.guest_b.ip4, "192.168.157.9"), lambda p: ARP in p and p.pdst == "192.168.157.9")
    assert got.src == NEW_UPLINK_MAC and got.hwsrc == NEW_UPLINK_MAC
    for guest in world.guests:
        assert guest.ping(ROUTER4, timeout=2) == 1, f"guest {guest.name}"


def test_rule_25_download_survives_a_new_address(world):
    download = services.Download(world.lab.inet, 8010)
    job = services.Background(services.fetch, world.guest_a, INET4, 12 << 20, 4 << 20, 8010, 30)
    try:
        time.sleep(1)
        world.station(NEW_UPLINK_MAC)
        result = job.result(40)
        assert result.intact, str(result)
    finally:
        world.station(UPLINK_MAC)
        download.close()
        wait_for("a ping from guest a", lambda: world.guest_a.ping(ROUTER4, timeout=1), 8)


def test_rule_25_carrier_loss_reaches_the_guests(world):
    """The uplink's bridge port follows its carrier.  After an outage of more than three seconds the guests' interfaces
    lose their carrier briefly, so that their DHCP clients renew their leases."""
    def port_has_carrier():
        return "LOWER_UP" in world.host.query("link show dev vifi0p")
    with world.guest_a.socket(16, 3, 0) as watch:  # AF_NETLINK, SOCK_RAW, NETLINK_ROUTE
        watch.bind((0, 1))  # RTMGRP_LINK
        watch.settimeout(30)
        world.lab.carrier(False)
        try:
            wait_for("the uplink's port loses its carrier", lambda: not port_has_carrier(), 3)
            time.sleep(3.3)
        finally:
            world.lab.carrier(True)
        wait_for("the uplink's port regains its carrier", port_has_carrier, 4)
        lost, end = False, time.monotonic() + 30
        while not lost and time.monotonic() < end:
            data = watch.recv(65536)
            flags = int.from_bytes(data[24:28], "little")
            lost = not flags & 0x10000  # IFF_LOWER_UP
        assert lost, "the guest's interface never lost its carrier"
    for guest in world.guests:
        wait_for(f"a ping from guest {guest.name}", lambda guest=guest: guest.ping(ROUTER4, timeout=1), 8)
        guest.ip(f"addr replace {guest.ip6}/64 dev eth0 nodad", f"route replace default via {ROUTER4}")


# ---- rule 26


@pytest.mark.parametrize("address", [INET4, INET6])
def test_rule_26_offloads_stay_on(world, address):
    """Segments larger than the MTU cross both hooks unsplit in both directions, and no receiver counts a checksum error."""
    guest_a = world.guest_a
    download, back = services.Download(world.lab.inet, 8011), services.Download(guest_a, 8012)
    taps = [world.lab.tap(guest_a, "eth0", "in", "greater 3000"), world.lab.tap(world.router, "lan0", "in", "greater 3000")]
    before = errors(guest_a), errors(world.lab.inet)
    try:
        wait_for("guest a has its default route", lambda: guest_a.ping(address), 15)
        result = services.fetch(guest_a, address, 24 << 20, port=8011)
        assert result.intact, str(result)
        result = services.fetch(world.lab.inet, guest_a.ip4 if address == INET4 else guest_a.ip6, 24 << 20, port=8012)
        assert result.intact, str(result)
        for tap, what in zip(taps, ("into guest a", "out of the uplink")):
            big = tap.rows("frame.len > 3000", "frame.len")
            assert len(big) > 10, f"{what}: segments were split, {len(big)} large ones left"
        assert (errors(guest_a), errors(world.lab.inet)) == before
    finally:
        download.close()
        back.close()


def errors(node):
    """The receive checksum errors counted by a node's kernel."""
    out = node.run(["nstat", "-asz", "TcpInCsumErrors", "UdpInCsumErrors", "IcmpInCsumErrors", "Icmp6InCsumErrors", "Udp6InCsumErrors", "IpInHdrErrors"]).stdout
    return {w.split()[0]: int(w.split()[1]) for w in out.splitlines() if w and not w.startswith("#")}


def test_rule_26_checksums_are_right_without_offload(world):
    """The guest computes its checksums itself: tshark verifies all of them beyond the uplink, including ARP and ND traffic."""
    guest_a = world.guest_a
    download = services.Download(world.lab.inet, 8013)
    guest_a.run("ethtool -K eth0 tx off tso off gso off gro off")
    world.lab.inet.run("ethtool -K eth0 tx off tso off gso off")
    guest_a.ip("neigh flush dev eth0")
    tap = world.lab.tap(world.router, "lan0", "in", f"host {guest_a.ip4} or host {guest_a.ip6}")
    into = world.lab.tap(guest_a, "eth0", "in", "not tcp or (src port 8013)")
    try:
        for address in (INET4, INET6):
            wait_for("guest a has its default route", lambda: guest_a.ping(address), 15)
            assert services.fetch(guest_a, address, 1 << 20, port=8013).intact
        assert len(tap.rows("tcp", "frame.number")) > 50
        assert not checksum_errors(tap.stop())
        assert not checksum_errors(into.stop())
    finally:
        guest_a.run("ethtool -K eth0 tx on tso on gso on gro on")
        world.lab.inet.run("ethtool -K eth0 tx on tso on gso on")
        download.close()


def test_rule_26_frame_over_the_uplink_mtu_is_dropped(world):
    """A guest with a larger MTU than the uplink: its long frame is dropped and counted."""
    guest_c = world.guest_c
    world.host.ip("link set br0 mtu 4000", f"link set {guest_c.vif} mtu 4000", "link set vifi0p mtu 4000")
    guest_c.ip("link set eth0 mtu 4000")
    try:
        frame = udp4(guest_c.hw, ROUTER_MAC, guest_c.ip4, ROUTER4, b"L" * 3000)
        world.expect_drop("mtu", guest_c.wire, frame, [world.wire], lambda p: b"LLLLLL" in bytes(p))
        exact = udp4(guest_c.hw, ROUTER_MAC, guest_c.ip4, ROUTER4, b"E" * (1500 - 28))
        assert world.out(guest_c, exact, lambda p: b"EEEEEE" in bytes(p)) is not None, "a frame of exactly the MTU was dropped"
    finally:
        guest_c.ip("link set eth0 mtu 1500")
        world.host.ip(f"link set {guest_c.vif} mtu 1500", "link set vifi0p mtu 1500", "link set br0 mtu 1500")


def test_rule_26_smaller_guest_mtu_is_respected(world):
    """A guest's port with a smaller MTU: longer frames are dropped and counted, and TCP adapts its segment size."""
    guest_b = world.guest_b
    world.host.ip(f"link set {guest_b.vif} mtu 1400")
    guest_b.ip("link set eth0 mtu 1400")
    download = services.Download(world.lab.inet, 8014)
    try:
        big = udp4(ROUTER_MAC, UPLINK_MAC, ROUTER4, guest_b.ip4, b"B" * (1500 - 28))
        world.expect_drop("mtu", world.wire, big, [guest_b.wire], lambda p: b"BBBBBB" in bytes(p))
        wait_for("guest b has its default route", lambda: guest_b.ping(INET4), 8)
        assert services.fetch(guest_b, INET4, 4 << 20, port=8014).intact
    finally:
        download.close()
        guest_b.ip("link set eth0 mtu 1500", f"addr replace {guest_b.ip6}/64 dev eth0 nodad")
        world.host.ip(f"link set {guest_b.vif} mtu 1500")


# ---- rule 27


def test_rule_27_guard_drops_foreign_sources(world):
    """A program on the host sends on wlan0 with a foreign source: the guard drops and counts the frame before the port."""
    with world.host.raw("wlan0") as up:
        for src in (OTHER, world.guest_a.hw):
            world.expect_drop("foreign_source", up, Ether(src=src, dst=BCAST, type=0x88b5) / b"smuggled", [world.wire], lambda p: b"smuggled" in bytes(p))
        got = World._through(up, world.wire, Ether(src=UPLINK_MAC, dst=BCAST, type=0x88b5) / b"own-source", lambda p: b"own-source" in bytes(p), 1)
        assert got is not None


CBPF = ["bpf", "bytecode", "1,6 0 0 0,", "classid", "1:1"]  # a filter that matches nothing, so frames continue


@pytest.mark.parametrize("engine", ["auto", "clsact"])
def test_rule_27_foreign_filters_on_the_uplink_survive(vifi_program, engine):
    """Foreign clsact filters, added before and after vifi: traffic flows, and both remain after vifi stops."""
    with World(guests=1, capture=False, start=False) as world:
        tc = ["tc", "filter", "add", "dev", "wlan0"]
        world.host.run("tc qdisc add dev wlan0 clsact")
        world.host.run(tc + ["ingress", "pref", "7", "handle", "1"] + CBPF)
        before = world.host.run("tc filter show dev wlan0 ingress").stdout
        with Vifi(world.lab, options=["--engine", engine]) as vifi:
            world.vifi = vifi
            world.host.run(tc + ["egress", "pref", "3", "handle", "1"] + CBPF)
            world.warm()
            assert "pref 7" in world.host.run("tc filter show dev wlan0 ingress").stdout
        world.vifi = None
        assert world.host.run("tc filter show dev wlan0 ingress").stdout == before
        assert "pref 3" in world.host.run("tc filter show dev wlan0 egress").stdout
        assert "clsact" in world.host.run("tc qdisc show dev wlan0").stdout


def test_rule_27_foreign_tcx_programs_survive(vifi_program):
    with World(guests=1, capture=False, start=False) as world:
        index = world.host.index("wlan0")
        with inside(world.host.ns):
            try:
                early = tcx.ForeignProgram(index, tcx.INGRESS)
            except OSError as e:
                pytest.skip(f"this kernel has no TCX: {e}")
        with Vifi(world.lab) as vifi:
            world.vifi = vifi
            with inside(world.host.ns):
                late = tcx.ForeignProgram(index, tcx.EGRESS)
            world.warm()
            with inside(world.host.ns):
                assert early.id() in tcx.attached(index, tcx.INGRESS) and late.id() in tcx.attached(index, tcx.EGRESS)
                assert len(tcx.attached(index, tcx.INGRESS)) == 2
        world.vifi = None
        with inside(world.host.ns):
            assert tcx.attached(index, tcx.INGRESS) == [early.id()] and tcx.attached(index, tcx.EGRESS) == [late.id()]
            early.close()
            late.close()


def test_rule_27_bridge_netfilter_works(world):
    """br_netfilter passes bridged packets to the IP forward hooks; connection tracking rules see both directions."""
    on = world.host.run("sysctl -n net.bridge.bridge-nf-call-iptables", check=False).stdout.strip()
    if on != "1":
        pytest.skip("br_netfilter is not loaded or off on this machine")
    rules = ("table ip t {\n chain f {\n  type filter hook forward priority 0; policy drop\n"
             "  ct state established,related accept\n  ct state new accept\n }\n}\n")
    world.host.run(["nft", "-f", "-"], input=rules)
    try:
        assert world.guest_a.ping(ROUTER4, count=2) == 2 and world.guest_a.ping(world.guest_b.ip4, count=2) == 2
        assert world.router.ping(world.guest_a.ip4) == 1
    finally:
        world.host.run("nft delete table ip t")
