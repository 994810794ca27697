# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` and `vifi sta` on cards, each at the end of the other, through the life of a connection in every suite; and iwd as
station of those suites that test_nl80211_pairs.py and test_sae.py do not have. On Linux 6.12.

    vifi ap, namespace ap  wlan0 )))  ((( wlan0  vifi sta or iwd, namespace sta; a second vifi sta, namespace other
"""
import pytest
from radios import FOLDER

KERNEL = "6.12"
PASSPHRASE = "interoperable"
PSK, SAE = f"wpa_passphrase={PASSPHRASE}\n", f"sae_password={PASSPHRASE}\n"
STATION_PSK = f'psk="{PASSPHRASE}"\n'

# name: keys of hostapd.conf, lines of the block of wpa_supplicant.conf, what the station's log says of ciphers, PMF
SUITES = {
    "open": ("", "key_mgmt=NONE\n", None, False),
    "tkip": (f"wpa=1\nwpa_pairwise=TKIP\n{PSK}", f"proto=WPA\npairwise=TKIP\n{STATION_PSK}", "TKIP (group: TKIP)", False),
    "ccmp": (f"wpa=2\nrsn_pairwise=CCMP\n{PSK}", STATION_PSK, "CCMP (group: CCMP)", False),
    "mixed": (f"wpa=3\nwpa_pairwise=TKIP\nrsn_pairwise=CCMP\n{PSK}", STATION_PSK, "CCMP (group: TKIP)", False),
    "ccmp256": (f"wpa=2\nrsn_pairwise=CCMP-256\n{PSK}", f"pairwise=CCMP-256\ngroup=CCMP-256\n{STATION_PSK}",
                "CCMP-256 (group: CCMP-256)", False),
    "gcmp256": (f"wpa=2\nrsn_pairwise=GCMP-256\n{PSK}", f"pairwise=GCMP-256\ngroup=GCMP-256\n{STATION_PSK}",
                "GCMP-256 (group: GCMP-256)", False),
    "sha256-pmf": (f"wpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK-SHA256\nieee80211w=2\n{PSK}",
                   f"key_mgmt=WPA-PSK-SHA256\nieee80211w=2\n{STATION_PSK}", "CCMP (group: CCMP), management frame protection", True),
    "sae": (f"wpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=SAE\nieee80211w=2\n{SAE}",
            f'key_mgmt=SAE\nieee80211w=2\nsae_password="{PASSPHRASE}"\n', "CCMP (group: CCMP), management frame protection", True),
    "owe": ("wpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=OWE\nieee80211w=2\n", "key_mgmt=OWE\nieee80211w=2\n",
            "CCMP (group: CCMP), management frame protection", True),
}
WPA2, WPA2_STATION = SUITES["ccmp"][:2]


def access_point(ap, keys, starts=1):
    conf = f"interface=wlan0\nssid=home\nhw_mode=g\nchannel=6\nctrl_interface={FOLDER}/ap-ctrl\n{keys}"
    daemon = ap.vifi("ap", conf, options="-d")
    daemon.wait_for("the network is on the air", starts)
    return daemon


def station(sta, lines, frequency=2437):
    return sta.vifi("sta", f'network={{\nssid="home"\nscan_freq={frequency}\n{lines}}}\n', options="-d -i wlan0")


def pair(lab, keys, lines):
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon, peer = access_point(ap, keys), station(sta, lines)
    daemon.wait_for(f"{sta.mac}: connected")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    return ap, sta, daemon, peer


def reach(*ends):
    """Unicast frames, small and whole, both ways; each end asks for the other's address by broadcast."""
    for node, target in ends:
        node.lab.run(f"ip netns exec {node.name} ip neigh flush all")
        for size in (56, 1472):
            node.lab.wait(f"ip netns exec {node.name} ping -n -q -c 1 -W 2 -s {size} {target} >/dev/null", 20)


@pytest.mark.parametrize("name", SUITES)
def test_life_of_a_connection(lab, name):
    """Data; rekeys of group and pairwise keys; a deauthentication; a new access point under the connected station."""
    keys, lines, ciphers, pmf = SUITES[name]
    ap, sta, daemon, peer = pair(lab, keys + ("wpa_group_rekey=2\nwpa_ptk_rekey=3\n" if ciphers else ""), lines)
    ends = ((sta, "10.9.0.1"), (ap, "10.9.0.2"))
    reach(*ends)
    assert ap.stations()[sta.mac]["MFP"] == ("yes" if pmf else "no")
    if ciphers:
        peer.signal("USR1")
        peer.wait_for(ciphers)
        for end in (daemon, peer):
            end.wait_for("new group keys", 2)
            end.wait_for("new pairwise keys", 2)
        reach(*ends)
        assert daemon.count(f"{sta.mac}: connected") == 1
    ap.inside(f"vifi ap deauth --control {FOLDER}/ap-ctrl {sta.mac}")
    daemon.wait_for(f"{sta.mac}: connected", 2)
    reach(*ends)
    daemon.kill()
    access_point(ap, keys, starts=2).wait_for(f"{sta.mac}: connected", 3, 60)
    reach(*ends)


@pytest.mark.parametrize("name", ["open", "mixed", "ccmp256", "gcmp256", "owe"])
def test_iwd_reaches_vifi_ap(lab, name):
    keys, lines, ciphers, pmf = SUITES[name]
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon = access_point(ap, keys)
    sta.iwd({"home": PASSPHRASE if "psk" in lines else None})
    daemon.wait_for(f"{sta.mac}: connected")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    reach((sta, "10.9.0.1"), (ap, "10.9.0.2"))
    assert ap.stations()[sta.mac]["MFP"] == ("yes" if pmf else "no")


def test_wrong_passphrase_is_named_at_both_ends(lab):
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon, peer = access_point(ap, WPA2), station(sta, 'psk="something else"\n')
    daemon.wait_for(f"{sta.mac}: the passphrases differ")
    peer.wait_for("the passphrases differ")
    assert daemon.count(f"{sta.mac}: connected") == 0


@pytest.mark.parametrize("isolate", [0, 1])
def test_two_stations_of_a_hidden_network(lab, isolate):
    """They find it by its name, and reach each other unless ap_isolate forbids that."""
    ap, sta, daemon, _ = pair(lab, f"{WPA2}ignore_broadcast_ssid=1\nap_isolate={isolate}\n", f"scan_ssid=1\n{WPA2_STATION}")
    other = lab.node("other", channels=2)
    station(other, f"scan_ssid=1\n{WPA2_STATION}")
    daemon.wait_for(f"{other.mac}: connected")
    other.address("10.9.0.3/24")
    reach((sta, "10.9.0.1"), (other, "10.9.0.1"))
    answered = lab.try_run("ip netns exec sta ping -n -q -c 3 -i 0.2 -W 2 10.9.0.3").rc == 0
    assert answered == (not isolate)


WIDE = {  # keys, frequency, width, rates
    "ht40": ("hw_mode=g\nchannel=1\nieee80211n=1\nht_capab=[HT40+]\nnoscan=1\n", 2412, "40 MHz", "MCS"),
    "vht80": ("hw_mode=a\nchannel=36\nieee80211n=1\nieee80211ac=1\nvht_oper_chwidth=1\n", 5180, "80 MHz", "VHT-MCS"),
    "he80": ("hw_mode=a\nchannel=36\nieee80211n=1\nieee80211ac=1\nieee80211ax=1\nvht_oper_chwidth=1\nhe_oper_chwidth=1\n", 5180, "80 MHz",
             "VHT-MCS"),  # the choice of rates of mac80211 does not know HE without the help of a driver
}


@pytest.mark.parametrize("name", WIDE)
def test_rates_between_vifi_and_vifi(lab, name):
    keys, frequency, width, rate = WIDE[name]
    lab.run("iw reg set DE")
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon = access_point(ap, f"country_code=DE\n{keys}{WPA2}")
    station(sta, WPA2_STATION, frequency)
    daemon.wait_for(f"{sta.mac}: connected")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1", 20) == 20 and ap.pings("10.9.0.2", 20) == 20
    assert f"width: {width}" in sta.iw("info")
    for rates in (ap.stations()[sta.mac], sta.stations()[ap.mac]):
        assert rate in rates["tx bitrate"], rates
