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

enum { OUT = 1024, EARLY = 4096, ANSWER_MS = 5000, HEADROOM = 32, TAILROOM = 16 };

struct air {
	struct radio radio;
	int sock, event;
	bool gone, told, armed, writing;
	struct radio_tx out[OUT]; /* a ring */
	size_t out_at, out_count;
	struct radio_event early[EARLY]; /* a ring */
	size_t early_at, early_count;
	uint8_t in[AIR_RECORD];
	size_t in_at, in_len;
};

static struct air *air_of(const struct radio *r)
{
	return (struct air *)r; /* it is the first member */
}

static void close_air(struct radio *r)
{
	struct air *a = air_of(r);

	for (; a->out_count; a->out_count--)
		frame_free(a->out[a->out_at++ % OUT].frame);
	for (; a->early_count; a->early_count--)
		frame_free(a->early[a->early_at++ % EARLY].frame);
	if (a->sock >= 0)
		close(a->sock);
	if (a->event >= 0)
		close(a->event);
	if (r->fd >= 0)
		close(r->fd);
	free(a);
}

/* ---- events that wait here ---- */

static void set_aside(struct air *a, struct radio_event e)
{
	if (a->early_count == EARLY)
		frame_free(e.frame);
	else
		a->early[(a->early_at + a->early_count++) % EARLY] = e;
}

/* Makes `fd` readable as long as receive() has something that the socket does not know of. */
static void arm(struct air *a)
{
	bool wanted = a->early_count || a->in_at < a->in_len || (a->gone && !a->told);
	uint64_t one = 1;

	if (wanted == a->armed)
		return;
	a->armed = wanted;
	if (wanted ? write(a->event, &one, sizeof one) : read(a->event, &one, sizeof one)) {
		/* An eventfd takes and gives eight bytes; there is nothing to be done if not. */
	}
}

static void lose(struct air *a)
{
	a->gone = true;
	epoll_ctl(a->radio.fd, EPOLL_CTL_DEL, a->sock, NULL);
}

static void want_writable(struct air *a, bool on)
{
	struct epoll_event e = {.events = EPOLLIN | (on ? EPOLLOUT : 0)};

	if (a->writing == on || a->gone)
		return;
	a->writing = on;
	epoll_ctl(a->radio.fd, EPOLL_CTL_MOD, a->sock, &e);
}

/* ---- sending ---- */

/* 0 or -errno. */
static int send_one(struct air *a, const struct air_message *m)
{
	uint8_t head[AIR_HEAD_MAX];
	size_t len = air_write(head, m);
	struct iovec parts[] = {{head, len}, {(void *)m->bytes, m->len}};
	struct msghdr record = {.msg_iov = parts, .msg_iovlen = 2};
	struct pollfd ready = {.fd = a->sock, .events = POLLOUT};

	if (!len)
		return -EINVAL;
	if (a->gone)
		return -ENETDOWN;
	/* These are rare, and what they say holds for the frames that follow: the frames before go first. */
	while (sendmsg(a->sock, &record, MSG_NOSIGNAL) < 0)
		if ((errno != EAGAIN && errno != EINTR) || poll(&ready, 1, ANSWER_MS) == 0) {
			lose(a);
			arm(a);
			return -ENETDOWN;
		}
	return 0;
}

static void status_lost(struct air *a, uint32_t cookie)
{
	if (cookie)
		set_aside(a, (struct radio_event){.kind = RADIO_STATUS, .cookie = cookie});
}

