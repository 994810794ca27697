# SPDX-License-Identifier: GPL-2.0-or-later
"""Services of the lab: DHCP and RA servers, DHCP clients, mDNS, downloads, and the check for missing features."""

import hashlib
import os
import re
import socket
import struct
import threading
import time

from .netns import LabError, run, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
ROUTER4, PREFIX6 = "192.168.157.20", "2001:db8:157:"


def missing_features(radio=False):
    """Returns one sentence per missing requirement of the lab.  `radio`: the lab has a virtual radio."""
    if os.geteuid() != 0:
        return ["the lab needs root to create network namespaces; run it with sudo"]
    missing = [f"{name} is not mounted, as in a plain chroot; {remedy}" for path, name, remedy in (
        ("/proc/self/ns/net", "/proc", "run: mount -t proc proc /proc"), ("/sys/class/net", "/sys", "run: mount -t sysfs sysfs /sys"),
        ("/dev/null", "/dev", "run, outside of it: mount --rbind /dev ROOT/dev")) if not os.path.exists(path)]
    if missing:
        return missing
    for tool in ("ip", "tc", "bpftool", "tcpdump", "tshark", "dnsmasq", "nsenter"):
        if run(["sh", "-c", f"command -v {tool}"], check=False).returncode:
            missing.append(f"{tool} is not installed; run script/setup")
    if missing:
        return missing
    ns = f"vifi{os.getpid()}-probe"
    added = run(["ip", "netns", "add", ns], check=False)
    if added.returncode:
        return [f"this kernel or container does not let root create network namespaces (CONFIG_NET_NS, CAP_SYS_ADMIN): {added.stderr.strip()}"]
    try:
        for what, line in (("veth interfaces (CONFIG_VETH)", "link add v0 type veth peer name v1"),
                           ("bridges (CONFIG_BRIDGE)", "link add b0 type bridge")):
            if run(["ip", "-n", ns] + line.split(), check=False).returncode:
                missing.append(f"this kernel has no {what}")
        if not missing and run(["ip", "netns", "exec", ns, "tc", "qdisc", "add", "dev", "v0", "clsact"], check=False).returncode:
            missing.append("this kernel has no clsact (CONFIG_NET_SCH_INGRESS)")
    finally:
        run(["ip", "netns", "del", ns], check=False)
    if radio and not os.path.exists("/dev/net/tun"):
        missing.append("/dev/net/tun is missing, which access point and station need (CONFIG_TUN)")
    if not os.path.exists("/proc/sys/net/core/bpf_jit_enable"):
        missing.append("this kernel has no eBPF (CONFIG_BPF_SYSCALL)")
    return missing


# ---- servers on the router


class _Daemon:
    """A daemon on the router with its own log."""

    def __init__(self, lab, name, argv, ready):
        self.lab, self.name, self.log = lab, name, lab.file(f"{name}.log")
        self.proc = lab.router.start(argv, log=self.log)
        try:
            wait_for(f"{name} starts", lambda: self._ready(ready), 8)
        except LabError as e:
            raise LabError(f"{e}\n{self.log_text()}") from e

    def _ready(self, ready):
        if self.proc.poll() is not None:
            raise LabError(f"{self.name} ended: exit {self.proc.returncode}")
        return re.search(ready, self.log_text())

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def close(self):
        if self.lab.nodes.get("router") is self.lab.router:
            self.lab.router.stop(self.proc)
        elif self.proc.poll() is None:
            self.proc.kill()


class Dnsmasq(_Daemon):
    """dnsmasq as DHCPv4 and DHCPv6 server and router advertiser; guest a has a reservation."""

    def __init__(self, lab, dhcp=True, ra=True):
        self.leases = lab.file("dnsmasq.leases")
        lease = lab.options.lease
        argv = ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--log-dhcp", "--conf-file=/dev/null", "--user=root",
                "--port=0", "--interface=lan0", "--bind-interfaces", f"--dhcp-leasefile={self.leases}", "--pid-file=",
                "--dhcp-authoritative", "--no-ping"]
        if dhcp:
            argv += [f"--dhcp-range=192.168.157.42,192.168.157.199,255.255.255.0,{lease}",
                     "--dhcp-host=00:60:00:00:00:01,192.168.157.41", f"--dhcp-option=option:router,{ROUTER4}"]
        if ra:
            argv += ["--enable-ra", f"--dhcp-range={PREFIX6}:1000,{PREFIX6}:1fff,slaac,64,{lease}", "--ra-param=lan0,10,1800"]
        super().__init__(lab, "dnsmasq", argv, r"started|DHCP, IP range|router advertisement")

    def lease_of(self, mac):
        """The IPv4 address leased to a client hardware address, or None."""
        try:
            with open(self.leases) as file:
                for line in file:
                    words = line.split()
                    if len(words) > 2 and words[1] == mac:
                        return words[2]
        except FileNotFoundError:
            pass
        return None


