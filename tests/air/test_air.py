# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi air`: radios written in Python join it, and tshark reads its captures."""
import contextlib
import errno
import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time

import pytest
from radio import (ADDRESSES, MONITOR, RECORD, RULE, SEND, STATUS, TUNE, VIFI, Disconnected, Radio, air, hello, mac, message,
                   vifi_air)

CH1, CH36 = 2412, 5180
ADDRESS_A, ADDRESS_B, ALL = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "ff:ff:ff:ff:ff:ff"


def data(to, source, number=0, size=100):
    return b"\x08\x00\x00\x00" + mac(to) + mac(source) + mac(to) + struct.pack("<H", number << 4 & 0xFFFF) + bytes(size)


def retry(frame):
    return bool(frame[1] & 8)


def show(path):
    return json.loads(vifi_air(path, "show", "-j"))


@pytest.fixture
def path(tmp_path):
    with air(tmp_path, "--seed", "1") as path:
        yield path


def test_unicast_is_delivered_and_acknowledged(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B) as radio_b, Radio(path, "c", CH36) as radio_c:
        frame = data(ADDRESS_B, ADDRESS_A)
        assert radio_a.tx_status(radio_a.send(frame)) == (1, 1, 1)
        received = radio_b.frame()
        assert received.frame == frame
        assert received.freq_mhz == CH36 and received.signal_dbm == -40 and received.rate_kbps == 54000
        assert radio_a.tx_status(radio_a.send(data(ALL, ADDRESS_A))).acked
        assert radio_b.frame().frame == radio_c.frame().frame == data(ALL, ADDRESS_A)


def test_unanswered_unicast_is_retried_and_fails(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH1, ADDRESS_B) as radio_b, Radio(path, "ear", monitor=True) as monitor:
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))) == (1, 0, 7)
        received = monitor.frames(0.2)
        assert [retry(record.frame) for record in received] == [False] + [True] * 6
        assert radio_b.frames(0.1) == []
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A), freq=CH1)).acked


def test_an_address_has_one_owner(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36) as radio_b:
        with pytest.raises(OSError) as error:
            radio_b.request(message(ADDRESSES, mac(ADDRESS_A)))
        assert error.value.errno == errno.EADDRINUSE
        with pytest.raises(OSError):
            radio_b.request(message(ADDRESSES, mac(ALL)))
        radio_b.request(message(ADDRESSES, mac(ADDRESS_B)))
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked
    # The address is free after its owner has disconnected.
    with Radio(path, "b", CH36, ADDRESS_A):
        pass


def test_dozing_radio_receives_nothing(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B) as radio_b:
        radio_b.doze(time.monotonic_ns() + 10**12)
        radio_b.request(message(MONITOR, b"\0"))  # records are processed in order, so the doze is in effect too
        assert not radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked
        assert radio_b.tx_status(radio_b.send(data(ADDRESS_A, ADDRESS_B))).acked
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked


def test_rules_change_a_running_air(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B) as radio_b, Radio(path, "ear", monitor=True) as monitor:
        vifi_air(path, "rule", "from=a to=b deaf=yes", "from=* to=* signal=-71")
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))) == (1, 0, 7)
        assert radio_b.frames(0.1) == []
        assert len(monitor.frames(0.1)) == 7
        vifi_air(path, "rule", "from=a to=b deaf=no delay=300ms")
        before = time.monotonic_ns()
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked
        received = radio_b.frame()
        assert received.signal_dbm == -71 and received.time_ns - before >= 300_000_000
        assert time.monotonic_ns() >= received.time_ns
        assert show(path)["rules"] == ["from=a to=b deaf=yes", "from=* to=* signal=-71", "from=a to=b delay=300ms deaf=no"]
        vifi_air(path, "rule", "from=a to=b clear")
        assert show(path)["rules"] == ["from=* to=* signal=-71"]
        # Rules also apply to a radio that joins later.
        vifi_air(path, "rule", "from=late to=a both loss=100%")
        with Radio(path, "late", CH36, "02:00:00:00:00:0c") as late:
            assert not late.tx_status(late.send(data(ADDRESS_A, "02:00:00:00:00:0c"))).acked
            assert not radio_a.tx_status(radio_a.send(data("02:00:00:00:00:0c", ADDRESS_A))).acked


