/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the operator while the access point runs. */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_reconfigure.h"

#include "base/mac.h"

/* Applies a command to one station. Returns false if its state does not allow it. */
static bool command_station(struct ap *ap, struct ap_sta *sta, const struct ap_command *command)
{
	switch (command->kind) {
	case AP_COMMAND_DEAUTHENTICATE:
		if (command->silent)
			ap_sta_remove(ap, sta, command->reason);
		else
			ap_sta_kick(ap, sta, MGMT_DEAUTH, command->reason);
		return true;
	case AP_COMMAND_DISASSOCIATE:
		if (!sta->associated)
			return false;
		if (command->silent)
			ap_sta_disassociate(ap, sta, command->reason);
		else
			ap_sta_kick(ap, sta, MGMT_DISASSOC, command->reason);
		return true;
	case AP_COMMAND_POLL:
		if (sta->associated && !sta->unacked_polls)
			ap_poll_begin(ap, sta);
		return sta->associated;
	case AP_COMMAND_REKEY_PAIRWISE:
		if (!sta->authorised || !sta->bss->protected || sta->auth.state != AUTHENTICATOR_DONE)
			return false;
		ap_keys_start_handshake(ap, sta);
		return true;
	case AP_COMMAND_SEND_ACTION:
		return ap_measure_send(ap, sta, command);
	default:
		return false;
	}
}

static bool command_stations(struct ap *ap, struct ap_bss *bss, const struct ap_command *command)
{
	struct ap_sta *sta, *next;

	if (!mac_is_group(command->addr)) {
		sta = ap_sta_find(ap, bss, command->addr);
		return sta && command_station(ap, sta, command);
	}
	if (command->kind != AP_COMMAND_DEAUTHENTICATE && command->kind != AP_COMMAND_DISASSOCIATE)
		return false; /* the others are for one station */
	if (!command->silent && command->kind == AP_COMMAND_DEAUTHENTICATE)
		ap_bss_deauth_all(bss, command->reason);
	if (!command->silent && command->kind == AP_COMMAND_DISASSOCIATE)
		ap_send_management(ap, bss, ap_new_reason_frame(bss, command->addr, MGMT_DISASSOC, command->reason),
				   (struct plane_management){0});
	/* Each gets its own frame, too: one that dozes may miss that for all. Backwards: a station that leaves gives its
	 * place to the last one. */
	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->bss == bss)
			command_station(ap, ap->associated[i], command);
	for (sta = ap->oldest; sta && command->kind == AP_COMMAND_DEAUTHENTICATE; sta = next) {
		next = sta->newer;
		if (sta->bss == bss)
			ap_sta_remove(ap, sta, command->reason);
	}
	return true;
}

static bool run_command(struct ap *ap, const struct ap_command *command)
{
	struct ap_bss *bss = &ap->bss[command->bss];

	switch (command->kind) {
	case AP_COMMAND_DEAUTHENTICATE:
	case AP_COMMAND_DISASSOCIATE:
	case AP_COMMAND_POLL:
	case AP_COMMAND_REKEY_PAIRWISE:
	case AP_COMMAND_SEND_ACTION:
		return command_stations(ap, bss, command);
	case AP_COMMAND_REKEY_GROUP:
		if (bss->protected)
			ap_keys_rekey_group(ap, bss);
		return bss->protected;
	case AP_COMMAND_FLUSH_PMKSA:
		pmksa_flush(&ap->pmksa, NULL);
		return true;
	case AP_COMMAND_SET_BSS:
		return ap_bss_reconfigure(ap, bss, command->setup) == 0;
	case AP_COMMAND_STOP_BSS:
		ap_bss_switch_off(ap, bss);
		return true;
	case AP_COMMAND_ADD_BSS:
		return ap_bss_add(ap, bss, command->setup) == 0;
	case AP_COMMAND_REMOVE_BSS:
		return ap_bss_remove(ap, bss);
	case AP_COMMAND_SET_NEIGHBOUR:
	case AP_COMMAND_REMOVE_NEIGHBOUR:
	case AP_COMMAND_GET_NEIGHBOUR:
		return ap_neighbour_command(ap, bss, command);
	case AP_COMMAND_GET_SIGHTING:
		return ap_track_get(ap, command->nth, command->sighting);
	case AP_COMMAND_FT_ANSWER:
		ap_ft_answer(ap, bss, command->pull);
		return true;
	case AP_COMMAND_FT_ACTION:
		return ap_ft_receive_remote(ap, bss, command->addr, command->body);
	}
	return false;
}

bool ap_run_command(struct ap *ap, const struct ap_command *command, uint64_t now_ns, struct plane_actions *out)
{
	bool ok;

	if (command->bss >= AP_BSS_MAX ||
	    ap_bss_is_vacant(&ap->bss[command->bss]) != (command->kind == AP_COMMAND_ADD_BSS))
		return false;
	ap_begin(ap, now_ns, out);
	ok = run_command(ap, command);
	ap_end(ap);
	return ok;
}
