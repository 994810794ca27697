#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demonstration of both stories, over a Wi-Fi network without Wi-Fi hardware.

The first: packets from a guest reach a laptop through a TKIP access point.  The second: a plain bridge fails behind a
Wi-Fi client interface, `vifi bridge` does not.  --uplink=veth shows the second over a strict port instead.

Exit codes: 0 every check passed, 1 a check failed, 2 usage, 3 root or a kernel feature is missing.
"""

import argparse
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from lab import Lab, LabError, Vifi, first, services as s, topology as t  # noqa: E402
from lab.services import Background  # noqa: E402
from lab.vifi import program  # noqa: E402

FIRST = """
  internet host ── guest v, firewall ── bridge1 ── host p, vifi ap ))) TKIP ))) vifi sta, laptop
  198.51.100.10    .1               .20             .21          .1              .41
                                192.168.157.0/24             192.168.158.0/24
"""
RADIO = """
  internet host ── router ── vifi ap ))) WPA2, CCMP ))) vifi sta, wlan0 ── br0 ─┬─ guest a
  198.51.100.10    .20                                  .21                     ├─ guest b
                                                        00:60:aa:bb:cc:dd       └─ guest c  192.168.157.0/24, 2001:db8:157::/64
"""
PICTURE = """
  internet host ── router ═══ single-MAC port ═══ host, wlan0 ── br0 ─┬─ guest a
  198.51.100.10    .20        lets pass only       .21                ├─ guest b
                              00:60:aa:bb:cc:dd                       └─ guest c      192.168.157.0/24, 2001:db8:157::/64
"""


class Show:
    """Progress lines and the count of what failed."""

    def __init__(self):
        tty = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.green, self.red, self.bold, self.off = ("\033[32m", "\033[31m", "\033[1m", "\033[0m") if tty else ("",) * 4
        self.tty, self.failed, self.start = tty, [], time.monotonic()

    def title(self, text):
        print(f"\n{self.bold}{text}{self.off}", flush=True)

    def check(self, text, fn, *args, **kw):
        """Runs one step; it passes when fn neither raises nor returns False or None.  Returns what fn returned."""
        if self.tty:
            print(f"  ....  {text}", end="\r", flush=True)
        began = time.monotonic()
        try:
            got, why = fn(*args, **kw), ""
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

    def expect_failure(self, text, fn, *args, **kw):
        """A step of the plain bridge: it must not work."""
        def inverted():
            try:
                got = fn(*args, **kw)
            except (LabError, OSError):
                return True
            if got:
                raise AssertionError(f"it worked ({got}), although the port lets only one address pass")
            return True
        return self.check(text, inverted)


def table(show, rows):
    head = ["guest", "DHCP client", "IPv4", "IPv6", "ping", "TCP", "mDNS", "host", "guests"]
    rows = [head] + [[str(r.get(h, "-")) for h in head] for r in rows]
    wide = [max(len(r[i]) for r in rows) for i in range(len(head))]
    for n, r in enumerate(rows):
        line = "  " + "  ".join(c.ljust(w) for c, w in zip(r, wide)).rstrip()
        print(f"{show.bold}{line}{show.off}" if n == 0 else line)
    sys.stdout.flush()


def stand(lab, what):
    """The lab stays, and what runs in it."""
    for node in lab.nodes.values():
        node.procs.clear()
    print(f"\nThe lab stands; {what} in it.\n{lab.keep()}")


def first_story(show, keep):
    show.title("The first story: packets from a guest, through a TKIP access point, to a laptop")
    print(FIRST, end="", flush=True)
    lab = first.FirstLab("demo1")
    try:
        if not show.check("the laptop is connected", lambda: lab.__enter__().services["sta"]):
            return
        show.check("laptop: ping the internet host", pings, lab.laptop, t.INET4)
        show.check("laptop: TCP connections to the internet host", lambda: first.connect(lab, 100).check())
        show.check("data frames that the passphrase does not open", lambda: "0" if not lab.heard_all().unread() else None)
        if keep:
            stand(lab, "access point and station run")
    finally:
        lab.close()


def plain_bridge(lab, show):
    show.title("1. The plain bridge: wlan0 is a port of br0, guests send with their own addresses")
    a = lab.guest("a")
    heard = lab.capture() if lab.options.uplink == "radio" else None
    lab.plain_bridge()
    show.expect_failure("guest a gets no lease", s.udhcpc, lab, a, 8, ("-t", "2"))
    lab.static(a, 41)
    show.expect_failure("guest a with an address by hand reaches nobody", a.ping, t.ROUTER4)

    def dropped():
        n, last = lab.port.foreign(), lab.port.last_offender()
        return f"{n}, the last from {last[0]} (ethertype 0x{last[1]:04x})" if n and last[0].startswith("00:60:00") else None
    show.check(f"frames that the {lab.port.NAME} dropped for their foreign source", dropped)
    if lab.options.uplink == "radio":
        show.check("frames with a foreign source on the air", lambda: "0" if not heard.verdict(t.W).foreign else None)
    a.ip("addr flush dev eth0 scope global")
    lab.undo_plain_bridge()


def flap(lab):
    """The guests' interfaces come up anew, so that all of them ask for everything again."""
    for g in lab.guests:
        g.ip("link set eth0 down", "link set eth0 up")
    return True


