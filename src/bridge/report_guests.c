/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/report_guests.h"

#include "base/mac.h"
#include "bridge/policy/guest_list.h"
#include "bridge/report_binding.h"

#include <stdio.h>

enum { COUNTS = 4, KEY_SIZE = MAC_TEXT_SIZE + 12 };

/* ---- what the process knows ---- */

static const char *traffic_key(char key[KEY_SIZE], const uint8_t mac[6], uint32_t port)
{
	char text[MAC_TEXT_SIZE];

	snprintf(key, KEY_SIZE, "%s@%u", mac_format(text, mac), port);
	return key;
}

static void append_counts(json_t *list, const struct traffic_counts *counts)
{
	json_array_append_new(list, json_integer((json_int_t)counts->out_packets));
	json_array_append_new(list, json_integer((json_int_t)counts->out_bytes));
	json_array_append_new(list, json_integer((json_int_t)counts->in_packets));
	json_array_append_new(list, json_integer((json_int_t)counts->in_bytes));
}

json_t *bridge_traffic_json(const struct traffic *traffic, uint64_t now)
{
	static const struct traffic_counts none;
	size_t count;
	const struct traffic_guest *guests = traffic_guests(traffic, &count);
	json_t *json = json_object();
	char key[KEY_SIZE];

	for (size_t i = 0; i < count; i++) {
		json_t *list;

		if (!memcmp(&guests[i].lately, &none, sizeof(none)) && !memcmp(&guests[i].ended, &none, sizeof(none)))
			continue;
		list = json_array();
		append_counts(list, &guests[i].lately);
		append_counts(list, &guests[i].ended);
		json_object_set_new(json, traffic_key(key, guests[i].mac, guests[i].port), list);
	}
	return json_pack("{s:I, s:o}", "interval_ns", (json_int_t)traffic_interval(traffic, now), "guests", json);
}

static uint64_t count_at(const json_t *list, size_t index)
{
	json_int_t value = json_integer_value(json_array_get(list, index));

	return value > 0 ? (uint64_t)value : 0;
}

static struct traffic_counts counts_at(const json_t *list, size_t index)
{
	return (struct traffic_counts){count_at(list, index), count_at(list, index + 1), count_at(list, index + 2),
				       count_at(list, index + 3)};
}

/* ---- the report ---- */

static json_t *rate_json(uint64_t count, uint64_t interval_ns)
{
	return interval_ns ? json_integer((json_int_t)((double)count * 1e9 / (double)interval_ns + 0.5)) : json_null();
}

/* Adds the rates per second; null without an interval. */
static void add_rates(json_t *json, const struct traffic_counts *lately, uint64_t interval_ns)
{
	json_object_set_new_nocheck(json, "out_packets_per_s", rate_json(lately->out_packets, interval_ns));
	json_object_set_new_nocheck(json, "out_bytes_per_s", rate_json(lately->out_bytes, interval_ns));
	json_object_set_new_nocheck(json, "in_packets_per_s", rate_json(lately->in_packets, interval_ns));
	json_object_set_new_nocheck(json, "in_bytes_per_s", rate_json(lately->in_bytes, interval_ns));
}

static void add(struct traffic_counts *sum, const struct traffic_counts *more)
{
	sum->out_packets += more->out_packets;
	sum->out_bytes += more->out_bytes;
	sum->in_packets += more->in_packets;
	sum->in_bytes += more->in_bytes;
}

static json_t *addresses_json(const struct report_facts *facts, const struct guest_list *list,
			      const struct guest *guest)
{
	json_t *addresses = json_array();

	for (size_t i = 0; i < guest->count; i++) {
		json_t *address = json_object();

		bridge_report_add_address(address, facts, list->addresses[guest->first + i]);
		json_array_append_new(addresses, address);
	}
	return addresses;
}

/* The end of the lease of the first address that has one. */
static uint64_t lease_end(const struct guest_list *list, const struct guest *guest)
{
	for (size_t i = 0; i < guest->count; i++)
		if (list->addresses[guest->first + i]->binding.expires)
			return list->addresses[guest->first + i]->binding.expires;
	return 0;
}

struct sums {
	struct traffic_counts counts, lately;
	size_t addresses;
	uint64_t interval_ns;
};

static json_t *guest_json(const struct report_facts *facts, const struct guest_list *list, const struct guest *guest,
			  struct sums *sums)
{
	const json_t *process = facts->source->process;
	const json_t *traffic = json_object_get(json_object_get(process, "traffic"), "guests");
	struct traffic_counts counts = {guest->out_packets, guest->out_bytes, guest->in_packets, guest->in_bytes},
			      lately, ended;
	char mac[MAC_TEXT_SIZE], key[KEY_SIZE];
	json_t *json = json_object(), *name;

	name = json_object_get(json_object_get(process, "names"), mac_format(mac, guest->mac));
	traffic = json_object_get(traffic, traffic_key(key, guest->mac, guest->port));
	lately = counts_at(traffic, 0);
	ended = counts_at(traffic, COUNTS);
	add(&counts, &ended);
	add(&sums->counts, &counts);
	add(&sums->lately, &lately);
	sums->addresses += guest->count;
	json_object_set_new_nocheck(json, "name", json_is_string(name) ? json_incref(name) : json_null());
	json_object_set_new_nocheck(json, "hostname", json_is_string(name) ? json_incref(name) : json_null());
	json_object_set_new_nocheck(json, "machine", json_null()); /* bridge/machines.h */
	json_object_set_new_nocheck(json, "mac", json_string(mac));
	json_object_set_new_nocheck(json, "port", report_port_json(facts, guest->port));
	json_object_set_new_nocheck(json, "age_s", report_since_json(facts, guest->created));
	json_object_set_new_nocheck(json, "seen_s", report_since_json(facts, guest->last_seen));
	json_object_set_new_nocheck(json, "expires_s", report_until_json(facts, lease_end(list, guest)));
	bridge_report_add_counts(json, &counts);
	add_rates(json, &lately, sums->interval_ns);
	json_object_set_new_nocheck(json, "addresses", addresses_json(facts, list, guest));
	return json;
}

int bridge_report_add_guests(json_t *report, const struct report_facts *facts, const struct store_item *items,
			     size_t count)
{
	const json_t *traffic = json_object_get(facts->source->process, "traffic");
	json_int_t interval = json_integer_value(json_object_get(traffic, "interval_ns"));
	struct sums sums = {.interval_ns = interval > 0 ? (uint64_t)interval : 0};
	json_t *guests = json_array(), *totals = json_object();
	struct guest_list list;
	int ret = guest_list_make(&list, items, count, &facts->networks);

	for (size_t i = 0; ret == 0 && i < list.count; i++)
		json_array_append_new(guests, guest_json(facts, &list, &list.guests[i], &sums));
	json_object_set_new(totals, "guests", json_integer((json_int_t)json_array_size(guests)));
	json_object_set_new(totals, "addresses", json_integer((json_int_t)sums.addresses));
	bridge_report_add_counts(totals, &sums.counts);
	add_rates(totals, &sums.lately, sums.interval_ns);
	json_object_set_new(report, "guests", guests);
	json_object_set_new(report, "totals", totals);
	json_object_set_new(report, "interval_s",
			    sums.interval_ns ? json_real((double)sums.interval_ns / 1e9) : json_null());
	if (ret == 0)
		guest_list_free(&list);
	return ret;
}
