/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An echo request that takes the way of this host's own packets: its routes, its firewall, the uplink, and back. wire_probe.h
 * goes past all of these.
 */
#ifndef VIFI_WHY_HOST_PROBE_H
#define VIFI_WHY_HOST_PROBE_H

#include "why/wait_budget.h"

#include <stdbool.h>
#include <stdint.h>

/* Returns 1 if the answer has come, 0 if not within the time, or the negative errno by which the kernel refuses to send. */
int host_probe(bool ip6, const uint8_t *address, int wait_ms, struct wait_budget *budget);

#endif
