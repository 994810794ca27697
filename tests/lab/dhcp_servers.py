# SPDX-License-Identifier: GPL-2.0-or-later
"""Four DHCPv4 servers on the router's lan0, with a pool of 192.168.157.100 to .150, and a client that does what it is told.

Each server has `released(address)`: whether it says that it has taken the address back.
"""

import json
import random
import select
import signal
import socket
import struct
import time

from .services import ROUTER4, _Daemon

FIRST, LAST = "192.168.157.100", "192.168.157.150"


class Udhcpd(_Daemon):
    """busybox udhcpd: it sends the answer to a request without broadcast flag to chaddr, also in a renewal."""

    def __init__(self, lab):
        conf, self.leases = lab.file("udhcpd.conf"), lab.file("udhcpd.leases")
        open(self.leases, "w").close()
        with open(conf, "w") as file:
            file.write(f"start {FIRST}\nend {LAST}\ninterface lan0\nlease_file {self.leases}\npidfile {lab.file('udhcpd.pid')}\n"
                       f"option subnet 255.255.255.0\noption router {ROUTER4}\noption lease 600\nmin_lease 5\n")
        super().__init__(lab, "udhcpd", ["udhcpd", "-f", conf], r"started")

    def released(self, address):
        """Its file has the time of writing (8 bytes), then for each lease the seconds left, the address, and 28 more bytes."""
        self.proc.send_signal(signal.SIGUSR1)  # makes it write the file
        time.sleep(0.1)
        with open(self.leases, "rb") as file:
            data = file.read()[8:]
        rows = [struct.unpack("!i4s", data[at:at + 8]) for at in range(0, len(data) - 35, 36)]
        return all(left <= 0 for left, ip in rows if ip == socket.inet_aton(address)) and bool(data)


class Isc(_Daemon):
    """ISC dhcpd: it answers to the client's hardware address by a packet socket."""

    def __init__(self, lab):
        conf, self.leases = lab.file("dhcpd.conf"), lab.file("dhcpd.leases")
        open(self.leases, "w").close()
        with open(conf, "w") as file:
            file.write(f"authoritative; default-lease-time 600; max-lease-time 600; min-lease-time 600;\n"
                       "ddns-update-style none; ping-check false;\n"
                       f"subnet 192.168.157.0 netmask 255.255.255.0 {{ range {FIRST} {LAST}; option routers {ROUTER4}; }}\n")
        super().__init__(lab, "dhcpd", ["dhcpd", "-4", "-d", "-f", "-cf", conf, "-lf", self.leases, "-pf", lab.file("dhcpd.pid"),
                                        "--no-pid", "lan0"], r"Sending on")

    def released(self, address):
        return f"DHCPRELEASE of {address}" in self.log_text() and "(found)" in self.log_text()


class DnsmasqOnly4(_Daemon):
    """dnsmasq with DHCPv4 alone."""

    def __init__(self, lab):
        self.leases = lab.file("dnsmasq.leases")
        super().__init__(lab, "dnsmasq", ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--log-dhcp", "--conf-file=/dev/null",
                                          "--user=root", "--port=0", "--interface=lan0", "--bind-interfaces", "--pid-file=",
                                          f"--dhcp-leasefile={self.leases}", "--dhcp-authoritative", "--no-ping",
                                          f"--dhcp-range={FIRST},{LAST},255.255.255.0,600"], r"started|DHCP, IP range")

    def released(self, address):
        return f"DHCPRELEASE(lan0) {address}" in self.log_text()


