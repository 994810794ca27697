# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/trust.md from outside: what hostile guests and neighbours forge does no lasting harm to others.

Each numbered case runs with both engines.  test_trust_plain.py sends the same frames over a plain Ethernet bridge;
`pytest -rP` prints both figures.
"""

import json
import signal
import time
from socket import inet_aton

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.layers.ppp import PPPoED
from scapy.packet import Raw

from lab.netns import wait_for
from lab.topology import HOST4, ROUTER4, ROUTER_MAC, UPLINK_MAC
from test_dhcp import discover
from trust_world import STATION4, STATION_MAC, Forger, plain_world, report, suffer, trust_world
from world import BCAST, ENGINES, MULTI6, arp, judged, udp4

LINK_LOCAL_B = "fe80::b"


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(trust_world(request.param, config="silent = 10\n")) as world:
        yield world


@pytest.fixture(name="plain", scope="module")
def _plain(machine):
    with plain_world() as world:
        yield world


def hears_station(world):
    """Makes S speak to H and A, so that everybody on the path knows it."""
    for node in (world.host, world.a):
        wait_for(f"{node.name} reaches the station", lambda node=node: node.ping(STATION4, timeout=1), 60)


def unharmed(outcomes):
    for name, outcome in outcomes.items():
        assert outcome.recovery is not None and outcome.answered * 5 >= outcome.sent * 4, f"{name}: {outcome}"


def fdb(world, mac):
    """The ports at which br0 has a static entry for a MAC address."""
    entries = json.loads(world.host.run(["bridge", "-j", "fdb", "show", "br", "br0"]).stdout)
    return [entry["ifname"] for entry in entries if entry["mac"] == mac and "static" in (entry.get("state"), *entry.get("flags", []))]


def binding(world, address):
    return next((b for b in world.vifi.show()["bindings"] if b["address"] == address), None)


# ---- 1: a station's MAC address


def station_frames(world):
    """What B sends as S: data to the router, an announcement, and a frame to all."""
    return [udp4(STATION_MAC, ROUTER_MAC, STATION4, ROUTER4, b"as-the-station"), arp(1, STATION_MAC, STATION_MAC, STATION4, STATION4),
            Ether(src=STATION_MAC, dst=BCAST, type=0x88b5) / Raw(b"as-the-station" + bytes(40))]


def take_station_mac(world):
    hears_station(world)
    return suffer(world.b.wire, station_frames(world), {"H → S": (world.host, STATION4), "A → S": (world.a, STATION4), "A → R": (world.a, ROUTER4)})


def test_guest_with_the_mac_of_a_station_takes_nothing(world):
    hears_station(world)
    wait_for("the bridge's entry for the station", lambda: fdb(world, STATION_MAC) == ["vifi0p"], 10)
    world.b.wire.drain()
    world.wire.drain()
    outcomes = take_station_mac(world)
    report("1 MAC of a station", world.engine, outcomes)
    unharmed(outcomes)
    assert not world.received(world.b.wire, lambda p: p.dst == STATION_MAC and IP in p and p[IP].src in (HOST4, world.a.ip4), 0.1), \
        "B received frames for the station"
    assert not world.received(world.wire, lambda p: b"as-the-station" in bytes(p), 0.1), "B spoke for the station"
    assert world.drops("claim_station") > 0
    # A packet socket knows no bridge port; the user-space engine asks the bridge, which does not know B's.
    wait_for("the refusal is logged", lambda: f"{STATION_MAC} on vif-b was refused" in world.vifi.log_text(), 8)


def test_plain_bridge_with_the_mac_of_a_station(plain):
    report("1 MAC of a station", plain.engine, take_station_mac(plain))


def test_station_wins_its_mac_from_a_newcomer(world):
    """B was first with the address of a station that nobody had heard."""
    mac, address = "00:60:ee:00:00:77", world.fresh4()
    world.b.wire.send(arp(1, mac, mac, address, address))
    wait_for("the forged binding", lambda: binding(world, mac), 5)
    world.wire.send(arp(1, mac, mac, address, ROUTER4))
    wait_for("the station has its address", lambda: (binding(world, mac) or {}).get("kind") == "station", 5)
    wait_for("the addresses at it are gone", lambda: not (binding(world, address) or {}).get("kind") == "guest", 10)
    world.host.ip(f"neigh replace {address} lladdr {mac} dev wlan0")
    world.wire.drain()
    world.b.wire.drain()
    world.host.ping(address, timeout=1)
    assert world.received(world.wire, lambda p: p.dst == mac and IP in p, 0.3), "this host's frames for the station do not reach the wire"
    assert not world.received(world.b.wire, lambda p: p.dst == mac and IP in p, 0.1)
    world.host.ip(f"neigh del {address} dev wlan0")


def test_station_that_is_gone_yields_its_mac_and_its_entry(world):
    """A machine moves from the network into a guest: nobody answers on the wire, and the entry at vifi0p goes."""
    mac, address = "00:60:ee:00:00:78", world.fresh4()
    world.wire.send(arp(1, mac, mac, address, HOST4))  # this host learns the neighbour, and so how to ask for it
    wait_for("the station", lambda: (binding(world, mac) or {}).get("kind") == "station", 5)
    wait_for("its entry", lambda: fdb(world, mac) == ["vifi0p"], 10)
    with Forger(world.c.wire, [arp(1, mac, mac, address, address)], 2):
        wait_for("the guest has the address", lambda: (binding(world, mac) or {}).get("kind") == "guest", 30)
        assert fdb(world, mac) == []
        wait_for("its IP address", lambda: (binding(world, address) or {}).get("port") == "vif-c", 30)


# ---- 2: which machine is the gateway


def router_advertisement(mac, source, lladdr):
    return (Ether(src=mac, dst=MULTI6) / IPv6(src=source, dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800)
            / ICMPv6NDOptSrcLLAddr(lladdr=lladdr) / ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::", prefixlen=64))


def ipv6_routes(node):
    return node.query("-6 route show")


@pytest.fixture(name="accept_ra")
def _accept_ra(world):
    world.host.sysctl(net__ipv6__conf__wlan0__accept_ra=1)
    yield
    world.host.sysctl(net__ipv6__conf__wlan0__accept_ra=0)


def test_advertisement_with_a_siblings_mac_cuts_nobody_off(world, accept_ra):
    outcomes = suffer(world.b.wire, [router_advertisement(world.b.hw, LINK_LOCAL_B, world.a.hw)],
                      {"A → R": (world.a, ROUTER4), "R → A": (world.router, world.a.ip4), "H → A": (world.host, world.a.ip4)})
    report("2a RA with a sibling's MAC", world.engine, outcomes)
    unharmed(outcomes)
    assert fdb(world, world.a.hw) == []
    assert LINK_LOCAL_B not in ipv6_routes(world.host)


def gateway_at(world):
    """A station says that R is at A's MAC address."""
    return [arp(2, STATION_MAC, world.a.hw, ROUTER4, HOST4, UPLINK_MAC, dst=world.port.station)]


