# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of `vifi bridge` have one exit code for one kind of error (vifi-bridge(8), EXIT STATUS)."""

import pytest

from lab import Lab
from lab.user import service_user
from lab.vifi import program
from world import ENGINES, ROUTER4, World



def as_user(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


READER, NOBODY = as_user(service_user()[0]), as_user(65534)  # the user of the daemons, which may ask; and a stranger
MAC = "00:60:00:00:00:01"
FAILED, USAGE, PRIVILEGE, STATE = 1, 2, 3, 4


def codes(host, commands, prefix=()):
    """command → exit code."""
    got = {}
    for command in commands:
        done = host.run([*prefix, program(), "bridge", *command.split()], check=False, timeout=30)
        assert done.returncode == 0 or "check" in command or len(done.stderr.strip().splitlines()) == 1, (command, done)
        got[command] = done.returncode
    return got


@pytest.mark.parametrize("who", [(), READER], ids=["root", "reader"])
def test_nothing_serves_the_uplink(who, vifi_program):
    """For root and for the user of the daemons, for an interface that exists and for one that does not."""
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        for uplink in ("wlan0", "wlan7"):
            commands = [f"show {uplink}", f"pin {uplink} {MAC} 192.0.2.5", f"forget {uplink} --all", f"reload {uplink}", f"down {uplink}"]
            assert codes(lab.host, commands, who) == dict.fromkeys(commands, STATE)


@pytest.mark.parametrize("engine", ENGINES)
def test_bridge_that_runs(engine, vifi_program):
    with World(vifi=ENGINES[engine], capture=False, guests=1, dhcp="none", ra="none") as world:
        changes = [f"pin wlan0 {MAC} 192.168.157.99", "forget wlan0 192.168.157.99", "forget wlan0 --all", "reload wlan0", "down wlan0", "up wlan0 br0"]
        for user in (READER, NOBODY):
            assert codes(world.host, changes, user) == dict.fromkeys(changes, PRIVILEGE), user
        reads = ["show", "show wlan0", "show -j wlan0"]
        assert codes(world.host, reads, READER) == codes(world.host, reads) == dict.fromkeys(reads, 0)
        absent = ["show wlan0 10.1.1.1", "forget wlan0 10.1.1.1"]
        assert codes(world.host, absent) == dict.fromkeys(absent, FAILED)
        mistakes = ["pin wlan0 x 192.0.2.5", "pin wlan0", "forget wlan0 x", "forget wlan0", "show -x", "down", "reload", "up wlan0 wlan0", "check -x"]
        assert codes(world.host, mistakes) == dict.fromkeys(mistakes, USAGE)
        assert codes(world.host, ["up wlan0 br0"]) == {"up wlan0 br0": STATE}
        world.vifi.kill()
        left = [f"pin wlan0 {MAC} 192.168.157.99", "forget wlan0 --all", "show wlan0", "down wlan0"]
        assert codes(world.host, left, READER) == dict.fromkeys(left, PRIVILEGE)
        assert codes(world.host, ["reload wlan0"], READER) == codes(world.host, ["reload wlan0"]) == {"reload wlan0": STATE}
        assert world.vifi.down().returncode == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_rule_36_pin_of_the_uplinks_own_network_is_warned_of(engine, vifi_program):
    with World(vifi=ENGINES[engine], capture=False, guests=2, dhcp="none", ra="none") as world:
        pin = lambda *addresses: world.vifi.call("pin", "wlan0", MAC, *addresses).stderr
        for own in ("192.168.157.0/24", "192.168.157.0/25", "192.168.157.128/25", "2001:db8:157::/64", "2001:db8:157::/80"):
            said = pin("10.9.0.0/24", own)
            assert said.count("warning: ") == 1 and f"{own} is the network of wlan0 itself, or a part of it" in said, said
            found = world.vifi.call("check", "wlan0", "br0", check=False).stdout
            assert f"{own}, pinned to {MAC}, is the network of wlan0 itself" in found, found
            world.host.run([program(), *said.split("`vifi ")[1].split("`")[0].split()])  # the remedy
            assert "pinned to" not in world.vifi.call("check", "wlan0", "br0", check=False).stdout
        for other in ("192.168.0.0/16", "0.0.0.0/0", "10.9.0.0/24", "2001:db8::/32", "192.168.157.99"):
            assert not pin(other), other
        assert world.guest_b.ping(ROUTER4) == 1
