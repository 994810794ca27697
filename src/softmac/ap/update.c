/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Layer-2 Update frame is an LLC XID command to the broadcast address in the name of a station that has just connected,
 * for the bridges on the wire. One from the wire is reported to control: the station has moved, or the frame was forged.
 */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

#define LLC_XID   0xaf /* exchange identification, with the poll bit clear (IEEE 802.2, 5.4.1.2) */
#define LLC_POLL  0x10
#define LLC_C_R   0x01 /* of the SSAP: command or response */
#define XID_LEN   8    /* length field, LLC header and XID information */
#define FRAME_LEN 60   /* shortest Ethernet frame, without FCS */

void soft_send_update(struct soft_ap *soft, struct soft_station *sta)
{
	static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t xid[XID_LEN] = {0, 6, 0, LLC_C_R, LLC_XID, 0x81, 1, 0};
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, FRAME_LEN));
	uint8_t *padding;
	struct frame *frame;

	write_bytes(&writer, broadcast, MAC_LEN);
	write_bytes(&writer, sta->entry.addr, MAC_LEN);
	write_bytes(&writer, xid, sizeof(xid));
	padding = write_room(&writer, FRAME_LEN - 2 * MAC_LEN - sizeof(xid));
	if (padding)
		memset(padding, 0, FRAME_LEN - 2 * MAC_LEN - sizeof(xid));
	frame = frame_writer_end(&writer);
	if (frame)
		soft_deliver(soft, sta->bss, frame);
	else
		soft_drop(soft, DROP_NO_MEMORY, sta->entry.addr);
}

static bool is_update(const struct frame *frame)
{
	const uint8_t *llc = frame->data + ETHER_HLEN;

	return frame->len >= ETHER_HLEN + 3 && be16(frame->data + 12) < ETHER_TYPE_MIN && !llc[0] &&
	       !(llc[1] & ~LLC_C_R) && (llc[2] & ~LLC_POLL) == LLC_XID;
}

void soft_receive_update(struct soft_ap *soft, const struct soft_bss *bss, const struct frame *frame)
{
	const struct soft_station *sta =
		is_update(frame) ? soft_find_associated(soft, bss, frame->data + MAC_LEN) : NULL;

	if (!sta)
		return;
	soft_report_group_pn(soft, bss);
	soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_ELSEWHERE});
}
