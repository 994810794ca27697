/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/decrypt.h"

#include "crypto/icv.h"
#include "wire/ieee80211.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 256, TYPICAL = 2400, COMMENT = 320, ROOM = 16, LINKS = 5, IN_A_ROW = 1000 };

_Static_assert(AT_ONCE % OBSERVER_BATCH == 0, "a turn is whole batches");

/* One frame of the file. */
struct slot {
	struct captured in;
	struct radio_header radio;
	size_t len;         /* of the frame alone, without FCS */
	ssize_t observed;   /* which one of `seen`; -1: a control frame, which nobody protects */
	uint32_t interface; /* of the output */
	bool fresh;         /* the interface is to be written before it */
};

/* A frame of another reader's turn that may bring a key. */
struct lesson {
	size_t batch; /* of the observer's batches, counted through the file: the one it is in */
	const uint8_t *bytes;
	size_t len;
};

struct lessons {
	struct lesson *row;
	size_t n, room;
};

/* What a thread needs to open turns. */
struct reader {
	struct decrypt *d;
	pthread_t thread;
	struct crypto *crypto;
	struct observer *observer;
	bool gone;            /* under the lock: it needs no lessons */
	struct lessons inbox; /* under the lock: of turns after its own last one */
	struct lessons learning;
	size_t turn;
	struct decrypt_tally tally;
	struct slot slots[AT_ONCE];
	struct observed seen[AT_ONCE];
	struct frame *frames[AT_ONCE];
};

struct decrypt {
	struct sink *out;
	const struct observer_network *networks;
	size_t count;
	char comments[DROP_COUNT][COMMENT];
	atomic_int error; /* of a turn; nobody takes another one then */
	pthread_mutex_t lock;
	/* under the lock */
	struct capture in;
	size_t turns, frames, unreadable;
	unsigned without_fcs[CAPTURE_INTERFACES]; /* frames in a row, of each interface of the input */
	uint32_t links[LINKS];                    /* of the interfaces of the output */
	uint32_t interfaces;
	/* The first reader is the caller's thread. */
	unsigned readers;
	bool joined;
	struct reader *reader[DECRYPT_THREADS];
};

static void reader_free(struct reader *r)
{
	if (!r)
		return;
	for (int i = 0; i < AT_ONCE; i++)
		frame_free(r->frames[i]);
	observer_free(r->observer);
	free(r->inbox.row);
	free(r->learning.row);
	free(r);
}

static bool reader_init(struct reader *r, struct crypto *crypto)
{
	bool ok = crypto && (r->observer = observer_new(crypto, r->d->networks, r->d->count));

	r->crypto = crypto;
	for (int i = 0; ok && i < AT_ONCE; i++)
		ok = (r->frames[i] = frame_new(ROOM, TYPICAL, ROOM));
	return ok;
}

/*
 * Most captures have the FCS of frames, few say so: it is there if it is right.  An interface of which
 * a thousand frames in a row had none has none.
 */
static size_t without_fcs(struct decrypt *d, struct crypto *crypto, const struct slot *s)
{
	unsigned *without = &d->without_fcs[s->in.interface % CAPTURE_INTERFACES];

	size_t len = s->in.len - s->radio.len;
	const uint8_t *bytes = s->in.bytes + s->radio.len;
	uint8_t fcs[ICV_LEN];

	if (len < ICV_LEN + 10 || s->in.len != s->in.was)
		return len;
	if (s->radio.fcs)
		return len - ICV_LEN;
	if (*without >= IN_A_ROW)
		return len;
	icv(crypto, bytes, len - ICV_LEN, fcs);
	if (memcmp(fcs, bytes + len - ICV_LEN, ICV_LEN) == 0) {
		*without = 0;
		return len - ICV_LEN;
	}
	++*without;
	return len;
}

/* The number of the output's interface with that link type; `fresh`: it is a new one. */
static uint32_t interface_of(struct decrypt *d, uint32_t link, bool *fresh)
{
	uint32_t number = 0;

	while (number < d->interfaces && d->links[number] != link)
		number++;
	*fresh = number == d->interfaces;
	if (*fresh)
		d->links[d->interfaces++] = link;
	return number;
}

static int put_lesson(struct lessons *l, struct lesson lesson)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : AT_ONCE;
		struct lesson *row = realloc(l->row, room * sizeof *row);

		if (!row)
			return -ENOMEM;
		l->row = row;
		l->room = room;
	}
	l->row[l->n++] = lesson;
	return 0;
}

/* Tells all others what they could learn from one of its frames. */
static int teach(const struct reader *r, size_t observed)
{
	const struct observed *o = &r->seen[observed];
	struct lesson l = {r->d->turns * (AT_ONCE / OBSERVER_BATCH) + observed / OBSERVER_BATCH, o->bytes, o->len};
	int e = 0;

	for (unsigned i = 0; i < r->d->readers && !e; i++)
		if (r->d->reader[i] != r && !r->d->reader[i]->gone)
			e = put_lesson(&r->d->reader[i]->inbox, l);
	return e;
}

