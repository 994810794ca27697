# SPDX-License-Identifier: GPL-2.0-or-later
"""Healthy networks of different topologies, drawn from a seed: `vifi why` of each guest, of the router and of this host names
nothing.  Each guest reaches the router before, so that the network is known to be healthy.  VIFI_HEALTHY_RUNS=200 draws so many.  Other traits of
healthy networks are in test_why_topologies.py."""

import json
import os
import random

import pytest
from lab.netns import wait_for
from lab.topology import HOST4, PREFIX6, ROUTER4, ROUTER6, ROUTER_MAC, UPLINK_MAC
from scapy.layers.l2 import ARP, Dot1Q, Ether
from lab.vifi import program
from why_lab import innocent, quiet, why
from world import BCAST, ENGINES, World

RUNS = 60

FIREWALLS = {
    "none": None,
    "bridge accepts": "table bridge guard {\n chain forward {\n type filter hook forward priority 0; policy accept;\n ether type arp counter accept\n"
                      " iifname \"other0\" counter drop\n ether saddr 02:66:00:00:00:01 drop\n }\n}\n",
    "bridge with lists": "table bridge guard {\n chain forward {\n type filter hook forward priority 0; policy drop;\n ether type { arp, ip, ip6 } accept\n }\n}\n",
    "host input": "table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n ct state established,related accept\n"
                  " iifname \"lo\" accept\n meta l4proto { icmp, ipv6-icmp } accept\n udp dport 67 accept\n }\n}\n",
    "host forward": "table inet filter {\n chain forward {\n type filter hook forward priority 0; policy drop;\n iifname \"br0\" oifname \"br0\" accept\n }\n}\n",
    "ports": "table netdev guard {\n chain a {\n type filter hook ingress device \"vif-a\" priority 0; policy accept;\n ip saddr 203.0.113.7 drop\n }\n}\n",
}


