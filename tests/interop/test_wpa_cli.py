# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi sta` in the place of wpa_supplicant: Debian's wpa_cli sets it up, asks it and hears of its events; Debian's hostapd
is the access point.

    sta   vifi sta, wpa_cli   ))) hwsim (((   ap   hostapd
"""
import pytest
from radios import FOLDER

KERNEL = "6.1"
NETWORK = "ssid={ssid}\nhw_mode=g\nchannel=6\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"


class Station:
    """A node with `vifi sta` whose file names the control socket only."""

    def __init__(self, node, options="", conf=""):
        self.node, self.socket = node, f"{FOLDER}/{node.name}-ctrl"
        self.conf = node.file("sta.conf", f"# of this laptop\nctrl_interface={self.socket}\nupdate_config=1\n{conf}")
        self.options = options
        self.start()

    def start(self):
        self.daemon = self.node.daemon("vifi-sta", f"vifi sta -d -i {self.node.device} {self.options} {self.conf}")
        self.node.lab.wait(f"[ -S {self.socket}/{self.node.device} ]")

    def cli(self, command, seconds=15):
        return self.node.inside(f"wpa_cli -p {self.socket} -i {self.node.device} {command}", seconds)

    def order(self, command):
        assert self.cli(command).strip().endswith("OK"), command

    def status(self):
        return dict(line.split("=", 1) for line in self.cli("status").splitlines() if "=" in line)

    def wait_state(self, state, seconds=30):
        self.node.lab.wait(f"ip netns exec {self.node.name} wpa_cli -p {self.socket} -i {self.node.device} status | "
                           f"grep -q ^wpa_state={state}$", seconds)


def add_home(station):
    assert station.cli("add_network").split()[-1] == "0"
    station.order("""set_network 0 ssid '"home"'""")
    station.order("""set_network 0 psk '"interoperable"'""")
    assert station.cli("set_network 0 psk short").split()[-1] == "FAIL"
    station.order("set_network 0 scan_freq 2437")


def test_wpa_cli_alone_sets_up_a_laptop(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK.format(ssid="home"))
    station = Station(sta)
    assert station.status()["wpa_state"] == "INACTIVE"
    station.order("scan")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 scan_results | grep -q home", 30)
    row = [line.split("\t") for line in station.cli("scan_results").splitlines() if "home" in line][0]
    assert row[:2] == [ap.mac, "2437"] and row[3] == "[WPA2-PSK-CCMP][ESS]"
    add_home(station)
    station.order("enable_network 0")
    station.wait_state("COMPLETED")
    status = station.status()
    assert (status["bssid"], status["ssid"], status["freq"], status["id"]) == (ap.mac, "home", "2437", "0")
    assert (status["pairwise_cipher"], status["key_mgmt"], status["address"]) == ("CCMP", "WPA2-PSK", sta.mac)
    station.order("save_config")
    assert lab.run(f"cat {station.conf}").splitlines()[0] == "# of this laptop"
    station.daemon.stop()
    station.start()
    station.wait_state("COMPLETED")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    station.order("disconnect")
    assert station.status()["wpa_state"] == "DISCONNECTED" and not sta.link()
    station.order("reconnect")
    station.wait_state("COMPLETED")


def test_reload_keeps_the_connection(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    hostapd = ap.hostapd(NETWORK.format(ssid="home"))
    station = Station(sta, conf='network={\nssid="home"\npsk="interoperable"\n}\n')
    station.wait_state("COMPLETED")
    lab.run(f"""printf 'network={{\\nssid="other"\\nkey_mgmt=NONE\\n}}\\n' >>{station.conf}""")
    station.daemon.signal("HUP")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 list_networks | grep -q other")
    lab.run(f"echo nonsense >>{station.conf}")
    station.daemon.signal("HUP")
    station.daemon.wait_for("the configuration was not read again")
    assert station.status()["wpa_state"] == "COMPLETED"
    assert hostapd.count("AP-STA-DISCONNECTED") == 0


def test_action_script_and_global_socket(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    hostapd = ap.hostapd(NETWORK.format(ssid="home"))
    station = Station(sta, options=f"-g {FOLDER}/sta-global")
    script = sta.file("action", f"#!/bin/sh\necho $1 $2 $WPA_ID >>{FOLDER}/sta-actions\n")
    lab.run(f"chmod +x {script}")
    sta.daemon("wpa_cli", f"wpa_cli -p {station.socket} -i wlan0 -a {script}")
    add_home(station)
    station.order("select_network 0")
    lab.wait(f"grep -qx 'wlan0 CONNECTED 0' {FOLDER}/sta-actions")
    hostapd.cli(f"deauthenticate {sta.mac}")
    lab.wait(f"grep -qx 'wlan0 DISCONNECTED' {FOLDER}/sta-actions || grep -q DISCONNECTED {FOLDER}/sta-actions")
    station.wait_state("COMPLETED")
    interactive = sta.inside(f"sh -c 'printf \"status\\nquit\\n\" | wpa_cli -p {station.socket} -i wlan0'")
    assert "wpa_state=COMPLETED" in interactive
    assert sta.inside(f"wpa_cli -g {FOLDER}/sta-global interface_remove wlan0").split()[-1] == "OK"
    lab.wait(f"! [ -S {station.socket}/wlan0 ]")
    assert not sta.link()


def test_second_station_on_the_same_radio(lab):
    """interface_add … create sta: a further interface of the first station's radio, which goes with interface_remove."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK.format(ssid="home"))
    station = Station(sta, options=f"-g {FOLDER}/sta-global")
    add_home(station)
    station.order("select_network 0")
    station.wait_state("COMPLETED")
    ask = f"wpa_cli -g {FOLDER}/sta-global"
    add = f"{ask} interface_add second '' nl80211 {station.socket} '' ''"
    assert sta.inside(f"{add} create mesh").split()[-1] == "FAIL"
    assert sta.inside(f"{add} create sta").split()[-1] == "OK"
    second = f"wpa_cli -p {station.socket} -i second"
    sta.inside(f"{second} add_network")
    for setting in ("""ssid '"home"'""", """psk '"interoperable"'""", "scan_freq 2437"):
        assert sta.inside(f"{second} set_network 0 {setting}").split()[-1] == "OK"
    sta.inside(f"{second} select_network 0")
    lab.wait(f"ip netns exec {sta.name} {second} status | grep -q ^wpa_state=COMPLETED$", 30)
    assert station.status()["wpa_state"] == "COMPLETED" and len(ap.stations()) == 2
    assert sta.inside(f"{ask} interface_remove second").split()[-1] == "OK"
    lab.wait(f"! ip -n {sta.name} link show second")
    assert station.status()["wpa_state"] == "COMPLETED"
