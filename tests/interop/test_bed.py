# SPDX-License-Identifier: GPL-2.0-or-later
"""A real access point (hostapd on mac80211), a real station (wpa_supplicant), Linux 6.1: see world.py.

The tests build on each other, in the order of this file.
"""
from world import GUESTS, HOST, ROUTER, W, packed


def test_station_is_associated_with_ccmp(world):
    status = world.run("wpa_cli -p /run/wpas -i wlan0 status")
    assert "wpa_state=COMPLETED" in status and "pairwise_cipher=CCMP" in status and f"address={W}" in status
    assert world.run("uname -r").startswith("6.1.")
    world.run(f"ping -n -q -i 0.2 -c 3 -W 5 {ROUTER}")
    assert world.neighbour("ap", HOST, "ap0") == W


def test_plain_bridge_is_refused_by_the_kernel(world):
    """A station without 4-address mode may not be a bridge's port."""
    world.bridge("ga", "gb")
    refused = world.try_run("ip link set wlan0 master br0")
    assert refused.rc != 0 and "does not allow enslaving to a bridge" in refused.out


def test_plain_bridge_by_redirection_fails_at_the_access_point(world):
    """Proof that the bed is strict: a bridge forced on the interface puts foreign transmitters on the air, the access
    point takes nothing from them, and the guest reaches nobody."""
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
        assert sent[mac] >= 3 and sent[W] >= 3
        heard = {frame[6:12] for frame in world.at_ap()}
        assert packed(W) in heard and packed(mac) not in heard
        assert world.neighbour("ap", address, "ap0") is None
    finally:
        world.run(f"""tc qdisc del dev wlan0 clsact
            ip link del plain0
            ip netns exec ga ip addr flush dev eth0
            ping -n -q -c 1 -W 5 {ROUTER}""")
