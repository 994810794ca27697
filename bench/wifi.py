# SPDX-License-Identifier: GPL-2.0-or-later
"""Benchmarks of the Wi-Fi stack: ciphers, handshakes, memory per station, and `vifi decrypt` against airdecap-ng and tshark."""

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
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if result.returncode != 0:
        raise LabError(f"{command[0]}: exit {result.returncode}: {result.stderr.strip()[-300:]}")
    return result.stdout


def figures(program, quick):
    return json.loads(run([build("bench", program)] + (["-q"] if quick else [])))


# ---- `vifi decrypt` and its peers: the command of each, and how to read the number of decrypted frames from its output


def commands(capture, out):
    vifi = [build("vifi"), "decrypt", "-j", capture, "-s", SSID, "-p", PASSPHRASE, "-w", out]
    return {
        "vifi": vifi,
        "one core": ["taskset", "-c", "0"] + vifi,
        "airdecap": ["airdecap-ng", "-e", SSID, "-p", PASSPHRASE, "-o", out, capture],
        "tshark": ["tshark", "-n", "-r", capture, "-o", "wlan.enable_decryption:TRUE", "-o",
                   f'uat:80211_keys:"wpa-pwd","{PASSPHRASE}:{SSID}"', "-Y", "wlan.fc.protected == 1 && llc", "-T", "fields", "-e", "frame.number"],
    }


def decrypted_count(name, output):
    if name in ("vifi", "one core"):
        return json.loads(output)["opened"]
    if name == "airdecap":
        return int(re.search(r"decrypted WPA  packets\s+(\d+)", output).group(1))
    return output.count("\n")


def decrypt(suite, frames, rounds, progress):
    """The seconds of each contestant in each round, and its number of decrypted frames."""
    seconds, counts = {name: [] for name in TITLES}, {}
    with tempfile.TemporaryDirectory(prefix="vifi-bench-") as folder:
        capture, out = os.path.join(folder, "in.pcap"), os.path.join(folder, "out")
        run([build("bench", "capture"), suite, str(STATIONS), str(frames), SSID, PASSPHRASE, capture])
        size = os.path.getsize(capture)
        for turn in range(rounds):
            progress(f"decrypt, {suite}: round {turn + 1} of {rounds}")
            names = list(TITLES)
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                if name == "tshark" and turn >= SLOW_ROUNDS:
                    continue
                if os.path.exists(out):
                    os.remove(out)
                command = commands(capture, out)[name]
                start = time.monotonic()
                output = run(command)
                seconds[name].append(time.monotonic() - start)
                counts[name] = decrypted_count(name, output)
    if counts["vifi"] < max(counts.values()) or counts["vifi"] < frames:
        raise LabError(f"vifi decrypt decrypted {counts['vifi']} of {frames} frames; all contestants: {counts}")
    return {"suite": suite, "frames": frames, "bytes": size, "seconds": seconds, "opened": counts}


def measure(quick, progress):
    progress("ciphers …")
    results = {"ciphers": figures("ciphers", quick)}
    progress("handshakes …")
    results["station"] = figures("station", quick)
    progress("SAE …")
    results["sae"] = figures("sae", quick)
    frames, rounds = (5000, 1) if quick else (300000, 5)
    results["decrypt"] = [decrypt(suite, frames, rounds, progress) for suite in SUITES]
    return results


# ---- tables


def gbit(row, implementation):
    return row["bytes"] * 8 / median(row[implementation])


def cipher_table(rows, seal):
    lines = []
    for row in rows:
        if row["seal"] != seal:
            continue
        line = [f"{row['cipher']}, {row['bytes']}", f"{1e6 / median(row['vifi']):,.0f}", f"{gbit(row, 'vifi'):.2f}"]
        for other in ("evp", "raw"):
            if other in row:
                line += [f"{gbit(row, other):.2f}", span([theirs / ours for theirs, ours in zip(row[other], row["vifi"])])]
            else:
                line += ["", ""]
        lines.append(line)
    head = ("cipher, bytes", "vifi: frames/s, thousands", "Gbit/s", "OpenSSL EVP, Gbit/s", "vifi : EVP", "ipsec-mb alone, Gbit/s",
            "vifi : ipsec-mb")
    return f"### {'Encryption' if seal else 'Decryption'}, 64 frames at a time\n\n" + table(head, lines)


