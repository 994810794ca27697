# SPDX-License-Identifier: GPL-2.0-or-later
"""Formats the measurements as tables, and doc/benchmarks.md around them."""

import datetime
import os
import re
from statistics import median, quantiles

SIZES = (1, 1000, 65536)
RATIO_MIN_NS = 20  # the clock's step is 1 ns, so ratios of shorter times mean nothing
OTHER_PROCESS = ("vifi --engine=user",)  # does not work on the sender's processor
TITLES = {"tcp_out": "TCP, guest → router", "tcp_in": "TCP, router → guest", "udp_out": "64-byte UDP, guest → router",
          "udp_in": "64-byte UDP, router → guest"}


def quartiles(values):
    """(lower quartile, median, upper quartile)."""
    if len(values) < 2:
        return (values[0],) * 3
    cuts = quantiles(values, n=4, method="inclusive")
    return cuts[0], median(values), cuts[2]


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
    for name, values in figures.items():
        row = [name, f"{median(values[metric]):.0f}", "1" if name == "bridge" else span(ratios(figures, name, metric))]
        if name in OTHER_PROCESS:
            row += ["", ""]
        else:
            inverse = [1 / r for r in ratios(figures, name, metric + "_ns")]
            row += [f"{median(values[metric + '_ns']):.0f}", "1" if name == "bridge" else span(inverse)]
        rows.append(row)
    head = ("", "packets/s, thousands", "ratio to the bridge", "processor time, ns per packet", "bridge : contestant")
    return f"### {TITLES[metric]}\n\n" + table(head, rows)


def latency(figures):
    rows = []
    for name, values in figures.items():
        added = [(a - b) / 2 for a, b in zip(values["rtt"], figures["bridge"]["rtt"])]
        rows.append((name, f"{median(values['rtt']):.1f}", f"{median(values['rtt_p99']):.1f}", "0" if name == "bridge" else span(added)))
    return "### Latency\n\n" + table(("", "round trip, µs: median", "99th percentile", "added to a packet in one direction, µs"), rows)


def pairs(figures, absent):
    parts = [throughput(figures, m) for m in ("tcp_out", "tcp_in")]
    parts += [packets(figures, m) for m in ("udp_out", "udp_in")] + [latency(figures)]
    parts += filter(None, [against_minimal(figures)])
    parts += [f"Not measured: {n}: {why}" for n, why in absent.items()]
    return "\n\n".join(parts)


def against_minimal(figures):
    """vifi divided by the least that a translator can do, in the same round."""
    if "minimal program" not in figures or "vifi" not in figures:
        return ""
    rows = []
    for metric, title in TITLES.items():
        of = lambda m, up: span([(a / b) if up else (b / a) for a, b in zip(figures["vifi"][m], figures["minimal program"][m])])  # noqa: E731
        rows.append((title, of(metric, True), of(metric + "_ns", False) if metric.startswith("udp") else ""))
    return "### vifi : minimal program\n\n" + table(("", "rate", "processor time, minimal program : vifi"), rows)


# ---- the programs


def programs(prog):
    """Nanoseconds per run, with 1, 1,000 and 65,536 bindings."""
    one, many = [], []
    for subject in prog["subjects"]:
        name = f"{subject['hook']}: {subject['frame']}"
        for rows, order in ((one, "same"), (many, "turns")):
            if f"{order}_1" not in subject:
                continue
            series = [subject[f"{order}_{n}"] for n in SIZES]
            row = [name] + [f"{median(v):.0f}" for v in series]
            row += [span([a / b for a, b in zip(v, series[0])]) if min(series[0]) >= RATIO_MIN_NS else "" for v in series[1:]]
            rows.append(row)
    head = ["bindings", "1, ns", "1,000, ns", "65,536, ns", "1,000 : 1", "65,536 : 1"]
    return table(head, one), table(head, many), median(prog["floor"])


def start_time(prog):
    """The start of `vifi bridge up`, bench/start.py."""
    return (f"From the start of `vifi bridge up` to the first frame of a guest on the network: {span(prog['start_ms'], '{:.0f}')} ms, "
            f"{len(prog['start_ms'])} starts. Most of it is the verification of the programs by the kernel.")


# ---- the page


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        info = file.read()
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    virtual = ", a virtual machine" if re.search(r"^flags.*\bhypervisor\b", info, re.M) else ""
    kernel = re.match(r"[0-9.]+", os.uname().release).group(0)
    return (f"{model.group(1) if model else os.uname().machine}, {os.cpu_count()} cores{virtual}; Linux {kernel}; "
            f"{datetime.datetime.now(datetime.timezone.utc):%d %B %Y}")


MEGABYTES = round(65536 * (48 + 20 + 80 + 8) / 1e6)  # of 65,536 bindings

