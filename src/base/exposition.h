/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes metrics as Prometheus reads them: the text-based exposition format, version 0.0.4. A family is a name with a type
 * and a help text; its samples follow it, one for each set of labels.
 *
 *	exposition_family(&text, "vifi_bridge_guests", "gauge", "Guests with an address.");
 *	exposition_label(&text, "uplink", "wlan0");
 *	exposition_value(&text, 12);
 *
 * Without memory, the rest is left out, and `failed` is set.
 */
#ifndef VIFI_BASE_EXPOSITION_H
#define VIFI_BASE_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>

struct exposition {
	char *bytes; /* ends with a zero; NULL: empty */
	size_t len, room;
	bool failed;
	const char *family; /* of the samples that follow; borrowed */
	unsigned labels;    /* of the sample that is being written */
};

/* `name` and `help` are constants. `type`: "counter", "gauge". */
void exposition_family(struct exposition *text, const char *name, const char *type, const char *help);

/* Adds a label to the next sample. `value` may be any UTF-8 text. */
void exposition_label(struct exposition *text, const char *name, const char *value);

/* Writes a sample with the labels that were added. Whole numbers are exact up to 2^53. */
void exposition_value(struct exposition *text, double value);

void exposition_free(struct exposition *text);

#endif
