# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi trace` on a bridge, with both engines: tshark and capinfos judge the files.

   guest a ── vif-a ── br0 ── (translation) ── wlan0 ── port ── router
              port     bridge                  uplink out, uplink in
"""

import collections
import contextlib
import json
import os
import re
import signal
import subprocess
import time
from random import Random

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.netns import inside, wait_for
from lab.vifi import program
from tcx import EGRESS, attached
from world import BCAST, ENGINES, ROUTER4, ROUTER_MAC, World

FIELDS = ("frame.number", "frame.packet_id", "frame.verdict.ebpf_tc", "frame.interface_name", "frame.comment", "eth.src", "eth.dst", "ip.src",
          "ip.dst", "tcp.seq_raw", "tcp.len", "frame.time_epoch")


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with World(vifi=ENGINES[request.param], capture=False, dhcp="none", ra="none") as world:
        world.engine = request.param
        yield world


@contextlib.contextmanager
def tracing(world, *arguments):
    """Runs `vifi trace` on the host, from the moment when it records until the end of the block; yields what it has printed then."""
    log = world.lab.file(f"trace-{time.monotonic_ns()}.log")
    result = {}
    process = world.host.start([program(), "trace", *arguments, "bridge", "wlan0"], log=log)
    try:
        wait_for("the recorder is on", lambda: mode(world) or process.poll() is not None, 30)
        yield result
    finally:
        world.host.stop(process, signal.SIGINT)
        with open(log, encoding="utf-8") as file:
            result["text"] = file.read()
        result["code"] = process.returncode


def ring_file(world):
    cookie = world.host.run(["python3", "-c", "import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), 'little'))"]).stdout.strip()
    return f"/run/vifi/{cookie}-bridge-wlan0.trace"


def tshark(path, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", path, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and "cut short" not in done.stderr and "Error" not in done.stderr, done.stderr
    return done.stdout


def packets(path):
    lines = tshark(path, "-T", "fields", *(word for field in FIELDS for word in ("-e", field))).splitlines()
    return [dict(zip(FIELDS, line.split("\t"))) for line in lines]


def fetch(world):
    """One TCP connection: 200 kB from the router to guest a."""
    server = world.router.start(["python3", "-c", "import socket\ns = socket.create_server(('', 8080))\nc, _ = s.accept()\nc.sendall(b'x' * 200000)\n"])
    try:
        wait_for("the server listens", lambda: ":8080" in world.router.run(["ss", "-ltn"]).stdout, 5)
        got = world.guest_a.run(["python3", "-c", f"""import socket
s = socket.create_connection(('{ROUTER4}', 8080), 5)
n = 0
while True:
    d = s.recv(65536)
    if not d: break
    n += len(d)
print(n)"""]).stdout.strip()
        assert got == "200000"
    finally:
        world.router.stop(server)


def test_one_connection_at_each_hop(world):
    path = world.lab.file("one.pcapng")
    with tracing(world, "-w", path, "-f", "tcp port 8080") as result:
        fetch(world)
    assert result["code"] == 0 and re.search(r"[1-9]\d* events, 0 were lost", result["text"]), result
    journeys = collections.defaultdict(list)
    for packet in packets(path):
        assert packet["frame.packet_id"] and packet["frame.comment"] and packet["frame.verdict.ebpf_tc"], packet
        journeys[packet["frame.packet_id"]].append(packet)
    out = ["vif-a", "br0", "wlan0 out"] if world.engine == "kernel" else ["br0", "wlan0 out"]
    hops = collections.Counter(tuple(p["frame.interface_name"] for p in journey) for journey in journeys.values())
    # Past the bridge, by the shortcut, a frame has no hop there.
    assert set(hops) <= {tuple(out), ("vif-a", "wlan0 out"), ("wlan0 in", "br0"), ("wlan0 in", "vif-a")} and len(hops) >= 2, hops
    if world.engine == "kernel":  # the last hop of data is the guest's port
        assert hops[("wlan0 in", "vif-a")] > hops[("wlan0 in", "br0")], hops
    for journey in journeys.values():
        assert len({(p["ip.src"], p["ip.dst"], p["tcp.seq_raw"], p["tcp.len"]) for p in journey}) == 1, journey
        first, last = journey[0], journey[-1]
        if last["frame.interface_name"] == "wlan0 out":
            assert first["eth.src"] == world.guest_a.hw and last["eth.src"] == world.port.station
        else:
            assert first["eth.dst"] == world.port.station and last["eth.dst"] == world.guest_a.hw
    received = sum(int(p["tcp.len"]) for p in packets(path) if p["frame.interface_name"] == "wlan0 in" and p["tcp.len"])
    assert received >= 200000, "the recording lacks segments"
    information = subprocess.run(["capinfos", "-M", path], capture_output=True, text=True, check=True)
    assert "Number of interfaces in file" in information.stdout and information.stderr == "", information


def put(world, size):
    """One TCP connection: from guest a to the router."""
    server = world.router.start(["python3", "-c", "import socket\ns = socket.create_server(('', 8081))\nc, _ = s.accept()\nwhile c.recv(65536): pass\nc.sendall(b'end')\n"])
    try:
        wait_for("the server listens", lambda: ":8081" in world.router.run(["ss", "-ltn"]).stdout, 5)
        got = world.guest_a.run(["python3", "-c", f"""import socket
