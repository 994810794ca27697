# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine of the test bed with systemd as its first process: the units vifi-ap@ and vifi-sta@ beside radios of mac80211_hwsim.

What systemd needs is taken from the host. The agent is a service; it pauses the machine as it does elsewhere.
"""
from pathlib import Path

import bed

PROGRAMS = ["/lib/systemd/systemd", "/lib/systemd/systemd-journald", "/lib/systemd/systemd-shutdown", "/usr/bin/systemctl",
            "/usr/bin/journalctl"]
TARGETS = ("sysinit", "basic", "multi-user", "shutdown", "umount", "final", "network-pre", "network", "sockets", "timers", "paths", "slices", "local-fs",
           "local-fs-pre", "swap", "reboot", "poweroff")
UNITS = [*(f"{name}.target" for name in TARGETS), "systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket",
         "-.slice", "system.slice", "systemd-poweroff.service", "systemd-reboot.service"]
AGENT = """[Unit]
DefaultDependencies=no
[Service]
ExecStart=/usr/bin/sh /guest/agent
StandardOutput=tty
TTYPath=/dev/ttyS0
KillMode=process
[Install]
WantedBy=sysinit.target
"""
START = """export PATH=/usr/bin HOME=/root
mkdir -p /run/netns /sys/kernel/debug
for module in ctr ccm gcm cmac aesni_intel; do modprobe -q $module; done
modprobe mac80211_hwsim radios=0
ip link set lo up
modprobe tun
chmod 0664 /dev/rfkill # these two as udev does
chmod 0666 /dev/net/tun
modprobe virtio_pci
modprobe virtio_console
tries=0
until port=$(ls /dev/vport*p1 2>/dev/null); do tries=$((tries + 1)); [ $tries -lt 200 ] || exit 1; sleep 0.1; done
exec agent "$port"
"""


def missing():
    """What this host lacks, as a sentence, or ""."""
    absent = [name for name in PROGRAMS if not Path(name).exists()]
    return f"{', '.join(absent)}: missing; run script/setup" if absent else ""


def libraries_of_dlopen():
    """What systemd loads by name."""
    return [path for path in Path(f"/{bed.LIBS}").glob("lib*") if path.name.startswith(("libgcrypt.so.20", "liblz4.so.1", "libzstd.so.1", "liblzma.so.5",
                                                                                      "libnss_systemd.so.2", "libgcc_s.so.1"))]


def make(path, kernel, programs, files):
    """Writes the initramfs. The arguments are those of bed.make_image()."""
    image = bed.full_image(kernel, programs, files)
    for name in PROGRAMS:
        source = Path(name).resolve()
        image.add(str(source).lstrip("/"), source)
        image.libraries(source)
    for source in libraries_of_dlopen():
        if source.is_file():
            image.add(f"{bed.LIBS}/{source.name}", source.resolve())
    for name in UNITS:
        source = Path("/lib/systemd/system") / name
        if source.exists():
            image.add(f"usr/lib/systemd/system/{name}", source)
    for name, folder in (("vifi-ap@", "etc/systemd/system"), ("vifi-sta@", "etc/systemd/system"), ("vifi-air", "guest")):  # not installed: vifi-air
        text = (bed.BUILD / f"data/{name}.service").read_text()
        program = next(line.split("=", 1)[1].split()[0] for line in text.splitlines() if line.startswith("ExecStart="))
        image.add(f"{folder}/{name}.service", text.replace(program, "/usr/bin/vifi").encode(), 0o644)
    image.add("etc/systemd/system/agent.service", AGENT.encode(), 0o644)
    image.link("etc/systemd/system/sysinit.target.wants/agent.service", "../agent.service")
    image.link("etc/systemd/system/sysinit.target.wants/systemd-journald.service", "/usr/lib/systemd/system/systemd-journald.service")
    image.link("etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target")
    image.add("guest/agent", START.encode())
    image.add("etc/machine-id", b"0123456789abcdef0123456789abcdef\n", 0o644)
    image.add("etc/os-release", b"ID=bed\n", 0o644)
    image.add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nvifi:x:990:990::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n", 0o644)
    image.add("etc/group", b"root:x:0:\nvifi:x:990:\nnogroup:x:65534:\ntty:x:5:\nnetdev:x:106:\n", 0o644)
    for folder in ("etc/vifi/ap", "etc/vifi/sta", "root", "var/log/journal"):
        image.directory(f"{folder}/x")
    image.link("init", str(Path("/lib/systemd/systemd").resolve()))
    image.write(path)
