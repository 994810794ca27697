/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads attributes of netlink (linux/netlink.h) with their lengths checked: a missing or short one gives the default.
 * Nested ones are read by nla_parse_nested(), which checks that they lie within their parent.
 */
#ifndef VIFI_NL80211_ATTRIBUTES_H
#define VIFI_NL80211_ATTRIBUTES_H

#include "wire/ie.h"

#include <netlink/attr.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool attribute_number(const struct nlattr *attribute, void *number, size_t size)
{
	if (!attribute || (size_t)nla_len(attribute) < size)
		return false;
	memcpy(number, nla_data(attribute), size);
	return true;
}

static inline uint8_t attribute_u8(const struct nlattr *attribute)
{
	uint8_t value = 0;

	attribute_number(attribute, &value, sizeof(value));
	return value;
}

static inline uint16_t attribute_u16(const struct nlattr *attribute)
{
	uint16_t value = 0;

	attribute_number(attribute, &value, sizeof(value));
	return value;
}

static inline uint32_t attribute_u32(const struct nlattr *attribute)
{
	uint32_t value = 0;

	attribute_number(attribute, &value, sizeof(value));
	return value;
}

static inline uint64_t attribute_u64(const struct nlattr *attribute)
{
	uint64_t value = 0;

	attribute_number(attribute, &value, sizeof(value));
	return value;
}

static inline struct span attribute_span(const struct nlattr *attribute)
{
	return attribute ? (struct span){nla_data(attribute), (size_t)nla_len(attribute)} : (struct span){0};
}

/* The bytes of a MAC address, or NULL. */
static inline const uint8_t *attribute_mac(const struct nlattr *attribute)
{
	return attribute && nla_len(attribute) >= 6 ? nla_data(attribute) : NULL;
}

/* Copies a text that need not end with a zero. */
static inline void attribute_text(const struct nlattr *attribute, char *to, size_t size)
{
	size_t len = attribute ? strnlen(nla_data(attribute), (size_t)nla_len(attribute)) : 0;

	len = len < size ? len : size - 1;
	if (len)
		memcpy(to, nla_data(attribute), len);
	to[len] = '\0';
}

#endif
