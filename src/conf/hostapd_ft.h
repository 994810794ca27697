/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of hostapd.conf that are about fast BSS transition. */
#ifndef VIFI_CONF_HOSTAPD_FT_H
#define VIFI_CONF_HOSTAPD_FT_H

#include "base/error.h"
#include "mlme/ap.h"

/* Lines r0kh or r1kh. */
struct hostapd_ft_peers {
	struct ft_peer *list;
	size_t count, room;
};

struct hostapd_ft {
	uint8_t mdid[FT_MDID_LEN];
	char nas_identifier[256];
	uint8_t r1kh[FT_R1KH_LEN]; /* zero: the BSSID */
	uint32_t r0_lifetime_s, r0_lifetime_min, deadline_tu, r1_lifetime_s;
	bool over_ds, generate_local, r1_push;
	struct hostapd_ft_peers r0khs, r1khs;
};

/* They read a mobility domain or a key holder from hexadecimal digits. */
bool hostapd_ft_read_mdid(uint8_t mdid[FT_MDID_LEN], const char *value, struct error *error);
bool hostapd_ft_read_r1kh(uint8_t r1kh[FT_R1KH_LEN], const char *value, struct error *error);

/* Adds "ADDRESS NAS-IDENTIFIER KEY" or "ADDRESS R1KH-ID KEY". The address is that of its host. */
bool hostapd_ft_add_r0kh(struct hostapd_ft_peers *peers, const char *value, struct error *error);
bool hostapd_ft_add_r1kh(struct hostapd_ft_peers *peers, const char *value, struct error *error);

struct ap_ft_setup hostapd_ft_setup(const struct hostapd_ft *ft); /* borrows from it */
void hostapd_ft_free(struct hostapd_ft *ft);

#endif
