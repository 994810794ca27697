# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi metrics`: promtool judges form and names, the values are those of `vifi bridge show -j`."""

import json
import os
import re
import subprocess

import pytest

from lab.netns import wait_for
from lab.user import service_user
from lab.vifi import TOP, program
from radio_bench import Bench, network, wpa2
from world import ENGINES, ROUTER4, World

LINE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with World(vifi=ENGINES[request.param], capture=False) as world:
        world.guest_a.ping(ROUTER4)
        yield world


def read(text):
    """(name, labels as a frozenset) → value.  promtool finds no fault with the text."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr + text
    samples = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = LINE.match(line).groups()
            key = name, frozenset(LABEL.findall(labels or ""))
            assert key not in samples, f"{line} occurs twice"
            samples[key] = float(value)
    return samples


def metrics(host, *args):
    return read(host.run([program(), "metrics", *args], timeout=30).stdout)


def of(samples, family, **labels):
    """The only sample of a name with these labels among others."""
    found = [value for (n, have), value in samples.items() if n == family and frozenset(labels.items()) <= have]
    assert len(found) == 1, (family, labels, found)
    return found[0]


def test_values_are_those_of_show(world):
    before, samples, after = world.vifi.show(), metrics(world.host), world.vifi.show()
    a = next(g for g in before["guests"] if g["mac"] == world.guest_a.hw)
    later = next(g for g in after["guests"] if g["mac"] == world.guest_a.hw)
    labels = {"uplink": before["uplink"], "mac": a["mac"], "port": a["port"]}
    assert a["out_packets"] > 0
    for member, name in (("out_packets", "transmit_packets"), ("out_bytes", "transmit_bytes"), ("in_packets", "receive_packets"), ("in_bytes", "receive_bytes")):
        assert a[member] <= of(samples, f"vifi_bridge_guest_{name}_total", **labels) <= later[member]
    assert len(a["addresses"]) <= of(samples, "vifi_bridge_guest_addresses", **labels) <= len(later["addresses"])
    assert of(samples, "vifi_bridge_guests") == before["totals"]["guests"]
    assert of(samples, "vifi_bridge_info", engine=before["engine"], mac=before["mac"], bridge=before["bridge"]) == 1
    assert of(samples, "vifi_bridge_running") == of(samples, "vifi_bridge_uplink_carrier") == 1
    assert of(samples, "vifi_collect_success", part="bridge", name=before["uplink"]) == 1
    drops = {dict(key[1])["reason"]: value for key, value in samples.items() if key[0] == "vifi_bridge_dropped_frames_total"}
    assert set(before["drops"]) <= set(drops) <= set(after["drops"])
    assert all(before["drops"].get(r, 0) <= drops[r] <= after["drops"][r] for r in drops)


def test_file_is_replaced_whole(world):
    path = world.lab.file("vifi.prom")
    world.host.run([program(), "metrics", "-o", path])
    with open(path) as file:
        assert of(read(file.read()), "vifi_bridge_running") == 1
    missing = world.host.run([program(), "metrics", "-o", "/nonexistent/vifi.prom"], check=False)
    assert missing.returncode == 1 and "cannot write /nonexistent/vifi.prom: No such file or directory" in missing.stderr


def fetch(host, path, *options):
    """The status and the body of a request by curl in the host's namespace."""
    done = host.run(["curl", "-s", "-m", "20", "-w", "\n%{http_code} %{content_type}", *options, f"http://127.0.0.1:9749{path}"], check=False, timeout=30)
    body, _, status = done.stdout.rpartition("\n")
    return status, body


def test_server_answers_on_the_loopback_interface_only(world):
    server = world.host.start([program(), "metrics", "--listen", "9749"], log=world.lab.file("metrics.log"))
    try:
        status, body = wait_for("the server answers", lambda: (got := fetch(world.host, "/metrics"))[1] and got, 30)
        assert status == "200 text/plain; version=0.0.4; charset=utf-8"
        samples = read(body)
        assert of(samples, "vifi_bridge_running") == 1
        assert of(samples, "vifi_bridge_guest_addresses", mac=world.guest_a.hw) >= 1
        assert fetch(world.host, "/")[0].startswith("404 ") and fetch(world.host, "/metrics", "-X", "DELETE")[0].startswith("405 ")
        listening = world.host.run(["ss", "-Htln"]).stdout.split()
        assert [word for word in listening if word.endswith(":9749")] == ["127.0.0.1:9749"]
        with open(f"/proc/{server.pid}/status") as file:
            facts = dict(line.split(":\t", 1) for line in file.read().splitlines())
        assert facts["Uid"].split()[0] != "0" and facts["Seccomp"].strip() == "2" and facts["NoNewPrivs"].strip() == "1"
        assert int(facts["CapEff"], 16) == 0
    finally:
        server.terminate()
        assert server.wait(20) == 0


