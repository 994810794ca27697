/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TKIP key mixing (IEEE 802.11-2020, 12.5.2.5): from temporal key, transmitter and packet number to an RC4 key. */
#ifndef VIFI_SOFTMAC_TKIP_MIX_H
#define VIFI_SOFTMAC_TKIP_MIX_H

#include <stdint.h>

#define TKIP_TK_LEN  16
#define TKIP_RC4_LEN 16

/* Phase 1, whose result holds for 65536 frames of a transmitter; `tsc_high` is the packet number without its low 16 bits. */
void tkip_phase1(const uint8_t tk[TKIP_TK_LEN], const uint8_t *ta, uint32_t tsc_high, uint16_t ttak[5]);

/* Phase 2: the key of one frame. Its first three bytes go into the cipher header. */
void tkip_phase2(const uint8_t tk[TKIP_TK_LEN], const uint16_t ttak[5], uint16_t tsc_low, uint8_t key[TKIP_RC4_LEN]);

#endif
