# SPDX-License-Identifier: GPL-2.0-or-later
"""The log tells what a person would ask about the guests and the uplink, in one line each, and no guest can flood it."""

import re
import time

import pytest

from lab import Vifi, services
from lab.netns import wait_for
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from service_world import plug, unplug
from world import BCAST, ENGINES, HOST4, ROUTER4, UPLINK_MAC, World

A, B = "00:60:00:00:00:01", "00:60:00:00:00:02"


@pytest.fixture(name="world", params=ENGINES, scope="module")
def _world(request, vifi_program):
    """A lab whose guests have no addresses yet.  The user-space engine learns a guest's port a little later."""
    with World(vifi=ENGINES[request.param], capture=False, static=False) as world:
        world.engine = request.param
        yield world


def port(world, name):
    """How the log names a guest's port: the user-space engine does not always know it."""
    return rf"(?:{name}|br0|an unknown port)" if world.engine == "user" else name


def has_line(world, pattern, timeout=8):
    return wait_for(f"a line `{pattern}` in the log", lambda: re.search(f"^vifi: {pattern}$", world.vifi.log_text(), re.M), timeout)


def test_guest_appears_and_leases(world):
    address = services.udhcpc(world.lab, world.guest_a)
    has_line(world, rf"guest {A} has appeared on {port(world, 'vif-a')}")
    has_line(world, rf"guest {A} on {port(world, 'vif-a')} has leased {address} for 10 min")
    address = services.dhclient(world.lab, world.guest_b)
    has_line(world, rf"guest {B} on {port(world, 'vif-b')} has leased {address} for 10 min")
    assert not re.search(r"fe80:", world.vifi.log_text())


def test_bridge_itself_is_no_guest(world):
    mac = world.host.mac("br0")
    with world.host.raw("br0") as bridge:
        bridge.send(Ether(src=mac, dst=BCAST) / IP(src="0.0.0.0", dst="224.0.0.1") / UDP(sport=9, dport=9))
    wait_for("a frame of br0", lambda: any(b["mac"] == mac for b in world.vifi.bindings()), 20)
    assert mac not in world.vifi.log_text()


def test_guest_releases_its_lease(world):
    address = services.dhclient(world.lab, world.guest_b)
    has_line(world, rf"guest {B} on {port(world, 'vif-b')} has leased {address} for 10 min")
    world.guest_b.wire.send(release(world, B, address))
    has_line(world, rf"guest {B} on {port(world, 'vif-b')} has released {re.escape(address)}")


def release(world, mac, address):
    return Ether(src=mac, dst=world.router.mac("lan0")) / IP(src=address, dst=ROUTER4) / UDP(sport=68, dport=67) / BOOTP(
        chaddr=bytes.fromhex(mac.replace(":", "")), ciaddr=address, xid=77) / DHCP(options=[("message-type", "release"), ("server_id", ROUTER4), "end"])


def test_static_address_is_named(world):
    address, _ = world.lab.static(world.guest_c, 99)
    world.guest_c.ping(ROUTER4)
    has_line(world, rf"guest 00:60:00:00:00:03 on {port(world, 'vif-c')} uses {address}")


def test_moved_guest_is_named(world):
    """The MAC address of guest c appears at another port, after its own has gone."""
    lab = world.lab
    mac = world.guest_c.mac()
    lab.host.ip(f"link set {world.guest_c.vif} nomaster down")
    time.sleep(0.5)
    lab._veth(lab.host, "vif-moved", None, lab.guest("c"), "eth1", mac)  # pylint: disable=protected-access
    lab.host.ip("link set vif-moved up master br0")
    lab.guest("c").ip("link set eth1 up")
    lab.guest("c").raw("eth1").send(Ether(src=mac, dst=BCAST) / ARP(op=1, hwsrc=mac, psrc="192.168.157.99", pdst=ROUTER4))
    has_line(world, rf"guest {mac} has (moved from \S+ to|appeared on) {port(world, 'vif-moved')}")


def test_guest_from_before_a_restart_has_not_moved(vifi_program):
    """Its addresses are saved; its port is not known until it sends."""
    with World(capture=False) as world:
        guest = world.guest_a
        assert guest.ping(ROUTER4)
        world.vifi.stop()
        world.host.ip(f"link set {guest.vif} nomaster")
        world.vifi.start()
        world.host.ip(f"link set {guest.vif} master br0")
        wait_for("the guest reaches the router", lambda: guest.ping(ROUTER4, timeout=1), 10)
        wait_for("the guest in the log", lambda: f"guest {guest.hw} has " in world.vifi.log_text().rpartition("guests of br0 use")[2], 8)
        lines = world.vifi.log_text().rpartition("guests of br0 use")[2]
        assert f"guest {guest.hw} has appeared on {guest.vif}" in lines and "has moved from" not in lines, lines


