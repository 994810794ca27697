# SPDX-License-Identifier: GPL-2.0-or-later
"""Each program that configures interfaces, under a booted systemd with udev: it configures wlan0, `vifi setup --yes` writes what
README says, guests have the network, the program restarts, and the machine reboots.

The same program makes a plain Ethernet bridge of wlan0 and br0 beside it, for the figures.

   router ═══ ap, strict port ═══ wlan0 ┐ host: systemd, udev, and one of the programs ┌ br0 ═══ guest a
                                        └──────────────────────────────────────────────┘
"""

import os
import time
from dataclasses import dataclass

import pytest

from lab import LabError, services
from lab.booted import Booted, missing_features
from lab.packages import NETWORK_MANAGER, unpacked
from lab.topology import HOST4, HOST6, ROUTER4, ROUTER6, UPLINK_MAC
from lab.unavailable import unavailable
from service_world import Pings
from world import World, judged, wait_for

# udev asks only network interfaces to announce themselves again: the others are the machine's.
UDEV = {"/etc/systemd/system/systemd-udev-trigger.service.d/net.conf":
        "[Service]\nExecStart=\nExecStart=udevadm trigger --type=devices --action=add --subsystem-match=net\n"}
# A unit that waits for a time-out, or is started again, takes longer; a busy machine has needed 11 s more than for a plain bridge.
BOOT_SECONDS = 20
MASKED = ("systemd-hwdb-update.service", "systemd-networkd-wait-online.service", "NetworkManager-wait-online.service")


@dataclass
class Manager:
    packages: str
    unit: str
    restart: str
    host: dict  # path → text of the files by which it configures wlan0
    plain: dict  # the same for wlan0 as a port of br0
    ours: tuple  # the files of `vifi setup`
    unmanaged: str = ""  # prints the interfaces that it leaves alone
    slack: int = 0  # so many pings more than on the plain bridge may be lost: of two every 0.2 s
    program: str = ""  # which the package makes executable when it is installed


NETWORKD_ADDRESS = (f"[Network]\nAddress={HOST4}/24\nGateway={ROUTER4}\nAddress={HOST6}/64\nGateway=fe80::20\nIPv6AcceptRA=no\nIPv6DuplicateAddressDetection=0\n"
                    "DHCP=no\n")
IFUPDOWN_ADDRESS = f"\taddress {HOST4}/24\n\tgateway {ROUTER4}\n"
IFUPDOWN_ADDRESS6 = f"\taddress {HOST6}/64\n\tgateway fe80::20\n\tdad-attempts 0\n\taccept_ra 0\n"
IFUPDOWN2_ADDRESS6 = f"\taddress {HOST6}/64\n\tgateway fe80::20\n\tup echo 0 >/proc/sys/net/ipv6/conf/$IFACE/accept_ra\n"
NO_HOTPLUG = {"/etc/udev/rules.d/80-ifupdown.rules": ""}  # the rule of ifupdown, which this machine may have
NM_ADDRESS = (f"[ipv4]\nmethod=manual\naddress1={HOST4}/24,{ROUTER4}\n\n[ipv6]\nmethod=manual\naddress1={HOST6}/64,fe80::20\n")
NM_CONF = {"/etc/NetworkManager/NetworkManager.conf":
           "[main]\nplugins=keyfile\nauth-polkit=false\nno-auto-default=*\n[device-uplink]\nmatch-device=interface-name:wlan0\nmanaged=1\n"}
