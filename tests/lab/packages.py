# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages that a test unpacks beside the machine's files, so that nothing is installed and no daemon starts."""

import fcntl
import os
import shutil
from pathlib import Path

from .netns import LabError, run
from .vifi import TOP

NETWORK_MANAGER = "network-manager libnm0 libndp0 libmm-glib0 libbluetooth3 libteamdctl0 libnewt0.52"
CACHE = Path(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build"))) / "packages"


def unpacked(name, packages):
    """The folder build/packages/NAME with the files of these packages, without their dependencies; they are downloaded once.
    A package with a question mark is left out where apt does not know it.  Raises LabError if no package source can be reached."""
    root, stamp, debs = CACHE / name, CACHE / f"{name}.stamp", CACHE / f"{name}.debs"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == packages:
            return root
        for folder in (root, debs):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        names = [word.rstrip("?") for word in packages.split()
                 if not word.endswith("?") or run(["apt-cache", "show", word.rstrip("?")], check=False).returncode == 0]
        done = run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *names], check=False, timeout=240, cwd=debs)
        if done.returncode:
            raise LabError(f"the packages {packages} cannot be downloaded; run apt-get update: {done.stderr.strip().splitlines()[-1]}")
        for package in debs.glob("*.deb"):
            run(["dpkg-deb", "-x", package, root], timeout=120)
        shutil.rmtree(debs)
        stamp.write_text(packages)
        return root
