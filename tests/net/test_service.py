# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a service: a card that comes late, is unplugged or gets another name; a bridge that is made again; restarts.

The options --wait and --keep are those of the unit vifi-bridge@.  tests/net/test_booted.py runs the unit itself.
"""

import json
import os
import re
import signal
import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from lab import Vifi, services
from lab.netns import run
from lab.services import Background
from lab.topology import INET4, UPLINK_MAC
from lab.vifi import program
from service_world import Pings, plug, programs, serves, unplug
from tcx import EGRESS, INGRESS
from trust_world import Forger
from world import BCAST, HOST4, ROUTER4, World, arp, wait_for

KERNEL = ["tcx", "clsact"]
ENGINES = [*KERNEL, "user"]


def service(engine, *more):
    return ["--wait", "--keep", "--engine", engine, *more]


def log_has(vifi, text, timeout=8):
    wait_for(f"`{text}` in the log", lambda: text in vifi.log_text(), timeout)


# ---- a card that is not there


@pytest.mark.parametrize("engine", ENGINES)
def test_service_waits_for_a_late_card(engine, vifi_program):
    """vifi starts without wlan0, with the bridge in place for the guests, and serves as soon as the card comes."""
    with World(start=False, capture=False, bridge=False) as world:
        unplug(world)
        vifi = world.vifi = Vifi(world.lab, options=service(engine), wait=False)
        log_has(vifi, "waiting for the interface wlan0")
        world.host.ip(*[f"link set {guest.vif} master br0" for guest in world.guests])
        shown = vifi.call("show", "wlan0", check=False)
        assert shown.returncode != 0 and "wlan0" in shown.stderr
        plug(world)
        vifi.wait_up()
        serves(world)
        assert vifi.proc.poll() is None and world.lab.port.foreign() == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT], ids=["restart", "stop"])
def test_card_gets_another_name_while_nothing_runs(engine, sig, vifi_program):
    """The saved state tells which card was the uplink: udev has named it after another socket."""
    with World(vifi=service(engine), capture=False) as world:
        assert world.vifi.stop(sig) == 0
        unplug(world)
        plug(world, "wlx0060aabbccdd")
        world.vifi.start()
        assert f"wlan0 is named wlx0060aabbccdd now: it is the same card ({UPLINK_MAC})" in world.vifi.log_text()
        serves(world)
        assert world.vifi.show()["uplink"] == "wlx0060aabbccdd"
        assert world.lab.port.foreign() == 0
        for name in ("wlan0", "wlx0060aabbccdd"):
            assert world.vifi.call("show", name).returncode == 0
        assert world.vifi.down().returncode == 0 and world.vifi.proc.wait(30) == 0
        assert "vifi0" not in world.host.query("link show")
        assert not programs(world.host, "wlx0060aabbccdd", INGRESS) + programs(world.host, "wlx0060aabbccdd", EGRESS)


def test_card_of_the_configuration_is_found_by_its_address(vifi_program):
    """At a boot two cards have swapped their names, and the saved state is gone: `uplink-mac` says which one it is."""
    with World(start=False, capture=False) as world:
        unplug(world)
        world.host.ip("link add wlan0 address 02:00:00:00:00:99 type veth peer name eth9p", "link set wlan0 up", "link set eth9p up")
        vifi = world.vifi = Vifi(world.lab, options=service("tcx", "--state", "none", "--uplink-mac", UPLINK_MAC), wait=False)
        log_has(vifi, f"wlan0 is another card (02:00:00:00:00:99) than that of `uplink-mac` ({UPLINK_MAC})")
        assert not programs(world.host, "wlan0", EGRESS)
        plug(world, "wlan1")
        vifi.uplink = "wlan1"  # for `show`: wlan0 is another interface
        vifi.wait_up()
        serves(world)
        assert programs(world.host, "wlan1", EGRESS) and not programs(world.host, "wlan0", EGRESS)
        # A card that is unplugged and comes back under a third name is the same one; a new card with its name is not.
        unplug(world, "wlan1")
        log_has(vifi, "wlan1 is gone")
        plug(world, "wlan2")
        vifi.uplink = "wlan2"
        log_has(vifi, "wlan0 is back, as wlan2")
        serves(world)
        assert not programs(world.host, "wlan0", EGRESS) and world.lab.port.foreign() == 0


def test_card_of_the_configuration_is_missing(vifi_program):
    with World(start=False, capture=False, static=False, guests=0) as world:
        up = [program(), "bridge", "up", "--uplink-mac", "02:00:00:00:00:98", "wlan0", "br0"]
        result = world.host.run(up, check=False, timeout=30)
        assert result.returncode == 1 and "write `uplink-mac = " + UPLINK_MAC in result.stderr, result
        up[-2] = "wlan7"
        result = world.host.run(up, check=False, timeout=30)
        assert result.returncode == 1 and "no interface has the permanent MAC address 02:00:00:00:00:98" in result.stderr, result
        for mac in ("x", "01:00:5e:00:00:01", "00:00:00:00:00:00"):
            up[4] = mac
            result = world.host.run(up, check=False, timeout=30)
            assert result.returncode == 2 and "uplink-mac must be the MAC address of a card" in result.stderr, result


@pytest.mark.parametrize("end", ["signal", "down"])
def test_waiting_can_be_ended(end, vifi_program):
    with World(start=False, capture=False, static=False, guests=0, bridge=False) as world:
        unplug(world)
        vifi = Vifi(world.lab, options=["--wait"], wait=False)
        log_has(vifi, "waiting for the interface wlan0")
        assert "br0" in world.host.query("link show type bridge")
        if end == "signal":
            assert vifi.stop() == 0
        else:
            assert vifi.down().returncode == 0
            assert vifi.proc.wait(30) == 0
        assert "vifi0" not in world.host.query("link show") and "br0" not in world.host.query("link show")


def test_a_missing_card_is_an_error_without_wait(vifi_program):
    with World(start=False, capture=False, static=False, guests=0) as world:
        unplug(world)
        result = world.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=30)
        assert result.returncode == 1 and "there is no interface `wlan0`" in result.stderr


def test_waiting_for_a_card_that_does_not_fit(vifi_program):
    """The uplink is still a port of a bridge, as it was configured for Ethernet: vifi reports it, and waits."""
    with World(start=False, capture=False) as world:
        world.host.ip("link add br5 type bridge", "link set wlan0 master br5")
        vifi = world.vifi = Vifi(world.lab, options=service("tcx"), wait=False)
        log_has(vifi, "wlan0 is a port of br5")
        shown = vifi.call("show", "wlan0", check=False)
        assert shown.returncode != 0 and "wlan0 is a port of br5" in shown.stderr, shown
        world.host.ip("link set wlan0 nomaster")
        vifi.wait_up()
        serves(world)


# ---- a card that is unplugged


@pytest.mark.parametrize("engine", KERNEL)
@pytest.mark.parametrize("name", ["wlan0", "wlx0060aabbccdd"])
def test_replugged_card_resumes(engine, name, vifi_program):
    """The process survives the loss of the card, and serves all guests when it is back, also with another name."""
    with World(vifi=service(engine), capture=False) as world:
        known = {b["address"] for b in world.vifi.bindings()}
        unplug(world)
        log_has(world.vifi, "wlan0 is gone")
        assert world.guest_a.ping(world.guest_b.ip4) == 1, "guests reach each other without the card"
        time.sleep(1)
        plug(world, name)
        log_has(world.vifi, "wlan0 is back")
        serves(world)
        for guest in world.guests:
            assert world.router.ping(guest.ip4, count=2) and world.router.ping(guest.ip6, count=2), guest.name
            assert guest.ping(HOST4) == 1 and world.host.ping(guest.ip4) == 1
        assert world.vifi.proc.poll() is None, "the process must not restart"
        assert world.lab.port.foreign() == 0
        if name == "wlan0":
            assert known <= {b["address"] for b in world.vifi.bindings()}
        assert "PROMISC" not in world.host.query(f"link show dev {name}")
        assert world.vifi.down().returncode == 0
        assert world.vifi.proc.wait(30) == 0
        left = world.host.query(f"-d link show dev {name}")
        assert "vifi0" not in world.host.query("link show") and "ALLMULTI" not in left and "allmulti 1" not in left
        assert "vifi" not in world.host.run(["tc", "filter", "show", "dev", name, "egress"]).stdout
        assert not programs(world.host, name, INGRESS) + programs(world.host, name, EGRESS) + programs(world.host, "vif-a", INGRESS)


def test_restart_while_the_card_is_out(vifi_program):
    """A restart without the card keeps the guests' addresses, and leaves no program behind."""
    with World(vifi=service("tcx"), capture=False) as world:
        known = {b["address"] for b in world.vifi.bindings()}
        unplug(world)
        log_has(world.vifi, "wlan0 is gone")
        assert world.vifi.stop() == 0
        world.vifi.start(wait=False)
        log_has(world.vifi, "waiting for the interface wlan0")
        plug(world)
        world.vifi.wait_up()
        assert known <= {b["address"] for b in world.vifi.bindings()}
        serves(world)
        assert len(programs(world.host, "vifi0p", EGRESS)) == 1, "the program of the former process is still there"


