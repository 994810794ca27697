/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of an access point, or what is sent in its place, is read again while the access point runs. */
#include "wifi/ap_hub_state.h"

#include "conf/wifi_text.h"

#include <string.h>

/* Reads a text, for its messages with the lines of the file. NULL with an error. */
static struct hostapd_edit *read_text(const struct ap_radio *radio, const char *text, const char *name,
				      struct error *error)
{
	const struct wifi_host *host = radio->hub->host;
	const char *interface =
		radio->wifi != &radio->own_wifi && host->options->interface[0] ? host->options->interface : NULL;
	struct ap_config *config = wifi_ap_config_new(text, name, interface, host->options, host->log, error);
	struct hostapd_edit *edit = config ? config->edit : NULL;

	if (config)
		config->edit = NULL;
	wifi_ap_config_free(config);
	return edit;
}

/* The files of networks that ADD has brought. */
static bool read_added_files(const struct ap_radio *radio, struct hostapd_edit *edit, struct error *error)
{
	bool ok = true;

	for (unsigned bss = 1; ok && bss < AP_BSS_MAX; bss++) /* in their order until now */
		for (size_t i = 0; ok && i < radio->face_count; i++) {
			const struct ap_face *face = radio->faces[i];
			char *text;

			if (face->bss != bss || !face->file[0])
				continue;
			text = text_file_load(face->file, error);
			ok = text && hostapd_edit_add_bss(edit, text, face->file, error);
			text_file_free(text);
		}
	return ok;
}

static struct hostapd_edit *read_files(const struct ap_radio *radio, const char *text, const char *name,
				       struct error *error)
{
	struct hostapd_edit *edit = read_text(radio, text, name, error);

	if (!edit || read_added_files(radio, edit, error))
		return edit;
	hostapd_edit_free(edit);
	return NULL;
}

/* May a text replace that of a radio that is on? */
static bool check_interfaces(const struct ap_radio *radio, const struct hostapd_edit *edit, struct error *error)
{
	const char *first = hostapd_edit_interface(radio->edit, 0);

	if (radio->state == AP_RADIO_OFF)
		return true;
	if (strcmp(hostapd_edit_interface(edit, 0), first) != 0)
		return error_set(error, false,
				 "interface=%s: the interface of the first network cannot change while vifi runs (it "
				 "is %s, on the radio of %s); restart vifi to use another one",
				 hostapd_edit_interface(edit, 0), first, first);
	for (size_t i = 0; !radio->hub->global && !radio->wifi->use_driver && i < hostapd_edit_count(edit); i++)
		if (wifi_network_number(radio->wifi, hostapd_edit_interface(edit, i)) == WIFI_NETWORKS_MAX)
			return error_set(error, false,
					 "the process has no privilege to create %s; start it again, or with --global",
					 hostapd_edit_interface(edit, i));
	return true;
}

bool ap_radio_reload_text(struct ap_radio *radio, const char *text, const char *name, struct error *error)
{
	struct hostapd_edit *old = radio->edit, *edit = read_files(radio, text, name, error);
	enum ap_radio_state state = radio->state;
	struct error ignored;
	bool ok;

	radio->begun_bss = 0;
	if (!edit || !check_interfaces(radio, edit, error)) {
		hostapd_edit_free(edit);
		return false;
	}
	radio->edit = edit;
	ok = ap_radio_open_faces(radio, error) && ap_radio_apply(radio, error);
	if (!ok && radio->state == state) { /* it goes on as before */
		hostapd_edit_free(radio->edit);
		radio->edit = old;
	} else {
		hostapd_edit_free(old);
	}
	ap_radio_update_faces(radio, &ignored);
	radio->file_is_old |= ok && strcmp(name, radio->file) != 0;
	return ok;
}

bool ap_radio_reload(struct ap_radio *radio, struct error *error)
{
	char *text;
	bool ok;

	radio->begun_bss = 0;
	if (!radio->file[0])
		return ap_radio_apply(radio, error);
	if (radio->file_is_old)
		return error_set(error, false,
				 "%.200s is older than what `vifi ap reload --config FILE` has brought, as `systemctl "
				 "reload` does: use that again",
				 radio->file);
	text = text_file_load(radio->file, error);
	ok = text && ap_radio_reload_text(radio, text, radio->file, error);
	text_file_free(text);
	return ok;
}
