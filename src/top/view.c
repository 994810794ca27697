/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top/view.h"

#include "base/drop.h"
#include "bridge/policy/units.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

enum { WEAK_DBM = -80, DROPS_SHOWN = 12 };

static size_t count_kind(const struct top_model *model, enum top_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < model->row_count; i++)
		count += model->rows[i].kind == kind;
	return count;
}

static void put_count(struct screen *screen, const char *before, size_t count, const char *noun)
{
	screen_format(screen, SCREEN_PLAIN, "%s%zu %s%s", before, count, noun, count == 1 ? "" : "s");
}

static void put_head(struct screen *screen, const struct top_model *model, enum top_order order)
{
	screen_put(screen, SCREEN_BOLD, "vifi top");
	put_count(screen, "  ", count_kind(model, TOP_GUEST), "guest");
	put_count(screen, ", ", count_kind(model, TOP_STATION), "station");
	put_count(screen, ", ", count_kind(model, TOP_LINK), "connection");
	screen_format(screen, SCREEN_PLAIN, "; by %s", top_order_name(order));
	if (model->interval_s > 0)
		screen_format(screen, SCREEN_DIM, ", rates of the last %.1f s", model->interval_s);
	screen_newline(screen);
}

static void put_errors(struct screen *screen, const json_t *reports, const char *key)
{
	const json_t *report;
	char text[600];
	size_t i;

	json_array_foreach(reports, i, report)
	{
		if (!*json_text(report, "error"))
			continue;
		snprintf(text, sizeof(text), "%.32s: %.500s", json_text(report, key), json_text(report, "error"));
		screen_wrap(screen, 2, "", SCREEN_BAD, text);
	}
}

static void put_problems(struct screen *screen, const json_t *bridges)
{
	const json_t *report, *problem;
	size_t i, k;

	json_array_foreach(bridges, i, report)
	{
		json_array_foreach(json_object_get(report, "problems"), k, problem)
		{
			if (!strcmp(json_text(problem, "level"), "fail"))
				screen_wrap(screen, 2, "! ", SCREEN_BAD, json_text(problem, "sentence"));
		}
	}
}

/* ---- tables ---- */

static struct screen_cell rate_cell(char text[UNITS_TEXT], uint64_t rate, const struct top_model *model)
{
	if (model->interval_s <= 0)
		return (struct screen_cell){.text = "-"};
	return (struct screen_cell){.text = units_rate(text, rate), .style = rate ? SCREEN_GOOD : SCREEN_DIM};
}

static struct screen_cell signal_cell(char text[UNITS_TEXT], int dbm)
{
	if (!dbm)
		return (struct screen_cell){.text = "-"};
	snprintf(text, UNITS_TEXT, "%d dBm", dbm);
	return (struct screen_cell){.text = text, .style = dbm < WEAK_DBM ? SCREEN_WARN : SCREEN_PLAIN};
}

static void put_row(struct screen_table *table, const struct top_row *row, const struct top_model *model, bool utf8)
{
	char out[UNITS_TEXT], in[UNITS_TEXT], out_rate[UNITS_TEXT], in_rate[UNITS_TEXT], idle[UNITS_TEXT],
		signal[UNITS_TEXT], lost[UNITS_TEXT];
	const struct screen_cell cells[] = {
		{.text = *row->name ? row->name : "-", .style = SCREEN_BOLD},
		{.text = row->address, .style = SCREEN_DIM},
		{.text = row->place},
		rate_cell(out_rate, row->out_rate, model),
		rate_cell(in_rate, row->in_rate, model),
		{.text = units_bytes(out, row->out_bytes)},
		{.text = units_bytes(in, row->in_bytes)},
		signal_cell(signal, row->signal_dbm),
		{.text = row->lost_rate ? lost : "-", .style = SCREEN_WARN},
		{.text = row->idle_s < 0 ? "-" : units_duration(idle, (uint64_t)row->idle_s)},
	};

	snprintf(lost, sizeof(lost), "%llu", (unsigned long long)row->lost_rate);
	screen_table_row(table, cells, utf8);
}

/* The numbers are the order in which columns stay on a narrow terminal. */
static void put_rows(struct screen *screen, const struct top_model *model, enum top_kind kind, const char *name,
		     const char *place)
{
	const struct screen_column columns[] = {
		{.title = name, .max = 32},
		{.title = "MAC", .importance = 6},
		{.title = place, .importance = 3, .max = 34},
		{.title = "out/s", .importance = 1, .right = true},
		{.title = "in/s", .importance = 1, .right = true},
		{.title = "out", .importance = 5, .right = true},
		{.title = "in", .importance = 5, .right = true},
		{.title = "signal", .importance = 2, .right = true, .optional = true},
		{.title = "lost/s", .importance = 4, .right = true, .optional = true},
		{.title = "heard", .importance = 4, .right = true, .optional = true},
		{0},
	};
	struct screen_table *table;

	if (!count_kind(model, kind))
		return;
	screen_newline(screen);
	table = screen_table_new(columns);
	for (size_t i = 0; i < model->row_count; i++)
		if (model->rows[i].kind == kind)
			put_row(table, &model->rows[i], model, screen->utf8);
	screen_table_put(screen, table, 0);
	screen_table_free(table);
}

static void put_drops(struct screen *screen, const struct top_model *model)
{
	static const struct screen_column columns[] = {
		{.title = "dropped/s", .importance = 1, .right = true},
		{.title = "in all", .importance = 2, .right = true},
		{.title = "at", .importance = 3, .max = 16},
		{.title = "reason", .max = 24},
		{.title = "what happened", .importance = 4, .max = 90},
		{0},
	};
	struct screen_table *table;
	char rate[UNITS_TEXT], count[UNITS_TEXT];

	if (!model->drop_count)
		return;
	screen_newline(screen);
	table = screen_table_new(columns);
	for (size_t i = 0; i < model->drop_count && i < DROPS_SHOWN; i++) {
		const struct top_drop *drop = &model->drops[i];
		const struct screen_cell cells[] = {
			{.text = model->interval_s > 0 ? rate : "-", .style = drop->rate > 0 ? SCREEN_BAD : SCREEN_DIM},
			{.text = count},
			{.text = drop->place},
			{.text = drop->reason, .style = drop->rate > 0 ? SCREEN_WARN : SCREEN_PLAIN},
			{.text = drop_sentence(drop_named(drop->reason)), .style = SCREEN_DIM},
		};

		snprintf(rate, sizeof(rate), "%.1f", drop->rate);
		snprintf(count, sizeof(count), "%llu", (unsigned long long)drop->count);
		screen_table_row(table, cells, screen->utf8);
	}
	screen_table_put(screen, table, 0);
	screen_table_free(table);
}

void top_view(struct screen *screen, const struct top_model *model, const struct top_snapshot *now,
	      enum top_order order)
{
	put_head(screen, model, order);
	if (!json_array_size(now->bridges) && !json_array_size(now->wifi))
		screen_wrap(screen, 2, "", SCREEN_WARN,
			    "Nothing of vifi runs in this network namespace: neither `vifi bridge` nor `vifi ap` nor "
			    "`vifi sta`.");
	put_errors(screen, now->bridges, "uplink");
	put_errors(screen, now->wifi, "name");
	put_problems(screen, now->bridges);
	put_rows(screen, model, TOP_GUEST, "guest", "port");
	put_rows(screen, model, TOP_STATION, "station of", "interface");
	put_rows(screen, model, TOP_LINK, "connected to", "interface");
	put_drops(screen, model);
}
