/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Visits channels: to find access points, or while connected to find a better one. On each channel the station sends probe
 * requests (unless the scan is passive), listens for half of the dwell time, sends them again, because broadcast frames
 * are not retried, and listens for the other half.
 *
 * While connected, the Power Management bit makes the access point buffer our frames meanwhile:
 *
 *	IDLE ── Null with PM ──▶ LEAVING ── acknowledged ──▶ LISTENING ──▶ IDLE, Null without PM
 */
#include "softmac/sta/soft_sta_state.h"

static void report_scanned(struct soft_sta *soft, enum plane_scan_status status)
{
	struct plane_event event = {.kind = PLANE_EVENT_SCANNED, .scan_status = status};

	soft_sta_report(soft, &event);
}

static void send_probe_request(struct soft_sta *soft, uint16_t freq, const uint8_t *ssid, size_t len)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct plane_scan *plan = &soft->scan.plan;
	const uint8_t *bssid = plan->bssid ? plan->bssid : broadcast;
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, soft->setup.addr, bssid);
	struct tx_options options = {.cookie = 0};
	uint8_t channel = (uint8_t)freq_to_channel(freq);
	enum drop drop = DROP_NO_MEMORY;
	struct frame *frame;

	write_element(&writer, EID_SSID, ssid, len);
	sta_write_rates(&writer, freq);
	if (freq_is_2ghz(freq))
		write_element(&writer, EID_DS, &channel, 1);
	if (plan->probes)
		write_bytes(&writer, plan->probes->elements.bytes, plan->probes->elements.len);
	frame = frame_writer_end(&writer);
	if (frame)
		drop = tx_management(&soft->tx, NULL, frame, &soft->seq, &options);
	if (drop)
		soft_sta_drop(soft, drop, broadcast);
}

/* Probes with the wildcard SSID and those of the plan; then listens. */
static void listen_on_channel(struct soft_sta *soft)
{
	const struct plane_scan *plan = &soft->scan.plan;
	uint16_t freq = plan->freqs[soft->scan.index];

	soft_sta_tune(soft, freq);
	if (plan->passive) {
		soft->due_ns[SOFT_TIMER_SCAN] = soft->now_ns + plan->dwell_ns;
		return;
	}
	if (!plan->bssid || !plan->ssid_count)
		send_probe_request(soft, freq, NULL, 0);
	for (size_t i = 0; i < plan->ssid_count; i++)
		send_probe_request(soft, freq, plan->ssids[i].bytes, plan->ssids[i].len);
	soft_sta_flush(soft);
	soft->due_ns[SOFT_TIMER_SCAN] = soft->now_ns + plan->dwell_ns / 2;
}

static void visit_channel(struct soft_sta *soft)
{
	soft->scan.state = SCAN_LISTENING;
	soft->scan.second_half = false;
	listen_on_channel(soft);
}

void soft_sta_scan_begin(struct soft_sta *soft, const struct plane_scan *plan)
{
	if (soft->connected && soft->channel_switch.state != SWITCH_NONE) {
		report_scanned(soft, PLANE_SCAN_BUSY);
		return;
	}
	soft->scan.plan = *plan;
	soft->scan.index = 0;
	if (!plan->freq_count) {
		report_scanned(soft, PLANE_SCAN_DONE);
	} else if (!soft->connected) {
		visit_channel(soft);
	} else if (soft_sta_pm_bit(soft)) {
		/* The access point already buffers our frames. */
		soft_sta_power_pause(soft);
		visit_channel(soft);
	} else {
		soft->scan.state = SCAN_LEAVING;
		soft->due_ns[SOFT_TIMER_SCAN] = soft->now_ns + TX_STATUS_NS;
		soft_sta_send_null(soft, SOFT_STA_COOKIE_OFF_CHANNEL, true);
	}
}

static void return_to_channel(struct soft_sta *soft)
{
	soft_sta_tune(soft, soft->ap.freq_mhz);
	soft->scan.state = SCAN_IDLE;
	soft_sta_power_resume(soft);
	if (!soft_sta_pm_bit(soft))
		soft_sta_send_null(soft, SOFT_STA_COOKIE_POLL, false);
	soft_sta_data_send_pending(soft);
}

static void finish_channel(struct soft_sta *soft)
{
	if (++soft->scan.index < soft->scan.plan.freq_count) {
		/* Control may end the scan before the next channel. */
		soft->scan.state = SCAN_BETWEEN;
		soft->due_ns[SOFT_TIMER_SCAN] = soft->now_ns;
		report_scanned(soft, PLANE_SCAN_CHANNEL);
		return;
	}
	soft->scan.state = SCAN_IDLE;
	if (soft->connected)
		return_to_channel(soft);
	report_scanned(soft, PLANE_SCAN_DONE);
}

void soft_sta_scan_timer(struct soft_sta *soft)
{
	struct soft_sta_scan *scan = &soft->scan;

	switch (scan->state) {
	case SCAN_IDLE:
		break;
	case SCAN_LEAVING:
		soft_sta_scan_tx_status(soft, false);
		break;
	case SCAN_LISTENING:
		if (scan->plan.passive || scan->second_half) {
			finish_channel(soft);
		} else {
			scan->second_half = true;
			listen_on_channel(soft);
		}
		break;
	case SCAN_BETWEEN:
		visit_channel(soft);
		break;
	}
}

void soft_sta_scan_tx_status(struct soft_sta *soft, bool acked)
{
	if (soft->scan.state != SCAN_LEAVING)
		return;
	if (acked) {
		visit_channel(soft);
		return;
	}
	/* The access point does not buffer our frames: stay on its channel. */
	soft->scan.state = SCAN_IDLE;
	soft->due_ns[SOFT_TIMER_SCAN] = NEVER;
	soft_sta_data_send_pending(soft);
	report_scanned(soft, PLANE_SCAN_REFUSED);
}
