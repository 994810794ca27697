/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi decrypt` does: the frames of a capture file, in their order and some hundred at a time, through the observer
 * (mlme/observer.h) into another one.
 *
 * A frame is copied once on its way in and once on its way out, and no memory is taken for it.  What stands before a
 * frame (radiotap, Prism) goes with it, so that the link type stays; the FCS goes, as it would be wrong.
 */
#ifndef VIFI_APP_DECRYPT_H
#define VIFI_APP_DECRYPT_H

#include "app/sink.h"
#include "mlme/observer.h"
#include "wire/capture.h"

/* What happened, in numbers. */
struct decrypt_tally {
	size_t frames, opened, clear, unreadable, dropped[DROP_COUNT];
};

struct decrypt;

/* All of it is borrowed; `out` may be NULL.  Returns NULL: no memory. */
struct decrypt *decrypt_new(struct crypto *crypto, struct observer *observer, struct capture *in, struct sink *out);
void decrypt_free(struct decrypt *d);

/*
 * The next frames.  Returns how many there were; 0 at the end; -EBADMSG when the rest cannot be read (capture_next()),
 * or another -errno when the output cannot be written.
 */
int decrypt_some(struct decrypt *d);

const struct decrypt_tally *decrypt_tally(const struct decrypt *d);

#endif
