# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest plugin: appends each event to a progress file as it happens, so that a stopped run keeps its results.

    PYTHONPATH=tests/tools pytest -p progress --progress=FILE …

tally.py describes the rows. With pytest-xdist the controlling process writes them, the workers nothing.
"""
import pytest


def pytest_addoption(parser):
    parser.addoption("--progress", metavar="FILE", help="append the outcome of each test to FILE")


def pytest_configure(config):
    path = config.getoption("progress")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(path, config.args))


class Progress:
    def __init__(self, path, arguments):
        self.path = path
        self.run = " ".join(["pytest", *arguments])
        self.collected = set()
        self.interrupted = False

    def write(self, *row):
        """One write() to a file in append mode: runs that share the file do not mix within a row."""
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\t".join(" ".join(str(field).split()) for field in row) + "\n")

    def pytest_sessionstart(self):
        self.write("begin", self.run)

    def pytest_collectreport(self, report):
        """A file that fails or is skipped as a whole has no tests. Each xdist worker collects all files."""
        if report.outcome != "passed" and report.nodeid not in self.collected:
            self.collected.add(report.nodeid)
            self.outcome(report)

    def pytest_runtest_logstart(self, nodeid):
        self.write("start", nodeid)

    def pytest_runtest_logreport(self, report):
        if report.outcome != "passed" or report.when == "call":
            self.outcome(report)
        if report.when == "???":  # pytest-xdist: the worker has crashed, no logfinish follows
            self.write("finish", report.nodeid)

    def pytest_runtest_logfinish(self, nodeid):
        self.write("finish", nodeid)

    def pytest_keyboard_interrupt(self, excinfo):
        """Session.Interrupted is pytest's own stop after an error in the collection, which has its row already."""
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self):
        if not self.interrupted:
            self.write("end", self.run)

    def outcome(self, report):
        reason = ""
        if report.outcome == "skipped":
            reason = getattr(report, "wasxfail", None) or reason_of_skip(report.longrepr)
        self.write(report.outcome, report.nodeid, reason)


def reason_of_skip(longrepr):
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")
