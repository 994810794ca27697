/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of BSS transition management (9.6.13.9), in hostapd's words. */
#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"
#include "ctrl/measurement.h"
#include "wire/le.h"
#include "wire/mgmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define URL_MAX                255
#define SUBELEMENT_TERMINATION 4

/* What the options say, until the fields can be written in their order. */
struct request {
	uint8_t mode, validity;
	uint16_t timer;
	uint8_t token;
	bool has_token;
	uint8_t termination[12];
	size_t termination_len;
	const char *url; /* NULL: none */
	uint8_t candidates[CTRL_ACTION_MAX];
	size_t candidates_len;
};

static bool write_request(const struct request *request, struct ctrl_action *action, struct error *error)
{
	size_t url_len = request->url ? strlen(request->url) : 0;
	uint8_t *pos = action->bytes + 7;

	if (url_len > URL_MAX)
		return error_set(error, false, "the URL has %zu bytes; at most %d fit", url_len, URL_MAX);
	if (7 + request->termination_len + 1 + url_len + request->candidates_len > sizeof(action->bytes))
		return error_set(error, false, "the request has too many neighbours");
	*action = (struct ctrl_action){
		.bytes = {ACTION_CATEGORY_WNM, ACTION_TRANSITION_REQUEST, request->token, request->mode},
		.has_token = request->has_token,
		.leave_after = request->timer};
	put_le16(action->bytes + 4, request->timer);
	action->bytes[6] = request->validity;
	memcpy(pos, request->termination, request->termination_len);
	pos += request->termination_len;
	if (request->url) {
		*pos++ = (uint8_t)url_len;
		memcpy(pos, request->url, url_len);
		pos += url_len;
	}
	memcpy(pos, request->candidates, request->candidates_len);
	action->len = (size_t)(pos - action->bytes) + request->candidates_len;
	return true;
}

/* ---- BSS_TM_REQ ---- */

/* TSF,MINUTES */
static bool read_termination(struct request *request, const char *value)
{
	uint64_t tsf;
	uint32_t minutes;
	int len = 0;

	if (sscanf(value, "%" SCNu64 ",%n", &tsf, &len) < 1 || !len || !ctrl_number(value + len, UINT16_MAX, &minutes))
		return false;
	request->termination[0] = SUBELEMENT_TERMINATION;
	request->termination[1] = 10;
	put_le32(request->termination + 2, (uint32_t)tsf);
	put_le32(request->termination + 6, (uint32_t)(tsf >> 32));
	put_le16(request->termination + 10, (uint16_t)minutes);
	request->termination_len = sizeof(request->termination);
	request->mode |= TRANSITION_TERMINATION;
	return true;
}

/* Cuts the next part, which ends at a comma, off the value; NULL: there is none. */
static char *next_part(char **value)
{
	char *part = *value, *comma = part ? strchr(part, ',') : NULL;

	if (comma)
		*comma = '\0';
	*value = comma ? comma + 1 : NULL;
	return part;
}

bool ctrl_candidate_append(uint8_t *candidates, size_t *candidates_len, size_t room, char *value)
{
	uint8_t *element = candidates + *candidates_len, *body = element + 2;
	size_t len = NEIGHBOR_REPORT_MIN;
	char *part = next_part(&value);
	uint32_t number;

	room -= *candidates_len;
	if (room < 2 + NEIGHBOR_REPORT_MIN || !part || !mac_parse(body, part))
		return false;
	part = next_part(&value);
	if (!part || !ctrl_number(part, UINT32_MAX, &number))
		return false;
	put_le32(body + MAC_LEN, number);
	for (unsigned i = 0; i < 3; i++) {
		part = next_part(&value);
		if (!part || !ctrl_number(part, UINT8_MAX, &number))
			return false;
		body[MAC_LEN + 4 + i] = (uint8_t)number;
	}
	if (value) {
		size_t more = strlen(value) / 2;

		if (strlen(value) % 2 || len + more > NEIGHBOR_REPORT_MAX || room < 2 + len + more ||
		    !hex_parse(body + len, more, value))
			return false;
		len += more;
	}
	element[0] = EID_NEIGHBOR_REPORT;
	element[1] = (uint8_t)len;
	*candidates_len += 2 + len;
	return true;
}

static bool read_flag(struct request *request, uint8_t bit, const char *value)
{
	request->mode |= strcmp(value, "0") ? bit : 0;
	return true;
}

static bool read_option(struct request *request, const char *name, char *value)
{
	uint32_t number = 0;
	bool ok;

	if (!strcmp(name, "neighbor"))
		return ctrl_candidate_append(request->candidates, &request->candidates_len, sizeof(request->candidates),
					     value);
	if (!strcmp(name, "bss_term"))
		return read_termination(request, value);
	if (!strcmp(name, "pref"))
		return read_flag(request, TRANSITION_CANDIDATES, value);
	if (!strcmp(name, "abridged"))
		return read_flag(request, TRANSITION_ABRIDGED, value);
	if (!strcmp(name, "disassoc_imminent"))
		return read_flag(request, TRANSITION_DISASSOCIATION, value);
	if (!strcmp(name, "url")) {
		request->url = value;
		request->mode |= TRANSITION_ESS_DISASSOCIATION;
		return true;
	}
	ok = ctrl_number(value, !strcmp(name, "disassoc_timer") ? UINT16_MAX : UINT8_MAX, &number);
	if (!strcmp(name, "disassoc_timer")) {
		request->timer = (uint16_t)number;
	} else if (!strcmp(name, "valid_int")) {
		request->validity = (uint8_t)number;
	} else if (!strcmp(name, "dialog_token")) {
		request->token = (uint8_t)number;
		request->has_token = true;
	} else {
		return false;
	}
	return ok;
}

bool ctrl_transition_request(struct ctrl_action *action, char *options, struct error *error)
{
	struct request request = {.validity = 255};
	char *word;

	while ((word = ctrl_next_word(&options))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!value || !read_option(&request, word, value))
			return error_set(error, false, "option `%.40s` is unknown, or has a wrong value", word);
	}
	if (request.timer)
		request.mode |= TRANSITION_DISASSOCIATION;
	return write_request(&request, action, error);
}

bool ctrl_disassociation_request(struct ctrl_action *action, char *args, bool ess, struct error *error)
{
	struct request request = {.validity = 255, .mode = TRANSITION_DISASSOCIATION};
	char *word = ctrl_next_word(&args);
	uint32_t timer;

	if (!word || !ctrl_number(word, UINT16_MAX, &timer))
		return error_set(error, false, "expected the time in beacon intervals, at most %d", UINT16_MAX);
	request.timer = (uint16_t)timer;
	if (ess) {
		request.mode |= TRANSITION_ESS_DISASSOCIATION;
		request.url = args;
	}
	return write_request(&request, action, error);
}
