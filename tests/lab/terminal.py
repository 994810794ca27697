# SPDX-License-Identifier: GPL-2.0-or-later
"""A program in a terminal, which is a pseudo-terminal."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time


class Terminal:
    """
    Runs a program in a pseudo-terminal of a size, which controls its session.  `before` are the modes at the start, `slave` is the
    program's end; feed() takes what it writes.
    """

    def __init__(self, argv, columns, lines, env=None):
        self.master, self.slave = pty.openpty()
        Terminal.resize(self, columns, lines)
        self.before = termios.tcgetattr(self.slave)
        self.proc = subprocess.Popen(argv, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=env, start_new_session=True,
                                     preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def feed(self, data):
        raise NotImplementedError

    def resize(self, columns, lines):
        """The kernel then sends SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds):
        """Feeds what the program writes within this time; ends early when it closes the terminal."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], min(left, 0.05))[0]:
                try:
                    self.feed(os.read(self.master, 65536))
                except OSError:
                    break

    def press(self, keys):
        os.write(self.master, keys.encode())

    def end(self, seconds=60):
        """Reads until the program ends.  Returns its exit code."""
        end = time.monotonic() + seconds
        while self.proc.poll() is None and time.monotonic() < end:
            self.read(0.05)
        code = self.proc.wait(1)
        self.read(0.2)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait(10)
        os.close(self.master)
        os.close(self.slave)