class Plan:
    """What one run consists of."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.engine = draw.choice(sorted(ENGINES))
        self.guests = draw.choice([1, 1, 2, 3, 5])
        self.addresses = draw.choice(["both", "both", "ip4", "ip6", "dhcp", "pinned"])
        self.vlan = draw.random() < 0.2
        self.firewall = draw.choice(sorted(FIREWALLS)) if draw.random() < 0.6 else "none"
        self.netfilter = draw.random() < 0.3
        self.traffic = draw.random() < 0.5
        self.mtu = draw.choice([1500, 1500, 1400])
        self.restart = draw.random() < 0.15

    def __str__(self):
        return ", ".join(f"{name}={value}" for name, value in vars(self).items())


def give_address(world, plan, guest, number):
    """Returns what `why` may be asked about the guest."""
    last = 41 + number
    if plan.addresses == "dhcp":
        script = world.lab.file("lease.sh")
        with open(script, "w") as file:
            file.write(f'#!/bin/sh\n[ "$1" = bound ] && ip addr add $ip/24 dev eth0 && ip route replace default via 192.168.157.20\nexit 0\n')
        guest.run(["chmod", "755", script])
        assert guest.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", script], check=False, timeout=60).returncode == 0
        return [guest.addresses("eth0")[0]]
    asked = []
    if plan.addresses != "ip6":
        guest.ip(f"addr add 192.168.157.{last}/24 dev eth0", f"route replace default via {ROUTER4}")
        asked.append(f"192.168.157.{last}")
    if plan.addresses in ("both", "ip6"):
        guest.ip(f"addr add {PREFIX6}:{last}/64 dev eth0 nodad")
        asked.append(f"{PREFIX6}:{last}")
    if plan.addresses == "pinned":
        world.vifi.call("pin", "wlan0", guest.mac("eth0"), asked[0])
    return asked


def reach(guest, address):
    target = ROUTER6 if ":" in address else ROUTER4
    wait_for(f"{address} reaches {target}", lambda: guest.ping(target, timeout=1), 15)


def reach_tagged(world, guest, number):
    """The guest asks for the router in VLAN 20, by frames of its own: this kernel may have no VLAN interfaces."""
    mac, address = guest.mac("eth0"), f"192.168.120.{41 + number}"
    frame = Ether(src=mac, dst=BCAST) / Dot1Q(vlan=20) / ARP(hwsrc=mac, psrc=address, pdst="192.168.120.20")

    def arrives():
        guest.tagged.send(frame)
        return world.received(world.wire, lambda p: Dot1Q in p and p[Dot1Q].vlan == 20 and ARP in p and p[ARP].psrc == address, 0.3)

    wait_for(f"the tagged frame of {address} arrives", arrives, 15)
    reply = Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / Dot1Q(vlan=20) / ARP(op=2, hwsrc=ROUTER_MAC, psrc="192.168.120.20", hwdst=UPLINK_MAC, pdst=address)
    world.wire.send(reply)
    return address


def prepare(world, plan):
    host = world.host
    quiet(host)
    if plan.firewall != "none":
        host.run(["nft", "-f", "-"], input=FIREWALLS[plan.firewall])
    if plan.netfilter:
        host.run(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1"])


def converse(world, plan, asked):
    """All reach the router, and some each other and this host."""
    for guest, addresses in zip(world.guests, asked):
        for address in addresses:
            reach(guest, address)
    if plan.traffic:
        world.host.ping(ROUTER4)
        one, other = world.guests[0], asked[-1][0]
        if len(asked) > 1:
            wait_for(f"{asked[0]} reaches {other}", lambda: one.ping(other, timeout=1), 15)


@pytest.mark.parametrize("seed", range(int(os.environ.get("VIFI_HEALTHY_RUNS", 0)) or RUNS))
def test_nothing_is_invented_on_a_healthy_network(vifi_program, seed):
    plan = Plan(seed)
    print(plan)
    dhcp = "dnsmasq" if plan.addresses == "dhcp" else "none"
    with World(vifi=ENGINES[plan.engine] + (("--vlans", "20") if plan.vlan else ()), capture=False, static=False, dhcp=dhcp, ra="none", guests=0,
               mtu=plan.mtu) as world:
        prepare(world, plan)
        for number in range(plan.guests):
            guest = world.lab.add_guest(number, up=False)
            if plan.addresses not in ("both", "ip6"):
                guest.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
            guest.ip("link set eth0 up")
            world.guests.append(guest)
        asked = [give_address(world, plan, guest, number) for number, guest in enumerate(world.guests)]
        converse(world, plan, asked)
        if plan.vlan:
            for number, guest in enumerate(world.guests):
                guest.tagged = guest.raw("eth0")
                asked[number].append(reach_tagged(world, guest, number))
        if plan.restart:
            assert world.vifi.stop() == 0
            world.vifi.start()
            for guest, addresses in zip(world.guests, asked):
                reach(guest, addresses[0])
        names = [address for addresses in asked for address in addresses]
        for name in [*names, "vif-a", world.guests[0].mac("eth0"), ROUTER4, HOST4]:
            causes = innocent(world, name)
            assert causes == [], (str(plan), name, causes)


def test_rules_that_cannot_be_read_are_not_said_to_be_harmless():
    """Without libnftables nothing is known of rules; then nothing may be excluded, either."""
    words = "no rule of nftables is known to drop the guest's frames"
    hide = "for library in $(ldconfig -p | sed -n 's/.*libnftables.* => //p'); do mount --bind /dev/null $library; done; "
    with World() as world:
        quiet(world.host)
        assert words in why(world.host, world.guest_a.ip4)["excluded"]
        done = world.host.run(["unshare", "-m", "sh", "-c", f"{hide} exec {program()} why -j {world.guest_a.ip4}"], check=False)
        assert words not in json.loads(done.stdout)["excluded"], done.stdout
