/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/report_binding.h"

#include "base/mac.h"
#include "base/text.h"
#include "wire/be.h"
#include "wire/dhcp4.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { ASKED_S = 300 }; /* an older question says nothing about the guest of today */

static const char *const families[] = {
	[MN_MAC] = "mac",
	[MN_IP4] = "ip4",
	[MN_IP6] = "ip6",
	[MN_DHCP_XID] = "dhcp_xid",
	[MN_PROBE4] = "arp_probe",
	[MN_PROBE6] = "dad",
	[MN_ETHERTYPE] = "ethertype",
	[MN_PPPOE] = "pppoe",
	[MN_PPPOE_UNIQ] = "pppoe_uniq",
	[MN_NET4] = "net4",
	[MN_NET6] = "net6",
};

static const char *const kinds[] = {
	[MN_GUEST] = "guest",         [MN_HOST] = "host",       [MN_GATEWAY] = "gateway",
	[MN_BROADCAST] = "broadcast", [MN_STATION] = "station",
};

static const struct {
	uint8_t bit;
	const char *name;
} flag_names[] = {
	{MN_F_PIN, "pin"},     {MN_F_DHCP, "dhcp"},       {MN_F_CONTEST, "contest"},     {MN_F_PROBING, "probing"},
	{MN_F_CONFIG, "conf"}, {MN_F_STATION, "station"}, {MN_F_TENTATIVE, "tentative"}, {MN_F_WIRE, "wire"},
};

#define NAME_IN(table, i) ((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "unknown")

const char *bridge_report_address(char text[BRIDGE_ADDRESS_TEXT], const struct mn_key *key)
{
	const uint8_t *addr = key->addr;
	char mac[MAC_TEXT_SIZE];
	size_t len;

	switch ((enum mn_family)key->family) {
	case MN_IP4:
	case MN_PROBE4:
		inet_ntop(AF_INET, addr, text, BRIDGE_ADDRESS_TEXT);
		return text;
	case MN_IP6:
	case MN_PROBE6:
		inet_ntop(AF_INET6, addr, text, BRIDGE_ADDRESS_TEXT);
		return text;
	case MN_NET4:
	case MN_NET6:
		inet_ntop(key->family == MN_NET4 ? AF_INET : AF_INET6, addr, text, BRIDGE_ADDRESS_TEXT);
		len = strlen(text);
		snprintf(text + len, BRIDGE_ADDRESS_TEXT - len, "/%u", key->length);
		return text;
	case MN_MAC:
		return mac_format(text, addr);
	case MN_ETHERTYPE:
	case MN_PPPOE:
		len = (size_t)snprintf(text, BRIDGE_ADDRESS_TEXT, "%s:0x%02x%02x",
				       key->family == MN_ETHERTYPE ? "ethertype" : "session", addr[0], addr[1]);
		if (!mac_is_zero(addr + 2))
			snprintf(text + len, BRIDGE_ADDRESS_TEXT - len, "@%s", mac_format(mac, addr + 2));
		return text;
	case MN_DHCP_XID:
		snprintf(text, BRIDGE_ADDRESS_TEXT, "0x%02x%02x%02x%02x@%s", addr[0], addr[1], addr[2], addr[3],
			 mac_format(mac, addr + 4));
		return text;
	case MN_PPPOE_UNIQ:
		break;
	}
	return hex_format(text, addr, sizeof(key->addr));
}

/* Whether an address belongs to the present network of the uplink; null: unknown, or that makes no sense. */
static json_t *in_network_json(const struct report_facts *facts, const struct store_item *item)
{
	enum on_link_verdict verdict = on_link_check(&facts->networks, &item->key, &item->binding);

	return verdict == ON_LINK_UNKNOWN ? json_null() : json_boolean(verdict == ON_LINK_YES);
}

/* The address that the owner has last asked for by ARP, lately, if no answer has come; otherwise null. */
static json_t *asked_json(const struct report_facts *facts, const struct store_item *item)
{
	uint32_t ago_s = (uint32_t)(facts->now / MN_NS_PER_SEC) - item->binding.asked_s;
	uint8_t asked[4];
	char text[INET_ADDRSTRLEN];

	if (item->key.family != MN_IP4 || item->binding.kind != MN_GUEST || !item->binding.aux || ago_s > ASKED_S)
		return json_null();
	put_be32(asked, item->binding.aux);
	inet_ntop(AF_INET, asked, text, sizeof(text));
	return json_string(text);
}

/* Since then; null: it has not asked lately. */
static json_t *asked_ago_json(const struct report_facts *facts, const struct store_item *item)
{
	json_t *asked = asked_json(facts, item);
	bool known = json_is_string(asked);

	json_decref(asked);
	return known ? json_integer((uint32_t)(facts->now / MN_NS_PER_SEC) - item->binding.asked_s) : json_null();
}

