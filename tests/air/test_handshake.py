# SPDX-License-Identifier: GPL-2.0-or-later
"""Handshakes of src/rsn: tshark must decrypt all frames with the passphrase alone, and aircrack-ng must find it."""
import hashlib
import hmac
import subprocess

import pytest
from conftest import run_tool, tshark, write_pcap
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from scapy.modules.krack.crypto import ARC4_decrypt
from test_ciphers import packet

SSID, PASSPHRASE = "vifi test", "correct horse"
SUITES = ["wpa-tkip", "wpa-ccmp", "wpa2-tkip", "wpa2-mixed", "wpa2-ccmp", "wpa2-gcmp", "sha256-ccmp", "sha256-ccmp-256",
          "sha256-gcmp-256"]

# tshark 4.0 decrypts TKIP group frames only after a WPA handshake with TKIP for all keys; for these suites the test
# derives the group key itself and passes it to tshark.
GROUP_APART = {"wpa-ccmp", "wpa2-tkip", "wpa2-mixed"}


def session(tmp_path, suite, *lines, passphrase=PASSPHRASE):
    frames = run_tool("handshake", suite, SSID, passphrase, lines=lines)
    return write_pcap(tmp_path / "air.pcap", [bytes.fromhex(line) for line in frames])


def payloads(capture, passphrase=PASSPHRASE):
    rows = tshark(capture, "wpa-pwd", f"{passphrase}:{SSID}", ["udp.payload"], "udp")
    return [bytes.fromhex(row[0]).decode() for row in rows]


def data_line(direction, text):
    return f"{direction} {packet(text.encode()).hex()}"


def expect(suite, texts):
    """The texts that tshark decrypts with the passphrase."""
    return [text for text in texts if suite not in GROUP_APART or not text.startswith("*")]


@pytest.mark.parametrize("suite", SUITES)
def test_tshark_decrypts_all_with_the_passphrase(tmp_path, suite):
    texts = [f"{direction}{number}" for number in range(4) for direction in "><*"]
    capture = session(tmp_path, suite, *(data_line(text[0], text) for text in texts))
    assert payloads(capture) == expect(suite, texts)
    assert payloads(capture, "battery staple") == []


@pytest.mark.parametrize("suite", SUITES)
def test_tshark_follows_rekeying(tmp_path, suite):
    lines = []
    for number in range(3):
        lines += [data_line(direction, f"{direction}{number}") for direction in "><*"]
        lines += ["gtk", data_line("*", f"*{number} again"), "ptk"]
    texts = [bytes.fromhex(line.split()[1])[36:].decode() for line in lines if " " in line]
    assert payloads(session(tmp_path, suite, *lines)) == expect(suite, texts)


def kek_by_hashlib(frames):
    """The KEK from PMK and PTK (IEEE 802.11-2016 12.7.1), verified by the MIC of message 2."""
    first, second = (bytes.fromhex(frame)[32:] for frame in frames[2:4])
    pmk = hashlib.pbkdf2_hmac("sha1", PASSPHRASE.encode(), SSID.encode(), 4096, 32)
    ends = sorted([bytes.fromhex("020000000002"), bytes.fromhex("020000000001")])
    nonces = sorted([first[17:49], second[17:49]])
    data = b"Pairwise key expansion\0" + b"".join(ends + nonces)
    ptk = b"".join(hmac.new(pmk, data + bytes([n]), "sha1").digest() for n in range(4))
    blank = second[:81] + bytes(16) + second[97:]
    assert hmac.new(ptk[:16], blank, "md5" if second[6] & 7 == 1 else "sha1").digest()[:16] == second[81:97]
    return ptk[16:32]


@pytest.mark.parametrize("suite", sorted(GROUP_APART))
def test_independently_derived_group_key_decrypts(tmp_path, suite):
    frames = run_tool("handshake", suite, SSID, PASSPHRASE, lines=[data_line("*", "*0"), data_line("*", "*1")])
    capture = write_pcap(tmp_path / "air.pcap", [bytes.fromhex(line) for line in frames])
    kek, message = kek_by_hashlib(frames), bytes.fromhex(frames[4])[32:]
    if suite == "wpa-ccmp":  # a separate message with the bare key, in a frame that tshark decrypts
        rows = tshark(capture, "wpa-pwd", f"{PASSPHRASE}:{SSID}", ["wlan_rsna_eapol.keydes.data"], "wlan.fc.protected == 1 and eapol")
        group_key = aes_key_unwrap(kek, bytes.fromhex(rows[0][0]))
    else:
        if suite == "wpa2-tkip":
            data = ARC4_decrypt(message[49:65] + kek, bytes(256) + message[99:])[256:]
        else:
            data = aes_key_unwrap(kek, message[99:])
        element = data[2 + data[1]:]  # after the RSN element
        assert element[:6] == bytes.fromhex("dd26000fac01") and element[6] == 1
        group_key = element[8:8 + 32]
    assert len(group_key) == 32
    rows = tshark(capture, "tk", group_key[:16].hex(), ["udp.payload"], "udp")
    assert [bytes.fromhex(row[0]).decode() for row in rows] == ["*0", "*1"]


