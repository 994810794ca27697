# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` and `vifi sta` begin and end on a radio of mac80211: what a killed one leaves, and the last frames.

    sta   vifi sta, then wpa_supplicant, then vifi sta   ))) hwsim (((   ap   hostapd, or vifi ap
"""
import json

KERNEL = "6.1"
NETWORK = "ssid=home\nhw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
BLOCK = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2412\n}\n'


def link(node):
    return json.loads(node.inside(f"ip -d -j link show {node.device}"))[0]


def iftype(node):
    return [line.split()[1] for line in node.iw("info").splitlines() if line.strip().startswith("type ")][0]


def is_as_before(node):
    state = link(node)
    assert state["linkmode"] == "DEFAULT" and "UP" not in state["flags"] and "ifalias" not in state, state
    assert state["address"] == node.mac and iftype(node) == "managed"


def test_killed_station_is_taken_over(lab):
    """By wpa_supplicant, and by the next vifi sta, which restores what was there before the first one."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK)
    ap.address("10.9.0.1/24")
    first = sta.vifi("sta", "mac_addr=1\n" + BLOCK, options="-d -i wlan0")
    first.wait_for("connected: keys are installed")
    assert link(sta)["address"] != sta.mac
    first.kill()
    assert link(sta)["linkmode"] == "DORMANT" and sta.mac in link(sta)["ifalias"]
    stock = sta.wpa_supplicant(BLOCK)
    stock.wait_for("CTRL-EVENT-CONNECTED")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    stock.stop()
    again = sta.vifi("sta", BLOCK, options="-d -i wlan0", name="again")
    again.wait_for("connected: keys are installed")
    assert link(sta)["address"] == sta.mac and link(sta)["operstate"] == "UP"
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    again.stop()
    is_as_before(sta)


def test_killed_access_point_is_taken_over(lab):
    """By a station: the interface is of type AP and up."""
    ap, other = lab.node("ap"), lab.node("other")
    first = ap.vifi("ap", f"interface=wlan0\ndriver=nl80211\n{NETWORK}", options="-d")
    first.wait_for("the network is on the air")
    first.kill()
    assert iftype(ap) == "AP" and "UP" in link(ap)["flags"]
    other.hostapd(NETWORK)
    station = ap.vifi("sta", BLOCK, options="-d -i wlan0")
    station.wait_for("connected: keys are installed")
    station.stop()
    is_as_before(ap)
    # … and by an access point, which also ends as if the first one had never been
    second = ap.vifi("ap", f"interface=wlan0\ndriver=nl80211\n{NETWORK}", options="-d", name="second")
    second.wait_for("the network is on the air")
    second.kill()
    third = ap.vifi("ap", f"interface=wlan0\ndriver=nl80211\n{NETWORK}", options="-d", name="third")
    third.wait_for("the network is on the air")
    third.stop()
    is_as_before(ap)


def test_alias_of_the_user_stays(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK)
    sta.inside("ip link set wlan0 alias uplink")
    station = sta.vifi("sta", BLOCK, options="-d -i wlan0")
    station.wait_for("connected: keys are installed")
    station.stop()
    assert link(sta)["ifalias"] == "uplink"


def test_goodbyes_are_on_the_air(lab):
    """SIGTERM: each station is deauthenticated, and has acknowledged that, before the network ends; so is the access point."""
    ap = lab.node("ap")
    stations = [lab.node(f"sta{number}") for number in range(4)]
    daemon = ap.vifi("ap", f"interface=wlan0\ndriver=nl80211\n{NETWORK}", options="-d")
    daemon.wait_for("the network is on the air")
    clients = [node.wpa_supplicant(BLOCK) for node in stations]
    for client in clients:
        client.wait_for("CTRL-EVENT-CONNECTED")
    mark = lab.mark_air()
    daemon.stop()
    lab.run("sleep 0.3")
    left = set(lab.frames(f"wlan.fc.type_subtype == 12 && wlan.ta == {ap.mac}", "wlan.ra", mark))
    assert {node.mac for node in stations} <= left
    for client in clients:
        client.wait_for("CTRL-EVENT-DISCONNECTED")
        assert "reason=3" in client.log()
    # the other end
    hostapd = ap.hostapd(NETWORK + "max_num_sta=1\n")
    for client in clients:
        client.stop()
    first = stations[0].vifi("sta", BLOCK, options="-d -i wlan0")
    first.wait_for("connected: keys are installed")
    mark = lab.mark_air()
    first.stop()
    lab.run("sleep 0.3")
    assert lab.frames(f"wlan.fc.type_subtype == 12 && wlan.ra == {ap.mac}", "wlan.ta", mark) == [stations[0].mac]
    hostapd.wait_for(f"AP-STA-DISCONNECTED {stations[0].mac}")
    second = stations[1].vifi("sta", BLOCK, options="-d -i wlan0")
    second.wait_for("connected: keys are installed")
