# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi bridge check`: it names what stands in the way, on the machine and in a running bridge, and nothing else."""

import json
import os
import signal
import time

import pytest

import tcx
from lab import Lab, Vifi
from lab.netns import inside, wait_for
from lab.unavailable import unavailable
from lab.vifi import TOP, program
from world import ENGINES, ROUTER4, UPLINK_MAC, World, arp


@pytest.fixture(scope="module", name="quiet_lab")
def _quiet_lab(vifi_program):
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        lab.host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
        yield lab


@pytest.fixture
def quiet(quiet_lab):
    """A lab without vifi."""
    quiet_lab.wait_uplink()
    return quiet_lab


@pytest.fixture(params=ENGINES)
def running(request, vifi_program):
    """A world of its own, because the tests break it."""
    with World(vifi=ENGINES[request.param], capture=False, guests=3) as world:
        world.engine = request.param
        world.host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
        yield world


kernel_only = pytest.mark.parametrize("running", ["kernel"], indirect=True)


def check(host, *args, prefix=()):
    """id → findings that are not `ok`, and the exit code."""
    done = host.run([*prefix, program(), "bridge", "check", "-j", *args], check=False, timeout=20)
    findings = {}
    for item in json.loads(done.stdout):
        assert item["level"] in ("ok", "note", "warn", "fail") and item["sentence"].endswith((".", ")")), item
        if item["level"] != "ok":
            findings.setdefault(item["id"], []).append(item)
    assert done.returncode == int(any(i["level"] == "fail" for f in findings.values() for i in f)), findings
    return findings


def names(host):
    """The names of the interfaces of a node."""
    return [line.split(": ")[1] for line in host.query("-o link show").splitlines()]


def names_of_ports(host, bridge):
    """The names of the ports of a bridge."""
    return [line.split(": ")[1].split("@")[0] for line in host.query(f"-o link show master {bridge}").splitlines()]


def one(findings, name, level, *words):
    """The only finding of an item, which has these words in its sentence or remedy."""
    assert len(findings.get(name, [])) == 1, findings
    item = findings[name][0]
    for word in words:
        assert word in item["sentence"] + " " + item["remedy"], (word, item)
    assert item["level"] == level, item
    return item


# ---- the machine


def test_nothing_stands_in_the_way(quiet):
    assert check(quiet.host, "wlan0", "br0") == {}
    text = quiet.host.run([program(), "bridge", "check", "wlan0", "br0"]).stdout
    assert text == "No obstacles.\n"
    text = quiet.host.run([program(), "bridge", "check", "--all", "wlan0", "br0"]).stdout
    assert "ok      uplink_state: " in text and text.endswith("No obstacles.\n")


def test_without_arguments_it_checks_what_up_would_take(quiet):
    quiet.host.ip("link set wlan0 down")
    try:
        one(check(quiet.host), "uplink", "fail", "no Ethernet or Wi-Fi interface", "vifi bridge check wlan0 br0")
        assert quiet.host.run([program(), "bridge", "up"], check=False).returncode == 2
        quiet.host.ip("link set wlan0 up", f"route replace default via {ROUTER4}")
        quiet.wait_uplink()
        quiet.host.sysctl(net__ipv4__conf__wlan0__rp_filter=1)
        one(check(quiet.host), "rp_filter", "fail", "wlan0")
    finally:
        quiet.host.ip("link set wlan0 up", f"route replace default via {ROUTER4}")
        quiet.host.sysctl(net__ipv4__conf__wlan0__rp_filter=0)


