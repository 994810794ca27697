# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` and `vifi sta` over `vifi air`: real traffic, what people write into files, and what goes wrong in the world.

tshark gets the capture of the air and the passphrase, nothing else, and must open every data frame.
"""

import os
import re
import signal
import subprocess

import pytest
from lab.netns import run, wait_for
from lab.vifi import program
from radio_bench import AP4, PASSPHRASE, SSID, Bench, hostapd, network, wpa2

WEP = "wep_key0=0102030405"

# What the file of the access point says, what the station's, and what must protect data frames: tshark's key.
PROTECTIONS = {
    "wpa2-ccmp": (wpa2(), network(), "wpa"),
    "wpa2-ccmp-256": (wpa2("rsn_pairwise=CCMP-256"), network(), "wpa"),
    "wpa2-gcmp": (wpa2("rsn_pairwise=GCMP"), network(), "wpa"),
    "sha256-gcmp-256-pmf": (wpa2("rsn_pairwise=GCMP-256", "wpa_key_mgmt=WPA-PSK-SHA256", "ieee80211w=2", "group_mgmt_cipher=BIP-GMAC-256"),
                            network("key_mgmt=WPA-PSK-SHA256", "ieee80211w=2"), "wpa"),
    "wpa2-ccmp-pmf": (wpa2("ieee80211w=1"), network("ieee80211w=1"), "wpa"),
    "wpa-tkip": (hostapd("wpa=1", f"wpa_passphrase={PASSPHRASE}"), network("proto=WPA"), "wpa"),
    "wpa2-fragments": (wpa2("fragm_threshold=400"), network(), "wpa"),
    "wep": (hostapd(WEP), network(WEP, passphrase=None), "wep"),
    "open": (hostapd(), network(passphrase=None), None),
}


KEYS = {"wpa": f'"wpa-pwd","{PASSPHRASE}:{SSID}"', "wep": '"wep","0102030405"'}


def data_frames(path, key):
    """Numbers of the data frames that were protected, of those among them that tshark opened with the key, and of those
    in the clear that are not EAPOL.  Of an MSDU in fragments the last counts, behind which tshark has all of it."""
    argv = ["tshark", "-n", "-r", path, "-o", f"wlan.enable_decryption:{'TRUE' if key else 'FALSE'}", "-Y",
            "wlan.fc.type == 2 && wlan.fc.subtype != 4 && wlan.fc.subtype != 12 && wlan.fc.frag == 0", "-T", "fields"]
    argv += [x for f in ("frame.number", "wlan.fc.protected", "frame.protocols") for x in ("-e", f)]
    argv += ["-o", f"uat:80211_keys:{KEYS[key]}"] if key else []
    rows = [line.split("\t") for line in run(argv, timeout=60).stdout.splitlines()]
    protected = [int(number) for number, bit, _ in rows if bit in ("1", "True")]
    opened = [int(number) for number, bit, layers in rows if bit in ("1", "True") and ":llc" in layers]
    return protected, opened, [int(number) for number, bit, layers in rows if bit not in ("1", "True") and "eapol" not in layers]


def tcp(bench, server, client, address, *options):
    """Some megabytes of TCP; they arrive, or iperf3 fails."""
    p = server.start(["iperf3", "-s", "-1", "-B", address])
    wait_for("iperf3's server", lambda: ":5201" in server.run("ss -Hltn").stdout)
    client.run(["iperf3", "-c", address, "-n", "2M", *options], timeout=30)
    p.wait(5)


@pytest.mark.parametrize("name", PROTECTIONS)
def test_traffic(name):
    """Pings of each size, TCP both ways; then tshark finds every data frame, with the passphrase only."""
    ap_file, sta_file, key = PROTECTIONS[name]
    with Bench(debug="-d") as b:
        b.ap(ap_file)
        s = b.sta(sta_file).connected()
        s.reaches()
        for size in (0, 1472, 4000):
            assert s.node.ping(AP4, count=3, size=size) == 3
        tcp(b, b.node("ap"), s.node, AP4)
        tcp(b, b.node("ap"), s.node, AP4, "-R")
        b.air.stop()
        protected, opened, clear = data_frames(b.capture, key)
        assert clear == [] if key else protected == [] and len(clear) > 1000
        if key:
            assert len(protected) > 1000 and opened == protected, sorted(set(protected) - set(opened))[:5]
        assert PASSPHRASE not in b.logs()


def test_aircrack_verifies_the_handshake(tmp_path):
    with Bench() as b:
        b.ap(wpa2())
        b.sta(network()).connected()
        b.air.stop()
        run(["tshark", "-r", b.capture, "-F", "pcap", "-w", tmp_path / "air.pcap"])
        for words, found in (("battery staple\n" + PASSPHRASE + "\n", True), ("battery staple\n", False)):
            (tmp_path / "words").write_text(words)
            said = run(["aircrack-ng", "-q", "-a2", "-e", SSID, "-w", tmp_path / "words", tmp_path / "air.pcap"], check=False).stdout
            assert (f"KEY FOUND! [ {PASSPHRASE} ]" in said) == found, said


# ---- what people write ----

LINES = {
    "unknown key": ("ap", "ssid=x\nwpa_passphras=secret12\n", "ap.conf:2: there is no key `wpa_passphras`; did you mean `wpa_passphrase`?"),
    "7 characters": ("ap", "wpa_passphrase=secret1\n", "ap.conf:1: the passphrase has 7 characters; it must have 8 to 63"),
    "64 characters": ("ap", "wpa_passphrase=" + "secret12" * 8 + "\n", "ap.conf:1: the passphrase has 64 characters; it must have 8 to 63"),
    "no passphrase": ("ap", "interface=ap0\nssid=x\nwpa=2\n", "ap.conf:3: wpa needs wpa_passphrase, wpa_psk or wpa_psk_file"),
    "station, unknown key": ("sta", "network={\nsid=\"x\"\n}\n", "sta.conf:2: there is no key `sid` in a network; did you mean `ssid`?"),
    "station, 7 characters": ("sta", "network={\nssid=\"x\"\npsk=\"secret1\"\n}\n", "sta.conf:3: the passphrase has 7 characters"),
    "station, 64 characters": ("sta", "network={\nssid=\"x\"\npsk=\"" + "secret12" * 8 + "\"\n}\n", "sta.conf:3: the passphrase has 64 characters"),
    "station, nothing": ("sta", "", "sta.conf: there is no network in it that could be used"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_file_that_is_wrong(name, tmp_path):
    """File, line, key, what to do; exit code 2; and never the secret."""
    command, text, says = LINES[name]
    path = tmp_path / f"{command}.conf"
    path.write_text(text)
    r = subprocess.run([program(), command, path], capture_output=True, text=True, timeout=10)
    assert r.returncode == 2 and len(r.stderr.splitlines()) == 1, r
    assert says in r.stderr and "secret" not in r.stderr


@pytest.mark.parametrize("command, argv, word", [
    ("ap", [], "something is missing"), ("ap", ["/nonexistent"], "/nonexistent: No such file"), ("sta", ["-c", "x", "y"], "twice"),
    ("ap", ["--fool"], "no option"), ("sta", ["-a", "1"], "--address is a MAC address"), ("ap", ["-i", "x", "a", "b"], "--interface is for one file")])
def test_a_command_line_that_is_wrong(command, argv, word):
    r = subprocess.run([program(), command, *argv], capture_output=True, text=True, timeout=10)
    assert r.returncode == 2 and word in r.stderr, r


def test_known_keys_without_effect_are_said():
    with Bench(debug=None) as b:
        ap = b.ap(wpa2("driver=nl80211", "ctrl_interface=/run/hostapd", "ieee80211n=1", "ht_capab=[HT40+]", "sae_pwe=2"))
        said = ap.said().splitlines()
        assert [re.sub(r".*(:\d+: )", r"\1", line) for line in said if ".conf:" in line] == [
            ":9: `ctrl_interface` is known, and not used here", ":10: `ieee80211n` is known, and not used here",
            ":11: `ht_capab` is known, and not used here", ":12: `sae_pwe` belongs to SAE (WPA3), which comes with a later version"]


# ---- what goes wrong ----

def test_nobody_has_that_network():
    with Bench(debug=None) as b:
        b.ap(wpa2())
        s = b.sta(network(ssid="elsewhere"))
        s.wait("none of the networks is to be heard")
        assert not s.has_carrier()


def test_any_open_network():
    """key_mgmt=NONE without a name."""
    with Bench(debug=None) as b:
        b.ap(wpa2("bss=ap1", "ssid=cafe", "bssid=02:00:00:00:aa:02"))
        b.sta("network={\nkey_mgmt=NONE\nscan_freq=2437\n}\n").wait("02:00:00:00:aa:02: connected: keys are installed: cafe")


@pytest.mark.parametrize("hidden", [1, 2])
def test_a_hidden_network_is_found_by_its_name(hidden):
    with Bench(debug=None) as b:
        b.ap(wpa2(f"ignore_broadcast_ssid={hidden}"))
        b.sta(network()).wait("none of the networks is to be heard")
        b.sta(network("scan_ssid=1")).connected().reaches()


def test_a_wrong_passphrase_is_said_at_both_ends():
    with Bench(debug=None) as b:
        ap = b.ap(wpa2())
        s = b.sta(network(passphrase="battery staple"))
        s.wait("the passphrases differ", timeout=20)
        ap.wait("the passphrases differ", timeout=20)
        assert not s.has_carrier()
        assert "battery" not in b.logs() and PASSPHRASE not in b.logs()


def test_the_air_goes_away_and_comes_back():
    with Bench() as b:
        ap = b.ap(wpa2())
        s = b.sta(network()).connected()
        s.reaches()
        assert s.has_carrier()
        b.air.stop(signal.SIGKILL)
        for p in (ap, s):
            p.wait("the air has gone")
        wait_for("the station's carrier to go", lambda: not s.has_carrier())
        b.air.start()
        for p in (ap, s):
            p.wait("the air is back")
        s.connected(times=2).reaches()
        assert s.has_carrier()


def test_the_access_point_is_killed_and_comes_back():
    with Bench() as b:
        ap = b.ap(wpa2())
        s = b.sta(network()).connected()
        s.reaches()
        ap.stop(signal.SIGKILL)
        ap.start()
        ap.wait("the network is on the air", times=2)
        b.node("ap").ip(f"addr replace {AP4}/24 dev ap0")
        s.connected(times=2, timeout=20).reaches()


def test_leaving_is_said_to_the_others():
    with Bench() as b:
        ap = b.ap(wpa2())
        s = b.sta(network()).connected()
        assert s.stop() == 0
        ap.wait("disconnected")
        s = b.sta(network()).connected()
        assert ap.stop() == 0
        s.wait("disconnected")
        wait_for("the carrier to go", lambda: not s.has_carrier())


def test_the_interface_is_deleted():
    with Bench(debug=None) as b:
        b.ap(wpa2())
        s = b.sta(network()).connected()
        s.node.ip("link del wlan0")
        assert s.proc.wait(10) == 1
        assert "wlan0: the interface has gone: somebody deleted it" in s.said()


def test_there_is_no_air():
    with Bench(debug=None) as b:
        b.air.stop()
        s = b.sta(network())
        assert s.proc.wait(10) == 1
        assert "vifi sta: " in s.said() and b.socket in s.said()


def test_an_interface_has_one_owner():
    with Bench(debug=None) as b:
        b.ap(wpa2())
        second = b.ap(wpa2(bssid="02:00:00:00:aa:02"), wait=False)
        assert second.proc.wait(10) == 4
        assert "cannot create ap0: another program uses it" in second.said()
        b.node("ap").ip("link add real type bridge")
        third = b.ap(wpa2(interface="real"), wait=False)
        assert third.proc.wait(10) == 1
        assert "cannot create real: the interface exists and is not a TAP" in third.said()


def test_no_privilege():
    argv = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", program(), "sta"]
    with Bench(debug=None) as b:
        path = b.file("readable.conf", network())
        os.chmod(b.folder, 0o755)
        r = b.node("x").run([*argv, path], check=False)
        assert r.returncode == 3 and "CAP_NET_ADMIN" in r.stderr, r


# ---- how it is run ----

def test_in_the_background_with_a_pid_file():
    with Bench(debug=None) as b:
        pid_file, log = b.file("pid"), b.file("said")
        path = b.file("home.conf", wpa2())
        argv = [program(), "ap", "--air", b.socket, "-B", "-P", pid_file, "-f", log, path]
        r = b.node("ap").run(argv, check=False, timeout=10)
        assert r.returncode == 0, r
        pid = int(open(pid_file).read())
        try:
            assert "the network is on the air" in open(log).read()
            b.node("ap").ip(f"addr add {AP4}/24 dev ap0")
            b.sta(network()).connected().reaches()
            # What needed privileges is open.
            status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0 and status["NoNewPrivs"] == "1"
            os.kill(pid, signal.SIGUSR1)
            wait_for("what SIGUSR1 asks for", lambda: re.search(r"station .*: connected, CCMP", open(log).read()))
        finally:
            os.kill(pid, signal.SIGTERM)
        wait_for("the file to go", lambda: not os.path.exists(pid_file))
        # A mistake is told to who waits.
        r = b.node("ap").run([*argv[:-1], "/nonexistent"], check=False, timeout=10)
        assert r.returncode == 2 and "/nonexistent" in r.stderr
        r = b.node("ap").run(["env", *argv[:3], b.file("nowhere"), *argv[4:]], check=False, timeout=10)
        assert r.returncode == 1 and "nowhere" in r.stderr


def test_several_networks_on_one_radio_and_a_bridge():
    """A network of its own passphrase each; ap0 is a port of br0, behind which there is a machine on a wire."""
    with Bench() as b:
        ap, wire = b.node("ap"), b.node("wire")
        ap.ip("link add br0 type bridge", "link set br0 up", f"link add eth0 type veth peer name eth0 netns {wire.ns}",
              "link set eth0 master br0 up")
        wire.ip("addr add 10.55.0.9/24 dev eth0", "link set eth0 up")
        b.ap(wpa2("bridge=br0", "bss=ap1", "ssid=guests", "bssid=02:00:00:00:aa:02", "wpa=2", "wpa_passphrase=for the guests",
                  "bss=ap2", "ssid=open", "bssid=02:00:00:00:aa:03"))
        ap.ip(f"addr del {AP4}/24 dev ap0", f"addr add {AP4}/24 dev br0", "addr add 10.56.0.1/24 dev ap1", "addr add 10.57.0.1/24 dev ap2")
        home = b.sta(network()).connected()
        home.reaches("10.55.0.9")
        tcp(b, wire, home.node, "10.55.0.9")
        guest = b.sta(network(ssid="guests", passphrase="for the guests")).connected()
        guest.node.ip("addr add 10.56.0.2/24 dev wlan0")
        guest.reaches("10.56.0.1")
        other = b.sta(network(ssid="open", passphrase=None)).connected()
        other.node.ip("addr add 10.57.0.2/24 dev wlan0")
        other.reaches("10.57.0.1")
        # Networks are apart.
        assert guest.node.ping("10.55.0.9") == 0
        b.sta(network(ssid="guests")).wait("the passphrases differ", timeout=20)


def test_two_radios_in_one_process():
    """A file each, on channels of their own."""
    with Bench(debug=None) as b:
        ap = b.ap(wpa2(), wpa2(ssid="five", interface="ap5", bssid="02:00:00:00:aa:05").replace("=g\nchannel=6", "=a\nchannel=36"))
        ap.wait("ap5: .*the network is on the air")
        b.node("ap").ip("addr add 10.56.0.1/24 dev ap5")
        b.sta(network()).connected().reaches()
        five = b.sta(network(ssid="five", frequency=5180)).connected()
        five.node.ip("addr add 10.56.0.2/24 dev wlan0")
        five.reaches("10.56.0.1")


def test_a_missing_bridge_is_made():
    """As hostapd does; but it stays, with the guests that may have come."""
    with Bench(debug=None) as b:
        ap = b.ap(wpa2("bridge=br7"))
        ap.wait("the bridge br7 was not there: it is made, and stays")
        b.node("ap").ip(f"addr del {AP4}/24 dev ap0", f"addr add {AP4}/24 dev br7")
        b.sta(network()).connected().reaches()
        ap.proc.terminate()
        assert ap.proc.wait(10) == 0
        assert "br7" in b.node("ap").query("link show type bridge")


def test_what_is_no_bridge_is_said_and_nothing_is_left():
    """Of two networks the second one's bridge is an interface of another kind: the first one's bridge goes again."""
    with Bench(debug=None) as b:
        ap = b.ap(wpa2("bridge=br7", "bss=second", "ssid=second", "bridge=lo"), wait=False)
        assert ap.proc.wait(10) == 1
        assert "lo exists and is not a bridge" in ap.said()
        assert "br7" not in b.node("ap").query("link show")


def test_stations_by_passphrase_and_lists():
    """wpa_psk_file: a passphrase of one station's, one of everybody's with a name; deny_mac_file."""
    with Bench() as b:
        psks = b.file("psks", "02:00:00:00:cc:01 only for one\nkeyid=tablet 00:00:00:00:00:00 the tablet's own\n")
        deny = b.file("deny", "02:00:00:00:cc:03\n")
        ap = b.ap(hostapd("wpa=2", f"wpa_psk_file={psks}", f"deny_mac_file={deny}"))
        b.sta(network(passphrase="only for one"), options=["-a", "02:00:00:00:cc:01"]).connected().reaches()
        b.sta(network(passphrase="the tablet's own"), options=["-a", "02:00:00:00:cc:02"]).connected().reaches()
        ap.wait("02:00:00:00:cc:02: connected: keys are installed: .*tablet")
        b.sta(network(passphrase="the tablet's own"), options=["-a", "02:00:00:00:cc:03"])
        ap.wait("02:00:00:00:cc:03: refused by the address lists")
        b.sta(network(passphrase="only for one"), options=["-a", "02:00:00:00:cc:04"]).wait("the passphrases differ", timeout=20)


def test_a_lossy_air():
    """A fifth of all transmissions is lost: TCP arrives all the same."""
    with Bench("--rule", "from=* to=* loss=20%", "--seed", "7", debug="-d") as b:
        b.ap(wpa2())
        s = b.sta(network()).connected(timeout=20)
        s.reaches(timeout=20)
        tcp(b, b.node("ap"), s.node, AP4)
