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

#define RING_FRAMES 4096  /* some milliseconds of the smallest frames */
#define NICE        (-15) /* of the thread that moves frames */

/* ---- frames ---- */

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * MN_NS_PER_SEC + (uint64_t)t.tv_nsec;
}

static void send_to(struct engine_user *u, struct ring_frame *f, uint8_t to)
{
	ring_tag(f);
	if (to & MN_TO_AIR)
		ring_out_add(&u->air, f);
	if (to & MN_TO_GUESTS)
		ring_out_add(&u->guests, f);
	if (to & MN_TO_HOST)
		ring_out_add(&u->host, f);
}

static void flush(struct engine_user *u)
{
	ring_out_flush(&u->air);
	ring_out_flush(&u->guests);
	ring_out_flush(&u->host);
}

/* What a verdict leaves to us: where a frame goes by itself, there is nothing to do, and nothing that we could stop. */
static uint8_t reach(enum mn_hook hook)
{
	return hook == MN_FROM_GUEST ? MN_TO_AIR | MN_TO_GUESTS | MN_TO_HOST : MN_TO_GUESTS;
}

static uint16_t vlan_of(const struct ring_frame *f)
{
	if (f->tci)
		return f->tci & 0xfff;
	return f->len >= ETHER_HLEN + ETHER_VLAN_HLEN && be16(f->data + 12) == ETHERTYPE_VLAN
		       ? be16(f->data + 14) & 0xfff
		       : 0;
}

static void move_one(struct engine_user *u, struct ring_frame *rf, enum mn_hook hook, uint64_t now)
{
	struct mn_frame f = {
		.data = rf->data,
		.len = rf->len,
		.tci = rf->tci,
		.segment = vnet_segment(rf->vnet, rf->data, rf->len),
		.partial = vnet_partial(rf->vnet),
	};

	if (rf->truncated || rf->len < ETHER_HLEN) {
		mn_engine_count_drop(u->engine, rf->truncated ? DROP_QUEUE : DROP_TRUNCATED);
		return;
	}
	if (hook == MN_FROM_GUEST)
		f.port = user_ports_find(&u->ports, rf->data + ETHER_ALEN, vlan_of(rf), now);
	const struct mn_work *w = mn_engine_run(u->engine, hook, &f, now, false);
	uint8_t copy = w->copy & reach(hook), to = w->to & reach(hook);

	if (!copy && !to)
		return;
	if (!vnet_describes(rf->vnet, rf->data, rf->len)) {
		mn_engine_count_drop(u->engine, DROP_QUEUE);
		return;
	}
	vnet_for_sending(rf->vnet, rf->data, rf->len);
	if (copy) {
		send_to(u, rf, copy);
		if (!to)
			return;
		flush(u); /* before the same memory becomes the edited frame */
		ring_untag(rf);
	}
	if (mn_engine_apply(w, &f) < 0)
		mn_engine_count_drop(u->engine, DROP_INTERNAL);
	else
		send_to(u, rf, to);
}

/* A batch of frames of one ring. Returns how many there were. */
static unsigned move(struct engine_user *u, struct ring *r, bool from_bridge)
{
	uint64_t now = clock_ns();
	struct ring_frame f;
	unsigned n = 0;

	pthread_mutex_lock(&u->lock);
	for (; n < RING_BATCH && ring_take(r, &f); n++)
		move_one(u, &f, from_bridge ? MN_FROM_GUEST : f.outgoing ? MN_FROM_HOST : MN_FROM_WIRE, now);
	engine_user_tell(u);
	pthread_mutex_unlock(&u->lock);
	flush(u);
	ring_release(r);
	return n;
}

/* An error (the interface went down) is reported once and would wake us for ever if it were not taken. */
static void take_error(int fd)
{
	int e;
	socklen_t size = sizeof(e);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &size);
}

static void *run(void *user)
{
	struct engine_user *u = user;
	struct pollfd at[] = {
		{.fd = u->wire.fd, .events = POLLIN},
		{.fd = u->veth.fd, .events = POLLIN},
		{.fd = u->stop_fd, .events = POLLIN},
	};

	/* Every frame waits for this thread; on a busy machine it should not wait for its turn as well. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	privilege_drop();
	while (!(at[2].revents & POLLIN)) {
		if (poll(at, 3, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < 2; i++)
			if (at[i].revents & POLLERR)
				take_error(at[i].fd);
		/* Turn by turn, so that neither side starves; a look at the stop now and then. */
		for (int i = 0; i < 64; i++)
			if (!(move(u, &u->wire, false) + move(u, &u->veth, true)))
				break;
	}
	return NULL;
}

/* ---- start and stop ---- */

