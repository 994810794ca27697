/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands for nftables as text, which the kernel applies together or not at all. A table with the flag `owner` that a batch
 * creates disappears with the batch, also when the process is killed. One thread at a time uses a batch.
 */
#ifndef VIFI_NETDEV_NFT_BATCH_H
#define VIFI_NETDEV_NFT_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "netdev/nft_library.h"

struct nft_batch {
	struct nft_library library;
	struct nft_ctx *nft; /* NULL: closed */
	char *commands;      /* text for the next commit */
	size_t length, room;
	bool out_of_memory; /* a command was lost: nothing is committed */
};

/* Opens a zeroed batch. Returns false if the kernel or the library does not support nftables. */
bool nft_batch_open(struct nft_batch *batch);
void nft_batch_close(struct nft_batch *batch);

/* Appends commands; nft_batch_commit() reports a failure. */
void nft_batch_add(struct nft_batch *batch, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Applies the commands and forgets them. Returns 0; -1 if the kernel refused: nothing has changed. */
int nft_batch_commit(struct nft_batch *batch);

/* Makes the name of a table, "vifi-", the name of the uplink and the suffix, of characters that nftables allows in it. */
void nft_table_name(char *table, size_t size, const char *uplink, const char *suffix);

#endif
