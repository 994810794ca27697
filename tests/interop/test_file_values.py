# SPDX-License-Identifier: GPL-2.0-or-later
"""Single values of keys of wpa_supplicant.conf and hostapd.conf, at their limits: what --check says of wpa_supplicant and hostapd
2.10 is true. Most of these keys have no effect here, and are accepted with any value; test_files.py has whole files."""
import json
import subprocess

import bed
import pytest
import stock
from test_files import check, programs, write  # noqa: F401 (programs is a fixture)

BLOCK = 'network={{\nssid="home"\npsk="correct horse"\n{}}}\n'
GLOBAL = {
    (0, 1): "ap_isolate auto_interworking auto_uuid cert_in_cb coloc_intf_reporting disable_btm disassoc_low_ack extended_key_id filter_ssids "
            "ftm_initiator ftm_responder go_internet go_interworking hs20 ignore_old_scan_res interworking mesh_fwding p2p_add_cli_chan "
            "p2p_cli_probe p2p_ignore_shared_freq p2p_intra_bss p2p_optimize_listen_chan pbc_in_m1 persistent_reconnect sae_pmkid_in_assoc "
            "wowlan_disconnect_on_deinit wpa_rsc_relaxation wps_cred_add_sae",
    (0, 2): "dpp_config_processing gas_rand_mac_addr wps_cred_processing",
    (0, 3): "oce p2p_go_freq_change_policy sae_pwe",
    (0, 15): "access_network_type go_access_network_type p2p_go_intent",
    (0, 127): "p2p_go_ctwindow",
    (0, 255): "go_venue_group go_venue_type max_peer_links",
    (-100, 0): "filter_rssi",
    (-120, 0): "disassoc_imminent_rssi_threshold",
    (1, 3): "eapol_version mbo_cell_capa",
    (1, 255): "fst_priority",
    (8, 63): "p2p_passphrase_len",
    (16, 65535): "wps_nfc_dev_pw_id",
}
NETWORK = {
    (0, 1): "acs beacon_prot disable_ht disable_ht40 disable_ldpc disable_sgi disable_vht enable_edmg fixed_freq ft_eap_pmksa_caching ht "
            "ht40_intolerant macsec_integ_only macsec_policy macsec_replay_protect mesh_fwding mixed_cell multi_ap_backhaul_sta "
            "no_auto_peer owe_only owe_ptk_workaround proactive_key_caching scan_ssid vht wps_disabled",
    (0, 2): "disabled dpp_pfs ieee80211w ignore_broadcast_ssid pbss sae_pk wpa_deny_ptk0_rekey",
    (0, 3): "max_oper_chwidth",
    (0, 255): "mka_priority transition_disable",
    (0, 65535): "fils_dh_group owe_group",
    (0, 70200): "frequency",
    (-1, 1): "disable_max_amsdu ht40 tx_stbc",
    (-1, 3): "ampdu_factor rx_stbc vht_rx_mcs_nss_1 vht_tx_mcs_nss_8",
    (-1, 7): "ampdu_density",
    (-255, 1): "mesh_rssi_threshold",
    (1, 65534): "macsec_port",
    (9, 13): "edmg_channel",
}
OTHER = {  # keys that are no numbers
    "hessid": ["02:00:00:00:00:01", "x", ""], "uuid": ["12345678-9abc-def0-1234-56789abcdef0", "12345678", ""],
    "device_type": ["1-0050F204-1", "1-0050F2-1", "x"], "os_version": ["01020300", "0102", ""],
    "ip_addr_go": ["192.168.1.1", "192.168.1", "192.168.1.256", "x", ""], "ap_vendor_elements": ["dd0411223301", "dd0", "x", ""],
    "wps_nfc_dev_pw": ["0102", "010", "x", ""], "fst_group_id": ["x", ""],
}
OTHER_NETWORK = {
    "bssid_hint": ["02:00:00:00:00:01", "any", "x", ""], "bssid": ["ff:ff:ff:ff:ff:ff", "x"], "id_str": ['"x"', "6162", "616", '"x', ""],
    "dpp_csign": ['"x"', "6162", "616", ""], "ht_mcs": ['"ff"', "x", ""], "eap": ["PEAP", "NONE", "peap"],
    "sae_password_id": ['"x"', '""', "x"],
}


def numbers(limits):
    low, high = limits
    return [str(value) for value in (low - 1, low, low + 1, high - 1, high, high + 1)] + ["", "x", "1x", "0x1", "2147483648", "4294967296"]


CASES = [(key, numbers(limits), where) for table, where in ((GLOBAL, "global"), (NETWORK, "network"))
         for limits, names in table.items() for key in names.split()]
