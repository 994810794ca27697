/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/plan/plan.h"

#include "base/mac.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MARK "# Written by `vifi setup`; `vifi setup --undo` removes it.\n"

/* Adds a file; the format is that of its text. A plan that is full keeps what it has: its bounds fit every machine. */
static struct setup_file *__attribute__((format(printf, 4, 5)))
add_file(struct setup_plan *plan, enum setup_place place, const char *why, const char *format, ...)
{
	struct setup_file *file = &plan->files[plan->n_files];
	va_list list;

	if (plan->n_files + 1 < SETUP_FILES_MAX)
		plan->n_files++;
	memset(file, 0, sizeof(*file));
	file->mode = 0644;
	file->place = place;
	snprintf(file->why, sizeof(file->why), "%s", why);
	va_start(list, format);
	vsnprintf(file->text, sizeof(file->text), format, list);
	va_end(list);
	return file;
}

static struct setup_command *__attribute__((format(printf, 2, 3)))
add_command(struct setup_plan *plan, const char *format, ...)
{
	struct setup_command *command = &plan->commands[plan->n_commands];
	va_list list;

	if (plan->n_commands + 1 < SETUP_COMMANDS_MAX)
		plan->n_commands++;
	memset(command, 0, sizeof(*command));
	va_start(list, format);
	vsnprintf(command->run, sizeof(command->run), format, list);
	va_end(list);
	return command;
}

/* Adds a program that makes another one read its files again: after they were written, and after they were removed. */
static void add_reload(struct setup_plan *plan, const char *line)
{
	struct setup_command *command = add_command(plan, "%s", line);

	snprintf(command->undo, sizeof(command->undo), "%s", line);
	command->undo_last = true;
}

void setup_plan_note(struct setup_plan *plan, const char *format, ...)
{
	va_list list;

	if (plan->n_notes == SETUP_NOTES_MAX)
		return;
	va_start(list, format);
	vsnprintf(plan->notes[plan->n_notes++], sizeof(plan->notes[0]), format, list);
	va_end(list);
}

#define SET(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

void setup_plan_conf(struct setup_plan *plan)
{
	char mac[MAC_TEXT_SIZE] = "";
	bool has_mac = !mac_is_zero(plan->uplink_mac); /* so that the card is found also when udev names it otherwise */
	struct setup_file *file = add_file(
		plan, SETUP_WHOLE, "the configuration of `vifi bridge`",
		MARK "[bridge]\nuplink = %s\n%s%s%sbridge = %s\n", plan->uplink, has_mac ? "uplink-mac = " : "",
		has_mac ? mac_format(mac, plan->uplink_mac) : "", has_mac ? "\n" : "", plan->bridge);

	SET(file->path, "/etc/vifi/%s.conf", plan->uplink);
	SET(file->enough[0], "uplink=%s", plan->uplink);
	SET(file->enough[1], "bridge=%s", plan->bridge);
}

/* ---- programs that configure interfaces ---- */

static void plan_network_manager(struct setup_plan *plan, bool make_bridge)
{
	struct setup_file *file = add_file(plan, SETUP_WHOLE, "NetworkManager leaves vifi's own interfaces alone",
					   MARK "[device-vifi]\nmatch-device=interface-name:vifi*\nmanaged=0\n");

	SET(file->path, "%s", "/etc/NetworkManager/conf.d/90-vifi.conf");
	if (make_bridge) {
		file = add_file(
			plan, SETUP_WHOLE, "NetworkManager creates the bridge, without ports and addresses",
			MARK "[connection]\nid=vifi-%s\ntype=bridge\ninterface-name=%s\nautoconnect=true\n\n[bridge]\n"
			     "stp=false\n\n[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=disabled\n",
			plan->bridge, plan->bridge);
		SET(file->path, "/etc/NetworkManager/system-connections/vifi-%s.nmconnection", plan->bridge);
		file->mode = 0600;
	}
	add_reload(plan, "nmcli general reload conf");
	if (make_bridge)
		add_reload(plan, "nmcli connection reload");
}

