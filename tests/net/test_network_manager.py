# SPDX-License-Identifier: GPL-2.0-or-later
"""The real NetworkManager beside vifi, without udev, as in a container, and the files that `vifi setup` writes for it.

The packages are unpacked into an overlay of this machine's root, which only the test's mount namespace sees, so that
nothing is installed.  NetworkManager runs with a D-Bus of its own in the network namespace of the lab's host.
"""

import pytest

from lab import Lab, LabError
from lab.packages import NETWORK_MANAGER, unpacked
from lab.topology import ROUTER4
from lab.unavailable import unavailable
from lab.vifi import TOP, program

# $1: an empty folder, $2: the script for the overlay
OVERLAY = """set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
for name in proc dev; do mount --rbind "/$name" "$1/root/$name"; done
mount -t tmpfs none "$1/root/run"
mkdir "$1/root/run/netns"
mount --rbind /run/netns "$1/root/run/netns"
mkdir -p "$1/root$TOP"
mount --rbind "$TOP" "$1/root$TOP"
cp -a "$PACKAGES/usr/." "$1/root/usr/"
cp -a "$PACKAGES/etc/." "$1/root/etc/"
mount -t sysfs -o ro sysfs "$1/root/sys"
exec chroot "$1/root" sh -c "$2"
"""
START = """set -e
mkdir -p /run/dbus /run/NetworkManager
id messagebus >/dev/null 2>&1 || echo messagebus:x:899:899::/nonexistent:/bin/false >>/etc/passwd
dbus-daemon --system --fork --nopidfile --print-pid=3 3>/run/dbus.pid
end() { kill $vifi $manager $(cat /run/dbus.pid) 2>/dev/null; wait; }
trap end EXIT
printf '[main]\\nplugins=keyfile\\nauth-polkit=false\\n[keyfile]\\nunmanaged-devices=interface-name:wlan0;interface-name:vif-*\\n' >/etc/NetworkManager/NetworkManager.conf
wait_for() { for i in $(seq 150); do eval "$1" && return; sleep 0.1; done; echo "not within 15 s: $1"; exit 9; }
state() { nmcli -c no -t -f DEVICE,STATE device | sed -n "s/^$1://p"; }
NetworkManager --debug >/run/manager.log 2>&1 & manager=$!
wait_for 'nmcli general >/dev/null 2>&1'
up() { "$VIFI" bridge up wlan0 "$1" >/run/vifi.log 2>&1 & vifi=$!; wait_for '"$VIFI" bridge show -j wlan0 >/dev/null 2>&1'; }
"""


@pytest.fixture(name="packages", scope="module")
def _packages():
    """The folder with the files of NetworkManager."""
    try:
        return unpacked("network-manager", NETWORK_MANAGER)
    except LabError as e:
        return unavailable(str(e))


@pytest.fixture
def lab(vifi_program, packages):
    with Lab(guests=1, dhcp="none", ra="none") as lab:
        lab.static(lab.guest("a"), 41)
        lab.packages = packages
        yield lab


def run(lab, folder, script):
    """Runs a script beside NetworkManager and returns its output."""
    done = lab.host.run(["unshare", "-m", "env", f"TOP={TOP}", f"PACKAGES={lab.packages}", f"VIFI={program()}", "sh", "-c", OVERLAY, "sh", folder, START + script],
                        check=False, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_network_manager_without_udev_takes_vifi0_and_check_says_so(lab, tmp_path):
    """Why the setting is needed: NetworkManager asks for an address on vifi0."""
    out = run(lab, tmp_path, """up br0
wait_for 'state vifi0 | grep -q connect'
"$VIFI" bridge check wlan0 br0 || :
""")
    assert "WARNING network_manager: " in out and "90-vifi.conf" in out, out


def test_setup_makes_network_manager_leave_vifi_alone_and_create_the_bridge(lab, tmp_path):
    host = lab.host
    assert "br7" not in host.query("link show")
    out = run(lab, tmp_path, f"""rm -rf /run/systemd /etc/qemu /usr/sbin/libvirtd
"$VIFI" setup --yes wlan0 br7 || {{ "$VIFI" setup wlan0 br7; exit 8; }}
wait_for 'ip link show br7 up >/dev/null 2>&1'
ip link set vif-a master br7
up br7
wait_for 'state br7 | grep -q ^connected'
sleep 3
echo "vifi0 $(state vifi0), vifi0p $(state vifi0p), br7 $(state br7)"
echo "addresses $(ip -o addr show br7 | wc -l) $(ip -o addr show vifi0 | wc -l)"
"$VIFI" bridge check wlan0 br7 | grep network_manager || echo "check finds nothing"
ip netns exec {lab.guest("a").ns} ping -n -c 3 -i 1 -W 2 {ROUTER4} | grep received || : # after the last request ping waits for an interval
kill $vifi; wait $vifi || :; vifi=
"$VIFI" setup --undo
wait_for '! ip link show br7 >/dev/null 2>&1'
ls /etc/NetworkManager/conf.d /etc/NetworkManager/system-connections
""")
    assert "vifi0 unmanaged, vifi0p unmanaged, br7 connected" in out, out
    assert "3 packets transmitted, 3 received" in out, out
    assert "addresses 0 0" in out and "check finds nothing" in out, out
    assert "vifi" not in out.split("removed /etc/NetworkManager/conf.d/90-vifi.conf")[1].split("/etc/NetworkManager/conf.d:")[-1], out
