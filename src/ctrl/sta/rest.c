/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks that rest after a failure: CTRL-EVENT-SSID-TEMP-DISABLED when the pause of an access point begins, and
 * CTRL-EVENT-SSID-REENABLED when it is over, or when a user or a connection ends it.
 */
#include "ctrl/sta/wpas.h"

#include <string.h>

#define SECOND     UINT64_C(1000000000)
#define DEFAULT_NS (10 * SECOND) /* where the station does not say how long */

static struct wpas_rest *find(struct wpas *wpas, uint32_t handle)
{
	for (size_t i = 0; i < wpas->rest_count; i++)
		if (wpas->rests[i].handle == handle)
			return &wpas->rests[i];
	return NULL;
}

/* The oldest entry gives way. */
static struct wpas_rest *find_or_add(struct wpas *wpas, uint32_t handle)
{
	struct wpas_rest *rest = find(wpas, handle);

	if (rest)
		return rest;
	if (wpas->rest_count == WPAS_RESTS_MAX)
		memmove(wpas->rests, wpas->rests + 1, --wpas->rest_count * sizeof(*wpas->rests));
	rest = &wpas->rests[wpas->rest_count++];
	*rest = (struct wpas_rest){.handle = handle};
	return rest;
}

void wpas_rest_begin(struct wpas *wpas, const struct action *note, const char *ssid, const char *reason)
{
	const struct wpa_store_network *network = wpa_store_by_handle(&wpas->store, note->id);
	uint64_t now_ns = wpas->owner.now_ns(wpas->owner.user);
	uint64_t pause_ns = note->until_ns > now_ns ? note->until_ns - now_ns : DEFAULT_NS;
	struct wpas_rest *rest = network ? find_or_add(wpas, network->handle) : NULL;

	if (rest) {
		rest->failures++;
		rest->until_ns = now_ns + pause_ns;
	}
	wpas_event(wpas, "CTRL-EVENT-SSID-TEMP-DISABLED id=%d ssid=\"%s\" auth_failures=%u duration=%u reason=%s",
		   network ? (int)network->id : -1, ssid, rest ? rest->failures : 1,
		   (unsigned)((pause_ns + SECOND / 2) / SECOND), reason);
}

static void end(struct wpas *wpas, struct wpas_rest *rest, bool success)
{
	const struct wpa_store_network *network = wpa_store_by_handle(&wpas->store, rest->handle);
	const struct sta_network *station = network ? &network->sta : NULL;
	char text[4 * SSID_MAX + 1] = "";
	struct ctrl_reply ssid = ctrl_reply_begin(text, sizeof(text));

	if (station)
		ctrl_put_escaped(&ssid, station->ssid, station->ssid_len);
	if (network && rest->until_ns)
		wpas_event(wpas, "CTRL-EVENT-SSID-REENABLED id=%u ssid=\"%s\"", network->id, text);
	rest->until_ns = 0;
	if (success)
		rest->failures = 0;
}

void wpas_rest_end(struct wpas *wpas, uint32_t handle)
{
	struct wpas_rest *rest = find(wpas, handle);

	if (rest)
		end(wpas, rest, true);
}

void wpas_rest_end_all(struct wpas *wpas)
{
	for (size_t i = 0; i < wpas->rest_count; i++)
		end(wpas, &wpas->rests[i], true);
	wpas->rest_count = 0;
}

uint64_t wpas_rest_deadline(const struct wpas *wpas)
{
	uint64_t first_ns = UINT64_MAX;

	for (size_t i = 0; i < wpas->rest_count; i++)
		if (wpas->rests[i].until_ns && wpas->rests[i].until_ns < first_ns)
			first_ns = wpas->rests[i].until_ns;
	return first_ns;
}

void wpas_rest_tick(struct wpas *wpas, uint64_t now_ns)
{
	for (size_t i = 0; i < wpas->rest_count; i++)
		if (wpas->rests[i].until_ns && wpas->rests[i].until_ns <= now_ns)
			end(wpas, &wpas->rests[i], false);
}
