/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/plan/plan.h"

#include "base/mac.h"

#include <stdio.h>
#include <string.h>

static const char *const hypervisors[SETUP_HYPERVISORS] = {
	[SETUP_LIBVIRT] = "libvirt",
	[SETUP_QEMU] = "QEMU",
	[SETUP_PROXMOX] = "Proxmox VE",
	[SETUP_XEN] = "Xen",
	[SETUP_LXD] = "LXD",
	[SETUP_INCUS] = "Incus",
	[SETUP_LXC] = "LXC",
	[SETUP_NSPAWN] = "systemd-nspawn",
	[SETUP_DOCKER] = "Docker",
	[SETUP_PODMAN] = "Podman",
};

static const char *const managers[SETUP_MANAGERS] = {
	[SETUP_NETWORK_MANAGER] = "NetworkManager",
	[SETUP_NETWORKD] = "systemd-networkd",
	[SETUP_IFUPDOWN] = "ifupdown",
	[SETUP_CONNMAN] = "ConnMan",
	[SETUP_DHCPCD] = "dhcpcd",
	[SETUP_IWD] = "iwd",
};

const char *setup_hypervisor_name(enum setup_hypervisor hypervisor)
{
	return hypervisors[hypervisor];
}

const char *setup_manager_name(enum setup_manager manager)
{
	return managers[manager];
}

/* The names become parts of files that other programs read: no character may have a meaning there. */
static bool is_plain_name(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return name[0] && name[0] != '.' && name[0] != '-' && strlen(name) < 16 && strspn(name, plain) == strlen(name);
}

/* ---- the uplink ---- */

static const struct uplink_candidate *find_link(const struct setup_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (!strcmp(facts->links[i].name, name))
			return &facts->links[i];
	return NULL;
}

static bool choose_uplink(struct setup_plan *plan, const struct setup_facts *facts, struct error *error)
{
	const struct uplink_candidate *link;

	if (facts->uplink[0]) {
		link = find_link(facts, facts->uplink);
		if (link && !link->usable) {
			error_set(error, 0,
				  "%s cannot be the uplink: it is not an Ethernet or Wi-Fi interface, or it is a port "
				  "of a bridge; `ip "
				  "link` lists the interfaces",
				  facts->uplink);
			return false;
		}
		memcpy(plan->uplink, facts->uplink, sizeof(plan->uplink));
		snprintf(plan->uplink_reason, sizeof(plan->uplink_reason), "%s",
			 link ? "named on the command line" : "named on the command line; it does not exist yet");
		return true;
	}
	link = uplink_choose(facts->links, facts->n_links, true);
	for (size_t i = 0; !link && i < facts->n_links; i++)
		if (facts->links[i].wifi) {
			error_set(error, 0,
				  "%s, a Wi-Fi client, is a port of a bridge, where frames leave with the guests' MAC "
				  "addresses; run `ip link "
				  "set %s nomaster`, move the host's addresses to %s, and run this again",
				  facts->links[i].name, facts->links[i].name, facts->links[i].name);
			return false;
		}
	if (!link) {
		error_set(error, 0,
			  "no interface has a default route, and none is a Wi-Fi client; connect to the network, or "
			  "name the "
			  "uplink (vifi setup wlan0)");
		return false;
	}
	memcpy(plan->uplink, link->name, sizeof(plan->uplink));
	snprintf(plan->uplink_reason, sizeof(plan->uplink_reason), "%s",
		 !link->wifi                ? "the interface of the default route; it is not a Wi-Fi interface"
		 : link->rank == UINT64_MAX ? "the Wi-Fi interface; it has no default route at present"
					    : "the Wi-Fi interface of the default route");
	return true;
}

/* ---- the bridge ---- */

static const struct setup_bridge *find_bridge(const struct setup_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_bridges; i++)
		if (!strcmp(facts->bridges[i].name, name))
			return &facts->bridges[i];
	return NULL;
}

