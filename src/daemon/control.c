/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/control.h"

#include "base/array.h"

#include <errno.h>
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
	int len;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	len = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "vifi/bridge/%s", uplink);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
}

/*
 * Whether the peer is root or our own user: 0, with its pid, or a negative errno. SO_PEERCRED gives pid 0 for a process
 * outside of our pid namespace, so that the pid tells nothing about permission.
 */
static int check_peer(int fd, pid_t *pid)
{
	struct ucred creds;
	socklen_t size = sizeof(creds);

	*pid = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &creds, &size) < 0)
		return -errno;
	if (creds.uid != 0 && creds.uid != geteuid())
		return -EPERM;
	*pid = creds.pid;
	return 0;
}

/* Connects to the process that holds the lock. Returns the descriptor, or a negative errno. */
static int connect_owner(const char *uplink, pid_t *pid)
{
	struct sockaddr_un un;
	socklen_t size = socket_address(&un, uplink);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ret = 0;

	*pid = 0;
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, size) < 0)
		ret = -errno;
	if (ret == 0)
		ret = check_peer(fd, pid);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

int control_owner(const char *uplink, pid_t *pid)
{
	int fd = connect_owner(uplink, pid);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int control_lock(const char *uplink)
{
	struct sockaddr_un un;
	socklen_t size = socket_address(&un, uplink);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un, size) == 0 && listen(fd, 16) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* ---- the requesting end ---- */

static int send_line(int fd, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	size_t size = text ? strlen(text) : 0, sent = 0;

	if (!text)
		return -ENOMEM;
	text[size++] = '\n'; /* overwrites the terminating zero */
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

/* Reads one line without its line feed; NULL when none arrives, or one that is too long. The caller frees it. */
static char *read_line(int fd)
{
	size_t used = 0, room = 0;
	char *line = NULL;

	while (used < CONTROL_ANSWER_MAX && array_reserve(&line, &room, used + 65536, 1) == 0) {
		ssize_t len = recv(fd, line + used, room - used, 0);
		char *end;

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break;
		end = memchr(line + used, '\n', (size_t)len);
		if (end) {
			*end = '\0';
			return line;
		}
		used += (size_t)len;
	}
	free(line);
	return NULL;
}

/* One request and its answer on a connection; NULL when the peer does not answer, or does not end in time. */
static json_t *exchange(int fd, const json_t *request, bool until_gone)
{
	json_t *answer;
	char *line, rest;

	if (send_line(fd, request) < 0)
		return NULL;
	line = read_line(fd);
	answer = line ? json_loads(line, 0, NULL) : NULL;
	free(line);
	if (answer && until_gone && recv(fd, &rest, 1, 0) < 0 && errno != ECONNRESET) {
		json_decref(answer);
		return NULL;
	}
	return answer;
}

json_t *control_request(const char *uplink, const json_t *request, unsigned timeout, bool until_gone,
			struct error *error)
{
	struct timeval wait = {.tv_sec = timeout};
	json_t *answer;
	pid_t pid;
	int fd = connect_owner(uplink, &pid);

	if (fd == -EPERM) {
		error_set(error, fd,
			  "another user holds the control socket of %s (@vifi/bridge/%s); `ss -xlp` names the process",
			  uplink, uplink);
		return NULL;
	}
	if (fd < 0) {
		error_set(error, fd, "no vifi process serves %s: %s", uplink, strerror(-fd));
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	answer = exchange(fd, request, until_gone);
	if (!answer)
		error_set(error, -ETIMEDOUT,
			  "the process that serves %s has not answered within %u seconds; `ss -xlp` names it, by "
			  "@vifi/bridge/%s",
			  uplink, timeout, uplink);
	close(fd);
	return answer;
}

/* ---- the serving end ---- */

struct control_connection {
	uv_poll_t poll;
	struct control *control;
	struct control_connection *next;
	int fd;
	size_t used;
	char *out; /* the answer, while it is being sent */
	size_t out_size, out_sent;
	bool keep_open; /* until the process ends: the peer waits for that */
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
	/* Send a short answer now: after the last request the loop may not run again. */
	uv_poll_start(&connection->poll, UV_WRITABLE, on_connection_ready);
	send_pending(connection);
}

static json_t *handle_request(struct control_connection *connection)
{
	struct control *control = connection->control;
	json_t *request = json_loads(connection->request, 0, NULL), *answer = NULL;

	if (request)
		answer = control->handler(control->user, request, &connection->keep_open);
	json_decref(request);
	return answer ? answer
		      : json_pack("{s:s}", "error", "unknown request; do both ends have the same version of vifi?");
}

static void receive_request(struct control_connection *connection)
{
	ssize_t len = recv(connection->fd, connection->request + connection->used,
			   sizeof(connection->request) - 1 - connection->used, MSG_DONTWAIT);
	char *end;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0 || connection->keep_open) { /* the peer has closed, or sends more than one request */
		close_connection(connection);
		return;
	}
	connection->used += (size_t)len;
	end = memchr(connection->request, '\n', connection->used);
	if (end) {
		*end = '\0';
		send_answer(connection, handle_request(connection));
	} else if (connection->used == sizeof(connection->request) - 1) {
		close_connection(connection);
	}
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
	struct control_connection *connection = NULL;
	pid_t pid;

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	if (check_peer(fd, &pid) == 0 && control->count < CONNECTIONS_MAX)
		connection = calloc(1, sizeof(*connection));
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
		/* The peer waits for the end of this process: the descriptor stays open until then. */
		control->connections = connection->next;
		uv_poll_stop(&connection->poll);
		free(connection->out);
		uv_close((uv_handle_t *)&connection->poll, on_handle_closed);
	}
	uv_poll_stop(&control->poll);
	uv_close((uv_handle_t *)&control->poll, on_handle_closed);
}
