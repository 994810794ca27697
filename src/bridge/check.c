/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check.h"

#include "bpf/loader.h"
#include "bridge/firewall_rules.h"
#include "bridge/policy/journal.h"
#include "bridge/policy/port_kind.h"
#include "daemon/privilege.h"
#include "netdev/nft_ruleset.h"
#include "netdev/rtnl.h"
#include "netdev/sysctl.h"
#include "netdev/wifi.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <glob.h>
#include <ini.h>
#include <linux/if_arp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check_context {
	struct check_findings *findings;
	struct netdev *nd;
	struct netdev_link *links;
	struct netdev_addr *addrs;
	size_t n_links, n_addrs;
	const struct netdev_link *uplink, *bridge; /* NULL: not named or missing */
};

/* Adds a finding; set_remedy() adds its remedy. */
static struct check_finding *add_finding(struct check_context *ctx, const char *name, bool problem, const char *format,
					 ...) __attribute__((format(printf, 4, 5)));

static struct check_finding *add_finding(struct check_context *ctx, const char *name, bool problem, const char *format,
					 ...)
{
	struct check_findings *findings = ctx->findings;
	struct check_finding *finding = &findings->list[findings->count];
	va_list list;

	if (findings->count + 1 < sizeof(findings->list) / sizeof(findings->list[0]))
		findings->count++;
	memset(finding, 0, sizeof(*finding));
	finding->name = name;
	finding->problem = problem;
	va_start(list, format);
	vsnprintf(finding->sentence, sizeof(finding->sentence), format, list);
	va_end(list);
	return finding;
}

static void __attribute__((format(printf, 2, 3))) set_remedy(struct check_finding *finding, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(finding->remedy, sizeof(finding->remedy), format, list);
	va_end(list);
}

static const struct netdev_link *find_link(const struct check_context *ctx, const char *name)
{
	for (size_t i = 0; name && i < ctx->n_links; i++)
		if (!strcmp(ctx->links[i].name, name))
			return &ctx->links[i];
	return NULL;
}

static bool is_own_program(const char *program)
{
	for (int i = 0; i < PART_HOOKS; i++)
		if (!strcmp(program, kernel_part_program((enum part_hook)i)))
			return true;
	return false;
}

/* ---- the process and the kernel ---- */

static void check_privileges(struct check_context *ctx)
{
	char names[128];

	if (privilege_missing(true, names, sizeof(names)))
		set_remedy(add_finding(ctx, "privilege", true, "This process lacks %s.", names), "Run it as root.");
}

static void check_kernel(struct check_context *ctx)
{
	if (geteuid() != 0)
		return; /* without root the probes fail even if the kernel supports eBPF */
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL) == 0 ||
	    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 0)
		set_remedy(add_finding(ctx, "ebpf", true, "This kernel does not support eBPF programs for tc."),
			   "Use `vifi bridge up --engine=user`, which is slower, or a kernel with CONFIG_BPF_SYSCALL, "
			   "CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS.");
	else if (ctx->uplink && !attach_has_tcx(ctx->uplink->ifindex))
		add_finding(ctx, "tcx", false,
			    "This kernel has no TCX (Linux 6.6): the programs are attached as clsact filters, and "
			    "there is no outbound shortcut past the bridge.");
}

static void check_br_netfilter(struct check_context *ctx)
{
	static const char *const keys[] = {"bridge-nf-call-iptables", "bridge-nf-call-ip6tables",
					   "bridge-nf-call-arptables"};
	char path[64], on[200] = "";
	int value;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(on);

		snprintf(path, sizeof(path), "bridge/%s", keys[i]);
		if (netdev_sysctl_get(path, &value) == 0 && value)
			snprintf(on + len, sizeof(on) - len, " net.bridge.%s=0", keys[i]);
	}
	if (on[0])
		set_remedy(add_finding(ctx, "br_netfilter", true,
				       "br_netfilter is on: the host's IP firewall filters, and may rewrite, the "
				       "guests' frames on the bridge."),
			   "Run `sysctl -w%s`. Docker and Kubernetes turn it on again: with them, accept the frames of "
			   "the bridge in the chain FORWARD.",
			   on);
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

