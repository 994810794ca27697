# SPDX-License-Identifier: GPL-2.0-or-later
"""Exchanges that an observer may overhear but vifi's own ends do not implement: handshakes of SAE, OWE and 802.1X with a
given PMK, extended key IDs, fast BSS transition, direct links.  Written from IEEE 802.11-2016 12.7 with hashlib and
Python's cryptography, and checked by tshark; only CCMP itself comes from vifi, which test_ciphers.py checks with tshark."""
import hashlib
import hmac
import struct

from conftest import run_tool
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from test_ciphers import packet

AP, AP2 = bytes.fromhex("020000000a01"), bytes.fromhex("020000000a02")
STATION, PEER, GROUP = bytes.fromhex("020000000001"), bytes.fromhex("020000000002"), b"\xff" * 6
FAR = bytes.fromhex("0200000000fe")
SSID = b"heard"
ANONCE, SNONCE = hashlib.sha256(b"authenticator").digest(), hashlib.sha256(b"supplicant").digest()
GTK = bytes(range(0x60, 0x70))
SNAP = b"\xaa\xaa\x03\0\0\0"
# AKM suite types on the air (Table 9-133), and the key descriptor version of each (Table 12-8).
AKMS = {"8021x": 1, "psk": 2, "ft": 4, "8021x-sha256": 5, "psk-sha256": 6, "sae": 8, "ft-sae": 9, "owe": 18, "sae-ext-key": 24, "ft-sae-ext-key": 25}
VERSION = {"8021x": 2, "psk": 2, "ft": 3, "8021x-sha256": 3, "psk-sha256": 3, "sae": 0, "ft-sae": 0, "owe": 0, "sae-ext-key": 0,
           "ft-sae-ext-key": 0}
# With these AKMs the length of the PMK tells the hash.
HASH = {32: "sha256", 48: "sha384", 64: "sha512"}


