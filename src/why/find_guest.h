/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_WHY_FIND_GUEST_H
#define VIFI_WHY_FIND_GUEST_H

#include <jansson.h>

/*
 * The row of the guest that `asked` names, borrowed from the report; NULL: none. An address of a network that is pinned to a guest
 * means that guest. A machine that sends by the bridge itself gets a row, which is added to the report.
 */
json_t *find_guest(json_t *report, const char *asked);

#endif
