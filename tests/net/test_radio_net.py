# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` and `vifi sta` over `vifi air`: real traffic, configuration files, and failures.

tshark gets the capture of the air and the passphrase only, and must decrypt every data frame.
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

# The access point's file, the station's file, and the kind of tshark's key, None for an open network.
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
    """Returns the numbers of protected data frames, of those that tshark decrypted, and of unprotected frames other than
    EAPOL.  Of a fragmented MSDU only the last fragment counts, where tshark reassembles it."""
    argv = ["tshark", "-n", "-r", path, "-o", f"wlan.enable_decryption:{'TRUE' if key else 'FALSE'}", "-Y",
            "wlan.fc.type == 2 && wlan.fc.subtype != 4 && wlan.fc.subtype != 12 && wlan.fc.frag == 0", "-T", "fields"]
    argv += [x for f in ("frame.number", "wlan.fc.protected", "frame.protocols") for x in ("-e", f)]
    argv += ["-o", f"uat:80211_keys:{KEYS[key]}"] if key else []
    rows = [line.split("\t") for line in run(argv, timeout=60).stdout.splitlines()]
    protected = [int(number) for number, bit, _ in rows if bit in ("1", "True")]
    decrypted = [int(number) for number, bit, layers in rows if bit in ("1", "True") and ":llc" in layers]
    return protected, decrypted, [int(number) for number, bit, layers in rows if bit not in ("1", "True") and "eapol" not in layers]


def tcp(bench, server, client, address, *options):
    """Transfers two megabytes over TCP; iperf3 fails if they do not arrive."""
    process = server.start(["iperf3", "-s", "-1", "-B", address])
    wait_for("iperf3's server", lambda: ":5201" in server.run("ss -Hltn").stdout)
    client.run(["iperf3", "-c", address, "-n", "2M", *options], timeout=90)
    process.wait(30)


@pytest.mark.parametrize("name", PROTECTIONS)
def test_traffic_is_protected_and_decryptable(name):
    """Pings of several sizes and TCP in both directions work, and tshark decrypts every data frame."""
    ap_file, sta_file, key = PROTECTIONS[name]
    with Bench(debug="-d") as bench:
        bench.ap(ap_file)
        station = bench.sta(sta_file).connected()
        station.reaches()
        for size in (0, 1472, 4000):
            assert station.node.ping(AP4, count=3, size=size) == 3
        tcp(bench, bench.node("ap"), station.node, AP4)
        tcp(bench, bench.node("ap"), station.node, AP4, "-R")
        bench.air.stop()
        protected, decrypted, clear = data_frames(bench.capture, key)
        assert clear == [] if key else protected == [] and len(clear) > 1000
        if key:
            assert len(protected) > 1000 and decrypted == protected, sorted(set(protected) - set(decrypted))[:5]
        assert PASSPHRASE not in bench.logs()


def test_aircrack_verifies_the_handshake(tmp_path):
    with Bench() as bench:
        bench.ap(wpa2())
        bench.sta(network()).connected()
        bench.air.stop()
        run(["tshark", "-r", bench.capture, "-F", "pcap", "-w", tmp_path / "air.pcap"])
        for words, found in (("battery staple\n" + PASSPHRASE + "\n", True), ("battery staple\n", False)):
            (tmp_path / "words").write_text(words)
            output = run(["aircrack-ng", "-q", "-a2", "-e", SSID, "-w", tmp_path / "words", tmp_path / "air.pcap"], check=False).stdout
            assert (f"KEY FOUND! [ {PASSPHRASE} ]" in output) == found, output


# ---- invalid configuration files and command lines ----

INVALID_FILES = {
    "unknown key": ("ap", "ssid=x\nwpa_passphras=secret12\n", "ap.conf:2: unknown key `wpa_passphras`; did you mean `wpa_passphrase`?"),
    "7 characters": ("ap", "wpa_passphrase=secret1\n", "ap.conf:1: the passphrase has 7 characters; it must have 8 to 63"),
    "64 characters": ("ap", "wpa_passphrase=" + "secret12" * 8 + "\n", "ap.conf:1: the passphrase has 64 characters; it must have 8 to 63"),
    "no passphrase": ("ap", "interface=ap0\nssid=x\nwpa=2\n", "ap.conf:3: wpa needs wpa_passphrase, wpa_psk or wpa_psk_file"),
    "station, unknown key": ("sta", "network={\nsid=\"x\"\n}\n", "sta.conf:2: unknown key `sid` in a network; did you mean `ssid`?"),
    "station, 7 characters": ("sta", "network={\nssid=\"x\"\npsk=\"secret1\"\n}\n", "sta.conf:3: the passphrase has 7 characters"),
    "station, 64 characters": ("sta", "network={\nssid=\"x\"\npsk=\"" + "secret12" * 8 + "\"\n}\n", "sta.conf:3: the passphrase has 64 characters"),
}


