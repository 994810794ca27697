/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A received frame is checked in this order: is its receiver a BSS of this access point, is its transmitter possible,
 * what is its type. Data frames of associated stations are collected and opened in one batch. During a handshake each
 * frame is a batch of its own, because one frame may install the key of the next. A frame of another type ends the batch:
 * frames keep their order.
 */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"
#include "softmac/trace.h"

enum { BATCH = 64, PS_POLL = 0x00a4, SUBTYPE_AND_TYPE = FC_TYPE | FC_SUBTYPE };

static struct soft_bss *find_bss(struct soft_ap *soft, const uint8_t *bssid)
{
	for (unsigned i = 0; i < soft->bss_count; i++)
		if (mac_equal(soft->bss[i].setup.bssid, bssid))
			return &soft->bss[i];
	return NULL;
}

static void report_unexpected(struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr)
{
	struct plane_event event = {.kind = PLANE_EVENT_UNEXPECTED, .bss = bss->index};

	mac_copy(event.addr, addr);
	soft_report(soft, &event);
}

/* Data frames that are opened together. */
struct rx_batch {
	struct rx_in in[BATCH];
	size_t count;
};

static void receive_batch(struct soft_ap *soft, struct rx_batch *batch)
{
	if (batch->count)
		soft_data_receive(soft, batch->in, batch->count);
	batch->count = 0;
}

/* The Power Management bit is valid at the end of a frame exchange: not in a fragment that others follow (11.2.3.2). */
static void update_power_state(struct soft_ap *soft, struct soft_station *sta, uint16_t fc)
{
	if (!(fc & FC_MORE_FRAGS) && sta->dozing != !!(fc & FC_PM))
		soft_power_set(soft, sta, fc & FC_PM);
}

/* Takes the frame over, unless it is dropped. */
static enum drop receive_data(struct soft_ap *soft, struct frame *frame, struct rx_batch *batch)
{
	uint16_t fc = le16(frame->data);
	struct soft_bss *bss = find_bss(soft, frame->data + DOT11_OFF_ADDR1);
	const uint8_t *ta = frame->data + DOT11_OFF_ADDR2;
	struct soft_station *sta;

	if (!bss || !bss->on_air)
		return DROP_OTHER_BSS;
	if (!(fc & FC_TO_DS))
		return DROP_ADDRESSES;
	sta = soft_find(soft, bss, ta);
	if (!sta || !sta->associated) {
		receive_batch(soft, batch);
		report_unexpected(soft, bss, ta);
		return DROP_NOT_ASSOCIATED;
	}
	soft_station_heard(soft, sta, false);
	sta->signal_dbm = frame->meta.signal_dbm;
	if (sta->dozing != !!(fc & FC_PM)) {
		/* Earlier frames first: one of them may end the association. */
		receive_batch(soft, batch);
		if (!sta->associated)
			return DROP_NOT_ASSOCIATED;
	}
	update_power_state(soft, sta, fc);
	if (fc & FC_NULL) {
		/* Anyone can forge it: with keys, only before the port is open. */
		if (dot11_has_addr4(fc) && (!sta->peer.rsn || !sta->peer.authorised))
			soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_FOUR_ADDRESS});
		frame_free(frame);
		return NOT_DROPPED;
	}
	batch->in[batch->count++] = (struct rx_in){&sta->peer, frame};
	if (batch->count == BATCH || peer_in_handshake(&sta->peer))
		receive_batch(soft, batch);
	return NOT_DROPPED;
}

static enum drop receive_ps_poll(struct soft_ap *soft, const struct frame *frame)
{
	struct soft_bss *bss;
	struct soft_station *sta;

	if (frame->len < 16)
		return DROP_TRUNCATED;
	bss = find_bss(soft, frame->data + DOT11_OFF_ADDR1);
	if (!bss || !bss->on_air)
		return DROP_OTHER_BSS;
	sta = soft_find(soft, bss, frame->data + DOT11_OFF_ADDR2);
	if (!sta || !sta->associated) {
		report_unexpected(soft, bss, frame->data + DOT11_OFF_ADDR2);
		return DROP_NOT_ASSOCIATED;
	}
	/* The Duration/ID field of a PS-Poll holds the AID, with the two top bits set (9.3.1.5). */
	if (le16(frame->data + DOT11_OFF_DURATION) != (0xc000 | sta->aid))
		return DROP_ADDRESSES;
	soft_station_heard(soft, sta, false);
	soft_power_ps_poll(soft, sta);
	return NOT_DROPPED;
}

/* ---- management ---- */

static void report_management(struct soft_ap *soft, const struct soft_bss *bss, struct frame *frame)
{
	struct plane_event event = {.kind = PLANE_EVENT_MANAGEMENT, .bss = bss->index, .frame = frame};

	mac_copy(event.addr, frame->data + DOT11_OFF_ADDR2);
	soft_report(soft, &event);
	soft_drain(soft);
}

