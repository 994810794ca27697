/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the station notes, in the words that clients of wpa_supplicant wait for. */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/event.h"
#include "wire/mgmt.h"

#include <string.h>

/* What most events say. */
struct about {
	struct sta_info info;
	const struct wpa_store_network *network; /* NULL: unknown */
	char bssid[MAC_TEXT_SIZE], ssid[CTRL_ESCAPED(MGMT_SSID_MAX)];
};

static struct about collect(struct wpas *wpas, const struct action *note)
{
	struct about about;

	wpas_info(wpas, &about.info);
	about.network = wpa_store_by_handle(&wpas->store, note->id);
	mac_format(about.bssid, note->addr);
	snprintf(about.ssid, sizeof(about.ssid), "%.*s", (int)sizeof(note->detail), note->detail);
	return about;
}

static const char *id_str_of(const struct wpa_store_network *network, int *len)
{
	const char *value = network ? wpa_store_get(network, "id_str") : NULL;

	*len = value && strlen(value) >= 2 ? (int)strlen(value) - 2 : 0;
	return *len ? value + 1 : "";
}

static void emit_connected(struct wpas *wpas, const struct about *about)
{
	const struct sta_info *info = &about->info;
	int len;
	const char *id_str = id_str_of(about->network, &len);

	if (info->protected)
		wpas_event(wpas, "WPA: Key negotiation completed with %s [PTK=%s GTK=%s]", about->bssid,
			   cipher_name(info->pairwise), cipher_name(info->group));
	wpas_event(wpas, "CTRL-EVENT-CONNECTED - Connection to %s completed [id=%d id_str=%.*s]", about->bssid,
		   about->network ? (int)about->network->id : -1, len, id_str);
	if (about->network)
		wpas_rest_end(wpas, about->network->handle);
}

static void emit_auth_reject(struct wpas *wpas, const struct action *note, const struct about *about, unsigned status)
{
	wpas_event(wpas, "CTRL-EVENT-AUTH-REJECT %s auth_type=%u auth_transaction=%u status_code=%u", about->bssid,
		   note->algorithm, note->transaction, status);
}

/* After a refusal of SAE the station rests the access point. */
static void emit_rejected(struct wpas *wpas, const struct action *note, const struct about *about)
{
	if (!note->authentication) {
		wpas_event(wpas, "CTRL-EVENT-ASSOC-REJECT bssid=%s status_code=%u", about->bssid, note->code);
		return;
	}
	emit_auth_reject(wpas, note, about, note->code);
	if (note->code == STATUS_UNKNOWN_IDENTIFIER)
		wpas_event(wpas, "CTRL-EVENT-SAE-UNKNOWN-PASSWORD-IDENTIFIER %s", about->bssid);
	if (note->algorithm == AUTH_SAE)
		wpas_rest_begin(wpas, note, about->ssid, "CONN_FAILED");
}

static void emit_joining(struct wpas *wpas, const struct action *note, const struct about *about)
{
	if (note->authentication)
		wpas_event(wpas, "SME: Trying to authenticate with %s (SSID='%s' freq=%u MHz)", about->bssid,
			   about->ssid, note->freq);
	else
		wpas_event(wpas, "Trying to associate with %s (SSID='%s' freq=%u MHz)", about->bssid, about->ssid,
			   note->freq);
}

static void emit_wrong_key(struct wpas *wpas, const struct action *note, const struct about *about)
{
	if (note->authentication)
		emit_auth_reject(wpas, note, about, STATUS_CHALLENGE_FAILURE);
	else
		wpas_event(wpas, "WPA: 4-Way Handshake failed - pre-shared key may be incorrect");
	wpas_rest_begin(wpas, note, about->ssid, "WRONG_KEY");
}

static void emit_rekeyed(struct wpas *wpas, const struct about *about, bool group)
{
	const struct sta_info *info = &about->info;

	if (group)
		wpas_event(wpas, "%s: Group rekeying completed with %s [GTK=%s]", info->wpa ? "WPA" : "RSN",
			   about->bssid, cipher_name(info->group));
	else
		wpas_event(wpas, "WPA: Key negotiation completed with %s [PTK=%s GTK=%s]", about->bssid,
			   cipher_name(info->pairwise), cipher_name(info->group));
}