def test_loss_rate_matches_its_rule(tmp_path):
    with air(tmp_path, "--seed", "1", "--airtime", "no", "--rule", "loss=40%") as path:
        with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B) as radio_b:
            count = 1000
            for first in range(0, count, 50):
                last = [radio_a.send(data(ADDRESS_B, ADDRESS_A, number)) for number in range(first, first + 50)][-1]
                radio_a.tx_status(last)
            failed = sum(not record.acked for record in radio_a.waiting)
            received = [record.frame for record in radio_b.frames(0.5)]
            numbers = {struct.unpack_from("<H", record, 22)[0] >> 4 for record in received}
            assert 15 <= failed <= 80  # 44 of 1000: (1 - 0.6²)⁷
            assert len(numbers) >= count - 12  # 1.6 are missed: 0.4⁷
            assert len(received) > len(numbers)
            first_seen = set()
            for record in received:  # a repeated frame has the Retry bit set
                number = struct.unpack_from("<H", record, 22)[0]
                assert number not in first_seen or retry(record)
                first_seen.add(number)


def test_capture_contains_the_whole_air(tmp_path):
    file = tmp_path / "air.pcapng"
    with air(tmp_path, "--capture", str(file), "--rule", "from=a to=b deaf=yes") as path:
        with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH1, ADDRESS_B) as radio_b:
            radio_b.tx_status(radio_b.send(data(ALL, ADDRESS_B)))
            radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A)))
            radio_a.tx_status(radio_a.send(data(ALL, ADDRESS_A), rate=11000, freq=CH1))
    fields = ["wlan.ta", "radiotap.channel.freq", "radiotap.datarate", "radiotap.dbm_antsignal", "wlan.fc.retry",
              "_ws.malformed", "radiotap.data_retries"]
    run = subprocess.run(["tshark", "-r", file, "-T", "fields", "-E", "separator=|", *sum((["-e", name] for name in fields), [])],
                         capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("|") for line in run.stdout.split("\n")[:-1]]
    assert rows[0] == [ADDRESS_B, "2412", "6", "-40", rows[0][4], "", "0"]
    assert len(rows) == 9
    assert [row[1] for row in rows] == ["2412"] + ["5180"] * 7 + ["2412"]
    assert [row[4] in ("1", "True") for row in rows] == [False, False] + [True] * 6 + [False]
    assert [row[6] for row in rows] == ["0", "0", "1", "2", "3", "4", "5", "6", "0"]
    assert rows[8][2] == "11"
    times = subprocess.run(["tshark", "-r", file, "-T", "fields", "-e", "frame.time_epoch"], capture_output=True, text=True,
                           timeout=60, check=True).stdout.split()
    assert all(abs(float(stamp) - time.time()) < 300 for stamp in times) and times == sorted(times)


def test_captured_frames_can_be_injected(tmp_path, path):
    file = tmp_path / "some.pcapng"
    capture = subprocess.Popen([VIFI, "air", "capture", "--socket", path, "--count", "3", file], stderr=subprocess.PIPE)
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B) as radio_b:
        while not any(radio["monitor"] for radio in show(path)["radios"]):
            time.sleep(0.05)
        sent = [data(ADDRESS_B, ADDRESS_A, 1), data(ALL, ADDRESS_A, 2), data(ADDRESS_B, ADDRESS_A, 3)]
        for frame in sent:
            radio_a.tx_status(radio_a.send(frame))
        assert capture.wait(timeout=20) == 0, capture.stderr.read()
        radio_b.frames(0.1)
        output = vifi_air(path, "inject", "--freq", str(CH36), file)
        assert output.startswith("3 frames sent, 3 of them acknowledged")
        assert [record.frame for record in radio_b.frames(0.2)] == sent
        assert "not a pcap or pcapng file" in vifi_air(path, "inject", VIFI, code=1)


def test_damaged_frame_is_not_injected(tmp_path, path):
    def record(body, flags):  # radiotap with the flags field: 0x10, the frame ends with its FCS; 0x40, the FCS is wrong
        packet = struct.pack("<BBHIB", 0, 0, 9, 1 << 1, flags) + body + bytes(4)
        return struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet

    file = tmp_path / "damaged.pcap"
    intact = data(ADDRESS_B, ADDRESS_A, 1)
    file.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127)
                     + record(data(ADDRESS_B, ADDRESS_A, 2), 0x50) + record(intact, 0x10))
    with Radio(path, "b", CH36, ADDRESS_B) as radio_b:
        output = vifi_air(path, "inject", "--freq", str(CH36), file)
        assert output.startswith("1 frames sent") and "1 records are" in output
        assert [frame.frame for frame in radio_b.frames(0.2)] == [intact]


