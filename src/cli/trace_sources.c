/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_sources.h"

#include "base/mac.h"
#include "base/printable.h"
#include "bridge/remote.h"
#include "daemon/control.h"
#include "daemon/runtime.h"
#include "trace/hop.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEASE_S = 3 * TRACE_RENEW_S, FIRST_S = 2, ASK_TIMEOUT_S = 10 };

/*
 * Asks a bridge by its control socket: its data path may be in the kernel, and its file not there yet. `begin` becomes the
 * head of its ring before all that is recorded now.
 */
static int ask_bridge(const char *name, enum trace_mode mode, uint64_t *begin, struct error *error)
{
	char served[IFNAMSIZ];
	json_t *request, *answer;
	const char *refusal;
	int ret = 0;

	snprintf(served, sizeof(served), "%s", name);
	bridge_served_name(name, served);
	request = json_pack("{s:s, s:s, s:i}", "ask", "trace", "mode", mode == TRACE_WHOLE ? "whole" : "headers",
			    "seconds", LEASE_S);
	answer = control_request(RUNTIME_FOLDER, served, request, ASK_TIMEOUT_S, false, error);
	json_decref(request);
	if (!answer)
		return -ESRCH;
	refusal = json_string_value(json_object_get(answer, "error"));
	if (refusal)
		ret = error_set(error, -EIO, "%s", refusal);
	*begin = (uint64_t)json_integer_value(json_object_get(answer, "begin"));
	json_decref(answer);
	return ret;
}

/*
 * Opens a recorder, begins to read and then has it record, so that no frame falls between. A ring that its process has not
 * begun yet is read from its beginning, is_ready().
 */
static int start(struct trace_recorder *recorder, const char *kind, const char *name,
		 const struct trace_request *request, struct error *error)
{
	bool is_bridge = request->mode && !strcmp(kind, "bridge");
	uint64_t begin = 0;
	int ret = 0;

	if (is_bridge)
		ret = ask_bridge(name, request->mode, &begin, error);
	if (ret < 0)
		return ret;
	ret = trace_source_open(&recorder->source, kind, name, error);
	if (ret == 0 && request->mode && !trace_source_is_written(&recorder->source)) {
		trace_source_close(&recorder->source);
		return error_set(error, -ESRCH,
				 "vifi %s with the name %s has ended; `vifi trace --last` shows what it recorded", kind,
				 name);
	}
	if (ret == -ENOENT)
		return error_set(
			error, ret,
			request->mode ? "no vifi %s with the name %s is running, or its frames pass through a card only"
				      : "no frames of %s %s are recorded",
			kind, name);
	if (ret < 0)
		return ret;
	trace_reader_init(&recorder->reader, recorder->source.memory, recorder->source.len, request->past);
	if (is_bridge && recorder->reader.records && !request->past)
		trace_reader_begin(&recorder->reader, begin);
	if (request->mode)
		trace_source_ask(&recorder->source, request->mode, LEASE_S);
	return 0;
}

static int add(struct trace_sources *sources, const char *kind, const char *name, const struct trace_request *request,
	       struct error *error)
{
	struct trace_recorder *recorder = &sources->at[sources->count];
	int ret;

	for (size_t i = 0; i < sources->count; i++)
		if (!strcmp(sources->at[i].source.kind, kind) && !strcmp(sources->at[i].source.name, name))
			return 0;
	if (sources->count == TRACE_SOURCES_MAX)
		return 0;
	ret = start(recorder, kind, name, request, error);
	if (ret < 0)
		return ret;
	if (!recorder->reader.records && !request->mode) {
		trace_source_close(&recorder->source);
		return error_set(error, -ENODATA, "no frames of %s %s have been recorded yet", kind, name);
	}
	recorder->lost = recorder->reader.records ? trace_reader_lost(&recorder->reader) : 0;
	sources->count++;
	return 0;
}

/* The recorders that have a file, and the bridges that have none yet. Some may not answer. */
static int add_all(struct trace_sources *sources, const struct trace_request *request, struct error *error)
{
	struct trace_source list[TRACE_SOURCES_MAX];
	struct bridge_place *places = NULL;
	size_t count = trace_sources(list, TRACE_SOURCES_MAX), n_places = 0;
	int ret = -ENOENT;

	error_set(error, ret, "%s",
		  request->mode ? "no bridge, access point, station or medium of vifi runs in this network namespace"
				: "nothing was recorded here; to keep the last frames, set `recorder = headers` in the "
				  "configuration of a bridge, or start the other commands with --recorder");
	if (bridge_remote_places(&places, &n_places) < 0)
		n_places = 0;
	for (size_t i = 0; request->mode && i < n_places; i++)
		ret = add(sources, "bridge", places[i].journal.uplink, request, error);
	for (size_t i = 0; i < count; i++)
		if (!request->mode || strcmp(list[i].kind, "bridge"))
			ret = add(sources, list[i].kind, list[i].name, request, error);
	free(places);
	return sources->count ? 0 : ret;
}

