/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Received frames. Data frames must come from our access point; softmac/rx.h checks the rest. Management frames are opened
 * and go to control, and beacons of our access point also to the monitor of the link.
 */
#include "softmac/sta/soft_sta_state.h"

#include "base/mac.h"
#include "softmac/trace.h"

#define BATCH 64

/* Frames without an answer in 4-address mode: sent, and received with three addresses. */
#define FOUR_ADDRESS_SENT_MIN    5
#define FOUR_ADDRESS_IGNORED_MIN 5

/* ---- data ---- */

static void receive_eapol(struct soft_sta *soft, const struct rx_msdu *msdu)
{
	soft_sta_report_link(soft, (struct plane_event){.kind = PLANE_EVENT_EAPOL,
							.frame = msdu->frame,
							.protected = msdu->protected,
							.alternate_key = msdu->alternate_key});
	soft_sta_drain(soft);
}

static void report_michael(struct soft_sta *soft, bool group)
{
	soft_sta_report_link(soft, (struct plane_event){.kind = PLANE_EVENT_MICHAEL, .group = group});
	soft_sta_drain(soft);
}

/* Delivers the MSDUs of a batch, but none after an EAPOL frame that ends the link. Returns whether one has ended it. */
static bool process_rx_output(struct soft_sta *soft)
{
	struct rx_out *rx = &soft->rx;
	uint32_t attempt = soft->attempt;

	for (size_t i = 0; i < rx->msdu_count && soft->attempt == attempt; i++) {
		struct rx_msdu *msdu = &rx->msdus[i];

		softmac_trace_opened(soft->output.recorder, msdu->frame, soft->ap.bssid);
		soft->output.trace_id = msdu->frame->meta.trace_id;
		if (msdu->eapol) {
			receive_eapol(soft, msdu);
		} else if (soft_sta_is_forged_group_frame(soft, msdu->frame)) {
			soft_sta_drop(soft, DROP_GROUP_UNICAST, soft->ap.bssid);
		} else {
			soft_sta_deliver(soft, msdu->frame);
			msdu->frame = NULL;
		}
	}
	soft->output.trace_id = 0;
	for (size_t i = 0; i < rx->drop_count; i++) {
		soft_output_drop_received(&soft->output, &rx->drops[i], soft->ap.bssid);
		if (rx->drops[i].drop == DROP_MICHAEL && soft->attempt == attempt)
			report_michael(soft, rx->drops[i].group);
	}
	rx_out_clear(rx);
	return soft->attempt != attempt;
}

/* The frame must come from our access point, to us or to a group. */
static enum drop check_link(const struct soft_sta *soft, const uint8_t *hdr)
{
	bool group = mac_is_group(hdr + DOT11_OFF_ADDR1), ours = mac_equal(hdr + DOT11_OFF_ADDR2, soft->ap.bssid);

	if (group && !ours)
		return DROP_OTHER_BSS;
	if (!soft->associated)
		return DROP_NOT_CONNECTED;
	return ours && (group || mac_equal(hdr + DOT11_OFF_ADDR1, soft->setup.addr)) ? NOT_DROPPED : DROP_ADDRESSES;
}

/* Does the access point repeat a group frame of ours for the other stations? */
static bool is_echo(const struct soft_sta_four_address *watch, const uint8_t *hdr)
{
	for (size_t i = 0; i < SOFT_STA_SOURCES_MAX; i++)
		if (mac_equal(watch->sources[i], hdr + DOT11_OFF_ADDR3))
			return true;
	return false;
}

