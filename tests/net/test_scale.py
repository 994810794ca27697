# SPDX-License-Identifier: GPL-2.0-or-later
"""Many guests, and many hosts behind one guest.

   router ═ ap ═ wlan0 host br0 ─┬─ vg0 ═══ g0   ┐
                                 ├─ vg1 ═══ g1   │ one namespace `farm` with one veth per guest
                                 └─ …            ┘

dnsmasq on the router leases 10.77.0.0/16, and busybox udhcpc asks for each guest.  The guests' end is one packet socket
for all interfaces: the tests see each frame with the interface by which it arrived.  The same runs on a plain bridge;
`pytest -rP` prints both figures.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest

from lab import Lab, Options, Vifi
from lab.netns import inside, wait_for
from lab.topology import ROUTER_MAC, UPLINK_MAC
from field_world import beside
from world import ENGINES, arp
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

GATEWAY = "10.77.0.1"


def farm_mac(i):
    return f"02:77:00:00:{i >> 8:02x}:{i & 255:02x}"


class Farm:
    """A lab with `count` guests, and vifi or a plain bridge (engine "plain"); the guests' interfaces are g0, g1, … of the node
    `farm`."""

    def __init__(self, count, engine="kernel", config=""):
        self.count, self.plain = count, engine == "plain"
        self.lab = Lab(options=Options(guests=0, dhcp="none", ra="none", port={"strict": False, "reflect": False} if self.plain else {}))
        self.options = list(ENGINES.get(engine, ()))
        self.config = "[bridge]\n" + config
        self.vifi = self.sock = None

    def __enter__(self):
        self.lab.__enter__()
        try:
            lab = self.lab
            self.farm = lab.add_guest(0, name="farm", up=False)
            lab.host.sysctl(net__ipv6__conf__default__disable_ipv6=1)
            self.farm.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1,
                             net__ipv4__conf__all__arp_ignore=1)
            lab.router.ip(f"addr add {GATEWAY}/16 dev lan0")
            if self.plain:
                lab.plain_bridge()
            else:
                self.vifi = Vifi(lab, options=self.options, config=self.config)
            for i in range(self.count):
                if i % 100 == 0:
                    self._links(i, min(i + 100, self.count))
            self.leases, self.server_log = lab.file("farm.leases"), lab.file("farm-dnsmasq.log")
            lab.router.start(["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root",
                              "--port=0", "--interface=lan0", "--bind-interfaces", f"--dhcp-leasefile={self.leases}",
                              "--pid-file=", "--dhcp-authoritative", "--no-ping", "--dhcp-lease-max=4000",
                              "--dhcp-range=10.77.1.0,10.77.250.0,255.255.0.0,3600"], log=self.server_log)
            with inside(self.farm.ns):
                self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
            self.sock.setblocking(False)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _links(self, first, end):
        self.lab.host.ip(*(line for i in range(first, end) for line in (
            f"link add vg{i} type veth peer name g{i} netns {self.farm.ns} address {farm_mac(i)}",
            f"link set vg{i} master br0 up")))
        self.farm.ip(*(f"link set g{i} up" for i in range(first, end)))

    def __exit__(self, *_):
        try:
            if self.sock:
                self.sock.close()
            if self.vifi:  # the kernel waits for an RCU grace period for each port
                self.vifi.stop(timeout=60)
        finally:
            self.lab.close()

    def lease_all(self, timeout):
        """Runs udhcpc for every guest, some at a time; returns {guest number: address} from the server's leases."""
        script = (f"seq 0 {self.count - 1} | xargs -P 16 -I@ busybox udhcpc -i g@ -f -q -n -t 8 -T 2 -s /bin/true")
        self.farm.run(["sh", "-c", script], check=False, timeout=timeout)
        with open(self.leases) as file:
            lines = [line.split() for line in file]
        numbers = {farm_mac(i): i for i in range(self.count)}
        return {numbers[words[1]]: words[2] for words in lines if len(words) > 2 and words[1] in numbers}

    def addresses(self):
        return {binding["address"] for binding in self.vifi.bindings() if binding["family"] == "ip4"}

    def story_of(self, guests, leases, before):
        """What the log, the tables and the server say about some guests; `before`: the addresses that were bound earlier."""
        report, now = self.vifi.show(), self.addresses()
        with open(self.server_log) as file:
            server = file.read().splitlines()
        return "".join(
            f"\nguest {i}, {leases[i]}: bound before the datagrams: {leases[i] in before}, after them: {leases[i] in now}; "
            f"{[port for port in report['ports'] if port['port'] == f'vg{i}']}; "
            f"{[b for b in report['bindings'] if b.get('mac') == farm_mac(i)]}; "
            f"{[line for line in self.vifi.log_text().splitlines() if leases[i] + ' ' in line or farm_mac(i) in line]}; "
            f"{[line for line in server if farm_mac(i) in line]}" for i in guests)

    def drain(self):
        try:
            while True:
                self.sock.recv(65536)
        except BlockingIOError:
            return

    def send(self, i, frame):
        self.sock.sendto(bytes(frame), (f"g{i}", 0))

    def reached(self, addresses):
        """Sends a datagram from the network to every address; returns the guests that received theirs, with their MAC address."""
        wire, got, end = self.lab.router.raw("lan0"), set(), time.monotonic() + 60
        with wire:
            while len(got) < len(addresses) and time.monotonic() < end:
                self.drain()
                for i, address in addresses.items():
                    if i not in got:
                        wire.send(Ether(src=ROUTER_MAC, dst=farm_mac(i) if self.plain else UPLINK_MAC) / IP(src=GATEWAY, dst=address) / UDP(sport=7, dport=9) / (b"farm%06d" % i))
                time.sleep(0.3)
                got |= self._received()
        return got

    def _received(self):
        got = set()
        try:
            while True:
                data, address = self.sock.recvfrom(65536)
                match = re.search(rb"farm(\d{6})", data)
                if match and address[0] == f"g{int(match.group(1))}" and Ether(data).dst == farm_mac(int(match.group(1))):
                    got.add(int(match.group(1)))
        except BlockingIOError:
            return got

    def memory(self):
        """(resident bytes of the process, bytes of its maps)"""
        pid = self.vifi.show()["pid"]
        with open(f"/proc/{pid}/status") as file:
            rss = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) * 1024
        maps = 0
        for fd in os.listdir(f"/proc/{pid}/fdinfo"):  # the kernel's account of each map
            with open(f"/proc/{pid}/fdinfo/{fd}") as file:
                match = re.search(r"^memlock:\s+(\d+)", file.read(), re.M)
            maps += int(match.group(1)) if match else 0
        return rss, maps

    def show_cpu(self):
        """Seconds of CPU time that `show` uses, and its wall-clock time."""
        start = time.monotonic()
        return cpu_time(lambda: self.vifi.call("show", self.vifi.uplink)), time.monotonic() - start

    def json_tool_cpu(self):
        """Seconds of CPU time that Python's json.tool uses to format the same report: a measure of this machine."""
        report = json.dumps(self.vifi.show())
        return cpu_time(lambda: subprocess.run([sys.executable, "-m", "json.tool"], input=report, text=True, stdout=subprocess.DEVNULL, check=True))


