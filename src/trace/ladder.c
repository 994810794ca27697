/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/ladder.h"

#include "base/array.h"
#include "base/drop.h"
#include "trace/hop.h"
#include "trace/summary.h"
#include "wire/ieee80211.h"
#include "wire/le.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_SIZE 96

struct rung {
	struct trace_event event;
	size_t first, next; /* of its journey; next 0: it is the last one */
	unsigned column;
	const char *exchange;
	char *summary;
};

struct column {
	char name[COLUMN_SIZE];
	uint8_t hop;
};

struct ladder {
	struct rung *rungs;
	size_t count, room;
	struct column columns[LADDER_COLUMNS_MAX];
	unsigned column_count;
	uint64_t omitted;
};

struct ladder *ladder_new(void)
{
	return calloc(1, sizeof(struct ladder));
}

void ladder_free(struct ladder *ladder)
{
	if (!ladder)
		return;
	for (size_t i = 0; i < ladder->count; i++)
		free(ladder->rungs[i].summary);
	free(ladder->rungs);
	free(ladder);
}

/* ---- exchanges ---- */

static bool is_sae(const struct trace_event *event, const uint8_t *bytes)
{
	uint16_t fc;

	size_t header = trace_radiotap_len(event, bytes);

	if (event->link == TRACE_ETHERNET || event->captured < header + 26)
		return false;
	bytes += header;
	fc = le16(bytes);
	return dot11_is_management(fc) && (fc & FC_SUBTYPE) == 0xb0 && !(fc & FC_PROTECTED) && le16(bytes + 24) == 3;
}

const char *ladder_exchange(const struct trace_event *event, const uint8_t *bytes, const char *summary)
{
	static const struct {
		const char *words, *name;
	} rows[] = {
		{"EAPOL key message", "4-way handshake"},
		{"EAPOL group key", "group key handshake"},
		{" DHCPv6", "DHCPv6"},
		{" DHCP", "DHCP"},
		{"ARP ", "ARP"},
		{" neighbour ", "ND"},
		{" router ", "ND"},
		{" DNS ", "DNS"},
		{" authentication", "authentication"},
		{"association re", "association"}, /* and reassociation */
	};

	if (is_sae(event, bytes))
		return "SAE";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(summary, rows[i].words))
			return rows[i].name;
	return "";
}

/* ---- events ---- */

/* Returns the number of the column, LADDER_COLUMNS_MAX if there is no room. */
static unsigned find_column(struct ladder *ladder, uint8_t hop, const char *name)
{
	struct column *column = ladder->columns;

	for (unsigned i = 0; i < ladder->column_count; i++)
		if (ladder->columns[i].hop == hop && !strncmp(ladder->columns[i].name, name, COLUMN_SIZE - 1))
			return i;
	if (ladder->column_count == LADDER_COLUMNS_MAX)
		return LADDER_COLUMNS_MAX;
	column += ladder->column_count;
	column->hop = hop;
	snprintf(column->name, sizeof(column->name), "%s", name);
	return ladder->column_count++;
}

/* Journeys are short: the look back is limited. */
static void join_journey(struct ladder *ladder, size_t number)
{
	enum { LOOK_BACK = 4096 };
	struct rung *rungs = ladder->rungs;
	size_t from = number > LOOK_BACK ? number - LOOK_BACK : 0;

	rungs[number].first = number;
	for (size_t i = number; rungs[number].event.id && i-- > from;)
		if (rungs[i].event.id == rungs[number].event.id) {
			rungs[i].next = number;
			rungs[number].first = rungs[i].first;
			return;
		}
}

static char *copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

int ladder_add(struct ladder *ladder, const struct trace_event *event, const uint8_t *bytes, const char *column,
	       const char *summary)
{
	unsigned number = find_column(ladder, event->hop, column);
	struct rung *rung;

	if (ladder->count == LADDER_EVENTS_MAX || number == LADDER_COLUMNS_MAX) {
		ladder->omitted++;
		return 0;
	}
	if (array_reserve(&ladder->rungs, &ladder->room, ladder->count + 1, sizeof(*ladder->rungs)))
		return -ENOMEM;
	rung = &ladder->rungs[ladder->count];
	*rung = (struct rung){.event = *event, .column = number, .exchange = ladder_exchange(event, bytes, summary)};
	rung->summary = copy_text(summary);
	if (!rung->summary)
		return -ENOMEM;
	join_journey(ladder, ladder->count++);
	return 0;
}

/* ---- the page ---- */

