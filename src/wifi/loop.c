/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/wifi.h"

#include "base/mac.h"
#include "crypto/digest.h"
#include "radio/radio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	BATCHES_PER_TURN = 8, /* batches from the radio, then the interfaces have their turn */
	RETRY_MIN_MS = 200,   /* until a radio that has gone is tried anew; twice as long each time */
	RETRY_MAX_MS = 5000,
};

struct wifi_loop {
	uv_loop_t *uv;
	struct radio *radio; /* NULL while it has gone */
	uv_poll_t radio_poll, tap_polls[WIFI_NETWORKS_MAX];
	uv_timer_t wake_timer, retry_timer;
	bool tap_polled[WIFI_NETWORKS_MAX], carrier[WIFI_NETWORKS_MAX];
	uint64_t retry_ms, tap_lost;
	uint16_t freq_mhz; /* tuned to */
	struct actions actions;
	struct frame_list rx_batch;
	struct radio_tx tx[RADIO_BATCH];
	size_t tx_count;
	bool stopping, failed;
};

uint64_t wifi_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- interfaces ---- */

/* The name, in whatever network namespace this is of whatever machine: two hosts on one air differ. */
void wifi_default_address(struct crypto *crypto, const char *interface, uint8_t addr[6])
{
	char machine_id[64] = "";
	struct stat ns = {0};
	FILE *file = fopen("/etc/machine-id", "re");

	if (file) {
		size_t len = fread(machine_id, 1, sizeof machine_id - 1, file);

		machine_id[len] = '\0';
		fclose(file);
	}
	stat("/proc/self/ns/net", &ns);
	struct piece pieces[] = {
		{machine_id, strlen(machine_id)}, {&ns.st_ino, sizeof ns.st_ino}, {interface, strlen(interface)}};
	if (digest(crypto, DIGEST_HMAC_SHA256, "vifi address", 12, pieces, 3, addr, 6) != 0)
		memset(addr, 0x5a, 6);
	addr[0] = (uint8_t)((addr[0] & 0xfc) | 2); /* locally administered, not a group's */
}

bool wifi_open(struct wifi *wifi, struct crypto *crypto, enum wifi_result *result, struct error *error)
{
	wifi->loop = calloc(1, sizeof *wifi->loop);
	*result = WIFI_FAILED;
	if (!wifi->loop)
		return error_set(error, false, "no memory");
	for (unsigned i = 0; i < wifi->count; i++) {
		struct wifi_network *network = &wifi->networks[i];
		struct tap_setup setup = {.name = network->interface,
					  .mtu = 1500,
					  .bridge = network->bridge,
					  .headroom = WIFI_HEADROOM,
					  .tailroom = WIFI_TAILROOM};
		int err;

		if (mac_is_zero(network->addr))
			wifi_default_address(crypto, network->interface, network->addr);
		memcpy(setup.addr, network->addr, 6);
		wifi->taps[i] = tap_open(&setup, &err, error);
		if (wifi->taps[i] && tap_made_bridge(wifi->taps[i]))
			wifi_log_printf(wifi->log, network->interface,
					"the bridge %s was not there: it is made, and stays", network->bridge);
		if (!wifi->taps[i]) {
			*result = err == -EPERM ? WIFI_PRIVILEGE : err == -EBUSY ? WIFI_STATE : WIFI_FAILED;
			return false;
		}
	}
	return true;
}

void wifi_discard(struct wifi *wifi)
{
	for (unsigned i = 0; i < wifi->count; i++) {
		tap_discard(wifi->taps[i]);
		wifi->taps[i] = NULL;
	}
}

void wifi_close(struct wifi *wifi)
{
	for (unsigned i = 0; i < wifi->count; i++)
		tap_close(wifi->taps[i]);
	if (wifi->ops && wifi->mlme)
		wifi->ops->free(wifi->mlme);
	if (wifi->loop) {
		actions_free(&wifi->loop->actions);
		frame_list_free(&wifi->loop->rx_batch);
	}
	free(wifi->loop);
	wifi->loop = NULL;
}

/* ---- what the machine wants ---- */

