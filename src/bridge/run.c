/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/run.h"

#include "base/mac.h"
#include "bridge/announce.h"
#include "bridge/caps.h"
#include "bridge/events.h"
#include "bridge/log.h"
#include "bridge/loop_probe.h"
#include "bridge/names.h"
#include "bridge/port_bounce.h"
#include "bridge/probe.h"
#include "bridge/question.h"
#include "bridge/recorder.h"
#include "bridge/reload.h"
#include "bridge/request.h"
#include "bridge/routers.h"
#include "bridge/search.h"
#include "bridge/signals.h"
#include "bridge/state.h"
#include "bridge/station_addresses.h"
#include "bridge/station_fdb.h"
#include "bridge/status.h"
#include "bridge/watch.h"
#include "daemon/control.h"
#include "daemon/event_loop.h"
#include "daemon/json_text.h"
#include "daemon/notify.h"
#include "netdev/fdb.h"
#include "netdev/firewall_probe.h"

#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
	SETTLE_MS = 20,         /* notifications come in bursts: one comparison serves a burst */
	AGE_INTERVAL_MS = 5000, /* between two checks of all bindings */
	BOUNCE_MS = 200,        /* how long the guests' ports have no carrier */
	EVENTS_AT_ONCE = 512,   /* of the user-space engine, in one iteration of the loop */
};

struct bridge_loop {
	uv_loop_t uv;
	struct bridge *bridge;
	struct bridge_questions *questions;
	struct bridge_probes *probes;
	struct bridge_announcements *announcements;
	struct bridge_search *search;
	struct bridge_events *events;
	struct bridge_caps *caps;
	struct bridge_recorder *recorder;
	struct control *control;
	struct ring_buffer *ring;
	int watch_fd, firewall_fd, fdb_fd;
	uv_poll_t watch, firewall, fdb, loops, routers, ring_events;
	uv_async_t engine_events;
	uv_timer_t settle, age, probe, question, station, announce, search_timer, bounce, listening;
	uv_signal_t term, interrupt, hangup;
	enum bridge_result result;
	bool stopping, ready;
	char status[160]; /* as the service manager has it */
};

static void stop_loop(struct bridge_loop *loop, enum bridge_result result)
{
	if (!loop->stopping)
		loop->result = result;
	loop->stopping = true;
	uv_stop(&loop->uv);
}

/* ---- links, addresses, routes ---- */

static void on_announce(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;
	unsigned ms = bridge_announce_step(loop->announcements);

	if (ms)
		uv_timer_start(timer, on_announce, ms, 0);
}

static void on_search(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;
	unsigned ms = bridge_search_step(loop->search);

	if (ms)
		uv_timer_start(timer, on_search, ms, 0);
}

static void on_bounce(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;

	if (!port_bounce_step(loop->bridge))
		uv_timer_stop(timer);
}

static void apply_carrier_actions(struct bridge_loop *loop, unsigned actions)
{
	struct bridge *bridge = loop->bridge;
	char mac[MAC_TEXT_SIZE];

	if (actions & CARRIER_VETH_DOWN) {
		if (!bridge->uplink_gone)
			bridge_log("%s has lost its carrier", bridge->uplink.name);
		netdev_set_flags(bridge->nd, bridge->veth.ifindex, 0, IFF_UP);
	}
	if (actions & CARRIER_VETH_UP) {
		if (!(bridge->veth.flags & IFF_UP))
			bridge_log("%s has its carrier", bridge->uplink.name);
		netdev_set_flags(bridge->nd, bridge->veth.ifindex, IFF_UP, IFF_UP);
	}
	if (actions & CARRIER_NEW_MAC)
		bridge_log("%s has a new MAC address, %s", bridge->uplink.name, mac_format(mac, bridge->uplink.mac));
	if (actions & CARRIER_ANNOUNCE) {
		bridge_announce_all(loop->announcements);
		uv_timer_start(&loop->announce, on_announce, 0, 0);
	}
	if (actions & CARRIER_BOUNCE) {
		bridge_log("dropping the carrier of the guests' ports on %s for a moment, so that DHCP clients renew "
			   "their leases",
			   bridge->bridge.name);
		port_bounce_start(bridge);
		uv_timer_start(&loop->bounce, on_bounce, 0, BOUNCE_MS);
	}
}

