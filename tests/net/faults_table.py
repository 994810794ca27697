#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes doc/faults.md: the faults of the laboratory, and the cause that `vifi why` must print first, from the tests.

    /usr/bin/python3 tests/net/faults_table.py          writes the page
    /usr/bin/python3 tests/net/faults_table.py --check  reports an outdated page; exit code 1 if it is
    /usr/bin/python3 tests/net/faults_table.py --times FILE
                                                        the same as without, and how long the verdicts took: FILE has the seconds of
                                                        each, which the laboratory appends to the file that VIFI_WHY_TIMES names
"""

import ast
import os
import re
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DOC = os.path.join(HERE, "../../doc/faults.md")
FILES = {"test_why.py": "A guest of a bridge, with both engines", "test_why_host.py": "Addresses, DHCP and this host",
         "test_why_wire.py": "The network, and what a guest believes of it",
         "test_why_firewall.py": "Firewalls, and pairs of faults",
         "test_why_more.py": "Bridges, firewalls, IPv6, this host and guests, by commands",
         "test_why_users.py": "What users and their programs do: Docker, ufw, firewalld, libvirt, VPNs, settings",
         "test_why_world.py": "The router and what is beyond it, and the interface inside the guest",
         "test_why_routers.py": "Routers of IPv6 that advertise themselves",
         "test_why_remedies.py": "Remedies that are run, VLANs, and addresses that others have",
         "test_why_radio.py": "An access point and a station over the virtual medium",
         "test_radio_tkip.py": "Forged frames on the virtual medium",
         "../interop/test_bridge.py": "Interfaces of a host with a Wi-Fi card",
         "../interop/test_doctor.py": "Cards of the kernel, before vifi uses them",
         "../interop/test_why_bed.py": "Traffic control and VLANs",
         "../interop/test_nl80211_ap.py": "An access point on a card of the kernel",
         "../interop/test_nl80211_channels.py": "Radar, and rules of a country"}

HEAD = """# Faults, and what `vifi why` says

Written by `tests/net/faults_table.py` from the fault laboratory, `tests/net/test_why.py`, `test_why_host.py`,
`test_why_wire.py`, `test_why_firewall.py`, `test_why_more.py`, `test_why_users.py`, `test_why_world.py`, `test_why_routers.py`, `test_why_remedies.py` and `test_why_radio.py`, and from other tests that inject a fault anyway; a test checks that the page is up to date. Each test injects a fault into a network that works, and the first cause that `vifi why` prints must be
the one below. A verdict about a guest contains the time that it has waited for answers of the network (`waited_ms`), at most 750 ms; this
excludes the delays of a busy machine. On {healthy} healthy networks (`test_why_healthy.py`, `test_why_topologies.py`; more with
VIFI_HEALTHY_RUNS) `vifi why` must find no cause.
"""


TIMES = re.compile(r"\n.* verdicts took .*\n")


def times(path):
    with open(path) as file:
        seconds = [float(line) for line in file]
    return (f"\n{len(seconds)} verdicts took {statistics.median(seconds):.2f} s each (median), {statistics.quantiles(seconds, n=100)[98]:.2f} s (99 of 100) and "
            f"{max(seconds):.2f} s (longest), start of the program included.\n")


def present_times():
    with open(DOC, encoding="utf-8") as file:
        found = TIMES.search(file.read())
    return found[0] if found else ""


def words(name):
    return name.removeprefix("test_").replace("_", " ")


def strings(node):
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def causes(function):
    """The causes that a test expects: the last argument of found(), and what first() is compared with, in their order."""
    expected = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "found" and isinstance(node.args[-1], ast.Constant):
            expected.append((node.lineno, node.args[-1].value))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "named":  # of test_why_firewall.py
            expected.append((node.lineno, "firewall"))
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.NotIn) and any(getattr(getattr(n, "func", None), "id", "") == "first" for n in ast.walk(node)):
            sides = [node.left, *node.comparators]
            expected += [(node.lineno, s) for side in sides if not isinstance(side, ast.Call) for s in strings(side)]
    return list(dict.fromkeys(cause for _, cause in sorted(expected) if cause))


def variants(function):
    """(name, cause) of each row of a parametrized test whose rows end with a cause."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or len(decorator.args) < 2 or "cause" not in strings(decorator.args[0])[0].split(","):
            continue
        ids = next(keyword.value for keyword in decorator.keywords if keyword.arg == "ids")
        yield from zip(strings(ids), (row.elts[-1].value for row in decorator.args[1].elts))


def assigned(path, name):
    """The constant that a file assigns to a name."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    return next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == name)


def healthy():
    """How many healthy networks are tried: those that are drawn, and one for each trait."""
    with open(os.path.join(HERE, "why_traits.py"), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    traits = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name not in ("reaches", "node")]
    return assigned(os.path.join(HERE, "test_why_healthy.py"), "RUNS") + len(traits)


def rows(path):
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
        found = list(variants(function))
        for name, cause in found:
            yield f"{words(function.name)}: {words(name)}", cause, function.name
        if not found and causes(function):
            yield words(function.name), "`, `".join(causes(function)), function.name


def page(took=""):
    parts, count = [HEAD.format(healthy=healthy()), took], 0
    for name, title in FILES.items():
        faults = list(rows(os.path.join(HERE, name)))
        if faults:
            parts.append(f"\n## {title}\n\n| fault | first cause | test |\n|---|---|---|\n")
        for fault, cause, test in faults:
            parts.append(f"| {fault} | `{cause}` | `{test}` |\n")
            count += 1
    return "".join(parts), count


def main(arguments):
    text, _ = page(times(arguments[1]) if arguments[:1] == ["--times"] else present_times())
    if arguments == ["--check"]:
        with open(DOC, encoding="utf-8") as file:
            if file.read() == text:
                return 0
        print("doc/faults.md is outdated: run tests/net/faults_table.py")
        return 1
    with open(DOC, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
