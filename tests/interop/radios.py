# SPDX-License-Identifier: GPL-2.0-or-later
"""Radios of mac80211 for the tests of `vifi` on nl80211, and the daemons on them:

    lab.node("ap")          a network namespace with a radio (wiphy) of its own: interface wlan0, down, not configured
      .hostapd(conf)        )))  every radio of the lab hears every other one on its channel  (((
      .wpa_supplicant(conf)
      .iwd({"ssid": "passphrase"})
      .vifi("ap", conf) or .vifi("sta", conf)

A test makes the nodes that it needs; they disappear after it. Each daemon has a log, which the test waits for, and which
is kept if the test fails (conftest.py), with /tmp/air.pcap, a recording of all radios, and /tmp/netlink.pcap, one of all
netlink messages.

A configuration is text; "{device}" in it becomes the name of the node's interface.
"""
import itertools

from world import World, quote, tshark

FOLDER = "/run/lab"
BUS = """<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth><policy context="default">
<allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""


class Lab(World):
    """A machine whose tests add radios."""

    def __init__(self, machine):
        super().__init__(machine)
        self.nodes = {}
        self.numbers = itertools.count(1)

    def build(self):
        self.run(f"""set -e
            mkdir -p {FOLDER} /sys/kernel/debug
            grep -q " /sys/kernel/debug " /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug
            ip link add nlmon0 type nlmon
            ip link set nlmon0 up
            ip link set hwsim0 up
            tcpdump -Z root -U --immediate-mode -s 512 -i hwsim0 -w /tmp/air.pcap >/tmp/air.log 2>&1 &
            tcpdump -Z root -U --immediate-mode -i nlmon0 -w /tmp/netlink.pcap >/tmp/netlink.log 2>&1 &
            for tries in $(seq 50); do [ -s /tmp/air.pcap ] && [ -s /tmp/netlink.pcap ] && exit; sleep 0.1; done
            cat /tmp/air.log /tmp/netlink.log; exit 1""", 30)

    def node(self, name, **options):
        """Adds a node; see Node for the options."""
        assert name not in self.nodes, f"there is a node {name} already"
        self.nodes[name] = node = Node(self, name, next(self.numbers), **options)
        return node

    def clear(self):
        """Removes all nodes with their daemons."""
        for node in list(self.nodes.values()):
            node.remove()

    def frames(self, display_filter, field, mark=None):
        """One field of each recorded frame of the air that matches a filter of tshark; `mark` is that of mark_air()."""
        return tshark(self.recorded("air", {"air": mark} if mark else None), display_filter, field)

    def mark_air(self):
        """The present end of the recording of the air."""
        return int(self.run("sleep 0.3; stat -c %s /tmp/air.pcap"))


class Node:
    """A network namespace with a radio.

    channels: how many channels the radio uses at once; 2 or more make a driver with channel contexts.
    mac: of the radio, 02:00:00:00:NN:00 by default; the radio has no other.
    device: the name of the interface, or None for a radio without one.
    properties: further words for radio.c, such as "regdom=DE" or "mlo".
    taken_from: the node in whose namespace the radio NAME exists already; otherwise it is new.
    radio: False makes a network namespace without a radio.
    """

    def __init__(self, lab, name, number, channels=1, mac=None, device="wlan0", properties=(), taken_from=None, radio=True):
        self.lab, self.name, self.device = lab, name, device if radio else None
        self.phy, self.mac = name, mac or f"02:00:00:00:{number % 256:02x}:00"
        self.daemons = {}
        words = " ".join([f"mac={self.mac}", f"channels={channels}", *properties])
        if taken_from:
            radio = f"ip netns exec {taken_from.name} iw phy {name} set netns name {name}"
        else:
            radio = f"radio add {name} {words}; iw phy {name} set netns name {name}" if radio else ":"
        lab.run(f"""set -e
            rm -rf {FOLDER}/{name}-*
            ip netns add {name}
            ip -n {name} link set lo up
            {radio}
            {f"ip netns exec {name} iw phy {name} interface add {device} type managed" if self.device else ":"}""")

    def inside(self, command, seconds=15):
        """Runs one command in the namespace; returns its output."""
        return self.lab.inside(self.name, command, seconds)

    def try_inside(self, script, seconds=15):
        """Runs a command in the namespace; returns its Result, whatever its exit code."""
        return self.lab.try_run(f"exec ip netns exec {self.name} {script}", seconds)

    def address(self, address, device=None):
        """Sets an IP address with its prefix length."""
        self.inside(f"ip addr replace {address} dev {device or self.device}")

    def pings(self, target, count=3, seconds=30):
        """The number of answers to `count` pings."""
        return self.lab.pings(self.name, target, count, seconds)

    def iw(self, words):
        """`iw dev DEVICE WORDS`."""
        return self.inside(f"iw dev {self.device} {words}")

    def link(self):
        """`iw dev DEVICE link` as key -> value; empty without a connection."""
        lines = self.iw("link").splitlines()
        if not lines or not lines[0].startswith("Connected to "):
            return {}
        pairs = (line.strip().split(": ", 1) for line in lines[1:] if ": " in line)
        return {"bssid": lines[0].split()[2], **dict(pairs)}

    def channel(self):
        """Frequency, width and centre by iw, in MHz; None without a channel."""
        for line in self.iw("info").splitlines():
            words = line.replace(",", "").split()
            if words[:1] == ["channel"]:
                return int(words[2].strip("(")), int(words[words.index("width:") + 1]), int(words[words.index("center1:") + 1])
        return None

    def stations(self):
        """The stations of `iw dev DEVICE station dump`: address -> (key -> value)."""
        stations, current = {}, {}
        for line in self.iw("station dump").splitlines():
            if line.startswith("Station "):
                current = stations[line.split()[1]] = {}
            elif ":" in line:
                key, value = line.strip().split(":", 1)
                current[key] = value.strip()
        return stations

    def file(self, name, text):
        """Writes a file for this node; returns its path in the machine."""
        path = f"{FOLDER}/{self.name}-{name}"
        text = text.replace("{device}", self.device or "")
        self.lab.file(path, text if text.endswith("\n") else text + "\n")
        return path

    # ---- daemons ----

    def daemon(self, name, command, environment=""):
        """Starts a program in the namespace."""
        assert name not in self.daemons or not self.daemons[name].running(), f"{name} runs already on {self.name}"
        self.daemons[name] = daemon = Daemon(self, name, command, environment)
        return daemon

    def hostapd(self, conf, options=""):
        """Starts hostapd; `interface`, `driver` and `ctrl_interface` are added. Waits until it is enabled."""
        path = self.file("hostapd.conf", f"interface={{device}}\ndriver=nl80211\nctrl_interface={FOLDER}/{self.name}-hostapd\n{conf}")
        daemon = self.daemon("hostapd", f"hostapd -t {options} {path}")
        daemon.client = f"hostapd_cli -p {FOLDER}/{self.name}-hostapd -i {self.device}"
        daemon.wait_for("AP-ENABLED")
        return daemon

    def wpa_supplicant(self, conf, options=""):
        """Starts wpa_supplicant; `ctrl_interface` is added."""
        path = self.file("wpa.conf", f"ctrl_interface={FOLDER}/{self.name}-wpa\np2p_disabled=1\n{conf}")
        daemon = self.daemon("wpa_supplicant", f"wpa_supplicant -t {options} -i {self.device} -D nl80211 -c {path}")
        daemon.client = f"wpa_cli -p {FOLDER}/{self.name}-wpa -i {self.device}"
        return daemon

    def iwd(self, networks, main="", options=""):
        """Starts iwd on a message bus of its own. `networks`: SSID -> passphrase, or None for an open network; iwd
        connects to them by itself. `main` is added to main.conf, `options` to the command line. The client is iwctl: cli("station wlan0 show")."""
        bus, folder = f"{FOLDER}/{self.name}-bus", f"{FOLDER}/{self.name}-iwd"
        conf = self.file("bus.conf", BUS.format(path=bus))
        self.daemon("dbus", f"dbus-daemon --nofork --nopidfile --config-file={conf}")
        self.lab.wait(f"[ -S {bus} ]")
        self.lab.run(f"rm -rf {folder}; mkdir -p {folder}/state")
        self.lab.file(f"{folder}/main.conf", "[General]\nUseDefaultInterface=true\n[DriverQuirks]\nDefaultInterface=*\n[Scan]\n"
                      f"DisableRoamingScan=true\n{main}\n")
        for ssid, passphrase in networks.items():
            kind, text = ("psk", f"[Security]\nPassphrase={passphrase}\n") if passphrase else ("open", "[Settings]\nAutoConnect=true\n")
            self.lab.file(f"{folder}/state/{ssid}.{kind}", text)
        environment = f"DBUS_SYSTEM_BUS_ADDRESS=unix:path={bus} CONFIGURATION_DIRECTORY={folder} STATE_DIRECTORY={folder}/state"
        daemon = self.daemon("iwd", f"iwd -d {options} -i {self.device}", environment)
        daemon.client = f"env {environment} iwctl"
        return daemon

    def vifi(self, command, conf=None, options="", name=None):
        """Starts `vifi COMMAND` in the foreground with debug output: "ap", "sta" or another command. `conf` is the text
        of its configuration file, the last operand."""
        name = name or f"vifi-{command.split()[0]}"
        path = self.file(f"{name}.conf", conf) if conf is not None else ""
        return self.daemon(name, f"vifi {command} {options} {path}")

    def remove(self):
        """Ends the daemons, removes radio and namespace."""
        self.lab.nodes.pop(self.name, None)
        for daemon in reversed(self.daemons.values()):
            daemon.stop(check=False)
        self.lab.try_run(f"""ip netns exec {self.name} radio del {self.phy}
            ip netns pids {self.name} | xargs -r kill -KILL
            ip netns del {self.name}""")


class Daemon:
    """A program in the background of a node, with its log. agent.c reaps it: its number vanishes when it ends."""

    def __init__(self, node, name, command, environment=""):
        self.node, self.lab, self.name, self.client = node, node.lab, name, None
        self.path = f"{FOLDER}/{node.name}-{name}.log"
        # exec: the number of the process is that of the program
        self.pid = int(self.lab.run(f"""{f'export {environment}' if environment else ':'}
            ip netns exec {node.name} sh -c 'exec {quote(command)} >>{self.path} 2>&1' </dev/null >/dev/null 2>&1 & echo $!"""))

    def running(self):
        return self.lab.try_run(f"kill -0 {self.pid} 2>/dev/null").rc == 0

    def log(self):
        return self.lab.run(f"cat {self.path}")

    def count(self, text):
        """The number of lines of the log that contain a text."""
        return int(self.lab.run(f"grep -cF -- '{quote(text)}' {self.path} || true"))

    def wait_for(self, text, times=1, seconds=30):
        """Waits until the log has so many lines that contain a text. The end of the program ends the wait, too."""
        done = self.lab.try_run(f"exec await {self.path} {times} {seconds} {self.pid} '{quote(text)}'", seconds + 15)
        ended = f"{self.name} has ended\n" if done.rc == 2 else ""
        assert done.rc == 0, (f"{self.node.name}: no '{text}' in the log of {self.name} (wanted {times}) within {seconds} s\n"
                              f"{ended}{done.out}{self.log()[-6000:]}")

    def cli(self, command, seconds=15):
        """Runs a command of the program's client (hostapd_cli, wpa_cli, iwctl)."""
        return self.node.inside(f"{self.client} {command}", seconds)

    def signal(self, name):
        self.lab.run(f"kill -{name} {self.pid}")

    def stop(self, check=True, seconds=10):
        """Ends the program by SIGTERM and waits for it; with `check` it must do so in time, else it is killed."""
        done = self.lab.try_run(f"""kill -TERM {self.pid} 2>/dev/null || exit 0
            tries={seconds * 10}
            while [ $tries -gt 0 ]; do
                kill -0 {self.pid} 2>/dev/null || exit 0
                sleep 0.1
                tries=$((tries - 1))
            done
            kill -KILL {self.pid}; echo "{self.name} ignores SIGTERM"; exit 1""", seconds + 15)
        assert done.rc == 0 or not check, done.out

    def kill(self):
        """Ends the program by SIGKILL."""
        self.lab.run(f"kill -KILL {self.pid}; while kill -0 {self.pid} 2>/dev/null; do sleep 0.05; done")
