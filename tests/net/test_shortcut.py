# SPDX-License-Identifier: GPL-2.0-or-later
"""The shortcut (src/macnat/shortcut_rules.h): data between a guest and the air bypass the bridge, but no firewall or filter on it."""

import signal

import pytest

import tcx
from lab.netns import inside
from lab.unavailable import unavailable
from world import ROUTER4, ROUTER_MAC, UPLINK_MAC, World, judged, udp4, wait_for

COUNT = 100


@pytest.fixture(name="world", scope="module")
def _world(vifi_program):
    with judged(World()) as world:
        if world.vifi.show()["engine"] != "tcx":
            unavailable("this kernel has no TCX, whose programs these tests look at")
        yield world


def state(world):
    return world.vifi.show().get("shortcut", {}).get("state")


def through_bridge(world):
    """The number of outbound and inbound packets that did not take the shortcut."""
    counts = world.vifi.show()["counts"]
    return counts["out"] - counts["short_out"], counts["in"] - counts["short_in"]


def count_until_quiet(world, raw, match):
    """The number of matching frames until none comes: on a busy machine reading them takes a while."""
    total = 0
    while count := len(world.received(raw, match, 0.25)):
        total += count
    return total


def exchange(world, out, into=None):
    """Sends COUNT datagrams from and to guest a; returns the numbers that arrived, and that went through the bridge."""
    guest_a = world.guest_a
    guest_a.wire.drain()
    world.wire.drain()
    before = through_bridge(world)
    for i in range(COUNT):
        guest_a.wire.send(udp4(guest_a.hw, ROUTER_MAC, guest_a.ip4, ROUTER4, b"way-out-%d" % i, dport=out))
        world.wire.send(udp4(ROUTER_MAC, UPLINK_MAC, ROUTER4, guest_a.ip4, b"way-in-%d" % i, dport=into or out))
    arrived = [count_until_quiet(world, world.wire, lambda p: b"way-out-" in bytes(p) and p.src == UPLINK_MAC),
               count_until_quiet(world, guest_a.wire, lambda p: b"way-in-" in bytes(p) and p.dst == guest_a.hw)]
    after = through_bridge(world)
    return arrived, [after[0] - before[0], after[1] - before[1]]


def wait_open(world):
    wait_for("the shortcut opens", lambda: state(world) == "open", 8)


def test_guest_data_take_the_shortcut(world):
    wait_open(world)
    exchange(world, 5001)
    arrived, through = exchange(world, 5001)
    assert arrived == [COUNT, COUNT]
    # Once a second a frame refreshes the bridge's forwarding table, and there is occasional other traffic.
    assert through[0] < COUNT // 4 and through[1] < COUNT // 4, f"{through} of {COUNT} went through the bridge"


def test_guest_data_take_the_shortcut_without_tcx(vifi_program):
    """The programs are filters of clsact and of the ports' ingress qdiscs, as before Linux 6.6."""
    with judged(World(vifi=("--engine=clsact",))) as world:
        wait_open(world)

        def is_short():
            arrived, through = exchange(world, 5001)
            return arrived == [COUNT, COUNT] and max(through) < COUNT // 4

        wait_for("data take the shortcut both ways", is_short, 30)
        assert world.vifi.show()["engine"] == "clsact"


def test_shortcut_keeps_the_forwarding_table_current(world):
    wait_open(world)
    world.host.run(["bridge", "fdb", "flush", "dev", world.guest_a.vif], check=False)
    exchange(world, 5001)
    exchange(world, 5001)
    fdb = world.host.run(["bridge", "fdb", "show", "br", "br0"]).stdout
    assert f"{world.guest_a.hw} dev {world.guest_a.vif}" in fdb and f"{ROUTER_MAC} dev vifi0p" in fdb


def test_shortcut_respects_the_mtu_of_a_port(world):
    """The programs know the lowest MTU of all ports, so that most frames need no question to the kernel."""
    guest_a = world.guest_a
    wait_open(world)
    exchange(world, 5001)

    def send_long():
        world.wire.send(udp4(ROUTER_MAC, UPLINK_MAC, ROUTER4, guest_a.ip4, b"long" * 355, dport=5001))

    def dropped():
        send_long()
        return world.vifi.drops().get("mtu", 0) > before
    before = world.vifi.drops().get("mtu", 0)
    guest_a.wire.drain()
    send_long()
    assert world.received(guest_a.wire, lambda p: b"longlong" in bytes(p), 1), "a frame that fits the port does not arrive"
    world.host.ip(f"link set {guest_a.vif} mtu 1400")
    try:
        wait_for("the lower MTU is respected", dropped, 8)
        exchange(world, 5001)
        guest_a.wire.drain()
        before = world.vifi.drops()["mtu"]
        for _ in range(COUNT):
            send_long()
        wait_for("each of the frames is counted", lambda: world.vifi.drops()["mtu"] == before + COUNT, 8)
        assert not world.received(guest_a.wire, lambda p: b"longlong" in bytes(p), 0.25)
    finally:
        world.host.ip(f"link set {guest_a.vif} mtu 1500")


FIREWALLS = {
    "nft": ("nft", ["nft add table bridge t", "nft add chain bridge t c { type filter hook forward priority 0 ; }",
                    "nft add rule bridge t c udp dport 6001 drop"], ["nft delete table bridge t"]),
    "nft of a port": ("nft", ["nft add table netdev t", "nft add chain netdev t c { type filter hook ingress device vif-a priority 0 ; }",
                              "nft add rule netdev t c udp dport 6001 drop"], ["nft delete table netdev t"]),
}


