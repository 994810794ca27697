/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injects frames into an interface: they arrive as if the interface had received them.
 *
 * A packet socket can only send out of an interface. The traffic control action "mirred ingress redirect" turns a
 * frame that leaves one interface into one that arrives by another, and needs no eBPF. The first interface is a TAP made
 * for this purpose: it has no reader and no addresses, and it disappears when its descriptor is closed, however the
 * process ends. The frames keep their SO_MARK, by which a packet socket on the other interface recognizes them.
 *
 * Needs /dev/net/tun, and of the kernel CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED and CONFIG_NET_SCH_INGRESS.
 */
#ifndef VIFI_NETDEV_HOST_INJECT_H
#define VIFI_NETDEV_HOST_INJECT_H

#include "base/error.h"

struct host_inject {
	int fd;      /* keeps the TAP; -1: none */
	int ifindex; /* of the TAP: send here */
};

/*
 * Makes a TAP with the new name `name` that leads into the interface `into`. Returns 0, or a negative errno with a sentence
 * in *error.
 */
int host_inject_open(struct host_inject *inject, const char *name, int into, struct error *error);
void host_inject_close(struct host_inject *inject);

#endif
