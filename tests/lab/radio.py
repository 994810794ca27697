# SPDX-License-Identifier: GPL-2.0-or-later
"""A radio in the lab: `vifi air`, access points and stations as processes of nodes, and what was on the air.

The judge is tshark: with nothing but the passphrase it opens the capture that the air writes, and names transmitter,
source and content of each data frame.  What a station was given to send is seen by tcpdump at its interface.
"""

import os
import re
import signal
import time
from dataclasses import dataclass

from .judge import Verdict, tshark
from .netns import LabError, wait_for
from .vifi import program

SSID, PASSPHRASE = "vifi lab", "correct horse battery"
BSSID = "02:00:5e:10:00:0a"  # the access point's own


@dataclass
class Network:
    """What both sides have to agree on."""

    ssid: str = SSID
    passphrase: str = PASSPHRASE
    tkip: bool = False  # WPA version 1 with TKIP, as in 2007; else WPA2 with CCMP
    wmm: bool = True  # QoS: two bytes more in each header
    more: tuple = ()  # lines of hostapd.conf

    def hostapd(self, interface, bridge=None):
        """hostapd.conf"""
        lines = [f"interface={interface}", f"bssid={BSSID}", f"ssid={self.ssid}", "hw_mode=g", "channel=6", f"wmm_enabled={int(self.wmm)}",
                 f"wpa={1 if self.tkip else 2}", "wpa_key_mgmt=WPA-PSK",
                 "wpa_pairwise=TKIP" if self.tkip else "rsn_pairwise=CCMP", f"wpa_passphrase={self.passphrase}"]
        return "\n".join([*lines, *self.more] + ([f"bridge={bridge}"] if bridge else [])) + "\n"

    def supplicant(self):
        """wpa_supplicant.conf"""
        cipher = "TKIP" if self.tkip else "CCMP"
        return (f'network={{\n\tssid="{self.ssid}"\n\tpsk="{self.passphrase}"\n\tproto={"WPA" if self.tkip else "RSN"}\n'
                f"\tkey_mgmt=WPA-PSK\n\tpairwise={cipher}\n\tgroup={cipher}\n\tscan_freq=2437\n}}\n")


class _Program:
    """`vifi SOMETHING` in the foreground, as a process of a node, with a log of its own."""

    def __init__(self, lab, node, name, argv):
        self.lab, self.node, self.name, self.log = lab, node, name, lab.file(f"{name}.log")
        self.argv, self.proc = [program(), *argv], None
        self.start()

    def start(self):
        self.proc = self.node.start(self.argv, log=self.log)

    def said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def kill(self):
        """kill -9: it says goodbye to nobody."""
        self.node.stop(self.proc, signal.SIGKILL)

    def wait(self, what, probe, timeout=15):
        """Waits until `probe` is true; says what the program said if it is not, or if the program ends before."""
        def ask():
            if self.proc.poll() is not None:
                raise LabError(f"vifi {self.name} ended with {self.proc.returncode}")
            return probe()
        try:
            return wait_for(what, ask, timeout)
        except LabError as e:
            raise LabError(f"{e}\n{self.said()}") from e

    def drops(self):
        """name → count of every reason for which access point or station dropped frames: it says so when asked (SIGUSR1)."""
        before = len(self.said())
        self.proc.send_signal(signal.SIGUSR1)

        def answer():
            said = self.said()[before:]
            return ": network " in said and said
        text = self.wait("it tells its counters", answer, 5)
        time.sleep(0.05)  # the reasons come last
        return {name: int(n) for n, name in re.findall(r"(\d+) dropped \((\w+)\)", self.said()[before:] or text)}

    def close(self):
        if self.lab.nodes.get(self.node.name) is self.node:
            self.node.stop(self.proc)
        elif self.proc.poll() is None:
            self.proc.kill()

    def __str__(self):
        return f"pid {self.proc.pid}"


def _exists(node, ifname):
    return re.search(rf"^\d+: {ifname}[:@]", node.query("link show"), re.M)


def _carrier(node, ifname):
    return _exists(node, ifname) and "LOWER_UP" in node.query(f"link show dev {ifname}")


