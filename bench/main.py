# SPDX-License-Identifier: GPL-2.0-or-later
"""script/bench: compares vifi with its alternatives on one network, and measures its eBPF programs and its Wi-Fi stack."""

import argparse
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP)
sys.dont_write_bytecode = True

from bench import card, card_page, pairs, radio, report, start, trace, wifi  # noqa: E402  (after the path is set)
from tests.lab.netns import LabError  # noqa: E402


def run_prog(quick):
    path = os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "bench", "run_prog")
    result = subprocess.run([path, "-j"] + (["-q"] if quick else []), capture_output=True, text=True, timeout=300, check=False)
    if result.returncode != 0:
        raise LabError(result.stderr.strip() or f"run_prog: exit {result.returncode}")
    return json.loads(result.stdout)


LAST = os.path.join(TOP, "build", "bench.json")


def arguments():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, to check that every benchmark runs (some 3 minutes)")
    parser.add_argument("--write", action="store_true", help="write doc/benchmarks.md")
    parser.add_argument("--rounds", type=int, default=10, help="rounds over all contestants (10; about a minute each)")
    parser.add_argument("--only", choices=("pairs", "programs", "wifi", "card", "trace"), help="run one part; with --write the other parts come from the last run")
    parser.add_argument("--contestant", action="append", choices=list(pairs.CONTESTANTS),
                        help="measure this contestant and the bridge; may be repeated (default: all)")
    args = parser.parse_args()
    if args.write and (args.quick or args.contestant):
        parser.error("--write needs the full measurement: omit --quick and --contestant")
    if args.write and args.only not in (None, "card", "programs", "trace") and not os.path.exists(LAST):
        parser.error(f"--write --only {args.only} takes the other parts from the last run, but there is none; omit --only")
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    return args


def progress(text):
    print(text, file=sys.stderr, flush=True)


def measure(args, rounds):
    """part -> its results; None: not wanted."""
    parts = dict.fromkeys(("pairs", "programs", "wifi", "card", "trace"))
    parts["absent"] = {}
    if args.only in (None, "programs"):
        progress("nanoseconds per run of each program …")
        parts["programs"] = run_prog(args.quick)
        progress("vifi bridge up …")
        parts["programs"]["start_ms"] = start.measure(3 if args.quick else start.TRIES)
    if args.only in (None, "wifi"):
        parts["wifi"] = wifi.measure(args.quick, progress)
        parts["wifi"]["radio"] = radio.measure(min(rounds, 5), args.quick, progress)
    if args.only in (None, "card"):
        parts["card"] = card.measure(args.quick, progress)
    if args.only in (None, "trace"):
        parts["trace"] = trace.measure(rounds, args.quick, progress)
    if args.only in (None, "pairs"):
        names = None if not args.contestant else ["bridge"] + [n for n in args.contestant if n != "bridge"]
        parts["pairs"], parts["absent"] = pairs.run(rounds, pairs.Times(args.quick), names, progress)
    return parts


def with_last(parts):
    """The parts that were not measured now come from the last run."""
    with open(LAST, encoding="utf-8") as file:
        last = json.load(file)
    measured = {name for name, value in parts.items() if value} | ({"absent"} if parts["pairs"] else set())
    return {name: parts[name] if name in measured else last.get(name) for name in parts}


def write_page(args, parts, rounds):
    """doc/benchmarks.md. The sections of a card, whose machine is emulated, of the programs and of the recorder can be written alone."""
    path = os.path.join(TOP, "doc", "benchmarks.md")
    recorder = trace.page(parts["trace"], rounds, report.machine()) if parts["trace"] else ""
    if args.only in ("card", "programs", "trace"):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if args.only == "trace":
            text = trace.replace(text, recorder)
        elif args.only == "programs":
            text = report.replace_programs(text, parts["programs"])
        else:
            text = card_page.replace(text, card_page.page(parts["card"], card.KERNEL))
    else:
        section = card_page.page(parts["card"], card.KERNEL)
        text = report.page(parts["pairs"], parts["absent"], parts["programs"], rounds, wifi.page(parts["wifi"], section))
        text = trace.replace(text, recorder) if recorder else text
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    progress("wrote doc/benchmarks.md")


def main():
    args = arguments()
    rounds = 1 if args.quick else args.rounds
    try:
        parts = measure(args, rounds)
    except (LabError, subprocess.TimeoutExpired) as e:
        progress(f"script/bench: {e}")
        return 1
    os.makedirs(os.path.join(TOP, "build"), exist_ok=True)
    if args.write and args.only and os.path.exists(LAST):
        parts = with_last(parts)
    with open(LAST, "w", encoding="utf-8") as file:
        json.dump(parts, file, indent=1)
    print(report.plain(parts["pairs"], parts["absent"], parts["programs"], parts["wifi"] and wifi.plain(parts["wifi"]),
                       parts["card"] and card_page.plain(parts["card"]), parts["trace"] and f"{trace.TITLE}\n\n{trace.tables(parts['trace'])}"))
    absent = parts["absent"]
    if args.write and not absent:
        write_page(args, parts, rounds)
    if absent:
        progress(f"script/bench: not measured: {', '.join(absent)}" + ("; doc/benchmarks.md is unchanged" if args.write else ""))
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
