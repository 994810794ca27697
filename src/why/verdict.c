/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/verdict.h"

#include "base/printable.h"
#include "daemon/json_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void verdict_init(struct verdict *verdict)
{
	*verdict = (struct verdict){.causes = json_array(), .excluded = json_array()};
}

json_t *verdict_text(const char *text)
{
	char clean[1024];

	printable_copy(clean, sizeof(clean), text, true);
	return json_string(clean);
}

json_t *verdict_cause(struct verdict *verdict, const char *id, const char *level, const char *sentence,
		      const char *remedy)
{
	json_t *json =
		json_pack("{s:s, s:s, s:o, s:o, s:[]}", "id", id, "level", level, "sentence", verdict_text(sentence),
			  "remedy", *remedy ? verdict_text(remedy) : json_null(), "evidence");

	json_array_append_new(verdict->causes, json);
	return json;
}

void verdict_evidence(json_t *cause, const char *format, ...)
{
	char text[VERDICT_TEXT];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	json_array_append_new(json_object_get(cause, "evidence"), verdict_text(text));
}

void verdict_exclude(struct verdict *verdict, const char *text)
{
	json_array_append_new(verdict->excluded, json_string(text));
}

bool verdict_has(const struct verdict *verdict, const char *id)
{
	json_t *item;
	size_t i;

	json_array_foreach(verdict->causes, i, item)
	{
		if (!strcmp(json_text(item, "id"), id))
			return true;
	}
	return false;
}

bool verdict_is_empty(const struct verdict *verdict)
{
	return json_array_size(verdict->causes) == 0;
}

bool verdict_has_obstacle(const struct verdict *verdict)
{
	json_t *item;
	size_t i;

	json_array_foreach(verdict->causes, i, item)
	{
		if (!strcmp(json_text(item, "level"), "fail"))
			return true;
	}
	return false;
}

void verdict_sort(struct verdict *verdict)
{
	json_t *obstacles = json_array(), *others = json_array(), *item;
	size_t i;

	json_array_foreach(verdict->causes, i, item)
	{
		json_array_append(strcmp(json_text(item, "level"), "fail") ? others : obstacles, item);
	}
	json_array_extend(obstacles, others);
	json_decref(others);
	json_decref(verdict->causes);
	verdict->causes = obstacles;
}
