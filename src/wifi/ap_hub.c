/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/ap_hub_state.h"

#include "daemon/sandbox.h"
#include "rsn/ft_store.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fast BSS transition with other hosts: from the first network on that has a key holder there. */
static void open_ds(struct ap_hub *hub)
{
	struct error error;

	hub->ds = ap_ds_open(hub, &error);
	hub->ds_failed = !hub->ds;
	if (hub->ds_failed)
		wifi_log_printf(hub->host->log, NULL,
				"no fast BSS transition with access points of other hosts: %s; restart the program "
				"with CAP_NET_RAW",
				error.text);
}

static bool has_member(const struct ft_store *store)
{
	for (size_t i = 0; i < store->member_count; i++)
		if (store->members[i].r0khs.count || store->members[i].r1khs.count || store->members[i].over_ds)
			return true;
	return false;
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct ap_hub *hub = prepare->data;

	for (size_t i = hub->count; hub->ready && i--;)
		ap_radio_check(hub->radios[i]);
	if (!hub->ds && !hub->ds_failed && has_member(hub->host->ft_store))
		open_ds(hub);
	ap_ds_flush(hub->ds);
}

/* ---- start ---- */

static bool open_global(struct ap_hub *hub, struct error *error)
{
	const struct wifi_options *options = hub->host->options;
	struct ctrl_server_setup setup = {.handle = ap_global_handle, .user = hub};
	char path[CTRL_PATH_MAX];
	int err;

	if (!options->global_socket[0])
		return true;
	if (!ctrl_server_parse(options->global_socket, options->group, path, sizeof(path), &setup, error))
		return false;
	setup.folder = NULL;
	setup.name = path;
	hub->global = ctrl_server_open(hub->host->loop, &setup, &err, error);
	return hub->global;
}

static void copy_key(char *to, size_t room, const struct hostapd_edit *edit, const char *key)
{
	const char *value = hostapd_edit_get(edit, 0, key);

	snprintf(to, room, "%s", value ? value : "");
}

/* The process may change its folder before it reads the file again. */
static void copy_path(char *to, size_t room, const char *path)
{
	char *own = *path != '/' ? getcwd(NULL, 0) : NULL;

	snprintf(to, room, "%s%s%s", own ? own : "", own ? "/" : "", path);
	free(own);
}

/* Takes over a radio that the process has started from a file. */
static bool adopt(struct ap_hub *hub, size_t index, struct error *error)
{
	struct ap_config *config = hub->host->configs[index];
	struct hostapd_edit *edit = config->edit;
	struct ap_radio *radio;

	config->edit = NULL;
	radio = ap_radio_new(hub, edit);
	if (!radio)
		return error_set(error, false, "no memory");
	hub->host->configs[index] = NULL;
	radio->config = config;
	radio->wifi = &hub->host->radios[index];
	radio->state = AP_RADIO_STARTING;
	radio->was_enabled = true;
	copy_path(radio->file, sizeof(radio->file), hub->host->files[index]);
	copy_key(radio->folder, sizeof(radio->folder), edit, "ctrl_interface");
	copy_key(radio->group, sizeof(radio->group), edit, "ctrl_interface_group");
	ap_radio_watch(radio);
	return ap_radio_update_faces(radio, error);
}

static bool offers_ft(const struct ap_config *config)
{
	for (size_t i = 0; i < config->conf.bss_count; i++)
		if (config->conf.bss[i].akms.set & akm_set_ft())
			return true;
	return false;
}

