/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/facts.h"

#include "bridge/own_server.h"
#include "bridge/policy/journal.h"
#include "bridge/uplinks.h"
#include "setup/text_file.h"
#include "wire/ip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A machine has a hypervisor or manager if one of its files exists. */
struct trace {
	int what;
	const char *path;
};

static const struct trace hypervisor_traces[] = {
	{SETUP_LIBVIRT, "/usr/sbin/libvirtd"},
	{SETUP_LIBVIRT, "/usr/sbin/virtqemud"},
	{SETUP_QEMU, "/usr/lib/qemu/qemu-bridge-helper"},
	{SETUP_QEMU, "/usr/libexec/qemu-bridge-helper"},
	{SETUP_PROXMOX, "/usr/bin/pveversion"},
	{SETUP_PROXMOX, "/etc/pve"},
	{SETUP_XEN, "/usr/sbin/xl"},
	{SETUP_LXD, "/usr/bin/lxd"},
	{SETUP_LXD, "/usr/sbin/lxd"},
	{SETUP_LXD, "/snap/bin/lxd"},
	{SETUP_INCUS, "/usr/libexec/incus/incusd"}, /* not /usr/bin/incus, a client for other machines, too */
	{SETUP_INCUS, "/usr/bin/incusd"},
	{SETUP_INCUS, "/usr/sbin/incusd"},
	{SETUP_INCUS, "/opt/incus/bin/incusd"},
	{SETUP_LXC, "/usr/bin/lxc-start"},
	{SETUP_NSPAWN, "/usr/bin/systemd-nspawn"},
	{SETUP_DOCKER, "/usr/bin/dockerd"},
	{SETUP_DOCKER, "/usr/sbin/dockerd"},
	{SETUP_DOCKER, "/usr/local/bin/dockerd"},
	{SETUP_PODMAN, "/usr/bin/podman"},
};

#define WANTS "/etc/systemd/system/multi-user.target.wants/"

/* It runs, or starts with the machine. */
static const struct trace manager_traces[] = {
	{SETUP_NETWORK_MANAGER, "/run/NetworkManager"},
	{SETUP_NETWORK_MANAGER, WANTS "NetworkManager.service"},
	{SETUP_NETWORKD, "/run/systemd/netif/state"},
	{SETUP_NETWORKD, WANTS "systemd-networkd.service"},
	{SETUP_CONNMAN, "/run/connman"},
	{SETUP_CONNMAN, WANTS "connman.service"},
	{SETUP_DHCPCD, "/run/dhcpcd.pid"},
	{SETUP_DHCPCD, "/run/dhcpcd/pid"},
	{SETUP_DHCPCD, WANTS "dhcpcd.service"},
	{SETUP_IWD, "/run/systemd/units/invocation:iwd.service"},
	{SETUP_IWD, WANTS "iwd.service"},
};

static bool exists(const char *root, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	/* A link of systemd's may lead to a file outside of `root`. */
	return setup_path(full, root, path) && lstat(full, &st) == 0;
}

static void read_traces(struct setup_facts *facts, const char *root)
{
	char *interfaces = setup_read_file(root, "/etc/network/interfaces");
	char *users = setup_read_file(root, "/etc/passwd");

	for (size_t i = 0; i < sizeof(hypervisor_traces) / sizeof(hypervisor_traces[0]); i++)
		facts->hypervisor[hypervisor_traces[i].what] |= exists(root, hypervisor_traces[i].path);
	for (size_t i = 0; i < sizeof(manager_traces) / sizeof(manager_traces[0]); i++)
		facts->manager[manager_traces[i].what] |= exists(root, manager_traces[i].path);
	facts->manager[SETUP_IFUPDOWN] = interfaces && (exists(root, "/sbin/ifup") || exists(root, "/usr/sbin/ifup"));
	facts->ifupdown2 = exists(root, "/usr/share/ifupdown2") || exists(root, "/sbin/ifreload") ||
			   exists(root, "/usr/sbin/ifreload");
	facts->interfaces_folder = interfaces && setup_interfaces_read_folder(interfaces);
	facts->systemd = exists(root, "/run/systemd/system");
	facts->has_user = users && (!strncmp(users, "vifi:", 5) || strstr(users, "\nvifi:"));
	free(interfaces);
	free(users);
}

static bool is_link_local(const struct netdev_addr *addr)
{
	return addr->family == AF_INET6 ? ip6_is_link_local(addr->addr) : ip4_is_link_local(addr->addr);
}

/* Whether `vifi bridge up` made a bridge, according to its journal. */
static bool made_by_up(const struct netdev_link *links, size_t count, const char *bridge)
{
	struct journal journal;

	for (size_t i = 0; i < count; i++)
		if (journal_parse(&journal, links[i].alias) && journal.made_bridge && !strcmp(journal.bridge, bridge))
			return true;
	return false;
}

static int read_bridges(struct setup_machine *machine, struct netdev *nd, const struct setup_manifest *manifest)
{
	struct netdev_link *links = NULL;
	struct netdev_addr *addrs = NULL;
	size_t n_links = 0, n_addrs = 0;
	int ret = netdev_links(nd, &links, &n_links);

	if (ret == 0)
		ret = netdev_addrs(nd, &addrs, &n_addrs);
	machine->bridges = calloc(n_links + 1, sizeof(*machine->bridges));
	for (size_t i = 0; ret == 0 && machine->bridges && i < n_links; i++) {
		struct setup_bridge *bridge = &machine->bridges[machine->facts.n_bridges];

		if (strcmp(links[i].kind, "bridge"))
			continue;
		machine->facts.n_bridges++;
		memcpy(bridge->name, links[i].name, sizeof(bridge->name));
		bridge->own =
			setup_manifest_has_bridge(manifest, bridge->name) || made_by_up(links, n_links, bridge->name);
		for (size_t k = 0; k < n_links; k++)
			if (links[k].master == links[i].ifindex && bridge_link_is_hardware(&links[k]))
				memcpy(bridge->port, links[k].name, sizeof(bridge->port));
		for (size_t k = 0; k < n_addrs; k++)
			bridge->has_address |= addrs[k].ifindex == links[i].ifindex && !is_link_local(&addrs[k]);
		own_server_find(nd, links[i].ifindex, bridge->server);
	}
	free(links);
	free(addrs);
	return machine->bridges ? ret : -ENOMEM;
}

_Static_assert(sizeof(((struct setup_bridge *)0)->server) == OWN_SERVER_TEXT, "setup_bridge.server");

int setup_machine_read(struct setup_machine *machine, const char *root, const struct setup_manifest *manifest)
{
	struct netdev *nd;
	int ret;

	memset(machine, 0, sizeof(*machine));
	read_traces(&machine->facts, root);
	ret = netdev_open(&nd);
	if (ret < 0)
		return ret;
	ret = bridge_uplinks(nd, &machine->links, &machine->facts.n_links);
	if (ret == 0)
		ret = read_bridges(machine, nd, manifest);
	netdev_close(nd);
	machine->facts.links = machine->links;
	machine->facts.bridges = machine->bridges;
	return ret;
}

void setup_machine_free(struct setup_machine *machine)
{
	free(machine->links);
	free(machine->bridges);
}
