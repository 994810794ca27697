# SPDX-License-Identifier: GPL-2.0-or-later
"""mac80211 on `vifi air`, joined by `vifi air hwsim`, in the emulated machine:

    k0 … k5  wpa_supplicant, one network each                        namespaces k0 … k5
       )))   channel 1
    vifi ap  one radio, a network for each suite: b0 … b5            namespace vap

    v0 … v5  vifi sta, one network each                              namespaces v0 … v5
       )))   channel 36
    h        hostapd, one radio, the same networks: h0 … h5          namespace h

    k6 and v6 have a wrong passphrase; b6 has the SSID of b0, for a roaming station.

k… and h are radios of mac80211: MLME, keys and ciphers of the kernel, frames from wpa_supplicant and hostapd. All
radios share one medium, and each link has a subnet of its own, so a ping can go over the air only.

The radios of mac80211_hwsim, `vifi air`, `vifi ap` and `vifi sta` all run in the emulated machine, hence on one clock,
the virtual one. Nothing here may connect a radio of the machine to a medium on the host, which runs on wall-clock time.
"""
from world import World, quote

PASSPHRASE = "interoperable"
FOLDER = "/run/peers"
SIBLING = "02:00:00:00:0a:06"
GROUP_REKEY, PAIRWISE_REKEY = 12, 15  # seconds, virtual as all times in these tests


class Suite:
    """A network: the configuration of its access point and station, and the expected status of the station."""

    def __init__(self, number, name, access_point=(), station=(), shows=(), protected=True, mfp=False):
        self.number, self.name, self.shows, self.protected, self.mfp = number, name, shows, protected, mfp
        keys = [f"wpa_passphrase={PASSPHRASE}", f"wpa_group_rekey={GROUP_REKEY}", f"wpa_ptk_rekey={PAIRWISE_REKEY}"]
        self.access_point = [*access_point, *(keys if protected else [])]
        self.station = list(station)

    def network(self, ssid, frequency, passphrase=PASSPHRASE, bssid="any"):
        secret = [f'psk="{passphrase}"'] if self.protected else []
        lines = [f'ssid="{ssid}"', f"bssid={bssid}", f"scan_freq={frequency}", *secret, *self.station]
        return "network={\n" + "\n".join(lines) + "\n}\n"


SUITES = [
    Suite(0, "ccmp", ["wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=CCMP"], ["key_mgmt=WPA-PSK"],
          ["pairwise_cipher=CCMP", "group_cipher=CCMP", "key_mgmt=WPA2-PSK\n"]),
    Suite(1, "sha256", ["wpa=2", "wpa_key_mgmt=WPA-PSK-SHA256", "rsn_pairwise=CCMP", "ieee80211w=2"],
          ["key_mgmt=WPA-PSK-SHA256", "ieee80211w=2"],
          ["pairwise_cipher=CCMP", "key_mgmt=WPA2-PSK-SHA256", "pmf=2", "mgmt_group_cipher=BIP\n"], mfp=True),
    Suite(2, "gcmp256", ["wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=GCMP-256", "ieee80211w=2",
                         "group_mgmt_cipher=BIP-GMAC-256"],
          ["key_mgmt=WPA-PSK", "pairwise=GCMP-256", "group=GCMP-256", "group_mgmt=BIP-GMAC-256", "ieee80211w=2"],
          ["pairwise_cipher=GCMP-256", "group_cipher=GCMP-256", "mgmt_group_cipher=BIP-GMAC-256"], mfp=True),
    Suite(3, "ccmp256", ["wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=CCMP-256", "ieee80211w=1",
                         "group_mgmt_cipher=BIP-CMAC-256", "ignore_broadcast_ssid=1"],
          ["key_mgmt=WPA-PSK", "pairwise=CCMP-256", "group=CCMP-256", "group_mgmt=BIP-CMAC-256", "ieee80211w=1",
           "scan_ssid=1"],
          ["pairwise_cipher=CCMP-256", "group_cipher=CCMP-256", "mgmt_group_cipher=BIP-CMAC-256"], mfp=True),
    Suite(4, "tkip", ["wpa=1", "wpa_key_mgmt=WPA-PSK", "wpa_pairwise=TKIP"],
          ["key_mgmt=WPA-PSK", "proto=WPA", "pairwise=TKIP", "group=TKIP"],
          ["pairwise_cipher=TKIP", "group_cipher=TKIP", "key_mgmt=WPA-PSK\n"]),
    Suite(5, "open", [], ["key_mgmt=NONE"], ["pairwise_cipher=NONE", "key_mgmt=NONE"], protected=False),
]
PROTECTED = [suite for suite in SUITES if suite.protected]


