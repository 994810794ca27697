/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/network_manager.h"
#include "wifi/recorder.h"
#include "wifi/wifi.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
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

enum wifi_result wifi_card_open(struct wifi *wifi, struct error *error)
{
	const struct driver_owner owner = {
		.log = log_text, .report = log_report, .recorder = wifi_recorder_now, .user = wifi};
	const char *interface = wifi->networks[0].interface;
	int err;

	if (network_manager_has(if_nametoindex(interface))) {
		error_set(error, -EBUSY, "%s: NetworkManager manages the interface: nmcli device set %s managed no",
			  interface, interface);
		return WIFI_STATE;
	}
	wifi->driver = driver_open(&owner, &err, error);
	return wifi->driver ? WIFI_OK : wifi_exit_code(err);
}
