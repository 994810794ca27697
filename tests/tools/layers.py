# SPDX-License-Identifier: GPL-2.0-or-later
"""The layer check: layers.py SOURCE_ROOT BUILD_ROOT

ORDER below is the one place where the order of the folders under src/ stands.  What is checked:

1. A file includes only headers of its own folder and of folders above it in ORDER.
2. An object needs only symbols of its own folder, of folders above it, and of libraries.
3. Objects of a pure folder need nothing of libraries but ALLOWED, and what LIBRARY gives to that folder: no system
   call, no clock, no logging.  Time and randomness are arguments there.
4. Objects of a pure folder have no variables that live longer than a call: no writable data, nothing thread-local.

A folder that is not in ORDER, and a source of a pure folder that no build compiles, are errors too: what is not looked
at must not look right.
"""
import pathlib
import re
import subprocess
import sys

ORDER = [
    "base",  # frame buffer, drop reasons, errors, containers
    "wire",  # formats, no state
    "crypto",
    "rsn",
    "softmac",
    "mlme",
    "macnat",  # the translation rules and their tables
    "radio",  # what a radio can do
    "netdev",  # packet sockets, rtnetlink, tap
    "bpf",  # the eBPF program and its loader
    "air/medium",  # the virtual medium, on virtual time
    "conf",  # options and files
    "daemon",  # privileges, notifications, the control socket
    "bridge/policy",  # what `vifi bridge` decides
    "bridge/user",  # the user-space engine
    "bridge",  # the life of `vifi bridge`
    "air",  # `vifi air` and its clients
    "wifi",  # `vifi ap` and `vifi sta` as processes
    "decrypt/observer",  # recovers keys from what it overhears
    "decrypt",  # `vifi decrypt`
    "cli",
]
PURE = ["base", "wire", "crypto", "rsn", "softmac", "mlme", "macnat", "bridge/policy", "air/medium", "decrypt/observer"]

# Headers that the build makes, and the folder they belong to.
GENERATED = {"macnat.skel.h": "bpf"}

ALLOWED = re.compile(
    r"""mem(cpy|set|cmp|move|chr|rchr|mem) | malloc | calloc | realloc | reallocarray | aligned_alloc | free | abort
    | str(len|nlen|cmp|ncmp|casecmp|chr|rchr|chrnul|str|spn|cspn|pbrk|cpy|ncpy) | stpcpy | explicit_bzero
    | strsep | v?snprintf | (__isoc99_)?sscanf | bsearch | qsort | __v?snprintf_chk | __(mem|str|stp)[a-z]+_chk
    | __stack_chk_fail | __assert_fail | _GLOBAL_OFFSET_TABLE_
    | __(asan|ubsan|sancov|sanitizer|gcov|llvm|lsan)_.* | __start___sanc.* | __stop___sanc.*""",
    re.X,
)

# src/crypto is made of libcrypto, of Intel's multi-buffer library, and of zlib for its CRC-32; random numbers (RAND_*)
# come from elsewhere.
LIBRARY = {"crypto": re.compile(r"""(EVP|OSSL)_\w+ | CRYPTO_memcmp | OPENSSL_cleanse | crc32_z
    | (alloc|free|init)_mb_mgr(_auto)? | imb_get_errno""", re.X)}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


def layer_of(header):
    """The folder that an include names, or None if there is no such folder."""
    if header in GENERATED:
        return GENERATED[header]
    folder = header.rpartition("/")[0]
    return folder if folder in ORDER else None


def check_includes(source):
    """Yields a sentence for each include that breaks rule 1."""
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
                    yield f'{name}: includes "{header}", but src/{other} stands below src/{layer}'


def objects(source, build, layer):
    """The objects of a layer, each with the name of its source: src/base/drop.c."""
    # The build flattens a path: src_bridge_policy_ageing.c.o.
    prefix = f"src/{layer}/".replace("/", "_")
    for path in sorted((build / f"libvifi_{layer.replace('/', '_')}.a.p").glob(prefix + "*.o")):
        name = f"src/{layer}/" + path.name.removeprefix(prefix).removesuffix(".o")
        # A build folder keeps the objects of sources that are gone.
        if (source / name).exists():
            yield path, name


def symbols(path, *options):
    run = subprocess.run(["nm", "-P", *options, path], check=True, capture_output=True, text=True)
    return {line.split()[0] for line in run.stdout.splitlines() if line}


def may_use(layer, symbol):
    return bool(ALLOWED.fullmatch(symbol) or layer in LIBRARY and LIBRARY[layer].fullmatch(symbol))


WRITABLE = re.compile(r"\.(bss|tbss|tdata|data)(?!\.rel\.ro)(\..*)?$")


def variables(path):
    """Names of the variables of an object that can be written to."""
    run = subprocess.run(["objdump", "-t", path], check=True, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        # 0000000000000000 l     O .bss	0000000000000008 counter
        match = re.match(r"[0-9a-f]+ (.{7}) (\S+)\t([0-9a-f]+) +(\S+)", line)
        # The names of sections carry the flag d; thread-local variables do not carry O.
        if match and "d" not in match[1] and WRITABLE.match(match[2]) and int(match[3], 16):
            yield match[4]


def check_objects(source, build):
    """Yields a sentence for each object that breaks rule 2, 3 or 4."""
    defined, above = {}, {}
    for layer in ORDER:
        for path, _ in objects(source, build, layer):
            for symbol in symbols(path, "--defined-only", "--extern-only"):
                defined[symbol] = layer
    for layer in ORDER:
        built = dict((name, path) for path, name in objects(source, build, layer))
        for name, path in built.items():
            pure = layer in PURE
            needs = symbols(path, "--undefined-only")
            for symbol in sorted(needs):
                owner = defined.get(symbol)
                if owner and ORDER.index(owner) > ORDER.index(layer):
                    yield f"{name}: needs {symbol} of src/{owner}, which stands below src/{layer}"
                elif not owner and pure and not may_use(layer, symbol):
                    yield f"{name}: needs {symbol}, which is none of the few functions that a pure folder may call"
            if pure and "__asan_init" not in needs:
                for variable in variables(path):
                    yield f"{name}: {variable} is a variable that outlives a call; a pure folder keeps no state"
        if layer in PURE and (source / "src" / layer).is_dir():
            for path in sorted((source / "src" / layer).glob("*.c")):
                if str(path.relative_to(source)) not in built:
                    sources = layer.replace("/", "_") + "_sources"
                    yield f"{path.relative_to(source)}: is not built; add it to {sources} in meson.build"


def main(source, build):
    source, build = pathlib.Path(source), pathlib.Path(build)
    errors = [*check_includes(source), *check_objects(source, build)]
    print("\n".join(errors) or "layers: each folder uses only what stands above it; the pure ones keep to themselves")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
