# SPDX-License-Identifier: GPL-2.0-or-later
"""The nodes of radios.py without vifi: stock stations and a stock access point reach each other, and what a test gets
from them is right. A failure here is one of the bed, not of vifi."""
import pytest

KERNEL = "6.12"
NETWORK = "ssid=stock\nhw_mode=g\nchannel=6\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"


def supplicant(node):
    daemon = node.wpa_supplicant('network={\nssid="stock"\npsk="interoperable"\nscan_freq=2437\n}\n')
    daemon.wait_for("CTRL-EVENT-CONNECTED")
    assert "wpa_state=COMPLETED" in daemon.cli("status")
    return daemon


def iwd(node):
    daemon = node.iwd({"stock": "interoperable"})
    daemon.wait_for("new state: connected")
    node.lab.wait(f"ip netns exec {node.name} iw dev wlan0 station dump | grep -q 'authorized:.yes'")
    assert "connected" in daemon.cli("station wlan0 show")
    return daemon


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("station", [supplicant, iwd])
def test_stock_station_reaches_the_stock_access_point(lab, station, channels):
    ap, sta = lab.node("ap", channels=channels), lab.node("sta", channels=channels)
    hostapd = ap.hostapd(NETWORK)
    daemon = station(sta)
    hostapd.wait_for(f"EAPOL-4WAY-HS-COMPLETED {sta.mac}")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    assert ap.stations()[sta.mac]["authorized"] == "yes"
    assert sta.link()["SSID"] == "stock" and sta.link()["bssid"] == ap.mac
    assert sta.mac in lab.frames("wlan.fc.type_subtype == 0", "wlan.ta")
    daemon.stop()
    hostapd.wait_for(f"AP-STA-DISCONNECTED {sta.mac}")
