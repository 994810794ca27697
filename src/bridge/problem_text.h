/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for problems that both `vifi bridge show` (problems.c) and `vifi bridge check` (check_running.c) report. */
#ifndef VIFI_BRIDGE_PROBLEM_TEXT_H
#define VIFI_BRIDGE_PROBLEM_TEXT_H

#include <jansson.h>

enum { PROBLEM_TEXT_SIZE = 512, PROBLEM_LABEL_SIZE = 384 };

struct problem_text {
	char sentence[PROBLEM_TEXT_SIZE];
	char remedy[PROBLEM_TEXT_SIZE];
};

/* Writes "web-1 (52:54:00:12:34:56 on vnet0)", or "52:54:00:12:34:56 on vnet0" if `name` is empty. Returns the text. */
const char *problem_label(char text[PROBLEM_LABEL_SIZE], const char *name, const char *mac, const char *port);

/* The same for an object with the members name, mac and port: a guest or a binding of a report. */
const char *problem_label_of(char text[PROBLEM_LABEL_SIZE], const json_t *object);

/* No process serves the uplink, while the eBPF programs still translate. */
void problem_text_no_process(struct problem_text *text, const char *uplink, const char *bridge);

/* The process is there and does not answer; `silence` says why, without a full stop. */
void problem_text_silent_process(struct problem_text *text, const char *uplink, const char *bridge,
				 const char *silence);

/* A port of the bridge leads to the uplink's own network (rule 37). */
void problem_text_loop(struct problem_text *text, const char *port, const char *bridge, const char *uplink);

/* Two machines use one address. `binding` has the members address and flags, `guest` is the label of its owner. */
void problem_text_contest(struct problem_text *text, const json_t *binding, const char *guest, const char *mac,
			  const char *uplink);

/* A station uses the address of a guest: an event "conflict" or "station" (bridge/events.h). */
void problem_text_conflict(struct problem_text *text, const json_t *event, const char *guest);

/* One MAC address is in use on two ports. */
void problem_text_clone(struct problem_text *text, const char *mac, const char *first, const char *second);

#endif
