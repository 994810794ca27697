/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the global socket. */
#include "wifi/ap_hub_state.h"

#include "ctrl/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum command {
	COMMAND_ADD,
	COMMAND_REMOVE,
	COMMAND_INTERFACES,
	COMMAND_FLUSH,
	COMMAND_RELOG,
	COMMAND_TERMINATE,
	COMMAND_DUP_NETWORK,
};

static const struct ctrl_verb verbs[] = {
	{"ADD", COMMAND_ADD},
	{"REMOVE", COMMAND_REMOVE},
	{"INTERFACES", COMMAND_INTERFACES},
	{"FLUSH", COMMAND_FLUSH},
	{"RELOG", COMMAND_RELOG},
	{"TERMINATE", COMMAND_TERMINATE},
	{"DUP_NETWORK", COMMAND_DUP_NETWORK},
	{NULL, 0},
};

static struct ap_face *find_face(const struct ap_hub *hub, const char *interface)
{
	struct ap_face *face = NULL;

	for (size_t i = 0; !face && i < hub->count; i++)
		face = ap_radio_face(hub->radios[i], interface);
	return face;
}

/* ---- ADD ---- */

static void copy_key(char *to, size_t room, const struct hostapd_edit *edit, const char *key)
{
	const char *value = hostapd_edit_get(edit, 0, key);

	snprintf(to, room, "%s", value ? value : "");
}

/* Creates a radio from a text, and opens its sockets. `name` is that of the text in messages. */
static struct ap_radio *add_text(struct ap_hub *hub, const char *text, const char *name, const char *interface,
				 const char *file, struct error *error)
{
	struct hostapd_edit *edit = hostapd_edit_new(interface ? interface : "none");
	struct ap_radio *radio;

	if (!edit || !hostapd_edit_load(edit, text, name, interface, error)) {
		hostapd_edit_free(edit);
		return NULL;
	}
	if (find_face(hub, hostapd_edit_interface(edit, 0))) {
		error_set(error, 0, "%s already has a network", hostapd_edit_interface(edit, 0));
		hostapd_edit_free(edit);
		return NULL;
	}
	radio = ap_radio_new(hub, edit);
	if (!radio) {
		error_set(error, 0, "more than %d radios, or no memory", AP_HUB_RADIOS);
		return NULL;
	}
	snprintf(radio->file, sizeof(radio->file), "%s", file);
	copy_key(radio->folder, sizeof(radio->folder), edit, "ctrl_interface");
	copy_key(radio->group, sizeof(radio->group), edit, "ctrl_interface_group");
	return radio;
}

static bool start_radio(struct ap_radio *radio, bool enable, struct error *error)
{
	if (radio && ap_radio_update_faces(radio, error) && (!enable || ap_radio_enable(radio, error)))
		return true;
	if (radio)
		ap_radio_free(radio);
	return false;
}

/* ADD INTERFACE FOLDER [DRIVER]: a network that is configured by SET. */
static bool add_empty(struct ap_hub *hub, const char *interface, char *args, struct error *error)
{
	char *driver = ctrl_split(args);
	struct ap_radio *radio = add_text(hub, "", interface, interface, "", error);

	if (radio)
		snprintf(radio->folder, sizeof(radio->folder), "%s", args);
	if (radio && *driver && !hostapd_edit_set(radio->edit, 0, "driver", driver, error)) {
		ap_radio_free(radio);
		return false;
	}
	return start_radio(radio, false, error);
}

static struct ap_radio *find_phy(const struct ap_hub *hub, const char *phy)
{
	char path[300], own[64];

	for (size_t i = 0; i < hub->count; i++) {
		const char *interface = hostapd_edit_interface(hub->radios[i]->edit, 0);
		FILE *file;

		snprintf(path, sizeof(path), "/sys/class/net/%.16s/phy80211/name", interface);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(own, sizeof(own), file) && !strncmp(own, phy, strlen(phy)) &&
		    strchr("\n", own[strlen(phy)])) {
			fclose(file);
			return hub->radios[i];
		}
		fclose(file);
	}
	return NULL;
}

/* A further network of a radio that is there. */
static bool add_network(struct ap_radio *radio, const char *text, const char *file, struct error *error)
{
	bool was_on = radio->state != AP_RADIO_OFF;
	struct ap_face *face = NULL;
	struct error ignored;
	size_t bss;

	if (!hostapd_edit_add_bss(radio->edit, text, file, error))
		return false;
	bss = hostapd_edit_count(radio->edit) - 1;
	if (ap_radio_update_faces(radio, error))
		face = ap_radio_face(radio, hostapd_edit_interface(radio->edit, bss));
	if (face)
		snprintf(face->file, sizeof(face->file), "%s", file);
	if (face && (was_on ? ap_radio_apply(radio, error) : ap_radio_enable(radio, error)))
		return true;
	hostapd_edit_remove_bss(radio->edit, hostapd_edit_count(radio->edit) - 1);
	ap_radio_update_faces(radio, &ignored);
	return false;
}

/* ADD bss_config=PHY:FILE: a network of that radio, or the first one. */
static bool add_bss(struct ap_hub *hub, char *args, struct error *error)
{
	char *file = strchr(args, ':'), *text;
	struct ap_radio *radio;
	bool ok;

	if (!file)
		return error_set(error, false, "expected bss_config=PHY:FILE");
	*file++ = '\0';
	text = text_file_load(file, error);
	if (!text)
		return false;
	radio = find_phy(hub, args);
	ok = radio ? add_network(radio, text, file, error)
		   : start_radio(add_text(hub, text, file, NULL, file, error), true, error);
	text_file_free(text);
	return ok;
}

