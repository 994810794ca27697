/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/control.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t socket_address(struct sockaddr_un *un, const char *uplink)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	int len = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "vifi/bridge/%s", uplink);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
}

/* The process at the other end; 0 unless it is ours or root's. */
static pid_t peer_pid(int fd)
{
	struct ucred creds;
	socklen_t size = sizeof(creds);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &creds, &size) < 0)
		return 0;
	return creds.uid == 0 || creds.uid == geteuid() ? creds.pid : 0;
}

static int connect_owner(const char *uplink)
{
	struct sockaddr_un un;
	socklen_t size = socket_address(&un, uplink);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, size) < 0) {
		int ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

pid_t control_owner(const char *uplink)
{
	int fd = connect_owner(uplink);

	if (fd < 0)
		return 0;
	pid_t pid = peer_pid(fd);
	close(fd);
	return pid;
}

int control_lock(const char *uplink, pid_t *owner)
{
	struct sockaddr_un un;
	socklen_t size = socket_address(&un, uplink);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret = 0;

	*owner = 0;
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un, size) < 0 || listen(fd, 16) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		if (ret == -EADDRINUSE)
			*owner = control_owner(uplink);
		return ret;
	}
	return fd;
}

/* ---- the asking end ---- */

static int send_line(int fd, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	size_t size = text ? strlen(text) : 0, sent = 0;

	if (!text)
		return -ENOMEM;
	text[size++] = '\n'; /* in the place of the closing NUL */
	while (sent < size) {
		ssize_t len = send(fd, text + sent, size - sent, MSG_NOSIGNAL);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break;
		sent += (size_t)len;
	}
	free(text);
	return sent == size ? 0 : -EIO;
}

