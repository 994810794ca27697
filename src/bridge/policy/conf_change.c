/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/conf_change.h"

#include <stdio.h>
#include <string.h>

/*
 * The names of the lock, of the links and of the saved state come from these keys, the sandbox of the process permits
 * one folder of `state` and one kind of engine, and the tables are made for one port cap.
 */
static const char *const fixed_keys[] = {"uplink", "uplink-mac", "bridge",       "engine",
					 "state",  "port-cap",   "recorder-size"};

/* The configurations were zeroed before they were read, so that equal ones have equal bytes. */
static bool differs(const struct opt *opt, const struct bridge_conf *before, const struct bridge_conf *after)
{
	return opt->size && memcmp((const char *)before + opt->offset, (const char *)after + opt->offset, opt->size);
}

const char *conf_change_refused(const struct bridge_conf *before, const struct bridge_conf *after, bool user_engine)
{
	for (size_t i = 0; i < sizeof(fixed_keys) / sizeof(fixed_keys[0]); i++)
		if (differs(opt_find(bridge_conf_options, fixed_keys[i]), before, after))
			return fixed_keys[i];
	/* A rule of its nft guard, which is made at the start, drops DHCP server messages unless this is `all`. */
	if (user_engine && (before->guest_services == MN_SERVICES_ALL) != (after->guest_services == MN_SERVICES_ALL))
		return "guest-services";
	return NULL;
}

size_t conf_change_list(const struct bridge_conf *before, const struct bridge_conf *after, char text[CONF_CHANGE_TEXT])
{
	size_t count = 0, used = 0;

	text[0] = '\0';
	for (const struct opt *opt = bridge_conf_options; opt->name; opt++) {
		if (!differs(opt, before, after))
			continue;
		if (used < CONF_CHANGE_TEXT)
			used += (size_t)snprintf(text + used, CONF_CHANGE_TEXT - used, "%s%s", count ? ", " : "",
						 opt->name);
		count++;
	}
	return count;
}
