# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a service: a card that comes late, is unplugged or gets another name; a bridge that is made again; restarts.

The options --wait and --keep are those of the unit vifi-bridge@.  tests/net/test_booted.py runs the unit itself.
"""

import re
import signal
import time

import pytest

from lab import Vifi, services
from lab.netns import run
from lab.services import Background
from lab.topology import INET4
from lab.vifi import program
from service_world import Pings, plug, programs, start_again, unplug
from tcx import EGRESS, INGRESS
from world import HOST4, ROUTER4, World, wait_for

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
        world.warm()
        assert vifi.proc.poll() is None and world.lab.port.foreign() == 0


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
            assert vifi.proc.wait(5) == 0
        assert "vifi0" not in world.host.query("link show") and "br0" not in world.host.query("link show")


def test_a_missing_card_is_an_error_without_wait(vifi_program):
    with World(start=False, capture=False, static=False, guests=0) as world:
        unplug(world)
        result = world.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=8)
        assert result.returncode == 1 and "there is no interface `wlan0`" in result.stderr


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
        world.warm()
        for guest in world.guests:
            assert world.router.ping(guest.ip4, count=2) and world.router.ping(guest.ip6, count=2), guest.name
            assert guest.ping(HOST4) == 1 and world.host.ping(guest.ip4) == 1
        assert world.vifi.proc.poll() is None, "the process must not restart"
        assert world.lab.port.foreign() == 0
        if name == "wlan0":
            assert known <= {b["address"] for b in world.vifi.bindings()}
        assert "PROMISC" not in world.host.query(f"link show dev {name}")
        assert world.vifi.down().returncode == 0
        assert world.vifi.proc.wait(5) == 0
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
        world.warm()
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
        world.warm()


@pytest.mark.parametrize("engine", ["user"])
def test_user_engine_ends_with_its_card(engine, vifi_program):
    """The user-space engine cannot open packet sockets any more: it ends with exit code 1, and a restart waits."""
    with World(vifi=service(engine), capture=False) as world:
        unplug(world)
        assert world.vifi.proc.wait(8) == 1
        assert "needs a restart" in world.vifi.log_text()
        world.vifi.start(wait=False)
        log_has(world.vifi, "waiting for the interface wlan0")
        plug(world)
        world.vifi.wait_up()
        world.warm()


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
        world.warm()
        assert world.vifi.proc.poll() is None
        for guest in world.guests:
            assert world.router.ping(guest.ip4, count=2), guest.name
        assert world.lab.port.foreign() == 0


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
                assert world.vifi.stop() == 0
                stopped = time.monotonic()
                start_again(world.vifi)
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


@pytest.mark.parametrize("engine", KERNEL)
def test_guest_is_served_without_a_process(engine, vifi_program):
    """Between the stop and the start of a restart, which may take long in an upgrade, the kernel goes on."""
    with World(vifi=service(engine), capture=False) as world:
        assert world.vifi.stop() == 0
        for guest in world.guests:
            assert guest.ping(ROUTER4, count=5) == 5 and world.router.ping(guest.ip6, count=5) == 5
        start_again(world.vifi)
        assert "taken over" in world.vifi.log_text()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stop_is_not_interrupted(engine, vifi_program):
    """systemd sends SIGTERM right after the SIGINT of ExecStop: everything is reverted all the same."""
    with World(vifi=service(engine), capture=False, guests=1, static=False) as world:
        world.vifi.proc.send_signal(signal.SIGINT)
        world.vifi.proc.send_signal(signal.SIGTERM)
        assert world.vifi.proc.wait(8) == 0
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
        start_again(world.vifi)
        world.warm()
        ports = world.host.query("link show type veth")
        assert len(re.findall(r"master br1", ports)) == 2 and "master br0" not in ports


def test_restart_with_another_uplink(vifi_program):
    """A restart after `uplink =` has changed reverts what was left for the former uplink."""
    with World(vifi=service("tcx"), capture=False, guests=1) as world:
        assert world.vifi.stop() == 0
        world.host.ip("link add eth9 address 02:00:00:00:00:99 type veth peer name eth9p", "link set eth9 up", "link set eth9p up")
        world.vifi.uplink = "eth9"
        start_again(world.vifi)
        assert "reverting what an earlier vifi has left for wlan0" in world.vifi.log_text()
        assert not programs(world.host, "wlan0", INGRESS) and programs(world.host, "eth9", INGRESS)
        assert len(re.findall(r": vifi\dp?@", run(["ip", "-n", world.host.ns, "-o", "link"]).stdout)) == 2
