/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_CONFIG_H
#define VIFI_BRIDGE_CONFIG_H

#include "bridge/bridge.h"

/* Fills bridge->config, which the rules read, from the configuration and the links. */
void bridge_fill_config(struct bridge *bridge);

#endif
