# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi setup`: what it plans, writes and removes, and `vifi bridge up` without arguments.

The interfaces are those of the lab's host.  The files are below a folder of the test, which pretends to be a machine;
where programs run, they are stand-ins that write down how they were called.
"""

import json
import os
import stat
import subprocess
from contextlib import contextmanager

import pytest

from lab import Lab
from lab.netns import wait_for
from lab.vifi import program


@pytest.fixture(scope="module")
def lab(vifi_program):
    with Lab(guests=1) as lab:
        yield lab


@pytest.fixture
def box(lab, tmp_path):
    return Machine(lab, tmp_path)


class Machine:
    """A folder that looks like the root of a box."""

    def __init__(self, lab, root):
        self.lab, self.root = lab, root

    def has(self, *paths, text=""):
        """Makes files; a path that ends with a slash is a folder."""
        for path in paths:
            full = self.root / path.lstrip("/")
            if path.endswith("/"):
                full.mkdir(parents=True, exist_ok=True)
            else:
                full.parent.mkdir(parents=True, exist_ok=True)
                full.write_text(text)
        return self

    def setup(self, *args, code=0):
        done = self.lab.host.run([program(), "setup", "--root", self.root, *args], check=False)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def plan(self, *args, code=0):
        return json.loads(self.setup("-j", *args, code=code).stdout)

    def actions(self, *args, code=0):
        return {file["path"]: file["action"] for file in self.plan(*args, code=code)["files"]}

    def read(self, path):
        return (self.root / path.lstrip("/")).read_text()

    def tree(self):
        """path → (mode, contents) of everything below the root."""
        return {str(p.relative_to(self.root)): (stat.S_IMODE(p.lstat().st_mode), p.read_bytes() if p.is_file() else None)
                for p in sorted(self.root.rglob("*"))}


LAPTOP = ("/usr/sbin/libvirtd", "/usr/lib/qemu/qemu-bridge-helper", "/usr/bin/dockerd", "/run/NetworkManager/", "/run/systemd/system/")


def test_the_plan_changes_nothing_and_names_all_files(box):
    box.has(*LAPTOP)
    before = box.tree()
    plan = box.plan()
    assert (plan["uplink"], plan["bridge"], plan["applied"]) == ("wlan0", "br0", False)
    assert plan["hypervisors"] == ["libvirt", "QEMU", "Docker"] and plan["managers"] == ["NetworkManager"]
    assert {f["path"]: f["action"] for f in plan["files"]} == dict.fromkeys([
        "/etc/vifi/wlan0.conf", "/etc/NetworkManager/conf.d/90-vifi.conf", "/etc/qemu/bridge.conf", "/etc/vifi/libvirt-br0.xml",
        "/etc/systemd/system/vifi-docker-br0.service", *bridge_of_network_manager(box)], "create")
    assert "systemctl enable --now vifi-bridge@wlan0.service" in [c["run"] for c in plan["commands"]]
    text = box.setup().stdout
    assert "wlan0" in text and "allow br0" in text and "Nothing was changed" in text
    assert box.tree() == before


def bridge_of_network_manager(box):
    """The lab's br0 exists before vifi: then no program is told to create it."""
    return ["/etc/NetworkManager/system-connections/vifi-br0.nmconnection"] if "br0" not in box.lab.host.query("-o link show type bridge") else []


def test_setup_writes_runs_again_without_a_change_and_undoes_everything(box):
    box.has(*LAPTOP).has("/etc/qemu/bridge.conf", text="allow virbr0\n")
    before = box.tree()
    box.setup("--yes", "wlan0", "br7")
    assert box.read("/etc/vifi/wlan0.conf").splitlines()[1:] == ["[bridge]", "uplink = wlan0", "bridge = br7"]
    assert box.read("/etc/qemu/bridge.conf") == "allow virbr0\nallow br7\n"
    assert "<forward mode='bridge'/>" in box.read("/etc/vifi/libvirt-br7.xml")
    profile = "/etc/NetworkManager/system-connections/vifi-br7.nmconnection"
    assert "interface-name=br7" in box.read(profile) and box.tree()[profile[1:]][0] == 0o600
    after = box.tree()
    assert after["etc/vifi/wlan0.conf"][0] == 0o644
    assert "Nothing to do" in box.setup("--yes", "wlan0", "br7").stdout
    assert box.tree() == after
    assert set(box.actions("wlan0", "br7").values()) == {"keep"}
    box.setup("--undo")
    assert box.tree() == before
    box.setup("--undo", code=4)


