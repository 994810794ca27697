/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/decrypt.h"

#include "base/array.h"
#include "crypto/icv.h"
#include "softmac/mpdu.h"
#include "wire/ieee80211.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_FRAMES = 256, TYPICAL_LEN = 2400, COMMENT_MAX = 320, ROOM = 16, INTERFACES_MAX = 5, NO_FCS_LIMIT = 1000 };

_Static_assert(TURN_FRAMES % OBSERVER_BATCH == 0, "a turn is whole batches");

/* One frame of the file. */
struct decrypt_slot {
	struct captured_frame in;
	struct radio_header radio;
	size_t len;             /* of the frame without radio header and FCS */
	ssize_t observed_index; /* in `observed` of the reader; -1: a control frame, which is never protected */
	uint32_t interface;     /* of the output */
	bool new_interface;     /* the block of the interface precedes the frame */
};

/* A frame of another reader's turn that may carry a key. */
struct key_hint {
	size_t batch; /* number of its observer batch in the file */
	const uint8_t *bytes;
	size_t len;
};

struct key_hints {
	struct key_hint *at;
	size_t count, room;
};

struct decrypt_reader {
	struct decrypt *decrypt;
	pthread_t thread;
	struct crypto *crypto;
	struct observer *observer;
	bool finished;               /* under the lock: it needs no hints any more */
	struct key_hints hint_inbox; /* under the lock: hints of the turns since its own last one */
	struct key_hints hints;
	size_t turn;
	struct decrypt_tally tally;
	struct decrypt_slot slots[TURN_FRAMES];
	struct observed_frame observed[TURN_FRAMES];
	struct frame *frames[TURN_FRAMES];
};

struct decrypt {
	struct writer *out;
	const struct observer_network *networks;
	size_t network_count;
	char comments[DROP_COUNT][COMMENT_MAX];
	atomic_int error; /* of a turn: no reader takes another one */
	pthread_mutex_t lock;
	/* under the lock */
	struct capture in;
	size_t turns, frames, unreadable;
	uint32_t unreadable_link;                            /* the link type of the last unreadable frame */
	unsigned frames_without_fcs[CAPTURE_INTERFACES_MAX]; /* consecutive, per interface of the input */
	uint32_t interface_links[INTERFACES_MAX];            /* link types of the output's interfaces */
	uint32_t interface_count;
	/* The first reader runs in the caller's thread. */
	unsigned reader_count;
	bool joined;
	struct decrypt_reader *readers[DECRYPT_THREADS];
};

static void reader_free(struct decrypt_reader *reader)
{
	if (!reader)
		return;
	for (int i = 0; i < TURN_FRAMES; i++)
		frame_free(reader->frames[i]);
	observer_free(reader->observer);
	free(reader->hint_inbox.at);
	free(reader->hints.at);
	free(reader);
}

static bool reader_init(struct decrypt_reader *reader, struct crypto *crypto)
{
	bool ok = crypto &&
		  (reader->observer = observer_new(crypto, reader->decrypt->networks, reader->decrypt->network_count));

	reader->crypto = crypto;
	for (int i = 0; ok && i < TURN_FRAMES; i++)
		ok = (reader->frames[i] = frame_new(ROOM, TYPICAL_LEN, ROOM));
	return ok;
}

/* Has the capture only the beginning of the frame? */
static bool is_cut(const struct decrypt_slot *slot)
{
	return slot->in.len < slot->in.orig_len;
}

/*
 * Most captures hold the FCS, few say so: a correct checksum at the end is an FCS. After NO_FCS_LIMIT consecutive frames
 * without one the interface has none.
 */
