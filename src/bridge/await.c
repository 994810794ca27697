/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small event loop for the time before the uplink exists. Nothing is attached then, and no frame of a stranger is read:
 * the process needs its privileges for what follows, and confines itself later.
 */
#include "bridge/await.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/prepare.h"
#include "bridge/signals.h"
#include "bridge/state.h"
#include "daemon/control.h"
#include "daemon/event_loop.h"
#include "daemon/json_text.h"
#include "daemon/notify.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

struct await {
	uv_loop_t uv;
	struct bridge *bridge;
	struct control *control;
	int watch_fd;
	uv_poll_t watch;
	uv_signal_t signals[3]; /* SIGTERM, SIGINT, SIGHUP */
	bool found, ended;
	char obstacle[sizeof(((struct error *)0)->text)]; /* why an interface that exists does not fit; empty: none */
};

enum { MISSING_TEXT = 64 };

/* Names the missing uplink: "the interface wlan0", or the card of `uplink-mac`. */
static const char *name_missing(const struct bridge_conf *conf, char text[MISSING_TEXT])
{
	char mac[MAC_TEXT_SIZE];

	if (mac_is_zero(conf->uplink_mac))
		snprintf(text, MISSING_TEXT, "the interface %s", conf->uplink);
	else
		snprintf(text, MISSING_TEXT, "the card %s of %s", mac_format(mac, conf->uplink_mac), conf->uplink);
	return text;
}

static void report_status(const struct await *await)
{
	char text[MISSING_TEXT];

	if (await->obstacle[0])
		bridge_status("waiting for %s: %.200s", await->bridge->conf->uplink, await->obstacle);
	else
		bridge_status("waiting for %s", name_missing(await->bridge->conf, text));
}

/* The interface may be there and not fit, as a port of a bridge: that is logged once. */
static void look_for_uplink(struct await *await)
{
	struct error error = {{0}};
	bool fits = bridge_check_uplink(await->bridge, &error) == BRIDGE_OK;

	await->found = fits && await->bridge->uplink.ifindex;
	if (await->found) {
		uv_stop(&await->uv);
		return;
	}
	if (!strcmp(error.text, await->obstacle))
		return;
	memcpy(await->obstacle, error.text, sizeof(await->obstacle));
	if (!fits)
		bridge_warn("waiting for %s: %s", await->bridge->conf->uplink, error.text);
	report_status(await);
}

static void on_change(uv_poll_t *poll, int status, int events)
{
	struct await *await = poll->data;

	(void)events;
	event_loop_keep_polling(poll, status, on_change);
	if (netdev_watch_drain(await->watch_fd))
		look_for_uplink(await);
}

static void end(struct await *await, bool keep)
{
	await->ended = true;
	await->bridge->keep = keep;
	uv_stop(&await->uv);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct await *await = handle->data;

	if (number == SIGHUP)
		bridge_log("the configuration cannot be reloaded while %s is missing; restart the service to apply a "
			   "change",
			   await->bridge->conf->uplink);
	else if (!await->ended)
		end(await, await->bridge->conf->keep && number == SIGTERM);
}

static json_t *on_request(void *user, const json_t *request, bool reads_only, bool *last)
{
	struct await *await = user;
	const char *what = json_text(request, "ask");
	char text[500], missing[MISSING_TEXT];

	if (!strcmp(what, "down") && !reads_only) {
		*last = true;
		bridge_state_forget(await->bridge->conf->state_dir, await->bridge->conf->uplink);
		await->bridge->discard_state = true;
		end(await, false);
		return json_pack("{s:b}", "ok", 1);
	}
	if (await->obstacle[0])
		snprintf(text, sizeof(text), "vifi waits: %.400s", await->obstacle);
	else
		snprintf(text, sizeof(text), "vifi waits for %s, which does not exist; `ip link` lists the interfaces",
			 name_missing(await->bridge->conf, missing));
	return json_pack("{s:s, s:i}", "error", text, "code", BRIDGE_FAILED);
}

static bool start(struct await *await)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	await->watch_fd = netdev_watch_open();
	if (await->watch_fd < 0 || uv_poll_init(&await->uv, &await->watch, await->watch_fd) < 0)
		return false;
	await->watch.data = await;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uv_signal_init(&await->uv, &await->signals[i]);
		await->signals[i].data = await;
		uv_signal_start(&await->signals[i], on_signal, numbers[i]);
	}
	await->control = control_serve(&await->uv, await->bridge->control_fd, false, on_request, await);
	return await->control && uv_poll_start(&await->watch, UV_READABLE, on_change) == 0;
}

bool bridge_await(struct bridge *bridge)
{
	struct await await = {.bridge = bridge, .watch_fd = -1};
	char text[MISSING_TEXT];

	if (uv_loop_init(&await.uv) < 0)
		return false;
	if (start(&await)) {
		report_status(&await);
		notify("READY=1");
		bridge_log("waiting for %s", name_missing(bridge->conf, text));
		bridge_block_signals(false);
		look_for_uplink(&await); /* it may have come before the watch */
		if (!await.found)
			uv_run(&await.uv, UV_RUN_DEFAULT);
		bridge_block_signals(true);
	} else {
		bridge_log("cannot wait for %s: a libuv handle or a netlink socket could not be opened",
			   bridge->conf->uplink);
	}
	control_stop(await.control);
	event_loop_close(&await.uv);
	if (await.watch_fd >= 0)
		close(await.watch_fd);
	return await.found && !await.ended;
}
