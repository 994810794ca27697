/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "base/mac.h"

#include <jansson.h>

/* Rules for `*` do not apply to monitors unless a rule names them. */
static void update_link(struct air_daemon *air, const struct air_client *from, const struct air_client *to)
{
	struct medium_link link;
	bool has_rule = (from->has_rule || to->has_rule) &&
			!(to->monitor && !air_rules_has_receiver(&air->rules, to->name)) &&
			air_rules_resolve(&air->rules, from->name, to->name, &link);

	/* Without memory the link stays unchanged. */
	medium_set_link(air->medium, from->id, to->id, has_rule ? &link : NULL);
}

void air_daemon_apply_rules(struct air_daemon *air, struct air_client *client)
{
	client->has_rule = air_rules_has_radio(&air->rules, client->name);
	for (struct air_client *other = air->clients; other; other = other->next)
		if (other != client && other->id) {
			update_link(air, client, other);
			update_link(air, other, client);
		}
}

void air_daemon_apply_all_rules(struct air_daemon *air)
{
	struct medium_link default_link;

	air->rules_changed = false;
	air_rules_resolve(&air->rules, NULL, NULL, &default_link);
	medium_set_default_link(air->medium, &default_link);
	for (struct air_client *client = air->clients; client; client = client->next)
		client->has_rule = client->id && air_rules_has_radio(&air->rules, client->name);
	for (struct air_client *client = air->clients; client; client = client->next)
		for (struct air_client *other = air->clients; other && client->id; other = other->next)
			if (other != client && other->id)
				update_link(air, client, other);
}

static json_t *radio_status(const struct air_daemon *air, const struct air_client *client)
{
	struct medium_counts counts = {0};
	json_t *addresses = json_array();
	char text[MAC_TEXT_SIZE];

	for (size_t i = 0; i < client->addr_count; i++)
		json_array_append_new(addresses, json_string(mac_format(text, client->addr[i])));
	medium_get_counts(air->medium, client->id, &counts);
	return json_pack("{s:s s:i s:i s:b s:o s:i s:I s:I s:I s:I s:I s:I s:I s:{s:I s:I s:I s:I s:I}}", "name",
			 client->name, "radio", (int)client->id, "freq_mhz", (int)client->freq_mhz, "monitor",
			 (int)client->monitor, "addresses", addresses, "waiting",
			 (int)medium_queue_len(air->medium, client->id), "sent", (json_int_t)counts.sent,
			 "transmissions", (json_int_t)counts.transmissions, "acked", (json_int_t)counts.acked, "failed",
			 (json_int_t)counts.failed, "received", (json_int_t)counts.received, "received_bytes",
			 (json_int_t)counts.received_bytes, "airtime_ms", (json_int_t)(counts.airtime_ns / 1000000),
			 "drops", "queue", (json_int_t)client->dropped, "queue_medium", (json_int_t)counts.queue_full,
			 "late", (json_int_t)counts.delayed_dropped, "refused", (json_int_t)counts.refused, "memory",
			 (json_int_t)counts.no_memory);
}

char *air_daemon_status(const struct air_daemon *air)
{
	json_t *radios = json_array(), *rules = json_array(), *status;
	char text[512], *dump;

	for (const struct air_client *client = air->clients; client; client = client->next)
		if (client->id)
			json_array_insert_new(radios, 0, radio_status(air, client));
	for (size_t i = 0; i < air->rules.count; i++) {
		air_rule_format(&air->rules.rule[i], text, sizeof(text));
		json_array_append_new(rules, json_string(text));
	}
	status = json_pack("{s:s s:i s:i s:I s:I s:o s:o}", "socket", air->conf->socket, "airtime_percent",
			   (int)air->conf->airtime, "connections", (int)air->client_count, "turned_away",
			   (json_int_t)air->rejected, "evicted", (json_int_t)air->evicted, "radios", radios, "rules",
			   rules);
	dump = status ? json_dumps(status, JSON_COMPACT) : NULL;
	json_decref(status);
	return dump;
}
