# SPDX-License-Identifier: GPL-2.0-or-later
"""The short way (src/macnat/shortcut_rules.h): data between a guest and the air pass the bridge by, but nothing that is on it."""

import signal

import pytest

import tcx
from lab.netns import inside
from world import ROUTER4, ROUTER_MAC, W, World, udp4, wait_for

N = 100


@pytest.fixture(name="w", scope="module")
def _world():
    with World() as w:
        if w.vifi.show()["engine"] != "tcx":
            pytest.skip("this kernel has no TCX: no short way out")
        yield w
        foreign = w.verdict()
        assert not foreign or not foreign.foreign, foreign


def state(w):
    return w.vifi.show().get("shortcut", {}).get("state")


def through_bridge(w):
    """Packets that went out and in so far, less those that passed the bridge by."""
    counts = w.vifi.show()["counts"]
    return counts["out"] - counts["short_out"], counts["in"] - counts["short_in"]


def exchange(w, out, into=None):
    """N datagrams of guest a out, N to it; returns how many arrived, and how many of each went through the bridge."""
    a = w.a
    a.wire.drain()
    w.wire.drain()
    before = through_bridge(w)
    for i in range(N):
        a.wire.send(udp4(a.hw, ROUTER_MAC, a.ip4, ROUTER4, b"way-out-%d" % i, dport=out))
        w.wire.send(udp4(ROUTER_MAC, W, ROUTER4, a.ip4, b"way-in-%d" % i, dport=into or out))
    arrived = [len(w.seen(w.wire, lambda p: b"way-out-" in bytes(p) and p.src == W, 0.25)),
               len(w.seen(a.wire, lambda p: b"way-in-" in bytes(p) and p.dst == a.hw, 0.25))]
    after = through_bridge(w)
    return arrived, [after[0] - before[0], after[1] - before[1]]


def open_again(w):
    wait_for("the way is open", lambda: state(w) == "open", 8)


def test_data_of_a_guest_pass_the_bridge_by(w):
    open_again(w)
    exchange(w, 5001)
    arrived, through = exchange(w, 5001)
    assert arrived == [N, N]
    # once a second the bridge is shown who is where, and there is other traffic now and then
    assert through[0] < N // 4 and through[1] < N // 4, f"{through} of {N} went through the bridge"


def test_the_bridge_goes_on_knowing_who_is_where(w):
    open_again(w)
    w.host.run(["bridge", "fdb", "flush", "dev", w.a.vif], check=False)
    exchange(w, 5001)
    exchange(w, 5001)
    fdb = w.host.run(["bridge", "fdb", "show", "br", "br0"]).stdout
    assert f"{w.a.hw} dev {w.a.vif}" in fdb and f"{ROUTER_MAC} dev vifi0p" in fdb


WALLS = {
    "nft": ("nft", ["nft add table bridge t", "nft add chain bridge t c { type filter hook forward priority 0 ; }",
                    "nft add rule bridge t c udp dport 6001 drop"], ["nft delete table bridge t"]),
    "nft of a port": ("nft", ["nft add table netdev t", "nft add chain netdev t c { type filter hook ingress device vif-a priority 0 ; }",
                              "nft add rule netdev t c udp dport 6001 drop"], ["nft delete table netdev t"]),
}


@pytest.mark.parametrize("wall", WALLS)
def test_a_firewall_on_the_bridge_sees_every_frame(w, wall):
    name, build, remove = WALLS[wall]
    open_again(w)
    exchange(w, 5001)
    try:
        for line in build:
            w.host.run(line.split())
        wait_for("the firewall is seen", lambda: state(w) == name, 8)
        assert exchange(w, 6001, into=6002 if "port" in wall else 6001)[0] == [0, N if "port" in wall else 0]
        arrived, through = exchange(w, 5001)
        assert arrived == [N, N] and min(through) >= N
    finally:
        for line in remove:
            w.host.run(line.split())
    open_again(w)


BARS = {
    "stp": ("ip link set br0 type bridge stp_state 1", "ip link set br0 type bridge stp_state 0"),
    "watched": ("ip link set br0 promisc on", "ip link set br0 promisc off"),
    "port": ("bridge link set dev vif-b locked on", "bridge link set dev vif-b locked off"),
}


