# SPDX-License-Identifier: GPL-2.0-or-later
"""The network in the emulated machine for `vifi bridge`:

      namespace ap                            the host (first namespace)                 namespaces ga, gb, gc
    ┌───────────────────────┐   hwsim air   ┌─────────────────────────────────┐        ┌────────────────────────┐
    │ dnsmasq  hostapd      │               │ wpa_supplicant         vifi     │        │ eth0 00:60:00:00:00:0N │
    │ 192.168.157.20   ap0 ─┼─))) CCMP (((──┼─ wlan0 .21             br0 ─────┼─ veth ─┼─ by DHCP and SLAAC     │
    └───────────────────────┘       │       │ 00:60:aa:bb:cc:dd               │        └────────────────────────┘
                                  hwsim0    └─────────────────────────────────┘
                                    └─ tcpdump: every frame on the air

The access point is mac80211: it knows the station by one address and drops data frames with any other transmitter.

All waiting times are virtual: bed.py.
"""
import collections
import os
import struct
import subprocess

from scapy.utils import RawPcapReader

from bed import CACHE

UPLINK_MAC = "00:60:aa:bb:cc:dd"
AP_MAC = "02:00:00:00:00:00"
ROUTER, HOST = "192.168.157.20", "192.168.157.21"
ROUTER6 = "fd57:157::20"
GUESTS = {"ga": ("00:60:00:00:00:01", "192.168.157.41"), "gb": ("00:60:00:00:00:02", "192.168.157.42"),
          "gc": ("00:60:00:00:00:03", "192.168.157.43")}
SSID, PSK = "vifi-bed", "interoperable"

HOSTAPD = f"""interface=ap0
driver=nl80211
ctrl_interface=/run/hostapd
ssid={SSID}
hw_mode=g
channel=1
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase={PSK}
"""

SUPPLICANT = f"""ctrl_interface=/run/wpas
p2p_disabled=1
network={{
ssid="{SSID}"
scan_freq=2412
psk="{PSK}"
key_mgmt=WPA-PSK
proto=RSN
}}
"""

DNSMASQ = f"""port=0
interface=ap0
bind-interfaces
dhcp-authoritative
dhcp-leasefile=/run/leases
dhcp-range=192.168.157.100,192.168.157.150,255.255.255.0,10m
dhcp-range=::,constructor:ap0,ra-only
dhcp-option=option:router,{ROUTER}
enable-ra
""" + "".join(f"dhcp-host={mac},{ip}\n" for mac, ip in GUESTS.values())


