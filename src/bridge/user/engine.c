/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "base/mac.h"
#include "daemon/clock.h"
#include "daemon/event_loop.h"
#include "netdev/offload.h"
#include "netdev/rtnl.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define RING_FRAMES  4096  /* a few milliseconds of the smallest frames */
#define FORWARD_NICE (-15) /* of the forwarding thread */

/* ---- forwarding ---- */

void user_engine_drop(struct user_engine *engine, enum mn_hook hook, const struct ring_frame *frame, enum drop reason)
{
	mn_engine_count_drop(engine->rules, reason);
	if (user_engine_is_recording(engine))
		user_engine_record_verdict(engine, hook, frame, 0, NULL, reason);
}

/* port: of the guest, for frames for this host */
static void transmit(struct user_engine *engine, struct ring_frame *frame, uint8_t dests, uint32_t port)
{
	if (user_engine_is_recording(engine))
		user_engine_record_result(engine, frame, dests);
	ring_insert_tag(frame);
	if (dests & MN_TO_UPLINK)
		ring_out_add(&engine->uplink_tx, frame);
	if (dests & MN_TO_GUESTS)
		ring_out_add(&engine->guest_tx, frame);
	if (!(dests & MN_TO_HOST))
		return;
	switch (user_engine_hold(engine, frame, port)) {
	case USER_HOLD_PASS:
		ring_out_add(&engine->host_tx, frame);
		break;
	case USER_HOLD_KEPT:
		break;
	case USER_HOLD_FULL:
		user_engine_drop(engine, MN_FROM_GUEST, frame, DROP_QUEUE);
		break;
	}
}

static void flush_outputs(struct user_engine *engine)
{
	ring_out_flush(&engine->uplink_tx);
	ring_out_flush(&engine->guest_tx);
	ring_out_flush(&engine->host_tx);
}

/*
 * The destinations that the engine itself must send to. A frame reaches the others without it, and cannot be stopped
 * here.
 */
static uint8_t own_destinations(enum mn_hook hook)
{
	return hook == MN_FROM_GUEST ? MN_TO_UPLINK | MN_TO_GUESTS | MN_TO_HOST : MN_TO_GUESTS;
}

static uint16_t frame_vlan(const struct ring_frame *frame)
{
	if (frame->tci)
		return frame->tci & 0xfff;
	return frame->len >= ETHER_HLEN + ETHER_VLAN_HLEN && be16(frame->data + 12) == ETHERTYPE_VLAN
		       ? be16(frame->data + 14) & 0xfff
		       : 0;
}

/*
 * The bridge port of a guest's frame. A packet socket does not know it, and the bridge's entry for the source follows the
 * last frame, forged ones included: with it a guest could make the frames of another look like frames of its own port.
 * A MAC address that is alive therefore stays at the port of its binding, unless that is a guess. A frame with the
 * address of a station, whose entry is at the uplink's port, has an unknown port.
 */
static uint32_t find_port(struct user_engine *engine, const struct ring_frame *frame, uint64_t now)
{
	const uint8_t *mac = frame->data + ETHER_ALEN;
	struct mn_key key = {.family = MN_MAC, .vlan = frame_vlan(frame)};
	const struct mn_config *config = mn_engine_config(engine->rules);
	const struct mn_binding *binding;
	uint32_t port;

	mac_copy(key.addr, mac);
	binding = mn_engine_get(engine->rules, &key);
	if (binding && binding->kind == MN_GUEST && binding->port != UINT32_MAX && !mn_is_guess(config, binding) &&
	    now < binding->last_seen + config->silence_ns)
		return binding->port;
	port = user_ports_find(&engine->ports, mac, key.vlan, now);
	return port == config->veth_port ? UINT32_MAX : port;
}

/* The port guard lets a probe into the bridge instead, which arrives here, too: only the contest is missing. */
static bool is_arp_request(const struct ring_frame *frame)
{
	return frame->len >= ETHER_HLEN + 8 && be16(frame->data + 12) == ETHERTYPE_ARP && be16(frame->data + 20) == 1;
}

