# SPDX-License-Identifier: GPL-2.0-or-later
"""What vifi does beside the data path: taking over, following the machine, giving privileges away."""

import json
import os
import struct
import time

import pytest
from scapy.layers.inet6 import ICMPv6ND_NA
from scapy.layers.l2 import ARP, Ether

from lab import Lab, Vifi
from lab.netns import inside
from lab.topology import HOST4, ROUTER4, W
from lab.vifi import program
from tcx import EGRESS, INGRESS, Bystander, attached
from test_survive import difference, settled
from world import World, wait_for

WORLD = {"vifi": ["--engine=clsact", "--silent=2"]}
NEW_W = "00:60:aa:bb:cc:ee"


def maps(host):
    """name → id of the maps of the program on wlan0's ingress, as tc and bpftool tell them."""
    filters = json.loads(host.run(["tc", "-j", "filter", "show", "dev", "wlan0", "ingress"]).stdout)
    ids = [f["options"]["prog"]["id"] for f in filters if "prog" in f.get("options", {})]
    assert len(ids) == 1, f"one program on the ingress of wlan0: {filters}"
    prog = json.loads(host.run(["bpftool", "-j", "prog", "show", "id", str(ids[0])]).stdout)
    return {json.loads(host.run(["bpftool", "-j", "map", "show", "id", str(i)]).stdout)["name"]: i for i in prog["map_ids"]}


def again(vifi):
    """Starts it once more and waits until it says what stands; the kernel part alone answers `show` before."""
    vifi.start(wait=False)
    wait_for("vifi to stand again", lambda: "go out by" in vifi.said(), 8)


def address_of(vifi, address):
    return next((b for b in vifi.show()["bindings"] if b["address"] == address), None)


def gone(frames, address):
    """What announces an address at some MAC: pairs of address and MAC in gratuitous ARP and unsolicited NA."""
    said = set()
    for p in map(Ether, frames):
        if ARP in p and p.psrc == p.pdst == address:
            said.add((p.psrc, p.hwsrc))
        if ICMPv6ND_NA in p and p[ICMPv6ND_NA].tgt == address:
            said.add((p[ICMPv6ND_NA].tgt, p.src))
    return said


# ---- taking over


def test_a_kernel_part_of_another_version_gives_its_bindings_away(world):
    """The maps of another ABI are not gone on with: what guests own is copied into new ones."""
    host, vifi = world.host, world.vifi
    world.a.ping(ROUTER4)
    vifi.kill()
    old = maps(host)
    value = json.loads(host.run(["bpftool", "-j", "map", "lookup", "id", str(old["config"]), "key", "0", "0", "0", "0"]).stdout)["value"]
    value = [int(v, 16) for v in value]
    abi = struct.unpack_from("<I", bytes(value), 8)[0]
    assert 0 < abi < 1000, "the version does not stand where it is looked for"
    value[8:12] = struct.pack("<I", abi + 1000)
    host.run(["bpftool", "map", "update", "id", str(old["config"]), "key", "0", "0", "0", "0", "value"] + [str(v) for v in value])
    shown = vifi.call("show", "wlan0", check=False)
    assert shown.returncode == 1 and "another version" in shown.stderr
    again(vifi)
    new = maps(host)
    assert new["bindings"] != old["bindings"], "the old maps are still in use"
    assert address_of(vifi, world.a.ip4)["mac"] == world.a.hw
    assert world.reaches(world.a, ip4=world.a.ip4), "the guest has to speak first"


def test_the_same_version_goes_on_with_its_maps_and_takes_new_settings(world):
    host, vifi = world.host, world.vifi
    old = maps(host)
    vifi.kill()
    vifi.options += ["--silent=3"]
    again(vifi)
    assert maps(host)["bindings"] == old["bindings"]
    config = json.loads(host.run(["bpftool", "-j", "map", "dump", "id", str(old["config"])]).stdout)[0]["value"]
    silent = (3 * 10**9).to_bytes(8, "little")
    assert silent in bytes(int(v, 16) for v in config), "the new setting is not in the kernel"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_rule_25_a_new_address_while_vifi_is_away_is_announced_afterwards(vifi_program, end):
    """(While it is killed nobody tells the kernel part of the new address, so the port sees the old one: no judge here.)"""
    with World(judge=False, guests=1) as w:
        w.vifi.kill() if end == "kill" else w.vifi.stop()
        w.station(NEW_W)
        w.wire.drain()
        again(w.vifi)
        assert gone(w.wire.frames(2), w.a.ip4) == {(w.a.ip4, NEW_W)}
        wait_for("the guest is back", lambda: w.a.ping(ROUTER4, timeout=1), 8)


