/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/wifi_reports.h"

#include "daemon/control.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESSES_MAX = 64, ANSWER_S = 2 };

static json_t *read_report(const char *name, const json_t *request)
{
	struct error error;
	json_t *answer;
	pid_t pid;

	if (control_owner(RUNTIME_WIFI_FOLDER, name, &pid) < 0)
		return NULL; /* it was killed, or belongs to another user */
	answer = control_request(RUNTIME_WIFI_FOLDER, name, request, ANSWER_S, false, &error);
	if (!answer)
		return json_pack("{s:s, s:s}", "name", name, "error", error.text);
	json_object_set_new(answer, "name", json_string(name));
	return answer;
}

json_t *wifi_reports_read(void)
{
	char(*names)[CONTROL_NAME_MAX] = calloc(PROCESSES_MAX, sizeof(*names));
	size_t count = names ? control_names(RUNTIME_WIFI_FOLDER, names, PROCESSES_MAX) : 0;
	json_t *request = json_pack("{s:s}", "ask", "report"), *reports = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *report = read_report(names[i], request);

		if (report)
			json_array_append_new(reports, report);
	}
	json_decref(request);
	free(names);
	return reports;
}

/* Of a role, and of `interface` unless that is NULL. */
static bool find_left(const char *role, const char *interface, char found[16])
{
	char(*names)[CONTROL_NAME_MAX] = calloc(PROCESSES_MAX, sizeof(*names));
	size_t count = names ? control_names(RUNTIME_WIFI_FOLDER, names, PROCESSES_MAX) : 0, length = strlen(role);
	bool is_left = false;
	pid_t pid;

	for (size_t i = 0; i < count && !is_left; i++) {
		const char *name = names[i] + length + 1;

		is_left = !strncmp(names[i], role, length) && names[i][length] == '-' &&
			  (!interface || !strcmp(name, interface)) &&
			  control_owner(RUNTIME_WIFI_FOLDER, names[i], &pid) == -ECONNREFUSED;
		if (is_left)
			snprintf(found, 16, "%.15s", name);
	}
	free(names);
	return is_left;
}

bool wifi_report_find_left(const char *role, char interface[16])
{
	return find_left(role, NULL, interface);
}

bool wifi_report_left_behind(const char *role, const char *interface)
{
	char found[16];

	return find_left(role, interface, found);
}
