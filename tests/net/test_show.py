# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi bridge show`: what people and programs see of a running bridge.

The guests are real ones (world.py, test_scale.py); the jsonschema package checks doc/show.schema.json.
"""

import contextlib
import json
import os
import re
import signal
import time

import jsonschema
import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from lab import services
from lab.netns import wait_for
from lab.topology import ROUTER_MAC, UPLINK_MAC
from lab.vifi import TOP, Vifi, program
from test_scale import GATEWAY, Farm, cpu_time, farm_mac
from world import ENGINES, HOST4, OTHER, ROUTER4, World, arp

by_engine = pytest.mark.parametrize("engine", ENGINES)

with open(os.path.join(TOP, "doc/show.schema.json")) as file:
    SCHEMA = json.load(file)


def check_schema(document):
    """Fails with the innermost reasons if a document does not follow the schema."""
    errors = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    inner = [e for error in errors for e in error.context or [error]]
    assert not errors, "\n".join(f"{list(e.absolute_path)}: {e.message[:300]}" for e in inner)


def show(world, *args, columns=None, env=()):
    """The text of `vifi bridge show`; without `columns` of unlimited width."""
    width = [f"COLUMNS={columns}"] if columns else []
    return world.host.run(["env", "LC_ALL=C.UTF-8", *width, *env, program(), "bridge", "show", *args]).stdout


def guest_of(report, mac):
    found = [guest for guest in report["guests"] if guest["mac"] == mac]
    assert len(found) == 1, report["guests"]
    return found[0]


@pytest.fixture(scope="module", params=ENGINES)
def world(request, vifi_program):
    with World(vifi=ENGINES[request.param], capture=False) as running:
        wait_for("link-local addresses", lambda: all(len(guest["addresses"]) == 3 for guest in running.vifi.show()["guests"]), 15)
        yield running


# ---- the document


def test_schema_is_valid_and_strict():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(AssertionError):
        check_schema([{"uplink": "wlan0"}])


def test_document_follows_the_schema(world):
    """Of one uplink, of all, of one guest; from the process and, after kill -9, from the tables alone."""
    one = json.loads(show(world, "-j", "wlan0"))
    check_schema(one)
    check_schema(json.loads(show(world, "-j")))
    check_schema(json.loads(show(world, "-j", world.guest_a.hw)))
    assert len(one["guests"]) == one["totals"]["guests"] == 3 and one["running"] and one["link"]["carrier"]
    assert one["shortcut"] and one["clones"] == [] and isinstance(one["events"], list)


def test_document_without_a_process_follows_the_schema(vifi_program):
    with World(capture=False, guests=1) as world:
        world.vifi.kill()
        report = world.vifi.show()
        check_schema(report)
        assert (report["running"], report["pid"], report["shortcut"], report["events"], report["interval_s"]) == (False, None, None, None, None)
        assert [p["id"] for p in report["problems"]] == ["process"]
        text = show(world)
        assert "No process serves wlan0" in text and "vifi bridge up wlan0 br0" in text and world.guest_a.ip4 in text, text


def test_text_shows_nothing_that_the_document_lacks(world):
    """Every word of the text is in the document, but for titles, units and the words between."""
    document, text = show(world, "-j", "wlan0"), show(world, "wlan0")
    words = re.findall(r"[\w:.]*[:.]\w[\w:.]*|[a-z]+_[a-z_]+|vif-\w", text)
    assert len(words) > 12
    for word in words:
        assert re.fullmatch(r"\d+\.\d", word) or word in document, (word, text)


# ---- guests


def test_guest_is_one_row_with_its_useful_address_first(world):
    report = json.loads(show(world, "-j", "wlan0"))
    for guest in world.guests:
        shown = guest_of(report, guest.hw)
        addresses = [a["address"] for a in shown["addresses"]]
        assert addresses[:2] == [guest.ip4, guest.ip6] and addresses[-1].startswith("fe80:"), addresses
        assert shown["port"] == guest.vif and all(a["in_network"] for a in shown["addresses"][:2])
        rows = [line for line in show(world).splitlines() if guest.hw in line]
        assert len(rows) == 1 and rows[0].split()[0] in (guest.ip4, "-") and guest.ip6 in rows[0], rows


def test_guest_is_found_by_name_mac_address_and_port(world):
    guest, other = world.guest_b, world.guest_c
    for word in (guest.hw, guest.hw.upper(), guest.hw.replace(":", "-"), guest.ip4, guest.ip6.upper(), guest.vif):
        for args in ([word], ["wlan0", word]):
            text = show(world, *args)
            assert guest.ip4 in text and guest.ip6 in text and other.hw not in text, (args, text)
    missing = world.vifi.call("show", "nobody", check=False)
    assert missing.returncode == 1 and "`nobody`" in missing.stderr and len(missing.stderr.splitlines()) == 1, missing
    missing = world.vifi.call("show", "wlan0", "192.168.157.99", check=False)
    assert missing.returncode == 1 and "192.168.157.99" in missing.stderr, missing


def test_verbose_has_a_row_for_each_address_and_all_has_the_internal_ones(world):
    verbose, everything = show(world, "-v"), show(world, "-a")
    for guest in world.guests:
        assert len([line for line in verbose.splitlines() if guest.hw in line]) == 3, verbose
    assert "Delivered:" in verbose and "Delivered:" not in show(world)
    assert re.search(rf"^  {re.escape(world.guest_a.hw)} ", everything, re.M) and re.search(rf"{re.escape(ROUTER4)} .*gateway", everything)


@by_engine
def test_leases_and_names(engine, vifi_program):
    with World(vifi=ENGINES[engine], static=False, capture=False) as world:
        services.udhcpc(world.lab, world.guest_a, extra=("-x", "hostname:web-1"))
        wait_for("the name is known", lambda: guest_of(world.vifi.show(), world.guest_a.hw)["name"], 3)
        guest = guest_of(world.vifi.show(), world.guest_a.hw)
        assert (guest["name"], guest["hostname"], guest["machine"]) == ("web-1", "web-1", None)
        assert 0 < guest["expires_s"] <= 24 * 3600 and guest["addresses"][0]["flags"].count("dhcp") == 1, guest
        row, = [line for line in show(world).splitlines() if "web-1" in line]
        assert re.match(r"  web-1 +192\.168\.157\.\d+ +" + world.guest_a.hw + r" +vif-a +\d+ s +\d+ (min|h)  ", row), row
        assert world.guest_a.hw in show(world, "WEB-1")


# ---- traffic


@by_engine
def test_bytes_and_rates_are_those_of_a_known_stream(engine, vifi_program):
    """1,000 datagrams of 1,000 bytes out and 500 in, in the time between two looks."""
    with World(vifi=ENGINES[engine], capture=False) as world:
        guest = world.guest_a
        out = bytes(Ether(src=guest.hw, dst=ROUTER_MAC) / IP(src=guest.ip4, dst=ROUTER4) / UDP(sport=9, dport=9) / bytes(958))
        into = bytes(Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IP(src=ROUTER4, dst=guest.ip4) / UDP(sport=9, dport=9) / bytes(958))

        def stream():
            for i in range(1000):
                guest.wire.send(out)
                if i % 2:
                    world.wire.send(into)
                if i % 50 == 0:
                    time.sleep(0.01)

        def arrived():
            now = guest_of(world.vifi.show(), guest.hw)
            return now["out_packets"] >= before["out_packets"] + 1000 and now["in_packets"] >= before["in_packets"] + 500 and now

        before = guest_of(world.vifi.show(), guest.hw)
        stream()
        after = wait_for("all datagrams are counted", arrived, 5)
        for way, frames in (("out", 1000), ("in", 500)):
            packets, sent = (after[f"{way}_{what}"] - before[f"{way}_{what}"] for what in ("packets", "bytes"))
            # no frame may be missing; the router's answers to the datagrams and neighbour discovery come on top
            assert frames <= packets <= frames + 60 and 1000 * frames <= sent <= 1000 * frames + 60000, (way, packets, sent)
        # The process compares two looks, about five seconds apart.  A stream that one of them divides is sent again.
        for _ in range(4):
            known = wait_for("the rate", lambda: (s := world.vifi.show()) and guest_of(s, guest.hw)["out_bytes_per_s"] and s, 12)
            rate, interval = guest_of(known, guest.hw)["out_bytes_per_s"], known["interval_s"]
            if rate * interval >= 0.9e6:
                break
            wait_for("a look after the stream", lambda: guest_of(world.vifi.show(), guest.hw)["out_bytes_per_s"] < 1000, 12)
            stream()
            wait_for("a look at the stream", lambda: guest_of(world.vifi.show(), guest.hw)["out_bytes_per_s"] > 1000, 12)
        assert 4 <= interval <= 60 and 0.9e6 <= rate * interval <= 1.1e6, (rate, interval)
        total = known["totals"]["out_bytes_per_s"]
        assert rate <= total <= rate + 2000
        assert re.search(rf"{guest.hw} .* \d+(\.\d)? [kM]bit ", show(world)), show(world)


@by_engine
def test_watched_rate_is_that_of_iperf3(engine, vifi_program):
    """iperf3 sends 16 Mbit/s of UDP for six seconds; the looks, which begin before and end after it, add up to what it has sent."""
    with World(vifi=ENGINES[engine], capture=False, guests=1) as world:
        guest = world.guest_a
        log = world.lab.file("watch")

        def lines():
            with open(log) as file:
                return file.read().split("\n")[:-1]

        world.router.start(["iperf3", "-s", "-1", "-p", "5301"], log=world.lab.file("iperf-server"))
        wait_for("the server listens", lambda: ":5301 " in world.router.run(["ss", "-Hltn"]).stdout)
        watch = world.host.start([program(), "bridge", "show", "-j", "-w1", "wlan0"], log=log)
        wait_for("the first look", lines)
        done = guest.run(["iperf3", "-c", ROUTER4, "-p", "5301", "-u", "-b", "16M", "-l", "1400", "-t", "6", "-J"], timeout=60)
        seen = len(lines())
        wait_for("a look after the end", lambda: len(lines()) >= seen + 2)
        watch.send_signal(signal.SIGINT)
        assert watch.wait(30) == 0
        reports = [json.loads(line) for line in lines()]
        assert len(reports) >= 4, reports
        for report in reports:
            check_schema(report)
        assert reports[0]["interval_s"] is None and all(0.8 <= r["interval_s"] <= 20 for r in reports[1:])
        looks = [guest_of(r, guest.hw) for r in reports]
        for look, previous, interval in zip(looks[1:], looks, (r["interval_s"] for r in reports[1:])):
            assert look["out_bytes_per_s"] == pytest.approx((look["out_bytes"] - previous["out_bytes"]) / interval, rel=0.05, abs=100), (look, previous, interval)
        watched = sum(look["out_bytes_per_s"] * r["interval_s"] for look, r in zip(looks[1:], reports[1:]))
        expected = json.loads(done.stdout)["end"]["sum"]["bytes"] * (1400 + 42) / 1400  # with the headers of Ethernet, IPv4 and UDP
        assert expected > 6e6 and 0.95 * expected <= watched <= 1.1 * expected, (watched, expected)


@by_engine
def test_counters_outlive_an_address(engine, vifi_program):
    """A guest gives up an address: what it had counted stays in the sum of the guest."""
    with World(vifi=ENGINES[engine], capture=False, guests=1) as world:
        guest = world.guest_a
        rate = lambda: guest_of(world.vifi.show(), guest.hw)["out_bytes_per_s"] or 0
        wait_for("a look of the process at the pings", lambda: guest.ping(ROUTER4, count=5) and rate() > 200, 40)
        before = guest_of(world.vifi.show(), guest.hw)
        wait_for("another look, after the pings", lambda: rate() < 100, 40)
        assert world.vifi.call("forget", "wlan0", guest.ip4).returncode == 0
        guest.ping(ROUTER4)
        after = wait_for("the sum is that of before", lambda: (now := guest_of(world.vifi.show(), guest.hw))["out_bytes"] >= before["out_bytes"] and now, 20)
        assert after["out_bytes"] >= before["out_bytes"] > 1000, (before, after)


# ---- what needs attention


def problems(world, identifier):
    return [p for p in world.vifi.show()["problems"] if p["id"] == identifier]


@by_engine
def test_addresses_of_another_network_are_marked(engine, vifi_program):
    """The uplink comes into another network, as after roaming: IPv4 addresses of the guests are those of the previous one."""
    with World(vifi=ENGINES[engine], capture=False) as world:
        assert "!" not in show(world) and not problems(world, "other_network")
        world.host.ip(f"addr del {HOST4}/24 dev wlan0", "addr add 10.44.0.5/24 dev wlan0")
        world.guest_a.ping(ROUTER4, timeout=1)
        problem, = wait_for("the mark", lambda: problems(world, "other_network"), 5)
        assert problem["sentence"].startswith("3 guests have addresses") and "10.44.0.0/24" in problem["sentence"], problem
        report = world.vifi.show()
        check_schema(report)
        for guest in world.guests:
            marks = {a["address"]: a["in_network"] for a in guest_of(report, guest.hw)["addresses"]}
            assert marks[guest.ip4] is False and marks[guest.ip6] is True, marks
            assert f"{guest.ip4}!" in show(world) and f"{guest.ip6}!" not in show(world)
            assert guest_of(report, guest.hw)["addresses"][0]["address"] == guest.ip6, "what works comes first"
            row, = [line for line in show(world, columns=80).splitlines() if guest.hw in line]
            assert row.endswith("!"), "also where there is no room for the address"
        world.vifi.call("pin", "wlan0", world.guest_b.hw, world.guest_b.ip4)
        assert f"{world.guest_b.ip4}!" not in show(world), "an operator has reserved it"


@by_engine
def test_contest_is_shown_with_its_remedy(engine, vifi_program):
    """A station of the network claims the address of a guest that still answers."""
    with World(vifi=ENGINES[engine], capture=False) as world:
        guest = world.guest_a

        def contested():
            guest.ping(ROUTER4, timeout=1)
            for _ in range(3):
                world.wire.send(arp(1, OTHER, OTHER, guest.ip4, guest.ip4))
            return problems(world, "contest") or problems(world, "refused")

        def is_shown():  # until the contest is over
            found = contested()
            return found and all(found[0]["sentence"] in show(world, *names) for names in ((), (guest.hw,))) and found[0]

        problem = wait_for("the conflict in show", is_shown, 20)
        assert guest.ip4 in problem["sentence"] and problem["remedy"], problem
        check_schema(world.vifi.show())


@pytest.mark.parametrize("engine", ENGINES)
def test_contest_of_a_pinned_address_names_the_station(engine, vifi_program):
    """Guests are refused a pinned address without a contest: another guest cannot be the rival."""
    with World(vifi=ENGINES[engine], capture=False) as world:
        guest = world.guest_a
        world.vifi.call("pin", "wlan0", guest.hw, guest.ip4)

        def contested():  # until the next frame of the guest, which may answer the router
            world.wire.send(arp(1, OTHER, OTHER, guest.ip4, guest.ip4))
            problem = problems(world, "contest")
            finding = [item for item in json.loads(world.vifi.call("check", "-j", "wlan0", "br0", check=False).stdout)
                       if item["id"] == "contest" and item["level"] == "fail"]
            return problem and finding and (*problem, *finding)
        problem, finding = wait_for("the conflict in show and check", contested, 10)
        for words in (problem, finding):
            assert "a station of the network claims it, too" in words["sentence"], words
            assert "pin " not in words["remedy"], words


def test_locked_out_guest_is_shown(vifi_program):
    """A guest uses an address that is pinned to another one: it has no address, and the reason is there."""
    with World(capture=False, static=False, guests=2, start=False) as world:
        a, b = world.guests
        b.sysctl(net__ipv6__conf__all__disable_ipv6=1)
        world.vifi = Vifi(world.lab)
        world.vifi.call("pin", "wlan0", a.hw, "192.168.157.41")
        b.ip("addr add 192.168.157.41/24 dev eth0")
        b.ping(ROUTER4, timeout=1)
        problem, = wait_for("the lock-out", lambda: problems(world, "locked_out"), 5)
        assert b.vif in problem["sentence"], problem
        refused, = problems(world, "refused")
        assert "192.168.157.41" in refused["sentence"] and "claim_pinned" in refused["sentence"], refused
        text = show(world)
        assert re.search(rf"-  +{b.hw} +{b.vif}", text) and "pinned" in text and "claim_pinned: " in text, text


def test_uplink_without_carrier_is_shown(vifi_program):
    with World(capture=False, guests=1) as world:
        world.host.ip("link set wlan0 down")
        problem, = wait_for("the state", lambda: problems(world, "uplink"), 5)
        assert "wlan0 is down" in problem["sentence"]
        text = show(world)
        assert text.splitlines()[0].endswith("uplink down") and world.guest_a.hw in text, text
        check_schema(world.vifi.show())


def test_vanished_uplink_is_shown_by_the_process(vifi_program):
    """With --wait the process keeps the guests while the card is out."""
    with World(vifi=("--wait",), capture=False, guests=1) as world:
        world.host.ip("link del wlan0")
        wait_for("the process notices", lambda: "is gone" in world.vifi.log_text(), 5)
        report = world.vifi.show()
        check_schema(report)
        assert (report["uplink"], report["link"]["present"]) == ("wlan0", False) and [p["id"] for p in report["problems"]][0] == "uplink"
        text = show(world, "wlan0")
        assert "uplink gone" in text and world.guest_a.ip4 in text, text


def test_wifi_reasons_are_no_drops_of_a_bridge(world):
    """IEEE 802.11 frames are decrypted elsewhere: `drops` has every reason that a bridge can count, and `dropped` those that occurred."""
    report = world.vifi.show()
    occurred = {name: n for name, n in report["drops"].items() if n}
    assert {d["reason"]: d["count"] for d in report["dropped"]} == occurred
    for drop in report["dropped"]:
        assert drop["sentence"].endswith(".") and drop["remedy"]


# ---- many guests


@contextlib.contextmanager
def many(count, engine="kernel"):
    """A farm in whose network this host is, too."""
    with Farm(count, engine) as farm:
        farm.host = farm.lab.host
        farm.host.ip("addr add 10.77.255.5/16 dev wlan0", "addr add 2001:db8:77::f:5/64 dev wlan0 nodad")
        yield farm


def dual_stack(farm, count):
    """Each guest announces an IPv4 address, a global and a link-local IPv6 address."""
    frames = []
    for i in range(count):
        mac, low = farm_mac(i), f"{i >> 8:x}{i & 255:02x}"
        frames.append((i, arp(2, mac, mac, f"10.77.{i >> 8}.{i & 255}" if i > 1 else f"10.77.9.{i}", GATEWAY)))
        for address in (f"2001:db8:77:0:1234:5678:9abc:{low}", f"fe80::1234:5678:9abc:{low}"):
            frames.append((i, Ether(src=mac, dst=UPLINK_MAC) / IPv6(src=address, dst="2001:db8:77::1") / UDP(sport=9, dport=9) / b"hello"))
    for number, (i, frame) in enumerate(frames):
        farm.send(i, frame)
        if number % 20 == 0:
            time.sleep(0.002)


def announce_until_known(farm, count):
    def complete():
        guests = farm.vifi.show()["guests"]
        return len(guests) == count and all(len(g["addresses"]) >= 3 for g in guests)
    deadline = time.monotonic() + 60
    while not complete():
        assert time.monotonic() < deadline, (len(farm.vifi.show()["guests"]), farm.vifi.drops())
        dual_stack(farm, count)
        time.sleep(0.5)


@by_engine
def test_25_dual_stack_guests_fit_a_screen(engine, vifi_program):
    """A row for each guest at 80 columns, and at most ten lines more; no row is wider."""
    with many(25, engine) as farm:
        announce_until_known(farm, 25)
        for columns in (80, 120):
            lines, end = show(farm, columns=columns).splitlines(), time.monotonic() + 20
            while len(lines) > 35 and time.monotonic() < end:  # a busy machine has more to say of its guests, for a while
                time.sleep(0.5)
                lines = show(farm, columns=columns).splitlines()
            assert len(lines) <= 35 and max(map(len, lines)) <= columns, "\n".join(lines)
            assert sum("02:77:00:00:00:" in line for line in lines) == 25
        assert not [line for line in show(farm, columns=80).splitlines() if "fe80:" in line]
        wide = show(farm)
        assert all(f"2001:db8:77:0:1234:5678:9abc:{i:x}, fe80::1234:5678:9abc:{i:x}\n" in wide for i in range(25)), wide
        for columns in (1, 7, 20, 33, 47, 61, 79, 100):
            rows = [line for line in show(farm, columns=columns).splitlines() if "10.77." in line or "02:77:" in line]
            assert all(len(row) <= columns for row in rows), (columns, rows)


def test_1000_guests_are_shown_fast(vifi_program):
    """CPU time of the command, the best of five, on any machine: beside that of Python's json.tool, which formats the same report."""
    with many(1000) as farm:
        announce_until_known(farm, 1000)
        report = farm.vifi.show()
        check_schema(report)
        assert report["totals"]["guests"] == 1000 and report["totals"]["addresses"] >= 3000
        shown = {args: min(cpu_time(lambda args=args: farm.vifi.call("show", *args)) for _ in range(5))
                 for args in (("wlan0",), ("-j", "wlan0"), ("-v", "wlan0"))}
        formatted = farm.json_tool_cpu()
        print(f"json.tool: {1000 * formatted:.0f} ms", *(f"show {' '.join(args)}: {1000 * time:.0f} ms" for args, time in shown.items()), sep=", ")
        assert shown[("wlan0",)] < 0.2 * formatted
        assert shown[("-j", "wlan0")] < 0.4 * formatted