static size_t len_without_fcs(struct decrypt *decrypt, struct crypto *crypto, const struct decrypt_slot *slot)
{
	unsigned *frames_without = &decrypt->frames_without_fcs[slot->in.interface % CAPTURE_INTERFACES_MAX];
	size_t len = slot->in.len - slot->radio.len;
	const uint8_t *bytes = slot->in.bytes + slot->radio.len;
	uint8_t fcs[ICV_LEN];

	if (len < ICV_LEN + 10 || is_cut(slot))
		return len;
	if (slot->radio.has_fcs || slot->in.fcs_len == ICV_LEN)
		return len - ICV_LEN;
	if (slot->in.fcs_len == 0)
		return len;
	if (*frames_without >= NO_FCS_LIMIT)
		return len;
	icv(crypto, bytes, len - ICV_LEN, fcs);
	if (memcmp(fcs, bytes + len - ICV_LEN, ICV_LEN) == 0) {
		*frames_without = 0;
		return len - ICV_LEN;
	}
	++*frames_without;
	return len;
}

/* Returns the number of the output's interface with this link type, and whether it is new. */
static uint32_t interface_of(struct decrypt *decrypt, uint32_t link, bool *is_new)
{
	uint32_t number = 0;

	while (number < decrypt->interface_count && decrypt->interface_links[number] != link)
		number++;
	*is_new = number == decrypt->interface_count;
	if (*is_new)
		decrypt->interface_links[decrypt->interface_count++] = link;
	return number;
}

static int add_hint(struct key_hints *hints, struct key_hint hint)
{
	if (array_reserve(&hints->at, &hints->room, hints->count + 1, sizeof(*hints->at)))
		return -ENOMEM;
	hints->at[hints->count++] = hint;
	return 0;
}

/* Gives all other readers a hint of one of our frames. */
static int publish_hint(const struct decrypt_reader *reader, size_t observed_index)
{
	const struct observed_frame *observed = &reader->observed[observed_index];
	struct key_hint hint = {reader->decrypt->turns * (TURN_FRAMES / OBSERVER_BATCH) +
					observed_index / OBSERVER_BATCH,
				observed->bytes, observed->len};
	int err = 0;

	for (unsigned i = 0; i < reader->decrypt->reader_count && !err; i++)
		if (reader->decrypt->readers[i] != reader && !reader->decrypt->readers[i]->finished)
			err = add_hint(&reader->decrypt->readers[i]->hint_inbox, hint);
	return err;
}

/*
 * Reads the frames of a turn. Returns their number; 0 at the end, -EBADMSG or -ENOMEM. `observed_count` is the number of
 * those for the observer.
 */
static int read_frames(struct decrypt_reader *reader, size_t *observed_count)
{
	struct decrypt *decrypt = reader->decrypt;
	int count = 0, more = 1;

	*observed_count = 0;
	while (count < TURN_FRAMES && (more = capture_next(&decrypt->in, &reader->slots[count].in)) > 0) {
		struct decrypt_slot *slot = &reader->slots[count];
		const uint8_t *bytes;

		decrypt->frames++;
		if (!radio_header_parse(&slot->radio, slot->in.link_type, slot->in.bytes, slot->in.len) ||
		    slot->radio.len == slot->in.len) {
			decrypt->unreadable++;
			decrypt->unreadable_link = slot->in.link_type;
			continue;
		}
		bytes = slot->in.bytes + slot->radio.len;
		slot->len = len_without_fcs(decrypt, reader->crypto, slot);
		slot->interface = interface_of(decrypt, slot->in.link_type, &slot->new_interface);
		slot->observed_index = -1;
		count++;
		if ((bytes[0] & (FC_VERSION | FC_TYPE)) == FC_CONTROL)
			continue;
		reader->observed[*observed_count] = (struct observed_frame){
			.bytes = bytes, .len = slot->len, .frame = reader->frames[*observed_count]};
		if (observer_may_learn(bytes, slot->len) && publish_hint(reader, *observed_count))
			return -ENOMEM;
		slot->observed_index = (ssize_t)(*observed_count)++;
	}
	/* First process the frames before the damage: the next call fails again. */
	return count || more >= 0 ? count : -EBADMSG;
}