/* One record from what waits.  Returns how many frames are in it, or -errno. */
static int send_record(struct air *a)
{
	struct air_record r;
	struct msghdr record = {.msg_iov = r.parts};

	r.count = r.bytes = 0;
	while (r.count < a->out_count) {
		struct radio_tx *tx = &a->out[(a->out_at + r.count) % OUT];
		struct air_message m = {.kind = AIR_SEND,
					.cookie = tx->cookie,
					.freq_mhz = tx->freq_mhz,
					.bytes = tx->frame->data,
					.len = tx->frame->len};

		if (!air_record_add(&r, &m))
			break;
	}
	record.msg_iovlen = 2 * r.count;
	return sendmsg(a->sock, &record, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : (int)r.count;
}

static void flush(struct air *a)
{
	while (a->out_count && !a->gone) {
		int n = send_record(a);

		if (n == -EAGAIN)
			break;
		if (n == -EINTR)
			continue;
		if (n < 0) {
			lose(a);
			break;
		}
		for (; n > 0; n--, a->out_count--)
			frame_free(a->out[a->out_at++ % OUT].frame);
	}
	want_writable(a, a->out_count > 0);
	arm(a);
}

static int send_air(struct radio *r, struct radio_tx *tx, size_t count)
{
	struct air *a = air_of(r);
	int result = a->gone ? -ENETDOWN : 0;

	for (size_t i = 0; i < count; i++) {
		if (a->out_count == OUT)
			flush(a);
		if (!a->gone && a->out_count < OUT && tx[i].frame->len && tx[i].frame->len <= AIR_FRAME) {
			a->out[(a->out_at + a->out_count++) % OUT] = tx[i];
			continue;
		}
		result = a->gone ? -ENETDOWN : -ENOBUFS;
		status_lost(a, tx[i].cookie);
		frame_free(tx[i].frame);
	}
	flush(a);
	return result;
}

static size_t room_air(const struct radio *r)
{
	return OUT - air_of(r)->out_count;
}

/* ---- receiving ---- */

/* Reads the next record.  1; 0: there is none now, or no air any more. */
static int next_record(struct air *a)
{
	ssize_t n;

	if (a->gone)
		return 0;
	do
		n = recv(a->sock, a->in, sizeof a->in, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		lose(a);
		return 0;
	}
	a->in_at = 0;
	a->in_len = (size_t)n;
	return 1;
}

/* The next message of the record at hand: as air_read(). */
static int next_message(struct air *a, struct air_message *m)
{
	int more = air_read(a->in, a->in_len, &a->in_at, m);

	if (more <= 0)
		a->in_at = a->in_len = 0;
	if (more < 0)
		lose(a);
	return more;
}

/* Is it something for the caller? */
static bool event_of(const struct air_message *m, struct radio_event *e)
{
	if (m->kind == AIR_STATUS) {
		*e = (struct radio_event){.kind = RADIO_STATUS, .cookie = m->cookie, .acked = m->on, .tries = m->tries};
		return true;
	}
	*e = (struct radio_event){.kind = RADIO_RECEIVED, .tries = m->tries};
	if (m->kind != AIR_RECEIVED)
		return false;
	e->frame = frame_from(m->bytes, m->len, HEADROOM, TAILROOM);
	if (!e->frame)
		return false;
	e->frame->meta = (struct frame_meta){
		.time_ns = m->time_ns, .freq_mhz = m->freq_mhz, .signal_dbm = m->signal_dbm, .rate_kbps = m->rate_kbps};
	return true;
}

static int receive_air(struct radio *r, struct radio_event *events)
{
	struct air *a = air_of(r);
	struct air_message m;
	int n = 0;

	if (a->out_count)
		flush(a);
	for (; n < RADIO_BATCH && a->early_count; a->early_count--)
		events[n++] = a->early[a->early_at++ % EARLY];
	while (n < RADIO_BATCH && (a->in_at < a->in_len || next_record(a)))
		while (n < RADIO_BATCH && next_message(a, &m) > 0)
			n += event_of(&m, &events[n]);
	if (n < RADIO_BATCH && a->gone && !a->told) {
		events[n++] = (struct radio_event){.kind = RADIO_GONE};
		a->told = true;
	}
	arm(a);
	return n;
}

/* Looks for an answer in what has come; what else is there is set aside.  Returns 1 when it is there, 0 or -errno. */
static int find_answer(struct air *a, enum air_kind kind, struct air_message *m)
{
	struct radio_event e;

	while (next_message(a, m) > 0) {
		if (m->kind == AIR_ERROR)
			return m->code ? -m->code : -EPROTO;
		if (m->kind == kind)
			return 1;
		if (event_of(m, &e))
			set_aside(a, e);
	}
	return 0;
}

/* Waits for the answer to what was asked last.  0 or -errno. */
static int await(struct air *a, enum air_kind kind, struct air_message *m)
{
	struct pollfd ready = {.fd = a->sock, .events = POLLIN};

	for (;;) {
		while (a->in_at < a->in_len || next_record(a)) {
			int r = find_answer(a, kind, m);

			if (r)
				return r < 0 ? r : 0;
		}
		if (a->gone)
			return -ENETDOWN;
		if (poll(&ready, 1, ANSWER_MS) == 0)
			return -ETIMEDOUT;
	}
}

static int ask(struct air *a, const struct air_message *m, enum air_kind answer, struct air_message *got)
{
	int r;

	flush(a);
	r = send_one(a, m);
	if (!r)
		r = await(a, answer, got);
	arm(a);
	return r;
}

static int tune_air(struct radio *r, uint16_t freq_mhz)
{
	flush(air_of(r));
	return send_one(air_of(r), &(struct air_message){.kind = AIR_TUNE, .freq_mhz = freq_mhz});
}

static int doze_air(struct radio *r, uint64_t until_ns)
{
	flush(air_of(r));
	return send_one(air_of(r), &(struct air_message){.kind = AIR_DOZE, .time_ns = until_ns});
}

static int addresses_air(struct radio *r, const uint8_t (*addr)[6], size_t count)
{
	struct air_message m;

	return ask(air_of(r), &(struct air_message){.kind = AIR_ADDRESSES, .bytes = addr[0], .len = 6 * count},
		   AIR_DONE, &m);
}

static int monitor_air(struct radio *r, bool on)
{
	struct air_message m;

	return ask(air_of(r), &(struct air_message){.kind = AIR_MONITOR, .on = on}, AIR_DONE, &m);
}

static const struct radio_ops air_ops = {
	.tune = tune_air,
	.addresses = addresses_air,
	.doze = doze_air,
	.monitor = monitor_air,
	.send = send_air,
	.room = room_air,
	.receive = receive_air,
	.close = close_air,
};

/* ---- joining ---- */

static bool watch(struct air *a)
{
	struct epoll_event in = {.events = EPOLLIN};

	a->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	a->radio.fd = epoll_create1(EPOLL_CLOEXEC);
	return a->event >= 0 && a->radio.fd >= 0 && !epoll_ctl(a->radio.fd, EPOLL_CTL_ADD, a->sock, &in) &&
	       !epoll_ctl(a->radio.fd, EPOLL_CTL_ADD, a->event, &in);
}

struct radio *radio_air(const char *path, const char *name, struct why *why)
{
	struct air_message m = {0}, hello = {.kind = AIR_HELLO, .magic = AIR_MAGIC, .version = AIR_VERSION};
	struct air *a = calloc(1, sizeof *a);
	int r;

	if (!a) {
		why_set(why, -ENOMEM, "no memory");
		return NULL;
	}
	hello.bytes = (const uint8_t *)name;
	hello.len = strlen(name);
	a->radio = (struct radio){&air_ops, -1};
	a->event = -1;
	a->sock = air_reach(path, why);
	if (a->sock < 0)
		goto fail;
	if (!watch(a)) {
		why_set(why, -errno, "%s: %s", path, strerror(errno));
		goto fail;
	}
	r = ask(a, &hello, AIR_WELCOME, &m);
	if (!r)
		return &a->radio;
	if (r == -EINVAL)
		why_set(why, r, "`%.60s` is no name for a radio: it has 1 to %d characters", name, AIR_NAME);
	else if (m.kind == AIR_ERROR && m.len)
		why_set(why, r, "%s: the air does not let us join: %.*s", path, (int)m.len, (const char *)m.bytes);
	else
		why_set(why, r, "%s: the air does not let us join: %s", path, strerror(-r));
fail:
	close_air(&a->radio);
	return NULL;
}
