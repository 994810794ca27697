# SPDX-License-Identifier: GPL-2.0-or-later
"""The control path of vifi: adopting a kernel part, following the host's configuration, dropping privileges."""

import contextlib
import json
import os
import signal
import socket
import stat
import struct
import sys
import time

import pytest
from scapy.layers.inet6 import ICMPv6ND_NA
from scapy.layers.l2 import ARP, Ether

from lab import Lab, Vifi
from lab.netns import LabError, inside
from lab.topology import HOST4, ROUTER4, UPLINK_MAC
from lab.user import service_user
from lab.vifi import program
from tcx import EGRESS, INGRESS, ForeignProgram, attached
from test_survive import difference, settled
from world import World, wait_for

WORLD = {"vifi": ["--engine=clsact", "--silent=2"]}
NEW_UPLINK_MAC = "00:60:aa:bb:cc:ee"


def maps(host):
    """name → ID of the maps of the program on wlan0's ingress, from tc and bpftool."""
    filters = json.loads(host.run(["tc", "-j", "filter", "show", "dev", "wlan0", "ingress"]).stdout)
    ids = [f["options"]["prog"]["id"] for f in filters if "prog" in f.get("options", {})]
    assert len(ids) == 1, f"expected one program on the ingress of wlan0: {filters}"
    prog = json.loads(host.run(["bpftool", "-j", "prog", "show", "id", str(ids[0])]).stdout)
    return {json.loads(host.run(["bpftool", "-j", "map", "show", "id", str(i)]).stdout)["name"]: i for i in prog["map_ids"]}


def binding(vifi, address):
    return next((b for b in vifi.show()["bindings"] if b["address"] == address), None)


def announcements(frames, address):
    """(IP address, MAC address) of every gratuitous ARP and unsolicited NA for an address."""
    announced = set()
    for packet in map(Ether, frames):
        if ARP in packet and packet.psrc == packet.pdst == address:
            announced.add((packet.psrc, packet.hwsrc))
        if ICMPv6ND_NA in packet and packet[ICMPv6ND_NA].tgt == address:
            announced.add((packet[ICMPv6ND_NA].tgt, packet.src))
    return announced


# ---- adopting a kernel part


def test_bindings_are_copied_from_a_kernel_part_of_another_version(world):
    """Maps of another ABI are not used any more; the guests' bindings are copied into new maps."""
    host, vifi = world.host, world.vifi
    world.guest_a.ping(ROUTER4)
    vifi.kill()
    old = maps(host)
    value = json.loads(host.run(["bpftool", "-j", "map", "lookup", "id", str(old["config"]), "key", "0", "0", "0", "0"]).stdout)["value"]
    value = [int(v, 16) for v in value]
    abi = struct.unpack_from("<I", bytes(value), 8)[0]
    assert 0 < abi < 1000, "the ABI version is not at offset 8"
    value[8:12] = struct.pack("<I", abi + 1000)
    host.run(["bpftool", "map", "update", "id", str(old["config"]), "key", "0", "0", "0", "0", "value"] + [str(v) for v in value])
    shown = vifi.call("show", "wlan0", check=False)
    assert shown.returncode == 1 and "another version" in shown.stderr
    vifi.start()
    new = maps(host)
    assert new["bindings"] != old["bindings"], "vifi still uses the old maps"
    assert binding(vifi, world.guest_a.ip4)["mac"] == world.guest_a.hw
    assert world.reaches(world.guest_a, ip4=world.guest_a.ip4), "the guest's binding was lost"


def test_restart_of_the_same_version_keeps_maps_and_updates_settings(world):
    host, vifi = world.host, world.vifi
    old = maps(host)
    vifi.kill()
    vifi.options += ["--silent=3"]
    vifi.start()
    assert maps(host)["bindings"] == old["bindings"]
    config = json.loads(host.run(["bpftool", "-j", "map", "dump", "id", str(old["config"])]).stdout)[0]["value"]
    silent = (3 * 10**9).to_bytes(8, "little")
    assert silent in bytes(int(v, 16) for v in config), "the new setting did not reach the kernel"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_rule_25_address_change_while_stopped_is_announced_at_start(vifi_program, end):
    """After kill -9 the kernel part still sends with the old address, so this test runs without the capture check."""
    with World(capture=False, guests=1) as world:
        world.vifi.kill() if end == "kill" else world.vifi.stop()
        world.station(NEW_UPLINK_MAC)
        world.wire.drain()
        world.vifi.start()
        assert announcements(world.wire.frames(2), world.guest_a.ip4) == {(world.guest_a.ip4, NEW_UPLINK_MAC)}
        wait_for("a ping from the guest", lambda: world.guest_a.ping(ROUTER4, timeout=1), 8)


