/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/server/clients.h"
#include "ctrl/server/server.h"

#include "ctrl/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEND_BUFFER (16 << 20) /* more than CTRL_CLIENTS_MAX times the queue of a datagram socket */

enum {
	COMMAND_MAX = 8192,
	COMMANDS_PER_TURN = 16, /* before other sources get their turn */
	RETRY_MS = 20,          /* for a client whose buffer is full */
	INFO_LEVEL = 3,
};

struct ctrl_server {
	int fd;
	char path[CTRL_PATH_MAX];
	dev_t device;
	ino_t inode; /* of the socket: another process may have replaced it */
	ctrl_handler *handle;
	void *user;
	struct ctrl_clients clients;
	uv_poll_t poll;
	uv_timer_t retry;
	unsigned open_handles;
	bool busy;    /* in the handler */
	bool closing; /* … which has closed the server */
	char command[COMMAND_MAX], reply[CTRL_REPLY_MAX];
};

/* ---- commands ---- */

static void on_retry(uv_timer_t *timer);

static void schedule_retry(struct ctrl_server *server)
{
	if (ctrl_clients_waiting(&server->clients) && !uv_is_active((uv_handle_t *)&server->retry))
		uv_timer_start(&server->retry, on_retry, RETRY_MS, 0);
}

static void on_retry(uv_timer_t *timer)
{
	struct ctrl_server *server = timer->data;

	ctrl_clients_flush(&server->clients, server->fd);
	schedule_retry(server);
}

/* LEVEL 0 to 5, as enum ctrl_level. */
static bool set_level(struct ctrl_server *server, const struct ctrl_address *from, const char *text)
{
	struct ctrl_client *client = ctrl_clients_find(&server->clients, from);
	uint32_t level;

	if (!client || !ctrl_number(text, 5, &level))
		return false;
	client->level = (int)level;
	return true;
}

/* Answers the commands of the socket itself. Returns false for others. */
static bool handle_own(struct ctrl_server *server, const struct ctrl_address *from, const char *command,
		       struct ctrl_reply *reply)
{
	if (!strcmp(command, "PING"))
		ctrl_answer(reply, "PONG\n");
	else if (!strcmp(command, "ATTACH"))
		ctrl_ok(reply, ctrl_clients_add(&server->clients, from, INFO_LEVEL));
	else if (!strcmp(command, "DETACH"))
		ctrl_ok(reply, ctrl_clients_remove(&server->clients, from));
	else if (!strncmp(command, "LEVEL ", 6))
		ctrl_ok(reply, set_level(server, from, command + 6));
	else if (!strncmp(command, "NOTE ", 5))
		ctrl_ok(reply, true);
	else
		return false;
	return true;
}

static void handle_command(struct ctrl_server *server, size_t len, const struct ctrl_address *from)
{
	struct ctrl_reply reply = ctrl_reply_begin(server->reply, sizeof(server->reply));
	size_t size = len + 1;

	/* Some clients send the terminating zero, others a newline. */
	server->command[len] = '\0';
	len = strlen(server->command);
	while (len && strchr("\r\n", server->command[len - 1]))
		server->command[--len] = '\0';
	server->busy = true;
	if (!handle_own(server, from, server->command, &reply))
		server->handle(server->user, server->command, &reply);
	server->busy = false;
	ctrl_clients_reply(&server->clients, server->fd, from, reply.text, reply.len);
	explicit_bzero(server->command, size);
	explicit_bzero(server->reply, sizeof(server->reply)); /* behind its end there may be a line that did not fit */
}

static void finish_close(struct ctrl_server *server);

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct ctrl_server *server = poll->data;
	int left = COMMANDS_PER_TURN;

	(void)status;
	(void)events;
	while (left-- && !server->closing) {
		struct ctrl_address from = {.len = sizeof(from.un)};
		ssize_t len = recvfrom(server->fd, server->command, sizeof(server->command) - 1, MSG_DONTWAIT,
				       (struct sockaddr *)&from.un, &from.len);

		if (len < 0)
			break;
		handle_command(server, (size_t)len, &from);
	}
	if (server->closing)
		finish_close(server);
	else
		schedule_retry(server);
}

void ctrl_server_send_from(struct ctrl_server *server, const char *interface, int level, const char *text)
{
	char source[32] = "";

	if (!server || server->closing)
		return;
	if (interface)
		snprintf(source, sizeof(source), "IFNAME=%.16s ", interface);
	ctrl_clients_send(&server->clients, server->fd, source, level, text);
	schedule_retry(server);
}

void ctrl_server_send(struct ctrl_server *server, int level, const char *text)
{
	ctrl_server_send_from(server, NULL, level, text);
}

/* ---- life ---- */

