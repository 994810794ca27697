# SPDX-License-Identifier: GPL-2.0-or-later
"""A hostile station and a hostile access point, which scapy plays on the same air as `vifi ap` and `vifi sta`.

   vifi ap ))) air ((( vifi sta
                )))
       forger: a radio with an address of its own, which sends what it likes in whosever name, and an ear that hears all
"""

import random
import re
import time

import pytest
from air.radio import Radio
from lab.netns import wait_for
from radio_bench import AP4, SSID, Bench, hostapd, network, wpa2
from scapy.layers.dot11 import (Dot11, Dot11AssoReq, Dot11Auth, Dot11Beacon, Dot11Deauth, Dot11Disas, Dot11Elt, Dot11QoS,
                                Dot11ReassoReq)
from scapy.layers.l2 import ARP, LLC, SNAP
from scapy.packet import Raw

BSSID, FORGER, ALL = "02:00:00:00:aa:01", "02:00:00:00:ee:01", "ff:ff:ff:ff:ff:ff"
FREQ = 2437
RSN = bytes.fromhex("0100 000fac04 0100 000fac04 0100 000fac02 0000")  # CCMP, CCMP, PSK
PMF = ("ieee80211w=2",)


class Forger:
    def __init__(self, bench, address=FORGER):
        self.address = address
        self.radio = Radio(bench.socket, "forger", FREQ, address)
        self.ear = Radio(bench.socket, "ear", monitor=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.radio.socket.close()
        self.ear.socket.close()

    def send(self, frame):
        """Until the air is through with it."""
        return self.radio.fate(self.radio.send(bytes(frame)))

    def hear(self, layer, seconds=5, **fields):
        """The next frame to the forger with this layer in it."""
        def fits(frame):
            packet = Dot11(frame)
            return packet.haslayer(layer) and packet.addr1 == self.address and all(
                getattr(packet[layer], name) == value for name, value in fields.items())
        return Dot11(self.radio.frame(seconds, fits).frame)

    def overhear(self, fits, seconds=5):
        return self.ear.frame(seconds, fits).frame

    def join(self, rsn=RSN):
        """Authenticates and associates, as anybody may."""
        header = {"addr1": BSSID, "addr2": self.address, "addr3": BSSID}
        self.send(Dot11(type=0, subtype=11, **header) / Dot11Auth(algo=0, seqnum=1, status=0))
        assert self.hear(Dot11Auth, seqnum=2)[Dot11Auth].status == 0
        self.send(Dot11(type=0, subtype=0, **header) / Dot11AssoReq(cap="ESS+privacy" if rsn else "ESS", listen_interval=1) /
                  Dot11Elt(ID=0, info=SSID.encode()) / Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96\x0c\x12\x18\x24") /
                  (Dot11Elt(ID=48, info=rsn) if rsn else b""))


def is_data(frame, source, protected=True):
    return (frame[0] & 0x4C) == 0x08 and bool(frame[1] & 0x40) == protected and frame[10:16] == bytes.fromhex(
        source.replace(":", ""))


def address_of(sta):
    return re.search(r"link/ether (\S+)", sta.node.query("link show dev wlan0"))[1]


def echoes(node):
    """How many echo requests have come to a namespace."""
    rows = [line.split() for line in node.run("cat /proc/net/snmp").stdout.splitlines() if line.startswith("Icmp:")]
    return int(dict(zip(*rows))["InEchos"])


def arp(source, target):
    return LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x806) / ARP(
        op=1, hwsrc=source, psrc="10.55.0.66", hwdst="00:00:00:00:00:00", pdst=target)


# ---- a hostile station ----


def test_the_judge_sees_what_gets_through():
    """Where there is no protection the same forger is let in, and its frame is seen where the others look for it."""
    with Bench() as b:
        b.ap(hostapd())
        with Forger(b) as x:
            x.join(rsn=None)
            x.send(Dot11(type=2, subtype=0, FCfield="to-DS", addr1=BSSID, addr2=FORGER, addr3=ALL) / arp(FORGER, AP4))
            wait_for("the neighbour", lambda: "10.55.0.66" in b.node("ap").query("neigh show"))


def test_a_stranger_is_told_off():
    with Bench() as b:
        b.ap(wpa2())
        with Forger(b) as x:
            x.send(Dot11(type=2, subtype=0, FCfield="to-DS", addr1=BSSID, addr2=FORGER, addr3=ALL) / arp(FORGER, AP4))
            assert x.hear(Dot11Deauth)[Dot11Deauth].reason in (6, 7)  # class 2 or 3 frame of one who has not joined
        assert "10.55.0.66" not in b.node("ap").query("neigh show")


