# SPDX-License-Identifier: GPL-2.0-or-later
"""The beacons of `vifi ap` on a card follow stations and neighbours. Every radio is one of mac80211:

    vifi ap ── ap ))) (((  sta   wpa_supplicant, or frames of a station of 802.11b that tcpdump's monitor never saw
                      (((  other hostapd, a neighbour

tshark reads the beacons in the recording of the air.
"""
import pytest

PASSPHRASE = "interoperable"
OPEN = "ssid=home\nhw_mode=g\nchannel=1\npreamble=1"
FORTY = f"{OPEN}\nwmm_enabled=1\nieee80211n=1\nht_capab=[HT40+]\n"
BROADCAST = "ffffffffffff"


@pytest.fixture
def lab(module_lab):
    yield module_lab
    module_lab.clear()


def started(node, conf):
    daemon = node.vifi("ap", f"interface={{device}}\n{conf}", options="-d")
    daemon.wait_for("the network is on the air")
    return daemon


def hex_of(mac):
    return mac.replace(":", "")


class OldStation:
    """A station of 802.11b: its frames are injected by a monitor, and its radio acknowledges what it gets."""

    def __init__(self, node, ap):
        self.node, self.ap = node, ap
        node.iw("interface add mon0 type monitor")
        node.inside("ip link set mon0 up")
        node.inside("iw dev mon0 set channel 1")
        node.inside("ip link set wlan0 up")

    def send(self, subtype, body):
        sender, receiver = hex_of(self.node.mac), hex_of(self.ap.mac)
        frame = f"0000080000000000{subtype}000000{receiver}{sender}{receiver}0000{body}"
        path = self.node.file("frame", "")
        octets = "".join(rf"\{int(frame[i:i + 2], 16):03o}" for i in range(0, len(frame), 2))
        self.node.lab.run(f"printf '{octets}' >{path}")
        self.node.inside(f"socat -u -b 4096 FILE:{path} INTERFACE:mon0")

    def join(self):
        self.send("b0", "000001000000")
        self.node.lab.run("sleep 0.1")
        # ESS alone: long slots, long preambles; SSID "home"; 1, 2, 5.5 and 11 Mbit/s
        self.send("00", "01000a00" + "0004686f6d65" + "010482848b96")

    def leave(self):
        self.send("c0", "0300")


def beacons(lab, ap, field, mark):
    """The values of a field in the last beacons of the access point, the newest last."""
    lab.run("sleep 0.5")
    return lab.frames(f"wlan.fc.type_subtype == 8 && wlan.sa == {ap.mac}", field, mark)[-3:]


ERP = "wlan.erp_info"
SLOT = "wlan.fixed.capabilities.short_slot_time"


def number(text):
    return int(text, 16) if text.startswith("0x") else int(text)


