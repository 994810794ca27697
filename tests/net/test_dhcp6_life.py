# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of DHCPv6 leases with real clients and servers (rule 15): renewal, rebinding, Rapid Commit, release, information
request, Reconfigure.  The payload passes unchanged; answers find the guest by its IPv6 address."""

import re

import pytest
from scapy.layers.dhcp6 import (DHCP6_Advertise, DHCP6_Reconf, DHCP6_Reply, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptElapsedTime, DHCP6OptIA_NA,
                                DHCP6OptIAAddress, DHCP6OptRapidCommit, DHCP6OptReconfMsg, DHCP6OptServerId, DUID_LL)
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from lab import services
from world import ENGINES, ROUTER_MAC, UPLINK_MAC, World, judged, wait_for


class ShortDhcpd6(services._Daemon):  # pylint: disable=protected-access
    """isc-dhcpd with leases of 20 s, renewed after 4 and rebound after 8 seconds; it answers Rapid Commit."""

    def __init__(self, lab):
        conf, leases = lab.file("dhcpd6.conf"), lab.file("dhcpd6.leases")
        open(leases, "w").close()
        with open(conf, "w") as file:
            file.write("authoritative; default-lease-time 20; preferred-lifetime 16;\noption dhcp-renewal-time 4; option dhcp-rebinding-time 8;\n"
                       "option dhcp6.name-servers 2001:db8:157::20;\n"
                       "subnet6 2001:db8:157::/64 { range6 2001:db8:157::1000 2001:db8:157::1fff; option dhcp6.rapid-commit; }\n")
        super().__init__(lab, "dhcpd6", ["dhcpd", "-6", "-d", "-f", "-cf", conf, "-lf", leases, "--no-pid", "lan0"], r"Sending on")


class Client:
    """dhclient -6 in a guest."""

    def __init__(self, world, guest, conf="", *options):
        self.world, self.guest, lab = world, guest, world.lab
        self.log, self.leases, self.conf = lab.file("dhclient6.log"), lab.file("dhclient6.leases"), lab.file("dhclient6.conf")
        with open(self.conf, "w") as file:
            file.write(conf)
        self.pid = lab.file("dhclient6.pid")
        guest.link_local()
        self.proc = guest.start(self.argv("-d", *options), log=self.log)

    def argv(self, *options):
        return ["dhclient", "-6", "-v", *options, "-cf", self.conf, "-lf", self.leases, "-pf", self.pid, "-sf", f"{services.HERE}/dhclient.sh", "eth0"]

    def text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def count(self, message):
        """How often the client has received this answer."""
        return len(re.findall(rf"RCV: {message} message", self.text()))

    def address(self):
        return next((x for x in self.guest.addresses("eth0", 6) if re.match(r"2001:db8:157::1[0-9a-f]{3}$", x)), None)

    def close(self):
        self.guest.stop(self.proc)
        self.guest.run("ip -6 addr flush dev eth0 scope global")


@pytest.fixture(name="world", scope="module", params=ENGINES)
def _world(request, vifi_program):
    with judged(World(vifi=ENGINES[request.param], static=False, dhcp="none", ra="none")) as world:
        world.dhcpd6 = ShortDhcpd6(world.lab)
        yield world
        world.dhcpd6.close()


def test_rule_15_dhcpv6_lease_is_renewed_and_released(world):
    """Solicit, Request, two Renews by the client's own timer, and a Release that the server confirms."""
    client = Client(world, world.guest_a)
    try:
        wait_for("the lease", client.address, 15)
        wait_for("two renewals", lambda: client.count("Reply") >= 3, 30)
        log = world.dhcpd6.log_text()
        assert log.count("Renew message from") >= 2 and "Rebind message" not in log, "renewals were not answered"
        world.guest_a.ip("route add 2001:db8:157::/64 dev eth0")  # a lease tells no prefix
        assert world.router.ping(client.address(), count=3), "the leased address does not work"
        world.guest_a.stop(client.proc)
        world.guest_a.run(client.argv("-r"), timeout=20)
        wait_for("the server has the Release", lambda: "Release message from" in world.dhcpd6.log_text(), 5)
    finally:
        client.close()


def test_rule_15_dhcpv6_lease_is_rebound_by_a_new_server(world):
    """The server that gave the lease is gone; its successor answers the Rebind."""
    client = Client(world, world.guest_b)
    try:
        wait_for("the lease", client.address, 15)
        world.dhcpd6.close()
        wait_for("the client asks all servers", lambda: "Rebind" in client.text(), 25)
        world.dhcpd6 = ShortDhcpd6(world.lab)
        before = client.count("Reply")
        wait_for("the new server answers", lambda: client.count("Reply") > before, 30)
    finally:
        client.close()


def test_rule_15_dhcpv6_rapid_commit(world):
    """Two messages (RFC 8415, 18.3.1): the server answers the Solicit with a Reply."""
    guest = world.guest_c
    address = guest.link_local()
    frame = (Ether(src=guest.hw, dst="33:33:00:01:00:02") / IPv6(src=address, dst="ff02::1:2") / UDP(sport=546, dport=547) / DHCP6_Solicit(trid=0x515151)
             / DHCP6OptClientId(duid=DUID_LL(lladdr=guest.hw)) / DHCP6OptElapsedTime() / DHCP6OptRapidCommit() / DHCP6OptIA_NA(iaid=7))
    world.dhcpd6.close()
    dnsmasq = services.Dnsmasq(world.lab, dhcp=False)  # isc-dhcpd does not commit at once
    try:
        got = world.between(guest, guest, frame, lambda p: (DHCP6_Reply in p or DHCP6_Advertise in p) and p[IPv6].dst == address, 3)
    finally:
        dnsmasq.close()
        world.dhcpd6 = ShortDhcpd6(world.lab)
    assert got is not None and DHCP6_Reply in got, got
    assert any(DHCP6OptIAAddress in option for option in got[DHCP6OptIA_NA].ianaopts), got.show(dump=True)
    assert got.dst == guest.hw


def test_rule_15_dhcpv6_information_request(world):
    client = Client(world, world.guest_c, "", "-S")
    try:
        wait_for("the answer", lambda: client.count("Reply"), 15)
    finally:
        client.close()


def test_rule_15_dhcpv6_reconfigure_reaches_its_guest(world):
    """A server begins the exchange (RFC 8415, 18.3.11): its message goes to the guest's own address, unchanged."""
    guest = world.guest_a
    address = guest.link_local()
    guest.run(["ping", "-6", "-c", "1", "-W", "1", "fe80::20%eth0"], check=False)
    frame = (Ether(src=ROUTER_MAC, dst=UPLINK_MAC) / IPv6(src="fe80::20", dst=address) / UDP(sport=547, dport=546)
             / DHCP6_Reconf(trid=0) / DHCP6OptServerId(duid=DUID_LL(lladdr=ROUTER_MAC)) / DHCP6OptClientId(duid=DUID_LL(lladdr=guest.hw))
             / DHCP6OptReconfMsg(msgtype=5))
    got = world.into(guest, frame, lambda p: DHCP6_Reconf in p)
    assert got is not None and got.dst == guest.hw and bytes(got)[12:] == bytes(frame)[12:]
