# SPDX-License-Identifier: GPL-2.0-or-later
"""The strict single-MAC port: loads port.bpf.c, sets its options and reads its counters."""

import json
import os
import struct
import tempfile

from .netns import LabError, run

FLAGS = {"strict": 1, "reflect": 2, "dms": 4, "no_group": 8, "proxy_arp": 16}
STATS = ["foreign", "not_for_station", "reflected", "unicasted", "group_withheld", "proxied"]


def mac_bytes(text):
    return bytes(int(x, 16) for x in text.split(":"))


def mac_text(raw):
    return ":".join(f"{b:02x}" for b in raw)


def object_file():
    """The path of port.bpf.o in the build folder."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    path = os.path.join(os.environ.get("VIFI_BUILD", os.path.join(top, "build")), "tests/lab/port.bpf.o")
    if not os.path.exists(path):
        raise LabError(f"{path} is missing; run script/setup, which builds it")
    return path


class Port:
    """The port of one lab.  `station`, `router`: MAC addresses; options as in FLAGS."""

    NAME = "port"
    SELF = "02:00:5e:10:00:0a"  # the access point's own address, used by its proxy ARP

    def __init__(self, node, port, wire, station, router, **options):
        self.node, self.port, self.wire = node, port, wire
        self.station, self.router = station, router
        self.options = {"strict": True, "reflect": True, **options}
        self._load()
        self.configure()

    def _load(self):
        with tempfile.TemporaryDirectory(prefix="vifi-port-") as folder:
            run(["mount", "-t", "bpf", "none", folder])
            try:
                run(["bpftool", "prog", "loadall", object_file(), f"{folder}/p", "type", "classifier"])
                for dev, prog in ((self.port, "from_station"), (self.wire, "from_wire")):
                    tc = ["nsenter", f"--net=/run/netns/{self.node.ns}", "tc"]
                    run(tc + ["qdisc", "add", "dev", dev, "clsact"])
                    run(tc + ["filter", "add", "dev", dev, "ingress", "bpf", "da", "object-pinned", f"{folder}/p/{prog}"])
                prog = json.loads(run(["bpftool", "-j", "prog", "show", "pinned", f"{folder}/p/from_station"]).stdout)
                wire = json.loads(run(["bpftool", "-j", "prog", "show", "pinned", f"{folder}/p/from_wire"]).stdout)
            finally:
                run(["umount", folder])
        self.maps = {}
        for i in set(prog["map_ids"]) | set(wire["map_ids"]):
            self.maps[json.loads(run(["bpftool", "-j", "map", "show", "id", i]).stdout)["name"]] = i

    def configure(self, station=None, **options):
        """Changes the station's address (as a new association does) or options, with immediate effect."""
        self.station = station or self.station
        unknown = set(options) - set(FLAGS)
        if unknown:
            raise LabError(f"the port has no option {', '.join(sorted(unknown))}")
        self.options.update(options)
        flags = sum(bit for name, bit in FLAGS.items() if self.options.get(name))
        value = mac_bytes(self.station) + mac_bytes(self.router) + mac_bytes(self.SELF) + struct.pack(
            "=HII", flags, self.node.index(self.port), self.node.index(self.wire))
        run(["bpftool", "map", "update", "id", self.maps["port_config"], "key", "hex", "00", "00", "00", "00",
             "value", "hex"] + [f"{b:02x}" for b in value])

    def _dump(self, name):
        return json.loads(run(["bpftool", "-j", "map", "dump", "id", self.maps[name]]).stdout)

    @staticmethod
    def _raw(hexes):
        return bytes(int(x, 16) for x in hexes)

    def counters(self):
        """name → count since the port was created; `foreign` counts frames dropped for a foreign source."""
        return {STATS[int.from_bytes(self._raw(e["key"]), "little")]: int.from_bytes(self._raw(e["value"]), "little")
                for e in self._dump("port_stats")}

    def foreign(self):
        return self.counters()["foreign"]

    def foreign_types(self):
        """ethertype → number of frames dropped for a foreign source."""
        return {int.from_bytes(self._raw(e["key"]), "big"): int.from_bytes(self._raw(e["value"]), "little")
                for e in self._dump("port_types")}

    def last_offender(self):
        """(source, ethertype) of the last frame dropped for a foreign source, or None."""
        raw = self._raw(self._dump("port_last")[0]["value"])
        return (mac_text(raw[:6]), int.from_bytes(raw[6:8], "big")) if any(raw) else None
