# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi decrypt`: tshark reads its output without a key."""
import json
import struct
import subprocess
import zlib

import pytest
from conftest import BUILD, run_tool, write_pcap
from test_ciphers import frame, packet
from test_handshake import PASSPHRASE, SSID, SUITES, data_line

VIFI = BUILD.parents[1] / "vifi"
RADIOTAP, PRISM, AVS, PPI = 127, 119, 163, 192
TEXTS = [f"{direction}{number}" for number in range(3) for direction in "><*"]


def frames(suite, *lines):
    return [bytes.fromhex(line) for line in run_tool("handshake", suite, SSID, PASSPHRASE, lines=lines)]


def decrypt(capture, out=None, ssid=SSID, passphrase=PASSPHRASE):
    command = [VIFI, "decrypt", capture, "-s", ssid, "-p", passphrase] + (["-w", out] if out else [])
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def read_fields(path, *fields, only="frame"):
    command = ["tshark", "-r", path, "-o", "wlan.enable_decryption:FALSE", "-T", "fields", "-E", "separator=|", "-Y", only]
    for field in fields:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return [line.split("|") for line in run.stdout.split("\n")[:-1]]


def texts(path):
    return [bytes.fromhex(row[0]).decode() for row in read_fields(path, "udp.payload", only="udp")]


def decrypt_frames(tmp_path, sent, **words):
    """Decrypts frames; returns standard output and the output file."""
    run = decrypt(write_pcap(tmp_path / "in.pcap", sent), tmp_path / "out.pcapng", **words)
    assert run.returncode == 0, run.stderr
    return run.stdout, tmp_path / "out.pcapng"


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_is_decrypted(tmp_path, suite):
    output, out = decrypt_frames(tmp_path, frames(suite, *(data_line(text[0], text) for text in TEXTS)))
    assert texts(out) == TEXTS
    assert "not decrypted" not in output
    assert read_fields(out, "frame.number", only="wlan.fc.protected == 1") == []


@pytest.mark.parametrize("suite", ["wpa-tkip", "wpa-ccmp", "wpa2-mixed", "sha256-gcmp-256"])
def test_rekeying_is_followed(tmp_path, suite):
    lines = []
    for number in range(3):
        lines += [data_line(direction, f"{direction}{number}") for direction in "><*"]
        lines += ["gtk", data_line("*", f"*{number} again"), "ptk"]
    output, out = decrypt_frames(tmp_path, frames(suite, *lines))
    assert texts(out) == [bytes.fromhex(line.split()[1])[36:].decode() for line in lines if " " in line]
    assert "not decrypted" not in output


@pytest.mark.parametrize("suite", ["wpa-tkip", "wpa2-ccmp", "sha256-gcmp-256"])
@pytest.mark.parametrize("message, decrypted", [(0, True), (1, False), (2, True)])
def test_handshake_with_a_missing_message(tmp_path, suite, message, decrypted):
    """Messages 2 and 1 or 3 suffice for the pairwise key; the group key is in message 3, with WPA in a separate message."""
    sent = frames(suite, *(data_line(text[0], text) for text in TEXTS))
    del sent[2 + message]
    group = decrypted and (message != 2 or suite.startswith("wpa-"))
    output, out = decrypt_frames(tmp_path, sent)
    assert texts(out) == [text for text in TEXTS if (group if text[0] == "*" else decrypted)]
    assert ("no_key" in output) == (not decrypted or not group)


def test_duplicated_and_late_frames_are_decrypted(tmp_path):
    sent = frames("wpa2-ccmp", *(data_line(text[0], text) for text in TEXTS))
    output, out = decrypt_frames(tmp_path, sent + sent[-1:5:-1])
    assert texts(out) == TEXTS + TEXTS[::-1]


def test_wrong_passphrase_is_reported(tmp_path):
    output, out = decrypt_frames(tmp_path, frames("wpa2-ccmp", data_line(">", "secret")), passphrase="battery staple")
    assert "matches no handshake" in output
    assert texts(out) == []
    comments = read_fields(out, "frame.comment", only="wlan.fc.protected == 1")
    assert comments == [["no_key: The frame is protected by a key that is not installed here."]]


