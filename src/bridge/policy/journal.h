/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changes that `vifi bridge up` has made to the machine, so that `down` or a later `up` can undo them.
 *
 * The journal is one line in the ifalias of the uplink veth, vifi0. There it outlives the process, `ip link` shows it,
 * it needs no file, and it disappears with the interface.
 *
 *   vifi-bridge 1 uplink=wlan0 bridge=br0 made=bridge,allmulti,qdisc blink=7,9
 */
#ifndef VIFI_BRIDGE_POLICY_JOURNAL_H
#define VIFI_BRIDGE_POLICY_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_MAX        256 /* IFALIASZ */
#define JOURNAL_BOUNCE_MAX 12  /* as many ports as the line holds */

struct journal {
	char uplink[16]; /* names at the time of `up` */
	char bridge[16];
	bool made_bridge;   /* the bridge did not exist */
	bool made_up;       /* the bridge existed and was down */
	bool made_allmulti; /* IFF_ALLMULTI was not set on the uplink */
	bool made_qdisc;    /* the uplink had no clsact qdisc */
	/* Bridge ports (ifindex) whose carrier is off at this moment, in the course of a bounce (rule 25); "blink=". */
	int bounce_ports[JOURNAL_BOUNCE_MAX];
	size_t n_bounce_ports;
};

/* Writes the line. */
void journal_format(const struct journal *journal, char text[JOURNAL_MAX]);

/* Reads a line. Returns false when it is not a journal. Unknown words are skipped. */
bool journal_parse(struct journal *journal, const char *text);

#endif