/* A beacon of another BSS on the channel. */
static bool is_neighbour(const struct soft_ap *soft, const struct frame *frame)
{
	return (le16(frame->data) & (FC_SUBTYPE | FC_PROTECTED)) == MGMT_BEACON &&
	       (!frame->meta.freq_mhz || frame->meta.freq_mhz == soft->freq_mhz);
}

static void report_neighbour(struct soft_ap *soft, struct frame *frame)
{
	soft_report(soft, &(struct plane_event){.kind = PLANE_EVENT_NEIGHBOUR, .frame = frame});
	soft_drain(soft);
}

static enum drop receive_management(struct soft_ap *soft, struct frame *frame)
{
	const uint8_t *ra = frame->data + DOT11_OFF_ADDR1, *bssid = frame->data + DOT11_OFF_ADDR3;
	struct soft_bss *bss = find_bss(soft, mac_is_group(ra) ? bssid : ra);
	struct soft_station *sta;
	enum drop drop;

	if ((le16(frame->data) & FC_SUBTYPE) == MGMT_PROBE_REQUEST && mac_is_group(ra) && mac_is_group(bssid)) {
		report_management(soft, &soft->bss[0], frame); /* for every BSS */
		return NOT_DROPPED;
	}
	if (!bss && is_neighbour(soft, frame)) {
		report_neighbour(soft, frame);
		return NOT_DROPPED;
	}
	if (!bss || !bss->on_air || !(mac_equal(bssid, bss->setup.bssid) || mac_is_broadcast(bssid)))
		return DROP_OTHER_BSS;
	sta = soft_find(soft, bss, frame->data + DOT11_OFF_ADDR2);
	/* The request was answered: a second association request would restart the handshake. */
	if (sta && peer_is_retry(frame->data, sta->last_mgmt_seq))
		return DROP_DUPLICATE;
	/* Of group management frames stations send only probe requests; there is no key to verify others. */
	if (mac_is_group(ra) && (le16(frame->data) & FC_SUBTYPE) != MGMT_PROBE_REQUEST)
		return DROP_ADDRESSES;
	if (sta && sta->associated)
		drop = rx_management(&sta->peer, frame);
	else /* no keys are known that could decrypt it */
		drop = le16(frame->data) & FC_PROTECTED ? DROP_NOT_ASSOCIATED : NOT_DROPPED;
	if (drop)
		return drop;
	/* Only verified frames count: a forged one must not make a genuine frame a duplicate. */
	if (sta)
		sta->last_mgmt_seq = le16(frame->data + DOT11_OFF_SEQ);
	report_management(soft, bss, frame);
	return NOT_DROPPED;
}

static enum drop receive_one(struct soft_ap *soft, struct frame *frame, struct rx_batch *batch)
{
	uint16_t fc = frame->len < DOT11_OFF_ADDR3 ? 0 : le16(frame->data);
	const uint8_t *ta = frame->data + DOT11_OFF_ADDR2;
	enum drop drop;

	if (frame->len < DOT11_OFF_ADDR3)
		return DROP_TRUNCATED;
	if (fc & FC_VERSION)
		return DROP_FRAME_TYPE;
	if (mac_is_group(ta) || mac_is_zero(ta) || find_bss(soft, ta))
		return DROP_FOREIGN_TRANSMITTER;
	if (!dot11_is_data(fc))
		receive_batch(soft, batch);
	if ((fc & SUBTYPE_AND_TYPE) == PS_POLL)
		drop = receive_ps_poll(soft, frame);
	else if ((fc & FC_TYPE) == FC_CONTROL || (!dot11_is_data(fc) && !dot11_is_management(fc)))
		return DROP_FRAME_TYPE;
	else if (frame->len < dot11_hdr_len(fc))
		return DROP_TRUNCATED;
	else if (dot11_is_data(fc))
		return receive_data(soft, frame, batch);
	else
		drop = receive_management(soft, frame);
	if (!drop)
		frame_free(frame);
	return drop;
}

void soft_receive(struct soft_ap *soft, struct frame **frames, size_t count)
{
	struct rx_batch batch = {.count = 0};

	for (size_t i = 0; i < count; i++) {
		enum drop drop;

		softmac_trace_air(soft->output.recorder, frames[i], TRACE_IN);
		soft->output.trace_id = frames[i]->meta.trace_id;
		drop = receive_one(soft, frames[i], &batch);
		if (drop) {
			soft_drop(soft, drop,
				  frames[i]->len < DOT11_OFF_ADDR3 ? NULL : frames[i]->data + DOT11_OFF_ADDR2);
			frame_free(frames[i]);
		}
		soft->output.trace_id = 0;
		frames[i] = NULL;
		if (!batch.count)
			soft_drain(soft);
	}
	receive_batch(soft, &batch);
	soft_drain(soft);
}
