/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "daemon/privilege.h"
#include "netdev/offload.h"
#include "netdev/rtnl.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define RING_FRAMES  4096  /* some milliseconds of the smallest frames */
#define FORWARD_NICE (-15) /* of the thread that moves frames */

/* ---- frames ---- */

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * MN_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void transmit(struct user_engine *engine, struct ring_frame *frame, uint8_t dests)
{
	ring_insert_tag(frame);
	if (dests & MN_TO_UPLINK)
		ring_out_add(&engine->uplink_tx, frame);
	if (dests & MN_TO_GUESTS)
		ring_out_add(&engine->guest_tx, frame);
	if (dests & MN_TO_HOST)
		ring_out_add(&engine->host_tx, frame);
}

static void flush_outputs(struct user_engine *engine)
{
	ring_out_flush(&engine->uplink_tx);
	ring_out_flush(&engine->guest_tx);
	ring_out_flush(&engine->host_tx);
}

/* What a verdict leaves to us: where a frame goes by itself, there is nothing to do, and nothing that we could stop. */
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

static void process_frame(struct user_engine *engine, struct ring_frame *ring_frame, enum mn_hook hook, uint64_t now)
{
	struct mn_frame frame = {
		.data = ring_frame->data,
		.len = ring_frame->len,
		.tci = ring_frame->tci,
		.segment_len = vnet_segment_max(ring_frame->vnet, ring_frame->data, ring_frame->len),
		.csum_partial = vnet_needs_csum(ring_frame->vnet),
	};

	if (ring_frame->truncated || ring_frame->len < ETHER_HLEN) {
		mn_engine_count_drop(engine->rules, ring_frame->truncated ? DROP_QUEUE : DROP_TRUNCATED);
		return;
	}
	if (hook == MN_FROM_GUEST)
		frame.port =
			user_ports_find(&engine->ports, ring_frame->data + ETHER_ALEN, frame_vlan(ring_frame), now);
	const struct mn_context *ctx = mn_engine_run(engine->rules, hook, &frame, now, false);
	uint8_t copy_to = ctx->copy_to & own_destinations(hook), send_to = ctx->send_to & own_destinations(hook);

	if (!copy_to && !send_to)
		return;
	if (!vnet_is_complete(ring_frame->vnet, ring_frame->data, ring_frame->len)) {
		mn_engine_count_drop(engine->rules, DROP_QUEUE);
		return;
	}
	vnet_prepare_send(ring_frame->vnet, ring_frame->data, ring_frame->len);
	if (copy_to) {
		transmit(engine, ring_frame, copy_to);
		if (!send_to)
			return;
		flush_outputs(engine); /* before the same memory becomes the edited frame */
		ring_remove_tag(ring_frame);
	}
	if (mn_engine_apply(ctx, &frame) < 0)
		mn_engine_count_drop(engine->rules, DROP_INTERNAL);
	else
		transmit(engine, ring_frame, send_to);
}

/* A batch of frames of one ring. Returns how many there were. */
static unsigned process_batch(struct user_engine *engine, struct ring *ring, bool from_bridge)
{
	uint64_t now = clock_ns();
	struct ring_frame frame;
	unsigned count = 0;

	pthread_mutex_lock(&engine->lock);
	for (; count < RING_BATCH && ring_take(ring, &frame); count++)
		process_frame(engine, &frame,
			      from_bridge      ? MN_FROM_GUEST
			      : frame.outgoing ? MN_FROM_HOST
					       : MN_FROM_WIRE,
			      now);
	user_engine_dispatch_events(engine);
	pthread_mutex_unlock(&engine->lock);
	flush_outputs(engine);
	ring_release(ring);
	return count;
}

/* An error (the interface went down) is reported once and would wake us for ever if it were not taken. */
static void clear_socket_error(int fd)
{
	int err;
	socklen_t size = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
}

static void *run_forwarding(void *user)
{
	struct user_engine *engine = user;
	struct pollfd fds[] = {
		{.fd = engine->uplink_rx.fd, .events = POLLIN},
		{.fd = engine->veth_rx.fd, .events = POLLIN},
		{.fd = engine->stop_fd, .events = POLLIN},
	};

	/* Every frame waits for this thread; on a busy machine it should not wait for its turn as well. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), FORWARD_NICE);
	privilege_drop();
	while (!(fds[2].revents & POLLIN)) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents & POLLERR)
				clear_socket_error(fds[i].fd);
		/* Turn by turn, so that neither side starves; a look at the stop now and then. */
		for (int i = 0; i < 64; i++)
			if (!(process_batch(engine, &engine->uplink_rx, false) +
			      process_batch(engine, &engine->veth_rx, true)))
				break;
	}
	return NULL;
}

/* ---- start and stop ---- */

