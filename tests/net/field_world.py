# SPDX-License-Identifier: GPL-2.0-or-later
"""Real programs that move addresses between machines (keepalived, ucarp), and a stream of pings that measures the gap.

   router R ═══ lan0 ─ wire ┐ ap ┌ port ═══ wlan0 │ host H
   station S ─ macvlan of lan0   └────┘  strict   │        ┌ guest a
                                                  └ br0 ───┼ guest b
                                                           └ guest c
"""

import collections
import fcntl
import os
import re
import select
import signal
import struct
import threading
import time
from contextlib import contextmanager

from lab.netns import LabError, inside, wait_for
from lab.topology import ROUTER4, ROUTER6, ROUTER_MAC, guest_mac
from lab.vifi import Vifi
from world import ENGINES, World

VIRTUAL4, VRID = "192.168.157.250", 44
OTHER_UPLINK_MAC = "00:60:aa:bb:cc:ee"
ALL_ENGINES = {**ENGINES, "clsact": ("--engine=clsact",)}
# More than on a plain bridge: a contest (half a second among guests, one with a station), on a busy machine.
SLACK = 3.0


class Stream:
    """Pings at an interval in the background; `gap()` is the longest time without an answer."""

    def __init__(self, lab, node, target, interval=0.05):
        self.node, self.interval = node, interval
        self.log = lab.file("ping.log")
        self.proc = node.start(["ping", "-n", "-D", "-O", "-i", interval, "-W", 1, target], log=self.log)

    def answers(self):
        """The sequence numbers of the answered pings."""
        with open(self.log, errors="replace") as file:
            return [int(m) for m in re.findall(r"icmp_seq=(\d+) ttl=", file.read())]

    def times(self):
        """When the answers arrived, in seconds since the epoch."""
        with open(self.log, errors="replace") as file:
            return [float(m) for m in re.findall(r"(?m)^\[([\d.]+)\].* icmp_seq=\d+ ttl=", file.read())]

    def wait_answered(self, timeout=10):
        wait_for("the pings are answered", self.answers, timeout)
        return self

    def wait_alive(self, timeout=30):
        """Waits until pings are answered again, several in a row."""
        def alive():
            answers = self.answers()
            return len(answers) >= 5 and answers[-1] - answers[-5] == 4 and answers[-1] > self.mark + 5
        wait_for("the pings are answered again", alive, timeout)

    mark = 0

    def cut(self):
        """From now on, gap() counts."""
        self.mark = max(self.answers(), default=0)

    def gap(self):
        """The longest time without an answer since cut(), in seconds."""
        answers = [self.mark] + [n for n in self.answers() if n > self.mark]
        return max((b - a - 1 for a, b in zip(answers, answers[1:])), default=0) * self.interval

    def lost(self):
        answers = {n for n in self.answers() if n > self.mark}
        return (max(answers) - self.mark - len(answers)) if answers else None

    def stop(self):
        self.node.stop(self.proc, signal.SIGINT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Starved(Exception):
    """A member of a virtual router changed its state by itself: the machine was too busy for its advertisements."""


class Member:
    """A member of a virtual router.  It runs before other programs, since a backup that hears no advertisement takes over."""

    def __init__(self, node, log, argv, becomes_master):
        self.node, self.log, self.argv, self.becomes_master = node, log, ["nice", "-n", "-15", *argv], becomes_master
        self.proc = None
        self.start()

    def start(self):
        self.proc = self.node.start(self.argv, log=self.log, private=("/run/keepalived",) if os.path.isdir("/run/keepalived") else ())

    def has_address(self):
        return f"inet {VIRTUAL4}/" in self.node.query("-4 addr show")

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def masterships(self):
        """How often it has become the master since start()."""
        return self.log_text().count(self.becomes_master)

    def expect_masterships(self, count):
        if (got := self.masterships()) != count:
            raise Starved(f"{self.node.name} has become the master {got} times instead of {count}")

    def _wait(self, state, probe, timeout=15):
        try:
            wait_for(f"{self.node.name} is the {state}", probe, timeout)
        except LabError as e:
            raise LabError(f"{e}\n{self.log_text()}") from e
        return self

    def wait_master(self):
        return self._wait("master", self.has_address)

    def wait_backup(self):
        return self._wait("backup", lambda: not self.has_address())

    def stop(self):
        """A master of VRRP says that it stops, by an advertisement of priority 0; one of CARP does not."""
        self.node.stop(self.proc)


class Keepalived(Member):
    """One virtual router with an address in a node (VRRP version 2, RFC 3768, or 3, RFC 5798)."""

    def __init__(self, lab, node, priority, use_vmac, version=2):
        config = lab.file("keepalived.conf")
        vmac = f"  use_vmac vrrp.{VRID}\n  vmac_xmit_base\n" if use_vmac == "base" else f"  use_vmac vrrp.{VRID}\n" if use_vmac else ""
        with open(config, "w") as file:
            file.write(f"global_defs {{\n  vrrp_version {version}\n}}\nvrrp_instance test {{\n  state BACKUP\n  interface eth0\n{vmac}"
                       f"  virtual_router_id {VRID}\n  priority {priority}\n  advert_int 1\n"
                       f"  virtual_ipaddress {{\n    {VIRTUAL4}/24\n  }}\n}}\n")
        super().__init__(node, lab.file("keepalived.log"),
                         ["keepalived", "-n", "-l", "-D", "-P", "-f", config, "-p", lab.file("keepalived.pid"), "-r", lab.file("vrrp.pid")], "Entering MASTER STATE")


class Ucarp(Member):
    """One member of a CARP group: the address is on eth0 of the master.  With skew 0 it takes over as soon as it can."""

    def __init__(self, lab, node, own, skew):
        up, down = lab.file("up.sh"), lab.file("down.sh")
        for path, verb in ((up, "add"), (down, "del")):
            with open(path, "w") as file:
                file.write(f"#!/bin/sh\nip addr {verb} {VIRTUAL4}/24 dev eth0\n")
            os.chmod(path, 0o755)
        argv = ["ucarp", "-i", "eth0", "-s", own, "-v", VRID, "-p", "secret", "-a", VIRTUAL4, "-u", up, "-d", down, "-k", skew, "-b", 1, "-z"]
        super().__init__(node, lab.file("ucarp.log"), argv + (["-P"] if skew == 0 else []), "Switching to state: MASTER")


def undisturbed(measure, tries=5):
    """Repeats a measurement of a fail-over in which a member was starved: its figures are not those of the network."""
    def repeat(world):
        reasons = []
        for _ in range(tries):
            try:
                return measure(world)
            except Starved as e:
                reasons.append(str(e))
        raise AssertionError(f"this machine is too busy to measure a fail-over: {'; '.join(reasons)}")
    return repeat


def outage(stream, act, settle=3.0):
    """Runs `act`, waits until the pings are answered again, and returns the longest gap in seconds."""
    stream.cut()
    act()
    time.sleep(settle)
    stream.wait_alive(40)
    return stream.gap()


_plain_figures = {}


def beside(plain, name, measure):
    """The figures of the plain bridge, measured once for both engines."""
    if name not in _plain_figures:
        _plain_figures[name] = measure(plain)
    return _plain_figures[name]


def compare(what, world, plain, key, measure, slack=SLACK, tries=3):
    """Measures `world` until it is as fast as the plain bridge, apart from the slack: a busy machine only adds to a gap."""
    theirs, ours = beside(plain, key, measure), {}
    for _ in range(tries):
        ours = {name: min(gap, ours.get(name, gap)) for name, gap in measure(world).items()}
        if all(gap <= theirs[name] + slack for name, gap in ours.items()):
            break
    print(f"{what}, {world.engine}: " + ", ".join(f"{k} {ours[k]:.2f} s (plain bridge {theirs[k]:.2f} s)" for k in ours))
    for name, gap in ours.items():
        assert gap <= theirs[name] + slack, f"{what}: {name} took {gap:.2f} s at best of {tries}, on a plain bridge {theirs[name]:.2f} s"


def add_segment_station(world):
    """A station on a switch between R and the access point: unlike a macvlan of lan0 it also reaches R."""
    router, lab = world.router, world.lab
    station = lab._node("t")  # pylint: disable=protected-access
    if "sw0" not in router.query("link show"):
        router.ip("link add sw0 type bridge forward_delay 0 mcast_snooping 0", f"link set sw0 address {ROUTER_MAC} addrgenmode none", "link set lan0 master sw0",
                  "addr flush dev lan0", f"addr add {ROUTER4}/24 brd + dev sw0", f"addr add {ROUTER6}/64 dev sw0 nodad",
                  "addr add fe80::20/64 dev sw0 nodad", "link set sw0 up")
    lab._veth(router, "sw-t", None, station, "eth0", "00:60:ee:00:00:06")  # pylint: disable=protected-access
    router.ip("link set sw-t master sw0 up")
    station.ip("link set eth0 up")
    station.ip4, _ = lab.static(station, 6)
    station.hw = station.mac("eth0")
    wait_for("R reaches the station", lambda: router.ping(station.ip4), 10)
    return station


@contextmanager
def field_world(engine, **arguments):
    """vifi with this engine, or a plain bridge ("plain"), and a station t between R and the access point."""
    if engine == "plain":
        arguments.update(start=False, capture=False, port={"strict": False, "reflect": False})
    with World(vifi=ALL_ENGINES.get(engine, ()), dhcp="none", ra="none", **arguments) as world:
        if engine == "plain":
            world.lab.plain_bridge()
        world.engine = engine
        world.station_t = add_segment_station(world)
        for node in (world.host, *world.guests):
            wait_for(f"{node.name} reaches the station", lambda node=node: node.ping(world.station_t.ip4), 10)
        yield world


@contextmanager
def plain_world(**arguments):
    """The network of a World with a plain bridge in the place of vifi, behind a port that permits that."""
    with World(start=False, capture=False, dhcp="none", ra="none", port={"strict": False, "reflect": False}, **arguments) as world:
        world.lab.plain_bridge()
        yield world


class OtherHost:
    """A second host of the same kind, whose uplink is a port of the switch, and a guest that can be plugged to either host."""

    def __init__(self, world):
        lab, self.world = world.lab, world
        self.node, self.switch, self.guest = lab._node("host2"), lab._node("m"), lab._node("v")  # pylint: disable=protected-access
        veth = lab._veth  # pylint: disable=protected-access
        veth(world.router, "sw-host2", None, self.node, "wlan0", OTHER_UPLINK_MAC)
        world.router.ip("link set sw-host2 master sw0 up")
        self.node.sysctl(net__ipv6__conf__wlan0__accept_ra=0)
        self.node.ip("link set wlan0 up", "addr add 192.168.157.22/24 brd + dev wlan0", "addr add 2001:db8:157::22/64 dev wlan0 nodad",
                     "link add br0 type bridge forward_delay 0", "link set br0 up")
        veth(self.switch, "guest", None, self.guest, "eth0", "00:60:00:00:00:44")
        veth(world.host, "tap", None, self.switch, "one", None)
        veth(self.node, "tap", None, self.switch, "two", None)
        for node in (self.switch, world.host, self.node):
            for name in ("guest", "one", "two") if node is self.switch else ("tap",):
                node.sysctl(**{f"net__ipv6__conf__{name}__disable_ipv6": 1})
        self.switch.ip("link add sw type bridge forward_delay 0 mcast_snooping 0", "link set guest master sw up", "link set one master sw up")
        self.switch.sysctl(net__ipv6__conf__sw__disable_ipv6=1)
        self.switch.ip("link set sw up", "link set two up")
        for node in (world.host, self.node):
            node.ip("link set tap up master br0")
        self.guest.ip("link set eth0 up")
        self.guest.ip4, self.guest.ip6 = lab.static(self.guest, 44)
        self.guest.hw = self.guest.mac("eth0")
        self.switch_raw = self.switch.raw("two")
        self.vifi = None
        if world.engine == "plain":
            self.node.ip("link set wlan0 master br0")
            return
        first, lab.host = lab.host, self.node
        try:
            self.vifi = Vifi(lab, options=ALL_ENGINES[world.engine])
        finally:
            lab.host = first

    def close(self):
        self.switch_raw.close()
        if self.vifi:
            self.node.stop(self.vifi.proc)


@contextmanager
def add_host(world):
    other = OtherHost(world)
    try:
        yield other
    finally:
        other.close()


def move_guest(world, other):
    """Unplugs the guest from host 1 and plugs it to host 2, within a moment."""
    other.switch.ip("link set one nomaster", "link set two master sw")


def down_and_up(world):
    """Takes the bridge away and makes it again; all that it has learned is forgotten."""
    if world.engine != "plain":
        world.vifi.stop()
        world.vifi.down(check=False)
        world.vifi.start()
        return
    world.host.ip("link set wlan0 nomaster", "link set br0 down")
    # Before any guest sends again, which the bridge would learn.
    assert world.guest_a.hw not in world.host.run("bridge fdb show br br0 state reachable").stdout
    world.host.ip("link set br0 up")
    world.lab.plain_bridge()


class TapGuest:
    """A guest whose port is a tap, as a hypervisor makes it: this process is the hypervisor, and carries frames between the tap and the
    guest's interface, another tap in the guest's namespace; those of the guest after `delay` seconds."""

    def __init__(self, world, number, delay=0.0):
        lab, name = world.lab, chr(97 + number)
        self.delay, self.late = delay, collections.deque()
        self.node = lab._node(name)  # pylint: disable=protected-access
        self.node.vif, self.node.number = f"tap-{name}", number
        self.fds = [open_tap(world.host, self.node.vif), open_tap(self.node, "eth0")]
        world.host.sysctl(**{f"net__ipv6__conf__{self.node.vif}__disable_ipv6": 1})
        world.host.ip(f"link set {self.node.vif} up master br0")
        self.node.ip(f"link set eth0 address {guest_mac(number)}", "link set eth0 up")
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self):
        one, two = self.fds
        while not self.ended.is_set():
            pause = max(0, self.late[0][0] - time.monotonic()) if self.late else 0.2
            for fd in select.select(self.fds, [], [], pause)[0]:
                try:
                    frame = os.read(fd, 65536)
                    if fd == two and self.delay:
                        self.late.append((time.monotonic() + self.delay, frame))
                    else:
                        os.write(two if fd == one else one, frame)
                except OSError:  # the interface is down
                    self.ended.wait(0.01)
            while self.late and self.late[0][0] <= time.monotonic():
                os.write(one, self.late.popleft()[1])

    def close(self):
        self.ended.set()
        self.thread.join(5)
        for fd in self.fds:
            os.close(fd)


