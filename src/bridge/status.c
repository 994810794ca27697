/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/status.h"

#include "bridge/report.h"

#include <stdio.h>

void bridge_status_text(const struct bridge *bridge, char *text, size_t size)
{
	if (bridge->uplink_gone)
		snprintf(text, size, "%s is gone; waiting for it", bridge->conf->uplink);
	else if (bridge->bridge_gone)
		snprintf(text, size, "%s is gone; waiting for it", bridge->conf->bridge);
	else
		snprintf(text, size, "%zu guest%s of %s on %s (%s)%s", bridge->n_guests,
			 bridge->n_guests == 1 ? "" : "s", bridge->bridge.name, bridge->uplink.name,
			 bridge_report_engine(&bridge->part), bridge->uplink.carrier ? "" : ", no carrier");
}
