# SPDX-License-Identifier: GPL-2.0-or-later
"""The MAC address of `vifi sta` on a radio of mac80211: mac_addr, mac_value, preassoc_mac_addr. hostapd and the recording of the
air say which one it used.

    sta   vifi sta   ))) hwsim (((   one, two   hostapd, networks "one" and "two"
"""
from radios import FOLDER

KERNEL = "6.1"
NETWORK = "ssid={}\nhw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
BLOCK = 'network={{\nssid="{}"\npsk="interoperable"\nscan_freq=2412\n{}\n}}\n'


def address(node):
    return node.inside("cat /sys/class/net/wlan0/address").strip()



def is_random(mac, own):
    return int(mac[:2], 16) & 3 == 2 and mac != own


def test_each_network_has_an_address_of_its_own(lab):
    one, two, sta = lab.node("one"), lab.node("two"), lab.node("sta", mac="00:11:22:00:00:07")
    first, second = one.hostapd(NETWORK.format("one")), two.hostapd(NETWORK.format("two"))
    for ap, number in ((one, 1), (two, 2)):
        ap.address(f"10.9.{number}.1/24")
    mark = lab.mark_air()
    daemon = sta.vifi("sta", f"ctrl_interface={FOLDER}/sta-ctrl\nmac_addr=1\n" + BLOCK.format("one", "priority=1") +
                      BLOCK.format("two", "mac_addr=3\nmac_value=02:12:34:56:78:9a"), options="-d -i wlan0")
    daemon.wait_for("connected: keys are installed")
    random = address(sta)
    assert is_random(random, sta.mac)
    first.wait_for(f"AP-STA-CONNECTED {random}")
    status = sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 status")
    assert f"\naddress={random}\n" in status + "\n", status
    sta.address("10.9.1.2/24")
    assert sta.pings("10.9.1.1") == 3
    # a new one while it is associated: never, not by a deauthentication either, within its lifetime
    first.cli(f"deauthenticate {random}")
    daemon.wait_for("connected: keys are installed", 2)
    assert address(sta) == random
    sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 select_network 1")
    daemon.wait_for("connected: keys are installed", 3)
    second.wait_for("AP-STA-CONNECTED 02:12:34:56:78:9a")
    sta.address("10.9.2.2/24")
    assert sta.pings("10.9.2.1") == 3
    # the card's own address was never on the air
    assert sta.mac not in lab.frames("wlan.fc.type_subtype < 40", "wlan.ta", mark)
    daemon.stop()
    assert address(sta) == sta.mac


def test_scans_have_a_random_address(lab):
    """preassoc_mac_addr=2; the network gets the card's own one. Probe requests have others."""
    one, sta = lab.node("one"), lab.node("sta", mac="00:11:22:00:00:07")
    mark = lab.mark_air()
    daemon = sta.vifi("sta", "preassoc_mac_addr=2\nrand_addr_lifetime=5\n" + BLOCK.format("one", ""), options="-d -i wlan0")
    daemon.wait_for("no configured network found", 3, seconds=60)
    lab.run("sleep 6")
    scanning = address(sta)
    assert scanning.startswith("02:11:22:") and scanning != sta.mac
    hostapd = one.hostapd(NETWORK.format("one"))
    daemon.wait_for("connected: keys are installed", seconds=60)
    assert address(sta) == sta.mac
    hostapd.wait_for(f"AP-STA-CONNECTED {sta.mac}")
    probes = set(lab.frames("wlan.fc.type_subtype == 4", "wlan.ta", mark))
    assert probes and sta.mac not in probes, probes
    one.address("10.9.1.1/24")
    sta.address("10.9.1.2/24")
    assert sta.pings("10.9.1.1") == 3
    daemon.stop()
    assert address(sta) == sta.mac


def test_scans_have_the_own_address_by_default(lab):
    """As wpa_supplicant's: a kernel that scans with another one takes answers to others for its own, and learns hidden names."""
    one, sta = lab.node("one"), lab.node("sta")
    one.hostapd(NETWORK.format("hidden") + "ignore_broadcast_ssid=2\n")
    mark = lab.mark_air()
    daemon = sta.vifi("sta", BLOCK.format("hidden", ""), options="-d -i wlan0")
    daemon.wait_for("no configured network found", 2, seconds=60)
    assert set(lab.frames("wlan.fc.type_subtype == 4", "wlan.ta", mark)) == {sta.mac}
    daemon.stop()
