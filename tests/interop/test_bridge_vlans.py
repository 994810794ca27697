# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi bridge` and VLANs, which need a kernel with 802.1Q interfaces and bridges that filter VLANs: a bridge with access ports, guests
that send tags, and an uplink that is a VLAN interface.  See world.py for the network; VLAN 10 has another subnet in it.
"""
import pytest
from world import GUESTS, ROUTER, UPLINK_MAC

VLAN_ROUTER, VLAN_ROUTER6, VLAN_HOST = "192.168.10.20", "fd57:10::20", "192.168.10.21"
VLAN_GUESTS = {"ga": ("192.168.10.41", "fd57:10::41"), "gb": ("192.168.10.42", "fd57:10::42")}
ENGINES = ("auto", "user")


@pytest.fixture(scope="module", name="network")
def _network(world):
    """VLAN 10 at the access point, and guests without addresses."""
    world.bridge("ga", "gb")
    world.run("modprobe 8021q; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wlan0.rp_filter=0")
    world.run(f"""set -e; n="ip -n ap"
        $n link add link ap0 name ap0.10 type vlan id 10; $n link set ap0.10 up
        $n addr add {VLAN_ROUTER}/24 dev ap0.10; $n addr add {VLAN_ROUTER6}/64 dev ap0.10 nodad""")
    for guest in VLAN_GUESTS:
        world.inside(guest, "ip addr flush dev eth0 scope global")
    yield world
    world.run("ip -n ap link del ap0.10; ip link set br0 type bridge vlan_filtering 0")


class Served:
    """`vifi bridge up` in the background, until the end of the block."""

    def __init__(self, world, engine, uplink="wlan0", options=""):
        self.world, self.uplink, self.command = world, uplink, f"vifi bridge up --engine={engine} {options} {uplink} br0"

    def __enter__(self):
        self.world.run(f"{self.command} >/tmp/vifi-vlan.log 2>&1 & echo $! >/run/vifi-vlan.pid")
        self.world.wait("grep -q 'guests of br0 use' /tmp/vifi-vlan.log || ! kill -0 $(cat /run/vifi-vlan.pid)", 90)
        assert "guests of br0 use" in self.world.run("cat /tmp/vifi-vlan.log")
        return self

    def __exit__(self, *_):
        self.world.try_run(f"kill -TERM $(cat /run/vifi-vlan.pid); until vifi bridge down {self.uplink}; do sleep 0.5; done 2>/dev/null & "
                           "n=0; while kill -0 $(cat /run/vifi-vlan.pid) && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done 2>/dev/null; kill $!", 30)


def add_addresses(world, guest, device="eth0", v6=True):
    address4, address6 = VLAN_GUESTS[guest]
    world.inside(guest, f"ip addr add {address4}/24 dev {device}")
    if v6:
        world.inside(guest, f"ip addr add {address6}/64 dev {device} nodad")


def reach_each_other(world, guest, device):
    """Guest and router of VLAN 10, in both directions; the router knows the guest by the uplink's MAC address."""
    address4, address6 = VLAN_GUESTS[guest]
    assert world.pings(guest, VLAN_ROUTER) == 3
    assert world.pings(guest, VLAN_ROUTER6) == 3
    world.inside("ap", "ip neigh flush dev ap0.10")
    assert world.pings("ap", address4) == 3
    assert world.pings("ap", address6) == 3
    assert world.neighbour("ap", address4, "ap0.10") == UPLINK_MAC


@pytest.mark.parametrize("engine", ENGINES)
def test_access_port_of_a_bridge_that_filters_vlans(network, engine):
    """Guest ga is in VLAN 10 by its port, guest gb in no VLAN.  vifi's port joins the VLANs that cross the uplink."""
    world = network
    world.run("ip link set br0 type bridge vlan_filtering 1; bridge vlan add dev ga vid 10 pvid untagged; bridge vlan del dev ga vid 1")
    add_addresses(world, "ga")
    world.inside("gb", f"ip addr add {GUESTS['gb'][1]}/24 dev eth0")
    try:
        with Served(world, engine, options="--vlans 10"):
            reach_each_other(world, "ga", "eth0")
            assert world.pings("gb", ROUTER) == 3
            assert "is in VLAN" not in world.try_run("vifi bridge check wlan0 br0", 60).out
            world.run("bridge vlan add dev gb vid 20 pvid untagged")
            shown = world.try_run("vifi bridge check wlan0 br0", 60).out
            assert "gb is in VLAN 20 of br0, and vifi0p, which leads to the uplink, is not" in shown, shown
    finally:
        world.run("bridge vlan add dev ga vid 1 pvid untagged; bridge vlan del dev ga vid 10; bridge vlan add dev gb vid 1 pvid untagged; "
                  "bridge vlan del dev gb vid 20; ip link set br0 type bridge vlan_filtering 0")
        for guest in VLAN_GUESTS:
            world.inside(guest, "ip addr flush dev eth0 scope global")


@pytest.mark.parametrize("engine", ENGINES)
def test_guests_with_vlan_interfaces(network, engine):
    """Both guests send and receive tags of VLAN 10; frames of VLAN 11 and of two tags are dropped by name."""
    world = network
    for guest in VLAN_GUESTS:
        world.inside(guest, "ip link add link eth0 name eth0.10 type vlan id 10")
        world.inside(guest, "ip link set eth0.10 up")
        add_addresses(world, guest, "eth0.10")
    world.run("""ip -n ga link add link eth0.10 name inner type vlan id 30; ip -n ga link set inner up; ip -n ga addr add 192.168.30.41/24 dev inner
        ip -n ga link add link eth0 name eth0.11 type vlan id 11; ip -n ga link set eth0.11 up; ip -n ga addr add 192.168.11.41/24 dev eth0.11""")
    try:
        with Served(world, engine, options="--vlans 10"):
            for guest in VLAN_GUESTS:
                reach_each_other(world, guest, "eth0.10")
            assert world.pings("ga", VLAN_GUESTS["gb"][0]) == 3
            for target in ("192.168.30.20", "192.168.11.20"):
                world.try_run(f"ip netns exec ga ping -n -q -c 1 -W 1 {target}", 10)
            shown = world.run("vifi bridge show wlan0", 60)
            assert " vlan_nested:" in shown and " vlan:" in shown, shown
    finally:
        world.run("for g in ga gb; do ip -n $g link del eth0.10; done; ip -n ga link del eth0.11")


@pytest.mark.parametrize("engine", ENGINES)
def test_uplink_that_is_a_vlan_interface(network, engine):
    world = network
    world.run(f"ip link add link wlan0 name wlan0.10 type vlan id 10; ip link set wlan0.10 up; ip addr add {VLAN_HOST}/24 dev wlan0.10; "
              "sysctl -qw net.ipv4.conf.wlan0/10.rp_filter=0")
    for guest in VLAN_GUESTS:
        add_addresses(world, guest)
    try:
        with Served(world, engine, "wlan0.10"):
            for guest in VLAN_GUESTS:
                reach_each_other(world, guest, "eth0")
            assert world.pings("ga", VLAN_HOST) == 3
            assert " 3 received" in world.try_run(f"ping -n -q -i 0.2 -W 5 -c 3 {VLAN_GUESTS['gb'][0]}").out
            assert " 3 received" in world.try_run(f"ping -n -q -i 0.2 -W 5 -c 3 {ROUTER}").out, "the host without a tag"
    finally:
        world.run("ip link del wlan0.10; for g in ga gb; do ip -n $g addr flush dev eth0 scope global; done")
