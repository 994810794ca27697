# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that forges, as in test_forgers.py: `show`, `check` and `why` name the port, and the guest where the frame says it; and they blame no sibling."""

import re

import pytest
from lab.netns import wait_for
from lab.vifi import program
from test_forgers import KINDS, forged_frames
from why_lab import quiet, why
from world import World

# kind → what of the forger is refused or dropped, of which any may be named
REASONS = {"arp": {"claim_taken", "arp_sender", "claim_host"}, "na": {"claim_taken", "claim_gateway"}, "rarp": {"claim_taken"}, "lease": {"dhcp_forged"},
           "router": {"claim_gateway"}, "redirect": {"claim_gateway"}, "source": {"claim_taken"}, "groups": {"claim_taken"}, "flap": {"claim_taken", "uplink_mac"},
           "tags": {"claim_taken", "uplink_mac", "vlan"}, "ieee802": {"claim_taken", "arp_sender"}, "headers": {"claim_taken", "claim_gateway", "ip6_headers"},
           "vrrp": {"claim_taken"}, "priority": {"claim_taken", "arp_sender", "claim_host", "claim_gateway"}}


@pytest.fixture(name="world", params=KINDS)
def _world(request, vifi_program):
    """A world of its own: refusals are remembered for ten minutes."""
    with World(capture=False, dhcp="none", ra="none") as world:
        world.a, world.b, world.c = world.guests
        world.kind = request.param
        quiet(world.host)
        for frame in forged_frames(world)[world.kind] * 6:
            world.b.wire.send(frame)
        yield world


def test_forger_is_named(world):
    expected = REASONS[world.kind]

    def dropped():
        ports = {row["port"]: set(row["drops"]) for row in world.vifi.show()["ports"]}
        return expected <= ports["vif-b"] and not any(expected & reasons for port, reasons in ports.items() if port in ("vif-a", "vif-c"))

    def decided():
        return not any("contest" in binding["flags"] for binding in world.vifi.show()["bindings"])

    wait_for("the drops are counted at the forger's port", dropped, 20)
    # Until then `why` says of a sibling, and rightly, that another claims its address, too.
    wait_for("the contests have ended", decided, 20)
    # `show`: each reason has the port.
    rows = {row["reason"]: row["ports"] for row in world.vifi.show()["dropped"]}
    assert all(rows[reason] == ["vif-b"] for reason in expected), rows
    text = " ".join(world.vifi.call("show", "wlan0").stdout.split())
    assert all(re.search(f" {reason}: [^!]*? Seen on vif-b[.]", text) for reason in expected), text
    # `check`: each finding about the frames has the port.
    found = world.vifi.call("check", "wlan0", "br0", check=False).stdout
    assert "vif-b" in found and " vif-c was refused" not in found and " vif-a was refused" not in found, found
    # `why`: of the port of the forger, with its reasons; and of a sibling nothing but that its MAC address is used at that port.
    causes = why(world.host, "vif-b")["causes"]
    assert causes and "vif-b" in str(causes), causes
    for sibling in (world.a, world.c):
        for cause in why(world.host, sibling.ip4)["causes"]:
            assert cause["id"] == "clone" and "vif-b" in cause["sentence"], cause
    assert world.host.run([program(), "why", "vif-b"], check=False).stdout
