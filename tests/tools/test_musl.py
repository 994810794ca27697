# SPDX-License-Identifier: GPL-2.0-or-later
"""The sources compile with another C library: the headers of musl, and those of the other libraries as Debian has them.

Debian has these libraries for glibc only, so nothing is linked.
"""
import concurrent.futures
import os
import pathlib
import platform
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VIFI_BUILD", TOP / "build"))
MUSL = pathlib.Path(f"/usr/include/{platform.machine()}-linux-musl")
KERNEL = {"asm", "asm-generic", "linux", "mtd", "rdma"}  # what compilers for musl find in a folder of their own

pytestmark = pytest.mark.skipif(not MUSL.is_dir(), reason="musl-dev is not installed (script/setup test)")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def headers_without_glibc(folder):
    """Links to all that is in /usr/include, but the headers of glibc."""
    glibc = {path.split("/")[3] for path in output("dpkg", "-L", "libc6-dev").splitlines() if path.startswith("/usr/include/")}
    multiarch = pathlib.Path("/usr/include", output("gcc", "-print-multiarch"))
    for place in (pathlib.Path("/usr/include"), multiarch):
        for path in place.iterdir():
            target = folder / path.name
            if path.name == "openssl":  # in both places
                target.mkdir(exist_ok=True)
                for header in path.iterdir():
                    (target / header.name).symlink_to(header)
            elif path.name in KERNEL or (place != multiarch and path.name not in glibc | {multiarch.name, MUSL.name}):
                target.symlink_to(path)


def test_sources_compile_with_the_headers_of_musl(tmp_path):
    headers_without_glibc(tmp_path)
    includes = [MUSL, output("gcc", "-print-file-name=include"), tmp_path, tmp_path / "libnl3"]
    command = ["gcc", "-std=gnu17", "-fsyntax-only", "-Werror=implicit-function-declaration", "-D_GNU_SOURCE", "-DVIFI_ZSTD",
               '-DVIFI_LIBEXEC="/"', '-DVIFI_VERSION="0"', "-nostdinc", *[word for path in includes for word in ("-isystem", str(path))],
               "-I", str(TOP / "src"), "-I", str(BUILD)]

    def compile_source(path):
        return subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}).stderr

    sources = [path for path in sorted((TOP / "src").rglob("*.c")) if not path.name.endswith(".bpf.c")]
    assert len(sources) > 300
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        words = list(filter(None, pool.map(compile_source, sources)))
    assert not words, "\n".join(words)
