# SPDX-License-Identifier: GPL-2.0-or-later
"""script/bench: vifi beside its peers on one network, the nanoseconds of its eBPF programs, and what Wi-Fi costs."""

import argparse
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP)
sys.dont_write_bytecode = True

from bench import pairs, radio, report, wifi  # noqa: E402  (after the path is set)
from tests.lab.netns import LabError  # noqa: E402


def run_prog(quick):
    path = os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "bench", "run_prog")
    r = subprocess.run([path, "-j"] + (["-q"] if quick else []), capture_output=True, text=True, timeout=300, check=False)
    if r.returncode != 0:
        raise LabError(r.stderr.strip() or f"run_prog: exit {r.returncode}")
    return json.loads(r.stdout)


LAST = os.path.join(TOP, "build", "bench.json")


def arguments():
    p = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    p.add_argument("--quick", action="store_true", help="one short round: does it run? (at most 2 minutes)")
    p.add_argument("--write", action="store_true", help="write doc/benchmarks.md")
    p.add_argument("--rounds", type=int, default=10, help="rounds over all contestants (10; about a minute each)")
    p.add_argument("--only", choices=("pairs", "programs", "wifi"), help="one part; with --write the others are those of the last run")
    p.add_argument("--contestant", action="append", choices=list(pairs.CONTESTANTS),
                   help="these beside the bridge, may be repeated (all)")
    a = p.parse_args()
    if a.write and (a.quick or a.contestant):
        p.error("--write needs whole figures: leave --quick and --contestant out")
    if a.write and a.only and not os.path.exists(LAST):
        p.error(f"--write --only {a.only}: the other parts are those of the last run, and there was none here: leave --only out")
    if a.rounds < 1:
        p.error("--rounds: at least 1")
    return a


def main():
    a = arguments()
    say = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: E731
    figures, absent, prog, air = {}, {}, None, None
    rounds = 1 if a.quick else a.rounds
    try:
        if a.only in (None, "programs"):
            say("nanoseconds per run of each program …")
            prog = run_prog(a.quick)
        if a.only in (None, "wifi"):
            air = wifi.measure(a.quick, say)
            air["radio"] = radio.measure(min(rounds, 5), a.quick, say)
        if a.only in (None, "pairs"):
            names = None if not a.contestant else ["bridge"] + [n for n in a.contestant if n != "bridge"]
            figures, absent = pairs.run(rounds, pairs.Times(a.quick), names, say)
    except (LabError, subprocess.TimeoutExpired) as e:
        say(f"script/bench: {e}")
        return 1
    os.makedirs(os.path.join(TOP, "build"), exist_ok=True)
    if a.write and a.only:
        with open(LAST, encoding="utf-8") as f:
            last = json.load(f)  # the other parts are those of the last run
        figures, absent = (figures, absent) if a.only == "pairs" else (last["pairs"], last["absent"])
        prog, air = prog or last["programs"], air or last["wifi"]
    with open(LAST, "w", encoding="utf-8") as f:
        json.dump({"pairs": figures, "absent": absent, "programs": prog, "wifi": air}, f, indent=1)
    print(report.plain(figures, absent, prog, air and wifi.plain(air)))
    if a.write and not absent:
        with open(os.path.join(TOP, "doc", "benchmarks.md"), "w", encoding="utf-8") as f:
            f.write(report.page(figures, absent, prog, rounds, wifi.page(air)))
        say("written: doc/benchmarks.md")
    if absent:
        say(f"script/bench: not measured: {', '.join(absent)}" + ("; doc/benchmarks.md is left as it was" if a.write else ""))
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
