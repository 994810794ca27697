/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top/model.h"

#include "base/array.h"
#include "daemon/json_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct top_model *model;
	const struct top_snapshot *before;
	size_t row_room, drop_room;
	bool failed;
};

void top_snapshot_free(struct top_snapshot *snapshot)
{
	json_decref(snapshot->bridges);
	json_decref(snapshot->wifi);
	*snapshot = (struct top_snapshot){0};
}

const char *top_order_name(enum top_order order)
{
	static const char *const names[TOP_ORDERS] = {"rate", "name", "total"};

	return names[order];
}

/* ---- counters ---- */

static uint64_t count_of(const json_t *object, const char *key)
{
	long long value = json_number(object, key);

	return value > 0 ? (uint64_t)value : 0;
}

/* A counter that has begun anew counts from zero. */
static double rate_of(const struct builder *builder, const json_t *now, const json_t *before, const char *key)
{
	uint64_t new_count = count_of(now, key), old_count = count_of(before, key);

	if (builder->model->interval_s <= 0 || !json_is_object(before))
		return 0;
	return (double)(new_count >= old_count ? new_count - old_count : new_count) / builder->model->interval_s;
}

/* The object of a list whose members `key` and `second` (NULL: any) have the same values as those of `like`. */
static const json_t *find_like(const json_t *list, const json_t *like, const char *key, const char *second)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (!strcmp(json_text(item, key), json_text(like, key)) &&
		    (!second || !strcmp(json_text(item, second), json_text(like, second))))
			return item;
	}
	return NULL;
}

/* ---- rows ---- */

static struct top_row *add_row(struct builder *builder, enum top_kind kind)
{
	struct top_model *model = builder->model;

	if (array_reserve(&model->rows, &builder->row_room, model->row_count + 1, sizeof(*model->rows))) {
		builder->failed = true;
		return NULL;
	}
	model->rows[model->row_count] = (struct top_row){.kind = kind, .idle_s = -1};
	return &model->rows[model->row_count++];
}

static void add_drops(struct builder *builder, const char *place, const json_t *now, const json_t *before)
{
	struct top_model *model = builder->model;
	const char *reason;
	json_t *value;

	json_object_foreach((json_t *)now, reason, value)
	{
		if (!count_of(now, reason))
			continue;
		if (array_reserve(&model->drops, &builder->drop_room, model->drop_count + 1, sizeof(*model->drops))) {
			builder->failed = true;
			return;
		}
		model->drops[model->drop_count++] = (struct top_drop){.place = place,
								      .reason = reason,
								      .count = count_of(now, reason),
								      .rate = rate_of(builder, now, before, reason)};
	}
}

static void add_guest(struct builder *builder, const json_t *report, const json_t *guest, const json_t *before)
{
	struct top_row *row = add_row(builder, TOP_GUEST);
	const json_t *seen = json_object_get(guest, "seen_s");

	if (!row)
		return;
	row->name = json_text(guest, "name");
	if (!*row->name)
		row->name = json_text(json_array_get(json_object_get(guest, "addresses"), 0), "address");
	row->address = json_text(guest, "mac");
	snprintf(row->place, sizeof(row->place), "%.15s → %.15s", json_text(guest, "port"),
		 json_text(report, "uplink"));
	row->out_bytes = count_of(guest, "out_bytes");
	row->in_bytes = count_of(guest, "in_bytes");
	row->out_rate = (uint64_t)rate_of(builder, guest, before, "out_bytes");
	row->in_rate = (uint64_t)rate_of(builder, guest, before, "in_bytes");
	if (json_is_number(seen))
		row->idle_s = json_number_value(seen);
}

static void add_bridge(struct builder *builder, const json_t *report)
{
	const json_t *before = find_like(builder->before->bridges, report, "uplink", NULL), *guest;
	size_t i;

	json_array_foreach(json_object_get(report, "guests"), i, guest)
		add_guest(builder, report, guest, find_like(json_object_get(before, "guests"), guest, "mac", "port"));
	add_drops(builder, json_text(report, "uplink"), json_object_get(report, "drops"),
		  json_object_get(before, "drops"));
}

/* At the other end of a radio, what one sends the other one receives. */
static void fill_link(struct builder *builder, struct top_row *row, const json_t *link, const json_t *before)
{
	bool own = row->kind == TOP_LINK;

	row->out_bytes = count_of(link, own ? "tx_bytes" : "rx_bytes");
	row->in_bytes = count_of(link, own ? "rx_bytes" : "tx_bytes");
	row->out_rate = (uint64_t)rate_of(builder, link, before, own ? "tx_bytes" : "rx_bytes");
	row->in_rate = (uint64_t)rate_of(builder, link, before, own ? "rx_bytes" : "tx_bytes");
	row->lost_rate = (uint64_t)rate_of(builder, link, before, "tx_lost");
	row->signal_dbm = (int)json_number(link, "signal_dbm");
}