class Kea(_Daemon):
    """Kea: it echoes the client identifier (RFC 6842) and answers a renewal to ciaddr."""

    def __init__(self, lab):
        conf = lab.file("kea.conf")
        with open(conf, "w") as file:
            json.dump({"Dhcp4": {
                "interfaces-config": {"interfaces": ["lan0"], "dhcp-socket-type": "raw"},
                "lease-database": {"type": "memfile", "persist": False}, "valid-lifetime": 600, "authoritative": True,
                "subnet4": [{"subnet": "192.168.157.0/24", "pools": [{"pool": f"{FIRST} - {LAST}"}],
                             "option-data": [{"name": "routers", "data": ROUTER4}]}],
                "loggers": [{"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 50, "output_options": [{"output": "stdout"}]}]}}, file)
        super().__init__(lab, "kea", ["env", f"KEA_PIDFILE_DIR={lab.dir}", f"KEA_LOCKFILE_DIR={lab.dir}", "kea-dhcp4", "-c", conf],
                         r"DHCP4_STARTED")

    def released(self, address):
        return f"DHCP4_RELEASE " in self.log_text() and f"address {address} was released" in self.log_text()


SERVERS = {"udhcpd": Udhcpd, "isc": Isc, "dnsmasq": DnsmasqOnly4, "kea": Kea}

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)


def _option(code, value):
    return bytes([code, len(value)]) + value


def parse_options(message):
    """The options of a DHCP message: code → value; pads are skipped."""
    at, found = 240, {}
    while at < len(message) and message[at] != 255:
        if message[at] == 0:
            at += 1
            continue
        found[message[at]] = found.get(message[at], b"") + message[at + 2:at + 2 + message[at + 1]]
        at += 2 + message[at + 1]
    return found


class Reply:
    def __init__(self, message):
        self.options = parse_options(message)
        self.kind = self.options.get(53, b"\0")[0]
        self.address = socket.inet_ntoa(message[16:20])
        self.flags = int.from_bytes(message[10:12], "big")
        self.chaddr = message[28:34]
        self.server = socket.inet_ntoa(self.options[54]) if 54 in self.options else None
        self.message = message


class Client:
    """A DHCP client on eth0 of a guest.  Until it has a lease it uses a packet socket, afterwards a UDP socket that is bound to
    the leased address, as the clients of systemd and NetworkManager do: what comes for another address it does not receive.

    client_id: the value of option 61, None: no such option; `pad`: bytes of padding after the end option.
    """

    def __init__(self, node, client_id=None, pad=0, options=b""):
        self.node, self.client_id, self.pad, self.more = node, client_id, pad, options
        self.mac = bytes.fromhex(node.mac("eth0").replace(":", ""))
        self.address = self.server = self.udp = None
        self.raw = node.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.raw.bind(("eth0", 0x0800))

    def message(self, kind, xid, ciaddr="0.0.0.0", options=b"", flags=0):
        fixed = struct.pack("!BBBBIHH4s4s4s4s16s192x", 1, 1, 6, 0, xid, 0, flags, socket.inet_aton(ciaddr), bytes(4), bytes(4), bytes(4), self.mac)
        identity = _option(61, self.client_id) if self.client_id is not None else b""
        return fixed + b"\x63\x82\x53\x63" + _option(53, bytes([kind])) + options + self.more + identity + b"\xff" + bytes(self.pad)

    def _broadcast(self, message):
        length = 28 + len(message)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 7, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
        ip = ip[:10] + struct.pack("!H", _checksum(ip)) + ip[12:]
        udp = struct.pack("!HHHH", 68, 67, length - 20, 0)
        pseudo = ip[12:20] + struct.pack("!BBH", 0, 17, length - 20)
        udp = udp[:6] + struct.pack("!H", _checksum(pseudo + udp + message) or 0xffff)
        self.raw.sendto(ip + udp + message, ("eth0", 0x0800, 0, 0, b"\xff" * 6))

    @staticmethod
    def _receive(sock, xid, timeout, strip):
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0 and select.select([sock], [], [], left)[0]:
            data = sock.recv(4096)
            if strip:
                if len(data) < 28 or data[9] != 17:
                    continue
                data = data[(data[0] & 15) * 4:]
                if data[:4] != b"\0\x43\0\x44":
                    continue
                data = data[8:]
            if len(data) >= 240 and data[0] == 2 and int.from_bytes(data[4:8], "big") == xid:
                return Reply(data)
        return None

    def _exchange(self, kind, options=b"", ciaddr="0.0.0.0", to=None):
        """to: None: broadcast by the packet socket; otherwise by the UDP socket to this address."""
        xid = random.getrandbits(32)
        for _ in range(3):
            message = self.message(kind, xid, ciaddr, options)
            if to:
                self.udp.sendto(message, (to, 67))
            else:
                self._broadcast(message)
            reply = self._receive(self.udp if to else self.raw, xid, 3, not to)
            if reply:
                return reply
        return None

    def lease(self):
        """Gets a lease, sets the address and returns the ACK."""
        offer = self._exchange(DISCOVER)
        assert offer and offer.kind == OFFER, "no offer"
        ack = self._exchange(REQUEST, _option(54, socket.inet_aton(offer.server)) + _option(50, socket.inet_aton(offer.address)))
        assert ack and ack.kind == ACK, f"no ACK for {offer.address}"
        self.address, self.server = ack.address, ack.server
        self.node.ip(f"addr replace {self.address}/24 brd + dev eth0")
        self.udp = self.node.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        self.udp.bind((self.address, 68))
        return ack

    def renew(self):
        return self._exchange(REQUEST, ciaddr=self.address, to=self.server)

    def rebind(self):
        return self._exchange(REQUEST, ciaddr=self.address, to="255.255.255.255")

    def inform(self):
        return self._exchange(INFORM, ciaddr=self.address, to=self.server)

    def release(self):
        self.udp.sendto(self.message(RELEASE, random.getrandbits(32), self.address, _option(54, socket.inet_aton(self.server))), (self.server, 67))

    def decline(self):
        self._broadcast(self.message(DECLINE, random.getrandbits(32), options=_option(54, socket.inet_aton(self.server))
                                     + _option(50, socket.inet_aton(self.address))))

    def close(self):
        self.raw.close()
        if self.udp:
            self.udp.close()
        if self.address:
            self.node.run("ip -4 addr flush dev eth0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
