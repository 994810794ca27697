/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point that is switched on and off, and reconfigured, while the process runs. */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- events ---- */

void ap_face_send(const struct ap_face *face, const struct ctrl_event *event)
{
	ctrl_server_send(face->server, event->level, event->text);
	ctrl_server_send_from(face->radio->hub->global, face->interface, event->level, event->text);
}

void ap_radio_send(const struct ap_radio *radio, const char *text)
{
	struct ctrl_event event = {.level = CTRL_INFO};

	snprintf(event.text, sizeof(event.text), "%s", text);
	for (size_t i = 0; i < radio->face_count; i++)
		ap_face_send(radio->faces[i], &event);
}

struct ap_face *ap_radio_face(const struct ap_radio *radio, const char *interface)
{
	for (size_t i = 0; i < radio->face_count; i++)
		if (!strcmp(radio->faces[i]->interface, interface))
			return radio->faces[i];
	return NULL;
}

/* The networks have left the air, or are not on it yet. Clients learn that they are off only if they were on. */
static void pause_networks(struct ap_radio *radio, enum ap_radio_pause pause)
{
	bool were_on = radio->state == AP_RADIO_ON && radio->pause == AP_RADIO_NO_PAUSE;

	radio->pause = pause;
	if (were_on)
		ap_radio_send(radio, "AP-DISABLED ");
}

static void follow_pause(struct ap_radio *radio, enum note note)
{
	if (note == NOTE_OVERLAP_SEARCH)
		pause_networks(radio, AP_RADIO_SEARCHING);
	else if (note == NOTE_CHOOSING)
		pause_networks(radio, AP_RADIO_CHOOSING);
	else if (note == NOTE_LISTENING || note == NOTE_NO_CHANNEL)
		pause_networks(radio, AP_RADIO_LISTENING);
	else if (note == NOTE_ENABLED && radio->pause != AP_RADIO_NO_PAUSE)
		radio->pause = AP_RADIO_PAUSE_ENDS;
}

/* A station that is a bridge gets an interface of its own, on a card. */
static void report_station_interface(const struct ap_face *face, const struct action *note)
{
	struct ctrl_event event = {.level = CTRL_INFO};
	char mac[MAC_TEXT_SIZE];

	if (note->note != NOTE_FOUR_ADDRESS || !face || !face->radio->wifi->driver)
		return;
	snprintf(event.text, sizeof(event.text), "WDS-STA-INTERFACE-ADDED ifname=%s.%s sta_addr=%s", face->interface,
		 note->detail, mac_format(mac, note->addr));
	ap_face_send(face, &event);
}

/* A note of the state machine. When networks come and go, the radio says so itself: once they really have. */
static void on_note(void *owner, const char *interface, const struct action *note)
{
	const struct ap_face *face = ap_radio_face(owner, interface);
	struct ctrl_event event;

	follow_pause(owner, note->note);
	report_station_interface(face, note);
	if (note->note == NOTE_SWITCHED && face) {
		event.level = CTRL_INFO;
		snprintf(event.text, sizeof(event.text), "CTRL-EVENT-CHANNEL-SWITCH freq=%u ht_enabled=0 dfs=0",
			 note->freq);
		ap_face_send(face, &event);
	}
	if (note->note != NOTE_ENABLED && note->note != NOTE_DISABLED && face && ctrl_ap_event(&event, note))
		ap_face_send(face, &event);
}

void ap_radio_watch(struct ap_radio *radio)
{
	radio->wifi->on_note = on_note;
	radio->wifi->owner = radio;
}

/* ---- faces ---- */

static void close_face(struct ap_face *face)
{
	ctrl_server_close(face->server);
	free(face);
}

static bool open_socket(struct ap_face *face, struct error *error)
{
	struct ap_radio *radio = face->radio;
	struct ctrl_server_setup setup = {.name = face->interface, .handle = radio->hub->handle_face, .user = face};
	char folder[CTRL_PATH_MAX];
	int err;

	if (!radio->folder[0] || face->server)
		return true;
	if (!ctrl_server_parse(radio->folder, radio->group, folder, sizeof(folder), &setup, error))
		return false;
	face->server = ctrl_server_open(radio->hub->host->loop, &setup, &err, error);
	return face->server;
}

static bool add_face(struct ap_radio *radio, unsigned bss, struct error *error)
{
	const char *interface = hostapd_edit_interface(radio->edit, bss);
	struct ap_face *face = ap_radio_face(radio, interface);

	if (!face) {
		face = calloc(1, sizeof(*face));
		if (!face || radio->face_count == AP_BSS_MAX) {
			free(face);
			return error_set(error, false, "no memory");
		}
		face->radio = radio;
		strcpy(face->interface, interface);
		radio->faces[radio->face_count++] = face;
	}
	face->bss = bss;
	return open_socket(face, error);
}

static bool has_interface(const struct ap_radio *radio, const char *interface)
{
	for (size_t i = 0; i < hostapd_edit_count(radio->edit); i++)
		if (!strcmp(hostapd_edit_interface(radio->edit, i), interface))
			return true;
	return false;
}