def test_show_reports_radios_and_counters(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B):
        radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A)))
        radios = {radio["name"]: radio for radio in show(path)["radios"]}
        assert radios["a"]["sent"] == radios["a"]["acked"] == radios["b"]["received"] == 1
        assert radios["a"]["addresses"] == [ADDRESS_A] and radios["a"]["freq_mhz"] == CH36
        text = vifi_air(path, "show")
        assert "a " in text and ADDRESS_B in text


HOSTILE = {
    "no hello": [message(TUNE, b"\x3c\x14")],
    "hello twice": [hello("x"), hello("y")],
    "unknown version": [hello("x", version=99)],
    "wrong magic": [hello("x", magic=1)],
    "name with a blank": [hello("x y")],
    "name that is a pattern": [hello("*")],
    "name with an escape sequence": [hello("x\x1b[2J")],
    "random bytes": [b"\xff" * 40],
    "truncated message": [hello("x")[:-3]],
    "length beyond the record": [hello("x"), struct.pack("<HBB", 65535, SEND, 0) + bytes(20)],
    "oversized frame": [hello("x"), message(SEND, bytes(10 + 16385))],
    "empty frame": [hello("x"), message(SEND, bytes(10))],
    "message of the server": [hello("x"), message(STATUS, bytes(6))],
    "too clients messages": [hello("x"), message(TUNE, b"\x3c\x14") * 65],
    "record of maximum length": [hello("x"), bytes(RECORD)],
    "oversized record": [hello("x"), message(TUNE, b"\x3c\x14") * 13000],
    "text with a null byte": [message(RULE, b"loss=1%\x00")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_client_is_disconnected_and_others_are_unaffected(path, kind):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B):
        with Radio(path) as hostile:
            with pytest.raises((Disconnected, BrokenPipeError, ConnectionResetError)):
                for record in HOSTILE[kind]:
                    hostile.write(record)
                while hostile.read(10):
                    pass
                raise AssertionError("the air did not disconnect the client")
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked


def test_slow_reader_loses_only_its_own_frames(tmp_path):
    with air(tmp_path, "--airtime", "no") as path:
        with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B) as radio_b, Radio(path, "deaf", CH36) as _:
            for _ in range(200):
                last = [radio_a.send(data(ALL, ADDRESS_A, size=1400)) for _ in range(40)][-1]
                radio_a.tx_status(last)
                radio_b.frames(0.001)
            radios = {radio["name"]: radio for radio in show(path)["radios"]}
            assert radios["deaf"]["drops"]["queue"] > 0
            assert radios["b"]["drops"]["queue"] == 0
            assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked


def test_fast_sender_is_throttled(path):
    with Radio(path, "flood", CH36, "02:00:00:00:00:0f") as flood, Radio(path, "a", CH36, ADDRESS_A) as radio_a:
        with Radio(path, "b", CH36, ADDRESS_B):
            flood.socket.setblocking(False)
            sent = 0
            with pytest.raises(BlockingIOError):
                while sent < 100000:
                    flood.send(data(ALL, ADDRESS_A, size=1400))
                    sent += 1
            assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked  # the channel is busy, but every radio gets its turn
            assert [radio["drops"]["queue_medium"] for radio in show(path)["radios"]] == [0, 0, 0]


def test_many_connections_do_not_affect_other_clients(path):
    clients = []
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B):
        for _ in range(300):
            clients.append(Radio(path))
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked
        for client in clients:
            client.socket.close()
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked


