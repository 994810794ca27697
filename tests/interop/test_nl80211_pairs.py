# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card, with stations other than wpa_supplicant: iwd, and `vifi sta` on a card; on Linux 6.12."""
import struct

import pytest

KERNEL = "6.12"
NETWORK = "interface=wlan0\nssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=interoperable\nrsn_pairwise=CCMP\n"


def iwd(node):
    return node.iwd({"home": "interoperable"})


def vifi_sta(node):
    return node.vifi("sta", 'network={\nssid="home"\npsk="interoperable"\nkey_mgmt=WPA-PSK WPA-PSK-SHA256\nieee80211w=1\n}\n',
                     options="-d -i wlan0")


@pytest.mark.parametrize("station", [iwd, vifi_sta])
@pytest.mark.parametrize("pmf", [0, 2])
def test_station_reaches_vifi_ap(lab, station, pmf):
    """It connects, is protected as the access point demands, and says goodbye."""
    mark = lab.mark_air()
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon = ap.vifi("ap", NETWORK + ("ieee80211w=2\nwpa_key_mgmt=WPA-PSK-SHA256\n" if pmf else ""), options="-d")
    daemon.wait_for("the network is on the air")
    peer = station(sta)
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    assert ap.stations()[sta.mac]["MFP"] == ("yes" if pmf else "no")
    assert set(lab.frames("wlan.fc.type_subtype == 8", "wlan.ta", mark)) == {ap.mac}  # beacons
    assert not lab.frames("data.len && wlan.fc.type == 2 && wlan.fc.protected == 0 && !eapol", "wlan.ta", mark)
    peer.stop()
    daemon.wait_for(f"{sta.mac}: disconnected")


@pytest.mark.parametrize("owner", ["iwd", "wpa_supplicant"])
def test_interface_of_another_program_is_refused(lab, owner):
    """It is a station without a network. vifi ap must not end that; it starts when the other program has ended."""
    node = lab.node("ap", channels=2)
    if owner == "iwd":
        other = node.iwd({})
        lab.wait(f"ip netns exec ap {other.client} station wlan0 show | grep -q 'State *disconnected'", 20)
    else:
        other = node.wpa_supplicant('network={\nssid="elsewhere"\nkey_mgmt=NONE\nscan_freq=2412\n}\n')
        lab.wait(f"ip netns exec ap {other.client} status | grep -q -e SCANNING -e DISCONNECTED", 20)
    refused = node.vifi("ap", NETWORK, options="-d", name="refused")
    refused.wait_for("another program manages the interface: stop hostapd, wpa_supplicant or iwd")
    assert "type managed" in node.iw("info")
    assert not refused.count("the network is on the air")
    other.stop()
    node.vifi("ap", NETWORK, options="-d").wait_for("the network is on the air")


def test_second_interface_of_a_card_needs_an_address_of_its_own(lab):
    """`iw` gives it that of the first one, with which the kernel does not set it up beside that."""
    node = lab.node("ap", channels=2)
    node.inside("iw phy ap interface add wlan1 type managed")
    node.vifi("ap", NETWORK, options="-d").wait_for("the network is on the air")
    second = NETWORK.replace("wlan0", "wlan1").replace("ssid=home", "ssid=guests")
    node.vifi("ap", second, name="same").wait_for("another interface of this card has the same MAC address")
    own = node.vifi("ap", second + "bssid=02:11:22:33:44:55\n", name="own")
    own.wait_for("the network is on the air")
    assert "ssid guests" in node.inside("iw dev wlan1 info")


SET_WIPHY, TXQ_PARAMS = 2, 37  # linux/nl80211.h


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("<HH", data)
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def queue_parameters(node, begin):
    """What a program sets: {access category: (TXOP, CWmin, CWmax, AIFS)} from all SET_WIPHYs, and the kernel's answers."""
    path = f"/tmp/netlink-{begin.__name__}.pcap"
    recorder = node.daemon(begin.__name__, f"tcpdump -Z root -B 8192 -U --immediate-mode -i nlmon1 -w {path}")
    recorder.wait_for("listening on")
    daemon = begin()
    node.lab.run("sleep 1")
    daemon.stop()
    recorder.stop()
    recording, offset, queues, asked, answers = node.lab.machine.get(f"cat {path}"), 24, {}, set(), []
    while offset + 16 <= len(recording):
        size = struct.unpack_from("<I", recording, offset + 8)[0]
        message, offset = recording[offset + 32:offset + 16 + size], offset + 16 + size  # without the cooked header
        if len(message) < 20:
            continue
        length, kind, _, sequence = struct.unpack_from("<IHHI", message)
        if kind == 2 and sequence in asked:  # NLMSG_ERROR
            answers.append(struct.unpack_from("<i", message, 16)[0])
        if kind < 16 or message[16] != SET_WIPHY:
            continue
        for queue in attributes(attributes(message[20:length]).get(TXQ_PARAMS, b"")).values():
            values = attributes(queue)
            queues[values[1][0]] = (*(struct.unpack("<H", values[number])[0] for number in (2, 3, 4)), values[5][0])
            asked.add(sequence)
    return queues, answers