def test_reply_that_puts_the_gateway_at_a_guest_cuts_it_off_from_nothing(world):
    outcomes = suffer(world.wire, gateway_at(world), {"A → R": (world.a, ROUTER4), "R → A": (world.router, world.a.ip4)})
    report("2b gateway at a guest's MAC", world.engine, outcomes)
    unharmed(outcomes)
    assert fdb(world, world.a.hw) == []
    wait_for("this host reaches the gateway again", lambda: world.host.ping(ROUTER4, timeout=1), 60)


def test_plain_bridge_with_the_gateway_at_a_guest(plain):
    report("2b gateway at a guest's MAC", plain.engine,
           suffer(plain.wire, gateway_at(plain), {"A → R": (plain.a, ROUTER4), "H → R": (plain.host, ROUTER4)}))


def test_guest_that_is_a_router_keeps_its_connections(world, accept_ra):
    outcomes = suffer(world.c.wire, [router_advertisement(world.c.hw, "fe80::c", world.c.hw)],
                      {"C → R": (world.c, ROUTER4), "C → A": (world.c, world.a.ip4), "H → C": (world.host, world.c.ip4)})
    report("2c a router among the guests", world.engine, outcomes)
    unharmed(outcomes)


# ---- 3: guests as routers and DHCP servers


