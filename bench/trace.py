# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorder of `vifi trace`: off, with the headers of all frames, with all frames; and its section of doc/benchmarks.md.

One `vifi bridge` serves these measurements: the mode changes while it runs, as a reader changes it. So neither a start nor another
state of the bridge is between two figures of a round, which compares them. Only a build without a recorder is another process:
it takes turns with the usual one, whose recorder is off.
"""

import json
import os
import re
import socket
import subprocess
from contextlib import contextmanager

from bench import pairs
from bench.report import span, table
from tests.lab.netns import LabError, inside, wait_for
from tests.lab.topology import GUEST4, ROUTER4, Lab
from tests.lab.vifi import Vifi

MODES = ("off", "headers", "whole")
BUILDS = ("none", "silent")  # without a recorder, and with one that is off
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LEASE_S = 600
TITLE = "### The recorder"
ROWS = {"tcp_out": "TCP, guest → router", "tcp_in": "TCP, router → guest", "udp_out": "64-byte UDP, guest → router",
        "udp_in": "64-byte UDP, router → guest"}


def ask(lab, mode, seconds):
    """A request of `vifi trace` to the bridge."""
    with inside(lab.host.ns):
        cookie = int.from_bytes(socket.socket().getsockopt(socket.SOL_SOCKET, 71, 8), "little")  # SO_NETNS_COOKIE
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10)
        control.connect(f"/run/vifi/{cookie}-wlan0.sock")
        control.sendall(json.dumps({"ask": "trace", "mode": mode, "seconds": seconds}).encode() + b"\n")
        answer = json.loads(control.makefile().readline())
    if answer.get("mode") != mode:
        raise LabError(f"the recorder is not {mode}: {answer}")


@contextmanager
def recording(lab, mode):
    if mode != "off":
        ask(lab, mode, LEASE_S)
    try:
        yield
    finally:
        ask(lab, "off", 0)


def one_round(lab, guest, mode, times):
    with recording(lab, mode):
        figures = {"tcp_out": pairs.tcp(lab, guest, times.tcp, False), "tcp_in": pairs.tcp(lab, guest, times.tcp, True)}
        figures["udp_out"], figures["udp_out_ns"] = pairs.udp(guest, lab.router, ROUTER4, times.udp)
        figures["udp_in"], figures["udp_in_ns"] = pairs.udp(lab.router, guest, GUEST4, times.udp)
    return figures


def build_without():
    """A program without a recorder."""
    folder, program = os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "bench/no_recorder/vifi-commands"
    result = subprocess.run(["ninja", "-C", folder, program], capture_output=True, text=True, timeout=1200, check=False)
    if result.returncode:
        raise LabError(f"{program}: {result.stdout[-500:]}{result.stderr[-500:]}")
    return os.path.join(folder, program)


@contextmanager
def served_by(lab, program):
    """`vifi bridge` of this program; None: the usual one."""
    usual = os.environ.get("VIFI")
    if program:
        os.environ["VIFI"] = program
    try:
        with Vifi(lab):
            wait_for("ping from the guest to the router", lambda: lab.guests[0].ping(ROUTER4), timeout=8)
            yield
    finally:
        os.environ.pop("VIFI", None)
        if usual:
            os.environ["VIFI"] = usual


def note(results, mode, figures):
    for metric, value in figures.items():
        results[mode].setdefault(metric, []).append(value)
    return "  ".join(f"{metric} {value:.2f}" for metric, value in figures.items())


def measure(rounds, quick, progress):
    """{mode or build: {metric: [one figure per round]}}"""
    times, results = pairs.Times(quick), {mode: {} for mode in MODES + BUILDS}
    progress("a build without the recorder ...")
    programs = {"none": build_without(), "silent": None}
    with Lab(guests=1, dhcp="none", ra="none", bridge=False, port={"strict": False, "reflect": False}) as lab:
        guest = lab.guests[0]
        lab.static(guest, 41, v6=False)
        lab.router.start(["iperf3", "-s", "-4"])
        pairs._fresh_bridge(lab, guest)  # pylint: disable=protected-access
        with served_by(lab, None):
            for number in range(rounds):
                first = number % len(MODES)
                for mode in MODES[first:] + MODES[:first]:
                    text = note(results, mode, one_round(lab, guest, mode, times))
                    progress(f"recorder {mode:<8} round {number + 1}/{rounds}  {text}")
        for number in range(rounds):
            for build in BUILDS if number % 2 == 0 else BUILDS[::-1]:
                with served_by(lab, programs[build]):
                    text = note(results, build, one_round(lab, guest, "off", times))
                progress(f"recorder {build:<8} round {number + 1}/{rounds}  {text}")
    return results


COLUMNS = (("silent", "none"), ("headers", "off"), ("whole", "off"))


def ratios(results, mode, base, metric, up=True):
    return [(a / b) if up else (b / a) for a, b in zip(results[mode][metric], results[base][metric])]


def tables(results):
    rows = []
    for metric, title in ROWS.items():
        rows.append([title] + [span(ratios(results, mode, base, metric)) for mode, base in COLUMNS])
        if metric + "_ns" in results["off"]:
            rows.append([f"{title}, processor time, inverse"] + [span(ratios(results, mode, base, metric + "_ns", False)) for mode, base in COLUMNS])
    return table(("rate", "off : no recorder", "headers : off", "whole frames : off"), rows)


def page(results, rounds, where):
    return f"""{TITLE}

"No recorder" is a build whose eBPF programs have none (`MN_NO_RECORDER`). `vifi trace` reads nothing meanwhile; the process writes the ring. {where}; {rounds} round{'s' if rounds > 1 else ''}. The processor time is that of the sender per
packet, which contains the programs but not the process.

{tables(results)}"""


def replace(text, section):
    """doc/benchmarks.md with a new section, at the end of those on a network."""
    text = re.sub(rf"(?s){re.escape(TITLE)}\n.*?(?=\n\n##)\n\n", "", text)
    new, count = re.subn(r"\n\n(?=## Nanoseconds per run)", lambda _: f"\n\n{section}\n\n", text, count=1)
    if count != 1:
        raise ValueError("doc/benchmarks.md has no section `## Nanoseconds per run`: run script/bench --write without --only")
    return new