def addresses(lab, show, rows):
    leases = {g.name: Background(client, lab, g) for g, client in zip(lab.guests, (s.udhcpc, s.dhclient, s.dhcpcd))}
    for g, row in zip(lab.guests, rows):
        row["IPv4"] = show.check(f"guest {g.name}: lease by {row['DHCP client']}", leases[g.name].result, 30)
    for g, row in zip(lab.guests, rows):
        row["IPv6"] = show.check(f"guest {g.name}: address by router advertisement", s.slaac, g)
    if rows[0]["IPv4"] != t.GUEST4:
        show.check(f"guest a has its reservation {t.GUEST4}", lambda: False)


def mdns(lab, g, row):
    with s.MdnsResponder(lab.router, "lan0", "printer.local", t.ROUTER4):
        there = s.mdns_query(g, "eth0", "printer.local")
    with s.MdnsResponder(g, "eth0", f"{g.name}.local", row["IPv4"], socket.AF_INET6):
        back = s.mdns_query(lab.router, "lan0", f"{g.name}.local", socket.AF_INET6)
    assert there == t.ROUTER4, f"the query of guest {g.name} was answered with {there}"
    assert back == row["IPv4"], f"the query of the router for guest {g.name} was answered with {back}"
    return "both ways"


def pings(node, *targets):
    for target in targets:
        got = node.ping(target, count=3, interval=0.05)
        assert got == 3, f"{node.name} → {target}: {got} of 3 answered"
    return "ok"


def tcp(node, size):
    rates = []
    unit, name = (1e9, "Gbit/s") if size > 16 << 20 else (1e6, "Mbit/s")
    for address in (t.INET4, t.INET6):
        r = s.fetch(node, address, n=size)
        assert r.intact, f"from {address}: {r}"
        rates.append(r.bytes * 8 / r.seconds / unit)
    return f"{min(rates):.1f} {name}"


def traffic(lab, show, rows):
    mib = 4 if lab.options.uplink == "radio" else 64
    download = lab.services["download"] = s.Download(lab.inet)
    for g, row in zip(lab.guests, rows):
        row["ping"] = show.check(f"guest {g.name}: ping router and internet host, IPv4 and IPv6", pings, g, t.ROUTER4, t.INET4,
                                 t.ROUTER6, t.INET6)
        row["TCP"] = show.check(f"guest {g.name}: 2 × {mib} MiB by TCP, SHA-256 compared", tcp, g, mib << 20)
        row["mDNS"] = show.check(f"guest {g.name}: mDNS with the router", mdns, lab, g, row)
    for g, row in zip(lab.guests, rows):
        def with_host(g=g, row=row):
            return pings(g, t.HOST4, t.HOST6) and pings(lab.host, row["IPv4"], row["IPv6"])
        row["host"] = show.check(f"guest {g.name} ↔ host", with_host)
    for g, row in zip(lab.guests, rows):
        others = [r[k] for r in rows if r is not row for k in ("IPv4", "IPv6")]
        row["guests"] = show.check(f"guest {g.name} → the other guests", pings, g, *others)
    download.close()


def with_vifi(lab, show):
    show.title("2. vifi bridge up wlan0 br0")
    rows = [{"guest": g.name, "DHCP client": c} for g, c in zip(lab.guests, ("udhcpc", "dhclient", "dhcpcd"))]
    before, judge = lab.port.foreign(), lab.capture()
    vifi = show.check("vifi is up", lambda: Vifi(lab))
    if not vifi:
        return
    show.check("guests plug in", flap, lab)
    addresses(lab, show, rows)
    if all(r["IPv4"] and r["IPv6"] for r in rows):
        traffic(lab, show, rows)

    show.title("3. What the network saw")
    show.check("router's neighbour table: 192.168.157.41 at", lambda: (lab.router.neighbours("lan0").get(t.GUEST4) == t.W) and t.W)
    where = "air" if lab.options.uplink == "radio" else "port"
    verdict = show.check(f"capture on the {where}, read by tshark", judge.verdict, t.W)
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
    print(RADIO if radio else PICTURE, end="", flush=True)
    lab = Lab("demo", uplink=args.uplink)
    with lab:
        plain_bridge(lab, show)
        with_vifi(lab, show)
        if args.keep:
            Vifi(lab)
            stand(lab, "vifi runs")


def main():
    p = argparse.ArgumentParser(prog="script/demo", description="Shows both stories in network namespaces, then cleans up.")
    p.add_argument("-k", "--keep", action="store_true", help="leave the lab (with both stories: the second's) standing, with vifi running, and say how to enter it")
    p.add_argument("--uplink", choices=["radio", "veth"], default="radio",
                   help="what wlan0 of the second story is: a station on the air (radio, the default), or a port that lets one address pass (veth)")
    p.add_argument("--story", choices=["1", "2"], help="only this one: 1, the access point of 2007; 2, guests behind a Wi-Fi client")
    args = p.parse_args()
    show = Show()
    try:
        program()
        if args.story == "1" or (args.uplink == "radio" and args.story != "2"):
            first_story(show, args.keep and args.story == "1")
        if args.story != "1":
            second_story(show, args)
    except LabError as e:
        print(f"script/demo: {e}", file=sys.stderr)
        return 3 if s.missing_features(args.uplink == "radio" or args.story == "1") else 1
    except KeyboardInterrupt:
        print("\nscript/demo: interrupted; the lab is removed", file=sys.stderr)
        return 130
    seconds = time.monotonic() - show.start
    if show.failed:
        print(f"\n{show.red}{len(show.failed)} checks failed{show.off} in {seconds:.0f} s: {'; '.join(show.failed)}")
        return 1
    print(f"\n{show.green}Every check passed{show.off} in {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
