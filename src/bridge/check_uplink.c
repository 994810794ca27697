/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check_context.h"

#include "bpf/loader.h"
#include "bpf/reserve.h"
#include "bridge/policy/identity.h"
#include "daemon/json_text.h"
#include "netdev/sysctl.h"
#include "netdev/wifi.h"
#include "wire/ip.h"

#include <glob.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the interface ---- */

void check_uplink_kind(struct check_context *ctx)
{
	const struct netdev_link *uplink = ctx->uplink;
	const char *master = netdev_link_name_in(ctx->links, ctx->n_links, uplink->master);

	if (!strcmp(uplink->kind, "bridge"))
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL, "The uplink %s is a bridge.", uplink->name),
			"Name the interface that leads to the network first, then the bridge of the guests.");
	else if (!identity_is_ethernet(uplink))
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"%s is not an Ethernet or Wi-Fi interface.", uplink->name),
				   "Name the interface that leads to the network; `ip link` lists the interfaces.");
	if (master)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"%s is a port of %s, so frames leave with the guests' MAC addresses.",
						uplink->name, master),
				   "Run `ip link set %s nomaster`, then move the host's addresses from %s to %s.",
				   uplink->name, master, uplink->name);
}

void check_uplink_state(struct check_context *ctx)
{
	const char *name = ctx->uplink->name;

	if (!(ctx->uplink->flags & IFF_UP))
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL, "%s is down: guests have no network.", name),
			"Run `ip link set %s up`, and connect to the network; `rfkill list` shows whether the "
			"radio is blocked.",
			name);
	else if (!ctx->uplink->carrier)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"%s is not connected (no carrier): guests have no network.", name),
				   "Connect it to its network; `iw dev %s link` shows the state of a Wi-Fi interface.",
				   name);
}

void check_uplink_address(struct check_context *ctx)
{
	for (size_t i = 0; i < ctx->n_addrs; i++) {
		const struct netdev_addr *addr = &ctx->addrs[i];
		bool link_local =
			addr->family == AF_INET6 ? ip6_is_link_local(addr->addr) : ip4_is_link_local(addr->addr);

		if (addr->ifindex == ctx->uplink->ifindex && !link_local && !addr->tentative)
			return;
	}
	finding_set_remedy(
		findings_add(ctx->findings, ctx->id, FINDING_WARN,
			     "%s has no IP address: this host has no network there, and guests probably have none.",
			     ctx->uplink->name),
		"Look at the DHCP client of this host (`networkctl status %s`, `nmcli device show %s`).",
		ctx->uplink->name, ctx->uplink->name);
}

void check_wifi(struct check_context *ctx)
{
	const struct netdev_link *uplink = ctx->uplink;
	struct netdev_wifi_info info;

	if (!netdev_wifi_query(uplink->name, uplink->ifindex, &info))
		return;
	if (!info.station)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"%s is a Wi-Fi interface, but not in station (client) mode.",
						uplink->name),
				   "vifi is for stations; the interface of an access point can be a bridge port "
				   "without vifi. `iw dev %s info` shows the mode.",
				   uplink->name);
	else if (info.four_addr)
		findings_add(
			ctx->findings, ctx->id, FINDING_NOTE,
			"%s is in 4-address mode: if the access point supports it, too, a plain bridge works without "
			"vifi.",
			uplink->name);
	else if (info.mac80211)
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_NOTE,
				     "The driver of %s supports 4-address mode: if the access point supports it, too "
				     "(WDS), a "
				     "plain bridge works without vifi.",
				     uplink->name),
			"Run `iw dev %s set 4addr on`, then `ip link set %s master BRIDGE`. With any other access "
			"point "
			"use vifi.",
			uplink->name, uplink->name);
}

/* ---- its settings ---- */

static bool rp_filter_is_strict(const char *name)
{
	char path[64];
	int all = 0, own = 0;

	snprintf(path, sizeof(path), "ipv4/conf/%s/rp_filter", name);
	netdev_sysctl_get("ipv4/conf/all/rp_filter", &all);
	netdev_sysctl_get(path, &own);
	return (all > own ? all : own) == 1; /* the higher value applies; 2 is loose */
}

void check_rp_filter(struct check_context *ctx)
{
	const char *name = ctx->uplink->name;

	if (rp_filter_is_strict(name))
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"rp_filter is strict on %s: the host drops packets from a guest if its "
						"own route to that guest uses another interface.",
						name),
				   "Run `sysctl -w net/ipv4/conf/all/rp_filter=2 net/ipv4/conf/%s/rp_filter=2`.", name);
}

void check_proxy_arp(struct check_context *ctx)
{
	const struct netdev_link *const each[] = {ctx->uplink, ctx->bridge};
	char path[64];
	int value;

	for (size_t i = 0; i < 2; i++) {
		if (!each[i])
			continue;
		snprintf(path, sizeof(path), "ipv4/conf/%s/proxy_arp", each[i]->name);
		if (netdev_sysctl_get(path, &value) == 0 && value)
			finding_set_remedy(
				findings_add(ctx->findings, ctx->id, FINDING_FAIL,
					     "proxy_arp is on for %s: the host answers ARP requests for other nodes' "
					     "addresses.",
					     each[i]->name),
				"Run `sysctl -w net/ipv4/conf/%s/proxy_arp=0`.", each[i]->name);
	}
}

