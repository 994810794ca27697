/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control socket and its clients. */
#include "unit.h"

#include "ctrl/event.h"
#include "ctrl/server/clients.h"
#include "ctrl/server/server.h"
#include "daemon/event_loop.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct world {
	uv_loop_t loop;
	char folder[64], path[96];
	struct ctrl_server *server;
	unsigned clients;
	char seen[64]; /* the last command */
};

static void handle(void *user, char *command, struct ctrl_reply *reply)
{
	struct world *world = user;

	snprintf(world->seen, sizeof(world->seen), "%s", command);
	if (!strcmp(command, "CLOSE")) {
		ctrl_server_close(world->server);
		world->server = NULL;
		ctrl_ok(reply, true);
	} else {
		ctrl_answer(reply, "UNKNOWN COMMAND\n");
	}
}

static struct ctrl_server *open_server(struct world *world, int *err)
{
	struct ctrl_server_setup setup = {.folder = world->folder, .name = "wlan0", .handle = handle, .user = world};
	struct error error;

	return ctrl_server_open(&world->loop, &setup, err, &error);
}

static int begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	char folder[] = "/tmp/vifi-ctrl-XXXXXX";
	int err;

	if (!mkdtemp(folder))
		return -1;
	uv_loop_init(&world->loop);
	snprintf(world->folder, sizeof(world->folder), "%s/ctrl", folder);
	snprintf(world->path, sizeof(world->path), "%s/wlan0", world->folder);
	world->server = open_server(world, &err);
	*state = world;
	return world->server ? 0 : -1;
}

static int end(void **state)
{
	struct world *world = *state;
	char path[112];

	ctrl_server_close(world->server);
	event_loop_close(&world->loop);
	for (unsigned i = 0; i < world->clients; i++) {
		snprintf(path, sizeof(path), "%s/client%u", world->folder, i);
		unlink(path);
	}
	unlink(world->path);
	rmdir(world->folder);
	*strrchr(world->folder, '/') = '\0';
	rmdir(world->folder);
	free(world);
	return 0;
}

static int new_client(struct world *world)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/client%u", world->folder, world->clients++);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	strcpy(un.sun_path, world->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static const char *receive(int fd)
{
	static char text[9000];
	ssize_t len = recv(fd, text, sizeof(text) - 1, 0);

	text[len < 0 ? 0 : len] = '\0';
	return text;
}

static const char *ask(struct world *world, int fd, const char *command)
{
	assert_int_equal(send(fd, command, strlen(command), 0), strlen(command));
	uv_run(&world->loop, UV_RUN_NOWAIT);
	return receive(fd);
}

static void commands_are_answered(void **state)
{
	struct world *world = *state;
	int fd = new_client(world);

	assert_string_equal(ask(world, fd, "PING"), "PONG\n");
	assert_string_equal(ask(world, fd, "NOTE a test begins"), "OK\n");
	assert_string_equal(ask(world, fd, "LEVEL 2"), "FAIL\n"); /* not attached */
	assert_string_equal(ask(world, fd, "SET a b\n"), "UNKNOWN COMMAND\n");
	assert_string_equal(world->seen, "SET a b");
	assert_string_equal(ask(world, fd, ""), "UNKNOWN COMMAND\n");
	close(fd);
}

static void attached_client_gets_events_of_its_level(void **state)
{
	struct world *world = *state;
	int fd = new_client(world), other = new_client(world);

	assert_string_equal(ask(world, fd, "ATTACH"), "OK\n");
	assert_string_equal(ask(world, fd, "ATTACH"), "OK\n");
	assert_int_equal(ctrl_server_clients(world->server), 1);
	ctrl_server_send(world->server, CTRL_INFO, "AP-ENABLED ");
	ctrl_server_send(world->server, CTRL_DEBUG, "not for this level");
	assert_string_equal(receive(fd), "<3>AP-ENABLED ");
	assert_string_equal(receive(fd), "");
	assert_string_equal(ask(world, fd, "LEVEL 2"), "OK\n");
	ctrl_server_send(world->server, CTRL_DEBUG, "now it is");
	assert_string_equal(receive(fd), "<2>now it is");
	assert_string_equal(receive(other), "");
	assert_string_equal(ask(world, fd, "DETACH"), "OK\n");
	assert_string_equal(ask(world, fd, "DETACH"), "FAIL\n");
	ctrl_server_send(world->server, CTRL_INFO, "nobody listens");
	assert_string_equal(receive(fd), "");
	close(fd);
	close(other);
}

/* AP-MGMT-FRAME-RECEIVED has a whole frame in hexadecimal. */
static void long_event_arrives_whole(void **state)
{
	struct world *world = *state;
	int fd = new_client(world);
	char text[CTRL_EVENT_MAX], expected[CTRL_EVENT_MAX + 3];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	snprintf(expected, sizeof(expected), "<3>%s", text);
	assert_string_equal(ask(world, fd, "ATTACH"), "OK\n");
	ctrl_server_send(world->server, CTRL_INFO, text);
	assert_string_equal(receive(fd), expected);
	close(fd);
}

