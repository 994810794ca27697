# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods of a guest and of a station on the air, at 10,000 frames per second, with each engine.  The other guests lose nothing (rules 1
and 2), and all tables serve new addresses afterwards."""

import os
import signal
from contextlib import contextmanager

import pytest

from field_world import ALL_ENGINES
from lab.services import Background
from test_flood import program
from world import HOST4, ROUTER4, ROUTER6, World, judged, wait_for

COUNT, RATE, SECONDS = 30000, 10000, 3
GUEST, STATION = "guest", "station"
KINDS = [(GUEST, "arp"), (GUEST, "ns"), (GUEST, "scan"), (GUEST, "data6"), (STATION, "arp"), (STATION, "ns")]


@pytest.fixture(name="world", scope="module", params=ALL_ENGINES)
def _world(request, vifi_program):
    with judged(World(vifi=ALL_ENGINES[request.param], capture=False, dhcp="none", ra="none")) as world:
        yield world


def ping_patiently(node, target):
    """Pings at 20/s; an answer may be late on a busy machine.  Returns the number of lost ones."""
    return SECONDS * 20 - node.ping(target, count=SECONDS * 20, interval=0.05, timeout=5)


def wait_ready(world):
    for guest in world.guests:
        wait_for(f"guest {guest.name} is reachable", lambda guest=guest: guest.ping(ROUTER4) and guest.ping(ROUTER6), 20)


def check_no_loss(world, node, device, kind):
    """The node floods; the others ping each other, the router and this host, and lose nothing."""
    guest_a, guest_b, _ = world.guests
    flood = node.start([program(), device, kind, COUNT, RATE])
    paths = [(guest_a, ROUTER4), (guest_b, ROUTER6), (guest_a, guest_b.ip4), (world.router, guest_b.ip4), (world.host, guest_a.ip4), (guest_b, HOST4)]
    jobs = [Background(ping_patiently, *path) for path in paths]
    lost = {f"{path[0].name} to {path[1]}": job.result(90) for path, job in zip(paths, jobs)}
    assert flood.wait(60) == 0
    assert not any(lost.values()), f"pings lost during the flood: {lost}; drops {world.vifi.drops()}"


@contextmanager
def nftables_is_busy(world):
    """A program of this host replaces a large set of nftables all the time: each transaction of vifi waits for its own."""
    path, done = world.lab.file("large.nft"), world.lab.file("done")
    with open(path, "w", encoding="utf-8") as file:
        addresses = ", ".join(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(60000))
        file.write("add table ip busy\nadd set ip busy large { type ipv4_addr; }\nflush set ip busy large\n"
                   f"add element ip busy large {{ {addresses} }}\n")
    process = world.host.start(["sh", "-c", f"while nft -f {path}; do : > {done}; done"])
    try:
        wait_for("the first transaction", lambda: os.path.exists(done), 30)  # nft would list the tables anew after each change
        yield
        assert process.poll() is None, "nft has failed"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        world.host.stop(process)
        world.host.run("nft delete table ip busy")


def test_rule_01_flood_costs_others_nothing_while_nftables_is_busy(world):
    """The user-space engine tells nftables of each new guest.  While that takes long, only the new guests wait."""
    wait_ready(world)
    with nftables_is_busy(world):
        check_no_loss(world, world.guest_c, "eth0", "arp")
    wait_for("the flooder is reachable", lambda: world.router.ping(world.guest_c.ip4), 20)


@pytest.mark.parametrize("sender, kind", KINDS)
def test_rule_01_flood_costs_others_nothing_with_any_engine(world, sender, kind):
    _, guest_b, guest_c = world.guests
    wait_ready(world)
    node, device = (guest_c, "eth0") if sender == GUEST else (world.router, "lan0")
    check_no_loss(world, node, device, kind)
    held = [b for b in world.vifi.bindings() if b["port"] == guest_c.vif]
    assert len(held) <= 256, len(held)
    new = world.fresh4()
    guest_b.ip(f"addr add {new}/24 dev eth0")
    try:
        wait_for("a new address of another guest is reachable", lambda: world.router.ping(new, timeout=2), 10)
    finally:
        guest_b.ip(f"addr del {new}/24 dev eth0")
    wait_for("the flooder is reachable", lambda: world.router.ping(guest_c.ip4), 20)
