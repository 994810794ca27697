/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hostapd 2.10 says to keys that have no effect here, where that depends on other lines: a server before its port, an
 * authenticator for 802.1X, a file that exists.
 */
#ifndef VIFI_CONF_HOSTAPD_STOCK_H
#define VIFI_CONF_HOSTAPD_STOCK_H

#include "conf/hostapd_keys.h"

enum { HOSTAPD_STOCK_FILES_MAX = 16 };

/* Files and interfaces that hostapd needs, and we do not use. */
struct hostapd_stock_files {
	struct {
		const char *key;
		char path[256];
		unsigned line;
	} list[HOSTAPD_STOCK_FILES_MAX];
	size_t count;
};

/* What the lines of a network have said; zero at its beginning. */
struct hostapd_stock {
	bool auth_server, acct_server, osu_provider, fst_group, das_client, mbo, hotspot;
	int32_t eap_server, wep_length, psk_by_radius, unsolicited, das_port, airtime_mode, proxy_arp;
	bool no_airtime_interval, no_fils_discovery;
};

/* Notes a line with a key that has no effect. Returns why hostapd refuses it, or NULL. */
const char *hostapd_stock_take(struct hostapd_stock *stock, const char *key, const char *value);

/* Returns why hostapd refuses a network, all lines of which were read: a whole sentence; or NULL. */
const char *hostapd_stock_conflict(const struct hostapd_stock *stock, const struct hostapd_target *target);

/* Does hostapd, as we do, miss another line in the network? For a file that we have not read to its end. */
bool hostapd_stock_lacks_lines(const struct hostapd_target *target);

/* Notes a file, or interfaces, that hostapd needs, if the key names one. */
void hostapd_stock_note_file(struct hostapd_stock_files *files, const char *key, const char *value, unsigned line);

#endif
