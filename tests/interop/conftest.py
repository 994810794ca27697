# SPDX-License-Identifier: GPL-2.0-or-later
"""One emulated machine for the tests of `vifi bridge`, another for those of `vifi ap` and `vifi sta`. The report of a
failed test shows the machine's console."""
import os

import bed
import pytest
import world as worlds


def pytest_configure(config):
    config.addinivalue_line("markers", "only(engine): the test applies to this engine alone")


def pytest_collection_modifyitems(config, items):
    """Deselects a test of one engine for the other engine; it is not a skip."""
    marks = {item: item.get_closest_marker("only") for item in items}
    other = [item for item in items if marks[item] and item.callspec.params["engine"] not in marks[item].args]
    items[:] = [item for item in items if item not in other]
    config.hook.pytest_deselected(items=other)


def booted(name, programs, files):
    """A running machine with the programs under test; `name` is that of its image and of its console log."""
    try:
        bed.fetch()
    except bed.BedMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI requires the emulated machine: {missing}")
        pytest.skip(str(missing))
    for path in (*programs, *files.values()):
        assert path.exists(), f"{path} is missing: run script/setup"
    image = bed.CACHE / f"{name}.initramfs"
    bed.make_image(image, programs, files)
    return bed.Machine(image, bed.CACHE / f"{name}.log")


@pytest.fixture(scope="session")
def machine():
    with booted("bridge", [bed.BUILD / "vifi", bed.build_loader()],
                {"objects/macnat.bpf.o": bed.BUILD / "macnat.bpf.o"}) as running:
        yield running


@pytest.fixture(scope="session")
def peers_machine():
    with booted("peers", [bed.BUILD / "vifi", bed.BUILD / "tests/interop/hwsim"], {}) as running:
        yield running


@pytest.fixture(scope="session")
def world(machine, request):
    built = worlds.World(machine)
    request.session.config.vifi_world = built
    built.build()
    return built


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    built = getattr(item.config, "vifi_world", None)
    if not report.failed or built is None:
        return
    report.sections.append(("console of the emulated machine", built.machine.tail()))
    try:
        state = built.try_run("ip -br link; ip -br addr; tail -n 15 /tmp/hostapd.log /tmp/wpas.log /tmp/dnsmasq.log "
                              "/tmp/vifi.log /run/peers/*.log 2>/dev/null; dmesg | tail -n 15").out
    except RuntimeError as gone:
        state = str(gone)
    report.sections.append(("state of the emulated machine", state))
