# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of the access point: tshark and scapy read them without errors; tshark gets the passphrase only."""
import pytest
from conftest import run_tool, tshark, write_pcap
from scapy.layers.dot11 import Dot11, Dot11AssoResp, Dot11Beacon, Dot11Elt, Dot11EltCountry, Dot11EltDSSSet, Dot11EltRSN

SSID, PASSPHRASE = "test", "correct horse"
KINDS = ["open", "wpa", "wpa2", "mixed", "pmf", "5ghz", "rates"]
PROTECTED = [kind for kind in KINDS if kind != "open"]
BSSID = "02:00:00:00:01:00"
BEACON, FROM_AP = "wlan.fc.type_subtype == 8", f"wlan.ta == {BSSID}"
TEXT = b"from the host of the wire, a test frame".hex()


def frames_of(kind):
    return [bytes.fromhex(line) for line in run_tool("ap", kind, SSID, PASSPHRASE)]


@pytest.fixture(scope="module", params=KINDS)
def scenario(request, tmp_path_factory):
    """A capture of the scenario in ap.c, from start to stop of an access point."""
    path = tmp_path_factory.mktemp("ap") / "air.pcap"
    return request.param, write_pcap(path, frames_of(request.param))


def rows(capture, fields, where):
    return tshark(capture, "wpa-pwd", f"{PASSPHRASE}:{SSID}", fields, where)


def test_tshark_finds_no_errors_in_access_point_frames(scenario):
    kind, capture = scenario
    assert rows(capture, ["frame.number", "_ws.expert.message"], "_ws.malformed or _ws.expert.severity >= 6291456") == []


def test_beacon_contents(scenario):
    kind, capture = scenario
    fields = ["wlan.ssid", "wlan.fixed.beacon", "wlan.ds.current_channel", "wlan.tim.dtim_period",
              "wlan.country_info.code", "wlan.fixed.capabilities.privacy", "wlan.fixed.timestamp", "wlan.seq",
              "wlan.tim.dtim_count"]
    beacons = rows(capture, fields, BEACON)
    assert len(beacons) > 600
    for number, row in enumerate(beacons):
        assert row[0] in (SSID, SSID.encode().hex())
        assert row[1:6] == ["100", "" if kind == "5ghz" else "6", "3", "DE", "0" if kind == "open" else "1"]
        assert int(row[6]) == 102400 * (number + 1)
        assert int(row[8]) == (3 - number % 3) % 3
    rates = {tuple(int(rate, 0) for rate in row[0].split(",")) for row in rows(capture, ["wlan.supported_rates"], BEACON)}
    assert rates == {{"5ghz": (140, 18, 152, 36, 176, 72, 96, 108), "rates": (140, 152, 48, 108)}.get(kind, (130, 132, 139, 150, 12, 18, 24, 36))}


def test_scapy_parses_a_beacon():
    beacon = Dot11(next(f for f in frames_of("pmf") if f[0] == 0x80))
    assert beacon[Dot11Beacon].beacon_interval == 100
    assert "ESS" in str(beacon[Dot11Beacon].cap) and "privacy" in str(beacon[Dot11Beacon].cap)
    assert beacon[Dot11EltDSSSet].channel == 6 and beacon[Dot11EltCountry].country_string == b"DEO"
    rsn = beacon[Dot11EltRSN]
    assert rsn.group_cipher_suite.cipher == 4 and [s.cipher for s in rsn.pairwise_cipher_suites] == [4]
    assert [s.suite for s in rsn.akm_suites] == [6] and rsn.mfp_capable and rsn.mfp_required
    assert rsn.group_management_cipher_suite.cipher == 6


@pytest.mark.parametrize("kind", PROTECTED)
def test_beacon_elements_contain_the_suites(tmp_path, kind):
    capture = write_pcap(tmp_path / "air.pcap", frames_of(kind))
    rsn = rows(capture, ["wlan.rsn.gcs.type", "wlan.rsn.pcs.type", "wlan.rsn.akms.type", "wlan.rsn.capabilities.mfpr"], BEACON)[0]
    wpa = rows(capture, ["wlan.wfa.ie.wpa.mcs.type", "wlan.wfa.ie.wpa.ucs.type", "wlan.wfa.ie.wpa.type"], BEACON)[0]
    assert rsn == {"wpa": [""] * 4, "mixed": ["2", "4", "2", "0"], "pmf": ["4", "4", "6", "1"]}.get(kind, ["4", "4", "2", "0"])
    assert wpa == (["2", "2", "2"] if kind in ("wpa", "mixed") else ["", "", ""])


