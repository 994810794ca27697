# SPDX-License-Identifier: GPL-2.0-or-later
"""The fault laboratory of the air: each test injects one fault into an access point, a station or the medium between them, and
the first cause that `vifi why` prints at each end must be that one.  On a healthy network it says that nothing stands in the way."""

import contextlib
import signal

import pytest
from air.radio import Radio
from lab.netns import wait_for
from lab.vifi import program
from radio_bench import AP4, PASSPHRASE, SSID, Bench, hostapd, network, wpa2
from scapy.layers.dot11 import Dot11, Dot11AssoReq, Dot11AssoResp, Dot11Auth, Dot11Beacon, Dot11Elt
from test_radio_hostile import BSSID, FORGER, FREQ, RSN, Forger, is_data, mac_of
from why_lab import first, found, why

SAE = ("wpa_key_mgmt=SAE", "rsn_pairwise=CCMP", "ieee80211w=2")


@pytest.fixture
def bench():
    with Bench(debug="") as one:
        yield one


def sae(*lines, password=PASSPHRASE):
    return hostapd("wpa=2", *SAE, f"sae_password={password}", *lines)


def sae_network(*lines, password=PASSPHRASE):
    return network("key_mgmt=SAE", "ieee80211w=2", *lines, passphrase=password)


# ---- healthy


@pytest.mark.parametrize("files", [(wpa2(), network()), (hostapd(), network(passphrase=None)), (sae(), sae_network()),
                                   (wpa2("ieee80211w=2", "wpa_key_mgmt=WPA-PSK-SHA256"), network("key_mgmt=WPA-PSK-SHA256", "ieee80211w=2"))],
                         ids=["wpa2", "open", "wpa3", "sha256"])
def test_nothing_is_invented(bench, files):
    bench.ap(files[0])
    sta = bench.sta(files[1]).connected()
    sta.reaches()
    for node, asked in ((sta.node, "wlan0"), (sta.node, mac_of(sta)), (sta.node, SSID), (bench.node("ap"), mac_of(sta).upper()),
                        (bench.node("ap"), "ap0"), (bench.node("ap"), BSSID), (bench.node("ap"), SSID)):
        assert why(node, asked)["causes"] == [], asked
    text = sta.node.run([program(), "why", "wlan0"]).stdout
    assert text.startswith("Nothing stands in the way of wlan0 (station on wlan0): it was connected ") and "Ruled out: " in text
    text = bench.node("ap").run([program(), "why", mac_of(sta)]).stdout
    assert text.startswith(f"Nothing stands in the way of {mac_of(sta)} (access point on ap0): it was connected ")


def test_cause_goes_away_with_the_fault(bench):
    ap = bench.ap(wpa2(passphrase="another horse"))
    sta = bench.sta(network())
    found(sta.node, "wlan0", "wrong_passphrase")
    ap.stop()
    bench.ap(wpa2())
    sta.connected(timeout=60)
    assert why(sta.node, "wlan0")["causes"] == [] and why(bench.node("ap"), mac_of(sta))["causes"] == []


# ---- secrets


def test_wrong_passphrase(bench):
    bench.ap(wpa2(passphrase="another horse"))
    sta = bench.sta(network())
    sentence = found(sta.node, "wlan0", "wrong_passphrase")
    assert BSSID in sentence and SSID in sentence
    assert mac_of(sta) in found(bench.node("ap"), mac_of(sta), "wrong_passphrase")
    notes = why(bench.node("ap"), "ap0")["causes"]
    assert [(n["id"], n["level"]) for n in notes] == [("wrong_passphrase", "note")]
    text = sta.node.run([program(), "why", "wlan0"], check=False).stdout
    assert PASSPHRASE not in text and "another horse" not in text


def test_wrong_password_of_sae(bench):
    bench.ap(sae(password="another horse"))
    sta = bench.sta(sae_network())
    found(sta.node, "wlan0", "wrong_passphrase")
    found(bench.node("ap"), mac_of(sta), "wrong_passphrase")


