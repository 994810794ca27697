# SPDX-License-Identifier: GPL-2.0-or-later
"""br0 is an interface of this host, with a MAC address that the access point does not know (rules 2 and 11)."""

import pytest

from field_world import ALL_ENGINES
from world import HOST4, UPLINK_MAC, World, judged, udp4, wait_for


@pytest.fixture(name="world", scope="module", params=ALL_ENGINES)
def _world(request, vifi_program):
    with judged(World(vifi=ALL_ENGINES[request.param], dhcp="none", ra="none")) as world:
        world.host.sysctl(net__ipv6__conf__br0__disable_ipv6=1)  # it sends nothing by itself
        world.vifi.stop()
        world.vifi.down(check=False)
        world.vifi.start()
        yield world


def mac_of_br0_in_frames(raw, mark):
    return [data[:6].hex(":") for data in raw.frames(0.5) if mark in data]


def test_rule_11_frames_of_this_host_for_the_bridge_device_stay_off_the_air(world):
    """The host has the MAC address of br0 in a neighbour entry of wlan0, as after an answer of br0.  vifi has heard nothing from br0
    since its start."""
    bridge_mac, mark = world.host.mac("br0"), b"for the bridge device"
    with world.lab.ap.raw("port") as air, world.host.raw("br0") as bridge, world.host.raw("wlan0") as uplink:
        uplink.send(udp4(UPLINK_MAC, bridge_mac, HOST4, "192.168.157.200", mark))
        assert not mac_of_br0_in_frames(air, mark), f"a frame for {bridge_mac}, which is br0, left by the uplink"
        assert mac_of_br0_in_frames(bridge, mark) == [bridge_mac], "br0 did not receive the frame"


def test_rule_02_address_of_the_bridge_device_cannot_be_claimed(world):
    bridge_mac = world.host.mac("br0")
    with world.guest_a.raw("eth0") as raw:
        raw.send(udp4(bridge_mac, "ff:ff:ff:ff:ff:ff", "192.168.157.201", "192.168.157.20", b"forged"))
    wait_for("the forged frame is refused", lambda: world.drops("claim_taken"), 5)
    held = [b for b in world.vifi.bindings() if b["mac"] == bridge_mac]
    assert [(b["family"], b["port"]) for b in held] == [("mac", "br0")], held


def test_changed_address_of_the_bridge_device_is_followed(world):
    before, after = world.host.mac("br0"), "02:00:5e:10:00:77"
    world.host.ip(f"link set br0 address {after}")
    try:
        wait_for("vifi knows the new address of br0", lambda: {b["address"] for b in world.vifi.bindings() if b["port"] == "br0"} == {after}, 10)
    finally:
        world.host.ip(f"link set br0 address {before}")