@pytest.mark.parametrize("bar", BARS)
def test_whatever_the_bridge_does_besides_is_not_missed(w, bar):
    there, back = BARS[bar]
    open_again(w)
    try:
        w.host.run(there.split())
        wait_for("it is seen", lambda: state(w) == bar, 8)
        assert "go through the bridge" in w.vifi.call("show").stdout
        if bar != "stp":  # whose ports listen for 15 s first
            assert min(exchange(w, 5001)[1]) >= N
    finally:
        w.host.run(back.split())
    open_again(w)


def test_a_filter_on_a_guests_port_sees_its_frames(w):
    """A clsact filter runs after all TCX programs: where there is one, ours leaves the port."""
    open_again(w)
    exchange(w, 5001)
    w.host.run("tc qdisc add dev vif-a clsact".split())
    try:
        # one that matches nothing: what counts is that it is asked
        w.host.run(["tc", "filter", "add", "dev", "vif-a", "ingress", "bpf", "bytecode", "1,6 0 0 0"])
        wait_for("the port is left", lambda: not from_ports(w, "vif-a"), 12)
        arrived, through = exchange(w, 5001)
        assert arrived == [N, N] and through[0] >= N
    finally:
        w.host.run("tc qdisc del dev vif-a clsact".split())


def from_ports(w, *names):
    """How many of our programs are on guests' ports."""
    count = 0
    for name in names or [g.vif for g in w.guests]:
        with inside(w.host.ns):
            count += len(tcx.attached(w.host.index(name), tcx.INGRESS))
    return count


def test_other_programs_on_a_port_run_before_ours(w):
    open_again(w)
    wait_for("the port is entered", lambda: from_ports(w, "vif-b") == 1, 8)
    with inside(w.host.ns):
        index = w.host.index("vif-b")
        ours = tcx.attached(index, tcx.INGRESS)[0]
        other = tcx.Bystander(index, tcx.INGRESS)
        try:
            assert sorted(tcx.attached(index, tcx.INGRESS)) == sorted([ours, other.id()])
        finally:
            other.close()


def test_killed_it_closes_by_itself_and_a_restart_adopts(w):
    open_again(w)
    exchange(w, 5001)
    wait_for("each port has the program", lambda: from_ports(w) == 3, 8)
    w.vifi.kill()
    assert min(exchange(w, 5001)[0]) == N
    try:
        for line in WALLS["nft"][1]:
            w.host.run(line.split())
        wait_for("the firewall is respected", lambda: exchange(w, 6001)[0] == [0, 0], 25, step=1)
    finally:
        w.host.run(WALLS["nft"][2][0].split())
    w.vifi.start()
    open_again(w)
    assert from_ports(w) == 3
    exchange(w, 5001)
    arrived, through = exchange(w, 5001)
    assert arrived == [N, N] and max(through) < N // 4


def test_a_port_that_leaves_the_bridge_loses_the_program(w):
    open_again(w)
    wait_for("the port is entered", lambda: from_ports(w, "vif-c") == 1, 8)
    w.host.ip("link set vif-c nomaster")
    try:
        wait_for("the port is left", lambda: from_ports(w, "vif-c") == 0, 3)
    finally:
        w.host.ip("link set vif-c master br0")
    wait_for("the port is entered again", lambda: from_ports(w, "vif-c") == 1, 8)


def test_off_means_off():
    with World(vifi=["--shortcut", "off"]) as w:
        exchange(w, 5001)
        arrived, through = exchange(w, 5001)
        assert arrived == [N, N] and min(through) >= N
        assert state(w) == "unwanted" and from_ports(w) == 0


@pytest.mark.parametrize("how", ["stop", "kill and down"])
def test_nothing_stays_on_the_ports(how):
    with World() as w:
        wait_for("each port has the program", lambda: from_ports(w) == 3, 8)
        if how == "stop":
            assert w.vifi.stop(signal.SIGTERM) == 0
        else:
            w.vifi.kill()
            w.host.ip("link set vif-c nomaster")
            w.vifi.down()
        assert from_ports(w) == 0
