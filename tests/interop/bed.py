# SPDX-License-Identifier: GPL-2.0-or-later
"""The test bed: a Debian kernel with mac80211_hwsim in QEMU, without KVM, on virtual time.

make_image() writes an initramfs with programs from the cache that ./fetch fills and from the host, each with the
libraries that ldd names. QEMU boots it in 5 to 8 s of pure emulation, or restores the state that a machine with the same
image had after its boot (states.py). Machine.run() sends a shell script over a virtio port and returns its output. The
kernel's console goes to a file, which the report of a failed test shows.
"""
import base64
import fnmatch
import json
import os
import platform
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
BUILD = Path(os.environ.get("VIFI_BUILD", SOURCE / "build"))
CACHE = BUILD / "interop"
LIBS = "usr/lib/x86_64-linux-gnu"

KERNELS = ("6.1", "6.12")  # of Debian 12 and 13; fetch resolves the versions

PROGRAMS = """dash ip tc bridge ping tcpdump hostapd hostapd_cli wpa_supplicant wpa_cli iw dnsmasq iperf3 socat
kmod setpriv iwd iwctl dbus-daemon""".split()
# With wildcards: modules that a normal system loads on demand. algif_* and what follows are for iwd, whose ciphers are the kernel's.
MODULES = """mac80211_hwsim ctr ccm gcm cmac michael_mic ghash-generic seqiv aesni_intel bridge veth tun dummy nlmon 8021q sch_ingress sch_netem
cls_* act_* nf_tables nft_* crc32c_generic virtio_pci virtio_console algif_hash algif_skcipher algif_aead hmac md4 md5 sha1_generic
sha256_generic sha512_generic ecb cbc aes_generic arc4 des_generic pkcs8_key_parser""".split()
OPTIONAL_MODULES = {"crc32c_generic", "md4", "arc4"}  # later kernels lack them


class BedMissing(Exception):
    """This host cannot run the bed; the text gives the reason."""


def chosen_kernel(default=KERNELS[0]):
    """The kernel to boot: VIFI_BED_KERNEL where it is set."""
    kernel = os.environ.get("VIFI_BED_KERNEL") or default
    assert kernel in KERNELS, f"VIFI_BED_KERNEL={kernel}: the bed knows {' and '.join(KERNELS)}"
    return kernel


