# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` beside hostapd and `vifi sta` beside wpa_supplicant on radios of the kernel, in one emulated machine.

    vifi ap or hostapd  )))  wpa_supplicant               the other end is the stock program
    hostapd             )))  vifi sta or wpa_supplicant
    vifi ap or hostapd  )))  wpa_supplicant on 100 radios, all at once
    vifi ap             )))  vifi sta                     TCP, beside hostapd ))) wpa_supplicant
"""

import json
from statistics import mean, median

from bench import card_bed
from bench.card_bed import KERNEL, Program  # noqa: F401  (KERNEL: for the page)

SSID, PASSPHRASE = "bench", "benchbench"
PSK = "5ba5d4b5d8e3b1d9a1a7fdc4ba1e92b9ba9a2b7ee2b4d7a9b4cb5ad46dd3a2c1"  # saves the crowd 100 derivations
NETWORK = f"hw_mode=g\nchannel=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nssid={SSID}\n"
AP_ADDRESS, STATION_ADDRESS = "10.6.0.1", "10.6.0.2"


class Sizes:
    def __init__(self, quick):
        self.rounds = 1 if quick else 3
        self.starts = 2 if quick else 16
        self.joins = 3 if quick else 20
        self.rejoins = 3 if quick else 5  # vifi sta and wpa_supplicant distrust an access point that rejects them at once, again and again
        self.crowd = 10 if quick else 100
        self.tcp_seconds = 1 if quick else 3


# ---- the programs


def access_point(node, name, conf=f"{NETWORK}wpa_passphrase={PASSPHRASE}\n", phase="-"):
    """Starts `vifi ap` or hostapd, at that phase of a beacon interval; returns when the network is on the air."""
    path = node.file(f"{name}.conf", f"interface={{device}}\ndriver=nl80211\n{conf}"
                     + (f"ctrl_interface=/run/lab/{node.name}-ctrl\n" if name == "hostapd" else ""))
    program = Program(node, name, {"vifi": "vifi ap", "hostapd": "hostapd -t"}[name] + f" {path}", phase)
    program.wait_for({"vifi": "the network is on the air", "hostapd": "AP-ENABLED"}[name])
    return program


CONNECTED = {"vifi": "connected: keys are installed", "wpa_supplicant": "CTRL-EVENT-CONNECTED"}


def station(node, name, more=""):
    """Starts `vifi sta` or wpa_supplicant; returns when it is connected."""
    conf = f'network={{\nssid="{SSID}"\nkey_mgmt=WPA-PSK\npsk="{PASSPHRASE}"\n{more}}}\n'
    control = f"/run/lab/{node.name}-ctrl"
    path = node.file(f"{name}.conf", conf if name == "vifi" else f"ctrl_interface={control}\n{conf}")
    command = {"vifi": f"vifi sta -i {node.device} {path}",
               "wpa_supplicant": f"wpa_supplicant -t -i {node.device} -D nl80211 -c {path}"}[name]
    program = Program(node, name, command)
    program.wait_for(CONNECTED[name])
    return program


def pair(lab):
    return lab.node("ap", channels=2), lab.node("sta", channels=2)


# ---- measurements: each returns figure -> value


def join_times(lab, begin):
    return [(done - begun) / 1e6 for begun, done in card_bed.handshakes(lab.on_air(begin))]


def first_beacon_ms(lab, name, phase):
    ap = lab.node("ap", channels=2)
    begin = lab.end_of_air()
    program = access_point(ap, name, phase=phase)
    ms = (card_bed.first_beacon(lab.on_air(begin), ap.mac) - program.started_ns()) / 1e6
    lab.clear()
    return ms


def as_access_point(lab, name, sizes):
    phases = [card_bed.BEACON_INTERVAL_US * n // sizes.starts for n in range(sizes.starts)]
    start_ms = mean(first_beacon_ms(lab, name, phase) for phase in phases)
    ap, sta = pair(lab)
    program = access_point(ap, name)
    station(sta, "wpa_supplicant", "scan_freq=2412\n")
    figures = {"start_ms": start_ms, "start_cpu_ms": program.cpu_ms(), **program.memory_kb()}
    begin, cpu = lab.end_of_air(), program.cpu_ms()
    client = f"ip netns exec sta wpa_cli -p /run/lab/sta-ctrl -i {sta.device}"
    for turn in range(sizes.joins):
        lab.run(f"{client} disconnect; sleep 0.2; {client} reconnect")
        sta.daemons["wpa_supplicant"].wait_for(CONNECTED["wpa_supplicant"], turn + 2)
    figures["join_cpu_ms"] = (program.cpu_ms() - cpu) / sizes.joins
    figures["join_ms"] = median(join_times(lab, begin))
    lab.clear()
    return figures


def as_station(lab, name, sizes):
    ap, sta = pair(lab)
    access_point(ap, "hostapd")
    begin = lab.end_of_air()
    program = station(sta, name)  # scans all channels, as no frequency is known
    connected = card_bed.handshakes(lab.on_air(begin))[0][1]
    figures = {"start_ms": (connected - program.started_ns()) / 1e6, "start_cpu_ms": program.cpu_ms(), **program.memory_kb()}
    begin, cpu = lab.end_of_air(), program.cpu_ms()
    for turn in range(sizes.rejoins):
        lab.run(f"ip netns exec ap hostapd_cli -p /run/lab/ap-ctrl deauthenticate {sta.mac}")
        program.wait_for(CONNECTED[name], turn + 2)
    figures["join_cpu_ms"] = (program.cpu_ms() - cpu) / sizes.rejoins
    figures["join_ms"] = median(join_times(lab, begin))
    lab.clear()
    return figures


def crowd_of(lab, count):
    """wpa_supplicant on so many radios, each of which waits for ENABLE_NETWORK."""
    names = [f"w{n}" for n in range(count)]
    lab.run(f"""set -e
        ip netns add crowd
        for n in {' '.join(names)}; do
            radio add $n mac=$(printf 02:00:00:01:%02x:00 ${{n#w}}) channels=1
            iw phy $n set netns name crowd
            ip netns exec crowd iw phy $n interface add $n type managed
        done""", 120)
    lab.file("/run/lab/crowd.conf", f'ctrl_interface=/run/lab/crowd\nnetwork={{\nssid="{SSID}"\nkey_mgmt=WPA-PSK\npsk={PSK}\n'
             "scan_freq=2412\ndisabled=1\n}\n")
    interfaces = " -N ".join(f"-i {n} -D nl80211 -c /run/lab/crowd.conf" for n in names)
    lab.run(f"ip netns exec crowd wpa_supplicant -B -t -g /run/lab/global -f /run/lab/crowd.log {interfaces} >/dev/null", 120)
    return names


def send_to_crowd(lab, names, words):
    lines = "\n".join(f"raw IFNAME={n} {words}" for n in names)
    lab.run(f"ip netns exec crowd wpa_cli -g /run/lab/global >/dev/null <<'END'\n{lines}\nquit\nEND", 60)


def with_crowd(lab, names, name):
    """All stations associate at once."""
    ap = lab.node("ap", channels=2)
    program = access_point(ap, name, f"{NETWORK}wpa_psk={PSK}\n")
    cpu, begin = program.cpu_ms(), lab.end_of_air()
    send_to_crowd(lab, names, "ENABLE_NETWORK 0")
    lab.wait(f"[ $(ip netns exec ap iw dev {ap.device} station dump | grep -c 'authorized:.yes') = {len(names)} ]", 120)
    used, memory = program.cpu_ms() - cpu, program.memory_kb()
    frames = lab.on_air(begin)
    ends = card_bed.handshakes(frames)
    begun = min(at for at, mpdu in frames if mpdu[0] == card_bed.AUTHENTICATION)
    send_to_crowd(lab, names, "DISABLE_NETWORK 0")
    lab.clear()
    return {"all_ms": (max(done for _, done in ends) - begun) / 1e6, "median_ms": median((done - first) / 1e6 for first, done in ends),
            "join_cpu_ms": used / len(names), "pss": memory["pss"]}


def tcp(lab, names, sizes):
    """Mbit/s of TCP between an access point and a station, both ways."""
    ap, sta = pair(lab)
    access_point(ap, names[0])
    ap.address(f"{AP_ADDRESS}/24")
    station(sta, names[1], "scan_freq=2412\n")
    sta.address(f"{STATION_ADDRESS}/24")
    sta.pings(AP_ADDRESS)
    lab.run("ip netns exec ap iperf3 -s -D >/dev/null; sleep 0.5")
    figures = {}
    for way, option in (("up", ""), ("down", "-R")):
        out = sta.inside(f"iperf3 -J -c {AP_ADDRESS} -t {sizes.tcp_seconds} {option}", 60)
        figures[way] = json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e6
    lab.clear()
    return figures


PAIRS = {"vifi": ("vifi", "vifi"), "stock": ("hostapd", "wpa_supplicant")}
PARTS = {"ap": ("vifi", "hostapd"), "sta": ("vifi", "wpa_supplicant"), "crowd": ("vifi", "hostapd"), "tcp": tuple(PAIRS)}


def measure(quick, progress):
    """part -> contestant -> figure -> one value per round."""
    sizes = Sizes(quick)
    results = {part: {name: {} for name in names} for part, names in PARTS.items()}

    def rounds(part, run):
        for turn in range(sizes.rounds):
            for name in PARTS[part][::-1] if turn % 2 else PARTS[part]:
                figures = run(name)
                progress(f"radios of the kernel: {part}, round {turn + 1} of {sizes.rounds}, {name}: "
                         + ", ".join(f"{key} {value:.2f}" for key, value in figures.items()))
                for key, value in figures.items():
                    results[part][name].setdefault(key, []).append(value)

    with card_bed.lab(progress) as lab:
        rounds("ap", lambda name: as_access_point(lab, name, sizes))
        rounds("sta", lambda name: as_station(lab, name, sizes))
        rounds("tcp", lambda name: tcp(lab, PAIRS[name], sizes))
        names = crowd_of(lab, sizes.crowd)
        rounds("crowd", lambda name: with_crowd(lab, names, name))
    return {"stations": sizes.crowd, "joins": sizes.joins, "starts": sizes.starts, "parts": results}
