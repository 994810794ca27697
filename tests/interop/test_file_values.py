# SPDX-License-Identifier: GPL-2.0-or-later
"""Single values of keys of wpa_supplicant.conf and hostapd.conf, at their limits: what --check says of wpa_supplicant and hostapd
2.10 is true. Most of these keys have no effect here, and are accepted with any value; test_files.py has whole files."""
import json
import re
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
    (1, 2**30 - 1): "fst_llt",
    (8, 63): "p2p_passphrase_len",
    (16, 65535): "wps_nfc_dev_pw_id",
}
NETWORK = {
    (0, 1): "acs beacon_prot disable_ht disable_ldpc disable_sgi disable_vht enable_edmg fixed_freq ft_eap_pmksa_caching ht "
            "ht40_intolerant macsec_integ_only macsec_policy macsec_replay_protect mesh_fwding mixed_cell multi_ap_backhaul_sta "
            "no_auto_peer owe_only owe_ptk_workaround proactive_key_caching scan_ssid vht wps_disabled",
    (0, 2): "disabled dpp_pfs ieee80211w ignore_broadcast_ssid pbss sae_pk wpa_deny_ptk0_rekey",
    (0, 3): "max_oper_chwidth",
    (0, 255): "mka_priority transition_disable",
    (0, 65535): "fils_dh_group owe_group",
    (0, 70200): "frequency",
    (-1, 1): "disable_ht40 disable_max_amsdu ht40 tx_stbc",
    (-1, 3): "ampdu_factor rx_stbc vht_rx_mcs_nss_1 vht_tx_mcs_nss_8",
    (-1, 7): "ampdu_density",
    (-255, 1): "mesh_rssi_threshold",
    (1, 65534): "macsec_port",
    (9, 13): "edmg_channel",
}
MAC, KEY = "02:00:00:00:00:01", "0123456789abcdef" * 4
ADDRESSES = [MAC, MAC + "x", MAC + " x", "any", '""', "", "x", "02-00-00-00-00-01", " " + MAC]
ADDRESS_LIST = [MAC, "", f"{MAC}  {MAC}", f"{MAC}/ff:ff:ff:00:00:00x", f"{MAC}/", f"{MAC}x", f"{MAC} x", f"x {MAC}", f"{MAC}\tx", " " + MAC]
STRINGS = ['"x"', '""', "6162", "616", "x", "", "NULL", "null", '"x', '"x"y', '"x"y"', 'P"x\\x20"', 'P"', 'P"x"y', ' "x"', '"x" # y']
CIPHERS = ["CCMP", " TKIP CCMP-256", "GCMP GCMP-256", "NONE", "NONE CCMP", "WEP40", "WEP104 CCMP", "GTK_NOT_USED", "AES-128-CMAC", "BIP-CMAC-256",
           "BIP-GMAC-128 BIP-GMAC-256", "ccmp", "CCMP,TKIP", "CCMP\tTKIP", ""]
