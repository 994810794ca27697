# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi sta` on a radio of mac80211 watches the signal of its access point, and moves to a better one:

    sta   vifi sta, wpa_cli   ))) hwsim (((   one, two   hostapd, the same network on channels 1 and 6

mac80211_hwsim receives with -50 dBm and the transmission power of the sender: with 0 to 20 dBm, -50 to -30 dBm.
"""
import pytest
from radios import FOLDER

KERNEL = "6.1"
NETWORK = "ssid=home\nhw_mode=g\nchannel={}\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
BLOCK = 'network={{\nssid="home"\npsk="interoperable"\nscan_freq=2412 2437\n{}}}\n'


def set_signal(node, dbm):
    """What other radios hear of this one."""
    node.iw(f"set txpower fixed {(dbm + 50) * 100}")


def attach(node):
    """Collects the events of the control socket."""
    node.lab.run(f"printf '#!/bin/sh\\n' >{FOLDER}/{node.name}-nothing; chmod +x {FOLDER}/{node.name}-nothing")
    return node.daemon("wpa_cli", f"sh -c '(sleep 100000) | wpa_cli -p {FOLDER}/{node.name}-ctrl -i wlan0'")


def start(lab, block):
    sta = lab.node("sta")
    daemon = sta.vifi("sta", f"ctrl_interface={FOLDER}/sta-ctrl\n" + BLOCK.format(block), options="-d -t -i wlan0")
    lab.wait(f"[ -S {FOLDER}/sta-ctrl/wlan0 ]")
    return sta, daemon, attach(sta)


def test_bgscan_finds_a_better_access_point(lab):
    """The signal falls below the threshold: the station reports it, scans at once, and roams."""
    one, two = lab.node("one"), lab.node("two")
    one.hostapd(NETWORK.format(1))
    two.hostapd(NETWORK.format(6))
    set_signal(one, -35)
    set_signal(two, -50)
    sta, daemon, events = start(lab, 'bgscan="simple:5:-40:600"\n')
    daemon.wait_for("connected: keys are installed")
    assert sta.link()["bssid"] == one.mac
    lab.run("sleep 20", 40)
    scans = events.count("CTRL-EVENT-SCAN-RESULTS")
    set_signal(one, -48)
    set_signal(two, -32)
    events.wait_for("CTRL-EVENT-SIGNAL-CHANGE above=0")
    events.wait_for("CTRL-EVENT-SCAN-RESULTS", scans + 1)
    daemon.wait_for("roaming to another access point", seconds=20)
    daemon.wait_for("connected: keys are installed", 2)
    assert sta.link()["bssid"] == two.mac
    two.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    poll = dict(line.split("=", 1) for line in sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 signal_poll").splitlines())
    assert poll["FREQUENCY"] == "2437" and int(poll["AVG_RSSI"]) >= -40 and float(poll["LINKSPEED"]) >= 1, poll
    assert poll["WIDTH"] == "20 MHz", poll


def test_bgscan_has_a_period(lab):
    """Above the threshold the long one: two scans in 25 seconds at 10; and below it the short one."""
    one = lab.node("one")
    one.hostapd(NETWORK.format(1))
    set_signal(one, -35)
    sta, daemon, events = start(lab, 'bgscan="simple:2:-40:10"\n')
    daemon.wait_for("connected: keys are installed")
    before = events.count("CTRL-EVENT-SCAN-STARTED")
    lab.run("sleep 25", 40)
    assert events.count("CTRL-EVENT-SCAN-STARTED") - before == 2
    set_signal(one, -48)
    events.wait_for("CTRL-EVENT-SIGNAL-CHANGE above=0")
    before = events.count("CTRL-EVENT-SCAN-STARTED")
    lab.run("sleep 20", 40)
    assert 6 <= events.count("CTRL-EVENT-SCAN-STARTED") - before <= 10
    assert daemon.count("connected: keys are installed") == 1
    assert sta.link()["bssid"] == one.mac
