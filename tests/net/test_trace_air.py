# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi trace air`: the frames of the medium, from radio to radio; tshark and capinfos judge the files.

   s1 ── radio ── (medium, with rules) ── radio ── ap
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess

import pytest

from lab.netns import wait_for
from lab.user import service_user
from lab.vifi import program
from radio_bench import AP4, PASSPHRASE, Bench, connected_bench, hostapd, network, wpa2
from test_trace_page import Page
from test_trace_radio import journeys

FIELDS = ("frame.packet_id", "frame.interface_name", "frame.comment", "frame.packet_flags_direction", "wlan.fc.type_subtype", "wlan.fc.retry",
          "wlan.ta", "wlan.ra", "radiotap.channel.freq", "radiotap.dbm_antsignal", "frame.protocols", "icmp.type")
DECRYPT = ("-o", "wlan.enable_decryption:TRUE", "-o", 'uat:80211_keys:"wpa-pwd","correct horse battery:vifi bench"')


@pytest.fixture(name="bench", scope="module")
def _bench():
    with connected_bench() as bench:
        yield bench


def packets(path):
    """All packets, as tshark reads them without a complaint."""
    done = subprocess.run(["tshark", "-n", "-r", path, *DECRYPT, "-T", "fields", *(word for field in FIELDS for word in ("-e", field))],
                          capture_output=True, text=True, check=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "Running as user" not in line]
    assert not complaints, complaints
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


def file_packets(path):
    """Those that a file, which is being written, has so far."""
    return subprocess.run(["tshark", "-n", "-r", path], capture_output=True, check=False, timeout=60).stdout.count(b"\n")


@contextlib.contextmanager
def tracing(bench, path, *arguments):
    with open(path + ".log", "wb") as log:
        process = subprocess.Popen([program(), "trace", "-s", "0", "-w", path, *arguments, "air", bench.socket], stderr=log)
    try:
        wait_for("the recorder is on", lambda: os.path.exists(path) and file_packets(path) > 2, 20)
        yield process
        before = file_packets(path)  # a beacon, ten times a second, ends what was before it
        wait_for("later frames", lambda: file_packets(path) > before + 5, 20)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    with open(path + ".log", encoding="utf-8") as log:
        assert process.returncode == 0, log.read()


def rule(bench, text):
    subprocess.run([program(), "air", "rule", "-s", bench.socket, text], check=True)


def radio_names(bench):
    """(access point, station): the names by which the medium knows the radios."""
    shown = subprocess.run([program(), "air", "show", "-j", "-s", bench.socket], capture_output=True, text=True, check=True)
    radios = [radio for radio in json.loads(shown.stdout)["radios"] if not radio["monitor"]]
    names = {radio["name"] for radio in radios}
    return next(iter(names - {"s1"})), "s1"


def test_one_id_ties_transmission_and_receptions(bench):
    ap, sta = radio_names(bench)
    path = bench.file("air-trace.pcapng")
    with tracing(bench, path):
        assert bench.station.node.ping(AP4, count=2)
    rows = packets(path)
    assert {row["frame.interface_name"] for row in rows} == {ap, sta}
    assert all(row["frame.packet_id"] and row["frame.comment"] and row["radiotap.channel.freq"] == "2437" for row in rows), rows
    by_id = journeys(rows)
    beacons = [journey for journey in by_id.values() if journey[0]["wlan.fc.type_subtype"] in ("8", "0x0008")]
    whole = [journey for journey in beacons if len(journey) == 2]
    assert len(whole) >= len(beacons) - 2 and whole, beacons  # the first and the last one may be cut
    for sent, received in whole:
        assert (sent["frame.interface_name"], received["frame.interface_name"]) == (ap, sta)
        assert sent["frame.comment"] == "to the air" and sent["radiotap.dbm_antsignal"] == ""
        assert received["radiotap.dbm_antsignal"].startswith("-")
    data = [journey for journey in by_id.values() if "wlan" in journey[0]["frame.protocols"] and journey[0]["wlan.fc.type_subtype"] in ("32", "40", "0x0020", "0x0028")]
    ways = {tuple(row["frame.interface_name"] for row in journey) for journey in data}
    assert {(ap, sta), (sta, ap)} <= ways, ways
    information = subprocess.run(["capinfos", "-M", path], capture_output=True, text=True, check=True)
    assert information.stderr == "" and "Number of interfaces in file: 2" in information.stdout, information


