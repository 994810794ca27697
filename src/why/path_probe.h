/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends a frame on the path of the guest's frames through this host, as if it had come by the uplink, and observes how
 * far it gets: from the uplink's port through the bridge to the guest's port, and the guest's answer from there out of
 * the uplink. This needs no knowledge of what loses a frame on the way.
 */
#ifndef VIFI_WHY_PATH_PROBE_H
#define VIFI_WHY_PATH_PROBE_H

#include "why/wire_probe.h"

struct path_probe {
	struct wire_question
		question; /* to the guest, of a neighbour; its interface is the one before the uplink's port */
	int port, uplink; /* interfaces */
	/* results */
	bool delivered; /* sent out of the guest's port */
	bool answered;  /* the answer has come by the guest's port */
	bool left;      /* and was sent out of the uplink */
};

/* Sends each frame twice at most, and waits as wire_probe() until all have made their way. Returns 0 or a negative errno. */
int path_probe(struct path_probe *probes, size_t count, int wait_ms, struct wait_budget *budget);

#endif
