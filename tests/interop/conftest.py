# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot for all tests of this folder; the machine's console is shown when one of them fails."""
import os

import bed
import pytest
import world as worlds


def pytest_configure(config):
    config.addinivalue_line("markers", "only(engine): the test is about this engine")


def pytest_collection_modifyitems(config, items):
    """A test about one engine does not exist for the other: that is no skip."""
    marks = {item: item.get_closest_marker("only") for item in items}
    other = [item for item in items if marks[item] and item.callspec.params["engine"] not in marks[item].args]
    items[:] = [item for item in items if item not in other]
    config.hook.pytest_deselected(items=other)


@pytest.fixture(scope="session")
def machine():
    try:
        bed.fetch()
    except bed.BedMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"the bed is missing under CI: {missing}")
        pytest.skip(str(missing))
    for made in ("vifi", "macnat.bpf.o"):
        assert (bed.BUILD / made).exists(), f"{bed.BUILD}/{made} is missing: run script/setup"
    bed.make_image(bed.CACHE / "initramfs", [bed.BUILD / "vifi", bed.build_loader()],
                   {"objects/macnat.bpf.o": bed.BUILD / "macnat.bpf.o"})
    with bed.Machine(bed.CACHE / "initramfs", bed.CACHE / "console.log") as running:
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
                              "/tmp/vifi.log 2>/dev/null; dmesg | tail -n 15").out
    except RuntimeError as gone:
        state = str(gone)
    report.sections.append(("state of the emulated machine", state))