def fetch(*parts):
    """Fills the cache with the programs and these parts: kernels, or "xen"; without parts, with the chosen kernel. Raises BedMissing
    if no package source can be reached, RuntimeError on any other failure."""
    parts = parts or (chosen_kernel(),)
    if platform.machine() != "x86_64":
        raise BedMissing(f"the bed needs an x86_64 host, this one is {platform.machine()}")
    done = subprocess.run([HERE / "fetch", CACHE, "tools", *parts], timeout=1800, stderr=subprocess.PIPE, text=True)
    if done.returncode == 75:
        raise BedMissing(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise RuntimeError(f"tests/interop/fetch failed:\n{done.stderr}")


class Image:
    """The contents of an initramfs for one of KERNELS: path in the guest -> (mode, content)."""

    def __init__(self, kernel=None):
        kernel = kernel or chosen_kernel()
        self.files = {}
        self.kernel = CACHE / "kernels" / kernel
        self.version = (self.kernel / "version").read_text().strip()
        for name in "dev etc proc root run sys tmp mnt var var/log usr usr/bin usr/lib64 usr/lib".split():
            self.files[name] = (stat.S_IFDIR | 0o755, b"")
        for name, target in {"bin": "usr/bin", "sbin": "usr/bin", "usr/sbin": "bin", "lib": "usr/lib",
                             "lib64": "usr/lib64", "var/run": "/run"}.items():
            self.link(name, target)

    def directory(self, path):
        for parent in reversed(Path(path).parents):
            if str(parent) != "." and str(parent) not in self.files:
                self.files[str(parent)] = (stat.S_IFDIR | 0o755, b"")

    def link(self, path, target):
        self.directory(path)
        self.files[path] = (stat.S_IFLNK | 0o777, str(target).encode())

    def add(self, path, source, mode=0o755):
        self.directory(path)
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        self.files[path] = (stat.S_IFREG | mode, data)

    def busybox(self):
        """Adds busybox with all its applets."""
        busybox = CACHE / "root/bin/busybox"
        self.add("usr/bin/busybox", busybox)
        for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
            if applet != "busybox":
                self.link(f"usr/bin/{applet}", "busybox")

    def program(self, name):
        """Adds a program, by name (from the cache, else from the host) or by path, with its libraries."""
        path = Path(name) if "/" in str(name) else find_program(name)
        self.add(f"usr/bin/{path.name}", path)
        self.libraries(path)

    def libraries(self, path):
        listing = subprocess.run(["ldd", path], env=with_cached_libs(), capture_output=True, text=True).stdout
        if "not found" in listing:
            raise RuntimeError(f"{path}: a library is missing on this host:\n{listing}")
        for lib in re.findall(r"(?:=>\s+)?(/\S+)\s+\(0x", listing):
            folder = "usr/lib64" if Path(lib).name.startswith("ld-linux") else LIBS
            self.add(f"{folder}/{Path(lib).name}", lib)

    def modules(self, names):
        base = self.kernel / "lib/modules" / self.version
        needs = dict(line.split(":", 1) for line in (base / "modules.dep").read_text().splitlines())
        by_name = {Path(path).stem.replace("-", "_"): path for path in needs}
        builtin = {Path(path).stem.replace("-", "_") for path in (base / "modules.builtin").read_text().split()}
        keep = {}
        for name in (n.replace("-", "_") for n in names):
            found = fnmatch.filter(by_name, name)
            for module in found:
                for path in [by_name[module], *needs[by_name[module]].split()]:
                    keep[path] = needs[path]
            if not found and name not in builtin and name not in OPTIONAL_MODULES:
                raise RuntimeError(f"the kernel package has no module {name}")
        target = f"usr/lib/modules/{self.version}"
        for path in keep:
            self.add(f"{target}/{path}", base / path)
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            self.add(f"{target}/{name}", base / name)
        with tempfile.TemporaryDirectory() as folder:  # depmod needs a directory tree
            tree = Path(folder) / "lib/modules" / self.version
            for path in keep:
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).symlink_to(base / path)
            for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
                shutil.copy(base / name, tree / name)
            subprocess.run([find_program("depmod"), "-b", folder, self.version], env=with_cached_libs(), check=True)
            for index in tree.glob("modules.*"):
                self.add(f"{target}/{index.name}", index)

    def write(self, path):
        """Writes a newc cpio archive, uncompressed: decompression is slow under emulation."""
        with open(path, "wb") as out:
            entries = [(name, *self.files[name]) for name in sorted(self.files)] + [("TRAILER!!!", 0, b"")]
            for inode, (name, mode, data) in enumerate(entries, 1):
                encoded = name.encode() + b"\0"
                fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
                head = b"070701" + b"".join(b"%08X" % f for f in fields) + encoded
                out.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))


def with_cached_libs():
    """An environment in which QEMU and the programs of the cache use the libraries of the cache."""
    paths = [str(root / folder) for root in (CACHE / "root", CACHE / "xen/root") for folder in (LIBS, "lib/x86_64-linux-gnu")]
    paths += map(str, (CACHE / "xen/root/usr/lib").glob("xen-*/lib/x86_64-linux-gnu"))
    return dict(os.environ, LD_LIBRARY_PATH=":".join(paths))


def find_program(name):
    if name == "depmod" and (CACHE / "depmod").is_symlink():
        return CACHE / "depmod"
    for folder in ("usr/bin", "usr/sbin", "bin", "sbin", "usr/libexec"):
        for root in (CACHE / "root", Path("/"), CACHE / "xen/root"):
            if (root / folder / name).exists():
                return root / folder / name
    raise RuntimeError(f"{name} is neither in {CACHE}/root nor on this host; remove {CACHE} and run tests/interop/fetch")


def make_image(path, kernel, extra_programs=(), extra_files=None):
    """Writes the initramfs of a machine."""
    full_image(kernel, extra_programs, extra_files).write(path)


