# SPDX-License-Identifier: GPL-2.0-or-later
"""vifi in the dom0 of a real Xen, with PV guests on its bridges.

The guest behind a Wi-Fi client:

    router, hostapd ))) wlan0 ── vifi bridge ── br0 ── vif ── guest            dom0 and one PV guest
                        wpa_supplicant or vifi sta

The guest as firewall of a Wi-Fi network:

    internet host ── br0 ── vif ── firewall ── vif ── bridge1 ── vifi ap ))) laptop    dom0 and one PV guest

The guests are made from the examples in doc/xen. Its script vif-vifi connects the first one, the stock script vif-bridge the
other one.
"""
import pytest
import radios
import xen
from bed import BUILD
from conftest import booted
from world import GUESTS, HOST, PSK, ROUTER, ROUTER6, SSID, UPLINK_MAC, World, packed

MEGABYTES = 4
LAPTOP, INSIDE, OUTSIDE, INTERNET = "10.7.0.2", "10.7.0.1", "198.51.100.1", "198.51.100.2"
SOCKET = "/run/lab/air-socket"


@pytest.fixture(scope="module")
def machine_with_xen():
    with booted("xen", [BUILD / "vifi", BUILD / "tests/interop/radio"], {}, xen.KERNEL, ["xen"], xen.make_image, xen.Machine) as running:
        yield running


@pytest.fixture(scope="module")
def dom0(machine_with_xen, request):
    """dom0 with the network of world.py and running daemons of Xen."""
    built = radios.Lab(machine_with_xen)
    request.session.config.vifi_world = built
    built.run(f"mkdir -p {radios.FOLDER}; /guest/xen-start", 120)
    World.build(built)
    built.sha256 = built.run(f"""mkdir -p /tmp/www
        dd if=/dev/urandom of=/tmp/www/file bs=1M count={MEGABYTES} 2>/dev/null
        sha256sum </tmp/www/file""", 60).split()[0]
    built.run("ip netns exec ap httpd -p 80 -h /tmp/www")
    yield built
    request.session.config.vifi_world = None


def test_this_is_xen(dom0):
    assert dom0.run("cat /sys/hypervisor/type").strip() == "xen"
    assert "control_d" in dom0.run("cat /proc/xen/capabilities")


def online(dom0, **vif):
    """Runs vif-vifi as xl does when it adds a vif; returns the reason why it refuses, or None."""
    script, store = "/etc/xen/scripts/vif-vifi", "/local/domain/0/backend/vif/99/0"
    dom0.run(f"xenstore-write {store}/handle 0" + "".join(f" {store}/{key} {value}" for key, value in vif.items()))
    try:
        done = dom0.try_run(f"vif=vif99.0 XENBUS_PATH={store} {script} online type_if=vif", 30)
        status = dom0.run(f"xenstore-read {store}/hotplug-status").strip()
        assert (done.rc == 0, status) in ((True, "connected"), (False, "error")), status
        return None if done.rc == 0 else dom0.run(f"xenstore-read {store}/hotplug-error").strip()
    finally:
        dom0.run(f"xenstore-rm /local/domain/0/backend/vif/99")


def test_script_refuses_a_bridge_that_vifi_does_not_serve(dom0):
    dom0.run("ip link add br7 type bridge && ip link add vif99.0 type dummy")
    assert online(dom0, bridge="br7") == ("vif-vifi: vifi does not serve br7: vifi bridge up UPLINK br7, "
                                          "or write /etc/vifi/UPLINK.conf for the service")
    assert online(dom0).startswith("vif-vifi: no bridge is named, and vifi serves none")
    assert "master" not in dom0.run("ip -o link show vif99.0")
    # The service makes the bridge; this systemctl does so, too.
    dom0.run("""mkdir -p /etc/vifi && printf '[bridge]\nuplink = wlan0\nbridge = br8\n' >/etc/vifi/house.conf
        printf '#!/bin/sh\n[ "$*" = "start vifi-bridge@house" ] && ip link add br8 type bridge\n' >/usr/bin/systemctl
        chmod +x /usr/bin/systemctl""")
    assert online(dom0, bridge="br8") is None
    assert "master br8" in dom0.run("ip -o link show vif99.0")
    dom0.run("ip link del vif99.0; ip link del br7; ip link del br8; rm /etc/vifi/house.conf /usr/bin/systemctl")


@pytest.fixture(params=["wpa_supplicant", "vifi sta"])
def uplink(dom0, request):
    """wlan0 is connected by this program; afterwards again by wpa_supplicant."""
    if request.param == "vifi sta":
        dom0.run("wpa_cli -p /run/wpas -i wlan0 terminate; while pidof wpa_supplicant >/dev/null; do sleep 0.1; done")
        dom0.file("/run/sta.conf", f'network={{\nssid="{SSID}"\nscan_freq=2412\npsk="{PSK}"\n}}\n')
        dom0.run("vifi sta -d -i wlan0 /run/sta.conf >/tmp/sta.log 2>&1 & echo $! >/run/sta.pid")
        dom0.wait("grep -q 'connected: keys are installed' /tmp/sta.log", 60)
        assert dom0.run("ip -4 -o addr show dev wlan0").split()[3] == f"{HOST}/24"
    yield request.param
    if request.param == "vifi sta":
        dom0.run("kill -TERM $(cat /run/sta.pid); while [ -e /proc/$(cat /run/sta.pid) ]; do sleep 0.1; done")
        dom0.station()


