# SPDX-License-Identifier: GPL-2.0-or-later
"""What one guest forges in the name of a station of the network costs neither its siblings nor this host their packets to that
station (rules 28 and 29), and a forger that waits for a restart takes nothing (rule 4).

   router R ═══ lan0 ─ wire ┐ ap ┌ port ═══ wlan0 │ host H
   station S ─ macvlan of lan0   └────┘           │        ┌ guest a
                                                  └ br0 ───┼ guest b, the forger
                                                           └ guest c
"""

import struct
import time

import pytest
from scapy.layers.l2 import Ether

from lab.netns import ping_command, pings_answered, wait_for
from trust_world import STATION4, STATION6, Forger, trust_world
from world import BCAST, ENGINES, ROUTER4, ROUTER_MAC, arp, na, udp4

INTERVAL, SECONDS = 0.05, 10
COUNT = int(SECONDS / INTERVAL)
MOMENT = 6  # pings that may be lost until the station has answered vifi: 0.3 s, on a busy machine


@pytest.fixture(name="world", params=ENGINES)
def _world(request, vifi_program):
    with trust_world(request.param, capture=False) as world:
        yield world


def pings_lost(world, paths, deed):
    """name → lost pings of (node, target), of which COUNT begin a second before the deed."""
    running = {}
    for name, (node, target) in paths.items():
        log = world.lab.file("ping.log")
        running[name] = node.start(ping_command(target, COUNT, INTERVAL, 2), log=log), log
    time.sleep(1)
    deed()
    lost = {}
    for name, (process, log) in running.items():
        process.wait(SECONDS + 40)
        with open(log, encoding="utf-8") as file:
            lost[name] = COUNT - pings_answered(file.read(), COUNT)
    print(f"{world.engine}: lost of {COUNT}: {lost}")
    return lost


def test_rule_29_claim_of_a_stations_address_costs_a_moment(world):
    """b announces the address of S once, with which this host and a converse."""
    frame = arp(1, world.b.hw, world.b.hw, STATION4, STATION4)
    lost = pings_lost(world, {"H → S": (world.host, STATION4), "A → S": (world.a, STATION4)}, lambda: world.b.wire.send(frame))
    assert max(lost.values()) <= MOMENT, lost


def test_rule_29_advertisement_of_a_stations_address_costs_a_moment(world):
    for node in (world.host, world.a):
        wait_for(f"{node.name} reaches the station", lambda node=node: node.ping(STATION6), 10)
    frame = na(world.b.hw, STATION6, STATION6, tlla=world.b.hw)
    lost = pings_lost(world, {"H → S": (world.host, STATION6), "A → S": (world.a, STATION6)}, lambda: world.b.wire.send(frame))
    assert max(lost.values()) <= MOMENT, lost


def same_hash(frame, source):
    """A frame of another source for which h = mix((h ^ word) * factor) over length and words has the value of `frame`."""
    def mix(value):
        value &= (1 << 64) - 1
        return value ^ value >> 32

    def over(words):
        value = len(frame)
        for word in words:
            value = mix((value ^ word) * 0x9e3779b97f4a7c15)
        return value
    unpack = lambda data: list(struct.unpack("<8Q", data[:64].ljust(64, b"\0")))
    data = bytes(Ether(src=source, dst=BCAST, type=0x88b5)) + bytes(50)
    wanted, made = unpack(bytes(frame)), unpack(data)
    last = wanted[7] ^ over(wanted[:7]) ^ over(made[:7])
    return data[:56] + struct.pack("<Q", last)


def test_rule_37_forged_group_frames_stop_no_question(world):
    """A neighbour sends other broadcasts; the router's question for a, which must reach a, has no part in their number."""
    question = bytes(arp(1, ROUTER_MAC, ROUTER_MAC, ROUTER4, world.a.ip4)) + bytes(4)
    forged = same_hash(question, "00:60:ee:00:00:55")
    asked = lambda p: bytes(p)[:42] == question[:42]
    for _ in range(200):
        world.wire.send(forged)
    assert world.into(world.a, question, asked, timeout=0.7), "the question did not reach the guest"


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_04_forger_takes_no_address_over_a_restart(engine, vifi_program):
    """b sends with the MAC address of a before, while and after vifi restarts."""
    with trust_world(engine, options=("--keep",), capture=False) as world:
        frames = [udp4(world.a.hw, BCAST, world.a.ip4, "192.168.157.255", b"as-a"), arp(1, world.a.hw, world.a.hw, world.a.ip4, ROUTER4)]
        with Forger(world.b.wire, frames, 50):
            assert world.vifi.stop() == 0
            time.sleep(0.5)
            world.vifi.start()
            time.sleep(1)
            answered = world.a.ping(ROUTER4, count=60, interval=INTERVAL)
        print(f"{engine}: {60 - answered} of 60 pings lost after the restart")
        assert answered >= 58