/* Since the last packet that the uplink delivered to the address; null: none came, or that is not noted. */
static json_t *delivered_json(const struct report_facts *facts, const struct store_item *item)
{
	bool noted = item->key.family == MN_IP4 || item->key.family == MN_IP6;

	return noted && item->binding.in_peer_seen ? report_since_json(facts, item->binding.in_peer_seen) : json_null();
}

static json_t *flags_json(uint8_t flags)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (flags & flag_names[i].bit)
			json_array_append_new(list, json_string(flag_names[i].name));
	return list;
}

void bridge_report_add_counts(json_t *json, const struct traffic_counts *counts)
{
	json_object_set_new_nocheck(json, "out_packets", json_integer((json_int_t)counts->out_packets));
	json_object_set_new_nocheck(json, "out_bytes", json_integer((json_int_t)counts->out_bytes));
	json_object_set_new_nocheck(json, "in_packets", json_integer((json_int_t)counts->in_packets));
	json_object_set_new_nocheck(json, "in_bytes", json_integer((json_int_t)counts->in_bytes));
}

void bridge_report_add_address(json_t *json, const struct report_facts *facts, const struct store_item *item)
{
	const struct mn_binding *binding = &item->binding;
	char address[BRIDGE_ADDRESS_TEXT];

	json_object_set_new_nocheck(json, "address", json_string(bridge_report_address(address, &item->key)));
	json_object_set_new_nocheck(json, "family", json_string(NAME_IN(families, item->key.family)));
	json_object_set_new_nocheck(json, "vlan", json_integer(item->key.vlan));
	json_object_set_new_nocheck(json, "flags", flags_json(binding->flags));
	json_object_set_new_nocheck(json, "in_network", in_network_json(facts, item));
	json_object_set_new_nocheck(json, "age_s", report_since_json(facts, binding->created));
	json_object_set_new_nocheck(json, "seen_s", report_since_json(facts, binding->last_seen));
	json_object_set_new_nocheck(json, "in_s", delivered_json(facts, item));
	json_object_set_new_nocheck(json, "asked", asked_json(facts, item));
	json_object_set_new_nocheck(json, "asked_s", asked_ago_json(facts, item));
	json_object_set_new_nocheck(json, "expires_s", report_until_json(facts, binding->expires));
	bridge_report_add_counts(json, &(struct traffic_counts){binding->out_packets, binding->out_bytes,
								binding->in_packets, binding->in_bytes});
}

/* What the server has answered to a DHCP transaction, as far as that came by the uplink. */
static json_t *exchange_json(const struct report_facts *facts, const struct mn_binding *binding)
{
	static const char *const types[] = {
		[DHCP4_OFFER] = "offer",
		[DHCP4_ACK] = "ack",
		[DHCP4_NAK] = "nak",
	};
	uint8_t server[4];
	char text[INET_ADDRSTRLEN];
	bool answered = binding->in_peer_seen;

	put_be32(server, binding->peer_generation);
	inet_ntop(AF_INET, server, text, sizeof(text));
	return json_pack("{s:o, s:o, s:o}", "answer",
			 answered ? json_string(NAME_IN(types, binding->aux >> MN_XID_TYPE_SHIFT)) : json_null(),
			 "answered_s", answered ? report_since_json(facts, binding->in_peer_seen) : json_null(),
			 "server", answered ? json_string(text) : json_null());
}

json_t *bridge_report_binding_json(const struct report_facts *facts, const struct store_item *item, const json_t *names)
{
	const struct mn_binding *binding = &item->binding;
	bool has_port = binding->kind == MN_GUEST || binding->kind == MN_STATION;
	json_t *json = json_object(), *name;
	char mac[MAC_TEXT_SIZE];

	mac_format(mac, binding->mac);
	name = binding->kind == MN_GUEST ? json_object_get(names, mac) : NULL;
	bridge_report_add_address(json, facts, item);
	json_object_set_new_nocheck(json, "mac", mac_is_zero(binding->mac) ? json_null() : json_string(mac));
	json_object_set_new_nocheck(json, "port", has_port ? report_port_json(facts, binding->port) : json_null());
	json_object_set_new_nocheck(json, "kind", json_string(NAME_IN(kinds, binding->kind)));
	json_object_set_new_nocheck(json, "name", json_is_string(name) ? json_incref(name) : json_null());
	if (item->key.family == MN_DHCP_XID)
		json_object_set_new_nocheck(json, "dhcp", exchange_json(facts, binding));
	return json;
}
