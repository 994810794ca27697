/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/genl.h"

#include "base/array.h"
#include "netdev/genl_family.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECEIVE_BUFFER = 4 << 20, /* bytes: the results of a scan, or a burst of frames of many stations */
	MESSAGE_MAX = 64 << 10,   /* the kernel fills up to 32 KiB at once */
	DUMP_TRIES = 10,
	ANSWER_MS = 10000, /* the kernel answers at once, or never */
	OVERRUN_MS = 100,  /* … and never if the answer found no room */
	DRAIN_MAX = 1024,  /* batches read before a request */
};

/* Messages, each in memory of its own. */
struct message_list {
	struct nlmsghdr **list;
	size_t count, room;
};

struct genl {
	int family;
	int request_fd, owner_fd;
	uint32_t sequence;
	char explanation[160];
	char *buffer; /* MESSAGE_MAX bytes */
	struct message_list answer, events;
	size_t next_event; /* in `events` */
	bool lost;
};

/* ---- lists ---- */

static void list_clear(struct message_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->list[i]);
	list->count = 0;
}

static int list_add(struct message_list *list, const struct nlmsghdr *message)
{
	struct nlmsghdr *copy;

	if (array_reserve(&list->list, &list->room, list->count + 1, sizeof(struct nlmsghdr *)))
		return -ENOMEM;
	copy = malloc(message->nlmsg_len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, message, message->nlmsg_len);
	list->list[list->count++] = copy;
	return 0;
}

/* ---- sockets ---- */

static int open_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int on = 1, size = RECEIVE_BUFFER, ret;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Without these options only explanations and cookies are missing. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

static int join_groups(int fd, const struct genl_family *family)
{
	static const char *const groups[] = {NL80211_MULTICAST_GROUP_CONFIG, NL80211_MULTICAST_GROUP_SCAN,
					     NL80211_MULTICAST_GROUP_REG, NL80211_MULTICAST_GROUP_MLME};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		uint32_t group = genl_family_group(family, groups[i]);

		if (!group)
			return -EOPNOTSUPP;
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			return -errno;
	}
	return 0;
}

static int find_family(struct genl *genl)
{
	struct netlink control;
	struct genl_family family;
	int ret = netlink_open(&control, NETLINK_GENERIC);

	if (ret < 0)
		return ret;
	ret = genl_family_find(&control, NL80211_GENL_NAME, &family);
	netlink_close(&control);
	genl->family = family.id;
	return ret < 0 ? ret : join_groups(genl->owner_fd, &family);
}

struct genl *genl_open(int *err, struct error *error)
{
	struct genl *genl = calloc(1, sizeof(*genl));

	*err = -ENOMEM;
	if (!genl) {
		error_set(error, *err, "no memory");
		return NULL;
	}
	genl->buffer = malloc(MESSAGE_MAX);
	genl->request_fd = open_socket();
	genl->owner_fd = open_socket();
	if (!genl->buffer)
		error_set(error, *err, "no memory");
	else if (genl->request_fd < 0 || genl->owner_fd < 0)
		*err = error_set(error, genl->request_fd < 0 ? genl->request_fd : genl->owner_fd,
				 "cannot open a netlink socket: %s",
				 strerror(genl->request_fd < 0 ? -genl->request_fd : -genl->owner_fd));
	else if ((*err = find_family(genl)) == -EOPNOTSUPP)
		error_set(error, *err, "this kernel has no nl80211: load the driver of the Wi-Fi card, and cfg80211");
	else if (*err < 0)
		error_set(error, *err, "cannot receive the events of nl80211: %s", strerror(-*err));
	if (*err == 0)
		return genl;
	genl_close(genl);
	return NULL;
}

void genl_close(struct genl *genl)
{
	if (!genl)
		return;
	if (genl->request_fd >= 0)
		close(genl->request_fd);
	if (genl->owner_fd >= 0)
		close(genl->owner_fd);
	list_clear(&genl->answer);
	list_clear(&genl->events);
	free(genl->answer.list);
	free(genl->events.list);
	free(genl->buffer);
	free(genl);
}

