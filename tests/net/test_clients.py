# SPDX-License-Identifier: GPL-2.0-or-later
"""Real DHCP clients, servers and router advertisers, end to end (rules 6, 11, 13, 14, 15, 16, 20)."""

import os
import re
import signal
import socket
import time

import pytest

from lab import services
from lab.netns import run
from lab.services import Background
from lab.topology import GUEST4, INET4, INET6, ROUTER4, ROUTER6, W
from world import World, wait_for

SERVERS = {"dnsmasq": {"static": False}, "isc-dhcpd and radvd": {"static": False, "dhcp": "isc", "ra": "radvd"},
           "access point with directed multicast": {"static": False, "port": {"dms": True}}}


@pytest.fixture(scope="module", params=SERVERS, ids=["dnsmasq", "isc_radvd", "dms"])
def served(request, vifi_program):
    with World(**SERVERS[request.param]) as w:
        w.ips = {}
        yield w
        verdict = w.verdict()
        assert verdict.clean, str(verdict)


def fresh(world, node):
    run(["ip", "-4", "-n", node.ns, "addr", "flush", "dev", "eth0"])
    return node


def equip(world):
    """Every guest has addresses from the servers, whichever tests ran before."""
    for g in world.guests:
        if not any("ff:fe" in x and x.startswith("2001:") for x in g.addresses("eth0", 6)):
            g.ip("link set eth0 down", "addr flush dev eth0", "link set eth0 up")
        if not g.query("-4 route show default"):  # a link that was down has lost it
            services.udhcpc(world.lab, fresh(world, g))
        services.slaac(g, 15)


def test_rule_13_rule_14_all_clients_get_leases(served):
    """udhcpc in a, dhclient in b, dhcpcd in c, at the same time; then each reaches the internet host."""
    w = served
    jobs = [Background(client, w.lab, fresh(w, g)) for g, client in zip(w.guests, services.CLIENTS.values())]
    for g, job in zip(w.guests, jobs):
        w.ips[g.name] = job.result(30)
    assert w.ips["a"] == GUEST4, "the reservation goes by chaddr"
    assert len(set(w.ips.values())) == 3
    for g in w.guests:
        assert g.ping(INET4, count=2) == 2
    assert w.router.neighbours("lan0")[GUEST4] == W


def test_rule_11_no_client_declined(served):
    """dhcpcd probes its offer by ARP (RFC 5227); an answer on its behalf would have made it decline."""
    daemon = served.lab.services.get("dnsmasq" if "dhcpd" not in served.lab.services else "dhcpd")
    assert "DECLINE" not in daemon.said()


def test_rule_17_slaac_from_real_advertisements(served):
    for g in served.guests:
        g.ip("link set eth0 down", "link set eth0 up")  # a router solicitation each
    for g in served.guests:
        services.slaac(g, 15)
        assert g.ping(INET6, count=2) == 2, f"guest {g.name}"


def test_rule_17_rdisc6_hears_the_router(served):
    out = served.b.run("rdisc6 -1 -r 3 -w 2000 eth0").stdout
    assert "2001:db8:157::/64" in out and re.search(r"link-layer address\s*: 00:60:DD:00:00:20", out, re.I), out