def test_the_same_address_is_not_announced(world):
    """A restart is no storm of announcements."""
    world.a.ping(ROUTER4)
    world.vifi.kill()
    world.wire.drain()
    again(world.vifi)
    assert gone(world.wire.frames(1.5), world.a.ip4) == set()


# ---- following the machine


def test_addresses_routes_and_the_bridge_are_followed(world):
    host, vifi = world.host, world.vifi

    def kind(address):
        b = address_of(vifi, address)
        return b and (b["kind"], b["mac"])
    host.ip("addr add 10.9.9.9/24 dev wlan0", "route add default via 10.9.9.1 dev wlan0 metric 500")
    wait_for("the new address of the host", lambda: kind("10.9.9.9") == ("host", world.port.station), 3)
    wait_for("the new gateway", lambda: kind("10.9.9.1") == ("gateway", None), 3)
    wait_for("the broadcast address", lambda: kind("10.9.9.255") == ("broadcast", None), 3)
    host.ip("addr add 10.8.8.8/24 dev br0")
    wait_for("the bridge's own address", lambda: kind("10.8.8.8") == ("guest", host.mac("br0")), 3)
    host.ip("route del default via 10.9.9.1 dev wlan0", "addr del 10.9.9.9/24 dev wlan0", "addr del 10.8.8.8/24 dev br0")
    wait_for("all of them gone", lambda: not any(map(kind, ("10.9.9.9", "10.9.9.1", "10.9.9.255", "10.8.8.8"))), 3)
    assert kind(HOST4) and kind(ROUTER4)


def test_a_port_that_goes_takes_its_bindings_along(world):
    lab, vifi = world.lab, world.vifi
    guest = lab.add_guest(9, "g")
    try:
        address, _ = lab.static(guest, 49)
        wait_for("the new guest", lambda: guest.ping(ROUTER4), 5)
        assert address_of(vifi, address)["port"] == guest.vif
        assert guest.vif in [p["port"] for p in vifi.show()["ports"]]
        lab.host.ip(f"link set {guest.vif} nomaster")
        wait_for("its bindings are gone", lambda: not address_of(vifi, address), 3)
        assert guest.vif not in [p["port"] for p in vifi.show()["ports"]]
    finally:
        lab.nodes.pop("g")
        guest.delete()
    assert address_of(vifi, world.a.ip4), "another guest's binding went too"


def test_the_bridges_mtu_stays_and_its_port_takes_all(world):
    host, vif = world.host, world.a.vif
    mtu = lambda name: int(host.query(f"link show dev {name}").split(" mtu ")[1].split()[0])  # noqa: E731
    before = mtu("br0")
    host.ip(f"link set {vif} mtu 9000")
    try:
        wait_for("the uplink's port takes what the guest's may send", lambda: mtu("vifi0p") == 9000, 3)
        assert mtu("br0") == before
    finally:
        host.ip(f"link set {vif} mtu 1500")
    wait_for("and follows it back", lambda: mtu("vifi0p") == 1500, 3)


def test_rule_02_a_pin_of_the_configuration_goes_before_the_gateway(vifi_program):
    pin = "52:54:00:12:34:56"
    with World(vifi=["-p", f"{pin} {ROUTER4}"], static=False, judge=False, guests=0) as w:
        assert address_of(w.vifi, ROUTER4)["mac"] == pin
        refused = w.vifi.call("forget", "wlan0", ROUTER4, check=False)
        assert refused.returncode == 1 and "configuration" in refused.stderr
        w.vifi.stop()
        w.vifi.options = []
        again(w.vifi)
        assert address_of(w.vifi, ROUTER4)["kind"] == "gateway", "a pin that is not configured any more was kept"


