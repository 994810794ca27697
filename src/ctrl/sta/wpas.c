/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "ctrl/command.h"
#include "ctrl/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static wpas_handler accept_command, terminate, interface_name;

/* Commands of features that there are none of: nothing remains to be done. */
static void accept_command(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)wpas;
	(void)arguments;
	ctrl_ok(reply, true);
}

static void terminate(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, true);
	wpas->owner.terminate(wpas->owner.user);
}

static void interface_name(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_put(reply, "%s\n", wpas->interface);
}

static const struct command {
	const char *verb;
	wpas_handler *handle;
} commands[] = {
	{"ADD_NETWORK", wpas_add_network},
	{"SET_NETWORK", wpas_set_network},
	{"GET_NETWORK", wpas_get_network},
	{"REMOVE_NETWORK", wpas_remove_network},
	{"LIST_NETWORKS", wpas_list_networks},
	{"DUP_NETWORK", wpas_dup_network},
	{"SAVE_CONFIG", wpas_save_config},
	{"RECONFIGURE", wpas_reconfigure_command},
	{"SELECT_NETWORK", wpas_select_network},
	{"ENABLE_NETWORK", wpas_enable_network},
	{"DISABLE_NETWORK", wpas_disable_network},
	{"DISCONNECT", wpas_disconnect},
	{"RECONNECT", wpas_reconnect},
	{"REASSOCIATE", wpas_reassociate},
	{"REATTACH", wpas_reassociate},
	{"ROAM", wpas_roam},
	{"BSSID_IGNORE", wpas_bssid_ignore},
	{"BLACKLIST", wpas_bssid_ignore},
	{"FLUSH", wpas_flush},
	{"SCAN", wpas_scan},
	{"ABORT_SCAN", wpas_abort_scan},
	{"SCAN_RESULTS", wpas_scan_results},
	{"BSS", wpas_bss},
	{"BSS_FLUSH", wpas_bss_flush},
	{"STATUS", wpas_status},
	{"STATUS-DRIVER", wpas_driver_status},
	{"STATUS-VERBOSE", wpas_status},
	{"STATUS-NO_EVENTS", wpas_status},
	{"STATUS-WPS", wpas_status},
	{"SIGNAL_POLL", wpas_signal_poll},
	{"PKTCNT_POLL", wpas_packet_counters},
	{"MIB", wpas_mib},
	{"PMKSA", wpas_pmksa},
	{"PMKSA_FLUSH", wpas_pmksa_flush},
	{"DRIVER_FLAGS", wpas_driver_flags},
	{"SET", wpas_set},
	{"GET", wpas_get},
	{"DUMP", wpas_dump},
	{"GET_CAPABILITY", wpas_get_capability},
	{"LOG_LEVEL", wpas_log_level},
	{"RADIO_WORK", wpas_radio_work},
	{"VENDOR_ELEM_ADD", wpas_vendor_elem_add},
	{"VENDOR_ELEM_GET", wpas_vendor_elem_get},
	{"VENDOR_ELEM_REMOVE", wpas_vendor_elem_remove},
	{"BSS_EXPIRE_AGE", wpas_expire_age},
	{"BSS_EXPIRE_COUNT", wpas_expire_count},
	{"AP_SCAN", wpas_ap_scan},
	{"SCAN_INTERVAL", wpas_scan_interval},
	{"IFNAME", interface_name},
	{"P2P_FLUSH", accept_command},
	{"P2P_STOP_FIND", accept_command},
	{"WPS_CANCEL", accept_command},
	{"REMOVE_CRED", accept_command},
	{"RELOG", accept_command},
	{"SUSPEND", wpas_disconnect},
	{"RESUME", wpas_reconnect},
	{"TERMINATE", terminate},
};

void wpas_command(struct wpas *wpas, char *command, struct ctrl_reply *reply)
{
	char *arguments;

	if (!strncmp(command, "CTRL-RSP-", 9)) {
		wpas_respond(wpas, command + 9, reply);
		return;
	}
	arguments = ctrl_split(command);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].verb, command)) {
			commands[i].handle(wpas, arguments, reply);
			return;
		}
	ctrl_answer(reply, "UNKNOWN COMMAND\n");
}

/* ---- the station ---- */

void wpas_info(const struct wpas *wpas, struct sta_info *info)
{
	sta_info(wpas->owner.control(wpas->owner.user), info);
}

