# SPDX-License-Identifier: GPL-2.0-or-later
"""The layer check: layers.py SOURCE_ROOT BUILD_ROOT

ORDER below defines the order of the folders under src/.  The rules:

1. A file includes only headers of its own folder and of folders earlier in ORDER.
2. An object uses only symbols of its own folder, of folders earlier in ORDER, and of libraries.
3. Objects of a pure folder use only the library functions in ALLOWED, and those in LIBRARY for that folder: no system
   calls, no clock, no logging.  Time and randomness are arguments there.
4. Objects of a pure folder have no static state: no writable data, no thread-local variables.

5. A folder of APART knows nothing of the other one, in neither direction.

A folder that is missing in ORDER, and a source of a pure folder that the build does not compile, are errors too, so
that nothing escapes the check.
"""
import pathlib
import re
import subprocess
import sys

ORDER = [
    "base",  # frame buffer, drop reasons, errors, containers
    "wire",  # formats, no state
    "trace",  # events of the recorder, its ring, their words and files
    "crypto",
    "rsn",
    "plane",  # the interface between control and plane
    "mlme",  # control: it knows no plane
    "softmac",
    "softmac/ap",  # an access point over the software MAC
    "softmac/sta",  # a station over it
    "nl80211",  # messages of the kernel's Wi-Fi stack
    "nl80211/ap",  # an access point over a driver
    "nl80211/sta",  # a station over it
    "macnat",  # the translation rules and their tables
    "netdev",  # packet sockets, rtnetlink, tap
    "bpf",  # the eBPF program and its loader
    "air/medium",  # the virtual medium, on virtual time
    "conf",  # options and files
    "daemon",  # privileges, notifications, the control socket
    "ctrl",  # commands, replies and events of control sockets
    "ctrl/server",  # the sockets
    "ctrl/sta",  # the commands and events of wpa_supplicant
    "bridge/policy",  # the pure decisions of `vifi bridge`
    "setup/plan",  # what `vifi setup` would change: facts in, plan out
    "doctor/policy",  # what `vifi doctor` thinks of a Wi-Fi card
    "bridge/user",  # the user-space engine
    "bridge",  # `vifi bridge`: start, event loop, stop
    "setup",  # `vifi setup`: reads the machine, carries the plan out
    "driver",  # sockets and interfaces of the planes over drivers
    "doctor",  # `vifi doctor`: reads the machine
    "radio",  # the interface of a radio; a radio by injection
    "air",  # `vifi air` and its clients
    "why",  # `vifi why`
    "metrics",  # `vifi metrics`
    "top",  # `vifi top`; its terminal is a program of its own
    "metricsd",  # its HTTP server, a program of its own
    "wifi",  # `vifi ap` and `vifi sta` as processes
    "decrypt/observer",  # recovers keys from captured handshakes
    "decrypt",  # `vifi decrypt`
    "cli",
]
PURE = ["base", "wire", "trace", "crypto", "rsn", "plane", "mlme", "softmac", "softmac/ap", "softmac/sta", "nl80211",
        "nl80211/ap", "nl80211/sta", "macnat", "bridge/policy", "setup/plan", "doctor/policy", "ctrl", "ctrl/sta",
        "air/medium", "decrypt/observer"]

# The protection of frames serves control (by way of a plane), captures and tests alike: it knows no state machine. A plane
# over a driver knows neither control nor the other plane.
APART = {"softmac": "mlme", "nl80211": "mlme", "nl80211/ap": "mlme", "nl80211/sta": "mlme"}

# Generated headers, and the folder of each.
GENERATED = {"macnat.skel.h": "bpf"}

ALLOWED = re.compile(
    r"""mem(cpy|set|cmp|move|chr|rchr|mem) | malloc | calloc | realloc | reallocarray | aligned_alloc | free | abort
    | str(len|nlen|cmp|ncmp|n?casecmp|chr|rchr|chrnul|str|spn|cspn|pbrk|cpy|ncpy) | stpcpy | explicit_bzero
    | strsep | v?snprintf | (__isoc(99|23)_)?sscanf | bsearch | qsort | __v?snprintf_chk | __(mem|str|stp)[a-z]+_chk
    | __stack_chk_fail | __assert_fail | _GLOBAL_OFFSET_TABLE_
    | __(asan|ubsan|sancov|sanitizer|gcov|llvm|lsan)_.* | __start___sanc.* | __stop___sanc.*""",
    re.X,
)

# src/crypto uses libcrypto, Intel's multi-buffer library, which it loads as libcrypto loads its providers, and zlib for its
# CRC-32.  It must not use RAND_*, because random numbers are arguments.  src/nl80211 uses those functions of libnl that write and read messages in memory.
LIBRARY = {"crypto": re.compile(r"""(EVP|OSSL|BN|EC)_\w+ | CRYPTO_memcmp | OPENSSL_(cleanse|init_crypto) | crc32_z
    | dlopen | dlsym""", re.X),
           "nl80211": re.compile(r"nl(a|msg)_\w+")}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


