# SPDX-License-Identifier: GPL-2.0-or-later
"""A hostile station and a hostile access point, implemented with scapy on the same air as `vifi ap` and `vifi sta`.

   vifi ap ))) air ((( vifi sta
                )))
       forger: a radio with its own address, which sends arbitrary frames in any name, and a monitor radio
"""

import itertools
import random
import re
import threading
import time

import pytest
from air.radio import SEND, Radio, message
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
        self.monitor = Radio(bench.socket, "ear", monitor=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.radio.socket.close()
        self.monitor.socket.close()

    def send(self, frame):
        """Sends a frame and waits for its TX status."""
        return self.radio.tx_status(self.radio.send(bytes(frame)))

    def receive(self, layer, seconds=5, **fields):
        """The next frame to the forger with this layer and these field values."""
        def fits(frame):
            packet = Dot11(frame)
            return packet.haslayer(layer) and packet.addr1 == self.address and all(
                getattr(packet[layer], name) == value for name, value in fields.items())
        return Dot11(self.radio.frame(seconds, fits).frame)

    def overhear(self, fits):
        return self.monitor.frame(5, fits).frame

    def join(self, rsn=RSN):
        """Authenticates and associates, which needs no passphrase."""
        header = {"addr1": BSSID, "addr2": self.address, "addr3": BSSID}
        self.send(Dot11(type=0, subtype=11, **header) / Dot11Auth(algo=0, seqnum=1, status=0))
        assert self.receive(Dot11Auth, seqnum=2)[Dot11Auth].status == 0
        self.send(Dot11(type=0, subtype=0, **header) / Dot11AssoReq(cap="ESS+privacy" if rsn else "ESS", listen_interval=1) /
                  Dot11Elt(ID=0, info=SSID.encode()) / Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96\x0c\x12\x18\x24") /
                  (Dot11Elt(ID=48, info=rsn) if rsn else b""))


def is_data(frame, source):
    return (frame[0] & 0x4C) == 0x08 and bool(frame[1] & 0x40) and frame[10:16] == bytes.fromhex(
        source.replace(":", ""))


def mac_of(sta):
    return re.search(r"link/ether (\S+)", sta.node.query("link show dev wlan0"))[1]


def echo_requests(node):
    """The number of echo requests that a namespace has received."""
    rows = [line.split() for line in node.run("cat /proc/net/snmp").stdout.splitlines() if line.startswith("Icmp:")]
    return int(dict(zip(*rows))["InEchos"])


def arp(source, target):
    return LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x806) / ARP(
        op=1, hwsrc=source, psrc="10.55.0.66", hwdst="00:00:00:00:00:00", pdst=target)


# ---- a hostile station ----


def test_forged_frame_takes_effect_in_an_open_network():
    """In an open network the same forged frame takes effect, at the place where the other tests check for it."""
    with Bench() as bench:
        bench.ap(hostapd())
        with Forger(bench) as forger:
            forger.join(rsn=None)
            forger.send(Dot11(type=2, subtype=0, FCfield="to-DS", addr1=BSSID, addr2=FORGER, addr3=ALL) / arp(FORGER, AP4))
            wait_for("the forger's neighbour entry", lambda: "10.55.0.66" in bench.node("ap").query("neigh show"))


def test_data_from_an_unassociated_station_is_answered_with_deauthentication():
    with Bench() as bench:
        bench.ap(wpa2())
        with Forger(bench) as forger:
            forger.send(Dot11(type=2, subtype=0, FCfield="to-DS", addr1=BSSID, addr2=FORGER, addr3=ALL) / arp(FORGER, AP4))
            assert forger.receive(Dot11Deauth)[Dot11Deauth].reason in (6, 7)  # class 2 or 3 frame from a station in a lower state
        assert "10.55.0.66" not in bench.node("ap").query("neigh show")


def test_associated_station_is_not_authorised():
    """A station that is associated, but has not proved the passphrase, cannot send any data."""
    with Bench() as bench:
        bench.ap(wpa2())
        with Forger(bench) as forger:
            forger.join()
            message_1 = forger.radio.frame(5, lambda frame: b"\x88\x8e" in frame[:40]).frame
            header = {"FCfield": "to-DS", "addr1": BSSID, "addr2": FORGER}
            clear = Dot11(type=2, subtype=0, addr3=ALL, **header) / arp(FORGER, AP4)
            forger.send(clear)
            # Message 4 before message 2, with an all-zero MIC.
            eapol = bytearray(message_1[message_1.index(b"\x88\x8e") + 2:])
            eapol[5:7] = b"\x03\x0a"
            forger.send(Dot11(type=2, subtype=0, addr3=BSSID, **header) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) /
                        SNAP(OUI=0, code=0x888E) / Raw(bytes(eapol)))
            forger.send(clear)
            # A frame that looks protected, under an unknown key.
            forger.send(Dot11(type=2, subtype=0, addr3=ALL, **{**header, "FCfield": "to-DS+protected"}) /
                        Raw(b"\x01\x00\x00\x20\x00\x00\x00\x00" + bytes(60)))
            time.sleep(0.3)
        assert "10.55.0.66" not in bench.node("ap").query("neigh show")
        assert "connected: keys are installed" not in bench.logs()


