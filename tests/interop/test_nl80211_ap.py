# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card of mac80211, and stock wpa_supplicant as its stations:

    wpa_supplicant wlan0, namespace s0 ──)))
    wpa_supplicant wlan0, namespace s1 ──)))  (((── wlan0  vifi ap, first namespace
    …

All radios are of mac80211_hwsim, which carries the frames among them: the kernel has the data path at both ends. A radio
has one channel (`channels=1`), or channel contexts (`channels=2`), which take other ways through mac80211. All waiting
times are virtual: bed.py.
"""
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

    def station(self, n=0, lines=(), ssid="home", passphrase=PASSPHRASE, frequency=2412, wait=True, options=""):
        """Starts a station with one network."""
        secret = [f'psk="{passphrase}"'] if passphrase else ["key_mgmt=NONE"]
        network = "network={\n" + "\n".join([f'ssid="{ssid}"', f"scan_freq={frequency}", *secret, *lines]) + "\n}\n"
        self.file(f"{FOLDER}/s{n}.conf", f"ctrl_interface=/run/nlap-s{n}\np2p_disabled=1\n{options}{network}")
        self.run(f"ip netns exec s{n} wpa_supplicant -B -P {FOLDER}/s{n}.pid -i wlan0 -D nl80211 -c {FOLDER}/s{n}.conf -f {FOLDER}/s{n}.log >/dev/null")
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
        self.wait(f"[ $(grep -cF '{text}' {FOLDER}/ap.log) -ge {times} ]", seconds)


@pytest.fixture(scope="module")
def machine(request):
    with booted("nlap", [BUILD / "vifi"], {}) as running:
        yield running


@pytest.fixture(scope="module", params=[1, 2], ids=["one-channel", "channel-contexts"])
def card(machine, request):
    built = Card(machine)
    built.load(request.param)
    request.config.vifi_world = built
    yield built
    built.stop()


OPEN = "ssid=home\nchannel=1"
WPA2 = f"{OPEN}\nwpa=2\nwpa_passphrase={PASSPHRASE}\nrsn_pairwise=CCMP"


def test_open_network(card):
    card.start(OPEN)
    card.station(passphrase=None)
    card.addresses(0)
    card.ping()
    card.ping(options="-s 1472")
    assert f"{station_mac(0)}: connected" in card.log()
