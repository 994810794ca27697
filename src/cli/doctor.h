/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vifi doctor` prints. */
#ifndef VIFI_CLI_DOCTOR_H
#define VIFI_CLI_DOCTOR_H

#include "bridge/check.h"
#include "doctor/doctor.h"
#include "setup/facts.h"

#include <jansson.h>
#include <sys/utsname.h>

struct doctor_report {
	struct utsname kernel;
	struct setup_machine machine; /* hypervisors and managers */
	struct doctor_cards cards;
	struct findings *card_findings; /* one for each card */
	struct findings radio;          /* of the search for cards */
	struct check_target target;
	struct findings bridge; /* of `vifi bridge check` */
};

/* The sum over all parts. */
size_t doctor_count(const struct doctor_report *report, enum finding_level level);

/* doc/doctor.schema.json. The caller releases it. */
json_t *doctor_json(const struct doctor_report *report);

void doctor_print(const struct doctor_report *report, bool all);

#endif
