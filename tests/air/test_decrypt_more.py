# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi decrypt` on exchanges that vifi's own ends do not implement.  exchanges.py makes the frames; tshark must decrypt them too."""
import hashlib
import subprocess

import pytest
from conftest import run_tool, tshark, write_pcap
from exchanges import AP, FAR, GROUP, PEER, SSID, Link, beacon, direct, header, rsne, transition
from test_ciphers import frame, packet
from test_decrypt import VIFI, read_fields, texts

PMK = bytes(range(0x20, 0x40))


def run_decrypt(tmp_path, frames, *words):
    """Runs vifi decrypt; returns its output and the decrypted texts."""
    capture = write_pcap(tmp_path / "in.pcap", frames)
    run = subprocess.run([VIFI, "decrypt", capture, "-w", tmp_path / "out.pcapng", *words], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout, texts(tmp_path / "out.pcapng")


def decrypted_by_tshark(tmp_path, frames, kind, key):
    rows = tshark(write_pcap(tmp_path / "tshark.pcap", frames), kind, key, ["udp.payload"], "udp")
    return [bytes.fromhex(row[0]).decode() for row in rows]


def session_frames(link):
    link.frames.append(beacon(AP, rsne(link.akm)))
    link.handshake()
    for text in (">down", "<up", "*all"):
        link.text(text[0], text)
    return link.frames


@pytest.mark.parametrize("akm", ["psk", "psk-sha256", "8021x", "8021x-sha256", "sae", "owe"])
def test_pmk_decrypts_its_sessions(tmp_path, akm):
    frames = session_frames(Link(akm, PMK))
    output, got = run_decrypt(tmp_path, frames, "-k", PMK.hex())
    assert got == [">down", "<up", "*all"] == decrypted_by_tshark(tmp_path, frames, "wpa-psk", PMK.hex())
    assert "not decrypted" not in output
    output, got = run_decrypt(tmp_path, frames, "-k", bytes(32).hex())
    assert got == [] and "matches no handshake" in output


@pytest.mark.parametrize("akm", ["sae-ext-key", "owe"])
@pytest.mark.parametrize("length", [32, 48, 64])
def test_hash_follows_from_the_length_of_the_pmk(tmp_path, akm, length):
    """Groups 19, 20 and 21. Other programs do not know all of these yet: exchanges.py, with hashlib, is the judge."""
    pmk = bytes(range(length))
    frames = session_frames(Link(akm, pmk)) + session_frames(Link("psk", PMK, station=PEER))
    output, got = run_decrypt(tmp_path, frames, "-k", pmk.hex())
    assert got == [">down", "<up", "*all"] + ["*all"]
    assert run_decrypt(tmp_path, frames, "-k", bytes(length).hex())[1] == []


def test_extended_key_ids_are_followed(tmp_path):
    """9.4.2.25.4: message 3 sets the pairwise key ID to 1, then 0."""
    link = Link("psk", PMK, capabilities=0x2000)
    link.frames.append(beacon(AP, rsne("psk", 0x2000)))
    for key_id in (1, 0, 1):
        link.handshake(key_id)
        link.text(">", f">{key_id}")
        link.text("<", f"<{key_id}")
    wanted = [">1", "<1", ">0", "<0", ">1", "<1"]
    output, got = run_decrypt(tmp_path, link.frames, "-k", PMK.hex())
    assert got == wanted == decrypted_by_tshark(tmp_path, link.frames, "wpa-psk", PMK.hex())
    assert "not decrypted" not in output


def psk():
    """The PSK of the passphrase for exchanges.SSID, from hashlib."""
    return hashlib.pbkdf2_hmac("sha1", b"over the air", SSID, 4096, 32)


def test_fast_transition_is_decrypted(tmp_path):
    """12.7.1.7: the passphrase opens all frames, including those under the group key of the second access point."""
    frames = transition(psk())
    output, got = run_decrypt(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == [">first", "*first", ">second", "<second", "*second"]
    assert got == decrypted_by_tshark(tmp_path, frames, "wpa-pwd", f"over the air:{SSID.decode()}")
    assert "not decrypted" not in output
    assert run_decrypt(tmp_path, frames, "-s", "another", "-p", "over the air")[1] == []
    assert run_decrypt(tmp_path, frames, "-s", SSID.decode(), "-k", psk().hex())[1] == got


@pytest.mark.parametrize("missing", ["authentication", "request", "response"])
def test_incomplete_transition_is_decrypted(tmp_path, missing):
    """Reassociation request and response both suffice for the pairwise key; only the response has the group key."""
    which = {"authentication": 0xB0, "request": 0x20, "response": 0x30}[missing]
    frames = [raw_frame for raw_frame in transition(psk()) if raw_frame[0] != which]
    _, got = run_decrypt(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == [">first", "*first", ">second", "<second"] + (["*second"] if missing != "response" else [])


def test_transition_after_sae_is_decrypted(tmp_path):
    """FT-SAE: the PMK is that of the exchange, which only the option can tell."""
    pmk = bytes(range(32))
    _, got = run_decrypt(tmp_path, transition(pmk, "ft-sae"), "-s", SSID.decode(), "-k", pmk.hex())
    assert got == [">first", "*first", ">second", "<second", "*second"]


@pytest.mark.parametrize("length", [32, 48, 64])
def test_transition_with_longer_keys_is_decrypted(tmp_path, length):
    """FT-SAE-EXT-KEY with groups 19, 20 and 21: exchanges.py, with hashlib, is the judge."""
    pmk = bytes(range(length))
    _, got = run_decrypt(tmp_path, transition(pmk, "ft-sae-ext-key"), "-s", SSID.decode(), "-k", pmk.hex())
    assert got == [">first", "*first", ">second", "<second", "*second"]
    assert run_decrypt(tmp_path, transition(pmk, "ft-sae-ext-key"), "-s", "another", "-k", pmk.hex())[1] == []


def test_forged_reassociation_is_ignored(tmp_path):
    frames = transition(psk())
    forged = bytearray(next(raw_frame for raw_frame in frames if raw_frame[0] == 0x20))
    forged[-20] ^= 1
    frames.insert(-1, bytes(forged))
    _, got = run_decrypt(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == [">first", "*first", ">second", "<second", "*second"]


def test_forged_reassociation_does_not_prevent_group_rekey(tmp_path):
    """A forged reassociation of a station without fast transition must not replace the pairwise key that verifies the
    next group key."""
    link = Link("psk", psk())
    link.handshake()
    forger = Link("ft", bytes(32)).join_domain()
    forger.reassociate(AP)
    fresh = bytes(range(0x90, 0xA0))
    link.frames += forger.frames
    link.rekey_group(fresh)
    link.seal(header(0x0208, GROUP, AP, FAR, 77) + packet(b"*after"), fresh, 2, fresh)
    _, got = run_decrypt(tmp_path, link.frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == ["*after"]


def test_direct_link_is_decrypted(tmp_path):
    """12.7.9: the key derives from the setup exchange, which passes through the access point."""
    frames = direct(psk())
    output, got = run_decrypt(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == ["there", "and back"] == decrypted_by_tshark(tmp_path, frames, "wpa-pwd", f"over the air:{SSID.decode()}")
    assert "not decrypted" not in output


def test_all_networks_of_a_configuration_file_are_used(tmp_path):
    """Two networks of a wpa_supplicant.conf and a WEP key at once; a WEP key applies to any network."""
    conf = tmp_path / "wpa_supplicant.conf"
    wep = "0102030405060708090a0b0c0d"
    conf.write_text(f'network={{\n\tssid="else"\n\tpsk="something else"\n}}\nnetwork={{\n\tssid="heard"\n\tpsk="over the air"\n}}\n'
                    f'network={{\n\tssid="old"\n\tkey_mgmt=NONE\n\twep_key0={wep}\n}}\n')
    sealed = [bytes.fromhex(line) for key_id in (0, 2) for line in
              run_tool("cipher", "seal", "WEP-104", wep, key_id, 1, lines=[frame("data", 1, packet(b"old %d" % key_id))])]
    output, got = run_decrypt(tmp_path, session_frames(Link("psk", psk())) + sealed, "-c", conf)
    assert got == [">down", "<up", "*all", "old 0", "old 2"]
    assert "not decrypted" not in output
    assert read_fields(tmp_path / "out.pcapng", "frame.number", only="wlan.fc.protected == 1") == []


def test_wep_without_its_key_is_named(tmp_path):
    sealed = [bytes.fromhex(line) for line in run_tool("cipher", "seal", "WEP-104", "0102030405060708090a0b0c0d", 0, 1,
                                                       lines=[frame("data", 1, packet(b"old"))])]
    output, got = run_decrypt(tmp_path, sealed, "-s", SSID.decode(), "-p", "over the air")
    assert got == [] and "1 of the frames that were not decrypted are encrypted by WEP" in output
    assert "has no complete handshake" not in output


@pytest.mark.parametrize("words, complaint", [
    ([], "-k PMK"), (["-p", "over the air"], "-s SSID"), (["-k", "00" * 31], "64, 96 or 128 hexadecimal digits"),
    (["-c", "/nonexistent"], "No such file"),
])
def test_invalid_arguments_are_reported(tmp_path, words, complaint):
    capture = write_pcap(tmp_path / "in.pcap", session_frames(Link("psk", PMK)))
    run = subprocess.run([VIFI, "decrypt", capture, *words], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and complaint in run.stderr and "over the air" not in run.stderr and "00000" not in run.stderr
