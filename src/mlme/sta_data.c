/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames, both ways. Frames of the host wait for a moment while the station is not connected or off channel; they
 * must have its own source address. Data frames from the radio must come from our access point; softmac/rx.h checks the
 * rest.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

#define PENDING_MAX 64
#define PENDING_NS  (5 * SECOND)
#define BATCH       64

/* ---- own IPv4 addresses ---- */

/* Remembers the source address of a packet of the host. */
static void learn_own_address(struct sta *sta, const struct frame *frame)
{
	const uint8_t *source = frame->data + ETHER_HLEN + 12;

	if (be16(frame->data + 2 * ETHER_ALEN) != ETHERTYPE_IP4 || frame->len < ETHER_HLEN + 20)
		return;
	for (size_t i = 0; i < STA_OWN_IP4_MAX; i++)
		if (memcmp(sta->own_ip4[i], source, sizeof(*sta->own_ip4)) == 0)
			return;
	memcpy(sta->own_ip4[sta->own_ip4_next], source, sizeof(*sta->own_ip4));
	sta->own_ip4_next = (sta->own_ip4_next + 1) % STA_OWN_IP4_MAX;
}

/*
 * Is it a packet to one of our addresses, in a group frame? softmac/rx.h drops all unicast packets but those that could
 * be to the broadcast address of a subnet.
 */
static bool is_forged_group_frame(const struct sta *sta, const struct frame *frame)
{
	if (!mac_is_group(frame->data) || be16(frame->data + 2 * ETHER_ALEN) != ETHERTYPE_IP4 ||
	    frame->len < ETHER_HLEN + 20)
		return false;
	for (size_t i = 0; i < STA_OWN_IP4_MAX; i++)
		if (memcmp(sta->own_ip4[i], frame->data + ETHER_HLEN + 16, sizeof(*sta->own_ip4)) == 0)
			return true;
	return false;
}

/* ---- to the access point ---- */

static bool may_send(const struct sta *sta)
{
	return sta->state == STA_CONNECTED && sta->roam.state == ROAM_IDLE && !sta_switch_blocks_tx(sta);
}

static void send_frame(struct sta *sta, struct frame *frame)
{
	struct tx_options options = {.cookie = sta_cookie(sta, STA_COOKIE_DATA)};
	size_t len = frame->len;
	uint8_t dest[6];
	enum drop drop;

	mac_copy(dest, frame->data);
	learn_own_address(sta, frame);
	drop = tx_data(&sta->tx, &sta->peer, frame, &options);
	if (drop) {
		sta_drop(sta, drop, dest);
		return;
	}
	sta->tx_frames++;
	sta->tx_bytes += len;
}

static void drop_oldest(struct sta *sta, enum drop drop)
{
	struct frame *frame = sta->pending.at[0];

	sta_drop(sta, drop, frame->data);
	frame_free(frame);
	for (size_t i = 1; i < sta->pending.count; i++)
		sta->pending.at[i - 1] = sta->pending.at[i];
	sta->pending.count--;
}

static void retain(struct sta *sta, struct frame *frame)
{
	if (sta->pending.count == PENDING_MAX)
		drop_oldest(sta, DROP_NOT_CONNECTED);
	frame->meta.time_ns = sta->now_ns;
	if (frame_list_add(&sta->pending, frame))
		sta_drop(sta, DROP_NO_MEMORY, sta->setup.addr);
	else if (sta->due_ns[STA_TIMER_PENDING] == NEVER)
		sta->due_ns[STA_TIMER_PENDING] = sta->now_ns + PENDING_NS;
}

void sta_data_timer(struct sta *sta)
{
	while (sta->pending.count && sta->pending.at[0]->meta.time_ns + PENDING_NS <= sta->now_ns)
		drop_oldest(sta, DROP_NOT_CONNECTED);
	if (sta->pending.count)
		sta->due_ns[STA_TIMER_PENDING] = sta->pending.at[0]->meta.time_ns + PENDING_NS;
}

void sta_data_purge(struct sta *sta, enum drop drop)
{
	while (sta->pending.count)
		drop_oldest(sta, drop);
	sta->due_ns[STA_TIMER_PENDING] = NEVER;
}

void sta_data_send_pending(struct sta *sta)
{
	if (!sta->pending.count || !may_send(sta))
		return;
	sta_power_mark_active(sta);
	for (size_t i = 0; i < sta->pending.count; i++)
		send_frame(sta, sta->pending.at[i]);
	sta->pending.count = 0;
	sta->due_ns[STA_TIMER_PENDING] = NEVER;
	sta_flush(sta);
}