/* The id is that of a scan on request, which waits for the end of one of another program. */
static void emit_scan(struct wpas *wpas, const struct action *note)
{
	bool ended = note->note == NOTE_SCANNED;

	if (wpas->scan_has_id && !note->foreign)
		wpas_event(wpas, "CTRL-EVENT-SCAN-%s id=%u", ended ? "RESULTS" : "STARTED", wpas->scan_id);
	else
		wpas_event(wpas, "CTRL-EVENT-SCAN-%s ", ended ? "RESULTS" : "STARTED");
	wpas->scan_has_id &= !ended || note->foreign;
}

static void emit_channel(struct wpas *wpas, const char *event, const struct plane_channel *channel)
{
	char width[WPAS_WIDTH_MAX];

	wpas_event(wpas, "CTRL-EVENT-%s freq=%u ht_enabled=%d ch_offset=%d ch_width=%s cf1=%u cf2=0", event,
		   channel->freq_mhz, channel->width_mhz != 0, ctrl_channel_secondary(channel),
		   wpas_width_text(width, channel->width_mhz, false),
		   channel->center_mhz ? channel->center_mhz : channel->freq_mhz);
}

/* ap_scan=2: clients take the station for a driver that looks for the network by itself, and rejects what it cannot join. */
static bool looks_by_itself(const struct wpas *wpas)
{
	const char *ap_scan = wpa_store_get_global(&wpas->store, "ap_scan");

	return ap_scan && !strcmp(ap_scan, "2");
}

static void emit_not_found(struct wpas *wpas)
{
	if (looks_by_itself(wpas))
		wpas_event(wpas, "CTRL-EVENT-ASSOC-REJECT status_code=%u", STATUS_UNSPECIFIED);
	else
		wpas_event(wpas, "CTRL-EVENT-NETWORK-NOT-FOUND ");
}

/* "init=USER type=COUNTRY alpha2=DE" */
static void emit_regulatory(struct wpas *wpas, const struct action *note)
{
	char text[CTRL_EVENT_MAX];

	ctrl_regulatory_event(text, sizeof(text), note);
	wpas_event(wpas, "%s", text);
}

static void emit_signal(struct wpas *wpas, const struct action *note)
{
	wpas_event(wpas, "CTRL-EVENT-SIGNAL-CHANGE above=%d signal=%d noise=9999 txrate=%u", note->above,
		   note->signal_dbm, note->id);
}

static void emit_ocv(struct wpas *wpas, const struct action *note)
{
	char text[CTRL_EVENT_MAX];

	ctrl_ocv_event(text, sizeof(text), note);
	if (note->ocv.frame == OCI_SLEEP_RESPONSE)
		wpas_event(wpas, "WNM: OCV failed: %s", strstr(text, "error=") + strlen("error="));
	else
		wpas_event(wpas, "%s", text);
}

/* Only networks have a number for clients. */
static void emit_pmksa(struct wpas *wpas, bool added, const struct about *about)
{
	wpas_event(wpas, "PMKSA-CACHE-%s %s %d", added ? "ADDED" : "REMOVED", about->bssid,
		   about->network ? (int)about->network->id : -1);
}

static void emit_silent(struct wpas *wpas, const struct about *about)
{
	if (looks_by_itself(wpas))
		wpas_event(wpas, "CTRL-EVENT-ASSOC-REJECT bssid=%s status_code=%u timeout", about->bssid,
			   STATUS_UNSPECIFIED);
}