def test_refusal_is_one_line(world):
    """A guest claims the address of the host again and again: one line, with the remedy."""
    for _ in range(50):
        world.guest_a.wire.send(Ether(src=A, dst=BCAST) / ARP(op=1, hwsrc=A, psrc=HOST4, pdst=ROUTER4))
    has_line(world, rf"guest {A} on {port(world, 'vif-a')} was refused {HOST4} \(claim_host\): .*")
    time.sleep(0.5)
    assert len(re.findall("claim_host", world.vifi.log_text())) == 1


def test_address_taken_over_is_named(world):
    """The owner of an address is silent when another guest claims it."""
    taken = "192.168.157.150"
    claim = lambda mac: Ether(src=mac, dst=BCAST) / ARP(op=1, hwsrc=mac, psrc=taken, pdst=ROUTER4)  # noqa: E731
    world.guest_a.wire.send(claim(A))
    has_line(world, rf"guest {A} on {port(world, 'vif-a')} uses {taken}")
    time.sleep(4)  # the claim is tentative for three seconds

    def claimed():
        world.guest_b.wire.send(claim(B))
        return re.search(rf"guest {B} on \S+ has taken over {taken} from {A}, which was silent", world.vifi.log_text())
    wait_for("the take-over is logged", claimed, 15, step=1)


def test_hostile_guest_cannot_flood_the_log(world):
    """5,000 forged guests with as many addresses, and as many refused claims: a bounded number of lines."""
    before = len(world.vifi.log_text().splitlines())
    for i in range(5000):
        mac = f"02:00:00:00:{i >> 8:02x}:{i & 255:02x}"
        world.guest_a.wire.send(Ether(src=mac, dst=BCAST) / ARP(op=1, hwsrc=mac, psrc=f"192.168.157.{i % 200 + 50}", pdst=ROUTER4))
        if i % 5 == 0:
            world.guest_a.wire.send(Ether(src=mac, dst=BCAST) / ARP(op=1, hwsrc=mac, psrc=ROUTER4, pdst=HOST4))
    time.sleep(2)
    lines = len(world.vifi.log_text().splitlines()) - before
    print(f"{world.engine}: {lines} lines for 6,000 forged frames")
    assert 0 < lines <= 60, world.vifi.log_text()


# ---- the uplink


def test_uplink_without_carrier(vifi_program):
    with World(capture=False, guests=1, static=False) as world:
        world.engine = "kernel"
        world.lab.carrier(False)
        has_line(world, "wlan0 has lost its carrier")
        world.lab.carrier(True)
        has_line(world, "wlan0 has its carrier")
        world.station("00:60:aa:bb:cc:de")
        has_line(world, "wlan0 has a new MAC address, 00:60:aa:bb:cc:de")


def test_uplink_in_another_network(vifi_program):
    with World(capture=False, guests=1, static=False) as world:
        world.engine = "kernel"
        world.host.ip("addr add 192.168.157.22/24 dev wlan0", "addr del 192.168.157.21/24 dev wlan0")
        world.host.ip("addr flush dev wlan0", "addr add 10.9.8.7/20 dev wlan0")
        has_line(world, r"wlan0 has moved to another network: its address is now 10\.9\.8\.7/20, it was 192\.168\.157\.2[12]/24")
        assert UPLINK_MAC in world.vifi.log_text()


def test_lost_and_found_card(vifi_program):
    with World(start=False, capture=False, guests=1, static=False) as world:
        world.engine = "kernel"
        world.vifi = Vifi(world.lab, options=["--wait"])
        unplug(world)
        has_line(world, "wlan0 is gone; waiting for it to come back")
        plug(world)
        has_line(world, "wlan0 is back")


@pytest.mark.parametrize("name, shown", [("a\x1b[31mx", r"a\?\[31mx"), ("e\u202egnp", r"e\?gnp")])
def test_name_of_a_port_rewrites_no_line(world, name, shown):
    """A container's owner may choose the name of its port: escape sequences and changes of direction do not reach the log."""
    world.host.ip(f"link add {name} type veth peer name peer0", f"link set {name} master br0 up", "link set peer0 up")
    try:
        with world.host.raw("peer0") as peer:
            mac = f"02:ab:00:00:00:{len(name):02x}"
            wait_for("the port forwards", lambda: "state forwarding" in world.host.run(["bridge", "link", "show", "dev", name]).stdout, 10)
            peer.send(Ether(src=mac, dst=BCAST) / ARP(op=1, hwsrc=mac, psrc=world.fresh4(), pdst=ROUTER4))
            has_line(world, rf"guest {mac} has appeared on {port(world, shown)}")
        assert "\x1b" not in world.vifi.log_text() and "\u202e" not in world.vifi.log_text()
    finally:
        world.host.ip("link del peer0")
