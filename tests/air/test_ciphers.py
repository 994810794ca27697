# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark and scapy decrypt frames of src/softmac, and src/softmac decrypts frames of other implementations."""
import zlib

import pytest
from conftest import run_tool, tshark, write_pcap
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from scapy.layers.inet import IP, UDP
from scapy.modules.krack.crypto import ARC4_decrypt, ARC4_encrypt, gen_TKIP_RC4_key, michael

STATION, AP, SOURCE = "020000000001", "020000000002", "020000000003"
KEYS = {"WEP-40": 5, "WEP-104": 13, "TKIP": 32, "CCMP": 16, "CCMP-256": 32, "GCMP": 16, "GCMP-256": 32}
HEADERS = {
    "data": ("0802", ""),
    "qos": ("8802", "0500"),
    "retried": ("881a", "0600"),
    "four addresses": ("8803", "0202000000040000"),
    "to the access point": ("8801", "0300"),
}


def key_of(cipher):
    return bytes(range(0x21, 0x21 + KEYS[cipher])).hex()


def for_tshark(cipher):
    """Kind and key for tshark: for TKIP it takes the temporal key alone and does not check Michael."""
    if cipher.startswith("WEP"):
        return "wep", key_of(cipher)
    return "tk", key_of(cipher)[:32] if cipher == "TKIP" else key_of(cipher)


def packet(payload):
    """An LLC/SNAP, IP and UDP packet, so that tshark validates the plaintext."""
    return b"\xaa\xaa\x03\0\0\0\x08\0" + bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1111, dport=2222) / payload)


def frame(header, sequence, body):
    control, rest = HEADERS[header]
    if header == "four addresses":
        rest = "020000000004" + "0200"
    to_ap = header == "to the access point"
    addresses = (AP + STATION + SOURCE) if to_ap else (STATION + AP + SOURCE)
    return control + "0000" + addresses + (sequence << 4 & 0xFFFF).to_bytes(2, "little").hex() + rest + body.hex()


def payloads():
    """Payloads of every length up to 69, and two long ones."""
    return [bytes((7 * n + i) % 256 for i in range(n)) for n in [*range(1, 70), 1472, 2200]]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("cipher", KEYS)
def test_tshark_decrypts_our_frames(tmp_path, cipher, header):
    plain = [frame(header, n, packet(payload)) for n, payload in enumerate(payloads(), 1)]
    sealed = run_tool("cipher", "seal", cipher, key_of(cipher), 0, 1, lines=plain)
    capture = write_pcap(tmp_path / "air.pcap", [bytes.fromhex(line) for line in sealed])
    rows = tshark(capture, *for_tshark(cipher), ["udp.payload"], "udp")
    assert [row[0] for row in rows] == [payload.hex() for payload in payloads()]


