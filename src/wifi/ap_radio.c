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

unsigned ap_face_number(const struct ap_face *face)
{
	return wifi_network_number(face->radio->wifi, face->interface);
}

const struct ap_bss_setup *ap_face_setup(const struct ap_face *face)
{
	const struct ap_setup *setup = wifi_ap_setup(face->radio->wifi);
	unsigned number = ap_face_number(face);

	return setup && number < setup->bss_count ? &setup->bss[number] : NULL;
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

/* On a card, a station in 4-address mode gets its own interface. */
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

/* A note of the state machine. The radio reports added and removed networks itself, when the change is complete. */
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

static void close_gone_faces(struct ap_radio *radio)
{
	for (size_t i = radio->face_count; i--;)
		if (!has_interface(radio, radio->faces[i]->interface)) {
			close_face(radio->faces[i]);
			radio->faces[i] = radio->faces[--radio->face_count];
		}
}

bool ap_radio_open_faces(struct ap_radio *radio, struct error *error)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < hostapd_edit_count(radio->edit); i++)
		ok = add_face(radio, i, error);
	return ok;
}

bool ap_radio_update_faces(struct ap_radio *radio, struct error *error)
{
	close_gone_faces(radio);
	return ap_radio_open_faces(radio, error);
}

/*
 * Without a socket nobody can ask for the text of a configuration: only a reload needs one, and brings it. One that waits for the
 * radio stays.
 */
