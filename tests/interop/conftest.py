# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulated machines of the tests. A failed test leaves its report, console, logs and recordings in
build/interop/failed/NAME."""
import collections
import functools
import hashlib
import io
import os
import re
import shutil
import tarfile

import bed
import pytest
import radios
import states
import world as worlds

FAILED = bed.CACHE / "failed"
FIRST = ("test_xen", "test_bed", "test_bridge")  # the last two share the session's machine, in this order
KEPT_MEGABYTES = 64  # of one file
# All machines with a kernel have the same image, and so the same state after their boot.
SHARED_PROGRAMS = [bed.BUILD / "vifi", bed.BUILD / "tests/interop/radio", bed.BUILD / "tests/interop/load",
                   bed.BUILD / "tests/interop/first_frame"]
SHARED_FILES = {"objects/macnat.bpf.o": bed.BUILD / "macnat.bpf.o"}


def pytest_configure(config):
    config.addinivalue_line("markers", "only(engine): the test applies to this engine alone")


def pytest_collection_modifyitems(config, items):
    """Deselects a test of one engine for the other engine; it is not a skip. The file that takes longest comes first, and those
    with few tests last, so that files that run at the same time end at about the same time."""
    tests = collections.Counter(item.module.__name__ for item in items)
    items.sort(key=lambda item: (FIRST.index(item.module.__name__) if item.module.__name__ in FIRST else len(FIRST),
                                 -tests[item.module.__name__], item.module.__name__))
    marks = {item: item.get_closest_marker("only") for item in items}
    other = [item for item in items if marks[item] and item.callspec.params["engine"] not in marks[item].args]
    items[:] = [item for item in items if item not in other]
    config.hook.pytest_deselected(items=other)


def booted(name, programs, files, kernel=None, parts=(), image=None, machine=None):
    """A running machine with the programs under test; `name` is that of its console log. `kernel` is VIFI_BED_KERNEL or the
    first one by default. `parts` are what fetch gets besides programs and kernel; `image` and `machine` make the initramfs
    and the machine, where they are not those that all tests share."""
    kernel = kernel or bed.chosen_kernel()
    try:
        bed.fetch(kernel, *parts)
    except bed.BedMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI requires the emulated machine: {missing}")
        pytest.skip(str(missing))
    programs = list(dict.fromkeys([*programs, *SHARED_PROGRAMS]))
    files = {**files, **SHARED_FILES}
    for path in (*programs, *files.values()):
        assert path.exists(), f"{path} is missing: run script/setup"
    name = "-".join(filter(None, [name, kernel, os.environ.get("PYTEST_XDIST_WORKER")]))  # workers run at the same time
    console = bed.CACHE / f"{name}.log"
    if machine:
        path = console.with_suffix(".initramfs")
        image(path, kernel, programs, files)
        return machine(path, console, kernel)
    return states.start(bed.Machine, shared_image(kernel, tuple(programs), tuple(files.items())), console, kernel)


@functools.lru_cache
def shared_image(*contents):
    """Writes an initramfs, once in each process; returns its path."""
    kernel, programs, files = contents
    name = hashlib.sha256(repr(contents).encode()).hexdigest()[:8]
    path = bed.CACHE / f"shared-{kernel}-{name}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.initramfs"
    bed.make_image(path, kernel, programs, dict(files))
    return path


@pytest.fixture(scope="session")
def machine():
    """The machine for `vifi bridge`."""
    with booted("bridge", [], {}) as running:
        yield running


@pytest.fixture(scope="session")
def peers_machine():
    """The machine for `vifi ap` and `vifi sta` on a medium."""
    with booted("peers", [bed.BUILD / "vifi"], {}) as running:
        yield running


@pytest.fixture(scope="module")
def module_lab(request):
    """A machine of the test module's own, with the kernel that the module names (KERNEL = "6.12")."""
    name = request.module.__name__.removeprefix("test_")
    kernel = bed.chosen_kernel(getattr(request.module, "KERNEL", bed.KERNELS[0]))
    with booted(name, [bed.BUILD / "vifi", bed.BUILD / "tests/interop/radio"], {}, kernel) as running:
        built = radios.Lab(running)
        request.session.config.vifi_world = built
        built.build()
        yield built
        request.session.config.vifi_world = None


@pytest.fixture
def lab(module_lab):
    """The machine of the test module, without nodes."""
    yield module_lab
    module_lab.clear()


@pytest.fixture(scope="session")
def world(machine, request):
    built = worlds.World(machine)
    request.session.config.vifi_world = built
    built.build()
    return built


# ---- what remains of a failed test ----

def state(machine):
    """The state of a machine, as text."""
    return machine.try_run("ip -br link; ip -br addr; for log in $(find /tmp /run /var/log -name '*.log'); do echo \"== $log\"; tail -n 15 $log; done; "
                           "dmesg | tail -n 15").out


def keep(machine, folder, report):
    """Stores the report of a failed test with the machine's console, logs, configurations and recordings."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "report.txt").write_text(f"{report.longreprtext}\n" + "".join(f"\n---- {name} ----\n{text}\n" for name, text in report.sections))
    shutil.copy(machine.console, folder / "console.log")
    archive = machine.get(f"sleep 0.3; find /tmp /run /var/log -type f -size -{KEPT_MEGABYTES * 1024}k \\( -name '*.log' -o -name '*.conf' -o -name '*.pcap*' \\) >/run/kept; "
                          "tar -c $(cat /run/kept) 2>/dev/null")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar.getmembers():
            (folder / member.name.replace("/", "-").removeprefix("tmp-")).write_bytes(tar.extractfile(member).read())


def machine_of(item):
    """The running machine of a test, or None."""
    for value in item.funcargs.values():
        if isinstance(value, (worlds.World, bed.Machine)):
            return getattr(value, "machine", value)
    built = getattr(item.config, "vifi_world", None)
    return built and built.machine


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    folder = FAILED / re.sub(r"[^\w.=-]+", "-", f"{item.module.__name__}-{item.name}").strip("-")
    if call.when == "setup" and not report.failed:
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier run
    machine = machine_of(item)
    if not report.failed or machine is None:
        return
    report.sections.append(("console of the emulated machine", machine.tail()))
    try:
        report.sections.append(("state of the emulated machine", state(machine)))
        keep(machine, folder, report)
        report.sections.append(("logs and recordings", str(folder)))
    except (RuntimeError, AssertionError, OSError, tarfile.TarError) as gone:
        report.sections.append(("state of the emulated machine", f"it cannot be read: {gone}"))
