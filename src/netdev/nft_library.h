/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libnftables, loaded when it is needed. It brings four other libraries, which would cost every start of every command of
 * vifi time and memory. A process that confines itself loads it before: later it cannot open the file.
 */
#ifndef VIFI_NETDEV_NFT_LIBRARY_H
#define VIFI_NETDEV_NFT_LIBRARY_H

#include <nftables/libnftables.h>
#include <stdbool.h>

/* Its functions, without their prefix nft_. */
struct nft_library {
	struct nft_ctx *(*ctx_new)(uint32_t flags);
	void (*ctx_free)(struct nft_ctx *ctx);
	void (*ctx_output_set_flags)(struct nft_ctx *ctx, unsigned int flags);
	int (*ctx_buffer_output)(struct nft_ctx *ctx);
	int (*ctx_buffer_error)(struct nft_ctx *ctx);
	const char *(*ctx_get_output_buffer)(struct nft_ctx *ctx);
	int (*run_cmd_from_buffer)(struct nft_ctx *ctx, const char *commands);
};

/* Returns false if it is not installed, or lacks a function. It stays loaded. */
bool nft_library_load(struct nft_library *library);

#endif