DEVICES = ["1-0050F204-1", "x-0050F204-", "1-0050F2-1", "1-0050F204", "x", ""]
IP_ADDRESSES = ["192.168.1.1", "127.1", "0x7f.1", "1", "192.168.1.1 x", "192.168.1.256", "1.2.3.4.5", "1..2", "x", "", "::1"]
OTHER = {  # keys that are no numbers
    "hessid p2p_device_persistent_mac_addr": ADDRESSES + ["0200.0000.0001", "020000000001x", "2:0:0:0:0:1"],
    "uuid": ["12345678-9abc-def0-1234-56789abcdef0", "12345678-9abc-def0-1234-56789abcdef0x", "12345678", ""],
    "device_type sec_device_type": DEVICES, "os_version": ["01020300", "01020300x", "0102", ""],
    "ip_addr_go ip_addr_mask ip_addr_start ip_addr_end": IP_ADDRESSES,
    "ap_vendor_elements ap_assocresp_elements wps_nfc_dev_pw wps_nfc_dh_privkey wps_nfc_dh_pubkey": ["dd0411223301", "dd0", "x", ""],
    "wps_vendor_ext_m1": ["0102", "010", "0", "x", ""], "fst_group_id": ["x", "", "x" * 16, "x" * 17],
    "device_name model_name model_number serial_number": ["", "x" * 32, "x" * 33], "manufacturer": ["", "x" * 64, "x" * 65],
    "bgscan": STRINGS, "country": ["DE", "de", "D", "", "DEU", " D"], "config_methods": ["label", "display", "label display", "x", ""],
    "p2p_pref_chan": ["81:1", "81:1,81:6", "81", ":", "81:1,", "81:1,x", ""], "wmm_ac_be_aifs": ["1", "255", "256", "0", "3x", "x", ""],
    "wmm_ac_vo_txop_limit": ["0", "65535", "65536", "-1", "x"], "tx_queue_data2_burst": ["1"], "wmm_ac_x": ["1"], "p2p_x": ["1"],
    "dot11RSNAConfigPMKReauthThreshold": ["0", "100", "101", "-1", "4294967297", "x"],
    "update_config passive_scan okc": ["0", "1", "2", "-1", "yes", "true", "x", ""], "freq_list sae_groups": ["2412 19", "x", "0", "", "2412\t20"],
    "autoscan": ["periodic:30", "x", ""], "opensc_engine_path pkcs11_engine_path": ["/nonexistent", "x", ""],
}
OTHER_NETWORK = {
    "bssid bssid_hint go_p2p_dev_addr": ADDRESSES + ["ff:ff:ff:ff:ff:ff"],
    "bssid_accept bssid_ignore bssid_whitelist bssid_blacklist p2p_client_list": ADDRESS_LIST,
    "psk_list": [f"{MAC}-{KEY}", f"P2P-{MAC}-{KEY}", f"{MAC}-{KEY}0", f"{MAC}{KEY}", ""],
    "psk": [KEY, KEY[1:], KEY + "0", '"correct horse"', '"correct horse"x', '"1234567"', f'"{"x" * 63}"', f'"{KEY}"', "ext:x", 'P"correct horse"', ""],
    "ssid": STRINGS + [f'"{"x" * 32}"', f'"{"x" * 33}"', 'P"' + "\\x41" * 32 + '"', 'P"' + "\\x41" * 33 + '"', 'P"\\"', 'P"\\x"', "00" * 32, "00" * 33],
    "id_str identity ca_cert2 phase1 machine_pin openssl_ciphers pac_file dpp_csign ht_mcs": STRINGS,
    "roaming_consortium_selection": STRINGS + ["00" * 15, "00" * 16],
    "password machine_password": STRINGS + ["hash:" + KEY[:32], "hash:" + KEY, "hash:x", "ext:x"],
    "sae_password sae_password_id": STRINGS, "bgscan": STRINGS, "wep_key0 wep_key3": STRINGS + ["00" * 16, "00" * 17, '"abcde"'],
    "eap": ["PEAP", " TTLS PEAP", "NONE", "peap", "PEAP x", ""], "auth_alg": ["OPEN", "OPEN LEAP", "open", "OPEN,LEAP", ""],
    "proto": ["RSN", "WPA2 WPA", "OSEN", "OSEN RSN", "rsn", "RSN,WPA", ""], "pairwise group group_mgmt": CIPHERS,
    "key_mgmt": ["WPA-PSK", " SAE WPA-PSK", "OWE", "DPP", "OSEN", "WPS", "WPA-NONE", "FT-EAP-SHA384", "FILS-SHA256", "WPA-EAP-SUITE-B-192", "PASN",
                 "SAE-EXT-KEY", "wpa-psk", "WPA-PSK,SAE", "WPA-PSK\tSAE", ""],
    "mka_cak": [KEY, KEY[:32], KEY[:48], "x", ""], "mka_ckn": ["00", KEY, KEY + "00", "0", "x", ""],
    "peerkey scan_freq freq_list mesh_basic_rates": ["x", "", '"', "2412 x"], "ocv": ["0", "1", "2", "-1", "x", ""],
    "proactive_key_caching": ["0", "1", "2", "-1", "-2"], "mac_addr": ["0", "2", "3", "-1"], "priority": ["-2147483648", "4294967296", "99999999999", "x"],
    "scan_ssid": ["yes", "true", "0x1", "00", "+1", "1 1", " 1"], "disable_he max_idle": ["1"], "machine_x vht_rx_mcs_nss_9": ["1"],
}
ONE_VERDICT = {"opensc_engine_path", "pkcs11_engine_path", "tx_queue_data2_burst", "wmm_ac_x", "p2p_x", "freq_list", "sae_groups", "autoscan", "peerkey", "scan_freq", "mesh_basic_rates",
               "disable_he", "max_idle", "machine_x", "vht_rx_mcs_nss_9"}
