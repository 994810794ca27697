# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of failure that hostap's own suite has found in `vifi ap`, as a test of our own: stock hostapd_cli and wpa_cli at
the sockets, stock wpa_supplicant as the stations.

    hostapd_cli ── /run/ctrl/wlan0 ── vifi ap wlan0 ))) (((── wpa_supplicant wlan0, namespaces s0, s1
"""
import pytest
from bed import BUILD
from conftest import booted
from test_hostapd_cli import CLI, CONF, OTHER, STATION, ask, start_global
from test_nl80211_ap import FOLDER, PASSPHRASE, Card

SAE = CONF + "wpa_key_mgmt=SAE\nieee80211w=1\n"
SAE_STATION = ["key_mgmt=SAE", "ieee80211w=1"]
PSK = CONF + f"wpa_passphrase={PASSPHRASE}\n"


@pytest.fixture(scope="module")
def machine():
    with booted("hostapd-suite", [BUILD / "vifi"], {}) as running:
        yield running


@pytest.fixture(scope="module")
def loaded(machine):
    card = Card(machine)
    card.load(2)
    return card


@pytest.fixture
def card(loaded, request):
    request.config.vifi_world = loaded
    yield loaded
    stop(loaded)


def stop(card):
    """Ends all, and waits for the stations: their sockets have the same names in the next test."""
    card.stop()
    card.wait("! ls /run/nlap-s*/wlan0 2>/dev/null | grep -q .")


def listen(card):
    """Collects the events of the access point."""
    card.file(f"{FOLDER}/action", f"#!/bin/sh\necho \"$@\" >>{FOLDER}/events\n")
    card.run(f"chmod +x {FOLDER}/action; : >{FOLDER}/events; {CLI} -B -P {FOLDER}/listener.pid -a {FOLDER}/action; sleep 0.2")


def reported(card, text, seconds=30):
    card.wait_for_lines(f"{FOLDER}/events", text, seconds=seconds)


def command(card, line, answer="OK"):
    assert card.run(f"{CLI} raw {line}; true").strip().splitlines()[-1] == answer


def refused(card, n=0, seconds=30):
    card.wait(f"grep -qE 'ASSOC-REJECT|AUTH-REJECT|SSID-TEMP-DISABLED' {FOLDER}/s{n}.log", seconds)


def rejoin(card, n=0):
    """The station connects anew. Returns its status."""
    card.cli(n, "disconnect")
    card.wait(f"{CLI} status | grep -q 'num_sta\\[0\\]=0'")
    card.cli(n, "reconnect")
    card.completed(n)
    return card.cli(n, "status")


def test_interface_goes_down_and_up(card):
    card.start(PSK)
    card.station()
    listen(card)
    card.run("ip link set wlan0 down")
    reported(card, f"AP-STA-DISCONNECTED {STATION}")
    reported(card, "INTERFACE-DISABLED")
    card.run("sleep 3; ip link set wlan0 up")
    reported(card, "INTERFACE-ENABLED")
    card.completed(seconds=60)
    reported(card, f"AP-STA-CONNECTED {STATION}")


def test_management_frames_are_reported(card):
    card.start(PSK + "notify_mgmt_frames=1\n")
    listen(card)
    card.station()
    reported(card, "AP-MGMT-FRAME-RECEIVED buf=b0")  # the authentication
    reported(card, "AP-MGMT-FRAME-RECEIVED buf=00")  # the association
    assert "buf=40" not in card.run(f"cat {FOLDER}/events")


def test_a_second_ptk_is_denied(card):
    card.start(PSK + "wpa_deny_ptk0_rekey=2\n")
    assert "wpa_deny_ptk0_rekey=2" in card.run(f"{CLI} get_config").splitlines()
    card.station(lines=["wpa_ptk_rekey=2"])
    card.logged("the driver cannot replace a pairwise key", seconds=30)
    card.logged("connected: keys are installed", 2, seconds=30)


def test_sae_without_a_cache(card):
    card.start(SAE + "sae_password=only one\ndisable_pmksa_caching=1\n")
    card.station(lines=SAE_STATION, passphrase="only one")
    assert "sae_group=19" in rejoin(card)


def test_sae_password_comes_later(card):
    card.start(SAE)
    card.station(lines=SAE_STATION, passphrase="first-one", wait=False)
    refused(card)
    command(card, "SET sae_password first-one")
    card.completed(seconds=60)
    command(card, "SET sae_password ''")
    card.station(1, lines=SAE_STATION, passphrase="first-one", wait=False)
    refused(card, 1)


def test_sae_without_pmf_is_the_files_choice(card):
    card.start(SAE + "sae_password=only one\n")
    card.station(lines=["key_mgmt=SAE", "ieee80211w=0"], passphrase="only one")
    stop(card)
    card.start(SAE + "sae_password=only one\nsae_require_mfp=1\n")
    card.station(lines=["key_mgmt=SAE", "ieee80211w=0"], passphrase="only one", wait=False)
    refused(card)


def test_no_group_for_sae(card):
    card.start(SAE + "sae_password=only one\nsae_groups=0\n")
    card.station(lines=SAE_STATION, passphrase="only one", wait=False)
    refused(card, seconds=60)


def test_rejected_groups_are_shown(card):
    card.start(SAE + "sae_password=only one\nsae_groups=19\nsae_pwe=1\n")
    card.station(lines=SAE_STATION, passphrase="only one", options="sae_pwe=1\nsae_groups=21 20 19\n")
    assert "sae_rejected_groups=21 20" in card.run(f"{CLI} sta {STATION}").splitlines()


def test_silent_station_goes_without_a_poll(card):
    card.start(PSK + "ap_max_inactivity=3\nskip_inactivity_poll=1\nbss_max_idle=0\n")
    listen(card)
    card.station()
    reported(card, f"AP-STA-DISCONNECTED {STATION}")


@pytest.mark.parametrize("max_idle", [1, 2])
def test_station_keeps_itself_alive(card, max_idle):
    """It learns from the association response how long it may be silent, as the test above shows: nobody polls it."""
    card.start(PSK + f"ap_max_inactivity=3\nskip_inactivity_poll=1\nbss_max_idle={max_idle}\n")
    card.station()
    card.run("sleep 12", 30)
    assert status(card)["num_sta[0]"] == "1"
    assert int(card.run(f"{CLI} sta {STATION} | sed -n s/^connected_time=//p")) >= 12


def test_accept_list_starts_empty(card):
    card.start(PSK + "macaddr_acl=1\n")
    card.station(wait=False)
    command(card, f"accept_acl ADD_MAC {STATION}".replace("accept_acl", "ACCEPT_ACL"))
    card.completed(seconds=60)
    command(card, "ACCEPT_ACL ADD_MAC 02:00:00:00", "FAIL")
    command(card, f"ACCEPT_ACL DEL_MAC {OTHER}")
    command(card, f"DENY_ACL ADD_MAC {OTHER} VLAN_ID=2")
    assert f"{OTHER} VLAN_ID=2" in card.run(f"{CLI} raw DENY_ACL SHOW")
    command(card, "POLL_STA 11:22:33:44:55:66", "FAIL")


def configure(card, *lines):
    """A network of the global socket, whose process keeps its privileges."""
    start_global(card)
    assert "OK" in ask(card, "ADD wlan0 /run/ctrl")
    for line in lines:
        command(card, f"SET {line}")
    command(card, "ENABLE")
    card.on_air()


def test_network_begun_by_set(card):
    start_global(card)
    assert "OK" in ask(card, "ADD wlan0 /run/ctrl")
    for line in ("ssid home", "channel 12345", "bss wlan0-2", "ssid other", "ignore_broadcast_ssid 1"):
        command(card, f"SET {line}")
    assert "FAIL" in card.run(f"{CLI} raw ENABLE; true")
    for line in ("channel 1", "ssid home"):
        command(card, f"SET {line}")
    command(card, "ENABLE")
    card.on_air(2)
    card.station(ssid="home", passphrase=None)
    card.station(1, ssid="other", passphrase=None, lines=["scan_ssid=1"])


def test_setting_of_another_network(card):
    start_global(card)
    assert "OK" in ask(card, "ADD wlan0 /run/ctrl")
    assert "OK" in ask(card, "ADD none0 /run/ctrl")
    for line in ("wpa 2", "wpa_passphrase " + PASSPHRASE, "rsn_pairwise CCMP"):
        assert "OK" in ask(card, f"IFNAME=none0 SET {line}")
    for key in ("wpa", "wpa_passphrase", "rsn_pairwise"):
        assert "OK" in ask(card, f"DUP_NETWORK none0 wlan0 {key}")
    assert "FAIL" in ask(card, "DUP_NETWORK none0 wlan0 no_such_key")
    for line in ("ssid home", "channel 1"):
        command(card, f"SET {line}")
    command(card, "ENABLE")
    card.on_air()
    card.station()


def test_bridge_and_its_maker_are_shown(card):
    card.start(PSK + "bridge=brnew\n")
    status = card.run(f"{CLI} raw STATUS-DRIVER").splitlines()
    index = card.run("cat /sys/class/net/wlan0/ifindex").strip()
    assert {"brname=brnew", "added_bridge=1", "added_if_into_bridge=1", f"ifindex={index}"} <= set(status), status
    stop(card)
    card.run("ip link del brnew")


def test_cut_element_of_wpa(card):
    card.start(f"ctrl_interface=/run/ctrl\nssid=home\nchannel=1\nwpa=1\nwpa_pairwise=CCMP\nwpa_passphrase={PASSPHRASE}\n")
    card.station(lines=["proto=WPA", "pairwise=CCMP", "group=CCMP"])
    card.cli(0, "disconnect")
    element = "dd170050f20101000050f20401000050f20401000050f202ff"
    assert "OK" in card.cli(0, f"vendor_elem_add 13 {element}")
    card.cli(0, "reconnect")
    card.logged("associated", 2)


def test_unprotected_goodbyes_do_nothing(card):
    configure(card, "ssid home", "channel 1", "wpa 2", f"wpa_passphrase {PASSPHRASE}", "rsn_pairwise CCMP", "ieee80211w 2",
              "wpa_key_mgmt WPA-PSK-SHA256")
    card.station(lines=["key_mgmt=WPA-PSK-SHA256", "ieee80211w=2"], debug="-d")
    for verb in ("DEAUTHENTICATE", "DISASSOCIATE"):
        command(card, f"{verb} {STATION} reason=6 test=0")
    card.wait(f"grep -q 'SA Query' {FOLDER}/s0.log")
    card.run("sleep 3")
    assert "wpa_state=COMPLETED" in card.cli(0, "status")
    assert "num_sta[0]=1" in card.run(f"{CLI} status").splitlines()
    command(card, f"DEAUTHENTICATE {STATION} test=1")  # a protected one
    card.logged("disconnected")


def test_log_levels(card):
    card.start(PSK)
    for level in ("EXCESSIVE", "MSGDUMP", "DEBUG", "INFO", "WARNING", "ERROR"):
        command(card, f"LOG_LEVEL {level} 1")
        assert f"Current level: {level}\nTimestamp: 1" in card.run(f"{CLI} raw LOG_LEVEL")
    command(card, "LOG_LEVEL FOO", "FAIL")


def test_check_leaves_the_regulatory_domain_alone(card):
    card.file(f"{FOLDER}/check.conf", f"interface=wlan0\nssid=home\nhw_mode=a\nchannel=36\ncountry_code=JP\nwpa=2\nwpa_passphrase={PASSPHRASE}\n")
    output = card.run(f"vifi ap --check {FOLDER}/check.conf")
    assert "rules of the country JP were not checked" in output and "hostapd 2.10 has TKIP then" in output
    assert "country DE" in card.run("iw reg get")


def test_status_signal_covers_radios_of_the_global_socket(card):
    configure(card, "ssid home", "channel 1")
    card.run(f"kill -USR1 $(cat {FOLDER}/ap.pid)")
    card.logged("network home, ")


def status(card):
    return dict(line.split("=", 1) for line in card.run(f"{CLI} status").splitlines() if "=" in line)


WIDE = ("ssid home", "hw_mode a", "channel 36", "country_code DE", "ieee80211n 1", "ieee80211ac 1", "vht_oper_chwidth 1")


def test_channel_and_modes_that_run_are_shown(card):
    """STATUS has what runs; contradictory options begin no CHAN_SWITCH. test_nl80211_ap_switch.py has the others."""
    configure(card, *WIDE, "ht_capab [HT40+]", "vht_oper_centr_freq_seg0_idx 42")
    shown = status(card)
    assert [shown[key] for key in ("secondary_channel", "ieee80211n", "ieee80211ac", "vht_oper_chwidth")] == ["1", "1", "1", "1"]
    assert shown["vht_oper_centr_freq_seg0_idx"] == "42" and int(shown["vht_caps_info"], 16)
    assert {"AP", "AP_CSA", "AP_MLME"} <= set(card.run(f"{CLI} raw DRIVER_FLAGS").split())
    for line in ("5 5240 center_freq1=5180", "5 5240 bandwidth=40 sec_channel_offset=1 ht", "5 5240 bandwidth=40 center_freq1=5250",
                 "5 5240 bandwidth=80 center_freq1=5210 center_freq2=5775 vht"):
        command(card, f"CHAN_SWITCH {line}", "FAIL")


def test_width_that_the_country_forbids_becomes_narrower(card):
    """hostapd goes on with 20 MHz where the halves do not pair; a wrong centre ends in AP-DISABLED, after OK, as with a country."""
    configure(card, *WIDE, "ht_capab [HT40-]")
    card.logged("using 20 MHz, narrower than configured: channel 36 pairs with the channel above it")
    assert [status(card)[key] for key in ("secondary_channel", "vht_oper_chwidth")] == ["0", "0"]
    listen(card)
    command(card, "DISABLE")
    for line in ("ht_capab [HT40+]", "vht_oper_centr_freq_seg0_idx 46"):
        command(card, f"SET {line}")
    card.run(f": >{FOLDER}/events")
    command(card, "ENABLE")
    reported(card, "AP-DISABLED")
    card.logged("has its centre at channel 42, not 46")


def test_search_for_overlapping_networks_has_a_state(card):
    """ENABLE answers before the search, which STATUS shows; AP-ENABLED follows it. Before there is no driver to describe."""
    start_global(card)
    assert "OK" in ask(card, "ADD wlan0 /run/ctrl")
    assert "state=UNINITIALIZED" in card.run(f"{CLI} status")
    command(card, "STATUS-DRIVER", "FAIL")
    command(card, "MIB foo", "FAIL")
    for line in ("ssid home", "channel 1", "ieee80211n 1", "ht_capab [HT40+]"):
        command(card, f"SET {line}")
    listen(card)
    assert "state=HT_SCAN" in card.run(f"{CLI} enable >/dev/null; {CLI} status; : >{FOLDER}/events")
    reported(card, "AP-ENABLED")
    assert [status(card)[key] for key in ("state", "secondary_channel")] == ["ENABLED", "1"]


def test_elements_of_the_operator(card):
    """vendor_elements are in beacons, and change by UPDATE_BEACON while stations stay; malformed ones are refused."""
    configure(card, "ssid home", "channel 1", "vendor_elements dd0411223301", "assocresp_elements dd0411223302")
    card.station(passphrase=None)
    elements = card.cli(0, f"bss {status(card)['bssid[0]']}")
    assert "dd0411223301" in elements and "dd0411223302" not in elements
    command(card, "SET vendor_elements dd0511223302", "FAIL")
    command(card, "SET vendor_elements dd051122330302")
    command(card, "UPDATE_BEACON")
    station = "wpa_cli -p /run/nlap-s0 -i wlan0"
    card.wait(f"{station} raw SCAN freq=2412 >/dev/null; sleep 1; {station} bss {status(card)['bssid[0]']} | grep -q dd051122330302")
    assert status(card)["num_sta[0]"] == "1"


def inject(card, frame):
    """A frame of a monitor beside the second station, which is off."""
    octets = "".join(f"\\{int(frame[i:i + 2], 16):03o}" for i in range(0, len(frame), 2))
    card.run(f"""
        ip -n s1 link show mon0 >/dev/null 2>&1 || ip netns exec s1 iw dev wlan0 interface add mon0 type monitor
        ip -n s1 link set mon0 up
        ip netns exec s1 iw dev mon0 set channel 1
        printf '{octets}' >{FOLDER}/frame
        ip netns exec s1 socat -u -b 4096 FILE:{FOLDER}/frame INTERFACE:mon0""")


def test_data_frame_of_a_group_answers_nobody(card):
    """The class 3 error that it asks for would deauthenticate all stations, under the key of group management frames."""
    configure(card, "ssid home", "channel 1", "wpa 2", f"wpa_passphrase {PASSPHRASE}", "rsn_pairwise CCMP", "ieee80211w 2",
              "wpa_key_mgmt WPA-PSK-SHA256")
    card.station(lines=["key_mgmt=WPA-PSK-SHA256", "ieee80211w=2"], debug="-d")
    bssid = status(card)["bssid[0]"].replace(":", "")
    for sender in (12 * "f", 6 * "01", bssid):
        inject(card, f"000008000000000048010000{bssid}{sender}{bssid}0000")
    card.run("sleep 1; ip netns exec s1 iw dev mon0 del")
    assert "CTRL-EVENT-DISCONNECTED" not in card.run(f"cat {FOLDER}/s0.log")
    assert "wpa_state=COMPLETED" in card.cli(0, "status")


def test_stations_that_were_heard_are_listed(card):
    configure(card, "ssid home", "channel 1", "track_sta_max_num 5", "track_sta_max_age 3")
    assert card.run(f"{CLI} raw TRACK_STA_LIST; true").strip() in ("", ">")
    card.station(passphrase=None)
    command_output = f"{CLI} raw TRACK_STA_LIST"
    card.wait(f"{command_output} | grep -qE '^{STATION} [0-3] -[0-9]+$'")
    card.wait(f"! {command_output} | grep -q {STATION}", 30)


def test_multi_ap_serves_other_access_points(card):
    """A BSS for backhaul alone: stock wpa_supplicant as the station of another access point, and as one that is none."""
    configure(card, "ssid home", "channel 1", "multi_ap 1", "wds_sta 1", "wpa 2", f"wpa_passphrase {PASSPHRASE}", "rsn_pairwise CCMP")
    listen(card)
    card.station(lines=["multi_ap_backhaul_sta=1"], wait=False)
    reported(card, f"WDS-STA-INTERFACE-ADDED ifname=wlan0.sta1 sta_addr={STATION}")
    card.station(1, wait=False)
    card.wait(f"grep -q 'ASSOC-REJECT.*status_code=12' {FOLDER}/s1.log")


NEIGHBOUR = "02:00:00:00:77:00"


def test_neighbours_and_moves(card):
    """What hostapd.conf files of roaming networks have: neighbour reports, beacon reports, BSS transition management."""
    configure(card, "ssid home", "channel 1", "bss_transition 1", "rrm_neighbor_report 1", "rrm_beacon_report 1")
    bssid = status(card)["bssid[0]"]
    listen(card)
    card.station(passphrase=None)
    report = NEIGHBOUR.replace(":", "") + "00000000" + "730107"
    command(card, f"SET_NEIGHBOR {NEIGHBOUR} ssid=686f6d65 nr={report}")
    shown = card.run(f"{CLI} raw SHOW_NEIGHBOR").splitlines()
    assert [line.split()[0] for line in shown] == [bssid, NEIGHBOUR] and shown[1].endswith(f"nr={report}")
    assert "OK" in card.cli(0, "neighbor_rep_request")
    card.wait(f"grep -q 'RRM-NEIGHBOR-REP-RECEIVED bssid={NEIGHBOUR}' {FOLDER}/s0.log")
    token = card.run(f"{CLI} raw REQ_BEACON {STATION} 51000000000002ffffffffffff020100").strip()
    reported(card, f"BEACON-REQ-TX-STATUS {STATION} {token} ack=1")
    reported(card, f"BEACON-RESP-RX {STATION} {token} 00 5101")
    command(card, f"BSS_TM_REQ {STATION} pref=1 abridged=1 neighbor={NEIGHBOUR},0x0000,81,11,7,0301ff")
    reported(card, f"BSS-TM-RESP {STATION} status_code=7")  # it hears no such access point
    assert "OK" in card.cli(0, "wnm_bss_query 0")
    reported(card, f"BSS-TM-QUERY {STATION} reason=0")
    command(card, f"BSS_TM_REQ {STATION} disassoc_timer=q", "FAIL")
    command(card, f"REMOVE_NEIGHBOR {NEIGHBOUR}")
    command(card, f"BSS_TM_REQ {STATION} disassoc_timer=5")
    reported(card, f"AP-STA-DISCONNECTED {STATION}")


@pytest.mark.parametrize("lines, station", [
    ("wpa=3\nwpa_pairwise=TKIP\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK SAE\nsae_pwe=1\n", ["proto=WPA", "pairwise=TKIP", "group=TKIP"]),
    ("wpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK WPA-PSK-SHA256 SAE\nieee80211w=1\n", ["key_mgmt=SAE", "ieee80211w=2"]),
], ids=["wpa", "three-akms"])
def test_more_akms_than_the_kernel_takes(card, lines, station):
    """cfg80211 refuses a START_AP with more than two AKMs; those of WPA and of RSN are the same one."""
    card.start(f"ctrl_interface=/run/ctrl\nssid=home\nchannel=1\nwpa_passphrase={PASSPHRASE}\n{lines}")
    card.station(lines=station)


def test_twenty_networks_of_one_radio(card):
    """Cards with 16 and more interfaces exist."""
    more = "".join(f"bss=wlan0-{n}\nssid=home-{n}\nctrl_interface=/run/ctrl\n" for n in range(1, 20))
    card.start(f"ctrl_interface=/run/ctrl\nssid=home\nchannel=1\nbssid=02:00:00:00:00:00\n{more}")
    card.station(ssid="home-19", passphrase=None)
    assert "num_sta[19]=1" in card.run("hostapd_cli -p /run/ctrl -i wlan0-19 status")


def test_key_managements_have_hostapds_order(card):
    card.start(SAE.replace("SAE", "SAE FT-SAE WPA-PSK-SHA256 FT-PSK WPA-PSK") + f"wpa_passphrase={PASSPHRASE}\nmobility_domain=a1b2\n"
               "nas_identifier=one.example\nft_over_ds=0\n")
    assert "key_mgmt=WPA-PSK FT-PSK FT-SAE WPA-PSK-SHA256 SAE" in card.run(f"{CLI} get_config").splitlines()


def second_radio(card, name):
    """A radio of the last station beside that of the access point."""
    card.run(f"""set -e
        [ -e /sys/class/net/{name} ] && exit 0
        ip -n s9 link set wlan0 name {name}
        ip netns exec s9 iw phy $(ip netns exec s9 cat /sys/class/net/{name}/phy80211/name) set netns 1""")


def test_pair_of_owe_over_two_radios(card):
    """Each names the other by its interface, before that one is there. The open one gets another name later."""
    second_radio(card, "wlan9")
    start_global(card)
    for interface, lines in (("wlan0", ("ssid hidden", "channel 1", "wpa 2", "wpa_key_mgmt OWE", "rsn_pairwise CCMP", "ieee80211w 2",
                                        "ignore_broadcast_ssid 1", "owe_transition_ifname wlan9")),
                             ("wlan9", ("ssid home", "channel 6", "owe_transition_ifname wlan0"))):
        assert "OK" in ask(card, f"ADD {interface} /run/ctrl")
        for line in lines:
            assert "OK" in ask(card, f"IFNAME={interface} SET {line}"), line
        assert "OK" in ask(card, f"IFNAME={interface} ENABLE")
    card.on_air(2)
    card.station(passphrase=None, frequency="2412 2437", lines=["key_mgmt=OWE", "ieee80211w=2"])
    assert "key_mgmt=OWE" in card.cli(0, "status")
    assert "OK" in ask(card, "IFNAME=wlan9 SET ssid other") and "OK" in ask(card, "IFNAME=wlan9 RELOAD")
    card.station(1, ssid="other", passphrase=None, frequency="2412 2437", lines=["key_mgmt=OWE", "ieee80211w=2"])
    assert "key_mgmt=OWE" in card.cli(1, "status")
