# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi trace ap` on a card: management frames and EAPOL, judged by tshark; the station is wpa_supplicant."""
import collections
import re
import subprocess

from bed import CACHE

KERNEL = "6.12"
NETWORK = "interface=wlan0\nssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=interoperable\nrsn_pairwise=CCMP\n"
STATION = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=2437\n}\n'
FIELDS = ("frame.packet_id", "frame.interface_name", "frame.comment", "frame.packet_flags_direction", "wlan.fc.type_subtype", "wlan_rsna_eapol.keydes.msgnr")


def packets(path):
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", *(word for field in FIELDS for word in ("-e", field))],
                          capture_output=True, text=True, check=True, timeout=60)
    assert not [line for line in done.stderr.splitlines() if "Running as user" not in line], done.stderr
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


def test_a_card_shows_the_connection_of_a_station(lab):
    ap, sta = lab.node("ap", channels=2), lab.node("sta", channels=2)
    daemon = ap.vifi("ap", NETWORK, options="-d")
    daemon.wait_for("the network is on the air")
    lab.run("rm -f /tmp/card.pcapng")
    trace = ap.daemon("trace", "vifi trace -s 0 -w /tmp/card.pcapng ap wlan0")
    lab.wait("[ -s /tmp/card.pcapng ]")
    sta.wpa_supplicant(STATION)
    daemon.wait_for(f"{sta.mac}: connected: keys are installed")
    trace.stop()
    path = CACHE / "card.pcapng"
    path.write_bytes(lab.machine.get("cat /tmp/card.pcapng"))
    rows = packets(path)
    assert {row["frame.interface_name"] for row in rows} == {"card wlan0", "eapol wlan0"}, rows
    messages = [row["wlan_rsna_eapol.keydes.msgnr"] for row in rows if row["wlan_rsna_eapol.keydes.msgnr"]]
    assert re.fullmatch(r"(1+)(2+)(3+)(4+)", "".join(messages)), rows
    by_id = collections.defaultdict(list)
    for row in rows:
        assert row["frame.packet_id"] and row["frame.comment"], row
        by_id[row["frame.packet_id"]].append(row)
    kinds = {int(row["wlan.fc.type_subtype"], 0) for row in rows if row["wlan.fc.type_subtype"]}
    assert {0x0b, 0x00, 0x01} <= kinds, rows  # authentication, association request and response
    tied = [journey for journey in by_id.values() if [row["frame.comment"] for row in journey] == ["to the air", "delivered"]]
    assert tied, by_id  # sent, and the card's word that it was acknowledged
    information = subprocess.run(["capinfos", "-M", path], capture_output=True, text=True, check=True)
    assert information.stderr == "" and "Number of interfaces in file: 2" in information.stdout, information
