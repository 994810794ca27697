# SPDX-License-Identifier: GPL-2.0-or-later
"""Marks in the recordings of tests/interop."""

import struct
import sys
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))
from world import first_packet  # noqa: E402


def test_a_mark_within_a_packet_leaves_the_next_ones():
    random, data, begins = Random(1), b"", []
    for number in range(40):
        begins.append(len(data))
        packet = random.randbytes(random.randint(10, 512))
        data += struct.pack("<IIII", 1790000000 + number, random.randrange(10**6), len(packet), len(packet) + number) + packet
    for mark in range(begins[-3] + 1):
        assert mark + first_packet(data[mark:]) == next(begin for begin in begins if begin >= mark), mark
    assert first_packet(b"") == 0
