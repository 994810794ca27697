/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wpa_supplicant 2.10 takes as the value of a key, where vifi ignores the key or is stricter. */
#ifndef VIFI_CONF_WPA_STOCK_H
#define VIFI_CONF_WPA_STOCK_H

#include <stdbool.h>

/* Is the key, which vifi ignores, a number for wpa_supplicant? */
bool wpa_stock_is_number(const char *key);

/* Is the whole value a number for wpa_supplicant: decimal, 0x…, octal, with a sign, or empty, which is 0? */
bool wpa_stock_reads_number(const char *value);

/* Does wpa_supplicant skip blanks between = and the value? */
bool wpa_stock_skips_blanks(const char *key);

/* Is the key, outside of blocks, a text with whatever follows the = ? */
bool wpa_stock_reads_as_text(const char *key);

/* Does wpa_supplicant take a value that vifi refuses? */
bool wpa_stock_takes(const char *key, const char *value);

#endif
