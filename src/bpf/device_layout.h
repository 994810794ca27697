/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the running kernel keeps the MAC address of the device that a frame is about to leave by, from its BTF. The egress
 * guard reads the address there (bpf/env.h).
 */
#ifndef VIFI_BPF_DEVICE_LAYOUT_H
#define VIFI_BPF_DEVICE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;

struct device_layout {
	uint32_t skb_dev;  /* offset of `dev` in struct sk_buff, bytes */
	uint32_t dev_addr; /* offset of the pointer `dev_addr` in struct net_device */
	/*
	 * BTF ids, 0 on a kernel without these functions (before Linux 6.2): bpf_cast_to_kern_ctx, bpf_rdonly_cast, and a
	 * struct of bytes to cast to. With them a program reads the kernel's memory without calling a helper.
	 */
	uint32_t cast_skb, cast_type, bytes_type;
};

/* Stand-ins for calls of the two functions in the program's text, until device_layout_patch(). No helper has these numbers. */
#define DEVICE_LAYOUT_CAST_SKB  0x7ffffff1
#define DEVICE_LAYOUT_CAST_TYPE 0x7ffffff2

/* Returns false, with zeros in the layout, on a kernel without BTF. */
bool device_layout_read(struct device_layout *layout);

/* A kernel has refused a program: do without the casts, then without the layout. Returns false if there is nothing left. */
bool device_layout_reduce(struct device_layout *layout);

/* Before an object is loaded: puts the calls of the functions of `layout` into its programs. Returns 0 or a negative errno. */
int device_layout_patch(struct bpf_object *object, const struct device_layout *layout);

#endif
