/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/machine_names.h"

#include <stdio.h>

void machine_print_hypervisors(const struct setup_facts *facts, const char *none)
{
	const char *comma = "";

	for (int i = 0; i < SETUP_HYPERVISORS; i++)
		if (facts->hypervisor[i]) {
			printf("%s%s", comma, setup_hypervisor_name((enum setup_hypervisor)i));
			comma = ", ";
		}
	printf("%s\n", comma[0] ? "" : none);
}

void machine_print_managers(const struct setup_facts *facts)
{
	const char *comma = "";

	for (int i = 0; i < SETUP_MANAGERS; i++)
		if (facts->manager[i]) {
			printf("%s%s", comma, setup_manager_name((enum setup_manager)i));
			comma = ", ";
		}
	printf("%s\n", comma[0] ? "" : "no known program configures interfaces");
}

json_t *machine_hypervisors_json(const struct setup_facts *facts)
{
	json_t *list = json_array();

	for (int i = 0; i < SETUP_HYPERVISORS; i++)
		if (facts->hypervisor[i])
			json_array_append_new(list, json_string(setup_hypervisor_name((enum setup_hypervisor)i)));
	return list;
}

json_t *machine_managers_json(const struct setup_facts *facts)
{
	json_t *list = json_array();

	for (int i = 0; i < SETUP_MANAGERS; i++)
		if (facts->manager[i])
			json_array_append_new(list, json_string(setup_manager_name((enum setup_manager)i)));
	return list;
}