static enum drop check_host_frame(const struct sta *sta, const struct frame *frame)
{
	if (frame->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	if (!mac_equal(frame->data + ETHER_ALEN, sta->setup.addr))
		return DROP_FOREIGN_SOURCE;
	if (be16(frame->data + 2 * ETHER_ALEN) == ETHERTYPE_EAPOL)
		return DROP_LINK_CONTROL;
	return sta->state == STA_STOPPED ? DROP_NOT_CONNECTED : NOT_DROPPED;
}

void sta_send(struct sta *sta, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	bool any = false;

	sta->now_ns = now_ns;
	sta->out = out;
	for (size_t i = 0; i < count; i++) {
		enum drop drop = check_host_frame(sta, frames[i]);

		if (drop) {
			sta_drop(sta, drop, frames[i]->len < ETHER_HLEN ? sta->setup.addr : frames[i]->data);
			frame_free(frames[i]);
		} else if (!may_send(sta)) {
			retain(sta, frames[i]);
		} else {
			if (!any)
				sta_power_mark_active(sta);
			any = true;
			send_frame(sta, frames[i]);
		}
	}
	if (any) {
		sta_flush(sta);
		sta_keys_rekey_if_needed(sta);
	}
}

static bool ends_connection(const struct sta_outcome *outcome)
{
	return outcome->kind != STA_OUTCOME_NONE && outcome->kind != STA_OUTCOME_CONNECTED;
}

/* Delivers the MSDUs of a batch, but none after an EAPOL frame that ends the connection. */
static struct sta_outcome process_rx_output(struct sta *sta)
{
	struct rx_out *rx = &sta->rx;
	struct sta_outcome outcome = {0};

	for (size_t i = 0; i < rx->msdu_count && !ends_connection(&outcome); i++) {
		struct rx_msdu *msdu = &rx->msdus[i];

		if (msdu->eapol) {
			outcome = sta_keys_receive(sta, msdu);
		} else if (is_forged_group_frame(sta, msdu->frame)) {
			sta_drop(sta, DROP_GROUP_UNICAST, sta->ap.bssid);
		} else {
			sta_deliver(sta, msdu->frame);
			msdu->frame = NULL;
		}
	}
	for (size_t i = 0; i < rx->drop_count; i++) {
		sta_drop(sta, rx->drops[i].drop, sta->ap.bssid);
		if (rx->drops[i].drop == DROP_MICHAEL && !ends_connection(&outcome) && sta->terms.kind == BSS_TERMS_RSN)
			outcome = sta_keys_michael(sta, rx->drops[i].group);
	}
	rx_out_clear(rx);
	return outcome;
}

/* The frame must come from our access point, to us or to a group. */
static enum drop check_link(const struct sta *sta, const uint8_t *hdr)
{
	bool group = mac_is_group(hdr + DOT11_OFF_ADDR1), ours = mac_equal(hdr + DOT11_OFF_ADDR2, sta->ap.bssid);

	if (group && !ours)
		return DROP_OTHER_BSS;
	if (!sta->associated)
		return DROP_NOT_CONNECTED;
	return ours && (group || mac_equal(hdr + DOT11_OFF_ADDR1, sta->setup.addr)) ? NOT_DROPPED : DROP_ADDRESSES;
}

/* Also updates power save from the frame. */
static bool accept_frame(struct sta *sta, const struct frame *frame)
{
	const uint8_t *hdr = frame->data;
	bool group = mac_is_group(hdr + DOT11_OFF_ADDR1);
	enum drop drop = check_link(sta, hdr);

	if (drop) {
		sta_drop(sta, drop, hdr + DOT11_OFF_ADDR2);
		return false;
	}
	if (group)
		sta_power_group_frame(sta, le16(hdr) & FC_MORE_DATA);
	else if (!(le16(hdr) & FC_NULL))
		sta->power.last_active_ns = sta->now_ns;
	return true;
}

/* During a handshake each frame may bring the key of the next one. */
static size_t batch_limit(const struct sta *sta)
{
	return sta_handshake_pending(sta) ? 1 : BATCH;
}

size_t sta_data_receive(struct sta *sta, struct frame **frames, size_t count, struct sta_outcome *outcome)
{
	struct rx_in in[BATCH];
	size_t in_count = 0;

	*outcome = (struct sta_outcome){0};
	for (size_t i = 0; i < count; i++) {
		if (accept_frame(sta, frames[i]))
			in[in_count++] = (struct rx_in){.peer = &sta->peer, .frame = frames[i]};
		else
			frame_free(frames[i]);
		if (!in_count || (in_count < batch_limit(sta) && i + 1 < count))
			continue;
		rx_data(in, in_count, sta->now_ns, &sta->rx);
		in_count = 0;
		*outcome = process_rx_output(sta);
		if (outcome->kind)
			return i + 1;
	}
	return count;
}
