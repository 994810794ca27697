/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MAC addresses (IEEE 802, EUI-48): six bytes, in the order of a frame.
 *
 * The predicates compile for eBPF, too. They work in units of 16 bits because an address in a frame has at least that
 * alignment and because the eBPF compiler has no memcmp; in user space any alignment is valid.
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

MAC_INLINE bool mac_equal(const uint8_t *a, const uint8_t *b)
{
	const mac_unit *a_units = (const mac_unit *)a, *b_units = (const mac_unit *)b;

	return ((a_units[0] ^ b_units[0]) | (a_units[1] ^ b_units[1]) | (a_units[2] ^ b_units[2])) == 0;
}

MAC_INLINE void mac_copy(uint8_t *to, const uint8_t *from)
{
	mac_unit *to_units = (mac_unit *)to;
	const mac_unit *from_units = (const mac_unit *)from;

	to_units[0] = from_units[0];
	to_units[1] = from_units[1];
	to_units[2] = from_units[2];
}

/* Returns the word whose bytes in memory are the address and two zero bytes. */
MAC_INLINE uint64_t mac_to_u64(const uint8_t *mac)
{
	const mac_unit *units = (const mac_unit *)mac;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		       ? units[0] | (uint64_t)units[1] << 16 | (uint64_t)units[2] << 32
		       : (uint64_t)units[0] << 48 | (uint64_t)units[1] << 32 | (uint64_t)units[2] << 16;
}

/* Makes a random, locally administered address; with `keep_vendor` the first three bytes stay but for that bit. */
void mac_randomise(uint8_t mac[6], const uint8_t random[6], bool keep_vendor);

/* Multicast or broadcast (IEEE 802, 8.2.2: the I/G bit). */
MAC_INLINE bool mac_is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

MAC_INLINE bool mac_is_zero(const uint8_t *mac)
{
	const mac_unit *units = (const mac_unit *)mac;

	return (units[0] | units[1] | units[2]) == 0;
}

MAC_INLINE bool mac_is_broadcast(const uint8_t *mac)
{
	const mac_unit *units = (const mac_unit *)mac;

	return (units[0] & units[1] & units[2]) == 0xffff;
}

#ifndef __bpf__
#define MAC_TEXT_SIZE sizeof("00:11:22:33:44:55")

/* Writes lower-case digits with colons to `to`, which holds MAC_TEXT_SIZE bytes. Returns `to`. */
char *mac_format(char *to, const uint8_t *mac);

/*
 * Reads a text of exactly six pairs of hexadecimal digits with colons: 0:1:2:3:4:5, dashes and blanks are invalid.
 * Returns false for an invalid text; `mac` is then unchanged.
 */
bool mac_parse(uint8_t *mac, const char *text);
#endif

#endif
