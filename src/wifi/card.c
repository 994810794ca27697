/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/recorder.h"
#include "wifi/wifi.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void log_text(void *user, const char *interface, const char *text)
{
	const struct wifi *wifi = user;

	wifi_log_printf(wifi->log, interface, "%s", text);
}

static void log_report(void *user, const char *interface, const struct action *report)
{
	const struct wifi *wifi = user;

	if (report->kind == ACTION_NOTE)
		wifi_note(wifi, interface, report);
	else if (report->kind == ACTION_DROP)
		wifi_drop(wifi, interface, report);
}

bool wifi_card_exists(const char *interface)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%.16s/phy80211", interface);
	return access(path, F_OK) == 0;
}

enum wifi_result wifi_exit_code(int err)
{
	switch (err) {
	case -EPERM:
		return WIFI_PRIVILEGE;
	case -EBUSY:
	case -EALREADY:
		return WIFI_STATE;
	}
	return WIFI_FAILED;
}

/* ---- other owners ---- */

static bool file_has_line(const char *path, const char *wanted)
{
	FILE *file = fopen(path, "re");
	char line[64];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, wanted);
	}
	if (file)
		fclose(file);
	return found;
}

/* Is it in the network namespace of this process? Another one has interfaces of its own, with the same numbers. */
static bool shares_network(const char *pid)
{
	struct stat own, other;
	char path[300];

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	return stat("/proc/self/ns/net", &own) < 0 || stat(path, &other) < 0 || own.st_ino == other.st_ino;
}

static bool process_runs(const char *name)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char path[300];
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		found = isdigit((unsigned char)entry->d_name[0]) && file_has_line(path, name) &&
			shares_network(entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

/*
 * NetworkManager registers for no frames, so the kernel would not refuse us, and it would fight for the interface. It has a
 * file for each device, which outlives it.
 */
static bool network_manager_has(const char *interface)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", if_nametoindex(interface));
	return file_has_line(path, "managed=true") && process_runs("NetworkManager");
}

enum wifi_result wifi_card_open(struct wifi *wifi, struct error *error)
{
	const struct driver_owner owner = {
		.log = log_text, .report = log_report, .recorder = wifi_recorder_now, .user = wifi};
	const char *interface = wifi->networks[0].interface;
	int err;

	if (network_manager_has(interface)) {
		error_set(error, -EBUSY, "%s: NetworkManager manages the interface: nmcli device set %s managed no",
			  interface, interface);
		return WIFI_STATE;
	}
	wifi->driver = driver_open(&owner, &err, error);
	return wifi->driver ? WIFI_OK : wifi_exit_code(err);
}
