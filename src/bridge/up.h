/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_UP_H
#define VIFI_BRIDGE_UP_H

#include "bridge/bridge.h"

/*
 * Checks everything, then brings the bridge up. After a failure the machine is as before; bridge_close() in any case. The
 * bridge borrows `conf` and `line`; a reload reads `line` again and changes `conf`.
 */
enum bridge_result bridge_up(struct bridge *bridge, struct bridge_conf *conf, const struct bridge_command_line *line,
			     struct error *error);

#endif
