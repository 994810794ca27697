# SPDX-License-Identifier: GPL-2.0-or-later
"""Operating channel validation (IEEE 802.11-2020, 12.2.9): `vifi ap` and `vifi sta` on cards, with hostapd and wpa_supplicant 2.10
at the other end, which refuse each frame whose information is missing or does not fit. Wrong information is a matter of
tests/unit/test_handshake_ocv.c and test_oci.c."""
import pytest
from radios import FOLDER
from test_sae import reach

PSK = "ssid=home\nwpa=2\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\nwpa_key_mgmt=WPA-PSK\n"
STATION = 'network={{\nssid="home"\npsk="interoperable"\nkey_mgmt=WPA-PSK\nieee80211w=1\nocv={}\n}}\n'

CHANNELS = {"20": "hw_mode=g\nchannel=6\n",
            "80": "hw_mode=a\nchannel=36\ncountry_code=US\nieee80211n=1\nieee80211ac=1\nwmm_enabled=1\nht_capab=[HT40+]\n"
                  "vht_oper_chwidth=1\nvht_oper_centr_freq_seg0_idx=42\n"}


def connect(lab, keys, vifi_is_ap, ocv=1):
    if vifi_is_ap:
        ap, sta = lab.node("ap"), lab.node("sta")  # without channel contexts, with which hwsim refuses to switch
        daemon = ap.vifi("ap", "interface=wlan0\n" + keys, options="-d")
        daemon.wait_for("the network is on the air")
        peer = sta.wpa_supplicant(STATION.format(ocv))
        daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    else:
        ap, sta = lab.node("ap"), lab.node("sta")
        peer = ap.hostapd(keys)
        daemon = sta.vifi("sta", STATION.format(ocv), options="-d -i wlan0")
        daemon.wait_for("connected: keys are installed")
    reach(ap, sta)
    return ap, sta, peer, daemon


@pytest.mark.parametrize("vifi_is_ap", [True, False])
@pytest.mark.parametrize("channel", CHANNELS)
def test_handshakes_are_validated(lab, channel, vifi_is_ap):
    """ocv=1 turns the access point's PMF on, and the group keys change without a failure. wpa_supplicant 2.10 needs ieee80211w=1."""
    ap, sta, peer, daemon = connect(lab, PSK + CHANNELS[channel] + "ocv=1\n" + "wpa_group_rekey=5\n", vifi_is_ap)
    if vifi_is_ap:
        assert "pmf=1" in peer.cli("status")
    daemon.wait_for("new group keys", times=2)
    reach(ap, sta)
    assert "OCV" not in peer.log() and "ocv)" not in daemon.log()
    requests = lab.frames("wlan.fc.type_subtype == 0", "wlan.rsn.capabilities")
    assert requests and all(int(value, 0) & 0x4000 for value in requests)


@pytest.mark.parametrize("vifi_is_ap", [True, False])
def test_peer_without_it_is_welcome(lab, vifi_is_ap):
    """Not both ends have it: it is not used."""
    keys = PSK + CHANNELS["20"] + ("ocv=1\n" if vifi_is_ap else "ieee80211w=1\n")
    connect(lab, keys, vifi_is_ap, ocv=0 if vifi_is_ap else 1)


@pytest.mark.parametrize("vifi_is_ap", [True, False])
def test_station_proves_its_channel_after_a_move(lab, vifi_is_ap):
    """It begins an SA Query there; without one the access point ends the association after 15 seconds."""
    keys = PSK + CHANNELS["20"] + "ocv=1\n"
    ap, sta, peer, daemon = connect(lab, keys + (f"ctrl_interface={FOLDER}/ctrl\n" if vifi_is_ap else ""), vifi_is_ap)
    mark = lab.mark_air()
    client = f"hostapd_cli -p {FOLDER}/ctrl -i wlan0" if vifi_is_ap else peer.client
    assert "OK" in ap.inside(f"{client} chan_switch 5 2462")
    lab.run("sleep 20", 60)  # on the machine's virtual time
    reach(ap, sta)
    assert not lab.frames("wlan.fc.type_subtype == 12", "wlan.sa", mark)
    assert "OCV" not in peer.log() and "ocv)" not in daemon.log()
