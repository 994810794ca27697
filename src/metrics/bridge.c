/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All samples of a family must be together, so the families are the outer loop, and the bridges the inner one. A family is a
 * row: where its values are in a report, and how they become samples.
 */
#include "metrics/metrics.h"

#include "daemon/json_text.h"

#include <string.h>

static void label(struct exposition *text, const json_t *json, const char *key)
{
	exposition_label(text, key, json_text(json, key));
}

/* ---- kinds of families ---- */

enum kind {
	INFO,     /* 1, with what the bridge is as labels */
	BOOLEAN,  /* a member of the report, or of its `link` */
	TOTAL,    /* a member of `totals` */
	LIMIT,    /* a member of `limits` */
	GUEST,    /* a member of each guest, or of its totals */
	SEEN,     /* when a guest was last heard */
	LEASE,    /* when the lease of a guest ends */
	ADDRESS,  /* the number of addresses of each guest */
	PORT,     /* a member of each port */
	DROPS,    /* what was dropped at each port, by reason */
	BY_NAME,  /* an object of counters: one sample for each member */
	PROBLEM,  /* 1 for each problem */
	SHORTCUT, /* is it open? */
};

struct family {
	const char *name, *type;
	enum kind kind;
	const char *member, *label; /* of the report; BY_NAME: the label that gets the member's name */
	const char *help;
};

static const struct family families[] = {
	{"vifi_bridge_info", "gauge", INFO, "", "", "A bridge whose guests share the MAC address of an uplink."},
	{"vifi_bridge_running", "gauge", BOOLEAN, "running", "",
	 "Whether a process serves the uplink; otherwise only the kernel part translates."},
	{"vifi_bridge_uplink_up", "gauge", BOOLEAN, "up", "", "Whether the uplink is up."},
	{"vifi_bridge_uplink_carrier", "gauge", BOOLEAN, "carrier", "", "Whether the uplink is connected."},
	{"vifi_bridge_shortcut_open", "gauge", SHORTCUT, "", "", "Whether data frames go past the bridge."},
	{"vifi_bridge_guests", "gauge", TOTAL, "guests", "", "Guests with an address."},
	{"vifi_bridge_addresses", "gauge", TOTAL, "addresses", "", "Addresses of guests."},
	{"vifi_bridge_port_bindings_limit", "gauge", LIMIT, "port_cap", "", "Bindings that one port may have."},
	{"vifi_bridge_ports_limit", "gauge", LIMIT, "ports", "", "Ports that may have guests."},
	{"vifi_bridge_guest_transmit_packets_total", "counter", GUEST, "out_packets", "",
	 "Packets from a guest to the network."},
	{"vifi_bridge_guest_transmit_bytes_total", "counter", GUEST, "out_bytes", "",
	 "Bytes from a guest to the network."},
	{"vifi_bridge_guest_receive_packets_total", "counter", GUEST, "in_packets", "",
	 "Packets from the network to a guest."},
	{"vifi_bridge_guest_receive_bytes_total", "counter", GUEST, "in_bytes", "",
	 "Bytes from the network to a guest."},
	{"vifi_bridge_guest_addresses", "gauge", ADDRESS, "", "", "Addresses of a guest."},
	{"vifi_bridge_guest_last_seen_timestamp_seconds", "gauge", SEEN, "", "", "When a guest last sent a frame."},
	{"vifi_bridge_guest_lease_end_timestamp_seconds", "gauge", LEASE, "", "",
	 "When the first lease of a guest ends."},
	{"vifi_bridge_port_bindings", "gauge", PORT, "bindings", "", "Bindings of a port."},
	{"vifi_bridge_port_learned_bindings_total", "counter", PORT, "learned", "", "Bindings that were learned."},
	{"vifi_bridge_port_evicted_bindings_total", "counter", PORT, "evicted", "",
	 "Bindings that made room for others at the limit of the port."},
	{"vifi_bridge_port_refused_frames_total", "counter", PORT, "refused", "",
	 "Frames that were dropped because of a refused claim."},
	{"vifi_bridge_port_limited_frames_total", "counter", PORT, "limited", "",
	 "Frames that were dropped because the port learned too fast."},
	{"vifi_bridge_port_dropped_frames_total", "counter", DROPS, "drops", "reason",
	 "Frames that arrived at a port and were dropped."},
	{"vifi_bridge_frames_total", "counter", BY_NAME, "counts", "outcome", "Frames that were delivered."},
	{"vifi_bridge_dropped_frames_total", "counter", BY_NAME, "drops", "reason", "Frames that were dropped."},
	{"vifi_bridge_problem", "gauge", PROBLEM, "", "", "What needs attention, as vifi bridge show prints it."},
};

/* ---- samples ---- */

static void add_number(struct exposition *text, const json_t *report, const json_t *value)
{
	if (!json_is_number(value) && !json_is_boolean(value))
		return;
	label(text, report, "uplink");
	exposition_value(text, json_is_boolean(value) ? json_is_true(value) : json_number_value(value));
}