/* After some data frames of ours, an access point that accepts the mode has sent one with four addresses. */
static void watch_four_address(struct soft_sta *soft, const uint8_t *hdr)
{
	struct soft_sta_four_address *watch = &soft->four_address;
	struct action note = {.kind = ACTION_NOTE, .note = NOTE_FOUR_ADDRESS_DENIED};

	if (!soft->peer.four_address || !soft->connected)
		return;
	watch->answered |= dot11_has_addr4(le16(hdr));
	watch->ignored += mac_is_group(hdr + DOT11_OFF_ADDR1) && !is_echo(watch, hdr);
	if (watch->answered || watch->noted || watch->sent < FOUR_ADDRESS_SENT_MIN ||
	    watch->ignored < FOUR_ADDRESS_IGNORED_MIN)
		return;
	watch->noted = true;
	mac_copy(note.addr, soft->ap.bssid);
	soft_output_pass(&soft->output, &note);
}

/* Also updates power save from the frame. */
static bool accept_frame(struct soft_sta *soft, const struct frame *frame)
{
	const uint8_t *hdr = frame->data;
	bool group = mac_is_group(hdr + DOT11_OFF_ADDR1);
	enum drop drop = check_link(soft, hdr);

	if (drop) {
		soft->output.trace_id = frame->meta.trace_id;
		soft_sta_drop(soft, drop, hdr + DOT11_OFF_ADDR2);
		soft->output.trace_id = 0;
		return false;
	}
	watch_four_address(soft, hdr);
	if (group)
		soft_sta_power_group_frame(soft, le16(hdr) & FC_MORE_DATA);
	else if (!(le16(hdr) & FC_NULL))
		soft->power.last_active_ns = soft->now_ns;
	return true;
}

/* During a handshake each frame may bring the key of the next one. */
static size_t batch_limit(const struct soft_sta *soft)
{
	return peer_in_handshake(&soft->peer) ? 1 : BATCH;
}

static size_t receive_batches(struct soft_sta *soft, struct frame **frames, size_t count)
{
	struct rx_in in[BATCH];
	size_t in_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (accept_frame(soft, frames[i]))
			in[in_count++] = (struct rx_in){.peer = &soft->peer, .frame = frames[i]};
		else
			frame_free(frames[i]);
		if (!in_count || (in_count < batch_limit(soft) && i + 1 < count))
			continue;
		rx_data(in, in_count, soft->now_ns, &soft->rx);
		in_count = 0;
		if (process_rx_output(soft))
			return i + 1;
	}
	return count;
}

static bool is_data_frame(const struct frame *frame)
{
	return frame->len >= DOT11_HDR_MIN && dot11_is_data(le16(frame->data)) && !(le16(frame->data) & FC_VERSION);
}

/* Returns how many frames it took over. */
static size_t receive_data(struct soft_sta *soft, struct frame **frames, size_t count)
{
	size_t run_len = 0;

	while (run_len < count && is_data_frame(frames[run_len]))
		run_len++;
	return run_len ? receive_batches(soft, frames, run_len) : 0;
}

/* ---- management ---- */

static bool is_from_our_ap(const struct soft_sta *soft, const uint8_t *hdr)
{
	return soft->linked && mac_equal(hdr + DOT11_OFF_ADDR2, soft->ap.bssid) &&
	       mac_equal(hdr + DOT11_OFF_ADDR3, soft->ap.bssid);
}

static void report_frame(struct soft_sta *soft, enum plane_event_kind kind, struct frame *frame)
{
	struct plane_event event = {.kind = kind, .frame = frame};

	mac_copy(event.addr, frame->data + DOT11_OFF_ADDR2);
	soft_sta_report(soft, &event);
	soft_sta_drain(soft);
}

static bool is_beacon(const uint8_t *hdr)
{
	return (le16(hdr) & (FC_TYPE | FC_SUBTYPE)) == MGMT_BEACON;
}

static enum drop open_management(struct soft_sta *soft, struct frame *frame, bool ours, struct mgmt *mgmt)
{
	const uint8_t *hdr = frame->data;
	enum drop drop = NOT_DROPPED;

