# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of a service share: a card that is unplugged and plugged in again, and pings that count what is lost."""

import re
import signal
import tempfile

from lab.netns import LabError, inside, wait_for
from lab.port import Port
from lab.topology import HOST4, HOST6, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC
from tcx import attached


def unplug(world, name="wlan0"):
    """The card is gone, as after an unplugged USB card."""
    world.host.ip(f"link del {name}")
    world.lab.ap.run("tc qdisc del dev wire clsact")  # the other end of the port, which `plug` makes again


def plug(world, name="wlan0"):
    """The card is back with the same MAC address, configured as before."""
    lab = world.lab
    lab._veth(lab.ap, "port", None, lab.host, name, UPLINK_MAC)  # pylint: disable=protected-access
    lab.ap.ip("link set port up")
    lab.port = world.port = Port(lab.ap, "port", "wire", UPLINK_MAC, ROUTER_MAC)
    lab.host.sysctl(**{f"net__ipv6__conf__{name}__accept_ra": 0})
    lab.host.ip(f"link set {name} up", f"addr add {HOST4}/24 brd + dev {name}", f"addr add {HOST6}/64 dev {name} nodad",
                f"route replace default via {ROUTER4}", f"route replace default via fe80::20 dev {name}")


def serves(world):
    """Waits until every guest reaches the router, and says what is there otherwise."""
    try:
        for guest in world.guests:
            for address in (ROUTER4, ROUTER6):
                wait_for(f"guest {guest.name} reaches {address}", lambda guest=guest, address=address: guest.ping(address), 20)
    except LabError as e:
        shown = world.vifi.call("show", check=False).stdout if world.vifi else ""
        raise LabError(f"{e}\n{world.vifi.log_text() if world.vifi else ''}\n{world.host.query('link show')}\n{shown}\n"
                       f"{world.guests[0].query('neigh show')}\n{world.port.counters()}") from e


def programs(node, dev, hook):
    """The TCX programs of an interface."""
    index = node.index(dev)
    with inside(node.ns):
        return attached(index, hook)


class Pings:
    """Pings at an interval until the end of the block; then `sent` and `lost` count them."""

    def __init__(self, node, target, interval=0.2):
        self.node, self.target, self.interval, self.sent, self.lost = node, target, interval, 0, 0
        self.log = tempfile.NamedTemporaryFile("r", errors="replace", suffix=".ping")  # pylint: disable=consider-using-with

    def __enter__(self):
        # The last ping has the time of -W after the signal.
        self.proc = self.node.start(["ping", "-n", "-i", self.interval, "-W", "3", self.target], log=self.log.name)
        return self

    def __exit__(self, *_):
        self.node.stop(self.proc, signal.SIGINT, 8)
        with self.log:
            text = self.log.read()
        match = re.search(r"(\d+) packets transmitted", text)
        self.sent = int(match.group(1))
        answered = {int(n) for n in re.findall(r"icmp_seq=(\d+) ttl", text)}
        # ping may be interrupted before the answers to its requests of the last 0.6 s, on a busy machine.  A hole before an answer counts.
        judged = self.sent - round(0.6 / self.interval)
        self.lost = len(set(range(1, max(judged, *answered, 0) + 1)) - answered)
