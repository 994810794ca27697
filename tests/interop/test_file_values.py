# SPDX-License-Identifier: GPL-2.0-or-later
"""Single values of keys of wpa_supplicant.conf, at their limits: what `vifi sta --check` says of wpa_supplicant 2.10 is true. Most
of these keys have no effect here, and are accepted with any value; test_files.py has whole files."""
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