struct page {
	char *text;
	size_t len, room;
	bool failed;
	const struct ladder *ladder;
	ladder_clock *clock;
	unsigned order[LADDER_COLUMNS_MAX]; /* columns, from left to right */
};

static void put(struct page *page, const char *text)
{
	size_t len = strlen(text);

	if (page->failed || array_reserve(&page->text, &page->room, page->len + len + 1, 1)) {
		page->failed = true;
		return;
	}
	memcpy(page->text + page->len, text, len + 1);
	page->len += len;
}

static void format(struct page *page, const char *words, ...) __attribute__((format(printf, 2, 3)));

static void format(struct page *page, const char *words, ...)
{
	char text[512];
	va_list list;

	va_start(list, words);
	vsnprintf(text, sizeof(text), words, list);
	va_end(list);
	put(page, text);
}

/* Text of others: names of interfaces, for example. */
static void escape(struct page *page, const char *text)
{
	for (; *text; text++) {
		char one[2] = {*text, '\0'};

		put(page, *text == '<'   ? "&lt;"
			  : *text == '>' ? "&gt;"
			  : *text == '&' ? "&amp;"
			  : *text == '"' ? "&quot;"
					 : one);
	}
}

static const char style[] =
	"body{font:14px/1.45 system-ui,sans-serif;margin:1rem;color:#1b1f24;background:#fff}"
	"h1{font-size:1.3rem;margin:0 0 .3rem}p{margin:.2rem 0 1rem;max-width:60rem}"
	"table{border-collapse:collapse;width:100%}"
	"th{text-align:left;font-weight:600;border-bottom:2px solid #57606a;padding:.3rem .6rem;background:#fff;"
	"position:sticky;top:0}"
	"td{vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #d8dee4}"
	"td.time{white-space:nowrap;font-variant-numeric:tabular-nums;color:#57606a}"
	"td.frame{max-width:28rem;overflow-wrap:anywhere}"
	"td.hop{border-left:2px solid #d0d7de;font-size:.9em}td.hop.on{border-left-color:#0969da}"
	"tr.name td{background:#eef4fb;font-weight:600;border-bottom:0}"
	"tr.drop td{background:#fff0ee}tr.drop td.hop.end{border-left-color:#cf222e}td.hop b{color:#a40e26}"
	"tr.reason td{background:#fff0ee;color:#a40e26;padding-top:0}"
	"@media(max-width:45rem){thead{display:none}table,tbody,tr,td{display:block}td{border:0;padding:.1rem .4rem}"
	"tr{border-bottom:1px solid #d8dee4;padding:.4rem 0}td.hop{border-left:3px solid #d0d7de;margin-left:.6rem}"
	"td.hop:empty{display:none}td.hop::before{content:attr(data-hop) \": \";color:#57606a;font-weight:400}}"
	"@media(prefers-color-scheme:dark){body,th{background:#0d1117;color:#e6edf3}td{border-color:#30363d}"
	"tr.name td{background:#13233a}tr.drop td,tr.reason td{background:#3a1418}"
	"td.hop b,tr.reason td{color:#ff9a92}}";

static bool has_hop(const struct ladder *ladder, uint8_t hop)
{
	for (unsigned i = 0; i < ladder->column_count; i++)
		if (ladder->columns[i].hop == hop)
			return true;
	return false;
}

