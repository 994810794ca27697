/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "ctrl/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enables or disables one network, or all: "3", "all"; further words are ignored. */
static bool set_disabled(struct wpas *wpas, char **arguments, bool disabled)
{
	const char *word = ctrl_next_word(arguments);
	struct wpa_store_network *network = NULL;
	uint32_t id;

	if (word && !strcmp(word, "all")) {
		while ((network = wpa_store_next(&wpas->store, network)))
			if (!wpa_store_disable(network, disabled))
				return false;
		return true;
	}
	network = word && ctrl_number(word, UINT32_MAX, &id) ? wpa_store_find(&wpas->store, id) : NULL;
	return network && wpa_store_disable(network, disabled);
}

void wpas_enable_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	bool quiet = strstr(arguments, "no-connect"), ok = set_disabled(wpas, &arguments, false);
	struct sta_info info;

	wpas_info(wpas, &info);
	ok = ok && wpas_apply_networks(wpas);
	/* It also ends a DISCONNECT; a connection with another network stays. */
	if (ok && !quiet && info.resting)
		wpas_connect(wpas);
	ctrl_ok(reply, ok);
}

void wpas_disable_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	ctrl_ok(reply, set_disabled(wpas, &arguments, true) && wpas_apply_networks(wpas));
}

/* SELECT_NETWORK any enables all; a number enables one and disables the others. */
void wpas_select_network(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *word = ctrl_next_word(&arguments);
	struct wpa_store_network *network = NULL, *chosen = NULL;
	bool any = word && !strcmp(word, "any"), ok = true;
	uint32_t id;

	if (word && !strncmp(word, "id=", 3))
		word += 3;
	if (word && ctrl_number(word, UINT32_MAX, &id))
		chosen = wpa_store_find(&wpas->store, id);
	if (!any && !chosen) {
		ctrl_ok(reply, false);
		return;
	}
	while ((network = wpa_store_next(&wpas->store, network)))
		ok = ok && wpa_store_disable(network, !any && network != chosen);
	wpas_rest_end_all(wpas);
	wpas_request(wpas, STA_REQUEST_FORGET_FAILURES);
	ok = ok && wpas_apply_networks(wpas);
	if (ok)
		wpas_connect(wpas);
	ctrl_ok(reply, ok);
}

void wpas_disconnect(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	if (wpas->deferred == WPAS_DEFERRED_CONNECT)
		wpas->deferred = WPAS_DEFERRED_NETWORKS;
	ctrl_ok(reply, wpas_request(wpas, STA_REQUEST_DISCONNECT) == STA_ANSWER_DONE);
}

/* Is the radio switched off, or off the medium? */
static bool is_stopped(const struct wpas *wpas)
{
	struct sta_info info;

	wpas_info(wpas, &info);
	return info.state == STA_STOPPED;
}

void wpas_reconnect(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, !is_stopped(wpas) && wpas_connect(wpas) == STA_ANSWER_DONE);
}

/* The machine is awake again. Without a network to connect to, the results of a scan are fresh for the next one. */
void wpas_resume(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct sta_request scan = {.kind = STA_REQUEST_SCAN, .scan.only = true};
	struct sta_info info;

	wpas_reconnect(wpas, arguments, reply);
	wpas_info(wpas, &info);
	if (info.state == STA_IDLE && !wpas->work_count)
		wpas->owner.request(wpas->owner.user, &scan);
}

void wpas_reassociate(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, !is_stopped(wpas) && wpas_request(wpas, STA_REQUEST_REJOIN) == STA_ANSWER_DONE);
}

/* The same for a connection only. */
void wpas_reattach(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_info info;

	wpas_info(wpas, &info);
	if (info.state >= STA_AUTHENTICATING && info.state <= STA_CONNECTED)
		wpas_reassociate(wpas, arguments, reply);
	else
		ctrl_ok(reply, false);
}

