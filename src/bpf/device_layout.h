/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the running kernel keeps the MAC address of the device that a frame is about to leave by, from its BTF. The egress
 * guard reads the address there (bpf/env.h).
 */
#ifndef VIFI_BPF_DEVICE_LAYOUT_H
#define VIFI_BPF_DEVICE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct device_layout {
	uint32_t skb_dev;  /* offset of `dev` in struct sk_buff, bytes */
	uint32_t dev_addr; /* offset of the pointer `dev_addr` in struct net_device */
};

/* Returns false, with zeros in the layout, on a kernel without BTF. */
bool device_layout_read(struct device_layout *layout);

#endif
