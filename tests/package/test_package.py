# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: it builds, its unit tests pass, lintian finds nothing; a machine installs, upgrades and purges it.

The machine is a small system of its own, which systemd boots in the lab:

   router ═══ ap, strict port ═══ wlan0 ┐ host: Debian with the package ┌ br0 ═══ guest
"""
import re

from lab.netns import wait_for
from system import SOURCE
from lab.topology import ROUTER4, UPLINK_MAC

UNITS = ["vifi-air.service", "vifi-ap@.service", "vifi-bridge@.service", "vifi-sta@.service"]
START = "printf '[bridge]\\nuplink = wlan0\\nbridge = br0\\n' >/etc/vifi/wlan0.conf && systemctl enable --now vifi-bridge@wlan0"
# By this file `vifi setup` knows QEMU.
QEMU = re.search(r'SETUP_QEMU, "(.+?)"', (SOURCE / "src/setup/facts.c").read_text()).group(1)
MAIN_PID = "systemctl show --value --property MainPID vifi-bridge@wlan0"


def test_package_builds_without_warning_and_its_unit_tests_pass(built):
    folder, output = built
    assert list(folder.glob("vifi_*.deb")), output[-3000:]
    passed, failed = (int(re.search(rf"^{word}: +(\d+)", output, re.M).group(1)) for word in ("Ok", "Fail"))
    assert passed > 100 and failed == 0
    assert not re.search("^[EW]: vifi", output, re.M), "lintian complains"


def test_installed_package_is_complete_and_starts_nothing(system, package):
    output = system.install(package)
    assert "warning" not in output.lower(), output
    version = system.run("dpkg-query -W -f '${Version}' vifi")
    assert system.run("vifi --version") == f"vifi {version.rsplit('~deb', 1)[0]}\n"
    assert system.run("stat -c '%U %a' /run/vifi").split() == ["vifi", "700"]
    assert system.run("stat -c '%U %a' /etc/vifi/sta").split() == ["root", "700"]
    for page in ("vifi", "vifi-air", "vifi-ap", "vifi-bridge", "vifi-decrypt", "vifi-doctor", "vifi-metrics", "vifi-sta", "vifi-why"):
        assert system.run(f"dpkg -L vifi | grep -c '/{page}[.]8[.]gz$'").strip() == "1"
    for document in ("README", *(path.stem for path in (SOURCE / "doc").glob("*.md"))):
        assert system.run(f"dpkg -L vifi | grep -Ec '^/usr/share/doc/vifi/{document}[.]md([.]gz)?$'").strip() == "1", document
    assert system.run("systemctl list-units --plain --no-legend 'vifi*.service'") == ""
    assert sorted(line.split()[:2] for line in system.run("systemctl list-unit-files --no-legend 'vifi*.service'").splitlines()) == [
        [unit, "disabled"] for unit in UNITS]


def test_systemd_accepts_the_installed_units(system, package):
    system.install(package)
    for unit in UNITS:
        name = unit.replace("@.", "@wlan0.")
        output = system.run(f"systemd-analyze verify --man=no --recursive-errors=no {name} 2>&1", check=False)
        assert "vifi" not in output, output


def serve(lab, system):
    """The bridge runs as the unit, and the guest has reached the router."""
    lab.static(lab.guests[0], 41)
    system.run(f"{START} || {{ journalctl --no-pager -n 30 -u vifi-bridge@wlan0; exit 1; }}")
    wait_for("the guest reaches the router", lambda: lab.guests[0].ping(ROUTER4), 30)


def test_upgrade_under_traffic_loses_no_packet(lab, system, package, newer):
    system.install(package)
    serve(lab, system)
    before = system.run(MAIN_PID)
    log = lab.file("ping.log")
    ping = lab.guests[0].start(["ping", "-n", "-i", "0.01", "-w", "600", ROUTER4], log=log)

    def answered():
        with open(log) as file:
            return {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl=", file.read())}

    wait_for("the pings are answered", lambda: len(answered()) > 50, 20)
    output = system.install(newer)
    wait_for("the new process serves", lambda: system.run("systemctl is-active vifi-bridge@wlan0", check=False).strip() == "active", 30)
    during = len(answered())
    wait_for("the new process has its share of the pings", lambda: len(answered()) > during + 100, 20)
    lab.guests[0].stop(ping, sig=2)
    assert system.run(MAIN_PID) != before, f"the old program runs: {output}"
    got = answered()
    lost = max(got) - len(got)  # the last ones may be under way
    assert len(got) > 200 and lost == 0, f"{lost} of {max(got)} pings lost"
    assert lab.port.foreign() == 0
    assert system.run("dpkg-query -W -f '${Version}' vifi").endswith(".1")


def test_remove_ends_what_a_killed_process_left_in_the_kernel(lab, system, package):
    system.install(package)
    serve(lab, system)
    system.run("systemctl kill --kill-whom=all --signal=KILL vifi-bridge@wlan0; systemctl stop vifi-bridge@wlan0; systemctl reset-failed")
    before = "vifi0" in system.run("ip -br link")
    system.run("apt-get -qq remove -y vifi")
    assert before and "vifi0" not in system.run("ip -br link")
    assert "vifi" not in system.run("tc filter show dev wlan0 egress; ip -d link show wlan0")


def test_remove_ends_the_bridge_and_purge_leaves_nothing(lab, system, package):
    links = "ip -br link | sed 's/ .*//'; tc qdisc; tc filter show dev wlan0 ingress; ip -d link show wlan0 | grep -o 'allmulti [01]'"
    dependencies = system.run("dpkg-query -W -f '${Package}\n'").split()
    system.install(package)
    # The dependencies stay; so install vifi again after their files are known.
    system.run("apt-get -qq purge -y vifi")
    system.run(f"install -D -m 755 /bin/true {QEMU}")  # vifi setup then writes /etc/qemu/bridge.conf
    assert set(dependencies) < set(system.run("dpkg-query -W -f '${Package}\n'").split())
    files, accounts, before = system.files(), system.run("cat /etc/passwd /etc/group"), system.run(links)
    system.install(package)
    serve(lab, system)
    system.run("rm /etc/vifi/wlan0.conf && vifi setup --yes wlan0 br0")
    assert "vifi0" in system.run(links)
    system.run("apt-get -qq remove -y vifi")
    assert system.run(links) == before
    assert system.run("ls /etc/vifi") == "wlan0.conf\n"
    assert system.run("cat /etc/qemu/bridge.conf") == "allow br0\n"
    system.run("apt-get -qq purge -y vifi")
    assert system.files() - files == set()
    assert system.run("cat /etc/passwd /etc/group") == accounts
    assert system.run("ls /run | grep vifi", check=False) == ""
    assert UPLINK_MAC in lab.host.query("link show wlan0")
