# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of firewalls: as test_why.py.  The first cause names table, chain and rule; its remedy is run, and the guest reaches
the router again.  Pairs of faults: the one that hides the other comes first."""

import pytest
from lab.netns import wait_for
from test_why_host import command_of, mended, world_of
from why_lab import found, innocent, quiet, why
from world import ENGINES, ROUTER4, arp

BRIDGE = "table bridge guard {{\n chain forward {{\n type filter hook forward priority 0; policy accept;\n {}\n }}\n}}\n"


@pytest.fixture(name="world", params=ENGINES)
def _world(request, vifi_program):
    with world_of(request.param) as world:
        quiet(world.host)
        yield world


def nft(world, text):
    world.host.run(["nft", "-f", "-"], input=text)


def named(world, *words):
    """The firewall is the first cause, with these words, and its remedy mends it."""
    a = world.guest_a
    sentence = found(world.host, a.ip4, "firewall")
    for word in words:
        assert word in sentence, sentence
    mended(world, a.ip4, "firewall", command_of(world, a.ip4))
    wait_for("the guest reaches the router", lambda: a.ping(ROUTER4, timeout=1), 15)


@pytest.mark.parametrize("rule", ['iifname "vif-a" drop', "ether saddr {mac} counter drop", "ip saddr {ip4} drop", "arp saddr ip {ip4} drop", "ether daddr {mac} drop"],
                         ids=["port", "mac", "ip", "arp", "to the mac"])
def test_rule_of_the_family_bridge(world, rule):
    a = world.guest_a
    nft(world, BRIDGE.format(rule.format(mac=a.hw, ip4=a.ip4)))
    assert not innocent(world, world.guest_b.ip4), "another guest is blamed, too"
    named(world, "table bridge guard, chain forward, rule with handle ")


def test_policy_of_a_chain(world):
    nft(world, "table bridge guard {\n chain forward {\n type filter hook forward priority 0; policy drop;\n }\n}\n")
    named(world, "table bridge guard, chain forward, its policy")


def test_rule_of_another_chain(world):
    nft(world, 'table bridge guard {\n chain guests {\n iifname "vif-a" drop\n }\n chain forward {\n type filter hook forward priority 0; policy accept;\n jump guests\n }\n}\n')
    named(world, "chain guests, rule with handle ")


def test_rule_at_the_ingress_of_the_port(world):
    for port in ("vif-a", "swp0"):
        if port != "vif-a":
            world.host.ip("link set vif-a down", f"link set vif-a name {port}", f"link set {port} up")
        nft(world, f'table netdev guard {{\n chain a {{\n type filter hook ingress device "{port}" priority 0; policy accept;\n arp operation request drop\n drop\n }}\n}}\n')
        named(world, "table netdev guard, chain a, rule with handle ")
        world.host.run("nft delete table netdev guard")


def test_rule_of_ebtables(world):
    world.host.run(f"ebtables-nft -A FORWARD -s {world.guest_a.hw} -j DROP")
    named(world, "table bridge filter, chain FORWARD, rule with handle ")


def test_rule_of_iptables_on_bridged_frames(world):
    world.host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"])
    world.host.run(f"iptables-nft -A FORWARD -s {world.guest_a.ip4} -j DROP")
    named(world, "table ip filter, chain FORWARD, rule with handle ")


def test_rule_of_the_family_inet_on_bridged_frames(world):
    world.host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"])
    nft(world, f"table inet guard {{\n chain forward {{\n type filter hook forward priority 0; policy accept;\n ip saddr {world.guest_a.ip4} counter drop\n }}\n}}\n")
    named(world, "table inet guard, chain forward, rule with handle ")


def test_rule_of_iptables_legacy_on_bridged_frames(world):
    """nftables does not show it."""
    host, a = world.host, world.guest_a
    host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"])
    host.run("iptables-legacy -A FORWARD -s 203.0.113.7 -j ACCEPT")
    host.run(f"iptables-legacy -A FORWARD -s {a.ip4} -j DROP")
    a.ping(ROUTER4, timeout=1)
    assert "iptables-legacy" in found(host, a.ip4, "firewall")
    assert why(host, a.ip4)["causes"][0]["remedy"] == "Run `iptables-legacy -D FORWARD 2`."
    assert not innocent(world, world.guest_b.ip4)


# ---- two faults: the one that hides the other comes first, and the other one remains


def drop_port(world):
    nft(world, BRIDGE.format('iifname "vif-a" drop'))


def deafen(world):
    world.host.ip("link set vif-a mtu 1200")


def contest(world):
    a, c = world.guest_a, world.guest_c
    world.vifi.call("pin", "wlan0", c.hw, "192.168.157.60")
    a.wire.send(arp(1, a.hw, a.hw, "192.168.157.60", "192.168.157.60"))


FAULTS = {
    "firewall": drop_port,
    "mtu": deafen,
    "pinned_address": contest,
    "port_down": lambda world: world.host.ip("link set vif-a down"),
    "port_locked": lambda world: world.host.run("bridge link set dev vif-a locked on"),
    "port_not_in_bridge": lambda world: world.host.ip("link set vif-a nomaster"),
    "rp_filter": lambda world: world.host.sysctl(net__ipv4__conf__wlan0__rp_filter=1),
    "uplink": lambda world: world.host.ip("link set wlan0 down"),
    "roamed": lambda world: world.host.ip("addr flush dev wlan0 scope global", "addr add 10.44.0.9/24 dev wlan0"),
}


@pytest.mark.parametrize("other,cause", [
    ("mtu", "firewall"), ("firewall", "pinned_address"), ("firewall", "port_down"), ("firewall", "port_locked"),
    ("rp_filter", "firewall"), ("firewall", "uplink"), ("roamed", "uplink"), ("pinned_address", "port_locked"),
    ("mtu", "port_not_in_bridge"), ("roamed", "firewall"), ("rp_filter", "port_down"), ("mtu", "pinned_address"),
], ids=["firewall and mtu", "pinned_address and firewall", "port_down and firewall", "port_locked and firewall",
         "firewall and rp_filter", "uplink and firewall", "uplink and roamed", "port_locked and pinned_address",
         "port_not_in_bridge and mtu", "firewall and roamed", "port_down and rp_filter", "pinned_address and mtu"])
def test_deeper_one_of_two_faults_comes_first(world, other, cause):
    """A refused address is one that vifi has seen, so before a firewall."""
    for fault in (cause, other) if cause == "pinned_address" else (other, cause):
        FAULTS[fault](world)
        wait_for(f"{fault} is known", lambda fault=fault: fault in ids(world), 20, step=0.3)
    found(world.host, "vif-a", cause)
    assert other in ids(world), ids(world)


def ids(world):
    return [c["id"] for c in why(world.host, "vif-a")["causes"]]