class Link:
    """A station and its access point; vifi_is tells which of the two is vifi's, "ap" or "sta"."""

    def __init__(self, peers, suite, vifi_is):
        self.peers, self.suite, self.vifi_is = peers, suite, vifi_is
        n = suite.number
        if vifi_is == "ap":
            self.ap_node, self.ap_dev, self.bssid = "vap", f"b{n}", f"02:00:00:00:0a:0{n}"
            self.sta_node, self.sta, self.ssid, self.net = f"k{n}", f"02:00:00:00:00:0{n + 1}", suite.name, f"10.1.{n}"
            self.ap_log, self.sta_log = "ap.log", f"k{n}.log"
        else:
            self.ap_node, self.ap_dev, self.bssid = "h", f"h{n}", f"02:00:00:00:0b:0{n}"
            self.sta_node, self.sta, self.ssid, self.net = f"v{n}", f"02:00:00:00:0c:0{n}", f"h-{suite.name}", f"10.2.{n}"
            self.ap_log, self.sta_log = "hostapd.log", f"v{n}.log"

    def reach(self, *sizes, broadcast=False):
        """Pings of these sizes are answered, in both directions; with `broadcast`, those to the broadcast address too."""
        ends = [(self.sta_node, "wlan0", f"{self.net}.1"), (self.ap_node, self.ap_dev, f"{self.net}.2")]
        self.wait_for_pings([(node, f"-s {size} {address}") for node, _, address in ends for size in sizes] +
                            [(node, f"-b -I {device} {self.net}.255") for node, device, _ in ends if broadcast])

    def wait_for_pings(self, pings, seconds=60):
        """Waits until each ping is answered. A ping during a rekey may be lost, so it is repeated."""
        self.peers.run("\n".join(f"""read -r end _ </proc/uptime; end=$((${{end%.*}} + {seconds}))
            until ip netns exec {node} ping -n -q -c 1 -W 2 {options} >/dev/null 2>&1; do
                read -r now _ </proc/uptime
                [ ${{now%.*}} -lt $end ] || {{ echo "{node}: ping {options}: no answer within {seconds} s"; exit 1; }}
            done""" for node, options in pings), len(pings) * seconds + 15)

    def connections(self):
        """How often the station has connected, by the log of vifi."""
        return self.peers.count(self.vifi_log, f"{self.vifi_peer}: connected: keys are installed")

    @property
    def vifi_log(self):
        return self.ap_log if self.vifi_is == "ap" else self.sta_log

    @property
    def vifi_peer(self):
        """The address under which vifi logs the other end."""
        return self.sta if self.vifi_is == "ap" else self.bssid

    def connected(self, times=1, seconds=60):
        """Waits until the station has connected so often."""
        self.peers.wait_for_log(self.vifi_log, f"{self.vifi_peer}: connected: keys are installed", times, seconds)