static void on_radio_ready(uv_poll_t *poll, int status, int events);
static void on_tap_ready(uv_poll_t *poll, int status, int events);
static void on_wake_timer(uv_timer_t *timer);

static void flush_tx(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	if (loop->radio && loop->tx_count)
		loop->radio->ops->send(loop->radio, loop->tx, loop->tx_count);
	else
		for (size_t i = 0; i < loop->tx_count; i++)
			frame_free(loop->tx[i].frame);
	loop->tx_count = 0;
}

static void queue_tx(struct wifi *wifi, struct action *action)
{
	struct wifi_loop *loop = wifi->loop;

	wifi_log_frame(wifi->log, wifi->networks[0].interface, '>', action->frame);
	loop->tx[loop->tx_count++] = (struct radio_tx){.frame = action->frame,
						       .cookie = action->cookie,
						       .freq_mhz = action->freq ? action->freq : loop->freq_mhz};
	action->frame = NULL;
	if (loop->tx_count == RADIO_BATCH)
		flush_tx(wifi);
}

static void tune(struct wifi *wifi, uint16_t freq)
{
	int ret = 0;

	flush_tx(wifi);
	if (wifi->loop->radio)
		ret = wifi->loop->radio->ops->tune(wifi->loop->radio, freq);
	if (ret < 0)
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "the radio cannot be tuned to %u MHz: %s", freq,
				strerror(-ret));
	wifi->loop->freq_mhz = freq;
}

static const char *interface_of(const struct wifi *wifi, unsigned network)
{
	return wifi->networks[network < wifi->count ? network : 0].interface;
}

static void apply_action(struct wifi *wifi, struct action *action)
{
	switch (action->kind) {
	case ACTION_TRANSMIT:
		queue_tx(wifi, action);
		break;
	case ACTION_DELIVER:
		if (action->bss < wifi->count)
			tap_write(wifi->taps[action->bss], &action->frame, 1);
		break;
	case ACTION_TUNE:
		tune(wifi, action->freq);
		break;
	case ACTION_DOZE:
		flush_tx(wifi);
		if (wifi->loop->radio)
			wifi->loop->radio->ops->doze(wifi->loop->radio, action->until_ns);
		break;
	case ACTION_NOTE:
		wifi_log_note(wifi->log, interface_of(wifi, action->bss), action);
		break;
	case ACTION_DROP:
		wifi_log_drop(wifi->log, interface_of(wifi, action->bss), action);
		break;
	}
}

static void update_carriers(struct wifi *wifi)
{
	for (unsigned i = 0; i < wifi->count; i++) {
		bool on = wifi->loop->radio && !wifi->loop->stopping && wifi->ops->carrier(wifi->mlme, i);

		if (on != wifi->loop->carrier[i])
			tap_set_carrier(wifi->taps[i], on);
		wifi->loop->carrier[i] = on;
	}
}

/* Frames that the radio has no room for wait in the interfaces' queues. */
static void update_tap_polls(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;
	bool room = loop->radio && !loop->stopping && loop->radio->ops->room(loop->radio) > 0;

	for (unsigned i = 0; i < wifi->count; i++) {
		if (room && !loop->tap_polled[i])
			uv_poll_start(&loop->tap_polls[i], UV_READABLE, on_tap_ready);
		else if (!room && loop->tap_polled[i])
			uv_poll_stop(&loop->tap_polls[i]);
		loop->tap_polled[i] = room;
	}
}

static void arm_wake_timer(struct wifi *wifi)
{
	uint64_t wake_ns = wifi->ops->deadline(wifi->mlme), now_ns = wifi_now_ns();

	if (wake_ns == UINT64_MAX) {
		uv_timer_stop(&wifi->loop->wake_timer);
		return;
	}
	uv_update_time(wifi->loop->uv);
	uv_timer_start(&wifi->loop->wake_timer, on_wake_timer,
		       wake_ns > now_ns ? (wake_ns - now_ns + 999999) / 1000000 : 0, 0);
}

/* Carries out what the machine asked for, and sees when it wants to be woken. */
static void apply_actions(struct wifi *wifi)
{
	struct actions *out = &wifi->loop->actions;

	for (size_t i = 0; i < out->count; i++)
		apply_action(wifi, &out->list[i]);
	actions_clear(out);
	flush_tx(wifi);
	update_carriers(wifi);
	if (!wifi->loop->stopping && wifi->loop->radio)
		arm_wake_timer(wifi);
	update_tap_polls(wifi);
}

