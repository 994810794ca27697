# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi air`: radios that are written in Python join it; tshark reads its captures."""
import errno
import json
import os
import socket
import struct
import subprocess
import time

import pytest
from radio import (ADDRESSES, MONITOR, RECORD, RULE, SEND, STATUS, TUNE, VIFI, Gone, Radio, air, hello, mac, message,
                   vifi_air)

CH1, CH36 = 2412, 5180
A, B, ALL = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "ff:ff:ff:ff:ff:ff"


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
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B) as b, Radio(path, "c", CH36) as c:
        frame = data(B, A)
        assert a.fate(a.send(frame)) == (1, 1, 1)
        heard = b.frame()
        assert heard.frame == frame
        assert heard.freq_mhz == CH36 and heard.signal_dbm == -40 and heard.rate_kbps == 54000
        assert a.fate(a.send(data(ALL, A))).acked
        assert b.frame().frame == c.frame().frame == data(ALL, A)


def test_nobody_there(path):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH1, B) as b, Radio(path, "ear", monitor=True) as ear:
        assert a.fate(a.send(data(B, A))) == (1, 0, 7)
        heard = ear.frames(0.2)
        assert [retry(one.frame) for one in heard] == [False] + [True] * 6
        assert b.frames(0.1) == []
        assert a.fate(a.send(data(B, A), freq=CH1)).acked


def test_an_address_has_one_owner(path):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36) as b:
        with pytest.raises(OSError) as error:
            b.ask(message(ADDRESSES, mac(A)))
        assert error.value.errno == errno.EADDRINUSE
        with pytest.raises(OSError):
            b.ask(message(ADDRESSES, mac(ALL)))
        b.ask(message(ADDRESSES, mac(B)))
        assert a.fate(a.send(data(B, A))).acked
    # Gone is gone.
    with Radio(path, "b", CH36, A):
        pass


def test_doze(path):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B) as b:
        b.doze(time.monotonic_ns() + 10**12)
        b.ask(message(MONITOR, b"\0"))  # until it is done, so is the other
        assert not a.fate(a.send(data(B, A))).acked
        assert b.fate(b.send(data(A, B))).acked
        assert a.fate(a.send(data(B, A))).acked


def test_rules_of_a_running_air(path):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B) as b, Radio(path, "ear", monitor=True) as ear:
        vifi_air(path, "rule", "from=a to=b deaf=yes", "from=* to=* signal=-71")
        assert a.fate(a.send(data(B, A))) == (1, 0, 7)
        assert b.frames(0.1) == []
        assert len(ear.frames(0.1)) == 7
        vifi_air(path, "rule", "from=a to=b deaf=no delay=300ms")
        before = time.monotonic_ns()
        assert a.fate(a.send(data(B, A))).acked
        heard = b.frame()
        assert heard.signal_dbm == -71 and heard.time_ns - before >= 300_000_000
        assert time.monotonic_ns() >= heard.time_ns
        assert show(path)["rules"] == ["from=a to=b deaf=yes", "from=* to=* signal=-71", "from=a to=b delay=300ms deaf=no"]
        vifi_air(path, "rule", "from=a to=b clear")
        assert show(path)["rules"] == ["from=* to=* signal=-71"]
        # A radio that joins later is under them, too.
        vifi_air(path, "rule", "from=late to=a both loss=100%")
        with Radio(path, "late", CH36, "02:00:00:00:00:0c") as late:
            assert not late.fate(late.send(data(A, "02:00:00:00:00:0c"))).acked
            assert not a.fate(a.send(data("02:00:00:00:00:0c", A))).acked


def test_loss_is_about_as_said(tmp_path):
    with air(tmp_path, "--seed", "1", "--airtime", "no", "--rule", "loss=40%") as path:
        with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B) as b:
            count = 1000
            for first in range(0, count, 50):
                last = [a.send(data(B, A, number)) for number in range(first, first + 50)][-1]
                a.fate(last)
            failed = sum(not one.acked for one in a.waiting)
            heard = [one.frame for one in b.frames(0.5)]
            numbers = {struct.unpack_from("<H", one, 22)[0] >> 4 for one in heard}
            assert 15 <= failed <= 80  # 44 of 1000: (1 - 0.6²)⁷
            assert len(numbers) >= count - 12  # 1.6 are missed: 0.4⁷
            assert len(heard) > len(numbers)
            first_seen = set()
            for one in heard:  # what comes twice says so
                number = struct.unpack_from("<H", one, 22)[0]
                assert number not in first_seen or retry(one)
                first_seen.add(number)


