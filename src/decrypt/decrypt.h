/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi decrypt` does: the frames of a capture file, in their order and some hundred at a time, through the observer
 * (mlme/observer.h) into another one.
 *
 * A frame is copied once on its way in and once on its way out, and no memory is taken for it.  What stands before a
 * frame (radiotap, Prism, PPI) goes with it, so that the link type stays; the FCS goes, as it would be wrong.
 *
 * Several threads share the work, each a reader with an observer of its own.  Who has nothing to do takes the next turn,
 * which is some whole batches of the observer's: under a lock it walks over their frames, settles what depends on the
 * order (the FCS, the interfaces of the output) and leaves a note for all other readers of each frame that may bring a
 * key (observer_may_learn()), which are few and short.  Then it learns from the notes of others that it found, which
 * are all of the turns since its own last one; opens its frames; and makes a part of the output of them (app/sink.h).
 * So every reader has the same keys at each frame that it sees, and what becomes of a frame does not depend on who
 * opens it: the output is that of one thread, byte for byte.
 */
#ifndef VIFI_DECRYPT_DECRYPT_H
#define VIFI_DECRYPT_DECRYPT_H

#include "decrypt/writer.h"
#include "decrypt/observer/observer.h"
#include "wire/capture.h"

enum { DECRYPT_THREADS = 64 }; /* more make no sense */

/* What happened, in numbers. */
struct decrypt_tally {
	size_t frames, opened, clear, unreadable, dropped[DROP_COUNT];
	unsigned handshakes_matched, handshakes_unmatched; /* handshakes that a network's key fits, or none */
};

struct decrypt;

/*
 * `crypto`, `networks` and `out`, which may be NULL, are borrowed, and the bytes of `in`.  With 1 thread the caller's does all.
 * When there are not as many to be had, fewer do the work.  Returns NULL: no memory.
 */
struct decrypt *decrypt_new(struct crypto *crypto, const struct observer_network *networks, size_t count,
			    const struct capture *in, struct writer *out, unsigned threads);
void decrypt_free(struct decrypt *decrypt);

/*
 * The next frames.  Returns how many this thread opened; 0 when all is done; -EBADMSG when the rest cannot be read
 * (capture_next()), or another -errno when the output cannot be written.  After 0 and less the other threads are gone.
 */
int decrypt_next(struct decrypt *decrypt);

/* How far it is, in bytes of the file. */
size_t decrypt_offset(struct decrypt *decrypt);

/* Adds all up.  To be asked for after decrypt_next() returned 0 or less. */
struct decrypt_tally decrypt_tally(const struct decrypt *decrypt);

#endif