/* Returns whether the note is about a BSS or an association. */
static bool emit_of_link(struct wpas *wpas, const struct action *note, const struct about *about)
{
	switch (note->note) {
	case NOTE_JOINING:
		emit_joining(wpas, note, about);
		return true;
	case NOTE_ASSOCIATED:
		wpas_event(wpas, "Associated with %s", about->bssid);
		wpas_event(wpas, "CTRL-EVENT-SUBNET-STATUS-UPDATE status=0");
		return true;
	case NOTE_CONNECTED:
		emit_connected(wpas, about);
		return true;
	case NOTE_DISCONNECTED:
		wpas_event(wpas, "CTRL-EVENT-DISCONNECTED bssid=%s reason=%u%s", about->bssid, note->code,
			   note->local ? " locally_generated=1" : "");
		return true;
	case NOTE_REJECTED:
		emit_rejected(wpas, note, about);
		return true;
	case NOTE_WRONG_PASSPHRASE:
		emit_wrong_key(wpas, note, about);
		return true;
	case NOTE_REKEYED:
	case NOTE_GROUP_REKEYED:
		emit_rekeyed(wpas, about, note->note == NOTE_GROUP_REKEYED);
		return true;
	case NOTE_SILENT:
		emit_silent(wpas, about);
		return true;
	case NOTE_SWITCHING:
		emit_channel(wpas, "STARTED-CHANNEL-SWITCH", &note->channel);
		return true;
	case NOTE_CHANNEL:
		emit_channel(wpas, "CHANNEL-SWITCH", &note->channel);
		return true;
	case NOTE_SIGNAL_CHANGE:
		emit_signal(wpas, note);
		return true;
	case NOTE_OCV_FAILURE:
		emit_ocv(wpas, note);
		return true;
	case NOTE_PMKSA_ADDED:
	case NOTE_PMKSA_REMOVED:
		emit_pmksa(wpas, note->note == NOTE_PMKSA_ADDED, about);
		return true;
	case NOTE_FORGED_BEACON:
		wpas_event(wpas, "CTRL-EVENT-UNPROT-BEACON %s", about->bssid);
		return true;
	case NOTE_NO_BEACON:
		wpas_event(wpas, "CTRL-EVENT-BEACON-LOSS ");
		return true;
	case NOTE_TRANSITION_DISABLE:
		wpas_disable_transition(wpas, note->id, (uint8_t)note->code);
		return true;
	default:
		return false;
	}
}

/* "wlan0: State: SCANNING -> AUTHENTICATING", for clients that ask for LEVEL DEBUG. */
static void emit_state(struct wpas *wpas, const struct sta_info *info)
{
	const char *state = wpas_state_name(wpas, info), *last = wpas->state ? wpas->state : "DISCONNECTED";
	char text[80];

	if (!strcmp(state, last))
		return;
	snprintf(text, sizeof(text), "%s: State: %s -> %s", wpas->interface, last, state);
	wpas->state = state;
	wpas->owner.event(wpas->owner.user, CTRL_DEBUG, text);
}

void wpas_note(struct wpas *wpas, const struct action *note)
{
	const struct about about = collect(wpas, note);

	emit_state(wpas, &about.info);

	if (emit_of_link(wpas, note, &about))
		return;
	switch (note->note) {
	case NOTE_SCANNING:
	case NOTE_SCANNED:
		emit_scan(wpas, note);
		break;
	case NOTE_BSS_ADDED:
		wpas_event(wpas, "CTRL-EVENT-BSS-ADDED %u %s", note->id, about.bssid);
		break;
	case NOTE_BSS_REMOVED:
		wpas_event(wpas, "CTRL-EVENT-BSS-REMOVED %u %s", note->id, about.bssid);
		break;
	case NOTE_ADDRESS:
		mac_copy(wpas->addr, note->addr);
		break;
	case NOTE_REGDOM:
		emit_regulatory(wpas, note);
		break;
	case NOTE_NOT_FOUND:
		emit_not_found(wpas);
		break;
	case NOTE_TRANSITION_REQUEST:
		wpas_tell_transition(wpas, note);
		break;
	case NOTE_NEIGHBOURS:
	case NOTE_NO_NEIGHBOURS:
		wpas_tell_neighbours(wpas, note);
		break;
	default:
		break;
	}
}