def cpu_time(command):
    """Seconds of CPU time of the processes that a call starts."""
    before = os.times()
    command()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def timed_leases(farm, timeout):
    """The leases of all guests, and the seconds until the last has one."""
    start = time.monotonic()
    leases = farm.lease_all(timeout)
    return leases, time.monotonic() - start


def served_by_a_plain_bridge(count, timeout):
    """(guests with a lease, guests that a datagram from the network reaches, seconds until the last lease)"""
    with Farm(count, "plain") as farm:
        leases, seconds = timed_leases(farm, timeout)
        return len(leases), len(farm.reached(leases)), seconds


def check_all_served(farm, timeout):
    leases, seconds = timed_leases(farm, timeout)
    drops = farm.vifi.drops()
    assert len(leases) == farm.count, f"{len(leases)} of {farm.count} guests have a lease; {drops}"
    before = farm.addresses()
    missing = set(leases) - farm.reached(leases)
    assert not missing, (f"no datagram from the network for {len(missing)} guests ({sorted(missing)[:5]} …); {farm.vifi.drops()}; "
                         f"{farm.story_of(sorted(missing)[:5], leases, before)}")
    assert not drops.get("learn_full"), drops
    cpu, wall = min(farm.show_cpu() for _ in range(3))
    rss, maps = farm.memory()
    print(f"{farm.count} guests: leases after {seconds:.1f} s; show {wall * 1000:.0f} ms ({cpu * 1000:.0f} ms of CPU); "
          f"process {rss >> 10} KiB, tables {maps >> 10} KiB")
    return cpu