s = socket.create_connection(('{ROUTER4}', 8081), 5)
s.sendall(bytes({size}))
s.shutdown(socket.SHUT_WR)
print(s.recv(9).decode())"""]).stdout.strip()
        assert got == "end"
    finally:
        world.router.stop(server)


def test_frames_longer_than_the_mtu_at_each_hop(world):
    """What the guest's kernel leaves to the interface to cut (GSO): each such frame has one id, all its bytes and its hops, and none is missing."""
    path, size = world.lab.file("gso.pcapng"), 600000
    with tracing(world, "-s", "0", "-w", path, "-f", "tcp port 8081") as result:
        put(world, size)
    assert re.search(r"[1-9]\d* events, 0 were lost", result["text"]), result
    journeys, covered = collections.defaultdict(list), {}
    fields = ("frame.packet_id", "frame.interface_name", "frame.len", "frame.cap_len", "tcp.seq_raw", "tcp.len", "tcp.dstport", "eth.src")
    for line in tshark(path, "-o", "tcp.relative_sequence_numbers:FALSE", "-T", "fields", *(word for field in fields for word in ("-e", field))).splitlines():
        packet = dict(zip(fields, line.split("\t")))
        journeys[packet["frame.packet_id"]].append(packet)
    long = [journey for journey in journeys.values() if int(journey[0]["frame.len"]) > 1514]
    assert long, "no frame is longer than the MTU: the test shows nothing"
    for journey in journeys.values():
        assert len(journey) >= 2 and len({(p["frame.len"], p["frame.cap_len"], p["tcp.seq_raw"]) for p in journey}) == 1, journey
        assert journey[0]["frame.len"] == journey[0]["frame.cap_len"], journey
        if journey[-1]["tcp.dstport"] == "8081":
            assert journey[-1]["frame.interface_name"] == "wlan0 out" and journey[-1]["eth.src"] == world.port.station, journey
            covered[int(journey[0]["tcp.seq_raw"])] = max(int(journey[0]["tcp.len"]), covered.get(int(journey[0]["tcp.seq_raw"]), 0))
    base = min(covered, key=lambda seq: (seq - min(covered)) & 0xffffffff)
    if max(covered) - base > 1 << 31:  # the sequence numbers have wrapped
        base = min(seq for seq in covered if seq > 1 << 31)
    end = 0
    for offset, length in sorted(((seq - base) & 0xffffffff, length) for seq, length in covered.items()):
        assert offset <= end + 1, f"{offset - end} bytes are missing before {offset}"
        end = max(end, offset + length)
    assert size <= end <= size + 2, (size, end)  # SYN and FIN count
    information = subprocess.run(["capinfos", "-M", path], capture_output=True, text=True, check=True)
    assert information.stderr == "", information


