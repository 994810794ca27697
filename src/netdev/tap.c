/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/tap.h"

#include "netdev/rtnl.h"
#include "wire/ether.h"
#include "wire/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LONGEST = 65536 + ETHER_HLEN + 8 }; /* a cut frame before it is cut, two tags */

struct tap {
	int fd;
	int bridge; /* ifindex of the bridge that was made for it; 0: none was */
	size_t head, tail;
	struct {
		struct vnet_hdr h;
		uint8_t frame[LONGEST];
	} read;
};

/* ---- making it ---- */

static int no_interface(int error, const char *name, struct why *why)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return why_set(why, -error, "there is no /dev/net/tun: modprobe tun");
	case EPERM:
	case EACCES:
		return why_set(why, -EPERM, "%.16s cannot be made: CAP_NET_ADMIN is missing; run it as root", name);
	case EBUSY:
		return why_set(why, -error,
			       "%.16s belongs to another program that runs; give another name (-i), or end it", name);
	case EINVAL:
		return why_set(why, -error, "%.16s is there already and is no TAP interface; give another name (-i)",
			       name);
	}
	return why_set(why, -error, "%.16s cannot be made: %s", name, strerror(error));
}

static int make(struct tap *t, const char *name, struct why *why)
{
	struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int size = sizeof(struct vnet_hdr);

	t->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (t->fd < 0)
		return no_interface(errno, name, why);
	strncpy(r.ifr_name, name, sizeof r.ifr_name - 1);
	if (ioctl(t->fd, TUNSETIFF, &r) < 0 || ioctl(t->fd, TUNSETVNETHDRSZ, &size) < 0)
		return no_interface(errno, name, why);
	/* Without offloads it works all the same. */
	ioctl(t->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN);
	return 0;
}

static int make_bridge(struct tap *t, struct netdev *nd, const char *name, struct netdev_link *bridge)
{
	int r = netdev_bridge_create(nd, name);

	if (r == 0)
		r = netdev_link_by_name(nd, name, bridge);
	if (r == 0) {
		t->bridge = bridge->ifindex;
		r = netdev_set_flags(nd, bridge->ifindex, IFF_UP, IFF_UP);
	}
	return r;
}

static int into_bridge(struct tap *t, struct netdev *nd, int ifindex, const struct tap_setup *s, struct why *why)
{
	struct netdev_link bridge;
	int r;

	if (!s->bridge || !s->bridge[0])
		return 0;
	r = netdev_link_by_name(nd, s->bridge, &bridge);
	if (r == 0 && strcmp(bridge.kind, "bridge") != 0)
		return why_set(why, -EINVAL, "%.16s is there and is no bridge; give the name of another one (bridge=)",
			       s->bridge);
	if (r < 0 && (r = make_bridge(t, nd, s->bridge, &bridge)) < 0)
		return why_set(why, r, "the bridge %.16s is not there and cannot be made: %s", s->bridge, strerror(-r));
	r = netdev_set_master(nd, ifindex, bridge.ifindex);
	if (r < 0)
		return why_set(why, r, "%.16s cannot become a port of %.16s: %s", s->name, s->bridge, strerror(-r));
	return 0;
}

static int furnish(struct tap *t, const struct tap_setup *s, struct why *why)
{
	struct netdev *nd = NULL;
	struct netdev_link link;
	int r = netdev_open(&nd);

	if (r == 0)
		r = netdev_link_by_name(nd, s->name, &link);
	if (r == 0)
		r = tap_carrier(t, false);
	if (r == 0 && memcmp(link.mac, s->addr, 6) != 0)
		r = netdev_set_mac(nd, link.ifindex, s->addr);
	if (r == 0 && link.mtu != s->mtu)
		r = netdev_set_mtu(nd, link.ifindex, s->mtu);
	if (r < 0)
		why_set(why, r, "%.16s cannot be set up: %s", s->name, strerror(-r));
	else
		r = into_bridge(t, nd, link.ifindex, s, why);
	if (r == 0 && (r = netdev_set_flags(nd, link.ifindex, IFF_UP, IFF_UP)) < 0)
		why_set(why, r, "%.16s cannot be switched on: %s", s->name, strerror(-r));
	netdev_close(nd);
	return r;
}

struct tap *tap_open(const struct tap_setup *s, int *error, struct why *why)
{
	struct tap *t = calloc(1, sizeof *t);

	if (!t) {
		*error = why_set(why, -ENOMEM, "no memory");
		return NULL;
	}
	t->fd = -1;
	t->head = s->head;
	t->tail = s->tail;
	*error = make(t, s->name, why);
	if (*error == 0)
		*error = furnish(t, s, why);
	if (*error == 0)
		return t;
	tap_discard(t);
	return NULL;
}

bool tap_made_bridge(const struct tap *t)
{
	return t->bridge;
}

void tap_discard(struct tap *t)
{
	struct netdev *nd = NULL;

	if (t && t->bridge && netdev_open(&nd) == 0)
		netdev_link_delete(nd, t->bridge);
	netdev_close(nd);
	tap_close(t);
}

void tap_close(struct tap *t)
{
	if (t && t->fd >= 0)
		close(t->fd);
	free(t);
}

int tap_fd(const struct tap *t)
{
	return t->fd;
}

int tap_carrier(struct tap *t, bool on)
{
	int carrier = on;

	return ioctl(t->fd, TUNSETCARRIER, &carrier) < 0 ? -errno : 0;
}

/* ---- frames ---- */

/* Adds a frame of `len` bytes, which is returned to be written; NULL: no memory. */
static uint8_t *add(struct tap *t, struct frames *frames, uint32_t len)
{
	struct frame *f = frame_new(t->head, len, t->tail);

	if (!f || frames_add(frames, f) < 0)
		return NULL;
	return frame_own(f);
}

/* Returns whether all of it was added. */
static bool cut(struct tap *t, struct frames *frames, uint32_t len)
{
	struct segments s;
	uint32_t n;
	uint8_t *to;

	if (!segments_begin(&s, &t->read.h, t->read.frame, len))
		return false;
	while ((n = segments_next(&s))) {
		to = add(t, frames, n);
		if (!to)
			return false;
		segments_write(&s, to);
	}
	return true;
}

static bool take(struct tap *t, struct frames *frames, uint32_t len)
{
	uint8_t *to;

	if (vnet_segment(&t->read.h, t->read.frame, len))
		return cut(t, frames, len);
	to = add(t, frames, len);
	if (!to)
		return false;
	memcpy(to, t->read.frame, len);
	return !vnet_partial(&t->read.h) || checksum_complete(&t->read.h, to, len);
}

bool tap_read(struct tap *t, struct frames *frames, size_t most, uint64_t *lost)
{
	const ssize_t least = sizeof t->read.h + ETHER_HLEN;

	while (frames->count < most) {
		ssize_t n = read(t->fd, &t->read, sizeof t->read);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n < least || !take(t, frames, (uint32_t)((size_t)n - sizeof t->read.h)))
			(*lost)++;
	}
	return true;
}

size_t tap_write(struct tap *t, struct frame *const *f, size_t count)
{
	struct vnet_hdr none = {0};
	size_t taken = 0;

	for (size_t i = 0; i < count; i++) {
		struct iovec v[] = {{&none, sizeof none}, {(void *)(uintptr_t)f[i]->data, f[i]->len}};
		ssize_t n;

		do
			n = writev(t->fd, v, 2);
		while (n < 0 && errno == EINTR);
		taken += n > 0;
	}
	return taken;
}