def layer_of(header):
    """The folder of an included header, or None if it is not in ORDER."""
    if header in GENERATED:
        return GENERATED[header]
    folder = header.rpartition("/")[0]
    return folder if folder in ORDER else None


def check_includes(source):
    """Yields a message for each violation of rule 1."""
    for folder in sorted(path for path in (source / "src").rglob("*") if path.is_dir()):
        layer = str(folder.relative_to(source / "src"))
        sources = sorted(folder.glob("*.[ch]"))
        if layer not in ORDER:
            if sources or not any(folder.iterdir()):
                yield f"src/{layer}: this folder is missing from ORDER in tests/tools/layers.py"
            continue
        for path in sources:
            name = path.relative_to(source)
            for header in INCLUDE.findall(path.read_text()):
                other = layer_of(header)
                if other is None:
                    yield f'{name}: includes "{header}"; write it as "FOLDER/FILE.h" from src/'
                elif ORDER.index(other) > ORDER.index(layer):
                    yield f'{name}: includes "{header}", but src/{other} comes after src/{layer}'
                elif APART.get(layer) == other:
                    yield f'{name}: includes "{header}", but src/{layer} must not know src/{other}'


def objects(source, build, layer):
    """The objects of a layer, each with the path of its source, such as src/base/drop.c."""
    # Meson flattens the path of a source: src_bridge_policy_ageing.c.o.
    prefix = f"src/{layer}/".replace("/", "_")
    for path in sorted((build / f"libvifi_{layer.replace('/', '_')}.a.p").glob(prefix + "*.o")):
        name = f"src/{layer}/" + path.name.removeprefix(prefix).removesuffix(".o")
        # A build folder keeps the objects of deleted sources.
        if (source / name).exists():
            yield path, name


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(paths, *options):
    """The symbols of each object: path → set.  One nm reads all objects, because its start takes longer than its work."""
    found = {path: set() for path in paths}
    for line in output("nm", "-A", "-P", *options, *paths).splitlines() if paths else ():
        path, _, rest = line.partition(": ")  # PATH: SYMBOL TYPE VALUE SIZE
        found[pathlib.Path(path)].add(rest.split()[0])
    return found


def may_use(layer, symbol):
    return bool(ALLOWED.fullmatch(symbol) or layer in LIBRARY and LIBRARY[layer].fullmatch(symbol))


WRITABLE = re.compile(r"\.(bss|tbss|tdata|data)(?!\.rel\.ro)(\..*)?$")


HEAD = re.compile(r"(.*):     file format elf")


def variables(paths):
    """The names of the writable variables of each object: path → list."""
    found = {path: [] for path in paths}
    of_object = None
    for line in output("objdump", "-t", *paths).splitlines() if paths else ():
        if head := HEAD.match(line):
            of_object = found[pathlib.Path(head[1])]
        # 0000000000000000 l     O .bss	0000000000000008 counter
        match = re.match(r"[0-9a-f]+ (.{7}) (\S+)\t([0-9a-f]+) +(\S+)", line)
        # The names of sections carry the flag d; thread-local variables do not carry O.
        if match and "d" not in match[1] and WRITABLE.match(match[2]) and int(match[3], 16):
            of_object.append(match[4])
    return found


def check_objects(source, build):
    """Yields a message for each violation of rules 2, 3 and 4."""
    built = {layer: [*objects(source, build, layer)] for layer in ORDER}
    paths = [path for of_layer in built.values() for path, _ in of_layer]
    exported, wanted = symbols(paths, "--defined-only", "--extern-only"), symbols(paths, "--undefined-only")
    defined = {symbol: layer for layer in ORDER for path, _ in built[layer] for symbol in exported[path]}
    state = variables([path for layer in PURE for path, _ in built[layer] if "__asan_init" not in wanted[path]])
    for layer in ORDER:
        pure = layer in PURE
        for path, name in built[layer]:
            for symbol in sorted(wanted[path]):
                owner = defined.get(symbol)
                if owner and ORDER.index(owner) > ORDER.index(layer):
                    yield f"{name}: uses {symbol} of src/{owner}, which comes after src/{layer}"
                elif owner and APART.get(layer) == owner:
                    yield f"{name}: uses {symbol} of src/{owner}, of which src/{layer} must not know"
                elif not owner and pure and not may_use(layer, symbol):
                    yield f"{name}: uses {symbol}, which a pure folder must not call"
            for variable in state.get(path, ()):
                yield f"{name}: {variable} is static state, which a pure folder must not have"
        if pure and (source / "src" / layer).is_dir():
            names = {name for _, name in built[layer]}
            for path in sorted((source / "src" / layer).glob("*.c")):
                if str(path.relative_to(source)) not in names:
                    sources = layer.replace("/", "_") + "_sources"
                    yield f"{path.relative_to(source)}: is not built; add it to {sources} in meson.build"


def main(source, build):
    source, build = pathlib.Path(source), pathlib.Path(build)
    errors = [*check_includes(source), *check_objects(source, build)]
    print("\n".join(errors) or "layers: each folder uses earlier folders only, and the pure folders are pure")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
