/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions of the access point (mlme/action.h). */
#include "mlme/ap_state.h"

#include "base/mac.h"

void ap_drop(struct ap *ap, enum drop drop, const uint8_t *addr)
{
	struct action *action = actions_add(ap->out, ACTION_DROP);

	ap->drops[drop]++;
	if (!action)
		return;
	action->drop = drop;
	if (addr)
		mac_copy(action->addr, addr);
}

struct action *ap_note(struct ap *ap, struct ap_bss *bss, enum note note, const uint8_t *addr, uint16_t code)
{
	struct action *action = actions_add(ap->out, ACTION_NOTE);

	if (!action)
		return NULL;
	action->note = note;
	action->bss = bss->index;
	action->code = code;
	if (addr)
		mac_copy(action->addr, addr);
	return action;
}

void ap_deliver(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	struct action *action = actions_add(ap->out, ACTION_DELIVER);

	if (!action) {
		ap->drops[DROP_NO_MEMORY]++;
		frame_free(frame);
		return;
	}
	action->frame = frame;
	action->bss = bss->index;
}

uint32_t ap_cookie(const struct ap_sta *sta, enum ap_cookie kind)
{
	return (uint32_t)kind << (AP_SLOT_BITS + AP_GENERATION_BITS) | (uint32_t)sta->generation << AP_SLOT_BITS |
	       (uint32_t)sta->slot;
}

void ap_flush(struct ap *ap)
{
	tx_queue_seal(&ap->tx);
	for (size_t i = 0; i < ap->tx.count; i++) {
		struct tx_mpdu *mpdu = &ap->tx.mpdus[i];
		struct action *action;

		if (mpdu->drop) {
			ap_drop(ap, mpdu->drop, mpdu->frame->data + DOT11_OFF_ADDR1);
			continue;
		}
		action = actions_add(ap->out, ACTION_TRANSMIT);
		if (!action) {
			ap->drops[DROP_NO_MEMORY]++;
			continue;
		}
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = ap->setup.freq_mhz;
		mac_copy(action->addr, mpdu->frame->data + DOT11_OFF_ADDR1);
		mpdu->frame = NULL;
	}
	tx_queue_clear(&ap->tx);
}

void ap_send_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, struct frame *frame, uint32_t cookie)
{
	struct tx_options options = {.cookie = cookie};
	enum drop drop = DROP_NO_MEMORY;

	if (frame && mac_is_group(frame->data + DOT11_OFF_ADDR1))
		drop = tx_management_group(&ap->tx, &bss->group_keys, false, frame);
	else if (frame)
		drop = tx_management(&ap->tx, sta && sta->associated ? &sta->peer : NULL, frame, &bss->seq, &options);
	if (drop)
		ap_drop(ap, drop, sta ? sta->peer.addr : NULL);
}

struct frame *ap_new_reason_frame(struct ap_bss *bss, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason)
{
	struct frame_writer writer = mgmt_begin(subtype, to, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, reason);
	return frame_writer_end(&writer);
}
