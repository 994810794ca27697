/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the global socket of `vifi sta`, which add and remove interfaces. */
#include "wifi/sta_adapter.h"

#include "base/mac.h"
#include "ctrl/command.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Copies a field of INTERFACE_ADD, which tabulators separate. Returns false if it does not fit. */
static bool take_field(char **rest, char *field, size_t room)
{
	char *start = *rest ? strsep(rest, "\t") : NULL;
	size_t len = start ? strlen(start) : 0;

	if (len >= room)
		return false;
	if (start)
		memcpy(field, start, len);
	field[len] = '\0';
	return true;
}

/* The kernel knows better than a script which bridge has the interface. */
static bool is_in_bridge(const struct wifi_options *options)
{
	char path[64], target[256];
	ssize_t len;

	if (!options->bridge[0])
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%.15s/master", options->interface);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	return !strcmp(strrchr(target, '/') ? strrchr(target, '/') + 1 : target, options->bridge);
}

/* The fields behind "create": the type, which must be "sta", and the address. */
static bool take_creation(struct sta_hub *hub, char **arguments, struct wifi_options *options, struct error *error)
{
	const struct sta_adapter *first = sta_hub_find(hub, NULL);
	char create[8], type[8], addr[18];

	if (!take_field(arguments, create, sizeof(create)) || !take_field(arguments, type, sizeof(type)) ||
	    !take_field(arguments, addr, sizeof(addr)) || (create[0] && strcmp(create, "create") != 0) ||
	    (type[0] && strcmp(type, "sta") != 0) || (addr[0] && !mac_parse(options->addr, addr)))
		return error_set(error, false,
				 "after the bridge, only create, the type sta, and an address are supported");
	if (!create[0])
		return true;
	if (!first || !first->wifi->driver)
		return error_set(error, false, "no station on a Wi-Fi card has a radio that %s could use",
				 options->interface);
	memcpy(options->radio_of, first->wpas.interface, sizeof(options->radio_of));
	if (!options->driver[0])
		strcpy(options->driver, "nl80211");
	return true;
}

/* INTERFACE_ADD NAME<TAB>FILE<TAB>DRIVER<TAB>CTRL_INTERFACE<TAB>PARAMETERS<TAB>BRIDGE<TAB>create<TAB>TYPE<TAB>ADDRESS */
static void add_interface(struct sta_hub *hub, char *arguments, struct ctrl_reply *reply)
{
	struct wifi_options options = *hub->host->options;
	char ignored[200];
	struct error error;
	bool ok;

	memset(options.addr, 0, sizeof(options.addr)); /* -a is that of the first station */
	ok = take_field(&arguments, options.interface, sizeof(options.interface)) &&
	     take_field(&arguments, options.config_file, sizeof(options.config_file)) &&
	     take_field(&arguments, options.driver, sizeof(options.driver)) &&
	     take_field(&arguments, options.ctrl_interface, sizeof(options.ctrl_interface)) &&
	     take_field(&arguments, ignored, sizeof(ignored)) &&
	     take_field(&arguments, options.bridge, sizeof(options.bridge));
	if (!ok || !options.interface[0])
		ok = error_set(&error, false,
			       "expected an interface, FILE, driver, ctrl_interface, parameters, bridge, create, sta "
			       "and an address, separated by tabs");
	else
		ok = take_creation(hub, &arguments, &options, &error);
	if (ok && !is_in_bridge(&options))
		ok = error_set(&error, false, "%s is not a port of the bridge %s", options.interface, options.bridge);
	if (ok)
		ok = sta_hub_add(hub, &options, &error);
	if (!ok)
		wifi_log_printf(hub->host->log, options.interface, "INTERFACE_ADD: %s", error.text);
	ctrl_ok(reply, ok);
}

static void list_interfaces(struct sta_hub *hub, bool with_socket, struct ctrl_reply *reply)
{
	for (size_t i = 0; i < hub->count; i++) {
		const struct sta_station *station = hub->stations[i];
		const struct sta_adapter *adapter = station->dying ? NULL : station->wifi->mlme;

		if (!adapter)
			continue;
		ctrl_put(reply, "%s", adapter->wpas.interface);
		if (with_socket && adapter->server)
			ctrl_put(reply, " ctrl_iface=%s", ctrl_server_path(adapter->server));
		ctrl_put(reply, "\n");
	}
}

