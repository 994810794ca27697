/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Debian's wpa_supplicant 2.10 takes as the value of a key, whether vifi uses the key or not.
 */
#ifndef VIFI_CONF_WPA_STOCK_H
#define VIFI_CONF_WPA_STOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a line is: in a block, or outside of them. */
enum wpa_place { WPA_OUTSIDE, WPA_IN_NETWORK, WPA_IN_CRED };

/* wpa_supplicant reads so many bytes of a line there, and ignores the rest. */
unsigned wpa_stock_line_max(enum wpa_place place);

/* Does wpa_supplicant know the key there? */
bool wpa_stock_knows(enum wpa_place place, const char *key);

/*
 * Does wpa_supplicant take the value of a key that it knows? The value begins with the blanks that follow the =, if any:
 * readers of numbers and of words skip them, and others do not. If not, `why` is a clause: "it must be a number". ctrl_interface is
 * judged where the socket is opened.
 */
bool wpa_stock_takes(enum wpa_place place, const char *key, const char *value, struct error *why);

/* What lines before this one leave to it; zero at the beginning of a file. */
struct wpa_stock {
	uint64_t changed; /* in this block: the keys that are no longer at their defaults */
	unsigned device_types;
};

/* At the beginning of a block. */
void wpa_stock_begin_block(struct wpa_stock *stock);

/* Notes a line that wpa_supplicant takes by itself. Returns false with a clause if it refuses the line after those before it. */
bool wpa_stock_follows(struct wpa_stock *stock, enum wpa_place place, const char *key, const char *value,
		       struct error *why);

/* Are blanks after the = a part of the value? */
bool wpa_stock_keeps_blanks(enum wpa_place place, const char *key);

/* Reads a number as wpa_supplicant does: decimal, octal (010) or hexadecimal (0x10), with a sign, of which it takes the
 * low 32 bits; empty is 0. Returns false if text follows. */
bool wpa_stock_number(const char *value, int32_t *number);

#endif
