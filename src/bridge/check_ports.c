/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports of the bridge that pass no frames. */
#include "bridge/check_context.h"

#include "bridge/policy/journal.h"
#include "bridge/uplinks.h"
#include "daemon/json_text.h"
#include "netdev/link_filters.h"

#include <string.h>

/* Whether a guest has been heard on a port of a running bridge. */
static bool has_guest(const struct check_context *ctx, const char *port)
{
	json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(ctx->report, "bindings"), i, binding)
	{
		if (!strcmp(json_text(binding, "kind"), "guest") && !strcmp(json_text(binding, "port"), port))
			return true;
	}
	return false;
}

static void check_guest_port(struct check_context *ctx, const struct netdev_link *port)
{
	if (!(port->flags & IFF_UP))
		finding_set_remedy(findings_add(ctx->findings, ctx->id,
						has_guest(ctx, port->name) ? FINDING_FAIL : FINDING_WARN,
						"%s, a port of %s, is down: its guest reaches nobody.", port->name,
						ctx->bridge->name),
				   "Run `ip link set %s up`, and look for the program that sets it down.", port->name);
	else if (port->carrier && !port->port.forwarding && !ctx->bridge->bridge.stp)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"%s, a port of %s, forwards no frames: its state in the bridge is not "
						"`forwarding`.",
						port->name, ctx->bridge->name),
				   "Run `bridge link set dev %s state 3`.", port->name);
}

/* The port to the uplink; vifi0, its peer, is down while the uplink has no carrier. */
static void check_own_port(struct check_context *ctx, const struct netdev_link *port)
{
	if (port->master != ctx->bridge->ifindex)
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL,
				     "%s, which connects %s to the uplink, is not a port of it: guests reach only each "
				     "other.",
				     port->name, ctx->bridge->name),
			"Run `ip link set %s master %s`, and look for the program that takes it out (NetworkManager: "
			"`vifi "
			"setup`).",
			port->name, ctx->bridge->name);
	else if (!(port->flags & IFF_UP))
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL,
				     "%s, the port of %s to the uplink, is down: guests reach only each other.",
				     port->name, ctx->bridge->name),
			"Run `ip link set %s up`, and look for the program that sets it down.", port->name);
}

/* Whether a link is the peer of a veth whose journal names this bridge. */
static bool leads_to_uplink(const struct check_context *ctx, const struct netdev_link *link)
{
	const struct netdev_link *peer = netdev_link_in(ctx->links, ctx->n_links, link->peer);
	struct journal journal;

	return peer && journal_parse(&journal, peer->alias) && !strcmp(journal.bridge, ctx->bridge->name);
}

void check_ports(struct check_context *ctx)
{
	for (size_t i = 0; i < ctx->n_links; i++) {
		const struct netdev_link *link = &ctx->links[i];

		if (leads_to_uplink(ctx, link))
			check_own_port(ctx, link);
		else if (link->master == ctx->bridge->ifindex && !bridge_link_is_own(ctx->links, ctx->n_links, link))
			check_guest_port(ctx, link);
	}
}

/* A bridge that filters VLANs keeps a guest from the uplink whose port has another VLAN for untagged frames. */
void check_port_vlans(struct check_context *ctx)
{
	const struct netdev_link *own = NULL;
	struct netdev_port_vlans uplink, guest;

	for (size_t i = 0; i < ctx->n_links; i++)
		if (leads_to_uplink(ctx, &ctx->links[i]))
			own = &ctx->links[i];
	if (!own || !ctx->bridge->bridge.vlan_filtering || netdev_port_vlans_read(ctx->nd, own->ifindex, &uplink) < 0)
		return;
	for (size_t i = 0; i < ctx->n_links; i++) {
		const struct netdev_link *port = &ctx->links[i];

		if (port->master != ctx->bridge->ifindex || port == own ||
		    netdev_port_vlans_read(ctx->nd, port->ifindex, &guest) < 0 || !guest.pvid ||
		    netdev_has_vlan(uplink.vlans, guest.pvid))
			continue;
		finding_set_remedy(
			findings_add(
				ctx->findings, ctx->id, FINDING_WARN,
				"%s is in VLAN %u of %s, and %s, which leads to the uplink, is not: its guest does not "
				"reach the network.",
				port->name, guest.pvid, ctx->bridge->name, own->name),
			"If the network has this VLAN, list it in `vlans =` of the configuration. If it has no tags, "
			"run "
			"`bridge vlan add dev %s vid %u pvid untagged` after each `up`.",
			own->name, guest.pvid);
	}
}
