/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbours and radio measurement, in hostapd's words. */
#include "ctrl/measurement.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"
#include "wire/measurement.h"

#include <stdio.h>
#include <string.h>

#define HEX_MAX HEX_TEXT(NEIGHBOR_REPORT_MAX)

/* ---- neighbours ---- */

/* Cuts ssid="…" or ssid=HEX, wherever it is, out of the text: a name may have blanks. Returns false if it is malformed. */
static bool take_ssid(char *text, uint8_t ssid[SSID_MAX], size_t *len)
{
	char *begin = !strncmp(text, "ssid=", 5) ? text : strstr(text, " ssid="), *value, *end;

	*len = 0;
	if (!begin)
		return true;
	value = strchr(begin, '=') + 1;
	if (*value == '"') {
		value++;
		end = strchr(value, '"');
		if (!end || (end[1] && end[1] != ' '))
			return false;
		*len = (size_t)(end - value);
		if (!*len || *len > SSID_MAX)
			return false;
		memcpy(ssid, value, *len);
		end++;
	} else {
		end = value + strcspn(value, " ");
		*len = (size_t)(end - value) / 2;
		if ((end - value) % 2 || !*len || *len > SSID_MAX || !hex_parse(ssid, *len, value))
			return false;
	}
	memset(begin, ' ', (size_t)(end - begin));
	return true;
}

/* An option in hexadecimal digits; `len` becomes 0 without it. */
static bool read_hex(const char *text, const char *name, uint8_t *bytes, size_t *len, struct error *error)
{
	char value[HEX_MAX], pattern[16];

	*len = 0;
	snprintf(pattern, sizeof(pattern), " %s=", name);
	if (!strstr(text, pattern))
		return true;
	if (ctrl_option(text, name, value, sizeof(value)) && strlen(value) % 2 == 0 &&
	    hex_parse(bytes, strlen(value) / 2, value)) {
		*len = strlen(value) / 2;
		return true;
	}
	return error_set(error, false, "%s must be at most %d bytes, as pairs of hexadecimal digits", name,
			 NEIGHBOR_REPORT_MAX);
}

/* Cuts the address off. */
static bool take_address(uint8_t addr[6], char **args, struct error *error)
{
	char *rest = ctrl_split(*args);

	if (!mac_parse(addr, *args))
		return error_set(error, false, "expected a MAC address (02:00:00:12:34:56), not `%.60s`", *args);
	*args = rest;
	return true;
}

bool ctrl_neighbour_parse_name(uint8_t bssid[6], uint8_t ssid[SSID_MAX], size_t *ssid_len, char *args,
			       struct error *error)
{
	if (!take_address(bssid, &args, error))
		return false;
	if (!take_ssid(args, ssid, ssid_len))
		return error_set(error, false, "ssid must be \"text\" or hexadecimal digits, 1 to %d bytes", SSID_MAX);
	return true;
}

bool ctrl_neighbour_parse(struct ap_neighbour *neighbour, char *args, struct error *error)
{
	char text[4 * HEX_MAX], *word, *rest;

	*neighbour = (struct ap_neighbour){0};
	if (!take_address(neighbour->bssid, &args, error))
		return false;
	if (strlen(args) + 2 > sizeof(text))
		return error_set(error, false, "the line is too long");
	text[0] = ' '; /* each option follows a blank */
	memcpy(text + 1, args, strlen(args) + 1);
	if (!take_ssid(text, neighbour->ssid, &neighbour->ssid_len) || !neighbour->ssid_len)
		return error_set(error, false, "ssid must be \"text\" or hexadecimal digits, 1 to %d bytes", SSID_MAX);
	if (!read_hex(text, "nr", neighbour->report, &neighbour->report_len, error) ||
	    !read_hex(text, "lci", neighbour->lci, &neighbour->lci_len, error) ||
	    !read_hex(text, "civic", neighbour->civic, &neighbour->civic_len, error))
		return false;
	if (neighbour->report_len < NEIGHBOR_REPORT_MIN)
		return error_set(error, false, "nr must be the body of a Neighbor Report element, at least %d bytes",
				 NEIGHBOR_REPORT_MIN);
	for (rest = text; (word = ctrl_next_word(&rest));)
		neighbour->stationary |= !strcmp(word, "stat");
	return true;
}

static void put_hex(struct ctrl_reply *reply, const char *name, const uint8_t *bytes, size_t len)
{
	if (!len)
		return;
	ctrl_put(reply, " %s=", name);
	ctrl_put_hex(reply, bytes, len);
}

void ctrl_neighbour_put(struct ctrl_reply *reply, const struct ap_neighbour *neighbour)
{
	char mac[MAC_TEXT_SIZE];

	ctrl_put(reply, "%s", mac_format(mac, neighbour->bssid));
	put_hex(reply, "ssid", neighbour->ssid, neighbour->ssid_len);
	put_hex(reply, "nr", neighbour->report, neighbour->report_len);
	put_hex(reply, "lci", neighbour->lci, neighbour->lci_len);
	put_hex(reply, "civic", neighbour->civic, neighbour->civic_len);
	ctrl_put(reply, "%s\n", neighbour->stationary ? " stat" : "");
}

/* ---- measurement ---- */

