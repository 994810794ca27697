/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_ruleset.h"

#include "netdev/netlink.h"
#include "netdev/nft_library.h"

#include <jansson.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool nft_is_available(void)
{
	struct netlink netlink;

	if (netlink_open(&netlink, NETLINK_NETFILTER) < 0)
		return false;
	netlink_close(&netlink);
	return true;
}

/* Adds what libnftables prints for one command to the list. Returns false if it fails or prints something else. */
static bool add_output(json_t *list, const struct nft_library *library, struct nft_ctx *nft, const char *command)
{
	const char *output =
		library->run_cmd_from_buffer(nft, command) == 0 ? library->ctx_get_output_buffer(nft) : NULL;
	json_t *json = output ? json_loads(output, 0, NULL) : NULL;
	bool added = json_array_extend(list, json_object_get(json, "nftables")) == 0;

	json_decref(json);
	return added;
}

/* Opens a context that prints JSON, or text; NULL: there is no nftables. */
static struct nft_ctx *open_context(struct nft_library *library, bool json)
{
	struct nft_ctx *nft =
		nft_is_available() && nft_library_load(library) ? library->ctx_new(NFT_CTX_DEFAULT) : NULL;

	if (!nft)
		return NULL;
	library->ctx_output_set_flags(nft, json ? NFT_CTX_OUTPUT_JSON : 0);
	library->ctx_buffer_output(nft);
	library->ctx_buffer_error(nft);
	return nft;
}

/* The text of a list of items, which it releases; NULL if that is not complete. */
static char *dump_items(json_t *list, bool complete)
{
	json_t *root = json_pack("{s:o}", "nftables", list);
	char *text = complete ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return text;
}

char *nft_ruleset_json(void)
{
	/*
	 * libnftables 1.0 uses memory after free for a table with exactly one flag (table_flags_json() in its src/json.c),
	 * and its output may end early. The guard of --engine=user (nft_guard.c) is such a table, of the family netdev.
	 */
	static const char *const commands[] = {"list ruleset inet", "list ruleset ip", "list ruleset ip6",
					       "list ruleset arp"};
	struct nft_library library;
	struct nft_ctx *nft = open_context(&library, true);
	json_t *list = json_array();
	bool complete = nft && list;

	for (size_t i = 0; complete && i < sizeof(commands) / sizeof(commands[0]); i++)
		complete = add_output(list, &library, nft, commands[i]);
	if (nft)
		library.ctx_free(nft);
	return dump_items(list, complete);
}

/* The devices of a base chain, from the text of its table: `device "a"`, `devices = { "a", b }`; NULL: none is named. */
static json_t *chain_devices(const char *table, const char *name)
{
	char head[80], device[16], *line;
	const char *at;
	json_t *list;

	snprintf(head, sizeof(head), "chain %.64s {", name);
	at = strstr(table, head);
	at = at ? strstr(at, " hook ") : NULL;
	line = at ? strndup(at, strcspn(at, ";\n")) : NULL; /* as long as the list of devices is */
	at = line ? strstr(line, " device") : NULL;
	if (!at) {
		free(line);
		return NULL;
	}
	at += strlen(" device");
	at += *at == 's';
	at += strspn(at, " ={\"");
	list = json_array();
	while (strncmp(at, "priority", 8) != 0 && sscanf(at, "%15[^\"{},= ]", device) == 1) {
		json_array_append_new(list, json_string(device));
		at += strlen(device);
		at += strspn(at, "\"}, ");
	}
	free(line);
	return list;
}

/* libnftables 1.0 leaves the device out of the JSON of a chain at an ingress or egress. */
static void add_devices(json_t *list, const char *table, const char *name)
{
	json_t *item, *chain, *devices;
	size_t i;

	json_array_foreach(list, i, item)
	{
		chain = json_object_get(item, "chain");
		if (!json_is_string(json_object_get(chain, "hook")) || json_object_get(chain, "dev") ||
		    strcmp(json_string_value(json_object_get(chain, "table")), name) != 0 ||
		    strcmp(json_string_value(json_object_get(chain, "family")), "netdev") != 0)
			continue;
		devices = chain_devices(table, json_string_value(json_object_get(chain, "name")));
		if (devices)
			json_object_set_new(chain, "dev", devices);
	}
}

/* Adds one table of the family netdev, its chains with their devices. */
static bool add_device_table(json_t *list, const struct nft_library *library, struct nft_ctx *nft, const char *table)
{
	struct nft_library same;
	struct nft_ctx *plain = open_context(&same, false);
	char command[96];
	bool complete;

	snprintf(command, sizeof(command), "list table netdev %s", table);
	complete = plain && add_output(list, library, nft, command) && same.run_cmd_from_buffer(plain, command) == 0;
	if (complete)
		add_devices(list, same.ctx_get_output_buffer(plain), table);
	if (plain)
		same.ctx_free(plain);
	return complete;
}

/* Adds the tables of the family netdev but for those of vifi; see nft_ruleset_json(). */
static bool add_device_tables(json_t *list, const struct nft_library *library, struct nft_ctx *nft)
{
	struct nft_library same;
	struct nft_ctx *names = open_context(&same, false);
	bool complete = names && same.run_cmd_from_buffer(names, "list tables netdev") == 0;
	const char *line = complete ? same.ctx_get_output_buffer(names) : NULL;
	char table[64];

	for (; complete && line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (sscanf(line, "table netdev %63s", table) == 1 && strncmp(table, "vifi", 4) != 0)
			complete = add_device_table(list, library, nft, table);
	if (names)
		same.ctx_free(names);
	return complete;
}

char *nft_link_ruleset_json(void)
{
	struct nft_library library;
	struct nft_ctx *nft = open_context(&library, true);
	json_t *list = json_array();
	bool complete = nft && list && add_output(list, &library, nft, "list ruleset bridge") &&
			add_device_tables(list, &library, nft);

	if (nft)
		library.ctx_free(nft);
	return dump_items(list, complete);
}

bool nft_name_matches(const char *pattern, const char *interface)
{
	size_t len = strlen(pattern);

	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, interface, len - 1);
	return !strcmp(pattern, interface);
}