class Peers(World):
    """The machine with all access points, stations and links."""

    def __init__(self, machine):
        super().__init__(machine)
        self.links = {(side, suite.name): Link(self, suite, side) for side in ("ap", "sta") for suite in SUITES}

    def link(self, side, name):
        return self.links[side, name]

    def file(self, path, text):
        super().file(f"{FOLDER}/{path}", text)

    def count(self, log, text):
        """The number of lines of a log that contain a text."""
        return int(self.run(f"grep -cF '{quote(text)}' {FOLDER}/{log} || true"))

    def wait_for_log(self, log, text, times=1, seconds=60):
        """Waits until a log contains a text in so many lines."""
        self.wait_for_lines(f"{FOLDER}/{log}", text, times, seconds)

    # ---- building ----

    def build(self):
        self.run(f"""set -e
            mkdir -p {FOLDER} /sys/kernel/debug
            mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
            cd {FOLDER}
            vifi air up --socket {FOLDER}/air --airtime no --capture {FOLDER}/air.pcapng >air.log 2>&1 & echo $! >air.pid
            for name in peers vap h k0 k1 k2 k3 k4 k5 k6 v0 v1 v2 v3 v4 v5 v6; do
                ip netns add $name
                ip netns exec $name sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0 net.ipv6.conf.default.disable_ipv6=1
            done""", 40)
        self.wait_for_log("air.log", "the medium is at")
        self.run(f"""cd {FOLDER}
            ip netns exec peers vifi air hwsim --socket {FOLDER}/air --addr 02:00:00:00:00:01 k0 k1 k2 k3 k4 k5 k6 h >hwsim.log 2>&1 & echo $! >hwsim.pid""")
        self.wait_for_log("hwsim.log", "on the medium at")
        self.access_points()
        self.stations()

    def access_points(self):
        def networks(letter, prefix, byte):
            return "".join(
                ("" if s.number == 0 else f"bss={letter}{s.number}\n") +
                "\n".join([f"ssid={prefix}{s.name}", f"bssid=02:00:00:00:{byte}:0{s.number}", *s.access_point]) +
                ("\nctrl_interface=/run/hostapd-peers\n" if letter == "h" else "\n") for s in SUITES)

        sibling = "\n".join(["bss=b6", f"ssid={SUITES[0].name}", f"bssid={SIBLING}", *SUITES[0].access_point]) + "\n"
        self.file("ap.conf", "interface=b0\nhw_mode=g\nchannel=1\nbeacon_int=200\n" + networks("b", "", "0a") + sibling)
        self.file("hostapd.conf", "interface=h0\ndriver=nl80211\nhw_mode=a\nchannel=36\ncountry_code=DE\nwmm_enabled=1\n"
                  "beacon_int=200\nbss_transition=1\n" + networks("h", "h-", "0b"))
        self.run("""ip netns exec peers iw phy h set netns name h
            ip netns exec h iw phy h interface add h0 type managed""")
        self.start_ap()
        self.start_hostapd()

    def addresses(self, node, letter, net):
        self.run("\n".join(f"ip netns exec {node} ip addr replace {net}.{s.number}.1/24 brd + dev {letter}{s.number}"
                           for s in SUITES))

    def start_ap(self):
        self.run(f"cd {FOLDER}; ip netns exec vap vifi ap -d --air {FOLDER}/air --name ap ap.conf >>ap.log 2>&1 & echo $! >{FOLDER}/ap.pid")
        self.wait("ip netns exec vap ip link show b6 2>/dev/null")
        self.addresses("vap", "b", "10.1")

    def start_hostapd(self):
        before = self.run(f"touch {FOLDER}/hostapd.log; grep -c AP-ENABLED {FOLDER}/hostapd.log || true")
        self.run(f"cd {FOLDER}; ip netns exec h hostapd hostapd.conf >>hostapd.log 2>&1 & echo $! >{FOLDER}/hostapd.pid")
        self.wait_for_log("hostapd.log", "AP-ENABLED", int(before) + 1)
        self.addresses("h", "h", "10.2")

    def stations(self):
        for suite in SUITES:
            self.supplicant(suite.number, suite)
            self.vifi_station(suite.number, suite)

    def supplicant(self, number, suite, passphrase=PASSPHRASE):
        self.file(f"k{number}.conf", f"ctrl_interface=/run/wpas-peers{number}\np2p_disabled=1\n"
                  + suite.network(suite.name, 2412, passphrase, f"02:00:00:00:0a:0{suite.number}"))
        self.run(f"""set -e
            cd {FOLDER}
            ip netns exec peers iw phy k{number} set netns name k{number}
            ip netns exec k{number} iw phy k{number} interface add wlan0 type managed
            ip netns exec k{number} ip addr add 10.1.{number}.2/24 brd + dev wlan0
            ip netns exec k{number} wpa_supplicant -B -i wlan0 -D nl80211 -c k{number}.conf -f k{number}.log >/dev/null""")

    def cli(self, number, command):
        return self.run(f"wpa_cli -p /run/wpas-peers{number} -i wlan0 {command}")

    def hostapd_cli(self, number, command):
        return self.run(f"hostapd_cli -p /run/hostapd-peers -i h{number} {command}")

    def vifi_station(self, number, suite, passphrase=PASSPHRASE):
        self.file(f"v{number}.conf", suite.network(f"h-{suite.name}", "5180 5200", passphrase))
        self.run(f"""cd {FOLDER}
            ip netns exec v{number} vifi sta -d --air {FOLDER}/air -i wlan0 --name v{number} -a 02:00:00:00:0c:0{number} v{number}.conf \\
                >v{number}.log 2>&1 & echo $! >v{number}.pid""")
        self.wait(f"ip netns exec v{number} ip addr replace 10.2.{number}.2/24 brd + dev wlan0 2>/dev/null")
