/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACCEPT_ACL and DENY_ACL: the address lists of a network that runs. */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"
#include "ctrl/command.h"

#include <stdlib.h>
#include <string.h>

static struct hostapd_addrs *list_of(const struct ap_face *face, bool accept)
{
	struct hostapd_bss *bss = &face->radio->config->conf.bss[face->bss];

	return accept ? &bss->accept : &bss->deny;
}

static size_t find_addr(const struct hostapd_addrs *addrs, const uint8_t addr[6])
{
	size_t i = 0;

	while (i < addrs->count && memcmp(addrs->list[i], addr, 6) != 0)
		i++;
	return i;
}

static void remove_addr(struct hostapd_addrs *addrs, size_t at)
{
	if (at == addrs->count) /* an address that is not listed */
		return;
	memcpy(addrs->list[at], addrs->list[--addrs->count], 6);
	addrs->vlans[at] = addrs->vlans[addrs->count];
}

/* CLEAR; DEL_MAC ADDRESS; ADD_MAC ADDRESS [VLAN_ID=NUMBER] */
static bool change_list(struct hostapd_addrs *addrs, const char *verb, char *args)
{
	char *options = ctrl_split(args);
	uint32_t vlan = 0;
	uint8_t addr[6];
	size_t at;

	if (!strcmp(verb, "CLEAR")) {
		addrs->count = 0;
		return true;
	}
	if (!mac_parse(addr, args))
		return false;
	at = find_addr(addrs, addr);
	if (!strcmp(verb, "DEL_MAC")) {
		remove_addr(addrs, at);
		return true;
	}
	if (strcmp(verb, "ADD_MAC") != 0 ||
	    (strstr(options, "VLAN_ID=") && !ctrl_option_number(options, "VLAN_ID", 4094, &vlan)))
		return false;
	if (at == addrs->count && !hostapd_addrs_add(addrs, addr))
		return false;
	addrs->vlans[at] = (uint16_t)vlan;
	return true;
}

static void free_list(struct hostapd_addrs *addrs)
{
	free(addrs->list);
	free(addrs->vlans);
}

static bool copy_list(struct hostapd_addrs *copy, const struct hostapd_addrs *addrs)
{
	*copy = (struct hostapd_addrs){0};
	for (size_t i = 0; i < addrs->count; i++) {
		if (!hostapd_addrs_add(copy, addrs->list[i])) {
			free_list(copy);
			return false;
		}
		copy->vlans[i] = addrs->vlans[i];
	}
	return true;
}

/* Replaces a list. The access point borrows the old one until it has taken the new one, or goes on with it. */
static bool replace_list(const struct ap_face *face, struct hostapd_addrs *addrs, struct hostapd_addrs *changed)
{
	struct hostapd_addrs old = *addrs;
	bool taken;

	*addrs = *changed;
	taken = wifi_ap_renew_lists(face->radio->wifi, &face->radio->config->conf.bss[face->bss], ap_face_number(face));
	if (!taken)
		*addrs = old;
	free_list(taken ? &old : changed);
	return taken;
}

/* The list that runs changes; a reload brings back that of the file. */
bool ap_face_handle_list(struct ap_face *face, bool accept, char *args, struct ctrl_reply *reply)
{
	char *rest = ctrl_split(args), mac[MAC_TEXT_SIZE];
	struct hostapd_addrs *addrs, changed;
	struct error error;

	if (face->radio->state == AP_RADIO_OFF || face->bss >= face->radio->config->conf.bss_count)
		return false;
	addrs = list_of(face, accept);
	if (!strcmp(args, "SHOW")) {
		for (size_t i = 0; i < addrs->count; i++)
			ctrl_put(reply, "%s VLAN_ID=%u\n", mac_format(mac, addrs->list[i]), addrs->vlans[i]);
		return true;
	}
	if (!copy_list(&changed, addrs))
		return false;
	if (!change_list(&changed, args, rest)) {
		free_list(&changed);
		return false;
	}
	if (replace_list(face, addrs, &changed)) {
		ctrl_ok(reply, true);
		return true;
	}
	error_set(&error, 0, "the network is not on the air");
	ap_face_log_refusal(face, accept ? "ACCEPT_ACL" : "DENY_ACL", &error);
	return false;
}
