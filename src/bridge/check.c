/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check.h"

#include "bridge/bridge.h"
#include "daemon/privilege.h"
#include "netdev/wifi.h"
#include "netdev/sysctl.h"

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

struct machine {
	struct findings *out;
	struct netdev *nd;
	struct netdev_link *links;
	struct netdev_addr *addrs;
	size_t n_links, n_addrs;
	const struct netdev_link *uplink, *bridge; /* NULL: not named, or not there */
};

/* Opens a finding; the remedy is written by remedy(). */
static struct finding *find(struct machine *m, const char *name, bool problem, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static struct finding *find(struct machine *m, const char *name, bool problem, const char *format, ...)
{
	struct findings *f = m->out;
	struct finding *one = &f->list[f->count];
	va_list list;

	if (f->count + 1 < sizeof(f->list) / sizeof(f->list[0]))
		f->count++; /* the last place is overwritten again and again */
	memset(one, 0, sizeof(*one));
	one->name = name;
	one->problem = problem;
	va_start(list, format);
	vsnprintf(one->sentence, sizeof(one->sentence), format, list);
	va_end(list);
	return one;
}

static void __attribute__((format(printf, 2, 3))) remedy(struct finding *f, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(f->remedy, sizeof(f->remedy), format, list);
	va_end(list);
}

static const struct netdev_link *link_named(const struct machine *m, const char *name)
{
	for (size_t i = 0; name && i < m->n_links; i++)
		if (!strcmp(m->links[i].name, name))
			return &m->links[i];
	return NULL;
}

static bool is_ours(const char *program)
{
	for (int i = 0; i < PART_HOOKS; i++)
		if (!strcmp(program, kernel_part_program((enum part_hook)i)))
			return true;
	return false;
}

/* ---- this process and this kernel ---- */

static void privileges(struct machine *m)
{
	char names[128];

	if (privilege_missing(true, names, sizeof(names)))
		remedy(find(m, "privilege", true, "This process does not have %s.", names), "Run it as root.");
}

static void kernel(struct machine *m)
{
	if (geteuid() != 0)
		return; /* the kernel would refuse, whatever it has */
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL) == 0 ||
	    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 0)
		remedy(find(m, "ebpf", true, "This kernel takes no eBPF programs for tc."),
		       "`vifi bridge up --engine=user` does without them, slower; or take a kernel with "
		       "CONFIG_BPF_SYSCALL, "
		       "CONFIG_NET_CLS_BPF, CONFIG_NET_SCH_INGRESS.");
	else if (m->uplink && !attach_has_tcx(m->uplink->ifindex))
		find(m, "tcx", false,
		     "This kernel has no TCX (Linux 6.6): the programs hang on clsact filters, which is as good.");
}

static void br_netfilter(struct machine *m)
{
	static const char *const keys[] = {"bridge-nf-call-iptables", "bridge-nf-call-ip6tables",
					   "bridge-nf-call-arptables"};
	char path[64], on[200] = "";
	int value;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(path, sizeof(path), "bridge/%s", keys[i]);
		size_t n = strlen(on);
		if (netdev_sysctl_get(path, &value) == 0 && value)
			snprintf(on + n, sizeof(on) - n, " net.bridge.%s=0", keys[i]);
	}
	if (on[0])
		remedy(find(m, "br_netfilter", true,
			    "br_netfilter is on: the host's firewall judges, and may rewrite, what guests send over "
			    "the bridge."),
		       "sysctl -w%s (Docker and Kubernetes switch it on: with them, accept the bridge's frames in "
		       "FORWARD).",
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

static void network_manager(struct machine *m)
{
	static const char *const patterns[] = {
		"/etc/NetworkManager/NetworkManager.conf",  "/etc/NetworkManager/conf.d/*.conf",
		"/usr/lib/NetworkManager/conf.d/*.conf",    "/run/NetworkManager/conf.d/*.conf",
		"/etc/NetworkManager/system-connections/*", "/run/NetworkManager/system-connections/*",
	};
	glob_t g;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (glob(patterns[i], 0, NULL, &g) == 0)
			for (size_t k = 0; k < g.gl_pathc; k++)
				if (check_nm_randomises(g.gl_pathv[k]))
					remedy(find(m, "mac_randomisation", true,
						    "%.120s has NetworkManager take a new random MAC address for each "
						    "connection: "
						    "guests get new leases and neighbours lose them each time.",
						    g.gl_pathv[k]),
					       "Set cloned-mac-address=stable (or permanent) there, then `nmcli "
					       "connection reload` "
					       "and connect anew.");
		globfree(&g);
	}
}

