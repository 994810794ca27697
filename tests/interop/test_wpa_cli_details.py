# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts and front ends of wpa_supplicant rely on, of `vifi sta` in its place: Debian's wpa_cli asks, Debian's hostapd is
the access point. Each test stands for a kind of hostap's tests that vifi has once failed.

    sta   vifi sta, wpa_cli   ))) hwsim (((   ap, ap2   hostapd
"""
from radios import FOLDER
from test_wpa_cli import NETWORK, Station

KERNEL = "6.1"
OPEN = "ssid={ssid}\nhw_mode=g\nchannel=6\n"
WPA = "ssid=home\nhw_mode=g\nchannel=6\nwpa=1\nwpa_key_mgmt=WPA-PSK\nwpa_pairwise=TKIP\nwpa_passphrase=interoperable\n"


def listen(station):
    """wpa_cli as a person uses it, whose output has the events."""
    return station.node.daemon("wpa_cli", f"sh -c 'sleep 1000 | wpa_cli -p {station.socket} -i {station.node.device}'")


def test_block_without_ciphers_joins_wpa_network(lab):
    """proto, pairwise and group default to all that wpa_supplicant has; TKIP is warned about."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(WPA)
    station = Station(sta, conf='network={\nssid="home"\npsk="interoperable"\n}\n')
    station.wait_state("COMPLETED")
    status = station.status()
    assert (status["pairwise_cipher"], status["group_cipher"], status["key_mgmt"]) == ("TKIP", "TKIP", "WPA-PSK")
    station.daemon.wait_for("all frames are protected by TKIP only")
    assert station.cli("get_network 0 pairwise").strip() == "CCMP TKIP"


def test_protected_network_by_bssid_alone(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(NETWORK.format(ssid="some name"))
    station = Station(sta, conf=f'network={{\nbssid={ap.mac}\npsk="interoperable"\n}}\n')
    station.wait_state("COMPLETED")
    assert station.status()["ssid"] == "some name"


def test_ap_scan_2_finds_hidden_networks_and_reports_absent_ones(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(OPEN.format(ssid="hidden") + "ignore_broadcast_ssid=1\n")
    station = Station(sta)
    events = listen(station)
    station.order("ap_scan 2")
    for ssid in ("absent", "hidden"):
        network = station.cli("add_network").split()[-1]
        station.order(f"""set_network {network} ssid '"{ssid}"'""")
        station.order(f"set_network {network} key_mgmt NONE")
        station.order(f"set_network {network} scan_freq 2437")
    station.order("select_network 0")
    events.wait_for("CTRL-EVENT-ASSOC-REJECT")
    station.order("select_network 1")
    station.wait_state("COMPLETED")


def test_channel_switch_is_announced_to_clients(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    hostapd = ap.hostapd(OPEN.format(ssid="home"))
    station = Station(sta, conf='network={\nssid="home"\nkey_mgmt=NONE\n}\n')
    station.wait_state("COMPLETED")
    events = listen(station)
    events.wait_for("Interactive mode")
    assert hostapd.cli("chan_switch 5 2462").split()[-1] == "OK"
    events.wait_for("CTRL-EVENT-STARTED-CHANNEL-SWITCH freq=2462")
    events.wait_for("CTRL-EVENT-CHANNEL-SWITCH freq=2462")
    assert station.status()["freq"] == "2462"
    assert "freq=2462\n" in station.cli("status-driver" if "status-driver" in station.cli("help") else "raw STATUS-DRIVER")


def test_clients_exclude_access_points(lab):
    """SET disallow_aps sends the station to another access point, and SET bssid_filter hides the others."""
    first, second, sta = lab.node("ap"), lab.node("ap2"), lab.node("sta")
    first.hostapd(OPEN.format(ssid="home"))
    station = Station(sta, conf='network={\nssid="home"\nkey_mgmt=NONE\n}\n')
    station.wait_state("COMPLETED")
    second.hostapd(OPEN.format(ssid="home"))
    station.order(f"set disallow_aps bssid {first.mac}")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 status | grep -q bssid={second.mac}", 60)
    station.order(f"set disallow_aps ssid {b'home'.hex()}")
    assert not sta.link()
    assert station.cli("set disallow_aps bssid x").split()[-1] == "FAIL"
    station.order(f"set bssid_filter {second.mac}")
    station.order("disconnect")
    station.order("bss_flush 0")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 scan | grep -qx OK")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 scan_results | grep -q {second.mac}", 30)
    assert first.mac not in station.cli("scan_results")


def test_log_is_reopened_and_driver_is_described(lab):
    ap, sta = lab.node("ap"), lab.node("sta")
    log = f"{FOLDER}/sta-vifi.log"
    station = Station(sta, options=f"-f {log}")
    lab.run(f"mv {log} {log}.1")
    station.order("relog")
    station.order("scan")
    lab.wait(f"grep -q scanning {log}")
    ours = station.cli("driver_flags").split()
    stock = ap.wpa_supplicant("")
    lab.wait(f"[ -S {FOLDER}/ap-wpa/wlan0 ]")
    theirs = stock.cli("driver_flags").split()
    assert ours[0].rstrip(":") == theirs[0].rstrip(":") and ours[1:] == theirs[1:]


def test_scan_freq_is_no_restriction(lab):
    """What was heard elsewhere serves, too, as with wpa_supplicant."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(OPEN.format(ssid="home"))
    station = Station(sta)
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 scan | grep -qx OK")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 scan_results | grep -q {ap.mac}", 30)
    network = station.cli("add_network").split()[-1]
    station.order(f"""set_network {network} ssid '"home"'""")
    station.order(f"set_network {network} key_mgmt NONE")
    station.order(f"set_network {network} scan_freq 2412")
    station.order(f"enable_network {network}")
    station.wait_state("COMPLETED")
    # The sandbox permits the question for the address.
    assert "ip_address" not in station.status()
    sta.inside("ip addr add 192.0.2.7/24 dev wlan0")
    assert station.status()["ip_address"] == "192.0.2.7"


def test_settings_without_effect_are_checked(lab):
    """Values that wpa_supplicant refuses are refused; those that it accepts are accepted."""
    ap, sta = lab.node("ap"), lab.node("sta")
    station, stock = Station(sta), ap.wpa_supplicant("")
    lab.wait(f"[ -S {FOLDER}/ap-wpa/wlan0 ]")
    for setting in ("eapol_version 2", "eapol_version 4", "dot11RSNAConfigSATimeout 60", "dot11RSNAConfigSATimeout 0",
                    "dot11RSNAConfigPMKReauthThreshold 101", "filter_ssids 2", "disassoc_low_ack 2",
                    f"device_name {'A' * 33}", "auto_interworking 2"):
        assert station.cli(f"set {setting}").split()[-1] == stock.cli(f"set {setting}").split()[-1], setting


def test_user_roams_past_the_bssid_of_the_network(lab):
    """ROAM goes to an access point that bssid= of the block does not name; `vifi sta roam` says the result, or why not."""
    first, second, sta = lab.node("ap"), lab.node("ap2"), lab.node("sta")
    first.hostapd(OPEN.format(ssid="home"))
    second.hostapd(OPEN.format(ssid="home"))
    station = Station(sta, conf=f'network={{\nssid="home"\nkey_mgmt=NONE\nbssid={first.mac}\n}}\n')
    station.wait_state("COMPLETED")
    station.order("scan")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 bss {second.mac} | grep -q ssid=home", 30)
    vifi = f"vifi sta -p {station.socket} -i wlan0"
    assert f"connected to {second.mac}" in sta.inside(f"{vifi} roam {second.mac}", 30)
    assert station.status()["bssid"] == second.mac
    refused = sta.try_inside(f"{vifi} roam 02:00:00:00:0f:ff")
    assert refused.rc == 1 and "no access point of this network was heard" in refused.out


def test_roam_to_an_unsuitable_access_point_keeps_the_connection(lab):
    """As wpa_supplicant, the station accepts the order and stays; `vifi sta roam` says why."""
    first, second, sta = lab.node("ap"), lab.node("ap2"), lab.node("sta")
    first.hostapd(NETWORK.format(ssid="home"))
    second.hostapd(OPEN.format(ssid="home"))
    station = Station(sta, conf='network={\nssid="home"\npsk="interoperable"\n}\n')
    station.wait_state("COMPLETED")
    station.order("scan")
    lab.wait(f"ip netns exec sta wpa_cli -p {station.socket} -i wlan0 bss {second.mac} | grep -q ssid=home", 30)
    station.order(f"roam {second.mac}")
    refused = sta.try_inside(f"vifi sta -p {station.socket} -i wlan0 roam {second.mac}")
    assert refused.rc == 1 and "cannot be joined: proto or key_mgmt differ" in refused.out
    assert station.status()["bssid"] == first.mac


def test_signal_is_monitored_and_resume_scans(lab):
    """SIGNAL_MONITOR reports a signal that has crossed the limit; RESUME scans where there is no network."""
    ap, sta = lab.node("ap"), lab.node("sta")
    ap.hostapd(OPEN.format(ssid="home"))
    station = Station(sta, conf='network={\nssid="home"\nkey_mgmt=NONE\n}\n')
    station.wait_state("COMPLETED")
    events = listen(station)
    events.wait_for("Interactive mode")
    station.order("signal_monitor THRESHOLD=-1 HYSTERESIS=5")
    events.wait_for("CTRL-EVENT-SIGNAL-CHANGE above=0")
    station.order("signal_monitor")
    station.order("remove_network all")
    station.order("suspend")
    station.order("resume")
    events.wait_for("CTRL-EVENT-SCAN-RESULTS")


def test_silent_station_is_not_disconnected(lab):
    """BSS max idle period (IEEE 802.11-2020 11.21.13): hostapd disconnects a station that it has not heard for three seconds, unless
    its frames keep the association alive."""
    ap, sta = lab.node("ap"), lab.node("sta")
    hostapd = ap.hostapd(NETWORK.format(ssid="home") + "ap_max_inactivity=3\nskip_inactivity_poll=1\n")
    station = Station(sta, conf='network={\nssid="home"\npsk="interoperable"\n}\n')
    station.wait_state("COMPLETED")
    assert station.status()["bss_max_idle_period"] == "2"
    mark = lab.mark_air()
    lab.run("sleep 30", 60)
    assert hostapd.count("AP-STA-DISCONNECTED") == 0
    kept = lab.frames(f"wlan.fc.type == 2 && wlan.sa == {sta.mac} && wlan.da == {ap.mac} && wlan.ccmp.extiv", "wlan.fc.protected", mark)
    assert len(kept) >= 25
    station.order("set no_keep_alive 1")
    hostapd.wait_for("AP-STA-DISCONNECTED")


def test_wnm_sleep_mode(lab):
    """The access point changes the group key while the station sleeps: the response to the end of the sleep brings the new one."""
    ap, sta = lab.node("ap"), lab.node("sta")
    pmf = "ieee80211w=2\nwnm_sleep_mode=1\nwpa_group_rekey=5\n"
    hostapd = ap.hostapd(NETWORK.format(ssid="home") + pmf)
    station = Station(sta, conf='network={\nssid="home"\npsk="interoperable"\nieee80211w=2\n}\n')
    station.wait_state("COMPLETED")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    station.daemon.wait_for("new group keys")
    assert station.cli("wnm_sleep enter interval=x").split()[-1] == "FAIL"
    station.order("wnm_sleep enter interval=100")
    station.daemon.wait_for("WNM sleep mode: ")
    assert "[WNM_SLEEP_MODE]" in hostapd.cli(f"sta {sta.mac}")
    before = station.daemon.count("new group keys")
    lab.run("sleep 12", 30)
    assert station.daemon.count("new group keys") == before
    station.order("wnm_sleep exit")
    station.daemon.wait_for("the station has left WNM sleep mode")
    assert station.daemon.count("new group keys") == before + 1
    assert "[WNM_SLEEP_MODE]" not in hostapd.cli(f"sta {sta.mac}")
    ap.inside("ip neigh flush all")
    assert ap.pings("10.9.0.2") == 3  # the access point's ARP request is a group frame
    station.daemon.wait_for("new group keys", before + 2)
    assert hostapd.count("AP-STA-DISCONNECTED") == 0


def test_wnm_sleep_mode_without_pmf(lab):
    """The response has no keys; a group key handshake follows. Where the access point does not offer the mode, the command fails."""
    ap, sta = lab.node("ap"), lab.node("sta")
    hostapd = ap.hostapd(NETWORK.format(ssid="home") + "wnm_sleep_mode=1\n")
    station = Station(sta, conf='network={\nssid="home"\npsk="interoperable"\n}\n')
    station.wait_state("COMPLETED")
    station.order("wnm_sleep enter")
    station.daemon.wait_for("WNM sleep mode: ")
    station.order("wnm_sleep exit")
    hostapd.wait_for("WPA: group key handshake completed")
    hostapd.stop()
    ap.hostapd(NETWORK.format(ssid="home"))
    station.daemon.wait_for("connected: keys are installed", 2)
    assert station.cli("wnm_sleep enter").split()[-1] == "FAIL"


def test_backhaul_of_another_access_point(lab):
    """multi_ap_backhaul_sta: hostapd serves such stations with four addresses, or only others."""
    ap, sta = lab.node("ap"), lab.node("sta")
    hostapd = ap.hostapd(NETWORK.format(ssid="home") + "multi_ap=3\nwds_sta=1\n")
    block = 'network={\nssid="home"\npsk="interoperable"\nmulti_ap_backhaul_sta=1\nscan_freq=2437\n}\n'
    station = Station(sta, conf=block)
    station.wait_state("COMPLETED")
    hostapd.wait_for(f"WDS-STA-INTERFACE-ADDED ifname=wlan0.sta1 sta_addr={sta.mac}")
    assert "4addr: on" in sta.iw("info")
    assert lab.frames(f"wlan.fc.type_subtype == 0 && wlan.sa == {sta.mac}", "wlan.tag.vendor.oui.type")[-1].split(",").count("27") == 1
    ap.address("10.9.0.1/24", "wlan0.sta1")
    sta.address("10.9.0.2/24")
    assert sta.pings("10.9.0.1") == 3
    hostapd.stop()
    ap.hostapd(NETWORK.format(ssid="home") + "multi_ap=2\n")
    station.daemon.wait_for("the access point does not serve other access points", seconds=60)
    assert station.status()["wpa_state"] != "COMPLETED"


def test_generation_of_the_connection(lab):
    """wifi_generation and ieee80211ac of STATUS, as wpa_supplicant has them beside it."""
    lab.run("iw reg set DE; sleep 0.5")
    try:
        for channel, more, wanted in ((1, "", ""), (1, "ieee80211n=1\nwmm_enabled=1\n", "4"),
                                      (36, "ieee80211n=1\nieee80211ac=1\nwmm_enabled=1\n", "5")):
            ap, sta, stock = lab.node("ap"), lab.node("sta"), lab.node("stock")
            ap.hostapd(f"ssid=home\nhw_mode={'g' if channel < 15 else 'a'}\nchannel={channel}\ncountry_code=DE\n{more}")
            block = 'network={\nssid="home"\nkey_mgmt=NONE\n}\n'
            judge = stock.wpa_supplicant(block)
            station = Station(sta, conf=block)
            station.wait_state("COMPLETED", 60)
            judge.wait_for("CTRL-EVENT-CONNECTED", seconds=60)
            theirs = dict(line.split("=", 1) for line in judge.cli("status").splitlines() if "=" in line)
            ours = station.status()
            for key in ("wifi_generation", "ieee80211ac"):
                assert ours.get(key) == theirs.get(key), (channel, key)
            assert ours.get("wifi_generation", "") == wanted
            lab.clear()
    finally:
        lab.run("iw reg set 00")
