/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager = -1; /* a process has one service manager */

void notify_connect(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t size = path ? strlen(path) : 0;

	if (manager >= 0 || !size || size >= sizeof(un.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(un.sun_path, path, size);
	if (path[0] == '@') /* abstract socket address */
		un.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager >= 0 &&
	    connect(manager, (struct sockaddr *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) == 0)
		return;
	if (manager >= 0)
		close(manager);
	manager = -1;
}

void notify(const char *state)
{
	notify_connect();
	if (manager >= 0)
		(void)send(manager, state, strlen(state), MSG_NOSIGNAL);
}
