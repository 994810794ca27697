# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs build/vifi on the lab's host."""

import json
import os
import re
import signal
import time

from .netns import LabError

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def program():
    """The program under test: $VIFI, or `vifi` in the build folder."""
    path = os.environ.get("VIFI") or os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "vifi")
    if not os.path.exists(path):
        raise LabError(f"{path} is missing; run script/setup, which builds it")
    return path


class Vifi:
    """`vifi bridge up UPLINK BRIDGE` in the foreground, as a process on the host."""

    def __init__(self, lab, uplink="wlan0", bridge="br0", options=(), wait=True, config=None):
        self.lab, self.uplink, self.bridge = lab, uplink, bridge
        self.log = lab.file("vifi.log")
        self.options = list(options)
        if config is not None:
            path = lab.file("vifi.conf")
            with open(path, "w") as file:
                file.write(config)
            self.options += ["-c", path]
        self.proc = None
        self.start(wait)

    def start(self, wait=True):
        self.proc = self.lab.host.start([program(), "bridge", "up", *self.options, self.uplink, self.bridge], log=self.log)
        if wait:
            self.wait_up()

    def wait_up(self, timeout=30):
        """Waits until this process serves.  After a kill or a stop with --keep `show` succeeds before, by the tables of the earlier
        process, so the log must have the line as well; start() empties it."""
        end = time.monotonic() + timeout
        while True:
            if self.proc.poll() is not None:
                raise LabError(f"vifi bridge up exited with {self.proc.returncode}:\n{self.log_text()}")
            if re.search(r"guests of \S+ use", self.log_text()) and self.call("show", "-j", self.uplink, check=False).returncode == 0:
                return
            if time.monotonic() > end:
                raise LabError(f"vifi bridge up is not ready after {timeout} s:\n{self.log_text()}")
            time.sleep(0.03)

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def call(self, *args, check=True, timeout=30):
        """Runs `vifi bridge ARGS` on the host."""
        return self.lab.host.run([program(), "bridge", *args], check=check, timeout=timeout)

    def show(self):
        """The parsed output of `vifi bridge show -j UPLINK`."""
        got = json.loads(self.call("show", "-j", self.uplink).stdout)
        return got[0] if isinstance(got, list) else got

    def drops(self):
        """name → count of every drop reason that occurred."""
        return {name: n for name, n in self.show()["drops"].items() if n}

    def bindings(self):
        """The guests' bindings of IPv4, IPv6 and MAC addresses, without short-lived ones."""
        return [b for b in self.show()["bindings"] if b["kind"] == "guest" and b["family"] in ("ip4", "ip6", "mac")]

    def stop(self, sig=signal.SIGTERM, timeout=20):
        """Ends the process as a service manager would; returns its exit code."""
        return self.lab.host.stop(self.proc, sig, timeout)

    def kill(self):
        """kill -9: vifi cannot clean up."""
        return self.lab.host.stop(self.proc, signal.SIGKILL)

    def down(self, check=True):
        return self.call("down", self.uplink, check=check)

    def __str__(self):
        return f"pid {self.proc.pid}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.stop() if self.proc and self.proc.poll() is None else 0
        if self.lab.nodes:
            self.down(check=False)
        if code:
            raise LabError(f"vifi exited with {code} on request to stop:\n{self.log_text()}")