/* Takes the next turn and the hints before it. Returns as read_frames(). */
static int take_turn(struct decrypt_reader *reader, size_t *observed_count)
{
	struct decrypt *decrypt = reader->decrypt;
	struct key_hints spare = reader->hints;
	int ret;

	pthread_mutex_lock(&decrypt->lock);
	reader->hints = reader->hint_inbox;
	reader->hint_inbox = (struct key_hints){.at = spare.at, .room = spare.room};
	ret = atomic_load(&decrypt->error);
	if (!ret)
		ret = read_frames(reader, observed_count);
	reader->turn = decrypt->turns;
	if (ret > 0)
		decrypt->turns++;
	else if (ret < 0 && ret != -EBADMSG)
		atomic_store(&decrypt->error, ret);
	pthread_mutex_unlock(&decrypt->lock);
	return ret;
}

/* In the batches in which their own reader processes them. */
static int learn_from_hints(struct decrypt_reader *reader)
{
	const struct key_hints *hints = &reader->hints;
	struct observed_frame seen[OBSERVER_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < hints->count; i++) {
		const struct key_hint *hint = &hints->at[i];

		if (frame_assign(reader->frames[count], hint->bytes, hint->len, ROOM, ROOM))
			return -ENOMEM;
		seen[count] =
			(struct observed_frame){.bytes = hint->bytes, .len = hint->len, .frame = reader->frames[count]};
		count++;
		if (i + 1 == hints->count || hints->at[i + 1].batch != hint->batch) {
			observer_process(reader->observer, seen, count);
			count = 0;
		}
	}
	return 0;
}

static int write_interface(struct writer_part *out, uint32_t number, uint32_t link)
{
	uint8_t *bytes = writer_reserve(out, CAPTURE_HEADER_MAX);

	if (!bytes)
		return -errno;
	writer_commit(out, number ? capture_write_interface(bytes, CAPTURE_HEADER_MAX, link)
				  : capture_write_header(bytes, CAPTURE_HEADER_MAX, link));
	return 0;
}

static int write_frame(struct writer_part *out, const struct decrypt_slot *slot, const struct observed_frame *observed,
		       const char *comment)
{
	struct captured_frame captured = {.time_ns = slot->in.time_ns,
					  .bytes = slot->in.bytes + slot->radio.len,
					  .len = slot->len,
					  .prefix = slot->in.bytes,
					  .prefix_len = slot->radio.len,
					  .interface = slot->interface};
	int err = slot->new_interface ? write_interface(out, slot->interface, slot->in.link_type) : 0;
	size_t room;
	uint8_t *bytes;

	if (err)
		return err;
	if (observed && observed->opened) {
		captured.bytes = observed->frame->data;
		captured.len = observed->frame->len;
	}
	captured.orig_len = captured.len + (slot->in.orig_len > slot->in.len ? slot->in.orig_len - slot->in.len : 0);
	room = CAPTURE_FRAME_MAX(captured.prefix_len + captured.len, comment ? strlen(comment) : 0);
	bytes = writer_reserve(out, room);
	if (!bytes)
		return -errno;
	writer_commit(out, capture_write_frame(bytes, room, &captured, comment));
	if (slot->radio.has_fcs && slot->len + slot->radio.len < slot->in.len)
		bytes[CAPTURE_FRAME_OFFSET + slot->radio.flags_offset] &= (uint8_t)~slot->radio.fcs_flag;
	return 0;
}

/* 12.3.2.2: the header of WEP has the bit Ext IV of the other ciphers clear. */
static bool is_wep(const struct observed_frame *observed)
{
	uint16_t fc = le16(observed->bytes);
	size_t header = dot11_is_data(fc) ? dot11_hdr_len(fc) : observed->len;

	return observed->len >= header + 4 && !(observed->bytes[header + 3] & EXT_IV);
}

static void count_frame(struct decrypt_tally *tally, const struct observed_frame *observed)
{
	tally->opened += observed && observed->opened;
	tally->clear += !observed || (!observed->opened && !observed->drop);
	tally->dropped[observed ? observed->drop : NOT_DROPPED]++;
	tally->wep += observed && observed->drop == DROP_NO_KEY && is_wep(observed);
}

