# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab with vifi up and the packet sockets that the tests speak and listen by.

   wire   on the router's lan0: everything that passed the port; a test can speak there as any machine of the network
   a b c  on each guest's eth0: with the guest's own address, or any other

Frames are made and read by scapy.
"""

import itertools
import time

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6, in6_getnsma,
                                in6_getnsmac)
from scapy.layers.l2 import ARP, Ether
from scapy.utils6 import inet_pton, socket

from lab import Lab, Options, Vifi
from lab.netns import wait_for
from lab.topology import HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, W, guest_mac

BCAST = "ff:ff:ff:ff:ff:ff"
OTHER = "00:60:ee:00:00:99"  # a machine of the network that only the tests play
MULTI6 = "33:33:00:00:00:01"

__all__ = ["BCAST", "HOST4", "HOST6", "MULTI6", "OTHER", "ROUTER4", "ROUTER6", "ROUTER_MAC", "W", "World", "guest_mac", "solicited",
           "solicited_mac", "arp", "na", "ns", "udp4", "wait_for"]


class World:
    """One lab, vifi, three guests a .41, b .42, c .43 with addresses by hand (…157::41 and so on)."""

    def __init__(self, vifi=(), config=None, judge=True, static=True, up=True, port=None, start=True, **options):
        self._how = (vifi, config, judge, static, up, port or {}, start, options)
        self.foreign_allowed = 0
        self._fresh = itertools.count(200)
        self._stations, self.vifi, self.capture = {W}, None, None

    def __enter__(self):
        vifi, config, judge, static, up, port, start, options = self._how
        self.lab = Lab(options=Options(port=port, **options))
        self.lab.__enter__()
        try:
            lab = self.lab
            self.host, self.router, self.port = lab.host, lab.router, lab.port
            self.guests = lab.guests
            for name, g in zip("abc", self.guests):
                setattr(self, name, g)
                g.wire = g.raw("eth0")
                g.hw = g.mac("eth0")
            self.wire = lab.router.raw("lan0")
            if judge:
                self.capture = lab.capture()
            if start:
                self.vifi = Vifi(lab, options=vifi, config=config)
            if static:
                for i, g in enumerate(self.guests):
                    g.ip4, g.ip6 = lab.static(g, 41 + i)
                if start:
                    self.warm()
        except BaseException:
            self.__exit__()
            raise
        return self

    def warm(self):
        """Every guest speaks to the router by IPv4 and IPv6, so that all of them are known."""
        for g in self.guests:
            wait_for(f"guest {g.name} reaches the router", lambda g=g: g.ping(ROUTER4, timeout=1), 8)
            wait_for(f"guest {g.name} reaches the router by IPv6", lambda g=g: g.ping(ROUTER6, timeout=1), 8)

    def __exit__(self, *_):
        try:
            if self.vifi:
                self.vifi.__exit__()
        finally:
            self.lab.close()

    def verdict(self):
        return self.capture.verdict(self._stations, known={ROUTER_MAC, OTHER}) if self.capture else None

    def station(self, mac):
        """The uplink gets another address and the port knows it."""
        self._stations.add(mac)
        self.lab.set_station(mac)

    def fresh4(self):
        """An IPv4 address that nobody uses yet."""
        return f"192.168.157.{next(self._fresh)}"

    def fresh6(self):
        return f"2001:db8:157::{next(self._fresh):x}"

    # ---- sending and seeing

    def out(self, guest, frame, match, timeout=1.0):
        """A guest sends a frame; returns the first frame on the network that matches, as scapy reads it, or None."""
        return self._through(guest.wire, self.wire, frame, match, timeout)

    def into(self, guest, frame, match, timeout=1.0):
        """A machine of the network sends a frame; returns the first that matches at a guest, or None."""
        return self._through(self.wire, guest.wire, frame, match, timeout)

    def between(self, one, other, frame, match, timeout=1.0):
        """One guest sends a frame; returns the first that matches at another guest, or None."""
        return self._through(one.wire, other.wire, frame, match, timeout)

    @staticmethod
    def _through(sender, receiver, frame, match, timeout):
        receiver.drain()
        sender.send(frame)
        for data in receiver.frames(timeout):
            p = Ether(data)
            if match(p):
                return p
        return None

    @staticmethod
    def seen(raw, match, timeout=0.3):
        """All frames that match and arrive on a packet socket within the time (what waits there included)."""
        return [p for p in map(Ether, raw.frames(timeout)) if match(p)]

    def reaches(self, guest, ip4=None, ip6=None, timeout=0.6):
        """Whether a datagram from the network to W with this address arrives at this guest, with its own MAC address."""
        mark = b"probe%d" % time.monotonic_ns()
        layer = IP(src=ROUTER4, dst=ip4) if ip4 else IPv6(src=ROUTER6, dst=ip6)
        f = Ether(src=ROUTER_MAC, dst=self.port.station) / layer / UDP(sport=7, dport=9) / mark
        got = self.into(guest, f, lambda p: mark in bytes(p), timeout)
        return got is not None and got.dst == guest.hw

    def drops(self, name):
        return self.vifi.drops().get(name, 0)

    def dropped(self, name, sender, frame, unseen=(), match=None, n=1, slack=0):
        """A frame is dropped under this name, n times, and none of the packet sockets `unseen` sees what matches."""
        for raw in unseen:
            raw.drain()
        before = self.drops(name)
        for _ in range(n):
            sender.send(frame)
        time.sleep(0.05)
        try:
            wait_for("", lambda: self.drops(name) >= before + n, 1)
        except Exception as e:
            raise AssertionError(f"not counted as {name}: {before} before, now {self.vifi.drops()}") from e
        got = self.drops(name) - before
        assert n <= got <= n + slack, f"{name} counted {got} times for {n} frames"
        for raw in unseen:
            assert not self.seen(raw, match or (lambda p: True), 0.05), f"a frame dropped as {name} was seen all the same"


def arp(op, src, sha, spa, tpa, tha="00:00:00:00:00:00", dst=BCAST, pad=True):
    """An ARP frame, padded to the shortest Ethernet frame as real ones are."""
    f = Ether(src=src, dst=dst) / ARP(op=op, hwsrc=sha, psrc=spa, hwdst=tha, pdst=tpa)
    return f / (b"\0" * 18) if pad else f


def solicited(ip6):
    return socket.inet_ntop(socket.AF_INET6, in6_getnsma(inet_pton(socket.AF_INET6, ip6)))


def solicited_mac(ip6):
    return in6_getnsmac(in6_getnsma(inet_pton(socket.AF_INET6, ip6)))


def ns(src, ip, target, slla=None, hlim=255):
    f = Ether(src=src, dst=solicited_mac(target)) / IPv6(src=ip, dst=solicited(target), hlim=hlim) / ICMPv6ND_NS(tgt=target)
    return f / ICMPv6NDOptSrcLLAddr(lladdr=slla) if slla else f


def na(src, ip, target, tlla=None, dst_mac=MULTI6, dst="ff02::1", **flags):
    flags = {"R": 0, "S": 0, "O": 1, **flags}
    f = Ether(src=src, dst=dst_mac) / IPv6(src=ip, dst=dst, hlim=255) / ICMPv6ND_NA(tgt=target, **flags)
    return f / ICMPv6NDOptDstLLAddr(lladdr=tlla) if tlla else f


def udp4(src, dst, sip, dip, payload, sport=5000, dport=5001, **ip):
    return Ether(src=src, dst=dst) / IP(src=sip, dst=dip, **ip) / UDP(sport=sport, dport=dport) / payload


def checksum_ok(frame):
    """Whether the checksums in a frame are what scapy computes anew."""
    again = Ether(bytes(frame))
    want = bytes(again)
    for layer in (IP, UDP, ICMP):
        if layer in again:
            del again[layer].chksum
    for name in ("cksum",):
        p = again
        while p:
            if name in p.fields:
                delattr(p, name)
            p = p.payload if p.payload else None
    return bytes(again) == want
