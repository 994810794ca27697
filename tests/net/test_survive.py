# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9, restart, stop, down: what keeps going, and what is left behind."""

import os
import re
import time

import pytest


from lab import Lab, Vifi, services

from lab.services import Background
from lab.topology import INET4, INET6
from lab.vifi import program
from world import HOST4, HOST6, ROUTER4, World, wait_for

ENGINES = ["tcx", "clsact", "user"]


def trace(lab):
    """All that `ip`, `tc`, bpffs and nft show of the host, without counters and what ages."""
    host = lab.host
    links = host.query("-d -o link show")
    devices = [line.split(":")[1].split("@")[0].strip() for line in links.splitlines()]
    parts = [links, host.query("addr show"), host.query("-4 route show table all"), host.query("rule show")]
    parts += [host.run(["tc", "qdisc", "show"]).stdout, host.run("bridge fdb show").stdout.replace(" offload", "")]
    parts += [host.run(["tc", "filter", "show", "dev", d, way]).stdout for d in devices for way in ("ingress", "egress")]
    parts += [host.run(["bpftool", "net", "show"]).stdout, "\n".join(sorted(os.listdir("/sys/fs/bpf")))]
    parts += [host.run("nft list ruleset").stdout, host.run("sysctl -a --pattern net.ipv[46].conf.(wlan0|br0)").stdout]
    parts.append(host.query("maddr show dev wlan0"))
    text = re.sub(r"\w+_timer +[\d.]+ |(expires|valid_lft|preferred_lft) \w+", "", "\n".join(parts))
    return text.splitlines()


def settled(lab):
    """The same twice in a row: addresses are past duplicate detection, the bridge has learned its neighbours."""
    last = None

    def same():
        nonlocal last
        now = trace(lab)
        same_now, last = now == last and not any("tentative" in line for line in now), now
        return same_now
    wait_for("the host is quiet", same, 10, step=0.25)
    return last


def difference(before, after):
    return "\n".join([f"- {x}" for x in before if x not in after] + [f"+ {x}" for x in after if x not in before])


@pytest.mark.parametrize("engine, end", [(e, end) for e in ENGINES for end in ("stop", "kill and down")] + [("tcx", "stop and down")])
def test_no_trace_is_left(vifi_program, engine, end):
    """Stopping puts back what was changed; after kill -9, `down` does."""
    with Lab(guests=1) as lab:
        lab.static(lab.guest("a"), 41)
        lab.guest("a").ping(HOST4)
        before = settled(lab)
        vifi = Vifi(lab, options=["--engine", engine])
        assert trace(lab) != before, "vifi shows nowhere: this test sees nothing"
        wait_for("guest a reaches the router", lambda: lab.guest("a").ping(ROUTER4), 8)
        if end == "kill and down":
            vifi.kill()
        else:
            assert vifi.stop() == 0
        if "down" in end:
            vifi.down(check=False)
        after = settled(lab)
        assert after == before, difference(before, after)


def test_bridge_and_veth_are_made_and_removed(vifi_program):
    """br0 is missing: up makes it; a guest plugs in; after down and the guest's leaving, nothing stays."""
    with Lab(guests=0, bridge=False) as lab:
        before = settled(lab)
        vifi = Vifi(lab)
        assert "br0" in lab.host.query("link show type bridge")
        assert vifi.stop() == 0
        assert settled(lab) == before, difference(before, settled(lab))
        vifi = Vifi(lab)
        vifi.kill()
        assert vifi.down().returncode == 0
        assert settled(lab) == before, difference(before, settled(lab))


def test_down_when_nothing_runs_says_so(vifi_program):
    with Lab(guests=0) as lab:
        r = lab.host.run([program(), "bridge", "down", "wlan0"], check=False)
        assert r.returncode == 4 and len(r.stderr.strip().splitlines()) == 1, r


