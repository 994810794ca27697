# SPDX-License-Identifier: GPL-2.0-or-later
"""Both stories over `vifi air`, `vifi ap` and `vifi sta`: what guests and laptop get, and what was on the air, by tshark."""

import pytest

from lab import Lab, LabError, Vifi, first, services
from lab.topology import GUEST4, HOST4, INET4, INET6, ROUTER4, ROUTER6, W


@pytest.fixture(scope="module")
def radio():
    with Lab(uplink="radio", guests=2) as lab:
        yield lab


@pytest.fixture(scope="module")
def story1():
    with first.FirstLab() as lab:
        yield lab


def test_the_host_is_a_station_like_others(radio):
    """Without a bridge: IPv4, IPv6, and every frame opened by tshark with the passphrase bears the station's address."""
    heard = radio.capture()
    for target in (ROUTER4, INET4, ROUTER6, INET6):
        assert radio.host.ping(target, count=3, interval=0.05) == 3, target
    verdict = heard.verdict(W)
    assert verdict.clean and verdict.frames >= 12, str(verdict)
    assert heard.unread() == 0


def test_a_plain_bridge_fails_and_nothing_foreign_is_on_the_air(radio):
    """The station takes foreign frames from its interface, counts each by name, as many as tcpdump does, and sends none."""
    heard, before, a = radio.capture(), radio.port.foreign(), radio.guest("a")
    radio.plain_bridge()
    try:
        radio.static(a, 41)
        assert a.ping(ROUTER4) == 0
        assert a.ping(ROUTER6) == 0
        assert a.ping(HOST4) == 1, "the host itself is on the bridge"
        assert radio.host.ping(ROUTER4) == 1, "the host may send"
    finally:
        radio.undo_plain_bridge()
        a.ip("addr flush dev eth0 scope global")
    assert radio.port.foreign() > before  # both counts
    verdict = heard.verdict(W)
    assert verdict.frames and not verdict.foreign, str(verdict)


def test_vifi_bridge_over_the_air(radio):
    """Leases and addresses of the real network, pings and TCP both ways; on the air one address only, in bodies too."""
    a, b = radio.guests
    heard, before = radio.capture(), radio.port.foreign()
    with Vifi(radio):
        for g in radio.guests:
            g.ip("link set eth0 down", "link set eth0 up")
        assert services.udhcpc(radio, a) == GUEST4
        services.udhcpc(radio, b)
        for g in (a, b):
            services.slaac(g)
            for target in (ROUTER4, INET4, ROUTER6, INET6, HOST4):
                assert g.ping(target, count=2, interval=0.05) == 2, f"{g.name} → {target}"
        assert radio.router.ping(GUEST4, count=2, interval=0.05) == 2
        download = services.Download(radio.inet)
        try:
            for address in (INET4, INET6):
                got = services.fetch(a, address, n=1 << 20)
                assert got.intact, str(got)
        finally:
            download.close()
        assert radio.router.neighbours("lan0").get(GUEST4) == W
    verdict = heard.verdict(W)
    assert verdict.clean and verdict.frames > 100, str(verdict)
    assert radio.port.foreign() == before
    assert heard.unread() == 0


def test_the_failing_frames_of_2007_arrive(story1):
    """SYN+ACKs from a guest by TKIP, in frames of 92 bytes: each one that was sent is on the air and arrives."""
    first.connect(story1, 30).check()
    assert story1.heard_all().unread() == 0


@pytest.mark.parametrize("size", [0, 1, 18, 19, 20, 21, 22, 23, 24, 100, 1471, 1472])
def test_other_lengths_arrive_too(story1, size):
    """What fitted depended on the slack of the buffer, so on the length."""
    assert story1.laptop.ping(INET4, count=3, interval=0.02, size=size) == 3


def test_the_judge_sees_what_does_not_arrive(story1):
    """A SYN+ACK that is lost on the last hop is missed by name."""
    story1.p.run(["nft", "-f", "-"], input="table ip t {\n chain c {\n  type filter hook forward priority 0\n"
                                           "  oifname ap0 tcp flags & (syn|ack) == (syn|ack) numgen inc mod 2 0 drop\n }\n}\n")
    try:
        with pytest.raises(LabError, match="SYN.ACKs"):
            first.connect(story1, 1).check()
    finally:
        story1.p.run(["nft", "delete", "table", "ip", "t"])