def open_tap(node, name):
    with inside(node.ns):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", name.encode(), 0x1002))  # TUNSETIFF: IFF_TAP | IFF_NO_PI
    return fd


def tap_guest(world, number, stack):
    """A guest behind a tap, until the end of `stack`."""
    tap = TapGuest(world, number)
    stack.callback(tap.close)
    return tap.node


def add_nest(world):
    """A machine between a port of the bridge and several guests."""
    lab = world.lab
    if "nest" in lab.nodes:
        return lab.nodes["nest"], False
    nest = lab._node("nest")  # pylint: disable=protected-access
    nest.sysctl(net__ipv6__conf__default__disable_ipv6=1)
    lab._veth(world.host, "vif-nest", None, nest, "up0", None)  # pylint: disable=protected-access
    world.host.sysctl(**{"net__ipv6__conf__vif-nest__disable_ipv6": 1})
    world.host.ip("link set vif-nest up master br0")
    nest.ip("link set up0 up")
    return nest, True


def macvlan_guest(world, number, _stack):
    """A guest behind a macvlan; all such guests share one port of the bridge."""
    nest, node = add_nest(world)[0], world.lab._node(chr(97 + number))  # pylint: disable=protected-access
    node.vif, node.number = "vif-nest", number
    nest.ip(f"link add mv{number} link up0 address {guest_mac(number)} type macvlan mode bridge", f"link set mv{number} netns {node.ns} name eth0")
    node.ip("link set eth0 up")
    return node


def nested_guest(world, number, _stack):
    """A guest of a nested host: behind a bridge behind a port of the bridge."""
    nest, is_new = add_nest(world)
    node = world.lab._node(chr(97 + number))  # pylint: disable=protected-access
    if is_new:
        nest.ip("link add br1 type bridge forward_delay 0 mcast_snooping 0", "link set up0 master br1", "link set br1 up")
    node.vif, node.number = "vif-nest", number
    world.lab._veth(nest, f"in{number}", None, node, "eth0", guest_mac(number))  # pylint: disable=protected-access
    nest.ip(f"link set in{number} master br1 up")
    node.ip("link set eth0 up")
    return node
