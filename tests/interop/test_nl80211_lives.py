# SPDX-License-Identifier: GPL-2.0-or-later
"""What can happen to a card under a running `vifi ap`: it comes back by itself, or says in one sentence what it needs.

    sta   wpa_supplicant   ))) hwsim (((   ap   vifi ap
"""
import pytest

KERNEL = "6.12"
NETWORK = "interface=wlan0\ndriver=nl80211\nssid=home\nhw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
BLOCK = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2412\n}\n'
ON_AIR = "the network is on the air"


def begin(lab, network=NETWORK, options="-d"):
    """An access point with a station. Returns nodes and daemons."""
    ap, sta = lab.node("ap"), lab.node("sta")
    daemon = ap.vifi("ap", network, options=options)
    daemon.wait_for(ON_AIR)
    client = sta.wpa_supplicant(BLOCK)
    client.wait_for("CTRL-EVENT-CONNECTED")
    sta.address("10.9.0.2/24")
    return ap, sta, daemon, client


def serves(ap, sta, client, times=2, device=None):
    """The station has connected again, and reaches the access point."""
    client.wait_for("CTRL-EVENT-CONNECTED", times, 200)  # it gives up an access point for a minute or two
    ap.address("10.9.0.1/24", device)
    assert sta.pings("10.9.0.1") == 3


def remove_card(ap):
    ap.lab.run(f"exec ip netns exec {ap.name} radio del {ap.phy}")


def insert_card(ap, device="wlan0"):
    ap.lab.run(f"""set -e
        radio add {ap.phy} mac={ap.mac} channels=1; iw phy {ap.phy} set netns name {ap.name}
        ip netns exec {ap.name} iw phy {ap.phy} interface add {device} type managed""")


@pytest.fixture(autouse=True)
def any_country(lab):
    yield
    lab.run("iw reg set 00")


def test_card_is_unplugged_and_plugged_in_again(lab):
    lab.run("chmod 0664 /dev/rfkill")  # as udev does: vifi runs as another user
    ap, sta, daemon, client = begin(lab)
    remove_card(ap)
    daemon.wait_for("waiting until the interface is back")
    lab.run("sleep 10")
    insert_card(ap)
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)
    # … and its switch works as before
    lab.run(switch(ap, 1))
    daemon.wait_for("the radio was switched off (rfkill)")
    lab.run(switch(ap, 0))
    daemon.wait_for(ON_AIR, 3)
    serves(ap, sta, client, 3)
    daemon.stop()


def switch(node, off):
    return f"exec ip netns exec {node.name} sh -c 'for s in /sys/class/ieee80211/{node.phy}/rfkill*/soft; do echo {off} >$s; done'"


def test_radio_is_switched_off_and_on(lab):
    ap, sta, daemon, client = begin(lab)
    lab.run(switch(ap, 1))
    daemon.wait_for("the radio was switched off (rfkill)")
    client.wait_for("CTRL-EVENT-DISCONNECTED")
    lab.run("sleep 5")
    lab.run(switch(ap, 0))
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)
    daemon.stop()


def test_interface_is_set_down_and_up(lab):
    ap, sta, daemon, client = begin(lab)
    ap.inside("ip link set wlan0 down")
    client.wait_for("CTRL-EVENT-DISCONNECTED", seconds=60)
    lab.run("sleep 5")
    ap.inside("ip link set wlan0 up")
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)
    daemon.stop()


def test_machine_sleeps(lab):
    ap, sta, daemon, client = begin(lab)
    lab.run("cat /sys/power/state /sys/power/pm_test; echo devices >/sys/power/pm_test; echo freeze >/sys/power/state", 60)
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)
    daemon.stop()