def test_associated_is_not_authorised():
    """Who has joined but not shown that it knows the passphrase gets nothing through, whatever it says."""
    with Bench() as b:
        b.ap(wpa2())
        with Forger(b) as x:
            x.join()
            message_1 = x.radio.frame(5, lambda frame: b"\x88\x8e" in frame[:40]).frame
            header = {"FCfield": "to-DS", "addr1": BSSID, "addr2": FORGER}
            clear = Dot11(type=2, subtype=0, addr3=ALL, **header) / arp(FORGER, AP4)
            x.send(clear)
            # Message 4 before message 2, with a MIC of zeroes.
            eapol = bytearray(message_1[message_1.index(b"\x88\x8e") + 2:])
            eapol[5:7] = b"\x03\x0a"
            x.send(Dot11(type=2, subtype=0, addr3=BSSID, **header) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) /
                   SNAP(OUI=0, code=0x888E) / Raw(bytes(eapol)))
            x.send(clear)
            # "Encrypted", with a key of nobody.
            x.send(Dot11(type=2, subtype=0, addr3=ALL, **{**header, "FCfield": "to-DS+protected"}) /
                   Raw(b"\x01\x00\x00\x20\x00\x00\x00\x00" + bytes(60)))
            time.sleep(0.3)
        assert "10.55.0.66" not in b.node("ap").query("neigh show")
        assert "connected: keys are installed" not in b.logs()


def test_what_was_heard_and_is_sent_again_does_nothing():
    """Data frames replayed as they were, and dressed up as new ones."""
    with Bench() as b:
        b.ap(wpa2())
        s = b.sta(network()).connected()
        s.reaches()
        me = address_of(s)
        with Forger(b) as x:
            assert s.node.ping(AP4, count=3, size=1111) == 3
            heard = [one.frame for one in x.ear.frames(0.3) if is_data(one.frame, me) and len(one.frame) > 1111]
            assert len(heard) >= 3
            before = echoes(b.node("ap"))
            for frame in heard:
                for sequence in (None, 0, 0x7FF0, 0xFFF0):
                    again = bytearray(frame)
                    if sequence is not None:
                        again[22:24] = sequence.to_bytes(2, "little")
                    again[1] &= ~0x08  # no retry
                    assert x.send(again).acked
            time.sleep(0.3)
            assert echoes(b.node("ap")) == before
        assert s.node.ping(AP4, count=3) == 3
        assert "replay" in b.logs()


def test_frames_in_somebody_elses_name():
    """In the clear, in the name of a station that has keys."""
    with Bench() as b:
        b.ap(wpa2())
        s = b.sta(network()).connected()
        s.reaches()
        me = address_of(s)
        with Forger(b) as x:
            for layer in (Dot11(type=2, subtype=0, FCfield="to-DS", addr1=BSSID, addr2=me, addr3=ALL),
                          Dot11(type=2, subtype=8, FCfield="to-DS", addr1=BSSID, addr2=me, addr3=ALL) / Dot11QoS()):
                assert x.send(layer / arp(me, AP4)).acked
            time.sleep(0.3)
        assert "10.55.0.66" not in b.node("ap").query("neigh show")
        assert s.node.ping(AP4, count=3) == 3


