# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of what lies beyond: the router and its own uplink, and the interface inside the guest.  As test_why_more.py; the
guest tries to reach a machine of another network meanwhile."""

import contextlib

import pytest
from lab.topology import INET4
from why_lab import found, gone, healthy_world, injected, innocent, quiet, worlds_of_both_engines  # pylint: disable=unused-import
from world import HOST4, ROUTER4, guest_mac

A4, A6, MAC = "192.168.157.41", "2001:db8:157::41", guest_mac(0)
OFF = "@router nft delete table inet g"
WAN_UP = ("@router ip link set wan0 up; ip addr replace 2001:db8:f::1/64 dev wan0 nodad; ip addr replace fe80::1/64 dev wan0 nodad; "
          "while ! ping -c 1 -W 1 198.51.100.10 >/dev/null; do sleep 0.1; done")
# A question for the root zone, to UDP port 53 of the router.
ASK_DNS = f"while sleep 0.2; do printf '\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\1' >/dev/udp/{ROUTER4}/53; done"


def at_router(hook, rule):
    return f"@router nft add table inet g; nft 'add chain inet g c {{ type filter hook {hook} priority 0; }}'; nft 'add rule inet g c {rule}'"


@contextlib.contextmanager
def busy(world, *argv):
    process = world.guest_a.start(list(argv), log=world.lab.file("busy.log"))
    try:
        yield
    finally:
        world.guest_a.stop(process)


@pytest.mark.parametrize("fault,undo,cause", [
    (at_router("forward", "drop"), OFF, "beyond_silent"),
    (at_router("forward", f"ip saddr {A4} drop"), OFF, "gateway_firewall"),
    (at_router("forward", f"ip saddr {A4} reject"), OFF, "gateway_firewall"),
    (at_router("forward", f"ip daddr {A4} drop"), OFF, "gateway_firewall"),
    (at_router("forward", f"ip saddr {A4} oifname wan0 drop"), OFF, "gateway_firewall"),
    (at_router("input", f"ip saddr {A4} drop"), OFF, "gateway_firewall"),
    (at_router("output", f"ip daddr {A4} drop"), OFF, "gateway_firewall"),
    (f"@router ip rule add from {A4} prohibit", f"@router ip rule del from {A4} prohibit", "gateway_firewall"),
    ("@router sysctl -qw net.ipv4.ip_forward=0", "@router sysctl -qw net.ipv4.ip_forward=1", "gateway_forward"),
    ("@router ip link set wan0 down", WAN_UP, "gateway_unreachable"),
    ("@inet ip link set eth0 down", "@inet ip link set eth0 up; ip route replace default via 198.51.100.1", "beyond_silent"),
], ids=["forwards nothing", "drops what the guest sends", "rejects what the guest sends", "drops what is for the guest",
        "lets the guest not into the internet", "input", "output", "routing rule", "no router any more", "uplink of the router is down", "target that is off"])
def test_router(world, fault, undo, cause):
    with injected(world, fault, undo), busy(world, "ping", "-n", "-i", "0.3", "-W", "1", INET4):
        found(world.host, A4, cause)
    gone(world, A4, cause)


def test_healthy_guest_that_is_busy(world):
    """It sends to other networks, and is answered; one machine there does not answer."""
    with busy(world, "ping", "-n", "-i", "0.2", INET4):
        for _ in range(3):
            assert not innocent(world, A4)
            with busy(world, "ping", "-n", "-i", "0.2", "198.51.100.77"):
                assert not innocent(world, A4)


@pytest.mark.parametrize("rule", [None, "udp dport 53 drop"], ids=["without a server", "behind a firewall"])
def test_dns_server_that_is_silent(world, rule):
    with busy(world, "bash", "-c", ASK_DNS), injected(world, at_router("input", rule) if rule else "true", OFF if rule else "true"):
        assert ROUTER4 in found(world.host, A4, "dns_silent")


@pytest.mark.parametrize("asked", [A4, A6])
def test_small_mtu_inside_the_guest(world, asked):
    """Linux has no IPv6 at an interface with less than 1280 bytes."""
    with injected(world, "@a ip link set eth0 mtu 1000", f"@a ip link set eth0 mtu 1500; ip addr replace {A6}/64 dev eth0 nodad"):
        assert "1280" in found(world.host, asked, "guest_mtu")
    gone(world, asked, "guest_mtu")


def test_interface_of_the_guest_without_arp(world):
    with injected(world, "@a ip link set eth0 arp off", "@a ip link set eth0 arp on"):
        world.host.ping(A4, timeout=1)
        found(world.host, A4, "guest_arp_off")
