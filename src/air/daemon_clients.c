/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "base/drop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECORDS_PER_TURN = 4,  /* of one client, then the others have their turn */
	OUT_FRAMES_MAX = 2048, /* received frames beyond so many messages that wait are dropped */
	OUT_PAUSE_AT = 2048,   /* no more is read of who has so many messages waiting */
	WAITING_HIGH = MEDIUM_QUEUE_MAX - RECORDS_PER_TURN * AIR_BATCH_MAX,
	WAITING_LOW = WAITING_HIGH / 2,
};

/* ---- what goes out ---- */

/* Takes the frame over.  Without memory for its words, the client cannot be spoken to any more. */
static void queue_message(struct air_client *client, struct air_outgoing out)
{
	if (client->out_count == client->out_room) {
		size_t room = client->out_room ? 2 * client->out_room : 64;
		struct air_outgoing *grown = calloc(room, sizeof *grown);

		if (!grown) {
			client->gone = true;
			frame_free(out.frame);
			return;
		}
		for (size_t i = 0; i < client->out_count; i++)
			grown[i] = client->out[(client->out_at + i) % client->out_room];
		free(client->out);
		client->out = grown;
		client->out_at = 0;
		client->out_room = room;
	}
	client->out[(client->out_at + client->out_count++) % client->out_room] = out;
	air_client_mark_dirty(client);
}

static void send_message(struct air_client *client, struct air_message message, const char *text)
{
	struct air_outgoing out = {.message = message};

	if (text) {
		out.frame = frame_from(text, strlen(text), 0, 0);
		if (!out.frame)
			return;
		out.message.bytes = out.frame->data;
		out.message.len = out.frame->len;
	}
	queue_message(client, out);
}

/* An error behind which nothing more is understood. */
static void refuse_client(struct air_client *client, int code, const char *text)
{
	send_message(client, (struct air_message){.kind = AIR_ERROR, .code = (uint16_t)code}, text);
	client->close_after_send = true;
}

void air_client_event(struct air_client *client, struct medium_event *event)
{
	struct air_outgoing out = {.frame = event->frame};

	if (event->kind == MEDIUM_TX_STATUS) {
		out.message = (struct air_message){.kind = AIR_STATUS,
						   .cookie = event->cookie,
						   .on = event->acked,
						   .tries = (uint8_t)event->tries};
		queue_message(client, out);
		return;
	}
	if (client->out_count >= OUT_FRAMES_MAX) {
		client->dropped++;
		frame_free(event->frame);
		return;
	}
	out.message = (struct air_message){.kind = AIR_RECEIVED,
					   .time_ns = event->frame->meta.time_ns,
					   .rate_kbps = event->frame->meta.rate_kbps,
					   .freq_mhz = event->frame->meta.freq_mhz,
					   .signal_dbm = event->frame->meta.signal_dbm,
					   .tries = (uint8_t)event->tries,
					   .bytes = event->frame->data,
					   .len = event->frame->len};
	queue_message(client, out);
}

