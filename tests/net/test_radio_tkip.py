# SPDX-License-Identifier: GPL-2.0-or-later
"""TKIP countermeasures (IEEE 802.11-2016 12.5.2.4) end to end, with frames that scapy forges.

The attacker of these tests has the temporal key, which tshark derives from the passphrase, but not the Michael keys: so
the ICV of what he sends is right, and the Michael code is not.
"""

import os
import struct
import zlib

import pytest
from scapy.layers.dot11 import Dot11, RadioTap
from scapy.modules.krack.crypto import build_TKIP_payload
from scapy.utils import wrpcap

from lab import first
from lab.netns import wait_for
from lab.radio import BSSID
from lab.topology import INET4, W
from lab.vifi import program

FREQ = "2437"


@pytest.fixture
def story1():
    with first.FirstLab() as lab:
        yield lab


def forge(lab, to_laptop, tsc):
    """Sends a data frame whose ICV is right and whose Michael code is none."""
    tk = bytes.fromhex(lab.heard_all().rows("wlan.analysis.tk", "wlan.analysis.tk")[-1][0].split(",")[0].replace(":", ""))[:16]
    data = bytes.fromhex("aaaa030000000800") + os.urandom(60) + os.urandom(8)
    data += struct.pack("<I", zlib.crc32(data))
    receiver, transmitter = (W, BSSID) if to_laptop else (BSSID, W)
    frame = Dot11(type=2, subtype=0, FCfield="from-DS+protected" if to_laptop else "to-DS+protected", addr1=receiver, addr2=transmitter,
                  addr3=BSSID) / build_TKIP_payload(data, tsc, transmitter, tk)
    path = lab.file("forged.pcap")
    wrpcap(path, RadioTap() / frame)
    lab.p.run([program(), "air", "inject", "--socket", lab.air.socket, "--freq", FREQ, path])


def test_two_michael_failures_stop_tkip(story1):
    """One at the laptop, which it reports; one at the access point.  Then it is out, by reason 14, and not let in again."""
    laptop, ap, heard = story1.services["sta"], story1.services["ap"], story1.heard()
    assert story1.laptop.ping(INET4) == 1
    forge(story1, True, 0x100000)
    laptop.wait("the laptop sees the failure", lambda: "Michael failure" in laptop.said(), 5)
    ap.wait("the access point hears of it", lambda: "Michael failure" in ap.said(), 5)
    reports = heard.rows("wlan_rsna_eapol.keydes.key_info.error == 1", "wlan_rsna_eapol.keydes.key_info.request", "wlan.ta", "wlan.fc.protected")
    assert reports == [("1", W, "1")]
    assert story1.laptop.ping(INET4, count=3, interval=0.05) == 3, "one failure changes nothing"

    forge(story1, False, 0x200000)
    ap.wait("countermeasures begin", lambda: "no TKIP for 60 s" in ap.said(), 5)
    wait_for("the laptop is sent away, reason 14", lambda: heard.rows(
        f"wlan.fc.type_subtype == 12 && wlan.ta == {BSSID} && wlan.ra == {W} && wlan.fixed.reason_code == 14", "frame.number"), 5, 0.2)
    assert story1.laptop.ping(INET4) == 0
    wait_for("the laptop tries to come back and is refused", lambda: heard.rows(
        f"wlan.fc.type_subtype == 1 && wlan.ta == {BSSID} && wlan.fixed.status_code != 0", "frame.number"), 20, 0.5)
    assert not heard.rows("wlan.fc.type_subtype == 1 && wlan.fixed.status_code == 0", "frame.number")


def test_forged_frames_with_a_wrong_icv_are_no_michael_failure(story1):
    """Damage, and whoever does not have the temporal key, cannot stop the network."""
    ap, laptop = story1.services["ap"], story1.services["sta"]
    for n in range(3):
        frame = Dot11(type=2, subtype=0, FCfield="to-DS+protected", addr1=BSSID, addr2=W, addr3=BSSID) / (
            build_TKIP_payload(os.urandom(80), 0x100000 + n, W, bytes(16)))
        path = story1.file("forged.pcap")
        wrpcap(path, RadioTap() / frame)
        story1.p.run([program(), "air", "inject", "--socket", story1.air.socket, "--freq", FREQ, path])
    assert story1.laptop.ping(INET4, count=3, interval=0.05) == 3
    assert ap.drops().get("mpdu_icv") == 3
    assert "Michael" not in ap.said() + laptop.said()
