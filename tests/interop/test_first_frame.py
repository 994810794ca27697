# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that hears CTRL-EVENT-CONNECTED uses the network at once, as `wpa_cli -a` with a DHCP client does. The interface
is running by then, and its first frame leaves: first_frame.c.

    sta   vifi sta, first_frame   ))) hwsim or vifi air (((   ap   hostapd or vifi ap, tcpdump
"""
import pytest
from radios import FOLDER

KERNEL = "6.1"
TIMES = 8
AP = "ssid=home\nhw_mode=g\nchannel=6\n"
KINDS = {
    "open": ("", "key_mgmt=NONE"),
    "wpa2": ("wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n", 'psk="interoperable"'),
    "sae": ("wpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\nsae_password=interoperable\n",
            'key_mgmt=SAE\nieee80211w=2\nsae_password="interoperable"'),
}


def conf(kind):
    return f'ctrl_interface={FOLDER}/ctrl\nnetwork={{\nssid="home"\nscan_freq=2437\n{KINDS[kind][1]}\n}}\n'


def first_frames(lab, sta, device):
    """Each connection has its frame, which was sent through a running interface."""
    lab.wait(f"[ -S {FOLDER}/ctrl/{device} ]")
    lines = sta.inside(f"first_frame {FOLDER}/ctrl/{device} {device} {TIMES}", 60).splitlines()
    assert lines == [f"sent {number} running" for number in range(1, TIMES + 1)]


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_card(lab, kind):
    """They are on the air. hostapd may still be about to install the keys that protect them."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(AP + KINDS[kind][0])
    sta.vifi("sta", conf(kind), options="-d -t -i wlan0").wait_for("connected: keys are installed")
    mark = lab.mark_air()
    first_frames(lab, sta, "wlan0")
    sent = lab.frames(f"wlan.fc.type == 2 && wlan.fc.tods == 1 && wlan.fc.retry == 0 && wlan.sa == {sta.mac} && "
                      "wlan.da == ff:ff:ff:ff:ff:ff", "wlan.fc.protected", mark)
    assert len(sent) == TIMES and (set(sent) <= {"0", "False"}) == (kind == "open")


@pytest.mark.parametrize("kind", ("open", "wpa2"))
def test_on_the_medium(lab, kind):
    """They arrive: the medium and vifi ap keep the order of frames."""
    ap, sta = lab.node("ap", radio=False), lab.node("sta", radio=False)
    ap.vifi("air up", options=f"--socket {FOLDER}/air").wait_for("the medium is at")
    ap.vifi("ap", f"interface=ap0\n{AP}{KINDS[kind][0]}", options=f"--air {FOLDER}/air").wait_for("the network is on the air")
    station = sta.vifi("sta", conf(kind), options=f"-d -t --air {FOLDER}/air -i sta0")
    station.wait_for("connected: keys are installed")
    capture = ap.daemon("tcpdump", f"tcpdump -Z root -U --immediate-mode -Q in -i ap0 -w {FOLDER}/ap-first.pcap ether proto 0x88b5")
    capture.wait_for("listening on")
    first_frames(lab, sta, "sta0")
    lab.run("sleep 0.5")
    capture.stop()
    assert len(lab.run(f"tcpdump -Z root -t -q -r {FOLDER}/ap-first.pcap 2>/dev/null").splitlines()) == TIMES
