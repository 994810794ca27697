# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark reads frames of the transmit path of src/softmac; its receive path accepts frames of scapy and cryptography."""
import struct

import pytest
from conftest import run_tool, tshark, write_pcap
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from scapy.layers.dot11 import Dot11, Dot11QoS
from scapy.layers.eap import EAPOL
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, LLC, SNAP, STP, Dot1Q, Dot3, Ether

STATION, AP, HOST, OTHER = (f"02:00:00:00:00:{n:02x}" for n in (1, 2, 0x99, 3))
ALL = "ff:ff:ff:ff:ff:ff"
KEYS = {"CCMP": 16, "CCMP-256": 32, "GCMP": 16, "GCMP-256": 32, "TKIP": 32}
TK = bytes(range(1, 33))
GTK = bytes(range(0x81, 0xA1))


def keys(cipher):
    return (TK[: KEYS[cipher]].hex(), GTK[: KEYS[cipher]].hex()) if cipher != "open" else ("-", "-")


def for_tshark(cipher, key):
    """For TKIP, tshark takes the temporal key alone."""
    return key[:32] if cipher == "TKIP" else key


def send(end, cipher, frames, fragment=0):
    return [bytes.fromhex(line) for line in
            run_tool("data_path", "send", end, cipher, *keys(cipher), fragment, lines=[bytes(f).hex() for f in frames])]


def receive(end, cipher, frames):
    """Passes frames to the receive path; returns the Ethernet frames and the drop reasons."""
    lines = run_tool("data_path", "receive", end, cipher, *keys(cipher), lines=[bytes(f).hex() for f in frames])
    return ([Ether(bytes.fromhex(line)) for line in lines if line[0] != "-"],
            [line[2:] for line in lines if line[0] == "-"])


def udp(source, destination, payload=b"hello", tos=0):
    return Ether(src=source, dst=destination) / IP(src="10.0.0.1", dst="10.0.0.2", tos=tos) / UDP(
        sport=40001, dport=40002) / payload


FIELDS = ["wlan.ra", "wlan.ta", "wlan.da", "wlan.sa", "wlan.bssid", "wlan.qos.tid", "udp.payload"]


@pytest.mark.parametrize("end", ["ap", "sta"])
@pytest.mark.parametrize("cipher", ["open", *KEYS])
def test_tshark_finds_addresses_priorities_and_payload(tmp_path, cipher, end):
    source, destination = (HOST, STATION) if end == "ap" else (STATION, HOST)
    receiver, transmitter = (STATION, AP) if end == "ap" else (AP, STATION)
    marks = {0: 0, 0x20: 1, 0x48: 3, 0x88: 4, 0xA0: 5, 0xB8: 6, 0xC0: 7}  # TOS to user priority, RFC 8325
    frames = [udp(source, destination, bytes([tos] * 3), tos) for tos in marks]
    capture = write_pcap(tmp_path / "air.pcap", send(end, cipher, frames))
    rows = tshark(capture, "tk", for_tshark(cipher, TK[: KEYS.get(cipher, 16)].hex()), FIELDS, "udp")
    assert rows == [[receiver, transmitter, destination, source, AP, str(priority), f"{tos:02x}" * 3]
                    for tos, priority in marks.items()]


@pytest.mark.parametrize("cipher", ["open", *KEYS])
def test_tshark_decrypts_group_frames_with_the_group_key(tmp_path, cipher):
    capture = write_pcap(tmp_path / "air.pcap", send("ap", cipher, [udp(HOST, ALL), udp(OTHER, "01:00:5e:00:00:fb")]))
    rows = tshark(capture, "tk", for_tshark(cipher, GTK[: KEYS.get(cipher, 16)].hex()), FIELDS, "udp")
    assert rows == [[to, AP, to, source, AP, "", b"hello".hex()]
                    for to, source in ((ALL, HOST), ("01:00:5e:00:00:fb", OTHER))]