def dhcp_offer(world, mac, dst=BCAST):
    return (Ether(src=mac, dst=dst) / IP(src=world.b.ip4, dst="255.255.255.255") / UDP(sport=67, dport=68)
            / BOOTP(op=2, xid=0x77, yiaddr="192.168.157.99", chaddr=bytes.fromhex(UPLINK_MAC.replace(":", "")), flags=0x8000)
            / DHCP(options=[("message-type", "offer"), ("server_id", world.b.ip4), ("router", world.b.ip4), "end"]))


def test_guests_do_not_serve_this_host(world, accept_ra):
    with world.host.raw("wlan0") as uplink:
        uplink.drain()
        world.wire.drain()
        world.a.wire.drain()
        for _ in range(5):
            world.b.wire.send(router_advertisement(world.b.hw, LINK_LOCAL_B, world.b.hw))
            world.b.wire.send(dhcp_offer(world, world.b.hw))
            world.b.wire.send(dhcp_offer(world, world.b.hw, dst=UPLINK_MAC))
        services = lambda p: ICMPv6ND_RA in p and p[IPv6].src == LINK_LOCAL_B or BOOTP in p and p[BOOTP].op == 2 and p[IP].src == world.b.ip4
        assert not world.received(uplink, services, 0.3), "a guest's advertisement or offer reached this host"
        assert not world.received(world.wire, services, 0.1), "a guest's advertisement or offer reached the network"
        assert len(world.received(world.a.wire, services, 0.1)) >= 10, "guest-services = guests: siblings are served"
        assert LINK_LOCAL_B not in ipv6_routes(world.host)
        assert world.drops("guest_service") > 0


def test_this_hosts_requests_do_not_reach_guests(world):
    request = (Ether(src=UPLINK_MAC, dst=BCAST) / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
               / BOOTP(op=1, xid=0x78, chaddr=bytes.fromhex(UPLINK_MAC.replace(":", ""))) / DHCP(options=[("message-type", "discover"), "end"]))
    ours = lambda p: BOOTP in p and p[BOOTP].xid == 0x78
    world.b.wire.drain()
    world.wire.drain()
    with world.host.raw("wlan0") as uplink:
        uplink.send(request)
    assert world.received(world.wire, ours, 0.3), "this host's own request must reach the network"
    assert not world.received(world.b.wire, ours, 0.1), "this host's request reached a guest"


@pytest.mark.parametrize("engine", ENGINES)
def test_guest_services_all_serve_the_network(engine, vifi_program):
    with trust_world(engine, options=("--guest-services=all",), capture=False) as world:
        seen = world.out(world.b, router_advertisement(world.b.hw, LINK_LOCAL_B, world.b.hw), lambda p: ICMPv6ND_RA in p and p[IPv6].src == LINK_LOCAL_B)
        assert seen is not None and seen.src == UPLINK_MAC and seen[ICMPv6NDOptSrcLLAddr].lladdr == UPLINK_MAC


# ---- 4: the IP address of a station


def take_station_address(world):
    hears_station(world)
    return suffer(world.b.wire, [arp(1, world.b.hw, world.b.hw, STATION4, STATION4), arp(2, world.b.hw, world.b.hw, STATION4, STATION4)],
                  {"H → S": (world.host, STATION4), "A → S": (world.a, STATION4)})


