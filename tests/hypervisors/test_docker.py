# SPDX-License-Identifier: GPL-2.0-or-later
"""dockerd on the host of vifi: its firewall drops what passes between ports of br0, and the unit that `vifi setup` writes
accepts it.  A container gets the network by README's lines.

The packages of Docker are unpacked into the root of a systemd that boots in the lab's host.  Beside it runs the same on a plain
Ethernet bridge, without vifi.
"""

import shlex

import pytest

from lab import LabError
from lab.booted import Booted, missing_features
from lab.netns import run
from lab.packages import unpacked
from lab.topology import ROUTER4
from lab.unavailable import unavailable
from world import World, judged, wait_for

PACKAGES = "docker.io docker-cli? containerd tini"  # Debian 12 has the client in docker.io
FILES = {
    "/etc/sysusers.d/docker.conf": "g docker -\n",  # the package creates it
    "/etc/docker/daemon.json": '{"storage-driver": "vfs", "bip": "172.31.157.1/24"}\n',
}
# Docker insists on the controllers, which systemd does without.
CONTROLLERS = """for name in $(sed -n 's/^\\([a-z_]*\\)\\t[1-9].*/\\1/p' /proc/cgroups); do
	mkdir -p /sys/fs/cgroup/$name
	mount -t cgroup -o $name none /sys/fs/cgroup/$name || rmdir /sys/fs/cgroup/$name
done"""
RULE = "-A DOCKER-USER -i br0 -o br0 -j ACCEPT"


class Host(World):
    """A lab whose host has booted systemd with Docker; `plain`: br0 is an Ethernet bridge."""

    def __init__(self, plain):
        super().__init__(start=False, capture=not plain, guests=2, port={"strict": False, "reflect": False} if plain else None)
        self.plain, self.system = plain, None

    def __enter__(self):
        super().__enter__()
        try:
            if self.plain:
                self.lab.plain_bridge()
            self.system = self.lab.services["systemd"] = Booted(self.lab, self.host, FILES, trees=[unpacked("docker", PACKAGES)])
            self.system.run("rm", "-f", "/usr/sbin/libvirtd")
            if "cgroup2fs" not in self.system.run("stat", "-f", "-c", "%T", "/sys/fs/cgroup").stdout:
                self.system.run("sh", "-c", CONTROLLERS)
            # As on a machine where any program has loaded br_netfilter.
            self.host.run("sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1")
            self.start_docker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start_docker(self, verb="start"):
        done = self.system.systemctl(verb, "docker", check=False, timeout=90)
        assert done.returncode == 0, done.stderr + self.system.journal("docker")[-4000:] + self.system.journal("containerd")[-2000:]

    def rules(self):
        return self.system.run("iptables", "-w", "-S").stdout

    def answered(self, count=5):
        """Of pings from guest a: to guest b, and to the router."""
        return [self.guest_a.ping(target, count=count) for target in (self.guest_b.ip4, ROUTER4)]


@pytest.fixture(name="docker", scope="module")
def _docker(machine):
    try:
        unpacked("docker", PACKAGES)
    except LabError as e:
        unavailable(str(e))
    if missing_features():
        unavailable(missing_features())


def test_guests_reach_each_other_behind_the_firewall_of_docker(docker, make_site):
    with Host(plain=True) as world:
        plain = world.answered()
        assert "-P FORWARD DROP" in world.rules()
    with judged(Host(plain=False)) as world, make_site(world) as site:
        system = world.system
        before = world.guest_a.ping(world.guest_b.ip4, count=5)
        done = system.run("vifi", "setup", "--yes", "wlan0", "br0", check=False, timeout=90)
        assert done.returncode == 0, done.stdout + done.stderr
        assert RULE in world.rules(), world.rules()
        world.warm()
        after = world.answered()
        print(f"of 5 pings to another guest and to the router: plain bridge with Docker {plain}; vifi {after}, before its rule {before} to the guest")
        assert plain == [0, 0] and before == 0 and after == [5, 5], "without the rule Docker drops all, with it nothing"
        world.start_docker("restart")
        wait_for("the rule is back", lambda: world.rules().count(RULE) == 1, 20)
        assert world.rules().index("-A FORWARD -j DOCKER-USER") and world.answered() == [5, 5]
        container(site, system)
        done = system.run("vifi", "setup", "--undo", check=False, timeout=90)
        assert done.returncode == 0 and RULE not in world.rules(), done.stdout + done.stderr + world.rules()


def container(site, system):
    """README's lines, and what the container prints."""
    load = shlex.join(system.argv(["docker", "import", "-", "guest"]))
    run(["sh", "-c", f"tar -C {site.root} -c . | {load}"], timeout=60)
    script = """
docker run -d --name web --network none --cap-add NET_ADMIN --cap-add NET_RAW --sysctl net.ipv6.conf.all.disable_ipv6=0 guest /guest/check >/dev/null
ip link add veth-web type veth peer name eth0 netns $(docker inspect -f '{{.State.Pid}}' web)
ip link set veth-web master br0 up
docker wait web >/dev/null
docker logs web
"""
    site.judge(system.run("sh", "-ec", script, timeout=240).stdout)
