# SPDX-License-Identifier: GPL-2.0-or-later
"""What Wi-Fi costs: ciphers, handshakes, a station's memory, and `vifi decrypt` beside airdecap-ng and tshark."""

import json
import os
import re
import subprocess
import tempfile
import time
from statistics import median

from bench import radio
from bench.report import span, table
from tests.lab.netns import LabError

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SSID, PASSPHRASE = "bench", "benchbench"
STATIONS = 8
SLOW_ROUNDS = 1
SUITES = {"ccmp": "WPA2, CCMP", "tkip": "WPA, TKIP", "gcmp-256": "WPA2, GCMP-256"}
TITLES = {"vifi": "vifi decrypt", "one core": "vifi decrypt, on one core", "airdecap": "airdecap-ng", "tshark": "tshark"}


def build(*name):
    return os.path.join(os.environ.get("VIFI_BUILD", os.path.join(TOP, "build")), *name)


def run(command, timeout=600):
    r = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if r.returncode != 0:
        raise LabError(f"{command[0]}: exit {r.returncode}: {r.stderr.strip()[-300:]}")
    return r.stdout


def figures(program, quick):
    return json.loads(run([build("bench", program)] + (["-q"] if quick else [])))


# ---- `vifi decrypt` and its peers: each a command and how it says what it opened


def commands(capture, out):
    vifi = [build("vifi"), "decrypt", "-j", capture, "-s", SSID, "-p", PASSPHRASE, "-w", out]
    return {
        "vifi": vifi,
        "one core": ["taskset", "-c", "0"] + vifi,
        "airdecap": ["airdecap-ng", "-e", SSID, "-p", PASSPHRASE, "-o", out, capture],
        "tshark": ["tshark", "-n", "-r", capture, "-o", "wlan.enable_decryption:TRUE", "-o",
                   f'uat:80211_keys:"wpa-pwd","{PASSPHRASE}:{SSID}"', "-Y", "wlan.fc.protected == 1 && llc", "-T", "fields", "-e", "frame.number"],
    }


def opened(name, said):
    if name in ("vifi", "one core"):
        return json.loads(said)["opened"]
    if name == "airdecap":
        return int(re.search(r"decrypted WPA  packets\s+(\d+)", said).group(1))
    return said.count("\n")


def decrypt(suite, frames, rounds, say):
    """Seconds of each contestant, round by round, and how many frames it opened."""
    seconds, counts = {name: [] for name in TITLES}, {}
    with tempfile.TemporaryDirectory(prefix="vifi-bench-") as folder:
        capture, out = os.path.join(folder, "in.pcap"), os.path.join(folder, "out")
        run([build("bench", "air"), suite, str(STATIONS), str(frames), SSID, PASSPHRASE, capture])
        size = os.path.getsize(capture)
        for turn in range(rounds):
            say(f"decrypt, {suite}: round {turn + 1} of {rounds}")
            names = list(TITLES)
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                if name == "tshark" and turn >= SLOW_ROUNDS:
                    continue
                if os.path.exists(out):
                    os.remove(out)
                command = commands(capture, out)[name]
                start = time.monotonic()
                said = run(command)
                seconds[name].append(time.monotonic() - start)
                counts[name] = opened(name, said)
    if counts["vifi"] < max(counts.values()) or counts["vifi"] < frames:
        raise LabError(f"vifi decrypt opened {counts['vifi']} of {frames} frames; the others: {counts}")
    return {"suite": suite, "frames": frames, "bytes": size, "seconds": seconds, "opened": counts}


def measure(quick, say):
    say("ciphers …")
    all_of_it = {"ciphers": figures("ciphers", quick)}
    say("handshakes …")
    all_of_it["station"] = figures("station", quick)
    frames, rounds = (5000, 1) if quick else (300000, 5)
    all_of_it["decrypt"] = [decrypt(suite, frames, rounds, say) for suite in SUITES]
    return all_of_it


# ---- tables


def gbit(row, who):
    return row["bytes"] * 8 / median(row[who])


