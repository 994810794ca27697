/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BSS transition management: what the access point asks of the station (mlme/sta_transition.c), and what the user asks of it; WNM
 * sleep mode (mlme/sta_sleep.c).
 */
#include "ctrl/sta/wpas.h"

#include "base/text.h"
#include "ctrl/command.h"
#include "ctrl/measurement.h"
#include "wire/le.h"

#include <string.h>

#define URL_MAX 255

/* REASON [list] [neighbor=BSSID,INFO,CLASS,CHANNEL,PHY[,HEX]]… */
void wpas_transition_query(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_QUERY};
	const char *word = ctrl_next_word(&arguments);
	uint8_t candidates[400];
	size_t len = 0;
	uint32_t reason;
	bool ok = word && ctrl_number(word, UINT8_MAX, &reason);
	char *option;

	while (ok && (option = ctrl_next_word(&arguments)))
		if (!strcmp(option, "list"))
			request.query.list = true;
		else
			ok = !strncmp(option, "neighbor=", 9) &&
			     ctrl_candidate_append(candidates, &len, sizeof(candidates), option + 9);
	if (!ok) {
		wpas->owner.log(wpas->owner.user, "WNM_BSS_QUERY: expected REASON [list] "
						  "[neighbor=BSSID,INFO,CLASS,CHANNEL,PHY[,HEX]]…");
		ctrl_ok(reply, false);
		return;
	}
	request.query.reason = (uint8_t)reason;
	request.query.candidates = (struct span){candidates, len};
	ok = wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
	if (!ok)
		wpas->owner.log(wpas->owner.user, "WNM_BSS_QUERY: there is no connection, or the access point has no "
						  "BSS transition management");
	ctrl_ok(reply, ok);
}

#define FILTERS_MAX 255

/* Reads `option` into the request; `filters` gets the bytes of tfs_req. Returns false if it is none. */
static bool read_sleep_option(struct sta_request *request, const char *option, uint8_t filters[FILTERS_MAX])
{
	uint32_t number = 0;
	size_t len;

	if (!strncmp(option, "interval=", 9) && ctrl_number(option + 9, UINT16_MAX, &number)) {
		request->sleep.interval = (uint16_t)number;
		return true;
	}
	len = strlen(option) / 2;
	if (strncmp(option, "tfs_req=", 8) != 0 || strlen(option) % 2 || len - 4 > FILTERS_MAX ||
	    !hex_parse(filters, len - 4, option + 8))
		return false;
	request->sleep.filters = (struct span){filters, len - 4};
	return true;
}

/* enter|exit [interval=DTIMS] [tfs_req=HEX] */
void wpas_sleep(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_SLEEP};
	const char *word = ctrl_next_word(&arguments), *option;
	uint8_t filters[FILTERS_MAX];
	bool ok = word && (!strcmp(word, "enter") || !strcmp(word, "exit"));

	while (ok && (option = ctrl_next_word(&arguments)))
		ok = read_sleep_option(&request, option, filters);
	if (!ok) {
		wpas->owner.log(wpas->owner.user, "WNM_SLEEP: expected enter|exit [interval=DTIMS] [tfs_req=HEX]");
		ctrl_ok(reply, false);
		return;
	}
	request.sleep.exit = !strcmp(word, "exit");
	ok = wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
	if (!ok)
		wpas->owner.log(wpas->owner.user, "WNM_SLEEP: there is no connection, or the access point has no WNM "
						  "sleep mode");
	ctrl_ok(reply, ok);
}

/* The access point will send us away from the whole network; the URL says why. The time is in milliseconds. */
static void tell_of_url(struct wpas *wpas, struct span rest, uint64_t timer_ms)
{
	const uint8_t *len = span_take(&rest, 1);
	const uint8_t *url = len ? span_take(&rest, *len) : NULL;
	char text[CTRL_ESCAPED(URL_MAX)];
	struct sta_info info;

	if (!url)
		return;
	wpas_info(wpas, &info);
	ctrl_escape(text, sizeof(text), url, *len);
	wpas_event(wpas, "ESS-DISASSOC-IMMINENT %d %u %s", info.mfp, (unsigned)timer_ms, text);
}

void wpas_tell_transition(struct wpas *wpas, const struct action *note)
{
	struct span rest;
	const uint8_t *fixed;
	struct mgmt mgmt;
	unsigned mode, timer;

	/* mlme reports only frames that hold all their fixed fields. */
	if (!note->frame || mgmt_parse(&mgmt, note->frame->data, note->frame->len))
		return;
	rest = mgmt.body;
	fixed = span_take(&rest, 5);
	if (!fixed)
		return;
	mode = fixed[1];
	timer = le16(fixed + 2);
	wpas_event(wpas,
		   "WNM: BSS Transition Management Request: dialog_token=%u request_mode=0x%x disassoc_timer=%u "
		   "validity_interval=%u",
		   fixed[0], mode, timer, fixed[4]);
	if (mode & TRANSITION_TERMINATION)
		span_take(&rest, 12);
	if (mode & TRANSITION_ESS_DISASSOCIATION)
		tell_of_url(wpas, rest, timer * UINT64_C(100) * 1024 / 1000);
	if (mode & TRANSITION_DISASSOCIATION)
		wpas_event(wpas, "WNM: Disassociation Imminent - Disassociation Timer %u", timer);
	if (mode & TRANSITION_CANDIDATES)
		wpas_event(wpas, "WNM: Preferred List Available");
}
