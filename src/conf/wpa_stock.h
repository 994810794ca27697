/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Debian's wpa_supplicant 2.10 takes as the value of a key, whether vifi uses the key or not. `in_block` says where
 * the line is: inside or outside of network={ … }.
 */
#ifndef VIFI_CONF_WPA_STOCK_H
#define VIFI_CONF_WPA_STOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Does wpa_supplicant know the key there? */
bool wpa_stock_knows(bool in_block, const char *key);

/*
 * Does wpa_supplicant take the value of a key that it knows? The value begins with the blanks that follow the =, if any:
 * readers of numbers and of words skip them, and others do not. If not, `why` is a clause: "it must be a number". ctrl_interface is
 * judged where the socket is opened.
 */
bool wpa_stock_takes(bool in_block, const char *key, const char *value, struct error *why);

/* Are blanks after the = a part of the value? */
bool wpa_stock_keeps_blanks(bool in_block, const char *key);

/* Reads a number as wpa_supplicant does: decimal, octal (010) or hexadecimal (0x10), with a sign, of which it takes the
 * low 32 bits; empty is 0. Returns false if text follows. */
bool wpa_stock_number(const char *value, int32_t *number);

#endif
