/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder of the medium (trace/event.h): a hop for each radio. The number that the medium gives a frame is its id, so it
 * ties the transmissions of a frame, each reception and each loss.
 */
#include "air/daemon_state.h"

#include "daemon/clock.h"
#include "daemon/trace_file.h"
#include "wire/radiotap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_STEP_NS = 1000000 };

struct air_recorder {
	struct trace_file file;
	enum trace_mode mode, always; /* now; at least, whether a reader asks or not */
	bool failed;                  /* there was no memory */
	uint64_t id_base;
	uint32_t
		radio_base; /* the ring may have names of a process that was killed, whose radios had the same numbers */
	uint64_t since_1970; /* ns to add to CLOCK_MONOTONIC */
	uint8_t bytes[RADIOTAP_LEN_MAX + AIR_FRAME_MAX];
};

struct air_recorder *air_recorder_open(const struct air_conf *conf)
{
	struct air_recorder *recorder = calloc(1, sizeof(*recorder));
	char name[TRACE_NAME_SIZE];
	struct error ignored;

	if (!recorder)
		return NULL;
	recorder->file.fd = -1;
	trace_name_of_path(name, conf->socket);
	if (trace_file_create(&recorder->file, "air", name, (size_t)conf->recorder_size << 20, &ignored) < 0 ||
	    trace_file_watch(&recorder->file) < 0) {
		trace_file_close(&recorder->file);
		free(recorder);
		return NULL;
	}
	recorder->always = (enum trace_mode)conf->recorder;
	recorder->id_base = trace_id_base((uint32_t)getpid());
	recorder->radio_base = (uint32_t)(recorder->id_base >> 32);
	return recorder;
}

void air_recorder_close(struct air_recorder *recorder)
{
	if (!recorder)
		return;
	trace_file_remove(&recorder->file);
	free(recorder);
}

/* ---- events ---- */

static void name_hop(struct air_recorder *recorder, struct air_client *client, const struct trace_event *event)
{
	if (!client->named)
		trace_ring_name(&recorder->file.ring, event, client->name);
	client->named = true;
}

/* Adds the event of one radio. `event` has direction, destinations and reason; `radiotap` describes the reception. */
static void add_event(struct air_daemon *air, struct air_client *client, struct trace_event *event, uint64_t time_ns,
		      const struct frame *frame, const struct radiotap *radiotap)
{
	struct air_recorder *recorder = air->recorder;
	size_t header = radiotap_write(recorder->bytes, radiotap),
	       len = frame->len < AIR_FRAME_MAX ? frame->len : AIR_FRAME_MAX;

	memcpy(recorder->bytes + header, frame->data, len);
	event->time = recorder->since_1970 + time_ns;
	event->ifindex = recorder->radio_base + client->id;
	event->hop = TRACE_HOP_RADIO;
	event->link = TRACE_RADIOTAP;
	event->len = (uint32_t)(header + frame->len);
	event->captured = (uint32_t)(header + len);
	if (recorder->mode != TRACE_WHOLE && event->captured > TRACE_HEAD)
		event->captured = TRACE_HEAD;
	name_hop(recorder, client, event);
	trace_ring_add(&recorder->file.ring, event, recorder->bytes);
}

/* The medium reports each transmission, and each one that did not arrive. Radios without a client are captures. */
static void on_observation(void *context, const struct medium_observation *observation)
{
	struct air_daemon *air = context;
	const struct frame_meta *meta = &observation->frame->meta;
	struct air_client *client;
	struct trace_event event = {.id = air->recorder->id_base + observation->number,
				    .direction = observation->sent ? TRACE_OUT : TRACE_IN,
				    .to = observation->reason ? 0 : TRACE_TO_AIR,
				    .reason = (uint16_t)observation->reason};

	HASH_FIND(hh, air->radios, &observation->radio, sizeof(observation->radio), client);
	if (client)
		add_event(air, client, &event, observation->time_ns, observation->frame,
			  &(struct radiotap){.time_us = observation->time_ns / 1000,
					     .rate_kbps = meta->rate_kbps,
					     .freq_mhz = meta->freq_mhz,
					     .tries = observation->tries});
}

void air_recorder_received(struct air_client *client, const struct medium_event *received, enum drop reason)
{
	struct air_daemon *air = client->air;
	const struct frame_meta *meta = &received->frame->meta;
	struct trace_event event = {
		.direction = TRACE_IN, .to = reason ? 0 : TRACE_ARRIVED, .reason = (uint16_t)reason};

	if (!air->recorder || !air->recorder->mode)
		return;
	/* Without a number the frame was sent before the recorder was on. */
	event.id = meta->trace_id ? air->recorder->id_base + meta->trace_id : 0;
	add_event(air, client, &event, meta->time_ns, received->frame,
		  &(struct radiotap){.time_us = meta->time_ns / 1000,
				     .rate_kbps = meta->rate_kbps,
				     .freq_mhz = meta->freq_mhz,
				     .signal_dbm = meta->signal_dbm,
				     .tries = received->tries});
}

/* ---- on and off ---- */

static void switch_on(struct air_daemon *air)
{
	struct air_recorder *recorder = air->recorder;
	struct error error;

	recorder->failed = trace_file_start(&recorder->file, &error) < 0;
	if (recorder->failed)
		fprintf(stderr, "vifi air: nothing is recorded: %s\n", error.text);
	for (struct air_client *client = air->clients; client; client = client->next)
		client->named = false;
}

/* A recorder that is always on follows the steps of the wall clock, as after a suspension of the machine. */
static void follow_clock(struct air_recorder *recorder)
{
	struct timespec now;
	uint64_t since_1970;

	clock_gettime(CLOCK_REALTIME, &now);
	since_1970 = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - monotonic_ns();
	if (since_1970 - recorder->since_1970 + CLOCK_STEP_NS > 2 * CLOCK_STEP_NS)
		recorder->since_1970 = since_1970;
}

void air_recorder_update(struct air_daemon *air, uint64_t now_ns)
{
	struct air_recorder *recorder = air->recorder;
	enum trace_mode mode;

	if (!recorder || recorder->failed)
		return;
	mode = trace_file_wanted(&recorder->file, now_ns);
	if (mode < recorder->always)
		mode = recorder->always;
	if (mode && !recorder->file.memory)
		switch_on(air);
	if (!recorder->file.memory)
		return;
	if (mode)
		follow_clock(recorder);
	if (mode == recorder->mode)
		return;
	recorder->mode = mode;
	medium_set_observer(air->medium, mode ? on_observation : NULL, air);
}
