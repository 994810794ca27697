/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "instance.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/mac.h"
#include "bpf/device_layout.h"
#include "macnat.skel.h"
#include "netdev/rtnl.h"
#include "restore.skel.h"
#include "wire/be.h"

int bench_fail(const char *what, int error)
{
	fprintf(stderr, "run_prog: %s: %s\n", what, strerror(error));
	return -1;
}

/* ---- the tables ---- */

/* The bindings of a guest. */
enum guest_key { KEY_IP4, KEY_IP6, KEY_MAC, KEYS_PER_GUEST };

static void put_number(uint8_t *low, uint32_t number)
{
	put_be16(low, (uint16_t)number);
}

static struct mn_key binding_key(uint32_t guest, enum guest_key which)
{
	struct mn_key key = {0};

	if (which == KEY_IP4) {
		key.family = MN_IP4;
		memcpy(key.addr, ip4_guest, 4);
		put_number(key.addr + 2, guest);
	} else if (which == KEY_IP6) {
		key.family = MN_IP6;
		memcpy(key.addr, ip6_guest, 16);
		put_number(key.addr + 14, guest);
	} else {
		key.family = MN_MAC;
		memcpy(key.addr, mac_guest, 6);
		put_number(key.addr + 4, guest);
	}
	return key;
}

static struct mn_binding guest_binding(const struct prog_bench *bench, uint32_t guest, uint64_t now)
{
	struct mn_binding binding = {
		.kind = MN_GUEST, .port = bench->guest_port, .slot = MN_NO_SLOT, .created = now, .last_seen = now};

	memcpy(binding.mac, mac_guest, 6);
	put_number(binding.mac + 4, guest);
	return binding;
}

/* Writes the bindings that the frame of the case looks up. Returns their number. */
static uint32_t least_bindings(const struct bench_case *bench_case, enum guest_key which[KEYS_PER_GUEST])
{
	switch (bench_case->frame) {
	case FRAME_TCP6_OUT:
	case FRAME_TCP6_IN:
	case FRAME_NA_IN:
	case FRAME_NS_IN:
		which[0] = KEY_IP6;
		return 1;
	case FRAME_NS_OUT:
		which[0] = KEY_IP6;
		which[1] = KEY_MAC;
		return 2;
	case FRAME_ARP_REQUEST_OUT:
		which[0] = KEY_IP4;
		which[1] = KEY_MAC;
		return 2;
	case FRAME_DHCP_DISCOVER:
	case FRAME_DHCP_OFFER:
		which[0] = KEY_MAC;
		return 1;
	default:
		which[0] = KEY_IP4;
		return 1;
	}
}

static int put_binding(int fd, const struct mn_key *key, const struct mn_binding *binding)
{
	return bpf_map_update_elem(fd, key, binding, BPF_ANY) ? bench_fail("bindings", errno) : 0;
}

static int put_xid(const struct prog_bench *bench, int fd, uint64_t now)
{
	struct mn_key key = {.family = MN_DHCP_XID};
	struct mn_binding binding = guest_binding(bench, 0, now);

	put_be32(key.addr, BENCH_XID);
	memcpy(key.addr + 4, mac_guest, MAC_LEN); /* chaddr */
	return put_binding(fd, &key, &binding);
}

uint64_t bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * MN_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* 1,000 and 65,536 both divide into one DHCP transaction and three bindings per guest. */
static int fill_table(const struct prog_bench *bench, struct bench_instance *instance)
{
	int fd = bpf_map__fd(instance->programs->maps.bindings);
	uint64_t now = bench_now_ns();

	instance->guests = instance->bindings / KEYS_PER_GUEST ? instance->bindings / KEYS_PER_GUEST : 1;
	if (instance->bindings == 1)
		return 0; /* each case has its own: instance_fill_smallest() */
	for (uint32_t guest = 0; guest < instance->guests; guest++) {
		struct mn_binding binding = guest_binding(bench, guest, now);

		for (enum guest_key which = 0; which < KEYS_PER_GUEST; which++) {
			struct mn_key key = binding_key(guest, which);

			if (put_binding(fd, &key, &binding))
				return -1;
		}
	}
	return put_xid(bench, fd, now);
}

int instance_fill_smallest(const struct prog_bench *bench, const struct bench_instance *instance,
			   const struct bench_case *bench_case)
{
	int fd = bpf_map__fd(instance->programs->maps.bindings);
	enum guest_key which[KEYS_PER_GUEST];
	uint32_t count = least_bindings(bench_case, which);
	uint64_t now = bench_now_ns();
	struct mn_binding binding = guest_binding(bench, 0, now);
	struct mn_key key;

	while (bpf_map_get_next_key(fd, NULL, &key) == 0)
		if (bpf_map_delete_elem(fd, &key))
			return bench_fail("bindings", errno);
	for (uint32_t i = 0; i < count; i++) {
		key = binding_key(0, which[i]);
		if (put_binding(fd, &key, &binding))
			return -1;
	}
	return bench_case->frame == FRAME_DHCP_DISCOVER || bench_case->frame == FRAME_DHCP_OFFER
		       ? put_xid(bench, fd, now)
		       : 0;
}