class Air(_Program):
    """`vifi air`; everything that is on the air goes into `capture`."""

    def __init__(self, lab, node):
        self.socket, self.capture = lab.file("air"), lab.file("air.pcapng")
        super().__init__(lab, node, "air", ["air", "--socket", self.socket, "--capture", self.capture])
        self.wait("the air", lambda: os.path.exists(self.socket))

    def write_out(self):
        """Waits until `capture` has everything that was on the air before: the air writes it out every half second, if there is any."""
        now = time.time()
        try:
            wait_for("the air writes its capture", lambda: os.stat(self.capture).st_mtime > now, 1.5)
        except LabError:
            pass  # nobody is on the air, not even with beacons: nothing is left to write

    def rule(self, *rules):
        """Changes how well radios hear each other: "from=* to=* loss=5%"."""
        self.node.run([program(), "air", "rule", "--socket", self.socket, *rules])


class AccessPoint(_Program):
    """`vifi ap`: its wire side is `interface`, in `bridge` if there is one."""

    def __init__(self, lab, node, air, network, interface, bridge=None):
        path = lab.file("hostapd.conf")
        with open(path, "w") as f:
            f.write(network.hostapd(interface, bridge))
        self.interface = interface
        super().__init__(lab, node, "ap", ["ap", "--air", air.socket, path])
        # With hundreds of passphrases it has to compute before it is on the air, and has a carrier.
        self.wait("the access point is on the air", lambda: _carrier(node, interface), 40)


class Station(_Program):
    """`vifi sta`: `interface` is its Wi-Fi card, with the address `mac`."""

    def __init__(self, lab, node, air, network, mac, interface="wlan0"):
        path = lab.file("wpa_supplicant.conf")
        with open(path, "w") as f:
            f.write(network.supplicant())
        self.interface, self.mac = interface, mac
        super().__init__(lab, node, "sta", ["sta", "--air", air.socket, "-i", interface, "--address", mac, path])
        self.wait(f"interface {interface} of the station", lambda: _exists(node, interface))

    def wait_connected(self, timeout=15):
        self.wait("the station is connected", lambda: _carrier(self.node, self.interface), timeout)
        return self


class Heard:
    """What is on the air from now on, for who has the passphrase."""

    def __init__(self, air, network, since=None):
        self.air, self.network, self.since = air, network, time.time() if since is None else since

    def rows(self, filter_, *fields):
        """One tuple for each frame that matches.  Earlier frames are read too, for their handshakes, but not returned."""
        self.air.write_out()
        keys = ["wlan.enable_decryption:TRUE", f'uat:80211_keys:"wpa-pwd","{self.network.passphrase}:{self.network.ssid}"']
        return tshark(self.air.capture, f"frame.time_epoch >= {self.since:.6f} && ({filter_})", fields, keys, growing=True)

    def verdict(self, station):
        """Judges every data frame to the access point: transmitter, source, and the addresses that ARP and ND bodies name."""
        v = Verdict()
        for number, ta, sa, sha, options, info in self.rows(
                "wlan.fc.type == 2 && wlan.fc.tods == 1", "frame.number", "wlan.ta", "wlan.sa", "arp.src.hw_mac", "icmpv6.opt.linkaddr",
                "_ws.col.Info"):
            v.frames += 1
            for mac in {ta, sa.split(",")[0]} - {station}:
                v.foreign.append((int(number), mac, info))
            for mac in filter(None, sha.split(",") + options.split(",")):
                if mac != station:
                    v.bodies.append((int(number), mac, info))
        return v

    def unread(self):
        """How many protected data frames the passphrase did not open: what is not read is not judged."""
        return len(self.rows("wlan.fc.type == 2 && wlan.fc.protected == 1 && !llc", "frame.number"))


class RadioPort:
    """The uplink as tests/lab/port.py shows the strict one: what a station was given that bears another source.

    tcpdump counts at the interface; the station takes it from there, must not send it, and must have counted the same."""

    NAME = "station"

    def __init__(self, lab, station):
        self.station = station
        self.capture = lab.tap(station.node, station.interface, "out", f"not ether src {station.mac}", "foreign")

    def offenders(self):
        """(source, ethertype) of each frame, in order."""
        rows = tshark(self.capture.path, "", ["eth.src", "eth.type", "vlan.etype"], growing=True)
        return [(src.split(",")[0], int((etype or "0x0").split(",")[0], 16)) for src, etype, _ in rows]

    def _counted(self):
        return self.station.drops().get("foreign_source", 0)

    def foreign(self):
        def both():
            before, seen, after = self._counted(), len(self.offenders()), self._counted()
            return (seen,) if before <= seen <= after else None
        return wait_for("tcpdump and the station count the same frames with a foreign source", both, 5)[0]

    def last_offender(self):
        return next(reversed(self.offenders()), None)