def test_card_of_another_name_is_not_taken_for_the_uplink(vifi_program):
    """An interface with another MAC address and another name stays alone."""
    with World(vifi=service("tcx"), capture=False, guests=1) as world:
        unplug(world)
        log_has(world.vifi, "wlan0 is gone")
        world.host.ip("link add eth9 address 02:00:00:00:00:99 type veth peer name eth9p", "link set eth9 up", "link set eth9p up")
        plug(world)
        log_has(world.vifi, "wlan0 is back")
        assert not programs(world.host, "eth9", INGRESS) and programs(world.host, "wlan0", INGRESS)
        serves(world)


@pytest.mark.parametrize("engine", ["user"])
def test_user_engine_ends_with_its_card(engine, vifi_program):
    """The user-space engine cannot open packet sockets any more: it ends with exit code 1, and a restart waits."""
    with World(vifi=service(engine), capture=False) as world:
        unplug(world)
        assert world.vifi.proc.wait(30) == 1
        assert "the user-space engine ends" in world.vifi.log_text()
        world.vifi.start(wait=False)
        log_has(world.vifi, "waiting for the interface wlan0")
        plug(world)
        world.vifi.wait_up()
        serves(world)


# ---- a bridge that is made again


@pytest.mark.parametrize("engine", KERNEL)
def test_bridge_made_again_resumes(engine, vifi_program):
    """`systemctl restart networking` deletes br0 and makes it again, with the guests' ports."""
    with World(vifi=service(engine), capture=False) as world:
        world.host.ip("link del br0")
        log_has(world.vifi, "br0 is gone")
        world.host.ip("link add br0 type bridge forward_delay 0", "link set br0 up",
                      *[f"link set {guest.vif} master br0" for guest in world.guests])
        log_has(world.vifi, "br0 is back")
        serves(world)
        assert world.vifi.proc.poll() is None
        for guest in world.guests:
            assert world.router.ping(guest.ip4, count=2), guest.name
        assert world.lab.port.foreign() == 0