def test_rule_13_renewal_by_unicast(served):
    """udhcpc renews by a unicast request (ciaddr set), which the server answers to the address."""
    w, a = served, served.a
    log = w.lab.file("udhcpc.log")
    p = a.start(["udhcpc", "-i", "eth0", "-f", "-t", "5", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh"], log=log)
    said = lambda: open(log, errors="replace").read()  # noqa: E731
    try:
        wait_for("udhcpc in the foreground is bound", lambda: "lease of" in said(), 8)
        tap = w.lab.tap(a, "eth0", "in", "udp port 68")
        os.kill(p.pid, signal.SIGUSR1)
        time.sleep(1.2)
        rows = tap.rows("dhcp.option.dhcp == 5", "ip.dst", "eth.dst", "dhcp.flags")
        assert rows, f"no ACK for the renewal:\n{said()}"
        assert rows[0][1] in (a.hw, "ff:ff:ff:ff:ff:ff")
    finally:
        a.stop(p)


def test_rule_14_release_by_real_client(served):
    """udhcpc -R: released at its end, and the binding goes with it."""
    w, a = served, served.a
    address = services.udhcpc(w.lab, fresh(w, a))
    assert address in {b["address"] for b in w.vifi.bindings()}
    log = w.lab.file("udhcpc.log")
    p = a.start(["udhcpc", "-i", "eth0", "-f", "-R", "-t", "5", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh"], log=log)
    wait_for("udhcpc is bound", lambda: "lease of" in open(log, errors="replace").read(), 8)
    a.stop(p)
    wait_for("the binding goes with the lease", lambda: address not in {b["address"] for b in w.vifi.bindings()}, 3)
    services.udhcpc(w.lab, fresh(w, a))


def test_rule_15_dhcpv6_lease(served):
    w, b = served, served.b
    equip(w)
    with open(w.lab.file("dhclient6.conf"), "w") as f:
        f.write("timeout 10;\n")
    wait_for("guest b has a link-local address", lambda: b.addresses("eth0", 6, "link"), 5)
    b.run(["dhclient", "-6", "-1", "-v", "-lf", w.lab.file("dhclient6.leases"), "-pf", w.lab.file("dhclient6.pid"), "-sf",
           f"{services.HERE}/dhclient.sh", "eth0"], timeout=25)
    mine = wait_for("the leased address is usable",
                    lambda: [x for x in b.addresses("eth0", 6) if re.match(r"2001:db8:157::1[0-9a-f]{3}$", x)], 4)
    assert w.router.ping(mine[0], count=2) == 2


def test_rule_20_rule_21_mdns_both_ways(served):
    """A guest's query is answered from the network, the network's by a guest; IPv4 and IPv6."""
    w = served
    equip(w)
    for family in (socket.AF_INET, socket.AF_INET6):
        with services.MdnsResponder(w.router, "lan0", "printer.local", ROUTER4, family):
            for g in w.guests:
                assert services.mdns_query(g, "eth0", "printer.local", family) == ROUTER4, f"guest {g.name}"
        with services.MdnsResponder(w.c, "eth0", "c.local", "192.0.2.3", family):
            assert services.mdns_query(w.router, "lan0", "c.local", family) == "192.0.2.3"
            assert services.mdns_query(w.a, "eth0", "c.local", family) == "192.0.2.3", "siblings"
            assert services.mdns_query(w.host, "wlan0", "c.local", family) == "192.0.2.3", "the host"


def test_rule_20_avahi(served):
    """avahi-daemon on the router, asked by a guest."""
    w = served
    equip(w)
    conf = w.lab.file("avahi.conf")
    with open(conf, "w") as f:
        f.write("[server]\nhost-name=lab-printer\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lan0\nenable-dbus=no\n"
                "[publish]\npublish-addresses=yes\npublish-workstation=no\n")
    p = w.router.start(["avahi-daemon", "-f", conf, "--no-drop-root", "--no-chroot", "--no-rlimits"], log=w.lab.file("avahi.log"), private=("/run",))
    try:
        got = services.mdns_query(w.b, "eth0", "lab-printer.local", timeout=10)
        assert got == ROUTER4
    finally:
        w.router.stop(p)


def test_every_byte_of_a_download(served):
    """Each guest by IPv4 and IPv6, all at once."""
    w = served
    equip(w)
    d = services.Download(w.lab.inet)
    try:
        jobs = [(g.name, x, Background(services.fetch, g, x, 16 << 20)) for g in w.guests for x in (INET4, INET6)]
        for name, address, job in jobs:
            r = job.result(30)
            assert r.intact, f"guest {name} from {address}: {r}"
    finally:
        d.close()