@pytest.mark.parametrize("engine", ENGINES)
def test_300_guests_all_get_a_lease(vifi_program, engine):
    with Farm(300, engine) as farm:
        check_all_served(farm, 250)
    leased, reached, seconds = beside(None, "300 guests", lambda _: served_by_a_plain_bridge(300, 250))
    print(f"plain bridge: {leased} of 300 guests have a lease after {seconds:.1f} s, {reached} are reached")
    assert leased == reached == 300


def test_1000_guests_all_get_a_lease(vifi_program):
    with Farm(1000) as farm:
        cpu = check_all_served(farm, 600)
        formatted = farm.json_tool_cpu()
        assert cpu < 0.2 * formatted, f"show used {cpu:.2f} s of CPU time, json.tool {formatted:.2f} s for the same report"


# ---- many hosts behind one port


def nested_mac(i):
    return f"02:78:00:00:00:{i:02x}"


def answered(farm, count):
    """Every host behind g0 asks for the router by ARP; returns how many hear the answer within six tries."""
    got = set()
    for _ in range(6):
        if len(got) == count:
            break
        for i in range(count):
            if i not in got:
                farm.send(0, arp(1, nested_mac(i), nested_mac(i), f"10.77.251.{i}", GATEWAY))
        time.sleep(0.5)
        try:
            while True:
                packet = Ether(farm.sock.recv(65536))
                if ARP in packet and packet[ARP].op == 2 and packet[ARP].psrc == GATEWAY:
                    got |= {i for i in range(count) if packet.dst == nested_mac(i) and packet[ARP].hwdst == nested_mac(i)}
        except BlockingIOError:
            pass
    return len(got)


def answered_by_a_plain_bridge(count):
    with Farm(1, "plain") as farm:
        return answered(farm, count)


@pytest.mark.parametrize("engine", ENGINES)
def test_200_hosts_behind_one_port_with_a_higher_cap(vifi_program, engine):
    theirs = beside(None, "200 hosts", lambda _: answered_by_a_plain_bridge(200))
    with Farm(1, engine, config="port-cap = 1024\n") as farm:
        ours = answered(farm, 200)
        print(f"{ours} of 200 hosts behind one port are answered, {engine}; plain bridge: {theirs}")
        assert ours == theirs == 200, farm.vifi.drops()
        port = next(p for p in farm.vifi.show()["ports"] if p["port"] == "vg0")
        assert (port["evicted"], port["limited"], port["refused"]) == (0, 0, 0), port


@pytest.mark.parametrize("engine", ENGINES)
def test_hint_at_the_cap_names_the_option_and_its_value(vifi_program, engine):
    with Farm(1, engine) as farm:
        farm.drain()
        answered(farm, 200)
        text = farm.vifi.call("show", farm.vifi.uplink).stdout
        assert re.search(r"port-cap.{0,20}256", text), text
        log = wait_for("a line about the cap", lambda: re.findall(r".*vg0.*port-cap.*256.*", farm.vifi.log_text()), 15)
        assert len(log) == 1, log
        assert "scan" not in text and "scan" not in log[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_hint_at_the_learning_rate_names_the_option_and_its_value(vifi_program, engine):
    with Farm(1, engine, config="port-cap = 1024\nlearn-rate = 5\nlearn-burst = 50\n") as farm:
        farm.drain()
        answered(farm, 100)
        text = farm.vifi.call("show", farm.vifi.uplink).stdout
        assert farm.vifi.drops().get("learn_rate"), text
        assert re.search(r"learn-burst.{0,20}50", text) and re.search(r"learn-rate.{0,20}5", text), text
        wait_for("a line about the rate", lambda: re.search(r"vg0.*learn-burst.*50", farm.vifi.log_text()), 15)


def test_another_cap_keeps_the_guests_over_a_restart(vifi_program):
    with Farm(3) as farm:
        leases = farm.lease_all(60)
        assert len(leases) == 3
        farm.vifi.kill()
        farm.vifi.options += ["--port-cap=512"]
        farm.vifi.start()
        assert farm.reached(leases) == set(leases)
