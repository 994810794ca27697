# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual machines behind a Wi-Fi client, with the TCX programs of `vifi bridge` on Linux 6.12: see world.py for the
network. The client is wpa_supplicant, and then `vifi sta`, on a radio of mac80211; the bridge runs on meanwhile. The tests
depend on each other, in the order of this file; test_bridge.py has more of them, on Linux 6.1.
"""
import bed
import pytest
from bed import BUILD
from conftest import booted
from world import GUESTS, HOST, ROUTER, ROUTER6, UPLINK_MAC, World, packed

KERNEL = "6.12"


class Story(World):
    """The world with a choice of stations; `vifi sta` reads the file of wpa_supplicant."""

    log = "/tmp/wpas.log"

    def use_vifi_sta(self):
        """Replaces wpa_supplicant by `vifi sta`."""
        self.log = "/tmp/sta.log"
        self.run("""wpa_cli -p /run/wpas -i wlan0 terminate
            while [ -e /run/wpas/wlan0 ]; do sleep 0.1; done
            : >/tmp/hostapd.log
            vifi sta -d -t -D nl80211 -i wlan0 /run/wpas.conf >/tmp/sta.log 2>&1 & echo $! >/run/sta.pid""")
        self.associated()

    def associated(self):
        self.wait("grep -q EAPOL-4WAY-HS-COMPLETED /tmp/hostapd.log", 30)
        self.wait(f"grep -qE 'CTRL-EVENT-CONNECTED|connected: keys are installed' {self.log}")


@pytest.fixture(scope="module")
def story(request):
    """vifi on wlan0, under wpa_supplicant, and br0 with two guests that have leases."""
    with booted("story", [BUILD / "vifi"], {}, bed.chosen_kernel(KERNEL)) as machine:
        built = Story(machine)
        request.session.config.vifi_world = built
        built.build()
        built.bridge("ga", "gb")
        built.run("vifi bridge up wlan0 br0 >/tmp/vifi.log 2>&1 & echo $! >/run/vifi.pid")
        built.wait("grep -q 'guests of br0 use wlan0' /tmp/vifi.log || ! kill -0 $(cat /run/vifi.pid)", 60)
        built.run("cat /tmp/vifi.log; kill -0 $(cat /run/vifi.pid)")
        yield built
        request.session.config.vifi_world = None


@pytest.fixture(scope="module", params=["wpa_supplicant", "vifi_sta"])
def world(request, story):
    """The same with the station; the guests have no addresses."""
    if request.param == "vifi_sta":
        story.use_vifi_sta()
    story.since = story.mark()
    for guest in ("ga", "gb"):
        story.inside(guest, "ip -4 addr flush dev eth0")
    return story


@pytest.mark.parametrize("guest", ["ga", "gb"])
def test_guest_gets_a_lease(world, guest):
    assert world.lease(guest) == GUESTS[guest][1]


def test_guests_reach_the_router_and_each_other_and_the_host(world):
    for guest in ("ga", "gb"):
        assert world.pings(guest, ROUTER) == 3
        assert world.pings(guest, HOST) == 3
        assert world.neighbour("ap", GUESTS[guest][1], "ap0") == UPLINK_MAC
    assert world.pings("ga", GUESTS["gb"][1]) == 3
    world.inside("ap", "ip neigh flush dev ap0")
    assert world.pings("ap", GUESTS["gb"][1]) == 3


def test_guest_has_ipv6_by_router_advertisements(world):
    world.inside("ga", "ip link set eth0 down")
    world.inside("ga", "ip link set eth0 up")
    world.wait("ip netns exec ga ip -6 addr show dev eth0 scope global -tentative | grep -q fd57:157:")
    assert world.pings("ga", ROUTER6) == 3
    world.lease("ga")


@pytest.mark.parametrize("source, target", [("ap", "ga"), ("ga", "ap")])
def test_tcp_carries_a_file(world, source, target):
    world.transfer(source, target, ROUTER if target == "ap" else GUESTS[target][1])


def test_guests_survive_a_restart_of_the_access_point(world):
    world.access_point("")
    world.associated()
    assert world.pings("ga", ROUTER, count=20, seconds=60) >= 10
    assert world.pings("ga", ROUTER) == 3


def test_no_foreign_transmitter_was_on_the_air(world):
    assert "tcx" in world.run("vifi bridge show -j wlan0").lower()
    assert set(world.transmitters(world.since)) == {UPLINK_MAC}
    guests = {packed(mac) for mac, _ in GUESTS.values()}
    assert not guests & {frame[6:12] for frame in world.at_ap()}