	if (ours && !mac_is_group(hdr + DOT11_OFF_ADDR1) && peer_is_retry(hdr, soft->last_mgmt_seq))
		drop = DROP_DUPLICATE;
	else if (ours && soft->associated && is_beacon(hdr))
		drop = rx_beacon(&soft->group_keys, frame);
	else if (ours && soft->associated)
		drop = rx_management(&soft->peer, frame);
	else if (le16(hdr) & FC_PROTECTED)
		drop = DROP_NO_KEY;
	if (drop && ours && is_beacon(hdr))
		report_frame(soft, PLANE_EVENT_FORGED_BEACON, frame);
	/* A forgery, or the access point has lost our association (11.14). */
	if (drop == DROP_UNPROTECTED && mgmt_parse(mgmt, frame->data, frame->len) == NOT_DROPPED &&
	    (mgmt->subtype == MGMT_DEAUTH || mgmt->subtype == MGMT_DISASSOC))
		report_frame(soft, PLANE_EVENT_SUSPECT, frame);
	return drop ? drop : mgmt_parse(mgmt, frame->data, frame->len);
}

/* Returns whether the frame is done with. */
static bool handle_own_ap(struct soft_sta *soft, const struct mgmt *mgmt, const struct frame_meta *meta)
{
	bool is_beacon = mgmt->subtype == MGMT_BEACON || mgmt->subtype == MGMT_PROBE_RESPONSE;

	if (is_beacon && soft->connected && soft_sta_link_beacon(soft, mgmt, meta))
		soft_sta_switch_beacon(soft, mgmt, meta->freq_mhz);
	return mgmt->subtype == MGMT_ACTION && soft->associated && soft_sta_switch_action(soft, mgmt);
}

static void receive_management(struct soft_sta *soft, struct frame *frame)
{
	const uint8_t *hdr = frame->data;
	struct mgmt mgmt;
	enum drop drop;
	uint16_t seq;
	uint8_t ta[6];
	bool ours;

	mac_copy(ta, hdr + DOT11_OFF_ADDR2);
	if (!mac_is_group(hdr + DOT11_OFF_ADDR1) && !mac_equal(hdr + DOT11_OFF_ADDR1, soft->setup.addr)) {
		soft_sta_drop(soft, DROP_ADDRESSES, ta);
		return;
	}
	ours = is_from_our_ap(soft, hdr);
	seq = le16(hdr + DOT11_OFF_SEQ);
	drop = open_management(soft, frame, ours, &mgmt);
	if (drop) {
		soft_sta_drop(soft, drop, ta);
		return;
	}
	if (ours && !mac_is_group(mgmt.da))
		soft->last_mgmt_seq = seq;
	if (!ours || !handle_own_ap(soft, &mgmt, &frame->meta))
		report_frame(soft, PLANE_EVENT_MANAGEMENT, frame);
}

static void receive_other(struct soft_sta *soft, struct frame *frame)
{
	static const uint8_t no_addr[6];

	if (frame->len >= DOT11_HDR_MIN && dot11_is_management(le16(frame->data)) && !(le16(frame->data) & FC_VERSION))
		receive_management(soft, frame);
	else
		soft_sta_drop(soft, frame->len < DOT11_HDR_MIN ? DROP_TRUNCATED : DROP_FRAME_TYPE,
			      frame->len < DOT11_HDR_MIN ? no_addr : frame->data + DOT11_OFF_ADDR2);
	frame_free(frame);
}

void soft_sta_receive_frames(struct soft_sta *soft, struct frame **frames, size_t count)
{
	size_t i = 0;

	for (size_t n = 0; n < count; n++)
		softmac_trace_air(soft->output.recorder, frames[n], TRACE_IN);
	while (i < count) {
		size_t taken = receive_data(soft, frames + i, count - i);

		if (!taken) {
			soft->output.trace_id = frames[i]->meta.trace_id;
			receive_other(soft, frames[i]);
			soft->output.trace_id = 0;
		}
		i += taken ? taken : 1;
		soft_sta_drain(soft);
	}
}
