/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vifi-metricsd PORT AIR-SOCKET: what `vifi metrics --listen` becomes. It is a program of its own because the library for
 * HTTP brings a dozen others, which no other command of vifi should load.
 */
#include "daemon/notify.h"
#include "metricsd/server.h"

#include <stdio.h>
#include <stdlib.h>

static void announce(void)
{
	notify("READY=1");
}

int main(int argc, char **argv)
{
	struct error error;
	unsigned long port = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (!port || port > 65535) {
		fprintf(stderr, "vifi-metricsd: start it by `vifi metrics --listen PORT`\n");
		return 2;
	}
	notify_connect();
	if (metrics_serve((uint16_t)port, argv[2], announce, &error) == 0)
		return 0;
	fprintf(stderr, "vifi metrics: %s\n", error.text);
	return 1;
}