static void on_closed(uv_handle_t *handle)
{
	struct ctrl_server *server = handle->data;

	if (--server->open_handles)
		return;
	ctrl_clients_free(&server->clients);
	close(server->fd);
	free(server);
}

static void remove_socket(const struct ctrl_server *server)
{
	struct stat st;

	if (lstat(server->path, &st) == 0 && st.st_dev == server->device && st.st_ino == server->inode)
		unlink(server->path);
}

static void finish_close(struct ctrl_server *server)
{
	remove_socket(server);
	uv_close((uv_handle_t *)&server->poll, on_closed);
	uv_close((uv_handle_t *)&server->retry, on_closed);
}

void ctrl_server_close(struct ctrl_server *server)
{
	if (!server || server->closing)
		return;
	server->closing = true;
	if (!server->busy)
		finish_close(server);
}

/* Binds; replaces a socket that a killed process left. Returns 0 or a negative errno. */
static int bind_path(int fd, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct stat st;
	int probe, ret;

	strcpy(un.sun_path, path);
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return 0;
	if (errno != EADDRINUSE || lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -errno;
	probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return -errno;
	ret = connect(probe, (struct sockaddr *)&un, sizeof(un)) == 0 ? -EADDRINUSE : -errno;
	close(probe);
	if (ret != -ECONNREFUSED)
		return ret;
	if (unlink(path) < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		return -errno;
	return 0;
}

/*
 * The kernel charges what clients have not read yet to our socket. In a small buffer one client that does not read leaves
 * no room for replies to the others, until it closes its socket.
 */
static void enlarge_buffer(int fd)
{
	int bytes = SEND_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

/* Gives a path to the group. A process that may not do that keeps it for its own group. */
static int give_to_group(const char *path, const struct ctrl_server_setup *setup)
{
	if (setup->has_group && lchown(path, (uid_t)-1, setup->group) < 0)
		return -errno;
	return chmod(path, 0770) < 0 ? -errno : 0;
}

static int prepare_folder(const struct ctrl_server_setup *setup)
{
	struct stat st;

	if (mkdir(setup->folder, 0770) == 0)
		return give_to_group(setup->folder, setup);
	if (errno != EEXIST)
		return -errno;
	if (stat(setup->folder, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* As hostapd does. It fails for the folder of another user, which is then as its owner has it. */
	if (setup->has_group && st.st_gid != setup->group)
		(void)!lchown(setup->folder, (uid_t)-1, setup->group);
	return 0;
}

static int open_socket(struct ctrl_server *server, const struct ctrl_server_setup *setup)
{
	struct stat st;
	int ret;

	server->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0)
		return -errno;
	enlarge_buffer(server->fd);
	ret = setup->folder ? prepare_folder(setup) : 0;
	if (ret == 0)
		ret = bind_path(server->fd, server->path);
	if (ret == 0 && lstat(server->path, &st) == 0) {
		server->device = st.st_dev;
		server->inode = st.st_ino;
		ret = give_to_group(server->path, setup);
		if (ret)
			unlink(server->path);
	}
	if (ret)
		close(server->fd);
	return ret;
}

static bool set_path(struct ctrl_server *server, const struct ctrl_server_setup *setup)
{
	int len = snprintf(server->path, sizeof(server->path), "%s%s%s", setup->folder ? setup->folder : "",
			   setup->folder ? "/" : "", setup->name);

	return len > 0 && len < (int)sizeof(server->path) && !(setup->folder && strchr(setup->name, '/'));
}

struct ctrl_server *ctrl_server_open(uv_loop_t *loop, const struct ctrl_server_setup *setup, int *err,
				     struct error *error)
{
	struct ctrl_server *server = calloc(1, sizeof(*server));

	*err = !server ? -ENOMEM : set_path(server, setup) ? open_socket(server, setup) : -ENAMETOOLONG;
	if (*err) {
		error_set(error, *err, "cannot open the control socket %.120s%s%.120s: %s%s",
			  setup->folder ? setup->folder : "", setup->folder ? "/" : "", setup->name, strerror(-*err),
			  *err == -EADDRINUSE ? "; another process serves it" : "");
		free(server);
		return NULL;
	}
	server->handle = setup->handle;
	server->user = setup->user;
	server->open_handles = 2;
	uv_poll_init(loop, &server->poll, server->fd);
	uv_timer_init(loop, &server->retry);
	server->poll.data = server->retry.data = server;
	uv_poll_start(&server->poll, UV_READABLE, on_readable);
	return server;
}

const char *ctrl_server_path(const struct ctrl_server *server)
{
	return server->path;
}

size_t ctrl_server_clients(const struct ctrl_server *server)
{
	return server->clients.count;
}
