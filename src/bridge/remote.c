/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/remote.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/report.h"
#include "bridge/request.h"
#include "daemon/control.h"
#include "daemon/privilege.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_TIMEOUT_S = 10 }; /* seconds */

/* Whether an interface is a served bridge, or connected to one; `place` tells which. */
static bool belongs_to_bridge(struct netdev *nd, const struct netdev_link *link, struct bridge_place *place)
{
	struct bridge_place *places;
	struct netdev_link bridge;
	size_t count;
	bool found = false;

	if (bridge_places(nd, &places, &count) < 0)
		return false;
	for (size_t i = 0; i < count && !found; i++)
		if (places[i].veth.ifindex == link->ifindex ||
		    (netdev_link_by_name(nd, places[i].journal.bridge, &bridge) == 0 &&
		     (link->ifindex == bridge.ifindex || link->master == bridge.ifindex))) {
			*place = places[i];
			found = true;
		}
	free(places);
	return found;
}

static enum bridge_result not_served(struct netdev *nd, const char *uplink, bool exists, struct error *error)
{
	struct bridge_place place;
	struct netdev_link link;

	if (!exists)
		return error_set(error, BRIDGE_STATE,
				 "there is no interface `%s`; `vifi bridge show` lists the served uplinks", uplink);
	if (netdev_link_by_name(nd, uplink, &link) == 0 && belongs_to_bridge(nd, &link, &place))
		return error_set(error, BRIDGE_STATE, "%s is not an uplink; the uplink of the bridge %s is %s", uplink,
				 place.journal.bridge, bridge_place_name(&place));
	return error_set(error, BRIDGE_STATE, "no vifi bridge serves %s; `vifi bridge up %s br0` starts one", uplink,
			 uplink);
}

static enum bridge_result init(struct bridge_remote *remote, struct error *error)
{
	int err;

	memset(remote, 0, sizeof(*remote));
	kernel_part_init(&remote->part);
	err = netdev_open(&remote->nd);
	return err < 0 ? error_set(error, BRIDGE_FAILED, "cannot open rtnetlink: %s", strerror(-err)) : BRIDGE_OK;
}

/* `uplink`: its name; `place`: where it is served, or NULL; `ifindex`: of its link, 0: it is gone. */
static enum bridge_result open_uplink(struct bridge_remote *remote, const char *uplink,
				      const struct bridge_place *place, int ifindex, struct error *error)
{
	struct netdev_link port;
	char names[128];
	int err;

	/* The name of the control socket and of the interface differ after the interface was renamed. */
	snprintf(remote->uplink, sizeof(remote->uplink), "%s", place ? place->journal.uplink : uplink);
	remote->served = control_owner(RUNTIME_FOLDER, remote->uplink, &remote->pid) == 0;
	remote->ifindex = ifindex;
	if (!ifindex) {
		remote->gone = place && remote->served;
		if (place && !remote->served)
			return error_set(error, BRIDGE_STATE,
					 "%s is gone, and no process serves it; `vifi bridge down %s` reverts what is "
					 "left on %s",
					 uplink, uplink, place->journal.bridge);
		return remote->gone ? BRIDGE_OK : not_served(remote->nd, uplink, false, error);
	}
	/* A running process answers for its tables: its control socket decides who may ask. */
	if (!remote->served && privilege_missing(true, names, sizeof(names))) {
		if (!place)
			return not_served(remote->nd, uplink, true, error);
		return error_set(error, BRIDGE_PRIVILEGE, "missing %s; run it as root", names);
	}
	err = kernel_part_find(&remote->part, ifindex, 0);
	/* Without the permission or the support for eBPF there is no kernel part: the process translates. */
	if (err == -ENOENT || err == -EPERM || err == -ENOSYS)
		return remote->served ? BRIDGE_OK : not_served(remote->nd, uplink, true, error);
	if (err < 0)
		return error_set(error, BRIDGE_FAILED, "cannot read the eBPF programs on %s: %s", uplink,
				 strerror(-err));
	if (!kernel_part_is_compatible(&remote->part))
		return error_set(error, BRIDGE_FAILED,
				 "another version of vifi serves %s; `vifi bridge up` takes it over, `vifi bridge down "
				 "%s` ends it",
				 uplink, uplink);
	if (netdev_link_by_index(remote->nd, (int)remote->part.config.veth_port, &port) == 0)
		remote->bridge = port.master;
	remote->store = store_maps_open(&remote->part);
	if (!remote->store)
		return error_set(error, BRIDGE_FAILED, "cannot open the tables: %s", bridge_tables_reason(errno));
	return BRIDGE_OK;
}

enum bridge_result bridge_remote_open(struct bridge_remote *remote, const char *uplink, struct error *error)
{
	struct netdev_link link = {0};
	struct bridge_place place = {0};
	enum bridge_result result = init(remote, error);
	int err;