/*
 * Reads frames until there are enough of them.  Returns their number, 0 at the end, or -EBADMSG, or -ENOMEM; and in
 * `observed`, how many of them are for the observer.
 */
static int gather(struct reader *r, size_t *observed)
{
	struct decrypt *d = r->d;
	int n = 0, more = 1;

	*observed = 0;
	while (n < AT_ONCE && (more = capture_next(&d->in, &r->slots[n].in)) > 0) {
		struct slot *s = &r->slots[n];
		const uint8_t *bytes;

		d->frames++;
		if (!radio_header(&s->radio, s->in.link, s->in.bytes, s->in.len) || s->radio.len == s->in.len) {
			d->unreadable++;
			continue;
		}
		bytes = s->in.bytes + s->radio.len;
		s->len = without_fcs(d, r->crypto, s);
		s->interface = interface_of(d, s->in.link, &s->fresh);
		s->observed = -1;
		n++;
		if ((bytes[0] & (FC_VERSION | FC_TYPE)) == FC_CONTROL)
			continue;
		r->seen[*observed] = (struct observed){.bytes = bytes, .len = s->len, .frame = r->frames[*observed]};
		if (observer_may_learn(bytes, s->len) && teach(r, *observed))
			return -ENOMEM;
		s->observed = (ssize_t)(*observed)++;
	}
	/* What was read before the damage comes first; it is still there the next time. */
	return n || more >= 0 ? n : -EBADMSG;
}

/* The next turn, and what was to be learned before it.  Returns as gather(). */
static int take_turn(struct reader *r, size_t *observed)
{
	struct decrypt *d = r->d;
	struct lessons l = r->learning;
	int n;

	pthread_mutex_lock(&d->lock);
	r->learning = r->inbox;
	r->inbox = (struct lessons){.row = l.row, .room = l.room};
	n = atomic_load(&d->error);
	if (!n)
		n = gather(r, observed);
	r->turn = d->turns;
	if (n > 0)
		d->turns++;
	else if (n < 0 && n != -EBADMSG)
		atomic_store(&d->error, n);
	pthread_mutex_unlock(&d->lock);
	return n;
}

/* Batch by batch, as the reader saw it whose turn it was. */
static int learn(struct reader *r)
{
	const struct lessons *l = &r->learning;
	struct observed seen[OBSERVER_BATCH];
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct lesson *one = &l->row[i];

		if (frame_set(r->frames[n], one->bytes, one->len, ROOM, ROOM))
			return -ENOMEM;
		seen[n] = (struct observed){.bytes = one->bytes, .len = one->len, .frame = r->frames[n]};
		n++;
		if (i + 1 == l->n || l->row[i + 1].batch != one->batch) {
			observer_see_all(r->observer, seen, n);
			n = 0;
		}
	}
	return 0;
}

static int write_interface(struct sink_part *out, uint32_t number, uint32_t link)
{
	uint8_t *at = sink_room(out, CAPTURE_HEAD_ROOM);

	if (!at)
		return -errno;
	sink_used(out,
		  number ? capture_interface(at, CAPTURE_HEAD_ROOM, link) : capture_head(at, CAPTURE_HEAD_ROOM, link));
	return 0;
}

static int write_frame(struct sink_part *out, const struct slot *s, const struct observed *o, const char *comment)
{
	struct captured w = {.time_ns = s->in.time_ns,
			     .bytes = s->in.bytes + s->radio.len,
			     .len = s->len,
			     .head = s->in.bytes,
			     .head_len = s->radio.len,
			     .interface = s->interface};
	int e = s->fresh ? write_interface(out, s->interface, s->in.link) : 0;
	size_t room;
	uint8_t *at;

	if (e)
		return e;
	if (o && o->opened) {
		w.bytes = o->frame->data;
		w.len = o->frame->len;
	}
	w.was = w.len + (s->in.was > s->in.len ? s->in.was - s->in.len : 0);
	room = CAPTURE_ROOM(w.head_len + w.len, comment ? strlen(comment) : 0);
	at = sink_room(out, room);
	if (!at)
		return -errno;
	sink_used(out, capture_frame(at, room, &w, comment));
	if (s->radio.fcs && s->len + s->radio.len < s->in.len)
		at[CAPTURE_BYTES_AT + s->radio.flags_at] &= (uint8_t)~s->radio.fcs_flag;
	return 0;
}

static void count(struct decrypt_tally *t, const struct observed *o)
{
	t->opened += o && o->opened;
	t->clear += !o || (!o->opened && !o->drop);
	t->dropped[o ? o->drop : NOT_DROPPED]++;
}

