# SPDX-License-Identifier: GPL-2.0-or-later
"""4-address mode over the virtual air; mac80211, hostapd and wpa_supplicant judge each end, by `vifi air hwsim`.

    guest ── br0 ── station, 4 addresses ))) vifi air ((( access point, wds_sta=1 ── br0, 10.8.0.1
"""
import pytest
from test_air_hwsim import hwsim, medium  # noqa: F401 (a fixture)
from test_nl80211_vlan import bridge_with_guest, guest  # noqa: F401

KERNEL = "6.12"
SOCKET = "/run/lab/air-socket"
NETWORK = "ssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_ptk_rekey=5\nwpa_passphrase=interoperable\nbridge=br0\n"
PROFILE = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2437\n}\n'
VIFI = f"-d --air {SOCKET}"


def access_point(lab, medium, kind, wds=True):  # noqa: F811
    conf = NETWORK + ("wds_sta=1\n" if wds else "")
    ap = lab.node("ap", taken_from=medium) if kind == "kernel" else lab.node("ap", radio=False)
    ap.inside("ip link add br0 type bridge")
    ap.inside("ip link set br0 up")
    if kind == "kernel":
        ap.hostapd(conf)
    else:
        ap.vifi("ap", "interface=ap0\n" + conf, options=VIFI).wait_for("the network is on the air")
    ap.address("10.8.0.1/24", "br0")
    return ap


def station(lab, medium, kind):  # noqa: F811
    if kind == "kernel":
        sta = lab.node("sta", taken_from=medium)
        bridge_with_guest(sta)
        return sta.wpa_supplicant(PROFILE, options="-b br0")
    sta = lab.node("sta", radio=False)
    bridge_with_guest(sta, port=False)
    return sta.vifi("sta", PROFILE, options=f"{VIFI} -i wlan0 -b br0")


@pytest.mark.parametrize("ap_kind,sta_kind", [("vifi", "kernel"), ("kernel", "vifi"), ("vifi", "vifi")])
def test_guest_behind_a_four_address_station(lab, medium, guest, ap_kind, sta_kind):  # noqa: F811
    """The guest is reached with its own MAC address, in both directions, after rekeys, and by broadcasts."""
    names = [name for name, kind in (("ap", ap_kind), ("sta", sta_kind)) if kind == "kernel"]
    if names:
        hwsim(medium, *names, options="--addr 02:00:00:00:00:01")
    ap = access_point(lab, medium, ap_kind)
    daemon = station(lab, medium, sta_kind)
    daemon.wait_for("CTRL-EVENT-CONNECTED" if sta_kind == "kernel" else "connected: keys are installed", seconds=60)
    lab.run("sleep 12")  # two pairwise rekeys
    assert lab.pings(guest, "10.8.0.1", 5, 40) >= 4
    assert "02:99:00:00:00:01" in ap.inside("ip neigh show 10.8.0.9")
    ap.inside("ip neigh flush dev br0")  # the next request is a broadcast to the guest
    assert lab.pings("ap", "10.8.0.9", 5, 40) >= 4
    assert "does not accept it" not in daemon.log()


def test_vifi_sta_says_that_four_addresses_are_refused(lab, medium, guest):  # noqa: F811
    """hostapd without wds_sta: group frames with three addresses, and no answer."""
    hwsim(medium, "ap", options="--addr 02:00:00:00:00:01")
    ap = access_point(lab, medium, "kernel", wds=False)
    daemon = station(lab, medium, "vifi")
    daemon.wait_for("connected: keys are installed", seconds=60)
    lab.try_run(f"ip netns exec {guest} ping -c 8 -W 1 10.8.0.1", 40)
    ap.try_inside("ping -c 8 -W 1 10.8.0.77", 40)
    daemon.wait_for("no answer in 4-address mode: the access point does not accept it", seconds=40)