static void on_listening_end(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;

	loop_probe_end(loop->bridge);
}

static void look_for_loop(struct bridge_loop *loop)
{
	if (loop_probe_send(loop->bridge))
		uv_timer_start(&loop->listening, on_listening_end, LOOP_PROBE_MS, 0);
}

static void schedule_reconcile(struct bridge_loop *loop, uint64_t ms);
/* Tells the service manager what has changed since the last time. */
static void update_status(struct bridge_loop *loop)
{
	char text[sizeof(loop->status)];

	bridge_status_text(loop->bridge, text, sizeof(text));
	if (!loop->ready || !strcmp(text, loop->status))
		return;
	memcpy(loop->status, text, sizeof(text));
	bridge_status("%s", text);
}

static void reconcile(struct bridge_loop *loop)
{
	unsigned actions;

	if (!bridge_reconcile(loop->bridge, &actions)) {
		stop_loop(loop, BRIDGE_FAILED);
		return;
	}
	apply_carrier_actions(loop, actions);
	update_status(loop);
	if (loop_probe_check(loop->bridge)) /* its port may have left the bridge */
		look_for_loop(loop);
	if (loop->bridge->shortcut_pending)
		schedule_reconcile(loop, SETTLE_MS);
	if (loop->bridge->lost_addresses.count && !uv_is_active((uv_handle_t *)&loop->search_timer))
		on_search(&loop->search_timer);
}

static void on_settle(uv_timer_t *timer)
{
	reconcile(timer->data);
}

/* Schedules a comparison in `ms`, unless one is scheduled already. */
static void schedule_reconcile(struct bridge_loop *loop, uint64_t ms)
{
	if (!uv_is_active((uv_handle_t *)&loop->settle))
		uv_timer_start(&loop->settle, on_settle, ms, 0);
}

static void on_watch(uv_poll_t *poll, int status, int events)
{
	struct bridge_loop *loop = poll->data;

	(void)events;
	event_loop_keep_polling(poll, status, on_watch);
	if (netdev_watch_drain(loop->watch_fd))
		schedule_reconcile(loop, SETTLE_MS);
}

static void on_firewall(uv_poll_t *poll, int status, int events)
{
	struct bridge_loop *loop = poll->data;

	(void)events;
	event_loop_keep_polling(poll, status, on_firewall);
	firewall_watch_drain(loop->firewall_fd);
	schedule_reconcile(loop, 0);
}

static void on_fdb(uv_poll_t *poll, int status, int events)
{
	struct bridge_loop *loop = poll->data;

	(void)events;
	event_loop_keep_polling(poll, status, on_fdb);
	if (netlink_watch_drain(loop->fdb_fd))
		schedule_reconcile(loop, SETTLE_MS);
}

static void on_packets(uv_poll_t *poll, int status, int events)
{
	struct bridge_loop *loop = poll->data;

	(void)events;
	event_loop_keep_polling(poll, status, on_packets);
	loop_probe_receive(loop->bridge);
	routers_receive(loop->bridge);
}

/* ---- bindings ---- */

static void on_question(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;
	unsigned ms = bridge_question_step(loop->questions);

	if (ms)
		uv_timer_start(timer, on_question, ms, 0);
}

static void on_probe(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;
	unsigned ms = bridge_probe_step(loop->probes);

	if (ms)
		uv_timer_start(timer, on_probe, ms, 0);
	/* A guest that inherits an address claims it, and has it announced. */
	if (!uv_is_active((uv_handle_t *)&loop->question))
		on_question(&loop->question);
	on_announce(&loop->announce);
}

static void check_bindings(struct bridge_loop *loop)
{
	bridge_age_bindings(loop->probes);
	if (!uv_is_active((uv_handle_t *)&loop->probe))
		on_probe(&loop->probe);
}

static void on_age(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;

	check_bindings(loop);
	bridge_caps_check(loop->caps);
	if (loop_probe_check(loop->bridge))
		look_for_loop(loop);
	bridge_event_log_counts(loop->events);
	bridge_recorder_update(loop->recorder);
	/* A new station causes no notification, and a notification may be lost. */
	reconcile(loop);
}

