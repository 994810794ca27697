# SPDX-License-Identifier: GPL-2.0-or-later
"""Count the results of a stage of script/test.

    tally.py [--ended TEXT] FILE

The stage appends rows to its progress FILE as it runs, fields separated by tabs:

    begin ACTIVITY, end ACTIVITY     a run of pytest or meson, a build
    start TEST, finish TEST          brackets of one test
    passed TEST                      outcomes; of several for one test the worst counts
    failed TEST [NOTE]
    skipped TEST [REASON]
    meson TESTLOG                    the rows of this testlog.json belong here; each case of a cmocka program counts

With --ended the stage was stopped or crashed: TEXT becomes one failure, which names the tests that were running, or
else the activities. A file without any result, or with a run that did not end, is a failure too.

The first output line is `N passed, N failed, N skipped`; one line follows for each failed test and for each reason of
skipped ones.
"""
import collections
import json
import re
import sys

CASE_RUNS = re.compile(r"^\[ +RUN +\] (\S+)", re.M)
CASE_OK = re.compile(r"^\[ +OK +\] (\S+)", re.M)
CASE_FAILED = re.compile(r"^\[ +FAILED +\] (\S+)$", re.M)
CASE_SKIPPED = re.compile(r"^\[ +SKIPPED +\] (\S+)$", re.M)
SEVERITY = ["passed", "skipped", "failed"]


class Tally:
    def __init__(self, ended=None):
        self.ended = ended
        self.passed = 0
        self.failures = []
        self.skips = []
        self.running = []
        self.activities = []
        self.outcomes = {}  # test -> (outcome, note)

    def read(self, path):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                kind, name, *note = line.rstrip("\n").split("\t")
                self.row(kind, name, note[0] if note else "")
        for name, (outcome, note) in self.outcomes.items():
            if outcome == "passed":
                self.passed += 1
            elif outcome == "failed":
                self.failures.append(f"{name} ({note})" if note else name)
            else:
                self.skips.append(note or name)

    def row(self, kind, name, note):
        if kind in SEVERITY:
            worst = self.outcomes.get(name, ("passed", ""))
            self.outcomes[name] = max(worst, (kind, note), key=lambda outcome: SEVERITY.index(outcome[0]))
        elif kind == "meson":
            self.meson(name)
        elif kind in ("start", "begin"):
            self.open(kind).append(name)
        elif kind in ("finish", "end"):
            if name in self.open(kind):
                self.open(kind).remove(name)
        else:
            raise ValueError(f"unknown row: {kind}")

    def open(self, kind):
        return self.running if kind in ("start", "finish") else self.activities

    def meson(self, path):
        tests = 0
        try:
            with open(path, encoding="utf-8") as file:
                for line in file:
                    self.meson_test(json.loads(line))
                    tests += 1
        except (OSError, ValueError, KeyError, TypeError) as error:
            if not self.ended:
                self.failures.append(f"no result: {error}")
                return
        if not tests and not self.ended:
            self.failures.append("no test ran")

    def meson_test(self, test):
        name, result, out = test["name"], test["result"], test.get("stdout") or ""
        good, bad = CASE_OK.findall(out), sorted(set(CASE_FAILED.findall(out)))
        if result == "SKIP":
            self.skips.append(last_line(out) or name)
            return
        skipped = set(CASE_SKIPPED.findall(out))
        self.skips += [f"{name}: {case}" for case in skipped]
        if result == "OK":
            self.passed += max(len(good), 1)
            return
        self.passed += len(good)
        self.failures += [f"{name}: {case}" for case in bad]
        running = [case for case in CASE_RUNS.findall(out)[-1:] if case not in {*good, *bad, *skipped}]
        if result == "INTERRUPT" and self.ended:
            self.running.append(": ".join([name, *running]))
        elif not bad:  # a crash or a timeout names no case, yet is one failure
            self.failures.append("; running: ".join([f"{name}: {result.lower()}", *running]))

    def finish(self):
        """Turns a stop, a crash or a lack of results into a failure."""
        running = ", ".join(sorted(self.running or self.activities))
        if self.ended or running:
            self.failures.append((self.ended or "ended early") + (f"; running: {running}" if running else ""))
        elif not (self.passed or self.failures or self.skips):
            self.failures.append("no test ran")

    def report(self):
        print(f"{self.passed} passed, {len(self.failures)} failed, {len(self.skips)} skipped")
        for failure in self.failures:
            print(f"  failed: {failure}")
        for reason, times in collections.Counter(self.skips).items():
            print(f"  skipped: {reason}" + (f" ({times} times)" if times > 1 else ""))


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def main(*arguments):
    ended = None
    if arguments[0] == "--ended":
        ended, arguments = arguments[1], arguments[2:]
    tally = Tally(ended)
    try:
        tally.read(arguments[0])
    except (OSError, ValueError) as error:
        if not ended:
            tally.failures.append(f"no result: {error}")
    tally.finish()
    tally.report()


if __name__ == "__main__":
    main(*sys.argv[1:])