def test_unchanged_address_is_not_announced(world):
    """A restart with an unchanged address announces nothing."""
    world.guest_a.ping(ROUTER4)
    world.vifi.kill()
    world.wire.drain()
    world.vifi.start()
    assert announcements(world.wire.frames(1.5), world.guest_a.ip4) == set()


# ---- following the host's configuration


def test_changes_of_addresses_routes_and_bridge_are_followed(world):
    host, vifi = world.host, world.vifi

    def kind(address):
        found = binding(vifi, address)
        return found and (found["kind"], found["mac"])
    host.ip("addr add 10.9.9.9/24 dev wlan0", "route add default via 10.9.9.1 dev wlan0 metric 500")
    wait_for("the new address of the host", lambda: kind("10.9.9.9") == ("host", world.port.station), 3)
    wait_for("the new gateway", lambda: kind("10.9.9.1") == ("gateway", None), 3)
    wait_for("the broadcast address", lambda: kind("10.9.9.255") == ("broadcast", None), 3)
    host.ip("addr add 10.8.8.8/24 dev br0")
    wait_for("the bridge's own address", lambda: kind("10.8.8.8") == ("guest", host.mac("br0")), 3)
    host.ip("route del default via 10.9.9.1 dev wlan0", "addr del 10.9.9.9/24 dev wlan0", "addr del 10.8.8.8/24 dev br0")
    wait_for("the removal of all of them", lambda: not any(map(kind, ("10.9.9.9", "10.9.9.1", "10.9.9.255", "10.8.8.8"))), 3)
    assert kind(HOST4) and kind(ROUTER4)


def test_removed_port_loses_its_bindings(world):
    lab, vifi = world.lab, world.vifi
    guest = lab.add_guest(9, "g")
    try:
        address, _ = lab.static(guest, 49)
        wait_for("a ping from the new guest", lambda: guest.ping(ROUTER4), 5)
        assert binding(vifi, address)["port"] == guest.vif
        assert guest.vif in [p["port"] for p in vifi.show()["ports"]]
        lab.host.ip(f"link set {guest.vif} nomaster")
        wait_for("the removal of its bindings", lambda: not binding(vifi, address), 3)
        assert guest.vif not in [p["port"] for p in vifi.show()["ports"]]
    finally:
        lab.nodes.pop("g")
        guest.delete()
    assert binding(vifi, world.guest_a.ip4), "another guest's binding was removed too"


@pytest.mark.parametrize("words", ["nomaster", "down", "nomaster down"])
def test_port_that_another_program_takes_or_sets_down_comes_back(world, words):
    """ifreload(8) of ifupdown2 does both to each port that /etc/network/interfaces does not list."""
    lines = lambda: world.vifi.log_text().count("vifi0p was")  # noqa: E731
    before = lines()
    world.host.ip(f"link set vifi0p {words}")
    wait_for("the message", lambda: lines() > before, 10)
    for guest in world.guests:
        wait_for(f"guest {guest.name} reaches the router", lambda guest=guest: guest.ping(ROUTER4), 10)


def test_uplink_port_mtu_follows_and_bridge_mtu_stays(world):
    host, vif = world.host, world.guest_a.vif
    mtu = lambda name: int(host.query(f"link show dev {name}").split(" mtu ")[1].split()[0])  # noqa: E731
    before = mtu("br0")
    host.ip(f"link set {vif} mtu 9000")
    try:
        wait_for("the MTU of the uplink's port follows the guest's port", lambda: mtu("vifi0p") == 9000, 3)
        assert mtu("br0") == before
    finally:
        host.ip(f"link set {vif} mtu 1500")
    wait_for("the MTU of the uplink's port follows back", lambda: mtu("vifi0p") == 1500, 3)


