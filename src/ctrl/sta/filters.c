/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SET bssid_filter, disallow_aps and setband: access points and bands that clients exclude until they say otherwise. */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"

#include <string.h>

/* Reads "ADDRESS ADDRESS …"; an empty list is no restriction. */
static bool read_only(struct sta_filter *filter, char *text)
{
	const char *word;

	filter->only_count = 0;
	while ((word = ctrl_next_word(&text)))
		if (filter->only_count == STA_FILTER_MAX || !mac_parse(filter->only[filter->only_count++], word))
			return false;
	return true;
}

static bool read_ssid(struct plane_ssid *ssid, const char *digits)
{
	size_t len = strlen(digits);

	ssid->len = len / 2;
	return len && len % 2 == 0 && len <= 2 * SSID_MAX && hex_parse(ssid->bytes, len / 2, digits);
}

/* Reads "bssid ADDRESS" and "ssid DIGITS", any number of times. */
static bool read_denied(struct sta_filter *filter, char *text)
{
	const char *kind, *value;

	filter->denied_count = filter->ssid_count = 0;
	while ((kind = ctrl_next_word(&text))) {
		bool ok = (value = ctrl_next_word(&text));

		if (ok && !strcmp(kind, "bssid"))
			ok = filter->denied_count < STA_FILTER_MAX &&
			     mac_parse(filter->denied[filter->denied_count++], value);
		else if (ok && !strcmp(kind, "ssid"))
			ok = filter->ssid_count < STA_FILTER_SSIDS_MAX &&
			     read_ssid(&filter->ssids[filter->ssid_count++], value);
		else
			ok = false;
		if (!ok)
			return false;
	}
	return true;
}

/* "AUTO", "2G", "5G,6G" … */
static bool read_bands(struct sta_filter *filter, const char *text)
{
	bool any = false, has_2ghz = false, has_5ghz = false, has_6ghz = false;

	while (*text) {
		size_t len = strcspn(text, ",");

		any |= len == 4 && !strncmp(text, "AUTO", 4);
		has_2ghz |= len == 2 && !strncmp(text, "2G", 2);
		has_5ghz |= len == 2 && !strncmp(text, "5G", 2);
		has_6ghz |= len == 2 && !strncmp(text, "6G", 2);
		text += len + (text[len] == ',');
	}
	filter->no_2ghz = !any && !has_2ghz;
	filter->no_5ghz = !any && !has_5ghz;
	filter->no_6ghz = !any && !has_6ghz;
	return any || has_2ghz || has_5ghz || has_6ghz;
}

bool wpas_is_filter(const char *key)
{
	return !strcmp(key, "bssid_filter") || !strcmp(key, "disallow_aps") || !strcmp(key, "setband");
}

bool wpas_set_filter(struct wpas *wpas, const char *key, char *value)
{
	struct sta_filter filter = wpas->filter;
	struct sta_request request = {.kind = STA_REQUEST_FILTER, .filter = &filter};
	bool ok;

	if (!strcmp(key, "setband"))
		ok = read_bands(&filter, value);
	else
		ok = !strcmp(key, "bssid_filter") ? read_only(&filter, value) : read_denied(&filter, value);
	if (!ok)
		return false;
	wpas->filter = filter;
	return wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
}

void wpas_forget_denied(struct wpas *wpas)
{
	struct sta_filter filter = wpas->filter;

	filter.denied_count = filter.ssid_count = 0;
	if (wpas->owner.request(wpas->owner.user, &(struct sta_request){.kind = STA_REQUEST_FILTER,
									.filter = &filter}) == STA_ANSWER_DONE)
		wpas->filter = filter;
}
