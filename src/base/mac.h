/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MAC addresses (IEEE 802, EUI-48): six bytes, as they lie in a frame.
 *
 * The predicates compile for eBPF too.  They work in units of 16 bits because
 * an address in a frame is at least that well aligned, and because the eBPF
 * compiler has no memcmp; callers in user space may pass any address.
 */
#ifndef VIFI_BASE_MAC_H
#define VIFI_BASE_MAC_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_LEN    6
#define MAC_INLINE static inline __attribute__((always_inline, unused))

#ifdef __bpf__
typedef uint16_t __attribute__((may_alias)) mac_unit;
#else
typedef uint16_t __attribute__((may_alias, aligned(1))) mac_unit;
#endif

/* Are a and b the same address? */
MAC_INLINE bool mac_equal(const uint8_t *a, const uint8_t *b)
{
	const mac_unit *x = (const mac_unit *)a, *y = (const mac_unit *)b;

	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2])) == 0;
}

MAC_INLINE void mac_copy(uint8_t *to, const uint8_t *from)
{
	mac_unit *x = (mac_unit *)to;
	const mac_unit *y = (const mac_unit *)from;

	x[0] = y[0];
	x[1] = y[1];
	x[2] = y[2];
}

/* The address and two bytes of zero behind it, as a word that lies in memory just like them. */
MAC_INLINE uint64_t mac_word(const uint8_t *a)
{
	const mac_unit *x = (const mac_unit *)a;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		       ? x[0] | (uint64_t)x[1] << 16 | (uint64_t)x[2] << 32
		       : (uint64_t)x[0] << 48 | (uint64_t)x[1] << 32 | (uint64_t)x[2] << 16;
}

/* Multicast or broadcast (IEEE 802, 8.2.2: the I/G bit). */
MAC_INLINE bool mac_is_group(const uint8_t *a)
{
	return a[0] & 1;
}

MAC_INLINE bool mac_is_zero(const uint8_t *a)
{
	const mac_unit *x = (const mac_unit *)a;

	return (x[0] | x[1] | x[2]) == 0;
}

MAC_INLINE bool mac_is_broadcast(const uint8_t *a)
{
	const mac_unit *x = (const mac_unit *)a;

	return (x[0] & x[1] & x[2]) == 0xffff;
}

#ifndef __bpf__
#define MAC_TEXT sizeof "00:11:22:33:44:55"

/* Writes the address as text, in lower case with colons, into `to`, which holds MAC_TEXT bytes.  Returns `to`. */
char *mac_format(char *to, const uint8_t *mac);

/*
 * Reads six pairs of hexadecimal digits parted by colons, and nothing before or behind them: 0:1:2:3:4:5, dashes and
 * blanks are refused.  Returns whether it was an address; if not, `mac` is left as it was.
 */
bool mac_parse(uint8_t *mac, const char *text);
#endif

#endif
