/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/loop_state.h"

#include "air/client.h"
#include "daemon/clock.h"
#include "wifi/recorder.h"
#include "wire/ether.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCHES_PER_TURN = 8, /* from the radio, before the interfaces get their turn */
	RETRY_MIN_MS = 200,   /* before the first attempt to join again; doubles up to RETRY_MAX_MS */
	RETRY_MAX_MS = 5000,
	GOODBYE_MS = 200, /* the most that the end waits until the last frames are on the air */
	NS_PER_MS = 1000000,
};

#define GOODBYE_COOKIE UINT32_MAX /* of the last frames, instead of their own */

/* ---- actions ---- */

static void on_wake_timer(uv_timer_t *timer);

/* The radio reports the frames that it loses as events. */
static void flush_tx(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	if (loop->joined && loop->tx_count)
		loop->radio->ops->send(loop->radio, loop->tx, loop->tx_count);
	for (size_t i = 0; !loop->joined && i < loop->tx_count; i++) {
		frame_free(loop->tx[i].frame);
		wifi_loop_count_drop(wifi, 0, NULL, DROP_RADIO_GONE);
	}
	loop->tx_count = 0;
}

static void queue_tx(struct wifi *wifi, struct action *action)
{
	struct wifi_loop *loop = wifi->loop;

	wifi_log_frame(wifi->log, wifi->networks[0].interface, '>', action->frame);
	loop->goodbyes += loop->stopping;
	loop->tx[loop->tx_count++] = (struct radio_tx){.frame = action->frame,
						       .cookie = loop->stopping ? GOODBYE_COOKIE : action->cookie,
						       .freq_mhz = action->freq ? action->freq : loop->freq_mhz};
	action->frame = NULL;
	if (loop->tx_count == RADIO_BATCH)
		flush_tx(wifi);
}

static void tune(struct wifi *wifi, uint16_t freq)
{
	struct wifi_loop *loop = wifi->loop;
	int ret = 0;

	flush_tx(wifi);
	if (loop->joined)
		ret = loop->radio->ops->tune(loop->radio, freq);
	if (ret < 0)
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "cannot tune the radio to %u MHz: %s", freq,
				strerror(-ret));
	loop->freq_mhz = freq;
}

static void doze(struct wifi *wifi, uint64_t until_ns)
{
	struct wifi_loop *loop = wifi->loop;

	flush_tx(wifi);
	if (loop->joined)
		loop->radio->ops->doze(loop->radio, until_ns);
}

static void apply_action(struct wifi *wifi, struct action *action)
{
	switch (action->kind) {
	case ACTION_TRANSMIT:
		queue_tx(wifi, action);
		break;
	case ACTION_DELIVER:
		wifi_taps_deliver(wifi, action);
		break;
	case ACTION_TUNE:
		tune(wifi, action->freq);
		break;
	case ACTION_DOZE:
		doze(wifi, action->until_ns);
		break;
	case ACTION_NOTE:
		wifi_note(wifi, wifi_loop_interface(wifi, action->bss), action);
		break;
	case ACTION_DROP:
		wifi_drop(wifi, wifi_loop_interface(wifi, action->bss), action);
		break;
	}
}

