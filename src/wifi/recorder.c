/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/recorder.h"

#include "daemon/clock.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"
#include "daemon/trace_file.h"
#include "trace/recorder.h"
#include "wifi/wifi.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct wifi_recorder {
	struct trace_recorder trace;
	struct trace_file file;
	char interface[IFNAMSIZ]; /* of the first network, which names the file */
	bool failed;              /* there was no memory */
};

static void name_hops(struct wifi *wifi, struct wifi_recorder *recorder)
{
	struct trace_event air = {.hop = TRACE_HOP_AIR, .link = TRACE_WIFI};

	trace_ring_name(&recorder->trace.ring, &air, "air");
	for (unsigned i = 0; i < wifi->count; i++) {
		struct trace_event event = {.hop = recorder->trace.own_hop, .ifindex = recorder->trace.ifindex + i};

		if (wifi->networks[i].interface[0])
			trace_ring_name(&recorder->trace.ring, &event, wifi->networks[i].interface);
	}
}

static struct wifi_recorder *new_recorder(const struct wifi *wifi)
{
	struct wifi_recorder *recorder = calloc(1, sizeof(*recorder));
	const char *interface = wifi->networks[0].interface;
	struct error error;

	if (!recorder)
		return NULL;
	if (trace_file_create(&recorder->file, wifi->ops->kind, interface, (size_t)wifi->recorder_size << 20, &error) <
		    0 ||
	    trace_file_watch(&recorder->file) < 0) {
		trace_file_remove(&recorder->file);
		free(recorder);
		return NULL;
	}
	snprintf(recorder->interface, sizeof(recorder->interface), "%s", interface);
	recorder->trace.own_hop = !strcmp(wifi->ops->kind, "ap") ? TRACE_HOP_AP : TRACE_HOP_STA;
	recorder->trace.last_id = trace_id_base((uint32_t)getpid());
	recorder->trace.ifindex = 1; /* a number in the file, not the kernel's */
	return recorder;
}

void wifi_recorder_start(struct wifi *wifi)
{
	if (wifi->recorder && strcmp(wifi->recorder->interface, wifi->networks[0].interface) != 0)
		wifi_recorder_close(wifi);
	if (!wifi->recorder)
		wifi->recorder = new_recorder(wifi);
	if (!wifi->recorder)
		return;
	if (wifi->recorder->file.memory)
		name_hops(wifi, wifi->recorder); /* some may be new */
	if (wifi->ops->set_recorder)
		wifi->ops->set_recorder(wifi->mlme, &wifi->recorder->trace);
}

void wifi_recorder_update_names(struct wifi *wifi)
{
	if (wifi->recorder && wifi->recorder->file.memory)
		name_hops(wifi, wifi->recorder);
}

void wifi_recorder_pause(struct wifi *wifi)
{
	if (wifi->recorder && wifi->mlme && wifi->ops->set_recorder) /* a start that has failed has neither */
		wifi->ops->set_recorder(wifi->mlme, NULL);
}

void wifi_recorder_close(struct wifi *wifi)
{
	if (!wifi->recorder)
		return;
	wifi_recorder_pause(wifi);
	trace_file_remove(&wifi->recorder->file);
	free(wifi->recorder);
	wifi->recorder = NULL;
}

void wifi_recorder_confine(struct sandbox *sandbox)
{
	sandbox_permit_removal(sandbox, RUNTIME_FOLDER); /* otherwise the file stays behind */
}

struct trace_recorder *wifi_recorder_now(void *user)
{
	struct wifi *wifi = user;

	wifi_recorder_update(wifi);
	return wifi->recorder ? &wifi->recorder->trace : NULL;
}

static void switch_on(struct wifi *wifi, struct wifi_recorder *recorder)
{
	struct error error;

	if (trace_file_start(&recorder->file, &error) < 0) {
		wifi_log_printf(wifi->log, wifi->networks[0].interface, "nothing is recorded: %s", error.text);
		recorder->failed = true;
		return;
	}
	recorder->trace.ring = recorder->file.ring;
	name_hops(wifi, recorder);
}

void wifi_recorder_update(struct wifi *wifi)
{
	struct wifi_recorder *recorder = wifi->recorder;
	struct timespec now;
	enum trace_mode mode;

	if (!recorder || recorder->failed)
		return;
	mode = trace_file_wanted(&recorder->file, monotonic_ns());
	if (mode < wifi->recorder_mode)
		mode = wifi->recorder_mode;
	if (mode && !recorder->file.memory)
		switch_on(wifi, recorder);
	recorder->trace.mode = recorder->file.memory ? mode : TRACE_OFF;
	if (!recorder->trace.mode)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	recorder->trace.now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
