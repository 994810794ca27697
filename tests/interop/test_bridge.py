# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi bridge` on a station interface of mac80211 under Linux 6.1, which has no TCX. See world.py for the network.

Each test runs with the user-space engine and with the eBPF programs on clsact. The tests depend on each other, in the
order of this file; test_bed.py shows that the same guests reach nothing without vifi.
"""
import json

import pytest
from scapy.all import DHCP, Ether
from world import AP_MAC, GUESTS, HOST, ROUTER, ROUTER6, UPLINK_MAC, packed, tshark

TRACES = """ip -o -d link | sed 's/ qlen .*//'
for dev in wlan0 br0; do tc qdisc show dev $dev; tc filter show dev $dev ingress; tc filter show dev $dev egress; done
find /sys/fs/bpf; ls /run/vifi 2>/dev/null | grep -v json; grep -rs . /proc/sys/net/ipv4/conf/wlan0 /proc/sys/net/ipv4/conf/br0 /proc/sys/net/ipv6/conf/wlan0 /proc/sys/net/ipv6/conf/br0
ip rule; ip route"""


@pytest.fixture(scope="module", params=["user", "auto"])
def engine(request, world):
    """vifi runs on wlan0 and br0, with the guests ga and gb, which have no addresses yet. At the end it is stopped."""
    world.bridge("ga", "gb")
    for guest in ("ga", "gb"):
        world.inside(guest, "ip -4 addr flush dev eth0")
    world.wait("ip -o link show dev br0 | grep -q 'state UP'")  # the kernel reports it up to a second later
    world.run("tc qdisc add dev ga clsact")  # filters of egress need it, and the port has the ingress qdisc of vifi later
    world.before = world.run(TRACES)
    world.since = world.mark()
    start(world, request.param)
    yield request.param
    world.try_run("kill -TERM $(cat /run/vifi.pid); vifi bridge down wlan0; tc qdisc del dev ga clsact", 20)


def start(world, engine):
    """Starts vifi and waits until it is ready; returns its output."""
    world.run(f"vifi bridge up --engine={engine} wlan0 br0 >/tmp/vifi.log 2>&1 & echo $! >/run/vifi.pid")
    world.wait("grep -q 'guests of br0 use wlan0' /tmp/vifi.log || ! kill -0 $(cat /run/vifi.pid)", 90)
    output = world.run("cat /tmp/vifi.log; kill -0 $(cat /run/vifi.pid)")
    assert "guests of br0 use wlan0" in output
    return output


def test_only_the_kernel_engine_attaches_programs_to_clsact(world, engine):
    shown = world.run("tc filter show dev wlan0 ingress; tc filter show dev wlan0 egress")
    assert ("direct-action" in shown) == (engine == "auto")


@pytest.mark.parametrize("guest", ["ga", "gb"])
def test_guest_gets_a_lease_and_reaches_the_router(world, engine, guest):
    mac, address = GUESTS[guest]
    assert world.lease(guest) == address
    # An old entry of the router may be about to fail: nothing answered its probes before the lease.
    world.inside("ap", "ip neigh flush dev ap0")
    assert world.pings(guest, ROUTER) == 3
    assert world.neighbour("ap", address, "ap0") == UPLINK_MAC
    assert mac in world.inside("ap", "cat /run/leases")


def test_router_finds_the_guest(world, engine):
    """The router resolves the address of a guest by ARP, without a frame from the guest before."""
    address = GUESTS["ga"][1]
    world.inside("ap", "ip neigh flush dev ap0")
    assert world.pings("ap", address) == 3
    assert world.neighbour("ap", address, "ap0") == UPLINK_MAC


def test_ipv6_by_slaac(world, engine):
    mac, _ = GUESTS["ga"]
    world.inside("ga", "ip link set eth0 down")
    world.inside("ga", "ip link set eth0 up")
    world.wait("ip netns exec ga ip -6 addr show dev eth0 scope global -tentative | grep -q fd57:157:")
    own = world.inside("ga", "ip -6 -o addr show dev eth0 scope global").split()[3].split("/")[0]
    world.inside("ap", "ip -6 neigh flush dev ap0")
    assert world.pings("ga", ROUTER6) == 3
    assert world.neighbour("ap", own, "ap0") == UPLINK_MAC
    world.inside("ap", "ip -6 neigh flush dev ap0")
    assert world.pings("ap", own) == 3
    # gb, on the same bridge, learns ga's own MAC from ga's link-local address only
    assert world.pings("gb", own) == 3
    world.lease("ga")


def test_guests_and_host_reach_each_other(world, engine):
    assert world.pings("ga", GUESTS["gb"][1]) == 3
    assert world.pings("ga", HOST) == 3
    out = world.try_run(f"ping -n -q -i 0.2 -W 5 -c 3 {GUESTS['ga'][1]}").out
    assert " 3 received" in out


def test_host_reaches_the_router(world, engine):
    assert " 3 received" in world.try_run(f"ping -n -q -i 0.2 -W 5 -c 3 {ROUTER}").out


@pytest.mark.parametrize("source, target", [("ap", "ga"), ("ga", "ap")])
def test_tcp_transfer_is_intact(world, engine, source, target):
    world.transfer(source, target, ROUTER if target == "ap" else GUESTS[target][1])


def test_ip_fragments_arrive(world, engine):
    out = world.try_run(f"ip netns exec ga ping -n -q -s 4000 -i 0.2 -W 5 -c 3 {ROUTER}").out
    assert " 3 received" in out


@pytest.mark.parametrize("source, target", [("ap", "gb"), ("gb", "ap")])
def test_multicast_arrives(world, engine, source, target):
    """A UDP datagram to the group of mDNS, 224.0.0.251."""
    device = {"ap": "ap0"}.get(target, "eth0")
    own = {"ap": ROUTER}.get(source, GUESTS.get(source, ("", ""))[1])
    world.run(f"""ip netns exec {target} timeout 10 socat -u UDP4-RECV:5353,ip-add-membership=224.0.0.251:{device} \\
            CREATE:/tmp/received & sleep 0.5
        for n in 1 2 3; do echo hello | ip netns exec {source} socat -u - UDP4-DATAGRAM:224.0.0.251:5353,bind={own},\\
