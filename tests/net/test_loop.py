# SPDX-License-Identifier: GPL-2.0-or-later
"""A port of br0 that leads to the uplink's own network, and MAC addresses that are in use twice.

   pc ═══════════ ┐
   router lan0 ══ lan (a bridge in `switch`) ══ wire ap port ══ wlan0 host br0 ─┬─ vif-a ═══ guest a
                  └══════════════════════════════════════════ eth0 ─────────────┴─ …

Both ways from `lan` to br0 carry all group frames: a plain bridge of both ends melts down.
"""

import json
import time

import pytest

from lab import Vifi
from lab.netns import Node
from lab.topology import HOST4, ROUTER4, ROUTER6, ROUTER_MAC
from field_world import beside, plain_world
from world import BCAST, ENGINES, UPLINK_MAC, World, arp, udp4, wait_for

PC_MAC, PC4 = "00:60:cc:00:00:01", "192.168.157.30"


def world_of(engine, **arguments):
    return World(vifi=ENGINES[engine], dhcp="none", ra="none", **arguments)


def add_switch(world):
    """Moves the router's end of the network behind a switch; returns the machine `pc` at another port of it."""
    lab = world.lab
    switch, pc = (lab.nodes.setdefault(name, Node(lab.prefix, name)) for name in ("switch", "pc"))
    switch.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
    switch.ip("link add lan type bridge forward_delay 0 mcast_snooping 0", "link set lan up")
    world.wire.close()
    lab.router.ip(f"link set lan0 name old netns {switch.ns}")
    switch.ip("link set old address 02:00:00:00:00:77 master lan up")
    lab._veth(lab.router, "lan0", ROUTER_MAC, switch, "p-router", None)
    lab._veth(pc, "eth0", PC_MAC, switch, "p-pc", None)
    lab._veth(lab.host, "eth0", None, switch, "p-host", None)
    for port in ("p-router", "p-pc", "p-host"):
        switch.ip(f"link set {port} master lan up")
    lab.router.ip(f"addr add {ROUTER4}/24 brd + dev lan0", f"addr add {ROUTER6}/64 dev lan0 nodad", "link set lan0 up")
    pc.ip(f"addr add {PC4}/24 brd + dev eth0", "link set eth0 up")
    lab.host.sysctl(net__ipv6__conf__eth0__disable_ipv6=1)
    world.wire = lab.router.raw("lan0")
    return pc


def frames_of(node, ifname):
    text = node.run(["cat", f"/sys/class/net/{ifname}/statistics/rx_packets", f"/sys/class/net/{ifname}/statistics/tx_packets"]).stdout
    return sum(int(word) for word in text.split())


