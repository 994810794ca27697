/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A side door into an interface: frames sent into it arrive as if the interface had received them.
 *
 * A packet socket can only send out of an interface.  The traffic control action "mirred ingress redirect" turns a
 * frame that leaves one interface into one that arrives by another, and needs no eBPF.  The one that it leaves is a tap
 * that exists for this alone: nobody reads it, it has no addresses, and it goes when its descriptor is closed, however
 * the process ends.  The frames keep their SO_MARK, by which a packet socket that listens on the other interface knows
 * them.
 *
 * Needs /dev/net/tun, and of the kernel CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED and CONFIG_NET_SCH_INGRESS.
 */
#ifndef VIFI_NETDEV_HOST_INJECT_H
#define VIFI_NETDEV_HOST_INJECT_H

struct host_inject {
	int fd;      /* keeps the tap; -1: none */
	int ifindex; /* of the tap: send here */
};

/*
 * Makes a tap called `name` (a new one) that leads into the interface `into`.  Returns 0, or a negative errno with what
 * failed in *step (a constant string).
 */
int host_inject_open(struct host_inject *inject, const char *name, int into, const char **step);
void host_inject_close(struct host_inject *inject);

#endif