static void check_network_manager(struct check_context *ctx)
{
	static const char *const patterns[] = {
		"/etc/NetworkManager/NetworkManager.conf",  "/etc/NetworkManager/conf.d/*.conf",
		"/usr/lib/NetworkManager/conf.d/*.conf",    "/run/NetworkManager/conf.d/*.conf",
		"/etc/NetworkManager/system-connections/*", "/run/NetworkManager/system-connections/*",
	};
	glob_t matches;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (glob(patterns[i], 0, NULL, &matches) == 0)
			for (size_t k = 0; k < matches.gl_pathc; k++)
				if (check_nm_randomises(matches.gl_pathv[k]))
					set_remedy(
						add_finding(ctx, "mac_randomisation", true,
							    "%.120s makes NetworkManager use a new random MAC "
							    "address for each connection: after each one the guests "
							    "need new leases, and their neighbours cannot reach them.",
							    matches.gl_pathv[k]),
						"Set cloned-mac-address=stable (or permanent) there, run `nmcli "
						"connection reload`, and connect again.");
		globfree(&matches);
	}
}

/* ---- the uplink ---- */

static void check_uplink_kind(struct check_context *ctx)
{
	const struct netdev_link *uplink = ctx->uplink;

	if (!strcmp(uplink->kind, "bridge"))
		set_remedy(add_finding(ctx, "uplink_bridge", true, "The uplink %s is a bridge.", uplink->name),
			   "Name the interface that leads to the network first, then the bridge of the guests.");
	else if (uplink->flags & IFF_LOOPBACK || uplink->arptype != ARPHRD_ETHER)
		set_remedy(add_finding(ctx, "uplink_kind", true, "%s is not an Ethernet or Wi-Fi interface.",
				       uplink->name),
			   "Name the interface that leads to the network; `ip link` lists the interfaces.");
	if (!uplink->master)
		return;
	for (size_t i = 0; i < ctx->n_links; i++)
		if (ctx->links[i].ifindex == uplink->master)
			set_remedy(add_finding(ctx, "uplink_port", true,
					       "%s is a port of %s, so frames leave with the guests' MAC addresses.",
					       uplink->name, ctx->links[i].name),
				   "Run `ip link set %s nomaster`, then move the host's addresses from %s to %s.",
				   uplink->name, ctx->links[i].name, uplink->name);
}

static void check_wifi(struct check_context *ctx)
{
	const struct netdev_link *uplink = ctx->uplink;
	struct netdev_wifi_info info;

	if (!netdev_wifi_query(uplink->name, uplink->ifindex, &info))
		return;
	if (!info.station)
		set_remedy(add_finding(ctx, "wifi_mode", true,
				       "%s is a Wi-Fi interface, but not in station (client) mode.", uplink->name),
			   "An access point can be a port of the bridge without vifi; vifi is for stations. `iw dev %s "
			   "info` shows the mode.",
			   uplink->name);
	else if (info.four_addr)
		add_finding(ctx, "four_address", false,
			    "%s is in 4-address mode: if the access point supports it, too, a plain bridge works "
			    "without vifi.",
			    uplink->name);
	else if (info.mac80211)
		set_remedy(add_finding(ctx, "four_address", false,
				       "The driver of %s supports 4-address mode: if the access point supports it, too "
				       "(WDS), a plain bridge works without vifi.",
				       uplink->name),
			   "Run `iw dev %s set 4addr on`, then `ip link set %s master BRIDGE`. With any other access "
			   "point use vifi.",
			   uplink->name, uplink->name);
}

static bool rp_filter_is_strict(const char *name)
{
	char path[64];
	int all = 0, own = 0;

	snprintf(path, sizeof(path), "ipv4/conf/%s/rp_filter", name);
	netdev_sysctl_get("ipv4/conf/all/rp_filter", &all);
	netdev_sysctl_get(path, &own);
	return (all > own ? all : own) == 1; /* the higher value applies; 2 is loose */
}

static void check_sysctls(struct check_context *ctx)
{
	const struct netdev_link *const each[] = {ctx->uplink, ctx->bridge};
	char path[64];
	int value;

	if (rp_filter_is_strict(ctx->uplink->name))
		set_remedy(add_finding(ctx, "rp_filter", true,
				       "rp_filter is strict on %s: the host drops a guest's packet when its route back "
				       "to the guest uses another interface.",
				       ctx->uplink->name),
			   "Run `sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.%s.rp_filter=2`.",
			   ctx->uplink->name);
	for (size_t i = 0; i < 2; i++) {
		if (!each[i])
			continue;
		snprintf(path, sizeof(path), "ipv4/conf/%s/proxy_arp", each[i]->name);
		if (netdev_sysctl_get(path, &value) == 0 && value)
			set_remedy(add_finding(ctx, "proxy_arp", true,
					       "proxy_arp is on for %s: the host answers ARP requests for other nodes' "
					       "addresses.",
					       each[i]->name),
				   "Run `sysctl -w net.ipv4.conf.%s.proxy_arp=0`.", each[i]->name);
	}
}