def test_port_in_use_is_an_error_with_a_reason(world):
    first = world.host.start([program(), "metrics", "--listen", "9750"], log=world.lab.file("first.log"))
    try:
        wait_for("the port is taken", lambda: ":9750" in world.host.run(["ss", "-Htln"]).stdout, 30)
        done = world.host.run([program(), "metrics", "--listen", "9750"], check=False, timeout=20)
    finally:
        first.terminate()
        first.wait(20)
    assert done.returncode == 1 and "127.0.0.1:9750" in done.stderr and "in use" in done.stderr


def test_reader_may_change_nothing(world):
    """The server runs as the service user, and so may another program that a stranger has taken over."""
    reader = ["setpriv", f"--reuid={service_user()[0]}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    before = world.vifi.show()
    for command in (["forget", before["uplink"], world.guest_a.ip4], ["pin", before["uplink"], world.guest_a.hw, "10.9.9.9"]):
        done = world.host.run([*reader, program(), "bridge", *command], check=False, timeout=30)
        assert done.returncode != 0 and "only root may change a bridge" in done.stderr, (command, done)
    ask = f"""import socket
peer = socket.socket(socket.AF_UNIX)
cookie = int.from_bytes(peer.getsockopt(socket.SOL_SOCKET, 71, 8), "little")  # SO_NETNS_COOKIE: of this network namespace
peer.connect(f"/run/vifi/{{cookie}}-{before['uplink']}.sock")
peer.sendall(b'{{"ask":"down"}}\\n')
print(peer.makefile().readline())
"""
    answers = world.host.run([*reader, "/usr/bin/python3", "-c", ask], timeout=30).stdout
    assert "only root may change a bridge" in answers and '"ok"' not in answers
    after = world.vifi.show()
    assert after["running"] and {b["address"] for b in after["bindings"]} >= {b["address"] for b in before["bindings"] if b["kind"] == "guest"}


# ---- what reads the metrics


def names(expression):
    return set(re.findall(r"\bvifi_\w+", expression))


def test_alerts_and_dashboard_use_metrics_that_exist(world):
    rules = os.path.join(TOP, "data/prometheus/vifi.rules.yml")
    done = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with open(rules) as file:
        used = {name for line in file if line.strip().startswith("expr:") for name in names(line)}
    with open(os.path.join(TOP, "data/grafana/vifi-dashboard.json")) as file:
        dashboard = json.load(file)
    used |= {name for panel in dashboard["panels"] for target in panel["targets"] for name in names(target["expr"])}
    have = set()
    for source in ("bridge", "air", "wifi", "collect"):
        with open(os.path.join(TOP, f"src/metrics/{source}.c")) as file:
            have |= set(re.findall(r'"(vifi_\w+)"', file.read()))
    assert used and used <= have, used - have
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            query = re.sub(r"\$__rate_interval", "5m", target["expr"])
            parsed = subprocess.run(["promtool", "query", "instant", "http://127.0.0.1:1", query], capture_output=True, text=True, timeout=60, check=False)
            assert "parse error" not in parsed.stderr, parsed.stderr


def test_access_point_and_station():
    """Their reports need no control socket; a stranger's forged frames make no series of his own."""
    with Bench(debug="") as bench:
        bench.ap(wpa2())
        sta = bench.sta(network()).connected()
        sta.reaches()
        bench.sta(network(passphrase="another horse"))
        node, hw = bench.node("ap"), re.search(r"link/ether (\S+)", sta.node.query("link show dev wlan0"))[1]
        samples = metrics(node)
        assert of(samples, "vifi_ap_info", interface="ap0", bssid="02:00:00:00:aa:01", ssid="vifi bench") == 1
        assert of(samples, "vifi_ap_stations", interface="ap0") == 1
        assert of(samples, "vifi_ap_frequency_hertz", interface="ap0") == 2437e6
        for direction in "transmit", "receive":
            assert of(samples, f"vifi_ap_station_{direction}_frames_total", station=hw) > 0
        assert of(samples, "vifi_collect_success", part="wifi", name="ap-ap0") == 1
        assert {dict(k[1])["station"] for k in samples if k[0].startswith("vifi_ap_station_")} == {hw}
        other = metrics(sta.node)
        assert of(other, "vifi_sta_connected", interface="wlan0") == 1
        assert of(other, "vifi_sta_info", ssid="vifi bench", bssid="02:00:00:00:aa:01") == 1
        assert of(other, "vifi_sta_transmit_frames_total", interface="wlan0") > 0
