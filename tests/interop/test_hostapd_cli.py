# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card of mac80211, driven by stock hostapd_cli, with stock wpa_supplicant as its stations:

    hostapd_cli ── /run/ctrl/wlan0 ──┐
    wpa_cli -g ─── /run/ctrl-global ─┤
                                  vifi ap wlan0 ))) (((── wpa_supplicant wlan0, namespaces s0, s1

wpa_cli -g sends commands to any global control socket. All waiting times are virtual: bed.py.
"""
import pytest
from bed import BUILD
from conftest import booted
from test_nl80211_ap import FOLDER, PASSPHRASE, Card

CLI = "hostapd_cli -p /run/ctrl -i wlan0"
CONF = "ctrl_interface=/run/ctrl\nssid=home\nchannel=1\nwpa=2\nrsn_pairwise=CCMP\n"
STATION = "02:00:00:00:01:00"
OTHER = "02:00:00:00:02:00"


@pytest.fixture(scope="module")
def machine():
    with booted("hostapd-cli", [BUILD / "vifi"], {}) as running:
        yield running


@pytest.fixture(scope="module")
def loaded(machine):
    card = Card(machine)
    card.load(2)
    return card


@pytest.fixture
def card(loaded, request):
    request.config.vifi_world = loaded
    yield loaded
    loaded.stop()


@pytest.fixture
def network(card):
    card.start(CONF + f"wpa_passphrase={PASSPHRASE}")
    return card


def start_global(card):
    card.stop()
    card.run(f"mkdir -p {FOLDER}; rm -f /run/ctrl-global; vifi ap --global /run/ctrl-global -d >{FOLDER}/ap.log 2>&1 & echo $! >{FOLDER}/ap.pid")
    card.running = True
    card.wait("wpa_cli -g /run/ctrl-global raw PING | grep -q PONG")


def ask(card, command):
    return card.run(f"wpa_cli -g /run/ctrl-global raw {command}")


def test_status_and_stations_are_shown(network):
    network.station()
    status = network.run(f"{CLI} status")
    for line in ("state=ENABLED", "freq=2412", "channel=1", "bss[0]=wlan0", "bssid[0]=02:00:00:00:00:00", "ssid[0]=home", "num_sta[0]=1"):
        assert line in status.splitlines(), status
    station = network.run(f"{CLI} all_sta")
    assert station.splitlines()[0] == STATION
    assert "flags=[AUTH][ASSOC][AUTHORIZED][WMM]" in station and "AKMSuiteSelector=00-0f-ac-2" in station
    assert network.run(f"{CLI} sta {OTHER}; true").strip() == "FAIL"
    network.run("vifi ap stations --control /run/ctrl -j | grep -q " + STATION)
    assert "ssid[0]" in network.run("vifi ap status --control /run/ctrl --json")


def test_commands_of_the_operator(network):
    network.station()
    assert "OK" in network.run(f"{CLI} deauthenticate {STATION}")
    network.logged("disconnected", 1)
    network.logged("4-way handshake complete", 2)
    network.completed()
    gone = network.try_run(f"vifi ap deauth --control /run/ctrl {OTHER} 2>&1")
    assert gone.rc == 1 and f"the access point has no station {OTHER}" in gone.out
    network.run(f"vifi ap deauth --control /run/ctrl {STATION}")
    network.logged("disconnected", 2)
    network.logged("4-way handshake complete", 3)
    network.completed()
    assert "OK" in network.run(f"{CLI} raw REKEY_GTK")
    network.logged("new group keys")
    assert "OK" in network.run(f"{CLI} deny_acl ADD_MAC {STATION}")
    network.logged("disconnected", 3)
    assert STATION in network.run(f"{CLI} deny_acl SHOW")
    assert "OK" in network.run(f"{CLI} deny_acl CLEAR")
    network.completed(seconds=60)
    assert "UNKNOWN COMMAND" in network.run(f"{CLI} raw NONSENSE; true")


def test_actions_run_for_events(network):
    network.file(f"{FOLDER}/action", f"#!/bin/sh\necho \"$@\" >>{FOLDER}/events\n")
    network.run(f"chmod +x {FOLDER}/action; rm -f {FOLDER}/events; {CLI} -B -a {FOLDER}/action -P {FOLDER}/cli.pid")
    network.station()
    network.wait(f"grep -q 'wlan0 AP-STA-CONNECTED {STATION}' {FOLDER}/events")
    network.run(f"{CLI} deauthenticate {STATION}")
    network.wait(f"grep -q 'wlan0 AP-STA-DISCONNECTED {STATION}' {FOLDER}/events")
    network.run(f"kill $(cat {FOLDER}/cli.pid)")


def test_interactive_client(network):
    output = network.run(f"(sleep 1; echo ping; echo status; sleep 1; echo quit) | {CLI}")
    assert "PONG" in output and "state=ENABLED" in output


def reload(card, conf):
    card.file(f"{FOLDER}/ap.conf", f"interface=wlan0\nbeacon_int=100\n{conf}\n")
    before = card.log().count("reloaded") + card.log().count("nothing was changed")
    card.run(f"kill -HUP $(cat {FOLDER}/ap.pid)")
    card.wait(f"[ $(grep -cE 'reloaded|nothing was changed' {FOLDER}/ap.log) -gt {before} ]")


def test_reload_keeps_stations_under_ping(network):
    network.station()
    network.addresses(0)
    network.ping()
    network.run(f"ip netns exec s0 ping -n -q -i 0.05 -c 200 10.3.0.1 >{FOLDER}/ping 2>&1 & true")
    network.run("sleep 2")
    reload(network, CONF + f"wpa_passphrase={PASSPHRASE}\nmax_num_sta=1\nwpa_group_rekey=3600\nap_max_inactivity=60")
    network.wait(f"grep -q 'packet loss' {FOLDER}/ping")
    assert " 0% packet loss" in network.run(f"cat {FOLDER}/ping")
    assert "disconnected" not in network.log()
    network.station(1, wait=False)  # the new limit
    network.logged("max_num_sta stations are already associated")


def test_reload_removes_whom_the_file_refuses(network):
    network.station(0)
    network.station(1)
    network.file(f"{FOLDER}/deny", OTHER + "\n")
    reload(network, CONF + f"wpa_passphrase={PASSPHRASE}\ndeny_mac_file={FOLDER}/deny")
    network.logged(f"{OTHER}: disconnected")
    assert f"{STATION}: disconnected" not in network.log()
    reload(network, CONF + "wpa_passphrase=another phrase")
    network.logged(f"{STATION}: disconnected")


def test_file_with_a_mistake_changes_nothing(network):
    network.station()
    reload(network, CONF + "wpa_passphrase=short")
    assert "nothing was changed" in network.log() and "ap.conf:" in network.log()
    network.run(f"! vifi ap reload --control /run/ctrl 2>{FOLDER}/refusal")
    assert "ap.conf:8: the passphrase has 5 characters" in network.run(f"cat {FOLDER}/refusal")
    assert "disconnected" not in network.log()
    assert "num_sta[0]=1" in network.run(f"{CLI} status")


def test_networks_come_and_go_by_the_global_socket(card):
    start_global(card)
    assert ask(card, "INTERFACES").strip() == ""
    assert "OK" in ask(card, "ADD wlan0 /run/ctrl")
    for setting in ("wpa_passphrase wrong", "no_such_key 1", "wpa 9"):
        assert "FAIL" in card.run(f"{CLI} set {setting}; true")
    for setting in (f"wpa_passphrase {PASSPHRASE}", "wpa 2", "driver nl80211", "channel 1", "hw_mode g", "ssid home", "rsn_pairwise CCMP"):
        assert "OK" in card.run(f"{CLI} set {setting}"), setting
    assert "state=UNINITIALIZED" in card.run(f"{CLI} status")
    assert "OK" in card.run(f"{CLI} enable")
    card.on_air()
    card.station()
    assert ask(card, "INTERFACES").split() == ["wlan0"]
    assert "PONG" in ask(card, "IFNAME=wlan0 PING")
    lines = {line for line in card.run(f"{CLI} status").splitlines() if line.startswith(("bssid[", "ssid["))}
    assert len(lines) == 2
    assert "OK" in card.run(f"{CLI} disable")
    assert lines < set(card.run(f"{CLI} status").splitlines())
    assert "OK" in card.run(f"{CLI} enable")
    card.completed(seconds=60)
    assert "OK" in ask(card, "REMOVE wlan0")
    assert "FAIL" in ask(card, "REMOVE wlan0")
    card.run("[ ! -e /run/ctrl/wlan0 ]")
    assert "type managed" in card.run("iw dev wlan0 info")
    assert "OK" in ask(card, "TERMINATE")
    card.wait(f"! kill -0 $(cat {FOLDER}/ap.pid) 2>/dev/null")
    card.run("[ ! -e /run/ctrl-global ]")
    card.running = False


def test_stations_follow_a_channel_switch_by_command(card):
    card.load(1)  # with channel contexts this kernel's mac80211_hwsim cannot switch
    card.start(CONF + f"wpa_passphrase={PASSPHRASE}")
    network = card
    network.station()
    assert "OK" in network.run(f"{CLI} chan_switch 5 2437")
    network.logged("moved to another channel")
    network.wait("iw dev wlan0 info | grep -q 2437")
    assert "freq=2437" in network.run(f"{CLI} status")
    network.addresses(0)
    network.ping()
    assert "disconnected" not in network.log()
