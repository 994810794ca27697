/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network settings that only /proc/sys/net offers. */
#ifndef VIFI_NETDEV_SYSCTL_H
#define VIFI_NETDEV_SYSCTL_H

#include <stdbool.h>

/*
 * Keeps the kernel from sending frames of its own out of a link (router solicitations, MLD, DAD). `off` disables IPv6
 * on the link; otherwise only automatic addresses are disabled. A kernel without IPv6 is success.
 * -EROFS: /proc/sys is read-only; -ENOSYS: /proc is not mounted.
 */
int netdev_quiet_ipv6(const char *name, bool off);
/* Reads an integer of /proc/sys/net; `path` is relative to that. -ENOENT: this kernel has no such setting. */
int netdev_sysctl_get(const char *path, int *value);

#endif
