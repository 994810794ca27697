/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sandbox.h"
#include "driver/card.h"
#include "netdev/rtnl.h"
#include "wifi/recorder.h"
#include "wifi/wifi.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char switches[] = "/dev/rfkill";

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
	struct netdev *netdev;
	int err = netdev_open(&netdev);

	if (err < 0) {
		error_set(error, err, "cannot ask the kernel about its interfaces: %s", strerror(-err));
		return WIFI_FAILED;
	}
	err = driver_refuse_network_manager(netdev, wifi->networks[0].interface, error);
	netdev_close(netdev);
	if (err < 0)
		return wifi_exit_code(err);
	wifi->driver = driver_open(&owner, &err, error);
	return wifi->driver ? WIFI_OK : wifi_exit_code(err);
}

void wifi_card_permit_return(const struct wifi *wifi, struct sandbox *sandbox)
{
	int i = 0;

	sandbox->calls |= SANDBOX_NETLINK; /* to start again, and to watch the interfaces then */
	if (wifi->driver && (driver_uses_packets(wifi->driver) || driver_awaits_card(wifi->driver))) {
		sandbox->calls |= SANDBOX_MANAGE;
		sandbox->capabilities |= UINT64_C(1) << CAP_NET_RAW;
	}
	while (i < SANDBOX_PATHS_MAX - 1 && sandbox->paths[i].path && strcmp(sandbox->paths[i].path, switches) != 0)
		i++;
	if (i < SANDBOX_PATHS_MAX - 1)
		sandbox->paths[i] = (struct sandbox_path){switches, SANDBOX_READ};
}
