# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of bench/card.py, and its section of doc/benchmarks.md."""

import re

from bench.report import span, table

TITLE = "### On a card, beside hostapd and wpa_supplicant"

ROWS = {
    "ap": [("start to the first beacon, mean of {starts}, ms", "start_ms"), ("processor time until the first station is associated, ms", "start_cpu_ms"),
           ("a station: authentication frame to message 4, ms", "join_ms"), ("processor time per association, ms", "join_cpu_ms"),
           ("memory, proportional (PSS), kB", "pss"), ("memory, resident (RSS), kB", "rss"), ("memory, private, kB", "private")],
    "crowd": [("first authentication frame to the last message 4, ms", "all_ms"), ("the median station: authentication frame to message 4, ms", "median_ms"),
              ("processor time per association, ms", "join_cpu_ms"), ("memory with all stations (PSS), kB", "pss")],
    "sta": [("start to message 4, no channel given, ms", "start_ms"), ("processor time until it is connected, ms", "start_cpu_ms"),
            ("reconnection: authentication frame to message 4, ms", "join_ms"), ("processor time per reconnection, ms", "join_cpu_ms"),
            ("memory, proportional (PSS), kB", "pss"), ("memory, resident (RSS), kB", "rss"), ("memory, private, kB", "private")],
}


def form(values):
    return "{:,.0f}" if min(values) >= 100 else "{:.1f}" if min(values) >= 10 else "{:.2f}"


def beside(head, part, rows, names):
    """A table: vifi, the stock program, and how many times as much that takes."""
    lines = []
    for title, figure in rows:
        ours, theirs = (part[name][figure] for name in names)
        lines.append((title, span(ours, form(ours)), span(theirs, form(theirs)), span([b / a for a, b in zip(ours, theirs)])))
    return table((head, "vifi", names[1], f"{names[1]} : vifi"), lines)


def tcp(part):
    lines = []
    for title, way in (("station → access point, Mbit/s", "up"), ("access point → station, Mbit/s", "down")):
        ours, theirs = part["vifi"][way], part["stock"][way]
        lines.append((title, span(ours, "{:.1f}"), span(theirs, "{:.1f}"), span([a / b for a, b in zip(ours, theirs)])))
    return table(("TCP", "vifi ap, vifi sta", "hostapd, wpa_supplicant", "vifi : stock"), lines)


def tables(results):
    parts = results["parts"]
    rows = [(title.format(starts=results["starts"]), figure) for title, figure in ROWS["ap"]]
    return "\n\n".join([beside("access point", parts["ap"], rows, ("vifi", "hostapd")),
                        beside(f"{results['stations']} stations at once", parts["crowd"], ROWS["crowd"], ("vifi", "hostapd")),
                        beside("station", parts["sta"], ROWS["sta"], ("vifi", "wpa_supplicant")), tcp(parts["tcp"])])


PAGE = TITLE + """

Radios of mac80211_hwsim in the emulated machine of `tests/interop`: Debian's kernel {kernel}, hostapd and wpa_supplicant. The machine runs
on virtual time, an instruction per nanosecond, so these figures depend neither on the processor nor on other programs; one of its
milliseconds is a million instructions. Real processors execute several per nanosecond, and a real radio waits for the air. {rounds}; the
contestants take turns, and the other end is the stock program. A ratio above 1 is in vifi's favour.

The network is WPA2-PSK with CCMP and a passphrase, whose 4,096 rounds of SHA-1 are part of each start. The times of frames are those
of a recording of the air. Beacons are due each 102.4 ms, so half of that, on average, is part of the time to the first one; the
{starts} starts are spread evenly over a beacon interval. For one association, {joins} follow each other. The {stations} stations are
one wpa_supplicant on as many radios, which begin at the same moment; their network has a PSK instead of a passphrase.

{tables}

`vifi ap` and `vifi sta` need 8 shared libraries, hostapd 7. A new `vifi sta` tries the usual channels first and joins at once;
wpa_supplicant scans all of them first."""


def page(results, kernel):
    rounds = len(results["parts"]["tcp"]["vifi"]["up"])
    return PAGE.format(kernel=kernel, rounds=f"{rounds} rounds" if rounds > 1 else "One round", joins=results["joins"], starts=results["starts"],
                       stations=results["stations"], tables=tables(results))


def plain(results):
    return TITLE + "\n\n" + tables(results)


def replace(text, section):
    """doc/benchmarks.md with a new section; the other sections do not depend on this one."""
    new, count = re.subn(rf"(?s){re.escape(TITLE)}\n.*?(?=\n\n###? )", lambda _: section, text)
    if count != 1:
        raise ValueError(f"doc/benchmarks.md has no section `{TITLE}`: run script/bench --write without --only")
    return new
