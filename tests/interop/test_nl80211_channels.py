# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card that chooses its channel: automatic channel selection, radar (DFS), and what the country allows.

    vifi ap, node "ap" ──)))  (((── node "sta": wpa_supplicant          (((── nodes "busy…": hostapd on channels to avoid

Radar is simulated by debugfs of mac80211_hwsim, which detects it only on radios of one channel. Listening takes its 60 s of virtual
time. Judges: iw, tshark on the recording of hwsim0, wpa_supplicant.
"""
import json

import pytest
from radios import FOLDER

NETWORK = "interface=wlan0\nssid=home\nwpa=2\nwpa_passphrase=interoperable\nrsn_pairwise=CCMP\n"
DFS = NETWORK + "hw_mode=a\ncountry_code=DE\nieee80211d=1\nieee80211h=1\n"
ON_AIR = "the network is on the air"


@pytest.fixture
def air(lab):
    """The machine in Germany. A radio remembers radar, so each test has a new one; the country forgets nothing else."""
    lab.run("iw reg set DE; sleep 0.5")
    yield lab


def channel(node):
    """The channel of an interface by iw: (number, MHz, width)."""
    for line in node.iw("info").splitlines():
        words = line.split()
        if words[0] == "channel":
            return int(words[1]), int(words[2].strip("(")), int(words[5])
    return None


def dfs_states(node):
    """What `iw phy` says about radar: channel -> "usable", "available", "unavailable"."""
    states, number = {}, None
    for line in node.inside(f"iw phy {node.phy} channels").splitlines():
        if line.strip().startswith("*"):
            number = int(line.split("[")[1].split("]")[0])
        elif "DFS state:" in line:
            states[number] = line.split()[2]
    return states


def first(node, asked):
    """The first cause of `vifi why`; None: there is none."""
    causes = json.loads(node.try_inside(f"vifi why -j {asked}").out)["causes"]
    return causes[0]["id"] if causes else None


def station(lab, freqs):
    node = lab.node("sta")
    daemon = node.wpa_supplicant('network={\nssid="home"\npsk="interoperable"\nscan_freq=%s\n}' % " ".join(map(str, freqs)))
    return node, daemon


def radar(node):
    """A radar on the channel to which the radio listens, or on which it is."""
    node.inside(f"sh -c 'mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null; "
                f"echo 1 >/sys/kernel/debug/ieee80211/{node.phy}/hwsim/dfs_simulate_radar'")


def beacons(lab, mark):
    """The channels in MHz on which beacons were sent since then."""
    return {int(freq) for freq in lab.frames("wlan.fc.type_subtype == 8", "radiotap.channel.freq", mark)}


def uptime(lab):
    return float(lab.run("cut -d' ' -f1 /proc/uptime"))


# ---- radar ----

def test_station_follows_away_from_radar(air):
    """A minute of listening without one beacon; then radar, and a move that the station follows."""
    mark = air.mark_air()
    ap = air.node("ap")
    daemon = ap.vifi("ap", DFS + "channel=52\nchanlist=36 52\n", options="-d")
    daemon.wait_for("channel 52 (5260 MHz): listening for radar for 60 s before the network starts")
    begin = uptime(air)
    sta, supplicant = station(air, [5180, 5260])
    air.run("sleep 50", 60)
    assert not beacons(air, mark) and ON_AIR not in daemon.log()
    assert first(ap, "wlan0") == "radar", "it listens"
    daemon.wait_for(ON_AIR)
    assert 59 < uptime(air) - begin < 64
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    assert channel(ap) == (52, 5260, 20) and beacons(air, mark) == {5260}
    radar(ap)
    daemon.wait_for("radar detected on channel 52 (5260 MHz): it may not be used for 30 minutes")
    daemon.wait_for("moved to another channel: channel 36")
    assert first(ap, "wlan0") == "radar", "it has moved"
    assert channel(ap) == (36, 5180, 20)
    mark = air.mark_air()
    air.run("sleep 5")
    assert beacons(air, mark) == {5180}
    assert sta.link()["freq"].startswith("5180") and not supplicant.count("CTRL-EVENT-DISCONNECTED")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    assert dfs_states(ap)[52] == "unavailable"


def test_radar_while_listening(air):
    """The access point has sent nothing on the channel, and listens to another one."""
    mark = air.mark_air()
    ap = air.node("ap")
    daemon = ap.vifi("ap", DFS + "channel=52\nchanlist=52 56\n", options="-d")
    daemon.wait_for("listening for radar, 45 s remain")
    radar(ap)
    daemon.wait_for("radar detected on channel 52")
    daemon.wait_for("channel 56 (5280 MHz): listening for radar for 60 s")
    daemon.wait_for(ON_AIR, seconds=70)
    assert channel(ap) == (56, 5280, 20)
    air.run("sleep 1")
    assert beacons(air, mark) == {5280}


def test_only_channel_has_radar(air):
    """The network is silent for the half hour, and then listens and starts again."""
    ap = air.node("ap")
    daemon = ap.vifi("ap", DFS + "channel=52\nchanlist=52\n", options="-d")
    daemon.wait_for(ON_AIR, seconds=70)
    radar(ap)
    daemon.wait_for("no channel may be used at present")
    daemon.wait_for("the network is off the air")
    air.run("sleep 1")
    assert first(ap, "wlan0") == "radar", "no channel is left"
    mark = air.mark_air()
    air.run("sleep 1700", 1750)
    assert daemon.count(ON_AIR) == 1 and not beacons(air, mark)
    daemon.wait_for("listening for radar for 60 s", times=2, seconds=120)
    assert not beacons(air, mark)
    daemon.wait_for(ON_AIR, times=2, seconds=70)
    air.run("sleep 1")
    assert beacons(air, mark) == {5260} and channel(ap) == (52, 5260, 20)


def test_wide_channel_becomes_narrower(air):
    """80 MHz with radar detection; after the radar the only channel left has 80 MHz without."""
    ap = air.node("ap")
    daemon = ap.vifi("ap", DFS + "channel=52\nieee80211n=1\nieee80211ac=1\nvht_oper_chwidth=1\nchanlist=36-64\n", options="-d")
    daemon.wait_for(ON_AIR, seconds=70)
    assert channel(ap) == (52, 5260, 80)
    radar(ap)
    daemon.wait_for("moved to another channel")
    number, _, width = channel(ap)
    assert number in (36, 40, 44, 48) and width == 80
    states = dfs_states(ap)
    assert [states[n] for n in (52, 56, 60, 64)] == ["unavailable"] * 4


def test_elements_of_spectrum_management(air):
    """tshark reads the capability, the country's limits, the power constraint, the TPC report and the operating class."""
    mark = air.mark_air()
    ap = air.node("ap")
    ap.vifi("ap", DFS + "channel=36\nlocal_pwr_constraint=4\n", options="-d").wait_for(ON_AIR)
    air.run("sleep 1")
    fields = {field: air.frames("wlan.fc.type_subtype == 8", field, mark)[-1]
              for field in ("wlan.fixed.capabilities.spec_man", "wlan.country_info.code", "wlan.country_info.fnm.fcn",
                            "wlan.country_info.fnm.mtpl", "wlan.powercon.local", "wlan.supopeclass.current",
                            "wlan.tag.number", "_ws.malformed")}
    assert fields["wlan.fixed.capabilities.spec_man"] in ("1", "True")
    assert fields["wlan.country_info.code"] == "DE"
    assert fields["wlan.country_info.fnm.fcn"].split(",")[:3] == ["36", "52", "100"]
    assert fields["wlan.country_info.fnm.mtpl"].split(",")[:3] == ["23", "20", "26"]
    assert fields["wlan.powercon.local"] == "4"
    assert "35" in fields["wlan.tag.number"].split(",")  # TPC Report
    assert int(fields["wlan.supopeclass.current"], 0) == 115
    assert not fields["_ws.malformed"]


# ---- what clients of the control socket see ----

def watched(node, conf):
    """vifi ap with a control socket, and the events that hostapd_cli collects. Returns (daemon, events)."""
    folder = f"{FOLDER}/{node.name}-ctrl"
    daemon = node.vifi("ap", conf + f"ctrl_interface={folder}\n", options="-d")
    node.lab.wait(f"[ -S {folder}/wlan0 ]")
    action = f"{FOLDER}/{node.name}-action"
    node.lab.run(f"printf '#!/bin/sh\\necho \"$@\"\\n' >{action}; chmod +x {action}")
    return daemon, node.daemon("hostapd_cli", f"hostapd_cli -p {folder} -i wlan0 -a {action}")


def ask(node, line):
    return node.inside(f"hostapd_cli -p {FOLDER}/{node.name}-ctrl -i wlan0 {line}")


def status(node):
    return dict(line.split("=", 1) for line in ask(node, "status").splitlines() if "=" in line)


def test_events_of_the_way_to_a_network(air):
    """hostapd's events of the choice, the listening and a radar, in their order; the state meanwhile; enabled only on the air."""
    air.node("busy").hostapd("ssid=busy\nhw_mode=a\nchannel=36\ncountry_code=DE\nbeacon_int=50")
    ap = air.node("ap")
    daemon, events = watched(ap, DFS + "channel=0\nacs_num_scans=10\nchanlist=36 52\n")
    assert status(ap)["state"] == "ACS"
    events.wait_for("ACS-COMPLETED freq=5260 channel=52")
    events.wait_for("DFS-CAC-START freq=5260 chan=52 sec_chan=0, width=0, seg0=0, seg1=0, cac_time=60s")
    air.run("sleep 20", 30)
    assert status(ap)["state"] == "DFS" and not events.count("AP-ENABLED")
    events.wait_for("DFS-CAC-COMPLETED success=1 freq=5260", seconds=70)
    events.wait_for("AP-ENABLED")
    assert status(ap)["state"] == "ENABLED" and status(ap)["freq"] == "5260"
    radar(ap)
    events.wait_for("DFS-RADAR-DETECTED freq=5260 ht_enabled=")
    events.wait_for("DFS-NEW-CHANNEL freq=5180 chan=36 sec_chan=0")
    events.wait_for("AP-CSA-FINISHED freq=5180")
    assert not events.count("AP-DISABLED") and daemon.count(ON_AIR) == 1


def test_switch_by_command_listens_first(air):
    """To a channel with radar detection there is no way without listening: the network stops, listens, and starts there."""
    ap = air.node("ap")
    daemon, events = watched(ap, DFS + "channel=36\n")
    daemon.wait_for(ON_AIR)
    # No station yet: at the end of its association the kernel sets back the regulatory domain of the whole machine.
    mark = air.mark_air()
    assert "OK" in ask(ap, "chan_switch 5 5260 ht")
    events.wait_for("DFS-CAC-START freq=5260 chan=52")
    events.wait_for("AP-DISABLED")
    assert status(ap)["state"] == "DFS"
    assert "FAIL" in ask(ap, "chan_switch 5 5180 ht")  # not while it listens
    air.run("sleep 50", 60)
    assert 5260 not in beacons(air, mark)
    events.wait_for("DFS-CAC-COMPLETED success=1 freq=5260")
    events.wait_for("AP-ENABLED")
    sta, supplicant = station(air, [5180, 5260])
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    assert channel(ap)[:2] == (52, 5260) and sta.link()["freq"].startswith("5260")
    # It may leave and come back at once, until the radar.
    assert "OK" in ask(ap, "chan_switch 5 5180 ht")
    events.wait_for("AP-CSA-FINISHED freq=5180")
    assert "OK" in ask(ap, "raw RADAR DETECTED freq=5260 ht_enabled=1 chan_width=1")
    events.wait_for("DFS-RADAR-DETECTED freq=5260 ht_enabled=1 chan_offset=0 chan_width=1 cf1=5260 cf2=0")
    assert "FAIL" in ask(ap, "chan_switch 5 5260 ht")
    assert "may not be used for half an hour" in daemon.log()
    supplicant.wait_for("CTRL-EVENT-CHANNEL-SWITCH freq=5180")
    assert events.count("AP-DISABLED") == 1


# ---- what --check says ----

@pytest.mark.parametrize("lines, says", [
    ("channel=52", ["channel 52 (5260 MHz)", "needs radar detection (DFS): the access point listens for 60 s", "indoors only",
                    "at most 20.0 dBm"]),
    ("channel=36", ["channel 36 (5180 MHz); country DE", "indoors only", "at most 23.0 dBm"]),
    ("channel=120", ["band of weather radars"]),
    ("channel=52\nieee80211h=0", ["needs radar detection (DFS): set ieee80211h=1"]),
    ("channel=0\nchanlist=36 40 100", ["the least interference among 36 40 100*", "5 scans", "* needs radar detection"]),
    ("channel=0\nchanlist=120", ["no channel is left for automatic selection"]),
])
def test_check_prints_the_facts(air, lines, says):
    ap = air.node("ap")
    path = ap.file("check.conf", f"{DFS}{lines}\n")
    done = ap.try_inside(f"vifi ap --check {path}")
    for text in says:
        assert text in done.out, done.out
    assert (done.rc == 0) == ("supports this configuration" in done.out)


def test_driver_without_radar_detection(air):
    """mac80211_hwsim with channel contexts detects no radar."""
    ap = air.node("ap", channels=2)
    done = ap.try_inside(f"vifi ap --check {ap.file('check.conf', DFS + 'channel=52')}")
    assert done.rc and "which the driver of the radio ap does not support for this width" in done.out


# ---- automatic channel selection ----

@pytest.mark.parametrize("channels", [1, 2], ids=["one-channel", "channel-contexts"])
def test_free_channel_is_chosen(air, channels):
    """Networks on 1 and 6: 11 is free. mac80211_hwsim reports the same load for every channel."""
    for number, taken in enumerate((1, 6)):
        air.node(f"busy{number}").hostapd(f"ssid=busy\nhw_mode=g\nchannel={taken}\nbeacon_int=50")
    ap = air.node("ap", channels=channels)
    daemon = ap.vifi("ap", NETWORK + "hw_mode=g\nchannel=acs_survey\nacs_num_scans=2\n", options="-d")
    daemon.wait_for(ON_AIR, seconds=60)
    assert channel(ap)[0] == 11, daemon.log()
    log = daemon.log()
    assert "choosing a channel: 13 candidates, 2 scans to survey them" in log
    assert "choosing a channel: channel 11 (2462 MHz): " in log and "0 other networks" in log and "next is channel" in log
    ap.daemons["vifi-ap"].stop()


def test_automatic_choice_in_the_5ghz_band(air):
    """The whole way: scans, the choice of a channel with radar detection, because the others are taken; listening; the network."""
    air.node("busy").hostapd("ssid=busy\nhw_mode=a\nchannel=36\ncountry_code=DE\nbeacon_int=50")
    ap = air.node("ap")
    daemon = ap.vifi("ap", DFS + "channel=0\nacs_num_scans=1\nchanlist=36 52\n", options="-d")
    daemon.wait_for("choosing a channel: channel 52 (5260 MHz)")
    daemon.wait_for("channel 52 (5260 MHz): listening for radar for 60 s")
    daemon.wait_for(ON_AIR, seconds=70)
    assert channel(ap) == (52, 5260, 20)
    ap.daemons["vifi-ap"].stop()
    daemon = ap.vifi("ap", DFS + "channel=0\nacs_num_scans=1\nchanlist=36 52\nacs_exclude_dfs=1\n", options="-d", name="vifi-ap-exclude")
    daemon.wait_for(ON_AIR)
    assert channel(ap) == (36, 5180, 20)


# ---- what the rules of a country forbid ----

def test_country_that_forbids_the_channel(air):
    """The domain changes under an access point on channel 13; the kernel gives it a minute to leave."""
    ap = air.node("ap")
    daemon = ap.vifi("ap", NETWORK + "hw_mode=g\nchannel=13\n")
    daemon.wait_for(ON_AIR)
    assert first(ap, "wlan0") is None
    air.run("iw reg set US; sleep 75", 90)
    assert first(ap, "wlan0") == "regulatory"
    cause = json.loads(ap.try_inside("vifi why -j wlan0").out)["causes"][0]
    assert "of US forbid channel 13" in cause["sentence"] and any("country=" in line for line in cause["evidence"]), cause


def test_country_that_hides_a_network(air):
    """A neighbour on channel 1 says that it is in Germany; this machine obeys the rules of the USA, without channels 12 and 13."""
    neighbour = air.node("busy")
    neighbour.hostapd("ssid=other\nhw_mode=g\nchannel=1\ncountry_code=DE\nieee80211d=1\n")
    air.run("sleep 1; iw reg set US; sleep 1")
    sta = air.node("sta")
    daemon = sta.vifi("sta", 'network={\nssid="home"\npsk="interoperable"\n}\n')
    air.run("sleep 8")
    assert first(sta, "wlan0") == "regulatory", daemon.log()
    cause = json.loads(sta.try_inside("vifi why -j wlan0").out)["causes"][0]
    assert "announce DE" in cause["sentence"] and "13" in cause["sentence"], cause


def test_country_that_forbids_the_channel_is_logged_once(air):
    """The kernel grants 60 s, then stops the network. It starts again when the country allows the channel again."""
    node = air.node("ap", channels=2)
    daemon = node.vifi("ap", NETWORK + "hw_mode=g\nchannel=13\n", options="-d")
    daemon.wait_for(ON_AIR)
    air.run("iw reg set US; sleep 90", 120)
    assert daemon.count("cannot start the access point") == 1
    assert not daemon.count("cannot set the parameters of the network")
    assert channel(node) is None
    air.run("iw reg set DE")
    daemon.wait_for(ON_AIR, 2)
    assert channel(node)[0] == 13