/* One record of what waits.  Returns how many messages are in it, or -errno. */
static int send_record(struct air_client *client)
{
	struct air_record record;
	struct msghdr msg = {.msg_iov = record.iov};

	record.count = record.bytes = 0;
	while (record.count < client->out_count &&
	       air_record_add(&record, &client->out[(client->out_at + record.count) % client->out_room].message))
		;
	msg.msg_iovlen = 2 * record.count;
	return sendmsg(client->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : (int)record.count;
}

static void on_client_ready(uv_poll_t *poll, int status, int events);

void air_client_flush(struct air_client *client)
{
	unsigned queued = medium_queue_len(client->air->medium, client->id);
	bool is_reading = client->poll_events & UV_READABLE;
	int sent = 0, events = 0;

	while (client->out_count && sent >= 0) {
		sent = send_record(client);
		for (int i = 0; i < sent; i++, client->out_count--, client->out_at++)
			frame_free(client->out[client->out_at % client->out_room].frame);
	}
	if (sent < 0 && sent != -EAGAIN && sent != -EINTR)
		client->gone = true;
	if (client->close_after_send && !client->out_count)
		client->gone = true;
	if (client->gone)
		return;
	if (client->out_count)
		events |= UV_WRITABLE;
	if (!client->close_after_send && client->out_count < OUT_PAUSE_AT &&
	    queued < (is_reading ? WAITING_HIGH : WAITING_LOW))
		events |= UV_READABLE;
	/* It is looked at again when it can be written to, or when the medium is through with one of its frames. */
	if (events == client->poll_events)
		return;
	client->air->paused_clients += (size_t) !(events & UV_READABLE) - (size_t) !(client->poll_events & UV_READABLE);
	client->poll_events = events;
	if (events)
		uv_poll_start(&client->poll, events, on_client_ready);
	else
		uv_poll_stop(&client->poll);
}

/* ---- what comes in ---- */

static void handle_hello(struct air_client *client, const struct air_message *message)
{
	struct air_daemon *air = client->air;

	if (message->magic != AIR_MAGIC || message->version != AIR_VERSION) {
		refuse_client(client, EPROTONOSUPPORT,
			      "this is version 1 of the protocol; use the same vifi at both ends");
		return;
	}
	if (!air_name_valid(message->bytes, message->len)) {
		refuse_client(client, EINVAL, "a name is made of letters, digits and signs other than blanks, * and ,");
		return;
	}
	memcpy(client->name, message->bytes, message->len);
	client->id = medium_join(air->medium);
	if (client->id)
		HASH_ADD(hh, air->radios, id, sizeof(client->id), client);
	if (!client->hh.tbl) {
		refuse_client(client, ENOMEM, "no memory for another radio");
		return;
	}
	air_daemon_apply_rules(air, client);
	send_message(client, (struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = client->id},
		     NULL);
}

static void send_reply(struct air_client *client, int ret, const char *text)
{
	if (ret)
		send_message(client, (struct air_message){.kind = AIR_ERROR, .code = (uint16_t)-ret}, text);
	else
		send_message(client, (struct air_message){.kind = AIR_DONE}, NULL);
}

static void handle_addresses(struct air_client *client, const struct air_message *message)
{
	size_t count = message->len / 6;
	int ret = medium_set_addresses(client->air->medium, client->id, (const uint8_t(*)[6])message->bytes, count);

	if (!ret) {
		if (message->len)
			memcpy(client->addr, message->bytes, message->len);
		client->addr_count = count;
	}
	send_reply(client, ret,
		   ret == -EADDRINUSE ? "another radio has one of these addresses"
				      : "a radio cannot have these addresses");
}

static void handle_send(struct air_client *client, const struct air_message *message)
{
	struct frame *frame = frame_from(message->bytes, message->len, 0, 0);
	int ret = -ENOMEM;

	if (frame) {
		frame->meta.freq_mhz = message->freq_mhz;
		ret = medium_send(client->air->medium, client->id, frame, message->rate_kbps, message->cookie,
				  air_daemon_now_ns());
	}
	if (ret && message->cookie)
		send_message(client, (struct air_message){.kind = AIR_STATUS, .cookie = message->cookie}, NULL);
}

static void handle_rule(struct air_client *client, const struct air_message *message)
{
	char text[1025];
	struct air_rule rule;
	struct error error;
	bool ok;

	memcpy(text, message->bytes, message->len);
	text[message->len] = '\0';
	ok = air_rule_parse(&rule, text, &error) && air_rules_add(&client->air->rules, &rule, &error);
	client->air->rules_changed |= ok; /* many of them in one go are looked at once, in air_daemon_process() */
	send_reply(client, ok ? 0 : -EINVAL, error.text);
}

static void handle_show(struct air_client *client)
{
	char *text = air_daemon_status(client->air), part[AIR_TEXT_MAX + 1];
	size_t left = text ? strlen(text) : 0, at = 0;

	if (!text) {
		refuse_client(client, ENOMEM, "no memory");
		return;
	}
	do {
		size_t part_len = left < AIR_TEXT_MAX ? left : AIR_TEXT_MAX;

		memcpy(part, text + at, part_len);
		part[part_len] = '\0';
		at += part_len;
		left -= part_len;
		send_message(client, (struct air_message){.kind = AIR_ANSWER, .on = left > 0}, part);
	} while (left);
	free(text);
	client->close_after_send = true;
}

static void handle_message(struct air_client *client, const struct air_message *message)
{
	struct medium *medium = client->air->medium;
	bool needs_no_hello = message->kind == AIR_HELLO || message->kind == AIR_RULE || message->kind == AIR_SHOW;

	if (needs_no_hello == (client->id != 0) && message->kind != AIR_RULE && message->kind != AIR_SHOW) {
		refuse_client(client, EPROTO, "HELLO comes first, and once");
		return;
	}
	switch (message->kind) {
	case AIR_HELLO:
		handle_hello(client, message);
		return;
	case AIR_ADDRESSES:
		handle_addresses(client, message);
		return;
	case AIR_TUNE:
		if (!medium_tune(medium, client->id, message->freq_mhz))
			client->freq_mhz = message->freq_mhz;
		return;
	case AIR_DOZE:
		medium_doze(medium, client->id, message->time_ns);
		return;
	case AIR_MONITOR:
		client->monitor = message->on;
		send_reply(client, medium_set_monitor(medium, client->id, message->on), "no memory");
		air_daemon_apply_rules(client->air, client);
		return;
	case AIR_SEND:
		handle_send(client, message);
		return;
	case AIR_RULE:
		handle_rule(client, message);
		return;
	case AIR_SHOW:
		handle_show(client);
		return;
	case AIR_WELCOME:
	case AIR_RECEIVED:
	case AIR_STATUS:
	case AIR_DONE:
	case AIR_ERROR:
	case AIR_ANSWER:
		break;
	}
	refuse_client(client, EPROTO, "only the air says that");
}

static void receive_record(struct air_client *client)
{
	uint8_t *record = client->air->record;
	ssize_t len = recv(client->fd, record, AIR_RECORD_MAX, MSG_DONTWAIT | MSG_TRUNC);
	struct air_message message;
	size_t at = 0;
	int more = 0, count = 0;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		client->gone = true;
		return;
	}
	while (len <= AIR_RECORD_MAX && count++ < AIR_BATCH_MAX && !client->close_after_send &&
	       (more = air_message_read(record, (size_t)len, &at, &message)) > 0)
		handle_message(client, &message);
	if (!client->close_after_send && (len > AIR_RECORD_MAX || more < 0 || at < (size_t)len))
		refuse_client(client, EPROTO, "this is no record of the air's protocol");
}