static void add_info(struct exposition *text, const json_t *report)
{
	label(text, report, "uplink");
	label(text, report, "bridge");
	label(text, report, "mac");
	label(text, report, "engine");
	exposition_value(text, 1);
}

/* A time of a guest, `seconds` before or after now. */
static void add_time(struct exposition *text, double now, const json_t *seconds, int sign)
{
	exposition_value(text, now + sign * json_number_value(seconds));
}

static void label_guest(struct exposition *text, const json_t *report, const json_t *guest)
{
	label(text, report, "uplink");
	label(text, guest, "mac");
	label(text, guest, "port");
	label(text, guest, "name");
}

static void add_guest(struct exposition *text, const struct family *family, const json_t *report, const json_t *guest,
		      double now)
{
	const json_t *addresses = json_object_get(guest, "addresses");
	const json_t *value = json_object_get(guest, family->kind == SEEN    ? "seen_s"
						     : family->kind == LEASE ? "expires_s"
									     : family->member);

	if (family->kind != ADDRESS && !json_is_number(value))
		return;
	label_guest(text, report, guest);
	switch (family->kind) {
	case SEEN:
		add_time(text, now, value, -1);
		return;
	case LEASE:
		add_time(text, now, value, 1);
		return;
	case ADDRESS:
		exposition_value(text, (double)json_array_size(addresses));
		return;
	default:
		exposition_value(text, json_number_value(value));
	}
}

static void add_ports(struct exposition *text, const struct family *family, const json_t *report)
{
	const json_t *port;
	size_t i;

	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		const json_t *value = json_object_get(port, family->member);

		if (!json_is_string(json_object_get(port, "port")) || !json_is_number(value))
			continue;
		label(text, report, "uplink");
		label(text, port, "port");
		exposition_value(text, json_number_value(value));
	}
}

static void add_port_drops(struct exposition *text, const struct family *family, const json_t *report)
{
	json_t *port, *value;
	const char *name;
	size_t i;

	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		if (!json_is_string(json_object_get(port, "port")))
			continue;
		json_object_foreach(json_object_get(port, family->member), name, value)
		{
			label(text, report, "uplink");
			label(text, port, "port");
			exposition_label(text, family->label, name);
			exposition_value(text, json_number_value(value));
		}
	}
}

static void add_by_name(struct exposition *text, const struct family *family, const json_t *report)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(report, family->member), name, value)
	{
		label(text, report, "uplink");
		exposition_label(text, family->label, name);
		exposition_value(text, json_number_value(value));
	}
}

/* A kind of problem may concern several guests, which are counted. */
static void add_problems(struct exposition *text, const json_t *report)
{
	const json_t *list = json_object_get(report, "problems"), *problem, *other;
	size_t i, k;

	json_array_foreach(list, i, problem)
	{
		const char *id = json_text(problem, "id");
		unsigned before = 0, count = 0;

		json_array_foreach(list, k, other)
		{
			bool same = !strcmp(id, json_text(other, "id"));

			count += same;
			before += same && k < i;
		}
		if (before)
			continue;
		label(text, report, "uplink");
		label(text, problem, "id");
		label(text, problem, "level");
		exposition_value(text, count);
	}
}

static void add_shortcut(struct exposition *text, const json_t *report)
{
	const json_t *shortcut = json_object_get(report, "shortcut");

	if (!json_is_object(shortcut))
		return;
	label(text, report, "uplink");
	exposition_value(text, !strcmp(json_text(shortcut, "state"), "open"));
}

static void add_samples(struct exposition *text, const struct family *family, const json_t *report, double now)
{
	const json_t *link = json_object_get(report, "link"), *value = json_object_get(report, family->member), *guest;
	size_t i;

	switch (family->kind) {
	case INFO:
		add_info(text, report);
		return;
	case BOOLEAN:
		add_number(text, report, value ? value : json_object_get(link, family->member));
		return;
	case TOTAL:
		add_number(text, report, json_object_get(json_object_get(report, "totals"), family->member));
		return;
	case LIMIT:
		add_number(text, report, json_object_get(json_object_get(report, "limits"), family->member));
		return;
	case GUEST:
	case SEEN:
	case LEASE:
	case ADDRESS:
		json_array_foreach(json_object_get(report, "guests"), i, guest)
			add_guest(text, family, report, guest, now);
		return;
	case PORT:
		add_ports(text, family, report);
		return;
	case DROPS:
		add_port_drops(text, family, report);
		return;
	case BY_NAME:
		add_by_name(text, family, report);
		return;
	case PROBLEM:
		add_problems(text, report);
		return;
	case SHORTCUT:
		add_shortcut(text, report);
		return;
	}
}

void metrics_add_bridges(struct exposition *text, const json_t *reports, int64_t now_s)
{
	const json_t *report;
	size_t i;

	for (size_t f = 0; json_array_size(reports) && f < sizeof(families) / sizeof(families[0]); f++) {
		exposition_family(text, families[f].name, families[f].type, families[f].help);
		json_array_foreach(reports, i, report) add_samples(text, &families[f], report, (double)now_s);
	}
}