@pytest.mark.parametrize("engine", KERNEL)
def test_former_bridge_is_no_guest(engine, vifi_program):
    """br0 sends frames of this host. After a stop it is made again with another MAC address: the old one is nobody's."""
    with World(vifi=service(engine), capture=False) as world:
        serves(world)
        former = world.host.mac("br0")
        with world.host.raw("br0") as bridge:
            bridge.send(Ether(src=former, dst=BCAST) / IP(src="0.0.0.0", dst="224.0.0.1") / UDP(sport=9, dport=9))
        wait_for("a frame of br0", lambda: any(b["mac"] == former for b in world.vifi.bindings()), 20)
        assert world.vifi.stop(signal.SIGINT) == 0
        world.host.ip("link del br0", "link add br0 address 02:00:00:00:b0:00 type bridge forward_delay 0", "link set br0 up",
                      *[f"link set {guest.vif} master br0" for guest in world.guests])
        world.vifi.start()
        guests = {guest["mac"] for guest in world.vifi.show()["guests"]}
        assert former not in guests and {guest.hw for guest in world.guests} <= guests


# ---- restarts


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("times", [3])
def test_restart_loses_nothing(engine, times, vifi_program):
    """SIGTERM and a new start, several times, under pings every 0.2 s in both directions and downloads.

    With the eBPF engines no ping is lost.  The user-space engine is the process itself: the guests wait for the new one."""
    with World(vifi=service(engine), capture=False) as world:
        world.lab.services["download"] = services.Download(world.lab.inet)
        job = Background(services.fetch, world.guest_a, INET4, 48 << 20, 8 << 20)
        with Pings(world.guest_b, ROUTER4) as out, Pings(world.router, world.guest_c.ip4) as inward, \
                Pings(world.guest_b, HOST4) as host:
            time.sleep(1)
            gap = 0
            for _ in range(times):
                stopped = time.monotonic()  # its end is a part of the gap
                assert world.vifi.stop() == 0
                world.vifi.start()
                gap += time.monotonic() - stopped
                time.sleep(1)
        result = job.result(60)
        assert result.intact, str(result)
        lost = {"out": out.lost, "in": inward.lost, "host": host.lost}
        print(f"{engine}: lost of {out.sent}, {inward.sent}, {host.sent} pings: {lost}; {gap:.2f} s without a process")
        limit = 0 if engine != "user" else int(gap / 0.2) + 2 * times
        assert all(count <= limit for count in lost.values()), lost
        assert world.lab.port.foreign() == 0
        assert world.vifi.stop(signal.SIGINT) == 0
        assert "vifi0" not in world.host.query("link show")