@pytest.mark.parametrize("firewall", FIREWALLS)
def test_firewall_on_the_bridge_sees_every_frame(world, firewall):
    name, build, remove = FIREWALLS[firewall]
    wait_open(world)
    exchange(world, 5001)
    try:
        for line in build:
            world.host.run(line.split())
        wait_for("vifi detects the firewall", lambda: state(world) == name, 8)
        assert exchange(world, 6001, into=6002 if "port" in firewall else 6001)[0] == [0, COUNT if "port" in firewall else 0]
        arrived, through = exchange(world, 5001)
        assert arrived == [COUNT, COUNT] and min(through) >= COUNT
    finally:
        for line in remove:
            world.host.run(line.split())
    wait_open(world)


BRIDGE_FEATURES = {
    "stp": ("ip link set br0 type bridge stp_state 1", "ip link set br0 type bridge stp_state 0"),
    "watched": ("ip link set br0 promisc on", "ip link set br0 promisc off"),
    "port": ("bridge link set dev vif-b locked on", "bridge link set dev vif-b locked off"),
}


@pytest.mark.parametrize("feature", BRIDGE_FEATURES)
def test_bridge_features_close_the_shortcut(world, feature):
    enable, disable = BRIDGE_FEATURES[feature]
    wait_open(world)
    try:
        world.host.run(enable.split())
        wait_for("vifi detects the bridge feature", lambda: state(world) == feature, 8)
        assert "pass through the bridge" in world.vifi.call("show").stdout
        if feature != "stp":  # with STP, ports are in the listening state for 15 s
            assert min(exchange(world, 5001)[1]) >= COUNT
    finally:
        world.host.run(disable.split())
    wait_open(world)


def test_clsact_filter_on_a_port_sees_its_frames(world):
    """A clsact filter runs after all TCX programs, so vifi detaches its program from a port with such a filter."""
    wait_open(world)
    exchange(world, 5001)
    world.host.run("tc qdisc add dev vif-a clsact".split())
    try:
        # A filter that matches nothing, because only its presence matters.
        world.host.run(["tc", "filter", "add", "dev", "vif-a", "ingress", "bpf", "bytecode", "1,6 0 0 0"])
        wait_for("the program is detached", lambda: not programs_on_ports(world, "vif-a"), 12)
        arrived, through = exchange(world, 5001)
        assert arrived == [COUNT, COUNT] and through[0] >= COUNT
    finally:
        world.host.run("tc qdisc del dev vif-a clsact".split())


def programs_on_ports(world, *names):
    """The number of vifi's programs on guests' ports."""
    count = 0
    for name in names or [g.vif for g in world.guests]:
        with inside(world.host.ns):
            count += len(tcx.attached(world.host.index(name), tcx.INGRESS))
    return count


def test_foreign_program_can_attach_to_a_port(world):
    wait_open(world)
    wait_for("the program is attached", lambda: programs_on_ports(world, "vif-b") == 1, 8)
    with inside(world.host.ns):
        index = world.host.index("vif-b")
        ours = tcx.attached(index, tcx.INGRESS)[0]
        other = tcx.ForeignProgram(index, tcx.INGRESS)
        try:
            assert sorted(tcx.attached(index, tcx.INGRESS)) == sorted([ours, other.id()])
        finally:
            other.close()


def test_shortcut_of_a_killed_process_closes_for_a_firewall_and_is_adopted(world):
    wait_open(world)
    exchange(world, 5001)
    wait_for("each port has the program", lambda: programs_on_ports(world) == 3, 8)
    world.vifi.kill()
    assert min(exchange(world, 5001)[0]) == COUNT
    try:
        for line in FIREWALLS["nft"][1]:
            world.host.run(line.split())
        wait_for("the firewall sees all frames", lambda: exchange(world, 6001)[0] == [0, 0], 25, step=1)
    finally:
        world.host.run(FIREWALLS["nft"][2][0].split())
    world.vifi.start()
    wait_open(world)
    assert programs_on_ports(world) == 3
    exchange(world, 5001)
    arrived, through = exchange(world, 5001)
    assert arrived == [COUNT, COUNT] and max(through) < COUNT // 4


def test_port_that_leaves_the_bridge_loses_the_program(world):
    wait_open(world)
    wait_for("the program is attached", lambda: programs_on_ports(world, "vif-c") == 1, 8)
    world.host.ip("link set vif-c nomaster")
    try:
        wait_for("the program is detached", lambda: programs_on_ports(world, "vif-c") == 0, 3)
    finally:
        world.host.ip("link set vif-c master br0")
    wait_for("the program is attached again", lambda: programs_on_ports(world, "vif-c") == 1, 8)


def test_shortcut_can_be_turned_off():
    with World(vifi=["--shortcut", "off"]) as world:
        exchange(world, 5001)
        arrived, through = exchange(world, 5001)
        assert arrived == [COUNT, COUNT] and min(through) >= COUNT
        assert state(world) == "unwanted" and programs_on_ports(world) == 0


@pytest.mark.parametrize("how", ["stop", "kill and down"])
def test_ports_have_no_program_after_stop_or_down(how):
    with World() as world:
        wait_for("each port has the program", lambda: programs_on_ports(world) == 3, 8)
        if how == "stop":
            assert world.vifi.stop(signal.SIGTERM) == 0
        else:
            world.vifi.kill()
            world.host.ip("link set vif-c nomaster")
            world.vifi.down()
        assert programs_on_ports(world) == 0
