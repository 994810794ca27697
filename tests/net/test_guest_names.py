# SPDX-License-Identifier: GPL-2.0-or-later
"""The names that guests give themselves in DHCP requests, in `vifi bridge show` (rule 14)."""

import pytest
from scapy.layers.dhcp import BOOTP, DHCP

from lab import services
from test_dhcp import discover, is_dhcp
from world import ENGINES, World, judged, wait_for


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(World(vifi=ENGINES[request.param], static=False)) as world:
        yield world


def names(world):
    """mac → name, of the guests that have one."""
    return {b["mac"]: b["name"] for b in world.vifi.show()["bindings"] if b["kind"] == "guest" and b["name"]}


def test_rule_14_names_of_real_clients_are_shown(world):
    """udhcpc with a host name, with an FQDN, and without either; the first two also after a restart of vifi."""
    services.udhcpc(world.lab, world.guest_a, extra=("-x", "hostname:web-1"))
    services.udhcpc(world.lab, world.guest_b, extra=("-F", "db.example.net"))
    services.udhcpc(world.lab, world.guest_c)
    expected = {world.guest_a.hw: "web-1", world.guest_b.hw: "db.example.net"}
    wait_for("both names are known", lambda: names(world) == expected, 3)
    text = world.vifi.call("show", "wlan0").stdout
    assert text.splitlines()[3].split()[:2] == ["NAME", "ADDRESS"], text
    assert any(world.guest_a.hw in line and "  web-1 " in line for line in text.splitlines()), text
    assert any(world.guest_c.hw in line and "  - " in line for line in text.splitlines()), text
    world.vifi.stop()
    world.vifi.start()
    for guest in world.guests[:2]:
        assert guest.ping("192.168.157.20")
    assert names(world) == expected


def test_rule_14_hostile_names_are_harmless(world):
    """Control characters do not reach the terminal, a sibling's MAC address in chaddr names nobody, and a new name replaces
    the old one."""
    world.guest_a.run("ip -4 addr flush dev eth0")
    services.udhcpc(world.lab, world.guest_a, extra=("-x", "hostname:web-1"))
    frame = discover(world.guest_c, options=[("hostname", b"\x1b[2J\n\xff<script>" + b"x" * 200)])
    assert world.out(world.guest_c, frame, is_dhcp(frame[BOOTP].xid))
    wait_for("the name is known", lambda: names(world).get(world.guest_c.hw) == ("??2J???script?" + "x" * 49)[:63], 3)
    assert "\x1b" not in world.vifi.call("show", "wlan0").stdout
    forged = discover(world.guest_c, options=[("hostname", b"evil")], chaddr=bytes.fromhex(world.guest_a.hw.replace(":", "")))
    world.expect_drop("dhcp_forged", world.guest_c.wire, forged, [world.wire], is_dhcp(forged[BOOTP].xid))
    nested = discover(world.guest_c, options=[("hostname", b"nested")], chaddr=b"\x02\x99\x99\x99\x99\x99")
    assert world.out(world.guest_c, nested, is_dhcp(nested[BOOTP].xid))
    renamed = discover(world.guest_c, options=[("hostname", b"db-2")])
    assert DHCP in renamed and world.out(world.guest_c, renamed, is_dhcp(renamed[BOOTP].xid))
    wait_for("the new name is known", lambda: names(world).get(world.guest_c.hw) == "db-2", 3)
    assert names(world)[world.guest_a.hw] == "web-1"
