/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The environment of the rules in the kernel: skb helpers and maps. See macnat/env.h. */
#ifndef VIFI_BPF_ENV_H
#define VIFI_BPF_ENV_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <bpf/bpf_helpers.h>

#include "base/mac.h"
#include "bpf/device_layout.h"
#include "macnat/context.h"
#include "macnat/place.h"

#define MN_ENV              struct __sk_buff *
#define MN_FN               static inline __attribute__((always_inline, unused))
#define MN_ATOMIC_ADD(p, n) __sync_fetch_and_add(p, n)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct mn_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MN_TABLE_SIZE(MN_PORT_CAP_DEFAULT)); /* the loader adapts it to the cap */
	__uint(map_flags, BPF_F_NO_PREALLOC);                    /* memory grows with the guests */
	__type(key, struct mn_key);
	__type(value, struct mn_binding);
} bindings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MN_PORTS_MAX);
	__type(key, uint32_t);
	__type(value, struct mn_port);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MN_BLOCKS_SIZE(MN_PORT_CAP_DEFAULT));
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mn_block_key);
	__type(value, struct mn_block);
} blocks SEC(".maps");

/* A new block is copied from here: it is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct mn_block);
} block_zero SEC(".maps");

/* Words of enum mn_shortcut. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MN_SHORTCUT_WORDS);
	__type(key, uint32_t);
	__type(value, uint64_t);
} shortcut SEC(".maps");

/* User space reads and clears them in its own memory (bpf/place_maps.h); such maps begin at a page, so that a place is one cache line. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MN_PLACE_SETS *MN_PLACE_DIRECTIONS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, uint32_t);
	__type(value, struct mn_place_set);
} places SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MN_VERSIONS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, uint32_t);
	__type(value, uint64_t);
} versions SEC(".maps");

/* When an event about an unknown address was sent last (unknown_rules.h), ns. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MN_ASK_WORDS);
	__type(key, uint32_t);
	__type(value, uint64_t);
} asked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MN_ROUTED_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mn_routed_key);
	__type(value, uint32_t);
} routed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MN_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mn_routed_key);
	__type(value, struct mn_prefix);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MN_COPIES_SIZE);
	__type(key, uint32_t);
	__type(value, struct mn_copy);
} copies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DROP_COUNT);
	__type(key, uint32_t);
	__type(value, uint64_t);
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MN_COUNTS);
	__type(key, uint32_t);
	__type(value, uint64_t);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

/* One context per hook: a clone that from_guest sends runs from_host on the same CPU before from_guest returns. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MN_HOOKS);
	__type(key, uint32_t);
	__type(value, struct mn_context);
} work SEC(".maps");

/* Map values are aligned to eight bytes. The compiler would otherwise access them byte by byte. */
#define MN_MAP_VALUE(p) __builtin_assume_aligned(p, 8)

MN_FN struct mn_context *mn_context_of(uint32_t hook)
{
	return MN_MAP_VALUE(bpf_map_lookup_elem(&work, &hook));
}

/*
 * A stage is a global function: the verifier checks it once, for any caller, instead of once per path that leads to it.
 * Its arguments are the frame and a number; all other state is in the context of its hook.
 */
#define MN_STAGE(name)                                                                          \
	MN_FN int name##_body(MN_ENV env, struct mn_context *ctx);                              \
	__attribute__((noinline)) int name##_stage(struct __sk_buff *env, uint32_t hook)        \
	{                                                                                       \
		struct mn_context *ctx = mn_context_of(hook);                                   \
		asm volatile("" : : "r"(env)); /* the compiler would drop an unused argument */ \
		return ctx ? name##_body(env, ctx) : DROP_INTERNAL;                             \
	}                                                                                       \
	MN_FN int name(MN_ENV env, struct mn_context *ctx)                                      \
	{                                                                                       \
		return name##_stage(env, ctx->hook);                                            \
	}                                                                                       \
	MN_FN int name##_body(MN_ENV env, struct mn_context *ctx)

/*
 * Set before loading (bpf/device_layout.h); zero: the kernel's structs are unknown. kernel_bytes_type: the type to cast
 * addresses to; 0: this kernel has no casts.
 */
const volatile uint32_t skb_dev_offset = 0, dev_addr_offset = 0, kernel_bytes_type = 0;

