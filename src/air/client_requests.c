/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_S = 10, ANSWER_MAX = 64 << 20 };

int air_reach(const char *path, struct why *why)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int sock, r;

	if (strlen(path) >= sizeof un.sun_path)
		return why_set(why, -ENAMETOOLONG, "%.200s: the name of a socket has at most %zu characters", path,
			       sizeof un.sun_path - 1);
	strcpy(un.sun_path, path);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return why_set(why, -errno, "no socket: %s", strerror(errno));
	if (!connect(sock, (struct sockaddr *)&un, sizeof un))
		return sock;
	r = -errno;
	close(sock);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return why_set(why, r, "nobody serves the air at %s; start `vifi air` first", path);
	if (r == -EACCES)
		return why_set(why, r, "%s: %s; its owner and its group may join the air", path, strerror(-r));
	return why_set(why, r, "%s: %s", path, strerror(-r));
}

static int ask(int sock, const struct air_message *m)
{
	uint8_t head[AIR_HEAD_MAX];
	size_t len = air_write(head, m);
	struct iovec parts[] = {{head, len}, {(void *)m->bytes, m->len}};
	struct msghdr record = {.msg_iov = parts, .msg_iovlen = 2};

	if (!len)
		return -EMSGSIZE;
	return sendmsg(sock, &record, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Adds a part of the answer. */
static int keep(char **answer, size_t *len, const struct air_message *m)
{
	char *longer = *len + m->len < ANSWER_MAX ? realloc(*answer, *len + m->len + 1) : NULL;

	if (!longer)
		return -ENOMEM;
	if (m->len)
		memcpy(longer + *len, m->bytes, m->len);
	*len += m->len;
	longer[*len] = '\0';
	*answer = longer;
	return 0;
}

/* Reads up to DONE, ERROR or the last ANSWER. */
static int hear(int sock, uint8_t *record, char **answer, struct why *why)
{
	struct air_message m;
	size_t text = 0;

	for (;;) {
		ssize_t n = recv(sock, record, AIR_RECORD, 0);
		size_t at = 0;
		int r = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return why_set(why, -EIO, "the air does not answer%s%s", n ? ": " : "",
				       n ? strerror(errno) : "");
		while (air_read(record, (size_t)n, &at, &m) > 0) {
			if (m.kind == AIR_ERROR)
				return why_set(why, m.code ? -m.code : -EPROTO, "%.*s", (int)m.len,
					       m.len ? (const char *)m.bytes : "");
			if (m.kind == AIR_ANSWER)
				r = keep(answer, &text, &m);
			if (r)
				return why_set(why, r, "no memory for the answer");
			if (m.kind == AIR_DONE || (m.kind == AIR_ANSWER && !m.on))
				return 0;
		}
	}
}

int air_ask(const char *path, enum air_kind kind, const char *text, char **answer, struct why *why)
{
	struct air_message m = {.kind = kind, .bytes = (const uint8_t *)text, .len = text ? strlen(text) : 0};
	struct timeval wait = {.tv_sec = ANSWER_S};
	uint8_t *record = malloc(AIR_RECORD);
	int sock = air_reach(path, why), r = sock;
	char *got = NULL;

	if (sock < 0)
		goto out;
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	r = record ? ask(sock, &m) : -ENOMEM;
	if (r == -EMSGSIZE)
		why_set(why, r, "a rule has 1 to 1024 printable characters");
	else if (r)
		why_set(why, r, "%s: %s", path, strerror(-r));
	else
		r = hear(sock, record, &got, why);
	close(sock);
out:
	if (answer)
		*answer = r ? NULL : got;
	if (r || !answer)
		free(got);
	free(record);
	return r;
}
