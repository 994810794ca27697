# SPDX-License-Identifier: GPL-2.0-or-later
"""The network without vifi: an access point (hostapd on mac80211), a station (wpa_supplicant), Linux 6.1. See world.py.

The tests depend on each other, in the order of this file.
"""
from world import GUESTS, HOST, ROUTER, UPLINK_MAC, packed


def test_station_is_associated_with_ccmp(world):
    status = world.run("wpa_cli -p /run/wpas -i wlan0 status")
    assert "wpa_state=COMPLETED" in status and "pairwise_cipher=CCMP" in status and f"address={UPLINK_MAC}" in status
    assert world.run("uname -r").startswith("6.1.")
    world.run(f"ping -n -q -i 0.2 -c 3 -W 5 {ROUTER}")
    assert world.neighbour("ap", HOST, "ap0") == UPLINK_MAC


def test_kernel_refuses_a_station_as_bridge_port(world):
    """A station interface without 4-address mode cannot be the port of a bridge."""
    world.bridge("ga", "gb")
    refused = world.try_run("ip link set wlan0 master br0")
    assert refused.rc != 0 and "does not allow enslaving to a bridge" in refused.out


def test_access_point_drops_frames_of_a_redirected_bridge(world):
    """The bed is strict: redirection between bridge and station puts foreign transmitter addresses on the air. The
    access point drops those frames, and the guest reaches nothing."""
    mac, address = GUESTS["ga"]
    world.run(f"""set -e
        ip link add plain0 type veth peer name plain1
        ip link set plain1 master br0 up
        ip link set plain0 up
        tc qdisc add dev plain0 clsact
        tc qdisc add dev wlan0 clsact
        tc filter add dev plain0 ingress matchall action mirred egress redirect dev wlan0
        tc filter add dev wlan0 ingress matchall action mirred egress mirror dev plain0
        ip netns exec ga ip addr add {address}/24 dev eth0""")
    try:
        assert world.pings("ga", ROUTER) == 0
        sent = world.transmitters()
        assert sent[mac] >= 3 and sent[UPLINK_MAC] >= 3
        sources = {frame[6:12] for frame in world.at_ap()}
        assert packed(UPLINK_MAC) in sources and packed(mac) not in sources
        assert world.neighbour("ap", address, "ap0") is None
    finally:
        world.run(f"""tc qdisc del dev wlan0 clsact
            ip link del plain0
            ip netns exec ga ip addr flush dev eth0
            ping -n -q -c 1 -W 5 {ROUTER}""")