/* port: where the port guard has kept the frame out of the bridge; 0: it comes from the bridge. */
static void process_frame(struct user_engine *engine, struct ring_frame *ring_frame, enum mn_hook hook, uint32_t port,
			  uint64_t now)
{
	struct mn_frame frame = {
		.data = ring_frame->data,
		.len = ring_frame->len,
		.tci = ring_frame->tci,
		.segment_len = vnet_segment_max(ring_frame->vnet, ring_frame->data, ring_frame->len),
		.csum_partial = vnet_needs_csum(ring_frame->vnet),
		.room = ring_frame->room,
	};
	const struct mn_context *ctx;
	uint8_t copy_to, send_to;
	int len;

	if (ring_frame->truncated || ring_frame->len < ETHER_HLEN) {
		engine->trace_id++; /* no part of the journey of the frame before */
		user_engine_drop(engine, hook, ring_frame, ring_frame->truncated ? DROP_QUEUE : DROP_TRUNCATED);
		return;
	}
	if (hook == MN_FROM_GUEST)
		frame.port = port ? port : find_port(engine, ring_frame, now);
	ctx = mn_engine_run(engine->rules, hook, &frame, now, false);
	copy_to = ctx->copy_to & own_destinations(hook);
	send_to = ctx->send_to & own_destinations(hook);
	if (user_engine_is_recording(engine))
		user_engine_record_verdict(engine, hook, ring_frame, frame.port, ctx, NOT_DROPPED);

	if ((!copy_to && !send_to) || (port && is_arp_request(ring_frame)))
		return;
	if (!vnet_is_complete(ring_frame->vnet, ring_frame->data, ring_frame->len)) {
		user_engine_drop(engine, hook, ring_frame, DROP_QUEUE);
		return;
	}
	vnet_prepare_send(ring_frame->vnet, ring_frame->data, ring_frame->len);
	if (copy_to) {
		transmit(engine, ring_frame, copy_to, frame.port);
		if (!send_to)
			return;
		flush_outputs(engine); /* before the edits change the same memory */
		ring_remove_tag(ring_frame);
	}
	len = mn_engine_apply(ctx, &frame);
	if (len < 0) {
		user_engine_drop(engine, hook, ring_frame, DROP_INTERNAL);
		return;
	}
	ring_frame->len = (uint32_t)len;
	transmit(engine, ring_frame, send_to, frame.port);
}

/* Processes a batch of frames of one ring. Returns their number. */
static unsigned process_batch(struct user_engine *engine, struct ring *ring, bool from_bridge)
{
	uint64_t now = monotonic_ns();
	struct ring_frame frame;
	unsigned count = 0;

	pthread_mutex_lock(&engine->lock);
	user_engine_release(engine); /* before newer frames of the same guests */
	for (; count < RING_BATCH && ring_take(ring, &frame); count++)
		process_frame(engine, &frame,
			      from_bridge      ? MN_FROM_GUEST
			      : frame.outgoing ? MN_FROM_HOST
					       : MN_FROM_WIRE,
			      0, now);
	user_engine_dispatch_events(engine);
	pthread_mutex_unlock(&engine->lock);
	flush_outputs(engine);
	ring_release(ring);
	return count;
}

/* Processes a batch of frames that the port guard has kept out of the bridge. Their sender waits behind all others. */
static void process_foreign(struct user_engine *engine)
{
	uint64_t now = monotonic_ns();
	struct ring_frame frame;
	uint32_t mark;

	pthread_mutex_lock(&engine->lock);
	user_engine_release(engine);
	for (unsigned i = 0; i < RING_BATCH && marked_rx_take(&engine->port_guard.rx, &frame, &mark); i++) {
		process_frame(engine, &frame, MN_FROM_GUEST, mark & ~NFT_PORT_MARK_MASK, now);
		flush_outputs(engine); /* the next frame has the same memory */
	}
	user_engine_dispatch_events(engine);
	pthread_mutex_unlock(&engine->lock);
}

