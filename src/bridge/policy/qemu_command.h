/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of a virtual machine in the command line of its QEMU process, which libvirt starts with the domain's name. */
#ifndef VIFI_BRIDGE_POLICY_QEMU_COMMAND_H
#define VIFI_BRIDGE_POLICY_QEMU_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads `line` of `len` bytes, the arguments, each with a terminating zero (/proc/PID/cmdline). Takes NAME of `-name NAME`,
 * `-name guest=NAME` and `--name …`; further members after a comma are skipped, and two commas are one in the name. Returns
 * false, with an empty name, where there is none. The name may hold any bytes but zero; it is cut to `size`.
 */
bool qemu_command_name(char *name, size_t size, const char *line, size_t len);

#endif