def test_rule_25_ports_that_blink_come_back_whatever_happens(vifi_program):
    """vifi is killed while the guests' ports are down: the next one, or `down`, lets them up again."""
    with World(judge=False, guests=2) as w:
        def down():
            return [g.name for g in w.guests if "state DOWN" in w.host.query(f"link show dev {g.vif}")]

        def kill_while_they_blink(mac):
            w.station(mac)
            wait_for("the guests' ports blink", lambda: " blink=" in w.host.query("link show dev vifi0"), 5, step=0.002)
            w.vifi.kill()
            return down()
        for mac, end in ((NEW_W, lambda: again(w.vifi)), (W, w.vifi.down)):
            for _ in range(5):  # 200 ms are short on a busy machine
                caught = kill_while_they_blink(mac)
                if caught:
                    break
                again(w.vifi)
                mac = {NEW_W: W, W: NEW_W}[mac]
            assert caught, "never caught them down"
            end()
            wait_for("all ports are up", lambda: not down(), 3)


# ---- the end


@pytest.mark.parametrize("killed", [False, True])
def test_an_uplink_that_vanishes(vifi_program, killed):
    """The process says so and puts the rest back; where it was killed before, `down` does."""
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        lab.host.ip("link add up7 type veth peer name far7", "link set up7 up")
        before = [x for x in settled(lab) if "7" not in x.split(":")[1:2]]
        vifi = Vifi(lab, uplink="up7", bridge="br7")
        if killed:
            vifi.kill()
        lab.host.ip("link del up7")
        if killed:
            assert vifi.down().returncode == 0
        else:
            assert vifi.proc.wait(5) == 1
            assert "up7 has gone" in vifi.said()
        left = lab.host.query("link show")
        assert "vifi0" not in left and "br7" not in left
        assert not [x for x in difference(before, settled(lab)).splitlines() if x.startswith("+")]


def test_only_what_is_needed_is_kept_of_privileges(world):
    with open(f"/proc/{world.vifi.proc.pid}/status") as f:
        status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
    net_admin, net_raw, bpf = 1 << 12, 1 << 13, 1 << 39
    for which in ("CapEff", "CapPrm"):
        assert int(status[which], 16) == net_admin | net_raw | bpf, which
    assert int(status["CapInh"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def test_ready_is_told_to_the_service_manager(vifi_program, tmp_path):
    import socket
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, Lab(guests=0, dhcp="none", ra="none") as lab:
        s.bind(path)
        s.settimeout(8)
        proc = lab.host.start([program(), "bridge", "up", "wlan0", "br0"], env={**os.environ, "NOTIFY_SOCKET": path})
        assert s.recv(100) == b"READY=1"
        assert "vifi0p" in lab.host.query("link show")
        assert lab.host.stop(proc) == 0
        assert s.recv(100) == b"STOPPING=1"
        time.sleep(0.1)
        assert "vifi0p" not in lab.host.query("link show")


def test_a_failure_half_way_changes_nothing(vifi_program):
    """The guard is attached, then there is no room on the ingress: as many programs as the kernel takes hang there."""
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        index, crowd = lab.host.index("wlan0"), []
        try:
            with inside(lab.host.ns):
                with pytest.raises(OSError):
                    for _ in range(100):
                        crowd.append(Bystander(index, INGRESS))
            assert len(crowd) > 10
            before = settled(lab)
            failed = lab.host.run([program(), "bridge", "up", "--engine=tcx", "wlan0", "br0"], check=False)
            assert failed.returncode == 1
            assert "cannot attach the eBPF program by TCX" in failed.stderr and failed.stderr.count("\n") == 1
            assert not difference(before, settled(lab))
            with inside(lab.host.ns):
                assert len(attached(index, INGRESS)) == len(crowd) and attached(index, EGRESS) == []
        finally:
            with inside(lab.host.ns):
                for one in crowd:
                    one.close()