@pytest.mark.parametrize("name", INVALID_FILES)
def test_invalid_configuration_names_file_line_and_remedy(name, tmp_path):
    """The message contains file, line, key and remedy, but never the secret; the exit code is 2."""
    command, text, message = INVALID_FILES[name]
    path = tmp_path / f"{command}.conf"
    path.write_text(text)
    result = subprocess.run([program(), command, path], capture_output=True, text=True, timeout=10)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1, result
    assert message in result.stderr and "secret" not in result.stderr


@pytest.mark.parametrize("command, argv, word", [
    ("ap", [], "missing operand"), ("ap", ["/nonexistent"], "/nonexistent: No such file"), ("sta", ["-c", "x", "y"], "twice"),
    ("ap", ["--fool"], "unknown option"), ("sta", ["-a", "1"], "--address must be an individual MAC address"), ("ap", ["-i", "x", "a", "b"], "--interface is for one file")])
def test_invalid_command_line_is_rejected(command, argv, word):
    result = subprocess.run([program(), command, *argv], capture_output=True, text=True, timeout=10)
    assert result.returncode == 2 and word in result.stderr, result


def test_unsupported_keys_are_warned_about():
    with Bench(debug=None) as bench:
        ap = bench.ap(wpa2("driver=nl80211", "dump_file=/tmp/hostapd.dump", "ieee80211n=1", "ht_capab=[HT40+]"))
        output = ap.log_text().splitlines()
        assert [re.sub(r".*(:\d+: )", r"\1", line) for line in output if ".conf:" in line] == [
            ":9: `dump_file` has no effect: hostapd no longer uses this key, either",
            ":10: `ieee80211n` needs a card: it has no effect on the medium of vifi air",
            ":11: `ht_capab` needs a card: it has no effect on the medium of vifi air"]


# ---- failures ----

def test_absent_network_is_reported():
    with Bench(debug=None) as bench:
        bench.ap(wpa2())
        station = bench.sta(network(ssid="elsewhere"))
        station.wait("no configured network found")
        assert not station.has_carrier()


def test_station_joins_any_open_network():
    """key_mgmt=NONE without an SSID matches any open network."""
    with Bench(debug=None) as bench:
        bench.ap(wpa2("bss=ap1", "ssid=cafe", "bssid=02:00:00:00:aa:02"))
        bench.sta("network={\nkey_mgmt=NONE\nscan_freq=2437\n}\n").wait("02:00:00:00:aa:02: connected: keys are installed: cafe")


def test_idle_station_dozes_if_that_is_configured():
    """The access point announces its frames in beacons, and it gets them."""
    with Bench(debug=None) as bench:
        ap = bench.ap(wpa2())
        stations = {word: bench.sta(network(), options=["--power-save", word]).connected() for word in ("on", "off")}
        for station in stations.values():
            station.reaches()

        def dozing():
            ap.proc.send_signal(signal.SIGUSR1)
            return set(re.findall(r"station (\S+): connected.*, dozing", ap.log_text()))  # the log has a report for each signal

        [mac] = wait_for("the idle station dozes", dozing)
        assert mac in stations["on"].node.query("link show dev wlan0") and mac not in stations["off"].node.query("link show dev wlan0")
        bench.node("ap").ip("neigh flush dev ap0")
        assert bench.node("ap").ping(stations["on"].address, count=3) == 3


@pytest.mark.parametrize("hidden", [1, 2])
def test_hidden_network_is_found_with_scan_ssid(hidden):
    with Bench(debug=None) as bench:
        bench.ap(wpa2(f"ignore_broadcast_ssid={hidden}"))
        bench.sta(network()).wait("no configured network found")
        bench.sta(network("scan_ssid=1")).connected().reaches()


