/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics/metrics.h"

#include "air/client.h"
#include "bridge/reports.h"
#include "daemon/json_text.h"
#include "daemon/wifi_reports.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What was asked, and whether it has answered. */
struct outcome {
	const char *part; /* "bridge", "wifi", "air" */
	char name[32];    /* of the uplink, of the report */
	bool success;
};

enum { OUTCOMES_MAX = 64 };

struct collection {
	struct outcome outcomes[OUTCOMES_MAX];
	size_t count;
};

static void note(struct collection *collection, const char *part, const char *name, bool success)
{
	struct outcome *outcome;

	if (collection->count == OUTCOMES_MAX)
		return;
	outcome = &collection->outcomes[collection->count++];
	outcome->part = part;
	outcome->success = success;
	snprintf(outcome->name, sizeof(outcome->name), "%s", name);
}

static void collect_bridges(struct collection *collection, struct exposition *text)
{
	json_t *all = bridge_reports_read(), *reports = json_array(), *report;
	size_t i;

	json_array_foreach(all, i, report)
	{
		bool success = !json_object_get(report, "error");

		note(collection, "bridge", json_text(report, "uplink"), success);
		if (success)
			json_array_append(reports, report);
	}
	metrics_add_bridges(text, reports, time(NULL));
	json_decref(reports);
	json_decref(all);
}

static void collect_wifi(struct collection *collection, struct exposition *text)
{
	json_t *reports = wifi_reports_read(), *report;
	size_t i;

	json_array_foreach(reports, i, report)
		note(collection, "wifi", json_text(report, "name"), json_is_array(json_object_get(report, "radios")));
	metrics_add_wifi(text, reports);
	json_decref(reports);
}

static void collect_air(struct collection *collection, struct exposition *text, const char *socket)
{
	struct error ignored;
	char *answer = NULL;
	json_t *status = NULL;

	if (access(socket, F_OK) != 0)
		return;
	if (air_request(socket, AIR_SHOW, NULL, &answer, &ignored) == 0)
		status = json_loads(answer, 0, NULL);
	free(answer);
	note(collection, "air", "", status != NULL);
	if (status)
		metrics_add_air(text, status);
	json_decref(status);
}

void metrics_collect(struct exposition *text, const char *air_socket)
{
	struct collection collection = {.count = 0};

	collect_bridges(&collection, text);
	collect_wifi(&collection, text);
	collect_air(&collection, text, air_socket);
	exposition_family(text, "vifi_collect_success", "gauge", "Whether a part of vifi that runs has answered.");
	for (size_t i = 0; i < collection.count; i++) {
		exposition_label(text, "part", collection.outcomes[i].part);
		exposition_label(text, "name", collection.outcomes[i].name);
		exposition_value(text, collection.outcomes[i].success);
	}
}