# ---- terms that do not match


@pytest.mark.parametrize("ap,sta,cause", [
    (sae(), network(), "akm_mismatch"),
    (wpa2(), sae_network(), "akm_mismatch"),
    (wpa2(), network(passphrase=None), "akm_mismatch"),
    (hostapd(), network(), "akm_mismatch"),
    (wpa2("rsn_pairwise=CCMP"), network("pairwise=GCMP"), "cipher_mismatch"),
    (hostapd("wpa=1", "wpa_pairwise=TKIP", f"wpa_passphrase={PASSPHRASE}"), network("proto=RSN"), "akm_mismatch"),
    (wpa2("rsn_pairwise=CCMP"), network("group=GCMP"), "cipher_mismatch"),
    (wpa2("ieee80211w=2"), network("ieee80211w=0"), "pmf_required"),
    (wpa2("ieee80211w=0"), network("ieee80211w=2"), "pmf_required"),
    (wpa2(), network("bssid=02:00:00:00:aa:99"), "bssid_mismatch"),
    (wpa2(), network(f"bssid_ignore={BSSID}"), "bssid_mismatch"),
    (wpa2(), network(ssid="viffi bench"), "not_heard"),
    (wpa2(), network(ssid=SSID.upper()), "not_heard"),
    (wpa2("ignore_broadcast_ssid=1"), network(), "not_heard"),
    (wpa2(), network(frequency=2412), "not_heard"),
    (wpa2(), network("freq_list=2412", frequency=None) + network(ssid="elsewhere", frequency=2437), "channel_mismatch"),
    (wpa2(), network("key_mgmt=WPA-PSK-SHA256"), "akm_mismatch"),
    (wpa2(), network("proto=WPA"), "akm_mismatch"),
    (hostapd("wep_key0=0102030405"), network(), "akm_mismatch"),
    (wpa2(), network("wep_key0=0102030405", passphrase=None), "akm_mismatch"),
    (hostapd("wpa=2", "wpa_key_mgmt=OWE", "rsn_pairwise=CCMP", "ieee80211w=2"), network(passphrase=None), "akm_mismatch"),
    (wpa2(), network("key_mgmt=FT-PSK"), "akm_mismatch"),
    (wpa2("rsn_pairwise=TKIP"), network("pairwise=CCMP"), "cipher_mismatch"),
    (sae(), network("key_mgmt=SAE", "ieee80211w=0"), "pmf_required"),
], ids=["wpa3_only", "wpa2_only", "open_block", "open_network", "pairwise", "wpa1_only", "group", "pmf_of_ap", "pmf_of_sta", "bssid",
        "bssid_ignore", "other_name", "other_case", "hidden", "other_channel", "listed_channel", "sha256_of_sta", "wpa1_of_sta", "wep_of_ap", "wep_of_sta",
        "owe_of_ap", "ft_of_sta", "tkip_of_ap", "sae_without_pmf"])
def test_terms_differ(bench, ap, sta, cause):
    bench.ap(ap)
    station = bench.sta(sta)
    found(station.node, "wlan0", cause)


def test_group_of_sae(bench):
    bench.ap(sae("sae_groups=19"))
    sta = bench.sta("sae_groups=20\n" + sae_network())
    found(sta.node, "wlan0", "sae_group")


@pytest.mark.parametrize("ap,sta", [(sae("sae_pwe=1"), "sae_pwe=0\n"), (sae("sae_pwe=0"), "sae_pwe=1\n")], ids=["hash to element at the access point", "hash to element at the station"])
def test_way_to_the_password_element(bench, ap, sta):
    bench.ap(ap)
    found(bench.sta(sta + sae_network()).node, "wlan0", "sae_pwe")


@pytest.mark.parametrize("sta", [network(passphrase=PASSPHRASE + " "), network(f"psk={'ab' * 32}", passphrase=None).replace("key_mgmt=NONE\n", "")],
                         ids=["blank", "key"])