def test_announcement_of_a_stations_address_does_not_last(world):
    outcomes = take_station_address(world)
    report("4 IP address of a station", world.engine, outcomes)
    assert all(outcome.recovery is not None for outcome in outcomes.values())
    assert binding(world, STATION4)["kind"] == "station"
    assert world.drops("claim_station") > 0


def test_plain_bridge_with_the_address_of_a_station(plain):
    report("4 IP address of a station", plain.engine, take_station_address(plain))


def test_new_address_is_used_at_once_and_asked_for_on_the_wire(world):
    address = world.fresh4()
    world.wire.drain()
    world.c.wire.send(arp(1, world.c.hw, world.c.hw, address, address))
    wait_for("C has the address", lambda: binding(world, address), 5)
    assert world.reaches(world.c, ip4=address), "an honest guest waits for nothing"
    questions = world.received(world.wire, lambda p: ARP in p and p[ARP].pdst == address and p[ARP].psrc == "0.0.0.0", 2)
    assert questions and all(q.src == UPLINK_MAC and q[ARP].hwsrc == UPLINK_MAC for q in questions)


def test_station_that_answers_the_question_has_the_address(world):
    address = world.fresh4()
    world.wire.drain()
    world.b.wire.send(arp(1, world.b.hw, world.b.hw, address, address))
    wait_for("the question", lambda: world.received(world.wire, lambda p: ARP in p and p[ARP].pdst == address and p[ARP].psrc == "0.0.0.0", 0.2), 5)
    world.wire.send(arp(2, STATION_MAC, STATION_MAC, address, "0.0.0.0", UPLINK_MAC, dst=UPLINK_MAC))
    wait_for("the station has the address", lambda: (binding(world, address) or {}).get("kind") == "station", 5)


def test_flood_of_claims_does_not_delay_the_questions_of_others(world):
    address = world.fresh4()
    ours = lambda p: ARP in p and p[ARP].pdst == address and p[ARP].psrc == "0.0.0.0"
    frames = [arp(1, world.b.hw, world.b.hw, f"10.3.{i >> 8}.{i & 255}", f"10.3.{i >> 8}.{i & 255}") for i in range(1000)]
    world.wire.drain()
    with Forger(world.b.wire, frames, 20):
        time.sleep(0.5)
        world.c.wire.send(arp(1, world.c.hw, world.c.hw, address, address))
        # scapy would take too long for all the questions about b's claims
        assert any(inet_aton(address) in frame and ours(Ether(frame)) for frame in world.wire.frames(2)), \
            "the question about an honest guest's address was not sent"


def test_claimant_of_a_silent_owners_address_inherits_it_at_once(world):
    """A virtual address moves to a quiet guest: it announces the address once, and its former owner does not answer."""
    address = world.fresh4()
    world.a.wire.send(arp(1, world.a.hw, world.a.hw, address, address))  # A's kernel does not have it: nobody will answer
    wait_for("A has the address", lambda: (binding(world, address) or {}).get("mac") == world.a.hw, 5)
    world.c.ping(ROUTER4)
    world.c.wire.send(arp(1, world.c.hw, world.c.hw, address, address))
    wait_for("C has the address", lambda: (binding(world, address) or {}).get("mac") == world.c.hw, 9)
    assert world.reaches(world.c, ip4=address)


# ---- 5: this host's other addresses, and the networks behind it


@pytest.fixture(name="other_network")
def _other_network(world):
    world.host.ip("link add far0 type veth peer name far1", "addr add 10.77.0.1/24 dev far0", "link set far0 up", "link set far1 up", "route add 10.78.0.0/16 via 10.77.0.2")
    wait_for("vifi knows the address", lambda: (binding(world, "10.77.0.1") or {}).get("kind") == "host", 10)
    yield
    world.host.ip("link del far0")
    wait_for("vifi forgets the address", lambda: not binding(world, "10.77.0.1"), 10)