def test_tim_announces_buffered_frames(tmp_path):
    capture = write_pcap(tmp_path / "air.pcap", frames_of("wpa2"))
    dtims = rows(capture, ["wlan.tim.bmapctl.multicast", "wlan.tim.partial_virtual_bitmap"], BEACON + " and wlan.tim.dtim_count == 0")
    assert ["0", "00"] in dtims
    # The second station, with AID 2, dozes, and a group frame is buffered.
    assert [row for row in dtims if row[0] == "1"] == [["1", "04"]]
    more = rows(capture, ["wlan.da"], FROM_AP + " and wlan.fc.moredata == 1")
    assert more == []  # one buffered frame each, so no more data follows


def test_tshark_decrypts_all_with_the_passphrase(scenario):
    """Both directions, before and after rekeying of the pairwise and the group key."""
    kind, capture = scenario
    payload = [row[0] for row in rows(capture, ["data.data"], FROM_AP + " and data.data")]
    # tshark 4.0 does not decrypt TKIP group frames of a mixed network: see test_handshake.py.
    assert payload.count(TEXT) == (2 if kind == "mixed" else 4)
    assert b"buffered frame".hex() in payload
    assert [row[0] for row in rows(capture, ["data.data"], f"wlan.da == 02:00:00:00:09:09 and data.data")] == [b"up".hex()]


def test_protected_network_sends_no_cleartext_data(scenario):
    kind, capture = scenario
    clear = rows(capture, ["frame.number"], "wlan.fc.type == 2 and not wlan.fc.subtype == 4 and not wlan.fc.subtype == 12 and "
                 "wlan.fc.protected == 0 and not eapol")
    assert bool(clear) == (kind == "open")


def test_refused_association_contains_the_comeback_time(tmp_path):
    capture = write_pcap(tmp_path / "air.pcap", frames_of("pmf"))
    refused = rows(capture, ["wlan.fixed.status_code", "wlan.timeout_int.type", "wlan.timeout_int.value"], "wlan.fc.type_subtype == 1 and "
                   "wlan.timeout_int.type")
    assert len(refused) == 1 and int(refused[0][0], 0) == 30 and refused[0][1] == "3" and int(refused[0][2]) in (1000, 1001)
    # SA Query request and response were protected; tshark decrypts both.
    query = rows(capture, ["wlan.sa", "wlan.fixed.action_code", "wlan.fixed.transaction_id"], "wlan.fixed.category_code == 8 and "
                 "wlan.fc.protected == 1")
    assert [row[0] for row in query] == [BSSID, "02:00:00:00:00:01"]
    assert query[0][2] == query[1][2]


def test_scapy_parses_an_association_response():
    response = Dot11(next(f for f in frames_of("wpa2") if f[0] == 0x10))
    assert response[Dot11AssoResp].status == 0 and response[Dot11AssoResp].AID in (1, 0xC001)
    elements, element = [], response[Dot11AssoResp].payload
    while isinstance(element, Dot11Elt):
        elements.append(element.ID)
        element = element.payload
    assert elements == [1, 50, 221]


@pytest.mark.parametrize("kind", ["wpa", "wpa2", "pmf", "5ghz"])
def test_packet_numbers_never_repeat(tmp_path, kind):
    """They rise under each key; each key is replaced once."""
    capture = write_pcap(tmp_path / "air.pcap", frames_of(kind))
    field = "wlan.tkip.extiv" if kind == "wpa" else "wlan.ccmp.extiv"
    seen = rows(capture, ["wlan.ra", field], FROM_AP + f" and {field} and wlan.fc.type == 2")
    receivers = {row[0] for row in seen}
    assert len(receivers) == 3  # two stations and the group
    for receiver in receivers:
        numbers = [int(row[1], 16) for row in seen if row[0] == receiver]
        assert sum(1 for a, b in zip(numbers, numbers[1:]) if b <= a) <= 1, (receiver, numbers)
