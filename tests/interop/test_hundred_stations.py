# SPDX-License-Identifier: GPL-2.0-or-later
"""A hundred stations that are driven by their control sockets, with stock wpa_cli and hostapd_cli:

    wpa_cli ── /run/ctrl-sta/sN ── vifi sta, 7 processes with 15 stations each ))) vifi air ((( vifi ap ── hostapd_cli

All waiting times are virtual: bed.py.
"""
import pytest
from bed import BUILD
from conftest import booted
from world import World

FOLDER = "/run/hundred"
COUNT, PER_PROCESS = 100, 15
PSK = "0123456789abcdef" * 4
AP = "hostapd_cli -p /run/ctrl -i ap0"


class Crowd(World):
    def build(self):
        self.run(f"mkdir -p {FOLDER}")
        self.file(f"{FOLDER}/ap.conf", f"interface=ap0\nctrl_interface=/run/ctrl\nssid=home\nchannel=1\nwpa=2\nwpa_psk={PSK}\n")
        self.file(f"{FOLDER}/action", f"#!/bin/sh\necho \"$2 $3\" >>{FOLDER}/events\n")
        self.run(f"""set -e
            cd {FOLDER}
            chmod +x action; : >events
            vifi air up --socket {FOLDER}/air --airtime no >air.log 2>&1 & echo $! >air.pid""")
        self.wait(f"grep -q 'the medium is at' {FOLDER}/air.log")
        self.run(f"cd {FOLDER}; vifi ap --air {FOLDER}/air ap.conf >ap.log 2>&1 & echo $! >{FOLDER}/ap.pid")
        self.wait(f"grep -q 'the network is on the air' {FOLDER}/ap.log")
        self.run(f"{AP} -B -a {FOLDER}/action; sleep 0.2")
        for process in range((COUNT + PER_PROCESS - 1) // PER_PROCESS):
            self.run(f"cd {FOLDER}; vifi sta -g /run/sta-global{process} --air {FOLDER}/air >sta{process}.log 2>&1 & echo $! >sta{process}.pid")
            self.wait(f"wpa_cli -g /run/sta-global{process} raw PING | grep -q PONG")

    def add(self, number):
        """Adds a station by the global socket, and its network by its own."""
        lines = "\\n".join(["add_network", 'set_network 0 ssid "home"', f"set_network 0 psk {PSK}", "select_network 0", "quit"])
        self.run(f"""wpa_cli -g /run/sta-global{number // PER_PROCESS} interface_add s{number} "" air /run/ctrl-sta | grep -q OK
            printf '{lines}\\n' | wpa_cli -p /run/ctrl-sta -i s{number} >/dev/null""", 30)

    def stations(self):
        return self.run(f"{AP} all_sta | grep -c '^flags=.*AUTHORIZED' || true", 60).strip()

    def await_stations(self, count, seconds=120):
        self.wait(f"[ $({AP} all_sta | grep -c '^flags=.*AUTHORIZED') = {count} ]", seconds)

    def connected(self, number):
        return "wpa_state=COMPLETED" in self.run(f"wpa_cli -p /run/ctrl-sta -i s{number} status")

    def events(self, word):
        return int(self.run(f"grep -c '^{word} ' {FOLDER}/events || true"))


@pytest.fixture(scope="module")
def crowd(request):
    with booted("hundred", [BUILD / "vifi"], {}) as machine:
        built = Crowd(machine)
        request.config.vifi_world = built
        built.build()
        yield built


def test_a_hundred_stations_join_by_commands(crowd):
    for number in range(COUNT):
        crowd.add(number)
    crowd.await_stations(COUNT)
    addresses = crowd.run(f"{AP} list_sta", 60).split()
    assert len(set(addresses)) == COUNT
    assert all(crowd.connected(number) for number in range(0, COUNT, 7))
    assert crowd.events("AP-STA-CONNECTED") >= COUNT


def test_all_are_sent_away_and_come_back(crowd):
    before = crowd.events("AP-STA-CONNECTED")
    assert "OK" in crowd.run(f"{AP} deauthenticate ff:ff:ff:ff:ff:ff")
    crowd.wait(f"[ $(grep -c '^AP-STA-DISCONNECTED ' {FOLDER}/events) -ge {COUNT} ]", 60)
    crowd.wait(f"[ $(grep -c '^AP-STA-CONNECTED ' {FOLDER}/events) -ge {before + COUNT} ]", 300)
    crowd.await_stations(COUNT)


def test_half_of_them_leave_by_commands(crowd):
    crowd.run(f"for n in $(seq 0 2 {COUNT - 1}); do wpa_cli -p /run/ctrl-sta -i s$n disconnect | grep -q OK || exit 1; done", 120)
    crowd.await_stations(COUNT // 2)
    assert not crowd.connected(0) and crowd.connected(1)
    for process in range((COUNT + PER_PROCESS - 1) // PER_PROCESS):
        assert "OK" in crowd.run(f"wpa_cli -g /run/sta-global{process} raw TERMINATE")
    crowd.await_stations(0)
