/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisors and the network managers of a machine (setup/facts.h), as `vifi setup` and `vifi doctor` show them. */
#ifndef VIFI_CLI_MACHINE_NAMES_H
#define VIFI_CLI_MACHINE_NAMES_H

#include "setup/facts.h"

#include <jansson.h>

/* Print the names with commas between them, and a line break; `none`: what is printed without any hypervisor. */
void machine_print_hypervisors(const struct setup_facts *facts, const char *none);
void machine_print_managers(const struct setup_facts *facts);

/* Arrays of names, which the caller releases. */
json_t *machine_hypervisors_json(const struct setup_facts *facts);
json_t *machine_managers_json(const struct setup_facts *facts);

#endif