def test_replayed_data_frames_are_dropped():
    """Data frames are replayed unchanged, and with new sequence numbers."""
    with Bench() as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        station_mac = mac_of(station)
        with Forger(bench) as forger:
            assert station.node.ping(AP4, count=3, size=1111) == 3
            recorded = [record.frame for record in forger.monitor.frames(0.3) if is_data(record.frame, station_mac) and len(record.frame) > 1111]
            assert len(recorded) >= 3
            before = echo_requests(bench.node("ap"))
            for frame in recorded:
                for sequence in (None, 0, 0x7FF0, 0xFFF0):
                    replay = bytearray(frame)
                    if sequence is not None:
                        replay[22:24] = sequence.to_bytes(2, "little")
                    replay[1] &= ~0x08  # clear the Retry bit
                    assert forger.send(replay).acked
            time.sleep(0.3)
            assert echo_requests(bench.node("ap")) == before
        assert station.node.ping(AP4, count=3) == 3
        assert "replay" in bench.logs()


def test_unprotected_frames_with_a_stations_address_are_dropped():
    """Unprotected frames with the address of a station that has keys."""
    with Bench() as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        station_mac = mac_of(station)
        with Forger(bench) as forger:
            for layer in (Dot11(type=2, subtype=0, FCfield="to-DS", addr1=BSSID, addr2=station_mac, addr3=ALL),
                          Dot11(type=2, subtype=8, FCfield="to-DS", addr1=BSSID, addr2=station_mac, addr3=ALL) / Dot11QoS()):
                assert forger.send(layer / arp(station_mac, AP4)).acked
            time.sleep(0.3)
        assert "10.55.0.66" not in bench.node("ap").query("neigh show")
        assert station.node.ping(AP4, count=3) == 3