	if (result != BRIDGE_OK)
		return result;
	err = bridge_find(remote->nd, uplink, &place);
	if (err == -EBUSY)
		return not_served(remote->nd, uplink, true, error);
	if (err == 0)
		return open_uplink(remote, uplink, &place, place.uplink.ifindex, error);
	if (netdev_link_by_name(remote->nd, uplink, &link) < 0)
		link.ifindex = 0;
	return open_uplink(remote, uplink, NULL, link.ifindex, error);
}

enum bridge_result bridge_remote_open_place(struct bridge_remote *remote, const struct bridge_place *place,
					    struct error *error)
{
	enum bridge_result result = init(remote, error);

	return result == BRIDGE_OK ? open_uplink(remote, bridge_place_name(place), place, place->uplink.ifindex, error)
				   : result;
}

void bridge_remote_close(struct bridge_remote *remote)
{
	store_close(remote->store);
	kernel_part_close(&remote->part);
	netdev_close(remote->nd);
}

int bridge_remote_places(struct bridge_place **places, size_t *count)
{
	struct netdev *nd;
	int ret;

	*places = NULL;
	*count = 0;
	ret = netdev_open(&nd);
	if (ret < 0)
		return ret;
	ret = bridge_places(nd, places, count);
	netdev_close(nd);
	return ret;
}

/* Why there is no answer, as an exit code. */
static enum bridge_result no_answer(struct bridge_remote *remote)
{
	pid_t pid;
	int err = control_owner(RUNTIME_FOLDER, remote->uplink, &pid);

	remote->silent = err == 0;
	return err == -ECONNREFUSED ? BRIDGE_STATE : err == -EPERM ? BRIDGE_PRIVILEGE : BRIDGE_FAILED;
}

/* Sends a request to the process. Releases it. Returns NULL with an error if there is no answer or a refusal. */
static json_t *ask_process(struct bridge_remote *remote, json_t *request, struct error *error)
{
	json_t *answer = control_request(RUNTIME_FOLDER, remote->uplink, request, REQUEST_TIMEOUT_S, false, error);
	const char *refusal = json_string_value(json_object_get(answer, "error"));
	json_int_t code = json_integer_value(json_object_get(answer, "code"));

	json_decref(request);
	remote->silent = false;
	remote->result = answer ? BRIDGE_OK : no_answer(remote);
	if (refusal) {
		error_set(error, 0, "%s", refusal);
		remote->result = code ? (enum bridge_result)code : BRIDGE_FAILED;
		json_decref(answer);
		return NULL;
	}
	return answer;
}

json_t *bridge_remote_show(struct bridge_remote *remote, bool bindings, struct error *error)
{
	struct bridge_report_source source = {
		.nd = remote->nd,
		.store = remote->store,
		.uplink = remote->ifindex,
		.uplink_name = remote->uplink,
		.bridge = remote->bridge,
		.engine = bridge_report_engine(&remote->part),
		.running = remote->served,
		.pid = remote->pid,
		.without_bindings = !bindings,
	};
	struct error silence;
	json_t *process, *report;

	if (!remote->store)
		return ask_process(remote, json_pack("{s:s, s:b}", "ask", "show", "bindings", bindings), error);
	process = remote->served ? ask_process(remote, json_pack("{s:s}", "ask", "process"), &silence) : NULL;
	source.process = process;
	report = bridge_report_json(&source);
	if (report && remote->silent)
		json_object_set_new(report, "silent", json_string(silence.text));
	json_decref(process);
	if (!report)
		error_set(error, 0, "cannot read the tables of %s", remote->uplink);
	return report;
}

static int answer_count(const struct bridge_remote *remote, json_t *answer)
{
	int count;

	if (!answer)
		return remote->result == BRIDGE_PRIVILEGE ? -EACCES : -EIO;
	count = (int)json_integer_value(json_object_get(answer, "count"));
	json_decref(answer);
	return count;
}

static json_t *pin_request(const uint8_t mac[6], char *const *texts, size_t count)
{
	char text[MAC_TEXT_SIZE];
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts[i]));
	return json_pack("{s:s, s:s, s:o}", "ask", "pin", "mac", mac_format(text, mac), "keys", list);
}

int bridge_remote_pin(struct bridge_remote *remote, const uint8_t mac[6], const struct mn_key *keys, char *const *texts,
		      size_t count, struct error *error)
{
	uint32_t port = UINT32_MAX;
	int found;

	if (!remote->store)
		return answer_count(remote, ask_process(remote, pin_request(mac, texts, count), error));
	found = netdev_fdb_port(remote->nd, remote->bridge, mac);
	if (found > 0 && found != (int)remote->part.config.veth_port)
		port = (uint32_t)found;
	for (size_t i = 0; i < count; i++) {
		int err = request_pin(remote->store, mac, &keys[i], port, error);

		if (err < 0)
			return err;
	}
	return (int)count;
}

int bridge_remote_forget(struct bridge_remote *remote, const struct mn_key *key, const char *text, struct error *error)
{
	json_t *request;

	if (remote->store)
		return request_forget(remote->store, key, error);
	request = text ? json_pack("{s:s, s:s}", "ask", "forget", "key", text)
		       : json_pack("{s:s, s:b}", "ask", "forget", "all", 1);
	return answer_count(remote, ask_process(remote, request, error));
}
