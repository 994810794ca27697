# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab of test_trust.py: a station on the wire, a forger among the guests, and a plain bridge to compare with.

   router R ═══ lan0 ─ wire ┐ ap ┌ port ═══ wlan0 │ host H
   station S ─ macvlan of lan0   └────┘  strict   │        ┌ guest a
                                                  └ br0 ───┼ guest b, hostile
                                                           └ guest c
"""

import threading
import time
from contextlib import contextmanager

from lab.netns import wait_for
from lab.topology import ROUTER4
from world import ENGINES, OTHER, World

STATION4, STATION6, STATION_MAC = "192.168.157.5", "2001:db8:157::5", OTHER


def add_station(world):
    """S, on the same segment as the router: a macvlan of its lan0 in a namespace of its own."""
    station = world.lab._node("s")  # pylint: disable=protected-access
    world.router.ip(f"link add s0 link lan0 address {STATION_MAC} type macvlan mode bridge", f"link set s0 netns {station.ns} name eth0")
    station.ip(f"addr add {STATION4}/24 brd + dev eth0", f"addr add {STATION6}/64 dev eth0 nodad", "link set eth0 up",
               f"route add default via {ROUTER4}")
    world.station_node = station
    world.a, world.b, world.c = world.guest_a, world.guest_b, world.guest_c
    return station


@contextmanager
def trust_world(engine, options=(), **arguments):
    """vifi with this engine, and S, which both ends have heard."""
    with World(vifi=ENGINES[engine] + tuple(options), **arguments) as world:
        add_station(world)
        world.engine = engine
        for node in (world.host, world.a, world.c):
            wait_for(f"{node.name} reaches the station", lambda node=node: node.ping(STATION4), 10)
        yield world


@contextmanager
def plain_world():
    """The same network, with wlan0 as a port of br0: an Ethernet bridge."""
    with World(start=False, capture=False, port={"strict": False, "reflect": False}) as world:
        world.lab.plain_bridge()
        add_station(world)
        world.engine = "plain bridge"
        for node in (world.host, world.a, world.b, world.c):
            wait_for(f"{node.name} reaches the station", lambda node=node: node.ping(STATION4), 10)
        yield world


class Forger:
    """Sends frames at a rate until it is stopped."""

    def __init__(self, raw, frames, rate):
        self.raw, self.frames, self.rate, self.sent = raw, [bytes(f) for f in frames], rate, 0
        self.end = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.end.is_set():
            for frame in self.frames:
                self.raw.send(frame)
                self.sent += 1
            self.end.wait(1 / self.rate)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join(5)


class Outcome:
    """What a conversation suffered: pings answered while the forger was at work, and the seconds until it recovered."""

    def __init__(self):
        self.sent = self.answered = 0
        self.recovery = None

    def __str__(self):
        return f"{self.answered}/{self.sent} pings, recovery {self.recovery:.1f} s" if self.recovery is not None else "never recovered"


def suffer(raw, frames, conversations, rate=20):
    """Runs the forger beside conversations (name → (node, target)), for three seconds and five pings of each; returns name → Outcome."""
    outcomes = {name: Outcome() for name in conversations}
    with Forger(raw, frames, rate):
        time.sleep(0.2)
        end = time.monotonic() + 3
        while time.monotonic() < end or min(outcome.sent for outcome in outcomes.values()) < 5:
            for name, (node, target) in conversations.items():
                outcomes[name].sent += 1
                outcomes[name].answered += node.ping(target, timeout=1)
    start = time.monotonic()
    for name, (node, target) in conversations.items():
        wait_for(f"the conversation {name} recovers", lambda node=node, target=target: node.ping(target, timeout=1), 60)
        outcomes[name].recovery = time.monotonic() - start
    return outcomes


def report(case, engine, outcomes):
    for name, outcome in outcomes.items():
        print(f"{case:40} {engine:14} {name:8} {outcome}")
