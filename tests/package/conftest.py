# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the package in a root of its own, once for all tests. VIFI_SUITE=bookworm takes another release than trixie,
and VIFI_DEB=FILE a package that is built already.

Without a package source the tests are skipped with the reason; with CI=true in the environment they fail.
"""
import os
import pathlib
import shutil
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import system as systems  # noqa: E402
from lab import Lab, Options  # noqa: E402
from lab.netns import run  # noqa: E402
from lab.unavailable import unavailable  # noqa: E402

SUITE = os.environ.get("VIFI_SUITE", "trixie")


@pytest.fixture(scope="session")
def roots():
    """The folder with the roots."""
    try:
        systems.make_roots(SUITE)
    except systems.RootsMissing as missing:
        unavailable(f"there is no system of Debian {SUITE}: {missing}")
    return systems.ROOTS


@pytest.fixture(scope="session")
def built(roots):
    """The folder in which script/package has built the package, and its output."""
    root = roots / f"{SUITE}-build"
    systems.copy_sources(root / "src/vifi")
    (root / "src/vifi/VERSION").write_text(run([systems.SOURCE / "script/version"]).stdout)
    # The commands of the compiler are long, and say nothing.
    script = "cd /src/vifi && set -o pipefail && script/package 2>&1 | grep -Ev '^(\\[[0-9]+/[0-9]+\\] )?(cc|clang) |^   '"
    output = systems.run_in_root(root, script, DEB_CFLAGS_APPEND="-Werror", timeout=900)
    return root / "src/vifi/build/package", output


@pytest.fixture(scope="session")
def package(request):
    if os.environ.get("VIFI_DEB"):
        return pathlib.Path(os.environ["VIFI_DEB"]).resolve()
    [path] = request.getfixturevalue("built")[0].glob("vifi_*.deb")
    return path


@pytest.fixture(scope="session")
def newer(package, tmp_path_factory):
    """The same package with a higher version."""
    folder = tmp_path_factory.mktemp("newer")
    for command in (["dpkg-deb", "-R", package, folder / "content"],
                    ["sed", "-i", "s/^Version: .*/&.1/", folder / "content/DEBIAN/control"],
                    ["dpkg-deb", "-b", "-Zgzip", "--root-owner-group", folder / "content", folder / "vifi_newer.deb"]):
        run(command, timeout=120)
    shutil.rmtree(folder / "content")
    return folder / "vifi_newer.deb"


@pytest.fixture
def lab():
    with Lab(options=Options(guests=1)) as built_lab:
        yield built_lab


@pytest.fixture
def system(roots, lab, tmp_path):
    booted = systems.System(roots / f"{SUITE}-system", tmp_path, lab.host)
    yield booted
    booted.close()