enum sta_answer wpas_request(struct wpas *wpas, enum sta_request_kind kind)
{
	const struct sta_request request = {.kind = kind};

	return wpas->owner.request(wpas->owner.user, &request);
}

void wpas_event(struct wpas *wpas, const char *format, ...)
{
	char text[CTRL_EVENT_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	wpas->owner.event(wpas->owner.user, CTRL_INFO, text);
}

/* Names a network that cannot be used, once for each change. */
static void report_unusable(struct wpas *wpas, const struct wpa_store_network *network)
{
	char text[CTRL_EVENT_MAX];

	if (wpa_store_is_disabled(network) || network->usable || wpas_ask_for_secret(wpas, network))
		return;
	snprintf(text, sizeof(text), "network %u cannot be used: %s", network->id, network->why);
	wpas->owner.log(wpas->owner.user, text);
}

static void free_networks(struct sta_network *networks, size_t count)
{
	if (networks)
		crypto_wipe(networks, count * sizeof(*networks));
	free(networks);
}

/* Copies the networks that can be used. NULL: no memory. */
static struct sta_network *copy_networks(struct wpas *wpas, size_t *count)
{
	struct wpa_store_network *network = NULL;
	struct sta_network *list = calloc(wpas->store.count + 1, sizeof(*list));

	*count = 0;
	while (list && (network = wpa_store_next(&wpas->store, network)))
		if (network->usable)
			list[(*count)++] = network->sta;
	return list;
}

static void compile(struct wpas *wpas)
{
	struct wpa_store_network *network = NULL;
	bool *was_stale = calloc(wpas->store.count + 1, sizeof(*was_stale));
	size_t at = 0;

	while (was_stale && (network = wpa_store_next(&wpas->store, network)))
		was_stale[at++] = network->stale;
	wpa_store_compile(&wpas->store, wpas->crypto);
	at = 0;
	while (was_stale && (network = wpa_store_next(&wpas->store, network)))
		if (was_stale[at++])
			report_unusable(wpas, network);
	free(was_stale);
}

bool wpas_apply_networks(struct wpas *wpas)
{
	struct sta_request request = {.kind = STA_REQUEST_NETWORKS};
	struct sta_network *old = wpas->networks, *list;
	size_t old_count = wpas->network_count, count;

	if (wpas->work_count) {
		if (wpas->deferred == WPAS_DEFERRED_NONE)
			wpas->deferred = WPAS_DEFERRED_NETWORKS;
		return true;
	}
	compile(wpas);
	list = copy_networks(wpas, &count);
	if (!list)
		return false;
	request.networks.list = wpas->networks = list;
	request.networks.count = wpas->network_count = count;
	if (wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_FULL) {
		wpas->networks = old;
		wpas->network_count = old_count;
		free_networks(list, count);
		return false;
	}
	free_networks(old, old_count);
	return true;
}

enum sta_answer wpas_connect(struct wpas *wpas)
{
	if (!wpas->work_count)
		return wpas_request(wpas, STA_REQUEST_CONNECT);
	wpas->deferred = WPAS_DEFERRED_CONNECT;
	return STA_ANSWER_DONE;
}

const struct sta_network *wpas_networks(const struct wpas *wpas, size_t *count)
{
	*count = wpas->network_count;
	return wpas->networks;
}

bool wpas_init(struct wpas *wpas, const struct wpas_owner *owner, struct crypto *crypto, const char *text,
	       struct error *error)
{
	*wpas = (struct wpas){.owner = *owner, .crypto = crypto, .ciphers = UINT32_MAX, .log_level = CTRL_INFO};
	wpas->expiry = (struct sta_expiry){UINT64_C(180000000000), 2};
	wpas->began_ns = owner->now_ns ? owner->now_ns(owner->user) : 0;
	if (!wpa_store_parse(&wpas->store, text, error))
		return false;
	wpa_store_compile(&wpas->store, crypto);
	wpas->networks = copy_networks(wpas, &wpas->network_count);
	return wpas->networks || error_set(error, false, "no memory for the networks");
}

void wpas_free(struct wpas *wpas)
{
	wpa_store_free(&wpas->store);
	free_networks(wpas->networks, wpas->network_count);
	*wpas = (struct wpas){0};
}