int trace_sources_open(struct trace_sources *sources, const struct trace_request *request, struct error *error)
{
	memset(sources, 0, sizeof(*sources));
	return request->name ? add(sources, request->kind, request->name, request, error)
			     : add_all(sources, request, error);
}

void trace_sources_close(struct trace_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->at[i].next);
		trace_source_close(&sources->at[i].source);
	}
	sources->count = 0;
}

void trace_sources_renew(struct trace_sources *sources, enum trace_mode mode)
{
	for (size_t i = 0; i < sources->count; i++)
		trace_source_ask(&sources->at[i].source, mode, LEASE_S);
}

bool trace_sources_are_asked(const struct trace_sources *sources, enum trace_mode mode)
{
	for (size_t i = 0; i < sources->count; i++)
		if (!trace_source_is_asked(&sources->at[i].source, mode))
			return false;
	return true;
}

/* A recorder that begins to write only now has no ring before. */
static bool is_ready(struct trace_recorder *recorder)
{
	return recorder->reader.records ||
	       trace_reader_init(&recorder->reader, recorder->source.memory, recorder->source.len, true);
}

bool trace_sources_are_complete(const struct trace_sources *sources, uint64_t time)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct trace_recorder *recorder = &sources->at[i];

		if (recorder->reader.records && trace_reader_complete(&recorder->reader) < time &&
		    trace_source_is_written(&recorder->source))
			return false;
	}
	return true;
}

void trace_sources_skip(struct trace_sources *sources, uint64_t bytes)
{
	struct trace_item *item = malloc(sizeof(*item));

	for (size_t i = 0; item && i < sources->count; i++) {
		struct trace_reader *reader = &sources->at[i].reader;

		while (is_ready(&sources->at[i]) && trace_reader_left(reader) > bytes &&
		       trace_reader_next(reader, &item->event, item->bytes, 0) > 0)
			;
	}
	free(item);
}

static uint64_t take_missing(struct trace_recorder *recorder)
{
	uint64_t lost = trace_reader_lost(&recorder->reader) + recorder->reader.overwritten,
		 missing = lost > recorder->lost ? lost - recorder->lost : 0;

	recorder->lost = lost;
	return missing;
}

static void look_ahead(struct trace_recorder *recorder, unsigned number)
{
	struct trace_item *item = recorder->next;

	if (!item)
		item = recorder->next = calloc(1, sizeof(*item));
	if (!item || (item->full && !item->returned))
		return;
	item->full = item->returned = false;
	if (!is_ready(recorder) ||
	    trace_reader_next(&recorder->reader, &item->event, item->bytes, sizeof(item->bytes)) <= 0)
		return;
	item->full = true;
	item->source = number;
	item->missing = take_missing(recorder);
}

static struct trace_item *find_first(struct trace_sources *sources)
{
	struct trace_item *first = NULL;

	for (size_t i = 0; i < sources->count; i++) {
		struct trace_item *item;

		look_ahead(&sources->at[i], (unsigned)i);
		item = sources->at[i].next;
		if (item && item->full && (!first || item->event.time < first->event.time))
			first = item;
	}
	return first;
}

/* Copies what is new of all recorders at once, so that their events can be put in order. Returns whether there is anything. */
static bool refresh(struct trace_sources *sources)
{
	bool any = false;

	for (size_t i = 0; i < sources->count; i++)
		any |= trace_source_refresh(&sources->at[i].source) > 0;
	return any;
}

struct trace_item *trace_sources_next(struct trace_sources *sources)
{
	struct trace_item *first = find_first(sources);

	if (!first && refresh(sources))
		first = find_first(sources);
	if (first)
		first->returned = true;
	return first;
}

void trace_sources_name(const struct trace_sources *sources, const struct trace_item *item, char name[TRACE_NAME_SIZE])
{
	char mac[MAC_TEXT_SIZE], word[TRACE_NAME_SIZE];

	/* The word of a process that parses what strangers send: no control characters, and UTF-8. */
	trace_reader_name(&sources->at[item->source].reader, &item->event, word);
	printable_copy(name, TRACE_NAME_SIZE, word, true);
	if (!name[0] && item->event.hop == TRACE_HOP_STATION)
		snprintf(name, TRACE_NAME_SIZE, "station%s%s", mac_is_zero(item->event.peer) ? "" : " ",
			 mac_is_zero(item->event.peer) ? "" : mac_format(mac, item->event.peer));
	else if (!name[0])
		snprintf(name, TRACE_NAME_SIZE, "%s %u", trace_hop_name(item->event.hop), item->event.ifindex);
}

void trace_sources_label(const struct trace_sources *sources, const struct trace_item *item,
			 char label[TRACE_LABEL_SIZE])
{
	const struct trace_source *source = &sources->at[item->source].source;
	char name[TRACE_NAME_SIZE];

	trace_sources_name(sources, item, name);
	if (sources->count > 1)
		snprintf(label, TRACE_LABEL_SIZE, "%s %s: %s", source->kind, source->name, name);
	else
		snprintf(label, TRACE_LABEL_SIZE, "%s", name);
}
