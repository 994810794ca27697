/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/down.h"
#include "bridge/find.h"
#include "bridge/state.h"
#include "daemon/control.h"
#include "daemon/privilege.h"
#include "daemon/runtime.h"
#include "daemon/trace_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct down_options {
	char state[128];
};

static const struct opt options[] = {
	{.name = "state",
	 .argument = "FOLDER",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct down_options, state),
	 .default_value = "/run/vifi",
	 .help = "the folder in which `up` saves bindings for its next start"},
	{0},
};

const struct opt_command bridge_down_command = {
	.name = "vifi bridge down",
	.operands = "UPLINK",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "end `vifi bridge up` for an uplink, and revert its changes",
	.description =
		"Also removes the programs that a killed `up` left in the kernel. Nothing remains in `ip`, `tc` or "
		"/sys/fs/bpf; a bridge that `up` created stays while it has ports.",
	.options = options,
};

/*
 * Asks the running process to end. Returns 1 when it has ended, 0 when no process runs, or a negative errno with an error
 * when it does not end.
 */
static int end_process(const char *uplink, struct error *error)
{
	enum { TIMEOUT_S = 10 };
	json_t *request, *answer;
	pid_t pid;

	if (control_owner(RUNTIME_FOLDER, uplink, &pid) < 0)
		return 0;
	request = json_pack("{s:s}", "ask", "down");
	answer = control_request(RUNTIME_FOLDER, uplink, request, TIMEOUT_S, true, error);
	json_decref(request);
	if (answer) {
		json_decref(answer);
		return 1;
	}
	/* A process that was killed a moment ago holds the socket until the kernel has released it. */
	for (int i = 0; i < 20; i++) {
		if (control_owner(RUNTIME_FOLDER, uplink, &pid) < 0)
			return 1;
		usleep(50000);
	}
	return -ETIMEDOUT;
}

static int fail_not_served(const char *uplink)
{
	struct error error;

	return command_fail(
		&bridge_down_command,
		error_set(&error, EXIT_STATE, "`vifi bridge up` does not run for %s; see `vifi bridge show`", uplink),
		&error);
}

/* Whether there is a process for the uplink, or what one has left, as far as anybody can see. */
static bool is_served(const char *uplink, const char *served)
{
	struct bridge_place place;
	struct netdev *nd;
	pid_t pid;
	int ret;

	if (control_owner(RUNTIME_FOLDER, served, &pid) != -ECONNREFUSED || netdev_open(&nd) < 0)
		return true;
	ret = bridge_find(nd, uplink, &place);
	netdev_close(nd);
	return ret != -ENOENT;
}

static int fail_without(const char *names)
{
	struct error error;

	return command_fail(&bridge_down_command,
			    error_set(&error, EXIT_PRIVILEGE, "%s missing; run the command as root", names), &error);
}

/* Reverts the changes in the kernel. `ended`: the process has just ended, and has reverted them itself. */
static int take_down(const char *uplink, bool ended)
{
	struct netdev *nd;
	int ret = netdev_open(&nd);

	if (ret == 0) {
		ret = bridge_take_down(nd, uplink);
		if (ret >= 0)
			trace_file_discard("bridge", uplink);
		netdev_close(nd);
	}
	return ret == -EPERM && ended ? 0 : ret;
}

int cmd_bridge_down(int argc, char **argv)
{
	struct down_options opts = {{0}};
	struct error error = {{0}};
	const char *uplink;
	char names[128], served[16];
	int first, ended, ret;

	opt_defaults(options, &opts);
	first = opt_parse(&bridge_down_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	uplink = argv[first];
	if (!bridge_served_name(uplink, served))
		return fail_not_served(uplink);
	if (privilege_missing(false, names, sizeof(names)))
		return is_served(uplink, served) ? fail_without(names) : fail_not_served(uplink);
	ended = end_process(served, &error);
	if (ended < 0)
		return command_fail(&bridge_down_command, EXIT_FAILED, &error);
	ret = take_down(uplink, ended);
	if (ret == -EPERM && privilege_missing(true, names, sizeof(names)))
		return fail_without(names);
	if (ret < 0) {
		error_set(&error, ret, "cannot revert the changes for %s: %s", uplink, strerror(-ret));
		return command_fail(&bridge_down_command, EXIT_FAILED, &error);
	}
	bridge_state_forget(opts.state, served);
	control_clean(RUNTIME_FOLDER, served);
	if (!ended && ret == 0)
		return fail_not_served(uplink);
	printf("vifi: the changes for %s are reverted\n", uplink);
	return EXIT_DONE;
}
