# SPDX-License-Identifier: GPL-2.0-or-later
"""Real DHCP clients, servers and router advertisers (rules 6, 11, 13, 14, 15, 16, 20)."""

import os
import re
import signal
import socket

import pytest

from lab import services
from lab.netns import run
from lab.services import Background
from lab.topology import GUEST4, INET4, INET6, ROUTER4, UPLINK_MAC
from world import World, judged, wait_for

SERVERS = {"dnsmasq": {"static": False}, "isc-dhcpd and radvd": {"static": False, "dhcp": "isc", "ra": "radvd"},
           "access point with directed multicast": {"static": False, "port": {"dms": True}}}


@pytest.fixture(name="world", scope="module", params=SERVERS, ids=["dnsmasq", "isc_radvd", "dms"])
def _world(request, vifi_program):
    with judged(World(**SERVERS[request.param])) as world:
        world.ips = {}
        yield world


def flush_ip4(world, node):
    run(["ip", "-4", "-n", node.ns, "addr", "flush", "dev", "eth0"])
    return node


def ensure_addresses(world):
    """Ensures that every guest has addresses from the servers, whichever tests ran before."""
    for guest in world.guests:
        if not any("ff:fe" in x and x.startswith("2001:") for x in guest.addresses("eth0", 6)):
            guest.ip("link set eth0 down", "addr flush dev eth0", "link set eth0 up")
        if not guest.query("-4 route show default"):  # the route is lost when the link goes down
            services.udhcpc(world.lab, flush_ip4(world, guest))
        services.slaac(guest, 15)


def test_rule_13_rule_14_all_clients_get_leases(world):
    """udhcpc, dhclient and dhcpcd run at the same time in guests a, b and c; then each guest reaches the internet host."""
    jobs = [Background(client, world.lab, flush_ip4(world, g)) for g, client in zip(world.guests, services.CLIENTS.values())]
    for guest, job in zip(world.guests, jobs):
        world.ips[guest.name] = job.result(30)
    assert world.ips["a"] == GUEST4, "the server did not find the reservation by chaddr"
    assert len(set(world.ips.values())) == 3
    for guest in world.guests:
        assert guest.ping(INET4, count=2) == 2
    assert world.router.neighbours("lan0")[GUEST4] == UPLINK_MAC


def test_rule_11_no_client_declines(world):
    """dhcpcd probes its offer by ARP (RFC 5227) and declines if vifi answers."""
    daemon = world.lab.services.get("dnsmasq" if "dhcpd" not in world.lab.services else "dhcpd")
    assert "DECLINE" not in daemon.log_text()


def test_rule_17_slaac_works_with_real_advertisements(world):
    for guest in world.guests:
        guest.ip("link set eth0 down", "link set eth0 up")  # makes each guest send a router solicitation
    for guest in world.guests:
        services.slaac(guest, 15)
        assert guest.ping(INET6, count=2) == 2, f"guest {guest.name}"


def test_rule_17_rdisc6_discovers_the_router(world):
    out = world.guest_b.run("rdisc6 -1 -r 3 -w 2000 eth0").stdout
    assert "2001:db8:157::/64" in out and re.search(r"link-layer address\s*: 00:60:DD:00:00:20", out, re.I), out


