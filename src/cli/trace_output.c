/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_output.h"

#include "base/drop.h"
#include "base/mac.h"
#include "trace/hop.h"
#include "trace/summary.h"
#include "wire/le.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20 };

/* ---- the file ---- */

/* The end of the last whole block within `len` bytes. */
static size_t whole_blocks(const struct pcapng *blocks, size_t len)
{
	size_t end = 0;

	while (end + 8 <= len && le32(blocks->bytes + end + 4) <= len - end)
		end += le32(blocks->bytes + end + 4);
	return end;
}

/* Leaves a file that ends with a whole block. */
static void cut(const struct trace_output *output, size_t written)
{
	off_t end = lseek(output->fd, 0, SEEK_CUR);
	size_t excess = written - whole_blocks(&output->blocks, written);

	if (end >= 0 && ftruncate(output->fd, end - (off_t)excess) == 0)
		lseek(output->fd, end - (off_t)excess, SEEK_SET);
}

int trace_output_flush(struct trace_output *output, struct error *error)
{
	size_t done = 0;

	if (output->format == TRACE_HTML)
		return 0; /* the page is written at the end */
	if (output->format != TRACE_PCAPNG) {
		if (fflush(stdout) == 0)
			return 0;
		return error_set(error, -errno, "cannot write: %s", strerror(errno));
	}
	while (done < output->blocks.len) {
		ssize_t len = write(output->fd, output->blocks.bytes + done, output->blocks.len - done);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0) {
			int ret = len < 0 ? -errno : -EIO;

			cut(output, done);
			output->blocks.len = 0;
			return error_set(error, ret,
					 "cannot write to %s: %s; the file is complete up to the last packet that fits",
					 output->path, strerror(-ret));
		}
		done += (size_t)len;
	}
	output->blocks.len = 0;
	return 0;
}

static int open_file(struct trace_output *output, const char *path, const char *program, struct error *error)
{
	output->path = path;
	output->fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : STDOUT_FILENO;
	if (output->fd < 0)
		return error_set(error, -errno, "cannot create %s: %s", path, strerror(errno));
	output->blocks = (struct pcapng){.bytes = malloc(BUFFER), .room = BUFFER};
	output->interfaces = calloc(TRACE_INTERFACES_MAX, sizeof(*output->interfaces));
	if (!output->blocks.bytes || !output->interfaces)
		return error_set(error, -ENOMEM, "out of memory");
	pcapng_section(&output->blocks, program);
	return trace_output_flush(output, error);
}

int trace_output_open(struct trace_output *output, enum trace_format format, const char *path, const char *program,
		      struct error *error)
{
	*output = (struct trace_output){.format = format, .fd = -1, .page.fd = -1};
	if (format == TRACE_HTML)
		return trace_page_open(&output->page, path, error);
	return format == TRACE_PCAPNG ? open_file(output, path, program, error) : 0;
}

/* The number of the hop's interface in the file, which it describes at its first event. -1: there are too many. */
static int find_interface(struct trace_output *output, const struct trace_sources *sources,
			  const struct trace_item *item)
{
	const struct trace_event *event = &item->event;
	struct trace_output_interface *interface = output->interfaces;
	char label[TRACE_LABEL_SIZE];

	for (size_t i = 0; i < output->n_interfaces; i++, interface++)
		if (interface->source == item->source && interface->key.hop == event->hop &&
		    interface->key.ifindex == event->ifindex && interface->key.link == event->link &&
		    mac_equal(interface->key.peer, event->peer))
			return (int)i;
	if (output->n_interfaces == TRACE_INTERFACES_MAX)
		return -1;
	*interface = (struct trace_output_interface){.source = item->source};
	interface->key.hop = event->hop;
	interface->key.ifindex = event->ifindex;
	interface->key.link = event->link;
	mac_copy(interface->key.peer, event->peer);
	trace_sources_label(sources, item, label);
	pcapng_interface(&output->blocks, event, label, output->snap_len ? output->snap_len : TRACE_FRAME + 4);
	return (int)output->n_interfaces++;
}

static int add_packet(struct trace_output *output, const struct trace_sources *sources, const struct trace_item *item,
		      struct error *error)
{
	struct trace_event event = item->event;
	int number, ret = 0;

	if (output->blocks.room - output->blocks.len < 2 * PCAPNG_BLOCK_MAX(TRACE_FRAME))
		ret = trace_output_flush(output, error);
	if (ret < 0)
		return ret;
	number = find_interface(output, sources, item);
	if (number < 0)
		return 0;
	if (output->snap_len && event.captured > output->snap_len)
		event.captured = output->snap_len;
	pcapng_packet(&output->blocks, (uint32_t)number, &event, item->bytes, item->missing);
	output->interfaces[number].events++;
	output->interfaces[number].lost += item->missing;
	return 0;
}

