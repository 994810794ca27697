/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks of a card that are added, changed and removed while the others run. The kernel refuses a change only when the requests
 * of a command are carried out: `trial` keeps such a refusal from being a failure of the whole access point.
 */
#include "driver/ap_state.h"

#include "base/mac.h"
#include "daemon/clock.h"

#include <errno.h>
#include <string.h>

static const char *interface_of(const struct driver_ap *ap, unsigned number)
{
	return ap->setup.networks[number].interface;
}

/* Returns 0, the refusal of the kernel with its sentence, or -EINVAL: control has refused it. */
static int run(struct driver_ap *ap, const struct ap_command *command, struct error *error)
{
	bool done;

	ap->trial = command->bss + 1;
	ap->refusal = 0;
	done = driver_ap_command(ap, command);
	ap->trial = 0;
	if (ap->refusal)
		*error = ap->reason;
	else if (!done)
		return error_set(error, -EINVAL,
				 "%s: cannot change this network while the access point moves to another channel, or "
				 "to an address that another network uses",
				 interface_of(ap, command->bss));
	return ap->refusal;
}

static int check_running(const struct driver_ap *ap, struct error *error)
{
	return driver_queue(ap->driver)
		       ? 0
		       : error_set(error, -ENETDOWN, "%s: the interface is down, or the radio is switched off",
				   interface_of(ap, 0));
}

static int check_card(const struct driver_ap *ap, unsigned count, uint32_t ciphers, struct error *error)
{
	const struct nl80211_ap_needs needs = {.domain = ap->plan.domain, .bss_count = count, .ciphers = ciphers};

	return nl80211_ap_check(driver_wiphy(ap->driver), &needs, error);
}

static struct nl80211_ap_ports ports_of(const struct driver_ap_network *network)
{
	struct nl80211_ap_ports ports = network->ports;

	memcpy(ports.interface, network->interface, sizeof(ports.interface));
	return ports;
}

/* ---- add and remove ---- */

/* Undoes the creation of a network: its BSS, its interface, its entry. */
static void release_network(struct driver_ap *ap, unsigned number)
{
	nl80211_ap_remove_bss(ap->plane, number);
	driver_remove_interface(ap->driver, number);
	ap->setup.networks[number] = (struct driver_ap_network){0};
}

static int start(struct driver_ap *ap, unsigned number, const struct ap_bss_setup *setup, struct error *error)
{
	struct ap_command add = {.kind = AP_COMMAND_ADD_BSS, .bss = number, .setup = setup};
	int ret = driver_ap_register(ap, number, 1, error);

	if (!ret)
		ret = run(ap, &add, error);
	if (ret)
		driver_ap_command(ap, &(struct ap_command){.kind = AP_COMMAND_REMOVE_BSS, .bss = number});
	return ret;
}

int driver_ap_add_network(struct driver_ap *ap, unsigned number, struct driver_ap_network *network,
			  struct ap_bss_setup *setup, uint32_t ciphers, struct error *error)
{
	struct nl80211_ap_ports ports = ports_of(network);
	int ret = check_running(ap, error);

	if (!ret)
		ret = check_card(ap, driver_ap_network_count(ap) + 1, ciphers, error);
	if (ret)
		return ret;
	ret = driver_ap_take_interface(ap->driver, &ap->setup, network, number, error);
	ap->setup.networks[number] = *network;
	if (ap->setup.count <= number)
		ap->setup.count = number + 1;
	if (!ret) {
		mac_copy(setup->bssid, network->bssid);
		nl80211_ap_add_bss(ap->plane, number, driver_interface(ap->driver, number)->info.ifindex, setup->bssid,
				   &ports);
		ret = start(ap, number, setup, error);
	}
	if (ret)
		release_network(ap, number);
	else
		ap->setup.ciphers |= ciphers;
	return ret;
}

void driver_ap_remove_network(struct driver_ap *ap, unsigned number)
{
	driver_ap_command(ap, &(struct ap_command){.kind = AP_COMMAND_REMOVE_BSS, .bss = number});
	release_network(ap, number);
}

/* ---- change ---- */

int driver_ap_set_network(struct driver_ap *ap, unsigned number, const struct driver_ap_network *network,
			  const struct ap_bss_setup *setup, const struct ap_bss_setup *old, uint32_t ciphers,
			  struct error *error)
{
	struct driver_ap_network *own = &ap->setup.networks[number];
	struct nl80211_ap_ports ports = ports_of(network), old_ports = ports_of(own);
	struct ap_command set = {.kind = AP_COMMAND_SET_BSS, .bss = number, .setup = setup};
	struct error ignored;
	int ret = check_running(ap, error);

	if (!ret)
		ret = check_card(ap, driver_ap_network_count(ap), ciphers, error);
	if (!ret && strcmp(own->bridge, network->bridge) != 0)
		ret = driver_set_bridge(ap->driver, number, network->bridge, error);
	if (ret)
		return ret;
	nl80211_ap_set_ports(ap->plane, number, &ports);
	ret = run(ap, &set, error);
	if (!ret) {
		memcpy(own->bridge, network->bridge, sizeof(own->bridge));
		own->ports = network->ports;
		ap->setup.ciphers |= ciphers;
		return 0;
	}
	set.setup = old;
	nl80211_ap_set_ports(ap->plane, number, &old_ports);
	driver_ap_command(ap, &set);
	if (strcmp(own->bridge, network->bridge) != 0)
		driver_set_bridge(ap->driver, number, own->bridge, &ignored);
	return ret;
}
