/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "ctrl/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The network whose id is the first word of the arguments; NULL: there is none. */
static struct wpa_store_network *take_network(struct wpas *wpas, char **arguments)
{
	const char *word = ctrl_next_word(arguments);
	uint32_t id;

	return word && ctrl_number(word, UINT32_MAX, &id) ? wpa_store_find(&wpas->store, id) : NULL;
}

void wpas_add_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct wpa_store_network *network = wpa_store_add(&wpas->store);

	(void)arguments;
	if (!network) {
		ctrl_ok(reply, false);
		return;
	}
	ctrl_put(reply, "%u\n", network->id);
	wpas_event(wpas, "CTRL-EVENT-NETWORK-ADDED %u", network->id);
}

/* An empty list is none: the key is removed. */
static bool is_list(const char *key)
{
	static const char *const keys[] = {"bssid",           "bssid_accept", "bssid_whitelist", "bssid_ignore",
					   "bssid_blacklist", "scan_freq",    "freq_list",       NULL};

	return text_list_has(keys, key);
}

/* Front ends set what vifi does not use, too: see parameters.c. NULL removes a key. */
void wpas_set_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct wpa_store_network *network = take_network(wpas, &arguments);
	const char *key = ctrl_next_word(&arguments);
	char text[400];
	struct error error;

	arguments = arguments ? text_trim(arguments) : NULL;
	if (!network || !key || !arguments || (!*arguments && !is_list(key))) {
		ctrl_ok(reply, false);
		return;
	}
	if (!strcmp(key, "disabled")) {
		ctrl_ok(reply, wpa_store_disable(network, strcmp(arguments, "0") != 0) && wpas_apply_networks(wpas));
		return;
	}
	if (!*arguments || !strcmp(arguments, "NULL"))
		arguments = NULL;
	if (!wpa_store_set(network, key, arguments, &error)) {
		snprintf(text, sizeof(text), "SET_NETWORK %u %.40s: %.300s", network->id, key, error.text);
		wpas->owner.log(wpas->owner.user, text);
		ctrl_ok(reply, false);
		return;
	}
	/* While it is disabled nothing needs it: the keys come one by one. */
	ctrl_ok(reply, wpa_store_is_disabled(network) || wpas_apply_networks(wpas));
}

static bool is_secret(const char *key)
{
	static const char *const keys[] = {
		"psk", "sae_password",     "password",          "private_key_passwd*",  "wep_key*", "pin*",
		"otp", "dpp_netaccesskey", "machine_password*", "machine_private_key*", NULL};

	return text_list_has(keys, key);
}

/* What wpa_supplicant says of a key that is not set. NULL: FAIL. */
static const char *default_of(const char *key)
{
	static const struct {
		const char *key, *value;
	} defaults[] = {
		{"key_mgmt", "WPA-PSK"}, {"proto", "WPA RSN"}, {"pairwise", "CCMP TKIP"}, {"group", "CCMP TKIP"},
		{"bssid", "any"},        {"ieee80211w", "3"},  {"auth_alg", ""},
	};
	const struct opt *opt = opt_find(wpa_network_options, key);

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (!strcmp(defaults[i].key, key))
			return defaults[i].value;
	if (!opt)
		return NULL;
	if (opt->type == OPT_NUMBER || opt->type == OPT_FLAG)
		return opt->default_value ? opt->default_value : "0";
	return !strcmp(key, "priority") ? "0" : NULL;
}

/* In wpa_supplicant's words and their order: WPA2 is another name of RSN. */
static void put_proto(struct ctrl_reply *reply, char *value)
{
	const char *word;
	bool wpa = false, rsn = false;

	while ((word = ctrl_next_word(&value))) {
		wpa |= !strcmp(word, "WPA");
		rsn |= !strcmp(word, "RSN") || !strcmp(word, "WPA2");
	}
	ctrl_put(reply, "%s%s%s", wpa ? "WPA" : "", wpa && rsn ? " " : "", rsn ? "RSN" : "");
}

void wpas_get_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct wpa_store_network *network = take_network(wpas, &arguments);
	const char *key = ctrl_next_word(&arguments);
	const char *value = network && key ? wpa_store_get(network, key) : NULL;
	char proto[32];

	if (network && key && !value)
		value = default_of(key);
	snprintf(proto, sizeof(proto), "%s", value ? value : "");
	if (!value)
		ctrl_ok(reply, false);
	else if (!strcmp(key, "proto"))
		put_proto(reply, proto);
	else
		ctrl_put(reply, "%s", network && wpa_store_get(network, key) && is_secret(key) ? "*" : value);
}

static void remove_all(struct wpas *wpas)
{
	struct wpa_store_network *network;

	while ((network = wpa_store_next(&wpas->store, NULL))) {
		wpas_event(wpas, "CTRL-EVENT-NETWORK-REMOVED %u", network->id);
		wpa_store_remove(&wpas->store, network->id);
	}
}

void wpas_remove_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct wpa_store_network *network;

	if (!strcmp(arguments, "all")) {
		remove_all(wpas);
		ctrl_ok(reply, wpas_apply_networks(wpas));
		return;
	}
	network = take_network(wpas, &arguments);
	if (!network) {
		ctrl_ok(reply, false);
		return;
	}
	wpas_event(wpas, "CTRL-EVENT-NETWORK-REMOVED %u", network->id);
	wpa_store_remove(&wpas->store, network->id);
	ctrl_ok(reply, wpas_apply_networks(wpas));
}

const char *wpas_network_value(const struct wpa_store_network *network, const char *key)
{
	const char *value = wpa_store_get(network, key);

	return value ? value : default_of(key);
}