def test_a_loss_names_its_rule(bench):
    ap, sta = radio_names(bench)
    path = bench.file("air-loss.pcapng")
    with tracing(bench, path):
        rule(bench, f"from={sta} to={ap} deaf=yes")
        try:
            assert not bench.station.node.ping(AP4, timeout=1)
        finally:
            rule(bench, f"from={sta} to={ap} deaf=no")
    lost = [row for row in packets(path) if "dropped: air_range" in row["frame.comment"]]
    assert lost and {row["frame.interface_name"] for row in lost} == {ap}, lost
    assert all("deaf=yes" in row["frame.comment"] and "vifi air rule" in row["frame.comment"] for row in lost)
    journey = journeys(packets(path))[lost[0]["frame.packet_id"]]
    sent = [row for row in journey if row["frame.comment"] == "to the air"]
    assert 1 <= len(sent) <= 7 and all(row["frame.interface_name"] == sta for row in sent), journey
    assert [row["wlan.fc.retry"] in ("1", "True") for row in sent] == [False, *[True] * (len(sent) - 1)], journey
    given_up = [row for row in journey if "air_retries" in row["frame.comment"]]
    assert len(given_up) == (len(sent) == 7), journey
    rule(bench, f"from={sta} to={ap} clear")


def trace_file(bench):
    name = bench.socket.strip("/").replace("/", ":")[-31:]
    file, = [file for file in os.listdir("/run/vifi") if file.endswith(f"-air-{name}.trace")]
    return file


def test_what_was_recorded_stays_after_a_kill_and_goes_with_an_orderly_end():
    with Bench(debug="-d") as bench:
        bench.ap(wpa2())
        path = bench.file("air.pcapng2")
        with tracing(bench, path):
            pass
        ring = trace_file(bench)
        bench.air.stop(signal.SIGKILL)
        assert os.path.exists(f"/run/vifi/{ring}")
        last = bench.file("last.pcapng")
        done = subprocess.run([program(), "trace", "--last", "-w", last, "air", bench.socket], capture_output=True, text=True, check=True)
        assert " events, 0 were lost" in done.stderr and len(packets(last)) > 2
        bench.start_air()
        bench.air.wait("the medium is at", times=2)
        assert bench.air.stop() == 0
        assert not os.path.exists(f"/run/vifi/{ring}")


def test_the_recorder_keeps_the_last_frames_without_a_reader():
    """How a station has connected can be asked afterwards, although nobody read; key and option mean the same."""
    with Bench("--recorder", "whole", "--recorder-size", "1", debug="-d") as bench:
        bench.ap(wpa2())
        bench.sta(network()).connected().reaches()
        path = bench.file("past.pcapng")
        subprocess.run([program(), "trace", "--last=all", "-s", "0", "-w", path, "air", bench.socket], check=True)
        done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.packet_id", "-e", "frame.interface_name", "-e", "wlan.fc.type_subtype",
                               "-e", "wlan_rsna_eapol.keydes.msgnr"], capture_output=True, text=True, check=True, timeout=60)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        assert {message for *_, message in rows if message} == {"1", "2", "3", "4"} and {0x0b, 0x00, 0x01} <= {int(kind, 0) for _, _, kind, _ in rows}, rows
        message_1 = [row for row in rows if row[3] == "1"][:2]
        assert message_1[0][0] == message_1[1][0] and message_1[0][1] != message_1[1][1] == "s1", message_1  # sent and received
        information = subprocess.run(["capinfos", "-M", path], capture_output=True, text=True, check=True)
        assert information.stderr == "", information.stderr
        assert os.stat(f"/run/vifi/{trace_file(bench)}").st_size < 2 << 20


