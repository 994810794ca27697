/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client of `vifi air`.  What it wants to send waits in `out` until the socket takes it; what came while it waited
 * for an answer, and the fate of frames that found no room, waits in `early`.  `fd` is an epoll descriptor over the
 * socket (for writing, too, while something waits) and over an eventfd, which is readable as long as events wait here.
 */
#include "air/client.h"
#include "air/medium/protocol.h"
#include "radio/radio.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUT_MAX = 1024, PENDING_MAX = 4096, REPLY_TIMEOUT_MS = 5000, HEADROOM = 32, TAILROOM = 16 };

struct air_radio {
	struct radio radio;
	int sock, event_fd;
	bool gone, gone_reported, event_set, polls_write;
	struct radio_tx out[OUT_MAX]; /* a ring */
	size_t out_at, out_count;
	struct radio_event pending[PENDING_MAX]; /* a ring */
	size_t pending_at, pending_count;
	uint8_t in[AIR_RECORD_MAX];
	size_t in_at, in_len;
};

static struct air_radio *to_air_radio(const struct radio *radio)
{
	return (struct air_radio *)radio; /* it is the first member */
}

static void air_radio_close(struct radio *radio)
{
	struct air_radio *air = to_air_radio(radio);

	for (; air->out_count; air->out_count--)
		frame_free(air->out[air->out_at++ % OUT_MAX].frame);
	for (; air->pending_count; air->pending_count--)
		frame_free(air->pending[air->pending_at++ % PENDING_MAX].frame);
	if (air->sock >= 0)
		close(air->sock);
	if (air->event_fd >= 0)
		close(air->event_fd);
	if (radio->fd >= 0)
		close(radio->fd);
	free(air);
}

/* ---- events that wait here ---- */

static void queue_event(struct air_radio *air, struct radio_event event)
{
	if (air->pending_count == PENDING_MAX)
		frame_free(event.frame);
	else
		air->pending[(air->pending_at + air->pending_count++) % PENDING_MAX] = event;
}

/* Makes `fd` readable as long as receive() has something that the socket does not know of. */
static void update_event_fd(struct air_radio *air)
{
	bool pending = air->pending_count || air->in_at < air->in_len || (air->gone && !air->gone_reported);
	uint64_t one = 1;

	if (pending == air->event_set)
		return;
	air->event_set = pending;
	if (pending ? write(air->event_fd, &one, sizeof one) : read(air->event_fd, &one, sizeof one)) {
		/* An eventfd takes and gives eight bytes; there is nothing to be done if not. */
	}
}

static void disconnect(struct air_radio *air)
{
	air->gone = true;
	epoll_ctl(air->radio.fd, EPOLL_CTL_DEL, air->sock, NULL);
}

static void poll_for_write(struct air_radio *air, bool on)
{
	struct epoll_event event = {.events = EPOLLIN | (on ? EPOLLOUT : 0)};

	if (air->polls_write == on || air->gone)
		return;
	air->polls_write = on;
	epoll_ctl(air->radio.fd, EPOLL_CTL_MOD, air->sock, &event);
}

/* ---- sending ---- */

