/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The station and its networks, for all commands. */
#include "ctrl/sta/wpas.h"

#include "ctrl/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* A network with mem_only_psk=1 gets its key from a client: CTRL-REQ-…, CTRL-RSP-…. It is never written to the file. */
bool wpas_ask_for_secret(struct wpas *wpas, const struct wpa_store_network *network)
{
	const char *memory_only = wpa_store_get(network, "mem_only_psk"), *ssid = wpa_store_get(network, "ssid");

	if (!memory_only || strcmp(memory_only, "1") != 0 || wpa_store_get(network, "psk"))
		return false;
	wpas_event(wpas, "CTRL-REQ-PSK_PASSPHRASE-%u:PSK or passphrase needed for SSID %s", network->id,
		   ssid ? ssid : "");
	return true;
}

/* Clients that have enabled the network wait for its connection: it rests, as after a failure. */
static void tell_unusable(struct wpas *wpas, const struct wpa_store_network *network)
{
	const char *value = wpa_store_get(network, "ssid");
	char text[CTRL_ESCAPED(SSID_MAX)];
	struct ctrl_reply ssid = ctrl_reply_begin(text, sizeof(text));
	uint8_t bytes[SSID_MAX];
	struct error error;
	size_t len;

	if (value && text_parse_ssid(bytes, &len, value, &error))
		ctrl_put_escaped(&ssid, bytes, len);
	wpas_event(wpas,
		   "CTRL-EVENT-SSID-TEMP-DISABLED id=%u ssid=\"%s\" auth_failures=1 duration=10 reason=CONN_FAILED",
		   network->id, text);
}

/* Names a network that cannot be used, once for each change. */
static void report_unusable(struct wpas *wpas, const struct wpa_store_network *network)
{
	char text[CTRL_EVENT_MAX];

	if (wpa_store_is_disabled(network) || network->usable || wpas_ask_for_secret(wpas, network))
		return;
	snprintf(text, sizeof(text), "network %u cannot be used: %s", network->id, network->why);
	wpas->owner.log(wpas->owner.user, text);
	tell_unusable(wpas, network);
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

void wpas_compile_networks(struct wpas *wpas)
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
	wpas_compile_networks(wpas);
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

uint64_t wpas_deadline(const struct wpas *wpas)
{
	uint64_t rest_ns = wpas_rest_deadline(wpas);

	return wpas->work_due_ns < rest_ns ? wpas->work_due_ns : rest_ns;
}

void wpas_tick(struct wpas *wpas, uint64_t now_ns)
{
	wpas_radio_work_tick(wpas, now_ns);
	wpas_rest_tick(wpas, now_ns);
}

bool wpas_init(struct wpas *wpas, const struct wpas_owner *owner, struct crypto *crypto, const char *text,
	       struct error *error)
{
	*wpas = (struct wpas){.owner = *owner, .crypto = crypto, .ciphers = UINT32_MAX};
	wpas->work_due_ns = UINT64_MAX;
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
	wpas_free_elements(wpas);
	free_networks(wpas->networks, wpas->network_count);
	*wpas = (struct wpas){0};
}