static void put_head(struct page *page, const char *title, uint64_t lost)
{
	const struct ladder *ladder = page->ladder;

	put(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
	escape(page, title);
	put(page, "</title><style>");
	put(page, style);
	put(page, "</style></head>\n<body><h1>");
	escape(page, title);
	format(page, "</h1>\n<p>%zu events at %u hops.", ladder->count, ladder->column_count);
	if (lost)
		format(page, " The recorders lost %llu more.", (unsigned long long)lost);
	if (ladder->omitted)
		format(page, " %llu later ones are left out: a filter (-f) makes room.",
		       (unsigned long long)ladder->omitted);
	if (has_hop(ladder, TRACE_HOP_RADIO))
		put(page, " A row is a frame with all its transmissions, and a column is a radio.</p>\n");
	else
		put(page, " A row is a frame on its way, from left to right where it left this host.</p>\n");
}

/* From the guests to the air, as the hops are numbered; those of one kind in the order of their first events. */
static void order_columns(struct page *page)
{
	const struct ladder *ladder = page->ladder;
	unsigned count = 0;

	for (unsigned hop = 0; hop < 256; hop++)
		for (unsigned i = 0; i < ladder->column_count; i++)
			if (ladder->columns[i].hop == hop)
				page->order[count++] = i;
}

static void put_titles(struct page *page)
{
	put(page, "<table><thead><tr><th>time</th><th>frame</th>");
	for (unsigned i = 0; i < page->ladder->column_count; i++) {
		const struct column *column = &page->ladder->columns[page->order[i]];

		put(page, "<th title=\"");
		escape(page, trace_hop_sentence(column->hop));
		put(page, "\">");
		escape(page, column->name);
		put(page, "</th>");
	}
	put(page, "</tr></thead><tbody>\n");
}

static bool is_dropped_at(const struct rung *rungs, size_t first, unsigned column)
{
	for (size_t i = first, more = 1; more; more = rungs[i].next, i = more)
		if (rungs[i].column == column && rungs[i].event.reason)
			return true;
	return false;
}

static void put_cell(struct page *page, size_t first, unsigned column)
{
	const struct rung *rungs = page->ladder->rungs;
	bool found = false;
	char verdict[TRACE_VERDICT_SIZE];

	for (size_t i = first, more = 1; more; more = rungs[i].next, i = more) {
		const struct trace_event *event = &rungs[i].event;

		if (rungs[i].column != column)
			continue;
		if (found) {
			put(page, "<br>");
		} else {
			format(page, "<td class=\"hop on%s\" data-hop=\"",
			       is_dropped_at(rungs, first, column) ? " end" : "");
			escape(page, page->ladder->columns[column].name);
			put(page, "\">");
		}
		found = true;
		put(page, event->direction == TRACE_IN ? "in, " : event->direction == TRACE_OUT ? "out, " : "");
		put(page, event->reason ? "<b>" : "");
		escape(page, trace_verdict(verdict, event));
		put(page, event->reason ? "</b>" : "");
	}
	put(page, found ? "</td>" : "<td class=\"hop\"></td>");
}

/* Has an earlier event of the journey this one's reason? A retry is lost as the transmission before it. */
static bool is_repeated(const struct rung *rungs, size_t first, size_t number)
{
	for (size_t i = first; i != number; i = rungs[i].next)
		if (rungs[i].event.reason == rungs[number].event.reason)
			return true;
	return false;
}

static void put_reasons(struct page *page, size_t first)
{
	const struct rung *rungs = page->ladder->rungs;

	for (size_t i = first, more = 1; more; more = rungs[i].next, i = more) {
		enum drop reason = (enum drop)rungs[i].event.reason;

		if (!reason || is_repeated(rungs, first, i))
			continue;
		format(page, "<tr class=\"reason\"><td></td><td colspan=\"%u\">dropped (",
		       page->ladder->column_count + 1);
		escape(page, drop_name(reason));
		put(page, "): ");
		escape(page, drop_sentence(reason));
		put(page, " ");
		escape(page, drop_hint(reason));
		put(page, "</td></tr>\n");
	}
}

static bool is_dropped(const struct rung *rungs, size_t first)
{
	for (size_t i = first, more = 1; more; more = rungs[i].next, i = more)
		if (rungs[i].event.reason)
			return true;
	return false;
}

static void put_journey(struct page *page, size_t first)
{
	const struct ladder *ladder = page->ladder;
	const struct rung *rung = &ladder->rungs[first];
	char time[32];

	format(page, "<tr class=\"%s\"><td class=\"time\">", is_dropped(ladder->rungs, first) ? "drop" : "way");
	escape(page, page->clock(time, rung->event.time));
	put(page, "</td><td class=\"frame\">");
	escape(page, rung->summary);
	format(page, ", %u bytes</td>", rung->event.len);
	for (unsigned i = 0; i < ladder->column_count; i++)
		put_cell(page, first, page->order[i]);
	put(page, "</tr>\n");
	put_reasons(page, first);
}

char *ladder_page(const struct ladder *ladder, const char *title, uint64_t lost, ladder_clock *clock, size_t *len)
{
	struct page page = {.ladder = ladder, .clock = clock};
	const char *exchange = "";

	order_columns(&page);
	put_head(&page, title, lost);
	put_titles(&page);
	for (size_t i = 0; i < ladder->count; i++) {
		if (ladder->rungs[i].first != i)
			continue;
		if (*ladder->rungs[i].exchange && strcmp(ladder->rungs[i].exchange, exchange) != 0)
			format(&page, "<tr class=\"name\"><td></td><td colspan=\"%u\">%s</td></tr>\n",
			       ladder->column_count + 1, ladder->rungs[i].exchange);
		exchange = ladder->rungs[i].exchange;
		put_journey(&page, i);
	}
	put(&page, "</tbody></table></body></html>\n");
	*len = page.len;
	if (!page.failed)
		return page.text;
	free(page.text);
	return NULL;
}
