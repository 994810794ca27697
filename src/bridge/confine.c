/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/confine.h"

#include "bridge/log.h"
#include "conf/ini_file.h"
#include "daemon/privilege.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"
#include "netdev/nft_library.h"

#include <errno.h>
#include <jansson.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* The control socket has prepared RUNTIME_FOLDER. A folder that exists belongs to the operator, and is not changed. */
static void prepare_state_folder(const char *folder)
{
	struct service_user user = service_user();

	if (strcmp(folder, "none") && mkdir(folder, 0700) == 0 && geteuid() == 0 &&
	    chown(folder, user.uid, user.gid) < 0)
		bridge_log("cannot give the folder %s to the user %s: %s", folder, user.name, strerror(errno));
}

static void check_state_folder(const char *folder)
{
	if (strcmp(folder, "none") && access(folder, W_OK | X_OK) < 0)
		bridge_log("the bindings will not be saved: user %u cannot write to %s: %s", (unsigned)geteuid(),
			   folder, strerror(errno));
}

/* Since Linux 5.8 access to maps needs CAP_BPF; a container may offer only CAP_SYS_ADMIN, which includes it. */
static uint64_t bpf_capability(void)
{
	if (privilege_has(CAP_BPF))
		return CAPABILITY(CAP_BPF);
	bridge_log("keeping CAP_SYS_ADMIN, because CAP_BPF is missing");
	return CAPABILITY(CAP_SYS_ADMIN);
}

int bridge_confine(struct bridge *bridge, struct error *error)
{
	const char *state = bridge->conf->state_dir;
	struct sandbox sandbox = {
		.capabilities = CAPABILITY(CAP_NET_ADMIN),
		.calls = SANDBOX_FILES | SANDBOX_UNIX | SANDBOX_ACCEPT | SANDBOX_NETLINK,
		.paths = {{RUNTIME_FOLDER, SANDBOX_WRITE}, {"/proc/sys/net", SANDBOX_READ}},
	};
	char file[INI_PATH_MAX];
	int ret = 0;

	if (bridge->user_engine) {
		sandbox.calls |= SANDBOX_THREADS;
	} else {
		sandbox.calls |= SANDBOX_BPF;
		sandbox.capabilities |= bpf_capability();
	}
	/* Another daemon of that user, which a stranger may have taken over, must not end this one. */
	bridge->control_root_only = service_user_is(geteuid());
	prepare_state_folder(state);
	sandbox.paths[2] = (struct sandbox_path){strcmp(state, "none") ? state : RUNTIME_FOLDER, SANDBOX_WRITE};
	/* For SIGHUP. A file that replaces this one comes by `vifi bridge reload`. */
	if (bridge->conf->file[0]) {
		ini_file_path(bridge->conf->file, file);
		sandbox.paths[3] = (struct sandbox_path){file, SANDBOX_READ};
	}
	json_object_seed(0);                        /* reads /dev/urandom */
	nft_library_load(&(struct nft_library){0}); /* for the ruleset, which bridge_filter.c reads again and again */
	if (sandbox_enter(&sandbox, error) < 0)
		bridge_log("not fully confined: %s", error->text);
	check_state_folder(state);
	if (bridge->user_engine)
		ret = user_engine_run(bridge->user_engine);
	return ret < 0 ? error_set(error, ret, "cannot start the threads of the engine: %s", strerror(-ret)) : 0;
}