def test_wrong_passphrase_is_reported_at_both_ends():
    with Bench(debug=None) as bench:
        ap = bench.ap(wpa2())
        station = bench.sta(network(passphrase="battery staple"))
        station.wait("the passphrases differ", timeout=20)
        ap.wait("the passphrases differ", timeout=20)
        assert not station.has_carrier()
        assert "battery" not in bench.logs() and PASSPHRASE not in bench.logs()


def test_access_point_and_station_reconnect_to_a_restarted_air():
    with Bench() as bench:
        ap = bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        assert station.has_carrier()
        bench.air.stop(signal.SIGKILL)
        for process in (ap, station):
            process.wait("trying to rejoin")
        wait_for("the station loses its carrier", lambda: not station.has_carrier())
        bench.air.start()
        for process in (ap, station):
            process.wait("rejoined the medium")
        station.connected(times=2).reaches()
        assert station.has_carrier()


def test_station_reconnects_to_a_restarted_access_point():
    with Bench() as bench:
        ap = bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        ap.stop(signal.SIGKILL)
        ap.start()
        ap.wait("the network is on the air", times=2)
        bench.node("ap").ip(f"addr replace {AP4}/24 dev ap0")
        station.connected(times=2, timeout=20).reaches()


def test_stopping_deauthenticates_the_peer():
    with Bench() as bench:
        ap = bench.ap(wpa2())
        station = bench.sta(network()).connected()
        assert station.stop() == 0
        ap.wait("disconnected")
        station = bench.sta(network()).connected()
        assert ap.stop() == 0
        station.wait("disconnected")
        wait_for("the station loses its carrier", lambda: not station.has_carrier())


def test_goodbye_is_on_the_air_before_the_end():
    """The access point has room for one station: the next one can come at once, each time."""
    with Bench() as bench:
        ap = bench.ap(wpa2("max_num_sta=1"))
        for count in range(1, 6):
            station = bench.sta(network(), options=["-a", f"02:00:00:00:cc:{count:02x}"]).connected()
            assert station.stop() == 0
            ap.wait(r"disconnected \(code 3\): the sender leaves", times=count)
        assert "refused" not in ap.log_text()


def test_changes_of_the_interface_are_told():
    """Others rename it, change its address, set it down: the network goes on."""
    with Bench() as bench:
        bench.ap(wpa2())
        mac = "02:00:00:00:cc:01"
        station = bench.sta(network(), options=["-a", mac]).connected()
        station.node.ip("link set dev wlan0 down")
        station.wait("wlan0: the interface was set down")
        station.node.ip("link set dev wlan0 address 02:00:00:00:dd:01")
        station.wait(f"changed the MAC address of the interface to 02:00:00:00:dd:01, but the radio uses {mac}")
        station.node.ip(f"link set dev wlan0 address {mac}")
        station.wait("has its MAC address")
        station.node.ip("link set dev wlan0 name wifi7")
        station.wait("the interface was renamed to wifi7")
        station.node.ip("link set dev wifi7 up")
        station.wait("wlan0: the interface was set up")


def test_deleted_interface_is_reported():
    with Bench(debug=None) as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.node.ip("link del wlan0")
        assert station.proc.wait(30) == 1
        assert "wlan0: the interface was deleted" in station.log_text()


def test_frames_for_an_interface_that_is_down_are_counted():
    with Bench() as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected()
        station.reaches()
        station.node.ip("link set wlan0 down")
        bench.node("ap").run(["ping", "-n", "-b", "-c", "3", "-i", "0.1", "-W", "1", "10.55.0.255"], check=False)
        station.proc.send_signal(signal.SIGUSR1)
        station.wait(r"\d+ dropped \(tap_refused\)")


def test_missing_air_is_reported():
    with Bench(debug=None) as bench:
        bench.air.stop()
        station = bench.sta(network())
        assert station.proc.wait(30) == 1
        assert "vifi sta: " in station.log_text() and bench.socket in station.log_text()


def test_an_interface_has_one_owner():
    with Bench(debug=None) as bench:
        bench.ap(wpa2())
        second = bench.ap(wpa2(bssid="02:00:00:00:aa:02"), wait=False)
        assert second.proc.wait(30) == 4
        assert "cannot create ap0: another program uses it" in second.log_text()
        bench.node("ap").ip("link add real type bridge")
        third = bench.ap(wpa2(interface="real"), wait=False)
        assert third.proc.wait(30) == 1
        assert "cannot create real: the interface exists and is not a TAP" in third.log_text()


