# SPDX-License-Identifier: GPL-2.0-or-later
"""WPA3-Personal: `vifi ap` and `vifi sta` on cards, with hostapd 2.10, wpa_supplicant 2.10 and iwd at the other end."""
import pytest

KERNEL = "6.12"
AP = "ssid=home\nhw_mode=g\nchannel=6\nwpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=SAE\nieee80211w=2\n"
PASSWORD = "sae_password=interoperable\n"
STATION = 'ssid="home"\nkey_mgmt=SAE\nieee80211w=2\nscan_freq=2437\n'

# name: keys of hostapd.conf, global keys and block of wpa_supplicant.conf, group, hash to element
CASES = {
    "hunting": ("sae_pwe=0\n", "sae_pwe=0\n", 'sae_password="interoperable"\n', 19, 0),
    "hashed": ("sae_pwe=1\n", "sae_pwe=1\n", 'sae_password="interoperable"\n', 19, 1),
    "both": ("sae_pwe=2\n", "sae_pwe=2\n", 'psk="interoperable"\n', 19, 1),
    "hunting-20": ("sae_groups=20\n", "sae_pwe=0\nsae_groups=20\n", 'sae_password="interoperable"\n', 20, 0),
    "hashed-21": ("sae_pwe=1\nsae_groups=21\n", "sae_pwe=1\nsae_groups=21\n", 'sae_password="interoperable"\n', 21, 1),
    "next-group": ("sae_pwe=2\nsae_groups=19 20\n", "sae_pwe=2\nsae_groups=21 20\n", 'sae_password="interoperable"\n', 20, 1),
    "token": ("sae_pwe=2\nsae_anti_clogging_threshold=0\n", "sae_pwe=0\n", 'sae_password="interoperable"\n', 19, 0),
    "token-hashed": ("sae_pwe=1\nsae_anti_clogging_threshold=0\n", "sae_pwe=1\n", 'sae_password="interoperable"\n', 19, 1),
    "identifier": ("sae_pwe=2\nsae_password=of guests|id=guest\n", "sae_pwe=2\n",
                   'sae_password="of guests"\nsae_password_id="guest"\n', 19, 1),
    "confirm-immediate": ("sae_confirm_immediate=1\n", "sae_pwe=0\n", 'sae_password="interoperable"\n', 19, 0),
}


def network(lines, common=""):
    return f"{common}network={{\n{STATION}{lines}}}\n"


def reach(ap, sta):
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    sta.lab.wait(f"ip netns exec {sta.name} ping -n -q -c 1 -W 1 10.9.0.1 >/dev/null 2>&1", 20)


def vifi_ap(lab, keys):
    node = lab.node("ap", channels=2)
    daemon = node.vifi("ap", "interface=wlan0\n" + keys, options="-d")
    daemon.wait_for("the network is on the air")
    return node, daemon


@pytest.mark.parametrize("name", CASES)
def test_wpa_supplicant_reaches_vifi_ap(lab, name):
    keys, common, lines, group, hashed = CASES[name]
    ap, daemon = vifi_ap(lab, AP + PASSWORD + keys)
    sta = lab.node("sta", channels=2)
    peer = sta.wpa_supplicant(network(lines, common))
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    reach(ap, sta)
    status = dict(line.split("=", 1) for line in peer.cli("status").splitlines() if "=" in line)
    assert (status["key_mgmt"], status["sae_group"], status["sae_h2e"], status["pmf"]) == ("SAE", str(group), str(hashed), "2")


@pytest.mark.parametrize("name", CASES)
def test_vifi_sta_reaches_hostapd(lab, name):
    keys, common, lines, group, hashed = CASES[name]
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    peer = ap.hostapd(AP + PASSWORD + keys)
    daemon = sta.vifi("sta", network(lines, common), options="-d -i wlan0")
    daemon.wait_for("connected: keys are installed")
    reach(ap, sta)
    shown = peer.cli(f"sta {sta.mac}")
    assert f"sae_group={group}" in shown and "AKMSuiteSelector=00-0f-ac-8" in shown and "[MFP]" in shown


def test_iwd_reaches_vifi_ap(lab):
    ap, daemon = vifi_ap(lab, AP + PASSWORD + "sae_pwe=2\n")
    sta = lab.node("sta", channels=2)
    sta.iwd({"home": "interoperable"})
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    reach(ap, sta)


