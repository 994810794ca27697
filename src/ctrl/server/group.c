/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads ctrl_interface and ctrl_interface_group. */
#include "ctrl/server/server.h"

#include "ctrl/command.h"

#include <grp.h>
#include <string.h>

static bool find_group(const char *name, struct ctrl_server_setup *setup, struct error *error)
{
	uint32_t number;
	char memory[4096];
	struct group group, *found = NULL;

	if (!*name)
		return true;
	if (ctrl_number(name, UINT32_MAX - 1, &number)) {
		setup->group = number;
	} else {
		if (getgrnam_r(name, &group, memory, sizeof(memory), &found) != 0 || !found)
			return error_set(error, false,
					 "there is no group `%.60s` on this machine; `getent group` lists the groups",
					 name);
		setup->group = found->gr_gid;
	}
	setup->has_group = true;
	return true;
}

bool ctrl_server_parse(const char *value, const char *group, char *folder, size_t room, struct ctrl_server_setup *setup,
		       struct error *error)
{
	char own_group[64] = "";
	size_t len;

	if (!strncmp(value, "DIR=", 4)) {
		/* The folder may hold blanks; the group is the last word. */
		const char *end = strstr(value, " GROUP=");

		value += 4;
		len = end ? (size_t)(end - value) : strlen(value);
		if (end && strlen(end + 7) >= sizeof(own_group))
			return error_set(error, false, "ctrl_interface: the name of the group is too long");
		if (end)
			strcpy(own_group, end + 7);
	} else {
		len = strlen(value);
	}
	while (len > 1 && value[len - 1] == '/')
		len--;
	if (len >= room || len + 2 + 16 > CTRL_PATH_MAX)
		return error_set(error, false, "ctrl_interface: the path %.60s… is too long", value);
	memcpy(folder, value, len);
	folder[len] = '\0';
	setup->folder = folder;
	return find_group(*own_group ? own_group : group, setup, error);
}