static void on_foreign_ready(uv_poll_t *poll, int status, int events)
{
	struct user_engine *engine = poll->data;
	int error;
	socklen_t size = sizeof(error);

	(void)events;
	if (status < 0) { /* as on_ring_ready() */
		getsockopt(engine->port_guard.rx.fd, SOL_SOCKET, SO_ERROR, &error, &size);
		uv_poll_start(poll, UV_READABLE, on_foreign_ready);
	}
	process_foreign(engine);
}

static void on_ring_ready(uv_poll_t *poll, int status, int events)
{
	enum { BATCHES_MAX = 64 }; /* before the loop checks for a stop */
	struct user_engine *engine = poll->data;
	int error, fd;
	socklen_t size = sizeof(error);

	(void)events;
	if (status < 0) {
		/* The interface went down: reading the error clears it. libuv has stopped the handle. */
		fd = poll == &engine->uplink_poll ? engine->uplink_rx.fd : engine->veth_rx.fd;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		uv_poll_start(poll, UV_READABLE, on_ring_ready);
	}
	/*
	 * The rings take turns, so that neither side starves. The guests come first: a guest's frame that leaves by another port
	 * of the bridge and returns by the uplink would make its MAC address that of a station.
	 */
	for (int i = 0; i < BATCHES_MAX; i++) {
		unsigned count = process_batch(engine, &engine->veth_rx, true);

		count += process_batch(engine, &engine->uplink_rx, false);
		if (!count)
			break;
	}
}

static void on_guarded(uv_async_t *async)
{
	struct user_engine *engine = async->data;

	pthread_mutex_lock(&engine->lock);
	user_engine_release(engine);
	pthread_mutex_unlock(&engine->lock);
}

static void on_stop(uv_async_t *async)
{
	uv_stop(async->loop);
}

static void *run_forwarding(void *user)
{
	struct user_engine *engine = user;

	uv_run(&engine->loop, UV_RUN_DEFAULT);
	return NULL;
}

/* ---- start and stop ---- */

static int open_sockets(struct user_engine *engine, const struct user_engine_links *links, struct error *error)
{
	const struct ring_options uplink_options = {
		.slots = RING_FRAMES,
		.ignored_mark = MN_MARK,
		.ignore_outgoing_ip = nft_guard_has_egress(engine->guard),
	};
	const struct ring_options veth_options = {
		.slots = RING_FRAMES,
		.ignored_mark = NFT_PORT_MARK,
		.ignored_mask = NFT_PORT_MARK_MASK,
		.ignore_outgoing = true,
	};
	int ret;

	if ((ret = ring_open(&engine->uplink_rx, links->uplink, &uplink_options)) < 0)
		return error_set(error, ret, "cannot open a packet socket on %s: %s", links->uplink_name,
				 strerror(-ret));
	if ((ret = ring_open(&engine->veth_rx, links->veth, &veth_options)) < 0)
		return error_set(error, ret, "cannot open a packet socket on %s: %s", links->veth_name, strerror(-ret));
	if ((ret = ring_out_open(&engine->uplink_tx, links->uplink, MN_MARK)) < 0 ||
	    (ret = ring_out_open(&engine->guest_tx, links->veth, 0)) < 0)
		return error_set(error, ret, "cannot open a packet socket for sending: %s", strerror(-ret));
	if (engine->inject.fd >= 0 && (ret = ring_out_open(&engine->host_tx, engine->inject.ifindex, MN_MARK)) < 0)
		return error_set(error, ret, "cannot open a packet socket for frames to this host: %s", strerror(-ret));
	if ((ret = user_ports_open(&engine->ports, links->bridge)) < 0)
		return error_set(error, ret, "cannot open rtnetlink: %s", strerror(-ret));
	return 0;
}

/*
 * Opens the injection interface and the nft guard. The engine can do without them; `limits` then says what is missing.
 */