# ---- names


HOSTILE = "\x1b[2Jvm\x07\n\x9b31m\u202e"


def test_names_of_machines_come_from_who_has_the_tap_device(vifi_program, tmp_path):
    """A process with QEMU's arguments that has the tap device open names the guest; one that has not does not, and no name
    reaches the terminal as it is."""
    with World(capture=False, guests=0) as world:
        world.host.ip("tuntap add dev tap7 mode tap", "link set tap7 master br0 up")
        holder = f"""
import fcntl, os, struct, sys, time
if sys.argv[1] == "open":
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tap7", 0x1002))
    source = bytes.fromhex("525400000007")
    arp = bytes.fromhex("ffffffffffff") + source + bytes.fromhex("08060001080006040001") + source + bytes([192, 168, 157, 77]) + bytes(6) + bytes([192, 168, 157, 20])
    while True:
        os.write(fd, arp.ljust(60, bytes(1)))
        time.sleep(0.5)
time.sleep(600)
"""
        script = tmp_path / "holder.py"
        script.write_text(holder)
        liar = world.host.start(["/usr/bin/python3", str(script), "closed", "-name", "guest=liar", "-netdev", "tap,ifname=tap7"])
        real = world.host.start(["/usr/bin/python3", str(script), "open", "-name", f"guest={HOSTILE},debug-threads=on"])
        try:
            report = wait_for("the guest", lambda: (s := world.vifi.show())["guests"] and s, 8)
            guest, = report["guests"]
            check_schema(report)
            assert guest["machine"] == guest["name"] == "?[2Jvm???31m?", guest
            text = show(world)
            assert "liar" not in text and "?[2Jvm" in text and "\033" not in text and "\x07" not in text, text
            assert "192.168.157.77" in show(world, "?[2Jvm???31m?")
        finally:
            world.host.stop(real)
            world.host.stop(liar)


def test_qemu_names_its_guest(vifi_program):
    """A machine of QEMU without a disk: its network boot asks for a lease, and the tap device leads to its name."""
    with World(capture=False, guests=0) as world:
        world.host.ip("tuntap add dev tap7 mode tap", "link set tap7 master br0 up")
        machine = world.host.start(["qemu-system-x86_64", "-name", "guest=vm-1,debug-threads=on", "-m", "64", "-display", "none", "-serial", "none",
                                    "-monitor", "none", "-netdev", "tap,id=n0,ifname=tap7,script=no,downscript=no",
                                    "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:07"], log=world.lab.file("qemu"))
        try:
            report = wait_for("the guest", lambda: (s := world.vifi.show())["guests"] and s, 90, step=0.5)
            guest, = report["guests"]
            assert (guest["mac"], guest["port"], guest["machine"], guest["name"]) == ("52:54:00:00:00:07", "tap7", "vm-1", "vm-1"), guest
            assert re.search(r"  vm-1 +\S+ +52:54:00:00:00:07 +tap7 ", show(world))
        finally:
            world.host.stop(machine)