static const char *ssid_of(const json_t *radio, const char *interface)
{
	json_t *network;
	size_t i;

	json_array_foreach(json_object_get(radio, "networks"), i, network)
	{
		if (!strcmp(json_text(network, "interface"), interface))
			return json_text(network, "ssid");
	}
	return "";
}

static void add_station(struct builder *builder, const json_t *radio, const json_t *station, const json_t *before)
{
	struct top_row *row = add_row(builder, TOP_STATION);

	if (!row)
		return;
	row->name = ssid_of(radio, json_text(station, "interface"));
	row->address = json_text(station, "address");
	snprintf(row->place, sizeof(row->place), "%.15s%s", json_text(station, "interface"),
		 json_is_true(json_object_get(station, "authorised")) ? "" : " (no keys)");
	row->idle_s = json_number_value(json_object_get(station, "heard_age_s"));
	fill_link(builder, row, station, find_like(before, station, "address", "interface"));
}

static void add_radio(struct builder *builder, const json_t *radio, const json_t *before)
{
	const json_t *link = json_object_get(radio, "link"), *old = json_object_get(before, "link"), *station;
	struct top_row *row = json_is_object(link) ? add_row(builder, TOP_LINK) : NULL;
	size_t i;

	if (row) {
		row->name = json_text(link, "ssid");
		row->address = json_text(link, "bssid");
		snprintf(row->place, sizeof(row->place), "%.15s", json_text(radio, "interface"));
		fill_link(builder, row, link, old);
	}
	json_array_foreach(json_object_get(radio, "stations"), i, station)
		add_station(builder, radio, station, json_object_get(before, "stations"));
	add_drops(builder, json_text(radio, "interface"), json_object_get(radio, "drops"),
		  json_object_get(before, "drops"));
}

static void add_process(struct builder *builder, const json_t *report)
{
	const json_t *before = find_like(builder->before->wifi, report, "name", NULL), *radio;
	size_t i;

	json_array_foreach(json_object_get(report, "radios"), i, radio)
		add_radio(builder, radio, find_like(json_object_get(before, "radios"), radio, "interface", NULL));
}

/* ---- order ---- */

static int compare_counts(uint64_t one, uint64_t other)
{
	return one < other ? 1 : one > other ? -1 : 0;
}

static int compare_names(const struct top_row *one, const struct top_row *other)
{
	int by_name = strcmp(one->name, other->name);

	return by_name ? by_name : strcmp(one->address, other->address);
}

static int by_name(const void *one, const void *other)
{
	return compare_names(one, other);
}

static int by_rate(const void *first, const void *second)
{
	const struct top_row *one = first, *other = second;
	int order = compare_counts(one->out_rate + one->in_rate, other->out_rate + other->in_rate);

	return order ? order : compare_names(one, other);
}

static int by_total(const void *first, const void *second)
{
	const struct top_row *one = first, *other = second;
	int order = compare_counts(one->out_bytes + one->in_bytes, other->out_bytes + other->in_bytes);

	return order ? order : compare_names(one, other);
}

static int by_drop_rate(const void *first, const void *second)
{
	const struct top_drop *one = first, *other = second;

	if (one->rate != other->rate)
		return one->rate < other->rate ? 1 : -1;
	return compare_counts(one->count, other->count);
}

int top_model_make(struct top_model *model, const struct top_snapshot *before, const struct top_snapshot *now,
		   enum top_order order)
{
	static int (*const orders[TOP_ORDERS])(const void *, const void *) = {by_rate, by_name, by_total};
	struct builder builder = {.model = model, .before = before};
	json_t *report;
	size_t i;

	*model = (struct top_model){0};
	if (before->at_ns && now->at_ns > before->at_ns)
		model->interval_s = (double)(now->at_ns - before->at_ns) / 1e9;
	json_array_foreach(now->bridges, i, report) add_bridge(&builder, report);
	json_array_foreach(now->wifi, i, report) add_process(&builder, report);
	if (model->row_count)
		qsort(model->rows, model->row_count, sizeof(*model->rows), orders[order]);
	if (model->drop_count)
		qsort(model->drops, model->drop_count, sizeof(*model->drops), by_drop_rate);
	return builder.failed ? -ENOMEM : 0;
}

void top_model_free(struct top_model *model)
{
	free(model->rows);
	free(model->drops);
	*model = (struct top_model){0};
}
