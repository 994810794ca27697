# SPDX-License-Identifier: GPL-2.0-or-later
"""Fast BSS transition between access points on two hosts, which get the keys from each other over a wire.

    one   br0 ── hwsim ))) (((  sta  ))) (((  hwsim ── br0   two
           └───────────────── a wire ──────────────────┘

One of them, or both, is `vifi ap`; the other one is hostapd 2.10. Neither can derive the keys from the passphrase. That a roam
is a transition show its frames, read by tshark: authentication algorithm 2 or an FT action frame, and no EAPOL frame. Both have WMM:
over the DS wpa_supplicant 2.10 accepts only an RSN element like that of its present access point.
"""
import pytest

from test_ft import BLOCK, by_hostapd, by_vifi, cli, roam, station_of
from world import tshark

KEY = "100102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f"
OTHER_KEY = KEY.replace("1001", "2001")
COMMON = ("ssid=home\nhw_mode=g\nbridge=br0\nwpa=2\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\nmobility_domain=a1b2\n"
          "reassociation_deadline=1000\nwmm_enabled=1\nft_over_ds=1\nieee80211w={pmf}\nwpa_key_mgmt={akm}\n")
START = {"hostapd": by_hostapd, "vifi": by_vifi}
PAIRS = [("vifi", "vifi"), ("vifi", "hostapd"), ("hostapd", "vifi")]


def lines(other, key, wildcard):
    if wildcard:
        return f"r0kh=ff:ff:ff:ff:ff:ff * {key}\nr1kh=00:00:00:00:00:00 00:00:00:00:00:00 {key}\n"
    return f"r0kh={other.mac} {other.name}.example {key}\nr1kh={other.mac} {other.mac} {key}\n"


def hosts(lab, pair, akm="FT-PSK", pmf=0, own=("", ""), keys=(KEY, KEY), wildcard=False):
    """Starts both access points, and records the wire in /tmp/wire.pcap."""
    one, two = lab.node("one"), lab.node("two")
    lab.run("ip link add wire netns one type veth peer name wire netns two")
    for node in (one, two):
        node.inside("sh -c 'ip link add br0 type bridge; ip link set br0 up; ip link set wire master br0; ip link set wire up'")
    lab.run("""rm -f /tmp/wire.pcap
        ip netns exec one tcpdump -Z root -U --immediate-mode -i wire -w /tmp/wire.pcap >/tmp/wire.log 2>&1 &
        for tries in $(seq 50); do [ -s /tmp/wire.pcap ] && exit; sleep 0.1; done; exit 1""")
    daemons = []
    for number, (node, other) in enumerate([(one, two), (two, one)]):
        conf = COMMON.format(akm=akm, pmf=pmf) + lines(other, keys[number], wildcard) + own[number] + \
               f"channel={1 + 5 * number}\nnas_identifier={node.name}.example\n"
        daemons.append(START[pair[number]](node, conf))
    one.address("10.9.0.1/24", "br0")
    return one, two, daemons


def on_wire(lab, ethertype):
    """The number of frames of this type that `one` has sent or received."""
    return len(tshark(lab.recorded("wire"), f"eth.type == {ethertype}", "frame.number"))


def joined(lab, one, two, akm="FT-PSK", pmf=0):
    """A station whose first association is with `one`."""
    sta = station_of(lab, "wpa_supplicant", BLOCK.format(akm, pmf).replace("\n}", f"\nbssid={one.mac}\n}}"))
    # The scan before its association has found both. Another one may go on for ten seconds, and delay or lose what follows.
    heard = cli(sta, "scan_results")
    assert one.mac in heard and two.mac in heard
    return sta


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_station_roams(lab, pair):
    """Over the air and over the DS; the second time the key is there."""
    one, two, _ = hosts(lab, pair)
    sta = joined(lab, one, two)
    roam(lab, sta, two.mac)
    asked = on_wire(lab, "0x88b7")
    assert asked >= 2
    roam(lab, sta, one.mac, "ft_ds", set())
    assert on_wire(lab, "0x890d") == 2
    roam(lab, sta, two.mac, "ft_ds", set())
    assert on_wire(lab, "0x890d") == 4
    assert on_wire(lab, "0x88b7") == asked


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_key_is_pulled_over_the_ds(lab, pair):
    """The target gets the request over the wire, and asks for the key before it answers."""
    one, two, _ = hosts(lab, pair)
    sta = joined(lab, one, two)
    roam(lab, sta, two.mac, "ft_ds", set())
    assert on_wire(lab, "0x88b7") >= 2


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_transition_after_sae(lab, pair):
    one, two, _ = hosts(lab, pair, "FT-SAE", 2)
    sta = joined(lab, one, two, "FT-SAE", 2)
    for bssid in (two.mac, one.mac):
        roam(lab, sta, bssid)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_holders_are_found_by_broadcast(lab, pair):
    """One line for all, as OpenWrt writes it."""
    one, two, _ = hosts(lab, pair, wildcard=True)
    sta = joined(lab, one, two)
    roam(lab, sta, two.mac)
    roam(lab, sta, one.mac)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_key_is_pushed(lab, pair):
    one, two, _ = hosts(lab, pair, own=("pmk_r1_push=1\n", "pmk_r1_push=1\n"))
    sta = joined(lab, one, two)
    lab.run("sleep 1")
    pushed = on_wire(lab, "0x88b7")
    assert pushed >= 3  # with the question for the number, and its answer
    roam(lab, sta, two.mac)
    assert on_wire(lab, "0x88b7") == pushed


@pytest.mark.parametrize("pair", [("vifi", "hostapd"), ("hostapd", "vifi")], ids="-".join)
def test_other_key_is_refused(lab, pair):
    """Nobody answers a message under another key: after four attempts the station is told that its key is unknown."""
    one, two, _ = hosts(lab, pair, keys=(KEY, OTHER_KEY))
    sta = joined(lab, one, two)
    mark = lab.mark_air()
    sta.try_inside(f"wpa_cli -p {sta.ctrl} -i wlan0 roam {two.mac}")
    lab.run("sleep 6")
    refused = lab.frames(f"wlan.fc.type_subtype == 11 && wlan.fixed.auth.alg == 2 && wlan.sa == {two.mac}", "wlan.fixed.status_code", mark)
    assert refused and {int(status, 0) for status in refused} == {53}
