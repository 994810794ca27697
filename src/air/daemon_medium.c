/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "daemon/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000, CLOCK_STEP_NS = 50000 /* events within it are handled together */ };

static void end_capture(struct air_daemon *air, int ret)
{
	fprintf(stderr, "vifi air: %s: %s; the capture ends here; the medium continues\n", air->conf->capture,
		strerror(-ret));
	capture_file_close(air->capture);
	air->capture = NULL;
}

void air_daemon_flush_capture(struct air_daemon *air)
{
	int ret = air->capture ? capture_file_flush(air->capture) : 0;

	if (ret < 0)
		end_capture(air, ret);
}

static void write_capture(struct air_daemon *air, const struct medium_event *event)
{
	int ret = air->capture ? capture_file_write(air->capture, event->frame, event->tries) : 0;

	frame_free(event->frame);
	if (ret < 0)
		end_capture(air, ret);
}

/* The only radio without a client is the monitor of the capture. */
static void dispatch_event(struct air_daemon *air, const struct medium_event *event)
{
	struct air_client *client;

	HASH_FIND(hh, air->radios, &event->radio, sizeof(event->radio), client);
	if (client)
		air_client_event(client, event);
	else if (event->frame)
		write_capture(air, event);
}

static void on_clock(uv_poll_t *poll, int status, int events)
{
	struct air_daemon *air = poll->data;
	uint64_t expirations;

	(void)status;
	(void)events;
	if (read(air->clock_fd, &expirations, sizeof(expirations)) == sizeof(expirations))
		air_daemon_process(air);
}

/*
 * The clock is a timerfd because libuv's timers count milliseconds, while a frame takes some 100 us: with them the round
 * trip over a medium with airtime rises from 4 to 7 ms, and TCP loses a tenth of its rate.
 */
int air_daemon_start_clock(struct air_daemon *air)
{
	int ret;

	air->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (air->clock_fd < 0)
		return -errno;
	ret = uv_poll_init(&air->loop, &air->clock_poll, air->clock_fd);
	if (ret < 0)
		return ret;
	air->clock_poll.data = air;
	return uv_poll_start(&air->clock_poll, UV_READABLE, on_clock);
}

static void arm_clock(struct air_daemon *air, uint64_t now_ns)
{
	uint64_t wake_ns = medium_deadline(air->medium), earliest_ns = now_ns + CLOCK_STEP_NS;
	struct itimerspec timer = {0};

	if (wake_ns != UINT64_MAX) {
		wake_ns = wake_ns > earliest_ns ? wake_ns : earliest_ns;
		timer.it_value.tv_sec = (time_t)(wake_ns / NS_PER_S);
		timer.it_value.tv_nsec = (long)(wake_ns % NS_PER_S);
	}
	timerfd_settime(air->clock_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

void air_daemon_process(struct air_daemon *air)
{
	uint64_t now_ns = monotonic_ns();
	struct medium_event event;

	air_recorder_update(air, now_ns);
	if (air->rules_changed)
		air_daemon_apply_all_rules(air);
	while (medium_next_event(air->medium, now_ns, &event))
		dispatch_event(air, &event);
	/* Reading resumes when the queue of a client in the medium shrinks; frames without a cookie give no event. */
	for (struct air_client *client = air->paused_clients ? air->clients : NULL; client; client = client->next)
		if (!(client->poll_events & UV_READABLE))
			air_client_mark_dirty(client);
	while (air->dirty_clients) {
		struct air_client *client = air->dirty_clients;

		air->dirty_clients = client->next_dirty;
		client->dirty = false;
		air_client_flush(client);
		if (client->gone)
			air_client_close(client);
	}
	arm_clock(air, now_ns);
}