@pytest.mark.parametrize("command", ["ap", "sta"])
def test_interface_of_network_manager_is_refused(command, tmp_path):
    """By its file about the device, while a process of that name runs in the same network namespace."""
    (tmp_path / "conf").write_text("interface=wlan0\ndriver=nl80211\nssid=x\n" if command == "ap" else network())
    options = "" if command == "ap" else "-D nl80211 -i wlan0"
    script = f"""mount -t tmpfs run /run && mkdir -p /run/NetworkManager/devices && cd /run/NetworkManager && cp "$(command -v sleep)" "$2"
        printf '[device]\\nmanaged=%s\\n' "$1" >devices/$(cat /sys/class/net/wlan0/ifindex)
        $3 "./$2" 60 &
        until grep -qx "$2" /proc/$!/comm; do sleep 0.05; done
        {program()} {command} {options} {tmp_path}/conf
        code=$?
        kill $! && wait $!
        exit $code"""
    with Bench(debug=None) as bench:
        node = bench.node("x")
        node.ip("link add wlan0 type veth peer name other")
        said = [node.run(["unshare", "--mount", "sh", "-c", script, "sh", *words], check=False)
                for words in (("true", "NetworkManager"), ("false", "NetworkManager"), ("true", "another"), ("true", "NetworkManager", "unshare --net"))]
    sentence = "wlan0: NetworkManager manages the interface: nmcli device set wlan0 managed no"
    assert (said[0].returncode, sentence in said[0].stderr) == (4, True), said
    assert all(done.returncode == 1 and "NetworkManager" not in done.stderr for done in said[1:]), said


def test_missing_privilege_is_reported():
    argv = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", program(), "sta"]
    with Bench(debug=None) as bench:
        path = bench.file("readable.conf", network())
        os.chmod(bench.folder, 0o755)
        result = bench.node("x").run([*argv, path], check=False)
        assert result.returncode == 3 and "CAP_NET_ADMIN" in result.stderr, result


# ---- operation ----

def test_background_process_writes_its_pid_file():
    with Bench(debug=None) as bench:
        pid_file, log = bench.file("pid"), bench.file("output")
        path = bench.file("home.conf", wpa2())
        argv = [program(), "ap", "--air", bench.socket, "-B", "-P", pid_file, "-f", log, path]
        result = bench.node("ap").run(argv, check=False, timeout=10)
        assert result.returncode == 0, result
        pid = int(open(pid_file).read())
        try:
            assert "the network is on the air" in open(log).read()
            bench.node("ap").ip(f"addr add {AP4}/24 dev ap0")
            bench.sta(network()).connected().reaches()
            # The process drops its capabilities once it has decrypted all resources.
            status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0 and status["NoNewPrivs"] == "1"
            os.kill(pid, signal.SIGUSR1)
            wait_for("the status report after SIGUSR1", lambda: re.search(r"station .*: connected, CCMP", open(log).read()))
        finally:
            os.kill(pid, signal.SIGTERM)
        wait_for("the removal of the PID file", lambda: not os.path.exists(pid_file))
        # The foreground process reports errors during the start.
        result = bench.node("ap").run([*argv[:-1], "/nonexistent"], check=False, timeout=10)
        assert result.returncode == 2 and "/nonexistent" in result.stderr
        result = bench.node("ap").run(["env", *argv[:3], bench.file("nowhere"), *argv[4:]], check=False, timeout=10)
        assert result.returncode == 1 and "nowhere" in result.stderr


