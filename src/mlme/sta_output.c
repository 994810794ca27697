/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a station wants of its plane, and what it reports. */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "base/text.h"
#include "mlme/sta_idle.h"

#include <string.h>

void sta_drop(struct sta *sta, enum drop drop, const uint8_t *addr)
{
	plane_actions_drop(sta->out, drop, addr);
}

struct action *sta_note(struct sta *sta, enum note note, uint16_t code)
{
	struct action *report = plane_actions_report(sta->out, ACTION_NOTE, sta->ap.bssid);

	if (!report)
		return NULL;
	report->note = note;
	report->code = code;
	if (sta->network < sta->setup.network_count)
		report->id = sta->setup.networks[sta->network].id;
	ssid_format(report->detail, sizeof(report->detail), sta->ap.ssid, sta->ap.ssid_len);
	return report;
}

void sta_note_silent(struct sta *sta, enum awaited awaited)
{
	struct action *note = sta_note(sta, NOTE_SILENT, 0);

	if (note)
		note->awaited = awaited;
}

void sta_note_disconnected(struct sta *sta, uint16_t reason, bool local)
{
	struct action *note = sta_note(sta, NOTE_DISCONNECTED, reason);

	sta->left_connection = false;
	if (note)
		note->local = local;
}

struct action *sta_note_about(struct sta *sta, enum note note, const uint8_t *addr)
{
	struct action *report = plane_actions_report(sta->out, ACTION_NOTE, addr);

	if (report)
		report->note = note;
	return report;
}

struct plane_action *sta_act(struct sta *sta, enum plane_action_kind kind)
{
	struct plane_action *action = plane_actions_add(sta->out, kind);

	if (action)
		mac_copy(action->addr, sta->ap.bssid);
	return action;
}

struct plane_action *sta_act_frame(struct sta *sta, enum plane_action_kind kind, struct frame *frame)
{
	struct plane_action *action = frame ? sta_act(sta, kind) : NULL;

	if (!action) {
		frame_free(frame);
		sta_drop(sta, DROP_NO_MEMORY, sta->ap.bssid);
		return NULL;
	}
	action->frame = frame;
	return action;
}

void sta_tune(struct sta *sta, uint16_t freq)
{
	struct plane_action *action = sta_act(sta, PLANE_TUNE);

	if (action)
		action->freq_mhz = freq;
}

uint32_t sta_join_cookie(const struct sta *sta)
{
	return 1 + sta->attempt % PLANE_COOKIE_MAX;
}

void sta_act_station(struct sta *sta)
{
	struct plane_action *action = sta_act(sta, PLANE_STATION_SET);

	sta->told_awake = sta_needs_receiver(sta);
	if (action)
		action->station = (struct plane_station){.associated = sta->associated,
							 .authorised = sta->associated && sta->state == STA_CONNECTED,
							 .qos = sta->qos,
							 .mfp = sta->terms.mfp,
							 .rsn = sta->terms.kind == BSS_TERMS_RSN,
							 .aid = sta->aid,
							 .listen_interval = sta->setup.listen_interval,
							 .fragment_threshold = sta->setup.fragment_threshold,
							 .awake = sta->told_awake,
							 .keep_alive_ns = sta_idle_keep_alive_ns(sta),
							 .protected_keep_alive = sta->protected_keep_alive};
}

void sta_act_key(struct sta *sta, bool group, const struct rsn_key *key)
{
	struct plane_action *action = key->len ? sta_act(sta, PLANE_KEY_INSTALL) : NULL;

	if (!action)
		return;
	action->key = (struct plane_key){.group = group,
					 .id = key->id,
					 .cipher = key->cipher,
					 .len = key->len,
					 .rsc = key->rsc,
					 .previous_ns = group ? 0 : RSN_RETRY_NS};
	memcpy(action->key.bytes, key->bytes, key->len);
}

struct frame_writer sta_begin_management(const struct sta *sta, enum mgmt_subtype subtype)
{
	return mgmt_begin(subtype, sta->ap.bssid, sta->setup.addr, sta->ap.bssid);
}

void sta_send_management(struct sta *sta, struct frame *frame, struct plane_management options)
{
	struct plane_action *action = sta_act_frame(sta, PLANE_MANAGEMENT, frame);

	if (action)
		action->management = options;
}

void sta_send_deauth(struct sta *sta, uint16_t reason)
{
	struct frame_writer writer = sta_begin_management(sta, MGMT_DEAUTH);

	write_le16(&writer, reason);
	sta_tune(sta, sta->ap.freq_mhz);
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
}

/* In units of 500 kbit/s; the top bit marks a basic rate (IEEE 802.11-2020 9.4.2.3). */
void sta_write_rates(struct frame_writer *writer, uint16_t freq)
{
	static const uint8_t rates_2ghz[] = {0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36},
			     ext_rates_2ghz[] = {48, 72, 96, 108};
	static const uint8_t rates_5ghz[] = {0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108};

	if (freq_is_2ghz(freq)) {
		write_element(writer, EID_RATES, rates_2ghz, sizeof(rates_2ghz));
		write_element(writer, EID_EXT_RATES, ext_rates_2ghz, sizeof(ext_rates_2ghz));
	} else {
		write_element(writer, EID_RATES, rates_5ghz, sizeof(rates_5ghz));
	}
}
