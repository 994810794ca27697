/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_TIMEOUT_S = 10, ANSWER_MAX = 64 << 20 };

int air_connect(const char *path, struct error *error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int sock, ret;

	if (strlen(path) >= sizeof un.sun_path)
		return error_set(error, -ENAMETOOLONG, "%.200s: the name of a socket has at most %zu characters", path,
				 sizeof un.sun_path - 1);
	strcpy(un.sun_path, path);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return error_set(error, -errno, "no socket: %s", strerror(errno));
	if (!connect(sock, (struct sockaddr *)&un, sizeof un))
		return sock;
	ret = -errno;
	close(sock);
	if (ret == -ENOENT || ret == -ECONNREFUSED)
		return error_set(error, ret, "nobody serves the air at %s; start `vifi air` first", path);
	if (ret == -EACCES)
		return error_set(error, ret, "%s: %s; its owner and its group may join the air", path, strerror(-ret));
	return error_set(error, ret, "%s: %s", path, strerror(-ret));
}

static int send_request(int sock, const struct air_message *message)
{
	uint8_t head[AIR_HEADER_MAX];
	size_t len = air_message_write(head, message);
	struct iovec parts[] = {{head, len}, {(void *)message->bytes, message->len}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};

	if (!len)
		return -EMSGSIZE;
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Adds a part of the answer. */
static int append_answer(char **answer, size_t *len, const struct air_message *message)
{
	char *grown = *len + message->len < ANSWER_MAX ? realloc(*answer, *len + message->len + 1) : NULL;

	if (!grown)
		return -ENOMEM;
	if (message->len)
		memcpy(grown + *len, message->bytes, message->len);
	*len += message->len;
	grown[*len] = '\0';
	*answer = grown;
	return 0;
}

/* Reads up to DONE, ERROR or the last ANSWER. */
static int read_answer(int sock, uint8_t *record, char **answer, struct error *error)
{
	struct air_message message;
	size_t answer_len = 0;

	for (;;) {
		ssize_t len = recv(sock, record, AIR_RECORD_MAX, 0);
		size_t at = 0;
		int ret = 0;

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return error_set(error, -EIO, "the air does not answer%s%s", len ? ": " : "",
					 len ? strerror(errno) : "");
		while (air_message_read(record, (size_t)len, &at, &message) > 0) {
			if (message.kind == AIR_ERROR)
				return error_set(error, message.code ? -message.code : -EPROTO, "%.*s",
						 (int)message.len, message.len ? (const char *)message.bytes : "");
			if (message.kind == AIR_ANSWER)
				ret = append_answer(answer, &answer_len, &message);
			if (ret)
				return error_set(error, ret, "no memory for the answer");
			if (message.kind == AIR_DONE || (message.kind == AIR_ANSWER && !message.on))
				return 0;
		}
	}
}

int air_request(const char *path, enum air_message_kind kind, const char *text, char **answer, struct error *error)
{
	struct air_message message = {.kind = kind, .bytes = (const uint8_t *)text, .len = text ? strlen(text) : 0};
	struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
	uint8_t *record = malloc(AIR_RECORD_MAX);
	int sock = air_connect(path, error), ret = sock;
	char *received = NULL;

	if (sock < 0)
		goto out;
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	ret = record ? send_request(sock, &message) : -ENOMEM;
	if (ret == -EMSGSIZE)
		error_set(error, ret, "a rule has 1 to 1024 printable characters");
	else if (ret)
		error_set(error, ret, "%s: %s", path, strerror(-ret));
	else
		ret = read_answer(sock, record, &received, error);
	close(sock);
out:
	if (answer)
		*answer = ret ? NULL : received;
	if (ret || !answer)
		free(received);
	free(record);
	return ret;
}
