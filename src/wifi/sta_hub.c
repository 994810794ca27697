/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stations of a process and their control sockets: those of the command line, which the process starts, and those that
 * the global socket adds and removes while it runs.
 *
 * A station that is removed stops at once. Its memory is freed by a timer in the next turn of the loop, when libuv has
 * closed its handles.
 */
#include "wifi/sta_adapter.h"

#include "daemon/sandbox.h"

#include <errno.h>
#include <libgen.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

static struct sta_adapter *adapter_of(const struct sta_station *station)
{
	return station->wifi->mlme;
}

struct sta_adapter *sta_hub_find(const struct sta_hub *hub, const char *interface)
{
	for (size_t i = 0; i < hub->count; i++)
		if (!hub->stations[i]->dying &&
		    (!interface || !strcmp(hub->stations[i]->wifi->networks[0].interface, interface)))
			return adapter_of(hub->stations[i]);
	return NULL;
}

/* ---- events and the end ---- */

static void on_event(void *user, const char *interface, int level, const char *text)
{
	struct sta_hub *hub = user;

	if (hub->global)
		ctrl_server_send_from(hub->global, interface, level, text);
}

static void terminate(void *user)
{
	struct sta_hub *hub = user;

	hub->host->stopped = true;
	uv_stop(hub->host->loop);
}

/* ---- stations ---- */

static bool attach(struct sta_hub *hub, struct sta_station *station, struct error *error)
{
	struct sta_adapter *adapter = adapter_of(station);

	adapter->on_event = on_event;
	adapter->on_terminate = terminate;
	adapter->global = hub;
	if (!sta_control_open(adapter, station->config, hub->host->loop, error))
		return false;
	hub->stations[hub->count++] = station;
	return true;
}

static void free_station(struct sta_station *station)
{
	wifi_free(station->wifi); /* of the command line, too: the process then finds nothing to free */
	if (station->wifi == &station->own && station->config)
		wifi_sta_program.free_config(station->config);
	free(station);
}

static void on_reaper(uv_timer_t *timer)
{
	struct sta_hub *hub = timer->data;

	for (size_t i = hub->count; i--;)
		if (hub->stations[i]->dying) {
			free_station(hub->stations[i]);
			hub->stations[i] = hub->stations[--hub->count];
		}
}

static void stop_station(struct sta_hub *hub, struct sta_station *station)
{
	wifi_stop(station->wifi);
	sta_control_close(adapter_of(station));
	adapter_of(station)->on_event = NULL;
	wifi_close_interfaces(station->wifi); /* INTERFACE_ADD may follow in the same turn */
	station->dying = true;
	uv_timer_start(&hub->reaper, on_reaper, 0, 0);
}

/* Has a station that came at run time not been accepted by the medium? The process checks the others. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct sta_hub *hub = prepare->data;
	struct error error;

	for (size_t i = 0; i < hub->count; i++) {
		struct sta_station *station = hub->stations[i];

		if (station->dying || station->wifi != &station->own || wifi_join_result(station->wifi, &error) >= 0)
			continue;
		wifi_log_printf(hub->host->log, station->own.networks[0].interface, "the station is removed: %s",
				error.text);
		stop_station(hub, station);
	}
}

static enum wifi_result start_station(struct sta_hub *hub, struct sta_station *station,
				      const struct wifi_options *options, struct error *error)
{
	struct wifi *wifi = &station->own;
	struct wifi_host *host = hub->host;
	enum wifi_result result;

	station->wifi = wifi;
	station->config = wifi_sta_program.read_config(options->config_file, options, host->log, error);
	if (!station->config)
		return WIFI_USAGE;
	wifi_sta_program.set_networks(station->config, wifi);
	wifi->log = host->log;
	wifi->air_socket = host->options->air_socket;
	wifi->radio_name = wifi->monitor_name = "";
	wifi->recorder_mode = (enum trace_mode)host->options->recorder;
	wifi->recorder_size = host->options->recorder_size;
	result = wifi_open_interfaces(wifi, host->crypto, error);
	if (result == WIFI_OK)
		result = wifi_sta_program.create_mlme(station->config, host->crypto, wifi, error);
	if (result == WIFI_OK && !wifi_start(wifi, host->loop, error))
		result = WIFI_FAILED;
	return result;
}

bool sta_hub_add(struct sta_hub *hub, const struct wifi_options *options, struct error *error)
{
	struct sta_station *station;

	if (sta_hub_find(hub, options->interface))
		return error_set(error, false, "%s is already a station", options->interface);
	if (hub->count == STA_HUB_MAX)
		return error_set(error, false, "there are already %d stations", STA_HUB_MAX);
	station = calloc(1, sizeof(*station));
	if (!station)
		return error_set(error, false, "no memory");
	if (start_station(hub, station, options, error) != WIFI_OK) {
		wifi_stop(&station->own); /* the loop may have its handles already */
		wifi_discard_interfaces(&station->own);
		free_station(station);
		return false;
	}
	if (attach(hub, station, error))
		return true;
	hub->stations[hub->count++] = station;
	stop_station(hub, station);
	return false;
}

