/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of a recorder as its readers find it, the words for its events, and the blocks made of them. */
#include "fuzz.h"

#include "trace/hop.h"
#include "trace/pcapng.h"
#include "trace/ring.h"
#include "trace/summary.h"

enum { RECORDS = 4096 };

static void show(const struct trace_reader *reader, const struct trace_event *event, const uint8_t *bytes)
{
	char name[TRACE_NAME_SIZE], verdict[TRACE_VERDICT_SIZE], summary[TRACE_SUMMARY_SIZE];
	static uint8_t memory[PCAPNG_BLOCK_MAX(TRACE_FRAME)];
	struct pcapng out = {.bytes = memory, .room = sizeof(memory)};

	trace_reader_name(reader, event, name);
	trace_verdict(verdict, event);
	trace_summary(summary, event, bytes);
	must(strlen(summary) < sizeof(summary) && strlen(name) < sizeof(name));
	must(trace_hop_name(event->hop) && trace_hop_sentence(event->hop));
	must(pcapng_interface(&out, event, name, 128) == out.len);
	must(pcapng_packet(&out, 0, event, bytes, event->id) > 0 && out.len % 4 == 0);
}

/* The bytes are the header up to the names, and then the records. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = trace_ring_memory(RECORDS), fixed = offsetof(struct trace_header, names), records = len - RECORDS;
	uint8_t *memory = calloc(1, len), *bytes = malloc(TRACE_FRAME);
	struct trace_reader reader;
	struct trace_event event;
	struct trace_ring ring;

	must(memory && bytes);
	must(trace_ring_init(&ring, memory, len));
	if (size > fixed) { /* keep what names it a ring: the magic, the version, the size */
		memcpy(memory + 12, data + 12, 4);
		memcpy(memory + 24, data + 24, fixed - 24);
		memcpy(memory + records, data + fixed, size - fixed < RECORDS ? size - fixed : RECORDS);
	}
	if (trace_reader_init(&reader, memory, len, size % 2))
		for (int i = 0; i < 1000 && trace_reader_next(&reader, &event, bytes, TRACE_FRAME) > 0; i++) {
			uint8_t *exact = malloc(event.captured ? event.captured : 1);

			must(exact && event.captured <= TRACE_FRAME);
			memcpy(exact, bytes, event.captured);
			show(&reader, &event, exact);
			free(exact);
		}
	/* A writer that finds this ring goes on or begins anew; either way an event then fits. */
	must(trace_ring_init(&ring, memory, len));
	event = (struct trace_event){.id = 99, .hop = TRACE_HOP_PORT};
	trace_ring_add(&ring, &event, NULL);
	must(trace_reader_init(&reader, memory, len, true));
	while (trace_reader_next(&reader, &event, bytes, TRACE_FRAME) > 0)
		;
	free(bytes);
	free(memory);
	return 0;
}
