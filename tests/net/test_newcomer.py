# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses that were forged before their owner came (doc/trust.md): a forger that is silent by then does not keep it out.

One frame with the address of a machine that is not there yet, from a guest or from a neighbour, in a protocol that names
no IP address, so that the forger cannot be asked by ARP or ND.  Then the machine starts.
"""

import time

import pytest
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.netns import wait_for
from lab.topology import HOST4, ROUTER4, guest_mac
from trust_world import STATION4, STATION_MAC, add_station
from world import BCAST, ENGINES, World, judged

NEWCOMER, LIMIT = 3, 12  # the number of guest d; two contests take four seconds


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(World(vifi=ENGINES[request.param])) as world:
        yield world


def mute(src):
    """A frame without an IP address."""
    return Ether(src=src, dst=BCAST, type=0x88b5) / Raw(b"forged" * 10)


def start_guest(world, number):
    guest = world.lab.add_guest(number)
    guest.address, _ = world.lab.static(guest, 60 + number)
    return guest


def assert_reaches(what, node, target):
    start = time.monotonic()
    wait_for(what, lambda: node.ping(target, timeout=1), LIMIT, patience=1.5)
    print(f"{what}: after {time.monotonic() - start:.1f} s")


@pytest.mark.parametrize("forger", ["neighbour", "guest"])
def test_newcomer_has_its_forged_mac(world, forger):
    number = NEWCOMER + (forger == "guest")
    frame = mute(guest_mac(number))
    (world.wire if forger == "neighbour" else world.guest_b.wire).send(frame)
    time.sleep(1)
    guest = start_guest(world, number)
    for what, target in (("router", ROUTER4), ("host", HOST4)):
        assert_reaches(f"guest {guest.name} reaches the {what}", guest, target)


def test_newcomer_has_its_forged_ip_address(world):
    """Guest b announces the address of a guest that is not there yet, and leaves it unanswered later."""
    address = f"192.168.157.{60 + NEWCOMER + 2}"
    hw = world.guest_b.hw
    world.guest_b.wire.send(Ether(src=hw, dst=BCAST) / ARP(op=1, hwsrc=hw, psrc=address, pdst=address))
    time.sleep(5)  # no station contradicts the claim
    guest = start_guest(world, NEWCOMER + 2)
    assert_reaches(f"guest {guest.name} reaches the router", guest, ROUTER4)


def test_station_that_comes_has_its_forged_addresses(world):
    """Guest b uses the MAC address and announces the IP address of a station that is not there yet."""
    world.guest_b.wire.send(Ether(src=STATION_MAC, dst=BCAST) / ARP(op=1, hwsrc=STATION_MAC, psrc=STATION4, pdst=STATION4))
    time.sleep(5)
    station = add_station(world)
    assert_reaches("the station reaches guest a", station, world.guest_a.ip4)
    assert_reaches("guest a reaches the station", world.guest_a, STATION4)
    assert_reaches("the host reaches the station", world.host, STATION4)
