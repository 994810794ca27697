# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 13 to 15: DHCP, with frames made by hand and with real clients and servers."""

import random
import socket as s
import time

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Solicit, DHCP6OptClientId, DHCP6OptElapsedTime, DHCP6OptIA_NA, DUID_LL
from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.port import mac_bytes
from world import BCAST, ROUTER4, ROUTER_MAC, W, checksum_ok

# The router's own server is off in the shared world: the answers here are made by the tests.
WORLD = {"dhcp": "none"}


def discover(g, kind="discover", flags=0, options=(), ip=None, csum=None, **bootp):
    """What a client on guest g sends; ip: fields of the IP header; csum=0: without UDP checksum."""
    xid = bootp.pop("xid", random.getrandbits(32))
    head = {"src": "0.0.0.0", "dst": "255.255.255.255", "id": 7, **(ip or {})}
    udp = UDP(sport=68, dport=67) if csum is None else UDP(sport=68, dport=67, chksum=csum)
    return (Ether(src=g.hw, dst=BCAST) / IP(**head) / udp / BOOTP(**{"op": 1, "chaddr": mac_bytes(g.hw), "xid": xid, "flags": flags, **bootp})
            / DHCP(options=[("message-type", kind), ("client_id", b"\x01" + mac_bytes(g.hw)), *options, "end"]))


def reply(g, xid, address, kind="offer", dst=W, flags=0x8000, lease=300, csum=None, chaddr=None, ipdst=None, **bootp):
    udp = UDP(sport=67, dport=68) if csum is None else UDP(sport=67, dport=68, chksum=csum)
    return (Ether(src=ROUTER_MAC, dst=dst) / IP(src=ROUTER4, dst=ipdst or ("255.255.255.255" if dst == BCAST else address)) / udp
            / BOOTP(op=2, chaddr=chaddr or mac_bytes(g.hw), xid=xid, yiaddr=address, flags=flags, **bootp)
            / DHCP(options=[("message-type", kind), ("server_id", ROUTER4), ("lease_time", lease), "end"]))


def is_dhcp(xid):
    return lambda p: BOOTP in p and p[BOOTP].xid == xid


def sum_is_right(p):
    """The UDP checksum is what scapy computes, and not zero."""
    assert p[UDP].chksum != 0
    assert checksum_ok(p), "a checksum is wrong"


def same_but(got, sent, **fields):
    """got is sent with W as source and, in BOOTP, these fields; checksums computed anew."""
    want = Ether(bytes(sent))
    want.src = W
    for k, v in fields.items():
        setattr(want[BOOTP], k, v)
    if fields and want[UDP].chksum:
        del want[UDP].chksum
    assert bytes(got) == bytes(want), f"\n{got!r}\n{Ether(bytes(want))!r}"


# ---- rule 13


