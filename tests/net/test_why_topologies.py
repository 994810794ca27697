# SPDX-License-Identifier: GPL-2.0-or-later
"""Healthy networks, each with a trait of why_traits.py: `vifi why` names no cause for any address, guest or port.

Each trait is tried with one of the engines, in turns; VIFI_HEALTHY_RUNS=200 tries it that often in all, and so with both."""

import itertools
import os

import pytest
from lab.topology import HOST4, ROUTER4
from why_lab import innocent, quiet
from why_traits import NOTES, TRAITS
from world import ENGINES, World


def cases():
    """(trait, engine, turn) of each run."""
    count = int(os.environ.get("VIFI_HEALTHY_RUNS", 0)) or len(TRAITS)
    for number, trait in itertools.islice(enumerate(itertools.cycle(TRAITS)), count):
        turn = number // len(TRAITS)
        yield trait, sorted(ENGINES)[(number + turn + turn * len(TRAITS)) % 2], turn


CASES = list(cases())


def causes_of(world, trait, name):
    return [cause for cause in innocent(world, name) if cause["level"] != "note" or cause["id"] not in NOTES.get(TRAITS[trait], ())]


def end(world):
    """The programs of a trait."""
    for load in getattr(world, "loads", []):
        load.terminate()
        load.wait(10)
    if hasattr(world, "keepalived"):
        world.keepalived.stop()


@pytest.mark.parametrize("trait,engine,turn", CASES, ids=[f"{trait}-{engine}-{turn}" for trait, engine, turn in CASES])
def test_nothing_is_invented_in(vifi_program, trait, engine, turn):
    with World(**{"vifi": ENGINES[engine], "capture": False, "dhcp": "none", "ra": "none", **getattr(TRAITS[trait], "options", {})}) as world:
        world.engine = engine
        quiet(world.host)
        for guest in world.guests:
            guest.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__eth0__rp_filter=0)
        try:
            more = TRAITS[trait](world)
            guests = [address for guest in world.guests for address in (guest.ip4, guest.ip6, guest.hw)]
            names = [*guests, *more, *getattr(world, "no_guests", [ROUTER4, HOST4])]
            wrong = {name: found for name in names if (found := causes_of(world, trait, name))}
            assert not wrong, wrong
        finally:
            end(world)
