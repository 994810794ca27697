# SPDX-License-Identifier: GPL-2.0-or-later
"""Stations of `vifi ap` with interfaces of their own: 4-address mode (WDS) and VLANs. The stations are stock wpa_supplicants.

    guest ── br0 ── wlan0 4addr ))) (((  wlan0.sta1 ── br0, 10.8.0.1            VLAN 5:  wlan0.5 ── brvlan5 ── vlan5 of up0
"""
import pytest
from radios import FOLDER

NETWORK = "interface=wlan0\nssid=home\nchannel=1\nwpa=2\nrsn_pairwise=CCMP\nwpa_ptk_rekey=4\n"
SECRET = "wpa_passphrase=interoperable\n"


def station(node, passphrase="interoperable", wait=True, options=""):
    daemon = node.wpa_supplicant('network={\nssid="home"\nscan_freq=2412\n' + (f'psk="{passphrase}"' if passphrase else "key_mgmt=NONE") +
                                 "\n}", options)
    if wait:
        daemon.wait_for("CTRL-EVENT-CONNECTED")
    return daemon


def bridge_with_guest(node, guest="guest", address="10.8.0.9/24", port=True):
    """A bridge of the station with its 4-address interface (`port`) and a guest behind it."""
    if port:
        node.inside("iw dev wlan0 set 4addr on")
    node.lab.run(f"""set -e
        ip netns add {guest}
        ip -n {node.name} link add br0 type bridge
        ip -n {node.name} link set br0 up
        {f"ip -n {node.name} link set wlan0 master br0" if port else ""}
        ip -n {node.name} link add guest0 type veth peer name eth0 netns {guest}
        ip -n {node.name} link set guest0 master br0 up
        ip -n {guest} link set eth0 address 02:99:00:00:00:01 up
        ip -n {guest} addr add {address} dev eth0""")


@pytest.fixture
def guest(lab):
    yield "guest"
    lab.try_run("ip netns del guest")


@pytest.mark.parametrize("secret", [SECRET, None], ids=["wpa2", "open"])
def test_guest_behind_a_four_address_station(lab, guest, secret):
    """The guest has its own MAC address on the other side, also after rekeys; the interface lives as long as the station."""
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    conf = (NETWORK + secret if secret else "interface=wlan0\nssid=home\nchannel=1\n") + f"wds_sta=1\nbridge=br0\nctrl_interface={FOLDER}/wds\n"
    daemon = ap.vifi("ap", conf, options="-d")
    daemon.wait_for("the network is on the air")
    client = f"hostapd_cli -p {FOLDER}/wds -i wlan0"
    lab.run(f"printf '#!/bin/sh\\necho \"$@\"\\n' >{FOLDER}/wds-action; chmod +x {FOLDER}/wds-action")
    events = ap.daemon("hostapd_cli", f"{client} -a {FOLDER}/wds-action")
    ap.address("10.8.0.1/24", "br0")
    bridge_with_guest(sta, guest)
    peer = station(sta, "interoperable" if secret else None, options="-b br0")
    daemon.wait_for("4-address mode: the station is a bridge")
    events.wait_for(f"WDS-STA-INTERFACE-ADDED ifname=wlan0.sta1 sta_addr={sta.mac}")
    assert "wds_sta_ifname=wlan0.sta1" in ap.inside(f"{client} sta {sta.mac}")
    if secret:
        daemon.wait_for("new pairwise keys", 2, 40)
    assert lab.pings(guest, "10.8.0.1", 5) >= 4
    assert "02:99:00:00:00:01" in ap.inside("ip neigh show 10.8.0.9")
    assert "master br0" in ap.inside("ip -o link show wlan0.sta1")
    peer.stop()
    daemon.wait_for(f"{sta.mac}: disconnected")
    assert ap.try_inside("ip link show wlan0.sta1").rc != 0
    station(sta, "interoperable" if secret else None, options="-b br0")
    daemon.wait_for("4-address mode: the station is a bridge", 2)
    assert lab.pings(guest, "10.8.0.1", 5) >= 4


STATION = 'network={\nssid="home"\npsk="interoperable"\n}'