@pytest.mark.parametrize("text,code,words", [("recorder = headers\n", None, ""), ("recorder = all\n", 2, "off, headers, whole")], ids=["valid", "invalid"])
def test_the_recorder_has_a_key(tmp_path, text, code, words):
    conf = tmp_path / "air.conf"
    conf.write_text(f"[air]\nsocket = {tmp_path}/socket\n{text}")
    process = subprocess.Popen([program(), "air", "up", "-c", str(conf)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = process.stdout.readline()
        assert words in line if code else "the medium is at" in line, line
    finally:
        if not code:
            process.terminate()
        assert process.wait(20) == (code or 0)


def test_file_of_a_successor_stays():
    """A medium that ends leaves the file to a process that has opened it already, here by a lock as that would have."""
    with Bench(debug="-d") as bench:
        bench.ap(wpa2())
        with tracing(bench, bench.file("successor.pcapng")):
            pass
        path = f"/run/vifi/{trace_file(bench)}"
        with open(path, "rb") as successor:
            fcntl.flock(successor, fcntl.LOCK_SH)
            assert bench.air.stop() == 0
            assert os.path.exists(path)
        os.unlink(path)


def test_radios_have_their_names_after_the_medium_was_killed():
    """It counts its radios anew, and goes on in the same ring, which has the names of the former ones."""
    with Bench(debug="-d") as bench:
        former = bench.ap(wpa2())
        with tracing(bench, bench.file("former.pcapng")):
            pass
        assert former.stop() == 0
        bench.air.stop(signal.SIGKILL)
        bench.start_air()
        bench.air.wait("the medium is at", times=2)
        reader = subprocess.Popen([program(), "trace", "-j", "-c", "1", "air", bench.socket], stdout=subprocess.PIPE, text=True)
        bench.sta(network())
        line, _ = reader.communicate(timeout=60)
        assert json.loads(line)["interface"] == "s1", line


def test_of_killed_processes_the_last_recordings_stay(tmp_path):
    """
    In a /run/vifi of its own: recordings without a process, and then a medium that creates one. The user of the daemons may put a FIFO
    there, whose opening would wait for its other end.
    """
    script = f"""set -e
        mkdir -p /run/vifi; mount -t tmpfs -o mode=700,uid={service_user()[0]} none /run/vifi
        for day in $(seq 10 30); do touch -d 2020-01-$day /run/vifi/7-ap-x$day.trace; done
        mkfifo /run/vifi/7-ap-fifo.trace
        {program()} air up --socket {tmp_path}/air >{tmp_path}/log 2>&1 & air=$!
        for tries in $(seq 200); do grep -q "the medium is at" {tmp_path}/log && break; sleep 0.1; done
        ls /run/vifi; kill $air; wait $air; echo ended; ls /run/vifi"""
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    before, after = done.stdout.split("ended\n")
    kept = {f"7-ap-x{day}.trace" for day in range(15, 31)} | {"7-ap-fifo.trace"}
    assert len(set(before.split()) - kept) == 1 and kept < set(before.split()), before
    assert set(after.split()) == kept, after


def test_the_page_names_sae_and_the_handshake():
    with Bench(debug="-d") as bench:
        bench.ap(hostapd("wpa=2", "wpa_key_mgmt=SAE", "ieee80211w=2", "rsn_pairwise=CCMP", f"sae_password={PASSPHRASE}"))
        path = bench.file("air.html")
        process = subprocess.Popen([program(), "trace", "--html", path, "-f", "not type mgt subtype beacon", "air", bench.socket])
        try:
            wait_for("the reader has asked the medium", lambda: os.path.exists(path), 20)
            bench.sta(network("key_mgmt=SAE", f'sae_password="{PASSPHRASE}"', "ieee80211w=2", passphrase=None).replace("key_mgmt=NONE\n", "")).connected()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
        assert process.returncode == 0
        with open(path, encoding="utf-8") as file:
            page = Page(file.read())
    names = [cells[1][2] for kind, cells in page.rows if kind == "name"]
    assert [name for name in names if name in ("SAE", "association", "4-way handshake")] == ["SAE", "association", "4-way handshake"], names
    ways = [cells for kind, cells in page.rows if kind == "way" and "EAPOL key message" in cells[1][2]]
    assert [cells[1][2].split("message ")[1][0] for cells in ways] == ["1", "2", "3", "4"], ways
    assert all({cell[2] for cell in cells if cell[1]} == {"out, to the air", "in, delivered"} for cells in ways), ways
