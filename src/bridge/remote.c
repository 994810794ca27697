/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/remote.h"

#include "daemon/privilege.h"
#include "bridge/request.h"
#include "bridge/report.h"
#include "daemon/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 10 }; /* seconds */

static enum bridge_result not_served(const char *uplink, bool exists, struct why *why)
{
	if (!exists)
		return why_set(why, BRIDGE_STATE,
			       "there is no interface `%s` here; `vifi bridge show` lists what is served", uplink);
	return why_set(why, BRIDGE_STATE, "nothing serves %s; `vifi bridge up %s br0` does", uplink, uplink);
}

enum bridge_result reach_open(struct reach *r, const char *uplink, struct why *why)
{
	struct netdev_link link, port;
	char names[128];

	memset(r, 0, sizeof(*r));
	kernel_part_init(&r->part);
	snprintf(r->uplink, sizeof(r->uplink), "%s", uplink);
	int e = netdev_open(&r->nd);
	if (e < 0)
		return why_set(why, BRIDGE_FAILED, "rtnetlink cannot be opened: %s", strerror(-e));
	r->pid = control_holder(uplink);
	if (netdev_link_by_name(r->nd, uplink, &link) < 0)
		return not_served(uplink, false, why);
	r->ifindex = link.ifindex;
	/* A process that runs answers for itself. */
	if (privilege_missing(!r->pid, names, sizeof(names)))
		return why_set(why, BRIDGE_PRIVILEGE, "this needs %s; run it as root", names);
	e = kernel_part_find(&r->part, link.ifindex);
	/* Where the kernel does not even let us ask, nothing of ours can be: the process translates by itself. */
	if (e == -ENOENT || e == -EPERM || e == -ENOSYS)
		return r->pid ? BRIDGE_OK : not_served(uplink, true, why);
	if (e < 0)
		return why_set(why, BRIDGE_FAILED, "the programs on %s cannot be looked at: %s", uplink, strerror(-e));
	if (!kernel_part_fits(&r->part))
		return why_set(why, BRIDGE_FAILED,
			       "%s is served by another version of vifi; `vifi bridge up` takes it over, `vifi bridge "
			       "down %s` ends it",
			       uplink, uplink);
	if (netdev_link_by_index(r->nd, (int)r->part.config.port, &port) == 0)
		r->bridge = port.master;
	r->store = store_maps_open(&r->part);
	return r->store ? BRIDGE_OK : why_set(why, BRIDGE_FAILED, "there is no memory");
}

void reach_close(struct reach *r)
{
	store_close(r->store);
	kernel_part_close(&r->part);
	netdev_close(r->nd);
}

int reach_all(char (**names)[16], size_t *count)
{
	struct netdev_link *links;
	struct netdev *nd;
	struct journal j;
	size_t n;

	*names = NULL;
	*count = 0;
	int r = netdev_open(&nd);
	if (r < 0)
		return r;
	r = netdev_links(nd, &links, &n);
	netdev_close(nd);
	if (r < 0)
		return r;
	*names = calloc(n + 1, sizeof(**names));
	for (size_t i = 0; i < n && *names; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(&j, links[i].alias))
			memcpy((*names)[(*count)++], j.uplink, sizeof(j.uplink));
	free(links);
	return *names ? 0 : -ENOMEM;
}

/* Asks the process, and turns its refusal into `why`. */
static json_t *ask(struct reach *r, json_t *request, struct why *why)
{
	json_t *answer = control_ask(r->uplink, request, PATIENCE, false, why);
	const char *error = json_string_value(json_object_get(answer, "error"));

	json_decref(request);
	if (error) {
		why_set(why, 0, "%s", error);
		json_decref(answer);
		return NULL;
	}
	return answer;
}

json_t *reach_show(struct reach *r, struct why *why)
{
	if (!r->store)
		return ask(r, json_pack("{s:s}", "ask", "show"), why);
	json_t *view = view_json(r->nd, r->store, r->ifindex, r->bridge, view_engine(&r->part), r->pid);
	if (!view)
		why_set(why, 0, "the tables of %s cannot be read", r->uplink);
	if (view && r->pid) {
		struct why none;

		json_object_set_new(view, "shortcut", ask(r, json_pack("{s:s}", "ask", "shortcut"), &none));
	}
	return view;
}

static int count_of(json_t *answer)
{
	if (!answer)
		return -EIO;
	int n = (int)json_integer_value(json_object_get(answer, "count"));
	json_decref(answer);
	return n;
}

int reach_pin(struct reach *r, const uint8_t mac[6], const struct mn_key *keys, char *const *texts, size_t count,
	      struct why *why)
{
	uint32_t port = UINT32_MAX;

	if (!r->store) {
		char text[18];
		json_t *list = json_array();
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			 mac[5]);
		for (size_t i = 0; i < count; i++)
			json_array_append_new(list, json_string(texts[i]));
		return count_of(ask(r, json_pack("{s:s, s:s, s:o}", "ask", "pin", "mac", text, "keys", list), why));
	}
	int found = netdev_fdb_port(r->nd, r->bridge, mac);
	if (found > 0 && found != (int)r->part.config.port)
		port = (uint32_t)found;
	for (size_t i = 0; i < count; i++) {
		int e = request_pin(r->store, mac, &keys[i], port, why);
		if (e < 0)
			return e;
	}
	return (int)count;
}

int reach_forget(struct reach *r, const struct mn_key *key, const char *text, struct why *why)
{
	if (r->store)
		return request_forget(r->store, key, why);
	return count_of(ask(r,
			    text ? json_pack("{s:s, s:s}", "ask", "forget", "key", text)
				 : json_pack("{s:s, s:b}", "ask", "forget", "all", 1),
			    why));
}