@pytest.mark.parametrize("kind", ["hostapd", "vifi"])
def test_guest_behind_vifi_sta(lab, guest, kind):
    """`vifi sta -b`: a guest is reached with its own MAC address; the mode of the interface is restored at the end."""
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    conf = "ssid=home\nchannel=1\nhw_mode=g\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_ptk_rekey=4\nwds_sta=1\nbridge=br0\n" + SECRET
    ap.inside("ip link add br0 type bridge")
    ap.inside("ip link set br0 up")
    if kind == "hostapd":
        ap.hostapd(conf)
    else:
        ap.vifi("ap", "interface=wlan0\n" + conf, options="-d").wait_for("the network is on the air")
    ap.address("10.8.0.1/24", "br0")
    bridge_with_guest(sta, guest, port=False)
    daemon = sta.vifi("sta", STATION, options="-d -i wlan0 -b br0")
    daemon.wait_for("connected: keys are installed")
    daemon.wait_for("new pairwise keys", 2, 40)
    assert lab.pings(guest, "10.8.0.1", 5) >= 4
    assert "02:99:00:00:00:01" in ap.inside("ip neigh show 10.8.0.9")
    assert "does not accept it" not in daemon.log()
    daemon.stop()
    assert "4addr: on" not in sta.iw("info") and "master br0" not in sta.inside("ip -o link show wlan0")


def test_network_asks_for_four_addresses(lab, guest):
    """enable_4addr_mode=1: once connected, the interface can be a port of a bridge; another network switches the mode off."""
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    ap.inside("ip link add br0 type bridge")
    ap.inside("ip link set br0 up")
    ap.hostapd("ssid=home\nchannel=1\nhw_mode=g\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwds_sta=1\nbridge=br0\n" + SECRET)
    ap.address("10.8.0.1/24", "br0")
    bridge_with_guest(sta, guest, port=False)
    conf = f"ctrl_interface={FOLDER}/four\n" + STATION.replace("\n}", "\nenable_4addr_mode=1\n}\n") + STATION.replace("\n}", "\ndisabled=1\n}")
    daemon = sta.vifi("sta", conf, options="-d -i wlan0")
    daemon.wait_for("connected: keys are installed")
    assert "4addr: on" in sta.iw("info")
    sta.inside("ip link set wlan0 master br0")
    assert lab.pings(guest, "10.8.0.1", 5) >= 4
    assert "02:99:00:00:00:01" in ap.inside("ip neigh show 10.8.0.9")
    sta.inside("ip link set wlan0 nomaster")
    sta.inside(f"wpa_cli -p {FOLDER}/four -i wlan0 select_network 1")
    daemon.wait_for("connected: keys are installed", 2)
    assert "4addr: on" not in sta.iw("info")
    sta.inside(f"wpa_cli -p {FOLDER}/four -i wlan0 select_network 0")
    daemon.wait_for("connected: keys are installed", 3)
    daemon.stop()
    assert "4addr: on" not in sta.iw("info")


def test_vifi_sta_says_that_four_addresses_are_refused(lab, guest):
    """Without wds_sta nothing comes back; the station says so."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd("ssid=home\nchannel=1\nhw_mode=g\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n" + SECRET)
    ap.address("10.8.0.1/24")
    bridge_with_guest(sta, guest, port=False)
    daemon = sta.vifi("sta", STATION, options="-d -i wlan0 -b br0")
    daemon.wait_for("connected: keys are installed")
    lab.try_run("ip netns exec guest ping -c 12 -W 1 10.8.0.1", 40)
    daemon.wait_for("no answer in 4-address mode: the access point does not accept it", seconds=40)


def test_random_address_of_vifi_sta(lab):
    """mac_addr=2: a new address of the same vendor at each start; the card has its own one again afterwards."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd("ssid=home\nchannel=1\nhw_mode=g\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n" + SECRET)
    seen = set()
    for start in range(2):
        daemon = sta.vifi("sta", "mac_addr=2\n" + STATION, options="-d -i wlan0", name=f"vifi-{start}")
        daemon.wait_for("connected: keys are installed")
        seen |= set(ap.stations())
        daemon.stop()
        assert sta.mac in sta.inside("ip link show wlan0")
        lab.run("sleep 1")
    assert len(seen) == 2 and sta.mac not in seen and all(mac.startswith(sta.mac[:8]) for mac in seen), seen


