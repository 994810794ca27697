# SPDX-License-Identifier: GPL-2.0-or-later
"""What can happen to a card under a running `vifi sta`: it comes back by itself, or says in one sentence what it needs.

    sta   vifi sta   ))) hwsim (((   ap   hostapd
"""
import pytest

from radios import FOLDER
from test_nl80211_lives import insert_card, remove_card, switch

KERNEL = "6.12"
NETWORK = "ssid=home\nbss_transition=1\nhw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
BLOCK = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2412\n}\n'
CONNECTED = "connected: keys are installed"


def begin(lab, options="-i wlan0"):
    """A station that is connected. Returns nodes and daemon."""
    lab.run("chmod 0664 /dev/rfkill")  # as udev does: vifi runs as another user
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK)
    ap.address("10.9.0.1/24")
    daemon = sta.vifi("sta", f"ctrl_interface={FOLDER}/sta-ctrl\n{BLOCK}", options=f"-d {options}")
    daemon.wait_for(CONNECTED)
    daemon.client = f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0"
    return ap, sta, daemon


def serves(sta, daemon, times=2):
    """The station has connected again, and reaches the access point."""
    daemon.wait_for(CONNECTED, times, 60)
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3


def status(daemon):
    return dict(line.split("=", 1) for line in daemon.cli("status").splitlines())


def test_card_is_unplugged_and_plugged_in_again(lab):
    """What clients of the control socket have set stays; and the switch of the card works as before."""
    ap, sta, daemon = begin(lab)
    remove_card(sta)
    daemon.wait_for("waiting until the interface is back")
    assert status(daemon)["wpa_state"] == "INTERFACE_DISABLED"
    assert "OK" in daemon.cli("bssid_ignore 02:00:00:00:ff:01") and "OK" in daemon.cli("set_network 0 priority 7")
    lab.run("sleep 10")
    insert_card(sta)
    daemon.wait_for("the interface is back")
    serves(sta, daemon)
    now = status(daemon)
    assert now["wpa_state"] == "COMPLETED" and now["address"] == sta.mac, now
    assert daemon.cli("get_network 0 priority").split()[-1] == "7" and "02:00:00:00:ff:01" in daemon.cli("bssid_ignore")
    lab.run(switch(sta, 1))
    daemon.wait_for("the radio was switched off (rfkill)")
    lab.run(switch(sta, 0))
    serves(sta, daemon, 3)
    daemon.stop()


def test_card_is_absent_at_the_start(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK)
    ap.address("10.9.0.1/24")
    remove_card(sta)
    refused = sta.try_inside(f"vifi sta -D nl80211 -i wlan0 {sta.file('none.conf', BLOCK)}")
    assert refused.rc == 1 and "wlan0: there is no such interface" in refused.out, refused.out
    daemon = sta.vifi("sta", f"ctrl_interface={FOLDER}/sta-ctrl\n{BLOCK}", options="-d --wait -i wlan0")
    daemon.wait_for("waiting until the interface is there")
    daemon.client = f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0"
    lab.wait(f"[ -S {FOLDER}/sta-ctrl/wlan0 ]")
    assert status(daemon)["wpa_state"] == "INTERFACE_DISABLED"
    lab.run("sleep 5")
    insert_card(sta)
    serves(sta, daemon, 1)
    remove_card(sta)
    daemon.wait_for("waiting until the interface is back")
    insert_card(sta)
    serves(sta, daemon)
    daemon.stop()


def test_card_never_comes(lab):
    sta = lab.node("sta")
    remove_card(sta)
    daemon = sta.vifi("sta", BLOCK, options="-d --wait -i wlan0")
    daemon.wait_for("waiting until the interface is there")
    lab.run("sleep 3")
    daemon.stop()