/* Does the reason say that bytes are missing or wrong? */
static bool blames_bytes(enum drop drop)
{
	return drop == DROP_TRUNCATED || drop == DROP_MPDU_MIC || drop == DROP_MPDU_ICV || drop == DROP_MICHAEL ||
	       drop == DROP_AMSDU || drop == DROP_EAPOL_MALFORMED || drop == DROP_RSNE_MALFORMED || drop == DROP_MME;
}

/* The missing end of a frame is the capture's fault, not that of its sender. */
static void mark_cut_frames(struct decrypt_reader *reader, int frame_count)
{
	for (int i = 0; i < frame_count; i++) {
		const struct decrypt_slot *slot = &reader->slots[i];

		if (slot->observed_index >= 0 && is_cut(slot) &&
		    blames_bytes(reader->observed[slot->observed_index].drop))
			reader->observed[slot->observed_index].drop = DROP_CAPTURE_CUT;
	}
}

/* Decrypts the frames of a turn and writes all frames to `out`, unless it is NULL. Returns 0 or -errno. */
static int open_turn(struct decrypt_reader *reader, int frame_count, size_t observed_count, struct writer_part *out)
{
	int err = learn_from_hints(reader);

	for (size_t i = 0; i < observed_count && !err; i++)
		err = frame_assign(reader->frames[i], reader->observed[i].bytes, reader->observed[i].len, ROOM, ROOM);
	if (!err)
		observer_process(reader->observer, reader->observed, observed_count);
	mark_cut_frames(reader, frame_count);
	for (int i = 0; i < frame_count && !err; i++) {
		const struct decrypt_slot *slot = &reader->slots[i];
		const struct observed_frame *observed =
			slot->observed_index < 0 ? NULL : &reader->observed[slot->observed_index];

		count_frame(&reader->tally, observed);
		if (out)
			err = write_frame(out, slot, observed,
					  observed && observed->drop ? reader->decrypt->comments[observed->drop]
								     : NULL);
	}
	return err;
}

static int process_turn(struct decrypt_reader *reader, int frame_count, size_t observed_count)
{
	struct writer_part *out;
	int err;

	if (!reader->decrypt->out)
		return open_turn(reader, frame_count, observed_count, NULL);
	out = writer_begin(reader->decrypt->out, reader->turn);
	if (!out)
		return -errno;
	err = open_turn(reader, frame_count, observed_count, out);
	writer_end(out, err);
	return err;
}

/* Returns as decrypt_next(). */
static int read_turn(struct decrypt_reader *reader)
{
	size_t observed_count = 0;
	int ret = take_turn(reader, &observed_count), err;

	if (ret <= 0)
		return ret;
	err = process_turn(reader, ret, observed_count);
	if (err)
		atomic_store(&reader->decrypt->error, err);
	return err ? err : ret;
}

/* An additional thread. If it gets no memory, the other readers do its work. */
static void *reader_main(void *arg)
{
	struct decrypt_reader *reader = arg;
	struct crypto *crypto = crypto_new();
	bool ok = reader_init(reader, crypto);

	while (ok && read_turn(reader) > 0)
		;
	pthread_mutex_lock(&reader->decrypt->lock);
	reader->finished = true;
	pthread_mutex_unlock(&reader->decrypt->lock);
	observer_free(reader->observer);
	reader->observer = NULL;
	crypto_free(crypto);
	return NULL;
}

static bool add_reader(struct decrypt *decrypt)
{
	struct decrypt_reader *reader = calloc(1, sizeof(*reader));

	if (reader) {
		reader->decrypt = decrypt;
		decrypt->readers[decrypt->reader_count++] = reader;
	}
	return reader;
}