static int open_sockets(struct engine_user *u, const struct engine_user_links *l, struct why *why)
{
	const struct ring_options wire = {
		.frames = RING_FRAMES,
		.ignored_mark = MN_MARK,
		.ignore_outgoing_unicast = fence_has_egress(u->fence),
	};
	const struct ring_options veth = {.frames = RING_FRAMES, .ignore_outgoing = true};
	int r;

	if ((r = ring_open(&u->wire, l->uplink, &wire)) < 0)
		return why_set(why, r, "a packet socket on %s cannot be opened: %s", l->uplink_name, strerror(-r));
	if ((r = ring_open(&u->veth, l->veth, &veth)) < 0)
		return why_set(why, r, "a packet socket on %s cannot be opened: %s", l->veth_name, strerror(-r));
	if ((r = ring_out_open(&u->air, l->uplink, MN_MARK)) < 0 || (r = ring_out_open(&u->guests, l->veth, 0)) < 0)
		return why_set(why, r, "a packet socket for sending cannot be opened: %s", strerror(-r));
	if (u->door.fd >= 0 && (r = ring_out_open(&u->host, u->door.ifindex, MN_MARK)) < 0)
		return why_set(why, r, "a packet socket for this host cannot be opened: %s", strerror(-r));
	if ((r = user_ports_open(&u->ports, l->bridge)) < 0)
		return why_set(why, r, "rtnetlink cannot be opened: %s", strerror(-r));
	return 0;
}

/* What can be done without, and is told. */
static void open_helpers(struct engine_user *u, const struct engine_user_links *l, const uint8_t *mac,
			 struct why *lacks)
{
	char name[IFNAMSIZ + 2];
	const char *step;
	int r;

	snprintf(name, sizeof(name), "%sh", l->veth_name);
	r = strlen(name) < IFNAMSIZ ? sidedoor_open(&u->door, name, l->uplink, &step) : -ENAMETOOLONG;
	if (r < 0) {
		u->door.fd = -1;
		why_set(lacks, 0, "guests and this host cannot reach each other, because %s is not to be had: %s. ",
			r == -ENAMETOOLONG ? "a name for it" : step, strerror(-r));
	}
	u->fence = fence_new(l->uplink_name, l->veth_name, mac, MN_MARK);
	size_t n = strlen(lacks->text);
	if (!u->fence)
		snprintf(lacks->text + n, sizeof(lacks->text) - n,
			 "nftables (CONFIG_NF_TABLES_NETDEV) is not to be had: where this host forwards "
			 "(net.ipv4.ip_forward), it will route guests' frames once more, and nothing stops other "
			 "programs "
			 "from sending with foreign addresses");
	else if (!fence_has_egress(u->fence))
		snprintf(lacks->text + n, sizeof(lacks->text) - n,
			 "this kernel has no nftables egress hook (Linux 5.16): this host's frames for guests leave by "
			 "%s too, "
			 "and nothing stops other programs from sending with foreign addresses",
			 l->uplink_name);
}

static int quiet_veth(const struct engine_user_links *l)
{
	struct netdev *nd;
	int r = netdev_open(&nd);

	if (r < 0)
		return r;
	/* Without the fence this host would answer ARP there; with it, this costs nothing. */
	r = netdev_set_flags(nd, l->veth, IFF_NOARP, IFF_NOARP);
	if (r == 0)
		r = offload_only_plain(l->port_name);
	netdev_close(nd);
	return r;
}

static int start_threads(struct engine_user *u)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the loop's */
	r = pthread_create(&u->mover, NULL, run, u);
	u->moving = r == 0;
	if (r == 0 && u->fence) {
		r = pthread_create(&u->keeper, NULL, engine_user_keep, u);
		u->keeping = r == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

static struct engine_user *make(const struct mn_config *config)
{
	struct engine_user *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->store.ops = &engine_user_store_ops;
	u->wire.fd = u->veth.fd = u->air.fd = u->guests.fd = u->host.fd = u->door.fd = u->ports.fdb.fd = -1;
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->changed, NULL);
	u->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->engine = mn_engine_new(config);
	if (u->stop_fd >= 0 && u->news_fd >= 0 && u->engine)
		return u;
	engine_user_stop(u);
	return NULL;
}

int engine_user_start(struct engine_user **out, const struct engine_user_links *links, const struct mn_config *config,
		      struct why *lacks, struct why *why)
{
	struct engine_user *u = make(config);
	int r;

	lacks->text[0] = '\0';
	*out = NULL;
	if (!u)
		return why_set(why, -ENOMEM, "there is no memory");
	r = quiet_veth(links);
	if (r < 0) {
		why_set(why, r, "%s cannot be set up: %s", links->veth_name, strerror(-r));
	} else {
		open_helpers(u, links, config->w, lacks);
		r = open_sockets(u, links, why);
	}
	if (r == 0 && (r = start_threads(u)) < 0)
		why_set(why, r, "a thread cannot be started: %s", strerror(-r));
	if (r < 0) {
		engine_user_stop(u);
		return r;
	}
	*out = u;
	return 0;
}

static void stop_threads(struct engine_user *u)
{
	const uint64_t one = 1;

	if (u->moving && write(u->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(u->mover, NULL);
	if (!u->keeping)
		return;
	pthread_mutex_lock(&u->lock);
	u->leave = true;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
	pthread_join(u->keeper, NULL);
}

void engine_user_stop(struct engine_user *u)
{
	if (!u)
		return;
	stop_threads(u);
	fence_free(u->fence);
	ring_close(&u->wire);
	ring_close(&u->veth);
	ring_out_close(&u->air);
	ring_out_close(&u->guests);
	ring_out_close(&u->host);
	sidedoor_close(&u->door);
	user_ports_close(&u->ports);
	mn_engine_free(u->engine);
	if (u->stop_fd >= 0)
		close(u->stop_fd);
	if (u->news_fd >= 0)
		close(u->news_fd);
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->lock);
	free(u);
}
