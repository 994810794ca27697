# SPDX-License-Identifier: GPL-2.0-or-later
"""Fast BSS transition: `vifi ap` and `vifi sta` on cards, with hostapd and wpa_supplicant 2.10 at the other end.

    one   an access point ))) hwsim (((   sta   a station   ))) hwsim (((   two   another one of the same domain

Both access points derive the keys from the passphrase (ft_psk_generate_local), or are two networks of one process. That a roam
is a transition show its frames, read by tshark: authentication algorithm 2, and no EAPOL frame.
"""
import pytest

from radios import FOLDER

KEY = "100102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f"
COMMON = "ssid=home\nhw_mode=g\nwpa=2\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\nmobility_domain=a1b2\nreassociation_deadline=1000\n"
LOCAL = COMMON + "wpa_key_mgmt=FT-PSK WPA-PSK\nft_psk_generate_local=1\nft_over_ds=0\n"
BLOCK = 'network={{\nssid="home"\nkey_mgmt={}\npsk="interoperable"\nieee80211w={}\nscan_freq=2412 2437\n}}\n'


def access_points(lab, start, pmf=0):
    """Two hosts, on channels 1 and 6."""
    nodes = lab.node("one"), lab.node("two")
    for number, node in enumerate(nodes):
        start(node, LOCAL + f"ieee80211w={pmf}\nchannel={1 + 5 * number}\nnas_identifier={node.name}.example\n")
        node.address("10.9.0.1/24")
    return nodes


def by_hostapd(node, conf):
    return node.hostapd(conf)


def by_vifi(node, conf):
    daemon = node.vifi("ap", f"interface=wlan0\n{conf}", options="-d")
    daemon.wait_for("the network is on the air")
    return daemon


def station_of(lab, kind, block):
    """A station with wpa_cli, and its `cli`."""
    sta = lab.node("sta")
    if kind == "vifi":
        sta.vifi("sta", f"ctrl_interface={FOLDER}/sta-ctrl\n{block}", options="-d -t -i wlan0")
        folder = f"{FOLDER}/sta-ctrl"
    else:
        sta.wpa_supplicant(block)
        folder = f"{FOLDER}/sta-wpa"
    sta.ctrl = folder
    wait_status(sta, "wpa_state=COMPLETED")
    sta.address("10.9.0.2/24")
    return sta


def cli(sta, command):
    return sta.inside(f"wpa_cli -p {sta.ctrl} -i wlan0 {command}", 20)


def wait_status(sta, line):
    sta.lab.wait(f"ip netns exec {sta.name} wpa_cli -p {sta.ctrl} -i wlan0 status | grep -q '^{line}'", 40)


def know(sta, bssids):
    """Lets the station hear all of them."""
    cli(sta, "scan")
    for bssid in bssids:
        sta.lab.wait(f"ip netns exec {sta.name} wpa_cli -p {sta.ctrl} -i wlan0 scan_results | grep -q {bssid}", 30)


def roam(lab, sta, bssid, command="roam", algorithm={"2"}):
    mark = lab.mark_air()
    assert cli(sta, f"{command} {bssid}").split()[-1] == "OK"
    wait_status(sta, f"bssid={bssid}")
    wait_status(sta, "wpa_state=COMPLETED")
    lab.wait(f"ip netns exec {sta.name} ping -n -q -c 1 -W 1 10.9.0.1 >/dev/null 2>&1", 20)
    assert set(lab.frames("wlan.fc.type_subtype == 11", "wlan.fixed.auth.alg", mark)) == algorithm
    assert not lab.frames("eapol", "frame.number", mark)
    assert lab.frames("wlan.fc.type_subtype == 2", "wlan.da", mark)


@pytest.mark.parametrize("pmf", [0, 1])
@pytest.mark.parametrize("ap,kind", [("hostapd", "vifi"), ("vifi", "wpa_supplicant"), ("vifi", "vifi")])
def test_station_roams_between_hosts(lab, ap, kind, pmf):
    """Over the air, four times."""
    one, two = access_points(lab, by_vifi if ap == "vifi" else by_hostapd, pmf)
    sta = station_of(lab, kind, BLOCK.format("FT-PSK", pmf))
    know(sta, [one.mac, two.mac])
    here = sta.link()["bssid"]
    order = [two.mac, one.mac] if here == one.mac else [one.mac, two.mac]
    for bssid in 2 * order:
        roam(lab, sta, bssid)
    if kind == "vifi":  # newer than the wpa_supplicant here: the PMK-R0 depends on the SSID
        assert "ssid_verified=1" in cli(sta, "status")