int trace_output_close(struct trace_output *output, struct error *error)
{
	int ret = 0;

	if (output->format == TRACE_PCAPNG && output->fd >= 0 && output->blocks.bytes) {
		for (size_t i = 0; i < output->n_interfaces && ret == 0; i++) {
			if (output->blocks.room - output->blocks.len < PCAPNG_BLOCK_MAX(0))
				ret = trace_output_flush(output, error);
			pcapng_statistics(&output->blocks, (uint32_t)i, output->start, output->stop,
					  output->interfaces[i].events + output->interfaces[i].lost,
					  output->interfaces[i].lost);
		}
		if (ret == 0)
			ret = trace_output_flush(output, error);
	}
	if (output->fd > STDERR_FILENO && close(output->fd) < 0 && ret == 0)
		ret = error_set(error, -errno, "cannot write to %s: %s", output->path, strerror(errno));
	if (output->format == TRACE_HTML)
		ret = trace_page_close(&output->page, output->lost, error);
	free(output->blocks.bytes);
	free(output->interfaces);
	*output = (struct trace_output){.fd = -1, .page.fd = -1};
	return ret;
}

/* ---- lines ---- */

static void print_text(const struct trace_sources *sources, const struct trace_item *item)
{
	const struct trace_event *event = &item->event;
	char time[32], name[TRACE_NAME_SIZE], verdict[TRACE_VERDICT_SIZE], summary[TRACE_SUMMARY_SIZE];

	if (item->missing)
		printf("… %llu events were lost\n", (unsigned long long)item->missing);
	trace_format_time(time, event->time, "%H:%M:%S");
	trace_sources_name(sources, item, name);
	printf("%s %04llx-%-6llx %-16s %s  %s, %u bytes", time, (unsigned long long)(event->id >> 48),
	       (unsigned long long)(event->id & 0xffffffffffff), name,
	       event->direction == TRACE_IN    ? "<"
	       : event->direction == TRACE_OUT ? ">"
					       : " ",
	       trace_summary(summary, event, item->bytes), event->len);
	printf(" → %s\n", trace_verdict(verdict, event));
	if (event->reason)
		printf("    %s %s\n", drop_sentence((enum drop)event->reason), drop_hint((enum drop)event->reason));
}

static void print_json(const struct trace_sources *sources, const struct trace_item *item)
{
	const struct trace_event *event = &item->event;
	const struct trace_source *source = &sources->at[item->source].source;
	char time[32], id[24], name[TRACE_NAME_SIZE], verdict[TRACE_VERDICT_SIZE], summary[TRACE_SUMMARY_SIZE];
	json_t *json;

	trace_format_time(time, event->time, "%Y-%m-%dT%H:%M:%S");
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)event->id);
	trace_sources_name(sources, item, name);
	json = json_pack("{s:s, s:f, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s}", "time", time, "seconds",
			 (double)event->time / 1e9, "id", id, "kind", source->kind, "name", source->name, "hop",
			 trace_hop_name(event->hop), "interface", name, "direction",
			 event->direction == TRACE_IN    ? "in"
			 : event->direction == TRACE_OUT ? "out"
							 : "unknown",
			 "length", (int)event->len, "captured", (int)event->captured, "frame",
			 trace_summary(summary, event, item->bytes), "verdict", trace_verdict(verdict, event));
	if (item->missing)
		json_object_set_new(json, "missing", json_integer((json_int_t)item->missing));
	if (event->reason) {
		enum drop reason = (enum drop)event->reason;

		json_object_set_new(json, "reason", json_string(drop_name(reason)));
		json_object_set_new(json, "layer", json_string(drop_layer_name(drop_layer(reason))));
		json_object_set_new(json, "mender", json_string(drop_mender_name(drop_mender(reason))));
		json_object_set_new(json, "sentence", json_string(drop_sentence(reason)));
		json_object_set_new(json, "hint", json_string(drop_hint(reason)));
	}
	json_dumpf(json, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(json);
}

int trace_output_add(struct trace_output *output, const struct trace_sources *sources, const struct trace_item *item,
		     struct error *error)
{
	if (!output->events)
		output->start = item->event.time;
	output->stop = item->event.time;
	output->events++;
	output->lost += item->missing;
	switch (output->format) {
	case TRACE_TEXT:
		print_text(sources, item);
		return 0;
	case TRACE_JSON:
		print_json(sources, item);
		return 0;
	case TRACE_HTML:
		return trace_page_add(&output->page, sources, item, error);
	case TRACE_PCAPNG:
		return add_packet(output, sources, item, error);
	}
	return 0;
}
