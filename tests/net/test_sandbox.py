# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemons may still do once they serve: their user, capabilities, system calls and files.

Each test reads /proc/PID/status of every thread, then executes system calls inside the running daemon (tests/lab/inject.py), as an
attacker who has taken it over would.  The daemon works on afterwards.
"""

import os
import signal
import socket
import subprocess

import pytest

from lab import Lab, Vifi
from lab.inject import Process
from lab.netns import wait_for
from lab.topology import ROUTER4
from lab.user import service_user
from lab.vifi import program
from radio_bench import PASSPHRASE, SSID, Bench, network, wpa2
from world import World

NET_ADMIN, BPF = 1 << 12, 1 << 39
AF_INET, AF_PACKET, AF_VSOCK, AF_NETLINK = socket.AF_INET, socket.AF_PACKET, 40, 16
EVERYWHERE = -100  # AT_FDCWD


def status(task):
    with open(f"{task}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def check_status(pid, capabilities):
    """Every thread belongs to the service user, has only these capabilities, cannot gain any, and is filtered."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        got = status(f"/proc/{pid}/task/{thread}")
        uid = str(service_user()[0])
        assert got["Uid"].split() == [uid] * 4, got["Uid"]
        assert "0" not in got["Gid"].split() and "0" not in got["Groups"].split(), (got["Gid"], got["Groups"])
        for which in ("CapEff", "CapPrm", "CapBnd"):
            assert int(got[which], 16) == capabilities, (thread, which, got[which])
        assert int(got["CapInh"], 16) == int(got["CapAmb"], 16) == 0
        assert got["NoNewPrivs"] == "1" and got["Seccomp"] == "2", got


DENIED = {"EPERM", "EACCES"}
O_WRONLY_CREAT = 0o101


def check_calls(pid, folder, reads=()):
    """Executes in the process what no daemon needs, and what only some need.  `folder` holds a file that anybody may read and write."""
    outside = os.path.join(folder, "outside").encode()
    os.chmod(folder, 0o755)
    with open(outside, "w") as file:
        file.write("secret")
    os.chmod(outside, 0o666)
    with Process(pid) as process:
        call = process.call
        assert call("getpid") == pid, "system calls are not executed"
        assert call("execve", b"/bin/true", 0, 0) in DENIED
        assert call("ptrace", 0, 0, 0, 0) in DENIED
        assert call("mount", b"none", b"/mnt", b"tmpfs", 0, 0) in DENIED
        assert call("unshare", 0x10000000) in DENIED
        assert call("setuid", 0) in DENIED
        assert call("init_module", 0, 0, b"") in DENIED
        assert call("kill", os.getpid(), 0) in DENIED
        assert call("bpf", 5, 0, 0) in DENIED, "it can load programs"
        for family in (AF_PACKET, AF_VSOCK, AF_INET, socket.AF_INET6):
            assert call("socket", family, 2, 0) in DENIED, family
        stack = process.saved[process.machine["sp"]] & ~4095
        assert call("mprotect", stack, 4096, 7) in DENIED, "memory can become executable"
        for path in (outside, b"/etc/passwd", b"/proc/1/status", b"/tmp"):
            assert call("openat", EVERYWHERE, path, 0) in DENIED, path
        for path in (outside, b"/tmp/vifi-new-file", b"/etc/cron.d/vifi", b"/proc/sys/net/ipv4/ip_forward"):
            assert call("openat", EVERYWHERE, path, O_WRONLY_CREAT, 0o644) in DENIED, path
        assert call("unlinkat", EVERYWHERE, outside, 0) in DENIED
    assert os.path.exists(outside)


@pytest.mark.parametrize("engine", ["clsact", "tcx", "user"])
def test_bridge_is_confined_and_works(vifi_program, engine, tmp_path):
    with World(vifi=[f"--engine={engine}", "--silent=2"], guests=2) as world:
        vifi = world.vifi
        check_status(vifi.proc.pid, NET_ADMIN if engine == "user" else NET_ADMIN | BPF)
        check_calls(vifi.proc.pid, tmp_path)
        assert "confined" not in vifi.log_text(), vifi.log_text()
        with Process(vifi.proc.pid) as process:
            assert isinstance(process.call("socket", AF_NETLINK, 3, 0), int)
            assert isinstance(process.call("openat", EVERYWHERE, b"/run/vifi/test-file", O_WRONLY_CREAT, 0o600), int)
            assert process.call("unlinkat", EVERYWHERE, b"/run/vifi/test-file", 0) == 0
        # It still follows the host, learns, answers and keeps its state.
        world.host.ip("addr add 10.9.9.9/24 dev wlan0")
        wait_for("the new address of the host", lambda: any(b["address"] == "10.9.9.9" for b in vifi.show()["bindings"]), 5)
        world.host.ip("addr del 10.9.9.9/24 dev wlan0")
        assert world.guest_a.ping(ROUTER4) and world.guest_a.ping(world.guest_b.ip4)
        assert vifi.stop() == 0
        vifi.start()
        assert any(b["address"] == world.guest_a.ip4 for b in vifi.show()["bindings"]), "the bindings were not kept"
        assert world.guest_a.ping(ROUTER4)