def test_drops_have_reason_and_hint(world):
    path = world.lab.file("drops.pcapng")
    frame = Ether(src=world.guest_a.hw, dst=ROUTER_MAC) / IP(src="127.0.0.1", dst=ROUTER4) / UDP(dport=9) / b"bad"
    with tracing(world, "-w", path, "--drops"):
        before = world.drops("claim_invalid")
        world.guest_a.wire.send(frame)
        wait_for("the frame is dropped", lambda: world.drops("claim_invalid") > before, 5)
    dropped = [p for p in packets(path) if "claim_invalid" in p["frame.comment"]]
    assert dropped and dropped[0]["frame.verdict.ebpf_tc"] == "2", packets(path)
    assert "never valid" in dropped[0]["frame.comment"] and "Correct the address in the guest" in dropped[0]["frame.comment"]


def test_text_and_json(world):
    with tracing(world, "-f", "icmp") as result:
        assert world.guest_a.ping(ROUTER4)
    assert re.search(rf"wlan0 out +>  .* {world.guest_a.ip4} > {re.escape(ROUTER4)} echo request, 98 bytes → delivered", result["text"]), result["text"]
    with tracing(world, "-j", "-f", "icmp") as result:
        assert world.guest_a.ping(ROUTER4)
    lines = [json.loads(line) for line in result["text"].splitlines() if line.startswith("{")]
    hops = {line["hop"] for line in lines}
    assert {"uplink out", "uplink in"} <= hops and hops & {"bridge", "port"}, lines  # not br0, within a second of another ping
    assert all(line["length"] == 98 and len(line["id"]) == 16 for line in lines)


def test_whole_frames_and_their_heads(world):
    for arguments, captured in ((), 128), (("-s", "0"), 1042):
        path = world.lab.file("size.pcapng")
        with tracing(world, "-w", path, "-f", "icmp", *arguments):
            assert world.guest_a.ping(ROUTER4, size=1000)
        sizes = set(tshark(path, "-T", "fields", "-e", "frame.cap_len", "-e", "frame.len").split("\n")) - {""}
        assert f"{captured}\t1042" in sizes, (sizes, captured)
        assert mode(world) == 0, "the reader has not taken its wish back"
    check_whole_at_each_hop(path)


def check_whole_at_each_hop(path):
    """The recorder keeps the bytes of a frame once: each hop has all of them nevertheless, with the MAC addresses of that hop."""
    journeys = collections.defaultdict(list)
    for line in tshark(path, "-T", "fields", "-e", "frame.packet_id", "-e", "frame.cap_len", "-e", "icmp.checksum.status", "-e", "data.data",
                       "-e", "eth.src", "-e", "eth.dst").splitlines():
        journeys[line.split("\t")[0]].append(line.split("\t")[1:])
    assert len(journeys) >= 2
    for hops in journeys.values():
        assert len(hops) >= 2 and {(hop[0], hop[1]) for hop in hops} == {("1042", "1")}, hops  # 1: a good checksum
        assert len({hop[2] for hop in hops}) == 1 and len({(hop[3], hop[4]) for hop in hops}) == 2, hops


def test_guests_of_one_bridge(world):
    """The bridge forwards their frames by itself, and the far guest's port is the last hop. The recorder's program is there only
    while it records."""
    if world.engine != "kernel":
        return  # in user space there are no ports
    path = world.lab.file("guests.pcapng")
    assert world.guest_a.ping(world.guest_b.ip4)
    with tracing(world, "-w", path, "-f", f"icmp and host {world.guest_b.ip4}"):
        wait_for("the recorder's program", lambda: len(port_programs(world)) >= 2, 10)
        assert world.guest_a.ping(world.guest_b.ip4)
    journeys = collections.defaultdict(list)
    for packet in packets(path):
        journeys[packet["frame.packet_id"]].append((packet["frame.interface_name"], packet["frame.comment"]))
    assert [("vif-a", "to the bridge"), ("vif-b", "delivered")] in journeys.values(), journeys
    assert [("vif-b", "to the bridge"), ("vif-a", "delivered")] in journeys.values(), journeys
    wait_for("the end of the program", lambda: not port_programs(world), 30)


def port_programs(world):
    """The guests' ports with a program where frames leave them."""
    links = json.loads(world.host.query("-j link show"))
    with inside(world.host.ns):
        return [link["ifname"] for link in links if link["ifname"].startswith("vif-") and attached(link["ifindex"], EGRESS)]