def test_rule_02_configured_pin_has_priority_over_the_gateway(vifi_program):
    pin = "52:54:00:12:34:56"
    with World(vifi=["-p", f"{pin} {ROUTER4}"], static=False, capture=False, guests=0) as world:
        assert binding(world.vifi, ROUTER4)["mac"] == pin
        refused = world.vifi.call("forget", "wlan0", ROUTER4, check=False)
        assert refused.returncode == 1 and "configuration" in refused.stderr
        world.vifi.stop()
        world.vifi.options = []
        world.vifi.start()
        assert binding(world.vifi, ROUTER4)["kind"] == "gateway", "a pin that is no longer configured was kept"


def test_rule_25_ports_recover_from_a_kill_during_a_bounce(vifi_program):
    """vifi is killed while the guests' ports are down: the next start, or `down`, sets them up again."""
    with World(capture=False, guests=2) as world:
        def down():
            return [g.name for g in world.guests if "state DOWN" in world.host.query(f"link show dev {g.vif}")]

        def kill_during_blink(mac):
            world.station(mac)
            with contextlib.suppress(LabError):  # not seen: as if killed too late
                wait_for("the bounce of the guests' ports", lambda: " blink=" in world.host.query("link show dev vifi0"), 5, step=0.002)
            world.vifi.kill()
            return down()
        for mac, end in ((NEW_UPLINK_MAC, world.vifi.start), (UPLINK_MAC, world.vifi.down)):
            for _ in range(5):  # the ports are down for 200 ms only, which a busy machine can miss
                caught = kill_during_blink(mac)
                if caught:
                    break
                world.vifi.start()
                mac = {NEW_UPLINK_MAC: UPLINK_MAC, UPLINK_MAC: NEW_UPLINK_MAC}[mac]
            assert caught, "never killed vifi while the ports were down"
            end()
            wait_for("all ports are up", lambda: not down(), 3)


# ---- termination


@pytest.mark.parametrize("killed", [False, True])
def test_vanished_uplink_is_reported_and_cleaned_up(vifi_program, killed):
    """vifi reports the missing uplink and restores the rest; after kill -9, `down` does so."""
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        lab.host.ip("link add up7 type veth peer name far7", "link set up7 up")
        before = [x for x in settled(lab) if "7" not in x.split(":")[1:2]]
        vifi = Vifi(lab, uplink="up7", bridge="br7")
        if killed:
            vifi.kill()
        lab.host.ip("link del up7")
        if killed:
            assert vifi.down().returncode == 0
        else:
            assert vifi.proc.wait(30) == 1
            assert "up7 was deleted" in vifi.log_text()
        left = lab.host.query("link show")
        assert "vifi0" not in left and "br7" not in left
        assert not [x for x in difference(before, settled(lab)).splitlines() if x.startswith("+")]


