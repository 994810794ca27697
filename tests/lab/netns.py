# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces as nodes: run commands and open sockets in a namespace, and remove it completely.

A node is a named namespace (`ip netns`).  Commands run through `ip netns exec`, so that /sys shows the node's own
interfaces; those of SYSLESS, which do not look there, start from a thread that has entered the namespace: without a second
exec, a mount namespace and a mount of /sys, of which a test of a lab would need a hundred.  Tests open sockets in their own
process: the calling thread enters the namespace, opens the socket, which stays in that namespace, and returns.  So tests send
and receive frames without a helper process.
"""

import ctypes
import errno
import math
import os
import re
import select
import signal
import socket
import struct
import subprocess
import time
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
_libc = ctypes.CDLL(None, use_errno=True)
# Programs of short life that use netlink, sockets and /proc, but not /sys.
SYSLESS = {"arping", "bridge", "ip", "ping", "sysctl", "tc"}


class LabError(Exception):
    """A resource of the lab is missing or failed; the text is readable for the user."""


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def inside(ns):
    """Moves the calling thread into namespace `ns` for the duration of the block; None: stays in the current one."""
    if ns is None:
        yield
        return
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        target = os.open(f"/run/netns/{ns}", os.O_RDONLY)
        try:
            _setns(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def run(argv, check=True, timeout=30, **kwargs):
    """Runs a command with a timeout and captures its output as text.  Raises LabError with the output on failure."""
    argv = argv.split() if isinstance(argv, str) else [str(a) for a in argv]
    try:
        result = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=timeout, **kwargs)
    except FileNotFoundError as e:
        raise LabError(f"{argv[0]} is not installed; run script/setup") from e
    except subprocess.TimeoutExpired as e:
        out = b"".join(x if isinstance(x, bytes) else x.encode() for x in (e.stdout, e.stderr) if x).decode(errors="replace")
        if check:
            raise LabError(f"{' '.join(argv)}: still running after {timeout} s\n{out}") from e
        return subprocess.CompletedProcess(argv, -1, out, "timeout")
    if check and result.returncode != 0:
        raise LabError(f"{' '.join(argv)}: exit {result.returncode}\n{result.stdout}{result.stderr}".rstrip())
    return result


class Raw:
    """A packet socket on one interface: sends and receives whole frames, with VLAN tags in the frame."""

    def __init__(self, ns, ifname, protocol=ETH_P_ALL):
        with inside(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE
        self.sock.bind((ifname, protocol))
        self.sock.setblocking(False)

    def send(self, frame):
        """Sends one frame (bytes or a scapy packet).  Returns False if tc on this interface dropped it."""
        try:
            self.sock.send(bytes(frame))
        except OSError as e:
            if e.errno != errno.ENOBUFS:
                raise
            return False
        return True

    def recv(self, timeout):
        """Returns (frame, outgoing), or None after `timeout` seconds."""
        if not select.select([self.sock], [], [], max(0, timeout))[0]:
            return None
        data, anc, _, addr = self.sock.recvmsg(65536, 128)
        for level, kind, aux in anc:
            if level == SOL_PACKET and kind == PACKET_AUXDATA and len(aux) >= 20:
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", aux[:20])
                if status & 0x10:  # TP_STATUS_VLAN_VALID
                    data = data[:12] + struct.pack("!HH", tpid if status & 0x40 else 0x8100, tci) + data[12:]
        return data, addr[2] == PACKET_OUTGOING

    def drain(self):
        """Discards all queued frames."""
        while self.recv(0):
            pass

    def frames(self, timeout, outgoing=False):
        """Yields the frames of one direction that arrive within `timeout` seconds."""
        end = time.monotonic() + timeout
        while (got := self.recv(end - time.monotonic())) is not None:
            if got[1] == outgoing:
                yield got[0]
            if time.monotonic() >= end:
                return

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Node:
    """One machine of the lab: a namespace with a short name, and the processes that run in it."""

    def __init__(self, prefix, name):
        self.name, self.ns = name, f"{prefix}-{name}"
        self.procs = []
        run(["ip", "netns", "add", self.ns])
        self.ip("link set lo up")

    def ip(self, *lines):
        """Runs lines of `ip` in one batch."""
        self.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n")

    def query(self, line):
        """Returns the output of `ip LINE`."""
        return self.run(["ip"] + line.split()).stdout

    def sysctl(self, **values):
        """Sets sysctls; a double underscore in a key stands for a dot."""
        self.run(["sysctl", "-qw"] + [f"{k.replace('__', '.')}={v}" for k, v in values.items()])

    def argv(self, argv, private=()):
        """The command line that runs `argv` in this node; each `private` folder becomes an empty tmpfs for it."""
        argv = argv.split() if isinstance(argv, str) else [str(a) for a in argv]
        if private:
            mounts = "".join(f"mount -t tmpfs none {d}; " for d in private)
            argv = ["unshare", "-m", "sh", "-c", mounts + 'exec "$@"', "sh"] + argv
        return ["ip", "netns", "exec", self.ns] + argv

    def run(self, argv, check=True, timeout=30, private=(), **kwargs):
        """Runs a command in this node until it ends and returns the completed process."""
        argv = argv.split() if isinstance(argv, str) else argv
        if argv[0] not in SYSLESS or private:
            return run(self.argv(argv, private), check, timeout, **kwargs)
        with inside(self.ns):
            return run(argv, check, timeout, **kwargs)

    def start(self, argv, log=None, private=(), **kw):
        """Starts a command in this node, which ends with the lab at the latest.  Its output goes to the file `log`."""
        out = open(log, "wb") if log else subprocess.DEVNULL
        try:
            proc = subprocess.Popen(self.argv(argv, private), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                    start_new_session=True, **kw)
        except FileNotFoundError as e:
            raise LabError(f"{e.filename} is not installed; run script/setup") from e
        finally:
            if log:
                out.close()
        self.procs.append(proc)
        return proc

    def stop(self, proc, sig=signal.SIGTERM, timeout=20):
        """Ends one process that `start` returned, and returns its exit code."""
        if proc.poll() is None:
            proc.send_signal(sig)
        try:
            return proc.wait(timeout)
        except subprocess.TimeoutExpired:
            proc.kill()
            return proc.wait(5)
        finally:
            if proc in self.procs:
                self.procs.remove(proc)

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, proto=0):
        """A socket in this node's namespace."""
        with inside(self.ns):
            return socket.socket(family, kind, proto)

    def raw(self, ifname="eth0", protocol=ETH_P_ALL):
        """A packet socket on an interface of this node."""
        return Raw(self.ns, ifname, protocol)

    def mac(self, ifname="eth0"):
        return re.search(r"link/ether (\S+)", self.query(f"link show dev {ifname}")).group(1)

    def index(self, ifname):
        return int(self.query(f"link show dev {ifname}").split(":", 1)[0])

    def addresses(self, ifname="eth0", family=4, scope="global"):
        """The usable addresses of an interface (neither tentative nor dadfailed), without prefix length."""
        text = self.query(f"-{family} -o addr show dev {ifname} scope {scope}")
        return [m.group(1) for line in text.splitlines() if "tentative" not in line and "dadfailed" not in line
                for m in [re.search(r"inet6? ([^/ ]+)", line)] if m]

    def link_local(self, ifname="eth0"):
        """The link-local address of an interface, once duplicate address detection has ended."""
        return wait_for(f"{self.name} has a link-local address", lambda: self.addresses(ifname, 6, "link"), 30)[0]

    def neighbours(self, ifname, family=4):
        """address → MAC, from the neighbour table of this node's kernel."""
        return {m.group(1): m.group(2) for m in
                re.finditer(r"^(\S+) .*?lladdr (\S+)", self.query(f"-{family} neigh show dev {ifname}"), re.M)}

    def ping(self, target, count=1, timeout=3, interval=0.2, size=None, source=None):
        """Returns the number of answered pings out of `count`.  The kernel repeats a lost ARP request after a second."""
        cmd = ping_command(target, count, interval, timeout, *(["-s", size] if size else []), *(["-I", source] if source else []))
        return pings_answered(self.run(cmd, check=False, timeout=2 * count * interval + timeout + 15).stdout, count)

    def delete(self):
        for proc in list(self.procs):
            if proc.poll() is None:
                proc.terminate()
        delete_namespace(self.ns)
        for proc in self.procs:
            try:
                proc.wait(2)
            except subprocess.TimeoutExpired:
                proc.kill()
                proc.wait(2)
        self.procs.clear()


