# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of the first story, 2007: a virtual machine is the firewall, and its host is the access point.

   inet ═══ v, the firewall, a guest ═══ bridge1 ┐ p
   .10   .1                         .20          │ .21 routes      .1
   198.51.100.0/24          192.168.157.0/24     └ ap0, vifi ap ))) wlan0, vifi sta │ laptop
                                                    WPA-PSK, TKIP  192.168.158.0/24   .41

Packets for the laptop cross the bridge in the guest's own buffers, and p routes them to the air.  There a TCP SYN+ACK of
60 bytes becomes a frame of 92 bytes: 24 bytes of 802.11 header and 8 of LLC/SNAP.  TKIP needs 8 bytes of headroom and
12 of tailroom; the driver of 2007 had reserved 4 bytes of tailroom, and most connections hung.
"""

import socket
import struct
import threading
from dataclasses import dataclass

from .netns import LabError
from .radio import AccessPoint, Air, AirCapture, Network, Station
from .topology import INET4, UPLINK_MAC, Lab

BRIDGE_V, BRIDGE_P = "192.168.157.20", "192.168.157.21"
AIR_P, LAPTOP = "192.168.158.1", "192.168.158.41"
SYNACK = "tcp.flags.syn == 1 && tcp.flags.ack == 1"
FAILING_SIZE = 92  # skb->len of the frame that did not fit
FIREWALL = """table ip firewall {
 chain forward {
  type filter hook forward priority 0; policy drop
  ct state established,related accept
  iifname eth1 accept
 }
}
"""
TKIP_OVERHEAD = 8 + 8 + 4  # IV, Michael MIC, ICV


class FirstLab(Lab):
    """The lab of the first story, with nodes of its own."""

    def __init__(self, prefix=None):
        super().__init__(prefix, uplink="radio")

    def _build(self):
        self.inet, self.v, self.p, self.laptop = (self._node(n) for n in ("inet", "v", "p", "laptop"))
        for node in self.nodes.values():
            node.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
        self._veth(self.inet, "eth0", None, self.v, "eth0", None)
        self._veth(self.p, "vif1", None, self.v, "eth1", "00:60:00:00:00:01")
        self.inet.ip(f"addr add {INET4}/24 dev eth0", "link set eth0 up", "route add default via 198.51.100.1")
        self.v.sysctl(net__ipv4__ip_forward=1)
        self.v.ip("addr add 198.51.100.1/24 dev eth0", f"addr add {BRIDGE_V}/24 dev eth1", "link set eth0 up", "link set eth1 up",
                  f"route add 192.168.158.0/24 via {BRIDGE_P}")
        self.v.run(["nft", "-f", "-"], input=FIREWALL)
        self.p.sysctl(net__ipv4__ip_forward=1)
        self.p.ip("link add bridge1 type bridge forward_delay 0", "link set vif1 master bridge1", "link set vif1 up", "link set bridge1 up",
                  f"addr add {BRIDGE_P}/24 dev bridge1", f"route add default via {BRIDGE_V}")
        self.network = Network("xen", "biscotte et the", tkip=True, wmm=False)
        self.air = self.services["air"] = Air(self, self.p)
        self.services["ap"] = AccessPoint(self, self.p, self.air, self.network, "ap0")
        self.p.ip("link set ap0 up", f"addr add {AIR_P}/24 dev ap0")
        self.services["sta"] = Station(self, self.laptop, self.air, self.network, UPLINK_MAC)
        self.laptop.ip("link set wlan0 up", f"addr add {LAPTOP}/24 dev wlan0", f"route add default via {AIR_P}")
        self.services["sta"].wait_connected()

    def air_capture(self):
        """Records the air from now on."""
        return AirCapture(self.air, self.network)

    def whole_air_capture(self):
        """The air since the lab was built."""
        return AirCapture(self.air, self.network, since=0)


class Echo:
    """A TCP service on the internet host that echoes four bytes."""

    def __init__(self, node, port=80):
        self.sock = node.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("", port))
        self.sock.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                conn, _ = self.sock.accept()
                with conn:
                    conn.settimeout(5)
                    conn.sendall(conn.recv(4, socket.MSG_WAITALL))
            except TimeoutError:
                continue
            except OSError:
                return

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


@dataclass
class Connections:
    """The results of a series of connections; the laptop's port identifies each SYN+ACK."""

    wanted: int
    opened: int  # connections that carried four bytes both ways
    sent: list  # ports of the SYN+ACKs sent by the internet host, from tcpdump there
    air: list  # (port, size as the driver of 2007 counted it) of each first transmission that tshark decrypted
    arrived: list  # ports of the SYN+ACKs received by the laptop, from tcpdump there

    @property
    def sizes(self):
        return sorted({size for _, size in self.air})

    def check(self):
        """Raises LabError unless every SYN+ACK arrived exactly once, in a frame of the failing size."""
        if not (self.opened == self.wanted == len(self.sent) and self.sizes == [FAILING_SIZE]
                and sorted(self.sent) == sorted(port for port, _ in self.air) == sorted(self.arrived)):
            raise LabError(str(self))
        return str(self)

    def __str__(self):
        return (f"{self.opened} of {self.wanted} opened; SYN+ACKs: {len(self.sent)} sent, {len(self.air)} on the air in frames of "
                f"{', '.join(map(str, self.sizes)) or 'no'} bytes, {len(self.arrived)} arrived")


def connect(lab, count):
    """Opens `count` TCP connections from the laptop to the internet host, one after the other."""
    at_inet = lab.tap(lab.inet, "eth0", "out", "tcp", "inet")
    at_laptop = lab.tap(lab.laptop, "wlan0", "in", "tcp", "laptop")
    on_air, echo, opened = lab.air_capture(), Echo(lab.inet), 0
    try:
        for number in range(count):
            with lab.laptop.socket() as sock:
                sock.settimeout(5)
                sock.connect((INET4, 80))
                sock.sendall(struct.pack(">I", number))
                opened += sock.recv(4, socket.MSG_WAITALL) == struct.pack(">I", number)
    except OSError:
        pass  # Connections.check() reports the missing ones
    finally:
        echo.close()
    return Connections(count, opened, [int(port) for port, in at_inet.rows(SYNACK, "tcp.dstport")],
                       [(int(port), int(size) - int(radiotap) - TKIP_OVERHEAD) for port, size, radiotap in on_air.rows(
                           f"wlan.fc.fromds == 1 && wlan.fc.retry == 0 && {SYNACK}", "tcp.dstport", "frame.len", "radiotap.length")],
                       [int(port) for port, in at_laptop.rows(SYNACK, "tcp.dstport")])