@pytest.mark.parametrize("kind", [Dot11Deauth, Dot11Disas])
def test_forged_deauthentication_is_ignored_with_protected_management(kind):
    with Bench() as bench:
        bench.ap(wpa2(*PMF, "wpa_key_mgmt=WPA-PSK-SHA256"))
        station = bench.sta(network("key_mgmt=WPA-PSK-SHA256", *PMF)).connected()
        station.reaches()
        station_mac, subtype = mac_of(station), 12 if kind is Dot11Deauth else 10
        with Forger(bench) as forger:
            for _ in range(5):
                for to, source in ((station_mac, BSSID), (ALL, BSSID), (BSSID, station_mac)):
                    forger.send(Dot11(type=0, subtype=subtype, addr1=to, addr2=source, addr3=BSSID) / kind(reason=7))
            # A forged reassociation request starts an SA Query instead of replacing the association.
            forger.send(Dot11(type=0, subtype=2, addr1=BSSID, addr2=station_mac, addr3=BSSID) /
                        Dot11ReassoReq(cap="ESS+privacy", current_AP=BSSID) / Dot11Elt(ID=0, info=SSID.encode()) /
                        Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96") / Dot11Elt(ID=48, info=RSN[:18] + b"\x00\x0f\xac\x06\xc0\x00"))
            assert station.node.ping(AP4, count=10) == 10
        assert len(re.findall("connected: keys are installed", station.log_text())) == 1


def mutations(frame, count, rng):
    """Frames with changed, removed and inserted bytes; the addresses stay, so that the receiver processes the frame."""
    for _ in range(count):
        mutated = bytearray(frame)
        for _ in range(rng.randrange(1, 6)):
            kind, at = rng.randrange(3), rng.randrange(24, len(mutated)) if len(mutated) > 24 else 24
            if kind == 0 and at < len(mutated):
                mutated[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            elif kind == 1:
                del mutated[at:at + rng.randrange(1, 40)]
            else:
                mutated[at:at] = rng.randbytes(rng.randrange(1, 40))
        yield bytes(mutated[:2300])


def test_mutated_frames_do_not_affect_the_network():
    rng = random.Random(1)
    with Bench(debug="") as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        station_mac = mac_of(station)
        with Forger(bench) as forger:
            beacon = forger.overhear(lambda frame: frame[0] == 0x80)
            header = {"addr1": BSSID, "addr2": FORGER, "addr3": BSSID}
            seeds = [
                beacon, beacon[:4] + bytes.fromhex(station_mac.replace(":", "")) + beacon[10:],
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
                for frame in mutations(seed, 200, rng):
                    last = forger.radio.send(frame)
                forger.radio.tx_status(last)
                forger.radio.waiting.clear()
        station.reaches()
        assert all(p.proc.poll() is None for p in bench.processes)


def forged_address(number):
    return f"02:66:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def requests(kind, count):
    """Requests of stations that do not exist, each from another address."""
    for number in range(count):
        header = {"addr1": BSSID, "addr2": forged_address(number), "addr3": BSSID}
        frame = {"auth": lambda: Dot11(type=0, subtype=11, **header) / Dot11Auth(algo=0, seqnum=1),
                 "assoc": lambda: Dot11(type=0, subtype=0, **header) / Dot11AssoReq(cap="ESS+privacy") / Dot11Elt(ID=0, info=SSID.encode()),
                 "data": lambda: Dot11(type=2, subtype=0, FCfield="to-DS", **header) / Raw(bytes(30)),
                 "probe": lambda: Dot11(type=0, subtype=4, **{**header, "addr1": ALL, "addr3": ALL}) / Dot11Elt(ID=0, info=SSID.encode())}
        yield bytes(frame[kind]())


def test_flood_of_requests_does_not_silence_a_station():
    """5,000 requests of each kind, and more if that takes longer: the station's echo requests are answered meanwhile, and a newcomer connects."""
    with Bench("--airtime", "yes", debug="") as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        with Forger(bench) as forger:
            frames = [frame for kinds in zip(*(list(requests(kind, 5000)) for kind in ("auth", "assoc", "data", "probe"))) for frame in kinds]
            ended = threading.Event()

            def flood():  # again and again: a busy machine takes longer for the rest
                for frame in itertools.cycle(frames):
                    if ended.is_set():
                        return
                    forger.radio.write(message(SEND, bytes(10) + frame))  # cookie 0: no TX status, which nobody would read

            sender = threading.Thread(target=flood, daemon=True)
            sender.start()
            answered = sum(station.node.ping(AP4, count=5) for _ in range(4))
            newcomer = bench.sta(network())
            newcomer.connected()
            assert sender.is_alive(), "the flood ended too early to prove anything"
            assert answered >= 19
            ended.set()
            sender.join(60)
        station.reaches()
        newcomer.reaches()
        assert len(re.findall("connected: keys are installed", station.log_text())) == 1


# ---- a hostile access point ----


def test_station_ignores_an_open_access_point_with_its_ssid():
    """An open network with the same SSID and a much stronger signal: the station sends no frame to it."""
    rogue_bssid = "02:00:00:00:ee:02"
    with Bench("--rule", "from=ap0 signal=-80", "--rule", "from=forger signal=-20") as bench:
        with Forger(bench, rogue_bssid) as forger:
            bench.ap(wpa2())
            station = bench.sta(network())
            frame = Dot11(type=0, subtype=8, addr1=ALL, addr2=rogue_bssid, addr3=rogue_bssid) / Dot11Beacon(cap="ESS", beacon_interval=100) / \
                Dot11Elt(ID=0, info=SSID.encode()) / Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96") / Dot11Elt(ID=3, info=b"\x06")

            def connected():
                forger.send(frame)
                return "connected: keys are installed" in station.log_text()

            wait_for("the station's connection", connected)
            forger.send(frame)
            assert not [record for record in forger.radio.waiting if getattr(record, "frame", b"")[4:10] == b"\x02\0\0\0\xee\x02"]
            station.reaches()


def test_replayed_message_3_does_not_reset_packet_numbers():
    """KRACK (CVE-2017-13077): a replayed message 3 does not reset packet numbers."""
    with Bench() as bench:
        ap = bench.ap(wpa2())
        with Forger(bench) as forger:
            station = bench.sta(network()).connected()
            station.reaches()
            station_mac = mac_of(station)
            recorded = [record.frame for record in forger.monitor.frames(0.5)]
            to_station = bytes.fromhex(station_mac.replace(":", ""))
            eapol = [frame for frame in recorded if b"\xaa\xaa\x03\0\0\0\x88\x8e" in frame[:40] and frame[4:10] == to_station]
            assert len(eapol) >= 2
            for frame in eapol:
                for sequence in range(3):
                    replay = bytearray(frame)
                    replay[22:24] = (0x4000 + 16 * sequence).to_bytes(2, "little")
                    forger.send(replay)
            assert station.node.ping(AP4, count=5) == 5
            recorded += [record.frame for record in forger.monitor.frames(0.5)]
        for source in (station_mac, BSSID):
            frames = [frame for frame in recorded if is_data(frame, source) and not frame[4] & 1 and not frame[1] & 8]
            at = [24 + (2 if frame[0] & 0x80 else 0) for frame in frames]
            numbers = [int.from_bytes(f[i + 4:i + 8] + b"", "little") << 16 | f[i] | f[i + 1] << 8 for f, i in zip(frames, at)]
            assert len(numbers) > 5 and numbers == sorted(set(numbers)), numbers
        assert ap.proc.poll() is None and station.proc.poll() is None
