/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card that is removed while it is used, as a USB stick is, or that is not plugged in yet. The name of its interface is what
 * files, bridges and firewalls know: a card that returns under another one is reported, not used.
 */
#include "driver/card.h"

#include "base/mac.h"
#include "driver/driver_state.h"
#include "netdev/network_manager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A radio has the same address wherever it is plugged in. */
static void look_for_other_name(struct netdev *netdev, const char *name, const uint8_t addr[6], struct error *elsewhere)
{
	struct netdev_link *links = NULL;
	size_t count = 0;

	if (mac_is_zero(addr) || netdev_links(netdev, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!links[i].kind[0] && mac_equal(links[i].mac, addr))
			error_set(elsewhere, 0,
				  "%s: the card is back as %s: `ip link set %s name %s` gives it its name again", name,
				  links[i].name, links[i].name, name);
	free(links);
}

bool driver_card_is_here(struct netdev *netdev, const char *name, const uint8_t addr[6], struct error *elsewhere)
{
	struct netdev_link link;

	elsewhere->text[0] = '\0';
	if (netdev_link_by_name(netdev, name, &link) == 0)
		return true;
	look_for_other_name(netdev, name, addr, elsewhere);
	return false;
}

int driver_refuse_network_manager(struct netdev *netdev, const char *name, struct error *error)
{
	struct netdev_link link;

	if (netdev_link_by_name(netdev, name, &link) < 0 || !network_manager_has((unsigned)link.ifindex))
		return 0;
	return error_set(error, -EBUSY, "%s: NetworkManager manages the interface: nmcli device set %s managed no",
			 name, name);
}

/* Each reason once; it names the interface. */
static void say(struct driver *driver, const struct error *error)
{
	if (error->text[0] && strcmp(driver->card_error.text, error->text) != 0)
		driver->owner.log(driver->owner.user, NULL, error->text);
	driver->card_error = *error;
}

void driver_await_card(struct driver *driver)
{
	struct driver_interface *interface = &driver->interfaces[0];

	if (interface->info.ifindex)
		mac_copy(driver->card_addr, interface->before.addr);
	interface->info.ifindex = 0;
	driver->interface_up = driver->data_passes = false;
	driver->awaits_card = true;
	driver->card_error.text[0] = '\0';
	driver_log(driver, "waiting until the interface is %s", mac_is_zero(driver->card_addr) ? "there" : "back");
}

void driver_await_interface(struct driver *driver, const char *name)
{
	struct driver_interface *interface = &driver->interfaces[0];

	*interface = (struct driver_interface){0};
	snprintf(interface->info.name, sizeof(interface->info.name), "%.15s", name);
	driver->interface_count = 1;
	driver_await_card(driver);
}

void driver_look_for_card(struct driver *driver)
{
	struct driver_interface *interface = &driver->interfaces[0];
	struct error error;
	char name[16];

	memcpy(name, interface->info.name, sizeof(name));
	if (!driver_card_is_here(driver->netdev, name, driver->card_addr, &error)) {
		say(driver, &error);
		return;
	}
	if (driver->ops->adopt_card(driver->mlme, &error) == 0) {
		driver->awaits_card = false;
		return;
	}
	/* Changes so far stay for the next attempt: the journal of the interface holds its state before vifi. */
	memcpy(interface->info.name, name, sizeof(name));
	interface->info.ifindex = 0;
	driver->interface_up = false;
	say(driver, &error);
}