def test_addresses_and_networks_of_this_host_cannot_be_claimed(world, other_network):
    b = world.b
    for address, reason in (("10.77.0.1", "claim_host"), ("10.77.0.9", "claim_routed"), ("10.78.1.1", "claim_routed")):
        world.expect_drop(reason, b.wire, arp(1, b.hw, b.hw, address, address), [world.wire], lambda p, address=address: ARP in p and p[ARP].psrc == address)
        world.expect_drop(reason, b.wire, udp4(b.hw, ROUTER_MAC, address, ROUTER4, b"as-behind"), [world.wire], lambda p: b"as-behind" in bytes(p))
        assert (binding(world, address) or {}).get("kind") != "guest"
    wait_for("the refusal is logged", lambda: "vif-b was refused 10.77.0.9 (claim_routed)" in world.vifi.log_text(), 8)


def test_this_host_answers_for_its_other_address(world, other_network):
    answer = world.between(world.a, world.a, arp(1, world.a.hw, world.a.hw, world.a.ip4, "10.77.0.1"),
                           lambda p: ARP in p and p[ARP].op == 2 and p[ARP].psrc == "10.77.0.1")
    assert answer is not None and answer[ARP].hwsrc in (UPLINK_MAC, world.host.mac("br0"))


def test_more_specific_network_of_the_uplink_stays_the_guests(world):
    """A tunnel takes 192.168.0.0/16, the uplink has 192.168.157.0/24."""
    world.host.ip("link add far0 type veth peer name far1", "addr add 10.77.0.1/24 dev far0", "link set far0 up", "link set far1 up", "route add 192.168.0.0/16 dev far0")
    try:
        wait_for("vifi knows the address", lambda: binding(world, "10.77.0.1"), 10)
        address = world.fresh4()
        world.c.wire.send(arp(1, world.c.hw, world.c.hw, address, address))
        wait_for("C has the address", lambda: binding(world, address), 5)
        assert world.reaches(world.c, ip4=address)
        world.expect_drop("claim_routed", world.b.wire, arp(1, world.b.hw, world.b.hw, "192.168.7.7", "192.168.7.7"))
    finally:
        world.host.ip("link del far0")


def test_claim_ends_when_this_host_routes_the_network_elsewhere(world):
    world.c.wire.send(arp(1, world.c.hw, world.c.hw, "10.79.0.5", "10.79.0.5"))
    wait_for("C has the address", lambda: (binding(world, "10.79.0.5") or {}).get("mac") == world.c.hw, 5)
    world.host.ip("link add far0 type veth peer name far1", "addr add 10.79.0.1/24 dev far0", "link set far0 up", "link set far1 up")
    try:
        wait_for("C has lost the address", lambda: not binding(world, "10.79.0.5"), 10)
        assert (binding(world, world.c.ip4) or {}).get("mac") == world.c.hw
    finally:
        world.host.ip("link del far0")


def test_next_hop_of_any_route_cannot_be_claimed(world):
    hop = world.fresh4()
    world.host.ip(f"route add 203.0.113.0/24 via {hop} dev wlan0")
    try:
        wait_for("vifi knows the next hop", lambda: (binding(world, hop) or {}).get("kind") == "gateway", 10)
        world.expect_drop("claim_gateway", world.b.wire, arp(1, world.b.hw, world.b.hw, hop, hop))
    finally:
        world.host.ip("route del 203.0.113.0/24")
    wait_for("the address is free again", lambda: not binding(world, hop), 10)


@pytest.mark.parametrize("engine", ENGINES)
def test_source_guard_drops_data_from_anothers_address(engine, vifi_program):
    with trust_world(engine, options=("--source-guard",), capture=False) as world:
        frame = udp4(world.b.hw, ROUTER_MAC, world.a.ip4, ROUTER4, b"from-a-by-b")
        world.expect_drop("source_guard", world.b.wire, frame, [world.wire], lambda p: b"from-a-by-b" in bytes(p))
        assert world.reaches(world.a, ip4=world.a.ip4)


