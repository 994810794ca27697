# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a running process execute system calls, as an attacker who has taken it over would.

Process stops the process with ptrace(2) while it waits in a system call, and reuses the instruction of that call.  The
registers are restored at the end, and the process goes on.
"""

import ctypes
import errno
import os
import platform
import signal

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
SEIZE, INTERRUPT, SINGLESTEP, DETACH, GETREGSET, SETREGSET = 0x4206, 0x4207, 9, 17, 0x4204, 0x4205
NT_PRSTATUS, NT_ARM_SYSTEM_CALL, WALL = 1, 0x404, 0x40000000

# The index of each register in the kernel's structure, the width of the instruction, and the numbers of system calls.
MACHINES = {
    "x86_64": {"pc": 16, "sp": 19, "number": 10, "result": 10, "original": 15, "arguments": [14, 13, 12, 7, 9, 8], "count": 27, "width": 2,
               "calls": {"openat": 257, "execve": 59, "ptrace": 101, "socket": 41, "mount": 165, "unlinkat": 263, "setuid": 105,
                         "bpf": 321, "init_module": 175, "unshare": 272, "connect": 42, "mprotect": 10, "getpid": 39, "kill": 62}},
    "aarch64": {"pc": 32, "sp": 31, "number": 8, "result": 0, "original": None, "arguments": [0, 1, 2, 3, 4, 5], "count": 34, "width": 4,
                "calls": {"openat": 56, "execve": 221, "ptrace": 117, "socket": 198, "mount": 40, "unlinkat": 35, "setuid": 146,
                          "bpf": 280, "init_module": 105, "unshare": 97, "connect": 203, "mprotect": 226, "getpid": 172, "kill": 129}},
}


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def ptrace(request, pid, address=0, data=0):
    if libc.ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {pid}")


class Process:
    """A thread under our control: with Process(pid) as p: p.call("openat", -100, b"/etc/passwd", 0)"""

    def __init__(self, pid):
        self.pid, self.machine = pid, MACHINES[platform.machine()]

    def __enter__(self):
        ptrace(SEIZE, self.pid)
        ptrace(INTERRUPT, self.pid)
        os.waitpid(self.pid, WALL)
        self.saved = self._registers()
        return self

    def __exit__(self, *_):
        self._set(self.saved)
        ptrace(DETACH, self.pid)

    def _registers(self):
        registers = (ctypes.c_uint64 * self.machine["count"])()
        vector = IoVec(ctypes.addressof(registers), ctypes.sizeof(registers))
        ptrace(GETREGSET, self.pid, NT_PRSTATUS, ctypes.addressof(vector))
        return registers

    def _set(self, registers):
        vector = IoVec(ctypes.addressof(registers), ctypes.sizeof(registers))
        ptrace(SETREGSET, self.pid, NT_PRSTATUS, ctypes.addressof(vector))

    def call(self, name, *arguments):
        """Returns the result: a number, or the name of the error, such as "EPERM".  Bytes are passed by reference."""
        machine, registers = self.machine, type(self.saved).from_buffer_copy(self.saved)
        free = (self.saved[machine["sp"]] - 4096) & ~63  # below the stack that is in use
        with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
            for register, argument in zip(machine["arguments"], arguments):
                if isinstance(argument, bytes):
                    free -= (len(argument) + 64) & ~63
                    memory.seek(free)
                    memory.write(argument + b"\0")
                    argument = free
                registers[register] = argument & (2**64 - 1)
        registers[machine["number"]] = machine["calls"][name]
        if machine["original"] is not None:
            registers[machine["original"]] = 2**64 - 1  # no system call that the kernel would restart
        registers[machine["pc"]] -= machine["width"]
        self._set(registers)
        ptrace(SINGLESTEP, self.pid)
        _, status = os.waitpid(self.pid, WALL)
        assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTRAP, f"{name} ended the process: status {status:#x}"
        result = ctypes.c_int64(self._registers()[machine["result"]]).value
        return errno.errorcode[-result] if -4096 < result < 0 else result