/* Kernel functions, which the verifier replaces by a move: the loader puts their calls here (device_layout_patch). */
static const void *(*const cast_to_kernel_skb)(struct __sk_buff *skb) = (void *)DEVICE_LAYOUT_CAST_SKB;
static const void *(*const cast_to_type)(const void *address, uint32_t type) = (void *)DEVICE_LAYOUT_CAST_TYPE;

/* Set before loading, too: for mn_secret(). */
const volatile uint64_t loader_secret = 0;

/*
 * Address of the bytes to which the uplink's `dev_addr` points; 0: not read yet. The kernel allocates them once for the
 * life of the device, and writes a new MAC address into them.
 */
static uint64_t uplink_dev_addr;

MN_FN void mn_read_kernel(void *to, uint32_t size, uint64_t address)
{
	bpf_probe_read_kernel(to, size, (const void *)(uintptr_t)address);
}

/* The same without a helper: loads from a cast pointer, which yield 0 where nothing is mapped. */
MN_FN bool mn_is_device_mac(MN_ENV env, const uint8_t *mac)
{
	const uint8_t *skb = cast_to_kernel_skb(env);
	const uint8_t *device = *(const void *const *)(skb + skb_dev_offset);
	const uint8_t *own = cast_to_type(*(const void *const *)(device + dev_addr_offset), kernel_bytes_type);

	return mac_equal(mac, own);
}

/*
 * Is `mac` the address that the uplink has now? At the egress of the uplink only. The configuration has the address that
 * user space saw last: without user space it may be old. It decides where the kernel's structs are unknown.
 */
MN_FN bool mn_is_uplink_mac(MN_ENV env, const struct mn_config *cfg, const uint8_t *mac)
{
	uint64_t own = 0, device = 0;

	if (!skb_dev_offset || !dev_addr_offset)
		return mac_equal(mac, cfg->uplink_mac);
	if (kernel_bytes_type)
		return mn_is_device_mac(env, mac);
	if (!uplink_dev_addr) {
		mn_read_kernel(&device, sizeof(device), (uintptr_t)env + skb_dev_offset);
		mn_read_kernel(&uplink_dev_addr, sizeof(uplink_dev_addr), device + dev_addr_offset);
	}
	mn_read_kernel(&own, sizeof(own), uplink_dev_addr); /* MAX_ADDR_LEN bytes are there */
	return mac_equal(mac, (const uint8_t *)&own);
}

/*
 * The Ethernet header and an adjacent IP header are read in place: a call of bpf_skb_load_bytes costs as much as
 * copying fifty bytes. The call remains for other offsets, and for data outside the linear part of the skb. Units of
 * two bytes, or of four after the Ethernet header, suit the alignment of every machine: the kernel aligns IP headers to
 * four bytes.
 */
#define MN_IN_PLACE(off, len) \
	(__builtin_constant_p(off) && __builtin_constant_p(len) && (off) + (len) <= 64 && (len) % 2 == 0)

MN_FN void mn_copy(void *to, const void *from, uint32_t off, uint32_t len)
{
	if (off % 4 == 2 && len % 4 == 0) {
		for (uint32_t i = 0; i < len / 4; i++)
			((uint32_t *)to)[i] = ((const uint32_t *)from)[i];
	} else {
		for (uint32_t i = 0; i < len / 2; i++)
			((uint16_t *)to)[i] = ((const uint16_t *)from)[i];
	}
}

MN_FN int mn_load(MN_ENV env, uint32_t off, void *to, uint32_t len)
{
	const uint8_t *data = (void *)(long)env->data;

	if (MN_IN_PLACE(off, len) && data + off + len <= (const uint8_t *)(long)env->data_end) {
		mn_copy(to, data + off, off, len);
		return 0;
	}
	return bpf_skb_load_bytes(env, off, to, len) ? -1 : 0;
}

MN_FN int mn_load_some(MN_ENV env, uint32_t off, void *to, uint32_t len)
{
	if (len == 0 || len > 63)
		return -1;
	/*
	 * Repeat the check for the verifier, hidden from the compiler, which would remove it: Linux 6.1 derives "not 0"
	 * from no comparison, only from a sum.
	 */
	asm volatile("" : "+r"(len));
	len = (len - 1) & 63;
	asm volatile("" : "+r"(len));
	return bpf_skb_load_bytes(env, off, to, len + 1) ? -1 : 0;
}

