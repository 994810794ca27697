# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command with --json names its JSON Schema, which is installed, valid and strict, and what it prints follows it."""

import json
import os
import re
import subprocess

import jsonschema
import pytest
from lab.vifi import TOP, program
from radio_bench import Bench, network, wpa2
from world import World

SUBCOMMANDS = {"ap": ["status", "stations"], "sta": ["status", "scan", "networks"]}


def schema(name):
    with open(os.path.join(TOP, f"doc/{name}.schema.json")) as file:
        return json.load(file)


def follows(name, text):
    value = json.loads(text)
    jsonschema.validate(value, schema(name))
    return value


def help_of(*path):
    return re.sub(r"\s+", " ", subprocess.run([program(), *path, "--help"], capture_output=True, text=True, check=True, timeout=30).stdout)


def commands():
    """Every path of a command that has --json."""
    listed = lambda *path: re.findall(r"^  ([a-z-]+) ", subprocess.run(  # noqa: E731
        [program(), *path, "--help"], capture_output=True, text=True, check=True, timeout=30).stdout.split("Commands:")[-1], re.M) if path is not None else []
    top = listed()
    paths = [(name,) for name in top] + [(name, sub) for name in top if "Commands:" in help_of(name) for sub in listed(name)]
    paths += [(name, sub) for name, subs in SUBCOMMANDS.items() for sub in subs]
    return sorted({path for path in paths if "--json" in help_of(*path)})


def test_every_json_has_a_schema():
    paths = commands()
    assert {("why",), ("doctor",), ("bridge", "show"), ("air", "show"), ("ap", "stations"), ("sta", "scan"), ("ap",)} <= set(paths)
    with open(os.path.join(TOP, "doc/meson.build")) as file:
        installed = set(re.findall(r"'([a-z-]+)\.schema\.json'", file.read()))
    named = set()
    for path in paths:
        names = re.findall(r"/usr/share/vifi/([a-z-]+)\.schema\.json describes it", help_of(*path))
        assert len(names) == 1, f"vifi {' '.join(path)} --help names no schema"
        named.add(names[0])
    assert named == installed
    for name in installed:
        jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", sorted(file[:-12] for file in os.listdir(os.path.join(TOP, "doc")) if file.endswith(".schema.json")))
def test_schema_is_strict(name):
    """An object with listed members allows no others: a new member without a description is found."""
    def objects(node):
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for value in node.values():
                yield from objects(value)
        elif isinstance(node, list):
            for value in node:
                yield from objects(value)
    found = list(objects(schema(name)))
    assert found or name == "control"
    parts = [part.get("$ref", "").rpartition("/")[2] for node in found for part in node.get("allOf", [])]
    shared = [value for key, value in schema(name).get("$defs", {}).items() if key in parts]  # closed where it is used
    for node in found:
        assert node.get("additionalProperties", node.get("unevaluatedProperties")) is False or node in shared, node


def test_bridge_check_and_setup():
    with World(capture=False, guests=1) as world:
        items = follows("findings", world.host.run([program(), "bridge", "check", "-j", "wlan0"], check=False).stdout)
        assert {"ebpf", "privilege"} <= {item["id"] for item in items}
        plan = world.host.run([program(), "setup", "-j"], check=False)
        assert plan.stdout, plan.stderr
        follows("setup", plan.stdout)


def test_air_and_control_sockets():
    with Bench(debug="") as bench:
        folder = bench.file("ctrl")
        bench.ap(wpa2(f"ctrl_interface={folder}-ap"))
        sta = bench.sta(f"ctrl_interface={folder}-sta\n" + network()).connected()
        show = follows("air", sta.node.run([program(), "air", "show", "-j", "--socket", bench.socket]).stdout)
        assert {radio["name"] for radio in show["radios"]} >= {"s1"}
        for name, node, place in (("ap", bench.node("ap"), f"{folder}-ap"), ("sta", sta.node, f"{folder}-sta")):
            for sub in SUBCOMMANDS[name]:
                assert follows("control", node.run([program(), name, sub, "-j", "--control", place]).stdout), sub


@pytest.mark.parametrize("command,text", [
    ("ap", wpa2("hw_mode=g")), ("ap", "interface=wlan7\nssid=open\nchannel=1\n"), ("ap", "interface=wlan7\nnonsense=1\n"),
    ("ap", "interface=wlan7\nssid=a\nchannel=1\nwpa=3\nwpa_pairwise=TKIP CCMP\nwpa_passphrase=12345678\n"),
    ("sta", network()), ("sta", network(passphrase=None)), ("sta", "network={\n\tssid=\"a\"\n\tpsk=1\n}\n"), ("sta", ""),
    ("sta", network("bssid=02:00:00:00:00:01", "bssid_accept=02:00:00:00:00:00/ff:00:00:00:00:00", "priority=-3", "freq_list=2412 2437")),
], ids=["ap_wpa2", "ap_open", "ap_bad", "ap_mixed", "sta_wpa2", "sta_open", "sta_bad", "sta_empty", "sta_lists"])
def test_file_check(tmp_path, command, text):
    path = tmp_path / "file.conf"
    path.write_text(text)
    done = subprocess.run([program(), command, "--check", "-j", str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert follows("file-check", done.stdout)[0]["file"] == str(path)


def test_decrypt(tmp_path):
    from scapy.layers.dot11 import Dot11, Dot11Beacon, Dot11Elt, RadioTap
    from scapy.utils import wrpcap
    path = str(tmp_path / "air.pcap")
    wrpcap(path, RadioTap() / Dot11(type=0, subtype=8, addr1="ff:ff:ff:ff:ff:ff", addr2="02:00:00:00:00:01", addr3="02:00:00:00:00:01") /
           Dot11Beacon() / Dot11Elt(ID=0, info=b"a"))
    done = subprocess.run([program(), "decrypt", "-j", path, "-s", "a", "-p", "12345678"], capture_output=True, text=True, timeout=60, check=False)
    assert follows("decrypt", done.stdout)["frames"] == 1
