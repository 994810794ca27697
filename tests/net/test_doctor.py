# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi doctor` on machines without a Wi-Fi card; tests/interop/test_doctor.py has cards.  doc/doctor.schema.json is checked by the
jsonschema package, the findings of the bridge by `vifi bridge check`."""

import json
import os

import jsonschema
import pytest

from lab import Lab
from lab.vifi import TOP, program

with open(os.path.join(TOP, "doc/doctor.schema.json")) as file:
    SCHEMA = json.load(file)


@pytest.fixture(scope="module")
def lab(vifi_program):
    with Lab(guests=0, dhcp="none", ra="none") as lab:
        lab.host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__wlan0__rp_filter=0)
        yield lab


def doctor(host, *args, user=None):
    """The report, which fits the schema and the exit code."""
    prefix = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
    done = host.run([*prefix, program(), "doctor", "-j", *args], check=False, timeout=30)
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    levels = [f["level"] for part in (report["radio"], report["findings"], *(c["findings"] for c in report["cards"])) for f in part]
    assert (levels.count("fail"), levels.count("warn")) == (report["obstacles"], report["warnings"])
    assert done.returncode == int(report["obstacles"] > 0)
    return report


def test_machine_without_a_card_is_told_so(lab):
    report = doctor(lab.host)
    assert report["cards"] == [] and [f["id"] for f in report["radio"]] == ["nl80211"]
    assert report["radio"][0]["level"] == "note" and report["kernel"] == os.uname().release


def test_findings_of_the_bridge_are_those_of_bridge_check(lab):
    lab.host.sysctl(net__ipv4__conf__wlan0__rp_filter=1)
    try:
        report = doctor(lab.host, "wlan0")
        check = json.loads(lab.host.run([program(), "bridge", "check", "-j", "wlan0"], check=False).stdout)
    finally:
        lab.host.sysctl(net__ipv4__conf__wlan0__rp_filter=0)
    assert report["findings"] == check and report["uplink"] == "wlan0"
    assert [f["id"] for f in check if f["level"] == "fail"] == ["rp_filter"]


def test_text_has_each_part_and_the_sum(lab):
    done = lab.host.run([program(), "doctor", "wlan0"], check=False)
    assert done.stdout.startswith("machine\n  kernel   Linux ") and "\nvifi bridge of the uplink wlan0\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("No obstacles") and done.returncode == 0
    assert " ok " not in done.stdout and "ok      privilege" in lab.host.run([program(), "doctor", "-a"], check=False).stdout


def test_names_cannot_steer_the_terminal(lab):
    done = lab.host.run([program(), "doctor", "w\x1b[2J"], check=False)
    assert "\x1b" not in done.stdout and "\nvifi bridge of the uplink w?[2J\n" in done.stdout


def test_it_needs_no_privilege(lab):
    report = doctor(lab.host, user="nobody")
    assert [f["id"] for f in report["findings"] if f["level"] == "fail"] == ["privilege"]
