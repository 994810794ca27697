# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card, with stations other than wpa_supplicant: iwd, and `vifi sta` on a card; on Linux 6.12."""
import pytest

KERNEL = "6.12"
NETWORK = "interface=wlan0\nssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=interoperable\nrsn_pairwise=CCMP\n"


def iwd(node):
    return node.iwd({"home": "interoperable"})


def vifi_sta(node):
    return node.vifi("sta", 'network={\nssid="home"\npsk="interoperable"\nkey_mgmt=WPA-PSK WPA-PSK-SHA256\nieee80211w=1\n}\n',
                     options="-d -i wlan0")


@pytest.mark.parametrize("station", [iwd, vifi_sta])
@pytest.mark.parametrize("pmf", [0, 2])
def test_station_reaches_vifi_ap(lab, station, pmf):
    """It connects, is protected as the access point demands, and says goodbye."""
    mark = lab.mark_air()
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon = ap.vifi("ap", NETWORK + ("ieee80211w=2\nwpa_key_mgmt=WPA-PSK-SHA256\n" if pmf else ""), options="-d")
    daemon.wait_for("the network is on the air")
    peer = station(sta)
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    assert ap.stations()[sta.mac]["MFP"] == ("yes" if pmf else "no")
    assert set(lab.frames("wlan.fc.type_subtype == 8", "wlan.ta", mark)) == {ap.mac}  # beacons
    assert not lab.frames("data.len && wlan.fc.type == 2 && wlan.fc.protected == 0 && !eapol", "wlan.ta", mark)
    peer.stop()
    daemon.wait_for(f"{sta.mac}: disconnected")


@pytest.mark.parametrize("owner", ["iwd", "wpa_supplicant"])
def test_interface_of_another_program_is_refused(lab, owner):
    """It is a station without a network. vifi ap must not end that; it starts when the other program has ended."""
    node = lab.node("ap", channels=2)
    if owner == "iwd":
        other = node.iwd({})
        lab.wait(f"ip netns exec ap {other.client} station wlan0 show | grep -q 'State *disconnected'", 20)
    else:
        other = node.wpa_supplicant('network={\nssid="elsewhere"\nkey_mgmt=NONE\nscan_freq=2412\n}\n')
        lab.wait(f"ip netns exec ap {other.client} status | grep -q -e SCANNING -e DISCONNECTED", 20)
    refused = node.vifi("ap", NETWORK, options="-d", name="refused")
    refused.wait_for("another program manages the interface: stop hostapd, wpa_supplicant or iwd")
    assert "type managed" in node.iw("info")
    assert not refused.count("the network is on the air")
    other.stop()
    node.vifi("ap", NETWORK, options="-d").wait_for("the network is on the air")
