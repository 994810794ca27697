/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the access point wants of its plane, and what it reports. */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

void ap_drop(struct ap *ap, enum drop drop, const uint8_t *addr)
{
	plane_actions_drop(ap->out, drop, addr);
}

struct action *ap_note(struct ap *ap, struct ap_bss *bss, enum note note, const uint8_t *addr, uint16_t code)
{
	struct action *report = plane_actions_report(ap->out, ACTION_NOTE, addr);

	if (!report)
		return NULL;
	report->note = note;
	report->bss = bss->index;
	report->code = code;
	return report;
}

uint32_t ap_cookie(const struct ap_sta *sta, enum ap_cookie kind)
{
	return (uint32_t)kind << MAC_TABLE_HANDLE_BITS | sta->entry.handle;
}

struct plane_action *ap_act(struct ap *ap, enum plane_action_kind kind, const struct ap_bss *bss, const uint8_t *addr)
{
	struct plane_action *action = plane_actions_add(ap->out, kind);

	if (!action)
		return NULL;
	action->bss = bss->index;
	if (addr)
		mac_copy(action->addr, addr);
	return action;
}

struct plane_action *ap_act_frame(struct ap *ap, enum plane_action_kind kind, const struct ap_bss *bss,
				  const uint8_t *addr, struct frame *frame)
{
	struct plane_action *action = frame ? ap_act(ap, kind, bss, addr) : NULL;

	if (!action) {
		ap_drop(ap, DROP_NO_MEMORY, addr); /* the address may be in the frame */
		frame_free(frame);
		return NULL;
	}
	action->frame = frame;
	return action;
}

void ap_act_station(struct ap *ap, const struct ap_sta *sta)
{
	struct plane_action *action = ap_act(ap, PLANE_STATION_SET, sta->bss, sta->entry.addr);

	if (action)
		action->station = (struct plane_station){.associated = sta->associated,
							 .authorised = sta->associated && sta->authorised,
							 .qos = sta->qos,
							 .mfp = sta->mfp,
							 .rsn = sta->bss->protected,
							 .aid = sta->aid,
							 .listen_interval = sta->listen_interval,
							 .four_address = sta->four_address,
							 .vlan = ap_vlan_id(sta),
							 .fragment_threshold = ap->setup.fragment_threshold};
}

bool ap_act_key(struct ap *ap, enum plane_action_kind kind, const struct ap_bss *bss, const uint8_t *addr,
		const struct rsn_key *key)
{
	struct plane_action *action = ap_act(ap, kind, bss, addr);

	if (!action)
		return false;
	action->key = (struct plane_key){.group = !addr, .id = key->id, .cipher = key->cipher, .len = key->len};
	memcpy(action->key.bytes, key->bytes, key->len);
	return true;
}

void ap_send_management(struct ap *ap, struct ap_bss *bss, struct frame *frame, struct plane_management options)
{
	const uint8_t *to = frame ? frame->data + DOT11_OFF_ADDR1 : NULL;
	struct plane_action *action = ap_act_frame(ap, PLANE_MANAGEMENT, bss, to, frame);

	if (action)
		action->management = options;
}

struct frame *ap_new_reason_frame(struct ap_bss *bss, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason)
{
	struct frame_writer writer = mgmt_begin(subtype, to, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, reason);
	return frame_writer_end(&writer);
}