@pytest.mark.parametrize("first, second", [("tcx", "clsact"), ("clsact", "tcx")])
def test_restart_with_another_attachment_loses_nothing(first, second, vifi_program):
    """No frame passes the old programs and then the new ones, which would take it for this host's and send it to the guests."""
    with World(vifi=service(first), dhcp="none", ra="none", capture=False) as world:
        guest = world.guest_b
        with Forger(guest.wire, [arp(1, guest.hw, guest.hw, guest.ip4, ROUTER4)], 1000), Pings(world.router, guest.ip4) as inward, \
                Pings(guest, ROUTER4) as out, Pings(world.host, world.guest_c.ip4) as host:
            time.sleep(1)
            assert world.vifi.stop() == 0
            world.vifi.options = service(second)
            world.vifi.start()
            time.sleep(2)
        assert world.vifi.show()["engine"] == second
        drops = world.vifi.drops()
        assert not {"claim_station", "host_twice", "guest_on_wire"} & set(drops), drops
        assert "refused" not in world.vifi.log_text()
        assert (out.lost, inward.lost, host.lost) == (0, 0, 0), drops
        assert world.lab.port.foreign() == 0
        assert world.vifi.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("engine", KERNEL)
def test_guest_is_served_without_a_process(engine, vifi_program):
    """Between the stop and the start of a restart, which may take long in an upgrade, the kernel goes on."""
    with World(vifi=service(engine), capture=False) as world:
        assert world.vifi.stop() == 0
        for guest in world.guests:
            assert guest.ping(ROUTER4, count=5) == 5 and world.router.ping(guest.ip6, count=5) == 5
        world.vifi.start()
        assert "taken over" in world.vifi.log_text()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stop_is_not_interrupted(engine, vifi_program):
    """systemd sends SIGTERM right after the SIGINT of ExecStop: everything is reverted all the same."""
    with World(vifi=service(engine), capture=False, guests=1, static=False) as world:
        world.vifi.proc.send_signal(signal.SIGINT)
        world.vifi.proc.send_signal(signal.SIGTERM)
        assert world.vifi.proc.wait(30) == 0
        assert "vifi0" not in world.host.query("link show") and not world.host.run("nft list ruleset").stdout


def test_signal_without_keep_reverts(vifi_program):
    with World(capture=False, guests=1, static=False) as world:
        assert world.vifi.stop(signal.SIGTERM) == 0
        assert "vifi0" not in world.host.query("link show")


def test_restart_with_another_bridge(vifi_program):
    """A restart after `bridge =` has changed reverts what was left on the former bridge."""
    with World(vifi=service("tcx"), capture=False, guests=1) as world:
        assert world.vifi.stop() == 0
        world.host.ip("link add br1 type bridge forward_delay 0", "link set br1 up", "link set vif-a master br1")
        world.vifi.bridge = "br1"
        world.vifi.start()
        serves(world)
        ports = world.host.query("link show type veth")
        assert len(re.findall(r"master br1", ports)) == 2 and "master br0" not in ports


def test_restart_with_another_uplink(vifi_program):
    """A restart after `uplink =` has changed reverts what was left for the former uplink."""
    with World(vifi=service("tcx"), capture=False, guests=1) as world:
        assert world.vifi.stop() == 0
        world.host.ip("link add eth9 address 02:00:00:00:00:99 type veth peer name eth9p", "link set eth9 up", "link set eth9p up")
        world.vifi.uplink = "eth9"
        world.vifi.start()
        assert "reverting what an earlier vifi left behind for wlan0" in world.vifi.log_text()
        assert not programs(world.host, "wlan0", INGRESS) and programs(world.host, "eth9", INGRESS)
        assert len(re.findall(r": vifi\dp?@", run(["ip", "-n", world.host.ns, "-o", "link"]).stdout)) == 2


# ---- another version