def test_without_source_guard_data_leave_and_claim_nothing(world):
    frame = udp4(world.b.hw, ROUTER_MAC, world.a.ip4, ROUTER4, b"from-a-by-b")
    assert world.out(world.b, frame, lambda p: b"from-a-by-b" in bytes(p)).src == UPLINK_MAC
    assert world.reaches(world.a, ip4=world.a.ip4)


# ---- 6: the bridge's own table


@pytest.mark.parametrize("world", ["kernel"], indirect=True)
def test_static_entry_of_the_bridge_closes_the_shortcut(world):
    """The operator has bound A's MAC address to another port: the frames go there, as the bridge sends them.  The kernel's engine alone has a shortcut."""
    a = world.a
    stream = lambda n: [world.wire.send(udp4(ROUTER_MAC, UPLINK_MAC, ROUTER4, a.ip4, b"download-%d" % i)) for i in range(n)]
    data = lambda p: b"download-" in bytes(p)
    wait_for("the shortcut opens", lambda: world.vifi.show()["shortcut"]["state"] == "open", 20)
    a.ping(ROUTER4)
    stream(50)
    world.host.run(f"bridge fdb replace {a.hw} dev vif-b master static sticky")
    try:
        shortcut = wait_for("the shortcut closes", lambda: (s := world.vifi.show()["shortcut"])["state"] == "fdb" and s, 10)
        assert shortcut["guest"] == a.hw and a.hw in world.vifi.call("show").stdout
        a.wire.drain()
        world.b.wire.drain()
        stream(50)
        assert len(world.received(world.b.wire, data, 0.3)) == 50 and not world.received(a.wire, data, 0.1)
    finally:
        world.host.run(f"bridge fdb del {a.hw} dev vif-b master")
    wait_for("the shortcut opens again", lambda: world.vifi.show()["shortcut"]["state"] == "open", 20)
    wait_for("A is back", lambda: a.ping(ROUTER4), 10)


# ---- 7: which port is charged


def test_forged_mac_does_not_spend_its_owners_budget(world):
    a = world.a
    port = lambda: next((p for p in world.vifi.show()["ports"] if p["port"] == a.vif), {"limited": 0, "refused": 0})
    before = port()
    frames = [udp4(a.hw, ROUTER_MAC, f"10.4.0.{i}", ROUTER4, b"forged") for i in range(1, 5)]
    world.wire.drain()
    with Forger(world.b.wire, frames, 20):
        for _ in range(20):
            a.wire.send(discover(a))
            time.sleep(0.1)
    seen = world.received(world.wire, lambda p: BOOTP in p and p[BOOTP].op == 1 and p[BOOTP].chaddr[:6] == bytes.fromhex(a.hw.replace(":", "")), 0.5)
    print(f"7 forged MAC, {world.engine}: {len(seen)} of 20 discovers")
    assert len(seen) >= 18, f"{len(seen)} of 20 discovers of A arrived"
    assert (port()["limited"], port()["refused"]) == (before["limited"], before["refused"]), "A's port was charged"
    wait_for("A reaches the router", lambda: a.ping(ROUTER4), 10)


# ---- 8: unsolicited DHCP answers


def dhcp_ack(guest, address, xid):
    return (Ether(src=ROUTER_MAC, dst=BCAST) / IP(src=ROUTER4, dst="255.255.255.255") / UDP(sport=67, dport=68)
            / BOOTP(op=2, xid=xid, yiaddr=address, chaddr=bytes.fromhex(guest.hw.replace(":", "")), flags=0x8000)
            / DHCP(options=[("message-type", "ack"), ("server_id", ROUTER4), ("lease_time", 0xfffffff0), "end"]))