static void arm_wake_timer(struct wifi *wifi)
{
	uint64_t wake_ns = wifi->ops->deadline(wifi->mlme), now_ns = monotonic_ns();

	if (wake_ns == UINT64_MAX) {
		uv_timer_stop(&wifi->loop->wake_timer);
		return;
	}
	uv_update_time(wifi->loop->uv);
	uv_timer_start(&wifi->loop->wake_timer, on_wake_timer,
		       wake_ns > now_ns ? (wake_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0, 0);
}

static void apply_actions(struct wifi *wifi)
{
	struct actions *out = &wifi->loop->actions;

	/* First: a program that hears of a connection sends its first frame at once. */
	wifi_taps_update_carriers(wifi);
	for (size_t i = 0; i < out->count; i++)
		apply_action(wifi, &out->list[i]);
	actions_clear(out);
	flush_tx(wifi);
	if (wifi->loop->joined && !wifi->loop->stopping)
		arm_wake_timer(wifi);
	wifi_taps_update_polls(wifi);
}

/* ---- the radio ---- */

static void on_retry_timer(uv_timer_t *timer);
static void on_radio_ready(void *user);

static void close_radio(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	loop->radio->ops->close(loop->radio);
	loop->radio = NULL;
	loop->joined = false;
}

/* The medium: the socket of `vifi air`, or a monitor interface. */
static const char *place_of(const struct wifi *wifi)
{
	return wifi->monitor ? wifi->monitor_name : wifi->air_socket;
}

/* Begins to join the medium; RADIO_JOINED or RADIO_GONE follows. */
static int join_medium(struct wifi *wifi, struct error *error)
{
	const struct radio_owner owner = {on_radio_ready, wifi};
	struct wifi_loop *loop = wifi->loop;
	int ret;

	if (wifi->monitor)
		loop->radio = monitor_radio_open(loop->uv, wifi->monitor, owner, error);
	else
		loop->radio = air_radio_open(loop->uv, wifi->air_socket,
					     wifi->radio_name[0] ? wifi->radio_name : wifi->networks[0].interface,
					     owner, error);
	if (!loop->radio)
		return -ENOTCONN;
	ret = wifi_taps_announce(wifi);
	if (ret == 0 && loop->freq_mhz)
		ret = loop->radio->ops->tune(loop->radio, loop->freq_mhz);
	if (ret == 0)
		return 0;
	close_radio(wifi);
	return error_set(error, ret, "cannot use the radio at %s: %s", place_of(wifi), strerror(-ret));
}

static void retry_later(struct wifi *wifi, uint64_t retry_ms)
{
	struct wifi_loop *loop = wifi->loop;

	loop->retry_ms = retry_ms < RETRY_MAX_MS ? retry_ms : RETRY_MAX_MS;
	uv_timer_start(&loop->retry_timer, on_retry_timer, loop->retry_ms, 0);
}

/* An attempt to join has failed. Only the first one is fatal. */
static void handle_join_failure(struct wifi *wifi, int code, const char *text)
{
	struct wifi_loop *loop = wifi->loop;

	if (!loop->was_joined) {
		loop->join_code = error_set(&loop->join_error, code, "%s: %s", wifi->networks[0].interface, text);
		return;
	}
	if (wifi->log->debug)
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "%s", text);
	retry_later(wifi, 2 * loop->retry_ms);
}

static void on_retry_timer(uv_timer_t *timer)
{
	struct wifi *wifi = timer->data;
	struct error error;
	int ret = join_medium(wifi, &error);

	if (ret)
		handle_join_failure(wifi, ret, error.text);
}

static void handle_joined(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	loop->joined = true;
	if (loop->was_joined)
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "rejoined the medium at %s", place_of(wifi));
	loop->was_joined = true;
	wifi->ops->start(wifi->mlme, monotonic_ns(), &loop->actions);
}

static void handle_radio_gone(struct wifi *wifi, const struct radio_event *event)
{
	struct wifi_loop *loop = wifi->loop;
	struct error reason;

	error_set(&reason, event->code, "%s", event->text); /* the radio owns the event's text */
	if (!loop->joined) {
		close_radio(wifi);
		handle_join_failure(wifi, event->code, reason.text);
		return;
	}
	wifi_log_printf(wifi->log, wifi->networks[0].interface, "%s; trying to rejoin", reason.text);
	close_radio(wifi);
	uv_timer_stop(&loop->wake_timer);
	wifi->ops->stop(wifi->mlme, monotonic_ns(), &loop->actions);
	retry_later(wifi, RETRY_MIN_MS);
}

static void receive_batch(struct wifi *wifi, uint64_t now_ns)
{
	struct frame_list *batch = &wifi->loop->rx_batch;

	if (batch->count)
		wifi->ops->receive(wifi->mlme, batch->at, batch->count, now_ns, &wifi->loop->actions);
	batch->count = 0; /* the state machine owns the frames now */
}