CASES += [(key, values, "global") for key, values in OTHER.items()] + [(key, values, "network") for key, values in OTHER_NETWORK.items()]
KNOWN = {("disable_ht40", "2147483648")}  # wpa_supplicant keeps one bit of it


@pytest.fixture(scope="module")
def judge(programs, tmp_path_factory):  # noqa: F811
    running = stock.Judge(tmp_path_factory.mktemp("judge"))
    yield running
    running.close()


@pytest.mark.parametrize("key,values,where", CASES, ids=[f"{where}-{key}" for key, _, where in CASES])
def test_value(judge, tmp_path, key, values, where):
    verdicts = set()
    for value in dict.fromkeys(values):
        line = f"{key}={value}\n"
        text = line + BLOCK.format("") if where == "global" else BLOCK.format(line)
        real = judge.accepts(text)
        verdicts.add(real)
        if (key, value) not in KNOWN:
            assert check("wpa_supplicant", write(tmp_path, text))[1]["stock_accepts"] == real, line
    assert verdicts == {True, False}, "these values do not tell the limits"


# ---- hostapd.conf ----

ACCESS_POINT = "ssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=correct horse\nwpa_pairwise=CCMP\n"
ACCESS_POINT_NUMBERS = {
    (0, 1): "airtime_bss_limit send_probe_response vlan_naming wmm_ac_be_acm",
    (0, 2): "dpp_pfs extended_key_id macaddr_acl wpa_deny_ptk0_rekey wps_state",
    (0, 3): "airtime_mode multi_ap wep_default_key",
    (0, 15): "access_network_type",
    (0, 100): "bss_load_update_period",
    (0, 255): "min_tx_power tx_queue_data2_aifs",
    (0, 2007): "max_num_sta",
    (0, 65535): "wmm_ac_vo_txop_limit",
    (0, 2**31 - 1): "chan_util_avg_period eap_reauth_period wep_rekey_period",
    (1, 2): "eapol_version",
    (1, 3): "hs20_release",
    (1, 100): "acs_num_scans",
    (1, 255): "dtim_period fst_priority wmm_ac_vi_aifs",
    (1, 2**30 - 1): "fst_llt",
    (1, 2**31 - 1): "gas_frag_limit",
    (1, 2**32 - 1): "wpa_group_update_count wpa_pairwise_update_count",
    (10, 65535): "beacon_int",
    (10, 10000): "beacon_rate",
    (16, 65535): "wps_nfc_dev_pw_id",
    (256, 2346): "fragm_threshold",
    (-1, 65535): "rts_threshold",
}
LENGTHS = {(0, 32): "device_name model_name model_number serial_number", (0, 64): "manufacturer", (1, 16): "fst_group_id",
           (4, 255): "time_zone", (8, 63): "multi_ap_backhaul_wpa_passphrase"}
DIGITS = {(0, 15): "ext_capa ext_capa_mask", (3, 15): "roaming_consortium", (32, 32): "multi_ap_backhaul_wpa_psk",
          (4, 64): "os_version", (16, 64): "pac_opaque_encr_key", (2, 64): "fils_cache_id", (1, 64): "network_auth_type"}
