/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridge.h"

#include "daemon/notify.h"
#include "bridge/request.h"
#include "daemon/control.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
	SETTLE_MS = 20,       /* changes come in bunches: look once for all of them */
	AGE_EVERY_MS = 5000,  /* a look at all bindings */
	PULSE_MS = 200,       /* how long the guests' ports lose their carrier */
	EVENTS_AT_ONCE = 512, /* then the loop sees to the rest first */
	NEWS_PER_SECOND = 5,  /* lines about refusals; the counters have them all */
};

struct run {
	uv_loop_t loop;
	struct bridge *bridge;
	struct bridge_probes *probes;
	struct control *control;
	struct ring_buffer *ring;
	int watch_fd, wall_fd;
	uv_poll_t watch, wall, events;
	uv_timer_t settle, age, probe, announce, pulse;
	uv_signal_t term, interrupt;
	enum bridge_result result;
	bool stopping;
	uint64_t news_second;
	unsigned news;
	struct mn_event told; /* the last one that was told */
};

static void stop(struct run *r, enum bridge_result result)
{
	if (!r->stopping)
		r->result = result;
	r->stopping = true;
	uv_stop(&r->loop);
}

/* ---- links, addresses, routes ---- */

static void on_announce(uv_timer_t *t)
{
	struct run *r = t->data;

	if (!bridge_announce_step(r->probes))
		uv_timer_stop(t);
}

static void on_pulse(uv_timer_t *t)
{
	struct run *r = t->data;

	if (!bridge_blink_step(r->bridge))
		uv_timer_stop(t);
}

static void act(struct run *r, unsigned actions)
{
	struct bridge *b = r->bridge;

	if (actions & CARRIER_VETH_DOWN) {
		bridge_say("%s has lost its carrier", b->uplink.name);
		netdev_set_flags(b->nd, b->veth.ifindex, 0, IFF_UP);
	}
	if (actions & CARRIER_VETH_UP)
		netdev_set_flags(b->nd, b->veth.ifindex, IFF_UP, IFF_UP);
	if (actions & CARRIER_NEW_MAC)
		bridge_say("%s has a new MAC address, %02x:%02x:%02x:%02x:%02x:%02x", b->uplink.name, b->uplink.mac[0],
			   b->uplink.mac[1], b->uplink.mac[2], b->uplink.mac[3], b->uplink.mac[4], b->uplink.mac[5]);
	if (actions & CARRIER_ANNOUNCE) {
		bridge_announce_all(r->probes);
		uv_timer_start(&r->announce, on_announce, 0, 1000 / b->conf->announce_rate);
	}
	if (actions & CARRIER_PULSE) {
		bridge_say("the guests' ports of %s blink, so that DHCP clients ask anew", b->bridge.name);
		bridge_blink_start(b);
		uv_timer_start(&r->pulse, on_pulse, 0, PULSE_MS);
	}
}

static void look(struct run *r)
{
	unsigned actions;

	if (!bridge_reconcile(r->bridge, &actions))
		stop(r, BRIDGE_FAILED);
	else
		act(r, actions);
}

static void on_settle(uv_timer_t *t)
{
	look(t->data);
}

/* A look at everything in so many ms, if none is planned: the notes of one change come together. */
static void look_in(struct run *r, uint64_t ms)
{
	if (!uv_is_active((uv_handle_t *)&r->settle))
		uv_timer_start(&r->settle, on_settle, ms, 0);
}

static void on_watch(uv_poll_t *p, int status, int events)
{
	struct run *r = p->data;

	(void)status;
	(void)events;
	if (netdev_watch_drain(r->watch_fd))
		look_in(r, SETTLE_MS);
}

static void on_wall(uv_poll_t *p, int status, int events)
{
	struct run *r = p->data;

	(void)status;
	(void)events;
	wall_bell_drain(r->wall_fd);
	look_in(r, 0);
}

/* ---- bindings ---- */