def test_missing_handshake_is_reported(tmp_path):
    output, out = decrypt_frames(tmp_path, frames("wpa2-ccmp", data_line(">", "secret"))[6:])
    assert "no complete handshake" in output
    assert texts(out) == []


def test_undecrypted_frame_has_its_reason_as_comment(tmp_path):
    sent = frames("wpa-tkip", data_line(">", "one"), data_line(">", "two"))
    sent[-1] = sent[-1][:-1] + bytes([sent[-1][-1] ^ 1])
    output, out = decrypt_frames(tmp_path, sent)
    assert texts(out) == ["one"]
    assert "1 not decrypted (mpdu_icv)" in output
    [[comment]] = read_fields(out, "frame.comment", only="wlan.fc.protected == 1")
    assert comment.startswith("mpdu_icv: ")


def test_timestamps_are_preserved(tmp_path):
    sent = frames("wpa2-ccmp", data_line(">", "one"))
    capture = write_pcap(tmp_path / "in.pcap", sent)
    assert decrypt(capture, tmp_path / "out.pcapng").returncode == 0
    times = read_fields(capture, "frame.time_epoch")
    assert len(times) == len(sent)
    assert read_fields(tmp_path / "out.pcapng", "frame.time_epoch") == times


def prism():
    """The 144-byte header of Prism drivers: a name and ten fields."""
    fields = b"".join(struct.pack("<IHHI", 0x44 + 0x1000 * n, 0, 4, 0) for n in range(1, 11))
    return struct.pack("<II16s", 0x44, 144, b"wlan0") + fields


def write_with(path, link, head, sent):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for raw_frame in sent:
            file.write(struct.pack("<IIII", 1, 2, len(head + raw_frame), len(head + raw_frame)) + head + raw_frame)
    return path


def avs():
    """The 64-byte AVS header, version 1, with all fields zero."""
    return struct.pack(">II", 0x80211001, 64) + bytes(56)


def ppi(flags, more=b""):
    """A PPI header with an 802.11-Common field (time, flags, rate, channel, hops, signal, noise) after the fields `more`."""
    common = struct.pack("<HHQHHHHBBbb", 2, 20, 12345, flags, 108, 2437, 0x480, 0, 0, -40, -90)
    return struct.pack("<BBHI", 0, 0, 8 + len(more) + len(common), 105) + more + common


@pytest.mark.parametrize("fcs", [False, True])
@pytest.mark.parametrize("link, head", [
    (AVS, avs()),
    (PRISM, avs()),
    (PPI, struct.pack("<BBHI", 0, 0, 8, 105)),
    (PPI, ppi(0, struct.pack("<HH4x", 30000, 4))),
    (105, b""),
    (RADIOTAP, struct.pack("<BBHI", 0, 0, 8, 0)),
    (RADIOTAP, struct.pack("<BBHIQB", 0, 0, 17, 3, 12345, 0)),
    (PRISM, prism()),
])
def test_capture_headers_and_fcs_are_supported(tmp_path, link, head, fcs):
    sent = frames("wpa2-ccmp", *(data_line(text[0], text) for text in TEXTS))
    if fcs:
        sent = [raw_frame + zlib.crc32(raw_frame).to_bytes(4, "little") for raw_frame in sent]
    out = tmp_path / "out.pcapng"
    run = decrypt(write_with(tmp_path / "in.pcap", link, head, sent), out)
    assert run.returncode == 0, run.stderr
    assert texts(out) == TEXTS
    rows = read_fields(out, "frame.encap_type", "radiotap.length", only="udp")
    assert rows == [[{105: "20", PRISM: "21", RADIOTAP: "23", AVS: "24", PPI: "97"}[link], str(len(head)) if link == RADIOTAP else ""]] * len(TEXTS)


