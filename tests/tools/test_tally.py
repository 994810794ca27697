# SPDX-License-Identifier: GPL-2.0-or-later
"""tally.py counts what a stage has recorded, and a stage that was stopped keeps what passed."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
import tally

HERE = pathlib.Path(__file__).resolve().parent
PYTEST = ["/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider", "-p", "progress"]


@pytest.fixture
def count(tmp_path, capsys):
    """Counts rows of a progress file, each given as a tuple; returns the printed lines."""
    def counted(*rows, ended=None):
        path = tmp_path / "stage.progress"
        path.write_text("".join("\t".join(row) + "\n" for row in rows))
        tally.main(*(["--ended", ended] if ended else []), str(path))
        return capsys.readouterr().out.splitlines()
    return counted


@pytest.fixture
def testlog(tmp_path):
    """Writes a testlog.json of meson; returns the row that points to it."""
    def written(*tests):
        path = tmp_path / "testlog.json"
        path.write_text("".join(json.dumps(test) + "\n" for test in tests))
        return "meson", str(path)
    return written


CASES_PASS = ("[==========] Running 2 test(s).\n[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[       OK ] b\n"
              "[  PASSED  ] 2 test(s).\n")
CASE_FAILS = "[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[  FAILED  ] b\n[==========] 2 test(s) run.\n"
CASE_HANGS = "[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n"


# ---- meson ----

def test_each_cmocka_case_counts(count, testlog):
    log = testlog({"name": "x", "result": "OK", "stdout": CASES_PASS}, {"name": "y", "result": "FAIL", "stdout": CASE_FAILS})
    assert count(log) == ["3 passed, 1 failed, 0 skipped", "  failed: y: b"]


@pytest.mark.parametrize("result", ["FAIL", "TIMEOUT", "ERROR", "UNEXPECTEDPASS", "INTERRUPT"])
def test_crash_after_the_last_case_is_a_failure(count, testlog, result):
    log = testlog({"name": "x", "result": result, "stdout": CASES_PASS})
    assert count(log) == ["2 passed, 1 failed, 0 skipped", f"  failed: x: {result.lower()}"]


def test_program_timeout_names_the_running_case(count, testlog):
    log = testlog({"name": "x", "result": "TIMEOUT", "stdout": CASE_HANGS})
    assert count(log) == ["1 passed, 1 failed, 0 skipped", "  failed: x: timeout; running: b"]


def test_program_without_cases_is_one_test(count, testlog):
    log = testlog({"name": "x", "result": "OK"}, {"name": "y", "result": "SKIP", "stdout": "no root here\n"},
                  {"name": "z", "result": "SKIP"})
    assert count(log) == ["1 passed, 0 failed, 2 skipped", "  skipped: no root here", "  skipped: z"]


def test_stopped_meson_run_keeps_passed_cases_and_names_running_ones(count, testlog):
    log = testlog({"name": "x", "result": "OK", "stdout": CASES_PASS}, {"name": "y", "result": "INTERRUPT", "stdout": CASE_HANGS},
                  {"name": "z", "result": "INTERRUPT"})
    assert count(log, ended="unit: stopped by its limit of 2 minutes") == [
        "3 passed, 1 failed, 0 skipped", "  failed: unit: stopped by its limit of 2 minutes; running: y: b, z"]


def test_testlog_cut_short_by_a_stop_keeps_its_whole_rows(count, testlog):
    kind, path = testlog({"name": "x", "result": "OK"})
    with open(path, "a") as file:
        file.write('{"name": "y", "res')
    assert count((kind, path), ended="stopped")[0] == "1 passed, 1 failed, 0 skipped"
    assert count((kind, path))[0] == "1 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize("content", [None, "", "{", "<testsuites/>", "[1]\n"])
def test_meson_run_without_result_is_a_failure(count, tmp_path, content):
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)
    assert count(("meson", str(path)))[0] == "0 passed, 1 failed, 0 skipped"


# ---- progress files ----

def test_outcomes_are_counted(count):
    assert count(("start", "a"), ("passed", "a"), ("finish", "a"), ("start", "b"), ("skipped", "b", "no radvd"), ("finish", "b"),
                 ("start", "c"), ("skipped", "c", "no radvd"), ("finish", "c"), ("start", "d"), ("failed", "d"), ("finish", "d")) == [
        "1 passed, 1 failed, 2 skipped", "  failed: d", "  skipped: no radvd (2 times)"]


def test_failed_teardown_overrides_a_passed_call(count):
    assert count(("start", "a"), ("passed", "a"), ("failed", "a"), ("finish", "a")) == [
        "0 passed, 1 failed, 0 skipped", "  failed: a"]


def test_stopped_stage_keeps_results_and_names_the_running_test(count):
    rows = ("begin", "pytest"), ("start", "a"), ("passed", "a"), ("finish", "a"), ("start", "b")
    assert count(*rows, ended="net: stopped by its limit of 12 minutes") == [
        "1 passed, 1 failed, 0 skipped", "  failed: net: stopped by its limit of 12 minutes; running: b"]


def test_stopped_stage_names_the_activity_where_no_test_runs(count):
    assert count(("begin", "the build in build-fuzz"), ended="sanitize: stopped") == [
        "0 passed, 1 failed, 0 skipped", "  failed: sanitize: stopped; running: the build in build-fuzz"]


def test_test_stopped_in_its_teardown_is_named(count):
    assert count(("start", "a"), ("passed", "a"), ended="net: stopped") == [
        "1 passed, 1 failed, 0 skipped", "  failed: net: stopped; running: a"]


def test_run_that_dies_is_a_failure(count):
    assert count(("begin", "pytest"), ("start", "a"), ("passed", "a"), ("finish", "a")) == [
        "1 passed, 1 failed, 0 skipped", "  failed: ended early; running: pytest"]


@pytest.mark.parametrize("rows", [[], [("begin", "pytest"), ("end", "pytest")]])
def test_no_test_is_a_failure(count, rows):
    assert count(*rows) == ["0 passed, 1 failed, 0 skipped", "  failed: no test ran"]


def test_missing_progress_file_is_a_failure(tmp_path, capsys):
    tally.main(str(tmp_path / "none"))
    assert capsys.readouterr().out.splitlines()[0] == "0 passed, 1 failed, 0 skipped"


# ---- pytest ----

def pytest_command(tmp_path, text, *options):
    (tmp_path / "test_x.py").write_text(text)
    return [*PYTEST, f"--progress={tmp_path}/progress", *options, str(tmp_path)]


def environment():
    return dict(os.environ, PYTHONPATH=str(HERE), PYTHONDONTWRITEBYTECODE="1")


def tallied(tmp_path, *options):
    done = subprocess.run(["/usr/bin/python3", HERE / "tally.py", *options, tmp_path / "progress"], capture_output=True,
                          text=True, check=True)
    return done.stdout.splitlines()


SUITE = """import pytest
def test_good(): pass
def test_bad(): assert 0
@pytest.fixture
def broken(): assert 0
def test_setup(broken): pass
@pytest.fixture
def late():
    yield
    assert 0
