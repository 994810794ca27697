/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/ap_ds.h"

#include "base/mac.h"
#include "daemon/clock.h"
#include "netdev/packet.h"
#include "rsn/ft_remote.h"
#include "wifi/ap_hub_state.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define SOCKETS     2
#define BATCH       64 /* frames that are read at a time */
#define DEVICES_MAX 64
#define FRAME_SIZE  2048

/* An interface by name. A confined process cannot ask for its index. */
struct device {
	char name[IF_NAMESIZE];
	int ifindex;
};

struct ap_ds {
	struct ap_hub *hub;
	struct ft_remote *remote;
	int fds[SOCKETS];
	uv_poll_t polls[SOCKETS];
	uv_timer_t timer;
	unsigned open_handles;
	struct device devices[DEVICES_MAX]; /* known so far */
};

/* ---- networks ---- */

/* The radio of the network with this BSSID, and its number there; NULL: it is none of ours. */
static struct wifi *find_network(const struct ap_ds *ds, const uint8_t *bssid, unsigned *number)
{
	for (size_t i = 0; i < ds->hub->count; i++) {
		struct wifi *wifi = ds->hub->radios[i]->wifi;

		for (*number = 0; wifi->mlme && *number < wifi->count; ++*number)
			if (wifi->networks[*number].interface[0] && mac_equal(wifi->networks[*number].addr, bssid))
				return wifi;
	}
	return NULL;
}

static struct device *find_device(struct ap_ds *ds, const char *name)
{
	struct device *device = ds->devices;

	while (device < ds->devices + DEVICES_MAX - 1 && device->name[0] && strcmp(device->name, name) != 0)
		device++;
	if (strcmp(device->name, name) != 0)
		device->ifindex = 0;
	snprintf(device->name, sizeof(device->name), "%s", name);
	if (!device->ifindex)
		device->ifindex = (int)if_nametoindex(name);
	return device;
}

static struct device *device_of(struct ap_ds *ds, const struct wifi *wifi, unsigned number)
{
	const struct wifi_network *network = &wifi->networks[number];

	return find_device(ds, network->bridge[0] ? network->bridge : network->interface);
}

/* ---- frames ---- */

static void receive_action(struct ap_ds *ds, struct span frame)
{
	struct ap_command command = {.kind = AP_COMMAND_FT_ACTION};
	struct rrb_action action;
	struct wifi *wifi;

	if (!rrb_parse_action(&action, frame) || !(wifi = find_network(ds, action.dst, &command.bss)))
		return;
	mac_copy(command.addr, action.src);
	command.body = action.action;
	wifi_ap_command(wifi, &command);
}

static void receive(struct ap_ds *ds, unsigned socket, struct span frame)
{
	enum drop drop;

	if (socket == 0) {
		receive_action(ds, frame);
		return;
	}
	drop = ft_remote_receive(ds->remote, frame, monotonic_ns());
	if (drop && frame.len >= 2 * MAC_LEN && ds->hub->count)
		wifi_log_drop(ds->hub->host->log, ds->hub->radios[0]->wifi->networks[0].interface,
			      frame.bytes + MAC_LEN, drop);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct ap_ds *ds = poll->data;
	unsigned socket = (unsigned)(poll - ds->polls);
	uint8_t frame[FRAME_SIZE];
	ssize_t len;

	(void)status;
	(void)events;
	for (int i = 0; i < BATCH && (len = recv(ds->fds[socket], frame, sizeof(frame), 0)) > 0; i++)
		receive(ds, socket, (struct span){frame, (size_t)len});
}