class IscDhcpd(_Daemon):
    """isc-dhcpd: it sends its answers over a packet socket to the client's hardware address."""

    def __init__(self, lab):
        conf, self.leases = lab.file("dhcpd.conf"), lab.file("dhcpd.leases")
        open(self.leases, "w").close()
        with open(conf, "w") as file:
            file.write(f"authoritative; default-lease-time {lab.options.lease}; max-lease-time {lab.options.lease};\n"
                       "ddns-update-style none; ping-check false;\n"
                       "subnet 192.168.157.0 netmask 255.255.255.0 { range 192.168.157.50 192.168.157.199; "
                       f"option routers {ROUTER4}; }}\n"
                       "host a { hardware ethernet 00:60:00:00:00:01; fixed-address 192.168.157.41; }\n")
        super().__init__(lab, "dhcpd", ["dhcpd", "-4", "-d", "-f", "-cf", conf, "-lf", self.leases, "-pf", lab.file("dhcpd.pid"),
                                        "--no-pid", "lan0"], r"Sending on")


class IscDhcpd6(_Daemon):
    """isc-dhcpd as DHCPv6 server."""

    def __init__(self, lab):
        conf, leases = lab.file("dhcpd6.conf"), lab.file("dhcpd6.leases")
        open(leases, "w").close()
        with open(conf, "w") as file:
            file.write(f"authoritative; default-lease-time {lab.options.lease};\n"
                       f"subnet6 {PREFIX6}:/64 {{ range6 {PREFIX6}:1000 {PREFIX6}:1fff; }}\n")
        super().__init__(lab, "dhcpd6", ["dhcpd", "-6", "-d", "-f", "-cf", conf, "-lf", leases, "--no-pid", "lan0"], r"Sending on")


class Radvd(_Daemon):
    """radvd: it advertises the prefix with its own source link-layer address."""

    def __init__(self, lab):
        conf = lab.file("radvd.conf")
        with open(conf, "w") as file:
            file.write(f"interface lan0 {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 10; "
                       f"AdvLinkMTU {lab.options.mtu}; prefix {PREFIX6}:/64 {{ AdvOnLink on; AdvAutonomous on; }}; }};\n")
        os.chmod(lab.dir, 0o755)
        super().__init__(lab, "radvd", ["radvd", "-n", "-d", "1", "-m", "stderr", "-C", conf, "-p", lab.file("radvd.pid"), "-u", "root"],
                         r"version .* started|radvd")


# ---- DHCP clients in a guest: each returns the leased address or raises LabError


def _leased(node, what, before):
    def address():
        new = [a for a in node.addresses("eth0", 4) if a not in before and a.startswith("192.168.157.")]
        return new[0] if new else None
    return wait_for(f"{what} in guest {node.name} sets its address", address, 3)


def udhcpc(lab, node, timeout=40, extra=()):
    before = [] if "-R" in extra else node.addresses("eth0", 4)
    node.run(["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", f"{HERE}/udhcpc.sh", *extra], timeout=timeout)
    return _leased(node, "udhcpc", before)


def dhclient(lab, node, timeout=60):
    leases, conf = lab.file("dhclient.leases"), lab.file("dhclient.conf")
    with open(conf, "w") as file:
        file.write("timeout 15; retry 2; initial-interval 1; backoff-cutoff 2;\n")
    node.run(["dhclient", "-4", "-1", "-v", "-cf", conf, "-lf", leases, "-pf", lab.file("dhclient.pid"), "-sf", f"{HERE}/dhclient.sh", "eth0"],
             timeout=timeout)
    return _leased(node, "dhclient", [])


DHCPCD_PRIVATE = ("/run", "/var/lib/dhcpcd")


def dhcpcd_argv(lab, *extra):
    conf = lab.file("dhcpcd.conf")
    with open(conf, "w") as file:
        file.write("clientid\npersistent\nnoipv4ll\noption routers\nscript /bin/true\ntimeout 15\n")
    return ["dhcpcd", "-f", conf, *extra]


def dhcpcd(lab, node, timeout=60):
    """dhcpcd probes the offered address by ARP (RFC 5227) before it uses it, which takes some seconds."""
    node.run(dhcpcd_argv(lab, "-1", "-4", "-p", "eth0"), timeout=timeout, private=DHCPCD_PRIVATE)
    return _leased(node, "dhcpcd", [])


CLIENTS = {"udhcpc": udhcpc, "dhclient": dhclient, "dhcpcd": dhcpcd}


def slaac(node, timeout=10):
    """Waits for an address from a router advertisement that passed duplicate address detection, and returns it."""
    def address():
        return next((a for a in node.addresses("eth0", 6) if a.startswith("2001:db8:157:") and "ff:fe" in a), None)
    return wait_for(f"guest {node.name} gets an IPv6 address from a router advertisement", address, timeout)


# ---- a download with a checksum


def _pattern(size):
    block = b"".join(struct.pack(">I", i) for i in range(16384))
    while size > 0:
        yield block[:size]
        size -= len(block)


