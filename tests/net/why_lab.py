# SPDX-License-Identifier: GPL-2.0-or-later
"""What the fault laboratories of guests and of radios share: they ask `vifi why`, and doc/why.schema.json judges its answer; and one world of
each engine for all faults of a file, each of which is undone: import the fixtures `worlds` and `world`."""

import contextlib
import json
import os
import re
import time

import jsonschema
import pytest
from lab.netns import LabError, wait_for
from lab.vifi import TOP, program
from world import ENGINES, ROUTER4, ROUTER6, World

with open(os.path.join(TOP, "doc/why.schema.json")) as file:
    SCHEMA = json.load(file)


def why(node, asked):
    start = time.monotonic()
    done = node.run([program(), "why", "-j", asked], check=False, timeout=30)
    if os.environ.get("VIFI_WHY_TIMES"):  # for faults_table.py --times
        with open(os.environ["VIFI_WHY_TIMES"], "a") as log:
            log.write(f"{time.monotonic() - start:.3f}\n")
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    jsonschema.validate(verdict, SCHEMA)
    assert done.returncode == int(any(c["level"] == "fail" for c in verdict["causes"])), verdict
    return verdict


def first(node, asked):
    causes = why(node, asked)["causes"]
    return causes[0]["id"] if causes else None


def top_cause(node, asked, cause, timeout=40, act=lambda: None):
    """The first cause, as soon as it is this one; `act` brings the fault about before each look, if it does not last."""
    def probe():
        act()
        seen[:] = why(node, asked)["causes"]
        return seen and seen[0]["id"] == cause and seen[0]
    seen = []
    try:
        return wait_for(f"{cause} is the first cause of {asked}", probe, timeout, step=0.3)
    except LabError as error:
        raise LabError(f"{error}: {seen}") from error


def found(node, asked, cause, without_remedy=(), act=lambda: None):
    """The fault is the first cause, at once or as soon as vifi knows of it.  Returns the sentence."""
    top = top_cause(node, asked, cause, act=act)
    assert top["sentence"].endswith(".") and top["evidence"] and (top["remedy"] or cause in without_remedy), top
    return top["sentence"]


def waited_ms(world):
    """For how long the programs of the lab have waited for a processor so far (/proc/PID/schedstat)."""
    total = 0
    for pid in (proc.pid for node in world.lab.nodes.values() for proc in node.procs if proc.poll() is None):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[1])
    return total / 1e6


STARVED_MS = 30  # less than the shortest time that a verdict leaves for an answer


def innocent(world, asked):
    """The causes of a guest that should have none.  What a program of the lab forwards too late, because it got no processor, is lost
    for a verdict: if it was starved meanwhile, `vifi why` is asked again, and the last verdict counts."""
    for _ in range(10):
        before = waited_ms(world)
        causes = why(world.host, asked)["causes"]
        if not causes or waited_ms(world) - before < STARVED_MS:
            break
    return causes


# ---- faults that are undone


def quiet(host):
    host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
    host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0", "net.bridge.bridge-nf-call-ip6tables=0"])


def reach(guest):
    for target in (ROUTER4, ROUTER6):
        wait_for(f"guest {guest.name} reaches {target}", lambda target=target: guest.ping(target, timeout=1), 15)


@pytest.fixture(scope="module", name="worlds")
def worlds_of_both_engines(vifi_program):
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(World(vifi=ENGINES[name], capture=False, dhcp="none", ra="none")) for name in ENGINES}


@pytest.fixture(name="world", params=ENGINES)
def healthy_world(request, worlds):
    world = worlds[request.param]
    quiet(world.host)
    for guest in world.guests:
        reach(guest)
    yield world


def run(world, commands):
    """Runs them on the host, after `@a`, `@router` or `@inet` on that node.  Returns False if this kernel lacks what they need."""
    match = re.match(r"@(\w+) ", commands)
    nodes = {"@a": world.guest_a, "@router": world.router, "@inet": world.lab.inet}
    node = nodes[match[0].strip()] if match else world.host
    done = node.run(["sh", "-ec", commands[match.end() if match else 0:]], check=False)
    assert done.returncode == 0 or re.search("Unknown device type|not supported", done.stderr), done.stderr
    return done.returncode == 0


@contextlib.contextmanager
def injected(world, fault, undo):
    if not run(world, fault):
        with contextlib.suppress(AssertionError):
            run(world, undo)
        pytest.skip("this kernel cannot have the fault")
    try:
        yield
    finally:
        run(world, undo)


def gone(world, asked, cause, timeout=40):
    wait_for(f"{cause} is gone", lambda: cause not in [c["id"] for c in why(world.host, asked)["causes"]], timeout, step=0.3)
