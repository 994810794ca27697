# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9, restart, stop and down: continuity of traffic, and leftovers."""

import os
import re
import time

import pytest


from lab import Lab, Vifi, services

from lab.services import Background
from lab.netns import inside
from lab.topology import INET4, INET6, ROUTER_MAC
from lab.vifi import program
from tcx import EGRESS, INGRESS, ReservedPlace, attached
from world import HOST4, HOST6, ROUTER4, World, wait_for

ENGINES = ["tcx", "clsact", "user"]


def host_state(lab):
    """The host's state from `ip`, `tc`, bpffs and nft, without counters and timers."""
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
    """Waits until two successive traces are equal, after duplicate address detection and bridge learning."""
    last = None

    def same():
        nonlocal last
        now = host_state(lab)
        same_now, last = now == last and not any("tentative" in line for line in now), now
        return same_now
    wait_for("the host's state is stable", same, 10, step=0.25)
    return last


def difference(before, after):
    return "\n".join([f"- {x}" for x in before if x not in after] + [f"+ {x}" for x in after if x not in before])


@pytest.mark.parametrize("engine, end", [(e, end) for e in ENGINES for end in ("stop", "kill and down")] + [("tcx", "stop and down")])
def test_no_trace_is_left(vifi_program, engine, end):
    """A stop restores the host's state; after kill -9, `down` does."""
    with Lab(guests=1) as lab:
        lab.static(lab.guest("a"), 41)
        lab.guest("a").ping(HOST4)
        before = settled(lab)
        vifi = Vifi(lab, options=["--engine", engine])
        assert host_state(lab) != before, "the trace does not show vifi, so this test would detect nothing"
        wait_for("guest a reaches the router", lambda: lab.guest("a").ping(ROUTER4), 8)
        if end == "kill and down":
            vifi.kill()
        else:
            assert vifi.stop() == 0
        if "down" in end:
            vifi.down(check=False)
        after = settled(lab)
        assert after == before, difference(before, after)


@pytest.mark.parametrize("end", ["stop", "down"])
def test_reserved_places_of_a_killed_vifi(vifi_program, end):
    """The next `up` takes over the empty programs that hold the places of others, and `down` removes them."""
    with Lab(guests=1) as lab:
        lab.static(lab.guest("a"), 41)
        lab.guest("a").ping(HOST4)
        before = settled(lab)
        index = lab.host.index("wlan0")
        with inside(lab.host.ns):
            for hook in (INGRESS, EGRESS):
                os.close(ReservedPlace(index, hook).fd)
            left = [attached(index, hook) for hook in (INGRESS, EGRESS)]
            assert [len(ids) for ids in left] == [1, 1]
        checked = lab.host.run([program(), "bridge", "check", "--all", "wlan0", "br0"], check=False).stdout
        assert checked and "vifi_reserved" not in checked, checked
        if end == "stop":
            vifi = Vifi(lab)
            wait_for("guest a reaches the router", lambda: lab.guest("a").ping(ROUTER4), 8)
            with inside(lab.host.ns):
                now = [attached(index, hook) for hook in (INGRESS, EGRESS)]
            assert [len(ids) for ids in now] == [1, 1] and not set(now[0] + now[1]) & set(left[0] + left[1])
            assert vifi.stop() == 0
        else:
            lab.host.run([program(), "bridge", "down", "wlan0"], check=False)
        with inside(lab.host.ns):
            assert [attached(index, hook) for hook in (INGRESS, EGRESS)] == [[], []]
        after = settled(lab)
        assert after == before, difference(before, after)


def test_bridge_and_veth_are_created_and_removed(vifi_program):
    """`up` creates a missing br0, and a stop or `down` removes it with the veth pair."""
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


def test_down_without_a_running_bridge_is_reported(vifi_program):
    with Lab(guests=0) as lab:
        result = lab.host.run([program(), "bridge", "down", "wlan0"], check=False)
        assert result.returncode == 4 and len(result.stderr.strip().splitlines()) == 1, result


