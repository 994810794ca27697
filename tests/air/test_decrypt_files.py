# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that `vifi decrypt` gets: other kinds of pcap, compressed and cut ones, those of something else. Wireshark's editcap makes
them, or says what they are; the standard programs compress."""
import json
import struct
import subprocess
import zlib

import pytest
from conftest import write_pcap
from exchanges import AP, Link, beacon, rsne
from test_decrypt import VIFI, texts

PMK = bytes(range(0x20, 0x40))
WANTED = [">down", "<up", "*all"]


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    link = Link("psk", PMK)
    link.frames.append(beacon(AP, rsne("psk")))
    link.handshake()
    for text in WANTED:
        link.text(text[0], text)
    return write_pcap(tmp_path_factory.mktemp("capture") / "in.pcap", link.frames)


def run(path, *words):
    return subprocess.run([VIFI, "decrypt", path, "-k", PMK.hex(), *words], capture_output=True, text=True, timeout=120)


def opened(path, tmp_path, code=0):
    """The decrypted texts."""
    done = run(path, "-w", tmp_path / "out.pcapng")
    assert done.returncode == code, done.stderr
    return texts(tmp_path / "out.pcapng")


def converted(capture, tmp_path, kind, *words):
    path = tmp_path / f"in.{kind}"
    subprocess.run(["editcap", "-F", kind, *words, capture, path], check=True, timeout=60)
    return path


@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "modpcap", "nokiapcap", "pcapng"])
def test_kinds_of_pcap(capture, tmp_path, kind):
    assert opened(converted(capture, tmp_path, kind), tmp_path) == WANTED


@pytest.mark.parametrize("command", [["gzip", "-c"], ["zstd", "-qc"]], ids=lambda command: command[0])
def test_compressed_capture_is_read(capture, tmp_path, command):
    path = tmp_path / "in.compressed"
    path.write_bytes(subprocess.run([*command, capture], capture_output=True, check=True, timeout=60).stdout)
    assert opened(path, tmp_path) == WANTED
    # Files that are appended are one after another.
    half = len(capture.read_bytes()) // 2
    parts = [subprocess.run(command, input=part, capture_output=True, check=True, timeout=60).stdout
             for part in (capture.read_bytes()[:half], capture.read_bytes()[half:])]
    path.write_bytes(b"".join(parts))
    assert opened(path, tmp_path) == WANTED
    path.write_bytes(parts[0] + parts[1][:-9])  # cut
    done = run(path)
    assert done.returncode == 1 and "compressed data are truncated or damaged" in done.stderr


@pytest.mark.parametrize("name,command", [("xz", ["xz", "-c"]), ("bzip2", ["bzip2", "-c"]), ("lz4", ["lz4", "-c"])])
def test_other_compression_is_named(capture, tmp_path, name, command):
    path = tmp_path / "in.compressed"
    path.write_bytes(subprocess.run([*command, capture], capture_output=True, check=True, timeout=60).stdout)
    done = run(path)
    assert done.returncode == 1 and f"compressed by {name}; decompress it: {name} -dc {path}" in done.stderr
    # The command works.
    unpacked = subprocess.run([name, "-dc", path], capture_output=True, check=True, timeout=60).stdout
    assert unpacked == capture.read_bytes()


def test_damaged_compression_leaves_the_output_alone(capture, tmp_path):
    path, out = tmp_path / "in.gz", tmp_path / "out.pcapng"
    path.write_bytes(b"\x1f\x8b" + bytes(100))
    out.write_text("precious")
    done = run(path, "-w", out)
    assert done.returncode == 1 and "damaged" in done.stderr and out.read_text() == "precious"


def test_cut_frames_are_blamed_on_the_capture(capture, tmp_path):
    """A snap length that leaves the handshake whole."""
    frames = json.loads(run(converted(capture, tmp_path, "pcap", "-s", "70"), "-j").stdout)
    assert set(frames["not_opened"]) <= {"capture_cut", "no_key"}, frames
    plain = run(converted(capture, tmp_path, "pcap", "-s", "200"))
    assert "driver" not in plain.stdout and "forged" not in plain.stdout, plain.stdout
    data = capture.read_bytes()
    # Only the last frame is cut.
    at = last = 24
    while at < len(data):
        last, at = at, at + 16 + struct.unpack_from("<I", data, at + 8)[0]
    length = struct.unpack_from("<I", data, last + 8)[0]
    path = tmp_path / "cut.pcap"
    path.write_bytes(data[:last + 8] + struct.pack("<II", length - 10, length) + data[last + 16:-10])
    report = json.loads(run(path, "-j").stdout)
    assert report["not_opened"] == {"capture_cut": 1} and report["opened"] == len(WANTED) - 1
    assert "tcpdump -s 0" in run(path).stdout


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng(frames, interfaces, options=b""):
    """Frames as (interface, bytes); each interface has these options."""
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 105, 0, 0) + options) * interfaces
    for interface, data in frames:
        out += block(6, struct.pack("<IIIII", interface, 0, 0, len(data), len(data)) + data)
    return out


def frames_of(capture):
    data, at = capture.read_bytes(), 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def test_frames_of_undeclared_interfaces_are_counted(capture, tmp_path):
    path = tmp_path / "in.pcapng"
    path.write_bytes(pcapng([(0, frame) for frame in frames_of(capture)] + [(3, b"x" * 30)] * 2, 1))
    assert json.loads(run(path, "-j").stdout)["undeclared"] == 2
    assert "2 frames were skipped" in run(path).stdout


@pytest.mark.parametrize("length", [4, 32, 0])
def test_length_of_the_fcs_is_obeyed(capture, tmp_path, length):
    """if_fcslen, in bytes or bits: four bytes at the end are the FCS, right or wrong; or there is none."""
    tail = b"" if length == 0 else b"\0\1\2\3"
    path = tmp_path / "in.pcapng"
    path.write_bytes(pcapng([(0, frame + tail) for frame in frames_of(capture)], 1, struct.pack("<HHBxxxHH", 13, 1, length, 0, 0)))
    assert opened(path, tmp_path) == WANTED


def test_right_fcs_is_found_without_a_word(capture, tmp_path):
    path = tmp_path / "in.pcapng"
    path.write_bytes(pcapng([(0, frame + struct.pack("<I", zlib.crc32(frame))) for frame in frames_of(capture)], 1))
    assert opened(path, tmp_path) == WANTED


@pytest.mark.parametrize("link,name", [("ether", "Ethernet (1)"), ("linux-sll", "cooked) (113)")])
def test_link_type_of_another_capture_is_named(capture, tmp_path, link, name):
    done = run(converted(capture, tmp_path, "pcap", "-T", link))
    assert name in done.stdout and "monitor mode" in done.stdout, done.stdout
