/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the caller, and its questions. */
#include "softmac/sta/soft_sta_state.h"

#include <stdlib.h>

static void begin(struct soft_sta *soft, uint64_t now_ns, struct actions *out)
{
	soft->now_ns = now_ns;
	soft->output.actions = out;
}

/* Carries out the actions of control. */
static void end(struct soft_sta *soft)
{
	soft_sta_apply(soft);
	soft_sta_drain(soft);
	soft->output.actions = NULL;
}

struct soft_sta *soft_sta_new(struct crypto *crypto, const struct sta_setup *setup, const uint8_t seed[RANDOM_SEED_LEN])
{
	static const struct plane_capabilities capabilities = {
		.replaces_ptk = true, .protects_beacons = true, .measures = true, .dwells = true};
	struct soft_sta *soft = calloc(1, sizeof(*soft));
	uint8_t seeds[2][RANDOM_SEED_LEN]; /* of control and of the plane */

	if (!soft)
		return NULL;
	soft->crypto = crypto;
	soft->setup = *setup;
	if (!random_split(crypto, seed, seeds))
		soft->control = sta_new(crypto, setup, &capabilities, seeds[0]);
	random_init(&soft->random, crypto, seeds[1]);
	crypto_wipe(seeds, sizeof(seeds));
	if (!soft->control || random_bytes(&soft->random, &soft->seq, sizeof(soft->seq))) {
		soft_sta_free(soft);
		return NULL;
	}
	for (int i = 0; i < SOFT_TIMERS; i++)
		soft->due_ns[i] = NEVER;
	soft->last_mgmt_seq = PEER_SEQ_CONTROL_NONE;
	return soft;
}

void soft_sta_free(struct soft_sta *soft)
{
	if (!soft)
		return;
	soft_sta_clear_link(soft);
	sta_free(soft->control);
	plane_actions_free(&soft->actions);
	soft_output_free(&soft->output);
	tx_queue_free(&soft->tx);
	rx_out_free(&soft->rx);
	frame_list_free(&soft->pending);
	crypto_wipe(soft, sizeof(*soft));
	free(soft);
}

void soft_sta_start(struct soft_sta *soft, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	if (!soft->started) {
		soft->started = true;
		soft->tuned_mhz = 0;
		sta_start(soft->control, now_ns, &soft->actions);
	}
	end(soft);
}

void soft_sta_stop(struct soft_sta *soft, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	if (soft->started) {
		soft_sta_data_purge(soft, DROP_NOT_CONNECTED);
		sta_stop(soft->control, now_ns, &soft->actions);
	}
	end(soft);
	soft->started = false;
}

void soft_sta_receive(struct soft_sta *soft, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	static const uint8_t no_addr[6];

	begin(soft, now_ns, out);
	if (soft->started) {
		soft_sta_receive_frames(soft, frames, count);
	} else {
		for (size_t i = 0; i < count; i++) {
			soft_sta_drop(soft, DROP_NOT_CONNECTED, no_addr);
			frame_free(frames[i]);
		}
	}
	end(soft);
}

void soft_sta_send(struct soft_sta *soft, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	soft_sta_data_send(soft, frames, count);
	end(soft);
}

static void handle_own_status(struct soft_sta *soft, enum soft_sta_cookie kind, bool acked)
{
	soft_sta_link_tx_status(soft, kind, acked);
	soft_sta_drain(soft);
	if (soft->connected && kind == SOFT_STA_COOKIE_OFF_CHANNEL)
		soft_sta_scan_tx_status(soft, acked);
	if (soft->connected &&
	    (kind == SOFT_STA_COOKIE_DOZE || kind == SOFT_STA_COOKIE_POLL || kind == SOFT_STA_COOKIE_KEEP_ALIVE))
		soft_sta_power_tx_status(soft, kind == SOFT_STA_COOKIE_DOZE, acked);
}

void soft_sta_tx_status(struct soft_sta *soft, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum soft_sta_cookie kind = cookie & SOFT_STA_COOKIE_KIND;
	struct plane_event event = {.kind = PLANE_EVENT_TX_STATUS, .cookie = cookie, .acked = acked};

	begin(soft, now_ns, out);
	if (cookie <= PLANE_COOKIE_MAX) {
		soft_sta_report(soft, &event);
	} else {
		soft->tx_lost += kind == SOFT_STA_COOKIE_DATA && !acked;
		if (cookie == soft_sta_cookie(soft, kind) && soft->connected)
			handle_own_status(soft, kind, acked);
	}
	end(soft);
}

/* ---- time ---- */

uint64_t soft_sta_deadline(const struct soft_sta *soft)
{
	uint64_t wake = sta_deadline(soft->control);

	for (int i = 0; i < SOFT_TIMERS; i++)
		wake = earlier(wake, soft->due_ns[i]);
	return wake;
}

static void run_timer(struct soft_sta *soft, enum soft_sta_timer timer)
{
	switch (timer) {
	case SOFT_TIMER_SCAN:
		soft_sta_scan_timer(soft);
		break;
	case SOFT_TIMER_LINK:
		soft_sta_link_timer(soft);
		break;
	case SOFT_TIMER_POWER:
		soft_sta_power_timer(soft);
		break;
	case SOFT_TIMER_SWITCH:
		soft_sta_switch_timer(soft);
		break;
	case SOFT_TIMER_PENDING:
		soft_sta_data_timer(soft);
		break;
	case SOFT_TIMERS:
		break;
	}
}

static void run_timers(struct soft_sta *soft)
{
	for (enum soft_sta_timer timer = 0; timer < SOFT_TIMERS; timer++) {
		if (soft->due_ns[timer] > soft->now_ns)
			continue;
		soft->due_ns[timer] = NEVER;
		run_timer(soft, timer);
		soft_sta_drain(soft);
	}
}

void soft_sta_tick(struct soft_sta *soft, uint64_t now_ns, struct actions *out)
{
	enum { ROUNDS_MAX = 4 };

	begin(soft, now_ns, out);
	/* What a timer leads to may be due at once, too. */
	for (int i = 0; i < ROUNDS_MAX && soft_sta_deadline(soft) <= now_ns; i++) {
		sta_tick(soft->control, now_ns, &soft->actions);
		soft_sta_apply(soft);
		soft_sta_drain(soft);
		run_timers(soft);
	}
	end(soft);
}

/* ---- requests and questions ---- */

enum sta_answer soft_sta_request(struct soft_sta *soft, const struct sta_request *request, uint64_t now_ns,
				 struct actions *out)
{
	enum sta_answer answer;

	begin(soft, now_ns, out);
	answer = sta_request(soft->control, request, now_ns, &soft->actions);
	end(soft);
	return answer;
}

const struct sta *soft_sta_control(const struct soft_sta *soft)
{
	return soft->control;
}

void soft_sta_info(const struct soft_sta *soft, struct sta_info *info)
{
	sta_info(soft->control, info);
	info->rx_frames = soft->rx_frames;
	info->rx_bytes = soft->rx_bytes;
	info->tx_frames = soft->tx_frames;
	info->tx_bytes = soft->tx_bytes;
	info->tx_lost = soft->tx_lost;
	info->tx_kbps = 54000; /* the medium has one rate unless a rule names another */
}

void soft_sta_set_recorder(struct soft_sta *soft, struct trace_recorder *recorder)
{
	soft->output.recorder = recorder;
}

const uint64_t *soft_sta_drops(const struct soft_sta *soft)
{
	return soft->output.drops;
}
