# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of `vifi air` in Python, from src/air/medium/protocol.h, for tests that act as a station or an access point,
honest or hostile.  Frames are bytes: MPDUs without FCS, such as bytes(Dot11(...)) of scapy."""
import contextlib
import pathlib
import select
import signal
import socket
import struct
import subprocess
import time
from collections import namedtuple

VIFI = pathlib.Path(__file__).resolve().parents[2] / "build" / "vifi"

HELLO, ADDRESSES, TUNE, DOZE, MONITOR, SEND, RULE, SHOW = range(1, 9)
WELCOME, RECEIVED, STATUS, DONE, ERROR, ANSWER = range(65, 71)
MAGIC = 0x72696176
RECORD = 65536

Received = namedtuple("Received", "frame time_ns rate_kbps freq_mhz signal_dbm tries")
Status = namedtuple("Status", "cookie acked tries")
Error = namedtuple("Error", "code text")


def message(kind, body=b""):
    return struct.pack("<HBB", len(body), kind, 0) + body


def hello(name, version=1, magic=MAGIC):
    return message(HELLO, struct.pack("<IH", magic, version) + name.encode())


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


class Disconnected(Exception):
    """The air has closed the connection."""


class Radio:
    def __init__(self, path, name=None, freq=0, address=None, monitor=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(str(path))
        self.waiting, self.cookie = [], 0
        if name is None:
            return
        self.write(hello(name))
        self.wait("welcome")
        if address:
            self.request(message(ADDRESSES, b"".join(mac(item) for item in ([address] if isinstance(address, str) else address))))
        if monitor:
            self.request(message(MONITOR, b"\x01"))
        if freq:
            self.tune(freq)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def write(self, record):
        self.socket.send(record)

    def tune(self, freq):
        self.write(message(TUNE, struct.pack("<H", freq)))

    def doze(self, until_ns):
        self.write(message(DOZE, struct.pack("<Q", until_ns)))

    def send(self, frame, freq=0, rate=0):
        """Sends a frame and returns its cookie."""
        self.cookie += 1
        self.write(message(SEND, struct.pack("<IIH", self.cookie, rate, freq) + frame))
        return self.cookie

    def request(self, record):
        """Sends a request and waits for DONE; raises an Error as an exception."""
        self.write(record)
        answer = self.wait("answer")
        if isinstance(answer, Error):
            raise OSError(answer.code, answer.text)

    def tx_status(self, cookie, seconds=10):
        """Waits for the TX status of a frame; other records stay queued."""
        return self.wait(lambda item: isinstance(item, Status) and item.cookie == cookie, seconds)

    def frame(self, seconds=10, fits=lambda frame: True):
        """The next frame that matches `fits`; other records stay queued."""
        return self.wait(lambda item: isinstance(item, Received) and fits(item.frame), seconds)

    def frames(self, seconds):
        """All frames that arrive within a time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.read(left):
            pass
        got = [item for item in self.waiting if isinstance(item, Received)]
        self.waiting = [item for item in self.waiting if not isinstance(item, Received)]
        return got

    def wait(self, wanted, seconds=10):
        fits = wanted if callable(wanted) else {
            "welcome": lambda item: item == WELCOME or isinstance(item, Error),
            "answer": lambda item: item == DONE or isinstance(item, Error)}[wanted]
        end, seen = time.monotonic() + seconds, 0
        while True:
            for at in range(seen, len(self.waiting)):
                if fits(self.waiting[at]):
                    item = self.waiting.pop(at)
                    if wanted == "welcome" and isinstance(item, Error):
                        raise OSError(item.code, item.text)
                    return item
            seen = len(self.waiting)
            assert self.read(end - time.monotonic()), f"no matching record within {seconds} s: {self.waiting}"

    def read(self, seconds):
        """Reads a record.  Returns False if none arrives in time."""
        if seconds <= 0 or not select.select([self.socket], [], [], seconds)[0]:
            return False
        record = self.socket.recv(RECORD)
        if not record:
            raise Disconnected()
        while record:
            length, kind, _ = struct.unpack_from("<HBB", record)
            body, record = record[4:4 + length], record[4 + length:]
            if kind == RECEIVED:
                self.waiting.append(Received(body[16:], *struct.unpack_from("<QIHbB", body)))
            elif kind == STATUS:
                self.waiting.append(Status(*struct.unpack("<IBB", body)))
            elif kind == ERROR:
                self.waiting.append(Error(struct.unpack_from("<H", body)[0], body[2:].decode()))
            elif kind in (WELCOME, DONE):
                self.waiting.append(kind)
        return True


@contextlib.contextmanager
def air(folder, *options, files=None):
    """A running `vifi air`; yields the path of its socket.  It must exit without an error.  `files` limits its open files."""
    path = folder / "air.sock"
    limit = ["prlimit", f"--nofile={files}"] if files else []
    process = subprocess.Popen([*limit, VIFI, "air", "--socket", path, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    try:
        assert "the medium is at" in process.stdout.readline(), process.stderr.read()
        yield path
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            _, errors = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert process.returncode == 0 and errors == "", errors
        assert not path.exists()


def vifi_air(path, command, *arguments, code=0):
    """Runs `vifi air COMMAND` and returns its standard output, or standard error for an expected error code."""
    run = subprocess.run([VIFI, "air", command, "--socket", path, *arguments], capture_output=True, text=True, timeout=30)
    assert run.returncode == code, (run.returncode, run.stderr)
    return run.stderr if code else run.stdout
