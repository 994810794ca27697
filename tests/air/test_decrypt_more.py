# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi decrypt` follows what our own ends do not speak.  The frames are Python's (heard.py); tshark has to open them too."""
import hashlib
import subprocess

import pytest
from conftest import ours, tshark, write_pcap
from heard import AP, FAR, GROUP, SSID, Link, beacon, direct, header, rsne, transition
from test_ciphers import frame, packet
from test_decrypt import VIFI, read, texts

PMK = bytes(range(0x20, 0x40))


def opened(tmp_path, frames, *words):
    """What vifi says, and what it opened."""
    capture = write_pcap(tmp_path / "in.pcap", frames)
    run = subprocess.run([VIFI, "decrypt", capture, "-w", tmp_path / "out.pcapng", *words], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout, texts(tmp_path / "out.pcapng")


def by_tshark(tmp_path, frames, kind, key):
    rows = tshark(write_pcap(tmp_path / "tshark.pcap", frames), kind, key, ["udp.payload"], "udp")
    return [bytes.fromhex(row[0]).decode() for row in rows]


def spoken(link):
    link.frames.append(beacon(AP, rsne(link.akm)))
    link.handshake()
    for text in (">down", "<up", "*all"):
        link.text(text[0], text)
    return link.frames


@pytest.mark.parametrize("akm", ["psk", "psk-sha256", "8021x", "8021x-sha256", "sae", "owe"])
def test_a_pmk_opens_what_was_agreed_on_with_it(tmp_path, akm):
    frames = spoken(Link(akm, PMK))
    said, got = opened(tmp_path, frames, "-k", PMK.hex())
    assert got == [">down", "<up", "*all"] == by_tshark(tmp_path, frames, "wpa-psk", PMK.hex())
    assert "not opened" not in said
    said, got = opened(tmp_path, frames, "-k", bytes(32).hex())
    assert got == [] and "fits none of the handshakes" in said


def test_extended_key_ids(tmp_path):
    """9.4.2.25.4: the pairwise key is 1, then 0, as message 3 says."""
    link = Link("psk", PMK, capabilities=0x2000)
    link.frames.append(beacon(AP, rsne("psk", 0x2000)))
    for key_id in (1, 0, 1):
        link.handshake(key_id)
        link.text(">", f">{key_id}")
        link.text("<", f"<{key_id}")
    wanted = [">1", "<1", ">0", "<0", ">1", "<1"]
    said, got = opened(tmp_path, link.frames, "-k", PMK.hex())
    assert got == wanted == by_tshark(tmp_path, link.frames, "wpa-psk", PMK.hex())
    assert "not opened" not in said


def psk():
    """The PSK of a passphrase for heard.SSID, by hashlib."""
    return hashlib.pbkdf2_hmac("sha1", b"over the air", SSID, 4096, 32)


def test_fast_transition(tmp_path):
    """12.7.1.7: all by the passphrase, the group key of the second access point too."""
    frames = transition(psk())
    said, got = opened(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == [">first", "*first", ">second", "<second", "*second"]
    assert got == by_tshark(tmp_path, frames, "wpa-pwd", f"over the air:{SSID.decode()}")
    assert "not opened" not in said
    assert opened(tmp_path, frames, "-s", "another", "-p", "over the air")[1] == []
    assert opened(tmp_path, frames, "-s", SSID.decode(), "-k", psk().hex())[1] == got


@pytest.mark.parametrize("missing", ["authentication", "request", "response"])
def test_part_of_a_transition(tmp_path, missing):
    """Both halves of the reassociation have what the pairwise key is made of; only the response has the group key."""
    which = {"authentication": 0xB0, "request": 0x20, "response": 0x30}[missing]
    frames = [one for one in transition(psk()) if one[0] != which]
    _, got = opened(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == [">first", "*first", ">second", "<second"] + (["*second"] if missing != "response" else [])


def test_a_forged_reassociation_changes_nothing(tmp_path):
    frames = transition(psk())
    forged = bytearray(next(one for one in frames if one[0] == 0x20))
    forged[-20] ^= 1
    frames.insert(-1, bytes(forged))
    _, got = opened(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == [">first", "*first", ">second", "<second", "*second"]


def test_a_forged_reassociation_hides_no_group_key(tmp_path):
    """Of a station that never heard of fast transition: what was known of the pair is still what the next key is proved by."""
    link = Link("psk", psk())
    link.handshake()
    forger = Link("ft", bytes(32)).in_domain()
    forger.reassociate(AP)
    fresh = bytes(range(0x90, 0xA0))
    link.frames += forger.frames
    link.renew_group(fresh)
    link.seal(header(0x0208, GROUP, AP, FAR, 77) + packet(b"*after"), fresh, 2, fresh)
    _, got = opened(tmp_path, link.frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == ["*after"]


def test_direct_links(tmp_path):
    """12.7.9: the key comes of the set-up, which passes through the access point."""
    frames = direct(psk())
    said, got = opened(tmp_path, frames, "-s", SSID.decode(), "-p", "over the air")
    assert got == ["there", "and back"] == by_tshark(tmp_path, frames, "wpa-pwd", f"over the air:{SSID.decode()}")
    assert "not opened" not in said


def test_networks_of_a_file(tmp_path):
    """All at once: two networks of a wpa_supplicant.conf, and a WEP key, of which 13 bytes name no network."""
    conf = tmp_path / "wpa_supplicant.conf"
    wep = "0102030405060708090a0b0c0d"
    conf.write_text(f'network={{\n\tssid="else"\n\tpsk="something else"\n}}\nnetwork={{\n\tssid="heard"\n\tpsk="over the air"\n}}\n'
                    f'network={{\n\tssid="old"\n\tkey_mgmt=NONE\n\twep_key0={wep}\n}}\n')
    sealed = [bytes.fromhex(line) for key_id in (0, 2) for line in
              ours("cipher", "seal", "WEP-104", wep, key_id, 1, lines=[frame("data", 1, packet(b"old %d" % key_id))])]
    said, got = opened(tmp_path, spoken(Link("psk", psk())) + sealed, "-c", conf)
    assert got == [">down", "<up", "*all", "old 0", "old 2"]
    assert "not opened" not in said
    assert read(tmp_path / "out.pcapng", "frame.number", only="wlan.fc.protected == 1") == []


@pytest.mark.parametrize("words, complaint", [
    ([], "-k PMK"), (["-p", "over the air"], "-s SSID"), (["-k", "00" * 31], "64 hexadecimal digits"),
    (["-c", "/nonexistent"], "No such file"),
])
def test_what_is_wrong_is_said(tmp_path, words, complaint):
    capture = write_pcap(tmp_path / "in.pcap", spoken(Link("psk", PMK)))
    run = subprocess.run([VIFI, "decrypt", capture, *words], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and complaint in run.stderr and "over the air" not in run.stderr and "00000" not in run.stderr