@pytest.mark.parametrize("engine", ["tcx", "clsact"])
def test_kill_under_a_download_restart_adopts(vifi_program, engine):
    """kill -9 under a running download: no stall. A guest that appears while vifi is dead is learned and served. The restart
    adopts what it finds: no lost byte, no new ARP storm."""
    with World(vifi=["--engine", engine], guests=3) as w:
        lab, c = w.lab, w.c
        lab.services["download"] = services.Download(lab.inet)
        for g in (w.a, w.b):
            wait_for("guests have their IPv6 route", lambda g=g: g.ping(INET6), 10)
        jobs = [Background(services.fetch, w.a, INET4, 40 << 20, 8 << 20), Background(services.fetch, w.b, INET6, 40 << 20, 8 << 20)]
        time.sleep(1)
        w.vifi.kill()
        killed = time.monotonic()
        time.sleep(0.5)
        late = lab.add_guest(5, "late")
        a4, _ = lab.static(late, 77)
        wait_for("a guest that appears while vifi is dead", lambda: late.ping(ROUTER4), 3)
        assert w.router.ping(a4) == 1
        assert services.udhcpc(lab, late, 10)
        assert w.lab.port.foreign() == 0
        known = {b["address"] for b in w.vifi.bindings()}
        assert a4 in known
        tap = w.lab.tap(w.router, "lan0", "in", "arp or icmp6")
        dead = time.monotonic() - killed
        w.vifi.start()
        assert known <= {b["address"] for b in w.vifi.bindings()}, "bindings were lost"
        for g, job in zip((w.a, w.b), jobs):
            r = job.result(40)
            assert r.intact, f"guest {g.name}: {r}"
            assert r.longest_gap < dead, f"guest {g.name} stood still while vifi was dead, {dead:.2f} s: {r}"
        frames = tap.rows("arp.opcode == 1 || icmpv6.type == 135 || icmpv6.type == 136", "frame.time_relative")
        assert len(frames) < 40, f"{len(frames)} ARP and ND frames after the restart"
        assert c.ping(ROUTER4, timeout=2) == 1
        verdict = w.verdict()
        assert verdict.clean, str(verdict)


@pytest.mark.parametrize("engine", ["tcx", "clsact"])
def test_stop_and_start_loses_little(vifi_program, engine):
    """A clean restart (an upgrade) under a download: the connection lives, no byte is lost, no guest has to speak first."""
    with World(vifi=["--engine", engine], judge=False) as w:
        w.lab.services["download"] = services.Download(w.lab.inet)
        job = Background(services.fetch, w.a, INET4, 32 << 20, 8 << 20)
        time.sleep(1)
        assert w.vifi.stop() == 0
        w.vifi.start()
        for g in w.guests:
            assert w.reaches(g, ip4=g.ip4) and w.reaches(g, ip6=g.ip6), f"guest {g.name}"
        r = job.result(40)
        assert r.intact, str(r)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_serves_guests(vifi_program, engine):
    """The same in short for each way into the kernel, and for the engine in user space: lease, ping, download, and nothing foreign."""
    with World(vifi=["--engine", engine], static=False) as w:
        assert w.vifi.show()["engine"] == engine
        for g, client in zip(w.guests, (services.udhcpc, services.dhclient, services.udhcpc)):
            g.ip4 = client(w.lab, g)
            g.ip6 = services.slaac(g, 15)
        d = services.Download(w.lab.inet)
        try:
            for g in w.guests:
                assert g.ping(INET4, count=2) == 2 and g.ping(INET6, count=2) == 2
                assert g.ping(HOST4, count=2) == 2 and g.ping(HOST6, count=2) == 2
                assert w.router.ping(g.ip4) == 1 and w.router.ping(g.ip6) == 1
                assert w.host.ping(g.ip4) == 1 and w.host.ping(g.ip6) == 1
                for address in (INET4, INET6):
                    r = services.fetch(g, address, 8 << 20)
                    assert r.intact, str(r)
            assert w.a.ping(w.b.ip4) == 1 and w.b.ping(w.c.ip6) == 1
        finally:
            d.close()
        up = services.Download(w.a, 8020)
        try:
            r = services.fetch(w.lab.inet, w.a.ip4, 8 << 20, port=8020)
            assert r.intact, f"from the guest: {r}"
        finally:
            up.close()
        assert w.lab.port.foreign() == 0
        verdict = w.verdict()
        assert verdict.clean, str(verdict)


def test_second_up_is_refused_and_changes_nothing(world):
    before = settled(world.lab)
    r = world.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=8)
    assert r.returncode == 4 and len(r.stderr.strip().splitlines()) == 1, r
    assert "wlan0" in r.stderr
    assert settled(world.lab) == before
    assert world.a.ping(ROUTER4) == 1


def test_up_finishes_what_a_killed_one_began(vifi_program):
    """kill -9 at any moment of `up`: a later `up` works, a later `down` leaves no trace."""
    with Lab(guests=1) as lab:
        a = lab.guest("a")
        lab.static(a, 41)
        before = settled(lab)
        for delay in (0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.012, 0.015, 0.02, 0.05, 0.1, 0.4, 0.7, 1.0):
            vifi = Vifi(lab, wait=False)
            time.sleep(delay)
            vifi.kill()
            if delay > 0.01:  # a longer one once more with `down`, the shorter ones are left to the next `up`
                vifi.down(check=False)
        vifi = Vifi(lab)
        wait_for("guest a reaches the router", lambda: a.ping(ROUTER4), 5)
        assert vifi.stop() == 0
        after = settled(lab)
        assert after == before, difference(before, after)
        assert lab.port.foreign() == 0