/* Reads one line, without its end; NULL: there is none. The caller frees it. */
static char *read_line(int fd)
{
	size_t used = 0, room = 65536;
	char *line = malloc(room);

	while (line) {
		ssize_t len = recv(fd, line + used, room - used - 1, 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break;
		used += (size_t)len;
		line[used] = '\0';
		char *end = memchr(line + used - (size_t)len, '\n', (size_t)len);
		if (end) {
			*end = '\0';
			return line;
		}
		if (used + 1 == room) {
			if (room >= CONTROL_ANSWER_MAX)
				break;
			char *grown = realloc(line, room *= 2);
			if (!grown)
				break;
			line = grown;
		}
	}
	free(line);
	return NULL;
}

json_t *control_request(const char *uplink, const json_t *request, unsigned timeout, bool until_gone,
			struct error *error)
{
	struct timeval wait = {.tv_sec = timeout};
	json_t *answer = NULL;
	int fd = connect_owner(uplink);

	if (fd < 0) {
		error_set(error, fd, "nobody serves %s: %s", uplink, strerror(-fd));
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (!peer_pid(fd)) {
		error_set(error, -EPERM, "the process that serves %s is not root's; it is left alone", uplink);
	} else if (send_line(fd, request) == 0) {
		char *line = read_line(fd), rest;
		answer = line ? json_loads(line, 0, NULL) : NULL;
		free(line);
		if (answer && until_gone && recv(fd, &rest, 1, 0) < 0 && errno != ECONNRESET) {
			json_decref(answer);
			answer = NULL;
		}
	}
	if (!answer && !error->text[0])
		error_set(error, -ETIMEDOUT, "the process that serves %s (pid %d) does not answer", uplink,
			  (int)peer_pid(fd));
	close(fd);
	return answer;
}

/* ---- the answering end ---- */

struct control_connection {
	uv_poll_t poll;
	struct control *control;
	struct control_connection *next;
	int fd;
	size_t used;
	char *out; /* the answer, while it is being sent */
	size_t out_size, out_sent;
	bool keep_open; /* stays open when the answer is sent */
	char request[CONTROL_REQUEST_MAX];
};

struct control {
	uv_poll_t poll;
	uv_loop_t *loop;
	int fd;
	unsigned count;
	control_handler *handler;
	void *user;
	struct control_connection *connections;
};

static void on_handle_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_connection(struct control_connection *connection)
{
	struct control_connection **link = &connection->control->connections;

	while (*link && *link != connection)
		link = &(*link)->next;
	if (*link)
		*link = connection->next;
	connection->control->count--;
	uv_poll_stop(&connection->poll);
	close(connection->fd);
	free(connection->out);
	uv_close((uv_handle_t *)&connection->poll, on_handle_closed);
}

static void on_connection_ready(uv_poll_t *poll, int status, int events);
static void send_pending(struct control_connection *connection);

static void send_answer(struct control_connection *connection, json_t *json)
{
	connection->out = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!connection->out) {
		close_connection(connection);
		return;
	}
	connection->out_size = strlen(connection->out);
	connection->out[connection->out_size++] = '\n';
	/* A short answer goes at once: after the last request the loop may not turn again. */
	uv_poll_start(&connection->poll, UV_WRITABLE, on_connection_ready);
	send_pending(connection);
}

static void receive_request(struct control_connection *connection)
{
	ssize_t len = recv(connection->fd, connection->request + connection->used,
			   sizeof(connection->request) - 1 - connection->used, MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0 || connection->keep_open) { /* gone, or talking on after the last word */
		close_connection(connection);
		return;
	}
	connection->used += (size_t)len;
	char *end = memchr(connection->request, '\n', connection->used);
	if (!end) {
		if (connection->used == sizeof(connection->request) - 1)
			close_connection(connection);
		return;
	}
	*end = '\0';
	json_t *request = json_loads(connection->request, 0, NULL);
	json_t *reply =
		request ? connection->control->handler(connection->control->user, request, &connection->keep_open)
			: NULL;
	json_decref(request);
	send_answer(connection, reply ? reply : json_pack("{s:s}", "error", "not understood"));
}

static void send_pending(struct control_connection *connection)
{
	ssize_t len = send(connection->fd, connection->out + connection->out_sent,
			   connection->out_size - connection->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len > 0)
		connection->out_sent += (size_t)len;
	if (len <= 0 || (connection->out_sent == connection->out_size && !connection->keep_open))
		close_connection(connection);
	else if (connection->out_sent == connection->out_size)
		uv_poll_start(&connection->poll, UV_READABLE, on_connection_ready);
}

static void on_connection_ready(uv_poll_t *poll, int status, int events)
{
	struct control_connection *connection = poll->data;

	if (status < 0)
		close_connection(connection);
	else if (events & UV_WRITABLE)
		send_pending(connection);
	else
		receive_request(connection);
}

static void on_listen_ready(uv_poll_t *poll, int status, int events)
{
	enum { CONNECTIONS_MAX = 32 };
	struct control *control = poll->data;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	struct control_connection *connection =
		peer_pid(fd) && control->count < CONNECTIONS_MAX ? calloc(1, sizeof(*connection)) : NULL;
	if (!connection || uv_poll_init(control->loop, &connection->poll, fd) < 0) {
		free(connection);
		close(fd);
		return;
	}
	connection->poll.data = connection;
	connection->control = control;
	connection->fd = fd;
	connection->next = control->connections;
	control->connections = connection;
	control->count++;
	uv_poll_start(&connection->poll, UV_READABLE, on_connection_ready);
}

struct control *control_serve(uv_loop_t *loop, int fd, control_handler *handler, void *user)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->loop = loop;
	control->fd = fd;
	control->handler = handler;
	control->user = user;
	if (uv_poll_init(loop, &control->poll, fd) < 0) {
		free(control);
		return NULL;
	}
	control->poll.data = control;
	uv_poll_start(&control->poll, UV_READABLE, on_listen_ready);
	return control;
}

void control_stop(struct control *control)
{
	if (!control)
		return;
	while (control->connections) {
		struct control_connection *connection = control->connections;
		if (!connection->keep_open) {
			close_connection(connection);
			continue;
		}
		/* Whoever asked for the end sees it when this process has ended: its descriptor stays open. */
		control->connections = connection->next;
		uv_poll_stop(&connection->poll);
		free(connection->out);
		uv_close((uv_handle_t *)&connection->poll, on_handle_closed);
	}
	uv_poll_stop(&control->poll);
	uv_close((uv_handle_t *)&control->poll, on_handle_closed);
}
