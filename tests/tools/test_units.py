# SPDX-License-Identifier: GPL-2.0-or-later
"""The systemd units: systemd accepts them, and rates their exposure (systemd-analyze security) at 2.0 of 10 at most."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("VIFI_BUILD", TOP / "build")) / "data"
UNITS = ["vifi-air.service", "vifi-ap@.service", "vifi-bridge@.service", "vifi-sta@.service"]

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def instance(unit, folder):
    """A copy of a unit, with an instance name where it is a template."""
    path = folder / unit.replace("@.", "@wlan0.")
    path.write_text((DATA / unit).read_text())
    return path


def test_every_unit_is_tested():
    assert sorted(path.name for path in DATA.glob("*.service")) == UNITS


@pytest.mark.parametrize("unit", UNITS)
def test_unit_exposes_little(unit, tmp_path):
    run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", instance(unit, tmp_path)],
                         capture_output=True, text=True, timeout=60)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", run.stdout)
    assert exposure, run.stdout + run.stderr
    assert float(exposure.group(1)) <= 2.0, "\n".join(line for line in run.stdout.splitlines() if "✗" in line)


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_unit(unit, tmp_path):
    """Unknown keys and values are warnings, which this reports; the programs and users need not exist here."""
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", instance(unit, tmp_path)],
                         capture_output=True, text=True, timeout=60)
    ours = [line for line in run.stderr.splitlines() if unit.split("@")[0].split(".")[0] in line and "is not executable" not in line]
    assert not ours, run.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_unit_may_write_to_its_folder(unit):
    """ProtectSystem=strict leaves /run read-only, apart from this: for the sockets and the recorder's files."""
    lines = (DATA / unit).read_text().splitlines()
    assert "ProtectSystem=strict" in lines and "RuntimeDirectory=vifi" in lines and "RuntimeDirectoryPreserve=yes" in lines


@pytest.mark.parametrize("unit", UNITS)
def test_unit_starts_again_for_ever(unit):
    """Without this, systemd gives a service up that has failed five times in ten seconds."""
    sections = (DATA / unit).read_text().split("[Service]")
    assert "StartLimitIntervalSec=0" in sections[0].splitlines() and "Restart=on-failure" in sections[1].splitlines()
