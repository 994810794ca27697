# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules 13 to 15: DHCP, with hand-made frames."""

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
from world import BCAST, ROUTER4, ROUTER_MAC, UPLINK_MAC, checksum_ok

# The router's DHCP server is off in the shared world; the tests send the answers.
WORLD = {"dhcp": "none"}


def discover(guest, kind="discover", flags=0, options=(), ip=None, csum=None, **bootp):
    """A message of a client on a guest.  ip: fields of the IP header; csum=0: no UDP checksum."""
    xid = bootp.pop("xid", random.getrandbits(32))
    head = {"src": "0.0.0.0", "dst": "255.255.255.255", "id": 7, **(ip or {})}
    udp = UDP(sport=68, dport=67) if csum is None else UDP(sport=68, dport=67, chksum=csum)
    return (Ether(src=guest.hw, dst=BCAST) / IP(**head) / udp / BOOTP(**{"op": 1, "chaddr": mac_bytes(guest.hw), "xid": xid, "flags": flags, **bootp})
            / DHCP(options=[("message-type", kind), ("client_id", b"\x01" + mac_bytes(guest.hw)), *options, "end"]))


def reply(guest, xid, address, kind="offer", dst=UPLINK_MAC, flags=0x8000, lease=300, chaddr=None, ipdst=None, **bootp):
    return (Ether(src=ROUTER_MAC, dst=dst) / IP(src=ROUTER4, dst=ipdst or ("255.255.255.255" if dst == BCAST else address)) / UDP(sport=67, dport=68)
            / BOOTP(op=2, chaddr=chaddr or mac_bytes(guest.hw), xid=xid, yiaddr=address, flags=flags, **bootp)
            / DHCP(options=[("message-type", kind), ("server_id", ROUTER4), ("lease_time", lease), "end"]))


def is_dhcp(xid):
    return lambda p: BOOTP in p and p[BOOTP].xid == xid


def check_udp_checksum(packet):
    """Checks that the UDP checksum is right and not zero."""
    assert packet[UDP].chksum != 0
    assert checksum_ok(packet), "a checksum is wrong"


def check_unchanged_except(got, sent, **fields):
    """Checks that `got` is `sent` with the uplink's source address, these BOOTP fields and new checksums."""
    want = Ether(bytes(sent))
    want.src = UPLINK_MAC
    for field, value in fields.items():
        setattr(want[BOOTP], field, value)
    if fields and want[UDP].chksum:
        del want[UDP].chksum
    assert bytes(got) == bytes(want), f"\n{got!r}\n{Ether(bytes(want))!r}"


# ---- rule 13