/* ---- the uplink ---- */

static void uplink_kind(struct machine *m)
{
	const struct netdev_link *u = m->uplink;

	if (!strcmp(u->kind, "bridge"))
		remedy(find(m, "uplink_bridge", true, "%s is itself a bridge.", u->name),
		       "Name the interface that leads to the network first, then the bridge of the guests.");
	else if (u->flags & IFF_LOOPBACK || u->arptype != ARPHRD_ETHER)
		remedy(find(m, "uplink_kind", true, "%s is not an Ethernet or Wi-Fi interface.", u->name),
		       "Take the interface that leads to the network.");
	if (!u->master)
		return;
	for (size_t i = 0; i < m->n_links; i++)
		if (m->links[i].ifindex == u->master)
			remedy(find(m, "uplink_port", true,
				    "%s is a port of %s: the guests' own addresses leave by it.", u->name,
				    m->links[i].name),
			       "ip link set %s nomaster; then move the host's addresses from %s to %s.", u->name,
			       m->links[i].name, u->name);
}

static void wifi(struct machine *m)
{
	const struct netdev_link *u = m->uplink;
	struct wifi_facts facts;

	if (!wifi_look(u->name, u->ifindex, &facts))
		return;
	if (!facts.station)
		remedy(find(m, "wifi_mode", true, "%s is a Wi-Fi interface, but not a client.", u->name),
		       "An access point may be put into the bridge as it is; vifi is for clients (`iw dev %s info`).",
		       u->name);
	else if (facts.four_addr)
		find(m, "four_address", false,
		     "%s is in 4-address mode: if the access point is too, a plain bridge works, and vifi is not "
		     "needed.",
		     u->name);
	else if (facts.mac80211)
		remedy(find(m, "four_address", false,
			    "The driver of %s knows 4-address mode: where the access point is yours and knows it too "
			    "(WDS), a "
			    "plain bridge works.",
			    u->name),
		       "iw dev %s set 4addr on, then `ip link set %s master BRIDGE`; otherwise go on with vifi.",
		       u->name, u->name);
}

static bool rp_strict(const char *name)
{
	char path[64];
	int all = 0, own = 0;

	snprintf(path, sizeof(path), "ipv4/conf/%s/rp_filter", name);
	netdev_sysctl_get("ipv4/conf/all/rp_filter", &all);
	netdev_sysctl_get(path, &own);
	return (all > own ? all : own) == 1; /* the kernel takes the greater one; 2 is loose */
}

static void sysctls(struct machine *m)
{
	const struct netdev_link *const each[] = {m->uplink, m->bridge};
	char path[64];
	int value;

	if (rp_strict(m->uplink->name))
		remedy(find(m, "rp_filter", true,
			    "rp_filter is strict on %s: the host drops what guests send it when its way back leads "
			    "elsewhere.",
			    m->uplink->name),
		       "sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.%s.rp_filter=2", m->uplink->name);
	for (size_t i = 0; i < 2; i++) {
		if (!each[i])
			continue;
		snprintf(path, sizeof(path), "ipv4/conf/%s/proxy_arp", each[i]->name);
		if (netdev_sysctl_get(path, &value) == 0 && value)
			remedy(find(m, "proxy_arp", true,
				    "proxy_arp is on for %s: the host answers for addresses of others.", each[i]->name),
			       "sysctl -w net.ipv4.conf.%s.proxy_arp=0", each[i]->name);
	}
}

