# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` with wpa_supplicant, and `vifi sta` with hostapd, both on mac80211: see peers.py for the network.

The tests depend on each other, in the order of this file. All links are up at once, and rekeys happen during all tests.
"""
import subprocess

import pytest
from bed import CACHE
from peers import FOLDER, PASSPHRASE, PROTECTED, SIBLING, SUITES, Peers

NAMES = [suite.name for suite in SUITES]
both_sides = pytest.mark.parametrize("side", ["ap", "sta"])
each_suite = pytest.mark.parametrize("name", NAMES)
each_protected = pytest.mark.parametrize("name", [suite.name for suite in PROTECTED])


@pytest.fixture(scope="module")
def peers(peers_machine, request):
    built = Peers(peers_machine)
    request.session.config.vifi_world = built
    built.build()
    return built


@each_suite
def test_supplicant_connects_to_vifi_ap(peers, name):
    """wpa_supplicant associates with the configured suite; unicast and broadcast frames pass in both directions."""
    link = peers.link("ap", name)
    link.connected()
    peers.wait(f"wpa_cli -p /run/wpas-peers{link.suite.number} -i wlan0 status | grep -q wpa_state=COMPLETED")
    status = peers.cli(link.suite.number, "status")
    assert f"bssid={link.bssid}" in status
    for shown in link.suite.shows:
        assert shown in status, status
    link.reach(56, 1472, broadcast=True)


@each_suite
def test_vifi_sta_connects_to_hostapd(peers, name):
    link = peers.link("sta", name)
    link.connected()
    status = peers.hostapd_cli(link.suite.number, f"sta {link.sta}")
    assert "[AUTH][ASSOC][AUTHORIZED]" in status
    assert ("[MFP]" in status) == link.suite.mfp
    link.reach(56, 1472, broadcast=True)


@both_sides
@pytest.mark.parametrize("name", ["ccmp", "gcmp256", "tkip"])
def test_fragments_of_mac80211_arrive(peers, side, name):
    """mac80211 fragments MSDUs of a full MTU; the large ping is fragmented by IP as well."""
    link = peers.link(side, name)
    node, phy = (link.sta_node, link.sta_node) if side == "ap" else ("h", "h")
    peers.inside(node, f"iw phy {phy} set frag 400")
    try:
        assert "threshold: 400" in peers.inside(node, f"iw phy {phy} info")
        link.reach(1472, 4000)
    finally:
        peers.inside(node, f"iw phy {phy} set frag off")


@pytest.mark.parametrize("name", ["sha256", "open"])
def test_vifi_ap_buffers_frames_for_a_dozing_station(peers, name):
    """The TIM announces frames, a PS-Poll fetches one; group frames follow the DTIM beacon."""
    link = peers.link("ap", name)
    power = f"/sys/kernel/debug/ieee80211/k{link.suite.number}/hwsim/ps"
    peers.run(f"echo 1 >{power}")
    try:
        # The ping has no answer until the station polls; each poll fetches one frame.
        peers.run(f"""ip netns exec vap ping -n -q -c 1 -W 20 {link.net}.2 >/dev/null & ping=$!
            sleep 0.6; kill -0 $ping || exit 1
            while kill -0 $ping 2>/dev/null; do echo 3 >{power}; echo 1 >{power}; sleep 0.1; done
            wait $ping""", 30)
        link.wait_for_pings([("vap", f"-b -I {link.ap_dev} {link.net}.255")])
    finally:
        peers.run(f"echo 0 >{power}")
    link.reach(56)


def test_vifi_ap_reports_a_wrong_passphrase(peers):
    peers.supplicant(6, SUITES[0], passphrase="not-the-passphrase")
    peers.wait_for_log("ap.log", "02:00:00:00:00:07: the passphrases differ")
    peers.wait_for_log("k6.log", "WRONG_KEY")
    assert peers.count("ap.log", "02:00:00:00:00:07: connected") == 0
    peers.cli(6, "terminate")


def test_vifi_sta_reports_a_wrong_passphrase(peers):
    peers.vifi_station(6, SUITES[0], passphrase="not-the-passphrase")
    peers.wait_for_log("v6.log", "the passphrases differ")
    peers.wait_for_log("hostapd.log", "AP-STA-POSSIBLE-PSK-MISMATCH 02:00:00:00:0c:06")
    assert peers.count("v6.log", "connected: keys") == 0
    peers.run(f"kill $(cat {FOLDER}/v6.pid)")


@each_protected
def test_keys_are_renewed(peers, name):
    """Group and pairwise rekeys by `vifi ap` with wpa_supplicant, and by hostapd with `vifi sta`."""
    ap, sta = peers.link("ap", name), peers.link("sta", name)
    peers.wait_for_log("ap.log", f"{ap.bssid}: new group keys")
    peers.wait_for_log(ap.sta_log, "WPA: Group rekeying completed")
    peers.wait_for_log("ap.log", f"{ap.sta}: new pairwise keys")
    peers.wait_for_log(sta.sta_log, "new group keys")
    peers.wait_for_log(sta.sta_log, "new pairwise keys")
    for link in (ap, sta):
        link.reach(56, broadcast=True)
        assert link.connections() == 1


@both_sides
@each_protected
def test_deauthenticated_station_reconnects(peers, side, name):
    """wpa_supplicant deauthenticates from `vifi ap`, and hostapd deauthenticates `vifi sta`. With PMF these frames are
    protected, or the receiver would ignore them."""
    link = peers.link(side, name)
    before = link.connections()
    if side == "ap":
        peers.cli(link.suite.number, "disconnect")
        peers.wait_for_log("ap.log", f"{link.sta}: disconnected (code 3)", 1)
        peers.cli(link.suite.number, "reconnect")
    else:
        peers.hostapd_cli(link.suite.number, f"deauthenticate {link.sta}")
    link.connected(before + 1)
    link.reach(56)


def test_vifi_sta_answers_an_sa_query(peers):
    """hostapd would deauthenticate it after a second without an answer."""
    link = peers.link("sta", "sha256")
    before = link.connections()
    assert "OK" in peers.hostapd_cli(link.suite.number, f"sa_query {link.sta}")
    link.reach(56)
    assert link.connections() == before


def test_vifi_sta_rejects_a_bss_transition_request_without_candidates(peers):
    """Status 7: no suitable candidate (Table 9-428)."""
    link = peers.link("sta", "ccmp")
    peers.hostapd_cli(link.suite.number, f"bss_tm_req {link.sta} pref=1 abridged=1 valid_int=20")
    peers.wait_for_log("hostapd.log", f"BSS-TM-RESP {link.sta} status_code=7")


def test_vifi_sta_follows_a_channel_switch(peers):
    """hostapd announces the switch in its beacons; all its stations stay connected."""
    links = [peers.link("sta", name) for name in NAMES]
    before = [link.connections() for link in links]
    assert "OK" in peers.hostapd_cli(0, "chan_switch 10 5200 bandwidth=20")
    peers.wait_for_log("hostapd.log", "AP-CSA-FINISHED freq=5200")
    for link in links:
        peers.wait_for_log(link.sta_log, "following the access point to another channel")
        link.reach(56)
    assert [link.connections() for link in links] == before


def test_vifi_ap_accepts_a_reassociation(peers):
    """wpa_supplicant associates again without deauthentication. With PMF, `vifi ap` accepts that only after the SA
    Query on the old association has timed out."""
    for name in ("ccmp", "sha256"):
        link = peers.link("ap", name)
        before = link.connections()
        peers.cli(link.suite.number, "reassociate")
        link.connected(before + 1)
        link.reach(56)


def test_roaming_station_leaves_its_old_bss(peers):
    """To another BSS of the same SSID and back: each time `vifi ap` removes it from the old BSS without a
    deauthentication from the station."""
    link = peers.link("ap", "ccmp")
    peers.cli(0, "set_network 0 bssid any")
    peers.cli(0, "scan freq=2412")
    peers.wait(f"wpa_cli -p /run/wpas-peers0 -i wlan0 scan_results | grep -q {SIBLING}")
    for new in (SIBLING, link.bssid):
        left = peers.count("ap.log", f"{link.sta}: disconnected (code 8)")
        before = link.connections()
        peers.cli(0, f"roam {new}")
        link.connected(before + 1)
        assert peers.count("ap.log", f"{link.sta}: disconnected (code 8)") == left + 1
        peers.wait(f"wpa_cli -p /run/wpas-peers0 -i wlan0 status | grep -q bssid={new}")
    peers.cli(0, f"set_network 0 bssid {link.bssid}")
    link.reach(56)


def test_stations_reconnect_after_a_restart_of_their_access_point(peers):
    """hostapd and `vifi ap` restart."""
    links = list(peers.links.values())
    before = {link: link.connections() for link in links}
    peers.run(f"kill $(cat {FOLDER}/ap.pid {FOLDER}/hostapd.pid)")
    peers.wait(f"! kill -0 $(cat {FOLDER}/ap.pid) 2>/dev/null && ! kill -0 $(cat {FOLDER}/hostapd.pid) 2>/dev/null")
    peers.start_ap()
    peers.start_hostapd()
    for link in links:
        link.connected(before[link] + 1)
        link.reach(56)


def test_tshark_decrypts_the_capture_of_the_air(peers):
    """It decrypts pings of each protected network, in both directions."""
    peers.run(f"kill $(cat {FOLDER}/air.pid); sleep 0.3")
    path = CACHE / "peers.pcapng"
    path.write_bytes(peers.machine.get(f"cat {FOLDER}/air.pcapng"))
    keys = [f'uat:80211_keys:"wpa-pwd","{PASSPHRASE}:{link.ssid}"' for link in peers.links.values() if link.suite.protected]
    command = ["tshark", "-n", "-r", str(path), "-o", "wlan.enable_decryption:TRUE", *[x for key in keys for x in ("-o", key)],
               "-Y", "wlan.fc.protected == 1 && icmp", "-T", "fields", "-e", "wlan.bssid", "-e", "wlan.fc.tods"]
    seen = set(map(tuple, (line.split("\t") for line in subprocess.run(command, capture_output=True, text=True, timeout=600,
                                                                       check=True).stdout.splitlines())))
    for link in peers.links.values():
        if link.suite.protected:
            assert {(link.bssid, "0"), (link.bssid, "1")} <= seen, link.ssid
