/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card that is away: unplugged, or not plugged in yet. */
#ifndef VIFI_DRIVER_CARD_H
#define VIFI_DRIVER_CARD_H

#include "base/error.h"
#include "netdev/rtnl.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Is there an interface of this name? If not, `elsewhere` says under which name the card with this address (zero: unknown) is here;
 * otherwise its text is empty.
 */
bool driver_card_is_here(struct netdev *netdev, const char *name, const uint8_t addr[6], struct error *elsewhere);

/* NetworkManager would take the interface back. Returns -EBUSY with a sentence, or 0. */
int driver_refuse_network_manager(struct netdev *netdev, const char *name, struct error *error);

#endif