def test_card_is_back_under_another_name(lab):
    ap, sta, daemon = begin(lab)
    remove_card(sta)
    daemon.wait_for("waiting until the interface is back")
    insert_card(sta, "wlan7")
    daemon.wait_for("the card is back as wlan7: `ip link set wlan7 name wlan0`")
    lab.run("sleep 10")
    sta.inside("ip link set wlan7 name wlan0")
    serves(sta, daemon)
    assert daemon.count("the card is back as wlan7") == 1
    daemon.stop()


def test_card_is_back_under_another_program(lab):
    """wpa_supplicant was faster. The station waits until it has ended."""
    ap, sta, daemon = begin(lab)
    remove_card(sta)
    daemon.wait_for("waiting until the interface is back")
    lab.run(f"kill -STOP {daemon.pid}")
    insert_card(sta)
    other = sta.wpa_supplicant('network={\nssid="elsewhere"\nkey_mgmt=NONE\nscan_freq=2412\n}\n')
    other.wait_for("Successfully initialized wpa_supplicant")
    lab.run(f"sleep 2; kill -CONT {daemon.pid}")
    daemon.wait_for("another program manages the interface: stop hostapd, wpa_supplicant or iwd")
    lab.run("sleep 5")
    assert daemon.count("another program manages the interface") == 1
    other.stop()
    serves(sta, daemon)
    daemon.stop()


def test_radio_is_switched_off_and_on(lab):
    ap, sta, daemon = begin(lab)
    lab.run(switch(sta, 1))
    daemon.wait_for("the radio was switched off (rfkill)")
    lab.run("sleep 5")
    lab.run(switch(sta, 0))
    serves(sta, daemon)
    daemon.stop()


def test_radio_is_switched_off_at_the_start_and_while_the_card_is_away(lab):
    lab.run("chmod 0664 /dev/rfkill")
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK)
    ap.address("10.9.0.1/24")
    lab.run(switch(sta, 1))
    daemon = sta.vifi("sta", BLOCK, options="-d -i wlan0")
    daemon.wait_for("the radio is switched off (rfkill); waiting until it is on")
    remove_card(sta)
    daemon.wait_for("waiting until the interface is back")
    insert_card(sta)
    serves(sta, daemon, 1)
    daemon.stop()


@pytest.mark.parametrize("seconds", [0, 5])
def test_interface_is_set_down_and_up(lab, seconds):
    """As NetworkManager does before it leaves a card alone."""
    ap, sta, daemon = begin(lab)
    sta.inside("ip link set wlan0 down")
    lab.run(f"sleep {seconds}")
    sta.inside("ip link set wlan0 up")
    serves(sta, daemon)
    daemon.stop()


@pytest.mark.parametrize("ssid", ["home", "elsewhere"])
def test_other_program_uses_the_interface(lab, ssid):
    """wpa_supplicant does not notice that somebody has the interface. Once it has ended, the station is back."""
    ap, sta, daemon = begin(lab)
    other = sta.wpa_supplicant(BLOCK.replace("home", ssid))
    lab.run("sleep 20", 40)
    other.stop()
    sta.inside("ip link set wlan0 up")
    lab.wait(f"ip netns exec sta {daemon.client} status | grep -q wpa_state=COMPLETED", 60)
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    print(daemon.log()[-5000:])
    daemon.stop()


def test_other_program_makes_it_an_access_point(lab):
    """The station waits. It then receives its management frames again, which the change of the type has taken from it: the access
    point's request to move is answered."""
    ap, sta, daemon = begin(lab)
    other = sta.hostapd("ssid=elsewhere\nhw_mode=g\nchannel=6\n")
    daemon.wait_for("another program has taken the interface, as type")
    daemon.wait_for("another program manages the interface: stop hostapd, wpa_supplicant or iwd")
    lab.run("sleep 10", 20)
    assert daemon.count("another program") == 2
    other.stop()
    serves(sta, daemon)
    assert sta.iw("info").count("type managed") == 1
    assert "OK" in ap.daemons["hostapd"].cli(f"bss_tm_req {sta.mac} pref=1")
    ap.daemons["hostapd"].wait_for(f"BSS-TM-RESP {sta.mac}")
    daemon.stop()
