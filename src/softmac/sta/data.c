/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames, both ways. Frames of the host wait for a moment while the station is not connected or off channel; they
 * must have its own source address. Data frames from the radio must come from our access point; softmac/rx.h checks the
 * rest.
 */
#include "softmac/sta/soft_sta_state.h"

#include "base/mac.h"
#include "softmac/trace.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

#define PENDING_MAX 64
#define PENDING_NS  (5 * SECOND)

/* ---- own IPv4 addresses ---- */

/* Remembers the source address of a packet of the host. */
static void learn_own_address(struct soft_sta *soft, const struct frame *frame)
{
	const uint8_t *source = frame->data + ETHER_HLEN + 12;

	if (be16(frame->data + 2 * ETHER_ALEN) != ETHERTYPE_IP4 || frame->len < ETHER_HLEN + 20)
		return;
	for (size_t i = 0; i < SOFT_STA_OWN_IP4_MAX; i++)
		if (memcmp(soft->own_ip4[i], source, sizeof(*soft->own_ip4)) == 0)
			return;
	memcpy(soft->own_ip4[soft->own_ip4_next], source, sizeof(*soft->own_ip4));
	soft->own_ip4_next = (soft->own_ip4_next + 1) % SOFT_STA_OWN_IP4_MAX;
}

/* Remembers the source of a frame, of this host or of a machine behind it. */
static void learn_source(struct soft_sta_four_address *watch, const uint8_t *source)
{
	for (size_t i = 0; i < SOFT_STA_SOURCES_MAX; i++)
		if (mac_equal(watch->sources[i], source))
			return;
	mac_copy(watch->sources[watch->next], source);
	watch->next = (watch->next + 1) % SOFT_STA_SOURCES_MAX;
}

/*
 * Is it a packet to one of our addresses, in a group frame? softmac/rx.h drops all unicast packets but those that could
 * be to the broadcast address of a subnet.
 */
bool soft_sta_is_forged_group_frame(const struct soft_sta *soft, const struct frame *frame)
{
	if (!mac_is_group(frame->data) || be16(frame->data + 2 * ETHER_ALEN) != ETHERTYPE_IP4 ||
	    frame->len < ETHER_HLEN + 20)
		return false;
	for (size_t i = 0; i < SOFT_STA_OWN_IP4_MAX; i++)
		if (memcmp(soft->own_ip4[i], frame->data + ETHER_HLEN + 16, sizeof(*soft->own_ip4)) == 0)
			return true;
	return false;
}

/* ---- to the access point ---- */

static bool may_send(const struct soft_sta *soft)
{
	return soft->connected && soft->scan.state == SCAN_IDLE && !soft_sta_switch_blocks_tx(soft);
}

static void send_frame(struct soft_sta *soft, struct frame *frame)
{
	struct tx_options options = {.cookie = soft_sta_cookie(soft, SOFT_STA_COOKIE_DATA)};
	size_t len = frame->len;
	uint8_t dest[6];
	enum drop drop;

	mac_copy(dest, frame->data);
	learn_own_address(soft, frame);
	learn_source(&soft->four_address, frame->data + ETHER_ALEN);
	drop = tx_data(&soft->tx, &soft->peer, frame, &options);
	if (drop) {
		soft_sta_drop(soft, drop, dest);
		return;
	}
	soft->tx_frames++;
	soft->tx_bytes += len;
	soft->four_address.sent++;
}

static void drop_oldest(struct soft_sta *soft, enum drop drop)
{
	struct frame *frame = soft->pending.at[0];
	uint64_t current = soft->output.trace_id;

	soft->output.trace_id = frame->meta.trace_id;
	soft_sta_drop(soft, drop, frame->data);
	soft->output.trace_id = current;
	frame_free(frame);
	for (size_t i = 1; i < soft->pending.count; i++)
		soft->pending.at[i - 1] = soft->pending.at[i];
	soft->pending.count--;
}

static void retain(struct soft_sta *soft, struct frame *frame)
{
	if (soft->pending.count == PENDING_MAX)
		drop_oldest(soft, DROP_NOT_CONNECTED);
	frame->meta.time_ns = soft->now_ns;
	if (frame_list_add(&soft->pending, frame))
		soft_sta_drop(soft, DROP_NO_MEMORY, soft->setup.addr);
	else if (soft->due_ns[SOFT_TIMER_PENDING] == NEVER)
		soft->due_ns[SOFT_TIMER_PENDING] = soft->now_ns + PENDING_NS;
}

void soft_sta_data_timer(struct soft_sta *soft)
{
	while (soft->pending.count && soft->pending.at[0]->meta.time_ns + PENDING_NS <= soft->now_ns)
		drop_oldest(soft, DROP_NOT_CONNECTED);
	if (soft->pending.count)
		soft->due_ns[SOFT_TIMER_PENDING] = soft->pending.at[0]->meta.time_ns + PENDING_NS;
}

void soft_sta_data_purge(struct soft_sta *soft, enum drop drop)
{
	while (soft->pending.count)
		drop_oldest(soft, drop);
	soft->due_ns[SOFT_TIMER_PENDING] = NEVER;
}

void soft_sta_data_send_pending(struct soft_sta *soft)
{
	if (!soft->pending.count || !may_send(soft))
		return;
	soft_sta_power_mark_active(soft);
	for (size_t i = 0; i < soft->pending.count; i++)
		send_frame(soft, soft->pending.at[i]);
	soft->pending.count = 0;
	soft->due_ns[SOFT_TIMER_PENDING] = NEVER;
	soft_sta_flush(soft);
}

static enum drop check_host_frame(const struct soft_sta *soft, const struct frame *frame)
{
	if (frame->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	bool four_address = soft->setup.four_address || (soft->linked && soft->ap.four_address);

	if (four_address ? mac_is_group(frame->data + ETHER_ALEN)
			 : !mac_equal(frame->data + ETHER_ALEN, soft->setup.addr))
		return DROP_FOREIGN_SOURCE;
	if (be16(frame->data + 2 * ETHER_ALEN) == ETHERTYPE_EAPOL)
		return DROP_LINK_CONTROL;
	return !soft->started ? DROP_NOT_CONNECTED : NOT_DROPPED;
}

void soft_sta_data_send(struct soft_sta *soft, struct frame **frames, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		enum drop drop;

		softmac_trace_interface(soft->output.recorder, frames[i], 0, TRACE_OUT);
		soft->output.trace_id = frames[i]->meta.trace_id;
		drop = check_host_frame(soft, frames[i]);
		if (drop) {
			soft_sta_drop(soft, drop, frames[i]->len < ETHER_HLEN ? soft->setup.addr : frames[i]->data);
			frame_free(frames[i]);
		} else if (!may_send(soft)) {
			retain(soft, frames[i]);
		} else {
			if (!any)
				soft_sta_power_mark_active(soft);
			any = true;
			send_frame(soft, frames[i]);
		}
	}
	soft->output.trace_id = 0;
	if (!any)
		return;
	soft_sta_flush(soft);
	if (soft->peer.rsn && key_pn_is_low(&soft->peer.pairwise))
		soft_sta_report_link(soft, (struct plane_event){.kind = PLANE_EVENT_PN_LOW});
}