bool sta_hub_remove(struct sta_hub *hub, const char *interface)
{
	for (size_t i = 0; i < hub->count; i++) {
		struct sta_station *station = hub->stations[i];

		if (station->dying || strcmp(station->wifi->networks[0].interface, interface) != 0)
			continue;
		stop_station(hub, station);
		return true;
	}
	return false;
}

/* ---- the process ---- */

static bool adopt_radios(struct sta_hub *hub, struct error *error)
{
	for (size_t i = 0; i < hub->host->count; i++) {
		struct sta_station *station = calloc(1, sizeof(*station));

		if (!station)
			return error_set(error, false, "no memory");
		station->wifi = &hub->host->radios[i];
		station->config = hub->host->configs[i];
		if (!attach(hub, station, error)) {
			free(station);
			return false;
		}
	}
	return true;
}

static bool open_global(struct sta_hub *hub, struct error *error)
{
	const struct wifi_options *options = hub->host->options;
	struct ctrl_server_setup setup = {.name = options->global_socket, .handle = sta_global_command, .user = hub};
	char folder[CTRL_PATH_MAX];
	int err;

	if (!options->global_socket[0])
		return true;
	if (options->group[0]) {
		struct ctrl_server_setup parsed = {0};

		if (!ctrl_server_parse("/", options->group, folder, sizeof(folder), &parsed, error))
			return false;
		setup.has_group = parsed.has_group;
		setup.group = parsed.group;
	}
	hub->global = ctrl_server_open(hub->host->loop, &setup, &err, error);
	return hub->global;
}

void *sta_hub_open(struct wifi_host *host, struct error *error)
{
	struct sta_hub *hub = calloc(1, sizeof(*hub));

	if (!hub) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	hub->host = host;
	crypto_has_rc4(host->crypto); /* for networks that are added later; the sandbox opens no file */
	uv_timer_init(host->loop, &hub->reaper);
	uv_prepare_init(host->loop, &hub->prepare);
	hub->reaper.data = hub->prepare.data = hub;
	uv_prepare_start(&hub->prepare, on_prepare);
	if (adopt_radios(hub, error) && open_global(hub, error))
		return hub;
	sta_hub_close(hub);
	return NULL;
}

/* The folders of the configuration and of the socket. */
static size_t permit_files(struct sta_adapter *adapter, struct sandbox *sandbox, size_t at)
{
	if (adapter->file[0] && at < SANDBOX_PATHS_MAX - 1) {
		snprintf(adapter->folder, sizeof(adapter->folder), "%s", adapter->file);
		dirname(adapter->folder);
		sandbox->paths[at++] =
			(struct sandbox_path){adapter->folder, adapter->server ? SANDBOX_WRITE : SANDBOX_READ};
	}
	if (adapter->server && at < SANDBOX_PATHS_MAX - 1) {
		snprintf(adapter->socket_folder, sizeof(adapter->socket_folder), "%s",
			 ctrl_server_path(adapter->server));
		dirname(adapter->socket_folder);
		sandbox->paths[at++] = (struct sandbox_path){adapter->socket_folder, SANDBOX_UNLINK};
	}
	return at;
}

/* Without a socket nobody can ask for the text of a configuration: only a reload needs one, and reads the file. */
static void forget_secrets(struct sta_hub *hub)
{
	for (size_t i = 0; i < hub->count && !hub->global; i++) {
		struct sta_config *config = hub->stations[i]->config;

		text_file_free(config->text);
		config->text = NULL;
		if (!adapter_of(hub->stations[i])->server)
			wpa_store_forget_secrets(&adapter_of(hub->stations[i])->wpas.store);
	}
}

void sta_hub_ready(void *control)
{
	forget_secrets(control);
}