def test_tshark_recognises_our_llc(tmp_path):
    """tshark recognises each kind of Ethernet frame on the air."""
    to = {"src": STATION, "dst": HOST}
    frames = [
        udp(STATION, HOST), Ether(**to) / IPv6(src="fe80::1", dst="fe80::2") / UDP(sport=1, dport=2) / b"x",
        Ether(**to) / ARP(op=1, hwsrc=STATION, psrc="10.0.0.1", pdst="10.0.0.2"),
        Ether(**to) / Dot1Q(vlan=42, prio=5) / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2),
        Ether(**to, type=0x80F3) / bytes(28), Ether(**to, type=0x8137) / bytes(30),
        Dot3(src=STATION, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP() / bytes(8),
        Ether(src=STATION, dst=AP, type=0x888E) / EAPOL(version=2, type=1),
    ]
    capture = write_pcap(tmp_path / "air.pcap", send("sta", "open", frames))
    rows = tshark(capture, "tk", TK[:16].hex(), ["llc.oui", "llc.type", "llc.dsap", "_ws.col.Protocol", "wlan.qos.tid"])
    assert [row[:2] for row in rows] == [
        ["0", "0x0800"], ["0", "0x86dd"], ["0", "0x0806"], ["0", "0x8100"], ["248", "0x80f3"], ["248", "0x8137"],
        ["", ""], ["0", "0x888e"]]
    assert rows[6][2] == "0x42" and rows[6][3] == "STP" and rows[7][3] == "EAPOL"
    assert (rows[3][4], rows[7][4]) == ("5", "7")


