#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden vectors for the translation rules: make.py writes rules.txt beside itself, make.py --check compares.

Frames in, and what must come out, are both built by scapy from the meaning of the rule ("the source link-layer address
becomes W"), with checksums that scapy computes afresh.  So neither our encoders nor our incremental checksums judge
themselves.  tests/unit/test_rules_vectors.c replays the file:

    case NAME                      begins anew with empty tables (but for the host, the gateway, the broadcast address)
    chaddr                         the option to rewrite chaddr is on
    give HOOK PORT HEX             a frame arrives: guest, wire or host; PORT counts for guest only
    drop NAME                      it is dropped for this reason
    go TO COPY HEX                 or goes on as HEX; TO and COPY are sets of a (air), g (guests), h (host), or -
    learn MAC ADDRESS PORT         the table holds this
"""
import pathlib
import sys

from scapy.all import (
    ARP, BOOTP, DHCP, DHCP6OptClientId, DHCP6_Solicit, DNS, DNSQR, DUID_LLT, Dot1Q, Ether, ICMP, ICMPv6EchoRequest,
    ICMPv6MLReport2, ICMPv6MLDMultAddrRec, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, ICMPv6ND_Redirect,
    ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo, ICMPv6NDOptRedirectedHdr, ICMPv6NDOptSrcLLAddr,
    ICMPv6NDOptUnknown, IP, IPOption_NOP, IPOption_Router_Alert, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, LLC, PPPoE, PPPoED, Raw, SNAP, TCP, UDP, fragment, in6_getnsma, in6_getnsmac,
    inet_pton)
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mr
from scapy.layers.l2 import Dot3
import socket

W, A, B, C = "00:60:aa:bb:cc:dd", "00:60:00:00:00:01", "00:60:00:00:00:02", "00:60:00:00:00:03"
ROUTER, NEAR, ALL, NODES = "02:99:00:00:00:fe", "02:99:00:00:00:07", "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"
IP_A, IP_B, IP_C = "192.168.157.41", "192.168.157.42", "192.168.157.43"
IP_HOST, IP_ROUTER, IP_NEAR = "192.168.157.21", "192.168.157.20", "192.168.157.77"
A6, B6, C6, HOST6, NEAR6, ROUTER6 = (
    "2001:db8::a", "2001:db8::b", "2001:db8::c", "2001:db8::21", "2001:db8::77", "fe80::20")
PORTS = {A: 11, B: 12, C: 13}

lines = [
    "# SPDX-License-Identifier: GPL-2.0-or-later",
    "# Made by make.py with scapy; do not edit. What the lines mean stands there.",
]


def hex_of(p):
    return bytes(p).hex()


def case(name):
    lines.append(f"case {name}")


def give(hook, p, to=None, copy="-", out=None, drop=None, port=0):
    lines.append(f"give {hook} {port} {hex_of(p)}")
    if drop:
        lines.append(f"drop {drop}")
    elif to:
        lines.append(f"go {to} {copy} {hex_of(out if out is not None else p)}")


def guest(p, *args, **kw):
    mac = p.src
    give("guest", p, *args, port=kw.pop("port", PORTS.get(mac, 11)), **kw)


def wire(p, *args, **kw):
    give("wire", p, *args, **kw)


def host(p, *args, **kw):
    give("host", p, *args, **kw)


def learn(mac, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    lines.append(f"learn {mac.replace(':', '')} {inet_pton(family, address).hex()} {port}")


def heard(mac, *addresses):
    """The guest is heard with each address; nothing is said about what becomes of that."""
    for a in addresses:
        if ":" in a:
            guest(Ether(src=mac, dst=ROUTER) / IPv6(src=a, dst=NEAR6) / UDP(sport=1, dport=1))
        else:
            guest(Ether(src=mac, dst=ALL) / ARP(op=1, hwsrc=mac, psrc=a, hwdst="00:00:00:00:00:00", pdst=a))


def arp(src, dst, op, sha, spa, tha, tpa):
    return Ether(src=src, dst=dst) / ARP(op=op, hwsrc=sha, psrc=spa, hwdst=tha, pdst=tpa)


NONE = "00:00:00:00:00:00"

# ---- ARP ----

case("rule_05_request")
guest(arp(A, ALL, 1, A, IP_A, NONE, IP_NEAR), "a", "h", arp(W, ALL, 1, W, IP_A, NONE, IP_NEAR))
learn(A, IP_A, 11)
case("rule_05_reply_padded")
pad = Raw(b"\xee" * 18)
guest(arp(A, NEAR, 2, A, IP_A, NEAR, IP_NEAR) / pad, "a", "-", arp(W, NEAR, 2, W, IP_A, NEAR, IP_NEAR) / pad)
case("rule_05_both_hardware_addresses")
guest(arp(A, ALL, 2, A, IP_A, A, IP_A), "a", "h", arp(W, ALL, 2, W, IP_A, W, IP_A))
case("rule_05_tagged")
tag = Dot1Q(vlan=7, prio=5)
guest(Ether(src=A, dst=ALL) / tag / ARP(op=1, hwsrc=A, psrc=IP_A, pdst=IP_NEAR), "a", "h",
      Ether(src=W, dst=ALL) / tag / ARP(op=1, hwsrc=W, psrc=IP_A, pdst=IP_NEAR))
case("rule_06_probe_and_answer")
guest(arp(A, ALL, 1, A, "0.0.0.0", NONE, IP_NEAR), "a", "h", arp(W, ALL, 1, W, "0.0.0.0", NONE, IP_NEAR))
wire(arp(NEAR, W, 2, NEAR, IP_NEAR, W, "0.0.0.0"), "g", "-", arp(NEAR, A, 2, NEAR, IP_NEAR, A, "0.0.0.0"))
wire(arp(NEAR, W, 2, NEAR, IP_NEAR, W, IP_NEAR), "g", "-", arp(NEAR, A, 2, NEAR, IP_NEAR, A, IP_NEAR))
case("rule_08_reply_and_question")
heard(A, IP_A)
wire(arp(ROUTER, W, 2, ROUTER, IP_ROUTER, W, IP_A), "g", "-", arp(ROUTER, A, 2, ROUTER, IP_ROUTER, A, IP_A))
wire(arp(ROUTER, W, 1, ROUTER, IP_ROUTER, NONE, IP_A), "g", "-", arp(ROUTER, A, 1, ROUTER, IP_ROUTER, NONE, IP_A))
wire(arp(ROUTER, ALL, 1, ROUTER, IP_ROUTER, NONE, IP_A), "h", "g")
case("rule_10_reflection_and_proxy")
wire(arp(W, ALL, 1, W, IP_A, NONE, IP_NEAR), drop="reflection")
wire(arp(ROUTER, W, 2, W, IP_B, W, IP_A), drop="proxy_claim")
case("rule_11_guest_and_host")
guest(arp(A, ALL, 1, A, IP_A, NONE, IP_HOST), "h", "-")
host(arp(W, A, 2, W, IP_HOST, A, IP_A), "g", "-")
host(arp(W, ALL, 1, W, IP_HOST, NONE, IP_A), "g", "-")
case("rule_12_siblings")
heard(A, IP_A)
heard(B, IP_B)
guest(arp(A, ALL, 1, A, IP_A, NONE, IP_B), "-", "-")
guest(arp(A, W, 1, A, IP_A, W, IP_B), "g", "-", arp(W, B, 1, A, IP_A, W, IP_B))
case("rule_02_no_claim_of_the_gateway_by_a_sibling's_name")
heard(A, IP_A)
heard(B, IP_B)
guest(arp(A, ALL, 2, B, IP_ROUTER, NONE, IP_ROUTER), drop="arp_sender")

# ---- DHCP ----


def dhcp(src, dst, sip, dip, kind, flags=0, chaddr=C, options=(), ip_options=None, chksum=None, op=1, dport=67, **bootp):
    udp = UDP(sport=135 - dport, dport=dport)
    if chksum is not None:
        udp.chksum = chksum
    ip = IP(src=sip, dst=dip, id=7)
    if ip_options:
        ip.options = ip_options
    return (Ether(src=src, dst=dst) / ip / udp / BOOTP(op=op, xid=0x3903f326, flags=flags, chaddr=bytes.fromhex(
        chaddr.replace(":", "")), **bootp) / DHCP(options=[("message-type", kind), *options, "end"]))


def ask(flags, src=C, **kw):
    return dhcp(src, ALL, "0.0.0.0", "255.255.255.255", "discover", flags=flags, **kw)


def tell(dst, flags, kind="offer", dip="255.255.255.255", src=ROUTER, **kw):
    return dhcp(src, dst, IP_ROUTER, dip, kind, flags=flags, op=2, dport=68, yiaddr=IP_C,
                options=[("lease_time", 600)], **kw)


case("rule_13_flag_set_and_restored")
guest(ask(0), "a", "h", ask(0x8000, src=W))
wire(tell(ALL, 0x8000), "g", "-", tell(C, 0))
wire(tell(ALL, 0x8000, "ack"), "g", "-", tell(C, 0, "ack"))
learn(C, IP_C, 13)
for n in range(1, 11):
    case(f"rule_13_ip_options_{4 * n}")
    nops = [IPOption_NOP()] * (4 * n)
    guest(ask(0, ip_options=nops), "a", "h", ask(0x8000, src=W, ip_options=nops))
case("rule_13_zero_checksum_stays")
guest(ask(0, chksum=0), "a", "h", ask(0x8000, src=W, chksum=0))
wire(tell(ALL, 0x8000, chksum=0), "g", "-", tell(C, 0, chksum=0))
case("rule_13_result_zero_is_ffff")
secs = Ether(bytes(ask(0x8000, src=W)))[UDP].chksum  # what makes the sum come to 0xffff, and the checksum to 0
out = Ether(bytes(ask(0x8000, src=W, secs=secs)))
assert out[UDP].chksum == 0xffff  # scapy, too, writes 0 as ffff
guest(ask(0, secs=secs), "a", "h", out)
case("rule_13_unknown_flags_stay")
guest(ask(0x1234), "a", "h", ask(0x9234, src=W))
wire(tell(ALL, 0x9234), "g", "-", tell(C, 0x1234))
case("rule_13_renewal_is_untouched")
renew = lambda src: dhcp(src, ROUTER, IP_C, IP_ROUTER, "request", ciaddr=IP_C)
guest(renew(C), "a", "-", renew(W))
case("rule_13_relayed_is_untouched")
guest(ask(0, giaddr=IP_NEAR), "a", "h", ask(0, src=W, giaddr=IP_NEAR))
case("rule_13_wrong_checksum")
guest(ask(0, chksum=0x1234), drop="dhcp_checksum")
case("rule_13_fragments_are_untouched")
for piece in fragment(IP(bytes(ask(0, options=[("vendor_class_id", b"x" * 200)])[IP])), fragsize=200):
    guest(Ether(src=C, dst=ALL) / piece, "a", "h", Ether(src=W, dst=ALL) / piece)
case("rule_14_by_transaction")
INNER = "02:00:00:00:00:09"
guest(ask(0, chaddr=INNER), "a", "h", ask(0x8000, src=W, chaddr=INNER))
wire(tell(ALL, 0x8000, chaddr=INNER), "g", "-", tell(C, 0, chaddr=INNER))
case("rule_14_of_nobody")
wire(tell(ALL, 0x8000, chaddr=NEAR), "h", "g")
case("rule_14_of_the_host")
wire(tell(W, 0, chaddr=W, dip=IP_HOST), "h", "-")
case("rule_15_chaddr_when_asked_for")
lines.append("chaddr")
guest(ask(0), "a", "h", ask(0x8000, src=W, chaddr=W))
wire(tell(ALL, 0x8000, chaddr=W), "g", "-", tell(C, 0, chaddr=C))
case("rule_15_dhcp6_is_untouched")
solicit6 = lambda src: (Ether(src=src, dst="33:33:00:01:00:02") / IPv6(src="fe80::c", dst="ff02::1:2") /
                        UDP(sport=546, dport=547) / DHCP6_Solicit(trid=0x123456) /
                        DHCP6OptClientId(duid=DUID_LLT(lladdr=C, timeval=1)))
guest(solicit6(C), "a", "h", solicit6(W))
learn(C, "fe80::c", 13)

# ---- IPv4 ----

case("rule_08_data")
tcp = lambda src, dst, sip, dip: Ether(src=src, dst=dst) / IP(src=sip, dst=dip, id=1) / TCP(sport=1024, dport=80) / b"x"
guest(tcp(A, ROUTER, IP_A, "198.51.100.1"), "a", "-", tcp(W, ROUTER, IP_A, "198.51.100.1"))
wire(tcp(ROUTER, W, "198.51.100.1", IP_A), "g", "-", tcp(ROUTER, A, "198.51.100.1", IP_A))
wire(tcp(ROUTER, W, "198.51.100.1", IP_HOST), "h", "-")
case("rule_12_turned_around")
heard(B, IP_B)
guest(tcp(A, W, IP_A, IP_B), "g", "-", tcp(W, B, IP_A, IP_B))
case("rule_20_igmp")
igmp = lambda src: (Ether(src=src, dst="01:00:5e:00:00:16") / IP(src=IP_A, dst="224.0.0.22", ttl=1, id=1,
                                                                 options=[IPOption_Router_Alert()]) /
                    IGMPv3(type=0x22, mrcode=0) / IGMPv3mr(records=[IGMPv3gr(rtype=4, maddr="224.0.0.251")]))
guest(igmp(A), "a", "h", igmp(W))
case("rule_21_multicast_as_unicast")
mdns = lambda dst: (Ether(src=NEAR, dst=dst) / IP(src=IP_NEAR, dst="224.0.0.251", ttl=255, id=1) /
                    UDP(sport=5353, dport=5353) / DNS(rd=0, qd=DNSQR(qname="_ipp._tcp.local", qtype="PTR")))
wire(mdns(W), "gh", "-", mdns("01:00:5e:00:00:fb"))
wire(mdns("01:00:5e:00:00:fb"), "h", "g")
cast = lambda dst, ip: Ether(src=NEAR, dst=dst) / IP(src=IP_NEAR, dst=ip, id=1) / UDP(sport=9, dport=9) / b"wake"
for ip in ("255.255.255.255", "192.168.157.255"):
    wire(cast(W, ip), "gh", "-", cast(ALL, ip))
wire(cast(W, "239.192.1.2"), "gh", "-", cast("01:00:5e:40:01:02", "239.192.1.2"))
case("rule_22_fragments")
heard(A, IP_A)
for piece in fragment(IP(src=IP_NEAR, dst=IP_A, id=99) / UDP(sport=67, dport=68) / Raw(bytes(range(256)) * 8), fragsize=600):
    wire(Ether(src=ROUTER, dst=W) / piece, "g", "-", Ether(src=ROUTER, dst=A) / piece)
case("rule_22_tags")
guest(Ether(src=A, dst=ROUTER) / Dot1Q(vlan=9) / IP(src=IP_A, dst=IP_NEAR) / ICMP(), drop="vlan")
guest(Ether(src=A, dst=ROUTER) / Dot1Q(vlan=7) / Dot1Q(vlan=7) / IP(src=IP_A, dst=IP_NEAR) / ICMP(), drop="vlan_nested")

# ---- IPv6 ----


def lladdr(kind, mac):
    return ICMPv6NDOptSrcLLAddr(lladdr=mac) if kind == 1 else ICMPv6NDOptDstLLAddr(lladdr=mac)


def nd(src, dst, sip, dip, message, *options, ext=None, hlim=255):
    p = Ether(src=src, dst=dst) / IPv6(src=sip, dst=dip, hlim=hlim)
    if ext is not None:
        p = p / ext.copy()
    p = p / message
    for o in options:
        p = p / o
    return p


def group_mac(ip6):
    return in6_getnsmac(inet_pton(socket.AF_INET6, ip6))


def node_group(ip6):
    return socket.inet_ntop(socket.AF_INET6, in6_getnsma(inet_pton(socket.AF_INET6, ip6)))


SN, SNM = node_group(NEAR6), group_mac(node_group(NEAR6))
case("rule_16_dad")
dad = lambda src: nd(src, SNM, "::", SN, ICMPv6ND_NS(tgt=NEAR6))
guest(dad(A), "a", "h", dad(W))
na = lambda src, dst, dip, mac, **kw: nd(src, dst, NEAR6, dip, ICMPv6ND_NA(tgt=NEAR6, R=0, S=0, O=1), lladdr(2, mac), **kw)
wire(na(NEAR, NODES, "ff02::1", NEAR), "h", "g")
wire(na(NEAR, W, "ff02::1", NEAR), "gh", "-", na(NEAR, NODES, "ff02::1", NEAR))
wire(na(NEAR, W, NEAR6, NEAR), "g", "-", na(NEAR, A, NEAR6, NEAR))
case("rule_17_solicitation")
ns = lambda src, mac: nd(src, SNM, A6, SN, ICMPv6ND_NS(tgt=NEAR6), lladdr(1, mac))
guest(ns(A, A), "a", "h", ns(W, W))
learn(A, A6, 11)
for r, s, o in ((0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)):
    case(f"rule_17_advertisement_{r}{s}{o}")
    adv = lambda src, mac: nd(src, NEAR, A6, NEAR6, ICMPv6ND_NA(tgt=A6, R=r, S=s, O=o), lladdr(2, mac))
    guest(adv(A, A), "a", "-", adv(W, W))
case("rule_17_router_solicitation")
rs = lambda src, mac: nd(src, "33:33:00:00:00:02", "fe80::a", "ff02::2", ICMPv6ND_RS(), lladdr(1, mac))
guest(rs(A, A), "a", "h", rs(W, W))
case("rule_17_router_advertisement_address_last")
ra = lambda src, mac: nd(src, NODES, "fe80::a", "ff02::1", ICMPv6ND_RA(routerlifetime=0), ICMPv6NDOptMTU(mtu=1492),
                         ICMPv6NDOptPrefixInfo(prefix="2001:db8:1::", prefixlen=64), lladdr(1, mac))
guest(ra(A, A), "a", "h", ra(W, W))
case("rule_17_redirect")
red = lambda src, dst, mac, tgt, sip, dip: nd(src, dst, sip, dip, ICMPv6ND_Redirect(tgt=tgt, dst="2001:db8:9::1"),
                                              lladdr(2, mac), ICMPv6NDOptRedirectedHdr(pkt=IPv6() / UDP()))
guest(red(A, NEAR, A, A6, A6, NEAR6), "a", "-", red(W, NEAR, W, A6, A6, NEAR6))
guest(red(A, NEAR, ROUTER, ROUTER6, A6, NEAR6), "a", "-", red(W, NEAR, ROUTER, ROUTER6, A6, NEAR6))
case("rule_17_both_options_and_unknown_ones")
multi = lambda src, mac: nd(src, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6, S=0), ICMPv6NDOptUnknown(type=200, len=3,
                            data=b"u" * 22), lladdr(1, mac), lladdr(2, mac), ICMPv6NDOptUnknown(type=201, len=1,
                            data=b"v" * 6), lladdr(2, mac))
guest(multi(A, A), "a", "h", multi(W, W))
for name, ext in (("hop_by_hop", IPv6ExtHdrHopByHop()), ("destination", IPv6ExtHdrDestOpt()),
                  ("routing", IPv6ExtHdrRouting()), ("two", IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt())):
    case(f"rule_17_behind_{name}")
    be = lambda src, mac: nd(src, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6, S=0), lladdr(2, mac), ext=ext)
    guest(be(A, A), "a", "h", be(W, W))
case("rule_17_refused")
guest(nd(A, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6), lladdr(2, A), hlim=64), drop="nd_hop_limit")
guest(nd(A, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6, code=1), lladdr(2, A)), drop="nd_malformed")
guest(nd(A, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6, cksum=1), lladdr(2, A)), drop="nd_checksum")
guest(nd(A, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6), ICMPv6NDOptUnknown(type=9, len=0, data=b"")), drop="nd_option")
guest(nd(A, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6), lladdr(2, A), ext=IPv6ExtHdrFragment(id=1)), drop="nd_fragment")
guest(nd(A, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt=A6), lladdr(2, A),
         ICMPv6NDOptUnknown(type=12, len=3, data=b"s" * 22)), drop="nd_signed")
case("rule_18_proxy")
px = lambda src, mac: nd(src, NODES, A6, "ff02::1", ICMPv6ND_NA(tgt="2001:db8::99", S=0), lladdr(2, mac))
guest(px(A, A), "a", "h", px(W, W))
learn(A, "2001:db8::99", 11)
case("rule_19_redirect_to_a_sibling")
heard(A, A6)
heard(B, B6)
wire(red(ROUTER, W, W, B6, ROUTER6, A6), "g", "-", red(ROUTER, A, B, B6, ROUTER6, A6))
wire(red(ROUTER, W, NEAR, NEAR6, ROUTER6, A6), "g", "-", red(ROUTER, A, NEAR, NEAR6, ROUTER6, A6))
case("rule_10_proxy_nd")
wire(nd(ROUTER, W, ROUTER6, A6, ICMPv6ND_NA(tgt=B6), lladdr(2, W)), drop="proxy_claim")
case("rule_08_data6_and_echo")
echo = lambda src, dst, sip, dip: Ether(src=src, dst=dst) / IPv6(src=sip, dst=dip) / ICMPv6EchoRequest(data=b"ping")
guest(echo(A, ROUTER, A6, NEAR6), "a", "-", echo(W, ROUTER, A6, NEAR6))
wire(echo(ROUTER, W, NEAR6, A6), "g", "-", echo(ROUTER, A, NEAR6, A6))
wire(echo(ROUTER, W, NEAR6, HOST6), "h", "-")
case("rule_20_mld")
mld = lambda src: (Ether(src=src, dst="33:33:00:00:00:16") / IPv6(src="fe80::a", dst="ff02::16", hlim=1) /
                   IPv6ExtHdrHopByHop(options=[]) / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb")]))
guest(mld(A), "a", "h", mld(W))
case("rule_21_multicast6_as_unicast")
ra_in = lambda dst: nd(ROUTER, dst, ROUTER6, "ff02::1", ICMPv6ND_RA(), lladdr(1, ROUTER))
wire(ra_in(W), "gh", "-", ra_in(NODES))
case("rule_22_fragment6")
heard(A, A6)
frag = lambda dst: (Ether(src=ROUTER, dst=dst) / IPv6(src=NEAR6, dst=A6, nh=44) /
                    IPv6ExtHdrFragment(nh=17, offset=100, id=5) / Raw(b"later"))
wire(frag(W), "g", "-", frag(A))

# ---- the rest ----

case("rule_23_link_control")
for kind in (0x888e, 0x88c7, 0x890d, 0x88cc):
    guest(Ether(src=A, dst=ROUTER, type=kind) / b"0123456789", drop="link_control")
    guest(Ether(src=A, dst=ROUTER) / Dot1Q(vlan=7, type=kind) / b"0123456789", drop="link_control")
    guest(Dot3(src=A, dst=ROUTER) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=kind) / b"0123", drop="link_control")
    wire(Ether(src=ROUTER, dst=W, type=kind) / b"0123456789", "h", "-")
guest(Dot3(src=A, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / b"bpdu", drop="link_control")
case("rule_05_arp_in_snap")
snap = lambda src, mac: (Dot3(src=src, dst=ALL) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x806) /
                         ARP(op=1, hwsrc=mac, psrc=IP_A, hwdst=NONE, pdst=IP_NEAR))
guest(snap(A, A), "a", "h", snap(W, W))
case("rule_24_pppoe")
padi = lambda src, u: Ether(src=src, dst=ALL, type=0x8863) / PPPoED(code=9, len=12) / (b"\1\1\0\0\1\3\0\4" + u)
pads = lambda dst, u, s: Ether(src=ROUTER, dst=dst, type=0x8863) / PPPoED(code=0x65, sessionid=s, len=12) / (
    b"\1\1\0\0\1\3\0\4" + u)
data = lambda src, dst, s: Ether(src=src, dst=dst, type=0x8864) / PPPoE(sessionid=s, len=4) / b"\xc0\x21\1\1"
guest(padi(A, b"aaaa"), "a", "h", padi(W, b"aaaa"))
guest(padi(B, b"bbbb"), "a", "h", padi(W, b"bbbb"))
wire(pads(W, b"aaaa", 5), "g", "-", pads(A, b"aaaa", 5))
wire(data(ROUTER, W, 5), "g", "-", data(ROUTER, A, 5))
wire(data(ROUTER, W, 6), drop="no_owner")
case("rule_24_no_owner")
wire(Ether(src=NEAR, dst=W, type=0x88b5) / b"hello", drop="no_owner")
case("rule_27_guard")
host(Ether(src=A, dst=ROUTER) / IP(src=IP_A, dst=IP_NEAR) / ICMP(), drop="foreign_source")
host(Ether(src=W, dst=ROUTER) / IP(src=IP_HOST, dst=IP_NEAR) / ICMP(), "a", "-")

text = "\n".join(lines) + "\n"
target = pathlib.Path(__file__).with_name("rules.txt")
if sys.argv[1:] == ["--check"]:
    if target.read_text() != text:
        sys.exit(f"{target} is not what make.py makes: run it again, and look at what changed")
elif sys.argv[1:]:
    sys.exit(__doc__)
else:
    target.write_text(text)
    print(f"{target}: {sum(l.startswith('case') for l in lines)} cases, {sum(l.startswith('give') for l in lines)} frames")
