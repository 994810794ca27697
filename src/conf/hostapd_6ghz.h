/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point in the 6 GHz band: what its hostapd.conf must say; and the bands of an automatic choice. */
#ifndef VIFI_CONF_HOSTAPD_6GHZ_H
#define VIFI_CONF_HOSTAPD_6GHZ_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostapd_bss;
struct hostapd_radio;

/* Does op_class name a class of the 6 GHz band? */
bool hostapd_is_6ghz(const struct hostapd_radio *radio);

/*
 * Checks radio and networks, and adapts them: hash to element, and no 802.11n and ac. Returns the centre of the primary channel in
 * MHz; or 0 with a sentence, *key is the key at fault then.
 */
uint16_t hostapd_check_6ghz(struct hostapd_radio *radio, struct hostapd_bss *bss, size_t count, const char **key,
			    struct error *error);

/* Among which channels channel=0 chooses, and the defaults that depend on the band. */
void hostapd_set_choice(struct hostapd_radio *radio, bool is_5ghz);

#endif