/* Opens the frames of a turn, and puts all into `out` unless it is NULL.  Returns 0 or -errno. */
static int open_turn(struct reader *r, int n, size_t observed, struct sink_part *out)
{
	int e = learn(r);

	for (size_t i = 0; i < observed && !e; i++)
		e = frame_set(r->frames[i], r->seen[i].bytes, r->seen[i].len, ROOM, ROOM);
	if (!e)
		observer_see_all(r->observer, r->seen, observed);
	for (int i = 0; i < n && !e; i++) {
		const struct slot *s = &r->slots[i];
		const struct observed *o = s->observed < 0 ? NULL : &r->seen[s->observed];

		count(&r->tally, o);
		if (out)
			e = write_frame(out, s, o, o && o->drop ? r->d->comments[o->drop] : NULL);
	}
	return e;
}

/* Returns as decrypt_some(). */
static int read_turn(struct reader *r)
{
	struct sink_part *out = NULL;
	size_t observed = 0;
	int n = take_turn(r, &observed), e;

	if (n <= 0)
		return n;
	if (r->d->out && !(out = sink_begin(r->d->out, r->turn))) {
		e = -errno;
	} else {
		e = open_turn(r, n, observed, out);
		if (out)
			sink_end(out, e);
	}
	if (e)
		atomic_store(&r->d->error, e);
	return e ? e : n;
}

/* A thread besides the caller's.  Without memory for it the others do its work. */
static void *help(void *arg)
{
	struct reader *r = arg;
	struct crypto *crypto = crypto_new();
	bool ok = reader_init(r, crypto);

	while (ok && read_turn(r) > 0)
		;
	pthread_mutex_lock(&r->d->lock);
	r->gone = true;
	pthread_mutex_unlock(&r->d->lock);
	observer_free(r->observer);
	r->observer = NULL;
	crypto_free(crypto);
	return NULL;
}

static bool add_reader(struct decrypt *d)
{
	struct reader *r = calloc(1, sizeof *r);

	if (r) {
		r->d = d;
		d->reader[d->readers++] = r;
	}
	return r;
}

/* All readers are there before the first turn: none misses a lesson. */
static void start(struct decrypt *d, unsigned threads)
{
	sigset_t all, old;
	unsigned i;

	while (d->readers < threads && d->readers < DECRYPT_THREADS && add_reader(d))
		;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the caller's */
	pthread_mutex_lock(&d->lock);
	for (i = 1; i < d->readers; i++)
		if (pthread_create(&d->reader[i]->thread, NULL, help, d->reader[i]))
			break;
	while (d->readers > i)
		reader_free(d->reader[--d->readers]);
	pthread_mutex_unlock(&d->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void join(struct decrypt *d)
{
	for (unsigned i = 1; i < d->readers && !d->joined; i++)
		pthread_join(d->reader[i]->thread, NULL);
	d->joined = true;
}

struct decrypt *decrypt_new(struct crypto *crypto, const struct observer_network *networks, size_t count,
			    const struct capture *in, struct sink *out, unsigned threads)
{
	struct decrypt *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->in = *in;
	d->out = out;
	d->networks = networks;
	d->count = count;
	for (int drop = 1; drop < DROP_COUNT; drop++)
		snprintf(d->comments[drop], COMMENT, "%s: %s", drop_name((enum drop)drop),
			 drop_sentence((enum drop)drop));
	pthread_mutex_init(&d->lock, NULL);
	if (!add_reader(d) || !reader_init(d->reader[0], crypto)) {
		decrypt_free(d);
		return NULL;
	}
	start(d, threads);
	return d;
}

void decrypt_free(struct decrypt *d)
{
	if (!d)
		return;
	if (!d->joined)
		atomic_store(&d->error, -ECANCELED);
	join(d);
	while (d->readers)
		reader_free(d->reader[--d->readers]);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* A file without frames is one all the same. */
static int write_head(struct decrypt *d)
{
	struct sink_part *out = sink_begin(d->out, d->turns++);
	int e;

	if (!out)
		return -errno;
	e = write_interface(out, d->interfaces++, LINK_DOT11);
	sink_end(out, e);
	return e;
}

int decrypt_some(struct decrypt *d)
{
	int n = read_turn(d->reader[0]), e;

	if (n > 0)
		return n;
	join(d);
	e = atomic_load(&d->error); /* of whoever's turn it was */
	if (!e)
		e = learn(d->reader[0]); /* how many handshakes there were in all */
	if (!e && n == 0 && d->out && !d->interfaces)
		e = write_head(d);
	return e ? e : n;
}

size_t decrypt_at(struct decrypt *d)
{
	size_t at;

	pthread_mutex_lock(&d->lock);
	at = d->in.at;
	pthread_mutex_unlock(&d->lock);
	return at;
}

struct decrypt_tally decrypt_tally(const struct decrypt *d)
{
	struct decrypt_tally sum = {.frames = d->frames, .unreadable = d->unreadable};

	for (unsigned i = 0; i < d->readers; i++) {
		const struct decrypt_tally *t = &d->reader[i]->tally;

		sum.opened += t->opened;
		sum.clear += t->clear;
		for (int drop = 0; drop < DROP_COUNT; drop++)
			sum.dropped[drop] += t->dropped[drop];
	}
	sum.fitted = observer_fitted(d->reader[0]->observer);
	sum.unfitted = observer_unfitted(d->reader[0]->observer);
	return sum;
}
