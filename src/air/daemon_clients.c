/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "base/drop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECORDS_AT_ONCE = 4, /* of one client, then the others have their turn */
	OUT_FRAMES = 2048,   /* received frames beyond so many messages that wait are dropped */
	OUT_PAUSE = 2048,    /* no more is read of who has so many messages waiting */
	WAITING_HIGH = MEDIUM_QUEUE - RECORDS_AT_ONCE * AIR_BATCH,
	WAITING_LOW = WAITING_HIGH / 2,
};

/* ---- what goes out ---- */

/* Takes the frame over.  Without memory for its words, the client cannot be spoken to any more. */
static void queue(struct air_client *c, struct air_out o)
{
	if (c->out_count == c->out_room) {
		size_t room = c->out_room ? 2 * c->out_room : 64;
		struct air_out *grown = calloc(room, sizeof *grown);

		if (!grown) {
			c->gone = true;
			frame_free(o.frame);
			return;
		}
		for (size_t i = 0; i < c->out_count; i++)
			grown[i] = c->out[(c->out_at + i) % c->out_room];
		free(c->out);
		c->out = grown;
		c->out_at = 0;
		c->out_room = room;
	}
	c->out[(c->out_at + c->out_count++) % c->out_room] = o;
	air_touch(c);
}

static void say(struct air_client *c, struct air_message m, const char *text)
{
	struct air_out o = {.m = m};

	if (text) {
		o.frame = frame_from(text, strlen(text), 0, 0);
		if (!o.frame)
			return;
		o.m.bytes = o.frame->data;
		o.m.len = o.frame->len;
	}
	queue(c, o);
}

/* An error behind which nothing more is understood. */
static void refuse(struct air_client *c, int code, const char *text)
{
	say(c, (struct air_message){.kind = AIR_ERROR, .code = (uint16_t)code}, text);
	c->last = true;
}

void air_client_event(struct air_client *c, struct medium_event *e)
{
	struct air_out o = {.frame = e->frame};

	if (e->kind == MEDIUM_STATUS) {
		o.m = (struct air_message){
			.kind = AIR_STATUS, .cookie = e->cookie, .on = e->acked, .tries = (uint8_t)e->tries};
		queue(c, o);
		return;
	}
	if (c->out_count >= OUT_FRAMES) {
		c->dropped++;
		frame_free(e->frame);
		return;
	}
	o.m = (struct air_message){.kind = AIR_RECEIVED,
				   .time_ns = e->frame->meta.time_ns,
				   .rate_kbps = e->frame->meta.rate_kbps,
				   .freq_mhz = e->frame->meta.freq_mhz,
				   .signal_dbm = e->frame->meta.signal_dbm,
				   .tries = (uint8_t)e->tries,
				   .bytes = e->frame->data,
				   .len = e->frame->len};
	queue(c, o);
}

