# SPDX-License-Identifier: GPL-2.0-or-later
"""The ordinary life of 25 guests: what protects them from forgers must not harm them (doc/trust.md).

All guests get leases from real clients and privacy addresses that change within seconds.  Each sends a datagram to the
internet host four times a second, by IPv4 and by IPv6, each from a new socket, so that a new address is used at once.
Meanwhile an address moves to another guest, a guest moves to another port, one gets a virtual MAC address as VRRP does,
and one reboots.  The same runs on a plain bridge; both losses are printed.

A datagram is lost if no answer comes within three seconds: a busy machine makes answers late, not lost.
"""

import select
import socket
import struct
import threading
import time

import pytest

from lab import services
from lab.netns import inside
from lab.services import Background
from lab.topology import INET4, INET6
from world import ENGINES, World

GUESTS, INTERVAL, LATE, ECHO = 25, 0.25, 3.0, 7777
MOVED4, VIRTUAL4, VIRTUAL_MAC = "192.168.157.240", "192.168.157.250", "00:00:5e:00:01:33"
# A contest takes three probes within two seconds (doc/trust.md), and the claim that opens it some time more.
CONTEST = int(4 / INTERVAL)


class Echo(threading.Thread):
    """Returns each datagram to its sender."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.sockets = []
        for family, address in ((socket.AF_INET, INET4), (socket.AF_INET6, INET6)):
            sock = node.socket(family, socket.SOCK_DGRAM)
            sock.bind((address, ECHO))
            self.sockets.append(sock)
        self.stopped = False
        self.start()

    def run(self):
        while not self.stopped:
            for sock in select.select(self.sockets, [], [], 0.2)[0]:
                data, sender = sock.recvfrom(2048)
                try:
                    sock.sendto(data, sender)
                except OSError:  # no route, while a neighbour is not resolved
                    pass

    def close(self):
        self.stopped = True
        self.join(2)
        for sock in self.sockets:
            sock.close()


class Conversations(threading.Thread):
    """Datagrams from guests to the internet host.  A conversation is a name, a guest, a family and maybe a source address."""

    def __init__(self):
        super().__init__(daemon=True)
        self.lock, self.stopped, self.error = threading.Lock(), False, None
        self.members, self.open, self.sent, self.lost = {}, [], {}, {}
        self.sources = {}
        self.start()

    def add(self, name, guest, family, source=None):
        with self.lock:
            self.members[name] = (guest, family, source)

    def remove(self, name):
        with self.lock:
            self.members.pop(name, None)

    def take(self):
        """Waits for the answers under way; returns name → (sent, lost) since the last call, and starts again."""
        time.sleep(LATE + 2 * INTERVAL)
        if self.error:
            raise self.error
        with self.lock:
            limit = time.monotonic() - LATE
            self._expire(limit)
            result = {name: (sent, self.lost.get(name, 0)) for name, sent in self.sent.items()}
            self.sent, self.lost = {}, {}
            return result

    def run(self):
        try:
            while not self.stopped:
                start = time.monotonic()
                with self.lock:
                    for name, member in self.members.items():
                        self._send(name, *member)
                self._receive(0)  # also if sending took the whole interval
                while (left := start + INTERVAL - time.monotonic()) > 0:
                    self._receive(left)
                with self.lock:
                    self._expire(time.monotonic() - LATE)
        except BaseException as e:  # pylint: disable=broad-except
            self.error = e

    def _send(self, name, guest, family, source):
        with inside(guest.ns):
            sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if source:
                sock.bind((source, 0))
            sock.connect((INET4 if family == socket.AF_INET else INET6, ECHO))
            sock.setblocking(False)
            sock.send(struct.pack("!d", time.monotonic()))
            self.sources.setdefault(name, set()).add(sock.getsockname()[0])
        except OSError:  # no address or no route: lost
            sock.close()
            sock = None
        self.open.append((time.monotonic(), name, sock))

    def _receive(self, timeout):
        waiting = {sock.fileno(): sock for _, _, sock in self.open if sock}
        poll = select.poll()
        for fd in waiting:
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll(timeout * 1000):
            sock = waiting[fd]
            try:
                sock.recv(100)
            except OSError:  # an ICMP error: the answer may still come
                continue
            with self.lock:
                name = next(name for _, name, each in self.open if each is sock)
                self.sent[name] = self.sent.get(name, 0) + 1
                self.open = [entry for entry in self.open if entry[2] is not sock]
            sock.close()

    def _expire(self, limit):
        for started, name, sock in self.open:
            if started < limit:
                self.sent[name] = self.sent.get(name, 0) + 1
                if not sock or not self._has_answer(sock):
                    self.lost[name] = self.lost.get(name, 0) + 1
                if sock:
                    sock.close()
        self.open = [entry for entry in self.open if entry[0] >= limit]

    @staticmethod
    def _has_answer(sock):
        """One that this thread has not read yet, since the machine was busy."""
        for _ in range(2):  # an ICMP error may precede it
            try:
                return bool(sock.recv(100))
            except BlockingIOError:
                return False
            except OSError:
                continue
        return False

    def close(self):
        self.stopped = True
        self.join(5)
        for _, _, sock in self.open:
            if sock:
                sock.close()


# ---- what happens to the guests


def set_privacy(guest):
    """Privacy addresses (RFC 8981) that are used for 8 s and valid for 16 s."""
    guest.sysctl(net__ipv6__conf__eth0__use_tempaddr=2, net__ipv6__conf__eth0__temp_prefered_lft=8, net__ipv6__conf__eth0__temp_valid_lft=16,
                 net__ipv6__conf__eth0__max_desync_factor=0, net__ipv6__conf__eth0__regen_max_retry=1)
    guest.ip("link set eth0 down", "link set eth0 up")


def get_addresses(world, guests, client=services.udhcpc):
    jobs = [Background(client, world.lab, guest, 40) for guest in guests]
    for guest, job in zip(guests, jobs):
        guest.lease = job.result(60)
    for guest in guests:
        services.slaac(guest, 30)


def announce(guest, device, address):
    guest.run(["arping", "-c", "2", "-A", "-I", device, address], check=False, timeout=10)


def move_address(world, talk):
    """An address that one guest uses goes to another one, which announces it, as in a failover."""
    old, new = world.guests[19], world.guests[20]
    old.ip(f"addr add {MOVED4}/24 dev eth0")
    announce(old, "eth0", MOVED4)
    talk.add("moved", old, socket.AF_INET, MOVED4)
    time.sleep(2)
    talk.remove("moved")
    old.ip(f"addr del {MOVED4}/24 dev eth0")
    new.ip(f"addr add {MOVED4}/24 dev eth0")
    announce(new, "eth0", MOVED4)
    talk.add("moved", new, socket.AF_INET, MOVED4)
    time.sleep(4)
    return talk.take(), {"moved"}


def move_guest(world, talk):
    """A guest gets another port, with its MAC and IP addresses, as after a migration: the old port goes away."""
    guest, lab = world.guests[21], world.lab
    mac, port = guest.hw, "vif-moved"
    lab.host.ip(f"link del {guest.vif}")
    lab._veth(lab.host, port, None, guest, "eth0", mac)  # pylint: disable=protected-access
    lab.host.ip(f"link set {port} up master br0")
    guest.ip("link set eth0 up", f"addr add {guest.lease}/24 brd + dev eth0", "route replace default via 192.168.157.20")
    announce(guest, "eth0", guest.lease)
    services.slaac(guest, 20)
    time.sleep(4)
    return talk.take(), {f"{guest.name} IPv4", f"{guest.name} IPv6"}


def virtual_router(world, talk):
    """A guest gets a virtual MAC address with an address of its own, and sends VRRP advertisements with it (RFC 5798)."""
    guest = world.guests[22]
    body = bytes.fromhex("2133640100640000") + socket.inet_aton(VIRTUAL4)
    packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0xc0, 20 + len(body), 0, 0, 255, 112, 0, socket.inet_aton(guest.lease),
                         socket.inet_aton("224.0.0.18"))
    advertisement = bytes.fromhex("01005e000012") + bytes.fromhex(VIRTUAL_MAC.replace(":", "")) + b"\x08\x00" + packet + body
    guest.sysctl(net__ipv4__conf__all__arp_ignore=1, net__ipv4__conf__all__arp_announce=2)
    guest.ip(f"link add vrrp0 link eth0 address {VIRTUAL_MAC} type macvlan mode bridge", "link set vrrp0 addrgenmode none",
             f"addr add {VIRTUAL4}/32 dev vrrp0", "link set vrrp0 up")
    announce(guest, "vrrp0", VIRTUAL4)
    talk.add("virtual", guest, socket.AF_INET, VIRTUAL4)
    with guest.raw("eth0") as wire:
        for _ in range(4):
            wire.send(advertisement)
            time.sleep(1)
    result = talk.take()
    talk.remove("virtual")
    return result, {"virtual"}


def reboot(world, talk):
    """A guest loses all its state and comes back with the same MAC address."""
    guest = world.guests[23]
    guest.ip("link set eth0 down", "addr flush dev eth0")
    time.sleep(1.5)
    guest.ip("link set eth0 up")
    get_addresses(world, [guest])
    time.sleep(2)
    return talk.take(), {f"{guest.name} IPv4", f"{guest.name} IPv6"}


def steady(world, talk):
    """Nothing happens but the change of privacy addresses."""
    for name in list(talk.members):
        talk.sources.pop(name, None)
    time.sleep(12)
    result = talk.take()
    changed = [len(talk.sources.get(f"{guest.name} IPv6", ())) for guest in world.guests]
    assert min(changed) >= 2, f"privacy addresses did not change: {changed}"
    return result, set()


PHASES = (steady, move_address, move_guest, virtual_router, reboot)


def live(world):
    """Runs all phases; returns phase → (name → (sent, lost), names that the phase concerns)."""
    for guest in world.guests:
        guest.hw = guest.mac("eth0")
        set_privacy(guest)
    get_addresses(world, world.guests[:20])
    get_addresses(world, world.guests[20:], services.dhclient)
    echo, talk = Echo(world.lab.inet), Conversations()
    try:
        for guest in world.guests:
            talk.add(f"{guest.name} IPv4", guest, socket.AF_INET)
            talk.add(f"{guest.name} IPv6", guest, socket.AF_INET6)
        talk.take()
        return {phase.__name__: phase(world, talk) for phase in PHASES}
    finally:
        talk.close()
        echo.close()


@pytest.fixture(scope="module")
def plain(vifi_program):
    """The same life on a plain bridge, with a port that passes every MAC address."""
    with World(start=False, capture=False, static=False, guests=GUESTS, port={"strict": False, "reflect": False}) as world:
        world.lab.plain_bridge()
        return live(world)


def summary(result):
    return sum(sent for sent, _ in result.values()), sum(lost for _, lost in result.values())


@pytest.mark.parametrize("engine", ENGINES)
def test_ordinary_life_is_unharmed(engine, plain, vifi_program):
    with World(vifi=ENGINES[engine], static=False, guests=GUESTS) as world:
        ours = live(world)
        verdict, drops = world.verdict(), world.vifi.drops()
    excess = []
    for phase, (result, concerned) in ours.items():
        beside = plain[phase][0]
        print(f"{engine:7} {phase:15} lost/sent: {summary(result)[1]}/{summary(result)[0]}, plain bridge "
              f"{summary(beside)[1]}/{summary(beside)[0]}")
        for name, (sent, lost) in result.items():
            base = beside.get(name, (0, 0))[1]
            if lost or base:
                print(f"          {name:10} lost {lost} of {sent}, plain bridge {base}")
            if lost > base + (CONTEST if name in concerned else 0):
                excess.append((phase, name, lost, base))
    print(f"{engine:7} drops {drops}")
    assert verdict.clean, str(verdict)
    assert not excess, f"more lost than on a plain bridge: {excess}"