MANAGERS = {
    "networkd": Manager(
        "udev", "systemd-networkd", "systemctl restart systemd-networkd",
        {"/etc/systemd/network/20-wlan0.network": f"[Match]\nName=wlan0\n\n{NETWORKD_ADDRESS}",
         # a missing setting for vifi's interfaces or the bridge would show
         "/etc/systemd/network/99-all.network": "[Match]\nName=vifi* br0\n\n[Network]\nDHCP=yes\n"},
        {"/etc/systemd/network/10-br0.netdev": f"[NetDev]\nName=br0\nKind=bridge\nMACAddress={UPLINK_MAC}\n\n[Bridge]\nSTP=no\nForwardDelaySec=0\n",
         "/etc/systemd/network/20-wlan0.network": "[Match]\nName=wlan0\n\n[Network]\nBridge=br0\n",
         "/etc/systemd/network/30-br0.network": f"[Match]\nName=br0\n\n{NETWORKD_ADDRESS}"},
        ("/etc/systemd/network/10-vifi.network", "/etc/systemd/network/10-vifi-br0.netdev", "/etc/systemd/network/10-vifi-br0.network"),
        "networkctl --no-legend list | awk '$5 == \"unmanaged\" { print $2 }'"),
    "ifupdown": Manager(
        "udev ifupdown", "networking", "ifup -a",
        {"/etc/network/interfaces": "source /etc/network/interfaces.d/*\n",
         "/etc/network/interfaces.d/wlan0": f"auto wlan0\niface wlan0 inet static\n{IFUPDOWN_ADDRESS}iface wlan0 inet6 static\n{IFUPDOWN_ADDRESS6}"},
        {"/etc/network/interfaces": "source /etc/network/interfaces.d/*\n",
         "/etc/network/interfaces.d/br0": f"auto br0\niface br0 inet static\n\tpre-up ip link add br0 address {UPLINK_MAC} type bridge forward_delay 0\n"
                                          f"\tpre-up ip link set wlan0 master br0 up\n{IFUPDOWN_ADDRESS}iface br0 inet6 static\n{IFUPDOWN_ADDRESS6}"},
        ("/etc/network/interfaces.d/vifi-br0",)),
    "ifupdown2": Manager(
        "udev ifupdown2", "networking", "ifreload -a",
        {**NO_HOTPLUG, "/etc/network/interfaces": f"source /etc/network/interfaces.d/*\n\nauto wlan0\niface wlan0\n"
                                                  f"{IFUPDOWN_ADDRESS}{IFUPDOWN2_ADDRESS6}"},
        {**NO_HOTPLUG, "/etc/network/interfaces": f"auto br0\niface br0\n\tbridge-ports wlan0\n\tbridge-stp off\n\tbridge-fd 0\n\thwaddress {UPLINK_MAC}\n"
                                    f"{IFUPDOWN_ADDRESS}{IFUPDOWN2_ADDRESS6}"},
        ("/etc/network/interfaces.d/vifi-br0",), program="usr/share/ifupdown2/__main__.py"),
    "NetworkManager": Manager(
        f"udev {NETWORK_MANAGER}", "NetworkManager", "systemctl restart NetworkManager",
        {**NM_CONF, "/etc/NetworkManager/system-connections/wlan0.nmconnection":
            f"[connection]\nid=wlan0\ntype=ethernet\ninterface-name=wlan0\n\n{NM_ADDRESS}"},
        {**NM_CONF, "/etc/NetworkManager/system-connections/wlan0.nmconnection":
            "[connection]\nid=wlan0\ntype=ethernet\ninterface-name=wlan0\nmaster=br0\nslave-type=bridge\n",
         "/etc/NetworkManager/system-connections/br0.nmconnection":
            "[connection]\nid=br0\ntype=bridge\ninterface-name=br0\n\n"
            f"[bridge]\nstp=false\nforward-delay=0\nmac-address={UPLINK_MAC}\n\n{NM_ADDRESS}"},
        ("/etc/NetworkManager/conf.d/90-vifi.conf", "/etc/NetworkManager/system-connections/vifi-br0.nmconnection"),
        "nmcli -t -f DEVICE,STATE device | sed -n s/:unmanaged//p"),
}


class Host(World):
    """A lab whose host has booted systemd with one of the programs; `plain`: as an Ethernet bridge."""

    def __init__(self, name, plain):
        super().__init__(start=False, capture=not plain, static=False, bridge=False, guests=1,
                         port={"strict": False, "reflect": False} if plain else None)
        self.manager, self.plain, self.name = MANAGERS[name], plain, name
        self.system, self.state = None, () if plain else ("/var/lib/vifi",)

    def __enter__(self):
        super().__enter__()
        try:
            self.packages = unpacked(f"manager-{self.name}", self.manager.packages)
            if self.manager.program:
                os.chmod(self.packages / self.manager.program, 0o755)
            self.boot([self.packages, self.files(self.manager.plain if self.plain else self.manager.host)])
        except BaseException:
            self.__exit__()
            raise
        return self

    def files(self, texts):
        """A tree with these files."""
        tree = self.lab.file("settings")
        for path, text in {**UDEV, **texts}.items():
            os.makedirs(os.path.dirname(tree + path), exist_ok=True)
            with open(tree + path, "w") as file:
                file.write(text)
            os.chmod(tree + path, 0o600 if path.endswith(".nmconnection") else 0o644)
        for unit in MASKED:
            os.symlink("/dev/null", f"{tree}/etc/systemd/system/{unit}")
        return tree

    def boot(self, trees):
        """As after a power cycle: interfaces have neither addresses nor masters."""
        self.host.ip("addr flush dev wlan0", "link set wlan0 down")
        self.system = self.lab.services["systemd"] = Booted(self.lab, self.host, enabled=[self.manager.unit], trees=trees)
        # So that `setup` writes nothing for libvirt, whose daemon does not run here.
        self.system.run("rm", "-f", "/usr/sbin/libvirtd")
        try:
            wait_for("the unit has started", lambda: self.system.systemctl("is-active", self.manager.unit, check=False).stdout == "active\n", 30)
            wait_for("the host reaches the router", lambda: self.host.ping(ROUTER4), 30)
        except LabError as e:
            raise LabError(f"{e}\n{self.host.query('addr show')}\n{self.system.journal(self.manager.unit)}") from e

    def connect(self):
        """Makes the guest's port a port of br0, as a hypervisor would."""
        wait_for("br0 is up", lambda: "br0" in self.host.query("-o link show type bridge up"), 30)
        self.host.ip(f"link set {self.guest_a.vif} master br0 up")

    def check_addresses(self):
        """The host's addresses are those of wlan0: on br0 it would be one more guest."""
        for interface in () if self.plain else ("br0", "vifi0", "vifi0p"):
            got = [line for line in self.host.query(f"-o addr show dev {interface}").splitlines() if " scope global" in line]
            assert not got, got

    def reboot(self):
        """Seconds from the start of systemd until the network reaches the guest."""
        trees = [self.packages, self.system.save("/etc", *self.state)]
        self.system.power_off()
        left = self.host.query("-o link show")
        assert "vifi0" not in left, f"the shutdown left {left}"
        for line in self.host.query("-o link show type bridge").splitlines():
            self.host.ip(f"link del {line.split()[1].rstrip(':')}")
        begun = time.monotonic()
        self.boot(trees)
        self.connect()
        address = self.guest_a.addresses("eth0", 4)[0]
        wait_for("the router reaches the guest", lambda: self.router.ping(address), 30)
        return time.monotonic() - begun


