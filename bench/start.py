# SPDX-License-Identifier: GPL-2.0-or-later
"""The time from the start of `vifi bridge up` to the first frame of a guest on the network.

The guest sends a frame every millisecond, so that no retry of a resolution adds to the figure. A new bridge forwards at once
(forward_delay 0), as README recommends.
"""

import time

from tests.lab.netns import LabError
from tests.lab.topology import GUEST4, ROUTER4, ROUTER_MAC, UPLINK_MAC, Lab, guest_mac
from tests.lab.vifi import Vifi

TRIES = 15
LIMIT = 10  # seconds


def frame(source, number):
    """A UDP datagram without a checksum, as bytes: scapy would take a millisecond for it."""
    payload = b"first-frame-%06d" % number
    ip = bytes([0x45, 0]) + (28 + len(payload)).to_bytes(2, "big") + b"\0\0\0\0\x40\x11\0\0" + b"".join(bytes(map(int, a.split("."))) for a in (GUEST4, ROUTER4))
    total = sum(int.from_bytes(ip[i:i + 2], "big") for i in range(0, 20, 2))
    total = (total & 0xffff) + (total >> 16)
    checksum = (~((total & 0xffff) + (total >> 16)) & 0xffff).to_bytes(2, "big")
    macs = b"".join(bytes.fromhex(m.replace(":", "")) for m in (ROUTER_MAC, source))
    return macs + b"\x08\0" + ip[:10] + checksum + ip[12:] + b"\x27\x0f\x27\x0f" + (8 + len(payload)).to_bytes(2, "big") + b"\0\0" + payload


def once(lab, guest):
    """Milliseconds."""
    lab.host.ip("link add br0 type bridge forward_delay 0", "link set br0 up", f"link set {guest.vif} master br0")
    own = bytes.fromhex(UPLINK_MAC.replace(":", ""))
    try:
        with guest.raw("eth0") as sender, lab.router.raw("lan0") as receiver:
            receiver.drain()
            begun = time.monotonic()
            process = Vifi(lab, wait=False)
            try:
                for number in range(LIMIT * 1000):
                    sender.send(frame(guest_mac(0), number))
                    for got in receiver.frames(0.001):
                        if got[6:12] == own and b"first-frame-" in got:
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
