# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's topology.

   inet ─────── router ═══ lan0 ─ wire ┐ ap ┌ port ═══ wlan0 ┐
   .10     .1   dnsmasq                └────┘  strict        │ host
   198.51.100.0/24    192.168.157.20                 .21     │        ┌ vif-a ═══ eth0 of guest a
   2001:db8:f::/64    2001:db8:157::20/64            ::21    └ br0 ───┼ vif-b ═══ eth0 of guest b
                                                                      └ vif-c ═══ eth0 of guest c

Every node is a network namespace `PREFIX-name`; ═ is a veth pair.  The port is tests/lab/port.bpf.c.  The lab does not
put wlan0 into br0: vifi connects them, or `plain_bridge()` does, which must fail on a strict port.

With uplink="radio" a virtual Wi-Fi network replaces the port: `vifi ap`, bridged with `wire`; `vifi sta` in host, with
the interface wlan0; and `vifi air` between them (tests/lab/radio.py).
"""

import atexit
import itertools
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field

from . import services
from .oracle import Capture
from .netns import LabError, Node, sweep, wait_for
from .port import Port
from .radio import AccessPoint, Air, AirCapture, Network, RadioPort, Station
from .user import give

UPLINK_MAC = "00:60:aa:bb:cc:dd"
ROUTER_MAC = "00:60:dd:00:00:20"
ROUTER4, HOST4, GUEST4 = "192.168.157.20", "192.168.157.21", "192.168.157.41"
ROUTER6, HOST6, PREFIX6 = "2001:db8:157::20", "2001:db8:157::21", "2001:db8:157:"
INET4, INET6 = "198.51.100.10", "2001:db8:f::10"


_number = itertools.count()


def guest_mac(i):
    """The MAC address of guest number `i` (0 is `a`, the guest of the second story)."""
    return f"00:60:00:00:{(i + 1) >> 8:02x}:{(i + 1) & 255:02x}"


@dataclass
class Options:
    guests: int = 3
    dhcp: str = "dnsmasq"  # dnsmasq, isc or none
    ra: str = "dnsmasq"  # dnsmasq, radvd or none
    mtu: int = 1500
    lease: int = 600  # seconds
    bridge: bool = True  # create br0 (vifi creates it when it is missing)
    port: dict = field(default_factory=dict)  # options of the strict port
    uplink: str = "veth"  # or radio
    network: Network = field(default_factory=Network)  # of the radio


class Lab:
    """Builds the network on entry and removes it on exit, also after a signal, unless `keep()` was called."""

    def __init__(self, prefix=None, options=None, **kw):
        self.options = options or Options(**kw)
        self.prefix = prefix or f"vifi{os.getpid()}x{next(_number)}"
        self.dir = None
        self.nodes, self.services = {}, {}
        self._kept, self._old_handlers, self._file_count, self._link_index = False, {}, 0, 100

    # ---- life

    def __enter__(self):
        missing = services.missing_features(self.options.uplink == "radio")
        if missing:
            raise LabError("; ".join(missing))
        sweep(self.prefix)
        atexit.register(self.close)
        for sig in (signal.SIGTERM, signal.SIGHUP):
            try:
                self._old_handlers[sig] = signal.signal(sig, _exit_on_signal)
            except ValueError:  # not the main thread, whose owner closes the lab
                pass
        try:
            self.dir = give(tempfile.mkdtemp(prefix=f"{self.prefix}-"))
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def keep(self):
        """Keeps the lab after the program ends; returns the commands to enter and to remove it."""
        self._kept = True
        first_node, *other_nodes = sorted(self.nodes, key=lambda name: name not in ("host", "p"))
        return (f"ip netns exec {self.prefix}-{first_node} bash      (also {' '.join('-' + name for name in other_nodes)})\n"
                f"remove: for n in $(ip netns list | grep -o '^{self.prefix}-[a-z0-9]*'); do "
                f"kill $(ip netns pids $n); ip netns del $n; done; rm -r {self.dir}")

    def close(self):
        if self._kept:
            return
        nodes, self.nodes = list(self.nodes.values()), {}
        for service in list(self.services.values()):
            service.close()
        self.services.clear()
        for node in reversed(nodes):
            node.delete()
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None
        atexit.unregister(self.close)
        for sig, old in self._old_handlers.items():
            signal.signal(sig, old)
        self._old_handlers.clear()

    def file(self, name):
        """A new path in the lab's folder."""
        self._file_count += 1
        return os.path.join(self.dir, f"{self._file_count:03d}-{name}")

    # ---- building

    def _node(self, name):
        node = self.nodes[name] = Node(self.prefix, name)
        return node

    def _veth(self, node_a, dev_a, mac_a, node_b, dev_b, mac_b):
        # Both ends get different interface indexes: with equal ones the kernel takes the pair for one physical
        # interface and delays its carrier by up to a second.
        mtu, self._link_index = self.options.mtu, self._link_index + 2
        node_a.ip(f"link add {dev_a} index {self._link_index} mtu {mtu} {f'address {mac_a}' if mac_a else ''} type veth peer name {dev_b} "
                  f"index {self._link_index + 1} netns {node_b.ns} mtu {mtu} {f'address {mac_b}' if mac_b else ''}")

    def _build(self):
        options = self.options
        self.inet, self.router, self.ap, self.host = (self._node(n) for n in ("inet", "router", "ap", "host"))
        self.ap.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
        self._veth(self.inet, "eth0", None, self.router, "wan0", None)
        self._veth(self.router, "lan0", ROUTER_MAC, self.ap, "wire", None)
        self.inet.ip("link set eth0 addrgenmode none", f"addr add {INET4}/24 dev eth0", f"addr add {INET6}/64 dev eth0 nodad", "link set eth0 up",
                     "route add default via 198.51.100.1", "route add default via 2001:db8:f::1")
        self.router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        self.router.ip("link set lan0 addrgenmode none", "link set wan0 addrgenmode none", f"addr add {ROUTER4}/24 brd + dev lan0",
                       f"addr add {ROUTER6}/64 dev lan0 nodad", "addr add fe80::20/64 dev lan0 nodad",
                       "addr add 198.51.100.1/24 dev wan0", "addr add 2001:db8:f::1/64 dev wan0 nodad", "addr add fe80::1/64 dev wan0 nodad",
                       "link set lan0 up", "link set wan0 up")
        self._uplink_radio() if options.uplink == "radio" else self._uplink_veth()
        self.host.sysctl(net__ipv6__conf__wlan0__accept_ra=0)
        self.host.ip("link set wlan0 up", f"addr add {HOST4}/24 brd + dev wlan0", f"addr add {HOST6}/64 dev wlan0 nodad",
                     f"route add default via {ROUTER4}", "route replace default via fe80::20 dev wlan0")
        if options.bridge:
            self.host.ip(f"link add br0 mtu {options.mtu} type bridge forward_delay 0")
            # br0 is not a guest and must not configure itself from flooded router advertisements.
            self.host.sysctl(net__ipv6__conf__br0__accept_ra=0)
            self.host.ip("link set br0 up")
        self.guests = [self._add_guest(i) for i in range(options.guests)]
        if options.dhcp == "dnsmasq" or options.ra == "dnsmasq":
            self.services["dnsmasq"] = services.Dnsmasq(self, dhcp=options.dhcp == "dnsmasq", ra=options.ra == "dnsmasq")
        if options.dhcp == "isc":
            self.services["dhcpd"] = services.IscDhcpd(self)
            self.services["dhcpd6"] = services.IscDhcpd6(self)
        if options.ra == "radvd":
            self.services["radvd"] = services.Radvd(self)
        if options.uplink == "veth":
            self.wait_uplink()

    def _uplink_veth(self):
        self._veth(self.ap, "port", None, self.host, "wlan0", UPLINK_MAC)
        self.ap.ip("link set wire up", "link set port up")
        self.port = Port(self.ap, "port", "wire", UPLINK_MAC, ROUTER_MAC, **self.options.port)

    def _uplink_radio(self):
        self.network = self.options.network
        self.ap.ip("link add lan type bridge forward_delay 0", "link set wire master lan", "link set wire up", "link set lan up")
        self.air = self.services["air"] = Air(self, self.ap)
        self.services["ap"] = AccessPoint(self, self.ap, self.air, self.network, "ap0", "lan")
        self.services["sta"] = Station(self, self.host, self.air, self.network, UPLINK_MAC).wait_connected()
        self.port = RadioPort(self, self.services["sta"])

    def add_guest(self, i, name=None, mac=None, up=True):
        """Adds a guest to br0; its number `i` determines its letter and MAC address.  `up`: set its interface up, and wait until its
        frames pass the bridge: the kernel tells br0 of the carrier a moment later."""
        node = self._add_guest(i, name, mac, up)
        if up and self.options.bridge:
            self.wait_forwarding(node)
        return node

    def wait_forwarding(self, node):
        wait_for(f"{node.vif} forwards", lambda: "state forwarding" in self.host.run(["bridge", "link", "show", "dev", node.vif]).stdout, 10)

    def _add_guest(self, i, name=None, mac=None, up=True):
        name = name or (chr(97 + i) if i < 26 else f"g{i}")
        node = self._node(name)
        node.vif, node.number = f"vif-{name}", i
        node.sysctl(net__ipv6__conf__default__use_tempaddr=0)
        self._veth(self.host, node.vif, None, node, "eth0", mac or guest_mac(i))
        self.host.sysctl(**{f"net__ipv6__conf__{node.vif}__disable_ipv6": 1})
        self.host.ip(f"link set {node.vif} up" + (" master br0" if self.options.bridge else ""))
        if up:
            node.ip("link set eth0 up")
        return node

    def guest(self, name):
        return self.nodes[name]

    def static(self, node, last, v6=True):
        """Gives a guest the static addresses …157.LAST and …157::LAST and returns both."""
        a4, a6 = f"192.168.157.{last}", f"{PREFIX6}:{last}"
        lines = [f"addr replace {a4}/24 brd + dev eth0", f"route replace default via {ROUTER4}"]
        if v6:
            lines += [f"addr replace {a6}/64 dev eth0 nodad"]
        node.ip(*lines)
        return a4, a6

    # ---- operations

    def plain_bridge(self):
        """Makes wlan0 a port of br0, as with an Ethernet uplink, and moves the host's addresses to br0."""
        self.host.ip("addr flush dev wlan0 scope global", "link set wlan0 master br0", f"link set br0 address {UPLINK_MAC}",
                     f"addr replace {HOST4}/24 brd + dev br0", f"addr replace {HOST6}/64 dev br0 nodad",
                     f"route replace default via {ROUTER4}")

    def undo_plain_bridge(self):
        self.host.ip("link set wlan0 nomaster", "addr flush dev br0 scope global", f"addr add {HOST4}/24 brd + dev wlan0",
                     f"addr add {HOST6}/64 dev wlan0 nodad", f"route replace default via {ROUTER4}",
                     "route replace default via fe80::20 dev wlan0")

    def set_station(self, mac):
        """Changes wlan0's MAC address and reassociates; the carrier is lost meanwhile, as with a Wi-Fi card."""
        self.carrier(False)
        self.port.configure(station=mac)
        self.host.ip(f"link set wlan0 address {mac}")
        time.sleep(0.1)  # much shorter than a real association
        self.carrier(True)

    def wait_uplink(self):
        """Until wlan0 may be used: the kernel follows a change of its carrier a moment later (IFF_RUNNING)."""
        wait_for("wlan0 is operational", lambda: "state UP" in self.host.query("link show dev wlan0"), 10)

    def carrier(self, on):
        """Sets the access point's side of the uplink up or down, so that the host's wlan0 gains or loses its carrier."""
        self.ap.ip(f"link set port {'up' if on else 'down'}")

    def capture(self):
        """Starts a capture of the station's frames: before the port filters them, or on the air."""
        if self.options.uplink == "radio":
            return AirCapture(self.air, self.network)
        return Capture(self.ap, "port", self.file("port.pcap"), "in")

    def tap(self, node, ifname, direction="inout", filter_="", name="tap"):
        """Starts a capture on any interface."""
        return Capture(node, ifname, self.file(f"{name}.pcap"), direction, filter_)


def _exit_on_signal(sig, _frame):
    raise SystemExit(128 + sig)