def test_killed_access_point_leaves_no_interface(lab, guest):
    """SIGKILL: the kernel deletes the interface of the station; the next start serves it anew."""
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon = ap.vifi("ap", NETWORK + SECRET + "wds_sta=1\nbridge=br0\n", options="-d")
    daemon.wait_for("the network is on the air")
    ap.address("10.8.0.1/24", "br0")
    bridge_with_guest(sta, guest)
    station(sta, options="-b br0")
    daemon.wait_for("4-address mode: the station is a bridge")
    daemon.kill()
    lab.run("sleep 0.5")
    assert "wlan0." not in ap.inside("ip -o link show")
    again = ap.vifi("ap", NETWORK + SECRET + "wds_sta=1\nbridge=br0\n", options="-d", name="vifi-again")
    again.wait_for("4-address mode: the station is a bridge", seconds=60)
    assert lab.pings(guest, "10.8.0.1", 5) >= 4
    again.stop()
    assert "wlan0." not in ap.inside("ip -o link show")


def test_four_addresses_without_wds_are_refused(lab, guest):
    """Without wds_sta there is a sentence, and no interface."""
    ap, sta = lab.node("ap"), lab.node("sta")
    daemon = ap.vifi("ap", NETWORK + SECRET + "bridge=br0\n", options="-d")
    daemon.wait_for("the network is on the air")
    bridge_with_guest(sta, guest)
    station(sta, options="-b br0")
    daemon.wait_for("the station sends 4-address frames; set wds_sta=1 to accept them")
    assert "wlan0." not in ap.inside("ip -o link show")



def test_vlans_by_passphrase_and_address(lab):
    """Each VLAN has its interface, bridge and upstream, and broadcasts that its stations alone can read; after rekeys, too."""
    ap, red, blue, plain = (lab.node(name, channels=2) for name in ("ap", "red", "blue", "plain"))
    psks = ap.file("psks", "vlanid=5 00:00:00:00:00:00 red network\n00:00:00:00:00:00 interoperable\n")
    vlans = ap.file("vlans", "5 wlan0.five\n* wlan0.#\n")
    accept = ap.file("accept", f"{blue.mac} 7\n")
    ap.inside("ip link add up0 type veth peer name wire0")
    ap.inside("ip link set wire0 up")
    daemon = ap.vifi("ap", NETWORK + f"wpa_group_rekey=6\nbridge=br0\nwpa_psk_file={psks}\nvlan_file={vlans}\naccept_mac_file={accept}\n"
                     "vlan_tagged_interface=up0\nvlan_bridge=brv\n", options="-d")
    daemon.wait_for("the network is on the air")
    lab.run("sleep 0.5")
    assert "master brv5" in ap.inside("ip -o link show wlan0.five")  # a line of vlan_file: from the start
    assert ap.try_inside("ip link show wlan0.7").rc != 0             # the wildcard: with its first station
    peers = [station(red, "red network"), station(blue), station(plain)]
    for node, address in ((red, "10.5.0.2/24"), (blue, "10.7.0.2/24"), (plain, "10.0.0.2/24")):
        node.address(address)
    ap.address("10.5.0.1/24", "brv5")
    ap.address("10.7.0.1/24", "brv7")
    ap.address("10.0.0.1/24", "br0")
    daemon.wait_for("new group keys", 2, 60)
    for node, address in ((red, "10.5.0.1"), (blue, "10.7.0.1"), (plain, "10.0.0.1")):
        assert node.pings(address, 5) >= 4, node.name
        lab.run(f"ip netns exec {node.name} tcpdump -Z root -U --immediate-mode -n -i wlan0 -w /tmp/{node.name}.pcap icmp >/dev/null 2>&1 &")
    lab.run("sleep 1")
    for address in ("10.5.0.255", "10.7.0.255", "10.0.0.255"):
        ap.try_inside(f"ping -b -c 3 -i 0.3 -W 1 {address}")
    for node, address in ((red, "10.5.0.255"), (blue, "10.7.0.255"), (plain, "10.0.0.255")):
        got = lab.run(f"tcpdump -Z root -n -r /tmp/{node.name}.pcap 2>/dev/null | sed 's/.*> //; s/: .*//' | sort -u").split()
        assert got == [address], node.name
    assert "master brv5" in ap.inside("ip -o link show vlan5") and "@up0" in ap.inside("ip -o link show vlan7")
    # what a station of VLAN 5 sends reaches the wire with its tag
    lab.run("ip netns exec ap tcpdump -Z root -U --immediate-mode -e -n -i wire0 -w /tmp/wire.pcap vlan >/dev/null 2>&1 & sleep 1")
    red.try_inside("ping -b -c 2 -W 1 10.5.0.255")
    assert "vlan 5" in lab.run("tcpdump -Z root -e -n -r /tmp/wire.pcap 2>/dev/null")
    peers[1].stop()
    daemon.wait_for(f"{blue.mac}: disconnected")
    lab.run("sleep 0.5")
    assert "wlan0.7" not in ap.inside("ip -o link show") and "vlan7" not in ap.inside("ip -o link show")
    daemon.stop()
    links = ap.inside("ip -o link show")
    assert not any(name in links for name in ("wlan0.", "brv", "vlan5@", "vlan7@"))


