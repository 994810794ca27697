/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/reports.h"

#include "bridge/machines.h"
#include "bridge/problems.h"
#include "bridge/remote.h"

#include <stdlib.h>

static json_t *read_report(const struct bridge_place *place)
{
	struct bridge_remote remote;
	struct error error;
	json_t *report = NULL;

	if (bridge_remote_open_place(&remote, place, &error) == BRIDGE_OK)
		report = bridge_remote_show(&remote, false, &error);
	bridge_remote_close(&remote);
	if (!report)
		return json_pack("{s:s, s:s}", "uplink", bridge_place_name(place), "error", error.text);
	bridge_machines_apply(report);
	bridge_problems_add(report);
	return report;
}

json_t *bridge_reports_read(void)
{
	struct bridge_place *places = NULL;
	json_t *reports = json_array();
	size_t count = 0;

	if (bridge_remote_places(&places, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(reports, read_report(&places[i]));
	free(places);
	return reports;
}
