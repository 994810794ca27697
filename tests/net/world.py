# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab with vifi running, and packet sockets for the tests to send and receive.

   wire                     on the router's lan0: receives all frames that passed the port, sends as any machine there
   guest_a guest_b guest_c  each guest has a socket `wire` on its eth0, which sends with the guest's or any other address

scapy builds and parses the frames.
"""

import itertools
import time
from contextlib import contextmanager

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6, in6_getnsma,
                                in6_getnsmac)
from scapy.layers.l2 import ARP, Ether
from scapy.utils6 import inet_pton, socket

from lab import Lab, Options, Vifi
from lab.netns import wait_for
from lab.topology import HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC, guest_mac

BCAST = "ff:ff:ff:ff:ff:ff"
OTHER = "00:60:ee:00:00:99"  # a machine on the network that the tests impersonate
MULTI6 = "33:33:00:00:00:01"
ENGINES = {"kernel": (), "user": ("--engine=user",)}  # name → options of `vifi bridge up`

__all__ = ["BCAST", "ENGINES", "HOST4", "HOST6", "MULTI6", "OTHER", "ROUTER4", "ROUTER6", "ROUTER_MAC", "UPLINK_MAC", "World", "guest_mac",
           "judged", "open_worlds", "solicited", "solicited_mac", "arp", "na", "ns", "udp4", "wait_for"]

open_worlds = []  # those whose block is entered and not left


class World:
    """One lab, vifi, and three guests a .41, b .42, c .43 with static addresses (…157::41 and so on)."""

    def __init__(self, vifi=(), config=None, capture=True, static=True, port=None, start=True, **options):
        self._arguments = (vifi, config, capture, static, port or {}, start, options)
        self.strict = (port or {}).get("strict", True)
        self.foreign_allowed = 0
        self._fresh = itertools.count(200)
        self._stations, self.vifi, self.capture = {UPLINK_MAC}, None, None

    def __enter__(self):
        vifi, config, capture, static, port, start, options = self._arguments
        self.lab = Lab(options=Options(port=port, **options))
        self.lab.__enter__()
        try:
            lab = self.lab
            self.host, self.router, self.port = lab.host, lab.router, lab.port
            self.guests = lab.guests
            for name, guest in zip("abc", self.guests):
                setattr(self, f"guest_{name}", guest)
                guest.wire = guest.raw("eth0")
                guest.hw = guest.mac("eth0")
            self.wire = lab.router.raw("lan0")
            if capture:
                self.capture = lab.capture()
            if start:
                self.vifi = Vifi(lab, options=vifi, config=config)
            if static:
                for i, guest in enumerate(self.guests):
                    guest.ip4, guest.ip6 = lab.static(guest, 41 + i)
                if start:
                    self.warm()
        except BaseException:
            self.__exit__()
            raise
        open_worlds.append(self)
        return self

    def warm(self):
        """Makes every guest ping the router over IPv4 and IPv6, so that vifi has all bindings.  With its static addresses: on a busy
        machine the guest may have one from a router advertisement by then, which the kernel prefers, since it is newer."""
        for guest in self.guests:
            wait_for(f"guest {guest.name} reaches the router", lambda guest=guest: guest.ping(ROUTER4, timeout=1, source=guest.ip4), 8)
            wait_for(f"guest {guest.name} reaches the router by IPv6", lambda guest=guest: guest.ping(ROUTER6, timeout=1, source=guest.ip6), 8)

    def __exit__(self, *_):
        if self in open_worlds:
            open_worlds.remove(self)
        try:
            if self.vifi:
                self.vifi.__exit__()
        finally:
            self.lab.close()

    def verdict(self):
        return self.capture.verdict(self._stations, known={ROUTER_MAC, OTHER}) if self.capture else None

    def station(self, mac):
        """Changes the MAC address of the uplink and of the port's filter."""
        self._stations.add(mac)
        self.lab.set_station(mac)

    def fresh4(self):
        """An unused IPv4 address."""
        return f"192.168.157.{next(self._fresh)}"

    def fresh6(self):
        return f"2001:db8:157::{next(self._fresh):x}"

    def quiet_neighbours(self):
        """The router has just heard its neighbours.  Otherwise its kernel asks each of them five seconds after it has sent it something
        (delay_first_probe_time), and the answers may come while a test looks at what its guests send; now it asks nobody for
        15 seconds at least."""
        hosts = [(HOST4, HOST6), *((guest.ip4, guest.ip6) for guest in self.guests)]
        self.router.ip(*(f"neigh replace {address} lladdr {self.port.station} dev lan0 nud reachable" for pair in hosts for address in pair))

    # ---- sending and receiving

    def out(self, guest, frame, match, timeout=1.0):
        """Sends a frame from a guest; returns the first matching frame on the network, parsed by scapy, or None."""
        return self._through(guest.wire, self.wire, frame, match, timeout)

    def into(self, guest, frame, match, timeout=1.0):
        """Sends a frame from the network; returns the first matching frame at a guest, or None."""
        return self._through(self.wire, guest.wire, frame, match, timeout)

    def between(self, one, other, frame, match, timeout=1.0):
        """Sends a frame from one guest; returns the first matching frame at another guest, or None."""
        return self._through(one.wire, other.wire, frame, match, timeout)

    @staticmethod
    def _through(sender, receiver, frame, match, timeout):
        receiver.drain()
        sender.send(frame)
        for data in receiver.frames(timeout):
            packet = Ether(data)
            if match(packet):
                return packet
        return None

    @staticmethod
    def received(raw, match, timeout=0.3):
        """All matching frames that are queued on a packet socket or arrive within the time."""
        return [p for p in map(Ether, raw.frames(timeout)) if match(p)]

    def reaches(self, guest, ip4=None, ip6=None, timeout=2.0):
        """Whether a datagram from the network for this address arrives at this guest, with the guest's MAC address."""
        mark = b"probe%d" % time.monotonic_ns()
        layer = IP(src=ROUTER4, dst=ip4) if ip4 else IPv6(src=ROUTER6, dst=ip6)
        frame = Ether(src=ROUTER_MAC, dst=self.port.station) / layer / UDP(sport=7, dport=9) / mark
        got = self.into(guest, frame, lambda p: mark in bytes(p), timeout)
        return got is not None and got.dst == guest.hw

    def drops(self, name):
        return self.vifi.drops().get(name, 0)

    def expect_drop(self, name, sender, frame, absent_on=(), match=None):
        """Checks that a frame is dropped and counted once for the reason `name`, and not received by the sockets `absent_on`."""
        for raw in absent_on:
            raw.drain()
        before = self.drops(name)
        sender.send(frame)
        time.sleep(0.05)
        try:
            wait_for(f"a drop counted as {name}", lambda: self.drops(name) > before, 1)
        except Exception as e:
            raise AssertionError(f"no drop counted as {name}: {before} before, now {self.vifi.drops()}") from e
        got = self.drops(name) - before
        assert got == 1, f"{name} counted {got} times for one frame"
        for raw in absent_on:
            assert not self.received(raw, match or (lambda p: True), 0.05), f"a frame counted as dropped for {name} was received"


