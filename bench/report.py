# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of what was measured, and doc/benchmarks.md around them."""

import datetime
import os
import re
from statistics import median, quantiles

SIZES = (1, 1000, 65536)
LEAST = 20  # ns; a ratio of less says nothing, the clock's own step is 1 ns
ELSEWHERE = ("vifi --engine=user",)  # its work is not on the sender's processor
TITLES = {"tcp_out": "TCP, guest → router", "tcp_in": "TCP, router → guest", "udp_out": "64-byte UDP, guest → router",
          "udp_in": "64-byte UDP, router → guest"}


def quartiles(values):
    """(lower quartile, median, upper quartile)."""
    if len(values) < 2:
        return (values[0],) * 3
    q = quantiles(values, n=4, method="inclusive")
    return q[0], median(values), q[2]


def span(values, form="{:.2f}"):
    low, mid, high = quartiles(values)
    return form.format(mid) + (f" ({form.format(low)} … {form.format(high)})" if len(values) > 1 else "")


def table(head, rows):
    """A Markdown table; all columns but the first are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows])


# ---- the network pairs


def ratios(figures, name, metric):
    """Each round's figure divided by the plain bridge's of the same round."""
    return [a / b for a, b in zip(figures[name][metric], figures["bridge"][metric])]


def throughput(figures, metric):
    rows = [(n, f"{median(f[metric]):.1f}", "1" if n == "bridge" else span(ratios(figures, n, metric)))
            for n, f in figures.items()]
    return f"### {TITLES[metric]}\n\n" + table(("", "Gbit/s", "ratio to the bridge"), rows)


def packets(figures, metric):
    rows = []
    for n, f in figures.items():
        row = [n, f"{median(f[metric]):.0f}", "1" if n == "bridge" else span(ratios(figures, n, metric))]
        if n in ELSEWHERE:
            row += ["", ""]
        else:
            inverse = [1 / r for r in ratios(figures, n, metric + "_ns")]
            row += [f"{median(f[metric + '_ns']):.0f}", "1" if n == "bridge" else span(inverse)]
        rows.append(row)
    head = ("", "packets/s, thousands", "ratio to the bridge", "processor time, ns a packet", "ratio of the bridge's to it")
    return f"### {TITLES[metric]}\n\n" + table(head, rows)


def latency(figures):
    rows = []
    for n, f in figures.items():
        added = [(a - b) / 2 for a, b in zip(f["rtt"], figures["bridge"]["rtt"])]
        rows.append((n, f"{median(f['rtt']):.1f}", f"{median(f['rtt_p99']):.1f}", "0" if n == "bridge" else span(added)))
    return "### Latency\n\n" + table(("", "round trip, µs: median", "99th percentile", "added to a packet one way, µs"), rows)


def pairs(figures, absent):
    parts = [throughput(figures, m) for m in ("tcp_out", "tcp_in")]
    parts += [packets(figures, m) for m in ("udp_out", "udp_in")] + [latency(figures)]
    parts += [f"Not measured: {n}: {why}" for n, why in absent.items()]
    return "\n\n".join(parts)


# ---- the programs


def programs(prog):
    """Nanoseconds per run, with 1, 1,000 and 65,536 bindings."""
    one, many = [], []
    for s in prog["subjects"]:
        name = f"{s['hook']}: {s['frame']}"
        for rows, way in ((one, "same"), (many, "turns")):
            if f"{way}_1" not in s:
                continue
            series = [s[f"{way}_{n}"] for n in SIZES]
            row = [name] + [f"{median(v):.0f}" for v in series]
            row += [span([a / b for a, b in zip(v, series[0])]) if min(series[0]) >= LEAST else "" for v in series[1:]]
            rows.append(row)
    head = ["bindings", "1, ns", "1,000, ns", "65,536, ns", "1,000 : 1", "65,536 : 1"]
    return table(head, one), table(head, many), median(prog["floor"])


# ---- the page


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        info = f.read()
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    virtual = ", a virtual machine" if re.search(r"^flags.*\bhypervisor\b", info, re.M) else ""
    kernel = re.match(r"[0-9.]+", os.uname().release).group(0)
    return (f"{model.group(1) if model else os.uname().machine}, {os.cpu_count()} cores{virtual}; Linux {kernel}; "
            f"{datetime.datetime.now(datetime.timezone.utc):%d %B %Y}")


PAGE = """# Benchmarks

