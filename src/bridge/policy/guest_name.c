/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/guest_name.h"

#include "wire/dhcp4.h"

enum {
	FQDN_HEAD = 3,       /* flags and two obsolete result codes (RFC 4702, 2) */
	FQDN_ENCODED = 0x04, /* flag E: labels as in DNS (RFC 1035, 3.1), otherwise text */
};

static bool is_plain(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '-' || byte == '_' || byte == '.';
}

static void append(char name[GUEST_NAME_SIZE], size_t *length, uint8_t byte)
{
	if (*length + 1 < GUEST_NAME_SIZE)
		name[(*length)++] = is_plain(byte) ? (char)byte : '?';
}

static void decode_text(char name[GUEST_NAME_SIZE], size_t *length, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size && bytes[i]; i++)
		append(name, length, bytes[i]);
}

/* Compression has no meaning in an option, and a label that does not fit ends the name. */
static void decode_labels(char name[GUEST_NAME_SIZE], size_t *length, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at < size && bytes[at] && bytes[at] < 64 && bytes[at] <= size - at - 1) {
		if (*length)
			append(name, length, '.');
		for (size_t i = 1; i <= bytes[at]; i++)
			append(name, length, bytes[at + i]);
		at += 1u + bytes[at];
	}
}

bool guest_name_decode(char name[GUEST_NAME_SIZE], unsigned option, const uint8_t *bytes, size_t size)
{
	size_t length = 0;

	if (option == DHCP4_OPT_NAME)
		decode_text(name, &length, bytes, size);
	else if (option == DHCP4_OPT_FQDN && size >= FQDN_HEAD && bytes[0] & FQDN_ENCODED)
		decode_labels(name, &length, bytes + FQDN_HEAD, size - FQDN_HEAD);
	else if (option == DHCP4_OPT_FQDN && size >= FQDN_HEAD)
		decode_text(name, &length, bytes + FQDN_HEAD, size - FQDN_HEAD);
	while (length && name[length - 1] == '.') /* the root */
		length--;
	name[length] = '\0';
	return length > 0;
}
