# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulated machine of tests/interop for bench/card.py: nodes with radios of mac80211, programs whose start is timed, what
they cost, and when their frames were on the air. All times are those of the machine, which executes an instruction per
nanosecond."""

import os
import re
import struct
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.lab.netns import LabError

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "interop"))

import bed  # noqa: E402
import radios  # noqa: E402

KERNEL = "6.12"
BEACON, AUTHENTICATION = 0x80, 0xb0
BEACON_INTERVAL_US = 102400
LLC_EAPOL = bytes.fromhex("aaaa03000000888e")
PAIRWISE, ACK, MIC, SECURE = 0x008, 0x080, 0x100, 0x200


class Lab(radios.Lab):
    """A machine with a recording of the air."""

    def build(self):
        self.run(f"""set -e
            mkdir -p {radios.FOLDER}
            ip link set hwsim0 up
            tcpdump -Z root -U -s 160 -i hwsim0 -w /tmp/air.pcap >/tmp/air.log 2>&1 &
            for tries in $(seq 50); do [ -s /tmp/air.pcap ] && exit; sleep 0.1; done
            cat /tmp/air.log; exit 1""", 30)

    def end_of_air(self):
        """The present end of the recording, for on_air()."""
        return int(self.run("sleep 1.2; stat -c %s /tmp/air.pcap"))  # tcpdump reads with a delay of up to a second

    def on_air(self, begin):
        """The frames since `begin` of the recording: (ns since 1970, MPDU)."""
        data = self.machine.get(f"sleep 1.2; tail -c +{begin + 1} /tmp/air.pcap")
        at, frames = 0, []
        while at + 16 <= len(data):
            seconds, micros, length = struct.unpack_from("<III", data, at)
            packet = data[at + 16:at + 16 + length]
            if len(packet) < length:
                break
            frames.append((seconds * 10**9 + micros * 1000, packet[int.from_bytes(packet[2:4], "little"):]))
            at += 16 + length
        return frames


@contextmanager
def lab(progress):
    """The running machine. LabError: it cannot run here."""
    build = Path(os.environ.get("VIFI_BUILD", TOP / "build"))
    try:
        bed.fetch(KERNEL)
    except bed.BedMissing as missing:
        raise LabError(f"the emulated machine is missing: {missing}") from missing
    image, console = bed.CACHE / f"bench-{os.getpid()}.initramfs", bed.CACHE / "bench.log"
    bed.make_image(image, KERNEL, [build / "vifi", build / "tests/interop/radio", build / "bench/launch"])
    try:
        with bed.Machine(image, console, KERNEL, memory=1024) as machine:
            progress("the emulated machine is up")
            built = Lab(machine)
            built.build()
            yield built
    except AssertionError as failed:
        raise LabError(f"in the emulated machine: {failed}") from failed
    finally:
        image.unlink(missing_ok=True)


class Program:
    """A program in the background of a node, with its start, its cost and its log."""

    def __init__(self, node, name, command, phase="-"):
        """`phase`: when in a beacon interval it starts (launch.c)."""
        self.lab = node.lab
        self.begun = f"{radios.FOLDER}/{node.name}-{name}.begun"
        self.daemon = node.daemon(name, f"launch {phase} {self.begun} {command}")

    def started_ns(self):
        return int(self.lab.run(f"cat {self.begun}"))

    def wait_for(self, text, times=1, seconds=60):
        self.daemon.wait_for(text, times, seconds)

    def cpu_ms(self):
        """Processor time, user and system, since the process exists."""
        text = self.lab.run(f"cat /proc/{self.daemon.pid}/task/*/schedstat")
        return sum(int(line.split()[0]) for line in text.splitlines()) / 1e6

    def memory_kb(self):
        """Proportional, resident and private memory."""
        text = self.lab.run(f"cat /proc/{self.daemon.pid}/smaps_rollup")
        field = lambda name: int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1))  # noqa: E731
        return {"pss": field("Pss"), "rss": field("Rss"), "private": field("Private_Clean") + field("Private_Dirty")}

    def stop(self):
        self.daemon.stop()


# ---- frames


def packed(mac):
    return bytes.fromhex(mac.replace(":", ""))


def first_beacon(frames, bssid):
    return next(at for at, mpdu in frames if mpdu[0] == BEACON and mpdu[10:16] == packed(bssid))


def key_info(mpdu):
    """The key information of an EAPOL-Key frame in the clear, or None."""
    at = mpdu.find(LLC_EAPOL, 24, 48) if len(mpdu) > 24 and mpdu[0] & 0x0c == 0x08 else -1
    return int.from_bytes(mpdu[at + 13:at + 15], "big") if at >= 0 and mpdu[at + 9] == 3 else None


def is_message_4(mpdu):
    info = key_info(mpdu)
    return info is not None and info & (PAIRWISE | ACK | MIC | SECURE) == PAIRWISE | MIC | SECURE


def handshakes(frames):
    """Of each station, in the order of the ends: (first authentication frame, message 4), in ns."""
    begun, done = {}, []
    for at, mpdu in frames:
        station = mpdu[10:16]
        if mpdu[0] == AUTHENTICATION and mpdu[4:10] == mpdu[16:22]:  # to the access point
            begun.setdefault(station, at)
        elif is_message_4(mpdu) and station in begun:
            done.append((begun.pop(station), at))
    return done
