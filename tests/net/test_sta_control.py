# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi sta -g` on the virtual air: stations come and go by the global control socket."""

import itertools
import os
import signal
import socket

import pytest
from lab.netns import wait_for
from radio_bench import Bench, Process, network, wpa2

_number = itertools.count()


class Client:
    """A client of a control socket."""

    def __init__(self, bench, path):
        self.own = bench.file(f"client{next(_number)}")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.bind(self.own)
        wait_for("the control socket", lambda: os.path.exists(path))
        self.socket.connect(path)

    def ask(self, *words):
        self.socket.send("\t".join(words).encode())
        return self.socket.recv(8192).decode()


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setenv("MALLOC_PERTURB_", "165")  # what is used after it was freed is no pointer
    with Bench(debug="-d") as one:
        yield one


def stations(bench, *options):
    """A process without stations, and its global socket."""
    path = bench.file("global")
    process = bench.add(Process(["sta", "-g", path, *options], bench.file("stations.log"), bench.node("s9")))
    return process, Client(bench, path)


def descriptors(process):
    folder = f"/proc/{process.proc.pid}/fd"
    return sorted(os.readlink(f"{folder}/{number}") for number in os.listdir(folder))


def test_station_of_the_command_line_is_removed_and_added_again(bench):
    bench.ap(wpa2())
    path = bench.file("global")
    station = bench.sta(network(), ["-g", path]).connected()
    client = Client(bench, path)
    for times in 2, 3:
        assert client.ask("INTERFACE_REMOVE wlan0") == "OK\n"
        assert client.ask("INTERFACE_ADD wlan0", station.argv[-1]) == "OK\n", station.log_text()
        station.connected(times)
    assert client.ask("INTERFACES") == "wlan0\n"


def test_station_without_a_medium_is_refused(bench):
    process, client = stations(bench, "--air", bench.file("nobody"))
    assert client.ask("PING") == "PONG\n"
    before = descriptors(process)
    for _ in range(3):
        assert client.ask("INTERFACE_ADD wlan0", bench.file("sta.conf", network())) == "FAIL\n"
        process.node.ip("link add other type veth peer name another")
        process.node.ip("link delete other")
        assert client.ask("PING") == "PONG\n"
    assert "wlan0: INTERFACE_ADD: " in process.log_text()
    assert client.ask("INTERFACES") == "" and "wlan0" not in process.node.query("link show")
    assert descriptors(process) == before


def test_station_that_the_medium_refuses_is_removed(bench):
    process, client = stations(bench, "--air", bench.socket)
    conf = bench.file("sta.conf", network())
    assert client.ask("INTERFACE_ADD wlan0", conf) == "OK\n"
    address = process.node.query("-br link show dev wlan0").split()[2]
    assert client.ask("INTERFACE_REMOVE wlan0") == "OK\n"
    bench.sta(network(), ["-a", address]).wait("nothing was heard")
    assert client.ask("INTERFACE_ADD wlan0", conf) == "OK\n"
    process.wait("wlan0: the station is removed: .*another radio has one of these addresses")
    assert client.ask("INTERFACES") == ""


def test_status_after_a_change_of_networks(bench):
    bench.ap(wpa2())
    path = bench.file("global")
    station = bench.sta(network(), ["-g", path]).connected()
    client = Client(bench, path)
    assert client.ask("IFNAME=wlan0 ADD_NETWORK") == "1\n"
    assert client.ask("IFNAME=wlan0 SET_NETWORK 0 priority 3") == "OK\n"
    station.proc.send_signal(signal.SIGUSR1)
    station.wait("wlan0: network vifi bench, 02:00:00:00:aa:01, on 2437 MHz")


def reload_station(station, text):
    with open(station.argv[-1], "w") as file:
        file.write(text)
    station.proc.send_signal(signal.SIGHUP)


@pytest.mark.parametrize("socket_of", ["", "ctrl_interface={}\n"], ids=["without a socket", "with a socket"])
def test_reload_keeps_the_connection(bench, socket_of):
    """The order of networks and their priority change; the network in use remains. Then its passphrase changes."""
    bench.ap(wpa2())
    head = socket_of.format(bench.file("ctl"))
    station = bench.sta(head + network()).connected()
    station.reaches()
    other = network(ssid="another", passphrase="another passphrase")
    for text in (head + other + network(), head + network("priority=3") + other, head + other + network("priority=1")):
        reload_station(station, text)
        station.reaches()
    assert "disconnected" not in station.log_text(), station.log_text()
    reload_station(station, head + network() + "nonsense\n")
    station.wait("the configuration was not read again")
    reload_station(station, head + network(passphrase="no longer the same"))
    station.wait("disconnected|leaving|the network is not")
