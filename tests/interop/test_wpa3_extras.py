# SPDX-License-Identifier: GPL-2.0-or-later
"""OWE, beacon protection, and ciphers in every allowed mix: `vifi ap` and `vifi sta` on cards, with hostapd and wpa_supplicant
2.10 at the other end."""
import pytest
from test_sae import OPEN_STATION, OWE, reach, vifi_ap

KERNEL = "6.12"
PSK = "ssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=interoperable\nwpa_key_mgmt=WPA-PSK-SHA256\nieee80211w=2\n"
PSK_STATION = 'network={{\nssid="home"\npsk="interoperable"\nkey_mgmt=WPA-PSK-SHA256\nieee80211w=2\nscan_freq=2437\n{}}}\n'

# pairwise, group, group management
MIXES = [("CCMP", "CCMP", "BIP-CMAC-256"), ("GCMP", "CCMP", "BIP-GMAC-128"), ("CCMP-256", "CCMP-256", "BIP-GMAC-256"),
         ("GCMP-256", "GCMP-256", "BIP-GMAC-256"), ("GCMP-256", "CCMP", "AES-128-CMAC"), ("GCMP-256", "CCMP-256", "BIP-CMAC-256"),
         ("CCMP-256", "GCMP", "BIP-GMAC-128")]


def both(lab, keys, block, vifi_is_ap):
    """An access point and a station of the two programs; returns the peer of hostap."""
    if vifi_is_ap:
        ap, daemon = vifi_ap(lab, keys)
        sta = lab.node("sta", channels=2)
        peer = sta.wpa_supplicant(block)
        daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    else:
        ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
        peer = ap.hostapd(keys)
        sta.vifi("sta", block, options="-d -i wlan0").wait_for("connected: keys are installed")
    reach(ap, sta)
    return peer


@pytest.mark.parametrize("vifi_is_ap", [True, False])
@pytest.mark.parametrize("group", [19, 20, 21])
def test_owe_with_each_group(lab, group, vifi_is_ap):
    block = OPEN_STATION.replace("}\n", f"owe_group={group}\n}}\n")
    both(lab, OWE + f"owe_groups={group}\n", block, vifi_is_ap)


@pytest.mark.parametrize("vifi_is_ap", [True, False])
@pytest.mark.parametrize("mix", MIXES, ids="-".join)
def test_ciphers_mix(lab, mix, vifi_is_ap):
    pairwise, group, management = mix
    keys = PSK + f"rsn_pairwise={pairwise}\ngroup_cipher={group}\ngroup_mgmt_cipher={management}\n"
    both(lab, keys, PSK_STATION.format(f"pairwise={pairwise}\ngroup={group}\ngroup_mgmt={management}\n"), vifi_is_ap)


@pytest.mark.parametrize("vifi_is_ap", [True, False])
def test_beacons_are_protected(lab, vifi_is_ap):
    """A station drops what it cannot verify, and after some seconds without a beacon its access point."""
    peer = both(lab, PSK + "rsn_pairwise=CCMP\nbeacon_prot=1\n", PSK_STATION.format("beacon_prot=1\n"), vifi_is_ap)
    lab.run("sleep 15", 30)
    wanted = "wpa_state=COMPLETED" if vifi_is_ap else "flags=[AUTH][ASSOC][AUTHORIZED]"
    assert wanted in peer.cli("status" if vifi_is_ap else "all_sta")