/* Does the station measure in this mode? */
static bool can_measure(const uint8_t station[RM_CAPABILITIES_LEN], uint8_t mode)
{
	switch (mode) {
	case MEASURE_PASSIVE:
		return station[0] & RM_BEACON_PASSIVE;
	case MEASURE_ACTIVE:
		return station[0] & RM_BEACON_ACTIVE;
	case MEASURE_TABLE:
		return station[0] & RM_BEACON_TABLE;
	default:
		return false;
	}
}

bool ctrl_beacon_request(struct ctrl_action *action, char *args, const uint8_t station[RM_CAPABILITIES_LEN],
			 struct error *error)
{
	/* Operating class, channel, randomization interval, duration, mode, BSSID; subelements */
	enum { FIXED = 1 + 1 + 2 + 2 + 1 + MAC_LEN, MODE = 6, HEADER = 3 };
	uint8_t request_mode = 0, body[ELEMENT_MAX];
	char *word = ctrl_next_word(&args);
	size_t len;

	if (word && !strncmp(word, "req_mode=", 9)) {
		if (strlen(word) != 11 || !hex_parse(&request_mode, 1, word + 9))
			return error_set(error, false, "req_mode must be two hexadecimal digits");
		word = ctrl_next_word(&args);
	}
	len = word ? strlen(word) / 2 : 0;
	if (!word || strlen(word) % 2 || len < FIXED || len + HEADER > 255 || !hex_parse(body, len, word))
		return error_set(error, false,
				 "expected a beacon request of %d to %d bytes, as pairs of hexadecimal digits", FIXED,
				 255 - HEADER);
	if (!can_measure(station, body[MODE]))
		return error_set(error, false, "the station does not claim beacon reports in mode %u", body[MODE]);
	*action = (struct ctrl_action){.bytes = {ACTION_CATEGORY_MEASUREMENT, ACTION_MEASUREMENT_REQUEST, 0, 0, 0,
						 EID_MEASUREMENT_REQUEST, (uint8_t)(HEADER + len), 1, request_mode,
						 MEASURE_BEACON},
				       .len = 10 + len};
	memcpy(action->bytes + 10, body, len);
	return true;
}

/* The report of a beacon measurement in the `nth` Measurement Report element. */
static bool describe_report(struct ctrl_event *event, const struct mgmt *mgmt, const char *mac, unsigned nth)
{
	struct span rest = {mgmt->body.bytes + 1, mgmt->body.len - 1};
	struct element element;
	char hex[HEX_MAX];

	while (element_next(&rest, &element)) {
		const uint8_t *body = element.body.bytes;

		if (element.id != EID_MEASUREMENT_REPORT || nth--)
			continue;
		if (element.body.len < 3 || body[2] != MEASURE_BEACON)
			return false;
		snprintf(event->text, sizeof(event->text), "BEACON-RESP-RX %s %u %02x %s", mac, mgmt->body.bytes[0],
			 body[1], hex_format(hex, body + 3, element.body.len - 3));
		return true;
	}
	return false;
}

static bool describe_transition(struct ctrl_event *event, const struct mgmt *mgmt, const char *mac)
{
	const uint8_t *body = mgmt->body.bytes;
	char hex[HEX_TEXT(600)], target[MAC_TEXT_SIZE];
	size_t len = mgmt->body.len - 2;

	if (mgmt->action == ACTION_TRANSITION_QUERY)
		snprintf(event->text, sizeof(event->text), "BSS-TM-QUERY %s reason=%u%s%s", mac, body[1],
			 len ? " neighbor=" : "", hex_format(hex, body + 2, len < 600 ? len : 600));
	else
		snprintf(event->text, sizeof(event->text), "BSS-TM-RESP %s status_code=%u bss_termination_delay=%u%s%s",
			 mac, body[1], body[2],
			 body[1] ? "" : " target_bssid=", body[1] ? "" : mac_format(target, body + 3));
	return true;
}

bool ctrl_measurement_event(struct ctrl_event *event, const struct action *note)
{
	char mac[MAC_TEXT_SIZE], hex[HEX_MAX];
	struct mgmt mgmt;
	size_t len;

	mac_format(mac, note->addr);
	if (note->note == NOTE_ACTION_STATUS) {
		snprintf(event->text, sizeof(event->text), "BEACON-REQ-TX-STATUS %s %u ack=%d", mac, note->code,
			 note->success);
		return true;
	}
	/* mlme reports only frames that hold all their fixed fields. */
	if (!note->frame || mgmt_parse(&mgmt, note->frame->data, note->frame->len) || !mgmt.body.len)
		return false;
	if (note->note == NOTE_TRANSITION)
		return describe_transition(event, &mgmt, mac);
	if (mgmt.action == ACTION_MEASUREMENT_REPORT)
		return describe_report(event, &mgmt, mac, note->code);
	len = mgmt.body.len - 1 < NEIGHBOR_REPORT_MAX ? mgmt.body.len - 1 : NEIGHBOR_REPORT_MAX;
	snprintf(event->text, sizeof(event->text), "LINK-MSR-RESP-RX %s %u %s", mac, mgmt.body.bytes[0],
		 hex_format(hex, mgmt.body.bytes + 1, len));
	return true;
}