@pytest.mark.parametrize("cipher", [cipher for cipher in KEYS if cipher != "TKIP"])
@pytest.mark.parametrize("body", [40, 1000])
def test_tshark_reassembles_our_fragments(tmp_path, cipher, body):
    payload = bytes(i % 251 for i in range(body * 5 // 2))
    sealed = run_tool("cipher", "seal", cipher, key_of(cipher), 0, 1, body, lines=[frame("qos", 9, packet(payload))])
    assert len(sealed) >= 3
    capture = write_pcap(tmp_path / "air.pcap", [bytes.fromhex(line) for line in sealed])
    rows = tshark(capture, *for_tshark(cipher), ["udp.payload"], "udp")
    assert [row[0] for row in rows] == [payload.hex()]


@pytest.mark.parametrize("cipher", KEYS)
def test_tshark_decrypts_nothing_with_another_key(tmp_path, cipher):
    """So the payloads that tshark finds in the other tests were really decrypted."""
    sealed = run_tool("cipher", "seal", cipher, key_of(cipher), 0, 1, lines=[frame("qos", 9, packet(b"hello"))])
    capture = write_pcap(tmp_path / "air.pcap", [bytes.fromhex(line) for line in sealed])
    kind, key = for_tshark(cipher)
    assert tshark(capture, kind, "42" * (len(key) // 2), ["udp.payload"], "udp") == []


@pytest.mark.parametrize("cipher", ["CCMP", "CCMP-256", "GCMP", "GCMP-256"])
def test_tshark_decrypts_protected_management(tmp_path, cipher):
    """A protected Deauthentication frame; tshark can only show its reason code, 3, after decryption."""
    plain = "c0000000" + STATION + AP + AP + "1000" + "0300"
    sealed = run_tool("cipher", "seal", cipher, key_of(cipher), 0, 1, lines=[plain])
    capture = write_pcap(tmp_path / "air.pcap", [bytes.fromhex(sealed[0])])
    rows = tshark(capture, "tk", key_of(cipher), ["wlan.fixed.reason_code"], "wlan.fc.protected == 1")
    assert [int(row[0], 0) for row in rows] == [3]


def tkip_by_scapy(key, plain, header_len, tsc, mic_key):
    """Encrypts with scapy's TKIP functions; only the outer frame is assembled here."""
    header, body = plain[:header_len], plain[header_len:]
    priority = header[24] & 15 if header_len == 26 else 0
    destination, source = header[4:10], header[16:22]
    body += michael(mic_key, destination + source + bytes([priority, 0, 0, 0]) + body)
    body += zlib.crc32(body).to_bytes(4, "little")
    numbers = [tsc >> 8 * i & 255 for i in range(6)]
    rc4 = gen_TKIP_RC4_key(numbers, list(header[10:16]), list(key[:16]))
    iv = bytes([*rc4[:3], 0x20, *numbers[2:]])
    return header[:1] + bytes([header[1] | 0x40]) + header[2:] + iv + ARC4_encrypt(rc4, body)


@pytest.mark.parametrize("header, length", [("data", 24), ("qos", 26)])
def test_tkip_matches_scapy(header, length):
    key = bytes.fromhex(key_of("TKIP"))
    plain = [frame(header, n, packet(payload)) for n, payload in enumerate(payloads(), 1)]
    first = 0xFFF0  # the low and the high part of the TSC change within the test
    scapys = [tkip_by_scapy(key, bytes.fromhex(line), length, first + n, key[16:24]).hex() for n, line in enumerate(plain)]
    assert run_tool("cipher", "seal", "TKIP", key.hex(), 0, first, lines=plain) == scapys
    assert run_tool("cipher", "open", "TKIP", key.hex(), 0, first - 1, lines=scapys) == plain
    forged = tkip_by_scapy(key, bytes.fromhex(plain[0]), length, first, key[24:32]).hex()
    assert run_tool("cipher", "open", "TKIP", key.hex(), 0, 0, lines=[forged]) == ["- michael"]


def test_tkip_sequence_counter_may_start_at_0():
    """Real stations start at 0 (12.5.2.6 says 1).  Their first frame, often message 2 of the group key handshake, must be
    accepted, but only once."""
    key = bytes.fromhex(key_of("TKIP"))
    plain = [frame("data", n, packet(b"first")) for n in range(1, 3)]
    sealed = [tkip_by_scapy(key, bytes.fromhex(line), 24, n, key[16:24]).hex() for n, line in enumerate(plain)]
    assert run_tool("cipher", "open", "TKIP", key.hex(), 0, 0, lines=[*sealed, sealed[0]]) == [*plain, "- replay"]
    assert run_tool("cipher", "open", "TKIP", key.hex(), 0, 0, lines=[sealed[0], sealed[0]]) == [plain[0], "- replay"]
    # A group key whose RSC shows that 0 is already used.
    assert run_tool("cipher", "open", "TKIP", key.hex(), 0, 1, lines=sealed) == ["- replay"] * 2


@pytest.mark.parametrize("body", [40, 66, 1000])
def test_scapy_decrypts_our_tkip_fragments(body):
    """tshark cannot check these: it removes a Michael MIC from each fragment, but there is one for the whole MSDU."""
    key = bytes.fromhex(key_of("TKIP"))
    plain = frame("qos", 9, packet(bytes(i % 251 for i in range(body * 5 // 2))))
    whole = b""
    for number, line in enumerate(run_tool("cipher", "seal", "TKIP", key.hex(), 0, 7, body, lines=[plain])):
        sealed = bytes.fromhex(line)
        assert sealed[22] & 15 == number
        assert (sealed[26 + 2], sealed[26]) == (7 + number, 0)
        part = ARC4_decrypt(gen_TKIP_RC4_key([7 + number, 0, 0, 0, 0, 0], list(sealed[10:16]), list(key[:16])), sealed[34:])
        assert zlib.crc32(part[:-4]).to_bytes(4, "little") == part[-4:]
        whole += part[:-4]
    assert number >= 2
    assert whole[:-8].hex() == plain[52:]
    assert michael(key[16:24], bytes.fromhex(STATION + SOURCE) + bytes([5, 0, 0, 0]) + whole[:-8]) == whole[-8:]


def test_wep_matches_scapys_rc4():
    key = bytes.fromhex(key_of("WEP-104"))
    plain = [frame("data", n, packet(payload)) for n, payload in enumerate(payloads(), 1)]
    for before, line in zip(plain, run_tool("cipher", "seal", "WEP-104", key.hex(), 2, 1, lines=plain)):
        sealed = bytes.fromhex(line)
        assert sealed[27] == 2 << 6
        body = ARC4_decrypt(sealed[24:27] + key, sealed[28:])
        assert body[:-4].hex() == before[48:]
        assert zlib.crc32(body[:-4]).to_bytes(4, "little") == body[-4:]


def test_bip_matches_cmac_of_cryptography():
    key = bytes(range(1, 17))
    plain = ["d0000000ffffffffffff" + AP + AP + f"{n << 4:04x}" + "0d" * n for n in range(0, 60)]

    def sealed(line, ipn):
        raw = bytes.fromhex(line)
        element = bytes([76, 16, 5, 0]) + ipn.to_bytes(6, "little")
        cmac = CMAC(algorithms.AES(key))
        cmac.update(raw[:2] + raw[4:22] + raw[24:] + element + bytes(8))
        return (raw + element + cmac.finalize()[:8]).hex()

    theirs = [sealed(line, 0x10FFFE + n) for n, line in enumerate(plain)]
    assert run_tool("cipher", "seal", "BIP-CMAC-128", key.hex(), 5, 0x10FFFE, lines=plain) == theirs
    assert run_tool("cipher", "open", "BIP-CMAC-128", key.hex(), 5, 0x10FFFD, lines=theirs) == plain
    assert run_tool("cipher", "open", "BIP-CMAC-128", key.hex(), 5, 0x10FFFE, lines=theirs[:2]) == ["- replay", plain[1]]