/* Handles up to RADIO_BATCH events. Returns whether there may be more. */
static bool read_radio(struct wifi *wifi)
{
	struct radio_event events[RADIO_BATCH];
	struct wifi_loop *loop = wifi->loop;
	int count = loop->radio->ops->receive(loop->radio, events);
	uint64_t now_ns = monotonic_ns();

	for (int i = 0; i < count; i++)
		switch (events[i].kind) {
		case RADIO_JOINED:
			handle_joined(wifi);
			break;
		case RADIO_RECEIVED:
			wifi_log_frame(wifi->log, wifi->networks[0].interface, '<', events[i].frame);
			if (frame_list_add(&loop->rx_batch, events[i].frame))
				wifi_loop_count_drop(wifi, 0, NULL, DROP_NO_MEMORY);
			break;
		case RADIO_TX_STATUS:
			receive_batch(wifi, now_ns);
			wifi->ops->status(wifi->mlme, events[i].cookie, events[i].acked, now_ns, &loop->actions);
			break;
		case RADIO_DROPPED:
			wifi_loop_count_drop(wifi, 0, NULL, events[i].drop);
			break;
		case RADIO_GONE:
			receive_batch(wifi, now_ns);
			handle_radio_gone(wifi, &events[i]);
			return false; /* it is the last event */
		}
	receive_batch(wifi, now_ns);
	return count == RADIO_BATCH;
}

static void on_radio_ready(void *user)
{
	struct wifi *wifi = user;
	int batches = 1;

	wifi_recorder_update(wifi);
	while (read_radio(wifi) && batches < BATCHES_PER_TURN)
		batches++;
	apply_actions(wifi);
}

/* ---- the timer ---- */

static void on_wake_timer(uv_timer_t *timer)
{
	struct wifi *wifi = timer->data;

	wifi_recorder_update(wifi);
	wifi->ops->tick(wifi->mlme, monotonic_ns(), &wifi->loop->actions);
	apply_actions(wifi);
}

/* ---- start and stop ---- */

/* Handles what the radio has to say after the end of the state machine: only the last frames matter. */
static void count_goodbyes(struct wifi *wifi)
{
	struct radio_event events[RADIO_BATCH];
	struct wifi_loop *loop = wifi->loop;
	int count = loop->radio->ops->receive(loop->radio, events);

	for (int i = 0; i < count; i++) {
		if (events[i].kind == RADIO_RECEIVED)
			frame_free(events[i].frame);
		if (events[i].kind == RADIO_TX_STATUS && events[i].cookie == GOODBYE_COOKIE && loop->goodbyes)
			loop->goodbyes--;
		if (events[i].kind == RADIO_GONE)
			loop->joined = false;
	}
}

/*
 * Waits until the deauthentication frames are on the air: the medium drops the frames of a radio that leaves, and the
 * peers would notice only by the silence.
 */
