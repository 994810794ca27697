# SPDX-License-Identifier: GPL-2.0-or-later
"""Xen in the test bed: the hypervisor, Debian as dom0 with radios of mac80211_hwsim, and PV guests.

The machine is that of bed.py; what QEMU boots is Xen, which starts the kernel with the initramfs as dom0. The guests
are the same kernel with a small initramfs (guest/domu-init); `extra` of their configuration says what they do, and
their console, /var/log/xen/console/guest-NAME.log in dom0, has the results.
"""
import re

import bed

KERNEL = "6.1"
MODULES = ["xen-evtchn", "xen-gntdev", "xen-gntalloc", "xenfs", "xen-privcmd", "xen-netback"]
GUEST_MODULES = ["xen-netfront", "crc32c_generic", "nf_tables", "nft_chain_nat", "nft_masq", "nft_ct", "nft_reject_inet"]
TOOLS = "xl xenstored xenconsoled xen-init-dom0 libxl-save-helper".split()
EXAMPLES = bed.SOURCE / "doc/xen"


def folder():
    return bed.CACHE / "xen/root"


def guest_image(kernel):
    """The initramfs of a guest."""
    image = bed.Image(kernel)
    image.busybox()
    for name in ("dash", "ip", "ping", "kmod", "nft"):
        image.program(name)
    image.link("usr/bin/sh", "dash")
    image.link("usr/bin/modprobe", "kmod")
    image.modules(GUEST_MODULES)
    image.add("init", bed.HERE / "guest/domu-init")
    for name in ("udhcpc.script", "firewall.nft"):
        image.add(f"guest/{name}", bed.HERE / "guest" / name)
    return image


def make_image(path, kernel, programs, files):
    """Writes the initramfs of dom0. The arguments are those of bed.make_image()."""
    guest = path.with_suffix(".guest")
    guest_image(kernel).write(guest)
    image = bed.full_image(kernel, ["bash", *programs],
                           {"dom/kernel": bed.CACHE / "kernels" / kernel / "vmlinux", "dom/initramfs": guest, **files}, MODULES)
    tools = f"usr/lib/xen-{(bed.CACHE / 'xen/version').read_text().strip()}/bin"
    for name in TOOLS:  # xl starts its helpers by their paths
        image.add(f"{tools}/{name}", folder() / tools / name)
        image.libraries(folder() / tools / name)
        image.link(f"usr/bin/{name}", f"/{tools}/{name}")
    image.add(f"{bed.LIBS}/libgcc_s.so.1", f"/{bed.LIBS}/libgcc_s.so.1")  # pthread_cancel() loads it
    for path_in_root in (folder() / "usr/bin").glob("xenstore*"):
        image.program(path_in_root)
    for source in (folder() / "etc/xen").rglob("*"):
        if source.is_file():
            image.add(str(source.relative_to(folder())), source)
    image.add("etc/xen/scripts/vif-vifi", EXAMPLES / "vif-vifi")
    image.write(path)


class Machine(bed.Machine):
    """Xen with dom0."""

    DOM0_MEGABYTES = 1100

    def __init__(self, initramfs, console, kernel):
        super().__init__(initramfs, console, kernel, memory=2300)

    def software(self, initramfs):
        """Without bootscrub=0 Xen clears its free memory whenever it is idle, and so the host has to provide all of it."""
        vmlinux = bed.CACHE / "kernels" / self.kernel / "vmlinux"
        return ["-cpu", "max,-smap,-smep,-rdtscp", "-kernel", bed.CACHE / "xen/xen.elf",
                "-append", f"console=com1 com1=115200,8n1 dom0_mem={self.DOM0_MEGABYTES}M,max:{self.DOM0_MEGABYTES}M dom0_max_vcpus=1 "
                           "loglvl=warning noreboot=1 cpufreq=none bootscrub=0",
                "-initrd", f"{vmlinux} console=hvc0 {self.KERNEL_LINE},{initramfs}"]


class Guest:
    """A running guest, made from an example of doc/xen: its kernel, initramfs, memory and `extra` are replaced."""

    def __init__(self, world, example, name, extra, macs=None):
        self.world, self.name = world, name
        text = (EXAMPLES / example).read_text()
        for key, value in {"name": name, "kernel": "/dom/kernel", "ramdisk": "/dom/initramfs"}.items():
            text, count = re.subn(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text)
            assert count == 1, f"{example}: {key}"
        text = re.sub(r"(?m)^memory = .*$", "memory = 256", text)
        for old, new in (macs or {}).items():
            assert old in text, f"{example}: {old}"
            text = text.replace(old, new)
        world.file(f"/run/{name}.cfg", f'{text}extra = "console=hvc0 quiet {extra}"\n')
        world.run(f"xl create /run/{name}.cfg", 120)

    def console(self):
        return self.world.run(f"cat /var/log/xen/console/guest-{self.name}.log")

    def wait_for(self, text, seconds=120):
        """Waits until the console shows a text; returns the results (`WORD key=value`) before it."""
        done = self.world.try_run(f"exec await /var/log/xen/console/guest-{self.name}.log 1 {seconds} 1 '{text}'", seconds + 15)
        console = self.console()
        assert done.rc == 0, f"no '{text}' on the console of {self.name}:\n{console}\n" + self.world.run("tail -n 20 /var/log/xen/*.log")
        return dict(re.findall(r"(?m)^[A-Z]+ (\w+)=(\S+)", console))

    def destroy(self):
        self.world.run(f"xl destroy {self.name}", 60)
