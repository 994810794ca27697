# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card that chooses its channel: automatic channel selection, radar (DFS), and what the country allows.

    vifi ap, node "ap" ──)))  (((── node "sta": wpa_supplicant          (((── node "busy": hostapd on the channels to avoid

Radar is simulated by debugfs of mac80211_hwsim, which detects it only on radios of one channel. Listening takes its 60 s of virtual
time. Judges: iw, tshark on the recording of hwsim0, wpa_supplicant.
"""
import pytest

NETWORK = "interface=wlan0\nssid=home\nwpa=2\nwpa_passphrase=interoperable\nrsn_pairwise=CCMP\n"
DFS = NETWORK + "hw_mode=a\ncountry_code=DE\nieee80211d=1\nieee80211h=1\n"
ON_AIR = "the network is on the air"


def channel(node):
    """The channel of an interface by iw: (number, MHz, width), or None."""
    for line in node.iw("info").splitlines():
        words = line.split()
        if words[0] == "channel":
            return int(words[1]), int(words[2].strip("(")), int(words[5])
    return None


def station(lab, freqs, name="sta"):
    node = lab.node(name, channels=1)
    daemon = node.wpa_supplicant('country=DE\nnetwork={\nssid="home"\npsk="interoperable"\nscan_freq=%s\n}' % " ".join(map(str, freqs)))
    return node, daemon


def radar(lab, node):
    node.inside(f"sh -c 'mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null; echo 1 >/sys/kernel/debug/ieee80211/{node.phy}/hwsim/dfs_simulate_radar'")


def beacons(lab, mark):
    """The channels in MHz on which beacons were sent since then."""
    return {int(freq) for freq in lab.frames("wlan.fc.type_subtype == 8", "radiotap.channel.freq", mark)}


def test_network_starts_after_a_minute_of_listening(lab):
    """… and not one beacon before; a station that is connected follows away from radar."""
    lab.run("iw reg set DE; sleep 0.5")
    mark = lab.mark_air()
    ap = lab.node("ap")
    daemon = ap.vifi("ap", DFS + "channel=52\nchanlist=36 52\n", options="-d")
    daemon.wait_for("listening for radar for 60 s before the network starts")
    begin = float(lab.run("cut -d' ' -f1 /proc/uptime"))
    sta, supplicant = station(lab, [5180, 5260])
    lab.run("sleep 50", 60)
    assert not beacons(lab, mark) and ON_AIR not in daemon.log()
    daemon.wait_for(ON_AIR)
    waited = float(lab.run("cut -d' ' -f1 /proc/uptime")) - begin
    assert 59 < waited < 63, waited
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    assert channel(ap) == (52, 5260, 20) and beacons(lab, mark) == {5260}
    radar(lab, ap)
    daemon.wait_for("radar detected on channel 52 (5260 MHz): it may not be used for 30 minutes")
    daemon.wait_for("moved to another channel: channel 36")
    assert channel(ap) == (36, 5180, 20)
    lab.run("sleep 2")
    assert sta.link()["freq"].startswith("5180") and not supplicant.count("CTRL-EVENT-DISCONNECTED")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    mark = lab.mark_air()
    lab.run("sleep 5")
    assert beacons(lab, mark) == {5180}
    assert "DFS state: unavailable" in ap.inside("iw phy ap channels")