static void other_programs(struct machine *m)
{
	struct attachment list[16];

	for (int egress = 0; egress < 2; egress++) {
		int n = attach_list(m->uplink->ifindex, egress, list, 16);
		for (int i = 0; i < n && i < 16; i++)
			if (!is_ours(list[i].name))
				find(m, "other_tc", false,
				     "%s has another tc program on %s, %s: it runs after ours, and sees what ours lets "
				     "pass.",
				     m->uplink->name, egress ? "egress" : "ingress",
				     list[i].name[0] ? list[i].name : "?");
	}
}

/* ---- the bridge ---- */

static bool same_subnet(const struct netdev_addr *a, const struct netdev_addr *b)
{
	uint32_t x, y;
	uint8_t bits = a->prefix_length < b->prefix_length ? a->prefix_length : b->prefix_length;

	if (a->family != AF_INET || b->family != AF_INET || !bits || bits > 32)
		return false;
	memcpy(&x, a->addr, 4);
	memcpy(&y, b->addr, 4);
	return ((ntohl(x) ^ ntohl(y)) & (~0u << (32 - bits))) == 0;
}

static void addresses(struct machine *m)
{
	for (size_t i = 0; i < m->n_addrs; i++)
		for (size_t k = 0; k < m->n_addrs; k++)
			if (m->addrs[i].ifindex == m->uplink->ifindex && m->addrs[k].ifindex == m->bridge->ifindex &&
			    same_subnet(&m->addrs[i], &m->addrs[k])) {
				remedy(find(m, "two_addresses", true,
					    "The host has addresses of one subnet on %s and on %s: its answers go the "
					    "wrong way.",
					    m->uplink->name, m->bridge->name),
				       "Keep the one on %s; guests reach the host there without an address on %s.",
				       m->uplink->name, m->bridge->name);
				return;
			}
}

static void mtu(struct machine *m)
{
	for (size_t i = 0; i < m->n_links; i++) {
		const struct netdev_link *l = &m->links[i];
		struct journal j;
		bool ours = false;
		/* Our own port is that large so that too long frames are counted. */
		for (size_t k = 0; k < m->n_links; k++)
			ours |= m->links[k].peer == l->ifindex && journal_parse(&j, m->links[k].alias);
		if (l->master == m->bridge->ifindex && !ours && l->mtu > m->uplink->mtu)
			remedy(find(m, "mtu", true,
				    "%s has an MTU of %d, and %s only %d: longer frames are dropped (mtu).", l->name,
				    l->mtu, m->uplink->name, m->uplink->mtu),
			       "Give the guest's own interface an MTU of %d, and %s too.", m->uplink->mtu, l->name);
	}
}

static void spanning_tree(struct machine *m)
{
	char path[64];
	int state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge/stp_state", m->bridge->name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fscanf(f, "%d", &state) != 1)
		state = 0;
	fclose(f);
	if (state)
		remedy(find(m, "stp", false,
			    "%s runs the spanning tree protocol: a new port stays silent for 30 seconds.",
			    m->bridge->name),
		       "ip link set %s type bridge stp_state 0, unless it has several ways into one network.",
		       m->bridge->name);
}

void check_machine(struct findings *f, const char *uplink, const char *bridge)
{
	struct machine m = {.out = f};

	f->count = 0;
	if (netdev_open(&m.nd) == 0) {
		netdev_links(m.nd, &m.links, &m.n_links);
		netdev_addrs(m.nd, &m.addrs, &m.n_addrs);
	}
	m.uplink = link_named(&m, uplink);
	m.bridge = link_named(&m, bridge);
	privileges(&m);
	kernel(&m);
	br_netfilter(&m);
	network_manager(&m);
	if (uplink && !m.uplink)
		remedy(find(&m, "uplink", true, "There is no interface %s here.", uplink), "`ip link` lists them.");
	if (m.uplink) {
		uplink_kind(&m);
		wifi(&m);
		sysctls(&m);
		other_programs(&m);
	}
	if (m.bridge && strcmp(m.bridge->kind, "bridge"))
		remedy(find(&m, "bridge", true, "%s is not a bridge.", bridge),
		       "Name another one; `vifi bridge up` creates it.");
	else if (m.bridge && m.uplink) {
		addresses(&m);
		mtu(&m);
	}
	if (m.bridge)
		spanning_tree(&m);
	free(m.links);
	free(m.addrs);
	netdev_close(m.nd);
}
