# SPDX-License-Identifier: GPL-2.0-or-later
"""Two uplinks of one host, each with a bridge of its own.

   router ═══ ap ═══ wlan0 ┐ host ┌ br0 ═══ guests a b c     192.168.157.0/24
   second ══════════ wlan1 ┘      └ br1 ═══ guests x y       192.168.158.0/24

`second` drops frames of any MAC address but that of wlan1, and counts them.
"""

import contextlib
import re
import subprocess

import pytest

from field_world import Stream
from lab.vifi import Vifi, program
from world import ENGINES, ROUTER4, ROUTER6, World, guest_mac, judged, wait_for

SECOND4, SECOND6, SECOND_UPLINK_MAC = "192.168.158.20", "2001:db8:158::20", "00:60:aa:bb:cc:02"


def nft(node, text):
    return subprocess.run(["nsenter", f"--net=/run/netns/{node.ns}", "nft", "-f", "-"], input=text, text=True, check=True, capture_output=True)


def add_second_network(world):
    lab, host = world.lab, world.host
    second = world.second = lab._node("second")  # pylint: disable=protected-access
    lab._veth(second, "lan0", "00:60:dd:00:00:58", host, "wlan1", SECOND_UPLINK_MAC)  # pylint: disable=protected-access
    host.sysctl(net__ipv6__conf__wlan1__accept_ra=0)
    second.ip("link set lan0 up", f"addr add {SECOND4}/24 dev lan0", f"addr add {SECOND6}/64 dev lan0 nodad")
    nft(second, "table netdev strict {\n counter foreign { }\n chain ingress {\n type filter hook ingress device lan0 priority 0;\n"
                f" ether saddr != {SECOND_UPLINK_MAC} counter name foreign drop\n }}\n}}\n")
    host.ip("link set wlan1 up", "addr add 192.168.158.21/24 dev wlan1", "addr add 2001:db8:158::21/64 dev wlan1 nodad",
            "link add br1 type bridge forward_delay 0", "link set br1 up")
    for number, name in ((30, "x"), (31, "y")):
        guest = lab._node(name)  # pylint: disable=protected-access
        guest.vif, guest.ip4, guest.ip6 = f"vif-{name}", f"192.168.158.{40 + number}", f"2001:db8:158::{40 + number}"
        lab._veth(host, guest.vif, None, guest, "eth0", guest_mac(number))  # pylint: disable=protected-access
        host.sysctl(**{f"net__ipv6__conf__{guest.vif}__disable_ipv6": 1})
        host.ip(f"link set {guest.vif} up master br1")
        guest.ip("link set eth0 up", f"addr add {guest.ip4}/24 dev eth0", f"addr add {guest.ip6}/64 dev eth0 nodad")
        setattr(world, f"guest_{name}", guest)


def foreign_frames(world):
    text = world.second.run("nft list counter netdev strict foreign").stdout
    return int(re.search(r"packets (\d+)", text)[1])


@contextlib.contextmanager
def two_uplinks(engine):
    with World(vifi=ENGINES[engine], dhcp="none", ra="none") as world:
        world.engine = engine
        add_second_network(world)
        with Vifi(world.lab, uplink="wlan1", bridge="br1", options=ENGINES[engine]) as other:
            world.other = other
            wait_served(world)
            yield world
            assert foreign_frames(world) == 0


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(two_uplinks(request.param)) as world:
        yield world


def wait_served(world):
    for guest, targets in ((world.guest_a, (ROUTER4, ROUTER6)), (world.guest_x, (SECOND4, SECOND6)), (world.guest_y, (SECOND4, SECOND6))):
        for target in targets:
            wait_for(f"guest {guest.name} reaches {target}", lambda guest=guest, target=target: guest.ping(target), 15)


def links(node):
    return {line.split()[0].split("@")[0] for line in node.query("-br link").splitlines()}


def test_each_uplink_serves_its_own_guests(world):
    wait_served(world)
    for guest in (world.guest_x, world.guest_y):
        wait_for(f"the second network reaches {guest.name}", lambda guest=guest: world.second.ping(guest.ip4) and world.second.ping(guest.ip6), 10)
        wait_for(f"the host reaches {guest.name}", lambda guest=guest: world.host.ping(guest.ip4), 10)
    for vifi, macs in ((world.vifi, {g.hw for g in world.guests}), (world.other, {guest_mac(30), guest_mac(31)})):
        assert {b["mac"] for b in vifi.bindings() if b["port"].startswith("vif-")} == macs
    shown = world.vifi.call("show").stdout
    assert re.search(r"(?m)^wlan0 .* serves br0,", shown) and re.search(r"(?m)^wlan1 .* serves br1,", shown), shown
    metrics = world.host.run([program(), "metrics"]).stdout
    for uplink in ("wlan0", "wlan1"):
        assert f'vifi_bridge_running{{uplink="{uplink}"}} 1' in metrics
        assert world.vifi.call("check", uplink, timeout=30).returncode == 0


@pytest.mark.parametrize("killed", ["first", "second"])
def test_killed_process_of_one_uplink_leaves_the_other_alone(world, killed):
    """kill -9: the other uplink loses nothing; check, down and up concern the uplink that they name."""
    wait_served(world)
    dead, alive = (world.vifi, world.other) if killed == "first" else (world.other, world.vifi)
    guest, target = (world.guest_x, SECOND4) if killed == "first" else (world.guest_a, ROUTER4)
    with Stream(world.lab, guest, target).wait_answered() as stream:
        stream.cut()
        dead.kill()
        got = dead.call("check", dead.uplink, check=False, timeout=30)
        assert got.returncode == 1 and f"No process serves {dead.uplink}" in got.stdout, got.stdout
        assert dead.call("check", alive.uplink, timeout=30).returncode == 0
        before = links(world.host)
        dead.down()
        gone = before - links(world.host)
        assert gone and not any(name.startswith(("vifi0", "vifi1")[killed == "first"]) for name in gone), gone
        dead.start()
        wait_served(world)
        assert stream.lost() == 0, f"{stream.lost()} pings of guest {guest.name} lost"


def test_second_uplink_of_one_bridge_is_refused(world):
    world.other.stop()
    world.other.down(check=False)
    try:
        got = world.other.call("check", "wlan1", "br0", check=False, timeout=30)
        assert got.returncode == 1 and "br0 is in use by the uplink wlan0" in got.stdout, got.stdout
        got = world.other.call("up", *ENGINES[world.engine], "wlan1", "br0", check=False)
        assert got.returncode == 1 and "br0 is in use by the uplink wlan0" in got.stderr, got
    finally:
        world.other.start()
    wait_served(world)
    got = world.other.call("check", "wlan1", "br0", check=False, timeout=30)
    assert "br0 is in use by the uplink wlan0" in got.stdout, got.stdout