ip-multicast-if={own}; sleep 0.2; done; sleep 0.3; grep -q hello /tmp/received; rc=$?; rm -f /tmp/received; exit $rc""")


def test_eapol_of_a_guest_is_dropped(world, engine):
    """Rule 23: EAPOL-Start and EAPOL-Logoff of a guest reach neither the air nor hostapd."""
    mark = world.mark()
    for kind in ("01", "02"):
        for target in (AP_MAC, "01:80:c2:00:00:03", UPLINK_MAC):
            world.send("ga", target, "888e", f"01{kind}0000")
    assert world.pings("ga", ROUTER) == 3
    assert world.transmitters(mark)[UPLINK_MAC] >= 3
    assert [frame for frame in world.at_ap(mark) if frame[12:14] == b"\x88\x8e"] == []
    assert "wpa_state=COMPLETED" in world.run("wpa_cli -p /run/wpas -i wlan0 status")


def test_second_up_is_refused(world, engine):
    before = world.run(TRACES)
    second = world.try_run("vifi bridge up wlan0 br0")
    assert second.rc == 4 and "is already running for wlan0" in second.out
    assert world.run(TRACES) == before


def test_check_reports_the_driver_of_the_station(world, engine):
    """`vifi bridge check` asks the driver about 4-address mode."""
    checked = world.try_run("vifi bridge check wlan0 br0")
    assert checked.rc in (0, 1) and "wlan0" in checked.out and "4-address" in checked.out, checked.out


def first(world, asked):
    """The first cause of `vifi why`; None: there is none."""
    causes = json.loads(world.try_run(f"vifi why -j {asked}").out)["causes"]
    return causes[0]["id"] if causes else None


@pytest.mark.parametrize("inject, undo, cause", [
    ("bridge vlan del dev ga vid 1; bridge vlan add dev ga vid 20 pvid untagged; ip link set br0 type bridge vlan_filtering 1",
     "ip link set br0 type bridge vlan_filtering 0; bridge vlan del dev ga vid 20; bridge vlan add dev ga vid 1 pvid untagged", "port_vlan"),
    ("tc qdisc add dev wlan0 root netem loss 100%", "tc qdisc del dev wlan0 root", "qdisc"),
    ("tc filter add dev ga ingress pref 7 matchall action drop", "tc filter del dev ga ingress pref 7", "tc_filter"),
    ("tc filter add dev ga egress pref 7 protocol ip flower dst_ip 10.157.0.0/16 action drop; "
     "tc filter add dev ga egress pref 8 protocol arp u32 match u32 0 0 action drop", "tc filter del dev ga egress", "tc_filter"),
], ids=["vlan of the port", "netem", "matchall", "u32"])
def test_what_stops_frames_at_interfaces_is_named(world, engine, inject, undo, cause):
    world.try_run("ip -6 route flush default")  # by an access point of an earlier test, which is gone
    assert first(world, GUESTS["ga"][1]) is None
    world.run(inject)
    try:
        world.try_run(f"ip netns exec ga ping -c 1 -W 1 {ROUTER}")
        world.inside("ga", "ip neigh flush dev eth0")
        world.try_run(f"ip netns exec ga ping -c 1 -W 1 {ROUTER}")
        assert first(world, GUESTS["ga"][1]) == cause
    finally:
        world.run(undo)
    assert world.pings("ga", ROUTER) == 3


def test_setup_takes_the_station_for_the_uplink(world, engine):
    """nl80211 tells the Wi-Fi client from the access point, which has a phy, too."""
    plan = json.loads(world.run("vifi setup -j --root /tmp"))
    assert plan["uplink"] == "wlan0" and "the Wi-Fi interface" in plan["uplink_reason"], plan


def test_guests_see_link_loss_and_keep_their_bindings(world, engine):
    """Rules 4 and 25: the carrier of the guests' side follows the link; bindings survive its loss."""
    world.run("wpa_cli -p /run/wpas -i wlan0 disconnect")
    world.wait("[ $(cat /sys/class/net/vifi0p/carrier) = 0 ]")
    world.run("wpa_cli -p /run/wpas -i wlan0 reconnect")
    world.wait("[ $(cat /sys/class/net/vifi0p/carrier) = 1 ]", 30)
    world.inside("ap", "ip neigh flush dev ap0")
    assert world.pings("ap", GUESTS["gb"][1]) == 3  # gb has sent nothing since


