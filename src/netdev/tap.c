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

enum { READ_MAX = 65536 + ETHER_HLEN + 8 }; /* a frame before segmentation, with two tags */

struct tap {
	int fd;
	int bridge; /* ifindex of the bridge that tap_open() created; 0: none */
	size_t headroom, tailroom;
	struct {
		struct vnet_hdr vnet;
		uint8_t frame[READ_MAX];
	} buffer;
};

/* ---- set-up ---- */

static int set_tun_error(int err, const char *name, struct error *error)
{
	switch (err) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return error_set(error, -err,
				 "cannot create %.16s: /dev/net/tun is missing; load it with \"modprobe tun\"", name);
	case EPERM:
	case EACCES:
		return error_set(error, -EPERM, "cannot create %.16s: CAP_NET_ADMIN is missing; run vifi as root",
				 name);
	case EBUSY:
		return error_set(
			error, -err,
			"cannot create %.16s: another program uses it; choose another name (-i) or stop that program",
			name);
	case EINVAL:
		return error_set(error, -err,
				 "cannot create %.16s: the interface exists and is not a TAP; choose another name "
				 "(-i), or that of a Wi-Fi card (`iw dev`)",
				 name);
	}
	return error_set(error, -err, "cannot create %.16s: %s", name, strerror(err));
}

static int create_tap(struct tap *tap, const char *name, struct error *error)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int size = sizeof(struct vnet_hdr);

	tap->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (tap->fd < 0)
		return set_tun_error(errno, name, error);
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(tap->fd, TUNSETIFF, &ifr) < 0 || ioctl(tap->fd, TUNSETVNETHDRSZ, &size) < 0)
		return set_tun_error(errno, name, error);
	/* Without offloads the interface works too. */
	ioctl(tap->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN);
	return 0;
}

static int create_bridge(struct tap *tap, struct netdev *nd, const char *name, struct netdev_link *bridge)
{
	int ret = netdev_bridge_create(nd, name);

	if (ret == 0)
		ret = netdev_link_by_name(nd, name, bridge);
	if (ret == 0) {
		tap->bridge = bridge->ifindex;
		ret = netdev_set_flags(nd, bridge->ifindex, IFF_UP, IFF_UP);
	}
	return ret;
}

static int join_bridge(struct tap *tap, struct netdev *nd, int ifindex, const struct tap_setup *setup,
		       struct error *error)
{
	struct netdev_link bridge;
	int ret;

	if (!setup->bridge || !setup->bridge[0])
		return 0;
	ret = netdev_link_by_name(nd, setup->bridge, &bridge);
	if (ret == 0 && strcmp(bridge.kind, "bridge") != 0)
		return error_set(error, -EINVAL, "%.16s exists and is not a bridge; choose another name (bridge=)",
				 setup->bridge);
	if (ret < 0 && (ret = create_bridge(tap, nd, setup->bridge, &bridge)) < 0)
		return error_set(error, ret, "cannot create the bridge %.16s: %s", setup->bridge,
				 netdev_reason(nd, ret));
	ret = netdev_set_master(nd, ifindex, bridge.ifindex);
	if (ret < 0)
		return error_set(error, ret, "cannot add %.16s to the bridge %.16s: %s", setup->name, setup->bridge,
				 netdev_reason(nd, ret));
	return 0;
}

static int configure(struct tap *tap, const struct tap_setup *setup, struct error *error)
{
	struct netdev *nd = NULL;
	struct netdev_link link;
	int ret = netdev_open(&nd);

	if (ret == 0)
		ret = netdev_link_by_name(nd, setup->name, &link);
	if (ret == 0)
		ret = tap_set_carrier(tap, false);
	if (ret == 0 && memcmp(link.mac, setup->addr, 6) != 0)
		ret = netdev_set_mac(nd, link.ifindex, setup->addr);
	if (ret == 0 && link.mtu != setup->mtu)
		ret = netdev_set_mtu(nd, link.ifindex, setup->mtu);
	if (ret < 0)
		error_set(error, ret, "cannot set up %.16s: %s", setup->name, netdev_reason(nd, ret));
	else
		ret = join_bridge(tap, nd, link.ifindex, setup, error);
	if (ret == 0 && (ret = netdev_set_flags(nd, link.ifindex, IFF_UP, IFF_UP)) < 0)
		error_set(error, ret, "cannot bring %.16s up: %s", setup->name, netdev_reason(nd, ret));
	netdev_close(nd);
	return ret;
}

struct tap *tap_open(const struct tap_setup *setup, int *err, struct error *error)
{
	struct tap *tap = calloc(1, sizeof(*tap));

