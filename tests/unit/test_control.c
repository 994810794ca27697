/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "daemon/control.h"
#include "daemon/control_socket.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED_STATUS = 99 }; /* exit status: no permission for a namespace */

static char uplink[16], folder[] = "/tmp/vifi-control-XXXXXX";

static int lock(void)
{
	struct error error;

	return control_lock(folder, uplink, &error);
}

static json_t *answer_request(void *user, const json_t *request, bool reads_only, bool *last)
{
	(void)user;
	(void)last;
	if (reads_only)
		return json_pack("{s:s}", "echo", "reads only");
	return json_pack("{s:s}", "echo", json_string_value(json_object_get(request, "ask")));
}

/* A process that serves until it is killed. */
static pid_t start_server(int fd)
{
	uv_loop_t loop;
	pid_t pid = fork();

	if (pid)
		return pid;
	uv_loop_init(&loop);
	control_serve(&loop, fd, false, answer_request, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(1);
}

/* Runs in a process whose pid namespace does not show the owner. Returns an exit status. */
static int ask_from_other_namespace(void)
{
	json_t *request = json_pack("{s:s}", "ask", "hello"), *answer;
	struct error error = {{0}};
	pid_t pid = -1;
	int status = 0;

	if (control_owner(folder, uplink, &pid) != 0 || pid != 0)
		status |= 1;
	answer = control_request(folder, uplink, request, 10, false, &error);
	if (!answer || strcmp(json_string_value(json_object_get(answer, "echo")), "hello"))
		status |= 2;
	json_decref(answer);
	json_decref(request);
	return status;
}

/* A child of a process that is in a new pid namespace, but not in a new user namespace. */
static void run_in_new_namespace(void)
{
	pid_t child;
	int status;

	if (unshare(CLONE_NEWPID) < 0)
		_exit(REFUSED_STATUS);
	child = fork();
	if (child == 0)
		_exit(ask_from_other_namespace());
	_exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

/* SO_PEERCRED reports pid 0 for a process of another pid namespace; that is no refusal. */
static void peer_of_other_pid_namespace_is_accepted(void **state)
{
	int fd = lock(), status;
	pid_t server, client;

	(void)state;
	assert_true(fd >= 0);
	server = start_server(fd);
	client = fork();
	if (client == 0)
		run_in_new_namespace();
	assert_true(server > 0 && client > 0);
	assert_int_equal(waitpid(client, &status, 0), client);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	control_unlock(folder, uplink, fd);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == REFUSED_STATUS)
		skip(); /* a new pid namespace needs CAP_SYS_ADMIN */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void lock_excludes_second_owner(void **state)
{
	int fd = lock();
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lock(), -EADDRINUSE);
	assert_int_equal(control_owner(folder, uplink, &pid), 0);
	assert_int_equal(pid, getpid());
	close(fd); /* as when the process is killed */
	assert_int_equal(control_owner(folder, uplink, &pid), -ECONNREFUSED);
	fd = lock();
	assert_true(fd >= 0);
	control_unlock(folder, uplink, fd);
	assert_int_equal(control_owner(folder, uplink, &pid), -ECONNREFUSED);
}

/* A listener that never accepts: the connection succeeds, the answer never comes. */
static void silent_owner_is_reported_in_time(void **state)
{
	json_t *request = json_pack("{s:s}", "ask", "hello");
	struct error error = {{0}};
	int fd = lock();

	(void)state;
	assert_true(fd >= 0);
	assert_null(control_request(folder, uplink, request, 1, false, &error));
	assert_non_null(strstr(error.text, "has not answered within 1 seconds"));
	control_unlock(folder, uplink, fd);
	json_decref(request);
}

/* Its queue is full: not even the connection succeeds. */
static void full_queue_counts_as_owner_and_is_reported_in_time(void **state)
{
	json_t *request = json_pack("{s:s}", "ask", "hello");
	struct error error = {{0}};
	int fd = lock(), clients[64], count = 0;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0 && listen(fd, 0) == 0);
	while (count < 64 && (clients[count] = control_connect(folder, uplink, 0, &pid)) >= 0)
		count++;
	assert_uint_in_range(count, 1, 63);
	assert_int_equal(control_owner(folder, uplink, &pid), 0);
	assert_int_equal(lock(), -EADDRINUSE);
	assert_null(control_request(folder, uplink, request, 1, false, &error));
	assert_non_null(strstr(error.text, "has not answered"));
	while (count)
		close(clients[--count]);
	control_unlock(folder, uplink, fd);
	json_decref(request);
}

static void on_limit(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* A client that sends no request must not keep its connection, of which there are few. */
static void silent_client_is_disconnected(void **state)
{
	uv_loop_t loop;
	uv_timer_t limit;
	struct control *control;
	int fd = lock(), client;
	pid_t pid;
	char byte;

	(void)state;
	assert_true(fd >= 0);
	uv_loop_init(&loop);
	control = control_serve(&loop, fd, false, answer_request, NULL);
	client = control_connect(folder, uplink, 0, &pid);
	assert_true(control && client >= 0);
	uv_timer_init(&loop, &limit);
	uv_timer_start(&limit, on_limit, 2 * CONTROL_IDLE_MS, 0);
	while (recv(client, &byte, 1, MSG_DONTWAIT) != 0 && uv_is_active((uv_handle_t *)&limit))
		uv_run(&loop, UV_RUN_ONCE);
	assert_true(uv_is_active((uv_handle_t *)&limit));
	uv_close((uv_handle_t *)&limit, NULL);
	control_stop(control);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	close(client);
	control_unlock(folder, uplink, fd);
}

static void untrusted_folder_is_refused(void **state)
{
	char link[64];
	struct error error = {{0}};
	pid_t pid;

	(void)state;
	snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink(".", link), 0);
	assert_int_equal(control_lock(link, uplink, &error), -ENOTDIR);
	assert_non_null(strstr(error.text, link));
	unlink(link);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(control_owner(folder, uplink, &pid), -EPERM);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(control_lock(folder, "../x", &error), -ENODEV);
}

static void request_without_owner_reports_error(void **state)
{
	json_t *request = json_pack("{s:s}", "ask", "hello");
	struct error error = {{0}};

	(void)state;
	assert_null(control_request(folder, uplink, request, 1, false, &error));
	assert_non_null(strstr(error.text, uplink));
	json_decref(request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_excludes_second_owner),
		cmocka_unit_test(request_without_owner_reports_error),
		cmocka_unit_test(silent_owner_is_reported_in_time),
		cmocka_unit_test(full_queue_counts_as_owner_and_is_reported_in_time),
		cmocka_unit_test(silent_client_is_disconnected),
		cmocka_unit_test(untrusted_folder_is_refused),
		cmocka_unit_test(peer_of_other_pid_namespace_is_accepted),
	};
	int failed;

	snprintf(uplink, sizeof(uplink), "t%d", (int)getpid());
	failed = mkdtemp(folder) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	if (rmdir(folder) < 0) /* a socket has stayed */
		failed++;
	return failed;
}
