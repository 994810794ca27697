# SPDX-License-Identifier: GPL-2.0-or-later
"""Every drop has a reason: each reason of DROP_LIST is given by a stage and provoked by a test, and no eBPF program discards a frame
without one."""

import pathlib
import re

TOP = pathlib.Path(__file__).parents[2]
# RADIO_GONE is a race: a frame that was queued when the medium ended.
NOT_PROVOKED = {"RADIO_GONE"}


def reasons():
    text = (TOP / "src/base/drop.h").read_text()
    rows = re.findall(r'X\((\w+),\s+"(\w+)",\s+\w+,\s+\w+,\s+"', text)
    return [row for row in rows if row[0] != "IDENTIFIER"]


def sources(folder, pattern):
    return {path: path.read_text(errors="replace") for path in (TOP / folder).rglob(pattern) if path.name not in ("drop.h", "test_drops.py")}


def test_reasons_are_found():
    assert len(reasons()) > 90


def test_each_reason_is_given_by_a_stage():
    text = "\n".join(sources("src", "*.[ch]").values())
    missing = [identifier for identifier, _ in reasons() if not re.search(rf"\bDROP_{identifier}\b", text)]
    assert missing == []


def test_each_reason_is_provoked_by_a_test():
    """By its identifier or name in C; elsewhere by its name, which must be in quotation marks unless it is of several words."""
    c = "\n".join(sources("tests", "*.c").values())
    other = "\n".join([*sources("tests", "*.py").values(), *sources("tests", "*.txt").values()])
    missing = {identifier for identifier, name in reasons()
               if not re.search(rf'\bDROP_{identifier}\b|"{name}"', c) and not re.search(rf"""["'=]{name}\b|\bdrop {name}\b|\b{name}["']""" if "_" not in name else rf"\b{name}\b", other)}
    assert missing == NOT_PROVOKED


def test_programs_discard_only_with_a_reason():
    """TC_ACT_SHOT is in drop_frame(), which counts a reason, and where the bridge or a copy has delivered the frame before."""
    text = (TOP / "src/bpf/macnat.bpf.c").read_text()
    shots = re.findall(r"^.*TC_ACT_SHOT.*$", text, re.M)
    assert [line.strip() for line in shots] == ["return TC_ACT_SHOT;", "return TC_ACT_SHOT; /* delivered already */"]
    body = text[text.index("drop_frame(MN_ENV env"):]
    assert "mn_count_drop(env, reason);" in body[:body.index("return TC_ACT_SHOT;")]


def test_each_request_to_the_kernel_has_words():
    """Without them an error would say that a command of nl80211 failed, but not which."""
    named = set(re.findall(r"^\s+\[(NL80211_CMD_\w+)\] = ", (TOP / "src/nl80211/error.c").read_text(), re.M))
    begin = r"(?:nl80211_requests_add|nl80211_request_begin|nl80211_request_init)\([^;]*?(NL80211_CMD_\w+)"
    asked = {command for text in sources("src", "*.c").values() for command in re.findall(begin, text)}
    assert len(asked) > 30 and asked - named == set()