/* ---- messages ---- */

/* Reads a batch from the kernel into the buffer. Returns its length, 0: there is none now, or a negative errno. */
static ssize_t read_batch(struct genl *genl, int fd, int wait_ms)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof(from);
	ssize_t len;

	do {
		len = recvfrom(fd, genl->buffer, MESSAGE_MAX, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
	} while ((len >= 0 && from.nl_pid) ||
		 (len < 0 && (errno == EINTR || (errno == EAGAIN && wait_ms && poll(&readable, 1, wait_ms) > 0))));
	if (len < 0)
		return errno == EAGAIN ? 0 : -errno;
	return len;
}

static int send_request(struct genl *genl, int fd, const struct nl80211_request *request)
{
	struct nlmsghdr *header = nlmsg_hdr(request->message);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	header->nlmsg_type = (uint16_t)genl->family;
	header->nlmsg_flags = NLM_F_REQUEST | (request->dump ? NLM_F_DUMP : NLM_F_ACK);
	header->nlmsg_seq = ++genl->sequence;
	if (!header->nlmsg_seq)
		header->nlmsg_seq = ++genl->sequence;
	header->nlmsg_pid = 0;
	if (sendto(fd, header, header->nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* What an acknowledgement says beside the error: the explanation of the kernel, and the cookie of a frame. */
static void read_acknowledgement(struct genl *genl, struct nlmsghdr *message, struct nl80211_reply *reply)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	struct nlmsgerr *ack = nlmsg_data(message);
	size_t echo = 0;

	reply->error = ack->error;
	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		echo = ack->msg.nlmsg_len - sizeof(ack->msg);
	if (echo > message->nlmsg_len ||
	    nlmsg_parse(message, (int)(sizeof(*ack) + echo), attrs, NLMSGERR_ATTR_MAX, NULL) < 0)
		return;
	if (attrs[NLMSGERR_ATTR_MSG])
		nla_strlcpy(genl->explanation, attrs[NLMSGERR_ATTR_MSG], sizeof(genl->explanation));
	if (attrs[NLMSGERR_ATTR_COOKIE] && nla_len(attrs[NLMSGERR_ATTR_COOKIE]) == sizeof(reply->cookie)) {
		memcpy(&reply->cookie, nla_data(attrs[NLMSGERR_ATTR_COOKIE]), sizeof(reply->cookie));
		reply->has_cookie = true;
	}
}

/* Returns whether the answer is complete. */
static bool handle_answer(struct genl *genl, struct nlmsghdr *message, struct nl80211_reply *reply, bool *interrupted)
{
	int error = 0;

	*interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		if (nlmsg_datalen(message) >= (int)sizeof(struct nlmsgerr))
			read_acknowledgement(genl, message, reply);
		else
			reply->error = -EBADMSG;
		return true;
	case NLMSG_DONE:
		if (nlmsg_datalen(message) >= (int)sizeof(error))
			memcpy(&error, nlmsg_data(message), sizeof(error));
		reply->error = error < 0 ? error : 0;
		return true;
	}
	if (list_add(&genl->answer, message) && !reply->error)
		reply->error = -ENOMEM;
	return false;
}

/* Sorts the messages of a batch: those of the answer, and events. Returns whether the answer is complete. */
static bool sort_batch(struct genl *genl, ssize_t len, struct nl80211_reply *reply, bool *interrupted)
{
	struct nlmsghdr *message = (void *)genl->buffer;
	bool complete = false;

	for (int rest = (int)len; nlmsg_ok(message, rest); message = nlmsg_next(message, &rest)) {
		if (message->nlmsg_seq == genl->sequence && !complete)
			complete = handle_answer(genl, message, reply, interrupted);
		else if (message->nlmsg_type == genl->family && !message->nlmsg_seq && list_add(&genl->events, message))
			genl->lost = true;
	}
	return complete;
}

/* Reads the events that wait. Returns the length of the last batch, as read_batch(). */
static ssize_t read_events(struct genl *genl)
{
	struct nl80211_reply ignored = {0};
	bool interrupted = false;
	ssize_t len = read_batch(genl, genl->owner_fd, 0);

	if (len == -ENOBUFS)
		genl->lost = true;
	else if (len > 0)
		sort_batch(genl, len, &ignored, &interrupted);
	return len;
}

/* The acknowledgement of a request shares the buffer of the owner socket with events: makes room for it. */
static void make_room(struct genl *genl)
{
	ssize_t len = 1;

	for (int i = 0; i < DRAIN_MAX && (len > 0 || len == -ENOBUFS); i++)
		len = read_events(genl);
}

static void exchange(struct genl *genl, int fd, const struct nl80211_request *request, struct nl80211_reply *reply,
		     bool *interrupted)
{
	bool complete = false;
	int wait_ms = ANSWER_MS;

	if (fd == genl->owner_fd)
		make_room(genl);
	*reply = (struct nl80211_reply){.error = send_request(genl, fd, request)};
	genl->explanation[0] = '\0';
	list_clear(&genl->answer);
	*interrupted = false;
	while (!reply->error && !complete) {
		ssize_t len = read_batch(genl, fd, wait_ms);

		if (len == -ENOBUFS) {
			genl->lost = true;
			wait_ms = OVERRUN_MS;
		} else if (len <= 0) {
			reply->error = len ? (int)len : -ETIMEDOUT;
		} else {
			complete = sort_batch(genl, len, reply, interrupted);
		}
	}
}

static void finish_reply(struct genl *genl, struct nl80211_reply *reply)
{
	struct nl80211_event event;

	reply->messages = genl->answer.list;
	reply->count = genl->answer.count;
	if (reply->error)
		reply->explanation = genl->explanation[0] ? genl->explanation : strerror(-reply->error);
	if (!reply->has_cookie && reply->count == 1 && nl80211_reply_event(reply, 0, &event) && event.has_cookie) {
		reply->has_cookie = true;
		reply->cookie = event.cookie;
	}
}

/* Events that were handed out are no longer needed. */
static void forget_handed_out(struct genl *genl)
{
	size_t left = genl->events.count - genl->next_event;

	for (size_t i = 0; i < genl->next_event; i++)
		free(genl->events.list[i]);
	if (genl->next_event)
		memmove(genl->events.list, genl->events.list + genl->next_event, left * sizeof(struct nlmsghdr *));
	genl->events.count = left;
	genl->next_event = 0;
}

void genl_execute(struct genl *genl, const struct nl80211_request *request, struct nl80211_reply *reply)
{
	int fd = request->owner_socket ? genl->owner_fd : genl->request_fd;
	bool interrupted = true;

	if (request->too_long) {
		*reply = (struct nl80211_reply){.error = -EMSGSIZE, .explanation = strerror(EMSGSIZE)};
		return;
	}
	for (int i = 0; i < DUMP_TRIES && interrupted; i++)
		exchange(genl, fd, request, reply, &interrupted);
	finish_reply(genl, reply);
}

/* ---- events ---- */

int genl_event_fd(const struct genl *genl)
{
	return genl->owner_fd;
}

struct nlmsghdr *genl_next_event(struct genl *genl, bool *lost)
{
	if (genl->next_event == genl->events.count) {
		forget_handed_out(genl);
		read_events(genl);
	}
	*lost = genl->lost;
	genl->lost = false;
	return genl->next_event < genl->events.count ? genl->events.list[genl->next_event++] : NULL;
}

bool genl_has_event(const struct genl *genl)
{
	return genl->lost || genl->next_event < genl->events.count;
}
