# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab itself, without vifi: the strict port is strict, and the oracles detect foreign addresses."""

import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from lab import Lab, LabError, services
from lab.netns import run
from lab.topology import GUEST4, HOST4, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC
from world import BCAST, OTHER, World, arp


@pytest.fixture(scope="module")
def bare():
    with World(start=False, capture=False) as world:
        yield world


def test_plain_bridge_fails(bare):
    """Guests of a plain bridge have no connectivity; port, capture and tshark agree on their frames."""
    lab, guest_a = bare.lab, bare.guest_a
    capture = lab.capture()
    before = lab.port.foreign()
    lab.plain_bridge()
    try:
        guest_a.ip("addr flush dev eth0 scope global")
        with pytest.raises(LabError):
            services.udhcpc(lab, guest_a, 6, ("-t", "2"))
        lab.static(guest_a, 41)
        assert guest_a.ping(ROUTER4) == 0
        assert guest_a.ping(ROUTER6) == 0
        assert guest_a.ping(HOST4) == 1, "guest a cannot reach the host on the bridge"
        assert bare.host.ping(ROUTER4) == 1, "the host's own frames do not pass the port"
    finally:
        lab.undo_plain_bridge()
    time.sleep(0.1)
    dropped = lab.port.foreign() - before
    verdict = capture.verdict(UPLINK_MAC)
    assert dropped > 4
    assert len(verdict.foreign) == dropped, f"the port dropped {dropped}: {verdict}"
    assert any("192.168.157.41" in info for _, _, info in verdict.bodies), str(verdict)


def test_nft_snat_leaks_guest_addresses_in_arp_bodies(bare):
    """The workaround of the second story rewrites the Ethernet source, but ARP and ND bodies still leak guest addresses."""
    lab, guest_a = bare.lab, bare.guest_a
    lab.plain_bridge()
    rules = (f"table bridge t {{\n chain c {{\n  type filter hook postrouting priority 0\n"
             f"  oifname wlan0 ether saddr set {UPLINK_MAC}\n }}\n}}\n")
    bare.host.run(["nft", "-f", "-"], input=rules)
    try:
        time.sleep(0.05)
        capture = lab.capture()
        guest_a.ip("neigh flush dev eth0")
        guest_a.ping(ROUTER4)
        guest_a.ping(ROUTER6)
        verdict = capture.verdict(UPLINK_MAC)
    finally:
        bare.host.run("nft delete table bridge t")
        lab.undo_plain_bridge()
        bare.router.ip("neigh flush dev lan0")  # it would ask for guest a five seconds later, by the MAC address of the guest
    assert not verdict.foreign, str(verdict)
    kinds = " ".join(info for _, _, info in verdict.bodies)
    assert "Who has 192.168.157.20" in kinds and "Neighbor Solicitation" in kinds, str(verdict)
    assert all(mac == guest_a.hw for _, mac, _ in verdict.bodies if "192.168.157.41" in _)


def test_port_forwards_only_frames_for_the_station(bare):
    port, wire = bare.port, bare.wire
    with bare.host.raw("wlan0") as station:
        before = port.counters()["not_for_station"]
        bare.wire.send(Ether(src=ROUTER_MAC, dst=OTHER) / IP(dst="192.168.157.9") / UDP() / b"elsewhere")
        bare.wire.send(Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IP(dst=HOST4) / UDP() / b"for-the-station")
        bare.wire.send(Ether(src=ROUTER_MAC, dst=BCAST) / IP(dst="255.255.255.255") / UDP() / b"for-all")
        got = b"".join(station.frames(0.2))
        assert b"for-the-station" in got and b"for-all" in got and b"elsewhere" not in got
        assert port.counters()["not_for_station"] == before + 1
        # The port reflects the station's broadcast, but not its unicast.
        station.drain()
        station.send(Ether(src=UPLINK_MAC, dst=BCAST, type=0x88b5) / b"own-broadcast")
        station.send(Ether(src=UPLINK_MAC, dst=ROUTER_MAC, type=0x88b5) / b"own-unicast")
        got = b"".join(station.frames(0.2))
        assert b"own-broadcast" in got and b"own-unicast" not in got
        wire.drain()
        station.send(Ether(src=OTHER, dst=BCAST, type=0x88b5) / b"forged")
        assert not any(b"forged" in f for f in wire.frames(0.2))
        assert port.last_offender() == (OTHER, 0x88b5)
        assert port.foreign_types()[0x88b5] >= 1


def test_port_options_emulate_access_points(bare):
    """Group frames as unicast, no group frames, and proxy ARP, as on real access points."""
    port = bare.port
    with bare.host.raw("wlan0") as station:
        port.configure(dms=True)
        bare.wire.send(Ether(src=ROUTER_MAC, dst="01:00:5e:00:00:fb") / IP(dst="224.0.0.251") / UDP() / b"directed")
        got = [f for f in station.frames(0.2) if b"directed" in f]
        assert [Ether(f).dst for f in got] == [UPLINK_MAC]
        port.configure(dms=False, no_group=True)
        bare.wire.send(Ether(src=ROUTER_MAC, dst=BCAST, type=0x88b5) / b"withheld")
        assert not [f for f in station.frames(0.2) if b"withheld" in f]
        port.configure(no_group=False, proxy_arp=True)
        station.send(arp(1, UPLINK_MAC, UPLINK_MAC, "192.168.157.77", "192.168.157.77"))  # teaches the access point the station's address
        station.drain()
        station.send(arp(1, UPLINK_MAC, UPLINK_MAC, GUEST4, "192.168.157.77"))
        answers = [f for f in station.frames(0.2) if Ether(f).type == 0x806 and Ether(f).op == 2]
        assert [(Ether(f).psrc, Ether(f).hwsrc, Ether(f).src) for f in answers] == [("192.168.157.77", UPLINK_MAC, port.SELF)]
        port.configure(proxy_arp=False)


def test_station_may_change_its_address(bare):
    new = "02:11:22:33:44:55"
    before = bare.port.foreign()
    try:
        bare.lab.set_station(new)
        assert bare.host.ping(ROUTER4) == 1
        assert bare.port.foreign() == before
    finally:
        bare.lab.set_station(UPLINK_MAC)
        bare.router.ip("neigh flush dev lan0")


def test_offloaded_segments_cross_the_port(bare):
    """Segments larger than the MTU pass the port unsplit, as the benchmarks need."""
    tap = bare.lab.tap(bare.router, "lan0", "in", "greater 3000")
    download = services.Download(bare.host, 8001)
    try:
        # The router downloads from the host, so that the station sends the large segments.
        assert services.fetch(bare.router, HOST4, 8 << 20, port=8001).intact
    finally:
        download.close()
    assert tap.rows("frame.len > 3000", "frame.len")


def test_labs_coexist_and_vanish():
    with Lab(prefix="twin1", guests=1) as one, Lab(prefix="twin2", guests=1) as two:
        assert one.host.ping(ROUTER4) == 1 and two.host.ping(ROUTER4) == 1
        pids = [p.pid for lab in (one, two) for n in lab.nodes.values() for p in n.procs]
        names = run("ip netns list").stdout
        assert "twin1-host" in names and "twin2-host" in names
    assert pids
    assert "twin1-" not in run("ip netns list").stdout and "twin2-" not in run("ip netns list").stdout
    # The next lab of the same name removes leftovers.
    run("ip netns add twin1-host")
    with Lab(prefix="twin1", guests=0) as one:
        assert one.host.ping(ROUTER4) == 1
    assert "twin1-" not in run("ip netns list").stdout
