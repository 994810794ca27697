# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on the virtual air, and `vifi ap status`, `stations` …, which reach it by its control socket."""

import json
import os
import signal
import socket
import subprocess

import pytest
from lab.netns import wait_for
from lab.vifi import program
from radio_bench import Bench, Process, network, wpa2
from test_sta_control import Client


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


def test_the_recorder_survives_a_restart_of_the_network(controlled):
    """A confined process could not create its file again, and its names: the recording goes on in the old one."""
    client, node = Client(controlled.bench, f"{controlled.folder}/ap0"), controlled.ap.node
    assert client.ask("DISABLE") == "OK\n" and client.ask("ENABLE") == "OK\n", controlled.ap.log_text()
    controlled.ap.wait("the network is on the air", 2)
    done = node.run([program(), "trace", "-j", "-c", "5", "ap", "ap0"], check=False, timeout=20)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(events) == 5 and "air" in {event["interface"] for event in events}, done


def test_socket_goes_with_the_process(controlled):
    assert os.listdir(controlled.folder) == ["ap0"]
    controlled.ap.stop()
    assert os.listdir(controlled.folder) == []
    result = controlled.command("status")
    assert result.returncode == 4 and "is `vifi ap` running" in result.stderr


SECOND = ["ssid=second", "wpa=2", "wpa_passphrase=another passphrase"]


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setenv("MALLOC_PERTURB_", "165")  # what is used after it was freed is no pointer
    with Bench(debug="-d") as one:
        yield one


def global_ap(bench, *files):
    """An access point that keeps its privileges, and its global socket."""
    path = bench.file("global")
    process = bench.add(Process(["ap", "-g", path, "--air", bench.socket, *files], bench.file("ap.log"), bench.node("ap")))
    return process, Client(bench, path)


def test_network_of_the_global_socket_joins_the_medium(bench):
    process, client = global_ap(bench)
    assert client.ask(f"ADD ap0 {bench.file('ctl')}") == "OK\n"
    for line in wpa2().splitlines():
        if not line.startswith("interface="):
            assert client.ask(f"IFNAME=ap0 SET {line.replace('=', ' ', 1)}") == "OK\n", line
    assert client.ask("IFNAME=ap0 ENABLE") == "OK\n", process.log_text()
    bench.sta(network()).connected()
    process.node.ip("link delete ap0")
    process.wait("the interface was deleted")
    wait_for("the end of the network", lambda: "state=DISABLED" in client.ask("IFNAME=ap0 STATUS"))
    assert client.ask("IFNAME=ap0 ENABLE") == "OK\n", process.log_text()
    wait_for("the network", lambda: "state=ENABLED" in client.ask("IFNAME=ap0 STATUS"))


def test_reload_by_the_socket_of_a_network_that_it_removes(bench):
    folder = bench.file("ctl")
    conf = bench.file("ap.conf", wpa2(f"ctrl_interface={folder}", "bss=ap1", *SECOND))
    process, client = global_ap(bench, conf)
    process.wait("the network is on the air")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(f"{folder}/ap2")
        bench.file("ap.conf", wpa2(f"ctrl_interface={folder}", "bss=ap2", *SECOND))
        assert Client(bench, f"{folder}/ap1").ask("RELOAD") == "FAIL\n"
        assert "RELOAD failed: cannot open the control socket" in process.log_text()
    assert client.ask("IFNAME=ap1 PING") == "FAIL-NO-IFNAME-MATCH\n"
    assert client.ask("IFNAME=ap2 GET ssid") == "second"  # it runs all the same
    assert "ap1" not in os.listdir(folder)


def test_list_that_changes_while_the_medium_is_away(bench):
    station = "02:00:00:00:bb:01"
    folder, accepted = bench.file("ctl"), bench.file("accepted", station + "\n")
    access_point = bench.ap(wpa2(f"ctrl_interface={folder}", "macaddr_acl=1", f"accept_mac_file={accepted}"))
    client = Client(bench, f"{folder}/ap0")
    bench.air.stop()
    access_point.wait("trying to rejoin")
    for last in range(40):
        assert client.ask(f"ACCEPT_ACL ADD_MAC 02:00:00:00:cc:{last:02x}") == "FAIL\n"
    assert "ACCEPT_ACL failed: the network is not on the air" in access_point.log_text()
    bench.start_air()
    access_point.wait("rejoined the medium")
    bench.sta(network(), ["-a", station]).connected()
    assert client.ask("ACCEPT_ACL SHOW") == f"{station} VLAN_ID=0\n"
    assert client.ask("ACCEPT_ACL ADD_MAC 02:00:00:00:cc:01") == "OK\n"


def test_reload_does_not_stop_networks_whose_interfaces_it_cannot_create(controlled):
    controlled.reload(controlled.text("bss=ap1", *SECOND))
    assert "nothing was changed: the process has no privilege to create or remove interfaces" in controlled.ap.log_text()
    controlled.station.reaches()
    assert "disconnected" not in controlled.ap.log_text()


def test_file_of_a_relative_path_is_reloaded_in_the_background(bench):
    bench.file("home.conf", wpa2())
    argv = [program(), "ap", "-B", "-P", bench.file("ap.pid"), "-f", bench.file("ap.log"), "--air", bench.socket, "home.conf"]
    subprocess.run(bench.node("ap").argv(argv), cwd=bench.folder, check=True, timeout=20)
    with open(bench.file("ap.pid")) as file:
        pid = int(file.read())
    try:
        os.kill(pid, signal.SIGHUP)
        wait_for("the reload", lambda: "reloaded " in open(bench.file("ap.log")).read())
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for("the end", lambda: not os.path.exists(f"/proc/{pid}"))