bool ap_radio_update_faces(struct ap_radio *radio, struct error *error)
{
	bool ok = true;

	for (size_t i = radio->face_count; i--;)
		if (!has_interface(radio, radio->faces[i]->interface)) {
			close_face(radio->faces[i]);
			radio->faces[i] = radio->faces[--radio->face_count];
		}
	for (unsigned i = 0; ok && i < hostapd_edit_count(radio->edit); i++)
		ok = add_face(radio, i, error);
	return ok;
}

/* ---- life ---- */

struct ap_radio *ap_radio_new(struct ap_hub *hub, struct hostapd_edit *edit)
{
	struct ap_radio *radio = edit && hub->count < AP_HUB_RADIOS ? calloc(1, sizeof(*radio)) : NULL;

	if (!radio) {
		hostapd_edit_free(edit);
		return NULL;
	}
	radio->hub = hub;
	radio->edit = edit;
	radio->wifi = &radio->own_wifi;
	hub->radios[hub->count++] = radio;
	return radio;
}

static void switch_off(struct ap_radio *radio, bool keep_interfaces)
{
	wifi_stop(radio->wifi);
	wifi_free(radio->wifi);
	if (!keep_interfaces) {
		wifi_close_interfaces(radio->wifi);
		*radio->wifi = (struct wifi){0};
	}
	wifi_ap_config_free(radio->config);
	radio->config = NULL;
	radio->state = AP_RADIO_OFF;
	radio->pause = AP_RADIO_NO_PAUSE;
}

void ap_radio_free(struct ap_radio *radio)
{
	struct ap_hub *hub = radio->hub;

	ap_radio_disable(radio);
	switch_off(radio, false);
	while (radio->face_count)
		close_face(radio->faces[--radio->face_count]);
	hostapd_edit_free(radio->edit);
	for (size_t i = 0; i < hub->count; i++)
		if (hub->radios[i] == radio)
			hub->radios[i] = hub->radios[--hub->count];
	free(radio);
}

static struct ap_config *read_edit(const struct ap_radio *radio, struct error *error)
{
	struct wifi_host *host = radio->hub->host;
	char *text = hostapd_edit_text(radio->edit);
	struct ap_config *config = text ? wifi_ap_config_new(text, hostapd_edit_interface(radio->edit, 0), NULL,
							     host->options, host->log, error)
					: NULL;

	if (!text)
		error_set(error, 0, "no memory");
	text_file_free(text);
	return config;
}

/* Are the TAP interfaces there that a configuration needs? */
static bool has_interfaces_of(const struct ap_radio *radio, const struct ap_config *config)
{
	const struct hostapd_conf *conf = &config->conf;
	bool same = radio->wifi->count == conf->bss_count && !config->use_driver;

	for (size_t i = 0; same && i < conf->bss_count; i++)
		same = radio->wifi->taps[i] && !strcmp(radio->wifi->networks[i].interface, conf->bss[i].interface) &&
		       !strcmp(radio->wifi->networks[i].bridge, conf->bss[i].bridge);
	return same;
}

/*
 * Do the interfaces that an earlier start has left still fit? A TAP interface can be created only with privileges, and so can the
 * file of the recorder, which stays (wifi_recorder_start()).
 */
static void discard_other_interfaces(struct ap_radio *radio, const struct ap_config *config)
{
	struct wifi_recorder *recorder = radio->wifi->recorder;

	if (has_interfaces_of(radio, config))
		return;
	radio->wifi->recorder = NULL;
	wifi_close_interfaces(radio->wifi);
	*radio->wifi = (struct wifi){.recorder = recorder};
}

/* A TAP interface of an earlier start keeps its address. */
static void set_networks(struct ap_radio *radio)
{
	struct wifi *wifi = radio->wifi;
	uint8_t addr[WIFI_NETWORKS_MAX][6];

	for (unsigned i = 0; i < WIFI_NETWORKS_MAX; i++)
		memcpy(addr[i], wifi->networks[i].addr, 6);
	wifi_ap_set_networks(radio->config, wifi);
	for (unsigned i = 0; i < wifi->count; i++)
		if (wifi->taps[i])
			memcpy(wifi->networks[i].addr, addr[i], 6);
}

static bool start(struct ap_radio *radio, struct error *error)
{
	struct wifi_host *host = radio->hub->host;
	struct wifi *wifi = radio->wifi;
	bool of_file = wifi != &radio->own_wifi;

	discard_other_interfaces(radio, radio->config);
	set_networks(radio);
	wifi->log = host->log;
	wifi->ft_store = host->ft_store;
	wifi->air_socket = host->options->air_socket;
	/* --name and --monitor belong to the radio of the command line. */
	wifi->radio_name = of_file && host->count == 1 ? host->options->radio_name : "";
	wifi->monitor_name = of_file ? host->options->monitor : "";
	wifi->recorder_mode = (enum trace_mode)host->options->recorder;
	wifi->recorder_size = host->options->recorder_size;
	ap_radio_watch(radio);
	return wifi_open_interfaces(wifi, host->crypto, error) == WIFI_OK &&
	       wifi_ap_create(radio->config, host->crypto, wifi, error) == WIFI_OK &&
	       wifi_start(wifi, host->loop, error);
}

