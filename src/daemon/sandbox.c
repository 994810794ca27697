/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sandbox.h"

#include "daemon/notify.h"
#include "daemon/runtime.h"
#include "daemon/sandbox_calls.h"
#include "daemon/sandbox_paths.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* ---- the report ---- */

struct sandbox_failures {
	int first; /* errno, negative */
	char text[sizeof(struct error)];
};

static void note_failure(struct sandbox_failures *failures, int ret, const char *what)
{
	size_t len = strlen(failures->text);

	if (ret >= 0)
		return;
	if (failures->first == 0)
		failures->first = ret;
	snprintf(failures->text + len, sizeof(failures->text) - len, "%s%s: %s", len ? "; " : "", what, strerror(-ret));
}

/* ---- user and capabilities ---- */

/*
 * Without CAP_SETPCAP it fails. That is no loss for another user than root, whose programs gain nothing from the set: it
 * has no_new_privs.
 */
static int shrink_bounding_set(uint64_t keep)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (!(keep >> capability & 1) && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return geteuid() == 0 ? -errno : 0;
	return 0;
}

/* Permitted capabilities survive the change, so that those to keep can be made effective again. */
static int become(const struct service_user *user)
{
	int ret = 0;

	if (geteuid() != 0 || user->uid == 0)
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(user->gid, user->gid, user->gid) < 0 || setresuid(user->uid, user->uid, user->uid) < 0)
		ret = -errno;
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	return ret;
}

static int limit_capabilities(uint64_t keep)
{
	if (capng_get_caps_process() < 0)
		return -EPERM;
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (!(keep >> capability & 1) || !capng_have_capability(CAPNG_PERMITTED, (unsigned)capability))
			keep &= ~(UINT64_C(1) << capability);
	capng_clear(CAPNG_SELECT_CAPS);
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (keep >> capability & 1 &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)capability))
			return -EINVAL;
	/* A permitted capability that is ambient would pass to programs. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

/* ---- all layers ---- */

bool sandbox_permit_removal(struct sandbox *sandbox, const char *folder)
{
	size_t at = 0;

	while (at < SANDBOX_PATHS_MAX - 1 && sandbox->paths[at].path)
		at++;
	if (at == SANDBOX_PATHS_MAX - 1)
		return false;
	sandbox->calls |= SANDBOX_REMOVE;
	sandbox->paths[at] = (struct sandbox_path){folder, SANDBOX_UNLINK};
	return true;
}

int sandbox_enter(const struct sandbox *sandbox, struct error *error)
{
	struct sandbox_failures failures = {0};
	struct service_user user = service_user();
	char what[64];
	int ruleset = sandbox_open_paths(sandbox);

	notify_connect();
	note_failure(&failures, shrink_bounding_set(sandbox->capabilities), "cannot shrink the bounding set");
	snprintf(what, sizeof(what), "cannot switch to the user %s", user.name);
	note_failure(&failures, become(&user), what);
	prctl(PR_SET_DUMPABLE, 0, 0, 0,
	      0); /* a change of the user resets it; other daemons of the user cannot trace this one */
	note_failure(&failures, limit_capabilities(sandbox->capabilities), "cannot drop capabilities");
	note_failure(&failures, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0, "cannot set no_new_privs");
	note_failure(&failures, ruleset < 0 ? ruleset : sandbox_restrict_paths(ruleset),
		     "cannot restrict files (Landlock)");
	note_failure(&failures, sandbox_filter_calls(sandbox->calls), "cannot filter system calls (seccomp)");
	return failures.first ? error_set(error, failures.first, "%s", failures.text) : 0;
}
