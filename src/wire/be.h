/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Big-endian numbers in byte arrays, without aliasing. In user space any alignment is valid. The eBPF compiler does not
 * merge byte loads, so numbers must be aligned to 16 bits there, as all header fields are.
 */
#ifndef VIFI_WIRE_BE_H
#define VIFI_WIRE_BE_H

#include <stdint.h>

#ifdef __bpf__
typedef uint16_t __attribute__((may_alias)) be_unit;

static inline __attribute__((always_inline)) uint16_t be16(const uint8_t *bytes)
{
	uint16_t value = *(const be_unit *)bytes;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap16(value) : value;
}
#else
static inline __attribute__((always_inline)) uint16_t be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}
#endif

static inline __attribute__((always_inline)) uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)be16(bytes) << 16 | be16(bytes + 2);
}

static inline __attribute__((always_inline)) void put_be16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static inline __attribute__((always_inline)) void put_be32(uint8_t *bytes, uint32_t value)
{
	put_be16(bytes, (uint16_t)(value >> 16));
	put_be16(bytes + 2, (uint16_t)value);
}

#endif
