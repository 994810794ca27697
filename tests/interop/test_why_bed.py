# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of guests, where the kernel must have more than the namespaces of tests/net: filters and queueing of traffic control, VLANs of a
bridge.  See world.py for the network."""
import json

import pytest
from world import GUESTS, ROUTER

A4 = GUESTS["ga"][1]
FILTER, NO_FILTER = "tc filter add dev ga {} pref 10", "tc filter del dev ga {} pref 10"


@pytest.fixture(scope="module", name="bridged")
def _bridged(world):
    """vifi runs on wlan0 and br0; the guests have leases."""
    world.bridge("ga", "gb")
    world.run("tc qdisc add dev ga clsact")  # first, because later the port may have the ingress qdisc of vifi
    world.run("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wlan0.rp_filter=0; "
              "vifi bridge up wlan0 br0 >/tmp/vifi-why.log 2>&1 & echo $! >/run/vifi-why.pid")
    world.wait("grep -q 'guests of br0 use wlan0' /tmp/vifi-why.log", 90)
    world.run(f"ip route replace default via {ROUTER} dev wlan0")  # the gateway, which is asked
    for guest in ("ga", "gb"):
        world.lease(guest)
        assert world.pings(guest, ROUTER) == 3
    yield world
    world.try_run("ip route del default; kill -TERM $(cat /run/vifi-why.pid); vifi bridge down wlan0; tc qdisc del dev ga clsact", 20)


def first(world, asked):
    causes = json.loads(world.try_run(f"vifi why -j {asked}", 30).out)["causes"]
    return causes[0]["id"] if causes else None


def found(world, asked, cause):
    """As soon as the counters show it."""
    seen = []
    for _ in range(8):
        seen.append(first(world, asked))
        if seen[-1] == cause:
            return
        world.run("sleep 0.5")
    raise AssertionError(f"{cause} is not the first cause: {seen}\n{world.try_run('vifi why ' + asked, 30).out}")


@pytest.mark.parametrize("fault,undo,cause", [
    (FILTER.format("ingress") + " matchall action drop", NO_FILTER.format("ingress"), "tc_filter"),
    (FILTER.format("egress") + f" protocol ip flower dst_ip {A4} action drop", NO_FILTER.format("egress"), "tc_filter"),
    (FILTER.format("ingress") + " matchall action mirred egress redirect dev lo", NO_FILTER.format("ingress"), "tc_filter"),
    (FILTER.format("ingress") + " matchall action police rate 8bit burst 1 conform-exceed drop", NO_FILTER.format("ingress"), "tc_filter"),
    ("tc qdisc add dev ga root netem loss 100%", "tc qdisc del dev ga root", "qdisc"),
    ("ip link set br0 type bridge vlan_filtering 1; bridge vlan del dev ga vid 1; bridge vlan add dev ga vid 20 pvid untagged",
     "bridge vlan del dev ga vid 20; bridge vlan add dev ga vid 1 pvid untagged; ip link set br0 type bridge vlan_filtering 0", "port_vlan"),
    ("ip link set br0 type bridge vlan_filtering 1; bridge vlan add dev ga vid 1 pvid",
     "bridge vlan add dev ga vid 1 pvid untagged; ip link set br0 type bridge vlan_filtering 0", "port_vlan"),
], ids=["drop of all frames", "drop of an address", "redirection", "policing", "loss", "vlan of the port", "tagged port"])
def test_kernel(bridged, fault, undo, cause):
    bridged.run(fault)
    try:
        bridged.try_run(f"ip netns exec ga ping -n -q -c 2 -i 0.2 -W 1 {ROUTER}", 10)
        found(bridged, A4, cause)
    finally:
        bridged.run(undo)
    bridged.inside("ga", "ip neigh flush dev eth0")
    assert bridged.pings("ga", ROUTER) == 3