def test_vifi_reaches_vifi(lab):
    """tshark reads the frames: authentication algorithm 3, group 19, status 126 of hash to element."""
    mark = lab.mark_air()
    ap, daemon = vifi_ap(lab, AP + PASSWORD + "sae_pwe=2\n")
    sta = lab.node("sta", channels=2)
    sta.vifi("sta", network('sae_password="interoperable"\n'), options="-d -i wlan0").wait_for("connected: keys are installed")
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    reach(ap, sta)
    assert set(lab.frames("wlan.fixed.auth.alg == 3 && wlan.fixed.auth_seq == 1", "wlan.fixed.finite_cyclic_group", mark)) <= {"19", "0x0013"}
    assert set(lab.frames("wlan.fixed.auth.alg == 3 && wlan.fixed.auth_seq == 1", "wlan.fixed.status_code", mark)) <= {"126", "0x007e"}
    assert lab.frames("wlan.fc.type_subtype == 8 && wlan.tag.number == 244", "wlan.ta", mark)
    assert not lab.frames("data.len && wlan.fc.type == 2 && wlan.fc.protected == 0 && !eapol", "wlan.ta", mark)


def test_transition_mode(lab):
    """One network, a station of WPA2 and one of WPA3."""
    ap, daemon = vifi_ap(lab, AP.replace("SAE", "WPA-PSK SAE").replace("11w=2", "11w=1") + "wpa_passphrase=interoperable\nsae_pwe=2\n")
    new, old = lab.node("sta", channels=2), lab.node("old", channels=2)
    first = new.wpa_supplicant('sae_pwe=2\nnetwork={\nssid="home"\nkey_mgmt=WPA-PSK SAE\npsk="interoperable"\nieee80211w=1\nscan_freq=2437\n}\n')
    second = old.wpa_supplicant('network={\nssid="home"\npsk="interoperable"\nscan_freq=2437\n}\n')
    for node in (new, old):
        daemon.wait_for(f"{node.mac}: connected: keys are installed")
    assert "key_mgmt=SAE" in first.cli("status") and "key_mgmt=WPA2-PSK" in second.cli("status")


def test_pmksa_is_used_again(lab):
    """The second association needs no SAE: an open authentication, and the PMKID."""
    ap, daemon = vifi_ap(lab, AP + PASSWORD)
    sta = lab.node("sta", channels=2)
    peer = sta.wpa_supplicant(network('sae_password="interoperable"\n'))
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    peer.cli("disconnect")
    daemon.wait_for(f"{sta.mac}: disconnected")
    mark = lab.mark_air()
    peer.cli("reconnect")
    daemon.wait_for(f"{sta.mac}: connected: keys are installed", times=2)
    assert set(lab.frames("wlan.fc.type_subtype == 11", "wlan.fixed.auth.alg", mark)) == {"0"}


def test_wrong_password_is_named_by_vifi_ap(lab):
    ap, daemon = vifi_ap(lab, AP + PASSWORD)
    sta = lab.node("sta", channels=2)
    sta.wpa_supplicant(network('sae_password="something else"\n'))
    daemon.wait_for(f"{sta.mac}: the passphrases differ")


def test_wrong_password_is_named_by_vifi_sta(lab):
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    ap.hostapd(AP + PASSWORD)
    sta.vifi("sta", network('sae_password="something else"\n'), options="-d -i wlan0").wait_for("the passphrases differ")


OWE = AP.replace("SAE", "OWE")
OPEN_STATION = 'network={\nssid="home"\nkey_mgmt=OWE\nieee80211w=2\nscan_freq=2437\n}\n'


def test_wpa_supplicant_reaches_vifi_ap_by_owe(lab):
    ap, daemon = vifi_ap(lab, OWE)
    sta = lab.node("sta", channels=2)
    peer = sta.wpa_supplicant(OPEN_STATION)
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    reach(ap, sta)
    assert "key_mgmt=OWE" in peer.cli("status")


def test_vifi_sta_reaches_hostapd_by_owe(lab):
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    peer = ap.hostapd(OWE)
    sta.vifi("sta", OPEN_STATION, options="-d -i wlan0").wait_for("connected: keys are installed")
    reach(ap, sta)
    assert "AKMSuiteSelector=00-0f-ac-18" in peer.cli(f"sta {sta.mac}")


def test_iwd_reaches_vifi_ap_by_owe(lab):
    ap, daemon = vifi_ap(lab, OWE)
    sta = lab.node("sta", channels=2)
    sta.iwd({"home": None})
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    reach(ap, sta)
    assert ap.stations()[sta.mac]["MFP"] == "yes"
