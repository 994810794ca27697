/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap --check` and `vifi sta --check`: what files say. Nothing is changed. */
#ifndef VIFI_WIFI_CHECK_H
#define VIFI_WIFI_CHECK_H

#include "wifi/wifi.h"

/*
 * Reads each file, and prints all remarks, what was understood and what the radio can do of it, as text or (options->json)
 * as JSON. The result is that of the first file for which it is not WIFI_OK; then `error` has a text, or is empty if the
 * program accepts the file.
 */
enum wifi_result wifi_check(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			    size_t count, struct error *error);

/* What was understood of a file, as objects of the array `networks`. No secret is among it. */
void wifi_ap_describe(const void *config, json_t *networks);
void wifi_sta_describe(const void *config, json_t *networks);

#endif
