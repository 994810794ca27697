# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of the station (src/mlme), checked by tshark and scapy."""
import pytest
from conftest import run_tool, tshark, write_pcap
from scapy.layers.dot11 import Dot11, Dot11Elt

STATION = "02:00:00:00:01:01"
SSID, PASSPHRASE = "home", "correct horse"
SUITES = ["wpa-tkip", "wpa2-ccmp", "wpa2-gcmp", "sha256-ccmp", "sha256-gcmp-256"]
PROBE, AUTH, ASSOC, REASSOC, DEAUTH, ACTION, NULL, QOS_NULL = "4", "11", "0", "2", "12", "13", "36", "44"


@pytest.fixture(scope="module", params=SUITES)
def scenario(request, tmp_path_factory):
    lines = run_tool("station", request.param, SSID, PASSPHRASE)
    frames = [bytes.fromhex(line) for line in lines]
    path = write_pcap(tmp_path_factory.mktemp("station") / "air.pcap", frames)
    return request.param, path, frames


def rows(path, fields, only=""):
    return tshark(path, "wpa-pwd", f"{PASSPHRASE}:{SSID}", fields, f"wlan.ta == {STATION}" + (f" && {only}" if only else ""))


def test_tshark_finds_no_malformed_frames(scenario):
    _, path, _ = scenario
    assert rows(path, ["frame.number"], "(_ws.malformed || _ws.expert.severity == error)") == []


def test_capture_contains_all_frame_types(scenario):
    suite, path, _ = scenario
    kinds = {row[0] for row in rows(path, ["wlan.fc.type_subtype"])}
    numbers = {str(int(kind, 0)) for kind in kinds}
    assert {PROBE, AUTH, ASSOC, REASSOC, DEAUTH} <= numbers and numbers & {NULL, QOS_NULL}
    assert (ACTION in numbers) == suite.startswith("sha256")


def test_tshark_decrypts_station_data(scenario):
    _, path, _ = scenario
    texts = [row[0] for row in rows(path, ["data.data"], "data") if row[0]]
    assert texts == [b"there".hex()] * len(texts) and len(texts) == 5


def test_association_requests_contain_the_negotiated_suites(scenario):
    suite, path, _ = scenario
    expect = {"wpa-tkip": ("", "", "2"), "wpa2-ccmp": ("4", "2", ""), "wpa2-gcmp": ("8", "2", ""),
              "sha256-ccmp": ("4", "6", ""), "sha256-gcmp-256": ("9", "6", "")}[suite]
    requests = rows(path, ["wlan.rsn.pcs.type", "wlan.rsn.akms.type", "wlan.wfa.ie.wpa.ucs.type", "wlan.ssid",
                           "wlan.rsn.capabilities.mfpr", "wlan.fixed.listen_ival"], "wlan.fc.type_subtype in {0, 2}")
    assert len(requests) == 3
    for row in requests:
        assert tuple(row[:3]) == expect
        assert bytes.fromhex(row[3]).decode() == SSID if set(row[3]) <= set("0123456789abcdef") else row[3] == SSID
        assert row[4] in ("", "1" if suite.startswith("sha256") else "0", "True" if suite.startswith("sha256") else "False")
        assert int(row[5], 0) == 3


def test_elements_are_in_standard_order(scenario):
    """IEEE 802.11-2016, Tables 9-29, 9-31, 9-33: ascending element order, vendor elements last; scapy parses them."""
    _, _, frames = scenario
    seen = 0
    for data in frames:
        frame = Dot11(data)
        if frame.type != 0 or frame.subtype not in (0, 2, 4) or frame.addr2 != STATION:
            continue
        ids, element = [], frame.getlayer(Dot11Elt)
        while isinstance(element, Dot11Elt):
            ids.append(element.ID)
            element = element.payload.getlayer(Dot11Elt)
        plain = [i for i in ids if i != 221]
        assert ids[:len(plain)] == plain and ids[0] == 0
        order = {0: 0, 1: 1, 50: 3 if frame.subtype != 4 else 2, 3: 4, 48: 5, 59: 6, 127: 7}
        assert [order[i] for i in plain] == sorted(order[i] for i in plain)
        seen += 1
    assert seen > 5


def test_robust_management_frames_are_protected(scenario):
    suite, path, _ = scenario
    kinds = rows(path, ["wlan.fc.type_subtype", "wlan.fc.protected"], "wlan.fc.type_subtype in {12, 13}")
    assert kinds
    for _, protected in kinds:
        assert protected in (("1", "True") if suite.startswith("sha256") else ("0", "False"))