static void open_optional(struct user_engine *engine, const struct user_engine_links *links,
			  const struct mn_config *config, char limits[USER_ENGINE_LIMITS])
{
	const char *guard = "";
	char name[IFNAMSIZ + 2];
	struct error error;
	int ret, len = 0;

	snprintf(name, sizeof(name), "%sh", links->veth_name);
	ret = strlen(name) < IFNAMSIZ ? host_inject_open(&engine->inject, name, links->uplink, &error)
				      : error_set(&error, -ENAMETOOLONG, "the interface name %s is too long", name);
	if (ret < 0) {
		engine->inject.fd = -1;
		len = snprintf(limits, USER_ENGINE_LIMITS, "guests and this host cannot reach each other: %.250s. ",
			       error.text);
	}
	engine->guard = nft_guard_new(links->uplink_name, links->veth_name, config->uplink_mac, MN_MARK,
				      config->guest_services == MN_SERVICES_ALL);
	if (!engine->guard)
		guard = "nftables is not available (CONFIG_NF_TABLES_NETDEV, Linux 5.12): a host that forwards "
			"(net.ipv4.ip_forward) routes the guests' frames a second time, and other programs can send "
			"with foreign MAC addresses";
	else if (!nft_guard_has_egress(engine->guard))
		guard = "this kernel has no nftables egress hook (Linux 5.16): this host's frames for guests also "
			"leave through the uplink, and other programs can send with foreign MAC addresses";
	else if (user_port_guard_open(engine, links) < 0)
		guard = "this kernel has no SO_RCVMARK (Linux 5.19), or no nftables with `fwd` and `dup` "
			"(CONFIG_NFT_FWD_NETDEV, CONFIG_NFT_DUP_NETDEV): frames that a guest forges reach the other "
			"guests, and cost them packets";
	snprintf(limits + len, USER_ENGINE_LIMITS - (size_t)len, "%s", guard);
}

static int prepare_veth(const struct user_engine_links *links)
{
	struct netdev *nd;
	int ret = netdev_open(&nd);

	if (ret < 0)
		return ret;
	/* Without the nft guard this host would answer ARP requests there. */
	ret = netdev_set_flags(nd, links->veth, IFF_NOARP, IFF_NOARP);
	if (ret == 0)
		ret = offload_limit_to_vnet(links->port_name);
	netdev_close(nd);
	return ret;
}

static int start_loop(struct user_engine *engine)
{
	int ret = uv_poll_init(&engine->loop, &engine->uplink_poll, engine->uplink_rx.fd);

	if (ret == 0)
		ret = uv_poll_init(&engine->loop, &engine->veth_poll, engine->veth_rx.fd);
	if (ret < 0)
		return ret;
	engine->uplink_poll.data = engine->veth_poll.data = engine;
	ret = uv_poll_start(&engine->uplink_poll, UV_READABLE, on_ring_ready);
	if (ret == 0)
		ret = uv_poll_start(&engine->veth_poll, UV_READABLE, on_ring_ready);
	if (ret < 0 || !engine->port_guard.nft)
		return ret;
	engine->port_guard.poll.data = engine;
	ret = uv_poll_init(&engine->loop, &engine->port_guard.poll, engine->port_guard.rx.fd);
	return ret < 0 ? ret : uv_poll_start(&engine->port_guard.poll, UV_READABLE, on_foreign_ready);
}

/*
 * With autogroups (sched(7)), as Debian's kernels have them, the kernel divides the processors among sessions first, and a nice
 * value counts inside of its session only. A service leads a session of its own; one of a terminal has other programs, too.
 */
static void raise_session(void)
{
	int fd = getsid(0) == getpid() ? open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	(void)!dprintf(fd, "%d", FORWARD_NICE);
	close(fd);
}

/*
 * Every frame waits for the forwarding thread; on a busy machine it should not also wait for a CPU. A thread inherits the
 * priority, which needs a privilege that the process no longer has when it creates the thread.
 */
