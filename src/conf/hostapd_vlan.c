/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VLANs of a network: vlan_file, and which of them its stations need. */
#include "conf/hostapd_conf.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 16 };

/* ---- vlan_file ---- */

static bool parse_line(struct nl80211_ap_vlan *vlan, char *line, struct error *error)
{
	char *rest = NULL, *id = strtok_r(line, " \t", &rest), *name = strtok_r(NULL, " \t", &rest),
	     *bridge = strtok_r(NULL, " \t", &rest);

	*vlan = (struct nl80211_ap_vlan){0};
	if (!name || *name == '#')
		return error_set(error, false, "expected ID INTERFACE [BRIDGE], or * INTERFACE, such as `5 wlan0.5`");
	if (strcmp(id, "*") != 0 && !text_parse_vlan_id(&vlan->id, id, error))
		return false;
	if (strlen(name) >= NAME_SIZE || (bridge && *bridge != '#' && strlen(bridge) >= NAME_SIZE))
		return error_set(error, false, "the name of an interface has at most %d characters", NAME_SIZE - 1);
	if (!vlan->id && !strchr(name, '#'))
		return error_set(error, false, "the interface of `*` needs a # for the VLAN id, such as wlan0.#");
	strcpy(vlan->name, name);
	if (bridge && *bridge != '#')
		strcpy(vlan->bridge, bridge);
	return true;
}

static const struct nl80211_ap_vlan *find(const struct hostapd_vlans *vlans, uint16_t id)
{
	for (size_t i = 0; i < vlans->count; i++)
		if (vlans->list[i].id == id)
			return &vlans->list[i];
	return NULL;
}

static bool add_line(struct hostapd_vlans *vlans, char *line, struct error *error)
{
	struct nl80211_ap_vlan vlan;

	if (!parse_line(&vlan, line, error))
		return false;
	if (find(vlans, vlan.id))
		return error_set(error, false, "a VLAN has two lines");
	if (array_reserve(&vlans->list, &vlans->room, vlans->count + 1, sizeof(*vlans->list)))
		return error_set(error, false, "no memory");
	vlans->list[vlans->count++] = vlan;
	return true;
}

bool hostapd_vlans_parse(struct hostapd_vlans *vlans, const char *text, const char *file, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, file, error);
	enum text_line result = TEXT_LINE;

	if (!lines)
		return false;
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE) {
		const char *line = lines->line + strspn(lines->line, " \t");

		if (*line && *line != '#' && !add_line(vlans, lines->line, error)) {
			text_error_at(file, lines->number, error);
			result = TEXT_ERROR;
		}
	}
	text_lines_free(lines);
	return result == TEXT_END;
}

/* ---- the VLANs of a network ---- */

static bool add_used(struct hostapd_bss *bss, size_t *room, uint16_t id, bool permanent, struct error *error)
{
	for (size_t i = 0; i < bss->used_vlan_count; i++)
		if (bss->used_vlans[i].id == id)
			return true;
	if (array_reserve(&bss->used_vlans, room, bss->used_vlan_count + 1, sizeof(*bss->used_vlans)))
		return error_set(error, false, "no memory");
	bss->used_vlans[bss->used_vlan_count++] = (struct ap_vlan){id, permanent};
	return true;
}

/* With dynamic_vlan and no vlan_file a VLAN has the interface INTERFACE.ID. */
bool hostapd_bss_takes_any_vlan(const struct hostapd_bss *bss)
{
	return find(&bss->vlans, 0) || (!bss->vlans.count && bss->dynamic_vlan);
}

static bool need(struct hostapd_bss *bss, size_t *room, uint16_t id, struct error *error)
{
	if (!id || find(&bss->vlans, id))
		return true;
	if (!hostapd_bss_takes_any_vlan(bss))
		return error_set(error, false,
				 "%.16s: VLAN %u has no interface: add a line `%u %.10s.%u` or `* %.10s.#` to %s",
				 bss->interface, id, id, bss->interface, id, bss->interface,
				 bss->vlan_file[0] ? bss->vlan_file : "a file, and name that by vlan_file");
	return add_used(bss, room, id, false, error);
}

bool hostapd_vlans_collect(struct hostapd_bss *bss, struct error *error)
{
	bool ok = true;
	size_t room = 0;

	free(bss->used_vlans);
	bss->used_vlans = NULL;
	bss->used_vlan_count = 0;
	for (size_t i = 0; ok && i < bss->vlans.count; i++)
		ok = !bss->vlans.list[i].id || add_used(bss, &room, bss->vlans.list[i].id, true, error);
	for (size_t i = 0; ok && i < bss->accept.count; i++)
		ok = need(bss, &room, bss->accept.vlans[i], error);
	for (size_t i = 0; ok && i < bss->psks.count; i++)
		ok = need(bss, &room, bss->psks.list[i].vlan, error);
	for (size_t i = 0; ok && i < bss->sae.count; i++)
		ok = need(bss, &room, bss->sae.list[i].vlan, error);
	return ok;
}

bool hostapd_bss_uses_vlans(const struct hostapd_bss *bss)
{
	return bss->used_vlan_count || bss->vlans.count;
}
