/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/control.h"

#include "base/array.h"
#include "daemon/clock.h"
#include "daemon/control_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the requesting end ---- */

static uint64_t now_ms(void)
{
	return monotonic_ns() / 1000000;
}

/* Waits until a transfer can continue. Returns false at the deadline. */
static bool wait_ready(int fd, short events, uint64_t deadline_ms)
{
	struct pollfd ready = {.fd = fd, .events = events};
	uint64_t now = now_ms();

	return now < deadline_ms && (poll(&ready, 1, (int)(deadline_ms - now)) > 0 || errno == EINTR);
}

static int send_line(int fd, const json_t *json, uint64_t deadline_ms)
{
	char *text = json_dumps(json, JSON_COMPACT);
	size_t size = text ? strlen(text) : 0, sent = 0;

	if (!text)
		return -ENOMEM;
	text[size++] = '\n'; /* overwrites the terminating zero */
	while (sent < size) {
		ssize_t len = send(fd, text + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (len < 0 && (errno == EINTR || errno == EAGAIN) && wait_ready(fd, POLLOUT, deadline_ms))
			continue;
		if (len <= 0)
			break;
		sent += (size_t)len;
	}
	free(text);
	return sent == size ? 0 : -EIO;
}

/* Reads one line without its line feed; NULL when none arrives in time, or one that is too long. The caller frees it. */
static char *read_line(int fd, uint64_t deadline_ms)
{
	size_t used = 0, room = 0;
	char *line = NULL;

	while (used < CONTROL_ANSWER_MAX && array_reserve(&line, &room, used + 65536, 1) == 0) {
		ssize_t len = recv(fd, line + used, room - used, MSG_DONTWAIT);
		char *end;

		if (len < 0 && (errno == EINTR || errno == EAGAIN) && wait_ready(fd, POLLIN, deadline_ms))
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

/* Waits until the peer closes the connection. Returns false when it has not at the deadline. */
static bool wait_gone(int fd, uint64_t deadline_ms)
{
	char rest;

	for (;;) {
		ssize_t len = recv(fd, &rest, 1, MSG_DONTWAIT);

		if (len == 0 || (len < 0 && errno == ECONNRESET))
			return true;
		if (len > 0 || (errno != EINTR && errno != EAGAIN) || !wait_ready(fd, POLLIN, deadline_ms))
			return false;
	}
}

/* One request and its answer on a connection; NULL when the peer does not answer, or does not end, in time. */
static json_t *exchange(int fd, const json_t *request, unsigned timeout_ms, bool until_gone)
{
	uint64_t deadline_ms = now_ms() + timeout_ms;
	json_t *answer;
	char *line;

	if (send_line(fd, request, deadline_ms) < 0)
		return NULL;
	line = read_line(fd, deadline_ms);
	answer = line ? json_loads(line, 0, NULL) : NULL;
	free(line);
	if (answer && until_gone && !wait_gone(fd, now_ms() + timeout_ms)) {
		json_decref(answer);
		return NULL;
	}
	return answer;
}

json_t *control_request(const char *folder, const char *uplink, const json_t *request, unsigned timeout,
			bool until_gone, struct error *error)
{
	json_t *answer = NULL;
	pid_t pid;
	int fd = control_connect(folder, uplink, timeout * 1000, &pid);

	if (fd >= 0) {
		bool stopped = control_peer_is_stopped(pid);

		answer = stopped ? NULL : exchange(fd, request, timeout * 1000, until_gone);
		close(fd);
		if (stopped) {
			error_set(error, -ETIMEDOUT,
				  "the process %d that serves %s is stopped by a signal or a debugger; `kill -CONT %d` "
				  "continues it",
				  (int)pid, uplink, (int)pid);
			return NULL;
		}
		if (!answer)
			fd = -EAGAIN;
	}
	if (fd == -EPERM)
		error_set(error, fd,
			  "the control socket of %s in %.100s belongs to another user; `ss -xlp` names the process",
			  uplink, folder);
	else if (fd == -EAGAIN)
		error_set(error, -ETIMEDOUT,
			  "the process that serves %s has not answered within %u seconds; `ss -xlp` names it, by its "
			  "socket in %.100s",
			  uplink, timeout, folder);
	else if (fd < 0)
		error_set(error, fd, "no vifi process serves %s: %s; `vifi bridge show` lists the uplinks", uplink,
			  strerror(-fd));
	return answer;
}

/* ---- the serving end ---- */

struct control_connection {
	uv_poll_t poll;
	struct control *control;
	struct control_connection *next;
	int fd;
	uint64_t deadline_ms; /* when the peer must have sent or read more, by the clock of the loop */
	size_t used;
	char *out; /* the answer, while it is being sent */
	size_t out_size, out_sent;
	bool keep_open; /* until the process ends: the peer waits for that */
	bool reads_only;
	char request[CONTROL_REQUEST_MAX];
};

struct control {
	uv_poll_t poll;
	uv_timer_t idle; /* runs while there are connections */
	uv_loop_t *loop;
	int fd;
	bool root_only;
	unsigned count, open_handles;
	control_handler *handler;
	void *user;
	struct control_connection *connections;
};

static void on_handle_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_control_closed(uv_handle_t *handle)
{
	struct control *control = handle->data;

	if (--control->open_handles == 0)
		free(control);
}

static void extend_deadline(struct control_connection *connection)
{
	connection->deadline_ms = uv_now(connection->control->loop) + CONTROL_IDLE_MS;
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
		answer = control->handler(control->user, request, connection->reads_only, &connection->keep_open);
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
	extend_deadline(connection);
	end = memchr(connection->request, '\n', connection->used);
	if (end) {
		json_t *answer;

		*end = '\0';
		answer = handle_request(connection);
		explicit_bzero(connection->request, connection->used); /* it may hold passphrases */
		send_answer(connection, answer);
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
	extend_deadline(connection);
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

/* Closes connections whose peer neither sends nor reads, so that they cannot use up the connections of others. */
static void on_idle(uv_timer_t *timer)
{
	struct control *control = timer->data;
	struct control_connection *next;

	for (struct control_connection *connection = control->connections; connection; connection = next) {
		bool waits = connection->keep_open && connection->out_sent == connection->out_size;

		next = connection->next;
		if (!waits && connection->deadline_ms <= uv_now(control->loop))
			close_connection(connection);
	}
	if (!control->connections)
		uv_timer_stop(timer);
}

static void on_listen_ready(uv_poll_t *poll, int status, int events)
{
	/* The last ones are not for those who may only read, such as vifi metrics, which the network reaches. */
	enum { CONNECTIONS_MAX = 32, READERS_MAX = 24 };
	struct control *control = poll->data;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct control_connection *connection = NULL;
	bool reads_only;

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	if (control_check_client(control->fd, fd, control->root_only, &reads_only) == 0 &&
	    control->count < (reads_only ? READERS_MAX : CONNECTIONS_MAX))
		connection = calloc(1, sizeof(*connection));
	if (!connection || uv_poll_init(control->loop, &connection->poll, fd) < 0) {
		free(connection);
		close(fd);
		return;
	}
	connection->poll.data = connection;
	connection->control = control;
	connection->fd = fd;
	connection->reads_only = reads_only;
	connection->next = control->connections;
	control->connections = connection;
	control->count++;
	extend_deadline(connection);
	uv_poll_start(&connection->poll, UV_READABLE, on_connection_ready);
	if (!uv_is_active((uv_handle_t *)&control->idle))
		uv_timer_start(&control->idle, on_idle, CONTROL_IDLE_MS / 4, CONTROL_IDLE_MS / 4);
}

struct control *control_serve(uv_loop_t *loop, int fd, bool root_only, control_handler *handler, void *user)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->loop = loop;
	control->fd = fd;
	control->root_only = root_only;
	control->handler = handler;
	control->user = user;
	if (uv_poll_init(loop, &control->poll, fd) < 0) {
		free(control);
		return NULL;
	}
	uv_timer_init(loop, &control->idle);
	control->open_handles = 2;
	control->poll.data = control->idle.data = control;
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
	uv_close((uv_handle_t *)&control->poll, on_control_closed);
	uv_close((uv_handle_t *)&control->idle, on_control_closed);
}