static bool has_socket(const struct sta_hub *hub)
{
	for (size_t i = 0; i < hub->count; i++)
		if (adapter_of(hub->stations[i])->server)
			return true;
	return hub->global;
}

/* What a station needs that reads its file again, writes it, and answers clients of other users. */
void sta_hub_confine(void *control, struct sandbox *sandbox)
{
	struct sta_hub *hub = control;
	size_t at = 0;

	sandbox->calls |= SANDBOX_FILES;
	if (has_socket(hub)) {
		sandbox->capabilities |= UINT64_C(1) << CAP_DAC_OVERRIDE;
		sandbox->calls |= SANDBOX_REMOVE;
	}
	while (at < SANDBOX_PATHS_MAX - 1 && sandbox->paths[at].path)
		at++;
	if (hub->global) {
		sandbox->capabilities |= UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_RAW |
					 UINT64_C(1) << CAP_CHOWN | UINT64_C(1) << CAP_FOWNER;
		sandbox->calls |= SANDBOX_MANAGE;
		sandbox->paths[at] = (struct sandbox_path){"/", SANDBOX_ALL};
		return;
	}
	for (size_t i = 0; i < hub->count; i++)
		at = permit_files(adapter_of(hub->stations[i]), sandbox, at);
	for (size_t i = 0; i < hub->count; i++)
		if (hub->stations[i]->wifi->use_driver)
			wifi_card_permit_return(hub->stations[i]->wifi, sandbox);
}

bool sta_hub_reload(void *control)
{
	struct sta_hub *hub = control;
	struct error error;
	bool ok = true;

	for (size_t i = 0; i < hub->count; i++) {
		if (hub->stations[i]->dying || !adapter_of(hub->stations[i])->file[0])
			continue;
		if (wpas_reconfigure(&adapter_of(hub->stations[i])->wpas, &error))
			continue;
		wifi_log_printf(hub->host->log, hub->stations[i]->wifi->networks[0].interface,
				"the configuration was not read again, and stays as it was: %s", error.text);
		ok = false;
	}
	forget_secrets(hub);
	return ok;
}

bool sta_hub_reload_text(void *control, const char *text, const char *name, struct error *error)
{
	struct sta_hub *hub = control;
	struct sta_adapter *adapter = hub->count == 1 ? adapter_of(hub->stations[0]) : NULL;
	bool ok;

	if (!adapter)
		return error_set(
			error, false,
			"`vifi sta reload --config` is for a process with one station; this one has %zu: send it "
			"SIGHUP",
			hub->count);
	ok = wpas_reconfigure_text(&adapter->wpas, text, name, error);
	adapter->file_is_old |= ok;
	wifi_log_printf(hub->host->log, adapter->wpas.interface, "%s%.200s",
			ok ? "reloaded " : "nothing was changed: ", ok ? name : error->text);
	forget_secrets(hub);
	return ok;
}

struct wifi *sta_hub_radio(void *control, size_t nth)
{
	struct sta_hub *hub = control;

	for (size_t i = 0; i < hub->count; i++)
		if (!hub->stations[i]->dying && !nth--)
			return hub->stations[i]->wifi;
	return NULL;
}

/* With a global socket, an interface that disappears ends its station, and not the process. */
bool sta_hub_failed(void *control)
{
	struct sta_hub *hub = control;

	if (!hub->global)
		return false;
	for (size_t i = 0; i < hub->count; i++)
		if (!hub->stations[i]->dying && wifi_failed(hub->stations[i]->wifi))
			stop_station(hub, hub->stations[i]);
	return true;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_prepare_closed(uv_handle_t *handle)
{
	struct sta_hub *hub = handle->data;

	uv_close((uv_handle_t *)&hub->reaper, on_closed);
}

/* The handles of the stations are closed. */
static void on_last_turn(uv_timer_t *timer)
{
	struct sta_hub *hub = timer->data;

	for (size_t i = 0; i < hub->count; i++)
		free_station(hub->stations[i]);
	hub->count = 0;
	uv_close((uv_handle_t *)&hub->prepare, on_prepare_closed);
}

void sta_hub_close(void *control)
{
	struct sta_hub *hub = control;

	for (size_t i = 0; i < hub->count; i++)
		if (!hub->stations[i]->dying)
			stop_station(hub, hub->stations[i]);
	ctrl_server_close(hub->global);
	hub->global = NULL;
	uv_timer_start(&hub->reaper, on_last_turn, 0, 0);
}