/* The kernel's queue holds some, ours the next ones; then they are lost, and the client is detached. */
static void client_that_does_not_read_is_detached(void **state)
{
	struct world *world = *state;
	int fd = new_client(world), other = new_client(world);
	char text[16];

	ask(world, fd, "ATTACH");
	ask(world, other, "ATTACH");
	for (int i = 0; i < 100000 && ctrl_server_clients(world->server) == 2; i++) {
		snprintf(text, sizeof(text), "%d", i);
		ctrl_server_send(world->server, CTRL_INFO, text);
		snprintf(text, sizeof(text), "<3>%d", i);
		assert_string_equal(receive(other), text);
	}
	assert_int_equal(ctrl_server_clients(world->server), 1);
	assert_string_equal(ask(world, other, "PING"), "PONG\n"); /* there is still room for replies */
	close(fd);
	close(other);
}

static void events_that_wait_keep_their_order(void **state)
{
	struct world *world = *state;
	int fd = new_client(world), got = 0;
	char text[16];

	ask(world, fd, "ATTACH");
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "%d", i);
		ctrl_server_send(world->server, CTRL_INFO, text);
	}
	while (got < 200) {
		const char *event = receive(fd);

		if (!*event) {
			uv_run(&world->loop, UV_RUN_ONCE); /* until it tries again */
			continue;
		}
		snprintf(text, sizeof(text), "<3>%d", got++);
		assert_string_equal(event, text);
	}
	close(fd);
}

static void client_that_has_gone_is_detached(void **state)
{
	struct world *world = *state;
	int fd = new_client(world);

	ask(world, fd, "ATTACH");
	close(fd);
	ctrl_server_send(world->server, CTRL_INFO, "hello?");
	assert_int_equal(ctrl_server_clients(world->server), 0);
}

static void number_of_clients_is_limited(void **state)
{
	struct world *world = *state;
	int fds[CTRL_CLIENTS_MAX + 1];

	for (int i = 0; i <= CTRL_CLIENTS_MAX; i++) {
		fds[i] = new_client(world);
		assert_string_equal(ask(world, fds[i], "ATTACH"), i < CTRL_CLIENTS_MAX ? "OK\n" : "FAIL\n");
	}
	for (int i = 0; i <= CTRL_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void handler_may_close_the_server(void **state)
{
	struct world *world = *state;
	int fd = new_client(world);

	assert_string_equal(ask(world, fd, "CLOSE"), "OK\n");
	assert_int_equal(access(world->path, F_OK), -1);
	close(fd);
}

static void stale_socket_is_replaced_and_a_served_one_is_not(void **state)
{
	struct world *world = *state;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int err = 0, fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct stat st;

	assert_null(open_server(world, &err));
	assert_int_equal(err, -EADDRINUSE);
	ctrl_server_close(world->server);
	uv_run(&world->loop, UV_RUN_NOWAIT);
	strcpy(un.sun_path, world->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd); /* as a killed process leaves it */
	world->server = open_server(world, &err);
	assert_non_null(world->server);
	assert_int_equal(stat(world->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0770);
}

static void file_that_is_no_socket_stays(void **state)
{
	struct world *world = *state;
	int err = 0;
	FILE *file;

	ctrl_server_close(world->server);
	uv_run(&world->loop, UV_RUN_NOWAIT);
	file = fopen(world->path, "w");
	fclose(file);
	world->server = open_server(world, &err);
	assert_null(world->server);
	assert_int_equal(err, -EADDRINUSE);
	assert_int_equal(access(world->path, F_OK), 0);
}

static void configuration_names_folder_and_group(void **state)
{
	struct ctrl_server_setup setup = {0};
	struct error error;
	char folder[CTRL_PATH_MAX];

	(void)state;
	assert_true(ctrl_server_parse("/run/hostapd/", "", folder, sizeof(folder), &setup, &error));
	assert_string_equal(folder, "/run/hostapd");
	assert_false(setup.has_group);
	assert_true(ctrl_server_parse("DIR=/run/a b GROUP=root", "7", folder, sizeof(folder), &setup, &error));
	assert_string_equal(folder, "/run/a b");
	assert_true(setup.has_group && setup.group == 0);
	setup = (struct ctrl_server_setup){0};
	assert_true(ctrl_server_parse("DIR=/run/x", "7", folder, sizeof(folder), &setup, &error));
	assert_true(setup.has_group && setup.group == 7);
	assert_false(ctrl_server_parse("/run/x", "no-such-group", folder, sizeof(folder), &setup, &error));
	assert_non_null(strstr(error.text, "no-such-group"));
	assert_false(ctrl_server_parse("/a-path-that-is-much-too-long-for-the-address-of-a-socket/with-one-folder/and-"
				       "another-one-below-it",
				       "", folder, sizeof(folder), &setup, &error));
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(commands_are_answered),
		WITH_SERVER(attached_client_gets_events_of_its_level),
		WITH_SERVER(long_event_arrives_whole),
		WITH_SERVER(client_that_does_not_read_is_detached),
		WITH_SERVER(events_that_wait_keep_their_order),
		WITH_SERVER(client_that_has_gone_is_detached),
		WITH_SERVER(number_of_clients_is_limited),
		WITH_SERVER(handler_may_close_the_server),
		WITH_SERVER(stale_socket_is_replaced_and_a_served_one_is_not),
		WITH_SERVER(file_that_is_no_socket_stays),
		cmocka_unit_test(configuration_names_folder_and_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
