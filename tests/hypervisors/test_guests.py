# SPDX-License-Identifier: GPL-2.0-or-later
"""README's table of hypervisors: each row gives a guest the network.  See conftest.py."""

import subprocess

import pytest

from world import wait_for

CONSOLE = "console=ttyS0 quiet panic=-1 mitigations=off"


def test_qemu_by_its_bridge_helper(site):
    prepare = "mkdir -p /etc/qemu; mount -t tmpfs none /etc/qemu; echo allow br0 >/etc/qemu/bridge.conf"
    site.judge(site.run(prepare, [
        "qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio",
        "-kernel", site.kernel, "-initrd", site.initramfs, "-append", CONSOLE,
        "-nic", "bridge,br=br0,model=virtio-net-pci,mac=52:54:00:12:34:56"]))


QEMU_CONF = """
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
remember_owner = 0
stdio_handler = "file"
"""

DOMAIN = """
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>256</memory>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}</kernel>
    <initrd>{initramfs}</initrd>
    <cmdline>{console}</cmdline>
  </os>
  <features><acpi/></features>
  <on_reboot>destroy</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    {interface}
    <serial type='file'><source path='{log}'/></serial>
  </devices>
</domain>
"""

@pytest.fixture(name="virsh", scope="module")
def _virsh(site):
    """Runs libvirtd; yields a function that runs virsh in its namespaces."""
    conf, log = site.folder / "qemu.conf", site.folder / "libvirtd.log"
    conf.write_text(QEMU_CONF)
    prepare = "".join(f"mkdir -p {d}; mount -t tmpfs none {d}\n" for d in (
        "/run/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", "/etc/libvirt")) + f"""cp {conf} /etc/libvirt/qemu.conf
for table in passwd group; do # the package libvirt-daemon-system would create this user; its daemons would start, too
	{{ cat /etc/$table; echo "libvirt-qemu:x:64055:$([ $table = group ] || echo 64055::/nonexistent:/bin/false)"; }} >/run/libvirt/$table
	mount --bind /run/libvirt/$table /etc/$table
done"""
    with open(log, "wb") as out:
        daemon = subprocess.Popen(site.enter(prepare, ["libvirtd"]), stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def pid():
        """The process that `unshare` has forked."""
        children = subprocess.run(["pgrep", "-P", str(daemon.pid)], capture_output=True, text=True, check=False).stdout.split()
        return children[0] if children else None

    def virsh(*words, check=True):
        argv = ["nsenter", "-t", pid(), "-m", "-n", "virsh", "-q", "-c", "qemu:///system", *map(str, words)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert not check or done.returncode == 0, f"virsh {words}: {done.stdout}{done.stderr}{log.read_text()}"
        return done

    try:
        wait_for("libvirtd", lambda: pid() and virsh("list", check=False).returncode == 0, 120)
        yield virsh
    finally:
        daemon.kill()  # --kill-child ends libvirtd with it
        daemon.wait()


@pytest.mark.parametrize("kind", ["bridge", "network"])
def test_libvirt(site, virsh, kind):
    """README's interface on br0, and the network that `vifi setup` writes, by its commands, with the interface that it prints."""
    log, xml = site.folder / f"{kind}.log", site.folder / f"{kind}.xml"
    interface = "<interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface>"
    if kind == "network":
        plan = site.setup()
        interface, = [guest["how"] for guest in plan["guests"] if guest["hypervisor"] == "libvirt"]
        commands = [command for command in plan["commands"] if command["run"].startswith("virsh ")]
        for command in commands:
            virsh(*command["run"].replace("/etc/vifi/", f"{site.setup_root}/etc/vifi/").split()[3:])
        assert [line.split()[:3] for line in virsh("net-list").stdout.splitlines()] == [["vifi-br0", "active", "yes"]]
    xml.write_text(DOMAIN.format(name=kind, kernel=site.kernel, initramfs=site.initramfs, console=CONSOLE, log=log, interface=interface))
    virsh("create", xml)
    try:
        wait_for("the guest's result", lambda: "RESULT" in log.read_text() and log.read_text().endswith("\n"), 240)
        site.judge(log.read_text())
    finally:
        virsh("destroy", kind, check=False)
    if kind == "network":
        for command in reversed([command["undo"] for command in commands if command["undo"]]):
            virsh(*command.split()[3:])
        assert virsh("net-list", "--all").stdout.strip() == ""


def test_systemd_nspawn(site):
    site.judge(site.run("mkdir -p /run/systemd/nspawn; mount -t tmpfs none /run/systemd/nspawn", [
        "systemd-nspawn", "-q", "--register=no", "--keep-unit", "-D", site.root, "--machine", "vifi-guest", "--network-bridge=br0",
        "--setenv=DEVICE=host0", "/guest/check"]))


def test_podman(site):
    """README's veth pair: Podman would assign an address itself.  crun refuses a host with cgroups of both versions."""
    store = site.folder / "podman"
    podman = f"podman --root {store}/root --runroot {store}/run --tmpdir {store}/tmp --storage-driver vfs --cgroup-manager cgroupfs --events-backend none --runtime runc"
    prepare = "mkdir -p /run/containers; mount -t tmpfs none /run/containers"
    script = f"""
tar -C {site.root} -c . | {podman} import -q - guest >/dev/null
{podman} run -d --name web --network none --cap-add NET_ADMIN --cap-add NET_RAW --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --sysctl net.ipv6.conf.all.disable_ipv6=0 guest /guest/check >/dev/null
ip link add veth-web type veth peer name eth0 netns $({podman} inspect -f '{{{{.State.Pid}}}}' web)
ip link set veth-web master br0 up
{podman} wait web >/dev/null
{podman} logs web
{podman} rm -f web >/dev/null
"""
    site.judge(site.run(prepare, ["sh", "-ec", script]))


def test_lxc(site):
    conf = site.folder / "lxc.conf"
    conf.write_text(f"lxc.net.0.type = veth\nlxc.net.0.link = br0\nlxc.net.0.flags = up\nlxc.rootfs.path = dir:{site.root}\n"
                    "lxc.mount.auto = proc:mixed sys:ro\nlxc.uts.name = guest\n")
    # LXC looks for the bridge in /sys, which must be that of the network namespace, with the cgroups of this machine.
    prepare = f"""mkdir {site.folder}/lxc {site.folder}/cgroup
mount --rbind /sys/fs/cgroup {site.folder}/cgroup
mount -t sysfs sysfs /sys
mount --rbind {site.folder}/cgroup /sys/fs/cgroup"""
    site.judge(site.run(prepare, ["lxc-execute", "-n", "vifi-guest", "-P", site.folder / "lxc", "-f", conf, "--", "/guest/check"]))