/* The Wi-Fi cards that INTERFACE_ADD could name. */
static void list_cards(const struct sta_hub *hub, struct ctrl_reply *reply)
{
	struct if_nameindex *list = if_nameindex();

	for (size_t i = 0; list && list[i].if_name; i++)
		if (wifi_card_exists(list[i].if_name) && !sta_hub_find(hub, list[i].if_name))
			ctrl_put(reply, "nl80211\t%s\tWi-Fi card\n", list[i].if_name);
	if (list)
		if_freenameindex(list);
}

static void terminate(struct sta_hub *hub, struct ctrl_reply *reply)
{
	hub->host->stopped = true;
	uv_stop(hub->host->loop);
	ctrl_ok(reply, true);
}

/* IFNAME=wlan0 COMMAND */
static void pass_to(struct sta_hub *hub, char *text, struct ctrl_reply *reply)
{
	char *command = ctrl_split(text);
	struct sta_adapter *adapter = sta_hub_find(hub, text);

	if (!adapter)
		ctrl_answer(reply, "FAIL-NO-IFNAME-MATCH\n");
	else if (!strcmp(command, "PING"))
		ctrl_answer(reply, "PONG\n");
	else
		sta_control_command(adapter, command, reply);
}

/* DUP_NETWORK FROM TO ID ID KEY: from one interface to another */
static void duplicate(struct sta_hub *hub, char *arguments, struct ctrl_reply *reply)
{
	const char *words[5], *value = NULL; /* names, ids, key */
	struct wpa_store_network *networks[2] = {NULL, NULL};
	struct sta_adapter *adapters[2] = {NULL, NULL};
	struct error error;
	uint32_t id;

	for (int i = 0; i < 5; i++)
		words[i] = ctrl_next_word(&arguments);
	for (int i = 0; i < 2; i++) {
		adapters[i] = words[i] ? sta_hub_find(hub, words[i]) : NULL;
		if (adapters[i] && words[2 + i] && ctrl_number(words[2 + i], UINT32_MAX, &id))
			networks[i] = wpa_store_find(&adapters[i]->wpas.store, id);
	}
	if (networks[0] && networks[1] && words[4])
		value = wpas_network_value(networks[0], words[4]);
	ctrl_ok(reply, value && wpa_store_set(networks[1], words[4], value, &error) &&
			       (wpa_store_is_disabled(networks[1]) || wpas_apply_networks(&adapters[1]->wpas)));
}

static void count_status(const struct sta_hub *hub, struct ctrl_reply *reply)
{
	for (size_t i = 0; i < hub->count; i++) {
		const struct sta_adapter *adapter =
			hub->stations[i]->dying ? NULL : (const struct sta_adapter *)hub->stations[i]->wifi->mlme;
		struct sta_info info;

		if (!adapter)
			continue;
		wpas_info(&adapter->wpas, &info);
		ctrl_put(reply, "name=%s\nwpa_state=%s\n", adapter->wpas.interface,
			 wpas_state_name(&adapter->wpas, &info));
	}
}

void sta_global_command(void *user, char *command, struct ctrl_reply *reply)
{
	struct sta_hub *hub = user;
	struct sta_adapter *first;

	if (!strncmp(command, "IFNAME=", 7)) {
		pass_to(hub, command + 7, reply);
	} else if (!strncmp(command, "INTERFACE_ADD ", 14)) {
		add_interface(hub, command + 14, reply);
	} else if (!strncmp(command, "INTERFACE_REMOVE ", 17)) {
		ctrl_ok(reply, sta_hub_remove(hub, command + 17));
	} else if (!strcmp(command, "INTERFACE_LIST")) {
		list_cards(hub, reply);
	} else if (!strcmp(command, "INTERFACES") || !strcmp(command, "INTERFACES ctrl")) {
		list_interfaces(hub, command[10], reply);
	} else if (!strncmp(command, "DUP_NETWORK ", 12)) {
		duplicate(hub, command + 12, reply);
	} else if (!strcmp(command, "TERMINATE")) {
		terminate(hub, reply);
	} else if (!strcmp(command, "RELOG")) {
		ctrl_ok(reply, wifi_log_reopen(hub->host->log));
	} else if (!strcmp(command, "P2P_FLUSH")) {
		ctrl_ok(reply, true);
	} else if (!strcmp(command, "STATUS")) {
		count_status(hub, reply);
	} else {
		/* Clients send commands of the first interface here, too. */
		first = sta_hub_find(hub, NULL);
		if (first)
			sta_control_command(first, command, reply);
		else
			ctrl_answer(reply, "FAIL\n");
	}
}
