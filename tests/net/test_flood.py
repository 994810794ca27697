# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest floods with 100,000 forged sources.  Other guests lose nothing (rules 1 and 2)."""

import os
import signal
import time

import pytest

from lab import services
from lab.services import Background
from lab.topology import INET4
from lab.vifi import TOP
from world import ROUTER4, ROUTER6, wait_for

# No capture, which would contain 100,000 uninteresting frames; the port's counter still detects foreign frames.
WORLD = {"capture": False}
COUNT, RATE = 100000, 25000


def program():
    return os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "tests/lab/flood")


def ping_steadily(node, target, seconds):
    """Pings twenty times per second; returns (sent, answered)."""
    count = int(seconds * 20)
    return count, node.ping(target, count=count, interval=0.05)


def bindings_of_others(world):
    flooder = world.guest_c
    index = world.guest_c.vif
    return {b["address"] for b in world.vifi.bindings() if b["mac"] != flooder.hw and b["port"] != index}


def wait_ready(world):
    for guest in (world.guest_a, world.guest_b):
        wait_for(f"guest {guest.name} is reachable", lambda guest=guest: guest.ping(ROUTER4, timeout=1) and guest.ping(ROUTER6, timeout=1), 10)


def check_unharmed(world, before):
    """Checks that the others keep their bindings, the flooder stays within its cap, and new addresses are learned."""
    assert before <= bindings_of_others(world), f"others lost {before - bindings_of_others(world)}"
    held = [b for b in world.vifi.bindings() if b["port"] == world.guest_c.vif]
    assert len(held) <= 256, len(held)
    new = world.fresh4()
    world.guest_a.ip(f"addr add {new}/24 dev eth0")
    try:
        assert world.router.ping(new, timeout=2) == 1, "another guest's new address was not learned"
    finally:
        world.guest_a.ip(f"addr del {new}/24 dev eth0")


@pytest.mark.parametrize("kind", ["arp", "ns", "dhcp", "arp-own", "ns-own"])
def test_rule_01_flood_costs_other_guests_no_packet(world, kind):
    """Guest c sends 100,000 forged sources; guests a and b ping at 20/s over IPv4 and IPv6 and lose nothing."""
    wait_ready(world)
    before, limited = bindings_of_others(world), world.drops("learn_rate")
    flood = world.guest_c.start([program(), "eth0", kind, COUNT, RATE])
    jobs = [Background(ping_steadily, world.guest_a, ROUTER4, 3), Background(ping_steadily, world.guest_b, ROUTER6, 3), Background(ping_steadily, world.guest_a, world.guest_b.ip4, 3)]
    for job in jobs:
        sent, answered = job.result(30)
        assert sent == answered, f"{sent - answered} of {sent} lost"
    assert flood.wait(60) == 0
    assert world.drops("learn_rate") - limited > COUNT / 2, "the learning limit was not reached; did the flood run?"
    check_unharmed(world, before)


def test_rule_01_new_guest_is_served_during_a_flood(world):
    """While guest c floods, a new guest gets its lease and downloads."""
    wait_ready(world)
    flood = world.guest_c.start([program(), "eth0", "arp", COUNT, RATE])
    download = services.Download(world.lab.inet, 8030)
    guest = world.lab.add_guest(9, "fresh")
    try:
        assert services.udhcpc(world.lab, guest, 10)
        result = services.fetch(guest, INET4, 4 << 20, port=8030)
        assert result.intact, str(result)
    finally:
        download.close()
        world.lab.nodes.pop("fresh").delete()
    assert flood.wait(60) == 0


TOOLS = {"thc-ipv6 solicitations": ["atk6-flood_solicitate6", "eth0"], "thc-ipv6 advertisements": ["atk6-flood_advertise6", "eth0"],
         "thc-ipv6 listener reports": ["atk6-flood_mld6", "eth0"], "thc-ipv6 DHCPv6": ["atk6-flood_dhcpc6", "-n", "-N", "eth0"],
         "yersinia DHCP discovers": ["sh", "-c", "sleep 60 | yersinia dhcp -attack 1 -interface eth0"]}


@pytest.mark.parametrize("tool", TOOLS)
def test_rule_01_flooding_tools_do_not_affect_others(world, tool):
    """A real flooding tool runs at full speed in guest c for two seconds: others lose nothing, no foreign frame leaves."""
    wait_ready(world)
    before = bindings_of_others(world)
    log = world.lab.file("flood.log")
    tx = "cat /sys/class/net/eth0/statistics/tx_packets"
    sent = int(world.guest_c.run(tx).stdout)
    process = world.guest_c.start(["nice", "-n", "19", *TOOLS[tool]], log=log, env={**os.environ, "TERM": "xterm"}, cwd=world.lab.dir)
    # Behind all others it may begin late.
    wait_for(f"{tool} sends", lambda: process.poll() is not None or int(world.guest_c.run(tx).stdout) > sent + 1000, 20)
    job = Background(ping_steadily, world.guest_a, ROUTER4, 2)
    time.sleep(2)
    os.killpg(process.pid, signal.SIGKILL)
    world.guest_c.stop(process)
    got = job.result(20)
    sent = int(world.guest_c.run(tx).stdout) - sent
    with open(log, errors="replace") as file:
        assert sent > 1000, f"{tool} sent only {sent} frames: {file.read()[:500]}"
    assert got[0] == got[1], f"{got[0] - got[1]} of {got[0]} pings lost during {sent} flood frames"
    check_unharmed(world, before)
    wait_for("a ping from the flooding guest", lambda: world.guest_c.ping(ROUTER4, timeout=1), 10)


def processor_time(pid):
    """What a process has used so far, in seconds: on a busy machine the clock goes on without it."""
    with open(f"/proc/{pid}/stat") as file:
        return sum(int(x) for x in file.read().rsplit(")", 1)[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")


def test_rule_01_process_stays_responsive_after_a_flood(world):
    """The bridge has learned hundreds of thousands of forged addresses.  vifi still responds at once when links change,
    because it queries single addresses, never the whole table."""
    wait_ready(world)
    flood = world.guest_c.start([program(), "eth0", "arp", 300000, 0])
    assert flood.wait(120) == 0
    guest = world.lab.add_guest(10, "late")
    try:
        def rests():
            before, start = processor_time(world.vifi.proc.pid), time.monotonic()
            time.sleep(1)
            return (processor_time(world.vifi.proc.pid) - before) / (time.monotonic() - start) <= 0.3
        wait_for("vifi uses 30 % of a processor at most", rests, 3)  # on a busy machine it has still to read what the flood has left
        address, before = world.fresh4(), processor_time(world.vifi.proc.pid)
        world.vifi.call("pin", "wlan0", world.guest_a.hw, address)
        world.vifi.call("forget", "wlan0", address)
        assert processor_time(world.vifi.proc.pid) - before < 0.8
        assert world.vifi.stop(timeout=8) == 0, "vifi took too long to stop"
        world.vifi.start()
        wait_ready(world)
    finally:
        world.lab.nodes.pop("late").delete()
