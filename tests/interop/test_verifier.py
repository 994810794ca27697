# SPDX-License-Identifier: GPL-2.0-or-later
"""The verifier of Linux 6.1 takes each eBPF program by itself, with room to spare under its limit."""
import re

import pytest

BUDGET = 500_000  # of the verifier's million instructions; at the time of writing 182,000 for the largest


@pytest.fixture(scope="module")
def verdicts(machine):
    return machine.try_run("load /objects/macnat.bpf.o", 200)


@pytest.mark.parametrize("program", ["vifi_from_guest", "vifi_from_wire", "vifi_from_host", "vifi_from_port"])
def test_program_is_taken(verdicts, program):
    told = re.search(rf"^{program}: taken in .*?^processed (\d+) insns", verdicts.out, re.S | re.M)
    assert told and f"{program}: refused" not in verdicts.out, verdicts.out
    assert int(told[1]) < BUDGET
