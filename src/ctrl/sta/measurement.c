/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio measurement (mlme/sta_measure.c): the access point's neighbours, and where the station is. */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"

#include <string.h>

/* ssid="…", with blanks, or ssid=HEX, first in the text. Returns the rest; NULL: it is malformed. */
static char *take_ssid(char *text, uint8_t ssid[MGMT_SSID_MAX], size_t *len)
{
	char *value = text + strlen("ssid="), *end;

	if (*value == '"') {
		end = strrchr(++value, '"');
		*len = end ? (size_t)(end - value) : 0;
		if (!*len || *len > MGMT_SSID_MAX || (end[1] && end[1] != ' '))
			return NULL;
		memcpy(ssid, value, *len);
		return end + 1;
	}
	end = value + strcspn(value, " ");
	*len = (size_t)(end - value) / 2;
	return (end - value) % 2 || !*len || *len > MGMT_SSID_MAX || !hex_parse(ssid, *len, value) ? NULL : end;
}

/* [ssid=SSID] [lci] [civic]. Returns false if it is malformed. */
static bool parse(struct neighbour_request *request, uint8_t ssid[MGMT_SSID_MAX], char *arguments)
{
	const char *word;
	size_t len;

	*request = (struct neighbour_request){.lci_age = LOCATION_ANY_AGE};
	if (!strncmp(arguments, "ssid=", 5)) {
		arguments = take_ssid(arguments, ssid, &len);
		request->ssid = (struct span){ssid, len};
	}
	while (arguments && (word = ctrl_next_word(&arguments)))
		if (!strcmp(word, "lci"))
			request->lci = 1;
		else if (!strcmp(word, "civic"))
			request->civic = 2;
		else
			return false;
	return arguments;
}

static const char *explain(enum sta_answer answer)
{
	return answer == STA_ANSWER_BUSY
		       ? "NEIGHBOR_REP_REQUEST: the access point has not answered the last request"
		       : "NEIGHBOR_REP_REQUEST: there is no connection, or the access point does not report neighbours";
}

void wpas_neighbour_request(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_NEIGHBOURS};
	uint8_t ssid[MGMT_SSID_MAX];
	enum sta_answer answer;

	if (!parse(&request.neighbours, ssid, arguments)) {
		wpas->owner.log(wpas->owner.user,
				"NEIGHBOR_REP_REQUEST: expected [ssid=\"TEXT\"|ssid=HEX] [lci] [civic]");
		ctrl_ok(reply, false);
		return;
	}
	answer = wpas->owner.request(wpas->owner.user, &request);
	if (answer != STA_ANSWER_DONE)
		wpas->owner.log(wpas->owner.user, explain(answer));
	ctrl_ok(reply, answer == STA_ANSWER_DONE);
}

static void tell(struct wpas *wpas, const struct neighbour_report *report)
{
	char mac[MAC_TEXT_SIZE], lci[HEX_TEXT(255)], civic[HEX_TEXT(255)];

	wpas_event(wpas, "RRM-NEIGHBOR-REP-RECEIVED bssid=%s info=0x%x op_class=%u chan=%u phy_type=%u%s%s%s%s",
		   mac_format(mac, report->bssid), report->info, report->operating_class, report->channel, report->phy,
		   report->lci.len ? " lci=" : "", hex_format(lci, report->lci.bytes, report->lci.len),
		   report->civic.len ? " civic=" : "", hex_format(civic, report->civic.bytes, report->civic.len));
}

void wpas_tell_neighbours(struct wpas *wpas, const struct action *note)
{
	struct neighbour_report report;
	struct element element;
	struct mgmt mgmt;
	struct span rest;

	if (!note->frame || mgmt_parse(&mgmt, note->frame->data, note->frame->len)) {
		wpas_event(wpas, "RRM-NEIGHBOR-REP-REQUEST-FAILED ");
		return;
	}
	rest = mgmt.body;
	span_take(&rest, 1); /* dialog token */
	while (element_next(&rest, &element) && element.id == EID_NEIGHBOR_REPORT &&
	       neighbour_report_parse(&report, element.body))
		tell(wpas, &report);
}

bool wpas_set_lci(struct wpas *wpas, const char *value)
{
	struct sta_request request = {.kind = STA_REQUEST_LCI};
	uint8_t lci[MEASURE_BODY_MAX];
	size_t len = strlen(value) / 2;

	if (strlen(value) % 2 || len > sizeof(lci) || (len && !hex_parse(lci, len, value))) {
		wpas->owner.log(
			wpas->owner.user,
			"SET LCI: expected the report of a location, as pairs of hexadecimal digits, or nothing");
		return false;
	}
	request.lci = (struct span){lci, len};
	return wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
}
