/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check.h"

#include "bpf/attach.h"
#include "bridge/check_context.h"
#include "bridge/own_server.h"
#include "bridge/policy/journal.h"
#include "bridge/policy/port_kind.h"
#include "bridge/remote.h"
#include "bridge/uplinks.h"
#include "daemon/json_text.h"
#include "daemon/privilege.h"
#include "netdev/nft_ruleset.h"
#include "netdev/sysctl.h"
#include "wire/ip.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct netdev_link *find_link(const struct check_context *ctx, const char *name)
{
	return name ? netdev_link_named(ctx->links, ctx->n_links, name) : NULL;
}

/* ---- the process and the kernel ---- */

static void check_privileges(struct check_context *ctx)
{
	char names[128];

	if (privilege_missing(true, names, sizeof(names)))
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL, "This process lacks %s.", names),
				   "Run it as root.");
}

static void check_ebpf(struct check_context *ctx)
{
	if (geteuid() != 0)
		return; /* without root the probes fail even if the kernel supports eBPF */
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL) == 0 ||
	    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 0)
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL,
				     "This kernel does not support eBPF programs for tc."),
			"Use `vifi bridge up --engine=user`, which is slower, or a kernel with CONFIG_BPF_SYSCALL, "
			"CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS.");
}

static void check_tcx(struct check_context *ctx)
{
	if (geteuid() == 0 && !attach_has_tcx(ctx->uplink->ifindex))
		findings_add(ctx->findings, ctx->id, FINDING_NOTE,
			     "This kernel has no TCX (added in Linux 6.6): the programs are attached as filters of the "
			     "qdiscs clsact, on %s, and ingress, on the guests' ports.",
			     ctx->uplink->name);
}

static void check_mounts(struct check_context *ctx)
{
	if (access("/proc/sys/net", F_OK) < 0)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"/proc is not mounted, as in a plain chroot."),
				   "Run `mount -t proc proc /proc`.");
	if (access("/sys/class/net", F_OK) < 0)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"/sys is not mounted, as in a plain chroot."),
				   "Run `mount -t sysfs sysfs /sys`.");
}

/* `up` keeps the kernel from sending frames of its own out of the interfaces that it creates. */
static void check_proc_sys(struct check_context *ctx)
{
	if (access("/proc/sys/net/ipv6/conf/all/disable_ipv6", W_OK) == 0 || errno != EROFS)
		return;
	finding_set_remedy(
		findings_add(ctx->findings, ctx->id, FINDING_FAIL,
			     "/proc/sys is read-only, as in a container: `up` cannot configure the interfaces that it "
			     "creates."),
		"Run `mount -o remount,rw /proc/sys`, or give the container a writable one (`docker run --privileged`, "
		"`lxc.mount.auto = proc:rw`).");
}

/* ---- the names ---- */

static void check_uplink_exists(struct check_context *ctx)
{
	if (!ctx->uplink)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL, "There is no interface %s.",
						ctx->uplink_name),
				   "`ip link` lists the interfaces.");
}

static void check_bridge_kind(struct check_context *ctx)
{
	if (ctx->bridge && strcmp(ctx->bridge->kind, "bridge"))
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL, "%s is not a bridge.", ctx->bridge_name),
			"Name a bridge, or a name that no interface has: `vifi bridge up` then creates the bridge.");
}

/* ---- the bridge ---- */

/* One bridge has one uplink: `up` refuses a second. An uplink that was renamed since `up` has its former name in the journal. */
static void check_bridge_uplink(struct check_context *ctx)
{
	struct journal journal;

	for (size_t i = 0; i < ctx->n_links; i++)
		if (!strcmp(ctx->links[i].kind, "veth") && journal_parse(&journal, ctx->links[i].alias) &&
		    !strcmp(journal.bridge, ctx->bridge->name) && strcmp(journal.uplink, ctx->uplink->name) &&
		    (!ctx->has_veth || find_link(ctx, journal.uplink)))
			finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
							"%s is in use by the uplink %s.", ctx->bridge->name,
							journal.uplink),
					   "Name another bridge for %s, or run `vifi bridge down %s` first.",
					   ctx->uplink->name, journal.uplink);
}