def test_guests_recover_from_deauthentication(world, engine):
    world.run(": >/tmp/hostapd.log")
    world.inside("ap", f"hostapd_cli -p /run/hostapd deauthenticate {UPLINK_MAC}")
    world.associated()
    assert world.pings("ga", ROUTER, count=10) >= 7
    assert world.pings("ga", ROUTER) == 3


@pytest.mark.only("user")
def test_killed_user_engine_cuts_off_guests_until_restart(world, engine):
    """SIGKILL cuts off the guests, as documented, but not the host; the next `up` serves them again."""
    world.run("kill -KILL $(cat /run/vifi.pid)")
    world.wait("! kill -0 $(cat /run/vifi.pid) 2>/dev/null")
    assert " 3 received" in world.try_run(f"ping -n -q -i 0.2 -W 5 -c 3 {ROUTER}").out
    assert world.pings("ga", ROUTER, count=1) == 0
    start(world, engine)
    assert world.pings("ga", ROUTER) == 3
    assert world.pings("gb", ROUTER) == 3  # its first frame since the restart creates its binding


@pytest.mark.only("auto")
def test_programs_outlive_a_killed_vifi_and_are_adopted(world, engine):
    """SIGKILL during a download: the download continues, a new guest is served, and a restart adopts the programs."""
    address = GUESTS["ga"][1]
    world.run(f"""dd if=/dev/urandom of=/tmp/sent bs=1M count=4 2>/dev/null; rm -f /tmp/got
        ip netns exec ga timeout 60 socat -u TCP-LISTEN:5001,reuseaddr CREATE:/tmp/got >/dev/null 2>&1 &
        sleep 0.5
        ip netns exec ap timeout 50 socat -u OPEN:/tmp/sent TCP:{address}:5001 >/dev/null 2>&1 &
        echo $! >/run/transfer.pid
        for i in $(seq 100); do [ -s /tmp/got ] && break; sleep 0.1; done
        kill -KILL $(cat /run/vifi.pid)
        kill -0 $(cat /run/transfer.pid)""")
    before = world.run("wc -c </tmp/got")
    world.wait(f"[ $(wc -c </tmp/got) -gt {int(before) + 500000} ]")
    world.bridge("gc")
    assert world.lease("gc") == GUESTS["gc"][1]
    assert world.pings("gc", ROUTER) == 3
    mark = world.mark()
    assert "taken over from an earlier vifi" in start(world, "auto")
    shown = json.dumps(json.loads(world.run("vifi bridge show -j wlan0")))
    assert GUESTS["ga"][1] in shown and GUESTS["gc"][1] in shown
    world.wait("! kill -0 $(cat /run/transfer.pid) 2>/dev/null", 60)
    world.run('sleep 0.5; [ "$(sha256sum </tmp/sent)" = "$(sha256sum </tmp/got)" ]')
    arp = [frame for frame in world.at_ap(mark) if frame[12:14] == b"\x08\x06"]
    assert len(arp) < 10, "an ARP storm after the restart"