def test_short_recordings_lack_nothing(world):
    """From the moment when the recorder is asked until Ctrl-C each frame is there, however close they follow."""
    path = world.lab.file("short.pcapng")
    for _ in range(12):
        with tracing(world, "-w", path, "-f", "icmp"):
            assert world.guest_a.ping(ROUTER4)
        ways = collections.Counter((p["ip.src"], p["frame.interface_name"]) for p in packets(path))
        assert ways[world.guest_a.ip4, "wlan0 out"] == ways[ROUTER4, "wlan0 in"] == 1, ways


def mode(world):
    """What readers ask for, as the file has it: the command takes its wish back when it ends."""
    if not os.path.exists(ring_file(world)):
        return 0
    with open(ring_file(world), "rb") as file:
        head = file.read(80)
    return int.from_bytes(head[64:68], "little") if int.from_bytes(head[56:64], "little") > time.monotonic_ns() else 0


def test_bad_arguments(world):
    for arguments, words in ((["-f", "host and"], "invalid filter"), (["--last=soon"], "neither all nor a time"), (["bridge"], "name the uplink"),
                             (["bridge", "wlan7"], "wlan7"), (["cat", "x"], "must be bridge, ap, sta or air")):
        done = world.host.run([program(), "trace", *arguments], check=False)
        assert done.returncode in (1, 2, 4) and words in done.stderr, done


def test_no_frame_vanishes(world):
    """Frames of many kinds, well formed and not: each journey ends with a delivery or with a reason, and the reasons are those that
    the counters have."""
    random = Random(7)
    frames = [Ether(src=world.guest_a.hw, dst=random.choice((ROUTER_MAC, BCAST, world.guest_b.hw, "01:80:c2:00:00:0e"))) / layer
              for layer in (IP(src=world.guest_a.ip4, dst=ROUTER4) / UDP(dport=9) / b"x", IP(src="0.0.0.0", dst=ROUTER4) / b"x",
                            IP(src="224.0.0.1", dst=ROUTER4) / b"x", IP(src=ROUTER4, dst=world.guest_a.ip4) / b"x",
                            bytes(random.randrange(256) for _ in range(60)), b"\x45" * 30)]
    broken = [bytearray(bytes(frame)) for frame in frames * 20]
    for frame in broken:
        for _ in range(random.randrange(4)):
            frame[12 + random.randrange(len(frame) - 12)] = random.randrange(256)
    begin, before = time.time(), world.vifi.show()["drops"]
    with tracing(world, "-j") as result:
        for frame in broken:
            world.guest_a.wire.send(bytes(frame))
            world.wire.send(bytes.fromhex(world.port.station.replace(":", "")) + bytes.fromhex(ROUTER_MAC.replace(":", "")) + bytes(frame[12:]))
        time.sleep(0.5)
    events = [json.loads(line) for line in result["text"].splitlines() if line.startswith("{")]
    events = [event for event in events if event["seconds"] >= begin]  # the ring may hold what an earlier reader has left
    assert len(events) > 100 and not any("missing" in event for event in events)
    reasons = collections.Counter(event["reason"] for event in events if "reason" in event)
    after = world.vifi.show()["drops"]
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    for name, count in reasons.items():
        assert grown.get(name, 0) >= count, (name, count, grown)
    passes = {"unknown_address"}  # counted, but this host got the frame
    assert set(grown) - passes <= set(reasons), (grown, reasons)
    for event in events:
        assert "reason" in event or event["verdict"].startswith(("to ", "delivered")), event
        assert ("layer" in event and "mender" in event) == ("reason" in event), event


# ---- faults of the recorder and of its readers: traffic goes on


def test_killed_reader(world):
    """Recording ends by itself, and the file is whole up to its last block."""
    path = world.lab.file("killed.pcapng")
    process = world.host.start([program(), "trace", "-s", "0", "-w", path, "bridge", "wlan0"])
    wait_for("the recorder is on", lambda: mode(world) == 2, 30)
    wait_for("packets", lambda: world.guest_a.ping(ROUTER4) and os.path.getsize(path) > 2000, 10)
    world.host.stop(process, signal.SIGKILL)
    assert world.guest_a.ping(ROUTER4)
    data = open(path, "rb").read()
    end = 0
    while end + 8 <= len(data) and end + int.from_bytes(data[end + 4:end + 8], "little") <= len(data):
        end += int.from_bytes(data[end + 4:end + 8], "little")
    assert end > 2000
    with open(path, "wb") as file:
        file.write(data[:end])
    assert len(packets(path)) > 3
    wait_for("the recorder is off", lambda: mode(world) == 0 and recorder_mode(world) in (0, None), 60, step=0.5)


