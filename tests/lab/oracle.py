# SPDX-License-Identifier: GPL-2.0-or-later
"""The independent oracle: a capture on the port, read by tshark.

tcpdump captures the frames from the station on the access point's side of the uplink.  Packet sockets see a frame
before tc does, so the capture also contains the frames that the port drops.  tshark then prints the Ethernet source,
the sender address in ARP and the link-layer address options in neighbour discovery of each frame.  The verdict depends
on neither vifi's decoders nor the port's counters.
"""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field

from .netns import LabError, run

SNAP = 2048  # bytes captured of each frame: a whole frame of MTU size, the start of an offloaded segment
FIELDS = ["frame.number", "eth.src", "arp.src.hw_mac", "icmpv6.opt.linkaddr", "_ws.col.Info"]


@dataclass
class Verdict:
    frames: int = 0
    foreign: list = field(default_factory=list)  # (frame number, source, tshark's summary)
    bodies: list = field(default_factory=list)  # (frame number, address in ARP or ND, tshark's summary)

    @property
    def clean(self):
        return not self.foreign and not self.bodies

    def __str__(self):
        lines = [f"{self.frames} frames from the station, {len(self.foreign)} with a foreign source, "
                 f"{len(self.bodies)} with a foreign address in ARP or ND"]
        lines += [f"  frame {n}: {mac}: {info}" for n, mac, info in (self.foreign + self.bodies)[:10]]
        return "\n".join(lines)


class Capture:
    """A capture on one interface of a node; `direction` is in, out or inout from the interface's point of view."""

    def __init__(self, node, ifname, path, direction="in", filter_=""):
        self.node, self.path = node, path
        self.log = path + ".log"
        self.proc = node.start(["tcpdump", "-i", ifname, "-Q", direction, "-n", "-U", "--immediate-mode", "-B", 65536, "-s", SNAP,
                                "-Z", "root", "-w", path] + filter_.split(), log=self.log)
        end = time.monotonic() + 30
        while "listening on" not in self._log_text():
            if self.proc.poll() is not None or time.monotonic() > end:
                raise LabError(f"tcpdump on {ifname} did not start:\n{self._log_text()}")
            time.sleep(0.01)

    def _log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def stop(self):
        """Ends the capture.  Raises LabError if frames were lost, because an incomplete capture proves nothing."""
        if self.proc.poll() is None:
            sizes = []
            # until tcpdump has written the frames in flight; on a busy machine it may pause for one look
            while len(sizes) < 20 and (len(sizes) < 3 or len(set(sizes[-3:])) > 1):
                time.sleep(0.1)
                sizes.append(os.path.getsize(self.path))
            self.node.stop(self.proc, signal.SIGINT)
        lost = re.search(r"(\d+) packets? dropped by kernel", self._log_text())
        if not lost or int(lost.group(1)):
            raise LabError(f"the capture {self.path} is incomplete:\n{self._log_text()}")
        return self.path

    def verdict(self, station, known=()):
        """Checks every frame.  `station`: the uplink's MAC address, or a set if it changed.  `known`: MAC addresses of
        machines on the wire, which a guest's Redirect may name."""
        self.stop()
        return check_capture(self.path, station, known)

    def rows(self, filter_, *fields):
        """The fields of the frames that match a tshark display filter, one tuple per frame."""
        self.stop()
        return tshark(self.path, filter_, fields)


def tshark(path, filter_, fields, preferences=(), growing=False):
    """Returns one tuple per matching frame; each field as tshark prints it, several values joined by commas.

    `preferences`: tshark preferences, as "name:value".  `growing`: tolerate a truncated last frame."""
    cmd = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
    cmd += (["-Y", filter_] if filter_ else []) + [x for f in fields for x in ("-e", f)]
    cmd += [x for p in preferences for x in ("-o", p)]
    env = {**os.environ, "LC_ALL": "C", "HOME": "/nonexistent"}
    try:
        result = subprocess.run(cmd, capture_output=True, text=True, errors="replace", timeout=60, env=env)
    except FileNotFoundError as e:
        raise LabError("tshark is not installed; run script/setup") from e
    if result.returncode != 0 and not (growing and "cut short" in result.stderr):
        raise LabError(f"tshark: {result.stderr}")
    return [tuple(line.split("\t")) for line in result.stdout.splitlines()]


def check_capture(path, station, known=()):
    allowed = {station} if isinstance(station, str) else set(station)
    verdict = Verdict()
    for number, src, sha, options, info in tshark(path, "", FIELDS):
        verdict.frames += 1
        if src.split(",")[0] not in allowed:
            verdict.foreign.append((int(number), src, info))
        for mac in filter(None, sha.split(",") + options.split(",")):
            if mac not in allowed and mac not in known:
                verdict.bodies.append((int(number), mac, info))
    return verdict


def checksum_errors(path):
    """The untruncated frames of a capture with a wrong IPv4, TCP, UDP or ICMP checksum."""
    cmd = ["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info",
           "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
           "-Y", "ip.checksum.status==0||tcp.checksum.status==0||udp.checksum.status==0||icmp.checksum.status==0||"
                 "icmpv6.checksum.status==0"]
    return run(cmd, timeout=60).stdout.splitlines()
