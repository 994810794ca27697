#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes doc/rules.md: what each of the 27 rules demands, and the tests that bear its number in their names.

    /usr/bin/python3 tests/net/rules_table.py          writes it
    /usr/bin/python3 tests/net/rules_table.py --check  says what is missing or out of date; exit code 1 when something is
"""

import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = os.path.join(TOP, "doc/rules.md")

RULES = [
    ("Bindings", 1, "Many addresses for one MAC address; caps and learning rates are per guest: who floods loses its own oldest, others lose nothing."),
    ("Bindings", 2, "The host's and the gateway's addresses cannot be claimed; pins exclude others; a live owner is asked before it loses; a VM may move."),
    ("Bindings", 3, "Bindings live for minutes, leases for their time; traffic refreshes them; the owner is asked before one expires."),
    ("Bindings", 4, "Bindings survive a restart of the program and the uplink going down."),
    ("ARP", 5, "Out: the header is checked, the source is W, the sender hardware address becomes W only where it was the guest's."),
    ("ARP", 6, "Probes are translated, 0.0.0.0 is never learned, and the answer to a probe reaches the prober."),
    ("ARP", 7, "Gratuitous ARP is learned at once."),
    ("ARP", 8, "In: destination and target hardware address become those of the target IP's guest."),
    ("ARP", 9, "A claim from the network for a guest's address reaches the guest and takes nothing from it."),
    ("ARP", 10, "Reflections are dropped; an access point's \"guest's IP is at W\" never reaches siblings."),
    ("ARP", 11, "Guest and host resolve each other without the air; probes are never answered on somebody's behalf."),
    ("ARP", 12, "Guest to guest stays on the bridge; a frame to W for a sibling is turned around."),
    ("DHCPv4", 13, "The broadcast flag is set only where a whole, unrelayed request asks for it; checksums end right; all else is untouched."),
    ("DHCPv4", 14, "Answers find their guest by chaddr, then by transaction; flags are restored; leases are learned and forgotten."),
    ("DHCPv4", 15, "Relayed messages, DHCPv6 and chaddr stay as they are."),
    ("IPv6", 16, "Duplicate address detection: only the Ethernet header changes, and answers reach the prober."),
    ("IPv6", 17, "Neighbour discovery is checked, all options are walked, link-layer addresses and checksums are translated, flags kept."),
    ("IPv6", 18, "Unsolicited and proxy advertisements teach their target."),
    ("IPv6", 19, "A Redirect to a sibling at W names the sibling."),
    ("IPv6", 20, "Listener reports change in their Ethernet source only, none is suppressed; the uplink hears all multicast."),
    ("IPv6", 21, "Multicast and broadcast that an access point made unicast gets its group address back and reaches all."),
    ("Everything else", 22, "Fragments go by IP alone; tagged frames are dropped by name unless configured."),
    ("Everything else", 23, "Protocols of one link (EAPOL, TDLS, LLDP, 01:80:c2:00:00:0X) never cross."),
    ("Everything else", 24, "Other ethertypes go out with source W and come in to who spoke last; PPPoE goes by session."),
    ("Everything else", 25, "A new W is followed and announced; the uplink's carrier shows on the guests' side."),
    ("Everything else", 26, "Offloads stay on and checksums right; the MTU is checked first."),
    ("Everything else", 27, "Other tc and TCX programs live on; nothing foreign passes the guard, whoever sent it."),
]

HEAD = """# The 27 rules, and the tests that hold vifi to them

Written by `tests/net/rules_table.py` from the names of the tests; a test checks that it is up to date, and that every rule has
at least one end-to-end test. W is the uplink's own MAC address. End-to-end tests (`tests/net`) use real clients, servers and
kernels, and are judged by tshark, scapy and a port that behaves like an access point; unit tests (`tests/unit`) feed the rules
frame by frame.

"""


def tests():
    """number → list of (folder, file, name), in the order of the files."""
    found = {n: [] for _, n, _ in RULES}
    for folder, pattern in (("tests/net", r"^def (test_\w+)\("), ("tests/unit", r"^(?:static )?void (\w+)\(void \*\*")):
        for file in sorted(os.listdir(os.path.join(TOP, folder))):
            if not re.match(r"test_\w+\.(py|c)$", file):
                continue
            with open(os.path.join(TOP, folder, file)) as f:
                text = f.read()
            for name in re.findall(pattern, text, re.M):
                for number in sorted({int(x) for x in re.findall(r"rule_(\d\d)", name)}):
                    if number in found:
                        found[number].append((folder, file, name))
    return found


def short(name):
    """The words of a test's name, without what every name has."""
    return re.sub(r"^(test_)?(rule_\d\d_)+", "", name).replace("_", " ")


def table():
    found, lines, part = tests(), [HEAD.rstrip("\n")], None
    for section, number, demand in RULES:
        if section != part:
            part = section
            lines += ["", f"## {section}", "", "| rule | what it demands | end to end | unit |", "|---|---|---|---|"]
        cells = []
        for folder in ("tests/net", "tests/unit"):
            files = {}
            for where, file, name in found[number]:
                if where == folder:
                    files.setdefault(file, []).append(short(name))
            cells.append("<br>".join(f"`{file}`: {'; '.join(names)}" for file, names in files.items()) or "–")
        lines.append(f"| {number} | {demand} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def problems():
    """One sentence for each rule without an end-to-end test, and one when the file is out of date."""
    found = tests()
    said = [f"rule {n} has no end-to-end test (tests/net, test_rule_{n:02d}_…)" for _, n, _ in RULES
            if not any(folder == "tests/net" for folder, _, _ in found[n])]
    try:
        with open(DOC) as f:
            now = f.read()
    except FileNotFoundError:
        now = ""
    # The column of the unit tests is for readers; a unit test that came since makes nothing wrong.
    if [line.rsplit("|", 2)[0] for line in now.splitlines()] != [line.rsplit("|", 2)[0] for line in table().splitlines()]:
        said.append("doc/rules.md is out of date; run /usr/bin/python3 tests/net/rules_table.py")
    return said


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        for sentence in problems():
            print(sentence, file=sys.stderr)
        sys.exit(1 if problems() else 0)
    with open(DOC, "w") as out:
        out.write(table())