def test_radiotap_fcs_flag_is_cleared(tmp_path):
    """Also for cleartext and undecrypted frames; a truncated frame in the capture never contained its FCS."""
    head = struct.pack("<BBHIQB", 0, 0, 17, 3, 12345, 0x10)
    sent = [raw_frame + b"FCS!" for raw_frame in frames("wpa2-ccmp", *(data_line(text[0], text) for text in TEXTS))]
    sent[-1] = sent[-1][:40] + bytes([sent[-1][40] ^ 1]) + sent[-1][41:]
    capture = write_with(tmp_path / "in.pcap", RADIOTAP, head, sent)
    cut = head + sent[-2][:60]
    capture.write_bytes(capture.read_bytes() + struct.pack("<IIII", 1, 3, len(cut), len(head + sent[-2])) + cut)
    run = decrypt(capture, tmp_path / "out.pcapng")
    assert texts(tmp_path / "out.pcapng") == TEXTS[:-1]
    rows = read_fields(tmp_path / "out.pcapng", "radiotap.flags.fcs", "frame.len", "frame.cap_len")
    assert [row[0] for row in rows] == ["0"] * len(sent) + ["1"]
    assert rows[0][1] == str(len(head + sent[0]) - 4)
    assert rows[-1] == ["1", str(len(head + sent[-2])), str(len(cut))]
    assert "1 not decrypted (mpdu_mic)" in run.stdout and "1 not decrypted (capture_cut)" in run.stdout


def test_ppi_fcs_flag_is_cleared(tmp_path):
    """A PPI header that announces an FCS is trusted, whether the FCS is right or wrong."""
    sent = [raw_frame + b"FCS!" for raw_frame in frames("wpa2-ccmp", *(data_line(text[0], text) for text in TEXTS))]
    run = decrypt(write_with(tmp_path / "in.pcap", PPI, ppi(1), sent), tmp_path / "out.pcapng")
    assert texts(tmp_path / "out.pcapng") == TEXTS and "not decrypted" not in run.stdout
    rows = read_fields(tmp_path / "out.pcapng", "ppi.80211-common.flags.fcs", "frame.len")
    assert [row[0] for row in rows] == ["0"] * len(sent)
    assert rows[0][1] == str(len(ppi(1) + sent[0]) - 4)


def pcapng_block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def test_pcapng_with_two_interfaces_is_read(tmp_path):
    """Each interface has its own link type; only frames of the second one have an FCS."""
    sent = frames("sha256-gcmp-256", *(data_line(text[0], text) for text in TEXTS))
    file = pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    file += pcapng_block(1, struct.pack("<HHI", 105, 0, 0)) + pcapng_block(1, struct.pack("<HHI", RADIOTAP, 0, 0))
    for number, raw_frame in enumerate(sent):
        if number % 2:
            raw_frame = struct.pack("<BBHI", 0, 0, 8, 0) + raw_frame + zlib.crc32(raw_frame).to_bytes(4, "little")
        file += pcapng_block(6, struct.pack("<IIIII", number % 2, 0, number, len(raw_frame), len(raw_frame)) + raw_frame)
    (tmp_path / "in.pcapng").write_bytes(file)
    run = decrypt(tmp_path / "in.pcapng", tmp_path / "out.pcapng")
    assert run.returncode == 0, run.stderr
    assert texts(tmp_path / "out.pcapng") == TEXTS
    types = [row[0] for row in read_fields(tmp_path / "out.pcapng", "frame.encap_type")]
    assert types == ["20" if number % 2 == 0 else "23" for number in range(len(sent))]