def test_vlan_without_interface_is_an_error(lab):
    """A VLAN that no line of vlan_file covers must not fall back to the main network."""
    ap = lab.node("ap")
    psks = ap.file("psks", "vlanid=5 00:00:00:00:00:00 red network\n")
    path = ap.file("ap.conf", NETWORK + f"wpa_psk_file={psks}\n")
    done = ap.try_inside(f"vifi ap {path}")
    assert done.rc and "VLAN 5 has no interface: add a line `5 wlan0.5`" in done.out


def send_raw(node, frame):
    """Sends a frame on the channel of the monitor interface of a radio of its own."""
    text = "".join(f"\\{byte:03o}" for byte in bytes.fromhex("0000080000000000") + frame)  # radiotap without fields
    node.inside(f"sh -c \"printf '{text}' | socat -u - INTERFACE:wlan0\"")


def test_forged_null_frame_changes_no_station_with_pmf(lab, guest):
    """A third radio sends a Null frame with four addresses in the name of a station with PMF: its data pass as before. A
    bridge with PMF is accepted."""
    ap, sta, bridge, forger = lab.node("ap", channels=2), lab.node("sta"), lab.node("bridge", channels=2), lab.node("forger")
    daemon = ap.vifi("ap", NETWORK.replace("wpa_ptk_rekey=4\n", "") + SECRET + "ieee80211w=2\nwpa_key_mgmt=WPA-PSK-SHA256\n"
                     "wds_sta=1\nbridge=br0\n", options="-d")
    daemon.wait_for("the network is on the air")
    ap.address("10.8.0.1/24", "br0")
    pmf = 'network={\nssid="home"\nscan_freq=2412\npsk="interoperable"\nkey_mgmt=WPA-PSK-SHA256\nieee80211w=2\n}'
    sta.wpa_supplicant(pmf).wait_for("CTRL-EVENT-CONNECTED")
    sta.address("10.8.0.2/24")
    assert sta.pings("10.8.0.1") == 3
    forger.inside("ip link set wlan0 down")
    forger.iw("set type monitor")
    forger.inside("ip link set wlan0 up")
    forger.iw("set freq 2412")
    address = [bytes.fromhex(mac.replace(":", "")) for mac in (ap.mac, sta.mac)]
    send_raw(forger, bytes.fromhex("48030000") + address[0] + address[1] + address[0] + b"\x10\0" + address[1])
    daemon.wait_for(f"{sta.mac}: ignored a 4-address frame that arrived after the handshake")
    assert sta.pings("10.8.0.1") == 3
    assert "sta" not in ap.inside("iw dev").replace("station", "")
    bridge_with_guest(bridge, guest)
    bridge.wpa_supplicant(pmf, "-b br0").wait_for("CTRL-EVENT-CONNECTED")
    daemon.wait_for(f"{bridge.mac}: 4-address mode: the station is a bridge")
    assert lab.pings(guest, "10.8.0.1", 5) >= 4
