/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the kernel's Wi-Fi stack, in a list. A plane over a driver appends them; src/driver carries them out, one
 * after the other, and passes the reply of each back before it sends the next one. Requests that a reply adds come before
 * those that wait.
 *
 *	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_DEL_STATION, ifindex);
 *
 *	nl80211_put_bytes(request, NL80211_ATTR_MAC, addr, 6);
 *	nl80211_put_u16(request, NL80211_ATTR_REASON_CODE, reason);
 *
 * Without memory, the functions take and return NULL, and the list is marked as `lost`. A message that becomes too long
 * is not sent: its reply is -EMSGSIZE. The message is wiped when the request is freed, because it may hold a key.
 */
#ifndef VIFI_NL80211_REQUEST_H
#define VIFI_NL80211_REQUEST_H

#include "base/frame.h"
#include "nl80211/event.h"

#include <linux/nl80211.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;
struct nlattr;

enum nl80211_request_kind {
	NL80211_REQUEST_COMMAND,   /* a message of nl80211 */
	NL80211_REQUEST_OPERSTATE, /* `up`: the interface may pass data; else it is dormant (RFC 2863). By rtnetlink */
	NL80211_REQUEST_PORT, /* `port`, `up`: prepares an interface that was created, or ends what that has created */
	NL80211_REQUEST_ADDRESS, /* `addr`: of the interface, which is set down for it. By rtnetlink */
	NL80211_REQUEST_PACKET,  /* `frame`, an Ethernet frame, through a packet socket: EAPOL without a control port */
};

/* Where an interface leads, of a VLAN or of a 4-address station. By rtnetlink. */
struct nl80211_port {
	uint8_t addr[6];      /* of the interface */
	char bridge[16];      /* it becomes a port of this one, which is created if there is none; empty: of none */
	char tagged[16];      /* another port of that bridge is a VLAN interface of this interface; empty: none */
	char tagged_vlan[16]; /* … its name; it is created if there is none */
	uint16_t vlan;
	bool temporary; /* the bridge ends with its last port, if it was created for it */
};

struct nl80211_request {
	enum nl80211_request_kind kind;
	uint8_t command;   /* enum nl80211_commands */
	int ifindex;       /* 0: of no interface */
	bool dump;         /* the answer is a table: several messages */
	bool owner_socket; /* send it through the socket that gets the frames and owns the BSS or the association */
	struct nl_msg *message;
	bool goodbye;       /* a frame that must be on the air before … */
	bool after_goodbye; /* … a request like this, 200 ms at most */
	bool too_long;      /* the message has no room for an attribute */
	bool up;
	struct frame *frame;
	struct nl80211_port port;
	/* for the plane: what the reply is about */
	int purpose;
	uint64_t cookie;
	uint8_t addr[6];
};

struct nl80211_requests {
	struct nl80211_request *list;
	size_t count, room;
	bool lost; /* one is missing for lack of memory */
};

/*
 * Appends a command to an interface, and returns it for its attributes; NULL: no memory. The pointer is valid until the
 * next request is added. The message has NL80211_ATTR_IFINDEX already unless `ifindex` is 0.
 */
struct nl80211_request *nl80211_requests_add(struct nl80211_requests *requests, uint8_t command, int ifindex);

/* Appends NL80211_REQUEST_OPERSTATE, or NL80211_REQUEST_PACKET, which takes `frame` over. */
struct nl80211_request *nl80211_requests_add_operstate(struct nl80211_requests *requests, int ifindex, bool up);
struct nl80211_request *nl80211_requests_add_packet(struct nl80211_requests *requests, int ifindex,
						    struct frame *frame);

/* Appends NL80211_REQUEST_ADDRESS. */
struct nl80211_request *nl80211_requests_add_address(struct nl80211_requests *requests, int ifindex,
						     const uint8_t addr[6]);

/* Appends NL80211_REQUEST_PORT. */
struct nl80211_request *nl80211_requests_add_port(struct nl80211_requests *requests, int ifindex,
						  const struct nl80211_port *port, bool up);

/* Removes the first request and moves it to `request`, which the caller frees. Returns false if the list is empty. */
bool nl80211_requests_take(struct nl80211_requests *requests, struct nl80211_request *request);

/* Frees the last request: it is not needed after all. */
void nl80211_requests_drop_last(struct nl80211_requests *requests);

/* Moves all requests of `urgent` to the front of `requests`, in their order. */
void nl80211_requests_put_first(struct nl80211_requests *requests, struct nl80211_requests *urgent);

void nl80211_request_free(struct nl80211_request *request);
void nl80211_requests_clear(struct nl80211_requests *requests); /* keeps the memory of the list */
void nl80211_requests_free(struct nl80211_requests *requests);

/* ---- attributes; `request` may be NULL ---- */

void nl80211_put_bytes(struct nl80211_request *request, int attribute, const void *bytes, size_t len);
void nl80211_put_u8(struct nl80211_request *request, int attribute, uint8_t value);
void nl80211_put_u16(struct nl80211_request *request, int attribute, uint16_t value);
void nl80211_put_u32(struct nl80211_request *request, int attribute, uint32_t value);
void nl80211_put_flag(struct nl80211_request *request, int attribute);

/* Begins a nested attribute. Returns its mark for nl80211_nest_end(), NULL after a failure. An empty nest is kept. */
struct nlattr *nl80211_nest_begin(struct nl80211_request *request, int attribute);
void nl80211_nest_end(struct nl80211_request *request, struct nlattr *nest);

/* ---- replies ---- */

struct nlmsghdr;

struct nl80211_reply {
	int error;               /* 0 or a negative errno */
	const char *explanation; /* of an error: the kernel's extended acknowledgement, or the text of the errno */
	bool has_cookie;
	uint64_t cookie; /* of a frame whose TX status comes as an event */
	struct nlmsghdr *const *messages;
	size_t count; /* of the messages of the answer; of a command without answer: 0 */
};

/* Reads one message of the answer. Returns false if it is malformed. */
bool nl80211_reply_event(const struct nl80211_reply *reply, size_t index, struct nl80211_event *event);

#endif
