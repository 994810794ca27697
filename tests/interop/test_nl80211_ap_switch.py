# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card moves to another channel, by hostapd_cli, and its stations follow without a new association:

    vifi ap ── ap ))) (((  w   wpa_supplicant
                      (((  i   iwd
                      (((  v   vifi sta

Each radio is one of mac80211 with a single channel: with channel contexts, hwsim of Linux 6.1 refuses the switch. `iw`, the
stations' own words and pings judge; tshark reads the announcement in the recording of the air.
"""
import pytest
from radios import FOLDER

PASSPHRASE = "interoperable"
WPA2 = f"ssid=home\nhw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase={PASSPHRASE}\nctrl_interface={FOLDER}/ctrl\n"
NETWORK = f'network={{\nssid="home"\npsk="{PASSPHRASE}"\nscan_freq=2412\n}}'


@pytest.fixture
def lab(module_lab):
    yield module_lab
    module_lab.clear()


def started(node, conf):
    daemon = node.vifi("ap", f"interface={{device}}\n{conf}", options="-d")
    daemon.wait_for("the network is on the air", times=1 + conf.count("\nbss="))
    daemon.client = f"hostapd_cli -p {FOLDER}/ctrl -i {node.device}"
    node.address("10.4.0.1/24")
    return daemon


def connect_all(lab, ap):
    """wpa_supplicant, iwd and vifi sta, each with an address, and associated."""
    stations = [lab.node(name) for name in "wiv"]
    stations[0].wpa_supplicant(NETWORK).wait_for("CTRL-EVENT-CONNECTED")
    stations[1].iwd({"home": PASSPHRASE})
    stations[2].vifi("sta", NETWORK, options="-d -i wlan0").wait_for("connected: keys are installed")
    ap.daemons["vifi-ap"].wait_for("connected: keys are installed", times=3, seconds=60)
    for number, station in enumerate(stations):
        station.address(f"10.4.0.{number + 10}/24")
        assert station.pings("10.4.0.1") == 3
    return stations


def switch_under_pings(lab, daemon, stations, command):
    """Pings of all stations, 20 a second, while the access point moves. Returns how many of 100 were answered."""
    pings = "\n".join(f"ip netns exec {node.name} ping -n -q -i 0.05 -c 100 -W 1 10.4.0.1 >/tmp/ping-{node.name} &" for node in stations)
    assert "OK" in lab.run(f"""{pings}
        sleep 0.5
        ip netns exec {daemon.node.name} {daemon.client} {command}
        wait""", 60)
    words = [lab.run(f"cat /tmp/ping-{node.name}").split(" received")[0].split() for node in stations]
    return [int(word[-1]) for word in words]


def associations(ap):
    return {mac: int(info["connected time"].split()[0]) for mac, info in ap.stations().items()}


def test_stations_follow_without_a_new_association(lab):
    ap = lab.node("ap")
    daemon = started(ap, WPA2)
    stations = connect_all(lab, ap)
    before = associations(ap)
    mark = lab.mark_air()
    answered = switch_under_pings(lab, daemon, stations, "chan_switch 5 2437")
    daemon.wait_for("moved to another channel: channel 6, 2437 MHz")
    assert "channel 6 (2437 MHz)" in ap.iw("info")
    for station in stations:
        assert station.link()["freq"].startswith("2437"), station.name
        assert station.pings("10.4.0.1") == 3
    after = associations(ap)
    assert before.keys() == after.keys() and all(after[mac] >= before[mac] for mac in before)
    assert not daemon.count("disconnected") and not stations[2].daemons["vifi-sta"].count("disconnected")
    stations[0].daemons["wpa_supplicant"].wait_for("CTRL-EVENT-CHANNEL-SWITCH freq=2437")
    assert not stations[0].daemons["wpa_supplicant"].count("CTRL-EVENT-DISCONNECTED")
    assert min(answered) >= 98, answered
    beacon = f"wlan.fc.type_subtype == 8 && wlan.sa == {ap.mac}"
    counts = lab.frames(f"{beacon} && wlan.tag.number == 37", "wlan.csa.channel_switch.count", mark)
    assert counts and [int(count) for count in counts] == sorted(map(int, counts), reverse=True) and int(counts[-1]) == 1


def test_all_networks_of_the_radio_move_together(lab):
    ap, first, second = lab.node("ap"), lab.node("w"), lab.node("x")
    daemon = started(ap, WPA2 + "bss=guest0\nssid=guest\n")
    first.wpa_supplicant(NETWORK).wait_for("CTRL-EVENT-CONNECTED")
    second.wpa_supplicant('network={\nssid="guest"\nkey_mgmt=NONE\nscan_freq=2412\n}').wait_for("CTRL-EVENT-CONNECTED")
    assert "OK" in daemon.cli("chan_switch 5 2462")
    daemon.wait_for("moved to another channel: channel 11, 2462 MHz", times=2)
    for node in (first, second):
        node.daemons["wpa_supplicant"].wait_for("CTRL-EVENT-CHANNEL-SWITCH freq=2462")
        assert node.link()["freq"].startswith("2462")
        assert not node.daemons["wpa_supplicant"].count("CTRL-EVENT-DISCONNECTED")
    assert not daemon.count("disconnected")


def test_the_width_changes_with_the_channel(lab):
    ap, sta = lab.node("ap"), lab.node("w")
    daemon = started(ap, WPA2 + "ieee80211n=1\nwmm_enabled=1\n")
    sta.wpa_supplicant(NETWORK).wait_for("CTRL-EVENT-CONNECTED")
    assert "OK" in daemon.cli("chan_switch 5 2437 sec_channel_offset=1 bandwidth=40 ht")
    daemon.wait_for("moved to another channel: channel 6, 2437 MHz, 40 MHz wide")
    assert "channel 6 (2437 MHz), width: 40 MHz, center1: 2447 MHz" in ap.iw("info")
    sta.daemons["wpa_supplicant"].wait_for("CTRL-EVENT-CHANNEL-SWITCH freq=2437 ht_enabled=1 ch_offset=1 ch_width=40 MHz")
    assert "width: 40 MHz" in sta.iw("info")
    assert not sta.daemons["wpa_supplicant"].count("CTRL-EVENT-DISCONNECTED")
    assert {"channel=6", "secondary_channel=1", "ieee80211n=1"} <= set(daemon.cli("status").splitlines())


def test_the_modes_change_with_the_channel(lab):
    """`vht` turns 802.11ac on, and `ht` alone turns it off, as with hostapd. A station that joins then has it, or not."""
    ap, sta = lab.node("ap", properties=["regdom=DE"]), lab.node("w")
    daemon = started(ap, WPA2.replace("hw_mode=g\nchannel=1\n", "hw_mode=a\nchannel=36\n") + "ieee80211n=1\nwmm_enabled=1\n")
    assert "OK" in daemon.cli("chan_switch 3 5240 center_freq1=5210 sec_channel_offset=-1 bandwidth=80 vht")
    daemon.wait_for("moved to another channel: channel 48, 5240 MHz, 80 MHz wide")
    assert {"secondary_channel=-1", "ieee80211ac=1", "vht_oper_chwidth=1",
            "vht_oper_centr_freq_seg0_idx=42"} <= set(daemon.cli("status").splitlines())
    supplicant = sta.wpa_supplicant(NETWORK.replace("2412", "5180 5240"))
    supplicant.wait_for("CTRL-EVENT-CONNECTED")
    assert "width: 80 MHz" in sta.iw("info")
    supplicant.stop()
    assert "OK" in daemon.cli("chan_switch 3 5180 center_freq1=5190 sec_channel_offset=1 bandwidth=40 ht")
    daemon.wait_for("moved to another channel: channel 36, 5180 MHz, 40 MHz wide")
    assert {"secondary_channel=1", "ieee80211n=1", "ieee80211ac=0"} <= set(daemon.cli("status").splitlines())


def test_a_channel_that_is_forbidden_is_refused(lab):
    ap = lab.node("ap", properties=["regdom=DE"])
    daemon = started(ap, WPA2)
    assert "FAIL" in ap.try_inside(f"{daemon.client} chan_switch 5 2484").out
    daemon.wait_for("channel 14 (2484 MHz) is forbidden")
    assert "channel 1 (2412 MHz)" in ap.iw("info")


def test_vifi_ap_switch_reports_the_result(lab):
    """It waits until the access point is there; a refusal has the reason. Options may precede the command."""
    ap = lab.node("ap")
    daemon = started(ap, WPA2)
    command = f"vifi ap --control {FOLDER}/ctrl -i {ap.device} switch"
    assert "the access point is on 2437 MHz" in ap.inside(f"{command} 2437", 30)
    assert daemon.count("moved to another channel: channel 6, 2437 MHz") and "(2437 MHz)" in ap.iw("info")
    refused = ap.try_inside(f"{command} 9999")
    assert refused.rc == 1 and "CHAN_SWITCH failed: " in refused.out and "its log" not in refused.out