ACCESS_POINT_OTHER = {
    "airtime_sta_weight": ["02:00:00:00:00:01 5", "02:00:00:00:00:01 x", "02:00:00:00:00:01", "x 5", ""],
    "anqp_3gpp_cell_net": ["244,91", "244,91;310,026;", "244,9", "24,91", "244", "x", ""],
    "anqp_elem": ["265:0000", "265:000", "265:", "265", ""],
    "assoc_sa_query_max_timeout": ["1", "-1", "0", "", "x", "4294967296"],
    "auth_algs": ["1", "-1", "0", "x", ""],
    "auth_server_addr": ["127.0.0.1", "127.1", "::1", "localhost", "256.0.0.1", "127.0.0.1 x", ""],
    "auth_server_port": ["1812", ""],
    "beacon_rate": ["ht:0", "ht:31", "ht:32", "vht:9", "vht:10", "he:11", "he:12", "he:", "eht:1"],
    "bss_load_test": ["12:80:20000", "12:80", "12", "::"],
    "check_cert_subject": ["x", ""],
    "device_type": ["1-0050F204-1", "x-0050F204-", "1-0050F2-1", "1-0050F204", ""],
    "dpp_controller": ["ipaddr=127.0.0.1 pkhash=" + "00" * 32, "ipaddr=127.0.0.1", "ipaddr=x pkhash=" + "00" * 32, ""],
    "dpp_csign": ["0011", "001", "", "x"],
    "eap_fast_a_id": ["0011", "001", "", "xx"],
    "hessid": ["02:00:00:00:00:01", "02:00:00:00:00:01x", "02-00-00-00-00-01", ""],
    "he_spr_srg_bss_colors": ["1 2 64", "65", "-1", "", "x", "1,99"],
    "hs20_icon": ["32:32:eng:image/png:a:b", "32:32:engl:image/png:a:b", "32:32:eng:image/png:a", ""],
    "hs20_oper_friendly_name": ["eng:Hall", '"eng:Hall"', 'P"eng:Hall"', '"eng:Hall', "e:Hall", "engl:Hall", "eng:" + "x" * 253, "eng:"],
    "hs20_operating_class": ["51", "5", "", "xx"],
    "hs20_wan_metrics": ["01:8000:1000:80:240:3000", "1:8000:1000:80:240:3000", "01:8000:1000:80:240", ""],
    "hw_mode": ["g", "ad", "x", ""],
    "ieee8021x": ["0", "1"],
    "ignore_auth_probability": ["0.5", "1.0", "1.1", "-0.1", "x", "", "0.5 "],
    "mbo": ["0", "1"],
    "nai_realm": ["0,a;b,13[5:6],21[2:4][5:7]", "0,a,13[5", "0,a,13[5:6", "0", "0,", "0," + "a" * 256, "0,a,1,2,3,4,5,6", "0,a,1[1:1][1:1][1:1][1:1][1:1]",
                  "0," + "a;" * 10, "0," + "a;" * 10 + "a"],
    "osu_nai": ["x", ""],
    "osu_ssid": ['"x"', "78", "x", '"' + "x" * 33 + '"', ""],
    "qos_map_set": [",".join(["1"] * count) for count in (15, 16, 17, 18, 58, 60)] + ["256," + ",".join(["1"] * 15), ""],
    "radius_auth_req_attr": ["126", "126:s:x", "126:d:x", "126:x:00", "126:x:0", "126:", "126:y:1", ""],
    "radius_das_client": ["127.0.0.1 x", "127.0.0.1", "x x", ""],
    "unsol_bcast_probe_resp_interval": ["0", "1", "21"],
    "uuid": ["12345678-9abc-def0-1234-56789abcdef0", "12345678-9abc-def0-1234-56789abcdef", ""],
    "vendor_elements": ["dd0411223301", "abcd", "abc", "x", ""],
    "venue_url": ["1:x", "1", "1:" + "x" * 255, "1:" + "x" * 254],
    "wep_key_len_unicast": ["0", "5", "14"],
    "wmm_ac_be_cwmax": ["3", "4", "15", "16", "x"],
    "wps_rf_bands": ["a", "ag", "ga", "ad", "ab", ""],
    "wpa_psk_radius": ["0", "1", "3"],
}
ACCESS_POINT_CASES = [(key, numbers(limits)) for limits, names in ACCESS_POINT_NUMBERS.items() for key in names.split()]
ACCESS_POINT_CASES += [(key, ["x" * length for length in range(max(low - 1, 0), high + 2)][:2] + ["x" * high, "x" * (high + 1)])
                       for (low, high), names in LENGTHS.items() for key in names.split()]
ACCESS_POINT_CASES += [(key, ["00" * length for length in (0, low - 1, low, high, high + 1)] + ["00" * low + "0", "x" * 2 * low])
                       for (low, high), names in DIGITS.items() for key in names.split()]
ACCESS_POINT_CASES += list(ACCESS_POINT_OTHER.items())


@pytest.fixture(scope="module")
def access_point_judge(programs, tmp_path_factory):  # noqa: F811
    running = stock.AccessPointJudge(tmp_path_factory.mktemp("judge"))
    yield running
    running.close()


def check_all(tmp_path, lines):
    """What `vifi ap --check` says of the files, each with one of the lines."""
    for number, line in enumerate(lines):
        (tmp_path / str(number)).write_text("interface=ap0\ndriver=none\n" + ACCESS_POINT + line)
    done = subprocess.run([bed.BUILD / "vifi", "ap", "--check", "-j", *map(str, range(len(lines)))], cwd=tmp_path, capture_output=True,
                          text=True, timeout=120)
    return [report["stock_accepts"] for report in json.loads(done.stdout)]


@pytest.mark.parametrize("key,values", ACCESS_POINT_CASES, ids=[key for key, _ in ACCESS_POINT_CASES])
def test_access_point_value(access_point_judge, tmp_path, key, values):
    lines = [f"{key}={value}\n" for value in dict.fromkeys(values)]
    real = [access_point_judge.accepts(ACCESS_POINT + line) for line in lines]
    assert dict(zip(lines, check_all(tmp_path, lines))) == dict(zip(lines, real))