@pytest.mark.parametrize("engine", KERNEL)
def test_upgrade_to_another_layout_loses_nothing(engine, vifi_program, monkeypatch):
    """The tables of the former version have another ABI number: the new version makes its own, fills them with the saved
    bindings, and then replaces the programs.  $VIFI_NEXT may name a build of another version, with other tables."""
    with World(vifi=service(engine), capture=False) as world:
        world.lab.services["download"] = services.Download(world.lab.inet)
        job = Background(services.fetch, world.guest_a, INET4, 48 << 20, 8 << 20)
        known = {b["address"] for b in world.vifi.bindings()}
        maps = map_ids(world)
        events = world.lab.file("tc.log")
        monitor = world.host.start(["tc", "monitor"], log=events)
        with Pings(world.guest_b, ROUTER4, 0.01) as out, Pings(world.router, world.guest_c.ip4, 0.01) as inward, \
                Pings(world.host, world.guest_b.ip4, 0.01) as host:
            time.sleep(1)
            assert world.vifi.stop() == 0
            if os.environ.get("VIFI_NEXT"):
                monkeypatch.setenv("VIFI", os.environ["VIFI_NEXT"])
            else:
                set_abi(world, 9999)
            world.vifi.start()
            time.sleep(1)
        world.host.stop(monitor, signal.SIGINT)
        with open(events, errors="replace") as file:
            text = file.read()
        # To add or remove a qdisc the kernel stops the queue of the port, and drops what the guest should receive meanwhile.
        assert "filter" in text or engine == "tcx"
        assert not [line for line in text.splitlines() if "qdisc" in line], text
        assert not maps & map_ids(world), "the new version uses the old tables"
        assert known <= {b["address"] for b in world.vifi.bindings()}
        monkeypatch.undo()
        result = job.result(60)
        assert result.intact, str(result)
        print(f"{engine}: lost {out.lost}, {inward.lost}, {host.lost} of {out.sent}, {inward.sent}, {host.sent} pings; {result}")
        assert out.lost == inward.lost == host.lost == 0 and world.lab.port.foreign() == 0
        for dev, hook in (("wlan0", INGRESS), ("wlan0", EGRESS), ("vifi0p", EGRESS)) if engine == "tcx" else ():
            assert len(programs(world.host, dev, hook)) == 1, f"an old program is left on {dev}"


def map_ids(world):
    """The IDs of the maps of the programs that run on the uplink's bridge port."""
    found = programs(world.host, "vifi0p", EGRESS)
    text = world.host.run("tc filter show dev vifi0p egress").stdout
    found += [int(n) for n in re.findall(r" id (\d+)", text)]
    return {n for i in found for n in json.loads(run(["bpftool", "-j", "prog", "show", "id", i]).stdout)["map_ids"]}


def set_abi(world, abi):
    """Changes the ABI number in the table `config` of the running programs: it follows the MAC address (macnat/model.h)."""
    for i in map_ids(world):
        if json.loads(run(["bpftool", "-j", "map", "show", "id", i]).stdout)["name"] != "config":
            continue
        value = [int(x, 16) for x in json.loads(run(["bpftool", "-j", "map", "dump", "id", i]).stdout)[0]["value"]]
        value[8:12] = abi.to_bytes(4, "little")
        run(["bpftool", "map", "update", "id", i, "key", "0", "0", "0", "0", "value", *value])
        return
    raise AssertionError("no table `config`")


# ---- a changed file


class Reload(World):
    """vifi with a file that it can read again as the user of the service."""

    def __init__(self, engine="tcx"):
        super().__init__(capture=False, start=False)
        self.engine = engine

    def __enter__(self):
        super().__enter__()
        self.path = self.lab.file("home.conf")
        os.chmod(self.lab.dir, 0o755)
        self.write("")
        self.vifi = Vifi(self.lab, options=["--wait", "--keep", "-c", self.path])
        serves(self)
        return self

    def write(self, text, replace=True):
        """Replaces the file, as editors do, or overwrites it."""
        path = self.path + (".new" if replace else "")
        with open(path, "w") as file:
            file.write(f"[bridge]\nuplink = wlan0\nengine = {self.engine}\n{text}")
        os.chmod(path, 0o644)
        os.rename(path, self.path)

    def reload(self, text, how="command"):
        """Writes the file and applies it; returns the new lines of the log."""
        before = self.vifi.log_text()
        self.write(text, replace=how != "signal")
        if how == "signal":
            os.kill(self.vifi.proc.pid, signal.SIGHUP)
        else:
            self.result = self.vifi.call("reload", "-c", self.path, check=False)
        wait_for("an answer to the reload", lambda: "configuration" in self.vifi.log_text()[len(before):], 8)
        return self.vifi.log_text()[len(before):]


