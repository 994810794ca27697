# SPDX-License-Identifier: GPL-2.0-or-later
"""Radio measurement (IEEE 802.11-2020, 11.10) at `vifi sta`: hostapd asks, and tshark reads the answers:

    sta   vifi sta, wpa_cli   ))) hwsim (((   one   hostapd, "home", on channel 1
                                        (((   two   hostapd, "other", on channel 6, with a long beacon
"""
from radios import FOLDER

KERNEL = "6.1"
HOME = ("ssid=home\nhw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
        "rrm_neighbor_report=1\nrrm_beacon_report=1\n")
OTHER = "ssid=other\nhw_mode=g\nchannel=6\nvendor_elements=" + "".join(f"dd3c0203{i:02x}" + 57 * "55" for i in range(8)) + "\n"
BLOCK = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2412\n}\n'
ANY = 6 * "ff"
NR = "001122334455000000005107" + "07"
LCI = "01000800101298c0b512926666f6c2f1001c00004104050000c00012"


class Bed:
    def __init__(self, lab):
        self.lab = lab
        self.one, self.two, self.sta = (lab.node(name) for name in ("one", "two", "sta"))
        self.hostapd = self.one.hostapd(HOME)
        self.two.hostapd(OTHER)
        self.daemon = self.sta.vifi("sta", f"ctrl_interface={FOLDER}/sta-ctrl\n{BLOCK}", options="-d -t -i wlan0")
        lab.wait(f"[ -S {FOLDER}/sta-ctrl/wlan0 ]")
        self.daemon.wait_for("connected: keys are installed")

    def cli(self, words):
        return self.sta.inside(f"wpa_cli -p {FOLDER}/sta-ctrl -i wlan0 {words}").strip()

    def ask(self, request, mode=""):
        """The reports of hostapd for a beacon request, as (mode, report): as many as there are in two seconds."""
        before = len(self.reports())
        token = self.hostapd.cli(f"req_beacon {self.sta.mac} {mode}{request}").split()[-1]
        self.hostapd.wait_for(f"BEACON-RESP-RX {self.sta.mac} {token} ", seconds=10)
        self.lab.run("sleep 2", 20)
        return self.reports()[before:]

    def reports(self):
        lines = [line.split("BEACON-RESP-RX ", 1)[1].split() for line in self.hostapd.log().splitlines() if "BEACON-RESP-RX " in line]
        return [(line[2], bytes.fromhex(line[3] if len(line) > 3 else "")) for line in lines]

    def from_sta(self, display_filter, field):
        return self.lab.frames(f"wlan.sa == {self.sta.mac} && ({display_filter})", field)


def bssid_of(report):
    return ":".join(f"{byte:02x}" for byte in report[15:21])


def subelements(report, number):
    rest, found = report[26:], []
    while len(rest) >= 2:
        if rest[0] == number:
            found.append(rest[2:2 + rest[1]])
        rest = rest[2 + rest[1]:]
    return found


def test_hostapd_gets_beacon_reports(lab):
    """Table, passive and active; filters, details, fragments; and refusals. tshark finds no frame of the station malformed."""
    bed = Bed(lab)
    assert bed.from_sta("wlan.fc.type_subtype == 0", "wlan.rmcap.b6") == ["True"] or \
        bed.from_sta("wlan.fc.type_subtype == 0", "wlan.rmcap.b6") == ["1"]
    assert bed.from_sta("wlan.fc.type_subtype == 0", "wlan.fixed.capabilities.radio_measurement")[0] in ("True", "1")
    table = bed.ask("51000000000002" + ANY)
    assert {bssid_of(report) for mode, report in table if mode == "00"} >= {bed.one.mac}, table
    passive = bed.ask("51000000640000" + ANY)
    heard = {bssid_of(report) for mode, report in passive}
    assert heard == {bed.one.mac, bed.two.mac}, passive
    for mode, report in passive:
        assert mode == "00" and report[0] == 81 and report[1] == (1 if bssid_of(report) == bed.one.mac else 6)
    long = [report for mode, report in passive if bssid_of(report) == bed.two.mac]
    assert [subelements(report, 2)[0][1] for report in long] == [0x80 | i for i in range(len(long) - 1)] + [len(long) - 1]
    assert len(long) >= 3 and sum(report.count(bytes.fromhex("0203")) for report in long) >= 8
    active = bed.ask("51060000640001" + ANY + "a40101")
    assert {bssid_of(report) for mode, report in active} == {bed.two.mac}
    assert [subelements(report, 164)[0][0] for mode, report in active] == [0] * (len(active) - 1) + [1]
    detail = bed.ask("51000000000002" + ANY + "020101" + "0a0130")  # the RSN element only
    of_home = [report for mode, report in detail if bssid_of(report) == bed.one.mac]
    assert len(of_home) == 1 and subelements(of_home[0], 1)[0][12:14] == bytes([0x30, 20])
    assert bed.ask("51000000000002" + ANY + "0004" + b"none".hex()) == [("00", b"")]
    assert bed.ask("c8000000640000" + ANY) == [("04", b"")]  # no such operating class
    assert bed.ask("51000000640000" + ANY, "req_mode=10 ") == [("02", b"")]  # a time that the driver cannot promise
    assert bed.from_sta("_ws.malformed || _ws.expert.severity >= 0x00800000", "frame.number") == []
    seen = bed.from_sta("wlan.fixed.category_code == 5", "wlan.measure.rep.bssid")
    assert {mac for line in seen for mac in line.split(",") if mac} == {bed.one.mac, bed.two.mac}
    assert bed.daemon.count("connected: keys are installed") == 1


def test_location_and_neighbours(lab):
    """hostapd asks where the station is; wpa_cli asks hostapd for its neighbours."""
    bed = Bed(lab)
    assert "FAIL" in bed.hostapd.cli(f"req_lci {bed.sta.mac}")  # the station does not claim it
    assert bed.cli(f"set LCI {LCI}") == "OK"
    assert bed.cli("reattach") == "OK"
    bed.daemon.wait_for("connected: keys are installed", 2)
    assert "OK" in bed.hostapd.cli(f"req_lci {bed.sta.mac}")
    lab.run("sleep 1", 20)
    assert bed.from_sta("wlan.fixed.category_code == 5 && wlan.measure.rep.reptype == 8", "wlan.tag.length") == [str(3 + len(LCI) // 2)]
    assert "OK" in bed.hostapd.cli(f"set_neighbor 00:11:22:33:44:55 ssid=\\\"far\\\" nr={NR} lci={LCI}")
    events = bed.sta.daemon("wpa_cli", f"sh -c '(sleep 100000) | wpa_cli -p {FOLDER}/sta-ctrl -i wlan0'")
    lab.run("sleep 1", 20)
    assert bed.cli("neighbor_rep_request") == "OK"
    events.wait_for(f"RRM-NEIGHBOR-REP-RECEIVED bssid={bed.one.mac} ")
    assert bed.cli("raw 'NEIGHBOR_REP_REQUEST ssid=\"far\" lci civic'") == "OK"
    events.wait_for("RRM-NEIGHBOR-REP-RECEIVED bssid=00:11:22:33:44:55 info=0x0 op_class=81 chan=7 phy_type=7 lci=")
    assert bed.cli("raw 'NEIGHBOR_REP_REQUEST ssid=\"none\"'") == "OK"
    events.wait_for("RRM-NEIGHBOR-REP-REQUEST-FAILED")
    assert bed.from_sta("_ws.malformed", "frame.number") == []
