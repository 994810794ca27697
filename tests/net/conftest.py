# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the network tests.

All tests of a file share one lab (`world`) with vifi running and three guests with static addresses.  A capture before
the port records all frames of the uplink; after the file's last test tshark reads it, and a single foreign address is a
failure.  In addition, the port's own counter is checked after each test.

Without root or a kernel feature the tests are skipped with the reason; with CI=true in the environment they fail.
"""

import collections
import logging
import os
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

from lab import services  # noqa: E402
from lab.vifi import program  # noqa: E402
from lab.unavailable import unavailable  # noqa: E402
from world import World, judged, open_worlds  # noqa: E402


# One process runs all tests of a file; the longest files begin first, so that none is left for the end.
LONGEST = ("test_field_claims", "test_virtual_router", "test_field_variants", "test_trust", "test_ordinary_life", "test_managers", "test_scale", "test_service",
           "test_show", "test_why_host")


def pytest_collection_modifyitems(items):
    """Sorts the files: the longest, then those with the most tests."""
    tests = collections.Counter(item.path for item in items)
    items.sort(key=lambda item: (LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST), -tests[item.path], item.path))


def pytest_sessionstart(session):
    session.config.missing = services.missing_features()


@pytest.fixture(autouse=True, scope="session")
def machine(request):
    """Fails or skips if the lab cannot be built."""
    if request.config.missing:
        unavailable("; ".join(request.config.missing))


@pytest.fixture(scope="session")
def vifi_program(machine):
    return program()


@pytest.fixture(scope="module")
def world(request, vifi_program):
    """The lab of one test file, which can set arguments of World in WORLD = {...}."""
    with judged(World(**getattr(request.module, "WORLD", {}))) as lab_world:
        yield lab_world


@pytest.fixture(autouse=True)
def no_foreign_frames():
    """Checks after each test that the port of each world of the file, whatever its fixture is called, dropped no frame for its
    source and that vifi still runs.  Exempt is a world that is a plain bridge or whose tests start vifi themselves."""
    before = {lab_world: lab_world.lab.port.foreign() for lab_world in open_worlds if lab_world.vifi and lab_world.strict}
    yield
    for lab_world, count in before.items():
        port, allowed = lab_world.lab.port, lab_world.foreign_allowed
        lab_world.foreign_allowed = 0
        got = port.foreign() - count
        assert got == allowed, f"{got} frames with a foreign source on the port; the last: {port.last_offender()}"
        assert lab_world.vifi.proc.poll() is None, f"vifi has exited:\n{lab_world.vifi.log_text()}"
