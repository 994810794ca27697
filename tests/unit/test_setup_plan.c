/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans of `vifi setup` for machines as people have them. */
#include "unit.h"

#include "setup/plan/plan.h"

#define WIFI(name_, metric_)                                                 \
	{                                                                    \
		.name = name_, .usable = true, .wifi = true, .rank = metric_ \
	}
#define WIRE(name_, metric_)                                   \
	{                                                      \
		.name = name_, .usable = true, .rank = metric_ \
	}
#define NO_ROUTE UINT64_MAX
enum { LINKS = 6, PATHS = 10, COMMANDS = 10 };

struct machine {
	const char *name;
	struct uplink_candidate links[LINKS];
	struct setup_bridge bridges[2];
	unsigned hypervisors, managers; /* bit sets */
	bool without_systemd, has_user, ifupdown2, interfaces_folder;
	const char *uplink, *bridge; /* operands */
	/* expected */
	const char *chosen_uplink, *chosen_bridge;
	const char *paths[PATHS];
	const char *commands[COMMANDS];
};

#define BIT(what) (1u << (what))

static const struct machine machines[] = {
	{.name = "a laptop with virt-manager",
	 .links = {WIRE("eth0", NO_ROUTE), WIFI("wlan0", 600)},
	 .hypervisors = BIT(SETUP_LIBVIRT) | BIT(SETUP_QEMU),
	 .managers = BIT(SETUP_NETWORK_MANAGER),
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/wlan0.conf", "/etc/NetworkManager/conf.d/90-vifi.conf",
		   "/etc/NetworkManager/system-connections/vifi-br0.nmconnection", "/etc/qemu/bridge.conf",
		   "/etc/vifi/libvirt-br0.xml"},
	 .commands = {"nmcli general reload conf", "nmcli connection reload",
		      "virsh -c qemu:///system net-define /etc/vifi/libvirt-br0.xml",
		      "virsh -c qemu:///system net-autostart vifi-br0", "virsh -c qemu:///system net-start vifi-br0",
		      "systemd-sysusers", "systemctl daemon-reload",
		      "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "the same laptop in its dock: Ethernet has the better route",
	 .links = {WIRE("eth0", 100), WIFI("wlan0", 600)},
	 .has_user = true,
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/wlan0.conf"},
	 .commands = {"systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "a server at a port that accepts one MAC address",
	 .links = {WIRE("ens3", 0)},
	 .has_user = true,
	 .hypervisors = BIT(SETUP_LXD) | BIT(SETUP_INCUS) | BIT(SETUP_LXC) | BIT(SETUP_NSPAWN) | BIT(SETUP_XEN) |
			BIT(SETUP_PODMAN),
	 .managers = BIT(SETUP_NETWORKD) | BIT(SETUP_IWD),
	 .chosen_uplink = "ens3",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/ens3.conf", "/etc/systemd/network/10-vifi.network",
		   "/etc/systemd/network/10-vifi-br0.netdev", "/etc/systemd/network/10-vifi-br0.network"},
	 .commands = {"networkctl reload", "systemctl daemon-reload",
		      "systemctl enable --now vifi-bridge@ens3.service"}},
	{.name = "a single-board computer with dhcpcd and Docker",
	 .links = {WIRE("eth0", NO_ROUTE), WIFI("wlan0", 303)},
	 .has_user = true,
	 .hypervisors = BIT(SETUP_DOCKER),
	 .managers = BIT(SETUP_DHCPCD),
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/wlan0.conf", "/etc/dhcpcd.conf", "/etc/systemd/system/vifi-docker-br0.service"},
	 .commands = {"dhcpcd --rebind", "systemctl daemon-reload", "systemctl enable --now vifi-docker-br0.service",
		      "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "Proxmox VE: vmbr0 has the Ethernet port and the host's address",
	 .links = {WIRE("eno1", NO_ROUTE), WIFI("wlp2s0", 0)},
	 .bridges = {{.name = "vmbr0", .port = "eno1", .has_address = true}},
	 .has_user = true,
	 .ifupdown2 = true,
	 .interfaces_folder = true,
	 .hypervisors = BIT(SETUP_PROXMOX),
	 .managers = BIT(SETUP_IFUPDOWN),
	 .chosen_uplink = "wlp2s0",
	 .chosen_bridge = "vmbr1",
	 .paths = {"/etc/vifi/wlp2s0.conf", "/etc/network/interfaces"},
	 .commands = {"ifup vmbr1", "systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlp2s0.service"}},
	{.name = "Proxmox VE without a bridge",
	 .links = {WIFI("wlan0", 0)},
	 .has_user = true,
	 .ifupdown2 = true,
	 .hypervisors = BIT(SETUP_PROXMOX),
	 .managers = BIT(SETUP_IFUPDOWN),
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "vmbr0",
	 .paths = {"/etc/vifi/wlan0.conf", "/etc/network/interfaces"},
	 .commands = {"ifup vmbr0", "systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "Debian with ifupdown, and a br0 that somebody made for guests",
	 .links = {WIFI("wlan0", 0)},
	 .bridges = {{.name = "br0"}},
	 .has_user = true,
	 .interfaces_folder = true,
	 .managers = BIT(SETUP_IFUPDOWN),
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/wlan0.conf"},
	 .commands = {"systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "the same after an earlier run: br0 is ours",
	 .links = {WIFI("wlan0", 0)},
	 .bridges = {{.name = "br0", .own = true}},
	 .has_user = true,
	 .interfaces_folder = true,
	 .managers = BIT(SETUP_IFUPDOWN),
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/wlan0.conf", "/etc/network/interfaces.d/vifi-br0"},
	 .commands = {"ifup br0", "systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "br0 is an Ethernet bridge with the host's address",
	 .links = {WIFI("wlan0", 0)},
	 .bridges = {{.name = "br0", .port = "eth0", .has_address = true}},
	 .has_user = true,
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br1",
	 .paths = {"/etc/vifi/wlan0.conf"},
	 .commands = {"systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlan0.service"}},
	{.name = "ConnMan, no systemd",
	 .links = {WIFI("wlan0", NO_ROUTE)},
	 .without_systemd = true,
	 .managers = BIT(SETUP_CONNMAN),
	 .chosen_uplink = "wlan0",
	 .chosen_bridge = "br0",
	 .paths = {"/etc/vifi/wlan0.conf", "/etc/connman/main.conf"}},
	{.name = "a card that is not plugged in, named by the operator",
	 .links = {WIRE("eth0", 0)},
	 .has_user = true,
	 .uplink = "wlx001122334455",
	 .bridge = "guests",
	 .chosen_uplink = "wlx001122334455",
	 .chosen_bridge = "guests",
	 .paths = {"/etc/vifi/wlx001122334455.conf"},
	 .commands = {"systemctl daemon-reload", "systemctl enable --now vifi-bridge@wlx001122334455.service"}},
	{.name = "the Wi-Fi interface is a port of a bridge, which does not work",
	 .links = {{.name = "wlan0", .wifi = true, .rank = NO_ROUTE}, {.name = "br0", .rank = 0}}},
	{.name = "no network", .links = {WIRE("eth0", NO_ROUTE)}},
	{.name = "the default route is a tunnel's", .links = {{.name = "wg0", .rank = 0}, WIRE("eth0", NO_ROUTE)}},
	{.name = "the uplink is a bridge", .links = {{.name = "br0", .rank = 0}}, .uplink = "br0"},
	{.name = "the bridge is an interface", .links = {WIFI("wlan0", 0), WIRE("eth0", 1)}, .bridge = "eth0"},
	{.name = "one name for both", .links = {WIFI("wlan0", 0)}, .bridge = "wlan0"},
	{.name = "a name that a shell would read", .links = {WIFI("wlan0", 0)}, .bridge = "br0;reboot"},
	{.name = "a name that systemd would read", .links = {WIFI("wlan0", 0)}, .bridge = "br%i"},
	{.name = "a name that leads elsewhere", .uplink = "../x"},
};

static struct setup_facts facts_of(const struct machine *machine)
{
	struct setup_facts facts = {
		.links = machine->links,
		.bridges = machine->bridges,
		.systemd = !machine->without_systemd,
		.has_user = machine->has_user,
		.ifupdown2 = machine->ifupdown2,
		.interfaces_folder = machine->interfaces_folder,
	};

	while (facts.n_links < LINKS && machine->links[facts.n_links].name[0])
		facts.n_links++;
	while (facts.n_bridges < 2 && machine->bridges[facts.n_bridges].name[0])
		facts.n_bridges++;
	for (int i = 0; i < SETUP_HYPERVISORS; i++)
		facts.hypervisor[i] = machine->hypervisors & BIT(i);
	for (int i = 0; i < SETUP_MANAGERS; i++)
		facts.manager[i] = machine->managers & BIT(i);
	if (machine->uplink)
		strcpy(facts.uplink, machine->uplink);
	if (machine->bridge)
		strcpy(facts.bridge, machine->bridge);
	return facts;
}

static void check_plan(const struct setup_plan *plan, const struct machine *machine)
{
	assert_string_equal(plan->uplink, machine->chosen_uplink);
	assert_string_equal(plan->bridge, machine->chosen_bridge);
	for (size_t i = 0; i < PATHS && (machine->paths[i] || i < plan->n_files); i++) {
		assert_non_null(machine->paths[i]);
		assert_uint_in_range(plan->n_files, i + 1, PATHS);
		assert_string_equal(plan->files[i].path, machine->paths[i]);
	}
	for (size_t i = 0; i < COMMANDS && (machine->commands[i] || i < plan->n_commands); i++) {
		assert_non_null(machine->commands[i]);
		assert_uint_in_range(plan->n_commands, i + 1, COMMANDS);
		assert_string_equal(plan->commands[i].run, machine->commands[i]);
	}
}

static void every_machine_gets_its_plan(void **state)
{
	struct setup_plan *plan = malloc(sizeof(*plan));

	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		struct setup_facts facts = facts_of(&machines[i]);
		struct error error = {{0}};
		bool made = setup_plan_make(plan, &facts, &error);

		print_message("%s%s%s\n", machines[i].name, made ? "" : ": ", error.text);
		assert_int_equal(made, machines[i].chosen_uplink != NULL);
		assert_int_equal(!made, error.text[0] != '\0');
		if (made)
			check_plan(plan, &machines[i]);
	}
	free(plan);
}

/* Every text fits its field: a truncated file would be worse than none. */
static void longest_names_fit(void **state)
{
	struct setup_plan *plan = malloc(sizeof(*plan));
	struct machine machine = {.links = {WIFI("wlx0011223344ff", 0)}, .bridge = "guests-of-wlx00"};
	struct setup_facts facts;
	struct error error;

	(void)state;
	for (int round = 0; round < 4; round++) {
		machine.hypervisors = machine.managers = ~0u;
		if (round & 1)
			machine.managers &= ~(BIT(SETUP_NETWORK_MANAGER) | BIT(SETUP_NETWORKD));
		machine.interfaces_folder = round & 2;
		machine.hypervisors &= round & 2 ? ~BIT(SETUP_PROXMOX) : ~0u;
		facts = facts_of(&machine);
		assert_true(setup_plan_make(plan, &facts, &error));
		assert_uint_in_range(plan->n_files, 5, SETUP_FILES_MAX - 1);
		assert_uint_in_range(plan->n_commands, 5, SETUP_COMMANDS_MAX - 1);
		for (size_t i = 0; i < plan->n_files; i++) {
			assert_uint_in_range(strlen(plan->files[i].text), 1, sizeof(plan->files[i].text) - 2);
			assert_int_equal(plan->files[i].text[strlen(plan->files[i].text) - 1], '\n');
			assert_uint_in_range(strlen(plan->files[i].path), 5, sizeof(plan->files[i].path) - 2);
			assert_uint_in_range(strlen(plan->files[i].why), 5, sizeof(plan->files[i].why) - 2);
			for (int k = 0; k < SETUP_LINES; k++)
				assert_uint_in_range(strlen(plan->files[i].enough[k]), 0,
						     sizeof(plan->files[i].enough[k]) - 2);
		}
		for (size_t i = 0; i < plan->n_commands; i++) {
			assert_uint_in_range(strlen(plan->commands[i].run), 1, sizeof(plan->commands[i].run) - 2);
			assert_uint_in_range(strlen(plan->commands[i].undo), 0, sizeof(plan->commands[i].undo) - 2);
		}
		for (size_t i = 0; i < plan->n_guests; i++)
			assert_uint_in_range(strlen(plan->guests[i].how), 1, sizeof(plan->guests[i].how) - 2);
		for (size_t i = 0; i < plan->n_notes; i++)
			assert_uint_in_range(strlen(plan->notes[i]), 1, sizeof(plan->notes[i]) - 2);
	}
	free(plan);
}

static void folder_of_interfaces_is_recognised(void **state)
{
	(void)state;
	assert_true(setup_interfaces_read_folder("# x\nauto lo\nsource /etc/network/interfaces.d/*\n"));
	assert_true(setup_interfaces_read_folder("source-directory interfaces.d"));
	assert_false(setup_interfaces_read_folder("#source /etc/network/interfaces.d/*\nauto lo\n"));
	assert_false(setup_interfaces_read_folder("source /etc/other\n# interfaces.d\n"));
	assert_false(setup_interfaces_read_folder(""));
}

/* udev may name a card otherwise at the next boot: the configuration has its MAC address. */
static void configuration_names_the_card(void **state)
{
	struct setup_plan *plan = malloc(sizeof(*plan));
	struct machine machine = {.links = {WIFI("wlan0", 0)}};
	struct setup_facts facts;
	struct error error;

	(void)state;
	memcpy(machine.links[0].permanent_mac, "\x02\0\0\0\0\x07", 6);
	facts = facts_of(&machine);
	assert_true(setup_plan_make(plan, &facts, &error));
	assert_non_null(strstr(plan->files[0].text, "[bridge]\nuplink = wlan0\nuplink-mac = 02:00:00:00:00:07\n"));
	machine.links[0].wifi = false; /* a port of a virtual machine, which may be cloned */
	facts = facts_of(&machine);
	assert_true(setup_plan_make(plan, &facts, &error));
	assert_null(strstr(plan->files[0].text, "uplink-mac"));
	free(plan);
}

static void uplink_of_the_default_route_is_chosen(void **state)
{
	static const struct uplink_candidate links[] = {
		{.name = "lo", .rank = NO_ROUTE}, {.name = "tun0", .rank = 0}, WIRE("eth0", 100), WIFI("wlan0", 600),
		WIFI("wlan1", NO_ROUTE),
	};

	(void)state;
	assert_string_equal(uplink_choose(links, COUNT(links), false)->name, "eth0");
	assert_string_equal(uplink_choose(links, COUNT(links), true)->name, "wlan0");
	assert_string_equal(uplink_choose(links + 4, 1, true)->name, "wlan1");
	assert_null(uplink_choose(links + 4, 1, false));
	assert_null(uplink_choose(links, 2, true));
	assert_true(uplink_route_rank(false, UINT32_MAX) < uplink_route_rank(true, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_machine_gets_its_plan),
		cmocka_unit_test(longest_names_fit),
		cmocka_unit_test(configuration_names_the_card),
		cmocka_unit_test(folder_of_interfaces_is_recognised),
		cmocka_unit_test(uplink_of_the_default_route_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
