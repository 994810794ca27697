/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OUT_FRAMES_MAX = 2048, /* received frames are dropped while this many messages wait */
	OUT_PAUSE_AT = 2048,   /* the client is not read while this many messages wait */
	WAITING_HIGH = MEDIUM_QUEUE_MAX - AIR_RECORDS_PER_TURN * AIR_BATCH_MAX,
	WAITING_LOW = WAITING_HIGH / 2,
};

void air_client_mark_dirty(struct air_client *client)
{
	if (client->dirty)
		return;
	client->dirty = true;
	client->next_dirty = client->air->dirty_clients;
	client->air->dirty_clients = client;
}

/* Takes the frame over. Without memory the client would miss an answer or a TX status: the connection ends. */
static void queue_message(struct air_client *client, const struct air_message *message, struct frame *frame)
{
	if (message_queue_add(&client->out, message, frame))
		client->gone = true;
	air_client_mark_dirty(client);
}

void air_client_send(struct air_client *client, const struct air_message *message, const char *text)
{
	struct frame *frame = text ? frame_from(text, strlen(text), 0, 0) : NULL;

	if (text && !frame) {
		client->gone = true;
		air_client_mark_dirty(client);
		return;
	}
	queue_message(client, message, frame);
}

void air_client_refuse(struct air_client *client, int code, const char *text)
{
	air_client_send(client, &(struct air_message){.kind = AIR_ERROR, .code = (uint16_t)code}, text);
	client->close_after_send = true;
}

void air_client_event(struct air_client *client, const struct medium_event *event)
{
	const struct frame_meta *meta;

	if (event->kind == MEDIUM_TX_STATUS) {
		queue_message(client,
			      &(struct air_message){.kind = AIR_STATUS,
						    .cookie = event->cookie,
						    .on = event->acked,
						    .tries = (uint8_t)event->tries},
			      NULL);
		return;
	}
	if (client->out.count >= OUT_FRAMES_MAX) {
		client->dropped++;
		air_recorder_received(client, event, DROP_AIR_QUEUE);
		frame_free(event->frame);
		return;
	}
	air_recorder_received(client, event, NOT_DROPPED);
	meta = &event->frame->meta;
	queue_message(client,
		      &(struct air_message){.kind = AIR_RECEIVED,
					    .time_ns = meta->time_ns,
					    .rate_kbps = meta->rate_kbps,
					    .freq_mhz = meta->freq_mhz,
					    .signal_dbm = meta->signal_dbm,
					    .tries = (uint8_t)event->tries},
		      event->frame);
}

/* Returns the events that the client must be polled for. */
static int wanted_events(const struct air_client *client)
{
	unsigned queued = medium_queue_len(client->air->medium, client->id);
	bool is_reading = client->poll_events & UV_READABLE;
	int events = client->out.count ? UV_WRITABLE : 0;

	if (!client->close_after_send && client->out.count < OUT_PAUSE_AT &&
	    queued < (is_reading ? WAITING_HIGH : WAITING_LOW))
		events |= UV_READABLE;
	return events;
}

void air_client_flush(struct air_client *client)
{
	int ret = message_queue_send(&client->out, client->fd), events;

	if (ret < 0 && ret != -EAGAIN)
		client->gone = true;
	if (client->close_after_send && !client->out.count)
		client->gone = true;
	if (client->gone)
		return;
	events = wanted_events(client);
	if (events == client->poll_events)
		return;
	client->air->paused_clients += (size_t) !(events & UV_READABLE) - (size_t) !(client->poll_events & UV_READABLE);
	client->poll_events = events;
	if (events)
		uv_poll_start(&client->poll, events, client->on_ready);
	else
		uv_poll_stop(&client->poll);
}

static void on_client_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void air_client_close(struct air_client *client)
{
	struct air_daemon *air = client->air;
	struct air_client **link = &air->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	air->client_count--;
	air->paused_clients -= !(client->poll_events & UV_READABLE);
	if (client->id)
		medium_leave(air->medium, client->id);
	if (client->hh.tbl)
		HASH_DELETE(hh, air->radios, client);
	air_client_discharge(client);
	message_queue_free(&client->out);
	uv_close((uv_handle_t *)&client->poll, on_client_closed);
	close(client->fd);
}
