# SPDX-License-Identifier: GPL-2.0-or-later
"""Completion: real shells complete commands, options and values, by the scripts that the program prints."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest
from test_man import PATHS, vifi

INTERFACES = sorted(os.listdir("/sys/class/net"))
SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The scripts, under the names by which the shells look for them."""
    place = tmp_path_factory.mktemp("completion")
    for shell, name in (("bash", "vifi.bash"), ("zsh", "_vifi"), ("fish", "vifi.fish")):
        (place / name).write_text(vifi("completion", shell).stdout)
    return place


def bash(folder, line):
    """What bash offers at the end of a line."""
    script = f"""source {folder}/vifi.bash
        COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
        read -r -a COMP_WORDS <<<"${{1//=/ = }}"
        [[ $1 != *' ' && $1 != *= ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _vifi vifi && printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", line], capture_output=True, text=True, timeout=30, cwd=folder)
    assert done.returncode == 0 and not done.stderr, done
    return sorted(filter(None, done.stdout.split("\n")))


def fish(folder, line):
    done = subprocess.run(["fish", "--no-config", "-c", f"source {folder}/vifi.fish; complete -C $argv[1]", line], text=True,
                          env={**os.environ, "HOME": str(folder)}, capture_output=True, timeout=60, cwd=folder)
    assert done.returncode == 0 and not done.stderr, done
    return sorted(word.split("\t")[0] for word in done.stdout.splitlines())


def typed(argv, start, keys, expected, folder):
    """Types in an interactive shell, and returns its output, at the latest when `expected` is in it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ.update(TERM="dumb", PS1="% ", HOME=str(folder), HISTFILE="/dev/null")
        os.execvp(argv[0], argv)
    text = ""
    try:
        for part, until in ((start + "\n", "ready-7"), (keys, expected)):
            os.write(terminal, part.encode())
            end = time.monotonic() + 30
            while not re.search(until, text.replace("\r", "")) and time.monotonic() < end:
                if select.select([terminal], [], [], 0.2)[0]:
                    text += os.read(terminal, 4096).decode(errors="replace")
            if until == "ready-7":
                text = ""
        return re.sub("\x1b\\[[0-9;?]*[a-zA-Z]|[\r\a]", "", text)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


COMPLETE = {"bash": bash, "fish": fish}


def test_shells_are_installed():
    missing = [shell for shell in SHELLS if not shutil.which(shell)]
    assert not missing, "run script/setup test"


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_accepts_the_script(shell, folder):
    name = {"bash": "vifi.bash", "zsh": "_vifi", "fish": "vifi.fish"}[shell]
    done = subprocess.run([shell, "-n", folder / name], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and not done.stderr, done.stderr


@pytest.mark.parametrize("shell", COMPLETE)
@pytest.mark.parametrize("line, offered", [
    ("vifi br", ["bridge"]),
    ("vifi bridge f", ["forget"]),
    ("vifi help bri", ["bridge"]),
    ("vifi bridge up --eng", ["--engine"]),
    ("vifi bridge up --takeover ", ["announced", "silent"]),
    ("vifi bridge up --age 300 --takeover a", ["announced"]),
    ("vifi bridge up wlan0 --takeover s", ["silent"]),
    ("vifi bridge down ", INTERFACES),
    ("vifi bridge show lo", ["lo"]),
    ("vifi bridge up --age ", []),
    ("vifi ap stat", ["stations", "status"]),
    ("vifi sta netw", ["networks"]),
    ("vifi ap status --con", ["--control"]),
], ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else "")
def test_completion_at_the_end_of_a_line(shell, line, offered, folder):
    assert COMPLETE[shell](folder, line) == offered


def test_bash_completes_the_value_after_an_equals_sign(folder):
    assert bash(folder, "vifi bridge up --takeover=") == ["announced", "silent"]
    assert bash(folder, "vifi bridge up --takeover=an") == ["announced"]


@pytest.mark.parametrize("shell", COMPLETE)
def test_files_are_offered_where_a_file_is_read(shell, folder):
    (folder / "one file.conf").write_text("")
    assert COMPLETE[shell](folder, "vifi bridge up --config one") in (["one file.conf"], ["one\\ file.conf"])
    assert COMPLETE[shell](folder, "vifi decrypt one") in (["one file.conf"], ["one\\ file.conf"])
    assert COMPLETE[shell](folder, "vifi ap one") in (["one file.conf"], ["one\\ file.conf"])


@pytest.mark.parametrize("shell", COMPLETE)
@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_option_of_the_help_is_offered(shell, path, folder):
    text = vifi(*path, "--help").stdout
    options = re.findall(r"^  (?:-\w, |    )(--[a-z0-9-]+)", text, re.M)
    if "Commands:\n" in text:
        commands = re.findall(r"^  (\w+) ", text.split("Commands:\n")[1], re.M)
        assert COMPLETE[shell](folder, f"vifi {' '.join(path)} ") == sorted(commands)
    else:
        assert set(COMPLETE[shell](folder, f"vifi {' '.join(path)} --")) == set(options) != set()


@pytest.mark.parametrize("keys, expected", [("vifi bridge fo\t", "vifi bridge forget"), ("vifi bridge up --eng\t", "--engine"),
                                            ("vifi bridge up --takeover ann\t", "announced"),
                                            ("vifi ap stati\t", "vifi ap stations")])
def test_zsh_completes_what_is_typed(keys, expected, folder):
    start = f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt zle_bracketed_paste; echo ready-$((3 + 4))"
    assert expected in typed(["zsh", "-f", "-i"], start, keys, expected, folder)


@pytest.mark.parametrize("keys, expected", [("vifi bridge fo\t", "vifi bridge forget"), ("vifi bridge up --eng\t", "--engine"),
                                            ("vifi bridge up --takeover=ann\t", "announced")])
def test_bash_completes_what_is_typed(keys, expected, folder):
    start = f"source {folder}/vifi.bash; echo ready-$((3 + 4))"
    assert expected in typed(["bash", "--norc", "-i"], start, keys, expected, folder)


def test_unknown_shell_is_refused():
    assert "bash, zsh and fish" in vifi("completion", "ksh", code=2).stderr


def test_completion_is_hidden():
    assert "completion" not in vifi("--help").stdout


def test_build_installs_the_scripts():
    build = pathlib.Path(os.environ.get("VIFI_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))
    for name, shell in (("vifi", "bash"), ("_vifi", "zsh"), ("vifi.fish", "fish")):
        assert (build / "data" / name).read_text() == vifi("completion", shell).stdout
