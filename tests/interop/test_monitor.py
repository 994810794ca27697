# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` and `vifi sta` by injection: their MAC runs through a monitor interface of a radio of mac80211, which only
transmits, receives and acknowledges.

    vifi ap, tap0 ── mon0  )))  wlan0 wpa_supplicant
    vifi sta, tap0 ── mon0  )))  wlan0 hostapd
"""
import pytest

AP, STATION = "10.8.0.1", "10.8.0.2"
SSID, PASSPHRASE = "injected", "interoperable"
SUITES = {"open": ("", "key_mgmt=NONE"),
          "tkip": (f"wpa=1\nwpa_passphrase={PASSPHRASE}\nwpa_pairwise=TKIP", f'psk="{PASSPHRASE}"\nkey_mgmt=WPA-PSK\nproto=WPA\npairwise=TKIP\ngroup=TKIP'),
          "ccmp": (f"wpa=2\nwpa_passphrase={PASSPHRASE}\nrsn_pairwise=CCMP", f'psk="{PASSPHRASE}"\nkey_mgmt=WPA-PSK\nproto=RSN'),
          "pmf": (f"wpa=2\nwpa_passphrase={PASSPHRASE}\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK-SHA256\nieee80211w=2",
                  f'psk="{PASSPHRASE}"\nkey_mgmt=WPA-PSK-SHA256\nieee80211w=2\nproto=RSN')}


def network(suite):
    return f"ssid={SSID}\nhw_mode=g\nchannel=6\n{SUITES[suite][0]}\n"


def block(suite):
    return f'network={{\nssid="{SSID}"\nscan_freq=2437\n{SUITES[suite][1]}\n}}\n'


def injector(lab, name, flags="flags active", channels=1):
    """A node whose radio has a monitor interface and nothing else."""
    node = lab.node(name, channels=channels, device=None)
    node.inside(f"iw phy {name} interface add mon0 type monitor {flags}")
    node.device = "tap0"
    return node


def access_point(node, suite, more=""):
    daemon = node.vifi("ap", f"interface=tap0\n{network(suite)}{more}", options="-d --monitor mon0")
    daemon.wait_for("the network is on the air")
    return daemon


def station(node, suite):
    daemon = node.vifi("sta", block(suite), options="-d -i tap0 --monitor mon0")
    daemon.wait_for("associated" if suite == "open" else "connected: keys are installed", seconds=60)
    return daemon


def both_reach(ap, sta):
    ap.address(f"{AP}/24")
    sta.address(f"{STATION}/24")
    assert sta.pings(AP) == 3 and ap.pings(STATION) == 3


def repeated(lab, mark):
    """The number of data frames on the air that repeat one."""
    return len(lab.frames("wlan.fc.type == 2 && wlan.fc.retry == 1", "wlan.ta", mark))


@pytest.mark.parametrize("suite", SUITES)
def test_access_point(lab, suite):
    """wpa_supplicant associates with an injected access point; its frames are acknowledged, none is repeated."""
    mark = lab.mark_air()
    ap, sta = injector(lab, "ap"), lab.node("sta")
    access_point(ap, suite)
    sta.wpa_supplicant(block(suite)).wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    both_reach(ap, sta)
    assert sta.link()["bssid"] == ap.mac
    assert set(lab.frames("wlan.fc.type_subtype == 8", "wlan.ta", mark)) == {ap.mac}
    assert repeated(lab, mark) == 0


@pytest.mark.parametrize("suite", SUITES)
def test_station(lab, suite):
    mark = lab.mark_air()
    ap, sta = lab.node("ap"), injector(lab, "sta")
    ap.hostapd(network(suite))
    station(sta, suite)
    both_reach(ap, sta)
    assert set(ap.stations()) == {sta.mac}
    assert repeated(lab, mark) == 0


def test_both_ends(lab):
    ap, sta = injector(lab, "ap"), injector(lab, "sta")
    access_point(ap, "ccmp")
    station(sta, "ccmp")
    both_reach(ap, sta)


def test_rates_climb(lab):
    """Frames that are acknowledged at once lead to the highest rate; management frames have the lowest one."""
    mark = lab.mark_air()
    ap, sta = injector(lab, "ap"), lab.node("sta")
    access_point(ap, "ccmp")
    sta.wpa_supplicant(block("ccmp")).wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    both_reach(ap, sta)
    sta.inside(f"ping -q -i 0.01 -c 200 {AP}", 60)
    data = lab.frames(f"wlan.ta == {ap.mac} && wlan.fc.type == 2 && !(wlan.da[0] & 1)", "radiotap.datarate", mark)
    assert float(data[0]) < float(data[-1]) == 54
    assert {float(rate) for rate in lab.frames(f"wlan.ta == {ap.mac} && wlan.fc.type == 0", "radiotap.datarate", mark)} == {1}


def test_lost_station_is_noticed(lab):
    """The TX status of frames to a station that has vanished says so: the access point removes it."""
    ap, sta = injector(lab, "ap"), lab.node("sta")
    daemon = access_point(ap, "ccmp", "ap_max_inactivity=10\n")
    supplicant = sta.wpa_supplicant(block("ccmp"))
    supplicant.wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    supplicant.kill()
    sta.inside("ip link set wlan0 down")
    daemon.wait_for(f"{sta.mac}: disconnected", seconds=60)


def test_interface_goes_down_and_comes_back(lab):
    ap, sta = injector(lab, "ap"), lab.node("sta")
    daemon = access_point(ap, "ccmp")
    ap.inside("ip link set mon0 down")
    daemon.wait_for("lost the monitor interface mon0")
    ap.inside("ip link set mon0 up")
    daemon.wait_for("rejoined the medium at mon0", seconds=30)
    daemon.wait_for("the network is on the air", times=2)
    sta.wpa_supplicant(block("ccmp")).wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    both_reach(ap, sta)


@pytest.mark.parametrize("interface, text", [("wlan0", 'wlan0 is of type "station"'), ("lo", "lo is not a wireless interface"),
                                             ("mon7", "mon7: there is no such interface")])
def test_names_an_unsuitable_interface(lab, interface, text):
    node = lab.node("ap")
    path = node.file("ap.conf", f"interface=tap0\n{network('open')}")
    result = node.try_inside(f"vifi ap --monitor {interface} {path}")
    assert result.rc == 1 and text in result.out, (result.rc, result.out)
    assert node.try_inside("ip link show tap0").rc
