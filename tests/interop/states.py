# SPDX-License-Identifier: GPL-2.0-or-later
"""The states of machines after their boot, in build/interop/states: the first machine with an image boots and stores its state,
later ones restore it, in a fiftieth of the time. A state fits one image, one kernel, one QEMU and one command line.
"""
import contextlib
import fcntl
import hashlib
import os

import bed

FOLDER = bed.CACHE / "states"
KEPT = 6  # of 200 MB each


def key(initramfs, kernel):
    """A name for what the state depends on."""
    qemu = bed.find_program("qemu-system-x86_64").stat()
    digest = hashlib.sha256(initramfs.read_bytes())
    for part in (kernel, (bed.CACHE / "kernels" / kernel / "version").read_text(), qemu.st_mtime_ns, qemu.st_size,
                 (bed.HERE / "bed.py").read_bytes()):
        digest.update(repr(part).encode())
    return digest.hexdigest()[:32]


def start(machine, initramfs, console, kernel):
    """Restores a machine, or boots one and stores its state. Only one process boots it; others wait for the state."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / key(initramfs, kernel)
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            return boot(machine, initramfs, console, kernel, path)
        with open(path, "rb") as state:
            fcntl.flock(lock, fcntl.LOCK_UN)
            os.utime(state.fileno())
            return machine(initramfs, console, kernel, state=state)


def boot(machine, initramfs, console, kernel, path):
    """Boots a machine, stores its state, and removes the states that have not been used for longest."""
    running = machine(initramfs, console, kernel)
    unfinished = path.with_suffix(f".{os.getpid()}")
    running.save(unfinished)
    unfinished.rename(path)
    with contextlib.suppress(FileNotFoundError):  # another process removes the same ones
        for old in sorted(FOLDER.glob("?" * 32), key=lambda state: state.stat().st_mtime)[:-KEPT]:
            old.unlink()
            old.with_suffix(".lock").unlink()
    return running
