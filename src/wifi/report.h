/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process of `vifi ap` or `vifi sta` can say of its radios, for `vifi why` and `vifi metrics`: a socket of
 * daemon/control.h in RUNTIME_WIFI_FOLDER, beside the control sockets of hostapd's and wpa_supplicant's clients, which exist only
 * when a file asks for them. It answers {"ask": "report"}; no secret is in a report. Root may send {"ask": "reload", "file": name, "text":
 * the text of a file that this process may not read}; the answer is {"result": "reloaded"}, or {"error": a sentence}.
 *
 * The name of the socket is the role and the first interface, "ap-wlan0", or "ap-global" for a process without files.
 */
#ifndef VIFI_WIFI_REPORT_H
#define VIFI_WIFI_REPORT_H

#include "daemon/sandbox.h"
#include "wifi/wifi.h"

struct wifi_report;

/*
 * Opens the socket of a program, whose control is open; `name` is its first interface. Returns NULL with an error; the program goes on
 * without a report then.
 */
struct wifi_report *wifi_report_open(uv_loop_t *loop, const struct wifi_program *program, void *control,
				     const char *name, struct error *error);

/* Adds what it needs to the sandbox. */
void wifi_report_confine(struct sandbox *sandbox);

/* Removes the socket. NULL is fine. The loop must run once more. */
void wifi_report_close(struct wifi_report *report);

/* The part of a role, added to the object of a radio. */
void wifi_report_ap(struct wifi *wifi, uint64_t now_ns, json_t *radio);
void wifi_report_sta(struct wifi *wifi, uint64_t now_ns, json_t *radio);

/* The time since then in seconds. */
json_t *wifi_report_age(uint64_t since_ns, uint64_t now_ns);

#endif
