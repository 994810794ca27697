# SPDX-License-Identifier: GPL-2.0-or-later
"""A radio of `vifi air` in Python, by what src/air/medium/protocol.h says: for tests that play a station or an access point,
honest or not.  Frames are bytes, MPDUs without FCS: bytes(Dot11(...)) of scapy."""
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


class Gone(Exception):
    """The air has hung up."""


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
            self.ask(message(ADDRESSES, b"".join(mac(one) for one in ([address] if isinstance(address, str) else address))))
        if monitor:
            self.ask(message(MONITOR, b"\x01"))
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
        """Returns the cookie of the frame."""
        self.cookie += 1
        self.write(message(SEND, struct.pack("<IIH", self.cookie, rate, freq) + frame))
        return self.cookie

    def ask(self, record):
        """DONE, or an Error as an exception."""
        self.write(record)
        answer = self.wait("answer")
        if isinstance(answer, Error):
            raise OSError(answer.code, answer.text)

    def fate(self, cookie, seconds=10):
        """The Status of a frame; what else comes stays."""
        return self.wait(lambda one: isinstance(one, Status) and one.cookie == cookie, seconds)

    def frame(self, seconds=10, fits=lambda frame: True):
        """The next frame that fits; those before it are gone."""
        return self.wait(lambda one: isinstance(one, Received) and fits(one.frame), seconds)

    def frames(self, seconds):
        """All that comes within a time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.read(left):
            pass
        got = [one for one in self.waiting if isinstance(one, Received)]
        self.waiting = [one for one in self.waiting if not isinstance(one, Received)]
        return got

    def wait(self, wanted, seconds=10):
        fits = wanted if callable(wanted) else {
            "welcome": lambda one: one == WELCOME or isinstance(one, Error),
            "answer": lambda one: one == DONE or isinstance(one, Error)}[wanted]
        end, seen = time.monotonic() + seconds, 0
        while True:
            for at in range(seen, len(self.waiting)):
                if fits(self.waiting[at]):
                    one = self.waiting.pop(at)
                    if wanted == "welcome" and isinstance(one, Error):
                        raise OSError(one.code, one.text)
                    return one
            seen = len(self.waiting)
            assert self.read(end - time.monotonic()), f"nothing that fits came within {seconds} s: {self.waiting}"

    def read(self, seconds):
        """Reads a record.  False: none came."""
        if seconds <= 0 or not select.select([self.socket], [], [], seconds)[0]:
            return False
        record = self.socket.recv(RECORD)
        if not record:
            raise Gone()
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
def air(folder, *options):
    """A running `vifi air`; gives the path of its socket.  It must end well."""
    path = folder / "air.sock"
    process = subprocess.Popen([VIFI, "air", "--socket", path, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    try:
        assert "the air is at" in process.stdout.readline(), process.stderr.read()
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
    """Runs `vifi air COMMAND` on it and returns what it printed; on an error, what it complained."""
    run = subprocess.run([VIFI, "air", command, "--socket", path, *arguments], capture_output=True, text=True, timeout=30)
    assert run.returncode == code, (run.returncode, run.stderr)
    return run.stderr if code else run.stdout
