/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/caps.h"

#include "bridge/log.h"

#include <stdlib.h>

enum { REPEAT_SECONDS = 3600 };

struct port_caps {
	uint32_t ifindex;
	uint64_t n_limited;   /* at the last check */
	uint64_t limited_log; /* ns, time of the last line; 0: none */
};

struct bridge_caps {
	struct bridge *bridge;
	struct port_caps *ports; /* in the order of the store */
	size_t count;
};

struct bridge_caps *bridge_caps_new(struct bridge *bridge)
{
	struct bridge_caps *caps = calloc(1, sizeof(*caps));

	if (caps)
		caps->bridge = bridge;
	return caps;
}

void bridge_caps_free(struct bridge_caps *caps)
{
	if (!caps)
		return;
	free(caps->ports);
	free(caps);
}

static struct port_caps find_port(const struct bridge_caps *caps, uint32_t ifindex)
{
	for (size_t i = 0; i < caps->count; i++)
		if (caps->ports[i].ifindex == ifindex)
			return caps->ports[i];
	return (struct port_caps){.ifindex = ifindex};
}

/* Is a line due? Then remembers its time. */
static bool is_due(uint64_t *last, uint64_t now)
{
	if (*last && now - *last < REPEAT_SECONDS * MN_NS_PER_SEC)
		return false;
	*last = now;
	return true;
}

static void check_port(const struct bridge *bridge, struct port_caps *port, const struct store_port *current)
{
	const struct mn_config *config = &bridge->config;
	uint64_t now = bridge_now(), interval = config->learn_interval_ns;
	struct netdev_link link;

	if (current->n_limited > port->n_limited && interval && is_due(&port->limited_log, now) &&
	    netdev_link_by_index(bridge->nd, (int)current->ifindex, &link) == 0)
		bridge_log("%s uses new addresses faster than learn-burst = %llu and learn-rate = %llu allow (%s); "
			   "raise them if that many machines are behind it",
			   link.name, (unsigned long long)(config->learn_credit_ns / interval),
			   (unsigned long long)(MN_NS_PER_SEC / interval), drop_name(DROP_LEARN_RATE));
	port->n_limited = current->n_limited;
}

void bridge_caps_check(struct bridge_caps *caps)
{
	struct bridge *bridge = caps->bridge;
	struct store_port *current = NULL;
	struct port_caps *ports;
	size_t count = 0;

	if (bridge->store->ops->ports(bridge->store, &current, &count) < 0)
		return;
	ports = calloc(count + 1, sizeof(*ports));
	for (size_t i = 0; i < count && ports; i++) {
		ports[i] = find_port(caps, current[i].ifindex);
		/* The uplink's port has the stations, which are no fault of a guest. */
		if (current[i].ifindex != (uint32_t)bridge->uplink.ifindex)
			check_port(bridge, &ports[i], &current[i]);
	}
	free(current);
	if (!ports)
		return;
	free(caps->ports);
	caps->ports = ports;
	caps->count = count;
}