QUEUES = ("tx_queue_data3_aifs=9\ntx_queue_data2_cwmin=7\ntx_queue_data2_cwmax=127\ntx_queue_data1_burst=4.1\n"
          "tx_queue_data0_aifs=2\ntx_queue_data0_burst=1.6\n")


@pytest.mark.parametrize("keys", (QUEUES, "", "wmm_enabled=0\n"), ids=("given", "default", "without-wmm"))
def test_queue_parameters_are_those_of_hostapd(lab, keys):
    node = lab.node("ap", channels=2)
    node.inside("ip link add nlmon1 type nlmon")
    node.inside("ip link set nlmon1 up")

    def stock():
        return node.hostapd(NETWORK.replace("interface=wlan0\n", "") + keys)

    def vifi():
        daemon = node.vifi("ap", NETWORK + keys, options="-d")
        daemon.wait_for("the network is on the air")
        return daemon

    theirs, answers = queue_parameters(node, stock)
    assert len(theirs) == 4 and set(answers) == {0}
    assert queue_parameters(node, vifi) == (theirs, [0])


def test_parameter_sets_of_80211ax_are_those_of_hostapd(lab):
    """Spatial Reuse and MU EDCA, in beacons and in the responses to a station."""
    keys = ("country_code=DE\nieee80211n=1\nieee80211ax=1\nhe_spr_sr_control=12\nhe_spr_non_srg_obss_pd_max_offset=20\n"
            "he_spr_srg_obss_pd_min_offset=5\nhe_spr_srg_obss_pd_max_offset=10\nhe_spr_srg_bss_colors=1 63\nhe_spr_srg_partial_bssid=8\n"
            "he_mu_edca_qos_info_param_count=2\nhe_mu_edca_qos_info_queue_request=1\n")
    for number, category in enumerate(("be", "bk", "vi", "vo")):
        values = {"aifsn": number + 4, "aci": number, "ecwmin": number + 5, "ecwmax": 10, "timer": number + 250}
        keys += "".join(f"he_mu_edca_ac_{category}_{key}={value}\n" for key, value in values.items())
    reuse = bytes([255, 21, 39, 12, 20, 5, 10, 2, 0, 0, 0, 0, 0, 0, 0x80, 0, 1, 0, 0, 0, 0, 0, 0])
    edca = bytes([255, 14, 38, 0x22, 4, 0xa5, 250, 0x25, 0xa6, 251, 0x46, 0xa7, 252, 0x67, 0xa8, 253])
    lab.run("iw reg set DE")
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)

    def heard(connections):
        """The types of frames that have both elements, without a mistake that tshark finds."""
        mark = lab.mark_air()
        peer = vifi_sta(sta)
        peer.wait_for("connected: keys are installed", connections)
        peer.stop()
        lab.run("sleep 0.3")
        assert not lab.frames(f"wlan.ta == {ap.mac} && _ws.malformed", "wlan.fc.type_subtype", mark)
        found = lab.frames(f"wlan.ta == {ap.mac} && frame contains {reuse.hex(':')} && frame contains {edca.hex(':')} && "
                           "wlan.ext_tag.number == 38 && wlan.ext_tag.number == 39", "wlan.fc.type_subtype", mark)
        return {int(kind, 0) for kind in found}

    hostapd = ap.hostapd(NETWORK.replace("interface=wlan0\n", "") + keys)
    assert heard(1) == {1, 5, 8}
    hostapd.stop()
    ap.vifi("ap", NETWORK + keys, options="-d").wait_for("the network is on the air")
    assert heard(2) == {1, 5, 8}
