# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit vifi-bridge@ under a booted systemd (tests/lab/booted.py): boot, late card, reload, restart, crash, stop.

The unit is enabled, so that each test begins with a boot, as after a reboot: neither /run nor the kernel has anything.
"""

import re
import time

from lab.booted import Booted, missing_features
from lab.unavailable import unavailable
from service_world import Pings, plug, programs, serves, unplug
from tcx import INGRESS
from world import HOST4, ROUTER4, World, wait_for

UNIT = "vifi-bridge@home"
FILE = "/etc/vifi/home.conf"
CONF = "[bridge]\nuplink = wlan0\nbridge = br0\n"


class Service(World):
    """A lab whose host has booted systemd, with the unit enabled."""

    def __init__(self, late=False, conf=CONF, **options):
        super().__init__(start=False, capture=False, **options)
        self.late, self.conf = late, conf

    def __enter__(self):
        missing = missing_features()
        if missing:
            unavailable(missing)
        super().__enter__()
        try:
            if self.late:
                unplug(self)
            self.system = self.lab.services["systemd"] = Booted(self.lab, self.host, {FILE: self.conf}, [UNIT])
            assert self.state() == "active", self.system.run("journalctl", "--no-pager", "-n", "60").stdout
            if not self.late:
                serves(self)
        except BaseException:
            self.__exit__()
            raise
        return self

    def state(self):
        return self.system.systemctl("is-active", UNIT, check=False).stdout.strip()

    def status_text(self):
        return self.system.systemctl("show", "-P", "StatusText", UNIT).stdout.strip()

    def main_pid(self):
        return int(self.system.systemctl("show", "-P", "MainPID", UNIT).stdout)

    def journal(self, *options):
        return self.system.journal(UNIT, *options)

    def is_clean(self):
        links = self.host.query("link show")
        return "vifi0" not in links and not programs(self.host, "wlan0", INGRESS) and not programs(self.host, "vif-a", INGRESS)


def test_service_starts_and_says_what_it_does(vifi_program):
    with Service() as world:
        assert world.state() == "active"
        wait_for("the guests are counted", lambda: world.status_text() == "3 guests of br0 on wlan0 (tcx)", 15)
        status = world.system.systemctl("status", "--no-pager", UNIT).stdout
        assert '3 guests of br0 on wlan0 (tcx)' in status and "guest 00:60:00:00:00:01 on vif-a uses 192.168.157.41" in status, status
        assert "not fully confined" not in world.journal()


def test_late_card_does_not_delay_the_boot(vifi_program):
    with Service(late=True) as world:
        assert world.state() == "active" and world.status_text() == "waiting for the interface wlan0"
        pid = world.main_pid()
        plug(world)
        serves(world)
        assert world.main_pid() == pid
        wait_for("nothing waits any more", lambda: "waiting" not in world.status_text(), 10)
        unplug(world)
        wait_for("the loss is reported", lambda: world.status_text() == "wlan0 is gone; waiting for it", 10)
        plug(world)
        serves(world)
        assert world.main_pid() == pid and world.state() == "active"


def test_restart_loses_nothing(vifi_program):
    with Service() as world:
        with Pings(world.guest_a, ROUTER4) as out, Pings(world.router, world.guest_b.ip4) as inward, Pings(world.guest_c, HOST4) as host:
            pid = world.main_pid()
            for _ in range(3):
                world.system.systemctl("restart", UNIT)
                assert world.main_pid() not in (0, pid)
                pid = world.main_pid()
                time.sleep(1)  # a restart is faster than two pings
        print(f"systemctl restart, three times: lost {out.lost}, {inward.lost}, {host.lost} of {out.sent}, {inward.sent}, {host.sent} pings")
        assert out.sent > 10 and out.lost == inward.lost == host.lost == 0
        assert world.lab.port.foreign() == 0
        assert "revert" not in world.journal()


def test_try_restart_keeps_and_stop_reverts(vifi_program):
    """What a package upgrade does (try-restart), then a stop."""
    with Service() as world:
        with Pings(world.guest_a, ROUTER4) as out:
            world.system.systemctl("try-restart", UNIT)
        assert out.lost == 0
        world.system.systemctl("stop", UNIT)
        assert world.state() == "inactive" and world.is_clean(), world.journal()
        world.system.systemctl("start", UNIT)
        serves(world)


def test_down_stops_the_service(vifi_program):
    with Service() as world:
        world.system.run("vifi", "bridge", "down", "wlan0")
        wait_for("the service is inactive", lambda: world.state() == "inactive", 10)
        assert world.is_clean()


def test_crash_is_restarted_without_a_loss(vifi_program):
    with Service() as world:
        pid = world.main_pid()
        with Pings(world.guest_a, ROUTER4) as out:
            world.system.systemctl("kill", "--kill-whom=main", "-s", "KILL", UNIT)
            wait_for("systemd has restarted it", lambda: world.main_pid() not in (0, pid) and world.state() == "active", 20)
        assert out.lost == 0 and world.lab.port.foreign() == 0


def test_sigterm_by_hand_keeps_the_data_path(vifi_program):
    """No stop of systemd: the next start takes over."""
    with Service() as world:
        with Pings(world.guest_a, ROUTER4) as out:
            world.system.systemctl("kill", "-s", "TERM", "--kill-whom=main", UNIT)
            wait_for("the service has ended", lambda: world.state() == "inactive", 10)
            world.system.systemctl("start", UNIT)
        assert out.lost == 0 and "taken over" in world.journal()


def test_reload_applies_the_file_or_says_why_not(vifi_program):
    with Service() as world:
        pid = world.main_pid()
        world.system.write(FILE, CONF + "pin = 00:60:00:00:00:02 192.168.157.77\n")
        world.system.systemctl("reload", UNIT)
        assert "applied the changed configuration: pin" in world.journal()
        assert "192.168.157.77" in world.system.run("vifi", "bridge", "show", "-j", "wlan0").stdout

        for text, reason in ((CONF + "pin = nonsense\n", "home.conf:4: "), (CONF.replace("br0", "br7"), "`bridge` cannot change"),
                             (CONF.replace("wlan0", "wlan7"), "no vifi process serves wlan7")):
            world.system.write(FILE, text)
            result = world.system.systemctl("reload", UNIT, check=False)
            assert result.returncode != 0
            assert reason in world.journal(), world.journal()
            assert world.state() == "active" and world.main_pid() == pid
            assert "192.168.157.77" in world.system.run("vifi", "bridge", "show", "-j", "wlan0").stdout
        assert world.guest_a.ping(ROUTER4) == 1

        # A restart applies what a reload cannot.
        world.system.write(FILE, CONF.replace("br0", "br7"))
        world.system.systemctl("restart", UNIT)
        assert "br7" in world.host.query("link show type bridge")


def test_journal_has_priorities(vifi_program):
    with Service() as world:
        assert "guest 00:60:00:00:00:01 on vif-a uses 192.168.157.41" in world.journal("-p", "info")
        world.guest_a.ip("addr add 192.168.157.21/24 dev eth0")  # the host's address
        world.guest_a.run(["arping", "-c", "2", "-A", "-I", "eth0", HOST4], check=False, timeout=10)
        wait_for("the refusal is a warning", lambda: re.search(r"^guest 00:60:00:00:00:01 on vif-a was refused 192.168.157.21",
                                                              world.journal("-p", "warning"), re.M), 5)
        assert not re.search(r"^(vifi: |<\d>)", world.journal(), re.M)
        assert "uses" not in world.journal("-p", "warning")