	if (!tap) {
		*err = error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	tap->fd = -1;
	tap->headroom = setup->headroom;
	tap->tailroom = setup->tailroom;
	*err = create_tap(tap, setup->name, error);
	if (*err == 0)
		*err = configure(tap, setup, error);
	if (*err == 0)
		return tap;
	tap_discard(tap);
	return NULL;
}

int tap_change_bridge(struct tap *tap, const char *name, const char *bridge, struct error *error)
{
	const struct tap_setup setup = {.name = name, .bridge = bridge};
	struct netdev *nd = NULL;
	struct netdev_link link;
	int ret = netdev_open(&nd);

	if (ret == 0)
		ret = netdev_link_by_name(nd, name, &link);
	if (ret == 0 && !*bridge)
		ret = netdev_set_master(nd, link.ifindex, 0);
	if (ret < 0)
		error_set(error, ret, "cannot change the bridge of %.16s: %s%s", name, netdev_reason(nd, ret),
			  ret == -EPERM ? "; start vifi again, or with --global" : "");
	else if (*bridge)
		ret = join_bridge(tap, nd, link.ifindex, &setup, error);
	netdev_close(nd);
	return ret;
}

bool tap_made_bridge(const struct tap *tap)
{
	return tap->bridge;
}

void tap_discard(struct tap *tap)
{
	struct netdev *nd = NULL;

	if (tap && tap->bridge && netdev_open(&nd) == 0)
		netdev_link_delete(nd, tap->bridge);
	netdev_close(nd);
	tap_close(tap);
}

void tap_close(struct tap *tap)
{
	if (tap && tap->fd >= 0)
		close(tap->fd);
	free(tap);
}

int tap_fd(const struct tap *tap)
{
	return tap->fd;
}

int tap_set_carrier(struct tap *tap, bool on)
{
	int carrier = on;

	return ioctl(tap->fd, TUNSETCARRIER, &carrier) < 0 ? -errno : 0;
}

/* ---- frames ---- */

/* Appends a frame of `len` bytes and returns its bytes for writing. Returns NULL without memory. */
static uint8_t *add_frame(struct tap *tap, struct frame_list *frames, uint32_t len)
{
	struct frame *frame = frame_new(tap->headroom, len, tap->tailroom);

	if (!frame || frame_list_add(frames, frame) < 0)
		return NULL;
	return frame_make_writable(frame);
}

static enum drop segment_frame(struct tap *tap, struct frame_list *frames, uint32_t len)
{
	struct segments segments;
	uint32_t segment_len;
	uint8_t *to;

	if (!segments_begin(&segments, &tap->buffer.vnet, tap->buffer.frame, len))
		return DROP_TRUNCATED;
	while ((segment_len = segments_next_len(&segments))) {
		to = add_frame(tap, frames, segment_len);
		if (!to)
			return DROP_NO_MEMORY;
		segments_write(&segments, to);
	}
	return NOT_DROPPED;
}

static enum drop accept_frame(struct tap *tap, struct frame_list *frames, uint32_t len)
{
	uint8_t *to;

	if (vnet_segment_max(&tap->buffer.vnet, tap->buffer.frame, len))
		return segment_frame(tap, frames, len);
	if (vnet_needs_csum(&tap->buffer.vnet) && !checksum_complete(&tap->buffer.vnet, tap->buffer.frame, len))
		return DROP_TRUNCATED;
	to = add_frame(tap, frames, len);
	if (!to)
		return DROP_NO_MEMORY;
	memcpy(to, tap->buffer.frame, len);
	return NOT_DROPPED;
}

bool tap_read(struct tap *tap, struct frame_list *frames, size_t max, uint64_t drops[DROP_COUNT])
{
	const ssize_t min = sizeof(tap->buffer.vnet) + ETHER_HLEN;

	while (frames->count < max) {
		ssize_t len = read(tap->fd, &tap->buffer, sizeof(tap->buffer));
		enum drop drop = DROP_TRUNCATED;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return false;
		if (len >= min)
			drop = accept_frame(tap, frames, (uint32_t)((size_t)len - sizeof(tap->buffer.vnet)));
		if (drop)
			drops[drop]++;
	}
	return true;
}

size_t tap_write(struct tap *tap, struct frame *const *frames, size_t count)
{
	struct vnet_hdr none = {0};
	size_t written = 0;

	for (size_t i = 0; i < count; i++) {
		struct iovec iov[] = {{&none, sizeof(none)}, {(void *)(uintptr_t)frames[i]->data, frames[i]->len}};
		ssize_t len;

		do
			len = writev(tap->fd, iov, 2);
		while (len < 0 && errno == EINTR);
		written += len > 0;
	}
	return written;
}