static void raise_priority(struct user_engine *engine)
{
	engine->own_nice = getpriority(PRIO_PROCESS, 0);
	(void)setpriority(PRIO_PROCESS, 0, FORWARD_NICE);
	raise_session();
}

int user_engine_run(struct user_engine *engine)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* the program's event loop handles the signals */
	ret = pthread_create(&engine->forward_thread, NULL, run_forwarding, engine);
	engine->forward_running = ret == 0;
	(void)setpriority(PRIO_PROCESS, 0, engine->own_nice);
	if (ret == 0 && engine->guard) {
		ret = pthread_create(&engine->guard_thread, NULL, user_engine_guard_run, engine);
		engine->guard_running = ret == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -ret;
}

static struct user_engine *create_engine(const struct mn_config *config)
{
	struct user_engine *engine = calloc(1, sizeof(*engine));
	pthread_condattr_t attributes;
	uint64_t secret = 0;

	if (!engine)
		return NULL;
	engine->store.ops = &user_engine_store_ops;
	engine->uplink_rx.fd = engine->veth_rx.fd = -1;
	engine->uplink_tx.fd = engine->guest_tx.fd = engine->host_tx.fd = engine->inject.fd = -1;
	engine->port_guard.rx.fd = -1;
	pthread_mutex_init(&engine->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&engine->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	engine->has_loop = uv_loop_init(&engine->loop) == 0;
	/* Soon after a boot the kernel may have no random numbers yet. */
	(void)!getrandom(&secret, sizeof(secret), GRND_NONBLOCK);
	engine->rules = mn_engine_new(config, secret);
	engine->guarded.data = engine;
	if (engine->has_loop && engine->rules && uv_async_init(&engine->loop, &engine->stop, on_stop) == 0 &&
	    uv_async_init(&engine->loop, &engine->guarded, on_guarded) == 0)
		return engine;
	user_engine_stop(engine);
	return NULL;
}

int user_engine_start(struct user_engine **out, const struct user_engine_links *links, const struct mn_config *config,
		      char limits[USER_ENGINE_LIMITS], struct error *error)
{
	struct user_engine *engine = create_engine(config);
	int ret;

	limits[0] = '\0';
	*out = NULL;
	if (!engine)
		return error_set(error, -ENOMEM, "out of memory");
	ret = prepare_veth(links);
	if (ret < 0) {
		error_set(error, ret, "cannot set up %s: %s", links->veth_name, strerror(-ret));
	} else {
		open_optional(engine, links, config, limits);
		ret = open_sockets(engine, links, error);
	}
	if (ret == 0 && (ret = start_loop(engine)) < 0)
		error_set(error, ret, "cannot start the event loop of the engine: %s", strerror(-ret));
	if (ret < 0) {
		user_engine_stop(engine);
		return ret;
	}
	raise_priority(engine);
	*out = engine;
	return 0;
}

static void stop_threads(struct user_engine *engine)
{
	if (engine->forward_running) {
		uv_async_send(&engine->stop);
		pthread_join(engine->forward_thread, NULL);
	}
	if (!engine->guard_running)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->guard_stop = true;
	pthread_cond_signal(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
	pthread_join(engine->guard_thread, NULL);
}

void user_engine_stop(struct user_engine *engine)
{
	if (!engine)
		return;
	stop_threads(engine);
	if (engine->has_loop)
		event_loop_close(&engine->loop);
	nft_guard_free(engine->guard);
	user_port_guard_close(engine);
	ring_close(&engine->uplink_rx);
	ring_close(&engine->veth_rx);
	ring_out_close(&engine->uplink_tx);
	ring_out_close(&engine->guest_tx);
	ring_out_close(&engine->host_tx);
	host_inject_close(&engine->inject);
	user_engine_hold_clear(engine);
	user_ports_close(&engine->ports);
	mn_engine_free(engine->rules);
	pthread_cond_destroy(&engine->changed);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}