def test_acknowledgement_that_nobody_asked_for_teaches_nothing(world):
    a, b = world.a, world.b
    assert a.ping(ROUTER4)
    for xid in range(20):
        world.wire.send(dhcp_ack(b, a.ip4, xid))
    fresh = world.fresh4()
    world.wire.send(dhcp_ack(b, fresh, 99))
    assert world.reaches(a, ip4=a.ip4)
    assert (binding(world, a.ip4)["mac"], binding(world, a.ip4)["expires_s"]) == (a.hw, None)
    assert not binding(world, fresh)


# ---- 9: other protocols


def test_this_hosts_conversation_in_another_ethertype_stays_its_own(world):
    kind = 0x88b6
    frame = lambda src, dst, text: Ether(src=src, dst=dst, type=kind) / Raw(text + bytes(50))
    with world.host.raw("wlan0", kind) as uplink:
        uplink.send(frame(UPLINK_MAC, STATION_MAC, b"from-host"))
        time.sleep(0.1)
        world.b.wire.send(frame(world.b.hw, STATION_MAC, b"from-b"))
        time.sleep(0.1)
        world.b.wire.drain()
        uplink.drain()
        world.wire.send(frame(STATION_MAC, UPLINK_MAC, b"answer"))
        assert any(b"answer" in data for data in uplink.frames(0.5)), "the answer did not reach this host"
        assert not world.received(world.b.wire, lambda p: b"answer" in bytes(p), 0.1), "the answer reached B"


def test_pppoe_offer_reaches_the_guest_that_asked(world):
    a, b = world.a, world.b
    tag = b"\x01\x03\x00\x08unique-a" + b"\x01\x01\x00\x00"
    padi = lambda mac: Ether(src=mac, dst=BCAST, type=0x8863) / PPPoED(code=9, len=len(tag)) / Raw(tag + bytes(24))
    offer = Ether(src=STATION_MAC, dst=UPLINK_MAC, type=0x8863) / PPPoED(code=7, len=len(tag)) / Raw(tag + bytes(24))
    a.wire.send(padi(a.hw))
    time.sleep(0.1)
    b.wire.send(padi(b.hw))
    time.sleep(0.1)
    is_offer = lambda p: PPPoED in p and p[PPPoED].code == 7
    b.wire.drain()
    assert world.into(a, offer, is_offer) is not None, "the offer did not reach the guest that asked"
    assert not world.received(b.wire, is_offer, 0.1), "the offer reached B"


# ---- 10: another's lease


def lease_frame(world, what):
    """What B sends to end the lease of A, or of this host."""
    a, b = world.a, world.b
    raw = lambda mac: bytes.fromhex(mac.replace(":", ""))
    messages = {
        "release": (BOOTP(op=1, xid=5, ciaddr=a.ip4, chaddr=raw(a.hw)), [("message-type", "release"), ("server_id", ROUTER4), "end"]),
        "decline": (BOOTP(op=1, xid=6, chaddr=raw(a.hw)), [("message-type", "decline"), ("requested_addr", a.ip4), ("server_id", ROUTER4), "end"]),
        "chaddr": (BOOTP(op=1, xid=7, ciaddr=HOST4, chaddr=raw(UPLINK_MAC)), [("message-type", "release"), ("server_id", ROUTER4), "end"]),
    }
    bootp, options = messages[what]
    mac, source, target = (BCAST, "0.0.0.0", "255.255.255.255") if what == "decline" else (ROUTER_MAC, b.ip4, ROUTER4)
    return Ether(src=b.hw, dst=mac) / IP(src=source, dst=target) / UDP(sport=68, dport=67) / bootp / DHCP(options=options)


@pytest.mark.parametrize("what", ["release", "decline", "chaddr"])
def test_lease_of_another_is_not_released(world, what):
    world.expect_drop("dhcp_forged", world.b.wire, lease_frame(world, what), [world.wire], lambda p: BOOTP in p and p[BOOTP].op == 1)
    assert world.reaches(world.a, ip4=world.a.ip4)