/* A bridge with an address or hardware of its own serves something else, and would be a loop or a second network. */
static bool is_taken(const struct setup_facts *facts, const char *name)
{
	const struct setup_bridge *bridge = find_bridge(facts, name);

	return (bridge && !bridge->own && (bridge->port[0] || bridge->has_address)) ||
	       (!bridge && find_link(facts, name));
}

static bool choose_bridge(struct setup_plan *plan, const struct setup_facts *facts, struct error *error)
{
	const char *prefix = facts->hypervisor[SETUP_PROXMOX] ? "vmbr" : "br";
	char first[16];

	if (facts->bridge[0]) {
		const struct setup_bridge *bridge = find_bridge(facts, facts->bridge);

		memcpy(plan->bridge, facts->bridge, sizeof(plan->bridge));
		if (!strcmp(plan->bridge, plan->uplink) || (!bridge && find_link(facts, plan->bridge))) {
			error_set(error, 0, "%s is not a bridge; name a bridge, or a new one to create", plan->bridge);
			return false;
		}
		if (bridge && bridge->server[0]) { /* `up` refuses it, too */
			error_set(error, 0,
				  "this host runs a DHCP server for %s: %s; name another bridge (vifi setup %s br0), "
				  "or stop "
				  "the server",
				  plan->bridge, bridge->server, plan->uplink);
			return false;
		}
		if (bridge && bridge->port[0])
			setup_plan_note(
				plan,
				"%s has the port %s, which is hardware: if that leads to the same network, the two "
				"paths are a loop. "
				"Remove it, or name another bridge.",
				plan->bridge, bridge->port);
		return true;
	}
	for (int number = 0; number < 100; number++) {
		snprintf(plan->bridge, sizeof(plan->bridge), "%s%d", prefix, number);
		if (!is_taken(facts, plan->bridge))
			break;
	}
	snprintf(first, sizeof(first), "%s0", prefix);
	if (strcmp(plan->bridge, first))
		setup_plan_note(plan,
				"%s exists and serves something else, so that %s becomes the bridge of the guests.",
				first, plan->bridge);
	return true;
}

bool setup_interfaces_read_folder(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *end;

		line += strspn(line, "\n \t");
		end = strchr(line, '\n');
		if (!strncmp(line, "source", 6) && strstr(line, "interfaces.d") &&
		    (!end || strstr(line, "interfaces.d") < end))
			return true;
	}
	return false;
}

bool setup_plan_make(struct setup_plan *plan, const struct setup_facts *facts, struct error *error)
{
	const struct uplink_candidate *link;
	const struct setup_bridge *bridge;

	memset(plan, 0, sizeof(*plan));
	if (!choose_uplink(plan, facts, error) || !choose_bridge(plan, facts, error))
		return false;
	if (!is_plain_name(plan->uplink) || !is_plain_name(plan->bridge)) {
		error_set(error, 0,
			  "`%s` is not a name that configuration files can hold; use letters, digits, `.`, `_` and "
			  "`-`, at most "
			  "15",
			  is_plain_name(plan->uplink) ? plan->bridge : plan->uplink);
		return false;
	}
	bridge = find_bridge(facts, plan->bridge);
	link = find_link(facts, plan->uplink);
	if (link && link->wifi)
		mac_copy(plan->uplink_mac, link->permanent_mac);
	if (link && !link->wifi)
		setup_plan_note(plan,
				"%s is not a Wi-Fi interface. An Ethernet port that accepts many MAC addresses needs "
				"no vifi: there, make it "
				"a port of %s.",
				plan->uplink, plan->bridge);
	setup_plan_conf(plan);
	plan->makes_bridge = !bridge || bridge->own;
	setup_plan_managers(plan, facts, plan->makes_bridge);
	setup_plan_hypervisors(plan, facts);
	setup_plan_services(plan, facts);
	return true;
}
