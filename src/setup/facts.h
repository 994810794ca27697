/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vifi setup` finds on a machine. */
#ifndef VIFI_SETUP_FACTS_H
#define VIFI_SETUP_FACTS_H

#include "setup/manifest.h"
#include "setup/plan/plan.h"

/* The facts and what they point to. */
struct setup_machine {
	struct setup_facts facts;
	struct uplink_candidate *links;
	struct setup_bridge *bridges;
};

/*
 * Looks at the interfaces of this network namespace and at the files below `root` ("" for /). `manifest`: of earlier
 * runs. Returns 0 or a negative errno. The caller frees the machine in any case.
 */
int setup_machine_read(struct setup_machine *machine, const char *root, const struct setup_manifest *manifest);
void setup_machine_free(struct setup_machine *machine);

#endif
