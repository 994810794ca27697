# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests of real hypervisors on br0, behind a port that accepts one MAC address.

The lab is that of tests/net: router, internet server and host are network namespaces.  Each hypervisor runs in the
host's namespace with the setting that README names, in a mount namespace of its own, so that this machine's
configuration and state stay as they are.  Each guest runs guest/check and prints one line of results.

The kernel of the virtual machines and their busybox come from the cache of tests/interop/fetch.
"""

import contextlib
import hashlib
import json
import logging
import os
import random
import subprocess
import sys
import tempfile

import pytest

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "net"), os.path.join(TESTS, "interop")]
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

import bed  # noqa: E402
from lab import services  # noqa: E402
from lab.topology import HOST4, INET4, PREFIX6, ROUTER4, ROUTER6  # noqa: E402
from lab.unavailable import unavailable  # noqa: E402
from lab.vifi import program  # noqa: E402
from world import World, judged, wait_for  # noqa: E402

HERE = bed.Path(__file__).resolve().parent
MEGABYTES = 20
KERNEL = bed.KERNELS[0]
PROMISE = f"ROUTER4={ROUTER4}\nROUTER6={ROUTER6}\nHOST4={HOST4}\nPREFIX6={PREFIX6}\nSERVER={INET4}\n"
GUEST = {"check": HERE / "guest/check", "lease": bed.HERE / "guest/udhcpc.script"}


class Site:
    """The lab with vifi, the file to download, and the guest's image as initramfs and as a directory."""

    def __init__(self, world, folder):
        self.world, self.host, self.folder, self.setup_root = world, world.host, folder, folder / "setup"
        data = random.Random(1).randbytes(MEGABYTES << 20)
        self.sha256 = hashlib.sha256(data).hexdigest()
        (folder / "www").mkdir()
        (folder / "www/file").write_bytes(data)
        world.lab.inet.start(["/usr/bin/python3", "-m", "http.server", "--bind", INET4, "--directory", folder / "www", "8000"])
        wait_for("the file server", lambda: world.router.run(["bash", "-c", f": </dev/tcp/{INET4}/8000"], check=False).returncode == 0, 30)
        self.kernel, self.initramfs, self.root = bed.CACHE / "kernels" / KERNEL / "vmlinux", folder / "guest.initramfs", folder / "root"
        self._initramfs()
        self._directory()

    @staticmethod
    def _applets():
        busybox = bed.CACHE / "root/bin/busybox"
        listing = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
        return busybox, [name for name in listing if name != "busybox"]

    def _initramfs(self):
        image = bed.Image(KERNEL)
        busybox, applets = self._applets()
        image.add("usr/bin/busybox", busybox)
        for applet in applets:
            image.link(f"usr/bin/{applet}", "busybox")
        image.modules(["virtio_pci", "virtio_net"])
        image.add("guest/world", PROMISE.encode())
        image.add("guest/machine", b"")
        for name, path in GUEST.items():
            image.add(f"guest/{name}", path)
        image.link("init", "guest/check")
        image.write(self.initramfs)

    def _directory(self):
        busybox, applets = self._applets()
        for name in "bin dev etc guest proc root run sys tmp usr var".split():
            (self.root / name).mkdir(parents=True)
        (self.root / "bin/busybox").write_bytes(busybox.read_bytes())
        for applet in applets:
            (self.root / "bin" / applet).symlink_to("busybox")
        (self.root / "etc/os-release").write_text("ID=guest\n")  # systemd-nspawn asks for it
        (self.root / "guest/world").write_text(PROMISE)
        for name, path in GUEST.items():
            (self.root / "guest" / name).write_bytes(path.read_bytes())
        subprocess.run(["chmod", "-R", "755", self.root], check=True)

    def enter(self, prepare, command):
        """The command line that runs `command` in the host's network namespace and in a mount namespace of its own,
        where the shell commands `prepare` have run before.  /sys stays that of this machine, with its cgroups."""
        return ["nsenter", f"--net=/run/netns/{self.host.ns}", "unshare", "--mount", "--propagation", "private", "--kill-child",
                "sh", "-ec", prepare + '\nexec "$@"', "sh", *map(str, command)]

    def run(self, prepare, command, seconds=240):
        """Runs a hypervisor until its guest ends; returns what both printed."""
        done = subprocess.run(self.enter(prepare, command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=seconds, check=False)
        return done.stdout.decode(errors="replace")

    def setup(self):
        """Writes the files of `vifi setup` for wlan0 and br0 below `setup_root`, not to this machine; returns the plan."""
        for trace in ("usr/sbin/libvirtd", "usr/lib/qemu/qemu-bridge-helper"):
            (self.setup_root / trace).parent.mkdir(parents=True, exist_ok=True)
            (self.setup_root / trace).touch()
        return json.loads(self.host.run([program(), "setup", "--root", self.setup_root, "-j", "--yes", "wlan0", "br0"]).stdout)

    def judge(self, output):
        """Checks the guest's line of results, and that no foreign frame reached the port."""
        lines = [line for line in output.splitlines() if "RESULT" in line]
        assert len(lines) == 1, f"the guest printed no result:\n{output[-4000:]}"
        result = dict(word.split("=", 1) for word in lines[0].split("RESULT", 1)[1].split())
        print(result)
        assert result.get("lease", "").startswith("192.168.157."), output[-4000:]
        assert result["address"].startswith(PREFIX6)
        assert (result["router"], result["router6"], result["host"]) == ("3", "3", "3")
        assert result["sha256"] == self.sha256
        assert self.world.port.foreign() == 0, self.world.port.last_offender()
        return result


@contextlib.contextmanager
def site_of(world):
    """The Site of a world, in a folder whose path is short and that all users may enter: Podman and LXC need that."""
    with tempfile.TemporaryDirectory(prefix="vifi-") as folder:
        os.chmod(folder, 0o755)
        yield Site(world, bed.Path(folder))


@pytest.fixture(scope="session")
def make_site(machine):
    return site_of


@pytest.fixture(scope="session")
def machine():
    """Fails or skips if the lab or the kernel of the virtual machines is missing."""
    missing = services.missing_features()
    if not missing:
        try:
            bed.fetch(KERNEL)
        except bed.BedMissing as reason:
            missing = [str(reason)]
    if missing:
        unavailable("; ".join(missing))


@pytest.fixture(scope="session")
def site(machine):
    with judged(World(guests=0, static=False)) as world, site_of(world) as site:
        yield site