static void on_client_ready(uv_poll_t *poll, int status, int events)
{
	struct air_client *client = poll->data;
	struct air_daemon *air = client->air;

	if (status < 0)
		client->gone = true;
	for (int i = 0; i < RECORDS_PER_TURN && (events & UV_READABLE) && !client->gone && !client->close_after_send;
	     i++)
		receive_record(client);
	air_client_mark_dirty(client);
	air_daemon_process(air);
}

/* ---- coming and going ---- */

void air_client_new(struct air_daemon *air, int fd)
{
	struct air_client *client = air->client_count < air->client_limit ? calloc(1, sizeof *client) : NULL;

	if (!client || uv_poll_init(&air->loop, &client->poll, fd) < 0) {
		air->rejected++;
		free(client);
		close(fd);
		return;
	}
	client->poll.data = client;
	client->air = air;
	client->fd = fd;
	client->next = air->clients;
	air->clients = client;
	air->client_count++;
	air->paused_clients++; /* until it is settled */
	air_client_flush(client);
}

static void on_client_closed(uv_handle_t *handle)
{
	struct air_client *client = handle->data;

	free(client->out);
	free(client);
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
	if (client->id) {
		medium_leave(air->medium, client->id);
		if (client->hh.tbl)
			HASH_DELETE(hh, air->radios, client);
	}
	for (; client->out_count; client->out_count--, client->out_at++)
		frame_free(client->out[client->out_at % client->out_room].frame);
	uv_poll_stop(&client->poll);
	close(client->fd);
	uv_close((uv_handle_t *)&client->poll, on_client_closed);
}
