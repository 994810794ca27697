#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes doc/rules.md: the rules, and the tests that have a rule's number in their names.

    /usr/bin/python3 tests/net/rules_table.py          writes the page
    /usr/bin/python3 tests/net/rules_table.py --check  reports missing tests and an outdated page; exit code 1 if there are any
"""

import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = os.path.join(TOP, "doc/rules.md")

RULES = [
    ("Bindings", 1, "A guest may have many addresses. Limits and learning rates apply per port: a port over its limit loses its own oldest binding, other ports lose nothing. The port that makes a claim or takes a MAC address pays for it."),
    ("Bindings", 2, "No guest can claim an address of the host or of a gateway. A pin excludes all other guests. The owner of a live binding is probed before it loses the address, and until then its siblings do not hear the claim (eBPF engines). An owner that answers for another of its addresses, but not for the contested IP address, has given that up. A VM may move to another port once its old port is silent, and returns to its port at once."),
    ("Bindings", 3, "A binding lives for minutes, the binding of a lease for the lease time. Traffic refreshes a binding. The owner is probed before a binding expires."),
    ("Bindings", 4, "Bindings survive a restart of the program and a loss of the uplink."),
    ("ARP", 5, "Outbound: the ARP header is checked (RFC 826). The Ethernet source becomes the uplink MAC; the sender hardware address becomes the uplink MAC only where it was the guest MAC."),
    ("ARP", 6, "ARP probes are translated (RFC 5227 1.1). 0.0.0.0 is never learned. The reply to a probe reaches the prober."),
    ("ARP", 7, "An ARP announcement (gratuitous ARP) is learned at once (RFC 5227 1.1)."),
    ("ARP", 8, "Inbound: the Ethernet destination and the target hardware address become the MAC address of the guest to which the target IP address is bound."),
    ("ARP", 9, "A claim from the network for a guest's address reaches the guest and does not remove its binding (RFC 5227 2.4), unless the binding is tentative (rule 29) or its guest silent."),
    ("ARP", 10, "Reflections are dropped. A proxy reply of the access point that maps a guest's address to the uplink MAC never reaches other guests."),
    ("ARP", 11, "Guest and host resolve each other without traffic on the uplink. vifi answers no probe on behalf of a guest or the host."),
    ("ARP", 12, "Frames between guests stay on the bridge. A frame to the uplink MAC for another guest is redirected to that guest."),
    ("DHCPv4", 13, "The broadcast flag is set only in a complete, unrelayed request of a client, also in a renewal (RFC 2131 4.1): some servers send its answer to chaddr. Checksums are correct afterwards. All other bytes are unchanged."),
    ("DHCPv4", 14, "A reply is delivered to the guest with its chaddr, otherwise to the guest with its transaction (xid and chaddr). The flags are restored, and the destination ciaddr where the server broadcasts because of the flag. DHCPACK creates the binding of a lease, only in an exchange that the guest began; DHCPRELEASE and DHCPDECLINE remove it, and only the owner may send them. No guest may use the chaddr of another port's guest. The name in a request is reported once per transaction."),
    ("DHCPv4", 15, "Relayed messages, DHCPv6 and, by default, chaddr are not modified. With `rewrite-chaddr` chaddr changes in all messages of a lease, and a client identifier (option 61) is added where the client sends none, and hidden in the answers (RFC 6842); a request with the xid of another guest's transaction is dropped then."),
    ("IPv6", 16, "Duplicate address detection (RFC 4862 5.4): only the Ethernet header changes. Answers reach the prober."),
    ("IPv6", 17, "Neighbour discovery messages are validated (RFC 4861 6.1, 7.1, 8.1) and all their options read. Link-layer addresses and checksums are translated, flags kept."),
    ("IPv6", 18, "Unsolicited and proxy advertisements create a binding of their target address (RFC 4861 7.2.6, 7.2.8)."),
    ("IPv6", 19, "A Redirect that names another guest by the uplink MAC is changed to name the MAC address of that guest. One that this host sends to the network names no guest by its own MAC address; the user-space engine drops it."),
    ("IPv6", 20, "Of IGMP and MLD reports only the Ethernet source changes; none is suppressed. The uplink receives all multicast."),
    ("IPv6", 21, "A multicast or broadcast packet that the access point sent as unicast regains its group address and reaches all guests and the host."),
    ("Everything else", 22, "IP fragments are forwarded by their IP addresses alone. Frames with the tag of an unconfigured VLAN are dropped with a named reason; a tag of VLAN 0 has a priority only, and the frame counts as untagged."),
    ("Everything else", 23, "Protocols of a single link (EAPOL, TDLS, LLDP, destinations 01:80:c2:00:00:0X) are never forwarded."),
    ("Everything else", 24, "Outbound frames with other ethertypes get the uplink MAC as source; inbound ones go to the guest or host that last sent this ethertype; while its conversation lives, no other port can take it over. PPPoE frames are forwarded by session, and no other port may use a live session."),
    ("Everything else", 25, "A new uplink MAC is adopted and announced. The guests' ports follow the carrier of the uplink."),
    ("Everything else", 26, "Offloads stay enabled and checksums correct. The MTU is checked before a frame is redirected."),
    ("Everything else", 27, "Other tc and TCX programs keep working. No frame with a foreign source passes the egress guard, whatever program sent it."),
    ("Trust", 28, "A station heard on the wire keeps its MAC address against guests. A guest yields to a station if it is new or had taken the address from a silent station; an older guest is probed, and meanwhile frames for it go both ways."),
    ("Trust", 29, "A new claim of an IP address counts at once but is tentative: a station that answers for the address gets it. Questions for tentative and contested addresses also go to the uplink."),
    ("Trust", 30, "The MAC addresses of one port are one party (VRRP, two interfaces); no guest may name another port's MAC address as its own. Data frames never change a live binding, and VRRP never that of an IP address. An ARP request with another guest's address leaves, and its answer reaches the guest that asked. `source-guard` refuses data with an address of another port; a pin always refuses it."),
    ("Trust", 31, "Router advertisements, Redirects and DHCP server messages of guests never reach this host, and the network only with `guest-services = all`. This host's own requests never reach guests; the services of its bridge never reach the network."),
    ("Trust", 32, "No guest can claim an address of a network that this host routes elsewhere, unless a pin gives it."),
    ("Moves", 33, "The advertisements of virtual routers (VRRP, CARP) always pass and decide which machine has their MAC address: the router of the highest priority, or any router once the master stops or misses three advertisements. A master that stops gives up the addresses that it lists and owns, so that its successor needs no contest. One of lower priority than another, or one that fell silent, keeps them only while it answers for them: its contest is short."),
    ("Moves", 34, "A packet from the network for an IP address that neither host nor guest has is counted by name, and the guests are asked for the address, at a limited rate. A guest whose port comes back is asked for the addresses that it had. At a start without known guests all are asked for the addresses of the uplink's networks."),
    ("Moves", 35, "A new address of a guest is announced to the network once the network had time to contradict. When a port goes away, the network is asked once for its addresses; a guest that a hypervisor announces by RARP is asked for its addresses."),
    ("Everything else", 36, "A network that is pinned to a guest holds all addresses for which it is the longest match of pins and of this host's routes. It excludes other guests, and takes no binding for each address; a network of length 0 (0.0.0.0/0, ::/0) receives packets for addresses outside this network, and excludes nobody."),
    ("Everything else", 37, "A port of the bridge that leads to the uplink's own network causes no broadcast storm: the fifth equal group frame from the uplink in a second starts a probe, which finds the port; the port then delivers that network's frames alone. More than 128 equal group frames in a second are dropped in any case."),
    ("Everything else", 38, "This host never gets a packet from the uplink that it would send back to its sender; with the user-space engine it gets it, and the packet is dropped on its way out."),
]

HEAD = """# The rules of the translation and their tests

