/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "daemon/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- messages ---- */

static void handle_hello(struct air_client *client, const struct air_message *message)
{
	struct air_daemon *air = client->air;

	if (message->magic != AIR_MAGIC || message->version != AIR_VERSION) {
		air_client_refuse(
			client, EPROTONOSUPPORT,
			"this medium uses version 1 of the protocol; use the same version of vifi at both ends");
		return;
	}
	if (!air_name_valid(message->bytes, message->len)) {
		air_client_refuse(client, EINVAL,
				  "invalid radio name: use printable characters except blanks, `*` and `,`");
		return;
	}
	memcpy(client->name, message->bytes, message->len);
	client->id = medium_join(air->medium);
	if (client->id)
		HASH_ADD(hh, air->radios, id, sizeof(client->id), client);
	if (!client->hh.tbl) {
		air_client_refuse(client, ENOMEM, "no memory for another radio");
		return;
	}
	air_daemon_apply_rules(air, client);
	air_client_send(client, &(struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = client->id},
			NULL);
}

static void send_reply(struct air_client *client, int ret, const char *text)
{
	if (ret)
		air_client_send(client, &(struct air_message){.kind = AIR_ERROR, .code = (uint16_t)-ret}, text);
	else
		air_client_send(client, &(struct air_message){.kind = AIR_DONE}, NULL);
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
				      : "a radio may have at most 8 addresses, all of them unicast");
}

static void handle_send(struct air_client *client, const struct air_message *message)
{
	struct frame *frame = frame_from(message->bytes, message->len, 0, 0);
	int ret = -ENOMEM;

	if (frame) {
		frame->meta.freq_mhz = message->freq_mhz;
		ret = medium_send(client->air->medium, client->id, frame, message->rate_kbps, message->cookie,
				  monotonic_ns());
	}
	if (ret && message->cookie)
		air_client_send(client, &(struct air_message){.kind = AIR_STATUS, .cookie = message->cookie}, NULL);
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
	client->air->rules_changed |= ok; /* air_daemon_process() applies all new rules at once */
	send_reply(client, ok ? 0 : -EINVAL, error.text);
}

static void handle_show(struct air_client *client)
{
	char *text = air_daemon_status(client->air), part[AIR_TEXT_MAX + 1];
	size_t left = text ? strlen(text) : 0, at = 0;

	if (!text) {
		air_client_refuse(client, ENOMEM, "no memory");
		return;
	}
	do {
		size_t part_len = left < AIR_TEXT_MAX ? left : AIR_TEXT_MAX;

		memcpy(part, text + at, part_len);
		part[part_len] = '\0';
		at += part_len;
		left -= part_len;
		air_client_send(client, &(struct air_message){.kind = AIR_ANSWER, .on = left > 0}, part);
	} while (left);
	free(text);
	client->close_after_send = true;
}

static void handle_message(struct air_client *client, const struct air_message *message)
{
	struct medium *medium = client->air->medium;
	bool is_hello = message->kind == AIR_HELLO,
	     needs_hello = message->kind != AIR_RULE && message->kind != AIR_SHOW;

	if (needs_hello && is_hello == (client->id != 0)) {
		air_client_refuse(client, EPROTO, "HELLO must be the first message, and must not be repeated");
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
	air_client_refuse(client, EPROTO, "only the medium may send this message");
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
	client->active_ns = monotonic_ns();
	while (len <= AIR_RECORD_MAX && count++ < AIR_BATCH_MAX && !client->close_after_send &&
	       (more = air_message_read(record, (size_t)len, &at, &message)) > 0)
		handle_message(client, &message);
	if (!client->close_after_send && (len > AIR_RECORD_MAX || more < 0 || at < (size_t)len))
		air_client_refuse(client, EPROTO, "malformed record");
}

static void on_client_ready(uv_poll_t *poll, int status, int events)
{
	struct air_client *client = poll->data;
	struct air_daemon *air = client->air;

	if (status < 0)
		client->gone = true;
	for (int i = 0;
	     i < AIR_RECORDS_PER_TURN && (events & UV_READABLE) && !client->gone && !client->close_after_send; i++)
		receive_record(client);
	air_client_mark_dirty(client);
	air_daemon_process(air);
}

/* ---- new clients ---- */

void air_client_new(struct air_daemon *air, int fd)
{
	struct air_client *client = NULL;
	struct ucred creds;

	if (!air_daemon_admit(air, fd, &creds))
		client = calloc(1, sizeof(*client));
	if (client)
		client->air = air;
	if (!client || air_client_charge(client, &creds) || uv_poll_init(&air->loop, &client->poll, fd) < 0) {
		if (client)
			air_client_discharge(client);
		air->rejected++;
		free(client);
		close(fd);
		return;
	}
	client->poll.data = client;
	client->on_ready = on_client_ready;
	client->fd = fd;
	client->next = air->clients;
	air->clients = client;
	air->client_count++;
	air->paused_clients++; /* air_client_flush() begins to read */
	air_client_flush(client);
}
