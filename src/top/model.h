/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi top` shows, made of two snapshots: guests and stations with their rates, and what was dropped in between. Pure: the
 * snapshots and the time between them go in, rows come out.
 */
#ifndef VIFI_TOP_MODEL_H
#define VIFI_TOP_MODEL_H

#include <jansson.h>
#include <stdint.h>

/* {"bridges": bridge/reports.h, "wifi": daemon/wifi_reports.h}, and when it was made. */
struct top_snapshot {
	json_t *bridges, *wifi;
	uint64_t at_ns; /* monotonic; 0: there is none */
};

void top_snapshot_free(struct top_snapshot *snapshot);

enum top_order { TOP_BY_RATE, TOP_BY_NAME, TOP_BY_TOTAL, TOP_ORDERS };

const char *top_order_name(enum top_order order); /* "rate" */

enum top_kind { TOP_GUEST, TOP_STATION, TOP_LINK };

/* A guest of a bridge, a station of an access point, or the connection of a station of this machine. Texts are borrowed. */
struct top_row {
	enum top_kind kind;
	const char *name, *address;            /* name, IP address or SSID; MAC address */
	char place[48];                        /* "vnet0 → wlan0", or an interface */
	uint64_t out_bytes, in_bytes;          /* from the machine that the row names, to it */
	uint64_t out_rate, in_rate, lost_rate; /* per second; 0 without a snapshot before */
	int signal_dbm;                        /* 0: unknown, or no radio */
	double idle_s;                         /* since it was last heard; negative: unknown */
};

/* Frames that were dropped for one reason at one place. */
struct top_drop {
	const char *place, *reason; /* an interface; the name of the reason */
	uint64_t count;             /* of all time */
	double rate;                /* per second */
};

struct top_model {
	struct top_row *rows;
	struct top_drop *drops; /* the highest rate first */
	size_t row_count, drop_count;
	double interval_s; /* 0: there are no rates */
};

/* Both snapshots must outlive the model. Returns 0 or -ENOMEM. */
int top_model_make(struct top_model *model, const struct top_snapshot *before, const struct top_snapshot *now,
		   enum top_order order);
void top_model_free(struct top_model *model);

#endif