void *ap_hub_open(struct wifi_host *host, struct error *error)
{
	struct ap_hub *hub = calloc(1, sizeof(*hub));
	bool ok;

	if (!hub) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	hub->host = host;
	hub->handle_face = ap_face_handle;
	uv_prepare_init(host->loop, &hub->prepare);
	hub->prepare.data = hub;
	uv_prepare_start(&hub->prepare, on_prepare);
	uv_timer_init(host->loop, &hub->card_timer);
	hub->card_timer.data = hub;
	/* The confined process cannot load OpenSSL's legacy provider: networks with TKIP or WEP may come later. */
	crypto_has_rc4(host->crypto);
	ok = open_global(hub, error);
	for (size_t i = 0; ok && i < host->count; i++)
		ok = adopt(hub, i, error);
	for (size_t i = 0; ok && !hub->ds && i < hub->count; i++)
		if (offers_ft(hub->radios[i]->config)) /* before the process confines itself */
			open_ds(hub);
	if (ok)
		return hub;
	ap_hub_close(hub);
	return NULL;
}

/* ---- the sandbox ---- */

/* A reload reads the file, and the files that it names, with the rights that it had at the start. */
static void permit_folder(struct ap_hub *hub, struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
	const char *slash = strrchr(path, '/'), *verb = access == SANDBOX_READ ? "read again" : "removed";
	char *folder;
	int i = 0;

	if (!*path)
		return;
	if (*path != '/' && hub->host->options->background) { /* the present folder is / */
		wifi_log_printf(hub->host->log, NULL,
				"%.200s cannot be %s later: the process has left its folder; use an absolute path",
				path, verb);
		return;
	}
	while (i < SANDBOX_PATHS_MAX - 1 && sandbox->paths[i].path)
		i++;
	folder = hub->folders[i];
	snprintf(folder, sizeof(hub->folders[i]), "%.*s", slash ? (int)(slash - path + (slash == path)) : 1,
		 slash ? path : ".");
	for (int k = 0; k < i; k++)
		if (!strcmp(sandbox->paths[k].path, folder) && sandbox->paths[k].access == access)
			return;
	if (i == SANDBOX_PATHS_MAX - 1) {
		wifi_log_printf(hub->host->log, NULL,
				"%.200s cannot be %s later: the files are in more folders than the process may keep "
				"(%d); move some together",
				path, verb, SANDBOX_PATHS_MAX - 1);
		return;
	}
	sandbox->paths[i] = (struct sandbox_path){folder, access};
}

static void permit_files(struct ap_hub *hub, struct sandbox *sandbox, const struct ap_radio *radio)
{
	static const char *const keys[] = {"wpa_psk_file", "sae_password_file", "accept_mac_file", "deny_mac_file",
					   "vlan_file"};

	permit_folder(hub, sandbox, radio->file, SANDBOX_READ);
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		for (size_t bss = 0; bss < hostapd_edit_count(radio->edit); bss++) {
			const char *path = hostapd_edit_get(radio->edit, bss, keys[k]);

			if (path)
				permit_folder(hub, sandbox, path, SANDBOX_READ);
		}
}

static bool has_socket(const struct ap_radio *radio)
{
	return radio->face_count && radio->faces[0]->server;
}

static void forget_secrets(struct ap_hub *hub)
{
	for (size_t i = 0; i < hub->count; i++)
		ap_radio_forget_secrets(hub->radios[i]);
}

void ap_hub_confine(void *user, struct sandbox *sandbox)
{
	struct ap_hub *hub = user;

	sandbox->calls |= SANDBOX_FILES;
	if (hub->global) {
		/* Radios, interfaces and sockets come at run time. */
		sandbox->calls |= SANDBOX_MANAGE | SANDBOX_NETLINK | SANDBOX_TAP | SANDBOX_UNIX;
		sandbox->capabilities |= UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_RAW |
					 UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_CHOWN |
					 UINT64_C(1) << CAP_FOWNER;
		memset(sandbox->paths, 0, sizeof(sandbox->paths));
		sandbox->paths[0] = (struct sandbox_path){"/", SANDBOX_ALL};
		return;
	}
	for (size_t i = 0; i < hub->count; i++) {
		const struct ap_radio *radio = hub->radios[i];

		permit_files(hub, sandbox, radio);
		if (radio->wifi->use_driver)
			wifi_card_permit_return(radio->wifi, sandbox);
		if (has_socket(radio))
			sandbox->calls |= SANDBOX_NETLINK; /* to start again, and to watch the interfaces then */
		if (!has_socket(radio))
			continue;
		/* Root's files are not ours to read, and the socket of a client of root is not ours to write to. */
		sandbox->capabilities |= UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_DAC_OVERRIDE;
		if (radio->wifi->use_driver) { /* networks come with a reload, and so do their sockets */
			sandbox->calls |= SANDBOX_MANAGE;
			sandbox->capabilities |= UINT64_C(1) << CAP_CHOWN | UINT64_C(1) << CAP_FOWNER;
		}
		permit_folder(hub, sandbox, ctrl_server_path(radio->faces[0]->server),
			      radio->wifi->use_driver ? SANDBOX_ALL : SANDBOX_UNLINK);
	}
}

