# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi bridge show` in a terminal, which is a pseudo-terminal: colours, widths, and what --watch leaves behind."""

import re
import signal
import termios
import time

import pytest

from lab.netns import wait_for
from lab.terminal import Terminal
from lab.vifi import program
from test_show import show, world  # pylint: disable=unused-import


class Show(Terminal):
    """`vifi bridge show`; `text` is what it has written."""

    def __init__(self, world, *args, columns=80, lines=24, env=()):
        self.text = ""
        super().__init__(["ip", "netns", "exec", world.host.ns, "env", "-u", "NO_COLOR", "-u", "COLUMNS", "TERM=xterm", "LC_ALL=C.UTF-8", *env,
                          program(), "bridge", "show", *args], columns, lines)

    def feed(self, data):
        self.text += data.decode()

    def until(self, pattern, seconds=40):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.S):
            assert time.monotonic() < end, f"no {pattern!r} in {self.text!r}"
            self.read(0.05)

    def is_as_before(self):
        """The modes of the terminal, the main buffer and the cursor."""
        left = self.text.rindex("\033[?1049l") if "\033[?1049l" in self.text else -1
        return (termios.tcgetattr(self.slave) == self.before and left > self.text.rfind("\033[?1049h") and
                self.text.rfind("\033[?25h") > self.text.rfind("\033[?25l"))


def plain(text):
    return re.sub(r"\033\[[0-9;]*m", "", text)


def test_colour_is_for_terminals(world):
    assert "\033" not in show(world) and "\033[1m" in show(world, "--color=always")
    for args, env, coloured in (((), (), True), (("--color=never",), (), False), ((), ("NO_COLOR=1",), False), ((), ("NO_COLOR=",), True),
                                (("--color=always",), ("NO_COLOR=1",), True), ((), ("TERM=dumb",), False)):
        with Show(world, *args, env=env) as terminal:
            assert terminal.end() == 0
            assert ("\033[" in terminal.text) == coloured, (args, env, terminal.text)
            assert "\033[?" not in terminal.text, "no full screen without --watch"
            if coloured:
                assert re.sub(r"\d+ s", "", plain(terminal.text)).count("\n") > 5
    wrong = world.vifi.call("show", "--color=blue", check=False)
    assert wrong.returncode == 2 and "auto, always, never" in wrong.stderr


def test_terminal_has_rows_of_its_width(world):
    for columns in (40, 80, 130):
        with Show(world, "--color=never", columns=columns) as terminal:
            assert terminal.end() == 0
            assert max(len(line) for line in terminal.text.splitlines()) <= columns, terminal.text


@pytest.mark.parametrize("keys", ["q", "\x03"], ids=["q", "ctrl-c"])
def test_watch_leaves_the_terminal_as_it_was(world, keys):
    with Show(world, "-w1") as terminal:
        terminal.until(r"\033\[\?1049h.*" + world.guest_a.ip4)
        modes = termios.tcgetattr(terminal.slave)
        assert not modes[3] & (termios.ICANON | termios.ECHO)
        first = terminal.text.count("\033[H")
        terminal.until(r"(\033\[H.*){%d}" % (first + 2))
        terminal.press(keys)
        assert terminal.end() == 0
        assert terminal.is_as_before(), terminal.text[-200:]


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP])
def test_watch_that_is_ended_gives_the_terminal_back(world, sig):
    with Show(world, "--watch=1") as terminal:
        terminal.until(r"\033\[\?1049h.*" + world.guest_a.ip4)
        terminal.proc.send_signal(sig)
        terminal.end()
        assert terminal.is_as_before(), terminal.text[-200:]


def test_watch_gives_the_terminal_back_while_it_is_stopped(world):
    with Show(world, "-w", "1") as terminal:
        terminal.until(r"\033\[\?1049h.*" + world.guest_a.ip4)
        terminal.proc.send_signal(signal.SIGTSTP)
        terminal.until(r"\033\[\?1049l")
        wait_for("it is stopped", lambda: open(f"/proc/{terminal.proc.pid}/stat").read().split()[2] == "T", 5)
        assert terminal.is_as_before()
        terminal.text = ""
        terminal.proc.send_signal(signal.SIGCONT)
        terminal.until(r"\033\[\?1049h.*" + world.guest_a.ip4)
        terminal.press("q")
        assert terminal.end() == 0 and terminal.is_as_before()


def test_watch_follows_the_size_and_scrolls(world):
    with Show(world, "-w5", columns=80, lines=6) as terminal:
        terminal.until("more below")
        assert world.guest_c.hw not in terminal.text
        terminal.text = ""
        terminal.press(" ")
        terminal.until(re.escape(world.guest_c.ip4))
        terminal.text = ""
        terminal.resize(100, 50)
        terminal.until(world.guest_c.hw)
        assert "more below" not in terminal.text
        terminal.press("q")
        assert terminal.end() == 0 and terminal.is_as_before()


def test_watch_without_a_terminal_writes_blocks(world):
    log = world.lab.file("blocks")
    watch = world.host.start([program(), "bridge", "show", "-w1"], log=log)
    wait_for("three looks", lambda: open(log).read().count("wlan0 (") >= 3, 8)
    watch.send_signal(signal.SIGTERM)
    assert watch.wait(30) == 0
    assert "\033" not in open(log).read()
