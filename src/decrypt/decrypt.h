/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of `vifi decrypt`: reads a capture file, decrypts its frames with an observer (decrypt/observer/observer.h),
 * and writes a capture file with the same frames in the same order.
 *
 * Each frame is copied once into a frame buffer and once into the output, without an allocation. Its radio header
 * (radiotap, Prism, PPI) stays, so the link type stays the same; the FCS goes, because it would be wrong.
 *
 * Several threads share the work, each a reader with its own observer. An idle reader takes the next turn: some whole
 * batches of the observer. Under the lock it reads the frames of its turn, decides what depends on their order (the FCS,
 * the interfaces of the output), and publishes a hint to the other readers for each frame that may carry a key
 * (observer_may_learn()); those are few and short. Then it learns from the hints of all turns since its own last one,
 * decrypts its frames, and fills one part of the output (decrypt/writer.h). So each reader has the same keys at each
 * frame that it processes, and the output does not depend on the number of threads, byte for byte.
 */
#ifndef VIFI_DECRYPT_DECRYPT_H
#define VIFI_DECRYPT_DECRYPT_H

#include "decrypt/writer.h"
#include "decrypt/observer/observer.h"
#include "wire/capture.h"

enum { DECRYPT_THREADS = 64 }; /* upper limit */

struct decrypt_tally {
	size_t frames, opened, clear, unreadable, dropped[DROP_COUNT];
	uint32_t unreadable_link; /* the link type of the last unreadable frame */
	size_t wep;               /* of those dropped with DROP_NO_KEY, WEP frames */
	size_t undeclared;        /* frames of interfaces that the file does not declare; not in `frames` */
	unsigned handshakes_matched, handshakes_unmatched; /* with the key of a network, and with none */
};

struct decrypt;

/*
 * Returns NULL: no memory. `crypto`, `networks`, `out` (NULL: no output) and the bytes of `in` are borrowed. With one
 * thread the caller's thread does all the work; if fewer threads can be created, fewer share the work.
 */
struct decrypt *decrypt_new(struct crypto *crypto, const struct observer_network *networks, size_t count,
			    const struct capture *in, struct writer *out, unsigned threads);
void decrypt_free(struct decrypt *decrypt);

/*
 * Processes the next frames. Returns their number; 0 at the end; -EBADMSG if the rest is unreadable (capture_next()), or
 * another negative errno if the output cannot be written. After 0 or an error the other threads have ended.
 */
int decrypt_next(struct decrypt *decrypt);

/* Returns the progress in bytes of the input. */
size_t decrypt_offset(struct decrypt *decrypt);

/* The totals; only after decrypt_next() has returned 0 or an error. */
struct decrypt_tally decrypt_tally(const struct decrypt *decrypt);

#endif
