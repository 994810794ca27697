/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/decrypt.h"

#include "crypto/icv.h"
#include "wire/ieee80211.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 256, TYPICAL = 2400, COMMENT = 320, ROOM = 16, LINKS = 4, IN_A_ROW = 1000 };

/* One frame of the file. */
struct slot {
	struct captured in;
	struct radio_header radio;
	size_t len;       /* of the frame alone, without FCS */
	ssize_t observed; /* which one of `seen`; -1: a control frame, which nobody protects */
};

struct decrypt {
	struct crypto *crypto;
	struct observer *observer;
	struct capture *in;
	struct sink *out;
	struct decrypt_tally tally;
	struct slot slots[AT_ONCE];
	struct observed seen[AT_ONCE];
	struct frame *frames[AT_ONCE];
	unsigned without_fcs[CAPTURE_INTERFACES]; /* frames in a row, of each interface of the input */
	uint32_t links[LINKS];                    /* of the interfaces of the output */
	uint32_t interfaces;
	char comments[DROP_COUNT][COMMENT];
};

struct decrypt *decrypt_new(struct crypto *crypto, struct observer *observer, struct capture *in, struct sink *out)
{
	struct decrypt *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->crypto = crypto;
	d->observer = observer;
	d->in = in;
	d->out = out;
	for (int drop = 1; drop < DROP_COUNT; drop++)
		snprintf(d->comments[drop], COMMENT, "%s: %s", drop_name((enum drop)drop),
			 drop_sentence((enum drop)drop));
	for (int i = 0; i < AT_ONCE; i++) {
		d->frames[i] = frame_new(ROOM, TYPICAL, ROOM);
		if (!d->frames[i]) {
			decrypt_free(d);
			return NULL;
		}
	}
	return d;
}

void decrypt_free(struct decrypt *d)
{
	if (!d)
		return;
	for (int i = 0; i < AT_ONCE; i++)
		frame_free(d->frames[i]);
	free(d);
}

const struct decrypt_tally *decrypt_tally(const struct decrypt *d)
{
	return &d->tally;
}

/*
 * Most captures have the FCS of frames, few say so: it is there if it is right.  An interface of which
 * a thousand frames in a row had none has none.
 */
static size_t without_fcs(struct decrypt *d, const struct slot *s)
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
	icv(d->crypto, bytes, len - ICV_LEN, fcs);
	if (memcmp(fcs, bytes + len - ICV_LEN, ICV_LEN) == 0) {
		*without = 0;
		return len - ICV_LEN;
	}
	++*without;
	return len;
}

/* Reads frames until there are enough of them.  Returns their number, 0 at the end, or -EBADMSG, or -ENOMEM. */
static int gather(struct decrypt *d, size_t *observed)
{
	int n = 0, more = 1;

	*observed = 0;
	while (n < AT_ONCE && (more = capture_next(d->in, &d->slots[n].in)) > 0) {
		struct slot *s = &d->slots[n];
		const uint8_t *bytes;

		d->tally.frames++;
		if (!radio_header(&s->radio, s->in.link, s->in.bytes, s->in.len) || s->radio.len == s->in.len) {
			d->tally.unreadable++;
			continue;
		}
		bytes = s->in.bytes + s->radio.len;
		s->len = without_fcs(d, s);
		s->observed = -1;
		n++;
		if ((bytes[0] & (FC_VERSION | FC_TYPE)) == FC_CONTROL)
			continue;
		if (frame_set(d->frames[*observed], bytes, s->len, ROOM, ROOM))
			return -ENOMEM;
		d->seen[*observed] = (struct observed){.bytes = bytes, .len = s->len, .frame = d->frames[*observed]};
		s->observed = (ssize_t)(*observed)++;
	}
	/* What was read before the damage comes first; it is still there the next time. */
	return n || more >= 0 ? n : -EBADMSG;
}

/* The number of the output's interface with that link type, which is made when it is new. */
static int interface_of(struct decrypt *d, uint32_t link, uint32_t *number)
{
	uint8_t *at;

	for (*number = 0; *number < d->interfaces; ++*number)
		if (d->links[*number] == link)
			return 0;
	at = sink_room(d->out, CAPTURE_HEAD_ROOM);
	if (!at)
		return -errno;
	sink_used(d->out, d->interfaces ? capture_interface(at, CAPTURE_HEAD_ROOM, link)
					: capture_head(at, CAPTURE_HEAD_ROOM, link));
	d->links[d->interfaces++] = link;
	return 0;
}

static int write_frame(struct decrypt *d, const struct slot *s, const struct observed *o)
{
	struct captured w = {.time_ns = s->in.time_ns,
			     .bytes = s->in.bytes + s->radio.len,
			     .len = s->len,
			     .head = s->in.bytes,
			     .head_len = s->radio.len};
	const char *comment = o && o->drop ? d->comments[o->drop] : NULL;
	int e = interface_of(d, s->in.link, &w.interface);
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
	at = sink_room(d->out, room);
	if (!at)
		return -errno;
	sink_used(d->out, capture_frame(at, room, &w, comment));
	if (s->radio.fcs && s->len + s->radio.len < s->in.len)
		at[CAPTURE_BYTES_AT + s->radio.flags_at] &= (uint8_t)~RADIOTAP_FCS;
	return 0;
}

int decrypt_some(struct decrypt *d)
{
	size_t observed;
	int n = gather(d, &observed), e = 0;

	if (n > 0)
		observer_see_all(d->observer, d->seen, observed);
	for (int i = 0; i < n && !e; i++) {
		const struct slot *s = &d->slots[i];
		const struct observed *o = s->observed < 0 ? NULL : &d->seen[s->observed];

		d->tally.opened += o && o->opened;
		d->tally.clear += !o || (!o->opened && !o->drop);
		d->tally.dropped[o ? o->drop : NOT_DROPPED]++;
		if (d->out)
			e = write_frame(d, s, o);
	}
	/* A file without frames is one all the same. */
	if (!n && d->out && !d->interfaces)
		e = interface_of(d, LINK_DOT11, &(uint32_t){0});
	return e ? e : n;
}
