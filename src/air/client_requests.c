/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_TIMEOUT_MS = 10000, ANSWER_MAX = 64 << 20 };

int air_connect(const char *path, struct error *error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int sock, ret;

	if (strlen(path) >= sizeof(un.sun_path))
		return error_set(error, -ENAMETOOLONG, "%.200s: the path of a socket has at most %zu characters", path,
				 sizeof(un.sun_path) - 1);
	strcpy(un.sun_path, path);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return error_set(error, -errno, "cannot create a socket: %s", strerror(errno));
	if (!connect(sock, (struct sockaddr *)&un, sizeof(un)))
		return sock;
	ret = -errno;
	close(sock);
	if (ret == -ENOENT || ret == -ECONNREFUSED)
		return error_set(error, ret, "no vifi air is listening on %s; start it with `vifi air`", path);
	if (ret == -EACCES)
		return error_set(
			error, ret,
			"cannot join the medium at %s: %s; only the owner and the group of the socket may join", path,
			strerror(-ret));
	return error_set(error, ret, "cannot join the medium at %s: %s", path, strerror(-ret));
}

static int send_request(int sock, const struct air_message *message)
{
	uint8_t header[AIR_HEADER_MAX];
	size_t len = air_message_write(header, message);
	struct iovec parts[] = {{header, len}, {(void *)message->bytes, message->len}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};

	if (!len)
		return -EMSGSIZE;
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Waits for a record. Returns its length; 0: the connection is closed; or a negative errno. */
static ssize_t receive_record(int sock, uint8_t *record)
{
	struct pollfd ready = {.fd = sock, .events = POLLIN};

	for (;;) {
		ssize_t len = recv(sock, record, AIR_RECORD_MAX, 0);

		if (len >= 0)
			return len;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (poll(&ready, 1, ANSWER_TIMEOUT_MS) == 0)
			return -ETIMEDOUT;
	}
}

/* Appends a part of the answer. */
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

/* Handles a message of the answer. Returns 1 at its end, 0 to go on, or a negative errno. */
static int handle_message(const struct air_message *message, char **answer, size_t *len, struct error *error)
{
	if (message->kind == AIR_ERROR)
		return error_set(error, message->code ? -message->code : -EPROTO, "%.*s", (int)message->len,
				 message->len ? (const char *)message->bytes : "");
	if (message->kind == AIR_ANSWER && append_answer(answer, len, message))
		return error_set(error, -ENOMEM, "no memory for the answer");
	return message->kind == AIR_DONE || (message->kind == AIR_ANSWER && !message->on);
}

/* Reads up to DONE, ERROR or the last ANSWER. */
static int read_answer(int sock, uint8_t *record, char **answer, struct error *error)
{
	struct air_message message;
	size_t answer_len = 0;

	for (;;) {
		ssize_t len = receive_record(sock, record);
		size_t at = 0;
		int ret;

		if (len <= 0)
			return error_set(error, len ? (int)len : -EIO, "no answer from vifi air: %s",
					 len ? strerror((int)-len) : "it closed the connection");
		while (air_message_read(record, (size_t)len, &at, &message) > 0) {
			ret = handle_message(&message, answer, &answer_len, error);
			if (ret)
				return ret < 0 ? ret : 0;
		}
	}
}

static int send_and_receive(int sock, const struct air_message *message, uint8_t *record, char **answer,
			    struct error *error)
{
	int ret = send_request(sock, message);

	if (ret == -EMSGSIZE)
		return error_set(error, ret, "a rule has 1 to 1024 printable characters");
	if (ret)
		return error_set(error, ret, "cannot send to vifi air: %s", strerror(-ret));
	return read_answer(sock, record, answer, error);
}

int air_request(const char *path, enum air_message_kind kind, const char *text, char **answer, struct error *error)
{
	const struct air_message message = {
		.kind = kind, .bytes = (const uint8_t *)text, .len = text ? strlen(text) : 0};
	uint8_t *record = malloc(AIR_RECORD_MAX);
	char *received = NULL;
	int sock = -1, ret;

	if (!record)
		ret = error_set(error, -ENOMEM, "no memory");
	else
		ret = sock = air_connect(path, error);
	if (sock >= 0) {
		ret = send_and_receive(sock, &message, record, &received, error);
		close(sock);
	}
	if (ret || !answer)
		free(received);
	if (answer)
		*answer = ret ? NULL : received;
	free(record);
	return ret;
}
