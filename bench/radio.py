# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP over `vifi ap`, `vifi air` and `vifi sta`, and the time from the start of a station to its first answered ping.

    node ap: vap0 ── vifi ap ))) vifi air ))) vifi sta ── wlan0: node sta

The networks take turns, one visit per round. With `--airtime no` frames take no time on the air, so the three processes
limit the figure; with the airtime of 802.11g at 54 Mbit/s the air limits it.
"""

import fcntl
import itertools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from bench.report import span, table
from tests.lab.netns import LabError, Node, inside, wait_for
from tests.lab.user import give
from tests.lab.vifi import program

AP4, STA4 = "192.168.157.20", "192.168.157.21"
SSID, PASSPHRASE = "vifi bench", "correct horse battery"
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40
_number = itertools.count()

# name: hostapd.conf, wpa_supplicant.conf, airtime
NETWORKS = {
    "WPA2, CCMP": ("wpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK\n", "proto=RSN pairwise=CCMP group=CCMP", "no"),
    "WPA2, GCMP-256": ("wpa=2\nrsn_pairwise=GCMP-256\nwpa_key_mgmt=WPA-PSK\n", "proto=RSN pairwise=GCMP-256 group=GCMP-256", "no"),
    "WPA, TKIP": ("wpa=1\nwpa_pairwise=TKIP\nwpa_key_mgmt=WPA-PSK\n", "proto=WPA pairwise=TKIP group=TKIP", "no"),
    "open": ("", "key_mgmt=NONE", "no"),
    "WPA2, CCMP, with airtime": ("wpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK\n", "proto=RSN pairwise=CCMP group=CCMP", "yes"),
}


class Radio:
    """One air, one access point, and a station that starts and stops."""

    def __init__(self, name):
        self.hostapd, self.network, self.airtime = NETWORKS[name]
        prefix = f"vifi{os.getpid()}r{next(_number)}"
        self.folder = give(tempfile.mkdtemp(prefix="vifi-bench-"))
        self.nodes = []
        try:
            self.ap, self.sta = self._node(prefix, "ap"), self._node(prefix, "sta")
            self._start()
        except BaseException:
            self.close()
            raise

    def _node(self, prefix, name):
        self.nodes.append(Node(prefix, name))
        return self.nodes[-1]

    def _file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _start(self):
        secret = f"wpa_passphrase={PASSPHRASE}\n" if self.hostapd else ""
        psk = f'\tpsk="{PASSPHRASE}"\n' if self.hostapd else ""
        ap = self._file("hostapd.conf", f"interface=vap0\nssid={SSID}\nhw_mode=g\nchannel=1\n{self.hostapd}{secret}")
        self.conf = self._file("wpa_supplicant.conf", f'network={{\n\tssid="{SSID}"\n{psk}\tscan_freq=2412\n'
                               + "".join(f"\t{line}\n" for line in self.network.split()) + "}\n")
        self.air = os.path.join(self.folder, "air")
        self.ap.start([program(), "air", "--socket", self.air, "--airtime", self.airtime], log=os.path.join(self.folder, "air.log"))
        wait_for("the air", lambda: os.path.exists(self.air))
        self.ap.start([program(), "ap", "--air", self.air, ap], log=os.path.join(self.folder, "ap.log"))
        wait_for("the access point's interface", lambda: has(self.ap, "vap0"))
        self.ap.ip(f"addr add {AP4}/24 dev vap0")

    def station(self):
        """Starts the station and returns (process, seconds from its start to the first answered ping)."""
        began = time.monotonic()
        process = self.sta.start([program(), "sta", "--air", self.air, self.conf], log=os.path.join(self.folder, "sta.log"))
        wait_for("the station's interface", lambda: has(self.sta, "wlan0"), step=0.002)
        self.sta.ip(f"addr add {STA4}/24 dev wlan0")
        # Like a DHCP client, wait for the carrier: an earlier ping is lost and repeated only a second later.
        wait_for("the station's carrier", lambda: has_carrier(self.sta, "wlan0"), step=0.002)
        ping = subprocess.Popen(self.sta.argv(["ping", "-n", "-i", "0.005", "-w", "15", AP4]), stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        try:
            for line in ping.stdout:
                if "bytes from" in line:
                    return process, time.monotonic() - began
        finally:
            ping.kill()
            ping.wait()
        raise LabError("no answer to a ping within 15 s")

    def close(self):
        for node in self.nodes:
            node.delete()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def has(node, ifname):
    with inside(node.ns):
        return any(name == ifname for _, name in socket.if_nameindex())


def has_carrier(node, ifname):
    request = struct.pack("16sH14x", ifname.encode(), 0)
    with inside(node.ns), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return bool(struct.unpack_from("16sH", fcntl.ioctl(sock, SIOCGIFFLAGS, request))[1] & IFF_RUNNING)


def tcp(radio, seconds, back):
    """Mbit/s counted at the receiver; back: from the access point to the station."""
    for _ in range(3):
        out = radio.sta.run(["iperf3", "-c", AP4, "-t", seconds, "-J"] + (["-R"] if back else []), check=False,
                            timeout=seconds + 20).stdout
        try:
            return json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e6
        except (ValueError, KeyError):
            time.sleep(0.5)  # the server still handles the previous connection
    raise LabError(f"iperf3: {out[-300:]}")


def visit(name, quick):
    """One visit to a network: TCP both ways, a round trip, and the first ping of a new station."""
    with Radio(name) as radio:
        first = []
        for _ in range(1 if quick else 3):
            process, seconds = radio.station()
            first.append(seconds * 1e3)
            if len(first) < (1 if quick else 3):
                radio.sta.stop(process)
                wait_for("the removal of the station's interface", lambda: not has(radio.sta, "wlan0"))
        server = radio.ap.start(["iperf3", "-s"])
        wait_for("the iperf3 server", lambda: ":5201" in radio.ap.run("ss -ltn").stdout)
        seconds = 1 if quick else 2
        up, down = tcp(radio, seconds, False), tcp(radio, seconds, True)
        radio.ap.stop(server)
        pings = radio.sta.run(["ping", "-n", "-q", "-i", "0.005", "-c", "20" if quick else "100", AP4]).stdout
        rtt = float(re.search(r"= [\d.]+/([\d.]+)/", pings).group(1)) * 1e3
        return {"up": up, "down": down, "rtt": rtt, "first": sorted(first)[len(first) // 2]}


def measure(rounds, quick, progress):
    """name → metric → one figure per round."""
    figures = {name: {} for name in NETWORKS}
    names = list(NETWORKS)
    for i in range(rounds):
        progress(f"TCP over the air: round {i + 1} of {rounds} …")
        for name in names[i % len(names):] + names[:i % len(names)]:
            for metric, value in visit(name, quick).items():
                figures[name].setdefault(metric, []).append(value)
    return figures


# ---- the table


def tables(figures):
    rows = []
    for name, values in figures.items():
        rows.append((name, span(values["up"], "{:,.0f}"), span(values["down"], "{:,.0f}"), span(values["rtt"], "{:,.0f}"), span(values["first"], "{:,.0f}")))
    head = ("", "TCP up, Mbit/s", "TCP down, Mbit/s", "round trip, µs", "start of `vifi sta` to the first answered ping, ms")
    return table(head, rows)


PAGE = """### TCP over the air

`vifi ap`, `vifi air` and `vifi sta` are three processes on one machine; iperf3 with its defaults uses their TAP interfaces. Frames take
no time on the air (`--airtime no`), so the processors are the limit; in the last row frames take the airtime of 802.11g at 54 Mbit/s.
No other user-space access point and station run without a wireless stack in the kernel, so there is no peer to compare with. A new
station scans its one channel, authenticates, associates, completes the 4-way handshake and resolves the access point's MAC address.

{table}"""


def page(figures):
    return PAGE.format(table=tables(figures))
