/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi bridge up` changed on the machine, so that `down`, or a later `up`, can put it back.
 *
 * It is kept as one line in the ifalias of the uplink veth, vifi0: there it outlives the process, is seen by
 * `ip link`, needs no file, and goes with the interface.
 *
 *   vifi-bridge 1 uplink=wlan0 bridge=br0 made=bridge,allmulti,qdisc blink=7,9
 */
#ifndef VIFI_BRIDGE_POLICY_JOURNAL_H
#define VIFI_BRIDGE_POLICY_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_MAX        256 /* IFALIASZ */
#define JOURNAL_BOUNCE_MAX 12  /* as many ports as fit into the line */

struct journal {
	char uplink[16]; /* names, as they were then */
	char bridge[16];
	bool made_bridge;   /* the bridge did not exist */
	bool made_up;       /* the bridge existed and was down */
	bool made_allmulti; /* IFF_ALLMULTI was not set on the uplink */
	bool made_qdisc;    /* the uplink had no clsact qdisc */
	/* Bridge ports (ifindex) that have no carrier at this moment because guests are to look anew (rule 25). */
	int bounce_ports[JOURNAL_BOUNCE_MAX];
	size_t n_bounce_ports;
};

/* Writes the line; `text` holds JOURNAL_MAX bytes. */
void journal_format(const struct journal *journal, char text[JOURNAL_MAX]);

/* Reads a line. Returns false when it is none of ours; words that it does not know are passed over. */
bool journal_parse(struct journal *journal, const char *text);

#endif
