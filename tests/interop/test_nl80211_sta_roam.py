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
    assert (poll["WIDTH"], poll["CENTER_FRQ1"]) == ("20 MHz (no HT)", "2437"), poll


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


def transition_request(hostapd, sta, words, expected):
    """hostapd asks the station to move, and returns its answer."""
    before = hostapd.count("BSS-TM-RESP")
    assert "OK" in hostapd.cli(f"bss_tm_req {sta.mac} {words}")
    hostapd.wait_for(f"BSS-TM-RESP {sta.mac} {expected}")
    assert hostapd.count("BSS-TM-RESP") == before + 1


def test_access_point_moves_its_station(lab):
    """Asked by hostapd to move to the other access point, the station answers before it moves; asked to leave, it finds the other
    one by itself; and it stays where no candidate fits. It asks hostapd where to move, as wpa_cli wants."""
    one, two = lab.node("one"), lab.node("two")
    at_one, at_two = (node.hostapd(NETWORK.format(channel) + "bss_transition=1\n") for node, channel in ((one, 1), (two, 6)))
    set_signal(one, -35)
    set_signal(two, -45)
    sta, daemon, events = start(lab, "")
    daemon.wait_for("connected: keys are installed")
    assert sta.link()["bssid"] == one.mac
    candidate = f"pref=1 abridged=1 neighbor={two.mac},0,81,6,7,0301ff"
    transition_request(at_one, sta, "pref=1 abridged=1 neighbor=02:00:00:00:77:77,0,81,11,7", "status_code=7")
    transition_request(at_one, sta, candidate, f"status_code=0 bss_termination_delay=0 target_bssid={two.mac}")
    daemon.wait_for("connected: keys are installed", 2)
    assert sta.link()["bssid"] == two.mac
    transition_request(at_two, sta, "disassoc_imminent=1 disassoc_timer=100",
                       f"status_code=0 bss_termination_delay=0 target_bssid={one.mac}")
    events.wait_for("WNM: Disassociation Imminent - Disassociation Timer 100")
    daemon.wait_for("connected: keys are installed", 3)
    assert sta.link()["bssid"] == one.mac
    assert "OK" in sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 wnm_bss_query 0 list")
    at_one.wait_for(f"BSS-TM-RESP {sta.mac} status_code=1")  # hostapd's answer is a request without candidates
    assert "OK" in sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 set disable_btm 1")
    assert "OK" in sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 reattach")
    daemon.wait_for("connected: keys are installed", 4)
    before = at_one.count("BSS-TM-RESP")
    at_one.cli(f"bss_tm_req {sta.mac} {candidate}")
    lab.run("sleep 3", 20)
    assert at_one.count("BSS-TM-RESP") == before
    assert daemon.count("connected: keys are installed") == 4


def test_block_without_80211n_is_refused_where_it_is_required(lab):
    """disable_ht=1: the station asks nevertheless, and clients learn of the refusal (status 27). Without it, it uses 40 MHz."""
    one = lab.node("one")
    one.hostapd(NETWORK.format(1) + "ieee80211n=1\nwmm_enabled=1\nht_capab=[HT40+]\nrequire_ht=1\n")
    sta, daemon, events = start(lab, "disable_ht=1\n")
    cli = f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0"
    events.wait_for(f"CTRL-EVENT-ASSOC-REJECT bssid={one.mac} status_code=27")
    assert "OK" in sta.inside(f"{cli} set_network 0 disable_ht 0")
    assert "OK" in sta.inside(f"{cli} bssid_ignore clear")
    daemon.wait_for("connected: keys are installed", seconds=60)
    poll = dict(line.split("=", 1) for line in sta.inside(f"{cli} signal_poll").splitlines())
    assert (poll["FREQUENCY"], poll["WIDTH"], poll["CENTER_FRQ1"]) == ("2412", "40 MHz", "2422"), poll
