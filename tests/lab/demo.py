#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Demonstrates both stories over a Wi-Fi network without Wi-Fi hardware.

First story: packets from a guest reach a laptop through a TKIP access point.  Second story: a plain bridge fails behind
a Wi-Fi client interface, `vifi bridge` works.  --uplink=veth runs the second story over a strict port instead.

Exit codes: 0 every check passed, 1 a check failed, 2 usage error, 3 root or a kernel feature is missing.
"""

import argparse
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from lab import Lab, LabError, Vifi, first, services, topology  # noqa: E402
from lab.services import Background  # noqa: E402
from lab.vifi import program  # noqa: E402

FIRST_PICTURE = """
  internet host ── guest v, firewall ── bridge1 ── host p, vifi ap ))) TKIP ))) vifi sta, laptop
  198.51.100.10    .1               .20             .21          .1              .41
                                192.168.157.0/24             192.168.158.0/24
"""
RADIO_PICTURE = """
  internet host ── router ── vifi ap ))) WPA2, CCMP ))) vifi sta, wlan0 ── br0 ─┬─ guest a
  198.51.100.10    .20                                  .21                     ├─ guest b
                                                        00:60:aa:bb:cc:dd       └─ guest c  192.168.157.0/24, 2001:db8:157::/64
"""
VETH_PICTURE = """
  internet host ── router ═══ single-MAC port ═══ host, wlan0 ── br0 ─┬─ guest a
  198.51.100.10    .20        passes only          .21                ├─ guest b
                              00:60:aa:bb:cc:dd                       └─ guest c      192.168.157.0/24, 2001:db8:157::/64
"""


class Show:
    """Prints progress lines and records the failed checks."""

    def __init__(self):
        tty = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.green, self.red, self.bold, self.off = ("\033[32m", "\033[31m", "\033[1m", "\033[0m") if tty else ("",) * 4
        self.tty, self.failed, self.start = tty, [], time.monotonic()

    def title(self, text):
        print(f"\n{self.bold}{text}{self.off}", flush=True)

    def check(self, text, step, *args, **kwargs):
        """Runs one step, which passes unless `step` raises or returns False or None.  Returns the result of `step`."""
        if self.tty:
            print(f"  ....  {text}", end="\r", flush=True)
        began = time.monotonic()
        try:
            got, why = step(*args, **kwargs), ""
            ok = got is not None and got is not False
        except (LabError, OSError, AssertionError) as e:
            got, ok, why = None, False, str(e)
        detail = f": {str(got).splitlines()[0]}" if ok and not isinstance(got, (bool, list, dict)) else ""
        mark = f"{self.green} ok {self.off}" if ok else f"{self.red}FAIL{self.off}"
        print(f"  {mark}  {text}{detail}  ({time.monotonic() - began:.1f} s)", flush=True)
        if not ok:
            self.failed.append(text)
            for line in why.splitlines()[:12]:
                print(f"        {line}", flush=True)
        return got if ok else None

    def expect_failure(self, text, step, *args, **kwargs):
        """Runs one step of the plain bridge, which must fail."""
        def inverted():
            try:
                got = step(*args, **kwargs)
            except (LabError, OSError):
                return True
            if got:
                raise AssertionError(f"it worked ({got}), although the port passes one address only")
            return True
        return self.check(text, inverted)


def table(show, rows):
    head = ["guest", "DHCP client", "IPv4", "IPv6", "ping", "TCP", "mDNS", "host", "guests"]
    rows = [head] + [[str(r.get(h, "-")) for h in head] for r in rows]
    widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
    for number, row in enumerate(rows):
        line = "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip()
        print(f"{show.bold}{line}{show.off}" if number == 0 else line)
    sys.stdout.flush()


def leave_running(lab, what):
    """Leaves the lab and its processes running."""
    for node in lab.nodes.values():
        node.procs.clear()
    print(f"\nThe lab is still up; {what} in it.\n{lab.keep()}")


def first_story(show, keep):
    show.title("The first story: packets travel from a guest through a TKIP access point to a laptop")
    print(FIRST_PICTURE, end="", flush=True)
    lab = first.FirstLab("demo1")
    try:
        if not show.check("the laptop is connected", lambda: lab.__enter__().services["sta"]):
            return
        show.check("the laptop pings the internet host", ping_all, lab.laptop, topology.INET4)
        show.check("the laptop opens TCP connections to the internet host", lambda: first.connect(lab, 100).check())
        show.check("data frames that tshark cannot decrypt with the passphrase", lambda: "0" if not lab.whole_air_capture().undecrypted() else None)
        if keep:
            leave_running(lab, "access point and station run")
    finally:
        lab.close()


def plain_bridge(lab, show):
    show.title("1. The plain bridge: wlan0 is a port of br0, and guests send with their own MAC addresses")
    guest = lab.guest("a")
    on_air = lab.capture() if lab.options.uplink == "radio" else None
    lab.plain_bridge()
    show.expect_failure("guest a gets no lease", services.udhcpc, lab, guest, 8, ("-t", "2"))
    lab.static(guest, 41)
    show.expect_failure("guest a with a static address cannot reach the router", guest.ping, topology.ROUTER4)

    def dropped():
        count, last = lab.port.foreign(), lab.port.last_offender()
        return f"{count}, the last from {last[0]} (ethertype 0x{last[1]:04x})" if count and last[0].startswith("00:60:00") else None
    show.check(f"frames with a foreign source dropped by the {lab.port.NAME}", dropped)
    if lab.options.uplink == "radio":
        show.check("frames with a foreign source on the air", lambda: "0" if not on_air.verdict(topology.UPLINK_MAC).foreign else None)
    guest.ip("addr flush dev eth0 scope global")
    lab.undo_plain_bridge()


def restart_interfaces(lab):
    """Sets the guests' interfaces down and up, so that every guest configures itself again."""
    for guest in lab.guests:
        guest.ip("link set eth0 down", "link set eth0 up")
    return True


