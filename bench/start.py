# SPDX-License-Identifier: GPL-2.0-or-later
"""The time from the start of `vifi bridge up` to the first frame of a guest on the network.

The guest sends a frame every millisecond, so that no retry of a resolution adds to the figure. A new bridge forwards at once
(forward_delay 0), as README recommends.
"""

import time

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from tests.lab.netns import LabError
from tests.lab.topology import GUEST4, ROUTER4, ROUTER_MAC, UPLINK_MAC, Lab, guest_mac
from tests.lab.vifi import Vifi

TRIES = 15
LIMIT = 10  # seconds
MARK = b"first frame"


def once(lab, guest):
    """Milliseconds."""
    lab.host.ip("link add br0 type bridge forward_delay 0", "link set br0 up", f"link set {guest.vif} master br0")
    own = bytes.fromhex(UPLINK_MAC.replace(":", ""))
    frame = bytes(Ether(src=guest_mac(0), dst=ROUTER_MAC) / IP(src=GUEST4, dst=ROUTER4) / UDP(sport=9999, dport=9999) / MARK)
    try:
        with guest.raw("eth0") as sender, lab.router.raw("lan0") as receiver:
            receiver.drain()
            begun = time.monotonic()
            process = Vifi(lab, wait=False)
            try:
                while time.monotonic() < begun + LIMIT:
                    sender.send(frame)
                    for got in receiver.frames(0.001):
                        if got[6:12] == own and MARK in got:
                            return (time.monotonic() - begun) * 1e3
                raise LabError("vifi bridge up forwarded no frame")
            finally:
                process.wait_up()
                process.__exit__(None, None, None)
    finally:
        lab.host.ip("link del br0")


def measure(tries=TRIES):
    """One figure per start, in milliseconds."""
    with Lab(guests=1, dhcp="none", ra="none", bridge=False, port={"strict": False, "reflect": False}) as lab:
        guest = lab.guests[0]
        lab.static(guest, 41, v6=False)
        return [once(lab, guest) for _ in range(tries)]
