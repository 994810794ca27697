/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody who hears the air and has the passphrase: follows the handshakes of a network and opens its frames.
 *
 * A pair of stations gets its keys from message 1 and 2, or 2 and 3, of a handshake whose MIC the passphrase makes; the
 * group gets its own from message 3 or a group message.  After a renewal the keys before are tried too.  Frames may come
 * twice or late, as captures have them: nothing is a replay here.
 */
#ifndef VIFI_MLME_OBSERVER_H
#define VIFI_MLME_OBSERVER_H

#include "base/drop.h"
#include "base/frame.h"
#include "crypto/kdf.h"

struct observer;

/* `c` must outlive it. Returns NULL: no memory. */
struct observer *observer_new(struct crypto *c, const uint8_t pmk[PMK_LEN]);

/* NULL is taken. */
void observer_free(struct observer *o);

/*
 * A frame without radio header and FCS.  Learns from it; and if it is protected and can be opened, puts the opened one
 * in its place (the old one is freed) and says so in `opened`.  Returns why a protected frame stays as it is, or why
 * it is no frame.  Of fragments TKIP's Michael code is not checked and stays behind the last one.
 */
enum drop observer_see(struct observer *o, struct frame **f, bool *opened);

/* How many handshakes the passphrase fitted, and did not fit. */
unsigned observer_fitted(const struct observer *o);
unsigned observer_unfitted(const struct observer *o);

#endif