/* One record of what waits.  Returns how many messages are in it, or -errno. */
static int send_record(struct air_client *c)
{
	struct air_record r;
	struct msghdr record = {.msg_iov = r.parts};

	r.count = r.bytes = 0;
	while (r.count < c->out_count && air_record_add(&r, &c->out[(c->out_at + r.count) % c->out_room].m))
		;
	record.msg_iovlen = 2 * r.count;
	return sendmsg(c->fd, &record, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : (int)r.count;
}

static void on_client(uv_poll_t *p, int status, int events);

void air_client_settle(struct air_client *c)
{
	unsigned waiting = medium_waiting(c->air->medium, c->id);
	bool reads = c->events & UV_READABLE;
	int n = 0, events = 0;

	while (c->out_count && n >= 0) {
		n = send_record(c);
		for (int i = 0; i < n; i++, c->out_count--, c->out_at++)
			frame_free(c->out[c->out_at % c->out_room].frame);
	}
	if (n < 0 && n != -EAGAIN && n != -EINTR)
		c->gone = true;
	if (c->last && !c->out_count)
		c->gone = true;
	if (c->gone)
		return;
	if (c->out_count)
		events |= UV_WRITABLE;
	if (!c->last && c->out_count < OUT_PAUSE && waiting < (reads ? WAITING_HIGH : WAITING_LOW))
		events |= UV_READABLE;
	/* It is looked at again when it can be written to, or when the medium is through with one of its frames. */
	if (events == c->events)
		return;
	c->air->paused += (size_t) !(events & UV_READABLE) - (size_t) !(c->events & UV_READABLE);
	c->events = events;
	if (events)
		uv_poll_start(&c->poll, events, on_client);
	else
		uv_poll_stop(&c->poll);
}

/* ---- what comes in ---- */

static void hello(struct air_client *c, const struct air_message *m)
{
	struct air *a = c->air;

	if (m->magic != AIR_MAGIC || m->version != AIR_VERSION) {
		refuse(c, EPROTONOSUPPORT, "this is version 1 of the protocol; use the same vifi at both ends");
		return;
	}
	if (!air_is_name(m->bytes, m->len)) {
		refuse(c, EINVAL, "a name is made of letters, digits and signs other than blanks, * and ,");
		return;
	}
	memcpy(c->name, m->bytes, m->len);
	c->id = medium_join(a->medium);
	if (!c->id || map_put(&a->by_id, c->id, c)) {
		refuse(c, ENOMEM, "no memory for another radio");
		return;
	}
	air_rules_for(a, c);
	say(c, (struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = c->id}, NULL);
}

static void answer(struct air_client *c, int r, const char *text)
{
	if (r)
		say(c, (struct air_message){.kind = AIR_ERROR, .code = (uint16_t)-r}, text);
	else
		say(c, (struct air_message){.kind = AIR_DONE}, NULL);
}

static void addresses(struct air_client *c, const struct air_message *m)
{
	size_t count = m->len / 6;
	int r = medium_addresses(c->air->medium, c->id, (const uint8_t(*)[6])m->bytes, count);

	if (!r) {
		if (m->len)
			memcpy(c->addr, m->bytes, m->len);
		c->addrs = count;
	}
	answer(c, r,
	       r == -EADDRINUSE ? "another radio has one of these addresses" : "a radio cannot have these addresses");
}

static void transmit(struct air_client *c, const struct air_message *m)
{
	struct frame *f = frame_from(m->bytes, m->len, 0, 0);
	int r = -ENOMEM;

	if (f) {
		f->meta.freq_mhz = m->freq_mhz;
		r = medium_send(c->air->medium, c->id, f, m->rate_kbps, m->cookie, air_now());
	}
	if (r && m->cookie)
		say(c, (struct air_message){.kind = AIR_STATUS, .cookie = m->cookie}, NULL);
}

static void rule(struct air_client *c, const struct air_message *m)
{
	char text[1025];
	struct air_rule one;
	struct why why;
	bool ok;

	memcpy(text, m->bytes, m->len);
	text[m->len] = '\0';
	ok = air_rule_read(&one, text, &why) && air_rules_add(&c->air->rules, &one, &why);
	c->air->rules_changed |= ok; /* many of them in one go are looked at once, in air_pump() */
	answer(c, ok ? 0 : -EINVAL, why.text);
}

static void show(struct air_client *c)
{
	char *text = air_show(c->air), part[AIR_TEXT + 1];
	size_t left = text ? strlen(text) : 0, at = 0;

	if (!text) {
		refuse(c, ENOMEM, "no memory");
		return;
	}
	do {
		size_t n = left < AIR_TEXT ? left : AIR_TEXT;

		memcpy(part, text + at, n);
		part[n] = '\0';
		at += n;
		left -= n;
		say(c, (struct air_message){.kind = AIR_ANSWER, .on = left > 0}, part);
	} while (left);
	free(text);
	c->last = true;
}

static void take(struct air_client *c, const struct air_message *m)
{
	struct medium *medium = c->air->medium;
	bool open = m->kind == AIR_HELLO || m->kind == AIR_RULE || m->kind == AIR_SHOW;

	if (open == (c->id != 0) && m->kind != AIR_RULE && m->kind != AIR_SHOW) {
		refuse(c, EPROTO, "HELLO comes first, and once");
		return;
	}
	switch (m->kind) {
	case AIR_HELLO:
		hello(c, m);
		return;
	case AIR_ADDRESSES:
		addresses(c, m);
		return;
	case AIR_TUNE:
		if (!medium_tune(medium, c->id, m->freq_mhz))
			c->freq = m->freq_mhz;
		return;
	case AIR_DOZE:
		medium_doze(medium, c->id, m->time_ns);
		return;
	case AIR_MONITOR:
		c->monitor = m->on;
		answer(c, medium_monitor(medium, c->id, m->on), "no memory");
		air_rules_for(c->air, c);
		return;
	case AIR_SEND:
		transmit(c, m);
		return;
	case AIR_RULE:
		rule(c, m);
		return;
	case AIR_SHOW:
		show(c);
		return;
	case AIR_WELCOME:
	case AIR_RECEIVED:
	case AIR_STATUS:
	case AIR_DONE:
	case AIR_ERROR:
	case AIR_ANSWER:
		break;
	}
	refuse(c, EPROTO, "only the air says that");
}

static void receive(struct air_client *c)
{
	uint8_t *record = c->air->record;
	ssize_t n = recv(c->fd, record, AIR_RECORD, MSG_DONTWAIT | MSG_TRUNC);
	struct air_message m;
	size_t at = 0;
	int more = 0, count = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->gone = true;
		return;
	}
	while (n <= AIR_RECORD && count++ < AIR_BATCH && !c->last && (more = air_read(record, (size_t)n, &at, &m)) > 0)
		take(c, &m);
	if (!c->last && (n > AIR_RECORD || more < 0 || at < (size_t)n))
		refuse(c, EPROTO, "this is no record of the air's protocol");
}

static void on_client(uv_poll_t *p, int status, int events)
{
	struct air_client *c = p->data;
	struct air *a = c->air;

	if (status < 0)
		c->gone = true;
	for (int i = 0; i < RECORDS_AT_ONCE && (events & UV_READABLE) && !c->gone && !c->last; i++)
		receive(c);
	air_touch(c);
	air_pump(a);
}

/* ---- coming and going ---- */

void air_client_new(struct air *a, int fd)
{
	struct air_client *c = a->count < a->most ? calloc(1, sizeof *c) : NULL;

	if (!c || uv_poll_init(&a->loop, &c->poll, fd) < 0) {
		a->turned_away++;
		free(c);
		close(fd);
		return;
	}
	c->poll.data = c;
	c->air = a;
	c->fd = fd;
	c->next = a->clients;
	a->clients = c;
	a->count++;
	a->paused++; /* until it is settled */
	air_client_settle(c);
}

static void freed(uv_handle_t *h)
{
	struct air_client *c = h->data;

	free(c->out);
	free(c);
}

void air_client_close(struct air_client *c)
{
	struct air *a = c->air;
	struct air_client **at = &a->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	a->count--;
	a->paused -= !(c->events & UV_READABLE);
	if (c->id) {
		medium_leave(a->medium, c->id);
		map_take(&a->by_id, c->id);
	}
	for (; c->out_count; c->out_count--, c->out_at++)
		frame_free(c->out[c->out_at % c->out_room].frame);
	uv_poll_stop(&c->poll);
	close(c->fd);
	uv_close((uv_handle_t *)&c->poll, freed);
}