@pytest.mark.parametrize("fragment", [64, 256, 600])
@pytest.mark.parametrize("cipher", ["open", "CCMP", "CCMP-256", "GCMP", "GCMP-256"])
def test_tshark_reassembles_fragmented_msdus(tmp_path, cipher, fragment):
    payload = bytes(i % 251 for i in range(fragment * 7 // 2 - 36))  # with LLC, IP and UDP: three and a half
    frames = send("sta", cipher, [udp(STATION, HOST, payload)], fragment)
    assert len(frames) == 4
    capture = write_pcap(tmp_path / "air.pcap", frames)
    rows = tshark(capture, "tk", TK[: KEYS.get(cipher, 16)].hex(), ["wlan.da", "wlan.sa", "udp.payload"], "udp")
    assert rows == [[HOST, STATION, payload.hex()]]


def test_scapy_parses_our_headers():
    """Without decryption: header fields, rising packet numbers, and one sequence number for all fragments."""
    numbers = []
    for number, line in enumerate(send("sta", "CCMP", [udp(STATION, HOST, bytes(200))], 80)):
        frame = Dot11(line)
        assert (frame.type, frame.subtype, frame.addr1, frame.addr2, frame.addr3) == (2, 8, AP, STATION, HOST)
        assert frame.FCfield.protected and frame.FCfield.to_DS and not frame.FCfield.from_DS
        assert bool(frame.FCfield.MF) == (number < 3 - 1)
        assert frame.SC == number and frame[Dot11QoS].TID == 0
        cipher = bytes(frame[Dot11QoS].payload)
        numbers.append(int.from_bytes(cipher[4:8] + b"", "little") << 16 | cipher[1] << 8 | cipher[0])
    assert numbers == [1, 2, 3]


# ---- frames of other implementations ----

SNAP_IP = bytes(LLC() / SNAP(code=0x800))


def header(sequence=1, fragment=0, more=False, amsdu=False, tid=0, to=HOST):
    flags = "to-DS" + ("+MF" if more else "")
    return (Dot11(type=2, subtype=8, FCfield=flags, addr1=AP, addr2=STATION, addr3=to, SC=sequence << 4 | fragment)
            / Dot11QoS(TID=tid, A_MSDU_Present=int(amsdu)))


def ccmp(frame, body, number, key=TK[:16]):
    """Encrypts a three-address QoS data frame (12.5.3.3) with AES-CCM of `cryptography`."""
    head = bytearray(bytes(frame))
    control = struct.unpack("<H", head[:2])[0] | 0x4000
    head[:2] = struct.pack("<H", control)
    tid = head[24] & 15
    aad = struct.pack("<H", control & ~0x3870 & 0x7FFF) + head[4:22] + bytes([head[22] & 15, 0, tid, 0])
    pn = number.to_bytes(6, "big")
    sealed = AESCCM(key, tag_length=8).encrypt(bytes([tid]) + bytes(head[10:16]) + pn, body, bytes(aad))
    return bytes(head) + bytes([pn[5], pn[4], 0, 0x20, pn[3], pn[2], pn[1], pn[0]]) + sealed


def body_of(payload):
    return SNAP_IP + bytes(udp(STATION, HOST, payload)[IP])


def address(text):
    return bytes.fromhex(text.replace(":", ""))


def subframe(payload, source=STATION, destination=HOST):
    inside = body_of(payload)
    return address(destination) + address(source) + len(inside).to_bytes(2, "big") + inside


def pad_subframes(parts):
    whole = b""
    for part in parts:
        whole += bytes(-len(whole) % 4) + part
    return whole


def test_receive_path_accepts_a_foreign_frame():
    frames, drops = receive("ap", "CCMP", [ccmp(header(tid=6), body_of(b"ping"), 7)])
    assert drops == []
    assert [(f.src, f.dst, bytes(f[UDP].payload)) for f in frames] == [(STATION, HOST, b"ping")]


def test_foreign_fragments_are_reassembled():
    body = body_of(bytes(range(200)))
    cuts = [body[:90], body[90:180], body[180:]]
    sealed_frames = [ccmp(header(9, i, i < 2), piece, 20 + i) for i, piece in enumerate(cuts)]
    frames, drops = receive("ap", "CCMP", sealed_frames)
    assert drops == [] and [bytes(f[UDP].payload) for f in frames] == [bytes(range(200))]


@pytest.mark.parametrize("numbers,keys_used,reason", [
    ((20, 22), (0, 0), "fragment_pn"),  # CVE-2020-26146
    ((20, 21), (0, 1), "mpdu_mic"),  # under another key
])
def test_mismatched_fragments_are_dropped(numbers, keys_used, reason):
    body = body_of(bytes(100))
    key = [TK[:16], bytes(16)]
    sealed_frames = [ccmp(header(9, i, i < 1), (body[:60], body[60:])[i], numbers[i], key[keys_used[i]]) for i in (0, 1)]
    assert receive("ap", "CCMP", sealed_frames) == ([], [reason])


def test_foreign_amsdu_is_deaggregated(tmp_path):
    payloads = [b"a", b"four", b"of different length", bytes(1400)]
    sealed_frame = ccmp(header(amsdu=True, tid=5, to=AP), pad_subframes(subframe(p) for p in payloads), 3)
    # tshark also parses it, so the test frame is a valid A-MSDU.
    rows = tshark(write_pcap(tmp_path / "air.pcap", [sealed_frame]), "tk", TK[:16].hex(), ["udp.payload"])
    assert rows == [[",".join(p.hex() for p in payloads)]]
    frames, drops = receive("ap", "CCMP", [sealed_frame])
    assert drops == [] and [bytes(f[UDP].payload) for f in frames] == payloads


def test_amsdu_subframe_with_a_foreign_source_is_dropped():
    sealed_frame = ccmp(header(amsdu=True, to=AP), pad_subframes([subframe(b"mine"), subframe(b"not mine", source=OTHER)]), 3)
    frames, drops = receive("ap", "CCMP", [sealed_frame])
    assert [bytes(f[UDP].payload) for f in frames] == [b"mine"] and drops == ["amsdu_address"]


def test_aggregation_attack_fails():
    """CVE-2020-24588: an attacker controls the payload and sets the A-MSDU bit in transit."""
    evil = bytes(20) + pad_subframes([bytes(2) + subframe(b"injected")])
    sealed_frame = bytearray(ccmp(header(), body_of(evil), 3))
    sealed_frame[24] |= 0x80
    assert receive("ap", "CCMP", [sealed_frame]) == ([], ["amsdu_llc"])


def test_receive_path_accepts_transmitted_frames():
    """The receive path accepts what the transmit path sends, with each cipher."""
    for cipher in ("open", *KEYS):
        sent = [udp(STATION, HOST, bytes([n] * n)) for n in range(1, 60)]
        frames, drops = receive("ap", cipher, send("sta", cipher, sent, 66))
        assert drops == [] and [bytes(f) for f in frames] == [bytes(f) for f in sent]
