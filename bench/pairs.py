# SPDX-License-Identifier: GPL-2.0-or-later
"""vifi and its alternatives on the same network.

    router ═══ ap (forwards frames, filters nothing) ═══ wlan0 | host | br0 ═══ eth0 of the guest

Each contestant is set up on the host, verified by the router's neighbour entry for the guest, measured, and removed;
leftovers are an error. The contestants take turns: one round visits each of them once, and every round starts with a
different one, so that other load on the machine affects all of them alike. The plain bridge is in the list twice; the
difference between its two columns shows the accuracy of the figures.

Unlike a real access point, the port filters nothing; otherwise the plain bridge could not be measured.
"""

import json
import os
import subprocess
import time
from contextlib import contextmanager

from tests.lab.netns import LabError, wait_for
from tests.lab.topology import GUEST4, HOST4, HOST6, ROUTER4, ROUTER_MAC, UPLINK_MAC, Lab, guest_mac
from tests.lab.vifi import TOP, Vifi

PORT = 40001
CPUS = (0, 1) if (os.cpu_count() or 1) > 1 else (0, 0)


# ---- the contestants: each configures the host and restores it


@contextmanager
def bridge(lab):
    """wlan0 is a port of br0: the baseline, which a real access point would not allow."""
    lab.host.ip("addr flush dev wlan0 scope global", "link set wlan0 master br0", f"link set br0 address {UPLINK_MAC}",
                f"addr add {HOST4}/24 brd + dev br0")
    try:
        yield
    finally:
        lab.host.ip("link set wlan0 nomaster", "addr flush dev br0 scope global", f"addr add {HOST4}/24 brd + dev wlan0", f"addr add {HOST6}/64 dev wlan0 nodad",
                    f"route replace default via {ROUTER4}", "route replace default via fe80::20 dev wlan0")


NFT = f"""
table bridge bench {{
	chain out {{
		type filter hook postrouting priority 300
		oifname "wlan0" ether type arp arp saddr ether set {UPLINK_MAC}
		oifname "wlan0" ether saddr set {UPLINK_MAC}
	}}
	chain in {{
		type filter hook prerouting priority -300
		iifname "wlan0" arp daddr ip {GUEST4} arp daddr ether set {guest_mac(0)} ether daddr set {guest_mac(0)}
		iifname "wlan0" ip daddr {GUEST4} ether daddr set {guest_mac(0)}
	}}
}}
"""


@contextmanager
def nft(lab):
    """The bridge with hand-written rules for this one guest: source MAC out, destination MAC by IP address in."""
    with bridge(lab):
        lab.host.run(["nft", "-f", "-"], input=NFT)
        try:
            yield
        finally:
            lab.host.run("nft delete table bridge bench")


@contextmanager
def proxy_arp(lab):
    """The host routes to the guest, and answers ARP for the guest on the uplink and for the router on the bridge."""
    on = {f"net__ipv4__conf__{dev}__proxy_arp": 1 for dev in ("wlan0", "br0")}
    delay = {f"net__ipv4__neigh__{dev}__proxy_delay": 0 for dev in ("wlan0", "br0")}
    lab.host.sysctl(net__ipv4__ip_forward=1, **on, **delay)
    lab.host.ip(f"route add {GUEST4}/32 dev br0")
    try:
        yield
    finally:
        lab.host.ip(f"route del {GUEST4}/32 dev br0")
        lab.host.sysctl(net__ipv4__ip_forward=0, **{k: 0 for k in on})


@contextmanager
def vifi(lab):
    """vifi bridge up wlan0 br0: eBPF."""
    with Vifi(lab):
        yield


@contextmanager
def vifi_user(lab):
    """vifi bridge up --engine=user wlan0 br0: the same rules over packet sockets."""
    with Vifi(lab, options=["--engine=user"]):
        yield


