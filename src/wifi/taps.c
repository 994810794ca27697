/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TAP interfaces of a radio in the event loop; networks are added and removed while it runs. */
#include "wifi/loop_state.h"

#include "base/mac.h"
#include "daemon/clock.h"
#include "wifi/recorder.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *wifi_loop_interface(const struct wifi *wifi, unsigned network)
{
	return wifi->networks[network < wifi->count ? network : 0].interface;
}

void wifi_loop_count_drop(struct wifi *wifi, unsigned network, const uint8_t *addr, enum drop drop)
{
	wifi->loop->drops[drop]++;
	wifi_log_drop(wifi->log, wifi_loop_interface(wifi, network), addr, drop);
}

/* ---- frames ---- */

void wifi_taps_deliver(struct wifi *wifi, const struct action *action)
{
	const uint8_t *source = action->frame->data + offsetof(struct ether_hdr, src);

	if (action->bss >= wifi->count || !wifi->taps[action->bss] ||
	    tap_write(wifi->taps[action->bss], &action->frame, 1) < 1)
		wifi_loop_count_drop(wifi, action->bss, action->frame->len >= ETHER_HLEN ? source : NULL,
				     DROP_TAP_REFUSED);
}

static void read_tap(struct wifi *wifi, unsigned network, size_t max)
{
	struct wifi_loop *loop = wifi->loop;
	uint64_t drops[DROP_COUNT] = {0};

	tap_read(wifi->taps[network], &loop->rx_batch, max, drops);
	for (int drop = NOT_DROPPED + 1; drop < DROP_COUNT; drop++)
		for (; drops[drop]; drops[drop]--)
			wifi_loop_count_drop(wifi, network, NULL, (enum drop)drop);
}

static void on_tap_ready(uv_poll_t *poll, int status, int events)
{
	struct wifi_tap_poll *tap_poll = (struct wifi_tap_poll *)poll;
	struct wifi *wifi = tap_poll->wifi;
	struct wifi_loop *loop = wifi->loop;
	struct frame_list *batch = &loop->rx_batch;
	size_t room = loop->joined ? loop->radio->ops->room(loop->radio) : 0;

	(void)events;
	if (status < 0) {
		/* Creating it again would need the privileges that the process has dropped. */
		wifi_log_printf(wifi->log, wifi->networks[tap_poll->network].interface, "the interface was deleted");
		loop->failed = true;
		uv_stop(loop->uv);
		return;
	}
	read_tap(wifi, tap_poll->network, room < RADIO_BATCH ? room : RADIO_BATCH);
	wifi_recorder_update(wifi);
	if (batch->count)
		wifi->ops->send(wifi->mlme, tap_poll->network, batch->at, batch->count, monotonic_ns(), &loop->actions);
	batch->count = 0;
	wifi_apply(wifi);
}

/* ---- carriers and polls ---- */

void wifi_taps_update_carriers(struct wifi *wifi)
{
	for (unsigned i = 0; i < wifi->count; i++) {
		struct wifi_tap_poll *tap_poll = wifi->loop->tap_polls[i];
		bool on = wifi->loop->joined && !wifi->loop->stopping && wifi->ops->carrier(wifi->mlme, i);

		if (!tap_poll)
			continue;
		if (on != tap_poll->carrier)
			tap_set_carrier(wifi->taps[i], on);
		tap_poll->carrier = on;
	}
}

void wifi_taps_update_polls(struct wifi *wifi)
{
	struct wifi_loop *loop = wifi->loop;
	bool room = loop->joined && !loop->stopping && loop->radio->ops->room(loop->radio) > 0;

	for (unsigned i = 0; i < wifi->count; i++) {
		struct wifi_tap_poll *tap_poll = loop->tap_polls[i];

		if (!tap_poll)
			continue;
		if (room && !tap_poll->polled)
			uv_poll_start(&tap_poll->poll, UV_READABLE, on_tap_ready);
		else if (!room && tap_poll->polled)
			uv_poll_stop(&tap_poll->poll);
		tap_poll->polled = room;
	}
}

bool wifi_taps_watch(struct wifi *wifi, unsigned network)
{
	struct wifi_tap_poll *tap_poll = calloc(1, sizeof(*tap_poll));

	if (!tap_poll)
		return false;
	tap_poll->wifi = wifi;
	tap_poll->loop = wifi->loop;
	tap_poll->network = network;
	uv_poll_init(wifi->loop->uv, &tap_poll->poll, tap_fd(wifi->taps[network]));
	wifi->loop->tap_polls[network] = tap_poll;
	return true;
}

static void on_closed(uv_handle_t *handle)
{
	struct wifi_tap_poll *tap_poll = (struct wifi_tap_poll *)handle;

	wifi_loop_handle_closed(tap_poll->loop);
	free(tap_poll);
}

void wifi_taps_unwatch(struct wifi *wifi, unsigned network)
{
	struct wifi_tap_poll *tap_poll = wifi->loop->tap_polls[network];

	if (!tap_poll)
		return;
	wifi->loop->tap_polls[network] = NULL;
	wifi->loop->open_handles++;
	uv_close((uv_handle_t *)&tap_poll->poll, on_closed);
}

int wifi_taps_announce(struct wifi *wifi)
{
	uint8_t addr[WIFI_NETWORKS_MAX][6];
	unsigned count = 0;

	for (unsigned i = 0; i < wifi->count; i++)
		if (wifi->networks[i].interface[0])
			memcpy(addr[count++], wifi->networks[i].addr, 6);
	return wifi->loop->radio->ops->addresses(wifi->loop->radio, (const uint8_t(*)[6])addr, count);
}

/* ---- adding and removing networks ---- */

bool wifi_add_network(struct wifi *wifi, unsigned number, const struct wifi_network *network, struct crypto *crypto,
		      struct error *error)
{
	unsigned count = wifi->count;
	bool ok;

	wifi->networks[number] = *network;
	if (wifi->count <= number)
		wifi->count = number + 1;
	if (wifi->use_driver)
		return true;
	ok = wifi_open_interface(wifi, number, crypto, error) == WIFI_OK;
	if (ok && wifi->loop && !wifi_taps_watch(wifi, number))
		ok = error_set(error, false, "%s: no memory", network->interface);
	if (!ok) {
		tap_discard(wifi->taps[number]);
		wifi->taps[number] = NULL;
		wifi->networks[number] = (struct wifi_network){0};
		wifi->count = count;
		return false;
	}
	if (wifi->loop && wifi->loop->radio)
		wifi_taps_announce(wifi);
	if (wifi->loop)
		wifi_links_update(wifi->loop->links, number);
	wifi_recorder_update_names(wifi);
	return true;
}

bool wifi_change_bridge(struct wifi *wifi, unsigned number, const char *bridge, struct error *error)
{
	struct wifi_network *network = &wifi->networks[number];

	if (!strcmp(network->bridge, bridge))
		return true;
	if (!wifi->use_driver && tap_change_bridge(wifi->taps[number], network->interface, bridge, error))
		return false;
	snprintf(network->bridge, sizeof(network->bridge), "%s", bridge);
	return true;
}

void wifi_remove_network(struct wifi *wifi, unsigned number)
{
	if (wifi->loop)
		wifi_taps_unwatch(wifi, number);
	tap_close(wifi->taps[number]);
	wifi->taps[number] = NULL;
	wifi->networks[number] = (struct wifi_network){0};
	if (wifi->loop && wifi->loop->radio)
		wifi_taps_announce(wifi);
	if (wifi->loop)
		wifi_links_update(wifi->loop->links, number);
}
