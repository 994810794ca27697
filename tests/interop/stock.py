# SPDX-License-Identifier: GPL-2.0-or-later
"""What Debian's hostapd and wpa_supplicant understand of a file: each runs in a network namespace of its own, with the driver
`none`, and says it over its global control socket, and in its log (-K shows keys)."""
import os
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import bed

PATIENCE = 60  # seconds for a program to answer; a busy host is slow


class Answers:
    """The global control socket of a running program."""

    def __init__(self, folder, path):
        self.path, self.name = path, str(folder / "client")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.name)
        self.socket.settimeout(0.2)
        self.process = None

    def connect(self, process):
        """Whether the program listens before it ends."""
        self.process, end = process, time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end:
            try:
                self.socket.connect(str(self.path))
                return True
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.01)
        return False

    def ask(self, command):
        self.socket.send(command.encode())
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            try:
                return self.socket.recv(65536).decode(errors="replace").strip()
            except socket.timeout:
                pass
        raise ConnectionResetError(f"no answer to {command}")


def decode_ssid(text):
    """The SSID of GET_NETWORK: "text" in quotes, or hexadecimal digits."""
    return text[1:-1].encode().hex() if text.startswith('"') else text


def run(arguments, log, folder, ask):
    """Runs a program until `ask` has its answers. Returns None if the program refuses its file."""
    path = folder / "global"
    with open(log, "w") as output:
        process = subprocess.Popen(["unshare", "-n", *map(str, arguments), "-g", str(path), "-dd", "-K"], stdout=output,
                                   stderr=subprocess.STDOUT, env=bed.with_cached_libs(), cwd=folder)
    answers = Answers(folder, path)
    try:
        return ask(answers, process) if answers.connect(process) else None
    except (ConnectionRefusedError, ConnectionResetError):
        process.wait(PATIENCE)  # it has read its file and ends
        return None
    finally:
        answers.socket.close()
        process.kill()
        process.wait()


def keys_of(text):
    return [line.rsplit(":", 1)[1].replace(" ", "") for line in text.splitlines()
            if re.match(r"PSK( \(from passphrase\))? - hexdump\(len=32\)", line)]


def wpa_supplicant(text):
    """The networks, each a dictionary; None if it refuses the file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conf").write_text(text)

        def ask(answers, process):
            listing = answers.ask("IFNAME=lo LIST_NETWORKS")
            if listing.startswith("FAIL") or process.poll() is not None:
                return None
            networks = []
            for line in listing.splitlines()[1:]:
                number = line.split("\t")[0]
                network = {field: answers.ask(f"IFNAME=lo GET_NETWORK {number} {field}")
                           for field in ("ssid", "key_mgmt", "proto", "pairwise", "group", "priority", "disabled", "bssid",
                                         "bssid_ignore", "bssid_accept", "freq_list", "psk")}
                network["ssid"] = decode_ssid(network["ssid"])
                networks.append(network)
            return networks

        networks = run([bed.find_program("wpa_supplicant"), "-i", "lo", "-D", "none", "-c", folder / "conf"], folder / "log",
                       folder, ask)
        blocks = (folder / "log").read_text(errors="replace").split("start of a new network block")[1:]
        for network, block in zip(networks or [], blocks):
            network["pmk"] = keys_of(block)[-1] if network["psk"] == "*" else "-"
        return networks


def hostapd(text):
    """The first network as a dictionary; None if it refuses the file. Without WPS it would not tell a key."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conf").write_text("interface=ap0\ndriver=none\n" + text)

        def ask(answers, process):
            answer = answers.ask("IFNAME=ap0 GET_CONFIG")
            if process.poll() is not None or "=" not in answer:
                return None
            return dict(line.split("=", 1) for line in answer.splitlines())

        conf = run([bed.find_program("hostapd"), folder / "conf"], folder / "log", folder, ask)
        if conf:
            keys = keys_of((folder / "log").read_text(errors="replace"))
            conf["pmk"] = keys[-1] if keys else "-"
        return conf


class Judge:
    """A wpa_supplicant that is given one file after the other, which takes a tenth of the time of a start for each."""

    program = "wpa_supplicant"

    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(["unshare", "-n", bed.find_program(self.program), "-g", str(folder / "global")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=bed.with_cached_libs(), cwd=folder)
        self.answers = Answers(folder, folder / "global")
        assert self.answers.connect(self.process), f"{self.program} does not start"

    def accepts(self, text):
        (self.folder / "conf").write_text(text)
        accepted = self.answers.ask(f"INTERFACE_ADD lo\t{self.folder / 'conf'}\tnone\t\t\t") == "OK"
        if accepted:
            assert self.answers.ask("INTERFACE_REMOVE lo") == "OK"
        return accepted

    def save(self, text):
        """The file as wpa_supplicant writes it, by update_config=1."""
        (self.folder / "conf").write_text(text)
        assert self.answers.ask(f"INTERFACE_ADD lo\t{self.folder / 'conf'}\tnone\t\t\t") == "OK"
        assert self.answers.ask("IFNAME=lo SAVE_CONFIG") == "OK"
        assert self.answers.ask("INTERFACE_REMOVE lo") == "OK"
        return (self.folder / "conf").read_text()

    def close(self):
        self.answers.socket.close()
        self.process.kill()
        self.process.wait()


class AccessPointJudge(Judge):
    """The same with hostapd, for what it says when it reads a file: what it finds wrong later, it does not tell here."""

    program = "hostapd"

    def accepts(self, text):
        (self.folder / "conf").write_text("interface=ap0\ndriver=none\n" + text)
        accepted = self.answers.ask(f"ADD ap0 config={self.folder / 'conf'}") == "OK"
        if accepted:
            assert self.answers.ask("REMOVE ap0") == "OK"
        return accepted
