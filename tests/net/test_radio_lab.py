# SPDX-License-Identifier: GPL-2.0-or-later
"""Both stories over `vifi air`, `vifi ap` and `vifi sta`: connectivity of guests and laptop, and the air, read by tshark."""

import pytest

from lab import Lab, LabError, Vifi, first, services
from lab.topology import GUEST4, HOST4, INET4, INET6, ROUTER4, ROUTER6, UPLINK_MAC


@pytest.fixture(scope="module")
def radio():
    with Lab(uplink="radio", guests=2) as lab:
        yield lab


@pytest.fixture(scope="module")
def story1():
    with first.FirstLab() as lab:
        yield lab


def test_host_works_as_an_ordinary_station(radio):
    """Without a bridge IPv4 and IPv6 work, and every frame that tshark decrypts has the station's address."""
    on_air = radio.capture()
    for target in (ROUTER4, INET4, ROUTER6, INET6):
        assert radio.host.ping(target, count=3, interval=0.05) == 3, target
    verdict = on_air.verdict(UPLINK_MAC)
    assert verdict.clean and verdict.frames >= 12, str(verdict)
    assert on_air.undecrypted() == 0


def test_plain_bridge_fails_without_foreign_frames_on_the_air(radio):
    """The station drops and counts every foreign frame from its interface, as many as tcpdump sees, and sends none."""
    on_air, before, guest_a = radio.capture(), radio.port.foreign(), radio.guest("a")
    radio.plain_bridge()
    try:
        radio.static(guest_a, 41)
        assert guest_a.ping(ROUTER4) == 0
        assert guest_a.ping(ROUTER6) == 0
        assert guest_a.ping(HOST4) == 1, "guest a cannot reach the host on the bridge"
        assert radio.host.ping(ROUTER4) == 1, "the station does not send the host's own frames"
    finally:
        radio.undo_plain_bridge()
        guest_a.ip("addr flush dev eth0 scope global")
    assert radio.port.foreign() > before  # tcpdump's count and the station's
    verdict = on_air.verdict(UPLINK_MAC)
    assert verdict.frames and not verdict.foreign, str(verdict)


def test_vifi_bridge_works_over_the_air(radio):
    """Guests get leases and addresses from the network, pings and TCP work, and the air shows one MAC address only."""
    guest_a, guest_b = radio.guests
    on_air, before = radio.capture(), radio.port.foreign()
    with Vifi(radio):
        for guest in radio.guests:
            guest.ip("link set eth0 down", "link set eth0 up")
        assert services.udhcpc(radio, guest_a) == GUEST4
        services.udhcpc(radio, guest_b)
        for guest in (guest_a, guest_b):
            services.slaac(guest)
            for target in (ROUTER4, INET4, ROUTER6, INET6, HOST4):
                assert guest.ping(target, count=2, interval=0.05) == 2, f"{guest.name} → {target}"
        assert radio.router.ping(GUEST4, count=2, interval=0.05) == 2
        download = services.Download(radio.inet)
        try:
            for address in (INET4, INET6):
                got = services.fetch(guest_a, address, size=1 << 20)
                assert got.intact, str(got)
        finally:
            download.close()
        assert radio.router.neighbours("lan0").get(GUEST4) == UPLINK_MAC
    verdict = on_air.verdict(UPLINK_MAC)
    assert verdict.clean and verdict.frames > 100, str(verdict)
    assert radio.port.foreign() == before
    assert on_air.undecrypted() == 0


def test_tkip_frames_without_tailroom_arrive(story1):
    """Every SYN+ACK from a guest appears on the air in a TKIP frame of 92 bytes and arrives."""
    first.connect(story1, 30).check()
    assert story1.whole_air_capture().undecrypted() == 0


@pytest.mark.parametrize("size", [0, 1, 18, 19, 20, 21, 22, 23, 24, 100, 1471, 1472])
def test_packets_of_other_lengths_arrive(story1, size):
    """The length of the packet decides how much tailroom its buffer has; frames of any length arrive."""
    assert story1.laptop.ping(INET4, count=3, interval=0.02, size=size) == 3


def test_oracle_detects_a_lost_frame(story1):
    """The oracle reports a SYN+ACK that is lost on the last hop."""
    story1.p.run(["nft", "-f", "-"], input="table ip t {\n chain c {\n  type filter hook forward priority 0\n"
                                           "  oifname ap0 tcp flags & (syn|ack) == (syn|ack) numgen inc mod 2 0 drop\n }\n}\n")
    try:
        with pytest.raises(LabError, match="SYN.ACKs"):
            first.connect(story1, 1).check()
    finally:
        story1.p.run(["nft", "delete", "table", "ip", "t"])