def test_owner_and_mode_of_a_shared_file_stay(box):
    box.has("/usr/lib/qemu/qemu-bridge-helper").has("/etc/qemu/bridge.conf", text="allow virbr0\n")
    path = box.root / "etc/qemu/bridge.conf"
    path.chmod(0o640)
    os.chown(path, 0, 65534)
    for option in ("--yes", "--undo"):
        box.setup(option, *(["wlan0", "br7"] if option == "--yes" else []))
        st = path.stat()
        assert (stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid) == (0o640, 0, 65534), option
    assert path.read_text() == "allow virbr0\n"


def test_files_of_other_programs_are_left(box):
    """A file that setup did not write stays as it is, the output says what to add, and the exit code tells that something is left to do."""
    box.has(*LAPTOP).has("/etc/vifi/wlan0.conf", text="[bridge]\nuplink = wlan9\n").has("/etc/qemu/bridge.conf", text="deny all\n")
    (box.root / "etc/NetworkManager/conf.d").mkdir(parents=True)
    (box.root / "etc/NetworkManager/conf.d/90-vifi.conf").symlink_to("/nonexistent")
    done = box.setup("--yes", "wlan0", "br7", code=1)
    for text in ("LEFT /etc/vifi/wlan0.conf", "LEFT /etc/qemu/bridge.conf", "LEFT /etc/NetworkManager/conf.d/90-vifi.conf", "bridge = br7"):
        assert text in done.stdout, done.stdout
    assert box.read("/etc/vifi/wlan0.conf") == "[bridge]\nuplink = wlan9\n" and box.read("/etc/qemu/bridge.conf") == "deny all\n"
    box.setup("--undo")
    assert box.read("/etc/vifi/wlan0.conf") == "[bridge]\nuplink = wlan9\n" and box.read("/etc/qemu/bridge.conf") == "deny all\n"


def test_changed_files_survive_the_undoing(box):
    box.has("/run/systemd/system/")
    box.setup("--yes", "wlan0", "br7")
    with open(box.root / "etc/vifi/wlan0.conf", "a") as file:
        file.write("age = 300\n")
    assert box.actions("wlan0", "br7")["/etc/vifi/wlan0.conf"] == "keep"
    assert "changed since" in box.setup("--undo", code=1).stdout
    assert "age = 300" in box.read("/etc/vifi/wlan0.conf")


def test_bridge_of_another_program_is_left(box):
    """Another program made br7: neither the first nor a later run tells NetworkManager to create it."""
    box.has("/run/NetworkManager/")
    box.lab.host.ip("link add br7 type bridge")
    try:
        box.setup("--yes", "wlan0", "br7")
        after = box.tree()
        assert not any("nmconnection" in path for path in after)
        assert "Nothing to do" in box.setup("--yes", "wlan0", "br7").stdout and box.tree() == after
    finally:
        box.lab.host.ip("link del br7")


def test_a_changed_plan_updates_our_files(box):
    box.has("/usr/lib/qemu/qemu-bridge-helper")
    box.setup("--yes", "wlan0", "br7")
    assert box.actions("--yes", "wlan0", "br8") == {"/etc/vifi/wlan0.conf": "update", "/etc/qemu/bridge.conf": "update"}
    assert box.read("/etc/qemu/bridge.conf") == "allow br8\n" and "bridge = br8" in box.read("/etc/vifi/wlan0.conf")


def test_a_failed_write_undoes_the_others(box):
    box.has(*LAPTOP).has("/etc/qemu", text="a file where a folder is needed\n")
    before = box.tree()
    done = box.setup("--yes", "wlan0", "br7", code=1)
    assert "/etc/qemu/bridge.conf" in done.stderr and "nothing was changed" in done.stderr and len(done.stderr.splitlines()) == 1
    assert box.tree() == before