def full_image(kernel, extra_programs=(), extra_files=None, extra_modules=()):
    """An initramfs: tools, kernel modules, regulatory data, the programs under test."""
    image = Image(kernel)
    image.busybox()
    for name in [*PROGRAMS, *(BUILD / "tests/interop" / name for name in ("agent", "await")), *extra_programs]:
        image.program(name)
        if Path(name).name == "vifi":
            image.program(Path(name).with_name("vifi-commands"))  # which it becomes for all but ap and sta
    image.link("usr/bin/sh", "dash")  # the shell of busybox would run the ip of busybox
    for name in ("modprobe", "lsmod", "insmod"):
        image.link(f"usr/bin/{name}", "kmod")
    image.modules([*MODULES, *extra_modules])
    legacy = f"{LIBS}/ossl-modules/legacy.so"  # RC4 encrypts the group key in EAPOL-Key frames of WPA
    image.add(legacy, Path("/") / legacy)
    nftables = Path(f"/{LIBS}/libnftables.so.1")  # vifi loads it when it is needed
    image.add(f"{LIBS}/{nftables.name}", nftables)
    image.libraries(nftables)
    for name in ("regulatory.db", "regulatory.db.p7s"):
        image.add(f"usr/lib/firmware/{name}", CACHE / f"root/lib/firmware/{name}-debian")
    image.add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    image.add("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    image.add("etc/hosts", b"127.0.0.1 localhost\n")
    for source in (HERE / "guest").iterdir():
        image.add("init" if source.name == "init" else f"guest/{source.name}", source)
    for target, source in (extra_files or {}).items():
        image.add(target, source)
    return image


class Result:
    """The result of a script in the guest: exit code `rc`, output as bytes `raw` and as text `out`."""

    def __init__(self, rc, raw):
        self.rc, self.raw, self.out = rc, raw, raw.decode(errors="replace")


class Machine:
    """A running guest. Use as a context manager.

    The guest runs on virtual time: its clock counts executed instructions (one per nanosecond) and jumps over idle
    time to the next timer, so a busy host makes no timer late and a sleep takes no host time. An idle guest would
    run hours ahead while the host evaluates a capture. It therefore runs only while a script runs: agent.c pauses
    the machine by a write to the pvpanic port once it has sent the answer, and the next command resumes it. A guest with
    another init, whose greeting does not say that it pauses, runs on.

    All limits of scripts are seconds of the guest. HOST_SECONDS only catches a guest that hangs.
    """

    HOST_SECONDS = 600

    def __init__(self, initramfs, console, kernel=None, memory=512, state=None):
        """`state`: an open file with the state of a paused machine that had the same initramfs, kernel and memory."""
        self.console, self.kernel = Path(console), kernel or chosen_kernel()
        self.folder = tempfile.TemporaryDirectory(prefix="vifi-bed-")
        self.log = open(self.console.with_suffix(".qemu"), "wb")
        self.count = 0
        self.port = self.monitor = None
        with Listener(f"{self.folder.name}/port") as port, Listener(f"{self.folder.name}/monitor") as monitor:
            command = self.command(initramfs, memory, port.path, monitor.path) + (["-incoming", "fd:0"] if state else [])
            self.process = subprocess.Popen(command, env=with_cached_libs(), stdin=state or subprocess.DEVNULL, stdout=self.log, stderr=self.log)
            try:
                self.monitor, self.port = monitor.accept(self.process), port.accept(self.process)
                self.qmp("qmp_capabilities")
                if state:
                    self.pauses = True
                    self.restored()
                else:
                    self.pauses = self.port.line(self.HOST_SECONDS) == b"ready, pauses"
                    self.paused()
            except OSError as error:
                self.close()
                raise RuntimeError(f"the emulated machine did not start: {error}\n{self.tail()}") from error

    def command(self, initramfs, memory, port, monitor):
        share = CACHE / "root/usr/share"
        share = share if (share / "qemu").is_dir() else Path("/usr/share")
        # A paused guest does not notice that the test process has died: pdeathsig ends it.
        command = ["setpriv", "--pdeathsig", "KILL", find_program("qemu-system-x86_64"),
                   "-L", share / "qemu", "-L", share / "seabios",
                   "-accel", "tcg", "-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm",
                   "-machine", "q35", "-smp", "1", "-m", memory,
                   "-nodefaults", "-nographic", "-no-reboot", "-device", "pvpanic", "-action", "panic=pause",
                   *self.software(initramfs),
                   "-serial", f"file:{self.console}",
                   "-chardev", f"socket,id=monitor,path={monitor}", "-mon", "chardev=monitor,mode=control",
                   "-device", "virtio-serial-pci", "-chardev", f"socket,id=port,path={port}",
                   "-device", "virtserialport,chardev=port,name=port"]
        return [str(part) for part in command]

    KERNEL_LINE = ("quiet panic=-1 oops=panic tsc=reliable mitigations=off nokaslr cryptomgr.notests "
                   "random.trust_cpu=on norandmaps")

    def software(self, initramfs):
        """The processor, and what it boots."""
        return ["-cpu", "qemu64,+rdrand", "-kernel", CACHE / "kernels" / self.kernel / "vmlinux", "-initrd", initramfs,
                "-append", f"console=ttyS0 {self.KERNEL_LINE}"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for channel in (self.port, self.monitor):
            if channel:
                channel.close()
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def tail(self, lines=60):
        """The last lines of the kernel's console and of QEMU's own output."""
        texts = [p.read_text(errors="replace") for p in (self.console, self.console.with_suffix(".qemu")) if p.exists()]
        return "\n".join("\n".join(texts).splitlines()[-lines:])

    def qmp(self, execute, **arguments):
        """Runs a command of QEMU's monitor; returns its result. The machine must not run."""
        self.monitor.send(json.dumps({"execute": execute, "arguments": arguments}).encode() + b"\n")
        while True:
            reply = json.loads(self.monitor.line(self.HOST_SECONDS))
            if "error" in reply:
                raise OSError(f"{execute}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def save(self, path):
        """Writes the state of the paused machine to a file. The machine can run on afterwards."""
        self.qmp("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self.qmp("migrate", uri=f"exec:cat >'{path}'")
        while (status := self.qmp("query-migrate")["status"]) != "completed":
            if status == "failed":
                raise OSError(f"QEMU cannot write its state to {path}")
            time.sleep(0.02)

    def restored(self):
        """Waits until the state is complete, and gives the kernel's random numbers another course."""
        while self.qmp("query-status")["status"] == "inmigrate":
            time.sleep(0.01)
        self.run(f"echo {os.urandom(32).hex()} >/dev/urandom")

    def paused(self):
        """Waits until the guest has paused itself, if it does."""
        while self.pauses and json.loads(self.monitor.line(self.HOST_SECONDS)).get("event") != "STOP":
            pass

    def try_run(self, script, seconds=15):
        """Runs a shell script for at most `seconds` of the guest; returns its Result, whatever its exit code."""
        self.count += 1
        try:
            self.port.send(b"%d %d %s\n" % (self.count, seconds, base64.b64encode(script.encode())))
            self.monitor.send(b'{"execute": "cont"}\n')
            number, rc, *rest = self.port.line(self.HOST_SECONDS).split(b" ", 2)
            self.paused()
        except OSError as error:
            raise RuntimeError(f"no answer from the machine to: {script}\n{error}\n{self.tail()}") from error
        assert int(number) == self.count
        return Result(int(rc), base64.b64decode(rest[0] if rest else b""))

    def run(self, script, seconds=15):
        """As try_run, but an exit code other than 0 is an error. Returns the output as text."""
        result = self.try_run(script, seconds)
        if result.rc:
            raise AssertionError(f"exit code {result.rc} from: {script}\n{result.out}")
        return result.out

    def get(self, script):
        """The output of a script, as bytes."""
        result = self.try_run(script, 60)
        assert result.rc == 0, result.out
        return result.raw


class Listener:
    """A UNIX socket to which QEMU connects."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(1)
        self.socket.settimeout(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self, process):
        """The connection of a process; an OSError if it ends without one."""
        while process.poll() is None:
            try:
                return Channel(self.socket.accept()[0])
            except TimeoutError:
                pass
        raise OSError(f"QEMU ended with code {process.returncode}")


class Channel:
    """A connection that carries lines."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, b""
        self.close, self.send = connection.close, connection.sendall

    def line(self, seconds):
        """The next line, without its end. OSError: none within so many seconds, or the other end hung up."""
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            self.connection.settimeout(max(end - time.monotonic(), 0.001))
            data = self.connection.recv(1 << 20)
            if not data:
                raise OSError("QEMU has hung up")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line
