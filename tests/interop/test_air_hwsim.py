# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi air hwsim`: radios of the kernel on the medium of `vifi air`.

    namespace ap                                                       namespace sta
    hostapd ── mac80211 ))) vifi air hwsim ── vifi air ── the same ((( mac80211 ── wpa_supplicant

Both radios are the kernel's, and every frame passes the medium. Each test makes its own processes and radios.
"""
import pytest

KERNEL = "6.12"
SOCKET = "/run/lab/air-socket"
AP, STA, AP_MAC, STA_MAC = "ap", "sta", "02:00:00:00:00:01", "02:00:00:00:00:02"
NETWORK = "ssid=hwsim\nhw_mode=g\nchannel=6\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase=interoperable\n"
PROFILE = 'network={\nssid="hwsim"\npsk="interoperable"\nscan_freq=2437\n}\n'


@pytest.fixture
def medium(lab):
    """A namespace in which the medium runs."""
    node = lab.node("medium", radio=False)
    node.vifi("air up", options=f"--socket {SOCKET} --airtime no", name="air").wait_for("the medium is at")
    return node


def hwsim(medium, *names, options=""):
    daemon = medium.vifi("air hwsim", options=f"--socket {SOCKET} {options} {' '.join(names)}", name="hwsim")
    daemon.wait_for(f"on the medium at {SOCKET}: {' '.join(names)}")
    return daemon


def rule(medium, text):
    medium.inside(f"vifi air rule --socket {SOCKET} '{text}'")


def connected(lab, medium):
    """An access point and a station on the medium, with addresses."""
    ap, sta = (lab.node(name, taken_from=medium) for name in (AP, STA))
    ap.hostapd(NETWORK)
    sta.wpa_supplicant(PROFILE).wait_for("CTRL-EVENT-CONNECTED")
    ap.address("10.9.0.1/24")
    sta.address("10.9.0.2/24")
    return ap, sta


def test_rules_of_the_medium_apply_to_kernel_radios(lab, medium):
    """A link that loses everything carries no ping, one out of range ends the connection, a slow one is slow."""
    hwsim(medium, AP, STA, options=f"--addr {AP_MAC}")
    ap, sta = connected(lab, medium)
    assert sta.pings("10.9.0.1") == 3
    rule(medium, f"from={AP} to={STA} rate=6 signal=-77")
    assert sta.pings("10.9.0.1") == 3
    station = ap.stations()[STA_MAC], sta.stations()[AP_MAC]
    assert station[1]["rx bitrate"].startswith("6.0 MBit/s") and station[1]["signal"].startswith("-77"), station
    rule(medium, f"from={STA} to={AP} deaf=yes")
    assert sta.pings("10.9.0.1", seconds=60) == 0
    rule(medium, f"from={STA} to={AP} both clear")
    assert sta.pings("10.9.0.1") == 3


def test_addresses_count_up_and_interfaces_are_made(lab, medium):
    hwsim(medium, "r0", "r1", options="--interfaces --addr 02:11:22:33:00:ff")
    devices = medium.inside("iw dev")
    assert "addr 02:11:22:33:00:ff" in devices and "addr 02:11:22:33:01:00" in devices, devices
    assert devices.count("Interface wlan") == 2


def reach(sta, target):
    """Pings an address until it answers, once more after each silent second; false if it never does."""
    return sta.lab.try_run(f"for tries in 1 2 3; do ip netns exec {sta.name} ping -n -q -c 1 -W 1 {target} && exit; done; exit 1", 30).rc == 0


def test_twenty_stations_of_vifi_ap_and_isolation(lab, medium):
    """Each station reaches the access point. With ap_isolate=1 two stations do not reach each other, with ap_isolate=0 they do."""
    names = [f"sta{number}" for number in range(20)]
    hwsim(medium, *names)
    stations, clients = [lab.node(name, taken_from=medium) for name in names], []
    ap = lab.node("vap", radio=False)
    for isolate, count in ((1, 2), (0, 20)):
        daemon = ap.vifi("ap", f"interface=ap1\nap_isolate={isolate}\n{NETWORK}", options=f"-d --air {SOCKET}", name=f"ap{isolate}")
        daemon.wait_for("the network is on the air")
        ap.inside("ip addr add 10.9.0.1/24 dev ap1")
        for number in range(len(clients), count):
            clients.append(stations[number].wpa_supplicant(PROFILE))
            stations[number].address(f"10.9.0.{number + 2}/24")
        daemon.wait_for(": connected: keys are installed", count, 120)
        assert all(reach(sta, "10.9.0.1") for sta in stations[:count])
        assert reach(stations[0], "10.9.0.3") == reach(stations[1], "10.9.0.2") == (not isolate)
        daemon.stop()


def test_process_is_confined(lab, medium):
    """It keeps no capability, has another user, and cannot open files; it still carries frames."""
    daemon = hwsim(medium, AP, STA, options=f"--addr {AP_MAC}")
    status = dict(line.split(":", 1) for line in lab.run(f"cat /proc/{daemon.pid}/status").splitlines())
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert status["Uid"].split()[0] == "65520"
    assert daemon.count("not fully confined") == 0, daemon.log()
    assert connected(lab, medium)[1].pings("10.9.0.1") == 3


@pytest.mark.parametrize("end", ["TERM", "INT", "KILL"])
def test_radios_disappear_with_the_process(lab, medium, end):
    daemon = hwsim(medium, "r0", "r1")
    assert medium.inside("iw phy").count("Wiphy r") == 2
    assert len(set(medium.inside("cat /sys/class/ieee80211/r0/macaddress /sys/class/ieee80211/r1/macaddress").split())) == 2
    daemon.signal(end)
    lab.wait(f"[ -z \"$(ip netns exec {medium.name} iw phy)\" ]")
    lab.wait(f"! vifi air show --socket {SOCKET} | grep -q ^r0")


def test_radios_rejoin_a_restarted_medium(lab, medium):
    """Without a medium frames are lost, and the kernel's radios stay; the network works again when it is back."""
    daemon = hwsim(medium, AP, STA, options=f"--addr {AP_MAC}")
    ap, sta = connected(lab, medium)
    assert sta.pings("10.9.0.1") == 3
    medium.daemons["air"].kill()
    daemon.wait_for(f"{STA}: lost the medium at {SOCKET}")
    assert sta.pings("10.9.0.1", seconds=60) == 0
    medium.vifi("air up", options=f"--socket {SOCKET} --airtime no", name="air").wait_for("the medium is at")
    for name in (AP, STA):
        daemon.wait_for(f"{name}: rejoined the medium at {SOCKET}")
    lab.wait("ip netns exec sta ping -q -c 1 -W 1 10.9.0.1 >/dev/null", 60)
    assert sta.pings("10.9.0.1") == 3 and daemon.running()


def refused(medium, words, code, text):
    done = medium.try_inside(f"vifi air hwsim {words}")
    assert done.rc == code and text in done.out, done.out
    assert done.out.startswith("vifi air hwsim: ") and done.out.count("\n") == 1, done.out


def test_refusals_name_the_remedy(lab, medium):
    refused(medium, "--socket /run/nothing r0", 4, "no vifi air is listening on /run/nothing; start it with `vifi air`")
    refused(medium, "--socket /run/nothing --addr 01:00:00:00:00:00 r0", 2, "must be a MAC address of one radio")
    refused(medium, "--socket /run/nothing a/b", 2, "`a/b` is not a valid radio name")
    first = hwsim(medium, "r0")
    refused(medium, f"--socket {SOCKET} r1", 4, "another program is already the medium of the simulated radios in this network namespace")
    other = lab.node("other", radio=False)
    refused(other, f"--socket {SOCKET} r0", 1, "a radio (wiphy) r0 already exists")
    assert medium.inside("iw phy").count("Wiphy") == 1 and first.running()
    done = lab.try_run("ip netns exec other setpriv --reuid 65534 --clear-groups vifi air hwsim r0")
    assert done.rc == 3 and "needs CAP_NET_ADMIN; run vifi as root" in done.out, done.out


def test_missing_module_is_named(module_lab):
    """Last, because the module takes all radios with it."""
    module_lab.clear()
    module_lab.run("ip link set hwsim0 down; rmmod mac80211_hwsim")
    try:
        done = module_lab.try_run("vifi air hwsim r0")
        assert done.rc == 3 and 'load them with "modprobe mac80211_hwsim radios=0"' in done.out, done.out
    finally:
        module_lab.run("modprobe mac80211_hwsim radios=0")