/* ADD INTERFACE config=FILE: a network that is configured by a file, and by SET. */
static bool add_file(struct ap_hub *hub, const char *interface, const char *file, struct error *error)
{
	char *text = text_file_load(file, error);
	/* As a start for SET: ENABLE follows, and a reload does not read the file again. */
	bool ok = text && start_radio(add_text(hub, text, file, interface, "", error), false, error);

	text_file_free(text);
	return ok;
}

static bool add(struct ap_hub *hub, char *args)
{
	char *rest = ctrl_split(args);
	struct error error = {{0}};
	bool ok;

	if (!strncmp(args, "bss_config=", 11))
		ok = add_bss(hub, args + 11, &error);
	else if (!strncmp(rest, "config=", 7))
		ok = add_file(hub, args, rest + 7, &error);
	else
		ok = *rest ? add_empty(hub, args, rest, &error)
			   : error_set(&error, false,
				       "expected INTERFACE FOLDER, INTERFACE config=FILE or bss_config=PHY:FILE");
	if (!ok)
		wifi_log_printf(hub->host->log, NULL, "ADD failed: %s", error.text);
	return ok;
}

/* ---- others ---- */

static bool remove_network(struct ap_radio *radio, unsigned bss, const char *interface)
{
	char *before = hostapd_edit_text(radio->edit);
	struct error error = {{0}}, ignored;
	bool ok = before && hostapd_edit_remove_bss(radio->edit, bss);

	radio->begun_bss = 0;
	if (ok && !ap_radio_apply(radio, &error)) {
		wifi_log_printf(radio->hub->host->log, interface, "REMOVE failed: %s", error.text);
		hostapd_edit_load(radio->edit, before, interface, NULL, &ignored);
		ok = false;
	}
	text_file_free(before);
	ap_radio_update_faces(radio, &ignored);
	return ok;
}

/* The first network takes the radio with it. */
static bool remove_interface(struct ap_hub *hub, const char *interface)
{
	struct ap_face *face = find_face(hub, interface);
	struct ap_radio *radio = face ? face->radio : NULL;

	if (!face)
		return false;
	if (!face->bss) {
		ap_radio_free(radio);
		return true;
	}
	return remove_network(radio, face->bss, interface);
}

/* DUP_NETWORK FROM TO KEY: one network gets a setting of another. */
static bool copy_setting(const struct ap_hub *hub, char *args)
{
	static const char *const keys[] = {
		"wpa", "wpa_key_mgmt", "wpa_pairwise", "rsn_pairwise", "wpa_passphrase", "wpa_psk", NULL};
	const char *from = ctrl_next_word(&args), *to = ctrl_next_word(&args), *key = ctrl_next_word(&args);
	struct ap_face *source = from ? find_face(hub, from) : NULL, *target = to ? find_face(hub, to) : NULL;
	const char *value = NULL;
	struct error error;

	if (source && target && key && text_list_has(keys, key))
		value = hostapd_edit_get(source->radio->edit, source->bss, key);
	if (value && hostapd_edit_set(target->radio->edit, target->bss, key, value, &error))
		return true;
	wifi_log_printf(hub->host->log, to, "DUP_NETWORK failed: %s",
			value ? error.text : "expected two networks and a WPA key that the first one has");
	return false;
}

static void list_interfaces(const struct ap_hub *hub, bool with_socket, struct ctrl_reply *reply)
{
	for (size_t i = 0; i < hub->count; i++)
		for (size_t k = 0; k < hub->radios[i]->face_count; k++) {
			ctrl_put(reply, "%s", hub->radios[i]->faces[k]->interface);
			if (with_socket)
				ctrl_put(reply, " ctrl_iface=%s", hub->radios[i]->folder);
			ctrl_put(reply, "\n");
		}
}

/* IFNAME=INTERFACE COMMAND */
static void forward(struct ap_hub *hub, char *line, struct ctrl_reply *reply)
{
	char *command = ctrl_split(line);
	struct ap_face *face = find_face(hub, line);

	if (!face)
		ctrl_answer(reply, "FAIL-NO-IFNAME-MATCH\n");
	else if (!strcmp(command, "PING"))
		ctrl_answer(reply, "PONG\n");
	else
		ap_face_handle(face, command, reply);
}

void ap_global_handle(void *user, char *line, struct ctrl_reply *reply)
{
	struct ap_hub *hub = user;
	char *args;

	if (!strncmp(line, "IFNAME=", 7)) {
		forward(hub, line + 7, reply);
		return;
	}
	args = ctrl_split(line);
	switch (ctrl_find_verb(verbs, line)) {
	case COMMAND_ADD:
		ctrl_ok(reply, add(hub, args));
		break;
	case COMMAND_REMOVE:
		ctrl_ok(reply, remove_interface(hub, args));
		break;
	case COMMAND_INTERFACES:
		list_interfaces(hub, !strcmp(args, "ctrl"), reply);
		break;
	case COMMAND_DUP_NETWORK:
		ctrl_ok(reply, copy_setting(hub, args));
		break;
	case COMMAND_FLUSH:
		ctrl_ok(reply, true);
		break;
	case COMMAND_RELOG:
		ctrl_ok(reply, wifi_log_reopen(hub->host->log));
		break;
	case COMMAND_TERMINATE:
		ctrl_ok(reply, true);
		hub->host->stopped = true;
		uv_stop(hub->host->loop);
		break;
	default:
		ctrl_answer(reply, "UNKNOWN COMMAND\n");
		break;
	}
}