def test_only_the_uplink_mac_was_on_the_air(world, engine):
    """The only transmitter to the access point was the uplink; its frames contain MAC addresses of guests in DHCP only."""
    sent = world.transmitters(world.since)
    assert set(sent) == {UPLINK_MAC}, sent
    assert sent[UPLINK_MAC] > 20
    frames = [frame for frame in world.at_ap(world.since) if frame[6:12] == packed(UPLINK_MAC)]
    assert len(frames) > 20
    with_guest_mac = [frame for frame in frames if any(packed(mac) in frame for mac, _ in GUESTS.values())]
    assert any(DHCP in Ether(frame) for frame in with_guest_mac)
    assert [(Ether(frame).summary(), frame.hex()) for frame in with_guest_mac if DHCP not in Ether(frame)] == []


def test_new_uplink_mac_is_announced(world, engine):
    """Rule 25: vifi announces the guests at a randomised uplink MAC, and at the old one afterwards."""
    other = "02:60:aa:bb:cc:01"
    for mac in (other, UPLINK_MAC):
        world.run("wpa_cli -p /run/wpas -i wlan0 disconnect; ip link set wlan0 down; : >/tmp/hostapd.log")
        mark = world.mark()
        world.run(f"""ip link set wlan0 address {mac} && ip link set wlan0 up
            ip addr replace {HOST}/24 dev wlan0
            wpa_cli -p /run/wpas -i wlan0 reconnect""")
        world.associated()
        world.wait(f"ip netns exec ap ip neigh show {GUESTS['gb'][1]} dev ap0 | grep -q {mac}")
        announced = {frame[28:32] for frame in world.at_ap(mark) if frame[:12] == b"\xff" * 6 + packed(mac)
                and frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42]}
        assert {bytes(map(int, GUESTS[guest][1].split("."))) for guest in ("ga", "gb")} <= announced
        assert world.pings("ga", ROUTER) == 3
        assert set(world.transmitters(mark)) == {mac}


@pytest.mark.only("auto")  # the behaviour of the access point does not depend on the engine
def test_multicast_to_unicast_conversion_reaches_guests(world, engine):
    """Rule 21: hostapd with multicast_to_unicast sends ARP and IP group frames to the uplink MAC."""
    address = GUESTS["ga"][1]
    world.access_point("multicast_to_unicast=1")
    world.associated()
    mark = world.mark()
    world.inside("ap", "ip neigh flush dev ap0")
    assert world.pings("ap", address) == 3
    assert world.lease("ga") == address
    test_multicast_arrives(world, engine, "ap", "gb")
    from_ap = tshark(world.recorded("air", mark), "wlan.fc.type == 2 && wlan.fc.fromds == 1", "wlan.da")
    assert UPLINK_MAC in from_ap and "01:00:5e:00:00:fb" not in from_ap, "the access point did not convert the group frames"
    assert set(world.transmitters(mark)) == {UPLINK_MAC}


def test_another_access_point_is_logged(world, engine):
    """The network has another BSSID: one line tells from which access point to which the uplink has roamed."""
    own = world.inside("ap", "cat /sys/class/net/ap0/address").strip()
    for bssid in ("02:00:00:00:77:01", own):
        world.access_point(f"bssid={bssid}")
        world.associated()
        world.wait(f"grep -q 'wlan0 has roamed from the access point .* to {bssid}' /tmp/vifi.log", 30)


def test_stop_and_down_leave_no_trace(world, engine):
    world.run("kill -TERM $(cat /run/vifi.pid)")
    world.wait("! kill -0 $(cat /run/vifi.pid) 2>/dev/null")
    world.run("vifi bridge down wlan0 || [ $? = 4 ]")
    world.try_run("ip link del gc; ip netns del gc")
    assert world.run(TRACES) == world.before
    assert world.pings("ga", ROUTER, count=1) == 0
