/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "base/mac.h"

#include <jansson.h>

/* What a rule with `*` says is not for monitors, unless another one names them. */
static void set_link(struct air *a, const struct air_client *from, const struct air_client *to)
{
	struct medium_link l;
	bool own = (from->named || to->named) && !(to->monitor && !air_rules_name(&a->rules, to->name)) &&
		   air_rules_link(&a->rules, from->name, to->name, &l);

	/* Without memory it stays as it was. */
	medium_link(a->medium, from->id, to->id, own ? &l : NULL);
}

void air_rules_for(struct air *a, struct air_client *c)
{
	c->named = air_rules_speak_of(&a->rules, c->name);
	for (struct air_client *other = a->clients; other; other = other->next)
		if (other != c && other->id) {
			set_link(a, c, other);
			set_link(a, other, c);
		}
}

void air_rules_for_all(struct air *a)
{
	struct medium_link all;

	a->rules_changed = false;
	air_rules_link(&a->rules, NULL, NULL, &all);
	medium_link_all(a->medium, &all);
	for (struct air_client *c = a->clients; c; c = c->next)
		c->named = c->id && air_rules_speak_of(&a->rules, c->name);
	for (struct air_client *c = a->clients; c; c = c->next)
		for (struct air_client *other = a->clients; other && c->id; other = other->next)
			if (other != c && other->id)
				set_link(a, c, other);
}

static json_t *show_radio(const struct air *a, const struct air_client *c)
{
	struct medium_counts n = {0};
	json_t *addresses = json_array();
	char text[MAC_TEXT];

	for (size_t i = 0; i < c->addrs; i++)
		json_array_append_new(addresses, json_string(mac_format(text, c->addr[i])));
	medium_counts(a->medium, c->id, &n);
	return json_pack("{s:s s:i s:i s:b s:o s:i s:I s:I s:I s:I s:I s:I s:I s:{s:I s:I s:I}}", "name", c->name,
			 "radio", (int)c->id, "freq_mhz", (int)c->freq, "monitor", (int)c->monitor, "addresses",
			 addresses, "waiting", (int)medium_waiting(a->medium, c->id), "sent", (json_int_t)n.sent,
			 "transmissions", (json_int_t)n.transmissions, "acked", (json_int_t)n.acked, "failed",
			 (json_int_t)n.failed, "received", (json_int_t)n.received, "received_bytes",
			 (json_int_t)n.bytes, "airtime_ms", (json_int_t)(n.airtime_ns / 1000000), "drops", "queue",
			 (json_int_t)c->dropped, "queue_medium", (json_int_t)n.refused, "late", (json_int_t)n.overdue);
}

char *air_show(const struct air *a)
{
	json_t *radios = json_array(), *rules = json_array(), *all;
	char text[512], *shown;

	for (const struct air_client *c = a->clients; c; c = c->next)
		if (c->id)
			json_array_insert_new(radios, 0, show_radio(a, c));
	for (size_t i = 0; i < a->rules.count; i++) {
		air_rule_text(&a->rules.rule[i], text, sizeof text);
		json_array_append_new(rules, json_string(text));
	}
	all = json_pack("{s:s s:i s:i s:I s:o s:o}", "socket", a->conf->socket, "airtime_percent",
			(int)a->conf->airtime, "connections", (int)a->count, "turned_away", (json_int_t)a->turned_away,
			"radios", radios, "rules", rules);
	shown = all ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	return shown;
}
