# SPDX-License-Identifier: GPL-2.0-or-later
"""script/test and script/setup: wrong use, missing packages, stages that fail, hang or are interrupted."""
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, cwd=ROOT, **environment):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240,
                          env={**os.environ, "CI": "", **environment})


@pytest.fixture
def clone(tmp_path):
    """A tree with the scripts alone, on a system that lacks two packages."""
    shutil.copytree(ROOT / "script", tmp_path / "script", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "script/packages").write_text(
        "build:\nbash # installed\nno-such-package-1   # missing\n\n# comment\nno-such-package-4 | -\n"
        "no-such-package-5 | bash\ntest:\nno-such-package-2 | no-such-package-3\n")
    tmp_path.chmod(0o755)
    for parent in itertools.takewhile(lambda folder: folder != pathlib.Path(tempfile.gettempdir()), tmp_path.parents):
        parent.chmod(0o755)
    return tmp_path


def as_nobody(*command):
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command] if os.getuid() == 0 else list(command)


def test_unknown_stage_is_a_usage_error():
    done = run("script/test", "unti")
    assert done.returncode == 2
    assert "unti" in done.stderr and "--list" in done.stderr
    assert done.stdout == ""


def test_list_names_each_stage_and_its_limit():
    done = run("script/test", "--list")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert {"unit", "layers", "format", "sanitize", "parity", "fuzz", "net", "interop"} <= set(names)
    text = (ROOT / "script/test").read_text()
    assert all(f"stage_{name}()" in text for name in names)
    minutes = [int(number) for number in re.findall(r"at most (\d+) min", done.stdout)]
    assert len(minutes) == len(names)


def test_setup_names_missing_packages_and_the_remedy(clone):
    done = run(*as_nobody("script/setup", "test"), cwd=clone)
    assert done.returncode == 3
    assert "2 packages are missing (no-such-package-1 no-such-package-2)" in done.stderr
    assert "sudo script/setup test" in done.stderr
    assert "bash" not in done.stderr.replace("/bin/bash", "")


def test_setup_for_building_needs_no_package_of_the_tests(clone):
    done = run(*as_nobody("script/setup"), cwd=clone)
    assert done.returncode == 3
    assert "1 packages are missing (no-such-package-1)" in done.stderr


def test_setup_does_not_ask_for_a_package_that_others_only_provide(clone, tmp_path):
    """`apt-cache show` succeeds for the name of a virtual package, and prints nothing."""
    (clone / "script/packages").write_text("build:\nno-such-virtual-1 | no-such-package-2\n")
    (tmp_path / "apt-cache").write_text('#!/bin/sh\ncase $2 in *virtual*) ;; *) echo "Package: $2" ;; esac\n')
    (tmp_path / "apt-cache").chmod(0o755)
    tmp_path.chmod(0o755)
    text = (clone / "script/setup").read_text()
    (clone / "script/setup").write_text(text.replace("PATH=/usr/sbin", f"PATH={tmp_path}:/usr/sbin"))
    done = run(*as_nobody("script/setup"), cwd=clone)
    assert done.returncode == 3 and "(no-such-package-2)" in done.stderr, done


@pytest.mark.parametrize("words", [["tests"], ["test", "package"]])
def test_setup_used_wrongly_does_nothing(clone, tmp_path, words):
    folder = tmp_path / "tmp"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    done = run(*as_nobody("env", f"TMPDIR={folder}", "script/setup", *words), cwd=clone)
    assert done.returncode == 2 and words[-1] in done.stderr
    assert not list(folder.iterdir()), "a temporary file is left"