# ---- 11: the host's firewall


def test_check_finds_a_firewall_rule_on_the_bridge(world):
    host = world.host
    host.run("nft add table inet guard")
    try:
        host.run("nft add chain inet guard input { type filter hook input priority 0 ; }")
        assert " firewall:" not in host.run([*_check(), "wlan0", "br0"], check=False).stdout
        host.run("nft add rule inet guard input iifname br0 tcp dport 22 drop")
        found = host.run([*_check(), "wlan0", "br0"], check=False).stdout
        assert "PROBLEM firewall" in found and "inet guard input" in found and 'iifname { "br0", "wlan0" }' in found, found
    finally:
        host.run("nft delete table inet guard")


def _check():
    from lab.vifi import program
    return program(), "bridge", "check"


def test_rule_by_mac_address_on_the_uplink_stops_a_guest(world):
    """The remedy that check names."""
    host = world.host
    assert world.b.ping(HOST4)
    host.run("nft add table inet guard")
    try:
        host.run("nft add chain inet guard input { type filter hook input priority 0 ; }")
        host.run(["nft", "add", "rule", "inet", "guard", "input", "iifname", "{", "br0,", "wlan0", "}", "ether", "saddr", world.b.hw, "drop"])
        assert not world.b.ping(HOST4, timeout=1)
        assert world.a.ping(HOST4) and host.ping(ROUTER4)
    finally:
        host.run("nft delete table inet guard")
    wait_for("B reaches this host again", lambda: world.b.ping(HOST4), 10)


def test_ingress_chain_of_the_uplink_sees_guests_frames(world):
    host = world.host
    for guest in (world.a, world.b):  # br0 answers for this host's address, too
        guest.ip(f"neigh replace {HOST4} lladdr {UPLINK_MAC} dev eth0")
    host.run("nft add table netdev guard")
    try:
        host.run("nft add chain netdev guard c { type filter hook ingress device wlan0 priority 0 ; }")
        host.run(f"nft add rule netdev guard c ether saddr {world.b.hw} drop")
        assert not world.b.ping(HOST4, timeout=1) and world.a.ping(HOST4)
    finally:
        host.run("nft delete table netdev guard")
        for guest in (world.a, world.b):
            guest.ip(f"neigh del {HOST4} dev eth0")
    wait_for("B reaches this host again", lambda: world.b.ping(HOST4), 10)


# ---- 12: without vifi


@pytest.mark.parametrize("engine", ENGINES)
def test_without_vifi_no_frame_leaves_with_the_old_address(engine, vifi_program):
    with trust_world(engine, capture=False) as world:
        world.vifi.kill()
        world.station("00:60:aa:bb:cc:77")
        before = world.lab.port.foreign()
        for guest in world.guests:
            guest.ping(ROUTER4, count=2, timeout=1)
        assert world.lab.port.foreign() == before, world.lab.port.last_offender()
        if engine == "kernel":
            wait_for("this host keeps its network", lambda: world.host.ping(ROUTER4), 10)
        world.vifi.start()
        for guest in world.guests:
            wait_for(f"guest {guest.name} is back", lambda guest=guest: guest.ping(ROUTER4), 20)
        assert world.lab.port.foreign() == before


def test_killed_vifi_does_not_forget_what_it_holds(vifi_program):
    """The next `up` finds the entries of the last one, and releases those without a station."""
    with trust_world("kernel", capture=False) as world:
        wait_for("the bridge's entry for the station", lambda: fdb(world, STATION_MAC) == ["vifi0p"], 10)
        world.vifi.stop(signal.SIGKILL)
        world.host.run("bridge fdb replace 00:60:ee:00:00:79 dev vifi0p master static sticky")
        world.vifi.start()
        wait_for("the entry without a station is gone", lambda: fdb(world, "00:60:ee:00:00:79") == [], 10)
        assert fdb(world, STATION_MAC) == ["vifi0p"]
