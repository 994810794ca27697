/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests by the control socket. */
#include "table.h"

#include "bridge/bridge.h"
#include "bridge/request.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge bridge; /* too large for the stack */
	struct store_table table = table_fresh;
	json_t *request = json_loadb((const char *)data, size, 0, NULL), *answer;
	const char *ask = json_string_value(json_object_get(request, "ask"));

	bridge.store = &table.store;
	/* "show" reads the interfaces of the kernel. */
	if (request && !(ask && !strcmp(ask, "show"))) {
		answer = request_answer(&bridge, request);
		if (answer)
			must(json_object_get(answer, "ok") || json_object_get(answer, "error") ||
			     (ask && (!strcmp(ask, "process") || !strcmp(ask, "uplink"))));
		json_decref(answer);
		table_check(&table);
	}
	bridge.store = NULL; /* the table ends here */
	json_decref(request);
	return 0;
}