/* ---- the radio ---- */

static void on_retry_timer(uv_timer_t *timer);

static bool join_medium(struct wifi *wifi, struct error *error)
{
	struct wifi_loop *loop = wifi->loop;
	uint8_t addr[WIFI_NETWORKS_MAX][6];
	int ret;

	loop->radio = radio_open_air(wifi->air_socket,
				     wifi->radio_name[0] ? wifi->radio_name : wifi->networks[0].interface, error);
	if (!loop->radio)
		return false;
	for (unsigned i = 0; i < wifi->count; i++)
		memcpy(addr[i], wifi->networks[i].addr, 6);
	ret = loop->radio->ops->addresses(loop->radio, (const uint8_t(*)[6])addr, wifi->count);
	if (ret == 0 && loop->freq_mhz)
		ret = loop->radio->ops->tune(loop->radio, loop->freq_mhz);
	if (ret == 0 && uv_poll_init(loop->uv, &loop->radio_poll, loop->radio->fd) == 0) {
		loop->radio_poll.data = wifi;
		uv_poll_start(&loop->radio_poll, UV_READABLE, on_radio_ready);
		wifi->ops->start(wifi->mlme, wifi_now_ns(), &loop->actions);
		return true;
	}
	loop->radio->ops->close(loop->radio);
	loop->radio = NULL;
	return error_set(error, false,
			 ret == -EADDRINUSE ? "another radio of this air has the address of %s" : "%s: %s",
			 wifi->networks[0].interface, strerror(-ret));
}

static void close_radio(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	uv_poll_stop(&loop->radio_poll);
	loop->radio->ops->close(loop->radio);
	loop->radio = NULL;
	loop->tx_count = 0;
}

static void on_radio_closed(uv_handle_t *handle)
{
	struct wifi *wifi = handle->data;

	if (!wifi->loop->stopping)
		uv_timer_start(&wifi->loop->retry_timer, on_retry_timer, wifi->loop->retry_ms, 0);
}

static void handle_radio_gone(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	wifi_log_printf(wifi->log, wifi->networks[0].interface, "the air has gone (%s); trying again until it is back",
			wifi->air_socket);
	flush_tx(wifi);
	close_radio(wifi);
	uv_timer_stop(&loop->wake_timer);
	wifi->ops->stop(wifi->mlme, wifi_now_ns(), &loop->actions);
	apply_actions(wifi);
	loop->retry_ms = RETRY_MIN_MS;
	uv_close((uv_handle_t *)&loop->radio_poll, on_radio_closed);
}

static void on_retry_timer(uv_timer_t *timer)
{
	struct wifi *wifi = timer->data;
	struct wifi_loop *loop = wifi->loop;
	struct error error;

	if (join_medium(wifi, &error)) {
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "the air is back (%s)", wifi->air_socket);
		apply_actions(wifi);
		return;
	}
	if (wifi->log->debug)
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "%s", error.text);
	loop->retry_ms = 2 * loop->retry_ms < RETRY_MAX_MS ? 2 * loop->retry_ms : RETRY_MAX_MS;
	uv_timer_start(timer, on_retry_timer, loop->retry_ms, 0);
}

static void receive_batch(struct wifi *wifi, uint64_t now_ns)
{
	struct frame_list *batch = &wifi->loop->rx_batch;

	if (batch->count)
		wifi->ops->receive(wifi->mlme, batch->at, batch->count, now_ns, &wifi->loop->actions);
	batch->count = 0; /* the machine has them */
}