def addresses(lab, show, rows):
    leases = {g.name: Background(client, lab, g) for g, client in zip(lab.guests, (services.udhcpc, services.dhclient, services.dhcpcd))}
    for guest, row in zip(lab.guests, rows):
        row["IPv4"] = show.check(f"guest {guest.name}: lease by {row['DHCP client']}", leases[guest.name].result, 30)
    for guest, row in zip(lab.guests, rows):
        row["IPv6"] = show.check(f"guest {guest.name}: address by router advertisement", services.slaac, guest)
    if rows[0]["IPv4"] != topology.GUEST4:
        show.check(f"guest a has its reservation {topology.GUEST4}", lambda: False)


def mdns(lab, guest, row):
    with services.MdnsResponder(lab.router, "lan0", "printer.local", topology.ROUTER4):
        from_router = services.mdns_query(guest, "eth0", "printer.local")
    with services.MdnsResponder(guest, "eth0", f"{guest.name}.local", row["IPv4"], socket.AF_INET6):
        from_guest = services.mdns_query(lab.router, "lan0", f"{guest.name}.local", socket.AF_INET6)
    assert from_router == topology.ROUTER4, f"guest {guest.name} got the mDNS answer {from_router} for printer.local"
    assert from_guest == row["IPv4"], f"the router got the mDNS answer {from_guest} for {guest.name}.local"
    return "both ways"


def ping_all(node, *targets):
    for target in targets:
        got = node.ping(target, count=3, interval=0.05)
        assert got == 3, f"{node.name} → {target}: {got} of 3 pings answered"
    return "ok"


def tcp(node, size):
    rates = []
    unit, name = (1e9, "Gbit/s") if size > 16 << 20 else (1e6, "Mbit/s")
    for address in (topology.INET4, topology.INET6):
        result = services.fetch(node, address, size=size)
        assert result.intact, f"from {address}: {result}"
        rates.append(result.bytes * 8 / result.seconds / unit)
    return f"{min(rates):.1f} {name}"