`sudo script/bench --write` measures all of this anew and writes this page; `bench/` is how. {machine}; {rounds}.

A machine does other things too, and the same figure taken twice may differ by a tenth. So the contestants take turns, round
by round, each round beginning with another one; a ratio is that of two figures of the same round; and the tables give
the median with the quartiles in brackets. The plain bridge is measured twice in each round: how far "bridge again" is from 1 is
how far the other ratios can be trusted.

## On a network

One guest, one router, network namespaces joined by veth pairs, everything on {cores}:

```
router ═══ access point ═══ wlan0 | host | br0 ═══ eth0 of the guest
```

The contestants, each set up in the same host and checked by what the router's neighbour table says of the guest:

- **bridge**: wlan0 is a port of br0. What a Wi-Fi client may not do, and the measure of the others; here the access point lets it.
- **vifi**: `vifi bridge up wlan0 br0`.
- **vifi --engine=user**: the same rules in user space, over packet sockets, for kernels that refuse eBPF.
- **nft snat/dnat**: the bridge, and nft rules written by hand for this guest alone: `ether saddr set` on the way out, `ether daddr
  set` by its IP address on the way in, and ARP. They learn nothing and know no second guest.
- **proxy ARP**: the host routes to the guest, and answers ARP on both sides. No broadcast passes, so no DHCP, mDNS or discovery.

TCP is iperf3 with its defaults, so segmentation offload is on and 64 KiB travel at once. The UDP packets have 18 bytes of payload,
the shortest frame that Ethernet knows; counted is what arrives. Sender and receiver have a processor each where there are two.
On veth pairs the sender's processor carries the packet all the way to the receiver's socket, so its time is the whole cost of a packet;
when other programs take the processor away, it says more than the rate does. (Not so for the user-space engine, which is a process
of its own.)
The round trip is of such a packet, between two programs that never sleep.

{pairs}

Data take the short way past the bridge here (doc/architecture.md): what the program costs, the bridge's own work makes up for. Where
a firewall is on the bridge they go through it, and vifi adds the program and a second device queue, out, or the backlog, in: about
a tenth of a small packet, and nothing that can be seen of a segment of 64 KiB.

## Nanoseconds per run

What noise touches less: each eBPF program alone, by `BPF_PROG_TEST_RUN`, {repeat} runs at a time, {prog_rounds} rounds, on one
processor. `from_guest` is the way from the bridge to the air, `from_port` the short one past the bridge, `from_wire` the way back;
`from_host` is the guard on the uplink's egress, which every frame to the air passes as well. Each round has tables
of its own. An empty program takes {floor:.0f} ns; the tables give what comes on top.

A translator edits its frame, so a second run on the same frame would see its output, not its input. Each run is therefore preceded by a
program that writes the headers anew; what that costs is measured beside it, with an empty program behind it, and subtracted.
The program's counters prove that every run took the way in the first column. A redirect is decided here, not carried out; the
copy of a group frame is made, and goes to an interface that is down.

The same guest again and again, among 1, 1,000 or 65,536 bindings:

{one}

All guests in turn, so that with 65,536 bindings (21,845 guests, {megabytes} MB) hardly any is in a cache when it is needed:

{many}

The first table is the cost of the program: a look-up in a hash table does not depend on its size. The second is the cost of memory.

{wifi}
"""


def page(figures, absent, prog, rounds, wifi):
    one, many, floor = programs(prog)
    return PAGE.format(machine=machine(), rounds=f"{rounds} round{'s' if rounds > 1 else ''}", wifi=wifi, cores=f"{os.cpu_count()} cores", pairs=pairs(figures, absent),
                       repeat=f"{prog['repeat']:,}", prog_rounds=prog["rounds"], floor=floor, one=one, many=many,
                       megabytes=round(65536 * (48 + 20 + 80 + 8) / 1e6))


def plain(figures, absent, prog, wifi):
    """What script/bench prints."""
    parts = [machine()]
    if figures:
        parts.append(pairs(figures, absent))
    if prog:
        one, many, floor = programs(prog)
        parts.append(f"### Nanoseconds per run above those of an empty program ({floor:.0f} ns)\n\n"
                     f"The same guest again and again:\n\n{one}\n\nAll guests in turn:\n\n{many}")
    if wifi:
        parts.append(wifi)
    return "\n\n".join(parts)