@pytest.mark.parametrize("suite", SUITES)
def test_tshark_parses_four_handshake_messages(tmp_path, suite):
    capture = session(tmp_path, suite)
    rows = tshark(capture, "wpa-pwd", f"{PASSPHRASE}:{SSID}", ["wlan_rsna_eapol.keydes.msgnr"], "eapol")
    assert [row[0] for row in rows][:4] == ["1", "2", "3", "4"]
    if suite != "wpa-ccmp":  # tshark parses WPA's bare group key as elements
        faults = "_ws.malformed or _ws.expert.severity >= 6291456"
        assert tshark(capture, "wpa-pwd", f"{PASSPHRASE}:{SSID}", ["frame.number"], faults) == []


def aircrack(tmp_path, capture, *words):
    wordlist = tmp_path / "words"
    wordlist.write_text("".join(word + "\n" for word in words))
    run = subprocess.run(["aircrack-ng", "-q", "-a2", "-e", SSID, "-w", str(wordlist), str(capture)], capture_output=True,
                         text=True, timeout=60)
    return run.stdout


@pytest.mark.parametrize("suite", ["wpa-tkip", "wpa-ccmp", "wpa2-tkip", "wpa2-mixed", "wpa2-ccmp"])
def test_aircrack_verifies_the_handshake(tmp_path, suite):
    """aircrack-ng supports descriptor versions 1 and 2; tshark checks version 3."""
    capture = session(tmp_path, suite)
    assert f"KEY FOUND! [ {PASSPHRASE} ]" in aircrack(tmp_path, capture, "battery staple", PASSPHRASE, "something else")
    assert "KEY FOUND" not in aircrack(tmp_path, capture, "battery staple", "something else")


@pytest.mark.parametrize("suite", SUITES)
def test_tshark_parses_supplicant_requests(tmp_path, suite):
    """Rekey requests and both Michael failure reports (12.7.2), protected by the pairwise key, with their own replay counter."""
    capture = session(tmp_path, suite, *(f"request {n}" for n in range(4)))
    fields = [f"wlan_rsna_eapol.keydes.key_info.{name}" for name in ("request", "error", "key_type", "key_mic", "key_ack")]
    rows = tshark(capture, "wpa-pwd", f"{PASSPHRASE}:{SSID}", [*fields, "eapol.keydes.replay_counter", "wlan.fc.protected"],
                  "wlan_rsna_eapol.keydes.key_info.request == 1")
    assert rows == [[str(bit) for bit in (1, error, pairwise, 1, 0, n + 1, 1)]
                    for n, (error, pairwise) in enumerate([(0, 1), (0, 0), (1, 1), (1, 0)])]


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite.startswith("wpa2") or suite.startswith("sha256")])
def test_reassociation_request_contains_the_pmkid(tmp_path, suite):
    """The PMKID (12.7.1.3) is computed here; message 1 has none; the passphrase decrypts the subsequent frames."""
    texts = [">1", "<1"]
    capture = session(tmp_path, suite, data_line("<", "<0"), "reassociate", *(data_line(text[0], text) for text in texts))
    pmk = hashlib.pbkdf2_hmac("sha1", PASSPHRASE.encode(), SSID.encode(), 4096, 32)
    ends = bytes.fromhex("020000000002") + bytes.fromhex("020000000001")
    name = hmac.new(pmk, b"PMK Name" + ends, "sha256" if suite.startswith("sha256") else "sha1").digest()[:16]
    key = ("wpa-pwd", f"{PASSPHRASE}:{SSID}")
    colons = ":".join(f"{byte:02x}" for byte in name)
    assert tshark(capture, *key, ["wlan.rsn.pmkid.count"], f"wlan.fc.type_subtype == 2 and frame contains {colons}") == [["1"]]
    first = tshark(capture, *key, ["wlan_rsna_eapol.keydes.data_len"], "wlan_rsna_eapol.keydes.msgnr == 1")
    assert first == [["0"], ["0"]]
    assert tshark(capture, *key, ["frame.number"], "_ws.malformed and not udp") == []
    assert payloads(capture) == ["<0", *texts]


def test_aircrack_verifies_the_handshake_after_a_reassociation(tmp_path):
    capture = session(tmp_path, "wpa2-ccmp", "reassociate")
    assert f"KEY FOUND! [ {PASSPHRASE} ]" in aircrack(tmp_path, capture, "battery staple", PASSPHRASE)