def test_passphrase_that_looks_the_same(bench, sta):
    """A blank at its end; the key of another network's name."""
    bench.ap(wpa2())
    found(bench.sta(sta).node, "wlan0", "wrong_passphrase")


def test_passphrases_of_other_stations_only(bench):
    bench.ap(hostapd("wpa=2", f"wpa_psk_file={bench.file('psk', f'02:00:00:00:00:99 {PASSPHRASE}')}"))
    found(bench.sta(network()).node, "wlan0", "wrong_passphrase")


# ---- refused


def test_address_lists(bench):
    bench.ap(wpa2("macaddr_acl=1", f"accept_mac_file={bench.file('accept', '02:00:00:00:00:99')}"))
    sta = bench.sta(network())
    found(sta.node, "wlan0", "mac_filter")
    assert mac_of(sta) in found(bench.node("ap"), mac_of(sta), "mac_filter")


def test_full(bench):
    bench.ap(wpa2("max_num_sta=1"))
    bench.sta(network()).connected()
    late = bench.sta(network())
    found(late.node, "wlan0", "full")
    found(bench.node("ap"), mac_of(late), "full")


# ---- silence


def test_no_access_point(bench):
    sta = bench.sta(network())
    assert "No access point at all" in found(sta.node, "wlan0", "not_heard")


def test_out_of_range_of_a_connected_station(bench):
    bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    sta.reaches()
    sta.node.run([program(), "air", "rule", "--socket", bench.socket, "from=* to=* deaf=yes"])
    wait_for("the silence is noticed", lambda: first(sta.node, "wlan0") in ("out_of_range", "not_heard"), 30, step=0.3)


@pytest.mark.parametrize("rule,cause", [
    ("from=ap0 to=* deaf=yes", "not_heard"),
    ("from=* to=* loss=100%", "not_heard"),
    ("from=* to=* delay=1s", "out_of_range"),
], ids=["transmitter that fails", "nothing arrives", "answers that are late"])
def test_medium_of(bench, rule, cause):
    bench.ap(wpa2())
    bench.node("ap").run([program(), "air", "rule", "--socket", bench.socket, rule])
    found(bench.sta(network()).node, "wlan0", cause)


def test_frozen_access_point(bench):
    """Its process is stopped: the station hears nobody."""
    ap = bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    ap.proc.send_signal(signal.SIGSTOP)
    try:
        found(sta.node, "wlan0", "not_heard")
    finally:
        ap.proc.send_signal(signal.SIGCONT)


def test_station_that_sends_no_message_2(bench):
    bench.ap(wpa2())
    with Forger(bench) as forger:
        forger.join()
        assert "does not send message 2" in found(bench.node("ap"), FORGER, "handshake_stops")


def message_1():
    """Of the 4-way handshake, in a data frame (IEEE 802.11-2020 12.7.2, 12.7.6.2)."""
    key = bytes([2]) + (0x008a).to_bytes(2, "big") + (16).to_bytes(2, "big") + (1).to_bytes(8, "big") + b"\x5a" * 32 + bytes(16 + 8 + 8 + 16 + 2)
    return bytes.fromhex("aaaa03000000888e") + bytes([2, 3]) + len(key).to_bytes(2, "big") + key