def recorder_mode(world):
    """The word of the configuration in the kernel; None with the user-space engine."""
    if world.engine != "kernel":
        return None
    listing = json.loads(world.host.run(["bpftool", "-j", "map", "dump", "name", "config"], check=False).stdout or "[]")
    values = [entry for entry in (listing if isinstance(listing, list) else []) if "formatted" in entry]
    return max((entry["formatted"]["value"]["recorder"] for entry in values), default=None)


def test_full_disk(world):
    folder = world.lab.file("small")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "full.pcapng")
    script = (f"mount -t tmpfs -o size=64k none {folder} && {program()} trace -s 0 -w {path} bridge wlan0; code=$?; "
              f"cp {path} {path}.copy.tmp 2>/dev/null; cat {path} > {folder}.pcapng; exit $code")
    log = world.lab.file("full.log")
    process = world.host.start(["unshare", "-m", "sh", "-c", script], log=log)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        assert world.guest_a.ping(ROUTER4, size=1400)
    assert process.poll() == 1, open(log, encoding="utf-8").read()
    assert "No space left" in open(log, encoding="utf-8").read()
    assert len(packets(folder + ".pcapng")) > 10
    assert world.guest_a.ping(ROUTER4)


def test_stalled_reader(world):
    """It misses events, and says so; nobody waits for it."""
    log = world.lab.file("stalled.json")
    process = world.host.start([program(), "trace", "-j", "-s", "0", "bridge", "wlan0"], log=log)
    try:
        wait_for("events", lambda: world.guest_a.ping(ROUTER4) and os.path.getsize(log) > 0, 10)
        os.kill(process.pid, signal.SIGSTOP)
        for _ in range(3):
            fetch_much(world)
        os.kill(process.pid, signal.SIGCONT)
        wait_for("the reader goes on", lambda: '"missing"' in open(log, encoding="utf-8").read(), 20, step=0.3)
    finally:
        os.kill(process.pid, signal.SIGCONT)
        world.host.stop(process, signal.SIGINT)


def fetch_much(world):
    """8 MB, more than half of the ring at each of two hops."""
    with world.router.socket() as server:
        server.bind((ROUTER4, 0))
        server.listen(1)
        port = server.getsockname()[1]
        client = world.guest_a.start(["python3", "-c", f"""import socket
s = socket.create_connection(('{ROUTER4}', {port}), 10)
while s.recv(65536): pass"""])
        server.settimeout(10)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(20)
            connection.sendall(b"y" * 8_000_000)
        assert client.wait(20) == 0


@pytest.mark.parametrize("world", ["kernel"], indirect=True)  # the user-space engine writes each event itself
def test_frame_that_is_lost_in_the_bridge_is_shown_without_a_later_one(world):
    """The kernel holds the event of the port until the frame's next hop, which never comes; and no other frame of the CPU follows."""
    host, guest, mark = world.host, world.guest_a, b"lost in the bridge"
    host.run(["nft", "-f", "-"], input="table bridge hole {\n chain c {\n type filter hook forward priority 0;\n ether type 0x88b6 drop\n }\n"
             " chain i {\n type filter hook input priority 0;\n ether type 0x88b6 drop\n }\n}\n")
    path = world.lab.file("held.txt")
    process = host.start([program(), "trace", "-f", "ether proto 0x88b6", "bridge", "wlan0"], log=path)
    try:
        wait_for("the recorder is on", lambda: mode(world), 30)
        guest.wire.send(Ether(src=guest.hw, dst=ROUTER_MAC, type=0x88b6) / Raw(mark))

        def shown():
            with open(path, encoding="utf-8") as file:
                return "vif-a" in file.read()

        wait_for("the frame is shown", shown, 20)
    finally:
        host.stop(process, signal.SIGINT)
        host.run("nft delete table bridge hole")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert "vif-a" in text and "wlan0 out" not in text, text
