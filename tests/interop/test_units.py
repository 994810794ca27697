# SPDX-License-Identifier: GPL-2.0-or-later
"""The units vifi-ap@ and vifi-sta@ on cards, under a booted systemd: the machine of systemd_image.py.

    systemd, first namespace:   vifi-ap@home on wlan0   )))  (((   wpa_supplicant, namespace "sta"
                                vifi-sta@wlan1          )))  (((   hostapd, namespace "ap"
"""
import os

import bed
import pytest
import radios
import systemd_image
from conftest import booted

KERNEL = "6.12"
WPA2 = "hw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
AP_FILE, STA_FILE = "/etc/vifi/ap/home.conf", "/etc/vifi/sta/wlan1.conf"
BLOCK = 'network={\nssid="SSID"\npsk="interoperable"\nscan_freq=2412\n}\n'
MACS = {"wlan0": "02:00:00:00:f0:00", "wlan1": "02:00:00:00:f1:00"}


class Booted(radios.Lab):
    """A machine with systemd. Cards of the units are in its first namespace."""

    def systemctl(self, words, seconds=30):
        return self.try_run(f"systemctl {words}", seconds)

    def shows(self, unit, field):
        return self.run(f"systemctl show -P {field} {unit}").strip()

    def await_state(self, unit, state, seconds=20):
        self.wait(f"[ \"$(systemctl show -P ActiveState {unit})\" = {state} ]", seconds)

    def journal(self, unit):
        return self.run(f"journalctl --no-pager -o cat -u {unit}")

    def plug(self, device):
        self.run(f"set -e; radio add {device} mac={MACS[device]} channels=1; iw phy {device} interface add {device} type managed")

    def unplug(self, device):
        self.run(f"radio del {device}")

    def private_file(self, path, text):
        self.file(path, text)
        self.run(f"chmod 0600 {path}")


@pytest.fixture(scope="module")
def host(request):
    def machine(path, console, kernel):
        return bed.Machine(path, console, kernel)

    missing = systemd_image.missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    elif missing:
        pytest.skip(missing)
    with booted("units", [bed.BUILD / "vifi", bed.BUILD / "tests/interop/radio"], {}, bed.chosen_kernel(KERNEL),
                image=systemd_image.make, machine=machine) as running:
        built = Booted(running)
        request.session.config.vifi_world = built
        built.build()
        yield built
        request.session.config.vifi_world = None


@pytest.fixture(autouse=True)
def without_nodes(host):
    yield
    host.clear()
    for device in MACS:
        host.try_run(f"systemctl stop vifi-ap@home vifi-sta@wlan1; systemctl reset-failed; radio del {device}")


def reaches(node, target="10.8.0.1"):
    node.lab.wait(f"ip netns exec {node.name} ping -n -q -c 1 -W 1 {target} >/dev/null", 30)


def test_access_point(host):
    """Without its card, with it, unplugged and plugged in again, restarted, killed, stopped."""
    unit = "vifi-ap@home"
    host.private_file(AP_FILE, f"interface=wlan0\ndriver=nl80211\nssid=home\n{WPA2}")
    assert host.systemctl(f"start {unit}").rc != 0  # no card yet: systemd tries again, for ever
    assert host.shows(unit, "ActiveState") == "activating", host.journal(unit)
    assert "wlan0" in host.journal(unit)
    host.run("sleep 30", 40)
    host.plug("wlan0")
    host.await_state(unit, "active")
    sta = host.node("sta")
    client = sta.wpa_supplicant(BLOCK.replace("SSID", "home"))
    client.wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    host.run("ip addr replace 10.8.0.1/24 dev wlan0")
    sta.address("10.8.0.2/24")
    reaches(sta)
    assert "not fully confined" not in host.journal(unit)
    pid = host.shows(unit, "MainPID")

    host.unplug("wlan0")
    host.run("sleep 5")
    assert host.shows(unit, "ActiveState") == "active" and "waiting" in host.journal(unit), host.journal(unit)
    host.plug("wlan0")
    client.wait_for("CTRL-EVENT-CONNECTED", 2, 120)
    assert host.shows(unit, "MainPID") == pid

    assert host.systemctl(f"restart {unit}").rc == 0
    client.wait_for("CTRL-EVENT-CONNECTED", 3, 120)
    assert host.shows(unit, "MainPID") not in ("0", pid)
    pid = host.shows(unit, "MainPID")
    host.run(f"kill -KILL {pid}; sleep 4")
    host.await_state(unit, "active")
    client.wait_for("CTRL-EVENT-CONNECTED", 4, 120)

    host.private_file(AP_FILE, f"interface=wlan0\ndriver=nl80211\nssid=other\n{WPA2}")
    assert host.systemctl(f"restart {unit}").rc == 0
    assert "ssid other" in host.run("iw dev wlan0 info")
    assert host.systemctl(f"stop {unit}").rc == 0
    info = host.run("iw dev wlan0 info")
    assert "ssid" not in info and "type managed" in info, info
    assert host.shows(unit, "ActiveState") == "inactive"
    host.unplug("wlan0")


