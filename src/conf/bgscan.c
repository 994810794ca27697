/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/bgscan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_S     30 /* where the value names none */
#define INTERVAL_MAX_S 86400
#define DBM_MIN        (-120)
#define QUERIES_MAX    1000

/* Reads a number up to the next colon or the quote at the end, and moves *text behind it. An empty one is 0. */
static bool read_number(const char **text, long min, long max, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(*text, &end, 10);
	if (errno || *number < min || *number > max || (*end != ':' && *end != '"'))
		return false;
	*text = *end == ':' ? end + 1 : end;
	return true;
}

static bool wrong(const char *value, struct error *error)
{
	return error_set(error, false,
			 "bgscan must be \"simple:SECONDS:DBM:SECONDS\", such as \"simple:30:-65:300\", not `%.60s`",
			 value);
}

/*
 * Further parameters are not read; the fourth one of learn is a file, and has no effect. With a threshold alone, wpa_supplicant
 * does not scan.
 */
static bool read_parameters(struct sta_bgscan *bgscan, const char *text, bool learn, const char **remark)
{
	long interval_s = 0, long_interval_s = 0, threshold_dbm = 0, queries = 0;

	if (!read_number(&text, 0, INTERVAL_MAX_S, &interval_s))
		return false;
	if (*text != '"') {
		if (!read_number(&text, DBM_MIN, 0, &threshold_dbm))
			return false;
		if (*text == '"' && text[-1] != ':') {
			*remark = "bgscan has a threshold but no interval above it: it has no effect; write "
				  "\"simple:SECONDS:DBM:SECONDS\"";
			return true;
		}
		if (!read_number(&text, 0, INTERVAL_MAX_S, &long_interval_s) ||
		    (!learn && *text != '"' && !read_number(&text, 0, QUERIES_MAX, &queries)))
			return false;
	}
	bgscan->short_s = interval_s ? (uint32_t)interval_s : INTERVAL_S;
	bgscan->long_s = long_interval_s ? (uint32_t)long_interval_s : INTERVAL_S;
	bgscan->threshold_dbm = (int8_t)threshold_dbm;
	bgscan->queries = (unsigned)queries;
	return true;
}

bool bgscan_parse(struct sta_bgscan *bgscan, const char *value, const char **remark, struct error *error)
{
	size_t len = strlen(value);
	const char *name;
	bool learn;

	if (!len) { /* as if the key were absent, for wpa_supplicant, too */
		*bgscan = (struct sta_bgscan){0};
		return true;
	}
	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return wrong(value, error);
	name = value + 1;
	learn = !strncmp(name, "learn", 5);
	*bgscan = (struct sta_bgscan){0};
	if (len == 2)
		return true;
	if (!learn && strncmp(name, "simple", 6) != 0) {
		*remark = "bgscan has no such module: the station scans while the signal is weak, as it does without "
			  "bgscan";
		return true;
	}
	name += learn ? 5 : 6;
	if (*name == ':' && !read_parameters(bgscan, name + 1, learn, remark))
		return wrong(value, error);
	if (*name == '"') /* without parameters */
		*bgscan = (struct sta_bgscan){INTERVAL_S, INTERVAL_S, 0, 0};
	if (learn && bgscan->short_s)
		*remark = "bgscan=learn works like simple: the station keeps no list of channels";
	return *name == ':' || *name == '"' || wrong(value, error);
}

static bool read_autoscan(struct sta_autoscan *autoscan, const char *text, bool exponential)
{
	char *end;
	long period_s = strtol(text, &end, 10), limit_s = 0;

	if (exponential && *end == ':')
		limit_s = strtol(end + 1, &end, 10);
	if (*end || period_s < (exponential ? 2 : 1) || period_s > INTERVAL_MAX_S || limit_s < exponential ||
	    limit_s > INTERVAL_MAX_S)
		return false;
	*autoscan = (struct sta_autoscan){(uint32_t)period_s, (uint32_t)limit_s};
	return true;
}

bool autoscan_parse(struct sta_autoscan *autoscan, const char *value, struct error *error)
{
	*autoscan = (struct sta_autoscan){0};
	if (!*value || (!strncmp(value, "periodic:", 9) && read_autoscan(autoscan, value + 9, false)) ||
	    (!strncmp(value, "exponential:", 12) && read_autoscan(autoscan, value + 12, true)))
		return true;
	return error_set(error, false,
			 "autoscan must be periodic:SECONDS or exponential:BASE:LIMIT, such as exponential:3:300, not "
			 "`%.60s`",
			 value);
}