static void log_unsuitable(struct wpas *wpas, const char *verb, const uint8_t *bssid)
{
	const struct sta *sta = wpas->owner.control(wpas->owner.user);
	const char *why = "it does not fit the network";
	struct sta_heard heard;
	char text[200];

	for (size_t i = 0; sta_heard(sta, i, &heard); i++)
		if (mac_equal(heard.bssid, bssid) && heard.match != BSS_FITS)
			why = bss_match_text(heard.match);
	snprintf(text, sizeof(text), "%s: the station stays: the other access point cannot be joined: %s", verb, why);
	wpas->owner.log(wpas->owner.user, text);
}

/* wpa_supplicant accepts the order for each access point of the SSID, and stays where that one cannot be joined. */
void wpas_roam(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_ROAM};
	enum sta_answer answer;

	if (!mac_parse(request.bssid, arguments)) {
		ctrl_ok(reply, false);
		return;
	}
	answer = wpas->owner.request(wpas->owner.user, &request);
	if (answer == STA_ANSWER_NOT_CONNECTED)
		wpas->owner.log(wpas->owner.user, "ROAM: the station is not connected");
	else if (answer == STA_ANSWER_UNSUITABLE)
		log_unsuitable(wpas, "ROAM", request.bssid);
	else if (answer != STA_ANSWER_DONE)
		wpas->owner.log(wpas->owner.user,
				"ROAM: no access point of this network was heard with this address; scan first");
	ctrl_ok(reply, answer == STA_ANSWER_DONE || answer == STA_ANSWER_UNSUITABLE);
}

/* A fast BSS transition through the present access point. */
void wpas_ft_ds(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_TRANSITION};
	enum sta_answer answer = STA_ANSWER_UNKNOWN_BSS;

	if (mac_parse(request.bssid, arguments))
		answer = wpas->owner.request(wpas->owner.user, &request);
	if (answer == STA_ANSWER_UNSUITABLE)
		log_unsuitable(wpas, "FT_DS", request.bssid);
	else if (answer != STA_ANSWER_DONE)
		wpas->owner.log(wpas->owner.user,
				"FT_DS: no such access point of the present mobility domain was heard, or "
				"the present one does not offer it");
	ctrl_ok(reply, answer == STA_ANSWER_DONE || answer == STA_ANSWER_UNSUITABLE);
}

void wpas_bssid_ignore(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_IGNORE};
	uint8_t list[STA_IGNORED_MAX][6];
	char mac[MAC_TEXT_SIZE];

	if (!*arguments) {
		size_t count = sta_ignored(wpas->owner.control(wpas->owner.user), list);

		for (size_t i = count; i--;) /* the newest first */
			ctrl_put(reply, "%s\n", mac_format(mac, list[i]));
		return;
	}
	if (!strncmp(arguments, "clear", 5))
		ctrl_ok(reply, wpas_request(wpas, STA_REQUEST_IGNORE_CLEAR) == STA_ANSWER_DONE);
	else
		ctrl_ok(reply, mac_parse(request.bssid, arguments) &&
				       wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE);
}

/* Forgets everything but the keys outside of networks. */
void wpas_flush(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct wpa_store_network *network;
	bool ok;

	(void)arguments;
	wpas->work_count = wpas->rest_count = 0;
	wpas->scan_waits = false;
	wpas->work_due_ns = UINT64_MAX;
	wpas->deferred = WPAS_DEFERRED_NONE;
	wpas_request(wpas, STA_REQUEST_SCAN_ABORT);
	wpas_forget_denied(wpas);
	while ((network = wpa_store_next(&wpas->store, NULL)))
		wpa_store_remove(&wpas->store, network->id);
	ok = wpas_apply_networks(wpas);
	wpas_request(wpas, STA_REQUEST_DISCONNECT);
	wpas_request(wpas, STA_REQUEST_IGNORE_CLEAR);
	wpas_request(wpas, STA_REQUEST_FORGET_PMKSA);
	wpas_request(wpas, STA_REQUEST_PMKSA_TERMS);
	wpas->pmksa_terms = (struct sta_pmksa_terms){0};
	wpas_request(wpas, STA_REQUEST_FORGET_FAILURES);
	wpas_request(wpas, STA_REQUEST_FORGET_RESULTS);
	ctrl_ok(reply, ok);
}