def test_the_whole_air_in_a_file(tmp_path):
    file = tmp_path / "air.pcapng"
    with air(tmp_path, "--capture", str(file), "--rule", "from=a to=b deaf=yes") as path:
        with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH1, B) as b:
            b.fate(b.send(data(ALL, B)))
            a.fate(a.send(data(B, A)))
            a.fate(a.send(data(ALL, A), rate=11000, freq=CH1))
    fields = ["wlan.ta", "radiotap.channel.freq", "radiotap.datarate", "radiotap.dbm_antsignal", "wlan.fc.retry",
              "_ws.malformed", "radiotap.data_retries"]
    run = subprocess.run(["tshark", "-r", file, "-T", "fields", "-E", "separator=|", *sum((["-e", one] for one in fields), [])],
                         capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("|") for line in run.stdout.split("\n")[:-1]]
    assert rows[0] == [B, "2412", "6", "-40", rows[0][4], "", "0"]
    assert len(rows) == 9
    assert [row[1] for row in rows] == ["2412"] + ["5180"] * 7 + ["2412"]
    assert [row[4] in ("1", "True") for row in rows] == [False, False] + [True] * 6 + [False]
    assert [row[6] for row in rows] == ["0", "0", "1", "2", "3", "4", "5", "6", "0"]
    assert rows[8][2] == "11"
    times = subprocess.run(["tshark", "-r", file, "-T", "fields", "-e", "frame.time_epoch"], capture_output=True, text=True,
                           timeout=60, check=True).stdout.split()
    assert all(abs(float(one) - time.time()) < 300 for one in times) and times == sorted(times)


def test_capture_and_inject(tmp_path, path):
    file = tmp_path / "some.pcapng"
    taker = subprocess.Popen([VIFI, "air", "capture", "--socket", path, "--count", "3", file], stderr=subprocess.PIPE)
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B) as b:
        while not any(one["monitor"] for one in show(path)["radios"]):
            time.sleep(0.05)
        sent = [data(B, A, 1), data(ALL, A, 2), data(B, A, 3)]
        for frame in sent:
            a.fate(a.send(frame))
        assert taker.wait(timeout=20) == 0, taker.stderr.read()
        b.frames(0.1)
        said = vifi_air(path, "inject", "--freq", str(CH36), file)
        assert said.startswith("3 frames sent, 3 of them acknowledged")
        assert [one.frame for one in b.frames(0.2)] == sent
        assert "no pcap" in vifi_air(path, "inject", VIFI, code=1)


def test_what_there_is_to_see(path):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B):
        a.fate(a.send(data(B, A)))
        radios = {one["name"]: one for one in show(path)["radios"]}
        assert radios["a"]["sent"] == radios["a"]["acked"] == radios["b"]["received"] == 1
        assert radios["a"]["addresses"] == [A] and radios["a"]["freq_mhz"] == CH36
        text = vifi_air(path, "show")
        assert "a " in text and B in text


HOSTILE = {
    "nothing said first": [message(TUNE, b"\x3c\x14")],
    "hello twice": [hello("x"), hello("y")],
    "another version": [hello("x", version=99)],
    "another magic": [hello("x", magic=1)],
    "a name with blanks": [hello("x y")],
    "a name that is a pattern": [hello("*")],
    "an escape": [hello("x\x1b[2J")],
    "no message": [b"\xff" * 40],
    "cut short": [hello("x")[:-3]],
    "a length beyond the record": [hello("x"), struct.pack("<HBB", 65535, SEND, 0) + bytes(20)],
    "a frame too long": [hello("x"), message(SEND, bytes(10 + 16385))],
    "no frame": [hello("x"), message(SEND, bytes(10))],
    "what only the air says": [hello("x"), message(STATUS, bytes(6))],
    "more messages than there may be": [hello("x"), message(TUNE, b"\x3c\x14") * 65],
    "the longest record": [hello("x"), bytes(RECORD)],
    "longer than a record": [hello("x"), message(TUNE, b"\x3c\x14") * 13000],
    "text that is none": [message(RULE, b"loss=1%\x00")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_client_is_sent_away_and_hurts_nobody(path, kind):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B):
        with Radio(path) as hostile:
            with pytest.raises((Gone, BrokenPipeError, ConnectionResetError)):
                for record in HOSTILE[kind]:
                    hostile.write(record)
                while hostile.read(10):
                    pass
                raise AssertionError("it was not sent away")
        assert a.fate(a.send(data(B, A))).acked


def test_who_does_not_read_loses_its_own_frames_only(tmp_path):
    with air(tmp_path, "--airtime", "no") as path:
        with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B) as b, Radio(path, "deaf", CH36) as _:
            for _ in range(200):
                last = [a.send(data(ALL, A, size=1400)) for _ in range(40)][-1]
                a.fate(last)
                b.frames(0.001)
            radios = {one["name"]: one for one in show(path)["radios"]}
            assert radios["deaf"]["drops"]["queue"] > 0
            assert radios["b"]["drops"]["queue"] == 0
            assert a.fate(a.send(data(B, A))).acked