/*
 * With a country hostapd answers OK before it knows the rules of the country, and clients wait for AP-ENABLED or AP-DISABLED. Returns
 * true.
 */
static bool report_failed_start(const struct ap_radio *radio, const struct error *error)
{
	wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0), "%s", error->text);
	ap_radio_send(radio, "AP-DISABLED ");
	return true;
}

bool ap_radio_enable(struct ap_radio *radio, struct error *error)
{
	if (radio->state != AP_RADIO_OFF)
		return error_set(error, false, "it is enabled already");
	radio->begun_bss = 0;
	radio->was_enabled = true;
	radio->config = read_edit(radio, error);
	if (!radio->config)
		return false;
	if (!start(radio, error)) {
		bool reports = radio->config->conf.radio.country[0];

		switch_off(radio, true);
		return reports && report_failed_start(radio, error);
	}
	radio->state = AP_RADIO_STARTING;
	return true;
}

void ap_radio_disable(struct ap_radio *radio)
{
	bool was_on = radio->state == AP_RADIO_ON && radio->pause == AP_RADIO_NO_PAUSE;

	if (radio->state == AP_RADIO_OFF)
		return;
	switch_off(radio, !wifi_failed(radio->wifi)); /* one that was deleted serves no further start */
	if (was_on)
		ap_radio_send(radio, "AP-DISABLED ");
}

static void check_start(struct ap_radio *radio)
{
	struct error error;
	int joined = wifi_join_result(radio->wifi, &error);

	if (joined > 0) {
		radio->state = AP_RADIO_ON;
		if (radio->pause == AP_RADIO_NO_PAUSE)
			ap_radio_send(radio, "AP-ENABLED ");
		if (radio->changed && !ap_radio_apply(radio, &error))
			wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0), "%s",
					error.text);
		radio->changed = false;
	} else if (joined < 0) {
		wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0), "%s", error.text);
		switch_off(radio, true);
		ap_radio_send(radio, "AP-DISABLED ");
	}
}

void ap_radio_check(struct ap_radio *radio)
{
	if (radio->state == AP_RADIO_STARTING)
		check_start(radio);
	if (radio->state != AP_RADIO_ON || radio->pause != AP_RADIO_PAUSE_ENDS)
		return;
	radio->pause = AP_RADIO_NO_PAUSE;
	ap_radio_send(radio, "AP-ENABLED ");
}

/* ---- changes ---- */

bool ap_radio_apply(struct ap_radio *radio, struct error *error)
{
	struct ap_config *config = read_edit(radio, error);
	struct error reason;

	if (!config)
		return false;
	if (radio->state != AP_RADIO_ON) {
		radio->changed = radio->state == AP_RADIO_STARTING;
		wifi_ap_config_free(config);
		return true;
	}
	if (wifi_ap_reconfigure(radio->wifi, config, radio->config, radio->hub->host->crypto, &reason)) {
		wifi_ap_config_free(radio->config);
		radio->config = config;
		return true;
	}
	if (!radio->hub->global && !config->use_driver && !has_interfaces_of(radio, config)) {
		wifi_ap_config_free(config);
		return error_set(error, false,
				 "the process has no privilege to create or remove interfaces; start it again, or with "
				 "--global");
	}
	wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0),
			"starting again, for a change that no station can stay for: %s", reason.text);
	/* Stations are told before the configuration goes that the access point borrows from. */
	switch_off(radio, true);
	radio->config = config;
	radio->state = AP_RADIO_STARTING;
	if (start(radio, error))
		return true;
	switch_off(radio, true);
	ap_radio_send(radio, "AP-DISABLED ");
	return false;
}

bool ap_radio_reload(struct ap_radio *radio, struct error *error)
{
	const char *interface = hostapd_edit_interface(radio->edit, 0);
	const struct wifi_host *host = radio->hub->host;
	struct ap_config *config;
	struct hostapd_edit *old = radio->edit;
	enum ap_radio_state state = radio->state;
	struct error ignored;
	char *text;
	bool ok;

	radio->begun_bss = 0;
	if (!radio->file[0])
		return ap_radio_apply(radio, error);
	text = text_file_load(radio->file, error);
	/* Read for its messages, with the lines of the file. */
	config = text ? wifi_ap_config_new(text, radio->file, interface, host->options, host->log, error) : NULL;
	text_file_free(text);
	if (!config)
		return false;
	radio->edit = config->edit;
	config->edit = NULL;
	wifi_ap_config_free(config);
	ok = ap_radio_apply(radio, error);
	if (!ok && radio->state == state) { /* it goes on as before */
		hostapd_edit_free(radio->edit);
		radio->edit = old;
		return false;
	}
	hostapd_edit_free(old);
	return ap_radio_update_faces(radio, ok ? error : &ignored) && ok;
}