def test_guest_gets_a_lease_and_downloads_through_vifi_bridge(dom0, uplink):
    mac, address = GUESTS["ga"]
    mark = dom0.mark()
    dom0.run("vifi bridge up wlan0 br0 >/tmp/vifi.log 2>&1 & echo $! >/run/vifi.pid")
    dom0.wait("grep -q 'guests of br0 use wlan0' /tmp/vifi.log", 60)
    guest = xen.Guest(dom0, "guest.cfg", f"guest-{uplink.split()[0]}", f"role=guest url=http://{ROUTER}/file ping={HOST} ping6={ROUTER6}",
                      {"00:16:3e:00:00:01": mac})
    try:
        assert "master br0" in dom0.run("bridge link show dev $(cd /sys/class/net; echo vif*)")
        results = guest.wait_for("GUEST done")
        assert results["lease"] == f"{address}/24" and results["sha256"] == dom0.sha256, guest.console()
        assert results["address6"].startswith("fd57:157:") and results["ping"] == results["ping6"] == "ok", guest.console()
        dom0.inside("ap", "ip neigh flush dev ap0")
        assert dom0.pings("ap", address) == 3
        assert dom0.neighbour("ap", address, "ap0") == UPLINK_MAC
        assert set(dom0.transmitters(mark)) == {UPLINK_MAC}
        assert packed(mac) not in {frame[6:12] for frame in dom0.at_ap(mark)}
    finally:
        guest.destroy()
        dom0.run("kill -TERM $(cat /run/vifi.pid); vifi bridge down wlan0", 30)


SUITES = {"tkip": ("wpa=1\nwpa_pairwise=TKIP", "proto=WPA\npairwise=TKIP\ngroup=TKIP", "pairwise_cipher=TKIP"),
          "ccmp": ("wpa=2\nrsn_pairwise=CCMP", "proto=RSN\npairwise=CCMP", "pairwise_cipher=CCMP")}


@pytest.fixture(scope="module")
def firewall(dom0):
    """The guest between the internet host and bridge1."""
    dom0.run(f"""set -e
        for bridge in br0 bridge1; do ip link add $bridge type bridge forward_delay 0 mcast_snooping 0; ip link set $bridge up; done
        ip netns add inet
        ip link add inet0 type veth peer name eth0 netns inet
        ip link set inet0 master br0 up
        ip netns exec inet ip addr add {INTERNET}/24 dev eth0
        ip netns exec inet ip link set eth0 up
        ip netns exec inet httpd -p 80 -h /tmp/www""")
    guest = xen.Guest(dom0, "firewall.cfg", "firewall", f"role=firewall outside={OUTSIDE}/24 inside={INSIDE}/24")
    guest.wait_for("FIREWALL ready")
    yield guest
    guest.destroy()


@pytest.fixture(params=["nl80211", "air"])
def radio(dom0, request):
    """The laptop with a radio, and the lines and options by which `vifi ap` in dom0 gets one that it hears: a radio of the
    kernel, or one of `vifi air`, which the laptop's radio has joined."""
    if request.param == "air":
        medium = dom0.node("medium", radio=False)
        medium.vifi("air up", options=f"--socket {SOCKET} --airtime no", name="air").wait_for("the medium is at")
        medium.vifi("air hwsim", options=f"--socket {SOCKET} laptop", name="hwsim").wait_for("on the medium at")
        yield dom0.node("laptop", taken_from=medium), "interface=ap1", f"--air {SOCKET}"
    else:
        dom0.run("radio add access-point mac=02:00:00:00:ff:00 && iw phy access-point interface add wlan9 type managed")
        yield dom0.node("laptop"), "interface=wlan9\ndriver=nl80211", ""
        dom0.run("radio del access-point")
    dom0.clear()


@pytest.mark.parametrize("suite", SUITES)
def test_laptop_downloads_through_the_guest(dom0, firewall, radio, suite):
    """The replies pass the guest, netback, bridge1 and the access point of dom0, which encrypts them for the laptop."""
    access_point, station, shown = SUITES[suite]
    laptop, interface, options = radio
    dom0.file("/run/lab/ap.conf", f"{interface}\nbridge=bridge1\nssid=firewall\nhw_mode=g\nchannel=1\nwpa_key_mgmt=WPA-PSK\n"
              f"wpa_passphrase={PSK}\n{access_point}\n")
    dom0.run(f"vifi ap -d {options} /run/lab/ap.conf >/run/lab/ap.log 2>&1 & echo $! >/run/lab/ap.pid")
    try:
        supplicant = laptop.wpa_supplicant(f'network={{\nssid="firewall"\nscan_freq=2412\npsk="{PSK}"\nkey_mgmt=WPA-PSK\n{station}\n}}\n')
        supplicant.wait_for("CTRL-EVENT-CONNECTED", seconds=60)
        assert shown in supplicant.cli("status")
        laptop.address(f"{LAPTOP}/24")
        laptop.inside(f"ip route add default via {INSIDE}")
        laptop.inside(f"wget -q -O /tmp/got-{suite} http://{INTERNET}/file", 120)
        assert dom0.run(f"sha256sum </tmp/got-{suite}").split()[0] == dom0.sha256
        assert dom0.neighbour("laptop", INSIDE, "wlan0") == "00:16:3e:00:00:03"  # the guest's second vif, not dom0
    finally:
        dom0.run("kill -TERM $(cat /run/lab/ap.pid); sleep 0.5")