def test_command_for_an_uplink_with_a_dot_in_its_name(quiet):
    """The name of a VLAN interface: between dots sysctl would take it for two words."""
    host = quiet.host
    host.ip("link add wlan0.5 type veth peer name far", "link set wlan0.5 up", "link set far up")
    try:
        host.sysctl(**{"net/ipv4/conf/wlan0.5/rp_filter": 1, "net/ipv4/conf/wlan0.5/proxy_arp": 1})
        findings = check(host, "wlan0.5")
        for name in ("rp_filter", "proxy_arp"):
            host.run(one(findings, name, "fail", "sysctl -w")["remedy"].split("`")[1])
        assert not {"rp_filter", "proxy_arp"} & set(check(host, "wlan0.5"))
    finally:
        host.ip("link del wlan0.5")
        host.sysctl(net__ipv4__conf__all__rp_filter=0)


def test_uplink_that_is_down_is_an_obstacle(quiet):
    quiet.host.ip("link set wlan0 down")
    try:
        one(check(quiet.host, "wlan0", "br0"), "uplink_state", "fail", "wlan0 is down", "ip link set wlan0 up")
    finally:
        quiet.host.ip("link set wlan0 up", f"route replace default via {ROUTER4}")


def test_uplink_without_carrier_is_an_obstacle(quiet):
    quiet.carrier(False)
    try:
        one(check(quiet.host, "wlan0", "br0"), "uplink_state", "fail", "no carrier", "iw dev wlan0 link")
    finally:
        quiet.carrier(True)


def test_uplink_without_address_is_a_warning(quiet):
    addresses = [(f, a) for f in (4, 6) for a in quiet.host.addresses("wlan0", f)]
    quiet.host.ip("addr flush dev wlan0 scope global")
    try:
        one(check(quiet.host, "wlan0", "br0"), "uplink_address", "warn", "wlan0 has no IP address")
        text = quiet.host.run([program(), "bridge", "check", "wlan0", "br0"]).stdout
        assert text.endswith("No obstacles, 1 warning.\n"), text
    finally:
        quiet.host.ip(*(f"addr add {a}/{24 if f == 4 else 64} dev wlan0" + (" nodad" if f == 6 else "") for f, a in addresses),
                      f"route replace default via {ROUTER4}")


