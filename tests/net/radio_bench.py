# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual air with access points and stations as processes.

   wire ═══ br0 ── ap0 ))) air ((( wlan0        access points, stations and wire have namespaces; `vifi air` has none

An access point has the interfaces ap0, ap1 …; each station has wlan0 in its own namespace.
"""

import contextlib
import itertools
import os
import re
import signal
import subprocess
import tempfile

from lab.netns import LabError, Node, run, sweep, wait_for
from lab.user import give
from lab.vifi import program

SSID, PASSPHRASE = "vifi bench", "correct horse battery"
AP4, STA4 = "10.55.0.1", "10.55.0.{}"
_number = itertools.count()


def hostapd(*lines, ssid=SSID, interface="ap0", bssid="02:00:00:00:aa:01"):
    return "\n".join([f"interface={interface}", f"ssid={ssid}", "hw_mode=g", "channel=6", f"bssid={bssid}", *lines]) + "\n"


def wpa2(*lines, passphrase=PASSPHRASE, **words):
    return hostapd("wpa=2", f"wpa_passphrase={passphrase}", *lines, **words)


def network(*lines, ssid=SSID, passphrase=PASSPHRASE, frequency=2437):
    secret = [f'psk="{passphrase}"'] if passphrase else ["key_mgmt=NONE"]
    scan = [f"scan_freq={frequency}"] if frequency else []
    return "network={\n" + "\n".join([f'ssid="{ssid}"', *secret, *scan, *lines]) + "\n}\n"


class Process:
    """A vifi process and its log."""

    def __init__(self, argv, log, node=None):
        self.argv, self.log, self.node = [program(), *argv], log, node
        self.start()

    def start(self):
        argv = self.node.argv(self.argv) if self.node else self.argv
        with open(self.log, "ab") as out:
            self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait(self, text, times=1, timeout=10):
        """Waits until the log has `times` matches of a regular expression."""
        try:
            wait_for(f"{' '.join(self.argv[1:3])}: {text!r}", lambda: len(re.findall(text, self.log_text())) >= times, timeout)
        except LabError as e:
            raise LabError(f"{e}:\n{self.log_text()[-3000:]}") from e

    def stop(self, sig=signal.SIGTERM):
        if self.proc.poll() is None:
            self.proc.send_signal(sig)
        return self.proc.wait(30)

    @property
    def pid(self):
        """The process ID of vifi: `ip netns exec` replaces itself by the program."""
        return self.proc.pid


class Station(Process):
    def __init__(self, node, number, argv, log):
        self.address = STA4.format(number)
        super().__init__(argv, log, node)

    def connected(self, times=1, timeout=10):
        self.wait(r": connected: keys are installed", times, timeout)
        return self

    def has_carrier(self):
        return "LOWER_UP" in self.node.query("link show dev wlan0")

    def reaches(self, address=AP4, timeout=10):
        """Waits for an answered ping."""
        try:
            wait_for(f"a ping to {address}", lambda: self.node.ping(address, timeout=1), timeout)
        except LabError as e:
            raise LabError(f"{e}:\n{self.log_text()[-3000:]}") from e


class Bench:
    """An air with access points and stations, which all end when the block does."""

    def __init__(self, *air_options, debug="-dd"):
        self.prefix = f"vifi{os.getpid()}x{900 + next(_number)}"
        self.folder = give(tempfile.mkdtemp(prefix="vifi-bench-"))
        self.socket, self.capture = self.file("air"), self.file("air.pcapng")
        self.debug, self.nodes, self.processes, self.stations = debug, {}, [], 0
        self.air_options = air_options
        sweep(self.prefix)
        self.air = None

    def __enter__(self):
        try:
            self.start_air()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, kind=None, *_):
        bad = [p for p in reversed(self.processes) if p.proc.poll() is None and p.stop() != 0]
        for node in self.nodes.values():
            node.delete()
        logs = "".join(p.log_text()[-3000:] for p in bad)
        run(["rm", "-r", self.folder])
        if bad and not kind:
            raise LabError(f"{' '.join(bad[0].argv[1:3])} exited with {bad[0].proc.returncode}:\n{logs}")

    def file(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
        return path

    def node(self, name):
        if name not in self.nodes:
            self.nodes[name] = Node(self.prefix, name)
        return self.nodes[name]

    def add(self, process):
        self.processes.append(process)
        return process

    def start_air(self):
        options = ["--airtime", "no", "--capture", self.capture, *self.air_options]
        self.air = self.add(Process(["air", "up", "--socket", self.socket, *options], self.file("air.log")))
        self.air.wait("the medium is at", times=self.air.log_text().count("the medium is at") or 1)

    def ap(self, *files, wait=True):
        """Starts an access point with its IP address."""
        paths = [self.file(f"ap{len(self.processes)}-{i}.conf", text) for i, text in enumerate(files)]
        process = self.add(Process(["ap", "--air", self.socket, *([self.debug] if self.debug else []), *paths],
                                   self.file(f"ap{len(self.processes)}.log"), self.node("ap")))
        if wait:
            process.wait("the network is on the air")
            self.node("ap").ip(f"addr replace {AP4}/24 dev ap0")
        return process

    def sta(self, text, options=()):
        """Starts a station with its IP address, in its own namespace."""
        self.stations += 1
        number = self.stations
        node = self.node(f"s{number}")
        path = self.file(f"sta{number}.conf", text)
        argv = ["sta", "--air", self.socket, "-i", "wlan0", "--name", f"s{number}", *([self.debug] if self.debug else []),
                *options, path]
        station = self.add(Station(node, number + 10, argv, self.file(f"sta{number}.log")))
        wait_for("the station's interface", lambda: station.proc.poll() is not None or "wlan0" in node.query("link show"))
        try:
            if station.proc.poll() is None:
                node.ip(f"addr add {station.address}/24 dev wlan0")
        except LabError:
            station.proc.wait(10)  # it has given up meanwhile, and its interface with it
        return station

    def logs(self):
        return "".join(p.log_text() for p in self.processes)


@contextlib.contextmanager
def connected_bench():
    """A bench with an access point and `station`, which reaches it."""
    with Bench(debug="-d") as bench:
        bench.ap(wpa2())
        bench.station = bench.sta(network()).connected()
        bench.station.reaches()
        yield bench
