/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a report need of this host: names of interfaces, networks of the uplink. One reading serves all of them. */
#ifndef VIFI_BRIDGE_REPORT_FACTS_H
#define VIFI_BRIDGE_REPORT_FACTS_H

#include "bridge/policy/on_link.h"
#include "bridge/report_source.h"
#include "bridge/snapshot.h"

struct report_facts {
	const struct bridge_report_source *source;
	struct bridge_snapshot snapshot;
	const struct netdev_link **links; /* of the snapshot, by ifindex */
	struct on_link networks;
	struct mn_config config;
	uint64_t now; /* ns */
};

/* Reads the facts. Without an answer of the kernel there are no names and no networks. Returns 0 or -ENOMEM; free them in both cases. */
int report_facts_read(struct report_facts *facts, const struct bridge_report_source *source);
void report_facts_free(struct report_facts *facts);

/* NULL: there is no such link. */
const struct netdev_link *report_link(const struct report_facts *facts, int ifindex);

/* The name of a link, whose bytes may be any; null without one. */
json_t *report_link_json(const struct netdev_link *link);
/* The name of a bridge port; 0: of the bridge itself. null: a restored binding without traffic, or a port that has just left. */
json_t *report_port_json(const struct report_facts *facts, uint32_t port);

/* Seconds since a time, 0 if it is in the future; seconds until one, null for 0. */
json_t *report_since_json(const struct report_facts *facts, uint64_t then);
json_t *report_until_json(const struct report_facts *facts, uint64_t then);

/* The state of the uplink: {"present", "up", "carrier", "mtu", "addresses", "networks"}. */
json_t *report_link_state_json(const struct report_facts *facts);

#endif
