# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that mean here what they mean to hostapd and wpa_supplicant: for each file, Debian's unmodified programs say whether
they take it, and what they understand (stock.py)."""
import json
import os
import random
import re
import subprocess

import bed
import pytest
import stock

KEY = "0123456789abcdef" * 4
SEED = int(os.environ.get("VIFI_SEED", "1"))
BOTH, ONLY_VIFI, ONLY_STOCK = "both", "only vifi", "only stock"
EXITS = {BOTH: 0, ONLY_VIFI: 5, ONLY_STOCK: 6, None: 2}


@pytest.fixture(scope="module", autouse=True)
def programs():
    try:
        bed.fetch()
    except bed.BedMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI requires the stock programs: {missing}")
        pytest.skip(str(missing))


def check(role, path):
    """The exit code of --check, and its report."""
    arguments = ["ap", "--check", "-j", path] if role == "hostapd" else ["sta", "--check", "-j", "-i", "none0", path]
    done = subprocess.run([bed.BUILD / "vifi", *arguments], capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)[0]


def keys(role, path):
    """The names of the networks and their keys."""
    done = subprocess.run([bed.BUILD / "tests/interop/conf", role, path], capture_output=True, text=True, timeout=120, check=True)
    return [tuple(line.split(" ")) for line in done.stdout.splitlines()]


def write(tmp_path, text):
    path = tmp_path / "file.conf"
    path.write_bytes(text.encode())
    return path


# ---- wpa_supplicant.conf ----

def block(*lines):
    return "network={\n" + "\n".join(lines) + "\n}\n"


OPEN, PSK = 'key_mgmt=NONE', 'psk="correct horse"'
STATION = {
    # quotes and comments
    "comment": (block('ssid="home" # mine', PSK), BOTH),
    "hash in quotes": (block('ssid="a#b"', 'psk="pass#word"'), BOTH),
    "hash and quotes": (block('ssid="a # "b"', PSK), BOTH),
    "quote in quotes": (block('ssid="a"b"', 'psk="pass"word"'), BOTH),
    "quotes in the comment of a name": (block('ssid="home" # not "work"', PSK), ONLY_STOCK),
    "quotes in the comment of a key": (block('ssid="home"', 'psk="new password" # was "old password"'), ONLY_STOCK),
    "the other reading is too long": (block('ssid="home"', f'psk="new password" # was "{"x" * 60}"'), BOTH),
    "the first reading is too short": (block('ssid="home"', 'psk="new" # was "old"'), None),
    "no end of the quotes": (block('ssid="home # x', PSK), None),
    "semicolon after the key": (block('ssid="home"', 'psk="correct horse";'), BOTH),
    "semicolon after the name": (block('ssid="home";', PSK), None),
    "blanks around =": (block('ssid = "home"', PSK), ONLY_VIFI),
    "blanks in network={": ("network = {\nssid=\"home\"\n" + PSK + "\n}\n", ONLY_VIFI),
    "indented": (block('\t ssid="home"', " " + PSK), BOTH),
    "CR": (block('ssid="home"\r', PSK + "\r"), BOTH),
    # names and keys
    "hexadecimal name": (block("ssid=686f6d65", PSK), BOTH),
    "P name": (block('ssid=P"\\q\\x41\\n\\101"', PSK), BOTH),
    "key": (block('ssid="home"', f"psk={KEY}"), BOTH),
    "last key": (block('ssid="home"', f"psk={KEY}", PSK), BOTH),
    "umlauts": (block('ssid="Café"', PSK), BOTH),
    "unquoted name": (block("ssid=home", PSK), None),
    "long name": (block(f'ssid="{"x" * 33}"', PSK), None),
    # blocks that cannot be used
    "no psk": (block('ssid="work"') + block('ssid="home"', PSK), BOTH),
    "psk and NONE": (block('ssid="work"', OPEN, PSK) + block('ssid="home"', PSK), BOTH),
    "802.1X": (block('ssid="work"', "key_mgmt=WPA-EAP", "eap=PEAP", 'identity="me"', 'password="x"') + block('ssid="home"', PSK), BOTH),
    "no name": (block(PSK) + block('ssid="home"', PSK), BOTH),
    "nothing": ("", BOTH),
    "no network": ("ctrl_interface=/run/wpa_supplicant\nupdate_config=1\n", BOTH),
    # ciphers
    "default": (block('ssid="home"', PSK), BOTH),
    "proto WPA": (block('ssid="home"', PSK, "proto=WPA"), BOTH),
    "both protos": (block('ssid="home"', PSK, "proto=WPA RSN"), BOTH),
    "TKIP": (block('ssid="home"', PSK, "pairwise=TKIP", "group=TKIP"), BOTH),
    "CCMP alone": (block('ssid="home"', PSK, "proto=RSN", "pairwise=CCMP", "group=CCMP"), BOTH),
    "old group ciphers": (block('ssid="home"', PSK, "group=CCMP TKIP WEP104 WEP40"), BOTH),
    "GCMP": (block('ssid="home"', PSK, "pairwise=GCMP-256", "group=GCMP-256"), BOTH),
    "AES": (block('ssid="home"', PSK, "pairwise=AES"), None),
    "several AKMs": (block('ssid="home"', PSK, "key_mgmt=WPA-PSK WPA-PSK-SHA256"), BOTH),
    "newer AKM": (block('ssid="home"', PSK, "key_mgmt=WPA-PSK SAE-EXT-KEY FT-SAE-EXT-KEY"), ONLY_VIFI),
    "unknown AKM": (block('ssid="home"', PSK, "key_mgmt=WPA-PKS"), None),
    # keys and values without an effect here
    "802.1X text": (block('ssid="home"', PSK, "identity=me"), ONLY_VIFI),
    "802.1X hexadecimal text": (block('ssid="home"', PSK, "identity=6d65", "ca_cert=2f78"), BOTH),
    "802.1X text in quotes": (block('ssid="home"', PSK, 'identity="me"', 'phase2="auth=MSCHAPV2"'), BOTH),
    "text after the quotes": (block('ssid="home"', PSK, 'phase2="auth=MSCHAPV2" # x', 'phase1="x" y'), ONLY_VIFI),
    "hash of a password": (block('ssid="work"', "key_mgmt=WPA-EAP", "eap=PEAP", f"password=hash:{KEY[:32]}"), BOTH),
    "external password": (block('ssid="work"', "key_mgmt=WPA-EAP", "eap=PEAP", "password=ext:work"), ONLY_VIFI),
    "Android": ("disable_scan_offload=1\np2p_disabled=1\np2p_no_group_iface=1\ntdls_external_control=1\nfast_reauth=1\n", BOTH),
    "old keys": (block('ssid="home"', PSK, "auth_alg=OPEN", "mixed_cell=1") + "eapol_version=1\n", BOTH),
    "keys of later versions": (block('ssid="home"', PSK, "disable_he=1"), ONLY_VIFI),
    "rare keys": ("ip_addr_go=192.168.1.1\npcsc_reader=x\nwpa_rsc_relaxation=0\n"
                  + block('ssid="home"', PSK, "ht=1", "vht=1", "rx_stbc=1", "tx_stbc=0", "pbss=0", "dot11MeshMaxRetries=2"), BOTH),
    "other modes": (block('ssid="mesh"', "mode=5", "frequency=2412", "key_mgmt=NONE") + block('ssid="home"', PSK), BOTH),
    "number in quotes": (block('ssid="home"', PSK, 'scan_ssid="1"'), None),
    # access points
    "blacklist": (block('ssid="home"', PSK, "bssid_blacklist=02:00:00:00:00:01 02:00:00:00:00:02"), BOTH),
    "whitelist": (block('ssid="home"', PSK, "bssid_whitelist=02:00:00:00:00:00/ff:ff:ff:00:00:00"), BOTH),
    "ignore, accept": (block('ssid="home"', PSK, "bssid_ignore=02:00:00:00:00:01", "bssid_accept=02:00:00:00:00:02"), BOTH),
    "no address": (block('ssid="home"', PSK, "bssid_ignore=x"), None),
    "bssid": (block('ssid="home"', PSK, "bssid=02:00:00:00:00:01"), BOTH),
    "any": (block('ssid="home"', PSK, "bssid=any"), BOTH),
    # values
    "priority": (block('ssid="home"', PSK, "priority=0x10"), BOTH),
    "octal": (block('ssid="home"', PSK, "priority=010"), BOTH),
    "no number": (block('ssid="home"', PSK, "priority=high"), None),
    "frequencies": (block('ssid="home"', PSK, "freq_list=2412,2437 5180"), BOTH),
    "6 GHz": (block('ssid="home"', PSK, "freq_list=2412 5955"), BOTH),
    "small country": ("country=gb\n" + block('ssid="home"', PSK), BOTH),
    "quoted country": ('country="DE"\n' + block('ssid="home"', PSK), BOTH),
    "WMM": ("wmm_ac_be_aifs=3\n" + block('ssid="home"', PSK), BOTH),
    "name of a country": ("country=GERMANY\n" + block('ssid="home"', PSK), BOTH),
    "no country": ("country=<your country>\n" + block('ssid="home"', PSK), BOTH),
    "one letter of a country": ("country=D\n" + block('ssid="home"', PSK), None),
    "empty numbers": ("ap_scan=\n" + block('ssid="home"', PSK, "priority=", "scan_ssid="), BOTH),
    "number that is a flag": ("update_config=2\n" + block('ssid="home"', PSK), BOTH),
    "number beyond our limits": ("ap_scan=7\n" + block('ssid="home"', PSK), ONLY_STOCK),
    "number beyond the limits of both": (block('ssid="home"', PSK, "scan_ssid=2"), None),
    "number beyond our limits, and a mistake": ("ap_scan=7\n" + block('ssid="home"', PSK, "sid=1"), None),
    "word for a number without an effect": ("fast_reauth=yes\n" + block('ssid="home"', PSK), ONLY_VIFI),
    "blank before a number": ("ap_scan= 1\n" + block('ssid="home"', PSK, "scan_ssid= 1"), BOTH),
    "blank before words": (block('ssid="home"', PSK, "key_mgmt= WPA-PSK", "pairwise= CCMP", "freq_list=\t2412"), BOTH),
    "blank before an address": (block('ssid="home"', PSK, "bssid= 02:00:00:00:00:01"), ONLY_VIFI),
    "blank before a text without an effect": ("device_name= laptop\n" + block('ssid="home"', PSK), BOTH),
    "blank before a text": (block('ssid= "home"', PSK), ONLY_VIFI),
    "blank before a country": ("country= DE\n" + block('ssid="home"', PSK), BOTH),
    "small auth_alg": (block('ssid="home"', PSK, "auth_alg=open"), ONLY_VIFI),
    "small method": (block('ssid="work"', "key_mgmt=WPA-EAP", "eap=peap", 'identity="me"'), ONLY_VIFI),
    "empty texts": (block('ssid="home"', PSK, "id_str=", "bgscan=", "sae_password="), BOTH),
    "sign in hexadecimal digits": (block('ssid="home"', PSK, "sae_password=-1"), None),
    "unknown autoscan": ("autoscan=often\n" + block('ssid="home"', PSK), ONLY_STOCK),
    "umlauts in a passphrase": (block('ssid="home"', 'psk="Schlüssel"'), BOTH),
    "control character in a passphrase": (block('ssid="home"', 'psk="with\ttabulator"'), None),
    "no socket": ("ctrl_interface=\n" + block('ssid="home"', PSK), ONLY_VIFI),
    "no such group": ("ctrl_interface=DIR=folder GROUP=nobody-has-it\n" + block('ssid="home"', PSK), None),
    "unknown key": ("updat_config=1\n" + block('ssid="home"', PSK), None),
    "unknown key in a block": (block('ssid="home"', PSK, "sid=1"), None),
    "include": ("include=/etc/other.conf\n" + block('ssid="home"', PSK), None),
    "no end of the block": ('network={\nssid="home"\n', None),
    "disabled": (block('ssid="home"', PSK, "disabled=1"), BOTH),
}


def words(text):
    return set(text.split())


def addresses(text):
    return {address if "/" in address else address + "/ff:ff:ff:ff:ff:ff" for address in text.split()}


def compare_network(ours, theirs, text):
    """What a station does follows from these."""
    for key in ("pairwise", "group", "proto"):
        if f"{key}=" in text:
            assert set(ours[key]) == words(theirs[key]), key
    if "key_mgmt" in ours and ours["key_mgmt"] != ["NONE"]:
        for key in ("pairwise", "group"):
            if f"{key}=" not in text:
                assert set(ours[key]) >= words(theirs[key]) == {"CCMP", "TKIP"}
        if "proto=" not in text:
            assert set(ours["proto"]) == words(theirs["proto"]) == {"WPA", "RSN"}
    assert set(ours["key_mgmt"]) <= words(theirs["key_mgmt"])
    assert ours["priority"] == int(theirs["priority"]) and ours["disabled"] == (theirs["disabled"] != "0")
    assert ours["bssid"] == (theirs["bssid"] if ":" in theirs["bssid"] else "any")
    for key in ("bssid_ignore", "bssid_accept"):
        assert set(ours[key]) == (addresses(theirs[key]) if ":" in theirs[key] else set()), key
    listed = [int(freq) for freq in re.findall(r"\d+", theirs["freq_list"])]
    assert ours["freq_list"] == [freq for freq in listed if freq <= 7125]


@pytest.mark.parametrize("kind", STATION)
def test_wpa_supplicant_conf(tmp_path, kind):
    text, who = STATION[kind]
    path = write(tmp_path, text)
    theirs = stock.wpa_supplicant(text)
    assert (theirs is not None) == (who in (BOTH, ONLY_STOCK)), "the table is wrong about wpa_supplicant"
    code, report = check("wpa_supplicant", path)
    assert code == EXITS[who], report
    assert report["stock_accepts"] == (theirs is not None)
    if theirs is None or not report["accepted"]:
        return
    by_name = {network["ssid"]: network for network in theirs}
    pmks = dict(keys("wpa_supplicant", path))
    for network in report["networks"]:
        other = by_name[network["ssid_hex"]]
        assert pmks[network["ssid_hex"]] == (other["pmk"] if network["key_mgmt"] != ["NONE"] else "-")
        compare_network(network, other, text)
    skipped = len(theirs) - len(report["networks"])
    assert sum("this network is skipped" in remark for remark in report["remarks"]) == skipped


# ---- hostapd.conf ----

WPA2 = "ssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_pairwise=CCMP\n"
PASSPHRASE = "wpa_passphrase=correct horse\n"
ACCESS_POINT = {
    "usual": (WPA2 + PASSPHRASE, BOTH),
    "group without a socket": (WPA2 + PASSPHRASE + "ctrl_interface_group=0\n", BOTH),
    "no such group, without a socket": (WPA2 + PASSPHRASE + "ctrl_interface_group=nobody-has-it\n", ONLY_VIFI),
    "no such interface": (WPA2 + PASSPHRASE + "rsn_preauth_interfaces=none0\n", ONLY_VIFI),
    "no such file": (WPA2 + PASSPHRASE + "eap_user_file=/nonexistent\n", ONLY_VIFI),
    "802.1X and no such file": ("ssid=home\nwpa=2\nwpa_key_mgmt=WPA-EAP\nieee8021x=1\nauth_server_addr=127.0.0.1\nauth_server_shared_secret=x\n"
                                "deny_mac_file=/nonexistent\n", None),
    "802.1X": ("ssid=home\nwpa=2\nwpa_key_mgmt=WPA-EAP\nieee8021x=1\nauth_server_addr=127.0.0.1\nauth_server_shared_secret=x\n", ONLY_STOCK),
    "VLAN of a password": (WPA2 + PASSPHRASE + "sae_password=correct horse|vlanid=3\n", ONLY_STOCK),
    "key": (WPA2 + f"wpa_psk={KEY}\n", BOTH),
    "passphrase after the key": (WPA2 + f"wpa_psk={KEY}\n" + PASSPHRASE, BOTH),
    "key after the passphrase": (WPA2 + PASSPHRASE + f"wpa_psk={KEY}\n", BOTH),
    "open": ("ssid=home\nhw_mode=g\nchannel=6\n", BOTH),
    "blanks around =": (WPA2 + PASSPHRASE + "ssid = hello\n", None),
    "blanks around = of a number": (WPA2 + PASSPHRASE + "channel = 6\n", None),
    "blank after =": (WPA2 + PASSPHRASE + "ssid= hello \n", BOTH),
    "blank after = of a number": (WPA2 + PASSPHRASE + "channel= 6 # busy\n", BOTH),
    "blank before the key": (WPA2 + PASSPHRASE + " max_num_sta=5\n", ONLY_VIFI),
    "comment after a word": (WPA2 + PASSPHRASE + "hw_mode=g # old\n", ONLY_VIFI),
    "comment in the name": (WPA2 + PASSPHRASE + "ssid=home # mine\n", BOTH),
    "quotes": (WPA2 + PASSPHRASE + 'ssid="home"\n', BOTH),
    "ssid2": (WPA2 + PASSPHRASE + 'ssid2=P"\\q\\n"\n', BOTH),
    "TKIP": ("ssid=home\nhw_mode=g\nchannel=6\nwpa=1\nwpa_pairwise=TKIP\n" + PASSPHRASE, BOTH),
    "mixed": ("ssid=home\nhw_mode=g\nchannel=6\nwpa=3\nwpa_pairwise=TKIP\nrsn_pairwise=CCMP\n" + PASSPHRASE, BOTH),
    "wpa=1 alone": ("ssid=home\nhw_mode=g\nchannel=6\nwpa=1\n" + PASSPHRASE, BOTH),
    "AES": (WPA2 + PASSPHRASE + "rsn_pairwise=AES\n", None),
    "wme_enabled": (WPA2 + PASSPHRASE + "wme_enabled=0\nwme_ac_be_aifs=3\n", BOTH),
    "auth_algs": (WPA2 + PASSPHRASE + "auth_algs=-1\n", BOTH),
    "no auth_algs": (WPA2 + PASSPHRASE + "auth_algs=0\n", None),
    "-1": (WPA2 + PASSPHRASE + "ap_max_inactivity=-1\nwpa_group_rekey=-1\n", BOTH),
    "empty bridge": (WPA2 + PASSPHRASE + "bridge=\n", BOTH),
    "ieee80211w=3": (WPA2 + PASSPHRASE + "ieee80211w=3\n", BOTH),
    "unknown capability": (WPA2 + PASSPHRASE + "ieee80211n=1\nht_capab=[SHORT-GI-20][DSSS_CK-40]\n", BOTH),
    "small country": (WPA2 + PASSPHRASE + "country_code=de\n", None),
    "short passphrase": (WPA2 + "wpa_passphrase=short\n", None),
    "long name": (WPA2 + PASSPHRASE + f"ssid={'x' * 33}\n", None),
    "empty name": (WPA2 + PASSPHRASE + "ssid=\n", None),
    "unknown key": (WPA2 + PASSPHRASE + "sid=home\n", None),
    "no =": (WPA2 + PASSPHRASE + "[ap]\n", None),
    "include": (WPA2 + PASSPHRASE + "include=/etc/other.conf\n", None),
    "driver of a patched hostapd": ("driver=rtl871xdrv\n" + WPA2 + PASSPHRASE, ONLY_VIFI),
    "driver of another system": ("driver=bsd\n" + WPA2 + PASSPHRASE, ONLY_VIFI),
    "passphrase without wpa, for a patched hostapd": ("driver=rtl871xdrv\nssid=home\n" + PASSPHRASE, None),
    "a time that does not fit": (WPA2 + PASSPHRASE + "ap_max_inactivity=4294967295\n", BOTH),
    "a long time": (WPA2 + PASSPHRASE + "ap_max_inactivity=100000\n", BOTH),
    "80+80 MHz": (WPA2 + PASSPHRASE + "vht_oper_chwidth=3\nvht_oper_centr_freq_seg1_idx=155\n", BOTH),
    "either half": (WPA2 + PASSPHRASE + "ieee80211n=1\nht_capab=[HT40+][HT40-][SHORT-GI-20]\n", BOTH),
    "a sample's defaults": (WPA2 + PASSPHRASE + "logger_syslog=-1\nlogger_syslog_level=2\ndump_file=/tmp/x\neapol_key_index_workaround=0\n"
                            "eap_server=0\nown_ip_addr=127.0.0.1\ntx_queue_data0_aifs=1\nwpa_gmk_rekey=86400\nsupported_rates=10 20\n", BOTH),
    "keys of later versions": (WPA2 + PASSPHRASE + "ieee80211be=1\nmld_ap=1\n", ONLY_VIFI),
    "measurements": (WPA2 + PASSPHRASE + "debug=1\nradio_measurements=1\nrrm_neighbor_report=1\nbss_transition=1\n", BOTH),
    "keys of OpenWrt": (WPA2 + PASSPHRASE + "noscan=1\n", ONLY_VIFI),
    "misspelt capabilities": (WPA2 + PASSPHRASE + "ht_capabs=[SHORT-GI-20]\n", None),
    "comment after ciphers": (WPA2 + PASSPHRASE + "rsn_pairwise=CCMP # AES\n", ONLY_VIFI),
    "blank before ciphers": (WPA2 + PASSPHRASE + "wpa_key_mgmt= WPA-PSK\nrsn_pairwise=CCMP \n", BOTH),
    "blank before a country": (WPA2 + PASSPHRASE + "country_code= DE\n", ONLY_VIFI),
    "comment after the key": (WPA2 + f"wpa_psk={KEY} # mine\n", ONLY_VIFI),
    "blank after the name in quotes": (WPA2 + PASSPHRASE + 'ssid2="x" \n', ONLY_VIFI),
    "channel=auto": (WPA2 + PASSPHRASE + "channel=auto\n", BOTH),
    "word for a channel": (WPA2 + PASSPHRASE + "channel=six\n", ONLY_STOCK),
    "word for a channel, and a mistake": (WPA2 + PASSPHRASE + "channel=six\nsid=home\n", None),
    "text after a number": (WPA2 + PASSPHRASE + "dtim_period=3 beacons\nwpa_group_rekey=600s\n", BOTH),
    "text after a strict number": (WPA2 + PASSPHRASE + "wpa_group_update_count=3 times\n", ONLY_VIFI),
    "hexadecimal number": (WPA2 + PASSPHRASE + "beacon_int=0x64\n", None),
    "2 for 1": (WPA2 + PASSPHRASE + "ap_isolate=2\nwmm_enabled=-1\n", BOTH),
    "2 where hostapd has a limit": (WPA2 + PASSPHRASE + "send_probe_response=2\n", None),
    "yes for 1": (WPA2 + PASSPHRASE + "ap_isolate=yes\n", ONLY_STOCK),
    "empty number": (WPA2 + PASSPHRASE + "wpa_ptk_rekey=\n", ONLY_STOCK),
    "802.11ac without 802.11n": (WPA2 + PASSPHRASE + "hw_mode=a\nchannel=36\nieee80211ac=1\n", BOTH),
    "BSS colour beyond the limit": (WPA2 + PASSPHRASE + "he_bss_color=128\n", BOTH),
    "deadline beyond the limit": (WPA2 + PASSPHRASE + "reassociation_deadline=0\n", BOTH),
    "no name": ("hw_mode=g\nchannel=6\nwpa=2\nwpa_pairwise=CCMP\n" + PASSPHRASE, ONLY_STOCK),
    "indented comment": (WPA2 + PASSPHRASE + "  # mine\n", ONLY_VIFI),
    "line of blanks": (WPA2 + PASSPHRASE + "  \n", ONLY_VIFI),
    "umlauts in a passphrase": (WPA2 + "wpa_passphrase=Schlüssel\n", BOTH),
    "# in nas_identifier": (WPA2 + PASSPHRASE + "nas_identifier=ap # 1\n", BOTH),
    "comment after a bridge": (WPA2 + PASSPHRASE + "wds_bridge=br0 # mine\n", BOTH),
    "no socket": (WPA2 + PASSPHRASE + "ctrl_interface=\n", ONLY_VIFI),
    "no such group": (WPA2 + PASSPHRASE + "ctrl_interface=folder\nctrl_interface_group=nobody-has-it\n", None),
    "keys of hostapd's tests": (WPA2 + PASSPHRASE + "skip_prune_assoc=1\nrsnxe_override_ft=\n", BOTH),
    "passphrase without wpa": ("ssid=home\nhw_mode=g\nchannel=6\n" + PASSPHRASE, ONLY_STOCK),
    "wpa without passphrase": (WPA2, None),
}


def compare_access_point(ours, theirs, text):
    wps = f"wpa_psk={KEY}" in text
    assert ours["wpa"] == (int(theirs.get("wpa", 0)))
    if not ours["wpa"]:
        return
    assert set(ours["key_mgmt"]) == words(theirs["key_mgmt"])
    assert set(ours["wpa_pairwise"]) == words(theirs.get("wpa_pairwise_cipher", ""))
    assert set(ours["rsn_pairwise"]) == words(theirs.get("rsn_pairwise_cipher", ""))
    assert set(ours["group_cipher"]) == words(theirs["group_cipher"])
    if wps and ours["secret"] == "wpa_psk":
        assert theirs["psk"] == KEY


@pytest.mark.parametrize("kind", ACCESS_POINT)
def test_hostapd_conf(tmp_path, kind):
    text, who = ACCESS_POINT[kind]
    path = write(tmp_path, "interface=ap0\ndriver=none\n" + text)
    # Only with WPS does hostapd tell a key that is not derived from a passphrase.
    theirs = stock.hostapd(text + ("eap_server=1\nwps_state=2\n" if "wpa_psk=" in text else ""))
    assert (theirs is not None) == (who in (BOTH, ONLY_STOCK)), "the table is wrong about hostapd"
    code, report = check("hostapd", path)
    assert code == EXITS[who], report
    assert report["stock_accepts"] == (theirs is not None)
    if theirs is None or not report["accepted"]:
        return
    compare_access_point(report["networks"][0], theirs, text)
    (name, pmk), = keys("hostapd", path)
    assert bytes.fromhex(name) == theirs["ssid"].encode().decode("unicode_escape").encode("latin1")
    if report["networks"][0].get("secret") == "wpa_passphrase":
        assert pmk == theirs["pmk"]


# ---- random files ----

STATION_LINES = [
    'ssid="a"', "ssid=6162", "ssid=abc", PSK, 'psk="short"', f"psk={KEY}", "psk=x", "key_mgmt=WPA-PSK", "key_mgmt=NONE", "key_mgmt=",
    "key_mgmt=WPA-PSK WPA-EAP", "proto=RSN", "proto=WPA2 WPA", "proto=RSN2", "pairwise=CCMP", "pairwise=CCMP TKIP", "group=TKIP",
    "group=X", "priority=3", "priority=-3", "priority=3x", "scan_ssid=1", "scan_ssid=2", "disabled=1", "bssid=any",
    "bssid=02:00:00:00:00:09", "bssid=02:00", "scan_freq=2412", "freq_list=2412 5180", "ieee80211w=2", "ieee80211w=5", "id_str=\"x\"",
    "priority=", "scan_ssid= 1", "autoscan=x", "auth_alg=open", "eap=peap", "wpa_ptk_rekey=600", "# comment", "", "bogus=1", "bogus", "identity=\"x\"", "bssid_ignore=02:00:00:00:00:01",
]
ACCESS_POINT_LINES = [
    "ssid=x", "ssid=", "ssid2=\"y\"", "ssid2=y", "hw_mode=g", "hw_mode=x", "channel=1", "channel=11", "beacon_int=100", "beacon_int=5",
    "dtim_period=2", "dtim_period=0", "max_num_sta=10", "max_num_sta=3000", "auth_algs=1", "auth_algs=3", "macaddr_acl=0", "wpa=2", "wpa=1",
    "wpa_pairwise=CCMP", "wpa_pairwise=TKIP", "rsn_pairwise=CCMP", "rsn_pairwise=X", "wpa_key_mgmt=WPA-PSK", "wpa_key_mgmt=X",
    PASSPHRASE.strip(), "wpa_passphrase=x", f"wpa_psk={KEY}", "wpa_psk=12", "wpa_group_rekey=60", "ap_isolate=1", "wmm_enabled=1",
    "ignore_broadcast_ssid=1", "country_code=DE", "country_code=D", "# comment", "", "bogus=1", "bogus", "fragm_threshold=1000",
    "rts_threshold=500", "ieee80211w=1", "channel=auto", "channel=x", "dtim_period=2 x", "ap_isolate=2", "ap_isolate=yes", "beacon_int=0x64",
    "he_bss_color=128", " # comment", "  ",
]


@pytest.mark.parametrize("number", range(24))
def test_random_files(tmp_path, number):
    """What vifi says about hostapd and wpa_supplicant is true of files that nobody has thought of."""
    choice = random.Random(f"{SEED} {number}")
    if number % 2:
        role, text = "hostapd", "ssid=home\nhw_mode=g\nchannel=6\n" + "\n".join(choice.sample(ACCESS_POINT_LINES, choice.randint(1, 6))) + "\n"
        path, theirs = write(tmp_path, "interface=ap0\ndriver=none\n" + text), stock.hostapd(text)
    else:
        role, text = "wpa_supplicant", "".join(block('ssid="home"', *choice.sample(STATION_LINES, choice.randint(1, 6))) for _ in range(2))
        path, theirs = write(tmp_path, text), stock.wpa_supplicant(text)
    code, report = check(role, path)
    assert code in EXITS.values(), report
    assert report["stock_accepts"] == (theirs is not None), (text, report)