/* Short sums of a constant length need no call; then data must be aligned to words. */
MN_FN uint32_t mn_sum(const void *data, uint32_t len, uint32_t sum)
{
	const uint32_t *word = data;
	uint64_t total = sum;

	if (!__builtin_constant_p(len) || len > 40)
		return (uint32_t)bpf_csum_diff(0, 0, (void *)data, len, sum);
	for (uint32_t i = 0; i < len / 4; i++)
		total += word[i];
	total = (total & 0xffffffff) + (total >> 32);
	return (uint32_t)(total + (total >> 32));
}

MN_FN const struct mn_config *mn_config_get(MN_ENV env)
{
	uint32_t zero = 0;

	(void)env;
	return MN_MAP_VALUE(bpf_map_lookup_elem(&config, &zero));
}

MN_FN struct mn_binding *mn_find(MN_ENV env, const struct mn_key *key)
{
	(void)env;
	return MN_MAP_VALUE(bpf_map_lookup_elem(&bindings, key));
}

MN_FN int mn_insert(MN_ENV env, const struct mn_key *key, const struct mn_binding *binding)
{
	long ret = bpf_map_update_elem(&bindings, key, binding, BPF_NOEXIST);

	(void)env;
	return ret == 0 ? 0 : ret == -17 /* EEXIST */ ? 1 : -1;
}

MN_FN void mn_changed_address(uint64_t word0, uint64_t word1)
{
	uint32_t index = mn_version_index(mn_place_hash(word0, word1));
	uint64_t *version = bpf_map_lookup_elem(&versions, &index);

	if (version)
		MN_ATOMIC_ADD(version, 1);
}

/* Verified once, as a stage. */
__attribute__((noinline)) int mn_changed_stage(const struct mn_key *key)
{
	uint64_t addr[2];

	if (key && mn_place_address(key, addr))
		mn_changed_address(addr[0], addr[1]);
	return 0;
}

MN_FN void mn_changed(MN_ENV env, const struct mn_key *key)
{
	(void)env;
	mn_changed_stage(key);
}

/* A binding that is learned for the address later begins to count anew. */
MN_FN void mn_forget_places(uint64_t word0, uint64_t word1, uint64_t hash, enum mn_place_direction direction)
{
	uint32_t index = mn_place_index(hash, direction);
	struct mn_place_set *set = bpf_map_lookup_elem(&places, &index);

	for (uint32_t i = 0; set && i < MN_PLACE_WAYS; i++)
		if (set->way[i].addr[0] == word0 && set->way[i].addr[1] == word1) {
			set->way[i].packets = 0;
			set->way[i].bytes = 0;
		}
}

__attribute__((noinline)) int mn_erased_stage(const struct mn_key *key)
{
	uint64_t addr[2], hash;

	if (!key || !mn_place_address(key, addr))
		return 0;
	mn_changed_address(addr[0], addr[1]);
	hash = mn_place_hash(addr[0], addr[1]);
	mn_forget_places(addr[0], addr[1], hash, MN_PLACE_OUT);
	mn_forget_places(addr[0], addr[1], hash, MN_PLACE_IN);
	return 0;
}

MN_FN void mn_erase(MN_ENV env, const struct mn_key *key)
{
	(void)env;
	bpf_map_delete_elem(&bindings, key); /* Linux 6.1 takes no key here that is an argument of a stage */
	mn_erased_stage(key);
}

MN_FN struct mn_port *mn_port_find(MN_ENV env, uint32_t ifindex)
{
	(void)env;
	return MN_MAP_VALUE(bpf_map_lookup_elem(&ports, &ifindex));
}

MN_FN struct mn_port *mn_port_get(MN_ENV env, uint32_t ifindex)
{
	struct mn_port *port = bpf_map_lookup_elem(&ports, &ifindex);
	uint32_t zero = 0;
	void *image;

	(void)env;
	if (port)
		return port;
	image = bpf_map_lookup_elem(&block_zero, &zero); /* longer than a port, which is too long for the stack */
	if (!image)
		return 0;
	bpf_map_update_elem(&ports, &ifindex, image, BPF_NOEXIST);
	port = bpf_map_lookup_elem(&ports, &ifindex);
	if (port)
		port->ifindex = ifindex;
	return port;
}

MN_FN struct mn_block *mn_block_find(MN_ENV env, uint32_t ifindex, uint32_t number)
{
	struct mn_block_key key = {ifindex, number};

	(void)env;
	return MN_MAP_VALUE(bpf_map_lookup_elem(&blocks, &key));
}

