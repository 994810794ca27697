# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the network tests.

All tests of a file share one lab (`world`) with vifi running and three guests with static addresses.  A capture before
the port records all frames of the uplink; after the file's last test tshark reads it, and a single foreign address is a
failure.  In addition, the port's own counter is checked after each test.

Without root or a kernel feature the tests are skipped with the reason; with CI=true in the environment they fail.
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
    """Fails or skips if the lab cannot be built."""
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
    """The lab of one test file, which can set arguments of World in WORLD = {...}."""
    with World(**getattr(request.module, "WORLD", {})) as lab_world:
        yield lab_world
        verdict = lab_world.verdict()
        assert verdict is None or verdict.clean, f"capture over all tests of {request.module.__name__}: {verdict}"


@pytest.fixture(autouse=True)
def no_foreign_frames(request):
    """Checks after each test with a world that the port dropped no frame for its source and that vifi still runs."""
    if "world" not in request.fixturenames:
        yield
        return
    lab_world = request.getfixturevalue("world")
    before = lab_world.lab.port.foreign()
    yield
    got = lab_world.lab.port.foreign() - before
    assert got == lab_world.foreign_allowed, f"{got} frames with a foreign source on the port; the last: {lab_world.lab.port.last_offender()}"
    lab_world.foreign_allowed = 0
    assert lab_world.vifi is None or lab_world.vifi.proc.poll() is None, f"vifi has exited:\n{lab_world.vifi.log_text()}"
