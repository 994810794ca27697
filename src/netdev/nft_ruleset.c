/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_ruleset.h"

#include "netdev/netlink.h"
#include "netdev/nft_library.h"

#include <jansson.h>
#include <linux/netlink.h>
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

char *nft_ruleset_json(void)
{
	/*
	 * libnftables 1.0 uses memory after free for a table with exactly one flag (table_flags_json() in its src/json.c),
	 * and its output may end early. The guard of --engine=user (nft_guard.c) is such a table, of the family netdev.
	 */
	static const char *const commands[] = {"list ruleset inet", "list ruleset ip", "list ruleset ip6",
					       "list ruleset arp"};
	struct nft_library library;
	struct nft_ctx *nft = NULL;
	json_t *list, *root;
	char *text = NULL;
	bool complete;

	if (nft_is_available() && nft_library_load(&library))
		nft = library.ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		return NULL;
	library.ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON);
	library.ctx_buffer_output(nft);
	library.ctx_buffer_error(nft);
	list = json_array();
	complete = list != NULL;
	for (size_t i = 0; complete && i < sizeof(commands) / sizeof(commands[0]); i++)
		complete = add_output(list, &library, nft, commands[i]);
	library.ctx_free(nft);
	root = json_pack("{s:o}", "nftables", list);
	if (complete)
		text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

bool nft_name_matches(const char *pattern, const char *interface)
{
	size_t len = strlen(pattern);

	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, interface, len - 1);
	return !strcmp(pattern, interface);
}