def test_running_process_keeps_only_the_needed_capabilities(world):
    with open(f"/proc/{world.vifi.proc.pid}/status") as file:
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    net_admin, bpf = 1 << 12, 1 << 39
    for which in ("CapEff", "CapPrm", "CapBnd"):
        assert int(status[which], 16) == net_admin | bpf, which
    assert int(status["CapInh"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def test_service_manager_is_notified(vifi_program, tmp_path):
    import socket
    path = str(tmp_path / "notify")

    def state(sock):
        """The next message but STATUS, which tells a person what the service does."""
        while (message := sock.recv(300)).startswith(b"STATUS="):
            pass
        return message

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, Lab(guests=0, dhcp="none", ra="none") as lab:
        sock.bind(path)
        sock.settimeout(8)
        proc = lab.host.start([program(), "bridge", "up", "wlan0", "br0"], env={**os.environ, "NOTIFY_SOCKET": path})
        assert state(sock) == b"READY=1"
        assert "vifi0p" in lab.host.query("link show")
        assert lab.host.stop(proc) == 0
        assert state(sock) == b"STOPPING=1"
        time.sleep(0.1)
        assert "vifi0p" not in lab.host.query("link show")


def test_failed_start_changes_nothing(vifi_program):
    """The guard attaches, but the ingress is full, with as many programs as the kernel allows."""
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        index, crowd = lab.host.index("wlan0"), []
        try:
            with inside(lab.host.ns):
                with pytest.raises(OSError):
                    for _ in range(100):
                        crowd.append(ForeignProgram(index, INGRESS))
            assert len(crowd) > 10
            before = settled(lab)
            failed = lab.host.run([program(), "bridge", "up", "--engine=tcx", "wlan0", "br0"], check=False)
            assert failed.returncode == 1
            assert "cannot attach the eBPF program by TCX" in failed.stderr and failed.stderr.count("\n") == 1
            assert not difference(before, settled(lab))
            with inside(lab.host.ns):
                assert len(attached(index, INGRESS)) == len(crowd) and attached(index, EGRESS) == []
        finally:
            with inside(lab.host.ns):
                for one in crowd:
                    one.close()


def test_signal_during_the_set_up_reverts_everything(vifi_program):
    """SIGTERM at any moment of the start: the process ends, and the machine is as before."""
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        before = settled(lab)
        for delay in (0.05, 0.1, 0.2, 0.3, 0.5):
            starting = lab.host.start([program(), "bridge", "up", "wlan0", "br0"])
            time.sleep(delay)  # where the signal falls varies with the machine; each moment must be right
            starting.send_signal(signal.SIGTERM)
            starting.wait(20)
            assert not difference(before, settled(lab)), f"left behind by a start that ended after {delay} s"


def test_a_process_of_another_pid_namespace_is_known(vifi_program):
    """SO_PEERCRED gives pid 0 for a process that the reader's pid namespace does not show; it is still root's."""
    elsewhere = ["unshare", "--pid", "--fork", program(), "bridge"]
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        vifi = Vifi(lab)
        second = lab.host.run([*elsewhere, "up", "wlan0", "br0"], check=False)
        assert second.returncode == 4 and "already" in second.stderr and "not root" not in second.stderr, second
        shown = lab.host.run([*elsewhere, "show", "wlan0"])
        assert "a process of another pid namespace" in shown.stdout and "without a process" not in shown.stdout, shown
        answer = lab.host.run([*elsewhere, "down", "wlan0"], check=False)
        assert answer.returncode == 0, answer
        assert vifi.proc.wait(30) == 0, "it did not end by the request"


# ---- the control socket


HOLDS_THE_NAME = """
import os, socket, time
os.setgroups([]), os.setresgid(65534, 65534, 65534), os.setresuid(65534, 65534, 65534)
sock = socket.socket(socket.AF_UNIX)
sock.bind("\\0vifi/bridge/wlan0")
sock.listen(0)
full = socket.socket(socket.AF_UNIX)
full.connect(sock.getsockname())
print("bound", flush=True)
time.sleep(600)
"""


def test_an_unprivileged_user_cannot_block_the_commands(vifi_program):
    """A user binds the name of earlier versions, listens and never accepts: no command waits for such a process."""
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        log = lab.file("holder")
        holder = lab.host.start([sys.executable, "-c", HOLDS_THE_NAME], log=log)
        wait_for("the name is bound", lambda: "bound" in open(log).read(), 5)
        vifi = Vifi(lab)
        try:
            assert vifi.call("show", "-j", "wlan0", timeout=8).returncode == 0
            second = lab.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=8)
            assert second.returncode == 4 and "already" in second.stderr, second
            assert vifi.call("down", "wlan0", timeout=8).returncode == 0
            assert vifi.proc.wait(30) == 0
        finally:
            lab.host.stop(holder)


def test_a_process_that_does_not_answer_blocks_no_command(vifi_program):
    """The process is stopped: each command ends with a reason, also once so many clients wait that its queue is full."""
    with Lab(guests=0, dhcp="none", ra="none") as lab, Vifi(lab) as vifi:
        path = control_socket(lab.host)
        vifi.proc.send_signal(signal.SIGSTOP)
        waiting = []
        try:
            down = vifi.call("down", "wlan0", check=False, timeout=30)
            assert down.returncode == 1 and f"kill -CONT {vifi.proc.pid}" in down.stderr, down
            with contextlib.suppress(BlockingIOError):
                while len(waiting) < 1000:
                    waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
                    waiting[-1].connect(path)
            assert len(waiting) < 1000
            second = lab.host.run([program(), "bridge", "up", "wlan0", "br0"], check=False, timeout=30)
            assert second.returncode == 4 and "already" in second.stderr, second
            assert vifi.call("show", "-j", "wlan0", check=False, timeout=30).returncode == 0
            down = vifi.call("down", "wlan0", check=False, timeout=30)
            assert down.returncode == 1 and "has not answered" in down.stderr, down
        finally:
            for client in waiting:
                client.close()
            vifi.proc.send_signal(signal.SIGCONT)
        vifi.call("down", "wlan0", timeout=30)
        wait_for("the end of the process", lambda: vifi.proc.poll() is not None, 10)


READER = """
import os, socket, sys, time
os.setgroups([]), os.setresgid(*[int(sys.argv[2])] * 3), os.setresuid(*[int(sys.argv[2])] * 3)
clients = []
while True:
    for _ in range(64 - len(clients)):
        clients.append(socket.socket(socket.AF_UNIX))
        clients[-1].setblocking(False)
        try:
            clients[-1].connect(sys.argv[1])
        except BlockingIOError:
            clients.pop()
            break
    for client in list(clients):
        try:
            client.send(b"{")  # a request that never ends
        except OSError:
            clients.remove(client)
    print("held", len(clients), flush=True)
    time.sleep(0.2)
"""


def test_readers_cannot_use_up_the_control_socket(vifi_program):
    """The user of vifi metrics, which the network reaches, holds all connections that it gets: root's commands still work."""
    with Lab(guests=0, dhcp="none", ra="none") as lab, Vifi(lab) as vifi:
        log = lab.file("reader")
        reader = lab.host.start([sys.executable, "-c", READER, control_socket(lab.host), str(service_user()[0])], log=log)
        try:
            wait_for("the connections are held", lambda: open(log).read().count("held") > 10, 10)
            for _ in range(5):
                shown = vifi.call("show", "-j", "wlan0", check=False, timeout=30)
                assert shown.returncode == 0 and json.loads(shown.stdout)["bridge"] == "br0", shown
            vifi.call("pin", "wlan0", "52:54:00:00:00:01", "192.168.157.98", timeout=30)
            vifi.call("down", "wlan0", timeout=30)
        finally:
            lab.host.stop(reader)


HOSTILE = {"no request": b"", "no end": b"x" * 70000, "no JSON": b"\x00\xff{]\n", "depth": b"[" * 60000 + b"\n", "no object": b"17\n",
           "unknown": b'{"request": 1}\n', "surrogate": b'{"command": "\\ud800"}\n', "many": b'{"command": "show"}\n' * 3000}


def test_control_socket_survives_hostile_clients(vifi_program):
    """Requests that are none, clients that never read, and clients that leave: the next client is served, and nothing is kept."""
    with Lab(guests=1, dhcp="none", ra="none") as lab, Vifi(lab) as vifi:
        path, folder = control_socket(lab.host), f"/proc/{vifi.proc.pid}/fd"
        before = len(os.listdir(folder))
        for data in HOSTILE.values():
            clients = [socket.socket(socket.AF_UNIX) for _ in range(8)]
            for client in clients:
                client.settimeout(5)
                with contextlib.suppress(OSError):
                    client.connect(path)
                    client.sendall(data)
            assert vifi.call("show", "-j", "wlan0", timeout=20).returncode == 0
            for client in clients:
                client.close()
        # The process opens a few descriptors of its own now and then; the clients were 64.
        wait_for("the connections are closed", lambda: len(os.listdir(folder)) <= before + 8, 15)
        assert vifi.proc.poll() is None


def control_socket(host):
    """The path of the control socket of wlan0 in the network namespace of a node."""
    script = "import socket; print(socket.socket(socket.AF_UNIX).getsockopt(socket.SOL_SOCKET, 71, 8).hex())"  # SO_NETNS_COOKIE
    cookie = bytes.fromhex(host.run([sys.executable, "-c", script]).stdout.strip())
    return f"/run/vifi/{int.from_bytes(cookie, sys.byteorder)}-wlan0.sock"


def test_control_socket_is_in_a_private_folder_and_leaves_with_the_process(vifi_program):
    with Lab(guests=0, dhcp="none", ra="none") as lab, Vifi(lab) as vifi:
        path = control_socket(lab.host)
        folder, sock = os.stat("/run/vifi"), os.stat(path)
        assert stat.S_IMODE(folder.st_mode) == 0o700
        assert stat.S_ISSOCK(sock.st_mode) and stat.S_IMODE(sock.st_mode) == 0o600
        assert "vifi/bridge" not in lab.host.run("cat /proc/net/unix").stdout, "there is an abstract name"
        vifi.stop()
        assert not os.path.exists(path)
        vifi.start()
        vifi.kill()
        assert os.path.exists(path)
        vifi.start()  # takes the place of the killed one
        vifi.kill()
        vifi.down()
        assert not os.path.exists(path), "`down` left the socket of a killed process"


def test_only_one_of_many_starts_wins(vifi_program):
    """Many processes start at once where a killed one has left its socket: one serves, the others give up."""
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        Vifi(lab).kill()
        logs = [lab.file("up") for _ in range(6)]
        procs = [lab.host.start([program(), "bridge", "up", "wlan0", "br0"], log=log) for log in logs]
        try:
            wait_for("all but one have ended", lambda: sum(p.poll() is None for p in procs) == 1, 20)
            time.sleep(0.5)
            codes = sorted(str(p.poll()) for p in procs)
            assert codes == ["4"] * 5 + ["None"], codes
        finally:
            for proc in procs:
                lab.host.stop(proc)
            lab.host.run([program(), "bridge", "down", "wlan0"], check=False)


@pytest.mark.parametrize("what", ["symlink", "foreign owner"])
def test_an_untrusted_folder_is_refused(vifi_program, what):
    """/run/vifi is a symbolic link, or belongs to another user: `up` refuses it and changes nothing."""
    mounts = "mount -t tmpfs tmpfs /run && mkdir /run/elsewhere && "
    mounts += "ln -s elsewhere /run/vifi" if what == "symlink" else "mkdir /run/vifi && chown 12345 /run/vifi"
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        before = settled(lab)
        argv = ["unshare", "-m", "sh", "-c", mounts + ' && exec "$@"', "sh", program(), "bridge", "up", "wlan0", "br0"]
        failed = lab.host.run(argv, check=False, timeout=10)
        assert failed.returncode == 1 and "/run/vifi" in failed.stderr, failed
        assert not difference(before, settled(lab))


@pytest.mark.parametrize("what", ["fifo", "foreign owner", "symlink", "writable"])
def test_state_file_of_another_is_not_believed(vifi_program, what):
    """Another program leaves something in the place of the saved bindings: `up` neither waits for it nor takes a pin from it."""
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        folder = lab.file("state")
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        vifi = Vifi(lab, options=["--state", folder])
        vifi.stop()
        path = os.path.join(folder, os.listdir(folder)[0])
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        pin = {"family": 4, "length": 0, "vlan": 0, "key": "c0a89d63" + "00" * 12, "mac": "020000000001", "flags": 1, "aux": 0}
        state["bindings"].append({**pin, "age": 1.0, "seen": 1.0, "left": 0.0})
        target = path + ".real" if what == "symlink" else path
        os.unlink(path)
        if what == "fifo":
            os.mkfifo(path)
        else:
            with open(target, "w", encoding="utf-8") as file:
                json.dump(state, file)
        if what == "symlink":
            os.symlink(target, path)
        os.chmod(target, 0o666 if what == "writable" else 0o600)
        if what == "foreign owner":
            os.chown(path, 12345, 12345)
        vifi.start()
        assert binding(vifi, "192.168.157.99") is None
        reason = {"fifo": "not a regular file", "foreign owner": "belongs to user 12345", "symlink": "symbolic link", "writable": "can write"}[what]
        assert reason in vifi.log_text(), vifi.log_text()
        vifi.stop()
        vifi.down(check=False)


def test_rule_02_guest_keeps_address_after_failed_dad_of_host(world):
    """The host tries a guest's IPv6 address: detection fails, and the address is not the host's (RFC 4862, 5.4.5)."""
    a, host = world.guest_a, world.host
    host.sysctl(net__ipv6__conf__wlan0__accept_dad=1, net__ipv6__conf__wlan0__dad_transmits=1)
    host.ip(f"addr add {a.ip6}/64 dev wlan0")
    try:
        wait_for("detection fails", lambda: "dadfailed" in host.query("addr show dev wlan0"), 8)
        host.ip("addr add 10.9.9.9/24 dev wlan0")  # the tables have followed when this one is there
        wait_for("the tables are up to date", lambda: binding(world.vifi, "10.9.9.9"), 3)
        entry = binding(world.vifi, a.ip6)
        assert entry and (entry["kind"], entry["mac"]) == ("guest", a.hw), entry
        assert world.reaches(a, ip6=a.ip6)
    finally:
        for address in (f"{a.ip6}/64", "10.9.9.9/24"):
            host.run(f"ip addr del {address} dev wlan0", check=False)