def test_one_radio_serves_several_networks_and_a_bridge():
    """Each network has its own passphrase; ap0 is a port of br0, with a wired machine on another port."""
    with Bench() as bench:
        ap, wire = bench.node("ap"), bench.node("wire")
        ap.ip("link add br0 type bridge", "link set br0 up", f"link add eth0 type veth peer name eth0 netns {wire.ns}",
              "link set eth0 master br0 up")
        wire.ip("addr add 10.55.0.9/24 dev eth0", "link set eth0 up")
        bench.ap(wpa2("bridge=br0", "bss=ap1", "ssid=guests", "bssid=02:00:00:00:aa:02", "wpa=2", "wpa_passphrase=for the guests",
                      "bss=ap2", "ssid=open", "bssid=02:00:00:00:aa:03"))
        ap.ip(f"addr del {AP4}/24 dev ap0", f"addr add {AP4}/24 dev br0", "addr add 10.56.0.1/24 dev ap1", "addr add 10.57.0.1/24 dev ap2")
        home = bench.sta(network()).connected()
        home.reaches("10.55.0.9")
        tcp(bench, wire, home.node, "10.55.0.9")
        guest = bench.sta(network(ssid="guests", passphrase="for the guests")).connected()
        guest.node.ip("addr add 10.56.0.2/24 dev wlan0")
        guest.reaches("10.56.0.1")
        other = bench.sta(network(ssid="open", passphrase=None)).connected()
        other.node.ip("addr add 10.57.0.2/24 dev wlan0")
        other.reaches("10.57.0.1")
        # The networks are isolated from each other.
        assert guest.node.ping("10.55.0.9") == 0
        bench.sta(network(ssid="guests")).wait("the passphrases differ", timeout=20)


def test_one_process_serves_two_radios():
    """Each radio has its own file and channel."""
    with Bench(debug=None) as bench:
        ap = bench.ap(wpa2(), wpa2(ssid="five", interface="ap5", bssid="02:00:00:00:aa:05").replace("=g\nchannel=6", "=a\nchannel=36"))
        ap.wait("ap5: .*the network is on the air")
        bench.node("ap").ip("addr add 10.56.0.1/24 dev ap5")
        bench.sta(network()).connected().reaches()
        five = bench.sta(network(ssid="five", frequency=5180)).connected()
        five.node.ip("addr add 10.56.0.2/24 dev wlan0")
        five.reaches("10.56.0.1")


def test_missing_bridge_is_created():
    """As with hostapd; but the bridge stays afterwards, because it may have other ports by then."""
    with Bench(debug=None) as bench:
        ap = bench.ap(wpa2("bridge=br7"))
        ap.wait("created the bridge br7; it remains after exit")
        bench.node("ap").ip(f"addr del {AP4}/24 dev ap0", f"addr add {AP4}/24 dev br7")
        bench.sta(network()).connected().reaches()
        ap.proc.terminate()
        assert ap.proc.wait(30) == 0
        assert "br7" in bench.node("ap").query("link show type bridge")


def test_non_bridge_is_reported_and_changes_are_undone():
    """The second network's bridge is another kind of interface, so vifi fails and removes the first network's bridge."""
    with Bench(debug=None) as bench:
        ap = bench.ap(wpa2("bridge=br7", "bss=second", "ssid=second", "bridge=lo"), wait=False)
        assert ap.proc.wait(30) == 1
        assert "lo exists and is not a bridge" in ap.log_text()
        assert "br7" not in bench.node("ap").query("link show")


def test_psk_file_and_deny_list_apply_to_stations():
    """wpa_psk_file with a passphrase for one station and a named one for all stations; deny_mac_file."""
    with Bench() as bench:
        psks = bench.file("psks", "02:00:00:00:cc:01 only for one\nkeyid=tablet 00:00:00:00:00:00 the tablet's own\n")
        deny = bench.file("deny", "02:00:00:00:cc:03\n")
        ap = bench.ap(hostapd("wpa=2", f"wpa_psk_file={psks}", f"deny_mac_file={deny}"))
        bench.sta(network(passphrase="only for one"), options=["-a", "02:00:00:00:cc:01"]).connected().reaches()
        bench.sta(network(passphrase="the tablet's own"), options=["-a", "02:00:00:00:cc:02"]).connected().reaches()
        ap.wait("02:00:00:00:cc:02: connected: keys are installed: .*tablet")
        bench.sta(network(passphrase="the tablet's own"), options=["-a", "02:00:00:00:cc:03"])
        ap.wait("02:00:00:00:cc:03: refused by the address lists")
        bench.sta(network(passphrase="only for one"), options=["-a", "02:00:00:00:cc:04"]).wait("the passphrases differ", timeout=20)


def test_tcp_survives_a_lossy_air():
    """20 % of all transmissions are lost, and TCP data arrive."""
    with Bench("--rule", "from=* to=* loss=20%", "--seed", "7", debug="-d") as bench:
        bench.ap(wpa2())
        station = bench.sta(network()).connected(timeout=20)
        station.reaches(timeout=20)
        tcp(bench, bench.node("ap"), station.node, AP4)
