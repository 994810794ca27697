# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the network tests.

Every test of a file shares one lab with vifi running and three guests with addresses by hand (`world`).  Whatever
the uplink sends meanwhile is captured before the port judges it; when the file's tests are over, tshark reads the
capture, and one foreign address in it is a failure.  After each single test the port's own counter is compared.

Without root or a kernel feature the tests are skipped with the reason; with CI=true in the environment that is a failure.
"""

import logging
import os
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

from lab import services  # noqa: E402
from lab.vifi import program  # noqa: E402
from world import World  # noqa: E402


def pytest_sessionstart(session):
    session.config.missing = services.missing_features()


@pytest.fixture(autouse=True, scope="session")
def machine(request):
    """Fails or skips where the lab cannot be built."""
    missing = request.config.missing
    if missing and os.environ.get("CI") == "true":
        pytest.fail("; ".join(missing))
    if missing:
        pytest.skip("; ".join(missing))


@pytest.fixture(scope="session")
def vifi_program(machine):
    return program()


@pytest.fixture(scope="module")
def world(request, vifi_program):
    """The lab of one test file.  A file changes it with WORLD = {...} (arguments of World)."""
    with World(**getattr(request.module, "WORLD", {})) as w:
        yield w
        verdict = w.verdict()
        assert verdict is None or verdict.clean, f"over all tests of {request.module.__name__}: {verdict}"


@pytest.fixture(autouse=True)
def nothing_foreign(request):
    """After each test with a world: the port has dropped nothing for its source, and vifi still runs."""
    if "world" not in request.fixturenames:
        yield
        return
    w = request.getfixturevalue("world")
    before = w.lab.port.foreign()
    yield
    got = w.lab.port.foreign() - before
    assert got == w.foreign_allowed, f"{got} frames with a foreign source on the port; the last: {w.lab.port.last_offender()}"
    w.foreign_allowed = 0
    assert w.vifi is None or w.vifi.proc.poll() is None, f"vifi has ended:\n{w.vifi.said()}"