Written by `tests/net/rules_table.py` from the names of the tests; a test checks that the page is up to date and that every
rule has at least one end-to-end test. The terms are those of the [glossary](glossary.md); "outbound" is from guest to uplink,
"inbound" from uplink to guest. End-to-end tests (`tests/net`) use real clients, servers and kernels, and are verified by tshark,
scapy and a port that behaves like an access point. Unit tests (`tests/unit`) call the rules with single frames.

"""


def find_tests():
    """A dict: rule number → list of (folder, file, test name), sorted by file."""
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


def short_name(name):
    """The words of a test name without its prefix."""
    return re.sub(r"^(test_)?(rule_\d\d_)+", "", name).replace("_", " ")


def table():
    found, lines, part = find_tests(), [HEAD.rstrip("\n")], None
    for section, number, requirement in RULES:
        if section != part:
            part = section
            lines += ["", f"## {section}", "", "| rule | requirement | end to end | unit |", "|---|---|---|---|"]
        cells = []
        for folder in ("tests/net", "tests/unit"):
            files = {}
            for where, file, name in found[number]:
                if where == folder:
                    files.setdefault(file, []).append(short_name(name))
            cells.append("<br>".join(f"`{file}`: {'; '.join(names)}" for file, names in files.items()) or "–")
        lines.append(f"| {number} | {requirement} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def problems():
    """Returns a sentence for each rule without an end-to-end test, and one if the page is outdated."""
    found = find_tests()
    result = [f"rule {n} has no end-to-end test (tests/net, test_rule_{n:02d}_…)" for _, n, _ in RULES
              if not any(folder == "tests/net" for folder, _, _ in found[n])]
    try:
        with open(DOC) as f:
            now = f.read()
    except FileNotFoundError:
        now = ""
    # A new unit test does not make the page outdated: the check leaves out the last column.
    if [line.rsplit("|", 2)[0] for line in now.splitlines()] != [line.rsplit("|", 2)[0] for line in table().splitlines()]:
        result.append("doc/rules.md is out of date; run /usr/bin/python3 tests/net/rules_table.py")
    return result


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        for sentence in problems():
            print(sentence, file=sys.stderr)
        sys.exit(1 if problems() else 0)
    with open(DOC, "w") as out:
        out.write(table())