static int open_sockets(struct user_engine *engine, const struct user_engine_links *links, struct error *error)
{
	const struct ring_options uplink_options = {
		.slots = RING_FRAMES,
		.ignored_mark = MN_MARK,
		.ignore_outgoing_unicast = nft_guard_has_egress(engine->guard),
	};
	const struct ring_options veth_options = {.slots = RING_FRAMES, .ignore_outgoing = true};
	int ret;

	if ((ret = ring_open(&engine->uplink_rx, links->uplink, &uplink_options)) < 0)
		return error_set(error, ret, "a packet socket on %s cannot be opened: %s", links->uplink_name,
				 strerror(-ret));
	if ((ret = ring_open(&engine->veth_rx, links->veth, &veth_options)) < 0)
		return error_set(error, ret, "a packet socket on %s cannot be opened: %s", links->veth_name,
				 strerror(-ret));
	if ((ret = ring_out_open(&engine->uplink_tx, links->uplink, MN_MARK)) < 0 ||
	    (ret = ring_out_open(&engine->guest_tx, links->veth, 0)) < 0)
		return error_set(error, ret, "a packet socket for sending cannot be opened: %s", strerror(-ret));
	if (engine->inject.fd >= 0 && (ret = ring_out_open(&engine->host_tx, engine->inject.ifindex, MN_MARK)) < 0)
		return error_set(error, ret, "a packet socket for this host cannot be opened: %s", strerror(-ret));
	if ((ret = user_ports_open(&engine->ports, links->bridge)) < 0)
		return error_set(error, ret, "rtnetlink cannot be opened: %s", strerror(-ret));
	return 0;
}

/* What can be done without, and is told. */
static void open_optional(struct user_engine *engine, const struct user_engine_links *links, const uint8_t *mac,
			  struct error *limits)
{
	char name[IFNAMSIZ + 2];
	struct error error;
	int ret;

	snprintf(name, sizeof(name), "%sh", links->veth_name);
	ret = strlen(name) < IFNAMSIZ ? host_inject_open(&engine->inject, name, links->uplink, &error)
				      : error_set(&error, -ENAMETOOLONG, "the interface name %s is too long", name);
	if (ret < 0) {
		engine->inject.fd = -1;
		error_set(limits, 0, "guests and this host cannot reach each other: %.400s. ", error.text);
	}
	engine->guard = nft_guard_new(links->uplink_name, links->veth_name, mac, MN_MARK);
	size_t len = strlen(limits->text);
	if (!engine->guard)
		snprintf(limits->text + len, sizeof(limits->text) - len,
			 "nftables (CONFIG_NF_TABLES_NETDEV) is not to be had: where this host forwards "
			 "(net.ipv4.ip_forward), it will route guests' frames once more, and nothing stops other "
			 "programs "
			 "from sending with foreign addresses");
	else if (!nft_guard_has_egress(engine->guard))
		snprintf(limits->text + len, sizeof(limits->text) - len,
			 "this kernel has no nftables egress hook (Linux 5.16): this host's frames for guests leave by "
			 "%s too, "
			 "and nothing stops other programs from sending with foreign addresses",
			 links->uplink_name);
}

static int prepare_veth(const struct user_engine_links *links)
{
	struct netdev *nd;
	int ret = netdev_open(&nd);

	if (ret < 0)
		return ret;
	/* Without the fence this host would answer ARP there; with it, this costs nothing. */
	ret = netdev_set_flags(nd, links->veth, IFF_NOARP, IFF_NOARP);
	if (ret == 0)
		ret = offload_limit_to_vnet(links->port_name);
	netdev_close(nd);
	return ret;
}

static int start_threads(struct user_engine *engine)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the loop's */
	ret = pthread_create(&engine->forward_thread, NULL, run_forwarding, engine);
	engine->forward_running = ret == 0;
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

	if (!engine)
		return NULL;
	engine->store.ops = &user_engine_store_ops;
	engine->uplink_rx.fd = engine->veth_rx.fd = engine->uplink_tx.fd = engine->guest_tx.fd = engine->host_tx.fd =
		engine->inject.fd = -1;
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->changed, NULL);
	engine->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	engine->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	engine->rules = mn_engine_new(config);
	if (engine->stop_fd >= 0 && engine->event_fd >= 0 && engine->rules)
		return engine;
	user_engine_stop(engine);
	return NULL;
}

int user_engine_start(struct user_engine **out, const struct user_engine_links *links, const struct mn_config *config,
		      struct error *limits, struct error *error)
{
	struct user_engine *engine = create_engine(config);
	int ret;

	limits->text[0] = '\0';
	*out = NULL;
	if (!engine)
		return error_set(error, -ENOMEM, "there is no memory");
	ret = prepare_veth(links);
	if (ret < 0) {
		error_set(error, ret, "%s cannot be set up: %s", links->veth_name, strerror(-ret));
	} else {
		open_optional(engine, links, config->uplink_mac, limits);
		ret = open_sockets(engine, links, error);
	}
	if (ret == 0 && (ret = start_threads(engine)) < 0)
		error_set(error, ret, "a thread cannot be started: %s", strerror(-ret));
	if (ret < 0) {
		user_engine_stop(engine);
		return ret;
	}
	*out = engine;
	return 0;
}

static void stop_threads(struct user_engine *engine)
{
	const uint64_t one = 1;

	if (engine->forward_running && write(engine->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(engine->forward_thread, NULL);
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
	nft_guard_free(engine->guard);
	ring_close(&engine->uplink_rx);
	ring_close(&engine->veth_rx);
	ring_out_close(&engine->uplink_tx);
	ring_out_close(&engine->guest_tx);
	ring_out_close(&engine->host_tx);
	host_inject_close(&engine->inject);
	user_ports_close(&engine->ports);
	mn_engine_free(engine->rules);
	if (engine->stop_fd >= 0)
		close(engine->stop_fd);
	if (engine->event_fd >= 0)
		close(engine->event_fd);
	pthread_cond_destroy(&engine->changed);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}