static void on_station_won(uv_timer_t *timer)
{
	struct bridge_loop *loop = timer->data;

	station_addresses_delete_all(loop->bridge);
}

static void on_new_address(struct bridge_loop *loop, const struct mn_event *event)
{
	bool used = event->is_data || (event->type == MN_EV_LEARNED && (event->flags & MN_F_DHCP));

	/* The bridge's entry for a station would keep frames from the guest that has the address now. */
	if (event->key.family == MN_MAC && event->type == MN_EV_TAKEN && event->kind == MN_STATION)
		station_fdb_release(loop->bridge, event->key.addr);
	if (!store_is_ip(&event->key))
		return;
	bridge_question_add(loop->questions, &event->key, event->port);
	uv_timer_start(&loop->question, on_question, 0, 0);
	bridge_announce_address(loop->announcements, &event->key, event->port,
				event->type == MN_EV_TAKEN ? ANNOUNCE_TAKEN
				: used                     ? ANNOUNCE_USED
							   : ANNOUNCE_CLAIMED);
	on_announce(&loop->announce);
}

static int on_event(void *user, void *data, size_t size)
{
	struct bridge_loop *loop = user;
	struct mn_event event;

	if (size < sizeof(event))
		return 0;
	memcpy(&event, data, sizeof(event));
	switch ((enum mn_event_type)event.type) {
	case MN_EV_CONTEST:
	case MN_EV_CONFLICT:
		bridge_probe_owner(loop->probes, &event);
		uv_timer_start(&loop->probe, on_probe, 0, 0);
		break;
	case MN_EV_LEARNED:
	case MN_EV_TAKEN:
		on_new_address(loop, &event);
		break;
	case MN_EV_UNKNOWN:
		bridge_search_unknown(loop->search, &event.key);
		break;
	case MN_EV_ARRIVED:
		bridge_search_arrived(loop->search, &event.key, event.port);
		uv_timer_start(&loop->search_timer, on_search, 0, 0);
		break;
	case MN_EV_STATION:
		station_addresses_won(loop->bridge, &event);
		uv_timer_start(&loop->search_timer, on_search, 0, 0);
		if (event.key.family == MN_MAC && !uv_is_active((uv_handle_t *)&loop->station))
			uv_timer_start(&loop->station, on_station_won, SETTLE_MS, 0);
		break;
	case MN_EV_MOVED:
	case MN_EV_REFUSED:
	case MN_EV_FORGOTTEN:
	case MN_EV_EVICTED:
		break;
	case MN_EV_LOOP:
		look_for_loop(loop);
		break;
	case MN_EV_NAME:
		bridge_names_note(loop->bridge->names, loop->bridge->store, &event);
		break;
	}
	bridge_probe_note_taken(loop->probes, &event);
	bridge_event_log(loop->events, &event);
	return 0;
}

static void on_ring_events(uv_poll_t *poll, int status, int events)
{
	struct bridge_loop *loop = poll->data;

	(void)status;
	(void)events;
	ring_buffer__consume(loop->ring);
}

static void on_engine_events(uv_async_t *async)
{
	struct bridge_loop *loop = async->data;
	struct user_engine *engine = loop->bridge->user_engine;
	struct mn_event event;
	int count = 0;

	while (count < EVENTS_AT_ONCE && user_engine_event_pop(engine, &event)) {
		on_event(loop, &event, sizeof(event));
		count++;
	}
	if (count == EVENTS_AT_ONCE)
		uv_async_send(async); /* there may be more */
	/* A lost event may have been a contest, which the bindings show, too. */
	if (user_engine_take_overflow(engine))
		check_bindings(loop);
}

/* ---- requests and signals ---- */

/* Applies a changed configuration; `text`: of its file, or NULL. Returns 0, or a negative errno with an error. */
static int reload(struct bridge_loop *loop, const char *text, struct error *error)
{
	char changed[CONF_CHANGE_TEXT];
	unsigned actions;
	int count = bridge_reload(loop->bridge, text, changed, &actions, error);

	if (count < 0) {
		bridge_warn("the configuration was not changed: %s", error->text);
		return count;
	}
	bridge_log(count ? "applied the changed configuration: %s" : "the configuration has not changed%s",
		   count ? changed : "");
	apply_carrier_actions(loop, actions);
	reconcile(loop);
	return 0;
}