def found(world):
    """What `vifi bridge check` finds fault with."""
    got = world.vifi.call("check", "-j", "wlan0", "br0", check=False)
    return [item for item in json.loads(got.stdout) if item["level"] != "ok"]


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_37_port_in_the_network_of_the_uplink_makes_no_storm(vifi_program, engine):
    with world_of(engine, capture=False, start=False) as world:
        pc = add_switch(world)
        world.host.ip("link set eth0 up master br0")
        world.vifi = Vifi(world.lab, options=ENGINES[engine])
        before = frames_of(world.host, "wlan0")
        pc.ping("192.168.157.200", timeout=1)  # nobody has it: a broadcast
        assert pc.ping(ROUTER4, count=3), "other machines of the network do not reach each other"
        time.sleep(3)
        first = frames_of(world.host, "wlan0") - before
        time.sleep(5)
        rest = frames_of(world.host, "wlan0") - before - first
        print(f"{engine}: {first} frames of wlan0 in the first seconds, {rest} in the next five; drops {world.vifi.drops()}")
        assert first < 2000 and rest < 500, f"{first} and {rest} frames; {world.vifi.drops()}"
        wait_for("the loop is found", lambda: "which is a loop" in world.vifi.log_text(), 15)
        world.guest_a.ping("192.168.157.201", timeout=1)  # its broadcast leaves by eth0 and comes back by wlan0
        wait_for("its return is dropped", lambda: world.drops("loop"), 10)
        lines = [line for line in world.vifi.log_text().splitlines() if "which is a loop" in line]
        assert len(lines) == 1 and "eth0, a port of br0, leads to the network of wlan0" in lines[0], world.vifi.log_text()
        wait_for("a guest reaches the router", lambda: world.guest_a.ping(ROUTER4, timeout=1), 15)
        wait_for("the host reaches the router", lambda: world.host.ping(ROUTER4, timeout=1), 15)
        for findings in (found(world), world.vifi.show()["problems"]):  # one cause, and nothing else about that port
            about = [finding for finding in findings if "eth0" in finding["sentence"]]
            assert [(finding["id"], finding["level"]) for finding in about] == [("loop", "fail")], findings
            assert "ip link set eth0 nomaster" in about[0]["remedy"]
        world.host.ip("link set eth0 nomaster")
        wait_for("the end of the loop", lambda: "no port of br0 leads" in world.vifi.log_text(), 15)
        wait_for("a guest is found by a broadcast", lambda: pc.run(f"arping -c 1 -w 1 -I eth0 {world.guest_a.ip4}", check=False).returncode == 0, 15)


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_37_repeated_group_frames_pass(vifi_program, engine):
    """keepalived sends five announcements at once, and some senders repeat a frame for ever; a flood is limited."""
    with world_of(engine) as world:
        guest = world.guest_a
        for round_ in range(3):
            guest.wire.drain()
            frame = arp(1, "00:60:ee:00:00:99", "00:60:ee:00:00:99", f"192.168.157.{240 + round_}", f"192.168.157.{240 + round_}")
            for _ in range(200):
                world.wire.send(frame)
            got = world.received(guest.wire, lambda p: p.src == "00:60:ee:00:00:99", 0.5)
            assert 128 <= len(got) <= 2 * 128, len(got)  # 128 in each second
        assert world.drops("loop") > 0
        time.sleep(1.1)
        guest.wire.drain()
        world.wire.send(frame)
        assert len(world.received(guest.wire, lambda p: p.src == "00:60:ee:00:00:99", 0.5)) == 1


def test_rule_37_ports_that_lead_out_are_warned_of(vifi_program):
    with world_of("kernel", capture=False, start=False) as world:
        world.host.ip("link add vx0 type vxlan id 5 dstport 4789", "link set vx0 up master br0")
        got = world.host.run([vifi_program, "bridge", "check", "wlan0", "br0"], check=False)
        assert "physical_port" in got.stdout and "vx0, a port of br0, leads out" in got.stdout, got
        assert "vif-a" not in got.stdout
        world.vifi = Vifi(world.lab)
        assert "vx0 is a port of br0 and leads out" in world.vifi.log_text()
        world.host.ip("link del vx0")
        got = world.vifi.call("check", "wlan0", "br0", check=False)
        assert "vx0" not in got.stdout


def test_rule_38_check_warns_of_forwarding(vifi_program):
    with world_of("kernel", capture=False, start=False, static=False) as world:
        assert "WARNING forwarding" not in world.host.run([vifi_program, "bridge", "check", "wlan0", "br0"], check=False).stdout
        world.host.sysctl(net__ipv4__ip_forward=1)
        got = world.host.run([vifi_program, "bridge", "check", "wlan0", "br0"], check=False)
        assert "WARNING forwarding" in got.stdout and "net.ipv4.ip_forward=0" in got.stdout, got


# ---- MAC addresses that are in use twice; the same on a plain bridge in the same run


def answered(ways, count):
    """name → how many of `count` pings are answered; ways: name → (node, address), one ping each in turn."""
    got = dict.fromkeys(ways, 0)
    for _ in range(count):
        for name, (node, address) in ways.items():
            got[name] += node.ping(address, timeout=1)
    return got


def take_address(guest, mac):
    guest.ip("link set eth0 down", f"link set eth0 address {mac}", "link set eth0 up", f"route replace default via {ROUTER4}")
    guest.wire = guest.raw("eth0")


def beside_the_uplinks_address(world):
    """Guest b has the MAC address of the uplink: answered of 5 pings of b, of the other guest and of this host."""
    take_address(world.guest_b, UPLINK_MAC)
    a, b, router, host = world.guest_a, world.guest_b, world.router, world.host
    return answered({"b → R": (b, ROUTER4), "a → R": (a, ROUTER4), "a → H": (a, HOST4), "H → R": (host, ROUTER4),
                     "R → a": (router, a.ip4), "R → H": (router, HOST4)}, 5)