/* All readers exist before the first turn, so that none misses a hint. */
static void start_readers(struct decrypt *decrypt, unsigned threads)
{
	sigset_t all, old;
	unsigned i;

	while (decrypt->reader_count < threads && decrypt->reader_count < DECRYPT_THREADS && add_reader(decrypt))
		;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* the caller's thread handles the signals */
	pthread_mutex_lock(&decrypt->lock);
	for (i = 1; i < decrypt->reader_count; i++)
		if (pthread_create(&decrypt->readers[i]->thread, NULL, reader_main, decrypt->readers[i]))
			break;
	while (decrypt->reader_count > i)
		reader_free(decrypt->readers[--decrypt->reader_count]);
	pthread_mutex_unlock(&decrypt->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void join_readers(struct decrypt *decrypt)
{
	for (unsigned i = 1; i < decrypt->reader_count && !decrypt->joined; i++)
		pthread_join(decrypt->readers[i]->thread, NULL);
	decrypt->joined = true;
}

struct decrypt *decrypt_new(struct crypto *crypto, const struct observer_network *networks, size_t count,
			    const struct capture *in, struct writer *out, unsigned threads)
{
	struct decrypt *decrypt = calloc(1, sizeof(*decrypt));

	if (!decrypt)
		return NULL;
	decrypt->in = *in;
	decrypt->out = out;
	decrypt->networks = networks;
	decrypt->network_count = count;
	for (int drop = 1; drop < DROP_COUNT; drop++)
		snprintf(decrypt->comments[drop], COMMENT_MAX, "%s: %s", drop_name((enum drop)drop),
			 drop_sentence((enum drop)drop));
	pthread_mutex_init(&decrypt->lock, NULL);
	if (!add_reader(decrypt) || !reader_init(decrypt->readers[0], crypto)) {
		decrypt_free(decrypt);
		return NULL;
	}
	start_readers(decrypt, threads);
	return decrypt;
}

void decrypt_free(struct decrypt *decrypt)
{
	if (!decrypt)
		return;
	if (!decrypt->joined)
		atomic_store(&decrypt->error, -ECANCELED);
	join_readers(decrypt);
	while (decrypt->reader_count)
		reader_free(decrypt->readers[--decrypt->reader_count]);
	pthread_mutex_destroy(&decrypt->lock);
	free(decrypt);
}

/* An output without frames is a valid file, too. */
static int write_file_head(struct decrypt *decrypt)
{
	struct writer_part *out = writer_begin(decrypt->out, decrypt->turns++);
	int err;

	if (!out)
		return -errno;
	err = write_interface(out, decrypt->interface_count++, LINKTYPE_IEEE802_11);
	writer_end(out, err);
	return err;
}

int decrypt_next(struct decrypt *decrypt)
{
	int ret = read_turn(decrypt->readers[0]), err;

	if (ret > 0)
		return ret;
	join_readers(decrypt);
	err = atomic_load(&decrypt->error);
	if (!err)
		err = learn_from_hints(decrypt->readers[0]); /* for the number of handshakes */
	if (!err && ret == 0 && decrypt->out && !decrypt->interface_count)
		err = write_file_head(decrypt);
	return err ? err : ret;
}

size_t decrypt_offset(struct decrypt *decrypt)
{
	size_t at;

	pthread_mutex_lock(&decrypt->lock);
	at = decrypt->in.offset;
	pthread_mutex_unlock(&decrypt->lock);
	return at;
}

struct decrypt_tally decrypt_tally(const struct decrypt *decrypt)
{
	struct decrypt_tally sum = {.frames = decrypt->frames,
				    .unreadable = decrypt->unreadable,
				    .unreadable_link = decrypt->unreadable_link,
				    .undeclared = decrypt->in.skipped_frames};

	for (unsigned i = 0; i < decrypt->reader_count; i++) {
		const struct decrypt_tally *tally = &decrypt->readers[i]->tally;

		sum.opened += tally->opened;
		sum.clear += tally->clear;
		sum.wep += tally->wep;
		for (int drop = 0; drop < DROP_COUNT; drop++)
			sum.dropped[drop] += tally->dropped[drop];
	}
	sum.handshakes_matched = observer_matched(decrypt->readers[0]->observer);
	sum.handshakes_unmatched = observer_unmatched(decrypt->readers[0]->observer);
	return sum;
}