def ping_command(target, count, interval, timeout, *options):
    """Pings of which each, also the last, is answered in time if the answer comes within `timeout` seconds (at least).  With -c alone
    ping leaves an interval after its last request, or two round trips, whatever -W says, and a busy machine answers later.  With -w,
    too, it goes on until `count` requests are answered: pings_answered() looks at the first ones."""
    if count == 1:
        return ["ping", "-n", "-c", 1, "-W", timeout, *options, target]
    return ["ping", "-n", "-c", count, "-i", interval, "-w", math.ceil(2 * count * interval + timeout), *options, target]


def pings_answered(output, count):
    """How many of the first `count` requests were answered."""
    return len({int(n) for n in re.findall(r"icmp_seq=(\d+) ttl", output)} & set(range(1, count + 1)))


def delete_namespace(ns):
    """Ends the remaining processes in a namespace of the lab and removes the namespace."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        pids = [int(p) for p in run(["ip", "netns", "pids", ns], check=False).stdout.split()]
        pids = [p for p in pids if p != os.getpid()]
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass
        for _ in range(20):
            if not any(os.path.exists(f"/proc/{p}/fd") and _alive(p) for p in pids):
                break
            time.sleep(0.02)
    run(["ip", "netns", "del", ns], check=False)


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def sweep(prefix):
    """Removes the leftovers of an earlier lab with this prefix, and labs `vifi<pid>x<number>-…` of dead processes."""
    for line in run(["ip", "netns", "list"]).stdout.splitlines():
        ns = line.split()[0] if line.strip() else ""
        match = re.match(r"vifi(\d+)x\d+-", ns)
        if ns.startswith(prefix + "-") or (match and not os.path.exists(f"/proc/{match.group(1)}")):
            delete_namespace(ns)


def wait_for(what, probe, timeout=10, step=0.05, patience=3):
    """Calls `probe` until its result is true, and returns that.  Raises LabError with `what` after `timeout` seconds, which is
    for an idle machine, times `patience`: a limit ends what has failed, and measures nothing.  Between two calls it sleeps as
    long as a call takes, from `step` to 0.3 s: waiting must not keep a busy machine busy."""
    timeout = max(timeout, min(timeout * patience, 100))
    begun = time.monotonic()
    end = begun + timeout
    while True:
        got = probe()
        if got:
            return got
        now = time.monotonic()
        if now > end:
            raise LabError(f"{what}: not within {timeout} s")
        time.sleep(max(step, min(now - begun, 0.3)))
        begun = time.monotonic()
