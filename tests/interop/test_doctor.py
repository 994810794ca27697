# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi doctor` on radios of mac80211: its facts are those of iw, ethtool and rfkill, its findings those that a test provokes."""
import json
import re

import pytest


@pytest.fixture(name="card")
def _card(lab):
    return lab.node("card")


def doctor(node):
    """The only card of a node, and the finding of each id that needs attention."""
    report = json.loads(node.try_inside("vifi doctor -j").out)
    assert len(report["cards"]) == 1
    card = report["cards"][0]
    return card, {f["id"]: f for f in card["findings"] if f["level"] != "ok"}


def first(node, asked):
    """The first cause of `vifi why`."""
    return json.loads(node.try_inside(f"vifi why -j {asked}").out)["causes"][0]["id"]


def test_facts_are_those_of_iw(card):
    facts, _ = doctor(card)
    info = card.inside("iw phy card info")
    modes = re.search(r"Supported interface modes:\n((?:\t\t \* .*\n)+)", info)[1].split("*")[1:]
    assert len(facts["modes"]) == len(modes) and ("access point" in facts["modes"]) == any(m.split() == ["AP"] for m in modes)
    ciphers = re.search(r"Supported Ciphers:\n((?:\t\t\* .*\n)+)", info)[1].count("*")
    assert len(facts["ciphers"]) == ciphers
    enabled = [line for line in re.findall(r"\* (\d+)(?:\.\d)? MHz \[\d+\](.*)", info)]
    low = [rest for freq, rest in enabled if int(freq) < 2500 and "disabled" not in rest]
    band = next(b for b in facts["bands"] if b["band"] == "2.4 GHz")
    assert band["channels"] == len(low) and band["access_point"] == sum("no IR" not in r and "radar" not in r for r in low)
    assert facts["interface"] == "wlan0" and facts["radio"] == "card" and facts["address"] == card.mac
    assert facts["driver"] == "mac80211_hwsim" and facts["mode"] == "station" and not facts["up"]
    country = re.search(r"country (\w\w)", card.inside("iw reg get"))[1]
    assert facts["country"] == country


def test_switched_off_radio_is_an_obstacle(card):
    switch = "for r in /sys/class/ieee80211/card/rfkill*/soft; do echo %d >$r; done"
    card.inside(f"sh -c '{switch % 1}'")
    try:
        facts, found = doctor(card)
        text = card.try_inside("vifi doctor")
        assert first(card, "wlan0") == "rfkill"
    finally:
        card.inside(f"sh -c '{switch % 0}'")
    assert facts["rfkill"] == {"soft": True, "hard": False} and found["rfkill"]["level"] == "fail"
    assert text.rc == 1 and "PROBLEM rfkill: The radio is off" in text.out and "rfkill unblock wifi" in text.out
    assert "rfkill" not in doctor(card)[1]
    assert first(card, "wlan0") == "process", "no program of vifi uses the card"


def test_address_that_was_changed_is_noted(card):
    card.inside("ip link set wlan0 address 02:aa:bb:cc:dd:ee")
    facts, found = doctor(card)
    assert facts["address"] == "02:aa:bb:cc:dd:ee" and facts["permanent_address"] == card.mac
    assert card.mac in found["address"]["sentence"]


def test_world_domain_is_a_warning_and_a_country_is_none(lab):
    world = lab.node("world")
    facts, found = doctor(world)
    assert facts["country"] == "00" and found["regulatory"]["level"] == "warn"


def test_programs_that_use_the_card_are_named(card):
    daemon = card.hostapd("ssid=home\nhw_mode=g\nchannel=1")
    facts, found = doctor(card)
    assert facts["mode"] == "access point" and facts["freq_mhz"] == 2412 and facts["up"]
    assert [o["program"] for o in facts["owners"]] == ["hostapd"] and "hostapd" in found["owner"]["sentence"]
    assert first(card, "wlan0") == "owner"
    daemon.stop()
    assert doctor(card)[0]["owners"] == []


def test_vifi_in_the_place_of_hostapd_is_named(card):
    daemon = card.vifi("ap", "interface={device}\ndriver=nl80211\nctrl_interface=/var/run/hostapd\nssid=home\nhw_mode=g\nchannel=1")
    card.lab.wait("[ -S /run/hostapd/wlan0 ]")
    assert doctor(card)[0]["owners"] == [{"program": "vifi ap", "certain": True}]
    daemon.stop()
    assert doctor(card)[0]["owners"] == []


def test_socket_whose_process_has_ended_and_other_networks_say_nothing(card):
    """The file of a killed hostapd stays; and one that runs in another network namespace has nothing to do with this card."""
    daemon = card.hostapd("ctrl_interface=/run/hostapd\nssid=home\nhw_mode=g\nchannel=1")
    assert doctor(card)[0]["owners"] == [{"program": "hostapd", "certain": True}]
    daemon.kill()
    assert "wlan0" in card.inside("ls /run/hostapd") and doctor(card)[0]["owners"] == []
    card.inside("rm -r /run/hostapd")
    process = card.lab.run("cp /bin/dash /tmp/iwd; /tmp/iwd -c 'sleep 60; :' >/dev/null 2>&1 </dev/null & echo $!").strip()
    assert doctor(card)[0]["owners"] == []
    card.lab.run(f"kill {process}; rm /tmp/iwd")


def test_network_manager_is_named_where_it_runs(card):
    """By its file about the device, while a process of that name runs in the network namespace of the card."""
    name = "/run/NetworkManager/devices/$(cat /sys/class/net/wlan0/ifindex)"
    card.inside(f"sh -c 'mkdir -p /run/NetworkManager/devices; printf \"[device]\\nmanaged=true\\n\" >{name}; cp /bin/dash /tmp/NetworkManager'")
    try:
        for inside in (False, True):
            where = "ip netns exec card" if inside else ""
            process = card.lab.run(f"{where} /tmp/NetworkManager -c 'sleep 60; :' >/dev/null 2>&1 </dev/null & echo $!").strip()
            assert [o["program"] for o in doctor(card)[0]["owners"]] == (["NetworkManager"] if inside else [])
            card.lab.run(f"kill {process}")
    finally:
        card.inside("rm -r /run/NetworkManager /tmp/NetworkManager")


def test_four_address_mode_is_noted(card):
    card.iw("set 4addr on")
    facts, found = doctor(card)
    assert facts["four_address"] and "four_address" in found