@pytest.mark.parametrize("engine", ["tcx", "user"])
def test_reload_changes_what_can_change(engine, vifi_program):
    with Reload(engine) as world:
        pid = world.vifi.show()["pid"]
        assert "the configuration has not changed" in world.reload("", "signal")
        for how, address in (("signal", "192.168.157.77"), ("command", "192.168.157.78")):
            assert "applied the changed configuration: pin" in world.reload(f"pin = {world.guest_a.hw} {address}\n", how)
            assert {b["address"] for b in world.vifi.show()["bindings"] if "pin" in str(b)} >= {address}
        assert not [b for b in world.vifi.show()["bindings"] if b["address"] == "192.168.157.77"], "the former pin is still there"

        # With `carrier = off` the bridge shows its carrier without the uplink's.
        world.lab.carrier(False)
        wait_for("the bridge port is down", lambda: "NO-CARRIER" in world.host.query("link show dev vifi0p"), 8)
        assert "carrier" in world.reload("carrier = off\n")
        wait_for("the bridge port is up", lambda: "NO-CARRIER" not in world.host.query("link show dev vifi0p"), 8)
        world.lab.carrier(True)
        serves(world)
        assert world.vifi.show()["pid"] == pid


@pytest.mark.parametrize("how", ["command", "signal"])
def test_reload_with_a_mistake_changes_nothing(how, vifi_program):
    with Reload() as world:
        good = f"pin = {world.guest_a.hw} 192.168.157.77\n"
        world.reload(good, how)
        for text, reason in ((good + "nonsense = 1\n", f"{world.path}:5: "), ("pin = x\n", f"{world.path}:4: "),
                             (good + "engine = user\n", "`engine` cannot change while vifi runs"),
                             (good + "port-cap = 4\n", "`port-cap` cannot change while vifi runs"),
                             ("state = /tmp\n", "`state` cannot change while vifi runs")):
            if how == "signal":
                assert reason in world.reload(text, how)
            else:
                world.write(text)
                result = world.vifi.call("reload", "-c", world.path, check=False)
                assert result.returncode == 2 and reason in result.stderr, result
                assert len(result.stderr.strip().splitlines()) == 1
            assert [b for b in world.vifi.show()["bindings"] if b["address"] == "192.168.157.77"], text
        assert world.guest_a.ping(ROUTER4) == 1


@pytest.mark.parametrize("engine", ["tcx", "user"])
def test_reload_does_not_leave_half_of_guest_services(engine, vifi_program):
    """The nft guard of the user-space engine keeps its rule about DHCP until a restart."""
    with Reload(engine) as world:
        lines = world.reload("guest-services = all\n")
        if engine == "tcx":
            assert "applied the changed configuration: guest-services" in lines
        else:
            assert world.result.returncode == 2 and "`guest-services` cannot change while vifi runs" in world.result.stderr, world.result
            assert "applied the changed configuration: guest-services" in world.reload("guest-services = drop\n")


def test_signal_cannot_read_a_replaced_file(vifi_program):
    """The sandbox permits the file of the start only; the log names the command that sends another one."""
    with Reload() as world:
        world.write("learn-rate = 9\n")
        os.kill(world.vifi.proc.pid, signal.SIGHUP)
        log_has(world.vifi, f"`vifi bridge reload -c {world.path}`")
        assert "applied" not in world.vifi.log_text()
        assert world.vifi.call("reload", "-c", world.path).returncode == 0
        log_has(world.vifi, "applied the changed configuration: learn-rate")


def test_reload_needs_a_process(vifi_program):
    with World(start=False, capture=False, guests=0, static=False) as world:
        result = world.host.run([program(), "bridge", "reload", "wlan0"], check=False)
        assert result.returncode == 4 and "no vifi process serves wlan0" in result.stderr
        assert world.host.run([program(), "bridge", "reload"], check=False).returncode == 2


def test_hangup_of_a_terminal_reverts(vifi_program):
    """Without a file there is nothing to read: SIGHUP comes from a terminal that was closed."""
    with World(capture=False, guests=1, static=False) as world:
        assert world.vifi.stop(signal.SIGHUP) == 0
        assert "vifi0" not in world.host.query("link show")