/* Returns how many events there were, or -1: the radio has gone. */
static int read_radio(struct wifi *wifi)
{
	struct radio_event events[RADIO_BATCH];
	int count = wifi->loop->radio->ops->receive(wifi->loop->radio, events);
	uint64_t now_ns = wifi_now_ns();
	bool is_gone = false;

	for (int i = 0; i < count; i++)
		switch (events[i].kind) {
		case RADIO_RECEIVED:
			wifi_log_frame(wifi->log, wifi->networks[0].interface, '<', events[i].frame);
			frame_list_add(&wifi->loop->rx_batch, events[i].frame);
			break;
		case RADIO_TX_STATUS:
			receive_batch(wifi, now_ns);
			wifi->ops->status(wifi->mlme, events[i].cookie, events[i].acked, now_ns, &wifi->loop->actions);
			break;
		case RADIO_GONE:
			is_gone = true;
			break;
		}
	receive_batch(wifi, now_ns);
	return is_gone ? -1 : count;
}

static void on_radio_ready(uv_poll_t *poll, int status, int events)
{
	struct wifi *wifi = poll->data;
	int count = status < 0 ? -1 : RADIO_BATCH;

	(void)events;
	for (int i = 0; i < BATCHES_PER_TURN && count == RADIO_BATCH; i++)
		count = read_radio(wifi);
	apply_actions(wifi);
	if (count < 0 && wifi->loop->radio)
		handle_radio_gone(wifi);
}

static void on_tap_ready(uv_poll_t *poll, int status, int events)
{
	struct wifi *wifi = poll->data;
	struct wifi_loop *loop = wifi->loop;
	unsigned network = (unsigned)(poll - loop->tap_polls);
	struct frame_list *batch = &loop->rx_batch;
	size_t tx_room = loop->radio ? loop->radio->ops->room(loop->radio) : 0;

	(void)events;
	if (status < 0) {
		/* It can be made anew only with privileges that are given away. */
		wifi_log_printf(wifi->log, wifi->networks[network].interface,
				"the interface has gone: somebody deleted it");
		loop->failed = true;
		uv_stop(loop->uv);
		return;
	}
	tap_read(wifi->taps[network], batch, tx_room < RADIO_BATCH ? tx_room : RADIO_BATCH, &loop->tap_lost);
	if (batch->count)
		wifi->ops->send(wifi->mlme, network, batch->at, batch->count, wifi_now_ns(), &loop->actions);
	batch->count = 0;
	apply_actions(wifi);
}

static void on_wake_timer(uv_timer_t *timer)
{
	struct wifi *wifi = timer->data;

	wifi->ops->tick(wifi->mlme, wifi_now_ns(), &wifi->loop->actions);
	apply_actions(wifi);
}

/* ---- from first to last ---- */

bool wifi_start(struct wifi *wifi, uv_loop_t *uv, struct error *error)
{
	struct wifi_loop *loop = wifi->loop;

	loop->uv = uv;
	uv_timer_init(uv, &loop->wake_timer);
	uv_timer_init(uv, &loop->retry_timer);
	loop->wake_timer.data = loop->retry_timer.data = wifi;
	for (unsigned i = 0; i < wifi->count; i++) {
		uv_poll_init(uv, &loop->tap_polls[i], tap_fd(wifi->taps[i]));
		loop->tap_polls[i].data = wifi;
	}
	if (!join_medium(wifi, error))
		return false;
	apply_actions(wifi);
	return true;
}

void wifi_stop(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;

	if (!loop || !loop->uv)
		return;
	if (loop->radio)
		wifi->ops->stop(wifi->mlme, wifi_now_ns(), &loop->actions);
	loop->stopping = true;
	apply_actions(wifi);
	if (loop->radio) {
		close_radio(wifi);
		uv_close((uv_handle_t *)&loop->radio_poll, NULL);
	}
	uv_close((uv_handle_t *)&loop->wake_timer, NULL);
	uv_close((uv_handle_t *)&loop->retry_timer, NULL);
	for (unsigned i = 0; i < wifi->count; i++)
		uv_close((uv_handle_t *)&loop->tap_polls[i], NULL);
}

bool wifi_failed(const struct wifi *wifi)
{
	return wifi->loop && wifi->loop->failed;
}

void wifi_log_status(struct wifi *wifi)
{
	wifi_log_printf(wifi->log, wifi->networks[0].interface, "status: the air %s is %s%s", wifi->air_socket,
			wifi->loop->radio ? "there" : "gone",
			wifi->loop->tap_lost ? "; frames of this host were lost for lack of memory" : "");
	wifi->ops->log_status(wifi->mlme, wifi, wifi_now_ns());
}
