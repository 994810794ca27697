# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on the virtual air, and `vifi ap status`, `stations` …, which reach it by its control socket."""

import json
import os
import signal
import subprocess

import pytest
from lab.netns import wait_for
from lab.vifi import program
from radio_bench import Bench, network, wpa2


class Controlled:
    """An access point with a control socket, and a station."""

    def __init__(self, bench):
        self.bench, self.folder = bench, bench.file("ctl")
        self.ap = bench.ap(self.text())
        self.station = bench.sta(network()).connected()

    def text(self, *lines, **words):
        return wpa2(f"ctrl_interface={self.folder}", *lines, **words)

    def command(self, *words):
        return subprocess.run([program(), "ap", *words, "--control", self.folder], capture_output=True, text=True, timeout=20)

    def ask(self, *words):
        result = self.command(*words)
        assert result.returncode == 0, result
        return result.stdout

    def reload(self, text):
        with open(self.ap.argv[-1], "w") as file:
            file.write(text)
        before = self.ap.log_text().count("reloaded") + self.ap.log_text().count("nothing was changed")
        self.ap.proc.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.ap.log_text().count("reloaded") + self.ap.log_text().count("nothing was changed") > before)


@pytest.fixture
def controlled():
    with Bench(debug="-d") as bench:
        yield Controlled(bench)


def test_status_and_stations_as_json(controlled):
    status = json.loads(controlled.ask("status", "-j"))
    assert (status["state"], status["freq"], status["num_sta[0]"], status["bss[0]"]) == ("ENABLED", "2437", "1", "ap0")
    (station,) = json.loads(controlled.ask("stations", "-j"))
    assert "[AUTHORIZED]" in station["flags"] and station["AKMSuiteSelector"] == "00-0f-ac-2"
    assert station["address"] in controlled.ask("stations")


def test_station_is_deauthenticated_and_returns(controlled):
    (station,) = json.loads(controlled.ask("stations", "-j"))
    controlled.ask("deauth", station["address"], "--reason", "5")
    controlled.ap.wait(r"disconnected \(code 5\)")
    controlled.station.connected(2, timeout=30)
    assert controlled.command("deauth", "nonsense").returncode == 2


def test_reload_keeps_the_station(controlled):
    controlled.reload(controlled.text("max_num_sta=1", "wpa_group_rekey=100"))
    controlled.station.reaches()
    assert "reloaded" in controlled.ap.log_text() and "disconnected" not in controlled.ap.log_text()
    controlled.reload(controlled.text(passphrase="short"))
    assert "nothing was changed" in controlled.ap.log_text()
    assert "disconnected" not in controlled.ap.log_text()
    assert controlled.command("reload").returncode == 1
    controlled.reload(controlled.text(passphrase="another passphrase"))
    controlled.ap.wait("disconnected")


def test_station_follows_a_channel_switch(controlled):
    controlled.ask("switch", "2462")
    controlled.ap.wait("moved to another channel")
    assert json.loads(controlled.ask("status", "-j"))["freq"] == "2462"
    controlled.station.reaches()
    assert "disconnected" not in controlled.ap.log_text()


def test_socket_goes_with_the_process(controlled):
    assert os.listdir(controlled.folder) == ["ap0"]
    controlled.ap.stop()
    assert os.listdir(controlled.folder) == []
    result = controlled.command("status")
    assert result.returncode == 4 and "is `vifi ap` running" in result.stderr