static void plan_networkd(struct setup_plan *plan, bool make_bridge)
{
	struct setup_file *file = add_file(plan, SETUP_WHOLE, "systemd-networkd leaves vifi's own interfaces alone",
					   MARK "[Match]\nName=vifi*\n\n[Link]\nUnmanaged=yes\n");

	SET(file->path, "/etc/systemd/network/10-vifi.network");
	if (make_bridge) {
		file = add_file(plan, SETUP_WHOLE, "systemd-networkd creates the bridge",
				MARK "[NetDev]\nName=%s\nKind=bridge\n\n[Bridge]\nSTP=no\n", plan->bridge);
		SET(file->path, "/etc/systemd/network/10-vifi-%s.netdev", plan->bridge);
		file = add_file(
			plan, SETUP_WHOLE, "the bridge has no address",
			MARK "[Match]\nName=%s\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nLinkLocalAddressing=no\n"
			     "IPv6AcceptRA=no\nConfigureWithoutCarrier=yes\n",
			plan->bridge);
		SET(file->path, "/etc/systemd/network/10-vifi-%s.network", plan->bridge);
	}
	add_reload(plan, "networkctl reload");
}

/* An advertisement that a guest's port or the uplink brings must not give this host a second address, on the bridge. */
#define QUIET_IPV6 "echo 0 >/proc/sys/net/ipv6/conf/%s/accept_ra || :"

static void plan_ifupdown(struct setup_plan *plan, const struct setup_facts *facts)
{
	const char *name = plan->bridge, *why = "ifupdown creates the bridge, without ports and addresses";
	/* Proxmox VE offers guests only the bridges of /etc/network/interfaces itself. */
	bool folder = facts->interfaces_folder && !facts->hypervisor[SETUP_PROXMOX];
	enum setup_place place = folder ? SETUP_WHOLE : SETUP_APPEND;
	struct setup_file *file;

	if (facts->ifupdown2)
		file = add_file(
			plan, place, why,
			"%sauto %s\niface %s inet manual\n\tbridge-ports none\n\tbridge-stp off\n\tbridge-fd 0\n"
			/* or each ifreload takes the ports of the guests and of vifi out of the bridge */
			"\tbridge-ports-condone-regex .\n\tup " QUIET_IPV6 "\n",
			folder ? MARK : "\n", name, name, name);
	else
		file = add_file(
			plan, place, why,
			"%sauto %s\niface %s inet manual\n\tpre-up ip link show dev %s >/dev/null 2>&1 || ip link add "
			"%s type "
			"bridge\n\tpre-up " QUIET_IPV6
			"\n\tup ip link set %s up\n\tdown ip link set %s down\n\tpost-down ip link del %s\n",
			folder ? MARK : "\n", name, name, name, name, name, name, name, name);
	if (folder)
		SET(file->path, "/etc/network/interfaces.d/vifi-%s", name);
	else
		SET(file->path, "/etc/network/interfaces");
	SET(file->enough[0], "iface%sinetmanual", name);
	SET(file->against[0], "iface%sinetstatic", name);
	SET(file->against[1], "iface%sinetdhcp", name);
	SET(add_command(plan, "ifup %s", name)->undo, "ifdown %s", name);
}

static void plan_dhcpcd(struct setup_plan *plan)
{
	struct setup_file *file =
		add_file(plan, SETUP_PREPEND, "dhcpcd asks for no address on the bridge and on vifi's interfaces",
			 "denyinterfaces vifi* %s\n", plan->bridge);

	SET(file->path, "/etc/dhcpcd.conf");
	add_reload(plan, "dhcpcd --rebind");
}

static void plan_connman(struct setup_plan *plan)
{
	struct setup_file *file = add_file(
		plan, SETUP_WHOLE, "ConnMan leaves vifi's interfaces, the bridge and usual interfaces of guests alone",
		"[General]\nNetworkInterfaceBlacklist=vifi,%s,vmnet,vboxnet,virbr,ifb,ve-,vb-,ham,veth,vnet,tap\n",
		plan->bridge);

	SET(file->path, "/etc/connman/main.conf");
	setup_plan_note(plan, "ConnMan reads its configuration at its start: `systemctl restart connman`.");
}

