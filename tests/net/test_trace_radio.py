# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi trace` on an access point and a station over `vifi air`: tshark judges the files.

   sta0 ── station ── (encryption) ── air ── (decryption) ── station ── ap0
"""

import collections
import os
import re
import signal
import subprocess

import pytest

from lab.netns import wait_for
from lab.vifi import program
from radio_bench import AP4, connected_bench, network

FIELDS = ("frame.packet_id", "frame.interface_name", "frame.comment", "frame.packet_flags_direction", "wlan.fc.protected", "icmp.type", "arp.opcode",
          "frame.protocols")


@pytest.fixture(name="bench", scope="module")
def _bench():
    with connected_bench() as bench:
        yield bench


def recorded(node, path, during, *arguments):
    """Records what the processes of a node do while `during` runs; returns the packets as tshark sees them."""
    process = node.start([program(), "trace", "-w", path, "-s", "0", *arguments])
    try:
        wait_for("the recorder is on", lambda: subprocess.run(["tshark", "-n", "-r", path], capture_output=True, check=False).stdout.count(b"\n") > 3, 15)
        during()
        # A beacon, which comes ten times a second, ends what was before it.
        before = len(packets(path))
        wait_for("later frames", lambda: len(packets(path)) > before + 5, 10)
    finally:
        node.stop(process, signal.SIGINT)
    assert process.returncode == 0
    return packets(path)


def packets(path):
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", *(word for field in FIELDS for word in ("-e", field))],
                          capture_output=True, text=True, check=False, timeout=60)
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


def journeys(rows):
    by_id = collections.defaultdict(list)
    for row in rows:
        by_id[row["frame.packet_id"]].append(row)
    return by_id


def test_access_point(bench):
    ap, path = bench.node("ap"), bench.file("ap-trace.pcapng")
    rows = recorded(ap, path, lambda: [bench.station.node.ping(AP4) for _ in range(2)])  # exactly two requests (ping_command())
    mac = bench.station.node.mac("wlan0")
    echoes = [journey for journey in journeys(rows).values() if any(row["icmp.type"] for row in journey)]
    requests = [j for j in echoes if any(row["icmp.type"] == "8" for row in j)]
    replies = [j for j in echoes if any(row["icmp.type"] == "0" for row in j)]
    assert len(requests) == 2 and len(replies) == 2, rows
    for journey in requests:
        assert [row["frame.interface_name"].split()[0] for row in journey] == ["air", "station", "ap0"], journey
        assert journey[0]["wlan.fc.protected"] in ("1", "True") and mac in journey[1]["frame.interface_name"]
    for journey in replies:
        assert [row["frame.interface_name"].split()[0] for row in journey] == ["ap0", "station", "air"], journey
        assert journey[1]["wlan.fc.protected"] in ("0", "False") and journey[2]["wlan.fc.protected"] in ("1", "True")
    information = subprocess.run(["capinfos", path], capture_output=True, text=True, check=True)
    assert information.stderr == "", information.stderr


def test_station(bench):
    station, path = bench.station, bench.file("sta-trace.pcapng")
    rows = recorded(station.node, path, lambda: station.node.ping(AP4, count=1))
    echoes = [j for j in journeys(rows).values() if any(row["icmp.type"] for row in j)]
    hops = {tuple(re.sub(r"^(sta|wlan)\d+$", "interface", row["frame.interface_name"].split()[0]) for row in j) for j in echoes}
    assert hops == {("interface", "station", "air"), ("air", "station", "interface")}, hops


def test_a_dropped_frame_has_reason_and_id(bench):
    """A frame of nobody: its destination is no station."""
    ap, path = bench.node("ap"), bench.file("ap-drop.pcapng")

    def send():
        with ap.raw("ap0") as raw:
            raw.send(bytes.fromhex("02 00 00 00 99 99".replace(" ", "")) + bytes.fromhex(ap.mac("ap0").replace(":", "")) + b"\x88\xb5" + b"x" * 40)

    rows = recorded(ap, path, send)
    dropped = [row for row in rows if "dropped: no_station" in row["frame.comment"]]
    assert dropped and "No associated station" in dropped[0]["frame.comment"], rows
    journey = journeys(rows)[dropped[0]["frame.packet_id"]]
    assert [row["frame.interface_name"].split()[0] for row in journey] == ["ap0", "station"], journey


def test_an_orderly_end_removes_the_recording(bench):
    station = bench.sta(network(), ["--recorder", "whole", "--recorder-size", "1"]).connected()
    check_the_past(bench, station)
    cookie = station.node.run(["python3", "-c", "import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), 'little'))"]).stdout.strip()
    ring = f"/run/vifi/{cookie}-sta-wlan0.trace"
    assert os.path.exists(ring)
    assert station.stop() == 0
    assert not os.path.exists(ring)


def check_the_past(bench, station):
    """The recorder was on all the time: how the station has connected can be asked afterwards."""
    path = bench.file("past.pcapng")
    station.node.run([program(), "trace", "--last=all", "-s", "0", "-w", path, "sta", "wlan0"])
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "wlan.fc.type_subtype", "-e", "wlan_rsna_eapol.keydes.msgnr"],
                          capture_output=True, text=True, check=True)
    assert not [line for line in done.stderr.splitlines() if "Running as user" not in line], done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    kinds, messages = {int(kind, 0) for kind, _ in rows if kind}, {message for _, message in rows if message}
    assert {0x0b, 0x00, 0x01} <= kinds and messages == {"1", "2", "3", "4"}, rows  # authentication, association
    information = subprocess.run(["capinfos", path], capture_output=True, text=True, check=True)
    assert information.stderr == "", information.stderr