# A process that holds `count` connections, as radios if `name` is given, until its standard input ends.
HOARDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from radio import Radio
radios = [Radio(sys.argv[2], f"{sys.argv[4]}{i}" if sys.argv[4] else None) for i in range(int(sys.argv[3]))]
print("done", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def hoarder(path, count, name=""):
    process = subprocess.Popen([sys.executable, "-c", HOARDER, pathlib.Path(__file__).parent, path, str(count), name],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "done\n"
        yield
    finally:
        process.communicate()


@pytest.mark.parametrize("name", ["", "hoard"])
def test_full_air_admits_another_process(tmp_path, name):
    """A process that takes all connections, as radios or not, loses some to others; an honest radio stays."""
    with air(tmp_path, files=128) as path, Radio(path, "a", CH36, ADDRESS_A) as radio_a, hoarder(path, 95, name):
        assert show(path)["connections"] >= 95
        with Radio(path, "b", CH36, ADDRESS_B) as radio_b, Radio(path, "c", CH36):
            assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked
            assert radio_b.frame().frame == data(ADDRESS_B, ADDRESS_A)
            assert show(path)["evicted"] >= 2


def test_connection_without_hello_ends(path):
    with Radio(path) as idle, Radio(path, "a") as radio_a:
        with pytest.raises(Disconnected):
            idle.read(30)
        assert not radio_a.read(0.1)


def test_invalid_rules_are_rejected(path):
    for rule, parts in {"from=a loss=x": ["loss", "0% to 100%"], "losss=5%": ["loss", "mean"], "delay=5": ["delay", "500us"],
                        "from=a": ["sets no property"], f"from={'a' * 32} loss=1%": ["from", "31"],
                        "loss=101%": ["100%"], "deaf=maybe": ["yes or no"]}.items():
        complaint = vifi_air(path, "rule", rule, code=2)
        assert all(part in complaint for part in parts), complaint


def test_overlong_transmission_does_not_block_the_channel(path):
    with Radio(path, "a", CH36, ADDRESS_A) as radio_a, Radio(path, "b", CH36, ADDRESS_B), Radio(path, "slow", CH36) as slow:
        assert slow.tx_status(slow.send(data(ALL, ADDRESS_A, size=16000), rate=1)) == (1, 0, 0)
        assert radio_a.tx_status(radio_a.send(data(ADDRESS_B, ADDRESS_A))).acked


def test_socket_is_private_and_exclusive(tmp_path):
    with air(tmp_path) as path:
        assert os.stat(path).st_mode & 0o777 == 0o660
        second = subprocess.run([VIFI, "air", "--socket", path], capture_output=True, text=True, timeout=20)
        assert second.returncode == 4 and "another vifi air is listening on" in second.stderr
        assert path.exists()
    assert "start it with `vifi air`" in vifi_air(path, "show", code=4)


def test_stale_socket_is_replaced(tmp_path):
    left = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.bind(str(tmp_path / "air.sock"))
    left.close()
    with air(tmp_path) as path, Radio(path, "a"):
        pass


def test_starting_air_keeps_its_socket(tmp_path):
    """Between bind() and listen() a socket looks stale; the lock of its owner protects it."""
    path = tmp_path / "air.sock"
    starting = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        starting.bind(str(path))
        second = subprocess.run([VIFI, "air", "--socket", path], capture_output=True, text=True, timeout=20)
        assert second.returncode == 4 and "another vifi air is listening on" in second.stderr
        starting.listen()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(path))
    starting.close()


def test_killed_air_is_replaced(tmp_path):
    path = tmp_path / "air.sock"
    killed = subprocess.Popen([VIFI, "air", "--socket", path], stdout=subprocess.PIPE, text=True)
    killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert path.exists()
    with air(tmp_path), Radio(path, "a"):
        pass
    assert sorted(tmp_path.iterdir()) == []


def test_other_file_at_the_path_is_kept(tmp_path):
    path = tmp_path / "air.sock"
    path.write_text("data")
    run = subprocess.run([VIFI, "air", "--socket", path], capture_output=True, text=True, timeout=20)
    assert run.returncode == 1 and f"cannot listen on {path}" in run.stderr
    assert path.read_text() == "data"


def test_clients_notice_the_end_of_the_air(tmp_path):
    with air(tmp_path) as path:
        radio_a = Radio(path, "a", CH36, ADDRESS_A)
        capture = subprocess.Popen([VIFI, "air", "capture", "--socket", path, tmp_path / "x.pcapng"], stderr=subprocess.PIPE,
                                   text=True)
        while not any(radio["monitor"] for radio in show(path)["radios"]):
            time.sleep(0.05)
    with pytest.raises(Disconnected):
        radio_a.read(10)
    _, complaint = capture.communicate(timeout=20)
    assert capture.returncode == 1 and "lost the medium" in complaint


def test_configuration_file_sets_rules_and_reports_unknown_keys(tmp_path):
    conf = tmp_path / "air.conf"
    conf.write_text("[air]\nairtime = no\nrule = from=a to=b loss=100%\nrule = from=b to=a delay=1ms\n")
    with air(tmp_path, "--config", str(conf), "--rule", "from=b to=a delay=2ms") as path:
        assert show(path)["rules"] == ["from=a to=b loss=100%", "from=b to=a delay=1ms", "from=b to=a delay=2ms"]
    conf.write_text("[air]\nairtiem = no\n")
    run = subprocess.run([VIFI, "air", "--config", conf], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and f"{conf}:2" in run.stderr and "airtime" in run.stderr