def of_two_with_one_address(world):
    """Guest b has the MAC address of guest a: answered of 5 pings of both, and to both."""
    a, b, router = world.guest_a, world.guest_b, world.router
    take_address(b, a.hw)
    return answered({"a → R": (a, ROUTER4), "b → R": (b, ROUTER4), "R → a": (router, a.ip4), "R → b": (router, b.ip4)}, 5)


def of_a_plain_bridge(measure):
    with plain_world() as plain:
        return measure(plain)


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_02_guest_with_the_mac_address_of_the_uplink(vifi_program, engine):
    with world_of(engine) as world:
        guest = world.guest_b
        ours = beside_the_uplinks_address(world)
        theirs = beside(None, "uplink's address", lambda _: of_a_plain_bridge(beside_the_uplinks_address))
        print(f"a guest with the MAC address of the uplink, answered of 5, {engine}: {ours}, plain bridge: {theirs}")
        assert all(ours[name] >= theirs[name] for name in ours), (ours, theirs)
        for i in range(5):
            guest.wire.send(udp4(UPLINK_MAC, ROUTER_MAC, guest.ip4, ROUTER4, b"%d" % i))
        wait_for("a drop by name", lambda: world.drops("uplink_mac") >= 5, 5)
        # the user-space engine may not know the port of the first frame
        said = lambda: [line for line in world.vifi.log_text().splitlines() if "uplink_mac" in line and (engine == "kernel" or guest.vif in line)]
        lines = wait_for("a line", said, 20)
        assert len(lines) == 1 and guest.vif in lines[0] and UPLINK_MAC in lines[0] and "MAC address" in lines[0], lines
        text = world.vifi.call("show").stdout
        assert "uplink_mac: A guest sent a frame with the MAC address of the uplink" in text, text
        # the other guests and the host are as before
        time.sleep(6)
        for i in range(5):
            guest.wire.send(udp4(UPLINK_MAC, BCAST, "0.0.0.0", "255.255.255.255", b"%d" % i))
            assert world.guest_a.ping(HOST4) and world.guest_a.ping(ROUTER4) and world.host.ping(ROUTER4)


def test_rule_02_cloned_mac_address_is_shown_and_logged(vifi_program):
    """The user-space engine cannot tell the ports of the two (doc/trust.md, Limits)."""
    with world_of("kernel") as world:
        owner, clone = world.guest_a, world.guest_b
        ours, theirs = of_two_with_one_address(world), of_a_plain_bridge(of_two_with_one_address)
        print(f"two guests with one MAC address, answered of 5: {ours}, plain bridge: {theirs}")
        assert ours["a → R"] == ours["R → a"] == 5, "the clone takes packets from the owner of the address"

        def is_shown():
            owner.ping(ROUTER4)  # the clone may take the answer
            clone.wire.send(arp(1, owner.hw, owner.hw, clone.ip4, ROUTER4))
            return world.vifi.show().get("clones")
        shown = wait_for("the clone in show", is_shown, 20, step=0.5)
        assert shown[0]["mac"] == owner.hw and set(shown[0]["ports"]) == {owner.vif, clone.vif}, shown
        assert f"MAC address {owner.hw} is in use on two ports" in world.vifi.call("show").stdout
        lines = [line for line in world.vifi.log_text().splitlines() if f"MAC address {owner.hw} is in use" in line]
        assert len(lines) == 1 and owner.vif in lines[0] and clone.vif in lines[0], lines


def test_the_search_for_a_loop_ends_soon(vifi_program):
    """While it listens, each frame of all interfaces passes through its socket, which costs each of them time.
    The bindings are checked every five seconds; the search ends earlier, if the machine is not too busy each of five times."""
    with world_of("kernel", capture=False) as world:
        def listens():
            return any(line.startswith("ALL") for line in world.host.run(["cat", "/proc/net/ptype"]).stdout.splitlines())

        def searches():
            for _ in range(12):  # equal group frames may be a loop
                world.wire.send(arp(1, "00:60:ee:00:00:98", "00:60:ee:00:00:98", "192.168.157.249", "192.168.157.249"))
            return listens()

        def ends_soon():
            begun = time.monotonic()
            wait_for("the end of the search", lambda: not listens(), 30)
            return time.monotonic() - begun < 2.5

        world.wire.close()
        world.wire = world.lab.router.raw("lan0", 0x0806)
        ends_soon()  # that of the start
        for _ in range(5):
            wait_for("a search", searches, 10)
            if ends_soon():
                return
        raise AssertionError("the search for a loop goes on for seconds")
