/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Big-endian numbers in byte arrays: no aliasing, the same in the kernel and
 * here.  In user space they may lie anywhere; in eBPF, whose compiler does not
 * join bytes by itself, at an even place, as every field of a header does.
 */
#ifndef VIFI_WIRE_BE_H
#define VIFI_WIRE_BE_H

#include <stdint.h>

#ifdef __bpf__
typedef uint16_t __attribute__((may_alias)) be_unit;

static inline __attribute__((always_inline)) uint16_t be16(const uint8_t *p)
{
	uint16_t v = *(const be_unit *)p;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap16(v) : v;
}
#else
static inline __attribute__((always_inline)) uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}
#endif

static inline __attribute__((always_inline)) uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static inline __attribute__((always_inline)) void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline __attribute__((always_inline)) void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

#endif