def test_rule_13_renewal_by_unicast(world):
    """udhcpc renews with a unicast request (ciaddr set), and the server answers to that address."""
    guest_a = world.guest_a
    log = world.lab.file("udhcpc.log")
    client = guest_a.start(["udhcpc", "-i", "eth0", "-f", "-t", "5", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh"], log=log)
    output = lambda: open(log, errors="replace").read()  # noqa: E731
    try:
        wait_for("udhcpc in the foreground gets a lease", lambda: "lease of" in output(), 8)
        tap = world.lab.tap(guest_a, "eth0", "in", "udp port 68")
        before = output().count("lease of")
        os.kill(client.pid, signal.SIGUSR1)
        wait_for("the lease is renewed", lambda: output().count("lease of") > before, 8)
        rows = tap.rows("dhcp.option.dhcp == 5", "ip.dst", "eth.dst", "dhcp.flags")
        assert rows, f"no DHCPACK for the renewal:\n{output()}"
        assert rows[0][1] in (guest_a.hw, "ff:ff:ff:ff:ff:ff")
    finally:
        guest_a.stop(client)


def test_rule_14_release_by_udhcpc_removes_the_binding(world):
    """udhcpc -R releases its lease when it ends, which removes the binding."""
    guest_a = world.guest_a
    address = services.udhcpc(world.lab, flush_ip4(world, guest_a))
    assert address in {b["address"] for b in world.vifi.bindings()}
    log = world.lab.file("udhcpc.log")
    client = guest_a.start(["udhcpc", "-i", "eth0", "-f", "-R", "-t", "5", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh"], log=log)
    wait_for("udhcpc gets a lease", lambda: "lease of" in open(log, errors="replace").read(), 8)
    guest_a.stop(client)
    wait_for("the release removes the binding", lambda: address not in {b["address"] for b in world.vifi.bindings()}, 3)
    services.udhcpc(world.lab, flush_ip4(world, guest_a))


def test_rule_15_dhcpv6_lease(world):
    guest_b = world.guest_b
    ensure_addresses(world)
    with open(world.lab.file("dhclient6.conf"), "w") as file:
        file.write("timeout 10;\n")
    wait_for("guest b has a link-local address", lambda: guest_b.addresses("eth0", 6, "link"), 5)
    guest_b.run(["dhclient", "-6", "-1", "-v", "-lf", world.lab.file("dhclient6.leases"), "-pf", world.lab.file("dhclient6.pid"), "-sf",
                 f"{services.HERE}/dhclient.sh", "eth0"], timeout=25)
    mine = wait_for("the leased address is usable",
                    lambda: [x for x in guest_b.addresses("eth0", 6) if re.match(r"2001:db8:157::1[0-9a-f]{3}$", x)], 4)
    assert world.router.ping(mine[0], count=2) == 2


def test_rule_20_rule_21_mdns_works_both_ways(world):
    """The network answers a guest's query, and a guest the network's, over IPv4 and IPv6."""
    ensure_addresses(world)
    for family in (socket.AF_INET, socket.AF_INET6):
        with services.MdnsResponder(world.router, "lan0", "printer.local", ROUTER4, family):
            for guest in world.guests:
                assert services.mdns_query(guest, "eth0", "printer.local", family) == ROUTER4, f"guest {guest.name}"
        with services.MdnsResponder(world.guest_c, "eth0", "c.local", "192.0.2.3", family):
            assert services.mdns_query(world.router, "lan0", "c.local", family) == "192.0.2.3"
            assert services.mdns_query(world.guest_a, "eth0", "c.local", family) == "192.0.2.3", "query from another guest"
            assert services.mdns_query(world.host, "wlan0", "c.local", family) == "192.0.2.3", "query from the host"


def test_rule_20_avahi_answers_a_guest(world):
    """avahi-daemon on the router answers a guest's query."""
    ensure_addresses(world)
    conf = world.lab.file("avahi.conf")
    with open(conf, "w") as file:
        file.write("[server]\nhost-name=lab-printer\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lan0\nenable-dbus=no\n"
                   "[publish]\npublish-addresses=yes\npublish-workstation=no\n")
    avahi = world.router.start(["avahi-daemon", "-f", conf, "--no-drop-root", "--no-chroot", "--no-rlimits"], log=world.lab.file("avahi.log"), private=("/run",))
    try:
        got = services.mdns_query(world.guest_b, "eth0", "lab-printer.local", timeout=10)
        assert got == ROUTER4
    finally:
        world.router.stop(avahi)


def test_concurrent_downloads_are_intact(world):
    """All guests download over IPv4 and IPv6 at the same time."""
    ensure_addresses(world)
    download = services.Download(world.lab.inet)
    try:
        jobs = [(g.name, x, Background(services.fetch, g, x, 16 << 20)) for g in world.guests for x in (INET4, INET6)]
        for name, address, job in jobs:
            result = job.result(30)
            assert result.intact, f"guest {name} from {address}: {result}"
    finally:
        download.close()