/* 0 or -errno. */
static int send_message(struct air_radio *air, const struct air_message *message)
{
	uint8_t head[AIR_HEADER_MAX];
	size_t len = air_message_write(head, message);
	struct iovec parts[] = {{head, len}, {(void *)message->bytes, message->len}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
	struct pollfd ready = {.fd = air->sock, .events = POLLOUT};

	if (!len)
		return -EINVAL;
	if (air->gone)
		return -ENETDOWN;
	/* These are rare, and what they say holds for the frames that follow: the frames before go first. */
	while (sendmsg(air->sock, &msg, MSG_NOSIGNAL) < 0)
		if ((errno != EAGAIN && errno != EINTR) || poll(&ready, 1, REPLY_TIMEOUT_MS) == 0) {
			disconnect(air);
			update_event_fd(air);
			return -ENETDOWN;
		}
	return 0;
}

static void report_tx_failure(struct air_radio *air, uint32_t cookie)
{
	if (cookie)
		queue_event(air, (struct radio_event){.kind = RADIO_TX_STATUS, .cookie = cookie});
}

/* One record from what waits.  Returns how many frames are in it, or -errno. */
static int send_tx_record(struct air_radio *air)
{
	struct air_record record;
	struct msghdr msg = {.msg_iov = record.iov};

	record.count = record.bytes = 0;
	while (record.count < air->out_count) {
		struct radio_tx *tx = &air->out[(air->out_at + record.count) % OUT_MAX];
		struct air_message message = {.kind = AIR_SEND,
					      .cookie = tx->cookie,
					      .freq_mhz = tx->freq_mhz,
					      .bytes = tx->frame->data,
					      .len = tx->frame->len};

		if (!air_record_add(&record, &message))
			break;
	}
	msg.msg_iovlen = 2 * record.count;
	return sendmsg(air->sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : (int)record.count;
}

static void flush_out(struct air_radio *air)
{
	while (air->out_count && !air->gone) {
		int count = send_tx_record(air);

		if (count == -EAGAIN)
			break;
		if (count == -EINTR)
			continue;
		if (count < 0) {
			disconnect(air);
			break;
		}
		for (; count > 0; count--, air->out_count--)
			frame_free(air->out[air->out_at++ % OUT_MAX].frame);
	}
	poll_for_write(air, air->out_count > 0);
	update_event_fd(air);
}

static int air_radio_send(struct radio *radio, struct radio_tx *tx, size_t count)
{
	struct air_radio *air = to_air_radio(radio);
	int result = air->gone ? -ENETDOWN : 0;

	for (size_t i = 0; i < count; i++) {
		if (air->out_count == OUT_MAX)
			flush_out(air);
		if (!air->gone && air->out_count < OUT_MAX && tx[i].frame->len && tx[i].frame->len <= AIR_FRAME_MAX) {
			air->out[(air->out_at + air->out_count++) % OUT_MAX] = tx[i];
			continue;
		}
		result = air->gone ? -ENETDOWN : -ENOBUFS;
		report_tx_failure(air, tx[i].cookie);
		frame_free(tx[i].frame);
	}
	flush_out(air);
	return result;
}

static size_t air_radio_room(const struct radio *radio)
{
	return OUT_MAX - to_air_radio(radio)->out_count;
}

/* ---- receiving ---- */

/* Reads the next record.  1; 0: there is none now, or no air any more. */
static int read_record(struct air_radio *air)
{
	ssize_t len;

	if (air->gone)
		return 0;
	do
		len = recv(air->sock, air->in, sizeof air->in, MSG_DONTWAIT);
	while (len < 0 && errno == EINTR);
	if (len < 0 && errno == EAGAIN)
		return 0;
	if (len <= 0) {
		disconnect(air);
		return 0;
	}
	air->in_at = 0;
	air->in_len = (size_t)len;
	return 1;
}

/* The next message of the record at hand: as air_message_read(). */
static int next_message(struct air_radio *air, struct air_message *message)
{
	int more = air_message_read(air->in, air->in_len, &air->in_at, message);

	if (more <= 0)
		air->in_at = air->in_len = 0;
	if (more < 0)
		disconnect(air);
	return more;
}

/* Is it something for the caller? */
static bool to_radio_event(const struct air_message *message, struct radio_event *event)
{
	if (message->kind == AIR_STATUS) {
		*event = (struct radio_event){.kind = RADIO_TX_STATUS,
					      .cookie = message->cookie,
					      .acked = message->on,
					      .tries = message->tries};
		return true;
	}
	*event = (struct radio_event){.kind = RADIO_RECEIVED, .tries = message->tries};
	if (message->kind != AIR_RECEIVED)
		return false;
	event->frame = frame_from(message->bytes, message->len, HEADROOM, TAILROOM);
	if (!event->frame)
		return false;
	event->frame->meta = (struct frame_meta){.time_ns = message->time_ns,
						 .freq_mhz = message->freq_mhz,
						 .signal_dbm = message->signal_dbm,
						 .rate_kbps = message->rate_kbps};
	return true;
}

static int air_radio_receive(struct radio *radio, struct radio_event *events)
{
	struct air_radio *air = to_air_radio(radio);
	struct air_message message;
	int count = 0;

	if (air->out_count)
		flush_out(air);
	for (; count < RADIO_BATCH && air->pending_count; air->pending_count--)
		events[count++] = air->pending[air->pending_at++ % PENDING_MAX];
	while (count < RADIO_BATCH && (air->in_at < air->in_len || read_record(air)))
		while (count < RADIO_BATCH && next_message(air, &message) > 0)
			count += to_radio_event(&message, &events[count]);
	if (count < RADIO_BATCH && air->gone && !air->gone_reported) {
		events[count++] = (struct radio_event){.kind = RADIO_GONE};
		air->gone_reported = true;
	}
	update_event_fd(air);
	return count;
}

/* Looks for an answer in what has come; what else is there is set aside.  Returns 1 when it is there, 0 or -errno. */
static int find_reply(struct air_radio *air, enum air_message_kind kind, struct air_message *message)
{
	struct radio_event event;

	while (next_message(air, message) > 0) {
		if (message->kind == AIR_ERROR)
			return message->code ? -message->code : -EPROTO;
		if (message->kind == kind)
			return 1;
		if (to_radio_event(message, &event))
			queue_event(air, event);
	}
	return 0;
}

/* Waits for the answer to what was asked last.  0 or -errno. */
static int await_reply(struct air_radio *air, enum air_message_kind kind, struct air_message *message)
{
	struct pollfd ready = {.fd = air->sock, .events = POLLIN};

	for (;;) {
		while (air->in_at < air->in_len || read_record(air)) {
			int ret = find_reply(air, kind, message);

			if (ret)
				return ret < 0 ? ret : 0;
		}
		if (air->gone)
			return -ENETDOWN;
		if (poll(&ready, 1, REPLY_TIMEOUT_MS) == 0)
			return -ETIMEDOUT;
	}
}

static int request(struct air_radio *air, const struct air_message *message, enum air_message_kind reply_kind,
		   struct air_message *reply)
{
	int ret;

	flush_out(air);
	ret = send_message(air, message);
	if (!ret)
		ret = await_reply(air, reply_kind, reply);
	update_event_fd(air);
	return ret;
}

static int air_radio_tune(struct radio *radio, uint16_t freq_mhz)
{
	flush_out(to_air_radio(radio));
	return send_message(to_air_radio(radio), &(struct air_message){.kind = AIR_TUNE, .freq_mhz = freq_mhz});
}

static int air_radio_doze(struct radio *radio, uint64_t until_ns)
{
	flush_out(to_air_radio(radio));
	return send_message(to_air_radio(radio), &(struct air_message){.kind = AIR_DOZE, .time_ns = until_ns});
}

static int air_radio_addresses(struct radio *radio, const uint8_t (*addr)[6], size_t count)
{
	struct air_message message;

	return request(to_air_radio(radio),
		       &(struct air_message){.kind = AIR_ADDRESSES, .bytes = addr[0], .len = 6 * count}, AIR_DONE,
		       &message);
}

static int air_radio_monitor(struct radio *radio, bool on)
{
	struct air_message message;

	return request(to_air_radio(radio), &(struct air_message){.kind = AIR_MONITOR, .on = on}, AIR_DONE, &message);
}

static const struct radio_ops air_radio_ops = {
	.tune = air_radio_tune,
	.addresses = air_radio_addresses,
	.doze = air_radio_doze,
	.monitor = air_radio_monitor,
	.send = air_radio_send,
	.room = air_radio_room,
	.receive = air_radio_receive,
	.close = air_radio_close,
};

/* ---- joining ---- */

static bool open_poll_fd(struct air_radio *air)
{
	struct epoll_event event = {.events = EPOLLIN};

	air->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	air->radio.fd = epoll_create1(EPOLL_CLOEXEC);
	return air->event_fd >= 0 && air->radio.fd >= 0 &&
	       !epoll_ctl(air->radio.fd, EPOLL_CTL_ADD, air->sock, &event) &&
	       !epoll_ctl(air->radio.fd, EPOLL_CTL_ADD, air->event_fd, &event);
}

struct radio *radio_open_air(const char *path, const char *name, struct error *error)
{
	struct air_message message = {0}, hello = {.kind = AIR_HELLO, .magic = AIR_MAGIC, .version = AIR_VERSION};
	struct air_radio *air = calloc(1, sizeof *air);
	int ret;

	if (!air) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	hello.bytes = (const uint8_t *)name;
	hello.len = strlen(name);
	air->radio = (struct radio){&air_radio_ops, -1};
	air->event_fd = -1;
	air->sock = air_connect(path, error);
	if (air->sock < 0)
		goto fail;
	if (!open_poll_fd(air)) {
		error_set(error, -errno, "%s: %s", path, strerror(errno));
		goto fail;
	}
	ret = request(air, &hello, AIR_WELCOME, &message);
	if (!ret)
		return &air->radio;
	if (ret == -EINVAL)
		error_set(error, ret, "`%.60s` is no name for a radio: it has 1 to %d characters", name, AIR_NAME_MAX);
	else if (message.kind == AIR_ERROR && message.len)
		error_set(error, ret, "%s: the air does not let us join: %.*s", path, (int)message.len,
			  (const char *)message.bytes);
	else
		error_set(error, ret, "%s: the air does not let us join: %s", path, strerror(-ret));
fail:
	air_radio_close(&air->radio);
	return NULL;
}
