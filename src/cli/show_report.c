/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to a report before it is shown. */
#include "cli/show_view.h"

#include "bridge/guest_match.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

/* ---- the filter ---- */

/* Keeps the items of a list that have one of the MAC addresses. */
static void keep_of(json_t *report, const char *name, const json_t *macs)
{
	json_t *kept = json_array(), *item;
	size_t i;

	json_array_foreach(json_object_get(report, name), i, item)
	{
		if (json_object_get(macs, json_text(item, "mac")))
			json_array_append(kept, item);
	}
	json_object_set_new(report, name, kept);
}

size_t show_filter(json_t *report, const char *guest)
{
	json_t *guests = json_object_get(report, "guests");
	json_t *kept = json_array(), *macs = json_object(), *item;
	char wanted[BRIDGE_GUEST_TEXT];
	size_t i, count;

	bridge_guest_normalize(wanted, guest);
	json_array_foreach(guests, i, item)
	{
		if (*wanted && bridge_guest_matches(item, wanted)) {
			json_array_append(kept, item);
			json_object_set_new(macs, json_text(item, "mac"), json_true());
		}
	}
	count = json_array_size(kept);
	json_object_set_new(report, "guests", kept);
	keep_of(report, "bindings", macs);
	keep_of(report, "problems", macs);
	json_decref(macs);
	return count;
}

/* ---- rates ---- */

static const char *const counters[] = {"out_packets", "out_bytes", "in_packets", "in_bytes"};

enum { COUNTERS = sizeof(counters) / sizeof(counters[0]) };

/* "MAC PORT" */
static void key_of(char key[128], const json_t *guest)
{
	snprintf(key, 128, "%.20s %.64s", json_text(guest, "mac"), json_text(guest, "port"));
}

/* Sets the rates of `now`; counters that have fallen say nothing. Adds them to `sums`. */
static void set_rates(json_t *now, const json_t *earlier, double seconds, double sums[COUNTERS])
{
	for (size_t i = 0; i < COUNTERS; i++) {
		long long difference = json_number(now, counters[i]) - json_number(earlier, counters[i]);
		double rate = difference > 0 && seconds > 0 ? (double)difference / seconds : 0;
		char name[32];

		snprintf(name, sizeof(name), "%s_per_s", counters[i]);
		json_object_set_new(now, name, earlier ? json_integer((json_int_t)(rate + 0.5)) : json_null());
		if (earlier && sums)
			sums[i] += rate;
	}
}

void show_rates(json_t *report, const json_t *earlier, double seconds)
{
	json_t *guests = json_object(), *guest, *totals = json_object_get(report, "totals");
	double sums[COUNTERS] = {0};
	char key[128], name[32];
	size_t i;

	json_array_foreach(json_object_get(earlier, "guests"), i, guest)
	{
		key_of(key, guest);
		json_object_set(guests, key, guest);
	}
	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		key_of(key, guest);
		set_rates(guest, json_object_get(guests, key), seconds, sums);
	}
	for (i = 0; i < COUNTERS; i++) {
		snprintf(name, sizeof(name), "%s_per_s", counters[i]);
		json_object_set_new(totals, name, earlier ? json_integer((json_int_t)(sums[i] + 0.5)) : json_null());
	}
	json_object_set_new(report, "interval_s", earlier ? json_real(seconds) : json_null());
	json_decref(guests);
}
