/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the kernel over netlink: one way to open a socket, to ask, and to report a failure.
 *
 * Functions return 0 or a negative errno, the kernel's own where the kernel refuses. For error messages the socket keeps
 * the kernel's explanation of the last refusal (extended acknowledgement, NLMSGERR_ATTR_MSG). One thread at a time uses a
 * socket.
 */
#ifndef VIFI_NETDEV_NETLINK_H
#define VIFI_NETDEV_NETLINK_H

#include <stdbool.h>
#include <stddef.h>

struct nl_msg;
struct nl_sock;
struct nlmsghdr;

struct netlink {
	struct nl_sock *socket; /* NULL: closed */
	char explanation[128];  /* of the last refusal; empty: the kernel gave none */
};

/* Opens a socket of a protocol (NETLINK_ROUTE, …); the caller closes it. Closing a closed or zeroed one does nothing. */
int netlink_open(struct netlink *netlink, int protocol);
void netlink_close(struct netlink *netlink);

/* Makes a message that begins with the protocol's header. Returns NULL without memory. */
struct nl_msg *netlink_message(int type, int flags, const void *header, size_t size);

/*
 * Reads one message of an answer. Returns 0 or a negative errno, which becomes the result of the request. The message
 * is NULL before a dump begins, and each time it begins again: discard earlier messages.
 */
typedef int netlink_parser(struct nlmsghdr *nlh, void *arg);

/*
 * Sends a request, gives each message of the answer to `parse` (NULL: none is expected), and waits for the
 * acknowledgement. Frees `msg`; NULL is -ENOMEM, so that the result of building a message needs no check.
 */
int netlink_request(struct netlink *netlink, struct nl_msg *msg, netlink_parser *parse, void *arg);

/* Reads a whole table, and begins again if the table changes meanwhile; -EINTR if it changes each time. */
int netlink_dump(struct netlink *netlink, int type, const void *header, size_t size, netlink_parser *parse, void *arg);

/* Why a request returned `ret`: the kernel's explanation, otherwise the text of the errno. */
const char *netlink_reason(const struct netlink *netlink, int ret);

/*
 * Opens a non-blocking socket that becomes readable when the kernel reports a change to one of the multicast groups.
 * Returns the descriptor or a negative errno.
 */
int netlink_watch_open(int protocol, const int *groups, size_t count);

/*
 * Discards waiting reports, and returns whether there were any; also true after the kernel lost some. Reads a bounded
 * number, so that a storm of changes does not hold up the caller; the descriptor then stays readable.
 */
bool netlink_watch_drain(int fd);

/* The same, without counting the reports that `is_noise` recognises, which sees complete ones only. */
bool netlink_watch_drain_noise(int fd, bool (*is_noise)(const struct nlmsghdr *report));

#endif