def traffic(lab, show, rows):
    mib = 4 if lab.options.uplink == "radio" else 64
    download = lab.services["download"] = services.Download(lab.inet)
    for guest, row in zip(lab.guests, rows):
        row["ping"] = show.check(f"guest {guest.name}: ping router and internet host, IPv4 and IPv6", ping_all, guest, topology.ROUTER4, topology.INET4,
                                 topology.ROUTER6, topology.INET6)
        row["TCP"] = show.check(f"guest {guest.name}: 2 × {mib} MiB over TCP, SHA-256 compared", tcp, guest, mib << 20)
        row["mDNS"] = show.check(f"guest {guest.name}: mDNS with the router", mdns, lab, guest, row)
    for guest, row in zip(lab.guests, rows):
        def with_host(guest=guest, row=row):
            return ping_all(guest, topology.HOST4, topology.HOST6) and ping_all(lab.host, row["IPv4"], row["IPv6"])
        row["host"] = show.check(f"guest {guest.name} ↔ host", with_host)
    for guest, row in zip(lab.guests, rows):
        others = [r[k] for r in rows if r is not row for k in ("IPv4", "IPv6")]
        row["guests"] = show.check(f"guest {guest.name} → the other guests", ping_all, guest, *others)
    download.close()


def with_vifi(lab, show):
    show.title("2. vifi bridge up wlan0 br0")
    rows = [{"guest": g.name, "DHCP client": c} for g, c in zip(lab.guests, ("udhcpc", "dhclient", "dhcpcd"))]
    before, capture = lab.port.foreign(), lab.capture()
    vifi = show.check("vifi is up", lambda: Vifi(lab))
    if not vifi:
        return
    show.check("guests restart their interfaces", restart_interfaces, lab)
    addresses(lab, show, rows)
    if all(r["IPv4"] and r["IPv6"] for r in rows):
        traffic(lab, show, rows)

    show.title("3. On the network")
    show.check("the router's neighbour table has 192.168.157.41 at", lambda: (lab.router.neighbours("lan0").get(topology.GUEST4) == topology.UPLINK_MAC) and topology.UPLINK_MAC)
    where = "air" if lab.options.uplink == "radio" else "port"
    verdict = show.check(f"capture on the {where}, read by tshark", capture.verdict, topology.UPLINK_MAC)
    if verdict:
        show.check(f"frames with a foreign source on the {where}", lambda: "0" if not verdict.foreign and lab.port.foreign() == before else None)
        show.check("foreign addresses in ARP and ND bodies", lambda: "0" if not verdict.bodies else None)
    show.check("vifi bridge down", lambda: vifi.stop() == 0 and vifi.down(check=False) is not None)
    show.title("Result")
    table(show, rows)


def second_story(show, args):
    radio = args.uplink == "radio"
    if radio:
        show.title("The second story: guests behind a Wi-Fi client interface")
    print(RADIO_PICTURE if radio else VETH_PICTURE, end="", flush=True)
    lab = Lab("demo", uplink=args.uplink)
    with lab:
        plain_bridge(lab, show)
        with_vifi(lab, show)
        if args.keep:
            Vifi(lab)
            leave_running(lab, "vifi runs")


def main():
    parser = argparse.ArgumentParser(prog="script/demo", description="Run both stories in network namespaces, then clean up.")
    parser.add_argument("-k", "--keep", action="store_true", help="leave the lab of the last story up, with vifi running, and print how to enter and remove it")
    parser.add_argument("--uplink", choices=["radio", "veth"], default="radio",
                        help="wlan0 of the second story: a station on the air (radio, the default) or a port that passes one address only (veth)")
    parser.add_argument("--story", choices=["1", "2"], help="run one story only: 1, the access point of 2007; 2, guests behind a Wi-Fi client")
    args = parser.parse_args()
    show = Show()
    try:
        program()
        if args.story == "1" or (args.uplink == "radio" and args.story != "2"):
            first_story(show, args.keep and args.story == "1")
        if args.story != "1":
            second_story(show, args)
    except LabError as e:
        print(f"script/demo: {e}", file=sys.stderr)
        return 3 if services.missing_features(args.uplink == "radio" or args.story == "1") else 1
    except KeyboardInterrupt:
        print("\nscript/demo: interrupted; removed the lab", file=sys.stderr)
        return 130
    seconds = time.monotonic() - show.start
    if show.failed:
        print(f"\n{show.red}{len(show.failed)} checks failed{show.off} in {seconds:.0f} s: {'; '.join(show.failed)}")
        return 1
    print(f"\n{show.green}Every check passed{show.off} in {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