def test_access_point_with_a_mistake_is_not_started_again(host):
    host.plug("wlan0")
    host.private_file(AP_FILE, f"interface=wlan0\ndriver=nl80211\nssid=home\n{WPA2}chanel=1\n")
    assert host.systemctl("start vifi-ap@home").rc != 0
    host.run("sleep 5")
    assert host.shows("vifi-ap@home", "ActiveState") == "failed" and host.shows("vifi-ap@home", "NRestarts") == "0"
    assert "did you mean `channel`?" in host.journal("vifi-ap@home")
    host.run("systemctl reset-failed vifi-ap@home")
    host.unplug("wlan0")


def test_access_point_is_reloaded(host):
    """`systemctl reload` applies the present file, which only root can read; one with a mistake fails, and changes nothing."""
    unit, first = "vifi-ap@home", f"interface=wlan0\ndriver=nl80211\nssid=home\n{WPA2}"
    host.plug("wlan0")
    host.private_file(AP_FILE, first)
    assert host.systemctl(f"start {unit}").rc == 0
    pid = host.shows(unit, "MainPID")
    client = host.node("sta").wpa_supplicant(BLOCK.replace("SSID", "home"))
    client.wait_for("CTRL-EVENT-CONNECTED", seconds=60)

    host.private_file(AP_FILE, f"{first}bss=wlan0b\nssid=g\u00e4ste\nwpa=2\nwpa_passphrase=for the guests\n")
    assert host.systemctl(f"reload {unit}").rc == 0, host.journal(unit)
    host.wait("iw dev wlan0b info | grep -q ssid")
    assert "reloaded /etc/vifi/ap/home.conf" in host.journal(unit)
    host.private_file(AP_FILE, f"{first}chanel=1\n")
    assert host.systemctl(f"reload {unit}").rc != 0
    assert "/etc/vifi/ap/home.conf:" in host.journal(unit) and "did you mean `channel`?" in host.journal(unit), host.journal(unit)
    host.private_file(AP_FILE, first.replace("wlan0", "wlan7"))
    assert host.systemctl(f"reload {unit}").rc != 0 and "needs a restart" in host.journal(unit), host.journal(unit)
    host.systemctl(f"kill -s HUP {unit}")  # its file is the copy that systemd made at the start
    host.run("sleep 2")
    assert "use that again" in host.journal(unit) and "ssid" in host.run("iw dev wlan0b info")
    assert client.count("CTRL-EVENT-DISCONNECTED") == 0
    assert host.shows(unit, "ActiveState") == "active" and host.shows(unit, "MainPID") == pid

    host.private_file(AP_FILE, first.replace("interoperable", "a new secret"))
    assert host.systemctl(f"reload {unit}").rc == 0, host.journal(unit)
    client.wait_for("CTRL-EVENT-DISCONNECTED")
    assert "wlan0b" not in host.run("iw dev")
    again = host.node("again").wpa_supplicant(BLOCK.replace("SSID", "home").replace("interoperable", "a new secret"))
    again.wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    assert host.shows(unit, "MainPID") == pid and "a new secret" not in host.journal(unit)