def test_teardown(late): pass
@pytest.mark.parametrize("n", [1, 2])
def test_left(n): pytest.skip("no radvd")
@pytest.mark.xfail(reason="known")
def test_known(): assert 0
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_pytest_records_each_outcome(tmp_path, options):
    subprocess.run(pytest_command(tmp_path, SUITE, *options), cwd=tmp_path, env=environment(), capture_output=True, timeout=200)
    lines = tallied(tmp_path)
    assert lines[0] == "1 passed, 3 failed, 3 skipped"
    assert sorted(lines[1:]) == sorted(f"  failed: test_x.py::test_{name}" for name in ("bad", "setup", "teardown")) + [
        "  skipped: known", "  skipped: no radvd (2 times)"]


@pytest.mark.parametrize("text, count", [("import nothing_of_the_kind\n", "0 passed, 1 failed, 0 skipped"),
                                         ("import pytest\npytest.skip('not here', allow_module_level=True)\n",
                                          "0 passed, 0 failed, 1 skipped"),
                                         ("", "0 passed, 1 failed, 0 skipped")], ids=["error", "skip", "empty"])
def test_collection_counts(tmp_path, text, count):
    subprocess.run(pytest_command(tmp_path, text), cwd=tmp_path, env=environment(), capture_output=True, timeout=200)
    assert tallied(tmp_path)[0] == count


HANGS = """import time, pytest
@pytest.fixture(scope="module")
def net():
    yield
    open("torn-down", "w").close()
def test_good(net): pass
def test_hangs(net):
    open("hangs", "w").close()
    time.sleep(1000)
def test_later(net): pass
"""


def test_interrupted_pytest_keeps_results_names_the_test_and_tears_down(tmp_path):
    process = subprocess.Popen(pytest_command(tmp_path, HANGS), cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "hangs").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.wait(200)
    finally:
        process.kill()
    assert tallied(tmp_path, "--ended", "net: stopped") == [
        "1 passed, 1 failed, 0 skipped", "  failed: net: stopped; running: test_x.py::test_hangs"]
    assert (tmp_path / "torn-down").exists()


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "worker"])
def test_pytest_limit_fails_one_test_and_tears_down(tmp_path, options):
    subprocess.run(pytest_command(tmp_path, HANGS, "--timeout=5", *options), cwd=tmp_path, env=environment(), capture_output=True,
                   timeout=200)
    assert tallied(tmp_path) == ["2 passed, 1 failed, 0 skipped", "  failed: test_x.py::test_hangs"]
    assert (tmp_path / "torn-down").exists()


def test_killed_pytest_is_a_failure(tmp_path):
    subprocess.run(pytest_command(tmp_path, "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\n"), cwd=tmp_path,
                   env=environment(), capture_output=True, timeout=200)
    assert tallied(tmp_path) == ["1 passed, 1 failed, 0 skipped", "  failed: ended early; running: test_x.py::test_b"]
