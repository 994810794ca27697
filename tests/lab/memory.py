# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches the memory of a running process, as root can."""

import re


def regions(pid):
    """(start, end, flags) of every readable region; flags as in VmFlags of /proc/PID/smaps: lo is locked, dd not dumped."""
    found = []
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
            if match:
                start, end, mode = int(match[1], 16), int(match[2], 16), match[3]
            elif line.startswith("VmFlags:") and "r" in mode:
                found.append((start, end, set(line.split()[1:])))
    return found


def search(pid, *needles):
    """{needle: [flags of the region of each copy]} for every needle (bytes) that is in the memory of the process."""
    found = {}
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, flags in regions(pid):
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, OverflowError):  # the kernel's own pages
                continue
            for needle in needles:
                found.setdefault(needle, []).extend([flags] * data.count(needle))
    return {needle: copies for needle, copies in found.items() if copies}
