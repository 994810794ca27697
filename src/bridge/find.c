/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/find.h"

#include "bpf/loader.h"
#include "daemon/control.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUEST_TIMEOUT_S = 5 };

struct link_list {
	struct netdev_link *items;
	size_t count;
};

/* Whether a link has the programs that belong to this veth: 1 or 0; a negative errno: that cannot be found out. */
static int has_programs(const struct netdev_link *link, const struct netdev_link *veth)
{
	struct kernel_part part;
	int ret;

	kernel_part_init(&part);
	ret = kernel_part_find(&part, link->ifindex, 0);
	if (ret == 0)
		ret = part.config.veth_port == (uint32_t)veth->peer;
	else if (ret == -ENOENT)
		ret = 0;
	kernel_part_close(&part);
	return ret;
}

/* Whether this process holds the lock itself: while it starts, it does not answer. */
static bool is_own_lock(const struct journal *journal)
{
	pid_t pid;

	return control_owner(RUNTIME_FOLDER, journal->uplink, &pid) == 0 && pid == getpid();
}

/*
 * The uplink according to the process, which follows a renamed one. It takes a moment to notice the new name, and says the
 * index, too, which does not change.
 */
static const struct netdev_link *ask_process(const struct link_list *links, const struct journal *journal)
{
	json_t *request = json_pack("{s:s}", "ask", "uplink");
	struct error ignored;
	json_t *answer = control_request(RUNTIME_FOLDER, journal->uplink, request, REQUEST_TIMEOUT_S, false, &ignored);
	const char *name = json_string_value(json_object_get(answer, "uplink"));
	int ifindex = (int)json_integer_value(json_object_get(answer, "ifindex"));
	const struct netdev_link *link = netdev_link_in(links->items, links->count, ifindex);

	if (!link && name)
		link = netdev_link_named(links->items, links->count, name);
	json_decref(request);
	json_decref(answer);
	return link;
}

static const struct netdev_link *find_uplink(const struct link_list *links, const struct netdev_link *veth,
					     const struct journal *journal)
{
	const struct netdev_link *named = netdev_link_named(links->items, links->count, journal->uplink);
	const struct netdev_link *asked;
	bool user_engine = veth->flags & IFF_NOARP; /* it has no programs */

	if (!user_engine && named && has_programs(named, veth) != 0)
		return named;
	for (size_t i = 0; !user_engine && i < links->count; i++)
		if (&links->items[i] != named && has_programs(&links->items[i], veth) == 1)
			return &links->items[i];
	asked = (user_engine || !named) && !is_own_lock(journal) ? ask_process(links, journal) : NULL;
	return asked ? asked : named;
}

int bridge_places(struct netdev *nd, struct bridge_place **places, size_t *count)
{
	struct link_list links = {0};
	int ret = netdev_links(nd, &links.items, &links.count);

	*places = NULL;
	*count = 0;
	if (ret < 0)
		return ret;
	*places = calloc(links.count + 1, sizeof(**places));
	for (size_t i = 0; i < links.count && *places; i++) {
		struct bridge_place *place = &(*places)[*count];
		const struct netdev_link *uplink;

		if (strcmp(links.items[i].kind, "veth") || !journal_parse(&place->journal, links.items[i].alias))
			continue;
		place->veth = links.items[i];
		uplink = find_uplink(&links, &place->veth, &place->journal);
		if (uplink)
			place->uplink = *uplink;
		(*count)++;
	}
	free(links.items);
	return *places ? 0 : -ENOMEM;
}

const char *bridge_place_name(const struct bridge_place *place)
{
	return place->uplink.ifindex ? place->uplink.name : place->journal.uplink;
}

int bridge_place_in(const struct bridge_place *places, size_t count, const char *name, bool exists,
		    const struct bridge_place **place)
{
	int ret = -ENOENT;

	for (size_t i = 0; i < count; i++) {
		bool is_old_name = !strcmp(places[i].journal.uplink, name);

		if (!strcmp(bridge_place_name(&places[i]), name) || (!exists && is_old_name)) {
			*place = &places[i];
			return 0;
		}
		if (is_old_name)
			ret = -EBUSY;
	}
	return ret;
}

int bridge_find(struct netdev *nd, const char *name, struct bridge_place *place)
{
	const struct bridge_place *found;
	struct bridge_place *places;
	struct netdev_link link;
	size_t count;
	int ret = bridge_places(nd, &places, &count);

	if (ret < 0)
		return ret;
	ret = bridge_place_in(places, count, name, netdev_link_by_name(nd, name, &link) == 0, &found);
	if (ret == 0)
		*place = *found;
	free(places);
	return ret;
}

bool bridge_served_name(const char *name, char served[IFNAMSIZ])
{
	struct bridge_place place;
	struct netdev *nd;
	int ret;

	snprintf(served, IFNAMSIZ, "%s", name);
	if (netdev_open(&nd) < 0)
		return true;
	ret = bridge_find(nd, name, &place);
	if (ret == 0)
		memcpy(served, place.journal.uplink, sizeof(place.journal.uplink));
	netdev_close(nd);
	return ret != -EBUSY;
}
