/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_UP_H
#define VIFI_BRIDGE_UP_H

#include "bridge/bridge.h"

/*
 * Checks everything, then brings the bridge up. After a failure the machine is as before; bridge_close() in any case.
 */
enum bridge_result bridge_up(struct bridge *bridge, const struct bridge_conf *conf, struct error *error);

#endif
