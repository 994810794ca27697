# SPDX-License-Identifier: GPL-2.0-or-later
"""The independent judge: a capture on the port, read by tshark.

tcpdump listens on the access point's side of the uplink, to what comes from the station.  Packet sockets
see a frame before tc does, so the capture holds also what the port drops.  Afterwards tshark names, frame by
frame, the Ethernet source, the sender's address in ARP and the link-layer address options in neighbour
discovery.  None of vifi's own decoders, and none of the port's counting, takes part.
"""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field

from .netns import LabError, run

SNAP = 2048  # bytes of each frame: all of one that fits the MTU, the beginning of a segment to be cut
FIELDS = ["frame.number", "eth.src", "arp.src.hw_mac", "icmpv6.opt.linkaddr", "_ws.col.Info"]


@dataclass
class Verdict:
    frames: int = 0
    foreign: list = field(default_factory=list)  # (frame number, source, what it is)
    bodies: list = field(default_factory=list)  # (frame number, address in ARP or ND, what it is)

    @property
    def clean(self):
        return not self.foreign and not self.bodies

    def __str__(self):
        lines = [f"{self.frames} frames from the station, {len(self.foreign)} with a foreign source, "
                 f"{len(self.bodies)} naming a foreign address in ARP or ND"]
        lines += [f"  frame {n}: {mac}: {info}" for n, mac, info in (self.foreign + self.bodies)[:10]]
        return "\n".join(lines)


class Capture:
    """A capture on one interface of a node; `direction` in, out or inout as that interface sees it."""

    def __init__(self, node, ifname, path, direction="in", filter_=""):
        self.node, self.path = node, path
        self.log = path + ".log"
        self.proc = node.start(["tcpdump", "-i", ifname, "-Q", direction, "-n", "-U", "--immediate-mode", "-B", 65536, "-s", SNAP,
                                "-Z", "root", "-w", path] + filter_.split(), log=self.log)
        end = time.monotonic() + 5
        while "listening on" not in self._said():
            if self.proc.poll() is not None or time.monotonic() > end:
                raise LabError(f"tcpdump on {ifname} did not start:\n{self._said()}")
            time.sleep(0.01)

    def _said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def stop(self):
        """Ends the capture.  Raises LabError when frames were lost: such a capture proves nothing."""
        if self.proc.poll() is None:
            size = -1
            for _ in range(20):  # until what was under way is in the file
                time.sleep(0.1)
                now = os.path.getsize(self.path)
                if now == size:
                    break
                size = now
            self.node.stop(self.proc, signal.SIGINT)
        lost = re.search(r"(\d+) packets? dropped by kernel", self._said())
        if not lost or int(lost.group(1)):
            raise LabError(f"the capture {self.path} is not whole:\n{self._said()}")
        return self.path

    def verdict(self, station, known=()):
        """Judges: `station` is W (or several, when it changed), `known` the addresses of the wire's own machines
        that a Redirect of a guest may name."""
        self.stop()
        return judge(self.path, station, known)

    def rows(self, filter_, *fields):
        """The fields of the frames that match a tshark display filter; each field a list of its values."""
        self.stop()
        return tshark(self.path, filter_, fields)


def tshark(path, filter_, fields, preferences=(), growing=False):
    """Returns one tuple per frame that matches; each field as tshark prints it, several values joined by commas.

    `preferences` are tshark's, as "name:value".  Of a file that is `growing`, the last frame may be cut."""
    cmd = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
    cmd += (["-Y", filter_] if filter_ else []) + [x for f in fields for x in ("-e", f)]
    cmd += [x for p in preferences for x in ("-o", p)]
    env = {**os.environ, "LC_ALL": "C", "HOME": "/nonexistent"}
    try:
        r = subprocess.run(cmd, capture_output=True, text=True, errors="replace", timeout=60, env=env)
    except FileNotFoundError as e:
        raise LabError("tshark is not installed; run script/setup") from e
    if r.returncode != 0 and not (growing and "cut short" in r.stderr):
        raise LabError(f"tshark: {r.stderr}")
    return [tuple(line.split("\t")) for line in r.stdout.splitlines()]


def judge(path, station, known=()):
    mine = {station} if isinstance(station, str) else set(station)
    v = Verdict()
    for number, src, sha, options, info in tshark(path, "", FIELDS):
        v.frames += 1
        if src.split(",")[0] not in mine:
            v.foreign.append((int(number), src, info))
        for mac in filter(None, sha.split(",") + options.split(",")):
            if mac not in mine and mac not in known:
                v.bodies.append((int(number), mac, info))
    return v


def checksum_errors(path):
    """The frames of a capture whose IPv4, TCP, UDP or ICMP checksum is wrong (where the frame is whole)."""
    cmd = ["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info",
           "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
           "-Y", "ip.checksum.status==0||tcp.checksum.status==0||udp.checksum.status==0||icmp.checksum.status==0||"
                 "icmpv6.checksum.status==0"]
    return run(cmd, timeout=60).stdout.splitlines()
