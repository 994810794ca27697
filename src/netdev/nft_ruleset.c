/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_ruleset.h"

#include "netdev/netlink.h"

#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <time.h>

bool nft_is_available(void)
{
	struct netlink netlink;

	if (netlink_open(&netlink, NETLINK_NETFILTER) < 0)
		return false;
	netlink_close(&netlink);
	return true;
}

char *nft_ruleset_json(void)
{
	struct nft_ctx *nft = nft_is_available() ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;
	const char *output;
	char *text = NULL;

	if (!nft)
		return NULL;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	/* A change of the ruleset during the dump interrupts it; --engine=user changes sets often. */
	for (int tries = 0; !text && tries < 10; tries++) {
		if (nft_run_cmd_from_buffer(nft, "list ruleset") == 0) {
			output = nft_ctx_get_output_buffer(nft);
			text = output ? strdup(output) : NULL;
		} else {
			nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
		}
	}
	nft_ctx_free(nft);
	return text;
}