def test_station_is_reloaded(host):
    unit, block = "vifi-sta@wlan1", BLOCK.replace("SSID", "home")
    access_point = host.node("ap").hostapd(f"ssid=home\n{WPA2}")
    joined, left = f"AP-STA-CONNECTED {MACS['wlan1']}", f"AP-STA-DISCONNECTED {MACS['wlan1']}"
    host.plug("wlan1")
    host.private_file(STA_FILE, block)
    assert host.systemctl(f"start {unit}").rc == 0, host.journal(unit)
    pid = host.shows(unit, "MainPID")
    access_point.wait_for(joined, 1, 60)

    host.private_file(STA_FILE, BLOCK.replace("SSID", "elsewhere") + block)
    assert host.systemctl(f"reload {unit}").rc == 0, host.journal(unit)
    for mistake, reason in ((block.replace("interoperable", "short"), "the passphrase has 5 characters"), (block + "netwrk={\n", "unknown key `netwrk`")):
        host.private_file(STA_FILE, mistake)
        assert host.systemctl(f"reload {unit}").rc != 0
        assert "/etc/vifi/sta/wlan1.conf:" in host.journal(unit) and reason in host.journal(unit), host.journal(unit)
    host.run("sleep 2")
    assert access_point.count(left) == 0 and host.shows(unit, "ActiveState") == "active"

    host.private_file(STA_FILE, BLOCK.replace("SSID", "elsewhere"))
    assert host.systemctl(f"reload {unit}").rc == 0, host.journal(unit)
    access_point.wait_for(left)
    host.private_file(STA_FILE, block)
    assert host.systemctl(f"reload {unit}").rc == 0, host.journal(unit)
    access_point.wait_for(joined, 2, 60)
    assert host.shows(unit, "MainPID") == pid


@pytest.mark.parametrize("options", ["", "--wait"])
def test_station(host, options):
    """With --wait it is ready while it waits for its card, and joins no medium, though there is one; without, systemd starts it again
    until the card is there."""
    unit = "vifi-sta@wlan1"
    if options:
        host.run("mkdir -p /run/systemd/system; cp /guest/vifi-air.service /run/systemd/system")
    ap = host.node("ap")
    access_point = ap.hostapd(f"ssid=home\n{WPA2}")
    ap.address("10.8.0.1/24")
    host.private_file(STA_FILE, BLOCK.replace("SSID", "home"))
    host.run(f"""mkdir -p /etc/systemd/system/{unit}.service.d
        printf '[Service]\\nEnvironment=VIFI_STA_OPTIONS={options}\\n' >/etc/systemd/system/{unit}.service.d/options.conf
        systemctl daemon-reload""")
    assert (host.systemctl(f"start {unit}").rc == 0) == (options == "--wait"), host.journal(unit)
    assert host.shows(unit, "ActiveState") == ("active" if options else "activating"), host.journal(unit)
    assert host.shows("vifi-air", "ActiveState") == ("active" if options else "inactive"), host.journal("vifi-air")
    # Attempts without a card take its name for no moment: the card could not get it.
    links = host.run("ip monitor link >/tmp/links & sleep 30; kill $!; cat /tmp/links", 40)
    assert "wlan1" not in links, links
    assert not options or "wlan1" not in host.run("vifi air show")
    pid = host.shows(unit, "MainPID")
    host.plug("wlan1")
    access_point.wait_for(f"AP-STA-CONNECTED {MACS['wlan1']}", 1, 60)
    host.run("ip addr replace 10.8.0.2/24 dev wlan1")
    host.wait("ping -n -q -c 1 -W 1 10.8.0.1 >/dev/null", 30)
    assert not options or host.shows(unit, "MainPID") == pid
    pid = host.shows(unit, "MainPID")

    host.unplug("wlan1")
    host.run("sleep 5")
    assert host.shows(unit, "ActiveState") == "active", host.journal(unit)
    host.plug("wlan1")
    access_point.wait_for(f"AP-STA-CONNECTED {MACS['wlan1']}", 2, 60)
    assert host.shows(unit, "MainPID") == pid

    assert host.systemctl(f"restart {unit}").rc == 0
    access_point.wait_for(f"AP-STA-CONNECTED {MACS['wlan1']}", 3, 60)
    host.run(f"kill -KILL {host.shows(unit, 'MainPID')}; sleep 4")
    access_point.wait_for(f"AP-STA-CONNECTED {MACS['wlan1']}", 4, 60)
    left = access_point.count(f"AP-STA-DISCONNECTED {MACS['wlan1']}")
    assert host.systemctl(f"stop {unit}").rc == 0
    access_point.wait_for(f"AP-STA-DISCONNECTED {MACS['wlan1']}", left + 1)  # it has said goodbye
    assert "UP" not in host.run("ip -br link show wlan1").split()[1]
    host.run("systemctl stop vifi-air; rm -f /run/systemd/system/vifi-air.service; systemctl daemon-reload")