@pytest.mark.parametrize("kind", ["discover", "request"])
def test_rule_13_broadcast_flag_is_set(world, kind):
    sent = discover(world.guest_a, kind)
    got = world.out(world.guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None
    check_udp_checksum(got)
    check_unchanged_except(got, sent, flags=0x8000)  # chaddr and client identifier included


def test_rule_13_ip_options_are_skipped(world):
    """With IP options the header has 24 bytes, and the flags are 4 bytes further back."""
    sent = discover(world.guest_a, ip={"options": [IPOption_Router_Alert()]})
    got = world.out(world.guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got[IP].ihl == 6
    check_udp_checksum(got)
    check_unchanged_except(got, sent, flags=0x8000)


def test_rule_13_checksum_zero_stays_zero(world):
    sent = discover(world.guest_a, csum=0)
    got = world.out(world.guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got[BOOTP].flags == 0x8000 and got[UDP].chksum == 0


def test_rule_13_zero_checksum_result_is_sent_as_ffff(world):
    """RFC 768: the xid is chosen so that the changed message has the checksum 0, which is sent as 0xffff."""
    probe = Ether(bytes(discover(world.guest_a, flags=0x8000, xid=0)))
    rest = 0xffff - probe[UDP].chksum  # the sum without the xid
    xid = 0xffff - rest
    sent = discover(world.guest_a, xid=xid)
    want = Ether(bytes(discover(world.guest_a, flags=0x8000, xid=xid)))
    assert want[UDP].chksum == 0xffff, "wrong arithmetic in this test"
    got = world.out(world.guest_a, sent, is_dhcp(xid))
    assert got[UDP].chksum == 0xffff


def test_rule_13_broadcast_flag_is_set_in_a_renewal(world):
    guest_a = world.guest_a
    sent = discover(guest_a, "request", ip={"src": guest_a.ip4, "dst": ROUTER4}, ciaddr=guest_a.ip4)
    sent.dst = ROUTER_MAC
    got = world.out(guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None
    check_udp_checksum(got)
    check_unchanged_except(got, sent, flags=0x8000)


@pytest.mark.parametrize("kind, ipdst", [("ack", "192.168.157.41"), ("nak", "255.255.255.255")])
def test_rule_14_broadcast_answer_to_a_renewal_reaches_its_address(world, kind, ipdst):
    """The client's socket may be bound to its address; without the flag the server would have sent the ACK there, but a NAK is
    always a broadcast (RFC 2131, 4.1)."""
    guest_a = world.guest_a
    sent = discover(guest_a, "request", ip={"src": guest_a.ip4, "dst": ROUTER4}, ciaddr=guest_a.ip4)
    sent.dst = ROUTER_MAC
    assert world.out(guest_a, sent, is_dhcp(sent[BOOTP].xid))
    got = world.into(guest_a, reply(guest_a, sent[BOOTP].xid, guest_a.ip4, kind, dst=BCAST, ciaddr=guest_a.ip4), is_dhcp(sent[BOOTP].xid))
    assert got is not None and got[IP].dst == ipdst and got[BOOTP].flags == 0
    assert checksum_ok(got)


@pytest.mark.parametrize("what, change", [
    ("broadcast already", {"flags": 0x8000}), ("relayed", {"giaddr": "192.168.157.41", "hops": 1})])
def test_rule_13_other_messages_are_unchanged(world, what, change):
    guest_a = world.guest_a
    source = {"src": guest_a.ip4} if what == "relayed" else None
    sent = discover(guest_a, "request", ip=source, **change)
    got = world.out(guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None, what
    check_unchanged_except(got, sent)


def test_rule_13_wrong_cookie_is_unchanged(world):
    sent = bytearray(bytes(discover(world.guest_a, csum=0, xid=0x13131313)))
    at = sent.index(b"\x63\x82\x53\x63")
    sent[at] = 0x64
    got = world.out(world.guest_a, bytes(sent), lambda p: b"\x13\x13\x13\x13" in bytes(p))
    assert got is not None and bytes(got)[6:12] == mac_bytes(UPLINK_MAC) and bytes(got)[12:] == bytes(sent)[12:]


def test_rule_13_fragments_are_not_corrupted(world):
    """The first fragment, and a later fragment that looks like a request, stay unchanged."""
    guest_a = world.guest_a
    whole = bytes(discover(guest_a, "discover", csum=0, xid=0x0f0f0f0f)[UDP])
    for offset, flags in ((0, "MF"), (64, 0), (64, "MF")):
        part = Ether(src=guest_a.hw, dst=BCAST) / IP(src="0.0.0.0", dst="255.255.255.255", proto=17, frag=offset, flags=flags, id=99) / Raw(whole[:296])
        got = world.out(guest_a, part, lambda p: b"\x0f\x0f\x0f\x0f" in bytes(p))
        assert got is not None and bytes(got)[12:] == bytes(part)[12:], f"fragment at {offset}, {flags}"


def test_rule_13_wrong_checksum_is_dropped(world):
    sent = discover(world.guest_a, csum=0x1234)
    world.expect_drop("dhcp_checksum", world.guest_a.wire, sent, [world.wire], is_dhcp(sent[BOOTP].xid))


def test_rule_13_partial_checksum_is_completed(world):
    """A client on an ordinary socket leaves the checksum to the interface (CHECKSUM_PARTIAL)."""
    guest_a = world.guest_a
    sent = discover(guest_a, xid=0x51515151)
    tap = world.lab.tap(world.router, "lan0", "in", "udp port 67")
    with guest_a.socket(s.AF_INET, s.SOCK_DGRAM) as sock:
        sock.setsockopt(s.SOL_SOCKET, s.SO_BROADCAST, 1)
        sock.setsockopt(s.SOL_SOCKET, s.SO_BINDTODEVICE, b"eth0")
        sock.bind(("", 68))
        sock.sendto(bytes(sent[BOOTP]), ("255.255.255.255", 67))
        time.sleep(0.2)
    # The oracle is the router's socket: its kernel verifies the completed checksum.
    with world.router.socket(s.AF_INET, s.SOCK_DGRAM) as server:
        server.bind(("", 67))
        server.settimeout(2)
        # The second time checksum offload is off, so the guest's kernel writes the checksum.
        guest_a.run("ethtool -K eth0 tx off", check=False)
        try:
            with guest_a.socket(s.AF_INET, s.SOCK_DGRAM) as sock:
                sock.setsockopt(s.SOL_SOCKET, s.SO_BROADCAST, 1)
                sock.setsockopt(s.SOL_SOCKET, s.SO_BINDTODEVICE, b"eth0")
                sock.bind(("", 68))
                sock.sendto(bytes(sent[BOOTP]), ("255.255.255.255", 67))
            data = server.recv(2000)
        finally:
            guest_a.run("ethtool -K eth0 tx on", check=False)
    assert BOOTP(data).flags == 0x8000 and BOOTP(data).xid == 0x51515151
    flags = [r[0] for r in tap.rows("dhcp.id == 0x51515151", "dhcp.flags")]
    assert flags == ["0x8000"] * 2, flags


# ---- rule 14


@pytest.mark.parametrize("dst", [UPLINK_MAC, BCAST])
@pytest.mark.parametrize("flags", [0, 0x8000])
def test_rule_14_answer_reaches_the_guest_by_chaddr_with_restored_flags(world, dst, flags):
    guest_a, address = world.guest_a, world.fresh4()
    request = discover(guest_a, flags=flags)
    xid = request[BOOTP].xid
    assert world.out(guest_a, request, is_dhcp(xid))
    got = world.into(guest_a, reply(guest_a, xid, address, dst=dst), is_dhcp(xid))
    assert got is not None, "the offer did not reach the guest"
    assert got[BOOTP].flags == flags, "the client's flags were not restored"
    check_udp_checksum(got)
    if dst == UPLINK_MAC:
        assert got.dst == guest_a.hw


def test_rule_14_answer_reaches_the_guest_by_transaction_id(world):
    """The transaction ID identifies the guest when chaddr does not."""
    guest_b, address = world.guest_b, world.fresh4()
    request = discover(guest_b, chaddr=mac_bytes("02:99:99:99:99:99"))
    xid = request[BOOTP].xid
    assert world.out(guest_b, request, is_dhcp(xid))
    got = world.into(guest_b, reply(guest_b, xid, address, chaddr=mac_bytes("02:99:99:99:99:99")), is_dhcp(xid))
    assert got is not None and got.dst == guest_b.hw


def test_rule_14_guests_with_one_transaction_id_all_get_leases(world):
    """busybox udhcpc takes the ID from the clock, so that guests that start together may have the same."""
    guests = {world.guest_a: (0, world.fresh4()), world.guest_b: (0x8000, world.fresh4()), world.guest_c: (0, world.fresh4())}
    xid = 0x33b1a14d
    for guest, (flags, _) in guests.items():
        assert world.out(guest, discover(guest, "request", flags=flags, xid=xid), is_dhcp(xid))
    for guest, (flags, address) in guests.items():
        got = world.into(guest, reply(guest, xid, address, "ack", dst=BCAST), is_dhcp(xid))
        assert got is not None and got[BOOTP].flags == flags, (guest, got)
    bound = {b["address"]: b["mac"] for b in world.vifi.bindings()}
    assert {address: bound.get(address) for _, address in guests.values()} == {address: guest.hw for guest, (_, address) in guests.items()}
    assert all(world.reaches(guest, ip4=address) for guest, (_, address) in guests.items())


def test_rule_14_chaddr_has_priority_over_ip(world):
    """The offered address is still another guest's binding: the offer reaches the requesting guest, not the owner."""
    guest_a, guest_b = world.guest_a, world.guest_b
    request = discover(guest_a)
    xid = request[BOOTP].xid
    assert world.out(guest_a, request, is_dhcp(xid))
    guest_b.wire.drain()
    got = world.into(guest_a, reply(guest_a, xid, guest_b.ip4), is_dhcp(xid))
    assert got is not None and got.dst == guest_a.hw
    assert not world.received(guest_b.wire, is_dhcp(xid), 0.1)


def test_rule_14_ack_creates_and_release_removes_the_binding(world):
    guest_a, address = world.guest_a, world.fresh4()
    request = discover(guest_a, "request")
    xid = request[BOOTP].xid
    assert world.out(guest_a, request, is_dhcp(xid))
    assert world.into(guest_a, reply(guest_a, xid, address, "ack", lease=1234), is_dhcp(xid))
    found = [b for b in world.vifi.bindings() if b["address"] == address]
    assert found and found[0]["mac"] == guest_a.hw
    assert 1200 < found[0]["expires_s"] <= 1234, found
    assert world.reaches(guest_a, ip4=address), "the lease did not create a binding"
    release = discover(guest_a, "release", ciaddr=address, ip={"src": address, "dst": ROUTER4})
    release.dst = ROUTER_MAC
    assert world.out(guest_a, release, is_dhcp(release[BOOTP].xid))
    assert address not in {b["address"] for b in world.vifi.bindings()}


def test_rule_14_decline_removes_the_binding(world):
    guest_a, address = world.guest_a, world.fresh4()
    request = discover(guest_a, "request")
    assert world.out(guest_a, request, is_dhcp(request[BOOTP].xid))
    assert world.into(guest_a, reply(guest_a, request[BOOTP].xid, address, "ack"), is_dhcp(request[BOOTP].xid))
    decline = discover(guest_a, "decline", options=[("requested_addr", address)])
    assert world.out(guest_a, decline, is_dhcp(decline[BOOTP].xid))
    assert address not in {b["address"] for b in world.vifi.bindings()}


def test_rule_14_release_of_another_guests_address_changes_nothing(world):
    guest_a, guest_b = world.guest_a, world.guest_b
    guest_b.ping(ROUTER4)
    forged = discover(guest_a, "decline", options=[("requested_addr", guest_b.ip4)])
    guest_a.wire.send(forged)
    forged = discover(guest_a, "release", ciaddr=guest_b.ip4, ip={"src": guest_a.ip4, "dst": ROUTER4})
    guest_a.wire.send(forged)
    assert world.reaches(guest_b, ip4=guest_b.ip4)


# ---- rule 15


def test_rule_15_relay_traffic_is_untouched(world):
    """With giaddr set, by a relay, the message is not changed in either direction."""
    guest_a = world.guest_a
    sent = discover(guest_a, giaddr=guest_a.ip4, hops=1, chaddr=mac_bytes("02:55:55:55:55:55"), ip={"src": guest_a.ip4, "dst": ROUTER4})
    sent[UDP].sport = 67
    sent.dst = ROUTER_MAC
    got = world.out(guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got is not None
    check_unchanged_except(got, sent)
    back = reply(guest_a, sent[BOOTP].xid, "10.1.2.3", chaddr=mac_bytes("02:55:55:55:55:55"), giaddr=guest_a.ip4, flags=0, ipdst=guest_a.ip4)
    back[UDP].dport = 67
    got = world.into(guest_a, back, is_dhcp(sent[BOOTP].xid))
    assert got is not None and got.dst == guest_a.hw and bytes(got)[12:] == bytes(back)[12:]


def test_rule_15_dhcpv6_payload_and_duid_are_untouched(world):
    guest_a = world.guest_a
    ll = guest_a.link_local()
    sent = (Ether(src=guest_a.hw, dst="33:33:00:01:00:02") / IPv6(src=ll, dst="ff02::1:2") / UDP(sport=546, dport=547)
            / DHCP6_Solicit(trid=0x123456) / DHCP6OptClientId(duid=DUID_LL(lladdr=guest_a.hw)) / DHCP6OptElapsedTime() / DHCP6OptIA_NA(iaid=5))
    got = world.out(guest_a, sent, lambda p: DHCP6_Solicit in p)
    assert got is not None and got.src == UPLINK_MAC and bytes(got)[12:] == bytes(sent)[12:]


def test_rule_15_chaddr_is_unchanged_by_default(world):
    sent = discover(world.guest_a)
    got = world.out(world.guest_a, sent, is_dhcp(sent[BOOTP].xid))
    assert got[BOOTP].chaddr[:6] == mac_bytes(world.guest_a.hw)
