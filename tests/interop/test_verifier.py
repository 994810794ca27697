# SPDX-License-Identifier: GPL-2.0-or-later
"""The verifier of Linux 6.1 accepts each eBPF program alone, far below its limit."""
import re

import pytest

BUDGET = 60_000  # the verifier's limit is a million; the largest program needs 32,000 on Linux 6.18


@pytest.fixture(scope="module")
def verdicts(machine):
    return machine.try_run("load /objects/macnat.bpf.o", 200)


@pytest.mark.parametrize("program", ["vifi_from_guest", "vifi_from_wire", "vifi_from_host", "vifi_from_port"])
def test_verifier_accepts_program(verdicts, program):
    verdict = re.search(rf"^{program}: accepted in .*?^processed (\d+) insns", verdicts.out, re.S | re.M)
    assert verdict and f"{program}: refused" not in verdicts.out, verdicts.out
    assert int(verdict[1]) < BUDGET