/* One program creates the bridge; all that run leave vifi's interfaces alone. */
void setup_plan_managers(struct setup_plan *plan, const struct setup_facts *facts, bool make_bridge)
{
	bool by_ifupdown = make_bridge && facts->manager[SETUP_IFUPDOWN] &&
			   (facts->hypervisor[SETUP_PROXMOX] ||
			    (!facts->manager[SETUP_NETWORK_MANAGER] && !facts->manager[SETUP_NETWORKD]));
	bool by_network_manager = make_bridge && !by_ifupdown && facts->manager[SETUP_NETWORK_MANAGER];

	if (facts->manager[SETUP_NETWORK_MANAGER])
		plan_network_manager(plan, by_network_manager);
	if (facts->manager[SETUP_NETWORKD])
		plan_networkd(plan, make_bridge && !by_ifupdown && !by_network_manager);
	if (by_ifupdown)
		plan_ifupdown(plan, facts);
	if (facts->manager[SETUP_CONNMAN])
		plan_connman(plan);
	if (facts->manager[SETUP_DHCPCD])
		plan_dhcpcd(plan);
}

/* ---- hypervisors ---- */

static void plan_qemu(struct setup_plan *plan)
{
	struct setup_file *file =
		add_file(plan, SETUP_APPEND, "users of QEMU's bridge helper may connect guests to the bridge",
			 "allow %s\n", plan->bridge);

	SET(file->path, "/etc/qemu/bridge.conf");
	SET(file->against[0], "denyall");
	SET(file->against[1], "deny%s", plan->bridge);
}

/* A name has the same UUID each time, so that libvirt defines its network anew instead of refusing a second one. */
static void format_uuid(char text[37], const char *name)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (const char *byte = name; *byte; byte++)
		hash = (hash ^ (uint8_t)*byte) * 0x100000001b3;
	snprintf(text, 37, "76696669-0000-4000-8000-%012llx", (unsigned long long)(hash & 0xffffffffffff));
}

static void plan_libvirt(struct setup_plan *plan)
{
	char uuid[37];
	struct setup_file *file;
	struct setup_command *start;

	format_uuid(uuid, plan->bridge);
	file = add_file(plan, SETUP_WHOLE, "",
			"<network>\n  <name>vifi-%s</name>\n  <uuid>%s</uuid>\n  <forward mode='bridge'/>\n  <bridge "
			"name='%s'/>\n</network>\n",
			plan->bridge, uuid, plan->bridge);
	SET(file->why, "libvirt offers the bridge as the network vifi-%s", plan->bridge);
	SET(file->path, "/etc/vifi/libvirt-%s.xml", plan->bridge);
	SET(add_command(plan, "virsh -c qemu:///system net-define %s", file->path)->undo,
	    "virsh -c qemu:///system net-undefine vifi-%s", plan->bridge);
	add_command(plan, "virsh -c qemu:///system net-autostart vifi-%s", plan->bridge);
	start = add_command(plan, "virsh -c qemu:///system net-start vifi-%s", plan->bridge);
	SET(start->undo, "virsh -c qemu:///system net-destroy vifi-%s", plan->bridge);
	start->once = true;
}