def test_setup_explains_itself(clone):
    done = run(*as_nobody("script/setup", "--help"), cwd=clone)
    assert done.returncode == 0 and "script/setup package" in done.stdout and "set -uo" not in done.stdout


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
@pytest.mark.parametrize("status", [0, 1])
def test_package_made_by_root_belongs_to_the_owner_of_the_clone(clone, tmp_path_factory, status):
    """Without this the owner cannot build in build/ afterwards."""
    tools = tmp_path_factory.mktemp("tools")
    for name, script in (("dpkg-buildpackage", f"touch ../vifi_1.deb ../vifi.changes; exit {status}"), ("lintian", "")):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    (clone / "script/setup").write_text("#!/bin/sh\n")
    for name in ("NEWS", "debian/control"):
        (clone / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    subprocess.run(["chown", "-R", "65534:65534", clone], check=True)
    done = run("script/package", cwd=clone, PATH=f"{tools}:{os.environ['PATH']}")
    assert done.returncode == status, done
    assert (clone / "build/package/vifi_1.deb").exists()
    assert {path.stat().st_uid for path in (clone / "build").rglob("*")} | {(clone / "build").stat().st_uid} == {65534}


def test_limit_of_a_stage_leaves_time_for_its_tests():
    text = (ROOT / "script/test").read_text()
    minutes = dict(re.findall(r'^\t"(\w+)\|(\d+)\|', text, re.M))
    seconds = re.findall(r"^stage_(\w+)\(\) \{\n\tlocal test_seconds=(\d+)$", text, re.M)
    assert len(seconds) == 3
    for stage, limit in seconds:
        assert int(minutes[stage]) * 60 > int(limit), stage


def test_missing_packages_skip_the_stages_and_fail_in_ci(clone):
    done = run(*as_nobody("script/test", "unit", "net"), cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 2 skipped"
    assert done.returncode == 0
    done = run(*as_nobody("script/test", "unit", "net"), cwd=clone, CI="true")
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert done.returncode == 1


@pytest.mark.parametrize("ci, code, last", [("", 0, "0 passed, 0 failed, 1 skipped"), ("true", 1, "0 passed, 1 failed, 0 skipped")])
def test_missing_root_skips_a_stage_and_fails_in_ci(clone, ci, code, last):
    shutil.copytree(ROOT / "tests/tools", clone / "tests/tools")
    (clone / "script/setup").write_text("#!/bin/sh\n")
    (clone / "build/test").mkdir(parents=True)
    for path in (clone / "build", clone / "build/test"):
        path.chmod(0o777)
    done = run(*as_nobody("script/test", "net"), cwd=clone, CI=ci)
    assert done.stdout.splitlines()[-1] == last
    assert "root" in done.stdout
    assert done.returncode == code


def edit(clone, pattern, replacement):
    """Replaces one place in the clone's script/test."""
    path = clone / "script/test"
    text, times = re.subn(pattern, lambda _: replacement, path.read_text(), count=1, flags=re.M)
    assert times == 1, pattern
    path.write_text(text)


def stages(clone, **bodies):
    """Gives stages other bodies: the subject is the runner of stages, not the stages."""
    shutil.copytree(ROOT / "tests/tools", clone / "tests/tools")
    (clone / "script/setup").write_text("#!/bin/sh\n")
    for name, body in bodies.items():
        edit(clone, rf"^stage_{name}\(\) (\{{.*\}}|\{{\n(.*\n)*?\}})$", f"stage_{name}() {{\n{body}\n}}")


def outcomes(passed, failed, skipped):
    """The body of a stage with so many results."""
    lines = []
    for outcome, times in (("passed", passed), ("failed", failed), ("skipped", skipped)):
        lines += [f"progress {outcome} {outcome}{number}" for number in range(times)]
    return "\n".join(lines)


def test_last_line_is_the_sum(clone):
    stages(clone, unit=outcomes(3, 0, 2), layers=outcomes(4, 1, 0), format="one works true", man="one fails false")
    done = run("script/test", "unit", "layers", "format", "man", cwd=clone)
    assert done.stdout.splitlines()[-1] == "8 passed, 2 failed, 2 skipped"
    assert done.returncode == 1
    done = run("script/test", "unit", "format", cwd=clone)
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed, 2 skipped"
    assert done.returncode == 0


def test_stage_without_result_fails(clone):
    stages(clone, unit="echo some output; exit 0")
    done = run("script/test", "unit", cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "some output" in done.stdout
    assert done.returncode == 1


def test_crashed_stage_keeps_what_passed(clone):
    stages(clone, unit=outcomes(2, 0, 0) + "\nkill -KILL $BASHPID")
    done = run("script/test", "unit", cwd=clone)
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"
    assert "unit: ended with code 137" in done.stdout


# Makes the limit of a stage expire at once: `timeout` takes SIGALRM for its own timer.
EXPIRE = """import os, signal
def expire():
    pid = os.getpid()
    while open(f"/proc/{pid}/comm").read() != "timeout\\n":
        pid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
    os.kill(pid, signal.SIGALRM)
"""
SLEEPER = """import time
try:
    open("running", "w").close()
    expire()
    time.sleep(1000)
finally:
    open("cleaned", "w").close()
"""
HANGS = """
def test_a(): pass
def test_b(): pass
def test_hangs():
    import glob, time
    def rows():
        return "".join(open(path).read() for path in glob.glob("build/test/*.progress"))
    while not all(name + ".py::test_hangs" in rows() for name in WAIT_FOR):  # the rows of earlier tests come before
        time.sleep(0.05)
    expire()
    time.sleep(1000)
"""


def python(clone, name, text):
    """A Python program in the clone; returns its command."""
    (clone / name).write_text(text)
    return f"/usr/bin/python3 {clone / name}"


def hanging_tests(clone, folder, *names):
    """Files of tests, the last of which expires the limit of the stage as soon as all of them run."""
    (clone / folder).mkdir(exist_ok=True)
    for name in names:
        (clone / folder / f"{name}.py").write_text(f"{EXPIRE}WAIT_FOR = {names!r}\n{HANGS}")


def remove_tests(clone):
    for file in (clone / "tests/tools").glob("test_*.py"):
        file.unlink()


def test_limit_stops_a_stage_which_cleans_up(clone):
    sleeper = python(clone, "sleeper.py", EXPIRE + SLEEPER)
    stages(clone, unit=f"progress passed first\nprogress start second\n{sleeper}")
    done = run("script/test", "unit", cwd=clone)
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert "failed: unit: stopped by its limit of 3 minutes; running: second" in done.stdout
    assert (clone / "cleaned").exists()


def test_limit_expires_by_time(clone):
    stages(clone, format="one slow sleep 1000")
    edit(clone, r'"format\|\d+\|', '"format|0.05|')
    done = run("script/test", "format", cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "failed: format: stopped by its limit of 0.05 minutes" in done.stdout


def test_limit_of_a_command_names_the_command(clone):
    stages(clone, format=f"one slow {python(clone, 'sleeper.py', EXPIRE + SLEEPER)}")
    done = run("script/test", "format", cwd=clone)
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "failed: format: stopped by its limit of 2 minutes; running: slow" in done.stdout


def test_limit_ends_background_processes_of_a_stage(clone):
    stages(clone, unit="sleep 1000 & echo $! >background; kill -ALRM $PPID; wait")
    run("script/test", "unit", cwd=clone)
    pid = int((clone / "background").read_text())
    with pytest.raises(ProcessLookupError):
        for _ in range(1000):
            os.kill(pid, 0)
            time.sleep(0.05)


def test_limit_of_a_pytest_stage_counts_and_names_tests(clone):
    stages(clone)
    remove_tests(clone)
    hanging_tests(clone, "tests/tools", "test_x")
    done = run("script/test", "tools", cwd=clone)
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"
    assert re.search(r"failed: tools: stopped by its limit of \d+ minutes; running: tests/tools/test_x.py::test_hangs\n", done.stdout)


def test_each_pytest_test_has_a_limit(clone):
    stages(clone)
    remove_tests(clone)
    (clone / "tests/tools/test_x.py").write_text("def test_hangs():\n    import time\n    time.sleep(1000)\ndef test_later(): pass\n")
    edit(clone, r"^test_seconds=\d+", "test_seconds=5")
    done = run("script/test", "tools", cwd=clone)
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert "failed: tests/tools/test_x.py::test_hangs" in done.stdout


def test_limit_stops_and_counts_parallel_pytest_runs(clone):
    stages(clone)
    edit(clone, r"^is_root\(\) .*$", "is_root() { true; }")
    hanging_tests(clone, "tests/interop", "test_bridge", "test_peers")
    done = run("script/test", "interop", cwd=clone)
    assert done.stdout.splitlines()[-1] == "4 passed, 1 failed, 0 skipped"
    assert "; running: tests/interop/test_bridge.py::test_hangs, tests/interop/test_peers.py::test_hangs\n" in done.stdout


MESON = """project('x', 'c')
sh = find_program('sh')
test('a', sh, args: ['-c', 'true'], suite: 'unit')
test('hangs', sh, args: ['-c', 'echo "[       OK ] one"; echo "[ RUN      ] two"; sleep 2; %s; sleep 1000'], suite: 'unit', timeout: %d)
"""


@pytest.mark.parametrize("expire, timeout, failure", [
    ("/usr/bin/python3 ../expire.py", 1000, "unit: stopped by its limit of 3 minutes; running: hangs: two"),
    ("true", 2, "hangs: timeout; running: two")], ids=["stage", "test"])
def test_limits_of_a_meson_stage_count_and_name_cases(clone, expire, timeout, failure):
    stages(clone)
    python(clone, "expire.py", EXPIRE + "expire()\n")
    (clone / "meson.build").write_text(MESON % (expire, timeout))
    subprocess.run(["meson", "setup", "build"], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    done = run("script/test", "unit", cwd=clone)
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"
    assert f"failed: {failure}\n" in done.stdout


def fuzz_targets(clone, **bodies):
    """A clone whose fuzz stage runs shell scripts as its targets."""
    stages(clone)
    (clone / "build-fuzz").mkdir()
    for name, body in bodies.items():
        target = clone / f"build-fuzz/fuzz_{name}"
        target.write_text(f"#!/bin/bash\n{body}\n")
        target.chmod(0o755)
    edit(clone, r"^build\(\) \{$", "build() { return; }\nreal_build() {")


def test_failed_fuzz_target_is_named(clone):
    fuzz_targets(clone, good="exit 0", bad="exit 77")
    done = run("script/test", "fuzz", cwd=clone)
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert "failed: bad (its input is in build-fuzz/bad/)" in done.stdout


def test_limit_of_the_fuzz_stage_counts_and_names_targets(clone):
    """libFuzzer ends with code 72 when it is interrupted."""
    expire = python(clone, "expire.py", EXPIRE + "expire()\n")
    fuzz_targets(clone, good="exit 0", hangs=f"""trap 'exit 72' INT
        until grep -q ^passed build/test/fuzz.progress; do sleep 0.1; done
        {expire}; sleep 1000 & wait""")
    done = run("script/test", "fuzz", cwd=clone)
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert re.search(r"failed: fuzz: stopped by its limit of \d+ minutes; running: hangs\n", done.stdout)


def test_ci_limit_stops_a_stage(clone):
    stages(clone, unit="progress passed first\nprogress start second\nkill -ALRM $PPID\nsleep 1000")
    edit(clone, r"^ci_minutes=\d+", "ci_minutes=2")
    done = run("script/test", "unit", cwd=clone, CI="true")
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    assert "failed: unit: stopped by the limit of 2 minutes for all stages; running: second" in done.stdout


def test_ci_limit_reports_stages_that_did_not_start(clone):
    stages(clone, unit=outcomes(1, 0, 0))
    edit(clone, r"^ci_minutes=\d+", "ci_minutes=0")
    done = run("script/test", "unit", "layers", cwd=clone, CI="true")
    assert done.stdout.splitlines()[-1] == "0 passed, 2 failed, 0 skipped"
    assert "failed: layers: not started: the limit of 0 minutes for all stages has passed" in done.stdout


def test_interrupted_run_cleans_up_and_prints_the_sum(clone):
    sleeper = python(clone, "sleeper.py", "def expire(): pass\n" + SLEEPER)
    stages(clone, unit=outcomes(2, 0, 0), layers=f"progress passed first\nprogress start second\n{sleeper}")
    process = subprocess.Popen(["script/test", "unit", "layers"], cwd=clone, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "CI": ""})
    try:
        while not (clone / "running").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        lines = process.communicate(timeout=200)[0].splitlines()
    finally:
        process.kill()
    assert process.returncode == 130
    assert lines[-1] == "3 passed, 1 failed, 0 skipped"
    assert any("failed: layers: interrupted; running: second" in line for line in lines)
    assert (clone / "cleaned").exists()


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t.example", *arguments], cwd=folder, check=True, capture_output=True,
                   timeout=60)


def test_version_is_that_of_the_tag_or_of_news_and_the_commit(clone):
    (clone / "NEWS").write_text("vifi 1.3.0 (not released yet)\n\n- one\n\nvifi 1.2.0\n\n- vifi 9\n")
    assert run("script/version", cwd=clone).stdout == "1.3.0\n"
    git(clone, "init", "-q")
    git(clone, "add", "NEWS")
    git(clone, "commit", "-qm", "one")
    assert re.fullmatch(r"1\.3\.0~dev\.1\.g[0-9a-f]{8}\n", run("script/version", cwd=clone).stdout)
    git(clone, "tag", "v1.2.1")
    assert run("script/version", cwd=clone).stdout == "1.2.1\n"
    (clone / "VERSION").write_text("1.2.2\n")  # of a tarball
    assert run("script/version", cwd=clone).stdout == "1.2.2\n"


def test_tarball_knows_its_version(clone, tmp_path_factory):
    dist = re.search("^meson.add_dist_script.*", (ROOT / "meson.build").read_text(), re.M).group()
    (clone / "meson.build").write_text(f"project('vifi', version: run_command('script/version', check: true).stdout().strip())\n{dist}\n")
    (clone / "NEWS").write_text("vifi 1.3.0 (not released yet)\n")
    git(clone, "init", "-q")
    git(clone, "add", "meson.build", "NEWS", "script/version")
    git(clone, "commit", "-qm", "one")
    version = run("script/version", cwd=clone).stdout
    build = tmp_path_factory.mktemp("build")
    for command in (["setup", str(build)], ["dist", "-C", str(build), "--no-tests"]):
        done = run("meson", *command, cwd=clone)
        assert done.returncode == 0, done
    unpacked = tmp_path_factory.mktemp("unpacked")
    run("tar", "-xf", *(str(path) for path in (build / "meson-dist").glob("*.tar.xz")), cwd=unpacked)
    folder, = unpacked.iterdir()
    assert version.startswith("1.3.0~dev.1.g")
    assert run("script/version", cwd=folder).stdout == version and folder.name == f"vifi-{version.strip()}"


def test_bpftool_that_does_not_run_is_passed_over(tmp_path):
    """The command is a wrapper for the kernel that runs; the packages have that of another kernel."""
    broken, working = tmp_path / "bin/bpftool", tmp_path / "lib/linux-tools/6.8.0-1/bpftool"
    for path, code in ((broken, 2), (working, 0)):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\nexit {code}\n")
        path.chmod(0o755)
    found = run("script/bpftool", tmp_path / "lib", PATH=f"{broken.parent}:{os.environ['PATH']}")
    assert (found.returncode, found.stdout) == (0, f"{working}\n")
    working.unlink()
    none = run("script/bpftool", tmp_path / "lib", PATH=f"{broken.parent}:/usr/bin:/bin")
    assert none.returncode == 1 and "script/packages" in none.stderr
