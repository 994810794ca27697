# SPDX-License-Identifier: GPL-2.0-or-later
"""Count test results for script/test.

    tally.py meson TESTLOG.json…     what `meson test` left; each case of a cmocka program counts
    tally.py junit FILE.xml…         what `pytest --junit-xml` left

The first line is `N passed, N failed, N skipped`; one line follows for each failed test and each reason for a skip.
A file that is missing or cannot be read is a failure: a run that left no result has not passed.
"""
import collections
import json
import re
import sys
import xml.etree.ElementTree

CASE_OK = re.compile(r"^\[ +OK +\] (\S+)", re.M)
CASE_FAILED = re.compile(r"^\[ +FAILED +\] (\S+)$", re.M)
CASE_SKIPPED = re.compile(r"^\[ +SKIPPED +\] (\S+)$", re.M)


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []

    def meson(self, path):
        tests = [json.loads(line) for line in open(path) if line.strip()]
        if not tests:
            self.failures.append("no test was run")
        for test in tests:
            out = test.get("stdout") or ""
            good = CASE_OK.findall(out)
            bad = sorted(set(CASE_FAILED.findall(out)))
            if test["result"] == "SKIP":
                self.skips.append(last_line(out) or test["name"])
                continue
            if test["result"] == "OK":
                self.passed += max(len(good), 1)
            else:
                # A crash names no case, but it is one failure all the same.
                self.passed += len(good)
                self.failures += [f"{test['name']}: {case}" for case in bad] or [f"{test['name']}: {test['result'].lower()}"]
            self.skips += [f"{test['name']}: {case}" for case in set(CASE_SKIPPED.findall(out))]

    def junit(self, path):
        cases = list(xml.etree.ElementTree.parse(path).getroot().iter("testcase"))
        if not cases:
            self.failures.append("no test was run")
        for case in cases:
            name = f"{case.get('classname', '')}::{case.get('name', '')}".lstrip(":")
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.failures.append(name)
            elif skip is not None:
                self.skips.append(skip.get("message") or name)
            else:
                self.passed += 1

    def report(self):
        print(f"{self.passed} passed, {len(self.failures)} failed, {len(self.skips)} skipped")
        for failure in self.failures:
            print(f"  failed: {failure}")
        for reason, times in collections.Counter(self.skips).items():
            print(f"  skipped: {reason}" + (f" ({times} times)" if times > 1 else ""))


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def main(kind, *paths):
    tally = Tally()
    for path in paths:
        try:
            getattr(tally, kind)(path)
        except (OSError, ValueError, KeyError, xml.etree.ElementTree.ParseError) as error:
            tally.failures.append(f"no result: {error}")
    tally.report()


if __name__ == "__main__":
    main(*sys.argv[1:])