def test_processes_of_nobody_cannot_touch_a_daemon(vifi_program):
    """Other programs run as nobody: they may not end the daemon, and its folder is not theirs, also where it once was."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        with Vifi(lab) as vifi:
            done = lab.host.run([*nobody, "kill", "-KILL", str(vifi.proc.pid)], check=False)
            assert done.returncode != 0 and "not permitted" in done.stderr, done
            assert lab.host.run([*nobody, "ls", "/run/vifi"], check=False).returncode != 0
            assert os.stat("/run/vifi").st_uid == service_user()[0]
            assert vifi.show()["running"]


def test_bridge_reports_a_state_folder_that_it_cannot_write(vifi_program):
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        with Vifi(lab, options=["--state", lab.file("new")]) as vifi:  # created for it
            assert "not be saved" not in vifi.log_text()
        folder = lab.file("root's")
        os.mkdir(folder, 0o700)
        with Vifi(lab, options=["--state", folder]) as vifi:
            wait_for("the message", lambda: f"cannot write to {folder}" in vifi.log_text(), 3)
        assert os.stat(folder).st_uid == 0


@pytest.fixture(scope="module")
def radio():
    with Bench(debug="") as bench:
        bench.access_point = bench.ap(wpa2())
        bench.station = bench.sta(network()).connected()
        yield bench


@pytest.mark.parametrize("which", ["air", "access_point", "station"])
def test_radio_daemon_keeps_nothing(radio, which, tmp_path):
    """Access point, station and medium: no capability, no file, no socket but Unix ones."""
    daemon = getattr(radio, which)
    check_status(daemon.pid, 0)
    check_calls(daemon.pid, tmp_path)
    assert "confined" not in daemon.log_text(), daemon.log_text()
    with Process(daemon.pid) as process:
        for path in (b"/run/vifi/test-file", radio.file("new").encode()):
            assert process.call("openat", EVERYWHERE, path, O_WRONLY_CREAT, 0o600) in DENIED
        assert process.call("socket", AF_NETLINK, 3, 0) in DENIED
    radio.station.reaches()


def test_radio_daemons_have_loaded_what_encrypts(radio):
    """The multi-buffer library cannot be opened later; without it the air is several times slower."""
    with open("/proc/cpuinfo") as file:
        flags = set(file.read().split())
    for process in radio.processes[1:]:  # the first one is `vifi air`
        with open(f"/proc/{process.pid}/maps") as file:
            loaded = "libIPSec_MB" in file.read()
        assert loaded or not {"aes", "pclmulqdq"} <= flags, process.argv


def test_radio_daemons_work_on(radio):
    """A restarted medium is joined again, SIGUSR1 is answered, and the socket leaves with its process."""
    radio.air.stop()
    assert not os.path.exists(radio.socket) and not os.path.exists(radio.socket + ".lock")
    assert os.stat(radio.capture).st_size > 1000
    radio.start_air()
    radio.station.connected(2, 30)
    radio.station.reaches()
    for daemon in (radio.access_point, radio.station):
        daemon.proc.send_signal(signal.SIGUSR1)
        daemon.wait("network .* on 2437 MHz")


def whole_blocks(data):
    """The whole blocks of a pcapng file that is still written to."""
    end = 0
    while end + 8 <= len(data) and 0 < (size := int.from_bytes(data[end + 4:end + 8], "little")) <= len(data) - end:
        end += size
    return data[:end]


def test_decrypt_keeps_nothing(radio, tmp_path):
    """`vifi decrypt` is caught while it reads a large capture, which consists of many copies of one."""
    with open(radio.capture, "rb") as file:
        part = whole_blocks(file.read())
    capture, out = tmp_path / "large.pcapng", tmp_path / "open.pcapng"
    with open(capture, "wb") as file:
        for _ in range(200_000_000 // len(part)):
            file.write(part)
    proc = subprocess.Popen([program(), "decrypt", "-s", SSID, "-p", PASSPHRASE, "-w", out, capture], stdout=subprocess.DEVNULL)
    try:
        wait_for("the filter", lambda: status(f"/proc/{proc.pid}")["Seccomp"] == "2", 10)
        check_status(proc.pid, 0)
        assert proc.poll() is None, "the capture is too short for the test"
    finally:
        proc.kill()
        proc.wait()