def two_networks(node, start, akm, pmf, pwe=2, own=("", "")):
    """Two networks of one process, which know each other as key holders; `own`: lines of each one."""
    first, second = "02:00:00:01:00:00", "02:00:00:01:00:01"  # no radio has these
    peers = "".join(f"r0kh={mac} {name}.example {KEY}\nr1kh={mac} {mac} {KEY}\n"
                    for mac, name in ((first, "one"), (second, "two")))
    terms = COMMON.replace("hw_mode=g\n", "") + f"wpa_key_mgmt={akm}\nieee80211w={pmf}\nsae_pwe={pwe}\npmk_r1_push=1\nft_over_ds=1\n{peers}"
    conf = f"hw_mode=g\nchannel=1\nbssid={first}\nbridge=br0\n{terms}nas_identifier=one.example\n{own[0]}" \
           f"bss=wlan0b\nbssid={second}\nbridge=br0\n{terms}nas_identifier=two.example\n{own[1]}"
    node.inside("sh -c 'ip link add br0 type bridge; ip link set br0 up; ip addr add 10.9.0.1/24 dev br0'")
    start(node, conf)
    return [first, second]


def test_station_roams_with_longer_keys(lab):
    """FT-SAE-EXT-KEY, which 2.10 does not know: vifi at both ends, with keys of 256, 384 and 512 bits."""
    node = lab.node("one")
    bssids = two_networks(node, by_vifi, "FT-SAE-EXT-KEY", "2\nsae_groups=19 20 21")
    sta = station_of(lab, "vifi", "sae_groups=19\n" + BLOCK.format("FT-SAE-EXT-KEY", 2))
    know(sta, bssids)
    for group in (19, 20, 21):
        for command in (f"set sae_groups {group}", "disconnect", "pmksa_flush", "reconnect"):
            cli(sta, command)
        wait_status(sta, f"sae_group={group}")
        wait_status(sta, "wpa_state=COMPLETED")
        here = sta.link()["bssid"]
        there = bssids[1] if here == bssids[0] else bssids[0]
        roam(lab, sta, there)
        roam(lab, sta, here, "ft_ds", set())
    assert "key_mgmt=FT-SAE-EXT-KEY" in cli(sta, "status")


@pytest.mark.parametrize("akm,pmf", [("FT-PSK", 1), ("FT-SAE", 2)])
@pytest.mark.parametrize("ap,kind", [("hostapd", "vifi"), ("vifi", "wpa_supplicant")])
def test_station_roams_between_networks(lab, ap, kind, akm, pmf):
    """Over the air, and through the present access point: then there is no authentication frame."""
    node = lab.node("one")
    bssids = two_networks(node, by_vifi if ap == "vifi" else by_hostapd, akm, pmf)
    sta = station_of(lab, kind, BLOCK.format(akm, pmf))
    know(sta, bssids)
    here = sta.link()["bssid"]
    there = bssids[1] if here == bssids[0] else bssids[0]
    roam(lab, sta, there)
    roam(lab, sta, here)
    roam(lab, sta, there, "ft_ds", set())
    if kind == "vifi" and akm == "FT-SAE":  # by hunting and pecking: without an RSNX element of the station, hostapd's answer has none
        for command in ("set sae_pwe 0", "disconnect", "pmksa_flush", "reconnect"):
            cli(sta, command)
        wait_status(sta, "wpa_state=COMPLETED")
        here = sta.link()["bssid"]
        roam(lab, sta, bssids[1] if here == bssids[0] else bssids[0])
    roam(lab, sta, here, "ft_ds", set())
    assert f"key_mgmt={akm}" in cli(sta, "status")


def test_station_that_could_hash_to_element(lab):
    """Under the MIC it says so, and leaves out the RSNX element, which the beacons lack."""
    bssids = two_networks(lab.node("one"), by_vifi, "FT-SAE", 2, pwe=0)
    sta = station_of(lab, "wpa_supplicant", "sae_pwe=2\n" + BLOCK.format("FT-SAE", 2))
    know(sta, bssids)
    here = sta.link()["bssid"]
    roam(lab, sta, bssids[1] if here == bssids[0] else bssids[0])
    roam(lab, sta, here)


def test_vlan_goes_along(lab):
    """The second network has no VLAN in its files; with dynamic_vlan it takes any one."""
    node = lab.node("one", channels=2)
    psks = node.file("psks", "vlanid=7 00:00:00:00:00:00 interoperable\n")
    bssids = two_networks(node, by_vifi, "FT-PSK", 1, own=(f"dynamic_vlan=1\nwpa_psk_file={psks}\n", "dynamic_vlan=1\n"))
    lab.run("ip -n one addr flush dev br0")
    sta = station_of(lab, "wpa_supplicant", BLOCK.format("FT-PSK", 1).replace("\n}", f"\nbssid={bssids[0]}\n}}"))
    node.address("10.9.0.1/24", "brvlan7")
    know(sta, bssids)
    roam(lab, sta, bssids[1])
    assert "master brvlan7" in node.inside("ip -o link show wlan0b.7")
    roam(lab, sta, bssids[0])