/* Before it runs, `up` sets the bridge up. */
static void check_bridge_state(struct check_context *ctx)
{
	if (ctx->has_veth && !(ctx->bridge->flags & IFF_UP))
		finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						"%s is down: its guests have no network.", ctx->bridge->name),
				   "Run `ip link set %s up`, and find the program that set it down.",
				   ctx->bridge->name);
}

static bool same_subnet(const struct netdev_addr *left, const struct netdev_addr *right)
{
	uint8_t bits = left->prefix_length < right->prefix_length ? left->prefix_length : right->prefix_length;

	return left->family == AF_INET && right->family == AF_INET && bits && bits <= 32 &&
	       ip_prefix_equal(left->addr, right->addr, bits);
}

static void check_two_addresses(struct check_context *ctx)
{
	for (size_t i = 0; i < ctx->n_addrs; i++)
		for (size_t k = 0; k < ctx->n_addrs; k++)
			if (ctx->addrs[i].ifindex == ctx->uplink->ifindex &&
			    ctx->addrs[k].ifindex == ctx->bridge->ifindex &&
			    same_subnet(&ctx->addrs[i], &ctx->addrs[k])) {
				finding_set_remedy(
					findings_add(ctx->findings, ctx->id, FINDING_FAIL,
						     "The host has addresses of the same subnet on %s and %s, so its "
						     "replies may leave through the wrong interface.",
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

		/* Our own port has a large MTU on purpose (bridge/watch.h). */
		if (link->master == ctx->bridge->ifindex && link->mtu > ctx->uplink->mtu &&
		    !bridge_link_is_own(ctx->links, ctx->n_links, link))
			finding_set_remedy(
				findings_add(ctx->findings, ctx->id, FINDING_FAIL,
					     "%s has an MTU of %d and %s one of %d: longer frames of guests are "
					     "dropped, and "
					     "counted as mtu.",
					     link->name, link->mtu, ctx->uplink->name, ctx->uplink->mtu),
				"Set the MTU to %d inside the guest and on %s.", ctx->uplink->mtu, link->name);
	}
}

static void check_spanning_tree(struct check_context *ctx)
{
	if (ctx->bridge->bridge.stp)
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_WARN,
				     "%s runs the spanning tree protocol: a new port forwards nothing for 30 seconds.",
				     ctx->bridge->name),
			"Run `ip link set %s type bridge stp_state 0`, unless the bridge has several paths to the same "
			"network.",
			ctx->bridge->name);
}

static void check_dhcp_server(struct check_context *ctx)
{
	char server[OWN_SERVER_TEXT];

	/* `up` refuses such a bridge; where it runs already, that was permitted, or the server came later. */
	if (own_server_find(ctx->nd, ctx->bridge->ifindex, server))
		finding_set_remedy(findings_add(ctx->findings, ctx->id, ctx->has_veth ? FINDING_WARN : FINDING_FAIL,
						"This host runs a DHCP server for %s: %s.", ctx->bridge->name, server),
				   "Name another bridge for the guests, or stop the server; `vifi bridge up "
				   "--allow-dhcp-server` keeps its answers off the network.");
}

static void check_physical_ports(struct check_context *ctx)
{
	for (size_t i = 0; i < ctx->n_links; i++)
		if (ctx->links[i].master == ctx->bridge->ifindex &&
		    strcmp(json_text(ctx->report, "loop_port"), ctx->links[i].name) && /* check_loop() */
		    (bridge_link_is_hardware(&ctx->links[i]) || port_leads_out(&ctx->links[i])))
			finding_set_remedy(
				findings_add(ctx->findings, ctx->id, FINDING_WARN,
					     "%s, a port of %s, leads out of this machine: if it leads to the "
					     "network of the uplink, the two paths are a loop.",
					     ctx->links[i].name, ctx->bridge->name),
				"Run `ip link set %s nomaster`; %s needs ports of guests only.", ctx->links[i].name,
				ctx->bridge->name);
}