def cmac(key, data):
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def kdf(key, label, context, length, algorithm="sha256"):
    """The KDF of 12.7.1.7.2; `length` in bytes."""
    return b"".join(hmac.new(key, struct.pack("<H", n + 1) + label + context + struct.pack("<H", 8 * length), algorithm).digest()
                    for n in range(length // 20 + 1))[:length]


def prf(key, label, context, length):
    """The PRF of 12.7.1.2."""
    rounds = (length + 19) // 20
    return b"".join(hmac.new(key, label + b"\0" + context + bytes([n]), "sha1").digest() for n in range(rounds))[:length]


def element(number, body):
    return bytes([number, len(body)]) + body


def rsne(akm, capabilities=0, pmkid=None):
    suite = b"\x00\x0f\xac"
    body = struct.pack("<H", 1) + suite + b"\x04" + struct.pack("<H", 1) + suite + b"\x04" + struct.pack("<H", 1)
    body += suite + bytes([AKMS.get(akm, 7)]) + struct.pack("<H", capabilities)
    return element(48, body + (struct.pack("<H", 1) + pmkid if pmkid else b""))


def header(control, a1, a2, a3, sequence, qos=b""):
    return struct.pack("<HH", control, 0) + a1 + a2 + a3 + struct.pack("<H", sequence << 4) + qos


def beacon(bssid, *elements):
    fixed = struct.pack("<QHH", 0, 100, 0x0011)
    return header(0x0080, GROUP, bssid, bssid, 1) + fixed + element(0, SSID) + element(1, b"\x82\x84\x8b\x96") + b"".join(elements)


class Link:
    """A station at an access point; `frames` collects the frames of their exchange."""

    def __init__(self, akm, pmk, ap=AP, station=STATION, capabilities=0):
        self.akm, self.pmk, self.ap, self.station, self.capabilities = akm, pmk, ap, station, capabilities
        self.frames, self.replay, self.sequence, self.sent, self.key_id = [], 0, 0, {}, 0
        self.mobility = self.ft = b""
        self.by_group = akm in ("owe", "sae-ext-key", "ft-sae-ext-key")
        self.kck_len = self.mic_len = len(pmk) // 2 if self.by_group else 16
        self.kek_len = 32 if self.kck_len > 16 else 16
        self.hash = HASH[len(pmk)] if self.by_group else "sha256"

    # ---- frames ----

    def number(self):
        self.sequence += 1
        return self.sequence

    def clear(self, up, ethertype, payload):
        head = header(0x0108, self.ap, self.station, FAR, self.number()) if up else \
            header(0x0208, self.station, self.ap, FAR, self.number())
        return head + SNAP + struct.pack(">H", ethertype) + payload

    def seal(self, frame, key, key_id, counter_key):
        self.sent[counter_key] = self.sent.get(counter_key, 0) + 1
        [line] = run_tool("cipher", "seal", "CCMP", key.hex(), key_id, self.sent[counter_key], lines=[frame.hex()])
        self.frames.append(bytes.fromhex(line))

    def send(self, up, ethertype, payload):
        self.seal(self.clear(up, ethertype, payload), self.tk, self.key_id, (self.tk, up))

    def text(self, direction, text):
        """Sends a text: ">" to the station, "<" to the access point, "*" to the group."""
        body = packet(text.encode())
        if direction == "*":
            self.seal(header(0x0208, GROUP, self.ap, FAR, self.number()) + body, GTK, 1, (GTK, self.ap))
        else:
            self.send(direction == "<", 0x0800, body[8:])

    # ---- the 4-way handshake ----

    def mic(self, frame):
        if self.akm in ("8021x", "psk"):
            return hmac.new(self.kck, frame, "sha1").digest()[:16]
        return hmac.new(self.kck, frame, self.hash).digest()[:self.mic_len] if self.by_group else cmac(self.kck, frame)

    def eapol_frame(self, info, nonce, data=b"", mic=True):
        body = struct.pack(">BHHQ", 2, info | VERSION[self.akm] | (0x100 if mic else 0), 16, self.replay) + nonce
        body += bytes(16 + 8 + 8)
        tail = struct.pack(">H", len(data)) + data
        frame = b"\x02\x03" + struct.pack(">H", len(body) + self.mic_len + len(tail)) + body
        blank = bytes(self.mic_len)
        return frame + (self.mic(frame + blank + tail) if mic else blank) + tail

    def eapol(self, up, info, nonce, data=b"", mic=True):
        self.frames.append(self.clear(up, 0x888E, self.eapol_frame(info, nonce, data, mic)))

    def derive(self, anonce, snonce):
        ends = min(self.ap, self.station) + max(self.ap, self.station)
        nonces = min(anonce, snonce) + max(anonce, snonce)
        if self.akm.startswith("ft"):
            ptk = kdf(self.pmk_r1(), b"FT-PTK", snonce + anonce + self.ap + self.station, self.kck_len + self.kek_len + 16, self.hash)
        elif self.akm in ("8021x", "psk"):
            ptk = prf(self.pmk, b"Pairwise key expansion", ends + nonces, 48)
        else:
            ptk = kdf(self.pmk, b"Pairwise key expansion", ends + nonces, self.kck_len + self.kek_len + 16, self.hash)
        end = self.kck_len + self.kek_len
        self.kck, self.kek, self.tk = ptk[:self.kck_len], ptk[self.kck_len:end], ptk[end:]

    def handshake(self, key_id=None):
        anonce, snonce = (hashlib.sha256(nonce + bytes([self.replay])).digest() for nonce in (ANONCE, SNONCE))
        self.replay += 1
        self.eapol(False, 0x0088, anonce, mic=False)
        self.derive(anonce, snonce)
        requested = rsne(self.akm, self.capabilities, self.pmk_name() if self.akm.startswith("ft") else None)
        self.eapol(True, 0x0008, snonce, requested + self.mobility + self.ft)
        self.replay += 1
        data = rsne(self.akm, self.capabilities) + element(221, b"\x00\x0f\xac\x01\x01\x00" + GTK)
        if key_id is not None:
            data += element(221, b"\x00\x0f\xac\x0a" + bytes([key_id, 0]))
            self.key_id = key_id
        data += b"\xdd" + bytes(-(len(data) + 1) % 8) if len(data) % 8 else b""
        self.eapol(False, 0x13C8, anonce, aes_key_wrap(self.kek, data))
        self.eapol(True, 0x0308, bytes(32))

    def rekey_group(self, gtk):
        """Message 1 of the group key handshake, protected by the pairwise key."""
        self.replay += 1
        data = element(221, b"\x00\x0f\xac\x01\x02\x00" + gtk)
        data += b"\xdd" + bytes(-(len(data) + 1) % 8) if len(data) % 8 else b""
        frame = self.eapol_frame(0x1380, bytes(32), aes_key_wrap(self.kek, data))
        self.send(False, 0x888E, frame)

    # ---- fast BSS transition (12.7.1.7, 13.8) ----

    def join_domain(self, mdid=b"\x34\x12", r0kh=b"ap.example", r1kh=None):
        self.mdid, self.r0kh, self.r1kh = mdid, r0kh, r1kh or self.ap
        self.mobility = element(54, mdid + b"\0")
        self.ft = self.ft_element(bytes(self.mic_len), bytes(32), bytes(32))
        return self

    def ft_element(self, mic, anonce, snonce, count=0, more=b""):
        return element(55, bytes([(len(mic) - 16) // 8 << 1, count]) + mic + anonce + snonce + element(1, self.r1kh) + element(3, self.r0kh) + more)

    def r0(self):
        context = bytes([len(SSID)]) + SSID + self.mdid + bytes([len(self.r0kh)]) + self.r0kh + self.station
        return kdf(self.pmk, b"FT-R0", context, len(self.pmk) + 16, self.hash)

    def pmk_r1(self):
        return kdf(self.r0()[:-16], b"FT-R1", self.r1kh + self.station, len(self.pmk), self.hash)

    def r0_name(self):
        return hashlib.new(self.hash, b"FT-R0N" + self.r0()[-16:]).digest()[:16]

    def pmk_name(self):
        return hashlib.new(self.hash, b"FT-R1N" + self.r0_name() + self.r1kh + self.station).digest()[:16]

    def authenticate(self):
        for sequence, (to, by) in enumerate([(self.ap, self.station), (self.station, self.ap)], 1):
            ft = self.ft_element(bytes(self.mic_len), ANONCE if sequence == 2 else bytes(32), SNONCE)
            self.frames.append(header(0x00B0, to, by, self.ap, self.number()) + struct.pack("<HHH", 2, sequence, 0) +
                               rsne(self.akm, self.capabilities, self.r0_name()) + self.mobility + ft)

    def reassociate(self, old):
        """Moves the station from the access point `old` to this one (13.5)."""
        self.authenticate()
        self.derive(ANONCE, SNONCE)
        requested = rsne(self.akm, self.capabilities, self.pmk_name())

        def sealed(sequence, more=b""):
            without = self.ft_element(bytes(self.mic_len), ANONCE, SNONCE, 3, more)
            mic = self.mic(self.station + self.ap + bytes([sequence]) + requested + self.mobility + without)
            return requested + self.mobility + self.ft_element(mic, ANONCE, SNONCE, 3, more)

        rates = element(0, SSID) + element(1, b"\x82\x84\x8b\x96")
        self.frames.append(header(0x0020, self.ap, self.station, self.ap, self.number()) + struct.pack("<HH", 0x11, 1) + old + rates + sealed(5))
        gtk = element(2, b"\x01\x00\x10" + bytes(8) + aes_key_wrap(self.kek, GTK))
        self.frames.append(header(0x0030, self.station, self.ap, self.ap, self.number()) + struct.pack("<HHH", 0x11, 0, 0xC001) + rates[7:] + sealed(6, gtk))


def transition(akm_pmk, akm="ft"):
    """A handshake at one access point, then a fast transition to another one."""
    first = Link(akm, akm_pmk).join_domain()
    second = Link(akm, akm_pmk, ap=AP2).join_domain()
    first.frames += [beacon(ap, first.mobility, rsne(akm)) for ap in (AP, AP2)]
    first.handshake()
    first.text(">", ">first")
    first.text("*", "*first")
    second.reassociate(AP)
    second.text(">", ">second")
    second.text("<", "<second")
    second.text("*", "*second")
    return first.frames + second.frames


def direct(pmk):
    """Two stations of one access point set up a direct link through it and use it."""
    one, other = Link("psk", pmk), Link("psk", pmk, station=PEER)
    for link in (one, other):
        link.frames.append(beacon(AP, rsne("psk")))
        link.handshake()
    link = element(101, AP + STATION + PEER)
    timeout = element(56, b"\x02" + struct.pack("<I", 43200))
    key = hashlib.sha256(min(ANONCE, SNONCE) + max(ANONCE, SNONCE)).digest()
    tpk = kdf(key, b"TDLS PMK", min(STATION, PEER) + max(STATION, PEER) + AP, 32)

    def ft(sequence, anonce):
        start, nonces = bytes([0, 0]), anonce + SNONCE
        without = element(55, start + bytes(16) + nonces)
        if sequence == 1:
            return without
        mic = cmac(tpk[:16], STATION + PEER + bytes([sequence]) + link + rsne("tdls") + timeout + without)
        return element(55, start + mic + nonces)

    capability, rates = struct.pack("<H", 0x21), element(1, b"\x82\x84\x8b\x96")
    request = b"\x02\x0c\x00\x01" + capability + rates + rsne("tdls") + ft(1, bytes(32)) + timeout + link
    response = b"\x02\x0c\x01\x00\x00\x01" + capability + rates + rsne("tdls") + ft(2, ANONCE) + timeout + link
    confirm = b"\x02\x0c\x02\x00\x00\x01" + rsne("tdls") + ft(3, ANONCE) + timeout + link
    # The access point forwards each setup frame to the other station.
    for up, body in ((one, request), (other, response), (one, confirm)):
        down = other if up is one else one
        up.send(True, 0x890D, body)
        one.frames += other.frames
        other.frames = []
        down.send(False, 0x890D, body)
        one.frames += other.frames
        other.frames = []
    for sender, receiver, text in ((STATION, PEER, "there"), (PEER, STATION, "and back")):
        one.seal(header(0x0088, receiver, sender, AP, one.number(), b"\0\0") + packet(text.encode()), tpk[16:], 0, (tpk, sender))
    return one.frames