void ap_radio_forget_secrets(const struct ap_radio *radio)
{
	bool has_socket = radio->face_count && radio->faces[0]->server;

	if (!radio->hub->global && !has_socket && !radio->changed)
		hostapd_edit_forget_secrets(radio->edit);
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

/* For the status while it is off. */
static void remember_networks(struct ap_radio *radio)
{
	for (size_t i = 0; i < radio->face_count; i++) {
		struct ap_face *face = radio->faces[i];
		const struct ap_bss_setup *setup = ap_face_setup(face);

		if (!setup)
			continue;
		memcpy(face->bssid, setup->bssid, sizeof(face->bssid));
		memcpy(face->ssid, setup->ssid, setup->ssid_len);
		face->ssid_len = setup->ssid_len;
	}
}

static void switch_off(struct ap_radio *radio, bool keep_interfaces)
{
	remember_networks(radio);
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
	struct ap_config *config = wifi_ap_config_of_edit(radio->edit, host->options, host->log, error);

	if (config)
		ap_pair_resolve(radio->hub, &config->conf);
	return config;
}

/* The number of a network whose TAP interface is there, as the configuration wants it; WIFI_NETWORKS_MAX: none. */
static unsigned find_tap(const struct wifi *wifi, const struct hostapd_bss *bss)
{
	unsigned number = wifi_network_number(wifi, bss->interface);

	return number < wifi->count && wifi->taps[number] && !strcmp(wifi->networks[number].bridge, bss->bridge)
		       ? number
		       : WIFI_NETWORKS_MAX;
}

/* Are the TAP interfaces there that a configuration needs? */
static bool has_interfaces_of(const struct ap_radio *radio, const struct ap_config *config)
{
	bool has = !config->use_driver;

	for (size_t i = 0; has && i < config->conf.bss_count; i++)
		has = find_tap(radio->wifi, &config->conf.bss[i]) < WIFI_NETWORKS_MAX;
	return has;
}

/* The interfaces that an earlier start has left get the numbers of the configuration; others go. */
static void arrange_interfaces(struct wifi *wifi, const struct hostapd_conf *conf)
{
	struct wifi_network networks[WIFI_NETWORKS_MAX] = {{{0}, {0}, {0}}};
	struct tap *taps[WIFI_NETWORKS_MAX] = {NULL};

	for (size_t i = 0; i < conf->bss_count; i++) {
		unsigned number = find_tap(wifi, &conf->bss[i]);

		if (number == WIFI_NETWORKS_MAX)
			continue;
		taps[i] = wifi->taps[number];
		networks[i] = wifi->networks[number];
		wifi->taps[number] = NULL;
	}
	for (unsigned i = 0; i < wifi->count; i++)
		tap_close(wifi->taps[i]);
	memcpy(wifi->taps, taps, sizeof(taps));
	memcpy(wifi->networks, networks, sizeof(networks));
}

/*
 * Do the interfaces that an earlier start has left still fit? A TAP interface can be created only with privileges, and so can the
 * file of the recorder, which stays (wifi_recorder_start()).
 */
static void discard_other_interfaces(struct ap_radio *radio, const struct ap_config *config)
{
	struct wifi_recorder *recorder = radio->wifi->recorder;

	if (!config->use_driver && radio->wifi->count && !radio->wifi->use_driver) {
		arrange_interfaces(radio->wifi, &config->conf);
		return;
	}
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

bool ap_radio_start(struct ap_radio *radio, struct error *error)
{
	struct wifi_host *host = radio->hub->host;
	struct wifi *wifi = radio->wifi;
	bool of_file = wifi != &radio->own_wifi;

	discard_other_interfaces(radio, radio->config);
	set_networks(radio);
	wifi->log = host->log;
	wifi->ft_store = host->ft_store;
	wifi->aps = host->aps;
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
		return error_set(error, false, "it is already enabled%s",
				 radio->state == AP_RADIO_AWAITS_CARD ? ", and waits for its card" : "");
	radio->begun_bss = 0;
	radio->was_enabled = true;
	radio->config = read_edit(radio, error);
	if (!radio->config)
		return false;
	if (!ap_radio_start(radio, error)) {
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
	radio->card_returns = false;
	if (was_on)
		ap_radio_send(radio, "AP-DISABLED ");
}

static void check_start(struct ap_radio *radio)
{
	struct error error;
	int joined = wifi_join_result(radio->wifi, &error);

	if (joined > 0) {
		radio->state = AP_RADIO_ON;
		radio->card_returns = false;
		if (radio->pause == AP_RADIO_NO_PAUSE)
			ap_radio_send(radio, "AP-ENABLED ");
		if (radio->changed && !ap_radio_apply(radio, &error))
			wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0), "%s",
					error.text);
		radio->changed = false;
		ap_radio_forget_secrets(radio);
		ap_pair_refresh(radio->hub);
	} else if (joined < 0 && radio->card_returns) {
		ap_radio_await_card(radio);
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

/* Networks that have come are on the air, if the others are. */
static void report_new_networks(const struct ap_radio *radio, const struct wifi *before)
{
	struct ctrl_event event = {.level = CTRL_INFO, .text = "AP-ENABLED "};

	for (size_t i = 0; radio->pause == AP_RADIO_NO_PAUSE && i < radio->face_count; i++)
		if (wifi_network_number(before, radio->faces[i]->interface) == WIFI_NETWORKS_MAX &&
		    ap_face_number(radio->faces[i]) < WIFI_NETWORKS_MAX)
			ap_face_send(radio->faces[i], &event);
}

/* Stations are told before the configuration goes that the access point borrows from. */
static bool start_again(struct ap_radio *radio, struct ap_config *config, struct error *error)
{
	switch_off(radio, true);
	radio->config = config;
	radio->state = AP_RADIO_STARTING;
	if (ap_radio_start(radio, error))
		return true;
	switch_off(radio, true);
	ap_radio_send(radio, "AP-DISABLED ");
	return false;
}

bool ap_radio_apply(struct ap_radio *radio, struct error *error)
{
	struct ap_config *config = read_edit(radio, error);
	const struct wifi before = *radio->wifi;
	struct error reason;

	if (!config)
		return false;
	if (radio->state != AP_RADIO_ON) {
		radio->changed = radio->state != AP_RADIO_OFF;
		wifi_ap_config_free(config);
		return true;
	}
	switch (wifi_ap_reconfigure(radio->wifi, config, radio->config, radio->hub->host->crypto, &reason)) {
	case WIFI_AP_CHANGED:
		wifi_ap_config_free(radio->config);
		radio->config = config;
		report_new_networks(radio, &before);
		ap_pair_refresh(radio->hub);
		return true;
	case WIFI_AP_REFUSED:
		wifi_ap_config_free(config);
		*error = reason;
		return false;
	case WIFI_AP_RESTART:
		break;
	}
	if (!radio->hub->global && !config->use_driver && !has_interfaces_of(radio, config)) {
		wifi_ap_config_free(config);
		return error_set(error, false,
				 "the process has no privilege to create interfaces; start it again, or with --global");
	}
	wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0),
			"restarting the network, because no station can stay connected after this change: %s",
			reason.text);
	return start_again(radio, config, error);
}
