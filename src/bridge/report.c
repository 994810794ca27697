/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/report.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/report_binding.h"
#include "bridge/report_guests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *bridge_report_engine(const struct kernel_part *part)
{
	for (int i = 0; i < PART_HOOKS; i++)
		if (part->hooks[i].present)
			return part->hooks[i].method == ATTACH_TCX ? "tcx" : "clsact";
	return "user";
}

static int compare(const void *a, const void *b)
{
	const struct store_item *left = a, *right = b;

	if (left->binding.kind != right->binding.kind)
		return left->binding.kind - right->binding.kind;
	if (left->key.family != right->key.family)
		return left->key.family - right->key.family;
	if (left->key.vlan != right->key.vlan)
		return left->key.vlan - right->key.vlan;
	return memcmp(left->key.addr, right->key.addr, sizeof(left->key.addr));
}

static int compare_ports(const void *a, const void *b)
{
	const struct store_port *left = a, *right = b;

	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

/* The number of guests' bindings of each port, which are in the order of their ifindex; NULL: no memory. */
static json_int_t *count_owned(const struct store_port *ports, size_t count, const struct store_item *items,
			       size_t n_items)
{
	json_int_t *owned = calloc(count + 1, sizeof(*owned));

	for (size_t i = 0; owned && count && i < n_items; i++) {
		const struct store_port wanted = {.ifindex = items[i].binding.port};
		const struct store_port *port = bsearch(&wanted, ports, count, sizeof(*ports), compare_ports);

		if (port && items[i].binding.kind == MN_GUEST)
			owned[port - ports]++;
	}
	return owned;
}

/* What was dropped of the frames that arrived at a port, by reason. */
static json_t *port_drops_json(const struct store_port *port)
{
	json_t *drops = json_object();

	for (int i = NOT_DROPPED + 1; i < DROP_WIFI && i < MN_PORT_DROPS; i++)
		if (port->n_dropped[i])
			json_object_set_new(drops, drop_name((enum drop)i),
					    json_integer((json_int_t)port->n_dropped[i]));
	return drops;
}

/* As the address of the binding of a transaction. */
static json_t *transaction_json(uint32_t xid)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", xid);
	return xid ? json_string(text) : json_null();
}

static json_t *ports_json(const struct report_facts *facts, const struct store_item *items, size_t n_items)
{
	struct store *store = facts->source->store;
	struct store_port *ports = NULL;
	size_t count = 0;
	json_t *list = json_array();
	json_int_t *owned;

	store->ops->ports(store, &ports, &count);
	if (count)
		qsort(ports, count, sizeof(*ports), compare_ports);
	owned = count_owned(ports, count, items, n_items);
	for (size_t i = 0; i < count && owned; i++)
		json_array_append_new(
			list,
			json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "port",
				  report_port_json(facts, ports[i].ifindex), "bindings", owned[i], "learned",
				  (json_int_t)ports[i].n_learned, "evicted", (json_int_t)ports[i].n_evicted, "refused",
				  (json_int_t)ports[i].n_refused, "limited", (json_int_t)ports[i].n_limited, "drops",
				  port_drops_json(&ports[i]), "host_xid", transaction_json(ports[i].host_xid)));
	free(owned);
	free(ports);
	return list;
}

static const char *const count_names[MN_COUNTS] = {
#define X(id, name, sentence) [MN_COUNT_##id] = name,
	MN_COUNT_LIST(X)
#undef X
};

static void counters_json(struct store *store, json_t **drops, json_t **counts)
{
	uint64_t drop_values[DROP_COUNT] = {0}, count_values[MN_COUNTS] = {0};

	store->ops->counters(store, drop_values, count_values);
	*drops = json_object();
	*counts = json_object();
	for (int i = NOT_DROPPED + 1; i < DROP_COUNT; i++)
		if (i < DROP_WIFI || drop_values[i])
			json_object_set_new(*drops, drop_name((enum drop)i), json_integer((json_int_t)drop_values[i]));
	for (int i = 0; i < MN_COUNTS; i++)
		json_object_set_new(*counts, count_names[i], json_integer((json_int_t)count_values[i]));
}

/* The limits of a port, as the configuration names them. */
static json_t *limits_json(const struct mn_config *config)
{
	uint64_t interval = config->learn_interval_ns;

	return json_pack("{s:i, s:i, s:I, s:I}", "ports", MN_PORTS_MAX - 1, "port_cap", (int)config->port_cap,
			 "learn_rate", (json_int_t)(interval ? MN_NS_PER_SEC / interval : 0), "learn_burst",
			 (json_int_t)(interval ? config->learn_credit_ns / interval : 0));
}

/* A member of what the process says, or null. */
static json_t *from_process(const struct bridge_report_source *source, const char *name)
{
	json_t *value = json_object_get(source->process, name);

	return value ? json_incref(value) : json_null();
}

static json_t *make_report(const struct report_facts *facts, const struct store_item *items, size_t n_items)
{
	const struct bridge_report_source *source = facts->source;
	const json_t *names = json_object_get(source->process, "names");
	const struct netdev_link *uplink = report_link(facts, source->uplink);
	json_t *bindings = json_array(), *drops, *counts, *report;
	char mac[MAC_TEXT_SIZE];

	for (size_t i = 0; i < n_items && !source->without_bindings; i++)
		json_array_append_new(bindings, bridge_report_binding_json(facts, &items[i], names));
	counters_json(source->store, &drops, &counts);
	mac_format(mac, facts->config.uplink_mac);
	report = json_pack("{s:o, s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "uplink",
			   uplink ? report_link_json(uplink) : json_string(source->uplink_name), "bridge",
			   report_link_json(report_link(facts, source->bridge)), "mac", mac, "engine", source->engine,
			   "running", source->running, "pid", source->pid ? json_integer(source->pid) : json_null(),
			   "link", report_link_state_json(facts), "limits", limits_json(&facts->config), "bindings",
			   bindings, "ports", ports_json(facts, items, n_items), "counts", counts, "drops", drops,
			   "shortcut", from_process(source, "shortcut"), "clones", from_process(source, "clones"),
			   "events", from_process(source, "events"));
	json_object_set_new(report, "departed", from_process(source, "departed"));
	json_object_set_new(report, "routers", from_process(source, "routers"));
	json_object_set_new(report, "loop_port",
			    facts->config.loop_port ? report_port_json(facts, facts->config.loop_port) : json_null());
	if (report && bridge_report_add_guests(report, facts, items, n_items) < 0) {
		json_decref(report);
		return NULL;
	}
	return report;
}

json_t *bridge_report_json(const struct bridge_report_source *source)
{
	struct store_item *items = NULL;
	struct report_facts facts;
	size_t n_items = 0;
	json_t *report = NULL;

	if (report_facts_read(&facts, source) == 0 && source->store->ops->list(source->store, &items, &n_items) == 0 &&
	    source->store->ops->config_get(source->store, &facts.config) == 0) {
		if (n_items)
			qsort(items, n_items, sizeof(*items), compare);
		facts.now = bridge_now();
		report = make_report(&facts, items, n_items);
	}
	free(items);
	report_facts_free(&facts);
	return report;
}