/* This host routes what it gets for a network behind a guest, of which no pin tells. */
static void check_forwarding(struct check_context *ctx)
{
	int ip4 = 0, ip6 = 0;

	netdev_sysctl_get("ipv4/ip_forward", &ip4);
	netdev_sysctl_get("ipv6/conf/all/forwarding", &ip6);
	if (ip4 || ip6)
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_WARN,
				     "This host forwards packets (%s%s%s): unless a network behind a guest is pinned, "
				     "this host routes its packets directly and bypasses a firewall in that guest.",
				     ip4 ? "net.ipv4.ip_forward" : "", ip4 && ip6 ? ", " : "",
				     ip6 ? "net.ipv6.conf.all.forwarding" : ""),
			"Pin the networks behind guests: `vifi bridge pin %s MAC 10.9.0.0/24`. If no other program "
			"needs forwarding (Docker does), run `sysctl -w%s%s`.",
			ctx->uplink->name, ip4 ? " net.ipv4.ip_forward=0" : "",
			ip6 ? " net.ipv6.conf.all.forwarding=0" : "");
}

/* ---- the table ---- */

enum need { NOTHING = 0, UPLINK = 1, BRIDGE = 2, RUNNING = 4, NAMED = 8 /* the uplink is */ };

static const struct check_item {
	const char *id;
	unsigned needs; /* set of enum need */
	void (*run)(struct check_context *ctx);
	const char *ok; /* the sentence if it finds nothing */
} items[] = {
	{"privilege", NOTHING, check_privileges, "This process has the privileges that `up` needs."},
	{"ebpf", NOTHING, check_ebpf, "The kernel supports the eBPF programs."},
	{"mounts", NOTHING, check_mounts, "/proc and /sys are mounted."},
	{"proc_sys", NOTHING, check_proc_sys, "/proc/sys is writable."},
	{"mac_randomisation", NOTHING, check_mac_randomisation, "NetworkManager does not change MAC addresses."},
	{"network_manager", NOTHING, check_network_manager, "NetworkManager leaves vifi's interfaces alone."},
	{"uplink", NAMED, check_uplink_exists, "The uplink exists."},
	{"uplink_kind", UPLINK, check_uplink_kind, "The uplink is suitable as an uplink."},
	{"uplink_state", UPLINK, check_uplink_state, "The uplink is up and connected."},
	{"uplink_address", UPLINK, check_uplink_address, "The uplink has an address."},
	{"tcx", UPLINK, check_tcx, "The kernel has TCX."},
	{"four_address", UPLINK, check_wifi, "The uplink is in station mode."},
	{"rp_filter", UPLINK, check_rp_filter, "rp_filter is not strict on the uplink."},
	{"proxy_arp", UPLINK, check_proxy_arp, "proxy_arp is off."},
	{"forwarding", UPLINK, check_forwarding, "This host forwards no packets."},
	{"other_tc", UPLINK, check_other_programs, "The uplink has no other tc programs."},
	{"bridge", NOTHING, check_bridge_kind, "The bridge is suitable as a bridge for guests."},
	{"bridge_uplink", UPLINK | BRIDGE, check_bridge_uplink, "No other uplink uses the bridge."},
	{"bridge_state", BRIDGE, check_bridge_state, "The bridge is up."},
	{"port", BRIDGE, check_ports, "The ports of the bridge are up."},
	{"vlan", UPLINK | BRIDGE, check_port_vlans, "The ports of the bridge share their VLANs with the uplink."},
	{"two_addresses", UPLINK | BRIDGE, check_two_addresses, "The host's addresses are on one interface."},
	{"mtu", UPLINK | BRIDGE, check_mtu, "No port has a larger MTU than the uplink."},
	{"firewall", UPLINK | BRIDGE, check_firewall, "No firewall rule matches the bridge as input interface."},
	{"br_netfilter", BRIDGE, check_br_netfilter, "The host's firewall lets the frames of the bridge pass."},
	{"stp", BRIDGE, check_spanning_tree, "The bridge runs no spanning tree protocol."},
	{"physical_port", BRIDGE, check_physical_ports, "No port of the bridge leads out of this machine."},
	{"dhcp_server", BRIDGE, check_dhcp_server, "This host runs no DHCP server for the bridge."},
	{"process", UPLINK, check_process, "No process was killed or stopped."},
	{"loop", RUNNING, check_loop, "No port of the bridge leads to the uplink's own network."},
	{"contest", RUNNING, check_contests, "No address is contested."},
	{"clone", RUNNING, check_clones, "No MAC address is used on two ports."},
	{"pin", RUNNING, check_pins, "No pinned network contains addresses of the uplink's own network."},
	{"refused", RUNNING, check_refusals, "No guest was refused an address lately."},
	{"limit", RUNNING, check_limits, "No port exceeds a limit."},
	{"drops", RUNNING, check_drops, "No frames were dropped for a reason that needs attention."},
};