static json_t *answer_reload(struct bridge_loop *loop, const json_t *request)
{
	struct error error;

	if (reload(loop, json_string_value(json_object_get(request, "text")), &error) < 0)
		return json_pack("{s:s}", "error", error.text);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *on_request(void *user, const json_t *request, bool reads_only, bool *last)
{
	struct bridge_loop *loop = user;
	const char *what = json_text(request, "ask");

	if (reads_only && !request_only_reads(request))
		return json_pack("{s:s, s:i}", "error", "only root may change a bridge; run the command as root",
				 "code", BRIDGE_PRIVILEGE);
	if (!strcmp(what, "down")) {
		*last = true;
		stop_loop(loop, BRIDGE_OK);
		/* `down` discards the bindings. A service manager that restarts vifi sends a signal, which keeps them. */
		bridge_state_forget(loop->bridge->conf->state_dir, loop->bridge->conf->uplink);
		loop->bridge->discard_state = true;
		loop->bridge->keep = false;
		return json_pack("{s:b}", "ok", 1);
	}
	if (!strcmp(what, "trace"))
		return bridge_recorder_answer(loop->recorder, request);
	if (!strcmp(what, "reload"))
		return answer_reload(loop, request);
	return request_answer(loop->bridge, request);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct bridge_loop *loop = handle->data;

	/* The first signal counts: systemd sends SIGTERM in any case, after the SIGINT of a stop. */
	if (!loop->stopping)
		loop->bridge->keep = loop->bridge->conf->keep && number == SIGTERM;
	stop_loop(loop, BRIDGE_OK);
}

/*
 * SIGHUP reads the file again, as far as the sandbox permits: not if another file has replaced it, as editors do. Without
 * a file it comes from a terminal that was closed.
 */
static void on_hangup(uv_signal_t *handle, int number)
{
	struct bridge_loop *loop = handle->data;
	struct error error;
	char text[80];

	(void)number;
	if (!loop->bridge->conf->file[0]) {
		stop_loop(loop, BRIDGE_OK);
		return;
	}
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(bridge_now() / 1000));
	notify(text);
	if (reload(loop, NULL, &error) < 0 && bridge_reload_is_forbidden(loop->bridge))
		bridge_warn("`vifi bridge reload -c %s` sends the file to the process, which may not be permitted to "
			    "read it",
			    loop->bridge->conf->file);
	notify("READY=1");
}

/* ---- the loop ---- */

static bool start_ring_events(struct bridge_loop *loop, int fd)
{
	loop->ring = ring_buffer__new(fd, on_event, loop, NULL);
	return loop->ring &&
	       event_loop_watch(&loop->uv, &loop->ring_events, ring_buffer__epoll_fd(loop->ring), on_ring_events, loop);
}

static bool start_events(struct bridge_loop *loop)
{
	struct bridge *bridge = loop->bridge;

	if (!bridge->user_engine)
		return bridge->part.map[PART_EVENTS] < 0 || start_ring_events(loop, bridge->part.map[PART_EVENTS]);
	if (uv_async_init(&loop->uv, &loop->engine_events, on_engine_events) < 0)
		return false;
	loop->engine_events.data = loop;
	user_engine_notify(bridge->user_engine, &loop->engine_events);
	return true;
}

static bool create_parts(struct bridge_loop *loop)
{
	loop->questions = bridge_questions_new(loop->bridge);
	loop->announcements = bridge_announcements_new(loop->bridge);
	loop->search = bridge_search_new(loop->bridge);
	loop->events = bridge_events_new(loop->bridge);
	loop->caps = bridge_caps_new(loop->bridge);
	loop->recorder = bridge_recorder_new(loop->bridge, &loop->uv);
	if (!loop->questions || !loop->announcements || !loop->search || !loop->events || !loop->caps ||
	    !loop->recorder)
		return false;
	loop->bridge->events = loop->events;
	loop->probes = bridge_probes_new(loop->bridge, loop->questions, loop->announcements, loop->events);
	return loop->probes;
}