@contextmanager
def judged(world_manager):
    """A world for a fixture `world` of a file: at the end of the file its capture must be clean."""
    with world_manager as world:
        yield world
        verdict = world.verdict()
        assert verdict is None or verdict.clean, f"capture over all tests of the file: {verdict}"


def arp(op, src, sha, spa, tpa, tha="00:00:00:00:00:00", dst=BCAST, pad=True):
    """An ARP frame, padded to the minimum Ethernet length like real ones."""
    frame = Ether(src=src, dst=dst) / ARP(op=op, hwsrc=sha, psrc=spa, hwdst=tha, pdst=tpa)
    return frame / (b"\0" * 18) if pad else frame


def solicited(ip6):
    return socket.inet_ntop(socket.AF_INET6, in6_getnsma(inet_pton(socket.AF_INET6, ip6)))


def solicited_mac(ip6):
    return in6_getnsmac(in6_getnsma(inet_pton(socket.AF_INET6, ip6)))


def ns(src, ip, target, slla=None, hlim=255):
    frame = Ether(src=src, dst=solicited_mac(target)) / IPv6(src=ip, dst=solicited(target), hlim=hlim) / ICMPv6ND_NS(tgt=target)
    return frame / ICMPv6NDOptSrcLLAddr(lladdr=slla) if slla else frame


def na(src, ip, target, tlla=None, dst_mac=MULTI6, dst="ff02::1", **flags):
    flags = {"R": 0, "S": 0, "O": 1, **flags}
    frame = Ether(src=src, dst=dst_mac) / IPv6(src=ip, dst=dst, hlim=255) / ICMPv6ND_NA(tgt=target, **flags)
    return frame / ICMPv6NDOptDstLLAddr(lladdr=tlla) if tlla else frame


def udp4(src, dst, sip, dip, payload, sport=5000, dport=5001, **ip):
    return Ether(src=src, dst=dst) / IP(src=sip, dst=dip, **ip) / UDP(sport=sport, dport=dport) / payload


def checksum_ok(frame):
    """Whether scapy computes the same checksums for the frame."""
    again = Ether(bytes(frame))
    want = bytes(again)
    for layer in (IP, UDP, ICMP):
        if layer in again:
            del again[layer].chksum
    for name in ("cksum",):
        packet = again
        while packet:
            if name in packet.fields:
                delattr(packet, name)
            packet = packet.payload if packet.payload else None
    return bytes(again) == want