def station_table(station):
    lines = []
    for suite in station["suites"]:
        lines.append((suite["suite"], span(suite["handshakes"], "{:,.0f}"), f"{station['station_bytes'] + suite['key_bytes']:,}",
                      f"{station['station_bytes'] + suite['key_bytes_used']:,}"))
    head = ("", "4-way handshakes per second, both ends", "bytes per associated station", "after single frames both ways")
    return "### Stations\n\n" + table(head, lines)


def sae_table(rows):
    lines = [(f"group {row['group']}, {'hash to element' if row['hash_to_element'] else 'hunting and pecking'}", f"{row['exchanges_per_second']:,.0f}")
             for row in rows]
    return "### SAE\n\n" + table(("", "exchanges per second, the access point's part"), lines)


def decrypt_table(result):
    lines = []
    fastest = min(("airdecap", "tshark"), key=lambda name: median(result["seconds"][name]) if result["opened"][name] else 1e9)
    for name, title in TITLES.items():
        took = result["seconds"][name]
        ratio = [theirs / ours for theirs, ours in zip(result["seconds"][fastest], took)]
        lines.append((title, span(took), f"{result['frames'] / median(took) / 1e3:,.0f}", f"{result['opened'][name]:,}",
                      span(ratio, "{:.1f}") if result["opened"][name] else ""))
    head = ("", "seconds", "frames/s, thousands", "decrypted frames", f"times as fast as {TITLES[fastest]}")
    return (f"### {SUITES[result['suite']]}: a capture of {result['frames']:,} data frames, {result['bytes'] / 1e6:.0f} MB\n\n" + table(head, lines))


def tables(results):
    return "\n\n".join([cipher_table(results["ciphers"], True), cipher_table(results["ciphers"], False)]), "\n\n".join(
        [station_table(results["station"])] + ([sae_table(results["sae"])] if "sae" in results else [])), "\n\n".join(
        decrypt_table(d) for d in results["decrypt"]), radio.page(results["radio"])


PAGE = """## Wi-Fi

### Ciphers

One core, batches of 64 frames for 16 stations, as a TAP interface or the air delivers them. **vifi** includes all work on a frame:
parsing and writing the headers, packet numbers, replay check, headroom. **OpenSSL EVP** is libcrypto called frame by frame with a
context for each key, and **ipsec-mb** is Intel's multi-buffer library alone; both receive prepared nonces and additional data. The
benchmark first verifies that all three produce the same bytes. A ratio above 1 is in vifi's favour.

CCM processes each block twice, 20 rounds of AES for CCMP-128. EVP waits four cycles for the result of each round; a batch fills the
AES unit. Where the processor starts one round per cycle (before Ice Lake) the batch can be at most some 2.6 times as fast at 1500
bytes, headers and memory excluded. Processors with vector AES have no such limit.
TKIP, WEP and BIP process one frame after the other; they use RC4, Michael and CMAC.

{ciphers}

{station}

A handshake is the work of both ends for messages 1 to 4, with a precomputed PMK. The memory is that of the access point without
buffers: the struct of the station and the pairwise key, first as installed, then with the libcrypto contexts that a single long CCMP
frame allocates. An exchange of SAE is the work of an access point on one core: a commit and a confirm, read and answered.

{radio}

{card}

### Decryption of a capture

`vifi decrypt` writes every frame of the capture, decrypted where possible; airdecap-ng writes the decrypted frames only and decrypts no
group frames; tshark prints only the numbers of the decrypted frames. 35 % of the data frames carry 60 to 94 bytes, like TCP
acknowledgements, 10 % some 540 bytes, and 55 % 1500 bytes. `bench/capture.c` creates the capture of {stations} stations, which is in the
file system's cache. vifi decrypts on one thread per processor and writes on another one; the other two use a single thread.

{decrypt}"""


def page(results, card):
    ciphers, station, decrypts, air = tables(results)
    return PAGE.format(ciphers=ciphers, station=station, decrypt=decrypts, radio=air, card=card, stations=STATIONS)


def plain(results):
    return "\n\n".join(tables(results))