static void check_other_programs(struct check_context *ctx)
{
	struct attachment list[16];

	for (int egress = 0; egress < 2; egress++) {
		int count = attach_list(ctx->uplink->ifindex, egress, list, 16);

		for (int i = 0; i < count && i < 16; i++)
			if (!is_own_program(list[i].name))
				add_finding(ctx, "other_tc", false,
					    "%s has another tc program on %s, %s: it runs after those of vifi, and "
					    "gets the frames that they pass.",
					    ctx->uplink->name, egress ? "egress" : "ingress",
					    list[i].name[0] ? list[i].name : "?");
	}
}

/* ---- the bridge ---- */

static bool same_subnet(const struct netdev_addr *left, const struct netdev_addr *right)
{
	uint32_t left_addr, right_addr;
	uint8_t bits = left->prefix_length < right->prefix_length ? left->prefix_length : right->prefix_length;

	if (left->family != AF_INET || right->family != AF_INET || !bits || bits > 32)
		return false;
	memcpy(&left_addr, left->addr, 4);
	memcpy(&right_addr, right->addr, 4);
	return ((ntohl(left_addr) ^ ntohl(right_addr)) & (~0u << (32 - bits))) == 0;
}

static void check_addresses(struct check_context *ctx)
{
	for (size_t i = 0; i < ctx->n_addrs; i++)
		for (size_t k = 0; k < ctx->n_addrs; k++)
			if (ctx->addrs[i].ifindex == ctx->uplink->ifindex &&
			    ctx->addrs[k].ifindex == ctx->bridge->ifindex &&
			    same_subnet(&ctx->addrs[i], &ctx->addrs[k])) {
				set_remedy(
					add_finding(ctx, "two_addresses", true,
						    "The host has addresses of the same subnet on %s and on %s, so "
						    "its answers may leave by the wrong one.",
						    ctx->uplink->name, ctx->bridge->name),
					"Keep the address on %s; guests reach the host there without an address on %s.",
					ctx->uplink->name, ctx->bridge->name);
				return;
			}
}

static void check_mtu(struct check_context *ctx)
{
	for (size_t i = 0; i < ctx->n_links; i++) {
		const struct netdev_link *link = &ctx->links[i];
		struct journal journal;
		bool ours = false;

		/* Our own port has a large MTU on purpose (bridge/watch.h). */
		for (size_t k = 0; k < ctx->n_links; k++)
			ours |= ctx->links[k].peer == link->ifindex && journal_parse(&journal, ctx->links[k].alias);
		if (link->master == ctx->bridge->ifindex && !ours && link->mtu > ctx->uplink->mtu)
			set_remedy(add_finding(ctx, "mtu", true,
					       "%s has an MTU of %d and %s one of %d: longer frames of guests are "
					       "dropped, and counted as mtu.",
					       link->name, link->mtu, ctx->uplink->name, ctx->uplink->mtu),
				   "Set the MTU to %d inside the guest and on %s.", ctx->uplink->mtu, link->name);
	}
}

/* Ports that lead out of this machine. An access point on the bridge is another network's end, and no loop. */
static void check_ports(struct check_context *ctx)
{
	struct netdev_wifi_info info;

	for (size_t i = 0; i < ctx->n_links; i++) {
		const struct netdev_link *link = &ctx->links[i];

		if (link->master != ctx->bridge->ifindex || !port_leads_out(link) ||
		    (netdev_wifi_query(link->name, link->ifindex, &info) && !info.station))
			continue;
		set_remedy(
			add_finding(ctx, "port_leads_out", true,
				    "%s is a port of %s and leads out of this machine: if it leads to the network of "
				    "%s, frames circle between the two.",
				    link->name, ctx->bridge->name, ctx->uplink->name),
			"Run `ip link set %s nomaster`, unless another network is there.", link->name);
	}
}

