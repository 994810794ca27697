# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card of mac80211, and stock wpa_supplicant as its stations:

    wpa_supplicant wlan0, namespace s0 ──)))
    wpa_supplicant wlan0, namespace s1 ──)))  (((── wlan0  vifi ap, first namespace
    …

All radios are of mac80211_hwsim, which carries the frames among them: the kernel has the data path at both ends. A radio
has one channel (`channels=1`), or channel contexts (`channels=2`), which take other ways through mac80211. All waiting
times are virtual: bed.py.
"""
import json

import pytest
from bed import BUILD
from conftest import booted
from world import World

PASSPHRASE = "interoperable"
FOLDER = "/run/nlap"
AP = "02:00:00:00:00:00"
STATIONS = 21


def station_mac(n):
    return f"02:00:00:00:{n + 1:02x}:00"


class Card(World):
    """The machine: an access point at a time, and stations."""

    channels = 0

    def __init__(self, machine):
        super().__init__(machine)
        self.stations = set()
        self.running = False

    def load(self, channels):
        """The radios anew: one for the access point, the others for stations."""
        self.stop()
        self.run(f"""set -e
            mkdir -p {FOLDER}
            for n in $(seq 0 {STATIONS - 1}); do ip netns del s$n 2>/dev/null || true; done
            sleep 0.5
            rmmod mac80211_hwsim
            modprobe mac80211_hwsim radios={STATIONS + 1} channels={channels}
            iw reg set DE
            for n in $(seq 0 {STATIONS - 1}); do
                ip netns add s$n
                iw phy phy$(($(cat /sys/class/net/wlan$((n + 1))/phy80211/index))) set netns name s$n
                ip -n s$n link set wlan$((n + 1)) name wlan0
            done""", 60)
        self.channels = channels

    def start(self, conf, wait=True, options="-d"):
        """Starts `vifi ap`, and waits until its networks are on the air."""
        self.stop()
        self.file(f"{FOLDER}/ap.conf", f"interface=wlan0\nbeacon_int=100\n{conf}\n")
        self.run(f"cd {FOLDER}; vifi ap {options} ap.conf >ap.log 2>&1 & echo $! >{FOLDER}/ap.pid")
        self.running = True
        if wait:
            self.on_air(1 + conf.count("bss="))

    def on_air(self, networks=1):
        self.wait(f"[ $(grep -c 'the network is on the air' {FOLDER}/ap.log) -ge {networks} ] || ! kill -0 $(cat {FOLDER}/ap.pid)")
        self.run(f"kill -0 $(cat {FOLDER}/ap.pid) || {{ cat {FOLDER}/ap.log; exit 1; }}")

    def stop(self):
        for n in sorted(self.stations):
            self.try_run(f"kill $(cat {FOLDER}/s{n}.pid); rm {FOLDER}/s{n}.pid; ip -n s{n} addr flush dev wlan0")
        self.stations.clear()
        if self.running:
            self.run(f"kill $(cat {FOLDER}/ap.pid); while kill -0 $(cat {FOLDER}/ap.pid) 2>/dev/null; do sleep 0.1; done; ip addr flush dev wlan0")
        self.running = False

    def station(self, n=0, lines=(), ssid="home", passphrase=PASSPHRASE, frequency=2412, wait=True, options="", debug=""):
        """Starts a station with one network."""
        secret = [f'psk="{passphrase}"'] if passphrase else ["key_mgmt=NONE"]
        network = "network={\n" + "\n".join([f'ssid="{ssid}"', f"scan_freq={frequency}", *secret, *lines]) + "\n}\n"
        self.file(f"{FOLDER}/s{n}.conf", f"ctrl_interface=/run/nlap-s{n}\np2p_disabled=1\n{options}{network}")
        self.run(f"rm -f {FOLDER}/s{n}.log; ip netns exec s{n} wpa_supplicant -B {debug} -P {FOLDER}/s{n}.pid -i wlan0 -D nl80211 -c {FOLDER}/s{n}.conf -f {FOLDER}/s{n}.log >/dev/null")
        self.stations.add(n)
        if wait:
            self.completed(n)

    def completed(self, n=0, seconds=30):
        self.wait(f"wpa_cli -p /run/nlap-s{n} -i wlan0 status | grep -q wpa_state=COMPLETED", seconds)

    def cli(self, n, command):
        return self.run(f"wpa_cli -p /run/nlap-s{n} -i wlan0 {command}")

    def addresses(self, *numbers, device="wlan0"):
        self.run(f"ip addr replace 10.3.0.1/24 dev {device}\n" +
                 "\n".join(f"ip -n s{n} addr replace 10.3.0.{n + 10}/24 dev wlan0" for n in numbers))

    def ping(self, n=0, options="", to="10.3.0.1"):
        """Is a ping of the station answered? It is repeated: a rekey may cost a frame."""
        self.wait(f"ip netns exec s{n} ping -n -q -c 1 -W 2 {options} {to} >/dev/null")

    def log(self):
        return self.run(f"cat {FOLDER}/ap.log")

    def logged(self, text, times=1, seconds=30):
        try:
            self.wait_for_lines(f"{FOLDER}/ap.log", text, times, seconds)
        except AssertionError:
            raise AssertionError(f"not in the log within {seconds} s: {text} ({times}×)\n{self.log()}") from None


@pytest.fixture(scope="module")
def machine(request):
    with booted("nlap", [BUILD / "vifi"], {}) as running:
        yield running


def both_kinds(test):
    """Channel contexts are the usual case of today's drivers; the tests of the basics run with a single channel, too."""
    test.both_kinds = True
    return test


def pytest_generate_tests(metafunc):
    if "card" in metafunc.fixturenames:
        kinds = {"channel-contexts": 2}
        if hasattr(metafunc.function, "both_kinds"):
            kinds["one-channel"] = 1
        metafunc.parametrize("card", kinds.values(), ids=kinds.keys(), indirect=True, scope="module")


@pytest.fixture(scope="module")
def card(machine, request):
    built = Card(machine)
    built.load(request.param)
    request.config.vifi_world = built
    yield built
    built.stop()


OPEN = "ssid=home\nchannel=1"
SECRET = f"wpa_passphrase={PASSPHRASE}"
WPA2 = f"{OPEN}\nwpa=2\n{SECRET}\nrsn_pairwise=CCMP"
PMF = f"{WPA2}\nieee80211w=2\nwpa_key_mgmt=WPA-PSK-SHA256"
PMF_STATION = ["key_mgmt=WPA-PSK-SHA256", "ieee80211w=2"]

SUITES = {  # lines of the access point, lines of the station, words of its status
    "tkip": (f"wpa=1\n{SECRET}\nwpa_pairwise=TKIP", ["proto=WPA", "pairwise=TKIP", "group=TKIP"],
             ["pairwise_cipher=TKIP", "group_cipher=TKIP", "key_mgmt=WPA-PSK\n"]),
    "ccmp": (f"wpa=2\n{SECRET}\nrsn_pairwise=CCMP", [], ["pairwise_cipher=CCMP", "group_cipher=CCMP", "key_mgmt=WPA2-PSK\n"]),
    "mixed": (f"wpa=3\n{SECRET}\nwpa_pairwise=TKIP\nrsn_pairwise=CCMP", [], ["pairwise_cipher=CCMP", "group_cipher=TKIP"]),
    "ccmp256": (f"wpa=2\n{SECRET}\nrsn_pairwise=CCMP-256\nieee80211w=1\ngroup_mgmt_cipher=BIP-CMAC-256",
                ["pairwise=CCMP-256", "group=CCMP-256", "group_mgmt=BIP-CMAC-256", "ieee80211w=1"],
                ["pairwise_cipher=CCMP-256", "group_cipher=CCMP-256", "mgmt_group_cipher=BIP-CMAC-256"]),
    "gcmp256": (f"wpa=2\n{SECRET}\nrsn_pairwise=GCMP-256\nieee80211w=2\ngroup_mgmt_cipher=BIP-GMAC-256",
                ["pairwise=GCMP-256", "group=GCMP-256", "group_mgmt=BIP-GMAC-256", "ieee80211w=2"],
                ["pairwise_cipher=GCMP-256", "group_cipher=GCMP-256", "mgmt_group_cipher=BIP-GMAC-256"]),
    "sha256-pmf": (f"wpa=2\n{SECRET}\nrsn_pairwise=CCMP\nieee80211w=2\nwpa_key_mgmt=WPA-PSK-SHA256", PMF_STATION,
                   ["pairwise_cipher=CCMP", "key_mgmt=WPA2-PSK-SHA256", "pmf=2", "mgmt_group_cipher=BIP\n"]),
}


def first(card, asked):
    """The first cause of `vifi why`."""
    return json.loads(card.try_run(f"vifi why -j {asked}").out)["causes"][0]["id"]


@both_kinds
def test_open_network(card):
    card.start(OPEN)
    card.station(passphrase=None)
    card.addresses(0)
    card.ping()
    card.ping(options="-s 1472")
    assert "preamble:\tshort" in card.run("iw dev wlan0 station dump")
    assert f"{station_mac(0)}: connected" in card.log()
    assert "type AP" in card.run("iw dev wlan0 info")


@pytest.mark.parametrize("name", SUITES)
def test_suite(card, name):
    """The station has the suite; unicast and broadcast frames pass in both directions."""
    access_point, station, shown = SUITES[name]
    card.start(f"{OPEN}\n{access_point}")
    card.station(lines=station)
    status = card.cli(0, "status")
    for word in shown:
        assert word in status, status
    card.addresses(0)
    card.ping(options="-s 1472")
    card.run("ip netns exec s0 sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0; sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0")
    card.ping(options="-b", to="10.3.0.255")
    card.wait("ping -n -q -c 1 -W 2 -b 10.3.0.255 >/dev/null")
    assert ("MFP:\t\tyes" in card.run("iw dev wlan0 station dump")) == ("ieee80211w" in access_point)


def test_wrong_passphrase_is_named(card):
    card.start(WPA2)
    card.station(passphrase="not-the-passphrase", wait=False)
    card.logged(f"{station_mac(0)}: the passphrases differ")
    assert f"{station_mac(0)}: connected" not in card.log()


@pytest.mark.parametrize("hidden", [1, 2])
def test_hidden_network(card, hidden):
    """Its beacons do not name it; a station that asks for it finds it."""
    card.start(f"{WPA2}\nignore_broadcast_ssid={hidden}")
    card.station(lines=["scan_ssid=1"])
    card.addresses(0)
    card.ping()


@pytest.mark.parametrize("isolate", [0, 1])
def test_isolation(card, isolate):
    """Stations reach each other through the kernel, unless ap_isolate forbids it."""
    card.start(f"{WPA2}\nap_isolate={isolate}")
    card.station(0)
    card.station(1)
    card.addresses(0, 1)
    card.ping(0)
    card.ping(1)
    answered = card.try_run("ip netns exec s0 ping -n -q -c 3 -i 0.2 -W 2 10.3.0.11").rc == 0
    assert answered == (not isolate)


@both_kinds
def test_rekeys_keep_the_connection(card):
    """Group and pairwise keys change under traffic; the station stays connected, and few frames are lost."""
    card.start(f"{PMF}\nwpa_group_rekey=2\nwpa_ptk_rekey=3")
    card.station(lines=PMF_STATION)
    card.addresses(0)
    card.ping()
    out = card.run("ip netns exec s0 ping -n -q -i 0.1 -c 120 -W 1 10.3.0.1 || true", 60)
    received = int(out.split(" received")[0].split()[-1])
    assert received >= 110, out
    log = card.log()
    assert log.count("new group keys") >= 4 and log.count("new pairwise keys") >= 3, log
    assert log.count(f"{station_mac(0)}: connected") == 1 and "disconnected" not in log


def test_message_3_has_the_packet_number_of_the_group_key(card):
    """A station that joins later must not accept group frames that were sent before: RSC (IEEE 802.11-2020, 12.7.2)."""
    card.start(WPA2)
    card.station(0)
    card.addresses(0)
    card.run("ping -n -q -c 5 -i 0.2 -W 1 -b 10.3.0.255 >/dev/null 2>&1 || true")
    card.station(1, debug="-d")
    rsc = card.run(f"grep 'WPA: RSC - hexdump' {FOLDER}/s1.log | tail -n 1").split("):")[1].split()
    assert 5 <= int.from_bytes(bytes.fromhex("".join(rsc)), "little") < 1000, rsc


@both_kinds
def test_protected_deauthentication(card):
    """At its end the access point says goodbye under the keys of the station: with PMF another goodbye would not count."""
    card.stop()
    card.run("ip link set wlan0 down; iw dev wlan0 set type managed")
    card.start(PMF)
    card.station(lines=PMF_STATION)
    card.run(f"kill $(cat {FOLDER}/ap.pid); while kill -0 $(cat {FOLDER}/ap.pid) 2>/dev/null; do sleep 0.1; done")
    card.running = False
    card.wait(f"grep -q 'CTRL-EVENT-DISCONNECTED bssid={AP} reason=3' {FOLDER}/s0.log", 3)
    assert "reason=3 locally_generated" not in card.run(f"cat {FOLDER}/s0.log")
    assert "type managed" in card.run("iw dev wlan0 info")


def test_station_leaves(card):
    card.start(PMF)
    card.station(lines=PMF_STATION)
    assert station_mac(0) in card.run("iw dev wlan0 station dump")
    card.cli(0, "disconnect")
    card.logged(f"{station_mac(0)}: disconnected (code 3)")
    card.wait(f"! iw dev wlan0 station dump | grep -q {station_mac(0)}")
    card.cli(0, "reconnect")
    card.logged(f"{station_mac(0)}: connected", 2)


def test_reassociation_under_pmf(card):
    """A station that associates again without farewell: SA Query, then a new association with new keys."""
    card.start(PMF)
    card.station(lines=PMF_STATION)
    card.addresses(0)
    card.cli(0, "reassociate")
    card.logged(f"{station_mac(0)}: connected", 2)
    card.ping()


def test_silent_station_is_removed(card):
    """It is probed before, and leaves without a farewell only if it does not answer."""
    card.start(f"{WPA2}\nap_max_inactivity=3")
    card.station()
    card.addresses(0)
    card.ping()
    card.run("sleep 12", 30)
    assert "disconnected" not in card.log()
    card.run(f"kill -9 $(cat {FOLDER}/s0.pid); ip -n s0 link set wlan0 down")
    card.stations.clear()
    card.logged(f"{station_mac(0)}: disconnected", seconds=30)


def test_background(card):
    """-B returns when the network is on the air; a start that fails says so."""
    card.stop()
    card.file(f"{FOLDER}/ap.conf", f"interface=wlan0\n{WPA2}\n")
    card.run(f"cd {FOLDER}; rm -f ap.log; vifi ap -B -P {FOLDER}/ap.pid -f {FOLDER}/ap.log ap.conf")
    card.running = True
    assert "ssid home" in card.run("iw dev wlan0 info") and "the network is on the air" in card.log()
    card.station()
    card.stop()
    card.file(f"{FOLDER}/ap.conf", f"interface=wlan0\n{WPA2}\nchannel=14\n")
    result = card.try_run(f"cd {FOLDER}; vifi ap -B ap.conf")
    assert result.rc == 1 and "channel 14" in result.out, (result.rc, result.out)


def test_many_stations(card):
    card.start(WPA2)
    for n in range(20):
        card.station(n, wait=False)
    for n in range(20):
        card.completed(n, 120)
    card.addresses(*range(20))
    for n in range(20):
        card.ping(n)
    assert card.run("iw dev wlan0 station dump").count("authorized:\tyes") == 20
    card.run(f"kill -USR1 $(cat {FOLDER}/ap.pid)")
    card.logged("station 02:00:00:00", times=20)


def test_restart_under_a_connected_station(card):
    card.start(WPA2)
    card.station()
    card.addresses(0)
    card.ping()
    card.run(f"""kill $(cat {FOLDER}/ap.pid); while kill -0 $(cat {FOLDER}/ap.pid) 2>/dev/null; do sleep 0.1; done
        cd {FOLDER}; vifi ap -d ap.conf >ap.log 2>&1 & echo $! >{FOLDER}/ap.pid""")
    card.on_air()
    card.logged(f"{station_mac(0)}: connected", seconds=60)
    card.addresses(0)
    card.ping()


@both_kinds
def test_killed_access_point_leaves_nothing(card):
    """The kernel stops its networks, and removes the interfaces that it has created; a restart takes over."""
    conf = f"{WPA2}\nbss=wlan9\nssid=guests"
    card.start(conf)
    card.station()
    card.run(f"kill -9 $(cat {FOLDER}/ap.pid); sleep 0.5")
    assert "wlan9" not in card.run("ip -br link")
    assert "ssid" not in card.run("iw dev wlan0 info")
    card.run(f"cd {FOLDER}; vifi ap -d ap.conf >ap.log 2>&1 & echo $! >{FOLDER}/ap.pid")
    card.on_air(2)
    card.logged(f"{station_mac(0)}: connected", seconds=60)
    card.addresses(0)
    card.ping()


@both_kinds
def test_several_networks(card):
    """Each has an interface of its own, and its own security."""
    card.start(f"{WPA2}\nbss=wlan9\nssid=guests\nbss=wlan8\nssid=more\nbssid=02:00:00:00:aa:08\nwpa=2\n{SECRET}")
    card.station(0)
    card.station(1, ssid="guests", passphrase=None)
    card.station(2, ssid="more")
    assert "bssid=06:00:00:00:00:00" in card.cli(1, "status")
    assert "bssid=02:00:00:00:aa:08" in card.cli(2, "status")
    card.addresses(0)
    card.ping(0)
    card.addresses(1, device="wlan9")
    card.run("ip addr flush dev wlan0")
    card.ping(1)


def test_bridge(card):
    """The card is a port of a bridge: a station gets its address there, and reaches a host behind it."""
    card.run("""ip link add br7 type bridge && ip link set br7 up && ip addr add 10.4.0.1/24 dev br7
        ip netns add wired; ip link add wired0 type veth peer name eth0 netns wired
        ip link set wired0 master br7 up; ip -n wired link set eth0 up; ip -n wired addr add 10.4.0.2/24 dev eth0""")
    try:
        card.start(f"{WPA2}\nbridge=br7")
        assert "master br7" in card.run("ip link show wlan0")
        card.run(f"""dnsmasq --port=0 --interface=br7 --bind-interfaces --dhcp-range=10.4.0.100,10.4.0.150,10m --dhcp-authoritative \
            --dhcp-leasefile={FOLDER}/leases --pid-file={FOLDER}/dnsmasq.pid --log-facility={FOLDER}/dnsmasq.log --except-interface=lo""")
        card.station()
        card.run("ip netns exec s0 busybox udhcpc -n -q -t 10 -i wlan0 -s /guest/udhcpc.script", 60)
        assert "10.4.0.1" in card.run("ip -n s0 -4 addr show wlan0")
        card.ping(to="10.4.0.2")
        card.wait("ip netns exec wired ping -n -q -c 1 -W 2 $(ip -n s0 -4 -br addr show wlan0 | sed 's,.* \\(10[0-9.]*\\)/.*,\\1,') >/dev/null")
        card.stop()
        assert "master" not in card.run("ip link show wlan0")
    finally:
        card.try_run(f"kill $(cat {FOLDER}/dnsmasq.pid); ip link del wired0; ip netns del wired; ip link del br7")


@pytest.mark.parametrize("conf, frequency, width, rate", [
    ("hw_mode=g\nchannel=1\nieee80211n=1\nht_capab=[HT40+][SHORT-GI-40]", 2412, "40 MHz", "MCS"),
    ("hw_mode=a\nchannel=36\nieee80211n=1\nieee80211ac=1\nvht_oper_chwidth=1", 5180, "80 MHz", "VHT-MCS"),
    ("hw_mode=a\nchannel=36\nieee80211n=1\nieee80211ac=1\nieee80211ax=1\nvht_oper_chwidth=1\nhe_oper_chwidth=1\nhe_bss_color=42", 5180, "80 MHz", "HE-MCS"),
], ids=["ht40", "vht80", "he80"])
def test_modern_rates(card, conf, frequency, width, rate):
    card.start(f"ssid=home\nwpa=2\n{SECRET}\nrsn_pairwise=CCMP\ncountry_code=DE\n{conf}")
    assert f"width: {width}" in card.run("iw dev wlan0 info")
    card.station(frequency=frequency)
    card.addresses(0)
    card.ping()
    if rate == "HE-MCS":  # hwsim's choice of rates does not know HE
        assert "wifi_generation=6" in card.cli(0, "status")
        rate = "VHT-MCS"
    card.run("ping -n -q -c 100 -i 0.01 -s 1400 -W 2 10.3.0.10 >/dev/null", 30)
    at_ap, at_station = card.run("iw dev wlan0 station dump"), card.inside("s0", "iw dev wlan0 link")
    assert rate in next(line for line in at_ap.splitlines() if "tx bitrate" in line), at_ap
    assert rate in next(line for line in at_station.splitlines() if "tx bitrate" in line), at_station
    assert f"width: {width}" in card.inside("s0", "iw dev wlan0 info")


# ---- what cannot be ----

def refused(card, conf):
    """The sentence with which `vifi ap` ends."""
    card.stop()
    card.file(f"{FOLDER}/ap.conf", f"interface=wlan0\n{conf}\n")
    result = card.try_run(f"cd {FOLDER}; timeout 20 vifi ap ap.conf")
    assert result.rc not in (0, 124, 137), result.out
    return result.out


def test_forbidden_channel(card):
    card.stop()
    before = card.run("iw dev wlan0 info; ip -br link show wlan0")
    sentence = refused(card, "ssid=home\nhw_mode=g\nchannel=14\ncountry_code=DE")
    assert "channel 14 (2484 MHz)" in sentence and "regulatory domain" in sentence
    assert card.run("iw dev wlan0 info; ip -br link show wlan0") == before


def test_radar_channel(card):
    assert "radar detection (DFS)" in refused(card, "ssid=home\nhw_mode=a\nchannel=52\ncountry_code=DE")


def test_missing_interface(card):
    sentence = refused(card, "ssid=home\ninterface=wlan77\ndriver=nl80211")
    assert "wlan77" in sentence and "no such interface" in sentence


def test_interface_without_radio(card):
    assert "lo is not a wireless interface" in refused(card, "ssid=home\ninterface=lo\ndriver=nl80211")


def test_running_hostapd(card):
    """Another access point has the interface."""
    card.stop()
    card.file(f"{FOLDER}/hostapd.conf", "interface=wlan0\ndriver=nl80211\nssid=other\nchannel=1\n")
    card.run(f"hostapd -B -P {FOLDER}/hostapd.pid {FOLDER}/hostapd.conf >/dev/null")
    try:
        sentence = refused(card, OPEN)
        assert "hostapd" in sentence, sentence
        assert "ssid other" in card.run("iw dev wlan0 info")
    finally:
        card.run(f"kill $(cat {FOLDER}/hostapd.pid); sleep 0.5")


def test_rfkill(card):
    """With the radio switched off, `vifi ap` waits; switched off while it runs, the network comes back, too."""
    switch = "for r in /sys/class/net/wlan0/phy80211/rfkill*/soft; do echo %d >$r; done"
    card.stop()
    card.run(switch % 1)
    try:
        card.start(WPA2, wait=False)
        card.logged("the radio is switched off (rfkill)")
        assert "on the air" not in card.log()
        assert first(card, "wlan0") == "rfkill"
        card.run(switch % 0)
        card.on_air()
        card.station()
        card.run(switch % 1)
        card.logged("the network is off the air")
        card.run("sleep 1")
        card.run(switch % 0)
        card.logged(f"{station_mac(0)}: connected", 2, 60)
    finally:
        card.run(switch % 0)


def test_interface_goes_down_and_comes_back(card):
    card.start(WPA2)
    card.station()
    card.run("ip link set wlan0 down; sleep 1; ip link set wlan0 up")
    card.logged("the network is on the air", 2)
    card.logged(f"{station_mac(0)}: connected", 2, 60)
    card.addresses(0)
    card.ping()


def test_check(card):
    """`vifi ap --check` describes the networks and the channel, and changes nothing."""
    card.stop()
    before = card.run("iw dev wlan0 info; ip -br link show wlan0")
    card.file(f"{FOLDER}/ap.conf", f"interface=wlan0\nssid=home\nhw_mode=a\nchannel=36\ncountry_code=DE\nwpa=2\n{SECRET}\n"
              "ieee80211w=1\nieee80211n=1\nieee80211ac=1\nvht_oper_chwidth=1\n")
    out = card.run(f"cd {FOLDER}; vifi ap --check ap.conf")
    assert 'wlan0: network "home": WPA2 with CCMP' in out
    assert "channel 36 (5180 MHz), 80 MHz wide, its centre at 5210 MHz, 802.11n, ac; country DE" in out
    assert "of wlan0 supports this configuration" in out
    card.file(f"{FOLDER}/ap.conf", "interface=wlan0\nssid=home\nhw_mode=a\nchannel=100\ncountry_code=DE\n")
    done = card.try_run(f"cd {FOLDER}; vifi ap --check ap.conf")
    assert done.rc == 1 and "DFS" in done.out, done.out
    assert card.run("iw dev wlan0 info; ip -br link show wlan0") == before
