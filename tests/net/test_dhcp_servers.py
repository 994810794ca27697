# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole life of a lease with four real servers, behind a port that passes one MAC address (rules 13 to 15); the same on a
plain bridge in the same run.  `pytest -rP` prints the figures."""

import contextlib
import signal

import pytest
from scapy.layers.dhcp import BOOTP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from lab import services
from lab.dhcp_servers import ACK, FIRST, SERVERS, Client, parse_options
from lab.netns import LabError
from field_world import beside, plain_world
from world import ENGINES, ROUTER4, UPLINK_MAC, World, arp, checksum_ok, judged, wait_for

IDENTITIES = {"no identifier": None, "own identifier": b"\xff\x01\x02\x03\x04guest"}


@pytest.fixture(name="world", scope="module", params=[f"{engine}{more}" for engine in ENGINES for more in ("", " rewrite")])
def _world(request, vifi_program):
    """vifi with this engine, without and with --rewrite-chaddr, and no server yet."""
    engine, _, rewrite = request.param.partition(" ")
    options = ENGINES[engine] + (("--rewrite-chaddr",) if rewrite else ())
    with judged(World(vifi=options, static=False, dhcp="none", ra="none")) as world:
        world.rewrite = bool(rewrite)
        yield world


@pytest.fixture(name="plain", scope="module")
def _plain(machine):
    """A plain bridge, behind a port that passes every MAC address, and no server yet."""
    with plain_world(static=False) as world:
        world.rewrite = False
        yield world


@contextlib.contextmanager
def running(world, server):
    daemon = SERVERS[server](world.lab)
    try:
        yield daemon
    finally:
        daemon.close()


def requests(world):
    """The messages of clients that the network has received, up to a RELEASE: a list of BOOTP payloads."""
    found = []
    for packet in map(Ether, world.wire.frames(5)):
        if BOOTP in packet and packet[BOOTP].op == 1:
            found.append(bytes(packet[BOOTP]))
            if parse_options(found[-1])[53][0] == 7:
                break
    return found


def check_reply(client, reply, what):
    assert reply, f"no answer to {what}"
    assert reply.kind == ACK, f"{what}: answer {reply.kind}"
    assert reply.chaddr == client.mac, f"{what}: chaddr"
    assert reply.flags == 0, f"{what}: the flags were not restored"
    identity = reply.options.get(61)
    assert identity is None or identity == client.client_id, f"{what}: an identifier that the client has not sent: {identity}"


def assert_works(world, guest, address):
    """The address works: at once, or within a second if vifi has known it at another guest, which is asked whether it still has it and
    gets the answers meanwhile (doc/trust.md).  On a busy machine a guest still has an address that it has released or declined when
    the router or vifi asks for it, and then has it in the table of vifi again."""
    def works():
        return guest.ping(ROUTER4, timeout=1, source=address)
    try:
        wait_for(f"{address} works", works, 3)
    except LabError as error:
        raise LabError(f"{error}: {world.vifi.bindings()}\n{world.vifi.log_text()}" if world.vifi else f"{error}") from error


def life_of_a_lease(world, server, identity):
    """Lease, renewal by unicast, rebinding by broadcast, INFORM and RELEASE; returns how many of the four requests were answered,
    the identities that the network has seen, as (chaddr, option 61), and the client."""
    with running(world, server) as daemon, Client(world.guest_a, IDENTITIES[identity]) as client:
        world.wire.drain()
        answers = {what: ask() for what, ask in (("the request", client.lease), ("the renewal", client.renew),
                                                 ("the rebinding", client.rebind), ("INFORM", client.inform))}
        for what, reply in answers.items():
            check_reply(client, reply, what)
        assert_works(world, world.guest_a, client.address)
        client.release()
        sent = requests(world)
        wait_for("the server takes the address back", lambda: daemon.released(client.address), 10)
        kinds = {parse_options(m)[53][0] for m in sent}
        assert kinds == {1, 3, 7, 8}, kinds
        return len(answers), {(m[28:34], parse_options(m).get(61)) for m in sent}, client


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("server", SERVERS)
def test_rule_13_rule_14_rule_15_life_of_a_lease(world, plain, server, identity):
    """All messages have one identity, and all are answered, as on a plain bridge."""
    answered, ours, client = life_of_a_lease(world, server, identity)
    plain_answered, theirs, other = beside(plain, f"life {server} {identity}", lambda w: life_of_a_lease(w, server, identity))
    print(f"life of a lease of {server}, {identity}: {answered} of 4 answered, {len(ours)} identity; "
          f"plain bridge: {plain_answered}, {len(theirs)} identity")
    assert theirs == {(other.mac, other.client_id)}
    if world.rewrite:
        assert ours == {(bytes.fromhex(UPLINK_MAC.replace(":", "")), client.client_id or b"\x01" + client.mac)}
    else:
        assert ours == {(client.mac, client.client_id)}


def addresses_of_three_guests(world, server):
    """Three guests without client identifiers get a lease and renew it, and a declined address is not given again; returns how
    many addresses they have, and how many renewals were answered."""
    with running(world, server) as daemon, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(guest)) for guest in world.guests]
        addresses = [client.lease().address for client in clients]
        if len(set(addresses)) < 3:
            return len(set(addresses)), None
        for client in clients:
            check_reply(client, client.renew(), "the renewal")
        if server == "udhcpd":  # Debian's does not read DECLINE
            return 3, 3
        clients[0].node.run("ip -4 addr flush dev eth0")  # a client gives up an address before it declines it
        clients[0].decline()
        wait_for("the server notes the DECLINE", lambda: "DECLINE" in daemon.log_text(), 3)
        with Client(world.guest_a) as again:
            assert again.lease().address not in addresses
        return 3, 3


@pytest.mark.parametrize("server", SERVERS)
def test_rule_15_servers_tell_guests_apart(world, plain, server):
    """udhcpd knows no client identifiers, so that with --rewrite-chaddr it takes all guests for one client, as the manual
    warns."""
    ours, theirs = (addresses_of_three_guests(world, server),
                    beside(plain, f"apart {server}", lambda w: addresses_of_three_guests(w, server)))
    print(f"three guests of {server}: {ours[0]} addresses, {ours[1]} renewals; plain bridge: {theirs[0]} addresses, {theirs[1]} renewals")
    assert theirs == (3, 3)
    assert ours == ((1, None) if server == "udhcpd" and world.rewrite else theirs)


@pytest.mark.parametrize("pad", [0, 3, 12])
@pytest.mark.parametrize("odd", [False, True])
def test_rule_15_checksums_are_right_without_offload(world, pad, odd):
    """With checksum offload off the kernel completes the checksum of a renewal, which the guest left to it."""
    world.host.run("ethtool -K wlan0 tx off", check=False)
    try:
        with running(world, "dnsmasq"), Client(world.guest_b, pad=pad, options=b"\x0c\x01g" if odd else b"\x0c\x02gg") as client:
            check_reply(client, client.lease(), "the request")
            world.wire.drain()
            check_reply(client, client.renew(), "the renewal")
            frames = [p for p in map(Ether, world.wire.frames(0.3)) if BOOTP in p and p[BOOTP].op == 1]
        assert frames
        for frame in frames:
            assert checksum_ok(frame) and frame[UDP].chksum, repr(frame)
            assert frame[IP].len == 20 + frame[UDP].len == len(frame) - 14
            assert parse_options(bytes(frame[BOOTP])).get(12) in (b"g", b"gg")
    finally:
        world.host.run("ethtool -K wlan0 tx on", check=False)


def renewals(world):
    """busybox at both ends: (renewals by unicast that the server answered, discovers after the first lease) of three tries."""
    log = world.lab.file("udhcpc.log")
    with running(world, "udhcpd"):
        client = world.guest_a.start(["udhcpc", "-i", "eth0", "-f", "-t", "5", "-T", "1", "-s", f"{services.HERE}/udhcpc.sh"], log=log)

        def text():
            with open(log, errors="replace") as file:
                return file.read()
        try:
            for count in range(1, 4):
                wait_for(f"lease number {count}", lambda count=count: text().count("lease of") >= count, 20)
                if count < 3:
                    client.send_signal(signal.SIGUSR1)  # renew now
            return text().count("renew to server"), text().partition("lease of")[2].count("discover")
        finally:
            world.guest_a.stop(client)
            world.guest_a.run("ip -4 addr flush dev eth0")


def test_rule_13_udhcpc_keeps_its_lease_from_udhcpd(world, plain):
    """As on a plain bridge: each renewal is answered, and no discover follows."""
    ours, theirs = renewals(world), beside(plain, "udhcpd", renewals)
    print(f"renewals from udhcpd: {ours[0]}, {ours[1]} discovers; plain bridge: {theirs[0]}, {theirs[1]} discovers")
    assert ours == theirs == (2, 0)


def test_rule_15_lease_of_an_address_that_another_guest_had(world):
    """Guest a has used the address, and has it no more; the server gives it to guest b."""
    address, guest = FIRST, world.guest_b
    for node in (world.guest_a, guest):
        node.run("ip -4 addr flush dev eth0")
    world.guest_a.wire.send(arp(1, world.guest_a.hw, world.guest_a.hw, address, address))
    wait_for("vifi knows the address at guest a", lambda: any(b["address"] == address and b["mac"] == world.guest_a.hw for b in world.vifi.bindings()), 5)
    with running(world, "kea"):
        try:
            assert services.udhcpc(world.lab, guest) == address
            assert_works(world, guest, address)
        finally:
            guest.run("ip -4 addr flush dev eth0")


REAL_CLIENTS = {"udhcpc": services.udhcpc, "udhcpc without identifier": lambda lab, guest: services.udhcpc(lab, guest, extra=("-C",)),
                "dhclient": services.dhclient, "dhcpcd": services.dhcpcd}


@pytest.mark.parametrize("server", ["kea", "isc"])
@pytest.mark.parametrize("client", REAL_CLIENTS)
def test_rule_15_real_clients_accept_the_answers(world, client, server):
    """With the client identifier that was added and hidden, and without; Kea echoes it, isc-dhcpd does not."""
    guest = world.guest_b
    guest.run("ip -4 addr flush dev eth0")
    with running(world, server):
        try:
            assert_works(world, guest, REAL_CLIENTS[client](world.lab, guest))
        finally:
            guest.run("ip -4 addr flush dev eth0")


@pytest.mark.parametrize("engine", ENGINES)
def test_server_that_gives_all_guests_one_address_is_named(engine, vifi_program):
    """udhcpd with --rewrite-chaddr: the log, show and check tell why the second guest has no network."""
    with World(vifi=ENGINES[engine] + ("--rewrite-chaddr",), static=False, dhcp="none", ra="none", capture=False) as world:
        with running(world, "udhcpd"):
            addresses = [services.CLIENTS["udhcpc"](world.lab, guest) for guest in world.guests[:2]]
            assert addresses[0] == addresses[1]
            said = "The DHCP server gives all guests one address"
            wait_for("the log tells why", lambda: world.guest_b.ping(ROUTER4) or said in world.vifi.log_text(), 15)
            assert said in world.vifi.call("show", "wlan0").stdout
            assert said in world.vifi.call("check", "wlan0", "br0", check=False, timeout=30).stdout
