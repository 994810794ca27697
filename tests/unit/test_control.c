/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "daemon/control.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED_STATUS = 99 }; /* exit status: no permission for a namespace */

static char uplink[16];

static json_t *answer_request(void *user, const json_t *request, bool *last)
{
	(void)user;
	(void)last;
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
	control_serve(&loop, fd, answer_request, NULL);
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

	if (control_owner(uplink, &pid) != 0 || pid != 0)
		status |= 1;
	answer = control_request(uplink, request, 10, false, &error);
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
	int fd = control_lock(uplink), status;
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
	close(fd);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == REFUSED_STATUS)
		skip(); /* a new pid namespace needs CAP_SYS_ADMIN */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void lock_excludes_second_owner(void **state)
{
	int fd = control_lock(uplink);
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(control_lock(uplink), -EADDRINUSE);
	assert_int_equal(control_owner(uplink, &pid), 0);
	assert_int_equal(pid, getpid());
	close(fd);
	assert_int_equal(control_owner(uplink, &pid), -ECONNREFUSED);
}

static void request_without_owner_reports_error(void **state)
{
	json_t *request = json_pack("{s:s}", "ask", "hello");
	struct error error = {{0}};

	(void)state;
	assert_null(control_request(uplink, request, 1, false, &error));
	assert_non_null(strstr(error.text, uplink));
	json_decref(request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_excludes_second_owner),
		cmocka_unit_test(request_without_owner_reports_error),
		cmocka_unit_test(peer_of_other_pid_namespace_is_accepted),
	};

	snprintf(uplink, sizeof(uplink), "t%d", (int)getpid()); /* a name that no other process uses */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
