/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_RELOAD_H
#define VIFI_BRIDGE_RELOAD_H

#include "bridge/bridge.h"
#include "bridge/policy/conf_change.h"

/*
 * Reads the configuration again; `text` is that of its file, or NULL: this process reads it. Returns the number of keys
 * that have changed, with their names in `changed`; the next comparison (bridge/watch.h) applies them to the tables.
 * Returns -EINVAL with an error if the configuration is invalid or has a change that needs a restart; then nothing has
 * changed. *carrier_actions is a set of enum carrier_action.
 */
int bridge_reload(struct bridge *bridge, const char *text, char changed[CONF_CHANGE_TEXT], unsigned *carrier_actions,
		  struct error *error);

/* Whether this process may not read the configuration file (any more). */
bool bridge_reload_is_forbidden(const struct bridge *bridge);

#endif