PAGE = """# Benchmarks

`sudo script/bench --write` measures all of this and writes this page; the code is in `bench/`. {machine}; {rounds}.

Two measurements of one figure may differ by a tenth. Therefore the contestants take turns, round by round, each round starting with
a different one; a ratio compares two figures of the same round; and the tables show the median with the quartiles in parentheses.
Each round measures the plain bridge twice: the deviation of "bridge again" from 1 is the accuracy of the other ratios.

## On a network

One guest and one router, network namespaces connected by veth pairs, everything on {cores}:

```
router ═══ access point ═══ wlan0 | host | br0 ═══ eth0 of the guest
```

The contestants, each set up on the same host and verified by the router's neighbour entry for the guest:

- **bridge**: wlan0 is a port of br0. This is the baseline; a Wi-Fi client cannot do it, but the access point of this test permits it.
- **vifi**: `vifi bridge up wlan0 br0`.
- **minimal program**: a tc program on the guest's port and one on the uplink (`bench/minimal.bpf.c`), each of which rewrites one MAC
  address and redirects the frame; for one guest, IPv4, with static neighbour entries. No translator can do less.
- **vifi --engine=user**: the same rules in user space, over packet sockets, for kernels without eBPF.
- **nft snat/dnat**: the bridge with hand-written nft rules for this guest: `ether saddr set` outbound, `ether daddr set` by IP address
  inbound, and ARP. The rules learn nothing and support one guest only.
- **proxy ARP**: the host routes to the guest and answers ARP on both sides. Broadcasts do not pass, so DHCP, mDNS and discovery fail.

TCP is iperf3 with its defaults, so segmentation offload is on and 64 KiB travel at once. The UDP packets have 18 bytes of payload, the
shortest Ethernet frame; received packets are counted. Sender and receiver have a processor each if the machine has two.
On veth pairs the sender's processor carries the packet to the receiver's socket, so its time is the whole cost of a packet and a
better measure than the rate when other programs use the processor; the table has that of the median batch of 64 packets. (The
user-space engine is an exception, because it is a separate process.)
The round trip is that of one such packet between two busy-polling programs.

{pairs}

Data frames bypass the bridge here (doc/architecture.md): the cost of the program is offset by the work that the bridge saves.
With a firewall on the bridge they pass through it, and vifi adds the program and a second device queue (outbound) or the backlog
(inbound): about a tenth of a small packet, and nothing measurable for 64 KiB segments.

## Nanoseconds per run

{machine}. Noise affects these figures less: each eBPF program runs alone, by `BPF_PROG_TEST_RUN`, {repeat} runs at a time, {prog_rounds}
rounds, on one processor. `from_guest` runs on frames from the bridge to the uplink, `from_port` on the shortcut, `from_wire` on frames
from the uplink; `from_host` is the egress guard, which every frame to the uplink passes. Each round uses new tables. An empty program takes {floor:.0f} ns; the tables show the time above that.

A program translates its frame in place, so a second run would see the output of the first one. Before each run another program
restores the headers; its cost is measured separately, with an empty program after it, and subtracted. The program's counters prove
that every run took the path in the first column. `BPF_PROG_TEST_RUN` does not execute a redirect; the program does copy a group
frame, to an interface that is down.

The same guest repeatedly, among 1, 1,000 or 65,536 bindings:

{one}

All guests in turn, after two frames of each; with 65,536 bindings (21,845 guests, {megabytes} MB) hardly any of them is in a cache:

{many}

The first table shows the cost of the program, which does not depend on the number of bindings. The second shows the cost of memory
access, and depends on the machine's memory and on who else uses it.

A look-up in the kernel's hash table waits for memory twice: for the bucket, then for the element to which the bucket points. So the
fast path first asks its places (`src/macnat/place.h`): one cache line for each flow of a guest, with all that its next frame needs.
The hash of the address names the set of two places, and one wait suffices. Both directions together have 65,536 places, 4 MB. With
21,845 guests about one in six finds its set in use; its frames take the hash table. On an AMD EPYC with Linux 6.18, the program
without places took 60 ns for a frame of the same guest, and 344 to 374 ns with all of 65,536 bindings in turn. While other programs
used that machine, too, it took 375 to 418 ns and the present one 207 to 253 (`build/bench/run_prog -q`, in turns). These attempts gained
nothing there (time of `from_guest` and `from_wire`, IPv4, all of 65,536 bindings in turn, divided by that of the program without places):

| attempt | from_guest | from_wire |
|---|---:|---:|
| prefetch the element: its address is kept in a table of 131,072 places of 8 bytes, by a hash of the key | 1.35 | 1.01 |
| the same with 65,536 places of 4 bytes |  | 0.94 |
| load the counters' cache line right after the lookup | 1.00 | 1.05 |
| half as many buckets | 1.10 | 1.04 |
| the elements of the IPv4 addresses side by side in memory | 1.00 | 0.94 |
| another order of a binding's members: its three cache lines arrive together | 1.01 | 1.09 |

{start}

{wifi}
"""


PROGRAMS = PAGE[PAGE.index("## Nanoseconds per run"):PAGE.index("{wifi}")]


def replace_programs(text, prog):
    """doc/benchmarks.md with another section about the programs."""
    one, many, floor = programs(prog)
    section = PROGRAMS.format(machine=machine(), repeat=f"{prog['repeat']:,}", prog_rounds=prog["rounds"], floor=floor, one=one, many=many,
                              start=start_time(prog), megabytes=MEGABYTES)
    new, count = re.subn(r"(?s)## Nanoseconds per run\n.*?(?=## Wi-Fi\n)", lambda _: section, text, count=1)
    if count != 1:
        raise ValueError("doc/benchmarks.md has no section `## Nanoseconds per run`: run script/bench --write without --only")
    return new


def page(figures, absent, prog, rounds, wifi):
    one, many, floor = programs(prog)
    return PAGE.format(machine=machine(), rounds=f"{rounds} round{'s' if rounds > 1 else ''}", wifi=wifi, cores=f"{os.cpu_count()} cores", pairs=pairs(figures, absent),
                       repeat=f"{prog['repeat']:,}", prog_rounds=prog["rounds"], floor=floor, one=one, many=many, start=start_time(prog),
                       megabytes=MEGABYTES)


def plain(figures, absent, prog, *others):
    """The output of script/bench."""
    parts = [machine()]
    if figures:
        parts.append(pairs(figures, absent))
    if prog:
        one, many, floor = programs(prog)
        parts.append(f"### Nanoseconds per run above those of an empty program ({floor:.0f} ns)\n\n"
                     f"The same guest repeatedly:\n\n{one}\n\nAll guests in turn:\n\n{many}\n\n{start_time(prog)}")
    parts += filter(None, others)
    return "\n\n".join(parts)