@pytest.mark.parametrize("message", ["1", "3"])
def test_access_point_that_stops_before_a_message(bench, message):
    """Of scapy: it beacons, authenticates and associates, perhaps sends message 1, and then does nothing."""
    sta = bench.sta(network())
    own, number = mac_of(sta), 0
    body = Dot11Elt(ID=0, info=SSID.encode()) / Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96\x0c\x12\x18\x24") / Dot11Elt(ID=3, info=b"\x06")
    header = {"type": 0, "addr2": BSSID, "addr3": BSSID}

    def is_named():
        return f"does not send message {message}" in " ".join(c["sentence"] for c in why(sta.node, "wlan0")["causes"][:1])

    with Radio(bench.socket, "half", FREQ, BSSID) as radio:
        def turn():
            nonlocal number
            number += 1
            beacon = Dot11(subtype=8, addr1="ff:ff:ff:ff:ff:ff", SC=number << 4, **header) / Dot11Beacon(cap="ESS+privacy") / body / Dot11Elt(ID=48, info=RSN)
            radio.send(bytes(beacon))
            try:
                frame = Dot11(radio.frame(0.1, lambda frame: frame[10:16] == bytes.fromhex(own.replace(":", ""))).frame)
            except Exception:  # none came: the next beacon
                return first(sta.node, "wlan0") == "handshake_stops" and is_named()
            if frame.haslayer(Dot11Auth):
                radio.send(bytes(Dot11(subtype=11, addr1=own, **header) / Dot11Auth(algo=0, seqnum=2, status=0)))
            elif frame.haslayer(Dot11AssoReq):
                radio.send(bytes(Dot11(subtype=1, addr1=own, **header) / Dot11AssoResp(cap="ESS+privacy", status=0, AID=0xC001) /
                                 Dot11Elt(ID=1, info=b"\x82\x84\x8b\x96\x0c\x12\x18\x24")))
                if message == "3":
                    radio.send(bytes(Dot11(type=2, subtype=0, FCfield="from-DS", addr1=own, addr2=BSSID, addr3=BSSID)) + message_1())
            return False
        wait_for(f"the station waits in vain for message {message}", turn, 60, step=0.01)


def test_station_that_nobody_has_heard(bench):
    bench.ap(wpa2())
    assert "02:00:00:00:00:77" in found(bench.node("ap"), "02:00:00:00:00:77", "never_heard")


# ---- this machine


def test_medium_ends(bench):
    bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    assert bench.air.stop() == 0
    found(sta.node, "wlan0", "medium")
    found(bench.node("ap"), "ap0", "medium")


def test_interface_down(bench):
    bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    sta.node.ip("link set wlan0 down")
    found(sta.node, "wlan0", "interface_down")
    sta.node.ip("link set wlan0 up")
    bench.node("ap").ip("link set ap0 down")
    found(bench.node("ap"), mac_of(sta), "interface_down")


def test_interface_that_left_its_bridge(bench):
    bench.ap(wpa2("bridge=br0"))
    node = bench.node("ap")
    assert why(node, "ap0")["causes"] == []
    node.ip("link set ap0 nomaster")
    assert "br0" in found(node, "ap0", "not_in_bridge")


def test_no_network_is_enabled(bench):
    sta = bench.sta(network("disabled=1"))
    found(sta.node, "wlan0", "no_network")


def test_station_that_rests(bench):
    folder = bench.file("ctrl")
    bench.ap(wpa2())
    sta = bench.sta(f"ctrl_interface={folder}\n" + network()).connected()
    sta.node.run([program(), "sta", "disconnect", "--control", folder])
    found(sta.node, "wlan0", "resting")


def test_killed_process(bench):
    """Its socket stays behind, and nobody listens."""
    ap = bench.ap(wpa2())
    station = mac_of(bench.sta(network()).connected())
    node = bench.node("ap")
    assert why(node, "ap0")["causes"] == []
    ap.proc.send_signal(signal.SIGKILL)
    ap.proc.wait(10)
    bench.processes.remove(ap)
    for asked in ("ap0", station):
        assert "`vifi ap` on ap0 has ended" in found(node, asked, "process")


def test_stopped_process(bench):
    """By a signal: it holds its socket, and answers nothing."""
    ap = bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    ap.proc.send_signal(signal.SIGSTOP)
    try:
        for asked in ("ap0", mac_of(sta)):
            assert "`vifi ap` on ap0 does not answer" in found(bench.node("ap"), asked, "process")
    finally:
        ap.proc.send_signal(signal.SIGCONT)
    sta.proc.send_signal(signal.SIGSTOP)
    try:
        assert "`vifi sta` on wlan0 does not answer" in found(sta.node, "wlan0", "process")
    finally:
        sta.proc.send_signal(signal.SIGCONT)