@contextmanager
def minimal(lab):
    """bench/minimal.bpf.c: one MAC address and a redirect each way, nothing else; the neighbour entries are static."""
    guest = lab.guests[0]
    lab.router.ip(f"neigh replace {GUEST4} lladdr {UPLINK_MAC} dev lan0 nud permanent")
    guest.ip(f"neigh replace {ROUTER4} lladdr {ROUTER_MAC} dev eth0 nud permanent")
    process = subprocess.Popen(lab.host.argv([bench_program("minimal"), "wlan0", guest.vif, UPLINK_MAC, guest_mac(0)]),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "attached\n":
            raise LabError("bench/minimal did not attach")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=10)
        lab.router.ip(f"neigh del {GUEST4} dev lan0")
        guest.ip(f"neigh del {ROUTER4} dev eth0")


# name: (contestant, the guest's MAC address that the router's neighbour table must show)
CONTESTANTS = {
    "bridge": (bridge, guest_mac(0)),
    "vifi": (vifi, UPLINK_MAC),
    "minimal program": (minimal, UPLINK_MAC),
    "bridge again": (bridge, guest_mac(0)),
    "vifi --engine=user": (vifi_user, UPLINK_MAC),
    "nft snat/dnat": (nft, UPLINK_MAC),
    "proxy ARP": (proxy_arp, UPLINK_MAC),
}

# Units: Gbit/s, thousands of packets per second, nanoseconds of processor time per packet, microseconds
METRICS = ("tcp_out", "tcp_in", "udp_out", "udp_out_ns", "udp_in", "udp_in_ns", "rtt", "rtt_p99")


# ---- measuring


class Times:
    """Seconds of each measurement."""

    def __init__(self, quick):
        self.tcp, self.udp, self.rtt = (1, 0.4, 0.3) if quick else (2, 1.2, 0.8)


def bench_program(name):
    path = os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), "bench", name)
    if not os.path.exists(path):
        raise LabError(f"{path} is missing; run script/setup, which builds it")
    return path


def tcp(lab, guest, seconds, back):
    """Gbit/s counted at the receiver."""
    out = guest.run(["iperf3", "-c", ROUTER4, "-t", seconds, "-J", "-A", f"{CPUS[0]},{CPUS[1]}"] + (["-R"] if back else []),
                    check=False, timeout=seconds + 15).stdout
    try:
        return json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e9
    except (ValueError, KeyError) as e:
        raise LabError(f"iperf3: {out[-300:]}") from e