@pytest.mark.parametrize("kind", [Dot11Deauth, Dot11Disas])
def test_nobody_is_sent_away_where_management_is_protected(kind):
    with Bench() as b:
        b.ap(wpa2(*PMF, "wpa_key_mgmt=WPA-PSK-SHA256"))
        s = b.sta(network("key_mgmt=WPA-PSK-SHA256", *PMF)).connected()
        s.reaches()
        me, subtype = address_of(s), 12 if kind is Dot11Deauth else 10
        with Forger(b) as x:
            for _ in range(5):
                for to, source in ((me, BSSID), (ALL, BSSID), (BSSID, me)):
                    x.send(Dot11(type=0, subtype=subtype, addr1=to, addr2=source, addr3=BSSID) / kind(reason=7))
            # Who asks to associate in its name is asked whether it means it, and has to wait.
            x.send(Dot11(type=0, subtype=2, addr1=BSSID, addr2=me, addr3=BSSID) /
                   Dot11ReassoReq(cap="ESS+privacy", current_AP=BSSID) / Dot11Elt(ID=0, info=SSID.encode()) /
                   Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96") / Dot11Elt(ID=48, info=RSN[:18] + b"\x00\x0f\xac\x06\xc0\x00"))
            assert s.node.ping(AP4, count=10) == 10
        assert len(re.findall("connected: keys are installed", s.said())) == 1


def mutations(frame, count, dice):
    """Frames with bits turned, cut short, made longer; the addresses stay, so that somebody looks at them."""
    for _ in range(count):
        bytes_ = bytearray(frame)
        for _ in range(dice.randrange(1, 6)):
            kind, at = dice.randrange(3), dice.randrange(24, len(bytes_)) if len(bytes_) > 24 else 24
            if kind == 0 and at < len(bytes_):
                bytes_[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            elif kind == 1:
                del bytes_[at:at + dice.randrange(1, 40)]
            else:
                bytes_[at:at] = dice.randbytes(dice.randrange(1, 40))
        yield bytes(bytes_[:2300])


def test_nonsense_hurts_nobody():
    dice = random.Random(1)
    with Bench(debug="") as b:
        b.ap(wpa2())
        s = b.sta(network()).connected()
        s.reaches()
        me = address_of(s)
        with Forger(b) as x:
            beacon = x.overhear(lambda frame: frame[0] == 0x80)
            header = {"addr1": BSSID, "addr2": FORGER, "addr3": BSSID}
            seeds = [
                beacon, beacon[:4] + bytes.fromhex(me.replace(":", "")) + beacon[10:],
                bytes(Dot11(type=0, subtype=4, addr1=ALL, addr2=FORGER, addr3=ALL) / Dot11Elt(ID=0, info=SSID.encode()) /
                      Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96")),
                bytes(Dot11(type=0, subtype=11, **header) / Dot11Auth(algo=0, seqnum=1)),
                bytes(Dot11(type=0, subtype=0, **header) / Dot11AssoReq() / Dot11Elt(ID=0, info=SSID.encode()) /
                      Dot11Elt(ID=48, info=RSN)),
                bytes(Dot11(type=0, subtype=13, **header) / Raw(b"\x08\x00\x01\x02")),
                bytes(Dot11(type=1, subtype=10, addr1=BSSID, addr2=FORGER)),
                bytes(Dot11(type=2, subtype=0, FCfield="to-DS", **header) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) /
                      SNAP(OUI=0, code=0x888E) / Raw(b"\x02\x03\x00\x5f\x02\x01\x0a" + bytes(90))),
                bytes(Dot11(type=2, subtype=8, FCfield="to-DS+protected", **header) / Dot11QoS(A_MSDU_Present=1) /
                      Raw(bytes(80))),
            ]
            for seed in seeds:
                last = None
                for frame in mutations(seed, 200, dice):
                    last = x.radio.send(frame)
                x.radio.fate(last)
                x.radio.waiting.clear()
        s.reaches()
        assert all(p.proc.poll() is None for p in b.processes)


# ---- a hostile access point ----


def test_an_access_point_without_keys_in_the_networks_name():
    """The same SSID without protection, and much louder: the station does not so much as speak to it."""
    twin = "02:00:00:00:ee:02"
    with Bench("--rule", "from=ap0 signal=-80", "--rule", "from=forger signal=-20") as b:
        with Forger(b, twin) as x:
            b.ap(wpa2())
            s = b.sta(network())
            frame = Dot11(type=0, subtype=8, addr1=ALL, addr2=twin, addr3=twin) / Dot11Beacon(cap="ESS", beacon_interval=100) / \
                Dot11Elt(ID=0, info=SSID.encode()) / Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96") / Dot11Elt(ID=3, info=b"\x06")

            def connected():
                x.send(frame)
                return "connected: keys are installed" in s.said()

            wait_for("the station connects", connected)
            x.send(frame)
            assert not [one for one in x.radio.waiting if getattr(one, "frame", b"")[4:10] == b"\x02\0\0\0\xee\x02"]
            s.reaches()


def test_message_3_again_starts_no_packet_number_anew():
    """KRACK (CVE-2017-13077): message 3 of the handshake is heard and sent again; numbers of frames only rise."""
    with Bench() as b:
        ap = b.ap(wpa2())
        with Forger(b) as x:
            s = b.sta(network()).connected()
            s.reaches()
            me = address_of(s)
            heard = [one.frame for one in x.ear.frames(0.5)]
            to_me = bytes.fromhex(me.replace(":", ""))
            eapol = [frame for frame in heard if b"\xaa\xaa\x03\0\0\0\x88\x8e" in frame[:40] and frame[4:10] == to_me]
            assert len(eapol) >= 2
            for frame in eapol:
                for sequence in range(3):
                    again = bytearray(frame)
                    again[22:24] = (0x4000 + 16 * sequence).to_bytes(2, "little")
                    x.send(again)
            assert s.node.ping(AP4, count=5) == 5
            heard += [one.frame for one in x.ear.frames(0.5)]
        for source in (me, BSSID):
            frames = [frame for frame in heard if is_data(frame, source) and not frame[4] & 1 and not frame[1] & 8]
            at = [24 + (2 if frame[0] & 0x80 else 0) for frame in frames]
            numbers = [int.from_bytes(f[i + 4:i + 8] + b"", "little") << 16 | f[i] | f[i + 1] << 8 for f, i in zip(frames, at)]
            assert len(numbers) > 5 and numbers == sorted(set(numbers)), numbers
        assert ap.proc.poll() is None and s.proc.poll() is None