# ---- frames of a connection


def test_station_without_address(bench):
    bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    sta.node.ip("addr flush dev wlan0")
    verdict = why(sta.node, "wlan0")
    assert [(c["id"], c["level"]) for c in verdict["causes"]] == [("no_address", "warn")]


def test_weak_signal(bench):
    bench.ap(wpa2())
    bench.node("ap").run([program(), "air", "rule", "--socket", bench.socket, "from=* to=* signal=-85"])
    sta = bench.sta(network()).connected()
    sta.reaches()
    wait_for("the weak signal", lambda: first(sta.node, "wlan0") == "weak_signal" == first(bench.node("ap"), mac_of(sta)), 20, step=0.3)


def test_isolated_stations(bench):
    bench.ap(wpa2("ap_isolate=1"))
    one, other = (bench.sta(network()).connected() for _ in range(2))
    one.reaches()
    one.node.ip(f"neigh replace {other.address} lladdr {mac_of(other)} dev wlan0")
    assert one.node.ping(other.address, count=8, interval=0.02) == 0
    assert "ap_isolate=1" in found(bench.node("ap"), mac_of(one), "isolated")
    assert why(bench.node("ap"), mac_of(other))["causes"] == []
    one.node.ip(f"neigh del {other.address} dev wlan0")
    with guest_behind(bench, one) as (guest, address):
        wait_for("the guest reaches the access point", lambda: guest.ping(AP4, timeout=1), 20)
        assert guest.ping(other.address, timeout=1) == 0
        assert other.address in found(one.node, address, "ap_isolation")


def test_replayed_frames(bench):
    bench.ap(wpa2())
    sta = bench.sta(network()).connected()
    with Forger(bench) as forger:
        sta.reaches()
        frame = bytearray(forger.overhear(lambda item: is_data(item, mac_of(sta))))
        for sequence in range(8):
            frame[22:24] = (0x7000 + 16 * sequence).to_bytes(2, "little")
            assert forger.send(frame).acked
    found(bench.node("ap"), mac_of(sta), "replay")
    sta.reaches(AP4)


# ---- two faults at once


def test_the_deeper_one_of_two_faults_comes_first(bench):
    """Behind an interface that is down no passphrase matters; the other fault remains when it is up."""
    bench.ap(wpa2(passphrase="another horse"))
    sta = bench.sta(network())
    found(sta.node, "wlan0", "wrong_passphrase")
    sta.node.ip("link set wlan0 down")
    found(sta.node, "wlan0", "interface_down")
    sta.node.ip("link set wlan0 up")
    found(sta.node, "wlan0", "wrong_passphrase")


@contextlib.contextmanager
def guest_behind(bench, sta):
    """A guest behind `vifi bridge` of the station's host, and its address."""
    host, guest, address = sta.node, bench.node("guest"), "10.55.0.77"
    host.ip("link add br0 type bridge", "link set br0 up", f"link add vnet0 type veth peer name eth0 netns {guest.ns}",
            "link set vnet0 master br0 up")
    guest.ip("link set eth0 up", f"addr add {address}/24 dev eth0")
    bridge = host.start([program(), "bridge", "up", "wlan0", "br0"], log=bench.file("bridge.log"))
    try:
        yield guest, address
    finally:
        host.run([program(), "bridge", "down", "wlan0"], check=False)
        bridge.wait(10)


def test_guest_behind_a_station_that_cannot_connect(bench):
    """The radio of the uplink is at the root, before what the bridge sees of it."""
    bench.ap(wpa2(passphrase="another horse"))
    sta = bench.sta(network())
    with guest_behind(bench, sta):
        found(sta.node, "wlan0", "wrong_passphrase")
        found(sta.node, "vnet0", "wrong_passphrase")
        assert [c["id"] for c in why(sta.node, "vnet0")["causes"]][:2] == ["wrong_passphrase", "uplink"]