/* The kernel of this host routes packets for which no guest is known. */
static void check_forwarding(struct check_context *ctx)
{
	int ip4 = 0, ip6 = 0;

	netdev_sysctl_get("ipv4/ip_forward", &ip4);
	netdev_sysctl_get("ipv6/conf/all/forwarding", &ip6);
	if (ip4 || ip6)
		set_remedy(
			add_finding(ctx, "forwarding", false,
				    "This host forwards packets (%s%s%s): what comes for a network behind a guest that "
				    "vifi does not know is routed by this host, past a firewall in that guest.",
				    ip4 ? "net.ipv4.ip_forward" : "", ip4 && ip6 ? ", " : "",
				    ip6 ? "net.ipv6.conf.all.forwarding" : ""),
			"Pin the networks behind guests: `vifi bridge pin %s MAC 10.9.0.0/24`. If nothing else, such "
			"as "
			"Docker, needs it, run `sysctl -w%s%s`.",
			ctx->uplink->name, ip4 ? " net.ipv4.ip_forward=0" : "",
			ip6 ? " net.ipv6.conf.all.forwarding=0" : "");
}

static void check_spanning_tree(struct check_context *ctx)
{
	char path[64];
	int state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge/stp_state", ctx->bridge->name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file, "%d", &state) != 1)
		state = 0;
	fclose(file);
	if (state)
		set_remedy(
			add_finding(ctx, "stp", false,
				    "%s runs the spanning tree protocol: a new port forwards nothing for 30 seconds.",
				    ctx->bridge->name),
			"Run `ip link set %s type bridge stp_state 0`, unless the bridge has several paths to the same "
			"network.",
			ctx->bridge->name);
}

/* A finding is an obstacle where a rule blocks something: the firewall's author relies on it. */
static void check_firewall(struct check_context *ctx)
{
	struct firewall_rules rules;
	char *json = geteuid() == 0 ? nft_ruleset_json() : NULL;

	if (json && firewall_rules_search(&rules, json, ctx->bridge->name) && rules.count)
		set_remedy(
			add_finding(
				ctx, "firewall", rules.blocks,
				"%zu nftables rule%s match%s the input interface %s (%s), where the frames that guests "
				"send to %s do not arrive.",
				rules.count, rules.count > 1 ? "s" : "", rules.count > 1 ? "" : "es", ctx->bridge->name,
				rules.first, ctx->uplink->name),
			"Match iifname { \"%s\", \"%s\" }, and tell guests from the network by their MAC or IP "
			"addresses (ether saddr, ip saddr, ip6 saddr).",
			ctx->bridge->name, ctx->uplink->name);
	free(json);
}

void check_machine(struct check_findings *findings, const char *uplink, const char *bridge)
{
	struct check_context ctx = {.findings = findings};

	findings->count = 0;
	if (netdev_open(&ctx.nd) == 0) {
		netdev_links(ctx.nd, &ctx.links, &ctx.n_links);
		netdev_addrs(ctx.nd, &ctx.addrs, &ctx.n_addrs);
	}
	ctx.uplink = find_link(&ctx, uplink);
	ctx.bridge = find_link(&ctx, bridge);
	check_privileges(&ctx);
	check_kernel(&ctx);
	check_br_netfilter(&ctx);
	check_network_manager(&ctx);
	if (uplink && !ctx.uplink)
		set_remedy(add_finding(&ctx, "uplink", true, "There is no interface %s.", uplink),
			   "`ip link` lists the interfaces.");
	if (ctx.uplink) {
		check_uplink_kind(&ctx);
		check_wifi(&ctx);
		check_sysctls(&ctx);
		check_forwarding(&ctx);
		check_other_programs(&ctx);
	}
	if (ctx.bridge && strcmp(ctx.bridge->kind, "bridge"))
		set_remedy(add_finding(&ctx, "bridge", true, "%s is not a bridge.", bridge),
			   "Name another interface; `vifi bridge up` creates a bridge that does not exist.");
	else if (ctx.bridge && ctx.uplink) {
		check_addresses(&ctx);
		check_mtu(&ctx);
		check_ports(&ctx);
		check_firewall(&ctx);
	}
	if (ctx.bridge)
		check_spanning_tree(&ctx);
	free(ctx.links);
	free(ctx.addrs);
	netdev_close(ctx.nd);
}
