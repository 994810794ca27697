# SPDX-License-Identifier: GPL-2.0-or-later
"""Where secrets stay: no passphrase in the memory of a running daemon, no key in a core dump, keys in locked memory."""

import hashlib
import os
import shutil
import signal
import subprocess

import pytest

from lab.memory import search
from lab.netns import wait_for
from lab.vifi import program
from radio_bench import SSID, Bench, hostapd, network

COMMON, PERSONAL = "a passphrase for everybody", "only for one station"


def pmk(passphrase):
    return hashlib.pbkdf2_hmac("sha1", passphrase.encode(), SSID.encode(), 4096, 32)


PASSPHRASES = [COMMON.encode(), PERSONAL.encode()]
PMKS = [pmk(COMMON), pmk(PERSONAL)]


@pytest.fixture(scope="module")
def radio():
    with Bench(debug="") as bench:
        psks = bench.file("psks", f"00:00:00:00:00:00 {PERSONAL}\n")
        bench.access_point = bench.ap(hostapd("wpa=2", f"wpa_passphrase={COMMON}", f"wpa_psk_file={psks}"))
        bench.station = bench.sta(network(passphrase=PERSONAL)).connected()
        yield bench


@pytest.mark.parametrize("which", ["access_point", "station"])
def test_passphrases_are_wiped_from_memory(radio, which):
    """The PMKs replace the passphrases.  The search finds them, so it would find passphrases, too."""
    found = search(getattr(radio, which).pid, *PASSPHRASES, *PMKS)
    assert pmk(PERSONAL) in found, "the search does not work"
    assert not any(passphrase in found for passphrase in PASSPHRASES), found
    radio.station.reaches()


@pytest.mark.parametrize("which", ["access_point", "station"])
def test_keys_are_in_locked_memory(radio, which):
    found = search(getattr(radio, which).pid, *PMKS)
    assert found and all("lo" in flags for copies in found.values() for flags in copies), found


@pytest.mark.parametrize("which", ["access_point", "station"])
def test_a_debugger_dumps_no_key(radio, which, tmp_path):
    if not shutil.which("gcore"):
        pytest.skip("gcore (gdb) is not installed")
    process = getattr(radio, which)
    subprocess.run(["gcore", "-o", tmp_path / "core", str(process.pid)], check=True, capture_output=True, timeout=60)
    core = (tmp_path / f"core.{process.pid}").read_bytes()
    assert len(core) > 1000 and not any(secret in core for secret in PASSPHRASES + PMKS)


def test_a_crash_leaves_no_core(tmp_path):
    """A station with the limit for core files removed, in a folder where its user may write, is ended by SIGSEGV."""
    with open("/proc/sys/kernel/core_pattern") as file:
        pattern = file.read().strip()
    if pattern[0] in "|/@":
        pytest.skip(f"cores go elsewhere: {pattern}")
    with Bench(debug="") as bench:
        bench.ap(hostapd("wpa=2", f"wpa_passphrase={COMMON}"))
        path, log = bench.file("sta.conf", network(passphrase=COMMON)), bench.file("crash.log")
        script = 'cd "$1"; ulimit -c unlimited; shift; exec "$@"'
        proc = bench.node("crash").start(["sh", "-c", script, "sh", bench.folder, program(), "sta", "--air", bench.socket, "-i", "wlan0", path], log=log)
        wait_for("the station is connected", lambda: "connected" in open(log).read(), 10)
        os.kill(proc.pid, signal.SIGSEGV)
        assert proc.wait(10) == -signal.SIGSEGV
        cores = [name for name in os.listdir(bench.folder) if name.startswith("core")]
        for name in cores:
            shutil.copy(os.path.join(bench.folder, name), tmp_path)
        assert not cores


@pytest.mark.parametrize("words", [["-c", "conf"], ["-p", PERSONAL, "-s", SSID]])
def test_decrypt_wipes_the_passphrase(radio, words, tmp_path):
    with open(radio.capture, "rb") as file:
        part = file.read()
    capture = tmp_path / "large.pcapng"
    with open(capture, "wb") as file:
        for _ in range(200_000_000 // len(part)):
            file.write(part)
    conf = radio.file("decrypt.conf", network(passphrase=PERSONAL))
    proc = subprocess.Popen([program(), "decrypt", *[conf if word == "conf" else word for word in words], "-w", tmp_path / "out", capture],
                            stdout=subprocess.DEVNULL)
    try:
        wait_for("it reads the capture", lambda: os.path.exists(tmp_path / "out") and os.stat(tmp_path / "out").st_size > 0, 20)
        os.kill(proc.pid, signal.SIGSTOP)
        found = search(proc.pid, PERSONAL.encode(), pmk(PERSONAL))
        assert pmk(PERSONAL) in found and PERSONAL.encode() not in found, found
        assert any({"lo", "dd"} <= flags for flags in found[pmk(PERSONAL)]), "the list of keys is not locked, or dumped"
        with open(f"/proc/{proc.pid}/coredump_filter") as file:
            assert int(file.read(), 16) == 0
    finally:
        proc.kill()
        proc.wait()