/* ---- loading ---- */

static int link_add(struct netdev *nd, const char *name, const uint8_t *mac, uint32_t *ifindex)
{
	int ret = netdev_bridge_create(nd, name); /* any type works; this one exists wherever vifi runs */

	*ifindex = if_nametoindex(name);
	if (ret == 0 && mac)
		ret = netdev_set_mac(nd, (int)*ifindex, mac);
	return ret ? bench_fail(name, -ret) : 0;
}

int bench_make_links(struct prog_bench *bench)
{
	struct netdev *nd;
	int ret = netdev_open(&nd);

	if (ret < 0)
		return bench_fail("netlink", -ret);
	ret = link_add(nd, "uplink", mac_uplink, &bench->uplink) || link_add(nd, "port", NULL, &bench->port) ||
	      link_add(nd, "guest", NULL, &bench->guest_port);
	netdev_close(nd);
	return ret ? -1 : 0;
}

int instance_load(const struct prog_bench *bench, struct bench_instance *instance)
{
	struct mn_config cfg = {.abi = MN_ABI,
				.uplink = bench->uplink,
				.veth_port = bench->port,
				.mtu = 1500,
				.port_mtu = 1500,
				.silence_ns = 60 * MN_NS_PER_SEC,
				.port_cap = MN_PORT_CAP_DEFAULT};
	uint32_t zero = 0, until = MN_SHORTCUT_UNTIL;
	uint64_t always = UINT64_MAX;
	struct device_layout layout;

	instance->programs = macnat__open();
	if (!instance->programs)
		return bench_fail("opening vifi's programs", errno);
	device_layout_read(&layout);
	instance->programs->rodata->skb_dev_offset = layout.skb_dev;
	instance->programs->rodata->dev_addr_offset = layout.dev_addr;
	instance->programs->rodata->kernel_bytes_type = layout.bytes_type;
	if (device_layout_patch(instance->programs->obj, &layout) || macnat__load(instance->programs))
		return bench_fail("loading vifi's programs", errno);
	instance->restorer = restore_bpf__open_and_load();
	if (!instance->restorer)
		return bench_fail("loading restore.bpf.c", errno);
	memcpy(cfg.uplink_mac, mac_uplink, 6);
	if (bpf_map_update_elem(bpf_map__fd(instance->programs->maps.config), &zero, &cfg, BPF_ANY))
		return bench_fail("config", errno);
	if (bpf_map_update_elem(bpf_map__fd(instance->programs->maps.shortcut), &until, &always, BPF_ANY))
		return bench_fail("shortcut", errno);
	return fill_table(bench, instance);
}

void instance_unload(struct bench_instance *instance)
{
	restore_bpf__destroy(instance->restorer);
	macnat__destroy(instance->programs);
	*instance = (struct bench_instance){0};
}

int instance_program_fd(const struct bench_instance *instance, enum mn_hook hook)
{
	switch (hook) {
	case MN_FROM_GUEST:
		return bpf_program__fd(instance->programs->progs.vifi_from_guest);
	case MN_FROM_WIRE:
		return bpf_program__fd(instance->programs->progs.vifi_from_wire);
	case MN_FROM_PORT:
		return bpf_program__fd(instance->programs->progs.vifi_from_port);
	case MN_FROM_HOST:
	case MN_HOOKS:
		break;
	}
	return bpf_program__fd(instance->programs->progs.vifi_from_host);
}

int instance_refresh_shortcut(const struct bench_instance *instance)
{
	int fd = bpf_map__fd(instance->programs->maps.bindings);
	uint32_t index = MN_SHORTCUT_GENERATION;
	uint64_t generation;
	struct mn_binding binding;

	if (bpf_map_lookup_elem(bpf_map__fd(instance->programs->maps.shortcut), &index, &generation))
		return bench_fail("shortcut", errno);
	for (enum guest_key which = 0; which < KEYS_PER_GUEST; which++) {
		struct mn_key key = binding_key(0, which);

		if (bpf_map_lookup_elem(fd, &key, &binding))
			continue; /* the smallest table has one of the three */
		/* The programs use the coarse clock, which lags by up to a jiffy. */
		binding.last_seen = bench_now_ns() - MN_NS_PER_SEC / 50;
		binding.out_peer = mac_to_u64(mac_router);
		binding.peer_generation = (uint32_t)generation;
		if (put_binding(fd, &key, &binding))
			return -1;
	}
	return 0;
}
