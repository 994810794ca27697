/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of nl80211. One is for requests and their answers. The other one, the owner socket, registers for frames,
 * owns the association or the access point (the kernel ends it when the socket closes), and receives all events: so
 * they arrive in the order in which the kernel sends them. A request through the owner socket keeps the events that come
 * before its answer for genl_next_event().
 */
#ifndef VIFI_DRIVER_GENL_H
#define VIFI_DRIVER_GENL_H

#include "base/error.h"
#include "nl80211/request.h"

struct genl;

/* Opens both. Returns NULL with an error and a negative errno in *err: -EOPNOTSUPP if the kernel has no nl80211. */
struct genl *genl_open(int *err, struct error *error);
void genl_close(struct genl *genl);

/*
 * Carries out a command and waits for its answer, which the kernel gives at once. A dump that the kernel interrupts, because
 * the table has changed, is repeated. `reply` is valid until the next call.
 */
void genl_execute(struct genl *genl, const struct nl80211_request *request, struct nl80211_reply *reply);

/* The descriptor of the owner socket: readable when there are events. */
int genl_event_fd(const struct genl *genl);

/*
 * Returns the next event, valid until the next call of any function here, or NULL: there is none now. *lost: the kernel has
 * dropped events, so ask for the state.
 */
struct nlmsghdr *genl_next_event(struct genl *genl, bool *lost);

/* Are there events that were read already? Then the descriptor need not become readable. */
bool genl_has_event(const struct genl *genl);

#endif
