/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_ft.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads pairs of hexadecimal digits, at most `room` bytes. Returns their number; 0: it is no such text. */
static size_t read_hex(uint8_t *out, size_t room, const char *text)
{
	size_t len = strlen(text);
	unsigned byte;

	if (!len || len % 2 || len / 2 > room || strspn(text, "0123456789abcdefABCDEF") != len)
		return 0;
	for (size_t i = 0; i < len / 2 && sscanf(text + 2 * i, "%2x", &byte) == 1; i++)
		out[i] = (uint8_t)byte;
	return len / 2;
}

bool hostapd_ft_read_mdid(uint8_t mdid[FT_MDID_LEN], const char *value, struct error *error)
{
	if (read_hex(mdid, FT_MDID_LEN, value) == FT_MDID_LEN)
		return true;
	return error_set(error, false, "mobility_domain must be 4 hexadecimal digits, not `%.60s`", value);
}

bool hostapd_ft_read_r1kh(uint8_t r1kh[FT_R1KH_LEN], const char *value, struct error *error)
{
	if (read_hex(r1kh, FT_R1KH_LEN, value) == FT_R1KH_LEN)
		return true;
	return error_set(error, false, "r1_key_holder must be 12 hexadecimal digits, not `%.60s`", value);
}

/* Divides the line, and reads its address and its key. */
static bool read_peer(struct ft_peer *peer, char *line, char **id, struct error *error)
{
	char *rest = NULL, *mac = strtok_r(line, " \t", &rest), *name = strtok_r(NULL, " \t", &rest),
	     *key = strtok_r(NULL, " \t", &rest);

	*peer = (struct ft_peer){0};
	*id = name;
	if (!key || !mac_parse(peer->addr, mac))
		return error_set(error, false,
				 "r0kh and r1kh must be ADDRESS ID KEY, the key as 64 hexadecimal digits");
	peer->key_len = (uint8_t)read_hex(peer->key, sizeof(peer->key), key);
	if (peer->key_len != 16 && peer->key_len != 32)
		return error_set(error, false, "the key of r0kh and r1kh must be 64 hexadecimal digits (or 32)");
	return true;
}

static bool add_peer(struct hostapd_ft_peers *peers, struct ft_peer *peer, struct error *error)
{
	int err = array_reserve(&peers->list, &peers->room, peers->count + 1, sizeof(*peers->list));

	if (!err)
		peers->list[peers->count++] = *peer;
	crypto_wipe(peer, sizeof(*peer));
	return err ? error_set(error, false, "no memory") : true;
}

bool hostapd_ft_add_r0kh(struct hostapd_ft_peers *peers, const char *value, struct error *error)
{
	char line[256], *id;
	struct ft_peer peer;
	bool ok;

	snprintf(line, sizeof(line), "%s", value);
	ok = read_peer(&peer, line, &id, error);
	if (ok && strlen(id) > FT_R0KH_MAX)
		ok = error_set(error, false, "the identifier of an R0KH has at most %d bytes", FT_R0KH_MAX);
	if (ok && strcmp(id, "*") != 0) {
		peer.id_len = (uint8_t)strlen(id);
		memcpy(peer.id, id, peer.id_len);
	}
	crypto_wipe(line, sizeof(line));
	return ok && add_peer(peers, &peer, error);
}

bool hostapd_ft_add_r1kh(struct hostapd_ft_peers *peers, const char *value, struct error *error)
{
	char line[256], *id;
	struct ft_peer peer;
	bool ok;

	snprintf(line, sizeof(line), "%s", value);
	ok = read_peer(&peer, line, &id, error);
	if (ok && !mac_parse(peer.id, id))
		ok = error_set(error, false, "the identifier of an R1KH must be an address (02:00:00:12:34:56)");
	if (ok && !mac_is_zero(peer.id)) /* zero: any */
		peer.id_len = FT_R1KH_LEN;
	crypto_wipe(line, sizeof(line));
	return ok && add_peer(peers, &peer, error);
}

struct ap_ft_setup hostapd_ft_setup(const struct hostapd_ft *ft)
{
	struct ap_ft_setup setup;

	memset(&setup, 0, sizeof(setup)); /* a reload compares its bytes */
	setup.over_ds = ft->over_ds;
	setup.generate_local = ft->generate_local;
	setup.r1_push = ft->r1_push;
	setup.deadline_tu = ft->deadline_tu;
	setup.r0_lifetime_s = ft->r0_lifetime_min ? 60 * ft->r0_lifetime_min : ft->r0_lifetime_s;
	setup.r0khs = (struct ft_peers){ft->r0khs.list, ft->r0khs.count};
	setup.r1khs = (struct ft_peers){ft->r1khs.list, ft->r1khs.count};
	memcpy(setup.mdid, ft->mdid, FT_MDID_LEN);
	memcpy(setup.r1kh, ft->r1kh, FT_R1KH_LEN);
	setup.r0kh_len = (uint8_t)strnlen(ft->nas_identifier, FT_R0KH_MAX);
	memcpy(setup.r0kh, ft->nas_identifier, setup.r0kh_len);
	return setup;
}

static void free_peers(struct hostapd_ft_peers *peers)
{
	if (peers->list)
		crypto_wipe(peers->list, peers->room * sizeof(*peers->list));
	free(peers->list);
	*peers = (struct hostapd_ft_peers){0};
}

void hostapd_ft_free(struct hostapd_ft *ft)
{
	free_peers(&ft->r0khs);
	free_peers(&ft->r1khs);
}