def lost_in_a_restart(world):
    """Pings lost while the program restarts."""
    address = world.guest_a.addresses("eth0", 4)[0]
    with Pings(world.guest_a, ROUTER4) as out, Pings(world.router, address) as inward:
        world.system.run("sh", "-c", world.manager.restart)
        world.connect()  # ifupdown2 takes the ports out of br0 that its file does not list
        time.sleep(3)
    return out.lost + inward.lost


def live(world):
    """What a guest of this host experiences; returns the figures."""
    world.connect()
    guest = world.guest_a
    begun = time.monotonic()
    address = services.udhcpc(world.lab, guest)
    lease = time.monotonic() - begun
    services.slaac(guest)  # by an advertisement that br0 has heard, too
    world.check_addresses()
    for node, target in ((guest, ROUTER4), (guest, ROUTER6), (guest, HOST4), (world.router, address)):
        wait_for(f"{node.name} reaches {target}", lambda node=node, target=target: node.ping(target), 10)
    lost = lost_in_a_restart(world)
    return {"seconds to the lease": lease, "pings lost in a restart": lost, "seconds from boot to the guest": world.reboot()}


@pytest.mark.parametrize("name", MANAGERS)
def test_setup_fits_the_program_that_configures_interfaces(name, vifi_program):
    missing = missing_features()
    if missing:
        unavailable(missing)
    try:
        unpacked(f"manager-{name}", MANAGERS[name].packages)
    except LabError as e:
        unavailable(str(e))
    with Host(name, plain=True) as world:
        plain = live(world)
    with judged(Host(name, plain=False)) as world:
        done = world.system.run("vifi", "setup", "--yes", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        for path in world.manager.ours:
            assert path in done.stdout, done.stdout
        ours = live(world)
        for _ in range(2):  # a busy machine only adds to them
            if ours["seconds from boot to the guest"] > plain["seconds from boot to the guest"] + BOOT_SECONDS:
                ours["seconds from boot to the guest"] = min(ours["seconds from boot to the guest"], world.reboot())
            if ours["pings lost in a restart"] > plain["pings lost in a restart"] + world.manager.slack:
                ours["pings lost in a restart"] = min(ours["pings lost in a restart"], lost_in_a_restart(world))
        for what, value in ours.items():
            print(f"{name}: {what}: {value:.1f}, plain bridge {plain[what]:.1f}")
        system, host = world.system, world.host
        assert system.systemctl("is-active", "vifi-bridge@wlan0").stdout == "active\n"
        world.check_addresses()
        if world.manager.unmanaged:
            assert {"vifi0", "vifi0p"} < set(system.run("sh", "-c", world.manager.unmanaged).stdout.split())
        check = system.run("vifi", "bridge", "check", "wlan0", "br0", check=False).stdout
        assert "network_manager" not in check, check
        assert ours["pings lost in a restart"] <= plain["pings lost in a restart"] + world.manager.slack
        assert ours["seconds from boot to the guest"] <= plain["seconds from boot to the guest"] + BOOT_SECONDS
        assert world.port.foreign() == 0, world.port.last_offender()
        done = system.run("vifi", "setup", "--undo", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "vifi0" not in host.query("link show")
        for path in world.manager.ours:
            assert system.run("test", "-e", path, check=False).returncode, path
        assert host.ping(ROUTER4), "the host has lost its network"
