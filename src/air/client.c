/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client of `vifi air` as a radio. Frames and requests wait in one queue until the socket takes them, so that their
 * order is kept and no call blocks. Events that do not come from the socket, such as the failed status of a frame that
 * found no room, wait in `pending`.
 *
 * The loop calls the owner when the socket is readable, and by `idle` as long as events wait here.
 */
#include "air/client.h"

#include "air/message_queue.h"
#include "base/array.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { OUT_FRAMES_MAX = 1024, JOIN_TIMEOUT_MS = 5000, HEADROOM = 32, TAILROOM = 16 };

struct air_radio {
	struct radio radio; /* first member */
	struct radio_owner owner;
	int sock;
	uv_poll_t poll;
	uv_idle_t idle;
	uv_timer_t join_timer;
	unsigned handles; /* that are not closed */
	int poll_events;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	bool welcome, joined, gone, gone_reported;
	unsigned replies_due; /* of ADDRESSES and MONITOR */
	int gone_code;
	char gone_text[256];

	struct message_queue out;
	struct radio_event *pending; /* pending[pending_at … pending_count) */
	size_t pending_at, pending_count, pending_room;
	uint8_t in[AIR_RECORD_MAX];
	size_t in_at, in_len;
};

static struct air_radio *to_air_radio(const struct radio *radio)
{
	return (struct air_radio *)radio;
}

/* ---- events that wait here ---- */

/* Without memory the event is lost: its sender times out. */
static void queue_event(struct air_radio *air, const struct radio_event *event)
{
	if (!array_reserve(&air->pending, &air->pending_room, air->pending_count + 1, sizeof(*air->pending)))
		air->pending[air->pending_count++] = *event;
}

static void report_loss(struct air_radio *air, uint32_t cookie, enum drop drop)
{
	const struct radio_event status = {.kind = RADIO_TX_STATUS, .cookie = cookie};
	const struct radio_event dropped = {.kind = RADIO_DROPPED, .drop = drop};

	queue_event(air, cookie ? &status : &dropped);
}

static void on_idle(uv_idle_t *idle)
{
	struct air_radio *air = idle->data;

	air->owner.ready(air->owner.user);
}

/* Calls the owner in the next turn of the loop if events wait that the socket does not announce. */
static void update_idle(struct air_radio *air)
{
	bool waiting = air->pending_count || air->in_at < air->in_len || (air->gone && !air->gone_reported);

	if (waiting)
		uv_idle_start(&air->idle, on_idle);
	else
		uv_idle_stop(&air->idle);
}

/* ---- the connection ---- */

static void disconnect(struct air_radio *air, int code, const char *reason, size_t reason_len)
{
	if (air->gone)
		return;
	air->gone = true;
	air->gone_code = code;
	snprintf(air->gone_text, sizeof(air->gone_text), "%s the medium at %s: %.*s",
		 air->joined ? "lost" : "cannot join", air->path, (int)reason_len, reason);
	uv_poll_stop(&air->poll);
	uv_timer_stop(&air->join_timer);
	for (; air->out.count; message_queue_remove_first(&air->out)) {
		const struct air_message *message = &message_queue_at(&air->out, 0)->message;

		if (message->kind == AIR_SEND)
			report_loss(air, message->cookie, DROP_RADIO_GONE);
	}
	update_idle(air);
}

static void disconnect_error(struct air_radio *air, int code)
{
	disconnect(air, code, strerror(-code), strlen(strerror(-code)));
}