@pytest.mark.parametrize("manager, traces, path, words", [
    ("systemd-networkd", ["/run/systemd/netif/state"], "/etc/systemd/network/10-vifi.network", ["Name=vifi*", "Unmanaged=yes"]),
    ("ifupdown", ["/etc/network/interfaces", "/sbin/ifup"], "/etc/network/interfaces", ["auto br7", "iface br7 inet manual", "conf/br7/accept_ra"]),
    ("dhcpcd", ["/run/dhcpcd.pid", "/etc/dhcpcd.conf"], "/etc/dhcpcd.conf", ["denyinterfaces vifi* br7"]),
    ("ConnMan", ["/run/connman/"], "/etc/connman/main.conf", ["NetworkInterfaceBlacklist=vifi,br7"]),
])
def test_each_manager_leaves_vifi_alone(box, manager, traces, path, words):
    box.has(*traces)
    before = box.tree()
    plan = box.plan("--yes", "wlan0", "br7")
    assert plan["managers"] == [manager]
    for word in words:
        assert word in box.read(path)
    box.setup("--undo")
    assert box.tree() == before


@pytest.mark.parametrize("args, code, word", [
    (("lo",), 1, "lo cannot be"), (("wlan0", "wlan0"), 1, "wlan0"), (("wlan0", "br;x"), 1, "br;x"), (("a-name-that-is-too-long",), 2, "too-long"),
    (("--frob",), 2, "--frob")])
def test_invalid_names_are_rejected(box, args, code, word):
    before = box.tree()
    done = box.setup("--yes", *args, code=code)
    assert word in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert box.tree() == before


@contextmanager
def no_default_route(host):
    """Takes the host's default routes away for the duration of the block."""
    routes = [(family, line.split(" proto ")[0]) for family in (4, 6) for line in host.query(f"-{family} route show default").splitlines()]
    for family, _ in routes:
        host.query(f"-{family} route del default")
    try:
        yield
    finally:
        for family, route in routes:
            host.query(f"-{family} route add {route}")


def test_without_a_default_route_the_uplink_must_be_named(box):
    with no_default_route(box.lab.host):
        assert "default route" in box.setup(code=1).stderr
        assert box.plan("wlan0")["uplink"] == "wlan0"


# ---- with programs: in a mount namespace, on folders of its own