@pytest.mark.parametrize("kind", ["discover", "request"])
def test_rule_13_broadcast_flag_is_set(world, kind):
    sent = discover(world.a, kind)
    got = world.out(world.a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None
    sum_is_right(got)
    same_but(got, sent, flags=0x8000)  # chaddr and client identifier included


def test_rule_13_real_ip_header_length(world):
    """IP options: the header is 24 bytes long, and the flags lie 4 bytes later."""
    sent = discover(world.a, ip={"options": [IPOption_Router_Alert()]})
    got = world.out(world.a, sent, is_dhcp(sent[BOOTP].xid))
    assert got[IP].ihl == 6
    sum_is_right(got)
    same_but(got, sent, flags=0x8000)


def test_rule_13_checksum_zero_stays_zero(world):
    sent = discover(world.a, csum=0)
    got = world.out(world.a, sent, is_dhcp(sent[BOOTP].xid))
    assert got[BOOTP].flags == 0x8000 and got[UDP].chksum == 0


def test_rule_13_checksum_that_becomes_zero_is_written_ffff(world):
    """RFC 768: a transaction id is chosen so that the sum of the changed message is 0, which goes as 0xffff."""
    probe = Ether(bytes(discover(world.a, flags=0x8000, xid=0)))
    rest = 0xffff - probe[UDP].chksum  # the sum without the xid
    xid = 0xffff - rest
    sent = discover(world.a, xid=xid)
    want = Ether(bytes(discover(world.a, flags=0x8000, xid=xid)))
    assert want[UDP].chksum == 0xffff, "the test's own arithmetic"
    got = world.out(world.a, sent, is_dhcp(xid))
    assert got[UDP].chksum == 0xffff


@pytest.mark.parametrize("what, change", [
    ("renewal", {"ciaddr": "192.168.157.41"}), ("reply", {"op": 2}), ("broadcast already", {"flags": 0x8000}),
                                          ("relayed", {"giaddr": "192.168.157.41", "hops": 1})])
def test_rule_13_others_are_left_alone(world, what, change):
    a = world.a
    source = {"src": a.ip4} if what in ("renewal", "relayed") else None
    sent = discover(a, "request", ip=source, **change)
    got = world.out(a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None, what
    same_but(got, sent)


def test_rule_13_wrong_cookie_is_left_alone(world):
    sent = bytearray(bytes(discover(world.a, csum=0, xid=0x13131313)))
    at = sent.index(b"\x63\x82\x53\x63")
    sent[at] = 0x64
    got = world.out(world.a, bytes(sent), lambda p: b"\x13\x13\x13\x13" in bytes(p))
    assert got is not None and bytes(got)[6:12] == mac_bytes(W) and bytes(got)[12:] == bytes(sent)[12:]


def test_rule_13_fragments_are_not_corrupted(world):
    """The first fragment of a datagram, and a later one whose bytes look like a request: both as they were."""
    a = world.a
    whole = bytes(discover(a, "discover", csum=0, xid=0x0f0f0f0f)[UDP])
    for offset, flags in ((0, "MF"), (64, 0), (64, "MF")):
        part = Ether(src=a.hw, dst=BCAST) / IP(src="0.0.0.0", dst="255.255.255.255", proto=17, frag=offset, flags=flags, id=99) / Raw(whole[:296])
        got = world.out(a, part, lambda p: b"\x0f\x0f\x0f\x0f" in bytes(p))
        assert got is not None and bytes(got)[12:] == bytes(part)[12:], f"fragment at {offset}, {flags}"


def test_rule_13_wrong_checksum_is_dropped_by_name(world):
    sent = discover(world.a, csum=0x1234)
    world.dropped("dhcp_checksum", world.a.wire, sent, [world.wire], is_dhcp(sent[BOOTP].xid))


def test_rule_13_partial_checksum_ends_right(world):
    """A client that writes by an ordinary socket leaves the checksum to the card (CHECKSUM_PARTIAL)."""
    a = world.a
    sent = discover(a, xid=0x51515151)
    tap = world.lab.tap(world.router, "lan0", "in", "udp port 67")
    with a.socket(s.AF_INET, s.SOCK_DGRAM) as sock:
        sock.setsockopt(s.SOL_SOCKET, s.SO_BROADCAST, 1)
        sock.setsockopt(s.SOL_SOCKET, s.SO_BINDTODEVICE, b"eth0")
        sock.bind(("", 68))
        sock.sendto(bytes(sent[BOOTP]), ("255.255.255.255", 67))
        time.sleep(0.2)
    # The router's socket is the judge: its kernel verifies the checksum of what was completed, and counts errors.
    with world.router.socket(s.AF_INET, s.SOCK_DGRAM) as server:
        server.bind(("", 67))
        server.settimeout(2)
        # the second time with the card's help switched off: the checksum is written out before it leaves the guest
        a.run("ethtool -K eth0 tx off", check=False)
        try:
            with a.socket(s.AF_INET, s.SOCK_DGRAM) as sock:
                sock.setsockopt(s.SOL_SOCKET, s.SO_BROADCAST, 1)
                sock.setsockopt(s.SOL_SOCKET, s.SO_BINDTODEVICE, b"eth0")
                sock.bind(("", 68))
                sock.sendto(bytes(sent[BOOTP]), ("255.255.255.255", 67))
            data = server.recv(2000)
        finally:
            a.run("ethtool -K eth0 tx on", check=False)
    assert BOOTP(data).flags == 0x8000 and BOOTP(data).xid == 0x51515151
    flags = [r[0] for r in tap.rows("dhcp.id == 0x51515151", "dhcp.flags")]
    assert flags == ["0x8000"] * 2, flags


# ---- rule 14


@pytest.mark.parametrize("dst", [W, BCAST])
@pytest.mark.parametrize("flags", [0, 0x8000])
def test_rule_14_answer_finds_the_guest_by_chaddr_and_restores_flags(world, dst, flags):
    a, address = world.a, world.fresh4()
    ask = discover(a, flags=flags)
    xid = ask[BOOTP].xid
    assert world.out(a, ask, is_dhcp(xid))
    got = world.into(a, reply(a, xid, address, dst=dst), is_dhcp(xid))
    assert got is not None, "the offer did not reach its guest"
    assert got[BOOTP].flags == flags, "not the flags that the client sent"
    sum_is_right(got)
    if dst == W:
        assert got.dst == a.hw


def test_rule_14_answer_finds_the_guest_by_transaction(world):
    """A server that writes another chaddr (or none): the transaction id tells whose answer it is."""
    b, address = world.b, world.fresh4()
    ask = discover(b, chaddr=mac_bytes("02:99:99:99:99:99"))
    xid = ask[BOOTP].xid
    assert world.out(b, ask, is_dhcp(xid))
    got = world.into(b, reply(b, xid, address, chaddr=mac_bytes("02:99:99:99:99:99")), is_dhcp(xid))
    assert got is not None and got.dst == b.hw


def test_rule_14_chaddr_comes_before_ip(world):
    """The offered address is still another guest's binding: the offer goes to who asked for it, not to who has it."""
    a, b = world.a, world.b
    ask = discover(a)
    xid = ask[BOOTP].xid
    assert world.out(a, ask, is_dhcp(xid))
    b.wire.drain()
    got = world.into(a, reply(a, xid, b.ip4), is_dhcp(xid))
    assert got is not None and got.dst == a.hw
    assert not world.seen(b.wire, is_dhcp(xid), 0.1)


def test_rule_14_learned_from_ack_with_its_lease_and_forgotten_on_release(world):
    a, address = world.a, world.fresh4()
    ask = discover(a, "request")
    xid = ask[BOOTP].xid
    assert world.out(a, ask, is_dhcp(xid))
    assert world.into(a, reply(a, xid, address, "ack", lease=1234), is_dhcp(xid))
    found = [b for b in world.vifi.bindings() if b["address"] == address]
    assert found and found[0]["mac"] == a.hw
    assert 1200 < found[0]["expires_s"] <= 1234, found
    assert world.reaches(a, ip4=address), "known by its lease before it speaks"
    release = discover(a, "release", ciaddr=address, ip={"src": address, "dst": ROUTER4})
    release.dst = ROUTER_MAC
    assert world.out(a, release, is_dhcp(release[BOOTP].xid))
    assert address not in {b["address"] for b in world.vifi.bindings()}


def test_rule_14_forgotten_on_decline(world):
    a, address = world.a, world.fresh4()
    ask = discover(a, "request")
    assert world.out(a, ask, is_dhcp(ask[BOOTP].xid))
    assert world.into(a, reply(a, ask[BOOTP].xid, address, "ack"), is_dhcp(ask[BOOTP].xid))
    decline = discover(a, "decline", options=[("requested_addr", address)])
    assert world.out(a, decline, is_dhcp(decline[BOOTP].xid))
    assert address not in {b["address"] for b in world.vifi.bindings()}


def test_rule_14_release_of_another_guests_address_changes_nothing(world):
    a, b = world.a, world.b
    b.ping(ROUTER4)
    forged = discover(a, "decline", options=[("requested_addr", b.ip4)])
    a.wire.send(forged)
    forged = discover(a, "release", ciaddr=b.ip4, ip={"src": a.ip4, "dst": ROUTER4})
    a.wire.send(forged)
    assert world.reaches(b, ip4=b.ip4)


# ---- rule 15


def test_rule_15_relay_traffic_is_untouched(world):
    """giaddr says that a relay speaks: flags, chaddr and all stay, out and in."""
    a = world.a
    sent = discover(a, giaddr=a.ip4, hops=1, chaddr=mac_bytes("02:55:55:55:55:55"), ip={"src": a.ip4, "dst": ROUTER4})
    sent[UDP].sport = 67
    sent.dst = ROUTER_MAC
    got = world.out(a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None
    same_but(got, sent)
    back = reply(a, sent[BOOTP].xid, "10.1.2.3", chaddr=mac_bytes("02:55:55:55:55:55"), giaddr=a.ip4, flags=0, ipdst=a.ip4)
    back[UDP].dport = 67
    got = world.into(a, back, is_dhcp(sent[BOOTP].xid))
    assert got is not None and got.dst == a.hw and bytes(got)[12:] == bytes(back)[12:]


def test_rule_15_dhcpv6_payload_and_duid_are_untouched(world):
    a = world.a
    ll = a.addresses("eth0", 6, "link")[0]
    sent = (Ether(src=a.hw, dst="33:33:00:01:00:02") / IPv6(src=ll, dst="ff02::1:2") / UDP(sport=546, dport=547)
            / DHCP6_Solicit(trid=0x123456) / DHCP6OptClientId(duid=DUID_LL(lladdr=a.hw)) / DHCP6OptElapsedTime() / DHCP6OptIA_NA(iaid=5))
    got = world.out(a, sent, lambda p: DHCP6_Solicit in p)
    assert got is not None and got.src == W and bytes(got)[12:] == bytes(sent)[12:]


def test_rule_15_chaddr_is_kept_unless_asked_for(world):
    sent = discover(world.a)
    got = world.out(world.a, sent, is_dhcp(sent[BOOTP].xid))
    assert got[BOOTP].chaddr[:6] == mac_bytes(world.a.hw)
