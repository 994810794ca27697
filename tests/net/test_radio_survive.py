# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests over the air under faults: frame loss, rekeying, killed processes.  Everything recovers without intervention."""

import subprocess

import pytest

from lab import Lab, Vifi, services
from lab.netns import ping_command, pings_answered, run, wait_for
from lab.radio import Network, Station
from lab.topology import HOST4, INET4, ROUTER4, UPLINK_MAC
from lab.vifi import program

REKEYS = Network(more=("wpa_ptk_rekey=2", "wpa_group_rekey=3"))


@pytest.fixture(scope="module")
def radio():
    """One guest with a static address behind vifi and a station; the keys change every few seconds."""
    with Lab(uplink="radio", guests=1, network=REKEYS) as lab, Vifi(lab) as lab.vifi:
        lab.static(lab.guest("a"), 41)
        yield lab


def reaches(lab, timeout=40):
    """Waits until the guest reaches the internet host."""
    wait_for("the guest reaches the internet host", lambda: lab.guest("a").ping(INET4), timeout, 0.2)


def test_rekeying_under_traffic_loses_no_frame(radio):
    """Pairwise rekeying every 2 s and group rekeying every 3 s lose no ping, and tshark decrypts every frame."""
    on_air = radio.capture()
    assert radio.guest("a").ping(ROUTER4, count=200, interval=0.05) == 200
    exchanges = on_air.rows("wlan_rsna_eapol.keydes.msgnr == 2 && wlan.fc.protected == 1", "frame.number")
    assert len(exchanges) >= 3, "too few handshakes protected by the previous key"
    assert on_air.undecrypted() == 0
    verdict = on_air.verdict(UPLINK_MAC)
    assert verdict.clean and verdict.frames > 200, str(verdict)
    # From tshark: the key and packet number of each frame; both together with the sender are unique.
    numbers = on_air.rows("wlan.fc.protected == 1 && wlan.fc.retry == 0 && llc", "wlan.analysis.tk", "wlan.analysis.gtk", "wlan.ta", "wlan.ccmp.extiv")
    keys = {row[0] for row in numbers}
    assert len(keys) >= 4 and "" not in {tk + gtk for tk, gtk, _, _ in numbers}
    assert len(numbers) > 400 and len(set(numbers)) == len(numbers), "a packet number was reused under one key"


def test_vifi_decrypt_and_aircrack_confirm_the_capture(radio, tmp_path):
    """vifi decrypt decrypts the same frames as tshark, and aircrack-ng verifies the handshake."""
    on_air = radio.capture()
    on_air.since = 0
    radio.guest("a").ping(INET4, count=5, interval=0.05)
    radio.air.write_out()
    run(["cp", radio.air.capture, tmp_path / "air.pcapng"])  # the capture still grows
    out = run([program(), "decrypt", "-j", "-s", REKEYS.ssid, "-p", REKEYS.passphrase, "-w", tmp_path / "open.pcapng", tmp_path / "air.pcapng"]).stdout
    count = run(["tshark", "-n", "-r", tmp_path / "open.pcapng", "-Y", "wlan.fc.type == 2 && wlan.fc.protected == 1"]).stdout
    assert count == "", f"vifi decrypt left frames encrypted:\n{count}{out}"
    assert on_air.undecrypted() == 0
    run(["tshark", "-r", tmp_path / "air.pcapng", "-F", "pcap", "-w", tmp_path / "air.pcap", "-Y", "wlan.fc.type_subtype == 8 || eapol"], check=False)
    (tmp_path / "words").write_text(f"battery staple\n{REKEYS.passphrase}\n")
    found = subprocess.run(["aircrack-ng", "-q", "-a2", "-e", REKEYS.ssid, "-w", tmp_path / "words", tmp_path / "air.pcap"],
                           capture_output=True, text=True, timeout=60, check=False).stdout
    assert f"KEY FOUND! [ {REKEYS.passphrase} ]" in found, found


def test_tcp_survives_a_lossy_air(radio):
    """30 % loss, acknowledgements included: TCP data arrive intact, and each ping is answered once."""
    on_air, download = radio.capture(), services.Download(radio.inet)
    radio.air.rule("from=* to=* loss=30%")
    try:
        got = services.fetch(radio.guest("a"), INET4, size=256 << 10, timeout=40)
        assert got.intact, str(got)
        out = radio.guest("a").run(ping_command(ROUTER4, 50, 0.05, 2), timeout=60, check=False).stdout
    finally:
        radio.air.rule("from=* to=* loss=0%")
        download.close()
    assert "DUP!" not in out, out
    assert pings_answered(out, 50) >= 45, out
    assert len(on_air.rows("wlan.fc.retry == 1", "frame.number")) > 10, "no frame was lost"
    assert on_air.verdict(UPLINK_MAC).clean


@pytest.mark.parametrize("who", ["ap", "air"])
def test_guest_reconnects_after_a_killed_process_restarts(radio, who):
    """After kill -9 and a start, station and guest reconnect by themselves, and no foreign frame is sent."""
    service = radio.services[who]
    before = radio.port.foreign()
    service.kill()
    wait_for("the guest loses its connection", lambda: not radio.guest("a").ping(INET4), 20)
    service.start()
    reaches(radio)
    assert radio.port.foreign() == before


def test_wrong_passphrase_is_reported_in_both_logs(radio):
    """A second station with another passphrase: both logs report the mismatch, and neither contains a passphrase."""
    wrong = Network(passphrase="battery staple")
    at_ap, before = radio.services["ap"], len(radio.services["ap"].log_text())
    laptop = radio.services["laptop"] = Station(radio, radio.ap, radio.air, wrong, "02:00:00:00:00:99", "wlan9")
    try:
        laptop.wait("the station's report", lambda: "passphrases differ" in laptop.log_text(), 30)
        at_ap.wait("the access point's report", lambda: "passphrases differ" in at_ap.log_text()[before:], 30)
    finally:
        radio.services.pop("laptop").close()
    for text in (laptop.log_text(), at_ap.log_text()):
        assert wrong.passphrase not in text and REKEYS.passphrase not in text


def test_guest_reconnects_after_a_killed_station_restarts(radio):
    """vifi bridge reports the missing interface and exits; after a restart of both, the guest has its connection again."""
    station, vifi = radio.services["sta"], radio.vifi
    station.kill()
    assert vifi.proc.wait(30) == 1
    assert "wlan0 was deleted" in vifi.log_text()
    station.start()
    station.wait_connected()
    radio.host.ip(f"addr add {HOST4}/24 brd + dev wlan0", f"route replace default via {ROUTER4}")
    vifi.start()
    reaches(radio)