static void on_join_timeout(uv_timer_t *timer)
{
	static const char reason[] = "it does not answer";

	disconnect(timer->data, -ETIMEDOUT, reason, sizeof(reason) - 1);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Sends what the socket takes, and polls for more room if messages remain. */
static void flush_out(struct air_radio *air)
{
	int ret, events;

	if (air->gone)
		return;
	ret = message_queue_send(&air->out, air->sock);
	if (ret < 0 && ret != -EAGAIN) {
		disconnect_error(air, ret);
		return;
	}
	events = UV_READABLE | (air->out.count ? UV_WRITABLE : 0);
	if (events == air->poll_events)
		return;
	air->poll_events = events;
	uv_poll_start(&air->poll, events, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct air_radio *air = poll->data;

	if (status < 0)
		disconnect_error(air, status);
	else if (events & UV_WRITABLE)
		flush_out(air);
	air->owner.ready(air->owner.user);
}

/* ---- sending ---- */

/*
 * Queues a request. TUNE and DOZE replace one of their kind that no frame follows: only the last one would have an
 * effect, so the queue is bounded by its frames while the medium does not read.
 */
static int queue_request(struct air_radio *air, const struct air_message *message, const void *bytes, size_t len)
{
	bool is_replaceable = message->kind == AIR_TUNE || message->kind == AIR_DOZE;
	struct frame *frame;

	if (air->gone)
		return -ENETDOWN;
	for (size_t i = air->out.count; is_replaceable && i; i--) {
		struct air_message *earlier = &message_queue_at(&air->out, i - 1)->message;

		if (earlier->kind == AIR_SEND)
			break;
		if (earlier->kind == message->kind) {
			*earlier = *message;
			return 0;
		}
	}
	frame = len ? frame_from(bytes, len, 0, 0) : NULL;
	if ((len && !frame) || message_queue_add(&air->out, message, frame))
		return -ENOMEM;
	flush_out(air);
	return 0;
}

/* Queues a frame. Returns the reason of a loss. */
static enum drop queue_frame(struct air_radio *air, const struct radio_tx *tx)
{
	const struct air_message message = {.kind = AIR_SEND, .cookie = tx->cookie, .freq_mhz = tx->freq_mhz};
	enum drop drop = NOT_DROPPED;

	if (air->out.frames == OUT_FRAMES_MAX)
		flush_out(air);
	if (air->gone)
		drop = DROP_RADIO_GONE;
	else if (!tx->frame->len)
		drop = DROP_TRUNCATED;
	else if (tx->frame->len > AIR_FRAME_MAX)
		drop = DROP_MTU;
	else if (air->out.frames == OUT_FRAMES_MAX)
		drop = DROP_RADIO_QUEUE;
	else if (!message_queue_add(&air->out, &message, tx->frame))
		return NOT_DROPPED;
	else
		return DROP_NO_MEMORY; /* and the frame is freed */
	frame_free(tx->frame);
	return drop;
}

static int air_radio_send(struct radio *radio, struct radio_tx *tx, size_t count)
{
	struct air_radio *air = to_air_radio(radio);
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		enum drop drop = queue_frame(air, &tx[i]);

		if (!drop)
			continue;
		report_loss(air, tx[i].cookie, drop);
		result = -ENOBUFS;
	}
	flush_out(air);
	update_idle(air);
	return air->gone ? -ENETDOWN : result;
}

static size_t air_radio_room(const struct radio *radio)
{
	return OUT_FRAMES_MAX - to_air_radio(radio)->out.frames;
}

static int air_radio_tune(struct radio *radio, uint16_t freq_mhz)
{
	const struct air_message message = {.kind = AIR_TUNE, .freq_mhz = freq_mhz};

	return queue_request(to_air_radio(radio), &message, NULL, 0);
}

static int air_radio_doze(struct radio *radio, uint64_t until_ns)
{
	const struct air_message message = {.kind = AIR_DOZE, .time_ns = until_ns};

	return queue_request(to_air_radio(radio), &message, NULL, 0);
}

/* Queues a request that DONE or ERROR answers. */
static int queue_answered(struct air_radio *air, const struct air_message *message, const void *bytes, size_t len)
{
	int ret = queue_request(air, message, bytes, len);

	air->replies_due += !ret;
	return ret;
}

static int air_radio_addresses(struct radio *radio, const uint8_t (*addr)[6], size_t count)
{
	const struct air_message message = {.kind = AIR_ADDRESSES};

	if (count > AIR_ADDRESSES_MAX)
		return -EINVAL;
	return queue_answered(to_air_radio(radio), &message, addr, 6 * count);
}

static int air_radio_monitor(struct radio *radio, bool on)
{
	const struct air_message message = {.kind = AIR_MONITOR, .on = on};

	return queue_answered(to_air_radio(radio), &message, NULL, 0);
}

/* ---- receiving ---- */

/* Reads the next record. Returns false if there is none. */
static bool read_record(struct air_radio *air)
{
	ssize_t len;

	if (air->gone)
		return false;
	do
		len = recv(air->sock, air->in, sizeof(air->in), MSG_DONTWAIT);
	while (len < 0 && errno == EINTR);
	if (len < 0 && errno == EAGAIN)
		return false;
	if (len <= 0) {
		disconnect_error(air, len < 0 ? -errno : -ECONNRESET);
		return false;
	}
	air->in_at = 0;
	air->in_len = (size_t)len;
	return true;
}

/* Reads the next message of the record. Returns false at its end. */
static bool next_message(struct air_radio *air, struct air_message *message)
{
	int more = air_message_read(air->in, air->in_len, &air->in_at, message);

	if (more > 0)
		return true;
	air->in_at = air->in_len = 0;
	if (more < 0)
		disconnect_error(air, -EPROTO);
	return false;
}

static void to_received(const struct air_message *message, struct radio_event *event)
{
	event->frame = frame_from(message->bytes, message->len, HEADROOM, TAILROOM);
	if (!event->frame) {
		*event = (struct radio_event){.kind = RADIO_DROPPED, .drop = DROP_NO_MEMORY};
		return;
	}
	event->kind = RADIO_RECEIVED;
	event->tries = message->tries;
	event->frame->meta = (struct frame_meta){.time_ns = message->time_ns,
						 .freq_mhz = message->freq_mhz,
						 .signal_dbm = message->signal_dbm,
						 .rate_kbps = message->rate_kbps};
}

/* A request is answered. Returns whether the radio has joined by that. */
static bool handle_answer(struct air_radio *air, const struct air_message *message)
{
	if (message->kind == AIR_WELCOME)
		air->welcome = true;
	else if (air->replies_due)
		air->replies_due--;
	if (air->joined || !air->welcome || air->replies_due)
		return false;
	air->joined = true;
	uv_timer_stop(&air->join_timer);
	return true;
}

/* Handles a message. Returns whether it makes an event for the owner. */
static bool handle_message(struct air_radio *air, const struct air_message *message, struct radio_event *event)
{
	*event = (struct radio_event){0};
	switch (message->kind) {
	case AIR_RECEIVED:
		to_received(message, event);
		return true;
	case AIR_STATUS:
		*event = (struct radio_event){.kind = RADIO_TX_STATUS,
					      .cookie = message->cookie,
					      .acked = message->on,
					      .tries = message->tries};
		return true;
	case AIR_WELCOME:
	case AIR_DONE:
		event->kind = RADIO_JOINED;
		return handle_answer(air, message);
	case AIR_ERROR:
		if (message->len)
			disconnect(air, -message->code, (const char *)message->bytes, message->len);
		else
			disconnect_error(air, -message->code);
		return false;
	case AIR_HELLO:
	case AIR_ADDRESSES:
	case AIR_TUNE:
	case AIR_DOZE:
	case AIR_MONITOR:
	case AIR_SEND:
	case AIR_RULE:
	case AIR_SHOW:
	case AIR_ANSWER:
		break;
	}
	disconnect_error(air, -EPROTO);
	return false;
}

static int take_pending(struct air_radio *air, struct radio_event *events)
{
	int count = 0;

	while (count < RADIO_BATCH && air->pending_at < air->pending_count)
		events[count++] = air->pending[air->pending_at++];
	if (air->pending_at == air->pending_count)
		air->pending_at = air->pending_count = 0;
	return count;
}

static int air_radio_receive(struct radio *radio, struct radio_event *events)
{
	struct air_radio *air = to_air_radio(radio);
	struct air_message message;
	int count = take_pending(air, events);

	while (count < RADIO_BATCH && !air->gone && (air->in_at < air->in_len || read_record(air)))
		while (count < RADIO_BATCH && !air->gone && next_message(air, &message))
			count += handle_message(air, &message, &events[count]);
	if (air->gone)
		air->in_at = air->in_len = 0;
	if (count < RADIO_BATCH && air->gone && !air->gone_reported && !air->pending_count) {
		events[count++] =
			(struct radio_event){.kind = RADIO_GONE, .code = air->gone_code, .text = air->gone_text};
		air->gone_reported = true;
	}
	update_idle(air);
	return count;
}

/* ---- beginning and end ---- */

static void on_closed(uv_handle_t *handle)
{
	struct air_radio *air = handle->data;

	if (--air->handles == 0)
		free(air);
}

static void air_radio_wait(struct radio *radio, int timeout_ms)
{
	struct air_radio *air = to_air_radio(radio);
	struct pollfd fd = {.fd = air->sock, .events = (short)(POLLIN | (air->out.count ? POLLOUT : 0))};

	if (air->gone || air->pending_count || air->in_at < air->in_len)
		return;
	if (poll(&fd, 1, timeout_ms) > 0 && fd.revents & POLLOUT)
		flush_out(air);
}

static void air_radio_close(struct radio *radio)
{
	struct air_radio *air = to_air_radio(radio);

	uv_close((uv_handle_t *)&air->poll, on_closed);
	uv_close((uv_handle_t *)&air->idle, on_closed);
	uv_close((uv_handle_t *)&air->join_timer, on_closed);
	close(air->sock);
	message_queue_free(&air->out);
	free(air->pending);
	air->pending = NULL;
}

static const struct radio_ops air_radio_ops = {
	.tune = air_radio_tune,
	.addresses = air_radio_addresses,
	.doze = air_radio_doze,
	.monitor = air_radio_monitor,
	.send = air_radio_send,
	.room = air_radio_room,
	.wait = air_radio_wait,
	.receive = air_radio_receive,
	.close = air_radio_close,
};

struct radio *air_radio_open(uv_loop_t *loop, const char *path, const char *name, struct radio_owner owner,
			     struct error *error)
{
	const struct air_message hello = {.kind = AIR_HELLO, .magic = AIR_MAGIC, .version = AIR_VERSION};
	struct air_radio *air;
	int ret;

	if (!air_name_valid((const uint8_t *)name, strlen(name))) {
		error_set(error, -EINVAL,
			  "invalid radio name `%.60s`: use 1 to %d printable characters except blanks, `*` and `,`",
			  name, AIR_NAME_MAX);
		return NULL;
	}
	air = calloc(1, sizeof(*air));
	if (!air) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	air->radio.ops = &air_radio_ops;
	air->owner = owner;
	air->sock = air_connect(path, error);
	ret = air->sock < 0 ? air->sock : uv_poll_init(loop, &air->poll, air->sock);
	if (ret < 0) {
		if (air->sock >= 0) {
			error_set(error, ret, "cannot join the medium at %s: %s", path, strerror(-ret));
			close(air->sock);
		}
		free(air);
		return NULL;
	}
	uv_idle_init(loop, &air->idle);
	uv_timer_init(loop, &air->join_timer);
	air->poll.data = air->idle.data = air->join_timer.data = air;
	air->handles = 3;
	strcpy(air->path, path);
	uv_update_time(loop);
	uv_timer_start(&air->join_timer, on_join_timeout, JOIN_TIMEOUT_MS, 0);
	if (!queue_request(air, &hello, name, strlen(name)))
		return &air->radio;
	error_set(error, -ENOMEM, "no memory");
	air_radio_close(&air->radio);
	return NULL;
}
