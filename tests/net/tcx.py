# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCX program of another user: two instructions, `return TCX_NEXT`, loaded with the bpf system call."""

import ctypes
import os
import struct

PROG_LOAD, PROG_ATTACH, PROG_DETACH, PROG_QUERY = 5, 8, 9, 16
INGRESS, EGRESS = 46, 47
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(cmd, attr):
    buf = ctypes.create_string_buffer(attr, max(len(attr), 128))
    result = _libc.syscall(321, cmd, buf, 128)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result, buf.raw


def _load(kind, verdict, name=b""):
    """Loads a program that returns the verdict."""
    code = ctypes.create_string_buffer(struct.pack("<BBhi", 0xb7, 0, 0, verdict) + struct.pack("<BBhi", 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("=IIQQIIQII16s", kind, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0, name)
    return _bpf(PROG_LOAD, attr)[0]


class ForeignProgram:
    """A program that passes every frame on, attached to one hook."""

    VERDICT = -1
    NAME = b""
    BEFORE = 8  # BPF_F_BEFORE

    def __init__(self, ifindex, hook, flags=0):
        self.ifindex, self.hook = ifindex, hook
        self.fd = _load(3, self.VERDICT, self.NAME)
        _bpf(PROG_ATTACH, struct.pack("=IIIIIIQ", ifindex, self.fd, hook, flags, 0, 0, 0))

    def id(self):
        with open(f"/proc/self/fdinfo/{self.fd}") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("prog_id"))

    def close(self):
        try:
            _bpf(PROG_DETACH, struct.pack("=IIII", self.ifindex, self.fd, self.hook, 0))
        finally:
            os.close(self.fd)


class DroppingProgram(ForeignProgram):
    """A program that drops every frame."""

    VERDICT = 2


class ReservedPlace(ForeignProgram):
    """What a vifi leaves that is killed while it loads its programs (src/bpf/reserve.h)."""

    NAME = b"vifi_reserved"


class DroppingXdp:
    """An XDP program that drops every frame, on an interface of this network namespace, by the way that needs no driver."""

    def __init__(self, ifindex):
        self.program = _load(6, 1)
        self.link, _ = _bpf(28, struct.pack("=IIII", self.program, ifindex, 37, 2))  # BPF_LINK_CREATE, BPF_XDP, XDP_FLAGS_SKB_MODE

    def close(self):
        os.close(self.link)
        os.close(self.program)


def attached(ifindex, hook):
    """The IDs of all TCX programs on a hook, in execution order."""
    ids = (ctypes.c_uint32 * 64)()
    _, raw = _bpf(PROG_QUERY, struct.pack("=IIIIQI", ifindex, hook, 0, 0, ctypes.addressof(ids), 64) + b"\0" * 100)
    count = struct.unpack_from("=I", raw, 24)[0]
    return list(ids[:count])


def detach(ifindex, hook, number):
    """Detaches the program with this ID, of any owner."""
    fd, _ = _bpf(13, struct.pack("=I", number) + b"\0" * 124)  # BPF_PROG_GET_FD_BY_ID
    try:
        _bpf(PROG_DETACH, struct.pack("=IIII", ifindex, fd, hook, 0))
    finally:
        os.close(fd)