static bool start_loop(struct bridge_loop *loop)
{
	uv_timer_t *const timers[] = {&loop->settle,       &loop->age,     &loop->probe,
				      &loop->question,     &loop->station, &loop->announce,
				      &loop->search_timer, &loop->bounce,  &loop->listening};

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		uv_timer_init(&loop->uv, timers[i]);
		timers[i]->data = loop;
	}
	uv_signal_init(&loop->uv, &loop->term);
	uv_signal_init(&loop->uv, &loop->interrupt);
	uv_signal_init(&loop->uv, &loop->hangup);
	loop->term.data = loop->interrupt.data = loop->hangup.data = loop;
	uv_signal_start(&loop->term, on_signal, SIGTERM);
	uv_signal_start(&loop->interrupt, on_signal, SIGINT);
	uv_signal_start(&loop->hangup, on_hangup, SIGHUP);
	bridge_block_signals(false);
	if (!create_parts(loop))
		return false;
	loop->watch_fd = netdev_watch_open();
	if (loop->watch_fd < 0 || !event_loop_watch(&loop->uv, &loop->watch, loop->watch_fd, on_watch, loop))
		return false;
	/* For the shortcut: --engine=user has none, and its nft guard would wake this watch. Fails without nftables. */
	if (!loop->bridge->user_engine && (loop->firewall_fd = firewall_watch_open()) >= 0)
		event_loop_watch(&loop->uv, &loop->firewall, loop->firewall_fd, on_firewall, loop);
	loop->fdb_fd = fdb_watch_open();
	if (loop->fdb_fd >= 0)
		event_loop_watch(&loop->uv, &loop->fdb, loop->fdb_fd, on_fdb, loop);
	if (!event_loop_watch(&loop->uv, &loop->loops, loop->bridge->loop.fd, on_packets, loop) ||
	    !event_loop_watch(&loop->uv, &loop->routers, loop->bridge->router_fd, on_packets, loop))
		return false;
	look_for_loop(loop);
	if (bridge_search_start(loop->search))
		uv_timer_start(&loop->search_timer, on_search, 0, 0);
	uv_timer_start(&loop->age, on_age, AGE_INTERVAL_MS, AGE_INTERVAL_MS);
	if (loop->bridge->control_fd >= 0)
		loop->control = control_serve(&loop->uv, loop->bridge->control_fd, loop->bridge->control_root_only,
					      on_request, loop);
	return start_events(loop);
}

static void finish_loop(struct bridge_loop *loop)
{
	const int fds[] = {loop->watch_fd, loop->firewall_fd, loop->fdb_fd};

	bridge_block_signals(true); /* a further one must not interrupt what follows */
	port_bounce_end(loop->bridge->nd, &loop->bridge->journal);
	if (loop->bridge->user_engine)
		user_engine_notify(loop->bridge->user_engine, NULL);
	control_stop(loop->control);
	bridge_recorder_stop(loop->recorder);
	event_loop_close(&loop->uv);
	bridge_probes_free(loop->probes);
	bridge_questions_free(loop->questions);
	bridge_announcements_free(loop->announcements);
	bridge_search_free(loop->search);
	loop->bridge->events = NULL;
	bridge_events_free(loop->events);
	bridge_caps_free(loop->caps);
	bridge_recorder_free(loop->recorder);
	if (loop->ring)
		ring_buffer__free(loop->ring);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

enum bridge_result bridge_run(struct bridge *bridge)
{
	struct bridge_loop *loop = calloc(1, sizeof(*loop));
	enum bridge_result result;

	if (!loop || uv_loop_init(&loop->uv) < 0) {
		free(loop);
		return BRIDGE_FAILED;
	}
	loop->bridge = bridge;
	loop->watch_fd = loop->firewall_fd = loop->fdb_fd = -1;
	/* After an error of the loop the next process goes on with what is there. */
	bridge->keep = bridge->conf->keep;
	if (start_loop(loop)) {
		apply_carrier_actions(loop, bridge->carrier_actions);
		reconcile(loop); /* changes from before the watch */
		if (!loop->stopping) {
			notify("READY=1");
			loop->ready = true;
			update_status(loop);
			uv_run(&loop->uv, UV_RUN_DEFAULT);
		}
		notify("STOPPING=1");
	} else {
		bridge_log("cannot start the event loop: a libuv handle or a netlink socket could not be opened");
		loop->result = BRIDGE_FAILED;
	}
	finish_loop(loop);
	result = loop->result;
	free(loop);
	return result;
}