@pytest.mark.parametrize("engine", ["tcx", "clsact"])
def test_restart_after_kill_adopts_the_kernel_part(vifi_program, engine):
    """kill -9 does not stall running downloads, and a new guest is learned without the process.  The restart adopts the
    kernel part without a lost byte or a burst of ARP frames."""
    with World(vifi=["--engine", engine], guests=3) as world:
        lab, guest_c = world.lab, world.guest_c
        lab.services["download"] = services.Download(lab.inet)
        for guest in (world.guest_a, world.guest_b):
            wait_for(f"guest {guest.name} has its IPv6 route", lambda guest=guest: guest.ping(INET6), 10)
        jobs = [Background(services.fetch, world.guest_a, INET4, 40 << 20, 8 << 20), Background(services.fetch, world.guest_b, INET6, 40 << 20, 8 << 20)]
        time.sleep(1)
        world.vifi.kill()
        killed = time.monotonic()
        time.sleep(0.5)
        late = lab.add_guest(5, "late")
        a4, _ = lab.static(late, 77)
        wait_for("a ping from a guest added while vifi is dead", lambda: late.ping(ROUTER4), 3)
        assert world.router.ping(a4) == 1
        assert services.udhcpc(lab, late, 10)
        assert world.lab.port.foreign() == 0
        # A bridge takes the lowest MAC address of its ports, so that its own may have changed.
        known = {b["address"] for b in world.vifi.bindings() if "conf" not in b["flags"]}
        assert a4 in known
        tap = world.lab.tap(world.router, "lan0", "in", "arp or icmp6")
        dead = time.monotonic() - killed
        world.vifi.start()
        lost = known - {b["address"] for b in world.vifi.bindings()}
        assert not lost, f"bindings were lost: {lost}"
        for guest, job in zip((world.guest_a, world.guest_b), jobs):
            result = job.result(40)
            assert result.intact, f"guest {guest.name}: {result}"
            assert result.longest_gap < dead, f"guest {guest.name} stalled for the {dead:.2f} s without vifi: {result}"
        frames = tap.rows("arp.opcode == 1 || icmpv6.type == 135 || icmpv6.type == 136", "frame.time_relative")
        assert len(frames) < 40, f"{len(frames)} ARP and ND frames after the restart"
        assert guest_c.ping(ROUTER4, timeout=2) == 1
        verdict = world.verdict()
        assert verdict.clean, str(verdict)


@pytest.mark.parametrize("engine", ["tcx", "clsact"])
def test_clean_restart_keeps_a_download(vifi_program, engine):
    """A clean restart, as in an upgrade, keeps a running download, loses no byte and keeps the bindings of silent guests."""
    with World(vifi=["--engine", engine], capture=False) as world:
        world.lab.services["download"] = services.Download(world.lab.inet)
        job = Background(services.fetch, world.guest_a, INET4, 32 << 20, 8 << 20)
        time.sleep(1)
        assert world.vifi.stop() == 0
        world.vifi.start()
        for guest in world.guests:
            assert world.reaches(guest, ip4=guest.ip4) and world.reaches(guest, ip6=guest.ip6), f"guest {guest.name}"
        result = job.result(40)
        assert result.intact, str(result)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_serves_guests(vifi_program, engine):
    """Each engine, in the kernel and in user space: leases, pings, downloads, and no foreign frames."""
    with World(vifi=["--engine", engine], static=False) as world:
        assert world.vifi.show()["engine"] == engine
        for guest, client in zip(world.guests, (services.udhcpc, services.dhclient, services.udhcpc)):
            guest.ip4 = client(world.lab, guest)
            guest.ip6 = services.slaac(guest, 15)
        download = services.Download(world.lab.inet)
        try:
            for guest in world.guests:
                assert guest.ping(INET4, count=2) == 2 and guest.ping(INET6, count=2) == 2
                assert guest.ping(HOST4, count=2) == 2 and guest.ping(HOST6, count=2) == 2
                assert world.router.ping(guest.ip4) == 1 and world.router.ping(guest.ip6) == 1
                assert world.host.ping(guest.ip4) == 1 and world.host.ping(guest.ip6) == 1
                for address in (INET4, INET6):
                    result = services.fetch(guest, address, 8 << 20)
                    assert result.intact, str(result)
            assert world.guest_a.ping(world.guest_b.ip4) == 1 and world.guest_b.ping(world.guest_c.ip6) == 1
        finally:
            download.close()
        upload = services.Download(world.guest_a, 8020)
        try:
            result = services.fetch(world.lab.inet, world.guest_a.ip4, 8 << 20, port=8020)
            assert result.intact, f"from the guest: {result}"
        finally:
            upload.close()
        assert world.lab.port.foreign() == 0
        verdict = world.verdict()
        assert verdict.clean, str(verdict)


def test_second_up_changes_nothing(world):
    wait_for("the running vifi keeps the router at the uplink's port", lambda: f"{ROUTER_MAC} dev vifi0p sticky" in world.host.run("bridge fdb show").stdout, 20)
    before = settled(world.lab)
    result = world.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=8)
    assert result.returncode == 4 and len(result.stderr.strip().splitlines()) == 1, result
    assert "wlan0" in result.stderr
    assert settled(world.lab) == before
    assert world.guest_a.ping(ROUTER4) == 1


def test_up_recovers_from_a_killed_up(vifi_program):
    """After kill -9 at any moment of `up`, another `up` works, and a later `down` leaves no trace."""
    with Lab(guests=1) as lab:
        guest_a = lab.guest("a")
        lab.static(guest_a, 41)
        before = settled(lab)
        for delay in (0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.012, 0.015, 0.02, 0.05, 0.1, 0.4, 0.7, 1.0):
            vifi = Vifi(lab, wait=False)
            time.sleep(delay)
            vifi.kill()
            if delay > 0.01:  # `down` cleans up after longer delays, the next `up` after shorter ones
                vifi.down(check=False)
        vifi = Vifi(lab)
        wait_for("guest a reaches the router", lambda: guest_a.ping(ROUTER4), 5)
        assert vifi.stop() == 0
        after = settled(lab)
        assert after == before, difference(before, after)
        assert lab.port.foreign() == 0