static void await_goodbyes(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;
	uint64_t end_ns = monotonic_ns() + (uint64_t)GOODBYE_MS * NS_PER_MS, now_ns;

	while (loop->goodbyes && loop->joined && (now_ns = monotonic_ns()) < end_ns) {
		loop->radio->ops->wait(loop->radio, (int)((end_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS));
		count_goodbyes(wifi);
	}
}

bool wifi_start(struct wifi *wifi, uv_loop_t *uv, struct error *error)
{
	struct wifi_loop *loop;

	if (wifi->driver) {
		wifi_recorder_start(wifi);
		return driver_start(wifi->driver, uv, error);
	}
	loop = wifi->loop = calloc(1, sizeof(*loop));
	if (!loop) {
		error_set(error, -ENOMEM, "no memory");
		return false;
	}
	loop->uv = uv;
	uv_timer_init(uv, &loop->wake_timer);
	uv_timer_init(uv, &loop->retry_timer);
	loop->wake_timer.data = loop->retry_timer.data = wifi;
	for (unsigned i = 0; i < wifi->count; i++)
		if (!wifi_taps_watch(wifi, i))
			return error_set(error, false, "no memory");
	wifi_recorder_start(wifi);
	loop->links = wifi_links_open(wifi, uv);
	return join_medium(wifi, error) == 0;
}

int wifi_join_result(const struct wifi *wifi, struct error *error)
{
	const struct wifi_loop *loop = wifi->loop;

	if (wifi->driver)
		return driver_start_result(wifi->driver, error);
	if (loop->join_code)
		*error = loop->join_error;
	return loop->join_code ? loop->join_code : loop->was_joined;
}

struct actions *wifi_actions(struct wifi *wifi)
{
	return wifi->loop && wifi->loop->joined && !wifi->loop->stopping ? &wifi->loop->actions : NULL;
}

void wifi_apply(struct wifi *wifi)
{
	apply_actions(wifi);
}

void wifi_loop_handle_closed(struct wifi_loop *loop)
{
	if (!--loop->open_handles && loop->freed)
		free(loop);
}

static void on_handle_closed(uv_handle_t *handle)
{
	wifi_loop_handle_closed(handle->data);
}

static void close_handle(struct wifi_loop *loop, uv_handle_t *handle)
{
	handle->data = loop;
	loop->open_handles++;
	uv_close(handle, on_handle_closed);
}

void wifi_stop(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	if (wifi->driver)
		driver_stop(wifi->driver);
	if (!loop || loop->stopping)
		return;
	if (loop->joined)
		wifi->ops->stop(wifi->mlme, monotonic_ns(), &loop->actions);
	loop->stopping = true;
	apply_actions(wifi);
	if (loop->radio)
		await_goodbyes(wifi);
	wifi_links_close(loop->links);
	loop->links = NULL;
	if (loop->radio)
		close_radio(wifi);
	close_handle(loop, (uv_handle_t *)&loop->wake_timer);
	close_handle(loop, (uv_handle_t *)&loop->retry_timer);
	for (unsigned i = 0; i < wifi->count; i++)
		wifi_taps_unwatch(wifi, i);
}

void wifi_free(struct wifi *wifi)
{
	driver_close(wifi->driver);
	wifi->driver = NULL;
	wifi_recorder_pause(wifi);
	if (wifi->ops && wifi->mlme)
		wifi->ops->free(wifi->mlme);
	wifi->mlme = NULL;
	if (wifi->loop) {
		actions_free(&wifi->loop->actions);
		frame_list_free(&wifi->loop->rx_batch);
		wifi->loop->freed = true;
		if (!wifi->loop->open_handles)
			free(wifi->loop);
	}
	wifi->loop = NULL;
}

bool wifi_failed(const struct wifi *wifi)
{
	return wifi->driver ? driver_failed(wifi->driver) : wifi->loop && wifi->loop->failed;
}

bool wifi_is_joined(const struct wifi *wifi)
{
	return wifi->driver || (wifi->loop && wifi->loop->joined);
}

void wifi_drop_counts(const struct wifi *wifi, uint64_t drops[DROP_COUNT])
{
	const uint64_t *own = wifi->driver ? driver_drops(wifi->driver) : NULL;

	if (wifi->loop && wifi->mlme)
		own = wifi->ops->drops(wifi->mlme);
	for (int i = 0; i < DROP_COUNT; i++)
		drops[i] = (own ? own[i] : 0) + (wifi->loop ? wifi->loop->drops[i] : 0);
}

void wifi_log_status(struct wifi *wifi)
{
	uint64_t drops[DROP_COUNT];

	if (!wifi->driver && !wifi->loop)
		return;
	if (wifi->loop)
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "status: %s the medium at %s",
				wifi->loop->joined ? "joined" : "not joined to", place_of(wifi));
	wifi->ops->log_status(wifi->mlme, wifi, monotonic_ns());
	wifi_drop_counts(wifi, drops);
	wifi_log_drop_counts(wifi->log, wifi->networks[0].interface, drops);
}
