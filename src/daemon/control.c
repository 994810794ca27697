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

static socklen_t address(struct sockaddr_un *un, const char *uplink)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	int n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "vifi/bridge/%s", uplink);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* The process at the other end; 0 unless it is ours or root's. */
static pid_t peer(int fd)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return 0;
	return who.uid == 0 || who.uid == geteuid() ? who.pid : 0;
}

static int reach(const char *uplink)
{
	struct sockaddr_un un;
	socklen_t size = address(&un, uplink);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, size) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

pid_t control_holder(const char *uplink)
{
	int fd = reach(uplink);

	if (fd < 0)
		return 0;
	pid_t pid = peer(fd);
	close(fd);
	return pid;
}

int control_lock(const char *uplink, pid_t *holder)
{
	struct sockaddr_un un;
	socklen_t size = address(&un, uplink);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0;

	*holder = 0;
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un, size) < 0 || listen(fd, 16) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		if (r == -EADDRINUSE)
			*holder = control_holder(uplink);
		return r;
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
		ssize_t n = send(fd, text + sent, size - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
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
		ssize_t n = recv(fd, line + used, room - used - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
		line[used] = '\0';
		char *end = memchr(line + used - (size_t)n, '\n', (size_t)n);
		if (end) {
			*end = '\0';
			return line;
		}
		if (used + 1 == room) {
			if (room >= CONTROL_LINE_MAX)
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

json_t *control_ask(const char *uplink, const json_t *request, unsigned timeout, bool until_gone, struct why *why)
{
	struct timeval wait = {.tv_sec = timeout};
	json_t *answer = NULL;
	int fd = reach(uplink);

	if (fd < 0) {
		why_set(why, fd, "nobody serves %s: %s", uplink, strerror(-fd));
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (!peer(fd)) {
		why_set(why, -EPERM, "the process that serves %s is not root's; it is left alone", uplink);
	} else if (send_line(fd, request) == 0) {
		char *line = read_line(fd), rest;
		answer = line ? json_loads(line, 0, NULL) : NULL;
		free(line);
		if (answer && until_gone && recv(fd, &rest, 1, 0) < 0 && errno != ECONNRESET) {
			json_decref(answer);
			answer = NULL;
		}
	}
	if (!answer && !why->text[0])
		why_set(why, -ETIMEDOUT, "the process that serves %s (pid %d) does not answer", uplink, (int)peer(fd));
	close(fd);
	return answer;
}

/* ---- the answering end ---- */

struct connection {
	uv_poll_t poll;
	struct control *control;
	struct connection *next;
	int fd;
	size_t used;
	char *out; /* the answer, while it is being sent */
	size_t out_size, out_sent;
	bool last; /* stays open when the answer is sent */
	char line[CONTROL_REQUEST_MAX];
};

struct control {
	uv_poll_t poll;
	uv_loop_t *loop;
	int fd;
	unsigned count;
	control_answer *answer;
	void *user;
	struct connection *connections;
};

static void freed(uv_handle_t *h)
{
	free(h->data);
}

static void hang_up(struct connection *c)
{
	struct connection **at = &c->control->connections;

	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	c->control->count--;
	uv_poll_stop(&c->poll);
	close(c->fd);
	free(c->out);
	uv_close((uv_handle_t *)&c->poll, freed);
}

static void on_connection(uv_poll_t *h, int status, int events);
static void transmit(struct connection *c);

static void answer_with(struct connection *c, json_t *json)
{
	c->out = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!c->out) {
		hang_up(c);
		return;
	}
	c->out_size = strlen(c->out);
	c->out[c->out_size++] = '\n';
	/* A short answer goes at once: after the last request the loop may not turn again. */
	uv_poll_start(&c->poll, UV_WRITABLE, on_connection);
	transmit(c);
}

static void receive(struct connection *c)
{
	ssize_t n = recv(c->fd, c->line + c->used, sizeof(c->line) - 1 - c->used, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->last) { /* gone, or talking on after the last word */
		hang_up(c);
		return;
	}
	c->used += (size_t)n;
	char *end = memchr(c->line, '\n', c->used);
	if (!end) {
		if (c->used == sizeof(c->line) - 1)
			hang_up(c);
		return;
	}
	*end = '\0';
	json_t *request = json_loads(c->line, 0, NULL);
	json_t *reply = request ? c->control->answer(c->control->user, request, &c->last) : NULL;
	json_decref(request);
	answer_with(c, reply ? reply : json_pack("{s:s}", "error", "not understood"));
}

static void transmit(struct connection *c)
{
	ssize_t n = send(c->fd, c->out + c->out_sent, c->out_size - c->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->out_sent += (size_t)n;
	if (n <= 0 || (c->out_sent == c->out_size && !c->last))
		hang_up(c);
	else if (c->out_sent == c->out_size)
		uv_poll_start(&c->poll, UV_READABLE, on_connection);
}

static void on_connection(uv_poll_t *h, int status, int events)
{
	struct connection *c = h->data;

	if (status < 0)
		hang_up(c);
	else if (events & UV_WRITABLE)
		transmit(c);
	else
		receive(c);
}

static void on_listen(uv_poll_t *h, int status, int events)
{
	enum { CONNECTIONS = 32 };
	struct control *control = h->data;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	struct connection *c = peer(fd) && control->count < CONNECTIONS ? calloc(1, sizeof(*c)) : NULL;
	if (!c || uv_poll_init(control->loop, &c->poll, fd) < 0) {
		free(c);
		close(fd);
		return;
	}
	c->poll.data = c;
	c->control = control;
	c->fd = fd;
	c->next = control->connections;
	control->connections = c;
	control->count++;
	uv_poll_start(&c->poll, UV_READABLE, on_connection);
}

struct control *control_serve(uv_loop_t *loop, int fd, control_answer *answer, void *user)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->loop = loop;
	c->fd = fd;
	c->answer = answer;
	c->user = user;
	if (uv_poll_init(loop, &c->poll, fd) < 0) {
		free(c);
		return NULL;
	}
	c->poll.data = c;
	uv_poll_start(&c->poll, UV_READABLE, on_listen);
	return c;
}

void control_stop(struct control *c)
{
	if (!c)
		return;
	while (c->connections) {
		struct connection *one = c->connections;
		if (!one->last) {
			hang_up(one);
			continue;
		}
		/* Whoever asked for the end sees it when this process has ended: its descriptor stays open. */
		c->connections = one->next;
		uv_poll_stop(&one->poll);
		free(one->out);
		uv_close((uv_handle_t *)&one->poll, freed);
	}
	uv_poll_stop(&c->poll);
	uv_close((uv_handle_t *)&c->poll, freed);
}
