# SPDX-License-Identifier: GPL-2.0-or-later
"""Systems of another release of Debian: a root folder (./roots) in which commands run, or that systemd boots in namespaces."""
import os
import pathlib
import shutil
import signal
import subprocess

from lab.netns import run, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("VIFI_BUILD", SOURCE / "build"))
ROOTS = BUILD / "roots"
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root",
        "DPKG_FORCE": "unsafe-io"}


class RootsMissing(Exception):
    """No package source can be reached; the text gives the reason."""


def make_roots(suite):
    done = run([HERE / "roots", suite, ROOTS], check=False, timeout=1700)
    if done.returncode == 75:
        raise RootsMissing(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr


def run_in_root(root, script, timeout=600, **environment):
    """Runs a shell script in a root folder, in a mount and a PID namespace of its own, and returns its output."""
    mounts = "mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tmpfs tmp /tmp && "
    return run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", root, "bash", "-c", mounts + script],
               env={**PATH, **environment}, stdin=subprocess.DEVNULL, timeout=timeout).stdout


def copy_sources(folder):
    """Copies the files of the project, as they are now."""
    shutil.rmtree(folder, ignore_errors=True)
    listing = run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                  cwd=SOURCE, timeout=60).stdout
    for name in filter(None, listing.split("\0")):
        if (SOURCE / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, folder / name, follow_symlinks=False)


class System:
    """A root folder, copied from `template`, that systemd boots in the network namespace of a node of the lab."""

    def __init__(self, template, folder, node):
        self.root, self.node = folder / "root", node
        run(["cp", "-a", template, self.root], timeout=300)
        self.process = node.start(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--uts", "--ipc", HERE / "boot", self.root])
        try:
            wait_for("systemd has booted", lambda: self.run("systemctl is-system-running", check=False).strip() in ("running", "degraded"), 90)
        except BaseException:
            self.close()
            raise

    def close(self):
        """Ends systemd, and with it everything in its PID namespace; removes the root folder."""
        self.node.stop(self.process, signal.SIGKILL, 30)
        shutil.rmtree(self.root, ignore_errors=True)

    def init(self):
        """The process ID of systemd on this machine, or None."""
        pids = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return pids[0] if pids else None

    def run(self, script, network=True, check=True, timeout=180):
        """Runs a shell script in the system; without `network`, in the network of this machine, for apt."""
        init = self.init()
        if not init:
            return ""
        namespaces = ["--mount", "--pid", "--uts", "--ipc", "--cgroup"] + (["--net"] if network else [])
        return run(["nsenter", "-t", init, *namespaces, "bash", "-c", script], check, timeout, env=PATH, stdin=subprocess.DEVNULL).stdout

    def install(self, package):
        """`apt install ./FILE.deb`, with its dependencies from the archive."""
        shutil.copy(package, self.root / "root")
        install = f"apt-get -qq install -y --no-install-recommends ./root/{package.name}"
        # The lab does not lead to the archive; maintainer scripts must not see the network of this machine.
        self.run(f"{install} --download-only", network=False)
        return self.run(install)

    def files(self):
        """The paths on disk, without those that any package leaves: apt's and dpkg's records, logs, caches."""
        listing = self.run("find / -xdev -path /proc -prune -o -path /sys -prune -o -path /run -prune -o -path /dev -prune -o "
                           "-path /tmp -prune -o -path /var/log -prune -o -path /var/cache -prune -o -path /var/lib/apt -prune -o "
                           "-path /var/lib/dpkg -prune -o -path /root -prune -o -path /var/tmp -prune -o "
                           "-path /var/lib/systemd -prune -o -print")
        return set(listing.splitlines())