static bool is_own_program(const char *program)
{
	for (int i = 0; i < PART_HOOKS; i++)
		if (!strcmp(program, kernel_part_program((enum part_hook)i)))
			return true;
	return !strcmp(program, RESERVED_PROGRAM);
}

/* Reports another tc program. `ahead`: it comes before the program of vifi at the same hook. */
static void add_other_program(struct check_context *ctx, const struct attachment *program, bool ahead)
{
	const char *uplink = ctx->uplink->name, *hook = program->egress ? "egress" : "ingress",
		   *name = program->name[0] ? program->name : "?";

	if (ahead)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_WARN,
						"%s has another tc program on %s, %s: it runs before the programs of "
						"vifi, which do not see the frames that it drops or redirects.",
						uplink, hook, name),
				   "Detach it, or restart the bridge, which puts vifi's program first; `bpftool net "
				   "show dev %s` lists the programs.",
				   uplink);
	else if (!strcmp(json_text(ctx->report, "engine"), "user"))
		findings_add(ctx->findings, ctx->id, FINDING_NOTE,
			     "%s has another tc program on %s, %s: it sees the guests' frames, too.", uplink, hook,
			     name);
	else
		findings_add(ctx->findings, ctx->id, FINDING_NOTE,
			     "%s has another tc program on %s, %s: it runs after the programs of vifi, and sees the "
			     "frames that they pass.",
			     uplink, hook, name);
}

void check_other_programs(struct check_context *ctx)
{
	enum { PROGRAMS_MAX = 128 };
	struct attachment list[PROGRAMS_MAX];

	for (int egress = 0; egress < 2; egress++) {
		int count = attach_list(ctx->uplink->ifindex, egress, list, PROGRAMS_MAX), own = 0;

		if (count > PROGRAMS_MAX)
			count = PROGRAMS_MAX;
		for (int i = 0; i < count; i++)
			if (is_own_program(list[i].name))
				own = i;
		for (int i = 0; i < count; i++)
			if (!is_own_program(list[i].name))
				add_other_program(ctx, &list[i], i < own);
	}
}

/* ---- NetworkManager ---- */

static int on_nm_key(void *user, const char *section, const char *name, const char *value)
{
	static const char *const keys[] = {"cloned-mac-address", "wifi.cloned-mac-address",
					   "ethernet.cloned-mac-address", "802-11-wireless.cloned-mac-address"};

	(void)section;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(name, keys[i]) && value && !strcmp(value, "random"))
			*(bool *)user = true;
	return 1;
}

bool check_nm_randomises(const char *path)
{
	bool random = false;

	ini_parse(path, on_nm_key, &random);
	return random;
}

static const char *const nm_files[] = {
	"/etc/NetworkManager/NetworkManager.conf",  "/etc/NetworkManager/conf.d/*.conf",
	"/usr/lib/NetworkManager/conf.d/*.conf",    "/run/NetworkManager/conf.d/*.conf",
	"/etc/NetworkManager/system-connections/*", "/run/NetworkManager/system-connections/*",
};

void check_mac_randomisation(struct check_context *ctx)
{
	glob_t matches;

	for (size_t i = 0; i < sizeof(nm_files) / sizeof(nm_files[0]); i++) {
		if (glob(nm_files[i], 0, NULL, &matches) == 0)
			for (size_t k = 0; k < matches.gl_pathc; k++)
				if (check_nm_randomises(matches.gl_pathv[k]))
					finding_set_remedy(
						findings_add(ctx->findings, ctx->id, FINDING_FAIL,
							     "%.120s makes NetworkManager use a new random MAC address "
							     "for each connection: after each reconnection the guests "
							     "need new leases, and their neighbours cannot reach them.",
							     matches.gl_pathv[k]),
						"Set cloned-mac-address=stable (or permanent) there, run `nmcli "
						"connection reload`, and connect again.");
		globfree(&matches);
	}
}

static int on_nm_device(void *user, const char *section, const char *name, const char *value)
{
	(void)section;
	if (value && strstr(value, "interface-name:vifi") &&
	    (!strcmp(name, "match-device") || !strncmp(name, "unmanaged-devices", 17)))
		*(bool *)user = true;
	return 1;
}

static bool nm_leaves_vifi_alone(void)
{
	glob_t matches;
	bool found = false;

	for (size_t i = 0; i < 4; i++) { /* the others are connections */
		if (glob(nm_files[i], 0, NULL, &matches) == 0)
			for (size_t k = 0; k < matches.gl_pathc; k++)
				ini_parse(matches.gl_pathv[k], on_nm_device, &found);
		globfree(&matches);
	}
	return found;
}

/* NetworkManager's own rules exempt veths, and need udev. */
void check_network_manager(struct check_context *ctx)
{
	if (access("/run/NetworkManager", F_OK) != 0 || access("/run/udev/control", F_OK) == 0 ||
	    nm_leaves_vifi_alone())
		return;
	finding_set_remedy(
		findings_add(
			ctx->findings, ctx->id, FINDING_WARN,
			"NetworkManager runs without udev, and so takes vifi0 and vifi0p: it may add addresses, or "
			"remove "
			"vifi0p from the bridge."),
		"Run `vifi setup`, or write `[device-vifi]`, `match-device=interface-name:vifi*` and `managed=0` to "
		"/etc/NetworkManager/conf.d/90-vifi.conf, and run `nmcli general reload conf`.");
}