def cipher_table(rows, seal):
    lines = []
    for r in rows:
        if r["seal"] != seal:
            continue
        line = [f"{r['cipher']}, {r['bytes']}", f"{1e6 / median(r['vifi']):,.0f}", f"{gbit(r, 'vifi'):.2f}"]
        for other in ("evp", "raw"):
            if other in r:
                line += [f"{gbit(r, other):.2f}", span([theirs / ours for theirs, ours in zip(r[other], r["vifi"])])]
            else:
                line += ["", ""]
        lines.append(line)
    head = ("cipher, bytes", "vifi: frames/s, thousands", "Gbit/s", "OpenSSL EVP, Gbit/s", "vifi : EVP", "ipsec-mb alone, Gbit/s",
            "vifi : ipsec-mb")
    return f"### {'Sealing' if seal else 'Opening'}, 64 frames at a time\n\n" + table(head, lines)


def station_table(station):
    lines = []
    for s in station["suites"]:
        lines.append((s["suite"], span(s["handshakes"], "{:,.0f}"), f"{station['station_bytes'] + s['key_bytes']:,}",
                      f"{station['station_bytes'] + s['key_bytes_used']:,}"))
    head = ("", "4-way handshakes a second, both ends", "bytes of an associated station", "after lone frames both ways")
    return "### Stations\n\n" + table(head, lines)


def decrypt_table(d):
    lines = []
    fastest = min(("airdecap", "tshark"), key=lambda name: median(d["seconds"][name]) if d["opened"][name] else 1e9)
    for name, title in TITLES.items():
        took = d["seconds"][name]
        ratio = [theirs / ours for theirs, ours in zip(d["seconds"][fastest], took)]
        lines.append((title, span(took), f"{d['frames'] / median(took) / 1e3:,.0f}", f"{d['opened'][name]:,}",
                      span(ratio, "{:.1f}") if d["opened"][name] else ""))
    head = ("", "seconds", "frames/s, thousands", "frames opened", f"times as fast as {TITLES[fastest]}")
    return (f"### {SUITES[d['suite']]}: a capture of {d['frames']:,} data frames, {d['bytes'] / 1e6:.0f} MB\n\n" + table(head, lines))


def tables(w):
    return "\n\n".join([cipher_table(w["ciphers"], True), cipher_table(w["ciphers"], False)]), station_table(w["station"]), "\n\n".join(
        decrypt_table(d) for d in w["decrypt"]), radio.page(w["radio"])


PAGE = """## Wi-Fi

### Ciphers

One core, batches of 64 frames for 16 stations, as a tap or the air delivers them. **vifi** is all that a frame needs: header in,
header out, packet numbers, replay, room. **OpenSSL EVP** is libcrypto called frame by frame with a context for each key, and
**ipsec-mb** is Intel's multi-buffer library by itself; both get nonces and additional data ready-made. All three make the same bytes,
which is looked at first. A ratio above 1 is in vifi's favour.

CCM goes over each block twice, 20 rounds of AES for CCMP-128. EVP waits for each round's outcome, four cycles; a batch fills
the AES unit, so where the processor begins one round a cycle (before Ice Lake) the batch cannot be more than some 2.6 times as fast
at 1500 bytes, headers and memory left out. Processors with vector AES have no such limit.
TKIP, WEP and BIP take one frame after the other; their codes are RC4, Michael and CMAC.

{ciphers}

{station}

A handshake is the work of both ends, messages 1 to 4, with the PMK at hand. The memory is the access point's, buffers apart: its struct
and the pairwise key, first as installed, then with the contexts of libcrypto that a long frame of CCMP makes when it comes alone.

{radio}

### A capture decrypted

`vifi decrypt` writes every frame of the capture, opened where that is possible; airdecap-ng writes the opened ones, and opens none of the group's;
tshark writes nothing but the numbers of the frames that it opened. 35 % of the data frames carry 60 to 94 bytes, as
acknowledgements of TCP do, 10 % some 540, and 55 % 1500: {stations} stations, made by `bench/air.c`, in the cache of the file system.
vifi opens frames on one thread for each processor and writes on one more; the other two work on one.

{decrypt}"""


def page(w):
    ciphers, station, decrypts, air = tables(w)
    return PAGE.format(ciphers=ciphers, station=station, decrypt=decrypts, radio=air, stations=STATIONS)


def plain(w):
    return "\n\n".join(tables(w))
