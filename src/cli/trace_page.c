/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_page.h"

#include "daemon/atomic_file.h"
#include "trace/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int trace_page_open(struct trace_page *page, const char *path, struct error *error)
{
	*page = (struct trace_page){.path = path, .fd = -1};
	page->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (page->fd < 0)
		return error_set(error, -errno, "cannot create %s: %s", path, strerror(errno));
	page->ladder = ladder_new();
	return page->ladder ? 0 : error_set(error, -ENOMEM, "out of memory");
}

int trace_page_add(struct trace_page *page, const struct trace_sources *sources, const struct trace_item *item,
		   struct error *error)
{
	char label[TRACE_LABEL_SIZE], summary[TRACE_SUMMARY_SIZE];

	trace_sources_label(sources, item, label);
	trace_summary(summary, &item->event, item->bytes);
	if (ladder_add(page->ladder, &item->event, item->bytes, label, summary) == 0)
		return 0;
	return error_set(error, -ENOMEM, "out of memory");
}

const char *trace_format_time(char text[32], uint64_t time, const char *format)
{
	time_t seconds = (time_t)(time / 1000000000);
	struct tm tm;
	size_t len;

	localtime_r(&seconds, &tm);
	len = strftime(text, 24, format, &tm);
	snprintf(text + len, 32 - len, ".%06u", (unsigned)(time % 1000000000 / 1000));
	return text;
}

static const char *time_of_day(char text[32], uint64_t time)
{
	return trace_format_time(text, time, "%H:%M:%S");
}

int trace_page_close(struct trace_page *page, uint64_t lost, struct error *error)
{
	char *text = NULL;
	size_t len = 0;
	int ret = 0;

	if (page->ladder && page->fd >= 0) {
		text = ladder_page(page->ladder, "vifi trace", lost, time_of_day, &len);
		ret = text ? file_write_all(page->fd, text, len) : -ENOMEM;
	}
	if (page->fd >= 0 && close(page->fd) < 0 && ret == 0)
		ret = -errno;
	if (ret < 0)
		error_set(error, ret, "cannot write %s: %s", page->path, strerror(-ret));
	free(text);
	ladder_free(page->ladder);
	*page = (struct trace_page){.fd = -1};
	return ret;
}
