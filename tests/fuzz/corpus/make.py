#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of the targets from_guest, from_wire and from_host: one file for each case of the golden vectors."""
import pathlib

HERE = pathlib.Path(__file__).parent
HOOKS = ("guest", "wire", "host")


def main():
    cases, name = {}, None
    for line in (HERE.parents[1] / "vectors" / "rules.txt").read_text().splitlines():
        words = line.split()
        if words[0] == "case":
            name = words[1].replace("'", "")
        elif words[0] == "give":
            cases.setdefault(name, []).append((words[1], int(words[2]), bytes.fromhex(words[3])))
    for hook in HOOKS:
        folder = HERE / f"from_{hook}"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    for name, frames in cases.items():
        hooks = {f[0] for f in frames} - {"guest"} or {"guest"}
        for hook in hooks:
            seed = b""
            for kind, port, frame in frames:
                if kind in (hook, "guest") and len(frame) < 1000:
                    control = (port - 11 if port else 0) | (4 if kind != hook else 0)
                    seed += bytes([control]) + len(frame).to_bytes(2, "big") + frame
            (HERE / f"from_{hook}" / name).write_bytes(seed)


main()