def test_bridge_is_made_anew(lab):
    ap, sta, daemon, client = begin(lab, NETWORK + "bridge=br0\n")
    serves(ap, sta, client, 1, "br0")
    ap.inside("ip link del br0")
    daemon.wait_for("the bridge br0 was removed; wlan0 becomes a port of it when it is there again")
    ap.inside("ip link add br0 type bridge")
    ap.inside("ip link set br0 up")
    daemon.wait_for("the bridge br0 was made anew: wlan0 is a port of it again")
    assert "master br0" in ap.inside("ip link show wlan0")
    serves(ap, sta, client, 1, "br0")
    daemon.stop()


def test_regulatory_domain_forbids_the_channel(lab):
    """The kernel ends the network a minute later. It comes back with the channel."""
    lab.run("iw reg set DE")
    ap, sta = lab.node("ap"), lab.node("sta")
    daemon = ap.vifi("ap", NETWORK.replace("channel=1\n", "channel=13\ncountry_code=DE\n"), options="-d")
    daemon.wait_for(ON_AIR)
    client = sta.wpa_supplicant(BLOCK.replace("scan_freq=2412", "scan_freq=2472"))
    client.wait_for("CTRL-EVENT-CONNECTED")
    sta.address("10.9.0.2/24")
    lab.run("iw reg set US")
    daemon.wait_for("the regulatory domain may forbid the channel: set country_code", seconds=90)
    lab.run("sleep 10")
    assert daemon.count("the regulatory domain may forbid the channel") == 1
    lab.run("iw reg set DE")
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)


@pytest.mark.parametrize("program", ["hostapd", "wpa_supplicant"])
def test_other_program_wants_the_interface(lab, program):
    """The kernel refuses it, but it stops the network on its way."""
    ap, sta, daemon, client = begin(lab)
    if program == "hostapd":
        other = ap.daemon("hostapd", f"hostapd -t {ap.file('other.conf', NETWORK)}")
    else:
        other = ap.wpa_supplicant('network={\nssid="elsewhere"\nkey_mgmt=NONE\nscan_freq=2412\n}\n')
    lab.run("sleep 10")
    assert not other.running()
    daemon.wait_for("another program has stopped the network")
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)


def test_other_program_takes_the_interface(lab):
    """As NetworkManager does, it makes it a station. The network waits until that program has ended."""
    ap, sta, daemon, client = begin(lab)
    ap.inside("ip link set wlan0 down")
    ap.inside("iw dev wlan0 set type managed")
    other = ap.wpa_supplicant('network={\nssid="elsewhere"\nkey_mgmt=NONE\nscan_freq=2412\n}\n')
    daemon.wait_for("another program has taken the interface, as type")
    lab.run("sleep 10")
    assert daemon.count("another program has taken the interface") == 1 and daemon.count(ON_AIR) == 1
    assert other.running()
    other.stop()
    ap.inside("ip link set wlan0 up")
    daemon.wait_for("changed it back")
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)
    daemon.stop()


def test_interface_of_second_network_is_deleted(lab):
    ap, sta, daemon, client = begin(lab, NETWORK + "bss=wlan0_1\nssid=guests\n")
    ap.inside("iw dev wlan0_1 del")
    daemon.wait_for("the interface wlan0_1 was removed")
    daemon.wait_for(f"wlan0_1: 06:00:00:00:{ap.mac[12:14]}:00: the network is on the air", 2)
    serves(ap, sta, client)
    lab.run("sleep 10")
    assert daemon.count(ON_AIR) == 4
    daemon.stop()


def test_card_is_back_under_another_name(lab):
    ap, sta, daemon, client = begin(lab)
    remove_card(ap)
    daemon.wait_for("waiting until the interface is back")
    insert_card(ap, "wlan7")
    daemon.wait_for("the card is back as wlan7: `ip link set wlan7 name wlan0`")
    lab.run("sleep 10")
    ap.inside("ip link set wlan7 name wlan0")
    daemon.wait_for(ON_AIR, 2)
    serves(ap, sta, client)
    assert daemon.count("the card is back as wlan7") == 1
    daemon.stop()
