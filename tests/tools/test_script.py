# SPDX-License-Identifier: GPL-2.0-or-later
"""script/test and script/setup answer wrong use, and a machine that lacks something, as they promise."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, cwd=ROOT, **environment):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "CI": "", **environment})


@pytest.fixture
def clone(tmp_path):
    """A tree with the scripts alone, whose system lacks a package."""
    shutil.copytree(ROOT / "script", tmp_path / "script", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "script/packages").write_text("bash # is there\nno-such-package-1   # is not\n\n# nor this\nno-such-package-2\n")
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    return tmp_path


def as_nobody(*command):
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command] if os.getuid() == 0 else list(command)


def test_an_unknown_stage():
    done = run("script/test", "unti")
    assert done.returncode == 2
    assert "unti" in done.stderr and "--list" in done.stderr
    assert done.stdout == ""


def test_the_list_of_stages():
    done = run("script/test", "--list")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert {"unit", "layers", "format", "sanitize", "clang", "parity", "fuzz", "net", "interop"} <= set(names)
    text = (ROOT / "script/test").read_text()
    assert all(f"stage_{name}()" in text for name in names)
    minutes = [int(number) for number in re.findall(r"at most (\d+) min", done.stdout)]
    assert len(minutes) == len(names)


def test_setup_names_what_is_missing_and_who_can_help(clone):
    done = run(*as_nobody("script/setup"), cwd=clone)
    assert done.returncode == 3
    assert "no-such-package-1 no-such-package-2" in done.stderr
    assert "sudo script/setup" in done.stderr
    assert "bash" not in done.stderr.replace("/bin/bash", "")


def test_tests_that_cannot_be_built_are_skipped_and_in_ci_fail(clone):
    done = run(*as_nobody("script/test", "unit", "net"), cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 2 skipped"
    assert done.returncode == 0
    done = run(*as_nobody("script/test", "unit", "net"), cwd=clone, CI="true")
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert done.returncode == 1


@pytest.mark.parametrize("ci, code, last", [("", 0, "0 passed, 0 failed, 1 skipped"), ("true", 1, "0 passed, 1 failed, 0 skipped")])
def test_a_stage_without_root(clone, ci, code, last):
    shutil.copytree(ROOT / "tests/tools", clone / "tests/tools")
    (clone / "script/setup").write_text("#!/bin/sh\n")
    (clone / "build/test").mkdir(parents=True)
    for path in (clone / "build", clone / "build/test"):
        path.chmod(0o777)
    done = run(*as_nobody("script/test", "net"), cwd=clone, CI=ci)
    assert done.stdout.splitlines()[-1] == last
    assert "root" in done.stdout
    assert done.returncode == code


def stages(clone, **functions):
    """Puts other bodies into script/test: what runs a stage is tested, not the stage."""
    shutil.copytree(ROOT / "tests/tools", clone / "tests/tools")
    (clone / "script/setup").write_text("#!/bin/sh\n")
    path = clone / "script/test"
    text = path.read_text()
    for name, body in functions.items():
        text, times = re.subn(rf"^stage_{name}\(\) (\{{.*\}}|\{{\n(.*\n)*?\}})$", lambda _: f"stage_{name}() {{\n{body}\n}}", text,
                              count=1, flags=re.M)
        assert times == 1, name
    path.write_text(text)


def test_the_last_line_is_the_sum(clone):
    stages(clone, unit='echo "3 passed, 0 failed, 2 skipped" >"$result"', layers='echo "4 passed, 1 failed, 0 skipped" >"$result"',
           format="one true", man="one false")
    done = run("script/test", "unit", "layers", "format", "man", cwd=clone)
    assert done.stdout.splitlines()[-1] == "8 passed, 2 failed, 2 skipped"
    assert done.returncode == 1
    done = run("script/test", "unit", "format", cwd=clone)
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed, 2 skipped"
    assert done.returncode == 0


def test_a_stage_that_ends_without_result_fails(clone):
    stages(clone, unit="echo said something; exit 0")
    done = run("script/test", "unit", cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "said something" in done.stdout
    assert done.returncode == 1


def test_a_stage_that_hangs_is_stopped_and_may_clean_up(clone):
    stages(clone, unit='/usr/bin/python3 -c "\nimport time\ntry:\n time.sleep(50)\nfinally:\n open(\'cleaned\', \'w\')"')
    path = clone / "script/test"
    path.write_text(path.read_text().replace('"unit|2|', '"unit|0.02|'))
    done = run("script/test", "unit", cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "stopped after" in done.stdout
    assert (clone / "cleaned").exists()
