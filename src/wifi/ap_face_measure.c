/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of hostapd's clients about neighbours, radio measurement and BSS transition management. */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"
#include "ctrl/command.h"
#include "ctrl/measurement.h"

#include <string.h>

enum verb {
	VERB_SET_NEIGHBOR,
	VERB_REMOVE_NEIGHBOR,
	VERB_SHOW_NEIGHBOR,
	VERB_REQ_BEACON,
	VERB_REQ_LINK_MEASUREMENT,
	VERB_BSS_TM_REQ,
	VERB_DISASSOC_IMMINENT,
	VERB_ESS_DISASSOC,
};

static const struct ctrl_verb verbs[] = {
	{"SET_NEIGHBOR", VERB_SET_NEIGHBOR},
	{"REMOVE_NEIGHBOR", VERB_REMOVE_NEIGHBOR},
	{"SHOW_NEIGHBOR", VERB_SHOW_NEIGHBOR},
	{"REQ_BEACON", VERB_REQ_BEACON},
	{"REQ_LINK_MEASUREMENT", VERB_REQ_LINK_MEASUREMENT},
	{"BSS_TM_REQ", VERB_BSS_TM_REQ},
	{"DISASSOC_IMMINENT", VERB_DISASSOC_IMMINENT},
	{"ESS_DISASSOC", VERB_ESS_DISASSOC},
	{NULL, 0},
};

/* ---- neighbours ---- */

static bool set_neighbour(struct ap_face *face, char *args, struct error *error)
{
	struct ap_neighbour neighbour;

	if (!ctrl_neighbour_parse(&neighbour, args, error))
		return false;
	return wifi_ap_command(face->radio->wifi, &(struct ap_command){.kind = AP_COMMAND_SET_NEIGHBOUR,
								       .bss = ap_face_number(face),
								       .neighbour = &neighbour}) ||
	       error_set(error, false,
			 "the network is off, or has %d neighbours already; enable it, or remove one (remove_neighbor)",
			 AP_NEIGHBOURS_MAX);
}

static bool remove_neighbour(struct ap_face *face, char *args, struct error *error)
{
	struct ap_neighbour neighbour = {0};

	if (!ctrl_neighbour_parse_name(neighbour.bssid, neighbour.ssid, &neighbour.ssid_len, args, error))
		return false;
	return wifi_ap_command(face->radio->wifi, &(struct ap_command){.kind = AP_COMMAND_REMOVE_NEIGHBOUR,
								       .bss = ap_face_number(face),
								       .neighbour = &neighbour}) ||
	       error_set(error, false, "there is no such neighbour");
}

static bool show_neighbours(const struct ap_face *face, struct ctrl_reply *reply, struct error *error)
{
	struct ap_neighbour neighbour;
	struct ap_command command = {
		.kind = AP_COMMAND_GET_NEIGHBOUR, .bss = ap_face_number(face), .neighbour = &neighbour};

	for (; wifi_ap_command(face->radio->wifi, &command); command.nth++)
		ctrl_neighbour_put(reply, &neighbour);
	return command.nth || error_set(error, false, "set rrm_neighbor_report=1");
}

/* ---- requests ---- */

static bool find_station(const struct ap_face *face, const uint8_t addr[6], struct ap_station_info *info)
{
	unsigned number = ap_face_number(face);

	for (size_t i = 0; wifi_ap_station(face->radio->wifi, i, info); i++)
		if (info->bss == number && info->authorised && mac_equal(info->addr, addr))
			return true;
	return false;
}

static bool build_link_request(struct ctrl_action *action, const struct ap_station_info *info, struct error *error)
{
	*action = (struct ctrl_action){.bytes = {ACTION_CATEGORY_MEASUREMENT, ACTION_LINK_REQUEST}, .len = 5};
	return (info->request.measurements[0] & RM_LINK) ||
	       error_set(error, false, "the station does not claim link measurement");
}

static bool build(enum verb verb, struct ctrl_action *action, const struct ap_station_info *info, char *args,
		  struct error *error)
{
	switch (verb) {
	case VERB_REQ_BEACON:
		return ctrl_beacon_request(action, args, info->request.measurements, error);
	case VERB_REQ_LINK_MEASUREMENT:
		return build_link_request(action, info, error);
	case VERB_BSS_TM_REQ:
		return ctrl_transition_request(action, args, error);
	case VERB_DISASSOC_IMMINENT:
	case VERB_ESS_DISASSOC:
		return ctrl_disassociation_request(action, args, verb == VERB_ESS_DISASSOC, error);
	case VERB_SET_NEIGHBOR:
	case VERB_REMOVE_NEIGHBOR:
	case VERB_SHOW_NEIGHBOR:
		break;
	}
	return false;
}

/* Sends a request to the station, and tells its dialog token where clients expect it. */
static bool request(struct ap_face *face, enum verb verb, char *args, struct ctrl_reply *reply, struct error *error)
{
	struct ap_command command = {.kind = AP_COMMAND_SEND_ACTION, .bss = ap_face_number(face)};
	struct ap_station_info info;
	struct ctrl_action action;
	char *rest = ctrl_split(args);

	if (!mac_parse(command.addr, args) || !find_station(face, command.addr, &info))
		return error_set(error, false, "no station `%.60s` is connected", args);
	if (!build(verb, &action, &info, rest, error))
		return false;
	if (!action.has_token) {
		face->token = face->token == UINT8_MAX ? 1 : face->token + 1;
		action.bytes[2] = face->token;
	}
	command.body = (struct span){action.bytes, action.len};
	command.leave_after = action.leave_after;
	if (!wifi_ap_command(face->radio->wifi, &command))
		return error_set(error, false, "the station has gone");
	if (verb == VERB_REQ_BEACON || verb == VERB_REQ_LINK_MEASUREMENT)
		ctrl_put(reply, "%u", action.bytes[2]);
	else
		ctrl_ok(reply, true);
	return true;
}

bool ap_face_handle_measurement(struct ap_face *face, const char *verb, char *args, struct ctrl_reply *reply)
{
	int id = ctrl_find_verb(verbs, verb);
	struct error error;
	bool done;

	switch (id) {
	case -1:
		return false;
	case VERB_SET_NEIGHBOR:
	case VERB_REMOVE_NEIGHBOR:
		done = id == VERB_SET_NEIGHBOR ? set_neighbour(face, args, &error)
					       : remove_neighbour(face, args, &error);
		if (done)
			ctrl_ok(reply, true);
		break;
	case VERB_SHOW_NEIGHBOR:
		done = show_neighbours(face, reply, &error);
		break;
	default:
		done = request(face, (enum verb)id, args, reply, &error);
		break;
	}
	if (!done) {
		ap_face_log_refusal(face, verb, &error);
		ctrl_ok(reply, false);
	}
	return true;
}