CRED = {
    "ca_cert domain imsi milenage phase2 private_key provisioning_sp realm username": STRINGS + ["NULL", '"' + "x" * 230 + '"', '"' + "x" * 255 + '"'],
    "excluded_ssid": STRINGS + ['"' + "x" * 32 + '"', '"' + "x" * 33 + '"'],
    "password": STRINGS + ["ext:x", "ext:", "hash:" + KEY[:32]],
    "required_roaming_consortium roaming_consortium": STRINGS + ["1122", "112233", "00" * 15, "00" * 16, '"xy"', '"xyz"'],
    "roaming_consortiums": STRINGS + ['"0011,2233"', '"0011,"', '",0011"', '"0011,,22"', '"00 11"', '"001"', "6162", "00", '"' + "00" * 15 + '"',
                                      '"' + "00" * 16 + '"', '"' + ",".join(["00"] * 36) + '"', '"' + ",".join(["00"] * 37) + '"'],
    "roaming_partner": ['"example.com,1,1,*"', '"x,1,1,"', '"x,y,300,US"', '"x,1,1,USA"', '"x,1,1"', '",,,"', "x,1,1,US", "", '"' + "d" * 127 + ',1,1,US"',
                        '"' + "d" * 128 + ',1,1,US"', '"x,1,1,U,"', '"x,1,1,,,"'],
    "eap": ["PEAP", "TTLS", "AKA'", "WSC", "TEAP", "NONE", "peap", " PEAP", "PEAP TTLS", "PEAP # x", ""],
    "sp_priority": ["0", "255", "256", "-1", "x", "3x", ""],
    "engine max_bss_load min_dl_bandwidth_home ocsp priority req_conn_capab temporary update_identifier": ["1", "-1", "x", '"', '"x"', "", "6:22,80"],
    "sim": ["1"],
}
SEQUENCES = {  # lines that are right by themselves, or lines around which others are
    "sec_device_type=1-0050F204-1\n" * 5: True, "sec_device_type=1-0050F204-1\n" * 6: False, "wps_vendor_ext_m1=0102\n" * 6: True,
    "cred={\n}\n": True, "cred={\npriority\n}\n": False, "cred={\npriority = 1\n}\n": False, "cred={\n priority=1\t# x\n\n# x\n}\n": True,
    "cred={\n}x\n}\n": False, "cred={\nrealm=\"x\"\n": False, "cred={\nnetwork={\n}\n": False,
    "#" + "x" * 600 + "\n": True, "ap_scan=1" + " " * 600 + "\n": True, "ap_scan=1" + " " * 600 + "x\n": True, "ap_scan=1" + " " * 500 + "x\n": False,
    " " * 504 + "ap_scan=1\n": False, " " * 502 + "ap_scan=1\n": True, "ap_scan=1 #" + "x" * 600 + "\n": True, " " * 600 + "x\n": True,
}
REPEATED = {  # in a block
    "edmg_channel=0": True, "edmg_channel=0\nedmg_channel=9": True, "edmg_channel=9\nedmg_channel=0": False,
    "macsec_port=1\nmacsec_port=0": False, "ieee80211w=3": True, "ieee80211w=3\nieee80211w=3": True, "ieee80211w=2\nieee80211w=3": False,
    "id_str=\"" + "x" * 1989 + "\"": True, "id_str=\"" + "x" * 1991 + "\"": False, "id_str=\"x\"" + " " * 2000 + "x": True,
}
BLOCKS = {  # lines that are right by themselves
    "mode=5": False, "mode=5\nkey_mgmt=NONE": True, "key_mgmt=SAE\nmode=5": True, "key_mgmt=SAE WPA-PSK\nmode=5": False, "mode=5\nkey_mgmt=OWE": False,
    "ocv=1\nieee80211w=0": False, "ieee80211w=0\nocv=1": True, "ocv=1": True, "ieee80211w=0\nocv=0": True,
}


def numbers(limits):
    low, high = limits
    return [str(value) for value in (low - 1, low, low + 1, high - 1, high, high + 1)] + ["", "x", "1x", "0x1", "2147483648", "4294967296"]


CASES = [(key, numbers(limits), where) for table, where in ((GLOBAL, "global"), (NETWORK, "network"))
         for limits, names in table.items() for key in names.split()]
CASES += [(key, values, where) for table, where in ((OTHER, "global"), (OTHER_NETWORK, "network"))
          for names, values in table.items() for key in names.split()]