static void on_probe(uv_timer_t *t)
{
	struct run *r = t->data;
	unsigned ms = bridge_probe_step(r->probes);

	if (ms)
		uv_timer_start(t, on_probe, ms, 0);
}

static void on_age(uv_timer_t *t)
{
	struct run *r = t->data;

	bridge_age(r->probes);
	if (!uv_is_active((uv_handle_t *)&r->probe))
		on_probe(&r->probe);
	look(r); /* of the gateway's MAC address the bell says nothing, and a bell may be missed */
}

/* Two guests that quarrel would fill a disk: the same once in a minute, and a few of all kinds in a second. */
static bool may_tell(struct run *r, const struct mn_event *e)
{
	uint64_t second = bridge_now() / MN_NS_PER_SEC;
	bool same = e->type == r->told.type && !memcmp(&e->key, &r->told.key, sizeof(e->key)) &&
		    !memcmp(e->mac, r->told.mac, sizeof(e->mac));

	if (same && e->time - r->told.time < 60 * MN_NS_PER_SEC)
		return false;
	r->told = *e;

	if (second != r->news_second) {
		if (r->news > NEWS_PER_SECOND)
			bridge_say("… and %u more in that second; `vifi bridge show` counts them",
				   r->news - NEWS_PER_SECOND);
		r->news = 0;
	}
	r->news_second = second;
	return ++r->news <= NEWS_PER_SECOND;
}

static void tell(struct run *r, const struct mn_event *e)
{
	static const char *const what[] = {
		[MN_EV_TAKEN] = "took over, from a silent owner,",
		[MN_EV_REFUSED] = "was refused",
		[MN_EV_CONFLICT] = "defends, against the network,",
	};
	char address[INET6_ADDRSTRLEN] = "", port[IFNAMSIZ] = "";

	if (e->type >= sizeof(what) / sizeof(what[0]) || !what[e->type])
		return;
	if ((e->key.family != MN_IP4 && e->key.family != MN_IP6) || !may_tell(r, e))
		return;
	inet_ntop(e->key.family == MN_IP4 ? AF_INET : AF_INET6, e->key.addr, address, sizeof(address));
	struct netdev_link link;
	if (e->port && netdev_link_by_index(r->bridge->nd, (int)e->port, &link) == 0)
		memcpy(port, link.name, sizeof(port));
	bridge_say("guest %02x:%02x:%02x:%02x:%02x:%02x on %s %s %s%s%s", e->mac[0], e->mac[1], e->mac[2], e->mac[3],
		   e->mac[4], e->mac[5], port[0] ? port : r->bridge->bridge.name, what[e->type], address,
		   e->type == MN_EV_REFUSED ? ": " : "",
		   e->type == MN_EV_REFUSED ? drop_name((enum drop)e->reason) : "");
}

static int on_event(void *user, void *data, size_t size)
{
	struct run *r = user;
	struct mn_event e;

	if (size < sizeof(e))
		return 0;
	memcpy(&e, data, sizeof(e));
	if (e.type == MN_EV_CONTEST) {
		bridge_contest(r->probes, &e.key);
		uv_timer_start(&r->probe, on_probe, 0, 0);
	}
	tell(r, &e);
	return 0;
}

static void on_events(uv_poll_t *p, int status, int events)
{
	struct run *r = p->data;
	struct mn_event e;

	(void)status;
	(void)events;
	if (r->ring)
		ring_buffer__consume(r->ring);
	for (int i = 0; r->bridge->user && i < EVENTS_AT_ONCE && engine_user_event(r->bridge->user, &e); i++)
		on_event(r, &e, sizeof(e));
}

/* ---- requests and signals ---- */

