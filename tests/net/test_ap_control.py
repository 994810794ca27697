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
    assert result.returncode == 4 and "is `vifi ap` or `vifi sta` running" in result.stderr


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
    assert client.ask("IFNAME=ap2 PING") == "FAIL-NO-IFNAME-MATCH\n"  # nothing has changed
    assert client.ask("IFNAME=ap1 GET ssid") == "second" and "ap1" in os.listdir(folder)
    os.unlink(f"{folder}/ap2")
    assert Client(bench, f"{folder}/ap1").ask("RELOAD") == "OK\n", process.log_text()
    assert client.ask("IFNAME=ap1 PING") == "FAIL-NO-IFNAME-MATCH\n"
    assert client.ask("IFNAME=ap2 GET ssid") == "second"
    assert sorted(os.listdir(folder)) == ["ap0", "ap2"]


def bss(number, *lines):
    """The lines of a further network."""
    return [f"bss=ap{number}", f"ssid=net {number}", "wpa=2", f"wpa_passphrase=the passphrase {number}", *lines]


def join(bench, number, ssid=None, passphrase=None):
    text = network(ssid=ssid or f"net {number}", passphrase=passphrase or f"the passphrase {number}")
    return bench.sta(text).connected(timeout=30)


def test_networks_come_and_go_beside_others(bench):
    """The first network's station and the second's stay; every one of their pings is answered."""
    folder, lost = bench.file("ctl"), []
    conf = bench.file("ap.conf", wpa2(f"ctrl_interface={folder}", *bss(1)))
    process, client = global_ap(bench, conf)
    process.wait("the network is on the air", 2)
    process.node.ip("addr add 10.55.0.1/24 dev ap0")
    first, second = bench.sta(network()).connected(), join(bench, 1)
    first.reaches()

    def reload(*lines):
        bench.file("ap.conf", wpa2(f"ctrl_interface={folder}", *lines))
        answer = client.ask("IFNAME=ap0 RELOAD")
        assert first.node.ping("10.55.0.1", timeout=5) or lost.append(lines)
        return answer

    assert reload(*bss(2), *bss(1)) == "OK\n", process.log_text()  # a new one, before the other
    third = join(bench, 2)
    status = client.ask("IFNAME=ap2 STATUS")
    assert "bss[1]=ap2" in status and "bss[2]=ap1" in status and "num_sta[1]=1" in status and "num_sta[2]=1" in status, status
    assert len(client.ask("IFNAME=ap2 STA-FIRST").splitlines()) > 5 and sorted(os.listdir(folder)) == ["ap0", "ap1", "ap2"]
    assert reload(*bss(2, "ap_max_inactivity=77"), *bss(1)) == "OK\n"  # changed in place
    assert reload(*bss(3), *bss(1)) == "OK\n"  # one goes, another one comes
    third.wait("disconnected")
    join(bench, 3)
    assert reload(*bss(3, "ieee80211w=1"), *bss(1)) == "OK\n"  # starts again alone
    assert reload(*bss(1)) == "OK\n"
    assert reload(*bss(1), "bss=ap4", "ssid=bad", "wpa=2", "wpa_passphrase=short") == "FAIL\n"
    assert reload(*bss(1), *bss(5, "bssid=02:00:00:00:aa:01")) == "FAIL\n"
    assert sorted(os.listdir(folder)) == ["ap0", "ap1"] and not lost
    for station in (first, second):
        assert "disconnected" not in station.log_text(), station.log_text()
    assert "restarting the network" not in process.log_text()
    assert [name for name in ("ap0", "ap1", "ap2", "ap3", "ap5") if f"{name}: " in process.node.query("link show")] == ["ap0", "ap1"]


def test_first_network_keeps_its_interface(controlled):
    controlled.reload(controlled.text(interface="ap7"))
    assert "nothing was changed: interface=ap7: the interface of the first network cannot change while vifi runs (it is ap0" in controlled.ap.log_text()
    controlled.station.reaches()
    assert "disconnected" not in controlled.ap.log_text()


def test_network_goes_without_privileges(bench):
    """Only new interfaces need them."""
    folder = bench.file("ctl")
    both = Controlled.__new__(Controlled)
    both.bench, both.folder = bench, folder
    both.ap = bench.ap(wpa2(f"ctrl_interface={folder}", *bss(1)))
    both.station = bench.sta(network()).connected()
    other = join(bench, 1)
    both.reload(both.text())
    other.wait("disconnected")
    both.station.reaches()
    assert sorted(os.listdir(folder)) == ["ap0"] and both.ap.log_text().count("disconnected") == 1


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
    assert "nothing was changed: the process has no privilege to create ap1; start it again" in controlled.ap.log_text()
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


def test_other_channel_keeps_the_interfaces(bench):
    """The radio starts again with the interfaces that it has, whatever their order: the process could create none."""
    head = wpa2(f"ctrl_interface={bench.file('ctl')}")
    process = bench.ap(head + "\n".join(bss(1) + bss(2)) + "\n")
    station = join(bench, 2)
    process.node.ip("addr add 10.77.0.1/24 dev ap2")
    with open(process.argv[-1], "w") as file:
        file.write(head.replace("channel=6", "channel=11") + "\n".join(bss(2)) + "\n")
    process.proc.send_signal(signal.SIGHUP)
    process.wait("restarting the network")
    process.wait("ap2: .*the network is on the air", 2)
    assert "10.77.0.1" in process.node.query("addr show dev ap2") and "ap1: " not in process.node.query("link show")
    station.wait("disconnected")
    assert Client(bench, f"{bench.file('ctl')}/ap2").ask("GET_CONFIG").startswith("bssid=")
    bench.sta(network(ssid="net 2", passphrase="the passphrase 2", frequency=2462)).connected(timeout=30)


def test_reload_while_the_medium_is_away(controlled):
    """It changes nothing, and the network is there again with the medium."""
    bench = controlled.bench
    bench.air.stop()
    controlled.ap.wait("trying to rejoin")
    controlled.reload(controlled.text("max_num_sta=1"))
    assert f"nothing was changed: the medium at {bench.socket} is not available" in controlled.ap.log_text()
    bench.start_air()
    controlled.ap.wait("rejoined the medium")
    before = len(controlled.ap.log_text())
    controlled.reload(controlled.text("max_num_sta=1"))
    assert f"reloaded {controlled.ap.argv[-1]}" in controlled.ap.log_text()[before:]  # the station may follow at once, with lines of its own
    controlled.station.connected(2, timeout=30)
