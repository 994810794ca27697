/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/bridge.h"
#include "daemon/privilege.h"
#include "daemon/control.h"

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
	 .fallback = "/run/vifi",
	 .help = "where a killed `up` may have left bindings"},
	{0},
};

const struct opt_command bridge_down_line = {
	.name = "vifi bridge down",
	.operands = "UPLINK",
	.least = 1,
	.most = 1,
	.sentence = "end `vifi bridge up` for an uplink, and put everything back",
	.about = "It also ends what a killed `up` left behind in the kernel. Nothing of ours stays in `ip`, `tc` or "
		 "/sys/fs/bpf; a bridge that `up` made stays only while it has ports.",
	.options = options,
};

/* Asks the running process to end. Returns whether there was one; `why` is set when it would not. */
static bool end_process(const char *uplink, struct why *why)
{
	enum { PATIENCE = 10 };

	if (!control_holder(uplink))
		return false;
	json_t *request = json_pack("{s:s}", "ask", "down");
	json_t *answer = control_ask(uplink, request, PATIENCE, true, why);
	json_decref(request);
	json_decref(answer);
	/* One that was killed a moment ago holds the socket until the kernel has taken it apart. */
	for (int i = 0; i < 20 && why->text[0]; i++) {
		if (!control_holder(uplink))
			why->text[0] = '\0';
		else
			usleep(50000);
	}
	return true;
}

int cmd_bridge_down(int argc, char **argv)
{
	struct down_options o = {{0}};
	struct why why = {{0}};
	struct netdev *nd;
	char names[128];

	opt_defaults(options, &o);
	int first = opt_parse(&bridge_down_line, argc, argv, &o);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	const char *uplink = argv[first];
	if (privilege_missing(false, names, sizeof(names)))
		return bridge_fail(&bridge_down_line,
				   why_set(&why, EXIT_PRIVILEGE, "this needs %s; run it as root", names), &why);
	bool ran = end_process(uplink, &why);
	if (why.text[0])
		return bridge_fail(&bridge_down_line, EXIT_FAILED, &why);
	int r = netdev_open(&nd);
	if (r == 0) {
		r = bridge_take_down(nd, uplink);
		netdev_close(nd);
	}
	if (r == -EPERM && ran)
		r = 0; /* it has put everything back itself, which it was allowed to do */
	if (r == -EPERM && privilege_missing(true, names, sizeof(names)))
		return bridge_fail(&bridge_down_line,
				   why_set(&why, EXIT_PRIVILEGE, "this needs %s; run it as root", names), &why);
	if (r < 0)
		return bridge_fail(&bridge_down_line,
				   why_set(&why, EXIT_FAILED, "%s could not be freed: %s", uplink, strerror(-r)), &why);
	bridge_state_forget(o.state, uplink);
	if (!ran && r == 0)
		return bridge_fail(
			&bridge_down_line,
			why_set(&why, EXIT_STATE, "nothing serves %s; `vifi bridge show` lists what runs", uplink),
			&why);
	printf("vifi: %s is free\n", uplink);
	return EXIT_DONE;
}