static void run_items(struct check_context *ctx)
{
	unsigned has = (ctx->uplink_name ? NAMED : 0) | (ctx->uplink ? UPLINK : 0) | (ctx->report ? RUNNING : 0) |
		       (ctx->bridge && !strcmp(ctx->bridge->kind, "bridge") ? BRIDGE : 0);

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		size_t before = ctx->findings->count;

		if ((items[i].needs & has) != items[i].needs)
			continue;
		ctx->id = items[i].id;
		items[i].run(ctx);
		if (ctx->findings->count == before)
			findings_add(ctx->findings, ctx->id, FINDING_OK, "%s", items[i].ok);
	}
}

/* Reads the tables of a running bridge; without one, or without the privilege, there is no report. */
static void read_running(struct check_context *ctx)
{
	struct bridge_remote remote;
	struct error error = {{0}};
	json_t *events;

	if (bridge_remote_open(&remote, ctx->uplink->name, &error) == BRIDGE_OK) {
		ctx->report = bridge_remote_show(&remote, true, &error);
		if (remote.silent)
			error_set(&ctx->silence, 0, "%s", ctx->report ? json_text(ctx->report, "silent") : error.text);
		events = json_object_get(ctx->report, "events");
		ctx->events = json_is_array(events) ? json_incref(events) : NULL;
	}
	ctx->abandoned = !ctx->report && !remote.served && geteuid() == 0 && ctx->has_veth;
	bridge_remote_close(&remote);
}

void check_machine(struct findings *findings, const char *uplink, const char *bridge, bool has_veth)
{
	struct check_context ctx = {
		.findings = findings, .uplink_name = uplink, .bridge_name = bridge, .has_veth = has_veth};

	findings->count = 0;
	if (netdev_open(&ctx.nd) == 0) {
		netdev_links(ctx.nd, &ctx.links, &ctx.n_links);
		netdev_addrs(ctx.nd, &ctx.addrs, &ctx.n_addrs);
	}
	ctx.uplink = find_link(&ctx, uplink);
	ctx.bridge = find_link(&ctx, bridge);
	ctx.ruleset = geteuid() == 0 && bridge ? nft_ruleset_json() : NULL;
	if (ctx.uplink)
		read_running(&ctx);
	run_items(&ctx);
	json_decref(ctx.report);
	json_decref(ctx.events);
	free(ctx.ruleset);
	free(ctx.links);
	free(ctx.addrs);
	netdev_close(ctx.nd);
}