/* A frame for one of our own networks does not go over the wire. */
static void send_frame(struct ap_ds *ds, const struct frame *frame)
{
	const uint8_t *dst = frame->data, *src = frame->data + MAC_LEN;
	struct wifi *wifi;
	unsigned number;

	if (find_network(ds, dst, &number)) {
		receive(ds, frame->data[2 * MAC_LEN] == RRB_ETHERTYPE_ACTION >> 8 ? 0 : 1,
			(struct span){frame->data, frame->len});
		return;
	}
	wifi = find_network(ds, src, &number);
	for (int tries = 0; wifi && tries < 2; tries++) {
		struct device *device = device_of(ds, wifi, number);

		if (packet_send(ds->fds[0], device->ifindex, frame->data, frame->len) >= 0)
			return;
		device->ifindex = 0; /* another bridge may have the name now; a station does not repeat its request */
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct ap_ds *ds = timer->data;

	ft_remote_tick(ds->remote, monotonic_ns());
}

static void send_all(struct ap_ds *ds)
{
	struct frame *frame;

	while ((frame = ft_remote_next_frame(ds->remote))) {
		send_frame(ds, frame);
		frame_free(frame);
	}
}

void ap_ds_flush(struct ap_ds *ds)
{
	struct ap_command command = {.kind = AP_COMMAND_FT_ANSWER};
	uint64_t deadline, now;
	struct ft_pull pull;
	struct wifi *wifi;

	if (!ds)
		return;
	send_all(ds);
	while (ft_remote_next_answer(ds->remote, &pull)) {
		wifi = find_network(ds, pull.bssid, &command.bss);
		command.pull = &pull;
		if (wifi)
			wifi_ap_command(wifi, &command);
		send_all(ds);
	}
	deadline = ft_remote_deadline(ds->remote);
	now = monotonic_ns();
	if (deadline == UINT64_MAX)
		uv_timer_stop(&ds->timer);
	else
		uv_timer_start(&ds->timer, on_timer, deadline > now ? (deadline - now) / 1000000 + 1 : 0, 0);
}

/* ---- life ---- */

static bool open_sockets(struct ap_ds *ds, struct error *error)
{
	static const uint16_t types[SOCKETS] = {RRB_ETHERTYPE_ACTION, RRB_ETHERTYPE_KEY};

	for (unsigned i = 0; i < SOCKETS; i++) {
		ds->fds[i] = packet_listen(types[i]);
		if (ds->fds[i] >= 0)
			continue;
		error_set(error, false, "cannot open a packet socket: %s", strerror(-ds->fds[i]));
		while (i--)
			close(ds->fds[i]);
		return false;
	}
	return true;
}

struct ap_ds *ap_ds_open(struct ap_hub *hub, struct error *error)
{
	struct ap_ds *ds = calloc(1, sizeof(*ds));
	uint8_t seed[RANDOM_SEED_LEN];
	bool ok = ds && getrandom(seed, sizeof(seed), 0) == sizeof(seed);

	if (ok)
		ds->remote = ft_remote_new(hub->host->ft_store, hub->host->crypto, seed);
	crypto_wipe(seed, sizeof(seed));
	if (!ok || !ds->remote)
		error_set(error, 0, "no memory");
	else if (open_sockets(ds, error)) {
		ds->hub = hub;
		hub->host->ft_store->remote = ds->remote;
		for (unsigned i = 0; i < SOCKETS; i++) {
			uv_poll_init(hub->host->loop, &ds->polls[i], ds->fds[i]);
			ds->polls[i].data = ds;
			uv_poll_start(&ds->polls[i], UV_READABLE, on_readable);
		}
		uv_timer_init(hub->host->loop, &ds->timer);
		ds->timer.data = ds;
		ds->open_handles = SOCKETS + 1;
		for (size_t i = 0; i < hub->count; i++) /* while the process may still ask */
			for (unsigned number = 0; number < hub->radios[i]->wifi->count; number++)
				device_of(ds, hub->radios[i]->wifi, number);
		return ds;
	}
	if (ds)
		ft_remote_free(ds->remote);
	free(ds);
	return NULL;
}

static void on_closed(uv_handle_t *handle)
{
	struct ap_ds *ds = handle->data;

	if (--ds->open_handles)
		return;
	for (unsigned i = 0; i < SOCKETS; i++)
		close(ds->fds[i]);
	ft_remote_free(ds->remote);
	free(ds);
}

void ap_ds_close(struct ap_ds *ds)
{
	if (!ds)
		return;
	ds->hub->host->ft_store->remote = NULL;
	uv_close((uv_handle_t *)&ds->timer, on_closed);
	for (unsigned i = 0; i < SOCKETS; i++)
		uv_close((uv_handle_t *)&ds->polls[i], on_closed);
}