void wpas_dup_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct wpa_store_network *from = take_network(wpas, &arguments), *to = take_network(wpas, &arguments);
	const char *key = ctrl_next_word(&arguments), *value = from && key ? wpas_network_value(from, key) : NULL;
	struct error error;

	ctrl_ok(reply, from && to && value && wpa_store_set(to, key, value, &error) &&
			       (wpa_store_is_disabled(to) || wpas_apply_networks(wpas)));
}

static void put_network(struct wpas *wpas, const struct wpa_store_network *network, struct ctrl_reply *reply)
{
	const char *ssid = wpa_store_get(network, "ssid"), *bssid = wpa_store_get(network, "bssid");
	uint8_t bytes[SSID_MAX];
	struct sta_info info;
	struct error error;
	size_t len = 0;
	bool current;

	wpas_info(wpas, &info);
	current = info.state >= STA_AUTHENTICATING && info.state <= STA_CONNECTED && info.network_id == network->handle;
	ctrl_put(reply, "%u\t", network->id);
	if (ssid && text_parse_ssid(bytes, &len, ssid, &error))
		ctrl_put_escaped(reply, bytes, len);
	ctrl_put(reply, "\t%s\t%s%s\n", bssid ? bssid : "any", current ? "[CURRENT]" : "",
		 wpa_store_is_disabled(network) ? "[DISABLED]" : "");
}

void wpas_list_networks(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct wpa_store_network *network = NULL;
	uint32_t last = 0;
	bool after = ctrl_option_number(arguments, "LAST_ID", UINT32_MAX, &last);

	ctrl_put(reply, "network id / ssid / bssid / flags\n");
	while ((network = wpa_store_next(&wpas->store, network)))
		if (!after || network->id > last)
			put_network(wpas, network, reply);
}

/* ---- secrets that are asked for ---- */

/* Does an answer have this field: "NAME-"? Those of 802.1X have no effect. */
static size_t field_len(const char *answer, bool *is_psk)
{
	static const char *const fields[] = {
		"PSK_PASSPHRASE-", "IDENTITY-", "PASSWORD-", "NEW_PASSWORD-", "PIN-", "OTP-", "PASSPHRASE-", "SIM-"};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strncmp(answer, fields[i], strlen(fields[i]))) {
			*is_psk = i == 0;
			return strlen(fields[i]);
		}
	return 0;
}

/* "PSK_PASSPHRASE-3:"text"", or the key as digits */
void wpas_respond(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	bool is_psk = false;
	size_t len = field_len(arguments, &is_psk);
	char *colon = strchr(arguments, ':');
	struct wpa_store_network *network = NULL;
	struct error error;
	uint32_t id;

	if (!colon || !len) {
		ctrl_ok(reply, false);
		return;
	}
	*colon = '\0';
	if (ctrl_number(arguments + len, UINT32_MAX, &id))
		network = wpa_store_find(&wpas->store, id);
	ctrl_ok(reply, network && (!is_psk ||
				   (wpa_store_set(network, "psk", colon + 1, &error) && wpas_apply_networks(wpas))));
}

/* ---- the file ---- */

static bool may_save(const struct wpas *wpas)
{
	const char *value = wpa_store_get_global(&wpas->store, "update_config");

	return value && !strcmp(value, "1");
}

static bool save(struct wpas *wpas)
{
	struct error error;
	char *text;
	bool saved;

	wpas_compile_networks(wpas);
	text = wpa_store_write(&wpas->store);
	saved = text && wpas->owner.save(wpas->owner.user, text, &error);

	if (!saved)
		wpas->owner.log(wpas->owner.user, text ? error.text : "SAVE_CONFIG: no memory");
	text_file_free(text);
	return saved;
}

void wpas_save_config(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	if (!may_save(wpas))
		wpas->owner.log(wpas->owner.user, "SAVE_CONFIG needs update_config=1 in the configuration");
	ctrl_ok(reply, may_save(wpas) && save(wpas));
}

void wpas_save_if_permitted(struct wpas *wpas)
{
	if (may_save(wpas) && !wpas->store.forgotten)
		save(wpas);
}

/* As at the start, a file with a network that cannot be used is refused; clients may add such a one. */
static bool all_usable(const struct wpa_store *store, struct error *error)
{
	const struct wpa_store_network *network = NULL;

	while ((network = wpa_store_next(store, network)))
		if (network->complete && !network->usable)
			return error_set(error, false, "%s", network->why);
	return true;
}

/* The text of the file becomes the configuration; networks that mean the same stay the same for the station. */
bool wpas_reconfigure_text(struct wpas *wpas, const char *text, const char *name, struct error *error)
{
	struct wpa_store next, old;
	struct wpa_conf conf;
	bool ok = wpa_conf_parse(&conf, text, name, error);

	wpa_conf_free(&conf);
	if (!ok || !wpa_store_parse(&next, text, error))
		return false;
	wpa_store_compile(&next, wpas->crypto);
	if (!all_usable(&next, error)) {
		wpa_store_free(&next);
		return false;
	}
	wpa_store_adopt_handles(&next, &wpas->store);
	old = wpas->store;
	wpas->store = next;
	if (!wpas_apply_networks(wpas)) {
		wpas->store = old;
		wpa_store_free(&next);
		return error_set(error, false, "no memory for the networks");
	}
	wpa_store_free(&old);
	return true;
}

bool wpas_reconfigure(struct wpas *wpas, struct error *error)
{
	char *text = wpas->owner.load(wpas->owner.user, error);
	bool ok = text && wpas_reconfigure_text(wpas, text, "the configuration", error);

	text_file_free(text);
	return ok;
}

void wpas_reconfigure_command(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct error error;
	bool ok = wpas_reconfigure(wpas, &error);

	(void)arguments;
	if (!ok)
		wpas->owner.log(wpas->owner.user, error.text);
	ctrl_ok(reply, ok);
}