def test_who_sends_faster_than_the_air_waits_itself(path):
    with Radio(path, "flood", CH36, "02:00:00:00:00:0f") as flood, Radio(path, "a", CH36, A) as a:
        with Radio(path, "b", CH36, B):
            flood.socket.setblocking(False)
            sent = 0
            with pytest.raises(BlockingIOError):
                while sent < 100000:
                    flood.send(data(ALL, A, size=1400))
                    sent += 1
            assert a.fate(a.send(data(B, A))).acked  # the channel is busy, but each has its turn
            assert [one["drops"]["queue_medium"] for one in show(path)["radios"]] == [0, 0, 0]


def test_connections_without_end(path):
    many = []
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B):
        for _ in range(300):
            many.append(Radio(path))
        assert a.fate(a.send(data(B, A))).acked
        for one in many:
            one.socket.close()
        assert a.fate(a.send(data(B, A))).acked


def test_rules_that_are_none(path):
    for rule, parts in {"from=a loss=x": ["loss", "0% to 100%"], "losss=5%": ["loss", "mean"], "delay=5": ["delay", "500us"],
                        "from=a": ["says nothing"], f"from={'a' * 32} loss=1%": ["from", "31"],
                        "loss=101%": ["100%"], "deaf=maybe": ["yes or no"]}.items():
        complaint = vifi_air(path, "rule", rule, code=2)
        assert all(part in complaint for part in parts), complaint


def test_nobody_holds_the_channel_by_speaking_slowly(path):
    with Radio(path, "a", CH36, A) as a, Radio(path, "b", CH36, B), Radio(path, "slow", CH36) as slow:
        assert slow.fate(slow.send(data(ALL, A, size=16000), rate=1)) == (1, 0, 0)
        assert a.fate(a.send(data(B, A))).acked


def test_the_socket(tmp_path):
    with air(tmp_path) as path:
        assert os.stat(path).st_mode & 0o777 == 0o660
        second = subprocess.run([VIFI, "air", "--socket", path], capture_output=True, text=True, timeout=20)
        assert second.returncode == 4 and "another `vifi air` serves it" in second.stderr
        assert path.exists()
    assert "start `vifi air` first" in vifi_air(path, "show", code=4)


def test_a_socket_that_was_left_behind(tmp_path):
    left = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.bind(str(tmp_path / "air.sock"))
    left.close()
    with air(tmp_path) as path, Radio(path, "a"):
        pass


def test_the_air_goes_away(tmp_path):
    with air(tmp_path) as path:
        a = Radio(path, "a", CH36, A)
        capture = subprocess.Popen([VIFI, "air", "capture", "--socket", path, tmp_path / "x.pcapng"], stderr=subprocess.PIPE,
                                   text=True)
        while not any(one["monitor"] for one in show(path)["radios"]):
            time.sleep(0.05)
    with pytest.raises(Gone):
        a.read(10)
    _, complaint = capture.communicate(timeout=20)
    assert capture.returncode == 1 and "the air has gone" in complaint


def test_a_file_of_settings(tmp_path):
    conf = tmp_path / "air.conf"
    conf.write_text("[air]\nairtime = no\nrule = from=a to=b loss=100%\nrule = from=b to=a delay=1ms\n")
    with air(tmp_path, "--config", str(conf), "--rule", "from=b to=a delay=2ms") as path:
        assert show(path)["rules"] == ["from=a to=b loss=100%", "from=b to=a delay=1ms", "from=b to=a delay=2ms"]
    conf.write_text("[air]\nairtiem = no\n")
    run = subprocess.run([VIFI, "air", "--config", conf], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and f"{conf}:2" in run.stderr and "airtime" in run.stderr