def test_erp_bits_follow_a_station_of_80211b(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    started(ap, OPEN)
    mark = lab.mark_air()
    assert {number(value) for value in beacons(lab, ap, ERP, mark)} == {0}
    old = OldStation(sta, ap)
    old.join()
    ap.daemons["vifi-ap"].wait_for("associated")
    mark = lab.mark_air()
    assert {number(value) for value in beacons(lab, ap, ERP, mark)} == {7}
    assert set(beacons(lab, ap, SLOT, mark)) <= {"0", "False"}
    old.leave()
    ap.daemons["vifi-ap"].wait_for("disconnected")
    mark = lab.mark_air()
    assert {number(value) for value in beacons(lab, ap, ERP, mark)} == {0}
    assert set(beacons(lab, ap, SLOT, mark)) <= {"1", "True"}


def test_a_neighbour_of_80211b_is_protected(lab):
    ap, other = lab.node("ap"), lab.node("other")
    started(ap, OPEN)
    other.hostapd("ssid=old\nhw_mode=b\nchannel=1")
    lab.run("sleep 1")
    mark = lab.mark_air()
    assert {number(value) for value in beacons(lab, ap, ERP, mark)} == {2}


def width(node):
    """The width that the kernel uses."""
    return node.iw("info").split("width: ")[1].split()[0]


def test_an_overlapping_network_forbids_40_mhz(lab):
    other, ap = lab.node("other"), lab.node("ap")
    other.hostapd("ssid=other\nhw_mode=g\nchannel=3")
    daemon = started(ap, FORTY)
    daemon.wait_for("using 20 MHz instead of 40 MHz: a network of 20 MHz is on a part of this channel")
    assert width(ap) == "20"
    daemon.stop()
    daemon = started(ap, FORTY + "noscan=1\n")
    assert width(ap) == "40"


def test_nobody_else_allows_40_mhz(lab):
    other, ap = lab.node("other"), lab.node("ap")
    other.hostapd("ssid=other\nhw_mode=g\nchannel=11")
    daemon = started(ap, FORTY)
    assert width(ap) == "40"
    assert not daemon.count("using 20 MHz")


def test_the_primary_channel_in_5_ghz_is_that_of_others(lab):
    other, ap = lab.node("other", properties=["regdom=DE"]), lab.node("ap", properties=["regdom=DE"])
    other.hostapd("ssid=other\nhw_mode=a\nchannel=40\ncountry_code=DE")
    daemon = started(ap, "ssid=home\nhw_mode=a\nchannel=36\ncountry_code=DE\nwmm_enabled=1\nieee80211n=1\nht_capab=[HT40+]")
    daemon.wait_for("channel 40 becomes the primary channel")
    info = ap.iw("info")
    assert "channel 40 (5200 MHz), width: 40 MHz, center1: 5190 MHz" in info, info


def test_an_intolerant_station_makes_the_network_narrow(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    daemon = started(ap, FORTY + "obss_interval=10\n")
    assert width(ap) == "40"
    sta.wpa_supplicant('network={\nssid="home"\nkey_mgmt=NONE\nscan_freq=2412\nht40_intolerant=1\n}')
    daemon.wait_for("using 20 MHz of the channel instead of 40 MHz")
    assert width(ap) == "20"
    mark = lab.mark_air()
    assert set(beacons(lab, ap, "wlan.ht.info.secchanoffset", mark)) <= {"0x00", "0", "0x0", "0x00000000"}
    sta.daemons["wpa_supplicant"].stop()
    daemon.wait_for("using all 40 MHz of the channel again", seconds=120)
    assert width(ap) == "40"


def test_the_scan_of_a_station_makes_the_network_narrow(lab):
    """wpa_supplicant scans by itself as the beacon asks, and reports the network that it finds."""
    ap, sta, other = lab.node("ap"), lab.node("sta"), lab.node("other")
    daemon = started(ap, FORTY + "obss_interval=10\n")
    sta.wpa_supplicant('network={\nssid="home"\nkey_mgmt=NONE\nscan_freq=2412\n}')
    daemon.wait_for("associated")
    lab.run("sleep 1")
    assert width(ap) == "40"
    other.hostapd("ssid=other\nhw_mode=g\nchannel=3")
    daemon.wait_for("a station reports", seconds=120)
    assert width(ap) == "20"


OFDM = f"{OPEN}\nsupported_rates=60 120 240 540\nbasic_rates=60 120\n"


def test_rates_of_the_file(lab):
    """Elements, rates of frames in both directions, and beacons at the lowest basic rate, or at the chosen one."""
    ap, sta = lab.node("ap"), lab.node("sta")
    mark = lab.mark_air()
    daemon = started(ap, OFDM)
    client = sta.wpa_supplicant('network={\nssid="home"\nkey_mgmt=NONE\nscan_freq=2412\n}\n')
    client.wait_for("CTRL-EVENT-CONNECTED")
    ap.address("10.8.0.1/24")
    sta.address("10.8.0.2/24")
    assert sta.pings("10.8.0.1", count=20) == 20
    lab.run("sleep 0.5")
    frames = lambda condition, field: {row for row in lab.frames(f"wlan.sa == {ap.mac} && {condition}", field, mark) if row}
    elements = {tuple(number(rate) for rate in row.split(",")) for row in frames("wlan.fc.type_subtype == 8", "wlan.supported_rates")}
    assert elements == {(0x80 | 12, 0x80 | 24, 48, 108)}
    assert {float(rate) for rate in frames("wlan.fc.type_subtype == 8", "radiotap.datarate")} == {6}
    data = {float(rate) for rate in frames(f"wlan.fc.type == 2 && wlan.da == {sta.mac}", "radiotap.datarate")}
    assert data and data <= {6, 12, 24, 54}, data
    daemon.stop()
    mark = lab.mark_air()
    started(ap, f"{OFDM}beacon_rate=240\n")
    client.wait_for("CTRL-EVENT-CONNECTED", 2)
    lab.run("sleep 0.5")
    assert {float(rate) for rate in frames("wlan.fc.type_subtype == 8", "radiotap.datarate")} == {24}


def test_station_of_80211b_lacks_a_basic_rate(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    started(ap, OFDM)
    mark = lab.mark_air()
    OldStation(sta, ap).join()
    lab.run("sleep 0.5")
    assert {number(code) for code in lab.frames(f"wlan.fc.type_subtype == 1 && wlan.da == {sta.mac}", "wlan.fixed.status_code", mark)} == {18}


def test_beacon_rate_that_the_driver_lacks_is_refused(lab):
    ap = lab.node("ap")
    path = ap.file("ht.conf", f"interface=wlan0\ndriver=nl80211\n{FORTY}beacon_rate=ht:0\n")
    for options in ("--check", ""):
        done = ap.try_inside(f"vifi ap {options} {path}")
        assert done.rc == 1 and "cannot send beacons at a rate of 802.11n" in done.out and "beacon_rate=60" in done.out, done.out
    assert "ssid" not in ap.iw("info")
