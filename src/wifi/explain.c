/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/explain.h"

#include <string.h>

#define PREFIX     "EXPLAIN "
#define REASON_MAX 400

void wifi_explain(struct wifi_log *log, ctrl_handler *handle, void *user, char *command, struct ctrl_reply *reply)
{
	char reason[REASON_MAX] = "";

	if (strncmp(command, PREFIX, strlen(PREFIX)) != 0) {
		handle(user, command, reply);
		return;
	}
	log->reason = reason;
	log->reason_room = sizeof(reason);
	handle(user, command + strlen(PREFIX), reply);
	log->reason = NULL;
	if ((!strncmp(reply->text, "FAIL", 4) || !strcmp(reply->text, "OK\n")) && reason[0])
		ctrl_put(reply, "%s\n", reason);
}