def test_batches_decrypt_like_single_frames(tmp_path):
    """Frames are decrypted in batches; rekeying and damaged frames within a batch do not affect the others."""
    lines, want = [], []
    for number in range(900):
        direction = "><*"[number % 3]
        lines.append(data_line(direction, f"{direction}{number}" + "x" * (number * 37 % 1400)))
        want.append(f"{direction}{number}")
        if number % 70 == 69:
            lines.append(["ptk", "gtk"][number // 70 % 2])
    sent = frames("wpa2-mixed", *lines)
    output, out = decrypt_frames(tmp_path, sent)
    assert [text.rstrip("x") for text in texts(out)] == want
    assert "not decrypted" not in output
    broken = 0
    for number in range(20, len(sent), 50):
        if sent[number][1] & 0x40:
            sent[number] = sent[number][:-1] + bytes([sent[number][-1] ^ 1])
            broken += 1
    output, out = decrypt_frames(tmp_path, sent)
    assert broken > 10
    assert len(read_fields(out, "frame.comment", only="wlan.fc.protected == 1")) == broken


def key_by_tshark(tmp_path, suite, *lines):
    """The temporal key of a session, derived by tshark."""
    run = subprocess.run(["tshark", "-r", write_pcap(tmp_path / "k.pcap", frames(suite, data_line(">", "k"), *lines)), "-o",
                          "wlan.enable_decryption:TRUE", "-o", f'uat:80211_keys:"wpa-pwd","{PASSPHRASE}:{SSID}"', "-T",
                          "fields", "-e", "wlan.analysis.tk", "-Y", "wlan.analysis.tk"], capture_output=True, text=True)
    return run.stdout.split("\n")[0]


def test_protected_management_frames_are_decrypted(tmp_path):
    key = key_by_tshark(tmp_path, "sha256-ccmp")
    deauthentication = "c000 0000 020000000001 020000000002 020000000002 3000 0700".replace(" ", "")
    sealed = run_tool("cipher", "seal", "CCMP", key, 0, 100, lines=[deauthentication])
    output, out = decrypt_frames(tmp_path, frames("sha256-ccmp") + [bytes.fromhex(sealed[0])])
    assert read_fields(out, "wlan.fixed.reason_code", "wlan.fc.protected", only="wlan.fc.type_subtype == 12") == [["0x0007", "0"]]


def test_json_output_contains_all_counts(tmp_path):
    sent = frames("wpa2-ccmp", *(data_line(text[0], text) for text in TEXTS))
    sent[-1] = sent[-1][:-1] + bytes([sent[-1][-1] ^ 1])
    run = subprocess.run([VIFI, "decrypt", "-j", write_pcap(tmp_path / "in.pcap", sent), "-s", SSID, "-p", PASSPHRASE],
                         capture_output=True, text=True, timeout=60)
    assert json.loads(run.stdout) == {"frames": len(sent), "opened": len(TEXTS) - 1, "clear": len(sent) - len(TEXTS),
                                      "unreadable": 0, "undeclared": 0, "not_opened": {"mpdu_mic": 1},
                                      "handshakes": {"fitted": 1, "unfitted": 0}}


def test_capture_is_read_from_a_pipe(tmp_path):
    capture = write_pcap(tmp_path / "in.pcap", frames("wpa2-ccmp", data_line(">", "one")))
    with open(capture, "rb") as file:
        piped = subprocess.run(["cat"], stdin=file, stdout=subprocess.PIPE).stdout
    run = subprocess.run([VIFI, "decrypt", "/dev/stdin", "-s", SSID, "-p", PASSPHRASE, "-w", tmp_path / "out.pcapng"],
                         input=piped, capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert texts(tmp_path / "out.pcapng") == ["one"]


def test_input_capture_is_not_overwritten(tmp_path):
    capture = write_pcap(tmp_path / "in.pcap", frames("wpa2-ccmp", data_line(">", "one")))
    before = capture.read_bytes()
    (tmp_path / "link").symlink_to(capture)
    for out in capture, tmp_path / "link":
        run = decrypt(capture, out)
        assert run.returncode == 2
        assert "this is the capture itself" in run.stderr
        assert capture.read_bytes() == before


def test_empty_capture_gives_an_empty_file(tmp_path):
    output, out = decrypt_frames(tmp_path, [])
    assert "0 frames" in output
    assert read_fields(out, "frame.number") == []


def test_fragments_are_decrypted(tmp_path):
    """Each fragment of an MSDU is decrypted, and tshark reassembles them."""
    session = frames("wpa2-ccmp")
    body = packet(b"x" * 300)
    key = key_by_tshark(tmp_path, "wpa2-ccmp")
    parts = run_tool("cipher", "seal", "CCMP", key, 0, 100, 120, lines=[frame("data", 9, body)])
    assert len(parts) == 3
    output, out = decrypt_frames(tmp_path, session + [bytes.fromhex(part) for part in parts])
    assert texts(out) == ["x" * 300]


def test_truncated_capture_is_decrypted_up_to_its_end(tmp_path):
    capture = write_pcap(tmp_path / "in.pcap", frames("wpa2-ccmp", data_line(">", "one"), data_line("<", "two")))
    capture.write_bytes(capture.read_bytes()[:-5])
    run = decrypt(capture, tmp_path / "out.pcapng")
    assert run.returncode == 1
    assert "truncated or damaged at byte" in run.stderr
    assert texts(tmp_path / "out.pcapng") == ["one"]


@pytest.mark.parametrize("arguments, code, words", [
    (["nowhere.pcap", "-s", "a", "-p", "12345678"], 1, "nowhere.pcap: No such file"),
    (["/dev/null", "-s", "a", "-p", "12345678"], 1, "not a pcap or pcapng file"),
    (["/dev/null", "-s", "a", "-p", "1234567"], 2, "8 to 63 characters"),
    (["/dev/null", "-s", "a", "-p", "1" * 64], 2, "8 to 63 characters"),
    (["/dev/null", "-s", "a"], 2, "missing key"),
    (["/dev/null", "-s", "a" * 33, "-p", "12345678"], 2, "ssid"),
    ([], 2, "FILE"),
])
def test_invalid_arguments_are_reported(arguments, code, words):
    run = subprocess.run([VIFI, "decrypt", *arguments], capture_output=True, text=True, timeout=10)
    assert run.returncode == code
    assert words in run.stderr
    assert "12345678" not in run.stderr


def test_unwritable_output_is_reported(tmp_path):
    capture = write_pcap(tmp_path / "in.pcap", frames("wpa2-ccmp"))
    run = decrypt(capture, tmp_path)
    assert run.returncode == 1
    assert "Is a directory" in run.stderr


def readdressed(raw_frame, number):
    """The frame with other station addresses: for cleartext frames, whose addresses no MIC protects."""
    return raw_frame[:9] + bytes([number]) + raw_frame[10:15] + bytes([number]) + raw_frame[16:]


@pytest.fixture(scope="module")
def demanding_frames(tmp_path_factory):
    """
    Frames that are hard to distribute over threads: frequent rekeying, also in protected frames, several suites in
    sequence, duplicated, late and damaged frames, fragments, acknowledgements, and frames of networks without a key.
    """
    sent = []
    for suite, step in ("wpa2-mixed", 37), ("wpa2-ccmp", 11), ("wpa-tkip", 53), ("sha256-gcmp-256", 29):
        lines = []
        for number in range(800):
            lines.append(data_line("><*"[number % 3], f"{number}" + "x" * (number * step % 1400)))
            if number % 45 == 44:
                lines.append(["ptk", "gtk"][number // 45 % 2])
        sent += frames(suite, *lines)
    key = key_by_tshark(tmp_path_factory.mktemp("key"), "wpa2-ccmp")
    parts = run_tool("cipher", "seal", "CCMP", key, 0, 100, 120, lines=[frame("data", 9, packet(b"x" * 300))])
    sent += frames("wpa2-ccmp") + [bytes.fromhex(part) for part in parts]
    mixed = []
    for number, raw_frame in enumerate(sent):
        mixed.append(raw_frame)
        if number % 7 == 0:
            mixed.append(bytes.fromhex("d4000000020000000001"))
        if number % 31 == 0:
            mixed.append(raw_frame)
        if number % 43 == 0 and number > 5:
            mixed.append(sent[number - 5])
        if number % 97 == 0 and raw_frame[1] & 0x40:
            mixed.append(raw_frame[:-1] + bytes([raw_frame[-1] ^ 1]))
        if number % 11 == 0 and not raw_frame[1] & 0x40:
            mixed.append(readdressed(raw_frame, number % 5 + 7))
    return mixed


def as_pcapng(path, sent):
    """A file of two sections with several interfaces, some with radiotap or Prism headers; some frames have an FCS."""
    section = pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + pcapng_block(1, struct.pack("<HHI", 105, 0, 0))
    file = section
    for number, raw_frame in enumerate(sent):
        if number == 2000:
            file += pcapng_block(1, struct.pack("<HHI", RADIOTAP, 0, 0))
        if number == 3500:
            file += section + pcapng_block(1, struct.pack("<HHI", PRISM, 0, 0)) + pcapng_block(1, struct.pack("<HHI", RADIOTAP, 0, 0))
        which = 0 if number < 2000 or number % 3 else 1 if number < 3500 else 1 + number % 2
        head = b"" if not which else prism() if number >= 3500 and which == 1 else struct.pack("<BBHI", 0, 0, 8, 0)
        raw_frame = head + raw_frame + (zlib.crc32(raw_frame).to_bytes(4, "little") if number >= 1000 and number % 2 else b"")
        file += pcapng_block(6, struct.pack("<IIIII", which, 0, number, len(raw_frame), len(raw_frame)) + raw_frame)
    path.write_bytes(file)
    return path


@pytest.mark.parametrize("kind", ["pcap", "pcapng", "fcs", "cut short", "wrong passphrase"])
def test_output_does_not_depend_on_the_number_of_threads(tmp_path, demanding_frames, kind):
    sent = demanding_frames
    if kind == "pcapng":
        capture = as_pcapng(tmp_path / "in.pcapng", sent)
    elif kind == "fcs":
        head = struct.pack("<BBHI", 0, 0, 8, 0)
        capture = write_with(tmp_path / "in.pcap", RADIOTAP, head, [raw_frame + zlib.crc32(raw_frame).to_bytes(4, "little") for raw_frame in sent])
    else:
        capture = write_pcap(tmp_path / "in.pcap", sent)
    if kind == "cut short":
        capture.write_bytes(capture.read_bytes()[:-5])
    runs, files = [], []
    for threads in 1, 2, 3, 8, 8, 3, 2:
        out = tmp_path / f"out{threads}"
        run = subprocess.run([VIFI, "decrypt", "-j", "--threads", str(threads), capture, "-s", SSID, "-p",
                              "battery staple" if kind == "wrong passphrase" else PASSPHRASE, "-w", out],
                             capture_output=True, text=True, timeout=60)
        runs.append((run.returncode, run.stdout, run.stderr))
        files.append(out.read_bytes())
    assert runs[0][0] == (kind == "cut short"), runs[0]
    output = json.loads(runs[0][1])
    assert output["frames"] == len(sent) - (kind == "cut short")
    if kind == "wrong passphrase":
        assert output["opened"] == 0 and output["handshakes"]["unfitted"] == 5
    else:
        assert output["opened"] > 3000 and output["handshakes"]["fitted"] > 30
        assert 10 < sum(output["not_opened"].values()) < 500
    assert runs[1:] == runs[:1] * 6
    assert files[1:] == files[:1] * 6


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_full_disk_and_oversized_frame_are_reported(tmp_path, demanding_frames, threads):
    sent = list(demanding_frames)
    command = [VIFI, "decrypt", "--threads", str(threads), "-s", SSID, "-p", PASSPHRASE]
    run = subprocess.run([*command, write_pcap(tmp_path / "in.pcap", sent), "-w", "/dev/full"], capture_output=True, text=True,
                         timeout=60)
    assert run.returncode == 1
    assert run.stderr == "vifi decrypt: /dev/full: No space left on device\n"
    large = next(number for number in range(2000, len(sent)) if sent[number][0] == 8)
    sent[large] += bytes(200000)
    run = subprocess.run([*command, write_pcap(tmp_path / "in.pcap", sent), "-w", tmp_path / "out"], capture_output=True, text=True,
                         timeout=60)
    assert run.returncode == 1
    assert run.stderr == f"vifi decrypt: {tmp_path}/out: Cannot allocate memory\n"
    assert len(read_fields(tmp_path / "out", "frame.number")) == large // 256 * 256
