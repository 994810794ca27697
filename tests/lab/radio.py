# SPDX-License-Identifier: GPL-2.0-or-later
"""A radio in the lab: `vifi air`, access points and stations as processes of nodes, and captures of the air.

tshark is the oracle: it decrypts the capture of the air with the passphrase alone and prints transmitter, source and
content of each data frame.  tcpdump on the station's interface shows the frames that the station received to send.
"""

import os
import re
import signal
import time
from dataclasses import dataclass

from .oracle import Verdict, tshark
from .netns import LabError, wait_for
from .vifi import program

SSID, PASSPHRASE = "vifi lab", "correct horse battery"
BSSID = "02:00:5e:10:00:0a"  # the access point's own


@dataclass
class Network:
    """The settings shared by access point and station."""

    ssid: str = SSID
    passphrase: str = PASSPHRASE
    tkip: bool = False  # WPA version 1 with TKIP, as in 2007; otherwise WPA2 with CCMP
    wmm: bool = True  # QoS: adds two bytes to each header
    more: tuple = ()  # additional lines of hostapd.conf

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
    """`vifi COMMAND` in the foreground, as a process of a node, with its own log."""

    def __init__(self, lab, node, name, argv):
        self.lab, self.node, self.name, self.log = lab, node, name, lab.file(f"{name}.log")
        self.argv, self.proc = [program(), *argv], None
        self.start()

    def start(self):
        self.proc = self.node.start(self.argv, log=self.log)

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def kill(self):
        """kill -9: the process cannot send a deauthentication."""
        self.node.stop(self.proc, signal.SIGKILL)

    def wait(self, what, probe, timeout=15):
        """Waits until `probe` is true.  Raises LabError with the log on timeout or if the program ends first."""
        def ask():
            if self.proc.poll() is not None:
                raise LabError(f"vifi {self.name} ended with {self.proc.returncode}")
            return probe()
        try:
            return wait_for(what, ask, timeout)
        except LabError as e:
            raise LabError(f"{e}\n{self.log_text()}") from e

    def drops(self):
        """name → count of every drop reason; access point and station print their counters on SIGUSR1."""
        before = len(self.log_text())
        self.proc.send_signal(signal.SIGUSR1)

        def answer():
            log = self.log_text()[before:]
            return ": network " in log and log
        text = self.wait("the printed counters", answer, 5)
        time.sleep(0.05)  # the drop reasons follow last
        return {name: int(n) for n, name in re.findall(r"(\d+) dropped \((\w+)\)", self.log_text()[before:] or text)}

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
    """`vifi air`, with every frame on the air written to the file `capture`."""

    def __init__(self, lab, node):
        self.socket, self.capture = lab.file("air"), lab.file("air.pcapng")
        super().__init__(lab, node, "air", ["air", "--socket", self.socket, "--capture", self.capture])
        self.wait("the air", lambda: os.path.exists(self.socket))

    def write_out(self):
        """Waits until `capture` holds all frames up to now; the air flushes it every half second if there is traffic."""
        now = time.time()
        try:
            wait_for("the air writes its capture", lambda: os.stat(self.capture).st_mtime > now, 1.5)
        except LabError:
            pass  # no radio transmits, not even beacons, so nothing is left to write

    def rule(self, *rules):
        """Changes how well radios hear each other: "from=* to=* loss=5%"."""
        self.node.run([program(), "air", "rule", "--socket", self.socket, *rules])


class AccessPoint(_Program):
    """`vifi ap` with the wired interface `interface`, which is a port of `bridge` if given."""

    def __init__(self, lab, node, air, network, interface, bridge=None):
        path = lab.file("hostapd.conf")
        with open(path, "w") as file:
            file.write(network.hostapd(interface, bridge))
        self.interface = interface
        super().__init__(lab, node, "ap", ["ap", "--air", air.socket, path])
        # With hundreds of passphrases it computes PMKs for some seconds before it starts to beacon and has a carrier.
        self.wait("the access point is on the air", lambda: _carrier(node, interface), 40)


class Station(_Program):
    """`vifi sta` with the Wi-Fi interface `interface` and the MAC address `mac`."""

    def __init__(self, lab, node, air, network, mac, interface="wlan0"):
        path = lab.file("wpa_supplicant.conf")
        with open(path, "w") as file:
            file.write(network.supplicant())
        self.interface, self.mac = interface, mac
        super().__init__(lab, node, "sta", ["sta", "--air", air.socket, "-i", interface, "--address", mac, path])
        self.wait(f"interface {interface} of the station", lambda: _exists(node, interface))

    def wait_connected(self, timeout=15):
        self.wait("the station is connected", lambda: _carrier(self.node, self.interface), timeout)
        return self


class AirCapture:
    """The frames on the air from `since` on (now by default), decrypted with the passphrase."""

    def __init__(self, air, network, since=None):
        self.air, self.network, self.since = air, network, time.time() if since is None else since

    def rows(self, filter_, *fields):
        """One tuple per matching frame.  tshark also reads earlier frames for their handshakes, but does not return them."""
        self.air.write_out()
        keys = ["wlan.enable_decryption:TRUE", f'uat:80211_keys:"wpa-pwd","{self.network.passphrase}:{self.network.ssid}"']
        return tshark(self.air.capture, f"frame.time_epoch >= {self.since:.6f} && ({filter_})", fields, keys, growing=True)

    def verdict(self, station):
        """Checks transmitter, source and the addresses in ARP and ND bodies of every data frame to the access point."""
        verdict = Verdict()
        for number, ta, sa, sha, options, info in self.rows(
                "wlan.fc.type == 2 && wlan.fc.tods == 1", "frame.number", "wlan.ta", "wlan.sa", "arp.src.hw_mac", "icmpv6.opt.linkaddr",
                "_ws.col.Info"):
            verdict.frames += 1
            for mac in {ta, sa.split(",")[0]} - {station}:
                verdict.foreign.append((int(number), mac, info))
            for mac in filter(None, sha.split(",") + options.split(",")):
                if mac != station:
                    verdict.bodies.append((int(number), mac, info))
        return verdict

    def undecrypted(self):
        """The number of protected data frames that tshark could not decrypt, which verdict() therefore cannot check."""
        return len(self.rows("wlan.fc.type == 2 && wlan.fc.protected == 1 && !llc", "frame.number"))


class RadioPort:
    """The uplink with the interface of tests/lab/port.py: counts frames with a foreign source handed to the station.

    tcpdump counts them at the interface.  The station must not transmit them and must report the same count."""

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