@pytest.fixture(scope="module")
def judge(programs, tmp_path_factory):  # noqa: F811
    running = stock.Judge(tmp_path_factory.mktemp("judge"))
    yield running
    running.close()


def check_stations(tmp_path, texts):
    """What `vifi sta --check` says of the files: one process reads them all, and vifi the first one."""
    names = [f"{number}.conf" for number in range(len(texts))]
    for name, text in zip(names, texts):
        (tmp_path / name).write_text(text)
    done = subprocess.run([bed.BUILD / "tests/interop/check_stations", "--check", "-j", "-i", "none0", *names], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120)
    reports = json.loads(done.stdout)
    assert [report["file"] for report in reports] == names
    alone = check("wpa_supplicant", tmp_path / names[0])[1]
    assert json.dumps(alone).replace(str(tmp_path / names[0]), names[0]) == json.dumps(reports[0])
    return reports


@pytest.mark.parametrize("key,values,where", CASES, ids=[f"{where}-{key}" for key, _, where in CASES])
def test_value(judge, tmp_path, key, values, where):
    lines = [f"{key}={value}\n" for value in dict.fromkeys(values)]
    texts = [line + BLOCK.format("") if where == "global" else BLOCK.format(line) for line in lines]
    real = [judge.accepts(text) for text in texts]
    reports = check_stations(tmp_path, texts)
    assert dict(zip(lines, (report["stock_accepts"] for report in reports))) == dict(zip(lines, real))
    assert key in ONE_VERDICT or set(real) == {True, False}, "these values do not tell the limits"


@pytest.mark.parametrize("lines", BLOCKS)
def test_block(judge, tmp_path, lines):
    text = BLOCK.format(lines + "\n")
    assert judge.accepts(text) == BLOCKS[lines]
    assert check_stations(tmp_path, [text])[0]["stock_accepts"] == BLOCKS[lines]


@pytest.mark.parametrize("key,values", [(key, values) for keys, values in CRED.items() for key in keys.split()], ids=lambda case: case[:40] if isinstance(case, str) else "")
def test_cred(judge, tmp_path, key, values):
    texts = ["cred={\n" + f"{key}={value}" + "\n}\n" + BLOCK.format("") for value in dict.fromkeys(values)]
    real = [judge.accepts(text) for text in texts]
    assert dict(zip(texts, (report["stock_accepts"] for report in check_stations(tmp_path, texts)))) == dict(zip(texts, real))
    assert key == "sim" or set(real) == {True, False}, "these values do not tell the limits"


@pytest.mark.parametrize("text,accepted", [(lines + BLOCK.format(""), SEQUENCES[lines]) for lines in SEQUENCES]
                         + [(BLOCK.format(lines + "\n"), REPEATED[lines]) for lines in REPEATED], ids=range(len(SEQUENCES) + len(REPEATED)))
def test_lines(judge, tmp_path, text, accepted):
    assert judge.accepts(text) == accepted
    assert check_stations(tmp_path, [text])[0]["stock_accepts"] == accepted


@pytest.mark.parametrize("value", ["", "0", "19", "21 19", "19,20 21", "19, 21", "20;21", "21 0 19", "21 20 # 19", "20x 19"])
def test_sae_groups(judge, tmp_path, value):
    """Both read the same groups, which SAVE_CONFIG writes. Without any, all are permitted."""
    text = f"update_config=1\nsae_groups={value}\n" + 'network={\nssid="home"\nkey_mgmt=SAE\npsk="correct horse"\n}\n'
    saved = re.findall(r"^sae_groups=(.*)$", judge.save(text), re.M)
    done = subprocess.run([bed.BUILD / "tests/interop/conf", "groups", write(tmp_path, text)], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ((saved and saved[0]) or "19 20 21").split()


@pytest.mark.parametrize("key", ["freq_list", "scan_freq"])
def test_frequencies_of_other_bands(judge, tmp_path, key):
    """A network at 60 GHz is none for the station: without its frequencies, the block would be for any band."""
    text = BLOCK.format(f"{key}=58320 60480\n") + BLOCK.format(f"{key}=58320 2412\n")
    assert judge.accepts(text)
    code, report = check("wpa_supplicant", write(tmp_path, text))
    assert code == 0 and len(report["networks"]) == 1
    assert sum("this network is skipped" in remark for remark in report["remarks"]) == 1


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
