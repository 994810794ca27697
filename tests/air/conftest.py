# SPDX-License-Identifier: GPL-2.0-or-later
"""Independent programs check the frames of vifi: tshark, scapy, aircrack-ng.  The tests need neither root nor a network."""
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.user import give  # noqa: E402

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build" / "tests" / "air"
DOT11 = 105  # LINKTYPE_IEEE802_11


def run_tool(program, *arguments, lines=()):
    """Runs a test program of tests/air with these input lines; returns its output lines."""
    run = subprocess.run([BUILD / program, *map(str, arguments)], input="".join(line + "\n" for line in lines),
                         capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr
    return run.stdout.split("\n")[:-1]


def write_pcap(path, frames):
    """Writes a capture of 802.11 frames (bytes), a millisecond apart."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, DOT11))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<IIII", 1_000_000 + number // 1000, number % 1000 * 1000, len(frame), len(frame)))
            file.write(frame)
    return path


def tshark(capture, kind, key, fields, *filters):
    """Lets tshark decrypt with a key (kind: wep, tk, wpa-pwd, wpa-psk); returns a list of rows of fields."""
    assert shutil.which("tshark"), "tshark is not installed; run script/setup"
    command = ["tshark", "-r", str(capture), "-o", "wlan.enable_decryption:TRUE", "-o",
               f'uat:80211_keys:"{kind}","{key}"', "-T", "fields", "-E", "separator=|"]
    for name in fields:
        command += ["-e", name]
    if filters:
        command += ["-Y", *filters]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr
    return [line.split("|") for line in run.stdout.split("\n")[:-1]]


@pytest.fixture
def tmp_path():
    """A folder that the service user can reach and write to when root runs the tests; pytest's own is root's alone."""
    with tempfile.TemporaryDirectory(prefix="vifi-air-") as folder:
        yield pathlib.Path(give(folder))


@pytest.fixture(scope="session", autouse=True)
def built():
    assert (BUILD / "cipher").exists(), "build/tests/air is missing; run ninja -C build"
