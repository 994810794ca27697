# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a radio of mac80211 reads its file again while stations of wpa_supplicant are associated. No frame on the air may end
the association of one that may stay, and none of its pings is lost.

    home   wpa_supplicant ─┐
    guest  wpa_supplicant ─┼─ )))  wlan0, wlan0b, and networks that come and go   vifi ap
    later  wpa_supplicant ─┘
"""
import pytest
from radios import FOLDER

HOME = "ssid=home\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
GUESTS = "bss=wlan0b\nssid=guests\nwpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\nsae_password=guest secret\n"
LATER = "bss={}\nssid={}\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=later than others\n"
HOME_BLOCK = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2412\n}\n'
GUEST_BLOCK = 'network={\nssid="guests"\nkey_mgmt=SAE\nsae_password="guest secret"\nieee80211w=2\nscan_freq=2412\n}\n'
GOODBYES = "(wlan.fc.type_subtype == 12 || wlan.fc.type_subtype == 10)"


def later_block(ssid):
    return f'network={{\nssid="{ssid}"\npsk="later than others"\nscan_freq=2412\n}}\n'


def file_of(*networks, home=HOME):
    return f"interface=wlan0\ndriver=nl80211\nhw_mode=g\nchannel=1\nctrl_interface={FOLDER}/ap-ctl\n{home}{''.join(networks)}"


class Network:
    """An access point with two networks, each with a station that pings it all the time."""

    def __init__(self, lab, *networks):
        self.lab, self.ap = lab, lab.node("ap")
        self.daemon = self.ap.vifi("ap", file_of(*(networks or (GUESTS,))), options="-d")
        self.daemon.wait_for("the network is on the air", times=1 + len(networks or (GUESTS,)))
        self.pinging = []

    def station(self, name, block, device, number):
        """A station with an address in the network of an interface."""
        node = self.lab.node(name)
        client = node.wpa_supplicant(block)
        client.wait_for("CTRL-EVENT-CONNECTED")
        self.ap.inside(f"ip addr replace 10.{number}.0.1/24 dev {device}")
        node.address(f"10.{number}.0.2/24")
        assert node.pings(f"10.{number}.0.1") == 3
        node.client = client
        return node

    def begin_pings(self, *stations):
        self.mark = self.lab.mark_air()
        for node in stations:
            number = node.inside("ip -4 -o addr show dev wlan0").split("10.")[1].split(".")[0]
            node.pinger = node.daemon("ping", f"ping -n -i 0.1 10.{number}.0.1")
            self.pinging.append(node)
        self.lab.run("sleep 1")

    def reload(self, *networks, home=HOME, refusal=None):
        self.ap.file("vifi-ap.conf", file_of(*networks, home=home))
        done, refused = self.daemon.count("reloaded "), self.daemon.count("nothing was changed")
        self.daemon.signal("HUP")
        if refusal:
            self.daemon.wait_for("nothing was changed", times=refused + 1)
            assert refusal in self.daemon.log().rsplit("nothing was changed", 1)[1], self.daemon.log()[-2000:]
        else:
            self.daemon.wait_for("reloaded ", times=done + 1)
        self.lab.run("sleep 1")

    def bssid(self, device):
        return self.ap.inside(f"cat /sys/class/net/{device}/address").strip()

    def check_undisturbed(self):
        """Every ping was answered, nobody has left, and no frame on the air has asked one to."""
        for node in self.pinging:
            node.pinger.signal("INT")
            node.pinger.wait_for("packet loss")
            assert " 0% packet loss" in node.pinger.log(), node.pinger.log()[-300:]
            assert node.client.count("CTRL-EVENT-DISCONNECTED") == 0 and node.client.count("CTRL-EVENT-CONNECTED") == 1, node.client.log()
        receivers = " || ".join(f"wlan.addr == {node.mac}" for node in self.pinging)
        senders = f"wlan.ta == {self.bssid('wlan0')} || wlan.ta == {self.bssid('wlan0b')}"
        assert self.lab.frames(f"{GOODBYES} && (({receivers}) || ({senders}))", "wlan.ta", self.mark) == []
        assert "restarting the network" not in self.daemon.log()

    def interfaces(self):
        lines = self.ap.inside("iw dev").splitlines()
        return sorted(line.split()[1] for line in lines if line.strip().startswith("Interface "))


def test_networks_come_change_and_go_beside_stations(lab):
    network = Network(lab)
    home, guest = network.station("home", HOME_BLOCK, "wlan0", 11), network.station("guest", GUEST_BLOCK, "wlan0b", 12)
    network.begin_pings(home, guest)
    network.reload(LATER.format("wlan0c", "later"), GUESTS)  # before the other one
    assert network.interfaces() == ["wlan0", "wlan0b", "wlan0c"]
    later = network.station("later", later_block("later"), "wlan0c", 13)
    cli = f"hostapd_cli -p {FOLDER}/ap-ctl"
    for device, ssid in (("wlan0", "home"), ("wlan0b", "guests"), ("wlan0c", "later")):
        assert f"ssid={ssid}" in network.ap.inside(f"{cli} -i {device} get_config"), device
        assert len(network.ap.inside(f"{cli} -i {device} list_sta").split()) == 1, device
    mark = lab.mark_air()
    network.reload(GUESTS, LATER.format("wlan0c", "later") + "max_num_sta=1\nwpa_group_rekey=500\n")  # changed in place
    assert later.client.count("CTRL-EVENT-DISCONNECTED") == 0 and later.pings("10.13.0.1") == 3
    assert lab.frames(GOODBYES, "wlan.ta", mark) == []
    network.reload(GUESTS, LATER.format("wlan0c", "renamed"))  # starts again, alone
    later.client.wait_for("CTRL-EVENT-DISCONNECTED")
    later.client.cli("set_network 0 ssid '\"renamed\"'")
    later.client.cli("reassociate")
    later.client.wait_for("CTRL-EVENT-CONNECTED", times=2)
    network.reload(GUESTS, LATER.format("wlan0d", "another"))  # one goes, another one comes
    later.client.wait_for("CTRL-EVENT-DISCONNECTED", times=2)
    assert network.interfaces() == ["wlan0", "wlan0b", "wlan0d"]
    network.reload(GUESTS)
    assert network.interfaces() == ["wlan0", "wlan0b"]
    assert lab.run(f"ls {FOLDER}/ap-ctl").split() == ["wlan0", "wlan0b"]
    network.check_undisturbed()
    network.daemon.stop()
    assert network.interfaces() == ["wlan0"]


def test_file_or_card_that_refuses_changes_nothing(lab):
    network = Network(lab)
    home, guest = network.station("home", HOME_BLOCK, "wlan0", 11), network.station("guest", GUEST_BLOCK, "wlan0b", 12)
    network.begin_pings(home, guest)
    later = LATER.format("wlan0c", "later")
    network.reload(GUESTS, later.replace("later than others", "short"), refusal="the passphrase has 5 characters")
    network.reload(GUESTS, later, home=HOME + "no_such_key=1\n", refusal="no_such_key")
    # An interface of this name that is no radio
    network.ap.inside("ip link add wlan0c type dummy")
    network.reload(GUESTS, later, home=HOME.replace("interoperable", "other words"), refusal="wlan0c is not a wireless interface")
    network.ap.inside("ip link del wlan0c")
    # Another interface of the card has the address: the kernel refuses
    network.ap.inside("iw phy ap interface add other type managed addr 02:00:00:00:77:77")
    network.ap.inside("ip link set other up")
    network.reload(GUESTS, later + "bssid=02:00:00:00:77:77\n", refusal="wlan0c: cannot set the interface up")
    network.reload(GUESTS, later + f"bssid={network.bssid('wlan0b')}\n", refusal="has its bssid already")
    network.reload(*(LATER.format(f"wlan{n}", f"later {n}") for n in range(1, 25)), refusal="at most 24")
    network.reload(GUESTS, home="ssid=home\n" + HOME.split("\n", 1)[1].replace("wpa=2", "wpa=2"))
    assert network.interfaces() == ["other", "wlan0", "wlan0b"]
    network.check_undisturbed()


def test_network_goes_to_another_bridge(lab):
    """bridge= of a network that stays changes in place."""
    bridged = GUESTS + "bridge={}\n"
    network = Network(lab, bridged.format("br1"))
    guest = lab.node("guest")
    client = guest.wpa_supplicant(GUEST_BLOCK)
    client.wait_for("CTRL-EVENT-CONNECTED")
    guest.address("10.12.0.2/24")
    network.ap.inside("ip addr add 10.12.0.1/24 dev br1")
    assert guest.pings("10.12.0.1") == 3
    network.reload(bridged.format("br2"), LATER.format("wlan0c", "later") + "bridge=br2\n")
    network.ap.inside("ip addr del 10.12.0.1/24 dev br1")
    network.ap.inside("ip addr add 10.12.0.1/24 dev br2")
    assert "br2" in network.ap.inside("ip link show dev wlan0b") and "br2" in network.ap.inside("ip link show dev wlan0c")
    assert guest.pings("10.12.0.1") == 3 and client.count("CTRL-EVENT-DISCONNECTED") == 0
    network.reload(GUESTS)
    assert "master" not in network.ap.inside("ip link show dev wlan0b")
    assert client.count("CTRL-EVENT-DISCONNECTED") == 0


@pytest.mark.parametrize("akm,pmf", [("FT-PSK", 1)])
def test_station_roams_to_a_network_that_has_come(lab, akm, pmf):
    """Fast BSS transition between two networks of one process, one of which came with a reload."""
    first, second = "02:00:00:00:10:00", "02:00:00:00:10:01"
    key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    peers = "".join(f"r0kh={mac} {name}.example {key}\nr1kh={mac} {mac} {key}\n" for mac, name in ((first, "one"), (second, "two")))
    terms = f"ssid=home\nwpa=2\nwpa_key_mgmt={akm}\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\nieee80211w={pmf}\n" \
            f"mobility_domain=a1b2\npmk_r1_push=1\nft_over_ds=1\n{peers}"
    home = f"bssid={first}\n{terms}nas_identifier=one.example\n"
    node = lab.node("ap")
    daemon = node.vifi("ap", file_of(home=home), options="-d")
    daemon.wait_for("the network is on the air")
    sta = lab.node("sta")
    client = sta.wpa_supplicant(f'network={{\nssid="home"\nkey_mgmt={akm}\npsk="interoperable"\nieee80211w={pmf}\nscan_freq=2412\n}}\n')
    client.wait_for("CTRL-EVENT-CONNECTED")
    node.file("vifi-ap.conf", file_of(f"bss=wlan0b\nbssid={second}\n{terms}nas_identifier=two.example\n", home=home))
    daemon.signal("HUP")
    daemon.wait_for("reloaded ")
    client.cli("scan freq=2412")
    lab.wait(f"{client.client.replace('wpa_cli', 'ip netns exec sta wpa_cli')} scan_results | grep -q {second}")
    mark = lab.mark_air()
    client.cli(f"roam {second}")
    client.wait_for("CTRL-EVENT-CONNECTED", times=2)
    assert sta.link()["bssid"] == second
    assert "2" in lab.frames(f"wlan.fc.type_subtype == 11 && wlan.sa == {sta.mac}", "wlan.fixed.auth.alg", mark)  # FT


def test_network_comes_and_goes_by_the_global_socket(lab):
    """ADD bss_config=PHY:FILE and REMOVE, with hostapd_cli, beside a station; RELOAD knows the files of both."""
    node = lab.node("ap")
    first = node.file("first.conf", file_of())
    second = node.file("second.conf", "interface=wlan0b\ndriver=nl80211\nhw_mode=g\nchannel=1\n" + GUESTS.split("\n", 1)[1])
    daemon = node.daemon("vifi-ap", f"vifi ap -d --global {FOLDER}/ap-global")
    lab.wait(f"[ -S {FOLDER}/ap-global ]")
    ask = f"ip netns exec ap hostapd_cli -p {FOLDER} -i ap-global raw "
    assert "OK" in lab.run(f"{ask} ADD bss_config=ap:{first}")
    daemon.wait_for("the network is on the air")
    home = lab.node("home")
    client = home.wpa_supplicant(HOME_BLOCK)
    client.wait_for("CTRL-EVENT-CONNECTED")
    mark = lab.mark_air()
    for _ in range(2):
        assert "OK" in lab.run(f"{ask} ADD bss_config=ap:{second}")
        guest = lab.node("guest")
        guest_client = guest.wpa_supplicant(GUEST_BLOCK)
        guest_client.wait_for("CTRL-EVENT-CONNECTED")
        assert "FAIL" in lab.run(f"{ask} ADD bss_config=ap:{second}")
        assert "OK" in lab.run(f"{ask} IFNAME=wlan0 RELOAD")
        lab.run("sleep 1")
        assert guest_client.count("CTRL-EVENT-DISCONNECTED") == 0
        assert "OK" in lab.run(f"{ask} REMOVE wlan0b")
        guest_client.wait_for("CTRL-EVENT-DISCONNECTED")
        guest.remove()
    assert client.count("CTRL-EVENT-DISCONNECTED") == 0
    bssid = node.inside("cat /sys/class/net/wlan0/address").strip()
    assert lab.frames(f"{GOODBYES} && (wlan.ta == {bssid} || wlan.addr == {home.mac})", "wlan.ta", mark) == []
    assert "restarting the network" not in daemon.log()


def test_vlan_comes_beside_a_station_of_another(lab):
    """vlan_file and accept_mac_file have further lines after the reload."""
    node, one, two = lab.node("ap"), lab.node("one"), lab.node("two")
    vlans, accepted = node.file("vlans", "5 wlan0.5 br5\n"), node.file("accepted", f"{one.mac} 5\n")
    terms = f"macaddr_acl=1\naccept_mac_file={accepted}\nvlan_file={vlans}\ndynamic_vlan=1\n"
    daemon = node.vifi("ap", file_of(home=HOME + terms), options="-d")
    daemon.wait_for("the network is on the air")
    first = one.wpa_supplicant(HOME_BLOCK)
    first.wait_for("CTRL-EVENT-CONNECTED")
    node.inside("ip addr add 10.5.0.1/24 dev br5")
    one.address("10.5.0.2/24")
    assert one.pings("10.5.0.1") == 3
    node.file("vlans", "5 wlan0.5 br5\n6 wlan0.6 br6\n")
    node.file("accepted", f"{one.mac} 5\n{two.mac} 6\n")
    daemon.signal("HUP")
    daemon.wait_for("reloaded ")
    second = two.wpa_supplicant(HOME_BLOCK)
    second.wait_for("CTRL-EVENT-CONNECTED")
    node.inside("ip addr add 10.6.0.1/24 dev br6")
    two.address("10.6.0.2/24")
    assert two.pings("10.6.0.1") == 3 and one.pings("10.5.0.1") == 3
    assert first.count("CTRL-EVENT-DISCONNECTED") == 0
    node.file("vlans", "6 wlan0.6 br6\n")
    node.file("accepted", f"{two.mac} 6\n")
    daemon.signal("HUP")
    daemon.wait_for("reloaded ", times=2)
    first.wait_for("CTRL-EVENT-DISCONNECTED")
    assert two.pings("10.6.0.1") == 3 and second.count("CTRL-EVENT-DISCONNECTED") == 0
    assert "wlan0.5" not in node.inside("ip -o link show")
