# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests over the air when things go wrong: losses, new keys, processes that die.  Nobody helps: all come back by themselves."""

import re
import subprocess

import pytest

from lab import Lab, Vifi, services
from lab.netns import run, wait_for
from lab.radio import Network, Station
from lab.topology import HOST4, INET4, ROUTER4, W
from lab.vifi import program

REKEYS = Network(more=("wpa_ptk_rekey=2", "wpa_group_rekey=3"))


@pytest.fixture(scope="module")
def radio():
    """One guest with an address by hand behind vifi, behind a station; the keys are renewed every few seconds."""
    with Lab(uplink="radio", guests=1, network=REKEYS) as lab, Vifi(lab) as lab.vifi:
        lab.static(lab.guest("a"), 41)
        yield lab


def reaches(lab, timeout=40):
    """The guest reaches the internet host again."""
    wait_for("the guest reaches the internet host", lambda: lab.guest("a").ping(INET4), timeout, 0.2)


def test_keys_are_renewed_under_traffic(radio):
    """New pairwise keys every 2 s, new group keys every 3 s: no ping is lost, and tshark follows with the passphrase."""
    heard = radio.capture()
    assert radio.guest("a").ping(ROUTER4, count=200, interval=0.05) == 200
    exchanges = heard.rows("wlan_rsna_eapol.keydes.msgnr == 2 && wlan.fc.protected == 1", "frame.number")
    assert len(exchanges) >= 3, "handshakes under the old key"
    assert heard.unread() == 0
    verdict = heard.verdict(W)
    assert verdict.clean and verdict.frames > 200, str(verdict)
    # By tshark: under which key each frame opened, and its packet number, which no other frame of that key and sender has.
    numbers = heard.rows("wlan.fc.protected == 1 && wlan.fc.retry == 0 && llc", "wlan.analysis.tk", "wlan.analysis.gtk", "wlan.ta", "wlan.ccmp.extiv")
    keys = {row[0] for row in numbers}
    assert len(keys) >= 4 and "" not in {tk + gtk for tk, gtk, _, _ in numbers}
    assert len(numbers) > 400 and len(set(numbers)) == len(numbers), "a packet number came twice under one key"


def test_vifi_decrypt_and_aircrack_read_the_same_air(radio, tmp_path):
    """Two more who have the passphrase: vifi decrypt opens what tshark opens, aircrack-ng finds the handshake right."""
    heard = radio.capture()
    heard.since = 0
    radio.guest("a").ping(INET4, count=5, interval=0.05)
    radio.air.write_out()
    run(["cp", radio.air.capture, tmp_path / "air.pcapng"])  # it grows
    out = run([program(), "decrypt", "-j", "-s", REKEYS.ssid, "-p", REKEYS.passphrase, "-w", tmp_path / "open.pcapng", tmp_path / "air.pcapng"]).stdout
    count = run(["tshark", "-n", "-r", tmp_path / "open.pcapng", "-Y", "wlan.fc.type == 2 && wlan.fc.protected == 1"]).stdout
    assert count == "", f"these stayed closed:\n{count}{out}"
    assert heard.unread() == 0
    run(["tshark", "-r", tmp_path / "air.pcapng", "-F", "pcap", "-w", tmp_path / "air.pcap", "-Y", "wlan.fc.type_subtype == 8 || eapol"], check=False)
    (tmp_path / "words").write_text(f"battery staple\n{REKEYS.passphrase}\n")
    found = subprocess.run(["aircrack-ng", "-q", "-a2", "-e", REKEYS.ssid, "-w", tmp_path / "words", tmp_path / "air.pcap"],
                           capture_output=True, text=True, timeout=60, check=False).stdout
    assert f"KEY FOUND! [ {REKEYS.passphrase} ]" in found, found


def test_a_lossy_air(radio):
    """Three of ten transmissions are lost, acknowledgements too: TCP comes through whole, each ping is answered once."""
    heard, download = radio.capture(), services.Download(radio.inet)
    radio.air.rule("from=* to=* loss=30%")
    try:
        got = services.fetch(radio.guest("a"), INET4, n=256 << 10, timeout=40)
        assert got.intact, str(got)
        out = radio.guest("a").run(["ping", "-n", "-c", 50, "-i", 0.05, "-W", 2, ROUTER4], timeout=60, check=False).stdout
    finally:
        radio.air.rule("from=* to=* loss=0%")
        download.close()
    assert "DUP!" not in out, out
    assert int(re.search(r"(\d+) received", out).group(1)) >= 45, out
    assert len(heard.rows("wlan.fc.retry == 1", "frame.number")) > 10, "nothing was lost"
    assert heard.verdict(W).clean


@pytest.mark.parametrize("who", ["ap", "air"])
def test_killed_and_started_again(radio, who):
    """kill -9, and a start: station and guest are back without anybody's help, and the station still sends no foreign frame."""
    service = radio.services[who]
    before = radio.port.foreign()
    service.kill()
    wait_for("the guest is cut off", lambda: not radio.guest("a").ping(INET4), 20)
    service.start()
    reaches(radio)
    assert radio.port.foreign() == before


def test_a_wrong_passphrase_is_named_on_both_ends(radio):
    """A second station with another passphrase: both logs say so, none of them says a passphrase."""
    wrong = Network(passphrase="battery staple")
    at_ap, before = radio.services["ap"], len(radio.services["ap"].said())
    laptop = radio.services["laptop"] = Station(radio, radio.ap, radio.air, wrong, "02:00:00:00:00:99", "wlan9")
    try:
        laptop.wait("the station says it", lambda: "passphrases differ" in laptop.said(), 30)
        at_ap.wait("the access point says it", lambda: "passphrases differ" in at_ap.said()[before:], 30)
    finally:
        radio.services.pop("laptop").close()
    for text in (laptop.said(), at_ap.said()):
        assert wrong.passphrase not in text and REKEYS.passphrase not in text


def test_the_station_killed_and_started_again(radio):
    """Its interface goes, and vifi bridge says so and ends; started again, as a service manager does, both serve the guest."""
    station, vifi = radio.services["sta"], radio.vifi
    station.kill()
    assert vifi.proc.wait(10) == 1
    assert "wlan0 was deleted" in vifi.said()
    station.start()
    station.wait_connected()
    radio.host.ip(f"addr add {HOST4}/24 brd + dev wlan0", f"route replace default via {ROUTER4}")
    vifi.start()
    reaches(radio)