def _start(node, argv):
    return subprocess.Popen(node.argv([bench_program("load")] + argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def _end(proc, timeout):
    try:
        out, _ = proc.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        proc.kill()
        proc.communicate()
        raise LabError("bench/load did not end") from None
    if proc.returncode != 0:
        raise LabError(f"bench/load: exit {proc.returncode}")
    return json.loads(out) if out else None


def udp(sender, receiver, address, seconds):
    """(thousands of received packets per second, processor time of the sender per packet in ns).

    On veth pairs the sender's processor carries a packet to the receiver's socket, so its time is the whole cost of the
    packet. Unlike the rate, it does not suffer when other programs use the processor; that of the median batch of 64 packets
    leaves out the batches that they interrupt.
    """
    receiving = _start(receiver, ["-c", CPUS[1], "receive", PORT, seconds + 0.5])
    time.sleep(0.15)
    sending = _start(sender, ["-c", CPUS[0], "send", address, PORT, seconds])
    sent, got = _end(sending, seconds + 10), _end(receiving, seconds + 10)
    if not got["seconds"] or not got["packets"]:
        raise LabError("no UDP packet arrived")
    return got["packets"] / got["seconds"] / 1e3, sent["median_ns"]


def rtt(guest, router, seconds):
    """(median, 99th percentile) of a round trip in µs."""
    echo = _start(router, ["-c", CPUS[1], "echo", PORT, seconds + 0.5])
    time.sleep(0.15)
    got = _end(_start(guest, ["-c", CPUS[0], "ping", ROUTER4, PORT, seconds]), seconds + 10)
    _end(echo, seconds + 10)
    return got["median_us"], got["p99_us"]


def measure(lab, guest, times):
    figures = {"tcp_out": tcp(lab, guest, times.tcp, False), "tcp_in": tcp(lab, guest, times.tcp, True)}
    figures["udp_out"], figures["udp_out_ns"] = udp(guest, lab.router, ROUTER4, times.udp)
    figures["udp_in"], figures["udp_in_ns"] = udp(lab.router, guest, GUEST4, times.udp)
    figures["rtt"], figures["rtt_p99"] = rtt(guest, lab.router, times.rtt)
    return figures


# ---- a visit


def _state(lab):
    """The host's state, which a contestant must restore."""
    links = sorted((x["ifname"], x.get("master", ""), x["address"]) for x in json.loads(lab.host.query("-j link show")))
    routes = sorted(lab.host.query("route show").split("\n"))
    return links, routes, lab.host.run("nft list ruleset").stdout, lab.host.run("tc filter show dev wlan0 ingress").stdout


def _fresh_bridge(lab, guest):
    lab.host.ip("link add br0 type bridge forward_delay 0", "link set br0 up", f"link set {guest.vif} master br0")


def visit(lab, guest, name, times):
    """Sets one contestant up, measures it and removes it. Returns its figures."""
    contestant, believed = CONTESTANTS[name]
    before = _state(lab)
    _fresh_bridge(lab, guest)
    try:
        with contestant(lab):
            for node in (lab.router, guest, lab.host):
                node.ip("neigh flush all")
            wait_for(f"{name}: ping from the guest to the router", lambda: guest.ping(ROUTER4), timeout=8)
            seen = lab.router.neighbours("lan0").get(GUEST4)
            if seen != believed:
                raise LabError(f"{name}: the router has {GUEST4} at {seen}, not at {believed}, so the traffic does not pass this contestant")
            figures = measure(lab, guest, times)
    finally:
        lab.host.ip("link del br0")
    if _state(lab) != before:
        raise LabError(f"{name} changed the host's state:\n{before}\n{_state(lab)}")
    return figures


def _visit_with_retry(lab, guest, name, times, progress):
    """visit() with one retry: one lost connection must not discard ten minutes of figures."""
    try:
        return visit(lab, guest, name, times)
    except LabError as e:
        progress(f"{name}: retrying after: {e}")
        return visit(lab, guest, name, times)


def run(rounds, times, names=None, progress=lambda text: None):
    """Returns ({name: {metric: [one figure per round]}}, {name: reason for a missing measurement})."""
    names = list(names or CONTESTANTS)
    figures = {n: {m: [] for m in METRICS} for n in names}
    absent = {}
    with Lab(guests=1, dhcp="none", ra="none", bridge=False, port={"strict": False, "reflect": False}) as lab:
        guest = lab.guests[0]
        lab.static(guest, 41, v6=False)
        lab.router.start(["iperf3", "-s", "-4"])
        for round_index in range(rounds):
            for name in names[round_index % len(names):] + names[:round_index % len(names)]:
                if name in absent:
                    continue
                begun = time.monotonic()
                try:
                    got = _visit_with_retry(lab, guest, name, times, progress)
                except LabError as e:
                    if round_index or name == "bridge":
                        raise
                    absent[name] = str(e).strip().splitlines()[-1]
                    progress(f"{name}: not measured: {e}")
                    continue
                for metric, value in got.items():
                    figures[name][metric].append(value)
                progress(f"round {round_index + 1}/{rounds}  {name:<23}" + "  ".join(f"{m} {v:.2f}" for m, v in got.items())
                         + f"  ({time.monotonic() - begun:.1f} s)")
    return {n: f for n, f in figures.items() if n not in absent}, absent