/* ---- while it runs ---- */

void ap_hub_ready(void *user)
{
	struct ap_hub *hub = user;

	hub->ready = true;
	forget_secrets(hub);
	for (size_t i = 0; i < hub->count; i++)
		ap_radio_check(hub->radios[i]);
}

bool ap_hub_reload(void *user)
{
	struct ap_hub *hub = user;
	bool ok = true;

	for (size_t i = 0; i < hub->count; i++) {
		struct ap_radio *radio = hub->radios[i];
		struct error error;

		if (ap_radio_reload(radio, &error)) {
			wifi_log_printf(hub->host->log, hostapd_edit_interface(radio->edit, 0), "reloaded %s",
					radio->file[0] ? radio->file : "what was set");
			continue;
		}
		wifi_log_printf(hub->host->log, hostapd_edit_interface(radio->edit, 0), "nothing was changed: %s",
				error.text);
		ok = false;
	}
	forget_secrets(hub);
	return ok;
}

bool ap_hub_reload_text(void *user, const char *text, const char *name, struct error *error)
{
	struct ap_hub *hub = user;
	bool ok;

	if (hub->count != 1)
		return error_set(
			error, false,
			"`vifi ap reload --config` is for an access point that was started with one file; this "
			"one has %zu radios: send it SIGHUP",
			hub->count);
	ok = ap_radio_reload_text(hub->radios[0], text, name, error);
	wifi_log_printf(hub->host->log, hostapd_edit_interface(hub->radios[0]->edit, 0), "%s%.200s",
			ok ? "reloaded " : "nothing was changed: ", ok ? name : error->text);
	forget_secrets(hub);
	return ok;
}

struct wifi *ap_hub_radio(void *user, size_t nth)
{
	struct ap_hub *hub = user;

	return nth < hub->count ? hub->radios[nth]->wifi : NULL;
}

bool ap_hub_handle_failures(void *user)
{
	struct ap_hub *hub = user;

	for (size_t i = 0; i < hub->count; i++) {
		struct ap_radio *radio = hub->radios[i];

		if (!wifi_failed(radio->wifi))
			continue;
		if (!radio->wifi->use_driver && !hub->global) /* it has no privilege to create another interface */
			return false;
		ap_radio_send(radio, "INTERFACE-DISABLED ");
		if (radio->wifi->use_driver)
			ap_radio_await_card(radio);
		else
			ap_radio_disable(radio);
	}
	return true;
}

static void free_hub(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_prepare(uv_handle_t *handle)
{
	struct ap_hub *hub = handle->data;

	uv_close((uv_handle_t *)&hub->prepare, free_hub);
}

void ap_hub_close(void *user)
{
	struct ap_hub *hub = user;

	if (!hub)
		return;
	for (size_t i = 0; i < hub->count; i++)
		ap_radio_send(hub->radios[i], "CTRL-EVENT-TERMINATING ");
	while (hub->count)
		ap_radio_free(hub->radios[hub->count - 1]);
	ctrl_server_close(hub->global);
	ap_ds_close(hub->ds);
	hub->ds = NULL;
	hub->ds_failed = true;
	uv_close((uv_handle_t *)&hub->card_timer, close_prepare);
}
