/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/wifi_reload.h"

#include "conf/hostapd_edit.h"
#include "conf/wifi_text.h"
#include "daemon/control.h"
#include "daemon/json_text.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_S = 10, PROCESSES_MAX = 64 };

/* The interface of the first network of a hostapd.conf. */
static bool find_interface(const char *text, const char *file, char interface[16], struct error *error)
{
	struct hostapd_edit *edit = hostapd_edit_new("wlan0");
	bool ok = edit ? hostapd_edit_load(edit, text, file, NULL, error) : error_set(error, false, "no memory");

	if (ok)
		snprintf(interface, 16, "%s", hostapd_edit_interface(edit, 0));
	hostapd_edit_free(edit);
	return ok;
}

/* The interface of the only station of this network namespace. */
static int find_station(char interface[16], struct error *error)
{
	char(*names)[CONTROL_NAME_MAX] = calloc(PROCESSES_MAX, sizeof(*names));
	size_t count = names ? control_names(RUNTIME_WIFI_FOLDER, names, PROCESSES_MAX) : 0;
	int stations = 0;
	pid_t pid;

	for (size_t i = 0; i < count; i++)
		if (!strncmp(names[i], "sta-", 4) && control_owner(RUNTIME_WIFI_FOLDER, names[i], &pid) >= 0) {
			snprintf(interface, 16, "%.15s", names[i] + 4);
			stations++;
		}
	free(names);
	if (stations == 1)
		return EXIT_DONE;
	return error_set(error, EXIT_STATE,
			 stations ? "several stations run; name the interface with -i" : "no vifi sta is running");
}

static int ask(const char *role, const char *interface, const json_t *request, struct error *error)
{
	char name[CONTROL_NAME_MAX];
	const char *refusal;
	json_t *answer;
	int owner;
	pid_t pid;

	snprintf(name, sizeof(name), "%s-%.16s", role, interface);
	owner = control_owner(RUNTIME_WIFI_FOLDER, name, &pid);
	if (owner == -EPERM || owner == -EACCES)
		return error_set(error, EXIT_PRIVILEGE, "only root may send a file to vifi %s", role);
	if (owner < 0)
		return error_set(error, EXIT_STATE,
				 "no vifi %s that was started with the interface %s is running; a change of the "
				 "interface needs a restart (systemctl restart)",
				 role, interface);
	answer = control_request(RUNTIME_WIFI_FOLDER, name, request, TIMEOUT_S, false, error);
	if (!answer)
		return EXIT_FAILED;
	refusal = json_string_value(json_object_get(answer, "error"));
	if (refusal)
		error_set(error, 0, "%s", refusal);
	json_decref(answer);
	return refusal ? EXIT_USAGE : EXIT_DONE;
}

static int send_text(const char *role, const char *interface, const char *file, const char *text, struct error *error)
{
	enum { TEXT_MAX = CONTROL_REQUEST_MAX / 2 }; /* bytes: each may need two, and the request has other parts */
	json_t *request;
	int code;

	if (strlen(text) > TEXT_MAX)
		return error_set(error, EXIT_FAILED, "%.200s: longer than %d bytes; restart vifi %s to apply it", file,
				 TEXT_MAX, role);
	request = json_pack("{s:s, s:s, s:o}", "ask", "reload", "file", file, "text", json_bytes(text));
	if (!request)
		return error_set(error, EXIT_FAILED, "no memory, or the name of the file is not UTF-8");
	code = ask(role, interface, request, error);
	json_decref(request);
	return code;
}

int wifi_reload(const struct opt_command *command, const char *role, const char *interface, const char *file)
{
	char found[16] = "", *text;
	struct error error;
	int code = EXIT_DONE;

	snprintf(found, sizeof(found), "%s", interface);
	text = text_file_load(file, &error);
	if (!text)
		return command_fail(command, errno == EACCES ? EXIT_PRIVILEGE : EXIT_FAILED, &error);
	if (!found[0] && !strcmp(role, "ap") && !find_interface(text, file, found, &error))
		code = EXIT_USAGE;
	else if (!found[0] && strcmp(role, "ap") != 0)
		code = find_station(found, &error);
	if (code == EXIT_DONE)
		code = send_text(role, found, file, text, &error);
	text_file_free(text);
	return code == EXIT_DONE ? code : command_fail(command, code, &error);
}
