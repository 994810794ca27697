/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/down.h"
#include "bridge/state.h"
#include "daemon/control.h"
#include "daemon/privilege.h"

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
	 .help = "where a killed `up` may have left bindings"},
	{0},
};

const struct opt_command bridge_down_command = {
	.name = "vifi bridge down",
	.operands = "UPLINK",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "end `vifi bridge up` for an uplink, and put everything back",
	.description =
		"It also ends what a killed `up` left behind in the kernel. Nothing of ours stays in `ip`, `tc` or "
		"/sys/fs/bpf; a bridge that `up` made stays only while it has ports.",
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

	if (control_owner(uplink, &pid) < 0)
		return 0;
	request = json_pack("{s:s}", "ask", "down");
	answer = control_request(uplink, request, TIMEOUT_S, true, error);
	json_decref(request);
	if (answer) {
		json_decref(answer);
		return 1;
	}
	/* A process that was killed a moment ago holds the socket until the kernel has released it. */
	for (int i = 0; i < 20; i++) {
		if (control_owner(uplink, &pid) < 0)
			return 1;
		usleep(50000);
	}
	return -ETIMEDOUT;
}

int cmd_bridge_down(int argc, char **argv)
{
	struct down_options opts = {{0}};
	struct error error = {{0}};
	struct netdev *nd;
	char names[128];

	opt_defaults(options, &opts);
	int first = opt_parse(&bridge_down_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	const char *uplink = argv[first];
	if (privilege_missing(false, names, sizeof(names)))
		return bridge_fail(&bridge_down_command,
				   error_set(&error, EXIT_PRIVILEGE, "this needs %s; run it as root", names), &error);
	int ran = end_process(uplink, &error);
	if (ran < 0)
		return bridge_fail(&bridge_down_command, EXIT_FAILED, &error);
	int ret = netdev_open(&nd);
	if (ret == 0) {
		ret = bridge_take_down(nd, uplink);
		netdev_close(nd);
	}
	if (ret == -EPERM && ran)
		ret = 0; /* it has put everything back itself, which it was allowed to do */
	if (ret == -EPERM && privilege_missing(true, names, sizeof(names)))
		return bridge_fail(&bridge_down_command,
				   error_set(&error, EXIT_PRIVILEGE, "this needs %s; run it as root", names), &error);
	if (ret < 0)
		return bridge_fail(&bridge_down_command,
				   error_set(&error, EXIT_FAILED, "%s could not be freed: %s", uplink, strerror(-ret)),
				   &error);
	bridge_state_forget(opts.state, uplink);
	if (!ran && ret == 0)
		return bridge_fail(
			&bridge_down_command,
			error_set(&error, EXIT_STATE, "nothing serves %s; `vifi bridge show` lists what runs", uplink),
			&error);
	printf("vifi: %s is free\n", uplink);
	return EXIT_DONE;
}