/* Docker sets the policy of the chain FORWARD to DROP, and br_netfilter applies it to the bridge. */
static void plan_docker(struct setup_plan *plan, const struct setup_facts *facts)
{
	const char *name = plan->bridge;
	struct setup_file *file;

	if (!facts->systemd) {
		setup_plan_note(
			plan,
			"Docker drops frames between ports of the bridge: run `iptables -I DOCKER-USER -i %s -o %s "
			"-j ACCEPT` after "
			"each start of Docker.",
			name, name);
		return;
	}
	file = add_file(plan, SETUP_WHOLE,
			"Docker's firewall, which br_netfilter applies to bridges, accepts the guests' frames",
			MARK "[Unit]\nDescription=Accept frames between ports of %s in the firewall of "
			     "Docker\nAfter=docker.service\n"
			     "BindsTo=docker.service\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
			     "ExecStartPre=-/usr/sbin/iptables -w -D DOCKER-USER -i %s -o %s -j ACCEPT\n"
			     "ExecStart=/usr/sbin/iptables -w -I DOCKER-USER -i %s -o %s -j ACCEPT\n"
			     "ExecStartPost=-/usr/sbin/ip6tables -w -D DOCKER-USER -i %s -o %s -j ACCEPT\n"
			     "ExecStartPost=-/usr/sbin/ip6tables -w -I DOCKER-USER -i %s -o %s -j ACCEPT\n"
			     "ExecStop=-/usr/sbin/iptables -w -D DOCKER-USER -i %s -o %s -j ACCEPT\n"
			     "ExecStop=-/usr/sbin/ip6tables -w -D DOCKER-USER -i %s -o %s -j ACCEPT\n\n"
			     "[Install]\nWantedBy=docker.service\n",
			name, name, name, name, name, name, name, name, name, name, name, name, name);
	SET(file->path, "/etc/systemd/system/vifi-docker-%s.service", name);
}

static void guest_text(struct setup_guest *guest, const char *name)
{
	switch (guest->hypervisor) {
	case SETUP_LIBVIRT:
		SET(guest->how,
		    "<interface type='network'><source network='vifi-%s'/><model type='virtio'/></interface>", name);
		return;
	case SETUP_QEMU:
		SET(guest->how, "-nic bridge,br=%s,model=virtio-net-pci,mac=52:54:00:XX:XX:XX", name);
		return;
	case SETUP_PROXMOX:
		SET(guest->how, "qm set VMID --net0 virtio,bridge=%s", name);
		return;
	case SETUP_XEN:
		SET(guest->how, "vif = [ 'bridge=%s' ]", name);
		return;
	case SETUP_LXD:
		SET(guest->how, "lxc config device add GUEST eth0 nic nictype=bridged parent=%s", name);
		return;
	case SETUP_INCUS:
		SET(guest->how, "incus config device add GUEST eth0 nic nictype=bridged parent=%s", name);
		return;
	case SETUP_LXC:
		SET(guest->how, "lxc.net.0.type = veth, lxc.net.0.link = %s, lxc.net.0.flags = up", name);
		return;
	case SETUP_NSPAWN:
		SET(guest->how, "systemd-nspawn --network-bridge=%s", name);
		return;
	case SETUP_DOCKER:
	case SETUP_PODMAN:
		SET(guest->how,
		    "ip link add veth-GUEST type veth peer name eth0 netns PID; ip link set veth-GUEST master %s up",
		    name);
		return;
	case SETUP_HYPERVISORS:
		return;
	}
}

void setup_plan_hypervisors(struct setup_plan *plan, const struct setup_facts *facts)
{
	if (facts->hypervisor[SETUP_QEMU])
		plan_qemu(plan);
	if (facts->hypervisor[SETUP_LIBVIRT])
		plan_libvirt(plan);
	if (facts->hypervisor[SETUP_DOCKER])
		plan_docker(plan, facts);
	for (int i = 0; i < SETUP_HYPERVISORS; i++)
		if (facts->hypervisor[i]) {
			struct setup_guest *guest = &plan->guests[plan->n_guests++];

			guest->hypervisor = (enum setup_hypervisor)i;
			guest_text(guest, plan->bridge);
		}
}

/* ---- services ---- */

void setup_plan_services(struct setup_plan *plan, const struct setup_facts *facts)
{
	if (!facts->systemd) {
		setup_plan_note(plan, "systemd does not run here: let the init system run `vifi bridge up -c %s`.",
				plan->uplink);
		return;
	}
	if (!facts->has_user)
		add_command(plan, "systemd-sysusers");
	add_reload(plan, "systemctl daemon-reload");
	if (facts->hypervisor[SETUP_DOCKER])
		SET(add_command(plan, "systemctl enable --now vifi-docker-%s.service", plan->bridge)->undo,
		    "systemctl disable --now vifi-docker-%s.service", plan->bridge);
	SET(add_command(plan, "systemctl enable --now vifi-bridge@%s.service", plan->uplink)->undo,
	    "systemctl disable --now vifi-bridge@%s.service", plan->uplink);
}