MN_FN struct mn_block *mn_block_get(MN_ENV env, uint32_t ifindex, uint32_t number)
{
	struct mn_block_key key = {ifindex, number};
	struct mn_block *block = bpf_map_lookup_elem(&blocks, &key);
	uint32_t zero = 0;
	void *image;

	(void)env;
	if (block)
		return MN_MAP_VALUE(block);
	image = bpf_map_lookup_elem(&block_zero, &zero);
	if (!image)
		return 0;
	bpf_map_update_elem(&blocks, &key, image, BPF_NOEXIST);
	return MN_MAP_VALUE(bpf_map_lookup_elem(&blocks, &key));
}

MN_FN uint32_t mn_route_find(MN_ENV env, const struct mn_routed_key *key)
{
	const uint32_t *value = bpf_map_lookup_elem(&routed, key);

	(void)env;
	return value ? *value : 0;
}

MN_FN const struct mn_prefix *mn_prefix_find(MN_ENV env, const struct mn_routed_key *key)
{
	(void)env;
	return bpf_map_lookup_elem(&prefixes, key);
}

/* A frame is not dropped because its interface is gone or this kernel does not know the flags. */
MN_FN bool mn_fits(MN_ENV env, uint32_t ifindex)
{
	uint32_t mtu = 0;
	long ret = bpf_check_mtu(env, ifindex, &mtu, 0, env->gso_size ? BPF_MTU_CHK_SEGS : 0);

	return ret != BPF_MTU_CHK_RET_FRAG_NEEDED && ret != BPF_MTU_CHK_RET_SEGS_TOOBIG;
}

MN_FN void mn_event_push(MN_ENV env, const struct mn_event *event)
{
	(void)env;
	bpf_ringbuf_output(&events, (void *)event, sizeof(*event), 0);
}

MN_FN uint64_t mn_secret(MN_ENV env)
{
	(void)env;
	return loader_secret;
}

MN_FN struct mn_copy *mn_copy_get(MN_ENV env, uint32_t index)
{
	(void)env;
	return bpf_map_lookup_elem(&copies, &index);
}

#define MN_AF_INET  2 /* sys/socket.h does not compile here */
#define MN_AF_INET6 10

/* Only a routing decision with a known neighbour counts. Linux looks at the device's `forwarding` first. */
MN_STAGE(mn_returns_to_sender)
{
	struct bpf_fib_lookup fib = {.ifindex = env->ingress_ifindex};

	if (ctx->type == ETHERTYPE_IP4) {
		fib.family = MN_AF_INET;
		__builtin_memcpy(&fib.ipv4_src, ctx->ip4.src, 4);
		__builtin_memcpy(&fib.ipv4_dst, ctx->ip4.dst, 4);
	} else {
		fib.family = MN_AF_INET6;
		__builtin_memcpy(fib.ipv6_src, ctx->ip6.src, 16);
		__builtin_memcpy(fib.ipv6_dst, ctx->ip6.dst, 16);
	}
	if (bpf_fib_lookup(env, &fib, sizeof(fib), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return 0;
	return fib.ifindex == env->ingress_ifindex && mac_equal(fib.dmac, ctx->eth.src);
}

MN_FN uint64_t *mn_peer_generation(MN_ENV env)
{
	uint32_t index = MN_SHORTCUT_GENERATION;

	(void)env;
	return bpf_map_lookup_elem(&shortcut, &index);
}

MN_FN uint64_t *mn_asked(MN_ENV env, uint32_t index)
{
	(void)env;
	return bpf_map_lookup_elem(&asked, &index);
}

MN_FN void mn_count_drop(MN_ENV env, uint32_t reason)
{
	uint64_t *count = bpf_map_lookup_elem(&drops, &reason);

	(void)env;
	if (count)
		*count += 1;
}

MN_FN void fast_count_inc(uint32_t what)
{
	uint64_t *count = bpf_map_lookup_elem(&counts, &what);

	if (count)
		*count += 1;
}

/* As a stage: each inlined look-up makes the kernel move the rest of the program. */
__attribute__((noinline)) int mn_count_stage(uint32_t what)
{
	fast_count_inc(what);
	return 0;
}

MN_FN void mn_count_inc(MN_ENV env, uint32_t what)
{
	(void)env;
	mn_count_stage(what);
}

#endif
