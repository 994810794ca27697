/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serves metrics by HTTP on the loopback interface, for Prometheus; GNU libmicrohttpd speaks HTTP. */
#ifndef VIFI_METRICSD_SERVER_H
#define VIFI_METRICSD_SERVER_H

#include "base/error.h"

#include <stdint.h>

/*
 * Answers `GET /metrics` on 127.0.0.1 until SIGINT or SIGTERM; `ready` is called once it listens. One request is
 * served at a time. Returns 0, or a negative errno with a sentence.
 */
int metrics_serve(uint16_t port, const char *air_socket, void (*ready)(void), struct error *error);

#endif