class World:
    """The machine with its station and guests, and the operations of the tests."""

    def __init__(self, machine):
        self.machine = machine
        self.run, self.try_run = machine.run, machine.try_run

    def inside(self, where, script, seconds=15):
        """Runs one command in a namespace."""
        return self.run(f"exec ip netns exec {where} {script}", seconds)

    def file(self, path, text):
        self.run(f"cat > {path} <<'END-OF-FILE'\n{text}END-OF-FILE")

    def wait(self, condition, seconds=30):
        """Waits in the machine until a shell condition holds."""
        self.run(f"""read -r end _ </proc/uptime; end=$((${{end%.*}} + {seconds}))
            until {condition}; do
                read -r now _ </proc/uptime
                [ ${{now%.*}} -lt $end ] || {{ echo 'not within {seconds} s: {quote(condition)}'; exit 1; }}
                sleep 0.1
            done""", seconds + 15)

    def wait_for_lines(self, path, text, times=1, seconds=30):
        """Waits until so many lines of a log contain a text."""
        done = self.try_run(f"exec await {path} {times} {seconds} 1 '{quote(text)}'", seconds + 15)
        assert done.rc == 0, f"no '{text}' in {path} (wanted {times}) within {seconds} s\n{done.out}"

    def build(self):
        """Sets up access point, station and router. The recording of the air starts before the association."""
        self.file("/run/wpas.conf", SUPPLICANT)
        self.file("/run/dnsmasq.conf", DNSMASQ)
        self.run(f"""set -e
            ip netns add ap
            iw phy phy0 set netns name ap
            ip link set wlan1 name wlan0
            ip link set wlan0 address {UPLINK_MAC}
            n="ip netns exec ap"
            $n ip link set lo up
            $n ip link set wlan0 name ap0
            $n ip addr add {ROUTER}/24 dev ap0
            $n ip addr add {ROUTER6}/64 dev ap0 nodad
            $n sysctl -q net.ipv6.conf.ap0.keep_addr_on_down=1
            ip link set hwsim0 up
            tcpdump -Z root -U --immediate-mode -s 96 -i hwsim0 -w /tmp/air.pcap not type ctl >/tmp/air.log 2>&1 & sleep 0.3""", 30)
        self.access_point("")
        self.run(f"""set -e
            ip netns exec ap dnsmasq -C /run/dnsmasq.conf --log-facility=/tmp/dnsmasq.log --pid-file=/run/dnsmasq.pid""", 30)
        self.station()
        self.run(f"ip addr add {HOST}/24 dev wlan0")
        self.associated()

    def station(self):
        """Starts the station on wlan0."""
        self.run("wpa_supplicant -B -t -i wlan0 -D nl80211 -c /run/wpas.conf -f /tmp/wpas.log >/dev/null", 30)

    def access_point(self, options):
        """Starts or restarts hostapd. A restart deauthenticates the station, which reconnects by itself, and restarts the
        recording "ap", because tcpdump may end when the interface goes down."""
        self.file("/run/hostapd.conf", HOSTAPD + options + "\n")
        self.run("""[ -e /run/hostapd.pid ] && kill $(cat /run/hostapd.pid) && sleep 0.5
            : >/tmp/hostapd.log
            ip netns exec ap hostapd -t /run/hostapd.conf >>/tmp/hostapd.log 2>&1 & echo $! >/run/hostapd.pid""")
        self.wait("grep -q AP-ENABLED /tmp/hostapd.log")
        self.run("""[ -e /run/ap.pid ] && kill $(cat /run/ap.pid) 2>/dev/null && sleep 0.3
            ip netns exec ap tcpdump -Z root -U --immediate-mode -s 320 -i ap0 -w /tmp/ap.pcap >/tmp/ap.log 2>&1 & echo $! >/run/ap.pid
            sleep 0.3""")

    def associated(self):
        """Waits until hostapd and wpa_supplicant have completed the 4-way handshake."""
        self.wait("grep -q EAPOL-4WAY-HS-COMPLETED /tmp/hostapd.log", 30)
        self.wait("wpa_cli -p /run/wpas -i wlan0 status | grep -q wpa_state=COMPLETED", 30)

    def bridge(self, *guests):
        """Creates br0, and guests on it without addresses."""
        self.run("ip link show br0 >/dev/null 2>&1 || { ip link add br0 type bridge forward_delay 0 mcast_snooping 0; }; "
                 "ip link set br0 up")
        existing = self.run("ip netns list").split()
        for name in (name for name in guests if name not in existing):
            mac = GUESTS[name][0]
            self.run(f"""set -e
                ip netns add {name}
                ip link add {name} type veth peer name eth0 netns {name} address {mac}
                ip link set {name} master br0 up
                ip netns exec {name} ip link set lo up
                ip netns exec {name} ip link set eth0 up""")

    def lease(self, guest, seconds=20):
        """Runs a DHCP client; returns the address of its lease."""
        self.inside(guest, "udhcpc -n -q -f -i eth0 -t 5 -T 2 -s /guest/udhcpc.script", seconds)
        return self.inside(guest, "ip -4 -o addr show dev eth0").split()[3].split("/")[0]

    def pings(self, where, target, count=3, seconds=30):
        """The number of answers to `count` pings."""
        out = self.try_run(f"ip netns exec {where} ping -n -q -i 0.2 -W 5 -c {count} {target}", seconds).out
        return int(out.split(" received")[0].rsplit(" ", 1)[-1]) if " received" in out else 0

    def transfer(self, source, target, address, megabytes=2):
        """Sends a file over TCP from one namespace to `address` in another, and compares the checksums."""
        self.run(f"""dd if=/dev/urandom of=/tmp/sent bs=1M count={megabytes} 2>/dev/null; rm -f /tmp/got
            ip netns exec {target} timeout 60 socat -u TCP-LISTEN:5001,reuseaddr CREATE:/tmp/got &
            n=0; until ip netns exec {target} netstat -ltn | grep -q :5001 || [ $n -gt 50 ]; do n=$((n+1)); sleep 0.1; done
            ip netns exec {source} timeout 50 socat -u OPEN:/tmp/sent TCP:{address}:5001,connect-timeout=5 || exit 1
            wait
            [ "$(sha256sum </tmp/sent)" = "$(sha256sum </tmp/got)" ] || {{ ls -l /tmp/sent /tmp/got; exit 1; }}""", 75)

    def send(self, guest, target, ethertype, payload):
        """Sends one Ethernet frame as a guest, padded to the minimum length; ethertype and payload are hexadecimal."""
        frame = packed(target) + packed(GUESTS[guest][0]) + bytes.fromhex(ethertype + payload)
        text = "".join(f"\\{byte:03o}" for byte in frame.ljust(60, b"\0"))
        self.run(f"printf '{text}' | ip netns exec {guest} socat -u - INTERFACE:eth0")

    def neighbour(self, where, address, device):
        """The link-layer address in a neighbour table, or None."""
        words = self.inside(where, f"ip neigh show {address} dev {device}").split()
        return words[words.index("lladdr") + 1] if "lladdr" in words else None

    def mark(self):
        """The present sizes of the recordings "air" and "ap": a starting point for what follows."""
        return dict(zip(("air", "ap"), map(int, self.run("sleep 0.3; stat -c %s /tmp/air.pcap /tmp/ap.pcap").split())))

    def recorded(self, name, mark=None):
        """Fetches a recording of tcpdump, from its start or from a mark; returns the local path. A file begins with a
        header of 24 bytes; the mark may be within a packet, which then belongs to the time before it."""
        begin = max(mark[name], 24) if mark else 24
        path = CACHE / f"{name}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.pcap"  # workers run at the same time
        data = self.machine.get(f"sleep 0.3; head -c 24 /tmp/{name}.pcap; tail -c +{begin + 1} /tmp/{name}.pcap")
        path.write_bytes(data[:24] + data[24 + first_packet(data[24:]):])
        return path

    def transmitters(self, mark=None):
        """The transmitters of data frames to an access point, as tshark reads the air: address -> number of frames."""
        addresses = tshark(self.recorded("air", mark), "wlan.fc.type == 2 && wlan.fc.tods == 1", "wlan.ta")
        return collections.Counter(address for address in addresses if address)

    def at_ap(self, mark=None):
        """The Ethernet frames that the access point sent or accepted, cut at 320 bytes: enough for DHCP and its first options."""
        reader = RawPcapReader(str(self.recorded("ap", mark)))
        try:
            return [frame for frame, _ in reader]
        finally:
            reader.close()


def first_packet(data):
    """Where the first whole packet begins in a part of a recording: where three headers follow one another, or the data end."""
    for start in range(len(data)):
        at = start
        for _ in range(3):
            if at + 16 > len(data):
                return start
            _, micros, length, on_air = struct.unpack_from("<IIII", data, at)
            if micros >= 10**6 or not 0 < length <= on_air <= 65536 + 64:
                break
            at += 16 + length
        else:
            return start
    return len(data)


def tshark(path, display_filter, field):
    """One field of each frame that matches the filter."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-e", field, "-Y", display_filter]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    # The last frame of a running capture may be cut short: tshark then exits with 2.
    assert done.returncode == 0 or "cut short" in done.stderr, done.stderr
    return done.stdout.splitlines()


def packed(mac):
    return bytes.fromhex(mac.replace(":", ""))


def quote(text):
    return text.replace("'", "'\\''")
