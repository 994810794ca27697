/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Big-endian numbers in byte arrays: no alignment, no aliasing, the same in the kernel and here. */
#ifndef VIFI_WIRE_BE_H
#define VIFI_WIRE_BE_H

#include <stdint.h>

static inline __attribute__((always_inline)) uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline __attribute__((always_inline)) uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
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
