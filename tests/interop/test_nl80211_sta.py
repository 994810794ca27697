# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi sta` over a driver of the kernel, against Debian's hostapd; both on radios of mac80211_hwsim:

    s0 … s7  vifi sta -D nl80211, one radio and one network each     namespaces s0 … s7
       )))   hwsim
    h        hostapd, one radio, a network for each suite: h0 … h6   namespace h, with a DHCP server on h0

All stations are up at once, and rekeys happen during all tests. The tests depend on each other, in the order of this
file. They run twice: with radios of one channel, and with radios of two channels at a time, where mac80211 takes other
paths (channel contexts).
"""
import json
import re

import pytest
from conftest import booted
from peers import PASSPHRASE, SUITES, Suite
from world import World, quote

import bed

FOLDER = "/run/nlsta"
MIXED = Suite(6, "mixed", ["wpa=3", "wpa_key_mgmt=WPA-PSK", "wpa_pairwise=TKIP", "rsn_pairwise=CCMP"],
              ["key_mgmt=WPA-PSK", "proto=RSN", "pairwise=CCMP", "group=TKIP"])
NETWORKS = [*SUITES, MIXED]
CIPHERS = {"ccmp": ("CCMP", "CCMP"), "sha256": ("CCMP", "CCMP"), "gcmp256": ("GCMP-256", "GCMP-256"),
           "ccmp256": ("CCMP-256", "CCMP-256"), "tkip": ("TKIP", "TKIP"), "open": ("none", "none"), "mixed": ("CCMP", "TKIP")}
each_network = pytest.mark.parametrize("name", [suite.name for suite in NETWORKS])
each_protected = pytest.mark.parametrize("name", [suite.name for suite in NETWORKS if suite.protected])
STRANGER = len(NETWORKS)  # a radio without a network of its own


class Bed(World):
    """The machine with hostapd and the stations."""

    def __init__(self, machine, channels):
        super().__init__(machine)
        self.channels = channels

    # ---- building ----

    def build(self):
        nodes = ["h", *(f"s{number}" for number in range(STRANGER + 1))]
        self.run(f"""set -e
            [ ! -e {FOLDER} ] || {{ kill $(cat {FOLDER}/*.pid) 2>/dev/null || true; sleep 1; rm -r {FOLDER}; }}
            for name in $(ip netns list | cut -d' ' -f1); do ip netns del $name; done
            modprobe -r mac80211_hwsim
            modprobe mac80211_hwsim radios={len(nodes)} channels={self.channels}
            mkdir -p {FOLDER}
            set -- $(ls /sys/class/ieee80211 | sort -V)
            for name in {' '.join(nodes)}; do
                ip netns add $name
                iw phy $1 set name radio-$name
                iw phy radio-$name set netns name $name
                ip netns exec $name sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0 net.ipv6.conf.default.disable_ipv6=1
                ip netns exec $name ip link set lo up
                shift
            done""", 60)
        for node in nodes:
            self.rename(node)
        self.access_point()
        for suite in NETWORKS:
            self.configure(suite.number, suite)
            self.start(suite.number)

    def rename(self, node):
        """Names the interface of a radio: h0 for hostapd, wlan0 for a station."""
        name = "h0" if node == "h" else "wlan0"
        self.run(f"""set -e
            dev=$(ip -n {node} -br link | cut -d' ' -f1 | grep -v lo)
            [ $dev = {name} ] || ip -n {node} link set $dev name {name}""")

    def access_point(self):
        networks = "".join(
            ("" if suite.number == 0 else f"bss=h{suite.number}\n") +
            "\n".join([f"ssid={suite.name}", f"bssid=02:00:00:00:0b:0{suite.number}", "ctrl_interface=/run/hostapd-nlsta",
                       *suite.access_point]) + "\n" for suite in NETWORKS)
        self.file(f"{FOLDER}/hostapd.conf", "interface=h0\ndriver=nl80211\nhw_mode=g\nchannel=1\nwmm_enabled=1\n" + networks)
        self.start_access_point()

    def start_access_point(self):
        before = int(self.run(f"touch {FOLDER}/hostapd.log; grep -c AP-ENABLED {FOLDER}/hostapd.log || true"))
        self.run(f"cd {FOLDER}; ip netns exec h hostapd -t hostapd.conf >>hostapd.log 2>&1 & echo $! >{FOLDER}/hostapd.pid")
        self.wait_for("hostapd", "AP-ENABLED", before + 1)
        self.run("\n".join(f"ip netns exec h ip addr replace 10.3.{suite.number}.1/24 brd + dev h{suite.number}"
                           for suite in NETWORKS))

    def configure(self, number, suite, passphrase=PASSPHRASE, extra=""):
        self.file(f"{FOLDER}/s{number}.conf", extra + suite.network(suite.name, "2412 2437", passphrase))

    def start(self, number, options="-D nl80211"):
        self.run(f"""cd {FOLDER}
            ip netns exec s{number} vifi sta -d -t -i wlan0 {options} s{number}.conf >>s{number}.log 2>&1 & echo $! >s{number}.pid
            ip netns exec s{number} ip addr replace 10.3.{number}.2/24 brd + dev wlan0""")

    def stop(self, number):
        self.run(f"kill $(cat {FOLDER}/s{number}.pid) && rm {FOLDER}/s{number}.pid")
        self.wait(f"! pgrep -f 's{number}[.]conf'")

    # ---- looking ----

    def count(self, log, text):
        return int(self.run(f"grep -cF '{quote(text)}' {FOLDER}/{log}.log || true"))

    def wait_for(self, log, text, times=1, seconds=30):
        self.wait_for_lines(f"{FOLDER}/{log}.log", text, times, seconds)

    def connections(self, number):
        return self.count(f"s{number}", "connected: keys are installed")

    def connected(self, number, times=1, seconds=30):
        self.wait_for(f"s{number}", "connected: keys are installed", times, seconds)

    def log(self, number):
        return self.run(f"cat {FOLDER}/s{number}.log")

    def reach(self, number, *sizes, broadcast=False):
        """Pings of these sizes are answered, in both directions. A ping during a rekey may be lost: it is repeated."""
        ends = [(f"s{number}", "wlan0", f"10.3.{number}.1"), ("h", f"h{number}", f"10.3.{number}.2")]
        pings = [(node, f"-s {size} {address}") for node, _, address in ends for size in sizes or (56,)]
        if broadcast:
            pings += [(node, f"-b -I {device} 10.3.{number}.255") for node, device, _ in ends]
        for node, options in pings:
            self.wait(f"ip netns exec {node} ping -n -q -c 1 -W 1 {options} >/dev/null 2>&1", 20)

    def hostapd(self, number, command):
        return self.run(f"hostapd_cli -p /run/hostapd-nlsta -i h{number} {command}")

    def address(self, number):
        return self.run(f"ip netns exec s{number} cat /sys/class/net/wlan0/address").strip()

    def link(self, number):
        return json.loads(self.run(f"ip -n s{number} -j link show wlan0"))[0]


def suite_of(name):
    return next(suite for suite in NETWORKS if suite.name == name)


@pytest.fixture(scope="module")
def machine():
    with booted("nlsta", [bed.BUILD / "vifi"], {}) as running:
        yield running


@pytest.fixture(scope="module", params=[1, 2], ids=["one_channel", "two_channels"])
def net(machine, request):
    built = Bed(machine, request.param)
    request.session.config.vifi_world = built
    built.build()
    return built


@each_network
def test_connects(net, name):
    """With the configured suite; unicast and broadcast frames pass in both directions."""
    suite = suite_of(name)
    net.connected(suite.number)
    status = net.hostapd(suite.number, f"sta {net.address(suite.number)}")
    assert "[AUTH][ASSOC][AUTHORIZED]" in status
    assert ("[MFP]" in status) == suite.mfp
    pairwise, group = CIPHERS[name]
    net.run(f"kill -USR1 $(cat {FOLDER}/s{suite.number}.pid)")
    net.wait_for(f"s{suite.number}", f"{pairwise} (group: {group})")
    assert net.link(suite.number)["operstate"] == "UP"
    net.reach(suite.number, 56, 1472, broadcast=True)
    net.run(f"kill -USR1 $(cat {FOLDER}/s{suite.number}.pid); sleep 0.2")
    counters = re.findall(r"received (\d+) frames, sent (\d+), lost \d+", net.log(suite.number))[-1]
    assert all(int(count) >= 4 for count in counters), counters


@each_protected
def test_keys_are_renewed(net, name):
    """hostapd renews group and pairwise keys; the connection stays."""
    number = suite_of(name).number
    net.wait_for(f"s{number}", "new group keys")
    net.wait_for(f"s{number}", "new pairwise keys")
    net.reach(number, broadcast=True)
    assert net.connections(number) == 1


def test_reports_a_wrong_passphrase(net):
    net.configure(STRANGER, suite_of("ccmp"), passphrase="not-the-passphrase")
    net.start(STRANGER)
    net.wait_for(f"s{STRANGER}", "the passphrases differ")
    net.wait_for("hostapd", f"AP-STA-POSSIBLE-PSK-MISMATCH {net.address(STRANGER)}")
    assert net.connections(STRANGER) == 0
    net.stop(STRANGER)


def test_dhcp(net):
    """The interface is dormant until the keys are in place; then a DHCP client gets a lease, and the router answers."""
    number = suite_of("ccmp").number
    net.run(f"""ip netns exec h dnsmasq -C /dev/null --port=0 --interface=h{number} --bind-interfaces --dhcp-authoritative \\
        --dhcp-range=10.3.{number}.100,10.3.{number}.120,255.255.255.0,10m --pid-file={FOLDER}/dnsmasq.pid --dhcp-leasefile={FOLDER}/leases""")
    net.inside(f"s{number}", "udhcpc -n -q -f -i wlan0 -t 5 -T 2 -s /guest/udhcpc.script", 20)
    assert f"10.3.{number}.1" in net.inside(f"s{number}", "ip -4 -o addr show dev wlan0")
    net.run(f"kill $(cat {FOLDER}/dnsmasq.pid)")
    net.run(f"ip netns exec s{number} ip addr flush dev wlan0; ip netns exec s{number} ip addr add 10.3.{number}.2/24 brd + dev wlan0")
    net.reach(number)


@each_protected
def test_deauthenticated_station_reconnects(net, name):
    number = suite_of(name).number
    before = net.connections(number)
    net.hostapd(number, f"deauthenticate {net.address(number)}")
    net.connected(number, before + 1)
    net.reach(number)


def test_answers_an_sa_query(net):
    """hostapd would deauthenticate it after a second without an answer."""
    number = suite_of("sha256").number
    before = net.connections(number)
    assert "OK" in net.hostapd(number, f"sa_query {net.address(number)}")
    net.run("sleep 2")
    net.reach(number)
    assert net.connections(number) == before


def test_rejects_a_bss_transition_request_without_candidates(net):
    number = suite_of("ccmp").number
    net.hostapd(number, "set bss_transition 1")
    net.hostapd(number, f"bss_tm_req {net.address(number)} pref=1 abridged=1 valid_int=20")
    net.wait_for("hostapd", f"BSS-TM-RESP {net.address(number)} status_code=7")


@pytest.mark.parametrize("net", [1], indirect=True, ids=["one_channel"])  # with channel contexts, hwsim refuses hostapd's switch
def test_follows_a_channel_switch(net):
    """hostapd announces the switch in its beacons; all its stations stay connected."""
    before = [net.connections(suite.number) for suite in NETWORKS]
    assert "OK" in net.hostapd(0, "chan_switch 10 2437 bandwidth=20")
    net.wait_for("hostapd", "AP-CSA-FINISHED freq=2437")
    for suite in NETWORKS:
        net.wait_for(f"s{suite.number}", "following the access point to another channel: channel 6")
        net.reach(suite.number)
    assert [net.connections(suite.number) for suite in NETWORKS] == before


def test_reconnects_after_a_restart_of_the_access_point(net):
    """On its first channel again. Killed, it says goodbye to nobody."""
    before = [net.connections(suite.number) for suite in NETWORKS]
    net.run(f"kill -9 $(cat {FOLDER}/hostapd.pid)")
    net.start_access_point()
    for suite in NETWORKS:
        net.connected(suite.number, before[suite.number] + 1, 60)
        net.reach(suite.number)


def test_stop_says_goodbye(net):
    """hostapd forgets the station, and the interface is down, as it was before."""
    number = suite_of("sha256").number
    left = net.count("hostapd", f"AP-STA-DISCONNECTED {net.address(number)}")
    net.stop(number)
    net.wait_for("hostapd", f"AP-STA-DISCONNECTED {net.address(number)}", left + 1)
    link = net.link(number)
    assert link["linkmode"] == "DEFAULT" and "UP" not in link["flags"]
    before = net.connections(number)
    net.start(number)
    net.connected(number, before + 1)
    net.reach(number)


def test_killed_program_leaves_no_association(net):
    """The kernel ends the association when the socket closes; the next program connects at once."""
    number = suite_of("ccmp").number
    left = net.count("hostapd", f"AP-STA-DISCONNECTED {net.address(number)}")
    net.run(f"kill -9 $(cat {FOLDER}/s{number}.pid)")
    net.wait_for("hostapd", f"AP-STA-DISCONNECTED {net.address(number)}", left + 1)
    assert "Not connected" in net.inside(f"s{number}", "iw dev wlan0 link")
    before = net.connections(number)
    net.start(number)
    net.connected(number, before + 1)
    net.reach(number)


def test_interface_that_is_set_down(net):
    """vifi does not fight the operator; it reconnects when the interface is up again."""
    number = suite_of("ccmp").number
    before = net.connections(number)
    net.inside(f"s{number}", "ip link set wlan0 down")
    net.wait_for(f"s{number}", "the interface was set down; waiting until it is up again")
    net.run("sleep 3")
    assert "UP" not in net.link(number)["flags"]
    net.inside(f"s{number}", "ip link set wlan0 up")
    net.run(f"ip netns exec s{number} ip addr replace 10.3.{number}.2/24 brd + dev wlan0")
    net.connected(number, before + 1)
    net.reach(number)


def test_address_that_is_changed(net):
    """By an operator, with the interface down or up: vifi goes on with the new one, and leaves it as it is at the end."""
    number = suite_of("ccmp").number
    own = net.address(number)
    for address in ("02:00:00:00:77:01", own):
        before = net.connections(number)
        net.inside(f"s{number}", f"sh -c 'ip link set wlan0 down; ip link set wlan0 address {address}; ip link set wlan0 up'")
        net.connected(number, before + 1)
        assert net.address(number) == address
        net.wait_for("hostapd", f"AP-STA-CONNECTED {address}")
        net.run(f"ip netns exec s{number} ip addr replace 10.3.{number}.2/24 brd + dev wlan0")
        net.reach(number)


def test_radio_that_is_switched_off(net):
    """vifi sets the interface up again when rfkill permits it."""
    number = suite_of("ccmp").number
    before = net.connections(number)
    def switch(soft):
        net.inside(f"s{number}", f"sh -c 'for s in /sys/class/ieee80211/radio-s{number}/rfkill*/soft; do echo {soft} >$s; done'")

    switch(1)
    net.wait_for(f"s{number}", "the radio was switched off (rfkill)")
    net.run("sleep 1")
    switch(0)
    net.connected(number, before + 1)
    net.run(f"ip netns exec s{number} ip addr replace 10.3.{number}.2/24 brd + dev wlan0")
    net.reach(number)


def test_second_program_is_refused(net):
    """With a sentence, and before it disturbs the first one."""
    number = suite_of("ccmp").number
    before = net.connections(number)
    refused = net.try_run(f"cd {FOLDER}; ip netns exec s{number} vifi sta -i wlan0 s{number}.conf")
    assert refused.rc == 4 and "another program manages the interface" in refused.out, refused.out
    net.run("sleep 1")
    net.reach(number)
    assert net.connections(number) == before


@pytest.mark.parametrize("interface, code, text", [
    ("lo", 1, "lo is not a wireless interface of nl80211"),
    ("none0", 1, "none0: there is no such interface"),
])
def test_names_an_unsuitable_interface(net, interface, code, text):
    refused = net.try_run(f"cd {FOLDER}; ip netns exec s0 vifi sta -D nl80211 -i {interface} s0.conf")
    assert refused.rc == code and text in refused.out, refused.out


def test_removed_interface_is_awaited(net):
    number = suite_of("open").number
    before = net.connections(number)
    net.inside(f"s{number}", "iw dev wlan0 del")
    net.wait_for(f"s{number}", "the interface was removed")
    net.inside(f"s{number}", f"iw phy radio-s{number} interface add wlan0 type managed")
    net.connected(number, before + 1)
    net.inside(f"s{number}", f"ip addr replace 10.3.{number}.2/24 brd + dev wlan0")
    net.reach(number)


def test_check_says_what_the_card_can_do(net):
    """Without changing anything."""
    number = suite_of("gcmp256").number
    out = net.inside(f"s{number}", f"vifi sta --check -i wlan0 {FOLDER}/s{number}.conf")
    for text in ('network "gcmp256": WPA and WPA2, WPA-PSK, pairwise GCMP-256, group GCMP-256, protected management frames required',
                 f"radio radio-s{number}; vifi authenticates and associates; EAPOL by nl80211",
                 "2.4 GHz: 14 channels", "the card can join the network"):
        assert text in out, out
    net.reach(number)
    net.file(f"{FOLDER}/wrong.conf", 'network={\nssid="far"\nkey_mgmt=NONE\nscan_freq=4940\n}\n')
    refused = net.try_run(f"ip netns exec s{number} vifi sta --check -i wlan0 {FOLDER}/wrong.conf")
    assert refused.rc == 1 and 'network "far": this card has none of its channels' in refused.out, refused.out


def test_country_reaches_the_kernel(net):
    """`country` of the file is a hint for the regulatory domain."""
    net.run("iw reg set 00")
    net.configure(STRANGER, suite_of("ccmp"), extra="country=DE\n")
    net.start(STRANGER)
    net.wait("iw reg get | grep -q 'country DE'")
    net.connected(STRANGER)
    net.stop(STRANGER)
    net.run("iw reg set 00")