READ_ONLY = ("unshare", "-m", "sh", "-c", 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"', "sh")


def test_read_only_proc_sys_is_named_by_check_and_up(quiet):
    """A container has /proc/sys read-only: `up` gives this reason and the remedy, and leaves nothing behind."""
    before = names(quiet.host)
    one(check(quiet.host, "wlan0", "br0", prefix=READ_ONLY), "proc_sys", "fail", "/proc/sys is read-only", "mount -o remount,rw /proc/sys")
    done = quiet.host.run([*READ_ONLY, program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=20)
    assert done.returncode == 1 and "/proc/sys is read-only" in done.stderr and "mount -o remount,rw /proc/sys" in done.stderr, done
    assert names(quiet.host) == before


def test_hardware_in_the_bridge_is_a_warning(quiet, tmp_path):
    """A stand-in for /sys: the lab has no hardware."""
    quiet.host.ip("link add eth7 type veth peer name far7", "link add br7 type bridge", "link set eth7 master br7")
    try:
        assert "physical_port" not in check(quiet.host, "wlan0", "br7")
        (tmp_path / "eth7" / "device").mkdir(parents=True)
        prefix = ("unshare", "-m", "sh", "-c", f'mount --bind {tmp_path} /sys/class/net && exec "$@"', "sh")
        one(check(quiet.host, "wlan0", "br7", prefix=prefix), "physical_port", "warn", "eth7", "ip link set eth7 nomaster")
    finally:
        quiet.host.ip("link del br7", "link del eth7")


# ---- br_netfilter: judged by the rules, and by real frames


DOCKER = ("-P FORWARD DROP", "-N DOCKER-USER", "-A FORWARD -j DOCKER-USER", "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT", "-A DOCKER-USER -j RETURN")


def br_netfilter(host, on):
    host.run(["sysctl", "-qw", *(f"net.bridge.bridge-nf-call-{what}tables={int(on)}" for what in ("ip", "ip6"))])


@pytest.fixture
def guests(vifi_program):
    """Two guests on br0 that reach each other; vifi does not run."""
    with World(capture=False, guests=2, start=False) as world:
        world.host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
        wait_for("the guests reach each other", lambda: world.guest_a.ping(world.guest_b.ip4, timeout=1))  # the ports forward a moment after they are up
        br_netfilter(world.host, True)
        yield world


def start_with_log(world):
    world.vifi = Vifi(world.lab)
    return world.vifi.log_text()


def test_br_netfilter_without_rules_is_no_obstacle(guests):
    assert guests.guest_a.ping(guests.guest_b.ip4, count=3)
    assert "br_netfilter" not in check(guests.host, "wlan0", "br0")
    assert "br_netfilter" not in start_with_log(guests)


@pytest.mark.parametrize("program_", ["iptables-nft", "iptables-legacy"])
def test_policy_of_forward_is_found_and_its_remedy_works(guests, program_):
    host = guests.host
    host.run(f"{program_} -P FORWARD DROP")
    assert not guests.guest_a.ping(guests.guest_b.ip4), "the rules of this kernel do not see bridged frames"
    item = one(check(host, "wlan0", "br0"), "br_netfilter", "fail", "FORWARD -i br0 -o br0 -j ACCEPT")
    assert "br_netfilter" in start_with_log(guests)
    host.run(f"{program_} -I FORWARD -i br0 -o br0 -j ACCEPT")
    assert guests.guest_a.ping(guests.guest_b.ip4)
    left = check(host, "wlan0", "br0").get("br_netfilter")
    assert program_ == "iptables-legacy" and left[0]["level"] == "warn" or not left, (item, left)


def test_remedy_for_docker_works_as_printed(guests):
    host = guests.host
    for rule in DOCKER:
        host.run(f"iptables-nft {rule}")
    assert not guests.guest_a.ping(guests.guest_b.ip4)
    item = one(check(host, "wlan0", "br0"), "br_netfilter", "fail", "ip filter FORWARD", "vifi setup")
    log = start_with_log(guests)
    assert "ip filter FORWARD" in log and "DOCKER-USER" in log
    command = item["remedy"].split("`")[1]
    assert command == "iptables -I DOCKER-USER -i br0 -o br0 -j ACCEPT"
    host.run(command.replace("iptables", "iptables-nft", 1))
    assert guests.guest_a.ping(guests.guest_b.ip4)
    assert guests.guest_a.ping(ROUTER4)
    assert "br_netfilter" not in check(host, "wlan0", "br0")


def test_unit_for_docker_lets_the_frames_pass(guests, tmp_path):
    """The lines of the unit that `vifi setup` writes, run as systemd runs them, twice."""
    host = guests.host
    for path in ("usr/bin/dockerd", "run/systemd/system/x"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()
    host.run([program(), "setup", "--yes", "--root", tmp_path, "wlan0", "br0"])
    unit = (tmp_path / "etc/systemd/system/vifi-docker-br0.service").read_text()

    def run_lines(key):
        for line in unit.splitlines():
            if line.startswith(key):
                command = line.split("=", 1)[1]
                host.run(command.lstrip("-"), check=not command.startswith("-"))

    for rule in DOCKER:
        host.run(f"/usr/sbin/iptables {rule}")
    assert not guests.guest_a.ping(guests.guest_b.ip4)
    for _ in range(2):
        run_lines("ExecStart")
        assert guests.guest_a.ping(guests.guest_b.ip4) and guests.guest_a.ping(guests.guest_b.ip6)
    assert host.run("/usr/sbin/iptables -S DOCKER-USER").stdout.count("-i br0") == 1, "the rule is there twice"
    run_lines("ExecStop")
    assert not guests.guest_a.ping(guests.guest_b.ip4)


def test_nft_table_is_found_and_its_remedy_works(guests):
    host = guests.host
    host.run(["nft", "-f", "-"], input="table inet guard {\n chain passing {\n type filter hook forward priority 0; policy drop;\n ct state established accept\n }\n}\n")
    found = check(host, "wlan0", "br0")["br_netfilter"]
    assert {f["level"] for f in found} == {"warn"} and "no rule accepts" in found[0]["sentence"]
    host.run(found[0]["remedy"].split("`")[1])
    assert guests.guest_a.ping(guests.guest_b.ip4)
    assert "br_netfilter" not in check(host, "wlan0", "br0")


def test_remedy_by_sysctl_is_no_obstacle(guests):
    host = guests.host
    host.run("iptables-nft -P FORWARD DROP")
    br_netfilter(host, False)
    assert guests.guest_a.ping(guests.guest_b.ip4)
    assert "br_netfilter" not in check(host, "wlan0", "br0")


# ---- a running bridge


def test_healthy_bridge_has_no_findings(running):
    findings = check(running.host)
    assert not {k: v for k, v in findings.items() if k != "tcx"}, findings


@kernel_only
@pytest.mark.parametrize("hook", [tcx.INGRESS, tcx.EGRESS])
def test_program_before_ours_is_told_from_one_behind(running, hook):
    """A program that drops or redirects hides frames only from those behind it."""
    host, name = running.host, {tcx.INGRESS: "ingress", tcx.EGRESS: "egress"}[hook]
    if running.vifi.show()["engine"] != "tcx":
        unavailable("this kernel has no TCX")
    for flags, level, words in ((0, "note", "runs after"), (tcx.ForeignProgram.BEFORE, "warn", "runs before")):
        with inside(host.ns):
            program_of_others = tcx.ForeignProgram(host.index("wlan0"), hook, flags)
        try:
            one(check(host), "other_tc", level, f"another tc program on {name}", words)
        finally:
            with inside(host.ns):
                program_of_others.close()
    assert "other_tc" not in check(host)


def test_tc_program_beside_the_user_space_engine_is_noted(running):
    """The engine has no tc program that could come before or after it."""
    running.host.run("tc qdisc add dev wlan0 clsact".split(), check=False)
    running.host.run(["tc", "filter", "add", "dev", "wlan0", "ingress", "bpf", "bytecode", "1,6 0 0 0"])  # matches nothing
    one(check(running.host), "other_tc", "note", "it sees the guests' frames, too" if running.engine == "user" else "runs after")


def test_killed_process_is_an_obstacle(running):
    running.vifi.kill()
    one(check(running.host, "wlan0", "br0"), "process", "fail", "No process serves wlan0", "vifi bridge up wlan0 br0")
    running.vifi.start()
    assert "process" not in check(running.host)


def test_stopped_process_is_an_obstacle(running):
    """Nothing expires, and no change of the uplink is followed; with the user-space engine the guests are cut off."""
    pid = running.vifi.proc.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        one(check(running.host, "wlan0", "br0"), "process", "fail", "does not answer", f"kill -CONT {pid}")
        one(check(running.host), "process", "fail", f"kill -CONT {pid}")
        if running.engine == "kernel":
            problems = running.vifi.show()["problems"]
            assert any(p["id"] == "process" and f"kill -CONT {pid}" in p["sentence"] for p in problems), problems
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for("no finding", lambda: "process" not in check(running.host, "wlan0", "br0"), 8)


@kernel_only
def test_port_that_passes_no_frames_is_an_obstacle(running):
    host = running.host
    host.ip("link set vif-b down")
    remedy = one(check(host, "wlan0", "br0"), "port", "fail", "vif-b, a port of br0, is down")["remedy"]
    host.run(remedy.split("`")[1])
    wait_for("the port is up", lambda: "port" not in check(host, "wlan0", "br0"), 8)
    host.run("bridge link set dev vif-a state 0")
    remedy = one(check(host, "wlan0", "br0"), "port", "fail", "vif-a, a port of br0, forwards no frames")["remedy"]
    host.run(remedy.split("`")[1])
    # A port that has had no guest yet may be prepared for one.
    host.ip("link add spare type veth peer name spare2", "link set spare master br0")
    one(check(host, "wlan0", "br0"), "port", "warn", "spare, a port of br0, is down")
    host.ip("link del spare")
    os.kill(running.vifi.proc.pid, signal.SIGSTOP)  # it would mend its own port
    try:
        for command, words in (("link set vifi0p down", "vifi0p, the port of br0 to the uplink, is down"),
                               ("link set vifi0p nomaster", "is not a port of it")):
            host.ip(command)
            host.run(one(check(host, "wlan0", "br0"), "port", "fail", words)["remedy"].split("`")[1])
    finally:
        os.kill(running.vifi.proc.pid, signal.SIGCONT)
    wait_for("no finding", lambda: "port" not in check(host, "wlan0", "br0"), 8)


def test_bridge_that_is_down_is_an_obstacle(running):
    running.host.ip("link set br0 down")
    one(check(running.host), "bridge_state", "fail", "br0 is down", "ip link set br0 up")
    running.host.ip("link set br0 up")
    assert "bridge_state" not in check(running.host)


def test_clone_is_named_with_both_ports(running):
    """Two guests with one MAC address."""
    a, b = running.guest_a, running.guest_b
    for _ in range(5):
        running.out(a, arp(1, a.hw, a.hw, a.ip4, ROUTER4), lambda p: True, 0.1)
        b.wire.send(arp(1, a.hw, a.hw, "192.168.157.77", ROUTER4))
    if running.engine == "kernel":
        one(check(running.host), "clone", "fail", a.hw, "vif-a", "vif-b", "another MAC address")
    else:
        # The user-space engine learns the port from the bridge.
        wait_for("the clone is found", lambda: b.wire.send(arp(1, a.hw, a.hw, "192.168.157.77", ROUTER4)) and "clone" in check(running.host), 10)


def test_clone_of_a_guest_behind_no_port_is_named(running):
    """A macvlan of br0 is a guest of the bridge device itself.  The user-space engine guesses that at first, and knows it after a second."""
    host, b, mac, address = running.host, running.guest_b, "02:00:00:00:00:77", "192.168.157.77"
    host.ip(f"link add mv0 link br0 address {mac} type macvlan mode bridge")
    inner = running.lab._node("m")  # pylint: disable=protected-access
    host.ip(f"link set mv0 netns {inner.ns} name eth0")
    inner.ip(f"addr add {address}/24 dev eth0", "link set eth0 up")
    end = time.monotonic() + 1.5
    wait_for("the guest is heard for more than a second", lambda: inner.ping(ROUTER4) and time.monotonic() > end, 20, step=0.2)

    def clone():
        inner.ping(ROUTER4)
        b.wire.send(arp(1, mac, mac, "192.168.157.78", ROUTER4))
        found = check(host)
        return "clone" in found and found

    one(wait_for("the clone is found", clone, 20), "clone", "fail", mac, "br0", "vif-b", "another MAC address")


def test_contest_of_a_mac_address_is_a_clone(running):
    """The owner is probed for two seconds, and does not answer."""
    a, b = running.guest_a, running.guest_b
    running.out(a, arp(1, a.hw, a.hw, a.ip4, ROUTER4), lambda p: True, 0.1)
    a.run(["nft", "-f", "-"], input="".join(f"table {family} deaf {{\n chain ignore {{\n type filter hook input priority 0; policy drop;\n }}\n}}\n"
                                            for family in ("arp", "ip", "ip6")))
    def contest():
        b.wire.send(arp(1, a.hw, a.hw, "192.168.157.77", ROUTER4))
        return [binding for binding in running.vifi.show()["bindings"] if binding["address"] == a.hw and "contest" in binding["flags"]]
    wait_for("the contest", contest, 10, step=0.02)
    found = check(running.host)
    one(found, "clone", "fail", a.hw, "vif-a", "vif-b", "another MAC address")
    assert "contest" not in found, found


def test_guest_with_the_uplinks_mac_is_named(running):
    running.guest_b.wire.send(arp(1, UPLINK_MAC, UPLINK_MAC, "192.168.157.78", ROUTER4))
    found = wait_for("the refusal is found", lambda: [item for item in check(running.host).get("refused", []) if UPLINK_MAC in item["sentence"]], 10)
    assert found[0]["level"] == "fail" and "vif-b" in found[0]["sentence"] and "its own MAC address" in found[0]["remedy"], found


def test_refused_guest_is_named_with_port_and_remedy(running):
    a, b = running.guest_a, running.guest_b
    b.wire.send(arp(1, b.hw, b.hw, a.ip4, a.ip4))
    found = wait_for("the refusal is found", lambda: check(running.host).get("refused"), 10)
    assert len(found) == 1 and found[0]["level"] == "fail"
    for word in (b.hw, "vif-b", a.ip4, "claim_taken", "another address"):
        assert word in found[0]["sentence"] + found[0]["remedy"], (word, found)


def test_contest_is_named(running):
    """The owner does not answer, while the other one claims: for a second, until the other one has the address.  The owner has it back by
    a claim of its own (doc/trust.md)."""
    a, b = running.guest_a, running.guest_b
    a.run(["nft", "-f", "-"], input="table arp deaf {\n chain ignore {\n type filter hook input priority 0; policy drop;\n }\n}\n")

    def contest():
        for guest in (a, b):
            guest.wire.send(arp(1, guest.hw, guest.hw, a.ip4, a.ip4))
        found = check(running.host)
        return any(a.hw in item["sentence"] for item in found.get("contest", [])) and found

    found = wait_for("the contest is found", contest, 10)
    one(found, "contest", "fail", a.ip4, a.hw, "vif-a", "another guest", f"vifi bridge pin wlan0 {a.hw} {a.ip4}")


@kernel_only  # the user-space engine charges a forged MAC address to its owner's port (doc/trust.md)
def test_guest_that_is_locked_out_is_named(running):
    """It has no address of its own, because the only one that it claims is another's."""
    guest = running.lab.add_guest(7, "late", up=False)
    guest.sysctl(net__ipv6__conf__all__disable_ipv6=1)  # no link-local address, either
    guest.ip("link set eth0 up")
    running.lab.wait_forwarding(guest)
    guest.wire = guest.raw("eth0")
    a = running.guest_a

    def is_found():
        for _ in range(3):
            guest.wire.send(arp(1, a.hw, a.hw, a.ip4, ROUTER4))
        found = check(running.host)
        return "limit" in found and found

    one(wait_for("the guest is locked out", is_found, 10), "limit", "fail", "vif-late", "locked out", "vifi bridge forget wlan0")


@kernel_only  # without a process the user-space engine has no counters
def test_counters_without_a_process_are_reported(running):
    running.vifi.kill()
    running.guest_b.wire.send(arp(1, running.guest_b.hw, running.guest_b.hw, ROUTER4, ROUTER4))
    wait_for("a drop", lambda: running.drops("claim_station") or running.drops("claim_gateway"), 5)
    found = check(running.host, "wlan0", "br0")["drops"]
    assert "claim_" in found[0]["sentence"] and found[0]["level"] == "warn"
    running.vifi.start()


# ---- a renamed uplink


@pytest.mark.parametrize("engine, killed", [("kernel", False), ("kernel", True), ("user", False)], ids=["kernel", "killed", "user"])
def test_renamed_uplink_is_found_by_each_command(vifi_program, engine, killed):
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        host = lab.host
        vifi = Vifi(lab, options=ENGINES[engine])
        lab.static(lab.guest("a"), 41)
        assert lab.guest("a").ping(ROUTER4)
        if killed:
            vifi.kill()
        host.ip("link set wlan0 down", "link set wlan0 name wlan7", "link set wlan7 up", f"route replace default via {ROUTER4}",
                "link add wlan0 type bridge")
        host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan7__rp_filter=0)
        shown = json.loads(vifi.call("show", "-j").stdout)
        assert [v["uplink"] for v in shown] == ["wlan7"] and shown[0]["running"] == (not killed)
        assert json.loads(vifi.call("show", "-j", "wlan7").stdout)["uplink"] == "wlan7"
        for command in ("show", "down", "reload"):
            assert vifi.call(command, "wlan0", check=False).returncode == 4, "the new wlan0 is another interface"
        host.ip("link del wlan0")
        assert json.loads(vifi.call("show", "-j", "wlan0").stdout)["uplink"] == "wlan7", "the old name works while no interface has it"
        findings = check(host)
        assert ("process" in findings) == killed and "uplink" not in findings, findings
        vifi.call("pin", "wlan7", lab.guest("a").mac(), "192.168.157.99")
        for name in ("wlan7", "wlan0"):
            reloaded = vifi.call("reload", name, check=False)
            assert reloaded.returncode == (4 if killed else 0) and (name in reloaded.stderr) == killed, reloaded
        assert vifi.call("down", "wlan7").returncode == 0
        if not killed:
            assert vifi.proc.wait(30) == 0
        left = host.query("link show")
        assert "vifi0" not in left and "ALLMULTI" not in host.query("link show dev wlan7"), left


@pytest.mark.parametrize("engine", ENGINES)
def test_renamed_uplink_is_not_served_twice(vifi_program, engine):
    """By a second process, for another bridge: the first one holds the lock of the former name."""
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        host = lab.host
        vifi = Vifi(lab, options=ENGINES[engine])
        lab.static(lab.guest("a"), 41)
        host.ip("link set wlan0 down", "link set wlan0 name wlan7", "link set wlan7 up", f"route replace default via {ROUTER4}")
        done = host.run(["timeout", "20", program(), "bridge", "up", *ENGINES[engine], "wlan7", "br1"], check=False)
        assert done.returncode == 4 and "is already running for wlan7" in done.stderr and "`vifi bridge down wlan7`" in done.stderr, done
        assert "br1" not in names(host)
        wait_for("the guest reaches the router by the renamed uplink", lambda: lab.guest("a").ping(ROUTER4, timeout=1))
        if engine == "user":  # without a process nothing tells the new name
            return
        vifi.kill()
        second = Vifi(lab, uplink="wlan7", bridge="br1")
        assert names_of_ports(host, "br0") == ["vif-a"], "the port of the killed process is still there"
        assert names_of_ports(host, "br1") == ["vifi0p"]
        assert second.stop() == 0 and "vifi0" not in host.query("link show")


@pytest.mark.parametrize("engine", ENGINES)
def test_new_card_with_the_name_of_a_renamed_uplink(vifi_program, engine):
    """The process of the renamed one holds the lock of the name; a restart of it frees the name."""
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        host = lab.host
        vifi = Vifi(lab, options=ENGINES[engine])
        host.ip("link set wlan0 down", "link set wlan0 name wlan7", "link set wlan7 up", "link add wlan0 type veth peer name far",
                "link set far up", "link set wlan0 up", "link add br1 type bridge")
        done = host.run(["timeout", "20", program(), "bridge", "up", *ENGINES[engine], "wlan0", "br1"], check=False)
        assert done.returncode == 4 and "wlan7, which was named wlan0" in done.stderr and "`vifi bridge down wlan7`" in done.stderr, done
        assert "`vifi bridge down wlan0`" not in done.stderr, "that command refuses"
        assert vifi.call("down", "wlan7").returncode == 0 and vifi.proc.wait(30) == 0
        second = Vifi(lab, bridge="br1", options=ENGINES[engine])
        assert "guests of br1 use wlan0" in second.log_text() and second.stop() == 0


# ---- an uplink that is gone


@kernel_only
def test_what_a_killed_process_and_its_card_leave_is_named(running):
    running.vifi.kill()
    running.host.ip("link del wlan0")
    for arguments in ((), ("wlan0",), ("-j",)):
        done = running.vifi.call("show", *arguments, check=False)
        assert done.returncode == 4 and "wlan0 is gone" in done.stderr and "`vifi bridge down wlan0`" in done.stderr, done
    assert running.vifi.call("down", "wlan0").returncode == 0
    assert "vifi0" not in running.host.query("link show")


# The units, and what `vifi setup` has noted, are those of this machine.
REMOVE = """for folder in /run/systemd /var/lib/vifi; do [ ! -d $folder ] || mount -t tmpfs none $folder; done
PATH=$1:$PATH exec sh "$2" remove"""


@kernel_only
@pytest.mark.parametrize("gone", [False, True], ids=["card", "no card"])
def test_removal_of_the_package_reverts_what_a_killed_process_left(running, gone):
    running.vifi.kill()
    if gone:
        running.host.ip("link del wlan0")
    running.host.run(["unshare", "-m", "sh", "-c", REMOVE, "sh", os.path.dirname(program()), os.path.join(TOP, "debian/vifi.prerm")])
    left = running.host.query("link show")
    assert "vifi0" not in left and "ALLMULTI" not in left, left


# ---- a name that is no uplink


def test_bridge_in_the_place_of_its_uplink_is_named(running):
    """`vifi bridge up br0 br0`, which would be the remedy for an interface that nothing serves, cannot be meant."""
    for name, *command in (("br0", "show", "br0"), *((name, "forget", name, "192.0.2.1") for name in ("br0", "vifi0", "vifi0p", "vif-a"))):
        done = running.vifi.call(*command, check=False)
        assert done.returncode == 4 and f"{name} is not an uplink; the uplink of the bridge br0 is wlan0" in done.stderr, done


# ---- a plain chroot


CHROOT = """set -e
root=$1; shift
mount -t tmpfs none "$root"
for name in usr etc run; do mkdir "$root/$name"; mount --rbind "/$name" "$root/$name"; done
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
mkdir -p "$root/tmp" "$root/proc" "$root/sys" "$root$TOP"
mount --rbind "$TOP" "$root$TOP"
for name in $MOUNTED; do mount --rbind "/$name" "$root/$name"; done
cd "$root$TOP"
exec chroot "$root" sh -c 'cd "$TOP" && exec "$@"' sh "$@"
"""


def in_chroot(lab, folder, mounted, *argv):
    return lab.host.run(["unshare", "-m", "env", f"MOUNTED={mounted}", f"TOP={TOP}", "sh", "-c", CHROOT, "sh", folder, *argv], check=False, timeout=20)


@pytest.mark.parametrize("mounted, missing", [("", "/proc"), ("sys", "/proc"), ("proc", "/sys")])
def test_plain_chroot_is_named_by_check_and_up(quiet, tmp_path, mounted, missing):
    before = names(quiet.host)
    done = in_chroot(quiet, tmp_path, mounted, program(), "bridge", "up", "wlan0", "br0")
    assert done.returncode == 1 and f"{missing} is not mounted" in done.stderr and "mount -t" in done.stderr, done
    assert "libbpf" not in done.stderr
    assert names(quiet.host) == before
    done = in_chroot(quiet, tmp_path, mounted, program(), "bridge", "check", "wlan0", "br0")
    assert done.returncode == 1 and f"PROBLEM mounts: {missing} is not mounted" in done.stdout, done


@pytest.mark.parametrize("mounted, missing", [("", "/proc"), ("proc", "/sys"), ("proc sys", "/dev")])
def test_demo_in_a_plain_chroot_names_what_is_not_mounted(quiet, tmp_path, mounted, missing):
    done = in_chroot(quiet, tmp_path, mounted, "script/demo", "--story", "2")
    assert done.returncode == 3 and f"script/demo: {missing} is not mounted" in done.stderr and len(done.stderr.splitlines()) == 1, done