class Download:
    """A TCP service that sends as many bytes as the client requests, at the requested rate (bytes/s, 0: unlimited)."""

    def __init__(self, node, port=8000):
        self.port = port
        self.sock = node.socket(socket.AF_INET6)
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("::", port))
        self.sock.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(conn,), daemon=True).start()

    @staticmethod
    def _one(conn):
        with conn:
            try:
                size, rate = struct.unpack(">QQ", conn.recv(16, socket.MSG_WAITALL))
                for block in _pattern(size):
                    conn.sendall(block)
                    if rate:
                        time.sleep(len(block) / rate)
            except (OSError, struct.error):
                pass

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


class Fetched:
    """The result of a download: bytes, integrity, seconds, and the longest gap without data."""

    def __init__(self):
        self.bytes, self.intact, self.seconds, self.longest_gap = 0, False, 0.0, 0.0

    def __str__(self):
        return (f"{self.bytes} bytes {'intact' if self.intact else 'NOT INTACT'} in {self.seconds:.2f} s, "
                f"longest gap {self.longest_gap:.2f} s")


def fetch(node, address, size=4 << 20, rate=0, port=8000, timeout=60):
    """Downloads `size` bytes in a node and compares their SHA-256 with the expected one."""
    got, result, digest = 0, Fetched(), hashlib.sha256()
    expected = hashlib.sha256()
    for block in _pattern(size):
        expected.update(block)
    with node.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        sock.settimeout(timeout)
        start = last = time.monotonic()
        sock.connect((address, port))
        sock.sendall(struct.pack(">QQ", size, rate))
        while got < size and time.monotonic() - start < timeout:
            data = sock.recv(1 << 18)
            if not data:
                break
            now = time.monotonic()
            result.longest_gap, last = max(result.longest_gap, now - last), now
            digest.update(data)
            got += len(data)
    result.bytes, result.seconds = got, time.monotonic() - start
    result.intact = got == size and digest.digest() == expected.digest()
    return result


class Background(threading.Thread):
    """Runs a function in a thread; `result()` returns its result or raises its exception."""

    def __init__(self, fn, *args, **kw):
        super().__init__(daemon=True)
        self._call, self._value, self._error = (fn, args, kw), None, None
        self.start()

    def run(self):
        fn, args, kw = self._call
        try:
            self._value = fn(*args, **kw)
        except BaseException as e:  # pylint: disable=broad-except
            self._error = e

    def result(self, timeout=60):
        timeout *= 3  # as in wait_for()
        self.join(timeout)
        if self.is_alive():
            raise LabError(f"{self._call[0].__name__}: still running after {timeout} s")
        if self._error:
            raise self._error
        return self._value


# ---- mDNS: a minimal responder and query, without a library


def _labels(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"


def _mdns_socket(node, ifname, family):
    sock = node.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    index = node.index(ifname)
    if family == socket.AF_INET:
        sock.bind(("", 5353))
        group = socket.inet_aton("224.0.0.251")
        mreq = struct.pack("=4s4si", group, b"\0\0\0\0", index)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreq)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreq)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        return sock, ("224.0.0.251", 5353)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind(("::", 5353))
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "ff02::fb") + struct.pack("=i", index))
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    return sock, ("ff02::fb", 5353, 0, index)


class MdnsResponder(threading.Thread):
    """Answers A queries for one name by multicast (RFC 6762) until it is closed."""

    def __init__(self, node, ifname, name, address, family=socket.AF_INET):
        super().__init__(daemon=True)
        self.question = _labels(name) + struct.pack("!HH", 1, 1)
        self.answer = (struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + _labels(name) + struct.pack("!HHIH", 1, 0x8001, 120, 4)
                       + socket.inet_aton(address))
        self.sock, self.to = _mdns_socket(node, ifname, family)
        self.sock.settimeout(0.2)
        self.done = False
        self.start()

    def run(self):
        while not self.done:
            try:
                data = self.sock.recv(1500)
                if data[2:4] == b"\0\0" and data[12:].startswith(self.question):
                    self.sock.sendto(self.answer, self.to)
            except (TimeoutError, InterruptedError):
                pass
            except OSError:
                return

    def close(self):
        self.done = True
        self.join(1)
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def mdns_query(node, ifname, name, family=socket.AF_INET, timeout=3):
    """Queries the A record of a name by multicast; returns the address in the answer, or None."""
    sock, to = _mdns_socket(node, ifname, family)
    query = struct.pack("!6H", 0, 0, 1, 0, 0, 0) + _labels(name) + struct.pack("!HH", 1, 1)
    start = _labels(name) + struct.pack("!HH", 1, 0x8001)
    end = time.monotonic() + timeout
    with sock:
        sock.settimeout(1.0)
        while time.monotonic() < end:
            sock.sendto(query, to)
            try:
                for _ in range(16):
                    data = sock.recv(1500)
                    if data[2] & 0x80 and data[12:].startswith(start):
                        return socket.inet_ntoa(data[12 + len(start) + 6:][:4])
            except TimeoutError:
                pass
    return None
