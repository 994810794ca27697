# SPDX-License-Identifier: GPL-2.0-or-later
"""The sum that script/test prints is the sum of what happened."""
import json

import pytest
import tally


def run(capsys, kind, *paths):
    tally.main(kind, *map(str, paths))
    return capsys.readouterr().out.splitlines()


def log(tmp_path, *tests):
    path = tmp_path / "testlog.json"
    path.write_text("".join(json.dumps(test) + "\n" for test in tests))
    return path


GOOD = "[==========] Running 2 test(s).\n[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[       OK ] b\n[  PASSED  ] 2 test(s).\n"
BAD = "[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[  FAILED  ] b\n[==========] 2 test(s) run.\n"


def test_cases_of_cmocka_count(tmp_path, capsys):
    path = log(tmp_path, {"name": "x", "result": "OK", "stdout": GOOD}, {"name": "y", "result": "FAIL", "stdout": BAD})
    assert run(capsys, "meson", path) == ["3 passed, 1 failed, 0 skipped", "  failed: y: b"]


@pytest.mark.parametrize("result", ["FAIL", "TIMEOUT", "ERROR", "UNEXPECTEDPASS", "INTERRUPT"])
def test_a_crash_is_a_failure(tmp_path, capsys, result):
    # All cases that were reached are good, and then the program died.
    path = log(tmp_path, {"name": "x", "result": result, "stdout": GOOD})
    assert run(capsys, "meson", path) == ["2 passed, 1 failed, 0 skipped", f"  failed: x: {result.lower()}"]


def test_a_program_without_cases_is_one_test(tmp_path, capsys):
    path = log(tmp_path, {"name": "x", "result": "OK"}, {"name": "y", "result": "SKIP", "stdout": "no root here\n"},
               {"name": "z", "result": "SKIP"})
    assert run(capsys, "meson", path) == ["1 passed, 0 failed, 2 skipped", "  skipped: no root here", "  skipped: z"]


JUNIT = """<testsuites><testsuite>
<testcase classname="t" name="good"/>
<testcase classname="t" name="bad"><failure message="no"/></testcase>
<testcase classname="t" name="broken"><error message="no"/></testcase>
<testcase classname="t" name="left"><skipped message="no radvd"/></testcase>
<testcase classname="t" name="right"><skipped message="no radvd"/></testcase>
</testsuite></testsuites>"""


def test_pytest(tmp_path, capsys):
    path = tmp_path / "r.xml"
    path.write_text(JUNIT)
    assert run(capsys, "junit", path) == ["1 passed, 2 failed, 2 skipped", "  failed: t::bad", "  failed: t::broken",
                                          "  skipped: no radvd (2 times)"]


@pytest.mark.parametrize("kind", ["meson", "junit"])
@pytest.mark.parametrize("content", [None, "", "{", "<testsuites/>"])
def test_no_result_is_a_failure(tmp_path, capsys, kind, content):
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)
    assert run(capsys, kind, path)[0] == "0 passed, 1 failed, 0 skipped"
