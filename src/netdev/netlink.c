/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/netlink.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	DUMP_TRIES = 5,
	RECEIVE_BUFFER = 1 << 20, /* bytes; a dump of a large table arrives in one go */
	DRAIN_MAX = 256,          /* reports read at once */
};

/* Maps failures of libnl itself; errors of the kernel carry their own errno (on_error). */
static int to_errno(int nl_error)
{
	switch (nl_error < 0 ? -nl_error : nl_error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NODEV:
		return -ENODEV;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	case NLE_AF_NOSUPPORT:
		return -EAFNOSUPPORT;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_RANGE:
		return -ERANGE;
	case NLE_INVAL:
		return -EINVAL;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_DUMP_INTR:
		return -EINTR;
	default:
		return -EIO;
	}
}

int netlink_open(struct netlink *netlink, int protocol)
{
	int on = 1, ret, fd;

	netlink->explanation[0] = '\0';
	netlink->socket = nl_socket_alloc();
	if (!netlink->socket)
		return -ENOMEM;
	ret = nl_connect(netlink->socket, protocol);
	if (ret < 0) {
		netlink_close(netlink);
		return to_errno(ret);
	}
	fd = nl_socket_get_fd(netlink->socket);
	/* Without these options requests work as well; only explanations are missing. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	nl_socket_set_buffer_size(netlink->socket, RECEIVE_BUFFER, 0);
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	nl_socket_free(netlink->socket);
	netlink->socket = NULL;
}

struct nl_msg *netlink_message(int type, int flags, const void *header, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && nlmsg_append(msg, (void *)(uintptr_t)header, size, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* One request while its answer is read. */
struct netlink_exchange {
	struct netlink *netlink;
	netlink_parser *parse;
	void *arg;
	uint32_t sequence;
	int error; /* of the kernel or of the parser */
	bool done;
};

/* Skips the rest of an earlier answer that was not read to its end. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct netlink_exchange *exchange = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == exchange->sequence ? NL_OK : NL_SKIP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct netlink_exchange *exchange = arg;

	if (exchange->parse && exchange->error == 0)
		exchange->error = exchange->parse(nlmsg_hdr(msg), exchange->arg);
	return NL_OK;
}

static int on_acknowledge(struct nl_msg *msg, void *arg)
{
	struct netlink_exchange *exchange = arg;

	(void)msg;
	exchange->done = true;
	return NL_STOP;
}

/* The end of a dump carries the error that ended it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct netlink_exchange *exchange = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int error = 0;

	if (nlmsg_datalen(nlh) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (exchange->error == 0 && error < 0)
		exchange->error = error;
	exchange->done = true;
	return NL_OK;
}

static void keep_explanation(struct netlink *netlink, struct nlmsgerr *err)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)((char *)err - NLMSG_HDRLEN);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	size_t echo = nlh->nlmsg_flags & NLM_F_CAPPED ? 0 : err->msg.nlmsg_len - sizeof(err->msg);

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	    nlmsg_parse(nlh, (int)(sizeof(*err) + echo), attrs, NLMSGERR_ATTR_MAX, NULL) == 0 &&
	    attrs[NLMSGERR_ATTR_MSG])
		nla_strlcpy(netlink->explanation, attrs[NLMSGERR_ATTR_MSG], sizeof(netlink->explanation));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct netlink_exchange *exchange = arg;

	(void)from;
	exchange->error = err->error;
	exchange->done = true;
	keep_explanation(exchange->netlink, err);
	return NL_STOP;
}

int netlink_request(struct netlink *netlink, struct nl_msg *msg, netlink_parser *parse, void *arg)
{
	struct netlink_exchange exchange = {.netlink = netlink, .parse = parse, .arg = arg};
	struct nl_cb *cb = msg ? nl_cb_alloc(NL_CB_CUSTOM) : NULL;
	int ret = -NLE_NOMEM;

	netlink->explanation[0] = '\0';
	if (cb) {
		nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, &exchange);
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, &exchange);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_acknowledge, &exchange);
		nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &exchange);
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, &exchange);
		ret = nl_send_auto(netlink->socket, msg);
		exchange.sequence = nlmsg_hdr(msg)->nlmsg_seq;
	}
	while (ret >= 0 && !exchange.done)
		ret = nl_recvmsgs(netlink->socket, cb);
	nlmsg_free(msg);
	nl_cb_put(cb);
	if (exchange.error)
		return exchange.error;
	return ret < 0 ? to_errno(ret) : 0;
}

int netlink_dump(struct netlink *netlink, int type, const void *header, size_t size, netlink_parser *parse, void *arg)
{
	int ret = -EINTR;

	for (int i = 0; i < DUMP_TRIES && ret == -EINTR; i++) {
		parse(NULL, arg);
		ret = netlink_request(netlink, netlink_message(type, NLM_F_DUMP, header, size), parse, arg);
	}
	return ret;
}

const char *netlink_reason(const struct netlink *netlink, int ret)
{
	return netlink->explanation[0] ? netlink->explanation : strerror(-ret);
}

int netlink_watch_open(int protocol, const int *groups, size_t count)
{
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int size = RECEIVE_BUFFER, ret = 0, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* The kernel's own reports do not reach a socket without a port id, which bind() assigns. */
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		ret = -errno;
	for (size_t i = 0; i < count && ret == 0; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])) < 0)
			ret = -errno;
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

bool netlink_watch_drain_noise(int fd, bool (*is_noise)(const struct nlmsghdr *report))
{
	union {
		struct nlmsghdr report;
		char bytes[4096];
	} buffer;
	bool any = false;

	for (int i = 0; i < DRAIN_MAX; i++) {
		/* A report that is longer than the buffer is cut, and counts. */
		ssize_t len = recv(fd, &buffer, sizeof(buffer), MSG_DONTWAIT);

		if (len == 0 || (len < 0 && errno != ENOBUFS && errno != EINTR))
			break;
		if (len > 0)
			any |= !is_noise || !nlmsg_ok(&buffer.report, (int)len) || !is_noise(&buffer.report);
		else
			any |= errno == ENOBUFS;
	}
	return any;
}

bool netlink_watch_drain(int fd)
{
	return netlink_watch_drain_noise(fd, NULL);
}
