# SPDX-License-Identifier: GPL-2.0-or-later
"""A node of the lab with a booted systemd: the machine's own files below an overlay, in namespaces of its own.

systemd is process 1 of a PID namespace, and its network is that of the node.  Nothing is written to the machine: the upper
folder of the overlay and /run are in memory, and end with the mount namespace.
"""

import os
import shutil
import signal

from .netns import LabError, run, wait_for
from .vifi import TOP, program

SETUP = r"""
set -e
mount --make-rprivate /
mkdir -p "$ROOT.mem"
mount -t tmpfs none "$ROOT.mem"
mkdir "$ROOT.mem/upper" "$ROOT.mem/work"
mount -t overlay none -o lowerdir=/,upperdir="$ROOT.mem/upper",workdir="$ROOT.mem/work" "$ROOT"
mount -t proc none "$ROOT/proc"
mount -t sysfs none "$ROOT/sys"
mount -t tmpfs -o mode=755 none "$ROOT/run"
mount -t tmpfs -o mode=1777 none "$ROOT/tmp"
mount -t tmpfs -o mode=755 none "$ROOT/dev"
for node in null zero full random urandom tty net/tun; do
    mkdir -p "$(dirname "$ROOT/dev/$node")"
    touch "$ROOT/dev/$node"
    mount --bind "/dev/$node" "$ROOT/dev/$node"
done
touch "$ROOT/dev/console"
mount --bind "$CONSOLE" "$ROOT/dev/console"
mkdir "$ROOT/dev/shm" "$ROOT/dev/pts"
mount -t tmpfs none "$ROOT/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 none "$ROOT/dev/pts"
ln -s pts/ptmx "$ROOT/dev/ptmx"
mount -t tmpfs none "$ROOT/sys/fs/cgroup"
if [ -e /sys/fs/cgroup/systemd ]; then
    mkdir "$ROOT/sys/fs/cgroup/systemd" "$ROOT/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd none "$ROOT/sys/fs/cgroup/systemd"
    mount -t cgroup2 none "$ROOT/sys/fs/cgroup/unified"
else
    mount -t cgroup2 none "$ROOT/sys/fs/cgroup"
fi
mount -t bpf none "$ROOT/sys/fs/bpf" || true
rm -f "$ROOT"/etc/systemd/system/*.wants/* "$ROOT/etc/machine-id" "$ROOT/etc/resolv.conf"
touch "$ROOT/etc/machine-id"
mkdir -p "$ROOT/etc/vifi" "$ROOT/usr/local/sbin" "$ROOT/etc/sysusers.d"
cp "$VIFI" "$ROOT/usr/local/sbin/vifi"
cp "$(dirname "$VIFI")/vifi-commands" "$ROOT/usr/local/sbin/"
cp "$DATA"/*.service "$ROOT/etc/systemd/system/"
cp "$SYSUSERS" "$ROOT/etc/sysusers.d/vifi.conf"
for tree in $TREES; do # a folder such as /lib may be a link in the root, and none in the tree
    tar -C "$tree" -c . | tar -C "$ROOT" -x --keep-directory-symlink
done
mount --make-rshared "$ROOT"
cp -a "$FILES/." "$ROOT/"
chroot "$ROOT" systemd-sysusers
exec chroot "$ROOT" /usr/bin/env -i container=vifi-lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
    "$(readlink -f /lib/systemd/systemd)" --unit=multi-user.target --show-status=no --log-target=journal-or-kmsg
"""

WANTS = "/etc/systemd/system/multi-user.target.wants"


def missing_features():
    """Why no systemd can be booted here; empty: it can."""
    missing = [name for name in ("/lib/systemd/systemd", "/usr/bin/systemd-sysusers", "/usr/bin/systemctl") if not os.path.exists(name)]
    if missing:
        return f"{', '.join(missing)}: missing; run script/setup"
    with open("/proc/filesystems") as file:
        return "" if "overlay" in file.read().split() or shutil.which("modprobe") else "the kernel has no overlayfs"


class Booted:
    """systemd in a node.  `trees`: folders whose files are added to those of the machine; `files`: path → text; `enabled`: units,
    which start with the system."""

    def __init__(self, lab, node, files=None, enabled=(), trees=()):
        self.lab, self.node, self.root, tree = lab, node, lab.file("root"), lab.file("files")
        os.mkdir(self.root)
        os.makedirs(tree + WANTS)
        for path, text in (files or {}).items():
            os.makedirs(os.path.dirname(tree + path), exist_ok=True)
            with open(tree + path, "w") as file:
                file.write(text)
        for unit in enabled:
            name, template, _ = unit.partition("@")
            os.symlink(f"/etc/systemd/system/{name}@.service" if template else f"/lib/systemd/system/{unit}.service",
                       f"{tree}{WANTS}/{unit}.service")
        data = os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "data")
        self.console = lab.file("console.log")
        self.proc = node.start(["unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child", "sh", "-c", SETUP],
                               log=self.console, env={**os.environ, "ROOT": self.root, "VIFI": program(), "DATA": data, "CONSOLE": self.console,
                                                      "SYSUSERS": os.path.join(TOP, "data", "vifi.sysusers"), "FILES": tree,
                                                      "TREES": " ".join(map(str, trees))})
        try:
            self.pid = wait_for("systemd starts", self._find_init, 20)
            wait_for("systemd has booted", lambda: self.systemctl("is-active", "multi-user.target", check=False).stdout.strip() == "active", 40, step=0.2)
        except BaseException as e:
            self.close()
            with open(self.console, errors="replace") as file:
                raise LabError(f"no systemd: {e}\n{file.read()}") from e

    def _find_init(self):
        """The process 1 of the namespace, once it is systemd and not the shell any more."""
        if self.proc.poll() is not None:
            raise LabError(f"it exited with {self.proc.returncode}")
        pids = [self.proc.pid]
        while pids:
            pid = pids.pop()
            try:
                with open(f"/proc/{pid}/comm") as file:
                    if file.read().strip() == "systemd":
                        return pid
                with open(f"/proc/{pid}/task/{pid}/children") as file:
                    pids += [int(child) for child in file.read().split()]
            except OSError:
                continue
        return None

    def argv(self, argv):
        return ["nsenter", "-t", str(self.pid), "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--root", "--wdns=/",
                "env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", *map(str, argv)]

    def run(self, *argv, check=True, timeout=60):
        return run(self.argv(argv), check, timeout)

    def systemctl(self, *argv, **kwargs):
        return self.run("systemctl", *argv, **kwargs)

    def write(self, path, text):
        """Writes a file of the booted system."""
        with open(f"/proc/{self.pid}/root{path}", "w") as file:
            file.write(text)

    def journal(self, unit, *options):
        self.run("journalctl", "--sync")  # what journald has yet to read
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit, *options).stdout

    def save(self, *folders):
        """Copies folders of the system to one that a later system takes as one of its `trees`; returns that."""
        tree = self.lab.file("tree")
        os.mkdir(tree)
        run(["sh", "-c", 'root=/proc/$1/root tree=$2; shift 2; tar -C "$root" -c "$@" | tar -C "$tree" -x', "sh", self.pid, tree,
             *(folder.lstrip("/") for folder in folders)])
        return tree

    def power_off(self):
        """Shuts down as a person would: services stop in order."""
        self.systemctl("poweroff", check=False)
        wait_for("systemd has shut down", lambda: self.proc.poll() is not None, 60)

    def close(self):
        """Ends all processes of the system with its first one."""
        pid = getattr(self, "pid", None)
        try:
            if pid:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.node.stop(self.proc)
