# SPDX-License-Identifier: GPL-2.0-or-later
"""TKIP countermeasures (IEEE 802.11-2016 12.5.2.4) end to end, with frames forged by scapy.

The attacker knows the temporal key, which tshark derives from the passphrase, but not the Michael keys.  The forged
frames therefore have a right ICV and a wrong Michael MIC.
"""

import os
import struct
import zlib

import pytest
from scapy.layers.dot11 import Dot11, RadioTap
from scapy.modules.krack.crypto import build_TKIP_payload
from scapy.utils import wrpcap

from lab import first as first_story
from lab.netns import wait_for
from lab.radio import BSSID
from lab.topology import INET4, UPLINK_MAC
from lab.vifi import program
from why_lab import first

FREQ = "2437"


@pytest.fixture
def story1():
    with first_story.FirstLab() as lab:
        yield lab


def forge(lab, to_laptop, tsc):
    """Sends a data frame with a right ICV and a random Michael MIC."""
    tk = bytes.fromhex(lab.whole_air_capture().rows("wlan.analysis.tk", "wlan.analysis.tk")[-1][0].split(",")[0].replace(":", ""))[:16]
    data = bytes.fromhex("aaaa030000000800") + os.urandom(60) + os.urandom(8)
    data += struct.pack("<I", zlib.crc32(data))
    receiver, transmitter = (UPLINK_MAC, BSSID) if to_laptop else (BSSID, UPLINK_MAC)
    frame = Dot11(type=2, subtype=0, FCfield="from-DS+protected" if to_laptop else "to-DS+protected", addr1=receiver, addr2=transmitter,
                  addr3=BSSID) / build_TKIP_payload(data, tsc, transmitter, tk)
    path = lab.file("forged.pcap")
    wrpcap(path, RadioTap() / frame)
    lab.p.run([program(), "air", "inject", "--socket", lab.air.socket, "--freq", FREQ, path])


def test_two_michael_failures_stop_tkip(story1):
    """The laptop detects and reports one failure, the access point another one.  The access point then deauthenticates the
    laptop with reason 14 and refuses its association."""
    laptop, ap, on_air = story1.services["sta"], story1.services["ap"], story1.air_capture()
    assert story1.laptop.ping(INET4) == 1
    forge(story1, True, 0x100000)
    laptop.wait("the failure at the laptop", lambda: "Michael failure" in laptop.log_text(), 5)
    ap.wait("the laptop's report", lambda: "Michael failure" in ap.log_text(), 5)
    reports = on_air.rows("wlan_rsna_eapol.keydes.key_info.error == 1", "wlan_rsna_eapol.keydes.key_info.request", "wlan.ta", "wlan.fc.protected")
    assert reports == [("1", UPLINK_MAC, "1")]
    assert story1.laptop.ping(INET4, count=3, interval=0.05) == 3, "one failure disturbed the connection"

    forge(story1, False, 0x200000)
    ap.wait("the start of countermeasures", lambda: "TKIP is disabled for 60 s" in ap.log_text(), 5)
    wait_for("the deauthentication of the laptop with reason 14", lambda: on_air.rows(
        f"wlan.fc.type_subtype == 12 && wlan.ta == {BSSID} && wlan.ra == {UPLINK_MAC} && wlan.fixed.reason_code == 14", "frame.number"), 5, 0.2)
    assert first(story1.p, UPLINK_MAC) == "tkip_countermeasures"
    assert story1.laptop.ping(INET4) == 0
    wait_for("the refused association of the laptop", lambda: on_air.rows(
        f"wlan.fc.type_subtype == 1 && wlan.ta == {BSSID} && wlan.fixed.status_code != 0", "frame.number"), 20, 0.5)
    assert not on_air.rows("wlan.fc.type_subtype == 1 && wlan.fixed.status_code == 0", "frame.number")


def test_wrong_icv_is_not_a_michael_failure(story1):
    """Damaged frames, and an attacker without the temporal key, cannot trigger countermeasures."""
    ap, laptop = story1.services["ap"], story1.services["sta"]
    for number in range(3):
        frame = Dot11(type=2, subtype=0, FCfield="to-DS+protected", addr1=BSSID, addr2=UPLINK_MAC, addr3=BSSID) / (
            build_TKIP_payload(os.urandom(80), 0x100000 + number, UPLINK_MAC, bytes(16)))
        path = story1.file("forged.pcap")
        wrpcap(path, RadioTap() / frame)
        story1.p.run([program(), "air", "inject", "--socket", story1.air.socket, "--freq", FREQ, path])
    assert story1.laptop.ping(INET4, count=3, interval=0.05) == 3
    wait_for("the three frames are counted", lambda: ap.drops().get("mpdu_icv") == 3, 5)
    assert "Michael" not in ap.log_text() + laptop.log_text()