static json_t *on_request(void *user, const json_t *request, bool *last)
{
	struct run *r = user;
	const char *what = json_string_value(json_object_get(request, "ask"));

	if (what && !strcmp(what, "down")) {
		*last = true;
		stop(r, BRIDGE_OK);
		/* A person who ends it wants nothing kept; a service manager that restarts it sends a signal. */
		bridge_state_forget(r->bridge->conf->state, r->bridge->conf->uplink);
		r->bridge->forget = true;
		return json_pack("{s:b}", "ok", 1);
	}
	return request_answer(r->bridge, request);
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	stop(s->data, BRIDGE_OK);
}

/* ---- the loop ---- */

static void timer(struct run *r, uv_timer_t *t)
{
	uv_timer_init(&r->loop, t);
	t->data = r;
}

static bool start_events(struct run *r)
{
	int fd = r->bridge->part.map[PART_EVENTS];

	if (r->bridge->user) {
		fd = engine_user_event_fd(r->bridge->user);
	} else if (fd < 0) {
		return true;
	} else {
		r->ring = ring_buffer__new(fd, on_event, r, NULL);
		fd = r->ring ? ring_buffer__epoll_fd(r->ring) : -1;
	}
	if (fd < 0 || uv_poll_init(&r->loop, &r->events, fd) < 0)
		return false;
	r->events.data = r;
	return uv_poll_start(&r->events, UV_READABLE, on_events) == 0;
}

static bool start(struct run *r)
{
	uv_timer_t *const timers[] = {&r->settle, &r->age, &r->probe, &r->announce, &r->pulse};

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		timer(r, timers[i]);
	uv_signal_init(&r->loop, &r->term);
	uv_signal_init(&r->loop, &r->interrupt);
	r->term.data = r->interrupt.data = r;
	uv_signal_start(&r->term, on_signal, SIGTERM);
	uv_signal_start(&r->interrupt, on_signal, SIGINT);
	r->probes = bridge_probes_new(r->bridge);
	r->watch_fd = netdev_watch_open();
	if (!r->probes || r->watch_fd < 0 || uv_poll_init(&r->loop, &r->watch, r->watch_fd) < 0)
		return false;
	r->watch.data = r;
	uv_poll_start(&r->watch, UV_READABLE, on_watch);
	r->wall_fd = wall_bell_open(); /* a kernel without nftables has none, and needs none */
	if (r->wall_fd >= 0 && uv_poll_init(&r->loop, &r->wall, r->wall_fd) == 0) {
		r->wall.data = r;
		uv_poll_start(&r->wall, UV_READABLE, on_wall);
	}
	uv_timer_start(&r->age, on_age, AGE_EVERY_MS, AGE_EVERY_MS);
	if (r->bridge->control >= 0)
		r->control = control_serve(&r->loop, r->bridge->control, on_request, r);
	return start_events(r);
}

static void close_handle(uv_handle_t *h, void *unused)
{
	(void)unused;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void finish(struct run *r)
{
	bridge_blink_end(r->bridge->nd, &r->bridge->journal);
	control_stop(r->control);
	uv_walk(&r->loop, close_handle, NULL);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	uv_loop_close(&r->loop);
	bridge_probes_free(r->probes);
	if (r->ring)
		ring_buffer__free(r->ring);
	if (r->watch_fd >= 0)
		close(r->watch_fd);
	if (r->wall_fd >= 0)
		close(r->wall_fd);
}

enum bridge_result bridge_run(struct bridge *b)
{
	struct run *r = calloc(1, sizeof(*r));

	if (!r || uv_loop_init(&r->loop) < 0) {
		free(r);
		return BRIDGE_FAILED;
	}
	r->bridge = b;
	r->watch_fd = r->wall_fd = -1;
	if (start(r)) {
		act(r, b->actions);
		look(r); /* what changed before the watch was open */
		if (!r->stopping) {
			notify("READY=1");
			uv_run(&r->loop, UV_RUN_DEFAULT);
		}
		notify("STOPPING=1");
	} else {
		bridge_say("the loop cannot be started");
		r->result = BRIDGE_FAILED;
	}
	finish(r);
	enum bridge_result result = r->result;
	free(r);
	return result;
}