STAND_IN = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
case "$*" in *"$FAILS"*) echo "no such thing" >&2; exit 3 ;; esac
"""


def call(box, *args, fails="nothing fails"):
    """Runs vifi setup with an /etc, /run and /var/lib of its own, and with stand-ins; returns it and their calls."""
    bin_, calls = box.root / "bin", box.root / "calls"
    bin_.mkdir(exist_ok=True)
    for name in ("systemctl", "virsh", "nmcli", "systemd-sysusers"):
        (bin_ / name).write_text(STAND_IN)
        (bin_ / name).chmod(0o755)
    calls.write_text("")
    mounts = "".join(f"mkdir -p {box.root}/{d}; mount --bind {box.root}/{d} /{d}; " for d in ("etc", "run", "var/lib"))
    done = box.lab.host.run(["unshare", "-m", "sh", "-c", mounts + 'exec "$@"', "sh", "env", f"PATH={bin_}", f"CALLS={calls}", f"FAILS={fails}",
                                 program(), "setup", *args], check=False)
    return done, calls.read_text().splitlines()


def test_programs_run_once_and_are_undone_in_reverse(box):
    box.has("/run/NetworkManager/", "/run/systemd/system/")
    done, calls = call(box, "--yes", "wlan0", "br7")
    assert done.returncode == 0, (done.stdout, done.stderr)
    ours = [c for c in calls if not c.startswith("virsh")]
    assert ours == ["nmcli general reload conf", "nmcli connection reload", "systemd-sysusers ", "systemctl daemon-reload",
                    "systemctl enable --now vifi-bridge@wlan0.service"], calls
    done, calls = call(box, "--yes", "wlan0", "br7")
    assert "Nothing to do" in done.stdout and not calls
    done, calls = call(box, "--undo")
    ours = [c for c in calls if not c.startswith("virsh")]
    assert ours == ["systemctl disable --now vifi-bridge@wlan0.service", "systemctl daemon-reload", "nmcli connection reload", "nmcli general reload conf"]
    assert done.returncode == 0 and not (box.root / "etc/vifi").exists()


def test_a_failed_program_is_reported_and_run_again(box):
    box.has("/run/systemd/system/")
    done, _ = call(box, "--yes", "wlan0", "br7", fails="enable --now vifi-bridge")
    assert done.returncode == 1 and "FAILED systemctl enable --now vifi-bridge@wlan0.service: no such thing" in done.stdout, done.stdout
    done, calls = call(box, "--yes", "wlan0", "br7")
    assert [c for c in calls if c.startswith("systemctl enable")] == ["systemctl enable --now vifi-bridge@wlan0.service"]


# ---- vifi bridge up without arguments

def test_up_without_arguments_takes_the_default_route(lab):
    log = lab.file("default.log")
    proc = lab.host.start([program(), "bridge", "up"], log=log)
    try:
        wait_for("vifi serves wlan0", lambda: lab.host.run([program(), "bridge", "show", "-j", "wlan0"], check=False).returncode == 0, 20)
        with open(log) as file:
            assert "wlan0 has the default route and becomes the uplink, br0 the bridge" in file.read()
    finally:
        assert lab.host.stop(proc, timeout=20) == 0


def test_up_without_a_default_route_asks_for_the_uplink(lab):
    with no_default_route(lab.host):
        done = lab.host.run([program(), "bridge", "up"], check=False)
        assert done.returncode == 2 and "missing uplink" in done.stderr and "vifi bridge up wlan0 br0" in done.stderr


# ---- what it writes, judged by the programs that read it

def test_systemd_accepts_the_unit_for_docker(box):
    box.has("/usr/bin/dockerd", "/run/systemd/system/").has("/etc/systemd/system/docker.service", text="[Service]\nExecStart=/bin/true\n")
    box.setup("--yes", "wlan0", "br7")
    unit = box.root / "etc/systemd/system/vifi-docker-br7.service"
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "vifi-docker" in line]
    assert not complaints, complaints
    assert unit.read_text().count("DOCKER-USER -i br7 -o br7 -j ACCEPT") == 6


NETWORKD = """set -e
folder=$1 program=$2
mount --bind "$1/etc/systemd/network" /etc/systemd/network
mount -t tmpfs none /run
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases
chown -R systemd-network /run/systemd/netif
mount --bind /sys /sys
mount -o remount,bind,ro /sys # networkd waits for udev where it is writable
ip link add other7 type veth peer name far7
SYSTEMD_LOG_LEVEL=info /usr/lib/systemd/systemd-networkd >"$1/log" 2>&1 & networkd=$!
trap 'kill $networkd $vifi 2>/dev/null; wait' EXIT
wait_for() { for i in $(seq 150); do eval "$2" && return; sleep 0.1; done; echo "not within 15 s: $1"; exit 9; }
wait_for "the bridge" 'ip link show br7 up >/dev/null 2>&1'
"$program" bridge up wlan0 br7 >/dev/null 2>&1 & vifi=$!
wait_for vifi '"$program" bridge show -j wlan0 >/dev/null 2>&1'
wait_for "networkd sees vifi0" 'grep -q "vifi0: Link UP" "$folder/log"'
wait_for "networkd configures the other one" 'grep -q "other7: Configuring" "$folder/log"'
ip -o addr show br7
"""


def test_networkd_creates_the_bridge_and_leaves_vifi_alone(box):
    """Another file asks for DHCP on everything, so that a missing setting would show."""
    box.has("/run/systemd/netif/state")
    box.setup("--yes", "wlan0", "br7")
    box.has("/etc/systemd/network/99-all.network", text="[Match]\nName=vifi* br7 other7\n[Network]\nDHCP=yes\n")
    host = box.lab.host
    try:
        done = host.run(["unshare", "-m", "sh", "-c", NETWORKD, "sh", box.root, program()], check=False, timeout=60)
        log = box.read("log")
        assert done.returncode == 0 and not done.stdout, (done.stdout, done.stderr, log)
        assert "br7: Configuring with /etc/systemd/network/10-vifi-br7.network" in log and "vifi0: Configuring" not in log and "vifi0p: Configuring" not in log, log
    finally:
        host.run([program(), "bridge", "down", "wlan0"], check=False)
        host.run("ip link del br7", check=False)
        host.run("ip link del other7", check=False)
